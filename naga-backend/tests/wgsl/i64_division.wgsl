//! groups 1
//! needs int64
//! bind 0.0 = i64:7,-7,100000000000,-9223372036854775808,-9223372036854775808,5,0,123456789012345678
//! bind 0.1 = i64:2,2,-7,-1,10,0,3,1000000007
//! bind 0.2 = zeros:256
//! out 0.2 = i64
@group(0) @binding(0) var<storage, read> a: array<i64>;
@group(0) @binding(1) var<storage, read> b: array<i64>;
@group(0) @binding(2) var<storage, read_write> o: array<array<i64, 4>>;
@compute @workgroup_size(8)
fn main(@builtin(local_invocation_index) i: u32) {
    let u = u64(a[i]) / u64(b[i]);
    let v = u64(a[i]) % u64(b[i]);
    o[i] = array(a[i] / b[i], a[i] % b[i], i64(u), i64(v));
}
