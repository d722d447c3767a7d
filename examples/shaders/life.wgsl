// One generation of Conway's game of life on a torus.
@group(0) @binding(0) var<uniform> size: vec2<u32>;
@group(0) @binding(1) var<storage, read> old: array<u32>;
@group(0) @binding(2) var<storage, read_write> next: array<u32>;

fn cell(x: u32, y: u32) -> u32 {
    return old[(y % size.y) * size.x + x % size.x];
}

@compute @workgroup_size(8, 8)
fn main(@builtin(global_invocation_id) id: vec3<u32>) {
    if (id.x >= size.x || id.y >= size.y) { return; }
    let left = id.x + size.x - 1u;
    let above = id.y + size.y - 1u;
    var neighbours = 0u;
    for (var dy = 0u; dy < 3u; dy++) {
        for (var dx = 0u; dx < 3u; dx++) {
            neighbours += cell(left + dx, above + dy);
        }
    }
    let alive = cell(id.x, id.y);
    neighbours -= alive;
    next[id.y * size.x + id.x] = select(0u, 1u, neighbours == 3u || (alive == 1u && neighbours == 2u));
}
