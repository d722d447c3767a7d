//! groups 2
//! needs float-atomics
//! bind 0.0 = f32:0,1000
//! out 0.0 = f32
@group(0) @binding(0) var<storage, read_write> a: array<atomic<f32>, 2>;
@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3<u32>) {
    // Whole numbers, so that the order does not matter.
    atomicAdd(&a[0], f32(id.x));
    atomicSub(&a[1], f32(id.x % 8u));
}
