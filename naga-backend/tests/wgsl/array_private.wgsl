//! groups 1
//! bind 0.0 = iota:u32:64
//! bind 0.1 = zeros:256
//! out 0.1 = u32
@group(0) @binding(0) var<storage, read> a: array<u32>;
@group(0) @binding(1) var<storage, read_write> o: array<u32>;
var<private> stack: array<u32, 16>;
var<private> top: u32;
fn push(x: u32) { stack[top] = x; top++; }
fn pop() -> u32 { top--; return stack[top]; }
@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3<u32>) {
    var n = a[id.x];
    while (n > 0u) {
        push(n & 3u);
        n >>= 2u;
    }
    var r = 0u;
    while (top > 0u) { r = r * 4u + pop(); }
    o[id.x] = r;
}
