//! groups 1
//! bind 0.0 = iota:i32:101
//! bind 0.1 = zeros:404
//! out 0.1 = i32
// The exit in the middle of an unrolled body must keep the loads after it apart.
@group(0) @binding(0) var<storage, read> a: array<i32, 101>;
@group(0) @binding(1) var<storage, read_write> o: array<i32, 101>;
@compute @workgroup_size(1)
fn main() {
    for (var i = 0; i < 101; i++) {
        o[i] = ~a[i];
    }
}
