// Collatz steps per element, in place; divergent integer loop with an overflow exit.
#include "twins.h"

__global__ void __launch_bounds__(64) collatz_kernel(uint32_t *v) {
    uint32_t at = blockIdx.x * blockDim.x + threadIdx.x;
    uint32_t n = v[at], steps = 0;
    while (n > 1) {
        if (n % 2 == 0) {
            n /= 2;
        } else if (n >= 0x55555555u) {
            steps = 0xffffffffu;
            break;
        } else {
            n = 3 * n + 1;
        }
        ++steps;
    }
    v[at] = steps;
}

void collatz(dim3 groups, const Buffers &buffers) {
    collatz_kernel<<<groups, 64>>>(static_cast<uint32_t *>(buffers.data[0]));
}
