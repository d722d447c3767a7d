//! What becomes of the card when a kernel, a call or the device goes wrong.

use std::sync::Arc;
use std::time::{Duration, Instant};

use egpu_conformance::ptx::driver::{Config, Gpu};
use egpu_driver::cuda::{CudaSource, Options};
use egpu_driver::{Card, CardError, Command, Loss, Memory, MemoryKind, Source, Watchdog};

use super::{block, copy, dispatch, open, options, result, wait, PTX};

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
    let options = Options {
        small_copies: 0,
        ..options()
    };
    for function in [
        "cuStreamCreate",
        "cuCtxCreate_v2",
        "cuEventCreate",
        "cuEventRecord",
        "cuEventQuery",
        "cuStreamWaitEvent",
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
            let source = gpu.source(&options).expect("a usable device");
            drop(source.open());
            let (gpu, source, card) = open(Config::default(), &options);
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
                    Command::Barrier,
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
