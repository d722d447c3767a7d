// test ptx
// More than 48 KiB of workgroup memory is sized at launch.
@group(0) @binding(0) var<storage, read_write> x: array<u32>;
var<workgroup> a: array<u32, 8192>;
var<workgroup> b: array<vec4<u32>, 2048>;
@compute @workgroup_size(256)
fn main(@builtin(local_invocation_index) i: u32) {
    a[i] = x[i];
    b[i] = vec4u(x[i]);
    workgroupBarrier();
    x[i] = a[255u - i] + b[255u - i].z;
}

// .version 7.0
// .target sm_80
// .address_size 64
//
// // args+0: @group(0) @binding(0) storage x
// // args+16: (size - 4 & -4) >> 2
// // workgroup memory: 65536 bytes
// .extern .shared .align 16 .b8 workgroup$[];
// .visible .entry main(.param .align 16 .b8 args[20])
// .reqntid 256, 1, 1
// {
// 	.reg .pred %p<1>;
// 	.reg .b32 %r<19>;
// 	.reg .b64 %rd<3>;
// 	mov.b32 %r2, workgroup$;
// 	mov.b32 %r4, workgroup$;
// 	ld.param.b64 %rd0, [args+0];
// 	ld.param.b32 %r7, [args+16];
// 	mov.u32 %r0, %tid.x;
// 	shl.b32 %r1, %r0, 4;
// 	add.s32 %r3, %r2, %r1;
// 	st.shared.v4.b32 [%r3], {0, 0, 0, 0};
// 	st.shared.v4.b32 [%r3+4096], {0, 0, 0, 0};
// 	st.shared.v4.b32 [%r3+8192], {0, 0, 0, 0};
// 	st.shared.v4.b32 [%r3+12288], {0, 0, 0, 0};
// 	st.shared.v4.b32 [%r3+16384], {0, 0, 0, 0};
// 	st.shared.v4.b32 [%r3+20480], {0, 0, 0, 0};
// 	st.shared.v4.b32 [%r3+24576], {0, 0, 0, 0};
// 	st.shared.v4.b32 [%r3+28672], {0, 0, 0, 0};
// 	add.s32 %r5, %r4, %r1;
// 	st.shared.v4.b32 [%r5+32768], {0, 0, 0, 0};
// 	st.shared.v4.b32 [%r5+36864], {0, 0, 0, 0};
// 	st.shared.v4.b32 [%r5+40960], {0, 0, 0, 0};
// 	st.shared.v4.b32 [%r5+45056], {0, 0, 0, 0};
// 	st.shared.v4.b32 [%r5+49152], {0, 0, 0, 0};
// 	st.shared.v4.b32 [%r5+53248], {0, 0, 0, 0};
// 	st.shared.v4.b32 [%r5+57344], {0, 0, 0, 0};
// 	st.shared.v4.b32 [%r5+61440], {0, 0, 0, 0};
// 	bar.sync 0;
// 	shl.b32 %r6, %r0, 2;
// 	min.u32 %r8, %r7, %r0;
// 	mul.wide.u32 %rd1, %r8, 4;
// 	add.s64 %rd2, %rd0, %rd1;
// 	ld.global.b32 %r9, [%rd2];
// 	add.s32 %r10, %r2, %r6;
// 	st.shared.b32 [%r10], %r9;
// 	st.shared.v4.b32 [%r5+32768], {%r9, %r9, %r9, %r9};
// 	bar.sync 0;
// 	sub.s32 %r11, 255, %r0;
// 	shl.b32 %r12, %r11, 2;
// 	add.s32 %r13, %r2, %r12;
// 	ld.shared.b32 %r14, [%r13];
// 	shl.b32 %r15, %r11, 4;
// 	add.s32 %r16, %r4, %r15;
// 	ld.shared.b32 %r17, [%r16+32776];
// 	add.s32 %r18, %r14, %r17;
// 	setp.ge.u32 %p0, %r7, %r0;
// 	@%p0 st.global.b32 [%rd2], %r18;
// 	ret;
// }
