//! Which registers an instruction reads and writes, the implicit ones included.
//!
//! What cannot be known from the instruction alone is not listed: the registers that `S_MOVREL*`
//! and `V_MOVREL*` reach through M0, and the register that follows a tuple under bounds clamping.

use arrayvec::ArrayVec;

use crate::{Format, Implicit, Inst, Kind, Op, Operand, OperandInfo, Role, Sreg, Ty};

/// A register file.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Bank {
    /// Vector registers.
    Vgpr,
    /// Scalar registers by their 7-bit codes: VCC, M0 and EXEC are among them, `null` never is.
    Sgpr,
    /// The scalar condition code; its range is 0, one long.
    Scc,
}

/// How much of its registers a range covers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Part {
    /// All 32 bits.
    Whole,
    /// Bits 15:0 of one register; a write keeps the others.
    Low,
    /// Bits 31:16 of one register; a write keeps the others.
    High,
}

/// Consecutive registers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct RegRange {
    /// The file.
    pub bank: Bank,
    /// First register.
    pub first: u8,
    /// Number of registers, at least 1.
    pub count: u8,
    /// How much of them.
    pub part: Part,
}

impl RegRange {
    /// Whether the two have bits in common.
    pub fn overlaps(&self, other: &RegRange) -> bool {
        let end = |r: &RegRange| u16::from(r.first) + u16::from(r.count);
        let halves = matches!(
            (self.part, other.part),
            (Part::Low, Part::High) | (Part::High, Part::Low)
        );
        self.bank == other.bank
            && u16::from(self.first) < end(other)
            && u16::from(other.first) < end(self)
            && !halves
    }
}

/// What [`Inst::defs`] and [`Inst::uses`] return.
pub type RegRanges = ArrayVec<RegRange, 12>;

const SCC: RegRange = RegRange {
    bank: Bank::Scc,
    first: 0,
    count: 1,
    part: Part::Whole,
};

fn sgpr(first: Sreg, count: u8) -> RegRange {
    RegRange {
        bank: Bank::Sgpr,
        first: first.0,
        count,
        part: Part::Whole,
    }
}

impl Inst {
    /// Registers written.
    ///
    /// A vector result is written in active lanes only; the others keep what they had.
    pub fn defs(&self) -> RegRanges {
        let mut out = RegRanges::new();
        for (i, info) in self.op.info().operands.iter().enumerate() {
            if matches!(info.role, Role::Def | Role::DefUse) {
                out.extend(self.range(i, info));
            }
        }
        let implicit = self.op.info().implicit;
        for (flag, range) in [
            (Implicit::WRITE_SCC, SCC),
            (Implicit::WRITE_VCC, sgpr(Sreg::VCC_LO, 1)),
            (
                Implicit::WRITE_EXEC,
                sgpr(Sreg::EXEC_LO, self.exec_dwords()),
            ),
        ] {
            if implicit.contains(flag) {
                out.push(range);
            }
        }
        out
    }

    /// Registers read.
    ///
    /// A result that keeps some of its lanes or bits by the instruction's own doing (a DPP form
    /// that does not write every lane, `v_writelane_b32`, an accumulator) is among them; one that
    /// keeps lanes because of EXEC, or half of a register, is not.
    pub fn uses(&self) -> RegRanges {
        let mut out = RegRanges::new();
        let partial = self.mods.dpp.is_some_and(|dpp| {
            let rows = matches!(self.form, crate::Form::Dpp16 | crate::Form::E64Dpp16);
            rows && !(dpp.bound_ctrl && dpp.row_mask == 15 && dpp.bank_mask == 15)
        });
        for (i, info) in self.op.info().operands.iter().enumerate() {
            let kept = partial && i == 0 && info.kind == Kind::Vgpr;
            if matches!(info.role, Role::Use | Role::DefUse) || kept {
                out.extend(self.range(i, info));
            }
        }
        let implicit = self.op.info().implicit;
        for (flag, range) in [
            (Implicit::READ_SCC, SCC),
            (Implicit::READ_VCC, sgpr(Sreg::VCC_LO, 1)),
            (Implicit::READ_EXEC, sgpr(Sreg::EXEC_LO, self.exec_dwords())),
            (Implicit::READ_M0, sgpr(Sreg::M0, 1)),
        ] {
            if implicit.contains(flag) {
                out.push(range);
            }
        }
        out
    }

    /// `s_and_saveexec_b64` and the like see all of EXEC; everything else, in wave32, its low half.
    fn exec_dwords(&self) -> u8 {
        let row = self.op.info();
        match (row.format, row.operands.first()) {
            (Format::Sop1, Some(info)) => info.dwords,
            _ => 1,
        }
    }

    fn range(&self, index: usize, info: &OperandInfo) -> Option<RegRange> {
        let part = |hi: bool| if hi { Part::High } else { Part::Low };
        match *self.operands.get(index)? {
            Operand::Vgpr(first) => Some(RegRange {
                bank: Bank::Vgpr,
                first,
                count: self.vgprs(index, info),
                part: match info.ty {
                    Ty::Lo16 => Part::Low,
                    Ty::Hi16 => Part::High,
                    ty if ty.is_half() => part(false),
                    _ => Part::Whole,
                },
            }),
            Operand::Vgpr16 { reg, hi } => Some(RegRange {
                bank: Bank::Vgpr,
                first: reg,
                count: 1,
                part: part(hi),
            }),
            Operand::Sgpr(Sreg::NULL) => None,
            Operand::Sgpr(first) => Some(sgpr(first, info.dwords.max(1))),
            Operand::Special(253) => Some(SCC),
            Operand::Special(_)
            | Operand::Inline(_)
            | Operand::Literal(_)
            | Operand::Imm(_)
            | Operand::Off => None,
        }
    }

    /// Number of vector registers of an operand, which for addresses and buffer data depends on
    /// the addressing mode.
    fn vgprs(&self, index: usize, info: &OperandInfo) -> u8 {
        let row = self.op.info();
        match row.format {
            Format::Mubuf if info.kind == Kind::VgprOrOff && info.role == Role::Use => {
                u8::from(self.mods.offen) + u8::from(self.mods.idxen)
            }
            Format::Mubuf => info.dwords + u8::from(self.mods.tfe && info.role == Role::Def),
            Format::Global if info.ty == Ty::B64 && Some(index) == self.address() => {
                let saddr = row
                    .operands
                    .iter()
                    .position(|info| info.kind == Kind::SgprOrOff);
                match saddr.and_then(|i| self.operands.get(i)) {
                    Some(Operand::Off) => 2,
                    _ => 1,
                }
            }
            _ => info.dwords,
        }
        .max(1)
    }

    /// Index of the address operand of a FLAT, GLOBAL or SCRATCH instruction.
    pub(crate) fn address(&self) -> Option<usize> {
        let row = self.op.info();
        if matches!(
            self.op,
            Op::GLOBAL_LOAD_ADDTID_B32 | Op::GLOBAL_STORE_ADDTID_B32
        ) {
            return None;
        }
        row.operands.iter().position(|info| info.role == Role::Use)
    }
}
