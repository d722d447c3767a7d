//! Floating point.
//!
//! The f32 transcendental instructions err by at most one ULP and may flush subnormals, both within
//! WGSL's bounds; f16 ones go through f32, where they are exact enough; f64 has division and roots
//! by refinement.

use rdna_isa::{Mods, Op};

use super::emit::{int, SrcGroup};
use super::*;
use crate::amdgpu::mir::{default_mods, Arg};

/// A source with its input modifiers.
#[derive(Clone, Copy)]
struct Modified {
    value: Value,
    neg: bool,
    abs: bool,
}

impl Select<'_> {
    /// Takes negations and absolute values off a value.
    fn modified(&self, v: Value) -> Modified {
        let mut out = Modified {
            value: v,
            neg: false,
            abs: false,
        };
        loop {
            if let Some(x) = self.unary_def(out.value, UnaryOp::FNeg) {
                // Below an absolute value a sign does not matter.
                out.neg ^= !out.abs;
                out.value = x;
            } else if let Some(x) = self.unary_def(out.value, UnaryOp::FAbs) {
                out.abs = true;
                out.value = x;
            } else {
                return out;
            }
        }
    }

    /// An instruction over floats of one type, modifiers folded in.
    fn float_op(&mut self, op: Op, args: &[Value]) -> Regs {
        let mut mods = default_mods(op);
        let mut sources = Vec::with_capacity(args.len());
        for (n, &arg) in args.iter().enumerate() {
            let m = self.modified(arg);
            mods.neg |= (m.neg as u8) << n;
            mods.abs |= (m.abs as u8) << n;
            sources.push(self.float_source(m.value));
        }
        let n = words(self.ty(args[0]));
        let d = self.new_regs(Bank::V, n);
        self.v_inst(op, &[Arg::Regs(d.clone())], &sources, mods);
        d
    }

    fn float_source(&mut self, v: Value) -> SrcGroup {
        if self.ty(v) != Type::F64 {
            return self.src(v).into();
        }
        match self.kernel.constant(v) {
            Some(bits) => self.double(bits),
            None => self.pair(v),
        }
    }

    pub(super) fn float_unary(&mut self, data: &InstData, op: UnaryOp) -> Result<(), Error> {
        let v = data.args[0];
        let ty = self.ty(v);
        let pick = |h: Op, s: Op, d: Op| match ty {
            Type::F16 => h,
            Type::F64 => d,
            Type::Bool | Type::I16 | Type::I32 | Type::I64 | Type::F32 => s,
        };
        let row = match op {
            UnaryOp::FNeg | UnaryOp::FAbs => return self.sign(data, op),
            UnaryOp::Floor => pick(Op::V_FLOOR_F16, Op::V_FLOOR_F32, Op::V_FLOOR_F64),
            UnaryOp::Ceil => pick(Op::V_CEIL_F16, Op::V_CEIL_F32, Op::V_CEIL_F64),
            UnaryOp::Trunc => pick(Op::V_TRUNC_F16, Op::V_TRUNC_F32, Op::V_TRUNC_F64),
            UnaryOp::RoundEven => pick(Op::V_RNDNE_F16, Op::V_RNDNE_F32, Op::V_RNDNE_F64),
            UnaryOp::Fract => pick(Op::V_FRACT_F16, Op::V_FRACT_F32, Op::V_FRACT_F64),
            UnaryOp::FrexpMant => pick(
                Op::V_FREXP_MANT_F16,
                Op::V_FREXP_MANT_F32,
                Op::V_FREXP_MANT_F64,
            ),
            UnaryOp::Sqrt
            | UnaryOp::Rsqrt
            | UnaryOp::Rcp
            | UnaryOp::Exp2
            | UnaryOp::Log2
            | UnaryOp::Sin
            | UnaryOp::Cos => return self.transcendental(data, op),
            UnaryOp::Not
            | UnaryOp::INeg
            | UnaryOp::IAbs
            | UnaryOp::PopCount
            | UnaryOp::Clz
            | UnaryOp::Ctz
            | UnaryOp::BitReverse => return self.internal("integer operation on a float"),
        };
        let d = self.float_op(row, &[v]);
        self.set(data, &d);
        Ok(())
    }

    /// Sign bit operations, which leave NaNs alone.
    fn sign(&mut self, data: &InstData, op: UnaryOp) -> Result<(), Error> {
        let v = data.args[0];
        let (flip, keep) = match self.ty(v) {
            Type::F16 => (0x8000, 0x7fff),
            Type::Bool | Type::I16 | Type::I32 | Type::I64 | Type::F32 | Type::F64 => {
                (0x8000_0000, 0x7fff_ffff)
            }
        };
        let last = words(self.ty(v)) - 1;
        let x = self.word(v, last);
        let high = if op == UnaryOp::FNeg {
            self.v_op(Op::V_XOR_B32, &[Src::Bits(flip), x])
        } else {
            self.v_op(Op::V_AND_B32, &[Src::Bits(keep), x])
        };
        if last == 1 {
            let low = self.word(v, 0);
            let low = self.in_v(low);
            self.set(data, &[low, high]);
        } else {
            self.set(data, &[high]);
        }
        Ok(())
    }

    fn transcendental(&mut self, data: &InstData, op: UnaryOp) -> Result<(), Error> {
        let v = data.args[0];
        let ty = self.ty(v);
        if ty == Type::F64 {
            return self.transcendental64(data, op);
        }
        let m = self.modified(v);
        let mut x = self.src(m.value);
        let mut mods = Mods {
            neg: m.neg as u8,
            abs: m.abs as u8,
            ..Mods::default()
        };
        if ty == Type::F16 {
            x = self.v_mods(Op::V_CVT_F32_F16, &[x], mods).into();
            mods = Mods::default();
        }
        let d = match op {
            UnaryOp::Sin | UnaryOp::Cos => {
                // The instructions count in turns and want no more than 256 of them.
                let turns = self.v_mods(Op::V_MUL_F32, &[x, Src::Bits(0x3e22_f983)], mods);
                let turns = self.v_op(Op::V_FRACT_F32, &[turns.into()]);
                let wave = if op == UnaryOp::Sin {
                    Op::V_SIN_F32
                } else {
                    Op::V_COS_F32
                };
                self.v_op(wave, &[turns.into()])
            }
            UnaryOp::Sqrt => self.v_mods(Op::V_SQRT_F32, &[x], mods),
            UnaryOp::Rsqrt => self.v_mods(Op::V_RSQ_F32, &[x], mods),
            UnaryOp::Rcp => self.v_mods(Op::V_RCP_F32, &[x], mods),
            UnaryOp::Exp2 => self.v_mods(Op::V_EXP_F32, &[x], mods),
            UnaryOp::Log2 => self.v_mods(Op::V_LOG_F32, &[x], mods),
            UnaryOp::Not
            | UnaryOp::INeg
            | UnaryOp::IAbs
            | UnaryOp::PopCount
            | UnaryOp::Clz
            | UnaryOp::Ctz
            | UnaryOp::BitReverse
            | UnaryOp::FNeg
            | UnaryOp::FAbs
            | UnaryOp::Floor
            | UnaryOp::Ceil
            | UnaryOp::Trunc
            | UnaryOp::RoundEven
            | UnaryOp::Fract
            | UnaryOp::FrexpMant => return self.internal("not a transcendental operation"),
        };
        let d = if ty == Type::F16 {
            self.v_op(Op::V_CVT_F16_F32, &[d.into()])
        } else {
            d
        };
        self.set(data, &[d]);
        Ok(())
    }

    fn f64_op(&mut self, op: Op, sources: &[SrcGroup], neg: u8) -> SrcGroup {
        let d = self.new_regs(Bank::V, 2);
        let mods = Mods {
            neg,
            ..Mods::default()
        };
        self.v_inst(op, &[Arg::Regs(d.clone())], sources, mods);
        SrcGroup::Many(d)
    }

    fn transcendental64(&mut self, data: &InstData, op: UnaryOp) -> Result<(), Error> {
        let x = self.float_source(data.args[0]);
        let out = match op {
            UnaryOp::Rcp => {
                let one = self.double(0x3ff0_0000_0000_0000);
                self.divide64(one, x)
            }
            UnaryOp::Sqrt => self.sqrt64(x),
            UnaryOp::Rsqrt => {
                let root = self.sqrt64(x);
                let one = self.double(0x3ff0_0000_0000_0000);
                self.divide64(one, root)
            }
            UnaryOp::Exp2 | UnaryOp::Log2 | UnaryOp::Sin | UnaryOp::Cos => {
                return self.unsupported("this mathematical function of f64")
            }
            UnaryOp::Not
            | UnaryOp::INeg
            | UnaryOp::IAbs
            | UnaryOp::PopCount
            | UnaryOp::Clz
            | UnaryOp::Ctz
            | UnaryOp::BitReverse
            | UnaryOp::FNeg
            | UnaryOp::FAbs
            | UnaryOp::Floor
            | UnaryOp::Ceil
            | UnaryOp::Trunc
            | UnaryOp::RoundEven
            | UnaryOp::Fract
            | UnaryOp::FrexpMant => return self.internal("not a transcendental operation"),
        };
        self.set_group(data, &out);
        Ok(())
    }

    fn set_group(&mut self, data: &InstData, group: &SrcGroup) {
        if let SrcGroup::Many(regs) = group {
            let regs = regs.clone();
            self.set(data, &regs);
        }
    }

    /// Goldschmidt's iteration on an estimate of 1/√x, for x scaled away from the subnormals.
    fn sqrt64(&mut self, x: SrcGroup) -> SrcGroup {
        let half = self.double(0x3fe0_0000_0000_0000);
        let tiny = self.double(0x1000_0000_0000_0000);
        let small = self.new_s();
        self.v_inst(
            Op::V_CMP_GT_F64,
            &[small.into()],
            &[tiny, x.clone()],
            Mods::default(),
        );
        let scale = self.v_op(Op::V_CNDMASK_B32, &[int(0), Src::Bits(256), small.into()]);
        let scaled = self.f64_op(Op::V_LDEXP_F64, &[x, scale.into()], 0);
        let y = self.f64_op(Op::V_RSQ_F64, std::slice::from_ref(&scaled), 0);
        let h0 = self.f64_op(Op::V_MUL_F64, &[y.clone(), half.clone()], 0);
        let g0 = self.f64_op(Op::V_MUL_F64, &[scaled.clone(), y], 0);
        let r0 = self.f64_op(Op::V_FMA_F64, &[h0.clone(), g0.clone(), half], 1);
        let h1 = self.f64_op(Op::V_FMA_F64, &[h0.clone(), r0.clone(), h0], 0);
        let g1 = self.f64_op(Op::V_FMA_F64, &[g0.clone(), r0, g0], 0);
        let d0 = self.f64_op(Op::V_FMA_F64, &[g1.clone(), g1.clone(), scaled.clone()], 1);
        let g2 = self.f64_op(Op::V_FMA_F64, &[d0, h1.clone(), g1], 0);
        let d1 = self.f64_op(Op::V_FMA_F64, &[g2.clone(), g2.clone(), scaled.clone()], 1);
        let g3 = self.f64_op(Op::V_FMA_F64, &[d1, h1, g2], 0);
        let back = self.v_op(Op::V_CNDMASK_B32, &[int(0), int(-128), small.into()]);
        let root = self.f64_op(Op::V_LDEXP_F64, &[g3, back.into()], 0);
        // 0, -0 and infinity are their own roots; the iteration makes NaN of them.
        let own = self.new_s();
        self.v_inst(
            Op::V_CMP_CLASS_F64,
            &[own.into()],
            &[scaled.clone(), Src::Bits(0x260).into()],
            Mods::default(),
        );
        let (SrcGroup::Many(root), SrcGroup::Many(scaled)) = (root, scaled) else {
            return half_of(self);
        };
        let regs: Regs = (0..2)
            .map(|n| {
                self.v_op(
                    Op::V_CNDMASK_B32,
                    &[root[n].into(), scaled[n].into(), own.into()],
                )
            })
            .collect();
        SrcGroup::Many(regs)
    }

    /// Correctly rounded quotient of doubles, as AMD's documents compose it.
    fn divide64(&mut self, a: SrcGroup, b: SrcGroup) -> SrcGroup {
        let one = self.double(0x3ff0_0000_0000_0000);
        let scale = |s: &mut Self, x: &SrcGroup| {
            let d = s.new_regs(Bank::V, 2);
            let mask = s.new_s();
            s.v_inst(
                Op::V_DIV_SCALE_F64,
                &[Arg::Regs(d.clone()), mask.into()],
                &[x.clone(), b.clone(), a.clone()],
                Mods::default(),
            );
            (SrcGroup::Many(d), mask)
        };
        let (den, _) = scale(self, &b);
        let (num, mask) = scale(self, &a);
        let y0 = self.f64_op(Op::V_RCP_F64, std::slice::from_ref(&den), 0);
        let e0 = self.f64_op(Op::V_FMA_F64, &[den.clone(), y0.clone(), one.clone()], 1);
        let y1 = self.f64_op(Op::V_FMA_F64, &[y0.clone(), e0, y0], 0);
        let e1 = self.f64_op(Op::V_FMA_F64, &[den.clone(), y1.clone(), one], 1);
        let y2 = self.f64_op(Op::V_FMA_F64, &[y1.clone(), e1, y1], 0);
        let q = self.f64_op(Op::V_MUL_F64, &[num.clone(), y2.clone()], 0);
        let r = self.f64_op(Op::V_FMA_F64, &[den, q.clone(), num], 1);
        // v_div_fmas reads VCC without naming it.
        let vcc = self.copy(Bank::S, mask.into());
        let d = self.new_regs(Bank::V, 2);
        self.v_inst(
            Op::V_DIV_FMAS_F64,
            &[Arg::Regs(d.clone())],
            &[r, y2, q],
            Mods::default(),
        );
        self.read_vcc(vcc);
        self.f64_op(Op::V_DIV_FIXUP_F64, &[SrcGroup::Many(d), b, a], 0)
    }

    /// Makes the last instruction read a mask that must stand in VCC.
    fn read_vcc(&mut self, mask: VReg) {
        if let Some(last) = self.f.blocks[self.cur].insts.last_mut() {
            last.uses.push(Arg::Pinned(mask, rdna_isa::Sreg::VCC_LO.0));
        }
    }

    pub(super) fn float_binary(&mut self, data: &InstData, op: BinaryOp) -> Result<(), Error> {
        let (a, b) = (data.args[0], data.args[1]);
        let ty = self.ty(a);
        let pick = |h: Op, s: Op, d: Op| match ty {
            Type::F16 => h,
            Type::F64 => d,
            Type::Bool | Type::I16 | Type::I32 | Type::I64 | Type::F32 => s,
        };
        let row = match op {
            BinaryOp::FAdd => pick(Op::V_ADD_F16, Op::V_ADD_F32, Op::V_ADD_F64),
            BinaryOp::FSub if ty == Type::F64 => {
                let (a, b) = (self.float_source(a), self.float_source(b));
                let d = self.f64_op(Op::V_ADD_F64, &[a, b], 2);
                self.set_group(data, &d);
                return Ok(());
            }
            BinaryOp::FSub => pick(Op::V_SUB_F16, Op::V_SUB_F32, Op::V_ADD_F64),
            BinaryOp::FMul => pick(Op::V_MUL_F16, Op::V_MUL_F32, Op::V_MUL_F64),
            BinaryOp::FMin | BinaryOp::FMax => {
                if let Some(d) = self.three_floats(op, a, b) {
                    self.set(data, &[d]);
                    return Ok(());
                }
                if op == BinaryOp::FMin {
                    pick(Op::V_MIN_F16, Op::V_MIN_F32, Op::V_MIN_F64)
                } else {
                    pick(Op::V_MAX_F16, Op::V_MAX_F32, Op::V_MAX_F64)
                }
            }
            BinaryOp::FDiv => return self.divide(data),
            BinaryOp::FRem => return self.remainder(data),
            BinaryOp::IAdd
            | BinaryOp::ISub
            | BinaryOp::IMul
            | BinaryOp::UMulHi
            | BinaryOp::SMulHi
            | BinaryOp::UDiv
            | BinaryOp::SDiv
            | BinaryOp::URem
            | BinaryOp::SRem
            | BinaryOp::And
            | BinaryOp::Or
            | BinaryOp::Xor
            | BinaryOp::Shl
            | BinaryOp::LShr
            | BinaryOp::AShr
            | BinaryOp::SMin
            | BinaryOp::SMax
            | BinaryOp::UMin
            | BinaryOp::UMax => return self.internal("integer operation on a float"),
        };
        let d = self.float_op(row, &[a, b]);
        self.set(data, &d);
        Ok(())
    }

    /// min(min(a, b), c) and max(max(a, b), c) of f32.
    fn three_floats(&mut self, op: BinaryOp, a: Value, b: Value) -> Option<VReg> {
        if self.ty(a) != Type::F32 {
            return None;
        }
        let row = if op == BinaryOp::FMin {
            Op::V_MIN3_F32
        } else {
            Op::V_MAX3_F32
        };
        for (x, y) in [(a, b), (b, a)] {
            if let (Some((p, q)), true) = (self.binary_def(x, op), self.single(x)) {
                return Some(self.float_op(row, &[p, q, y])[0]);
            }
        }
        None
    }

    fn divide(&mut self, data: &InstData) -> Result<(), Error> {
        let (a, b) = (data.args[0], data.args[1]);
        match self.ty(a) {
            Type::F64 => {
                let (a, b) = (self.float_source(a), self.float_source(b));
                let q = self.divide64(a, b);
                self.set_group(data, &q);
            }
            Type::F16 => {
                let (n, d) = (self.single_of_half(a), self.single_of_half(b));
                let r = self.v_op(Op::V_RCP_F32, &[d.into()]);
                let q = self.v_op(Op::V_MUL_F32, &[n.into(), r.into()]);
                let q = self.v_op(Op::V_CVT_F16_F32, &[q.into()]);
                self.set(data, &[q]);
            }
            Type::Bool | Type::I16 | Type::I32 | Type::I64 | Type::F32 => {
                // One ULP from the reciprocal, doubled at worst by the numerator's significand,
                // and half from the product: 2.5.
                let m = self.modified(b);
                let d = self.src(m.value);
                let mods = Mods {
                    neg: m.neg as u8,
                    abs: m.abs as u8,
                    ..Mods::default()
                };
                let r = self.v_mods(Op::V_RCP_F32, &[d], mods);
                if self.kernel.constant(a) == Some(0x3f80_0000) {
                    self.set(data, &[r]);
                    return Ok(());
                }
                let m = self.modified(a);
                let n = self.src(m.value);
                let mods = Mods {
                    neg: m.neg as u8,
                    abs: m.abs as u8,
                    ..Mods::default()
                };
                let q = self.v_mods(Op::V_MUL_F32, &[n, r.into()], mods);
                self.set(data, &[q]);
            }
        }
        Ok(())
    }

    fn single_of_half(&mut self, v: Value) -> VReg {
        let m = self.modified(v);
        let x = self.src(m.value);
        let mods = Mods {
            neg: m.neg as u8,
            abs: m.abs as u8,
            ..Mods::default()
        };
        self.v_mods(Op::V_CVT_F32_F16, &[x], mods)
    }

    /// `a - b·trunc(a/b)`. The quotient gets a correction step, so that a whole one is not missed
    /// by the reciprocal's last bit.
    fn remainder(&mut self, data: &InstData) -> Result<(), Error> {
        let (a, b) = (data.args[0], data.args[1]);
        if self.ty(a) == Type::F64 {
            let (a, b) = (self.float_source(a), self.float_source(b));
            let q = self.divide64(a.clone(), b.clone());
            let t = self.f64_op(Op::V_TRUNC_F64, &[q], 0);
            let r = self.f64_op(Op::V_FMA_F64, &[t, b, a], 1);
            self.set_group(data, &r);
            return Ok(());
        }
        let half = self.ty(a) == Type::F16;
        let (n, d): (Src, Src) = if half {
            (self.single_of_half(a).into(), self.single_of_half(b).into())
        } else {
            (self.src(a), self.src(b))
        };
        let neg0 = Mods {
            neg: 1,
            ..Mods::default()
        };
        let r = self.v_op(Op::V_RCP_F32, &[d]);
        let q = self.v_op(Op::V_MUL_F32, &[n, r.into()]);
        let error = self.v_mods(Op::V_FMA_F32, &[q.into(), d, n], neg0);
        let better = self.v_op(Op::V_FMA_F32, &[error.into(), r.into(), q.into()]);
        let whole = self.v_op(Op::V_TRUNC_F32, &[better.into()]);
        let mut out = self.v_mods(Op::V_FMA_F32, &[whole.into(), d, n], neg0);
        if half {
            out = self.v_op(Op::V_CVT_F16_F32, &[out.into()]);
        }
        self.set(data, &[out]);
        Ok(())
    }

    pub(super) fn fma(&mut self, data: &InstData) -> Result<(), Error> {
        let row = match self.ty(data.args[0]) {
            Type::F16 => Op::V_FMA_F16,
            Type::F64 => Op::V_FMA_F64,
            Type::Bool | Type::I16 | Type::I32 | Type::I64 | Type::F32 => Op::V_FMA_F32,
        };
        let d = self.float_op(row, &data.args);
        self.set(data, &d);
        Ok(())
    }

    pub(super) fn ldexp(&mut self, data: &InstData) -> Result<(), Error> {
        let (x, n) = (data.args[0], data.args[1]);
        let exponent = self.src(n);
        let regs: Regs = match self.ty(x) {
            Type::F64 => {
                let x = self.float_source(x);
                self.v_op64(Op::V_LDEXP_F64, &[x, exponent.into()])
            }
            Type::F16 => {
                // In single precision every half times a power that matters is exact; the
                // conversion rounds once.
                let wide = self.single_of_half(x);
                let d = self.v_op(Op::V_LDEXP_F32, &[wide.into(), exponent]);
                [self.v_op(Op::V_CVT_F16_F32, &[d.into()])]
                    .as_slice()
                    .into()
            }
            Type::Bool | Type::I16 | Type::I32 | Type::I64 | Type::F32 => {
                let m = self.modified(x);
                let source = self.src(m.value);
                let mods = Mods {
                    neg: m.neg as u8,
                    abs: m.abs as u8,
                    ..Mods::default()
                };
                [self.v_mods(Op::V_LDEXP_F32, &[source, exponent], mods)]
                    .as_slice()
                    .into()
            }
        };
        self.set(data, &regs);
        Ok(())
    }

    pub(super) fn frexp_exp(&mut self, data: &InstData) -> Result<(), Error> {
        let x = data.args[0];
        let d = match self.ty(x) {
            Type::F64 => {
                let x = self.float_source(x);
                self.v_single(Op::V_FREXP_EXP_I32_F64, &[x])
            }
            Type::F16 => {
                let wide = self.single_of_half(x);
                self.v_op(Op::V_FREXP_EXP_I32_F32, &[wide.into()])
            }
            Type::Bool | Type::I16 | Type::I32 | Type::I64 | Type::F32 => {
                let x = self.src(x);
                self.v_op(Op::V_FREXP_EXP_I32_F32, &[x])
            }
        };
        self.set(data, &[d]);
        Ok(())
    }

    pub(super) fn fcmp(&mut self, data: &InstData, cc: FloatCc) -> Result<(), Error> {
        let row = match (self.ty(data.args[0]), cc) {
            (Type::F16, FloatCc::Eq) => Op::V_CMP_EQ_F16,
            (Type::F16, FloatCc::Ne) => Op::V_CMP_NEQ_F16,
            (Type::F16, FloatCc::Lt) => Op::V_CMP_LT_F16,
            (Type::F16, FloatCc::Le) => Op::V_CMP_LE_F16,
            (Type::F16, FloatCc::Gt) => Op::V_CMP_GT_F16,
            (Type::F16, FloatCc::Ge) => Op::V_CMP_GE_F16,
            (Type::F64, FloatCc::Eq) => Op::V_CMP_EQ_F64,
            (Type::F64, FloatCc::Ne) => Op::V_CMP_NEQ_F64,
            (Type::F64, FloatCc::Lt) => Op::V_CMP_LT_F64,
            (Type::F64, FloatCc::Le) => Op::V_CMP_LE_F64,
            (Type::F64, FloatCc::Gt) => Op::V_CMP_GT_F64,
            (Type::F64, FloatCc::Ge) => Op::V_CMP_GE_F64,
            (_, FloatCc::Eq) => Op::V_CMP_EQ_F32,
            (_, FloatCc::Ne) => Op::V_CMP_NEQ_F32,
            (_, FloatCc::Lt) => Op::V_CMP_LT_F32,
            (_, FloatCc::Le) => Op::V_CMP_LE_F32,
            (_, FloatCc::Gt) => Op::V_CMP_GT_F32,
            (_, FloatCc::Ge) => Op::V_CMP_GE_F32,
        };
        let mut mods = Mods::default();
        let mut sources = Vec::new();
        for (n, &arg) in data.args.iter().enumerate() {
            let m = self.modified(arg);
            mods.neg |= (m.neg as u8) << n;
            mods.abs |= (m.abs as u8) << n;
            sources.push(self.float_source(m.value));
        }
        let mask = self.new_s();
        self.v_inst(row, &[mask.into()], &sources, mods);
        self.set(data, &[mask]);
        Ok(())
    }
}

/// The answer where an operand that was just made is not a pair, which does not happen.
fn half_of(s: &mut Select) -> SrcGroup {
    s.double(0x3fe0_0000_0000_0000)
}
