//! groups 1
//! needs f64
//! bind 0.0 = random:f64:64:31
//! bind 0.1 = zeros:6144
//! out 0.1 = f64 rel 1e-13
@group(0) @binding(0) var<storage, read> a: array<f64>;
@group(0) @binding(1) var<storage, read_write> o: array<array<f64, 12>>;
@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3<u32>) {
    let x = a[id.x];
    let y = abs(x) + f64(1.25);
    o[id.x] = array(exp(x), log(y), sin(x), cos(x), tan(x), atan(x), asin(x), sinh(x), tanh(x), pow(y, x), exp2(x), inverseSqrt(y));
}
