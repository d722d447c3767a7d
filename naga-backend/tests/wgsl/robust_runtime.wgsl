//! groups 1
//! bind 0.0 = u32:0,1,2,3,1073741823,1073741824,4294967295,536870912
//! bind 0.1 = u32:5,6,7,8,0,0,0,0
//! bind 0.2 = zeros:32
//! out 0.2 = u32
struct S { head: vec4<u32>, list: array<u32> }
@group(0) @binding(0) var<storage, read> a: array<u32>;
@group(0) @binding(1) var<storage, read_write> s: S;
@group(0) @binding(2) var<storage, read_write> o: array<u32>;
@compute @workgroup_size(8)
fn main(@builtin(local_invocation_index) i: u32) {
    s.list[a[i] + 4u] = 99u;
    storageBarrier();
    o[i] = s.head[i % 4u];
}
