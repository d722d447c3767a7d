// test optimize
// Row softmax: one workgroup of 128 per row; max, sum of exp, scale.
struct P { cols: u32, }
@group(0) @binding(0) var<uniform> p: P;
@group(0) @binding(1) var<storage, read_write> x: array<f32>;
var<workgroup> s: array<f32, 128>;
@compute @workgroup_size(128)
fn main(@builtin(workgroup_id) wg: vec3<u32>, @builtin(local_invocation_index) l: u32) {
    let base = wg.x * p.cols;
    var m = -3.0e38;
    for (var i = l; i < p.cols; i += 128u) { m = max(m, x[base + i]); }
    s[l] = m;
    workgroupBarrier();
    for (var h = 64u; h > 0u; h >>= 1u) {
        if (l < h) { s[l] = max(s[l], s[l + h]); }
        workgroupBarrier();
    }
    let mx = s[0];
    workgroupBarrier();
    var t = 0.0;
    for (var i = l; i < p.cols; i += 128u) {
        let e = exp(x[base + i] - mx);
        x[base + i] = e;
        t += e;
    }
    s[l] = t;
    workgroupBarrier();
    for (var h = 64u; h > 0u; h >>= 1u) {
        if (l < h) { s[l] = s[l] + s[l + h]; }
        workgroupBarrier();
    }
    let inv = 1.0 / s[0];
    for (var i = l; i < p.cols; i += 128u) { x[base + i] *= inv; }
}

// kernel "main" workgroup 128 1 1
// binding b0 group 0 index 0 uniform min 4 "p"
// binding b1 group 0 index 1 storage min 4 "x"
// shared s0 size 512 align 16 "s"
// {
//     v0: i32 = const 2
//     v1: i32 = const 0
//     v2: f32 = const -3e38
//     v3: i32 = const 64
//     v4: f32 = const 0.0
//     v5: i32 = const 128
//     v6: f32 = const 1.442695
//     v7: i32 = const 32
//     v8: i32 = const 16
//     v9: i32 = const 8
//     v10: i32 = const 4
//     v11: i32 = builtin local_index
//     v12: i32 = builtin workgroup_id.x
//     v13: i32 = shl v11, v0
//     v14: i32 = load b0[0] align 16
//     v15: i32 = imul v12, v14
//     v18: f32 = loop L0 (v16: f32 = v2, v17: i32 = v11) {
//         v19: bool = icmp.ult v17, v14
//         if v19 {
//             yield
//         } else {
//             break L0 (v16)
//         }
//         v20: i32 = iadd v15, v17
//         v21: i32 = shl v20, v0
//         v22: f32 = load b1[v21] align 4 checked
//         v23: f32 = fmax v16, v22
//         v24: i32 = iadd v17, v5
//         continue L0 (v23, v24)
//     }
//     store s0[v13], v18 align 4
//     barrier execution shared
//     v25: bool = icmp.ult v11, v3
//     if v25 {
//         v26: f32 = load s0[v13] align 4
//         v27: f32 = load s0[v13 + 256] align 4
//         v28: f32 = fmax v26, v27
//         store s0[v13], v28 align 4
//         yield
//     } else {
//         yield
//     }
//     barrier execution shared
//     v29: bool = icmp.ult v11, v7
//     if v29 {
//         v30: f32 = load s0[v13] align 4
//         v31: f32 = load s0[v13 + 128] align 4
//         v32: f32 = fmax v30, v31
//         store s0[v13], v32 align 4
//         yield
//     } else {
//         yield
//     }
//     barrier execution shared
//     v33: bool = icmp.ult v11, v8
//     if v33 {
//         v34: f32 = load s0[v13] align 4
//         v35: f32 = load s0[v13 + 64] align 4
//         v36: f32 = fmax v34, v35
//         store s0[v13], v36 align 4
//         yield
//     } else {
//         yield
//     }
//     barrier execution shared
//     v37: bool = icmp.ult v11, v9
//     if v37 {
//         v38: f32 = load s0[v13] align 4
//         v39: f32 = load s0[v13 + 32] align 4
//         v40: f32 = fmax v38, v39
//         store s0[v13], v40 align 4
//         yield
//     } else {
//         yield
//     }
//     barrier execution shared
//     v41: bool = icmp.ult v11, v10
//     if v41 {
//         v42: f32 = load s0[v13] align 4
//         v43: f32 = load s0[v13 + 16] align 4
//         v44: f32 = fmax v42, v43
//         store s0[v13], v44 align 4
//         yield
//     } else {
//         yield
//     }
//     barrier execution shared
//     v45: bool = icmp.ult v11, v0
//     if v45 {
//         v46: f32 = load s0[v13] align 4
//         v47: f32 = load s0[v13 + 8] align 4
//         v48: f32 = fmax v46, v47
//         store s0[v13], v48 align 4
//         yield
//     } else {
//         yield
//     }
//     barrier execution shared
//     v49: bool = icmp.eq v11, v1
//     if v49 {
//         v50: f32, v51: f32 = load s0[0] align 16
//         v52: f32 = fmax v50, v51
//         store s0[0], v52 align 16
//         yield
//     } else {
//         yield
//     }
//     barrier execution shared
//     v53: f32 = load s0[0] align 16
//     barrier execution shared
//     v56: f32 = loop L1 (v54: f32 = v4, v55: i32 = v11) {
//         v57: bool = icmp.ult v55, v14
//         if v57 {
//             yield
//         } else {
//             break L1 (v54)
//         }
//         v58: i32 = iadd v15, v55
//         v59: i32 = shl v58, v0
//         v60: f32 = load b1[v59] align 4 checked
//         v61: f32 = fsub v60, v53
//         v62: f32 = fmul v61, v6
//         v63: f32 = exp2 v62
//         store b1[v59], v63 align 4 checked
//         v64: f32 = fadd v54, v63
//         v65: i32 = iadd v55, v5
//         continue L1 (v64, v65)
//     }
//     store s0[v13], v56 align 4
//     barrier execution shared
//     if v25 {
//         v66: f32 = load s0[v13] align 4
//         v67: f32 = load s0[v13 + 256] align 4
//         v68: f32 = fadd v66, v67
//         store s0[v13], v68 align 4
//         yield
//     } else {
//         yield
//     }
//     barrier execution shared
//     if v29 {
//         v69: f32 = load s0[v13] align 4
//         v70: f32 = load s0[v13 + 128] align 4
//         v71: f32 = fadd v69, v70
//         store s0[v13], v71 align 4
//         yield
//     } else {
//         yield
//     }
//     barrier execution shared
//     if v33 {
//         v72: f32 = load s0[v13] align 4
//         v73: f32 = load s0[v13 + 64] align 4
//         v74: f32 = fadd v72, v73
//         store s0[v13], v74 align 4
//         yield
//     } else {
//         yield
//     }
//     barrier execution shared
//     if v37 {
//         v75: f32 = load s0[v13] align 4
//         v76: f32 = load s0[v13 + 32] align 4
//         v77: f32 = fadd v75, v76
//         store s0[v13], v77 align 4
//         yield
//     } else {
//         yield
//     }
//     barrier execution shared
//     if v41 {
//         v78: f32 = load s0[v13] align 4
//         v79: f32 = load s0[v13 + 16] align 4
//         v80: f32 = fadd v78, v79
//         store s0[v13], v80 align 4
//         yield
//     } else {
//         yield
//     }
//     barrier execution shared
//     if v45 {
//         v81: f32 = load s0[v13] align 4
//         v82: f32 = load s0[v13 + 8] align 4
//         v83: f32 = fadd v81, v82
//         store s0[v13], v83 align 4
//         yield
//     } else {
//         yield
//     }
//     barrier execution shared
//     if v49 {
//         v84: f32, v85: f32 = load s0[0] align 16
//         v86: f32 = fadd v84, v85
//         store s0[0], v86 align 16
//         yield
//     } else {
//         yield
//     }
//     barrier execution shared
//     v87: f32 = load s0[0] align 16
//     v88: f32 = rcp v87
//     loop L2 (v89: i32 = v11) {
//         v90: bool = icmp.ult v89, v14
//         if v90 {
//             yield
//         } else {
//             break L2 ()
//         }
//         v91: i32 = iadd v15, v89
//         v92: i32 = shl v91, v0
//         v93: f32 = load b1[v92] align 4 checked
//         v94: f32 = fmul v93, v88
//         store b1[v92], v94 align 4 checked
//         v95: i32 = iadd v89, v5
//         continue L2 (v95)
//     }
//     return
// }
