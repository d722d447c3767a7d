//! groups 3
//! bind 0.0 = u32:7,9,11,13
//! bind 0.1 = zeros:768
//! out 0.1 = u32
// Two uniform values under a condition that is not: more scalar registers than an instruction reads.
@group(0) @binding(0) var<uniform> a: vec4<u32>;
@group(0) @binding(1) var<storage, read_write> o: array<vec2<u32>>;
@compute @workgroup_size(32)
fn main(@builtin(global_invocation_id) id: vec3<u32>, @builtin(workgroup_id) w: vec3<u32>) {
    o[id.x] = vec2(select(a.x, a.y, id.x % 3u == 0u), (a.zwx + w)[id.x % 3u]);
}
