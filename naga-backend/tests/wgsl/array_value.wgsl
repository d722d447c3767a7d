//! groups 1
//! bind 0.0 = iota:u32:64
//! bind 0.1 = zeros:256
//! out 0.1 = u32
@group(0) @binding(0) var<storage, read> a: array<u32>;
@group(0) @binding(1) var<storage, read_write> o: array<u32>;
fn reversed(x: array<u32, 5>) -> array<u32, 5> { return array(x[4], x[3], x[2], x[1], x[0]); }
fn pick(x: array<u32, 5>, i: u32) -> u32 { return x[i]; }
@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3<u32>) {
    let x = a[id.x];
    let list = array(x, x * 2u, x * 3u, x * 4u, x * 5u);
    let back = reversed(list);
    var copy = back;
    copy[x % 5u] = 1000u;
    o[id.x] = pick(list, x % 5u) + pick(back, (x + 1u) % 5u) * 7u + copy[(x + 2u) % 5u] + copy[x % 5u];
}
