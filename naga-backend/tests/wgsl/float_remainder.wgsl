//! groups 1
//! bind 0.0 = f32:5.5,-5.5,5.5,-5.5,1,0.25,1024,-7
//! bind 0.1 = f32:2,2,-2,-2,4,0.125,3,7
//! bind 0.2 = zeros:32
//! out 0.2 = f32
@group(0) @binding(0) var<storage, read> a: array<f32>;
@group(0) @binding(1) var<storage, read> b: array<f32>;
@group(0) @binding(2) var<storage, read_write> o: array<f32>;
@compute @workgroup_size(8)
fn main(@builtin(local_invocation_index) i: u32) {
    o[i] = a[i] % b[i];
}
