// y = a*x + y on float4, one per thread.
#include "twins.h"

struct SaxpyParameters {
    float a;
    uint32_t n;
};

__global__ void __launch_bounds__(64)
    saxpy4_kernel(SaxpyParameters p, const float4 *__restrict__ x, float4 *y) {
    uint32_t i = blockIdx.x * blockDim.x + threadIdx.x;
    if (i >= p.n) return;
    float4 xv = x[i], yv = y[i];
    y[i] = make_float4(fmaf(p.a, xv.x, yv.x), fmaf(p.a, xv.y, yv.y), fmaf(p.a, xv.z, yv.z),
                       fmaf(p.a, xv.w, yv.w));
}

void saxpy4(dim3 groups, const Buffers &buffers) {
    saxpy4_kernel<<<groups, 64>>>(*static_cast<const SaxpyParameters *>(buffers.uniform),
                                  static_cast<const float4 *>(buffers.data[1]),
                                  static_cast<float4 *>(buffers.data[2]));
}
