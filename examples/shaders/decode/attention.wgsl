// Attention of one new position over the cache of keys and values.
//
// A head has 128 dimensions. Caches hold f16 pairs of dimensions i and i + 64, so that rotation
// makes one word of a lane's two results. Positions are split among workgroups in chunks, whose
// results `combine` joins.

struct Heads {
    query: u32,
    key: u32,
    // Positions that the caches have room for.
    capacity: u32,
}

struct State {
    position: u32,
    token: u32,
}

const HALF = 64u;
const DIMENSIONS = 128u;
const CHUNK = 128u;
const LANES = 16u;
const THETA_LOG2 = 13.287712; // log2(10000)

@group(0) @binding(0) var<uniform> heads: Heads;
@group(0) @binding(1) var<storage, read> state: State;
// Queries of all heads, then keys, then values.
@group(0) @binding(2) var<storage, read_write> qkv: array<f32>;
@group(0) @binding(3) var<storage, read_write> keys: array<u32>;
@group(0) @binding(4) var<storage, read_write> values: array<u32>;
// Per head and chunk: 128 sums, the greatest score and the sum of weights.
@group(0) @binding(5) var<storage, read_write> parts: array<f32>;
@group(0) @binding(6) var<storage, read_write> attended: array<f32>;

const PART = DIMENSIONS + 2u;

fn cached(head: u32, position: u32) -> u32 {
    return (head * heads.capacity + position) * HALF;
}

// Rotary embedding of queries and of the new key; the new key and value enter the caches.
@compute @workgroup_size(64)
fn rotate(@builtin(workgroup_id) group: vec3<u32>, @builtin(local_invocation_index) i: u32) {
    let head = group.x;
    let at = head * DIMENSIONS + i;
    let a = qkv[at];
    let b = qkv[at + HALF];
    let angle = f32(state.position) * exp2(-f32(i) / f32(HALF) * THETA_LOG2);
    let turned = vec2<f32>(a * cos(angle) - b * sin(angle), a * sin(angle) + b * cos(angle));
    if head < heads.query {
        let root = inverseSqrt(f32(DIMENSIONS));
        qkv[at] = turned.x * root;
        qkv[at + HALF] = turned.y * root;
        return;
    }
    let own = head - heads.query;
    let slot = cached(own, state.position) + i;
    keys[slot] = pack2x16float(turned);
    let value = at + heads.key * DIMENSIONS;
    values[slot] = pack2x16float(vec2<f32>(qkv[value], qkv[value + HALF]));
}

var<workgroup> dots: array<f32, CHUNK * LANES>;
var<workgroup> row: array<f32, CHUNK>;
var<workgroup> sums: array<vec2<f32>, CHUNK>;

// One chunk of positions for one head.
@compute @workgroup_size(128)
fn attend(@builtin(workgroup_id) group: vec3<u32>, @builtin(local_invocation_index) local: u32) {
    let head = group.x;
    let begin = group.y * CHUNK;
    let part = (head * (heads.capacity / CHUNK) + group.y) * PART;
    let length = state.position + 1u;
    if begin >= length {
        return;
    }
    let count = min(length - begin, CHUNK);
    let shared_head = head / (heads.query / heads.key);

    // Sixteen lanes a position, eight positions at a time.
    let lane = local % LANES;
    let query = head * DIMENSIONS + lane * 4u;
    for (var p = local / LANES; p < count; p += CHUNK / LANES) {
        let slot = cached(shared_head, begin + p) + lane * 4u;
        var sum = 0.0;
        for (var n = 0u; n < 4u; n++) {
            let key = unpack2x16float(keys[slot + n]);
            sum += key.x * qkv[query + n] + key.y * qkv[query + n + HALF];
        }
        dots[p * LANES + lane] = sum;
    }
    workgroupBarrier();
    var score = -3e38;
    if local < count {
        score = 0.0;
        for (var n = 0u; n < LANES; n++) {
            score += dots[local * LANES + n];
        }
    }

    row[local] = score;
    for (var half = CHUNK / 2u; half > 0u; half >>= 1u) {
        workgroupBarrier();
        if local < half {
            row[local] = max(row[local], row[local + half]);
        }
    }
    let greatest = workgroupUniformLoad(&row[0]);
    let weight = select(0.0, exp(score - greatest), local < count);
    row[local] = weight;
    workgroupBarrier();

    // A word of two dimensions a lane, two lanes a word: even and odd positions.
    let word = local % HALF;
    var sum = vec2<f32>(0.0);
    var total = 0.0;
    for (var p = local / HALF; p < count; p += CHUNK / HALF) {
        sum += row[p] * unpack2x16float(values[cached(shared_head, begin + p) + word]);
        total += row[p];
    }
    sums[local] = sum;
    workgroupBarrier();
    row[local] = total;
    workgroupBarrier();
    if local < HALF {
        let both = sum + sums[local + HALF];
        parts[part + local] = both.x;
        parts[part + local + HALF] = both.y;
    }
    if local == 0u {
        parts[part + DIMENSIONS] = greatest;
        parts[part + DIMENSIONS + 1u] = row[0] + row[HALF];
    }
}

// Joins the chunks of a head.
@compute @workgroup_size(128)
fn combine(@builtin(workgroup_id) group: vec3<u32>, @builtin(local_invocation_index) local: u32) {
    let head = group.x;
    let chunks = state.position / CHUNK + 1u;
    let first = head * (heads.capacity / CHUNK) * PART;
    var greatest = -3e38;
    for (var n = 0u; n < chunks; n++) {
        greatest = max(greatest, parts[first + n * PART + DIMENSIONS]);
    }
    var sum = 0.0;
    var total = 0.0;
    for (var n = 0u; n < chunks; n++) {
        let part = first + n * PART;
        let factor = exp(parts[part + DIMENSIONS] - greatest);
        sum += factor * parts[part + local];
        total += factor * parts[part + DIMENSIONS + 1u];
    }
    attended[head * DIMENSIONS + local] = sum / total;
}
