// test ptx
// Combinations without an instruction of their own: a butterfly, a ladder, and pointers where the
// last subgroup is not full.
@group(0) @binding(0) var<storage, read_write> x: array<f32>;
var<workgroup> whole: array<f32, 64>;
@compute @workgroup_size(8)
fn main(@builtin(local_invocation_index) i: u32) {
    let total = subgroupAdd(x[i]);
    let before = subgroupExclusiveMul(x[i]);
    if (x[i] > 0.0) {
        x[i] = total + before + subgroupInclusiveAdd(x[i]);
    }
}

// .version 7.0
// .target sm_80
// .address_size 64
//
// // args+0: @group(0) @binding(0) storage x
// // args+16: (size - 4 & -4) >> 2
// .visible .entry main(.param .align 16 .b8 args[20])
// .reqntid 8, 1, 1
// {
// 	.reg .pred %p<12>;
// 	.reg .b32 %r<59>;
// 	.reg .b64 %rd<3>;
// 	ld.param.b64 %rd0, [args+0];
// 	ld.param.b32 %r1, [args+16];
// 	mov.u32 %r0, %tid.x;
// 	min.u32 %r2, %r1, %r0;
// 	mul.wide.u32 %rd1, %r2, 4;
// 	add.s64 %rd2, %rd0, %rd1;
// 	ld.global.b32 %r3, [%rd2];
// 	shfl.sync.bfly.b32 %r4, %r3, 4, 31, 255;
// 	add.ftz.f32 %r5, %r3, %r4;
// 	shfl.sync.bfly.b32 %r6, %r5, 2, 31, 255;
// 	add.ftz.f32 %r7, %r5, %r6;
// 	shfl.sync.bfly.b32 %r8, %r7, 1, 31, 255;
// 	add.ftz.f32 %r9, %r7, %r8;
// 	mov.u32 %r10, %laneid;
// 	shfl.sync.up.b32 %r11, %r3, 1, 0, 255;
// 	mul.ftz.f32 %r12, %r11, %r3;
// 	setp.ge.u32 %p0, %r10, 1;
// 	selp.b32 %r13, %r12, %r3, %p0;
// 	shfl.sync.up.b32 %r14, %r13, 2, 0, 255;
// 	mul.ftz.f32 %r15, %r14, %r13;
// 	setp.ge.u32 %p1, %r10, 2;
// 	selp.b32 %r16, %r15, %r13, %p1;
// 	shfl.sync.up.b32 %r17, %r16, 4, 0, 255;
// 	mul.ftz.f32 %r18, %r17, %r16;
// 	setp.ge.u32 %p2, %r10, 4;
// 	selp.b32 %r19, %r18, %r16, %p2;
// 	shfl.sync.up.b32 %r20, %r19, 1, 0, 255;
// 	setp.eq.s32 %p3, %r10, 0;
// 	selp.b32 %r21, 1065353216, %r20, %p3;
// 	setp.gt.ftz.f32 %p4, %r3, 0f00000000;
// 	vote.sync.ballot.b32 %r22, %p4, 255;
// 	xor.b32 %r23, %r22, 255;
// 	@!%p4 bra $if0_end;
// 	add.ftz.f32 %r24, %r9, %r21;
// 	mov.u32 %r25, %lanemask_lt;
// 	and.b32 %r26, %r25, %r22;
// 	bfind.u32 %r27, %r26;
// 	setp.lt.s32 %p5, %r27, 0;
// 	setp.lt.s32 %p6, %r27, 0;
// 	selp.b32 %r28, %r10, %r27, %p6;
// 	shfl.sync.idx.b32 %r29, %r3, %r28, 31, %r22;
// 	shfl.sync.idx.b32 %r30, %r27, %r28, 31, %r22;
// 	add.ftz.f32 %r31, %r29, %r3;
// 	selp.b32 %r32, %r3, %r31, %p6;
// 	selp.b32 %r33, %r27, %r30, %p6;
// 	setp.lt.s32 %p7, %r33, 0;
// 	selp.b32 %r34, %r10, %r33, %p7;
// 	shfl.sync.idx.b32 %r35, %r32, %r34, 31, %r22;
// 	shfl.sync.idx.b32 %r36, %r33, %r34, 31, %r22;
// 	add.ftz.f32 %r37, %r35, %r32;
// 	selp.b32 %r38, %r32, %r37, %p7;
// 	selp.b32 %r39, %r33, %r36, %p7;
// 	setp.lt.s32 %p8, %r39, 0;
// 	selp.b32 %r40, %r10, %r39, %p8;
// 	shfl.sync.idx.b32 %r41, %r38, %r40, 31, %r22;
// 	shfl.sync.idx.b32 %r42, %r39, %r40, 31, %r22;
// 	add.ftz.f32 %r43, %r41, %r38;
// 	selp.b32 %r44, %r38, %r43, %p8;
// 	selp.b32 %r45, %r39, %r42, %p8;
// 	setp.lt.s32 %p9, %r45, 0;
// 	selp.b32 %r46, %r10, %r45, %p9;
// 	shfl.sync.idx.b32 %r47, %r44, %r46, 31, %r22;
// 	shfl.sync.idx.b32 %r48, %r45, %r46, 31, %r22;
// 	add.ftz.f32 %r49, %r47, %r44;
// 	selp.b32 %r50, %r44, %r49, %p9;
// 	selp.b32 %r51, %r45, %r48, %p9;
// 	setp.lt.s32 %p10, %r51, 0;
// 	selp.b32 %r52, %r10, %r51, %p10;
// 	shfl.sync.idx.b32 %r53, %r50, %r52, 31, %r22;
// 	shfl.sync.idx.b32 %r54, %r51, %r52, 31, %r22;
// 	add.ftz.f32 %r55, %r53, %r50;
// 	selp.b32 %r56, %r50, %r55, %p10;
// 	selp.b32 %r57, %r51, %r54, %p10;
// 	add.ftz.f32 %r58, %r24, %r56;
// 	setp.ge.u32 %p11, %r1, %r0;
// 	@%p11 st.global.b32 [%rd2], %r58;
// $if0_end:
// 	ret;
// }
