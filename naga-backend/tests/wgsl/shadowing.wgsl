//! groups 1
//! bind 0.0 = iota:u32:64
//! bind 0.1 = zeros:256
//! out 0.1 = u32
@group(0) @binding(0) var<storage, read> a: array<u32>;
@group(0) @binding(1) var<storage, read_write> o: array<u32>;
@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3<u32>) {
    let x = a[id.x];
    var r = x;
    {
        let x = r + 1u;
        r = x * 2u;
        { var r = x; r += 5u; }
    }
    for (var x = 0u; x < 3u; x++) {
        // Declared anew in each trip.
        var fresh: u32;
        fresh += x;
        r += fresh;
    }
    o[id.x] = r + x;
}
