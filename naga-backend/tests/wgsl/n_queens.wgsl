//! groups 1
//! bind 0.0 = zeros:32
//! out 0.0 = u32
@group(0) @binding(0) var<storage, read_write> o: array<u32>;
@compute @workgroup_size(8)
fn main(@builtin(local_invocation_index) first: u32) {
    const N = 8u;
    let mask = (1u << N) - 1u;
    var columns: array<u32, 8>;
    var left: array<u32, 8>;
    var right: array<u32, 8>;
    var free: array<u32, 8>;
    let bit0 = 1u << first;
    columns[1] = bit0;
    left[1] = bit0 << 1u;
    right[1] = bit0 >> 1u;
    free[1] = mask & ~(columns[1] | left[1] | right[1]);
    var row = 1u;
    var count = 0u;
    loop {
        if (free[row] == 0u) {
            row--;
            if (row == 0u) { break; }
            continue;
        }
        let bit = free[row] & (0u - free[row]);
        free[row] ^= bit;
        if (row == N - 1u) {
            count++;
            continue;
        }
        columns[row + 1u] = columns[row] | bit;
        left[row + 1u] = (left[row] | bit) << 1u;
        right[row + 1u] = (right[row] | bit) >> 1u;
        row++;
        free[row] = mask & ~(columns[row] | left[row] | right[row]);
    }
    o[first] = count;
}
