//! The system management unit (MP1): its mailbox, clocks, mode 1 reset.
//!
//! It answers once its firmware runs. Frequencies are those of a plausible board; nothing in the
//! card runs slower or faster for them.

use amd_hw::registers::Register;
use amd_hw::smu::{message, response, Clock, DEBUG_MODE1_RESET, LEVEL_COUNT};

use crate::device::{lock, Device};
use crate::gmc::FB_BASE;

/// Version that GetSmuVersion answers.
const VERSION: u32 = 0x004e_7f00;

/// State.
#[derive(Debug, Default)]
pub struct Smu {
    running: bool,
    features: bool,
    table: u64,
    limits: [(u32, u32); 4],
}

/// Frequencies of a domain in MHz, lowest first.
fn levels(clock: u32) -> Option<&'static [u32]> {
    Some(match clock {
        c if c == Clock::Gfx as u32 => &[500, 2526],
        c if c == Clock::Soc as u32 => &[500, 1200],
        c if c == Clock::Memory as u32 => &[96, 456, 772, 1249],
        c if c == Clock::Fabric as u32 => &[506, 1300, 2000],
        _ => return None,
    })
}

/// As our driver leaves it.
pub(crate) fn warm(device: &Device) {
    let mut smu = lock(&device.smu);
    smu.running = true;
    smu.features = true;
}

/// The firmware was loaded.
pub(crate) fn start(device: &Device) {
    lock(&device.smu).running = true;
}

/// A register write that does more than store a word; `true` if nothing remains to be done.
pub(crate) fn write(device: &Device, address: u32, value: u32) -> bool {
    match device.map.at(address) {
        Some(Register::MP1_SMN_C2PMSG_66) => {
            device.file.store(address, value);
            let parameter = device.get(Register::MP1_SMN_C2PMSG_82);
            let answer = lock(&device.smu).message(device, value, parameter);
            match answer {
                Some((status, result)) => {
                    device.trace.line(format_args!(
                        "smu message {value} ({parameter:#x}) -> {status:#x} {result:#x}"
                    ));
                    device.counters.smu_messages.count();
                    device.set(Register::MP1_SMN_C2PMSG_82, result);
                    device.set(Register::MP1_SMN_C2PMSG_90, status);
                }
                None => device
                    .report
                    .add("smu", format!("message {value} before its firmware runs")),
            }
            true
        }
        Some(Register::MP1_SMN_C2PMSG_75) => {
            device.file.store(address, value);
            if value == DEBUG_MODE1_RESET && lock(&device.smu).running {
                device.mode1_reset();
                device.set(Register::MP1_SMN_C2PMSG_54, response::OK);
            } else {
                device
                    .report
                    .add("smu", format!("debug message {value} was not taken"));
            }
            true
        }
        _ => false,
    }
}

impl Smu {
    /// Response and result, or `None` if nobody answers.
    fn message(&mut self, device: &Device, number: u32, parameter: u32) -> Option<(u32, u32)> {
        if !self.running {
            return None;
        }
        if device.get(Register::MP1_SMN_C2PMSG_90) != response::NONE {
            device
                .report
                .add("smu", "message while the response register was not cleared");
        }
        let (clock, low) = ((parameter >> 16) & 0xff, parameter & 0xffff);
        let ok = |result| Some((response::OK, result));
        match number {
            message::TEST => ok(parameter.wrapping_add(1)),
            message::GET_SMU_VERSION => ok(VERSION),
            message::ENABLE_ALL_SMU_FEATURES => {
                if device.mc_range(self.table, 4096).is_none() {
                    device.report.add(
                        "smu",
                        format!(
                            "features on with the driver's table at {:#x}, outside VRAM",
                            self.table
                        ),
                    );
                }
                self.features = true;
                ok(0)
            }
            message::SET_DRIVER_DRAM_ADDR_HIGH => {
                self.table = self.table & 0xffff_ffff | u64::from(parameter) << 32;
                ok(0)
            }
            message::SET_DRIVER_DRAM_ADDR_LOW => {
                self.table = self.table & !0xffff_ffff | u64::from(parameter);
                ok(0)
            }
            message::TRANSFER_TABLE_SMU_TO_DRAM => {
                // Tables are some KiB of sensor values: a cool, idle board reads as zeros.
                match device
                    .mc_range(self.table, 4096)
                    .filter(|_| self.table >= FB_BASE)
                {
                    Some(table) => {
                        table.fill([0; 4]);
                        ok(0)
                    }
                    None => Some((response::FAILED, 0)),
                }
            }
            message::GET_DPM_FREQ_BY_INDEX => match levels(clock) {
                Some(levels) if low == LEVEL_COUNT => ok(levels.len() as u32),
                Some(levels) => match levels.get(low as usize) {
                    Some(mhz) => ok(*mhz),
                    None => Some((response::FAILED, 0)),
                },
                None => Some((response::FAILED, 0)),
            },
            message::SET_SOFT_MIN_BY_FREQ | message::SET_SOFT_MAX_BY_FREQ => {
                if !self.features {
                    return Some((response::REJECTED_PREREQUISITE, 0));
                }
                let Some(limit) = self.limits.get_mut(clock as usize) else {
                    return Some((response::FAILED, 0));
                };
                match number {
                    message::SET_SOFT_MIN_BY_FREQ => limit.0 = low,
                    _ => limit.1 = low,
                }
                ok(0)
            }
            message::SET_PPT_LIMIT => ok(0),
            _ => Some((response::UNKNOWN_COMMAND, 0)),
        }
    }
}
