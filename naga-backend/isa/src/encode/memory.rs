//! Vector memory and local data share.

use arrayvec::ArrayVec;

use super::{Encoder, Result};
use crate::{
    code::{self, NULL},
    EncodeError, Format, Gen, Implicit, Kind, Op, Operand, Role,
};

impl Encoder<'_> {
    pub(super) fn lds_direct(&self, out: &mut Vec<u32>) -> Result {
        self.no_vector_modifiers()?;
        self.no_memory_modifiers()?;
        let dst = self.vgpr(0)?;
        let (attr, wait) = match self.row.operands.len() {
            3 => (self.imm(1, "attribute", 0, 0xff)?, 2),
            _ => (0, 1),
        };
        let max = match self.gen {
            Gen::Gfx11 => 15,
            Gen::Gfx12 => 31,
        };
        let wait = self.imm(wait, "wait", 0, max)?;
        let (va_vdst, vm_vsrc) = (wait & 15, wait >> 4);
        out.push(0xce00_0000 | vm_vsrc << 23 | self.opcode << 20 | va_vdst << 16 | attr << 8 | dst);
        Ok(())
    }

    pub(super) fn ds(&self, out: &mut Vec<u32>) -> Result {
        self.no_vector_modifiers()?;
        let mods = &self.inst.mods;
        let op = self.inst.op;
        if mods.offen || mods.idxen || mods.tfe || mods.cache != 0 {
            return Err(EncodeError::Modifier {
                op,
                modifier: "buffer modifiers",
            });
        }
        if mods.gds && self.gen == Gen::Gfx12 {
            return Err(EncodeError::Modifier {
                op,
                modifier: "gds",
            });
        }
        let offset = self.range("offset", i64::from(mods.offset), 0, 0xffff)?;
        let (mut vdst, mut fields) = (0, ArrayVec::<u32, 4>::new());
        if op == Op::DS_STORE_ADDTID_B32 {
            // The address comes from M0 and the lane.
            fields.push(0);
        }
        for (i, info) in self.row.operands.iter().enumerate() {
            if info.role == Role::Def {
                vdst = self.vgpr(i)?;
            } else {
                fields.push(self.vgpr(i)?);
            }
        }
        let field = |i: usize| fields.get(i).copied().unwrap_or(0);
        out.push(0xd800_0000 | self.opcode << 18 | u32::from(mods.gds) << 17 | offset);
        out.push(vdst << 24 | field(2) << 16 | field(1) << 8 | field(0));
        Ok(())
    }

    /// Cache bits of gfx12's vector memory formats, in place in their second dword.
    fn scope(&self) -> Result<u32> {
        self.range("cache policy", i64::from(self.inst.mods.cache), 0, 31)
            .map(|bits| bits << 18)
    }

    /// An atomic returns a value exactly if it has a register for it.
    fn check_return(&self, returned: bool) -> Result {
        let mods = &self.inst.mods;
        if self.row.implicit.contains(Implicit::ATOMIC) && mods.returns(self.gen) != returned {
            let modifier = if returned {
                "a result without the cache bit that returns it (Mods::returning)"
            } else {
                "the cache bit that returns a value without a result"
            };
            return Err(EncodeError::Modifier {
                op: self.inst.op,
                modifier,
            });
        }
        Ok(())
    }

    pub(super) fn buffer(&self, out: &mut Vec<u32>) -> Result {
        self.no_vector_modifiers()?;
        let mods = &self.inst.mods;
        let op = self.inst.op;
        if mods.gds {
            return Err(EncodeError::Modifier {
                op,
                modifier: "gds",
            });
        }
        let max = match self.gen {
            Gen::Gfx11 => 0xfff,
            Gen::Gfx12 => 0x7f_ffff,
        };
        let offset = self.range("offset", i64::from(mods.offset), 0, max)?;
        let (mut vdata, mut vaddr, mut srsrc, mut soffset) = (0, 0, 0, 0);
        if !self.row.operands.is_empty() {
            let data = usize::from(self.row.implicit.contains(Implicit::ATOMIC));
            let tail = data + 1;
            vdata = self.vgpr_of(data, self.row.operands[data].dwords + u8::from(mods.tfe))?;
            if data == 1 {
                let result = self.inst.operands[0];
                if result != Operand::Off && result != self.inst.operands[1] {
                    return self.bad(0, "`off`, or the register of the data");
                }
                self.check_return(result != Operand::Off)?;
            }
            let addresses = u8::from(mods.offen) + u8::from(mods.idxen);
            vaddr = match (addresses, self.inst.operands[tail]) {
                (0, Operand::Off) => 0,
                (0, _) => return self.bad(tail, "`off` without offen and idxen"),
                _ => self.vgpr_of(tail, addresses)?,
            };
            srsrc = u32::from(self.sgpr(tail + 1)?);
            soffset = match (self.inst.operands[tail + 2], self.gen) {
                (Operand::Inline(c), Gen::Gfx11) if code::is_inline(c) => u32::from(c),
                (Operand::Sgpr(_), _) => u32::from(self.sgpr(tail + 2)?),
                (_, Gen::Gfx11) => return self.bad(tail + 2, "a scalar register or constant"),
                (_, Gen::Gfx12) => return self.bad(tail + 2, "a scalar register or null"),
            };
        }
        let (opcode, tfe) = (self.opcode, u32::from(mods.tfe));
        let (offen, idxen) = (u32::from(mods.offen), u32::from(mods.idxen));
        match self.gen {
            Gen::Gfx11 => {
                let cache = u32::from(mods.cache);
                self.range("cache policy", i64::from(cache), 0, 7)?;
                let (glc, slc, dlc) = (cache & 1, cache >> 1 & 1, cache >> 2 & 1);
                let bits = glc << 14 | dlc << 13 | slc << 12;
                out.push(0xe000_0000 | opcode << 18 | bits | offset);
                out.push(
                    soffset << 24
                        | idxen << 23
                        | offen << 22
                        | tfe << 21
                        | (srsrc >> 2) << 16
                        | vdata << 8
                        | vaddr,
                );
            }
            Gen::Gfx12 => {
                // Typed buffers share the format field; LLVM writes 1 (8_UNORM) where none is.
                let scope = self.scope()?;
                out.push(0xc400_0000 | tfe << 22 | opcode << 14 | soffset);
                out.push(idxen << 31 | offen << 30 | 1 << 23 | scope | srsrc << 9 | vdata);
                out.push(offset << 8 | vaddr);
            }
        }
        Ok(())
    }

    pub(super) fn flat(&self, out: &mut Vec<u32>) -> Result {
        self.no_vector_modifiers()?;
        let mods = &self.inst.mods;
        let op = self.inst.op;
        if mods.offen || mods.idxen || mods.tfe || mods.gds {
            return Err(EncodeError::Modifier {
                op,
                modifier: "buffer or LDS modifiers",
            });
        }
        let saddr_index = self
            .row
            .operands
            .iter()
            .position(|info| info.kind == Kind::SgprOrOff);
        let saddr = match saddr_index {
            Some(i) => match self.sgpr_or_off(i)? {
                126 | 127 => return self.bad(i, "a scalar register other than EXEC"),
                saddr => saddr,
            },
            None => u32::from(NULL),
        };
        let (mut vdst, mut vaddr, mut data, mut sve) = (0, 0, 0, 0);
        let mut addressed = matches!(op, Op::GLOBAL_LOAD_ADDTID_B32 | Op::GLOBAL_STORE_ADDTID_B32);
        for (i, info) in self.row.operands.iter().enumerate() {
            match (info.kind, info.role) {
                (Kind::SgprOrOff, _) => {}
                (Kind::VgprOrOff, Role::Def) => {
                    let returned = self.inst.operands[i] != Operand::Off;
                    self.check_return(returned)?;
                    if returned {
                        vdst = self.vgpr(i)?;
                    }
                }
                (_, Role::Def) => vdst = self.vgpr(i)?,
                (Kind::VgprOrOff, _) if !addressed => {
                    addressed = true;
                    if self.inst.operands[i] != Operand::Off {
                        vaddr = self.vgpr(i)?;
                        sve = 1;
                    }
                }
                _ if !addressed => {
                    addressed = true;
                    // A scalar base leaves a 32-bit offset in the vector address.
                    let narrow = info.dwords == 2 && saddr != u32::from(NULL);
                    vaddr = self.vgpr_of(i, if narrow { 1 } else { info.dwords })?;
                }
                _ => data = self.vgpr(i)?,
            }
        }
        let (opcode, offset) = (self.opcode, i64::from(mods.offset));
        let segment = match self.row.format {
            Format::Scratch => 1,
            Format::Global => 2,
            _ => 0,
        };
        match self.gen {
            Gen::Gfx11 => {
                // FLAT picks its aperture by the address before the offset is added.
                let min = if segment == 0 { 0 } else { -0x1000 };
                let offset = self.range("offset", offset, min, 0xfff)? & 0x1fff;
                let cache = u32::from(mods.cache);
                self.range("cache policy", i64::from(cache), 0, 7)?;
                let (glc, slc, dlc) = (cache & 1, cache >> 1 & 1, cache >> 2 & 1);
                out.push(
                    0xdc00_0000
                        | opcode << 18
                        | segment << 16
                        | slc << 15
                        | glc << 14
                        | dlc << 13
                        | offset,
                );
                out.push(vdst << 24 | sve << 23 | saddr << 16 | data << 8 | vaddr);
            }
            Gen::Gfx12 => {
                let offset = self.range("offset", offset, -0x80_0000, 0x7f_ffff)?;
                let scope = self.scope()?;
                out.push(0xec00_0000 | segment << 24 | opcode << 14 | saddr);
                out.push(data << 23 | scope | sve << 17 | vdst);
                out.push(offset << 8 | vaddr);
            }
        }
        Ok(())
    }
}
