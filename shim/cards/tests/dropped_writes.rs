//! A cold boot with one register never written: the strict card refuses it, reports it or fails.
//!
//! Our driver boots the virtual card while a link swallows every write to one register. What a real
//! card would misbehave without must not go unnoticed here, or the model would pass a driver that
//! silicon would not. The registers that may be missing are listed with the reason.

use std::collections::BTreeSet;
use std::path::PathBuf;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use amd_hw::die::Die;
use amd_hw::firmware::{parts, synthetic, File};
use amd_hw::registers::{Register, RegisterMap};
use egpu_driver::amd::{AmdCard, FirmwareSource, Options, Watchdog};
use egpu_driver::{Card, CardError, Command, MemoryKind};
use egpu_link::{Tap, Tapped};
use virtual_card::{Config, VirtualCard};

/// Notes which registers are written, and swallows the writes to one.
struct Dropping {
    dropped: Option<u32>,
    /// RSMU_INDEX and RSMU_DATA, through which registers beyond the BAR are reached.
    window: [u32; 2],
    written: Mutex<(u32, BTreeSet<u32>)>,
}

impl Dropping {
    fn new(map: &RegisterMap, dropped: Option<u32>) -> Dropping {
        let address = |register| map.address(register).unwrap();
        Dropping {
            dropped,
            window: [
                address(Register::BIF_BX_PF0_RSMU_INDEX),
                address(Register::BIF_BX_PF0_RSMU_DATA),
            ],
            written: Mutex::default(),
        }
    }

    /// Whether a write passes.
    fn note(&self, offset: u64, data: &[u8]) -> bool {
        let at = (offset / 4) as u32;
        let mut written = self.written.lock().unwrap();
        if at == self.window[0] {
            written.0 = u32::from_le_bytes(data.try_into().unwrap_or_default()) / 4;
            return true;
        }
        let register = if at == self.window[1] { written.0 } else { at };
        written.1.insert(register);
        self.dropped != Some(register)
    }
}

impl Tap for Dropping {
    fn write(&self, bar: u32, offset: u64, data: &[u8]) -> bool {
        bar != 5 || self.note(offset, data)
    }
}

/// A folder of stand-ins for a die's firmware.
fn firmware(name: &str, die: Die) -> PathBuf {
    let name = format!("egpu-{name}-{}-{die:?}", std::process::id());
    let folder = std::env::temp_dir().join(name);
    std::fs::create_dir_all(&folder).unwrap();
    for file in File::needed(die.generation()) {
        let bytes = synthetic(*file, die.generation(), 3000);
        std::fs::write(folder.join(file.name_for(die)), bytes).unwrap();
    }
    folder
}

/// Boots and moves memory by both queues; why it did not go well, if it did not.
fn boot(
    die: Die,
    folder: &std::path::Path,
    dropped: Option<u32>,
) -> (Option<String>, BTreeSet<u32>) {
    let firmware = File::needed(die.generation()).iter().flat_map(|file| {
        let bytes = synthetic(*file, die.generation(), 3000);
        let parts = parts(*file, &bytes).unwrap().parts;
        parts
            .into_iter()
            .map(|part| (part.purpose, bytes[part.range].to_vec()))
            .collect::<Vec<_>>()
    });
    let card = VirtualCard::new(Config {
        die,
        cold: true,
        strict: true,
        vram: 256 << 20,
        threads: Some(1),
        firmware: firmware.collect(),
        ..Config::default()
    })
    .unwrap();
    let map = RegisterMap::for_die(die);
    let link = Arc::new(Tapped::new(card.clone(), Dropping::new(&map, dropped)));
    let options = Options {
        firmware: FirmwareSource {
            folders: vec![folder.to_path_buf()],
        },
        watchdog: Watchdog::After(Duration::from_secs(2)),
        ..Options::default()
    };
    let result = AmdCard::open(link.clone(), &options).and_then(|card| works(&card));
    let problem = match result {
        Err(error) => Some(error.to_string()),
        Ok(false) => Some("wrong data".into()),
        Ok(true) => {
            let findings = card.findings();
            let texts: Vec<String> = findings.iter().map(ToString::to_string).collect();
            (!texts.is_empty()).then(|| texts.join("; "))
        }
    };
    let written = link.tap.written.lock().unwrap().1.clone();
    (problem, written)
}

/// Fills, copies by the compute queue and by SDMA.
fn works(card: &dyn Card) -> Result<bool, CardError> {
    const SIZE: u64 = 1 << 20;
    let memory = card.allocate(MemoryKind::Device, SIZE)?;
    let back = card.allocate(MemoryKind::Readback, SIZE)?;
    let mut right = true;
    for (size, value) in [(4096, 0x0102_0304), (SIZE, 0x0506_0708)] {
        let point = card.submit(&[
            Command::Fill {
                destination: memory.address(),
                size,
                value,
            },
            Command::Barrier,
            Command::Copy {
                source: memory.address(),
                destination: back.address(),
                size,
            },
        ])?;
        card.wait(point, None)?;
        back.invalidate(0, size)?;
        let words = back.mapping().unwrap().cast::<u32>();
        // SAFETY: the mapping has `size` bytes, is aligned, and the card is done with it.
        right &= (0..size as usize / 4).all(|i| unsafe { words.add(i).read_volatile() } == value);
    }
    Ok(right)
}

/// What the card may go without, and why.
const MAY_BE_MISSING: &[(&str, &str)] = &[
    ("IH_RB_WPTR_ADDR_", "write-back of the pointer is off"),
    ("IH_DOORBELL_RPTR", "off is what it comes up as"),
    ("_RING1", "no interrupt goes to ring 1"),
    ("IH_INT_FLOOD_CNTL", "moderates interrupts"),
    ("IH_STORM_CLIENT_LIST_CNTL", "moderates interrupts"),
    ("IH_MSI_STORM_CTRL", "moderates interrupts"),
    ("SDMA0_CNTL", "enables traps, which our driver does not use"),
    (
        "SDMA0_WATCHDOG_CNTL",
        "our driver has a watchdog of its own",
    ),
    (
        "SDMA0_QUEUE0_IB_CNTL",
        "our driver uses no indirect buffers",
    ),
    (
        "SDMA0_QUEUE0_MINOR_PTR_UPDATE",
        "a new ring's pointer does not go back",
    ),
    ("_RLC_CGCG_CTRL", "power"),
    ("MM_ATC_L2_MISC_CG", "power"),
    ("HDP_MEM_POWER_CTRL", "power"),
    ("RLC_CGTT_MGCG_OVERRIDE", "power"),
    ("RLC_CGCG_CGLS_CTRL", "power"),
    ("CP_INT_CNTL", "idle interrupts, for clock gating"),
    ("CP_RB_WPTR_POLL_CNTL", "how often, not whether"),
    ("VM_L2_CNTL3", "sizes within the TLB"),
    ("VM_L2_CNTL4", "sizes within the TLB"),
    ("VM_L2_CNTL5", "priorities of the walker"),
    (
        "VM_L2_PROTECTION_FAULT_CNTL",
        "clears and retries of faults",
    ),
    (
        "VM_INVALIDATE_ENG",
        "of engine 17 only the upper half matters: the lower is within a page table",
    ),
    ("GRBM_CNTL", "how long reads of a dead block take"),
    ("GRBM_SOFT_RESET", "resets what is off"),
    ("SPI_COMPUTE_QUEUE_RESET", "resets what is off"),
    ("CP_HQD_DEQUEUE_REQUEST", "zero is what it comes up as"),
    ("CP_ME_", "the graphics front end is not used"),
    ("CP_PFP_", "the graphics front end is not used"),
    ("RCC_DEV0_EPF2_STRAP2", "resets of another PCI function"),
    ("RLC_SPM_MC_CNTL", "performance counters"),
    ("TCP_CNTL", "a bit that is not documented"),
    ("SCRATCH_REG", "a driver's word to its successor"),
];

#[test]
fn what_is_missing_is_noticed() {
    for die in [Die::Navi31, Die::Navi32, Die::Navi48] {
        let folder = firmware("dropped", die);
        let (problem, written) = boot(die, &folder, None);
        assert_eq!(problem, None, "{die:?}");
        assert!(written.len() > 200, "{die:?}: {}", written.len());
        let map = RegisterMap::for_die(die);
        let name = |at: u32| match map.at(at) {
            Some(register) => register.name(die.generation()).to_string(),
            None => format!("{at:#x}"),
        };
        let next = Mutex::new(written.iter());
        let unnoticed = Mutex::new(Vec::new());
        std::thread::scope(|scope| {
            for _ in 0..8 {
                scope.spawn(|| loop {
                    let Some(at) = next.lock().unwrap().next() else {
                        return;
                    };
                    let name = name(*at);
                    if MAY_BE_MISSING.iter().any(|(part, _)| name.contains(part)) {
                        continue;
                    }
                    if boot(die, &folder, Some(*at)).0.is_none() {
                        unnoticed.lock().unwrap().push(name);
                    }
                });
            }
        });
        let _ = std::fs::remove_dir_all(folder);
        let unnoticed = unnoticed.into_inner().unwrap();
        assert_eq!(unnoticed, Vec::<String>::new(), "{die:?}");
        // The list names nothing that is not written.
        for (part, _) in MAY_BE_MISSING {
            let there = written.iter().any(|at| name(*at).contains(part));
            assert!(
                there
                    || die != Die::Navi48 && part.starts_with("CP_")
                    || *part == "MM_ATC_L2_MISC_CG",
                "{die:?} {part}"
            );
        }
    }
}

/// The upper halves of the ranges of the engine that is used, which the list passes over.
#[test]
fn the_range_of_the_invalidation_engine_is_noticed() {
    let die = Die::Navi31;
    let folder = firmware("range", die);
    let map = RegisterMap::for_die(die);
    for first in [
        Register::GCVM_INVALIDATE_ENG0_ADDR_RANGE_LO32,
        Register::MMVM_INVALIDATE_ENG0_ADDR_RANGE_LO32,
    ] {
        let at = map.address(first).unwrap() + 2 * 17 + 1;
        let problem = boot(die, &folder, Some(at)).0;
        assert!(
            problem.is_some_and(|text| text.contains("ADDR_RANGE")),
            "{first:?}"
        );
    }
    let _ = std::fs::remove_dir_all(folder);
}
