//! groups 1
//! bind 0.0 = iota:u32:64
//! bind 0.1 = zeros:256
//! out 0.1 = u32
@group(0) @binding(0) var<storage, read> a: array<u32>;
@group(0) @binding(1) var<storage, read_write> o: array<u32>;
var<private> counter: u32 = 40u;
var<private> state: vec2<u32> = vec2(1u, 2u);
var<private> table: array<u32, 4> = array(9u, 8u, 7u, 6u);
var<private> unset: mat2x2<f32>;
fn step() -> u32 {
    counter += 1u;
    state = vec2(state.y, state.x + state.y);
    return state.x + table[counter % 4u];
}
@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3<u32>) {
    var r = 0u;
    for (var i = 0u; i < a[id.x] % 8u; i++) { r += step(); table[i % 4u] += i; }
    o[id.x] = r + counter * 1000u + u32(unset[1].y);
}
