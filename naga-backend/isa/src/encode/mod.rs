//! From an [`Inst`] to dwords.
//!
//! Every format is a fixed arrangement of fields; what varies is which operand goes into which
//! field. Fields that an instruction does not use are zero, as LLVM has them.

mod dual;
mod memory;
mod scalar;
mod vector;

use crate::{
    code::{self, LITERAL, NULL},
    EncodeError, Form, Format, Gen, Inst, Mods, Op, OpInfo, Operand, Packet,
};

type Result<T = ()> = std::result::Result<T, EncodeError>;

/// Appends a packet's dwords.
///
/// # Errors
///
/// When the packet has no encoding on `gen`; `out` is then as it was.
pub fn encode(packet: &Packet, gen: Gen, out: &mut Vec<u32>) -> Result {
    match packet {
        Packet::One(inst) => inst.encode(gen, out),
        Packet::Dual { x, y } => dual::dual(x, y, gen, out),
    }
}

impl Packet {
    /// Length of the encoding in dwords, without encoding it.
    pub fn dwords(&self, gen: Gen) -> usize {
        match self {
            Packet::One(inst) => inst.dwords(gen),
            Packet::Dual { x, y } => 2 + usize::from(x.has_literal() || y.has_literal()),
        }
    }
}

impl Inst {
    /// Appends the dwords of an instruction that is not half of a dual one.
    ///
    /// # Errors
    ///
    /// When the instruction has no encoding on `gen`; `out` is then as it was.
    pub fn encode(&self, gen: Gen, out: &mut Vec<u32>) -> Result {
        let row = self.op.info();
        let Some(opcode) = row.opcode(gen) else {
            return Err(EncodeError::Missing { op: self.op, gen });
        };
        if self.operands.len() != row.operands.len() {
            return Err(EncodeError::OperandCount {
                op: self.op,
                expected: row.operands.len(),
                got: self.operands.len(),
            });
        }
        if !row.has_form(self.form, gen) || self.form == Form::Vopd {
            return Err(EncodeError::Form {
                op: self.op,
                form: self.form,
            });
        }
        let at = Encoder {
            inst: self,
            row,
            gen,
            opcode: u32::from(opcode),
        };
        match row.format {
            Format::Sop1 | Format::Sop2 | Format::Sopc | Format::Sopk | Format::Sopp => {
                at.scalar(out)
            }
            Format::Smem => at.smem(out),
            Format::Vop1
            | Format::Vop2
            | Format::Vopc
            | Format::Vop3
            | Format::Vop3Sd
            | Format::Vop3p
            | Format::Vinterp => at.vector(out),
            Format::LdsDir => at.lds_direct(out),
            Format::Ds => at.ds(out),
            Format::Mubuf => at.buffer(out),
            Format::Flat | Format::Scratch | Format::Global => at.flat(out),
            Format::Vopd => Err(EncodeError::Form {
                op: self.op,
                form: self.form,
            }),
        }
    }

    /// Length of the encoding in dwords, without encoding it.
    pub fn dwords(&self, gen: Gen) -> usize {
        let (dpp, literal) = match self.form {
            Form::Dpp16 | Form::Dpp8 | Form::E64Dpp16 | Form::E64Dpp8 => (1, 0),
            Form::Base | Form::E64 | Form::Vopd => (0, usize::from(self.has_literal())),
        };
        let base = match self.op.info().format {
            Format::Sop1 | Format::Sop2 | Format::Sopc | Format::Sopk | Format::Sopp => 1,
            Format::Vop1 | Format::Vop2 | Format::Vopc => match self.form {
                Form::E64 | Form::E64Dpp16 | Form::E64Dpp8 => 2,
                Form::Base | Form::Dpp16 | Form::Dpp8 | Form::Vopd => 1,
            },
            Format::Vop3 | Format::Vop3Sd | Format::Vop3p | Format::Vopd | Format::Vinterp => 2,
            Format::LdsDir => 1,
            Format::Smem | Format::Ds => 2,
            Format::Mubuf | Format::Flat | Format::Scratch | Format::Global => match gen {
                Gen::Gfx11 => 2,
                Gen::Gfx12 => 3,
            },
        };
        base + dpp + literal
    }

    fn has_literal(&self) -> bool {
        self.operands
            .iter()
            .any(|operand| matches!(operand, Operand::Literal(_)))
    }
}

struct Encoder<'a> {
    inst: &'a Inst,
    row: &'static OpInfo,
    gen: Gen,
    opcode: u32,
}

/// The one literal that an instruction can carry.
fn merge_literal(op: Op, slot: &mut Option<u32>, value: u32) -> Result {
    match *slot {
        Some(first) if first != value => Err(EncodeError::Literals {
            op,
            first,
            second: value,
        }),
        _ => {
            *slot = Some(value);
            Ok(())
        }
    }
}

impl Encoder<'_> {
    fn bad<T>(&self, index: usize, expected: &'static str) -> Result<T> {
        let operand = self.inst.operands[index];
        Err(EncodeError::Operand {
            op: self.inst.op,
            index,
            operand,
            expected,
        })
    }

    /// The same for a source by its number.
    fn bad_source<T>(&self, source: usize, expected: &'static str) -> Result<T> {
        self.bad(self.row.source_indices().nth(source).unwrap_or(0), expected)
    }

    fn tuple<T>(&self, index: usize) -> Result<T> {
        Err(EncodeError::Tuple {
            op: self.inst.op,
            index,
            operand: self.inst.operands[index],
            dwords: self.row.operands[index].dwords,
        })
    }

    fn range(&self, field: &'static str, value: i64, min: i64, max: i64) -> Result<u32> {
        if (min..=max).contains(&value) {
            Ok(value as u32)
        } else {
            Err(EncodeError::Range {
                op: self.inst.op,
                field,
                value,
                min,
                max,
            })
        }
    }

    /// A scalar register's code.
    fn sgpr(&self, index: usize) -> Result<u8> {
        match self.inst.operands[index] {
            Operand::Sgpr(s) if code::sgpr_tuple(s, self.row.operands[index].dwords) => Ok(s.0),
            Operand::Sgpr(_) => self.tuple(index),
            Operand::Vgpr(_)
            | Operand::Vgpr16 { .. }
            | Operand::Inline(_)
            | Operand::Special(_)
            | Operand::Literal(_)
            | Operand::Imm(_)
            | Operand::Off => self.bad(index, "a scalar register"),
        }
    }

    /// A whole vector register (or the first of several).
    fn vgpr(&self, index: usize) -> Result<u32> {
        self.vgpr_of(index, self.row.operands[index].dwords)
    }

    fn vgpr_of(&self, index: usize, dwords: u8) -> Result<u32> {
        match self.inst.operands[index] {
            Operand::Vgpr(v) if code::vgpr_tuple(v, dwords) => Ok(u32::from(v)),
            Operand::Vgpr(_) => self.tuple(index),
            Operand::Vgpr16 { .. }
            | Operand::Sgpr(_)
            | Operand::Inline(_)
            | Operand::Special(_)
            | Operand::Literal(_)
            | Operand::Imm(_)
            | Operand::Off => self.bad(index, "a vector register"),
        }
    }

    fn imm(&self, index: usize, field: &'static str, min: i64, max: i64) -> Result<u32> {
        let Operand::Imm(value) = self.inst.operands[index] else {
            return self.bad(index, "an immediate");
        };
        self.range(field, i64::from(value), min, max)
    }

    /// A scalar source; a literal goes to `literal`.
    fn scalar_source(&self, index: usize, literal: &mut Option<u32>) -> Result<u16> {
        match self.inst.operands[index] {
            Operand::Sgpr(_) => self.sgpr(index).map(u16::from),
            Operand::Inline(c) if code::is_inline(c) => Ok(u16::from(c)),
            Operand::Special(c) if code::is_special(c) => Ok(u16::from(c)),
            Operand::Literal(value) => {
                merge_literal(self.inst.op, literal, value)?;
                Ok(LITERAL)
            }
            Operand::Inline(_)
            | Operand::Special(_)
            | Operand::Vgpr(_)
            | Operand::Vgpr16 { .. }
            | Operand::Imm(_)
            | Operand::Off => self.bad(index, "a scalar register, constant or literal"),
        }
    }

    /// Refuses what no scalar or memory instruction takes.
    fn no_vector_modifiers(&self) -> Result {
        let Mods {
            neg,
            abs,
            op_sel,
            op_sel_hi,
            clamp,
            omod,
            dpp,
            ..
        } = self.inst.mods;
        let modifier = if neg | abs | op_sel | op_sel_hi | omod != 0 {
            "a source or result modifier"
        } else if clamp {
            "clamp"
        } else if dpp.is_some() {
            "DPP"
        } else {
            return Ok(());
        };
        Err(EncodeError::Modifier {
            op: self.inst.op,
            modifier,
        })
    }

    /// Refuses what only memory instructions take.
    fn no_memory_modifiers(&self) -> Result {
        let Mods {
            offset,
            offen,
            idxen,
            tfe,
            gds,
            cache,
            ..
        } = self.inst.mods;
        let modifier = if offset != 0 {
            "an offset"
        } else if offen || idxen {
            "offen or idxen"
        } else if tfe {
            "tfe"
        } else if gds {
            "gds"
        } else if cache != 0 {
            "cache bits"
        } else {
            return Ok(());
        };
        Err(EncodeError::Modifier {
            op: self.inst.op,
            modifier,
        })
    }

    /// An optional scalar register; `off` is `null`.
    fn sgpr_or_off(&self, index: usize) -> Result<u32> {
        let operand = self.inst.operands[index];
        if operand == Operand::Off {
            Ok(u32::from(NULL))
        } else if operand == Operand::NULL {
            self.bad(index, "`off` for no register")
        } else {
            self.sgpr(index).map(u32::from)
        }
    }
}
