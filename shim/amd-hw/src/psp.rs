//! The security processor's protocols: boot loader commands, ring frames, command buffers.
//!
//! Layouts are those of Linux' `psp_gfx_if.h` and `amdgpu_psp.h`. Mailboxes are the registers
//! `MP0_SMN_C2PMSG_n`: 35 and 36 for the boot loader, 64, 67, 69, 70 and 71 for the ring, 81 says
//! that sOS runs.

/// Components that the boot loader starts, in the order in which they must come: type in the sOS
/// file, and command in `C2PMSG_35`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[allow(missing_docs)]
pub enum BootComponent {
    KeyDatabase,
    SplTable,
    SysDrv,
    SocDrv,
    IntfDrv,
    DbgDrv,
    RasDrv,
    Sos,
}

impl BootComponent {
    /// In the order in which the boot loader takes them.
    pub const ALL: [BootComponent; 8] = [
        BootComponent::KeyDatabase,
        BootComponent::SplTable,
        BootComponent::SysDrv,
        BootComponent::SocDrv,
        BootComponent::IntfDrv,
        BootComponent::DbgDrv,
        BootComponent::RasDrv,
        BootComponent::Sos,
    ];

    /// Command for `C2PMSG_35`.
    pub fn command(self) -> u32 {
        match self {
            BootComponent::KeyDatabase => 0x8_0000,
            BootComponent::SplTable => 0x1000_0000,
            BootComponent::SysDrv => 0x1_0000,
            BootComponent::SocDrv => 0xb_0000,
            BootComponent::IntfDrv => 0xd_0000,
            BootComponent::DbgDrv => 0xc_0000,
            BootComponent::RasDrv => 0xe_0000,
            BootComponent::Sos => 0x2_0000,
        }
    }

    /// The component that a command loads.
    pub fn from_command(command: u32) -> Option<BootComponent> {
        Self::ALL
            .into_iter()
            .find(|component| component.command() == command)
    }

    /// Type in the sOS file.
    pub fn sos_type(self) -> u32 {
        match self {
            BootComponent::KeyDatabase => 3,
            BootComponent::SplTable => 5,
            BootComponent::SysDrv => 2,
            BootComponent::SocDrv => 7,
            BootComponent::IntfDrv => 8,
            BootComponent::DbgDrv => 9,
            BootComponent::RasDrv => 10,
            BootComponent::Sos => 1,
        }
    }
}

/// Type of the table of contents in the sOS file.
pub const SOS_TYPE_TOC: u32 = 4;

/// Boot loader and sOS are ready (`C2PMSG_35`, `C2PMSG_64`).
pub const READY: u32 = 0x8000_0000;
/// Writes `C2PMSG_64`: destroys rings.
pub const DESTROY_RINGS: u32 = 0x3_0000;
/// Writes `C2PMSG_64`: creates the kernel-mode ring at `C2PMSG_69/70` of `C2PMSG_71` bytes.
pub const CREATE_KM_RING: u32 = 2 << 16;

/// Bytes of a ring frame.
pub const FRAME_SIZE: usize = 64;
/// Bytes of a command buffer.
pub const COMMAND_SIZE: usize = 1024;
/// Offset of the response in a command buffer.
pub const RESPONSE_OFFSET: usize = 864;

/// Command ids.
#[allow(missing_docs)]
pub mod command {
    pub const SETUP_TMR: u32 = 5;
    pub const LOAD_IP_FW: u32 = 6;
    pub const LOAD_TOC: u32 = 0x20;
    pub const AUTOLOAD_RLC: u32 = 0x21;
}

/// Types of LOAD_IP_FW (psp_gfx_fw_type).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[allow(missing_docs, non_camel_case_types, clippy::upper_case_acronyms)]
pub enum FirmwareType {
    RLC_V = 7,
    RLC_G = 8,
    SMU = 18,
    RLC_P = 25,
    RLC_IRAM = 26,
    RLC_DRAM_BOOT = 48,
    IMU_I = 68,
    IMU_D = 69,
    SDMA_UCODE_TH0 = 71,
    SDMA_UCODE_TH1 = 72,
    RS64_PFP = 87,
    RS64_ME = 88,
    RS64_MEC = 89,
    RS64_PFP_P0_STACK = 90,
    RS64_ME_P0_STACK = 92,
    RS64_MEC_P0_STACK = 94,
}

impl FirmwareType {
    /// Every type that these dies load.
    pub const ALL: [FirmwareType; 16] = [
        FirmwareType::RLC_V,
        FirmwareType::RLC_G,
        FirmwareType::SMU,
        FirmwareType::RLC_P,
        FirmwareType::RLC_IRAM,
        FirmwareType::RLC_DRAM_BOOT,
        FirmwareType::IMU_I,
        FirmwareType::IMU_D,
        FirmwareType::SDMA_UCODE_TH0,
        FirmwareType::SDMA_UCODE_TH1,
        FirmwareType::RS64_PFP,
        FirmwareType::RS64_ME,
        FirmwareType::RS64_MEC,
        FirmwareType::RS64_PFP_P0_STACK,
        FirmwareType::RS64_ME_P0_STACK,
        FirmwareType::RS64_MEC_P0_STACK,
    ];

    /// By number.
    pub fn from_number(number: u32) -> Option<FirmwareType> {
        Self::ALL.into_iter().find(|ty| *ty as u32 == number)
    }
}

/// A frame of the ring.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub struct Frame {
    /// Memory-controller address of the command buffer.
    pub command: u64,
    /// Its size; drivers leave 0.
    pub command_size: u32,
    /// Memory-controller address of the fence dword.
    pub fence: u64,
    /// What is written there when the command is done.
    pub fence_value: u32,
}

fn get(bytes: &[u8], offset: usize) -> u32 {
    bytes
        .get(offset..offset + 4)
        .map_or(0, |b| u32::from_le_bytes([b[0], b[1], b[2], b[3]]))
}

fn get64(bytes: &[u8], offset: usize) -> u64 {
    u64::from(get(bytes, offset)) | u64::from(get(bytes, offset + 4)) << 32
}

fn put(bytes: &mut [u8], offset: usize, value: u32) {
    bytes[offset..offset + 4].copy_from_slice(&value.to_le_bytes());
}

fn put64(bytes: &mut [u8], offset: usize, value: u64) {
    put(bytes, offset, value as u32);
    put(bytes, offset + 4, (value >> 32) as u32);
}

impl Frame {
    /// From ring bytes.
    pub fn parse(bytes: &[u8; FRAME_SIZE]) -> Frame {
        Frame {
            command: get64(bytes, 0),
            command_size: get(bytes, 8),
            fence: get64(bytes, 12),
            fence_value: get(bytes, 20),
        }
    }

    /// As ring bytes.
    pub fn emit(&self) -> [u8; FRAME_SIZE] {
        let mut bytes = [0; FRAME_SIZE];
        put64(&mut bytes, 0, self.command);
        put(&mut bytes, 8, self.command_size);
        put64(&mut bytes, 12, self.fence);
        put(&mut bytes, 20, self.fence_value);
        bytes
    }
}

/// A command.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Command {
    /// Reads the table of contents, answers with the size of the trusted memory region.
    LoadToc {
        /// Memory-controller address.
        address: u64,
        /// Bytes.
        size: u32,
    },
    /// Gives the trusted memory region.
    SetupTmr {
        /// Memory-controller address, 0 on cards that set it up at boot.
        address: u64,
        /// Bytes.
        size: u32,
        /// Bit 1: both addresses are given.
        flags: u32,
        /// Physical address.
        physical: u64,
    },
    /// Loads an image.
    LoadIpFw {
        /// Memory-controller address.
        address: u64,
        /// Bytes.
        size: u32,
        /// Number of a [`FirmwareType`].
        firmware_type: u32,
    },
    /// Lets the RLC start everything that was loaded.
    AutoloadRlc,
    /// Any other.
    Other {
        /// Command id.
        id: u32,
    },
}

impl Command {
    /// From a command buffer.
    pub fn parse(buffer: &[u8]) -> Command {
        const BODY: usize = 28;
        let address = get64(buffer, BODY);
        let size = get(buffer, BODY + 8);
        match get(buffer, 8) {
            command::LOAD_TOC => Command::LoadToc { address, size },
            command::SETUP_TMR => Command::SetupTmr {
                address,
                size,
                flags: get(buffer, BODY + 12),
                physical: get64(buffer, BODY + 16),
            },
            command::LOAD_IP_FW => Command::LoadIpFw {
                address,
                size,
                firmware_type: get(buffer, BODY + 12),
            },
            command::AUTOLOAD_RLC => Command::AutoloadRlc,
            id => Command::Other { id },
        }
    }

    /// As a command buffer with an empty response.
    pub fn emit(&self) -> [u8; COMMAND_SIZE] {
        const BODY: usize = 28;
        let mut bytes = [0; COMMAND_SIZE];
        // buf_size and buf_version, which Linux sets and tinygrad leaves.
        put(&mut bytes, 0, COMMAND_SIZE as u32);
        put(&mut bytes, 4, 1);
        let id = match *self {
            Command::LoadToc { address, size } => {
                put64(&mut bytes, BODY, address);
                put(&mut bytes, BODY + 8, size);
                command::LOAD_TOC
            }
            Command::SetupTmr {
                address,
                size,
                flags,
                physical,
            } => {
                put64(&mut bytes, BODY, address);
                put(&mut bytes, BODY + 8, size);
                put(&mut bytes, BODY + 12, flags);
                put64(&mut bytes, BODY + 16, physical);
                command::SETUP_TMR
            }
            Command::LoadIpFw {
                address,
                size,
                firmware_type,
            } => {
                put64(&mut bytes, BODY, address);
                put(&mut bytes, BODY + 8, size);
                put(&mut bytes, BODY + 12, firmware_type);
                command::LOAD_IP_FW
            }
            Command::AutoloadRlc => command::AUTOLOAD_RLC,
            Command::Other { id } => id,
        };
        put(&mut bytes, 8, id);
        bytes
    }
}

/// Bytes of a response.
pub const RESPONSE_SIZE: usize = 96;

/// What sOS answers, at [`RESPONSE_OFFSET`] of the command buffer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub struct Response {
    /// 0 is success.
    pub status: u32,
    /// Bytes of trusted memory that LOAD_TOC asks for.
    pub tmr_size: u32,
}

impl Response {
    /// From a command buffer.
    pub fn parse(buffer: &[u8]) -> Response {
        Response {
            status: get(buffer, RESPONSE_OFFSET),
            tmr_size: get(buffer, RESPONSE_OFFSET + 16),
        }
    }

    /// As the bytes at [`RESPONSE_OFFSET`].
    pub fn emit(&self) -> [u8; RESPONSE_SIZE] {
        let mut bytes = [0; RESPONSE_SIZE];
        put(&mut bytes, 0, self.status);
        put(&mut bytes, 16, self.tmr_size);
        bytes
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn frames_and_commands_survive() {
        let frame = Frame {
            command: 0x80_0008_5000,
            command_size: 0,
            fence: 0x80_0008_6000,
            fence_value: 17,
        };
        assert_eq!(Frame::parse(&frame.emit()), frame);
        for command in [
            Command::LoadToc {
                address: 0x10_0000,
                size: 0x400,
            },
            Command::SetupTmr {
                address: 1 << 40,
                size: 0x130_0000,
                flags: 2,
                physical: 0x20_0000,
            },
            Command::LoadIpFw {
                address: 0x10_0000,
                size: 5,
                firmware_type: 71,
            },
            Command::AutoloadRlc,
            Command::Other { id: 99 },
        ] {
            assert_eq!(Command::parse(&command.emit()), command);
        }
        assert_eq!(Command::parse(&[]), Command::Other { id: 0 });
    }
}
