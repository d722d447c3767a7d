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
//     v5: i32 = const 1
//     v6: i32 = builtin local_index
//     v7: i32 = builtin workgroup_id.x
//     v8: i32 = shl v7, v3
//     v9: i32 = iadd v8, v6
//     v10: i32 = shl v6, v0
//     store s0[v10], v1, v1, v1, v1 align 16
//     barrier execution shared
//     v11: i32 = shl v9, v0
//     v12: f32, v13: f32, v14: f32 = load b1[v11] align 16 checked
//     v15: i32 = load b0[0] align 16
//     v16: f32 = load b0[4] align 4
//     v21: f32, v22: f32, v23: f32 = loop L0 (v17: f32 = v4, v18: f32 = v4, v19: f32 = v4, v20: i32 = v1) {
//         v24: bool = icmp.ult v20, v15
//         if v24 {
//             yield
//         } else {
//             break L0 (v17, v18, v19)
//         }
//         v25: i32 = iadd v20, v6
//         v26: i32 = shl v25, v0
//         v27: f32, v28: f32, v29: f32, v30: f32 = load b1[v26] align 16 checked
//         store s0[v10], v27, v28, v29, v30 align 16
//         barrier execution shared
//         v35: f32, v36: f32, v37: f32 = loop L1 (v31: f32 = v17, v32: f32 = v18, v33: f32 = v19, v34: i32 = v1) {
//             v38: bool = icmp.ult v34, v2
//             if v38 {
//                 yield
//             } else {
//                 break L1 (v31, v32, v33)
//             }
//             v39: i32 = shl v34, v0
//             v40: f32, v41: f32, v42: f32, v43: f32 = load s0[v39] align 16
//             v44: f32 = fsub v40, v12
//             v45: f32 = fsub v41, v13
//             v46: f32 = fsub v42, v14
//             v47: f32 = fma v46, v46, v16
//             v48: f32 = fma v45, v45, v47
//             v49: f32 = fma v44, v44, v48
//             v50: f32 = rsqrt v49
//             v51: f32 = fmul v43, v50
//             v52: f32 = fmul v51, v50
//             v53: f32 = fmul v52, v50
//             v54: f32 = fma v53, v44, v31
//             v55: f32 = fma v53, v45, v32
//             v56: f32 = fma v53, v46, v33
//             v57: i32 = iadd v34, v5
//             continue L1 (v54, v55, v56, v57)
//         }
//         barrier execution shared
//         v58: i32 = iadd v20, v2
//         continue L0 (v35, v36, v37, v58)
//     }
//     store b2[v11], v21, v22, v23, v4 align 16 checked
//     return
// }
