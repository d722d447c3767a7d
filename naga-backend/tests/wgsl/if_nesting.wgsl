//! groups 1
//! bind 0.0 = iota:u32:64
//! bind 0.1 = zeros:256
//! out 0.1 = u32
@group(0) @binding(0) var<storage, read> a: array<u32>;
@group(0) @binding(1) var<storage, read_write> o: array<u32>;
@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3<u32>) {
    let x = a[id.x];
    var r = 0u;
    if (x < 32u) {
        if (x % 2u == 0u) {
            r = 1u;
            if (x % 4u == 0u) { r += 10u; } else if (x % 3u == 0u) { r += 20u; } else { r += 30u; }
        } else {
            r = 2u;
        }
    } else if (x < 48u) {
        r = 3u;
    } else {
        if (x > 60u) { r = 4u; }
    }
    o[id.x] = r;
}
