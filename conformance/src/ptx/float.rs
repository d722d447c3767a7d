//! Floating-point instructions that round exactly (PTX ISA, sections 9.7.3 and 9.7.4), on raw bits.
//!
//! All round to nearest even. With `.ftz`, f32 inputs and results that are subnormal become zeros of
//! their sign. Results that are NaN are the one that the hardware makes: 0x7fffffff, 0x7fff.

use half::f16;

/// NaN of f32 arithmetic.
const NAN32: u32 = 0x7fff_ffff;
/// NaN of f16 arithmetic.
const NAN16: u16 = 0x7fff;

/// An f32 operand.
pub(super) fn f32_in<const FTZ: bool>(bits: u64) -> f32 {
    let x = f32::from_bits(bits as u32);
    match FTZ && x.is_subnormal() {
        true => 0f32.copysign(x),
        false => x,
    }
}

/// An f32 result.
pub(super) fn f32_out<const FTZ: bool>(x: f32) -> u64 {
    let bits = if x.is_nan() {
        NAN32
    } else if FTZ && x.is_subnormal() {
        0f32.copysign(x).to_bits()
    } else {
        x.to_bits()
    };
    bits.into()
}

/// `.sat`: into [0, 1], NaN to 0.
pub(super) fn saturate(x: f32) -> f32 {
    match x.is_nan() {
        true => 0.0,
        // +0 for -0 too.
        false => x.clamp(0.0, 1.0) + 0.0,
    }
}

pub(super) fn f64_in(bits: u64) -> f64 {
    f64::from_bits(bits)
}

pub(super) fn f64_out(x: f64) -> u64 {
    match x.is_nan() {
        true => 0x7fff_ffff_ffff_ffff,
        false => x.to_bits(),
    }
}

pub(super) fn f16_in(bits: u64) -> f64 {
    f16::from_bits(bits as u16).to_f64()
}

/// Rounds once.
pub(super) fn f16_out(x: f64) -> u64 {
    match x.is_nan() {
        true => NAN16.into(),
        false => f16::from_f64(x).to_bits().into(),
    }
}

macro_rules! f32_binary {
    ($($name:ident: $f:expr;)*) => {
        $(
            pub(super) fn $name<const FTZ: bool>(a: u64, b: u64) -> u64 {
                let f: fn(f32, f32) -> f32 = $f;
                f32_out::<FTZ>(f(f32_in::<FTZ>(a), f32_in::<FTZ>(b)))
            }
        )*
    };
}

f32_binary! {
    add32: |a, b| a + b;
    sub32: |a, b| a - b;
    mul32: |a, b| a * b;
    div32: |a, b| a / b;
    add32_sat: |a, b| saturate(a + b);
    sub32_sat: |a, b| saturate(a - b);
    mul32_sat: |a, b| saturate(a * b);
    min32: min;
    max32: max;
}

/// The smaller; the other one if one is NaN; -0 below +0.
fn min(a: f32, b: f32) -> f32 {
    if a.is_nan() {
        b
    } else if b.is_nan() {
        a
    } else if a == b {
        f32::from_bits(a.to_bits() | b.to_bits())
    } else {
        a.min(b)
    }
}

fn max(a: f32, b: f32) -> f32 {
    -min(-a, -b)
}

pub(super) fn fma32<const FTZ: bool>(a: u64, b: u64, c: u64) -> u64 {
    let [a, b, c] = [a, b, c].map(f32_in::<FTZ>);
    f32_out::<FTZ>(a.mul_add(b, c))
}

pub(super) fn fma32_sat<const FTZ: bool>(a: u64, b: u64, c: u64) -> u64 {
    let [a, b, c] = [a, b, c].map(f32_in::<FTZ>);
    f32_out::<FTZ>(saturate(a.mul_add(b, c)))
}

/// Of NaN, "an unspecified NaN": the sign bit goes alone.
pub(super) fn neg32<const FTZ: bool>(a: u64) -> u64 {
    u64::from((-f32_in::<FTZ>(a)).to_bits())
}

pub(super) fn abs32<const FTZ: bool>(a: u64) -> u64 {
    u64::from(f32_in::<FTZ>(a).abs().to_bits())
}

pub(super) fn sqrt32<const FTZ: bool>(a: u64) -> u64 {
    f32_out::<FTZ>(f32_in::<FTZ>(a).sqrt())
}

pub(super) fn rcp32<const FTZ: bool>(a: u64) -> u64 {
    f32_out::<FTZ>(1.0 / f32_in::<FTZ>(a))
}

/// `copysign d, a, b`: the sign of `a` on `b`.
pub(super) fn copysign32(a: u64, b: u64) -> u64 {
    (a & 0x8000_0000) | (b & 0x7fff_ffff)
}

pub(super) fn copysign64(a: u64, b: u64) -> u64 {
    (a & 1 << 63) | (b & !(1 << 63))
}

macro_rules! f64_binary {
    ($($name:ident: $f:expr;)*) => {
        $(
            pub(super) fn $name(a: u64, b: u64) -> u64 {
                let f: fn(f64, f64) -> f64 = $f;
                f64_out(f(f64_in(a), f64_in(b)))
            }
        )*
    };
}

f64_binary! {
    add64: |a, b| a + b;
    sub64: |a, b| a - b;
    mul64: |a, b| a * b;
    div64: |a, b| a / b;
    min64: min_wide;
    max64: |a, b| -min_wide(-a, -b);
}

fn min_wide(a: f64, b: f64) -> f64 {
    if a.is_nan() {
        b
    } else if b.is_nan() {
        a
    } else if a == b {
        f64::from_bits(a.to_bits() | b.to_bits())
    } else {
        a.min(b)
    }
}

pub(super) fn fma64(a: u64, b: u64, c: u64) -> u64 {
    f64_out(f64_in(a).mul_add(f64_in(b), f64_in(c)))
}

pub(super) fn neg64(a: u64) -> u64 {
    a ^ 1 << 63
}

pub(super) fn abs64(a: u64) -> u64 {
    a & !(1 << 63)
}

pub(super) fn sqrt64(a: u64) -> u64 {
    f64_out(f64_in(a).sqrt())
}

pub(super) fn rcp64(a: u64) -> u64 {
    f64_out(1.0 / f64_in(a))
}

/// Sums and products of f16 are exact in f64.
pub(super) fn add16(a: u64, b: u64) -> u64 {
    f16_out(f16_in(a) + f16_in(b))
}

pub(super) fn sub16(a: u64, b: u64) -> u64 {
    f16_out(f16_in(a) - f16_in(b))
}

pub(super) fn mul16(a: u64, b: u64) -> u64 {
    f16_out(f16_in(a) * f16_in(b))
}

/// The product is exact in f64, its sum with `c` perhaps not: then it is rounded to odd, which keeps
/// the second rounding right.
pub(super) fn fma16(a: u64, b: u64, c: u64) -> u64 {
    let (p, c) = (f16_in(a) * f16_in(b), f16_in(c));
    let sum = p + c;
    let from_p = sum - c;
    let rest = (p - from_p) + (c - (sum - from_p));
    if !sum.is_finite() || rest == 0.0 || sum.to_bits() & 1 == 1 {
        return f16_out(sum);
    }
    let away = (rest > 0.0) == (sum > 0.0);
    let bits = sum.to_bits();
    f16_out(f64::from_bits(if away { bits + 1 } else { bits - 1 }))
}

pub(super) fn min16(a: u64, b: u64) -> u64 {
    f16_out(min_wide(f16_in(a), f16_in(b)))
}

pub(super) fn max16(a: u64, b: u64) -> u64 {
    f16_out(-min_wide(-f16_in(a), -f16_in(b)))
}

pub(super) fn neg16(a: u64) -> u64 {
    a ^ 0x8000
}

pub(super) fn abs16(a: u64) -> u64 {
    a & 0x7fff
}

/// Both halves of an f16x2.
macro_rules! halves {
    ($($name:ident($($arg:ident),*): $f:ident;)*) => {
        $(
            pub(super) fn $name($($arg: u64),*) -> u64 {
                $f($($arg & 0xffff),*) | $f($($arg >> 16 & 0xffff),*) << 16
            }
        )*
    };
}

halves! {
    add16x2(a, b): add16;
    sub16x2(a, b): sub16;
    mul16x2(a, b): mul16;
    fma16x2(a, b, c): fma16;
    min16x2(a, b): min16;
    max16x2(a, b): max16;
    neg16x2(a): neg16;
    abs16x2(a): abs16;
}

/// Comparisons of `setp`: the plain ones are false for NaN, those with `u` true.
macro_rules! comparisons {
    ($($name:ident $unordered:ident: $f:expr;)*) => {
        $(
            pub(super) fn $name<T: Float>(a: u64, b: u64) -> bool {
                let (a, b) = (T::value(a), T::value(b));
                let f: fn(f64, f64) -> bool = $f;
                !a.is_nan() && !b.is_nan() && f(a, b)
            }

            pub(super) fn $unordered<T: Float>(a: u64, b: u64) -> bool {
                let (a, b) = (T::value(a), T::value(b));
                let f: fn(f64, f64) -> bool = $f;
                a.is_nan() || b.is_nan() || f(a, b)
            }
        )*
    };
}

comparisons! {
    eq equ: |a, b| a == b;
    ne neu: |a, b| a != b;
    lt ltu: |a, b| a < b;
    le leu: |a, b| a <= b;
    gt gtu: |a, b| a > b;
    ge geu: |a, b| a >= b;
}

/// Neither is NaN.
pub(super) fn num<T: Float>(a: u64, b: u64) -> bool {
    !nan::<T>(a, b)
}

/// Either is NaN.
pub(super) fn nan<T: Float>(a: u64, b: u64) -> bool {
    T::value(a).is_nan() || T::value(b).is_nan()
}

/// How bits are read for a comparison.
pub(super) trait Float {
    fn value(bits: u64) -> f64;
}

pub(super) struct F16;
pub(super) struct F32;
pub(super) struct F32Ftz;
pub(super) struct F64;

impl Float for F16 {
    fn value(bits: u64) -> f64 {
        f16_in(bits)
    }
}

impl Float for F32 {
    fn value(bits: u64) -> f64 {
        f32_in::<false>(bits).into()
    }
}

impl Float for F32Ftz {
    fn value(bits: u64) -> f64 {
        f32_in::<true>(bits).into()
    }
}

impl Float for F64 {
    fn value(bits: u64) -> f64 {
        f64_in(bits)
    }
}
