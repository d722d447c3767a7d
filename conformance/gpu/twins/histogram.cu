// 256-bin byte histogram: shared atomics per block, then one global atomic per bin.
#include "twins.h"

struct HistogramParameters {
    uint32_t n, stride;
};

__global__ void __launch_bounds__(256)
    histogram_kernel(HistogramParameters p, const uint32_t *__restrict__ src, uint32_t *hist) {
    __shared__ uint32_t bins[256];
    bins[threadIdx.x] = 0;
    __syncthreads();
    for (uint32_t i = blockIdx.x * blockDim.x + threadIdx.x; i < p.n; i += p.stride) {
        uint32_t word = src[i];
        atomicAdd(&bins[word & 255], 1u);
        atomicAdd(&bins[word >> 8 & 255], 1u);
        atomicAdd(&bins[word >> 16 & 255], 1u);
        atomicAdd(&bins[word >> 24], 1u);
    }
    __syncthreads();
    if (uint32_t count = bins[threadIdx.x]) atomicAdd(&hist[threadIdx.x], count);
}

void histogram(dim3 groups, const Buffers &buffers) {
    histogram_kernel<<<groups, 256>>>(
        *static_cast<const HistogramParameters *>(buffers.uniform),
        static_cast<const uint32_t *>(buffers.data[1]), static_cast<uint32_t *>(buffers.data[2]));
}
