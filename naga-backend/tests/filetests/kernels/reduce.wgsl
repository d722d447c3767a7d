// test optimize
// Sum of n floats: grid-stride accumulate, then a workgroup tree reduction.
struct P { n: u32, stride: u32, }
@group(0) @binding(0) var<uniform> p: P;
@group(0) @binding(1) var<storage, read> src: array<f32>;
@group(0) @binding(2) var<storage, read_write> dst: array<f32>;
var<workgroup> acc: array<f32, 256>;
@compute @workgroup_size(256)
fn main(@builtin(global_invocation_id) gid: vec3<u32>,
        @builtin(local_invocation_index) l: u32,
        @builtin(workgroup_id) wg: vec3<u32>) {
    var s = 0.0;
    var i = gid.x;
    while (i < p.n) {
        s += src[i];
        i += p.stride;
    }
    acc[l] = s;
    workgroupBarrier();
    for (var h = 128u; h > 0u; h >>= 1u) {
        if (l < h) { acc[l] += acc[l + h]; }
        workgroupBarrier();
    }
    if (l == 0u) { dst[wg.x] = acc[0]; }
}

// kernel "main" workgroup 256 1 1
// binding b0 group 0 index 0 uniform min 8 "p"
// binding b1 group 0 index 1 read_only_storage min 4 "src"
// binding b2 group 0 index 2 storage min 4 "dst"
// shared s0 size 1024 align 16 "acc"
// {
//     v0: i32 = const 2
//     v1: i32 = const 0
//     v2: i32 = const 8
//     v3: f32 = const 0.0
//     v4: i32 = const 128
//     v5: i32 = const 255
//     v6: i32 = const 1
//     v7: i32 = builtin local_index
//     v8: i32 = builtin workgroup_id.x
//     v9: i32 = shl v8, v2
//     v10: i32 = iadd v9, v7
//     v11: i32 = shl v7, v0
//     store s0[v11], v1 align 4
//     barrier execution shared
//     v12: i32 = load b0[0] align 16
//     v13: i32 = load b0[4] align 4
//     v16: f32 = loop L0 (v14: f32 = v3, v15: i32 = v10) {
//         v17: bool = icmp.ult v15, v12
//         if v17 {
//             yield
//         } else {
//             break L0 (v14)
//         }
//         v18: i32 = shl v15, v0
//         v19: f32 = load b1[v18] align 4 checked
//         v20: f32 = fadd v14, v19
//         v21: i32 = iadd v15, v13
//         continue L0 (v20, v21)
//     }
//     v22: i32 = umin v7, v5
//     v23: i32 = shl v22, v0
//     store s0[v23], v16 align 4
//     barrier execution shared
//     loop L1 (v24: i32 = v4) {
//         v25: bool = icmp.ne v24, v1
//         if v25 {
//             yield
//         } else {
//             break L1 ()
//         }
//         v26: bool = icmp.ult v7, v24
//         if v26 {
//             v27: f32 = load s0[v23] align 4
//             v28: i32 = iadd v7, v24
//             v29: i32 = umin v28, v5
//             v30: i32 = shl v29, v0
//             v31: f32 = load s0[v30] align 4
//             v32: f32 = fadd v27, v31
//             store s0[v23], v32 align 4
//             yield
//         } else {
//             yield
//         }
//         barrier execution shared
//         v33: i32 = lshr v24, v6
//         continue L1 (v33)
//     }
//     v34: bool = icmp.eq v7, v1
//     if v34 {
//         v35: i32 = shl v8, v0
//         v36: f32 = load s0[0] align 16
//         store b2[v35], v36 align 4 checked
//         yield
//     } else {
//         yield
//     }
//     return
// }
