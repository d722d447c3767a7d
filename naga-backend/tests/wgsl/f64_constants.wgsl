//! groups 1
//! needs f64
//! bind 0.0 = random:f64:64:3
//! bind 0.1 = zeros:2560
//! out 0.1 = f64
// Several constants that an instruction cannot all hold.
@group(0) @binding(0) var<storage, read> a: array<f64>;
@group(0) @binding(1) var<storage, read_write> o: array<array<f64, 5>>;
@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3<u32>) {
    let x = floor(a[id.x] * 64.0lf);
    let s = floor(a[5] * 64.0lf);
    o[id.x] = array(
        fma(x, 0.015625lf, 437.890625lf),
        fma(-935.875lf, x, -558.984375lf),
        clamp(x, -24.0lf, 24.5lf),
        fma(s, 0.015625lf, 437.890625lf),
        select(1234.5lf, -4321.5lf, x > 0.5lf) + select(-0.25lf, 3.0lf, x < -8.0lf),
    );
}
