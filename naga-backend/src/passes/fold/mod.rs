//! Constant folding and algebra, one operation at a time.
//!
//! Folding is WGSL's arithmetic ([`super::eval`]). Identities on floats are those that hold for
//! every IEEE value, signed zeros included; division by a constant becomes multiplication by its
//! reciprocal within WGSL's bound for quotients. Integer division by a constant becomes a
//! multiplication's high half. Constants end as one instruction each in front of the body, on the
//! right of commutative operations.

mod divide;
mod float;
mod integer;
mod logic;

use super::edit::{Constants, Editor, Replacements};
use super::eval;
use crate::kernel::*;

/// How deep a rewrite may look into what it made itself.
const FUEL: u32 = 6;

/// Folds; says whether anything changed.
pub(super) fn run(kernel: &mut Kernel) -> bool {
    let mut folder = Folder {
        constants: Constants::new(),
        replacements: Replacements::default(),
        editor: Editor::new(kernel),
        changed: false,
        span: naga::Span::UNDEFINED,
        kernel,
    };
    while let Some(step) = folder.editor.next(folder.kernel) {
        if let Step::Inst(inst) = step {
            folder.inst(inst);
        }
    }
    let Folder {
        constants,
        changed,
        kernel,
        ..
    } = folder;
    constants.finish(kernel);
    changed
}

struct Folder<'k> {
    kernel: &'k mut Kernel,
    constants: Constants,
    replacements: Replacements,
    editor: Editor,
    changed: bool,
    span: naga::Span,
}

impl Folder<'_> {
    fn inst(&mut self, inst: InstId) {
        self.replacements.apply(self.kernel, inst);
        self.span = self.kernel.insts[inst].span;
        if let Op::Const(bits) = self.kernel.insts[inst].op {
            let value = self.constants.adopt(self.kernel, inst, bits);
            let old = self.kernel.insts[inst].results[0];
            self.replacements.set(old, value);
            return;
        }
        self.normalise(inst);
        let data = &self.kernel.insts[inst];
        if let [result] = data.results[..] {
            if data.op.is_pure() {
                let (op, args, ty) = (data.op.clone(), data.args.clone(), self.kernel.ty(result));
                if let Some(value) = self.simplify(&op, &args, ty, FUEL) {
                    self.replacements.set(result, value);
                    self.changed = true;
                    return;
                }
            }
        }
        self.editor.keep(self.kernel, inst);
    }

    /// Changes an instruction in place to its normal form.
    fn normalise(&mut self, inst: InstId) {
        let kernel = &mut *self.kernel;
        if constant_first(kernel, &kernel.insts[inst].args) {
            let data = &mut kernel.insts[inst];
            swap(&mut data.op, &mut data.args);
        }
        let data = &self.kernel.insts[inst];
        if let Op::Select | Op::If { .. } = data.op {
            // select(!c, a, b) is select(c, b, a).
            if let Some(condition) = self.not_of(data.args[0]) {
                let data = &mut self.kernel.insts[inst];
                data.args[0] = condition;
                if let Op::If { then, otherwise } = &mut data.op {
                    std::mem::swap(then, otherwise);
                } else {
                    data.args.swap(1, 2);
                }
                self.changed = true;
            }
        } else if data.offset().is_some() {
            self.fold_offset(inst);
        }
    }

    /// A constant dynamic offset moves into the access.
    fn fold_offset(&mut self, inst: InstId) {
        let data = &self.kernel.insts[inst];
        let (Some(&access), Some(offset)) = (data.op.access(), data.offset()) else {
            return;
        };
        let Some(bits) = self.kernel.constant(offset) else {
            return;
        };
        // A sum that wraps is out of bounds, and stays as it is. So does one that contradicts the
        // alignment or leaves its variable: it belongs to code that cannot run.
        let Some(sum) = access.offset.checked_add(bits as u32) else {
            return;
        };
        let fits = self.kernel.may_start_at(inst, access.space, sum);
        if !fits || !sum.is_multiple_of(access.align) {
            return;
        }
        let data = &mut self.kernel.insts[inst];
        if let Some(access) = data.op.access_mut() {
            access.offset = sum;
        }
        if let Op::Store(_, has_offset)
        | Op::Atomic(_, _, has_offset)
        | Op::CompareExchange(_, has_offset) = &mut data.op
        {
            *has_offset = false;
        }
        data.args.remove(0);
        self.changed = true;
    }

    /// Makes an instruction, or finds the value that it would have.
    fn make(&mut self, op: Op, args: &[Value], ty: Type, fuel: u32) -> Value {
        let mut args = Values::from_slice(args);
        let mut op = op;
        if constant_first(self.kernel, &args) {
            swap(&mut op, &mut args);
        }
        if fuel > 0 {
            if let Some(value) = self.simplify(&op, &args, ty, fuel - 1) {
                return value;
            }
        }
        let inst = self.kernel.new_inst(op, &args, &[ty], self.span);
        self.editor.insert(inst);
        self.kernel.insts[inst].results[0]
    }

    fn binary(&mut self, op: BinaryOp, a: Value, b: Value, fuel: u32) -> Value {
        let ty = self.kernel.ty(a);
        self.make(Op::Binary(op), &[a, b], ty, fuel)
    }

    /// With a constant on the right.
    fn binary_const(&mut self, op: BinaryOp, a: Value, b: u64, fuel: u32) -> Value {
        let ty = self.kernel.ty(a);
        let b = self.bits(ty, b & eval::mask(ty));
        self.make(Op::Binary(op), &[a, b], ty, fuel)
    }

    fn unary(&mut self, op: UnaryOp, a: Value, fuel: u32) -> Value {
        let ty = self.kernel.ty(a);
        self.make(Op::Unary(op), &[a], ty, fuel)
    }

    fn icmp(&mut self, cc: IntCc, a: Value, b: Value, fuel: u32) -> Value {
        self.make(Op::ICmp(cc), &[a, b], Type::Bool, fuel)
    }

    /// A constant.
    fn bits(&mut self, ty: Type, bits: u64) -> Value {
        self.constants.get(self.kernel, ty, bits)
    }

    fn truth(&mut self, on: bool) -> Value {
        self.bits(Type::Bool, on as u64)
    }

    fn constant(&self, value: Value) -> Option<u64> {
        self.kernel.constant(value)
    }

    /// Operation and operands of what makes a value.
    fn def(&self, value: Value) -> Option<&InstData> {
        self.kernel.def(value).map(|inst| &self.kernel.insts[inst])
    }

    /// Operands of what makes a value, if that is this binary operation.
    fn binary_of(&self, op: BinaryOp, value: Value) -> Option<(Value, Value)> {
        let data = self.def(value)?;
        (data.op == Op::Binary(op)).then(|| (data.args[0], data.args[1]))
    }

    /// The same with a constant on the right.
    fn binary_const_of(&self, op: BinaryOp, value: Value) -> Option<(Value, u64)> {
        let (a, b) = self.binary_of(op, value)?;
        Some((a, self.constant(b)?))
    }

    fn unary_of(&self, op: UnaryOp, value: Value) -> Option<Value> {
        let data = self.def(value)?;
        (data.op == Op::Unary(op)).then(|| data.args[0])
    }

    fn not_of(&self, value: Value) -> Option<Value> {
        self.unary_of(UnaryOp::Not, value)
    }

    /// What a pure operation is worth, if less than itself.
    fn simplify(&mut self, op: &Op, args: &[Value], ty: Type, fuel: u32) -> Option<Value> {
        if let Some(bits) = self.fold(op, args, ty) {
            return Some(self.bits(ty, bits));
        }
        match *op {
            Op::Unary(op) if ty.is_float() => self.float_unary(op, args[0], fuel),
            Op::Unary(op) => self.integer_unary(op, args[0], ty, fuel),
            Op::Binary(op) if ty.is_float() => self.float_binary(op, args[0], args[1], ty, fuel),
            Op::Binary(op) if ty == Type::Bool => self.bool_binary(op, args[0], args[1], fuel),
            Op::Binary(op) => self.integer_binary(op, args[0], args[1], ty, fuel),
            Op::Ternary(op) => self.ternary(op, args, ty, fuel),
            Op::ICmp(cc) => self.icmp_rules(cc, args[0], args[1], fuel),
            Op::Select => self.select(args, ty, fuel),
            Op::Convert(op) => self.convert(op, args, ty, fuel),
            Op::FCmp(_) | Op::Ldexp | Op::FrexpExp => None,
            Op::Builtin(builtin) => self.builtin(builtin),
            Op::Const(_)
            | Op::Load(_)
            | Op::Store(..)
            | Op::Atomic(..)
            | Op::CompareExchange(..)
            | Op::BindingSize(_)
            | Op::Barrier(_)
            | Op::Subgroup(_)
            | Op::If { .. }
            | Op::Loop { .. }
            | Op::Block { .. }
            | Op::Yield
            | Op::Break(_)
            | Op::Continue(_)
            | Op::Return => None,
        }
    }

    fn fold(&self, op: &Op, args: &[Value], ty: Type) -> Option<u64> {
        let mut bits = [0; 3];
        if args.is_empty() || args.len() > 3 {
            return None;
        }
        for (bits, &arg) in bits.iter_mut().zip(args) {
            *bits = self.constant(arg)?;
        }
        let [a, b, c] = bits;
        let from = self.kernel.ty(args[0]);
        match *op {
            Op::Unary(op) => eval::unary(op, ty, a),
            Op::Binary(op) => eval::binary(op, ty, a, b),
            Op::Ternary(op) => eval::ternary(op, ty, a, b, c),
            Op::Ldexp => Some(eval::ldexp(ty, a, b)),
            Op::FrexpExp => Some(eval::frexp_exp(from, a)),
            Op::ICmp(cc) => Some(eval::compare(eval::icmp(cc, from, a, b))),
            Op::FCmp(cc) => Some(eval::compare(eval::fcmp(cc, from, a, b))),
            Op::Select => Some(if a == 1 { b } else { c }),
            Op::Convert(ConvertOp::Pack) => Some(eval::pack(from, a, b)),
            Op::Convert(op) => eval::convert(op, from, ty, a),
            Op::Const(_)
            | Op::Builtin(_)
            | Op::Load(_)
            | Op::Store(..)
            | Op::Atomic(..)
            | Op::CompareExchange(..)
            | Op::BindingSize(_)
            | Op::Barrier(_)
            | Op::Subgroup(_)
            | Op::If { .. }
            | Op::Loop { .. }
            | Op::Block { .. }
            | Op::Yield
            | Op::Break(_)
            | Op::Continue(_)
            | Op::Return => None,
        }
    }

    /// Inputs that the workgroup's size fixes.
    fn builtin(&mut self, builtin: Builtin) -> Option<Value> {
        let size = self.kernel.workgroup_size;
        let threads = self.kernel.workgroup_threads();
        let fixed = match builtin {
            Builtin::LocalId(axis) => match size.get(axis as usize) {
                Some(1) => 0,
                _ => return None,
            },
            Builtin::LocalIndex | Builtin::SubgroupLane if threads == 1 => 0,
            Builtin::SubgroupId if threads <= 32 => 0,
            Builtin::NumSubgroups => threads.div_ceil(32),
            Builtin::SubgroupSize => 32,
            Builtin::WorkgroupId(_)
            | Builtin::NumWorkgroups(_)
            | Builtin::LocalIndex
            | Builtin::SubgroupLane
            | Builtin::SubgroupId => return None,
        };
        Some(self.bits(Type::I32, fixed as u64))
    }
}

/// Are these a constant and something else?
fn constant_first(kernel: &Kernel, args: &[Value]) -> bool {
    matches!(args, &[a, b] if kernel.constant(a).is_some() && kernel.constant(b).is_none())
}

/// Operands the other way around, where the operation allows it.
pub(super) fn swap(op: &mut Op, args: &mut [Value]) {
    if let Op::ICmp(cc) = op {
        *cc = cc.swapped();
        args.swap(0, 1);
    } else if matches!(op, Op::Binary(binary) if binary.is_commutative()) {
        args.swap(0, 1);
    }
}

/// What a truth value says of its operands: both parts of a conjunction hold if it does, no part of a
/// disjunction does if it does not, and what is negated is the contrary.
pub(super) fn implied(data: &InstData, on: bool) -> impl Iterator<Item = (Value, bool)> + '_ {
    let negated = data.op == Op::Unary(UnaryOp::Not);
    let says = negated || data.op == Op::Binary(if on { BinaryOp::And } else { BinaryOp::Or });
    let operands = if says { data.args.as_slice() } else { &[] };
    operands.iter().map(move |&value| (value, on != negated))
}
