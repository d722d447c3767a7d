//! groups 1
//! bind 0.0 = i32:0,1,-1,2147483647,-2147483648,100,-100,7
//! bind 0.1 = zeros:96
//! out 0.1 = i32
@group(0) @binding(0) var<storage, read> a: array<i32>;
@group(0) @binding(1) var<storage, read_write> o: array<array<i32, 3>>;
@compute @workgroup_size(8)
fn main(@builtin(local_invocation_index) i: u32) {
    o[i] = array(abs(a[i]), sign(a[i]), i32(abs(u32(a[i]))));
}
