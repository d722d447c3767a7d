//! groups 1
//! bind 0.0 = f32:0.5,1.25,-0.25,-1.75,7,1000.5,-3,0
//! bind 0.1 = zeros:32
//! out 0.1 = f32
@group(0) @binding(0) var<storage, read> a: array<f32>;
@group(0) @binding(1) var<storage, read_write> o: array<f32>;
@compute @workgroup_size(8)
fn main(@builtin(local_invocation_index) i: u32) {
    o[i] = fract(a[i]);
}
