// Kernels of the driver's tests, compiled by
//   clang-22 -x cl -cl-std=CL2.0 --target=amdgcn-amd-amdhsa -mcpu=ARCH -nogpulib -O2 \
//     -fuse-ld=lld -Wl,-s -o ARCH.elf kernels.cl
// for gfx1100, gfx1101, gfx1102, gfx1200 and gfx1201.

// out[i] = i * factor + offset
__attribute__((reqd_work_group_size(64, 1, 1)))
kernel void iota(global uint *out, uint factor, uint offset) {
    uint i = __builtin_amdgcn_workgroup_id_x() * 64 + __builtin_amdgcn_workitem_id_x();
    out[i] = i * factor + offset;
}

// data[i] += 1
__attribute__((reqd_work_group_size(64, 1, 1)))
kernel void bump(global uint *data) {
    uint i = __builtin_amdgcn_workgroup_id_x() * 64 + __builtin_amdgcn_workitem_id_x();
    data[i] += 1;
}

// out[group] = number of workgroups, from a hidden argument
__attribute__((reqd_work_group_size(1, 1, 1)))
kernel void grid(global uint *out) {
    constant uint *hidden = (constant uint *)__builtin_amdgcn_implicitarg_ptr();
    out[__builtin_amdgcn_workgroup_id_x()] = hidden[0];
}

// grids[group] = {groups.x, groups.y, groups.z} where the card stored them in the argument block
__attribute__((reqd_work_group_size(1, 1, 1)))
kernel void told(global uint *out, uint x, uint y, uint z) {
    uint group = __builtin_amdgcn_workgroup_id_x() + x * (__builtin_amdgcn_workgroup_id_y()
        + y * __builtin_amdgcn_workgroup_id_z());
    out[group] = x | y << 8 | z << 16;
}

// out[i] through an array on the stack, indexed at run time: scratch
__attribute__((reqd_work_group_size(32, 1, 1)))
kernel void spill(global uint *out, uint step) {
    uint i = __builtin_amdgcn_workgroup_id_x() * 32 + __builtin_amdgcn_workitem_id_x();
    volatile uint table[64];
    for (uint k = 0; k < 64; k++)
        table[(k * step + i) & 63] = k + i;
    uint sum = 0;
    for (uint k = 0; k < 64; k++)
        sum += table[k] * (k + 1);
    out[i] = sum;
}

// Reverses each workgroup's values through LDS.
__attribute__((reqd_work_group_size(64, 1, 1)))
kernel void reverse(global uint *data) {
    local uint tile[64];
    uint l = __builtin_amdgcn_workitem_id_x();
    uint i = __builtin_amdgcn_workgroup_id_x() * 64 + l;
    tile[l] = data[i];
    __builtin_amdgcn_fence(__ATOMIC_RELEASE, "workgroup");
    __builtin_amdgcn_s_barrier();
    __builtin_amdgcn_fence(__ATOMIC_ACQUIRE, "workgroup");
    data[i] = tile[63 - l];
}

// Waits until somebody stores a word other than 0, then passes it on.
__attribute__((reqd_work_group_size(1, 1, 1)))
kernel void await(volatile global uint *flag, global uint *out) {
    uint seen;
    while ((seen = *flag) == 0)
        __builtin_amdgcn_s_sleep(1);
    *out = seen;
}
