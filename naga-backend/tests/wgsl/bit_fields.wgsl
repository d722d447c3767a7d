//! groups 1
//! bind 0.0 = random:u32:64:4
//! bind 0.1 = zeros:1024
//! out 0.1 = u32
@group(0) @binding(0) var<storage, read> a: array<u32>;
@group(0) @binding(1) var<storage, read_write> o: array<vec4<u32>>;
@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3<u32>) {
    let x = a[id.x];
    let offset = id.x % 40u;
    let count = (id.x * 7u) % 37u;
    o[id.x] = vec4(extractBits(x, offset, count), u32(extractBits(i32(x), offset, count)),
        insertBits(x, ~x, offset, count), u32(insertBits(vec2(i32(x)), vec2(5), 3u, 4u).y));
}
