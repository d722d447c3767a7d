//! groups 1
//! bind 0.0 = zeros:16
//! out 0.0 = u32
// Two rounds. Found by random kernels: lavapipe of Mesa 22.3.6 makes one.
@group(0) @binding(0) var<storage, read_write> o: array<u32>;
@compute @workgroup_size(1)
fn main() {
    for (var c = 0u; c < 1u; c++) {
        var k = 0u;
        loop {
            if (k >= 2u) { break; }
            continuing {
                if (o[1] == 0u) {
                    o[0] += 5u;
                }
                k++;
                break if (!(k != c));
            }
        }
    }
}
