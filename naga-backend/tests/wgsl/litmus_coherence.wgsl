//! groups 24
//! bind 0.0 = zeros:64
//! bind 0.1 = zeros:48
//! out 0.1 = u32
// Coherence: whatever workgroups do to one atomic, none sees it go back. Word 0 counts what a read
// after a read, after a write or before a write saw too early.
@group(0) @binding(0) var<storage, read_write> x: array<atomic<u32>, 16>;
@group(0) @binding(1) var<storage, read_write> o: array<atomic<u32>, 12>;
@compute @workgroup_size(96)
fn main(@builtin(local_invocation_index) i: u32, @builtin(workgroup_id) id: vec3<u32>) {
    var wrong = 0u;
    for (var round = 0u; round < 4u; round++) {
        let at = (i + round * 5u + id.x) % 11u;
        let first = atomicLoad(&x[at]);
        let second = atomicLoad(&x[at]);
        let old = atomicAdd(&x[at], 1u);
        let third = atomicLoad(&x[at]);
        wrong += u32(second < first) + u32(old < second) + u32(third <= old);
        let most = atomicMax(&x[15], third);
        wrong += u32(atomicLoad(&x[15]) < max(most, third));
        atomicAdd(&o[1u + at], 1u + u32(third == 0u) * 1000u);
    }
    atomicAdd(&o[0], wrong);
}
