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
//     v5: i32 = const 64
//     v6: i32 = const 32
//     v7: i32 = const 16
//     v8: i32 = const 4
//     v9: i32 = builtin local_index
//     v10: i32 = builtin workgroup_id.x
//     v11: i32 = shl v10, v2
//     v12: i32 = iadd v11, v9
//     v13: i32 = shl v9, v0
//     v14: i32, v15: i32 = load b0[0] align 16
//     v18: f32 = loop L0 (v16: f32 = v3, v17: i32 = v12) {
//         v19: bool = icmp.ult v17, v14
//         if v19 {
//             yield
//         } else {
//             break L0 (v16)
//         }
//         v20: i32 = shl v17, v0
//         v21: f32 = load b1[v20] align 4 checked
//         v22: f32 = fadd v16, v21
//         v23: i32 = iadd v17, v15
//         continue L0 (v22, v23)
//     }
//     store s0[v13], v18 align 4
//     barrier execution shared
//     v24: bool = icmp.ult v9, v4
//     if v24 {
//         v25: f32 = load s0[v13] align 4
//         v26: f32 = load s0[v13 + 512] align 4
//         v27: f32 = fadd v25, v26
//         store s0[v13], v27 align 4
//         yield
//     } else {
//         yield
//     }
//     barrier execution shared
//     v28: bool = icmp.ult v9, v5
//     if v28 {
//         v29: f32 = load s0[v13] align 4
//         v30: f32 = load s0[v13 + 256] align 4
//         v31: f32 = fadd v29, v30
//         store s0[v13], v31 align 4
//         yield
//     } else {
//         yield
//     }
//     barrier execution shared
//     v32: bool = icmp.ult v9, v6
//     if v32 {
//         v33: f32 = load s0[v13] align 4
//         v34: f32 = load s0[v13 + 128] align 4
//         v35: f32 = fadd v33, v34
//         store s0[v13], v35 align 4
//         yield
//     } else {
//         yield
//     }
//     barrier execution shared
//     v36: bool = icmp.ult v9, v7
//     if v36 {
//         v37: f32 = load s0[v13] align 4
//         v38: f32 = load s0[v13 + 64] align 4
//         v39: f32 = fadd v37, v38
//         store s0[v13], v39 align 4
//         yield
//     } else {
//         yield
//     }
//     barrier execution shared
//     v40: bool = icmp.ult v9, v2
//     if v40 {
//         v41: f32 = load s0[v13] align 4
//         v42: f32 = load s0[v13 + 32] align 4
//         v43: f32 = fadd v41, v42
//         store s0[v13], v43 align 4
//         yield
//     } else {
//         yield
//     }
//     barrier execution shared
//     v44: bool = icmp.ult v9, v8
//     if v44 {
//         v45: f32 = load s0[v13] align 4
//         v46: f32 = load s0[v13 + 16] align 4
//         v47: f32 = fadd v45, v46
//         store s0[v13], v47 align 4
//         yield
//     } else {
//         yield
//     }
//     barrier execution shared
//     v48: bool = icmp.ult v9, v0
//     if v48 {
//         v49: f32 = load s0[v13] align 4
//         v50: f32 = load s0[v13 + 8] align 4
//         v51: f32 = fadd v49, v50
//         store s0[v13], v51 align 4
//         yield
//     } else {
//         yield
//     }
//     barrier execution shared
//     v52: bool = icmp.eq v9, v1
//     if v52 {
//         v53: f32, v54: f32 = load s0[0] align 16
//         v55: f32 = fadd v53, v54
//         store s0[0], v55 align 16
//         yield
//     } else {
//         yield
//     }
//     barrier execution shared
//     if v52 {
//         v56: i32 = shl v10, v0
//         v57: f32 = load s0[0] align 16
//         store b2[v56], v57 align 4 checked
//         yield
//     } else {
//         yield
//     }
//     return
// }
