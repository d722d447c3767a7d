//! The `cuda` card on a driver made of software: what it does with memory, kernels and submissions,
//! and what becomes of it when a kernel, a call or the device goes wrong.

use std::sync::atomic::Ordering;
use std::sync::Arc;
use std::time::{Duration, Instant};

use egpu_conformance::ptx::driver::{functions, Config, Gpu};
use egpu_driver::cuda::{CudaCard, CudaSource, Driver, Options, Unusable};
use egpu_driver::{Card, CardError, Command, Kernel, Loss, Memory, MemoryKind, Source, Watchdog};

const PTX: &str = r"
.version 7.0
.target sm_75
.address_size 64
// out[ctaid linear] = number of workgroups + workgroup, one invocation of 64 each
.visible .entry grid(.param .align 16 .b8 args[16])
.reqntid 64, 1, 1
{
    .reg .pred %p<2>;
    .reg .b32 %r<12>;
    .reg .b64 %rd<4>;
    mov.u32 %r0, %tid.x;
    setp.ne.s32 %p0, %r0, 0;
    @%p0 ret;
    mov.u32 %r1, %ctaid.x;
    mov.u32 %r2, %ctaid.y;
    mov.u32 %r3, %ctaid.z;
    mov.u32 %r4, %nctaid.x;
    mov.u32 %r5, %nctaid.y;
    mov.u32 %r6, %nctaid.z;
    mad.lo.u32 %r7, %r3, %r5, %r2;
    mad.lo.u32 %r7, %r7, %r4, %r1;
    mul.lo.u32 %r8, %r4, 10000;
    mad.lo.u32 %r8, %r5, 100, %r8;
    add.u32 %r8, %r8, %r6;
    ld.param.u64 %rd0, [args];
    mul.wide.u32 %rd1, %r7, 4;
    add.s64 %rd1, %rd0, %rd1;
    st.global.b32 [%rd1], %r8;
    ret;
}
.visible .entry outside(.param .align 16 .b8 args[16])
.reqntid 1, 1, 1
{
    .reg .b64 %rd<2>;
    ld.param.u64 %rd0, [args];
    st.global.b32 [%rd0+1048576], 1;
    ret;
}
.visible .entry hang()
.reqntid 32, 1, 1
{
$l: bra $l;
}
.visible .entry empty() .reqntid 1, 1, 1 { ret; }
";

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

fn options() -> Options {
    Options {
        is_virtual: true,
        ..Options::default()
    }
}

fn open(config: Config, options: &Options) -> (Arc<Gpu>, CudaSource, CudaCard) {
    let gpu = Gpu::add(config);
    let source = gpu.source(options).expect("a usable device");
    let card = source.open_card().expect("it opens");
    (gpu, source, card)
}

fn wait(card: &dyn Card, point: u64) -> Result<(), CardError> {
    match card.wait(point, Some(Duration::from_secs(20)))? {
        true => Ok(()),
        false => panic!("nothing after 20 seconds"),
    }
}

fn block(memory: &dyn Memory) -> Arc<[u8]> {
    let mut bytes = memory.address().to_le_bytes().to_vec();
    bytes.extend(memory.size().to_le_bytes());
    bytes.into()
}

fn dispatch(kernel: &Arc<dyn Kernel>, arguments: Arc<[u8]>, groups: [u32; 3]) -> Command {
    Command::Dispatch {
        kernel: kernel.clone(),
        arguments,
        touches: None,
        groups,
    }
}

fn copy(from: &dyn Memory, to: &dyn Memory, size: u64) -> Command {
    Command::Copy {
        source: from.address(),
        destination: to.address(),
        size,
    }
}

fn words(memory: &dyn Memory, count: usize) -> Vec<u32> {
    let pointer = memory.mapping().expect("host memory").cast::<u32>();
    // SAFETY: inside the mapping, aligned, and the card has finished with it.
    (0..count)
        .map(|n| unsafe { pointer.add(n).read_volatile() })
        .collect()
}

/// Runs a kernel over `out`, filled with ones, and reads the beginning back.
fn result(card: &dyn Card, command: impl Fn(&dyn Memory) -> Command, count: usize) -> Vec<u32> {
    let size = (count as u64 * 4).max(256);
    let out = card.allocate(MemoryKind::Device, size).expect("memory");
    let back = card.allocate(MemoryKind::Readback, size).expect("memory");
    let point = card
        .submit(&[
            Command::Fill {
                destination: out.address(),
                size,
                value: !0,
            },
            Command::Barrier,
            command(&*out),
            Command::Barrier,
            copy(&*out, &*back, size),
        ])
        .expect("submitted");
    wait(card, point).expect("it runs");
    words(&*back, count)
}

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
fn staging_is_given_out_again() {
    let (gpu, _, card) = open(Config::default(), &options());
    let target = card.allocate(MemoryKind::Device, 1 << 16).expect("memory");
    let back = card
        .allocate(MemoryKind::Readback, 1 << 16)
        .expect("memory");
    let write = |n: u32| {
        let staging = card.allocate(MemoryKind::Upload, 1 << 16).expect("memory");
        let place = staging.mapping().expect("host memory").cast::<u32>();
        // SAFETY: inside the mapping, aligned, and the card has passed its earlier use.
        unsafe { place.write_volatile(n) };
        let point = card
            .submit(&[copy(&*staging, &*target, 4), copy(&*target, &*back, 4)])
            .expect("submitted");
        drop(staging);
        wait(&card, point).expect("it runs");
        assert_eq!(words(&*back, 1), [n]);
    };
    write(0);
    let before = gpu.counts.registrations.load(Ordering::Relaxed);
    (1..200).for_each(write);
    let after = gpu.counts.registrations.load(Ordering::Relaxed);
    assert_eq!(before, after, "pages were locked anew");
}

#[test]
fn time_goes_on() {
    let (_, _, card) = open(Config::default(), &options());
    let first = card.timestamp().expect("a time");
    std::thread::sleep(Duration::from_millis(20));
    let passed = card.timestamp().expect("a time") - first;
    let nanoseconds = passed as f64 * 1e9 / card.info().timestamp_frequency as f64;
    assert!((2e7..5e9).contains(&nanoseconds), "{nanoseconds}");
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
fn memory_runs_out_and_comes_back() {
    let (_, _, card) = open(
        Config {
            memory: 1 << 20,
            ..Config::default()
        },
        &options(),
    );
    let most = card.allocate(MemoryKind::Device, 1 << 19).expect("memory");
    let error = card
        .allocate(MemoryKind::Device, 1 << 20)
        .expect_err("too much");
    assert_eq!(
        error,
        CardError::OutOfMemory {
            what: "card memory",
            asked: 1 << 20,
            free: 1 << 19
        }
    );
    assert_eq!(card.memory_use(), (1 << 19, 1 << 19));
    drop(most);
    card.allocate(MemoryKind::Device, 1 << 20).expect("memory");
    let error = card
        .allocate(MemoryKind::Upload, 1 << 62)
        .expect_err("too much");
    assert!(
        matches!(
            error,
            CardError::OutOfMemory {
                what: "host memory",
                ..
            }
        ),
        "{error:?}"
    );
    assert_eq!(card.loss(), None);
}

/// What a loss must look like, and that the card opens anew.
fn is_lost(source: &CudaSource, card: &dyn Card, held: &dyn Memory, words: &[&str]) -> Loss {
    let loss = card.loss().expect("the card is lost");
    let text = loss.to_string();
    assert!(words.iter().all(|word| text.contains(word)), "{text}");
    // Later operations say the same, at once, and nothing hangs.
    let start = Instant::now();
    let same = |error: CardError| assert_eq!(error, CardError::Lost(loss.clone()));
    same(card.allocate(MemoryKind::Device, 64).expect_err("lost"));
    same(card.load(PTX.as_bytes(), "empty").expect_err("lost"));
    same(card.submit(&[]).expect_err("lost"));
    same(card.timestamp().expect_err("lost"));
    same(card.wait(card.completed(), None).expect_err("lost"));
    assert!(start.elapsed() < Duration::from_secs(1));
    // Mapped memory stays for whoever holds it.
    let pointer = held.mapping().expect("host memory");
    // SAFETY: the memory is alive as long as `held`.
    unsafe { pointer.write_volatile(1) };
    let again = source.open().expect("it opens again");
    let kernel = again.load(PTX.as_bytes(), "grid").expect("it loads");
    let got = result(&*again, |out| dispatch(&kernel, block(out), [1; 3]), 1);
    assert_eq!(got, [1_01_01]);
    loss
}

#[test]
fn faults_of_kernels_are_losses_with_their_cause() {
    let options = Options {
        watchdog: Watchdog::After(Duration::from_secs(1)),
        ..options()
    };
    for (entry, words) in [
        (
            "outside",
            &[
                "ILLEGAL_ADDRESS",
                "700",
                "st.global.b32 [%rd0+1048576]",
                "outside",
            ][..],
        ),
        ("hang", &["no progress", "1 s", "hang"][..]),
    ] {
        let (_, source, card) = open(Config::default(), &options);
        let held = card.allocate(MemoryKind::Upload, 4096).expect("memory");
        let out = card.allocate(MemoryKind::Device, 256).expect("memory");
        let kernel = card.load(PTX.as_bytes(), entry).expect("it loads");
        let arguments = match kernel.argument_size() {
            0 => Arc::new([]) as Arc<[u8]>,
            _ => block(&*out),
        };
        let began = Instant::now();
        // The driver may tell of it as early as the next call.
        let submitted = card.submit(&[dispatch(&kernel, arguments, [1; 3])]);
        let point = submitted.clone().unwrap_or(1);
        let error = submitted
            .and_then(|point| wait(&card, point))
            .expect_err("it fails");
        assert!(matches!(error, CardError::Lost(_)), "{error:?}");
        assert!(began.elapsed() < Duration::from_secs(10));
        assert!(
            card.completed() >= point,
            "what was submitted counts as passed"
        );
        is_lost(&source, &card, &*held, words);
        // Dropping what is left of the lost card is harmless.
        drop((kernel, out, card));
    }
}

/// out[0] = a[0] + b[1], where `a` and `b` are read as constant.
const PAIR: &str = "
.version 7.0
.target sm_75
.address_size 64
.visible .entry pair(.param .align 16 .b8 args[32])
.reqntid 1, 1, 1
{
    .reg .b32 %r<3>;
    .reg .b64 %rd<3>;
    ld.param.u64 %rd0, [args];
    ld.param.u64 %rd1, [args+8];
    ld.param.u64 %rd2, [args+16];
    ld.global.nc.b32 %r0, [%rd1];
    ld.global.nc.b32 %r1, [%rd2+4];
    add.u32 %r2, %r0, %r1;
    st.global.b32 [%rd0], %r2;
    ret;
}
";

#[test]
fn one_buffer_may_be_read_twice_but_not_read_as_constant_and_written() {
    let (_, source, card) = open(Config::default(), &options());
    let held = card.allocate(MemoryKind::Upload, 4096).expect("memory");
    let both = card.allocate(MemoryKind::Device, 256).expect("memory");
    let kernel = card.load(PAIR.as_bytes(), "pair").expect("it loads");
    let block = |out: u64| {
        let addresses = [out, both.address(), both.address(), 0];
        let bytes: Vec<u8> = addresses.iter().flat_map(|a| a.to_le_bytes()).collect();
        Arc::<[u8]>::from(bytes)
    };
    let fill = Command::Fill {
        destination: both.address(),
        size: 256,
        value: 7,
    };
    let point = card.submit(&[fill]).expect("submitted");
    wait(&card, point).expect("it runs");
    let launch = |out: &dyn Memory| dispatch(&kernel, block(out.address()), [1; 3]);
    assert_eq!(result(&card, launch, 1), [14]);
    // Other words of the same buffer may be written, the same may not.
    let point = card
        .submit(&[dispatch(&kernel, block(both.address() + 128), [1; 3])])
        .expect("submitted");
    wait(&card, point).expect("it runs");
    let submitted = card.submit(&[dispatch(&kernel, block(both.address()), [1; 3])]);
    let lost = submitted.and_then(|point| wait(&card, point));
    assert!(matches!(lost, Err(CardError::Lost(_))), "{lost:?}");
    is_lost(&source, &card, &*held, &["`.nc`", "st.global.b32 [%rd0]"]);
}

#[test]
fn a_device_that_breaks_down_is_a_loss() {
    for (code, words) in [(214, "214"), (999, "999"), (702, "watchdog"), (46, "46")] {
        let (gpu, source, card) = open(Config::default(), &options());
        let held = card.allocate(MemoryKind::Readback, 4096).expect("memory");
        gpu.break_down(code, "by this test");
        let error = card.submit(&[]).expect_err("broken");
        assert!(matches!(error, CardError::Lost(_)), "{error:?}");
        is_lost(&source, &card, &*held, &[words]);
    }
}

/// Any call may fail once, by an error that concerns it alone or one that is sticky: the card says
/// so, and neither hangs nor panics.
#[test]
fn every_call_may_fail() {
    for function in [
        "cuStreamCreate",
        "cuCtxCreate_v2",
        "cuEventCreate",
        "cuEventRecord",
        "cuEventQuery",
        "cuMemGetInfo_v2",
        "cuMemHostRegister_v2",
        "cuMemHostGetDevicePointer_v2",
        "cuMemcpyAsync",
        "cuMemsetD32Async",
        "cuLinkCreate_v2",
        "cuLinkAddData_v2",
        "cuLinkComplete",
        "cuModuleLoadData",
        "cuModuleGetFunction",
        "cuModuleUnload",
        "cuFuncGetAttribute",
        "cuOccupancyMaxActiveBlocksPerMultiprocessor",
        "cuLaunchKernel",
        "cuMemAllocFromPoolAsync",
        "cuMemFreeAsync",
    ] {
        for code in [1, 2, 700] {
            // When opening, and later.
            let gpu = Gpu::add(Config::default());
            gpu.fail(function, code);
            let source = gpu.source(&options()).expect("a usable device");
            drop(source.open());
            let (gpu, source, card) = open(Config::default(), &options());
            gpu.fail(function, code);
            let all = || -> Result<(), CardError> {
                let out = card.allocate(MemoryKind::Device, 256)?;
                let upload = card.allocate(MemoryKind::Upload, 4 << 20)?;
                let kernel = card.load(PTX.as_bytes(), "grid")?;
                let point = card.submit(&[
                    Command::Fill {
                        destination: out.address(),
                        size: 256,
                        value: 1,
                    },
                    dispatch(&kernel, block(&*out), [1; 3]),
                    Command::DispatchIndirect {
                        kernel: kernel.clone(),
                        arguments: block(&*out),
                        touches: None,
                        groups_at: None,
                        // Still ones, beyond what the first dispatch wrote.
                        groups: out.address() + 16,
                    },
                    copy(&*upload, &*out, 256),
                ])?;
                wait(&card, point)
            };
            let first = all();
            if code == 700 && first.is_err() {
                assert!(card.loss().is_some(), "{function}: {first:?}");
            }
            if card.loss().is_none() {
                all().unwrap_or_else(|error| panic!("{function} {code}: {error}"));
            }
            drop(card);
            // What only opening calls fails now, and once.
            drop(source.open());
            source
                .open()
                .unwrap_or_else(|error| panic!("{function} {code}: {error}"));
        }
    }
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
