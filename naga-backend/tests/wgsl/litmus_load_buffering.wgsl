//! groups 32
//! bind 0.0 = zeros:512
//! bind 0.1 = zeros:512
//! bind 0.2 = zeros:8192
//! out 0.2 = u32
// Load buffering: half of the workgroups copy x to y, the others y to x. Whatever is delayed, no
// value comes from nowhere.
@group(0) @binding(0) var<storage, read_write> x: array<atomic<u32>, 128>;
@group(0) @binding(1) var<storage, read_write> y: array<atomic<u32>, 128>;
@group(0) @binding(2) var<storage, read_write> o: array<u32>;
@compute @workgroup_size(64)
fn main(@builtin(local_invocation_index) i: u32, @builtin(workgroup_id) id: vec3<u32>) {
    var seen = 0u;
    for (var round = 0u; round < 3u; round++) {
        let at = (i * 5u + round * 64u + id.x / 2u) % 128u;
        if id.x % 2u == 0u {
            let value = atomicLoad(&x[at]);
            atomicStore(&y[at], value);
            seen |= value;
        } else {
            let value = atomicLoad(&y[at]);
            atomicStore(&x[at], value);
            seen |= value;
        }
    }
    o[id.x * 64u + i] = seen * 1000u + 1u;
}
