//! Cold boots, warm attaches, cards in bad states.

mod common;

use std::path::PathBuf;
use std::sync::Arc;

use amd_hw::die::Die;
use amd_hw::firmware::{synthetic, File};
use common::{config, get, open_with, pattern};
use egpu_driver::amd::{AmdCard, FirmwareSource, Options, Watchdog};
use egpu_driver::{Card, CardError, Command, MemoryKind};
use egpu_link::{Counters, Link};
use virtual_card::{Config, Fault, VirtualCard};

/// A folder that goes with its owner.
struct Folder(PathBuf);

impl Folder {
    fn new(name: &str) -> Folder {
        let path = std::env::temp_dir().join(format!("egpu-boot-{name}-{}", std::process::id()));
        std::fs::create_dir_all(&path).unwrap();
        Folder(path)
    }

    fn with_firmware(name: &str, die: Die) -> Folder {
        let folder = Folder::new(name);
        for file in File::needed(die.generation()) {
            let bytes = synthetic(*file, die.generation(), 3000);
            std::fs::write(folder.0.join(file.name_for(die)), bytes).unwrap();
        }
        folder
    }

    fn options(&self) -> Options {
        Options {
            firmware: FirmwareSource {
                folders: vec![self.0.clone()],
            },
            ..Options::default()
        }
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

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
    let name = folder.0.join(File::Mec.name_for(die));
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
        let name = folder.0.join(file.name_for(die));
        let mut command = std::process::Command::new(tool);
        if tool == "zstd" {
            command.arg("--rm");
        }
        match command.arg("-q").arg(&name).status() {
            Ok(status) if status.success() => {
                assert!(!name.exists());
                assert!(folder
                    .0
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
            assert_eq!(step, "loading firmware");
            assert!(register.contains("LoadIpFw"), "{register}");
            assert_ne!(got, 0);
        }
        other => panic!("{other:?}"),
    }
    // The next try resets the card and succeeds.
    works(&AmdCard::open(model, &folder.options()).unwrap());
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
