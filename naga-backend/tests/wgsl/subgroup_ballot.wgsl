//! groups 1
//! needs subgroups
//! bind 0.0 = zeros:1536
//! out 0.0 = u32
@group(0) @binding(0) var<storage, read_write> o: array<array<u32, 6>>;
@compute @workgroup_size(64)
fn main(@builtin(local_invocation_index) i: u32, @builtin(subgroup_invocation_id) lane: u32,
    @builtin(subgroup_size) size: u32, @builtin(subgroup_id) group: u32, @builtin(num_subgroups) groups: u32) {
    let b = subgroupBallot(i % 3u == 0u);
    o[i] = array(b.x, b.y | b.z | b.w, lane, size, group, groups);
}
