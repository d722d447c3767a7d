//! groups 1
//! needs f16
//! bind 0.0 = iota:f16:64
//! bind 0.1 = zeros:64
//! out 0.1 = f16
enable f16;
struct S { m: mat3x2<f16>, v: vec3<f16>, n: f16, list: array<vec4<f16>, 2> }
@group(0) @binding(0) var<storage, read> a: S;
@group(0) @binding(1) var<storage, read_write> o: S;
@compute @workgroup_size(1)
fn main() {
    var s = a;
    s.m[1] = a.m * a.v;
    s.list[1] = a.list[0] * a.n;
    o = s;
}
