//! groups 1
//! bind 0.0 = iota:u32:64
//! bind 0.1 = zeros:256
//! out 0.1 = u32
@group(0) @binding(0) var<storage, read> a: array<u32>;
@group(0) @binding(1) var<storage, read_write> o: array<u32>;
@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3<u32>) {
    var r = 0u;
    let x = a[id.x];
    for (var i = 0u; i < 3u; i++) {
        if (x > i) {
            loop {
                if (r % 5u == 4u) {
                    switch (r + x) % 3u {
                        case 0u: { r += 2u; }
                        case 1u: {
                            for (var j = 0u; j < 4u; j++) {
                                if (j == x % 4u) { r += 7u; break; } else { if (j > 2u) { continue; } r += j; }
                            }
                        }
                        default: { r += 3u; if (x > 40u) { break; } r += 1u; }
                    }
                } else {
                    r += 1u;
                }
                if (r > 20u * (i + 1u)) { break; }
            }
        } else {
            r += 1000u;
        }
    }
    o[id.x] = r;
}
