//! groups 1
//! needs f16
//! bind 0.0 = random:f16:64:27
//! bind 0.1 = zeros:1024
//! out 0.1 = f16 abs 0.02
enable f16;
@group(0) @binding(0) var<storage, read> a: array<f16>;
@group(0) @binding(1) var<storage, read_write> o: array<array<f16, 8>>;
@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3<u32>) {
    let x = a[id.x];
    let y = abs(x) + 0.5h;
    o[id.x] = array(sqrt(y), sin(x), exp(x), log2(y), pow(y, 1.5h), floor(x * 4h), atan2(x, y), smoothstep(-1h, 1h, x));
}
