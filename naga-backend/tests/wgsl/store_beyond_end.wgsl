//! groups 1
//! bind 0.0 = u32:27,97,871
//! bind 0.1 = zeros:8
//! out 0.0 = u32
//! out 0.1 = u32
// A workgroup larger than its buffers: what lies beyond their ends is not written.
@group(0) @binding(0) var<storage, read_write> v: array<u32>;
@group(0) @binding(1) var<storage, read_write> a: array<atomic<u32>>;
@compute @workgroup_size(64)
fn main(@builtin(local_invocation_index) n: u32) {
    let x = v[n];
    workgroupBarrier();
    v[n] = x * 2u + n;
    atomicAdd(&a[n], n + 1u);
    if n > 40u {
        let old = atomicExchange(&a[n], 7u);
        atomicMax(&a[n + 1u], old + 1u);
    }
}
