//! Vector ALU formats. The operands are distributed over the fields once, for the base, the
//! 64-bit and the DPP forms alike.

use arrayvec::ArrayVec;

use super::{merge_literal, Encoder, Result};
use crate::{
    code::{ScalarReads, DPP16, DPP8, DPP8_FI, LITERAL, VGPR},
    Class, Dpp, EncodeError, Form, Format, Gen, Implicit, Kind, Mods, Op, Operand, Role, Sreg,
};

/// What goes into the fields of a vector instruction.
#[derive(Default)]
struct Fields {
    dst: u8,
    dst_hi: bool,
    sdst: u8,
    src: ArrayVec<u16, 3>,
    /// Sources (bit *i*) that are upper halves of vector registers.
    src_hi: u8,
    literal: Option<u32>,
    /// Trailing immediate (VINTERP's wait).
    imm: u32,
}

impl Encoder<'_> {
    /// Distributes the operands over the fields of a vector format.
    fn fields(&self) -> Result<Fields> {
        let mut f = Fields::default();
        let mut scalars = ScalarReads::default();
        if self.row.implicit.contains(Implicit::READ_VCC) {
            scalars.add(u16::from(Sreg::VCC_LO.0), 1);
        }
        for (i, info) in self.row.operands.iter().enumerate() {
            let operand = self.inst.operands[i];
            let result = info.role != Role::Use
                && (i == 0 || (info.kind == Kind::Mask && info.role == Role::Def));
            if result {
                match info.kind {
                    Kind::Mask if i != 0 => f.sdst = self.sgpr(i)?,
                    Kind::Mask | Kind::Sgpr => f.dst = self.sgpr(i)?,
                    _ => match operand {
                        Operand::Vgpr16 { reg, hi } if info.ty.is_half() => {
                            (f.dst, f.dst_hi) = (reg, hi);
                        }
                        _ => f.dst = self.vgpr(i)? as u8,
                    },
                }
                continue;
            }
            let code = match (info.kind, operand) {
                (Kind::Imm, _) => {
                    f.imm = self.imm(i, "wait", 0, 7)?;
                    continue;
                }
                (Kind::Literal, Operand::Literal(value)) => {
                    merge_literal(self.inst.op, &mut f.literal, value)?;
                    scalars.add(LITERAL, 0);
                    continue;
                }
                (Kind::Literal, _) => return self.bad(i, "a literal"),
                (Kind::Vgpr | Kind::Src, Operand::Vgpr16 { reg, hi }) if info.ty.is_half() => {
                    f.src_hi |= u8::from(hi) << f.src.len();
                    VGPR + u16::from(reg)
                }
                (Kind::Vgpr | Kind::Src, Operand::Vgpr(_)) => VGPR + self.vgpr(i)? as u16,
                (Kind::Vgpr, _) => return self.bad(i, "a vector register"),
                (Kind::Mask | Kind::Sgpr, _) => u16::from(self.sgpr(i)?),
                (Kind::Src, operand)
                    if self.row.class == Class::Wmma && !matches!(operand, Operand::Inline(_)) =>
                {
                    return self.bad(i, "vector registers or an inline constant");
                }
                (Kind::Src | Kind::Ssrc, _) => self.scalar_source(i, &mut f.literal)?,
                (Kind::VgprOrOff | Kind::SgprOrOff, _) => return self.bad(i, "a vector source"),
            };
            scalars.add(code, info.dwords);
            f.src.push(code);
        }
        // Lane selectors come over another path.
        let limit = self.row.constant_bus();
        let got = scalars.count();
        let lanes = matches!(
            self.inst.op,
            Op::V_PERMLANE16_B32 | Op::V_PERMLANEX16_B32 | Op::V_WRITELANE_B32 | Op::V_READLANE_B32
        );
        if got > limit && !lanes {
            return Err(EncodeError::ConstantBus {
                op: self.inst.op,
                got,
                limit,
            });
        }
        Ok(f)
    }

    pub(super) fn vector(&self, out: &mut Vec<u32>) -> Result {
        self.no_memory_modifiers()?;
        let op = self.inst.op;
        let mods = &self.inst.mods;
        if let Some(modifier) = self.row.unsupported(mods) {
            return Err(EncodeError::Modifier { op, modifier });
        }
        let f = self.fields()?;
        let form = self.inst.form;
        let dpp_form = matches!(
            form,
            Form::Dpp16 | Form::Dpp8 | Form::E64Dpp16 | Form::E64Dpp8
        );
        if dpp_form != mods.dpp.is_some() {
            let modifier = if dpp_form {
                "a DPP form without control"
            } else {
                "DPP control"
            };
            return Err(EncodeError::Modifier { op, modifier });
        }
        let short = matches!(self.row.format, Format::Vop1 | Format::Vop2 | Format::Vopc)
            && matches!(form, Form::Base | Form::Dpp16 | Form::Dpp8);
        let (control, selector) = match mods.dpp {
            Some(dpp) => self.dpp(dpp, &f, short)?,
            None => (None, None),
        };
        if short {
            self.short(&f, control, selector, out)?;
        } else {
            let word = self.long(&f, selector)?;
            out.extend(word);
            out.extend(control.or(f.literal));
        }
        Ok(())
    }

    /// The control dword, and the code that announces it in place of source 0.
    fn dpp(&self, dpp: Dpp, f: &Fields, short: bool) -> Result<(Option<u32>, Option<u16>)> {
        let op = self.inst.op;
        if f.literal.is_some() {
            return Err(EncodeError::Modifier {
                op,
                modifier: "a literal with DPP",
            });
        }
        let vsrc0 = match f.src.first() {
            Some(&code) if code >= VGPR => u32::from(code - VGPR),
            _ => return self.bad_source(0, "a vector register as DPP's source 0"),
        };
        // gfx11 reads source 1 from a vector register with DPP, whatever the form.
        if let (Gen::Gfx11, Some(0..VGPR)) = (self.gen, f.src.get(1)) {
            return self.bad_source(1, "a vector register as source 1 with DPP");
        }
        let vsrc0 = if short {
            self.half(vsrc0, f.src_hi & 1 != 0, 1, 0)?
        } else {
            vsrc0
        };
        let eight = matches!(self.inst.form, Form::Dpp8 | Form::E64Dpp8);
        let fields = if eight {
            self.range("dpp8 lanes", i64::from(dpp.ctrl), 0, 0xff_ffff)?;
            if dpp.row_mask != 0 || dpp.bank_mask != 0 || dpp.bound_ctrl {
                let modifier = "row_mask, bank_mask or bound_ctrl with dpp8";
                return Err(EncodeError::Modifier { op, modifier });
            }
            dpp.ctrl << 8
        } else {
            // Quad permutations, row shifts and rotations, mirrors, shares and xor masks.
            if !matches!(
                dpp.ctrl,
                0..=0xff
                    | 0x101..=0x10f
                    | 0x111..=0x11f
                    | 0x121..=0x12f
                    | 0x140
                    | 0x141
                    | 0x150..=0x16f
            ) {
                return Err(EncodeError::Modifier {
                    op,
                    modifier: "a reserved dpp_ctrl",
                });
            }
            self.range("row_mask", i64::from(dpp.row_mask), 0, 15)?;
            self.range("bank_mask", i64::from(dpp.bank_mask), 0, 15)?;
            let mut fields = dpp.ctrl << 8
                | u32::from(dpp.fi) << 18
                | u32::from(dpp.bound_ctrl) << 19
                | u32::from(dpp.bank_mask) << 24
                | u32::from(dpp.row_mask) << 28;
            if short {
                let Mods { neg, abs, .. } = self.inst.mods;
                for i in 0..2 {
                    fields |= u32::from(neg >> i & 1) << (20 + 2 * i);
                    fields |= u32::from(abs >> i & 1) << (21 + 2 * i);
                }
            }
            fields
        };
        let selector = match (eight, dpp.fi) {
            (false, _) => DPP16,
            (true, false) => DPP8,
            (true, true) => DPP8_FI,
        };
        Ok((Some(fields | vsrc0), Some(selector)))
    }

    /// A vector register in an 8-bit field whose top bit selects the half where `half` is set.
    fn half(&self, reg: u32, hi: bool, half_operand: usize, source: usize) -> Result<u32> {
        let info = match half_operand {
            0 => self.row.operands.first(),
            _ => self.row.sources().nth(source),
        };
        if !info.is_some_and(|info| info.ty.is_half() && info.kind != Kind::Sgpr) {
            return Ok(reg);
        }
        if reg < 128 {
            return Ok(reg | u32::from(hi) << 7);
        }
        Err(EncodeError::Range {
            op: self.inst.op,
            field: "16-bit register in the 32-bit form",
            value: i64::from(reg),
            min: 0,
            max: 127,
        })
    }

    fn short(
        &self,
        f: &Fields,
        control: Option<u32>,
        selector: Option<u16>,
        out: &mut Vec<u32>,
    ) -> Result {
        let op = self.inst.op;
        let mods = &self.inst.mods;
        let dpp16 = self.inst.form == Form::Dpp16;
        if mods.op_sel | mods.op_sel_hi | mods.omod != 0
            || mods.clamp
            || (mods.neg | mods.abs != 0 && !dpp16)
        {
            let modifier = "a modifier in the 32-bit form";
            return Err(EncodeError::Modifier { op, modifier });
        }
        // Masks cannot be encoded: they are VCC.
        for (i, info) in self.row.operands.iter().enumerate() {
            if info.kind == Kind::Mask && self.inst.operands[i] != Operand::VCC {
                return self.bad(i, "vcc_lo, the only mask of the 32-bit form");
            }
        }
        let src0 = match (selector, f.src.first()) {
            (Some(selector), _) => u32::from(selector),
            (None, Some(&code)) if code >= VGPR => {
                256 + self.half(u32::from(code - VGPR), f.src_hi & 1 != 0, 1, 0)?
            }
            (None, Some(&code)) => u32::from(code),
            (None, None) => 0,
        };
        let compare = self.row.format == Format::Vopc;
        let dst = match (compare, self.row.operands.first()) {
            (true, _) | (_, None) => 0,
            _ => self.half(u32::from(f.dst), f.dst_hi, 0, 0)?,
        };
        let src1 = match (self.row.format, f.src.get(1)) {
            (Format::Vop1, _) | (_, None) => 0,
            (_, Some(&code)) if code >= VGPR => {
                self.half(u32::from(code - VGPR), f.src_hi & 2 != 0, 1, 1)?
            }
            _ => {
                return self.bad_source(1, "a vector register in the 32-bit form");
            }
        };
        out.push(match self.row.format {
            Format::Vop1 => 0x7e00_0000 | dst << 17 | self.opcode << 9 | src0,
            Format::Vopc => 0x7c00_0000 | self.opcode << 17 | src1 << 9 | src0,
            _ => self.opcode << 25 | dst << 17 | src1 << 9 | src0,
        });
        out.extend(control.or(f.literal));
        Ok(())
    }

    fn long(&self, f: &Fields, selector: Option<u16>) -> Result<[u32; 2]> {
        let mods = &self.inst.mods;
        let op = self.inst.op;
        for (field, value, max) in [
            ("neg", mods.neg, 7),
            ("abs", mods.abs, 7),
            ("op_sel", mods.op_sel, 15),
            ("op_sel_hi", mods.op_sel_hi, 7),
            ("omod", mods.omod, 3),
        ] {
            self.range(field, i64::from(value), 0, max)?;
        }
        let src = |i: usize| u32::from(f.src.get(i).copied().unwrap_or(0));
        let src0 = selector.map_or(src(0), u32::from);
        let sources = src(2) << 18 | src(1) << 9 | src0;
        let op_sel = u32::from(mods.op_sel) | u32::from(f.src_hi) | u32::from(f.dst_hi) << 3;
        let (neg, abs) = (u32::from(mods.neg), u32::from(mods.abs));
        let (clamp, omod) = (u32::from(mods.clamp) << 15, u32::from(mods.omod) << 27);
        let hi = u32::from(mods.op_sel_hi);
        let opcode = self.row.e64_opcode(self.opcode) << 16;
        if self.row.format != Format::Vop3p && hi != 0 {
            return Err(EncodeError::Modifier {
                op,
                modifier: "op_sel_hi",
            });
        }
        // A compare without a destination writes EXEC and says so.
        let cmpx = self.row.format == Format::Vopc && self.row.operands[0].kind != Kind::Mask;
        let dst = if cmpx {
            u32::from(Sreg::EXEC_LO.0)
        } else {
            u32::from(f.dst)
        };
        Ok(match self.row.format {
            Format::Vop3p => {
                if op_sel > 7 {
                    return Err(EncodeError::Modifier {
                        op,
                        modifier: "op_sel on its result",
                    });
                }
                [
                    0xcc00_0000 | opcode | clamp | (hi >> 2) << 14 | op_sel << 11 | abs << 8 | dst,
                    neg << 29 | (hi & 3) << 27 | sources,
                ]
            }
            Format::Vinterp => {
                if abs != 0 || omod != 0 {
                    return Err(EncodeError::Modifier {
                        op,
                        modifier: "abs or omod",
                    });
                }
                [
                    0xcd00_0000 | opcode | clamp | op_sel << 11 | f.imm << 8 | dst,
                    neg << 29 | sources,
                ]
            }
            _ if self.row.is_vop3sd() => [
                0xd400_0000 | opcode | clamp | u32::from(f.sdst) << 8 | dst,
                neg << 29 | omod | sources,
            ],
            _ => [
                0xd400_0000 | opcode | clamp | op_sel << 11 | abs << 8 | dst,
                neg << 29 | omod | sources,
            ],
        })
    }
}
