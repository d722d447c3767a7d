//! Kernels of vector arithmetic: typed lane values, source and result modifiers, and the loops.
//!
//! An operation is given as a closure over typed lane values; the types say how many registers an
//! operand has and what modifiers mean for it. Each kernel exists without modifiers, with them,
//! and for a MODE other than the plain one, where denormals are flushed as MODE says and closures
//! that round take MODE as their first argument.

use std::marker::PhantomData;

use super::half::Half;
use super::lanes::{
    baseline, instance, opaque, stamp, write, Cpu, Host, Kernel, Lanes, Run, LANES,
};
use super::program::Slot;
use super::wave::{scalar, Flow, Mode, Wave};

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

impl Val for f32 {
    #[inline(always)]
    fn get(lo: u32, _: u32) -> f32 {
        f32::from_bits(lo)
    }
    #[inline(always)]
    fn put(self) -> (u32, u32) {
        (self.to_bits(), 0)
    }
    #[inline(always)]
    fn neg(self) -> f32 {
        f32::from_bits(self.to_bits() ^ 0x8000_0000)
    }
    #[inline(always)]
    fn abs(self) -> f32 {
        f32::from_bits(self.to_bits() & 0x7fff_ffff)
    }
    #[inline(always)]
    fn flush_in(self, mode: Mode) -> f32 {
        if mode.denorm32().0 {
            self
        } else {
            flush32(self)
        }
    }
    #[inline(always)]
    fn flush_out(self, mode: Mode) -> f32 {
        if mode.denorm32().1 {
            self
        } else {
            flush32(self)
        }
    }
    #[inline(always)]
    fn finish(self, slot: &Slot, mode: Mode) -> f32 {
        let mut v = self;
        if slot.omod() != 0 && !mode.denorm32().1 && !mode.ieee() {
            v = flush32(v * [1.0, 2.0, 4.0, 0.5][slot.omod() as usize & 3]);
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

impl Val for f64 {
    const WORDS: u16 = 2;
    #[inline(always)]
    fn get(lo: u32, hi: u32) -> f64 {
        f64::from_bits(u64::get(lo, hi))
    }
    #[inline(always)]
    fn put(self) -> (u32, u32) {
        self.to_bits().put()
    }
    #[inline(always)]
    fn neg(self) -> f64 {
        f64::from_bits(self.to_bits() ^ 1 << 63)
    }
    #[inline(always)]
    fn abs(self) -> f64 {
        f64::from_bits(self.to_bits() & !(1 << 63))
    }
    #[inline(always)]
    fn flush_in(self, mode: Mode) -> f64 {
        if mode.denorm16_64().0 {
            self
        } else {
            flush64(self)
        }
    }
    #[inline(always)]
    fn flush_out(self, mode: Mode) -> f64 {
        if mode.denorm16_64().1 {
            self
        } else {
            flush64(self)
        }
    }
    #[inline(always)]
    fn finish(self, slot: &Slot, mode: Mode) -> f64 {
        let mut v = self;
        if slot.omod() != 0 && !mode.denorm16_64().1 && !mode.ieee() {
            v = flush64(v * [1.0, 2.0, 4.0, 0.5][slot.omod() as usize & 3]);
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

/// A source operand's lanes.
#[derive(Clone, Copy)]
pub struct Source {
    lo: *const Lanes,
    hi: *const Lanes,
    shift: u32,
}

impl Source {
    /// Resolves source `i` of an operation: its lines, or its scalar broadcast into scratch lines.
    ///
    /// # Safety
    /// [`Run`]'s contract.
    #[inline(always)]
    pub unsafe fn new<T: Val>(w: &mut Wave, s: &Slot, index: u16, i: u16) -> Source {
        let shift = if T::HALF && s.sel(u32::from(i)) {
            16
        } else {
            0
        };
        if index & scalar::FLAG == 0 {
            let lo = w.line(index);
            let hi = if T::WORDS == 2 { w.line(index + 1) } else { lo };
            Source {
                lo: opaque(lo),
                hi: opaque(hi),
                shift,
            }
        } else {
            let index = index & !scalar::FLAG;
            let lo = w.line_mut(2 * i);
            // SAFETY: scratch lines exist in every file.
            unsafe { *lo = Lanes([w.s(index); LANES]) };
            let mut hi = lo;
            if T::WORDS == 2 {
                hi = w.line_mut(2 * i + 1);
                // SAFETY: as above.
                unsafe { *hi = Lanes([w.s(index + 1); LANES]) };
            }
            Source {
                lo: opaque(lo.cast_const()),
                hi: opaque(hi.cast_const()),
                shift,
            }
        }
    }

    /// The value of one lane.
    ///
    /// # Safety
    /// Lines are valid while the wave is not resized.
    #[inline(always)]
    pub unsafe fn at<T: Val>(&self, lane: usize) -> T {
        // SAFETY: the caller's; `lane` is below 32.
        unsafe {
            let lo = (&*self.lo)[lane];
            if T::WORDS == 2 {
                T::get(lo, (&*self.hi)[lane])
            } else if T::HALF {
                T::get(lo >> self.shift, 0)
            } else {
                T::get(lo, 0)
            }
        }
    }
}

/// Results on their way to registers.
#[derive(Clone, Copy)]
pub struct Result32 {
    lo: Lanes,
    hi: Lanes,
}

impl Result32 {
    /// All zero.
    #[inline(always)]
    pub fn new() -> Result32 {
        Result32 {
            lo: Lanes::ZERO,
            hi: Lanes::ZERO,
        }
    }

    /// Sets one lane.
    #[inline(always)]
    pub fn set<T: Val>(&mut self, lane: usize, v: T) {
        let (lo, hi) = v.put();
        self.lo[lane] = lo;
        if T::WORDS == 2 {
            self.hi[lane] = hi;
        }
    }

    /// Writes the lanes of `mask` to the slot's destination.
    ///
    /// # Safety
    /// [`Run`]'s contract.
    #[inline(always)]
    pub unsafe fn write<T: Val, H: Host>(mut self, w: &mut Wave, s: &Slot, mask: u32) {
        if T::HALF {
            // SAFETY: predecoding checked the line.
            let old = unsafe { &*opaque(w.line(s.dst)) };
            let (shift, keep) = if s.sel(3) {
                (16, 0xffff)
            } else {
                (0, 0xffff_0000)
            };
            for i in 0..LANES {
                self.lo[i] = old[i] & keep | self.lo[i] << shift;
            }
        }
        // SAFETY: the caller's.
        unsafe {
            write::<H>(w, s.dst, &self.lo, mask);
            if T::WORDS == 2 {
                write::<H>(w, s.dst + 1, &self.hi, mask);
            }
        }
    }
}

impl Default for Result32 {
    fn default() -> Self {
        Result32::new()
    }
}

/// How a kernel treats modifiers and MODE.
mod level {
    /// No modifiers, plain mode.
    pub const PLAIN: u8 = 0;
    /// Modifiers, plain mode.
    pub const MODS: u8 = 1;
    /// Modifiers, denormals flushed as MODE says.
    pub const MODAL: u8 = 2;
}

#[inline(always)]
fn source_mods<T: Val, const L: u8>(v: T, s: &Slot, i: u32, mode: Mode) -> T {
    if L == level::PLAIN {
        return v;
    }
    let v = if s.abs(i) { v.abs() } else { v };
    let v = if s.neg(i) { v.neg() } else { v };
    if L == level::MODAL {
        v.flush_in(mode)
    } else {
        v
    }
}

#[inline(always)]
fn result_mods<T: Val, const L: u8>(v: T, s: &Slot, mode: Mode) -> T {
    if L == level::PLAIN {
        return v;
    }
    let v = if L == level::MODAL {
        v.flush_out(mode)
    } else {
        v
    };
    v.finish(s, mode)
}

macro_rules! arity {
    ($plain:ident, $modal:ident, [$($t:ident $field:ident $n:literal),*]) => {
        /// One result per lane.
        struct $plain<D, $($t,)* F, const L: u8>(PhantomData<(D, $($t,)* F)>);

        impl<D: Val, $($t: Val,)* F: Fn($($t),*) -> D + Copy, const L: u8> Kernel
            for $plain<D, $($t,)* F, L>
        {
            #[inline(always)]
            unsafe fn go<H: Host>(w: &mut Wave, s: &Slot) -> Flow {
                let f = instance::<F>();
                let mode = w.mode;
                // SAFETY: the caller's.
                unsafe {
                    $(let $field = Source::new::<$t>(w, s, s.$field, $n);)*
                    let mut r = Result32::new();
                    for i in 0..LANES {
                        $(let $field = source_mods::<$t, L>($field.at::<$t>(i), s, $n, mode);)*
                        r.set(i, result_mods::<D, L>(f($($field),*), s, mode));
                    }
                    r.write::<D, H>(w, s, w.exec());
                }
                Flow::Next
            }
        }

        /// One result per lane, rounded as MODE says.
        struct $modal<D, $($t,)* F>(PhantomData<(D, $($t,)* F)>);

        impl<D: Val, $($t: Val,)* F: Fn(Mode, $($t),*) -> D + Copy> Kernel for $modal<D, $($t,)* F> {
            #[inline(always)]
            unsafe fn go<H: Host>(w: &mut Wave, s: &Slot) -> Flow {
                let f = instance::<F>();
                let mode = w.mode;
                // SAFETY: the caller's.
                unsafe {
                    $(let $field = Source::new::<$t>(w, s, s.$field, $n);)*
                    let mut r = Result32::new();
                    for i in 0..LANES {
                        $(let $field = source_mods::<$t, { level::MODAL }>($field.at::<$t>(i), s, $n, mode);)*
                        r.set(i, result_mods::<D, { level::MODAL }>(f(mode, $($field),*), s, mode));
                    }
                    r.write::<D, H>(w, s, w.exec());
                }
                Flow::Next
            }
        }
    };
}

arity!(Op1, Modal1, [A a 0]);
arity!(Op2, Modal2, [A a 0, B b 1]);
arity!(Op3, Modal3, [A a 0, B b 1, C c 2]);

/// What runs an operation in the plain mode and in any other.
#[derive(Clone, Copy)]
pub struct Runs {
    /// Plain mode.
    pub plain: Run,
    /// Any mode.
    pub modal: Run,
}

impl Runs {
    /// An operation that MODE does not concern.
    pub fn same(run: Run) -> Runs {
        Runs {
            plain: run,
            modal: run,
        }
    }
}

/// Picks kernels for one instruction.
#[derive(Clone, Copy)]
pub struct Pick {
    /// Host.
    pub cpu: Cpu,
    /// The instruction has source or result modifiers.
    pub mods: bool,
    /// The instruction saturates (integer operations choose another closure).
    pub clamp: bool,
    /// MODE.IEEE that the plain slots assume.
    pub ieee: bool,
}

/// Which modifier level a baseline kernel is stamped with. Where AVX2 is the rule, one that does
/// everything serves the exceptions; elsewhere the plain one matters as much.
const BASELINE_PLAIN: u8 = if cfg!(target_arch = "x86_64") {
    level::MODS
} else {
    level::PLAIN
};

macro_rules! pick {
    ($exact:ident, $seldom:ident, $rounded:ident, $int:ident, $plain:ident, $modal:ident, [$($t:ident),*]) => {
        /// An operation without float modifiers.
        pub fn $int<D: Val, $($t: Val,)* F: Fn($($t),*) -> D + Copy>(self, _: F) -> Option<Runs> {
            Some(Runs::same(stamp::<$plain<D, $($t,)* F, { level::PLAIN }>>(self.cpu)))
        }

        /// A float operation whose result needs no rounding.
        pub fn $exact<D: Val, $($t: Val,)* F: Fn($($t),*) -> D + Copy>(self, _: F) -> Option<Runs> {
            Some(Runs {
                plain: if self.mods {
                    two::<$plain<D, $($t,)* F, { level::MODS }>, $plain<D, $($t,)* F, { level::MODS }>>(self.cpu)
                } else {
                    two::<$plain<D, $($t,)* F, { level::PLAIN }>, $plain<D, $($t,)* F, BASELINE_PLAIN>>(self.cpu)
                },
                modal: baseline::<$plain<D, $($t,)* F, { level::MODAL }>>,
            })
        }

        /// The same for operations that are too rare to have a kernel without modifiers.
        pub fn $seldom<D: Val, $($t: Val,)* F: Fn($($t),*) -> D + Copy>(self, _: F) -> Option<Runs> {
            Some(Runs {
                plain: two::<$plain<D, $($t,)* F, { level::MODS }>, $plain<D, $($t,)* F, { level::MODAL }>>(self.cpu),
                modal: baseline::<$plain<D, $($t,)* F, { level::MODAL }>>,
            })
        }

        /// A float operation that rounds: the closure for the plain mode and that for any.
        pub fn $rounded<
            D: Val,
            $($t: Val,)*
            F: Fn($($t),*) -> D + Copy,
            G: Fn(Mode, $($t),*) -> D + Copy,
        >(self, _: F, _: G) -> Option<Runs> {
            Some(Runs {
                plain: if self.mods {
                    two::<$plain<D, $($t,)* F, { level::MODS }>, $plain<D, $($t,)* F, { level::MODS }>>(self.cpu)
                } else {
                    two::<$plain<D, $($t,)* F, { level::PLAIN }>, $plain<D, $($t,)* F, BASELINE_PLAIN>>(self.cpu)
                },
                modal: baseline::<$modal<D, $($t,)* G>>,
            })
        }
    };
}

/// The stamping of one kernel where the host has AVX2, of another where it has not.
fn two<K: Kernel, B: Kernel>(cpu: Cpu) -> Run {
    match cpu {
        Cpu::Baseline => baseline::<B>,
        #[cfg(target_arch = "x86_64")]
        Cpu::Avx2 => crate::shader::lanes::avx2::<K>,
    }
}

impl Pick {
    pick!(exact1, seldom1, round1, int1, Op1, Modal1, [A]);
    pick!(exact2, seldom2, round2, int2, Op2, Modal2, [A, B]);
    pick!(exact3, seldom3, round3, int3, Op3, Modal3, [A, B, C]);

    /// A float comparison: a lane mask in the scalar destination.
    pub fn compare<A: Val, B: Val, F: Fn(A, B) -> bool + Copy>(self, _: F) -> Option<Runs> {
        Some(Runs {
            plain: if self.mods {
                two::<Compare<A, B, F, { level::MODS }>, Compare<A, B, F, { level::MODS }>>(
                    self.cpu,
                )
            } else {
                two::<Compare<A, B, F, { level::PLAIN }>, Compare<A, B, F, BASELINE_PLAIN>>(
                    self.cpu,
                )
            },
            modal: baseline::<Compare<A, B, F, { level::MODAL }>>,
        })
    }

    /// An integer comparison.
    pub fn compare_int<T: Val, F: Fn(T, T) -> bool + Copy>(self, _: F) -> Option<Runs> {
        Some(Runs::same(stamp::<Compare<T, T, F, { level::PLAIN }>>(
            self.cpu,
        )))
    }

    /// An integer operation with carry in (a lane mask, third source) and carry out (second
    /// destination): the closure returns result and carry.
    pub fn carry<F: Fn(u32, u32, bool) -> (u32, bool) + Copy>(self, _: F) -> Option<Runs> {
        Some(Runs::same(stamp::<Carry<F>>(self.cpu)))
    }

    /// Two results: a value, and a lane mask in the second destination.
    pub fn with_mask<D: Val, A: Val, B: Val, C: Val, F: Fn(A, B, C) -> (D, bool) + Copy>(
        self,
        _: F,
    ) -> Option<Runs> {
        Some(Runs {
            plain: stamp::<WithMask<D, A, B, C, F, { level::MODS }>>(self.cpu),
            modal: baseline::<WithMask<D, A, B, C, F, { level::MODAL }>>,
        })
    }

    /// Selects by a lane mask, the third source.
    pub fn select<D: Val, F: Fn(D, D, bool) -> D + Copy>(self, _: F) -> Option<Runs> {
        Some(Runs::same(if self.mods {
            stamp::<Select<D, F, { level::MODS }>>(self.cpu)
        } else {
            stamp::<Select<D, F, { level::PLAIN }>>(self.cpu)
        }))
    }
}

struct Compare<A, B, F, const L: u8>(PhantomData<(A, B, F)>);

impl<A: Val, B: Val, F: Fn(A, B) -> bool + Copy, const L: u8> Kernel for Compare<A, B, F, L> {
    #[inline(always)]
    unsafe fn go<H: Host>(w: &mut Wave, s: &Slot) -> Flow {
        let f = instance::<F>();
        let mode = w.mode;
        // SAFETY: the caller's.
        unsafe {
            let a = Source::new::<A>(w, s, s.a, 0);
            let b = Source::new::<B>(w, s, s.b, 1);
            let mut r = Lanes::ZERO;
            for i in 0..LANES {
                let a = source_mods::<A, L>(a.at::<A>(i), s, 0, mode);
                let b = source_mods::<B, L>(b.at::<B>(i), s, 1, mode);
                r[i] = 0u32.wrapping_sub(u32::from(f(a, b)));
            }
            let mask = H::signs(&r) & w.exec();
            w.set_s(s.dst, mask);
        }
        Flow::Next
    }
}

struct Carry<F>(PhantomData<F>);

impl<F: Fn(u32, u32, bool) -> (u32, bool) + Copy> Kernel for Carry<F> {
    #[inline(always)]
    unsafe fn go<H: Host>(w: &mut Wave, s: &Slot) -> Flow {
        let f = instance::<F>();
        // SAFETY: the caller's.
        unsafe {
            let a = Source::new::<u32>(w, s, s.a, 0);
            let b = Source::new::<u32>(w, s, s.b, 1);
            let carry = w.s(s.c & !scalar::FLAG);
            let exec = w.exec();
            let mut out = Lanes::ZERO;
            let mut r = Result32::new();
            for i in 0..LANES {
                let (v, c) = f(a.at(i), b.at(i), carry >> i & 1 != 0);
                r.set(i, v);
                out[i] = 0u32.wrapping_sub(u32::from(c));
            }
            let out = H::signs(&out) & exec;
            r.write::<u32, H>(w, s, exec);
            w.set_s(s.dst2, out);
        }
        Flow::Next
    }
}

struct WithMask<D, A, B, C, F, const L: u8>(PhantomData<(D, A, B, C, F)>);

impl<D: Val, A: Val, B: Val, C: Val, F: Fn(A, B, C) -> (D, bool) + Copy, const L: u8> Kernel
    for WithMask<D, A, B, C, F, L>
{
    #[inline(always)]
    unsafe fn go<H: Host>(w: &mut Wave, s: &Slot) -> Flow {
        let f = instance::<F>();
        let mode = w.mode;
        // SAFETY: the caller's.
        unsafe {
            let a = Source::new::<A>(w, s, s.a, 0);
            let b = Source::new::<B>(w, s, s.b, 1);
            let c = Source::new::<C>(w, s, s.c, 2);
            let exec = w.exec();
            let mut out = Lanes::ZERO;
            let mut r = Result32::new();
            for i in 0..LANES {
                let a = source_mods::<A, L>(a.at(i), s, 0, mode);
                let b = source_mods::<B, L>(b.at(i), s, 1, mode);
                let c = source_mods::<C, L>(c.at(i), s, 2, mode);
                let (v, m) = f(a, b, c);
                r.set(i, result_mods::<D, L>(v, s, mode));
                out[i] = 0u32.wrapping_sub(u32::from(m));
            }
            let out = H::signs(&out) & exec;
            r.write::<D, H>(w, s, exec);
            w.set_s(s.dst2, out);
        }
        Flow::Next
    }
}

struct Select<D, F, const L: u8>(PhantomData<(D, F)>);

impl<D: Val, F: Fn(D, D, bool) -> D + Copy, const L: u8> Kernel for Select<D, F, L> {
    #[inline(always)]
    unsafe fn go<H: Host>(w: &mut Wave, s: &Slot) -> Flow {
        let f = instance::<F>();
        let mode = w.mode;
        // SAFETY: the caller's.
        unsafe {
            let a = Source::new::<D>(w, s, s.a, 0);
            let b = Source::new::<D>(w, s, s.b, 1);
            let mask = w.s(s.c & !scalar::FLAG);
            let mut r = Result32::new();
            for i in 0..LANES {
                let a = source_mods::<D, L>(a.at(i), s, 0, mode);
                let b = source_mods::<D, L>(b.at(i), s, 1, mode);
                r.set(i, f(a, b, mask >> i & 1 != 0));
            }
            r.write::<D, H>(w, s, w.exec());
        }
        Flow::Next
    }
}

impl Pick {
    /// `v_div_fmas`: a fused multiply-add that the lane's bit of VCC scales. The builder has put
    /// VCC's index into the second destination.
    pub fn div_fmas<
        T: Val,
        F: Fn(T, T, T, bool) -> T + Copy,
        G: Fn(Mode, T, T, T, bool) -> T + Copy,
    >(
        self,
        _: F,
        _: G,
    ) -> Option<Runs> {
        Some(Runs {
            plain: stamp::<DivFmas<T, F>>(self.cpu),
            modal: baseline::<DivFmasModal<T, G>>,
        })
    }
}

struct DivFmas<T, F>(PhantomData<(T, F)>);

impl<T: Val, F: Fn(T, T, T, bool) -> T + Copy> Kernel for DivFmas<T, F> {
    #[inline(always)]
    unsafe fn go<H: Host>(w: &mut Wave, s: &Slot) -> Flow {
        let f = instance::<F>();
        // SAFETY: the caller's.
        unsafe { div_fmas::<T, H, { level::MODS }>(w, s, |_, a, b, c, on| f(a, b, c, on)) }
    }
}

struct DivFmasModal<T, F>(PhantomData<(T, F)>);

impl<T: Val, F: Fn(Mode, T, T, T, bool) -> T + Copy> Kernel for DivFmasModal<T, F> {
    #[inline(always)]
    unsafe fn go<H: Host>(w: &mut Wave, s: &Slot) -> Flow {
        // SAFETY: the caller's.
        unsafe { div_fmas::<T, H, { level::MODAL }>(w, s, instance::<F>()) }
    }
}

#[inline(always)]
unsafe fn div_fmas<T: Val, H: Host, const L: u8>(
    w: &mut Wave,
    s: &Slot,
    f: impl Fn(Mode, T, T, T, bool) -> T,
) -> Flow {
    let mode = w.mode;
    // SAFETY: the caller's.
    unsafe {
        let a = Source::new::<T>(w, s, s.a, 0);
        let b = Source::new::<T>(w, s, s.b, 1);
        let c = Source::new::<T>(w, s, s.c, 2);
        let vcc = w.s(s.dst2);
        let mut r = Result32::new();
        for i in 0..LANES {
            let a = source_mods::<T, L>(a.at(i), s, 0, mode);
            let b = source_mods::<T, L>(b.at(i), s, 1, mode);
            let c = source_mods::<T, L>(c.at(i), s, 2, mode);
            r.set(
                i,
                result_mods::<T, L>(f(mode, a, b, c, vcc >> i & 1 != 0), s, mode),
            );
        }
        r.write::<T, H>(w, s, w.exec());
    }
    Flow::Next
}
