//! groups 1
//! bind 0.0 = u32:0,7,8,9,100,1073741823,4294967295,1000000
//! bind 0.1 = u32:1,1,1,1,2,2,2,2,2,2,2,2,3,3,3,3
//! bind 0.2 = zeros:32
//! out 0.2 = u32
struct S { before: vec4<u32>, list: array<u32, 8>, after: vec4<u32> }
@group(0) @binding(0) var<storage, read> a: array<u32, 8>;
@group(0) @binding(1) var<storage, read_write> s: S;
@group(0) @binding(2) var<storage, read_write> o: array<u32, 8>;
@compute @workgroup_size(8)
fn main(@builtin(local_invocation_index) i: u32) {
    s.list[a[i]] = 2u;
    storageBarrier();
    o[i] = s.before[i % 4u] + s.after[i % 4u] + select(0u, s.list[a[i]], a[i] < 8u);
}
