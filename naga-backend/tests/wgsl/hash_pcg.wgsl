//! groups 4
//! bind 0.0 = zeros:1024
//! out 0.0 = u32
@group(0) @binding(0) var<storage, read_write> o: array<u32>;
fn pcg(x: u32) -> u32 {
    let state = x * 747796405u + 2891336453u;
    let word = ((state >> ((state >> 28u) + 4u)) ^ state) * 277803737u;
    return (word >> 22u) ^ word;
}
fn pcg3(v0: vec3<u32>) -> vec3<u32> {
    var v = v0 * 1664525u + 1013904223u;
    v.x += v.y * v.z;
    v.y += v.z * v.x;
    v.z += v.x * v.y;
    v ^= v >> vec3(16u);
    v.x += v.y * v.z;
    return v;
}
@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3<u32>) {
    let v = pcg3(id + 17u);
    o[id.x] = pcg(id.x) ^ v.x ^ (v.y << 1u) ^ (v.z >> 1u);
}
