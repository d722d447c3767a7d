#!/usr/bin/env bash
# Everything that only a machine with an NVIDIA GPU can tell, from carried programs: no Rust and no
# network are needed there.
#
#   run.sh --pack DIR   on a machine with Rust: gathers what to carry, this script and one archive
#   DIR/run.sh          on the GPU machine; results go to $OUT (DIR/results if it is not set), into a
#                       folder DEVICE-DATE of at most eight files, to be kept under
#                       conformance/results/
#
# Steps in the order of what they tell, each bounded by what is left of EGPU_GPU_SECONDS (360, so that
# two runs fit a quarter of an hour), none stopping the others, results written as they come: the
# driver; what the design takes for granted and nobody has seen on silicon; benches of `cuda`, wgpu's
# Vulkan backend, the hand-written twins and cuBLAS taking turns; a decode step of a language model;
# machine code of our kernels; whole programs; the conformance table; a profile; the approximate
# functions on all operands. What a machine lacks (nvidia-smi, nvcc, cuBLAS, Vulkan, nvdisasm, ncu) is
# skipped by name.
#
# Not here: NAK's code, and channels by way of nvidiactl. Both belong to a driver of our own for
# NVIDIA's cards, which there is not.
#
# To try the script without a GPU: EGPU_GPU_ADAPTER=ptx EGPU_GPU_ONE_IN=1000003 EGPU_GPU_SIZE=5 takes
# the interpreter of PTX, and the virtual card for what the `egpu` command and the decode step do.
set -uo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
programs=(egpu egpu-first egpu-bench decode egpu-programs egpu-conformance)

pack() {
    local to=$1 root=$here/../.. stage needs built name
    (cd "$root" && cargo build --release -p egpu -p egpu-conformance -p egpu-examples --bins) ||
        return 1
    built=${CARGO_TARGET_DIR:-$root/target}/release
    stage=$(mktemp -d) && mkdir -p "$to" "$stage"/{bin,lib,twins} || return 1
    for name in "${programs[@]}"; do
        cp "$built/$name" "$stage/bin/" && strip "$stage/bin/$name" || return 1
    done
    cp -r "$root/examples/shaders" "$here/first" "$stage/"
    cp "$here"/twins/*.cu "$here"/twins/*.h "$stage/twins/"
    # The loader, for a machine that has NVIDIA's Vulkan driver without it.
    name=$(PATH=$PATH:/sbin:/usr/sbin ldconfig -p | sed -n 's/.*libvulkan\.so\.1 .*x86-64.* => //p' | head -1)
    [ -z "$name" ] || cp -L "$name" "$stage/lib/libvulkan.so.1"
    needs=$(objdump -T "$stage"/bin/* | grep -o 'GLIBC_2[0-9.]*' | sort -V | tail -1)
    {
        git -C "$root" log -1 --format='commit %H %cs'
        rustc --version
        echo "needs ${needs:-an unknown glibc}"
    } >"$stage/built"
    tar -C "$stage" -czf "$to/carried.tar.gz" . && cp "$here/run.sh" "$to/" || return 1
    rm -rf "$stage"
    ls -lh "$to"
}

if [ "${1:-}" = --pack ]; then
    pack "${2:?usage: run.sh --pack DIR}"
    exit
fi

budget=${EGPU_GPU_SECONDS:-360}
adapter=${EGPU_GPU_ADAPTER:-cuda}
one_in=${EGPU_GPU_ONE_IN:-1} sample=${EGPU_GPU_ONE_IN:-1021}
if [ "$adapter" = cuda ]; then
    card=cuda every=1 model="--model 27b --context 1024 --tokens 64"
else
    card=virtual every=211 model="--model tiny --tokens 2"
fi
every=${EGPU_GPU_EVERY:-$every}
# Words of a command line.
read -ra model <<<"${EGPU_GPU_MODEL:-$model}"
size=(--large)
[ -z "${EGPU_GPU_SIZE:-}" ] || size=(--size-percent "$EGPU_GPU_SIZE")

export PATH=$PATH:/usr/local/cuda/bin:/sbin:/usr/sbin
work=$(mktemp -d) || exit 1
tar -C "$work" -xzf "$here/carried.tar.gz" || exit 1
bin=$work/bin
export EGPU_CACHE_DIR=$work/cache EGPU_TIMEOUT=${EGPU_TIMEOUT:-20}

# nvidia-smi QUERY…: the first card's answer, one line; nothing without it.
smi() {
    timeout 15 nvidia-smi --query-gpu="$1" --format=csv,noheader 2>/dev/null | head -1
}

device=$(smi name | tr -cs 'A-Za-z0-9\n' -)
base=${OUT:-$here/results}
out=$base/${device:-no-gpu}-$(date -u +%Y-%m-%d)
if ! mkdir -p "$out" 2>/dev/null; then
    out=$PWD/results/${device:-no-gpu}-$(date -u +%Y-%m-%d)
    mkdir -p "$out" || exit 1
fi
log=$out/log.txt
summary=$out/summary.txt
: >"$log" >"$summary"
# What bash has to say of processes that were killed.
exec 2>>"$log"

# Verdicts are lines of the summary as soon as they are known.
failed=0
verdict() {
    printf '%-5s %-22s %s\n' "$1" "$2" "$3" | tee -a "$summary"
}
left() {
    echo $((budget - SECONDS))
}

# step NAME SECONDS COMMAND…: what it prints goes to the log. Ends on time also if a process does not:
# asked at the limit less three seconds, killed at less one, left alone after that.
set -m
step() {
    local name=$1 limit=$2 start=$SECONDS status
    shift 2
    [ "$limit" -le "$(left)" ] || limit=$(left)
    if [ "$limit" -lt 6 ]; then
        verdict skip "$name" "no time left"
        return 1
    fi
    echo "== $name (at most $limit s)" >>"$log"
    "$@" >>"$log" 2>&1 </dev/null &
    local pid=$! end=$((start + limit)) sent=
    while kill -0 "$pid" 2>/dev/null; do
        if [ "$SECONDS" -ge "$end" ]; then
            break
        elif [ "$SECONDS" -ge $((end - 1)) ]; then
            [ "$sent" = KILL ] || kill -KILL -- "-$pid" 2>/dev/null
            sent=KILL
        elif [ "$SECONDS" -ge $((end - 3)) ]; then
            [ -n "$sent" ] || kill -TERM -- "-$pid" 2>/dev/null
            sent=${sent:-TERM}
        fi
        sleep 0.1
    done
    # Whatever the step left running would disturb the next.
    kill -KILL -- "-$pid" 2>/dev/null
    if kill -0 "$pid" 2>/dev/null && sleep 0.2 && kill -0 "$pid" 2>/dev/null; then
        status="does not end"
        disown "$pid"
    else
        wait "$pid"
        status=$?
        [ -z "$sent" ] || status="not done in time"
    fi
    echo "== $name: $status, $((SECONDS - start)) s" >>"$log"
    if [ "$status" = 0 ]; then
        verdict ok "$name" "$((SECONDS - start)) s"
        return 0
    fi
    [ "$status" -eq "$status" ] 2>/dev/null && status="exit status $status"
    if [ "${bad:-FAIL}" = FAIL ]; then
        verdict FAIL "$name" "$((SECONDS - start)) s, $status"
        failed=$((failed + 1))
    else
        verdict skip "$name" "$status: $(said "$name" | tail -1)"
    fi
    return 1
}

# The last lines of what a step printed.
said() {
    sed -n "/^== $1 (/,/^== $1: /{/^== /d;p}" "$log"
}

# What a step found, for the end of the summary.
digest() {
    [ -z "$(said "$1")" ] || {
        echo
        said "$1"
    }
}

finish() {
    trap - EXIT INT TERM
    {
        digest assumptions | cut -c1-160
        digest approximate-sample | grep FAIL | cut -c1-160
        digest bench | tail -32
        digest decode | tail -2
        digest conformance | grep -E '^(total|FAILED|skipped)' | head -8
        digest approximate-all | grep FAIL | cut -c1-160
        echo
        [ "$failed" = 0 ] && echo "nothing failed" || echo "$failed steps failed"
        echo "$SECONDS s; everything is in $out"
    } >>"$summary"
    for job in $(jobs -p); do kill -KILL -- "-$job" 2>/dev/null; done
    rm -rf "$work"
    sed -n '/^$/,$p' "$summary"
    exit $((failed > 0))
}
trap finish EXIT
trap 'failed=$((failed + 1)); verdict FAIL run.sh "ended from outside"; exit 1' INT TERM

if ! "$bin/egpu" --version >>"$log" 2>&1; then
    cat "$log"
    verdict FAIL programs "they do not start: $(sed -n 's/^needs //p' "$work/built"); here is $(ldd --version 2>&1 | head -1)"
    failed=1
    exit 1
fi

# Where a container keeps the driver and the system's loader does not look.
for folder in /usr/local/nvidia/lib64 /usr/lib/wsl/lib; do
    if [ -e "$folder/libcuda.so.1" ] && ! ldconfig -p 2>/dev/null | grep -q 'libcuda\.so\.1 '; then
        export LD_LIBRARY_PATH=$folder${LD_LIBRARY_PATH:+:$LD_LIBRARY_PATH}
    fi
done
if ! ldconfig -p 2>/dev/null | grep -q 'libvulkan\.so\.1 ' && [ -e "$work/lib/libvulkan.so.1" ]; then
    export LD_LIBRARY_PATH=${LD_LIBRARY_PATH:+$LD_LIBRARY_PATH:}$work/lib
fi
# NVIDIA's own Vulkan driver and no other, so that no processor takes its place.
if [ -z "${VK_DRIVER_FILES:-}" ]; then
    for icd in {/etc,/usr/share,/usr/local/share,/usr/local/nvidia/share,/usr/local/etc}/vulkan/icd.d/nvidia_icd*.json; do
        [ ! -e "$icd" ] || export VK_DRIVER_FILES=$icd VK_ICD_FILENAMES=$icd
    done
fi

machine() {
    date -u
    cat "$work/built"
    uname -a
    ldd --version | head -1
    grep -m1 'model name' /proc/cpuinfo
    nproc
    command -v nvidia-smi nvcc nvdisasm ncu
    timeout 15 nvidia-smi
    nvcc --version
    true
}

# The twins are compiled while the first steps run; EGPU_GPU_TWINS names a program in their place.
twins=${EGPU_GPU_TWINS:-}
twins_job=
build_twins() {
    local sm cuda objects=() file blas include jobs=() main=$work/twins/main.cu
    sm=$(smi compute_cap | tr -d .)
    local flags=(-std=c++17 -O3 -arch="${sm:+sm_}${sm:-native}")
    for file in "$work"/twins/*.cu; do
        [ "$file" != "$main" ] || continue
        nvcc "${flags[@]}" -c "$file" -o "$file.o" &
        jobs+=($!)
        objects+=("$file.o")
    done
    # cuBLAS of the toolkit, or of a Python package.
    for cuda in "$(dirname "$(dirname "$(readlink -f "$(command -v nvcc)")")")" \
        $(python3 -c 'import nvidia; print(*[f"{p}/{d}" for p in nvidia.__path__ for d in ("cu13", "cublas")])' 2>/dev/null); do
        [ -e "$cuda/include/cublas_v2.h" ] || continue
        blas=$(ls "$cuda"/lib64/libcublas.so* "$cuda"/lib/libcublas.so* 2>/dev/null | head -1)
        include=$cuda/include
        [ -z "$blas" ] || break
    done
    wait "${jobs[@]}"
    if [ -n "${blas:-}" ] && nvcc "${flags[@]}" -DCUBLAS -I"$include" "$main" "${objects[@]}" "$blas" \
        -Xlinker -rpath="${blas%/*}" -o "$work/twins.built"; then
        echo "with $blas"
    else
        echo "without cuBLAS"
        nvcc "${flags[@]}" "$main" "${objects[@]}" -o "$work/twins.built"
    fi
}
if [ -z "$twins" ] && command -v nvcc >/dev/null; then
    build_twins >"$work/twins.log" 2>&1 &
    twins_job=$!
fi

bad=skip step machine 40 machine
doctor() {
    "$bin/egpu" doctor --report "$work/report"
    local status=$?
    cat "$work/report"
    return $status
}
step doctor 40 doctor
step facts 15 "$bin/egpu-first" --adapter "$adapter" --facts
peak=$(said facts | sed -n 's/^peak_tflops=//p')

# Packed arguments and division's edges, an endless loop with the watchdog, and the card afterwards.
first() {
    local numbers wanted="-2147483648 0 -2147483648 0 7 0 -7 0"
    divide() {
        "$bin/egpu" run "$work/first/division.wgsl" --adapter "$card" --groups 1 \
            --bind 0.0=i32:-2147483648,-2147483648,7,-7 --bind 0.1=i32:-1,0,0,0 \
            --bind 0.2=zeros:32 --print 0.2:i32
    }
    numbers=$(divide) || return 1
    echo "packed arguments, INT_MIN / -1, x / 0: $numbers"
    [ "$numbers" = "$wanted" ] || { echo "not $wanted"; return 1; }
    EGPU_TIMEOUT=3 "$bin/egpu" run "$work/first/endless.wgsl" --adapter "$card" --groups 1 \
        --bind 0.0=zeros:256
    local status=$?
    echo "an endless loop: exit status $status; 1, a loss with a cause, is wanted"
    [ "$status" = 1 ] || return 1
    [ "$(divide)" = "$wanted" ] || { echo "the card does not work afterwards"; return 1; }
    echo "and the card works afterwards"
}
step first 60 first
step assumptions 60 "$bin/egpu-first" --adapter "$adapter" \
    --only pair --only outside --only launches --only graph --only fragments
step approximate-sample 40 "$bin/egpu-first" --adapter "$adapter" --one-in "$sample" \
    --only rcp --only sqrt --only rsqrt --only sin --only cos --only lg2 --only ex2 --only tanh

contestants=$adapter
if bad=skip step vulkan 30 "$bin/egpu-bench" --adapter vulkan --filter submit --rounds 1; then
    if [ "$adapter" = cuda ] && said vulkan | grep -q '^vulkan: llvmpipe'; then
        verdict skip vulkan "only $(said vulkan | sed -n 's/^vulkan: //p')"
    else
        contestants+=,vulkan
    fi
fi
if [ -n "$twins_job" ]; then
    wait_for_twins() {
        while kill -0 "$twins_job" 2>/dev/null; do sleep 0.2; done
        cat "$work/twins.log"
        [ -x "$work/twins.built" ]
    }
    step twins-build 60 wait_for_twins && twins=$work/twins.built
elif [ -z "$twins" ]; then
    verdict skip twins "no nvcc"
fi
bench() {
    smi clocks.sm,clocks.mem,temperature.gpu,power.draw
    "$bin/egpu-bench" "$@" "${size[@]}" ${peak:+--peak "$peak"} --json "$out/bench.json"
    local status=$?
    smi clocks.sm,clocks.mem,temperature.gpu,power.draw
    return $status
}
step bench 150 bench --adapter "$contestants" ${twins:+--twins "$twins"}
# A contestant that takes the program down must not take our figures with it.
said bench | grep -q 'of a copy' || step bench-alone 60 bench --adapter "$adapter"

export EGPU_ADAPTER=$card
step decode 90 "$bin/decode" "${model[@]}"
unset EGPU_ADAPTER

# PTX and machine code of the kernels of benches and decode step, as this driver compiles them.
kernels=$work/kernels
target=$(said facts | sed -n 's/^capability=\([0-9]*\)\.\([0-9]*\)$/sm_\1\2/p')
registers() {
    mkdir -p "$kernels" &&
        "$bin/egpu" translate "$work/shaders" --target "${target:-sm_80}" -o "$kernels" &&
        "$bin/egpu-first" --adapter "$adapter" --compile "$kernels"
}
disassemble() {
    local file
    for file in "$kernels"/*.cubin; do
        nvdisasm -c "$file" >"${file%.cubin}.sass" || return 1
    done
}
# The second launch of each bench, which is the first that is timed; what memory limits comes first.
profile() {
    local name
    for name in saxpy4 reduce scan softmax histogram matmul nbody collatz; do
        echo "== $name"
        ncu --target-processes all --clock-control none --kernel-name main --launch-skip 1 \
            --launch-count 1 --section SpeedOfLight --section LaunchStats --section Occupancy \
            --section MemoryWorkloadAnalysis \
            "$bin/egpu-bench" --adapter "$adapter" "${size[@]}" --rounds 1 --filter "$name"
    done >>"$kernels/ncu.txt" 2>&1
    grep -E '^==|Duration|Throughput' "$kernels/ncu.txt"
    grep -q 'Duration' "$kernels/ncu.txt"
}
keep() {
    tar -C "$work" -czf "$out/kernels.tar.gz" kernels 2>/dev/null
}
step registers 40 registers
keep
if [ "$adapter" = cuda ]; then
    if command -v nvdisasm >/dev/null; then
        bad=skip step disassembly 30 disassemble
    else
        verdict skip disassembly "no nvdisasm; the machine code is kept"
    fi
    keep
fi

step conformance-sample 60 "$bin/egpu-conformance" --adapter "$adapter" --every $((every * 29)) \
    --threads "$(nproc)"
step programs 60 "$bin/egpu-programs" --adapter "$adapter"
step conformance 150 "$bin/egpu-conformance" --adapter "$adapter" --every "$every" \
    --threads "$(nproc)" --json "$out/conformance.json"
if [ "$adapter" = cuda ]; then
    if command -v ncu >/dev/null; then
        bad=skip step profile 60 profile
        keep
    else
        verdict skip profile "no ncu"
    fi
fi
step approximate-all "$budget" "$bin/egpu-first" --adapter "$adapter" --one-in "$one_in" \
    --only ex2 --only lg2 --only rcp --only rsqrt --only sqrt --only sin --only cos --only tanh
