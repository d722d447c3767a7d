//! groups 1
//! needs f16
//! bind 0.0 = random:f16:256:26
//! bind 0.1 = zeros:1024
//! out 0.1 = f16 ulp 3
enable f16;
@group(0) @binding(0) var<storage, read> a: array<vec2<f16>>;
@group(0) @binding(1) var<storage, read_write> o: array<array<f16, 8>>;
@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3<u32>) {
    let x = a[id.x].x * 8h;
    let y = a[id.x + 64u].y + 2h;
    o[id.x] = array(x + y, x - y, x * y, x / y, -x, min(x, y), max(x, y), fma(x, y, 1h));
}
