// Blelloch exclusive scan of 512 words per block of 256; also stores the block's total.
#include "twins.h"

__global__ void __launch_bounds__(256)
    scan_kernel(const uint32_t *__restrict__ src, uint32_t *dst, uint32_t *sums) {
    __shared__ uint32_t s[512];
    uint32_t l = threadIdx.x, base = blockIdx.x * 512;
    s[2 * l] = src[base + 2 * l];
    s[2 * l + 1] = src[base + 2 * l + 1];
    uint32_t offset = 1;
    for (uint32_t d = 256; d > 0; d /= 2) {
        __syncthreads();
        if (l < d) s[offset * (2 * l + 2) - 1] += s[offset * (2 * l + 1) - 1];
        offset *= 2;
    }
    if (l == 0) {
        sums[blockIdx.x] = s[511];
        s[511] = 0;
    }
    for (uint32_t d = 1; d < 512; d *= 2) {
        offset /= 2;
        __syncthreads();
        if (l < d) {
            uint32_t left = offset * (2 * l + 1) - 1, right = offset * (2 * l + 2) - 1;
            uint32_t value = s[left];
            s[left] = s[right];
            s[right] += value;
        }
    }
    __syncthreads();
    dst[base + 2 * l] = s[2 * l];
    dst[base + 2 * l + 1] = s[2 * l + 1];
}

void scan(dim3 groups, const Buffers &buffers) {
    scan_kernel<<<groups, 256>>>(static_cast<const uint32_t *>(buffers.data[0]),
                                 static_cast<uint32_t *>(buffers.data[1]),
                                 static_cast<uint32_t *>(buffers.data[2]));
}
