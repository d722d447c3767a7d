//! The SDMA engine and its first queue. Values as in Linux' sdma_v6_0 and sdma_v7_0.

use std::time::Duration;

use amd_hw::die::Generation;
use amd_hw::registers::fields::{
    grbm_soft_reset as reset, sdma0_cntl as cntl, sdma0_f32_cntl as f32_cntl,
    sdma0_queue0_doorbell as doorbell, sdma0_queue0_doorbell_offset as doorbell_offset,
    sdma0_queue0_ib_cntl as ib, sdma0_queue0_rb_cntl as rb, sdma0_utcl1_cntl as utcl1,
    sdma0_utcl1_page as page, sdma0_watchdog_cntl as watchdog,
};
use amd_hw::registers::Register;

use super::ring::{Ring, RPTR, WPTR};
use crate::amd::hardware::Hardware;
use crate::CardError;

/// Configures the engine and routes its doorbells.
pub(crate) fn init_sdma(hw: &Hardware) -> Result<(), CardError> {
    // Units of 100 ms.
    hw.update(
        Register::SDMA0_WATCHDOG_CNTL,
        &[(watchdog::QUEUE_HANG_COUNT, 100)],
    )?;
    hw.update(
        Register::SDMA0_UTCL1_CNTL,
        &[(utcl1::RESP_MODE, 3), (utcl1::REDO_DELAY, 9)],
    )?;
    // Reads do not allocate in L2, writes bypass it.
    let mut policy = vec![(page::RD_L2_POLICY, 2), (page::WR_L2_POLICY, 3)];
    if hw.generation() == Generation::Gfx11 {
        policy.push((page::LLC_NOALLOC, 1));
    }
    hw.update(Register::SDMA0_UTCL1_PAGE, &policy)?;
    // Fields of the other generation do not exist and are left alone.
    hw.update(
        Register::SDMA0_F32_CNTL,
        &[
            (f32_cntl::HALT, 0),
            (f32_cntl::TH1_RESET, 0),
            (f32_cntl::RESET, 0),
        ],
    )?;
    hw.update(Register::SDMA0_CNTL, &[(cntl::TRAP_ENABLE, 1)])?;
    hw.write(Register::S2A_DOORBELL_ENTRY_2_CTRL, 0x3009_001d)
}

/// Makes the queue; enabling it is the last but one step.
pub(crate) fn setup_sdma(hw: &Hardware, ring: &Ring) -> Result<(), CardError> {
    hw.write(Register::SDMA0_QUEUE0_MINOR_PTR_UPDATE, 1)?;
    hw.write_pair(
        Register::SDMA0_QUEUE0_RB_RPTR,
        Register::SDMA0_QUEUE0_RB_RPTR_HI,
        0,
    )?;
    hw.write_pair(
        Register::SDMA0_QUEUE0_RB_WPTR,
        Register::SDMA0_QUEUE0_RB_WPTR_HI,
        0,
    )?;
    hw.write_pair(
        Register::SDMA0_QUEUE0_RB_BASE,
        Register::SDMA0_QUEUE0_RB_BASE_HI,
        ring.address() >> 8,
    )?;
    hw.write_pair(
        Register::SDMA0_QUEUE0_RB_RPTR_ADDR_LO,
        Register::SDMA0_QUEUE0_RB_RPTR_ADDR_HI,
        ring.pointers() + RPTR,
    )?;
    hw.write_pair(
        Register::SDMA0_QUEUE0_RB_WPTR_POLL_ADDR_LO,
        Register::SDMA0_QUEUE0_RB_WPTR_POLL_ADDR_HI,
        ring.pointers() + WPTR,
    )?;
    hw.update(
        Register::SDMA0_QUEUE0_DOORBELL_OFFSET,
        &[(doorbell_offset::OFFSET, ring.doorbell())],
    )?;
    hw.update(Register::SDMA0_QUEUE0_DOORBELL, &[(doorbell::ENABLE, 1)])?;
    hw.write(Register::SDMA0_QUEUE0_MINOR_PTR_UPDATE, 0)?;
    let control = hw.fields(
        0,
        &[
            (rb::RB_ENABLE, 1),
            (rb::RB_SIZE, ring.dwords().ilog2()),
            (rb::F32_WPTR_POLL_ENABLE, 1),
            (rb::RPTR_WRITEBACK_ENABLE, 1),
            (rb::RPTR_WRITEBACK_TIMER, 4),
            (rb::RB_PRIV, 1),
            (rb::RB_VMID, 0),
        ],
    );
    hw.write(Register::SDMA0_QUEUE0_RB_CNTL, control)?;
    hw.update(Register::SDMA0_QUEUE0_IB_CNTL, &[(ib::IB_ENABLE, 1)])
}

/// Stops the queue and resets the engine.
pub(crate) fn halt_sdma(hw: &Hardware) -> Result<(), CardError> {
    hw.update(Register::SDMA0_QUEUE0_RB_CNTL, &[(rb::RB_ENABLE, 0)])?;
    hw.update(Register::SDMA0_QUEUE0_IB_CNTL, &[(ib::IB_ENABLE, 0)])?;
    hw.update(Register::SDMA0_QUEUE0_DOORBELL, &[(doorbell::ENABLE, 0)])?;
    hw.update(
        Register::SDMA0_QUEUE0_DOORBELL_OFFSET,
        &[(doorbell_offset::OFFSET, 0)],
    )?;
    let word = hw.fields(0, &[(reset::SOFT_RESET_SDMA0, 1)]);
    hw.write(Register::GRBM_SOFT_RESET, word)?;
    hw.settle(Duration::from_millis(10));
    hw.write(Register::GRBM_SOFT_RESET, 0)
}
