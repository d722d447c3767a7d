//! groups 1
//! bind 0.0 = iota:u32:64
//! bind 0.1 = zeros:256
//! out 0.1 = u32
@group(0) @binding(0) var<storage, read> a: array<u32>;
@group(0) @binding(1) var<storage, read_write> o: array<u32>;
fn f1(x: u32) -> u32 { return x * 3u + 1u; }
fn f2(x: u32) -> u32 { if (x > 100u) { return f1(x) / 2u; } return f1(f1(x)); }
fn f3(x: u32) -> u32 { var r = 0u; for (var i = 0u; i < x % 4u; i++) { r += f2(x + i); } return r; }
fn f4(x: u32) -> u32 { return f3(x) + f3(f2(x)) - f1(x); }
fn nothing(x: u32) { if (x > 3u) { return; } }
@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3<u32>) {
    nothing(id.x);
    o[id.x] = f4(a[id.x]) ^ f4(a[63u - id.x]);
    _ = f1(3u);
}
