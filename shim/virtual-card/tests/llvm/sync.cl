// Communication between workgroups, as far as the memory model promises it.
typedef unsigned int u32;
#define LID __builtin_amdgcn_workitem_id_x()
#define WG __builtin_amdgcn_workgroup_id_x()

static void sync(void) {
    __builtin_amdgcn_fence(__ATOMIC_RELEASE, "workgroup");
    __builtin_amdgcn_s_barrier();
    __builtin_amdgcn_fence(__ATOMIC_ACQUIRE, "workgroup");
}

// Workgroup 0 sends, the others receive. They have seen the old data before.
__kernel __attribute__((reqd_work_group_size(64, 1, 1)))
void message(__global u32 *data, __global u32 *flag, __global u32 *out) {
    if (WG == 0) {
        data[LID] = LID * 3 + 7;
        sync();
        if (LID == 0)
            __scoped_atomic_store_n(flag, 1, __ATOMIC_RELEASE, __MEMORY_SCOPE_DEVICE);
    } else {
        u32 before = __scoped_atomic_load_n(&data[LID], __ATOMIC_RELAXED, __MEMORY_SCOPE_WRKGRP);
        while (__scoped_atomic_load_n(flag, __ATOMIC_ACQUIRE, __MEMORY_SCOPE_DEVICE) == 0) {}
        out[(WG - 1) * 128 + LID] = data[LID];
        out[(WG - 1) * 128 + 64 + LID] = before;
    }
}

// Each workgroup adds its part and the last one to finish sums up.
__kernel __attribute__((reqd_work_group_size(64, 1, 1)))
void last_sums(__global u32 *parts, __global u32 *count, __global u32 *out, u32 groups) {
    __local u32 last;
    parts[WG * 64 + LID] = WG * 1000 + LID;
    sync();
    if (LID == 0) {
        u32 n = __scoped_atomic_fetch_add(count, 1, __ATOMIC_ACQ_REL, __MEMORY_SCOPE_DEVICE);
        last = n == groups - 1;
    }
    sync();
    if (last) {
        __builtin_amdgcn_fence(__ATOMIC_ACQUIRE, "agent");
        u32 sum = 0;
        for (u32 g = 0; g < groups; ++g) sum += parts[g * 64 + LID];
        out[LID] = sum;
    }
}

// Reads its input through the scalar cache.
__kernel __attribute__((reqd_work_group_size(64, 1, 1)))
void scaled(__global u32 *out, __constant u32 *factor) {
    out[WG * 64 + LID] = factor[0] * LID;
}
