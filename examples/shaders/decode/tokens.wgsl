// From a token to the vector that enters the first layer, from logits to the next token; and
// random weights, so that nothing needs to be loaded.

struct State {
    position: u32,
    token: u32,
    // Tokens by position.
    history: array<u32>,
}

struct Table {
    tokens: u32,
    blocks: u32,
}

@group(0) @binding(0) var<uniform> table: Table;
@group(0) @binding(1) var<storage, read_write> state: State;
@group(0) @binding(2) var<storage, read> weights: array<u32>;
@group(0) @binding(3) var<storage, read> scales: array<u32>;
@group(0) @binding(4) var<storage, read_write> x: array<f32>;

// The token's row of the table, one word of eight weights a lane.
@compute @workgroup_size(64)
fn embed(@builtin(global_invocation_id) id: vec3<u32>) {
    let row = state.token * table.blocks;
    let block = id.x / 4u;
    if block >= table.blocks {
        return;
    }
    let word = weights[row * 4u + id.x];
    let pair = unpack2x16float(scales[(row + block) / 2u]);
    let scale = select(pair.x, pair.y, ((row + block) & 1u) == 1u);
    for (var n = 0u; n < 4u; n++) {
        x[id.x * 8u + n] = (f32((word >> (8u * n)) & 15u) - 8.0) * scale;
        x[id.x * 8u + n + 4u] = (f32((word >> (8u * n + 4u)) & 15u) - 8.0) * scale;
    }
}

struct Best {
    logit: f32,
    token: u32,
}

@group(0) @binding(5) var<storage, read> logits: array<f32>;
@group(0) @binding(6) var<storage, read_write> bests: array<Best>;

var<workgroup> best: array<Best, 256>;

fn better(a: Best, b: Best) -> Best {
    if b.logit > a.logit || (b.logit == a.logit && b.token < a.token) {
        return b;
    }
    return a;
}

// The best of the workgroup, to every invocation's knowledge in best[0].
fn reduce(own: Best, local: u32) {
    best[local] = own;
    for (var half = 128u; half > 0u; half >>= 1u) {
        workgroupBarrier();
        if local < half {
            best[local] = better(best[local], best[local + half]);
        }
    }
}

@compute @workgroup_size(256)
fn choose(
    @builtin(workgroup_id) group: vec3<u32>,
    @builtin(num_workgroups) groups: vec3<u32>,
    @builtin(local_invocation_index) local: u32,
) {
    var own = Best(-3e38, 0u);
    for (var n = group.x * 256u + local; n < table.tokens; n += groups.x * 256u) {
        own = better(own, Best(logits[n], n));
    }
    reduce(own, local);
    if local == 0u {
        bests[group.x] = best[0];
    }
}

// One workgroup: the best of the bests is the next token.
@compute @workgroup_size(256)
fn advance(@builtin(local_invocation_index) local: u32) {
    var own = Best(-3e38, 0u);
    if local < arrayLength(&bests) {
        own = bests[local];
    }
    reduce(own, local);
    if local == 0u {
        state.history[state.position] = best[0].token;
        state.token = best[0].token;
        state.position += 1u;
    }
}

struct Random {
    seed: u32,
    // Exponent bits of both f16 scales in a word.
    exponents: u32,
}

@group(0) @binding(7) var<uniform> random: Random;
@group(0) @binding(8) var<storage, read_write> new_weights: array<u32>;
@group(0) @binding(9) var<storage, read_write> new_scales: array<u32>;

fn hash(n: u32) -> u32 {
    let a = n * 747796405u + random.seed;
    let b = ((a >> ((a >> 28u) + 4u)) ^ a) * 277803737u;
    return (b >> 22u) ^ b;
}

// Uniform nibbles; scales between one and two times their exponent's.
@compute @workgroup_size(256)
fn fill(@builtin(global_invocation_id) id: vec3<u32>, @builtin(num_workgroups) groups: vec3<u32>) {
    let stride = groups.x * 256u;
    for (var n = id.x; n < arrayLength(&new_weights); n += stride) {
        new_weights[n] = hash(n);
    }
    for (var n = id.x; n < arrayLength(&new_scales); n += stride) {
        new_scales[n] = random.exponents | (hash(~n) & 0x03ff03ffu);
    }
}
