//! The approximate functions: reciprocal, roots, exponential, logarithm, sine.
//!
//! Computed in double precision by polynomials that vectorise, and rounded: the value that the
//! hardware's documented error is an error of. The f32 forms flush denormal sources and results
//! whatever MODE says, as compilers for this hardware rely on (they scale such arguments
//! themselves when MODE keeps denormals).

use super::alu::flush32;

/// `2^x` in double precision, for results that are rounded to single.
#[inline(always)]
fn exp2_wide(x: f64) -> f64 {
    // Adding this leaves the nearest integer in the low bits of the sum.
    const INTEGER: f64 = 1.5 * (1u64 << 52) as f64;
    let shifted = x.clamp(-1000.0, 1000.0) + INTEGER;
    let t = x - (shifted - INTEGER);
    // Through (2^t - 1) / t at Chebyshev's nodes of [-1/2, 1/2]; off by 2e-10 at most.
    let mut p = 1.529_732_376_070_107_5e-5;
    p = p * t + 1.546_144_469_856_913_5e-4;
    p = p * t + 1.333_350_238_616_277e-3;
    p = p * t + 9.618_056_678_524_637e-3;
    p = p * t + 5.550_410_883_909_618_5e-2;
    p = p * t + 0.240_226_509_222_887_57;
    p = p * t + std::f64::consts::LN_2;
    p = p * t + 1.0;
    f64::from_bits(p.to_bits().wrapping_add(shifted.to_bits() << 52))
}

/// `2^x`.
#[inline(always)]
pub fn exp2(x: f32) -> f32 {
    let x = flush32(x);
    let r = flush32(exp2_wide(f64::from(x)) as f32);
    let r = if x > 128.0 { f32::INFINITY } else { r };
    let r = if x < -150.0 { 0.0 } else { r };
    if x.is_nan() {
        x + x
    } else {
        r
    }
}

/// Base-2 logarithm of a positive, finite double.
#[inline(always)]
fn log2_wide(x: f64) -> f64 {
    let bits = x.to_bits();
    // The mantissa in [sqrt(1/2), sqrt(2)), so that results near zero keep their precision.
    let shifted = bits.wrapping_sub(0x3fe6_a09e_667f_3bcd);
    let e = (shifted >> 32) as i32 >> 20;
    let m = f64::from_bits(bits.wrapping_sub((e as i64 as u64) << 52));
    let s = (m - 1.0) / (m + 1.0);
    let z = s * s;
    // z < 0.0295 leaves 1e-12 after its sixth power.
    let mut p = 1.0 / 13.0;
    p = p * z + 1.0 / 11.0;
    p = p * z + 1.0 / 9.0;
    p = p * z + 1.0 / 7.0;
    p = p * z + 1.0 / 5.0;
    p = p * z + 1.0 / 3.0;
    p = p * z + 1.0;
    f64::from(e) + 2.0 * s * p * std::f64::consts::LOG2_E
}

/// Base-2 logarithm.
#[inline(always)]
pub fn log2(x: f32) -> f32 {
    let x = flush32(x);
    let r = log2_wide(f64::from(x)) as f32;
    let r = if x == f32::INFINITY { f32::INFINITY } else { r };
    let r = if x < 0.0 { f32::NAN } else { r };
    let r = if x == 0.0 { f32::NEG_INFINITY } else { r };
    if x.is_nan() {
        x + x
    } else {
        r
    }
}

/// Reciprocal.
#[inline(always)]
pub fn rcp(x: f32) -> f32 {
    flush32(1.0 / flush32(x))
}

/// Reciprocal square root.
#[inline(always)]
pub fn rsq(x: f32) -> f32 {
    let x = flush32(x);
    // Two roundings: together within the unit in the last place that hardware may be off.
    let r = 1.0 / x.sqrt();
    if x < 0.0 {
        f32::NAN
    } else {
        r
    }
}

/// Square root.
#[inline(always)]
pub fn sqrt(x: f32) -> f32 {
    let x = flush32(x);
    let r = x.sqrt();
    if x < 0.0 {
        f32::NAN
    } else {
        r
    }
}

/// Sine of `x` turns, in double precision.
#[inline(always)]
pub fn sin_turns(x: f64) -> f64 {
    let r = x - x.round_ties_even();
    // Within a quarter turn by symmetry.
    let half = if r > 0.0 { 0.5 } else { -0.5 };
    let r = if r.abs() > 0.25 { half - r } else { r };
    let t = r * std::f64::consts::TAU;
    let z = t * t;
    // A quarter turn leaves 7e-10 after the thirteenth power.
    let mut p = 1.0 / 6_227_020_800.0;
    p = p * z - 1.0 / 39_916_800.0;
    p = p * z + 1.0 / 362_880.0;
    p = p * z - 1.0 / 5_040.0;
    p = p * z + 1.0 / 120.0;
    p = p * z - 1.0 / 6.0;
    p = p * z + 1.0;
    p * t
}

/// Sine of `x` turns.
#[inline(always)]
pub fn sin(x: f32) -> f32 {
    let x = flush32(x);
    let r = sin_turns(f64::from(x)) as f32;
    if x == 0.0 {
        x
    } else {
        r
    }
}

/// Cosine of `x` turns.
#[inline(always)]
pub fn cos(x: f32) -> f32 {
    let x = f64::from(flush32(x));
    // Whole turns first: adding a quarter to a large number would lose it.
    sin_turns(x - x.round_ties_even() + 0.25) as f32
}

/// Half-precision forms, computed in single: they keep denormals.
pub mod half {
    use super::super::half::Half;
    use super::{exp2_wide, log2_wide, sin_turns};

    /// `2^x`.
    #[inline(always)]
    pub fn exp2(x: Half) -> Half {
        // Beyond that a half is zero or infinite, and `exp2_wide` out of its depth.
        Half::of(exp2_wide(f64::from(x.f32().clamp(-64.0, 64.0))) as f32)
    }

    /// Base-2 logarithm.
    #[inline(always)]
    pub fn log2(x: Half) -> Half {
        let v = x.f32();
        let r = log2_wide(f64::from(v)) as f32;
        let r = if v == f32::INFINITY { v } else { r };
        let r = if v < 0.0 { f32::NAN } else { r };
        let r = if v == 0.0 { f32::NEG_INFINITY } else { r };
        Half::of(if v.is_nan() { v } else { r })
    }

    /// Reciprocal.
    #[inline(always)]
    pub fn rcp(x: Half) -> Half {
        Half::of(1.0 / x.f32())
    }

    /// Reciprocal square root.
    #[inline(always)]
    pub fn rsq(x: Half) -> Half {
        let v = x.f32();
        Half::of(if v < 0.0 { f32::NAN } else { 1.0 / v.sqrt() })
    }

    /// Square root.
    #[inline(always)]
    pub fn sqrt(x: Half) -> Half {
        let v = x.f32();
        Half::of(if v < 0.0 { f32::NAN } else { v.sqrt() })
    }

    /// Sine of `x` turns.
    #[inline(always)]
    pub fn sin(x: Half) -> Half {
        let v = x.f32();
        Half::of(if v == 0.0 {
            v
        } else {
            sin_turns(f64::from(v)) as f32
        })
    }

    /// Cosine of `x` turns.
    #[inline(always)]
    pub fn cos(x: Half) -> Half {
        let v = f64::from(x.f32());
        Half::of(sin_turns(v - v.round_ties_even() + 0.25) as f32)
    }
}
