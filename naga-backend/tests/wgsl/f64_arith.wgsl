//! groups 1
//! needs f64
//! bind 0.0 = random:f64:128:30
//! bind 0.1 = zeros:4096
//! out 0.1 = f64 ulp 1
@group(0) @binding(0) var<storage, read> a: array<f64>;
@group(0) @binding(1) var<storage, read_write> o: array<array<f64, 8>>;
@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3<u32>) {
    let x = a[id.x] * f64(1000.0);
    let y = a[id.x + 64u];
    o[id.x] = array(x + y, x - y, x * y, x / y, abs(x), floor(x), sqrt(abs(x)), fma(x, y, x));
}
