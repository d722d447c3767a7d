//! groups 1
//! bind 0.0 = random:f32:64:10
//! bind 0.1 = zeros:512
//! out 0.1 = f32 rel 2e-6
@group(0) @binding(0) var<storage, read> a: array<f32>;
@group(0) @binding(1) var<storage, read_write> o: array<vec2<f32>>;
@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3<u32>) {
    let x = abs(a[id.x]) * 100.0 + 0.01;
    o[id.x] = vec2(sqrt(x), inverseSqrt(x));
}
