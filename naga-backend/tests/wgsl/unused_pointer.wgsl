//! groups 1
//! bind 0.0 = zeros:80
//! bind 0.2 = zeros:80
//! bind 0.1 = zeros:128
//! out 0.1 = u32
// Buffers that are named, but neither read nor written.
struct U { a: vec4<u32>, b: array<vec4<u32>, 4> }
@group(0) @binding(0) var<uniform> u: U;
@group(0) @binding(1) var<storage, read_write> o: array<u32>;
@group(0) @binding(2) var<storage, read_write> s: array<u32>;
var<private> p: array<u32, 4>;
@compute @workgroup_size(32)
fn main(@builtin(local_invocation_index) i: u32) {
    let a = &u.a;
    let b = &u.b[i % 4u];
    let c = &s[i];
    let d = &p[i % 4u];
    o[i] = i + 1u;
}
