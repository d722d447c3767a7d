//! groups 1
//! bind 0.0 = iota:u32:64
//! bind 0.1 = zeros:256
//! out 0.1 = u32
@group(0) @binding(0) var<storage, read> a: array<u32>;
@group(0) @binding(1) var<storage, read_write> o: array<u32>;
@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3<u32>) {
    let n = a[id.x];
    var r = 0u;
    for (var i = 0u; i < n; i++) {
        for (var j = i; j < n; j += 3u) {
            if ((i + j) % 7u == 0u) { continue; }
            if (j > 40u) { break; }
            r += i * j;
        }
        if (r > 100000u) { break; }
    }
    var k = n;
    while (k > 3u) { k /= 2u; r += k; }
    loop {
        if (k >= 10u) { break; }
        k += 2u;
        r ^= k;
    }
    o[id.x] = r;
}
