//! groups 1
//! needs f16
//! bind 0.0 = f16:0,1.5,-2.5,65504,-65504,0.0001,1000,-3
//! bind 0.1 = zeros:192
//! out 0.1 = u32
enable f16;
@group(0) @binding(0) var<storage, read> a: array<f16, 8>;
@group(0) @binding(1) var<storage, read_write> o: array<array<u32, 6>>;
@compute @workgroup_size(8)
fn main(@builtin(local_invocation_index) i: u32) {
    let x = a[i];
    let v = vec2(x, f16(f32(i) * 0.3));
    o[i] = array(bitcast<u32>(f32(x)), u32(i32(x)), u32(x), u32(bool(x)), bitcast<u32>(f32(v.y)), bitcast<u32>(f32(f16(i * 1000u)) + f32(f16(-i32(i)))));
}
