// Runs the twins, and with -DCUBLAS cuBLAS's product, for `egpu-bench --twins PROGRAM`, which says in
// lines on the standard input what to do (conformance/src/bench/twin.rs has the protocol), and times
// them as egpu-bench times a kernel.
#include <chrono>
#include <cstdio>
#include <fstream>
#include <functional>
#include <iostream>
#include <iterator>
#include <map>
#include <memory>
#include <sstream>
#include <stdexcept>
#include <string>
#include <vector>

#include "twins.h"
#ifdef CUBLAS
#include <cublas_v2.h>
#endif

static void check(cudaError_t error, const char *what) {
    if (error != cudaSuccess)
        throw std::runtime_error(std::string(what) + ": " + cudaGetErrorString(error));
}

struct Twin {
    const char *name;
    Launch launch;
};

#ifdef CUBLAS
static void cublas_matmul(dim3, const Buffers &buffers) {
    static cublasHandle_t handle;
    if (!handle && cublasCreate(&handle) != CUBLAS_STATUS_SUCCESS)
        throw std::runtime_error("cublasCreate");
    const auto *p = static_cast<const uint32_t *>(buffers.uniform);
    int m = static_cast<int>(p[0]), n = static_cast<int>(p[1]), k = static_cast<int>(p[2]);
    const float one = 1, zero = 0;
    // Row-major C is the column-major product of B and A, and A stored k-major is transposed.
    auto status = cublasSgemm(handle, CUBLAS_OP_N, CUBLAS_OP_T, n, m, k, &one,
                              static_cast<const float *>(buffers.data[2]), n,
                              static_cast<const float *>(buffers.data[1]), m, &zero,
                              static_cast<float *>(buffers.data[3]), n);
    if (status != CUBLAS_STATUS_SUCCESS) throw std::runtime_error("cublasSgemm");
}
#endif

static const Twin TWINS[] = {
    {"collatz", collatz}, {"histogram", histogram}, {"matmul", matmul}, {"nbody", nbody},
    {"reduce", reduce},   {"saxpy4", saxpy4},       {"scan", scan},     {"softmax", softmax},
#ifdef CUBLAS
    {"cublas-matmul", cublas_matmul},
#endif
};

static const Twin &find(const std::string &name) {
    for (const Twin &twin : TWINS)
        if (name == twin.name) return twin;
    throw std::runtime_error("no kernel " + name);
}

// Seconds of one of so many together, until the device is idle.
static double seconds(int count, const std::function<void()> &launch) {
    auto start = std::chrono::steady_clock::now();
    for (int n = 0; n < count; ++n) launch();
    check(cudaGetLastError(), "starting");
    check(cudaDeviceSynchronize(), "running");
    std::chrono::duration<double> took = std::chrono::steady_clock::now() - start;
    return took.count() / count;
}

// A kernel's buffers, filled from a folder.
class Loaded {
public:
    Loaded(const Twin &twin, const std::string &folder) : launch(twin.launch) {
        std::ifstream description(folder + "/dispatch");
        if (!(description >> groups.x >> groups.y >> groups.z))
            throw std::runtime_error(folder + " has no dispatch");
        unsigned binding;
        std::string usage;
        while (description >> binding >> usage) {
            if (binding > 3) throw std::runtime_error("a binding above 3");
            std::ifstream file(folder + "/" + std::to_string(binding) + ".in", std::ios::binary);
            std::vector<char> bytes{std::istreambuf_iterator<char>(file), {}};
            if (usage == "uniform") {
                uniform = bytes;
                continue;
            }
            check(cudaMalloc(&buffers.data[binding], bytes.size()), "allocating");
            fill(binding, bytes);
            if (usage == "read_write") written.emplace_back(binding, std::move(bytes));
        }
        buffers.uniform = uniform.data();
    }
    ~Loaded() {
        for (void *data : buffers.data) cudaFree(data);
    }
    Loaded(const Loaded &) = delete;

    void run() { launch(groups, buffers); }

    void reset() {
        for (auto &[binding, inputs] : written) fill(binding, inputs);
    }

    void store(const std::string &folder) {
        for (auto &[binding, inputs] : written) {
            std::vector<char> bytes(inputs.size());
            check(cudaMemcpy(bytes.data(), buffers.data[binding], bytes.size(),
                             cudaMemcpyDeviceToHost), "copying");
            std::ofstream out(folder + "/" + std::to_string(binding) + ".out", std::ios::binary);
            if (!out.write(bytes.data(), static_cast<std::streamsize>(bytes.size())))
                throw std::runtime_error("cannot write to " + folder);
        }
    }

private:
    void fill(unsigned binding, const std::vector<char> &bytes) {
        check(cudaMemcpy(buffers.data[binding], bytes.data(), bytes.size(),
                         cudaMemcpyHostToDevice), "copying");
    }

    Launch launch;
    dim3 groups;
    Buffers buffers = {};
    std::vector<char> uniform;
    std::vector<std::pair<unsigned, std::vector<char>>> written;
};

static double copy(size_t bytes, int count) {
    void *from, *to;
    check(cudaMalloc(&from, bytes), "allocating");
    check(cudaMalloc(&to, bytes), "allocating");
    auto once = [&] {
        check(cudaMemcpyAsync(to, from, bytes, cudaMemcpyDeviceToDevice), "copying");
    };
    seconds(1, once);
    double took = seconds(count, once);
    cudaFree(from);
    cudaFree(to);
    return took;
}

int main() {
    int devices = 0;
    cudaError_t error = cudaGetDeviceCount(&devices);
    if (error != cudaSuccess || devices == 0) {
        printf("error %s\n", error == cudaSuccess ? "no device" : cudaGetErrorString(error));
        return 1;
    }
    printf("ready");
    for (const Twin &twin : TWINS) printf(" %s", twin.name);
    printf("\n");
    fflush(stdout);
    std::string line;
    std::map<std::string, std::unique_ptr<Loaded>> loaded;
    while (std::getline(std::cin, line)) {
        std::istringstream words(line);
        std::string verb, name, folder;
        words >> verb;
        try {
            if (verb == "load" && words >> name && std::getline(words >> std::ws, folder)) {
                loaded.erase(name);
                auto twin = std::make_unique<Loaded>(find(name), folder);
                seconds(1, [&] { twin->run(); });
                twin->store(folder);
                loaded[name] = std::move(twin);
                printf("ok\n");
            } else if (verb == "drop" && words >> name) {
                loaded.erase(name);
                printf("ok\n");
            } else if (verb == "reset" && words >> name) {
                loaded.at(name)->reset();
                check(cudaDeviceSynchronize(), "copying");
                printf("ok\n");
            } else if (int count; verb == "time" && words >> name >> count && count > 0) {
                Loaded &twin = *loaded.at(name);
                printf("ok %.9f\n", seconds(count, [&] { twin.run(); }));
            } else if (size_t bytes; verb == "copy" && words >> bytes >> count && count > 0) {
                printf("ok %.9f\n", copy(bytes, count));
            } else {
                printf("error what is `%s`?\n", line.c_str());
            }
        } catch (const std::exception &what) {
            printf("error %s\n", what.what());
        }
        fflush(stdout);
    }
    return 0;
}
