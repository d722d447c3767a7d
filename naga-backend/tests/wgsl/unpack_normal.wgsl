//! groups 1
//! bind 0.0 = random:u32:64:17
//! bind 0.1 = zeros:3072
//! out 0.1 = f32 ulp 3
@group(0) @binding(0) var<storage, read> a: array<u32>;
@group(0) @binding(1) var<storage, read_write> o: array<array<vec4<f32>, 3>>;
@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3<u32>) {
    let x = a[id.x];
    o[id.x] = array(unpack4x8snorm(x), unpack4x8unorm(x), vec4(unpack2x16snorm(x), unpack2x16unorm(x)));
}
