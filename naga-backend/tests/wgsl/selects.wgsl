//! groups 1
//! bind 0.0 = random:f32:256:5
//! bind 0.1 = zeros:1024
//! out 0.1 = f32
@group(0) @binding(0) var<storage, read> a: array<vec4<f32>>;
@group(0) @binding(1) var<storage, read_write> o: array<vec4<f32>>;
@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3<u32>) {
    let x = a[id.x];
    let per_component = select(x, -x, x < vec4(0.0));
    o[id.x] = select(per_component, x, id.x % 3u == 0u);
}
