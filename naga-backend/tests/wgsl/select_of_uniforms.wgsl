//! groups 1
//! bind 0.0 = u32:7,9,3
//! bind 0.1 = zeros:256
//! out 0.1 = u32
// Two uniform values and a mask: one more scalar than a vector instruction takes.
@group(0) @binding(0) var<storage, read> a: array<u32>;
@group(0) @binding(1) var<storage, read_write> o: array<u32>;
@compute @workgroup_size(64)
fn main(@builtin(local_invocation_index) i: u32) {
    o[i] = select(a[0], a[1], i % 3 == 0);
}
