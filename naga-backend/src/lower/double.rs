//! Exponential, logarithm, sine and cosine of f64, which no card computes in hardware.

use std::f64::consts::{FRAC_2_PI, LN_2, LOG2_E, SQRT_2};

use super::Lowerer;
use crate::kernel::{BinaryOp, ConvertOp, FloatCc, IntCc, Op, Type, UnaryOp, Value};

/// ln 2 in two parts, the first of 32 bits.
const LN_2_PARTS: [f64; 2] = [0.6931471803691238, 1.9082149292705877e-10];

/// π/2 in three parts, the first two of 33 bits.
const FRAC_PI_2_PARTS: [f64; 3] = [
    1.5707963267341256,
    6.077100506303966e-11,
    2.0222662487959506e-21,
];

/// `P` in `eʳ ≈ 1 + r + r²·P(r)`, |r| ≤ ln 2 / 2, error 6e-20.
const EXP: [f64; 11] = [
    0.5,
    0.16666666666666685,
    0.04166666666666672,
    0.008333333333315427,
    0.0013888888888858495,
    0.0001984126990037544,
    2.4801587374397874e-05,
    2.755723088186758e-06,
    2.7557232384898905e-07,
    2.5113418338066402e-08,
    2.0927329793287823e-09,
];

/// `P` in `log((1 + s) / (1 - s)) ≈ 2s + s·z·P(z)`, z = s², error 2e-20.
const LOG: [f64; 8] = [
    0.6666666666666666,
    0.4000000000000721,
    0.28571428568780405,
    0.22222222692538598,
    0.18181772027142665,
    0.15387248929223574,
    0.1324657125549804,
    0.13283409815114366,
];

/// `P` in `sin r ≈ r + r·z·P(z)`, |r| ≤ π/4, error 2e-21.
const SIN: [f64; 7] = [
    -0.16666666666666666,
    0.008333333333333323,
    -0.00019841269841254681,
    2.7557319213999925e-06,
    -2.5052104864204004e-08,
    1.6058360833239505e-10,
    -7.578421004183184e-13,
];

/// `P` in `cos r ≈ 1 - z/2 + z²·P(z)`, error 5e-20.
const COS: [f64; 6] = [
    0.0416666666666666,
    -0.0013888888888873982,
    2.4801587289387872e-05,
    -2.7557314323843225e-07,
    2.0875719254341046e-09,
    -1.1359433055220808e-11,
];

impl Lowerer<'_> {
    fn double(&mut self, value: f64) -> Value {
        self.float(Type::F64, value)
    }

    /// Keeps an exponent where `ldexp` overflows or vanishes, but its integer does not.
    fn clamp_exponent(&mut self, x: Value, limit: f64) -> Value {
        let (least, most) = (self.double(-limit), self.double(limit));
        let x = self.bin(BinaryOp::FMax, x, least);
        self.bin(BinaryOp::FMin, x, most)
    }

    /// `eʳ·2ᵏ`, k integral.
    fn exp_parts(&mut self, r: Value, k: Value) -> Value {
        let one = self.double(1.0);
        let p = self.polynomial(r, &EXP);
        let square = self.fmul(r, r);
        let p = self.fma(square, p, r);
        let p = self.fadd(p, one);
        let k = self.b.convert(ConvertOp::FloatToSint, k, Type::I32);
        self.b.value(Op::Ldexp, &[p, k], Type::F64)
    }

    pub(super) fn exp_double(&mut self, x: Value) -> Value {
        let x = self.clamp_exponent(x, 800.0);
        let scale = self.double(LOG2_E);
        let k = self.fmul(x, scale);
        let k = self.un(UnaryOp::RoundEven, k);
        let mut r = x;
        for part in LN_2_PARTS {
            let part = self.double(-part);
            r = self.fma(k, part, r);
        }
        self.exp_parts(r, k)
    }

    pub(super) fn exp2_double(&mut self, x: Value) -> Value {
        let x = self.clamp_exponent(x, 1200.0);
        let k = self.un(UnaryOp::RoundEven, x);
        let r = self.fsub(x, k);
        let scale = self.double(LN_2);
        let r = self.fmul(r, scale);
        self.exp_parts(r, k)
    }

    pub(super) fn log_double(&mut self, x: Value) -> Value {
        let (zero, one, two) = (self.double(0.0), self.double(1.0), self.double(2.0));
        // x = m·2ᵉ with √½ ≤ m < √2.
        let m = self.un(UnaryOp::FrexpMant, x);
        let e = self.b.value(Op::FrexpExp, &[x], Type::I32);
        let limit = self.double(SQRT_2 / 2.0);
        let low = self.fcmp(FloatCc::Lt, m, limit);
        let twice = self.fadd(m, m);
        let m = self.select(low, twice, m);
        let one_int = self.int(1);
        let below = self.bin(BinaryOp::ISub, e, one_int);
        let e = self.select(low, below, e);
        let (above, below) = (self.fadd(m, one), self.fsub(m, one));
        let s = self.fdiv(below, above);
        let z = self.fmul(s, s);
        let p = self.polynomial(z, &LOG);
        let sz = self.fmul(s, z);
        let tail = self.fmul(sz, p);
        let e = self.b.convert(ConvertOp::SintToFloat, e, Type::F64);
        let mut log = self.fma(s, two, tail);
        for part in LN_2_PARTS.into_iter().rev() {
            let part = self.double(part);
            log = self.fma(e, part, log);
        }
        // The ends of the domain.
        let infinity = self.double(f64::INFINITY);
        let minus_infinity = self.double(f64::NEG_INFINITY);
        let nan = self.double(f64::NAN);
        let at_infinity = self.fcmp(FloatCc::Eq, x, infinity);
        let log = self.select(at_infinity, infinity, log);
        let inside = self.fcmp(FloatCc::Gt, x, zero);
        let at_zero = self.fcmp(FloatCc::Eq, x, zero);
        let outside = self.select(at_zero, minus_infinity, nan);
        self.select(inside, log, outside)
    }

    /// Sine, or cosine.
    pub(super) fn sin_double(&mut self, x: Value, cosine: bool) -> Value {
        let scale = self.double(FRAC_2_PI);
        let k = self.fmul(x, scale);
        let k = self.un(UnaryOp::RoundEven, k);
        let mut r = x;
        for part in FRAC_PI_2_PARTS {
            let part = self.double(-part);
            r = self.fma(k, part, r);
        }
        let mut quarter = self.b.convert(ConvertOp::FloatToSint, k, Type::I64);
        let (none, one, two) = (
            self.bits(Type::I64, 0),
            self.bits(Type::I64, 1),
            self.bits(Type::I64, 2),
        );
        if cosine {
            // cos x = sin(x + π/2).
            quarter = self.bin(BinaryOp::IAdd, quarter, one);
        }
        let z = self.fmul(r, r);
        let p = self.polynomial(z, &SIN);
        let rz = self.fmul(r, z);
        let sine = self.fma(rz, p, r);
        let p = self.polynomial(z, &COS);
        let zz = self.fmul(z, z);
        let (minus_half, unit) = (self.double(-0.5), self.double(1.0));
        let base = self.fma(z, minus_half, unit);
        let cosine = self.fma(zz, p, base);
        let odd = self.bin(BinaryOp::And, quarter, one);
        let swapped = self.icmp(IntCc::Ne, odd, none);
        let result = self.select(swapped, cosine, sine);
        let half = self.bin(BinaryOp::And, quarter, two);
        let negative = self.icmp(IntCc::Ne, half, none);
        let negated = self.fneg(result);
        self.select(negative, negated, result)
    }
}
