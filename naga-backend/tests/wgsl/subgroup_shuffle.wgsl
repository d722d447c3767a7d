//! groups 1
//! needs subgroups
//! bind 0.0 = random:u32:32:25
//! bind 0.1 = zeros:1280
//! out 0.1 = u32
@group(0) @binding(0) var<storage, read> a: array<u32>;
@group(0) @binding(1) var<storage, read_write> o: array<array<u32, 10>>;
@compute @workgroup_size(32)
fn main(@builtin(local_invocation_index) i: u32, @builtin(subgroup_invocation_id) lane: u32) {
    let x = a[i];
    let up = select(0u, subgroupShuffleUp(x, 2u), lane >= 2u);
    let down = select(0u, subgroupShuffleDown(x, 3u), lane < 29u);
    o[i] = array(subgroupBroadcast(x, 5u), subgroupBroadcastFirst(x), subgroupShuffle(x, (lane * 7u) % 32u), subgroupShuffleXor(x, 9u),
        up, down, quadBroadcast(x, 2u), quadSwapX(x), quadSwapY(x), quadSwapDiagonal(x));
}
