//! Arithmetic, of integers, floats and bits: the operation and its type choose a function.
//!
//! The functions are those of `integer`, `float` and `approx`; here is which of them the document
//! has (PTX ISA, sections 9.7.1, 9.7.3, 9.7.4 and 9.7.8), with which suffixes.

use super::super::approx::{Approx, Function};
use super::super::inst::{Op, Source, Truth};
use super::super::parse::Operand;
use super::super::{float, integer as int};
use super::operands::{Map1, Map3};
use super::{bits_of, Decoded, Decoder, Suffixes};

/// Integer instructions that exist in three widths.
macro_rules! widths {
    ($ty:expr, $f:ident) => {
        match $ty {
            "u16" | "s16" | "b16" => int::$f::<16>,
            "u32" | "s32" | "b32" => int::$f::<32>,
            "u64" | "s64" | "b64" => int::$f::<64>,
            other => return Err(format!("type .{other}")),
        }
    };
    ($ty:expr, $unsigned:ident, $signed:ident) => {
        match $ty {
            "u16" => int::$unsigned::<16>,
            "u32" => int::$unsigned::<32>,
            "u64" => int::$unsigned::<64>,
            "s16" => int::$signed::<16>,
            "s32" => int::$signed::<32>,
            "s64" => int::$signed::<64>,
            other => return Err(format!("type .{other}")),
        }
    };
    // Integers by their sign, and bits as unsigned.
    ($ty:expr, $unsigned:ident, $signed:ident, bits) => {
        match $ty {
            "b16" => int::$unsigned::<16>,
            "b32" => int::$unsigned::<32>,
            "b64" => int::$unsigned::<64>,
            ty => widths!(ty, $unsigned, $signed),
        }
    };
}

/// An f32 instruction with or without `.ftz`.
macro_rules! ftz {
    ($ftz:expr, $f:ident) => {
        match $ftz {
            true => float::$f::<true>,
            false => float::$f::<false>,
        }
    };
}

impl Decoder<'_> {
    pub(super) fn arithmetic(
        &self,
        base: &str,
        mut s: Suffixes<'_>,
        x: &[Operand<'_>],
    ) -> Decoded<Op> {
        let ty = s.ty()?;
        match ty {
            "f16" | "f16x2" | "f32" | "f64" => return self.float(base, ty, s, x),
            _ => {}
        }
        let w = bits_of(ty)?;
        if base == "mul" || base == "mad" {
            let mode = s.one_of(&["lo", "hi", "wide"]);
            s.done()?;
            let wide = 2 * w;
            return match (base, mode) {
                ("mul", Some("lo")) => self.map2(widths!(ty, mul_lo), w, [w; 2], x),
                ("mul", Some("hi")) => self.map2(widths!(ty, mul_hi_u, mul_hi_s), w, [w; 2], x),
                ("mul", Some("wide")) if w < 64 => {
                    self.map2(widths!(ty, mul_wide_u, mul_wide_s), wide, [w; 2], x)
                }
                ("mad", Some("lo")) => self.map3(widths!(ty, mad_lo), w, [w; 3], x),
                ("mad", Some("hi")) => self.map3(widths!(ty, mad_hi_u, mad_hi_s), w, [w; 3], x),
                ("mad", Some("wide")) if w < 64 => {
                    self.map3(widths!(ty, mad_wide_u, mad_wide_s), wide, [w, w, wide], x)
                }
                _ => Err("this half of the product".into()),
            };
        }
        s.done()?;
        match base {
            "add" => self.map2(widths!(ty, add), w, [w; 2], x),
            "sub" => self.map2(widths!(ty, sub), w, [w; 2], x),
            "div" => self.map2(widths!(ty, div_u, div_s), w, [w; 2], x),
            "rem" => self.map2(widths!(ty, rem_u, rem_s), w, [w; 2], x),
            "min" => self.map2(widths!(ty, min_u, min_s), w, [w; 2], x),
            "max" => self.map2(widths!(ty, max_u, max_s), w, [w; 2], x),
            "neg" if ty.starts_with('s') => self.map1(widths!(ty, neg), w, w, x),
            "abs" if ty.starts_with('s') => self.map1(widths!(ty, abs), w, w, x),
            _ => Err(format!("type .{ty}")),
        }
    }

    fn float(&self, base: &str, ty: &str, mut s: Suffixes<'_>, x: &[Operand<'_>]) -> Decoded<Op> {
        let ftz = ty == "f32" && s.take("ftz");
        // Without `.rn` the compiler may fuse; results then only get better.
        let rn = s.take("rn");
        let sat = s.take("sat");
        let approx = s.one_of(&["approx", "full"]);
        s.done()?;
        let w = bits_of(ty)?;
        if let Some(kind) = approx {
            let function = match kind {
                "approx" => Function::Div,
                _ => Function::DivFull,
            };
            if (base, ty, rn || sat) != ("div", "f32", false) {
                return Err(format!(".{kind}"));
            }
            let (d, args) = self.computed(32, [32; 2], x)?;
            return Ok(Op::Approx(Approx { function, ftz }, d, args));
        }
        if sat {
            return match (base, ty) {
                ("add", "f32") => self.map2(ftz!(ftz, add32_sat), w, [w; 2], x),
                ("sub", "f32") => self.map2(ftz!(ftz, sub32_sat), w, [w; 2], x),
                ("mul", "f32") => self.map2(ftz!(ftz, mul32_sat), w, [w; 2], x),
                ("fma", "f32") if rn => self.map3(ftz!(ftz, fma32_sat), w, [w; 3], x),
                _ => Err(".sat".into()),
            };
        }
        match (base, ty) {
            ("add", "f32") => self.map2(ftz!(ftz, add32), w, [w; 2], x),
            ("sub", "f32") => self.map2(ftz!(ftz, sub32), w, [w; 2], x),
            ("mul", "f32") => self.map2(ftz!(ftz, mul32), w, [w; 2], x),
            ("fma", "f32") if rn => self.map3(ftz!(ftz, fma32), w, [w; 3], x),
            ("div", "f32") if rn => self.map2(ftz!(ftz, div32), w, [w; 2], x),
            ("add", "f64") => self.map2(float::add64, w, [w; 2], x),
            ("sub", "f64") => self.map2(float::sub64, w, [w; 2], x),
            ("mul", "f64") => self.map2(float::mul64, w, [w; 2], x),
            ("fma", "f64") if rn => self.map3(float::fma64, w, [w; 3], x),
            ("div", "f64") if rn => self.map2(float::div64, w, [w; 2], x),
            ("add", "f16") => self.map2(float::add16, w, [w; 2], x),
            ("sub", "f16") => self.map2(float::sub16, w, [w; 2], x),
            ("mul", "f16") => self.map2(float::mul16, w, [w; 2], x),
            ("fma", "f16") if rn => self.map3(float::fma16, w, [w; 3], x),
            ("add", "f16x2") => self.map2(float::add16x2, w, [w; 2], x),
            ("sub", "f16x2") => self.map2(float::sub16x2, w, [w; 2], x),
            ("mul", "f16x2") => self.map2(float::mul16x2, w, [w; 2], x),
            ("fma", "f16x2") if rn => self.map3(float::fma16x2, w, [w; 3], x),
            _ if rn => Err(".rn".into()),
            ("min", "f32") => self.map2(ftz!(ftz, min32), w, [w; 2], x),
            ("max", "f32") => self.map2(ftz!(ftz, max32), w, [w; 2], x),
            ("neg", "f32") => self.map1(ftz!(ftz, neg32), w, w, x),
            ("abs", "f32") => self.map1(ftz!(ftz, abs32), w, w, x),
            ("min", "f64") => self.map2(float::min64, w, [w; 2], x),
            ("max", "f64") => self.map2(float::max64, w, [w; 2], x),
            ("neg", "f64") => self.map1(float::neg64, w, w, x),
            ("abs", "f64") => self.map1(float::abs64, w, w, x),
            ("min", "f16") => self.map2(float::min16, w, [w; 2], x),
            ("max", "f16") => self.map2(float::max16, w, [w; 2], x),
            ("neg", "f16") => self.map1(float::neg16, w, w, x),
            ("abs", "f16") => self.map1(float::abs16, w, w, x),
            ("min", "f16x2") => self.map2(float::min16x2, w, [w; 2], x),
            ("max", "f16x2") => self.map2(float::max16x2, w, [w; 2], x),
            ("neg", "f16x2") => self.map1(float::neg16x2, w, w, x),
            ("abs", "f16x2") => self.map1(float::abs16x2, w, w, x),
            _ => Err(format!("this rounding of .{ty}")),
        }
    }

    pub(super) fn function(
        &self,
        base: &str,
        mut s: Suffixes<'_>,
        x: &[Operand<'_>],
    ) -> Decoded<Op> {
        let ty = s.ty()?;
        let ftz = ty == "f32" && s.take("ftz");
        let mode = s.one_of(&["approx", "rn"]);
        s.done()?;
        if mode == Some("approx") && ty == "f32" {
            let function = match base {
                "rcp" => Function::Rcp,
                "sqrt" => Function::Sqrt,
                "rsqrt" => Function::Rsqrt,
                "sin" => Function::Sin,
                "cos" => Function::Cos,
                "lg2" => Function::Lg2,
                "ex2" => Function::Ex2,
                "tanh" => Function::Tanh,
                _ => return Err(".approx".into()),
            };
            let (d, [a]) = self.computed(32, [32], x)?;
            let args = [a, Source::Bits(0)];
            return Ok(Op::Approx(Approx { function, ftz }, d, args));
        }
        match (base, mode, ty) {
            ("rcp", Some("rn"), "f32") => self.map1(ftz!(ftz, rcp32), 32, 32, x),
            ("sqrt", Some("rn"), "f32") => self.map1(ftz!(ftz, sqrt32), 32, 32, x),
            ("rcp", Some("rn"), "f64") => self.map1(float::rcp64, 64, 64, x),
            ("sqrt", Some("rn"), "f64") => self.map1(float::sqrt64, 64, 64, x),
            ("copysign", None, "f32") => self.map2(float::copysign32, 32, [32; 2], x),
            ("copysign", None, "f64") => self.map2(float::copysign64, 64, [64; 2], x),
            _ => Err(format!("this rounding of .{ty}")),
        }
    }

    pub(super) fn logic(&self, base: &str, mut s: Suffixes<'_>, x: &[Operand<'_>]) -> Decoded<Op> {
        let ty = s.ty()?;
        s.done()?;
        if ty == "pred" {
            let f: fn(u32, u32) -> u32 = match base {
                "and" => |a, b| a & b,
                "or" => |a, b| a | b,
                "xor" => |a, b| a ^ b,
                _ => |a, _| !a,
            };
            return match (base, x) {
                ("not", [d, a]) => Ok(Op::PredMap(
                    f,
                    self.pred(d)?,
                    [self.truth(a)?, Truth::Const(false)],
                )),
                ("and" | "or" | "xor", [d, a, b]) => Ok(Op::PredMap(
                    f,
                    self.pred(d)?,
                    [self.truth(a)?, self.truth(b)?],
                )),
                _ => Err(format!("{} operands", x.len())),
            };
        }
        if !ty.starts_with('b') {
            return Err(format!("type .{ty}"));
        }
        let w = bits_of(ty)?;
        match base {
            "and" => self.map2(widths!(ty, and), w, [w; 2], x),
            "or" => self.map2(widths!(ty, or), w, [w; 2], x),
            "xor" => self.map2(widths!(ty, xor), w, [w; 2], x),
            _ => self.map1(widths!(ty, not), w, w, x),
        }
    }

    pub(super) fn bits(&self, base: &str, mut s: Suffixes<'_>, x: &[Operand<'_>]) -> Decoded<Op> {
        let ty = s.ty()?;
        let w = bits_of(ty)?;
        match base {
            "shl" if ty.starts_with('b') => {
                s.done()?;
                self.map2(widths!(ty, shl), w, [w, 32], x)
            }
            "shr" => {
                s.done()?;
                self.map2(widths!(ty, shr_u, shr_s, bits), w, [w, 32], x)
            }
            "shf" if ty == "b32" => {
                let direction = s.one_of(&["l", "r"]);
                let mode = s.one_of(&["wrap", "clamp"]);
                s.done()?;
                let f: Map3 = match (direction, mode) {
                    (Some("l"), Some("wrap")) => int::shf_l_wrap,
                    (Some("l"), Some("clamp")) => int::shf_l_clamp,
                    (Some("r"), Some("wrap")) => int::shf_r_wrap,
                    (Some("r"), Some("clamp")) => int::shf_r_clamp,
                    _ => return Err("this shift".into()),
                };
                self.map3(f, 32, [32; 3], x)
            }
            "popc" | "clz" | "brev" if ty == "b32" || ty == "b64" => {
                s.done()?;
                let (f, d): (Map1, u32) = match base {
                    "popc" => (widths!(ty, popc), 32),
                    "clz" => (widths!(ty, clz), 32),
                    _ => (widths!(ty, brev), w),
                };
                self.map1(f, d, w, x)
            }
            "bfind" if w >= 32 => {
                let shift = s.take("shiftamt");
                s.done()?;
                let f: Map1 = match shift {
                    true => widths!(ty, bfind_shift_u, bfind_shift_s),
                    false => widths!(ty, bfind_u, bfind_s),
                };
                self.map1(f, 32, w, x)
            }
            "bfe" if w >= 32 => {
                s.done()?;
                self.map3(widths!(ty, bfe_u, bfe_s), w, [w, 32, 32], x)
            }
            "bfi" if ty == "b32" || ty == "b64" => {
                s.done()?;
                self.map4(widths!(ty, bfi), w, [w, w, 32, 32], x)
            }
            "prmt" if ty == "b32" => {
                s.done()?;
                self.map3(int::prmt, 32, [32; 3], x)
            }
            "lop3" if ty == "b32" => {
                s.done()?;
                self.map4(int::lop3, 32, [32; 4], x)
            }
            "dp4a" => match (s.0.as_slice(), ty) {
                (["u32"], "u32") => self.map3(int::dp4a_u, 32, [32; 3], x),
                (["s32"], "s32") => self.map3(int::dp4a_s, 32, [32; 3], x),
                _ => Err("this mixture of types".into()),
            },
            _ => Err(format!("type .{ty}")),
        }
    }
}
