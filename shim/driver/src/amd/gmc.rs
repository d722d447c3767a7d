//! Address translation: the two hubs, and the flushing of their caches.
//!
//! The graphics hub translates for shaders, command processor and SDMA, the memory hub for the rest.
//! Both walk the same tables for VMID 0. Invalidation engine 17 is the driver's. Sequences and
//! values are those of Linux' gfxhub and mmhub code for these versions, and of the recorded boots.

use std::time::Duration;

use amd_hw::registers::fields::{
    gcmc_vm_mx_l1_tlb_cntl as l1, gcvm_context0_cntl as context, gcvm_invalidate_eng17_req as req,
    gcvm_l2_cntl as l2, gcvm_l2_cntl2 as l2_2, gcvm_l2_cntl3 as l2_3, gcvm_l2_cntl4 as l2_4,
    gcvm_l2_cntl5 as l2_5, gcvm_l2_protection_fault_cntl2 as fault_2,
    mmvm_l2_bank_select_reserved_cid2 as cid2,
};
use amd_hw::registers::Register;

use super::hardware::Hardware;
use super::layout;
use crate::CardError;

/// Which hub.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Hub {
    /// Shaders, command processor, SDMA.
    Graphics,
    /// Everything else.
    Memory,
}

/// Limits of VRAM in the memory controller's addresses.
#[derive(Clone, Copy, Debug)]
pub(crate) struct FrameBuffer {
    /// Address of VRAM's first byte.
    pub base: u64,
    /// Address of the last 16 MiB.
    pub end: u64,
}

impl FrameBuffer {
    /// As the firmware placed it.
    pub(crate) fn read(hw: &Hardware) -> Result<FrameBuffer, CardError> {
        let base = hw.read(Register::MMMC_VM_FB_LOCATION_BASE)?;
        let end = hw.read(Register::MMMC_VM_FB_LOCATION_TOP)?;
        Ok(FrameBuffer {
            base: u64::from(base & 0xff_ffff) << 24,
            end: u64::from(end & 0xff_ffff) << 24,
        })
    }
}

const MTYPE_UC: u32 = 3;

/// Two hubs, one set of steps: picks the graphics or the memory hub's register.
macro_rules! pick {
    ($hub:expr, $gc:ident, $mm:ident) => {
        match $hub {
            Hub::Graphics => Register::$gc,
            Hub::Memory => Register::$mm,
        }
    };
}

/// Programs a hub: apertures, fault pages, caches, context 0, invalidation ranges.
pub(crate) fn init_hub(hw: &Hardware, hub: Hub, fb: FrameBuffer) -> Result<(), CardError> {
    // No AGP: bottom above top.
    hw.write(pick!(hub, GCMC_VM_AGP_BASE, MMMC_VM_AGP_BASE), 0)?;
    hw.write(pick!(hub, GCMC_VM_AGP_BOT, MMMC_VM_AGP_BOT), 0xff_ffff)?;
    hw.write(pick!(hub, GCMC_VM_AGP_TOP, MMMC_VM_AGP_TOP), 0)?;
    hw.write(
        pick!(
            hub,
            GCMC_VM_SYSTEM_APERTURE_LOW_ADDR,
            MMMC_VM_SYSTEM_APERTURE_LOW_ADDR
        ),
        (fb.base >> 18) as u32,
    )?;
    hw.write(
        pick!(
            hub,
            GCMC_VM_SYSTEM_APERTURE_HIGH_ADDR,
            MMMC_VM_SYSTEM_APERTURE_HIGH_ADDR
        ),
        (fb.end >> 18) as u32,
    )?;
    hw.write_pair(
        pick!(
            hub,
            GCMC_VM_SYSTEM_APERTURE_DEFAULT_ADDR_LSB,
            MMMC_VM_SYSTEM_APERTURE_DEFAULT_ADDR_LSB
        ),
        pick!(
            hub,
            GCMC_VM_SYSTEM_APERTURE_DEFAULT_ADDR_MSB,
            MMMC_VM_SYSTEM_APERTURE_DEFAULT_ADDR_MSB
        ),
        layout::SCRATCH_PAGE >> 12,
    )?;
    hw.write_pair(
        pick!(
            hub,
            GCVM_L2_PROTECTION_FAULT_DEFAULT_ADDR_LO32,
            MMVM_L2_PROTECTION_FAULT_DEFAULT_ADDR_LO32
        ),
        pick!(
            hub,
            GCVM_L2_PROTECTION_FAULT_DEFAULT_ADDR_HI32,
            MMVM_L2_PROTECTION_FAULT_DEFAULT_ADDR_HI32
        ),
        layout::FAULT_PAGE >> 12,
    )?;
    hw.update(
        pick!(
            hub,
            GCVM_L2_PROTECTION_FAULT_CNTL2,
            MMVM_L2_PROTECTION_FAULT_CNTL2
        ),
        &[(fault_2::ACTIVE_PAGE_MIGRATION_PTE_READ_RETRY, 1)],
    )?;

    hw.update(
        pick!(hub, GCMC_VM_MX_L1_TLB_CNTL, MMMC_VM_MX_L1_TLB_CNTL),
        &[
            (l1::ENABLE_L1_TLB, 1),
            (l1::SYSTEM_ACCESS_MODE, 3),
            (l1::ENABLE_ADVANCED_DRIVER_MODEL, 1),
            (l1::SYSTEM_APERTURE_UNMAPPED_ACCESS, 0),
            (l1::MTYPE, MTYPE_UC),
        ],
    )?;
    hw.update(
        pick!(hub, GCVM_L2_CNTL, MMVM_L2_CNTL),
        &[
            (l2::ENABLE_L2_CACHE, 1),
            (l2::ENABLE_DEFAULT_PAGE_OUT_TO_SYSTEM_MEMORY, 1),
            (l2::L2_PDE0_CACHE_TAG_GENERATION_MODE, 0),
            (l2::PDE_FAULT_CLASSIFICATION, 0),
            (l2::CONTEXT1_IDENTITY_ACCESS_MODE, 1),
            (l2::IDENTITY_MODE_FRAGMENT_SIZE, 0),
            (l2::ENABLE_L2_FRAGMENT_PROCESSING, 0),
        ],
    )?;
    hw.update(
        pick!(hub, GCVM_L2_CNTL2, MMVM_L2_CNTL2),
        &[
            (l2_2::INVALIDATE_ALL_L1_TLBS, 1),
            (l2_2::INVALIDATE_L2_CACHE, 1),
        ],
    )?;
    hw.write(
        pick!(hub, GCVM_L2_CNTL3, MMVM_L2_CNTL3),
        hw.fields(
            0,
            &[
                (l2_3::BANK_SELECT, 9),
                (l2_3::L2_CACHE_BIGK_FRAGMENT_SIZE, 6),
                (l2_3::L2_CACHE_BIGK_ASSOCIATIVITY, 1),
                (l2_3::L2_CACHE_4K_ASSOCIATIVITY, 1),
            ],
        ),
    )?;
    hw.write(
        pick!(hub, GCVM_L2_CNTL4, MMVM_L2_CNTL4),
        hw.fields(0, &[(l2_4::L2_CACHE_4K_PARTITION_COUNT, 1)]),
    )?;
    hw.write(
        pick!(hub, GCVM_L2_CNTL5, MMVM_L2_CNTL5),
        hw.fields(0, &[(l2_5::WALKER_PRIORITY_CLIENT_ID, 0x1ff)]),
    )?;

    enable_context(hw, hub)?;

    // The identity aperture of context 1 is closed: low above high.
    hw.write_pair(
        pick!(
            hub,
            GCVM_L2_CONTEXT1_IDENTITY_APERTURE_LOW_ADDR_LO32,
            MMVM_L2_CONTEXT1_IDENTITY_APERTURE_LOW_ADDR_LO32
        ),
        pick!(
            hub,
            GCVM_L2_CONTEXT1_IDENTITY_APERTURE_LOW_ADDR_HI32,
            MMVM_L2_CONTEXT1_IDENTITY_APERTURE_LOW_ADDR_HI32
        ),
        0xf_ffff_ffff,
    )?;
    hw.write_pair(
        pick!(
            hub,
            GCVM_L2_CONTEXT1_IDENTITY_APERTURE_HIGH_ADDR_LO32,
            MMVM_L2_CONTEXT1_IDENTITY_APERTURE_HIGH_ADDR_LO32
        ),
        pick!(
            hub,
            GCVM_L2_CONTEXT1_IDENTITY_APERTURE_HIGH_ADDR_HI32,
            MMVM_L2_CONTEXT1_IDENTITY_APERTURE_HIGH_ADDR_HI32
        ),
        0,
    )?;
    hw.write_pair(
        pick!(
            hub,
            GCVM_L2_CONTEXT_IDENTITY_PHYSICAL_OFFSET_LO32,
            MMVM_L2_CONTEXT_IDENTITY_PHYSICAL_OFFSET_LO32
        ),
        pick!(
            hub,
            GCVM_L2_CONTEXT_IDENTITY_PHYSICAL_OFFSET_HI32,
            MMVM_L2_CONTEXT_IDENTITY_PHYSICAL_OFFSET_HI32
        ),
        0,
    )?;

    // The ranges of the 18 invalidation engines are consecutive pairs.
    let first = hw.address(pick!(
        hub,
        GCVM_INVALIDATE_ENG0_ADDR_RANGE_LO32,
        MMVM_INVALIDATE_ENG0_ADDR_RANGE_LO32
    ))?;
    for engine in 0..18 {
        hw.write_at(first + 2 * engine, 0xffff_ffff)?;
        hw.write_at(first + 2 * engine + 1, 0x1f)?;
    }
    Ok(())
}

/// Checks that the memory hub, which a warm attach leaves alone, is as [`init_hub`] left it.
pub(crate) fn check_memory_hub(hw: &Hardware) -> Result<(), CardError> {
    for (low, high, want) in [
        (
            Register::MMVM_CONTEXT0_PAGE_TABLE_BASE_ADDR_LO32,
            Register::MMVM_CONTEXT0_PAGE_TABLE_BASE_ADDR_HI32,
            layout::ROOT_TABLE | 1,
        ),
        (
            Register::MMVM_CONTEXT0_PAGE_TABLE_START_ADDR_LO32,
            Register::MMVM_CONTEXT0_PAGE_TABLE_START_ADDR_HI32,
            layout::VA_BASE >> 12,
        ),
        (
            Register::MMVM_CONTEXT0_PAGE_TABLE_END_ADDR_LO32,
            Register::MMVM_CONTEXT0_PAGE_TABLE_END_ADDR_HI32,
            layout::VA_END >> 12,
        ),
    ] {
        hw.expect_word(low, want as u32)?;
        hw.expect_word(high, (want >> 32) as u32)?;
    }
    hw.expect(
        Register::MMVM_CONTEXT0_CNTL,
        &[(context::ENABLE_CONTEXT, 1), (context::PAGE_TABLE_DEPTH, 3)],
    )?;
    hw.expect(Register::MMMC_VM_MX_L1_TLB_CNTL, &[(l1::ENABLE_L1_TLB, 1)])
}

fn enable_context(hw: &Hardware, hub: Hub) -> Result<(), CardError> {
    hw.write_pair(
        pick!(
            hub,
            GCVM_CONTEXT0_PAGE_TABLE_START_ADDR_LO32,
            MMVM_CONTEXT0_PAGE_TABLE_START_ADDR_LO32
        ),
        pick!(
            hub,
            GCVM_CONTEXT0_PAGE_TABLE_START_ADDR_HI32,
            MMVM_CONTEXT0_PAGE_TABLE_START_ADDR_HI32
        ),
        layout::VA_BASE >> 12,
    )?;
    hw.write_pair(
        pick!(
            hub,
            GCVM_CONTEXT0_PAGE_TABLE_END_ADDR_LO32,
            MMVM_CONTEXT0_PAGE_TABLE_END_ADDR_LO32
        ),
        pick!(
            hub,
            GCVM_CONTEXT0_PAGE_TABLE_END_ADDR_HI32,
            MMVM_CONTEXT0_PAGE_TABLE_END_ADDR_HI32
        ),
        layout::VA_END >> 12,
    )?;
    hw.write_pair(
        pick!(
            hub,
            GCVM_CONTEXT0_PAGE_TABLE_BASE_ADDR_LO32,
            MMVM_CONTEXT0_PAGE_TABLE_BASE_ADDR_LO32
        ),
        pick!(
            hub,
            GCVM_CONTEXT0_PAGE_TABLE_BASE_ADDR_HI32,
            MMVM_CONTEXT0_PAGE_TABLE_BASE_ADDR_HI32
        ),
        layout::ROOT_TABLE | 1,
    )?;
    // Every fault raises an interrupt and reaches the fault page, so that the card goes on.
    let faults = [
        context::RANGE_PROTECTION_FAULT_ENABLE_INTERRUPT,
        context::RANGE_PROTECTION_FAULT_ENABLE_DEFAULT,
        context::DUMMY_PAGE_PROTECTION_FAULT_ENABLE_INTERRUPT,
        context::DUMMY_PAGE_PROTECTION_FAULT_ENABLE_DEFAULT,
        context::PDE0_PROTECTION_FAULT_ENABLE_INTERRUPT,
        context::PDE0_PROTECTION_FAULT_ENABLE_DEFAULT,
        context::VALID_PROTECTION_FAULT_ENABLE_INTERRUPT,
        context::VALID_PROTECTION_FAULT_ENABLE_DEFAULT,
        context::READ_PROTECTION_FAULT_ENABLE_INTERRUPT,
        context::READ_PROTECTION_FAULT_ENABLE_DEFAULT,
        context::WRITE_PROTECTION_FAULT_ENABLE_INTERRUPT,
        context::WRITE_PROTECTION_FAULT_ENABLE_DEFAULT,
        context::EXECUTE_PROTECTION_FAULT_ENABLE_INTERRUPT,
        context::EXECUTE_PROTECTION_FAULT_ENABLE_DEFAULT,
    ];
    let mut fields = vec![
        (context::ENABLE_CONTEXT, 1),
        (context::PAGE_TABLE_DEPTH, 3),
        (context::PAGE_TABLE_BLOCK_SIZE, 0),
    ];
    fields.extend(faults.map(|fault| (fault, 1)));
    // Bits 24:23 have no field in the tables; every driver of these cards sets them.
    let control = hw.fields(0x180_0000, &fields);
    hw.write(pick!(hub, GCVM_CONTEXT0_CNTL, MMVM_CONTEXT0_CNTL), control)
}

/// Makes a hub forget translations. Needed after mapping, and after unmapping before the address or
/// the memory is used again.
pub(crate) fn flush_tlb(hw: &Hardware, hub: Hub) -> Result<(), CardError> {
    const STEP: &str = "flushing translations";
    const LIMIT: Duration = Duration::from_secs(5);
    hw.flush_hdp()?;
    if hub == Hub::Memory {
        hw.wait(
            STEP,
            Register::MMVM_INVALIDATE_ENG17_SEM,
            "bit 0 set",
            LIMIT,
            |v| v & 1 != 0,
        )?;
    }
    let request = hw.fields(
        0,
        &[
            (req::PER_VMID_INVALIDATE_REQ, 1),
            (req::INVALIDATE_L2_PTES, 1),
            (req::INVALIDATE_L2_PDE0, 1),
            (req::INVALIDATE_L2_PDE1, 1),
            (req::INVALIDATE_L2_PDE2, 1),
            (req::INVALIDATE_L1_PTES, 1),
        ],
    );
    hw.write(
        pick!(hub, GCVM_INVALIDATE_ENG17_REQ, MMVM_INVALIDATE_ENG17_REQ),
        request,
    )?;
    hw.wait(
        STEP,
        pick!(hub, GCVM_INVALIDATE_ENG17_ACK, MMVM_INVALIDATE_ENG17_ACK),
        "bit 0 set",
        LIMIT,
        |v| v & 1 != 0,
    )?;
    if hub == Hub::Memory {
        hw.write(Register::MMVM_INVALIDATE_ENG17_SEM, 0)?;
        let private = Register::MMVM_L2_BANK_SELECT_RESERVED_CID2;
        hw.update(private, &[(cid2::RESERVED_CACHE_PRIVATE_INVALIDATION, 1)])?;
        // Reading back completes the invalidation.
        hw.read(private)?;
    }
    Ok(())
}
