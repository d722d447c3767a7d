// test ptx
// Masks of subgroup operations: all lanes, those of a branch, those that a loop still has, and
// what the hardware holds together where nobody can know.
@group(0) @binding(0) var<storage, read_write> x: array<u32>;
@compute @workgroup_size(64)
fn main(@builtin(local_invocation_index) i: u32) {
    var sum = subgroupAdd(x[i]);
    if (x[i] > 3u) {
        sum += subgroupAdd(i);
    } else {
        sum ^= subgroupMax(i);
    }
    var n = x[i] & 15u;
    loop {
        if (n == 0u) { break; }
        sum += subgroupBroadcastFirst(n);
        n -= 1u;
    }
    if (sum == 77u) { return; }
    sum += subgroupMin(sum);
    if (x[i] > 5u) {
        if (x[i] == 9u) { return; }
        sum += 1u;
    }
    x[i] = subgroupOr(sum);
}

// .version 7.0
// .target sm_80
// .address_size 64
//
// // args+0: @group(0) @binding(0) storage x
// // args+16: (size - 4 & -4) >> 2
// .visible .entry main(.param .align 16 .b8 args[20])
// .reqntid 64, 1, 1
// {
// 	.reg .pred %p<6>;
// 	.reg .b32 %r<36>;
// 	.reg .b64 %rd<3>;
// 	ld.param.b64 %rd0, [args+0];
// 	ld.param.b32 %r1, [args+16];
// 	mov.u32 %r0, %tid.x;
// 	min.u32 %r2, %r1, %r0;
// 	mul.wide.u32 %rd1, %r2, 4;
// 	add.s64 %rd2, %rd0, %rd1;
// 	ld.global.b32 %r3, [%rd2];
// 	redux.sync.add.s32 %r4, %r3, -1;
// 	setp.gt.u32 %p0, %r3, 3;
// 	vote.sync.ballot.b32 %r6, %p0, -1;
// 	xor.b32 %r7, %r6, -1;
// 	@!%p0 bra $if0_else;
// 	redux.sync.add.s32 %r8, %r0, %r6;
// 	add.s32 %r9, %r4, %r8;
// 	mov.b32 %r5, %r9;
// 	bra $if0_end;
// $if0_else:
// 	redux.sync.max.u32 %r10, %r0, %r7;
// 	xor.b32 %r11, %r4, %r10;
// 	mov.b32 %r5, %r11;
// $if0_end:
// 	and.b32 %r12, %r3, 15;
// 	mov.b32 %r14, %r5;
// 	mov.b32 %r15, %r12;
// 	mov.b32 %r16, -1;
// $loop1:
// 	setp.eq.s32 %p1, %r15, 0;
// 	vote.sync.ballot.b32 %r17, %p1, %r16;
// 	xor.b32 %r18, %r17, %r16;
// 	@!%p1 bra $if2_end;
// 	mov.b32 %r13, %r14;
// 	bra $loop1_end;
// $if2_end:
// 	brev.b32 %r19, %r18;
// 	clz.b32 %r20, %r19;
// 	shfl.sync.idx.b32 %r21, %r15, %r20, 31, %r18;
// 	add.s32 %r22, %r14, %r21;
// 	add.s32 %r23, %r15, -1;
// 	mov.b32 %r16, %r18;
// 	mov.b32 %r14, %r22;
// 	mov.b32 %r15, %r23;
// 	bra $loop1;
// $loop1_end:
// 	setp.eq.s32 %p2, %r13, 77;
// 	vote.sync.ballot.b32 %r24, %p2, -1;
// 	xor.b32 %r25, %r24, -1;
// 	@!%p2 bra $if3_end;
// 	ret;
// $if3_end:
// 	redux.sync.min.u32 %r26, %r13, %r25;
// 	add.s32 %r27, %r13, %r26;
// 	setp.gt.u32 %p3, %r3, 5;
// 	vote.sync.ballot.b32 %r29, %p3, %r25;
// 	xor.b32 %r30, %r29, %r25;
// 	@!%p3 bra $if4_else;
// 	setp.eq.s32 %p4, %r3, 9;
// 	vote.sync.ballot.b32 %r31, %p4, %r29;
// 	xor.b32 %r32, %r31, %r29;
// 	@!%p4 bra $if5_end;
// 	ret;
// $if5_end:
// 	add.s32 %r33, %r27, 1;
// 	mov.b32 %r28, %r33;
// 	bra $if4_end;
// $if4_else:
// 	mov.b32 %r28, %r27;
// $if4_end:
// 	activemask.b32 %r34;
// 	redux.sync.or.b32 %r35, %r28, %r34;
// 	setp.ge.u32 %p5, %r1, %r0;
// 	@%p5 st.global.b32 [%rd2], %r35;
// 	ret;
// }
