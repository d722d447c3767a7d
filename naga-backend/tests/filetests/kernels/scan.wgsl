// test optimize
// Blelloch exclusive scan of 512 u32 per workgroup of 256; also stores the block total.
@group(0) @binding(0) var<storage, read> src: array<u32>;
@group(0) @binding(1) var<storage, read_write> dst: array<u32>;
@group(0) @binding(2) var<storage, read_write> sums: array<u32>;
var<workgroup> s: array<u32, 512>;
@compute @workgroup_size(256)
fn main(@builtin(workgroup_id) wg: vec3<u32>, @builtin(local_invocation_index) l: u32) {
    let base = wg.x * 512u;
    s[2u * l] = src[base + 2u * l];
    s[2u * l + 1u] = src[base + 2u * l + 1u];
    var off = 1u;
    for (var d = 256u; d > 0u; d >>= 1u) {
        workgroupBarrier();
        if (l < d) {
            let ai = off * (2u * l + 1u) - 1u;
            let bi = off * (2u * l + 2u) - 1u;
            s[bi] += s[ai];
        }
        off <<= 1u;
    }
    if (l == 0u) {
        sums[wg.x] = s[511];
        s[511] = 0u;
    }
    for (var d = 1u; d < 512u; d <<= 1u) {
        off >>= 1u;
        workgroupBarrier();
        if (l < d) {
            let ai = off * (2u * l + 1u) - 1u;
            let bi = off * (2u * l + 2u) - 1u;
            let t = s[ai];
            s[ai] = s[bi];
            s[bi] += t;
        }
    }
    workgroupBarrier();
    dst[base + 2u * l] = s[2u * l];
    dst[base + 2u * l + 1u] = s[2u * l + 1u];
}

// kernel "main" workgroup 256 1 1
// binding b0 group 0 index 0 read_only_storage min 4 "src"
// binding b1 group 0 index 1 storage min 4 "dst"
// binding b2 group 0 index 2 storage min 4 "sums"
// shared s0 size 2048 align 16 "s"
// {
//     v0: i32 = const 3
//     v1: i32 = const 0
//     v2: i32 = const 1
//     v3: i32 = const 2
//     v4: i32 = const 9
//     v5: i32 = const 4
//     v6: i32 = const 128
//     v7: i32 = const 64
//     v8: i32 = const 8
//     v9: i32 = const 7
//     v10: i32 = const 32
//     v11: i32 = const 16
//     v12: i32 = const 5
//     v13: i32 = const 6
//     v14: i32 = const 10
//     v15: i32 = builtin local_index
//     v16: i32 = builtin workgroup_id.x
//     v17: i32 = shl v15, v0
//     v18: i32 = shl v16, v4
//     v19: i32 = shl v15, v2
//     v20: i32 = iadd v18, v19
//     v21: i32 = shl v20, v3
//     v22: i32 = load b0[v21] align 8 checked
//     v23: i32 = load b0[v21 + 4] align 4 checked
//     store s0[v17], v22, v23 align 8
//     barrier execution shared
//     v24: i32, v25: i32 = load s0[v17] align 8
//     v26: i32 = iadd v25, v24
//     store s0[v17 + 4], v26 align 4
//     barrier execution shared
//     v27: bool = icmp.ult v15, v6
//     if v27 {
//         v28: i32 = shl v15, v5
//         v29: i32 = load s0[v28 + 12] align 4
//         v30: i32 = load s0[v28 + 4] align 4
//         v31: i32 = iadd v29, v30
//         store s0[v28 + 12], v31 align 4
//         yield
//     } else {
//         yield
//     }
//     barrier execution shared
//     v32: bool = icmp.ult v15, v7
//     if v32 {
//         v33: i32 = shl v15, v12
//         v34: i32 = load s0[v33 + 28] align 4
//         v35: i32 = load s0[v33 + 12] align 4
//         v36: i32 = iadd v34, v35
//         store s0[v33 + 28], v36 align 4
//         yield
//     } else {
//         yield
//     }
//     barrier execution shared
//     v37: bool = icmp.ult v15, v10
//     if v37 {
//         v38: i32 = shl v15, v13
//         v39: i32 = load s0[v38 + 60] align 4
//         v40: i32 = load s0[v38 + 28] align 4
//         v41: i32 = iadd v39, v40
//         store s0[v38 + 60], v41 align 4
//         yield
//     } else {
//         yield
//     }
//     barrier execution shared
//     v42: bool = icmp.ult v15, v11
//     if v42 {
//         v43: i32 = shl v15, v9
//         v44: i32 = load s0[v43 + 124] align 4
//         v45: i32 = load s0[v43 + 60] align 4
//         v46: i32 = iadd v44, v45
//         store s0[v43 + 124], v46 align 4
//         yield
//     } else {
//         yield
//     }
//     barrier execution shared
//     v47: bool = icmp.ult v15, v8
//     if v47 {
//         v48: i32 = shl v15, v8
//         v49: i32 = load s0[v48 + 252] align 4
//         v50: i32 = load s0[v48 + 124] align 4
//         v51: i32 = iadd v49, v50
//         store s0[v48 + 252], v51 align 4
//         yield
//     } else {
//         yield
//     }
//     barrier execution shared
//     v52: bool = icmp.ult v15, v5
//     if v52 {
//         v53: i32 = shl v15, v4
//         v54: i32 = load s0[v53 + 508] align 4
//         v55: i32 = load s0[v53 + 252] align 4
//         v56: i32 = iadd v54, v55
//         store s0[v53 + 508], v56 align 4
//         yield
//     } else {
//         yield
//     }
//     barrier execution shared
//     v57: bool = icmp.ult v15, v3
//     if v57 {
//         v58: i32 = shl v15, v14
//         v59: i32 = load s0[v58 + 1020] align 4
//         v60: i32 = load s0[v58 + 508] align 4
//         v61: i32 = iadd v59, v60
//         store s0[v58 + 1020], v61 align 4
//         yield
//     } else {
//         yield
//     }
//     barrier execution shared
//     v62: bool = icmp.eq v15, v1
//     if v62 {
//         v63: i32 = load s0[2044] align 4
//         v64: i32 = load s0[1020] align 4
//         v65: i32 = iadd v63, v64
//         store s0[2044], v65 align 4
//         yield
//     } else {
//         yield
//     }
//     if v62 {
//         v66: i32 = shl v16, v3
//         v67: i32 = load s0[2044] align 4
//         store b2[v66], v67 align 4 checked
//         store s0[2044], v1 align 4
//         yield
//     } else {
//         yield
//     }
//     barrier execution shared
//     if v62 {
//         v68: i32 = load s0[1020] align 4
//         v69: i32 = load s0[2044] align 4
//         store s0[1020], v69 align 4
//         v70: i32 = iadd v69, v68
//         store s0[2044], v70 align 4
//         yield
//     } else {
//         yield
//     }
//     barrier execution shared
//     if v57 {
//         v71: i32 = shl v15, v14
//         v72: i32 = load s0[v71 + 508] align 4
//         v73: i32 = load s0[v71 + 1020] align 4
//         store s0[v71 + 508], v73 align 4
//         v74: i32 = iadd v73, v72
//         store s0[v71 + 1020], v74 align 4
//         yield
//     } else {
//         yield
//     }
//     barrier execution shared
//     if v52 {
//         v75: i32 = shl v15, v4
//         v76: i32 = load s0[v75 + 252] align 4
//         v77: i32 = load s0[v75 + 508] align 4
//         store s0[v75 + 252], v77 align 4
//         v78: i32 = iadd v77, v76
//         store s0[v75 + 508], v78 align 4
//         yield
//     } else {
//         yield
//     }
//     barrier execution shared
//     if v47 {
//         v79: i32 = shl v15, v8
//         v80: i32 = load s0[v79 + 124] align 4
//         v81: i32 = load s0[v79 + 252] align 4
//         store s0[v79 + 124], v81 align 4
//         v82: i32 = iadd v81, v80
//         store s0[v79 + 252], v82 align 4
//         yield
//     } else {
//         yield
//     }
//     barrier execution shared
//     if v42 {
//         v83: i32 = shl v15, v9
//         v84: i32 = load s0[v83 + 60] align 4
//         v85: i32 = load s0[v83 + 124] align 4
//         store s0[v83 + 60], v85 align 4
//         v86: i32 = iadd v85, v84
//         store s0[v83 + 124], v86 align 4
//         yield
//     } else {
//         yield
//     }
//     barrier execution shared
//     if v37 {
//         v87: i32 = shl v15, v13
//         v88: i32 = load s0[v87 + 28] align 4
//         v89: i32 = load s0[v87 + 60] align 4
//         store s0[v87 + 28], v89 align 4
//         v90: i32 = iadd v89, v88
//         store s0[v87 + 60], v90 align 4
//         yield
//     } else {
//         yield
//     }
//     barrier execution shared
//     if v32 {
//         v91: i32 = shl v15, v12
//         v92: i32 = load s0[v91 + 12] align 4
//         v93: i32 = load s0[v91 + 28] align 4
//         store s0[v91 + 12], v93 align 4
//         v94: i32 = iadd v93, v92
//         store s0[v91 + 28], v94 align 4
//         yield
//     } else {
//         yield
//     }
//     barrier execution shared
//     if v27 {
//         v95: i32 = shl v15, v5
//         v96: i32 = load s0[v95 + 4] align 4
//         v97: i32 = load s0[v95 + 12] align 4
//         store s0[v95 + 4], v97 align 4
//         v98: i32 = iadd v97, v96
//         store s0[v95 + 12], v98 align 4
//         yield
//     } else {
//         yield
//     }
//     barrier execution shared
//     v99: i32, v100: i32 = load s0[v17] align 8
//     v101: i32 = iadd v100, v99
//     store s0[v17], v100, v101 align 8
//     barrier execution shared
//     v102: i32, v103: i32 = load s0[v17] align 8
//     store b1[v21], v102 align 8 checked
//     store b1[v21 + 4], v103 align 4 checked
//     return
// }
