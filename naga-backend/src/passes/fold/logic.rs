//! Truth values, comparisons and selects.

use super::{eval, Folder};
use crate::kernel::*;

impl IntCc {
    /// The comparison that holds where this does not.
    pub fn inverse(self) -> IntCc {
        match self {
            IntCc::Eq => IntCc::Ne,
            IntCc::Ne => IntCc::Eq,
            IntCc::ULt => IntCc::UGe,
            IntCc::ULe => IntCc::UGt,
            IntCc::UGt => IntCc::ULe,
            IntCc::UGe => IntCc::ULt,
            IntCc::SLt => IntCc::SGe,
            IntCc::SLe => IntCc::SGt,
            IntCc::SGt => IntCc::SLe,
            IntCc::SGe => IntCc::SLt,
        }
    }

    /// The same comparison with its operands exchanged.
    pub fn swapped(self) -> IntCc {
        match self {
            IntCc::Eq => IntCc::Eq,
            IntCc::Ne => IntCc::Ne,
            IntCc::ULt => IntCc::UGt,
            IntCc::ULe => IntCc::UGe,
            IntCc::UGt => IntCc::ULt,
            IntCc::UGe => IntCc::ULe,
            IntCc::SLt => IntCc::SGt,
            IntCc::SLe => IntCc::SGe,
            IntCc::SGt => IntCc::SLt,
            IntCc::SGe => IntCc::SLe,
        }
    }
}

impl Folder<'_> {
    pub(super) fn bool_not(&mut self, a: Value, fuel: u32) -> Option<Value> {
        let inner = self.def(a)?.clone();
        if inner.op == Op::Unary(UnaryOp::Not) {
            return Some(inner.args[0]);
        }
        if let Op::ICmp(cc) = inner.op {
            return Some(self.icmp(cc.inverse(), inner.args[0], inner.args[1], fuel));
        }
        let Op::FCmp(cc) = inner.op else {
            return None;
        };
        let inverse = match cc {
            FloatCc::Eq => FloatCc::Ne,
            FloatCc::Ne => FloatCc::Eq,
            // These have none: all are false for NaN.
            FloatCc::Lt | FloatCc::Le | FloatCc::Gt | FloatCc::Ge => return None,
        };
        Some(self.make(Op::FCmp(inverse), &inner.args, Type::Bool, fuel))
    }

    pub(super) fn bool_binary(
        &mut self,
        op: BinaryOp,
        a: Value,
        b: Value,
        fuel: u32,
    ) -> Option<Value> {
        let known = self.constant(b).map(|c| c == 1);
        let opposite = self.not_of(a) == Some(b) || self.not_of(b) == Some(a);
        use BinaryOp::*;
        match op {
            And => match known {
                Some(true) => Some(a),
                Some(false) => Some(b),
                None if a == b => Some(a),
                None if opposite => Some(self.truth(false)),
                None => self.absorbed(Or, op, a, b),
            },
            Or => match known {
                Some(true) => Some(b),
                Some(false) => Some(a),
                None if a == b => Some(a),
                None if opposite => Some(self.truth(true)),
                None => self.absorbed(And, op, a, b),
            },
            Xor => match known {
                Some(true) => Some(self.unary(UnaryOp::Not, a, fuel)),
                Some(false) => Some(a),
                None if a == b => Some(self.truth(false)),
                None if opposite => Some(self.truth(true)),
                None => None,
            },
            IAdd | ISub | IMul | UMulHi | SMulHi | UDiv | SDiv | URem | SRem | Shl | LShr
            | AShr | SMin | SMax | UMin | UMax | FAdd | FSub | FMul | FDiv | FRem | FMin | FMax => {
                None
            }
        }
    }

    /// `a & (a | x)` and `a | (a & x)` are `a`; `a & (a & x)` is the inner one.
    fn absorbed(&self, dual: BinaryOp, same: BinaryOp, a: Value, b: Value) -> Option<Value> {
        for (a, b) in [(a, b), (b, a)] {
            match self.binary_of(dual, b) {
                Some((x, y)) if x == a || y == a => return Some(a),
                _ => {}
            }
            match self.binary_of(same, b) {
                Some((x, y)) if x == a || y == a => return Some(b),
                _ => {}
            }
        }
        None
    }

    pub(super) fn icmp_rules(&mut self, cc: IntCc, a: Value, b: Value, fuel: u32) -> Option<Value> {
        if a == b {
            let holds = match cc {
                IntCc::Eq | IntCc::ULe | IntCc::UGe | IntCc::SLe | IntCc::SGe => true,
                IntCc::Ne | IntCc::ULt | IntCc::UGt | IntCc::SLt | IntCc::SGt => false,
            };
            return Some(self.truth(holds));
        }
        let ty = self.kernel.ty(a);
        if ty == Type::Bool {
            let c = self.constant(b)?;
            let same = (cc == IntCc::Eq) == (c == 1);
            return Some(match same {
                true => a,
                false => self.unary(UnaryOp::Not, a, fuel),
            });
        }
        let Some(c) = self.constant(b) else {
            // Equal after adding the same.
            if let (IntCc::Eq | IntCc::Ne, Some((x, c)), Some((y, d))) = (
                cc,
                self.binary_const_of(BinaryOp::IAdd, a),
                self.binary_const_of(BinaryOp::IAdd, b),
            ) {
                if c == d {
                    return Some(self.icmp(cc, x, y, fuel));
                }
            }
            return None;
        };
        self.icmp_limits(cc, a, c, ty, fuel)
            .or_else(|| self.icmp_of_select(cc, a, c, ty, fuel))
            .or_else(|| self.icmp_equal(cc, a, c, ty, fuel))
    }

    /// At the ends of the range.
    fn icmp_limits(&mut self, cc: IntCc, a: Value, c: u64, ty: Type, fuel: u32) -> Option<Value> {
        let umax = eval::mask(ty);
        let (smin, smax) = ((umax >> 1) + 1, umax >> 1);
        match (cc, c) {
            (IntCc::ULt, 0) => Some(self.truth(false)),
            (IntCc::UGe, 0) => Some(self.truth(true)),
            (IntCc::UGt, c) if c == umax => Some(self.truth(false)),
            (IntCc::ULe, c) if c == umax => Some(self.truth(true)),
            (IntCc::SLt, c) if c == smin => Some(self.truth(false)),
            (IntCc::SGe, c) if c == smin => Some(self.truth(true)),
            (IntCc::SGt, c) if c == smax => Some(self.truth(false)),
            (IntCc::SLe, c) if c == smax => Some(self.truth(true)),
            (IntCc::ULt, 1) | (IntCc::ULe, 0) => {
                let zero = self.bits(ty, 0);
                Some(self.icmp(IntCc::Eq, a, zero, fuel))
            }
            (IntCc::UGe, 1) | (IntCc::UGt, 0) => {
                let zero = self.bits(ty, 0);
                Some(self.icmp(IntCc::Ne, a, zero, fuel))
            }
            _ => None,
        }
    }

    /// Against one of two constants: the comparison is the condition, its inverse, or known.
    fn icmp_of_select(
        &mut self,
        cc: IntCc,
        a: Value,
        c: u64,
        ty: Type,
        fuel: u32,
    ) -> Option<Value> {
        let inner = self.def(a)?;
        if inner.op != Op::Select {
            return None;
        }
        let (condition, x, y) = (inner.args[0], inner.args[1], inner.args[2]);
        let then = eval::icmp(cc, ty, self.constant(x)?, c);
        let otherwise = eval::icmp(cc, ty, self.constant(y)?, c);
        Some(match (then, otherwise) {
            (true, false) => condition,
            (false, true) => self.unary(UnaryOp::Not, condition, fuel),
            (same, _) => self.truth(same),
        })
    }

    fn icmp_equal(&mut self, cc: IntCc, a: Value, c: u64, ty: Type, fuel: u32) -> Option<Value> {
        if !matches!(cc, IntCc::Eq | IntCc::Ne) {
            return None;
        }
        if let Some((x, c2)) = self.binary_const_of(BinaryOp::IAdd, a) {
            let c = self.bits(ty, c.wrapping_sub(c2) & eval::mask(ty));
            return Some(self.icmp(cc, x, c, fuel));
        }
        if let Some((x, c2)) = self.binary_const_of(BinaryOp::Xor, a) {
            let c = self.bits(ty, c ^ c2);
            return Some(self.icmp(cc, x, c, fuel));
        }
        if c == 0 {
            let difference = self
                .binary_of(BinaryOp::ISub, a)
                .or_else(|| self.binary_of(BinaryOp::Xor, a));
            if let Some((x, y)) = difference {
                return Some(self.icmp(cc, x, y, fuel));
            }
            if let Some(x) = self.unary_of(UnaryOp::INeg, a) {
                let zero = self.bits(ty, 0);
                return Some(self.icmp(cc, x, zero, fuel));
            }
        }
        None
    }

    pub(super) fn select(&mut self, args: &[Value], ty: Type, fuel: u32) -> Option<Value> {
        let &[condition, a, b] = args else {
            return None;
        };
        if a == b {
            return Some(a);
        }
        match self.constant(condition) {
            Some(1) => return Some(a),
            Some(_) => return Some(b),
            None => {}
        }
        if ty == Type::Bool {
            let (known_a, known_b) = (self.constant(a), self.constant(b));
            match (known_a, known_b) {
                (Some(1), Some(0)) => return Some(condition),
                (Some(0), Some(1)) => return Some(self.unary(UnaryOp::Not, condition, fuel)),
                (Some(1), _) => return Some(self.binary(BinaryOp::Or, condition, b, fuel)),
                (_, Some(0)) => return Some(self.binary(BinaryOp::And, condition, a, fuel)),
                _ => {}
            }
            if a == condition {
                return Some(self.binary(BinaryOp::Or, condition, b, fuel));
            }
            if b == condition {
                return Some(self.binary(BinaryOp::And, condition, a, fuel));
            }
        }
        // A select by the same condition within an arm.
        if let Some((c, x, _)) = self.select_of(a) {
            if c == condition {
                return Some(self.make(Op::Select, &[condition, x, b], ty, fuel));
            }
        }
        if let Some((c, _, y)) = self.select_of(b) {
            if c == condition {
                return Some(self.make(Op::Select, &[condition, a, y], ty, fuel));
            }
        }
        self.select_of_compare(condition, a, b, ty, fuel)
    }

    fn select_of(&self, value: Value) -> Option<(Value, Value, Value)> {
        let data = self.def(value)?;
        (data.op == Op::Select).then(|| (data.args[0], data.args[1], data.args[2]))
    }

    /// Minimum, maximum and absolute value of integers.
    fn select_of_compare(
        &mut self,
        condition: Value,
        a: Value,
        b: Value,
        ty: Type,
        fuel: u32,
    ) -> Option<Value> {
        let data = self.def(condition)?;
        let Op::ICmp(cc) = data.op else { return None };
        let (x, y) = (data.args[0], data.args[1]);
        if !ty.is_int() || self.kernel.ty(x) != ty {
            return None;
        }
        // x == y ? x : y is y, and x != y ? x : y is x.
        let same = (x, y) == (a, b) || (x, y) == (b, a);
        if same {
            let op = match cc {
                IntCc::Eq => return Some(b),
                IntCc::Ne => return Some(a),
                IntCc::ULt | IntCc::ULe => (BinaryOp::UMin, BinaryOp::UMax),
                IntCc::UGt | IntCc::UGe => (BinaryOp::UMax, BinaryOp::UMin),
                IntCc::SLt | IntCc::SLe => (BinaryOp::SMin, BinaryOp::SMax),
                IntCc::SGt | IntCc::SGe => (BinaryOp::SMax, BinaryOp::SMin),
            };
            let op = if x == a { op.0 } else { op.1 };
            return Some(self.binary(op, x, y, fuel));
        }
        let negative = match (cc, self.constant(y)?) {
            (IntCc::SLt, 0) => true,
            (IntCc::SGe, 0) => false,
            (IntCc::SGt, c) if c == eval::mask(ty) => false,
            _ => return None,
        };
        let (minus, plus) = if negative { (a, b) } else { (b, a) };
        let is_abs = plus == x && self.unary_of(UnaryOp::INeg, minus) == Some(x);
        is_abs.then(|| self.unary(UnaryOp::IAbs, x, fuel))
    }
}
