// test ptx
// Functions that take more than one instruction.
@group(0) @binding(0) var<storage, read_write> x: array<f32, 64>;
@compute @workgroup_size(64)
fn main(@builtin(local_invocation_index) i: u32) {
    let v = x[i];
    let parts = frexp(v);
    let angle = sin(v) + cos(v);
    let rest = v % 3.0;
    x[i] = ldexp(parts.fract, parts.exp + 1) + angle + rest + fract(v);
}

// .version 7.0
// .target sm_80
// .address_size 64
//
// // args+0: @group(0) @binding(0) storage x
// .visible .entry main(.param .align 16 .b8 args[16])
// .reqntid 64, 1, 1
// {
// 	.reg .pred %p<11>;
// 	.reg .b32 %r<60>;
// 	.reg .b64 %rd<3>;
// 	ld.param.b64 %rd0, [args+0];
// 	mov.u32 %r0, %tid.x;
// 	mul.wide.u32 %rd1, %r0, 4;
// 	add.s64 %rd2, %rd0, %rd1;
// 	ld.global.b32 %r1, [%rd2];
// 	abs.f32 %r2, %r1;
// 	setp.lt.f32 %p0, %r2, 0f00800000;
// 	mul.rn.f32 %r3, %r1, 0f4B800000;
// 	selp.b32 %r4, %r3, %r1, %p0;
// 	setp.gt.f32 %p2, %r2, 0f00000000;
// 	setp.lt.f32 %p3, %r2, 0f7F800000;
// 	and.pred %p1, %p2, %p3;
// 	and.b32 %r5, %r4, -2139095041;
// 	or.b32 %r6, %r5, 1056964608;
// 	selp.b32 %r7, %r6, %r1, %p1;
// 	abs.f32 %r8, %r1;
// 	setp.lt.f32 %p4, %r8, 0f00800000;
// 	mul.rn.f32 %r9, %r1, 0f4B800000;
// 	selp.b32 %r10, %r9, %r1, %p4;
// 	setp.gt.f32 %p6, %r8, 0f00000000;
// 	setp.lt.f32 %p7, %r8, 0f7F800000;
// 	and.pred %p5, %p6, %p7;
// 	bfe.u32 %r11, %r10, 23, 8;
// 	selp.b32 %r12, 150, 126, %p4;
// 	sub.s32 %r13, %r11, %r12;
// 	selp.b32 %r14, %r13, 0, %p5;
// 	mul.ftz.f32 %r15, %r1, 0f3E22F983;
// 	cvt.rni.ftz.f32.f32 %r16, %r15;
// 	fma.rn.ftz.f32 %r17, %r16, 0fC0C90FDB, %r1;
// 	fma.rn.ftz.f32 %r18, %r16, 0f343BBD2E, %r17;
// 	sin.approx.ftz.f32 %r19, %r18;
// 	mul.ftz.f32 %r20, %r1, 0f3E22F983;
// 	cvt.rni.ftz.f32.f32 %r21, %r20;
// 	fma.rn.ftz.f32 %r22, %r21, 0fC0C90FDB, %r1;
// 	fma.rn.ftz.f32 %r23, %r21, 0f343BBD2E, %r22;
// 	cos.approx.ftz.f32 %r24, %r23;
// 	add.ftz.f32 %r25, %r19, %r24;
// 	div.approx.ftz.f32 %r26, %r1, 0f40400000;
// 	cvt.rzi.ftz.f32.f32 %r27, %r26;
// 	neg.f32 %r28, %r27;
// 	fma.rn.ftz.f32 %r29, %r28, 0f40400000, %r1;
// 	copysign.f32 %r33, %r26, 0f3F800000;
// 	sub.rn.ftz.f32 %r35, %r28, %r33;
// 	add.rn.ftz.f32 %r34, %r28, %r33;
// 	fma.rn.ftz.f32 %r36, %r35, 0f40400000, %r1;
// 	fma.rn.ftz.f32 %r37, %r34, 0f40400000, %r1;
// 	abs.f32 %r30, 0f40400000;
// 	setp.lt.ftz.f32 %p8, %r1, 0f00000000;
// 	neg.f32 %r31, %r29;
// 	selp.b32 %r32, %r31, %r29, %p8;
// 	setp.ge.ftz.f32 %p9, %r32, %r30;
// 	setp.lt.ftz.f32 %p10, %r32, 0f00000000;
// 	selp.b32 %r38, %r36, %r29, %p9;
// 	selp.b32 %r39, %r37, %r38, %p10;
// 	add.s32 %r40, %r14, 1;
// 	min.s32 %r41, %r40, 300;
// 	max.s32 %r42, %r41, -300;
// 	shr.s32 %r43, %r42, 2;
// 	mul.lo.s32 %r44, %r43, 3;
// 	sub.s32 %r45, %r42, %r44;
// 	add.s32 %r46, %r43, 127;
// 	shl.b32 %r47, %r46, 23;
// 	add.s32 %r48, %r45, 127;
// 	shl.b32 %r49, %r48, 23;
// 	mul.rn.ftz.f32 %r50, %r7, %r47;
// 	mul.rn.ftz.f32 %r51, %r50, %r47;
// 	mul.rn.ftz.f32 %r52, %r51, %r47;
// 	mul.rn.ftz.f32 %r53, %r52, %r49;
// 	add.ftz.f32 %r54, %r53, %r25;
// 	add.ftz.f32 %r55, %r54, %r39;
// 	cvt.rmi.ftz.f32.f32 %r56, %r1;
// 	sub.ftz.f32 %r57, %r1, %r56;
// 	min.ftz.f32 %r58, %r57, 0f3F7FFFFF;
// 	add.ftz.f32 %r59, %r55, %r58;
// 	st.global.b32 [%rd2], %r59;
// 	ret;
// }
