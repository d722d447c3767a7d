//! groups 1
//! needs subgroups
//! bind 0.0 = iota:u32:32
//! bind 0.1 = zeros:512
//! out 0.1 = u32
@group(0) @binding(0) var<storage, read> a: array<u32>;
@group(0) @binding(1) var<storage, read_write> o: array<vec4<u32>>;
@compute @workgroup_size(32)
fn main(@builtin(local_invocation_index) i: u32) {
    let x = a[i];
    var r = vec4(0u);
    if (x % 3u == 0u) {
        r = vec4(subgroupAdd(x), subgroupBallot(true).x, subgroupBroadcastFirst(x), subgroupExclusiveAdd(x));
    } else {
        r = vec4(subgroupMax(x), subgroupBallot(x > 10u).x, subgroupInclusiveAdd(1u), subgroupMin(x));
    }
    for (var k = 0u; k < x; k += 4u) { r.x += subgroupAdd(1u); }
    o[i] = r;
}
