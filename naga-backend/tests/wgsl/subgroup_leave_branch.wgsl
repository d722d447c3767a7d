//! needs subgroups
//! groups 1
//! bind 0.0 = u32:1
//! bind 0.1 = zeros:128
//! out 0.1 = u32
// All that take a branch leave by it together, but not all that were there before it.
@group(0) @binding(0) var<storage, read> leave: array<u32, 1>;
@group(0) @binding(1) var<storage, read_write> o: array<u32, 32>;
@compute @workgroup_size(32)
fn main(@builtin(local_invocation_index) lane: u32) {
    for (var n = 0u; n < 7u; n++) {
        if lane != 4u {
            if leave[0] == 1u { continue; }
        }
        o[lane] += subgroupBallot(true).x;
    }
}
