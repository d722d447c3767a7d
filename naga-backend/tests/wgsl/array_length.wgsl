//! groups 1
//! bind 0.0 = iota:u32:37
//! bind 0.1 = iota:u32:40
//! bind 0.2 = iota:f32:30
//! bind 0.3 = zeros:64
//! out 0.3 = u32
struct Tail { n: u32, m: vec2<u32>, list: array<vec2<u32>> }
@group(0) @binding(0) var<storage, read> a: array<u32>;
@group(0) @binding(1) var<storage, read> t: Tail;
@group(0) @binding(2) var<storage, read> v: array<vec3<f32>>;
@group(0) @binding(3) var<storage, read_write> o: array<u32>;
@compute @workgroup_size(1)
fn main() {
    o[0] = arrayLength(&a);
    o[1] = arrayLength(&t.list);
    o[2] = arrayLength(&v);
    o[3] = arrayLength(&o);
    o[4] = t.list[arrayLength(&t.list) - 1u].y;
}
