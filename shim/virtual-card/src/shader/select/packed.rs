//! Packed 16-bit arithmetic, dot products of bytes, and mixed-precision multiply-add.

use std::marker::PhantomData;

use rdna_isa::{Gen, Op};

use super::convert::{bf8, fp8};
use super::float::{max, max_ieee, max_num, maximum, min, min_ieee, min_num, minimum};
use crate::shader::alu::{Pick, Runs, Source, Val};
use crate::shader::half::Half;
use crate::shader::lanes::{baseline, instance, stamp, write, Host, Kernel, Lanes, LANES};
use crate::shader::program::Slot;
use crate::shader::soft;
use crate::shader::wave::{Flow, Mode, Wave};

/// One operation on both halves; op_sel says which half of a source the low result reads,
/// op_sel_hi which the high one. Negation is per source and half.
struct Packed<T, F, const N: usize, const MODAL: bool>(PhantomData<(T, F)>);

#[inline(always)]
fn half_of<T: Val>(v: u32, high: bool, negate: bool, mode: Option<Mode>) -> T {
    let h = T::get(if high { v >> 16 } else { v & 0xffff }, 0);
    let h = if negate { h.neg() } else { h };
    match mode {
        Some(m) => h.flush_in(m),
        None => h,
    }
}

impl<T: Val, F: Fn(Mode, T, T, T) -> T + Copy, const N: usize, const MODAL: bool> Kernel
    for Packed<T, F, N, MODAL>
{
    #[inline(always)]
    unsafe fn go<H: Host>(w: &mut Wave, s: &Slot) -> Flow {
        let f = instance::<F>();
        let mode = w.mode;
        let flush = MODAL.then_some(mode);
        // SAFETY: the caller's.
        unsafe {
            let a = Source::new::<u32>(w, s, s.a, 0);
            let b = Source::new::<u32>(w, s, s.b, 1);
            let c = if N == 3 {
                Source::new::<u32>(w, s, s.c, 2)
            } else {
                b
            };
            let mut r = Lanes::ZERO;
            for i in 0..LANES {
                let (a, b, c): (u32, u32, u32) = (a.at(i), b.at(i), c.at(i));
                let lo = f(
                    mode,
                    half_of(a, s.sel(0), s.neg(0), flush),
                    half_of(b, s.sel(1), s.neg(1), flush),
                    half_of(c, s.sel(2), s.neg(2), flush),
                );
                let hi = f(
                    mode,
                    half_of(a, s.sel_hi(0), s.abs(0), flush),
                    half_of(b, s.sel_hi(1), s.abs(1), flush),
                    half_of(c, s.sel_hi(2), s.abs(2), flush),
                );
                let (lo, hi) = if MODAL {
                    (lo.flush_out(mode), hi.flush_out(mode))
                } else {
                    (lo, hi)
                };
                let lo = lo.finish(s, mode).put().0;
                let hi = hi.finish(s, mode).put().0;
                r[i] = lo & 0xffff | hi << 16;
            }
            write::<H>(w, s.dst, &r, w.exec());
        }
        Flow::Next
    }
}

fn pk2<T: Val, F: Fn(Mode, T, T, T) -> T + Copy>(p: Pick, _: F) -> Option<Runs> {
    Some(Runs {
        plain: stamp::<Packed<T, F, 2, false>>(p.cpu),
        modal: baseline::<Packed<T, F, 2, true>>,
    })
}

fn pk3<T: Val, F: Fn(Mode, T, T, T) -> T + Copy>(p: Pick, _: F) -> Option<Runs> {
    Some(Runs {
        plain: stamp::<Packed<T, F, 3, false>>(p.cpu),
        modal: baseline::<Packed<T, F, 3, true>>,
    })
}

/// A rounding half operation: the closure for the plain mode and that for any.
fn pkf<
    F: Fn(Mode, Half, Half, Half) -> Half + Copy,
    G: Fn(Mode, Half, Half, Half) -> Half + Copy,
>(
    p: Pick,
    _: F,
    _: G,
) -> Option<Runs> {
    Some(Runs {
        plain: stamp::<Packed<Half, F, 3, false>>(p.cpu),
        modal: baseline::<Packed<Half, G, 3, true>>,
    })
}

/// `v_fma_mix`: sources are singles, or halves where op_sel_hi says so.
struct Mix<const TO: u8, const MODAL: bool>;

const TO_F32: u8 = 0;
const TO_LOW: u8 = 1;
const TO_HIGH: u8 = 2;

impl<const TO: u8, const MODAL: bool> Kernel for Mix<TO, MODAL> {
    #[inline(always)]
    unsafe fn go<H: Host>(w: &mut Wave, s: &Slot) -> Flow {
        let mode = w.mode;
        let input = |v: u32, i: u32| {
            let x = if s.sel_hi(i) {
                let h = Half((if s.sel(i) { v >> 16 } else { v }) as u16);
                (if MODAL { h.flush_in(mode) } else { h }).f32()
            } else {
                let x = f32::from_bits(v);
                if MODAL {
                    x.flush_in(mode)
                } else {
                    x
                }
            };
            let x = if s.abs(i) { x.abs() } else { x };
            if s.neg(i) {
                Val::neg(x)
            } else {
                x
            }
        };
        // SAFETY: the caller's.
        unsafe {
            let a = Source::new::<u32>(w, s, s.a, 0);
            let b = Source::new::<u32>(w, s, s.b, 1);
            let c = Source::new::<u32>(w, s, s.c, 2);
            let mut r = Lanes::ZERO;
            let old = w.value(s.dst);
            for i in 0..LANES {
                let (a, b, c) = (input(a.at(i), 0), input(b.at(i), 1), input(c.at(i), 2));
                if TO == TO_F32 {
                    let v = if MODAL {
                        soft::fma32(mode, a, b, c).flush_out(mode)
                    } else {
                        a.mul_add(b, c)
                    };
                    r[i] = v.finish(s, mode).to_bits();
                } else {
                    // One rounding, to half.
                    let v = if MODAL {
                        soft::half(mode, wide_fma(a, b, c)).flush_out(mode)
                    } else {
                        Half::of_f64(wide_fma(a, b, c))
                    };
                    let v = u32::from(v.finish(s, mode).0);
                    r[i] = if TO == TO_LOW {
                        old[i] & 0xffff_0000 | v
                    } else {
                        old[i] & 0xffff | v << 16
                    };
                }
            }
            write::<H>(w, s.dst, &r, w.exec());
        }
        Flow::Next
    }
}

/// `a * b + c` in double precision, rounded to odd: the product of two singles is exact.
#[inline(always)]
fn wide_fma(a: f32, b: f32, c: f32) -> f64 {
    crate::shader::half::add_odd(f64::from(a) * f64::from(b), f64::from(c))
}

/// Dot products of integers; the negation bits say that a source is signed.
struct DotInt<const BITS: u32>;

impl<const BITS: u32> Kernel for DotInt<BITS> {
    #[inline(always)]
    unsafe fn go<H: Host>(w: &mut Wave, s: &Slot) -> Flow {
        let element = |v: u32, k: u32, signed: bool| {
            let v = v << (32 - BITS * (k + 1));
            if signed {
                i64::from(v as i32 >> (32 - BITS))
            } else {
                i64::from(v >> (32 - BITS))
            }
        };
        // SAFETY: the caller's.
        unsafe {
            let a = Source::new::<u32>(w, s, s.a, 0);
            let b = Source::new::<u32>(w, s, s.b, 1);
            let c = Source::new::<u32>(w, s, s.c, 2);
            let mut r = Lanes::ZERO;
            for i in 0..LANES {
                let (a, b, c): (u32, u32, u32) = (a.at(i), b.at(i), c.at(i));
                let mut sum = i64::from(c as i32);
                for k in 0..32 / BITS {
                    sum += element(a, k, s.neg(0)) * element(b, k, s.neg(1));
                }
                r[i] = if s.clamp() {
                    sum.clamp(i64::from(i32::MIN), i64::from(i32::MAX)) as u32
                } else {
                    sum as u32
                };
            }
            write::<H>(w, s.dst, &r, w.exec());
        }
        Flow::Next
    }
}

fn dot_u(a: u32, b: u32, c: u32, bits: u32) -> u64 {
    let mask = (1 << bits) - 1;
    let mut sum = u64::from(c);
    for k in 0..32 / bits {
        sum += u64::from(a >> (k * bits) & mask) * u64::from(b >> (k * bits) & mask);
    }
    sum
}

/// Products of small floats are exact in single; sums round at each step.
fn dot_f8(a: u32, b: u32, c: f32, f: fn(u8) -> f32, g: fn(u8) -> f32) -> f32 {
    (0..4).fold(c, |sum, k| {
        f((a >> (8 * k)) as u8).mul_add(g((b >> (8 * k)) as u8), sum)
    })
}

fn round16(v: f32) -> Half {
    Half::of(v)
}

/// Picks the kernels of a packed operation.
pub fn select(op: Op, p: Pick, gen: Gen) -> Option<Runs> {
    use Op::*;
    if p.clamp {
        match op {
            V_PK_ADD_I16 => return pk2(p, |_, a: i16, b: i16, _| a.saturating_add(b)),
            V_PK_SUB_I16 => return pk2(p, |_, a: i16, b: i16, _| a.saturating_sub(b)),
            V_PK_ADD_U16 => return pk2(p, |_, a: u16, b: u16, _| a.saturating_add(b)),
            V_PK_SUB_U16 => return pk2(p, |_, a: u16, b: u16, _| a.saturating_sub(b)),
            V_PK_MAD_I16 => {
                return pk3(p, |_, a: i16, b: i16, c: i16| {
                    (i64::from(a) * i64::from(b) + i64::from(c)).clamp(-0x8000, 0x7fff) as i16
                })
            }
            V_PK_MAD_U16 => {
                return pk3(p, |_, a: u16, b: u16, c: u16| {
                    (u64::from(a) * u64::from(b) + u64::from(c)).min(0xffff) as u16
                })
            }
            V_DOT4_U32_U8 => {
                return p.int3(|a: u32, b: u32, c: u32| dot_u(a, b, c, 8).min(0xffff_ffff) as u32)
            }
            V_DOT8_U32_U4 => {
                return p.int3(|a: u32, b: u32, c: u32| dot_u(a, b, c, 4).min(0xffff_ffff) as u32)
            }
            _ => {}
        }
    }
    match op {
        V_PK_MAD_I16 | V_PK_MAD_U16 => pk3(p, |_, a: u16, b: u16, c: u16| {
            a.wrapping_mul(b).wrapping_add(c)
        }),
        V_PK_MUL_LO_U16 => pk2(p, |_, a: u16, b: u16, _| a.wrapping_mul(b)),
        V_PK_ADD_I16 | V_PK_ADD_U16 => pk2(p, |_, a: u16, b: u16, _| a.wrapping_add(b)),
        V_PK_SUB_I16 | V_PK_SUB_U16 => pk2(p, |_, a: u16, b: u16, _| a.wrapping_sub(b)),
        V_PK_LSHLREV_B16 => pk2(p, |_, a: u16, b: u16, _| b << (a & 15)),
        V_PK_LSHRREV_B16 => pk2(p, |_, a: u16, b: u16, _| b >> (a & 15)),
        V_PK_ASHRREV_I16 => pk2(p, |_, a: i16, b: i16, _| b >> (a & 15)),
        V_PK_MAX_I16 => pk2(p, |_, a: i16, b: i16, _| a.max(b)),
        V_PK_MIN_I16 => pk2(p, |_, a: i16, b: i16, _| a.min(b)),
        V_PK_MAX_U16 => pk2(p, |_, a: u16, b: u16, _| a.max(b)),
        V_PK_MIN_U16 => pk2(p, |_, a: u16, b: u16, _| a.min(b)),
        V_PK_ADD_F16 => pkf(
            p,
            |_, a, b, _| round16(a.f32() + b.f32()),
            |m, a, b, _| soft::add16(m, a, b),
        ),
        V_PK_MUL_F16 => pkf(
            p,
            |_, a, b, _| round16(a.f32() * b.f32()),
            |m, a, b, _| soft::mul16(m, a, b),
        ),
        V_PK_FMA_F16 | V_PK_FMAC_F16 => pkf(p, |_, a, b, c| Half::fma(a, b, c), soft::fma16),
        V_PK_MIN_F16 => match (gen, p.ieee) {
            (Gen::Gfx12, _) => pk2(p, |_, a: Half, b: Half, _| min_num(a, b)),
            (Gen::Gfx11, true) => pk2(p, |_, a: Half, b: Half, _| min_ieee(a, b)),
            (Gen::Gfx11, false) => pk2(p, |_, a: Half, b: Half, _| min(a, b)),
        },
        V_PK_MAX_F16 => match (gen, p.ieee) {
            (Gen::Gfx12, _) => pk2(p, |_, a: Half, b: Half, _| max_num(a, b)),
            (Gen::Gfx11, true) => pk2(p, |_, a: Half, b: Half, _| max_ieee(a, b)),
            (Gen::Gfx11, false) => pk2(p, |_, a: Half, b: Half, _| max(a, b)),
        },
        V_PK_MINIMUM_F16 => pk2(p, |_, a: Half, b: Half, _| minimum(a, b)),
        V_PK_MAXIMUM_F16 => pk2(p, |_, a: Half, b: Half, _| maximum(a, b)),
        V_FMA_MIX_F32 => Some(Runs {
            plain: stamp::<Mix<TO_F32, false>>(p.cpu),
            modal: baseline::<Mix<TO_F32, true>>,
        }),
        V_FMA_MIXLO_F16 => Some(Runs {
            plain: stamp::<Mix<TO_LOW, false>>(p.cpu),
            modal: baseline::<Mix<TO_LOW, true>>,
        }),
        V_FMA_MIXHI_F16 => Some(Runs {
            plain: stamp::<Mix<TO_HIGH, false>>(p.cpu),
            modal: baseline::<Mix<TO_HIGH, true>>,
        }),
        V_DOT4_I32_IU8 => Some(Runs::same(stamp::<DotInt<8>>(p.cpu))),
        V_DOT8_I32_IU4 => Some(Runs::same(stamp::<DotInt<4>>(p.cpu))),
        V_DOT4_U32_U8 => p.int3(|a: u32, b: u32, c: u32| dot_u(a, b, c, 8) as u32),
        V_DOT8_U32_U4 => p.int3(|a: u32, b: u32, c: u32| dot_u(a, b, c, 4) as u32),
        V_DOT4_F32_FP8_BF8 => p.int3(|a: u32, b: u32, c: f32| dot_f8(a, b, c, fp8, bf8)),
        V_DOT4_F32_BF8_FP8 => p.int3(|a: u32, b: u32, c: f32| dot_f8(a, b, c, bf8, fp8)),
        V_DOT4_F32_FP8_FP8 => p.int3(|a: u32, b: u32, c: f32| dot_f8(a, b, c, fp8, fp8)),
        V_DOT4_F32_BF8_BF8 => p.int3(|a: u32, b: u32, c: f32| dot_f8(a, b, c, bf8, bf8)),
        _ => None,
    }
}
