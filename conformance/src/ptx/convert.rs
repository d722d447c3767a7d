//! `cvt` (PTX ISA, section 9.7.9.21) by source and result type.
//!
//! A conversion is chosen once; what depends on rounding and saturation is in the choice, so that a
//! form that is not here is refused when the text is read.

use super::float::{f16_in, f16_out, f32_in, f32_out, f64_in, f64_out, saturate};
use super::integer::{cut, sext};

/// A type as `cvt` names it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Ty {
    Int { bits: u32, signed: bool },
    F16,
    F32,
    F64,
}

impl Ty {
    pub(super) fn parse(name: &str) -> Option<Ty> {
        let int = |bits, signed| Some(Ty::Int { bits, signed });
        match name {
            "u8" => int(8, false),
            "u16" => int(16, false),
            "u32" => int(32, false),
            "u64" => int(64, false),
            "s8" => int(8, true),
            "s16" => int(16, true),
            "s32" => int(32, true),
            "s64" => int(64, true),
            "f16" => Some(Ty::F16),
            "f32" => Some(Ty::F32),
            "f64" => Some(Ty::F64),
            _ => None,
        }
    }

    pub(super) fn bits(self) -> u32 {
        match self {
            Ty::Int { bits, .. } => bits,
            Ty::F16 => 16,
            Ty::F32 => 32,
            Ty::F64 => 64,
        }
    }
}

/// Chooses a conversion by its suffixes other than the types.
///
/// Errors: what is not known of it.
pub(super) fn choose(to: Ty, from: Ty, suffixes: &[&str]) -> Result<fn(u64) -> u64, String> {
    let (mut rounding, mut ftz, mut sat) = ("", false, false);
    for &suffix in suffixes {
        match suffix {
            "rn" | "rz" | "rm" | "rp" | "rni" | "rzi" | "rmi" | "rpi" if rounding.is_empty() => {
                rounding = suffix
            }
            "ftz" => ftz = true,
            "sat" => sat = true,
            other => return Err(format!("suffix .{other}")),
        }
    }
    if ftz && from != Ty::F32 && to != Ty::F32 {
        return Err(".ftz without f32".into());
    }
    let chosen: Option<fn(u64) -> u64> = match (to, from) {
        (Ty::Int { .. }, Ty::Int { .. }) if !rounding.is_empty() => None,
        (Ty::Int { bits, signed }, Ty::Int { bits: b, signed: s }) => {
            int_to_int(bits, signed, b, s, sat)
        }
        (Ty::Int { bits, signed }, _) => float_to_int(bits, signed, from, rounding, ftz),
        (_, Ty::Int { bits, signed }) if rounding == "rn" && !sat => int_to_float(to, bits, signed),
        (Ty::F32, Ty::F32) => f32_to_f32(rounding, ftz, sat),
        _ if sat => None,
        (Ty::F16 | Ty::F64, _) if to == from => same_type(to, rounding),
        _ => float_to_float(to, from, rounding, ftz),
    };
    chosen.ok_or_else(|| format!("cvt from {from:?} to {to:?} with {suffixes:?}"))
}

/// Between float types: narrowing rounds, widening is exact.
fn float_to_float(to: Ty, from: Ty, rounding: &str, ftz: bool) -> Option<fn(u64) -> u64> {
    Some(match (to, from, rounding, ftz) {
        (Ty::F16, Ty::F32, "rn", true) => |a| f16_out(f32_in::<true>(a).into()),
        (Ty::F16, Ty::F32, "rn", false) => |a| f16_out(f32_in::<false>(a).into()),
        (Ty::F16, Ty::F64, "rn", false) => |a| f16_out(f64_in(a)),
        (Ty::F32, Ty::F64, "rn", true) => |a| f32_out::<true>(f64_in(a) as f32),
        (Ty::F32, Ty::F64, "rn", false) => |a| f32_out::<false>(f64_in(a) as f32),
        (Ty::F32, Ty::F16, "", false) => |a| f32_out::<false>(f16_in(a) as f32),
        (Ty::F64, Ty::F16, "", false) => |a| f64_out(f16_in(a)),
        (Ty::F64, Ty::F32, "", true) => |a| f64_out(f32_in::<true>(a).into()),
        (Ty::F64, Ty::F32, "", false) => |a| f64_out(f32_in::<false>(a).into()),
        _ => return None,
    })
}

/// To integral values.
fn same_type(ty: Ty, rounding: &str) -> Option<fn(u64) -> u64> {
    Some(match (ty, rounding) {
        (Ty::F16, "rni") => |a| f16_out(libm::rint(f16_in(a))),
        (Ty::F16, "rzi") => |a| f16_out(f16_in(a).trunc()),
        (Ty::F16, "rmi") => |a| f16_out(f16_in(a).floor()),
        (Ty::F16, "rpi") => |a| f16_out(f16_in(a).ceil()),
        (Ty::F64, "rni") => |a| f64_out(libm::rint(f64_in(a))),
        (Ty::F64, "rzi") => |a| f64_out(f64_in(a).trunc()),
        (Ty::F64, "rmi") => |a| f64_out(f64_in(a).floor()),
        (Ty::F64, "rpi") => |a| f64_out(f64_in(a).ceil()),
        _ => return None,
    })
}

fn f32_to_f32(rounding: &str, ftz: bool, sat: bool) -> Option<fn(u64) -> u64> {
    fn with<const FTZ: bool>(rounding: &str, sat: bool) -> Option<fn(u64) -> u64> {
        Some(match (rounding, sat) {
            ("rni", false) => |a| f32_out::<FTZ>(libm::rintf(f32_in::<FTZ>(a))),
            ("rzi", false) => |a| f32_out::<FTZ>(f32_in::<FTZ>(a).trunc()),
            ("rmi", false) => |a| f32_out::<FTZ>(f32_in::<FTZ>(a).floor()),
            ("rpi", false) => |a| f32_out::<FTZ>(f32_in::<FTZ>(a).ceil()),
            ("", true) => |a| f32_out::<FTZ>(saturate(f32_in::<FTZ>(a))),
            ("", false) if FTZ => |a| f32_out::<FTZ>(f32_in::<FTZ>(a)),
            _ => return None,
        })
    }
    match ftz {
        true => with::<true>(rounding, sat),
        false => with::<false>(rounding, sat),
    }
}

/// The result may stand in a wider register: it is sign or zero extended to 64 bits of which the
/// register takes its own.
fn int_to_int(
    to: u32,
    to_signed: bool,
    from: u32,
    from_signed: bool,
    sat: bool,
) -> Option<fn(u64) -> u64> {
    fn value<const W: u32, const S: bool>(a: u64) -> i128 {
        match S {
            true => sext::<W>(a).into(),
            false => cut::<W>(a).into(),
        }
    }
    fn narrow<const W: u32, const S: bool>(x: i128) -> u64 {
        match S {
            true => sext::<W>(x as u64) as u64,
            false => cut::<W>(x as u64),
        }
    }
    fn clamp<const W: u32, const S: bool>(x: i128) -> u64 {
        let (low, high) = match S {
            true => (-(1i128 << (W - 1)), (1i128 << (W - 1)) - 1),
            false => (0, (1i128 << W) - 1),
        };
        narrow::<W, S>(x.clamp(low, high))
    }
    macro_rules! pick {
        ($f:ident) => {
            pick!($f, [8 16 32 64])
        };
        ($f:ident, [$($to:literal)*]) => {
            match (to, to_signed) {
                $(
                    ($to, true) => pick!(@from $f::<$to, true>),
                    ($to, false) => pick!(@from $f::<$to, false>),
                )*
                _ => None,
            }
        };
        (@from $($f:tt)*) => {
            match (from, from_signed) {
                (8, true) => Some((|a| $($f)*(value::<8, true>(a))) as fn(u64) -> u64),
                (8, false) => Some(|a| $($f)*(value::<8, false>(a))),
                (16, true) => Some(|a| $($f)*(value::<16, true>(a))),
                (16, false) => Some(|a| $($f)*(value::<16, false>(a))),
                (32, true) => Some(|a| $($f)*(value::<32, true>(a))),
                (32, false) => Some(|a| $($f)*(value::<32, false>(a))),
                (64, true) => Some(|a| $($f)*(value::<64, true>(a))),
                (64, false) => Some(|a| $($f)*(value::<64, false>(a))),
                _ => None,
            }
        };
    }
    match sat {
        false => pick!(narrow),
        true => pick!(clamp),
    }
}

/// Saturates, whether `.sat` is there or not. NaN becomes 0, but the highest bit alone where either
/// side has 64 bits.
fn float_to_int(
    bits: u32,
    signed: bool,
    from: Ty,
    rounding: &str,
    ftz: bool,
) -> Option<fn(u64) -> u64> {
    macro_rules! ints {
        ($read:expr, $round:expr, $wide:literal) => {{
            fn rounded<const BITS: u32>(a: u64, number: impl Fn(f64) -> u64) -> u64 {
                let x: f64 = $round($read(a));
                match x.is_nan() {
                    true => u64::from($wide || BITS == 64) << (BITS - 1),
                    false => number(x),
                }
            }
            match (bits, signed) {
                (16, true) => {
                    Some((|a| rounded::<16>(a, |x| x as i16 as u16 as u64)) as fn(u64) -> u64)
                }
                (16, false) => Some(|a| rounded::<16>(a, |x| x as u16 as u64)),
                (32, true) => Some(|a| rounded::<32>(a, |x| x as i32 as u32 as u64)),
                (32, false) => Some(|a| rounded::<32>(a, |x| x as u32 as u64)),
                (64, true) => Some(|a| rounded::<64>(a, |x| x as i64 as u64)),
                (64, false) => Some(|a| rounded::<64>(a, |x| x as u64)),
                _ => None,
            }
        }};
    }
    macro_rules! rounded {
        ($read:expr, $wide:literal) => {
            match rounding {
                "rzi" => ints!($read, f64::trunc, $wide),
                "rni" => ints!($read, libm::rint, $wide),
                "rmi" => ints!($read, f64::floor, $wide),
                "rpi" => ints!($read, f64::ceil, $wide),
                _ => None,
            }
        };
    }
    match from {
        Ty::F16 => rounded!(f16_in, false),
        Ty::F32 if ftz => rounded!(|a| f64::from(f32_in::<true>(a)), false),
        Ty::F32 => rounded!(|a| f64::from(f32_in::<false>(a)), false),
        Ty::F64 => rounded!(f64_in, true),
        Ty::Int { .. } => None,
    }
}

fn int_to_float(to: Ty, bits: u32, signed: bool) -> Option<fn(u64) -> u64> {
    macro_rules! from {
        ($out:expr) => {
            match (bits, signed) {
                (8, true) => Some((|a| $out(sext::<8>(a).into())) as fn(u64) -> u64),
                (8, false) => Some(|a| $out(cut::<8>(a).into())),
                (16, true) => Some(|a| $out(sext::<16>(a).into())),
                (16, false) => Some(|a| $out(cut::<16>(a).into())),
                (32, true) => Some(|a| $out(sext::<32>(a).into())),
                (32, false) => Some(|a| $out(cut::<32>(a).into())),
                (64, true) => Some(|a| $out(sext::<64>(a).into())),
                (64, false) => Some(|a| $out(a.into())),
                _ => None,
            }
        };
    }
    match to {
        Ty::F32 => from!(|x: i128| f32_out::<false>(x as f32)),
        Ty::F64 => from!(|x: i128| f64_out(x as f64)),
        Ty::F16 => from!(to_f16),
        Ty::Int { .. } => None,
    }
}

/// Integers beyond 2^53 are far outside of f16, so that the first rounding changes nothing.
fn to_f16(x: i128) -> u64 {
    f16_out(x as f64)
}
