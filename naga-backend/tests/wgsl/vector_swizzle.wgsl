//! groups 1
//! bind 0.0 = iota:i32:256
//! bind 0.1 = zeros:1024
//! out 0.1 = i32
@group(0) @binding(0) var<storage, read> a: array<vec4<i32>>;
@group(0) @binding(1) var<storage, read_write> o: array<vec4<i32>>;
@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3<u32>) {
    var v = a[id.x].wzyx;
    v = vec4(v.xy + v.zw, v.rg * 2);
    v.y = v.zzzz.x - 1;
    v.w += 7;
    o[id.x] = v.yxwz + v.xxyy;
}
