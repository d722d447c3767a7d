//! groups 1
//! bind 0.0 = random:u32:64:3
//! bind 0.1 = zeros:1024
//! out 0.1 = u32
@group(0) @binding(0) var<storage, read> a: array<u32>;
@group(0) @binding(1) var<storage, read_write> o: array<vec4<u32>>;
@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3<u32>) {
    let x = a[id.x];
    // The amounts go beyond the width: they count modulo 32.
    o[id.x] = vec4(x << id.x, x >> id.x, u32(i32(x) >> id.x), (x << 5u) | (x >> 27u));
}
