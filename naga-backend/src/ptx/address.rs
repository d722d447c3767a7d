//! Addresses, and the clamps that keep them inside.
//!
//! A binding is reached by its 64-bit address from the argument block plus an offset of 32 bits,
//! widened by `mul.wide.u32` where it is an index times a stride: that and the sum are one machine
//! instruction. Where an access may lie outside, the index (or the offset) is the smaller of itself
//! and the last one at which the whole access fits, which depends on the binding alone: whoever
//! launches puts it into the argument block. What is not inside then reads another place of the
//! binding, and writes nothing: programs whose last workgroup is larger than their buffers must not
//! find the last element written by all the others, and on other cards they do not.
//!
//! The clamp is arithmetic, not a branch, so that no later compiler can find it needless by
//! assuming something of control flow; writes have it beside their predicate.

use super::emit::{scaled, Emitter, Hoisted};
use super::names;
use super::text::{Address, Arg, Bank, Reg};
use super::MAX_ARGUMENTS;
use crate::kernel::*;
use crate::reflection::Limit;
use crate::Error;

/// Largest constant that goes into an address operand.
const MAX_IMMEDIATE: u32 = i32::MAX as u32 - 64;

/// Name of the argument block.
pub(super) const ARGUMENTS: &str = "args";

/// Name of the workgroup memory whose size is given at launch.
pub(super) const DYNAMIC_SHARED: &str = "workgroup$";

/// Where an access goes.
pub(super) struct Place {
    pub address: Address,
    /// Whether it is inside, for one that writes.
    pub inside: Option<Reg>,
}

impl From<Address> for Place {
    fn from(address: Address) -> Place {
        Place {
            address,
            inside: None,
        }
    }
}

impl Place {
    /// What stands in front of an instruction that must not run outside.
    pub fn guard(&self) -> String {
        match self.inside {
            Some(inside) => format!("@{inside} "),
            None => String::new(),
        }
    }
}

impl Emitter<'_> {
    fn once(&mut self, what: Hoisted, bank: Bank, make: impl FnOnce(&mut Self, Reg)) -> Reg {
        if let Some(&reg) = self.hoisted.get(&what) {
            return reg;
        }
        let reg = self.temp(bank);
        make(self, reg);
        self.hoisted.insert(what, reg);
        reg
    }

    fn binding_entry(&self, binding: BindingId) -> u32 {
        self.layout.bindings[binding].unwrap_or(0)
    }

    fn base(&mut self, binding: BindingId) -> Reg {
        let at = self.binding_entry(binding);
        self.once(Hoisted::Base(binding), Bank::B64, |e, d| {
            e.text
                .hoisted(format_args!("ld.param.b64 {d}, [{ARGUMENTS}+{at}]"));
        })
    }

    /// Bytes of a binding. The upper word of its size is always 0.
    pub(super) fn binding_size(&mut self, binding: BindingId) -> Reg {
        let at = self.binding_entry(binding) + 8;
        self.once(Hoisted::Size(binding), Bank::B32, |e, d| {
            e.text
                .hoisted(format_args!("ld.param.b32 {d}, [{ARGUMENTS}+{at}]"));
        })
    }

    /// Largest offset, a multiple of `align`, such that `end` bytes from there on fit, without its
    /// lowest `shift` bits. A binding has room for `end` bytes.
    fn last(&mut self, binding: BindingId, end: u32, align: u32, shift: u32) -> Reg {
        let what = Hoisted::Last(binding, end, align, shift);
        if let Some(&reg) = self.hoisted.get(&what) {
            return reg;
        }
        let limit = Limit {
            offset: self.argument_size,
            end,
            align,
            shift,
        };
        if limit.offset + 4 <= MAX_ARGUMENTS {
            self.argument_size += 4;
            self.limits[binding].push(limit);
            return self.once(what, Bank::B32, |e, d| {
                let at = limit.offset;
                e.text
                    .hoisted(format_args!("ld.param.b32 {d}, [{ARGUMENTS}+{at}]"));
            });
        }
        let size = self.binding_size(binding);
        self.once(what, Bank::B32, |e, d| {
            let (room, aligned) = (e.temp(Bank::B32), e.temp(Bank::B32));
            e.text
                .hoisted(format_args!("sub.u32 {room}, {size}, {end}"));
            e.text
                .hoisted(format_args!("and.b32 {aligned}, {room}, -{align}"));
            e.text
                .hoisted(format_args!("shr.u32 {d}, {aligned}, {shift}"));
        })
    }

    /// The place of an access of `count` scalars by instructions that want alignment to `align`.
    pub(super) fn place(
        &mut self,
        access: &Access,
        offset: Option<Value>,
        (ty, count): (Type, u32),
        align: u32,
        writes: bool,
    ) -> Result<Place, Error> {
        let bytes = count * ty.bytes();
        match access.space {
            Space::Binding(binding) if access.checked => {
                if self.kernel.bindings[binding].min_size < bytes {
                    return self.internal("a checked access wider than what is bound");
                }
                Ok(self.checked(binding, access.offset, offset, bytes, align, writes))
            }
            Space::Binding(binding) => Ok(self.unchecked(binding, access, offset, ty).into()),
            Space::Shared(id) => {
                let (name, at) = match self.layout.dynamic_shared() {
                    true => (
                        DYNAMIC_SHARED.to_owned(),
                        self.layout.shared[id].unwrap_or(0),
                    ),
                    false => (names::variable(&self.kernel.shared[id].name, id), 0),
                };
                let what = Hoisted::Shared(id);
                Ok(self.variable(what, name, at, access.offset, offset).into())
            }
            Space::Local(id) => {
                let name = names::variable(&self.kernel.locals[id].name, id);
                let what = Hoisted::Local(id);
                Ok(self.variable(what, name, 0, access.offset, offset).into())
            }
            Space::Immediates => {
                let at = self.layout.immediates.unwrap_or(0) + access.offset;
                let Some(offset) = offset else {
                    return Ok(Address::Name(ARGUMENTS.into(), at).into());
                };
                let base = self.once(Hoisted::Arguments, Bank::B64, |e, d| {
                    e.text.hoisted(format_args!("mov.b64 {d}, {ARGUMENTS}"));
                });
                let reg = self.widened_sum(base, offset);
                Ok(Address::Reg(reg, at).into())
            }
        }
    }

    /// In a variable, whose addresses are of 32 bits.
    fn variable(
        &mut self,
        what: Hoisted,
        name: String,
        at: u32,
        constant: u32,
        offset: Option<Value>,
    ) -> Address {
        let Some(offset) = offset else {
            return Address::Name(name, at + constant);
        };
        let base = self.once(what, Bank::B32, |e, d| {
            e.text.hoisted(format_args!("mov.b32 {d}, {name}"));
        });
        let offset = self.bits(offset);
        let sum = self.pure(Bank::B32, "add.s32", format_args!("{base}, {offset}"));
        Address::Reg(sum, at + constant)
    }

    /// 64-bit sum of an address and an offset.
    fn widened_sum(&mut self, base: Reg, offset: Value) -> Reg {
        let offset = self.reg(offset);
        self.sum(base, offset, 1)
    }

    fn sum(&mut self, base: Reg, index: Reg, stride: u32) -> Reg {
        let wide = match stride {
            1 => self.pure(Bank::B64, "cvt.u64.u32", format_args!("{index}")),
            _ => self.pure(Bank::B64, "mul.wide.u32", format_args!("{index}, {stride}")),
        };
        self.pure(Bank::B64, "add.s64", format_args!("{base}, {wide}"))
    }

    /// The smaller of an index and the last one; and whether that is the index itself, for a write.
    fn clamp(&mut self, index: Arg, last: Reg, writes: bool) -> (Reg, Option<Reg>) {
        let clamped = self.pure(Bank::B32, "min.u32", format_args!("{last}, {index}"));
        let operands = format_args!("{last}, {index}");
        let inside = writes.then(|| self.pure(Bank::Pred, "setp.ge.u32", operands));
        (clamped, inside)
    }

    fn at(&mut self, base: Reg, constant: u32) -> Address {
        if constant <= MAX_IMMEDIATE {
            return Address::Reg(base, constant);
        }
        let sum = self.pure(Bank::B64, "add.s64", format_args!("{base}, {constant}"));
        Address::Reg(sum, 0)
    }

    fn unchecked(
        &mut self,
        binding: BindingId,
        access: &Access,
        offset: Option<Value>,
        ty: Type,
    ) -> Address {
        let (base, constant) = (self.base(binding), access.offset);
        let Some(offset) = offset else {
            return self.at(base, constant);
        };
        // An offset that wraps is another address than its factors make in 64 bits. Where the
        // caller vouches for indices, that of a scalar does not reach 4 GiB; a larger stride may have
        // a factor of the index in it, which wraps as WGSL says.
        let whole = |index: Value, stride: u32| {
            let most = self.ranges.of(self.kernel, index).umax;
            access.no_wrap
                || (!self.options.checks.bounds && stride <= ty.bytes())
                || most * u64::from(stride) <= u64::from(u32::MAX)
        };
        let sum = match scaled(self.kernel, offset) {
            Some((index, stride)) if whole(index, stride) => {
                let index = self.reg(index);
                self.sum(base, index, stride)
            }
            _ => self.widened_sum(base, offset),
        };
        self.at(sum, constant)
    }

    fn checked(
        &mut self,
        binding: BindingId,
        constant: u32,
        offset: Option<Value>,
        bytes: u32,
        align: u32,
        writes: bool,
    ) -> Place {
        let base = self.base(binding);
        // An index, the last one, the stride, and what goes into the instruction.
        let place = |e: &mut Self, index: Arg, last: Reg, stride: u32, constant: u32| {
            let (index, inside) = e.clamp(index, last, writes);
            let address = Address::Reg(e.sum(base, index, stride), constant);
            Place { address, inside }
        };
        let Some(offset) = offset else {
            let last = self.last(binding, bytes, align, 0);
            return place(self, Arg::Int(i64::from(constant as i32)), last, 1, 0);
        };
        // The last place may be taken from the binding's size if that is enough for the constant.
        let end = u64::from(constant) + u64::from(bytes);
        let fits = end <= u64::from(self.kernel.bindings[binding].min_size)
            && constant.is_multiple_of(align)
            && constant <= MAX_IMMEDIATE;
        if let (true, Some((index, stride))) = (fits, scaled(self.kernel, offset)) {
            if stride.is_power_of_two() && stride.is_multiple_of(align) {
                let index = self.without_wrap_guard(index, stride, constant);
                let last = self.last(binding, end as u32, align, stride.trailing_zeros());
                let index = self.bits(index);
                return place(self, index, last, stride, constant);
            }
        }
        let offset = self.bits(offset);
        if fits {
            let last = self.last(binding, end as u32, align, 0);
            return place(self, offset, last, 1, constant);
        }
        // The sum may wrap: then it is some other place, but still inside after the clamp.
        let last = self.last(binding, bytes, align, 0);
        let sum = match constant {
            0 => offset,
            _ => {
                let constant = constant as i32;
                let operands = format_args!("{offset}, {constant}");
                self.pure(Bank::B32, "add.s32", operands).into()
            }
        };
        place(self, sum, last, 1, 0)
    }

    /// Lowering keeps an index so small that no 32-bit address wraps. Here the clamp that follows
    /// does that too.
    fn without_wrap_guard(&self, index: Value, stride: u32, constant: u32) -> Value {
        let guarded = match self.def(index) {
            Some((Op::Binary(BinaryOp::UMin), &[inner, most])) => {
                self.kernel.constant(most).map(|most| (inner, most))
            }
            _ => None,
        };
        match guarded {
            Some((inner, most)) if most + 2 > u64::from((u32::MAX - constant) / stride) => inner,
            _ => index,
        }
    }
}
