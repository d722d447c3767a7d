//! groups 1
//! entry second
//! bind 0.0 = iota:u32:32
//! bind 1.3 = zeros:128
//! out 1.3 = u32
@group(0) @binding(0) var<storage, read> a: array<u32>;
@group(0) @binding(1) var<storage, read_write> unused_here: array<u32>;
@group(1) @binding(3) var<storage, read_write> o: array<u32>;
fn both(i: u32) -> u32 { return a[i] * 5u; }
@compute @workgroup_size(8)
fn first(@builtin(local_invocation_index) i: u32) { unused_here[i] = both(i); }
@compute @workgroup_size(32)
fn second(@builtin(local_invocation_index) i: u32) { o[i] = both(i) + 1u; }
