//! Unary and binary operators.
//!
//! Integer division follows WGSL where the caller asks for it: a divisor that would trap or
//! overflow is replaced by 1, which gives the dividend as quotient and 0 as remainder.

use naga::{BinaryOperator, Expression, Handle, Scalar, ScalarKind, Span, UnaryOperator};

use super::functions::Frame;
use super::layout::{value_type, Shape};
use super::{internal, is_float, is_signed, unsupported, Lowerer, Operand};
use crate::kernel::{BinaryOp, ConvertOp, FloatCc, IntCc, Type, UnaryOp, Value, Values};
use crate::Error;

impl<'a> Lowerer<'a> {
    pub(super) fn unary(&mut self, op: UnaryOperator, scalar: Scalar, value: Value) -> Value {
        match op {
            UnaryOperator::Negate if is_float(scalar) => self.fneg(value),
            UnaryOperator::Negate => self.un(UnaryOp::INeg, value),
            UnaryOperator::LogicalNot | UnaryOperator::BitwiseNot => self.un(UnaryOp::Not, value),
        }
    }

    pub(super) fn binary(
        &mut self,
        frame: &mut Frame<'a>,
        op: BinaryOperator,
        left: Handle<Expression>,
        right: Handle<Expression>,
        span: Span,
    ) -> Result<Operand, Error> {
        let left_shape = self.shape(frame, left);
        let (Ok(left_shape), Ok(right_shape)) = (left_shape, self.shape(frame, right)) else {
            return Err(unsupported("an operator on values of these types", span));
        };
        let l = self.values(frame, left)?;
        let r = self.values(frame, right)?;
        if op == BinaryOperator::Multiply {
            if let Some(product) = self.matrix_product(left_shape, &l, right_shape, &r) {
                return Ok(Operand::Values(product));
            }
        }
        let (Some(left_scalar), Some(right_scalar)) = (scalar(left_shape), scalar(right_shape))
        else {
            return Err(internal("an operator on aggregates"));
        };
        let count = l.len().max(r.len());
        if l.is_empty() || r.is_empty() {
            return Err(internal("an operator on nothing"));
        }
        let mut result = Values::new();
        for n in 0..count {
            // A scalar beside a vector or matrix counts for each component.
            let a = *l.get(n).unwrap_or(&l[0]);
            let b = *r.get(n).unwrap_or(&r[0]);
            result.push(self.scalar_binary(op, left_scalar, right_scalar, a, b)?);
        }
        Ok(Operand::Values(result))
    }

    fn scalar_binary(
        &mut self,
        op: BinaryOperator,
        scalar: Scalar,
        right_scalar: Scalar,
        a: Value,
        b: Value,
    ) -> Result<Value, Error> {
        let float = is_float(scalar);
        let signed = is_signed(scalar);
        let choose = |if_float, if_int| if float { if_float } else { if_int };
        Ok(match op {
            BinaryOperator::Add => self.bin(choose(BinaryOp::FAdd, BinaryOp::IAdd), a, b),
            BinaryOperator::Subtract => self.bin(choose(BinaryOp::FSub, BinaryOp::ISub), a, b),
            BinaryOperator::Multiply => self.bin(choose(BinaryOp::FMul, BinaryOp::IMul), a, b),
            BinaryOperator::Divide if float => self.fdiv(a, b),
            BinaryOperator::Modulo if float => self.float_remainder(a, b),
            BinaryOperator::Divide => self.integer_division(true, signed, a, b),
            BinaryOperator::Modulo => self.integer_division(false, signed, a, b),
            BinaryOperator::Equal
            | BinaryOperator::NotEqual
            | BinaryOperator::Less
            | BinaryOperator::LessEqual
            | BinaryOperator::Greater
            | BinaryOperator::GreaterEqual => {
                let (on_float, on_signed, on_unsigned) = comparison(op)?;
                match scalar.kind {
                    ScalarKind::Float | ScalarKind::AbstractFloat => self.fcmp(on_float, a, b),
                    ScalarKind::Sint | ScalarKind::AbstractInt => self.icmp(on_signed, a, b),
                    ScalarKind::Uint | ScalarKind::Bool => self.icmp(on_unsigned, a, b),
                }
            }
            BinaryOperator::And | BinaryOperator::LogicalAnd => self.bin(BinaryOp::And, a, b),
            BinaryOperator::InclusiveOr | BinaryOperator::LogicalOr => self.bin(BinaryOp::Or, a, b),
            BinaryOperator::ExclusiveOr => self.bin(BinaryOp::Xor, a, b),
            BinaryOperator::ShiftLeft => {
                let amount = self.shift_amount(scalar, right_scalar, b);
                self.bin(BinaryOp::Shl, a, amount)
            }
            BinaryOperator::ShiftRight => {
                let amount = self.shift_amount(scalar, right_scalar, b);
                let op = if signed {
                    BinaryOp::AShr
                } else {
                    BinaryOp::LShr
                };
                self.bin(op, a, amount)
            }
        })
    }

    /// A shift's amount in the type of the shifted value. It counts modulo the width, so that
    /// cutting it is harmless.
    fn shift_amount(&mut self, scalar: Scalar, amount_scalar: Scalar, amount: Value) -> Value {
        let ty = value_type(scalar);
        match (value_type(amount_scalar).bits(), ty.bits()) {
            (from, to) if from == to => amount,
            (from, to) if from > to => self.b.convert(ConvertOp::Truncate, amount, ty),
            _ => self.b.convert(ConvertOp::ZeroExtend, amount, ty),
        }
    }

    /// `a - b·trunc(a / b)`.
    fn float_remainder(&mut self, a: Value, b: Value) -> Value {
        match self.ty(a) {
            Type::F16 => {
                let a = self.b.convert(ConvertOp::FloatToFloat, a, Type::F32);
                let b = self.b.convert(ConvertOp::FloatToFloat, b, Type::F32);
                let r = self.bin(BinaryOp::FRem, a, b);
                self.b.convert(ConvertOp::FloatToFloat, r, Type::F16)
            }
            Type::Bool | Type::I16 | Type::I32 | Type::I64 | Type::F32 | Type::F64 => {
                self.bin(BinaryOp::FRem, a, b)
            }
        }
    }

    /// Quotient or remainder.
    fn integer_division(&mut self, quotient: bool, signed: bool, a: Value, b: Value) -> Value {
        let ty = self.ty(a);
        if ty == Type::I16 {
            // In 32 bits nothing overflows, and no target divides 16 bits faster.
            let extend = match signed {
                true => ConvertOp::SignExtend,
                false => ConvertOp::ZeroExtend,
            };
            let a = self.b.convert(extend, a, Type::I32);
            let b = self.b.convert(extend, b, Type::I32);
            let result = self.integer_division(quotient, signed, a, b);
            return self.b.convert(ConvertOp::Truncate, result, Type::I16);
        }
        let divisor = match self.options.checks.division {
            true => self.safe_divisor(signed, a, b),
            false => b,
        };
        let op = match (quotient, signed) {
            (true, true) => BinaryOp::SDiv,
            (true, false) => BinaryOp::UDiv,
            (false, true) => BinaryOp::SRem,
            (false, false) => BinaryOp::URem,
        };
        self.bin(op, a, divisor)
    }

    fn safe_divisor(&mut self, signed: bool, a: Value, b: Value) -> Value {
        let ty = self.ty(b);
        let minus_one = u64::MAX >> (64 - ty.bits());
        let constant = self.b.kernel.constant(b);
        if constant.is_some_and(|c| c != 0 && !(signed && c == minus_one)) {
            return b;
        }
        let zero = self.int_of(ty, 0);
        let one = self.int_of(ty, 1);
        let mut bad = self.icmp(IntCc::Eq, b, zero);
        if signed {
            let least = self.bits(ty, 1 << (ty.bits() - 1));
            let minus_one = self.bits(ty, minus_one);
            let at_least = self.icmp(IntCc::Eq, a, least);
            let by_minus_one = self.icmp(IntCc::Eq, b, minus_one);
            let overflows = self.bin(BinaryOp::And, at_least, by_minus_one);
            bad = self.bin(BinaryOp::Or, bad, overflows);
        }
        self.select(bad, one, b)
    }
}

fn scalar(shape: Shape) -> Option<Scalar> {
    match shape {
        Shape::Scalar(scalar)
        | Shape::Vector(scalar, _)
        | Shape::Matrix { scalar, .. }
        | Shape::Atomic(scalar) => Some(scalar),
        Shape::Aggregate(_) => None,
    }
}

fn comparison(op: BinaryOperator) -> Result<(FloatCc, IntCc, IntCc), Error> {
    Ok(match op {
        BinaryOperator::Equal => (FloatCc::Eq, IntCc::Eq, IntCc::Eq),
        BinaryOperator::NotEqual => (FloatCc::Ne, IntCc::Ne, IntCc::Ne),
        BinaryOperator::Less => (FloatCc::Lt, IntCc::SLt, IntCc::ULt),
        BinaryOperator::LessEqual => (FloatCc::Le, IntCc::SLe, IntCc::ULe),
        BinaryOperator::Greater => (FloatCc::Gt, IntCc::SGt, IntCc::UGt),
        BinaryOperator::GreaterEqual => (FloatCc::Ge, IntCc::SGe, IntCc::UGe),
        BinaryOperator::Add
        | BinaryOperator::Subtract
        | BinaryOperator::Multiply
        | BinaryOperator::Divide
        | BinaryOperator::Modulo
        | BinaryOperator::And
        | BinaryOperator::ExclusiveOr
        | BinaryOperator::InclusiveOr
        | BinaryOperator::LogicalAnd
        | BinaryOperator::LogicalOr
        | BinaryOperator::ShiftLeft
        | BinaryOperator::ShiftRight => return Err(internal("a comparison that compares nothing")),
    })
}
