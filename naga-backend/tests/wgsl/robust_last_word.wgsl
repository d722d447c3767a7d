//! groups 1
//! bind 0.0 = u32:0,7,9,3
//! bind 0.1 = u32:5
//! out 0.1 = u32
// An offset that no immediate field holds, and that overflows with the size added. Whatever is
// loaded, the result is 0.
@group(0) @binding(0) var<storage, read> a: array<u32>;
@group(0) @binding(1) var<storage, read_write> o: array<u32>;
@compute @workgroup_size(1)
fn main() {
    o[0] = a[1073741823u] & a[0];
}
