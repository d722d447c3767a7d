//! groups 1
//! bind 0.0 = zeros:256
//! out 0.0 = u32
@group(0) @binding(0) var<storage, read_write> o: array<u32>;
var<private> n: u32;
fn next() -> u32 {
    n = n * 3u + 1u;
    return n;
}
fn three(a: u32, b: u32, c: u32) -> u32 { return a + b * 1000u + c * 1000000u; }
@compute @workgroup_size(64)
fn main(@builtin(local_invocation_index) i: u32) {
    n = i % 4u;
    let v = vec3(next(), next(), next());
    var w = array<u32, 4>();
    w[next() % 4u] = next();
    o[i] = three(next(), next() - next(), v.z) + v.x * 7u + w[1] + w[2] * 3u;
}
