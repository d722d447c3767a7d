//! groups 1
//! bind 0.0 = f32:0,1.9,-1.9,2147483648,-2147483648,4294967296,1e20,-1e20,-0.5,0.99999,16777217,3e9,255.5,-3e9,2147483520,1e-10
//! bind 0.1 = zeros:256
//! out 0.1 = u32
@group(0) @binding(0) var<storage, read> a: array<f32>;
@group(0) @binding(1) var<storage, read_write> o: array<vec4<u32>>;
@compute @workgroup_size(16)
fn main(@builtin(local_invocation_index) i: u32) {
    let x = a[i];
    o[i] = vec4(u32(i32(x)), u32(x), u32(bool(x)), bitcast<u32>(x));
}
