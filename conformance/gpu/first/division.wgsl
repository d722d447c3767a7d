// Quotients and remainders of signed numbers, both read through one kind of binding: WGSL gives
// x / 0 = x, x % 0 = 0, and for the most negative number by -1 itself and 0.
@group(0) @binding(0) var<storage, read> a: array<i32>;
@group(0) @binding(1) var<storage, read> b: array<i32>;
@group(0) @binding(2) var<storage, read_write> out: array<i32>;

@compute @workgroup_size(32)
fn main(@builtin(local_invocation_index) i: u32) {
    if (i >= arrayLength(&a)) { return; }
    out[2u * i] = a[i] / b[i];
    out[2u * i + 1u] = a[i] % b[i];
}
