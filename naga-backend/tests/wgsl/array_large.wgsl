//! groups 1
//! bind 0.0 = iota:u32:32
//! bind 0.1 = zeros:128
//! out 0.1 = u32
struct Big { n: u32, list: array<u32, 300> }
@group(0) @binding(0) var<storage, read> a: array<u32>;
@group(0) @binding(1) var<storage, read_write> o: array<u32>;
fn fill(seed: u32) -> Big {
    var b: Big;
    b.n = seed;
    for (var i = 0u; i < 300u; i++) { b.list[i] = i * seed; }
    return b;
}
fn sum(b: Big) -> u32 {
    var s = b.n;
    for (var i = 0u; i < 300u; i += 7u) { s += b.list[i]; }
    return s;
}
@compute @workgroup_size(32)
fn main(@builtin(local_invocation_index) i: u32) {
    var b = fill(a[i]);
    let before = b;
    b.list[i] = 77u;
    var zero = array<u32, 300>();
    zero[i] = 1u;
    o[i] = sum(b) + sum(before) * 3u + b.list[i] + before.list[i + 1u] + zero[5];
}
