//! groups 1
//! bind 0.0 = iota:u32:64
//! bind 0.1 = zeros:512
//! out 0.1 = u32
@group(0) @binding(0) var<storage, read> a: array<u32>;
@group(0) @binding(1) var<storage, read_write> o: array<vec2<u32>>;
var<private> calls: u32 = 0u;
fn odd(x: u32) -> bool {
    calls += 1u;
    return (x & 1u) == 1u;
}
fn big(x: u32) -> bool {
    calls += 100u;
    return x > 30u;
}
@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3<u32>) {
    let x = a[id.x];
    var r = 0u;
    if (odd(x) && big(x)) { r += 1u; }
    if (odd(x) || big(x)) { r += 2u; }
    if ((odd(x) && big(x)) || (!odd(x) && !big(x))) { r += 4u; }
    let side = odd(x) | big(x);
    o[id.x] = vec2(r + u32(side) * 8u, calls);
}
