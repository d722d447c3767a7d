//! Dual instructions (VOPD) and the rules of their pairing.

use super::{Encoder, Result};
use crate::{
    code::{ScalarReads, LITERAL, VGPR},
    encode::merge_literal,
    EncodeError, Form, Format, Gen, Implicit, Inst, Kind, Mods, Op, Operand, Role, Sreg,
};

/// The sources of one half of a dual instruction.
struct Half {
    opcode: u32,
    dst: u32,
    src0: u16,
    /// The second register field, whichever port it goes to.
    field: u32,
    src1: Option<u32>,
    src2: Option<u32>,
}

fn half(
    inst: &Inst,
    gen: Gen,
    literal: &mut Option<u32>,
    scalars: &mut ScalarReads,
) -> Result<Half> {
    let (op, row) = (inst.op, inst.op.info());
    let Some(opcode) = row.opcode(gen) else {
        return Err(EncodeError::Missing { op, gen });
    };
    if row.format != Format::Vopd || inst.form != Form::Vopd {
        return Err(EncodeError::Form {
            op,
            form: Form::Vopd,
        });
    }
    let (expected, got) = (row.operands.len(), inst.operands.len());
    if expected != got {
        return Err(EncodeError::OperandCount { op, expected, got });
    }
    if inst.mods != Mods::default() {
        return Err(EncodeError::Modifier {
            op,
            modifier: "modifiers in a dual instruction",
        });
    }
    let at = Encoder {
        inst,
        row,
        gen,
        opcode: u32::from(opcode),
    };
    let dst = at.vgpr(0)?;
    let src0 = if let Operand::Vgpr(v) = inst.operands[1] {
        VGPR + u16::from(v)
    } else {
        at.scalar_source(1, literal)?
    };
    scalars.add(src0, row.operands[1].dwords);
    if row.implicit.contains(Implicit::READ_VCC) {
        scalars.add(u16::from(Sreg::VCC_LO.0), 1);
    }
    // An accumulator is read through the third port, and so is what `fmamk` adds.
    let accumulates = row.operands[0].role == Role::DefUse;
    let (mut field, mut src1, mut src2) = (0, None, accumulates.then_some(dst));
    for (i, info) in row.operands.iter().enumerate().skip(2) {
        match (info.kind, inst.operands[i]) {
            (Kind::Literal, Operand::Literal(value)) => {
                merge_literal(op, literal, value)?;
                scalars.add(LITERAL, 0);
            }
            (Kind::Literal, _) => return at.bad(i, "a literal"),
            _ => {
                field = at.vgpr(i)?;
                *if i == 2 { &mut src1 } else { &mut src2 } = Some(field);
            }
        }
    }
    Ok(Half {
        opcode: at.opcode,
        dst,
        src0,
        field,
        src1,
        src2,
    })
}

/// Appends a dual instruction.
pub(super) fn dual(x: &Inst, y: &Inst, gen: Gen, out: &mut Vec<u32>) -> Result {
    let broken = |rule| {
        Err(EncodeError::Dual {
            x: x.op,
            y: y.op,
            rule,
        })
    };
    let (mut literal, mut scalars) = (None, ScalarReads::default());
    let a = half(x, gen, &mut literal, &mut scalars)?;
    let b = half(y, gen, &mut literal, &mut scalars)?;
    if a.opcode > 15 {
        return broken("the first half is an operation of the second half only");
    }
    if a.dst & 1 == b.dst & 1 {
        return broken("one destination must be even and the other odd");
    }
    // Each source position reads its own four banks, one register a bank.
    let banks = |p: u32, q: u32| p & 3 == q & 3;
    let moves = x.op == Op::V_DUAL_MOV_B32 && y.op == Op::V_DUAL_MOV_B32;
    if a.src0 >= VGPR && b.src0 >= VGPR && banks(a.src0.into(), b.src0.into()) {
        // gfx12 has a second read port for a pair of moves.
        if !(gen == Gen::Gfx12 && moves) {
            return broken("both first sources are in the same register bank");
        }
    }
    if let (Some(p), Some(q)) = (a.src1, b.src1) {
        if banks(p, q) {
            return broken("both second sources are in the same register bank");
        }
    }
    if let (Some(p), Some(q)) = (a.src2, b.src2) {
        if p & 1 == q & 1 {
            return broken("both third sources are in even or both in odd registers");
        }
    }
    let got = scalars.count();
    if got > 2 {
        return Err(EncodeError::ConstantBus {
            op: x.op,
            got,
            limit: 2,
        });
    }
    out.push(0xc800_0000 | a.opcode << 22 | b.opcode << 17 | a.field << 9 | u32::from(a.src0));
    out.push(a.dst << 24 | (b.dst >> 1) << 17 | b.field << 9 | u32::from(b.src0));
    out.extend(literal);
    Ok(())
}
