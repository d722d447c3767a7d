//! groups 1
//! bind 0.0 = random:f32:64:13
//! bind 0.1 = zeros:1536
//! out 0.1 = f32 abs 2e-4
@group(0) @binding(0) var<storage, read> a: array<f32>;
@group(0) @binding(1) var<storage, read_write> o: array<array<f32, 6>>;
@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3<u32>) {
    let x = a[id.x];
    o[id.x] = array(sinh(x * 2.0), cosh(x * 2.0), tanh(x * 4.0), asinh(x * 10.0), acosh(abs(x) * 5.0 + 1.0), atanh(x * 0.95));
}
