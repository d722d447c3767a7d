//! Registers: names, addresses on each die, bit fields.
//!
//! The tables are generated (`examples/generate-registers.rs`) from two tables kept in
//! `registers/`. A register's address is the base of a segment of its block, which the card's
//! discovery table gives, plus an offset, which differs between versions of the block; a
//! [`RegisterMap`] is that sum for one card, built once. All addresses are dword indices: the byte
//! offset in BAR 5 is four times as much.

#[rustfmt::skip]
pub mod fields;
#[rustfmt::skip]
mod table;

use std::collections::HashMap;
use std::fmt::Write as _;

pub use table::Register;

use crate::die::{Bases, Die, Generation, IpVersion};

/// A block of the card that has registers of its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Block {
    /// Absolute addresses that hold before discovery.
    Fixed,
    /// Graphics and compute; SDMA's registers lie in the same segments.
    Gc,
    /// Host data path.
    Hdp,
    /// Memory hub: address translation for everything but graphics and compute.
    Mmhub,
    /// PSP, the security processor.
    Mp0,
    /// SMU, the system management unit.
    Mp1,
    /// Bus interface.
    Nbio,
    /// Interrupt handler.
    Osssys,
}

impl Block {
    /// Every block that the discovery table lists.
    pub const DISCOVERED: [Block; 7] = [
        Block::Gc,
        Block::Hdp,
        Block::Mmhub,
        Block::Mp0,
        Block::Mp1,
        Block::Nbio,
        Block::Osssys,
    ];
}

/// A bit field of a register, which may lie elsewhere on the other generation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Field {
    /// AMD's name in lower case, without the register's.
    pub name: &'static str,
    /// (shift, width) on gfx11 and gfx12; width 0 where the field does not exist.
    bits: [(u8, u8); 2],
}

const fn field(name: &'static str, gfx11: (u8, u8), gfx12: (u8, u8)) -> Field {
    Field {
        name,
        bits: [gfx11, gfx12],
    }
}

impl Field {
    /// Position of the lowest bit and number of bits, or `None` where the field does not exist.
    pub fn bits(self, generation: Generation) -> Option<(u32, u32)> {
        match self.bits[generation as usize] {
            (_, 0) => None,
            (shift, width) => Some((shift.into(), width.into())),
        }
    }

    /// The field's bits set to one, 0 where it does not exist.
    pub fn mask(self, generation: Generation) -> u32 {
        self.bits(generation)
            .map_or(0, |(shift, width)| (u32::MAX >> (32 - width)) << shift)
    }

    /// The field's value in a register's word, 0 where it does not exist.
    pub fn get(self, generation: Generation, word: u32) -> u32 {
        self.bits(generation)
            .map_or(0, |(shift, _)| (word & self.mask(generation)) >> shift)
    }

    /// The word with the field replaced; unchanged where the field does not exist. Excess bits of
    /// the value are dropped.
    #[must_use]
    pub fn set(self, generation: Generation, word: u32, value: u32) -> u32 {
        let mask = self.mask(generation);
        let shift = self.bits(generation).map_or(0, |(shift, _)| shift);
        (word & !mask) | ((value << shift) & mask)
    }
}

/// A row of the generated table.
struct Row {
    block: Block,
    names: [&'static str; 2],
    at: [Option<(u8, u32)>; 5],
    fields: &'static [Field],
}

impl Register {
    /// The block that it belongs to.
    pub fn block(self) -> Block {
        self.row().block
    }

    /// AMD's name on a generation; the other generation's where it does not exist.
    pub fn name(self, generation: Generation) -> &'static str {
        let names = self.row().names;
        match names[generation as usize] {
            "" => names[1 - generation as usize],
            name => name,
        }
    }

    /// Its fields that exist on a generation, lowest first within AMD's order.
    pub fn fields(self, generation: Generation) -> impl Iterator<Item = Field> {
        self.row()
            .fields
            .iter()
            .copied()
            .filter(move |field| field.bits(generation).is_some())
    }

    /// Segment and offset on a die.
    pub fn place(self, die: Die) -> Option<(u8, u32)> {
        self.row().at[die as usize]
    }

    /// The fields of a value that are not zero, for people: `rb_enable=1 rb_size=22`.
    pub fn describe(self, generation: Generation, word: u32) -> String {
        let mut text = String::new();
        for field in self.fields(generation) {
            let value = field.get(generation, word);
            // A field as wide as the register says no more than the word beside it.
            if value != 0 && field.mask(generation) != u32::MAX {
                let separator = if text.is_empty() { "" } else { " " };
                let _ = write!(text, "{separator}{}={value:#x}", field.name);
            }
        }
        text
    }

    fn row(self) -> &'static Row {
        &table::ROWS[self as usize]
    }
}

/// Addresses of the registers of one card.
#[derive(Clone, Debug)]
pub struct RegisterMap {
    generation: Generation,
    address: Vec<Option<u32>>,
    register: HashMap<u32, Register>,
}

/// Why a card's registers cannot be located.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum MapError {
    /// No table for this version of a block.
    #[error("no register table for {block:?} version {version}")]
    UnknownVersion {
        /// The block.
        block: Block,
        /// Its version by discovery.
        version: IpVersion,
    },
    /// The discovery table lacks a block.
    #[error("the discovery table lists no {0:?} block")]
    MissingBlock(Block),
    /// The discovery table gives too few segments for a block.
    #[error("{block:?} has no segment {segment} in the discovery table")]
    MissingSegment {
        /// The block.
        block: Block,
        /// Segment that a register needs.
        segment: u8,
    },
}

impl RegisterMap {
    /// The map of a die with the bases that its discovery table usually has.
    pub fn for_die(die: Die) -> RegisterMap {
        Self::build(die.generation(), |block| Ok((die, die.bases(block))))
            .expect("every die's own bases cover its registers")
    }

    /// The map of a card by what its discovery table says of each block: version and segment bases.
    pub fn from_discovery(
        blocks: impl Fn(Block) -> Option<(IpVersion, Vec<u32>)>,
    ) -> Result<RegisterMap, MapError> {
        let find = |block| {
            let (version, bases) = blocks(block).ok_or(MapError::MissingBlock(block))?;
            let die = Die::with_block(block, version)
                .ok_or(MapError::UnknownVersion { block, version })?;
            Ok::<_, MapError>((die, bases))
        };
        let generation = find(Block::Gc)?.0.generation();
        let mut found = HashMap::new();
        for block in Block::DISCOVERED {
            found.insert(block, find(block)?);
        }
        Self::build(generation, |block| match found.get(&block) {
            Some((die, bases)) => Ok((*die, Bases::from(bases.as_slice()))),
            None => Ok((found[&Block::Gc].0, Bases::from([0].as_slice()))),
        })
    }

    fn build(
        generation: Generation,
        source: impl Fn(Block) -> Result<(Die, Bases), MapError>,
    ) -> Result<RegisterMap, MapError> {
        let mut address = vec![None; Register::COUNT];
        let mut register = HashMap::new();
        for r in Register::ALL {
            let block = r.block();
            let (die, bases) = source(block)?;
            let Some((segment, offset)) = r.place(die) else {
                continue;
            };
            let base = bases
                .get(segment.into())
                .ok_or(MapError::MissingSegment { block, segment })?;
            let at = base.wrapping_add(offset);
            address[r as usize] = Some(at);
            // Registers with two names (CP_HQD_DMA_OFFLOAD, CP_HQD_OFFLOAD): the first wins.
            register.entry(at).or_insert(r);
        }
        Ok(RegisterMap {
            generation,
            address,
            register,
        })
    }

    /// Generation whose fields apply.
    pub fn generation(&self) -> Generation {
        self.generation
    }

    /// Dword index of a register, or `None` if this card has none.
    pub fn address(&self, register: Register) -> Option<u32> {
        self.address[register as usize]
    }

    /// The register at a dword index.
    pub fn at(&self, address: u32) -> Option<Register> {
        self.register.get(&address).copied()
    }

    /// A register access for people: vendor's name (or the bare address), value, fields.
    pub fn describe(&self, address: u32, value: u32) -> String {
        match self.at(address) {
            Some(register) => {
                let fields = register.describe(self.generation, value);
                let name = register.name(self.generation);
                match fields.is_empty() {
                    true => format!("{name} {value:#x}"),
                    false => format!("{name} {value:#x} {{{fields}}}"),
                }
            }
            None => format!("[{address:#x}] {value:#x}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_match_the_published_examples() {
        for line in include_str!("../../registers/amd-registers.tsv")
            .lines()
            .skip(1)
        {
            let column: Vec<&str> = line.split('\t').collect();
            let die = Die::ALL
                .into_iter()
                .find(|die| die.code_name() == column[1])
                .unwrap();
            let want = u32::from_str_radix(&column[8][2..], 16).unwrap();
            let map = RegisterMap::for_die(die);
            let name = column[5].trim_start_matches("reg").trim_start_matches("mm");
            assert!(
                Register::ALL
                    .into_iter()
                    .any(|r| r.name(die.generation()) == name && map.address(r) == Some(want)),
                "{name} of {} is not at {want:#x}",
                column[1]
            );
        }
    }

    #[test]
    fn fields_move_between_generations() {
        use fields::gcvm_context0_cntl::*;
        let value = |generation| {
            [
                RANGE_PROTECTION_FAULT_ENABLE_INTERRUPT,
                DUMMY_PAGE_PROTECTION_FAULT_ENABLE_DEFAULT,
                VALID_PROTECTION_FAULT_ENABLE_INTERRUPT,
            ]
            .iter()
            .fold(0, |word, f| f.set(generation, word, 1))
        };
        assert_ne!(value(Generation::Gfx11), value(Generation::Gfx12));
        assert_eq!(PAGE_TABLE_DEPTH.get(Generation::Gfx11, 0x1fffe07), 3);
        assert_eq!(ENABLE_CONTEXT.get(Generation::Gfx12, 0x1fffc07), 1);
    }

    #[test]
    fn descriptions_name_fields() {
        let text = Register::SDMA0_QUEUE0_RB_CNTL.describe(Generation::Gfx11, 0x84182d);
        assert!(
            text.contains("rb_enable=0x1") && text.contains("rb_size=0x16"),
            "{text}"
        );
        let map = RegisterMap::for_die(Die::Navi48);
        let psp = map.address(Register::MP0_SMN_C2PMSG_81).unwrap();
        assert!(map.describe(psp, 1).starts_with("MPASP_SMN_C2PMSG_81"));
    }
}
