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
//     v4: i32 = const 255
//     v5: i32 = const 1
//     v6: i32 = const 2
//     v7: i32 = const 3
//     v8: i32 = const 15
//     v9: i32 = const 6
//     v10: i32 = builtin local_index
//     v11: i32 = builtin workgroup_id.x
//     v12: i32 = builtin workgroup_id.y
//     v13: i32 = builtin local_id.x
//     v14: i32 = builtin local_id.y
//     v15: i32 = shl v10, v0
//     store s0[v15], v1, v1, v1, v1 align 16
//     store s1[v15], v1, v1, v1, v1 align 16
//     barrier execution shared
//     v16: i32 = load b0[4] align 4
//     v17: i32 = lshr v16, v6
//     v18: i32 = load b0[0] align 16
//     v19: i32 = lshr v18, v6
//     v20: i32 = lshr v10, v0
//     v21: i32 = and v10, v8
//     v22: i32 = load b0[8] align 8
//     v23: i32 = umin v10, v4
//     v24: i32 = shl v23, v0
//     v25: i32 = shl v12, v0
//     v26: i32 = shl v11, v0
//     v44: f32, v45: f32, v46: f32, v47: f32, v48: f32, v49: f32, v50: f32, v51: f32, v52: f32, v53: f32, v54: f32, v55: f32, v56: f32, v57: f32, v58: f32, v59: f32 = loop L0 (v27: f32 = v2, v28: f32 = v2, v29: f32 = v2, v30: f32 = v2, v31: f32 = v2, v32: f32 = v2, v33: f32 = v2, v34: f32 = v2, v35: f32 = v2, v36: f32 = v2, v37: f32 = v2, v38: f32 = v2, v39: f32 = v2, v40: f32 = v2, v41: f32 = v2, v42: f32 = v2, v43: i32 = v1) {
//         v60: bool = icmp.ult v43, v22
//         if v60 {
//             yield
//         } else {
//             break L0 (v27, v28, v29, v30, v31, v32, v33, v34, v35, v36, v37, v38, v39, v40, v41, v42)
//         }
//         v61: i32 = iadd v43, v20
//         v62: i32 = imul v61, v19
//         v63: i32 = iadd v62, v25
//         v64: i32 = iadd v63, v21
//         v65: i32 = shl v64, v0
//         v66: f32, v67: f32, v68: f32, v69: f32 = load b1[v65] align 16 checked
//         store s0[v24], v66, v67, v68, v69 align 16
//         v70: i32 = imul v61, v17
//         v71: i32 = iadd v70, v26
//         v72: i32 = iadd v71, v21
//         v73: i32 = shl v72, v0
//         v74: f32, v75: f32, v76: f32, v77: f32 = load b2[v73] align 16 checked
//         store s1[v24], v74, v75, v76, v77 align 16
//         barrier execution shared
//         v95: f32, v96: f32, v97: f32, v98: f32, v99: f32, v100: f32, v101: f32, v102: f32, v103: f32, v104: f32, v105: f32, v106: f32, v107: f32, v108: f32, v109: f32, v110: f32 = loop L1 (v78: f32 = v27, v79: f32 = v28, v80: f32 = v29, v81: f32 = v30, v82: f32 = v31, v83: f32 = v32, v84: f32 = v33, v85: f32 = v34, v86: f32 = v35, v87: f32 = v36, v88: f32 = v37, v89: f32 = v38, v90: f32 = v39, v91: f32 = v40, v92: f32 = v41, v93: f32 = v42, v94: i32 = v1) {
//             v111: bool = icmp.ult v94, v3
//             if v111 {
//                 yield
//             } else {
//                 break L1 (v78, v79, v80, v81, v82, v83, v84, v85, v86, v87, v88, v89, v90, v91, v92, v93)
//             }
//             v112: i32 = shl v94, v0
//             v113: i32 = iadd v112, v14
//             v114: i32 = umin v113, v4
//             v115: i32 = shl v114, v0
//             v116: f32, v117: f32, v118: f32, v119: f32 = load s0[v115] align 16
//             v120: i32 = iadd v112, v13
//             v121: i32 = umin v120, v4
//             v122: i32 = shl v121, v0
//             v123: f32, v124: f32, v125: f32, v126: f32 = load s1[v122] align 16
//             v127: f32 = fma v116, v123, v78
//             v128: f32 = fma v116, v124, v79
//             v129: f32 = fma v116, v125, v80
//             v130: f32 = fma v116, v126, v81
//             v131: f32 = fma v117, v123, v82
//             v132: f32 = fma v117, v124, v83
//             v133: f32 = fma v117, v125, v84
//             v134: f32 = fma v117, v126, v85
//             v135: f32 = fma v118, v123, v86
//             v136: f32 = fma v118, v124, v87
//             v137: f32 = fma v118, v125, v88
//             v138: f32 = fma v118, v126, v89
//             v139: f32 = fma v119, v123, v90
//             v140: f32 = fma v119, v124, v91
//             v141: f32 = fma v119, v125, v92
//             v142: f32 = fma v119, v126, v93
//             v143: i32 = iadd v94, v5
//             continue L1 (v127, v128, v129, v130, v131, v132, v133, v134, v135, v136, v137, v138, v139, v140, v141, v142, v143)
//         }
//         barrier execution shared
//         v144: i32 = iadd v43, v3
//         continue L0 (v95, v96, v97, v98, v99, v100, v101, v102, v103, v104, v105, v106, v107, v108, v109, v110, v144)
//     }
//     v145: i32 = shl v12, v9
//     v146: i32 = shl v14, v6
//     v147: i32 = iadd v145, v146
//     v148: i32 = imul v147, v17
//     v149: i32 = iadd v148, v26
//     v150: i32 = iadd v149, v13
//     v151: i32 = shl v150, v0
//     store b3[v151], v44, v45, v46, v47 align 16 checked
//     v152: i32 = iadd v150, v17
//     v153: i32 = shl v152, v0
//     store b3[v153], v48, v49, v50, v51 align 16 checked
//     v154: i32 = shl v17, v5
//     v155: i32 = iadd v150, v154
//     v156: i32 = shl v155, v0
//     store b3[v156], v52, v53, v54, v55 align 16 checked
//     v157: i32 = imul v17, v7
//     v158: i32 = iadd v150, v157
//     v159: i32 = shl v158, v0
//     store b3[v159], v56, v57, v58, v59 align 16 checked
//     return
// }
