//! groups 3
//! bind 0.0 = u32:5,0,9
//! bind 0.1 = zeros:768
//! out 0.1 = u32
struct S { n: u32, v: vec2<u32> }
@group(0) @binding(0) var<storage, read> a: array<u32>;
@group(0) @binding(1) var<storage, read_write> o: array<u32>;
var<workgroup> limit: u32;
var<workgroup> both: S;
@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3<u32>, @builtin(local_invocation_index) l: u32, @builtin(workgroup_id) wg: vec3<u32>) {
    if (l == 0u) { limit = a[wg.x]; both = S(wg.x, vec2(7u, wg.x * 2u)); }
    let n = workgroupUniformLoad(&limit);
    let s = workgroupUniformLoad(&both);
    var r = 0u;
    for (var i = 0u; i < n; i++) {
        workgroupBarrier();
        r += i * l;
    }
    o[id.x] = r + s.n * 10000u + s.v.y * 100u;
}
