//! groups 1
//! needs int64
//! bind 0.0 = random:u64:64:29
//! bind 0.1 = zeros:2560
//! out 0.1 = u64
@group(0) @binding(0) var<storage, read> a: array<u64>;
@group(0) @binding(1) var<storage, read_write> o: array<array<u64, 5>>;
@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3<u32>) {
    let x = a[id.x];
    o[id.x] = array(x << id.x, x >> id.x, u64(i64(x) >> id.x), u64(countOneBits(x)), u64(countLeadingZeros(x >> id.x)));
}
