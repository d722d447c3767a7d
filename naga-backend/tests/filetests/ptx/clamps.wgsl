// test ptx
// What may lie outside is clamped to the last place where all of it fits; what cannot is not.
struct Item { key: u32, value: vec2<f32> }
struct List { count: u32, items: array<Item> }
@group(0) @binding(0) var<storage, read> index: array<u32>;
@group(0) @binding(1) var<storage, read_write> list: List;
@group(0) @binding(2) var<storage, read_write> wide: array<vec4<f32>>;
@group(1) @binding(0) var<uniform> table: array<vec4<u32>, 16>;
@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3<u32>, @builtin(local_invocation_index) local: u32) {
    let i = index[id.x];
    list.items[i].value = wide[i].xy;
    wide[id.x + 1u] = vec4f(f32(table[local & 15u].y));
    if (id.x < arrayLength(&index)) {
        list.items[id.x].key = index[id.x];
    }
    list.items[7].key = list.count;
}

// .version 7.0
// .target sm_80
// .address_size 64
//
// // args+0: @group(0) @binding(0) read_only_storage index
// // args+64: (size - 4 & -4) >> 2
// // args+16: @group(0) @binding(1) storage list
// // args+72: (size - 24 & -8) >> 4
// // args+80: (size - 12 & -4) >> 4
// // args+84: (size - 4 & -4) >> 0
// // args+32: @group(0) @binding(2) storage wide
// // args+68: (size - 8 & -8) >> 4
// // args+76: (size - 16 & -16) >> 0
// // args+48: @group(1) @binding(0) uniform table
// .visible .entry main(.param .align 16 .b8 args[88])
// .reqntid 64, 1, 1
// {
// 	.reg .pred %p<5>;
// 	.reg .b32 %r<28>;
// 	.reg .b64 %rd<18>;
// 	ld.param.b64 %rd0, [args+0];
// 	ld.param.b32 %r4, [args+64];
// 	ld.param.b64 %rd3, [args+32];
// 	ld.param.b32 %r8, [args+68];
// 	ld.param.b64 %rd6, [args+16];
// 	ld.param.b32 %r12, [args+72];
// 	ld.param.b64 %rd9, [args+48];
// 	ld.param.b32 %r18, [args+76];
// 	ld.param.b32 %r21, [args+8];
// 	ld.param.b32 %r23, [args+80];
// 	ld.param.b32 %r26, [args+84];
// 	mov.u32 %r0, %ctaid.x;
// 	mov.u32 %r1, %tid.x;
// 	shl.b32 %r2, %r0, 6;
// 	add.s32 %r3, %r2, %r1;
// 	min.u32 %r5, %r4, %r3;
// 	mul.wide.u32 %rd1, %r5, 4;
// 	add.s64 %rd2, %rd0, %rd1;
// 	ld.global.nc.b32 %r6, [%rd2];
// 	min.u32 %r7, %r6, 268435454;
// 	min.u32 %r9, %r8, %r6;
// 	mul.wide.u32 %rd4, %r9, 16;
// 	add.s64 %rd5, %rd3, %rd4;
// 	ld.global.v2.b32 {%r10, %r11}, [%rd5];
// 	min.u32 %r13, %r12, %r6;
// 	setp.ge.u32 %p0, %r12, %r6;
// 	mul.wide.u32 %rd7, %r13, 16;
// 	add.s64 %rd8, %rd6, %rd7;
// 	@%p0 st.global.v2.b32 [%rd8+16], {%r10, %r11};
// 	and.b32 %r14, %r1, 15;
// 	mul.wide.u32 %rd10, %r14, 16;
// 	add.s64 %rd11, %rd9, %rd10;
// 	ld.global.nc.b32 %r15, [%rd11+4];
// 	cvt.rn.f32.u32 %r16, %r15;
// 	mul.lo.s32 %r17, %r3, 16;
// 	add.s32 %r19, %r17, 16;
// 	min.u32 %r20, %r18, %r19;
// 	setp.ge.u32 %p1, %r18, %r19;
// 	cvt.u64.u32 %rd12, %r20;
// 	add.s64 %rd13, %rd3, %rd12;
// 	@%p1 st.global.v4.b32 [%rd13], {%r16, %r16, %r16, %r16};
// 	shr.u32 %r22, %r21, 2;
// 	setp.lt.u32 %p2, %r3, %r22;
// 	@!%p2 bra $if0_end;
// 	min.u32 %r24, %r23, %r3;
// 	setp.ge.u32 %p3, %r23, %r3;
// 	mul.wide.u32 %rd14, %r24, 16;
// 	add.s64 %rd15, %rd6, %rd14;
// 	@%p3 st.global.b32 [%rd15+8], %r6;
// $if0_end:
// 	ld.global.b32 %r25, [%rd6];
// 	min.u32 %r27, %r26, 120;
// 	setp.ge.u32 %p4, %r26, 120;
// 	cvt.u64.u32 %rd16, %r27;
// 	add.s64 %rd17, %rd6, %rd16;
// 	@%p4 st.global.b32 [%rd17], %r25;
// 	ret;
// }
