//! groups 2
//! bind 0.0 = iota:u32:128
//! bind 0.1 = zeros:512
//! out 0.1 = u32
@group(0) @binding(0) var<storage, read> a: array<u32>;
@group(0) @binding(1) var<storage, read_write> o: array<u32>;
@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3<u32>) {
    var r = 0u;
    switch a[id.x] {
        case 0u: { r = 7u; }
        case 1u: { r = 11u; }
        case 2u, 3u, 4u: { r = 13u; }
        case 10u: { r = 17u; }
        case 12u, 40u, 80u: { r = 19u; }
        case 20u: { r = 23u; if (id.y == 0u) { break; } r = 0u; }
        case 21u: { r = 29u; }
        case 22u: { r = 31u; }
        case 30u: { r = 37u; }
        case 50u: { r = 41u; }
        case 51u, 52u, 53u, 54u, 55u: { r = 43u; }
        case 100u: { r = 47u; }
        case 101u: { r = 53u; }
        case 127u: { r = 59u; }
        case 4294967295u: { r = 61u; }
        default: { r = a[id.x] * 1000u; }
    }
    o[id.x] = r;
}
