//! The run-list controller: autoload of the graphics firmware, safe mode.
//!
//! AUTOLOAD_RLC starts it; for a while CP_STAT says busy and BOOTLOAD_STATUS says not complete, and
//! the graphics core must not be programmed.

use std::time::{Duration, Instant};

use amd_hw::registers::{fields, Register};

use crate::device::{lock, Device};

/// How long autoload takes.
const AUTOLOAD_TIME: Duration = Duration::from_millis(3);
/// CP_STAT while autoload runs: CP_BUSY and ROQ busy.
const CP_BUSY: u32 = 0x8000_0000;

/// State.
#[derive(Debug, Default)]
pub struct Rlc {
    autoload: Autoload,
    /// Clock gating is suspended while its rules change.
    safe: bool,
}

#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
enum Autoload {
    #[default]
    Never,
    Since(Instant),
    Done,
}

/// As our driver leaves it.
pub(crate) fn warm(device: &Device) {
    lock(&device.rlc).autoload = Autoload::Done;
    device.set(Register::RLC_CNTL, 1);
    device.set(Register::RLC_SRM_CNTL, 3);
}

/// PSP hands over.
pub(crate) fn start_autoload(device: &Device) {
    lock(&device.rlc).autoload = Autoload::Since(Instant::now());
}

/// Whether the graphics core has its firmware.
pub(crate) fn is_loaded(device: &Device) -> bool {
    let mut rlc = lock(&device.rlc);
    if let Autoload::Since(start) = rlc.autoload {
        if start.elapsed() >= AUTOLOAD_TIME {
            rlc.autoload = Autoload::Done;
        }
    }
    rlc.autoload == Autoload::Done
}

/// What a driver must have set before something runs on the graphics core.
pub(crate) fn review(device: &Device) {
    use fields::{rlc_cntl::RLC_ENABLE_F32, rlc_srm_cntl::SRM_ENABLE};
    let generation = device.generation();
    let complain = |what: &str| device.report.add("rlc", what);
    if RLC_ENABLE_F32.get(generation, device.get(Register::RLC_CNTL)) == 0 {
        complain("RLC_CNTL.rlc_enable_f32 is off");
    }
    if SRM_ENABLE.get(generation, device.get(Register::RLC_SRM_CNTL)) == 0 {
        complain("RLC_SRM_CNTL.srm_enable is off: registers are lost when power is gated");
    }
    if lock(&device.rlc).safe {
        complain("safe mode was entered and not left");
    }
}

/// A register read that does more than fetch a stored word.
pub(crate) fn read(device: &Device, address: u32) -> Option<u32> {
    match device.map.at(address)? {
        Register::CP_STAT => {
            let loading = matches!(lock(&device.rlc).autoload, Autoload::Since(_));
            Some(if loading && !is_loaded(device) {
                CP_BUSY
            } else {
                0
            })
        }
        Register::RLC_RLCS_BOOTLOAD_STATUS => {
            let complete = fields::rlc_rlcs_bootload_status::BOOTLOAD_COMPLETE;
            Some(complete.set(device.generation(), 0, is_loaded(device).into()))
        }
        Register::RLC_GPU_CLOCK_COUNT_LSB => Some(device.clock() as u32),
        Register::RLC_GPU_CLOCK_COUNT_MSB => Some((device.clock() >> 32) as u32),
        _ => None,
    }
}

/// A register write that does more than store a word; `true` if nothing remains to be done.
pub(crate) fn write(device: &Device, address: u32, value: u32) -> bool {
    match device.map.at(address) {
        Some(Register::RLC_SAFE_MODE) => {
            // CMD is taken at once and reads back as 0; MESSAGE enters (1) or leaves (0).
            use fields::rlc_safe_mode::{CMD, MESSAGE};
            let generation = device.generation();
            if CMD.get(generation, value) == 1 {
                lock(&device.rlc).safe = MESSAGE.get(generation, value) & 1 == 1;
            }
            device.file.store(address, CMD.set(generation, value, 0));
            true
        }
        Some(register @ (Register::RLC_CGCG_CGLS_CTRL | Register::RLC_CGTT_MGCG_OVERRIDE)) => {
            if !lock(&device.rlc).safe {
                let name = register.name(device.generation());
                device
                    .report
                    .add("rlc", format!("{name} changes outside of safe mode"));
            }
            false
        }
        Some(Register::RLC_RLCS_BOOTLOAD_STATUS | Register::CP_STAT) => true,
        _ => false,
    }
}
