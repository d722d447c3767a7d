//! groups 1
//! bind 0.0 = iota:i32:96
//! bind 0.1 = zeros:384
//! out 0.1 = i32
@group(0) @binding(0) var<storage, read> a: array<array<array<i32, 4>, 3>, 8>;
@group(0) @binding(1) var<storage, read_write> o: array<array<array<i32, 4>, 3>, 8>;
@compute @workgroup_size(8, 3)
fn main(@builtin(local_invocation_id) id: vec3<u32>) {
    var row = a[id.x][2u - id.y];
    row[id.x % 4u] *= -1;
    let whole = a[7u - id.x];
    o[id.x][id.y] = row;
    o[id.x][id.y][3] += whole[id.y][id.x % 4u];
}
