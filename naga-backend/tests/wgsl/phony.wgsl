//! groups 1
//! bind 0.0 = iota:u32:16
//! bind 0.1 = zeros:64
//! out 0.1 = u32
@group(0) @binding(0) var<storage, read> a: array<u32>;
@group(0) @binding(1) var<storage, read_write> o: array<u32>;
fn effect(i: u32) -> u32 { o[i] = a[i] + 1u; return 3u; }
@compute @workgroup_size(16)
fn main(@builtin(local_invocation_index) i: u32) {
    _ = effect(i);
    _ = &a;
    var x = 1u;
    x += 2u; x -= 1u; x *= 6u; x /= 4u; x %= 5u; x <<= 2u; x >>= 1u; x |= 8u; x &= 14u; x ^= 3u;
    x++;
    x--;
    o[i] *= x;
}
