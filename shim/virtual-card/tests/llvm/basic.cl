// Plain arithmetic, control flow and memory, compiled by clang. Work-item numbers come from
// builtins, so no device library is needed.
#define GID (__builtin_amdgcn_workgroup_id_x() * 64 + __builtin_amdgcn_workitem_id_x())
#define LID __builtin_amdgcn_workitem_id_x()
typedef unsigned int u32;
typedef unsigned long u64;

__kernel __attribute__((reqd_work_group_size(64, 1, 1)))
void saxpy(__global float *y, __global const float *x, float a, u32 n) {
    u32 i = GID;
    if (i < n) y[i] = a * x[i] + y[i];
}

__kernel __attribute__((reqd_work_group_size(64, 1, 1)))
void saxpy4(__global float4 *y, __global const float4 *x, float a, u32 n) {
    u32 i = GID;
    if (i < n) y[i] = a * x[i] + y[i];
}

__kernel __attribute__((reqd_work_group_size(64, 1, 1)))
void collatz(__global u32 *v, u32 n) {
    u32 i = GID;
    if (i >= n) return;
    u32 x = v[i], steps = 0;
    while (x > 1) {
        if (x & 1) {
            if (x > 0x55555554u) { steps = ~0u; break; }
            x = 3 * x + 1;
        } else {
            x /= 2;
        }
        ++steps;
    }
    v[i] = steps;
}

__kernel __attribute__((reqd_work_group_size(64, 1, 1)))
void reduce(__global u32 *out, __global const u32 *in, u32 n) {
    __local u32 part[64];
    u32 sum = 0;
    for (u32 i = GID; i < n; i += 64 * 16) sum += in[i];
    part[LID] = sum;
    __builtin_amdgcn_fence(__ATOMIC_RELEASE, "workgroup");
    __builtin_amdgcn_s_barrier();
    __builtin_amdgcn_fence(__ATOMIC_ACQUIRE, "workgroup");
    for (u32 s = 32; s > 0; s >>= 1) {
        if (LID < s) part[LID] += part[LID + s];
        __builtin_amdgcn_fence(__ATOMIC_RELEASE, "workgroup");
        __builtin_amdgcn_s_barrier();
        __builtin_amdgcn_fence(__ATOMIC_ACQUIRE, "workgroup");
    }
    if (LID == 0) __atomic_fetch_add(out, part[0], __ATOMIC_RELAXED);
}

__kernel __attribute__((reqd_work_group_size(64, 1, 1)))
void histogram(__global u32 *out, __global const u32 *in, u32 n) {
    __local u32 bins[256];
    for (u32 i = LID; i < 256; i += 64) bins[i] = 0;
    __builtin_amdgcn_fence(__ATOMIC_RELEASE, "workgroup");
    __builtin_amdgcn_s_barrier();
    __builtin_amdgcn_fence(__ATOMIC_ACQUIRE, "workgroup");
    for (u32 i = GID; i < n; i += 64 * 8)
        __atomic_fetch_add(&bins[in[i] & 255], 1, __ATOMIC_RELAXED);
    __builtin_amdgcn_fence(__ATOMIC_RELEASE, "workgroup");
    __builtin_amdgcn_s_barrier();
    __builtin_amdgcn_fence(__ATOMIC_ACQUIRE, "workgroup");
    for (u32 i = LID; i < 256; i += 64)
        if (bins[i]) __atomic_fetch_add(&out[i], bins[i], __ATOMIC_RELAXED);
}

__kernel __attribute__((reqd_work_group_size(64, 1, 1)))
void matmul(__global float *c, __global const float *a, __global const float *b, u32 n) {
    __local float ta[8][8], tb[8][8];
    u32 lx = LID & 7, ly = LID >> 3;
    u32 gx = __builtin_amdgcn_workgroup_id_x() * 8 + lx, gy = __builtin_amdgcn_workgroup_id_y() * 8 + ly;
    float sum = 0;
    for (u32 k = 0; k < n; k += 8) {
        ta[ly][lx] = a[gy * n + k + lx];
        tb[ly][lx] = b[(k + ly) * n + gx];
        __builtin_amdgcn_fence(__ATOMIC_RELEASE, "workgroup");
        __builtin_amdgcn_s_barrier();
        __builtin_amdgcn_fence(__ATOMIC_ACQUIRE, "workgroup");
        for (u32 i = 0; i < 8; ++i) sum = __builtin_fmaf(ta[ly][i], tb[i][lx], sum);
        __builtin_amdgcn_fence(__ATOMIC_RELEASE, "workgroup");
        __builtin_amdgcn_s_barrier();
        __builtin_amdgcn_fence(__ATOMIC_ACQUIRE, "workgroup");
    }
    c[gy * n + gx] = sum;
}

__kernel __attribute__((reqd_work_group_size(64, 1, 1)))
void intdiv(__global u32 *q, __global const u32 *a, __global const u32 *b, u32 n) {
    u32 i = GID;
    if (i >= n) return;
    u32 x = a[i], y = b[i];
    q[6 * i + 0] = x / y;
    q[6 * i + 1] = x % y;
    q[6 * i + 2] = (u32)((int)x / (int)(y | 1));
    q[6 * i + 3] = (u32)((int)x % (int)(y | 1));
    u64 wide = ((u64)x << 32 | y) / ((u64)y * 3 + 1);
    q[6 * i + 4] = (u32)wide;
    q[6 * i + 5] = (u32)(wide >> 32);
}

__kernel __attribute__((reqd_work_group_size(64, 1, 1)))
void doubles(__global double *r, __global const double *a, __global const double *b, u32 n) {
    u32 i = GID;
    if (i >= n) return;
    double x = a[i], y = b[i];
    r[6 * i + 0] = x / y;
    r[6 * i + 1] = __builtin_sqrt(__builtin_fabs(x));
    r[6 * i + 2] = __builtin_fma(x, y, x);
    r[6 * i + 3] = __builtin_floor(x) + __builtin_rint(y);
    r[6 * i + 4] = (double)(int)x + (double)(u32)__builtin_fabs(y);
    r[6 * i + 5] = x < y ? x : y;
}

__kernel __attribute__((reqd_work_group_size(64, 1, 1)))
void maths(__global float *r, __global const float *a, __global const float *b, u32 n) {
    u32 i = GID;
    if (i >= n) return;
    float x = a[i], y = b[i];
    r[8 * i + 0] = x / y;
    r[8 * i + 1] = __builtin_sqrtf(__builtin_fabsf(x));
    r[8 * i + 2] = __builtin_exp2f(y);
    r[8 * i + 3] = __builtin_logf(__builtin_fabsf(x) + 1.0f);
    r[8 * i + 4] = __builtin_expf(y);
    r[8 * i + 5] = __builtin_floorf(x) + __builtin_truncf(y) + __builtin_rintf(x);
    r[8 * i + 6] = (float)(int)x + (float)(u32)__builtin_fabsf(y);
    r[8 * i + 7] = __builtin_fminf(x, y) + __builtin_fmaxf(x, 0.5f);
}

__kernel __attribute__((reqd_work_group_size(64, 1, 1)))
void shuffle(__global int *r, __global const int *a) {
    u32 i = GID;
    int v = a[i];
    int s = __builtin_amdgcn_ds_bpermute((int)(((LID * 7 + 3) & 31) * 4), v);
    int d = __builtin_amdgcn_update_dpp(0, v, 0x111, 0xf, 0xf, 1);
    int p = __builtin_amdgcn_permlanex16(v, v, 0x76543210, 0xfedcba98, 0, 0);
    int f = __builtin_amdgcn_readfirstlane(v);
    int w = __builtin_amdgcn_ds_swizzle(v, 0x041f);
    r[5 * i] = s; r[5 * i + 1] = d; r[5 * i + 2] = p; r[5 * i + 3] = f; r[5 * i + 4] = w;
}

__attribute__((noinline)) static u32 mix(u32 a, u32 b) { return (a ^ (b << 7 | b >> 25)) * 2654435761u; }
__attribute__((noinline)) static u32 chain(u32 a, u32 n) {
    u32 local_[16];
    for (u32 i = 0; i < 16; ++i) local_[i] = mix(a, i);
    for (u32 i = 0; i < n; ++i) { u32 k = local_[i & 15] & 15; local_[k] = mix(local_[k], local_[(i * 5) & 15]); }
    u32 s = 0;
    for (u32 i = 0; i < 16; ++i) s += local_[i];
    return s;
}

__kernel __attribute__((reqd_work_group_size(64, 1, 1)))
void calls(__global u32 *r, u32 rounds) {
    u32 i = GID;
    r[i] = chain(i, rounds + (i & 7));
}

typedef half half2_ __attribute__((ext_vector_type(2)));
__kernel __attribute__((reqd_work_group_size(64, 1, 1)))
void halves(__global half2_ *r, __global const half2_ *a, __global const half2_ *b, u32 n) {
#pragma OPENCL EXTENSION cl_khr_fp16 : enable
    u32 i = GID;
    if (i >= n) return;
    half2_ x = a[i], y = b[i];
    r[3 * i] = x * y + x;
    r[3 * i + 1] = x - y;
    half2_ z; z.x = x.x > y.x ? x.x : y.y; z.y = (half)((float)x.y * 0.5f);
    r[3 * i + 2] = z;
}

__kernel __attribute__((reqd_work_group_size(64, 1, 1)))
void buffers(__global void *p, __global const void *q, u32 n) {
    __amdgpu_buffer_rsrc_t dst = __builtin_amdgcn_make_buffer_rsrc(p, 0, (int)(n * 4), 0x31016fac);
    __amdgpu_buffer_rsrc_t src = __builtin_amdgcn_make_buffer_rsrc((__global void *)q, 0, (int)(n * 4), 0x31016fac);
    int i = (int)GID;
    u32 v = __builtin_amdgcn_raw_buffer_load_b32(src, i * 4, 0, 0);
    __builtin_amdgcn_raw_buffer_store_b32(v * 3 + 1, dst, i * 4, 0, 0);
}

__kernel __attribute__((reqd_work_group_size(64, 1, 1)))
void narrow(__global uchar *r8, __global ushort *r16, __global const char *a, __global const short *b, u32 n) {
    u32 i = GID;
    if (i >= n) return;
    r8[i] = (uchar)(a[i] * 3 + b[i]);
    r16[i] = (ushort)(b[i] - a[i]);
}

__kernel __attribute__((reqd_work_group_size(64, 1, 1)))
void atomics(__global u32 *m, __global u32 *old, __global u64 *wide, __global float *f) {
    u32 i = GID;
    old[i] = __atomic_fetch_add(&m[0], 1, __ATOMIC_RELAXED);
    __atomic_fetch_max(&m[1], i * 2654435761u, __ATOMIC_RELAXED);
    __atomic_fetch_xor(&m[2], i * 2654435761u, __ATOMIC_RELAXED);
    __atomic_fetch_or(&m[3], 1u << (i & 31), __ATOMIC_RELAXED);
    __atomic_fetch_add(wide, (u64)i << 20, __ATOMIC_RELAXED);
    u32 e = m[4];
    while (!__atomic_compare_exchange_n(&m[4], &e, e + i, 0, __ATOMIC_RELAXED, __ATOMIC_RELAXED)) {}
    __atomic_fetch_add(f, 1.0f, __ATOMIC_RELAXED);
}
