//! The IP discovery binary: which blocks the card has, in which versions, with which registers.
//!
//! The card keeps it 64 KiB below the end of VRAM. Layouts are those of Linux' `discovery.h`;
//! checksums are plain sums of bytes. [`Discovery::build`] is the card's side,
//! [`Discovery::parse`] the driver's.

use crate::die::{Bases, Die, IpVersion, Shape};
use crate::registers::{Block, MapError, RegisterMap};

/// Distance of the binary from the end of VRAM.
pub const OFFSET_FROM_END: u64 = 64 << 10;
/// Bytes that a driver reads.
pub const SIZE: usize = 10 << 10;

const BINARY_SIGNATURE: u32 = 0x2821_1407;
const IP_SIGNATURE: u32 = 0x5344_5049;
const HARVEST_SIGNATURE: u32 = 0x5652_4148;
const GC_TABLE_ID: u32 = 0x4347;
const BINARY_HEADER: usize = 60;
const IP_HEADER: usize = 80;
const GC_INFO_V1_0: usize = 88;
const HARVEST_SIZE: usize = 8 + 32 * 4;

/// Numbers of blocks.
#[allow(missing_docs)]
pub mod hw_id {
    pub const MP1: u16 = 0x01;
    pub const GC: u16 = 0x0b;
    pub const MMHUB: u16 = 0x22;
    pub const OSSSYS: u16 = 0x28;
    pub const HDP: u16 = 0x29;
    pub const SDMA0: u16 = 0x2a;
    pub const NBIO: u16 = 0x6c;
    pub const MP0: u16 = 0xff;
}

fn hw_id(block: Block) -> Option<u16> {
    Some(match block {
        Block::Fixed => return None,
        Block::Gc => hw_id::GC,
        Block::Hdp => hw_id::HDP,
        Block::Mmhub => hw_id::MMHUB,
        Block::Mp0 => hw_id::MP0,
        Block::Mp1 => hw_id::MP1,
        Block::Nbio => hw_id::NBIO,
        Block::Osssys => hw_id::OSSSYS,
    })
}

/// One block.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ip {
    /// Number of the kind of block.
    pub hw_id: u16,
    /// Which of several.
    pub instance: u8,
    /// Version.
    pub version: IpVersion,
    /// Segment bases, dword indices.
    pub bases: Vec<u64>,
}

/// A block that is on the die but must not be used.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Harvested {
    /// Number of the kind of block.
    pub hw_id: u16,
    /// Which of several.
    pub instance: u8,
}

/// What the binary says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Discovery {
    /// Every block of every die.
    pub ips: Vec<Ip>,
    /// Shape of the graphics core, if the binary describes it.
    pub shape: Option<Shape>,
    /// Harvested blocks.
    pub harvested: Vec<Harvested>,
}

/// Why bytes are no discovery binary.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// A structure reaches past the end.
    #[error("the discovery binary ends inside {what}")]
    Truncated {
        /// Structure.
        what: &'static str,
    },
    /// Wrong signature.
    #[error("{what} has signature {got:#010x}, expected {expected:#010x}")]
    Signature {
        /// Structure.
        what: &'static str,
        /// Found.
        got: u32,
        /// Expected.
        expected: u32,
    },
    /// Wrong checksum.
    #[error("{what} has checksum {expected:#06x}, its bytes sum to {got:#06x}")]
    Checksum {
        /// Structure.
        what: &'static str,
        /// Sum of the bytes.
        got: u16,
        /// Checksum stored.
        expected: u16,
    },
}

fn u16_at(bytes: &[u8], offset: usize, what: &'static str) -> Result<u16, Error> {
    let end = offset.checked_add(2).ok_or(Error::Truncated { what })?;
    let b = bytes.get(offset..end).ok_or(Error::Truncated { what })?;
    Ok(u16::from_le_bytes([b[0], b[1]]))
}

fn u32_at(bytes: &[u8], offset: usize, what: &'static str) -> Result<u32, Error> {
    let end = offset.checked_add(4).ok_or(Error::Truncated { what })?;
    let b = bytes.get(offset..end).ok_or(Error::Truncated { what })?;
    Ok(u32::from_le_bytes([b[0], b[1], b[2], b[3]]))
}

fn sum(bytes: &[u8]) -> u16 {
    bytes
        .iter()
        .fold(0, |sum: u16, byte| sum.wrapping_add((*byte).into()))
}

fn check(
    bytes: &[u8],
    from: usize,
    size: usize,
    expected: u16,
    what: &'static str,
) -> Result<(), Error> {
    let end = from.checked_add(size).ok_or(Error::Truncated { what })?;
    let got = sum(bytes.get(from..end).ok_or(Error::Truncated { what })?);
    if got == expected {
        Ok(())
    } else {
        Err(Error::Checksum {
            what,
            got,
            expected,
        })
    }
}

fn signature(bytes: &[u8], at: usize, expected: u32, what: &'static str) -> Result<(), Error> {
    match u32_at(bytes, at, what)? {
        got if got == expected => Ok(()),
        got => Err(Error::Signature {
            what,
            got,
            expected,
        }),
    }
}

impl Discovery {
    /// What the binary of a full die says.
    pub fn of_die(die: Die) -> Discovery {
        let ip = |hw_id, version, bases: Bases| Ip {
            hw_id,
            instance: 0,
            version,
            bases: bases
                .as_slice()
                .iter()
                .map(|base| u64::from(*base))
                .collect(),
        };
        let mut ips: Vec<Ip> = Block::DISCOVERED
            .into_iter()
            .filter_map(|block| Some(ip(hw_id(block)?, die.version(block), die.bases(block))))
            .collect();
        ips.push(ip(hw_id::SDMA0, die.sdma_version(), die.bases(Block::Gc)));
        Discovery {
            ips,
            shape: Some(die.shape()),
            harvested: Vec::new(),
        }
    }

    /// The first instance of a kind of block.
    pub fn ip(&self, hw_id: u16) -> Option<&Ip> {
        self.ips
            .iter()
            .filter(|ip| ip.hw_id == hw_id)
            .min_by_key(|ip| ip.instance)
    }

    /// Version of the graphics core.
    pub fn gc_version(&self) -> Option<IpVersion> {
        self.ip(hw_id::GC).map(|ip| ip.version)
    }

    /// The die, by the version of its graphics core.
    pub fn die(&self) -> Option<Die> {
        self.gc_version().and_then(Die::from_gc)
    }

    /// Addresses of the card's registers.
    pub fn register_map(&self) -> Result<RegisterMap, MapError> {
        RegisterMap::from_discovery(|block| {
            let ip = self.ip(hw_id(block)?)?;
            Some((
                ip.version,
                ip.bases.iter().map(|base| *base as u32).collect(),
            ))
        })
    }

    /// The binary.
    pub fn build(&self) -> Vec<u8> {
        let mut ip = vec![0; IP_HEADER];
        ip[0..4].copy_from_slice(&IP_SIGNATURE.to_le_bytes());
        ip[4..6].copy_from_slice(&4u16.to_le_bytes());
        ip[12..14].copy_from_slice(&1u16.to_le_bytes());
        ip[16..18].copy_from_slice(&((BINARY_HEADER + IP_HEADER) as u16).to_le_bytes());
        ip.extend(0u16.to_le_bytes());
        ip.extend((self.ips.len() as u16).to_le_bytes());
        for block in &self.ips {
            ip.extend(block.hw_id.to_le_bytes());
            let IpVersion {
                major,
                minor,
                revision,
            } = block.version;
            ip.extend([
                block.instance,
                block.bases.len() as u8,
                major,
                minor,
                revision,
                0,
            ]);
            for base in &block.bases {
                ip.extend((*base as u32).to_le_bytes());
            }
        }
        let size = ip.len() as u16;
        ip[6..8].copy_from_slice(&size.to_le_bytes());

        let mut gc = Vec::new();
        if let Some(shape) = self.shape {
            gc.resize(GC_INFO_V1_0, 0);
            let mut word = |offset: usize, value: u32| {
                gc[offset..offset + 4].copy_from_slice(&value.to_le_bytes());
            };
            word(0, GC_TABLE_ID);
            word(4, 1);
            word(8, GC_INFO_V1_0 as u32);
            word(12, shape.shader_engines);
            word(16, shape.compute_units_per_array / 2);
            word(24, 2 * shape.arrays_per_engine);
            word(56, 32);
            word(60, shape.waves_per_simd);
            word(64, shape.scratch_slots_per_cu);
            word(68, shape.lds_bytes >> 10);
            word(72, 1);
            word(76, shape.arrays_per_engine);
        }

        let mut harvest = vec![0; HARVEST_SIZE];
        harvest[0..4].copy_from_slice(&HARVEST_SIGNATURE.to_le_bytes());
        harvest[6..8].copy_from_slice(&(HARVEST_SIZE as u16).to_le_bytes());
        for (entry, block) in harvest[8..].chunks_exact_mut(4).zip(&self.harvested) {
            entry[0..2].copy_from_slice(&block.hw_id.to_le_bytes());
            entry[2] = block.instance;
        }

        let mut binary = vec![0; BINARY_HEADER];
        for (table, content) in [&ip, &gc, &harvest].into_iter().enumerate() {
            if content.is_empty() {
                continue;
            }
            let list = 12 + 8 * table;
            let offset = binary.len() as u16;
            binary[list..list + 2].copy_from_slice(&offset.to_le_bytes());
            binary[list + 2..list + 4].copy_from_slice(&sum(content).to_le_bytes());
            binary[list + 4..list + 6].copy_from_slice(&(content.len() as u16).to_le_bytes());
            binary.extend(content);
        }
        binary[0..4].copy_from_slice(&BINARY_SIGNATURE.to_le_bytes());
        binary[4..6].copy_from_slice(&1u16.to_le_bytes());
        let size = binary.len() as u16;
        binary[10..12].copy_from_slice(&size.to_le_bytes());
        // The header's checksum covers everything after itself.
        let checksum = sum(&binary[10..]);
        binary[8..10].copy_from_slice(&checksum.to_le_bytes());
        binary
    }

    /// Reads a binary, checking signatures and checksums.
    pub fn parse(bytes: &[u8]) -> Result<Discovery, Error> {
        const HEADER: &str = "the binary header";
        signature(bytes, 0, BINARY_SIGNATURE, HEADER)?;
        let size = usize::from(u16_at(bytes, 10, HEADER)?);
        // A binary that states no size, as tinygrad's mock card has it, has no checksum either.
        let bytes = if size == 0 {
            bytes
        } else {
            let bytes = bytes.get(..size).ok_or(Error::Truncated { what: HEADER })?;
            let length = size
                .checked_sub(10)
                .ok_or(Error::Truncated { what: HEADER })?;
            check(bytes, 10, length, u16_at(bytes, 8, HEADER)?, HEADER)?;
            bytes
        };

        let table = |index: usize, what| -> Result<Option<usize>, Error> {
            let list = 12 + 8 * index;
            let offset = usize::from(u16_at(bytes, list, what)?);
            if offset == 0 {
                return Ok(None);
            }
            let size = match index {
                // The IP table's own header has its size; the list's is 0 on early cards.
                0 => usize::from(u16_at(bytes, offset + 6, what)?),
                _ => usize::from(u16_at(bytes, list + 4, what)?),
            };
            // Early GC and HARVEST entries carry no size and cannot be checked.
            if size != 0 {
                check(bytes, offset, size, u16_at(bytes, list + 2, what)?, what)?;
            }
            Ok(Some(offset))
        };

        const IP: &str = "the IP table";
        let at = table(0, IP)?.ok_or(Error::Truncated { what: IP })?;
        signature(bytes, at, IP_SIGNATURE, IP)?;
        let wide = u16_at(bytes, at + 4, IP)? >= 4
            && bytes.get(at + 78).ok_or(Error::Truncated { what: IP })? & 1 != 0;
        let dies = usize::from(u16_at(bytes, at + 12, IP)?).min(16);
        let mut ips = Vec::new();
        for die in 0..dies {
            let mut cursor = usize::from(u16_at(bytes, at + 14 + 4 * die + 2, IP)?);
            let count = u16_at(bytes, cursor + 2, IP)?;
            cursor += 4;
            for _ in 0..count {
                let entry = bytes
                    .get(cursor..cursor + 8)
                    .ok_or(Error::Truncated { what: IP })?;
                let bases = usize::from(entry[3]);
                cursor += 8;
                let mut ip = Ip {
                    hw_id: u16::from_le_bytes([entry[0], entry[1]]),
                    instance: entry[2],
                    version: IpVersion::new(entry[4], entry[5], entry[6]),
                    bases: Vec::with_capacity(bases),
                };
                for _ in 0..bases {
                    let low = u64::from(u32_at(bytes, cursor, IP)?);
                    let high = if wide {
                        u64::from(u32_at(bytes, cursor + 4, IP)?)
                    } else {
                        0
                    };
                    ip.bases.push(low | high << 32);
                    cursor += if wide { 8 } else { 4 };
                }
                ips.push(ip);
            }
        }

        const GC: &str = "the GC table";
        let shape = match table(1, GC)? {
            // Version 2 describes data-centre cards and mocks; its layout differs.
            Some(at) if u32_at(bytes, at, GC)? == GC_TABLE_ID => {
                let word = |offset| u32_at(bytes, at + offset, GC);
                let v2 = u16_at(bytes, at + 4, GC)? == 2;
                let (per_array, arrays) = match v2 {
                    true => (word(16)?, word(20)?),
                    false => (
                        word(16)?.saturating_add(word(20)?).saturating_mul(2),
                        word(76)?,
                    ),
                };
                Some(Shape {
                    shader_engines: word(12)?,
                    arrays_per_engine: arrays,
                    compute_units_per_array: per_array,
                    waves_per_simd: word(60)?,
                    scratch_slots_per_cu: word(64)?,
                    lds_bytes: word(68)?.saturating_mul(1024),
                })
            }
            _ => None,
        };

        const HARVEST: &str = "the harvest table";
        let mut harvested = Vec::new();
        if let Some(at) = table(2, HARVEST)? {
            signature(bytes, at, HARVEST_SIGNATURE, HARVEST)?;
            for entry in 0..32 {
                let hw_id = u16_at(bytes, at + 8 + 4 * entry, HARVEST)?;
                let instance = u16_at(bytes, at + 10 + 4 * entry, HARVEST)? as u8;
                if hw_id != 0 {
                    harvested.push(Harvested { hw_id, instance });
                }
            }
        }
        Ok(Discovery {
            ips,
            shape,
            harvested,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::registers::Register;

    #[test]
    fn built_binaries_parse_back() {
        for die in Die::ALL {
            let mut discovery = Discovery::of_die(die);
            discovery.harvested.push(Harvested {
                hw_id: hw_id::SDMA0,
                instance: 1,
            });
            let binary = discovery.build();
            assert!(binary.len() <= SIZE);
            let parsed = Discovery::parse(&binary).unwrap();
            assert_eq!(parsed, discovery);
            assert_eq!(parsed.die(), Some(die));
            let map = parsed.register_map().unwrap();
            let own = RegisterMap::for_die(die);
            for register in Register::ALL {
                assert_eq!(map.address(register), own.address(register), "{register:?}");
            }
        }
    }

    #[test]
    fn any_flipped_byte_is_noticed() {
        let binary = Discovery::of_die(Die::Navi31).build();
        for at in 0..binary.len() {
            let mut broken = binary.clone();
            broken[at] ^= 0x10;
            // Bytes 4–8 (version) are outside every checksum.
            assert_eq!(
                Discovery::parse(&broken).is_err(),
                !(4..8).contains(&at),
                "byte {at}"
            );
        }
        for length in 0..binary.len() {
            assert!(Discovery::parse(&binary[..length]).is_err());
        }
    }
}
