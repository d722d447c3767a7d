//! groups 1
//! bind 0.0 = i32:0,1,-1,2147483647,-2147483648,5,5,-7
//! bind 0.1 = zeros:256
//! out 0.1 = u32
@group(0) @binding(0) var<storage, read> a: array<i32>;
@group(0) @binding(1) var<storage, read_write> o: array<u32>;
fn bit(b: bool, n: u32) -> u32 { return select(0u, 1u << n, b); }
@compute @workgroup_size(8, 8)
fn main(@builtin(local_invocation_id) id: vec3<u32>, @builtin(local_invocation_index) i: u32) {
    let x = a[id.x];
    let y = a[id.y];
    let u = u32(x);
    let v = u32(y);
    o[i] = bit(x < y, 0) | bit(x <= y, 1) | bit(x > y, 2) | bit(x >= y, 3) | bit(x == y, 4) | bit(x != y, 5)
        | bit(u < v, 6) | bit(u <= v, 7) | bit(u > v, 8) | bit(u >= v, 9) | bit(u == v, 10) | bit(u != v, 11);
}
