//! The bus interface: windows into registers and VRAM, doorbell routing, HDP.
//!
//! What the host writes to VRAM through BAR 0 passes the host data path, which may hold it back
//! until it is flushed. In strict mode it does: the writes wait in a buffer, and the card sees old
//! memory until the driver flushes HDP. A read through BAR 0 drains the buffer, and so do mailbox
//! writes to PSP and SMU: the recorded drivers rely on both.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::Mutex;

use amd_hw::registers::{fields, Register};

use crate::device::{lock, Device};
use crate::pci::BAR2_SIZE;

/// Byte offset of the register whose write flushes HDP, as REMAP_HDP_MEM_FLUSH_CNTL tells drivers.
pub const HDP_FLUSH_OFFSET: u32 = 0x7_f000;
/// Bytes that HDP holds back before it writes them on its own.
const HDP_BUFFER: usize = 1 << 20;

/// State.
pub struct Nbio {
    /// The last value of each 64-bit doorbell, whose halves may come one by one.
    doorbells: Vec<AtomicU64>,
    held: Mutex<Vec<(u64, Vec<u8>)>>,
}

impl Default for Nbio {
    fn default() -> Nbio {
        Nbio {
            doorbells: (0..BAR2_SIZE / 8).map(|_| AtomicU64::new(0)).collect(),
            held: Mutex::default(),
        }
    }
}

impl Nbio {
    /// As after a reset.
    pub fn reset(&self) {
        self.doorbells
            .iter()
            .for_each(|d| d.store(0, Ordering::Release));
        lock(&self.held).clear();
    }
}

/// Registers as our driver leaves them.
pub(crate) fn warm(device: &Device) {
    device.set(Register::RCC_DEV0_EPF0_RCC_DOORBELL_APER_EN, 1);
    device.set(Register::S2A_DOORBELL_ENTRY_0_CTRL, 0x3000_0007);
    device.set(Register::S2A_DOORBELL_ENTRY_3_CTRL, 0x3000_000d);
    device.set(Register::S2A_DOORBELL_ENTRY_2_CTRL, 0x3009_001d);
}

/// A register read that does more than fetch a stored word.
pub(crate) fn read(device: &Device, address: u32) -> Option<u32> {
    match device.map.at(address)? {
        Register::MM_DATA => {
            let at = window(device)?;
            let mut word = [0; 4];
            read_vram(device, at, &mut word);
            Some(u32::from_le_bytes(word))
        }
        Register::BIF_BX_PF0_RSMU_DATA => Some(match indexed(device) {
            Some(target) => device.read_register(target),
            None => u32::MAX,
        }),
        Register::BIF_BX0_REMAP_HDP_MEM_FLUSH_CNTL => Some(HDP_FLUSH_OFFSET),
        _ => None,
    }
}

/// A register write that does more than store a word; `true` if nothing remains to be done.
pub(crate) fn write(device: &Device, address: u32, value: u32) -> bool {
    if address == HDP_FLUSH_OFFSET / 4 {
        flush_hdp(device);
        return true;
    }
    match device.map.at(address) {
        Some(Register::MM_DATA) => {
            if let Some(at) = window(device) {
                write_vram(device, at, &value.to_le_bytes());
            }
            true
        }
        Some(Register::BIF_BX_PF0_RSMU_DATA) => {
            if let Some(target) = indexed(device) {
                device.write_register(target, value);
            }
            true
        }
        Some(Register::BIF_BX_PF0_GPU_HDP_FLUSH_REQ) => {
            flush_hdp(device);
            device.set(Register::BIF_BX_PF0_GPU_HDP_FLUSH_DONE, value);
            true
        }
        // Read-only: what the memory size is, nobody can change.
        Some(Register::RCC_CONFIG_MEMSIZE) => true,
        _ => false,
    }
}

/// VRAM address that MM_INDEX and MM_INDEX_HI select.
fn window(device: &Device) -> Option<u64> {
    let index = device.get(Register::MM_INDEX);
    if index >> 31 == 0 {
        return None;
    }
    let high = u64::from(device.get(Register::MM_INDEX_HI));
    Some(high << 31 | u64::from(index & 0x7fff_fffc))
}

/// Register that RSMU_INDEX selects by byte offset. The window does not reach itself.
fn indexed(device: &Device) -> Option<u32> {
    let target = device.get(Register::BIF_BX_PF0_RSMU_INDEX) / 4;
    let window = [Register::BIF_BX_PF0_RSMU_DATA, Register::MM_DATA];
    (!window
        .iter()
        .any(|r| device.map.address(*r) == Some(target)))
    .then_some(target)
}

/// The host writes VRAM.
pub(crate) fn write_vram(device: &Device, at: u64, data: &[u8]) {
    if device.config.strict {
        let mut held = lock(&device.nbio.held);
        let bytes: usize = held.iter().map(|(_, data)| data.len()).sum();
        if bytes + data.len() <= HDP_BUFFER {
            held.push((at, data.to_vec()));
            return;
        }
        drain(device, &mut held);
    }
    if let Some(range) = device.vram.range(at, data.len() as u64) {
        range.write(data);
    }
}

/// The host reads VRAM.
pub(crate) fn read_vram(device: &Device, at: u64, data: &mut [u8]) {
    drain_hdp(device);
    match device.vram.range(at, data.len() as u64) {
        Some(range) => range.read(data),
        None => data.fill(0xff),
    }
}

fn flush_hdp(device: &Device) {
    device.counters.hdp_flushes.count();
    drain_hdp(device);
}

/// Whether HDP holds writes to some bytes back.
pub(crate) fn holds_back(device: &Device, at: u64, len: u64) -> bool {
    let overlaps =
        |(start, data): &(u64, Vec<u8>)| *start < at + len && at < start + data.len() as u64;
    lock(&device.nbio.held).iter().any(overlaps)
}

/// Lets everything that HDP holds reach VRAM.
pub(crate) fn drain_hdp(device: &Device) {
    if device.config.strict {
        drain(device, &mut lock(&device.nbio.held));
    }
}

fn drain(device: &Device, held: &mut Vec<(u64, Vec<u8>)>) {
    for (at, data) in held.drain(..) {
        if let Some(range) = device.vram.range(at, data.len() as u64) {
            range.write(&data);
        }
    }
}

/// A write to BAR 2. A doorbell is 64 bits and may come as two words, the lower first.
pub(crate) fn write_doorbell(device: &Device, offset: u64, data: &[u8]) -> bool {
    let Some(slot) = device.nbio.doorbells.get((offset / 8) as usize) else {
        return false;
    };
    let value = match (offset % 8, data) {
        (0, &[a, b, c, d, e, f, g, h]) => u64::from_le_bytes([a, b, c, d, e, f, g, h]),
        (0, &[a, b, c, d]) => {
            let low = u64::from(u32::from_le_bytes([a, b, c, d]));
            slot.load(Ordering::Acquire) & !0xffff_ffff | low
        }
        (4, &[a, b, c, d]) => {
            let high = u64::from(u32::from_le_bytes([a, b, c, d]));
            slot.load(Ordering::Acquire) & 0xffff_ffff | high << 32
        }
        _ => return false,
    };
    slot.store(value, Ordering::Release);
    if device.get(Register::RCC_DEV0_EPF0_RCC_DOORBELL_APER_EN) & 1 == 0 {
        device.counters.lost_doorbells.count();
        device
            .report
            .add("nbio", "doorbell while RCC_DOORBELL_APER_EN is off");
        return true;
    }
    device.doorbell((offset / 8) as u32 * 2, value);
    true
}

/// What BAR 2 reads as: doorbells are write-only, and read as zero.
pub(crate) fn read_doorbell(data: &mut [u8]) {
    data.fill(0);
}

/// Whether an S2A routing entry sends doorbells of SDMA or the compute engine on.
pub(crate) fn routes(device: &Device, entry: Register, doorbell: u32) -> bool {
    use fields::s2a_doorbell_entry_2_ctrl as s2a;
    let generation = device.generation();
    let word = device.get(entry);
    let enabled = s2a::S2A_DOORBELL_PORT2_ENABLE.get(generation, word) == 1;
    let first = s2a::S2A_DOORBELL_PORT2_RANGE_OFFSET.get(generation, word);
    let size = s2a::S2A_DOORBELL_PORT2_RANGE_SIZE.get(generation, word);
    // An entry without a range routes everything that no other claims.
    enabled && (size == 0 || (first..first + size).contains(&doorbell))
}
