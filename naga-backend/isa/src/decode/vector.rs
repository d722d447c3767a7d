//! Vector ALU formats, dual instructions among them.

use super::{bits, index::Index, Decoder, Result};
use crate::{
    code::{self, DPP16, DPP8, DPP8_FI, LITERAL, VGPR},
    DecodeError, Dpp, Form, Format, Inst, Kind, Mods, OpInfo, Operand, OperandInfo, Operands,
    Packet, Role, Sreg,
};

/// Raw fields of a vector instruction.
struct Fields {
    dst: u8,
    sdst: u8,
    src: [u16; 3],
    /// Half selects: the source's in 0..=2, the result's in 3.
    hi: u8,
}

impl Decoder<'_> {
    /// A vector source field.
    pub(super) fn source(
        &mut self,
        row: &OpInfo,
        info: &OperandInfo,
        code: u16,
        hi: bool,
    ) -> Result<Operand> {
        let bad = Err(DecodeError::Operand {
            op: row.op,
            field: "source",
            code,
        });
        let operand = match code {
            VGPR.. => {
                let reg = (code - VGPR) as u8;
                if info.ty.is_half() {
                    Operand::Vgpr16 { reg, hi }
                } else {
                    Operand::Vgpr(reg)
                }
            }
            LITERAL => Operand::Literal(self.literal()?),
            _ => match code::scalar(code) {
                Some(operand) => operand,
                None => return bad,
            },
        };
        let fits = match info.kind {
            Kind::Vgpr | Kind::VgprOrOff => code >= VGPR,
            Kind::Sgpr | Kind::Mask | Kind::SgprOrOff => matches!(operand, Operand::Sgpr(_)),
            Kind::Ssrc => code < VGPR,
            Kind::Src => true,
            Kind::Imm | Kind::Literal => false,
        };
        if fits {
            Ok(operand)
        } else {
            bad
        }
    }

    /// Assembles the operands of a vector instruction from its fields.
    fn operands(&mut self, row: &'static OpInfo, f: &Fields) -> Result<Operands> {
        let mut operands = Operands::new();
        let mut next = 0;
        for (i, info) in row.operands.iter().enumerate() {
            let is_mask = info.kind == Kind::Mask && info.role == Role::Def;
            operands.push(if info.role != Role::Use && (i == 0 || is_mask) {
                match info.kind {
                    Kind::Mask if i != 0 => Operand::Sgpr(Sreg(f.sdst)),
                    Kind::Mask | Kind::Sgpr => {
                        if f.dst > 127 {
                            let (field, code) = ("result", u16::from(f.dst));
                            return Err(DecodeError::Operand {
                                op: row.op,
                                field,
                                code,
                            });
                        }
                        Operand::Sgpr(Sreg(f.dst))
                    }
                    _ if info.ty.is_half() => Operand::Vgpr16 {
                        reg: f.dst,
                        hi: f.hi & 8 != 0,
                    },
                    _ => Operand::Vgpr(f.dst),
                }
            } else if info.kind == Kind::Literal {
                Operand::Literal(self.literal()?)
            } else {
                let (code, hi) = (f.src[next.min(2)], f.hi >> next & 1 != 0);
                next += 1;
                self.source(row, info, code, hi)?
            });
        }
        Ok(operands)
    }

    /// The DPP control dword that source 0's code announces.
    fn dpp(&mut self, row: &OpInfo, form: Form, src0: u16) -> Result<Option<(Dpp, u32)>> {
        let (fi, eight) = match src0 {
            DPP16 => (false, false),
            DPP8 => (false, true),
            DPP8_FI => (true, true),
            _ => return Ok(None),
        };
        if !row.has_form(form, self.gen) {
            return Err(DecodeError::Dpp { op: row.op });
        }
        self.take(1)?;
        let word = self.word(self.used - 1);
        let dpp = if eight {
            Dpp {
                ctrl: word >> 8,
                fi,
                ..Dpp::default()
            }
        } else {
            Dpp {
                ctrl: bits(word, 8, 9),
                row_mask: bits(word, 28, 4) as u8,
                bank_mask: bits(word, 24, 4) as u8,
                bound_ctrl: bits(word, 19, 1) != 0,
                fi: bits(word, 18, 1) != 0,
            }
        };
        Ok(Some((dpp, word)))
    }

    pub(super) fn short(&mut self, row: &'static OpInfo, word: u32) -> Result<Inst> {
        let compare = row.format == Format::Vopc;
        if !row.has_form(Form::Base, self.gen) {
            let (format, opcode) = (row.format, row.opcode(self.gen).unwrap_or(0));
            return Err(DecodeError::Opcode { format, opcode });
        }
        let vcc = u16::from(Sreg::VCC_LO.0);
        let src0 = bits(word, 0, 9) as u16;
        let mut f = Fields {
            dst: if compare {
                Sreg::VCC_LO.0
            } else {
                bits(word, 17, 8) as u8
            },
            sdst: Sreg::VCC_LO.0,
            src: [src0, VGPR + bits(word, 9, 8) as u16, vcc],
            hi: 0,
        };
        let mut mods = Mods::default();
        let mut form = Form::Base;
        if let Some((dpp, control)) = self.dpp(row, Form::Dpp16, src0)? {
            form = if src0 == DPP16 {
                Form::Dpp16
            } else {
                Form::Dpp8
            };
            f.src[0] = VGPR + bits(control, 0, 8) as u16;
            mods.dpp = Some(dpp);
            if form == Form::Dpp16 {
                mods.neg = (bits(control, 20, 1) | bits(control, 22, 1) << 1) as u8;
                mods.abs = (bits(control, 21, 1) | bits(control, 23, 1) << 1) as u8;
            }
        }
        // 16-bit registers: the top bit of an 8-bit number is the half.
        for (i, info) in row.sources().enumerate().take(2) {
            if info.ty.is_half() && f.src[i] >= VGPR + 128 {
                f.src[i] -= 128;
                f.hi |= 1 << i;
            }
        }
        let half = row.operands.first().is_some_and(|info| info.ty.is_half());
        if half && !compare && f.dst >= 128 {
            f.dst -= 128;
            f.hi |= 8;
        }
        let operands = self.operands(row, &f)?;
        Ok(Inst {
            op: row.op,
            form,
            operands,
            mods,
        })
    }

    /// The second dword of a 64-bit vector instruction: sources and their negation.
    fn sources(&self) -> ([u16; 3], u8) {
        let word = self.word(1);
        let src = [0, 9, 18].map(|low| bits(word, low, 9) as u16);
        (src, bits(word, 29, 3) as u8)
    }

    pub(super) fn long(&mut self, row: &'static OpInfo, word: u32) -> Result<Inst> {
        let short = matches!(row.format, Format::Vop1 | Format::Vop2 | Format::Vopc);
        let (mut src, neg) = self.sources();
        let mut mods = Mods {
            neg,
            clamp: bits(word, 15, 1) != 0,
            omod: bits(self.word(1), 27, 2) as u8,
            ..Mods::default()
        };
        if !row.is_vop3sd() {
            mods.abs = bits(word, 8, 3) as u8;
            mods.op_sel = bits(word, 11, 4) as u8;
        }
        let form = self.long_dpp(row, &mut src, &mut mods, short)?;
        // A half that a register names is not named by op_sel as well.
        let mut named = 0;
        for (i, info) in row.sources().enumerate().take(3) {
            named |= u8::from(info.ty.is_half() && src[i] >= VGPR) << i;
        }
        let result = row.operands.first();
        let vector = |info: &OperandInfo| info.role != Role::Use && info.kind == Kind::Vgpr;
        if result.is_some_and(|info| info.ty.is_half() && vector(info)) {
            named |= 8;
        }
        let f = Fields {
            dst: bits(word, 0, 8) as u8,
            sdst: bits(word, 8, 7) as u8,
            src,
            hi: mods.op_sel & named,
        };
        mods.op_sel &= !named;
        let operands = self.operands(row, &f)?;
        Ok(Inst {
            op: row.op,
            form,
            operands,
            mods,
        })
    }

    /// The form of a 64-bit instruction, after reading its DPP dword if it has one.
    fn long_dpp(
        &mut self,
        row: &OpInfo,
        src: &mut [u16; 3],
        mods: &mut Mods,
        short: bool,
    ) -> Result<Form> {
        let uses_src0 = row.sources().next().is_some();
        if uses_src0 {
            if let Some((dpp, control)) = self.dpp(row, Form::E64Dpp16, src[0])? {
                let form = if src[0] == DPP16 {
                    Form::E64Dpp16
                } else {
                    Form::E64Dpp8
                };
                src[0] = VGPR + bits(control, 0, 8) as u16;
                mods.dpp = Some(dpp);
                return Ok(form);
            }
        }
        Ok(if short { Form::E64 } else { Form::Base })
    }

    pub(super) fn packed(&mut self, row: &'static OpInfo, word: u32) -> Result<Inst> {
        let (mut src, neg) = self.sources();
        let mut mods = Mods {
            neg,
            abs: bits(word, 8, 3) as u8,
            op_sel: bits(word, 11, 3) as u8,
            op_sel_hi: (bits(self.word(1), 27, 2) | bits(word, 14, 1) << 2) as u8,
            clamp: bits(word, 15, 1) != 0,
            ..Mods::default()
        };
        let form = self.long_dpp(row, &mut src, &mut mods, false)?;
        let f = Fields {
            dst: bits(word, 0, 8) as u8,
            sdst: 0,
            src,
            hi: 0,
        };
        let operands = self.operands(row, &f)?;
        Ok(Inst {
            op: row.op,
            form,
            operands,
            mods,
        })
    }

    pub(super) fn interpolate(&mut self, row: &'static OpInfo, word: u32) -> Result<Inst> {
        let (src, neg) = self.sources();
        let hi = bits(word, 11, 4) as u8;
        let f = Fields {
            dst: bits(word, 0, 8) as u8,
            sdst: 0,
            src,
            hi,
        };
        let mut mods = Mods {
            neg,
            clamp: bits(word, 15, 1) != 0,
            ..Mods::default()
        };
        let mut operands = Operands::new();
        for (i, info) in row.operands.iter().enumerate() {
            operands.push(match (i, info.kind) {
                (0, _) if info.ty.is_half() => Operand::Vgpr16 {
                    reg: f.dst,
                    hi: hi & 8 != 0,
                },
                (0, _) => Operand::Vgpr(f.dst),
                (_, Kind::Imm) => Operand::Imm(bits(word, 8, 3) as i32),
                _ => self.source(row, info, f.src[(i - 1).min(2)], hi >> (i - 1) & 1 != 0)?,
            });
            if !info.ty.is_half() && info.kind == Kind::Vgpr {
                mods.op_sel |= hi & (if i == 0 { 8 } else { 1 << (i - 1) });
            }
        }
        Ok(Inst {
            op: row.op,
            form: Form::Base,
            operands,
            mods,
        })
    }

    pub(super) fn dual(&mut self, index: &Index, word: u32) -> Result<Packet> {
        self.take(1)?;
        let second = self.word(1);
        let x = Self::find(&index.vopd, Format::Vopd, bits(word, 22, 4))?;
        let y = Self::find(&index.vopd, Format::Vopd, bits(word, 17, 5))?;
        let xdst = bits(second, 24, 8) as u8;
        // The lowest bit of the second destination is the complement of the first's.
        let ydst = (bits(second, 17, 7) << 1) as u8 | (!xdst & 1);
        let x = self.half(x, xdst, word)?;
        let y = self.half(y, ydst, second)?;
        Ok(Packet::Dual { x, y })
    }

    fn half(&mut self, row: &'static OpInfo, dst: u8, word: u32) -> Result<Inst> {
        let src = [bits(word, 0, 9) as u16, VGPR + bits(word, 9, 8) as u16, 0];
        let operands = self.operands(
            row,
            &Fields {
                dst,
                sdst: 0,
                src,
                hi: 0,
            },
        )?;
        Ok(Inst {
            op: row.op,
            form: Form::Vopd,
            operands,
            mods: Mods::default(),
        })
    }
}
