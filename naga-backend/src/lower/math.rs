//! Built-in functions of numbers: which computation each of naga's math functions becomes.
//!
//! Accuracy follows the section "Floating point accuracy" of the WGSL specification. f16 functions
//! without an exact operation are computed in f32 and rounded; f64 ones, of which WGSL says
//! nothing, are computed to within a few units in the last place.

use naga::{Expression, Handle, MathFunction, Scalar, ScalarKind};

use super::expressions::{each, one, span_of};
use super::functions::Frame;
use super::layout::{value_type, Shape};
use super::pack::Normal;
use super::{internal, is_float, is_signed, unsupported, Lowerer, Operand};
use crate::kernel::{BinaryOp, FloatCc, IntCc, Op, TernaryOp, Type, UnaryOp, Value, Values};
use crate::Error;

const SNORM8: Normal = Normal {
    signed: true,
    bits: 8,
};
const UNORM8: Normal = Normal {
    signed: false,
    bits: 8,
};
const SNORM16: Normal = Normal {
    signed: true,
    bits: 16,
};
const UNORM16: Normal = Normal {
    signed: false,
    bits: 16,
};

/// Arguments of a call: the scalars of each.
struct Arguments {
    values: [Values; 4],
    /// Type of the first argument.
    shape: Shape,
    scalar: Scalar,
}

impl Arguments {
    /// The only scalar of an argument.
    fn single(&self, n: usize) -> Result<Value, Error> {
        let missing = || internal("a math function lacks an argument");
        self.values[n].first().copied().ok_or_else(missing)
    }

    /// Calls `f` with the components of the first `N` arguments; a scalar beside vectors counts
    /// for each component.
    fn map<const N: usize>(
        &self,
        mut f: impl FnMut([Value; N]) -> Value,
    ) -> Result<Operand, Error> {
        let count = self.values[..N].iter().map(Values::len).max().unwrap_or(0);
        let mut result = Values::new();
        for n in 0..count {
            let mut row = [self.single(0)?; N];
            for (argument, value) in row.iter_mut().enumerate() {
                *value = match self.values[argument].get(n) {
                    Some(&value) => value,
                    None => self.single(argument)?,
                };
            }
            result.push(f(row));
        }
        Ok(Operand::Values(result))
    }
}

impl<'a> Lowerer<'a> {
    pub(super) fn math(
        &mut self,
        frame: &mut Frame<'a>,
        fun: MathFunction,
        expr: Handle<Expression>,
        arguments: [Option<Handle<Expression>>; 4],
    ) -> Result<Operand, Error> {
        let first = arguments[0].ok_or_else(|| internal("a math function without argument"))?;
        let mut values = [Values::new(), Values::new(), Values::new(), Values::new()];
        for (values, argument) in values.iter_mut().zip(arguments) {
            if let Some(argument) = argument {
                *values = self.values(frame, argument)?;
            }
        }
        let args = Arguments {
            values,
            shape: self.shape(frame, first)?,
            scalar: self.scalar_of(frame, first)?,
        };
        if let MathFunction::Modf | MathFunction::Frexp = fun {
            let shape = self.shape(frame, expr)?;
            let exponent = matches!(shape, Shape::Aggregate(_))
                .then(|| self.layouts.component(shape, 1))
                .flatten();
            let Some((exponent, _, _)) = exponent else {
                return Err(internal("modf or frexp without its struct"));
            };
            return self.decompose(fun, &args, exponent);
        }
        let result = self.math_function(fun, &args)?;
        result.ok_or_else(|| unsupported(format!("{fun:?}"), span_of(frame, expr)))
    }

    /// `modf` and `frexp`: (fraction, whole or exponent).
    fn decompose(
        &mut self,
        fun: MathFunction,
        args: &Arguments,
        second: Shape,
    ) -> Result<Operand, Error> {
        let (mut fractions, mut seconds) = (Values::new(), Values::new());
        for &value in &args.values[0] {
            if fun == MathFunction::Modf {
                let whole = self.un(UnaryOp::Trunc, value);
                fractions.push(self.fsub(value, whole));
                seconds.push(whole);
                continue;
            }
            fractions.push(self.un(UnaryOp::FrexpMant, value));
            let exponent = self.b.value(Op::FrexpExp, &[value], Type::I32);
            // naga's exponent is as wide as the float.
            let (Shape::Scalar(scalar) | Shape::Vector(scalar, _)) = second else {
                return Err(internal("frexp with an exponent that is no number"));
            };
            seconds.push(self.resize_int(exponent, true, value_type(scalar)));
        }
        fractions.extend(seconds);
        Ok(Operand::Values(fractions))
    }

    fn math_function(
        &mut self,
        fun: MathFunction,
        args: &Arguments,
    ) -> Result<Option<Operand>, Error> {
        use MathFunction as F;
        let scalar = args.scalar;
        let ty = value_type(scalar);
        let signed = is_signed(scalar);
        let float = is_float(scalar);
        let x = &args.values[0];
        let y = &args.values[1];
        let choose = |on_float, on_signed, on_unsigned| match scalar.kind {
            ScalarKind::Float | ScalarKind::AbstractFloat => on_float,
            ScalarKind::Sint | ScalarKind::AbstractInt => on_signed,
            ScalarKind::Uint | ScalarKind::Bool => on_unsigned,
        };
        let min = choose(BinaryOp::FMin, BinaryOp::SMin, BinaryOp::UMin);
        let max = choose(BinaryOp::FMax, BinaryOp::SMax, BinaryOp::UMax);
        let operand = match fun {
            F::Abs if float => args.map(|[x]| self.fabs(x))?,
            F::Abs if signed => args.map(|[x]| self.un(UnaryOp::IAbs, x))?,
            F::Abs => Operand::Values(x.clone()),
            F::Min => args.map(|[x, y]| self.bin(min, x, y))?,
            F::Max => args.map(|[x, y]| self.bin(max, x, y))?,
            F::Clamp => args.map(|[x, low, high]| {
                let x = self.bin(max, x, low);
                self.bin(min, x, high)
            })?,
            F::Saturate => args.map(|[x]| self.saturate(x))?,
            F::Cos => self.each_in_single(args, Self::cos)?,
            F::Cosh => self.each_in_single(args, Self::cosh)?,
            F::Sin => self.each_in_single(args, Self::sin)?,
            F::Sinh => self.each_in_single(args, Self::sinh)?,
            F::Tan => self.each_in_single(args, Self::tan)?,
            F::Tanh => self.each_in_single(args, Self::tanh)?,
            F::Acos => self.each_in_single(args, Self::acos)?,
            F::Asin => self.each_in_single(args, Self::asin)?,
            F::Atan => self.each_in_single(args, Self::atan)?,
            F::Asinh => self.each_in_single(args, Self::asinh)?,
            F::Acosh => self.each_in_single(args, Self::acosh)?,
            F::Atanh => self.each_in_single(args, Self::atanh)?,
            F::Exp => self.each_in_single(args, Self::exp)?,
            F::Exp2 => self.each_in_single(args, Self::exp2)?,
            F::Log => self.each_in_single(args, Self::log)?,
            F::Log2 => self.each_in_single(args, Self::log2)?,
            F::Atan2 => {
                args.map(|[y, x]| self.in_single([y, x], |this, [y, x]| this.atan2(y, x)))?
            }
            F::Pow => args.map(|[x, y]| self.in_single([x, y], |this, [x, y]| this.pow(x, y)))?,
            F::Radians => args.map(|[x]| {
                let scale = self.float(ty, std::f64::consts::PI / 180.0);
                self.fmul(x, scale)
            })?,
            F::Degrees => args.map(|[x]| {
                let scale = self.float(ty, 180.0 / std::f64::consts::PI);
                self.fmul(x, scale)
            })?,
            F::Ceil => args.map(|[x]| self.un(UnaryOp::Ceil, x))?,
            F::Floor => args.map(|[x]| self.un(UnaryOp::Floor, x))?,
            F::Round => args.map(|[x]| self.un(UnaryOp::RoundEven, x))?,
            F::Fract => args.map(|[x]| self.un(UnaryOp::Fract, x))?,
            F::Trunc => args.map(|[x]| self.un(UnaryOp::Trunc, x))?,
            F::Ldexp => args.map(|[x, n]| {
                let n = self.resize_int(n, true, Type::I32);
                self.b.value(Op::Ldexp, &[x, n], ty)
            })?,
            F::Dot if float => one(self.dot(x, y)),
            F::Dot => one(self.integer_dot(x, y)),
            F::Dot4I8Packed | F::Dot4U8Packed => {
                let op = if fun == F::Dot4I8Packed {
                    TernaryOp::SDot4
                } else {
                    TernaryOp::UDot4
                };
                let zero = self.int(0);
                one(self.tern(op, args.single(0)?, args.single(1)?, zero))
            }
            F::Outer => self.outer_product(x, y),
            F::Cross => self.cross(x, y)?,
            F::Distance => {
                let difference = args.map(|[x, y]| self.fsub(x, y))?;
                let difference = self.materialise(&difference)?;
                one(self.length(&difference))
            }
            F::Length => one(self.length(x)),
            F::Normalize => {
                let squared = self.dot(x, x);
                let scale = self.inverse_sqrt(squared);
                each(x.clone(), |x| self.fmul(x, scale))
            }
            F::FaceForward => {
                let along = self.dot(y, &args.values[2]);
                let zero = self.zero(ty);
                let keep = self.fcmp(FloatCc::Lt, along, zero);
                each(x.clone(), |x| {
                    let turned = self.fneg(x);
                    self.select(keep, x, turned)
                })
            }
            F::Reflect => {
                let along = self.dot(y, x);
                let minus_two = self.float(ty, -2.0);
                let twice = self.fmul(along, minus_two);
                args.map(|[x, y]| self.fma(twice, y, x))?
            }
            F::Refract => self.refract(args)?,
            F::Sign => args.map(|[x]| self.sign(x, float))?,
            F::Fma => args.map(|[x, y, z]| self.fma(x, y, z))?,
            F::Mix => args.map(|[x, y, t]| {
                // x·(1 - t) + y·t, exact at both ends.
                let minus_t = self.fneg(t);
                let from_x = self.fma(minus_t, x, x);
                self.fma(t, y, from_x)
            })?,
            F::Step => args.map(|[edge, x]| {
                let (one, zero) = (self.float(ty, 1.0), self.zero(ty));
                let beyond = self.fcmp(FloatCc::Le, edge, x);
                self.select(beyond, one, zero)
            })?,
            F::SmoothStep => args.map(|[low, high, x]| {
                let (above, width) = (self.fsub(x, low), self.fsub(high, low));
                let t = self.fdiv(above, width);
                let t = self.saturate(t);
                let (minus_two, three) = (self.float(ty, -2.0), self.float(ty, 3.0));
                let slope = self.fma(t, minus_two, three);
                let squared = self.fmul(t, t);
                self.fmul(squared, slope)
            })?,
            F::Sqrt => args.map(|[x]| self.un(UnaryOp::Sqrt, x))?,
            F::InverseSqrt => args.map(|[x]| self.inverse_sqrt(x))?,
            F::Inverse | F::Determinant => {
                let Shape::Matrix { rows, .. } = args.shape else {
                    return Err(internal("a matrix function of no matrix"));
                };
                if fun == F::Inverse {
                    self.inverse(x, rows as usize)
                } else {
                    one(self.determinant(x, rows as usize))
                }
            }
            F::Transpose => {
                let Shape::Matrix { rows, .. } = args.shape else {
                    return Err(internal("a matrix function of no matrix"));
                };
                self.transpose(x, rows as usize)
            }
            F::QuantizeToF16 => args.map(|[x]| {
                let half = self.resize_float(x, Type::F16);
                self.resize_float(half, ty)
            })?,
            F::CountTrailingZeros => args.map(|[x]| self.count_bits(UnaryOp::Ctz, x))?,
            F::CountLeadingZeros => args.map(|[x]| self.count_bits(UnaryOp::Clz, x))?,
            F::CountOneBits => args.map(|[x]| self.count_bits(UnaryOp::PopCount, x))?,
            F::ReverseBits => args.map(|[x]| self.count_bits(UnaryOp::BitReverse, x))?,
            F::ExtractBits => {
                let (offset, count) = (args.single(1)?, args.single(2)?);
                each(x.clone(), |x| self.extract_bits(x, signed, offset, count))
            }
            F::InsertBits => {
                let (offset, count) = (args.single(2)?, args.single(3)?);
                args.map(|[x, new]| self.insert_bits(x, new, offset, count))?
            }
            F::FirstTrailingBit => args.map(|[x]| self.first_trailing_bit(x))?,
            F::FirstLeadingBit => args.map(|[x]| self.first_leading_bit(x, signed))?,
            F::Pack4x8snorm => one(self.pack_normal(x, SNORM8)),
            F::Pack4x8unorm => one(self.pack_normal(x, UNORM8)),
            F::Pack2x16snorm => one(self.pack_normal(x, SNORM16)),
            F::Pack2x16unorm => one(self.pack_normal(x, UNORM16)),
            F::Pack2x16float => one(self.pack_halves(x)),
            F::Pack4xI8 => one(self.pack_bytes(x, true, false)),
            F::Pack4xU8 => one(self.pack_bytes(x, false, false)),
            F::Pack4xI8Clamp => one(self.pack_bytes(x, true, true)),
            F::Pack4xU8Clamp => one(self.pack_bytes(x, false, true)),
            F::Unpack4x8snorm => self.unpack_normal(args.single(0)?, SNORM8),
            F::Unpack4x8unorm => self.unpack_normal(args.single(0)?, UNORM8),
            F::Unpack2x16snorm => self.unpack_normal(args.single(0)?, SNORM16),
            F::Unpack2x16unorm => self.unpack_normal(args.single(0)?, UNORM16),
            F::Unpack2x16float => self.unpack_halves(args.single(0)?),
            F::Unpack4xI8 => self.unpack_bytes(args.single(0)?, true),
            F::Unpack4xU8 => self.unpack_bytes(args.single(0)?, false),
            // These make structs; `math` has taken them.
            F::Modf | F::Frexp => return Ok(None),
        };
        Ok(Some(operand))
    }

    fn saturate(&mut self, x: Value) -> Value {
        let ty = self.ty(x);
        let (zero, one) = (self.zero(ty), self.float(ty, 1.0));
        let x = self.bin(BinaryOp::FMax, x, zero);
        self.bin(BinaryOp::FMin, x, one)
    }

    pub(super) fn inverse_sqrt(&mut self, x: Value) -> Value {
        if self.ty(x) == Type::F64 {
            let one = self.float(Type::F64, 1.0);
            let root = self.un(UnaryOp::Sqrt, x);
            self.fdiv(one, root)
        } else {
            self.un(UnaryOp::Rsqrt, x)
        }
    }

    fn length(&mut self, x: &[Value]) -> Value {
        match *x {
            [x] => self.fabs(x),
            _ => {
                let squared = self.dot(x, x);
                self.un(UnaryOp::Sqrt, squared)
            }
        }
    }

    fn integer_dot(&mut self, x: &[Value], y: &[Value]) -> Value {
        let mut sum = None;
        for (&x, &y) in x.iter().zip(y) {
            let product = self.bin(BinaryOp::IMul, x, y);
            sum = Some(match sum {
                Some(sum) => self.bin(BinaryOp::IAdd, sum, product),
                None => product,
            });
        }
        sum.unwrap_or_else(|| self.int(0))
    }

    fn cross(&mut self, x: &[Value], y: &[Value]) -> Result<Operand, Error> {
        let (&[x0, x1, x2], &[y0, y1, y2]) = (x, y) else {
            return Err(internal("a cross product of other than three components"));
        };
        // No fused multiply: the product of a vector with itself is exactly zero.
        let mut term = |a, b, c, d| {
            let (left, right) = (self.fmul(a, b), self.fmul(c, d));
            self.fsub(left, right)
        };
        Ok(Operand::Values(Values::from_slice(&[
            term(x1, y2, x2, y1),
            term(x2, y0, x0, y2),
            term(x0, y1, x1, y0),
        ])))
    }

    fn refract(&mut self, args: &Arguments) -> Result<Operand, Error> {
        let (x, y) = (&args.values[0], &args.values[1]);
        let ratio = args.single(2)?;
        let ty = self.ty(ratio);
        let (zero, unit) = (self.zero(ty), self.float(ty, 1.0));
        let along = self.dot(y, x);
        let squared = self.fmul(along, along);
        let across = self.fsub(unit, squared);
        let ratio_squared = self.fmul(ratio, ratio);
        let bent = self.fmul(ratio_squared, across);
        let k = self.fsub(unit, bent);
        let total = self.fcmp(FloatCc::Lt, k, zero);
        let root = self.un(UnaryOp::Sqrt, k);
        let normal = self.fma(ratio, along, root);
        args.map(|[x, y]| {
            let (forward, back) = (self.fmul(ratio, x), self.fmul(normal, y));
            let refracted = self.fsub(forward, back);
            self.select(total, zero, refracted)
        })
    }

    fn sign(&mut self, x: Value, float: bool) -> Value {
        let ty = self.ty(x);
        if !float {
            let (minus_one, one) = (self.int_of(ty, -1), self.int_of(ty, 1));
            let x = self.bin(BinaryOp::SMax, x, minus_one);
            return self.bin(BinaryOp::SMin, x, one);
        }
        let (zero, one, minus_one) = (self.zero(ty), self.float(ty, 1.0), self.float(ty, -1.0));
        let positive = self.fcmp(FloatCc::Gt, x, zero);
        let negative = self.fcmp(FloatCc::Lt, x, zero);
        let rest = self.select(negative, minus_one, zero);
        self.select(positive, one, rest)
    }

    /// Counts or reverses bits; 16-bit integers by way of 32.
    fn count_bits(&mut self, op: UnaryOp, x: Value) -> Value {
        if self.ty(x) != Type::I16 {
            return self.un(op, x);
        }
        let wide = self.resize_int(x, false, Type::I32);
        let half = self.int(16);
        let wide = if op == UnaryOp::Ctz {
            // A bit just above ends the count for zero.
            let bound = self.int(1 << 16);
            self.bin(BinaryOp::Or, wide, bound)
        } else {
            wide
        };
        let mut result = self.un(op, wide);
        if op == UnaryOp::Clz {
            result = self.bin(BinaryOp::ISub, result, half);
        } else if op == UnaryOp::BitReverse {
            result = self.bin(BinaryOp::LShr, result, half);
        }
        self.resize_int(result, false, Type::I16)
    }

    fn each_in_single(
        &mut self,
        args: &Arguments,
        f: fn(&mut Self, Value) -> Value,
    ) -> Result<Operand, Error> {
        args.map(|[x]| self.in_single([x], |this, [x]| f(this, x)))
    }

    /// Computes f16 functions in f32.
    pub(super) fn in_single<const N: usize>(
        &mut self,
        x: [Value; N],
        f: impl FnOnce(&mut Self, [Value; N]) -> Value,
    ) -> Value {
        match x.first().map(|&x| self.ty(x)) {
            Some(Type::F16) => {
                let x = x.map(|x| self.resize_float(x, Type::F32));
                let result = f(self, x);
                self.resize_float(result, Type::F16)
            }
            _ => f(self, x),
        }
    }

    /// Is a signed or float value negative, by its sign bit?
    pub(super) fn is_negative(&mut self, x: Value) -> Value {
        let zero = self.zero(self.ty(x));
        match self.ty(x).is_float() {
            true => self.fcmp(FloatCc::Lt, x, zero),
            false => self.icmp(IntCc::SLt, x, zero),
        }
    }
}
