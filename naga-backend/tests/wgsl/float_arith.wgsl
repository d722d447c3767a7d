//! groups 1
//! bind 0.0 = random:f32:128:6
//! bind 0.1 = zeros:1280
//! out 0.1 = f32 ulp 3
@group(0) @binding(0) var<storage, read> a: array<f32>;
@group(0) @binding(1) var<storage, read_write> o: array<array<f32, 5>>;
@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3<u32>) {
    let x = a[id.x] * 1000.0;
    let y = a[id.x + 64u] * 10.0;
    o[id.x] = array(x + y, x - y, x * y, x / y, -x);
}
