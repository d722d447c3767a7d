//! groups 1
//! bind 0.0 = random:i32:128:1
//! bind 0.1 = zeros:1024
//! out 0.1 = i32
@group(0) @binding(0) var<storage, read> a: array<i32>;
@group(0) @binding(1) var<storage, read_write> o: array<vec4<i32>>;
@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3<u32>) {
    let x = a[id.x];
    let y = a[id.x + 64u];
    o[id.x] = vec4(x + y, x - y, x * y, -x);
}
