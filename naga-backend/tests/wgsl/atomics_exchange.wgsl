//! groups 1
//! bind 0.0 = zeros:16
//! bind 0.1 = iota:u32:128
//! out 0.0 = u32
//! out 0.1 = u32
@group(0) @binding(0) var<storage, read_write> a: array<atomic<u32>>;
@group(0) @binding(1) var<storage, read_write> o: array<vec2<u32>>;
@compute @workgroup_size(64)
fn main(@builtin(local_invocation_index) i: u32) {
    // A product by compare and exchange: each invocation succeeds once.
    var old = atomicLoad(&a[0]);
    loop {
        let r = atomicCompareExchangeWeak(&a[0], old, old + i * 3u);
        if (r.exchanged) { break; }
        old = r.old_value;
    }
    let never = atomicCompareExchangeWeak(&a[1], 5u, 6u);
    o[i] = vec2(never.old_value, u32(never.exchanged));
}
