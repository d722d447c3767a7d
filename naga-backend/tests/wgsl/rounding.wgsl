//! groups 1
//! bind 0.0 = f32:0.5,1.5,2.5,-0.5,-1.5,-2.5,0.499999,1e10,-1e10,3.7,-3.7,0,8388609,0.9999999,-0.1,123.456
//! bind 0.1 = zeros:384
//! out 0.1 = f32
@group(0) @binding(0) var<storage, read> a: array<f32>;
@group(0) @binding(1) var<storage, read_write> o: array<array<f32, 6>>;
@compute @workgroup_size(16)
fn main(@builtin(local_invocation_index) i: u32) {
    let x = a[i];
    o[i] = array(floor(x), ceil(x), trunc(x), round(x), abs(x), sign(x));
}
