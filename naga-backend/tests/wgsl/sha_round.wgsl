//! groups 1
//! bind 0.0 = random:u32:1024:34
//! bind 0.1 = zeros:2048
//! out 0.1 = u32
const K = array<u32, 16>(0x428a2f98u, 0x71374491u, 0xb5c0fbcfu, 0xe9b5dba5u, 0x3956c25bu, 0x59f111f1u, 0x923f82a4u, 0xab1c5ed5u,
    0xd807aa98u, 0x12835b01u, 0x243185beu, 0x550c7dc3u, 0x72be5d74u, 0x80deb1feu, 0x9bdc06a7u, 0xc19bf174u);
@group(0) @binding(0) var<storage, read> block: array<array<u32, 16>>;
@group(0) @binding(1) var<storage, read_write> o: array<array<u32, 8>>;
fn rotr(x: u32, n: u32) -> u32 { return (x >> n) | (x << (32u - n)); }
@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3<u32>) {
    var h = array<u32, 8>(0x6a09e667u, 0xbb67ae85u, 0x3c6ef372u, 0xa54ff53au, 0x510e527fu, 0x9b05688cu, 0x1f83d9abu, 0x5be0cd19u);
    var w = block[id.x];
    for (var t = 0u; t < 64u; t++) {
        let i = t & 15u;
        if (t >= 16u) {
            let s0 = rotr(w[(t + 1u) & 15u], 7u) ^ rotr(w[(t + 1u) & 15u], 18u) ^ (w[(t + 1u) & 15u] >> 3u);
            let s1 = rotr(w[(t + 14u) & 15u], 17u) ^ rotr(w[(t + 14u) & 15u], 19u) ^ (w[(t + 14u) & 15u] >> 10u);
            w[i] = w[i] + s0 + w[(t + 9u) & 15u] + s1;
        }
        let e = h[4];
        let a = h[0];
        let t1 = h[7] + (rotr(e, 6u) ^ rotr(e, 11u) ^ rotr(e, 25u)) + ((e & h[5]) ^ (~e & h[6])) + K[i] + w[i];
        let t2 = (rotr(a, 2u) ^ rotr(a, 13u) ^ rotr(a, 22u)) + ((a & h[1]) ^ (a & h[2]) ^ (h[1] & h[2]));
        h = array(t1 + t2, h[0], h[1], h[2], h[3] + t1, h[4], h[5], h[6]);
    }
    o[id.x] = h;
}
