//! groups 1
//! bind 0.0 = iota:u32:64
//! bind 0.1 = zeros:256
//! out 0.1 = u32
@group(0) @binding(0) var<storage, read> a: array<u32>;
@group(0) @binding(1) var<storage, read_write> o: array<u32>;
@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3<u32>) {
    let n = a[id.x];
    var i = 0u;
    var r = 0u;
    var list = array<u32, 4>(1u, 2u, 3u, 4u);
    loop {
        let step = 1u + (i & 1u);
        let place = &list[i % 4u];
        let twice = vec2(i * 2u, i * 3u);
        if (i % 3u == 1u) { continue; }
        r += i;
        if (i % 5u == 4u) { continue; }
        r += 100u;
        continuing {
            i += step;
            *place += twice.y;
            r ^= twice.x;
            break if i > n;
        }
    }
    o[id.x] = r + list[0] * 3u + list[1] * 5u + list[2] * 7u + list[3] * 11u;
}
