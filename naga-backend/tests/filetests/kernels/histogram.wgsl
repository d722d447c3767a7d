// test optimize
// 256-bin byte histogram: LDS atomics per workgroup, then one global atomic per bin.
struct P { n: u32, stride: u32, }
@group(0) @binding(0) var<uniform> p: P;
@group(0) @binding(1) var<storage, read> src: array<u32>;
@group(0) @binding(2) var<storage, read_write> hist: array<atomic<u32>, 256>;
var<workgroup> h: array<atomic<u32>, 256>;
@compute @workgroup_size(256)
fn main(@builtin(global_invocation_id) gid: vec3<u32>, @builtin(local_invocation_index) l: u32) {
    atomicStore(&h[l], 0u);
    workgroupBarrier();
    for (var i = gid.x; i < p.n; i += p.stride) {
        let v = src[i];
        atomicAdd(&h[v & 255u], 1u);
        atomicAdd(&h[(v >> 8u) & 255u], 1u);
        atomicAdd(&h[(v >> 16u) & 255u], 1u);
        atomicAdd(&h[v >> 24u], 1u);
    }
    workgroupBarrier();
    let c = atomicLoad(&h[l]);
    if (c != 0u) { atomicAdd(&hist[l], c); }
}

// kernel "main" workgroup 256 1 1
// binding b0 group 0 index 0 uniform min 8 "p"
// binding b1 group 0 index 1 read_only_storage min 4 "src"
// binding b2 group 0 index 2 storage min 1024 "hist"
// shared s0 size 1024 align 16 "h"
// {
//     v0: i32 = const 2
//     v1: i32 = const 0
//     v2: i32 = const 8
//     v3: i32 = const 255
//     v4: i32 = const 1
//     v5: i32 = const 16
//     v6: i32 = const 24
//     v7: i32 = builtin local_index
//     v8: i32 = builtin workgroup_id.x
//     v9: i32 = shl v8, v2
//     v10: i32 = iadd v9, v7
//     v11: i32 = shl v7, v0
//     store s0[v11], v1 align 4 atomic
//     barrier execution shared
//     v12: i32, v13: i32 = load b0[0] align 16
//     loop L0 (v14: i32 = v10) {
//         v15: bool = icmp.ult v14, v12
//         if v15 {
//             yield
//         } else {
//             break L0 ()
//         }
//         v16: i32 = shl v14, v0
//         v17: i32 = load b1[v16] align 4 checked
//         v18: i32 = and v17, v3
//         v19: i32 = shl v18, v0
//         atomic.add s0[v19], v4 align 4 atomic
//         v20: i32 = lshr v17, v2
//         v21: i32 = and v20, v3
//         v22: i32 = shl v21, v0
//         atomic.add s0[v22], v4 align 4 atomic
//         v23: i32 = lshr v17, v5
//         v24: i32 = and v23, v3
//         v25: i32 = shl v24, v0
//         atomic.add s0[v25], v4 align 4 atomic
//         v26: i32 = lshr v17, v6
//         v27: i32 = shl v26, v0
//         atomic.add s0[v27], v4 align 4 atomic
//         v28: i32 = iadd v14, v13
//         continue L0 (v28)
//     }
//     barrier execution shared
//     v29: i32 = load s0[v11] align 4 atomic
//     v30: bool = icmp.ne v29, v1
//     if v30 {
//         atomic.add b2[v11], v29 align 4 atomic
//         yield
//     } else {
//         yield
//     }
//     return
// }
