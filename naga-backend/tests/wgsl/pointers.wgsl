//! groups 1
//! bind 0.0 = iota:i32:64
//! bind 0.1 = zeros:256
//! out 0.1 = i32
struct P { a: vec2<i32>, b: array<i32, 3> }
@group(0) @binding(0) var<storage, read> a: array<i32>;
@group(0) @binding(1) var<storage, read_write> o: array<i32>;
var<private> count: i32;
fn swap(x: ptr<function, i32>, y: ptr<function, i32>) { let t = *x; *x = *y; *y = t; }
fn add(p: ptr<function, array<i32, 3>>, i: u32, by: i32) { (*p)[i] += by; }
fn tick(p: ptr<private, i32>) -> i32 { *p += 1; return *p; }
fn through(p: ptr<function, P>, i: u32) {
    (*p).a.x = 5;
    let inner = &(*p).b;
    add(inner, i, 10);
    add(inner, 0u, (*p).a.y);
}
@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3<u32>) {
    var x = a[id.x];
    var y = x * 2 + 1;
    swap(&x, &y);
    var p = P(vec2(1, 2), array(3, 4, 5));
    through(&p, id.x % 3u);
    let e = &o[id.x];
    *e = x - y + p.a.x + p.b[0] * 10 + p.b[1] * 100 + p.b[2] * 1000;
    *e += tick(&count) + tick(&count);
}
