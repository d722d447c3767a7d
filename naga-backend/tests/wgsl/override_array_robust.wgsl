//! groups 1
//! bind 0.0 = u32:3,1000000,4294967295,16
//! bind 0.1 = u32:9,9,9,9
//! out 0.1 = u32
// An index beyond an array that an override sizes stays within it: the neighbours keep their zeros.
override size = 8u;
@group(0) @binding(0) var<storage, read> index: array<u32>;
@group(0) @binding(1) var<storage, read_write> o: array<u32>;
var<workgroup> before: array<u32, 16>;
var<workgroup> v: array<u32, size * 2u>;
var<workgroup> after: array<u32, 16>;
@compute @workgroup_size(1)
fn main() {
    for (var i = 0u; i < 4u; i++) {
        v[index[i]] = 7u;
    }
    var sum = 0u;
    for (var i = 0u; i < 16u; i++) {
        sum += before[i] + after[i];
    }
    o[0] = v[3];
    o[1] = sum;
    o[2] = before[index[3] - 1u];
    o[3] = after[0];
}
