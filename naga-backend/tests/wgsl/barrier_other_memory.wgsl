//! groups 2
//! bind 0.0 = zeros:768
//! out 0.0 = u32
// Found by random kernels: workgroup memory is written, and waves meet over storage memory.
@group(0) @binding(0) var<storage, read_write> o: array<u32>;
var<workgroup> own: array<u32, 96>;
@compute @workgroup_size(96)
fn main(@builtin(local_invocation_index) i: u32, @builtin(workgroup_id) id: vec3<u32>) {
    own[i] ^= i * 5u;
    o[id.x * 96u + i] = i * 3u;
    storageBarrier();
    let next = o[id.x * 96u + (i + 40u) % 96u];
    storageBarrier();
    o[id.x * 96u + i] = next + own[i] * 1000u;
}
