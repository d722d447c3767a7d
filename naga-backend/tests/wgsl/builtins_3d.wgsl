//! groups 2,3,2
//! bind 0.0 = zeros:13824
//! out 0.0 = u32
@group(0) @binding(0) var<storage, read_write> o: array<array<u32, 12>>;
@compute @workgroup_size(4, 3, 2)
fn main(@builtin(global_invocation_id) gid: vec3<u32>, @builtin(workgroup_id) wg: vec3<u32>,
    @builtin(local_invocation_id) lid: vec3<u32>, @builtin(local_invocation_index) i: u32,
    @builtin(num_workgroups) n: vec3<u32>) {
    let at = (wg.x + n.x * (wg.y + n.y * wg.z)) * 24u + i;
    o[at] = array(gid.x, gid.y, gid.z, wg.x, wg.y, wg.z, lid.x, lid.y, lid.z, i, n.x * n.y, n.z);
}
