//! groups 1
//! bind 0.0 = random:i32:192:7
//! bind 0.1 = zeros:2048
//! out 0.1 = i32
@group(0) @binding(0) var<storage, read> a: array<i32>;
@group(0) @binding(1) var<storage, read_write> o: array<array<i32, 8>>;
@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3<u32>) {
    let x = a[id.x];
    let y = a[id.x + 64u];
    let z = a[id.x + 128u];
    let u = vec3(u32(x), u32(y), u32(z));
    let f = vec3(f32(x), f32(y), f32(z));
    o[id.x] = array(min(x, y), max(x, y), clamp(z, min(x, y), max(x, y)), i32(min(u.x, u.y)), i32(max(u.y, u.z)),
        i32(clamp(u.z, 1000u, 3000000000u)), i32(max(f.x, f.y) * 1e-3), i32(clamp(f.z, -1000.0, 1000.0)));
}
