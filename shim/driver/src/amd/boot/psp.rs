//! The security processor: its boot loader, its ring, every other block's firmware.

use std::time::{Duration, Instant};

use amd_hw::die::Generation;
use amd_hw::firmware::Use;
use amd_hw::psp::{
    BootComponent, Command, Frame, Response, CREATE_KM_RING, DESTROY_RINGS, FRAME_SIZE, READY,
};
use amd_hw::registers::Register;

use super::firmware::Firmware;
use crate::amd::gmc::FrameBuffer;
use crate::amd::hardware::{Hardware, Poll, REGISTER_LIMIT};
use crate::amd::layout;
use crate::CardError;

/// Step in which the security processor checks images and may refuse one.
pub(crate) const LOADING: &str = "loading firmware into the security processor";

/// SETUP_TMR: both addresses are given.
const TMR_VIRT_PHY_ADDR: u32 = 1 << 1;

/// Whether its operating system runs.
pub(super) fn is_alive(hw: &Hardware) -> Result<bool, CardError> {
    Ok(hw.read(Register::MP0_SMN_C2PMSG_81)? != 0)
}

/// Checks that its operating system runs.
pub(super) fn check(hw: &Hardware) -> Result<(), CardError> {
    const STEP: &str = "asking for the security processor";
    let register = Register::MP0_SMN_C2PMSG_81;
    hw.wait(STEP, register, "not 0", Duration::ZERO, |v| v != 0)
        .map(drop)
}

/// Starts the security processor and loads all firmware.
pub(super) fn load(hw: &Hardware, fb: FrameBuffer, firmware: &Firmware) -> Result<(), CardError> {
    if !is_alive(hw)? {
        for component in BootComponent::ALL {
            // gfx11 gets the key database again in the place of the SPL table.
            let purpose = match (component, hw.generation()) {
                (BootComponent::SplTable, Generation::Gfx11) => BootComponent::KeyDatabase,
                (component, _) => component,
            };
            if let Some(image) = firmware.image(Use::Boot(purpose)) {
                boot_component(hw, fb, component, image)?;
            }
        }
        hw.wait(
            "starting the security processor",
            Register::MP0_SMN_C2PMSG_81,
            "not 0",
            REGISTER_LIMIT,
            |v| v != 0,
        )?;
    }
    let mut ring = Ring::create(hw, fb)?;
    let mut tmr = 0;
    if let Some(toc) = firmware.image(Use::Toc) {
        message(hw, toc)?;
        let command = Command::LoadToc {
            address: fb.base + layout::PSP_MESSAGE,
            size: toc.len() as u32,
        };
        tmr = ring
            .submit("loading the table of contents", &command)?
            .tmr_size;
        if u64::from(tmr) > layout::TMR_MAX {
            return Err(CardError::Bringup {
                step: "loading the table of contents",
                register: "trusted memory size".into(),
                want: format!("at most {:#x}", layout::TMR_MAX),
                got: tmr.into(),
            });
        }
    }
    let mut first = true;
    for (ty, image) in firmware.loads() {
        message(hw, image)?;
        let command = Command::LoadIpFw {
            address: fb.base + layout::PSP_MESSAGE,
            size: image.len() as u32,
            firmware_type: *ty as u32,
        };
        ring.submit(LOADING, &command)?;
        // The SMU's image comes before the trusted memory; gfx12 sets that up by itself.
        if std::mem::take(&mut first) && hw.generation() == Generation::Gfx11 {
            let command = Command::SetupTmr {
                address: fb.base + layout::TMR,
                size: tmr,
                flags: TMR_VIRT_PHY_ADDR,
                physical: layout::TMR,
            };
            ring.submit("giving trusted memory", &command)?;
        }
    }
    ring.submit("starting the engines' firmware", &Command::AutoloadRlc)
        .map(drop)
}

/// Puts an image where the security processor takes it from.
fn message(hw: &Hardware, image: &[u8]) -> Result<(), CardError> {
    // Four zero bytes behind, in whole 16 bytes: Apple's copy routine faults on less.
    let mut padded = image.to_vec();
    padded.resize((image.len() + 4).next_multiple_of(16), 0);
    if padded.len() as u64 > layout::PSP_MESSAGE_BYTES {
        return Err(CardError::Unavailable {
            problem: format!("a firmware image of {} bytes is too large", image.len()),
            advice: "check the firmware folder".into(),
        });
    }
    hw.vram_write(layout::PSP_MESSAGE, &padded)?;
    hw.flush_hdp()
}

fn boot_component(
    hw: &Hardware,
    fb: FrameBuffer,
    component: BootComponent,
    image: &[u8],
) -> Result<(), CardError> {
    const STEP: &str = "loading the security processor's own firmware";
    let ready = || {
        hw.wait(
            STEP,
            Register::MP0_SMN_C2PMSG_35,
            "bit 31 set",
            REGISTER_LIMIT,
            |v| v & READY != 0,
        )
    };
    ready()?;
    message(hw, image)?;
    hw.write(
        Register::MP0_SMN_C2PMSG_36,
        ((fb.base + layout::PSP_MESSAGE) >> 20) as u32,
    )?;
    hw.write(Register::MP0_SMN_C2PMSG_35, component.command())?;
    // sOS does not come back to the boot loader.
    if component != BootComponent::Sos {
        ready()?;
    }
    Ok(())
}

/// The command ring.
struct Ring<'a> {
    hw: &'a Hardware,
    fb: FrameBuffer,
}

impl<'a> Ring<'a> {
    fn create(hw: &'a Hardware, fb: FrameBuffer) -> Result<Ring<'a>, CardError> {
        const STEP: &str = "making the security processor's ring";
        if hw.read(Register::MP0_SMN_C2PMSG_71)? != 0 {
            hw.write(Register::MP0_SMN_C2PMSG_64, DESTROY_RINGS)?;
            hw.settle(Duration::from_millis(20));
        }
        hw.wait(
            STEP,
            Register::MP0_SMN_C2PMSG_64,
            "bit 31 set",
            REGISTER_LIMIT,
            |v| v & READY != 0,
        )?;
        hw.write_pair(
            Register::MP0_SMN_C2PMSG_69,
            Register::MP0_SMN_C2PMSG_70,
            fb.base + layout::PSP_RING,
        )?;
        hw.write(Register::MP0_SMN_C2PMSG_71, layout::PSP_RING_BYTES as u32)?;
        hw.write(Register::MP0_SMN_C2PMSG_64, CREATE_KM_RING)?;
        hw.settle(Duration::from_millis(20));
        hw.wait(
            STEP,
            Register::MP0_SMN_C2PMSG_64,
            "bit 31 set, status 0",
            REGISTER_LIMIT,
            |v| v & (READY | 0xffff) == READY,
        )?;
        Ok(Ring { hw, fb })
    }

    /// Runs a command. A boot needs some twenty of them, so the ring is never wrapped.
    fn submit(&mut self, step: &'static str, command: &Command) -> Result<Response, CardError> {
        let hw = self.hw;
        let at = hw.read(Register::MP0_SMN_C2PMSG_67)?;
        let ring_dwords = (layout::PSP_RING_BYTES / 4) as u32;
        let frame_dwords = FRAME_SIZE as u32 / 4;
        if at > ring_dwords - frame_dwords {
            return Err(CardError::Bringup {
                step,
                register: hw.name(Register::MP0_SMN_C2PMSG_67).to_owned(),
                want: format!("a place in a ring of {ring_dwords:#x} dwords"),
                got: at.into(),
            });
        }
        let fence_value = at + 1;
        let frame = Frame {
            command: self.fb.base + layout::PSP_COMMAND,
            command_size: 0,
            fence: self.fb.base + layout::PSP_FENCE,
            fence_value,
        };
        hw.vram_write(layout::PSP_COMMAND, &command.emit())?;
        hw.vram_write(layout::PSP_RING + 4 * u64::from(at), &frame.emit())?;
        hw.flush_hdp()?;
        hw.write(Register::MP0_SMN_C2PMSG_67, at + frame_dwords)?;

        let start = Instant::now();
        let mut poll = Poll::default();
        loop {
            let mut fence = [0; 4];
            hw.vram_read(layout::PSP_FENCE, &mut fence)?;
            let got = u32::from_le_bytes(fence);
            if got == fence_value {
                break;
            }
            if start.elapsed() > REGISTER_LIMIT {
                return Err(CardError::Bringup {
                    step,
                    register: "the security processor's fence".into(),
                    want: format!("{fence_value:#x}"),
                    got: got.into(),
                });
            }
            poll.pause();
        }
        let mut buffer = [0; amd_hw::psp::COMMAND_SIZE];
        hw.vram_read(layout::PSP_COMMAND, &mut buffer)?;
        let response = Response::parse(&buffer);
        if response.status != 0 {
            return Err(CardError::Bringup {
                step,
                register: format!("status of {command:x?}"),
                want: "0".into(),
                got: response.status.into(),
            });
        }
        Ok(response)
    }
}
