//! Integer division by constants.
//!
//! Powers of two become shifts; other 32-bit divisors the high half of a product with a rounded
//! reciprocal (Granlund and Montgomery, "Division by Invariant Integers using Multiplication",
//! 1994; Warren, "Hacker's Delight", chapter 10). Other widths keep their division.

use super::{eval, Folder};
use crate::kernel::*;

impl Folder<'_> {
    pub(super) fn divide(
        &mut self,
        op: BinaryOp,
        a: Value,
        b: Value,
        ty: Type,
        fuel: u32,
    ) -> Option<Value> {
        let c = self.constant(b)?;
        if c == 0 {
            // Any value will do.
            return Some(self.bits(ty, 0));
        }
        match op {
            BinaryOp::UDiv => self.udiv(a, c, ty, fuel),
            BinaryOp::URem => {
                if c.is_power_of_two() {
                    return Some(self.binary_const(BinaryOp::And, a, c - 1, fuel));
                }
                let quotient = self.udiv(a, c, ty, fuel)?;
                Some(self.remainder(a, quotient, c, fuel))
            }
            BinaryOp::SDiv => self.sdiv(a, c, ty, fuel),
            BinaryOp::SRem => {
                if c == 1 || c == eval::mask(ty) {
                    return Some(self.bits(ty, 0));
                }
                let quotient = self.sdiv(a, c, ty, fuel)?;
                Some(self.remainder(a, quotient, c, fuel))
            }
            BinaryOp::IAdd
            | BinaryOp::ISub
            | BinaryOp::IMul
            | BinaryOp::UMulHi
            | BinaryOp::SMulHi
            | BinaryOp::And
            | BinaryOp::Or
            | BinaryOp::Xor
            | BinaryOp::Shl
            | BinaryOp::LShr
            | BinaryOp::AShr
            | BinaryOp::SMin
            | BinaryOp::SMax
            | BinaryOp::UMin
            | BinaryOp::UMax
            | BinaryOp::FAdd
            | BinaryOp::FSub
            | BinaryOp::FMul
            | BinaryOp::FDiv
            | BinaryOp::FRem
            | BinaryOp::FMin
            | BinaryOp::FMax => None,
        }
    }

    fn remainder(&mut self, a: Value, quotient: Value, c: u64, fuel: u32) -> Value {
        let product = self.binary_const(BinaryOp::IMul, quotient, c, fuel);
        self.binary(BinaryOp::ISub, a, product, fuel)
    }

    fn udiv(&mut self, a: Value, c: u64, ty: Type, fuel: u32) -> Option<Value> {
        if c.is_power_of_two() {
            let amount = c.trailing_zeros() as u64;
            return Some(self.binary_const(BinaryOp::LShr, a, amount, fuel));
        }
        if ty != Type::I32 {
            return None;
        }
        let magic = Unsigned::new(c as u32);
        let a = match magic.before {
            0 => a,
            shift => self.binary_const(BinaryOp::LShr, a, shift as u64, fuel),
        };
        let high = self.binary_const(BinaryOp::UMulHi, a, magic.factor as u64, fuel);
        if !magic.add {
            return Some(self.binary_const(BinaryOp::LShr, high, magic.after as u64, fuel));
        }
        // The factor has 33 bits: (a + high) / 2 without overflow.
        let rest = self.binary(BinaryOp::ISub, a, high, fuel);
        let half = self.binary_const(BinaryOp::LShr, rest, 1, fuel);
        let sum = self.binary(BinaryOp::IAdd, half, high, fuel);
        Some(self.binary_const(BinaryOp::LShr, sum, magic.after as u64 - 1, fuel))
    }

    fn sdiv(&mut self, a: Value, c: u64, ty: Type, fuel: u32) -> Option<Value> {
        let divisor = eval::signed(ty, c);
        if divisor == 1 {
            return Some(a);
        }
        if divisor == -1 {
            return Some(self.unary(UnaryOp::INeg, a, fuel));
        }
        let bits = ty.bits() as u64;
        let magnitude = divisor.unsigned_abs();
        if magnitude.is_power_of_two() {
            // Towards zero: negative dividends get magnitude - 1 first.
            let shift = magnitude.trailing_zeros() as u64;
            let sign = self.binary_const(BinaryOp::AShr, a, bits - 1, fuel);
            let bias = self.binary_const(BinaryOp::LShr, sign, bits - shift, fuel);
            let sum = self.binary(BinaryOp::IAdd, a, bias, fuel);
            let quotient = self.binary_const(BinaryOp::AShr, sum, shift, fuel);
            return Some(match divisor < 0 {
                true => self.unary(UnaryOp::INeg, quotient, fuel),
                false => quotient,
            });
        }
        if ty != Type::I32 {
            return None;
        }
        let (factor, shift) = signed_magic(divisor as i32);
        let mut high = self.binary_const(BinaryOp::SMulHi, a, factor as u32 as u64, fuel);
        if divisor > 0 && factor < 0 {
            high = self.binary(BinaryOp::IAdd, high, a, fuel);
        } else if divisor < 0 && factor > 0 {
            high = self.binary(BinaryOp::ISub, high, a, fuel);
        }
        let quotient = self.binary_const(BinaryOp::AShr, high, shift as u64, fuel);
        // Towards zero: one more where it is negative.
        let sign = self.binary_const(BinaryOp::LShr, quotient, 31, fuel);
        Some(self.binary(BinaryOp::IAdd, quotient, sign, fuel))
    }
}

/// `a / c` as `mulhi(a >> before, factor) >> after`.
struct Unsigned {
    factor: u32,
    before: u32,
    after: u32,
    /// The factor is `factor + 2³²`.
    add: bool,
}

impl Unsigned {
    /// For a divisor that is no power of two.
    fn new(c: u32) -> Unsigned {
        // 2^after < c < 2^(after + 1); the reciprocal rounded up at 32 + after bits serves if
        // its excess, scaled by any dividend, stays below one unit.
        let after = 31 - c.leading_zeros();
        let try_shift = |after: u32, dividend_bits: u32| {
            let power = 1u128 << (32 + after);
            let factor = power.div_ceil(c as u128);
            let excess = factor * c as u128 - power;
            (excess << dividend_bits <= power).then_some(factor)
        };
        for shift in 0..=after {
            if let Some(factor) = try_shift(shift, 32).filter(|f| *f >> 32 == 0) {
                return Unsigned {
                    factor: factor as u32,
                    before: 0,
                    after: shift,
                    add: false,
                };
            }
        }
        // An even divisor: halve both first, which leaves the dividend fewer bits.
        let before = c.trailing_zeros();
        if before > 0 {
            let odd = Unsigned::new_narrow(c >> before, 32 - before);
            if let Some((factor, after)) = odd {
                return Unsigned {
                    factor,
                    before,
                    after,
                    add: false,
                };
            }
        }
        let factor = (1u128 << (33 + after)).div_ceil(c as u128);
        Unsigned {
            factor: factor as u32,
            before: 0,
            after: after + 1,
            add: true,
        }
    }

    /// Factor and shift for dividends of fewer bits.
    fn new_narrow(c: u32, dividend_bits: u32) -> Option<(u32, u32)> {
        (0..32).find_map(|after| {
            let power = 1u128 << (32 + after);
            let factor = power.div_ceil(c as u128);
            let excess = factor * c as u128 - power;
            let good = excess << dividend_bits <= power && factor >> 32 == 0;
            good.then_some((factor as u32, after))
        })
    }
}

/// Factor and shift for signed division by `c` (|c| ≥ 2, no power of two): Hacker's Delight's
/// condition, found by trying shifts in turn.
fn signed_magic(c: i32) -> (i32, u32) {
    let magnitude = c.unsigned_abs() as u128;
    // The largest dividend that leaves remainder |c| - 1.
    let limit = (1u128 << 31) + u128::from(c < 0);
    let worst = limit - 1 - limit % magnitude;
    for power in 32..64u32 {
        let two = 1u128 << power;
        let gap = magnitude - two % magnitude;
        if two > worst * gap {
            let factor = (two + gap) / magnitude;
            let factor = factor as u32 as i32;
            return (
                if c < 0 { factor.wrapping_neg() } else { factor },
                power - 32,
            );
        }
    }
    unreachable!("a power of two above 2⁶² exceeds any product of 31-bit numbers")
}

#[cfg(test)]
mod tests {
    use super::*;

    const DIVIDENDS: [u32; 14] = [
        0,
        1,
        2,
        3,
        6,
        7,
        99,
        100,
        0x7fff_fffe,
        0x7fff_ffff,
        0x8000_0000,
        0x8000_0001,
        0xffff_fffe,
        0xffff_ffff,
    ];

    fn dividends(c: u32) -> impl Iterator<Item = u32> {
        let near = |n: u32| [n.wrapping_sub(1), n, n.wrapping_add(1)];
        let most = u32::MAX / c * c;
        let half = (1u32 << 31) / c * c;
        let mut state = c;
        let random = std::iter::repeat_with(move || {
            state = state.wrapping_mul(1664525).wrapping_add(1013904223);
            state
        });
        DIVIDENDS
            .into_iter()
            .chain(near(c))
            .chain(near(most))
            .chain(near(half))
            .chain(random.take(50))
    }

    fn divisors() -> impl Iterator<Item = u32> {
        (3..2000)
            .chain(
                (0..2000)
                    .map(|n: u32| n.wrapping_mul(2654435761) | 1)
                    .filter(|&c| c > 2),
            )
            .chain([
                u32::MAX,
                u32::MAX - 1,
                0x8000_0001,
                0x7fff_ffff,
                641,
                6700417,
                0xaaaa_aaab,
            ])
            .filter(|c| !c.is_power_of_two())
    }

    #[test]
    fn unsigned_by_any_constant() {
        for c in divisors() {
            let magic = Unsigned::new(c);
            for a in dividends(c) {
                let shifted = a >> magic.before;
                let high = ((shifted as u64 * magic.factor as u64) >> 32) as u32;
                let quotient = match magic.add {
                    false => high >> magic.after,
                    true => (((shifted - high) >> 1) + high) >> (magic.after - 1),
                };
                assert_eq!(quotient, a / c, "{a} / {c}");
            }
        }
    }

    #[test]
    fn signed_by_any_constant() {
        for c in divisors().flat_map(|c| [c as i32, (c as i32).wrapping_neg()]) {
            if c.unsigned_abs() < 3 || c.unsigned_abs().is_power_of_two() {
                continue;
            }
            let (factor, shift) = signed_magic(c);
            for a in dividends(c.unsigned_abs()).map(|a| a as i32) {
                let mut high = ((a as i64 * factor as i64) >> 32) as i32;
                if c > 0 && factor < 0 {
                    high = high.wrapping_add(a);
                } else if c < 0 && factor > 0 {
                    high = high.wrapping_sub(a);
                }
                let quotient = (high >> shift).wrapping_add(((high >> shift) as u32 >> 31) as i32);
                assert_eq!(quotient, a.wrapping_div(c), "{a} / {c}");
            }
        }
    }
}
