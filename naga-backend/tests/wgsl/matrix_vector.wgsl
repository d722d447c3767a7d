//! groups 2
//! bind 0.0 = random:f32:4096:35
//! bind 0.1 = random:f32:64:36
//! bind 0.2 = zeros:256
//! out 0.2 = f32 abs 1e-4
@group(0) @binding(0) var<storage, read> m: array<vec4<f32>>;
@group(0) @binding(1) var<storage, read> x: array<vec4<f32>, 16>;
@group(0) @binding(2) var<storage, read_write> y: array<f32>;
@compute @workgroup_size(32)
fn main(@builtin(global_invocation_id) id: vec3<u32>) {
    var sum = vec4<f32>();
    for (var k = 0u; k < 16u; k++) { sum = fma(m[id.x * 16u + k], x[k], sum); }
    y[id.x] = dot(sum, vec4(1.0));
}
