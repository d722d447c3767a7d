// test optimize
// y = a*x + y on vec4 lanes, one vec4 per invocation.
struct P { a: f32, n: u32, }
@group(0) @binding(0) var<uniform> p: P;
@group(0) @binding(1) var<storage, read> x: array<vec4<f32>>;
@group(0) @binding(2) var<storage, read_write> y: array<vec4<f32>>;
@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) gid: vec3<u32>) {
    let i = gid.x;
    if (i >= p.n) { return; }
    y[i] = fma(vec4<f32>(p.a), x[i], y[i]);
}

// kernel "main" workgroup 64 1 1
// binding b0 group 0 index 0 uniform min 8 "p"
// binding b1 group 0 index 1 read_only_storage min 16 "x"
// binding b2 group 0 index 2 storage min 16 "y"
// {
//     v0: i32 = const 6
//     v1: i32 = const 4
//     v2: i32 = builtin workgroup_id.x
//     v3: i32 = builtin local_index
//     v4: i32 = shl v2, v0
//     v5: i32 = iadd v4, v3
//     v6: i32 = load b0[4] align 4
//     v7: bool = icmp.uge v5, v6
//     if v7 {
//         return
//     } else {
//         yield
//     }
//     v8: i32 = shl v5, v1
//     v9: f32 = load b0[0] align 16
//     v10: f32, v11: f32, v12: f32, v13: f32 = load b1[v8] align 16 checked
//     v14: f32, v15: f32, v16: f32, v17: f32 = load b2[v8] align 16 checked
//     v18: f32 = fma v9, v10, v14
//     v19: f32 = fma v9, v11, v15
//     v20: f32 = fma v9, v12, v16
//     v21: f32 = fma v9, v13, v17
//     store b2[v8], v18, v19, v20, v21 align 16 checked
//     return
// }
