//! Memory, copies, fills and timestamps on the virtual card.

mod common;

use amd_hw::die::Die;
use common::{config, get, open, pattern};
use egpu_driver::amd::Options;
use egpu_driver::{Card, CardError, Command, Loss, MemoryKind};
use virtual_card::Config;

#[test]
fn every_die_opens_and_says_what_it_is() {
    for die in Die::ALL {
        let bench = open(config(die));
        let info = bench.card.info();
        assert_eq!(info.target, die.arch());
        assert_eq!(info.vendor, 0x1002);
        assert!(info.is_virtual && info.name.contains("virtual"));
        assert_eq!(info.compute_units, die.shape().compute_units());
        assert!(info.memory > 380 << 20, "{}", info.memory);
        bench.assert_clean();
    }
}

#[test]
fn data_travels_there_and_back() {
    for die in [Die::Navi31, Die::Navi48] {
        let bench = open(Config {
            strict: true,
            ..config(die)
        });
        // Below, at and above what runs on the compute queue.
        for size in [4, 4096, 64 << 10, (64 << 10) + 4, 5 << 20] {
            let data = pattern(size, size as u32);
            let memory = bench.device(&data);
            assert_eq!(memory.address() % 256, 0);
            assert!(memory.mapping().is_none());
            assert!(bench.fetch(memory.address(), size as u64) == data, "{size}");
        }
        bench.assert_clean();
    }
}

#[test]
fn barriers_order_both_queues() {
    let bench = open(config(Die::Navi31));
    let large = 1u64 << 20;
    let a = bench.card.allocate(MemoryKind::Device, large).unwrap();
    let b = bench.card.allocate(MemoryKind::Device, large).unwrap();
    let back = bench.card.allocate(MemoryKind::Readback, large).unwrap();
    let staging = bench.upload(&pattern(large as usize, 3));
    let copy = |source, destination, size| Command::Copy {
        source,
        destination,
        size,
    };
    // SDMA, compute, SDMA, compute, SDMA: each step needs the one before.
    bench.run(&[
        copy(staging.address(), a.address(), large),
        Command::Barrier,
        Command::Fill {
            destination: a.address() + 16,
            size: 32,
            value: 0x1122_3344,
        },
        Command::Barrier,
        copy(a.address(), b.address(), large),
        Command::Barrier,
        copy(b.address() + 16, b.address(), 8),
        Command::Barrier,
        copy(b.address(), back.address(), large),
    ]);
    let mut want = pattern(large as usize, 3);
    for i in 0..8 {
        want[16 + 4 * i..20 + 4 * i].copy_from_slice(&0x1122_3344u32.to_le_bytes());
    }
    want.copy_within(16..24, 0);
    assert!(get(&*back, large) == want);
    bench.assert_clean();
}

#[test]
fn fills_large_and_small() {
    let bench = open(config(Die::Navi44));
    for size in [4u64, 1000, 3 << 20] {
        let memory = bench.card.allocate(MemoryKind::Device, size + 8).unwrap();
        bench.run(&[Command::Fill {
            destination: memory.address(),
            size: size + 8,
            value: 0,
        }]);
        bench.run(&[Command::Fill {
            destination: memory.address() + 4,
            size,
            value: 0xdead_beef,
        }]);
        let got = bench.fetch(memory.address(), size + 8);
        let words: Vec<u32> = got
            .chunks_exact(4)
            .map(|b| u32::from_le_bytes(b.try_into().unwrap()))
            .collect();
        assert_eq!(words[0], 0);
        assert!(words[1..words.len() - 1].iter().all(|w| *w == 0xdead_beef));
        assert_eq!(*words.last().unwrap(), 0);
    }
}

#[test]
fn timestamps_grow() {
    let bench = open(config(Die::Navi33));
    let now = bench.card.timestamp().unwrap();
    let memory = bench.card.allocate(MemoryKind::Readback, 16).unwrap();
    let filled = bench.card.allocate(MemoryKind::Device, 8 << 20).unwrap();
    bench.run(&[
        Command::Timestamp {
            destination: memory.address(),
        },
        Command::Fill {
            destination: filled.address(),
            size: 8 << 20,
            value: 1,
        },
        Command::Timestamp {
            destination: memory.address() + 8,
        },
    ]);
    let bytes = get(&*memory, 16);
    let first = u64::from_le_bytes(bytes[..8].try_into().unwrap());
    let second = u64::from_le_bytes(bytes[8..].try_into().unwrap());
    assert!(now < first && first < second, "{now} {first} {second}");
}

#[test]
fn a_submission_is_one_doorbell_and_nothing_else() {
    let bench = open(config(Die::Navi31));
    let staging = bench.upload(&pattern(4096, 1));
    let memory = bench.card.allocate(MemoryKind::Device, 4096).unwrap();
    let back = bench.card.allocate(MemoryKind::Readback, 4096).unwrap();
    for _ in 0..3 {
        let before = bench.link.counts();
        bench.run(&[
            Command::Copy {
                source: staging.address(),
                destination: memory.address(),
                size: 4096,
            },
            Command::Barrier,
            Command::Copy {
                source: memory.address(),
                destination: back.address(),
                size: 4096,
            },
        ]);
        assert!(get(&*back, 4096) == pattern(4096, 1));
        let cost = bench.link.counts().since(&before);
        assert_eq!((cost.posted, cost.round_trips), (1, 0));
    }
    // Allocating and releasing what is there costs nothing either.
    let before = bench.link.counts();
    for _ in 0..100 {
        let upload = bench.card.allocate(MemoryKind::Upload, 10_000).unwrap();
        let device = bench.card.allocate(MemoryKind::Device, 10_000).unwrap();
        drop((upload, device));
    }
    assert_eq!(bench.link.counts().since(&before).messages(), 0);
}

#[test]
fn a_large_copy_is_two_doorbells_at_most() {
    let bench = open(config(Die::Navi31));
    let size = 4u64 << 20;
    let staging = bench.upload(&pattern(size as usize, 9));
    let memory = bench.card.allocate(MemoryKind::Device, size).unwrap();
    let before = bench.link.counts();
    bench.run(&[Command::Copy {
        source: staging.address(),
        destination: memory.address(),
        size,
    }]);
    let cost = bench.link.counts().since(&before);
    assert_eq!((cost.posted, cost.round_trips), (1, 0));
}

#[test]
fn fragmented_host_memory_and_large_apertures() {
    for (segments, bar0) in [(32, 256 << 20), (7, 512 << 20), (1, 64 << 20)] {
        let bench = open(Config {
            segments,
            bar0,
            strict: true,
            ..config(Die::Navi32)
        });
        let data = pattern(3 << 20, 5);
        let memory = bench.device(&data);
        assert!(bench.fetch(memory.address(), data.len() as u64) == data);
        bench.assert_clean();
    }
}

#[test]
fn memory_runs_out_and_comes_back() {
    let bench = open(config(Die::Navi31));
    let (used, free) = bench.card.memory_use();
    let mut held = Vec::new();
    loop {
        match bench.card.allocate(MemoryKind::Device, 16 << 20) {
            Ok(memory) => held.push(memory),
            Err(CardError::OutOfMemory { asked, free, .. }) => {
                assert_eq!(asked, 16 << 20);
                assert!(free < 16 << 20);
                break;
            }
            Err(other) => panic!("{other}"),
        }
    }
    assert!(held.len() as u64 >= free / (16 << 20) - 1);
    // Every other one goes: what is free is in pieces, and still one allocation.
    let mut index = 0;
    held.retain(|_| {
        index += 1;
        index % 2 == 0
    });
    let whole = bench.card.allocate(MemoryKind::Device, 100 << 20).unwrap();
    let data = pattern(100 << 20, 11);
    let staging = bench.upload(&data);
    bench.run(&[Command::Copy {
        source: staging.address(),
        destination: whole.address(),
        size: data.len() as u64,
    }]);
    let tail = bench.fetch(whole.address() + (97 << 20), 3 << 20);
    assert!(tail == data[97 << 20..]);
    drop((whole, held, staging));
    // Nothing is in flight, so all of it is back at once.
    let _ = bench.card.allocate(MemoryKind::Device, 4).unwrap();
    assert_eq!(bench.card.memory_use(), (used, free));
    bench.assert_clean();
}

#[test]
fn what_is_unmapped_is_forgotten_before_it_is_used_again() {
    // On the compute queue, then on SDMA.
    for size in [4 << 10, 1 << 20] {
        let bench = open(config(Die::Navi31));
        let mut held = Vec::new();
        while let Ok(memory) = bench.card.allocate(MemoryKind::Device, 16 << 20) {
            held.push(memory);
        }
        let mut index = 0;
        held.retain(|_| {
            index += 1;
            index % 2 == 0
        });
        // Of pieces, so with a mapping of its own, which the card then knows.
        let memory = bench.card.allocate(MemoryKind::Device, 40 << 20).unwrap();
        let destination = memory.address();
        assert!(destination > held[0].address() + (1 << 40) - (1 << 30));
        let fill = [Command::Fill {
            destination,
            size,
            value: 7,
        }];
        bench.run(&fill);
        let before = bench.link.counts();
        drop(memory);
        assert!(bench.link.counts().since(&before).messages() > 0);
        // Nothing was mapped since: only the flush at unmapping makes this a fault.
        let lost = bench
            .card
            .submit(&fill)
            .and_then(|point| bench.card.wait(point, None));
        match lost {
            Err(CardError::Lost(Loss::PageFault { address, .. })) => {
                assert_eq!(address, destination, "{size}");
            }
            other => panic!("{size}: {other:?}"),
        }
    }
}

#[test]
fn impossible_sizes_are_out_of_memory() {
    let bench = open(config(Die::Navi31));
    for size in [1 << 40, u64::MAX, u64::MAX - 100] {
        assert!(matches!(
            bench.card.allocate(MemoryKind::Device, size),
            Err(CardError::OutOfMemory { .. })
        ));
    }
    // Zero is a small allocation with an address.
    let memory = bench.card.allocate(MemoryKind::Device, 0).unwrap();
    assert!(memory.address() > 0);
}

#[test]
fn wrong_commands_are_refused_and_harmless() {
    let bench = open(config(Die::Navi31));
    let memory = bench.card.allocate(MemoryKind::Device, 64).unwrap();
    for command in [
        Command::Copy {
            source: memory.address() + 1,
            destination: memory.address() + 32,
            size: 4,
        },
        Command::Copy {
            source: memory.address(),
            destination: memory.address() + 32,
            size: 3,
        },
        Command::Fill {
            destination: memory.address() + 2,
            size: 4,
            value: 0,
        },
        Command::Timestamp {
            destination: memory.address() + 4,
        },
    ] {
        assert!(matches!(
            bench.card.submit(&[command]),
            Err(CardError::Invalid(_))
        ));
    }
    assert!(matches!(
        bench.card.wait(99, None),
        Err(CardError::Invalid(_))
    ));
    let empty = bench.card.submit(&[]).unwrap();
    assert!(bench.card.wait(empty, None).unwrap());
    assert!(bench.card.completed() >= empty);
    let data = pattern(64, 2);
    let memory = bench.device(&data);
    assert!(bench.fetch(memory.address(), 64) == data);
}

#[test]
fn a_submission_larger_than_the_rings() {
    let bench = open(config(Die::Navi31));
    let memory = bench.card.allocate(MemoryKind::Device, 1 << 20).unwrap();
    let mut commands = Vec::new();
    for i in 0..200_000u32 {
        commands.push(Command::Fill {
            destination: memory.address() + u64::from(i % 1000) * 4,
            size: 4,
            value: i,
        });
        if i % 1000 == 999 {
            commands.push(Command::Barrier);
        }
    }
    bench.run(&commands);
    let got = bench.fetch(memory.address(), 4000);
    for (i, word) in got.chunks_exact(4).enumerate() {
        let word = u32::from_le_bytes(word.try_into().unwrap());
        assert_eq!(word, 199_000 + i as u32);
    }
}

#[test]
fn many_submissions_from_two_threads_leak_nothing() {
    let bench = open(config(Die::Navi31));
    let before = bench.card.memory_use();
    std::thread::scope(|scope| {
        for thread in 0..2u32 {
            let bench = &bench;
            scope.spawn(move || {
                let back = bench.card.allocate(MemoryKind::Readback, 4).unwrap();
                for i in 0..3000u32 {
                    let memory = bench.card.allocate(MemoryKind::Device, 4096).unwrap();
                    let value = thread << 24 | i;
                    let point = bench
                        .card
                        .submit(&[
                            Command::Fill {
                                destination: memory.address(),
                                size: 4096,
                                value,
                            },
                            Command::Barrier,
                            Command::Copy {
                                source: memory.address() + 4092,
                                destination: back.address(),
                                size: 4,
                            },
                        ])
                        .unwrap();
                    drop(memory);
                    if i % 16 == 0 {
                        assert!(bench.card.wait(point, None).unwrap());
                        assert_eq!(get(&*back, 4), value.to_le_bytes());
                    }
                }
            });
        }
    });
    let last = bench.card.submit(&[]).unwrap();
    bench.card.wait(last, None).unwrap();
    let _ = bench.card.allocate(MemoryKind::Device, 4).unwrap();
    assert_eq!(bench.card.memory_use(), before);
}

#[test]
fn a_hundred_thousand_submissions_leak_nothing() {
    let bench = open(config(Die::Navi31));
    let memory = bench.card.allocate(MemoryKind::Device, 64).unwrap();
    let before = bench.card.memory_use();
    let messages = bench.link.counts();
    let mut point = 0;
    for i in 0..100_000u32 {
        point = bench
            .card
            .submit(&[Command::Fill {
                destination: memory.address(),
                size: 64,
                value: i,
            }])
            .unwrap();
    }
    assert!(bench.card.wait(point, None).unwrap());
    let cost = bench.link.counts().since(&messages);
    assert_eq!((cost.posted, cost.round_trips), (100_000, 0));
    assert_eq!(bench.fetch(memory.address(), 4), 99_999u32.to_le_bytes());
    assert_eq!(bench.card.memory_use(), before);
}

#[test]
fn closing_leaves_the_card_for_the_next() {
    let bench = open(config(Die::Navi31));
    let model = bench.model.clone();
    let data = pattern(4096, 7);
    let memory = bench.device(&data);
    drop(memory);
    drop(bench);
    for _ in 0..3 {
        let card = egpu_driver::amd::AmdCard::open(model.clone(), &Options::default()).unwrap();
        let memory = card.allocate(MemoryKind::Readback, 64).unwrap();
        let point = card
            .submit(&[Command::Fill {
                destination: memory.address(),
                size: 64,
                value: 5,
            }])
            .unwrap();
        card.wait(point, None).unwrap();
        assert_eq!(get(&*memory, 4), [5, 0, 0, 0]);
    }
    let findings = model.findings();
    assert!(findings.is_empty(), "{findings:#?}");
}
