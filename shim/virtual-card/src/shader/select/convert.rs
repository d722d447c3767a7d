//! Conversions.
//!
//! Float to integer truncates, saturates, and makes NaN zero.

use rdna_isa::Op;

use crate::shader::alu::{Pick, Runs};
use crate::shader::half::Half;
use crate::shader::soft;

fn snorm(v: f32) -> i16 {
    let v = if v.is_nan() { 0.0 } else { v.clamp(-1.0, 1.0) };
    (v * 32767.0).round_ties_even() as i16
}

fn unorm(v: f32) -> u16 {
    let v = if v.is_nan() { 0.0 } else { v.clamp(0.0, 1.0) };
    (v * 65535.0).round_ties_even() as u16
}

fn pack(lo: u16, hi: u16) -> u32 {
    u32::from(lo) | u32::from(hi) << 16
}

fn sat8(v: i16) -> u16 {
    v.clamp(0, 255) as u16
}

/// fp8 (E4M3: no infinities, NaN is 0x7f) to single.
pub fn fp8(v: u8) -> f32 {
    let sign = if v & 0x80 != 0 { -1.0 } else { 1.0 };
    let (e, m) = (i32::from(v >> 3 & 0xf), f32::from(v & 7));
    if v & 0x7f == 0x7f {
        f32::NAN
    } else if e == 0 {
        sign * m * libm::exp2f(-9.0)
    } else {
        sign * (8.0 + m) * libm::exp2f((e - 10) as f32)
    }
}

/// bf8 (E5M2, as half without its low mantissa) to single.
pub fn bf8(v: u8) -> f32 {
    Half(u16::from(v) << 8).f32()
}

/// Picks the kernels of a conversion.
pub fn select(op: Op, p: Pick) -> Option<Runs> {
    use Op::*;
    match op {
        V_CVT_F32_I32 => p.round1(|a: i32| a as f32, |m, a: i32| soft::int32(m, i64::from(a))),
        V_CVT_F32_U32 => p.round1(|a: u32| a as f32, |m, a: u32| soft::int32(m, i64::from(a))),
        V_CVT_I32_F32 => p.exact1(|a: f32| a as i32),
        V_CVT_U32_F32 => p.exact1(|a: f32| a as u32),
        V_CVT_NEAREST_I32_F32 => p.seldom1(|a: f32| (a + 0.5).floor() as i32),
        V_CVT_FLOOR_I32_F32 => p.seldom1(|a: f32| a.floor() as i32),
        V_CVT_OFF_F32_I4 => p.seldom1(|a: i32| ((a << 28) >> 28) as f32 / 16.0),
        V_CVT_F64_I32 => p.seldom1(|a: i32| f64::from(a)),
        V_CVT_F64_U32 => p.seldom1(|a: u32| f64::from(a)),
        V_CVT_I32_F64 => p.seldom1(|a: f64| a as i32),
        V_CVT_U32_F64 => p.seldom1(|a: f64| a as u32),
        V_CVT_F32_F64 => p.round1(|a: f64| a as f32, soft::narrow),
        V_CVT_F64_F32 => p.seldom1(|a: f32| f64::from(a)),
        V_CVT_F32_UBYTE0 => p.seldom1(|a: u32| (a & 0xff) as f32),
        V_CVT_F32_UBYTE1 => p.seldom1(|a: u32| (a >> 8 & 0xff) as f32),
        V_CVT_F32_UBYTE2 => p.seldom1(|a: u32| (a >> 16 & 0xff) as f32),
        V_CVT_F32_UBYTE3 => p.seldom1(|a: u32| (a >> 24) as f32),
        V_CVT_F16_F32 => p.round1(Half::of, |m, a: f32| soft::half(m, f64::from(a))),
        V_CVT_F32_F16 => p.exact1(Half::f32),
        V_CVT_F16_U16 => p.round1(
            |a: u16| Half::of(f32::from(a)),
            |m, a: u16| soft::half(m, f64::from(a)),
        ),
        V_CVT_F16_I16 => p.round1(
            |a: i16| Half::of(f32::from(a)),
            |m, a: i16| soft::half(m, f64::from(a)),
        ),
        V_CVT_U16_F16 => p.seldom1(|a: Half| a.f32() as u16),
        V_CVT_I16_F16 => p.seldom1(|a: Half| a.f32() as i16),
        V_CVT_NORM_I16_F16 => p.seldom1(|a: Half| snorm(a.f32())),
        V_CVT_NORM_U16_F16 => p.seldom1(|a: Half| unorm(a.f32())),
        V_CVT_I32_I16 => p.int1(|a: i16| i32::from(a)),
        V_CVT_U32_U16 => p.int1(|a: u16| u32::from(a)),
        V_SAT_PK_U8_I16 => p.int1(|a: u32| sat8(a as i16) | sat8((a >> 16) as i16) << 8),
        V_CVT_PK_RTZ_F16_F32 => p.seldom2(|a: f32, b: f32| {
            pack(soft::half_toward_zero(a).0, soft::half_toward_zero(b).0)
        }),
        V_CVT_PK_I16_F32 => p.seldom2(|a: f32, b: f32| pack(a as i16 as u16, b as i16 as u16)),
        V_CVT_PK_U16_F32 => p.seldom2(|a: f32, b: f32| pack(a as u16, b as u16)),
        V_CVT_PK_NORM_I16_F32 => p.seldom2(|a: f32, b: f32| pack(snorm(a) as u16, snorm(b) as u16)),
        V_CVT_PK_NORM_U16_F32 => p.seldom2(|a: f32, b: f32| pack(unorm(a), unorm(b))),
        V_CVT_PK_NORM_I16_F16 => {
            p.seldom2(|a: Half, b: Half| pack(snorm(a.f32()) as u16, snorm(b.f32()) as u16))
        }
        V_CVT_PK_NORM_U16_F16 => p.seldom2(|a: Half, b: Half| pack(unorm(a.f32()), unorm(b.f32()))),
        V_CVT_PK_U16_U32 => {
            p.int2(|a: u32, b: u32| pack(a.min(0xffff) as u16, b.min(0xffff) as u16))
        }
        V_CVT_PK_I16_I32 => p.int2(|a: i32, b: i32| {
            pack(
                a.clamp(-0x8000, 0x7fff) as u16,
                b.clamp(-0x8000, 0x7fff) as u16,
            )
        }),
        V_CVT_PK_U8_F32 => p.seldom3(|a: f32, b: u32, c: u32| {
            let shift = 8 * (b & 3);
            c & !(0xff << shift) | u32::from(a.round_ties_even() as u8) << shift
        }),
        V_CVT_PK_F32_FP8 => p.int1(|a: u16| {
            u64::from(fp8(a as u8).to_bits()) | u64::from(fp8((a >> 8) as u8).to_bits()) << 32
        }),
        V_CVT_PK_F32_BF8 => p.int1(|a: u16| {
            u64::from(bf8(a as u8).to_bits()) | u64::from(bf8((a >> 8) as u8).to_bits()) << 32
        }),
        _ => None,
    }
}
