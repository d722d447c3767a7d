//! groups 3
//! bind 0.0 = iota:u32:64
//! bind 0.1 = u32:0,1,3,4,5,63,64,200,2863311530,2147483649
//! bind 0.2 = u32:1,2,7,16,1431655765,1431655766,1610612736,715827882
//! bind 0.3 = iota:u32:256
//! bind 0.4 = zeros:1024
//! out 0.3 = u32
//! out 0.4 = u32
// Loops whose trips a compiler may join: any number of trips is left over, counters that would wrap in
// between, a trip that reads what one or several before it wrote.
@group(0) @binding(0) var<storage, read> a: array<u32, 64>;
@group(0) @binding(1) var<storage, read> bounds: array<u32, 10>;
@group(0) @binding(2) var<storage, read> steps: array<u32, 8>;
@group(0) @binding(3) var<storage, read_write> x: array<u32>;
@group(0) @binding(4) var<storage, read_write> out: array<u32, 256>;
@compute @workgroup_size(8)
fn main(@builtin(global_invocation_id) id: vec3<u32>, @builtin(local_invocation_index) lane: u32) {
    for (var b = 0u; b < 10u; b++) {
        let step = steps[lane];
        let bound = select(bounds[b], bounds[b] & 127u, step < 64u);
        var sum = step;
        // A start so near the end that the next counter wraps, for one workgroup.
        for (var i = select(id.x, bound - 1u, id.x > 15u && step < 0x55555556u); i < bound; i += step) {
            sum = sum * 31u + a[i & 63u];
        }
        out[id.x * 10u + b] = sum;
    }
    let n = min(bounds[6], arrayLength(&x) - 16u);
    if id.x < 4u {
        for (var i = id.x; i < n; i += 4u) {
            x[i] = x[i] * 3u + 1u;
        }
        for (var i = id.x; i < n; i += 4u) {
            x[i + 4u] = x[i] + 1u;
        }
        for (var i = id.x; i < n; i += 4u) {
            x[i] = x[i + 8u] ^ i;
        }
        for (var i = id.x; i < n; i += 4u) {
            x[i + 12u] += x[i];
        }
    }
}
