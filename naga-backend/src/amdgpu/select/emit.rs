//! Emitting machine IR: operands made legal, constants placed.

use rdna_isa::{Kind, Mods, Op, Operand, Role};
use smallvec::SmallVec;

use super::*;
use crate::amdgpu::mir::{Arg, Inst, Opcode};

/// An inline operand for -1, 0, 1 and the like, without thought of the operand's type.
pub(super) fn int(value: i32) -> Src {
    Src::Bits(value as u32)
}

impl Select<'_> {
    pub(super) fn inst(&mut self, inst: Inst) {
        self.f.blocks[self.cur].insts.push(inst);
    }

    pub(super) fn new_s(&mut self) -> VReg {
        self.f.vreg(Bank::S)
    }

    pub(super) fn new_v(&mut self) -> VReg {
        self.f.vreg(Bank::V)
    }

    pub(super) fn new_regs(&mut self, bank: Bank, n: usize) -> Regs {
        (0..n).map(|_| self.f.vreg(bank)).collect()
    }

    /// As an operand of a 32-bit operation.
    pub(super) fn arg(&self, s: Src) -> Arg {
        match s {
            Src::Reg(r) => r.into(),
            Src::Bits(b) => Arg::Fixed(Operand::bits32(b)),
            Src::Fixed(o) => Arg::Fixed(o),
        }
    }

    /// As an operand of the type that the n-th source of an instruction has.
    fn typed_arg(&self, s: Src, ty: rdna_isa::Ty) -> Arg {
        let Src::Bits(bits) = s else {
            return self.arg(s);
        };
        use rdna_isa::Ty;
        Arg::Fixed(match ty {
            Ty::F16 | Ty::Bf16 | Ty::PkF16 => half_operand(bits as u16),
            Ty::I16 | Ty::U16 | Ty::B16 | Ty::Pk16 => Operand::int(bits as u16 as i16 as i32),
            // Inline float constants of a 64-bit integer operand are not what a 32-bit one reads.
            Ty::B64 | Ty::I64 | Ty::U64 | Ty::F64 => Operand::int(bits as i32),
            Ty::B32 | Ty::I32 | Ty::U32 | Ty::F32 | Ty::PkBf16 => Operand::bits32(bits),
            Ty::B8 | Ty::Lo16 | Ty::Hi16 | Ty::Mask => Operand::bits32(bits),
            Ty::B96 | Ty::B128 | Ty::B256 | Ty::B512 => Operand::bits32(bits),
        })
    }

    /// A copy of several registers at once.
    pub(super) fn copies(&mut self, pairs: &[(VReg, Src)]) {
        let pairs: Vec<(VReg, Src)> = pairs
            .iter()
            .copied()
            .filter(|&(d, s)| s != Src::Reg(d))
            .collect();
        if pairs.is_empty() {
            return;
        }
        let defs: Vec<Arg> = pairs.iter().map(|&(d, _)| d.into()).collect();
        let uses: Vec<Arg> = pairs.iter().map(|&(_, s)| self.arg(s)).collect();
        self.inst(Inst::pseudo(Opcode::Copy, &defs, &uses));
    }

    /// A fresh register of a bank with this content; never for vector to scalar.
    pub(super) fn copy(&mut self, bank: Bank, s: Src) -> VReg {
        let d = self.f.vreg(bank);
        self.copies(&[(d, s)]);
        d
    }

    /// In a vector register, the same one if it is in one already.
    pub(super) fn in_v(&mut self, s: Src) -> VReg {
        match s {
            Src::Reg(r) if self.f.vregs[r] == Bank::V => r,
            Src::Reg(_) | Src::Bits(_) | Src::Fixed(_) => self.copy(Bank::V, s),
        }
    }

    /// In a scalar register: of the first active lane, if it is in a vector register.
    pub(super) fn in_s(&mut self, s: Src) -> VReg {
        match self.scalar(s) {
            Src::Reg(r) => r,
            other @ (Src::Bits(_) | Src::Fixed(_)) => self.copy(Bank::S, other),
        }
    }

    /// A scalar source: of the first active lane, if it is in a vector register.
    pub(super) fn scalar(&mut self, s: Src) -> Src {
        match s {
            Src::Reg(r) if self.f.vregs[r] == Bank::V => {
                let d = self.new_s();
                self.inst(Inst::new(Op::V_READFIRSTLANE_B32, &[d.into()], &[r.into()]));
                Src::Reg(d)
            }
            Src::Reg(_) | Src::Bits(_) | Src::Fixed(_) => s,
        }
    }

    /// Distinct fresh vector registers for a group operand, copied together.
    pub(super) fn group(&mut self, sources: &[Src]) -> Regs {
        let regs = self.new_regs(Bank::V, sources.len());
        let pairs: Vec<(VReg, Src)> = regs.iter().copied().zip(sources.iter().copied()).collect();
        self.copies(&pairs);
        regs
    }

    /// The same in scalar registers; sources must be scalar.
    pub(super) fn scalar_group(&mut self, sources: &[Src]) -> Regs {
        let regs = self.new_regs(Bank::S, sources.len());
        let pairs: Vec<(VReg, Src)> = regs.iter().copied().zip(sources.iter().copied()).collect();
        self.copies(&pairs);
        regs
    }

    /// A scalar instruction with one single-register result.
    pub(super) fn s_op(&mut self, op: Op, sources: &[Src]) -> VReg {
        let d = self.new_s();
        self.s_inst(op, &[d.into()], sources);
        d
    }

    /// A scalar instruction. At most one literal is allowed.
    pub(super) fn s_inst(&mut self, op: Op, defs: &[Arg], sources: &[Src]) {
        let mut literal: Option<u32> = None;
        let mut uses: SmallVec<[Arg; 4]> = SmallVec::new();
        for &s in sources {
            let s = self.scalar(s);
            let mut arg = self.arg(s);
            if let Arg::Fixed(Operand::Literal(bits)) = arg {
                if literal.is_some_and(|l| l != bits) {
                    arg = self.copy(Bank::S, s).into();
                }
                literal = Some(bits);
            }
            uses.push(arg);
        }
        self.inst(Inst::new(op, defs, &uses));
    }

    /// A scalar compare: the result is in SCC.
    pub(super) fn s_cmp(&mut self, op: Op, a: Src, b: Src) {
        self.s_inst(op, &[], &[a, b]);
    }

    /// A vector instruction with one single-register result.
    pub(super) fn v_op(&mut self, op: Op, sources: &[Src]) -> VReg {
        self.v_mods(op, sources, super::super::mir::default_mods(op))
    }

    /// The same with modifiers.
    pub(super) fn v_mods(&mut self, op: Op, sources: &[Src], mods: Mods) -> VReg {
        let d = self.new_v();
        let sources: SmallVec<[SrcGroup; 3]> = sources.iter().map(|&s| SrcGroup::One(s)).collect();
        self.v_inst(op, &[d.into()], &sources, mods);
        d
    }

    /// A vector compare; the mask has zeros in inactive lanes.
    pub(super) fn v_cmp(&mut self, op: Op, a: Src, b: Src) -> VReg {
        let d = self.new_s();
        self.v_inst(
            op,
            &[d.into()],
            &[SrcGroup::One(a), SrcGroup::One(b)],
            Mods::default(),
        );
        d
    }

    /// A vector instruction, its sources made legal: at most two scalar values (one for 64-bit
    /// shifts), at most one literal, vector registers where the row wants them.
    pub(super) fn v_inst(&mut self, op: Op, defs: &[Arg], sources: &[SrcGroup], mods: Mods) {
        let info = op.info();
        let rows: SmallVec<[&rdna_isa::OperandInfo; 4]> = info
            .operands
            .iter()
            .filter(|o| o.role == Role::Use)
            .collect();
        let shift64 = matches!(
            op,
            Op::V_LSHLREV_B64 | Op::V_LSHRREV_B64 | Op::V_ASHRREV_I64
        );
        let limit = if shift64 { 1 } else { 2 };
        let mut scalars: SmallVec<[Arg; 4]> = SmallVec::new();
        let mut literal: Option<u32> = None;
        let mut uses: SmallVec<[Arg; 4]> = SmallVec::new();
        // A mask cannot move to a vector register: it counts first.
        for (row, source) in rows.iter().zip(sources) {
            if let (Kind::Mask, SrcGroup::One(mask)) = (row.kind, source) {
                let mask = self.typed_arg(*mask, row.ty);
                scalars.extend(self.takes_scalar(&mask).then_some(mask));
            }
        }
        for (n, source) in sources.iter().enumerate() {
            let (kind, ty) = match rows.get(n) {
                Some(row) => (row.kind, row.ty),
                None => (Kind::Src, rdna_isa::Ty::B32),
            };
            let mut arg = match source {
                SrcGroup::One(s) => self.typed_arg(*s, ty),
                SrcGroup::Many(regs) => Arg::Regs(regs.clone()),
            };
            let to_vector = match (&arg, kind) {
                (_, Kind::Mask | Kind::Imm | Kind::Literal) => false,
                (Arg::Regs(r), Kind::Vgpr) => self.f.vregs[r[0]] == Bank::S,
                (Arg::Fixed(o), Kind::Vgpr) => {
                    !matches!(o, Operand::Vgpr(_) | Operand::Vgpr16 { .. })
                }
                (Arg::Fixed(Operand::Literal(bits)), _) => {
                    let another = literal.is_some_and(|l| l != *bits);
                    // VOP3P takes no literal of 16-bit pairs that is not the same in both halves;
                    // a 64-bit integer literal would be extended.
                    let long = is_wide(ty) && ty != rdna_isa::Ty::F64;
                    another || long
                }
                _ => false,
            };
            let is_scalar = self.takes_scalar(&arg);
            let over = is_scalar
                && kind != Kind::Imm
                && kind != Kind::Literal
                && !scalars.contains(&arg)
                && scalars.len() >= limit;
            if to_vector || over {
                arg = match (source, &arg) {
                    (SrcGroup::One(_), Arg::Fixed(constant)) if is_wide(ty) => {
                        let [lo, hi] = wide_constant(*constant, ty).map(Src::Bits);
                        Arg::Regs(self.group(&[lo, hi]))
                    }
                    (SrcGroup::One(s), _) => self.copy(Bank::V, *s).into(),
                    (SrcGroup::Many(regs), _) => {
                        let parts: Vec<Src> = regs.iter().map(|&r| Src::Reg(r)).collect();
                        Arg::Regs(self.group(&parts))
                    }
                };
            } else if is_scalar && kind != Kind::Imm && kind != Kind::Literal {
                if let Arg::Fixed(Operand::Literal(bits)) = arg {
                    literal = Some(bits);
                }
                if !scalars.contains(&arg) {
                    scalars.push(arg.clone());
                }
            }
            uses.push(arg);
        }
        let mut inst = Inst::new(op, defs, &uses);
        inst.mods = mods;
        self.inst(inst);
    }

    /// Whether a vector instruction reads it as a scalar value, of which it can take few.
    fn takes_scalar(&self, arg: &Arg) -> bool {
        match arg {
            Arg::Regs(r) => self.f.vregs[r[0]] == Bank::S,
            Arg::Pinned(v, _) => self.f.vregs[*v] == Bank::S,
            Arg::Fixed(Operand::Sgpr(s)) => *s != rdna_isa::Sreg::NULL,
            Arg::Fixed(Operand::Literal(_) | Operand::Special(_)) => true,
            Arg::Fixed(_) => false,
        }
    }

    /// Two dwords of a 64-bit value as an operand of a vector instruction: a fresh pair, except
    /// for small integer constants.
    pub(super) fn pair(&mut self, v: Value) -> SrcGroup {
        let (lo, hi) = (self.word(v, 0), self.word(v, 1));
        self.pair_of(lo, hi)
    }

    /// The same for two sources.
    pub(super) fn pair_of(&mut self, lo: Src, hi: Src) -> SrcGroup {
        if let (Src::Bits(l), Src::Bits(h)) = (lo, hi) {
            let value = (u64::from(h) << 32 | u64::from(l)) as i64;
            if (-16..=64).contains(&value) {
                return SrcGroup::One(Src::Fixed(Operand::int(value as i32)));
            }
        }
        SrcGroup::Many(self.group(&[lo, hi]))
    }

    /// A vector instruction with a 64-bit result.
    pub(super) fn v_op64(&mut self, op: Op, sources: &[SrcGroup]) -> Regs {
        let d = self.new_regs(Bank::V, 2);
        self.v_inst(op, &[Arg::Regs(d.clone())], sources, Mods::default());
        d
    }

    /// Mask from SCC: all ones or all zeros.
    pub(super) fn mask_from_scc(&mut self) -> VReg {
        self.s_op(Op::S_CSELECT_B32, &[int(-1), int(0)])
    }
}

/// A source of one or several registers.
#[derive(Clone, Debug)]
pub(super) enum SrcGroup {
    One(Src),
    Many(Regs),
}

impl From<Src> for SrcGroup {
    fn from(s: Src) -> SrcGroup {
        SrcGroup::One(s)
    }
}

impl From<VReg> for SrcGroup {
    fn from(v: VReg) -> SrcGroup {
        SrcGroup::One(Src::Reg(v))
    }
}

/// Whether an operand of this type is two dwords.
fn is_wide(ty: rdna_isa::Ty) -> bool {
    use rdna_isa::Ty;
    matches!(ty, Ty::B64 | Ty::I64 | Ty::U64 | Ty::F64)
}

/// The dwords that a constant stands for in an operand of two: a literal is the upper half of a
/// float and the lower one of an integer.
fn wide_constant(constant: Operand, ty: rdna_isa::Ty) -> [u32; 2] {
    let float = ty == rdna_isa::Ty::F64;
    let extended = |n: i32| [n as u32, (n >> 31) as u32];
    match constant {
        Operand::Literal(bits) if float => [0, bits],
        Operand::Literal(bits) => extended(bits as i32),
        Operand::Inline(code @ 128..=192) => extended(i32::from(code) - 128),
        Operand::Inline(code @ 193..=208) => extended(192 - i32::from(code)),
        Operand::Inline(code) => {
            let value: f64 = match code {
                240 => 0.5,
                241 => -0.5,
                242 => 1.0,
                243 => -1.0,
                244 => 2.0,
                245 => -2.0,
                246 => 4.0,
                247 => -4.0,
                _ => std::f64::consts::FRAC_1_PI / 2.0,
            };
            let bits = value.to_bits();
            [bits as u32, (bits >> 32) as u32]
        }
        Operand::Vgpr(_)
        | Operand::Vgpr16 { .. }
        | Operand::Sgpr(_)
        | Operand::Special(_)
        | Operand::Imm(_)
        | Operand::Off => [0, 0],
    }
}

/// A source of a half-precision operand: the inline float constants are halves there.
fn half_operand(bits: u16) -> Operand {
    let inline = match bits {
        0x3800 => 240,
        0xb800 => 241,
        0x3c00 => 242,
        0xbc00 => 243,
        0x4000 => 244,
        0xc000 => 245,
        0x4400 => 246,
        0xc400 => 247,
        0x3118 => 248,
        0..=64 => return Operand::int(bits.into()),
        _ => return Operand::Literal(bits.into()),
    };
    Operand::Inline(inline)
}
