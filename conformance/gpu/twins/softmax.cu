// Row softmax: one block of 128 per row; maximum, sum of exponentials, scale.
#include "twins.h"

__device__ inline float block_reduce(float *s, float value, bool maximum) {
    s[threadIdx.x] = value;
    __syncthreads();
    for (uint32_t half = 64; half > 0; half /= 2) {
        if (threadIdx.x < half) {
            float a = s[threadIdx.x], b = s[threadIdx.x + half];
            s[threadIdx.x] = maximum ? fmaxf(a, b) : a + b;
        }
        __syncthreads();
    }
    float result = s[0];
    __syncthreads();
    return result;
}

__global__ void __launch_bounds__(128) softmax_kernel(uint32_t cols, float *x) {
    __shared__ float s[128];
    float *row = x + blockIdx.x * cols;
    float most = -3.0e38f;
    for (uint32_t i = threadIdx.x; i < cols; i += 128) most = fmaxf(most, row[i]);
    most = block_reduce(s, most, true);
    float sum = 0;
    for (uint32_t i = threadIdx.x; i < cols; i += 128) {
        float e = __expf(row[i] - most);
        row[i] = e;
        sum += e;
    }
    float inverse = 1 / block_reduce(s, sum, false);
    for (uint32_t i = threadIdx.x; i < cols; i += 128) row[i] *= inverse;
}

void softmax(dim3 groups, const Buffers &buffers) {
    softmax_kernel<<<groups, 128>>>(*static_cast<const uint32_t *>(buffers.uniform),
                                    static_cast<float *>(buffers.data[1]));
}
