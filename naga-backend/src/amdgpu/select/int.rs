//! Integers of 32 and 16 bits.
//!
//! A 16-bit value stands in the low half of a vector register; the high half holds anything.

use rdna_isa::{Mods, Op};

use super::emit::int;
use super::*;
use crate::amdgpu::mir::Inst;

type Bin = BinaryOp;

impl Select<'_> {
    /// The result's bank is scalar.
    fn scalar_result(&self, data: &InstData) -> bool {
        data.results
            .first()
            .is_some_and(|&r| self.bank(r) == Bank::S)
    }

    pub(super) fn int_unary(&mut self, data: &InstData, op: UnaryOp) -> Result<(), Error> {
        let v = data.args[0];
        let x = self.src(v);
        let scalar = self.scalar_result(data);
        let d = match (self.ty(v), op, scalar) {
            (Type::Bool, UnaryOp::Not, _) => self.s_op(Op::S_NOT_B32, &[x]),
            (Type::I64, ..) => return self.wide_unary(data, op),
            (Type::I16, ..) => self.short_unary(x, op)?,
            (_, UnaryOp::Not, true) => self.s_op(Op::S_NOT_B32, &[x]),
            (_, UnaryOp::Not, false) => self.v_op(Op::V_NOT_B32, &[x]),
            (_, UnaryOp::INeg, true) => self.s_op(Op::S_SUB_I32, &[int(0), x]),
            (_, UnaryOp::INeg, false) => self.v_op(Op::V_SUB_NC_U32, &[int(0), x]),
            (_, UnaryOp::IAbs, true) => self.s_op(Op::S_ABS_I32, &[x]),
            (_, UnaryOp::IAbs, false) => {
                let negative = self.v_op(Op::V_SUB_NC_U32, &[int(0), x]);
                self.v_op(Op::V_MAX_I32, &[x, negative.into()])
            }
            (_, UnaryOp::PopCount, true) => self.s_op(Op::S_BCNT1_I32_B32, &[x]),
            (_, UnaryOp::PopCount, false) => self.v_op(Op::V_BCNT_U32_B32, &[x, int(0)]),
            // The hardware answers -1 for zero; as unsigned that is the larger.
            (_, UnaryOp::Clz, true) => {
                let n = self.s_op(Op::S_CLZ_I32_U32, &[x]);
                self.s_op(Op::S_MIN_U32, &[n.into(), int(32)])
            }
            (_, UnaryOp::Clz, false) => {
                let n = self.v_op(Op::V_CLZ_I32_U32, &[x]);
                self.v_op(Op::V_MIN_U32, &[int(32), n.into()])
            }
            (_, UnaryOp::Ctz, true) => {
                let n = self.s_op(Op::S_CTZ_I32_B32, &[x]);
                self.s_op(Op::S_MIN_U32, &[n.into(), int(32)])
            }
            (_, UnaryOp::Ctz, false) => {
                let n = self.v_op(Op::V_CTZ_I32_B32, &[x]);
                self.v_op(Op::V_MIN_U32, &[int(32), n.into()])
            }
            (_, UnaryOp::BitReverse, true) => self.s_op(Op::S_BREV_B32, &[x]),
            (_, UnaryOp::BitReverse, false) => self.v_op(Op::V_BFREV_B32, &[x]),
            _ => return self.internal("integer operation on another type"),
        };
        self.set(data, &[d]);
        Ok(())
    }

    fn short_unary(&mut self, x: Src, op: UnaryOp) -> Result<VReg, Error> {
        let low = |s: &mut Self| Src::Reg(s.v_op(Op::V_AND_B32, &[int(0xffff), x]));
        Ok(match op {
            UnaryOp::Not => self.v_op(Op::V_NOT_B32, &[x]),
            UnaryOp::INeg => self.v_op(Op::V_SUB_NC_U32, &[int(0), x]),
            UnaryOp::IAbs => {
                let x = self.v_op(Op::V_BFE_I32, &[x, int(0), int(16)]);
                let negative = self.v_op(Op::V_SUB_NC_U32, &[int(0), x.into()]);
                self.v_op(Op::V_MAX_I32, &[x.into(), negative.into()])
            }
            UnaryOp::PopCount => {
                let x = low(self);
                self.v_op(Op::V_BCNT_U32_B32, &[x, int(0)])
            }
            UnaryOp::Clz => {
                // A one below the value bounds the count.
                let x = self.v_op(Op::V_LSHL_OR_B32, &[x, int(16), int(0x8000)]);
                self.v_op(Op::V_CLZ_I32_U32, &[x.into()])
            }
            UnaryOp::Ctz => {
                let x = self.v_op(Op::V_OR_B32, &[int(0x10000), x]);
                self.v_op(Op::V_CTZ_I32_B32, &[x.into()])
            }
            UnaryOp::BitReverse => {
                let x = self.v_op(Op::V_BFREV_B32, &[x]);
                self.v_op(Op::V_LSHRREV_B32, &[int(16), x.into()])
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
        })
    }

    pub(super) fn int_binary(&mut self, data: &InstData, op: BinaryOp) -> Result<(), Error> {
        let (va, vb) = (data.args[0], data.args[1]);
        let d = if self.scalar_result(data) {
            self.scalar_binary(op, va, vb)?
        } else {
            self.vector_binary(op, va, vb)?
        };
        self.set(data, &[d]);
        Ok(())
    }

    fn scalar_binary(&mut self, op: BinaryOp, va: Value, vb: Value) -> Result<VReg, Error> {
        let (a, b) = (self.src(va), self.src(vb));
        if op == Bin::IAdd {
            for (x, y) in [(va, b), (vb, a)] {
                if let Some((base, Some(shift @ 1..=4))) = self.shift_by(x) {
                    let op = [
                        Op::S_LSHL1_ADD_U32,
                        Op::S_LSHL2_ADD_U32,
                        Op::S_LSHL3_ADD_U32,
                        Op::S_LSHL4_ADD_U32,
                    ][shift as usize - 1];
                    let base = self.src(base);
                    return Ok(self.s_op(op, &[base, y]));
                }
            }
        }
        let op = match op {
            Bin::IAdd => Op::S_ADD_I32,
            Bin::ISub => Op::S_SUB_I32,
            Bin::IMul => Op::S_MUL_I32,
            Bin::UMulHi => Op::S_MUL_HI_U32,
            Bin::SMulHi => Op::S_MUL_HI_I32,
            Bin::And => {
                if let Some(x) = self.unary_def(vb, UnaryOp::Not) {
                    let x = self.src(x);
                    return Ok(self.s_op(Op::S_AND_NOT1_B32, &[a, x]));
                }
                Op::S_AND_B32
            }
            Bin::Or => Op::S_OR_B32,
            Bin::Xor => Op::S_XOR_B32,
            Bin::Shl => Op::S_LSHL_B32,
            Bin::LShr => Op::S_LSHR_B32,
            Bin::AShr => Op::S_ASHR_I32,
            Bin::SMin => Op::S_MIN_I32,
            Bin::SMax => Op::S_MAX_I32,
            Bin::UMin => Op::S_MIN_U32,
            Bin::UMax => Op::S_MAX_U32,
            Bin::UDiv
            | Bin::SDiv
            | Bin::URem
            | Bin::SRem
            | Bin::FAdd
            | Bin::FSub
            | Bin::FMul
            | Bin::FDiv
            | Bin::FRem
            | Bin::FMin
            | Bin::FMax => return self.internal("no scalar form"),
        };
        Ok(self.s_op(op, &[a, b]))
    }

    /// `x << n` with constant n.
    fn shift_by(&self, v: Value) -> Option<(Value, Option<u32>)> {
        let (x, amount) = self.binary_def(v, Bin::Shl)?;
        Some((x, self.kernel.constant(amount).map(|n| n as u32 & 31)))
    }

    /// Below 2²⁴ for sure.
    pub(super) fn is_u24(&self, v: Value) -> bool {
        if let Some(bits) = self.kernel.constant(v) {
            return bits < 1 << 24;
        }
        match self.def(v) {
            Some((Ir::Builtin(b), _)) => matches!(
                b,
                Builtin::LocalId(_)
                    | Builtin::LocalIndex
                    | Builtin::SubgroupLane
                    | Builtin::SubgroupId
                    | Builtin::SubgroupSize
                    | Builtin::NumSubgroups
            ),
            Some((Ir::Binary(Bin::And), &[a, b])) => [a, b]
                .iter()
                .any(|&x| self.kernel.constant(x).is_some_and(|c| c < 1 << 24)),
            Some((Ir::Binary(Bin::LShr), &[_, b])) => self
                .kernel
                .constant(b)
                .is_some_and(|c| (8..32).contains(&c)),
            Some((Ir::Convert(ConvertOp::ZeroExtend), &[a])) => self.ty(a) == Type::I16,
            Some((Ir::Ternary(TernaryOp::UBfe), &[_, _, n])) => {
                self.kernel.constant(n).is_some_and(|c| c <= 24)
            }
            _ => false,
        }
    }

    fn vector_binary(&mut self, op: BinaryOp, va: Value, vb: Value) -> Result<VReg, Error> {
        if let Some(d) = self.three_operands(op, va, vb) {
            return Ok(d);
        }
        let (a, b) = (self.src(va), self.src(vb));
        let op = match op {
            Bin::IAdd => Op::V_ADD_NC_U32,
            Bin::ISub => Op::V_SUB_NC_U32,
            Bin::IMul => {
                if self.is_u24(va) && self.is_u24(vb) {
                    Op::V_MUL_U32_U24
                } else {
                    Op::V_MUL_LO_U32
                }
            }
            Bin::UMulHi => Op::V_MUL_HI_U32,
            Bin::SMulHi => Op::V_MUL_HI_I32,
            Bin::And => Op::V_AND_B32,
            Bin::Or => Op::V_OR_B32,
            Bin::Xor => Op::V_XOR_B32,
            Bin::Shl => return Ok(self.v_op(Op::V_LSHLREV_B32, &[b, a])),
            Bin::LShr => return Ok(self.v_op(Op::V_LSHRREV_B32, &[b, a])),
            Bin::AShr => return Ok(self.v_op(Op::V_ASHRREV_I32, &[b, a])),
            Bin::SMin => Op::V_MIN_I32,
            Bin::SMax => Op::V_MAX_I32,
            Bin::UMin => Op::V_MIN_U32,
            Bin::UMax => Op::V_MAX_U32,
            Bin::UDiv => return Ok(self.unsigned_division(a, b).0),
            Bin::URem => return Ok(self.unsigned_division(a, b).1),
            Bin::SDiv => return Ok(self.signed_division(a, b, true)),
            Bin::SRem => return Ok(self.signed_division(a, b, false)),
            Bin::FAdd | Bin::FSub | Bin::FMul | Bin::FDiv | Bin::FRem | Bin::FMin | Bin::FMax => {
                return self.internal("float operation on an integer")
            }
        };
        Ok(self.v_op(op, &[a, b]))
    }

    /// Operations of three operands that swallow an operand's operation. The inner one is left to
    /// die; folding one that others use too costs nothing but its registers' lives, so only single
    /// uses fold.
    fn three_operands(&mut self, op: BinaryOp, va: Value, vb: Value) -> Option<VReg> {
        for (x, y) in [(va, vb), (vb, va)] {
            let foldable = self.single(x) && self.bank(x) == Bank::V;
            if !foldable {
                continue;
            }
            let other = self.src(y);
            let inner =
                |s: &Self, o: BinaryOp| s.binary_def(x, o).map(|(a, b)| (s.src(a), s.src(b), a, b));
            let found = match op {
                Bin::IAdd => {
                    if let Some((a, n, ..)) = inner(self, Bin::Shl) {
                        Some((Op::V_LSHL_ADD_U32, [a, n, other]))
                    } else if let Some((a, b, ..)) = inner(self, Bin::IAdd) {
                        Some((Op::V_ADD3_U32, [a, b, other]))
                    } else if let Some((a, b, ia, ib)) = inner(self, Bin::IMul) {
                        (self.is_u24(ia) && self.is_u24(ib))
                            .then_some((Op::V_MAD_U32_U24, [a, b, other]))
                    } else if let Some((a, b, ..)) = inner(self, Bin::Xor) {
                        Some((Op::V_XAD_U32, [a, b, other]))
                    } else {
                        None
                    }
                }
                Bin::Or => {
                    if let Some(rotated) = self.rotate(x, y) {
                        return Some(rotated);
                    }
                    if let Some((a, n, ..)) = inner(self, Bin::Shl) {
                        Some((Op::V_LSHL_OR_B32, [a, n, other]))
                    } else if let Some((a, b, ..)) = inner(self, Bin::And) {
                        Some((Op::V_AND_OR_B32, [a, b, other]))
                    } else if let Some((a, b, ..)) = inner(self, Bin::Or) {
                        Some((Op::V_OR3_B32, [a, b, other]))
                    } else {
                        None
                    }
                }
                Bin::Xor => inner(self, Bin::Xor).map(|(a, b, ..)| (Op::V_XOR3_B32, [a, b, other])),
                Bin::SMin => {
                    inner(self, Bin::SMin).map(|(a, b, ..)| (Op::V_MIN3_I32, [a, b, other]))
                }
                Bin::SMax => {
                    inner(self, Bin::SMax).map(|(a, b, ..)| (Op::V_MAX3_I32, [a, b, other]))
                }
                Bin::UMin => {
                    inner(self, Bin::UMin).map(|(a, b, ..)| (Op::V_MIN3_U32, [a, b, other]))
                }
                Bin::UMax => {
                    inner(self, Bin::UMax).map(|(a, b, ..)| (Op::V_MAX3_U32, [a, b, other]))
                }
                Bin::Shl if x == va => inner(self, Bin::IAdd)
                    .filter(|_| self.kernel.constant(vb).is_some())
                    .map(|(a, b, ..)| (Op::V_ADD_LSHL_U32, [a, b, other])),
                Bin::And if x == va => {
                    // (v >> n) & (2^k - 1)
                    let mask = self.kernel.constant(vb).filter(|&m| {
                        let m = m as u32;
                        m != 0 && m & m.wrapping_add(1) == 0 && m != !0
                    });
                    match (inner(self, Bin::LShr), mask) {
                        (Some((a, n, ..)), Some(mask)) => {
                            let width = int((mask as u32).count_ones() as i32);
                            Some((Op::V_BFE_U32, [a, n, width]))
                        }
                        _ => None,
                    }
                }
                Bin::ISub
                | Bin::IMul
                | Bin::UMulHi
                | Bin::SMulHi
                | Bin::UDiv
                | Bin::SDiv
                | Bin::URem
                | Bin::SRem
                | Bin::And
                | Bin::Shl
                | Bin::LShr
                | Bin::AShr
                | Bin::FAdd
                | Bin::FSub
                | Bin::FMul
                | Bin::FDiv
                | Bin::FRem
                | Bin::FMin
                | Bin::FMax => None,
            };
            if let Some((op, sources)) = found {
                return Some(self.v_op(op, &sources));
            }
        }
        None
    }

    /// `(a << n) | (b >> (32 - n))`: a funnel shift.
    fn rotate(&mut self, left: Value, right: Value) -> Option<VReg> {
        if !self.single(right) {
            return None;
        }
        let (a, n) = self.binary_def(left, Bin::Shl)?;
        let (b, m) = self.binary_def(right, Bin::LShr)?;
        let (n, m) = (
            self.kernel.constant(n)? as u32,
            self.kernel.constant(m)? as u32,
        );
        if n == 0 || n >= 32 || n + m != 32 {
            return None;
        }
        let (a, b) = (self.src(a), self.src(b));
        Some(self.v_op(Op::V_ALIGNBIT_B32, &[a, b, int(m as i32)]))
    }

    /// Quotient and remainder, any value for divisor 0.
    ///
    /// One Newton step on the float reciprocal, scaled so that it is never too large, leaves a
    /// quotient that is at most two too small (the method of LLVM's `expandDivRem32` and ACO's
    /// `emit_idiv`, after Cavagnino and Werbrouck).
    fn unsigned_division(&mut self, a: Src, b: Src) -> (VReg, VReg) {
        let float = self.v_op(Op::V_CVT_F32_U32, &[b]);
        let reciprocal = self.v_op(Op::V_RCP_IFLAG_F32, &[float.into()]);
        let scaled = self.v_op(Op::V_MUL_F32, &[Src::Bits(0x4f7f_fffe), reciprocal.into()]);
        let estimate = self.v_op(Op::V_CVT_U32_F32, &[scaled.into()]);
        let negative = if self.is_scalar(b) {
            self.s_op(Op::S_SUB_I32, &[int(0), b])
        } else {
            self.v_op(Op::V_SUB_NC_U32, &[int(0), b])
        };
        let error = self.v_op(Op::V_MUL_LO_U32, &[negative.into(), estimate.into()]);
        let correction = self.v_op(Op::V_MUL_HI_U32, &[estimate.into(), error.into()]);
        let z = self.v_op(Op::V_ADD_NC_U32, &[estimate.into(), correction.into()]);
        let mut q = self.v_op(Op::V_MUL_HI_U32, &[a, z.into()]);
        let product = self.v_op(Op::V_MUL_LO_U32, &[q.into(), b]);
        let mut r = self.v_op(Op::V_SUB_NC_U32, &[a, product.into()]);
        for _ in 0..2 {
            let more = self.v_cmp(Op::V_CMP_GE_U32, r.into(), b);
            let q1 = self.v_op(Op::V_ADD_NC_U32, &[int(1), q.into()]);
            let r1 = self.v_op(Op::V_SUB_NC_U32, &[r.into(), b]);
            q = self.v_op(Op::V_CNDMASK_B32, &[q.into(), q1.into(), more.into()]);
            r = self.v_op(Op::V_CNDMASK_B32, &[r.into(), r1.into(), more.into()]);
        }
        (q, r)
    }

    fn signed_division(&mut self, a: Src, b: Src, quotient: bool) -> VReg {
        let a = Src::Reg(self.in_v(a));
        let b = Src::Reg(self.in_v(b));
        let sign_a = self.v_op(Op::V_ASHRREV_I32, &[int(31), a]);
        let sign_b = self.v_op(Op::V_ASHRREV_I32, &[int(31), b]);
        let magnitude = |s: &mut Self, x: Src, sign: VReg| {
            let sum = s.v_op(Op::V_ADD_NC_U32, &[x, sign.into()]);
            s.v_op(Op::V_XOR_B32, &[sum.into(), sign.into()])
        };
        let (ma, mb) = (magnitude(self, a, sign_a), magnitude(self, b, sign_b));
        let (q, r) = self.unsigned_division(ma.into(), mb.into());
        let (result, sign) = if quotient {
            let sign = self.v_op(Op::V_XOR_B32, &[sign_a.into(), sign_b.into()]);
            (q, sign)
        } else {
            (r, sign_a)
        };
        let flipped = self.v_op(Op::V_XOR_B32, &[result.into(), sign.into()]);
        self.v_op(Op::V_SUB_NC_U32, &[flipped.into(), sign.into()])
    }

    pub(super) fn short_binary(&mut self, data: &InstData, op: BinaryOp) -> Result<(), Error> {
        let (a, b) = (self.src(data.args[0]), self.src(data.args[1]));
        let d = match op {
            Bin::IAdd => self.v_op(Op::V_ADD_NC_U32, &[a, b]),
            Bin::ISub => self.v_op(Op::V_SUB_NC_U32, &[a, b]),
            Bin::IMul => self.v_op(Op::V_MUL_LO_U16, &[a, b]),
            Bin::And => self.v_op(Op::V_AND_B32, &[a, b]),
            Bin::Or => self.v_op(Op::V_OR_B32, &[a, b]),
            Bin::Xor => self.v_op(Op::V_XOR_B32, &[a, b]),
            Bin::Shl => self.v_op(Op::V_LSHLREV_B16, &[b, a]),
            Bin::LShr => self.v_op(Op::V_LSHRREV_B16, &[b, a]),
            Bin::AShr => self.v_op(Op::V_ASHRREV_I16, &[b, a]),
            Bin::SMin => self.v_op(Op::V_MIN_I16, &[a, b]),
            Bin::SMax => self.v_op(Op::V_MAX_I16, &[a, b]),
            Bin::UMin => self.v_op(Op::V_MIN_U16, &[a, b]),
            Bin::UMax => self.v_op(Op::V_MAX_U16, &[a, b]),
            Bin::UDiv | Bin::URem => {
                let a = self.v_op(Op::V_AND_B32, &[int(0xffff), a]);
                let b = self.v_op(Op::V_AND_B32, &[int(0xffff), b]);
                let (q, r) = self.unsigned_division(a.into(), b.into());
                if op == Bin::UDiv {
                    q
                } else {
                    r
                }
            }
            Bin::SDiv | Bin::SRem => {
                let a = self.v_op(Op::V_BFE_I32, &[a, int(0), int(16)]);
                let b = self.v_op(Op::V_BFE_I32, &[b, int(0), int(16)]);
                self.signed_division(a.into(), b.into(), op == Bin::SDiv)
            }
            Bin::UMulHi
            | Bin::SMulHi
            | Bin::FAdd
            | Bin::FSub
            | Bin::FMul
            | Bin::FDiv
            | Bin::FRem
            | Bin::FMin
            | Bin::FMax => return self.internal("operation on 16-bit integers"),
        };
        self.set(data, &[d]);
        Ok(())
    }

    pub(super) fn int_ternary(&mut self, data: &InstData, op: TernaryOp) -> Result<(), Error> {
        let ty = self.ty(data.args[0]);
        if ty == Type::I64 {
            return self.wide_ternary(data, op);
        }
        let [a, b, c] = [0, 1, 2].map(|n| self.src(data.args[n]));
        let scalar = self.scalar_result(data);
        if ty == Type::I16 {
            let d = match op {
                TernaryOp::BitSelect => self.v_op(Op::V_BFI_B32, &[c, b, a]),
                TernaryOp::UBfe => self.v_op(Op::V_BFE_U32, &[a, b, c]),
                TernaryOp::SBfe => self.v_op(Op::V_BFE_I32, &[a, b, c]),
                TernaryOp::Fma | TernaryOp::FunnelShr | TernaryOp::UDot4 | TernaryOp::SDot4 => {
                    return self.internal("operation on 16-bit integers")
                }
            };
            self.set(data, &[d]);
            return Ok(());
        }
        let constant = |n: usize| self.kernel.constant(data.args[n]).map(|c| c as u32);
        let d = match (op, scalar) {
            (TernaryOp::UBfe | TernaryOp::SBfe, true) => {
                let (Some(offset), Some(count)) = (constant(1), constant(2)) else {
                    return self.internal("scalar bit field of dynamic extent");
                };
                let field = Src::Bits((count.min(32) << 16) | (offset & 31));
                let op = if op == TernaryOp::UBfe {
                    Op::S_BFE_U32
                } else {
                    Op::S_BFE_I32
                };
                self.s_op(op, &[a, field])
            }
            (TernaryOp::UBfe | TernaryOp::SBfe, false) => {
                let row = if op == TernaryOp::UBfe {
                    Op::V_BFE_U32
                } else {
                    Op::V_BFE_I32
                };
                match constant(2) {
                    // The instruction counts modulo 32; a full count means the whole word, at
                    // offset 0.
                    Some(32..) => self.in_v(a),
                    Some(_) => self.v_op(row, &[a, b, c]),
                    None => {
                        let field = self.v_op(row, &[a, b, c]);
                        let whole = self.v_cmp(Op::V_CMP_LE_U32, int(32), c);
                        self.v_op(Op::V_CNDMASK_B32, &[field.into(), a, whole.into()])
                    }
                }
            }
            (TernaryOp::BitSelect, true) => {
                let inserted = self.s_op(Op::S_AND_B32, &[b, c]);
                let kept = self.s_op(Op::S_AND_NOT1_B32, &[a, c]);
                self.s_op(Op::S_OR_B32, &[inserted.into(), kept.into()])
            }
            (TernaryOp::BitSelect, false) => self.v_op(Op::V_BFI_B32, &[c, b, a]),
            (TernaryOp::FunnelShr, true) => {
                let pair = self.scalar_group(&[b, a]);
                let amount = self.s_op(Op::S_AND_B32, &[c, int(31)]);
                let d = self.new_regs(Bank::S, 2);
                self.inst(Inst::new(
                    Op::S_LSHR_B64,
                    &[d.as_slice().into()],
                    &[pair.as_slice().into(), amount.into()],
                ));
                d[0]
            }
            (TernaryOp::FunnelShr, false) => self.v_op(Op::V_ALIGNBIT_B32, &[a, b, c]),
            (TernaryOp::UDot4, _) => self.v_op(Op::V_DOT4_U32_U8, &[a, b, c]),
            (TernaryOp::SDot4, _) => {
                // NEG marks an operand as signed here.
                let mods = Mods {
                    neg: 3,
                    ..Mods::packed()
                };
                self.v_mods(Op::V_DOT4_I32_IU8, &[a, b, c], mods)
            }
            (TernaryOp::Fma, _) => return self.internal("float operation on an integer"),
        };
        self.set(data, &[d]);
        Ok(())
    }
}
