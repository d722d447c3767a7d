//! Firmware files: headers, parts, and well-formed stand-ins for tests.
//!
//! Layouts are those of Linux' `amdgpu_ucode.h`. A file starts with the common header of 32 bytes;
//! what follows depends on the file and its header version. [`parts`] turns a file into the images
//! that the security processor takes, every offset checked against the file.

use std::ops::Range;

use crate::die::{Die, Generation, IpVersion};
use crate::psp::{BootComponent, FirmwareType, SOS_TYPE_TOC};
use crate::registers::Block;

/// Which file.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[allow(missing_docs)]
pub enum File {
    Sos,
    Smu,
    Sdma,
    Pfp,
    Me,
    Mec,
    Imu,
    Rlc,
}

impl File {
    /// The files that a die needs, in the order in which their images go up.
    pub fn needed(generation: Generation) -> &'static [File] {
        match generation {
            Generation::Gfx11 => &[
                File::Sos,
                File::Smu,
                File::Sdma,
                File::Mec,
                File::Imu,
                File::Rlc,
            ],
            Generation::Gfx12 => &[
                File::Sos,
                File::Smu,
                File::Sdma,
                File::Pfp,
                File::Me,
                File::Mec,
                File::Imu,
                File::Rlc,
            ],
        }
    }

    /// Name by the versions of PSP, SMU, SDMA and graphics core, without folder or compression.
    pub fn name(self, mp0: IpVersion, mp1: IpVersion, sdma: IpVersion, gc: IpVersion) -> String {
        let gc = gc.file_part();
        match self {
            File::Sos => format!("psp_{}_sos.bin", mp0.file_part()),
            File::Smu => format!("smu_{}.bin", mp1.file_part()),
            File::Sdma => format!("sdma_{}.bin", sdma.file_part()),
            File::Pfp => format!("gc_{gc}_pfp.bin"),
            File::Me => format!("gc_{gc}_me.bin"),
            File::Mec => format!("gc_{gc}_mec.bin"),
            File::Imu => format!("gc_{gc}_imu.bin"),
            File::Rlc => format!("gc_{gc}_rlc.bin"),
        }
    }

    /// Name for a die.
    pub fn name_for(self, die: Die) -> String {
        self.name(
            die.version(Block::Mp0),
            die.version(Block::Mp1),
            die.sdma_version(),
            die.version(Block::Gc),
        )
    }
}

/// What an image is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Use {
    /// Given to the boot loader.
    Boot(BootComponent),
    /// Given to LOAD_TOC.
    Toc,
    /// Given to LOAD_IP_FW.
    Load(FirmwareType),
    /// A part of the sOS file that these cards do not take.
    Unused(u32),
}

/// An image inside a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Part {
    /// What it is for.
    pub purpose: Use,
    /// Where in the file.
    pub range: Range<usize>,
}

/// A file's images.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Parts {
    /// Version that the file states.
    pub version: u32,
    /// Images, in the order in which they go up.
    pub parts: Vec<Part>,
    /// Where PFP, ME and MEC start executing.
    pub start_address: Option<u64>,
}

/// Why a file cannot be used.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// Shorter than its header, or the header than the fields it must have.
    #[error("the file ends inside its header ({length} bytes)")]
    Truncated {
        /// Bytes that there are.
        length: usize,
    },
    /// The size field is not the file's size.
    #[error("the header states {stated} bytes, the file has {length}")]
    Size {
        /// Size field.
        stated: u32,
        /// Bytes that there are.
        length: usize,
    },
    /// No layout is known for this header version.
    #[error("{file:?} header version {major}.{minor} is not known")]
    Version {
        /// File.
        file: File,
        /// Major.
        major: u16,
        /// Minor.
        minor: u16,
    },
    /// An image lies outside the file.
    #[error("{purpose:?} lies at {offset:#x}, {size:#x} bytes, outside the file of {length:#x}")]
    Outside {
        /// Image.
        purpose: Use,
        /// Offset.
        offset: u32,
        /// Size.
        size: u32,
        /// Bytes that there are.
        length: usize,
    },
    /// An image is empty or one that must be there is missing.
    #[error("{0:?} is missing")]
    Missing(Use),
}

fn word(bytes: &[u8], offset: usize) -> Result<u32, Error> {
    bytes
        .get(offset..offset + 4)
        .map(|b| u32::from_le_bytes([b[0], b[1], b[2], b[3]]))
        .ok_or(Error::Truncated {
            length: bytes.len(),
        })
}

/// The images of a file, checked.
pub fn parts(file: File, bytes: &[u8]) -> Result<Parts, Error> {
    let at = |offset| word(bytes, offset);
    let stated = at(0)?;
    let header_version = at(8)?;
    let (major, minor) = (header_version as u16, (header_version >> 16) as u16);
    let (version, ucode_size, ucode) = (at(16)?, at(20)?, at(24)?);
    at(28)?;
    if stated as usize != bytes.len() {
        return Err(Error::Size {
            stated,
            length: bytes.len(),
        });
    }
    let mut parts = Vec::new();
    let mut start_address = None;
    let mut add = |purpose, offset: u32, size: u32| {
        let outside = Error::Outside {
            purpose,
            offset,
            size,
            length: bytes.len(),
        };
        let end = offset.checked_add(size).ok_or(outside)? as usize;
        if size == 0 {
            return Err(Error::Missing(purpose));
        }
        if end > bytes.len() {
            return Err(outside);
        }
        parts.push(Part {
            purpose,
            range: offset as usize..end,
        });
        Ok(())
    };
    use FirmwareType::*;
    match (file, major, minor) {
        (File::Sos, 2, 0 | 1) => {
            let table = if minor == 0 { 36 } else { 40 };
            let count = at(32)?;
            // 64 is far above what any file has and keeps the loop short.
            for entry in 0..count.min(64) as usize {
                let at = |field: u32| word(bytes, table + 16 * entry + 4 * field as usize);
                let (ty, offset, size) = (at(0)?, at(2)?, at(3)?);
                let purpose = BootComponent::ALL
                    .into_iter()
                    .find(|component| component.sos_type() == ty)
                    .map_or(
                        if ty == SOS_TYPE_TOC {
                            Use::Toc
                        } else {
                            Use::Unused(ty)
                        },
                        Use::Boot,
                    );
                if size == 0 && matches!(purpose, Use::Unused(_)) {
                    continue;
                }
                let offset = offset.checked_add(ucode).ok_or(Error::Truncated {
                    length: bytes.len(),
                })?;
                add(purpose, offset, size)?;
            }
            for component in [
                BootComponent::KeyDatabase,
                BootComponent::SysDrv,
                BootComponent::Sos,
            ] {
                if !parts
                    .iter()
                    .any(|part| part.purpose == Use::Boot(component))
                {
                    return Err(Error::Missing(Use::Boot(component)));
                }
            }
        }
        (File::Smu, 2, 0 | 1) => add(Use::Load(SMU), ucode, ucode_size)?,
        (File::Sdma, 2, 0) => {
            add(Use::Load(SDMA_UCODE_TH1), at(48)?, at(52)?)?;
            add(Use::Load(SDMA_UCODE_TH0), ucode, at(36)?)?;
        }
        (File::Sdma, 3, 0) => add(Use::Load(SDMA_UCODE_TH0), ucode, at(40)?)?,
        (File::Pfp | File::Me | File::Mec, 2, 0) => {
            let (code, data) = match file {
                File::Pfp => (RS64_PFP, RS64_PFP_P0_STACK),
                File::Me => (RS64_ME, RS64_ME_P0_STACK),
                _ => (RS64_MEC, RS64_MEC_P0_STACK),
            };
            add(Use::Load(code), ucode, at(36)?)?;
            add(Use::Load(data), at(48)?, at(44)?)?;
            start_address = Some(u64::from(at(52)?) | u64::from(at(56)?) << 32);
        }
        (File::Imu, 1, 0) => {
            let (iram, dram) = (at(32)?, at(36).and(at(40))?);
            add(Use::Load(IMU_I), ucode, iram)?;
            let after = ucode.checked_add(iram).ok_or(Error::Truncated {
                length: bytes.len(),
            })?;
            add(Use::Load(IMU_D), after, dram)?;
        }
        (File::Rlc, 2, 2 | 3) => {
            add(Use::Load(RLC_IRAM), at(160)?, at(156)?)?;
            add(Use::Load(RLC_DRAM_BOOT), at(168)?, at(164)?)?;
            if minor == 3 {
                add(Use::Load(RLC_P), at(184)?, at(180)?)?;
                add(Use::Load(RLC_V), at(200)?, at(196)?)?;
            }
            add(Use::Load(RLC_G), ucode, ucode_size)?;
        }
        _ => return Err(Error::Version { file, major, minor }),
    }
    Ok(Parts {
        version,
        parts,
        start_address,
    })
}

/// The order in which a die's images must reach LOAD_IP_FW.
pub fn load_order(generation: Generation) -> &'static [FirmwareType] {
    use FirmwareType::*;
    match generation {
        Generation::Gfx11 => &[
            SMU,
            SDMA_UCODE_TH1,
            SDMA_UCODE_TH0,
            RS64_MEC,
            RS64_MEC_P0_STACK,
            IMU_I,
            IMU_D,
            RLC_IRAM,
            RLC_DRAM_BOOT,
            RLC_P,
            RLC_V,
            RLC_G,
        ],
        Generation::Gfx12 => &[
            SMU,
            SDMA_UCODE_TH0,
            RS64_PFP,
            RS64_PFP_P0_STACK,
            RS64_ME,
            RS64_ME_P0_STACK,
            RS64_MEC,
            RS64_MEC_P0_STACK,
            IMU_I,
            IMU_D,
            RLC_IRAM,
            RLC_DRAM_BOOT,
            RLC_G,
        ],
    }
}

/// A well-formed file that contains no firmware: headers as in the real ones, each image `size`
/// bytes of a pattern that names it. Every check passes, no card but a virtual one runs it.
pub fn synthetic(file: File, generation: Generation, size: u32) -> Vec<u8> {
    const UCODE: u32 = 0x200;
    let gfx12 = generation == Generation::Gfx12;
    let mut header = vec![0u8; UCODE as usize];
    let mut body = Vec::new();
    let put = |header: &mut Vec<u8>, offset: usize, value: u32| {
        header[offset..offset + 4].copy_from_slice(&value.to_le_bytes());
    };
    // Appends an image and returns its offset in the file.
    let mut image = |name: &str| {
        let offset = UCODE + body.len() as u32;
        body.extend(name.bytes().cycle().take(size as usize));
        offset
    };
    let (major, minor, header_size, ucode_size) = match file {
        File::Sos => {
            let types = BootComponent::ALL.map(BootComponent::sos_type);
            let types: Vec<u32> = types.into_iter().chain([SOS_TYPE_TOC]).collect();
            put(&mut header, 32, types.len() as u32);
            for (entry, ty) in types.iter().enumerate() {
                let at = 36 + 16 * entry;
                let offset = image(&format!("psp{ty:02}")) - UCODE;
                for (field, value) in [*ty, 1, offset, size].into_iter().enumerate() {
                    put(&mut header, at + 4 * field, value);
                }
            }
            (
                2,
                0,
                36 + 16 * types.len() as u32,
                size * types.len() as u32,
            )
        }
        File::Smu => {
            image("smu!");
            (2, 1, 44, size)
        }
        File::Sdma if gfx12 => {
            image("sdma");
            put(&mut header, 40, size);
            (3, 0, 44, size)
        }
        File::Sdma => {
            image("sdm0");
            let control = image("sdm1");
            put(&mut header, 36, size);
            put(&mut header, 48, control);
            put(&mut header, 52, size);
            (2, 0, 64, 2 * size)
        }
        File::Pfp | File::Me | File::Mec => {
            image(&format!("{file:?}"));
            let data = image("data");
            put(&mut header, 36, size);
            put(&mut header, 44, size);
            put(&mut header, 48, data);
            put(&mut header, 52, 0x3000);
            put(&mut header, 56, 7);
            (2, 0, 60, 2 * size)
        }
        File::Imu => {
            image("imui");
            image("imud");
            put(&mut header, 32, size);
            put(&mut header, 40, size);
            (1, 0, 48, 2 * size)
        }
        File::Rlc => {
            image("rlcg");
            for (name, at) in [("iram", 156), ("dram", 164)] {
                let offset = image(name);
                put(&mut header, at, size);
                put(&mut header, at + 4, offset);
            }
            if !gfx12 {
                for (name, at) in [("rlcp", 180), ("rlcv", 196)] {
                    let offset = image(name);
                    put(&mut header, at, size);
                    put(&mut header, at + 4, offset);
                }
            }
            (
                2,
                if gfx12 { 2 } else { 3 },
                if gfx12 { 172 } else { 204 },
                size,
            )
        }
    };
    put(&mut header, 0, UCODE + body.len() as u32);
    put(&mut header, 4, header_size);
    put(&mut header, 8, major | minor << 16);
    put(&mut header, 16, 1);
    put(&mut header, 20, ucode_size);
    put(&mut header, 24, UCODE);
    header.extend(body);
    header
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stand_ins_hold_what_a_boot_needs() {
        for generation in [Generation::Gfx11, Generation::Gfx12] {
            let mut loads = Vec::new();
            for file in File::needed(generation) {
                let bytes = synthetic(*file, generation, 0x400);
                let parsed = parts(*file, &bytes).unwrap();
                for part in &parsed.parts {
                    assert_eq!(part.range.len(), 0x400);
                    if let Use::Load(ty) = part.purpose {
                        loads.push(ty);
                    }
                }
                assert_eq!(
                    parsed.start_address.is_some(),
                    matches!(file, File::Pfp | File::Me | File::Mec)
                );
                for length in 0..bytes.len() {
                    assert!(parts(*file, &bytes[..length]).is_err());
                }
            }
            assert_eq!(loads, load_order(generation));
        }
    }

    #[test]
    fn offsets_outside_the_file_are_refused() {
        let mut bytes = synthetic(File::Mec, Generation::Gfx11, 0x100);
        bytes[48..52].copy_from_slice(&u32::MAX.to_le_bytes());
        assert!(matches!(
            parts(File::Mec, &bytes),
            Err(Error::Outside { .. })
        ));
        let mut other = synthetic(File::Rlc, Generation::Gfx12, 0x100);
        other[10] = 9;
        assert!(matches!(
            parts(File::Rlc, &other),
            Err(Error::Version { minor: 9, .. })
        ));
    }

    #[test]
    fn names() {
        assert_eq!(File::Sos.name_for(Die::Navi31), "psp_13_0_0_sos.bin");
        assert_eq!(File::Mec.name_for(Die::Navi48), "gc_12_0_1_mec.bin");
        assert_eq!(File::Sdma.name_for(Die::Navi32), "sdma_6_0_3.bin");
    }
}
