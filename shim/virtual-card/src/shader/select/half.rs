//! Half precision arithmetic.

use rdna_isa::{Gen, Op};

use super::float::{flavour, maximum, med3, med3_ieee, med3_num, minimum, Float};
use crate::shader::alu::{Pick, Runs};
use crate::shader::approx;
use crate::shader::half::{bf16, to_bf16, Half};
use crate::shader::soft;

fn div_fixup(q: Half, d: Half, n: Half) -> Half {
    let sign = (d.0 ^ n.0) & 0x8000;
    let (dm, nm) = (d.0 & 0x7fff, n.0 & 0x7fff);
    if n.nan() {
        n.quiet()
    } else if d.nan() {
        d.quiet()
    } else if dm == 0 && nm == 0 || dm == 0x7c00 && nm == 0x7c00 {
        Half(0xfe00)
    } else if dm == 0 || nm == 0x7c00 {
        Half(sign | 0x7c00)
    } else if dm == 0x7c00 || nm == 0 {
        Half(sign)
    } else {
        Half(sign | q.0 & 0x7fff)
    }
}

fn ldexp(v: Half, e: i16) -> Half {
    let e = i32::from(e).clamp(-100, 100);
    Half::of(v.f32() * f32::from_bits(((e + 127) as u32) << 23))
}

fn frexp_mant(v: Half) -> Half {
    let f = v.f32();
    if f.is_finite() {
        Half::of(libm::frexpf(f).0)
    } else {
        v
    }
}

fn frexp_exp(v: Half) -> i16 {
    let f = v.f32();
    if f.is_finite() {
        libm::frexpf(f).1 as i16
    } else {
        0
    }
}

/// Picks the kernels of a half operation.
pub fn select(op: Op, p: Pick, gen: Gen) -> Option<Runs> {
    use Op::*;
    match op {
        V_ADD_F16 => p.round2(|a: Half, b: Half| Half::of(a.f32() + b.f32()), soft::add16),
        V_SUB_F16 => p.round2(
            |a: Half, b: Half| Half::of(a.f32() - b.f32()),
            |m, a: Half, b: Half| soft::add16(m, a, Half(b.0 ^ 0x8000)),
        ),
        V_SUBREV_F16 => p.round2(
            |a: Half, b: Half| Half::of(b.f32() - a.f32()),
            |m, a: Half, b: Half| soft::add16(m, b, Half(a.0 ^ 0x8000)),
        ),
        V_MUL_F16 => p.round2(|a: Half, b: Half| Half::of(a.f32() * b.f32()), soft::mul16),
        V_FMA_F16 | V_FMAC_F16 | V_FMAMK_F16 | V_FMAAK_F16 => p.round3(Half::fma, soft::fma16),
        V_MIN_F16 => flavour!(p, gen, seldom2, |min, max, a: Half, b: Half| min(a, b)),
        V_MAX_F16 => flavour!(p, gen, seldom2, |min, max, a: Half, b: Half| max(a, b)),
        V_MIN3_F16 => flavour!(p, gen, seldom3, |min, max, a: Half, b: Half, c: Half| min(
            min(a, b),
            c
        )),
        V_MAX3_F16 => flavour!(p, gen, seldom3, |min, max, a: Half, b: Half, c: Half| max(
            max(a, b),
            c
        )),
        V_MAXMIN_F16 => flavour!(p, gen, seldom3, |min, max, a: Half, b: Half, c: Half| min(
            max(a, b),
            c
        )),
        V_MINMAX_F16 => flavour!(p, gen, seldom3, |min, max, a: Half, b: Half, c: Half| max(
            min(a, b),
            c
        )),
        V_MED3_F16 => {
            if gen == Gen::Gfx12 {
                p.seldom3(med3_num::<Half>)
            } else if p.ieee {
                p.seldom3(med3_ieee::<Half>)
            } else {
                p.seldom3(med3::<Half>)
            }
        }
        V_MINIMUM_F16 => p.seldom2(minimum::<Half>),
        V_MAXIMUM_F16 => p.seldom2(maximum::<Half>),
        V_MINIMUM3_F16 => p.seldom3(|a: Half, b: Half, c: Half| minimum(minimum(a, b), c)),
        V_MAXIMUM3_F16 => p.seldom3(|a: Half, b: Half, c: Half| maximum(maximum(a, b), c)),
        V_MINIMUMMAXIMUM_F16 => p.seldom3(|a: Half, b: Half, c: Half| maximum(minimum(a, b), c)),
        V_MAXIMUMMINIMUM_F16 => p.seldom3(|a: Half, b: Half, c: Half| minimum(maximum(a, b), c)),
        V_TRUNC_F16 => p.seldom1(|a: Half| Half::of(a.f32().trunc())),
        V_CEIL_F16 => p.seldom1(|a: Half| Half::of(a.f32().ceil())),
        V_FLOOR_F16 => p.seldom1(|a: Half| Half::of(a.f32().floor())),
        V_RNDNE_F16 => p.seldom1(|a: Half| Half::of(a.f32().round_ties_even())),
        V_FRACT_F16 => p.seldom1(|a: Half| Half::of(a.f32() - a.f32().floor())),
        V_EXP_F16 => p.seldom1(approx::half::exp2),
        V_LOG_F16 => p.seldom1(approx::half::log2),
        V_RCP_F16 => p.seldom1(approx::half::rcp),
        V_RSQ_F16 => p.seldom1(approx::half::rsq),
        V_SQRT_F16 => p.seldom1(approx::half::sqrt),
        V_SIN_F16 => p.seldom1(approx::half::sin),
        V_COS_F16 => p.seldom1(approx::half::cos),
        V_FREXP_MANT_F16 => p.seldom1(frexp_mant),
        V_FREXP_EXP_I16_F16 => p.seldom1(frexp_exp),
        V_LDEXP_F16 => p.round2(ldexp, |m, a: Half, b: i16| {
            soft::scale16(m, a, i32::from(b))
        }),
        V_DIV_FIXUP_F16 => p.seldom3(div_fixup),
        V_PACK_B32_F16 => p.seldom2(|a: Half, b: Half| u32::from(a.0) | u32::from(b.0) << 16),
        V_DOT2_F16_F16 => p.seldom3(|a: u32, b: u32, c: Half| {
            let h = |v: u32| Half(v as u16);
            Half::fma(h(a >> 16), h(b >> 16), Half::fma(h(a), h(b), c))
        }),
        V_DOT2_BF16_BF16 => p.int3(|a: u32, b: u32, c: u16| {
            let (lo, hi) = (|v: u32| bf16(v & 0xffff), |v: u32| bf16(v >> 16));
            let t = to_bf16(lo(a).mul_add(lo(b), bf16(u32::from(c))));
            to_bf16(hi(a).mul_add(hi(b), bf16(u32::from(t))))
        }),
        _ => None,
    }
}
