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
// .visible .entry main(.param .align 16 .b8 args[16])
// .reqntid 8, 1, 1
// {
// 	.reg .pred %p<11>;
// 	.reg .b32 %r<61>;
// 	.reg .b64 %rd<3>;
// 	ld.param.b64 %rd0, [args+0];
// 	ld.param.b32 %r1, [args+8];
// 	sub.u32 %r3, %r1, 4;
// 	shr.u32 %r2, %r3, 2;
// 	mov.u32 %r0, %tid.x;
// 	min.u32 %r4, %r2, %r0;
// 	mul.wide.u32 %rd1, %r4, 4;
// 	add.s64 %rd2, %rd0, %rd1;
// 	ld.global.b32 %r5, [%rd2];
// 	shfl.sync.bfly.b32 %r6, %r5, 4, 31, 255;
// 	add.ftz.f32 %r7, %r5, %r6;
// 	shfl.sync.bfly.b32 %r8, %r7, 2, 31, 255;
// 	add.ftz.f32 %r9, %r7, %r8;
// 	shfl.sync.bfly.b32 %r10, %r9, 1, 31, 255;
// 	add.ftz.f32 %r11, %r9, %r10;
// 	mov.u32 %r12, %laneid;
// 	shfl.sync.up.b32 %r13, %r5, 1, 0, 255;
// 	mul.ftz.f32 %r14, %r13, %r5;
// 	setp.ge.u32 %p0, %r12, 1;
// 	selp.b32 %r15, %r14, %r5, %p0;
// 	shfl.sync.up.b32 %r16, %r15, 2, 0, 255;
// 	mul.ftz.f32 %r17, %r16, %r15;
// 	setp.ge.u32 %p1, %r12, 2;
// 	selp.b32 %r18, %r17, %r15, %p1;
// 	shfl.sync.up.b32 %r19, %r18, 4, 0, 255;
// 	mul.ftz.f32 %r20, %r19, %r18;
// 	setp.ge.u32 %p2, %r12, 4;
// 	selp.b32 %r21, %r20, %r18, %p2;
// 	shfl.sync.up.b32 %r22, %r21, 1, 0, 255;
// 	setp.eq.s32 %p3, %r12, 0;
// 	selp.b32 %r23, 1065353216, %r22, %p3;
// 	setp.gt.ftz.f32 %p4, %r5, 0f00000000;
// 	vote.sync.ballot.b32 %r24, %p4, 255;
// 	xor.b32 %r25, %r24, 255;
// 	@!%p4 bra $if0_end;
// 	add.ftz.f32 %r26, %r11, %r23;
// 	mov.u32 %r27, %lanemask_lt;
// 	and.b32 %r28, %r27, %r24;
// 	bfind.u32 %r29, %r28;
// 	setp.lt.s32 %p5, %r29, 0;
// 	setp.lt.s32 %p6, %r29, 0;
// 	selp.b32 %r30, %r12, %r29, %p6;
// 	shfl.sync.idx.b32 %r31, %r5, %r30, 31, %r24;
// 	shfl.sync.idx.b32 %r32, %r29, %r30, 31, %r24;
// 	add.ftz.f32 %r33, %r31, %r5;
// 	selp.b32 %r34, %r5, %r33, %p6;
// 	selp.b32 %r35, %r29, %r32, %p6;
// 	setp.lt.s32 %p7, %r35, 0;
// 	selp.b32 %r36, %r12, %r35, %p7;
// 	shfl.sync.idx.b32 %r37, %r34, %r36, 31, %r24;
// 	shfl.sync.idx.b32 %r38, %r35, %r36, 31, %r24;
// 	add.ftz.f32 %r39, %r37, %r34;
// 	selp.b32 %r40, %r34, %r39, %p7;
// 	selp.b32 %r41, %r35, %r38, %p7;
// 	setp.lt.s32 %p8, %r41, 0;
// 	selp.b32 %r42, %r12, %r41, %p8;
// 	shfl.sync.idx.b32 %r43, %r40, %r42, 31, %r24;
// 	shfl.sync.idx.b32 %r44, %r41, %r42, 31, %r24;
// 	add.ftz.f32 %r45, %r43, %r40;
// 	selp.b32 %r46, %r40, %r45, %p8;
// 	selp.b32 %r47, %r41, %r44, %p8;
// 	setp.lt.s32 %p9, %r47, 0;
// 	selp.b32 %r48, %r12, %r47, %p9;
// 	shfl.sync.idx.b32 %r49, %r46, %r48, 31, %r24;
// 	shfl.sync.idx.b32 %r50, %r47, %r48, 31, %r24;
// 	add.ftz.f32 %r51, %r49, %r46;
// 	selp.b32 %r52, %r46, %r51, %p9;
// 	selp.b32 %r53, %r47, %r50, %p9;
// 	setp.lt.s32 %p10, %r53, 0;
// 	selp.b32 %r54, %r12, %r53, %p10;
// 	shfl.sync.idx.b32 %r55, %r52, %r54, 31, %r24;
// 	shfl.sync.idx.b32 %r56, %r53, %r54, 31, %r24;
// 	add.ftz.f32 %r57, %r55, %r52;
// 	selp.b32 %r58, %r52, %r57, %p10;
// 	selp.b32 %r59, %r53, %r56, %p10;
// 	add.ftz.f32 %r60, %r26, %r58;
// 	st.global.b32 [%rd2], %r60;
// $if0_end:
// 	ret;
// }
