//! Access to memory: loads, stores, atomics.
//!
//! Spaces are named: generic addresses are not known. Memory orders are read and forgotten, since
//! the interpreter does one access after the other.

use super::super::inst::{Op, Source, Space};
use super::super::parse::Operand;
use super::super::{float, integer as int};
use super::operands::{Map3, Width};
use super::{bits_of, Decoded, Decoder, Suffixes};

impl Decoder<'_> {
    fn space(s: &mut Suffixes<'_>) -> Decoded<Space> {
        match s.one_of(&["global", "shared", "local", "param"]) {
            Some("global") => Ok(Space::Global),
            Some("shared") => {
                // The workgroup's own, which is what it means without.
                let _ = s.take("cta");
                Ok(Space::Shared)
            }
            Some("local") => Ok(Space::Local),
            Some(_) => Ok(Space::Param),
            None => Err("generic address".into()),
        }
    }

    /// Memory order: everything is in order here, so that any is right.
    fn order(s: &mut Suffixes<'_>) {
        if s.one_of(&["relaxed", "acquire", "release", "acq_rel"])
            .is_some()
        {
            let _ = s.one_of(&["gpu", "cta", "sys"]);
        } else {
            let _ = s.one_of(&["weak", "volatile"]);
        }
    }

    pub(super) fn access(&self, load: bool, mut s: Suffixes<'_>, x: &[Operand<'_>]) -> Decoded<Op> {
        let ty = s.ty()?;
        Self::order(&mut s);
        let space = Self::space(&mut s)?;
        let constant = s.take("nc");
        let count = match s.one_of(&["v2", "v4", "v8"]) {
            None => 1,
            Some("v2") => 2,
            Some("v4") => 4,
            Some(_) => 8,
        };
        s.done()?;
        let bits = bits_of(ty)?;
        let most = if space == Space::Global { 256 } else { 128 };
        if bits * count > most
            || (constant && !(load && space == Space::Global))
            || (!load && space == Space::Param)
        {
            return Err(format!("{count} times .{ty} in {}", space.name()));
        }
        let (address, values) = match (load, x) {
            (true, [values, address]) | (false, [address, values]) => (address, values),
            _ => return Err(format!("{} operands", x.len())),
        };
        let address = self.address(address, space)?;
        let one = std::slice::from_ref(values);
        let values = match values {
            Operand::Vector(parts) => parts.as_slice(),
            _ => one,
        };
        if values.len() != count as usize || (count == 1 && matches!(one, [Operand::Vector(_)])) {
            return Err(format!("{} values", values.len()));
        }
        let bytes = bits / 8;
        let width = Width::AtLeast(bits);
        if load {
            let d = values
                .iter()
                .map(|value| {
                    let d = self.sink(value, width)?;
                    Ok(d.map(|d| (d, self.keeps(d))))
                })
                .collect::<Decoded<_>>()?;
            return Ok(Op::Load {
                space,
                bytes,
                signed: ty.starts_with('s'),
                constant,
                d,
                address,
            });
        }
        let values = values
            .iter()
            .map(|value| self.source(value, width))
            .collect::<Decoded<_>>()?;
        Ok(Op::Store {
            space,
            bytes,
            values,
            address,
        })
    }

    pub(super) fn atomic(
        &self,
        wants_old: bool,
        mut s: Suffixes<'_>,
        x: &[Operand<'_>],
    ) -> Decoded<Op> {
        let ty = s.ty()?;
        Self::order(&mut s);
        let _ = s.one_of(&["gpu", "cta", "sys"]);
        let space = Self::space(&mut s)?;
        if !matches!(space, Space::Global | Space::Shared) {
            return Err(format!("atomics in {}", space.name()));
        }
        let operation = s.ty()?;
        s.done()?;
        let bits = bits_of(ty)?;
        let f: Map3 = match (operation, ty) {
            ("add", "u32" | "s32") => |a, b, _| int::add::<32>(a, b),
            ("add", "u64") => |a, b, _| int::add::<64>(a, b),
            // On global memory subnormals are flushed, on shared memory kept.
            ("add", "f32") if space == Space::Global => |a, b, _| float::add32::<true>(a, b),
            ("add", "f32") => |a, b, _| float::add32::<false>(a, b),
            ("add", "f64") => |a, b, _| float::add64(a, b),
            ("min", "u32") => |a, b, _| int::min_u::<32>(a, b),
            ("min", "s32") => |a, b, _| int::min_s::<32>(a, b),
            ("min", "u64") => |a, b, _| int::min_u::<64>(a, b),
            ("min", "s64") => |a, b, _| int::min_s::<64>(a, b),
            ("max", "u32") => |a, b, _| int::max_u::<32>(a, b),
            ("max", "s32") => |a, b, _| int::max_s::<32>(a, b),
            ("max", "u64") => |a, b, _| int::max_u::<64>(a, b),
            ("max", "s64") => |a, b, _| int::max_s::<64>(a, b),
            ("and", "b32" | "b64") => |a, b, _| a & b,
            ("or", "b32" | "b64") => |a, b, _| a | b,
            ("xor", "b32" | "b64") => |a, b, _| a ^ b,
            ("exch", "b32" | "b64") if wants_old => |_, b, _| b,
            ("cas", "b32" | "b64") if wants_old => |a, b, c| if a == b { c } else { a },
            _ => return Err(format!("operation .{operation}.{ty}")),
        };
        let (d, x) = match (wants_old, x) {
            (true, [d, rest @ ..]) => (self.sink(d, Width::Exact(bits))?, rest),
            (_, rest) => (None, rest),
        };
        let source = |value| self.source(value, Width::Exact(bits));
        let (address, args) = match (operation == "cas", x) {
            (true, [address, b, c]) => (address, [source(b)?, source(c)?]),
            (false, [address, b]) => (address, [source(b)?, Source::Bits(0)]),
            _ => return Err(format!("{} operands", x.len())),
        };
        Ok(Op::Atomic {
            space,
            bytes: bits / 8,
            f,
            d,
            address: self.address(address, space)?,
            args,
        })
    }
}
