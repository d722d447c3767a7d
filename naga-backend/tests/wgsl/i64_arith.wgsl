//! groups 1
//! needs int64
//! bind 0.0 = random:i64:128:28
//! bind 0.1 = zeros:4096
//! out 0.1 = i64
@group(0) @binding(0) var<storage, read> a: array<i64>;
@group(0) @binding(1) var<storage, read_write> o: array<array<i64, 8>>;
@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3<u32>) {
    let x = a[id.x];
    let y = a[id.x + 64u];
    o[id.x] = array(x + y, x - y, x * y, -x, x & y, x | y, x ^ ~y, select(x, y, x < y));
}
