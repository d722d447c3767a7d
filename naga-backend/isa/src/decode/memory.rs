//! Scalar and vector memory, local data share.

use super::{bits, signed, Decoder, Result};
use crate::{
    code::{self, NULL},
    DecodeError, Form, Format, Gen, Implicit, Inst, Kind, Mods, Op, OpInfo, Operand, Operands,
    Role, Sreg,
};

impl Decoder<'_> {
    pub(super) fn lds_direct(&mut self, row: &'static OpInfo, word: u32) -> Result<Inst> {
        let mut wait = bits(word, 16, 4);
        if self.gen == Gen::Gfx12 {
            wait |= bits(word, 23, 1) << 4;
        }
        let mut operands = Operands::new();
        operands.push(Operand::Vgpr(bits(word, 0, 8) as u8));
        if row.operands.len() == 3 {
            operands.push(Operand::Imm(bits(word, 8, 8) as i32));
        }
        operands.push(Operand::Imm(wait as i32));
        Ok(Inst {
            op: row.op,
            form: Form::Base,
            operands,
            mods: Mods::default(),
        })
    }

    pub(super) fn ds(&mut self, row: &'static OpInfo, word: u32) -> Result<Inst> {
        let second = self.word(1);
        let mods = Mods {
            offset: bits(word, 0, 16) as i32,
            gds: self.gen == Gen::Gfx11 && bits(word, 17, 1) != 0,
            ..Mods::default()
        };
        let mut low = if row.op == Op::DS_STORE_ADDTID_B32 {
            8
        } else {
            0
        };
        let mut operands = Operands::new();
        for info in row.operands {
            let shift = if info.role == Role::Def {
                24
            } else {
                low += 8;
                low - 8
            };
            operands.push(Operand::Vgpr(bits(second, shift, 8) as u8));
        }
        Ok(Inst {
            op: row.op,
            form: Form::Base,
            operands,
            mods,
        })
    }

    /// An optional scalar register.
    fn sgpr_or_off(code: u32) -> Operand {
        match code as u8 {
            NULL => Operand::Off,
            code => Operand::Sgpr(Sreg(code)),
        }
    }

    pub(super) fn smem(&mut self, row: &'static OpInfo, word: u32) -> Result<Inst> {
        let second = self.word(1);
        let (cache, offset) = match self.gen {
            Gen::Gfx11 => (
                bits(word, 14, 1) | bits(word, 13, 1) << 2,
                signed(second, 0, 21),
            ),
            Gen::Gfx12 => (bits(word, 21, 4), signed(second, 0, 24)),
        };
        let mut mods = Mods {
            offset,
            cache: cache as u8,
            ..Mods::default()
        };
        let sdata = bits(word, 6, 7);
        let mut operands = Operands::new();
        for info in row.operands {
            operands.push(match info.kind {
                Kind::Sgpr if info.role == Role::Use => {
                    Operand::Sgpr(Sreg((bits(word, 0, 6) << 1) as u8))
                }
                Kind::SgprOrOff => Self::sgpr_or_off(bits(second, 25, 7)),
                Kind::Imm => Operand::Imm(sdata as i32),
                Kind::Vgpr
                | Kind::Sgpr
                | Kind::Ssrc
                | Kind::Src
                | Kind::Mask
                | Kind::VgprOrOff
                | Kind::Literal => Operand::Sgpr(Sreg(sdata as u8)),
            });
        }
        if operands.is_empty() {
            mods = Mods::default();
        }
        Ok(Inst {
            op: row.op,
            form: Form::Base,
            operands,
            mods,
        })
    }

    pub(super) fn buffer(&mut self, row: &'static OpInfo, word: u32) -> Result<Inst> {
        let (second, third) = (self.word(1), self.word(2));
        let mut mods = Mods::default();
        let (vdata, vaddr, srsrc, soffset);
        match self.gen {
            Gen::Gfx11 => {
                mods.offset = bits(word, 0, 12) as i32;
                mods.cache =
                    (bits(word, 14, 1) | bits(word, 12, 1) << 1 | bits(word, 13, 1) << 2) as u8;
                mods.tfe = bits(second, 21, 1) != 0;
                mods.offen = bits(second, 22, 1) != 0;
                mods.idxen = bits(second, 23, 1) != 0;
                vdata = bits(second, 8, 8);
                vaddr = bits(second, 0, 8);
                srsrc = bits(second, 16, 5) << 2;
                soffset = bits(second, 24, 8);
            }
            Gen::Gfx12 => {
                mods.offset = signed(third, 8, 24);
                mods.cache = bits(second, 18, 5) as u8;
                mods.tfe = bits(word, 22, 1) != 0;
                mods.offen = bits(second, 30, 1) != 0;
                mods.idxen = bits(second, 31, 1) != 0;
                vdata = bits(second, 0, 8);
                vaddr = bits(third, 0, 8);
                srsrc = bits(second, 9, 9);
                soffset = bits(word, 0, 7);
            }
        }
        let mut operands = Operands::new();
        if row.operands.is_empty() {
            mods = Mods::default();
        } else {
            let data = Operand::Vgpr(vdata as u8);
            if row.implicit.contains(Implicit::ATOMIC) {
                operands.push(if mods.returns(self.gen) {
                    data
                } else {
                    Operand::Off
                });
            }
            operands.push(data);
            let addressed = mods.offen || mods.idxen;
            operands.push(if addressed {
                Operand::Vgpr(vaddr as u8)
            } else {
                Operand::Off
            });
            if srsrc > 127 {
                let (field, code) = ("resource", srsrc as u16);
                return Err(DecodeError::Operand {
                    op: row.op,
                    field,
                    code,
                });
            }
            operands.push(Operand::Sgpr(Sreg(srsrc as u8)));
            match code::scalar(soffset as u16) {
                Some(operand) => operands.push(operand),
                None => {
                    let (field, code) = ("offset", soffset as u16);
                    return Err(DecodeError::Operand {
                        op: row.op,
                        field,
                        code,
                    });
                }
            }
        }
        Ok(Inst {
            op: row.op,
            form: Form::Base,
            operands,
            mods,
        })
    }

    pub(super) fn flat(&mut self, row: &'static OpInfo, word: u32) -> Result<Inst> {
        let (second, third) = (self.word(1), self.word(2));
        let mut mods = Mods::default();
        let (vdst, vaddr, data, saddr, sve);
        match self.gen {
            Gen::Gfx11 => {
                // FLAT's offset is unsigned, its top bit unused.
                mods.offset = if row.format == Format::Flat {
                    bits(word, 0, 12) as i32
                } else {
                    signed(word, 0, 13)
                };
                mods.cache =
                    (bits(word, 14, 1) | bits(word, 15, 1) << 1 | bits(word, 13, 1) << 2) as u8;
                vdst = bits(second, 24, 8);
                sve = bits(second, 23, 1) != 0;
                saddr = bits(second, 16, 7);
                data = bits(second, 8, 8);
                vaddr = bits(second, 0, 8);
            }
            Gen::Gfx12 => {
                mods.offset = signed(third, 8, 24);
                mods.cache = bits(second, 18, 5) as u8;
                vdst = bits(second, 0, 8);
                sve = bits(second, 17, 1) != 0;
                saddr = bits(word, 0, 7);
                data = bits(second, 23, 8);
                vaddr = bits(third, 0, 8);
            }
        }
        let vgpr = |n: u32| Operand::Vgpr(n as u8);
        let addtid = matches!(
            row.op,
            Op::GLOBAL_LOAD_ADDTID_B32 | Op::GLOBAL_STORE_ADDTID_B32
        );
        let mut addressed = addtid;
        let mut operands = Operands::new();
        for info in row.operands {
            operands.push(match (info.kind, info.role) {
                (Kind::SgprOrOff, _) => Self::sgpr_or_off(saddr),
                (Kind::VgprOrOff, Role::Def) if !mods.returns(self.gen) => Operand::Off,
                (_, Role::Def) => vgpr(vdst),
                (Kind::VgprOrOff, _) if !addressed => {
                    addressed = true;
                    if sve {
                        vgpr(vaddr)
                    } else {
                        Operand::Off
                    }
                }
                _ if !addressed => {
                    addressed = true;
                    vgpr(vaddr)
                }
                _ => vgpr(data),
            });
        }
        if row.operands.is_empty() {
            // Cache maintenance has a scope and nothing else.
            mods.offset = 0;
        }
        Ok(Inst {
            op: row.op,
            form: Form::Base,
            operands,
            mods,
        })
    }
}
