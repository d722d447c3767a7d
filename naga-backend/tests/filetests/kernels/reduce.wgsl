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
//     v5: i32 = const 1
//     v6: i32 = builtin local_index
//     v7: i32 = builtin workgroup_id.x
//     v8: i32 = shl v7, v2
//     v9: i32 = iadd v8, v6
//     v10: i32 = shl v6, v0
//     store s0[v10], v1 align 4
//     barrier execution shared
//     v11: i32 = load b0[0] align 16
//     v12: i32 = load b0[4] align 4
//     v15: f32 = loop L0 (v13: f32 = v3, v14: i32 = v9) {
//         v16: bool = icmp.ult v14, v11
//         if v16 {
//             yield
//         } else {
//             break L0 (v13)
//         }
//         v17: i32 = shl v14, v0
//         v18: f32 = load b1[v17] align 4 checked
//         v19: f32 = fadd v13, v18
//         v20: i32 = iadd v14, v12
//         continue L0 (v19, v20)
//     }
//     store s0[v10], v15 align 4
//     barrier execution shared
//     loop L1 (v21: i32 = v4) {
//         v22: bool = icmp.ne v21, v1
//         if v22 {
//             yield
//         } else {
//             break L1 ()
//         }
//         v23: bool = icmp.ult v6, v21
//         if v23 {
//             v24: f32 = load s0[v10] align 4
//             v25: i32 = iadd v6, v21
//             v26: i32 = shl v25, v0
//             v27: f32 = load s0[v26] align 4
//             v28: f32 = fadd v24, v27
//             store s0[v10], v28 align 4
//             yield
//         } else {
//             yield
//         }
//         barrier execution shared
//         v29: i32 = lshr v21, v5
//         continue L1 (v29)
//     }
//     v30: bool = icmp.eq v6, v1
//     if v30 {
//         v31: i32 = shl v7, v0
//         v32: f32 = load s0[0] align 16
//         store b2[v31], v32 align 4 checked
//         yield
//     } else {
//         yield
//     }
//     return
// }
