//! groups 1
//! bind 0.0 = zeros:256
//! out 0.0 = f32 ulp 2
alias Pair = vec2<f32>;
const N = 4 * 4;
const SCALE: f32 = 1.0 / 3.0;
const P = Pair(N, SCALE);
const M = mat2x2(P, P * 2.0);
const LIST = array(1, 2 + 3, N);
struct S { p: Pair, n: i32 }
const T = S(P, LIST[1]);
const_assert N == 16;
@group(0) @binding(0) var<storage, read_write> o: array<f32>;
@compute @workgroup_size(N)
fn main(@builtin(local_invocation_index) i: u32) {
    const local = f32(LIST[2]) * max(2.0, 1.0);
    let v = M * vec2(f32(i), 1.0);
    o[i * 4u] = v.x;
    o[i * 4u + 1u] = v.y + local;
    o[i * 4u + 2u] = T.p.y * f32(T.n) + f32(-7 / 2) + f32(7 % -4);
    o[i * 4u + 3u] = f32(1u << 4u) + f32(0xffu & 0x3cu) + 1e-3 + 0x1p4;
}
