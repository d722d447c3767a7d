//! Kernels that read or write lane masks: comparisons, carries, selections, `v_div_fmas`.

use std::marker::PhantomData;

use super::{
    level, result_mods, source_mods, two, Pick, Result32, Runs, Source, Val, BASELINE_PLAIN,
};
use crate::shader::lanes::{baseline, instance, stamp, Host, Kernel, Lanes, LANES};
use crate::shader::program::Slot;
use crate::shader::wave::{scalar, Flow, Mode, Wave};

impl Pick {
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
