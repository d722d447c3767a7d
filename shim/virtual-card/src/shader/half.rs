//! Half precision: conversions that vectorise, and rounding to nearest even.

/// An IEEE binary16 value.
#[derive(Clone, Copy, Debug)]
pub struct Half(pub u16);

impl PartialEq for Half {
    /// By value: both zeros are equal, and a NaN equals nothing.
    #[inline(always)]
    fn eq(&self, other: &Half) -> bool {
        self.f32() == other.f32()
    }
}

impl Half {
    /// Exact conversion; NaN is quieted.
    #[inline(always)]
    pub fn f32(self) -> f32 {
        let h = u32::from(self.0);
        let sign = (h & 0x8000) << 16;
        let em = (h & 0x7fff) << 13;
        let normal = em.wrapping_add(112 << 23);
        let special = em.wrapping_add(224 << 23) | u32::from(em > 0x0f80_0000) << 22;
        let denormal = (f32::from_bits(em | 113 << 23) - f32::from_bits(113 << 23)).to_bits();
        let bits = if em >= 0x0f80_0000 {
            special
        } else if em < 1 << 23 {
            denormal
        } else {
            normal
        };
        f32::from_bits(bits | sign)
    }

    /// Rounded to nearest even, overflow to infinity, denormals kept.
    #[inline(always)]
    pub fn of(v: f32) -> Half {
        let x = v.to_bits();
        let sign = x >> 16 & 0x8000;
        let a = x & 0x7fff_ffff;
        let nan = 0x7e00 | a >> 13 & 0x3ff;
        let denormal = (f32::from_bits(a) + 0.5)
            .to_bits()
            .wrapping_sub(0x3f00_0000);
        let normal = a
            .wrapping_sub(112 << 23)
            .wrapping_add(0xfff + (a >> 13 & 1))
            >> 13;
        let r = if a > 0x7f80_0000 {
            nan
        } else if a >= 143 << 23 {
            0x7c00
        } else if a < 113 << 23 {
            denormal
        } else {
            normal
        };
        Half((r | sign) as u16)
    }

    /// A double rounded to nearest even in one step.
    pub fn of_f64(v: f64) -> Half {
        // Rounding to odd keeps what the second rounding needs to know.
        let near = v as f32;
        if !v.is_finite() || f64::from(near) == v {
            return Half::of(near);
        }
        let mut bits = near.to_bits();
        let above = f64::from(near).abs() > v.abs();
        if above {
            bits -= 1;
        }
        Half::of(f32::from_bits(bits | 1))
    }

    /// `a * b + c` with one rounding.
    #[inline(always)]
    pub fn fma(a: Half, b: Half, c: Half) -> Half {
        // The product has 22 bits and is exact; the sum is rounded to odd through its error term.
        let p = f64::from(a.f32()) * f64::from(b.f32());
        let c = f64::from(c.f32());
        Half::of_f64(add_odd(p, c))
    }

    /// Denormals to zero of the same sign.
    #[inline(always)]
    pub fn flushed(self) -> Half {
        if self.0 & 0x7c00 == 0 {
            Half(self.0 & 0x8000)
        } else {
            self
        }
    }

    /// Clamped to [0, 1]; NaN becomes zero where `nan_to_zero`.
    #[inline(always)]
    pub fn clamped(self, nan_to_zero: bool) -> Half {
        let h = self.0;
        if h & 0x7fff > 0x7c00 {
            return if nan_to_zero { Half(0) } else { self };
        }
        if h & 0x8000 != 0 {
            Half(0)
        } else if h > 0x3c00 {
            Half(0x3c00)
        } else {
            self
        }
    }

    /// NaN.
    #[inline(always)]
    pub fn is_nan(self) -> bool {
        self.0 & 0x7fff > 0x7c00
    }

    /// NaN whose quiet bit is clear.
    #[inline(always)]
    pub fn is_signaling(self) -> bool {
        self.is_nan() && self.0 & 0x200 == 0
    }
}

/// `a + b` in double precision, rounded to odd: a later rounding to fewer bits is then correct.
#[inline(always)]
pub fn add_odd(a: f64, b: f64) -> f64 {
    let s = a + b;
    let t = s - a;
    let err = (a - (s - t)) + (b - t);
    let bits = s.to_bits();
    if err != 0.0 && !err.is_nan() && bits & 1 == 0 && s.is_finite() {
        let toward_zero = (err < 0.0) != (s < 0.0);
        f64::from_bits(if toward_zero { bits - 1 } else { bits + 1 })
    } else {
        s
    }
}

/// A bfloat16's value.
#[inline(always)]
pub fn bf16(bits: u32) -> f32 {
    f32::from_bits(bits << 16)
}

/// Rounded to nearest even.
#[inline(always)]
pub fn to_bf16(v: f32) -> u16 {
    let x = v.to_bits();
    if v.is_nan() {
        return (x >> 16 | 0x40) as u16;
    }
    (x.wrapping_add(0x7fff + (x >> 16 & 1)) >> 16) as u16
}
