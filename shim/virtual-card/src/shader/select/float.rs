//! Single and double precision arithmetic.

use rdna_isa::{Gen, Op};

use crate::shader::alu::{Pick, Runs};
use crate::shader::approx;
use crate::shader::half::{bf16, Half};
use crate::shader::soft;
use crate::shader::wave::Mode;

/// What minimum, maximum and friends need to know of a float type.
pub trait Float: Copy + PartialOrd {
    /// NaN.
    fn nan(self) -> bool;
    /// NaN whose quiet bit is clear.
    fn signaling(self) -> bool;
    /// The same, quiet.
    fn quiet(self) -> Self;
    /// Sign bit.
    fn sign(self) -> bool;
    /// Less, with -0 below +0.
    #[inline(always)]
    fn below(self, other: Self) -> bool {
        self < other || (self == other && self.sign() && !other.sign())
    }
}

impl Float for f32 {
    #[inline(always)]
    fn nan(self) -> bool {
        self.is_nan()
    }
    #[inline(always)]
    fn signaling(self) -> bool {
        self.is_nan() && self.to_bits() & 0x40_0000 == 0
    }
    #[inline(always)]
    fn quiet(self) -> f32 {
        f32::from_bits(self.to_bits() | 0x40_0000)
    }
    #[inline(always)]
    fn sign(self) -> bool {
        self.to_bits() >> 31 != 0
    }
}

impl Float for f64 {
    #[inline(always)]
    fn nan(self) -> bool {
        self.is_nan()
    }
    #[inline(always)]
    fn signaling(self) -> bool {
        self.is_nan() && self.to_bits() & 1 << 51 == 0
    }
    #[inline(always)]
    fn quiet(self) -> f64 {
        f64::from_bits(self.to_bits() | 1 << 51)
    }
    #[inline(always)]
    fn sign(self) -> bool {
        self.to_bits() >> 63 != 0
    }
}

impl PartialOrd for Half {
    #[inline(always)]
    fn partial_cmp(&self, other: &Half) -> Option<std::cmp::Ordering> {
        self.f32().partial_cmp(&other.f32())
    }
}

impl Float for Half {
    #[inline(always)]
    fn nan(self) -> bool {
        self.is_nan()
    }
    #[inline(always)]
    fn signaling(self) -> bool {
        self.is_signaling()
    }
    #[inline(always)]
    fn quiet(self) -> Half {
        Half(self.0 | 0x200)
    }
    #[inline(always)]
    fn sign(self) -> bool {
        self.0 >> 15 != 0
    }
}

/// gfx11's minimum with MODE.IEEE clear.
#[inline(always)]
pub fn min<T: Float>(a: T, b: T) -> T {
    let r = if a.below(b) { a } else { b };
    let r = if a.nan() { b } else { r };
    if b.nan() {
        a
    } else {
        r
    }
}

/// gfx11's maximum with MODE.IEEE clear.
#[inline(always)]
pub fn max<T: Float>(a: T, b: T) -> T {
    let r = if b.below(a) { a } else { b };
    let r = if a.nan() { b } else { r };
    if b.nan() {
        a
    } else {
        r
    }
}

/// gfx11's minimum with MODE.IEEE set: a signalling NaN wins, quieted.
#[inline(always)]
pub fn min_ieee<T: Float>(a: T, b: T) -> T {
    let r = min(a, b);
    let r = if b.signaling() { b.quiet() } else { r };
    if a.signaling() {
        a.quiet()
    } else {
        r
    }
}

/// gfx11's maximum with MODE.IEEE set.
#[inline(always)]
pub fn max_ieee<T: Float>(a: T, b: T) -> T {
    let r = max(a, b);
    let r = if b.signaling() { b.quiet() } else { r };
    if a.signaling() {
        a.quiet()
    } else {
        r
    }
}

/// gfx12's minimum: a number wins over any NaN.
#[inline(always)]
pub fn min_num<T: Float>(a: T, b: T) -> T {
    let r = min(a, b);
    if a.nan() && b.nan() {
        a.quiet()
    } else {
        r
    }
}

/// gfx12's maximum.
#[inline(always)]
pub fn max_num<T: Float>(a: T, b: T) -> T {
    let r = max(a, b);
    if a.nan() && b.nan() {
        a.quiet()
    } else {
        r
    }
}

/// IEEE 754-2019 minimum: NaN wins.
#[inline(always)]
pub fn minimum<T: Float>(a: T, b: T) -> T {
    let r = if a.below(b) { a } else { b };
    nan_wins(a, b, r)
}

/// IEEE 754-2019 maximum.
#[inline(always)]
pub fn maximum<T: Float>(a: T, b: T) -> T {
    let r = if b.below(a) { a } else { b };
    nan_wins(a, b, r)
}

#[inline(always)]
fn nan_wins<T: Float>(a: T, b: T, r: T) -> T {
    let r = if b.nan() { b } else { r };
    let r = if a.nan() { a } else { r };
    let r = if b.signaling() { b.quiet() } else { r };
    if a.signaling() {
        a.quiet()
    } else {
        r
    }
}

macro_rules! medians {
    ($($name:ident $min:ident $max:ident),*) => {$(
        /// The middle one of three; with a NaN, the minimum.
        #[inline(always)]
        pub fn $name<T: Float>(a: T, b: T, c: T) -> T {
            if a.nan() || b.nan() || c.nan() {
                return $min($min(a, b), c);
            }
            let top = $max($max(a, b), c);
            if top == a {
                $max(b, c)
            } else if top == b {
                $max(a, c)
            } else {
                $max(a, b)
            }
        }
    )*};
}

medians!(med3 min max, med3_ieee min_ieee max_ieee, med3_num min_num max_num);

/// Picks the flavour of a minimum or maximum that generation and MODE.IEEE ask for.
macro_rules! flavour {
    ($p:ident, $gen:ident, $exact:ident, |$min:ident, $max:ident, $($a:ident: $t:ty),*| $body:expr) => {
        if $gen == Gen::Gfx12 {
            #[allow(unused_imports)]
            use $crate::shader::select::float::{max_num as $max, min_num as $min};
            $p.$exact(|$($a: $t),*| $body)
        } else if $p.ieee {
            #[allow(unused_imports)]
            use $crate::shader::select::float::{max_ieee as $max, min_ieee as $min};
            $p.$exact(|$($a: $t),*| $body)
        } else {
            #[allow(unused_imports)]
            use $crate::shader::select::float::{max as $max, min as $min};
            $p.$exact(|$($a: $t),*| $body)
        }
    };
}
pub(super) use flavour;

/// The biased exponent.
fn exponent32(v: f32) -> i32 {
    (v.to_bits() >> 23 & 0xff) as i32
}

fn exponent64(v: f64) -> i32 {
    (v.to_bits() >> 52 & 0x7ff) as i32
}

/// Scales numerator or denominator (`s0` is the one or the other) so that a division by Newton's
/// method neither over- nor underflows; the flag tells `v_div_fmas` to scale back.
///
/// AMD's text, put right where the hardware is known to differ (zeros raise the flag; whether the
/// quotient may be denormal is told from the exponents too) or where the text's denominator would
/// overflow (both reciprocal and quotient denormal: it is scaled down).
macro_rules! div_scale {
    ($name:ident, $t:ty, $exponent:ident, $ldexp:ident, $by:literal, $far:literal, $tiny:literal, $low:literal, $min:expr) => {
        #[allow(missing_docs)]
        pub fn $name(s0: $t, s1: $t, s2: $t) -> ($t, bool) {
            let denormal = |v: f64| v != 0.0 && v.abs() < $min;
            let (n, d) = (f64::from(s2), f64::from(s1));
            let only = |on: bool, by: i32| (if on { $ldexp(s0, by) } else { s0 }, true);
            if s2 == 0.0 || s1 == 0.0 {
                (<$t>::NAN, true)
            } else if $exponent(s2) - $exponent(s1) >= $far {
                only(s0 == s1, $by)
            } else if denormal(d) {
                ($ldexp(s0, $by), false)
            } else if denormal(1.0 / d) && denormal(n / d) {
                only(s0 == s1, -$by)
            } else if denormal(1.0 / d) {
                ($ldexp(s0, -$by), false)
            } else if denormal(n / d) || $exponent(s2) - $exponent(s1) <= $low {
                only(s0 == s2, $by)
            } else if $exponent(s2) <= $tiny {
                // Both: the quotient stays what it is.
                ($ldexp(s0, $by), false)
            } else {
                (s0, false)
            }
        }
    };
}

div_scale!(
    div_scale32,
    f32,
    exponent32,
    ldexp32,
    64,
    96,
    23,
    -126,
    f64::from(f32::MIN_POSITIVE)
);
div_scale!(
    div_scale64,
    f64,
    exponent64,
    ldexp64,
    128,
    768,
    53,
    -1022,
    f64::MIN_POSITIVE
);

/// What the flag makes of a result: the quotient's side of one says which way it was scaled.
fn unscale32(c: f32) -> i32 {
    if exponent32(c) > 127 {
        64
    } else {
        -64
    }
}

fn unscale64(c: f64) -> i32 {
    if exponent64(c) > 1023 {
        128
    } else {
        -128
    }
}

/// Puts right what a division by Newton's method cannot deliver.
pub fn div_fixup32(q: f32, d: f32, n: f32) -> f32 {
    let negative = d.sign() != n.sign();
    let signed = |v: f32| if negative { -v } else { v };
    if n.nan() {
        n.quiet()
    } else if d.nan() {
        d.quiet()
    } else if d == 0.0 && n == 0.0 || d.is_infinite() && n.is_infinite() {
        f32::from_bits(0xffc0_0000)
    } else if d == 0.0 || n.is_infinite() {
        signed(f32::INFINITY)
    } else if d.is_infinite() || n == 0.0 || exponent32(n) - exponent32(d) < -150 {
        // The last is certain underflow: half the smallest denormal, which rounds to zero.
        signed(0.0)
    } else if q.nan() {
        // An estimate that overflowed on its way.
        signed(f32::INFINITY)
    } else {
        signed(q.abs())
    }
}

/// As [`div_fixup32`].
pub fn div_fixup64(q: f64, d: f64, n: f64) -> f64 {
    let negative = d.sign() != n.sign();
    let signed = |v: f64| if negative { -v } else { v };
    if n.nan() {
        n.quiet()
    } else if d.nan() {
        d.quiet()
    } else if d == 0.0 && n == 0.0 || d.is_infinite() && n.is_infinite() {
        f64::from_bits(0xfff8 << 48)
    } else if d == 0.0 || n.is_infinite() {
        signed(f64::INFINITY)
    } else if d.is_infinite() || n == 0.0 || exponent64(n) - exponent64(d) < -1075 {
        signed(0.0)
    } else if q.nan() {
        signed(f64::INFINITY)
    } else {
        signed(q.abs())
    }
}

/// Rounds to an integer; a NaN is quieted, which the host's function may leave out.
#[inline(always)]
pub fn whole<T: Float>(v: T, round: impl Fn(T) -> T) -> T {
    let r = round(v);
    if v.nan() {
        v.quiet()
    } else {
        r
    }
}

/// `v * 2^e` with one rounding.
#[inline(always)]
pub fn ldexp32(v: f32, e: i32) -> f32 {
    // A double holds every such product that does not round to zero or infinity anyway.
    let e = e.clamp(-400, 400);
    (f64::from(v) * f64::from_bits(((e + 1023) as u64) << 52)) as f32
}

/// `v * 2^e` with one rounding.
pub fn ldexp64(v: f64, e: i32) -> f64 {
    libm::scalbn(v, e)
}

fn mantissa32(v: f32) -> f32 {
    if v.is_finite() {
        libm::frexpf(v).0
    } else {
        v
    }
}

fn exponent_of32(v: f32) -> i32 {
    if v.is_finite() {
        libm::frexpf(v).1
    } else {
        0
    }
}

fn mantissa64(v: f64) -> f64 {
    if v.is_finite() {
        libm::frexp(v).0
    } else {
        v
    }
}

fn exponent_of64(v: f64) -> i32 {
    if v.is_finite() {
        libm::frexp(v).1
    } else {
        0
    }
}

/// 2/π as a fraction of 1,201 bits, most significant first.
const TWO_OVER_PI: [u32; 38] = [
    0xa2f9836e, 0x4e441529, 0xfc2757d1, 0xf534ddc0, 0xdb629599, 0x3c439041, 0xfe5163ab, 0xdebbc561,
    0xb7246e3a, 0x424dd2e0, 0x06492eea, 0x09d1921c, 0xfe1deb1c, 0xb129a73e, 0xe88235f5, 0x2ebb4484,
    0xe99c7026, 0xb45f7e41, 0x3991d639, 0x835339f4, 0x9c845f8b, 0xbdf9283b, 0x1ff897ff, 0xde05980f,
    0xef2f118b, 0x5a0a6d1f, 0x6d367ecf, 0x27cb09b7, 0x4f463f66, 0x9e5fea2d, 0x7527bac7, 0xebe5f17b,
    0x3d0739f7, 0x8a5292ea, 0x6bfb5fb1, 0x1f8d5d08, 0x56033046, 0xfc7b6bab,
];

/// 53 bits of 2/π that matter for reducing `s0`, scaled to their place.
fn trig_preop(s0: f64, s1: u32) -> f64 {
    let mut shift = (s1 & 0x1f) as i32 * 53;
    let e = exponent64(s0);
    if e > 1077 {
        shift += e - 1077;
    }
    // Bits [shift, shift + 53) of the fraction.
    let mut result = 0u64;
    for i in 0..53 {
        let at = shift + i;
        let word = TWO_OVER_PI.get((at / 32) as usize).copied().unwrap_or(0);
        let bit = if at < 1201 {
            word >> (31 - at % 32) & 1
        } else {
            0
        };
        result = result << 1 | u64::from(bit);
    }
    let mut scale = -53 - shift;
    if e >= 1968 {
        scale += 128;
    }
    ldexp64(result as f64, scale)
}

fn cube(x: f32, y: f32, z: f32) -> (f32, f32, f32, f32) {
    let (ax, ay, az) = (x.abs(), y.abs(), z.abs());
    if az >= ax && az >= ay {
        (
            if z < 0.0 { 5.0 } else { 4.0 },
            if z < 0.0 { -x } else { x },
            -y,
            z * 2.0,
        )
    } else if ay >= ax {
        (
            if y < 0.0 { 3.0 } else { 2.0 },
            x,
            if y < 0.0 { -z } else { z },
            y * 2.0,
        )
    } else {
        (
            if x < 0.0 { 1.0 } else { 0.0 },
            if x < 0.0 { z } else { -z },
            -y,
            x * 2.0,
        )
    }
}

/// Picks the kernels of a float operation.
pub fn select(op: Op, p: Pick, gen: Gen) -> Option<Runs> {
    use Op::*;
    match op {
        V_ADD_F32 => p.round2(|a: f32, b: f32| a + b, soft::add32),
        V_SUB_F32 => p.round2(
            |a: f32, b: f32| a - b,
            |m, a: f32, b: f32| soft::add32(m, a, -b),
        ),
        V_SUBREV_F32 => p.round2(
            |a: f32, b: f32| b - a,
            |m, a: f32, b: f32| soft::add32(m, b, -a),
        ),
        V_MUL_F32 => p.round2(|a: f32, b: f32| a * b, soft::mul32),
        V_MUL_DX9_ZERO_F32 => p.round2(
            |a: f32, b: f32| if a == 0.0 || b == 0.0 { 0.0 } else { a * b },
            |m, a: f32, b: f32| {
                if a == 0.0 || b == 0.0 {
                    0.0
                } else {
                    soft::mul32(m, a, b)
                }
            },
        ),
        V_FMA_F32 | V_FMAC_F32 | V_FMAAK_F32 => {
            p.round3(|a: f32, b: f32, c: f32| a.mul_add(b, c), soft::fma32)
        }
        // Literal in the middle: the second source is the factor.
        V_FMAMK_F32 => p.round3(|a: f32, b: f32, c: f32| a.mul_add(b, c), soft::fma32),
        V_FMA_DX9_ZERO_F32 | V_FMAC_DX9_ZERO_F32 => p.round3(
            |a: f32, b: f32, c: f32| {
                if a == 0.0 || b == 0.0 {
                    c
                } else {
                    a.mul_add(b, c)
                }
            },
            |m, a: f32, b: f32, c: f32| {
                if a == 0.0 || b == 0.0 {
                    c
                } else {
                    soft::fma32(m, a, b, c)
                }
            },
        ),
        V_MULLIT_F32 => p.seldom3(|a: f32, b: f32, c: f32| {
            if b == -f32::MAX || b == f32::NEG_INFINITY || b.is_nan() || c <= 0.0 || c.is_nan() {
                -f32::MAX
            } else {
                a * b
            }
        }),
        V_MIN_F32 => flavour!(p, gen, exact2, |min, max, a: f32, b: f32| min(a, b)),
        V_MAX_F32 => flavour!(p, gen, exact2, |min, max, a: f32, b: f32| max(a, b)),
        V_MIN3_F32 => flavour!(p, gen, seldom3, |min, max, a: f32, b: f32, c: f32| min(
            min(a, b),
            c
        )),
        V_MAX3_F32 => flavour!(p, gen, seldom3, |min, max, a: f32, b: f32, c: f32| max(
            max(a, b),
            c
        )),
        V_MAXMIN_F32 => flavour!(p, gen, seldom3, |min, max, a: f32, b: f32, c: f32| min(
            max(a, b),
            c
        )),
        V_MINMAX_F32 => flavour!(p, gen, seldom3, |min, max, a: f32, b: f32, c: f32| max(
            min(a, b),
            c
        )),
        V_MED3_F32 => {
            if gen == Gen::Gfx12 {
                p.exact3(med3_num::<f32>)
            } else if p.ieee {
                p.exact3(med3_ieee::<f32>)
            } else {
                p.exact3(med3::<f32>)
            }
        }
        V_MINIMUM_F32 => p.seldom2(minimum::<f32>),
        V_MAXIMUM_F32 => p.seldom2(maximum::<f32>),
        V_MINIMUM3_F32 => p.seldom3(|a: f32, b: f32, c: f32| minimum(minimum(a, b), c)),
        V_MAXIMUM3_F32 => p.seldom3(|a: f32, b: f32, c: f32| maximum(maximum(a, b), c)),
        V_MINIMUMMAXIMUM_F32 => p.seldom3(|a: f32, b: f32, c: f32| maximum(minimum(a, b), c)),
        V_MAXIMUMMINIMUM_F32 => p.seldom3(|a: f32, b: f32, c: f32| minimum(maximum(a, b), c)),
        V_FRACT_F32 => p.exact1(|a: f32| a - a.floor()),
        V_TRUNC_F32 => p.exact1(|a: f32| whole(a, f32::trunc)),
        V_CEIL_F32 => p.exact1(|a: f32| whole(a, f32::ceil)),
        V_FLOOR_F32 => p.exact1(|a: f32| whole(a, f32::floor)),
        V_RNDNE_F32 => p.exact1(|a: f32| a.round_ties_even()),
        V_EXP_F32 => p.exact1(approx::exp2),
        V_LOG_F32 => p.exact1(approx::log2),
        V_RCP_F32 | V_RCP_IFLAG_F32 => p.exact1(approx::rcp),
        V_RSQ_F32 => p.exact1(approx::rsq),
        V_SQRT_F32 => p.exact1(approx::sqrt),
        V_SIN_F32 => p.exact1(approx::sin),
        V_COS_F32 => p.exact1(approx::cos),
        V_FREXP_MANT_F32 => p.seldom1(mantissa32),
        V_FREXP_EXP_I32_F32 => p.seldom1(exponent_of32),
        V_LDEXP_F32 => p.round2(ldexp32, soft::scale32),
        V_DIV_SCALE_F32 => p.with_mask(div_scale32),
        V_DIV_FIXUP_F32 => p.seldom3(div_fixup32),
        V_CUBEID_F32 => p.seldom3(|a: f32, b: f32, c: f32| cube(a, b, c).0),
        V_CUBESC_F32 => p.seldom3(|a: f32, b: f32, c: f32| cube(a, b, c).1),
        V_CUBETC_F32 => p.seldom3(|a: f32, b: f32, c: f32| cube(a, b, c).2),
        V_CUBEMA_F32 => p.seldom3(|a: f32, b: f32, c: f32| cube(a, b, c).3),
        V_CNDMASK_B32 => p.select(|a: f32, b: f32, on| if on { b } else { a }),

        V_ADD_F64 => p.round2(|a: f64, b: f64| a + b, soft::add64),
        V_MUL_F64 => p.round2(|a: f64, b: f64| a * b, soft::mul64),
        V_FMA_F64 => p.round3(|a: f64, b: f64, c: f64| a.mul_add(b, c), soft::fma64),
        V_MIN_F64 => flavour!(p, gen, seldom2, |min, max, a: f64, b: f64| min(a, b)),
        V_MAX_F64 => flavour!(p, gen, seldom2, |min, max, a: f64, b: f64| max(a, b)),
        V_MINIMUM_F64 => p.seldom2(minimum::<f64>),
        V_MAXIMUM_F64 => p.seldom2(maximum::<f64>),
        V_TRUNC_F64 => p.seldom1(|a: f64| whole(a, f64::trunc)),
        V_CEIL_F64 => p.seldom1(|a: f64| whole(a, f64::ceil)),
        V_FLOOR_F64 => p.seldom1(|a: f64| whole(a, f64::floor)),
        V_RNDNE_F64 => p.seldom1(|a: f64| a.round_ties_even()),
        V_FRACT_F64 => p.seldom1(|a: f64| a - a.floor()),
        V_RCP_F64 => p.seldom1(|a: f64| 1.0 / a),
        V_RSQ_F64 => p.seldom1(|a: f64| 1.0 / a.sqrt()),
        V_SQRT_F64 => p.seldom1(|a: f64| a.sqrt()),
        V_FREXP_MANT_F64 => p.seldom1(mantissa64),
        V_FREXP_EXP_I32_F64 => p.seldom1(exponent_of64),
        V_LDEXP_F64 => p.round2(ldexp64, soft::scale64),
        V_DIV_SCALE_F64 => p.with_mask(div_scale64),
        V_DIV_FIXUP_F64 => p.seldom3(div_fixup64),
        V_TRIG_PREOP_F64 => p.seldom2(trig_preop),
        V_DIV_FMAS_F32 => p.div_fmas::<f32, _, _>(
            |a: f32, b: f32, c: f32, on| {
                if on {
                    soft::fma_scaled32(Mode::DEFAULT, a, b, c, unscale32(c))
                } else {
                    a.mul_add(b, c)
                }
            },
            |m, a: f32, b: f32, c: f32, on| {
                soft::fma_scaled32(m, a, b, c, if on { unscale32(c) } else { 0 })
            },
        ),
        V_DIV_FMAS_F64 => p.div_fmas::<f64, _, _>(
            |a: f64, b: f64, c: f64, on| {
                if on {
                    soft::fma_scaled64(Mode::DEFAULT, a, b, c, unscale64(c))
                } else {
                    a.mul_add(b, c)
                }
            },
            |m, a: f64, b: f64, c: f64, on| {
                soft::fma_scaled64(m, a, b, c, if on { unscale64(c) } else { 0 })
            },
        ),
        V_DOT2_F32_F16 | V_DOT2ACC_F32_F16 => p.seldom3(|a: u32, b: u32, c: f32| {
            let f = |v: u32| Half(v as u16).f32();
            f(a >> 16).mul_add(f(b >> 16), f(a).mul_add(f(b), c))
        }),
        V_DOT2_F32_BF16 => p.seldom3(|a: u32, b: u32, c: f32| {
            let (lo, hi) = (|v: u32| bf16(v & 0xffff), |v: u32| bf16(v >> 16));
            hi(a).mul_add(hi(b), lo(a).mul_add(lo(b), c))
        }),
        _ => None,
    }
}
