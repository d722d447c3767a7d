//! What the checks want to know of a program's instructions, found out once.

use std::sync::Arc;

use rdna_isa::{Class, Format, Inst, Packet, RegRange};

use crate::shader::program::Program;

/// What executes an instruction, as far as checks care.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unit {
    Valu,
    Salu,
    /// Vector memory and LDS.
    Memory,
    Smem,
    Other,
}

/// What the checks want to know of an instruction.
pub struct Info {
    pub inst: Inst,
    pub unit: Unit,
    pub uses: Vec<RegRange>,
    pub defs: Vec<RegRange>,
}

impl Info {
    pub fn new(inst: &Inst) -> Info {
        let row = inst.op.info();
        let unit = match row.format {
            Format::Vop3
                if row
                    .operands
                    .first()
                    .is_some_and(|o| o.kind == rdna_isa::Kind::Sgpr)
                    && row.class == Class::Trans =>
            {
                Unit::Salu
            }
            Format::Vop1
            | Format::Vop2
            | Format::Vopc
            | Format::Vop3
            | Format::Vop3Sd
            | Format::Vop3p
            | Format::Vopd
            | Format::Vinterp => Unit::Valu,
            Format::Sop1 | Format::Sop2 | Format::Sopk | Format::Sopc
                if row.class == Class::Salu =>
            {
                Unit::Salu
            }
            Format::Sop1 | Format::Sop2 | Format::Sopk | Format::Sopc | Format::Sopp => Unit::Other,
            Format::Smem => Unit::Smem,
            Format::Ds
            | Format::Mubuf
            | Format::Flat
            | Format::Scratch
            | Format::Global
            | Format::LdsDir => Unit::Memory,
        };
        Info {
            inst: inst.clone(),
            unit,
            uses: inst.uses().to_vec(),
            defs: inst.defs().to_vec(),
        }
    }
}

/// A program with its instructions prepared for checking.
pub struct Prepared {
    pub program: Arc<Program>,
    pub infos: Vec<Vec<Info>>,
}

impl Prepared {
    pub fn new(program: &Arc<Program>) -> Prepared {
        let infos = program
            .meta
            .iter()
            .map(|m| match &m.packet {
                None => Vec::new(),
                Some(Packet::One(inst)) => vec![Info::new(inst)],
                Some(Packet::Dual { x, y }) => vec![Info::new(x), Info::new(y)],
            })
            .collect();
        Prepared {
            program: program.clone(),
            infos,
        }
    }
}
