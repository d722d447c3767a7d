//! groups 1
//! bind 0.0 = iota:u32:64
//! bind 0.1 = zeros:256
//! out 0.1 = u32
@group(0) @binding(0) var<storage, read> a: array<u32>;
@group(0) @binding(1) var<storage, read_write> o: array<u32>;
@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3<u32>) {
    let p = (a[id.x] & 1u) != 0u;
    let q = (a[id.x] & 2u) != 0u;
    let v = vec3(p, q, p != q);
    let w = !v & vec3(q, p, true) | vec3(p & q);
    var r = vec4<u32>(vec3<u32>(w), 0u);
    r.w = u32(any(w)) + 2u * u32(all(w)) + 4u * u32(p | q) + 8u * u32(p && !q) + 16u * u32(p == q);
    o[id.x] = r.x + r.y * 2u + r.z * 4u + r.w * 8u;
}
