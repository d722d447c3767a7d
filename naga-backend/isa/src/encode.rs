//! From an [`Inst`] to dwords.
//!
//! Every format is a fixed arrangement of fields; what varies is which operand goes into which
//! field. For the vector formats that is worked out once ([`Fields`]) and shared by the base, the
//! 64-bit and the DPP forms. Fields that an instruction does not use are zero, as LLVM has them.

use arrayvec::ArrayVec;

use crate::{
    code::{self, DPP16, DPP8, DPP8_FI, LITERAL, NULL, VGPR},
    Class, Dpp, EncodeError, Form, Format, Gen, Implicit, Inst, Kind, Mods, Op, OpInfo, Operand,
    OperandInfo, Packet, Role, Sreg, Ty,
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
        Packet::Dual { x, y } => dual(x, y, gen, out),
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

impl OpInfo {
    /// Whether the instruction exists in `form` on `gen`.
    pub fn has_form(&self, form: Form, gen: Gen) -> bool {
        let Some(opcode) = self.opcode(gen) else {
            return false;
        };
        let short = matches!(self.format, Format::Vop1 | Format::Vop2 | Format::Vopc);
        let e64_only = self.format == Format::Vop2 && opcode > 0xff;
        let literal = self
            .operands
            .iter()
            .any(|operand| operand.kind == Kind::Literal);
        let e64 = short && !literal && !self.implicit.contains(Implicit::NO_E64);
        let dpp = !self.implicit.contains(Implicit::NO_DPP)
            && !literal
            && !self.operands.is_empty()
            && self.operands.iter().all(|operand| operand.dwords == 1)
            && match self.format {
                Format::Vop1 | Format::Vop2 | Format::Vopc | Format::Vop3 | Format::Vop3Sd => true,
                Format::Vop3p => matches!(self.operands[0].ty, Ty::F32 | Ty::Lo16 | Ty::Hi16),
                _ => false,
            };
        match form {
            Form::Base => self.format != Format::Vopd && !e64_only,
            Form::E64 => e64,
            Form::Dpp16 | Form::Dpp8 => short && dpp && !e64_only,
            Form::E64Dpp16 | Form::E64Dpp8 => dpp && (e64 || !short),
            Form::Vopd => self.format == Format::Vopd,
        }
    }

    /// Whether `mods` asks for nothing that the 64-bit form of this row does not do; what it
    /// does not do is named as in assembler text.
    pub(crate) fn unsupported(&self, mods: &Mods) -> Option<&'static str> {
        if self.format == Format::Vop3p {
            // Low and high negation double as signedness and absolute value.
            return (mods.omod != 0).then_some("an output multiplier");
        }
        let number = |ty: Ty| matches!(ty, Ty::F16 | Ty::Bf16 | Ty::F32 | Ty::F64);
        let mut sources = 0;
        for (i, info) in self.sources().enumerate() {
            sources |= u8::from(info.ty.is_float() && info.kind != Kind::Mask) << i;
        }
        let vop3sd = self.is_vop3sd();
        if mods.neg & !sources != 0 {
            return Some("negation");
        }
        if mods.abs & !sources != 0 || (vop3sd && mods.abs != 0) {
            return Some("an absolute value");
        }
        if vop3sd && mods.op_sel != 0 {
            return Some("op_sel");
        }
        let result = self.operands.first().filter(|info| info.role != Role::Use);
        let output = result.is_some_and(|info| number(info.ty))
            && !self.implicit.contains(Implicit::NO_OMOD);
        if mods.omod != 0 && !output {
            return Some("an output multiplier");
        }
        // A floating-point compare's clamp bit makes it signal on quiet NaNs.
        let compare = self.format == Format::Vopc
            && self
                .operands
                .iter()
                .all(|info| number(info.ty) || info.kind == Kind::Mask);
        if mods.clamp && !output && !compare && !self.implicit.contains(Implicit::CLAMP) {
            return Some("clamp");
        }
        None
    }

    /// The columns that stand in the source fields of the vector formats, in order.
    pub(crate) fn sources(&self) -> impl Iterator<Item = &'static OperandInfo> + Clone {
        self.source_indices().map(|i| &self.operands[i])
    }

    /// Where they stand among the operands.
    pub(crate) fn source_indices(&self) -> impl Iterator<Item = usize> + Clone {
        self.operands
            .iter()
            .enumerate()
            .filter_map(|(i, info)| match info.kind {
                Kind::Literal | Kind::Imm => None,
                Kind::Mask if info.role == Role::Def => None,
                _ if i == 0 && info.role != Role::Use => None,
                _ => Some(i),
            })
    }

    /// Whether the 64-bit form has a scalar destination field in place of `abs` and `op_sel`.
    pub(crate) fn is_vop3sd(&self) -> bool {
        self.operands
            .get(1)
            .is_some_and(|info| info.kind == Kind::Mask && info.role == Role::Def)
    }

    /// Scalar values that one instruction may read. 64-bit shifts have one port less.
    pub(crate) fn constant_bus(&self) -> usize {
        match self.op {
            Op::V_LSHLREV_B64 | Op::V_LSHRREV_B64 | Op::V_ASHRREV_I64 => 1,
            _ => 2,
        }
    }
}

struct Encoder<'a> {
    inst: &'a Inst,
    row: &'static OpInfo,
    gen: Gen,
    opcode: u32,
}

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
            _ => self.bad(index, "a scalar register"),
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
            _ => self.bad(index, "a vector register"),
        }
    }

    fn imm(&self, index: usize, field: &'static str, min: i64, max: i64) -> Result<u32> {
        match self.inst.operands[index] {
            Operand::Imm(value) => self.range(field, i64::from(value), min, max),
            _ => self.bad(index, "an immediate"),
        }
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
            _ => self.bad(index, "a scalar register, constant or literal"),
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

    fn scalar(&self, out: &mut Vec<u32>) -> Result {
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
                Kind::Literal => match self.inst.operands[i] {
                    Operand::Literal(value) => {
                        merge_literal(self.inst.op, &mut literal, value)?;
                    }
                    _ => return self.bad(i, "a literal"),
                },
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

    /// An optional scalar register; `off` is `null`.
    fn sgpr_or_off(&self, index: usize) -> Result<u32> {
        match self.inst.operands[index] {
            Operand::Off => Ok(u32::from(NULL)),
            Operand::Sgpr(Sreg::NULL) => self.bad(index, "`off` for no register"),
            _ => self.sgpr(index).map(u32::from),
        }
    }

    fn smem(&self, out: &mut Vec<u32>) -> Result {
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

    /// Distributes the operands over the fields of a vector format.
    fn fields(&self) -> Result<Fields> {
        let mut f = Fields::default();
        let mut scalars: ArrayVec<u16, 5> = ArrayVec::new();
        if self.row.implicit.contains(Implicit::READ_VCC) {
            scalars.push(u16::from(Sreg::VCC_LO.0));
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
                    scalars.push(LITERAL);
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
            let is_scalar = matches!(code, 0..=127 | 235..=239 | 253 | LITERAL);
            if is_scalar && code != u16::from(NULL) {
                scalars.push(code);
            }
            f.src.push(code);
        }
        // Lane selectors come over another path.
        let limit = self.row.constant_bus();
        scalars.sort_unstable();
        let distinct = scalars
            .iter()
            .enumerate()
            .filter(|&(i, s)| i == 0 || scalars[i - 1] != *s);
        let got = distinct.count();
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

    fn vector(&self, out: &mut Vec<u32>) -> Result {
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
        let opcode = match self.row.format {
            Format::Vop1 => 0x180 + self.opcode,
            Format::Vop2 if self.opcode <= 0xff => 0x100 + self.opcode,
            _ => self.opcode,
        } << 16;
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

    fn lds_direct(&self, out: &mut Vec<u32>) -> Result {
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

    fn ds(&self, out: &mut Vec<u32>) -> Result {
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

    fn buffer(&self, out: &mut Vec<u32>) -> Result {
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

    fn flat(&self, out: &mut Vec<u32>) -> Result {
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

/// The sources of one half of a dual instruction.
struct Half {
    opcode: u32,
    dst: u32,
    src0: u16,
    src1: Option<u8>,
    /// Accumulator of `v_dual_fmac_f32` and the dot products.
    src2: Option<u8>,
}

fn half<'a>(
    inst: &'a Inst,
    gen: Gen,
    literal: &mut Option<u32>,
    scalars: &mut ArrayVec<u16, 6>,
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
    let src0 = match inst.operands[1] {
        Operand::Vgpr(v) => VGPR + u16::from(v),
        _ => at.scalar_source(1, literal)?,
    };
    let is_scalar = matches!(src0, 0..=127 | 235..=239 | 253 | LITERAL);
    if is_scalar && src0 != u16::from(NULL) {
        scalars.push(src0);
    }
    if row.implicit.contains(Implicit::READ_VCC) {
        scalars.push(u16::from(Sreg::VCC_LO.0));
    }
    let mut src1 = None;
    for (i, info) in row.operands.iter().enumerate().skip(2) {
        match (info.kind, inst.operands[i]) {
            (Kind::Literal, Operand::Literal(value)) => {
                merge_literal(op, literal, value)?;
                scalars.push(LITERAL);
            }
            (Kind::Literal, _) => return at.bad(i, "a literal"),
            _ => src1 = Some(at.vgpr(i)? as u8),
        }
    }
    let src2 = (row.operands[0].role == Role::DefUse).then_some(dst as u8);
    Ok(Half {
        opcode: at.opcode,
        dst,
        src0,
        src1,
        src2,
    })
}

fn dual(x: &Inst, y: &Inst, gen: Gen, out: &mut Vec<u32>) -> Result {
    let broken = |rule| {
        Err(EncodeError::Dual {
            x: x.op,
            y: y.op,
            rule,
        })
    };
    let (mut literal, mut scalars) = (None, ArrayVec::new());
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
        if banks(p.into(), q.into()) {
            return broken("both second sources are in the same register bank");
        }
    }
    if let (Some(p), Some(q)) = (a.src2, b.src2) {
        if p & 1 == q & 1 {
            return broken("both accumulators are even or both odd");
        }
    }
    scalars.sort_unstable();
    let distinct = scalars
        .iter()
        .enumerate()
        .filter(|&(i, s)| i == 0 || scalars[i - 1] != *s);
    let got = distinct.count();
    if got > 2 {
        return Err(EncodeError::ConstantBus {
            op: x.op,
            got,
            limit: 2,
        });
    }
    let src1 = |h: &Half| u32::from(h.src1.unwrap_or(0)) << 9;
    out.push(0xc800_0000 | a.opcode << 22 | b.opcode << 17 | src1(&a) | u32::from(a.src0));
    out.push(a.dst << 24 | (b.dst >> 1) << 17 | src1(&b) | u32::from(b.src0));
    out.extend(literal);
    Ok(())
}
