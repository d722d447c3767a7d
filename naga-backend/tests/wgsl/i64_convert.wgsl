//! groups 1
//! needs int64
//! bind 0.0 = i64:0,1,-1,4294967296,-4294967297,9007199254740993,-9223372036854775808,9223372036854775807
//! bind 0.1 = zeros:448
//! out 0.1 = u32
@group(0) @binding(0) var<storage, read> a: array<i64>;
@group(0) @binding(1) var<storage, read_write> o: array<array<u32, 14>>;
fn halves(x: u64) -> vec2<u32> { return vec2(u32(x), u32(x >> 32u)); }
@compute @workgroup_size(8)
fn main(@builtin(local_invocation_index) i: u32) {
    let x = a[i];
    let f = f32(x);
    let g = halves(u64(i64(f * 0.5)));
    let h = halves(u64(f32(u64(x))));
    let e = halves(u64(i64(i32(x))));
    let z = halves(u64(u32(x)));
    o[i] = array(u32(x), u32(i32(x)), bitcast<u32>(f), bitcast<u32>(f32(u64(x))), g.x, g.y, h.x, h.y, e.x, e.y, z.x, z.y, u32(bool(x)),
        u32(x < 0li) + 2u * u32(u64(x) > 5lu));
}
