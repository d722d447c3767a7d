// test ptx
// A loop whose carried values change places, a `switch` with a shared case, an early end.
var<private> seen: array<u32, 7>;
@group(0) @binding(0) var<storage, read_write> x: array<u32, 64>;
@compute @workgroup_size(64)
fn main(@builtin(local_invocation_index) i: u32) {
    var a = x[i];
    var b = i;
    while (a != b) {
        if (a == 100u) { return; }
        let t = a;
        a = b;
        b = t;
        if (x[b & 63u] == 0u) { continue; }
        seen[b % 7u] += 1u;
        b += 1u;
    }
    switch (a & 3u) {
        case 0u: { b = 1u; }
        case 1u, 2u: { b = seen[a % 7u]; }
        default: {}
    }
    x[i] = (b << (a & 7u)) + (a >> b);
}

// .version 7.0
// .target sm_80
// .address_size 64
//
// // args+0: @group(0) @binding(0) storage x
// .visible .entry main(.param .align 16 .b8 args[16])
// .reqntid 64, 1, 1
// {
// 	.reg .pred %p<20>;
// 	.reg .b32 %r<70>;
// 	.reg .b64 %rd<5>;
// 	ld.param.b64 %rd0, [args+0];
// 	mov.u32 %r0, %tid.x;
// 	mul.wide.u32 %rd1, %r0, 4;
// 	add.s64 %rd2, %rd0, %rd1;
// 	ld.global.b32 %r1, [%rd2];
// 	mov.b32 %r11, 0;
// 	mov.b32 %r12, 0;
// 	mov.b32 %r13, 0;
// 	mov.b32 %r14, 0;
// 	mov.b32 %r15, 0;
// 	mov.b32 %r16, 0;
// 	mov.b32 %r17, 0;
// 	mov.b32 %r18, %r1;
// 	mov.b32 %r19, %r0;
// $loop0:
// 	setp.ne.s32 %p0, %r18, %r19;
// 	@%p0 bra $if1_end;
// 	mov.b32 %r2, %r11;
// 	mov.b32 %r3, %r12;
// 	mov.b32 %r4, %r13;
// 	mov.b32 %r5, %r14;
// 	mov.b32 %r6, %r15;
// 	mov.b32 %r7, %r16;
// 	mov.b32 %r8, %r17;
// 	mov.b32 %r9, %r18;
// 	mov.b32 %r10, %r19;
// 	bra $loop0_end;
// $if1_end:
// 	setp.eq.s32 %p1, %r18, 100;
// 	@!%p1 bra $if2_end;
// 	ret;
// $if2_end:
// 	and.b32 %r20, %r18, 63;
// 	mul.wide.u32 %rd3, %r20, 4;
// 	add.s64 %rd4, %rd0, %rd3;
// 	ld.global.b32 %r21, [%rd4];
// 	setp.eq.s32 %p2, %r21, 0;
// 	@!%p2 bra $if3_end;
// 	mov.b32 %r22, %r18;
// 	mov.b32 %r18, %r19;
// 	mov.b32 %r19, %r22;
// 	bra $loop0;
// $if3_end:
// 	mul.hi.u32 %r23, %r18, 613566757;
// 	sub.s32 %r24, %r18, %r23;
// 	shr.u32 %r25, %r24, 1;
// 	add.s32 %r26, %r25, %r23;
// 	shr.u32 %r27, %r26, 2;
// 	mul.lo.s32 %r28, %r27, 7;
// 	sub.s32 %r29, %r18, %r28;
// 	min.u32 %r30, %r29, 6;
// 	shl.b32 %r31, %r30, 2;
// 	setp.eq.s32 %p3, %r31, 20;
// 	selp.b32 %r32, %r16, %r17, %p3;
// 	setp.eq.s32 %p4, %r31, 16;
// 	selp.b32 %r33, %r15, %r32, %p4;
// 	setp.eq.s32 %p5, %r31, 12;
// 	selp.b32 %r34, %r14, %r33, %p5;
// 	setp.eq.s32 %p6, %r31, 8;
// 	selp.b32 %r35, %r13, %r34, %p6;
// 	setp.eq.s32 %p7, %r31, 4;
// 	selp.b32 %r36, %r12, %r35, %p7;
// 	setp.eq.s32 %p8, %r31, 0;
// 	selp.b32 %r37, %r11, %r36, %p8;
// 	add.s32 %r38, %r37, 1;
// 	selp.b32 %r39, %r38, %r11, %p8;
// 	selp.b32 %r40, %r38, %r12, %p7;
// 	selp.b32 %r41, %r38, %r13, %p6;
// 	selp.b32 %r42, %r38, %r14, %p5;
// 	selp.b32 %r43, %r38, %r15, %p4;
// 	selp.b32 %r44, %r38, %r16, %p3;
// 	setp.eq.s32 %p9, %r31, 24;
// 	selp.b32 %r45, %r38, %r17, %p9;
// 	add.s32 %r46, %r18, 1;
// 	mov.b32 %r11, %r39;
// 	mov.b32 %r12, %r40;
// 	mov.b32 %r13, %r41;
// 	mov.b32 %r14, %r42;
// 	mov.b32 %r15, %r43;
// 	mov.b32 %r16, %r44;
// 	mov.b32 %r17, %r45;
// 	mov.b32 %r18, %r19;
// 	mov.b32 %r19, %r46;
// 	bra $loop0;
// $loop0_end:
// 	and.b32 %r47, %r9, 3;
// 	setp.eq.s32 %p10, %r47, 0;
// 	@!%p10 bra $if4_else;
// 	mov.b32 %r48, 1;
// 	bra $if4_end;
// $if4_else:
// 	setp.eq.s32 %p11, %r47, 1;
// 	setp.eq.s32 %p12, %r47, 2;
// 	or.pred %p13, %p11, %p12;
// 	@!%p13 bra $if5_else;
// 	mul.hi.u32 %r50, %r9, 613566757;
// 	sub.s32 %r51, %r9, %r50;
// 	shr.u32 %r52, %r51, 1;
// 	add.s32 %r53, %r52, %r50;
// 	shr.u32 %r54, %r53, 2;
// 	mul.lo.s32 %r55, %r54, 7;
// 	sub.s32 %r56, %r9, %r55;
// 	min.u32 %r57, %r56, 6;
// 	shl.b32 %r58, %r57, 2;
// 	setp.eq.s32 %p14, %r58, 20;
// 	selp.b32 %r59, %r7, %r8, %p14;
// 	setp.eq.s32 %p15, %r58, 16;
// 	selp.b32 %r60, %r6, %r59, %p15;
// 	setp.eq.s32 %p16, %r58, 12;
// 	selp.b32 %r61, %r5, %r60, %p16;
// 	setp.eq.s32 %p17, %r58, 8;
// 	selp.b32 %r62, %r4, %r61, %p17;
// 	setp.eq.s32 %p18, %r58, 4;
// 	selp.b32 %r63, %r3, %r62, %p18;
// 	setp.eq.s32 %p19, %r58, 0;
// 	selp.b32 %r64, %r2, %r63, %p19;
// 	mov.b32 %r49, %r64;
// 	bra $if5_end;
// $if5_else:
// 	mov.b32 %r49, %r10;
// $if5_end:
// 	mov.b32 %r48, %r49;
// $if4_end:
// 	and.b32 %r65, %r9, 7;
// 	shl.b32 %r66, %r48, %r65;
// 	and.b32 %r67, %r48, 31;
// 	shr.u32 %r68, %r9, %r67;
// 	add.s32 %r69, %r66, %r68;
// 	st.global.b32 [%rd2], %r69;
// 	ret;
// }
