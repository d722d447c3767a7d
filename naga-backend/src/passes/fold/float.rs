//! Float identities that hold for every IEEE value.

use super::{eval, Folder};
use crate::kernel::*;

impl Folder<'_> {
    pub(super) fn float_unary(&mut self, op: UnaryOp, a: Value, fuel: u32) -> Option<Value> {
        use UnaryOp::*;
        match op {
            FNeg => {
                if let Some(a) = self.unary_of(FNeg, a) {
                    return Some(a);
                }
                // -(x·c) is x·(-c), whatever the signs.
                let (x, c) = self.binary_const_of(BinaryOp::FMul, a)?;
                let ty = self.kernel.ty(a);
                let minus = eval::unary(FNeg, ty, c)?;
                Some(self.binary_const(BinaryOp::FMul, x, minus, fuel))
            }
            FAbs => {
                if self.unary_of(FAbs, a).is_some() {
                    return Some(a);
                }
                let a = self.unary_of(FNeg, a)?;
                Some(self.unary(FAbs, a, fuel))
            }
            Floor | Ceil | Trunc | RoundEven => {
                let integral = [Floor, Ceil, Trunc, RoundEven];
                let already = integral.iter().any(|&op| self.unary_of(op, a).is_some());
                already.then_some(a)
            }
            // Even functions.
            Cos => {
                let inner = self.unary_of(FNeg, a).or_else(|| self.unary_of(FAbs, a))?;
                Some(self.unary(op, inner, fuel))
            }
            Not | INeg | IAbs | PopCount | Clz | Ctz | BitReverse | Fract | Sqrt | Rsqrt | Rcp
            | Exp2 | Log2 | Sin | FrexpMant => None,
        }
    }

    pub(super) fn float_binary(
        &mut self,
        op: BinaryOp,
        a: Value,
        b: Value,
        ty: Type,
        fuel: u32,
    ) -> Option<Value> {
        let sign = 1u64 << (ty.bits() - 1);
        let one = eval::convert(ConvertOp::UintToFloat, Type::I32, ty, 1)?;
        let c = self.constant(b);
        use BinaryOp::*;
        match op {
            FAdd => {
                // x + -0 is x; x + 0 is not, for x = -0.
                if c == Some(sign) {
                    return Some(a);
                }
                for (a, b) in [(a, b), (b, a)] {
                    if let Some(b) = self.unary_of(UnaryOp::FNeg, b) {
                        return Some(self.binary(FSub, a, b, fuel));
                    }
                }
                None
            }
            FSub => {
                if c == Some(0) {
                    return Some(a);
                }
                if self.constant(a) == Some(sign) {
                    return Some(self.unary(UnaryOp::FNeg, b, fuel));
                }
                if let Some(b) = self.unary_of(UnaryOp::FNeg, b) {
                    return Some(self.binary(FAdd, a, b, fuel));
                }
                // x - c as x + -c: sums commute.
                let minus = eval::unary(UnaryOp::FNeg, ty, c?)?;
                Some(self.binary_const(FAdd, a, minus, fuel))
            }
            FMul => {
                if let Some(c) = c {
                    if c == one {
                        return Some(a);
                    }
                    if c == one | sign {
                        return Some(self.unary(UnaryOp::FNeg, a, fuel));
                    }
                    if let Some(x) = self.unary_of(UnaryOp::FNeg, a) {
                        return Some(self.binary_const(FMul, x, c ^ sign, fuel));
                    }
                }
                let (x, y) = (
                    self.unary_of(UnaryOp::FNeg, a)?,
                    self.unary_of(UnaryOp::FNeg, b)?,
                );
                Some(self.binary(FMul, x, y, fuel))
            }
            FDiv => {
                if self.constant(a) == Some(one) && ty != Type::F64 {
                    return Some(self.unary(UnaryOp::Rcp, b, fuel));
                }
                let c = c?;
                if c == one {
                    return Some(a);
                }
                let reciprocal = self.reciprocal(ty, c)?;
                Some(self.binary_const(FMul, a, reciprocal, fuel))
            }
            FMin | FMax => (a == b).then_some(a),
            IAdd | ISub | IMul | UMulHi | SMulHi | UDiv | SDiv | URem | SRem | And | Or | Xor
            | Shl | LShr | AShr | SMin | SMax | UMin | UMax | FRem => None,
        }
    }

    /// 1/c, where multiplying by it is as good as dividing: exact for a power of two; else two
    /// roundings, below 2 ULP of the 2.5 that WGSL allows f32 and f16. f64 quotients stay.
    fn reciprocal(&self, ty: Type, c: u64) -> Option<u64> {
        let one = eval::convert(ConvertOp::UintToFloat, Type::I32, ty, 1)?;
        let reciprocal = eval::binary(BinaryOp::FDiv, ty, one, c)?;
        let (fraction, exponents) = match ty {
            Type::F16 => (10, 0x1f),
            Type::F32 => (23, 0xff),
            Type::Bool | Type::I16 | Type::I32 | Type::I64 | Type::F64 => (52, 0x7ff),
        };
        let normal = |bits: u64| {
            !matches!((bits >> fraction) & exponents, 0) && {
                (bits >> fraction) & exponents != exponents
            }
        };
        let exact = c & ((1 << fraction) - 1) == 0;
        let good = normal(c) && normal(reciprocal) && (exact || ty != Type::F64);
        good.then_some(reciprocal)
    }

    pub(super) fn fma(
        &mut self,
        a: Value,
        b: Value,
        c: Value,
        ty: Type,
        fuel: u32,
    ) -> Option<Value> {
        let sign = 1u64 << (ty.bits() - 1);
        let one = eval::convert(ConvertOp::UintToFloat, Type::I32, ty, 1)?;
        for (a, b) in [(a, b), (b, a)] {
            if self.constant(a) == Some(one) {
                return Some(self.binary(BinaryOp::FAdd, b, c, fuel));
            }
            if self.constant(a) == Some(one | sign) {
                return Some(self.binary(BinaryOp::FSub, c, b, fuel));
            }
        }
        if self.constant(c) == Some(sign) {
            return Some(self.binary(BinaryOp::FMul, a, b, fuel));
        }
        let (x, y) = (
            self.unary_of(UnaryOp::FNeg, a)?,
            self.unary_of(UnaryOp::FNeg, b)?,
        );
        Some(self.make(Op::Ternary(TernaryOp::Fma), &[x, y, c], ty, fuel))
    }
}
