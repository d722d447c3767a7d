//! 64-bit integers as pairs of registers.

use rdna_isa::{Op, Operand};

use super::emit::{int, SrcGroup};
use super::*;
use crate::amdgpu::mir::{Arg, Inst};

type Bin = BinaryOp;
/// Low and high dword.
pub(super) type Pair = [Src; 2];

fn pair(r: &Regs) -> Pair {
    [r[0].into(), r[1].into()]
}

impl Select<'_> {
    pub(super) fn words_of(&self, v: Value) -> Pair {
        [self.word(v, 0), self.word(v, 1)]
    }

    /// A 64-bit scalar operand.
    pub(super) fn scalar_pair(&mut self, v: Value) -> Arg {
        let [lo, hi] = self.words_of(v);
        if let (Src::Bits(l), Src::Bits(h)) = (lo, hi) {
            let value = (u64::from(h) << 32 | u64::from(l)) as i64;
            if (-16..=64).contains(&value) {
                return Operand::int(value as i32).into();
            }
        }
        let (lo, hi) = (self.scalar(lo), self.scalar(hi));
        Arg::Regs(self.scalar_group(&[lo, hi]))
    }

    fn pair_group(&mut self, p: Pair) -> SrcGroup {
        self.pair_of(p[0], p[1])
    }

    fn add_carry(&mut self, a: Pair, b: Pair, subtract: bool) -> Pair {
        let (first, second) = if subtract {
            (Op::V_SUB_CO_U32, Op::V_SUB_CO_CI_U32)
        } else {
            (Op::V_ADD_CO_U32, Op::V_ADD_CO_CI_U32)
        };
        let (lo, hi) = (self.new_v(), self.new_v());
        let (carry, dropped) = (self.new_s(), self.new_s());
        self.v_inst(
            first,
            &[lo.into(), carry.into()],
            &[a[0].into(), b[0].into()],
            Default::default(),
        );
        // The carry is a scalar source too.
        self.v_inst(
            second,
            &[hi.into(), dropped.into()],
            &[a[1].into(), b[1].into(), carry.into()],
            Default::default(),
        );
        [lo.into(), hi.into()]
    }

    /// `a·b + c` of two dwords and a pair.
    fn mad64(&mut self, a: Src, b: Src, c: Pair) -> Pair {
        let c = self.pair_group(c);
        let d = self.new_regs(Bank::V, 2);
        let dropped = self.new_s();
        self.v_inst(
            Op::V_MAD_U64_U32,
            &[Arg::Regs(d.clone()), dropped.into()],
            &[a.into(), b.into(), c],
            Default::default(),
        );
        if self.gen() == Gen::Gfx11 {
            // LLVM's FeatureMADIntraFwdBug: the result may not overlap a source.
            if let Some(last) = self.f.blocks[self.cur].insts.last_mut() {
                last.early_clobber = true;
            }
        }
        pair(&d)
    }

    fn mul64(&mut self, a: Pair, b: Pair) -> Pair {
        let low = self.mad64(a[0], b[0], [int(0), int(0)]);
        let mut hi = low[1];
        for (x, y) in [(a[0], b[1]), (a[1], b[0])] {
            if x == int(0) || y == int(0) {
                continue;
            }
            let cross = self.v_op(Op::V_MUL_LO_U32, &[x, y]);
            hi = self.v_op(Op::V_ADD_NC_U32, &[hi, cross.into()]).into();
        }
        [low[0], hi]
    }

    fn mul_hi64(&mut self, a: Pair, b: Pair) -> Pair {
        let carry = self.v_op(Op::V_MUL_HI_U32, &[a[0], b[0]]);
        let t1 = self.mad64(a[0], b[1], [carry.into(), int(0)]);
        let t2 = self.mad64(a[1], b[0], [t1[0], int(0)]);
        let high = self.mad64(a[1], b[1], [t1[1], int(0)]);
        self.add_carry(high, [t2[1], int(0)], false)
    }

    fn select_pair(&mut self, mask: VReg, accept: Pair, reject: Pair) -> Pair {
        [0, 1].map(|n| {
            self.v_op(Op::V_CNDMASK_B32, &[reject[n], accept[n], mask.into()])
                .into()
        })
    }

    fn by_word(&mut self, op: Op, a: Pair, b: Pair) -> Pair {
        [0, 1].map(|n| self.v_op(op, &[a[n], b[n]]).into())
    }

    fn shift(&mut self, op: Op, x: Pair, amount: Src) -> Pair {
        let x = self.pair_group(x);
        pair(&self.v_op64(op, &[amount.into(), x]))
    }

    /// The first of two where a comparison holds, otherwise the second.
    fn first_if(&mut self, compare: Op, a: Pair, b: Pair) -> Pair {
        let mask = self.compare_pair(compare, a, b);
        self.select_pair(mask, a, b)
    }

    fn compare_pair(&mut self, op: Op, a: Pair, b: Pair) -> VReg {
        let (a, b) = (self.pair_group(a), self.pair_group(b));
        let d = self.new_s();
        self.v_inst(op, &[d.into()], &[a, b], Default::default());
        d
    }

    fn in_vector(&mut self, p: Pair) -> Pair {
        p.map(|s| match s {
            Src::Bits(_) => s,
            Src::Reg(_) | Src::Fixed(_) => self.in_v(s).into(),
        })
    }

    /// Quotient and remainder, any value for divisor 0. The method of the 32-bit division with a
    /// reciprocal built from two floats and two Newton steps (LLVM's `expandDivRem64` uses the
    /// same constants).
    fn unsigned_division64(&mut self, a: Pair, b: Pair) -> (Pair, Pair) {
        let lo = self.v_op(Op::V_CVT_F32_U32, &[b[0]]);
        let hi = self.v_op(Op::V_CVT_F32_U32, &[b[1]]);
        let float = self.v_op(
            Op::V_FMA_F32,
            &[hi.into(), Src::Bits(0x4f80_0000), lo.into()],
        );
        let reciprocal = self.v_op(Op::V_RCP_IFLAG_F32, &[float.into()]);
        let scaled = self.v_op(Op::V_MUL_F32, &[Src::Bits(0x5f7f_fffc), reciprocal.into()]);
        let high = self.v_op(Op::V_MUL_F32, &[Src::Bits(0x2f80_0000), scaled.into()]);
        let high = self.v_op(Op::V_TRUNC_F32, &[high.into()]);
        let low = self.v_op(
            Op::V_FMA_F32,
            &[high.into(), Src::Bits(0xcf80_0000), scaled.into()],
        );
        let low = self.v_op(Op::V_CVT_U32_F32, &[low.into()]);
        let high = self.v_op(Op::V_CVT_U32_F32, &[high.into()]);
        let mut z: Pair = [low.into(), high.into()];
        let negative = self.add_carry([int(0), int(0)], b, true);
        for _ in 0..2 {
            let error = self.mul64(negative, z);
            let correction = self.mul_hi64(z, error);
            z = self.add_carry(z, correction, false);
        }
        let mut q = self.mul_hi64(a, z);
        let product = self.mul64(q, b);
        let mut r = self.add_carry(a, product, true);
        for _ in 0..2 {
            let more = self.compare_pair(Op::V_CMP_GE_U64, r, b);
            let q1 = self.add_carry(q, [int(1), int(0)], false);
            let r1 = self.add_carry(r, b, true);
            q = self.select_pair(more, q1, q);
            r = self.select_pair(more, r1, r);
        }
        (q, r)
    }

    /// `(x ^ s) - s` for a sign word.
    fn apply_sign(&mut self, x: Pair, sign: Src) -> Pair {
        let flipped = x.map(|w| self.v_op(Op::V_XOR_B32, &[w, sign]).into());
        self.add_carry(flipped, [sign, sign], true)
    }

    fn signed_division64(&mut self, a: Pair, b: Pair, quotient: bool) -> Pair {
        let sign =
            |s: &mut Self, x: Pair| -> Src { s.v_op(Op::V_ASHRREV_I32, &[int(31), x[1]]).into() };
        let (sign_a, sign_b) = (sign(self, a), sign(self, b));
        let (ma, mb) = (self.apply_sign(a, sign_a), self.apply_sign(b, sign_b));
        let (q, r) = self.unsigned_division64(ma, mb);
        if quotient {
            let sign = self.v_op(Op::V_XOR_B32, &[sign_a, sign_b]);
            self.apply_sign(q, sign.into())
        } else {
            self.apply_sign(r, sign_a)
        }
    }

    fn set_pair(&mut self, data: &InstData, p: Pair) {
        let regs = p.map(|s| match s {
            Src::Reg(r) => r,
            Src::Bits(_) | Src::Fixed(_) => self.in_v(s),
        });
        self.set(data, &regs);
    }

    pub(super) fn wide_unary(&mut self, data: &InstData, op: UnaryOp) -> Result<(), Error> {
        let x = self.words_of(data.args[0]);
        let Some(&result) = data.results.first() else {
            return Ok(());
        };
        if self.bank(result) == Bank::S {
            let regs = if op == UnaryOp::Not {
                x.map(|w| self.s_op(Op::S_NOT_B32, &[w]))
            } else {
                // Negation: `Flow` puts nothing else on the scalar unit.
                self.scalar_sum([int(0), int(0)], x, true)
            };
            self.set(data, &regs);
            return Ok(());
        }
        let x = self.in_vector(x);
        let out: Pair = match op {
            UnaryOp::Not => x.map(|w| self.v_op(Op::V_NOT_B32, &[w]).into()),
            UnaryOp::INeg => self.add_carry([int(0), int(0)], x, true),
            UnaryOp::IAbs => {
                let sign = self.v_op(Op::V_ASHRREV_I32, &[int(31), x[1]]);
                self.apply_sign(x, sign.into())
            }
            UnaryOp::PopCount => {
                let low = self.v_op(Op::V_BCNT_U32_B32, &[x[0], int(0)]);
                let sum = self.v_op(Op::V_BCNT_U32_B32, &[x[1], low.into()]);
                [sum.into(), int(0)]
            }
            UnaryOp::Clz => self.count_zeros(Op::V_CLZ_I32_U32, x[1], x[0]),
            UnaryOp::Ctz => self.count_zeros(Op::V_CTZ_I32_B32, x[0], x[1]),
            UnaryOp::BitReverse => {
                let reversed = x.map(|w| self.v_op(Op::V_BFREV_B32, &[w]).into());
                [reversed[1], reversed[0]]
            }
            UnaryOp::FNeg
            | UnaryOp::FAbs
            | UnaryOp::Floor
            | UnaryOp::Ceil
            | UnaryOp::Trunc
            | UnaryOp::RoundEven
            | UnaryOp::Fract
            | UnaryOp::Sqrt
            | UnaryOp::Rsqrt
            | UnaryOp::Rcp
            | UnaryOp::Exp2
            | UnaryOp::Log2
            | UnaryOp::Sin
            | UnaryOp::Cos
            | UnaryOp::FrexpMant => return self.internal("float operation on an integer"),
        };
        self.set_pair(data, out);
        Ok(())
    }

    /// Zeros before the first one, which is looked for in the `near` dword first.
    fn count_zeros(&mut self, op: Op, near: Src, far: Src) -> Pair {
        // -1 for a zero word is the largest unsigned number.
        let near = self.v_op(op, &[near]);
        let far = self.v_op(op, &[far]);
        let far = self.v_op(Op::V_MIN_U32, &[int(32), far.into()]);
        let far = self.v_op(Op::V_ADD_NC_U32, &[int(32), far.into()]);
        let n = self.v_op(Op::V_MIN_U32, &[near.into(), far.into()]);
        [n.into(), int(0)]
    }

    fn scalar_sum(&mut self, a: Pair, b: Pair, subtract: bool) -> [VReg; 2] {
        let (first, second) = if subtract {
            (Op::S_SUB_U32, Op::S_SUBB_U32)
        } else {
            (Op::S_ADD_U32, Op::S_ADDC_U32)
        };
        // No instruction may come between the two: literals are placed before.
        let place = |s: &mut Self, x: Src| match s.scalar(x) {
            Src::Bits(bits) if matches!(Operand::bits32(bits), Operand::Literal(_)) => {
                s.copy(Bank::S, Src::Bits(bits)).into()
            }
            x @ (Src::Bits(_) | Src::Reg(_) | Src::Fixed(_)) => x,
        };
        let a = a.map(|x| place(self, x));
        let b = b.map(|x| place(self, x));
        let lo = self.s_op(first, &[a[0], b[0]]);
        let hi = self.s_op(second, &[a[1], b[1]]);
        [lo, hi]
    }

    pub(super) fn wide_binary(&mut self, data: &InstData, op: BinaryOp) -> Result<(), Error> {
        let (va, vb) = (data.args[0], data.args[1]);
        let Some(&result) = data.results.first() else {
            return Ok(());
        };
        let (a, b) = (self.words_of(va), self.words_of(vb));
        if self.bank(result) == Bank::S {
            return self.wide_scalar(data, op, va, vb);
        }
        let (a, b) = (self.in_vector(a), self.in_vector(b));
        let out: Pair = match op {
            Bin::IAdd => self.add_carry(a, b, false),
            Bin::ISub => self.add_carry(a, b, true),
            Bin::IMul => self.mul64(a, b),
            Bin::And => self.by_word(Op::V_AND_B32, a, b),
            Bin::Or => self.by_word(Op::V_OR_B32, a, b),
            Bin::Xor => self.by_word(Op::V_XOR_B32, a, b),
            Bin::Shl => self.shift(Op::V_LSHLREV_B64, a, b[0]),
            Bin::LShr => self.shift(Op::V_LSHRREV_B64, a, b[0]),
            Bin::AShr => self.shift(Op::V_ASHRREV_I64, a, b[0]),
            Bin::SMin => self.first_if(Op::V_CMP_LT_I64, a, b),
            Bin::SMax => self.first_if(Op::V_CMP_GT_I64, a, b),
            Bin::UMin => self.first_if(Op::V_CMP_LT_U64, a, b),
            Bin::UMax => self.first_if(Op::V_CMP_GT_U64, a, b),
            Bin::UDiv => self.unsigned_division64(a, b).0,
            Bin::URem => self.unsigned_division64(a, b).1,
            Bin::SDiv => self.signed_division64(a, b, true),
            Bin::SRem => self.signed_division64(a, b, false),
            Bin::UMulHi | Bin::SMulHi => {
                return self.unsupported("the high half of a 64-bit product")
            }
            Bin::FAdd | Bin::FSub | Bin::FMul | Bin::FDiv | Bin::FRem | Bin::FMin | Bin::FMax => {
                return self.internal("float operation on an integer")
            }
        };
        self.set_pair(data, out);
        Ok(())
    }

    fn scalar_by_word(&mut self, op: Op, a: Pair, b: Pair) -> [VReg; 2] {
        [0, 1].map(|n| self.s_op(op, &[a[n], b[n]]))
    }

    fn scalar_shift(&mut self, op: Op, x: Value, amount: Src) -> [VReg; 2] {
        let x = self.scalar_pair(x);
        let amount = self.scalar(amount);
        let amount = self.arg(amount);
        let d = self.new_regs(Bank::S, 2);
        self.inst(Inst::new(op, &[Arg::Regs(d.clone())], &[x, amount]));
        [d[0], d[1]]
    }

    fn wide_scalar(
        &mut self,
        data: &InstData,
        op: BinaryOp,
        va: Value,
        vb: Value,
    ) -> Result<(), Error> {
        let (a, b) = (self.words_of(va), self.words_of(vb));
        let regs = match op {
            Bin::IAdd => self.scalar_sum(a, b, false),
            Bin::ISub => self.scalar_sum(a, b, true),
            Bin::IMul => {
                let lo = self.s_op(Op::S_MUL_I32, &[a[0], b[0]]);
                let mut hi = self.s_op(Op::S_MUL_HI_U32, &[a[0], b[0]]);
                for (x, y) in [(a[0], b[1]), (a[1], b[0])] {
                    let cross = self.s_op(Op::S_MUL_I32, &[x, y]);
                    hi = self.s_op(Op::S_ADD_I32, &[hi.into(), cross.into()]);
                }
                [lo, hi]
            }
            Bin::And => self.scalar_by_word(Op::S_AND_B32, a, b),
            Bin::Or => self.scalar_by_word(Op::S_OR_B32, a, b),
            Bin::Xor => self.scalar_by_word(Op::S_XOR_B32, a, b),
            Bin::Shl => self.scalar_shift(Op::S_LSHL_B64, va, b[0]),
            Bin::LShr => self.scalar_shift(Op::S_LSHR_B64, va, b[0]),
            Bin::AShr => self.scalar_shift(Op::S_ASHR_I64, va, b[0]),
            Bin::UMulHi
            | Bin::SMulHi
            | Bin::UDiv
            | Bin::SDiv
            | Bin::URem
            | Bin::SRem
            | Bin::SMin
            | Bin::SMax
            | Bin::UMin
            | Bin::UMax
            | Bin::FAdd
            | Bin::FSub
            | Bin::FMul
            | Bin::FDiv
            | Bin::FRem
            | Bin::FMin
            | Bin::FMax => return self.internal("no scalar form"),
        };
        self.set(data, &regs);
        Ok(())
    }

    /// Bit fields and selections of 64 bits, from shifts and masks.
    pub(super) fn wide_ternary(&mut self, data: &InstData, op: TernaryOp) -> Result<(), Error> {
        let [a, b, c] = [0, 1, 2].map(|n| self.words_of(data.args[n]));
        let out: Pair = match op {
            TernaryOp::BitSelect => {
                [0, 1].map(|n| self.v_op(Op::V_BFI_B32, &[c[n], b[n], a[n]]).into())
            }
            TernaryOp::UBfe => self.field(Op::V_LSHRREV_B64, a, b[0], c[0]),
            TernaryOp::SBfe => self.field(Op::V_ASHRREV_I64, a, b[0], c[0]),
            TernaryOp::FunnelShr | TernaryOp::UDot4 | TernaryOp::SDot4 | TernaryOp::Fma => {
                return self.internal("operation on 64-bit integers")
            }
        };
        self.set_pair(data, out);
        Ok(())
    }

    /// A bit field: left until its top is the pair's, then right. A count of 0 would shift by 64,
    /// which is 0, so that case is selected away.
    fn field(&mut self, right: Op, x: Pair, offset: Src, count: Src) -> Pair {
        let x = self.in_vector(x);
        let top = self.v_op(Op::V_ADD_NC_U32, &[offset, count]);
        let by = self.v_op(Op::V_SUB_NC_U32, &[int(64), top.into()]);
        let shifted = self.shift(Op::V_LSHLREV_B64, x, by.into());
        let by = self.v_op(Op::V_SUB_NC_U32, &[int(64), count]);
        let field = self.shift(right, shifted, by.into());
        let some = self.v_cmp(Op::V_CMP_NE_U32, int(0), count);
        self.select_pair(some, field, [int(0), int(0)])
    }
}
