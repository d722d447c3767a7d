//! groups 1
//! needs subgroups
//! bind 0.0 = iota:u32:64
//! bind 0.1 = zeros:1536
//! out 0.1 = u32
@group(0) @binding(0) var<storage, read> a: array<u32>;
@group(0) @binding(1) var<storage, read_write> o: array<array<u32, 6>>;
@compute @workgroup_size(64)
fn main(@builtin(local_invocation_index) i: u32) {
    let x = a[i] * 3u + 1u;
    o[i] = array(subgroupExclusiveAdd(x), subgroupInclusiveAdd(x), subgroupExclusiveMul(x), subgroupInclusiveMul(x),
        u32(subgroupInclusiveAdd(f32(i % 32u))), u32(subgroupExclusiveAdd(-i32(x))));
}
