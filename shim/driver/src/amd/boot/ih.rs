//! The interrupt handler: two rings in VRAM. The driver polls; the rings say what went wrong.

use amd_hw::registers::fields::{
    ih_doorbell_rptr as doorbell, ih_int_flood_cntl::FLOOD_CNTL_ENABLE, ih_msi_storm_ctrl::DELAY,
    ih_rb_cntl as rb, ih_rb_cntl_ring1 as rb1, ih_storm_client_list_cntl::CLIENT18_IS_STORM_CLIENT,
};
use amd_hw::registers::Register;

use crate::amd::gmc::FrameBuffer;
use crate::amd::hardware::Hardware;
use crate::amd::layout;
use crate::CardError;

/// Ring size: log2 of its dwords.
fn size() -> u32 {
    (layout::IH_RING_BYTES / 4).ilog2()
}

/// Address space of the rings: the memory hub's VMID 0.
const MC_SPACE: u32 = 4;

/// Sets both rings up and turns them on.
pub(super) fn init(hw: &Hardware, fb: FrameBuffer) -> Result<(), CardError> {
    hw.write_pair(
        Register::IH_RB_BASE,
        Register::IH_RB_BASE_HI,
        (fb.base + layout::IH_RING) >> 8,
    )?;
    hw.write(
        Register::IH_RB_CNTL,
        hw.fields(
            0,
            &[
                (rb::MC_SPACE, MC_SPACE),
                (rb::WPTR_OVERFLOW_CLEAR, 1),
                (rb::RB_SIZE, size()),
                (rb::MC_SNOOP, 1),
                (rb::WPTR_OVERFLOW_ENABLE, 1),
                (rb::RPTR_REARM, 1),
            ],
        ),
    )?;
    hw.write_pair(
        Register::IH_RB_WPTR_ADDR_LO,
        Register::IH_RB_WPTR_ADDR_HI,
        fb.base + layout::IH_WPTR,
    )?;
    hw.write(Register::IH_RB_WPTR, 0)?;
    hw.write(Register::IH_RB_RPTR, 0)?;
    hw.write(
        Register::IH_DOORBELL_RPTR,
        hw.fields(0, &[(doorbell::ENABLE, 0)]),
    )?;

    hw.write_pair(
        Register::IH_RB_BASE_RING1,
        Register::IH_RB_BASE_HI_RING1,
        (fb.base + layout::IH_RING1) >> 8,
    )?;
    hw.write(
        Register::IH_RB_CNTL_RING1,
        hw.fields(
            0,
            &[
                (rb1::MC_SPACE, MC_SPACE),
                (rb1::WPTR_OVERFLOW_CLEAR, 1),
                (rb1::RB_SIZE, size()),
                (rb1::MC_SNOOP, 1),
                (rb1::RB_FULL_DRAIN_ENABLE, 1),
            ],
        ),
    )?;
    hw.write(Register::IH_RB_WPTR_RING1, 0)?;
    hw.write(Register::IH_RB_RPTR_RING1, 0)?;
    hw.write(Register::IH_DOORBELL_RPTR_RING1, 0)?;

    hw.update(
        Register::IH_STORM_CLIENT_LIST_CNTL,
        &[(CLIENT18_IS_STORM_CLIENT, 1)],
    )?;
    hw.update(Register::IH_INT_FLOOD_CNTL, &[(FLOOD_CNTL_ENABLE, 1)])?;
    hw.update(Register::IH_MSI_STORM_CTRL, &[(DELAY, 3)])?;
    hw.update(
        Register::IH_RB_CNTL,
        &[(rb::RB_ENABLE, 1), (rb::ENABLE_INTR, 1)],
    )?;
    hw.update(Register::IH_RB_CNTL_RING1, &[(rb1::RB_ENABLE, 1)])
}

/// Checks that ring 0 is where [`init`] put it, and on.
pub(super) fn check(hw: &Hardware, fb: FrameBuffer) -> Result<(), CardError> {
    let base = (fb.base + layout::IH_RING) >> 8;
    hw.expect_word(Register::IH_RB_BASE, base as u32)?;
    hw.expect_word(Register::IH_RB_BASE_HI, (base >> 32) as u32)?;
    hw.expect(
        Register::IH_RB_CNTL,
        &[(rb::RB_ENABLE, 1), (rb::RB_SIZE, size())],
    )
}
