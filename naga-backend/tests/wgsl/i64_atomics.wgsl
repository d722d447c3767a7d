//! groups 1
//! needs int64 int64-atomics
//! bind 0.0 = u64:0,18446744073709551615,0,0,0,7
//! out 0.0 = u64
@group(0) @binding(0) var<storage, read_write> a: array<atomic<u64>, 6>;
@compute @workgroup_size(64)
fn main(@builtin(local_invocation_index) i: u32) {
    let x = u64(i + 1u) << 30u;
    atomicAdd(&a[0], x);
    atomicMin(&a[1], x);
    atomicMax(&a[2], x);
    atomicOr(&a[3], 1lu << i);
    atomicXor(&a[4], x * 3lu);
    atomicAnd(&a[5], 3lu);
}
