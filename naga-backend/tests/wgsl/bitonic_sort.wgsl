//! groups 2
//! bind 0.0 = random:u32:512:33
//! out 0.0 = u32
@group(0) @binding(0) var<storage, read_write> a: array<u32>;
var<workgroup> s: array<u32, 256>;
@compute @workgroup_size(128)
fn main(@builtin(workgroup_id) wg: vec3<u32>, @builtin(local_invocation_index) l: u32) {
    let base = wg.x * 256u;
    s[l] = a[base + l];
    s[l + 128u] = a[base + l + 128u];
    for (var k = 2u; k <= 256u; k <<= 1u) {
        for (var j = k >> 1u; j > 0u; j >>= 1u) {
            workgroupBarrier();
            let i = 2u * l - (l & (j - 1u));
            let x = s[i];
            let y = s[i + j];
            if ((x > y) == ((i & k) == 0u)) {
                s[i] = y;
                s[i + j] = x;
            }
        }
    }
    workgroupBarrier();
    a[base + l] = s[l];
    a[base + l + 128u] = s[l + 128u];
}
