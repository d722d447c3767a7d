//! Cold boots, warm attaches, cards in bad states.

mod common;

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::Arc;
use std::time::{Duration, Instant};

use amd_hw::die::Die;
use amd_hw::firmware::File;
use amd_hw::registers::{Register, RegisterMap};
use common::{config, get, open_with, pattern, Folder};
use egpu_driver::amd::{AmdCard, Options, Watchdog};
use egpu_driver::{Card, CardError, Command, MemoryKind};
use egpu_link::{Counters, Link, Tap, Tapped};
use virtual_card::{Config, Fault, VirtualCard};

/// Fills and reads back.
fn works(card: &dyn Card) {
    let memory = card.allocate(MemoryKind::Device, 4096).unwrap();
    let back = card.allocate(MemoryKind::Readback, 4096).unwrap();
    let point = card
        .submit(&[
            Command::Fill {
                destination: memory.address(),
                size: 4096,
                value: 0x0102_0304,
            },
            Command::Barrier,
            Command::Copy {
                source: memory.address(),
                destination: back.address(),
                size: 4096,
            },
        ])
        .unwrap();
    assert!(card.wait(point, None).unwrap());
    assert_eq!(get(&*back, 4096), [4, 3, 2, 1].repeat(1024));
}

#[test]
fn every_die_boots_cold_and_attaches_warm() {
    for die in Die::ALL {
        let folder = Folder::with_firmware(die.code_name(), die);
        let model = VirtualCard::new(Config {
            cold: true,
            strict: true,
            ..config(die)
        })
        .unwrap();
        let link = Arc::new(Counters::new(model.clone()));
        let card = AmdCard::open(link.clone(), &folder.options()).unwrap();
        let boot = link.counts();
        works(&card);
        drop(card);
        let findings = model.findings();
        assert!(findings.is_empty(), "{die:?}: {findings:#?}");

        // Warm: no firmware is asked for.
        let before = link.counts();
        let card = AmdCard::open(link.clone(), &Folder::new("empty").options()).unwrap();
        let warm = link.counts().since(&before);
        works(&card);
        drop(card);
        assert!(warm.messages() < boot.messages());
        let findings = model.findings();
        assert!(findings.is_empty(), "{die:?}: {findings:#?}");
    }
}

#[test]
fn a_cold_boot_behind_a_small_aperture_is_few_messages() {
    let die = Die::Navi31;
    let folder = Folder::with_firmware("messages", die);
    let model = VirtualCard::new(Config {
        cold: true,
        vram: 24 << 30,
        bar0: 256 << 20,
        ..config(die)
    })
    .unwrap();
    let link = Arc::new(Counters::new(model.clone()));
    let card = AmdCard::open(link.clone(), &folder.options()).unwrap();
    works(&card);
    // Of these the discovery table, a dword at a time, takes some 200, and firmware some 20.
    let messages = link.counts().messages();
    assert!(messages < 1500, "{messages}");
    // TinyGPU grants 128 in the life of a connection.
    let allocations = model.counts().dma_allocations;
    assert!(allocations <= 2, "{allocations}");
}

#[test]
fn missing_and_broken_firmware_is_named_before_the_card_is_touched() {
    let die = Die::Navi48;
    let model = VirtualCard::new(Config {
        cold: true,
        ..config(die)
    })
    .unwrap();
    let empty = Folder::new("none");
    match AmdCard::open(model.clone(), &empty.options()) {
        Err(CardError::Unavailable { problem, advice }) => {
            assert!(problem.contains("psp_14_0_3_sos.bin"), "{problem}");
            assert!(advice.contains("egpu firmware get"), "{advice}");
        }
        other => panic!("{other:?}"),
    }
    assert_eq!(model.counts().psp_commands, 0);

    let folder = Folder::with_firmware("broken", die);
    let name = folder.path().join(File::Mec.name_for(die));
    let mut bytes = std::fs::read(&name).unwrap();
    bytes.truncate(bytes.len() - 1);
    std::fs::write(&name, bytes).unwrap();
    match AmdCard::open(model.clone(), &folder.options()) {
        Err(CardError::Unavailable { problem, .. }) => {
            assert!(problem.contains("gc_12_0_1_mec.bin"), "{problem}");
        }
        other => panic!("{other:?}"),
    }
    assert_eq!(model.counts().psp_commands, 0);
}

#[test]
fn packed_firmware_is_unpacked() {
    let die = Die::Navi33;
    let folder = Folder::with_firmware("packed", die);
    for (file, tool, suffix) in [(File::Rlc, "xz", "xz"), (File::Smu, "zstd", "zst")] {
        let name = folder.path().join(file.name_for(die));
        let mut command = std::process::Command::new(tool);
        if tool == "zstd" {
            command.arg("--rm");
        }
        match command.arg("-q").arg(&name).status() {
            Ok(status) if status.success() => {
                assert!(!name.exists());
                assert!(folder
                    .path()
                    .join(format!("{}.{suffix}", file.name_for(die)))
                    .exists());
            }
            _ => eprintln!("skipped: {tool} is missing"),
        }
    }
    let model = VirtualCard::new(Config {
        cold: true,
        ..config(die)
    })
    .unwrap();
    works(&AmdCard::open(model, &folder.options()).unwrap());
}

#[test]
fn a_refused_image_names_step_and_status() {
    let die = Die::Navi31;
    let folder = Folder::with_firmware("refused", die);
    let model = VirtualCard::new(Config {
        cold: true,
        faults: vec![Fault::BadFirmware],
        ..config(die)
    })
    .unwrap();
    match AmdCard::open(model.clone(), &folder.options()) {
        Err(CardError::Bringup {
            step,
            register,
            got,
            ..
        }) => {
            assert_eq!(step, "loading firmware into the security processor");
            assert!(register.contains("LoadIpFw"), "{register}");
            assert_ne!(got, 0);
        }
        other => panic!("{other:?}"),
    }
    // The next try resets the card and succeeds.
    works(&AmdCard::open(model, &folder.options()).unwrap());
}

/// One register keeps reading the same.
struct Stuck {
    offset: u64,
    value: u32,
}

impl Tap for Stuck {
    fn read(&self, bar: u32, offset: u64, data: &mut [u8]) {
        if (bar, offset, data.len()) == (5, self.offset, 4) {
            data.copy_from_slice(&self.value.to_le_bytes());
        }
    }
}

/// Doorbells are lost until the card is reset.
struct Deaf {
    /// Where the reset is asked for.
    reset: u64,
    heard: AtomicBool,
}

impl Tap for Deaf {
    fn write(&self, bar: u32, offset: u64, _: &[u8]) -> bool {
        if (bar, offset) == (5, self.reset) {
            self.heard.store(true, Ordering::Relaxed);
        }
        bar != 2 || self.heard.load(Ordering::Relaxed)
    }
}

#[test]
fn a_register_that_never_comes_is_named_in_bounded_time() {
    let die = Die::Navi31;
    let folder = Folder::with_firmware("stuck", die);
    let map = RegisterMap::for_die(die);
    let cases = [
        (
            Register::RLC_RLCS_BOOTLOAD_STATUS,
            0,
            "bootload_complete = 1",
        ),
        (Register::MP0_SMN_C2PMSG_35, 0, "bit 31 set"),
        (Register::MP1_SMN_C2PMSG_90, 0, "a response"),
    ];
    std::thread::scope(|scope| {
        for (register, value, wanted) in cases {
            let (map, folder) = (&map, &folder);
            scope.spawn(move || {
                let inner = VirtualCard::new(Config {
                    cold: true,
                    ..config(die)
                });
                let stuck = Stuck {
                    offset: u64::from(map.address(register).unwrap()) * 4,
                    value,
                };
                let link = Tapped::new(inner.unwrap(), stuck);
                let start = Instant::now();
                match AmdCard::open(Arc::new(link), &folder.options()) {
                    Err(CardError::Bringup {
                        step,
                        register: name,
                        want,
                        got,
                    }) => {
                        assert_eq!(name, register.name(die.generation()), "{step}");
                        assert_eq!(got, u64::from(value), "{step}");
                        assert!(want.contains(wanted), "{want}");
                    }
                    other => panic!("{register:?}: {other:?}"),
                }
                assert!(start.elapsed() < Duration::from_secs(25), "{register:?}");
            });
        }
    });
}

#[test]
fn closing_leaves_nothing_running() {
    let die = Die::Navi31;
    let model = VirtualCard::new(config(die)).unwrap();
    let read = |register| {
        let at = RegisterMap::for_die(die).address(register).unwrap();
        model.read32(5, u64::from(at) * 4).unwrap()
    };
    let card = AmdCard::open(model.clone(), &Options::default()).unwrap();
    works(&card);
    assert_eq!(read(Register::SCRATCH_REG6), 1);
    let halted = |value| {
        use amd_hw::registers::fields::sdma0_queue0_rb_cntl::RB_ENABLE;
        RB_ENABLE.get(die.generation(), value) == 0
    };
    assert!(!halted(read(Register::SDMA0_QUEUE0_RB_CNTL)));
    drop(card);
    assert_eq!(read(Register::SCRATCH_REG6), 0);
    assert!(halted(read(Register::SDMA0_QUEUE0_RB_CNTL)));
    // A doorbell wakes nobody any more.
    let before = model.counts().lost_doorbells;
    model.write(2, 0x18, &u64::MAX.to_le_bytes()).unwrap();
    assert!(model.counts().lost_doorbells > before);
}

#[test]
fn the_largest_allocation_is_there() {
    for vram in [256 << 20, 4 << 30, 24u64 << 30] {
        let model = VirtualCard::new(Config {
            vram,
            ..config(Die::Navi31)
        })
        .unwrap();
        let card = AmdCard::open(model, &Options::default()).unwrap();
        let most = card.info().max_allocation;
        assert!(most > vram / 2, "{most} of {vram}");
        let memory = card.allocate(MemoryKind::Device, most).unwrap();
        assert!(matches!(
            card.allocate(MemoryKind::Device, most),
            Err(CardError::OutOfMemory { .. })
        ));
        // Its last word is memory of its own.
        let back = card.allocate(MemoryKind::Readback, 8).unwrap();
        let last = memory.address() + most - 4;
        let fill = |destination, value| Command::Fill {
            destination,
            size: 4,
            value,
        };
        let copy = |source, at| Command::Copy {
            source,
            destination: back.address() + at,
            size: 4,
        };
        let point = card
            .submit(&[
                fill(memory.address(), 1),
                fill(last, 2),
                Command::Barrier,
                copy(memory.address(), 0),
                copy(last, 4),
            ])
            .unwrap();
        assert!(card.wait(point, None).unwrap());
        assert_eq!(get(&*back, 8), [1, 0, 0, 0, 2, 0, 0, 0]);
        drop(memory);
        card.allocate(MemoryKind::Device, most).unwrap();
    }
}

#[test]
fn a_foreign_drivers_card_is_reset_and_booted() {
    let die = Die::Navi44;
    let folder = Folder::with_firmware("foreign", die);
    let model = VirtualCard::new(config(die)).unwrap();
    // SCRATCH_REG7 as another driver would leave it.
    let map = amd_hw::registers::RegisterMap::for_die(die);
    let at = map
        .address(amd_hw::registers::Register::SCRATCH_REG7)
        .unwrap();
    model.map_bar(5).unwrap();
    model.write32(5, u64::from(at) * 4, 0xa000_0008).unwrap();
    works(&AmdCard::open(model.clone(), &folder.options()).unwrap());
    assert_eq!(model.counts().resets, 1);
    let findings = model.findings();
    assert!(findings.is_empty(), "{findings:#?}");
}

/// Something that makes a card other than its signature says.
type Disturbance = fn(&dyn Fn(Register, u32));

#[test]
fn a_card_that_is_not_as_its_signature_says_is_reset_and_booted() {
    let disturbances: [(&str, Disturbance); 11] = [
        ("another root directory", |set| {
            set(
                Register::MMVM_CONTEXT0_PAGE_TABLE_BASE_ADDR_LO32,
                0x123_4001,
            );
        }),
        ("another address space", |set| {
            set(Register::MMVM_CONTEXT0_PAGE_TABLE_END_ADDR_HI32, 0);
        }),
        ("no translation", |set| set(Register::MMVM_CONTEXT0_CNTL, 0)),
        ("no first-level caches", |set| {
            set(Register::MMMC_VM_MX_L1_TLB_CNTL, 0);
        }),
        ("interrupts elsewhere", |set| {
            set(Register::IH_RB_BASE, 0x77);
        }),
        ("interrupts off", |set| set(Register::IH_RB_CNTL, 0)),
        ("doorbells off", |set| {
            set(Register::RCC_DEV0_EPF0_RCC_DOORBELL_APER_EN, 0);
        }),
        ("doorbells not routed", |set| {
            set(Register::S2A_DOORBELL_ENTRY_3_CTRL, 0);
        }),
        ("doorbells out of range", |set| {
            set(Register::CP_MEC_DOORBELL_RANGE_UPPER, 8);
        }),
        ("other apertures", |set| {
            set(Register::GRBM_GFX_CNTL, 0);
            set(Register::SH_MEM_BASES, 0);
        }),
        ("RLC off", |set| set(Register::RLC_CNTL, 0)),
    ];
    for die in [Die::Navi31, Die::Navi48] {
        let folder = Folder::with_firmware(&format!("disturbed-{die:?}"), die);
        let map = RegisterMap::for_die(die);
        for (what, disturb) in disturbances {
            let model = VirtualCard::new(config(die)).unwrap();
            let size = model.map_bar(5).unwrap().size;
            let write = |at: u32, value| model.write32(5, u64::from(at) * 4, value).unwrap();
            disturb(&|register, value| {
                let at = map.address(register).unwrap();
                if u64::from(at) * 4 < size {
                    return write(at, value);
                }
                // Beyond the aperture: through the index and data pair.
                let place = |register| map.address(register).unwrap();
                write(place(Register::BIF_BX_PF0_RSMU_INDEX), at.wrapping_mul(4));
                write(place(Register::BIF_BX_PF0_RSMU_DATA), value);
            });
            works(&AmdCard::open(model.clone(), &folder.options()).unwrap());
            assert_eq!(model.counts().resets, 1, "{die:?}: {what}");
            let findings = model.findings();
            assert!(findings.is_empty(), "{die:?}: {what}: {findings:#?}");
        }
    }
}

#[test]
fn a_signature_on_a_card_without_firmware_is_chance() {
    let die = Die::Navi31;
    let folder = Folder::with_firmware("chance", die);
    let model = VirtualCard::new(Config {
        cold: true,
        ..config(die)
    })
    .unwrap();
    let at = RegisterMap::for_die(die).address(Register::SCRATCH_REG7);
    model.map_bar(5).unwrap();
    model
        .write32(5, u64::from(at.unwrap()) * 4, amd_hw::DRIVER_SIGNATURE)
        .unwrap();
    works(&AmdCard::open(model.clone(), &folder.options()).unwrap());
    assert!(model.counts().psp_commands > 0);
    let findings = model.findings();
    assert!(findings.is_empty(), "{findings:#?}");
}

#[test]
fn queues_that_do_nothing_are_noticed_and_the_card_booted() {
    let die = Die::Navi31;
    let folder = Folder::with_firmware("deaf", die);
    let model = VirtualCard::new(config(die)).unwrap();
    let reset = RegisterMap::for_die(die).address(Register::MP1_SMN_C2PMSG_75);
    let deaf = Deaf {
        reset: u64::from(reset.unwrap()) * 4,
        heard: AtomicBool::new(false),
    };
    let link = Tapped::new(model.clone(), deaf);
    works(&AmdCard::open(Arc::new(link), &folder.options()).unwrap());
    assert_eq!(model.counts().resets, 1);
    let findings = model.findings();
    assert!(findings.is_empty(), "{findings:#?}");
}

#[test]
fn a_program_that_died_leaves_a_card_that_attaches() {
    let die = Die::Navi31;
    let bench = open_with(config(die), &Options::default());
    let model = bench.model.clone();
    works(&bench.card);
    // No shutdown: as if the process had been killed.
    std::mem::forget(bench.card);
    let card = AmdCard::open(model.clone(), &Options::default()).unwrap();
    works(&card);
    drop(card);
    let findings = model.findings();
    assert!(findings.is_empty(), "{findings:#?}");
}

#[test]
fn no_card_and_no_approval_say_so() {
    for (fault, word) in [
        (Fault::NoCard, "no card"),
        (Fault::NotApproved, "not approved"),
    ] {
        let model = VirtualCard::new(Config {
            faults: vec![fault],
            ..config(Die::Navi31)
        })
        .unwrap();
        match AmdCard::open(model, &Options::default()) {
            Err(CardError::Unavailable { problem, .. }) => {
                assert!(problem.contains(word), "{problem}");
            }
            other => panic!("{other:?}"),
        }
    }
}

#[test]
fn little_memory_opens_and_runs_out() {
    for fault in [Fault::VramFull, Fault::SysmemFull] {
        let bench = open_with(
            Config {
                faults: vec![fault],
                ..config(Die::Navi31)
            },
            &Options::default(),
        );
        let kind = match fault {
            Fault::VramFull => MemoryKind::Device,
            _ => MemoryKind::Upload,
        };
        match bench.card.allocate(kind, 128 << 20) {
            Err(CardError::OutOfMemory { what, asked, .. }) => {
                assert!(what.contains("memory"));
                assert!(asked >= 128 << 20);
            }
            other => panic!("{other:?}"),
        }
        works(&bench.card);
        let data = pattern(1 << 20, 1);
        let memory = bench.device(&data);
        assert!(bench.fetch(memory.address(), 1 << 20) == data);
    }
}

#[test]
fn watchdog_options_do_not_disturb_idle_cards() {
    let bench = open_with(
        config(Die::Navi31),
        &Options {
            watchdog: Watchdog::After(std::time::Duration::from_millis(50)),
            ..Options::default()
        },
    );
    works(&bench.card);
    std::thread::sleep(std::time::Duration::from_millis(300));
    works(&bench.card);
    assert_eq!(bench.card.loss(), None);
}
