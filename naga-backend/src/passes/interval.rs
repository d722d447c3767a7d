//! What is known of an integer: bounds as unsigned, bounds as signed, and bits.
//!
//! Three views of one set of values, each tightened by the others. Every transfer function gives
//! a set that holds all results for operands from the given sets; where the IR says "any value"
//! (division by zero) it gives all.

use super::eval::{mask, signed};
use crate::kernel::*;

/// A set of integers of some width.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Range {
    /// Least as unsigned.
    pub umin: u64,
    /// Largest as unsigned.
    pub umax: u64,
    /// Least as signed.
    pub smin: i64,
    /// Largest as signed.
    pub smax: i64,
    /// Bits that are 0 in all.
    pub zeros: u64,
    /// Bits that are 1 in all.
    pub ones: u64,
}

impl Range {
    /// All values of a type.
    pub fn all(ty: Type) -> Range {
        let most = mask(ty) >> 1;
        Range {
            umin: 0,
            umax: mask(ty),
            smin: signed(ty, (most + 1) & mask(ty)).min(0),
            smax: most as i64,
            zeros: !mask(ty),
            ones: 0,
        }
        .bool_fixed(ty)
    }

    fn bool_fixed(mut self, ty: Type) -> Range {
        if ty == Type::Bool {
            // One bit, read as unsigned.
            (self.smin, self.smax) = (0, 1);
        }
        self
    }

    /// One value.
    pub fn exactly(ty: Type, bits: u64) -> Range {
        let value = match ty {
            Type::Bool => bits as i64,
            Type::I16 | Type::I32 | Type::I64 | Type::F16 | Type::F32 | Type::F64 => {
                signed(ty, bits)
            }
        };
        Range {
            umin: bits,
            umax: bits,
            smin: value,
            smax: value,
            zeros: !bits,
            ones: bits,
        }
    }

    /// From one unsigned number to another.
    pub fn unsigned(ty: Type, umin: u64, umax: u64) -> Range {
        Range {
            umin,
            umax,
            ..Range::all(ty)
        }
        .tighten(ty)
    }

    fn signed(ty: Type, smin: i64, smax: i64) -> Range {
        Range {
            smin,
            smax,
            ..Range::all(ty)
        }
        .tighten(ty)
    }

    fn bits(ty: Type, zeros: u64, ones: u64) -> Range {
        Range {
            zeros: zeros | !mask(ty),
            ones: ones & mask(ty),
            ..Range::all(ty)
        }
        .tighten(ty)
    }

    /// The only value, if there is one.
    pub fn single(&self) -> Option<u64> {
        (self.umin == self.umax).then_some(self.umin)
    }

    /// Number of low bits that are zero in all.
    pub fn trailing_zeros(&self) -> u32 {
        self.zeros.trailing_ones()
    }

    /// Is every value of `other` in this set's bounds?
    pub fn contains(&self, other: &Range) -> bool {
        self.umin <= other.umin
            && self.umax >= other.umax
            && self.smin <= other.smin
            && self.smax >= other.smax
            && self.zeros & !other.zeros == 0
            && self.ones & !other.ones == 0
    }

    /// Values of either.
    pub fn join(&self, other: &Range) -> Range {
        Range {
            umin: self.umin.min(other.umin),
            umax: self.umax.max(other.umax),
            smin: self.smin.min(other.smin),
            smax: self.smax.max(other.smax),
            zeros: self.zeros & other.zeros,
            ones: self.ones & other.ones,
        }
    }

    /// Values of both. Where there are none, the code cannot run, and any set will do.
    pub fn meet(&self, other: &Range, ty: Type) -> Range {
        let both = Range {
            umin: self.umin.max(other.umin),
            umax: self.umax.min(other.umax),
            smin: self.smin.max(other.smin),
            smax: self.smax.min(other.smax),
            zeros: self.zeros | other.zeros,
            ones: self.ones | other.ones,
        };
        if both.is_empty() {
            return *self;
        }
        let tight = both.tighten(ty);
        if tight.is_empty() {
            *self
        } else {
            tight
        }
    }

    fn is_empty(&self) -> bool {
        self.umin > self.umax || self.smin > self.smax || self.zeros & self.ones != 0
    }

    /// This set with those bounds that `grown` exceeds let go altogether. Of bits, what stays are
    /// the zeros at the low end: a counter would lose the others one by one.
    pub fn widen(&self, grown: &Range, ty: Type) -> Range {
        let all = Range::all(ty);
        let (zeros, ones) = (self.zeros & grown.zeros, self.ones & grown.ones);
        let low = low_zeros(ty, zeros.trailing_ones()).zeros;
        let pick = |stable: bool, old, end| if stable { old } else { end };
        Range {
            umin: pick(self.umin <= grown.umin, self.umin, all.umin),
            umax: pick(self.umax >= grown.umax, self.umax, all.umax),
            smin: if self.smin <= grown.smin {
                self.smin
            } else {
                all.smin
            },
            smax: if self.smax >= grown.smax {
                self.smax
            } else {
                all.smax
            },
            zeros: pick(self.zeros == zeros, zeros, low),
            ones: pick(self.ones == ones, ones, all.ones),
        }
    }

    /// Lets each view learn from the others.
    fn tighten(mut self, ty: Type) -> Range {
        if ty == Type::Bool {
            return self;
        }
        for _ in 0..2 {
            self.umin = self.umin.max(self.ones);
            self.umax = self.umax.min(!self.zeros & mask(ty));
            if self.smin >= 0 {
                self.umin = self.umin.max(self.smin as u64);
                self.umax = self.umax.min(self.smax.max(0) as u64);
            } else if self.smax < 0 {
                self.umin = self.umin.max(self.smin as u64 & mask(ty));
                self.umax = self.umax.min(self.smax as u64 & mask(ty));
            }
            let sign = mask(ty) >> 1;
            if self.umax <= sign {
                self.smin = self.smin.max(self.umin as i64);
                self.smax = self.smax.min(self.umax as i64);
            } else if self.umin > sign {
                self.smin = self.smin.max(signed(ty, self.umin));
                self.smax = self.smax.min(signed(ty, self.umax));
            }
            // Bits above the largest, and those that the ends share from the top.
            let differ = self.umin ^ self.umax;
            let shared = match differ.leading_zeros() {
                64 => u64::MAX,
                n => !(u64::MAX >> n),
            };
            self.zeros |= !self.umin & shared;
            self.ones |= self.umin & shared;
        }
        self
    }
}

/// Both operands' unsigned ends through a function that grows with each, if nothing overflows.
fn monotone(ty: Type, a: &Range, b: &Range, f: impl Fn(u128, u128) -> u128) -> Range {
    let most = f(a.umax as u128, b.umax as u128);
    match most <= mask(ty) as u128 {
        true => Range::unsigned(ty, f(a.umin as u128, b.umin as u128) as u64, most as u64),
        false => Range::all(ty),
    }
}

/// The signed results at the corners, if none overflows.
fn corners(ty: Type, a: &Range, b: &Range, f: impl Fn(i128, i128) -> i128) -> Range {
    let ends = [
        f(a.smin as i128, b.smin as i128),
        f(a.smin as i128, b.smax as i128),
        f(a.smax as i128, b.smin as i128),
        f(a.smax as i128, b.smax as i128),
    ];
    let all = Range::all(ty);
    let (least, most) = ends
        .iter()
        .fold((i128::MAX, i128::MIN), |(l, m), &e| (l.min(e), m.max(e)));
    match least >= all.smin as i128 && most <= all.smax as i128 {
        true => Range::signed(ty, least as i64, most as i64),
        false => all,
    }
}

/// Zeros at the low end.
fn low_zeros(ty: Type, count: u32) -> Range {
    match count {
        0 => Range::all(ty),
        n if n >= ty.bits() => Range::exactly(ty, 0),
        n => Range::bits(ty, (1 << n) - 1, 0),
    }
}

pub(super) fn unary(op: UnaryOp, ty: Type, a: &Range) -> Range {
    let width = ty.bits() as u64;
    match op {
        UnaryOp::Not => Range::bits(ty, a.ones, a.zeros),
        UnaryOp::INeg => {
            let zero = Range::exactly(ty, 0);
            binary(BinaryOp::ISub, ty, &zero, a)
        }
        UnaryOp::IAbs => {
            if a.smin >= 0 {
                *a
            } else if a.smin == Range::all(ty).smin {
                Range::all(ty)
            } else {
                Range::signed(ty, 0, a.smax.max(-a.smin))
            }
        }
        UnaryOp::PopCount => Range::unsigned(
            ty,
            a.ones.count_ones() as u64,
            (!a.zeros).count_ones() as u64,
        ),
        UnaryOp::Clz => {
            let unused = 64 - ty.bits();
            let zeros = |n: u64| (n.leading_zeros() - unused) as u64;
            Range::unsigned(ty, zeros(a.umax), zeros(a.umin))
        }
        UnaryOp::Ctz => Range::unsigned(
            ty,
            (a.trailing_zeros() as u64).min(width),
            (a.ones.trailing_zeros() as u64).min(width),
        ),
        UnaryOp::BitReverse => {
            let flip = |bits: u64| (bits & mask(ty)).reverse_bits() >> (64 - ty.bits());
            Range::bits(ty, flip(a.zeros), flip(a.ones))
        }
        UnaryOp::FNeg
        | UnaryOp::FAbs
        | UnaryOp::Floor
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
        | UnaryOp::FrexpMant => Range::all(ty),
    }
}

pub(super) fn binary(op: BinaryOp, ty: Type, a: &Range, b: &Range) -> Range {
    let all = Range::all(ty);
    let width = ty.bits();
    match op {
        BinaryOp::IAdd => {
            let mut sum = monotone(ty, a, b, |a, b| a + b);
            sum = sum.meet(&corners(ty, a, b, |a, b| a + b), ty);
            let low = a.trailing_zeros().min(b.trailing_zeros());
            sum = sum.meet(&low_zeros(ty, low), ty);
            if (!a.zeros & !b.zeros) & mask(ty) == 0 {
                // No carries.
                sum = sum.meet(&binary(BinaryOp::Or, ty, a, b), ty);
            }
            sum
        }
        BinaryOp::ISub => {
            let mut difference = corners(ty, a, b, |a, b| a - b);
            if a.umin >= b.umax {
                let range = Range::unsigned(ty, a.umin - b.umax, a.umax - b.umin);
                difference = difference.meet(&range, ty);
            }
            let low = a.trailing_zeros().min(b.trailing_zeros());
            difference.meet(&low_zeros(ty, low), ty)
        }
        BinaryOp::IMul => {
            let product = monotone(ty, a, b, |a, b| a.saturating_mul(b));
            let product = product.meet(&corners(ty, a, b, |a, b| a.saturating_mul(b)), ty);
            let low = a.trailing_zeros().saturating_add(b.trailing_zeros());
            product.meet(&low_zeros(ty, low), ty)
        }
        BinaryOp::UMulHi => monotone(ty, a, b, |a, b| (a * b) >> width),
        BinaryOp::SMulHi => corners(ty, a, b, |a, b| (a * b) >> width),
        BinaryOp::UDiv => match b.umin {
            0 => all,
            _ => Range::unsigned(ty, a.umin / b.umax, a.umax / b.umin),
        },
        BinaryOp::URem => match b.umin {
            0 => all,
            _ if a.umax < b.umin => *a,
            _ => Range::unsigned(ty, 0, a.umax.min(b.umax - 1)),
        },
        BinaryOp::SDiv => {
            if b.smin >= 1 {
                let towards_zero = |a: i128, b: i128| a / b;
                return corners(ty, a, b, towards_zero);
            }
            all
        }
        BinaryOp::SRem => {
            if b.smin < 1 {
                return all;
            }
            let least = if a.smin >= 0 {
                0
            } else {
                a.smin.max(1 - b.smax)
            };
            let most = if a.smax <= 0 {
                0
            } else {
                a.smax.min(b.smax - 1)
            };
            Range::signed(ty, least, most)
        }
        BinaryOp::And => {
            let bits = Range::bits(ty, a.zeros | b.zeros, a.ones & b.ones);
            bits.meet(&Range::unsigned(ty, 0, a.umax.min(b.umax)), ty)
        }
        BinaryOp::Or => {
            let bits = Range::bits(ty, a.zeros & b.zeros, a.ones | b.ones);
            bits.meet(&Range::unsigned(ty, a.umin.max(b.umin), all.umax), ty)
        }
        BinaryOp::Xor => Range::bits(
            ty,
            (a.zeros & b.zeros) | (a.ones & b.ones),
            (a.zeros & b.ones) | (a.ones & b.zeros),
        ),
        BinaryOp::Shl => {
            if b.umax >= width as u64 {
                return all;
            }
            let (least, most) = (b.umin as u32, b.umax as u32);
            let shifted = monotone(ty, a, b, |a, b| a << b);
            let low = a.trailing_zeros().saturating_add(least);
            let shifted = shifted.meet(&low_zeros(ty, low), ty);
            if least != most {
                return shifted;
            }
            let zeros = (a.zeros << least) | ((1u64 << least) - 1);
            shifted.meet(&Range::bits(ty, zeros, a.ones << least), ty)
        }
        BinaryOp::LShr => {
            if b.umax >= width as u64 {
                return Range::unsigned(ty, 0, a.umax);
            }
            let range = Range::unsigned(ty, a.umin >> b.umax, a.umax >> b.umin);
            if b.umin != b.umax {
                return range;
            }
            let kept = mask(ty) >> b.umin;
            let zeros = ((a.zeros & mask(ty)) >> b.umin) | !kept;
            range.meet(&Range::bits(ty, zeros, a.ones >> b.umin), ty)
        }
        BinaryOp::AShr => {
            if b.umax >= width as u64 {
                return Range::signed(ty, a.smin.min(0), a.smax.max(-1));
            }
            let ends = [
                a.smin >> b.umin,
                a.smin >> b.umax,
                a.smax >> b.umin,
                a.smax >> b.umax,
            ];
            let least = ends.iter().copied().fold(i64::MAX, i64::min);
            let most = ends.iter().copied().fold(i64::MIN, i64::max);
            Range::signed(ty, least, most)
        }
        BinaryOp::SMin => Range::signed(ty, a.smin.min(b.smin), a.smax.min(b.smax)),
        BinaryOp::SMax => Range::signed(ty, a.smin.max(b.smin), a.smax.max(b.smax)),
        BinaryOp::UMin => Range::unsigned(ty, a.umin.min(b.umin), a.umax.min(b.umax)),
        BinaryOp::UMax => Range::unsigned(ty, a.umin.max(b.umin), a.umax.max(b.umax)),
        BinaryOp::FAdd
        | BinaryOp::FSub
        | BinaryOp::FMul
        | BinaryOp::FDiv
        | BinaryOp::FRem
        | BinaryOp::FMin
        | BinaryOp::FMax => all,
    }
}

pub(super) fn convert(op: ConvertOp, from: Type, to: Type, a: &Range) -> Range {
    match op {
        ConvertOp::ZeroExtend => Range {
            smin: a.umin as i64,
            smax: a.umax as i64,
            zeros: a.zeros | !mask(from),
            ..*a
        },
        ConvertOp::SignExtend => Range::signed(to, a.smin, a.smax),
        ConvertOp::Truncate | ConvertOp::UnpackLow if from.is_int() && to.is_int() => {
            let bits = Range::bits(to, a.zeros, a.ones);
            match a.umax <= mask(to) {
                true => bits.meet(&Range::unsigned(to, a.umin, a.umax), to),
                false => bits,
            }
        }
        ConvertOp::UnpackHigh if from.is_int() && to.is_int() => {
            Range::unsigned(to, a.umin >> to.bits(), a.umax >> to.bits())
        }
        ConvertOp::Bitcast
        | ConvertOp::Truncate
        | ConvertOp::FloatToFloat
        | ConvertOp::FloatToSint
        | ConvertOp::FloatToUint
        | ConvertOp::SintToFloat
        | ConvertOp::UintToFloat
        | ConvertOp::Pack
        | ConvertOp::UnpackLow
        | ConvertOp::UnpackHigh => Range::all(to),
    }
}

/// Is the comparison known?
pub(super) fn icmp(cc: IntCc, a: &Range, b: &Range) -> Option<bool> {
    let known = |always: bool, never: bool| match (always, never) {
        (true, _) => Some(true),
        (_, true) => Some(false),
        _ => None,
    };
    match cc {
        IntCc::Eq => {
            let apart = a.umax < b.umin
                || b.umax < a.umin
                || a.smax < b.smin
                || b.smax < a.smin
                || a.ones & b.zeros != 0
                || a.zeros & b.ones != 0;
            known(a.single().is_some() && a.single() == b.single(), apart)
        }
        IntCc::Ne => icmp(IntCc::Eq, a, b).map(|equal| !equal),
        IntCc::ULt => known(a.umax < b.umin, a.umin >= b.umax),
        IntCc::ULe => known(a.umax <= b.umin, a.umin > b.umax),
        IntCc::SLt => known(a.smax < b.smin, a.smin >= b.smax),
        IntCc::SLe => known(a.smax <= b.smin, a.smin > b.smax),
        IntCc::UGt | IntCc::UGe | IntCc::SGt | IntCc::SGe => icmp(cc.swapped(), b, a),
    }
}

/// What `a` is where `a cc b` holds.
pub(super) fn assume(cc: IntCc, ty: Type, a: &Range, b: &Range) -> Range {
    let all = Range::all(ty);
    let bound = match cc {
        IntCc::Eq => *b,
        IntCc::Ne => {
            // Only an end can be cut off.
            let Some(not) = b.single() else { return *a };
            let mut cut = *a;
            if a.umin == not && a.umin < a.umax {
                cut.umin += 1;
            }
            if a.umax == not && a.umin < a.umax {
                cut.umax -= 1;
            }
            return a.meet(&cut.tighten(ty), ty);
        }
        IntCc::ULt if b.umax > 0 => Range {
            umax: b.umax - 1,
            ..all
        },
        IntCc::ULe => Range {
            umax: b.umax,
            ..all
        },
        IntCc::UGt if b.umin < all.umax => Range {
            umin: b.umin + 1,
            ..all
        },
        IntCc::UGe => Range {
            umin: b.umin,
            ..all
        },
        IntCc::SLt if b.smax > all.smin => Range {
            smax: b.smax - 1,
            ..all
        },
        IntCc::SLe => Range {
            smax: b.smax,
            ..all
        },
        IntCc::SGt if b.smin < all.smax => Range {
            smin: b.smin + 1,
            ..all
        },
        IntCc::SGe => Range {
            smin: b.smin,
            ..all
        },
        // Cannot hold.
        IntCc::ULt | IntCc::UGt | IntCc::SLt | IntCc::SGt => return *a,
    };
    a.meet(&bound, ty)
}

#[cfg(test)]
mod tests {
    use super::super::eval;
    use super::*;

    const OPS: [BinaryOp; 19] = [
        BinaryOp::IAdd,
        BinaryOp::ISub,
        BinaryOp::IMul,
        BinaryOp::UDiv,
        BinaryOp::SDiv,
        BinaryOp::URem,
        BinaryOp::SRem,
        BinaryOp::And,
        BinaryOp::Or,
        BinaryOp::Xor,
        BinaryOp::Shl,
        BinaryOp::LShr,
        BinaryOp::AShr,
        BinaryOp::SMin,
        BinaryOp::SMax,
        BinaryOp::UMin,
        BinaryOp::UMax,
        BinaryOp::UMulHi,
        BinaryOp::SMulHi,
    ];

    const UNARY: [UnaryOp; 7] = [
        UnaryOp::Not,
        UnaryOp::INeg,
        UnaryOp::IAbs,
        UnaryOp::PopCount,
        UnaryOp::Clz,
        UnaryOp::Ctz,
        UnaryOp::BitReverse,
    ];

    fn holds(range: &Range, ty: Type, bits: u64) -> bool {
        range.contains(&Range::exactly(ty, bits))
    }

    /// A set with some of its members.
    fn sample(random: &mut impl FnMut() -> u64, ty: Type) -> (Range, Vec<u64>) {
        let edge = |n: u64| match n % 8 {
            0 => 0,
            1 => 1,
            2 => mask(ty),
            3 => mask(ty) >> 1,
            4 => (mask(ty) >> 1) + 1,
            5 => n >> 8 & 0xff,
            _ => n >> 8 & mask(ty),
        };
        let members: Vec<u64> = (0..1 + random() % 3).map(|_| edge(random())).collect();
        let range = members
            .iter()
            .map(|&m| Range::exactly(ty, m))
            .reduce(|a, b| a.join(&b))
            .unwrap();
        (range.tighten(ty), members)
    }

    #[test]
    fn results_lie_in_the_computed_sets() {
        let mut state = 1u64;
        let mut random = move || {
            state = state.wrapping_mul(6364136223846793005).wrapping_add(99);
            state >> 16
        };
        for _ in 0..200_000 {
            let ty = [Type::I32, Type::I16, Type::I64, Type::I32][random() as usize % 4];
            let (a, in_a) = sample(&mut random, ty);
            let (b, in_b) = sample(&mut random, ty);
            for &x in &in_a {
                assert!(holds(&a, ty, x));
            }
            let op = OPS[random() as usize % OPS.len()];
            let range = binary(op, ty, &a, &b);
            for (&x, &y) in in_a.iter().flat_map(|x| in_b.iter().map(move |y| (x, y))) {
                if let Some(bits) = eval::binary(op, ty, x, y) {
                    let high = matches!(op, BinaryOp::UMulHi | BinaryOp::SMulHi);
                    if !high || ty == Type::I32 {
                        assert!(
                            holds(&range, ty, bits),
                            "{op:?} {ty:?} {x:#x} {y:#x} {range:?}"
                        );
                    }
                }
                for cc in [
                    IntCc::Eq,
                    IntCc::Ne,
                    IntCc::ULt,
                    IntCc::UGe,
                    IntCc::SLt,
                    IntCc::SGt,
                    IntCc::ULe,
                    IntCc::UGt,
                    IntCc::SLe,
                    IntCc::SGe,
                ] {
                    let truth = eval::icmp(cc, ty, x, y);
                    assert!(icmp(cc, &a, &b).is_none_or(|known| known == truth));
                    if truth {
                        assert!(holds(&assume(cc, ty, &a, &b), ty, x));
                    }
                }
            }
            let op = UNARY[random() as usize % UNARY.len()];
            let range = unary(op, ty, &a);
            for &x in &in_a {
                let bits = eval::unary(op, ty, x).unwrap();
                assert!(holds(&range, ty, bits), "{op:?} {ty:?} {x:#x} {range:?}");
            }
            for (op, to) in [
                (ConvertOp::ZeroExtend, Type::I64),
                (ConvertOp::SignExtend, Type::I64),
                (ConvertOp::Truncate, Type::I16),
            ] {
                if ty == Type::I32 {
                    let range = convert(op, ty, to, &a);
                    for &x in &in_a {
                        let bits = eval::convert(op, ty, to, x).unwrap();
                        assert!(holds(&range, to, bits), "{op:?} {x:#x} {range:?}");
                    }
                }
            }
        }
    }
}
