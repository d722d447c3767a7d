//! groups 2
//! bind 0.0 = u32:0,1000000,4294967295,0,0,4294967295,0,7,0,0,0,0
//! bind 0.1 = i32:0,0,5,-5
//! out 0.0 = u32
//! out 0.1 = i32
@group(0) @binding(0) var<storage, read_write> u: array<atomic<u32>, 12>;
@group(0) @binding(1) var<storage, read_write> s: array<atomic<i32>>;
@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3<u32>) {
    let x = id.x + 1u;
    atomicAdd(&u[0], x);
    atomicSub(&u[1], x);
    atomicAnd(&u[2], ~(1u << (x % 32u)) | 0xf0f00000u);
    atomicOr(&u[3], 1u << (x % 32u));
    atomicXor(&u[4], x * 2654435761u);
    atomicMin(&u[5], x * 3u + 5u);
    atomicMax(&u[6], x * 3u + 5u);
    atomicStore(&u[7], 99u);
    atomicAdd(&s[0], -i32(x));
    atomicSub(&s[1], i32(x));
    atomicMin(&s[2], 60 - i32(x));
    atomicMax(&s[3], 60 - i32(x));
    let k = atomicAdd(&u[8], 1u);
    atomicMax(&u[9], k);
    atomicAdd(&u[10], atomicLoad(&u[11]));
}
