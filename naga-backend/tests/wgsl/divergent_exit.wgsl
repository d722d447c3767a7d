//! groups 1
//! bind 0.0 = iota:u32:64
//! bind 0.1 = zeros:512
//! out 0.1 = u32
@group(0) @binding(0) var<storage, read> a: array<u32>;
@group(0) @binding(1) var<storage, read_write> o: array<vec2<u32>>;
// A value that is the same for all lanes inside the loop, and not outside.
@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3<u32>) {
    var trips = 0u;
    var seen = 0u;
    loop {
        seen = trips * 10u;
        if (trips >= a[id.x] % 9u) { break; }
        trips++;
    }
    o[id.x] = vec2(trips, seen);
}
