//! groups 1
//! bind 0.0 = zeros:128
//! constant scale = 2.5
//! constant 7 = 3
//! constant deep = 1
//! out 0.0 = f32
override scale: f32;
@id(7) override count: u32 = 1u;
override deep: bool = false;
override derived = scale * 4.0;
override size: u32 = 8u;
@group(0) @binding(0) var<storage, read_write> o: array<f32>;
var<workgroup> shared_list: array<f32, size>;
@compute @workgroup_size(size, 2)
fn main(@builtin(local_invocation_index) i: u32, @builtin(local_invocation_id) id: vec3<u32>) {
    if (id.y == 0u) { shared_list[id.x] = f32(id.x) * scale; }
    workgroupBarrier();
    var r = derived + f32(size);
    for (var k = 0u; k < count; k++) { r += shared_list[(id.x + k) % size]; }
    if (deep) { r += 0.5; }
    o[i] = r;
}
