//! groups 1
//! bind 0.0 = f32:1,-1,0.5,3.75,-3.75,1e10,0,1e-20,255.99,-0.125,2,4,1000,-7.5,0.1,65504
//! bind 0.1 = zeros:384
//! out 0.1 = f32
@group(0) @binding(0) var<storage, read> a: array<f32>;
@group(0) @binding(1) var<storage, read_write> o: array<array<f32, 6>>;
@compute @workgroup_size(16)
fn main(@builtin(local_invocation_index) i: u32) {
    let m = modf(a[i]);
    let f = frexp(a[i]);
    let v = frexp(vec2(a[i], 6.0));
    o[i] = array(m.fract, m.whole, f.fract, f32(f.exp), ldexp(f.fract, f.exp), v.fract.y + f32(v.exp.y));
}
