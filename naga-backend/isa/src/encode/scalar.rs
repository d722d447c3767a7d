//! Scalar formats: SOP1, SOP2, SOPK, SOPC, SOPP, SMEM.

use super::{merge_literal, Encoder, Result};
use crate::{Class, EncodeError, Format, Gen, Kind, Mods, Operand, Role, Sreg};

impl Encoder<'_> {
    pub(super) fn scalar(&self, out: &mut Vec<u32>) -> Result {
        self.no_vector_modifiers()?;
        self.no_memory_modifiers()?;
        let (mut sdst, mut src, mut simm, mut literal) = (0, [0u32; 2], 0, None);
        let mut sources = 0;
        for (i, info) in self.row.operands.iter().enumerate() {
            match info.kind {
                // SOPK has one register field, whether it is written or read.
                Kind::Sgpr if info.role != Role::Use || self.row.format == Format::Sopk => {
                    sdst = u32::from(self.sgpr(i)?);
                    // A counter to wait for could be read from a register; the hardware does not.
                    let wait = self.row.class == Class::Wait;
                    if wait && self.inst.operands[i] != Operand::NULL {
                        return self.bad(i, "null");
                    }
                }
                Kind::Ssrc
                    if self.row.class == Class::Barrier
                        && !matches!(
                            self.inst.operands[i],
                            Operand::Sgpr(Sreg::M0) | Operand::Inline(128..=208)
                        ) =>
                {
                    return self.bad(i, "a barrier's number as an inline constant, or M0");
                }
                Kind::Sgpr | Kind::Ssrc => {
                    if sources == 2 {
                        return self.bad(i, "at most two sources");
                    }
                    src[sources] = u32::from(self.scalar_source(i, &mut literal)?);
                    sources += 1;
                }
                Kind::Literal => {
                    let Operand::Literal(value) = self.inst.operands[i] else {
                        return self.bad(i, "a literal");
                    };
                    merge_literal(self.inst.op, &mut literal, value)?;
                }
                Kind::Imm if self.row.format == Format::Sop1 => {
                    src[0] = self.imm(i, "message", 0, 0xff)?;
                }
                Kind::Imm => simm = self.imm(i, "immediate", -0x8000, 0xffff)? & 0xffff,
                Kind::Vgpr | Kind::Src | Kind::Mask | Kind::VgprOrOff | Kind::SgprOrOff => {
                    return self.bad(i, "a scalar operand");
                }
            }
        }
        let op = self.opcode;
        out.push(match self.row.format {
            Format::Sop1 => 0xbe80_0000 | sdst << 16 | op << 8 | src[0],
            Format::Sopc => 0xbf00_0000 | op << 16 | src[1] << 8 | src[0],
            Format::Sopp => 0xbf80_0000 | op << 16 | simm,
            Format::Sopk => 0xb000_0000 | op << 23 | sdst << 16 | simm,
            _ => 0x8000_0000 | op << 23 | sdst << 16 | src[1] << 8 | src[0],
        });
        out.extend(literal);
        Ok(())
    }

    pub(super) fn smem(&self, out: &mut Vec<u32>) -> Result {
        self.no_vector_modifiers()?;
        let mods = &self.inst.mods;
        if mods.offen || mods.idxen || mods.tfe || mods.gds {
            let modifier = "buffer or LDS modifiers";
            return Err(EncodeError::Modifier {
                op: self.inst.op,
                modifier,
            });
        }
        let (mut sdata, mut sbase, mut soffset, mut bounded) = (0, 0, 0, false);
        for (i, info) in self.row.operands.iter().enumerate() {
            match info.kind {
                Kind::Sgpr if info.role == Role::Use => {
                    sbase = u32::from(self.sgpr(i)?) >> 1;
                    bounded = info.dwords == 4;
                }
                Kind::Sgpr => {
                    let register = self.sgpr(i)?;
                    if matches!(Sreg(register), Sreg::M0 | Sreg::EXEC_LO | Sreg::EXEC_HI) {
                        return self.bad(i, "neither M0 nor EXEC");
                    }
                    sdata = u32::from(register);
                }
                Kind::SgprOrOff => soffset = self.sgpr_or_off(i)?,
                _ => sdata = self.imm(i, "prefetch length", 0, 127)?,
            }
        }
        let bits = match self.gen {
            Gen::Gfx11 => 21,
            Gen::Gfx12 => 24,
        };
        let max = (1 << (bits - 1)) - 1;
        // A buffer's offset counts from its base and is checked against its size: never negative.
        let min = if bounded { 0 } else { -max - 1 };
        let offset = self.range("offset", i64::from(mods.offset), min, max)? & ((1 << bits) - 1);
        let (op, cache) = (self.opcode, u32::from(mods.cache));
        let low = sdata << 6 | sbase;
        out.push(match self.gen {
            Gen::Gfx11 => {
                if mods.cache & !(Mods::GLC | Mods::DLC) != 0 {
                    return Err(EncodeError::Modifier {
                        op: self.inst.op,
                        modifier: "slc",
                    });
                }
                0xf400_0000 | op << 18 | (cache & 1) << 14 | (cache >> 2 & 1) << 13 | low
            }
            Gen::Gfx12 => {
                self.range("temporal hint", i64::from(mods.cache >> 2), 0, 3)?;
                0xf400_0000 | op << 13 | cache << 21 | low
            }
        });
        out.push(offset | soffset << 25);
        Ok(())
    }
}
