//! groups 1
//! bind 0.0 = i32:7,-7,7,-7,2147483647,-2147483648,-2147483648,5,0,1,-1,100,-2147483648,123456789,-3,3
//! bind 0.1 = i32:2,2,-2,-2,3,-1,1,0,0,-1,-1,7,0,-1000,5,-5
//! bind 0.2 = zeros:256
//! out 0.2 = i32
@group(0) @binding(0) var<storage, read> a: array<i32>;
@group(0) @binding(1) var<storage, read> b: array<i32>;
@group(0) @binding(2) var<storage, read_write> o: array<vec4<i32>>;
@compute @workgroup_size(16)
fn main(@builtin(local_invocation_index) i: u32) {
    o[i] = vec4(a[i] / b[i], a[i] % b[i], a[i] / 7, a[i] % -8);
}
