// test optimize
// Collatz steps per element, in place; divergent integer loop with an overflow exit.
@group(0) @binding(0) var<storage, read_write> v: array<u32>;
fn steps(n0: u32) -> u32 {
    var n = n0;
    var i = 0u;
    loop {
        if (n <= 1u) { break; }
        if ((n & 1u) == 0u) {
            n = n / 2u;
        } else {
            if (n >= 0x55555555u) { return 0xffffffffu; }
            n = 3u * n + 1u;
        }
        i++;
    }
    return i;
}
@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) gid: vec3<u32>) {
    v[gid.x] = steps(v[gid.x]);
}

// kernel "main" workgroup 64 1 1
// binding b0 group 0 index 0 storage min 4 "v"
// {
//     v0: i32 = const 6
//     v1: i32 = const 2
//     v2: i32 = const 0
//     v3: i32 = const 1
//     v4: i32 = const 1431655765
//     v5: i32 = const -1
//     v6: i32 = const 3
//     v7: i32 = builtin workgroup_id.x
//     v8: i32 = builtin local_index
//     v9: i32 = shl v7, v0
//     v10: i32 = iadd v9, v8
//     v11: i32 = shl v10, v1
//     v12: i32 = load b0[v11] align 4 checked
//     v15: i32 = loop L0 (v13: i32 = v12, v14: i32 = v2) {
//         v16: bool = icmp.ule v13, v3
//         if v16 {
//             break L0 (v14)
//         } else {
//             yield
//         }
//         v17: i32 = and v13, v3
//         v18: bool = icmp.eq v17, v2
//         v19: i32 = if v18 {
//             v20: i32 = lshr v13, v3
//             yield v20
//         } else {
//             v21: bool = icmp.uge v13, v4
//             if v21 {
//                 break L0 (v5)
//             } else {
//                 yield
//             }
//             v22: i32 = imul v13, v6
//             v23: i32 = iadd v22, v3
//             yield v23
//         }
//         v24: i32 = iadd v14, v3
//         continue L0 (v19, v24)
//     }
//     store b0[v11], v15 align 4 checked
//     return
// }
