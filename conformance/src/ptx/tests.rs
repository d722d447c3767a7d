//! What the interpreter makes of single instructions and of lanes that part and meet.

use super::{FaultKind, Launch, Module, Regions};

const OUT: u64 = 0x1_0000;

/// A kernel of one workgroup whose body may use `%rd0`, the address of `out`, and writes a word for
/// each lane: `%r0` at `out + 4 * tid`.
fn kernel(threads: u32, declarations: &str, body: &str) -> String {
    format!(
        ".version 7.0\n.target sm_80\n.address_size 64\n\
         .visible .entry main(.param .align 16 .b8 args[16])\n.reqntid {threads}, 1, 1\n{{\n\
         .reg .pred %p<8>;\n.reg .b16 %h<8>;\n.reg .b32 %r<16>;\n.reg .b64 %rd<8>;\n\
         {declarations}\n\
         ld.param.u64 %rd0, [args];\n\
         {body}\n\
         mov.u32 %r15, %tid.x;\n\
         mul.wide.u32 %rd7, %r15, 4;\n\
         add.s64 %rd7, %rd0, %rd7;\n\
         st.global.b32 [%rd7], %r0;\n\
         ret;\n}}\n"
    )
}

fn run_with(
    text: &str,
    threads: u32,
    launch: impl FnOnce(&mut Launch<'_>),
) -> Result<Vec<u32>, FaultKind> {
    let module = Module::parse(text).unwrap_or_else(|error| panic!("{error}\n{text}"));
    let mut memory = Regions::default();
    memory.insert(OUT, vec![0xee; 4 * threads as usize]);
    let mut parameters = [0; 16];
    parameters[..8].copy_from_slice(&OUT.to_le_bytes());
    let mut how = Launch {
        parameters: &parameters,
        limit: Some(10_000_000),
        ..Launch::new([1; 3])
    };
    launch(&mut how);
    module.entries[0]
        .launch(&mut memory, &how)
        .map_err(|fault| fault.kind)?;
    let bytes = memory.remove(OUT).expect("it was put there");
    Ok(bytes
        .chunks_exact(4)
        .map(|word| u32::from_le_bytes([word[0], word[1], word[2], word[3]]))
        .collect())
}

fn run(threads: u32, body: &str) -> Result<Vec<u32>, FaultKind> {
    run_with(&kernel(threads, "", body), threads, |_| {})
}

/// The word of lane 0.
fn one(body: &str) -> u32 {
    run(1, body).expect(body)[0]
}

#[test]
fn integer_instructions_by_the_document() {
    for (body, want) in [
        ("mov.b32 %r1, -7; div.s32 %r0, %r1, 2;", -3i32 as u32),
        ("mov.b32 %r1, -7; rem.s32 %r0, %r1, 2;", -1i32 as u32),
        (
            "mov.b32 %r1, 0x80000000; mul.hi.s32 %r0, %r1, %r1;",
            0x4000_0000,
        ),
        ("mov.b32 %r1, 1; shl.b32 %r0, %r1, 40;", 0),
        ("mov.b32 %r1, -8; shr.s32 %r0, %r1, 40;", !0),
        ("mov.b32 %r1, 0xf0; bfe.u32 %r0, %r1, 4, 8;", 0xf),
        ("mov.b32 %r1, 0xf0; bfe.s32 %r0, %r1, 4, 4;", !0),
        ("mov.b32 %r1, 0; bfind.u32 %r0, %r1;", !0),
        ("mov.b32 %r1, -2; bfind.s32 %r0, %r1;", 0),
        ("mov.b32 %r1, 0x100; bfind.shiftamt.u32 %r0, %r1;", 23),
        (
            "mov.b32 %r1, 0x12345678; prmt.b32 %r0, %r1, 0, 0x0123;",
            0x7856_3412,
        ),
        ("mov.b32 %r1, 0x80; prmt.b32 %r0, %r1, 0, 0x8888;", !0),
        (
            "mov.b32 %r1, 0xf; mov.b32 %r2, 1; shf.r.wrap.b32 %r0, %r1, %r2, 33;",
            0x8000_0007,
        ),
        (
            "mov.b32 %r1, 0x01ff7f80; dp4a.s32.s32 %r0, %r1, %r1, 5;",
            5 + 16384 + 16129 + 1 + 1,
        ),
        (
            "mov.b32 %r1, 12; mov.b32 %r2, 3; bfi.b32 %r0, %r2, %r1, 31, 8;",
            0x8000_000c,
        ),
        (
            "mov.b32 %r1, 7; mov.b32 {%h0, %h1}, %r1; cvt.s32.s16 %r0, %h0;",
            7,
        ),
        (
            "mov.b32 %r1, 0x8000; cvt.u16.u32 %h0, %r1; cvt.s32.s16 %r0, %h0;",
            0xffff_8000,
        ),
        (
            "mov.b32 %r1, 300; mov.b32 %r2, -5; cvt.pack.sat.u8.s32.b32 %r0, %r1, %r2, 0;",
            0xff00,
        ),
    ] {
        assert_eq!(one(body), want, "{body}");
    }
}

#[test]
fn float_instructions_by_the_document() {
    for (body, want) in [
        ("mov.b32 %r1, 1; add.ftz.f32 %r0, %r1, 0f00000000;", 0),
        ("mov.b32 %r1, 1; add.f32 %r0, %r1, 0f00000000;", 1),
        (
            "mov.b32 %r1, 0x7fc00000; min.f32 %r0, %r1, 0f3F800000;",
            0x3f80_0000,
        ),
        ("mov.b32 %r1, 0x80000000; max.f32 %r0, %r1, 0f00000000;", 0),
        (
            "mov.b32 %r1, 0x7fc00001; mul.f32 %r0, %r1, 0f3F800000;",
            0x7fff_ffff,
        ),
        ("mov.b32 %r1, 0x7fc00000; cvt.rzi.s32.f32 %r0, %r1;", 0),
        (
            "mov.b32 %r1, 0x7fc00000; cvt.rzi.u64.f32 %rd1, %r1; mov.b64 {%r1, %r0}, %rd1;",
            0x8000_0000,
        ),
        (
            "mov.b64 %rd1, 0x7ff8000000000000; cvt.rzi.s32.f64 %r0, %rd1;",
            0x8000_0000,
        ),
        (
            "mov.b32 %r1, 0x4f800000; cvt.rzi.s32.f32 %r0, %r1;",
            0x7fff_ffff,
        ),
        ("mov.b32 %r1, 0xbf800000; cvt.rzi.u32.f32 %r0, %r1;", 0),
        (
            "mov.b32 %r1, 0x40200000; cvt.rni.f32.f32 %r0, %r1;",
            0x4000_0000,
        ),
        (
            "mov.b32 %r1, 0x40000000; rcp.approx.ftz.f32 %r0, %r1;",
            0x3f00_0000,
        ),
        (
            "mov.b32 %r1, 0x7e800001; div.approx.f32 %r0, 0f3F800000, %r1;",
            0,
        ),
        ("mov.b32 %r1, -1; cvt.rn.f32.u32 %r0, %r1;", 0x4f80_0000),
        (
            "mov.b32 %r1, 0x3f800000; cvt.rn.f16.f32 %h0, %r1; fma.rn.f16 %h0, %h0, %h0, %h0; \
          cvt.f32.f16 %r0, %h0;",
            0x4000_0000,
        ),
    ] {
        assert_eq!(one(body), want, "{body}");
    }
}

#[test]
fn rounding_of_f16_products_and_sums_is_one() {
    // 1.0009765625² + 2⁻²⁴ lies just above the tie between two f16.
    let [a, c] = [0x3c01u64, 0x0001];
    assert_eq!(super::float::fma16(a, a, c), 0x3c02);
    assert_eq!(super::float::fma16(a, a, 0x8001), 0x3c02);
    // The tie itself goes to even: 1 + 2⁻¹¹.
    assert_eq!(super::float::add16(0x3c00, 0x1000), 0x3c00);
    assert_eq!(super::float::fma16(0x3c00, 0x1000, 0x3c00), 0x3c00);
}

#[test]
fn approximations_stay_within_the_documents_bounds() {
    let body = "mov.u32 %r1, %tid.x; cvt.rn.f32.u32 %r1, %r1; add.f32 %r1, %r1, 0f3DCCCCCD; \
                sin.approx.ftz.f32 %r0, %r1;";
    let text = kernel(6, "", body);
    let exact = run_with(&text, 6, |_| {}).expect("it runs");
    let mut moved = 0;
    for seed in 1..50 {
        let got = run_with(&text, 6, |launch| launch.seed = seed).expect("it runs");
        for (got, exact) in got.iter().zip(&exact) {
            let error = f64::from(f32::from_bits(*got)) - f64::from(f32::from_bits(*exact));
            assert!(error.abs() <= 7e-7, "{error}");
            moved += u32::from(got != exact);
        }
        assert_eq!(Ok(got), run_with(&text, 6, |launch| launch.seed = seed));
    }
    assert!(moved > 100, "{moved}");
}

#[test]
fn lanes_part_and_meet() {
    // Odd lanes go one way; all of them vote afterwards.
    let body = "mov.u32 %r1, %tid.x; and.b32 %r2, %r1, 1; setp.eq.s32 %p1, %r2, 1; \
                mov.b32 %r3, 10; @%p1 bra $odd; mov.b32 %r3, 20; bra $end; \
                $odd: activemask.b32 %r4; add.s32 %r3, %r3, %r1; \
                $end: setp.gt.s32 %p2, %r3, 15; vote.sync.ballot.b32 %r0, %p2, -1;";
    let want = (0..32u32).fold(0, |m, l| m | u32::from(l % 2 == 0 || 10 + l > 15) << l);
    assert_eq!(run(32, body), Ok(vec![want; 32]));
}

#[test]
fn every_lane_makes_progress() {
    // Lane 0 waits at a lower place for what lane 1 does later in the text.
    let body = "mov.u32 %r1, %tid.x; setp.eq.s32 %p1, %r1, 0; mov.b32 %r0, 5; \
                @!%p1 bra $other; \
                $spin: ld.relaxed.gpu.global.b32 %r2, [%rd0+4]; setp.ne.s32 %p2, %r2, 6; \
                @%p2 bra $spin; bra $end; \
                $other: st.relaxed.gpu.global.b32 [%rd0+4], 6; \
                $end: add.s32 %r0, %r0, 1;";
    assert_eq!(run(2, body), Ok(vec![6, 6]));
}

#[test]
fn warps_exchange_through_workgroup_memory() {
    let text = kernel(
        96,
        ".shared .align 16 .b8 W[384];",
        "mov.u32 %r1, %tid.x; shl.b32 %r2, %r1, 2; mov.u32 %r3, W; add.u32 %r3, %r3, %r2; \
         st.shared.b32 [%r3], %r1; bar.sync 0; sub.s32 %r4, 95, %r1; shl.b32 %r4, %r4, 2; \
         ld.shared.b32 %r0, [%r4];",
    );
    let want: Vec<u32> = (0..96).rev().collect();
    assert_eq!(run_with(&text, 96, |_| {}), Ok(want));
}

#[test]
fn warps_that_are_gone_are_not_waited_for() {
    let body = "mov.u32 %r1, %tid.x; mov.b32 %r0, 1; setp.ge.u32 %p1, %r1, 32; @%p1 ret; \
                bar.sync 0;";
    let got = run(64, body).expect("it ends");
    assert_eq!((got[0], got[63]), (1, 0xeeee_eeee));
}

#[test]
fn shuffles_by_the_document() {
    for (instruction, want) in [
        ("shfl.sync.up.b32 %r0|%p1, %r1, 1, 0, -1;", [0, 0, 1]),
        ("shfl.sync.down.b32 %r0|%p1, %r1, 1, 31, -1;", [1, 2, 3]),
        ("shfl.sync.bfly.b32 %r0|%p1, %r1, 2, 31, -1;", [2, 3, 0]),
        ("shfl.sync.idx.b32 %r0|%p1, %r1, 3, 31, -1;", [3, 3, 3]),
        // Segments of four lanes.
        ("shfl.sync.idx.b32 %r0|%p1, %r1, 1, 0x1c03, -1;", [1, 1, 1]),
    ] {
        let got = run(32, &format!("mov.u32 %r1, %laneid; {instruction}")).expect(instruction);
        assert_eq!(got[..3], want, "{instruction}");
        if instruction.contains("0x1c03") {
            assert_eq!(got[30], 29);
        }
    }
}

#[test]
fn a_lane_that_is_not_there_gives_some_value() {
    let body = "mov.u32 %r1, %laneid; shfl.sync.idx.b32 %r0, %r1, 31, 31, 3;";
    let got = run(2, body).expect("it ends");
    assert!(got.iter().all(|&word| word > 31), "{got:?}");
}

#[test]
fn what_the_document_leaves_undefined_is_an_error() {
    let deadlock = |kind: &FaultKind| matches!(kind, FaultKind::Deadlock { .. });
    let undefined = |kind: &FaultKind| matches!(kind, FaultKind::Undefined(_));
    let poison = |kind: &FaultKind| matches!(kind, FaultKind::Uninitialised(_));
    let outside = |kind: &FaultKind| matches!(kind, FaultKind::OutOfBounds { .. });
    let misaligned = |kind: &FaultKind| matches!(kind, FaultKind::Misaligned { .. });
    type Is<'a> = &'a dyn Fn(&FaultKind) -> bool;
    let split = "mov.u32 %r1, %tid.x; mov.b32 %r0, 0; setp.eq.s32 %p1, %r1, 0; ";
    for (body, is) in [
        ("add.s32 %r0, %r1, 1;".to_owned(), &poison as Is<'_>),
        ("@%p0 mov.b32 %r0, 1;".into(), &poison),
        ("ld.global.b32 %r0, [%rd0+256];".into(), &outside),
        ("ld.global.b32 %r0, [%rd0+2];".into(), &misaligned),
        ("ld.global.v2.b32 {%r0, %r1}, [%rd0+4];".into(), &misaligned),
        ("ld.param.b32 %r0, [args+16];".into(), &outside),
        (
            format!("{split} @%p1 bar.sync 0; @!%p1 bar.sync 0;"),
            &undefined,
        ),
        (
            format!("{split} @%p1 bra $a; bar.sync 0; bra $b; $a: bar.warp.sync -1; $b:"),
            &deadlock,
        ),
        (
            format!("{split} @%p1 vote.sync.any.pred %p2, %p1, 2;"),
            &undefined,
        ),
        ("trap;".into(), &|kind: &FaultKind| *kind == FaultKind::Trap),
        ("mov.b32 %r0, 0; $l: bra $l;".into(), &|kind: &FaultKind| {
            *kind == FaultKind::Cancelled
        }),
    ] {
        let kind = run(2, &body).expect_err(&body);
        assert!(is(&kind), "{body}: {kind}");
    }
}

#[test]
fn what_nc_reads_must_not_be_written_in_the_launch() {
    let refused = Err(FaultKind::Undefined(
        "memory that `.nc` reads is written by the launch",
    ));
    // The words of the two lanes are `[%rd0]` and `[%rd0+4]`; each lane writes its own at the end.
    assert_eq!(run(1, "ld.global.nc.b32 %r0, [%rd0];"), refused);
    // Whichever comes first, and whoever does it.
    let other = "mov.b32 %r0, 7; mov.u32 %r1, %tid.x; setp.eq.s32 %p0, %r1, 0; ";
    for body in [
        "@%p0 ld.global.nc.b32 %r0, [%rd0+4];",
        "st.global.b32 [%rd0], %r1; bar.sync 0; ld.global.nc.v2.b32 {%r2, %r3}, [%rd0];",
        "red.global.add.u32 [%rd0+4], %r1; ld.global.nc.b32 %r0, [%rd0+4];",
    ] {
        assert_eq!(run(2, &format!("{other}{body}")), refused, "{body}");
    }
    // Other words of the same allocation may be written.
    let apart = kernel(1, "", "ld.global.nc.b32 %r0, [%rd0+4];");
    let module = Module::parse(&apart).expect("a kernel");
    let mut memory = Regions::default();
    memory.insert(OUT, vec![0x11; 8]);
    let mut parameters = [0; 16];
    parameters[..8].copy_from_slice(&OUT.to_le_bytes());
    let launch = Launch {
        parameters: &parameters,
        ..Launch::new([1; 3])
    };
    let launched = module.entries[0].launch(&mut memory, &launch);
    assert!(launched.is_ok(), "{launched:?}");
    assert_eq!(memory.remove(OUT), Some(vec![0x11; 8]));
}

#[test]
fn unknown_forms_are_refused_by_name() {
    for (body, name) in [
        ("mul24.lo.s32 %r0, %r1, %r2;", "mul24.lo.s32"),
        ("add.rz.f32 %r0, %r1, %r2;", "add.rz.f32"),
        ("ld.b32 %r0, [%rd0];", "generic address"),
        ("shfl.idx.b32 %r0, %r1, 0, 31;", "shfl.idx.b32"),
        ("atom.global.inc.u32 %r0, [%rd0], %r1;", "inc"),
        ("add.s32 %r0, %rd1, %r2;", "the width of %rd1"),
        ("add.s32 %r0, %r99, %r2;", "%r99"),
        ("bra $nowhere;", "$nowhere"),
        ("setp.lt.b32 %p0, %r1, %r2;", "comparison .lt"),
        ("cvt.s32.f32 %r0, %r1;", "cvt from"),
        ("call foo;", "call"),
        (".func x;", "`.func`"),
    ] {
        let error = Module::parse(&kernel(1, "", body)).expect_err(body);
        assert!(error.what.contains(name), "{body}: {error}");
        assert_eq!(error.line, 13, "{body}: {error}");
    }
}

#[test]
fn no_text_makes_it_panic() {
    let text = kernel(
        33,
        ".shared .align 16 .b8 W[64];\n.local .align 8 .b8 L[32];",
        "mov.b32 %r1, 0; st.local.b32 [L+4], %r1; @!%p1 bra $x; $x: bar.sync 0;",
    );
    for end in 0..text.len() {
        let _ = Module::parse(&text[..end]);
    }
    let mut rng = crate::rng::Rng::new(1);
    for _ in 0..2000 {
        let mut bytes = text.clone().into_bytes();
        for _ in 0..3 {
            let at = rng.bits() as usize % bytes.len();
            bytes[at] = b" ,;{}[]%.:0123456789abcdrst+-@!\n"[rng.bits() as usize % 32];
        }
        let text = String::from_utf8(bytes).expect("ASCII");
        if let Ok(module) = Module::parse(&text) {
            for entry in &module.entries {
                if entry.local_bytes > 1 << 16 || entry.static_shared > 1 << 20 {
                    continue;
                }
                let parameters = vec![0; entry.parameter_bytes.min(1 << 16) as usize];
                let launch = Launch {
                    parameters: &parameters,
                    limit: Some(10_000),
                    ..Launch::new([1; 3])
                };
                let _ = entry.launch(&mut Regions::default(), &launch);
            }
        }
    }
}
