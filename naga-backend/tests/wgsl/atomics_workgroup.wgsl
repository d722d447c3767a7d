//! groups 1
//! bind 0.0 = random:u32:64:23
//! bind 0.1 = zeros:80
//! out 0.1 = u32
struct Bin { n: atomic<u32>, least: atomic<i32> }
@group(0) @binding(0) var<storage, read> a: array<u32>;
@group(0) @binding(1) var<storage, read_write> o: array<u32>;
var<workgroup> bins: array<Bin, 8>;
var<workgroup> total: atomic<u32>;
@compute @workgroup_size(64)
fn main(@builtin(local_invocation_index) i: u32) {
    let x = a[i];
    atomicAdd(&bins[x % 8u].n, 1u);
    atomicMin(&bins[x % 8u].least, i32(x));
    if (atomicExchange(&total, i + 1u) == 0u) { o[17] = 1u; }
    workgroupBarrier();
    if (i < 8u) {
        o[i * 2u] = atomicLoad(&bins[i].n);
        o[i * 2u + 1u] = u32(atomicLoad(&bins[i].least));
    }
}
