// test ptx
// Half precision computes in 16 bits where PTX can, and in f32 where only that is accurate.
enable f16;
@group(0) @binding(0) var<storage, read_write> x: array<vec4<f16>>;
@compute @workgroup_size(32)
fn main(@builtin(global_invocation_id) id: vec3<u32>) {
    let v = x[id.x];
    let a = min(v.x * v.y + 1.5h, v.z);
    let b = sqrt(v.x) / v.w;
    x[id.x] = vec4<f16>(a, b, fract(v.y), f16(f32(v.w) * 0.25));
}

// .version 7.0
// .target sm_80
// .address_size 64
//
// // args+0: @group(0) @binding(0) storage x
// // args+16: (size - 8 & -8) >> 3
// .visible .entry main(.param .align 16 .b8 args[20])
// .reqntid 32, 1, 1
// {
// 	.reg .pred %p<1>;
// 	.reg .b16 %h<15>;
// 	.reg .b32 %r<13>;
// 	.reg .b64 %rd<3>;
// 	ld.param.b64 %rd0, [args+0];
// 	ld.param.b32 %r4, [args+16];
// 	mov.u32 %r0, %ctaid.x;
// 	mov.u32 %r1, %tid.x;
// 	shl.b32 %r2, %r0, 5;
// 	add.s32 %r3, %r2, %r1;
// 	min.u32 %r5, %r4, %r3;
// 	mul.wide.u32 %rd1, %r5, 8;
// 	add.s64 %rd2, %rd0, %rd1;
// 	ld.global.v4.b16 {%h0, %h1, %h2, %h3}, [%rd2];
// 	mul.f16 %h4, %h0, %h1;
// 	mov.b16 %h5, 15872;
// 	add.f16 %h6, %h4, %h5;
// 	min.f16 %h7, %h6, %h2;
// 	cvt.f32.f16 %r6, %h0;
// 	sqrt.approx.ftz.f32 %r7, %r6;
// 	cvt.rn.f16.f32 %h8, %r7;
// 	cvt.f32.f16 %r8, %h8;
// 	cvt.f32.f16 %r9, %h3;
// 	div.approx.ftz.f32 %r10, %r8, %r9;
// 	cvt.rn.f16.f32 %h9, %r10;
// 	cvt.rmi.f16.f16 %h10, %h1;
// 	sub.f16 %h11, %h1, %h10;
// 	mov.b16 %h13, 15359;
// 	min.f16 %h12, %h11, %h13;
// 	cvt.f32.f16 %r11, %h3;
// 	mul.ftz.f32 %r12, %r11, 0f3E800000;
// 	cvt.rn.f16.f32 %h14, %r12;
// 	setp.ge.u32 %p0, %r4, %r3;
// 	@%p0 st.global.v4.b16 [%rd2], {%h7, %h9, %h12, %h14};
// 	ret;
// }
