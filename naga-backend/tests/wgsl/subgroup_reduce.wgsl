//! groups 1
//! needs subgroups
//! bind 0.0 = random:u32:128:24
//! bind 0.1 = zeros:6144
//! out 0.1 = u32
@group(0) @binding(0) var<storage, read> a: array<u32>;
@group(0) @binding(1) var<storage, read_write> o: array<array<u32, 12>>;
@compute @workgroup_size(128)
fn main(@builtin(local_invocation_index) i: u32) {
    let x = a[i];
    let s = i32(x);
    let v = subgroupAdd(vec2(x, x >> 3u));
    o[i] = array(subgroupAdd(x), subgroupMul(x | 1u), subgroupMin(x), subgroupMax(x), u32(subgroupMin(s)), u32(subgroupMax(s)),
        subgroupAnd(x | 0xffff0000u), subgroupOr(x & 0xffffu), subgroupXor(x), u32(subgroupAll(x > 0u)) + 2u * u32(subgroupAny(x > 4294900000u)),
        v.x + v.y, u32(subgroupAdd(1)));
}
