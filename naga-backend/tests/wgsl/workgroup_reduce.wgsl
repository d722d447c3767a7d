//! groups 4
//! bind 0.0 = random:u32:256:22
//! bind 0.1 = zeros:16
//! out 0.1 = u32
@group(0) @binding(0) var<storage, read> a: array<u32>;
@group(0) @binding(1) var<storage, read_write> o: array<u32>;
var<workgroup> part: array<u32, 64>;
@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3<u32>, @builtin(local_invocation_index) l: u32, @builtin(workgroup_id) wg: vec3<u32>) {
    part[l] = a[id.x];
    for (var h = 32u; h > 0u; h >>= 1u) {
        workgroupBarrier();
        if (l < h) { part[l] += part[l + h]; }
    }
    if (l == 0u) { o[wg.x] = part[0]; }
}
