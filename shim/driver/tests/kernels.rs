//! Kernels compiled by clang (tests/objects/kernels.cl), dispatched in every way.

mod common;

use std::sync::Arc;

use amd_hw::die::Die;
use common::{config, get, object, open, open_with, words, Bench};
use egpu_driver::amd::Options;
use egpu_driver::{Card, CardError, Command, Kernel, MemoryKind};
use virtual_card::Config;

/// The card that forgives nothing.
fn strict(die: Die) -> Config {
    Config {
        strict: true,
        seed: 1,
        ..config(die)
    }
}

fn load(bench: &Bench, die: Die, name: &str) -> Arc<dyn Kernel> {
    bench.card.load(object(die), name).unwrap()
}

fn arguments(pointer: u64, rest: &[u32]) -> Arc<[u8]> {
    let mut block = pointer.to_le_bytes().to_vec();
    block.extend(rest.iter().flat_map(|w| w.to_le_bytes()));
    block.into()
}

fn dispatch(kernel: &Arc<dyn Kernel>, arguments: Arc<[u8]>, groups: [u32; 3]) -> Command {
    Command::Dispatch {
        kernel: kernel.clone(),
        arguments,
        touches: None,
        groups,
    }
}

#[test]
fn kernels_run_on_every_die() {
    for die in Die::ALL {
        let bench = open(strict(die));
        let kernel = load(&bench, die, "iota");
        assert_eq!(kernel.argument_size(), 16);
        let out = bench.card.allocate(MemoryKind::Device, 4096).unwrap();
        bench.run(&[dispatch(
            &kernel,
            arguments(out.address(), &[3, 100]),
            [16, 1, 1],
        )]);
        let got = words(&bench.fetch(out.address(), 4096));
        let want: Vec<u32> = (0..1024).map(|i| i * 3 + 100).collect();
        assert_eq!(got, want, "{die:?}");
        bench.assert_clean();
    }
}

#[test]
fn kernels_write_host_memory_directly() {
    let bench = open(strict(Die::Navi31));
    let kernel = load(&bench, Die::Navi31, "iota");
    let out = bench.card.allocate(MemoryKind::Readback, 256).unwrap();
    bench.run(&[dispatch(
        &kernel,
        arguments(out.address(), &[1, 5]),
        [1, 1, 1],
    )]);
    let want: Vec<u32> = (5..69).collect();
    assert_eq!(words(&get(&*out, 256)), want);
}

#[test]
fn loading_and_dispatching_cost_one_message() {
    let bench = open(strict(Die::Navi31));
    let out = bench.card.allocate(MemoryKind::Readback, 4096).unwrap();
    for round in 0..3 {
        let before = bench.link.counts();
        let kernel = load(&bench, Die::Navi31, "iota");
        let mut commands = Vec::new();
        for i in 0..16u32 {
            commands.push(dispatch(
                &kernel,
                arguments(out.address() + u64::from(i) * 256, &[1, i]),
                [1, 1, 1],
            ));
            if i % 2 == round % 2 {
                commands.push(Command::Barrier);
            }
        }
        bench.run(&commands);
        let cost = bench.link.counts().since(&before);
        assert_eq!((cost.posted, cost.round_trips), (1, 0));
        let got = words(&get(&*out, 4096));
        assert!((0..1024).all(|i| got[i] == (i as u32 % 64) + i as u32 / 64));
    }
    bench.assert_clean();
}

#[test]
fn a_thousand_dependent_dispatches_in_one_submission() {
    for die in [Die::Navi31, Die::Navi48] {
        let bench = open(config(die));
        let kernel = load(&bench, die, "bump");
        let data = bench.device(&vec![0; 1024]);
        let mut commands = Vec::new();
        for _ in 0..1000 {
            commands.push(dispatch(&kernel, arguments(data.address(), &[]), [4, 1, 1]));
            commands.push(Command::Barrier);
        }
        let before = bench.link.counts();
        bench.run(&commands);
        let cost = bench.link.counts().since(&before);
        assert_eq!((cost.posted, cost.round_trips), (1, 0));
        assert_eq!(words(&bench.fetch(data.address(), 1024)), [1000; 256]);
        bench.assert_clean();
    }
}

#[test]
fn more_dispatches_than_the_argument_memory_holds() {
    let bench = open(config(Die::Navi31));
    let kernel = load(&bench, Die::Navi31, "bump");
    let data = bench.device(&vec![0; 256]);
    let mut commands = Vec::new();
    for _ in 0..30_000 {
        commands.push(dispatch(&kernel, arguments(data.address(), &[]), [1, 1, 1]));
        commands.push(Command::Barrier);
    }
    bench.run(&commands);
    assert_eq!(words(&bench.fetch(data.address(), 256)), [30_000; 64]);
}

#[test]
fn the_grid_comes_from_memory() {
    for die in [Die::Navi31, Die::Navi32, Die::Navi44] {
        let bench = open(strict(die));
        let told = load(&bench, die, "told");
        let out = bench.card.allocate(MemoryKind::Device, 4096).unwrap();
        let grid = bench.card.allocate(MemoryKind::Device, 64).unwrap();
        let iota = load(&bench, die, "iota");
        // The card itself writes the grid: 2, 3, 4 at an offset that is a multiple of 4 only.
        bench.run(&[
            Command::Fill {
                destination: out.address(),
                size: 4096,
                value: 0,
            },
            dispatch(&iota, arguments(out.address(), &[1, 2]), [1, 1, 1]),
            Command::Barrier,
            Command::Copy {
                source: out.address(),
                destination: grid.address() + 4,
                size: 12,
            },
            Command::Barrier,
            Command::Fill {
                destination: out.address(),
                size: 4096,
                value: 0,
            },
            Command::Barrier,
            Command::DispatchIndirect {
                kernel: told.clone(),
                arguments: arguments(out.address(), &[0, 0, 0]),
                touches: None,
                groups_at: Some(8),
                groups: grid.address() + 4,
            },
        ]);
        let got = words(&bench.fetch(out.address(), 256));
        assert!(
            got[..24].iter().all(|w| *w == (2 | 3 << 8 | 4 << 16)),
            "{die:?} {got:x?}"
        );
        assert!(got[24..].iter().all(|w| *w == 0));

        // Zero workgroups are none.
        bench.run(&[
            Command::Fill {
                destination: grid.address() + 8,
                size: 4,
                value: 0,
            },
            Command::Fill {
                destination: out.address(),
                size: 256,
                value: 7,
            },
            Command::Barrier,
            Command::DispatchIndirect {
                kernel: told.clone(),
                arguments: arguments(out.address(), &[0, 0, 0]),
                touches: None,
                groups_at: Some(8),
                groups: grid.address() + 4,
            },
        ]);
        assert_eq!(words(&bench.fetch(out.address(), 256)), [7; 64]);
        bench.assert_clean();
    }
}

#[test]
fn hidden_arguments_are_filled_in() {
    let bench = open(strict(Die::Navi31));
    let grid = load(&bench, Die::Navi31, "grid");
    let out = bench.card.allocate(MemoryKind::Device, 256).unwrap();
    bench.run(&[dispatch(&grid, arguments(out.address(), &[]), [9, 1, 1])]);
    assert_eq!(words(&bench.fetch(out.address(), 36)), [9; 9]);
    let groups = bench.device(&[5, 0, 0, 0, 1, 0, 0, 0, 1, 0, 0, 0]);
    bench.run(&[Command::DispatchIndirect {
        kernel: grid.clone(),
        arguments: arguments(out.address(), &[]),
        touches: None,
        groups_at: None,
        groups: groups.address(),
    }]);
    assert_eq!(
        words(&bench.fetch(out.address(), 36))[..6],
        [5, 5, 5, 5, 5, 9]
    );
}

#[test]
fn scratch_and_lds() {
    for die in [Die::Navi33, Die::Navi48] {
        let bench = open(strict(die));
        let spill = load(&bench, die, "spill");
        let out = bench.card.allocate(MemoryKind::Device, 8192).unwrap();
        let step = 13;
        bench.run(&[dispatch(
            &spill,
            arguments(out.address(), &[step]),
            [64, 1, 1],
        )]);
        let got = words(&bench.fetch(out.address(), 8192));
        for (i, got) in got.iter().enumerate() {
            let i = i as u32;
            let mut table = [0u32; 64];
            for k in 0..64 {
                table[((k * step + i) & 63) as usize] = k + i;
            }
            let want = (0..64).fold(0u32, |sum, k| {
                sum.wrapping_add(table[k as usize].wrapping_mul(k + 1))
            });
            assert_eq!(*got, want, "{die:?} {i}");
        }
        let reverse = load(&bench, die, "reverse");
        let input: Vec<u8> = (0..128u32).flat_map(u32::to_le_bytes).collect();
        let data = bench.device(&input);
        bench.run(&[dispatch(
            &reverse,
            arguments(data.address(), &[]),
            [2, 1, 1],
        )]);
        let got = words(&bench.fetch(data.address(), 512));
        let want: Vec<u32> = (0..64).rev().chain((64..128).rev()).collect();
        assert_eq!(got, want, "{die:?}");
        bench.assert_clean();
    }
}

#[test]
fn large_copies_and_kernels_keep_their_order() {
    let bench = open(strict(Die::Navi31));
    let iota = load(&bench, Die::Navi31, "iota");
    let bump = load(&bench, Die::Navi31, "bump");
    let size = 1u64 << 20;
    let groups = [(size / 256) as u32, 1, 1];
    let a = bench.card.allocate(MemoryKind::Device, size).unwrap();
    let b = bench.card.allocate(MemoryKind::Device, size).unwrap();
    let back = bench.card.allocate(MemoryKind::Readback, size).unwrap();
    let copy = |source, destination| Command::Copy {
        source,
        destination,
        size,
    };
    let mut points = Vec::new();
    for round in 0..8u32 {
        let commands = [
            dispatch(&iota, arguments(a.address(), &[1, round]), groups),
            Command::Barrier,
            copy(a.address(), b.address()),
            Command::Barrier,
            dispatch(&bump, arguments(b.address(), &[]), groups),
            Command::Barrier,
            copy(b.address(), back.address()),
        ];
        points.push(bench.card.submit(&commands).unwrap());
    }
    assert!(points.windows(2).all(|p| p[0] < p[1]));
    assert!(bench.card.wait(points[7], None).unwrap());
    let got = words(&get(&*back, size));
    assert!(got.iter().enumerate().all(|(i, w)| *w == i as u32 + 8));
    assert!(bench.card.completed() >= points[7]);
    bench.assert_clean();
}

#[test]
fn code_is_not_overwritten_by_late_uploads() {
    let bench = open(strict(Die::Navi31));
    for _ in 0..50 {
        // Never dispatched: its code must not land in memory that somebody else has by then.
        drop(load(&bench, Die::Navi31, "iota"));
        let memory = bench.card.allocate(MemoryKind::Device, 64 << 10).unwrap();
        bench.run(&[Command::Fill {
            destination: memory.address(),
            size: 64 << 10,
            value: 0x5a5a_5a5a,
        }]);
        let kernel = load(&bench, Die::Navi31, "bump");
        let data = bench.device(&vec![0; 256]);
        bench.run(&[dispatch(&kernel, arguments(data.address(), &[]), [1, 1, 1])]);
        assert_eq!(words(&bench.fetch(data.address(), 256)), [1; 64]);
        let got = bench.fetch(memory.address(), 64 << 10);
        assert!(got.iter().all(|b| *b == 0x5a));
    }
}

#[test]
fn wrong_uses_of_kernels_are_refused() {
    let bench = open(strict(Die::Navi44));
    let other = open(strict(Die::Navi44));
    let kernel = load(&bench, Die::Navi44, "iota");
    let long: Arc<[u8]> = vec![0; 17].into();
    let fine = arguments(0x2000_0000_0000, &[0, 0]);
    for command in [
        dispatch(&kernel, long, [1, 1, 1]),
        dispatch(&kernel, fine.clone(), [1, 65_536, 1]),
        Command::DispatchIndirect {
            kernel: kernel.clone(),
            arguments: fine.clone(),
            touches: None,
            groups_at: Some(8),
            groups: 0x2000_0000_0000,
        },
        Command::DispatchIndirect {
            kernel: kernel.clone(),
            arguments: fine.clone(),
            touches: None,
            groups_at: None,
            groups: 0x2000_0000_0002,
        },
    ] {
        let error = bench.card.submit(&[command]).unwrap_err();
        assert!(matches!(error, CardError::Invalid(_)), "{error}");
    }
    let foreign = dispatch(&kernel, fine.clone(), [1, 1, 1]);
    assert!(matches!(
        other.card.submit(&[foreign]),
        Err(CardError::Invalid(_))
    ));
    // No workgroups: nothing happens, whatever the arguments say.
    bench.run(&[dispatch(&kernel, fine, [0, 1, 1])]);
    bench.assert_clean();
}

#[test]
fn code_objects_of_other_cards_and_rubbish_are_refused() {
    let bench = open(strict(Die::Navi31));
    let refused = |bytes: &[u8], name: &str| match bench.card.load(bytes, name) {
        Err(CardError::BadKernel(why)) => why,
        other => panic!("{other:?}"),
    };
    let good = object(Die::Navi31);
    assert!(refused(object(Die::Navi48), "iota").contains("gfx1100"));
    let why = refused(good, "missing");
    assert!(why.contains("iota") && why.contains("reverse"), "{why}");
    refused(&[], "iota");
    refused(
        b"not an ELF file at all, but long enough to be one.......................",
        "iota",
    );
    for cut in (0..good.len()).step_by(97) {
        let _ = bench.card.load(&good[..cut], "iota");
    }
    // Every byte of headers, symbols and descriptors, broken one at a time.
    for at in (0..good.len()).filter(|at| *at < 0x400 || at % 13 == 0) {
        let mut bytes = good.to_vec();
        bytes[at] ^= 0xff;
        let _ = bench.card.load(&bytes, "iota");
    }
    // The card does not mind.
    let kernel = load(&bench, Die::Navi31, "bump");
    let data = bench.device(&vec![0; 256]);
    bench.run(&[dispatch(&kernel, arguments(data.address(), &[]), [1, 1, 1])]);
    assert_eq!(words(&bench.fetch(data.address(), 256)), [1; 64]);
}

#[test]
fn no_memory_for_scratch_fails_the_submission_and_not_the_card() {
    let bench = open(strict(Die::Navi31));
    let spill = load(&bench, Die::Navi31, "spill");
    let bump = load(&bench, Die::Navi31, "bump");
    let out = bench.card.allocate(MemoryKind::Device, 256).unwrap();
    let data = bench.device(&vec![0; 256]);
    let mut hoard = Vec::new();
    for size in [16u64 << 20, 1 << 20, 4096, 256] {
        while let Ok(memory) = bench.card.allocate(MemoryKind::Device, size) {
            hoard.push(memory);
        }
    }
    let commands = [
        dispatch(&bump, arguments(data.address(), &[]), [1, 1, 1]),
        Command::Barrier,
        dispatch(&spill, arguments(out.address(), &[1]), [2, 1, 1]),
    ];
    for _ in 0..2 {
        let error = bench.card.submit(&commands).unwrap_err();
        assert!(matches!(error, CardError::OutOfMemory { .. }), "{error}");
        assert_eq!(bench.card.loss(), None);
    }
    // Memory that work under way still holds is waited for.
    let fill = Command::Fill {
        destination: hoard[0].address(),
        size: 16 << 20,
        value: 1,
    };
    bench.card.submit(&[fill]).unwrap();
    hoard.clear();
    bench.run(&commands);
    // Each failed submission had run as far as it got.
    assert_eq!(words(&bench.fetch(data.address(), 256)), [3; 64]);
    bench.assert_clean();
}

#[test]
fn two_threads_share_a_card() {
    let bench = open(strict(Die::Navi31));
    let kernel = load(&bench, Die::Navi31, "bump");
    std::thread::scope(|scope| {
        for _ in 0..2 {
            scope.spawn(|| {
                let data = bench.device(&vec![0; 256]);
                for i in 1..=200u32 {
                    bench.run(&[dispatch(&kernel, arguments(data.address(), &[]), [1, 1, 1])]);
                    if i % 50 == 0 {
                        assert_eq!(words(&bench.fetch(data.address(), 256)), [i; 64]);
                    }
                }
            });
        }
    });
    bench.assert_clean();
}

#[test]
fn all_of_it_in_fragmented_memory_without_small_copies() {
    // SDMA for everything that it can do, host memory in 32 pieces, the smallest aperture.
    let bench = open_with(
        Config {
            segments: 32,
            bar0: 64 << 20,
            ..config(Die::Navi31)
        },
        &Options {
            small_copies: 0,
            ..Options::default()
        },
    );
    let kernel = load(&bench, Die::Navi31, "bump");
    let data = bench.device(&vec![0; 256]);
    for i in 1..20u32 {
        bench.run(&[dispatch(&kernel, arguments(data.address(), &[]), [1, 1, 1])]);
        assert_eq!(words(&bench.fetch(data.address(), 256)), [i; 64]);
    }
    bench.assert_clean();
}
