//! Loads, stores and atomic operations.
//!
//! Read-only bindings are read through `ld.global.nc`: WebGPU lets nothing write them during a
//! dispatch. Neighbours go in one instruction of up to 16 bytes where their alignment is known.
//! Atomic accesses are relaxed, as WGSL's are, so no fence is needed; an operation whose old value
//! nobody reads is a `red`.

use super::address::Place;
use super::emit::{emit, Emitter};
use super::text::{Arg, Bank, Reg};
use crate::kernel::*;
use crate::Error;

/// Most bytes of a memory instruction.
const MAX_BYTES: u32 = 16;

impl Emitter<'_> {
    /// Sizes of the instructions that an access of `count` scalars takes, in order.
    fn pieces(&self, access: &Access, offset: Option<Value>, ty: Type, count: usize) -> Vec<usize> {
        let whole = match (access.space, offset) {
            // A fixed place is as far from a multiple of 16 as it is from the binding's beginning.
            (Space::Binding(_), None) => 1 << (access.offset | MAX_BYTES).trailing_zeros(),
            _ => access.align,
        };
        let mut pieces = Vec::new();
        let mut at = 0;
        while at < count {
            let left = count - at;
            // The alignment of this piece's address is that of the whole and of its distance.
            let distance = at as u32 * ty.bytes();
            let align = match distance {
                0 => whole,
                d => whole.min(1 << d.trailing_zeros()),
            };
            let fits = |n: &usize| {
                let bytes = *n as u32 * ty.bytes();
                *n <= left && bytes <= MAX_BYTES && bytes <= align && !access.atomic
            };
            let n = [4, 2].into_iter().find(fits).unwrap_or(1);
            pieces.push(n);
            at += n;
        }
        pieces
    }

    fn pieces_place(
        &mut self,
        access: &Access,
        offset: Option<Value>,
        (ty, count): (Type, usize),
        pieces: &[usize],
        writes: bool,
    ) -> Result<Place, Error> {
        let widest = pieces.iter().copied().max().unwrap_or(1) as u32;
        let align = widest * ty.bytes();
        self.place(access, offset, (ty, count as u32), align, writes)
    }

    /// The opcode up to its type, for instructions that only move.
    fn space(&self, access: &Access, is_load: bool) -> Result<&'static str, Error> {
        Ok(match (access.space, access.atomic) {
            (Space::Binding(_), true) => ".relaxed.gpu.global",
            (Space::Binding(b), false)
                if is_load && self.kernel.bindings[b].kind.is_read_only() =>
            {
                ".global.nc"
            }
            (Space::Binding(_), false) => ".global",
            (Space::Shared(_), true) => ".relaxed.cta.shared",
            (Space::Shared(_), false) => ".shared",
            (Space::Local(_), _) => ".local",
            (Space::Immediates, _) if is_load => ".param",
            (Space::Immediates, _) => return self.internal("a store to the immediates"),
        })
    }

    pub(super) fn load(&mut self, data: &InstData, access: &Access) -> Result<(), Error> {
        let Some(&first) = data.results.first() else {
            return self.internal("a load without a result");
        };
        let (ty, count) = (self.ty(first), data.results.len());
        let offset = data.args.first().copied();
        let pieces = self.pieces(access, offset, ty, count);
        let Place { address, .. } =
            self.pieces_place(access, offset, (ty, count), &pieces, false)?;
        let space = self.space(access, true)?;
        let mut at = 0;
        for n in pieces {
            let place = address.plus(at as u32 * ty.bytes());
            let results: Vec<Reg> = data.results[at..at + n]
                .iter()
                .map(|&result| self.define(result))
                .collect();
            let (list, vector) = (list(&results), vector(n));
            emit!(self, "ld{space}{vector}.b{} {list}, {place}", ty.bits());
            at += n;
        }
        Ok(())
    }

    pub(super) fn store(
        &mut self,
        data: &InstData,
        access: &Access,
        has_offset: HasOffset,
    ) -> Result<(), Error> {
        let (offset, values) = split(&data.args, has_offset);
        let Some(&first) = values.first() else {
            return self.internal("a store of nothing");
        };
        let (ty, count) = (self.ty(first), values.len());
        let pieces = self.pieces(access, offset, ty, count);
        let to = self.pieces_place(access, offset, (ty, count), &pieces, true)?;
        let (guard, address) = (to.guard(), to.address);
        let space = self.space(access, false)?;
        let mut at = 0;
        for n in pieces {
            let place = address.plus(at as u32 * ty.bytes());
            let sources: Vec<Arg> = values[at..at + n].iter().map(|&v| self.bits(v)).collect();
            let (list, vector) = (list(&sources), vector(n));
            emit!(
                self,
                "{guard}st{space}{vector}.b{} {place}, {list}",
                ty.bits()
            );
            at += n;
        }
        Ok(())
    }

    /// Place and space of an operation that reads and writes.
    fn atomic_place(
        &mut self,
        access: &Access,
        offset: Option<Value>,
        ty: Type,
    ) -> Result<(Place, &'static str), Error> {
        let space = match access.space {
            Space::Binding(_) => "global",
            Space::Shared(_) => "shared",
            Space::Local(_) | Space::Immediates => {
                return self.internal("an atomic operation in private memory")
            }
        };
        let place = self.place(access, offset, (ty, 1), ty.bytes(), true)?;
        Ok((place, space))
    }

    /// The register of an old value, which is 0 where there is none.
    fn old_value(&mut self, d: Reg, ty: Type, place: &Place) {
        if place.inside.is_some() {
            emit!(self, "mov.b{} {d}, 0", ty.bits());
        }
    }

    pub(super) fn atomic(
        &mut self,
        data: &InstData,
        op: AtomicOp,
        access: &Access,
        has_offset: HasOffset,
    ) -> Result<(), Error> {
        let (offset, values) = split(&data.args, has_offset);
        let Some(&value) = values.first() else {
            return self.internal("an atomic operation without an operand");
        };
        let ty = self.ty(value);
        let bits = ty.bits();
        let operation = match (op, ty) {
            (AtomicOp::FAdd, Type::F32 | Type::F64) => format!("add.f{bits}"),
            (AtomicOp::Exchange, Type::I32 | Type::I64 | Type::F32 | Type::F64) => {
                format!("exch.b{bits}")
            }
            (AtomicOp::Add | AtomicOp::Sub, Type::I32 | Type::I64) => format!("add.u{bits}"),
            (AtomicOp::And, Type::I32 | Type::I64) => format!("and.b{bits}"),
            (AtomicOp::Or, Type::I32 | Type::I64) => format!("or.b{bits}"),
            (AtomicOp::Xor, Type::I32 | Type::I64) => format!("xor.b{bits}"),
            (AtomicOp::SMin, Type::I32 | Type::I64) => format!("min.s{bits}"),
            (AtomicOp::SMax, Type::I32 | Type::I64) => format!("max.s{bits}"),
            (AtomicOp::UMin, Type::I32 | Type::I64) => format!("min.u{bits}"),
            (AtomicOp::UMax, Type::I32 | Type::I64) => format!("max.u{bits}"),
            (
                AtomicOp::FAdd
                | AtomicOp::Exchange
                | AtomicOp::Add
                | AtomicOp::Sub
                | AtomicOp::And
                | AtomicOp::Or
                | AtomicOp::Xor
                | AtomicOp::SMin
                | AtomicOp::SMax
                | AtomicOp::UMin
                | AtomicOp::UMax,
                _,
            ) => return self.unsupported("this atomic operation on this type"),
        };
        let value = if op == AtomicOp::Sub {
            let (x, minus) = (self.bits(value), self.temp(Bank::of(ty)));
            emit!(self, "neg.s{bits} {minus}, {x}");
            minus.into()
        } else if op == AtomicOp::FAdd {
            self.float(value)
        } else {
            self.bits(value)
        };
        let (place, space) = self.atomic_place(access, offset, ty)?;
        let (guard, address) = (place.guard(), &place.address);
        // There is no exchange without an old value.
        if op != AtomicOp::Exchange && !self.is_used(data) {
            emit!(self, "{guard}red.{space}.{operation} {address}, {value}");
            return Ok(());
        }
        let d = match data.results.first() {
            Some(&result) => self.define(result),
            None => self.temp(Bank::of(ty)),
        };
        self.old_value(d, ty, &place);
        emit!(
            self,
            "{guard}atom.{space}.{operation} {d}, {address}, {value}"
        );
        Ok(())
    }

    pub(super) fn compare_exchange(
        &mut self,
        data: &InstData,
        access: &Access,
        has_offset: HasOffset,
    ) -> Result<(), Error> {
        let (offset, values) = split(&data.args, has_offset);
        let (&[expected, new], &[old, exchanged]) = (values, data.results.as_slice()) else {
            return self.internal("a compare-exchange of another shape");
        };
        let ty = self.ty(expected);
        if !matches!(ty, Type::I32 | Type::I64) {
            return self.unsupported("this atomic operation on this type");
        }
        let bits = ty.bits();
        let (place, space) = self.atomic_place(access, offset, ty)?;
        let (guard, address) = (place.guard(), &place.address);
        let (expected, new) = (self.bits(expected), self.bits(new));
        let (d, p) = (self.define(old), self.define(exchanged));
        self.old_value(d, ty, &place);
        emit!(
            self,
            "{guard}atom.{space}.cas.b{bits} {d}, {address}, {expected}, {new}"
        );
        emit!(self, "setp.eq.s{bits} {p}, {d}, {expected}");
        Ok(())
    }
}

fn split(args: &[Value], has_offset: HasOffset) -> (Option<Value>, &[Value]) {
    match (has_offset, args.split_first()) {
        (true, Some((&offset, values))) => (Some(offset), values),
        _ => (None, args),
    }
}

fn vector(count: usize) -> &'static str {
    match count {
        4 => ".v4",
        2 => ".v2",
        _ => "",
    }
}

fn list<T: ToString>(items: &[T]) -> String {
    let items: Vec<String> = items.iter().map(T::to_string).collect();
    match items.as_slice() {
        [one] => one.clone(),
        many => format!("{{{}}}", many.join(", ")),
    }
}
