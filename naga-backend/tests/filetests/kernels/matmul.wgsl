// test optimize
// C[M,N] = A[M,K] * B[K,N], A stored k-major; 64x64 tile per 16x16 workgroup, 4x4 registers each, K step 16.
struct P { m: u32, n: u32, k: u32, }
@group(0) @binding(0) var<uniform> p: P;
@group(0) @binding(1) var<storage, read> a: array<vec4<f32>>;
@group(0) @binding(2) var<storage, read> b: array<vec4<f32>>;
@group(0) @binding(3) var<storage, read_write> c: array<vec4<f32>>;
var<workgroup> ta: array<vec4<f32>, 256>; // [k=16][m/4=16], transposed
var<workgroup> tb: array<vec4<f32>, 256>; // [k=16][n/4=16]
@compute @workgroup_size(16, 16)
fn main(@builtin(workgroup_id) wg: vec3<u32>, @builtin(local_invocation_id) l: vec3<u32>,
        @builtin(local_invocation_index) t: u32) {
    var r0 = vec4<f32>();
    var r1 = vec4<f32>();
    var r2 = vec4<f32>();
    var r3 = vec4<f32>();
    let n4 = p.n / 4u;
    // A is stored k-major, so both tile loads are rows of 16 vec4.
    let m4 = p.m / 4u;
    let lr = t / 16u;
    let lc = t % 16u;
    for (var k0 = 0u; k0 < p.k; k0 += 16u) {
        ta[t] = a[(k0 + lr) * m4 + wg.y * 16u + lc];
        tb[t] = b[(k0 + lr) * n4 + wg.x * 16u + lc];
        workgroupBarrier();
        for (var kk = 0u; kk < 16u; kk++) {
            let av = ta[kk * 16u + l.y];
            let bv = tb[kk * 16u + l.x];
            r0 = fma(vec4<f32>(av.x), bv, r0);
            r1 = fma(vec4<f32>(av.y), bv, r1);
            r2 = fma(vec4<f32>(av.z), bv, r2);
            r3 = fma(vec4<f32>(av.w), bv, r3);
        }
        workgroupBarrier();
    }
    let row = wg.y * 64u + l.y * 4u;
    let o = row * n4 + wg.x * 16u + l.x;
    c[o] = r0;
    c[o + n4] = r1;
    c[o + 2u * n4] = r2;
    c[o + 3u * n4] = r3;
}

// kernel "main" workgroup 16 16 1
// binding b0 group 0 index 0 uniform min 12 "p"
// binding b1 group 0 index 1 read_only_storage min 16 "a"
// binding b2 group 0 index 2 read_only_storage min 16 "b"
// binding b3 group 0 index 3 storage min 16 "c"
// shared s0 size 4096 align 16 "ta"
// shared s1 size 4096 align 16 "tb"
// {
//     v0: i32 = const 4
//     v1: i32 = const 0
//     v2: f32 = const 0.0
//     v3: i32 = const 16
//     v4: i32 = const 1
//     v5: i32 = const 2
//     v6: i32 = const 3
//     v7: i32 = const 15
//     v8: i32 = const 6
//     v9: i32 = builtin local_index
//     v10: i32 = builtin workgroup_id.x
//     v11: i32 = builtin workgroup_id.y
//     v12: i32 = builtin local_id.x
//     v13: i32 = builtin local_id.y
//     v14: i32 = shl v9, v0
//     store s0[v14], v1, v1, v1, v1 align 16
//     store s1[v14], v1, v1, v1, v1 align 16
//     barrier execution shared
//     v15: i32 = load b0[4] align 4
//     v16: i32 = lshr v15, v5
//     v17: i32 = load b0[0] align 16
//     v18: i32 = lshr v17, v5
//     v19: i32 = lshr v9, v0
//     v20: i32 = and v9, v7
//     v21: i32 = load b0[8] align 8
//     v22: i32 = shl v11, v0
//     v23: i32 = shl v10, v0
//     v41: f32, v42: f32, v43: f32, v44: f32, v45: f32, v46: f32, v47: f32, v48: f32, v49: f32, v50: f32, v51: f32, v52: f32, v53: f32, v54: f32, v55: f32, v56: f32 = loop L0 (v24: f32 = v2, v25: f32 = v2, v26: f32 = v2, v27: f32 = v2, v28: f32 = v2, v29: f32 = v2, v30: f32 = v2, v31: f32 = v2, v32: f32 = v2, v33: f32 = v2, v34: f32 = v2, v35: f32 = v2, v36: f32 = v2, v37: f32 = v2, v38: f32 = v2, v39: f32 = v2, v40: i32 = v1) {
//         v57: bool = icmp.ult v40, v21
//         if v57 {
//             yield
//         } else {
//             break L0 (v24, v25, v26, v27, v28, v29, v30, v31, v32, v33, v34, v35, v36, v37, v38, v39)
//         }
//         v58: i32 = iadd v40, v19
//         v59: i32 = imul v58, v18
//         v60: i32 = iadd v59, v22
//         v61: i32 = iadd v60, v20
//         v62: i32 = shl v61, v0
//         v63: f32, v64: f32, v65: f32, v66: f32 = load b1[v62] align 16 checked
//         store s0[v14], v63, v64, v65, v66 align 16
//         v67: i32 = imul v58, v16
//         v68: i32 = iadd v67, v23
//         v69: i32 = iadd v68, v20
//         v70: i32 = shl v69, v0
//         v71: f32, v72: f32, v73: f32, v74: f32 = load b2[v70] align 16 checked
//         store s1[v14], v71, v72, v73, v74 align 16
//         barrier execution shared
//         v92: f32, v93: f32, v94: f32, v95: f32, v96: f32, v97: f32, v98: f32, v99: f32, v100: f32, v101: f32, v102: f32, v103: f32, v104: f32, v105: f32, v106: f32, v107: f32 = loop L1 (v75: f32 = v24, v76: f32 = v25, v77: f32 = v26, v78: f32 = v27, v79: f32 = v28, v80: f32 = v29, v81: f32 = v30, v82: f32 = v31, v83: f32 = v32, v84: f32 = v33, v85: f32 = v34, v86: f32 = v35, v87: f32 = v36, v88: f32 = v37, v89: f32 = v38, v90: f32 = v39, v91: i32 = v1) {
//             v108: bool = icmp.ult v91, v3
//             if v108 {
//                 yield
//             } else {
//                 break L1 (v75, v76, v77, v78, v79, v80, v81, v82, v83, v84, v85, v86, v87, v88, v89, v90)
//             }
//             v109: i32 = shl v91, v0
//             v110: i32 = iadd v109, v13
//             v111: i32 = shl v110, v0
//             v112: f32, v113: f32, v114: f32, v115: f32 = load s0[v111] align 16
//             v116: i32 = iadd v109, v12
//             v117: i32 = shl v116, v0
//             v118: f32, v119: f32, v120: f32, v121: f32 = load s1[v117] align 16
//             v122: f32 = fma v112, v118, v75
//             v123: f32 = fma v112, v119, v76
//             v124: f32 = fma v112, v120, v77
//             v125: f32 = fma v112, v121, v78
//             v126: f32 = fma v113, v118, v79
//             v127: f32 = fma v113, v119, v80
//             v128: f32 = fma v113, v120, v81
//             v129: f32 = fma v113, v121, v82
//             v130: f32 = fma v114, v118, v83
//             v131: f32 = fma v114, v119, v84
//             v132: f32 = fma v114, v120, v85
//             v133: f32 = fma v114, v121, v86
//             v134: f32 = fma v115, v118, v87
//             v135: f32 = fma v115, v119, v88
//             v136: f32 = fma v115, v120, v89
//             v137: f32 = fma v115, v121, v90
//             v138: i32 = iadd v91, v4
//             continue L1 (v122, v123, v124, v125, v126, v127, v128, v129, v130, v131, v132, v133, v134, v135, v136, v137, v138)
//         }
//         barrier execution shared
//         v139: i32 = iadd v40, v3
//         continue L0 (v92, v93, v94, v95, v96, v97, v98, v99, v100, v101, v102, v103, v104, v105, v106, v107, v139)
//     }
//     v140: i32 = shl v11, v8
//     v141: i32 = shl v13, v5
//     v142: i32 = iadd v140, v141
//     v143: i32 = imul v142, v16
//     v144: i32 = iadd v143, v23
//     v145: i32 = iadd v144, v12
//     v146: i32 = shl v145, v0
//     store b3[v146], v41, v42, v43, v44 align 16 checked
//     v147: i32 = iadd v145, v16
//     v148: i32 = shl v147, v0
//     store b3[v148], v45, v46, v47, v48 align 16 checked
//     v149: i32 = shl v16, v4
//     v150: i32 = iadd v145, v149
//     v151: i32 = shl v150, v0
//     store b3[v151], v49, v50, v51, v52 align 16 checked
//     v152: i32 = imul v16, v6
//     v153: i32 = iadd v145, v152
//     v154: i32 = shl v153, v0
//     store b3[v154], v53, v54, v55, v56 align 16 checked
//     return
// }
