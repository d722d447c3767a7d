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
            if is_pure(&data.op) {
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
        let data = &kernel.insts[inst];
        let first = data.args.first().copied();
        match data.op {
            Op::Binary(op) if is_commutative(op) => {
                let (a, b) = (data.args[0], data.args[1]);
                if kernel.constant(a).is_some() && kernel.constant(b).is_none() {
                    kernel.insts[inst].args.swap(0, 1);
                }
            }
            Op::ICmp(cc) => {
                let (a, b) = (data.args[0], data.args[1]);
                if kernel.constant(a).is_some() && kernel.constant(b).is_none() {
                    kernel.insts[inst].args.swap(0, 1);
                    kernel.insts[inst].op = Op::ICmp(cc.swapped());
                }
            }
            Op::Select => {
                // select(!c, a, b) is select(c, b, a).
                if let Some(condition) = first.and_then(|c| self.not_of(c)) {
                    let args = &mut self.kernel.insts[inst].args;
                    args[0] = condition;
                    args.swap(1, 2);
                    self.changed = true;
                }
            }
            Op::If { then, otherwise } => {
                if let Some(condition) = first.and_then(|c| self.not_of(c)) {
                    let data = &mut self.kernel.insts[inst];
                    data.args[0] = condition;
                    data.op = Op::If {
                        then: otherwise,
                        otherwise: then,
                    };
                    self.changed = true;
                }
            }
            Op::Load(_)
            | Op::Store(_, true)
            | Op::Atomic(_, _, true)
            | Op::CompareExchange(_, true) => self.fold_offset(inst),
            _ => {}
        }
    }

    /// A constant dynamic offset moves into the access.
    fn fold_offset(&mut self, inst: InstId) {
        let data = &self.kernel.insts[inst];
        let (Some(&access), Some(&offset)) = (data.op.access(), data.args.first()) else {
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
        if !sum.is_multiple_of(access.align) || !fits(access.space, sum, self.kernel, inst) {
            return;
        }
        let data = &mut self.kernel.insts[inst];
        match &mut data.op {
            Op::Load(access) => access.offset = sum,
            Op::Store(access, dynamic)
            | Op::Atomic(_, access, dynamic)
            | Op::CompareExchange(access, dynamic) => {
                access.offset = sum;
                *dynamic = false;
            }
            _ => return,
        }
        data.args.remove(0);
        self.changed = true;
    }

    /// Makes an instruction, or finds the value that it would have.
    fn make(&mut self, op: Op, args: &[Value], ty: Type, fuel: u32) -> Value {
        let mut args = Values::from_slice(args);
        let mut op = op;
        let constant_first =
            args.len() == 2 && self.constant(args[0]).is_some() && self.constant(args[1]).is_none();
        if constant_first {
            match op {
                Op::Binary(binary) if is_commutative(binary) => args.swap(0, 1),
                Op::ICmp(cc) => {
                    args.swap(0, 1);
                    op = Op::ICmp(cc.swapped());
                }
                _ => {}
            }
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
            _ => None,
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

/// Does an access at this constant offset lie within its variable, as the verifier wants? One
/// that does not is code that cannot run, or a binding's, where it is checked.
fn fits(space: Space, offset: u32, kernel: &Kernel, inst: InstId) -> bool {
    let data = &kernel.insts[inst];
    let value = if matches!(data.op, Op::Load(_)) {
        data.results.first()
    } else {
        data.args.get(1)
    };
    let count = match data.op {
        Op::Load(_) => data.results.len(),
        Op::Store(..) => data.args.len() - 1,
        _ => 1,
    };
    let Some(&value) = value else { return false };
    let end = offset as u64 + kernel.ty(value).bytes() as u64 * count as u64;
    match space {
        Space::Binding(_) => true,
        Space::Shared(id) => end <= kernel.shared[id].size as u64,
        Space::Local(id) => end <= kernel.locals[id].size as u64,
        Space::Immediates => end <= kernel.immediates as u64,
    }
}

/// Has no effect and reads no memory: its result is a function of its operands.
pub(super) fn is_pure(op: &Op) -> bool {
    match op {
        Op::Const(_)
        | Op::Builtin(_)
        | Op::Unary(_)
        | Op::Binary(_)
        | Op::Ternary(_)
        | Op::Ldexp
        | Op::FrexpExp
        | Op::ICmp(_)
        | Op::FCmp(_)
        | Op::Select
        | Op::Convert(_)
        | Op::BindingSize(_) => true,
        Op::Load(_)
        | Op::Store(..)
        | Op::Atomic(..)
        | Op::CompareExchange(..)
        | Op::Barrier(_)
        | Op::Subgroup(_)
        | Op::If { .. }
        | Op::Loop { .. }
        | Op::Block { .. }
        | Op::Yield
        | Op::Break(_)
        | Op::Continue(_)
        | Op::Return => false,
    }
}

/// May its operands change places?
pub(super) fn is_commutative(op: BinaryOp) -> bool {
    match op {
        BinaryOp::IAdd
        | BinaryOp::IMul
        | BinaryOp::UMulHi
        | BinaryOp::SMulHi
        | BinaryOp::And
        | BinaryOp::Or
        | BinaryOp::Xor
        | BinaryOp::SMin
        | BinaryOp::SMax
        | BinaryOp::UMin
        | BinaryOp::UMax
        | BinaryOp::FAdd
        | BinaryOp::FMul
        | BinaryOp::FMin
        | BinaryOp::FMax => true,
        BinaryOp::ISub
        | BinaryOp::UDiv
        | BinaryOp::SDiv
        | BinaryOp::URem
        | BinaryOp::SRem
        | BinaryOp::Shl
        | BinaryOp::LShr
        | BinaryOp::AShr
        | BinaryOp::FSub
        | BinaryOp::FDiv
        | BinaryOp::FRem => false,
    }
}
