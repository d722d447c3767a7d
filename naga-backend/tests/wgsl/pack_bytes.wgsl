//! groups 1
//! bind 0.0 = random:u32:256:19
//! bind 0.1 = zeros:2560
//! out 0.1 = u32
@group(0) @binding(0) var<storage, read> a: array<vec4<u32>>;
@group(0) @binding(1) var<storage, read_write> o: array<array<u32, 10>>;
@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3<u32>) {
    let x = a[id.x];
    let s = vec4<i32>(x) >> vec4(23u);
    let i = unpack4xI8(x.x);
    let u = unpack4xU8(x.x);
    o[id.x] = array(pack4xU8(x), pack4xI8(vec4<i32>(x)), pack4xU8Clamp(x >> vec4(23u)), pack4xI8Clamp(s),
        u32(i.x + i.w), u32(i.y * i.z), u.x + u.w, u.y * u.z, dot4U8Packed(x.x, x.y), u32(dot4I8Packed(x.z, x.w)));
}
