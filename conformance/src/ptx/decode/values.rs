//! Values that move, are compared, chosen and converted: `mov`, `setp`, `selp` and `cvt`.
//!
//! What a conversion does, and which roundings one needs, is `convert`'s.

use super::super::convert::{self, Ty};
use super::super::float::{self, F32Ftz, F16, F32, F64};
use super::super::inst::{Combine, Op, Truth};
use super::super::integer as int;
use super::super::parse::Operand;
use super::operands::{exactly, Map2, Width};
use super::{bits_of, Decoded, Decoder, Suffixes};

impl Decoder<'_> {
    pub(super) fn mov(&self, mut s: Suffixes<'_>, x: &[Operand<'_>]) -> Decoded<Op> {
        let ty = s.ty()?;
        s.done()?;
        let [d, a] = exactly(x)?;
        if ty == "pred" {
            return Ok(Op::PredMap(
                |a, _| a,
                self.pred(d)?,
                [self.truth(a)?, Truth::Const(false)],
            ));
        }
        let bits = bits_of(ty)?;
        let each = |parts: &[Operand<'_>]| match parts.len() {
            n @ (2 | 4 | 8) => Ok(bits / n as u32),
            n => Err(format!("{n} parts")),
        };
        match (d, a) {
            (Operand::Vector(parts), a) => {
                let each = each(parts)?;
                let parts = parts
                    .iter()
                    .map(|part| self.sink(part, Width::Exact(each)))
                    .collect::<Decoded<_>>()?;
                Ok(Op::Unpack(parts, self.source(a, Width::Exact(bits))?, each))
            }
            (d, Operand::Vector(parts)) => {
                let each = each(parts)?;
                let parts = parts
                    .iter()
                    .map(|part| self.source(part, Width::Exact(each)))
                    .collect::<Decoded<_>>()?;
                Ok(Op::Pack(self.reg(d, Width::Exact(bits))?, parts, each))
            }
            _ => self.map1(|a| a, bits, bits, x),
        }
    }

    pub(super) fn selp(&self, mut s: Suffixes<'_>, x: &[Operand<'_>]) -> Decoded<Op> {
        let bits = bits_of(s.ty()?)?;
        s.done()?;
        let [d, a, b, p] = exactly(x)?;
        Ok(Op::Select(
            self.reg(d, Width::Exact(bits))?,
            [
                self.source(a, Width::Exact(bits))?,
                self.source(b, Width::Exact(bits))?,
            ],
            self.truth(p)?,
        ))
    }

    pub(super) fn setp(&self, mut s: Suffixes<'_>, x: &[Operand<'_>]) -> Decoded<Op> {
        let ty = s.ty()?;
        if s.0.is_empty() {
            return Err("no comparison".into());
        }
        let comparison = s.0.remove(0);
        let ftz = ty == "f32" && s.take("ftz");
        let combine = match s.one_of(&["and", "or", "xor"]) {
            Some("and") => Some(Combine::And),
            Some("or") => Some(Combine::Or),
            Some(_) => Some(Combine::Xor),
            None => None,
        };
        s.done()?;
        let w = bits_of(ty)?;
        let f = match ty {
            "f16" => float_comparison::<F16>(comparison),
            "f32" if ftz => float_comparison::<F32Ftz>(comparison),
            "f32" => float_comparison::<F32>(comparison),
            "f64" => float_comparison::<F64>(comparison),
            "f16x2" => None,
            _ => int_comparison(comparison, ty),
        };
        let f = f.ok_or_else(|| format!("comparison .{comparison}"))?;
        let (to, a, b, third) = match (x, combine) {
            ([to, a, b], None) => (to, a, b, None),
            ([to, a, b, c], Some(combine)) => (to, a, b, Some((combine, self.truth(c)?))),
            _ => return Err(format!("{} operands", x.len())),
        };
        let sink = |name: &str| match name {
            "_" => Ok(None),
            name => self.pred(&Operand::Name(name)).map(Some),
        };
        let (d, complement) = match to {
            Operand::Pair(p, q) => (sink(p)?, sink(q)?),
            other => (Some(self.pred(other)?), None),
        };
        Ok(Op::Compare {
            f,
            d,
            complement,
            args: [
                self.source(a, Width::Exact(w))?,
                self.source(b, Width::Exact(w))?,
            ],
            combine: third,
        })
    }

    pub(super) fn cvt(&self, mut s: Suffixes<'_>, x: &[Operand<'_>]) -> Decoded<Op> {
        if s.take("pack") {
            return match s.0.as_slice() {
                ["sat", "s8", "s32", "b32"] => self.map3(int::pack_s8, 32, [32; 3], x),
                ["sat", "u8", "s32", "b32"] => self.map3(int::pack_u8, 32, [32; 3], x),
                _ => Err("this packing".into()),
            };
        }
        let from = s.ty()?;
        let to = s.ty()?;
        if to == "f16x2" {
            return match s.0.as_slice() {
                ["rn"] if from == "f32" => {
                    let f: Map2 = |a, b| {
                        let narrow = |x| float::f16_out(float::f32_in::<false>(x).into());
                        narrow(a) << 16 | narrow(b)
                    };
                    self.map2(f, 32, [32; 2], x)
                }
                _ => Err("this conversion".into()),
            };
        }
        let (Some(from), Some(to)) = (Ty::parse(from), Ty::parse(to)) else {
            return Err("this type".into());
        };
        let f = convert::choose(to, from, &s.0)?;
        let [d, a] = exactly(x)?;
        let width = |ty: Ty| match ty {
            Ty::Int { bits, .. } => Width::AtLeast(bits),
            Ty::F16 | Ty::F32 | Ty::F64 => Width::Exact(ty.bits()),
        };
        let d = self.reg(d, width(to))?;
        Ok(Op::Convert(
            f,
            d,
            self.source(a, width(from))?,
            self.keeps(d),
        ))
    }
}

fn float_comparison<T: float::Float>(name: &str) -> Option<fn(u64, u64) -> bool> {
    Some(match name {
        "eq" => float::eq::<T>,
        "ne" => float::ne::<T>,
        "lt" => float::lt::<T>,
        "le" => float::le::<T>,
        "gt" => float::gt::<T>,
        "ge" => float::ge::<T>,
        "equ" => float::equ::<T>,
        "neu" => float::neu::<T>,
        "ltu" => float::ltu::<T>,
        "leu" => float::leu::<T>,
        "gtu" => float::gtu::<T>,
        "geu" => float::geu::<T>,
        "num" => float::num::<T>,
        "nan" => float::nan::<T>,
        _ => return None,
    })
}

fn int_comparison(name: &str, ty: &str) -> Option<fn(u64, u64) -> bool> {
    fn signed<const W: u32>(name: &str) -> Option<fn(u64, u64) -> bool> {
        Some(match name {
            "lt" => |a, b| int::sext::<W>(a) < int::sext::<W>(b),
            "le" => |a, b| int::sext::<W>(a) <= int::sext::<W>(b),
            "gt" => |a, b| int::sext::<W>(a) > int::sext::<W>(b),
            "ge" => |a, b| int::sext::<W>(a) >= int::sext::<W>(b),
            _ => return None,
        })
    }
    match (name, ty) {
        ("eq", _) => Some(|a, b| a == b),
        ("ne", _) => Some(|a, b| a != b),
        (_, "s16") => signed::<16>(name),
        (_, "s32") => signed::<32>(name),
        (_, "s64") => signed::<64>(name),
        ("lt" | "lo", "u16" | "u32" | "u64") => Some(|a, b| a < b),
        ("le" | "ls", "u16" | "u32" | "u64") => Some(|a, b| a <= b),
        ("gt" | "hi", "u16" | "u32" | "u64") => Some(|a, b| a > b),
        ("ge" | "hs", "u16" | "u32" | "u64") => Some(|a, b| a >= b),
        _ => None,
    }
}
