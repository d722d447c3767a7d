//! Floating point in any rounding mode, by integers.
//!
//! Serves waves whose MODE is not the host's default. Values are unpacked to sign, exponent and a
//! 128-bit significand whose last bit may stand for lost ones ("sticky"); arithmetic on them is
//! exact enough that one rounding at the end is the only one.

use super::half::Half;
use super::wave::{Mode, Round};

/// A binary interchange format.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Format {
    bits: u32,
    mantissa: u32,
}

/// binary16.
pub const F16: Format = Format {
    bits: 16,
    mantissa: 10,
};
/// binary32.
pub const F32: Format = Format {
    bits: 32,
    mantissa: 23,
};
/// binary64.
pub const F64: Format = Format {
    bits: 64,
    mantissa: 52,
};

impl Format {
    fn bias(self) -> i32 {
        (1 << (self.bits - self.mantissa - 2)) - 1
    }

    fn infinity(self) -> u64 {
        ((1u64 << (self.bits - 1 - self.mantissa)) - 1) << self.mantissa
    }

    fn sign(self) -> u64 {
        1 << (self.bits - 1)
    }

    fn quiet(self) -> u64 {
        1 << (self.mantissa - 1)
    }
}

/// An unpacked value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Num {
    /// NaN, as a double's bits, quieted.
    Nan(u64),
    /// Infinity.
    Inf(bool),
    /// Zero.
    Zero(bool),
    /// `sig * 2^exp`, with `sig` in [2^125, 2^126) and its last bit sticky.
    Finite {
        /// Negative.
        neg: bool,
        /// Exponent of the significand's last bit.
        exp: i32,
        /// Significand.
        sig: u128,
    },
}

const TOP: u32 = 125;

fn normal(neg: bool, exp: i32, sig: u128) -> Num {
    if sig == 0 {
        return Num::Zero(neg);
    }
    let top = 127 - sig.leading_zeros();
    if top <= TOP {
        Num::Finite {
            neg,
            exp: exp - (TOP - top) as i32,
            sig: sig << (TOP - top),
        }
    } else {
        let n = top - TOP;
        Num::Finite {
            neg,
            exp: exp + n as i32,
            sig: jam(sig, n),
        }
    }
}

/// Shifts right; lost bits show in the last one.
fn jam(sig: u128, n: u32) -> u128 {
    if n == 0 {
        sig
    } else if n >= 128 {
        u128::from(sig != 0)
    } else {
        sig >> n | u128::from(sig << (128 - n) != 0)
    }
}

/// Unpacks.
pub fn unpack(bits: u64, f: Format) -> Num {
    let neg = bits & f.sign() != 0;
    let mag = bits & (f.sign() - 1);
    let frac = mag & ((1 << f.mantissa) - 1);
    let e = (mag >> f.mantissa) as i32;
    if mag > f.infinity() {
        let payload = (frac | f.quiet()) << (52 - f.mantissa);
        return Num::Nan(u64::from(neg) << 63 | 0x7ff << 52 | payload);
    }
    if mag == f.infinity() {
        return Num::Inf(neg);
    }
    let (sig, e) = if e == 0 {
        (frac, 1)
    } else {
        (frac | 1 << f.mantissa, e)
    };
    normal(neg, e - f.bias() - f.mantissa as i32, u128::from(sig))
}

/// Rounds and packs.
pub fn pack(n: Num, f: Format, round: Round) -> u64 {
    let sign = |neg: bool| if neg { f.sign() } else { 0 };
    match n {
        Num::Nan(bits) => {
            let payload = bits >> (52 - f.mantissa) & ((1 << f.mantissa) - 1);
            sign(bits >> 63 != 0) | f.infinity() | f.quiet() | payload
        }
        Num::Inf(neg) => sign(neg) | f.infinity(),
        Num::Zero(neg) => sign(neg),
        Num::Finite { neg, exp, sig } => {
            let e = exp + TOP as i32;
            let least = 1 - f.bias();
            let lsb = e.max(least) - f.mantissa as i32;
            let n = (lsb - exp) as u32;
            let (q, rest) = if n >= 128 {
                (0, sig)
            } else {
                (sig >> n, sig & ((1 << n) - 1))
            };
            let half = if n > 128 {
                u128::MAX
            } else {
                1u128 << (n - 1).min(127)
            };
            let up = match round {
                Round::Nearest => rest > half || rest == half && q & 1 == 1,
                Round::Up => !neg && rest != 0,
                Round::Down => neg && rest != 0,
                Round::Zero => false,
            };
            let q = q as u64 + u64::from(up);
            let mag = if e < least {
                q
            } else {
                (((e + f.bias()) as u64) << f.mantissa)
                    .wrapping_add(q)
                    .wrapping_sub(1 << f.mantissa)
            };
            let overflow = e > f.bias() || mag >= f.infinity();
            let mag = if !overflow {
                mag
            } else {
                let to_infinity = match round {
                    Round::Nearest => true,
                    Round::Up => !neg,
                    Round::Down => neg,
                    Round::Zero => false,
                };
                f.infinity() - u64::from(!to_infinity)
            };
            sign(neg) | mag
        }
    }
}

const DEFAULT_NAN: Num = Num::Nan(0x7ff8 << 48);

/// Product.
pub fn mul(a: Num, b: Num) -> Num {
    use Num::*;
    match (a, b) {
        (Nan(_), _) => a,
        (_, Nan(_)) => b,
        (Inf(_), Zero(_)) | (Zero(_), Inf(_)) => DEFAULT_NAN,
        (Inf(x), y) | (y, Inf(x)) => Inf(x ^ negative(y)),
        (Zero(x), y) | (y, Zero(x)) => Zero(x ^ negative(y)),
        (
            Finite {
                neg: x,
                exp: ex,
                sig: sx,
            },
            Finite {
                neg: y,
                exp: ey,
                sig: sy,
            },
        ) => {
            // No source has more than 53 bits, so the low half of a normalised significand is
            // empty.
            normal(x ^ y, ex + ey + 128, (sx >> 64) * (sy >> 64))
        }
    }
}

fn negative(n: Num) -> bool {
    match n {
        Num::Nan(bits) => bits >> 63 != 0,
        Num::Inf(neg) | Num::Zero(neg) | Num::Finite { neg, .. } => neg,
    }
}

/// Sum. An exact zero from unlike signs is positive but in the downward mode.
pub fn add(a: Num, b: Num, round: Round) -> Num {
    use Num::*;
    match (a, b) {
        (Nan(_), _) => a,
        (_, Nan(_)) => b,
        (Inf(x), Inf(y)) => {
            if x == y {
                a
            } else {
                DEFAULT_NAN
            }
        }
        (Inf(_), _) => a,
        (_, Inf(_)) => b,
        (Zero(x), Zero(y)) => Zero(if x == y { x } else { round == Round::Down }),
        (Zero(_), _) => b,
        (_, Zero(_)) => a,
        (
            Finite {
                neg: x,
                exp: ex,
                sig: sx,
            },
            Finite {
                neg: y,
                exp: ey,
                sig: sy,
            },
        ) => {
            let (x, ex, sx, y, sy) = if (ex, sx) >= (ey, sy) {
                (x, ex, sx, y, jam(sy, (ex - ey) as u32))
            } else {
                (y, ey, sy, x, jam(sx, (ey - ex) as u32))
            };
            if x == y {
                normal(x, ex, sx + sy)
            } else if sx == sy {
                Zero(round == Round::Down)
            } else {
                normal(x, ex, sx - sy)
            }
        }
    }
}

/// `a * b + c`.
pub fn fma(a: Num, b: Num, c: Num, round: Round) -> Num {
    add(mul(a, b), c, round)
}

fn get32(v: f32) -> Num {
    unpack(u64::from(v.to_bits()), F32)
}

fn put32(n: Num, m: Mode) -> f32 {
    f32::from_bits(pack(n, F32, m.round32()) as u32)
}

fn get64(v: f64) -> Num {
    unpack(v.to_bits(), F64)
}

fn put64(n: Num, m: Mode) -> f64 {
    f64::from_bits(pack(n, F64, m.round16_64()))
}

fn get16(v: Half) -> Num {
    unpack(u64::from(v.0), F16)
}

/// Rounds to half as MODE says; FP16_OVFL keeps finite values finite.
pub fn put16(n: Num, m: Mode) -> Half {
    let h = pack(n, F16, m.round16_64()) as u16;
    if m.fp16_ovfl() && h & 0x7fff == 0x7c00 && !matches!(n, Num::Inf(_)) {
        return Half(h - 1);
    }
    Half(h)
}

/// f32 sum.
pub fn add32(m: Mode, a: f32, b: f32) -> f32 {
    put32(add(get32(a), get32(b), m.round32()), m)
}

/// f32 product.
pub fn mul32(m: Mode, a: f32, b: f32) -> f32 {
    put32(mul(get32(a), get32(b)), m)
}

/// f32 fused multiply-add.
pub fn fma32(m: Mode, a: f32, b: f32, c: f32) -> f32 {
    put32(fma(get32(a), get32(b), get32(c), m.round32()), m)
}

/// f64 sum.
pub fn add64(m: Mode, a: f64, b: f64) -> f64 {
    put64(add(get64(a), get64(b), m.round16_64()), m)
}

/// f64 product.
pub fn mul64(m: Mode, a: f64, b: f64) -> f64 {
    put64(mul(get64(a), get64(b)), m)
}

/// f64 fused multiply-add.
pub fn fma64(m: Mode, a: f64, b: f64, c: f64) -> f64 {
    put64(fma(get64(a), get64(b), get64(c), m.round16_64()), m)
}

/// f16 sum.
pub fn add16(m: Mode, a: Half, b: Half) -> Half {
    put16(add(get16(a), get16(b), m.round16_64()), m)
}

/// f16 product.
pub fn mul16(m: Mode, a: Half, b: Half) -> Half {
    put16(mul(get16(a), get16(b)), m)
}

/// f16 fused multiply-add.
pub fn fma16(m: Mode, a: Half, b: Half, c: Half) -> Half {
    put16(fma(get16(a), get16(b), get16(c), m.round16_64()), m)
}

/// An integer to f32.
pub fn int32(m: Mode, v: i64) -> f32 {
    put32(normal(v < 0, 0, u128::from(v.unsigned_abs())), m)
}

/// f64 to f32.
pub fn narrow(m: Mode, v: f64) -> f32 {
    put32(get64(v), m)
}

/// f64 to f16, for values that a half operation has computed exactly.
pub fn half(m: Mode, v: f64) -> Half {
    put16(get64(v), m)
}

/// f32 to f16, toward zero whatever MODE says.
pub fn half_toward_zero(v: f32) -> Half {
    Half(pack(get32(v), F16, Round::Zero) as u16)
}

/// `v * 2^e`.
pub fn scale32(m: Mode, v: f32, e: i32) -> f32 {
    put32(shifted(get32(v), e), m)
}

/// `v * 2^e`.
pub fn scale64(m: Mode, v: f64, e: i32) -> f64 {
    put64(shifted(get64(v), e), m)
}

/// `v * 2^e`.
pub fn scale16(m: Mode, v: Half, e: i32) -> Half {
    put16(shifted(get16(v), e), m)
}

fn shifted(n: Num, e: i32) -> Num {
    match n {
        Num::Finite { neg, exp, sig } => Num::Finite {
            neg,
            exp: exp.saturating_add(e.clamp(-5000, 5000)),
            sig,
        },
        n => n,
    }
}

/// `(a * b + c) * 2^e` with one rounding.
pub fn fma_scaled32(m: Mode, a: f32, b: f32, c: f32, e: i32) -> f32 {
    put32(
        shifted(fma(get32(a), get32(b), get32(c), m.round32()), e),
        m,
    )
}

/// `(a * b + c) * 2^e` with one rounding.
pub fn fma_scaled64(m: Mode, a: f64, b: f64, c: f64, e: i32) -> f64 {
    put64(
        shifted(fma(get64(a), get64(b), get64(c), m.round16_64()), e),
        m,
    )
}
