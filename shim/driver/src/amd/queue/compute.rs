//! The micro engine compute: configuration, its queue, stopping it.
//!
//! No KIQ, MES or hardware scheduler: one queue, set up by writing its registers. Register values are
//! those of Linux' gfx_v11_0 and gfx_v12_0 and of the recorded boots.

use std::time::Duration;

use amd_hw::die::Generation;
use amd_hw::mqd;
use amd_hw::registers::fields::{
    cp_me_cntl as me, cp_mec_rs64_cntl as mec, grbm_cntl, grbm_gfx_cntl as select,
    grbm_soft_reset as reset, rlc_srm_cntl as srm, sh_mem_bases as bases,
    sh_mem_config as sh_config,
};
use amd_hw::registers::{Field, Register};

use super::ring::{Ring, RPTR, WPTR};
use crate::amd::gmc::FrameBuffer;
use crate::amd::hardware::Hardware;
use crate::amd::layout;
use crate::amd::memory::Vram;
use crate::CardError;

/// Chooses the instance that later accesses of queue registers mean.
fn grbm_select(hw: &Hardware, me: u32, queue: u32, vmid: u32) -> Result<(), CardError> {
    let word = hw.fields(
        0,
        &[
            (select::MEID, me),
            (select::PIPEID, 0),
            (select::QUEUEID, queue),
            (select::VMID, vmid),
        ],
    );
    hw.write(Register::GRBM_GFX_CNTL, word)
}

/// Where the front ends start executing, as the firmware files state it (all of them the same).
pub(crate) const UCODE_START: u64 = 0x0007_0000_0000_3000;

/// Sets program counters and pulses the resets of the front ends that firmware runs on.
fn config_mec(hw: &Hardware) -> Result<(), CardError> {
    let start = UCODE_START >> 2;
    if hw.generation() == Generation::Gfx12 {
        for (low, high, field) in [
            (
                Register::CP_PFP_PRGRM_CNTR_START,
                Register::CP_PFP_PRGRM_CNTR_START_HI,
                me::PFP_PIPE0_RESET,
            ),
            (
                Register::CP_ME_PRGRM_CNTR_START,
                Register::CP_ME_PRGRM_CNTR_START_HI,
                me::ME_PIPE0_RESET,
            ),
        ] {
            grbm_select(hw, 0, 0, 0)?;
            hw.write_pair(low, high, start)?;
            grbm_select(hw, 0, 0, 0)?;
            pulse(hw, Register::CP_ME_CNTL, field)?;
        }
    }
    grbm_select(hw, 1, 0, 0)?;
    hw.write_pair(
        Register::CP_MEC_RS64_PRGRM_CNTR_START,
        Register::CP_MEC_RS64_PRGRM_CNTR_START_HI,
        start,
    )?;
    grbm_select(hw, 0, 0, 0)?;
    pulse(hw, Register::CP_MEC_RS64_CNTL, mec::MEC_PIPE0_RESET)
}

fn pulse(hw: &Hardware, register: Register, field: Field) -> Result<(), CardError> {
    hw.update(register, &[(field, 1)])?;
    hw.update(register, &[(field, 0)])
}

fn enable_mec(hw: &Hardware) -> Result<(), CardError> {
    hw.update(
        Register::CP_MEC_RS64_CNTL,
        &[
            (mec::MEC_PIPE0_RESET, 0),
            (mec::MEC_PIPE0_ACTIVE, 1),
            (mec::MEC_HALT, 0),
        ],
    )?;
    hw.settle(Duration::from_millis(50));
    Ok(())
}

/// Doorbells of graphics and compute, by the bus interface's routing entries 0 and 3.
const ROUTES: [(Register, u32); 2] = [
    (Register::S2A_DOORBELL_ENTRY_0_CTRL, 0x3000_0007),
    (Register::S2A_DOORBELL_ENTRY_3_CTRL, 0x3000_000d),
];
/// Last byte of the doorbells that MEC listens to.
const DOORBELLS_END: u32 = 0xf8;

/// SH_MEM_CONFIG and SH_MEM_BASES of every VMID.
fn addressing(hw: &Hardware) -> (u32, u32) {
    let config = hw.fields(
        0,
        &[
            // 64-bit addresses, unaligned accesses allowed.
            (sh_config::ADDRESS_MODE, 0),
            (sh_config::ALIGNMENT_MODE, 3),
            (sh_config::INITIAL_INST_PREFETCH, 3),
        ],
    );
    let apertures = hw.fields(0, &[(bases::PRIVATE_BASE, 2), (bases::SHARED_BASE, 1)]);
    (config, apertures)
}

/// Configures graphics after firmware was loaded: caches, RLC, doorbell routing, apertures, MEC.
pub(crate) fn configure_graphics(hw: &Hardware) -> Result<(), CardError> {
    config_mec(hw)?;
    let tcp = hw.read(Register::TCP_CNTL)?;
    hw.write(Register::TCP_CNTL, tcp | 0x2000_0000)?;
    hw.write(Register::RLC_CNTL, 1)?;
    hw.update(
        Register::RLC_SRM_CNTL,
        &[(srm::SRM_ENABLE, 1), (srm::AUTO_INCR_ADDR, 1)],
    )?;
    hw.write(Register::RLC_SPM_MC_CNTL, 0xf)?;
    for (register, route) in ROUTES {
        hw.write(register, route)?;
    }
    hw.update(Register::GRBM_CNTL, &[(grbm_cntl::READ_TIMEOUT, 0xff)])?;
    let (config, apertures) = addressing(hw);
    for vmid in 0..16 {
        grbm_select(hw, 0, 0, vmid)?;
        hw.write(Register::SH_MEM_CONFIG, config)?;
        hw.write(Register::SH_MEM_BASES, apertures)?;
    }
    grbm_select(hw, 0, 0, 0)?;
    hw.write(Register::CP_MEC_DOORBELL_RANGE_LOWER, 0)?;
    hw.write(Register::CP_MEC_DOORBELL_RANGE_UPPER, DOORBELLS_END)?;
    enable_mec(hw)
}

/// Checks that what [`configure_graphics`] sets, and nothing sets again on a warm attach, still holds.
pub(crate) fn check_graphics(hw: &Hardware) -> Result<(), CardError> {
    hw.expect_word(Register::RLC_CNTL, 1)?;
    for (register, route) in ROUTES {
        hw.expect_word(register, route)?;
    }
    hw.expect_word(Register::CP_MEC_DOORBELL_RANGE_UPPER, DOORBELLS_END)?;
    let (config, apertures) = addressing(hw);
    grbm_select(hw, 0, 0, 0)?;
    hw.expect_word(Register::SH_MEM_CONFIG, config)?;
    hw.expect_word(Register::SH_MEM_BASES, apertures)
}

/// Ends whatever queues an earlier driver left active.
pub(crate) fn halt_compute(hw: &Hardware) -> Result<(), CardError> {
    // 1 would drain; a queue that hangs never does, so waves are reset.
    const RESET_WAVES: u32 = 2;
    for queue in 0..2 {
        grbm_select(hw, 1, queue, 0)?;
        if hw.read(Register::CP_HQD_ACTIVE)? & 1 != 0 {
            hw.write(Register::CP_HQD_DEQUEUE_REQUEST, RESET_WAVES)?;
            hw.write(Register::SPI_COMPUTE_QUEUE_RESET, 1)?;
            hw.wait(
                "stopping the compute queue",
                Register::CP_HQD_ACTIVE,
                "bit 0 clear",
                Duration::from_secs(2),
                |v| v & 1 == 0,
            )?;
        }
    }
    grbm_select(hw, 0, 0, 0)
}

/// Brings the compute engine back to a known state without loading firmware.
pub(crate) fn reset_mec(hw: &Hardware) -> Result<(), CardError> {
    halt_compute(hw)?;
    if hw.generation() == Generation::Gfx11 {
        let word = hw.fields(0, &[(reset::SOFT_RESET_CP, 1), (reset::SOFT_RESET_CPC, 1)]);
        hw.write(Register::GRBM_SOFT_RESET, word)?;
        hw.settle(Duration::from_millis(50));
        hw.write(Register::GRBM_SOFT_RESET, 0)?;
    }
    config_mec(hw)?;
    enable_mec(hw)
}

/// Makes the compute queue: descriptor in VRAM, registers, active.
pub(crate) fn setup_compute(
    hw: &Hardware,
    fb: FrameBuffer,
    ring: &Ring,
    eop: &Vram,
) -> Result<(), CardError> {
    let queue = mqd::ComputeQueue {
        mqd_address: fb.base + layout::MQD,
        ring_address: ring.address(),
        ring_bytes: ring.bytes(),
        rptr_address: ring.pointers() + RPTR,
        wptr_address: ring.pointers() + WPTR,
        eop_address: eop.address(),
        eop_bytes: eop.size(),
        doorbell: ring.doorbell(),
    };
    let words = queue.emit();
    let bytes: Vec<u8> = words.iter().flat_map(|w| w.to_le_bytes()).collect();
    hw.vram_write(layout::MQD, &bytes)?;
    grbm_select(hw, 1, 0, 0)?;
    let first = hw.address(Register::CP_MQD_BASE_ADDR)?;
    for (i, word) in words[mqd::HQD_DWORD..][..mqd::HQD_REGISTERS]
        .iter()
        .enumerate()
    {
        hw.write_at(first + i as u32, *word)?;
    }
    hw.write(Register::CP_HQD_ACTIVE, 1)?;
    hw.flush_hdp()?;
    grbm_select(hw, 0, 0, 0)
}
