//! groups 1
//! bind 0.0 = random:f32:128:12
//! bind 0.1 = zeros:1536
//! out 0.1 = f32 abs 2e-4
@group(0) @binding(0) var<storage, read> a: array<f32>;
@group(0) @binding(1) var<storage, read_write> o: array<array<f32, 6>>;
@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3<u32>) {
    let x = a[id.x];
    let y = a[id.x + 64u];
    o[id.x] = array(asin(x), acos(x), atan(x * 5.0), atan2(y, x), atan2(-y * 100.0, x), atan2(x, y * 1e5));
}
