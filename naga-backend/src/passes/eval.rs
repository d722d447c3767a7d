//! What operations mean on constants.
//!
//! This is WGSL's arithmetic, written for the compiler alone: the virtual card and the reference
//! interpreter have their own, so that an error in one shows against the others. `None` where the
//! IR leaves the value open (division by zero): such an operation is left to the card.
//!
//! Bits are zero extended to 64, as in [`Op::Const`].

use crate::kernel::*;

/// Mask of a type's bits.
pub(super) fn mask(ty: Type) -> u64 {
    match ty.bits() {
        64 => u64::MAX,
        bits => (1 << bits) - 1,
    }
}

/// As a signed number.
pub(super) fn signed(ty: Type, bits: u64) -> i64 {
    let unused = 64 - ty.bits();
    ((bits << unused) as i64) >> unused
}

fn float(ty: Type, bits: u64) -> f64 {
    match ty {
        Type::F16 => half::f16::from_bits(bits as u16).to_f64(),
        Type::F32 => f32::from_bits(bits as u32) as f64,
        Type::Bool | Type::I16 | Type::I32 | Type::I64 | Type::F64 => f64::from_bits(bits),
    }
}

/// Rounds to nearest even.
fn from_float(ty: Type, value: f64) -> u64 {
    match ty {
        Type::F16 => f16_bits(value) as u64,
        Type::F32 => (value as f32).to_bits() as u64,
        Type::Bool | Type::I16 | Type::I32 | Type::I64 | Type::F64 => value.to_bits(),
    }
}

/// The nearest f16, ties to even. (The `half` crate drops the low 32 bits first, which moves
/// numbers just above a tie.)
fn f16_bits(value: f64) -> u16 {
    let bits = value.to_bits();
    let sign = ((bits >> 48) & 0x8000) as u16;
    if value.is_nan() {
        return sign | 0x7e00;
    }
    let magnitude = value.abs();
    // Halfway between the largest f16 and the next that would be.
    if magnitude >= 65520.0 {
        return sign | 0x7c00;
    }
    // In units of the last place of the result: scaling by a power of two is exact.
    let exponent = ((bits >> 52) & 0x7ff) as i32 - 1023;
    let exponent = exponent.max(-14);
    let units = (magnitude * exp2i(10 - exponent)).round_ties_even() as u32;
    // A carry out of the fraction runs into the exponent, as it should.
    let biased = (exponent + 14) as u32;
    sign | ((biased << 10) + units) as u16
}

fn exp2i(n: i32) -> f64 {
    f64::from_bits(((n + 1023) as u64) << 52)
}

fn truth(on: bool) -> u64 {
    on as u64
}

pub(super) fn unary(op: UnaryOp, ty: Type, a: u64) -> Option<u64> {
    let bits = ty.bits();
    let int = match op {
        UnaryOp::Not => Some(!a),
        UnaryOp::INeg => Some(a.wrapping_neg()),
        UnaryOp::IAbs => Some(signed(ty, a).wrapping_abs() as u64),
        UnaryOp::PopCount => Some(a.count_ones() as u64),
        UnaryOp::Clz => Some((a.leading_zeros() - (64 - bits)) as u64),
        UnaryOp::Ctz => Some(a.trailing_zeros().min(bits) as u64),
        UnaryOp::BitReverse => Some(a.reverse_bits() >> (64 - bits)),
        UnaryOp::FNeg => Some(a ^ (1 << (bits - 1))),
        UnaryOp::FAbs => Some(a & !(1 << (bits - 1))),
        UnaryOp::Floor
        | UnaryOp::Ceil
        | UnaryOp::Trunc
        | UnaryOp::RoundEven
        | UnaryOp::Fract
        | UnaryOp::Sqrt
        | UnaryOp::Rsqrt
        | UnaryOp::Rcp
        | UnaryOp::Exp2
        | UnaryOp::Log2
        | UnaryOp::Sin
        | UnaryOp::Cos
        | UnaryOp::FrexpMant => None,
    };
    if let Some(int) = int {
        return Some(int & mask(ty));
    }
    use UnaryOp::*;
    let x = float(ty, a);
    let value = match op {
        Floor => x.floor(),
        Ceil => x.ceil(),
        Trunc => x.trunc(),
        RoundEven => x.round_ties_even(),
        Fract => {
            let bits = from_float(ty, x - x.floor());
            let one = from_float(ty, 1.0);
            // Just below zero the sum rounds to 1, which is not allowed.
            return Some(if bits == one { one - 1 } else { bits });
        }
        Sqrt => x.sqrt(),
        Rsqrt => 1.0 / x.sqrt(),
        Rcp => 1.0 / x,
        Exp2 => libm::exp2(x),
        Log2 => libm::log2(x),
        Sin => libm::sin(x),
        Cos => libm::cos(x),
        FrexpMant => match x {
            x if x == 0.0 || !x.is_finite() => return Some(a),
            x => libm::frexp(x).0,
        },
        Not | INeg | IAbs | PopCount | Clz | Ctz | BitReverse | FNeg | FAbs => return None,
    };
    Some(from_float(ty, value))
}

pub(super) fn binary(op: BinaryOp, ty: Type, a: u64, b: u64) -> Option<u64> {
    let bits = ty.bits();
    let (sa, sb) = (signed(ty, a), signed(ty, b));
    let amount = (b % bits as u64) as u32;
    let value = match op {
        BinaryOp::IAdd => a.wrapping_add(b),
        BinaryOp::ISub => a.wrapping_sub(b),
        BinaryOp::IMul => a.wrapping_mul(b),
        BinaryOp::UMulHi => ((a as u128 * b as u128) >> bits) as u64,
        BinaryOp::SMulHi => ((sa as i128 * sb as i128) >> bits) as u64,
        BinaryOp::UDiv => a.checked_div(b)?,
        BinaryOp::URem => a.checked_rem(b)?,
        BinaryOp::SDiv | BinaryOp::SRem => {
            let least = -1i64 << (bits - 1);
            if sb == 0 || (sa == least && sb == -1) {
                return None;
            }
            if op == BinaryOp::SDiv {
                (sa / sb) as u64
            } else {
                (sa % sb) as u64
            }
        }
        BinaryOp::And => a & b,
        BinaryOp::Or => a | b,
        BinaryOp::Xor => a ^ b,
        BinaryOp::Shl => a << amount,
        BinaryOp::LShr => a >> amount,
        BinaryOp::AShr => (sa >> amount) as u64,
        BinaryOp::SMin => sa.min(sb) as u64,
        BinaryOp::SMax => sa.max(sb) as u64,
        BinaryOp::UMin => a.min(b),
        BinaryOp::UMax => a.max(b),
        BinaryOp::FAdd => arithmetic(ty, a, b, |a, b| a + b, |a, b| a + b),
        BinaryOp::FSub => arithmetic(ty, a, b, |a, b| a - b, |a, b| a - b),
        BinaryOp::FMul => arithmetic(ty, a, b, |a, b| a * b, |a, b| a * b),
        BinaryOp::FDiv => arithmetic(ty, a, b, |a, b| a / b, |a, b| a / b),
        BinaryOp::FRem => arithmetic(ty, a, b, |a, b| a % b, |a, b| a % b),
        BinaryOp::FMin | BinaryOp::FMax => {
            let (x, y) = (float(ty, a), float(ty, b));
            let min = op == BinaryOp::FMin;
            if y.is_nan() {
                a
            } else if x.is_nan() {
                b
            } else if x == y {
                // Equal bits, or zeros: -0 is the less, as cards have it.
                if min {
                    a | b
                } else {
                    a & b
                }
            } else if (x < y) == min {
                a
            } else {
                b
            }
        }
    };
    Some(value & mask(ty))
}

/// f16 by way of f64: an exact sum or product, or a quotient with enough digits, rounds once.
fn arithmetic(
    ty: Type,
    a: u64,
    b: u64,
    narrow: impl Fn(f32, f32) -> f32,
    wide: impl Fn(f64, f64) -> f64,
) -> u64 {
    match ty {
        Type::F32 => narrow(f32::from_bits(a as u32), f32::from_bits(b as u32)).to_bits() as u64,
        Type::Bool | Type::I16 | Type::I32 | Type::I64 | Type::F16 | Type::F64 => {
            from_float(ty, wide(float(ty, a), float(ty, b)))
        }
    }
}

pub(super) fn ternary(op: TernaryOp, ty: Type, a: u64, b: u64, c: u64) -> Option<u64> {
    let value = match op {
        TernaryOp::Fma => match ty {
            Type::F16 => f16_bits(fma_to_odd(float(ty, a), float(ty, b), float(ty, c))) as u64,
            Type::F32 => {
                let [a, b, c] = [a, b, c].map(|x| f32::from_bits(x as u32));
                libm::fmaf(a, b, c).to_bits() as u64
            }
            Type::Bool | Type::I16 | Type::I32 | Type::I64 | Type::F64 => {
                libm::fma(float(ty, a), float(ty, b), float(ty, c)).to_bits()
            }
        },
        TernaryOp::UBfe | TernaryOp::SBfe => {
            let (offset, count) = (b.min(32), c.min(32));
            if count == 0 || offset + count > 32 {
                return (count == 0).then_some(0);
            }
            let field = (a >> offset) & ((1 << count) - 1);
            if op == TernaryOp::UBfe {
                field
            } else {
                ((field << (64 - count)) as i64 >> (64 - count)) as u64
            }
        }
        TernaryOp::BitSelect => (b & c) | (a & !c),
        TernaryOp::FunnelShr => ((a << 32) | b) >> (c % 32),
        TernaryOp::UDot4 => (0..4).fold(c, |sum, n| {
            let byte = |x: u64| (x >> (8 * n)) & 0xff;
            sum.wrapping_add(byte(a) * byte(b))
        }),
        TernaryOp::SDot4 => (0..4).fold(c, |sum, n| {
            let byte = |x: u64| (x >> (8 * n)) as i8 as i64;
            sum.wrapping_add((byte(a) * byte(b)) as u64)
        }),
    };
    Some(value & mask(ty))
}

/// `a·b + c` of f16 values in f64, rounded to odd where it is inexact, so that rounding it once
/// more to f16 is as if it had been rounded once.
fn fma_to_odd(a: f64, b: f64, c: f64) -> f64 {
    let product = a * b;
    let sum = product + c;
    if !sum.is_finite() {
        return sum;
    }
    let part = sum - product;
    let error = (product - (sum - part)) + (c - part);
    let bits = sum.to_bits();
    if error == 0.0 || bits & 1 == 1 {
        return sum;
    }
    let away = (error > 0.0) == (sum > 0.0);
    f64::from_bits(if away { bits + 1 } else { bits - 1 })
}

pub(super) fn ldexp(ty: Type, a: u64, n: u64) -> u64 {
    from_float(ty, libm::scalbn(float(ty, a), n as i32))
}

pub(super) fn frexp_exp(ty: Type, a: u64) -> u64 {
    match float(ty, a) {
        x if x == 0.0 || !x.is_finite() => 0,
        x => libm::frexp(x).1 as u32 as u64,
    }
}

pub(super) fn icmp(cc: IntCc, ty: Type, a: u64, b: u64) -> bool {
    let (sa, sb) = (signed(ty, a), signed(ty, b));
    match cc {
        IntCc::Eq => a == b,
        IntCc::Ne => a != b,
        IntCc::ULt => a < b,
        IntCc::ULe => a <= b,
        IntCc::UGt => a > b,
        IntCc::UGe => a >= b,
        IntCc::SLt => sa < sb,
        IntCc::SLe => sa <= sb,
        IntCc::SGt => sa > sb,
        IntCc::SGe => sa >= sb,
    }
}

pub(super) fn fcmp(cc: FloatCc, ty: Type, a: u64, b: u64) -> bool {
    let (a, b) = (float(ty, a), float(ty, b));
    match cc {
        FloatCc::Eq => a == b,
        FloatCc::Ne => a != b,
        FloatCc::Lt => a < b,
        FloatCc::Le => a <= b,
        FloatCc::Gt => a > b,
        FloatCc::Ge => a >= b,
    }
}

/// Conversions of one operand.
pub(super) fn convert(op: ConvertOp, from: Type, to: Type, a: u64) -> Option<u64> {
    let value = match op {
        ConvertOp::Bitcast | ConvertOp::Truncate | ConvertOp::ZeroExtend => a,
        ConvertOp::SignExtend => signed(from, a) as u64,
        ConvertOp::FloatToFloat => from_float(to, float(from, a)),
        ConvertOp::FloatToSint => {
            let x = float(from, a);
            match to {
                Type::I16 => x as i16 as u64,
                Type::I32 => x as i32 as u64,
                Type::Bool | Type::I64 | Type::F16 | Type::F32 | Type::F64 => x as i64 as u64,
            }
        }
        ConvertOp::FloatToUint => {
            let x = float(from, a);
            match to {
                Type::I16 => x as u16 as u64,
                Type::I32 => x as u32 as u64,
                Type::Bool | Type::I64 | Type::F16 | Type::F32 | Type::F64 => x as u64,
            }
        }
        // To f32 straight from the integer, as two roundings are not one; an integer that f64
        // cannot hold is far beyond f16.
        ConvertOp::SintToFloat => match to {
            Type::F32 => (signed(from, a) as f32).to_bits() as u64,
            Type::Bool | Type::I16 | Type::I32 | Type::I64 | Type::F16 | Type::F64 => {
                from_float(to, signed(from, a) as f64)
            }
        },
        ConvertOp::UintToFloat => match to {
            Type::F32 => (a as f32).to_bits() as u64,
            Type::Bool | Type::I16 | Type::I32 | Type::I64 | Type::F16 | Type::F64 => {
                from_float(to, a as f64)
            }
        },
        ConvertOp::UnpackLow => a,
        ConvertOp::UnpackHigh => a >> to.bits(),
        ConvertOp::Pack => return None,
    };
    Some(value & mask(to))
}

/// Both halves as one.
pub(super) fn pack(half: Type, low: u64, high: u64) -> u64 {
    low | (high << half.bits())
}

/// A comparison's outcome as bits.
pub(super) fn compare(on: bool) -> u64 {
    truth(on)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn f16_rounds_like_its_neighbours_say() {
        for bits in 0..0x7bffu16 {
            let (low, high) = (
                half::f16::from_bits(bits).to_f64(),
                half::f16::from_bits(bits + 1).to_f64(),
            );
            let middle = (low + high) / 2.0;
            let even = if bits & 1 == 0 { bits } else { bits + 1 };
            assert_eq!(f16_bits(low), bits);
            assert_eq!(f16_bits(middle), even, "{bits:#x}");
            assert_eq!(f16_bits(f64::from_bits(middle.to_bits() + 1)), bits + 1);
            assert_eq!(f16_bits(f64::from_bits(middle.to_bits() - 1)), bits);
            assert_eq!(f16_bits(-low), bits | 0x8000);
        }
        assert_eq!(f16_bits(65519.99), 0x7bff);
        assert_eq!(f16_bits(65520.0), 0x7c00);
        assert_eq!(f16_bits(f64::INFINITY), 0x7c00);
        assert_eq!(f16_bits(1e-10), 0);
    }

    #[test]
    fn f16_fma_rounds_once() {
        // 0x3c01² is 1 + 2⁻⁹ + 2⁻²⁰: with 2⁻²⁴ more or less around a tie the last bit decides.
        let bits = |x: f64| f16_bits(x) as u64;
        let a = bits(1.0 + 1.0 / 1024.0);
        let tiny = bits(-(2f64.powi(-24)));
        let exact = ternary(TernaryOp::Fma, Type::F16, a, a, tiny);
        assert_eq!(exact, Some(0x3c02));
        // 65504·1 + 2⁻²⁴ stays below the tie at 65520 whatever f64 makes of it.
        let max = ternary(TernaryOp::Fma, Type::F16, 0x7bff, bits(1.0), 1);
        assert_eq!(max, Some(0x7bff));
        // 2048 + 1 is a tie (to even: 2048); a little more is 2050.
        let tie = ternary(
            TernaryOp::Fma,
            Type::F16,
            bits(2048.0),
            bits(1.0),
            bits(1.0),
        );
        assert_eq!(tie, Some(bits(2048.0)));
    }

    #[test]
    fn edges() {
        let i32 = Type::I32;
        assert_eq!(binary(BinaryOp::UDiv, i32, 5, 0), None);
        assert_eq!(binary(BinaryOp::SDiv, i32, 0x8000_0000, 0xffff_ffff), None);
        assert_eq!(
            binary(BinaryOp::SRem, i32, 0xffff_fff9, 3),
            Some(0xffff_ffff)
        );
        assert_eq!(binary(BinaryOp::Shl, i32, 1, 33), Some(2));
        assert_eq!(binary(BinaryOp::AShr, Type::I16, 0x8000, 15), Some(0xffff));
        assert_eq!(
            binary(BinaryOp::SMulHi, i32, u32::MAX as u64, 5),
            Some(0xffff_ffff)
        );
        assert_eq!(unary(UnaryOp::Clz, Type::I16, 0), Some(16));
        assert_eq!(unary(UnaryOp::IAbs, i32, 0x8000_0000), Some(0x8000_0000));
        assert_eq!(
            unary(UnaryOp::Fract, Type::F32, 0x8000_0001),
            Some(0x3f7f_ffff)
        );
        assert_eq!(ternary(TernaryOp::SBfe, i32, 0xf0, 4, 4), Some(0xffff_ffff));
        assert_eq!(ternary(TernaryOp::UBfe, i32, 0xf0, 32, 0), Some(0));
        assert_eq!(
            ternary(TernaryOp::FunnelShr, i32, 1, 2, 33),
            Some(0x8000_0001)
        );
        let nan = f32::NAN.to_bits() as u64;
        assert_eq!(binary(BinaryOp::FMin, Type::F32, nan, 0), Some(0));
        assert_eq!(binary(BinaryOp::FMin, Type::F32, 0, nan), Some(0));
        let convert = |op, from, to, a| convert(op, from, to, a);
        let f32_bits = |x: f32| x.to_bits() as u64;
        let to_uint = |x| convert(ConvertOp::FloatToUint, Type::F32, i32, f32_bits(x));
        assert_eq!(to_uint(-1.0), Some(0));
        assert_eq!(to_uint(1e20), Some(0xffff_ffff));
        assert_eq!(to_uint(f32::NAN), Some(0));
        let big = 0x7fff_ffbf_ffff_ffffu64;
        assert_eq!(
            convert(ConvertOp::UintToFloat, Type::I64, Type::F32, big),
            Some(f32_bits(big as f32))
        );
    }
}
