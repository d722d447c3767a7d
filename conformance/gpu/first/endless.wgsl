// A loop that does not end, with an effect in it so that no compiler may drop it.
@group(0) @binding(0) var<storage, read_write> out: array<atomic<u32>>;

@compute @workgroup_size(32)
fn main(@builtin(local_invocation_index) i: u32) {
    loop {
        if (atomicAdd(&out[i], 2u) == 1u) { break; }
    }
}
