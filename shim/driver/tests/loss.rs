//! Cards that fail: in process, over links that break, behind servers that die.

mod common;

use std::sync::Arc;
use std::time::{Duration, Instant};

use amd_hw::die::Die;
use common::{config, get, object, open_with};
use egpu_driver::amd::{AmdCard, Options, Watchdog};
use egpu_driver::{Card, CardError, Command, Loss, MemoryKind};
use egpu_link::{Fault as Broken, FaultInjector};
use virtual_card::{Config, Fault, VirtualCard};

/// What a loss must look like.
fn is_lost(card: &dyn Card, since: Instant, expected: fn(&Loss) -> bool) {
    let loss = card.loss().expect("the card is not lost");
    assert!(expected(&loss), "{loss:?}");
    assert!(since.elapsed() < Duration::from_secs(10));
    // Later operations say the same, at once, and nothing hangs.
    let start = Instant::now();
    let same = |error: CardError| assert_eq!(error, CardError::Lost(loss.clone()));
    same(card.allocate(MemoryKind::Device, 64).unwrap_err());
    same(card.submit(&[]).unwrap_err());
    same(card.timestamp().unwrap_err());
    same(card.wait(card.completed(), None).unwrap_err());
    assert!(start.elapsed() < Duration::from_secs(1));
}

fn dispatch(card: &dyn Card, die: Die) -> Result<u64, CardError> {
    let kernel = card.load(object(die), "bump")?;
    let memory = card.allocate(MemoryKind::Device, 4096)?;
    card.submit(&[Command::Dispatch {
        kernel,
        arguments: memory.address().to_le_bytes().to_vec().into(),
        touches: None,
        groups: [1, 1, 1],
    }])
}

fn works(card: &dyn Card) {
    let point = dispatch(card, Die::Navi31).unwrap();
    assert!(card.wait(point, Some(Duration::from_secs(10))).unwrap());
    assert_eq!(card.loss(), None);
}

/// Says whether a failure is the one that a fault should cause.
type Expected<T> = fn(&T) -> bool;

#[test]
fn faults_of_kernels_have_their_cause_and_the_card_opens_again() {
    let cases: [(Fault, Expected<Loss>); 3] = [
        (
            Fault::Hang,
            |l| matches!(l, Loss::Hang { seconds: 1, kernel } if kernel == "bump"),
        ),
        (Fault::PageFault, |l| {
            matches!(l, Loss::PageFault { address: 0x7eee_dead_b000, access: "read", detail }
                if detail.contains("bump"))
        }),
        (
            Fault::IllegalInstruction,
            |l| matches!(l, Loss::Wave(text) if text.contains("illegal instruction")),
        ),
    ];
    for (fault, expected) in cases {
        let options = Options {
            watchdog: Watchdog::After(Duration::from_secs(1)),
            ..Options::default()
        };
        let bench = open_with(
            Config {
                faults: vec![fault],
                ..config(Die::Navi31)
            },
            &options,
        );
        let start = Instant::now();
        let point = dispatch(&bench.card, Die::Navi31).unwrap();
        assert!(bench.card.wait(point, None).is_err(), "{fault}");
        is_lost(&bench.card, start, expected);
        assert!(bench.card.completed() >= point);
        // The same model, opened anew while the old handle still lives.
        let again = AmdCard::open(bench.model.clone(), &options).unwrap();
        works(&again);
    }
}

#[test]
fn polling_alone_finds_a_hang() {
    let bench = open_with(
        Config {
            faults: vec![Fault::Hang],
            ..config(Die::Navi31)
        },
        &Options {
            watchdog: Watchdog::After(Duration::from_millis(500)),
            ..Options::default()
        },
    );
    let start = Instant::now();
    let point = dispatch(&bench.card, Die::Navi31).unwrap();
    while bench.card.completed() < point {
        assert!(start.elapsed() < Duration::from_secs(5));
        std::thread::sleep(Duration::from_millis(5));
    }
    is_lost(&bench.card, start, |l| matches!(l, Loss::Hang { .. }));
}

#[test]
fn a_wait_with_a_limit_gives_up_in_time() {
    let bench = open_with(
        Config {
            faults: vec![Fault::Hang],
            ..config(Die::Navi31)
        },
        &Options {
            watchdog: Watchdog::Off,
            ..Options::default()
        },
    );
    let point = dispatch(&bench.card, Die::Navi31).unwrap();
    let start = Instant::now();
    let limit = Some(Duration::from_millis(700));
    assert!(!bench.card.wait(point, limit).unwrap());
    assert!(start.elapsed() < Duration::from_secs(2));
    assert_eq!(bench.card.loss(), None);
}

#[test]
fn a_wild_address_is_a_page_fault() {
    for die in [Die::Navi31, Die::Navi48] {
        let bench = open_with(config(die), &Options::default());
        let kernel = bench.card.load(object(die), "bump").unwrap();
        let start = Instant::now();
        let point = bench
            .card
            .submit(&[Command::Dispatch {
                kernel,
                arguments: 0x1234_5000u64.to_le_bytes().to_vec().into(),
                touches: None,
                groups: [1, 1, 1],
            }])
            .unwrap();
        assert!(bench.card.wait(point, None).is_err());
        is_lost(
            &bench.card,
            start,
            |l| matches!(l, Loss::PageFault { address, .. } if *address == 0x1234_5000),
        );
    }
}

#[test]
fn broken_links_are_losses() {
    let cases: [(Broken, Expected<Loss>); 4] = [
        (Broken::Lost, |l| matches!(l, Loss::Unplugged(_))),
        (Broken::ShortAnswer, |l| matches!(l, Loss::Unplugged(_))),
        (
            Broken::AllOnes,
            |l| matches!(l, Loss::Unplugged(text) if text.contains("ones")),
        ),
        (
            Broken::Stall(Duration::from_millis(300)),
            |l| matches!(l, Loss::Unplugged(text) if text.contains("no answer")),
        ),
    ];
    for (fault, expected) in cases {
        let model = VirtualCard::new(config(Die::Navi31)).unwrap();
        let link = FaultInjector::new(model.clone());
        let card = AmdCard::open(Arc::new(link.clone()), &Options::default()).unwrap();
        works(&card);
        link.inject(fault.clone(), 0);
        let start = Instant::now();
        match dispatch(&card, Die::Navi31) {
            Ok(point) => assert!(card.wait(point, None).is_err(), "{fault:?}"),
            Err(error) => assert!(matches!(error, CardError::Lost(_)), "{error}"),
        }
        is_lost(&card, start, expected);
        drop(card);
        link.clear();
        works(&AmdCard::open(model, &Options::default()).unwrap());
    }
}

#[test]
fn links_that_break_while_opening_are_errors() {
    // At every operation of a warm attach, one after the other.
    let model = VirtualCard::new(config(Die::Navi31)).unwrap();
    for after in (0..600).step_by(7) {
        let link = FaultInjector::new(model.clone());
        link.inject(Broken::Lost, after);
        match AmdCard::open(Arc::new(link.clone()), &Options::default()) {
            Ok(card) => drop(card),
            Err(CardError::Unavailable { .. } | CardError::Lost(_)) => {}
            Err(other) => panic!("after {after}: {other}"),
        }
    }
    works(&AmdCard::open(model, &Options::default()).unwrap());
}

#[test]
fn no_host_memory_is_out_of_memory() {
    let model = VirtualCard::new(config(Die::Navi31)).unwrap();
    let link = FaultInjector::new(model);
    let card = AmdCard::open(Arc::new(link.clone()), &Options::default()).unwrap();
    link.inject(Broken::NoHostMemory, 0);
    assert!(matches!(
        card.allocate(MemoryKind::Upload, 256 << 20),
        Err(CardError::OutOfMemory { .. })
    ));
    link.clear();
    works(&card);
    let memory = card.allocate(MemoryKind::Upload, 64 << 20).unwrap();
    assert_eq!(get(&*memory, 4).len(), 4);
}

#[cfg(unix)]
mod served {
    use super::*;
    use common::{pattern, put, Folder};
    use egpu_driver::doctor::{self, Check, Problem};
    use egpu_driver::{AmdSource, Source};
    use egpu_link::{Counters, Endpoint, Limits};
    use virtual_card::serve;

    fn limits() -> Limits {
        Limits {
            answer: Duration::from_secs(1),
            ..Limits::default()
        }
    }

    fn server(endpoint: Endpoint, card: Config) -> serve::Running {
        serve::Server::bind(serve::Options {
            endpoint,
            card,
            once: false,
            trace: None,
        })
        .unwrap()
        .start()
    }

    fn socket(name: &str) -> Endpoint {
        let file = format!("egpu-driver-{name}-{}.sock", std::process::id());
        Endpoint::Unix(std::env::temp_dir().join(file))
    }

    #[test]
    fn the_same_driver_over_a_unix_socket() {
        let server = server(
            socket("works"),
            Config {
                segments: 32,
                ..config(Die::Navi31)
            },
        );
        let link = Arc::new(Counters::new(server.endpoint().connect(limits()).unwrap()));
        let card = AmdCard::open(link.clone(), &Options::default()).unwrap();
        assert!(card.info().is_virtual);
        works(&card);
        let upload = card.allocate(MemoryKind::Upload, 1 << 20).unwrap();
        let device = card.allocate(MemoryKind::Device, 1 << 20).unwrap();
        let back = card.allocate(MemoryKind::Readback, 1 << 20).unwrap();
        let data = pattern(1 << 20, 4);
        put(&*upload, &data);
        let before = link.counts();
        let point = card
            .submit(&[
                Command::Copy {
                    source: upload.address(),
                    destination: device.address(),
                    size: 1 << 20,
                },
                Command::Barrier,
                Command::Copy {
                    source: device.address(),
                    destination: back.address(),
                    size: 1 << 20,
                },
            ])
            .unwrap();
        assert!(card.wait(point, None).unwrap());
        assert!(get(&*back, 1 << 20) == data);
        let cost = link.counts().since(&before);
        assert_eq!((cost.posted, cost.round_trips), (1, 0));
        drop((upload, device, back, card));
        let findings = server.card().findings();
        assert!(findings.is_empty(), "{findings:#?}");
    }

    #[test]
    fn the_same_driver_over_tcp() {
        let server = server(Endpoint::Tcp("127.0.0.1:0".into()), config(Die::Navi48));
        let source = AmdSource::at(server.endpoint().clone(), Options::default()).unwrap();
        assert_eq!(source.info().target, "gfx1201");
        let card = source.open().unwrap();
        let kernel = card.load(object(Die::Navi48), "iota").unwrap();
        let out = card.allocate(MemoryKind::Readback, 256).unwrap();
        let upload = card.allocate(MemoryKind::Upload, 256).unwrap();
        put(&*upload, &[9; 256]);
        let mut arguments = out.address().to_le_bytes().to_vec();
        arguments.extend([2, 0, 0, 0, 1, 0, 0, 0]);
        let point = card
            .submit(&[
                Command::Copy {
                    source: upload.address(),
                    destination: out.address(),
                    size: 256,
                },
                Command::Barrier,
                Command::Dispatch {
                    kernel,
                    arguments: arguments.into(),
                    touches: None,
                    groups: [1, 1, 1],
                },
            ])
            .unwrap();
        assert!(card.wait(point, None).unwrap());
        let want: Vec<u8> = (0..64u32).flat_map(|i| (2 * i + 1).to_le_bytes()).collect();
        assert!(get(&*out, 256) == want);
    }

    #[test]
    fn servers_that_fail_are_losses_and_the_next_client_is_served() {
        let folder = Folder::with_firmware("fails", Die::Navi31);
        for fault in [Fault::Stall, Fault::ShortAnswer, Fault::AllOnes] {
            let server = server(
                socket(&format!("fails-{fault}")),
                Config {
                    // Attaching to a warm card rings a doorbell of its own.
                    cold: true,
                    faults: vec![fault],
                    ..config(Die::Navi31)
                },
            );
            let link = server.endpoint().connect(limits()).unwrap();
            let card = AmdCard::open(link, &folder.options()).unwrap();
            let start = Instant::now();
            // The fault strikes at the first doorbell; what follows has to ask the server.
            let lost = dispatch(&card, Die::Navi31)
                .and_then(|point| card.wait(point, Some(Duration::from_secs(20))))
                .and_then(|_| card.allocate(MemoryKind::Upload, 200 << 20).map(|_| true));
            assert!(matches!(lost, Err(CardError::Lost(_))), "{fault}: {lost:?}");
            is_lost(&card, start, |l| matches!(l, Loss::Unplugged(_)));
            if fault != Fault::AllOnes {
                let link = server.endpoint().connect(limits()).unwrap();
                works(&AmdCard::open(link, &Options::default()).unwrap());
            }
        }
    }

    #[test]
    fn a_warm_card_that_fails_while_it_is_tried_is_lost() {
        for fault in [Fault::Stall, Fault::ShortAnswer, Fault::AllOnes] {
            let server = server(
                socket(&format!("tried-{fault}")),
                Config {
                    faults: vec![fault],
                    ..config(Die::Navi31)
                },
            );
            let start = Instant::now();
            let link = server.endpoint().connect(limits()).unwrap();
            // Where memory is shared only what needs an answer notices.
            let noticed = AmdCard::open(link, &Options::default())
                .and_then(|card| card.allocate(MemoryKind::Upload, 200 << 20).map(drop));
            assert!(
                matches!(
                    noticed,
                    Err(CardError::Lost(_) | CardError::Unavailable { .. })
                ),
                "{fault}: {noticed:?}"
            );
            assert!(start.elapsed() < Duration::from_secs(20), "{fault}");
        }
    }

    #[test]
    fn a_server_that_dies_is_noticed_without_a_message() {
        let server = server(
            socket("dies"),
            Config {
                cold: true,
                faults: vec![Fault::ServerDies],
                ..config(Die::Navi31)
            },
        );
        let link = server.endpoint().connect(limits()).unwrap();
        let folder = Folder::with_firmware("dies", Die::Navi31);
        let card = AmdCard::open(link, &folder.options()).unwrap();
        let start = Instant::now();
        // The doorbell that kills the server may still have been obeyed.
        let lost = loop {
            match dispatch(&card, Die::Navi31).and_then(|point| card.wait(point, None)) {
                Ok(_) => assert!(start.elapsed() < Duration::from_secs(5)),
                Err(error) => break error,
            }
        };
        assert!(matches!(lost, CardError::Lost(_)), "{lost:?}");
        is_lost(&card, start, |l| matches!(l, Loss::Unplugged(_)));
    }

    #[test]
    fn the_doctor_names_what_it_finds() {
        let options = Options::default();
        let healthy = server(socket("doctor"), config(Die::Navi31));
        let work: &doctor::Work<'_> = &|card| {
            let point = dispatch(card, Die::Navi31)?;
            card.wait(point, None).map(|_| "a kernel ran".into())
        };
        let report = doctor::examine(healthy.endpoint(), &options, Some(work));
        assert_eq!(report.problem(), None, "{report}");
        assert!(report.findings.iter().any(|f| f.check == Check::Work));
        assert!(report.to_string().contains("PCI Express"), "{report}");

        let absent = doctor::examine(&socket("absent"), &options, Some(work));
        assert!(
            matches!(absent.problem(), Some(Problem::NoServer(_))),
            "{absent}"
        );

        let first = healthy.endpoint().connect(limits()).unwrap();
        let busy = doctor::examine(healthy.endpoint(), &options, Some(work));
        assert!(matches!(busy.problem(), Some(Problem::InUse(_))), "{busy}");
        drop(first);

        let cases: [(Fault, Expected<Problem>); 2] = [
            (Fault::NoCard, |p| matches!(p, Problem::NoCard(_))),
            (Fault::NotApproved, |p| matches!(p, Problem::NotApproved)),
        ];
        for (fault, expected) in cases {
            let server = server(
                socket(&format!("doctor-{fault}")),
                Config {
                    faults: vec![fault],
                    ..config(Die::Navi31)
                },
            );
            let report = doctor::examine(server.endpoint(), &options, Some(work));
            let problem = report.problem().unwrap_or_else(|| panic!("{report}"));
            assert!(expected(problem), "{report}");
            assert!(!problem.next_step().is_empty());
        }

        let cold = server(
            socket("doctor-cold"),
            Config {
                cold: true,
                ..config(Die::Navi31)
            },
        );
        let none = Options {
            firmware: egpu_driver::amd::FirmwareSource {
                folders: vec!["/nonexistent".into()],
            },
            ..Options::default()
        };
        let report = doctor::examine(cold.endpoint(), &none, Some(work));
        match report.problem() {
            Some(Problem::FirmwareMissing(files)) => assert_eq!(files.len(), 6),
            _ => panic!("{report}"),
        }
    }

    #[test]
    fn a_named_card_that_is_absent_is_an_error() {
        let error = AmdSource::at(socket("nobody"), Options::default()).unwrap_err();
        assert!(matches!(error, CardError::Unavailable { .. }), "{error}");
    }
}
