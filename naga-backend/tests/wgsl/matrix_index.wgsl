//! groups 1
//! bind 0.0 = iota:f32:64
//! bind 0.1 = zeros:1024
//! out 0.1 = f32
@group(0) @binding(0) var<storage, read> a: array<mat4x4<f32>>;
@group(0) @binding(1) var<storage, read_write> o: array<vec4<f32>>;
@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3<u32>) {
    let k = id.x % 4u;
    var m = a[id.x / 16u];
    m[k][(id.x / 4u) % 4u] = 100.0;
    m[3u - k] *= 2.0;
    o[id.x] = m[k] + vec4(m[0].x, m[1][1], a[k][k].z, a[0][k][k]);
}
