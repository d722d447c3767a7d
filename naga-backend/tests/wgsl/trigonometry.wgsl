//! groups 1
//! bind 0.0 = random:f32:64:11
//! bind 0.1 = zeros:1024
//! out 0.1 = f32 abs 0.001
@group(0) @binding(0) var<storage, read> a: array<f32>;
@group(0) @binding(1) var<storage, read_write> o: array<vec4<f32>>;
@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3<u32>) {
    let x = a[id.x] * 3.14159;
    o[id.x] = vec4(sin(x), cos(x), tan(x * 0.3), radians(degrees(x)));
}
