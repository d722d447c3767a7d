//! groups 1
//! bind 0.0 = random:f32:192:8
//! bind 0.1 = zeros:1536
//! out 0.1 = f32 abs 1e-5
@group(0) @binding(0) var<storage, read> a: array<f32>;
@group(0) @binding(1) var<storage, read_write> o: array<array<f32, 6>>;
@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3<u32>) {
    let x = a[id.x];
    let y = a[id.x + 64u];
    let t = a[id.x + 128u] * 0.5 + 0.5;
    let m = mix(vec2(x, y), vec2(y, x), t);
    o[id.x] = array(mix(x, y, t), m.y, step(x, y), smoothstep(-0.5, 0.75, x), saturate(x * 2.0), fma(x, y, t));
}
