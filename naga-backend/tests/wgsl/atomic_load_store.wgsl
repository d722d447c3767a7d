//! groups 1
//! bind 0.0 = iota:u32:64
//! bind 0.1 = zeros:256
//! out 0.1 = u32
@group(0) @binding(0) var<storage, read_write> a: array<atomic<u32>>;
@group(0) @binding(1) var<storage, read_write> o: array<atomic<i32>>;
@compute @workgroup_size(64)
fn main(@builtin(local_invocation_index) i: u32) {
    let x = atomicLoad(&a[i]);
    atomicStore(&o[63u - i], i32(x) - 20);
    let old = atomicExchange(&a[i], 5u);
    storageBarrier();
    atomicAdd(&o[i], i32(old));
}
