//! Page-table entries of gfx11 and gfx12.
//!
//! Four levels of 4 KiB tables with 512 entries of 8 bytes; shifts 39 (root), 30, 21 and 12. The
//! index into a table is taken from the virtual address *minus* the context's start address. VRAM
//! addresses in entries are physical, not memory-controller addresses. Bits and MTYPE values are
//! those of Linux' `amdgpu_vm.h`.

use crate::die::Generation;

/// Bytes that the smallest page maps, and bytes of a table.
pub const PAGE_SIZE: u64 = 4096;
/// Entries of a table.
pub const ENTRIES: u64 = 512;
/// Level of the root directory; 0 is the level of 4 KiB pages.
pub const ROOT_LEVEL: u32 = 3;

/// Bytes that one entry of a level covers: 4 KiB, 2 MiB, 1 GiB, 512 GiB.
pub const fn entry_size(level: u32) -> u64 {
    PAGE_SIZE << (9 * level)
}

/// Index of an address in a table of a level, the address counted from the context's start.
pub const fn index(level: u32, offset: u64) -> u64 {
    (offset >> (12 + 9 * level)) & (ENTRIES - 1)
}

const VALID: u64 = 1;
const SYSTEM: u64 = 1 << 1;
const SNOOPED: u64 = 1 << 2;
const TMZ: u64 = 1 << 3;
const EXECUTABLE: u64 = 1 << 4;
const READABLE: u64 = 1 << 5;
const WRITEABLE: u64 = 1 << 6;
const FRAGMENT_SHIFT: u32 = 7;
const ADDRESS: u64 = 0x0000_ffff_ffff_f000;

/// Caching of a page.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub enum Mtype {
    /// 0: read-write, cached in L2. Other values behave like it on these cards.
    #[default]
    Rw,
    /// 1: non-coherent.
    Nc,
    /// 2.
    Cc,
    /// 3: uncached.
    Uc,
}

impl Mtype {
    fn from_bits(bits: u64) -> Mtype {
        match bits & 3 {
            0 => Mtype::Rw,
            1 => Mtype::Nc,
            2 => Mtype::Cc,
            _ => Mtype::Uc,
        }
    }
}

/// A page: where it is and what may be done with it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub struct Leaf {
    /// Physical VRAM address, or bus address when `system`. Multiple of 4 KiB.
    pub address: u64,
    /// Lies in system memory.
    pub system: bool,
    /// Coherent with the host's caches.
    pub snooped: bool,
    /// Encrypted memory.
    pub tmz: bool,
    /// May be fetched from.
    pub executable: bool,
    /// May be read.
    pub readable: bool,
    /// May be written.
    pub writeable: bool,
    /// Log2 of the run of contiguous 4 KiB pages that this entry is part of.
    pub fragment: u8,
    /// Caching.
    pub mtype: Mtype,
    /// Partially resident: an access is no fault but reads nothing.
    pub prt: bool,
}

impl Leaf {
    /// A page of VRAM that everything may use and caches may keep.
    pub fn vram(address: u64) -> Leaf {
        Leaf {
            address,
            executable: true,
            readable: true,
            writeable: true,
            ..Leaf::default()
        }
    }

    /// A page of system memory, coherent and uncached.
    pub fn system(address: u64) -> Leaf {
        Leaf {
            system: true,
            snooped: true,
            mtype: Mtype::Uc,
            ..Leaf::vram(address)
        }
    }
}

/// An entry of a table.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Entry {
    /// VALID is clear.
    Invalid,
    /// Points to the table of the next lower level.
    Table {
        /// Physical address of the table.
        address: u64,
        /// The table lies in system memory.
        system: bool,
    },
    /// Maps a page of the level's entry size.
    Leaf(Leaf),
}

struct Layout {
    mtype_shift: u32,
    prt: u64,
    leaf: u64,
    /// Whether 4 KiB entries carry the leaf bit as well.
    leaf_at_bottom: bool,
}

const fn layout(generation: Generation) -> Layout {
    match generation {
        Generation::Gfx11 => Layout {
            mtype_shift: 48,
            prt: 1 << 51,
            leaf: 1 << 54,
            leaf_at_bottom: false,
        },
        Generation::Gfx12 => Layout {
            mtype_shift: 54,
            prt: 1 << 56,
            leaf: 1 << 63,
            leaf_at_bottom: true,
        },
    }
}

impl Entry {
    /// The entry's bits in a table of `level`. Address bits outside 47:12 are dropped.
    pub fn encode(self, generation: Generation, level: u32) -> u64 {
        let layout = layout(generation);
        match self {
            Entry::Invalid => 0,
            Entry::Table { address, system } => {
                (address & ADDRESS) | VALID | if system { SYSTEM } else { 0 }
            }
            Entry::Leaf(leaf) => {
                let flag = |on, bit| if on { bit } else { 0 };
                (leaf.address & ADDRESS)
                    | VALID
                    | flag(leaf.system, SYSTEM)
                    | flag(leaf.snooped, SNOOPED)
                    | flag(leaf.tmz, TMZ)
                    | flag(leaf.executable, EXECUTABLE)
                    | flag(leaf.readable, READABLE)
                    | flag(leaf.writeable, WRITEABLE)
                    | flag(leaf.prt, layout.prt)
                    | flag(level > 0 || layout.leaf_at_bottom, layout.leaf)
                    | u64::from(leaf.fragment & 0x1f) << FRAGMENT_SHIFT
                    | (leaf.mtype as u64) << layout.mtype_shift
            }
        }
    }

    /// What a walker makes of an entry of a table of `level`.
    pub fn decode(bits: u64, generation: Generation, level: u32) -> Entry {
        let layout = layout(generation);
        let has = |bit| bits & bit != 0;
        if !has(VALID) {
            Entry::Invalid
        } else if level > 0 && !has(layout.leaf) {
            Entry::Table {
                address: bits & ADDRESS,
                system: has(SYSTEM),
            }
        } else {
            Entry::Leaf(Leaf {
                address: bits & ADDRESS,
                system: has(SYSTEM),
                snooped: has(SNOOPED),
                tmz: has(TMZ),
                executable: has(EXECUTABLE),
                readable: has(READABLE),
                writeable: has(WRITEABLE),
                fragment: (bits >> FRAGMENT_SHIFT & 0x1f) as u8,
                mtype: Mtype::from_bits(bits >> layout.mtype_shift),
                prt: has(layout.prt),
            })
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use Generation::*;

    /// Entries seen in recorded boots.
    #[test]
    fn recorded_entries() {
        let sysmem = Leaf::system(0x1_0001_0000);
        assert_eq!(
            Entry::Leaf(sysmem).encode(Gfx12, 0) | 0x1000,
            0x80c0_0001_0001_1077
        );
        let leaf = Entry::decode(0x80c0_0001_0001_1077, Gfx12, 0);
        assert_eq!(
            leaf,
            Entry::Leaf(Leaf {
                address: 0x1_0001_1000,
                ..sysmem
            })
        );
        assert_eq!(
            Entry::Leaf(Leaf::system(0x1_0000_1000)).encode(Gfx11, 0),
            0x0003_0001_0000_1077
        );
        assert_eq!(
            Entry::Leaf(Leaf::vram(0x303_7000)).encode(Gfx11, 0),
            0x303_7071
        );
        assert_eq!(
            Entry::Leaf(Leaf::vram(0x303_7000)).encode(Gfx12, 0),
            0x8000_0000_0303_7071
        );
        assert_eq!(
            Entry::decode(0x0200_0001, Gfx12, 2),
            Entry::Table {
                address: 0x0200_0000,
                system: false
            }
        );
        assert_eq!(
            Entry::decode(0x8000_0000_0000_0070, Gfx12, 0),
            Entry::Invalid
        );
    }

    #[test]
    fn every_leaf_survives() {
        for generation in [Gfx11, Gfx12] {
            for level in 0..=ROOT_LEVEL {
                for bits in 0..256u32 {
                    let leaf = Leaf {
                        address: 0x1234_5678_9000,
                        system: bits & 1 != 0,
                        snooped: bits & 2 != 0,
                        executable: bits & 4 != 0,
                        readable: bits & 8 != 0,
                        writeable: bits & 16 != 0,
                        prt: bits & 32 != 0,
                        tmz: bits & 64 != 0,
                        fragment: (bits % 32) as u8,
                        mtype: Mtype::from_bits(u64::from(bits >> 6)),
                    };
                    let entry = Entry::Leaf(leaf);
                    assert_eq!(
                        Entry::decode(entry.encode(generation, level), generation, level),
                        entry
                    );
                }
            }
        }
    }
}
