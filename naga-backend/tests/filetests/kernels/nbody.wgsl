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
//     v5: i32 = const 8
//     v6: i32 = builtin local_index
//     v7: i32 = builtin workgroup_id.x
//     v8: i32 = shl v7, v3
//     v9: i32 = iadd v8, v6
//     v10: i32 = shl v6, v0
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
//             v57: f32, v58: f32, v59: f32, v60: f32 = load s0[v39 + 16] align 16
//             v61: f32 = fsub v57, v12
//             v62: f32 = fsub v58, v13
//             v63: f32 = fsub v59, v14
//             v64: f32 = fma v63, v63, v16
//             v65: f32 = fma v62, v62, v64
//             v66: f32 = fma v61, v61, v65
//             v67: f32 = rsqrt v66
//             v68: f32 = fmul v60, v67
//             v69: f32 = fmul v68, v67
//             v70: f32 = fmul v69, v67
//             v71: f32 = fma v70, v61, v54
//             v72: f32 = fma v70, v62, v55
//             v73: f32 = fma v70, v63, v56
//             v74: f32, v75: f32, v76: f32, v77: f32 = load s0[v39 + 32] align 16
//             v78: f32 = fsub v74, v12
//             v79: f32 = fsub v75, v13
//             v80: f32 = fsub v76, v14
//             v81: f32 = fma v80, v80, v16
//             v82: f32 = fma v79, v79, v81
//             v83: f32 = fma v78, v78, v82
//             v84: f32 = rsqrt v83
//             v85: f32 = fmul v77, v84
//             v86: f32 = fmul v85, v84
//             v87: f32 = fmul v86, v84
//             v88: f32 = fma v87, v78, v71
//             v89: f32 = fma v87, v79, v72
//             v90: f32 = fma v87, v80, v73
//             v91: f32, v92: f32, v93: f32, v94: f32 = load s0[v39 + 48] align 16
//             v95: f32 = fsub v91, v12
//             v96: f32 = fsub v92, v13
//             v97: f32 = fsub v93, v14
//             v98: f32 = fma v97, v97, v16
//             v99: f32 = fma v96, v96, v98
//             v100: f32 = fma v95, v95, v99
//             v101: f32 = rsqrt v100
//             v102: f32 = fmul v94, v101
//             v103: f32 = fmul v102, v101
//             v104: f32 = fmul v103, v101
//             v105: f32 = fma v104, v95, v88
//             v106: f32 = fma v104, v96, v89
//             v107: f32 = fma v104, v97, v90
//             v108: f32, v109: f32, v110: f32, v111: f32 = load s0[v39 + 64] align 16
//             v112: f32 = fsub v108, v12
//             v113: f32 = fsub v109, v13
//             v114: f32 = fsub v110, v14
//             v115: f32 = fma v114, v114, v16
//             v116: f32 = fma v113, v113, v115
//             v117: f32 = fma v112, v112, v116
//             v118: f32 = rsqrt v117
//             v119: f32 = fmul v111, v118
//             v120: f32 = fmul v119, v118
//             v121: f32 = fmul v120, v118
//             v122: f32 = fma v121, v112, v105
//             v123: f32 = fma v121, v113, v106
//             v124: f32 = fma v121, v114, v107
//             v125: f32, v126: f32, v127: f32, v128: f32 = load s0[v39 + 80] align 16
//             v129: f32 = fsub v125, v12
//             v130: f32 = fsub v126, v13
//             v131: f32 = fsub v127, v14
//             v132: f32 = fma v131, v131, v16
//             v133: f32 = fma v130, v130, v132
//             v134: f32 = fma v129, v129, v133
//             v135: f32 = rsqrt v134
//             v136: f32 = fmul v128, v135
//             v137: f32 = fmul v136, v135
//             v138: f32 = fmul v137, v135
//             v139: f32 = fma v138, v129, v122
//             v140: f32 = fma v138, v130, v123
//             v141: f32 = fma v138, v131, v124
//             v142: f32, v143: f32, v144: f32, v145: f32 = load s0[v39 + 96] align 16
//             v146: f32 = fsub v142, v12
//             v147: f32 = fsub v143, v13
//             v148: f32 = fsub v144, v14
//             v149: f32 = fma v148, v148, v16
//             v150: f32 = fma v147, v147, v149
//             v151: f32 = fma v146, v146, v150
//             v152: f32 = rsqrt v151
//             v153: f32 = fmul v145, v152
//             v154: f32 = fmul v153, v152
//             v155: f32 = fmul v154, v152
//             v156: f32 = fma v155, v146, v139
//             v157: f32 = fma v155, v147, v140
//             v158: f32 = fma v155, v148, v141
//             v159: f32, v160: f32, v161: f32, v162: f32 = load s0[v39 + 112] align 16
//             v163: f32 = fsub v159, v12
//             v164: f32 = fsub v160, v13
//             v165: f32 = fsub v161, v14
//             v166: f32 = fma v165, v165, v16
//             v167: f32 = fma v164, v164, v166
//             v168: f32 = fma v163, v163, v167
//             v169: f32 = rsqrt v168
//             v170: f32 = fmul v162, v169
//             v171: f32 = fmul v170, v169
//             v172: f32 = fmul v171, v169
//             v173: f32 = fma v172, v163, v156
//             v174: f32 = fma v172, v164, v157
//             v175: f32 = fma v172, v165, v158
//             v176: i32 = iadd v34, v5
//             continue L1 (v173, v174, v175, v176)
//         }
//         barrier execution shared
//         v177: i32 = iadd v20, v2
//         continue L0 (v35, v36, v37, v177)
//     }
//     store b2[v11], v21, v22, v23, v4 align 16 checked
//     return
// }
