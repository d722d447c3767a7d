//! groups 1
//! bind 0.0 = u32:7,8,0,4294967295,4294967295,4294967295,100,12345,1,0,65536,99,1000000007,3,2147483648,5
//! bind 0.1 = u32:2,3,5,1,4294967295,0,0,7,2,0,256,100,13,4,3,5
//! bind 0.2 = zeros:512
//! out 0.2 = u32
@group(0) @binding(0) var<storage, read> a: array<u32>;
@group(0) @binding(1) var<storage, read> b: array<u32>;
@group(0) @binding(2) var<storage, read_write> o: array<array<u32, 8>>;
@compute @workgroup_size(16)
fn main(@builtin(local_invocation_index) i: u32) {
    let x = a[i];
    o[i] = array(x / b[i], x % b[i], x / 3u, x % 10u, x / 641u, x % 65537u, x / 16u, x % 1u);
}
