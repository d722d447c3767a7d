//! groups 1
//! bind 0.0 = iota:f32:256
//! bind 0.1 = zeros:1024
//! out 0.1 = f32
struct S { a: vec3<f32>, b: f32 }
@group(0) @binding(0) var<storage, read> a: array<S>;
@group(0) @binding(1) var<storage, read_write> o: array<vec3<f32>>;
@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3<u32>) {
    let s = a[id.x];
    // Padding keeps its zeros.
    o[id.x] = s.a * s.b;
}
