//! The system management unit: messages, clocks, mode 1 reset.

use std::time::Duration;

use amd_hw::registers::Register;
use amd_hw::smu::{message, response, Clock, DEBUG_MODE1_RESET};

use crate::amd::gmc::FrameBuffer;
use crate::amd::hardware::{Hardware, REGISTER_LIMIT};
use crate::amd::layout;
use crate::CardError;

/// Sends a message and waits for its response.
fn send(
    hw: &Hardware,
    step: &'static str,
    number: u32,
    parameter: u32,
    limit: Duration,
) -> Result<u32, CardError> {
    hw.write(Register::MP1_SMN_C2PMSG_90, response::NONE)?;
    hw.write(Register::MP1_SMN_C2PMSG_82, parameter)?;
    hw.write(Register::MP1_SMN_C2PMSG_66, number)?;
    let got = hw.wait(
        step,
        Register::MP1_SMN_C2PMSG_90,
        "a response",
        limit,
        |v| v != response::NONE,
    )?;
    if got != response::OK {
        return Err(CardError::Bringup {
            step,
            register: hw.name(Register::MP1_SMN_C2PMSG_90).to_owned(),
            want: format!("{:#x} in answer to message {number}", response::OK),
            got: got.into(),
        });
    }
    hw.read(Register::MP1_SMN_C2PMSG_82)
}

/// Checks that its firmware runs: it answers.
pub(super) fn check(hw: &Hardware) -> Result<(), CardError> {
    const STEP: &str = "asking the SMU for its version";
    let limit = Duration::from_secs(1);
    send(hw, STEP, message::GET_SMU_VERSION, 0, limit).map(drop)
}

/// Whether its firmware runs.
pub(super) fn is_alive(hw: &Hardware) -> Result<bool, CardError> {
    match check(hw) {
        Ok(()) => Ok(true),
        Err(CardError::Bringup { .. }) => Ok(false),
        Err(error) => Err(error),
    }
}

/// Resets the whole card but its PCI function.
pub(super) fn mode1_reset(hw: &Hardware) -> Result<(), CardError> {
    hw.write(Register::MP1_SMN_C2PMSG_54, response::NONE)?;
    hw.write(Register::MP1_SMN_C2PMSG_53, 0)?;
    hw.write(Register::MP1_SMN_C2PMSG_75, DEBUG_MODE1_RESET)?;
    hw.wait(
        "resetting the card (mode 1)",
        Register::MP1_SMN_C2PMSG_54,
        "1",
        REGISTER_LIMIT,
        |v| v == response::OK,
    )?;
    hw.settle(Duration::from_millis(500));
    Ok(())
}

/// Tells where its table is and turns its features on.
pub(super) fn init(hw: &Hardware, fb: FrameBuffer) -> Result<(), CardError> {
    const STEP: &str = "starting the SMU's features";
    let table = fb.base + layout::SMU_TABLE;
    for (number, parameter) in [
        (message::SET_DRIVER_DRAM_ADDR_HIGH, (table >> 32) as u32),
        (message::SET_DRIVER_DRAM_ADDR_LOW, table as u32),
        (message::ENABLE_ALL_SMU_FEATURES, 0),
    ] {
        send(hw, STEP, number, parameter, REGISTER_LIMIT)?;
    }
    Ok(())
}

/// Lets the card choose its clocks: full speed under load, quiet when idle.
pub(super) fn free_clocks(hw: &Hardware) -> Result<(), CardError> {
    const STEP: &str = "freeing the clocks";
    for clock in [Clock::Memory, Clock::Fabric, Clock::Soc, Clock::Gfx] {
        let clock = (clock as u32) << 16;
        for (number, parameter) in [
            (message::SET_SOFT_MIN_BY_FREQ, clock),
            (message::SET_SOFT_MAX_BY_FREQ, clock | 0xffff),
        ] {
            // Some firmware refuses some domains; clocks are not worth failing for.
            match send(hw, STEP, number, parameter, Duration::from_secs(1)) {
                Ok(_) => {}
                Err(error @ CardError::Bringup { .. }) => log::debug!("{error}"),
                Err(error) => return Err(error),
            }
        }
    }
    Ok(())
}
