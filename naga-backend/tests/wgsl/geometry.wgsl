//! groups 1
//! bind 0.0 = random:f32:512:14
//! bind 0.1 = zeros:2048
//! out 0.1 = f32 abs 1e-5
@group(0) @binding(0) var<storage, read> a: array<vec4<f32>>;
@group(0) @binding(1) var<storage, read_write> o: array<array<vec4<f32>, 2>>;
@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3<u32>) {
    let x = a[id.x].xyz;
    let y = a[id.x + 64u].xyz;
    o[id.x][0] = vec4(cross(x, y), dot(x, y));
    o[id.x][1] = vec4(length(x), distance(x, y), distance(x.x, y.x), length(y.x));
}
