//! Copies beside kernels: what has nothing to do with a running kernel does not wait for it, and
//! what has does, also across submissions.

mod common;

use std::sync::Arc;
use std::time::{Duration, Instant};

use amd_hw::die::Die;
use common::{config, get, object, open, pattern, put, Bench};
use egpu_driver::{Access, Card, Command, Memory, MemoryKind, Point};
use virtual_card::Config;

/// Above what runs on the compute queue.
const LARGE: u64 = 1 << 20;

fn access(memory: &dyn Memory, writes: bool) -> Access {
    Access {
        address: memory.address(),
        size: memory.size(),
        writes,
    }
}

fn copy(source: &dyn Memory, destination: &dyn Memory) -> Command {
    Command::Copy {
        source: source.address(),
        destination: destination.address(),
        size: LARGE,
    }
}

/// A kernel that runs until it is let go, and then stores a word.
struct Held {
    flag: Arc<dyn Memory>,
    out: Arc<dyn Memory>,
    point: Point,
}

/// The word.
const WORD: u32 = 0x0bad_cafe;

impl Held {
    fn start(bench: &Bench, die: Die, touches_known: bool) -> Held {
        let flag = bench.upload(&[0; 4]);
        let out = bench.device(&pattern(LARGE as usize, 1));
        let kernel = bench.card.load(object(die), "await").unwrap();
        let mut arguments = flag.address().to_le_bytes().to_vec();
        arguments.extend(out.address().to_le_bytes());
        let known = [access(&*flag, false), access(&*out, true)];
        let point = bench
            .card
            .submit(&[Command::Dispatch {
                kernel,
                arguments: arguments.into(),
                touches: touches_known.then(|| known.into()),
                groups: [1, 1, 1],
            }])
            .unwrap();
        Held { flag, out, point }
    }

    fn let_go(&self) {
        put(&*self.flag, &WORD.to_le_bytes());
    }
}

/// Host memory changes to this within a time.
fn arrives(memory: &dyn Memory, want: &[u8], limit: Duration) -> bool {
    let start = Instant::now();
    while start.elapsed() < limit {
        if get(memory, want.len() as u64) == want {
            return true;
        }
        std::thread::sleep(Duration::from_millis(2));
    }
    false
}

const SOON: Duration = Duration::from_secs(10);
const A_WHILE: Duration = Duration::from_millis(150);

#[test]
fn uploads_and_read_backs_pass_a_running_kernel() {
    for die in [Die::Navi31, Die::Navi48] {
        let bench = open(config(die));
        let data = pattern(LARGE as usize, 2);
        let staging = bench.upload(&data);
        let other = bench.card.allocate(MemoryKind::Device, LARGE).unwrap();
        let back = bench.card.allocate(MemoryKind::Readback, LARGE).unwrap();
        put(&*back, &vec![0; LARGE as usize]);
        let held = Held::start(&bench, die, true);

        let before = bench.link.counts();
        bench.card.submit(&[copy(&*staging, &*other)]).unwrap();
        let last = bench.card.submit(&[copy(&*other, &*back)]).unwrap();
        assert!(arrives(&*back, &data, SOON), "{die:?}");
        // A doorbell each, and nothing else.
        let cost = bench.link.counts().since(&before);
        assert_eq!((cost.posted, cost.round_trips), (2, 0));
        // Points pass in order all the same.
        assert!(bench.card.completed() < held.point);

        held.let_go();
        assert!(bench.card.wait(last, Some(SOON)).unwrap());
        assert_eq!(bench.fetch(held.out.address(), 4), WORD.to_le_bytes());
        bench.assert_clean();
    }
}

#[test]
fn a_kernel_passes_a_read_back_that_waits() {
    let die = Die::Navi31;
    let bench = open(config(die));
    let other = bench.device(&[7; 256]);
    let bump = bench.card.load(object(die), "bump").unwrap();
    let back = bench.card.allocate(MemoryKind::Readback, LARGE).unwrap();
    let held = Held::start(&bench, die, true);
    // Waits on SDMA for the kernel that is held.
    bench.card.submit(&[copy(&*held.out, &*back)]).unwrap();
    let last = bench
        .card
        .submit(&[Command::Dispatch {
            kernel: bump,
            arguments: other.address().to_le_bytes().to_vec().into(),
            touches: Some([access(&*other, true)].into()),
            groups: [1, 1, 1],
        }])
        .unwrap();
    held.let_go();
    assert!(bench.card.wait(last, Some(SOON)).unwrap());
    assert_eq!(get(&*back, 4), WORD.to_le_bytes());
    assert_eq!(bench.fetch(other.address(), 256), [8, 7, 7, 7].repeat(64));
    bench.assert_clean();
}

#[test]
fn what_depends_on_a_running_kernel_waits_for_it() {
    for die in [Die::Navi31, Die::Navi48] {
        let bench = open(config(die));
        let data = pattern(LARGE as usize, 3);
        let staging = bench.upload(&data);
        let back = bench.card.allocate(MemoryKind::Readback, LARGE).unwrap();
        let untouched = vec![0; LARGE as usize];
        put(&*back, &untouched);

        // Read after write, across submissions; then write after that read.
        let held = Held::start(&bench, die, true);
        bench.card.submit(&[copy(&*held.out, &*back)]).unwrap();
        let last = bench.card.submit(&[copy(&*staging, &*held.out)]).unwrap();
        std::thread::sleep(A_WHILE);
        assert!(get(&*back, LARGE) == untouched, "{die:?}");
        held.let_go();
        assert!(bench.card.wait(last, Some(SOON)).unwrap());
        let mut want = pattern(LARGE as usize, 1);
        want[..4].copy_from_slice(&WORD.to_le_bytes());
        assert!(get(&*back, LARGE) == want, "{die:?}");
        assert!(bench.fetch(held.out.address(), LARGE) == data, "{die:?}");
        bench.assert_clean();
    }
}

#[test]
fn a_kernel_whose_memory_is_not_known_is_waited_for() {
    let die = Die::Navi31;
    let bench = open(config(die));
    let data = pattern(LARGE as usize, 4);
    let staging = bench.upload(&data);
    let back = bench.card.allocate(MemoryKind::Readback, LARGE).unwrap();
    let held = Held::start(&bench, die, false);
    let point = bench.card.submit(&[copy(&*staging, &*back)]).unwrap();
    assert!(!arrives(&*back, &data, A_WHILE));
    held.let_go();
    assert!(bench.card.wait(point, Some(SOON)).unwrap());
    assert!(get(&*back, LARGE) == data);
}

/// Two buffers in turn, as programs do that want overlap, on the strict card: whatever runs beside
/// what, results are those of one after the other.
#[test]
fn double_buffering_gives_what_order_gives() {
    for die in [Die::Navi31, Die::Navi44] {
        let bench = open(Config {
            strict: true,
            ..config(die)
        });
        let bump = bench.card.load(object(die), "bump").unwrap();
        let size = 4 * 64 * 512u64;
        let slots: [_; 2] = std::array::from_fn(|_| {
            (
                bench.card.allocate(MemoryKind::Upload, size).unwrap(),
                bench.card.allocate(MemoryKind::Device, size).unwrap(),
                bench.card.allocate(MemoryKind::Readback, size).unwrap(),
            )
        });
        let mut points = [0; 2];
        let inputs: Vec<Vec<u8>> = (0..12).map(|i| pattern(size as usize, i)).collect();
        let check = |slot: usize, input: &[u8], point| {
            assert!(bench.card.wait(point, Some(SOON)).unwrap());
            let got = common::words(&get(&*slots[slot].2, size));
            let want = common::words(input);
            assert!(
                got.iter().zip(&want).all(|(g, w)| *g == w.wrapping_add(1)),
                "{die:?}"
            );
        };
        for (i, input) in inputs.iter().enumerate() {
            let (upload, device, back) = &slots[i % 2];
            if i >= 2 {
                check(i % 2, &inputs[i - 2], points[i % 2]);
            }
            put(&**upload, input);
            let copy = |source: &Arc<dyn Memory>, destination: &Arc<dyn Memory>| Command::Copy {
                source: source.address(),
                destination: destination.address(),
                size,
            };
            points[i % 2] = bench
                .card
                .submit(&[
                    copy(upload, device),
                    Command::Barrier,
                    Command::Dispatch {
                        kernel: bump.clone(),
                        arguments: device.address().to_le_bytes().to_vec().into(),
                        touches: Some([access(&**device, true)].into()),
                        groups: [512, 1, 1],
                    },
                    Command::Barrier,
                    copy(device, back),
                ])
                .unwrap();
        }
        for i in inputs.len() - 2..inputs.len() {
            check(i % 2, &inputs[i], points[i % 2]);
        }
        bench.assert_clean();
    }
}
