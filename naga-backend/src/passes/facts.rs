//! Comparisons that hold where a walk is, and accesses that they put inside their binding.
//!
//! [`Ranges`](super::Ranges) bounds values by numbers; what `i < arrayLength(&a)` says is a
//! relation between two values, neither of which has a useful number. A fact lives as long as the
//! region in which it holds. As with ranges, none comes out of a loop by its ending.
//!
//! An upper bound of an index may be scaled in natural numbers: if `i < (size - c) / s` then
//! `i·s + s + c ≤ size`, and nothing on the way wraps.

use smallvec::SmallVec;

use super::range::State;
use crate::kernel::*;

/// Facts asked for, latest first; a region may hold thousands.
const WINDOW: usize = 64;

/// Bounds of bounds looked at.
const DEPTH: u32 = 4;

/// Factors and summands looked through.
const STEPS: usize = 6;

/// A comparison that holds.
struct Fact {
    cc: IntCc,
    a: Value,
    b: Value,
}

/// Comparisons in force.
#[derive(Default)]
pub(super) struct Facts {
    list: Vec<Fact>,
}

/// A value above another one, as unsigned numbers.
#[derive(Clone, Copy)]
pub(super) struct Above {
    pub value: Value,
    /// The two are never equal.
    pub strict: bool,
}

impl Facts {
    pub fn len(&self) -> usize {
        self.list.len()
    }

    pub fn push(&mut self, cc: IntCc, a: Value, b: Value) {
        self.list.push(Fact { cc, a, b });
    }

    pub fn truncate(&mut self, len: usize) {
        self.list.truncate(len);
    }

    /// Values in comparisons.
    fn compared(&self) -> impl Iterator<Item = Value> + '_ {
        let recent = self.list.iter().rev().take(WINDOW);
        recent.flat_map(|fact| [fact.a, fact.b])
    }

    /// Values that `value` was found below.
    pub fn above(&self, value: Value, is_negative: bool) -> SmallVec<[Above; 4]> {
        let recent = self.list.iter().rev().take(WINDOW);
        recent
            .filter_map(|fact| {
                let (cc, value) = match (fact.a == value, fact.b == value) {
                    (true, false) => (fact.cc, fact.b),
                    (false, true) => (fact.cc.swapped(), fact.a),
                    _ => return None,
                };
                let strict = match cc {
                    IntCc::ULt => true,
                    IntCc::ULe | IntCc::Eq => false,
                    // What is above a number that is not negative is not either.
                    IntCc::SLt if !is_negative => true,
                    IntCc::SLe if !is_negative => false,
                    IntCc::SLt
                    | IntCc::SLe
                    | IntCc::Ne
                    | IntCc::UGt
                    | IntCc::UGe
                    | IntCc::SGt
                    | IntCc::SGe => return None,
                };
                Some(Above { value, strict })
            })
            .collect()
    }
}

/// `root · stride + add`, modulo 2^32.
#[derive(Clone, Copy)]
struct Linear {
    root: Value,
    stride: u64,
    add: u32,
}

fn linear(kernel: &Kernel, value: Value) -> Linear {
    use BinaryOp::*;
    let mut at = Linear {
        root: value,
        stride: 1,
        add: 0,
    };
    for _ in 0..STEPS {
        let Some((op, x, y)) = kernel.binary(at.root) else {
            break;
        };
        let Some(c) = kernel.constant(y) else { break };
        let (stride, add) = match op {
            IAdd => (at.stride, (at.stride * c) as u32),
            Shl => (at.stride << (c & 31), 0),
            IMul => (at.stride * c, 0),
            ISub | UMulHi | SMulHi | UDiv | SDiv | URem | SRem | And | Or | Xor | LShr | AShr
            | SMin | SMax | UMin | UMax | FAdd | FSub | FMul | FDiv | FRem | FMin | FMax => break,
        };
        // Of what is beyond 32 bits nothing is in bounds.
        if stride > u64::from(u32::MAX) {
            break;
        }
        at = Linear {
            root: x,
            stride,
            add: at.add.wrapping_add(add),
        };
    }
    at
}

/// What constant factors make a value of.
fn product(kernel: &Kernel, value: Value) -> Value {
    let mut at = value;
    for _ in 0..STEPS {
        let Some(def) = kernel.def(at) else { break };
        let data = &kernel.insts[def];
        match (&data.op, data.args.as_slice()) {
            (Op::Binary(BinaryOp::Shl | BinaryOp::IMul), &[x, y])
                if kernel.constant(y).is_some() =>
            {
                at = x;
            }
            _ => break,
        }
    }
    at
}

/// The number of elements of `stride` bytes after the first `skip`: a quotient of a binding's size.
struct Length {
    skip: u64,
    stride: u64,
}

fn length(kernel: &Kernel, value: Value, binding: BindingId) -> Option<Length> {
    let operands = |value: Value| {
        let data = &kernel.insts[kernel.def(value)?];
        match (&data.op, data.args.as_slice()) {
            (&Op::Binary(op), &[x, y]) => Some((op, x, kernel.constant(y)?)),
            _ => None,
        }
    };
    let (bytes, stride) = match operands(value) {
        Some((BinaryOp::LShr, x, by)) => (x, 1 << (by & 31)),
        Some((BinaryOp::UDiv, x, by @ 1..)) => (x, by),
        _ => (value, 1),
    };
    let (size, skip) = match operands(bytes) {
        Some((BinaryOp::ISub, x, c)) => (x, c),
        Some((BinaryOp::IAdd, x, c)) => (x, u64::from((c as u32).wrapping_neg())),
        _ => (bytes, 0),
    };
    let is_size = kernel.insts[kernel.def(size)?].op == Op::BindingSize(binding);
    // A binding has at least so many bytes; otherwise the difference wraps.
    let has = skip <= u64::from(kernel.bindings[binding].min_size);
    (is_size && has).then_some(Length { skip, stride })
}

/// An access to judge.
pub(super) struct Place {
    pub binding: BindingId,
    pub dynamic: Value,
    /// Constant offset and bytes together.
    pub end: u64,
}

/// What makes an access lie inside.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) struct Inside {
    /// See [`Access::no_wrap`].
    pub no_wrap: bool,
}

impl State {
    /// Values that another one is below: by comparisons, and as the least of several.
    pub(super) fn above(&self, kernel: &Kernel, value: Value) -> SmallVec<[Above; 4]> {
        let mut all = self
            .facts
            .above(value, self.query(kernel, value, 1).smin < 0);
        let def = kernel.def(value).map(|def| &kernel.insts[def]);
        if let Some((Op::Binary(BinaryOp::UMin), args)) = def.map(|d| (&d.op, &d.args)) {
            let parts = args.iter().map(|&value| Above {
                value,
                strict: false,
            });
            all.extend(parts);
        }
        // At most one less than something is below it, unless that is 0.
        for above in &mut all {
            let Some((op, more, by)) = kernel.binary(above.value) else {
                continue;
            };
            let by = kernel.constant(by);
            let minus_one = (op == BinaryOp::IAdd && by == Some(u64::from(u32::MAX)))
                || (op == BinaryOp::ISub && by == Some(1));
            if minus_one && self.query(kernel, more, 2).umin > 0 {
                *above = Above {
                    value: more,
                    strict: true,
                };
            }
        }
        all
    }

    /// Is an access inside its binding because its index was compared with the binding's length?
    pub(super) fn inside(&self, kernel: &Kernel, place: &Place) -> Option<Inside> {
        if kernel.ty(place.dynamic) != Type::I32 {
            return None;
        }
        let offset = linear(kernel, place.dynamic);
        let part = product(kernel, place.dynamic);
        let candidates = [place.dynamic, part, offset.root];
        let compared = self.facts.compared();
        (candidates.into_iter().chain(compared))
            .find(|&index| self.is_inside_by(kernel, place, &offset, index))
            .map(|index| Inside {
                no_wrap: index == part,
            })
    }

    fn is_inside_by(&self, kernel: &Kernel, place: &Place, offset: &Linear, index: Value) -> bool {
        let part = linear(kernel, index);
        if part.root != offset.root
            || part.stride == 0
            || !offset.stride.is_multiple_of(part.stride)
        {
            return false;
        }
        // The offset is `index · factor + rest`, modulo 2^32.
        let factor = offset.stride / part.stride;
        let rest = offset
            .add
            .wrapping_sub((u64::from(part.add) * factor) as u32) as i32;
        let least = self.query(kernel, index, 3).umin * factor;
        let (least, rest) = (i128::from(least), i128::from(rest));
        let end = i128::from(place.end) + rest;
        let fits = |length: &Length, strict: bool| {
            let room = length.skip + if strict { length.stride } else { 0 };
            factor <= length.stride && end <= i128::from(room)
        };
        least + rest >= 0 && self.is_below(kernel, index, place.binding, DEPTH, false, &fits)
    }

    /// Is a value below a length of the binding that is enough?
    fn is_below(
        &self,
        kernel: &Kernel,
        value: Value,
        binding: BindingId,
        depth: u32,
        strict: bool,
        fits: &dyn Fn(&Length, bool) -> bool,
    ) -> bool {
        if length(kernel, value, binding).is_some_and(|length| fits(&length, strict)) {
            return true;
        }
        depth > 0
            && self.above(kernel, value).iter().any(|above| {
                let strict = strict || above.strict;
                self.is_below(kernel, above.value, binding, depth - 1, strict, fits)
            })
    }
}
