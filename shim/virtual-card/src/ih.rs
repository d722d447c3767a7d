//! The interrupt handler: entries into ring 0 in memory, read by polling.
//!
//! The card's interrupt line leads nowhere (TinyGPU delivers none). The write pointer is in the
//! register; its write-back to memory is not modelled, since no driver here turns it on.

use amd_hw::ih::{Entry, DWORDS};
use amd_hw::registers::{fields, Register};

use crate::device::{lock, Device};
use crate::gmc::{self, Client, Hub};
use crate::shader::Access;

/// Ring 0 as our driver leaves it: 256 KiB in boot memory.
pub(crate) fn warm(device: &Device) {
    use fields::ih_rb_cntl::{MC_SPACE, RB_ENABLE, RB_SIZE};
    let generation = device.generation();
    let cntl = [(RB_ENABLE, 1), (RB_SIZE, 16), (MC_SPACE, 4)]
        .into_iter()
        .fold(0, |word, (field, value)| field.set(generation, word, value));
    device.set(Register::IH_RB_CNTL, cntl);
    let base = gmc::FB_BASE + 0x3000;
    device.set(Register::IH_RB_BASE, (base >> 8) as u32);
    device.set(Register::IH_RB_BASE_HI, (base >> 40) as u32);
}

/// What a driver must have set up before something runs that may fail.
pub(crate) fn review(device: &Device) {
    use fields::ih_rb_cntl::{MC_SPACE, RB_ENABLE, RB_SIZE};
    let generation = device.generation();
    let complain = |what: &str| device.report.add("ih", what);
    let control = device.get(Register::IH_RB_CNTL);
    if RB_ENABLE.get(generation, control) == 0 {
        return complain("ring 0 is off while a queue is started: nobody will know of a fault");
    }
    let base = u64::from(device.get(Register::IH_RB_BASE)) << 8
        | u64::from(device.get(Register::IH_RB_BASE_HI)) << 40;
    let bytes = 4u64 << RB_SIZE.get(generation, control).min(24);
    if MC_SPACE.get(generation, control) != 4 {
        complain("ring 0 is not in the memory controller's address space (MC_SPACE 4)");
    }
    if device.mc_range(base, bytes).is_none() {
        complain("ring 0 is not in VRAM");
    }
    let required = [
        Register::IH_RB_BASE,
        Register::IH_RB_BASE_HI,
        Register::IH_RB_RPTR,
        Register::IH_RB_WPTR,
    ];
    device.require("ih", &required);
}

/// Writes an entry into ring 0.
pub(crate) fn raise(device: &Device, entry: Entry) {
    use fields::ih_rb_cntl as cntl;
    let generation = device.generation();
    let _guard = lock(&device.ih);
    let control = device.get(Register::IH_RB_CNTL);
    let bytes = 4u64 << cntl::RB_SIZE.get(generation, control).min(24);
    device.trace.line(format_args!("interrupt {entry:x?}"));
    if cntl::RB_ENABLE.get(generation, control) == 0 || bytes < 4 * DWORDS as u64 {
        device.counters.lost_interrupts.count();
        return;
    }
    let base = u64::from(device.get(Register::IH_RB_BASE)) << 8
        | u64::from(device.get(Register::IH_RB_BASE_HI)) << 40;
    // Pointers are byte offsets, multiples of 4; bit 0 of WPTR says overflow.
    let wptr = u64::from(device.get(Register::IH_RB_WPTR) & !3) % bytes;
    let rptr = u64::from(device.get(Register::IH_RB_RPTR) & !3) % bytes;
    let next = (wptr + 4 * DWORDS as u64) % bytes;
    if next == rptr {
        device.counters.lost_interrupts.count();
        if cntl::WPTR_OVERFLOW_ENABLE.get(generation, control) == 1 {
            device.set(Register::IH_RB_WPTR, wptr as u32 | 1);
        }
        return;
    }
    let words = entry.emit();
    for (i, word) in words.iter().enumerate() {
        let at = base + (wptr + 4 * i as u64) % bytes;
        match gmc::translate(device, Hub::Mm, Client::Ih, at, Access::Write) {
            Ok(to) => {
                if let Some(memory) = to.memory {
                    memory.store32(*word);
                }
            }
            // A ring that is not there: the entry is lost, and saying so would recurse.
            Err(_) => return device.counters.lost_interrupts.count(),
        }
    }
    device.counters.interrupts.count();
    device.set(Register::IH_RB_WPTR, next as u32);
}

/// A register write that does more than store a word; `true` if nothing remains to be done.
pub(crate) fn write(device: &Device, address: u32, value: u32) -> bool {
    use fields::ih_rb_cntl::WPTR_OVERFLOW_CLEAR;
    match device.map.at(address) {
        Some(Register::IH_RB_CNTL) => {
            let generation = device.generation();
            if WPTR_OVERFLOW_CLEAR.get(generation, value) == 1 {
                let wptr = device.get(Register::IH_RB_WPTR);
                device.set(Register::IH_RB_WPTR, wptr & !1);
            }
            false
        }
        _ => false,
    }
}
