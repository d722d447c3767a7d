//! The bus interface and clock gating.

use amd_hw::registers::fields::{
    cp_int_cntl as int, cp_rb_wptr_poll_cntl as poll, hdp_mem_power_ctrl as hdp,
    mm_atc_l2_misc_cg as atc, rcc_dev0_epf2_strap2::STRAP_NO_SOFT_RESET_DEV0_F2,
    rlc_cgcg_cgls_ctrl as cgcg, rlc_cgtt_mgcg_override as mgcg, rlc_safe_mode as safe,
    sdma0_rlc_cgcg_ctrl::CGCG_INT_ENABLE,
};
use amd_hw::registers::Register;

use crate::amd::hardware::{Hardware, REGISTER_LIMIT};
use crate::CardError;

const PCI_COMMAND: u32 = 4;
const BUS_MASTER: u32 = 1 << 2;

/// Lets the card access memory by itself, or not. A card in reset must not.
pub(super) fn set_bus_master(hw: &Hardware, on: bool) -> Result<(), CardError> {
    let command = hw.config_read(PCI_COMMAND, 2)?;
    let command = if on {
        command | BUS_MASTER
    } else {
        command & !BUS_MASTER
    };
    hw.config_write(PCI_COMMAND, 2, command)?;
    hw.config_read(PCI_COMMAND, 2).map(drop)
}

/// Doorbells on.
pub(super) fn init(hw: &Hardware) -> Result<(), CardError> {
    hw.update(
        Register::RCC_DEV0_EPF2_STRAP2,
        &[(STRAP_NO_SOFT_RESET_DEV0_F2, 0)],
    )?;
    hw.write(Register::RCC_DEV0_EPF0_RCC_DOORBELL_APER_EN, 1)
}

/// Checks that doorbells are on.
pub(super) fn check(hw: &Hardware) -> Result<(), CardError> {
    hw.expect_word(Register::RCC_DEV0_EPF0_RCC_DOORBELL_APER_EN, 1)
}

/// Clock gating: no function depends on it, but power does.
pub(super) fn set_clock_gating(hw: &Hardware) -> Result<(), CardError> {
    hw.update(
        Register::HDP_MEM_POWER_CTRL,
        &[
            (hdp::ATOMIC_MEM_POWER_CTRL_EN, 1),
            (hdp::ATOMIC_MEM_POWER_DS_EN, 1),
        ],
    )?;
    // Only Navi31 and Navi32 have it.
    if hw.address(Register::MM_ATC_L2_MISC_CG).is_ok() {
        let word = hw.fields(0, &[(atc::ENABLE, 1), (atc::MEM_LS_ENABLE, 1)]);
        hw.write(Register::MM_ATC_L2_MISC_CG, word)?;
    }
    // The controller must not gate while the rules change.
    let enter = hw.fields(0, &[(safe::CMD, 1), (safe::MESSAGE, 1)]);
    hw.write(Register::RLC_SAFE_MODE, enter)?;
    let generation = hw.generation();
    hw.wait(
        "entering the RLC's safe mode",
        Register::RLC_SAFE_MODE,
        "cmd = 0",
        REGISTER_LIMIT,
        |v| safe::CMD.get(generation, v) == 0,
    )?;
    hw.update(
        Register::RLC_CGCG_CGLS_CTRL,
        &[
            (cgcg::CGCG_GFX_IDLE_THRESHOLD, 0x36),
            (cgcg::CGCG_EN, 1),
            (cgcg::CGLS_REP_COMPANSAT_DELAY, 0xf),
            (cgcg::CGLS_EN, 1),
        ],
    )?;
    hw.update(
        Register::CP_RB_WPTR_POLL_CNTL,
        &[(poll::POLL_FREQUENCY, 0x100), (poll::IDLE_POLL_COUNT, 0x90)],
    )?;
    hw.update(
        Register::CP_INT_CNTL,
        &[
            (int::CNTX_BUSY_INT_ENABLE, 1),
            (int::CNTX_EMPTY_INT_ENABLE, 1),
            (int::CMP_BUSY_INT_ENABLE, 1),
        ],
    )?;
    hw.update(Register::SDMA0_RLC_CGCG_CTRL, &[(CGCG_INT_ENABLE, 1)])?;
    hw.update(Register::SDMA1_RLC_CGCG_CTRL, &[(CGCG_INT_ENABLE, 1)])?;
    hw.update(
        Register::RLC_CGTT_MGCG_OVERRIDE,
        &[
            (mgcg::PERFMON_CLOCK_STATE, 1),
            (mgcg::GFXIP_REPEATER_FGCG_OVERRIDE, 0),
            (mgcg::GFXIP_FGCG_OVERRIDE, 0),
            (mgcg::GRBM_CGTT_SCLK_OVERRIDE, 0),
            (mgcg::RLC_CGTT_SCLK_OVERRIDE, 0),
            (mgcg::GFXIP_MGCG_OVERRIDE, 0),
            (mgcg::GFXIP_CGLS_OVERRIDE, 0),
            (mgcg::GFXIP_CGCG_OVERRIDE, 0),
        ],
    )?;
    let leave = hw.fields(0, &[(safe::CMD, 1), (safe::MESSAGE, 0)]);
    hw.write(Register::RLC_SAFE_MODE, leave)
}
