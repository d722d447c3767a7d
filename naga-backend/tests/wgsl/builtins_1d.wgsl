//! groups 3
//! bind 0.0 = zeros:3072
//! out 0.0 = u32
struct In { @builtin(global_invocation_id) gid: vec3<u32>, @builtin(workgroup_id) wg: vec3<u32> }
@group(0) @binding(0) var<storage, read_write> o: array<array<u32, 8>>;
@compute @workgroup_size(32)
fn main(in: In, @builtin(local_invocation_id) lid: vec3<u32>, @builtin(local_invocation_index) i: u32,
    @builtin(num_workgroups) n: vec3<u32>) {
    o[in.gid.x] = array(in.gid.x, in.gid.y, in.wg.x, lid.x, lid.y, i, n.x, n.y + n.z);
}
