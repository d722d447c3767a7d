//! groups 1
//! bind 0.0 = random:f32:64:9
//! bind 0.1 = zeros:1536
//! out 0.1 = f32 rel 1e-5
@group(0) @binding(0) var<storage, read> a: array<f32>;
@group(0) @binding(1) var<storage, read_write> o: array<array<f32, 6>>;
@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3<u32>) {
    let x = a[id.x] * 8.0;
    let y = abs(x) + 2.5;
    o[id.x] = array(exp(x), exp2(x), log(y), log2(y), pow(y, x * 0.25), pow(y, 3.0));
}
