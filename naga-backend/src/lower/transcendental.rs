//! Exponentials, logarithms, trigonometric and hyperbolic functions of f32 and f64.
//!
//! For f32 the hardware's base-2 exponential and logarithm, sine and cosine are the ground; for
//! f64 the software ones of `double`. Polynomials are minimax fits of the relative error;
//! their errors are stated where they stand.

use std::f64::consts::{FRAC_PI_2, FRAC_PI_4, LN_2, LOG2_E, PI};

use super::Lowerer;
use crate::kernel::{BinaryOp, ConvertOp, FloatCc, TernaryOp, Type, UnaryOp, Value};

/// Coefficients of `P` in `f(x) ≈ x + x·z·P(z)`, `z = x²`, for f32 and f64, each with the greatest
/// magnitude of `x` that it serves.
struct Odd {
    single: &'static [f64],
    single_max: f64,
    double: &'static [f64],
    double_max: f64,
}

/// Relative errors 1e-7 and 5e-20, before rounding.
const ATAN: Odd = Odd {
    single: &[
        -0.333323942605,
        0.19974250148,
        -0.140415124444,
        0.0996894535155,
        -0.0602094919365,
        0.0247383802016,
        -0.00482370002442,
    ],
    single_max: 1.0,
    double: &[
        -0.33333333333333326,
        0.19999999999997609,
        -0.14285714285380258,
        0.11111111087691583,
        -0.09090908127195722,
        0.07692282375009134,
        -0.0666622124023642,
        0.058769692777307724,
        -0.052180758841750295,
        0.04502251004964659,
        -0.03344504787034746,
        0.015166061609900075,
    ],
    // tan(π/8).
    double_max: 0.414213562373095,
};

/// Errors 5e-9 and 1e-18.
const ASIN: Odd = Odd {
    single: &[
        0.166667523745,
        0.0749530309849,
        0.0454696697014,
        0.0241829534762,
        0.0421606246269,
    ],
    single_max: 0.5,
    double: &[
        0.1666666666666676,
        0.07499999999970904,
        0.04464285717454105,
        0.030381942710695612,
        0.022372214913088447,
        0.017351613251757013,
        0.013980806721441322,
        0.011399018463587044,
        0.01077968743904742,
        0.003708463473548635,
        0.021702566163452876,
        -0.020992221341135733,
        0.03262433069678174,
    ],
    double_max: 0.5,
};

/// Errors 3e-8 and 6e-21.
const SINH: Odd = Odd {
    single: &[0.166667160557, 0.00833028274673, 0.000203722600205],
    single_max: 1.0,
    double: &[
        0.16666666666666666,
        0.008333333333333453,
        0.00019841269840960207,
        2.755731959360629e-06,
        2.505188546871937e-08,
        1.6125126419934388e-10,
    ],
    double_max: 0.5,
};

/// Errors 3e-9 and 6e-21.
const TANH: Odd = Odd {
    single: &[
        -0.333332980191,
        0.133319249134,
        -0.0537839138465,
        0.0207962880429,
        -0.00589555198331,
    ],
    single_max: 0.6,
    double: &[
        -0.3333333333333333,
        0.13333333333332975,
        -0.053968253967703154,
        0.021869488494537046,
        -0.008863233748899938,
        0.0035920819190723863,
        -0.0014550962595730275,
        0.0005828601024908325,
        -0.00020000287396316528,
    ],
    double_max: 0.3,
};

/// Errors 3e-8 and 2e-22.
const ASINH: Odd = Odd {
    single: &[
        -0.166662881675,
        0.0748475853788,
        -0.0426993239102,
        0.0201219745962,
    ],
    single_max: 0.5,
    double: &[
        -0.16666666666666666,
        0.0749999999999997,
        -0.04464285714277773,
        0.03038194443378258,
        -0.02237215826780731,
        0.017352725058324147,
        -0.013963636785393994,
        0.011527967533191158,
        -0.009466627581947386,
        0.006270577539650076,
    ],
    double_max: 0.25,
};

/// Errors 3e-8 and 2e-21.
const ATANH: Odd = Odd {
    single: &[
        0.333337295166,
        0.199782432691,
        0.146687916297,
        0.0824542500707,
        0.181711538879,
    ],
    single_max: 0.5,
    double: &[
        0.3333333333333333,
        0.20000000000000331,
        0.1428571428562519,
        0.1111111112293355,
        0.09090908190977721,
        0.0769234996299941,
        0.06665401993187309,
        0.05906441002629784,
        0.04982204497163518,
        0.06556608436328727,
    ],
    double_max: 0.25,
};

impl Lowerer<'_> {
    fn is_double(&self, x: Value) -> bool {
        self.ty(x) == Type::F64
    }

    pub(super) fn exp2(&mut self, x: Value) -> Value {
        match self.is_double(x) {
            true => self.exp2_double(x),
            false => self.un(UnaryOp::Exp2, x),
        }
    }

    pub(super) fn exp(&mut self, x: Value) -> Value {
        if self.is_double(x) {
            return self.exp_double(x);
        }
        let scale = self.float(Type::F32, LOG2_E);
        let x = self.fmul(x, scale);
        self.un(UnaryOp::Exp2, x)
    }

    pub(super) fn log2(&mut self, x: Value) -> Value {
        if !self.is_double(x) {
            return self.un(UnaryOp::Log2, x);
        }
        let (log, scale) = (self.log_double(x), self.float(Type::F64, LOG2_E));
        self.fmul(log, scale)
    }

    pub(super) fn log(&mut self, x: Value) -> Value {
        if self.is_double(x) {
            return self.log_double(x);
        }
        let scale = self.float(Type::F32, LN_2);
        let log = self.un(UnaryOp::Log2, x);
        self.fmul(log, scale)
    }

    pub(super) fn pow(&mut self, x: Value, y: Value) -> Value {
        let ty = self.ty(y);
        let exponent = self.b.kernel.constant(y).map(|bits| match ty {
            Type::F64 => f64::from_bits(bits),
            Type::F16 => half::f16::from_bits(bits as u16).to_f64(),
            Type::F32 | Type::Bool | Type::I16 | Type::I32 | Type::I64 => {
                f32::from_bits(bits as u32) as f64
            }
        });
        // Frequent powers that are products.
        let squared = |this: &mut Self| this.fmul(x, x);
        match exponent {
            Some(1.0) => return x,
            Some(2.0) => return squared(self),
            Some(3.0) => {
                let square = squared(self);
                return self.fmul(square, x);
            }
            Some(4.0) => {
                let square = squared(self);
                return self.fmul(square, square);
            }
            _ => {}
        }
        let log = self.log2(x);
        let product = self.fmul(log, y);
        self.exp2(product)
    }

    pub(super) fn sin(&mut self, x: Value) -> Value {
        match self.is_double(x) {
            true => self.sin_double(x, false),
            false => self.un(UnaryOp::Sin, x),
        }
    }

    pub(super) fn cos(&mut self, x: Value) -> Value {
        match self.is_double(x) {
            true => self.sin_double(x, true),
            false => self.un(UnaryOp::Cos, x),
        }
    }

    pub(super) fn tan(&mut self, x: Value) -> Value {
        let (sine, cosine) = (self.sin(x), self.cos(x));
        self.fdiv(sine, cosine)
    }

    /// `c[0] + c[1]·x + …`.
    pub(super) fn polynomial(&mut self, x: Value, coefficients: &[f64]) -> Value {
        let ty = self.ty(x);
        let mut sum = None;
        for &coefficient in coefficients.iter().rev() {
            let coefficient = self.float(ty, coefficient);
            sum = Some(match sum {
                Some(sum) => self.fma(sum, x, coefficient),
                None => coefficient,
            });
        }
        sum.unwrap_or_else(|| self.zero(ty))
    }

    /// `x + x·z·P(z)`.
    fn odd(&mut self, x: Value, table: &Odd) -> Value {
        let z = self.fmul(x, x);
        self.odd_of_square(x, z, table)
    }

    fn odd_of_square(&mut self, x: Value, z: Value, table: &Odd) -> Value {
        let coefficients = match self.is_double(x) {
            true => table.double,
            false => table.single,
        };
        let p = self.polynomial(z, coefficients);
        let xz = self.fmul(x, z);
        self.fma(xz, p, x)
    }

    /// Is `x`, which is not negative, small enough for the table?
    fn serves(&mut self, x: Value, table: &Odd) -> Value {
        let max = match self.is_double(x) {
            true => table.double_max,
            false => table.single_max,
        };
        let max = self.float(self.ty(x), max);
        self.fcmp(FloatCc::Le, x, max)
    }

    /// `magnitude`, which is not negative, with the sign of `sign`.
    pub(super) fn copy_sign(&mut self, magnitude: Value, sign: Value) -> Value {
        let ty = self.ty(magnitude);
        let (bits, top) = if ty == Type::F64 {
            (Type::I64, 1 << 63)
        } else {
            (Type::I32, 1 << 31)
        };
        let magnitude = self.b.convert(ConvertOp::Bitcast, magnitude, bits);
        let sign = self.b.convert(ConvertOp::Bitcast, sign, bits);
        let top = self.bits(bits, top);
        let signed = if bits == Type::I32 {
            self.tern(TernaryOp::BitSelect, magnitude, sign, top)
        } else {
            let sign = self.bin(BinaryOp::And, sign, top);
            self.bin(BinaryOp::Or, magnitude, sign)
        };
        self.b.convert(ConvertOp::Bitcast, signed, ty)
    }

    /// Arctangent of 0 ≤ t ≤ 1.
    fn atan_of_unit(&mut self, t: Value) -> Value {
        if !self.is_double(t) {
            return self.odd(t, &ATAN);
        }
        // atan t = π/4 + atan((t - 1) / (t + 1)).
        let (one, zero) = (self.float(Type::F64, 1.0), self.zero(Type::F64));
        let quarter = self.float(Type::F64, FRAC_PI_4);
        let direct = self.serves(t, &ATAN);
        let (below, above) = (self.fsub(t, one), self.fadd(t, one));
        let turned = self.fdiv(below, above);
        let t = self.select(direct, t, turned);
        let base = self.select(direct, zero, quarter);
        let angle = self.odd(t, &ATAN);
        self.fadd(base, angle)
    }

    pub(super) fn atan(&mut self, x: Value) -> Value {
        let ty = self.ty(x);
        let (one, quarter_turn) = (self.float(ty, 1.0), self.float(ty, FRAC_PI_2));
        let magnitude = self.fabs(x);
        let steep = self.fcmp(FloatCc::Gt, magnitude, one);
        let inverse = self.fdiv(one, magnitude);
        let t = self.select(steep, inverse, magnitude);
        let angle = self.atan_of_unit(t);
        let other = self.fsub(quarter_turn, angle);
        let angle = self.select(steep, other, angle);
        self.copy_sign(angle, x)
    }

    pub(super) fn atan2(&mut self, y: Value, x: Value) -> Value {
        let ty = self.ty(x);
        let (zero, one) = (self.zero(ty), self.float(ty, 1.0));
        let (half_turn, quarter_turn) = (self.float(ty, PI), self.float(ty, FRAC_PI_2));
        let (a, b) = (self.fabs(y), self.fabs(x));
        let long = self.bin(BinaryOp::FMax, a, b);
        let short = self.bin(BinaryOp::FMin, a, b);
        // At the origin the angle is 0.
        let origin = self.fcmp(FloatCc::Eq, long, zero);
        let long = self.select(origin, one, long);
        let t = self.fdiv(short, long);
        let angle = self.atan_of_unit(t);
        let steep = self.fcmp(FloatCc::Gt, a, b);
        let other = self.fsub(quarter_turn, angle);
        let angle = self.select(steep, other, angle);
        let behind = self.is_negative(x);
        let other = self.fsub(half_turn, angle);
        let angle = self.select(behind, other, angle);
        self.copy_sign(angle, y)
    }

    /// For 0 ≤ x ≤ 1: is it above ½, and the arcsine of what the table serves: of `x`, or of
    /// `√((1 - x) / 2)`, whose double is π/2 minus the arcsine of `x`.
    fn asin_parts(&mut self, x: Value) -> (Value, Value) {
        let ty = self.ty(x);
        let half = self.float(ty, 0.5);
        let minus_half = self.float(ty, -0.5);
        let direct = self.serves(x, &ASIN);
        let square = self.fmul(x, x);
        let other = self.fma(x, minus_half, half);
        let root = self.un(UnaryOp::Sqrt, other);
        let z = self.select(direct, square, other);
        let x = self.select(direct, x, root);
        let angle = self.odd_of_square(x, z, &ASIN);
        (direct, angle)
    }

    pub(super) fn asin(&mut self, x: Value) -> Value {
        let ty = self.ty(x);
        let (minus_two, quarter_turn) = (self.float(ty, -2.0), self.float(ty, FRAC_PI_2));
        let magnitude = self.fabs(x);
        let (direct, angle) = self.asin_parts(magnitude);
        let other = self.fma(angle, minus_two, quarter_turn);
        let angle = self.select(direct, angle, other);
        self.copy_sign(angle, x)
    }

    pub(super) fn acos(&mut self, x: Value) -> Value {
        let ty = self.ty(x);
        let (half_turn, quarter_turn) = (self.float(ty, PI), self.float(ty, FRAC_PI_2));
        let magnitude = self.fabs(x);
        let (direct, angle) = self.asin_parts(magnitude);
        let signed = self.copy_sign(angle, x);
        let middle = self.fsub(quarter_turn, signed);
        let near = self.fadd(angle, angle);
        let far = self.fsub(half_turn, near);
        let behind = self.is_negative(x);
        let outer = self.select(behind, far, near);
        self.select(direct, middle, outer)
    }

    /// `eˣ / 2` and `e⁻ˣ / 2`, which overflow no sooner than the functions made of them.
    fn half_exponentials(&mut self, x: Value) -> (Value, Value) {
        if self.is_double(x) {
            let (shift, quarter) = (self.float(Type::F64, -LN_2), self.float(Type::F64, 0.25));
            let shifted = self.fadd(x, shift);
            let up = self.exp_double(shifted);
            return (up, self.fdiv(quarter, up));
        }
        let (scale, minus_scale) = (
            self.float(Type::F32, LOG2_E),
            self.float(Type::F32, -LOG2_E),
        );
        let minus_one = self.float(Type::F32, -1.0);
        let up = self.fma(x, scale, minus_one);
        let down = self.fma(x, minus_scale, minus_one);
        (self.un(UnaryOp::Exp2, up), self.un(UnaryOp::Exp2, down))
    }

    pub(super) fn cosh(&mut self, x: Value) -> Value {
        let x = self.fabs(x);
        let (up, down) = self.half_exponentials(x);
        self.fadd(up, down)
    }

    pub(super) fn sinh(&mut self, x: Value) -> Value {
        let magnitude = self.fabs(x);
        let small = self.serves(magnitude, &SINH);
        let series = self.odd(magnitude, &SINH);
        let (up, down) = self.half_exponentials(magnitude);
        let large = self.fsub(up, down);
        let result = self.select(small, series, large);
        self.copy_sign(result, x)
    }

    pub(super) fn tanh(&mut self, x: Value) -> Value {
        let ty = self.ty(x);
        let (one, two, minus_two) = (
            self.float(ty, 1.0),
            self.float(ty, 2.0),
            self.float(ty, -2.0),
        );
        let magnitude = self.fabs(x);
        let small = self.serves(magnitude, &TANH);
        let series = self.odd(magnitude, &TANH);
        // 1 - 2 / (e²ˣ + 1).
        let twice = self.fmul(magnitude, two);
        let exponential = self.exp(twice);
        let sum = self.fadd(exponential, one);
        let rest = self.fdiv(minus_two, sum);
        let large = self.fadd(one, rest);
        let result = self.select(small, series, large);
        self.copy_sign(result, x)
    }

    /// `log(x + √(x² + c))` for x ≥ 0, where the square overflows by `log(2x)`.
    fn log_of_sum(&mut self, x: Value, c: f64) -> Value {
        let ty = self.ty(x);
        let (c, limit) = (self.float(ty, c), self.float(ty, 1e9));
        let (zero, log_two) = (self.zero(ty), self.float(ty, LN_2));
        let large = self.fcmp(FloatCc::Gt, x, limit);
        let square = self.fma(x, x, c);
        let root = self.un(UnaryOp::Sqrt, square);
        let sum = self.fadd(x, root);
        let argument = self.select(large, x, sum);
        let extra = self.select(large, log_two, zero);
        let log = self.log(argument);
        self.fadd(log, extra)
    }

    pub(super) fn asinh(&mut self, x: Value) -> Value {
        let magnitude = self.fabs(x);
        let small = self.serves(magnitude, &ASINH);
        let series = self.odd(magnitude, &ASINH);
        let large = self.log_of_sum(magnitude, 1.0);
        let result = self.select(small, series, large);
        self.copy_sign(result, x)
    }

    pub(super) fn acosh(&mut self, x: Value) -> Value {
        self.log_of_sum(x, -1.0)
    }

    pub(super) fn atanh(&mut self, x: Value) -> Value {
        let ty = self.ty(x);
        let (one, half) = (self.float(ty, 1.0), self.float(ty, 0.5));
        let magnitude = self.fabs(x);
        let small = self.serves(magnitude, &ATANH);
        let series = self.odd(magnitude, &ATANH);
        let (above, below) = (self.fadd(one, magnitude), self.fsub(one, magnitude));
        let ratio = self.fdiv(above, below);
        let log = self.log(ratio);
        let large = self.fmul(log, half);
        let result = self.select(small, series, large);
        self.copy_sign(result, x)
    }
}
