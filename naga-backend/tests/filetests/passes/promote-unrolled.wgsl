// test optimize
// Arrays that are indexed by the counter of a loop that is unrolled lie in registers: no local is
// left.
@group(0) @binding(0) var<storage, read_write> o: array<u32>;
@compute @workgroup_size(64)
fn main(@builtin(local_invocation_index) i: u32) {
    var near: array<u32, 4>;
    for (var k = 0u; k < 4u; k++) {
        near[k] = o[i + k * 64u];
    }
    var sum = 0u;
    for (var k = 0u; k < 4u; k++) {
        sum = sum * 3u + near[3u - k];
    }
    o[i] = sum;
}

// kernel "main" workgroup 64 1 1
// binding b0 group 0 index 0 storage min 4 "o"
// {
//     v0: i32 = const 3
//     v1: i32 = const 2
//     v2: i32 = builtin local_index
//     v3: i32 = shl v2, v1
//     v4: i32 = load b0[v3] align 4 checked
//     v5: i32 = load b0[v3 + 256] align 4 checked
//     v6: i32 = load b0[v3 + 512] align 4 checked
//     v7: i32 = load b0[v3 + 768] align 4 checked
//     v8: i32 = imul v7, v0
//     v9: i32 = iadd v8, v6
//     v10: i32 = imul v9, v0
//     v11: i32 = iadd v10, v5
//     v12: i32 = imul v11, v0
//     v13: i32 = iadd v12, v4
//     store b0[v3], v13 align 4 checked
//     return
// }
