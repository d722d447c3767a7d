// test ptx
// Old values that nobody reads need only a reduction.
@group(0) @binding(0) var<storage, read_write> x: array<atomic<u32>, 64>;
@group(0) @binding(1) var<storage, read_write> y: array<atomic<i32>>;
var<workgroup> w: atomic<u32>;
@compute @workgroup_size(64)
fn main(@builtin(local_invocation_index) i: u32) {
    atomicAdd(&x[i], 3u);
    atomicSub(&y[i], 4);
    atomicMax(&y[0], -1);
    let old = atomicXor(&w, i);
    let taken = atomicCompareExchangeWeak(&x[old & 63u], 1u, i);
    if (taken.exchanged) {
        atomicStore(&y[i], i32(taken.old_value));
    } else {
        atomicStore(&x[i], atomicLoad(&w) + atomicExchange(&x[1], 5u));
    }
}

// .version 7.0
// .target sm_80
// .address_size 64
//
// // args+0: @group(0) @binding(0) storage x
// // args+16: @group(0) @binding(1) storage y
// // args+32: (size - 4 & -4) >> 2
// .visible .entry main(.param .align 16 .b8 args[36])
// .reqntid 64, 1, 1
// {
// 	.shared .align 16 .b8 w$0[4];
// 	.reg .pred %p<3>;
// 	.reg .b32 %r<10>;
// 	.reg .b64 %rd<8>;
// 	ld.param.b64 %rd0, [args+0];
// 	ld.param.b64 %rd3, [args+16];
// 	ld.param.b32 %r2, [args+32];
// 	mov.u32 %r0, %tid.x;
// 	setp.eq.s32 %p0, %r0, 0;
// 	@!%p0 bra $if0_end;
// 	st.shared.b32 [w$0], 0;
// $if0_end:
// 	bar.sync 0;
// 	mul.wide.u32 %rd1, %r0, 4;
// 	add.s64 %rd2, %rd0, %rd1;
// 	red.global.add.u32 [%rd2], 3;
// 	neg.s32 %r1, 4;
// 	min.u32 %r3, %r2, %r0;
// 	setp.ge.u32 %p1, %r2, %r0;
// 	mul.wide.u32 %rd4, %r3, 4;
// 	add.s64 %rd5, %rd3, %rd4;
// 	@%p1 red.global.add.u32 [%rd5], %r1;
// 	red.global.max.s32 [%rd3], -1;
// 	atom.shared.xor.b32 %r4, [w$0], %r0;
// 	and.b32 %r5, %r4, 63;
// 	mul.wide.u32 %rd6, %r5, 4;
// 	add.s64 %rd7, %rd0, %rd6;
// 	atom.global.cas.b32 %r6, [%rd7], 1, %r0;
// 	setp.eq.s32 %p2, %r6, 1;
// 	@!%p2 bra $if1_else;
// 	@%p1 st.relaxed.gpu.global.b32 [%rd5], %r6;
// 	bra $if1_end;
// $if1_else:
// 	ld.relaxed.cta.shared.b32 %r7, [w$0];
// 	atom.global.exch.b32 %r8, [%rd0+4], 5;
// 	add.s32 %r9, %r7, %r8;
// 	st.relaxed.gpu.global.b32 [%rd2], %r9;
// $if1_end:
// 	ret;
// }
