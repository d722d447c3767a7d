//! The lane kernel: one operation over 32 lanes, stamped out per host instruction set.
//!
//! An operation is a closure over the values of one lane. [`Run`] functions are generic over that
//! closure's type and exist twice: for any CPU, and with AVX2 and FMA enabled so that LLVM turns
//! the loop over lanes into four 256-bit operations; [`Cpu::detect`] picks once. On aarch64 the
//! plain one is already NEON. Lanes that EXEC disables keep their destination's value.
//!
//! Relies on predecoding having checked every register index against the wave's file.

use super::memory::{load_line, store_line};
#[cfg(target_arch = "x86_64")]
use super::memory::{load_line_avx2, store_line_avx2};
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
    /// Whether lane *i* holds what lane 0 does and *i* times `step`.
    ///
    /// # Safety
    /// The CPU has the features.
    unsafe fn ascending(v: &Lanes, step: u32) -> bool;
    /// Copies 32 consecutive dwords of shared memory.
    ///
    /// # Safety
    /// 128 bytes at `base` are valid and dword aligned, and the CPU has the features.
    unsafe fn load(base: *const u8) -> Lanes;
    /// Stores 32 consecutive dwords to shared memory.
    ///
    /// # Safety
    /// As for [`Host::load`], and the bytes are writable.
    unsafe fn store(base: *mut u8, line: &Lanes);
    /// From four dwords of each lane in a row to a line for each of the four.
    ///
    /// # Safety
    /// The CPU has the features.
    unsafe fn rows_to_lines(rows: &[Lanes; 4]) -> [Lanes; 4];
    /// The reverse of [`Host::rows_to_lines`].
    ///
    /// # Safety
    /// The CPU has the features.
    unsafe fn lines_to_rows(lines: &[Lanes; 4]) -> [Lanes; 4];
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

    #[inline(always)]
    unsafe fn ascending(v: &Lanes, step: u32) -> bool {
        let mut differ = 0;
        for i in 0..LANES {
            differ |= v[i].wrapping_sub(v[0]) ^ step.wrapping_mul(i as u32);
        }
        differ == 0
    }

    #[inline(always)]
    unsafe fn load(base: *const u8) -> Lanes {
        // SAFETY: the caller's.
        unsafe { load_line(base) }
    }

    #[inline(always)]
    unsafe fn store(base: *mut u8, line: &Lanes) {
        // SAFETY: the caller's.
        unsafe { store_line(base, line) }
    }

    #[inline(always)]
    unsafe fn rows_to_lines(rows: &[Lanes; 4]) -> [Lanes; 4] {
        let mut lines = [Lanes::ZERO; 4];
        for n in 0..4 * LANES {
            lines[n % 4][n / 4] = rows[n / LANES][n % LANES];
        }
        lines
    }

    #[inline(always)]
    unsafe fn lines_to_rows(lines: &[Lanes; 4]) -> [Lanes; 4] {
        let mut rows = [Lanes::ZERO; 4];
        for n in 0..4 * LANES {
            rows[n / LANES][n % LANES] = lines[n % 4][n / 4];
        }
        rows
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

    #[inline(always)]
    unsafe fn ascending(v: &Lanes, step: u32) -> bool {
        #[inline]
        #[target_feature(enable = "avx2,fma")]
        fn go(v: &Lanes, step: u32) -> bool {
            use std::arch::x86_64::*;
            let step = _mm256_set1_epi32(step as i32);
            let iota = _mm256_setr_epi32(0, 1, 2, 3, 4, 5, 6, 7);
            let mut want = _mm256_add_epi32(
                _mm256_set1_epi32(v[0] as i32),
                _mm256_mullo_epi32(step, iota),
            );
            let eight = _mm256_slli_epi32::<3>(step);
            let mut differ = _mm256_setzero_si256();
            let p = v.0.as_ptr().cast::<__m256i>();
            for k in 0..4 {
                // SAFETY: a line is four aligned vectors.
                let x = _mm256_xor_si256(unsafe { p.add(k).read() }, want);
                differ = _mm256_or_si256(differ, x);
                want = _mm256_add_epi32(want, eight);
            }
            _mm256_testz_si256(differ, differ) != 0
        }
        // SAFETY: the caller's.
        unsafe { go(v, step) }
    }

    #[inline(always)]
    unsafe fn load(base: *const u8) -> Lanes {
        // SAFETY: the caller's.
        unsafe { load_line_avx2(base) }
    }

    #[inline(always)]
    unsafe fn store(base: *mut u8, line: &Lanes) {
        // SAFETY: the caller's.
        unsafe { store_line_avx2(base, line) }
    }

    #[inline(always)]
    unsafe fn rows_to_lines(rows: &[Lanes; 4]) -> [Lanes; 4] {
        #[inline]
        #[target_feature(enable = "avx2,fma")]
        fn go(rows: &[Lanes; 4]) -> [Lanes; 4] {
            use std::arch::x86_64::*;
            let mut lines = [Lanes::ZERO; 4];
            let from = rows.as_ptr().cast::<__m256i>();
            let to = lines.as_mut_ptr().cast::<__m256i>();
            // Eight lanes: two in each vector, which the first step deals out to the halves.
            for k in 0..4 {
                // SAFETY: 16 aligned vectors there, and there.
                unsafe {
                    let [a, b, c, d] = std::array::from_fn(|i| from.add(4 * k + i).read());
                    let (l0, l1) = (
                        _mm256_permute2x128_si256::<0x20>(a, c),
                        _mm256_permute2x128_si256::<0x31>(a, c),
                    );
                    let (l2, l3) = (
                        _mm256_permute2x128_si256::<0x20>(b, d),
                        _mm256_permute2x128_si256::<0x31>(b, d),
                    );
                    let (x0, x1) = (_mm256_unpacklo_epi32(l0, l1), _mm256_unpackhi_epi32(l0, l1));
                    let (x2, x3) = (_mm256_unpacklo_epi32(l2, l3), _mm256_unpackhi_epi32(l2, l3));
                    to.add(k).write(_mm256_unpacklo_epi64(x0, x2));
                    to.add(4 + k).write(_mm256_unpackhi_epi64(x0, x2));
                    to.add(8 + k).write(_mm256_unpacklo_epi64(x1, x3));
                    to.add(12 + k).write(_mm256_unpackhi_epi64(x1, x3));
                }
            }
            lines
        }
        // SAFETY: the caller's.
        unsafe { go(rows) }
    }

    #[inline(always)]
    unsafe fn lines_to_rows(lines: &[Lanes; 4]) -> [Lanes; 4] {
        #[inline]
        #[target_feature(enable = "avx2,fma")]
        fn go(lines: &[Lanes; 4]) -> [Lanes; 4] {
            use std::arch::x86_64::*;
            let mut rows = [Lanes::ZERO; 4];
            let from = lines.as_ptr().cast::<__m256i>();
            let to = rows.as_mut_ptr().cast::<__m256i>();
            for k in 0..4 {
                // SAFETY: 16 aligned vectors there, and there.
                unsafe {
                    let [a, b, c, d] = std::array::from_fn(|i| from.add(4 * i + k).read());
                    let (x0, x1) = (_mm256_unpacklo_epi32(a, b), _mm256_unpackhi_epi32(a, b));
                    let (x2, x3) = (_mm256_unpacklo_epi32(c, d), _mm256_unpackhi_epi32(c, d));
                    let (l0, l1) = (_mm256_unpacklo_epi64(x0, x2), _mm256_unpackhi_epi64(x0, x2));
                    let (l2, l3) = (_mm256_unpacklo_epi64(x1, x3), _mm256_unpackhi_epi64(x1, x3));
                    let to = to.add(4 * k);
                    to.write(_mm256_permute2x128_si256::<0x20>(l0, l1));
                    to.add(1).write(_mm256_permute2x128_si256::<0x20>(l2, l3));
                    to.add(2).write(_mm256_permute2x128_si256::<0x31>(l0, l1));
                    to.add(3).write(_mm256_permute2x128_si256::<0x31>(l2, l3));
                }
            }
            rows
        }
        // SAFETY: the caller's.
        unsafe { go(lines) }
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
