//! The five dies: names, PCI ids, block versions, register bases, shapes.
//!
//! Drivers take versions and bases from the card's discovery table; the bases here are what such
//! tables hold, for the virtual card and for code that must work before discovery. Versions are
//! those of Linux' `dgpu-asic-info-table.csv`.

use std::fmt;

use crate::registers::Block;

/// Generation of the graphics core, which decides field positions and packet details.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Generation {
    /// RDNA3.
    Gfx11,
    /// RDNA4.
    Gfx12,
}

/// Version of a block as the discovery table states it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct IpVersion {
    /// Major.
    pub major: u8,
    /// Minor.
    pub minor: u8,
    /// Revision.
    pub revision: u8,
}

impl IpVersion {
    /// A version from its three numbers.
    pub const fn new(major: u8, minor: u8, revision: u8) -> IpVersion {
        IpVersion {
            major,
            minor,
            revision,
        }
    }

    /// As firmware file names have it: `11_0_0`.
    pub fn file_part(self) -> String {
        format!("{}_{}_{}", self.major, self.minor, self.revision)
    }
}

impl fmt::Display for IpVersion {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}.{}", self.major, self.minor, self.revision)
    }
}

/// Segment bases of a block, dword indices.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Bases {
    count: usize,
    base: [u32; 6],
}

impl Bases {
    /// The base of a segment.
    pub fn get(&self, segment: usize) -> Option<u32> {
        self.as_slice().get(segment).copied()
    }

    /// All of them.
    pub fn as_slice(&self) -> &[u32] {
        &self.base[..self.count]
    }
}

impl From<&[u32]> for Bases {
    /// Segments beyond the sixth are dropped: no register lies there.
    fn from(from: &[u32]) -> Bases {
        let count = from.len().min(6);
        let mut base = [0; 6];
        base[..count].copy_from_slice(&from[..count]);
        Bases { count, base }
    }
}

/// How many of everything the graphics core has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Shape {
    /// Shader engines.
    pub shader_engines: u32,
    /// Shader arrays in an engine.
    pub arrays_per_engine: u32,
    /// Compute units in an array (twice the work-group processors).
    pub compute_units_per_array: u32,
    /// Waves that a SIMD holds.
    pub waves_per_simd: u32,
    /// Scratch slots of a compute unit.
    pub scratch_slots_per_cu: u32,
    /// Bytes of LDS that a workgroup may have.
    pub lds_bytes: u32,
}

impl Shape {
    /// Compute units of the card.
    pub fn compute_units(self) -> u32 {
        self.shader_engines * self.arrays_per_engine * self.compute_units_per_array
    }
}

/// A die. The order is that of the columns of the register table.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[allow(missing_docs)]
pub enum Die {
    Navi31,
    Navi32,
    Navi33,
    Navi44,
    Navi48,
}

/// PCI vendor of every card here.
pub const PCI_VENDOR_AMD: u16 = 0x1002;

impl Die {
    /// Every die, in the order of the register table's columns.
    pub const ALL: [Die; 5] = [
        Die::Navi31,
        Die::Navi32,
        Die::Navi33,
        Die::Navi44,
        Die::Navi48,
    ];

    /// AMD's code name in lower case: `navi31`.
    pub fn code_name(self) -> &'static str {
        match self {
            Die::Navi31 => "navi31",
            Die::Navi32 => "navi32",
            Die::Navi33 => "navi33",
            Die::Navi44 => "navi44",
            Die::Navi48 => "navi48",
        }
    }

    /// The name that our commands take: `rx7900xtx`.
    pub fn card_name(self) -> &'static str {
        match self {
            Die::Navi31 => "rx7900xtx",
            Die::Navi32 => "rx7800xt",
            Die::Navi33 => "rx7600",
            Die::Navi44 => "rx9060xt",
            Die::Navi48 => "rx9070xt",
        }
    }

    /// The name on the box.
    pub fn marketing_name(self) -> &'static str {
        match self {
            Die::Navi31 => "AMD Radeon RX 7900 XTX",
            Die::Navi32 => "AMD Radeon RX 7800 XT",
            Die::Navi33 => "AMD Radeon RX 7600",
            Die::Navi44 => "AMD Radeon RX 9060 XT",
            Die::Navi48 => "AMD Radeon RX 9070 XT",
        }
    }

    /// LLVM's processor name.
    pub fn arch(self) -> &'static str {
        match self {
            Die::Navi31 => "gfx1100",
            Die::Navi32 => "gfx1101",
            Die::Navi33 => "gfx1102",
            Die::Navi44 => "gfx1200",
            Die::Navi48 => "gfx1201",
        }
    }

    /// A die by any of its names: card, code name, architecture.
    pub fn from_name(name: &str) -> Option<Die> {
        Die::ALL
            .into_iter()
            .find(|die| [die.card_name(), die.code_name(), die.arch()].contains(&name))
    }

    /// The die whose graphics core has this version. Not by arithmetic: 11.0.3 is gfx1101, and
    /// 11.0.1 would be gfx1103.
    pub fn from_gc(version: IpVersion) -> Option<Die> {
        Die::with_block(Block::Gc, version)
    }

    /// A die that carries this version of a block.
    pub fn with_block(block: Block, version: IpVersion) -> Option<Die> {
        Die::ALL
            .into_iter()
            .find(|die| die.version(block) == version)
    }

    /// Generation of the graphics core.
    pub fn generation(self) -> Generation {
        match self {
            Die::Navi31 | Die::Navi32 | Die::Navi33 => Generation::Gfx11,
            Die::Navi44 | Die::Navi48 => Generation::Gfx12,
        }
    }

    /// PCI device ids seen on cards with this die, the virtual card's first. Others exist: match by
    /// vendor and class and trust discovery.
    pub fn pci_ids(self) -> &'static [u16] {
        match self {
            Die::Navi31 => &[0x744c],
            Die::Navi32 => &[0x747e],
            Die::Navi33 => &[0x7480],
            Die::Navi44 => &[0x7590],
            Die::Navi48 => &[0x7550, 0x7551],
        }
    }

    /// Version of a block. `Fixed` has none and reports 0.0.0.
    pub fn version(self, block: Block) -> IpVersion {
        let v = IpVersion::new;
        match (block, self) {
            (Block::Fixed, _) => v(0, 0, 0),
            (Block::Gc, Die::Navi31) => v(11, 0, 0),
            (Block::Gc, Die::Navi32) => v(11, 0, 3),
            (Block::Gc, Die::Navi33) => v(11, 0, 2),
            (Block::Gc, Die::Navi44) => v(12, 0, 0),
            (Block::Gc, Die::Navi48) => v(12, 0, 1),
            (Block::Hdp | Block::Osssys, Die::Navi31 | Die::Navi32 | Die::Navi33) => v(6, 0, 0),
            (Block::Hdp | Block::Osssys, Die::Navi44 | Die::Navi48) => v(7, 0, 0),
            (Block::Mmhub, Die::Navi31 | Die::Navi32) => v(3, 0, 0),
            (Block::Mmhub, Die::Navi33) => v(3, 0, 2),
            (Block::Mmhub, Die::Navi44 | Die::Navi48) => v(4, 1, 0),
            (Block::Mp0 | Block::Mp1, Die::Navi31) => v(13, 0, 0),
            (Block::Mp0 | Block::Mp1, Die::Navi32) => v(13, 0, 10),
            (Block::Mp0 | Block::Mp1, Die::Navi33) => v(13, 0, 7),
            (Block::Mp0 | Block::Mp1, Die::Navi44) => v(14, 0, 2),
            (Block::Mp0 | Block::Mp1, Die::Navi48) => v(14, 0, 3),
            (Block::Nbio, Die::Navi31 | Die::Navi32 | Die::Navi33) => v(4, 3, 0),
            (Block::Nbio, Die::Navi44 | Die::Navi48) => v(6, 3, 1),
        }
    }

    /// Version of the SDMA engine, which shares GC's register segments.
    pub fn sdma_version(self) -> IpVersion {
        match self {
            Die::Navi31 => IpVersion::new(6, 0, 0),
            Die::Navi32 => IpVersion::new(6, 0, 3),
            Die::Navi33 => IpVersion::new(6, 0, 2),
            Die::Navi44 => IpVersion::new(7, 0, 0),
            Die::Navi48 => IpVersion::new(7, 0, 1),
        }
    }

    /// Segment bases of a block, the same on all five dies.
    pub fn bases(self, block: Block) -> Bases {
        let bases: &[u32] = match block {
            Block::Fixed => &[0],
            Block::Gc => &[0x1260, 0xa000, 0x1_c000, 0x240_2c00],
            Block::Hdp => &[0xf20, 0x240_a400],
            Block::Mmhub => &[0x1_a000, 0x240_8800],
            Block::Mp0 | Block::Mp1 => &[0x1_6000, 0xdc_0000, 0xe0_0000, 0xe4_0000, 0x243_fc00],
            Block::Nbio => &[0x0, 0x14, 0xd20, 0x1_0400, 0x241_b000, 0x404_0000],
            Block::Osssys => &[0x10a0, 0x240_a000],
        };
        Bases::from(bases)
    }

    /// Shape of the full die.
    pub fn shape(self) -> Shape {
        let (shader_engines, arrays_per_engine, compute_units_per_array) = match self {
            Die::Navi31 => (6, 2, 8),
            Die::Navi32 => (3, 2, 10),
            Die::Navi33 | Die::Navi44 => (2, 2, 8),
            Die::Navi48 => (4, 2, 8),
        };
        Shape {
            shader_engines,
            arrays_per_engine,
            compute_units_per_array,
            waves_per_simd: 16,
            scratch_slots_per_cu: 32,
            lds_bytes: 64 * 1024,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_and_versions_lead_back() {
        for die in Die::ALL {
            assert_eq!(Die::from_gc(die.version(Block::Gc)), Some(die));
            for name in [die.card_name(), die.code_name(), die.arch()] {
                assert_eq!(Die::from_name(name), Some(die));
            }
        }
        assert_eq!(Die::from_gc(IpVersion::new(11, 0, 1)), None);
    }
}
