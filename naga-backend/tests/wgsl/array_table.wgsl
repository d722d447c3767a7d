//! groups 1
//! bind 0.0 = iota:u32:64
//! bind 0.1 = zeros:512
//! out 0.1 = u32
const SMALL = array(3u, 1u, 4u);
const BIG = array<u32, 20>(2, 3, 5, 7, 11, 13, 17, 19, 23, 29, 31, 37, 41, 43, 47, 53, 59, 61, 67, 71);
const PAIRS = array<vec2<u32>, 3>(vec2(1u, 2u), vec2(3u, 4u), vec2(5u, 6u));
@group(0) @binding(0) var<storage, read> a: array<u32>;
@group(0) @binding(1) var<storage, read_write> o: array<vec2<u32>>;
@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3<u32>) {
    let x = a[id.x];
    var small = SMALL;
    var big = BIG;
    var pairs = PAIRS;
    o[id.x] = vec2(small[x % 3u] + big[x % 20u], BIG[(x * 3u) % 20u]) + pairs[x % 3u];
}
