// Sum of n floats: grid-stride accumulation, then a block's tree reduction.
#include "twins.h"

struct ReduceParameters {
    uint32_t n, stride;
};

__global__ void __launch_bounds__(256)
    reduce_kernel(ReduceParameters p, const float *__restrict__ src, float *dst) {
    __shared__ float partial[256];
    float sum = 0;
    for (uint32_t i = blockIdx.x * blockDim.x + threadIdx.x; i < p.n; i += p.stride) sum += src[i];
    partial[threadIdx.x] = sum;
    __syncthreads();
    for (uint32_t half = 128; half > 0; half /= 2) {
        if (threadIdx.x < half) partial[threadIdx.x] += partial[threadIdx.x + half];
        __syncthreads();
    }
    if (threadIdx.x == 0) dst[blockIdx.x] = partial[0];
}

void reduce(dim3 groups, const Buffers &buffers) {
    reduce_kernel<<<groups, 256>>>(*static_cast<const ReduceParameters *>(buffers.uniform),
                                   static_cast<const float *>(buffers.data[1]),
                                   static_cast<float *>(buffers.data[2]));
}
