//! Our boot held against recorded boots of a working driver: same registers, same order, same values.
//! What differs is listed here and explained in docs/bring-up.md.

mod common;

use std::sync::{Arc, Mutex};

use amd_hw::die::Die;
use amd_hw::firmware::{synthetic, File};
use amd_hw::registers::RegisterMap;
use common::config;
use egpu_driver::amd::{AmdCard, FirmwareSource, Options};
use egpu_link::Recorder;
use virtual_card::{Config, VirtualCard};

/// Values that depend on where the card's firmware placed VRAM (at 0 on the recorded mock), on the
/// firmware's start address (0 in the recording's stand-ins), or on the driver.
const OWN_VALUES: [&str; 16] = [
    "MMMC_VM_SYSTEM_APERTURE_LOW_ADDR",
    "MMMC_VM_SYSTEM_APERTURE_HIGH_ADDR",
    "GCMC_VM_SYSTEM_APERTURE_LOW_ADDR",
    "GCMC_VM_SYSTEM_APERTURE_HIGH_ADDR",
    "IH_RB_BASE",
    "IH_RB_BASE_RING1",
    "IH_RB_WPTR_ADDR_HI",
    "MP0_SMN_C2PMSG_36",
    "MPASP_SMN_C2PMSG_36",
    "MP0_SMN_C2PMSG_70",
    "MPASP_SMN_C2PMSG_70",
    "MP1_SMN_C2PMSG_82",
    "CP_PFP_PRGRM_CNTR_START_HI",
    "CP_ME_PRGRM_CNTR_START_HI",
    "CP_MEC_RS64_PRGRM_CNTR_START_HI",
    "SCRATCH_REG7",
];

#[derive(Clone, Default)]
struct Text(Arc<Mutex<Vec<u8>>>);

impl std::io::Write for Text {
    fn write(&mut self, data: &[u8]) -> std::io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(data);
        Ok(data.len())
    }
    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

/// Register writes of our boot, named, up to SCRATCH_REG6.
fn our_boot(die: Die) -> Vec<(String, u32)> {
    let folder = std::env::temp_dir().join(format!("egpu-rec-{die:?}-{}", std::process::id()));
    std::fs::create_dir_all(&folder).unwrap();
    for file in File::needed(die.generation()) {
        let bytes = synthetic(*file, die.generation(), 1024);
        std::fs::write(folder.join(file.name_for(die)), bytes).unwrap();
    }
    let model = VirtualCard::new(Config {
        cold: true,
        ..config(die)
    })
    .unwrap();
    let text = Text::default();
    let link = Recorder::messages_only(model, text.clone());
    let options = Options {
        firmware: FirmwareSource {
            folders: vec![folder.clone()],
        },
        ..Options::default()
    };
    drop(AmdCard::open(Arc::new(link), &options).unwrap());
    let _ = std::fs::remove_dir_all(folder);
    let text = String::from_utf8(text.0.lock().unwrap().clone()).unwrap();
    let map = RegisterMap::for_die(die);
    let mut writes = Vec::new();
    for line in text.lines() {
        let words: Vec<&str> = line.split(' ').collect();
        let ["write", "5", offset, value] = words[..] else {
            continue;
        };
        let address = u32::from_str_radix(&offset[2..], 16).unwrap() / 4;
        let value = u32::from_str_radix(value, 16).unwrap().swap_bytes();
        // HDP flushes go to a register without a name; the window to VRAM is no step of the boot.
        let Some(register) = map.at(address) else {
            continue;
        };
        let name = register.name(die.generation());
        if ["MM_INDEX", "MM_INDEX_HI", "MM_DATA"].contains(&name) {
            continue;
        }
        writes.push((name.to_owned(), value));
        if name == "SCRATCH_REG6" {
            break;
        }
    }
    // Clocks: ours are left to the card, the recorded driver pins them.
    const CLOCK_MESSAGES: [u32; 2] = [25, 26];
    while let Some(at) = writes.windows(3).position(|w| {
        w[0].0 == "MP1_SMN_C2PMSG_90"
            && w[2].0 == "MP1_SMN_C2PMSG_66"
            && CLOCK_MESSAGES.contains(&w[2].1)
    }) {
        writes.drain(at..at + 3);
    }
    writes
}

fn recorded(text: &str) -> Vec<(String, u32)> {
    text.lines()
        .filter(|line| !line.is_empty() && !line.starts_with('#'))
        .map(|line| {
            let (name, value) = line.split_once(' ').unwrap();
            let value = u32::from_str_radix(value.trim_start_matches("0x"), 16).unwrap();
            (name.to_owned(), value)
        })
        .collect()
}

#[test]
fn the_boot_is_the_recorded_one() {
    for (die, text) in [
        (Die::Navi31, include_str!("recordings/navi31.txt")),
        (Die::Navi44, include_str!("recordings/navi44.txt")),
    ] {
        let (ours, theirs) = (our_boot(die), recorded(text));
        for (step, (our, their)) in ours.iter().zip(&theirs).enumerate() {
            assert_eq!(our.0, their.0, "{die:?}, write {step}");
            if !OWN_VALUES.contains(&our.0.as_str()) {
                assert_eq!(our.1, their.1, "{die:?}, write {step}: {}", our.0);
            }
        }
        assert_eq!(ours.len(), theirs.len(), "{die:?}");
    }
}
