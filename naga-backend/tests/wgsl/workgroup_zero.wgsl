//! groups 2
//! bind 0.0 = zeros:512
//! out 0.0 = u32
struct S { a: u32, b: vec3<f32>, c: array<bool, 5> }
@group(0) @binding(0) var<storage, read_write> o: array<u32>;
var<workgroup> list: array<u32, 1000>;
var<workgroup> s: S;
var<workgroup> counter: atomic<u32>;
var<workgroup> odd: array<vec3<f32>, 7>;
@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3<u32>, @builtin(local_invocation_index) l: u32) {
    var r = 0u;
    for (var i = l; i < 1000u; i += 64u) { r |= list[i]; }
    r += s.a + u32(s.b.z) + u32(s.c[l % 5u]) + u32(odd[l % 7u].y);
    workgroupBarrier();
    list[l] = 77u;
    s.c[0] = true;
    if (l < 10u) { atomicAdd(&counter, 1u); }
    workgroupBarrier();
    o[id.x] = r + atomicLoad(&counter) + list[l] * 100u;
}
