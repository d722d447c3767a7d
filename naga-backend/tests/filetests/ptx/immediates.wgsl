// test ptx
// Immediates stand behind the bindings; the number of workgroups is a special register.
struct I { scale: vec2<f32>, table: array<u32, 4> }
var<immediate> p: I;
@group(0) @binding(0) var<storage, read_write> x: array<f32>;
@compute @workgroup_size(4, 4, 2)
fn main(@builtin(local_invocation_index) i: u32, @builtin(num_workgroups) n: vec3<u32>) {
    x[i] = p.scale.y * f32(p.table[i & 3u] + n.x);
}

// .version 7.0
// .target sm_80
// .address_size 64
//
// // args+0: @group(0) @binding(0) storage x
// // args+40: (size - 4 & -4) >> 2
// // args+16: immediates
// .visible .entry main(.param .align 16 .b8 args[44])
// .reqntid 4, 4, 2
// {
// 	.reg .pred %p<1>;
// 	.reg .b32 %r<15>;
// 	.reg .b64 %rd<6>;
// 	mov.b64 %rd0, args;
// 	ld.param.b64 %rd3, [args+0];
// 	ld.param.b32 %r13, [args+40];
// 	mov.u32 %r0, %tid.z;
// 	mov.u32 %r1, %tid.y;
// 	mad.lo.u32 %r2, %r0, 4, %r1;
// 	mov.u32 %r3, %tid.x;
// 	mad.lo.u32 %r4, %r2, 4, %r3;
// 	mov.u32 %r5, %nctaid.x;
// 	ld.param.b32 %r6, [args+20];
// 	and.b32 %r7, %r4, 3;
// 	shl.b32 %r8, %r7, 2;
// 	cvt.u64.u32 %rd1, %r8;
// 	add.s64 %rd2, %rd0, %rd1;
// 	ld.param.b32 %r9, [%rd2+24];
// 	add.s32 %r10, %r9, %r5;
// 	cvt.rn.f32.u32 %r11, %r10;
// 	mul.ftz.f32 %r12, %r6, %r11;
// 	min.u32 %r14, %r13, %r4;
// 	setp.ge.u32 %p0, %r13, %r4;
// 	mul.wide.u32 %rd4, %r14, 4;
// 	add.s64 %rd5, %rd3, %rd4;
// 	@%p0 st.global.b32 [%rd5], %r12;
// 	ret;
// }
