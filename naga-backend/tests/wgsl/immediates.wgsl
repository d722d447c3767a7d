//! groups 1
//! immediates = u32:3,10,20,30,40,5
//! bind 0.0 = zeros:128
//! out 0.0 = u32
struct I { n: u32, list: array<u32, 4>, last: u32 }
var<immediate> im: I;
@group(0) @binding(0) var<storage, read_write> o: array<u32>;
@compute @workgroup_size(32)
fn main(@builtin(local_invocation_index) i: u32) {
    o[i] = im.n * i + im.list[i % 4u] + im.list[2] * 100u + im.last;
}
