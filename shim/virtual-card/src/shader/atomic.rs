//! What the memory's read-modify-write operations compute (AMD's text for DS, BUFFER, GLOBAL and
//! FLAT atomics, which agree).
//!
//! Of gfx11's float minimum and maximum the text has only a comparison, which would keep a NaN that
//! memory holds; here the number wins, as LLVM relies on when it makes `atomicrmw fmin` of them.

use rdna_isa::Gen;

use super::half::{bf16, to_bf16, Half};

/// A read-modify-write operation.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[allow(missing_docs)]
pub enum Atomic {
    Swap,
    /// Compare and swap: data is the new value, compare the second.
    CmpSwap,
    CmpSwapF,
    Add,
    Sub,
    Rsub,
    /// Subtract, not below zero.
    SubClamp,
    /// Subtract if the result is not negative.
    CondSub,
    MinS,
    MinU,
    MaxS,
    MaxU,
    And,
    Or,
    Xor,
    /// `(old & !data) | second`.
    Mskor,
    Inc,
    Dec,
    MinF,
    MaxF,
    /// gfx12: -0 is less than +0, and of two NaNs the data's is kept, quieted.
    MinNumF,
    MaxNumF,
    AddF,
    PkAddF16,
    PkAddBf16,
    /// `old >= data ? old - data : old + second`.
    Wrap,
}

/// The new value of a word of either width; `$packed` says what the packed additions are there.
macro_rules! apply {
    ($word:ty, $signed:ty, $float:ty, $op:expr, $old:expr, $data:expr, $second:expr, $packed:expr) => {{
        let (old, data, second): ($word, $word, $word) = ($old, $data, $second);
        let (f, g) = (<$float>::from_bits(old), <$float>::from_bits(data));
        match $op {
            Atomic::Swap => data,
            Atomic::CmpSwap => {
                if old == second {
                    data
                } else {
                    old
                }
            }
            Atomic::CmpSwapF => {
                if f == <$float>::from_bits(second) {
                    data
                } else {
                    old
                }
            }
            Atomic::Add => old.wrapping_add(data),
            Atomic::Sub => old.wrapping_sub(data),
            Atomic::Rsub => data.wrapping_sub(old),
            Atomic::SubClamp => old.saturating_sub(data),
            Atomic::CondSub => {
                if old >= data {
                    old - data
                } else {
                    old
                }
            }
            Atomic::MinS => (old as $signed).min(data as $signed) as $word,
            Atomic::MinU => old.min(data),
            Atomic::MaxS => (old as $signed).max(data as $signed) as $word,
            Atomic::MaxU => old.max(data),
            Atomic::And => old & data,
            Atomic::Or => old | data,
            Atomic::Xor => old ^ data,
            Atomic::Mskor => old & !data | second,
            Atomic::Inc => {
                if old >= data {
                    0
                } else {
                    old + 1
                }
            }
            Atomic::Dec => {
                if old == 0 || old > data {
                    data
                } else {
                    old - 1
                }
            }
            Atomic::MinF => {
                if g < f || f.is_nan() {
                    data
                } else {
                    old
                }
            }
            Atomic::MaxF => {
                if g > f || f.is_nan() {
                    data
                } else {
                    old
                }
            }
            Atomic::MinNumF | Atomic::MaxNumF if f.is_nan() && g.is_nan() => {
                data | 1 << (<$float>::MANTISSA_DIGITS - 2)
            }
            Atomic::MinNumF => {
                if g < f || f.is_nan() || g == f && g.is_sign_negative() {
                    data
                } else {
                    old
                }
            }
            Atomic::MaxNumF => {
                if g > f || f.is_nan() || g == f && g.is_sign_positive() {
                    data
                } else {
                    old
                }
            }
            Atomic::AddF => (f + g).to_bits(),
            Atomic::PkAddF16 | Atomic::PkAddBf16 => $packed,
            Atomic::Wrap => {
                if old >= data {
                    old - data
                } else {
                    old.wrapping_add(second)
                }
            }
        }
    }};
}

impl Atomic {
    /// By the part of a mnemonic that follows `atomic_`, or in DS the family prefix, without
    /// `rtn_`: `add_u32`, `cmpswap_b64`; `min_f32` is also what gfx12 calls `min_num_f32`.
    pub fn from_name(name: &str, gen: Gen) -> Option<Atomic> {
        let (op, ty) = name.rsplit_once('_')?;
        Some(match (op, ty) {
            ("swap" | "storexchg", _) => Atomic::Swap,
            ("cmpswap" | "cmpstore", "f32" | "f64") => Atomic::CmpSwapF,
            ("cmpswap" | "cmpstore", _) => Atomic::CmpSwap,
            ("add", "f32") => Atomic::AddF,
            ("add", _) => Atomic::Add,
            ("sub", _) => Atomic::Sub,
            ("rsub", _) => Atomic::Rsub,
            ("csub" | "sub_clamp", _) => Atomic::SubClamp,
            ("cond_sub", _) => Atomic::CondSub,
            ("min", "f32" | "f64") => match gen {
                Gen::Gfx11 => Atomic::MinF,
                Gen::Gfx12 => Atomic::MinNumF,
            },
            ("max", "f32" | "f64") => match gen {
                Gen::Gfx11 => Atomic::MaxF,
                Gen::Gfx12 => Atomic::MaxNumF,
            },
            ("min", "i32" | "i64") => Atomic::MinS,
            ("min", _) => Atomic::MinU,
            ("max", "i32" | "i64") => Atomic::MaxS,
            ("max", _) => Atomic::MaxU,
            ("and", _) => Atomic::And,
            ("or", _) => Atomic::Or,
            ("xor", _) => Atomic::Xor,
            ("mskor", _) => Atomic::Mskor,
            ("inc", _) => Atomic::Inc,
            ("dec", _) => Atomic::Dec,
            ("pk_add", "f16") => Atomic::PkAddF16,
            ("pk_add", "bf16") => Atomic::PkAddBf16,
            ("wrap", _) => Atomic::Wrap,
            _ => return None,
        })
    }

    /// Whether it takes a second data operand.
    pub fn has_second(self) -> bool {
        matches!(
            self,
            Atomic::CmpSwap | Atomic::CmpSwapF | Atomic::Mskor | Atomic::Wrap
        )
    }

    /// The new value of a dword.
    pub fn apply32(self, old: u32, data: u32, second: u32) -> u32 {
        apply!(
            u32,
            i32,
            f32,
            self,
            old,
            data,
            second,
            self.packed(old, data)
        )
    }

    /// The new value of two dwords.
    pub fn apply64(self, old: u64, data: u64, second: u64) -> u64 {
        // No 64-bit form of the packed additions exists.
        apply!(u64, i64, f64, self, old, data, second, old)
    }

    /// Two halves at once.
    fn packed(self, old: u32, data: u32) -> u32 {
        let add = |a: u32, b: u32| match self {
            Atomic::PkAddBf16 => u32::from(to_bf16(bf16(a & 0xffff) + bf16(b & 0xffff))),
            _ => u32::from(Half::of(Half(a as u16).f32() + Half(b as u16).f32()).0),
        };
        add(old, data) | add(old >> 16, data >> 16) << 16
    }
}
