//! groups 1
//! bind 0.0 = iota:i32:64
//! bind 0.1 = zeros:256
//! out 0.1 = i32
@group(0) @binding(0) var<storage, read> a: array<i32>;
@group(0) @binding(1) var<storage, read_write> o: array<i32>;
fn find(x: i32) -> vec2<i32> {
    if (x < 5) { return vec2(-1, x); }
    for (var i = 2; i < x; i++) {
        if (x % i == 0) {
            if (i == 3) { return vec2(3, 333); }
            return vec2(i, x / i);
        }
    }
    if (x > 50) { return vec2(x); }
    return vec2(0, 1);
}
fn both(x: i32) -> i32 { if (x % 2 == 0) { return 1; } else { return 2; } }
@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3<u32>) {
    if (id.x == 13u) { return; }
    let f = find(a[id.x]);
    o[id.x] = f.x * 1000 + f.y + both(a[id.x]);
    if (id.x > 40u) { return; }
    o[id.x] += 5;
}
