//! groups 1
//! bind 0.0 = iota:i32:64
//! bind 0.1 = zeros:256
//! out 0.1 = i32
struct Flags { a: bool, b: vec3<bool>, n: i32, list: array<bool, 3> }
@group(0) @binding(0) var<storage, read> a: array<i32>;
@group(0) @binding(1) var<storage, read_write> o: array<i32>;
var<workgroup> shared_flags: array<Flags, 64>;
var<private> last: Flags;
fn make(x: i32) -> Flags { return Flags(x > 10, vec3(x > 20, x > 30, x % 2 == 0), x, array(true, x > 5, x > 50)); }
@compute @workgroup_size(64)
fn main(@builtin(local_invocation_index) i: u32) {
    shared_flags[i] = make(a[i]);
    last.list[i % 3u] = true;
    workgroupBarrier();
    var f = shared_flags[63u - i];
    f.b[i % 3u] = !f.b[i % 3u];
    o[i] = i32(f.a) + 2 * i32(f.b.x) + 4 * i32(f.b.y) + 8 * i32(f.b.z) + 16 * i32(f.list[i % 3u]) + 32 * f.n
        + i32(last.list[0]) * 4096 + i32(last.list[1]) * 8192;
}
