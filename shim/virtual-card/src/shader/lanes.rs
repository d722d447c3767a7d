//! The lane kernel: one operation over 32 lanes, stamped out per host instruction set.
//!
//! An operation is a closure over the values of one lane. [`Run`] functions are generic over that
//! closure's type and exist twice: for any CPU, and with AVX2 and FMA enabled so that LLVM turns
//! the loop over lanes into four 256-bit operations; [`Cpu::detect`] picks once. On aarch64 the
//! plain one is already NEON. Lanes that EXEC disables keep their destination's value.
//!
//! Relies on predecoding having checked every register index against the wave's file.

use super::program::Slot;
use super::wave::{Flow, Wave};

/// Lanes of a wave32.
pub const LANES: usize = 32;

/// One dword of each lane: a vector register.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(C, align(128))]
pub struct Lanes(pub [u32; LANES]);

impl Lanes {
    /// All lanes zero.
    pub const ZERO: Lanes = Lanes([0; LANES]);
}

impl std::ops::Index<usize> for Lanes {
    type Output = u32;
    #[inline(always)]
    fn index(&self, lane: usize) -> &u32 {
        &self.0[lane]
    }
}

impl std::ops::IndexMut<usize> for Lanes {
    #[inline(always)]
    fn index_mut(&mut self, lane: usize) -> &mut u32 {
        &mut self.0[lane]
    }
}

/// Executes one slot.
///
/// # Safety
/// The slot must come from the predecoder for a register file of the wave's size, and the host
/// must have the CPU features for which the function was picked.
pub type Run = unsafe fn(&mut Wave, &Slot) -> Flow;

/// Which stamping of the kernels the host can run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Cpu {
    /// Whatever the target guarantees.
    Baseline,
    /// AVX2 and FMA.
    #[cfg(target_arch = "x86_64")]
    Avx2,
}

impl Cpu {
    /// The best stamping for this host.
    pub fn detect() -> Cpu {
        #[cfg(target_arch = "x86_64")]
        if is_x86_feature_detected!("avx2") && is_x86_feature_detected!("fma") {
            return Cpu::Avx2;
        }
        Cpu::Baseline
    }
}

/// Conjures the closure that a kernel was instantiated for.
#[inline(always)]
pub fn instance<F: Copy>() -> F {
    const {
        assert!(
            std::mem::size_of::<F>() == 0,
            "lane operations capture nothing"
        )
    }
    // SAFETY: `F` has no bytes, so a dangling pointer is as good as any to read it from; it is
    // inhabited (a value was given to the selector) and `Copy`.
    unsafe { std::ptr::NonNull::<F>::dangling().read() }
}

/// An operation's body, generic over the host's instruction set.
pub trait Kernel {
    /// Executes one slot.
    ///
    /// # Safety
    /// [`Run`]'s contract, and the CPU has `H`'s features.
    unsafe fn go<H: Host>(w: &mut Wave, s: &Slot) -> Flow;
}

/// The stamping with AVX2 and FMA.
///
/// # Safety
/// [`Run`]'s contract.
#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx2,fma")]
pub unsafe fn avx2<K: Kernel>(w: &mut Wave, s: &Slot) -> Flow {
    // SAFETY: the caller upholds `Run`'s contract.
    unsafe { K::go::<Avx2>(w, s) }
}

/// The stamping of `K` for `cpu`.
pub fn stamp<K: Kernel>(cpu: Cpu) -> Run {
    match cpu {
        Cpu::Baseline => baseline::<K>,
        #[cfg(target_arch = "x86_64")]
        Cpu::Avx2 => avx2::<K>,
    }
}

/// The stamping for any CPU.
///
/// # Safety
/// [`Run`]'s contract.
pub unsafe fn baseline<K: Kernel>(w: &mut Wave, s: &Slot) -> Flow {
    // SAFETY: the caller upholds `Run`'s contract.
    unsafe { K::go::<Baseline>(w, s) }
}

/// The few steps that auto-vectorisation does badly, per host instruction set.
pub trait Host {
    /// Writes the lanes of `mask` from `new` to `dst`.
    ///
    /// # Safety
    /// `dst` is valid and the CPU has the features.
    unsafe fn blend(dst: *mut Lanes, new: &Lanes, mask: u32);
    /// Bit *i* is the sign bit of lane *i*.
    ///
    /// # Safety
    /// The CPU has the features.
    unsafe fn signs(v: &Lanes) -> u32;
}

/// Any CPU.
pub struct Baseline;

impl Host for Baseline {
    #[inline(always)]
    unsafe fn blend(dst: *mut Lanes, new: &Lanes, mask: u32) {
        // SAFETY: the caller's.
        let dst = unsafe { &mut *dst };
        for i in 0..LANES {
            let m = 0u32.wrapping_sub(mask >> i & 1);
            dst[i] = new[i] & m | dst[i] & !m;
        }
    }

    #[inline(always)]
    unsafe fn signs(v: &Lanes) -> u32 {
        let mut r = 0;
        for i in 0..LANES {
            r |= v[i] >> 31 << i;
        }
        r
    }
}

/// AVX2 and FMA.
#[cfg(target_arch = "x86_64")]
pub struct Avx2;

#[cfg(target_arch = "x86_64")]
impl Host for Avx2 {
    #[inline(always)]
    unsafe fn blend(dst: *mut Lanes, new: &Lanes, mask: u32) {
        #[inline]
        #[target_feature(enable = "avx2,fma")]
        unsafe fn go(dst: *mut Lanes, new: &Lanes, mask: u32) {
            use std::arch::x86_64::*;
            let shift = _mm256_setr_epi32(31, 30, 29, 28, 27, 26, 25, 24);
            let dst = dst.cast::<__m256>();
            let new = new.0.as_ptr().cast::<__m256>();
            for k in 0..4 {
                let m = _mm256_sllv_epi32(_mm256_set1_epi32((mask >> (8 * k)) as i32), shift);
                // SAFETY: both are 128 bytes and aligned. The old value is read volatile so that
                // LLVM does not make a masked store of it, which is slow to forward from.
                unsafe {
                    let old = dst.add(k).read_volatile();
                    let v = _mm256_blendv_ps(old, new.add(k).read(), _mm256_castsi256_ps(m));
                    dst.add(k).write(v);
                }
            }
        }
        // SAFETY: the caller's.
        unsafe { go(dst, new, mask) }
    }

    #[inline(always)]
    unsafe fn signs(v: &Lanes) -> u32 {
        #[inline]
        #[target_feature(enable = "avx2,fma")]
        unsafe fn go(v: &Lanes) -> u32 {
            use std::arch::x86_64::*;
            let p = v.0.as_ptr().cast::<__m256>();
            let mut r = 0;
            for k in 0..4 {
                // SAFETY: `Lanes` is 128 bytes and aligned.
                r |= (_mm256_movemask_ps(unsafe { p.add(k).read() }) as u32) << (8 * k);
            }
            r
        }
        // SAFETY: the caller's.
        unsafe { go(v) }
    }
}

/// Hides where a pointer came from, so that LLVM keeps the loop over lanes in one piece instead of
/// specialising its first lanes for each origin.
#[inline(always)]
pub fn opaque<T>(mut p: *const T) -> *const T {
    // SAFETY: an empty template that claims to change a register touches nothing.
    unsafe {
        std::arch::asm!("/* {0} */", inlateout(reg) p, options(pure, readonly, nostack, preserves_flags));
    }
    p
}

/// Writes `new` to the lanes of `mask`.
///
/// # Safety
/// [`Run`]'s contract.
#[inline(always)]
pub unsafe fn write<H: Host>(w: &mut Wave, line: u16, new: &Lanes, mask: u32) {
    let dst = w.line_mut(line);
    if mask == !0 {
        // SAFETY: predecoding checked the index.
        unsafe { *dst = *new };
    } else {
        // SAFETY: as above.
        unsafe { H::blend(dst, new, mask) };
    }
}
