//! The security processor (MP0): boot loader, sOS, its command ring, firmware loading.
//!
//! From power-on the boot loader takes the sOS components one at a time and in order; then sOS
//! takes a ring and commands. Images are accepted in the order in which the blocks depend on them:
//! SMU first, trusted memory before everything else on gfx11, the RLC's list last, autoload when
//! all is there. What real hardware learns from signatures, [`Config::firmware`] stands in for:
//! with it, an image must be exactly the expected one.
//!
//! [`Config::firmware`]: crate::Config::firmware

use amd_hw::die::Generation;
use amd_hw::firmware::{load_order, Use};
use amd_hw::psp::{
    BootComponent, Command, FirmwareType, Frame, Response, COMMAND_SIZE, CREATE_KM_RING,
    DESTROY_RINGS, FRAME_SIZE, READY, RESPONSE_OFFSET,
};
use amd_hw::registers::Register;

use crate::config::Fault;
use crate::device::{lock, Device};
use crate::memory::host::HostRange;
use crate::memory::vram::POISON;
use crate::{nbio, rlc, smu};

/// What C2PMSG_81 shows once sOS runs: its version on some card.
const SOS_VERSION: u32 = 0x0031_0025;
/// Trusted memory that LOAD_TOC asks for.
const TMR_SIZE: u32 = 0x100_0000;
/// Alignment of trusted memory.
const TMR_ALIGNMENT: u64 = 1 << 20;
/// Largest image: the message buffer.
const MESSAGE_SIZE: u64 = 1 << 20;
/// Status of a refused command (TEE_ERROR_BAD_PARAMETERS).
const REFUSED: u32 = 0xffff_0006;

/// State.
#[derive(Debug, Default)]
pub struct Psp {
    booted: Vec<BootComponent>,
    ring: Option<Ring>,
    toc: bool,
    tmr: bool,
    loaded: Vec<FirmwareType>,
}

#[derive(Clone, Copy, Debug)]
struct Ring {
    address: u64,
    size: u32,
    /// Dwords taken so far, modulo the ring.
    taken: u32,
}

/// Registers after power-on: the boot loader waits.
pub(crate) fn power_on(device: &Device) {
    device.set(Register::MP0_SMN_C2PMSG_35, READY);
}

/// As our driver leaves it: sOS runs, everything is loaded.
pub(crate) fn warm(device: &Device) {
    device.set(Register::MP0_SMN_C2PMSG_81, SOS_VERSION);
    device.set(Register::MP0_SMN_C2PMSG_64, READY);
    let mut psp = lock(&device.psp);
    psp.booted = BootComponent::ALL.to_vec();
    psp.loaded = load_order(device.generation()).to_vec();
    psp.toc = true;
    psp.tmr = true;
}

/// A register write that does more than store a word; `true` if nothing remains to be done.
pub(crate) fn write(device: &Device, address: u32, value: u32) -> bool {
    let Some(register) = device.map.at(address) else {
        return false;
    };
    match register {
        Register::MP0_SMN_C2PMSG_35 => {
            nbio::drain_hdp(device);
            boot(device, value);
            device.set(register, READY);
        }
        Register::MP0_SMN_C2PMSG_64 => {
            let status = u32::from(!control(device, value));
            device.set(register, READY | status);
        }
        Register::MP0_SMN_C2PMSG_67 => {
            nbio::drain_hdp(device);
            device.set(register, value);
            run(device, value);
        }
        // Read-only.
        Register::MP0_SMN_C2PMSG_81 => {}
        _ => return false,
    }
    true
}

fn refuse(device: &Device, what: String) {
    device.counters.psp_refusals.count();
    device.trace.line(format_args!("psp refuses: {what}"));
    device.report.add("psp", what);
}

/// Whether an image is what it should be.
fn check_image(
    device: &Device,
    purposes: &[Use],
    address: u64,
    size: Option<u32>,
) -> Result<HostRange, String> {
    let name = purposes
        .first()
        .map_or_else(String::new, |purpose| format!("{purpose:?}"));
    // The boot loader is not told a size: an image begins within its first bytes.
    let len = size.map_or(256, u64::from);
    if len == 0 || len > MESSAGE_SIZE {
        return Err(format!(
            "{name}: an image of {len:#x} bytes (1 to {MESSAGE_SIZE:#x})"
        ));
    }
    let image = device
        .mc_range(address, len)
        .ok_or_else(|| format!("{name}: image at {address:#x} is outside VRAM"))?;
    let expected: Vec<&Vec<u8>> = device
        .config
        .firmware
        .iter()
        .filter(|(purpose, _)| purposes.contains(purpose))
        .map(|(_, bytes)| bytes)
        .collect();
    if !expected.is_empty() {
        let same = expected.iter().any(|bytes| {
            let mut got = vec![0; bytes.len()];
            let whole = size.is_none_or(|size| size as usize == bytes.len());
            match device.mc_range(address, bytes.len() as u64) {
                Some(range) if whole => range.read(&mut got),
                _ => return false,
            }
            got == **bytes
        });
        return if same {
            Ok(image)
        } else {
            Err(format!("{name}: not the signed image"))
        };
    }
    // Without signatures: memory that was never written is no image.
    let mut bytes = vec![0; len as usize];
    image.read(&mut bytes);
    let blank = |word: u32| bytes.chunks_exact(4).all(|b| b == word.to_le_bytes());
    if len >= 4 && [0, u32::MAX, POISON].into_iter().any(blank) {
        return Err(format!("{name}: the memory at {address:#x} holds no image"));
    }
    Ok(image)
}

fn boot(device: &Device, command: u32) {
    let Some(component) = BootComponent::from_command(command) else {
        return refuse(
            device,
            format!("boot loader command {command:#x} is unknown"),
        );
    };
    device
        .trace
        .line(format_args!("psp boot loader: {component:?}"));
    let address = u64::from(device.get(Register::MP0_SMN_C2PMSG_36)) << 20;
    let mut psp = lock(&device.psp);
    let problem = if psp.booted.contains(&BootComponent::Sos) {
        Some(format!("{component:?} after sOS was started"))
    } else if psp.booted.last().is_some_and(|last| *last >= component) {
        Some(format!("{component:?} after {:?}", psp.booted.last()))
    } else {
        let needs: &[BootComponent] = match component {
            BootComponent::KeyDatabase => &[],
            BootComponent::Sos => &[BootComponent::KeyDatabase, BootComponent::SysDrv],
            _ => &[BootComponent::KeyDatabase],
        };
        needs
            .iter()
            .find(|need| !psp.booted.contains(need))
            .map(|need| format!("{component:?} before {need:?}"))
    };
    // On gfx11 the key database is sent again in the place of the SPL table.
    let purposes = match component {
        BootComponent::SplTable => {
            vec![Use::Boot(component), Use::Boot(BootComponent::KeyDatabase)]
        }
        _ => vec![Use::Boot(component)],
    };
    let problem = problem.or_else(|| check_image(device, &purposes, address, None).err());
    match problem {
        Some(problem) => {
            drop(psp);
            refuse(device, problem);
        }
        None => {
            psp.booted.push(component);
            if component == BootComponent::Sos {
                device.set(Register::MP0_SMN_C2PMSG_81, SOS_VERSION);
                device.set(Register::MP0_SMN_C2PMSG_64, READY);
            }
        }
    }
}

/// A ring command; whether it succeeded.
fn control(device: &Device, value: u32) -> bool {
    let mut psp = lock(&device.psp);
    if !psp.booted.contains(&BootComponent::Sos) {
        drop(psp);
        refuse(device, format!("ring command {value:#x} before sOS runs"));
        return false;
    }
    match value {
        DESTROY_RINGS => {
            psp.ring = None;
            true
        }
        CREATE_KM_RING => {
            let address = u64::from(device.get(Register::MP0_SMN_C2PMSG_69))
                | u64::from(device.get(Register::MP0_SMN_C2PMSG_70)) << 32;
            let size = device.get(Register::MP0_SMN_C2PMSG_71);
            let fits = size >= FRAME_SIZE as u32
                && size.is_power_of_two()
                && address.is_multiple_of(4096)
                && device.mc_range(address, size.into()).is_some();
            if !fits || psp.ring.is_some() {
                drop(psp);
                refuse(
                    device,
                    format!("a ring of {size:#x} bytes at {address:#x}, or a second ring"),
                );
                return false;
            }
            psp.ring = Some(Ring {
                address,
                size,
                taken: 0,
            });
            device.set(Register::MP0_SMN_C2PMSG_67, 0);
            true
        }
        _ => {
            drop(psp);
            refuse(device, format!("ring command {value:#x} is unknown"));
            false
        }
    }
}

/// Executes the frames up to a write pointer (dwords).
fn run(device: &Device, wptr: u32) {
    const FRAME_DWORDS: u32 = FRAME_SIZE as u32 / 4;
    let mut psp = lock(&device.psp);
    let Some(mut ring) = psp.ring else {
        drop(psp);
        return refuse(device, "write pointer without a ring".into());
    };
    if !wptr.is_multiple_of(FRAME_DWORDS) || wptr > ring.size / 4 {
        drop(psp);
        return refuse(
            device,
            format!("write pointer {wptr:#x} is not that of a frame of the ring"),
        );
    }
    while ring.taken != wptr % (ring.size / 4) {
        let at = ring.address + u64::from(ring.taken) * 4;
        ring.taken = (ring.taken + FRAME_DWORDS) % (ring.size / 4);
        let mut bytes = [0; FRAME_SIZE];
        if let Some(range) = device.mc_range(at, FRAME_SIZE as u64) {
            range.read(&mut bytes);
        }
        let frame = Frame::parse(&bytes);
        let buffer = device.mc_range(frame.command, COMMAND_SIZE as u64);
        let fence = device.mc_range(frame.fence, 4);
        let (Some(buffer), Some(fence)) = (buffer, fence) else {
            refuse(device, format!("frame {frame:x?} points outside VRAM"));
            continue;
        };
        let mut bytes = [0; COMMAND_SIZE];
        buffer.read(&mut bytes);
        let command = Command::parse(&bytes);
        device.counters.psp_commands.count();
        device.trace.line(format_args!("psp command {command:x?}"));
        let response = match psp.execute(device, &command) {
            Ok(response) => response,
            Err(problem) => {
                refuse(device, problem);
                Response {
                    status: REFUSED,
                    tmr_size: 0,
                }
            }
        };
        if let Some(at) = buffer.part(RESPONSE_OFFSET as u64, response.emit().len() as u64) {
            at.write(&response.emit());
        }
        fence.store32(frame.fence_value);
    }
    psp.ring = Some(ring);
}

impl Psp {
    fn execute(&mut self, device: &Device, command: &Command) -> Result<Response, String> {
        let generation = device.generation();
        let mut response = Response::default();
        match *command {
            Command::LoadToc { address, size } => {
                check_image(device, &[Use::Toc], address, Some(size))?;
                self.toc = true;
                response.tmr_size = TMR_SIZE;
            }
            Command::SetupTmr {
                address,
                size,
                flags,
                physical,
            } => {
                if generation == Generation::Gfx12 {
                    return Err("SETUP_TMR: this card sets its trusted memory up at boot".into());
                }
                if !self.toc || self.loaded.is_empty() {
                    return Err("SETUP_TMR before LOAD_TOC and the SMU's image".into());
                }
                let inside = device.mc_range(address, size.into()).is_some();
                if size < TMR_SIZE || !address.is_multiple_of(TMR_ALIGNMENT) || !inside {
                    return Err(format!(
                        "SETUP_TMR of {size:#x} bytes at {address:#x}: {TMR_SIZE:#x} bytes of VRAM on a 1 MiB boundary were asked for"
                    ));
                }
                if flags & 2 == 0 || physical != address - crate::gmc::FB_BASE {
                    return Err(format!(
                        "SETUP_TMR with flags {flags:#x} and physical address {physical:#x}"
                    ));
                }
                self.tmr = true;
            }
            Command::LoadIpFw {
                address,
                size,
                firmware_type,
            } => {
                let Some(ty) = FirmwareType::from_number(firmware_type) else {
                    return Err(format!("LOAD_IP_FW of unknown type {firmware_type}"));
                };
                if device.strikes(Fault::BadFirmware) {
                    return Err(format!("{ty:?}: signature check failed (injected)"));
                }
                let order = load_order(generation);
                let want = order.get(self.loaded.len());
                if want != Some(&ty) {
                    return Err(format!("LOAD_IP_FW of {ty:?}, expected {want:?}"));
                }
                if generation == Generation::Gfx11 && !self.loaded.is_empty() && !self.tmr {
                    return Err(format!("LOAD_IP_FW of {ty:?} before SETUP_TMR"));
                }
                check_image(device, &[Use::Load(ty)], address, Some(size))?;
                self.loaded.push(ty);
                if ty == FirmwareType::SMU {
                    smu::start(device);
                }
            }
            Command::AutoloadRlc => {
                if self.loaded.len() != load_order(generation).len() {
                    return Err(format!(
                        "AUTOLOAD_RLC with {} images loaded",
                        self.loaded.len()
                    ));
                }
                rlc::start_autoload(device);
            }
            Command::Other { id } => return Err(format!("command {id:#x} is unknown")),
        }
        Ok(response)
    }
}
