// The kernels of conformance/src/kernels.rs written by hand in CUDA C++: the same algorithm and
// workgroup sizes as the WGSL, in the way that CUDA programmers write it. Buffers in the order of
// their bindings; the uniform is passed by value, as its bytes.
#pragma once
#include <cstdint>

struct Buffers {
    const void *uniform;  // host memory
    void *data[4];        // device memory, by binding; null where there is no storage buffer
};

using Launch = void (*)(dim3 groups, const Buffers &buffers);

void collatz(dim3 groups, const Buffers &buffers);
void histogram(dim3 groups, const Buffers &buffers);
void matmul(dim3 groups, const Buffers &buffers);
void nbody(dim3 groups, const Buffers &buffers);
void reduce(dim3 groups, const Buffers &buffers);
void saxpy4(dim3 groups, const Buffers &buffers);
void scan(dim3 groups, const Buffers &buffers);
void softmax(dim3 groups, const Buffers &buffers);
