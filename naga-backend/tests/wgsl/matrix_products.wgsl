//! groups 1
//! bind 0.0 = random:f32:1024:21
//! bind 0.1 = zeros:6144
//! out 0.1 = f32 abs 1e-5
struct Out { m: mat4x4<f32>, v: vec4<f32>, w: vec4<f32> }
@group(0) @binding(0) var<storage, read> a: array<mat4x4<f32>>;
@group(0) @binding(1) var<storage, read_write> o: array<Out>;
@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3<u32>) {
    let x = a[id.x % 16u];
    let y = a[(id.x + 5u) % 16u];
    o[id.x] = Out(x * y - y, x * y[1], x[2] * (y * 2.0 + x));
}
