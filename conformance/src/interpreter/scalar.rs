//! Scalars: the ten concrete types of a naga module, how their bits travel in
//! a lane, and their arithmetic. A lane is a `u64` that holds the value's bits
//! zero-extended; booleans are 0 or 1. Promises WGSL's runtime semantics:
//! integers wrap, `x / 0` is `x`, `x % 0` is 0, shift amounts are taken modulo
//! the width, float to integer conversion truncates and saturates to the
//! nearest value that both types hold, and every float operation rounds once.

pub use crate::scalar::Sc;
use half::f16;
use naga::ScalarKind;

impl Sc {
    /// The type of a naga scalar; `None` for abstract types and odd widths,
    /// which validation forbids.
    pub fn of(scalar: naga::Scalar) -> Option<Sc> {
        Some(match (scalar.kind, scalar.width) {
            (ScalarKind::Bool, _) => Sc::Bool,
            (ScalarKind::Sint, 2) => Sc::I16,
            (ScalarKind::Uint, 2) => Sc::U16,
            (ScalarKind::Sint, 4) => Sc::I32,
            (ScalarKind::Uint, 4) => Sc::U32,
            (ScalarKind::Sint, 8) => Sc::I64,
            (ScalarKind::Uint, 8) => Sc::U64,
            (ScalarKind::Float, 2) => Sc::F16,
            (ScalarKind::Float, 4) => Sc::F32,
            (ScalarKind::Float, 8) => Sc::F64,
            _ => return None,
        })
    }
}

/// A Rust type that stands for one scalar type.
pub trait Lane: Copy + 'static {
    /// From the zero-extended bits of a lane.
    fn from_lane(bits: u64) -> Self;
    /// To the zero-extended bits of a lane.
    fn to_lane(self) -> u64;
}

/// Integers with WGSL's rules.
pub trait Int: Lane + Ord {
    /// Width in bits.
    const BITS: u32;
    /// Whether it is signed.
    const SIGNED: bool;
    /// Wrapping sum.
    fn add(self, o: Self) -> Self;
    /// Wrapping difference.
    fn sub(self, o: Self) -> Self;
    /// Wrapping product.
    fn mul(self, o: Self) -> Self;
    /// Quotient: by zero it is the dividend, and the minimum by -1 wraps.
    fn div(self, o: Self) -> Self;
    /// Remainder with the dividend's sign: by zero, and the minimum by -1, it is zero.
    fn rem(self, o: Self) -> Self;
    /// Shift left by `amount` modulo the width.
    fn shl(self, amount: u32) -> Self;
    /// Shift right, arithmetic if signed, by `amount` modulo the width.
    fn shr(self, amount: u32) -> Self;
    /// As a 128-bit integer, exactly.
    fn wide(self) -> i128;
}

/// Floats that round once, to nearest even.
pub trait Float: Lane {
    /// Exactly.
    fn to_f64(self) -> f64;
    /// Rounded to nearest even; subnormals kept.
    fn from_f64(x: f64) -> Self;
    /// Sum.
    fn add(self, o: Self) -> Self;
    /// Difference.
    fn sub(self, o: Self) -> Self;
    /// Product.
    fn mul(self, o: Self) -> Self;
    /// Quotient.
    fn div(self, o: Self) -> Self;
    /// `x - y * trunc(x / y)`, exactly.
    fn rem(self, o: Self) -> Self;
    /// `self * b + c`, rounded once.
    fn fma(self, b: Self, c: Self) -> Self;
}

macro_rules! ints {
    ($($t:ident, $u:ident, $signed:expr;)*) => {$(
        impl Lane for $t {
            #[inline(always)]
            fn from_lane(bits: u64) -> Self { bits as $t }
            #[inline(always)]
            fn to_lane(self) -> u64 { self as $u as u64 }
        }
        impl Int for $t {
            const BITS: u32 = $t::BITS;
            const SIGNED: bool = $signed;
            #[inline(always)]
            fn add(self, o: Self) -> Self { self.wrapping_add(o) }
            #[inline(always)]
            fn sub(self, o: Self) -> Self { self.wrapping_sub(o) }
            #[inline(always)]
            fn mul(self, o: Self) -> Self { self.wrapping_mul(o) }
            #[inline(always)]
            fn div(self, o: Self) -> Self { if o == 0 { self } else { self.wrapping_div(o) } }
            #[inline(always)]
            fn rem(self, o: Self) -> Self { if o == 0 { 0 } else { self.wrapping_rem(o) } }
            #[inline(always)]
            fn shl(self, amount: u32) -> Self { self.wrapping_shl(amount) }
            #[inline(always)]
            fn shr(self, amount: u32) -> Self { self.wrapping_shr(amount) }
            #[inline(always)]
            fn wide(self) -> i128 { self as i128 }
        }
    )*};
}
ints! {
    i16, u16, true;
    u16, u16, false;
    i32, u32, true;
    u32, u32, false;
    i64, u64, true;
    u64, u64, false;
}

impl Lane for bool {
    #[inline(always)]
    fn from_lane(bits: u64) -> Self {
        bits != 0
    }
    #[inline(always)]
    fn to_lane(self) -> u64 {
        self as u64
    }
}

impl Lane for f32 {
    #[inline(always)]
    fn from_lane(bits: u64) -> Self {
        f32::from_bits(bits as u32)
    }
    #[inline(always)]
    fn to_lane(self) -> u64 {
        u64::from(self.to_bits())
    }
}

impl Float for f32 {
    #[inline(always)]
    fn to_f64(self) -> f64 {
        f64::from(self)
    }
    #[inline(always)]
    fn from_f64(x: f64) -> Self {
        x as f32
    }
    #[inline(always)]
    fn add(self, o: Self) -> Self {
        self + o
    }
    #[inline(always)]
    fn sub(self, o: Self) -> Self {
        self - o
    }
    #[inline(always)]
    fn mul(self, o: Self) -> Self {
        self * o
    }
    #[inline(always)]
    fn div(self, o: Self) -> Self {
        self / o
    }
    #[inline(always)]
    fn rem(self, o: Self) -> Self {
        self % o
    }
    #[inline(always)]
    fn fma(self, b: Self, c: Self) -> Self {
        // The product is exact in binary64 and the sum rounds to odd, so the
        // last rounding is the only one that counts.
        fma_to_odd(self.into(), b.into(), c.into()) as f32
    }
}

impl Lane for f64 {
    #[inline(always)]
    fn from_lane(bits: u64) -> Self {
        f64::from_bits(bits)
    }
    #[inline(always)]
    fn to_lane(self) -> u64 {
        self.to_bits()
    }
}

impl Float for f64 {
    #[inline(always)]
    fn to_f64(self) -> f64 {
        self
    }
    #[inline(always)]
    fn from_f64(x: f64) -> Self {
        x
    }
    #[inline(always)]
    fn add(self, o: Self) -> Self {
        self + o
    }
    #[inline(always)]
    fn sub(self, o: Self) -> Self {
        self - o
    }
    #[inline(always)]
    fn mul(self, o: Self) -> Self {
        self * o
    }
    #[inline(always)]
    fn div(self, o: Self) -> Self {
        self / o
    }
    #[inline(always)]
    fn rem(self, o: Self) -> Self {
        self % o
    }
    #[inline(always)]
    fn fma(self, b: Self, c: Self) -> Self {
        libm::fma(self, b, c)
    }
}

impl Lane for f16 {
    #[inline(always)]
    fn from_lane(bits: u64) -> Self {
        f16::from_bits(bits as u16)
    }
    #[inline(always)]
    fn to_lane(self) -> u64 {
        u64::from(self.to_bits())
    }
}

// Sums, products and quotients of binary16 values rounded to binary64 and then
// to binary16 equal the singly rounded ones, since 53 >= 2 * 11 + 2.
impl Float for f16 {
    #[inline(always)]
    fn to_f64(self) -> f64 {
        f16::to_f64(self)
    }
    #[inline(always)]
    fn from_f64(x: f64) -> Self {
        f16::from_bits(f16_bits(x))
    }
    #[inline(always)]
    fn add(self, o: Self) -> Self {
        Float::from_f64(self.to_f64() + o.to_f64())
    }
    #[inline(always)]
    fn sub(self, o: Self) -> Self {
        Float::from_f64(self.to_f64() - o.to_f64())
    }
    #[inline(always)]
    fn mul(self, o: Self) -> Self {
        Float::from_f64(self.to_f64() * o.to_f64())
    }
    #[inline(always)]
    fn div(self, o: Self) -> Self {
        Float::from_f64(self.to_f64() / o.to_f64())
    }
    #[inline(always)]
    fn rem(self, o: Self) -> Self {
        Float::from_f64(self.to_f64() % o.to_f64())
    }
    #[inline(always)]
    fn fma(self, b: Self, c: Self) -> Self {
        Float::from_f64(fma_to_odd(self.to_f64(), b.to_f64(), c.to_f64()))
    }
}

/// `a * b + c` rounded to odd in binary64, for operands whose product is exact
/// there: rounding the result again to at most 51 bits is then rounding once.
fn fma_to_odd(a: f64, b: f64, c: f64) -> f64 {
    let p = a * b;
    let s = p + c;
    if !s.is_finite() {
        return s;
    }
    // Knuth's two-sum: `e` is the exact error of `s`.
    let t = s - p;
    let e = (p - (s - t)) + (c - t);
    let bits = s.to_bits();
    if e == 0.0 || bits & 1 == 1 {
        return s;
    }
    // `s` is even and inexact: step towards the exact sum, to its odd neighbour.
    f64::from_bits(if (e > 0.0) == (s > 0.0) {
        bits + 1
    } else {
        bits - 1
    })
}

/// Rounds to binary16, to nearest even, subnormals kept.
pub fn f16_bits(x: f64) -> u16 {
    let bits = x.to_bits();
    let sign = ((bits >> 48) & 0x8000) as u16;
    let exp = ((bits >> 52) & 0x7ff) as i32 - 1023;
    let frac = bits & ((1 << 52) - 1);
    if exp == 1024 {
        return sign | if frac == 0 { 0x7c00 } else { 0x7e00 };
    }
    if exp > 15 {
        return sign | 0x7c00;
    }
    if exp < -25 {
        return sign;
    }
    // Bits below the last place of the result: ten fraction bits stay in a
    // normal number, fewer in a subnormal one.
    let drop = if exp < -14 { 42 + (-14 - exp) } else { 42 } as u32;
    let full = frac | 1 << 52;
    let half = 1u64 << (drop - 1);
    let kept = full >> drop;
    let rest = full & ((1 << drop) - 1);
    let up = rest > half || (rest == half && kept & 1 == 1);
    let magnitude = kept + u64::from(up);
    // The hidden bit carries into the exponent field by itself.
    let biased = if exp < -14 { 0 } else { (exp + 14) as u64 };
    sign | (magnitude + (biased << 10)) as u16
}

/// Binds `$T` to the Rust type of `$sc` and evaluates `$body`, or `$other` if
/// the scalar is not an integer.
macro_rules! with_int {
    ($sc:expr, $T:ident => $body:expr, else $other:expr) => {
        match $sc {
            Sc::I16 => {
                type $T = i16;
                $body
            }
            Sc::U16 => {
                type $T = u16;
                $body
            }
            Sc::I32 => {
                type $T = i32;
                $body
            }
            Sc::U32 => {
                type $T = u32;
                $body
            }
            Sc::I64 => {
                type $T = i64;
                $body
            }
            Sc::U64 => {
                type $T = u64;
                $body
            }
            Sc::Bool | Sc::F16 | Sc::F32 | Sc::F64 => $other,
        }
    };
}
pub(super) use with_int;

/// As `with_int`, for floats.
macro_rules! with_float {
    ($sc:expr, $T:ident => $body:expr, else $other:expr) => {
        match $sc {
            Sc::F16 => {
                type $T = half::f16;
                $body
            }
            Sc::F32 => {
                type $T = f32;
                $body
            }
            Sc::F64 => {
                type $T = f64;
                $body
            }
            Sc::Bool | Sc::I16 | Sc::U16 | Sc::I32 | Sc::U32 | Sc::I64 | Sc::U64 => $other,
        }
    };
}
pub(super) use with_float;

/// The largest and smallest integers of `to` that the float type holds
/// exactly: where WGSL's saturating conversion ends.
fn limits(from: Sc, to: Sc) -> (f64, f64) {
    let digits = match from {
        Sc::F16 => 11,
        Sc::F32 => 24,
        _ => 53,
    };
    let (bits, signed) = with_int!(to, T => (T::BITS, <T as Int>::SIGNED), else (1, false));
    let magnitude = bits - u32::from(signed);
    // The largest `digits`-bit number below 2^magnitude.
    let top = if magnitude > digits {
        2f64.powi(magnitude as i32) - 2f64.powi((magnitude - digits) as i32)
    } else {
        2f64.powi(magnitude as i32) - 1.0
    };
    let bottom = if signed {
        -2f64.powi(magnitude as i32)
    } else {
        0.0
    };
    // binary16 ends before the wide integers do.
    if from == Sc::F16 {
        (bottom.max(-65504.0), top.min(65504.0))
    } else {
        (bottom, top)
    }
}

/// The function that converts lanes by value (`T(x)` in WGSL).
pub fn convert(from: Sc, to: Sc) -> Box<dyn Fn(u64) -> u64> {
    if from == to {
        return Box::new(|x| x);
    }
    if from == Sc::Bool {
        let one = with_float!(to, T => T::from_f64(1.0).to_lane(), else 1);
        return Box::new(move |x| if x != 0 { one } else { 0 });
    }
    if to == Sc::Bool {
        return with_float!(from, T => Box::new(|x| u64::from(Float::to_f64(T::from_lane(x)) != 0.0)),
            else Box::new(|x| u64::from(x != 0)));
    }
    match (from.is_float(), to.is_float()) {
        (true, true) => with_float!(from, A => with_float!(to, B =>
            Box::new(|x| B::from_f64(Float::to_f64(A::from_lane(x))).to_lane()),
            else Box::new(|x| x)), else Box::new(|x| x)),
        (true, false) => {
            let (low, high) = limits(from, to);
            with_float!(from, A => with_int!(to, B => Box::new(move |x| {
                let v = Float::to_f64(A::from_lane(x));
                if v.is_nan() { 0 } else { (v.clamp(low, high) as B).to_lane() }
            }), else Box::new(|x| x)), else Box::new(|x| x))
        }
        (false, true) => with_int!(from, A => match to {
            Sc::F32 => Box::new(|x| (A::from_lane(x) as f32).to_lane()),
            // Whatever rounds in the first step is past binary16's largest.
            Sc::F16 => Box::new(|x| u64::from(f16_bits(A::from_lane(x) as f64))),
            _ => Box::new(|x| (A::from_lane(x) as f64).to_lane()),
        }, else Box::new(|x| x)),
        (false, false) => with_int!(from, A => with_int!(to, B =>
            Box::new(|x| (A::from_lane(x) as B).to_lane()),
            else Box::new(|x| x)), else Box::new(|x| x)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn binary16_rounds_to_nearest_even() {
        assert_eq!(f16_bits(1.0), 0x3c00);
        assert_eq!(f16_bits(-2.0), 0xc000);
        assert_eq!(f16_bits(65504.0), 0x7bff);
        assert_eq!(f16_bits(65519.99), 0x7bff);
        assert_eq!(f16_bits(65520.0), 0x7c00);
        assert_eq!(f16_bits(2f64.powi(-24)), 1);
        assert_eq!(f16_bits(2f64.powi(-25)), 0);
        assert_eq!(f16_bits(2f64.powi(-25) * 1.0000001), 1);
        assert_eq!(f16_bits(2f64.powi(-14) - 2f64.powi(-24)), 0x3ff);
        // A tie that the low 32 bits of binary64 break.
        assert_eq!(f16_bits(1.0 + 2f64.powi(-11)), 0x3c00);
        assert_eq!(f16_bits(1.0 + 2f64.powi(-11) + 2f64.powi(-50)), 0x3c01);
        for bits in 0..=0xffffu16 {
            let x = f16::from_bits(bits);
            if !x.is_nan() {
                assert_eq!(f16_bits(x.to_f64()), bits);
            }
        }
    }

    #[test]
    fn fma_rounds_once() {
        let mut seed = 0x9e37_79b9_7f4a_7c15u64;
        for _ in 0..20_000 {
            let mut next = || {
                seed ^= seed << 13;
                seed ^= seed >> 7;
                seed ^= seed << 17;
                // Exponents close together, so that sums cancel and tie.
                f32::from_bits((seed as u32 & 0x81ff_ffff) | 0x3e00_0000)
            };
            let (a, b, c) = (next(), next(), next());
            assert_eq!(Float::fma(a, b, c).to_bits(), libm::fmaf(a, b, c).to_bits());
        }
    }

    #[test]
    fn float_to_integer_saturates_to_what_both_types_hold() {
        let f = |x: f32, to| convert(Sc::F32, to)(x.to_lane());
        assert_eq!(f(1e20, Sc::U32), 4294967040);
        assert_eq!(f(1e20, Sc::I32), 2147483520);
        assert_eq!(f(-1e20, Sc::I32) as u32 as i32, i32::MIN);
        assert_eq!(f(-1.0, Sc::U32), 0);
        assert_eq!(f(3.9, Sc::U32), 3);
        assert_eq!(f(-3.9, Sc::I32) as u32 as i32, -3);
        assert_eq!(f(f32::NAN, Sc::I32), 0);
        assert_eq!(f(1e20, Sc::I64), 0x7fff_ff80_0000_0000);
        assert_eq!(convert(Sc::F64, Sc::I32)(1e20f64.to_lane()), 2147483647);
        assert_eq!(convert(Sc::F16, Sc::I16)(0x7bff), 32752);
    }
}
