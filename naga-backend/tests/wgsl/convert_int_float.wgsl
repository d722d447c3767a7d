//! groups 1
//! bind 0.0 = u32:0,1,16777217,2147483648,4294967295,2147483647,33554435,1000
//! bind 0.1 = zeros:128
//! out 0.1 = f32
@group(0) @binding(0) var<storage, read> a: array<u32>;
@group(0) @binding(1) var<storage, read_write> o: array<vec4<f32>>;
@compute @workgroup_size(8)
fn main(@builtin(local_invocation_index) i: u32) {
    let x = a[i];
    o[i] = vec4(f32(x), f32(i32(x)), f32(x > 5u), f32(bool(x)) - 3.0);
}
