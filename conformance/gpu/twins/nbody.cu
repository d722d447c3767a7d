// All-pairs gravity, tiled through shared memory; writes acceleration.
#include "twins.h"

struct NbodyParameters {
    uint32_t n;
    float eps2;
};

__global__ void __launch_bounds__(128)
    nbody_kernel(NbodyParameters p, const float4 *__restrict__ pos, float4 *acc) {
    __shared__ float4 tile[128];
    uint32_t at = blockIdx.x * blockDim.x + threadIdx.x;
    float4 me = pos[at];
    float ax = 0, ay = 0, az = 0;
    for (uint32_t t = 0; t < p.n; t += 128) {
        tile[threadIdx.x] = pos[t + threadIdx.x];
        __syncthreads();
#pragma unroll 16
        for (uint32_t j = 0; j < 128; ++j) {
            float4 other = tile[j];
            float dx = other.x - me.x, dy = other.y - me.y, dz = other.z - me.z;
            float inverse = rsqrtf(fmaf(dx, dx, fmaf(dy, dy, fmaf(dz, dz, p.eps2))));
            float force = other.w * inverse * inverse * inverse;
            ax = fmaf(force, dx, ax);
            ay = fmaf(force, dy, ay);
            az = fmaf(force, dz, az);
        }
        __syncthreads();
    }
    acc[at] = make_float4(ax, ay, az, 0);
}

void nbody(dim3 groups, const Buffers &buffers) {
    nbody_kernel<<<groups, 128>>>(*static_cast<const NbodyParameters *>(buffers.uniform),
                                  static_cast<const float4 *>(buffers.data[1]),
                                  static_cast<float4 *>(buffers.data[2]));
}
