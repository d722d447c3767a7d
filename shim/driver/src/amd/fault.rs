//! Finding out why a card does not go on: fault status, interrupt ring, the link itself.

use amd_hw::ih::{self, Entry};
use amd_hw::registers::fields::{
    gcvm_l2_protection_fault_cntl as cntl, gcvm_l2_protection_fault_status as status,
    ih_rb_wptr as wptr,
};
use amd_hw::registers::Register;

use super::hardware::Hardware;
use super::layout;
use crate::{CardError, Loss};

/// Entries looked at in one go: a full ring of old news must not hold anybody up.
const ENTRIES_MAX: u32 = 64;

/// Dword offset of the write pointer in interrupt ring 0.
fn write_pointer(hw: &Hardware) -> Result<u32, CardError> {
    let word = hw.read(Register::IH_RB_WPTR)?;
    Ok(wptr::OFFSET.get(hw.generation(), word) % ring_dwords())
}

/// Dword offset of the read pointer. Both registers hold bytes, offset field at bit 2.
fn read_pointer(hw: &Hardware) -> Result<u32, CardError> {
    Ok((hw.read(Register::IH_RB_RPTR)? >> 2) % ring_dwords())
}

fn set_read_pointer(hw: &Hardware, at: u32) -> Result<(), CardError> {
    hw.write(Register::IH_RB_RPTR, at << 2)
}

fn ring_dwords() -> u32 {
    (layout::IH_RING_BYTES / 4) as u32
}

/// Forgets interrupts and faults of an earlier driver.
pub(crate) fn forget(hw: &Hardware) -> Result<(), CardError> {
    let at = write_pointer(hw)?;
    set_read_pointer(hw, at)?;
    clear(hw)
}

fn clear(hw: &Hardware) -> Result<(), CardError> {
    hw.update(
        Register::GCVM_L2_PROTECTION_FAULT_CNTL,
        &[(cntl::CLEAR_PROTECTION_FAULT_STATUS_ADDR, 1)],
    )
}

/// Looks for a reason why the card would not go on. `Ok(None)`: it may just be busy.
pub(crate) fn diagnose(hw: &Hardware, running: &str) -> Result<Option<Loss>, CardError> {
    hw.check_open()?;
    let word = hw.read(Register::GCVM_L2_PROTECTION_FAULT_STATUS)?;
    if word == u32::MAX && hw.read(Register::SCRATCH_REG7)? == u32::MAX {
        return Ok(Some(Loss::Unplugged(
            "its registers read as ones: the card fell off the bus".into(),
        )));
    }
    let explained = hw.diagnosis();
    if word != 0 {
        let fault = page_fault(hw, word, running)?;
        clear(hw)?;
        return Ok(Some(match (explained, fault) {
            (
                Some(words),
                Loss::PageFault {
                    address, access, ..
                },
            ) => Loss::PageFault {
                address,
                access,
                detail: format!("{words}, while running {running}"),
            },
            (_, fault) => fault,
        }));
    }
    let mut loss = None;
    let end = write_pointer(hw)?;
    let start = read_pointer(hw)?;
    let mut at = start;
    for _ in 0..ENTRIES_MAX {
        if at == end {
            break;
        }
        let mut bytes = [0; 4 * ih::DWORDS];
        hw.vram_read(layout::IH_RING + 4 * u64::from(at), &mut bytes)?;
        let words =
            std::array::from_fn(|i| u32::from_le_bytes(std::array::from_fn(|b| bytes[4 * i + b])));
        if loss.is_none() {
            loss = meaning(&Entry::parse(&words), running);
        }
        at = (at + ih::DWORDS as u32) % ring_dwords();
    }
    if at != start {
        set_read_pointer(hw, at)?;
    }
    Ok(match (loss, explained) {
        (Some(_), Some(words)) => Some(Loss::Wave(words)),
        (loss, _) => loss,
    })
}

fn page_fault(hw: &Hardware, word: u32, running: &str) -> Result<Loss, CardError> {
    let generation = hw.generation();
    let low = hw.read(Register::GCVM_L2_PROTECTION_FAULT_ADDR_LO32)?;
    let high = hw.read(Register::GCVM_L2_PROTECTION_FAULT_ADDR_HI32)?;
    let address = (u64::from(high) << 32 | u64::from(low)) << 12;
    let get = |field: amd_hw::registers::Field| field.get(generation, word);
    let access = match (get(status::ATOMIC), get(status::RW)) {
        (0, 0) => "read",
        (0, _) => "write",
        (_, _) => "atomic",
    };
    // Bit 0 of the permission faults is an entry that is not valid.
    let why = if get(status::WALKER_ERROR) != 0 {
        "a page table is wrong"
    } else if get(status::PERMISSION_FAULTS) != 0 && get(status::PERMISSION_FAULTS) & 1 == 0 {
        "not permitted"
    } else {
        "nothing is mapped there"
    };
    Ok(Loss::PageFault {
        address,
        access,
        detail: format!(
            "{why}; client {:#x}, VMID {}, while running {running}",
            get(status::CID),
            get(status::VMID)
        ),
    })
}

/// What an interrupt says, if it says that something failed.
fn meaning(entry: &Entry, running: &str) -> Option<Loss> {
    if let Some(error) = entry.as_sq_error() {
        let what = match error {
            ih::sq_error::ILLEGAL_INST => "illegal instruction",
            ih::sq_error::MEMVIOL => "memory violation",
            ih::sq_error::EDC_FUE | ih::sq_error::EDC_FED => "uncorrectable memory error",
            _ => "unknown error",
        };
        return Some(Loss::Wave(format!("{what} while running {running}")));
    }
    match (entry.client, entry.source) {
        (ih::client::GRBM_CP, ih::source::CP_BAD_OPCODE) => Some(Loss::Card(
            "the command processor met a packet that it does not know".into(),
        )),
        (ih::client::GRBM_CP, ih::source::CP_PRIV_REG | ih::source::CP_PRIV_INSTR) => Some(
            Loss::Card("the command processor was refused a privileged operation".into()),
        ),
        _ => None,
    }
}
