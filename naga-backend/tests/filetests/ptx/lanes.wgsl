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
// .visible .entry main(.param .align 16 .b8 args[16])
// .reqntid 64, 1, 1
// {
// 	.reg .pred %p<5>;
// 	.reg .b32 %r<38>;
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
// 	redux.sync.add.s32 %r6, %r5, -1;
// 	setp.gt.u32 %p0, %r5, 3;
// 	vote.sync.ballot.b32 %r8, %p0, -1;
// 	xor.b32 %r9, %r8, -1;
// 	@!%p0 bra $if0_else;
// 	redux.sync.add.s32 %r10, %r0, %r8;
// 	add.s32 %r11, %r6, %r10;
// 	mov.b32 %r7, %r11;
// 	bra $if0_end;
// $if0_else:
// 	redux.sync.max.u32 %r12, %r0, %r9;
// 	xor.b32 %r13, %r6, %r12;
// 	mov.b32 %r7, %r13;
// $if0_end:
// 	and.b32 %r14, %r5, 15;
// 	mov.b32 %r16, %r7;
// 	mov.b32 %r17, %r14;
// 	mov.b32 %r18, -1;
// $loop1:
// 	setp.eq.s32 %p1, %r17, 0;
// 	vote.sync.ballot.b32 %r19, %p1, %r18;
// 	xor.b32 %r20, %r19, %r18;
// 	@!%p1 bra $if2_end;
// 	mov.b32 %r15, %r16;
// 	bra $loop1_end;
// $if2_end:
// 	brev.b32 %r21, %r20;
// 	clz.b32 %r22, %r21;
// 	shfl.sync.idx.b32 %r23, %r17, %r22, 31, %r20;
// 	add.s32 %r24, %r16, %r23;
// 	add.s32 %r25, %r17, -1;
// 	mov.b32 %r18, %r20;
// 	mov.b32 %r16, %r24;
// 	mov.b32 %r17, %r25;
// 	bra $loop1;
// $loop1_end:
// 	setp.eq.s32 %p2, %r15, 77;
// 	vote.sync.ballot.b32 %r26, %p2, -1;
// 	xor.b32 %r27, %r26, -1;
// 	@!%p2 bra $if3_end;
// 	ret;
// $if3_end:
// 	redux.sync.min.u32 %r28, %r15, %r27;
// 	add.s32 %r29, %r15, %r28;
// 	setp.gt.u32 %p3, %r5, 5;
// 	vote.sync.ballot.b32 %r31, %p3, %r27;
// 	xor.b32 %r32, %r31, %r27;
// 	@!%p3 bra $if4_else;
// 	setp.eq.s32 %p4, %r5, 9;
// 	vote.sync.ballot.b32 %r33, %p4, %r31;
// 	xor.b32 %r34, %r33, %r31;
// 	@!%p4 bra $if5_end;
// 	ret;
// $if5_end:
// 	add.s32 %r35, %r29, 1;
// 	mov.b32 %r30, %r35;
// 	bra $if4_end;
// $if4_else:
// 	mov.b32 %r30, %r29;
// $if4_end:
// 	activemask.b32 %r36;
// 	redux.sync.or.b32 %r37, %r30, %r36;
// 	st.global.b32 [%rd2], %r37;
// 	ret;
// }
