//! groups 1
//! unspecified
//! bind 0.0 = iota:u32:16
//! bind 0.1 = zeros:256
//! out 0.1 = u32
// Constant indices whose byte offsets do not fit 32 bits: nothing is read, nothing is written.
struct S { a: u32, b: array<vec4<u32>> }
@group(0) @binding(0) var<storage, read> s: S;
@group(0) @binding(1) var<storage, read_write> o: array<u32>;
@compute @workgroup_size(64)
fn main(@builtin(local_invocation_index) i: u32) {
    o[i] = i + 1u + s.b[0x1fffffffu].y + s.b[0x0fffffffu].w;
    o[0x3fffffffu + i / 64u] = 7u;
    o[0x7fffffffu] = 8u;
}
