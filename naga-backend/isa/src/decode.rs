//! From dwords to a [`Packet`].
//!
//! Opcodes are looked up in arrays built from the table once. Fields that an instruction does not
//! use are ignored, as the hardware ignores them; whatever remains must be something that the
//! encoder would produce, so that decoding and encoding again gives the same dwords but for those
//! fields. Nothing panics on any input.

use std::sync::OnceLock;

use crate::{
    code::{self, DPP16, DPP8, DPP8_FI, LITERAL, NULL, VGPR},
    table::ROWS,
    DecodeError, Dpp, Form, Format, Gen, Implicit, Inst, Kind, Mods, Op, OpInfo, Operand,
    OperandInfo, Operands, Packet, Role, Sreg,
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

/// Opcode to row, per format.
struct Index {
    sop1: [Option<Op>; 256],
    sop2: [Option<Op>; 128],
    sopk: [Option<Op>; 32],
    sopc: [Option<Op>; 128],
    sopp: [Option<Op>; 128],
    smem: [Option<Op>; 256],
    vop1: [Option<Op>; 256],
    vop2: [Option<Op>; 64],
    vopc: [Option<Op>; 256],
    /// Everything that the 64-bit format can hold, by its opcode there.
    vop3: [Option<Op>; 1024],
    vop3p: [Option<Op>; 128],
    vopd: [Option<Op>; 32],
    vinterp: [Option<Op>; 32],
    lds_direct: [Option<Op>; 4],
    ds: [Option<Op>; 256],
    mubuf: [Option<Op>; 256],
    flat: [Option<Op>; 256],
    scratch: [Option<Op>; 256],
    global: [Option<Op>; 256],
}

impl Index {
    fn new(gen: Gen) -> Index {
        let mut index = Index {
            sop1: [None; 256],
            sop2: [None; 128],
            sopk: [None; 32],
            sopc: [None; 128],
            sopp: [None; 128],
            smem: [None; 256],
            vop1: [None; 256],
            vop2: [None; 64],
            vopc: [None; 256],
            vop3: [None; 1024],
            vop3p: [None; 128],
            vopd: [None; 32],
            vinterp: [None; 32],
            lds_direct: [None; 4],
            ds: [None; 256],
            mubuf: [None; 256],
            flat: [None; 256],
            scratch: [None; 256],
            global: [None; 256],
        };
        let put = |table: &mut [Option<Op>], opcode: usize, op: Op| {
            if let Some(slot) = table.get_mut(opcode) {
                *slot = Some(op);
            }
        };
        for row in ROWS {
            let Some(opcode) = row.opcode(gen).map(usize::from) else {
                continue;
            };
            let table: &mut [Option<Op>] = match row.format {
                Format::Sop1 => &mut index.sop1,
                Format::Sop2 => &mut index.sop2,
                Format::Sopk => &mut index.sopk,
                Format::Sopc => &mut index.sopc,
                Format::Sopp => &mut index.sopp,
                Format::Smem => &mut index.smem,
                Format::Vop1 => &mut index.vop1,
                Format::Vop2 if opcode <= 0xff => &mut index.vop2,
                Format::Vopc => &mut index.vopc,
                Format::Vop2 | Format::Vop3 | Format::Vop3Sd => &mut index.vop3,
                Format::Vop3p => &mut index.vop3p,
                Format::Vopd => &mut index.vopd,
                Format::Vinterp => &mut index.vinterp,
                Format::LdsDir => &mut index.lds_direct,
                Format::Ds => &mut index.ds,
                Format::Mubuf => &mut index.mubuf,
                Format::Flat => &mut index.flat,
                Format::Scratch => &mut index.scratch,
                Format::Global => &mut index.global,
            };
            put(table, opcode, row.op);
            if row.has_form(Form::E64, gen) {
                match row.format {
                    Format::Vopc => put(&mut index.vop3, opcode, row.op),
                    Format::Vop2 if opcode <= 0xff => {
                        put(&mut index.vop3, 0x100 + opcode, row.op);
                    }
                    Format::Vop1 => put(&mut index.vop3, 0x180 + opcode, row.op),
                    _ => {}
                }
            }
        }
        index
    }

    fn get(gen: Gen) -> &'static Index {
        static INDEX: [OnceLock<Box<Index>>; 2] = [OnceLock::new(), OnceLock::new()];
        INDEX[gen as usize].get_or_init(|| Box::new(Index::new(gen)))
    }
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

/// Raw fields of a vector instruction.
struct Fields {
    dst: u8,
    sdst: u8,
    src: [u16; 3],
    /// Half selects: the source's in 0..=2, the result's in 3.
    hi: u8,
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

    /// A vector source field.
    fn source(&mut self, row: &OpInfo, info: &OperandInfo, code: u16, hi: bool) -> Result<Operand> {
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
                _ => self.source(row, info, sources.next().unwrap_or(LITERAL), false)?,
            });
        }
        Ok(Inst {
            op: row.op,
            form: Form::Base,
            operands,
            mods: Mods::default(),
        })
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

    fn short(&mut self, row: &'static OpInfo, word: u32) -> Result<Inst> {
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

    fn long(&mut self, row: &'static OpInfo, word: u32) -> Result<Inst> {
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

    fn packed(&mut self, row: &'static OpInfo, word: u32) -> Result<Inst> {
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

    fn interpolate(&mut self, row: &'static OpInfo, word: u32) -> Result<Inst> {
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

    fn dual(&mut self, index: &Index, word: u32) -> Result<Packet> {
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

    fn lds_direct(&mut self, row: &'static OpInfo, word: u32) -> Result<Inst> {
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

    fn ds(&mut self, row: &'static OpInfo, word: u32) -> Result<Inst> {
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

    fn smem(&mut self, row: &'static OpInfo, word: u32) -> Result<Inst> {
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
                _ => Operand::Sgpr(Sreg(sdata as u8)),
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

    fn buffer(&mut self, row: &'static OpInfo, word: u32) -> Result<Inst> {
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

    fn flat(&mut self, row: &'static OpInfo, word: u32) -> Result<Inst> {
        let (second, third) = (self.word(1), self.word(2));
        let mut mods = Mods::default();
        let (vdst, vaddr, data, saddr, sve);
        match self.gen {
            Gen::Gfx11 => {
                // FLAT's offset is unsigned, its top bit unused.
                mods.offset = match row.format {
                    Format::Flat => bits(word, 0, 12) as i32,
                    _ => signed(word, 0, 13),
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

impl OpInfo {
    /// Whether a 16-bit immediate is a signed number rather than a bit field.
    pub fn signed_imm(&self) -> bool {
        if self.class == crate::Class::Branch {
            return true;
        }
        matches!(
            self.op,
            Op::S_MOVK_I32
                | Op::S_CMOVK_I32
                | Op::S_CMPK_EQ_I32
                | Op::S_CMPK_LG_I32
                | Op::S_CMPK_GT_I32
                | Op::S_CMPK_GE_I32
                | Op::S_CMPK_LT_I32
                | Op::S_CMPK_LE_I32
                | Op::S_ADDK_I32
                | Op::S_MULK_I32
                | Op::S_BARRIER_WAIT
        )
    }
}
