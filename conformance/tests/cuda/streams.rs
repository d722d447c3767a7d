//! Streams: copies beside kernels, and nothing that depends out of order.
//!
//! Each scenario is a few submissions with one thing that must wait for another in each. They are
//! right under every seed, and go wrong under some when any wait that the card asks for is ignored:
//! so no wait is missing, and none is there for nothing.

use std::sync::atomic::Ordering;
use std::sync::Arc;

use egpu_conformance::ptx::driver::{Config, Gpu};
use egpu_driver::cuda::{CudaCard, Options};
use egpu_driver::{Access, Card, CardError, Command, Kernel, Memory, MemoryKind, Point};

use super::{copy, open, options, wait, words, PTX};

/// out[i] = in[i] + addend.
const ADD: &str = "
.version 7.0
.target sm_75
.address_size 64
.visible .entry add(.param .align 16 .b8 args[32])
.reqntid 64, 1, 1
{
    .reg .b32 %r<6>;
    .reg .b64 %rd<3>;
    mov.u32 %r0, %ctaid.x;
    mov.u32 %r1, %tid.x;
    mad.lo.u32 %r2, %r0, 64, %r1;
    mul.wide.u32 %rd0, %r2, 4;
    ld.param.u64 %rd1, [args];
    ld.param.u64 %rd2, [args+8];
    ld.param.u32 %r3, [args+16];
    add.s64 %rd1, %rd1, %rd0;
    add.s64 %rd2, %rd2, %rd0;
    ld.global.b32 %r4, [%rd1];
    add.u32 %r5, %r4, %r3;
    st.global.b32 [%rd2], %r5;
    ret;
}
";

const SIZE: u64 = 4096;
const WORDS: usize = SIZE as usize / 4;
/// Enough for every choice of streams that run as early as they may.
const SEEDS: u64 = 64;

/// A card whose copies between host and card all leave the compute stream.
struct Bench {
    gpu: Arc<Gpu>,
    card: CudaCard,
    add: Arc<dyn Kernel>,
}

type M = Arc<dyn Memory>;

fn access(memory: &M, writes: bool) -> Access {
    Access {
        address: memory.address(),
        size: SIZE,
        writes,
    }
}

impl Bench {
    fn new(orders: u64) -> Bench {
        let options = Options {
            small_copies: SIZE,
            ..options()
        };
        let config = Config {
            orders,
            ..Config::default()
        };
        let (gpu, _, card) = open(config, &options);
        let add = card.load(ADD.as_bytes(), "add").expect("it loads");
        Bench { gpu, card, add }
    }

    fn memory(&self, kind: MemoryKind) -> Result<M, CardError> {
        self.card.allocate(kind, SIZE)
    }

    /// Memory of the card that nothing is still to be waited for, all `value`.
    fn device(&self, value: u32) -> Result<M, CardError> {
        let memory = self.memory(MemoryKind::Device)?;
        let point = self.card.submit(&[fill(&memory, value)])?;
        self.finish(point)?;
        Ok(memory)
    }

    /// Host memory, all `value`.
    fn upload(&self, value: u32) -> Result<M, CardError> {
        let memory = self.memory(MemoryKind::Upload)?;
        store(&memory, value);
        Ok(memory)
    }

    fn back(&self) -> Result<M, CardError> {
        let memory = self.memory(MemoryKind::Readback)?;
        store(&memory, 0xbad);
        Ok(memory)
    }

    fn add(&self, from: &M, to: &M, addend: u32) -> Command {
        let mut arguments = from.address().to_le_bytes().to_vec();
        arguments.extend(to.address().to_le_bytes());
        arguments.extend(u64::from(addend).to_le_bytes());
        arguments.extend([0; 8]);
        Command::Dispatch {
            kernel: self.add.clone(),
            arguments: arguments.into(),
            touches: Some([access(from, false), access(to, true)].into()),
            groups: [WORDS as u32 / 64, 1, 1],
        }
    }

    /// One submission for each command, and the end of the last.
    fn each(&self, commands: &[Command]) -> Result<(), CardError> {
        let mut last = 0;
        for command in commands {
            last = self.card.submit(std::slice::from_ref(command))?;
        }
        self.finish(last)
    }

    fn finish(&self, point: Point) -> Result<(), CardError> {
        wait(&self.card, point)
    }

    fn waits(&self) -> u64 {
        self.gpu.calls("cuStreamWaitEvent")
    }
}

fn store(memory: &M, value: u32) {
    let place = memory.mapping().expect("host memory").cast::<u32>();
    for n in 0..WORDS {
        // SAFETY: inside the mapping, aligned; the tests order their accesses.
        unsafe { place.add(n).write_volatile(value) };
    }
}

fn whole(from: &M, to: &M) -> Command {
    copy(&**from, &**to, SIZE)
}

fn fill(memory: &M, value: u32) -> Command {
    Command::Fill {
        destination: memory.address(),
        size: SIZE,
        value,
    }
}

/// What went wrong.
#[derive(Debug)]
#[expect(dead_code, reason = "shown when a test fails")]
enum Wrong {
    Card(CardError),
    Data { got: u32, want: u32 },
}

impl From<CardError> for Wrong {
    fn from(error: CardError) -> Wrong {
        Wrong::Card(error)
    }
}

type Outcome = Result<(), Wrong>;
type Scenario = fn(&Bench) -> Outcome;

fn holds(memory: &M, want: u32) -> Outcome {
    match words(&**memory, WORDS).into_iter().find(|&got| got != want) {
        None => Ok(()),
        Some(got) => Err(Wrong::Data { got, want }),
    }
}

/// Scenarios by name.
const SCENARIOS: &[(&str, Scenario)] = &[
    ("upload, kernel, read-back", |b| {
        let (a, out) = (b.device(1)?, b.device(2)?);
        let (new, back) = (b.upload(10)?, b.back()?);
        let point = b.card.submit(&[
            whole(&new, &a),
            Command::Barrier,
            b.add(&a, &out, 5),
            Command::Barrier,
            whole(&out, &back),
        ])?;
        b.finish(point)?;
        holds(&back, 15)
    }),
    ("the same in three submissions", |b| {
        let (a, out) = (b.device(1)?, b.device(2)?);
        let (new, back) = (b.upload(10)?, b.back()?);
        b.each(&[whole(&new, &a), b.add(&a, &out, 5), whole(&out, &back)])?;
        holds(&back, 15)
    }),
    ("an upload over what a kernel reads", |b| {
        let (a, out) = (b.device(1)?, b.device(2)?);
        let (new, back) = (b.upload(10)?, b.back()?);
        b.each(&[b.add(&a, &out, 5), whole(&new, &a), whole(&out, &back)])?;
        holds(&back, 6)
    }),
    ("an upload over what a kernel writes", |b| {
        let (a, out) = (b.device(1)?, b.device(2)?);
        let (new, back) = (b.upload(10)?, b.back()?);
        b.each(&[b.add(&a, &out, 5), whole(&new, &out), whole(&out, &back)])?;
        holds(&back, 10)
    }),
    ("a kernel over what is read back", |b| {
        let (a, out) = (b.device(1)?, b.device(2)?);
        let back = b.back()?;
        b.each(&[whole(&out, &back), b.add(&a, &out, 5)])?;
        holds(&back, 2)
    }),
    ("a fill over what is read back", |b| {
        let (out, back) = (b.device(2)?, b.back()?);
        b.each(&[whole(&out, &back), fill(&out, 3)])?;
        holds(&back, 2)
    }),
    ("a copy within the card of what is uploaded", |b| {
        let (a, out) = (b.device(1)?, b.device(2)?);
        let (new, back) = (b.upload(10)?, b.back()?);
        b.each(&[whole(&new, &a), whole(&a, &out), whole(&out, &back)])?;
        holds(&back, 10)
    }),
    ("an upload over what is read back", |b| {
        let a = b.device(1)?;
        let (new, back) = (b.upload(10)?, b.back()?);
        b.each(&[whole(&a, &back), whole(&new, &a)])?;
        holds(&back, 1)
    }),
    ("a read-back of what is uploaded", |b| {
        let a = b.device(1)?;
        let (new, back) = (b.upload(10)?, b.back()?);
        b.each(&[whole(&new, &a), whole(&a, &back)])?;
        holds(&back, 10)
    }),
    ("an upload of what was read back", |b| {
        let (a, other) = (b.device(1)?, b.device(2)?);
        let (between, back) = (b.back()?, b.back()?);
        b.each(&[
            whole(&a, &between),
            whole(&between, &other),
            whole(&other, &back),
        ])?;
        holds(&back, 1)
    }),
    ("a kernel that may touch anything", |b| {
        let (a, out) = (b.device(1)?, b.device(2)?);
        let (new, back) = (b.upload(10)?, b.back()?);
        let mut kernel = b.add(&a, &out, 5);
        if let Command::Dispatch { touches, .. } = &mut kernel {
            *touches = None;
        }
        b.each(&[whole(&new, &a), kernel, whole(&out, &back)])?;
        holds(&back, 15)
    }),
    ("a grid that is uploaded", |b| {
        let (a, out, grid) = (b.device(1)?, b.device(2)?, b.device(0)?);
        let (groups, back) = (b.upload(1)?, b.back()?);
        let place = groups.mapping().expect("host memory").cast::<u32>();
        // SAFETY: inside the mapping, aligned, and the card does not use it yet.
        unsafe { place.write_volatile(WORDS as u32 / 64) };
        let Command::Dispatch {
            kernel,
            arguments,
            touches,
            ..
        } = b.add(&a, &out, 5)
        else {
            unreachable!("it is a dispatch")
        };
        let indirect = Command::DispatchIndirect {
            kernel,
            arguments,
            touches,
            groups_at: None,
            groups: grid.address(),
        };
        b.each(&[whole(&groups, &grid), indirect, whole(&out, &back)])?;
        holds(&back, 6)
    }),
    ("a timestamp after everything", |b| {
        let a = b.device(1)?;
        let (new, back) = (b.upload(10)?, b.back()?);
        let stamp = Command::Timestamp {
            destination: a.address(),
        };
        b.each(&[whole(&new, &a), stamp, whole(&a, &back)])?;
        match words(&*back, 2)[..] == [10; 2] {
            true => Err(Wrong::Data { got: 10, want: 0 }),
            false => Ok(()),
        }
    }),
    ("a read-back before a timestamp", |b| {
        let (a, back) = (b.device(1)?, b.back()?);
        let stamp = Command::Timestamp {
            destination: a.address(),
        };
        b.each(&[whole(&a, &back), stamp])?;
        holds(&back, 1)
    }),
    ("new memory is uploaded to", |b| {
        let (new, back) = (b.upload(10)?, b.back()?);
        let a = b.memory(MemoryKind::Device)?;
        b.each(&[whole(&new, &a), whole(&a, &back)])?;
        holds(&back, 10)
    }),
    ("new memory is filled", |b| {
        let back = b.back()?;
        let a = b.memory(MemoryKind::Device)?;
        b.each(&[fill(&a, 10), whole(&a, &back)])?;
        holds(&back, 10)
    }),
    ("new memory is read back", |b| {
        let back = b.back()?;
        let a = b.memory(MemoryKind::Device)?;
        b.each(&[whole(&a, &back)])?;
        holds(&back, 0xcdcd_cdcd)
    }),
    ("memory is dropped while a kernel reads it", |b| {
        let (a, out, back) = (b.device(1)?, b.device(2)?, b.back()?);
        let first = b.card.submit(&[b.add(&a, &out, 5)])?;
        drop(a);
        b.each(&[whole(&out, &back)])?;
        b.finish(first)?;
        holds(&back, 6)
    }),
    ("memory is dropped while it is uploaded to", |b| {
        let (a, new) = (b.device(1)?, b.upload(10)?);
        let point = b.card.submit(&[whole(&new, &a)])?;
        drop(a);
        Ok(b.finish(point)?)
    }),
    ("memory is dropped while it is read back", |b| {
        let (a, back) = (b.device(1)?, b.back()?);
        let point = b.card.submit(&[whole(&a, &back)])?;
        drop(a);
        b.finish(point)?;
        holds(&back, 1)
    }),
];

#[test]
fn what_depends_is_in_order_under_every_seed() {
    for (name, scenario) in SCENARIOS {
        for seed in 0..=SEEDS {
            let outcome = scenario(&Bench::new(seed));
            assert!(outcome.is_ok(), "{name}, seed {seed}: {outcome:?}");
        }
    }
}

#[test]
fn every_wait_is_needed() {
    let mut ignored = 0;
    for (name, scenario) in SCENARIOS {
        let bench = Bench::new(0);
        let before = bench.waits();
        scenario(&bench).expect("it is right");
        let waits = before..bench.waits();
        assert!(!waits.is_empty(), "{name} waits for nothing");
        for number in waits {
            let goes_wrong = |seed| {
                let bench = Bench::new(seed);
                bench.gpu.ignore("cuStreamWaitEvent", number);
                scenario(&bench).is_err()
            };
            assert!(
                (1..=SEEDS).any(goes_wrong),
                "{name}: nothing is wrong without wait {number}"
            );
            ignored += 1;
        }
    }
    println!("{ignored} waits, each needed");
}

#[test]
fn threads_share_the_streams() {
    for seed in 0..=8 {
        let bench = Bench::new(seed);
        std::thread::scope(|scope| {
            for first in 0..4 {
                let bench = &bench;
                scope.spawn(move || {
                    for (name, scenario) in SCENARIOS.iter().skip(first).step_by(4) {
                        let outcome = scenario(bench);
                        assert!(outcome.is_ok(), "{name}, seed {seed}: {outcome:?}");
                    }
                });
            }
        });
    }
}

/// The host learns of a submission's end from the events of all streams that worked for it.
#[test]
fn the_end_of_every_stream_is_asked_for() {
    // Which record is the one, from the last.
    let ends: [(&str, u64, Scenario); 3] = [
        ("compute", 1, |b| {
            let back = b.back()?;
            b.each(&[fill(&back, 7)])?;
            holds(&back, 7)
        }),
        ("read-back", 1, |b| {
            let (out, back) = (b.device(2)?, b.back()?);
            b.each(&[whole(&out, &back)])?;
            holds(&back, 2)
        }),
        ("upload", 2, |b| {
            let (a, new) = (b.device(1)?, b.upload(10)?);
            b.each(&[whole(&new, &a)])?;
            // It may be used for something else from now on.
            store(&new, 11);
            Ok(b.each(&[fill(&a, 3)])?)
        }),
    ];
    for (name, from_last, scenario) in ends {
        let bench = Bench::new(0);
        scenario(&bench).expect("it is right");
        let number = bench.gpu.calls("cuEventRecord") - from_last;
        let goes_wrong = |seed| {
            let bench = Bench::new(seed);
            bench.gpu.ignore("cuEventRecord", number);
            scenario(&bench).is_err()
        };
        assert!((1..=SEEDS).any(goes_wrong), "{name}: no end is needed");
    }
}

/// The sum over all seeds of copies that ran before a kernel that was launched earlier.
fn overtakes(run: impl Fn(&Bench) -> Outcome) -> u64 {
    let of = |seed| {
        let bench = Bench::new(seed);
        run(&bench).expect("it is right");
        bench.gpu.counts.overtakes.load(Ordering::Relaxed)
    };
    (1..=SEEDS).map(of).sum()
}

#[test]
fn copies_of_other_memory_run_beside_kernels() {
    // An upload for the next kernel:
    let uploads = overtakes(|b| {
        let (a, out, next) = (b.device(1)?, b.device(2)?, b.device(3)?);
        let new = b.upload(10)?;
        b.each(&[b.add(&a, &out, 5), whole(&new, &next)])?;
        Ok(())
    });
    assert!(uploads > 0, "no upload ran before a kernel");
    // A read-back of what the last one made:
    let read_backs = overtakes(|b| {
        let (a, out, next) = (b.device(1)?, b.device(2)?, b.device(3)?);
        let back = b.back()?;
        b.each(&[b.add(&a, &out, 5), b.add(&a, &next, 7), whole(&out, &back)])?;
        holds(&back, 6)
    });
    assert!(read_backs > 0, "no read-back ran before a later kernel");
    // The upload for the next kernel does not queue behind a read-back that waits for this one.
    let behind = overtakes(|b| {
        let (a, out, next) = (b.device(1)?, b.device(2)?, b.device(3)?);
        let (new, back) = (b.upload(10)?, b.back()?);
        b.each(&[b.add(&a, &out, 5), whole(&out, &back), whole(&new, &next)])?;
        holds(&back, 6)
    });
    assert!(behind > 0, "an upload waited for a read-back");
    // New memory is filled although a kernel is queued before it was allocated.
    let new_memory = overtakes(|b| {
        let (a, out) = (b.device(1)?, b.device(2)?);
        let new = b.upload(10)?;
        b.card.submit(&[b.add(&a, &out, 5)])?;
        let next = b.memory(MemoryKind::Device)?;
        b.each(&[whole(&new, &next)])?;
        Ok(())
    });
    assert!(new_memory > 0, "an allocation waited for a kernel");
}

#[test]
fn copies_of_a_kernels_memory_never_pass_it() {
    let passed = overtakes(|b| {
        let (a, out) = (b.device(1)?, b.device(2)?);
        let (new, back) = (b.upload(10)?, b.back()?);
        b.each(&[b.add(&a, &out, 5), whole(&out, &back), whole(&new, &a)])?;
        holds(&back, 6)
    });
    assert_eq!(passed, 0);
}

#[test]
fn staging_is_not_given_out_before_its_copy_is_done() {
    for seed in 0..=SEEDS {
        let bench = Bench::new(seed);
        let target = bench.device(0).expect("memory");
        let backs: Vec<M> = (1..40)
            .map(|n| {
                let staging = bench.upload(n).expect("memory");
                let back = bench.back().expect("memory");
                bench
                    .card
                    .submit(&[
                        whole(&staging, &target),
                        Command::Barrier,
                        whole(&target, &back),
                    ])
                    .expect("submitted");
                if n % 8 == 0 {
                    bench.card.completed();
                }
                back
            })
            .collect();
        let point = bench.card.submit(&[]).expect("submitted");
        bench.finish(point).expect("it runs");
        for (back, n) in backs.iter().zip(1..) {
            holds(back, n).unwrap_or_else(|wrong| panic!("{n} by seed {seed}: {wrong:?}"));
        }
    }
}

#[test]
fn a_program_that_writes_to_pending_staging_is_told() {
    let bench = Bench::new(1);
    let (a, new) = (
        bench.device(1).expect("memory"),
        bench.upload(10).expect("memory"),
    );
    let point = bench.card.submit(&[whole(&new, &a)]).expect("submitted");
    store(&new, 11);
    let error = bench.finish(point).expect_err("it is told");
    assert!(error.to_string().contains("was written while"), "{error}");
}

#[test]
fn submissions_cost_few_calls() {
    let cost = |what: &dyn Fn(&Bench, [&M; 4]) -> Vec<Command>| {
        let bench = Bench::new(0);
        let (a, out) = (
            bench.device(1).expect("memory"),
            bench.device(2).expect("memory"),
        );
        let (new, back) = (
            bench.upload(3).expect("memory"),
            bench.back().expect("memory"),
        );
        let commands = what(&bench, [&a, &out, &new, &back]);
        let names = ["cuEventCreate", "cuEventRecord", "cuStreamWaitEvent"];
        let run = || {
            let point = bench.card.submit(&commands).expect("submitted");
            bench.finish(point).expect("it runs");
        };
        (0..3).for_each(|_| run());
        let before = names.map(|name| bench.gpu.calls(name));
        (0..10).for_each(|_| run());
        let after = names.map(|name| bench.gpu.calls(name));
        [0, 1, 2].map(|n| (after[n] - before[n]) as f64 / 10.0)
    };
    // Events made, recorded, waited for.
    let kernels =
        cost(&|b, [a, out, ..]| vec![b.add(a, out, 1), Command::Barrier, b.add(out, a, 1)]);
    assert_eq!(kernels, [0.0, 1.0, 0.0]);
    let all = cost(&|b, [a, out, new, back]| {
        vec![
            whole(new, a),
            Command::Barrier,
            b.add(a, out, 1),
            Command::Barrier,
            whole(out, back),
        ]
    });
    assert_eq!(all, [0.0, 3.0, 2.0]);
    // What is small stays where kernels are.
    let small = cost(&|b, [a, out, new, back]| {
        vec![
            copy(&**new, &**a, SIZE - 4),
            Command::Barrier,
            b.add(a, out, 1),
            Command::Barrier,
            copy(&**out, &**back, SIZE - 4),
        ]
    });
    assert_eq!(small, [0.0, 1.0, 0.0]);
}

#[test]
fn faults_beside_copies_are_losses() {
    for seed in 0..=8 {
        let bench = Bench::new(seed);
        let outside = bench
            .card
            .load(PTX.as_bytes(), "outside")
            .expect("it loads");
        let (a, out) = (
            bench.device(1).expect("memory"),
            bench.device(2).expect("memory"),
        );
        let back = bench.back().expect("memory");
        let bad = Command::Dispatch {
            kernel: outside,
            arguments: super::block(&*a),
            touches: Some([access(&a, true)].into()),
            groups: [1; 3],
        };
        let submitted = bench.card.submit(&[whole(&out, &back), bad]);
        let point = submitted.clone().unwrap_or(1);
        let error = submitted
            .and_then(|point| bench.finish(point))
            .expect_err("it faults");
        assert!(matches!(error, CardError::Lost(_)), "{error:?}");
        assert!(bench.card.loss().is_some() && bench.card.completed() >= point);
    }
}
