//! Integer identities. All wrap, so all hold for every value.

use super::{eval, Folder};
use crate::kernel::*;

impl Folder<'_> {
    pub(super) fn integer_unary(
        &mut self,
        op: UnaryOp,
        a: Value,
        ty: Type,
        fuel: u32,
    ) -> Option<Value> {
        use UnaryOp::*;
        match op {
            Not if ty == Type::Bool => self.bool_not(a, fuel),
            Not | BitReverse => self.unary_of(op, a),
            INeg => {
                if let Some(a) = self.unary_of(INeg, a) {
                    return Some(a);
                }
                let (a, b) = self.binary_of(BinaryOp::ISub, a)?;
                Some(self.binary(BinaryOp::ISub, b, a, fuel))
            }
            IAbs => {
                if self.unary_of(IAbs, a).is_some() {
                    return Some(a);
                }
                let a = self.unary_of(INeg, a)?;
                Some(self.unary(IAbs, a, fuel))
            }
            PopCount | Clz | Ctz | FNeg | FAbs | Floor | Ceil | Trunc | RoundEven | Fract
            | Sqrt | Rsqrt | Rcp | Exp2 | Log2 | Sin | Cos | FrexpMant => None,
        }
    }

    pub(super) fn integer_binary(
        &mut self,
        op: BinaryOp,
        a: Value,
        b: Value,
        ty: Type,
        fuel: u32,
    ) -> Option<Value> {
        match op {
            BinaryOp::IAdd => self.add(a, b, ty, fuel),
            BinaryOp::ISub => self.sub(a, b, ty, fuel),
            BinaryOp::IMul => self.mul(a, b, ty, fuel),
            BinaryOp::UMulHi | BinaryOp::SMulHi => {
                (self.constant(b) == Some(0)).then(|| self.bits(ty, 0))
            }
            BinaryOp::UDiv | BinaryOp::SDiv | BinaryOp::URem | BinaryOp::SRem => {
                self.divide(op, a, b, ty, fuel)
            }
            BinaryOp::And => self.and(a, b, ty, fuel),
            BinaryOp::Or => self.or(a, b, ty, fuel),
            BinaryOp::Xor => self.xor(a, b, ty, fuel),
            BinaryOp::Shl | BinaryOp::LShr | BinaryOp::AShr => self.shift(op, a, b, ty, fuel),
            BinaryOp::SMin | BinaryOp::SMax | BinaryOp::UMin | BinaryOp::UMax => {
                self.min_max(op, a, b, ty, fuel)
            }
            BinaryOp::FAdd
            | BinaryOp::FSub
            | BinaryOp::FMul
            | BinaryOp::FDiv
            | BinaryOp::FRem
            | BinaryOp::FMin
            | BinaryOp::FMax => None,
        }
    }

    fn add(&mut self, a: Value, b: Value, ty: Type, fuel: u32) -> Option<Value> {
        if let Some(c) = self.constant(b) {
            if c == 0 {
                return Some(a);
            }
            if let Some((x, c2)) = self.binary_const_of(BinaryOp::IAdd, a) {
                return Some(self.binary_const(BinaryOp::IAdd, x, c.wrapping_add(c2), fuel));
            }
            // (c2 - x) + c
            if let Some((k, x)) = self.binary_of(BinaryOp::ISub, a) {
                if let Some(c2) = self.constant(k) {
                    let sum = self.bits(ty, c.wrapping_add(c2) & eval::mask(ty));
                    return Some(self.binary(BinaryOp::ISub, sum, x, fuel));
                }
            }
            return None;
        }
        for (a, b) in [(a, b), (b, a)] {
            if let Some(b) = self.unary_of(UnaryOp::INeg, b) {
                return Some(self.binary(BinaryOp::ISub, a, b, fuel));
            }
            // (x - b) + b
            match self.binary_of(BinaryOp::ISub, a) {
                Some((x, y)) if y == b => return Some(x),
                _ => {}
            }
        }
        // Constants outwards, where they meet other constants and addresses.
        for (a, b) in [(a, b), (b, a)] {
            if let Some((x, c)) = self.binary_const_of(BinaryOp::IAdd, a) {
                let sum = self.binary(BinaryOp::IAdd, x, b, fuel);
                return Some(self.binary_const(BinaryOp::IAdd, sum, c, fuel));
            }
        }
        self.funnel(a, b, ty)
    }

    fn sub(&mut self, a: Value, b: Value, ty: Type, fuel: u32) -> Option<Value> {
        if a == b {
            return Some(self.bits(ty, 0));
        }
        if let Some(c) = self.constant(b) {
            return Some(self.binary_const(BinaryOp::IAdd, a, c.wrapping_neg(), fuel));
        }
        if self.constant(a) == Some(0) {
            return Some(self.unary(UnaryOp::INeg, b, fuel));
        }
        if let Some(b) = self.unary_of(UnaryOp::INeg, b) {
            return Some(self.binary(BinaryOp::IAdd, a, b, fuel));
        }
        // (x + b) - b, (b + x) - b
        if let Some((x, y)) = self.binary_of(BinaryOp::IAdd, a) {
            if y == b {
                return Some(x);
            }
            if x == b {
                return Some(y);
            }
        }
        // a - (a + x), a - (x + a)
        if let Some((x, y)) = self.binary_of(BinaryOp::IAdd, b) {
            if x == a {
                return Some(self.unary(UnaryOp::INeg, y, fuel));
            }
            if y == a {
                return Some(self.unary(UnaryOp::INeg, x, fuel));
            }
        }
        // (x + c) - b
        if let Some((x, c)) = self.binary_const_of(BinaryOp::IAdd, a) {
            let difference = self.binary(BinaryOp::ISub, x, b, fuel);
            return Some(self.binary_const(BinaryOp::IAdd, difference, c, fuel));
        }
        // a - (x + c)
        if let Some((x, c)) = self.binary_const_of(BinaryOp::IAdd, b) {
            if let Some(c2) = self.constant(a) {
                let difference = self.bits(ty, c2.wrapping_sub(c) & eval::mask(ty));
                return Some(self.binary(BinaryOp::ISub, difference, x, fuel));
            }
            let difference = self.binary(BinaryOp::ISub, a, x, fuel);
            return Some(self.binary_const(BinaryOp::IAdd, difference, c.wrapping_neg(), fuel));
        }
        None
    }

    fn mul(&mut self, a: Value, b: Value, ty: Type, fuel: u32) -> Option<Value> {
        let c = self.constant(b)?;
        if c == 0 {
            return Some(b);
        }
        if c == 1 {
            return Some(a);
        }
        if c == eval::mask(ty) {
            return Some(self.unary(UnaryOp::INeg, a, fuel));
        }
        if let Some((x, c2)) = self.binary_const_of(BinaryOp::IMul, a) {
            return Some(self.binary_const(BinaryOp::IMul, x, c.wrapping_mul(c2), fuel));
        }
        if let Some((x, s)) = self.binary_const_of(BinaryOp::Shl, a) {
            let factor = c << (s % ty.bits() as u64);
            return Some(self.binary_const(BinaryOp::IMul, x, factor, fuel));
        }
        // (x + c2)·c: the constant part of an address comes out.
        if let Some((x, c2)) = self.binary_const_of(BinaryOp::IAdd, a) {
            let product = self.binary_const(BinaryOp::IMul, x, c, fuel);
            return Some(self.binary_const(BinaryOp::IAdd, product, c.wrapping_mul(c2), fuel));
        }
        if c.is_power_of_two() {
            let amount = c.trailing_zeros() as u64;
            return Some(self.binary_const(BinaryOp::Shl, a, amount, fuel));
        }
        None
    }

    fn and(&mut self, a: Value, b: Value, ty: Type, fuel: u32) -> Option<Value> {
        if a == b {
            return Some(a);
        }
        let c = self.constant(b)?;
        if c == 0 {
            return Some(b);
        }
        if c == eval::mask(ty) {
            return Some(a);
        }
        if let Some((x, c2)) = self.binary_const_of(BinaryOp::And, a) {
            return Some(self.binary_const(BinaryOp::And, x, c & c2, fuel));
        }
        // Bits that a shift has cleared need no mask.
        let bits = ty.bits() as u64;
        if let Some((_, s)) = self.binary_const_of(BinaryOp::LShr, a) {
            if (eval::mask(ty) >> (s % bits)) & !c == 0 {
                return Some(a);
            }
        }
        if let Some((_, s)) = self.binary_const_of(BinaryOp::Shl, a) {
            if ((eval::mask(ty) << (s % bits)) & eval::mask(ty)) & !c == 0 {
                return Some(a);
            }
        }
        None
    }

    fn or(&mut self, a: Value, b: Value, ty: Type, fuel: u32) -> Option<Value> {
        if a == b {
            return Some(a);
        }
        if let Some(c) = self.constant(b) {
            if c == 0 {
                return Some(a);
            }
            if c == eval::mask(ty) {
                return Some(b);
            }
            if let Some((x, c2)) = self.binary_const_of(BinaryOp::Or, a) {
                return Some(self.binary_const(BinaryOp::Or, x, c | c2, fuel));
            }
        }
        self.funnel(a, b, ty)
            .or_else(|| self.rotate(a, b, ty, fuel))
    }

    fn xor(&mut self, a: Value, b: Value, ty: Type, fuel: u32) -> Option<Value> {
        if a == b {
            return Some(self.bits(ty, 0));
        }
        if let Some(c) = self.constant(b) {
            if c == 0 {
                return Some(a);
            }
            if c == eval::mask(ty) {
                return Some(self.unary(UnaryOp::Not, a, fuel));
            }
            if let Some((x, c2)) = self.binary_const_of(BinaryOp::Xor, a) {
                return Some(self.binary_const(BinaryOp::Xor, x, c ^ c2, fuel));
            }
        }
        self.funnel(a, b, ty)
    }

    /// Two shifts that meet without overlap, whatever joins them: one funnel shift.
    fn funnel(&mut self, a: Value, b: Value, ty: Type) -> Option<Value> {
        if ty != Type::I32 {
            return None;
        }
        for (left, right) in [(a, b), (b, a)] {
            let Some((high, up)) = self.binary_of(BinaryOp::Shl, left) else {
                continue;
            };
            let Some((low, down)) = self.binary_of(BinaryOp::LShr, right) else {
                continue;
            };
            let (Some(up), Some(down)) = (self.constant(up), self.constant(down)) else {
                continue;
            };
            let (up, down) = (up % 32, down % 32);
            if down != 0 && up + down == 32 {
                let amount = self.bits(Type::I32, down);
                let op = Op::Ternary(TernaryOp::FunnelShr);
                return Some(self.make(op, &[high, low, amount], Type::I32, 0));
            }
        }
        None
    }

    /// `(x << n) | (x >> (32 - n))` by a variable amount, or the other way round. Only for `or`:
    /// where `n` is 0 both sides are `x`.
    fn rotate(&mut self, a: Value, b: Value, ty: Type, fuel: u32) -> Option<Value> {
        if ty != Type::I32 {
            return None;
        }
        for (left, right) in [(a, b), (b, a)] {
            let Some((x, up)) = self.binary_of(BinaryOp::Shl, left) else {
                continue;
            };
            let Some((y, down)) = self.binary_of(BinaryOp::LShr, right) else {
                continue;
            };
            if x != y {
                continue;
            }
            let amount = if self.is_complement(up, down) {
                down
            } else if self.is_complement(down, up) {
                self.unary(UnaryOp::INeg, up, fuel)
            } else {
                continue;
            };
            let op = Op::Ternary(TernaryOp::FunnelShr);
            return Some(self.make(op, &[x, x, amount], Type::I32, 0));
        }
        None
    }

    /// Is `b` a multiple of 32 less `a`?
    fn is_complement(&self, a: Value, b: Value) -> bool {
        if self.unary_of(UnaryOp::INeg, b) == Some(a) {
            return true;
        }
        match self.binary_of(BinaryOp::ISub, b) {
            Some((c, x)) => x == a && self.constant(c).is_some_and(|c| c % 32 == 0),
            None => false,
        }
    }

    fn shift(&mut self, op: BinaryOp, a: Value, b: Value, ty: Type, fuel: u32) -> Option<Value> {
        let bits = ty.bits() as u64;
        if self.constant(a) == Some(0) {
            return Some(a);
        }
        // The amount counts modulo the width anyway.
        if let Some((amount, c)) = self.binary_const_of(BinaryOp::And, b) {
            if c & (bits - 1) == bits - 1 {
                return Some(self.binary(op, a, amount, fuel));
            }
        }
        let c = self.constant(b)? % bits;
        if c == 0 {
            return Some(a);
        }
        if let Some((x, c2)) = self.binary_const_of(op, a) {
            let sum = c + c2 % bits;
            return Some(if sum < bits {
                self.binary_const(op, x, sum, fuel)
            } else if op == BinaryOp::AShr {
                self.binary_const(op, x, bits - 1, fuel)
            } else {
                self.bits(ty, 0)
            });
        }
        // There and back again leaves a mask.
        let by_as_much = |(x, c2): (Value, u64)| (c2 % bits == c).then_some(x);
        if op == BinaryOp::LShr {
            let x = self
                .binary_const_of(BinaryOp::Shl, a)
                .and_then(by_as_much)?;
            return Some(self.binary_const(BinaryOp::And, x, eval::mask(ty) >> c, fuel));
        }
        if op == BinaryOp::AShr {
            return None;
        }
        if let Some(x) = self.binary_const_of(BinaryOp::LShr, a).and_then(by_as_much) {
            let keep = (eval::mask(ty) << c) & eval::mask(ty);
            return Some(self.binary_const(BinaryOp::And, x, keep, fuel));
        }
        // The constant part of an address comes out.
        if let Some((x, c2)) = self.binary_const_of(BinaryOp::IAdd, a) {
            let shifted = self.binary_const(BinaryOp::Shl, x, c, fuel);
            return Some(self.binary_const(BinaryOp::IAdd, shifted, c2 << c, fuel));
        }
        let (x, c2) = self.binary_const_of(BinaryOp::IMul, a)?;
        Some(self.binary_const(BinaryOp::IMul, x, c2 << c, fuel))
    }

    fn min_max(&mut self, op: BinaryOp, a: Value, b: Value, ty: Type, fuel: u32) -> Option<Value> {
        if a == b {
            return Some(a);
        }
        // min(min(a, b), b)
        for (a, b) in [(a, b), (b, a)] {
            if let Some((x, y)) = self.binary_of(op, a) {
                if x == b || y == b {
                    return Some(a);
                }
            }
        }
        let c = self.constant(b)?;
        let signed = matches!(op, BinaryOp::SMin | BinaryOp::SMax);
        let (least, most) = if signed {
            let most = eval::mask(ty) >> 1;
            (most + 1, most)
        } else {
            (0, eval::mask(ty))
        };
        let min = matches!(op, BinaryOp::SMin | BinaryOp::UMin);
        let (absorbs, neutral) = if min { (least, most) } else { (most, least) };
        if c == absorbs {
            return Some(b);
        }
        if c == neutral {
            return Some(a);
        }
        let (x, c2) = self.binary_const_of(op, a)?;
        let both = eval::binary(op, ty, c, c2)?;
        Some(self.binary_const(op, x, both, fuel))
    }

    pub(super) fn ternary(
        &mut self,
        op: TernaryOp,
        args: &[Value],
        ty: Type,
        fuel: u32,
    ) -> Option<Value> {
        let &[a, b, c] = args else { return None };
        match op {
            TernaryOp::Fma => self.fma(a, b, c, ty, fuel),
            TernaryOp::UBfe | TernaryOp::SBfe => {
                let count = self.constant(c)?;
                if count == 0 {
                    return Some(self.bits(ty, 0));
                }
                let offset = self.constant(b)?;
                if offset == 0 && count == 32 {
                    return Some(a);
                }
                if offset + count > 32 {
                    return None;
                }
                let signed = op == TernaryOp::SBfe;
                if offset + count == 32 {
                    let shift = if signed {
                        BinaryOp::AShr
                    } else {
                        BinaryOp::LShr
                    };
                    Some(self.binary_const(shift, a, offset, fuel))
                } else if offset == 0 && !signed {
                    Some(self.binary_const(BinaryOp::And, a, (1 << count) - 1, fuel))
                } else {
                    None
                }
            }
            TernaryOp::BitSelect => {
                if a == b {
                    return Some(a);
                }
                let mask = self.constant(c)?;
                if mask == 0 {
                    return Some(a);
                }
                if mask == eval::mask(ty) {
                    return Some(b);
                }
                None
            }
            TernaryOp::FunnelShr => (self.constant(c)? % 32 == 0).then_some(b),
            TernaryOp::UDot4 | TernaryOp::SDot4 => {
                let zero = self.constant(a) == Some(0) || self.constant(b) == Some(0);
                zero.then_some(c)
            }
        }
    }

    pub(super) fn convert(
        &mut self,
        op: ConvertOp,
        args: &[Value],
        ty: Type,
        fuel: u32,
    ) -> Option<Value> {
        let a = args[0];
        if op == ConvertOp::Bitcast && self.kernel.ty(a) == ty {
            return Some(a);
        }
        let inner = self.def(a)?.clone();
        let Op::Convert(inner_op) = inner.op else {
            return None;
        };
        let x = inner.args[0];
        let from = self.kernel.ty(x);
        let again = |this: &mut Self, op: ConvertOp| {
            if from == ty {
                return Some(x);
            }
            Some(this.make(Op::Convert(op), &[x], ty, fuel))
        };
        match (op, inner_op) {
            (ConvertOp::Bitcast, ConvertOp::Bitcast) => again(self, ConvertOp::Bitcast),
            (ConvertOp::ZeroExtend, ConvertOp::ZeroExtend) => again(self, ConvertOp::ZeroExtend),
            (ConvertOp::SignExtend, ConvertOp::SignExtend) => again(self, ConvertOp::SignExtend),
            (ConvertOp::SignExtend, ConvertOp::ZeroExtend) => again(self, ConvertOp::ZeroExtend),
            (ConvertOp::Truncate, ConvertOp::Truncate) => again(self, ConvertOp::Truncate),
            (ConvertOp::Truncate, ConvertOp::ZeroExtend | ConvertOp::SignExtend) => {
                match from.bits().cmp(&ty.bits()) {
                    std::cmp::Ordering::Greater => again(self, ConvertOp::Truncate),
                    std::cmp::Ordering::Equal => Some(x),
                    std::cmp::Ordering::Less => again(self, inner_op),
                }
            }
            (ConvertOp::UnpackLow, ConvertOp::Pack) if from == ty => Some(x),
            (ConvertOp::UnpackHigh, ConvertOp::Pack) if from == ty => Some(inner.args[1]),
            (ConvertOp::UnpackLow, ConvertOp::ZeroExtend | ConvertOp::SignExtend) if from == ty => {
                Some(x)
            }
            (ConvertOp::UnpackHigh, ConvertOp::ZeroExtend) if from == ty => Some(self.bits(ty, 0)),
            (ConvertOp::Pack, ConvertOp::UnpackLow) => {
                let high = self.def(args[1])?;
                let whole = high.op == Op::Convert(ConvertOp::UnpackHigh)
                    && high.args[0] == x
                    && from == ty;
                whole.then_some(x)
            }
            _ => None,
        }
    }
}
