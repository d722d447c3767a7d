//! groups 1
//! bind 0.0 = f32:0.0,-0.0,1.5,-1.5,3.4e38,-3.4e38,1e-30,-1e-30
//! bind 0.1 = zeros:256
//! out 0.1 = u32
@group(0) @binding(0) var<storage, read> a: array<f32>;
@group(0) @binding(1) var<storage, read_write> o: array<u32>;
@compute @workgroup_size(8, 8)
fn main(@builtin(local_invocation_id) id: vec3<u32>, @builtin(local_invocation_index) i: u32) {
    let x = a[id.x];
    let y = a[id.y];
    var r = 0u;
    if (x < y) { r |= 1u; }
    if (x <= y) { r |= 2u; }
    if (x > y) { r |= 4u; }
    if (x >= y) { r |= 8u; }
    if (x == y) { r |= 16u; }
    if (x != y) { r |= 32u; }
    if (!(x < y)) { r |= 64u; }
    o[i] = r;
}
