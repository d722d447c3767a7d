//! Kernels of vector arithmetic: typed lane values, source and result modifiers, and the loops.
//!
//! An operation is given as a closure over typed lane values; the types say how many registers an
//! operand has and what modifiers mean for it. Each kernel exists without modifiers, with them,
//! and for a MODE other than the plain one, where denormals are flushed as MODE says and closures
//! that round take MODE as their first argument.

use std::marker::PhantomData;

use crate::shader::lanes::{
    baseline, instance, opaque, stamp, write, Cpu, Host, Kernel, Lanes, Run, LANES,
};
use crate::shader::program::Slot;
use crate::shader::wave::{scalar, Flow, Mode, Wave};

mod masks;
mod value;

pub use value::{flush32, Val};

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
}
