//! From dwords to a [`Packet`].
//!
//! Opcodes are looked up in arrays built from the table once. Fields that an instruction does not
//! use are ignored, as the hardware ignores them; whatever remains must be something that the
//! encoder would produce, so that decoding and encoding again gives the same dwords but for those
//! fields. Nothing panics on any input.

mod index;
mod memory;
mod vector;

use self::index::Index;
use crate::{
    code::LITERAL, DecodeError, Form, Format, Gen, Inst, Kind, Mods, Op, OpInfo, Operand, Operands,
    Packet, Role, Sreg,
};

type Result<T> = std::result::Result<T, DecodeError>;

/// Decodes the instruction at the head of `words`; also says how many dwords it takes.
///
/// # Errors
///
/// When they are no instruction of `gen`, or one that breaks a rule of the hardware.
pub fn decode(words: &[u32], gen: Gen) -> Result<(Packet, usize)> {
    let mut at = Decoder {
        words,
        gen,
        used: 0,
        literal: None,
    };
    let packet = at.packet()?;
    let mut again = Vec::with_capacity(4);
    crate::encode(&packet, gen, &mut again)?;
    Ok((packet, at.used))
}

/// `value[low + width - 1 : low]`.
fn bits(value: u32, low: u32, width: u32) -> u32 {
    value >> low & ((1 << width) - 1)
}

/// The same, sign-extended.
fn signed(value: u32, low: u32, width: u32) -> i32 {
    (value << (32 - low - width)) as i32 >> (32 - width)
}

struct Decoder<'a> {
    words: &'a [u32],
    gen: Gen,
    /// Dwords consumed so far.
    used: usize,
    literal: Option<u32>,
}

impl Decoder<'_> {
    fn take(&mut self, count: usize) -> Result<()> {
        let needed = self.used + count;
        if needed > self.words.len() {
            return Err(DecodeError::Truncated {
                needed,
                got: self.words.len(),
            });
        }
        self.used = needed;
        Ok(())
    }

    fn word(&self, index: usize) -> u32 {
        self.words.get(index).copied().unwrap_or(0)
    }

    /// The trailing literal, read once.
    fn literal(&mut self) -> Result<u32> {
        if let Some(value) = self.literal {
            return Ok(value);
        }
        self.take(1)?;
        let value = self.word(self.used - 1);
        self.literal = Some(value);
        Ok(value)
    }

    fn find(table: &[Option<Op>], format: Format, opcode: u32) -> Result<&'static OpInfo> {
        match table.get(opcode as usize) {
            Some(Some(op)) => Ok(op.info()),
            _ => Err(DecodeError::Opcode {
                format,
                opcode: opcode as u16,
            }),
        }
    }

    fn packet(&mut self) -> Result<Packet> {
        self.take(1)?;
        let word = self.word(0);
        let index = Index::get(self.gen);
        let gfx11 = self.gen == Gen::Gfx11;
        let inst = match word >> 24 {
            0x00..=0x7b => {
                let row = Self::find(&index.vop2, Format::Vop2, bits(word, 25, 6))?;
                self.short(row, word)?
            }
            0x7c | 0x7d => {
                let row = Self::find(&index.vopc, Format::Vopc, bits(word, 17, 8))?;
                self.short(row, word)?
            }
            0x7e | 0x7f => {
                let row = Self::find(&index.vop1, Format::Vop1, bits(word, 9, 8))?;
                self.short(row, word)?
            }
            0x80..=0xaf => {
                let row = Self::find(&index.sop2, Format::Sop2, bits(word, 23, 7))?;
                self.scalar(row, word)?
            }
            0xb0..=0xbd => {
                let row = Self::find(&index.sopk, Format::Sopk, bits(word, 23, 5))?;
                self.scalar(row, word)?
            }
            0xbe => {
                if bits(word, 23, 1) == 0 {
                    let opcode = bits(word, 23, 5) as u16;
                    return Err(DecodeError::Opcode {
                        format: Format::Sopk,
                        opcode,
                    });
                }
                let row = Self::find(&index.sop1, Format::Sop1, bits(word, 8, 8))?;
                self.scalar(row, word)?
            }
            0xbf => {
                let (table, format): (&[_], _) = match bits(word, 23, 1) {
                    0 => (&index.sopc, Format::Sopc),
                    _ => (&index.sopp, Format::Sopp),
                };
                let row = Self::find(table, format, bits(word, 16, 7))?;
                self.scalar(row, word)?
            }
            0xc8..=0xcb => return self.dual(index, word),
            0xcc => {
                self.take(1)?;
                let row = Self::find(&index.vop3p, Format::Vop3p, bits(word, 16, 7))?;
                self.packed(row, word)?
            }
            0xcd => {
                self.take(1)?;
                let row = Self::find(&index.vinterp, Format::Vinterp, bits(word, 16, 5))?;
                self.interpolate(row, word)?
            }
            0xce => {
                let row = Self::find(&index.lds_direct, Format::LdsDir, bits(word, 20, 2))?;
                self.lds_direct(row, word)?
            }
            0xd4..=0xd7 => {
                self.take(1)?;
                let row = Self::find(&index.vop3, Format::Vop3, bits(word, 16, 10))?;
                self.long(row, word)?
            }
            0xd8..=0xdb => {
                self.take(1)?;
                let row = Self::find(&index.ds, Format::Ds, bits(word, 18, 8))?;
                self.ds(row, word)?
            }
            0xf4..=0xf7 => {
                self.take(1)?;
                let opcode = if gfx11 {
                    bits(word, 18, 8)
                } else {
                    bits(word, 13, 6)
                };
                let row = Self::find(&index.smem, Format::Smem, opcode)?;
                self.smem(row, word)?
            }
            0xe0..=0xe3 if gfx11 => {
                self.take(1)?;
                let row = Self::find(&index.mubuf, Format::Mubuf, bits(word, 18, 8))?;
                self.buffer(row, word)?
            }
            0xc4..=0xc7 if !gfx11 => {
                self.take(2)?;
                let row = Self::find(&index.mubuf, Format::Mubuf, bits(word, 14, 8))?;
                self.buffer(row, word)?
            }
            0xdc..=0xdf if gfx11 => {
                self.take(1)?;
                let (table, format): (&[_], _) = match bits(word, 16, 2) {
                    0 => (&index.flat, Format::Flat),
                    1 => (&index.scratch, Format::Scratch),
                    2 => (&index.global, Format::Global),
                    _ => return Err(DecodeError::Format { word }),
                };
                let row = Self::find(table, format, bits(word, 18, 8))?;
                self.flat(row, word)?
            }
            0xec..=0xee if !gfx11 => {
                self.take(2)?;
                let (table, format): (&[_], _) = match bits(word, 24, 2) {
                    0 => (&index.flat, Format::Flat),
                    1 => (&index.scratch, Format::Scratch),
                    _ => (&index.global, Format::Global),
                };
                let row = Self::find(table, format, bits(word, 14, 8))?;
                self.flat(row, word)?
            }
            _ => return Err(DecodeError::Format { word }),
        };
        Ok(Packet::One(inst))
    }

    fn scalar(&mut self, row: &'static OpInfo, word: u32) -> Result<Inst> {
        let sdst = Operand::Sgpr(Sreg(bits(word, 16, 7) as u8));
        let mut sources = [bits(word, 0, 8) as u16, bits(word, 8, 8) as u16].into_iter();
        let mut operands = Operands::new();
        for info in row.operands {
            operands.push(match info.kind {
                Kind::Sgpr if info.role != Role::Use || row.format == Format::Sopk => sdst,
                Kind::Imm if row.format == Format::Sop1 => Operand::Imm(bits(word, 0, 8) as i32),
                // Branch distances and arithmetic constants are signed; the rest are bit fields.
                Kind::Imm if row.signed_imm() => Operand::Imm(signed(word, 0, 16)),
                Kind::Imm => Operand::Imm(bits(word, 0, 16) as i32),
                Kind::Literal => Operand::Literal(self.literal()?),
                Kind::Vgpr
                | Kind::Sgpr
                | Kind::Ssrc
                | Kind::Src
                | Kind::Mask
                | Kind::VgprOrOff
                | Kind::SgprOrOff => {
                    self.source(row, info, sources.next().unwrap_or(LITERAL), false)?
                }
            });
        }
        Ok(Inst {
            op: row.op,
            form: Form::Base,
            operands,
            mods: Mods::default(),
        })
    }
}
