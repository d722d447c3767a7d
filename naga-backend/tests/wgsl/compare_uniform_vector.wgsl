//! groups 1
//! bind 0.0 = f32:0,1,2,0
//! bind 0.1 = zeros:1024
//! out 0.1 = u32
// Compares of scalar registers whose masks take these registers' place, on RDNA4.
@group(0) @binding(0) var<storage, read> a: vec4<f32>;
@group(0) @binding(1) var<storage, read_write> o: array<vec4<u32>>;
@compute @workgroup_size(64)
fn main(@builtin(local_invocation_index) i: u32) {
    let b = a.xyz != vec3<f32>(0.0);
    o[i] = vec4(vec3<u32>(b) * (i + 1u), 7u);
}
