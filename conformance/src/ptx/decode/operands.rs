//! Operands: names to registers, predicates, places and constants, of the width that is asked for.
//!
//! Relies on the names that the decoder has collected. A register of another width, a name that is
//! not declared and a kind of operand that does not belong there are refused.

use super::super::inst::{Address, Op, Pred, Reg, Source, Space, Special, Truth};
use super::super::parse::Operand;
use super::{Decoded, Decoder, Name};

pub(super) type Map1 = fn(u64) -> u64;
pub(super) type Map2 = fn(u64, u64) -> u64;
pub(super) type Map3 = fn(u64, u64, u64) -> u64;
pub(super) type Map4 = fn(u64, u64, u64, u64) -> u64;

/// How an operand's register must relate to a type.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Width {
    Exact(u32),
    AtLeast(u32),
}

/// As many operands as a form has.
pub(super) fn exactly<'x, 'o, const N: usize>(
    x: &'x [Operand<'o>],
) -> Decoded<&'x [Operand<'o>; N]> {
    x.try_into().map_err(|_| format!("{} operands", x.len()))
}

impl Decoder<'_> {
    pub(super) fn reg(&self, operand: &Operand<'_>, width: Width) -> Decoded<Reg> {
        let Operand::Name(name) = operand else {
            return Err(format!("operand {operand:?}"));
        };
        match self.names.get(*name) {
            Some(&Name::Reg(reg, bits))
                if width == Width::Exact(bits)
                    || matches!(width, Width::AtLeast(least) if bits >= least) =>
            {
                Ok(reg)
            }
            Some(Name::Reg(..)) => Err(format!("the width of {name}")),
            Some(Name::Pred(_) | Name::Variable(..)) | None => Err(format!("register {name}")),
        }
    }

    /// A register to write, or nothing for `_`.
    pub(super) fn sink(&self, operand: &Operand<'_>, width: Width) -> Decoded<Option<Reg>> {
        match operand {
            Operand::Name("_") => Ok(None),
            other => self.reg(other, width).map(Some),
        }
    }

    /// The bits of 64 that a register holds.
    pub(super) fn keeps(&self, reg: Reg) -> u64 {
        match self.registers.get(reg as usize) {
            Some((_, bits @ 1..64)) => (1 << bits) - 1,
            _ => !0,
        }
    }

    pub(super) fn pred(&self, operand: &Operand<'_>) -> Decoded<Pred> {
        match operand {
            Operand::Name(name) => match self.names.get(*name) {
                Some(&Name::Pred(pred)) => Ok(pred),
                _ => Err(format!("predicate {name}")),
            },
            other => Err(format!("operand {other:?}")),
        }
    }

    pub(super) fn truth(&self, operand: &Operand<'_>) -> Decoded<Truth> {
        match operand {
            Operand::Not(name) => Ok(Truth::Pred(self.pred(&Operand::Name(name))?, true)),
            Operand::Integer(n) => Ok(Truth::Const(*n != 0)),
            other => Ok(Truth::Pred(self.pred(other)?, false)),
        }
    }

    pub(super) fn source(&self, operand: &Operand<'_>, width: Width) -> Decoded<Source> {
        let (Width::Exact(bits) | Width::AtLeast(bits)) = width;
        let cut = |value: u64| match bits {
            64 => value,
            bits => value & ((1 << bits) - 1),
        };
        match operand {
            Operand::Integer(value) => Ok(Source::Bits(cut(*value as u64))),
            Operand::F32(value) if bits == 32 => Ok(Source::Bits((*value).into())),
            Operand::F64(value) if bits == 64 => Ok(Source::Bits(*value)),
            Operand::Name(name) => match (self.names.get(*name), special(name)) {
                (Some(&Name::Variable(_, offset)), _) => Ok(Source::Bits(offset.into())),
                (None, Some((special, wide))) if bits == wide => Ok(Source::Special(special)),
                _ => self.reg(operand, width).map(Source::Reg),
            },
            other => Err(format!("operand {other:?}")),
        }
    }

    pub(super) fn address(&self, operand: &Operand<'_>, space: Space) -> Decoded<Address> {
        let Operand::Address(base, offset) = operand else {
            return Err(format!("operand {operand:?}"));
        };
        let base = match self.names.get(*base) {
            Some(&Name::Variable(of, at)) if of == space => Source::Bits(at.into()),
            // Shared, local and parameter memory have addresses of 32 bits as well.
            Some(&Name::Reg(reg, bits)) if bits == 64 || (bits == 32 && space != Space::Global) => {
                Source::Reg(reg)
            }
            _ => return Err(format!("address {base} in {}", space.name())),
        };
        Ok(Address {
            base,
            offset: *offset,
        })
    }

    /// A register to write and the values to compute it from, each of a width of its own.
    pub(super) fn computed<const N: usize>(
        &self,
        d: u32,
        widths: [u32; N],
        x: &[Operand<'_>],
    ) -> Decoded<(Reg, [Source; N])> {
        let (to, from) = match x {
            [to, from @ ..] if from.len() == N => (to, from),
            _ => return Err(format!("{} operands", x.len())),
        };
        let to = self.reg(to, Width::Exact(d))?;
        let mut sources = [Source::Bits(0); N];
        for ((source, operand), bits) in sources.iter_mut().zip(from).zip(widths) {
            *source = self.source(operand, Width::Exact(bits))?;
        }
        Ok((to, sources))
    }

    pub(super) fn map1(&self, f: Map1, d: u32, a: u32, x: &[Operand<'_>]) -> Decoded<Op> {
        let (d, [a]) = self.computed(d, [a], x)?;
        Ok(Op::Map1(f, d, a))
    }

    pub(super) fn map2(&self, f: Map2, d: u32, widths: [u32; 2], x: &[Operand<'_>]) -> Decoded<Op> {
        let (d, args) = self.computed(d, widths, x)?;
        Ok(Op::Map2(f, d, args))
    }

    pub(super) fn map3(&self, f: Map3, d: u32, widths: [u32; 3], x: &[Operand<'_>]) -> Decoded<Op> {
        let (d, args) = self.computed(d, widths, x)?;
        Ok(Op::Map3(f, d, args))
    }

    pub(super) fn map4(&self, f: Map4, d: u32, widths: [u32; 4], x: &[Operand<'_>]) -> Decoded<Op> {
        let (d, args) = self.computed(d, widths, x)?;
        Ok(Op::Map4(f, d, args))
    }
}

/// A special register and its width.
fn special(name: &str) -> Option<(Special, u32)> {
    let axis = |suffix: &str| match suffix {
        "x" => Some(0),
        "y" => Some(1),
        "z" => Some(2),
        _ => None,
    };
    let name = name.strip_prefix('%')?;
    if let Some((base, suffix)) = name.split_once('.') {
        let axis = axis(suffix)?;
        return Some((
            match base {
                "tid" => Special::Tid(axis),
                "ntid" => Special::Ntid(axis),
                "ctaid" => Special::Ctaid(axis),
                "nctaid" => Special::Nctaid(axis),
                _ => return None,
            },
            32,
        ));
    }
    Some(match name {
        "laneid" => (Special::LaneId, 32),
        "warpid" => (Special::WarpId, 32),
        "lanemask_eq" => (Special::LaneMaskEq, 32),
        "lanemask_le" => (Special::LaneMaskLe, 32),
        "lanemask_lt" => (Special::LaneMaskLt, 32),
        "lanemask_ge" => (Special::LaneMaskGe, 32),
        "lanemask_gt" => (Special::LaneMaskGt, 32),
        "clock" => (Special::Clock, 32),
        "clock64" => (Special::Clock, 64),
        "globaltimer" => (Special::GlobalTimer, 64),
        _ => return None,
    })
}
