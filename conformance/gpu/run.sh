#!/usr/bin/env bash
# Everything that only a machine with an NVIDIA GPU can tell, from carried binaries: no Rust and no
# network are needed there. `run.sh --pack DIR` on a machine with Rust gathers what to carry;
# `DIR/run.sh` on the GPU machine runs it and leaves all that was printed in
# DIR/results/DEVICE-DATE/, to be kept under conformance/results/.
#
# Steps, each bounded and none stopping the others: the driver by `egpu doctor`; the assumptions of
# the design that were never seen on silicon (`first` and `sweep`); whole programs and the conformance table on
# `cuda`; benches of the same WGSL on `cuda` and wgpu's Vulkan backend, taking turns; the hand-written
# CUDA twins and cuBLAS on the same buffers. nvcc compiles the twins where it is found; without it
# that step is skipped by name.
set -uo pipefail
here=$(cd "$(dirname "$0")" && pwd)

if [ "${1:-}" = --pack ]; then
    to=${2:?usage: run.sh --pack DIR}
    root=$here/../..
    (cd "$root" && cargo build --release -p egpu -p egpu-conformance) || exit 1
    mkdir -p "$to/twins"
    built=${CARGO_TARGET_DIR:-$root/target}/release
    programs=(egpu egpu-conformance egpu-programs egpu-bench egpu-first)
    for name in "${programs[@]}"; do cp "$built/$name" "$to/"; done
    cp "$here/run.sh" "$to/"
    cp "$here"/first/*.wgsl "$to/"
    cp "$here"/twins/*.cu "$here"/twins/*.h "$to/twins/"
    # Stripped, they fit a small transfer.
    for name in "${programs[@]}"; do strip "$to/$name" 2>/dev/null; done
    du -sh "$to"
    exit 0
fi

# Seconds for everything; the conformance table gets what is left in the end.
budget=${EGPU_GPU_SECONDS:-480}
began=$SECONDS
# To try this script where there is no GPU: `ptx`, the interpreter, with EGPU_GPU_ONE_IN=1000003 and
# EGPU_GPU_SIZE=5. `egpu` does not know it and takes the virtual card.
adapter=${EGPU_GPU_ADAPTER:-cuda}
card=$adapter
[ "$card" != ptx ] || card=virtual
size=${EGPU_GPU_SIZE:-400}
export EGPU_CACHE_DIR=$here/cache EGPU_TIMEOUT=${EGPU_TIMEOUT:-20}
device=$(nvidia-smi --query-gpu=name --format=csv,noheader 2>/dev/null | head -1 | tr -c 'A-Za-z0-9\n' -)
out=${OUT:-$here/results}/${device:-no-gpu}-$(date -u +%Y-%m-%d)
mkdir -p "$out"
failed=()
skipped=()

# step NAME SECONDS COMMAND…: what it prints goes to the screen and to NAME.txt.
step() {
    local name=$1 limit=$2 left=$((budget - (SECONDS - began))) start=$SECONDS
    shift 2
    [ "$limit" -lt "$left" ] || limit=$left
    if [ "$limit" -lt 5 ]; then
        skipped+=("$name: no time left")
        return 1
    fi
    echo "== $name"
    if timeout "$limit" "$@" 2>&1 | tee "$out/$name.txt" | tail -40; then
        echo "== $name: ok, $((SECONDS - start)) s"
    else
        echo "== $name: FAILED"
        failed+=("$name")
        return 1
    fi
}

{
    nvidia-smi || true
    uname -a
    nvcc --version 2>/dev/null || true
} >"$out/machine.txt" 2>&1

step doctor 60 "$here/egpu" doctor --report "$out/doctor-report.txt"
step devices 20 "$here/egpu" devices

# What the design assumes and nobody has seen yet: packed arguments; division by zero and of the most
# negative number; approximate functions; an endless loop, the watchdog, and a new context in the same
# machine afterwards.
first() {
    echo "packed arguments, INT_MIN / -1, x / 0:"
    "$here/egpu" run "$here/division.wgsl" --adapter "$card" --groups 1 \
        --bind 0.0=i32:-2147483648,-2147483648,7,-7 --bind 0.1=i32:-1,0,0,0 \
        --bind 0.2=zeros:32 --print 0.2:i32 || return 1
    echo "an endless loop is a loss with a cause, in bounded time:"
    EGPU_TIMEOUT=3 timeout 60 "$here/egpu" run "$here/endless.wgsl" --adapter "$card" --groups 1 \
        --bind 0.0=zeros:256
    local status=$?
    echo "exit status $status (1 is the answer that is wanted)"
    [ "$status" = 1 ] || return 1
    echo "and the card opens again:"
    "$here/egpu" run "$here/division.wgsl" --adapter "$card" --groups 1 \
        --bind 0.0=i32:6 --bind 0.1=i32:3 --bind 0.2=zeros:8 --print 0.2:i32
}
export -f first
export here card
step first 150 bash -c first
# Two read bindings of one buffer, error 700 and a new context in the same process, and the
# approximate functions on all operands.
step sweep 150 "$here/egpu-first" --adapter "$adapter" --one-in "${EGPU_GPU_ONE_IN:-1}"
step approximate-functions 60 "$here/egpu-conformance" --adapter "$adapter" math
step programs 120 "$here/egpu-programs" --adapter "$adapter"

step bench 150 "$here/egpu-bench" --adapter "$adapter,vulkan" --size-percent "$size" --json "$out/bench.json" ||
    step bench-cuda 120 "$here/egpu-bench" --adapter "$adapter" --size-percent "$size" \
        --json "$out/bench.json"

if command -v nvcc >/dev/null; then
    work=$(mktemp -d)
    twins() {
        local blas=(-DCUBLAS -lcublas)
        [ -e "$(dirname "$(command -v nvcc)")/../include/cublas_v2.h" ] || blas=()
        nvcc -std=c++17 -O3 -arch=native "$here"/twins/*.cu -o "$work/twins" "${blas[@]}" &&
            "$here/egpu-bench" --export "$work/data" --size-percent "$size" &&
            "$work/twins" "$work/data" 7 &&
            "$here/egpu-bench" --verify "$work/data" --size-percent "$size"
    }
    export -f twins
    export work size
    step twins 200 bash -c twins
    rm -rf "$work"
else
    skipped+=("twins: no nvcc")
fi

step conformance 590 "$here/egpu-conformance" --adapter "$adapter" --json "$out/conformance.json"

{
    for what in "${skipped[@]:-}"; do [ -n "$what" ] && echo "skipped: $what"; done
    [ ${#failed[@]} -eq 0 ] && echo "all steps passed" || echo "failed: ${failed[*]}"
    echo "$((SECONDS - began)) s"
} | tee "$out/summary.txt"
[ ${#failed[@]} -eq 0 ]
