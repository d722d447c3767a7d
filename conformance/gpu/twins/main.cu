// Runs the twins on what `egpu-bench --export DIR` wrote, times them as egpu-bench times a kernel,
// leaves their outputs for `egpu-bench --verify DIR`, and measures what the device can do: the
// bandwidth of a copy and, with -DCUBLAS, cuBLAS's product of the same matrices.
//
// usage: twins DIR [ROUNDS]; prints one line a kernel: NAME MILLISECONDS [SECOND FIGURE]
#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <functional>
#include <iterator>
#include <string>
#include <vector>

#include "twins.h"
#ifdef CUBLAS
#include <cublas_v2.h>
#endif

static void check(cudaError_t error, const char *what) {
    if (error == cudaSuccess) return;
    fprintf(stderr, "twins: %s: %s\n", what, cudaGetErrorString(error));
    exit(1);
}

static std::vector<char> read(const std::string &path) {
    std::ifstream file(path, std::ios::binary);
    return {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
}

// Median over rounds of the time from submission until the device is idle, for one launch of as
// many as fill ten milliseconds.
static double milliseconds(int rounds, const std::function<void()> &launch) {
    auto run = [&](int repeat) {
        auto start = std::chrono::steady_clock::now();
        for (int n = 0; n < repeat; ++n) launch();
        check(cudaDeviceSynchronize(), "running");
        std::chrono::duration<double, std::milli> took = std::chrono::steady_clock::now() - start;
        return took.count() / repeat;
    };
    run(1);
    int repeat = std::min(64, std::max(1, static_cast<int>(10 / run(1))));
    std::vector<double> times;
    for (int n = 0; n < rounds; ++n) times.push_back(run(repeat));
    std::sort(times.begin(), times.end());
    return times[times.size() / 2];
}

struct Twin {
    const char *name;
    Launch launch;
};

static const Twin TWINS[] = {
    {"collatz", collatz}, {"histogram", histogram}, {"matmul", matmul}, {"nbody", nbody},
    {"reduce", reduce},   {"saxpy4", saxpy4},       {"scan", scan},     {"softmax", softmax},
};

int main(int argc, char **argv) {
    if (argc < 2) {
        fprintf(stderr, "usage: twins DIR [ROUNDS]\n");
        return 2;
    }
    int rounds = argc > 2 ? atoi(argv[2]) : 7;
    for (const Twin &twin : TWINS) {
        std::string folder = std::string(argv[1]) + "/" + twin.name;
        std::ifstream description(folder + "/dispatch");
        dim3 groups;
        if (!(description >> groups.x >> groups.y >> groups.z)) {
            fprintf(stderr, "twins: %s has no dispatch\n", folder.c_str());
            continue;
        }
        Buffers buffers = {};
        std::vector<char> uniform, contents[4];
        int binding;
        std::string usage;
        std::vector<int> written;
        while (description >> binding >> usage) {
            if (binding < 0 || binding > 3) return 1;
            auto bytes = read(folder + "/" + std::to_string(binding) + ".in");
            if (usage == "uniform") {
                uniform = bytes;
                continue;
            }
            check(cudaMalloc(&buffers.data[binding], bytes.size()), "allocating");
            contents[binding] = bytes;
            if (usage == "read_write") written.push_back(binding);
        }
        buffers.uniform = uniform.data();
        for (int n = 0; n < 4; ++n)
            if (buffers.data[n])
                check(cudaMemcpy(buffers.data[n], contents[n].data(), contents[n].size(),
                                 cudaMemcpyHostToDevice), "copying");
        twin.launch(groups, buffers);
        check(cudaGetLastError(), twin.name);
        check(cudaDeviceSynchronize(), twin.name);
        for (int n : written) {
            check(cudaMemcpy(contents[n].data(), buffers.data[n], contents[n].size(),
                             cudaMemcpyDeviceToHost), "copying");
            std::ofstream out(folder + "/" + std::to_string(n) + ".out", std::ios::binary);
            out.write(contents[n].data(), static_cast<std::streamsize>(contents[n].size()));
        }
        printf("%s %.6f\n", twin.name, milliseconds(rounds, [&] { twin.launch(groups, buffers); }));
#ifdef CUBLAS
        if (std::string(twin.name) == "matmul") {
            const auto *p = reinterpret_cast<const uint32_t *>(uniform.data());
            int m = static_cast<int>(p[0]), n = static_cast<int>(p[1]), k = static_cast<int>(p[2]);
            const float one = 1, zero = 0;
            cublasHandle_t handle;
            if (cublasCreate(&handle) != CUBLAS_STATUS_SUCCESS) return 1;
            // Row-major C is the column-major product of B and A, and A stored k-major is transposed.
            double time = milliseconds(rounds, [&] {
                cublasSgemm(handle, CUBLAS_OP_N, CUBLAS_OP_T, n, m, k, &one,
                            static_cast<const float *>(buffers.data[2]), n,
                            static_cast<const float *>(buffers.data[1]), m, &zero,
                            static_cast<float *>(buffers.data[3]), n);
            });
            printf("cublas-matmul %.6f %.3f TFLOP/s\n", time, 2e-9 * m * n * k / time);
            cublasDestroy(handle);
        }
#endif
        for (void *data : buffers.data) cudaFree(data);
    }
    const size_t bytes = size_t(1) << 28;
    void *from, *to;
    check(cudaMalloc(&from, bytes), "allocating");
    check(cudaMalloc(&to, bytes), "allocating");
    double time = milliseconds(rounds, [&] {
        check(cudaMemcpyAsync(to, from, bytes, cudaMemcpyDeviceToDevice), "copying");
    });
    printf("device-copy %.6f %.1f GB/s\n", time, 2e-6 * static_cast<double>(bytes) / time);
    return 0;
}
