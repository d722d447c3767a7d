//! Bringing a card up, and leaving it so that the next program need not.
//!
//! A card that this driver initialised keeps its firmware running: its signature in SCRATCH_REG7
//! says so, and only the graphics hub, the compute engine and SDMA are set up again (*warm*).
//! SCRATCH_REG6 is 1 while a program uses the card, 0 after a clean end, 2 when it could not be
//! stopped. A program that died leaves a 1: its queues are still stopped and reset, which is all that
//! a warm attach needs; only a card that does not obey is reset as a whole. Any other card boots
//! *cold*: mode 1 reset if somebody's firmware runs, then every block in the order that its firmware
//! expects, which is that of the recorded boots (docs/bring-up.md).

pub(crate) mod firmware;
mod ih;
mod psp;
mod smu;
mod soc;

use std::time::Duration;

use amd_hw::registers::fields::rlc_rlcs_bootload_status::BOOTLOAD_COMPLETE;
use amd_hw::registers::Register;
use amd_hw::DRIVER_SIGNATURE;

use self::firmware::{FirmwareSource, Versions};
pub(crate) use self::psp::LOADING;
use super::fault;
use super::gmc::{self, FrameBuffer, Hub};
use super::hardware::{Hardware, Nature, REGISTER_LIMIT};
use super::{layout, queue};
use crate::CardError;

/// SCRATCH_REG6: nobody uses the card.
const FREE: u32 = 0;
/// SCRATCH_REG6: a program uses it.
const IN_USE: u32 = 1;
/// SCRATCH_REG6: it did not stop when it was told to.
const BROKEN: u32 = 2;

/// Whether this driver, with this memory map, left the card running.
pub(crate) fn is_warm(hw: &Hardware) -> Result<bool, CardError> {
    let signature = hw.read(Register::SCRATCH_REG7)?;
    let state = hw.read(Register::SCRATCH_REG6)?;
    Ok(signature == DRIVER_SIGNATURE && state != BROKEN)
}

/// Attaches to a card that this driver left running; afterwards hubs and engines run and no queue is
/// active. `None` if it was not, or if what it left is no longer so: then only booting helps.
///
/// What the signature promises is checked as far as registers tell (firmware alive, memory hub,
/// interrupts, doorbells, graphics); whether the queues work, [`queue::proof`] tells.
pub(crate) fn attach(hw: &Hardware) -> Result<Option<FrameBuffer>, CardError> {
    if !is_warm(hw)? {
        return Ok(None);
    }
    let fb = FrameBuffer::read(hw)?;
    let attached = check(hw, fb).and_then(|()| restart(hw, fb));
    match attached {
        Ok(()) => Ok(Some(fb)),
        Err(error @ CardError::Bringup { .. }) => {
            log::warn!("the card was left running but cannot be used so ({error}); booting it");
            Ok(None)
        }
        Err(error) => Err(error),
    }
}

/// Checks that the state is this driver's own: scratch registers keep their value while another
/// driver has the card, and may hold any by chance.
fn check(hw: &Hardware, fb: FrameBuffer) -> Result<(), CardError> {
    if hw.nature() == Nature::Mock {
        return Ok(());
    }
    psp::check(hw)?;
    smu::check(hw)?;
    soc::check(hw)?;
    gmc::check_memory_hub(hw)?;
    ih::check(hw, fb)?;
    queue::check_graphics(hw)
}

/// Sets up again what every use sets up for itself.
fn restart(hw: &Hardware, fb: FrameBuffer) -> Result<(), CardError> {
    // Whoever died in the middle of a flush still holds the invalidation engine.
    hw.write(Register::MMVM_INVALIDATE_ENG17_SEM, 0)?;
    // A queue that still runs must not lose its page tables first.
    queue::halt_sdma(hw)?;
    queue::halt_compute(hw)?;
    clear_root(hw)?;
    wait_for_autoload(hw)?;
    gmc::init_hub(hw, Hub::Graphics, fb)?;
    queue::reset_mec(hw)?;
    queue::init_sdma(hw)?;
    fault::forget(hw)?;
    hw.write(Register::SCRATCH_REG6, IN_USE)
}

/// Boots the card, whatever its state; afterwards as after [`attach`].
pub(crate) fn boot(
    hw: &Hardware,
    versions: &Versions,
    source: &FirmwareSource,
) -> Result<FrameBuffer, CardError> {
    // Before the card is touched: without firmware it must stay as it is.
    let firmware = firmware::load(hw.generation(), versions, source)?;
    if psp::is_alive(hw)? && smu::is_alive(hw)? {
        soc::set_bus_master(hw, false)?;
        smu::mode1_reset(hw)?;
    }
    soc::set_bus_master(hw, true)?;
    let fb = FrameBuffer::read(hw)?;
    clear_root(hw)?;
    hw.vram_write(layout::PSP_FENCE, &[0; 4096])?;
    hw.flush_hdp()?;
    soc::init(hw)?;
    gmc::init_hub(hw, Hub::Memory, fb)?;
    ih::init(hw, fb)?;
    psp::load(hw, fb, &firmware)?;
    smu::init(hw, fb)?;
    wait_for_autoload(hw)?;
    gmc::init_hub(hw, Hub::Graphics, fb)?;
    queue::configure_graphics(hw)?;
    queue::init_sdma(hw)?;
    smu::free_clocks(hw)?;
    soc::set_clock_gating(hw)?;
    hw.write(Register::SCRATCH_REG7, DRIVER_SIGNATURE)?;
    hw.write(Register::SCRATCH_REG6, IN_USE)?;
    Ok(fb)
}

/// The root directory must be empty before a hub may walk it.
fn clear_root(hw: &Hardware) -> Result<(), CardError> {
    hw.vram_write(layout::ROOT_TABLE, &[0; 4096])?;
    hw.flush_hdp()
}

/// The run-list controller starts the engines' firmware by itself; until it is done graphics must
/// not be programmed.
fn wait_for_autoload(hw: &Hardware) -> Result<(), CardError> {
    const STEP: &str = "waiting for the RLC to start the engines' firmware";
    if hw.nature() == Nature::Mock {
        return Ok(());
    }
    let generation = hw.generation();
    hw.wait(
        STEP,
        Register::RLC_RLCS_BOOTLOAD_STATUS,
        "bootload_complete = 1",
        REGISTER_LIMIT,
        |v| BOOTLOAD_COMPLETE.get(generation, v) == 1,
    )?;
    hw.wait(STEP, Register::CP_STAT, "0", REGISTER_LIMIT, |v| v == 0)?;
    Ok(())
}

/// Stops the queues and says in SCRATCH_REG6 whether that worked. Firmware runs on.
pub(crate) fn shutdown(hw: &Hardware) -> Result<(), CardError> {
    let stopped = queue::halt_sdma(hw)
        .and_then(|()| queue::halt_compute(hw))
        .and_then(|()| fault::forget(hw));
    let state = if stopped.is_ok() { FREE } else { BROKEN };
    hw.write(Register::SCRATCH_REG6, state)?;
    // Answered: the posted writes before it have arrived when the connection closes.
    hw.read(Register::SCRATCH_REG6)?;
    hw.settle(Duration::from_millis(1));
    stopped
}
