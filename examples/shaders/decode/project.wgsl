// Products of a 4-bit matrix with a vector.
//
// A row is a run of blocks of 32 weights: four words of nibbles, and half a word of scale. The low
// nibbles of a word's bytes are elements 0 to 3 of its eight, the high ones 4 to 7; a nibble n
// stands for (n - 8) times the block's scale.
//
// The vector is quantised to 8 bits in blocks of 32 as well, in workgroup memory, so that an
// instruction multiplies and adds four elements: to turn each nibble into a float, and to load each
// float of the vector, takes longer than a card needs for the bytes. Thirty-two lanes share a pair of
// rows, so that a block of the vector is loaded once for two.

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

const LANES = 32u;
const PAIRS = 4u;
const THREADS = LANES * PAIRS;
// Blocks of the vector in workgroup memory at a time.
const CHUNK = 256u;
const EPSILON = 1e-6;
// Steps up to the largest number of a block. An embedding's numbers are multiples of an eighth of it,
// and so become integers without rounding.
const STEPS = 120.0;

// Of a block: the elements that low nibbles belong to, those of high ones, and its scale, alone and
// times eight times the sum of elements.
var<workgroup> low: array<vec4<u32>, CHUNK>;
var<workgroup> high: array<vec4<u32>, CHUNK>;
var<workgroup> factors: array<vec2<f32>, CHUNK>;
var<workgroup> partial: array<vec2<f32>, THREADS>;
var<workgroup> squares: array<f32, THREADS>;

fn largest(v: vec4<f32>) -> f32 {
    return max(max(abs(v.x), abs(v.y)), max(abs(v.z), abs(v.w)));
}

// Added to 1.5 * 2^23 a small number is rounded, and the lowest byte is that of the integer:
// cheaper than a conversion.
fn bytes(v: vec4<f32>, inverse: f32) -> u32 {
    let n = bitcast<vec4<u32>>(fma(v, vec4<f32>(inverse), vec4<f32>(12582912.0))) & vec4<u32>(255u);
    return n.x | (n.y << 8u) | (n.z << 16u) | (n.w << 24u);
}

fn sum(v: vec4<u32>) -> i32 {
    const ONES = 0x01010101u;
    return dot4I8Packed(v.x, ONES) + dot4I8Packed(v.y, ONES)
        + dot4I8Packed(v.z, ONES) + dot4I8Packed(v.w, ONES);
}

// Brings a block of the vector to workgroup memory; returns the sum of squares.
fn quantise(block: u32, to: u32) -> f32 {
    let at = block * 8u;
    let x0 = x[at];
    let x1 = x[at + 1u];
    let x2 = x[at + 2u];
    let x3 = x[at + 3u];
    let x4 = x[at + 4u];
    let x5 = x[at + 5u];
    let x6 = x[at + 6u];
    let x7 = x[at + 7u];
    let most = max(
        max(max(largest(x0), largest(x1)), max(largest(x2), largest(x3))),
        max(max(largest(x4), largest(x5)), max(largest(x6), largest(x7))),
    );
    let inverse = select(0.0, STEPS / most, most > 0.0);
    let even = vec4<u32>(
        bytes(x0, inverse), bytes(x2, inverse), bytes(x4, inverse), bytes(x6, inverse),
    );
    let odd = vec4<u32>(
        bytes(x1, inverse), bytes(x3, inverse), bytes(x5, inverse), bytes(x7, inverse),
    );
    low[to] = even;
    high[to] = odd;
    let scale = most / STEPS;
    factors[to] = vec2<f32>(scale, scale * 8.0 * f32(sum(even) + sum(odd)));
    if normalise {
        return dot(x0, x0) + dot(x1, x1) + dot(x2, x2) + dot(x3, x3)
            + dot(x4, x4) + dot(x5, x5) + dot(x6, x6) + dot(x7, x7);
    }
    return 0.0;
}

fn eight(word: u32, low: u32, high: u32) -> i32 {
    return dot4I8Packed(word & 0x0f0f0f0fu, low) + dot4I8Packed((word >> 4u) & 0x0f0f0f0fu, high);
}

fn product(w: vec4<u32>, a: vec4<u32>, b: vec4<u32>) -> f32 {
    return f32(eight(w.x, a.x, b.x) + eight(w.y, a.y, b.y)
        + eight(w.z, a.z, b.z) + eight(w.w, a.w, b.w));
}

fn scale(block: u32) -> f32 {
    let pair = unpack2x16float(scales[block >> 1u]);
    return select(pair.x, pair.y, (block & 1u) == 1u);
}

// The products of rows `first` and `second`, in every lane of the pair.
fn pair(first: u32, second: u32, local: u32) -> vec2<f32> {
    let lane = local % LANES;
    let home = local - lane;
    var sums = vec2<f32>(0.0);
    var square = 0.0;
    for (var begin = 0u; begin < shape.blocks; begin += CHUNK) {
        let count = min(shape.blocks - begin, CHUNK);
        workgroupBarrier();
        for (var n = local; n < count; n += THREADS) {
            square += quantise(begin + n, n);
        }
        workgroupBarrier();
        let i = first * shape.blocks + begin;
        let j = second * shape.blocks + begin;
        for (var n = lane; n < count; n += LANES) {
            let a = low[n];
            let b = high[n];
            let factor = factors[n];
            sums.x += scale(i + n) * (product(weights[i + n], a, b) * factor.x - factor.y);
            sums.y += scale(j + n) * (product(weights[j + n], a, b) * factor.x - factor.y);
        }
    }
    partial[local] = sums;
    squares[local] = square;
    for (var half = THREADS / 2u; half > 0u; half >>= 1u) {
        workgroupBarrier();
        if half < LANES && lane < half {
            partial[local] += partial[local + half];
        }
        if normalise && local < half {
            squares[local] += squares[local + half];
        }
    }
    workgroupBarrier();
    let total = partial[home];
    if normalise {
        return total * inverseSqrt(squares[0] / f32(shape.blocks * 32u) + EPSILON);
    }
    return total;
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
