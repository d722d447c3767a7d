//! groups 1
//! bind 0.0 = random:f32:256:16
//! bind 0.1 = zeros:1024
//! out 0.1 = u32
@group(0) @binding(0) var<storage, read> a: array<vec4<f32>>;
@group(0) @binding(1) var<storage, read_write> o: array<vec4<u32>>;
@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3<u32>) {
    let x = a[id.x] * 1.25;
    o[id.x] = vec4(pack4x8snorm(x), pack4x8unorm(x), pack2x16snorm(x.xy), pack2x16unorm(x.zw));
}
