// C[M,N] = A[M,K] * B[K,N], A stored k-major; 64x64 tile per 16x16 block, 4x4 registers each.
#include "twins.h"

struct MatmulParameters {
    uint32_t m, n, k;
};

__global__ void __launch_bounds__(256)
    matmul_kernel(MatmulParameters p, const float4 *__restrict__ a, const float4 *__restrict__ b,
                  float4 *c) {
    __shared__ float4 tile_a[16][16], tile_b[16][16];
    uint32_t x = threadIdx.x, y = threadIdx.y, m4 = p.m / 4, n4 = p.n / 4;
    float4 sum[4] = {};
    for (uint32_t k0 = 0; k0 < p.k; k0 += 16) {
        tile_a[y][x] = a[(k0 + y) * m4 + blockIdx.y * 16 + x];
        tile_b[y][x] = b[(k0 + y) * n4 + blockIdx.x * 16 + x];
        __syncthreads();
#pragma unroll
        for (uint32_t k = 0; k < 16; ++k) {
            float4 av = tile_a[k][y], bv = tile_b[k][x];
            const float rows[4] = {av.x, av.y, av.z, av.w};
#pragma unroll
            for (int row = 0; row < 4; ++row) {
                sum[row].x = fmaf(rows[row], bv.x, sum[row].x);
                sum[row].y = fmaf(rows[row], bv.y, sum[row].y);
                sum[row].z = fmaf(rows[row], bv.z, sum[row].z);
                sum[row].w = fmaf(rows[row], bv.w, sum[row].w);
            }
        }
        __syncthreads();
    }
    uint32_t at = (blockIdx.y * 64 + y * 4) * n4 + blockIdx.x * 16 + x;
    for (int row = 0; row < 4; ++row) c[at + row * n4] = sum[row];
}

void matmul(dim3 groups, const Buffers &buffers) {
    matmul_kernel<<<groups, dim3(16, 16)>>>(
        *static_cast<const MatmulParameters *>(buffers.uniform),
        static_cast<const float4 *>(buffers.data[1]), static_cast<const float4 *>(buffers.data[2]),
        static_cast<float4 *>(buffers.data[3]));
}
