//! groups 1
//! bind 0.0 = random:f32:128:18
//! bind 0.1 = zeros:1024
//! out 0.1 = u32
@group(0) @binding(0) var<storage, read> a: array<vec2<f32>>;
@group(0) @binding(1) var<storage, read_write> o: array<vec4<u32>>;
@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3<u32>) {
    let x = a[id.x] * 100.0;
    let p = pack2x16float(x);
    let u = unpack2x16float(p);
    o[id.x] = vec4(p, bitcast<u32>(u.x), bitcast<u32>(u.y), bitcast<u32>(quantizeToF16(x.x)));
}
