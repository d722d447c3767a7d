//! groups 1
//! bind 0.0 = iota:u32:64
//! bind 0.1 = zeros:256
//! out 0.1 = u32
@group(0) @binding(0) var<storage, read> a: array<u32>;
@group(0) @binding(1) var<storage, read_write> o: array<u32>;
@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3<u32>) {
    var r = 0u;
    for (var i = 0u; i < a[id.x]; i++) {
        switch i % 5u {
            case 0u: { continue; }
            case 1u: { r += 1u; break; }
            case 2u: {
                if (r > 40u) { break; }
                r += 10u;
            }
            case 3u: { if (i > 30u) { continue; } r += 2u; }
            default: { r += 3u; }
        }
        r = r ^ i;
        if (r > 500u) { break; }
    }
    o[id.x] = r;
}
