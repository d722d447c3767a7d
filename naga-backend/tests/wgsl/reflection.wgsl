//! groups 1
//! bind 0.0 = random:f32:512:15
//! bind 0.1 = zeros:4096
//! out 0.1 = f32 abs 1e-4
@group(0) @binding(0) var<storage, read> a: array<vec4<f32>>;
@group(0) @binding(1) var<storage, read_write> o: array<array<vec4<f32>, 4>>;
@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3<u32>) {
    let n = normalize(a[id.x].xyz);
    let i = normalize(a[id.x + 64u].xyz);
    o[id.x] = array(vec4(n, 0.0), vec4(reflect(i, n), 1.0), vec4(refract(i, n, 0.5), 2.0), vec4(faceForward(n, i, n), 3.0));
}
