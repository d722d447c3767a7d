// test optimize
// All-pairs gravity, tiled through workgroup memory; writes acceleration.
struct P { n: u32, eps2: f32, }
@group(0) @binding(0) var<uniform> p: P;
@group(0) @binding(1) var<storage, read> pos: array<vec4<f32>>; // xyz, mass
@group(0) @binding(2) var<storage, read_write> acc: array<vec4<f32>>;
var<workgroup> tile: array<vec4<f32>, 128>;
@compute @workgroup_size(128)
fn main(@builtin(global_invocation_id) gid: vec3<u32>, @builtin(local_invocation_index) l: u32) {
    let me = pos[gid.x].xyz;
    var a = vec3<f32>();
    for (var t = 0u; t < p.n; t += 128u) {
        tile[l] = pos[t + l];
        workgroupBarrier();
        for (var j = 0u; j < 128u; j++) {
            let o = tile[j];
            let d = o.xyz - me;
            let r2 = fma(d.x, d.x, fma(d.y, d.y, fma(d.z, d.z, p.eps2)));
            let ir = inverseSqrt(r2);
            let f = o.w * ir * ir * ir;
            a = fma(vec3<f32>(f), d, a);
        }
        workgroupBarrier();
    }
    acc[gid.x] = vec4<f32>(a, 0.0);
}

// kernel "main" workgroup 128 1 1
// binding b0 group 0 index 0 uniform min 8 "p"
// binding b1 group 0 index 1 read_only_storage min 16 "pos"
// binding b2 group 0 index 2 storage min 16 "acc"
// shared s0 size 2048 align 16 "tile"
// {
//     v0: i32 = const 4
//     v1: i32 = const 0
//     v2: i32 = const 128
//     v3: i32 = const 7
//     v4: f32 = const 0.0
//     v5: i32 = const 127
//     v6: i32 = const 1
//     v7: i32 = builtin local_index
//     v8: i32 = builtin workgroup_id.x
//     v9: i32 = shl v8, v3
//     v10: i32 = iadd v9, v7
//     v11: i32 = shl v7, v0
//     store s0[v11], v1, v1, v1, v1 align 16
//     barrier execution shared
//     v12: i32 = shl v10, v0
//     v13: f32, v14: f32, v15: f32 = load b1[v12] align 16 checked
//     v16: i32 = load b0[0] align 16
//     v17: i32 = umin v7, v5
//     v18: i32 = shl v17, v0
//     v19: f32 = load b0[4] align 4
//     v24: f32, v25: f32, v26: f32 = loop L0 (v20: f32 = v4, v21: f32 = v4, v22: f32 = v4, v23: i32 = v1) {
//         v27: bool = icmp.ult v23, v16
//         if v27 {
//             yield
//         } else {
//             break L0 (v20, v21, v22)
//         }
//         v28: i32 = iadd v23, v7
//         v29: i32 = shl v28, v0
//         v30: f32, v31: f32, v32: f32, v33: f32 = load b1[v29] align 16 checked
//         store s0[v18], v30, v31, v32, v33 align 16
//         barrier execution shared
//         v38: f32, v39: f32, v40: f32 = loop L1 (v34: f32 = v20, v35: f32 = v21, v36: f32 = v22, v37: i32 = v1) {
//             v41: bool = icmp.ult v37, v2
//             if v41 {
//                 yield
//             } else {
//                 break L1 (v34, v35, v36)
//             }
//             v42: i32 = umin v37, v5
//             v43: i32 = shl v42, v0
//             v44: f32, v45: f32, v46: f32, v47: f32 = load s0[v43] align 16
//             v48: f32 = fsub v44, v13
//             v49: f32 = fsub v45, v14
//             v50: f32 = fsub v46, v15
//             v51: f32 = fma v50, v50, v19
//             v52: f32 = fma v49, v49, v51
//             v53: f32 = fma v48, v48, v52
//             v54: f32 = rsqrt v53
//             v55: f32 = fmul v47, v54
//             v56: f32 = fmul v55, v54
//             v57: f32 = fmul v56, v54
//             v58: f32 = fma v57, v48, v34
//             v59: f32 = fma v57, v49, v35
//             v60: f32 = fma v57, v50, v36
//             v61: i32 = iadd v37, v6
//             continue L1 (v58, v59, v60, v61)
//         }
//         barrier execution shared
//         v62: i32 = iadd v23, v2
//         continue L0 (v38, v39, v40, v62)
//     }
//     store b2[v12], v24, v25, v26, v4 align 16 checked
//     return
// }
