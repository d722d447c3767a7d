//! groups 1
//! bind 0.0 = u32:0,3,4,5,100,2147483647,4294967295,1000000
//! bind 0.1 = zeros:128
//! out 0.1 = u32
// Out-of-range accesses stay in their variable: the neighbours keep their values.
@group(0) @binding(0) var<storage, read> a: array<u32>;
@group(0) @binding(1) var<storage, read_write> o: array<u32>;
var<private> before: array<u32, 4>;
var<private> middle: array<u32, 4>;
var<private> after: array<u32, 4>;
var<workgroup> w0: array<u32, 8>;
var<workgroup> w1: array<u32, 8>;
var<workgroup> w2: array<u32, 8>;
@compute @workgroup_size(8)
fn main(@builtin(local_invocation_index) i: u32) {
    var left = vec4(1u);
    var list: array<u32, 4>;
    var right = vec4(2u);
    middle[a[i]] = 9u;
    list[a[i]] = 9u;
    w1[a[i] + 8u] = 9u;
    workgroupBarrier();
    var sum = 0u;
    for (var k = 0u; k < 4u; k++) { sum += before[k] + after[k] + left[k] + right[k]; }
    o[i] = sum + w0[i] + w2[i];
    o[i + 8u] = u32(list[a[i]] == 9u || list[a[i]] == 0u);
}
