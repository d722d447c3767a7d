//! groups 1
//! bind 0.0 = iota:i32:512
//! bind 0.1 = zeros:2048
//! out 0.1 = i32
struct Inner { x: i32, y: vec2<i32> }
struct Middle { a: array<Inner, 2>, k: i32 }
struct Outer { m: Middle, n: i32 }
@group(0) @binding(0) var<storage, read> a: array<Outer, 8>;
@group(0) @binding(1) var<storage, read_write> o: array<Outer, 8>;
fn bump(o: Outer, by: i32) -> Outer {
    var r = o;
    r.m.a[1].y.x += by;
    r.m.k = o.m.a[0].x - by;
    return r;
}
fn swapped(m: Middle) -> Middle { return Middle(array(m.a[1], m.a[0]), m.k); }
@compute @workgroup_size(8)
fn main(@builtin(local_invocation_index) i: u32) {
    var s = bump(a[i], i32(i));
    s.m = swapped(s.m);
    s.n = s.m.a[i % 2u].x;
    o[i] = s;
}
