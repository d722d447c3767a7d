//! groups 2
//! bind 0.0 = zeros:64
//! out 0.0 = u32
struct Item { plain: u32, count: atomic<u32>, list: array<atomic<u32>, 2> }
struct All { head: atomic<u32>, items: array<Item> }
@group(0) @binding(0) var<storage, read_write> all: All;
@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3<u32>) {
    atomicAdd(&all.head, 1u);
    let item = &all.items[id.x % 3u];
    atomicAdd(&(*item).count, id.x);
    atomicMax(&(*item).list[id.x % 2u], id.x);
}
