//! Devices and kernels: what is listed, what loads, and what a grid gives.

use std::sync::atomic::Ordering;
use std::sync::Arc;

use egpu_conformance::ptx::driver::{functions, Config, Gpu};
use egpu_driver::cuda::{CudaSource, Driver, Options, Unusable};
use egpu_driver::{Card, CardError, Command, MemoryKind, Source};

use super::{block, dispatch, open, options, result, wait, PTX};

const SHARED: &str = "
.version 7.0
.target sm_75
.address_size 64
// workgroup memory: 61440 bytes
.extern .shared .align 16 .b8 W[];
.visible .entry shared(.param .align 16 .b8 args[16])
.reqntid 1, 1, 1
{
    .reg .b32 %r<2>;
    .reg .b64 %rd<2>;
    mov.b32 %r0, 77;
    st.shared.b32 [W+61436], %r0;
    ld.shared.b32 %r1, [W+61436];
    ld.param.u64 %rd0, [args];
    st.global.b32 [%rd0], %r1;
    ret;
}
";

#[test]
fn devices_say_what_they_are() {
    for (capability, target, shared) in [
        ((7, 5), "sm_75", 64),
        ((8, 0), "sm_80", 163),
        ((8, 7), "sm_86", 163),
        ((8, 9), "sm_89", 99),
        ((9, 0), "sm_90", 227),
        ((12, 1), "sm_120", 99),
    ] {
        let gpu = Gpu::add(Config {
            capability,
            ..Config::default()
        });
        let source = gpu.source(&options()).expect("a usable device");
        let info = source.info();
        assert_eq!(info.target, target);
        assert_eq!(info.kernel_limits.workgroup_memory, shared << 10);
        assert_eq!(info.kernel_limits.workgroup_size, [1024, 1024, 64]);
        assert!(info.is_virtual && info.name.contains("virtual"));
    }
    let old = Gpu::add(Config {
        capability: (7, 0),
        ..Config::default()
    });
    let error = old.source(&options()).expect_err("too old");
    assert!(matches!(
        error,
        Unusable::OldCard {
            major: 7,
            minor: 0,
            ..
        }
    ));
    // Several devices are several sources; the old one is not among them.
    let driver = Driver::new(functions()).expect("it starts");
    let all = CudaSource::all(&driver, &options()).expect("there are some");
    assert!(all.len() >= 6);
    assert!(all.iter().all(|source| source.info().target != "sm_70"));
}

#[test]
fn kernels_run_over_their_grid() {
    for pools in [true, false] {
        let (gpu, _, card) = open(
            Config {
                pools,
                ..Config::default()
            },
            &options(),
        );
        let grid = card.load(PTX.as_bytes(), "grid").expect("it loads");
        assert_eq!(grid.argument_size(), 16);
        let got = result(&card, |out| dispatch(&grid, block(out), [3, 2, 2]), 13);
        assert_eq!(got[..12], [3_02_02; 12]);
        assert_eq!(got[12], !0);
        // A grid with a zero is nothing; so is an empty submission.
        let none = result(&card, |out| dispatch(&grid, block(out), [3, 0, 2]), 1);
        assert_eq!(none, [!0]);
        let point = card.submit(&[]).expect("submitted");
        wait(&card, point).expect("passed");
        assert!(card.completed() >= point);
        drop(grid);
        drop(card);
        assert_eq!(gpu.counts.used.load(Ordering::Relaxed), 0);
    }
}

#[test]
fn the_grid_may_be_in_memory() {
    let (gpu, _, card) = open(Config::default(), &options());
    let grid = card.load(PTX.as_bytes(), "grid").expect("it loads");
    let compiled = gpu.counts.compilations.load(Ordering::Relaxed);
    let run = |groups: [u32; 3], count| {
        let upload = card.allocate(MemoryKind::Upload, 12).expect("memory");
        let place = upload.mapping().expect("host memory").cast::<[u32; 3]>();
        // SAFETY: inside the mapping, aligned, and the card does not use it yet.
        unsafe { place.write_volatile(groups) };
        result(
            &card,
            |out| Command::DispatchIndirect {
                kernel: grid.clone(),
                arguments: block(out),
                touches: None,
                groups_at: None,
                groups: upload.address(),
            },
            count,
        )
    };
    // More workgroups than run at once, so that each takes several turns.
    let got = run([7, 5, 3], 106);
    assert_eq!(got[..105], [7_05_03; 105]);
    assert_eq!(got[105], !0);
    for nothing in [[0, 5, 3], [7, 65536, 1], [7, 5, u32::MAX]] {
        assert_eq!(run(nothing, 1), [!0], "{nothing:?}");
    }
    let again = gpu.counts.compilations.load(Ordering::Relaxed);
    assert_eq!(again, compiled + 1, "the second entry point is made once");
}

#[test]
fn workgroup_memory_beyond_48_kib_is_asked_for() {
    let (_, _, card) = open(Config::default(), &options());
    let kernel = card.load(SHARED.as_bytes(), "shared").expect("it loads");
    let got = result(&card, |out| dispatch(&kernel, block(out), [1; 3]), 1);
    assert_eq!(got, [77]);
    let (_, _, small) = open(
        Config {
            capability: (7, 5),
            ..Config::default()
        },
        &options(),
    );
    let text = SHARED.replace("61440", "65540");
    let error = small.load(text.as_bytes(), "shared").expect_err("too much");
    assert!(error.to_string().contains("65540"), "{error}");
}

#[test]
fn compiled_kernels_are_kept() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let options = Options {
        cache: Some(folder.path().to_owned()),
        ..options()
    };
    let compilations = || {
        let (gpu, _, card) = open(Config::default(), &options);
        card.load(PTX.as_bytes(), "empty").expect("it loads");
        gpu.counts.compilations.load(Ordering::Relaxed)
    };
    assert!(compilations() > 0);
    assert_eq!(compilations(), 0);
}

#[test]
fn what_cannot_be_compiled_is_refused_with_the_log() {
    let (_, _, card) = open(
        Config {
            capability: (7, 5),
            ptx_version: (7, 5),
            ..Config::default()
        },
        &options(),
    );
    for (text, entry, reason) in [
        (PTX.to_owned(), "nothing", "no entry point `nothing`"),
        (
            PTX.replace("mul.lo.u32", "mul24.lo.u32"),
            "grid",
            "mul24.lo.u32",
        ),
        (
            PTX.replace(".version 7.0", ".version 8.0"),
            "grid",
            "update NVIDIA's driver",
        ),
        (
            PTX.replace("sm_75", "sm_90"),
            "grid",
            "newer than the device",
        ),
        (
            PTX.replace(".reqntid 64,", ".reqntid 2048,"),
            "grid",
            "at most 1024",
        ),
        (
            PTX.replace("args[16]", "args[9999]"),
            "grid",
            "at most 4096",
        ),
    ] {
        let error = card.load(text.as_bytes(), entry).expect_err(reason);
        assert!(matches!(error, CardError::BadKernel(_)), "{error:?}");
        assert!(error.to_string().contains(reason), "{error}");
    }
    let error = card.load(&[0xff, 0xfe], "main").expect_err("not a text");
    assert!(error.to_string().contains("UTF-8"), "{error}");
    card.load(PTX.as_bytes(), "empty").expect("the card lives");
}

#[test]
fn wrong_requests_change_nothing() {
    let (_, _, card) = open(Config::default(), &options());
    let (_, _, other) = open(Config::default(), &options());
    let grid = card.load(PTX.as_bytes(), "grid").expect("it loads");
    let out = card.allocate(MemoryKind::Device, 256).expect("memory");
    let fill = |size| Command::Fill {
        destination: out.address(),
        size,
        value: 0,
    };
    let indirect = |groups_at, groups| Command::DispatchIndirect {
        kernel: grid.clone(),
        arguments: block(&*out),
        touches: None,
        groups_at,
        groups,
    };
    for wrong in [
        dispatch(&grid, Arc::new([0; 8]), [1; 3]),
        dispatch(&grid, block(&*out), [1, 65536, 1]),
        indirect(Some(0), out.address()),
        indirect(None, out.address() + 2),
        fill(6),
        Command::Timestamp {
            destination: out.address() + 4,
        },
    ] {
        let error = card.submit(&[fill(4), wrong]).expect_err("refused");
        assert!(matches!(error, CardError::Invalid(_)), "{error:?}");
    }
    let foreign = other.submit(&[dispatch(&grid, block(&*out), [1; 3])]);
    assert!(matches!(foreign, Err(CardError::Invalid(_))), "{foreign:?}");
    assert_eq!((card.loss(), other.loss()), (None, None));
    let unknown = card.wait(1 << 40, None);
    assert!(matches!(unknown, Err(CardError::Invalid(_))), "{unknown:?}");
}

#[test]
fn threads_share_a_card() {
    let (_, _, card) = open(Config::default(), &options());
    std::thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| {
                let grid = card.load(PTX.as_bytes(), "grid").expect("it loads");
                for n in 1..20 {
                    let got = result(&card, |out| dispatch(&grid, block(out), [n, 1, 1]), 1);
                    assert_eq!(got, [n * 10000 + 101]);
                }
            });
        }
    });
}
