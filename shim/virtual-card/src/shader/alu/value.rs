//! What a lane's value is to an operation: how many registers it takes, and what the modifiers of
//! sources and results mean for its type.

use crate::shader::half::Half;
use crate::shader::program::Slot;
use crate::shader::wave::Mode;

/// A lane's value as an operation sees it.
pub trait Val: Copy + 'static {
    /// Registers that it takes.
    const WORDS: u16 = 1;
    /// Whether it is half a register, chosen by op_sel.
    const HALF: bool = false;
    /// From its dwords (a half in the low bits of the first).
    fn get(lo: u32, hi: u32) -> Self;
    /// To its dwords.
    fn put(self) -> (u32, u32);
    /// Negated, where a source modifier can say so.
    fn neg(self) -> Self {
        self
    }
    /// Absolute value, where a source modifier can say so.
    fn abs(self) -> Self {
        self
    }
    /// Denormal sources flushed as `mode` says.
    fn flush_in(self, _mode: Mode) -> Self {
        self
    }
    /// Denormal results flushed as `mode` says.
    fn flush_out(self, _mode: Mode) -> Self {
        self
    }
    /// Output multiplier and clamp. The multiplier is ignored where denormal results are kept and
    /// in IEEE mode (ISA documents, "Output modifiers").
    fn finish(self, _slot: &Slot, _mode: Mode) -> Self {
        self
    }
}

impl Val for u32 {
    #[inline(always)]
    fn get(lo: u32, _: u32) -> u32 {
        lo
    }
    #[inline(always)]
    fn put(self) -> (u32, u32) {
        (self, 0)
    }
}

impl Val for i32 {
    #[inline(always)]
    fn get(lo: u32, _: u32) -> i32 {
        lo as i32
    }
    #[inline(always)]
    fn put(self) -> (u32, u32) {
        (self as u32, 0)
    }
}

impl Val for u64 {
    const WORDS: u16 = 2;
    #[inline(always)]
    fn get(lo: u32, hi: u32) -> u64 {
        u64::from(lo) | u64::from(hi) << 32
    }
    #[inline(always)]
    fn put(self) -> (u32, u32) {
        (self as u32, (self >> 32) as u32)
    }
}

impl Val for i64 {
    const WORDS: u16 = 2;
    #[inline(always)]
    fn get(lo: u32, hi: u32) -> i64 {
        u64::get(lo, hi) as i64
    }
    #[inline(always)]
    fn put(self) -> (u32, u32) {
        (self as u64).put()
    }
}

impl Val for u16 {
    const HALF: bool = true;
    #[inline(always)]
    fn get(lo: u32, _: u32) -> u16 {
        lo as u16
    }
    #[inline(always)]
    fn put(self) -> (u32, u32) {
        (u32::from(self), 0)
    }
}

impl Val for i16 {
    const HALF: bool = true;
    #[inline(always)]
    fn get(lo: u32, _: u32) -> i16 {
        lo as i16
    }
    #[inline(always)]
    fn put(self) -> (u32, u32) {
        (u32::from(self as u16), 0)
    }
}

/// Values of a float type whose bits are those of `$bits`, of `$words` registers, with the mode bits
/// that decide on its denormals.
macro_rules! float {
    ($float:ident, $bits:ident, $words:literal, $flush:ident, $denormals:ident) => {
        impl Val for $float {
            const WORDS: u16 = $words;
            #[inline(always)]
            fn get(lo: u32, hi: u32) -> $float {
                $float::from_bits($bits::get(lo, hi))
            }
            #[inline(always)]
            fn put(self) -> (u32, u32) {
                self.to_bits().put()
            }
            #[inline(always)]
            fn neg(self) -> $float {
                $float::from_bits(self.to_bits() ^ 1 << ($bits::BITS - 1))
            }
            #[inline(always)]
            fn abs(self) -> $float {
                $float::from_bits(self.to_bits() & $bits::MAX >> 1)
            }
            #[inline(always)]
            fn flush_in(self, mode: Mode) -> $float {
                if mode.$denormals().0 {
                    self
                } else {
                    $flush(self)
                }
            }
            #[inline(always)]
            fn flush_out(self, mode: Mode) -> $float {
                if mode.$denormals().1 {
                    self
                } else {
                    $flush(self)
                }
            }
            #[inline(always)]
            fn finish(self, slot: &Slot, mode: Mode) -> $float {
                let mut v = self;
                if slot.omod() != 0 && !mode.$denormals().1 && !mode.ieee() {
                    v = $flush(v * [1.0, 2.0, 4.0, 0.5][slot.omod() as usize & 3]);
                }
                if slot.clamp() {
                    let nan = v.is_nan() && !mode.dx10_clamp();
                    let c = if v > 0.0 {
                        if v < 1.0 {
                            v
                        } else {
                            1.0
                        }
                    } else {
                        0.0
                    };
                    v = if nan { v } else { c };
                }
                v
            }
        }
    };
}

float!(f32, u32, 1, flush32, denorm32);
float!(f64, u64, 2, flush64, denorm16_64);

impl Val for Half {
    const HALF: bool = true;
    #[inline(always)]
    fn get(lo: u32, _: u32) -> Half {
        Half(lo as u16)
    }
    #[inline(always)]
    fn put(self) -> (u32, u32) {
        (u32::from(self.0), 0)
    }
    #[inline(always)]
    fn neg(self) -> Half {
        Half(self.0 ^ 0x8000)
    }
    #[inline(always)]
    fn abs(self) -> Half {
        Half(self.0 & 0x7fff)
    }
    #[inline(always)]
    fn flush_in(self, mode: Mode) -> Half {
        if mode.denorm16_64().0 {
            self
        } else {
            self.flushed()
        }
    }
    #[inline(always)]
    fn flush_out(self, mode: Mode) -> Half {
        if mode.denorm16_64().1 {
            self
        } else {
            self.flushed()
        }
    }
    #[inline(always)]
    fn finish(self, slot: &Slot, mode: Mode) -> Half {
        let mut v = self;
        if slot.omod() != 0 && !mode.denorm16_64().1 && !mode.ieee() {
            v = Half::of(v.f32() * [1.0, 2.0, 4.0, 0.5][slot.omod() as usize & 3]).flushed();
        }
        if slot.clamp() {
            v = v.clamped(mode.dx10_clamp());
        }
        v
    }
}

/// Denormals to zero of the same sign.
#[inline(always)]
pub fn flush32(v: f32) -> f32 {
    if v.to_bits() & 0x7f80_0000 == 0 {
        f32::from_bits(v.to_bits() & 0x8000_0000)
    } else {
        v
    }
}

/// Denormals to zero of the same sign.
#[inline(always)]
pub fn flush64(v: f64) -> f64 {
    if v.to_bits() >> 52 & 0x7ff == 0 {
        f64::from_bits(v.to_bits() & 1 << 63)
    } else {
        v
    }
}
