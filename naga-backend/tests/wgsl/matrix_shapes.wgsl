//! groups 1
//! bind 0.0 = iota:f32:64
//! bind 0.1 = zeros:512
//! out 0.1 = f32
struct In { a: mat2x3<f32>, b: mat3x2<f32>, c: mat4x2<f32> }
struct Out { ab: mat3x3<f32>, ba: mat2x2<f32>, bc: mat2x4<f32>, d: f32, v: vec3<f32> }
@group(0) @binding(0) var<storage, read> a: In;
@group(0) @binding(1) var<storage, read_write> o: Out;
@compute @workgroup_size(1)
fn main() {
    o.ab = a.a * a.b;
    o.ba = a.b * a.a;
    o.bc = transpose(a.c);
    o.d = determinant(o.ba) + determinant(mat3x3<f32>(1.0, 2.0, 3.0, 0.0, 1.0, 4.0, 5.0, 6.0, 0.0));
    o.v = a.a * vec2(1.0, 2.0) + vec2(3.0, 4.0) * a.b;
}
