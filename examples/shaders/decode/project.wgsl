// Products of a 4-bit matrix with a vector.
//
// A row is a run of blocks of 32 weights: four words of nibbles, and half a word of scale. The low
// nibbles of a word's bytes are elements 0 to 3 of its eight, the high ones 4 to 7; a nibble n
// stands for (n - 8) times the block's scale. Sixteen lanes share a pair of rows, so that a value
// of the vector is loaded once for two weights.

struct Shape {
    rows: u32,
    // Of a row, 32 weights each; a multiple of 2.
    blocks: u32,
}

@group(0) @binding(0) var<uniform> shape: Shape;
@group(0) @binding(1) var<storage, read> weights: array<vec4<u32>>;
@group(0) @binding(2) var<storage, read> scales: array<u32>;
@group(0) @binding(3) var<storage, read> x: array<vec4<f32>>;
@group(0) @binding(4) var<storage, read_write> y: array<f32>;

// Divide the result by the root mean square of x. The gains of the norm are folded into the matrix.
override normalise: bool = false;

const LANES = 16u;
const PAIRS = 8u;
const EPSILON = 1e-6;

var<workgroup> partial: array<vec3<f32>, LANES * PAIRS>;

fn eight(word: u32, low: vec4<f32>, high: vec4<f32>) -> f32 {
    let a = vec4<f32>(unpack4xU8(word & 0x0f0f0f0fu));
    let b = vec4<f32>(unpack4xU8((word >> 4u) & 0x0f0f0f0fu));
    return dot(a, low) + dot(b, high);
}

fn scale(block: u32) -> f32 {
    let pair = unpack2x16float(scales[block >> 1u]);
    return select(pair.x, pair.y, (block & 1u) == 1u);
}

// The products of rows `first` and `second`, in every lane of the pair.
fn pair(first: u32, second: u32, local: u32) -> vec2<f32> {
    let lane = local % LANES;
    let home = local - lane;
    var sums = vec3<f32>(0.0);
    for (var block = lane; block < shape.blocks; block += LANES) {
        let at = block * 8u;
        let x0 = x[at];
        let x1 = x[at + 1u];
        let x2 = x[at + 2u];
        let x3 = x[at + 3u];
        let x4 = x[at + 4u];
        let x5 = x[at + 5u];
        let x6 = x[at + 6u];
        let x7 = x[at + 7u];
        let i = first * shape.blocks + block;
        let j = second * shape.blocks + block;
        let a = weights[i];
        let b = weights[j];
        let bias = 8.0 * dot(x0 + x1 + x2 + x3 + x4 + x5 + x6 + x7, vec4<f32>(1.0));
        let p = eight(a.x, x0, x1) + eight(a.y, x2, x3) + eight(a.z, x4, x5) + eight(a.w, x6, x7);
        let q = eight(b.x, x0, x1) + eight(b.y, x2, x3) + eight(b.z, x4, x5) + eight(b.w, x6, x7);
        sums.x += scale(i) * (p - bias);
        sums.y += scale(j) * (q - bias);
        if normalise {
            sums.z += dot(x0, x0) + dot(x1, x1) + dot(x2, x2) + dot(x3, x3)
                + dot(x4, x4) + dot(x5, x5) + dot(x6, x6) + dot(x7, x7);
        }
    }
    partial[local] = sums;
    for (var half = LANES / 2u; half > 0u; half >>= 1u) {
        workgroupBarrier();
        if lane < half {
            partial[local] += partial[local + half];
        }
    }
    workgroupBarrier();
    let total = partial[home];
    if normalise {
        return total.xy * inverseSqrt(total.z / f32(shape.blocks * 32u) + EPSILON);
    }
    return total.xy;
}

// y = W x
@compute @workgroup_size(128)
fn project(@builtin(workgroup_id) group: vec3<u32>, @builtin(local_invocation_index) local: u32) {
    let row = (group.x * PAIRS + local / LANES) * 2u;
    let sums = pair(row, row + 1u, local);
    if local % LANES == 0u {
        y[row] = sums.x;
        y[row + 1u] = sums.y;
    }
}

// y = y + W x
@compute @workgroup_size(128)
fn project_add(@builtin(workgroup_id) group: vec3<u32>, @builtin(local_invocation_index) local: u32) {
    let row = (group.x * PAIRS + local / LANES) * 2u;
    let sums = pair(row, row + 1u, local);
    if local % LANES == 0u {
        y[row] += sums.x;
        y[row + 1u] += sums.y;
    }
}

// SwiGLU: W holds the gate's rows, then as many of the linear part.
@compute @workgroup_size(128)
fn gate(@builtin(workgroup_id) group: vec3<u32>, @builtin(local_invocation_index) local: u32) {
    let row = group.x * PAIRS + local / LANES;
    let sums = pair(row, row + shape.rows / 2u, local);
    if local % LANES == 0u {
        y[row] = sums.x / (1.0 + exp(-sums.x)) * sums.y;
    }
}
