//! groups 1
//! bind 0.0 = random:i32:256:20
//! bind 0.1 = zeros:1024
//! out 0.1 = i32
@group(0) @binding(0) var<storage, read> a: array<vec4<i32>>;
@group(0) @binding(1) var<storage, read_write> o: array<vec4<i32>>;
@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3<u32>) {
    let v = a[id.x];
    let k = id.x % 4u;
    var w = vec4(0);
    w[k] = v[k];
    w[(k + 1u) % 4u] += v[3u - k];
    o[id.x] = w;
    o[id.x][(k + 2u) & 3u] = a[id.x][k];
}
