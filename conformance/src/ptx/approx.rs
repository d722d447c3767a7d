//! `.approx` and `.full` instructions (PTX ISA, section 9.7.3): the exact result, rounded, and under
//! a seed moved by as much as the document allows.

use super::float::{f32_in, f32_out};

/// Which function.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(missing_docs)]
pub enum Function {
    Div,
    DivFull,
    Rcp,
    Sqrt,
    Rsqrt,
    Sin,
    Cos,
    Lg2,
    Ex2,
    Tanh,
}

/// A function of one or two f32.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Approx {
    /// Of the one or two.
    pub function: Function,
    /// Subnormal operands and results are zeros.
    pub ftz: bool,
}

/// 2^126 and 2^128, between which `div.approx` loses its divisor.
const LARGE: f64 = 8.507059173023462e37;

impl Approx {
    /// The result as bits. `seed` 0 gives the exact one, rounded.
    pub(super) fn apply(self, a: u64, b: u64, seed: u64) -> u64 {
        match self.ftz {
            true => self.with::<true>(a, b, seed),
            false => self.with::<false>(a, b, seed),
        }
    }

    fn with<const FTZ: bool>(self, a: u64, b: u64, seed: u64) -> u64 {
        let x = f64::from(f32_in::<FTZ>(a));
        let y = f64::from(f32_in::<FTZ>(b));
        let exact = self.exact(x, y);
        let nearest = exact as f32;
        if seed == 0 || exact == 0.0 || !nearest.is_finite() || self.is_exact(x) {
            return f32_out::<FTZ>(nearest);
        }
        let most = self.error(x, exact);
        let moved = exact + most * dice(seed, a, b);
        // What rounding adds must stay within the bound: round towards the exact result.
        let rounded = moved as f32;
        let rounded = match (f64::from(rounded) - exact).abs() > most {
            true => toward(rounded, exact),
            false => rounded,
        };
        f32_out::<FTZ>(rounded)
    }

    fn exact(self, x: f64, y: f64) -> f64 {
        match self.function {
            // "For 2^126 < |b| < 2^128 and infinite a the result is NaN", else 0.
            Function::Div if y.abs() > LARGE && y.is_finite() => match x.is_infinite() {
                true => f64::NAN,
                false => 0.0 * x.signum() * y.signum(),
            },
            Function::Div | Function::DivFull => x / y,
            Function::Rcp => 1.0 / x,
            Function::Sqrt => x.sqrt(),
            Function::Rsqrt => 1.0 / x.sqrt(),
            Function::Sin => libm::sin(x),
            Function::Cos => libm::cos(x),
            Function::Lg2 => libm::log2(x),
            Function::Ex2 => libm::exp2(x),
            Function::Tanh => libm::tanh(x),
        }
    }

    /// How far a machine's result of a function of one operand is from the exact one, as a part of
    /// what is allowed: beyond 1 it is wrong. `None` where nothing is promised.
    pub fn judge(self, x: f32, got: f32) -> Option<f64> {
        let wide = |x: f32| match self.ftz {
            true => f64::from(f32_in::<true>(x.to_bits().into())),
            false => f64::from(x),
        };
        let x = wide(x);
        // Beyond a hundred half turns the document gives no bound.
        let turns = matches!(self.function, Function::Sin | Function::Cos);
        if turns && x.is_finite() && x.abs() > 100.0 * std::f64::consts::PI {
            return None;
        }
        let exact = self.exact(x, 0.0);
        let nearest = exact as f32;
        let same = got == nearest || (got.is_nan() && nearest.is_nan());
        // A result that is flushed, or would be if it were as much off as it may.
        let most = self.error(x, exact);
        let small = exact.abs() - most < f64::from(f32::MIN_POSITIVE);
        if same || (self.ftz && got == 0.0 && small) {
            return Some(0.0);
        }
        let must_be = exact == 0.0 || !exact.is_finite() || self.is_exact(x) || got.is_nan();
        let off = match got.is_infinite() {
            // Next to the largest number, by as much as it would be in a wider format.
            true => (f64::from(f32::MAX) - exact.abs()).max(0.0),
            false => (f64::from(got) - exact).abs(),
        };
        Some(if must_be { f64::INFINITY } else { off / most })
    }

    /// Inputs whose results the document gives exactly.
    fn is_exact(self, x: f64) -> bool {
        match self.function {
            Function::Ex2 | Function::Sin | Function::Cos | Function::Tanh => x == 0.0,
            Function::Lg2 => x == 1.0,
            Function::Div
            | Function::DivFull
            | Function::Rcp
            | Function::Sqrt
            | Function::Rsqrt => false,
        }
    }

    /// The largest absolute error at `x`, where the result is `exact`.
    fn error(self, x: f64, exact: f64) -> f64 {
        // The distance of the neighbours between which the result lies; below a power of two, the
        // smaller one.
        let ulp = {
            let near = (exact as f32).abs().max(f32::MIN_POSITIVE);
            let below = f32::from_bits(near.to_bits() - 1);
            match f64::from(near) <= exact.abs() && near.to_bits() & 0x7f_ffff != 0 {
                true => f64::from(f32::from_bits(near.to_bits() + 1)) - f64::from(near),
                false => f64::from(near) - f64::from(below),
            }
        };
        let power = |n: f64| libm::exp2(n);
        match self.function {
            Function::Div | Function::DivFull | Function::Ex2 => 2.0 * ulp,
            Function::Rcp => ulp,
            Function::Sqrt => exact.abs() * power(-23.0),
            // The document's bound is 2.14 ulp just below powers of two. NVIDIA's Vulkan driver has
            // no other instruction and must keep to two ulp (Vulkan, "Precision of Core Functions"),
            // as WGSL asks; the sweep of all operands on a card judges by the same.
            Function::Rsqrt => (exact.abs() * power(-22.9)).min(2.0 * ulp),
            Function::Sin | Function::Cos if x.abs() <= 2.0 * std::f64::consts::PI => power(-20.5),
            Function::Sin | Function::Cos => power(-14.7),
            Function::Lg2 if x > 0.5 && x < 2.0 => power(-22.0),
            Function::Lg2 => exact.abs() * power(-22.6),
            Function::Tanh => exact.abs() * power(-11.0),
        }
    }
}

/// The next f32 towards `exact`.
fn toward(x: f32, exact: f64) -> f32 {
    let up = exact > f64::from(x);
    let bits = x.to_bits();
    f32::from_bits(match (x > 0.0) == up {
        true => bits + 1,
        false => bits.wrapping_sub(1),
    })
}

/// A number in [-1, 1] that depends on all inputs alone.
fn dice(seed: u64, a: u64, b: u64) -> f64 {
    let mut x = seed ^ a.wrapping_mul(0x9e37_79b9_7f4a_7c15) ^ b.rotate_left(32);
    x = (x ^ (x >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    x = (x ^ (x >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    x ^= x >> 31;
    (x >> 11) as f64 / (1u64 << 52) as f64 - 1.0
}
