//! groups 1
//! bind 0.0 = iota:u32:64
//! bind 0.1 = zeros:256
//! out 0.1 = u32
@group(0) @binding(0) var<storage, read_write> a: array<u32>;
@group(0) @binding(1) var<storage, read_write> o: array<u32>;
@compute @workgroup_size(64)
fn main(@builtin(local_invocation_index) i: u32) {
    a[i] = a[i] * a[i];
    storageBarrier();
    let other = a[63u - i];
    storageBarrier();
    a[i] = other + 1u;
    workgroupBarrier();
    storageBarrier();
    o[i] = other * 2u + a[(i + 5u) % 64u];
}
