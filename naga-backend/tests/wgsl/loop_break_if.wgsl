//! groups 1
//! bind 0.0 = iota:u32:64
//! bind 0.1 = zeros:256
//! out 0.1 = u32
@group(0) @binding(0) var<storage, read> a: array<u32>;
@group(0) @binding(1) var<storage, read_write> o: array<u32>;
@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3<u32>) {
    var x = a[id.x] + 1u;
    var steps = 0u;
    loop {
        x = select(x / 2u, 3u * x + 1u, x % 2u == 1u);
        continuing {
            steps++;
            for (var k = 0u; k < 2u; k++) { if (k == 1u) { break; } steps += k; }
            break if x <= 1u || steps > 200u;
        }
    }
    o[id.x] = steps;
}
