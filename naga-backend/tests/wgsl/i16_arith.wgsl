//! groups 1
//! needs int16
//! bind 0.0 = random:u32:64:32
//! bind 0.1 = zeros:2048
//! out 0.1 = u32
enable wgpu_int16;
@group(0) @binding(0) var<storage, read> a: array<u32>;
@group(0) @binding(1) var<storage, read_write> o: array<array<u32, 8>>;
@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3<u32>) {
    let x = i16(a[id.x]);
    let y = u16(a[id.x] >> 16u);
    let d = y % u16(7u);
    o[id.x] = array(u32(i32(x + i16(y))), u32(y * y), u32(i32(x >> 3u)), u32(y << 5u), u32(i32(x / i16(-3))), u32(y / d), u32(x < i16(5)), u32(countOneBits(y)));
}
