//! Splitting: the check in front of a loop, its copy without checks, and the choice between them.

use smallvec::SmallVec;

use super::bound::{Bound, Expr};
use super::{Check, Limit, Plan, WORD};
use crate::kernel::*;
use crate::passes::copy::Copier;
use crate::passes::edit::Replacements;

/// Instructions in front of a loop.
struct Front<'k> {
    kernel: &'k mut Kernel,
    list: Vec<InstId>,
    span: naga::Span,
}

impl Front<'_> {
    fn value(&mut self, op: Op, args: &[Value], ty: Type) -> Value {
        let inst = self.kernel.new_inst(op, args, &[ty], self.span);
        self.list.push(inst);
        self.kernel.insts[inst].results[0]
    }

    fn constant(&mut self, ty: Type, bits: u64) -> Value {
        self.value(Op::Const(bits), &[], ty)
    }

    fn binary(&mut self, op: BinaryOp, a: Value, b: Value) -> Value {
        let ty = self.kernel.ty(a);
        self.value(Op::Binary(op), &[a, b], ty)
    }

    /// An i32 or an i64 as i64.
    fn wide(&mut self, value: Value) -> Value {
        if self.kernel.ty(value) == Type::I64 {
            return value;
        }
        self.value(Op::Convert(ConvertOp::ZeroExtend), &[value], Type::I64)
    }

    /// A bound, as i32 where all that it may be fits.
    fn bound(&mut self, bound: &Bound) -> Value {
        let ty_of = |bound: &Bound| match bound.most <= WORD {
            true => Type::I32,
            false => Type::I64,
        };
        match &bound.expr {
            &Expr::Const(value) => self.constant(ty_of(bound), value),
            &Expr::Of(value) => value,
            Expr::Less(inner, by) => {
                let ty = ty_of(inner);
                let (value, by) = (self.bound(inner), self.constant(ty, *by));
                let enough = self.binary(BinaryOp::UMax, value, by);
                let less = self.binary(BinaryOp::ISub, enough, by);
                self.narrow(less, ty_of(bound))
            }
            Expr::Clear(inner, mask) => {
                let ty = ty_of(inner);
                let bits = !mask & if ty == Type::I32 { WORD } else { u64::MAX };
                let (value, bits) = (self.bound(inner), self.constant(ty, bits));
                let cleared = self.binary(BinaryOp::And, value, bits);
                self.narrow(cleared, ty_of(bound))
            }
            Expr::Shifted(inner, by) => {
                let ty = ty_of(inner);
                let (value, by) = (self.bound(inner), self.constant(ty, u64::from(*by)));
                let shifted = self.binary(BinaryOp::LShr, value, by);
                self.narrow(shifted, ty_of(bound))
            }
            Expr::Cut(inner) => {
                let (value, most) = (self.bound(inner), self.constant(Type::I64, WORD));
                let cut = self.binary(BinaryOp::UMin, value, most);
                self.narrow(cut, Type::I32)
            }
            Expr::Sum(a, b) => self.both(BinaryOp::IAdd, a, b, ty_of(bound)),
            Expr::Product(a, b) => self.both(BinaryOp::IMul, a, b, ty_of(bound)),
        }
    }

    fn both(&mut self, op: BinaryOp, a: &Bound, b: &Bound, ty: Type) -> Value {
        let (mut a, mut b) = (self.bound(a), self.bound(b));
        if ty == Type::I64 {
            (a, b) = (self.wide(a), self.wide(b));
        }
        self.binary(op, a, b)
    }

    fn narrow(&mut self, value: Value, to: Type) -> Value {
        match self.kernel.ty(value) == to {
            true => value,
            false => self.value(Op::Convert(ConvertOp::Truncate), &[value], to),
        }
    }

    fn check(&mut self, check: &Check) -> Value {
        let bound = self.bound(&check.bound);
        let (a, b) = match check.limit {
            Limit::Constant(limit) => {
                let ty = self.kernel.ty(bound);
                (bound, self.constant(ty, limit))
            }
            Limit::Binding {
                binding,
                factor,
                end,
            } => {
                let size = self.value(Op::BindingSize(binding), &[], Type::I32);
                // The quotient is a last index; the difference must not wrap.
                if end <= u64::from(self.kernel.bindings[binding].min_size) {
                    let end = self.constant(Type::I32, end);
                    let room = self.binary(BinaryOp::ISub, size, end);
                    let factor = self.constant(Type::I32, factor);
                    (bound, self.binary(BinaryOp::UDiv, room, factor))
                } else {
                    let bound = self.wide(bound);
                    let (factor, end) = (
                        self.constant(Type::I64, factor),
                        self.constant(Type::I64, end),
                    );
                    let product = self.binary(BinaryOp::IMul, bound, factor);
                    let size = self.wide(size);
                    (self.binary(BinaryOp::IAdd, product, end), size)
                }
            }
        };
        self.value(Op::ICmp(IntCc::ULe), &[a, b], Type::Bool)
    }
}

/// Makes the two versions.
pub(super) fn split(kernel: &mut Kernel, region: RegionId, inst: InstId, plan: &Plan) {
    let span = kernel.insts[inst].span;
    let results: SmallVec<[Type; 4]> = kernel.insts[inst]
        .results
        .iter()
        .map(|&result| kernel.ty(result))
        .collect();
    let fast = unchecked(kernel, inst, plan);
    let (op, args) = (
        kernel.insts[inst].op.clone(),
        kernel.insts[inst].args.clone(),
    );
    let slow = kernel.new_inst(op.clone(), &args, &results, span);
    for body in op.regions() {
        retarget(kernel, body, inst, slow);
    }
    let [then, otherwise] = [fast, slow].map(|version| {
        let values = kernel.insts[version].results.clone();
        let yields = kernel.new_inst(Op::Yield, &values, &[], span);
        let region = kernel.new_region(&[]);
        kernel.regions[region].insts = vec![version, yields];
        region
    });
    let mut front = Front {
        kernel,
        list: Vec::new(),
        span,
    };
    let mut all: Option<Value> = None;
    for check in &plan.checks {
        let holds = front.check(check);
        all = Some(match all {
            Some(others) => front.binary(BinaryOp::And, others, holds),
            None => holds,
        });
    }
    let condition = all.unwrap_or_else(|| front.constant(Type::Bool, 1));
    let list = front.list;
    let data = &mut kernel.insts[inst];
    data.op = Op::If { then, otherwise };
    data.args = [condition].into_iter().collect();
    let home = &mut kernel.regions[region].insts;
    let at = home.iter().position(|&i| i == inst).unwrap_or(0);
    home.splice(at..at, list);
}

/// A copy of the loop without checks.
fn unchecked(kernel: &mut Kernel, inst: InstId, plan: &Plan) -> InstId {
    let mut copier = Copier::new(kernel, []);
    let fast = copier.copy(&[inst])[0];
    let accesses: Vec<(InstId, Option<Value>, u32)> = (plan.accesses.iter())
        .map(|access| {
            let dynamic = access.dynamic.map(|value| copier.map(value));
            (copier.insts[&access.inst], dynamic, access.summand)
        })
        .collect();
    let clamps: Vec<InstId> = plan.clamps.iter().map(|inst| copier.insts[inst]).collect();
    for (inst, dynamic, summand) in accesses {
        let data = &mut kernel.insts[inst];
        if let Some(dynamic) = dynamic {
            data.args[0] = dynamic;
        }
        if let Some(access) = data.op.access_mut() {
            access.checked = false;
            access.no_wrap = dynamic.is_some();
            // Within the size of a binding: the sum was bounded with the rest.
            access.offset = access.offset.saturating_add(summand);
        }
    }
    let mut replacements = Replacements::default();
    for clamp in clamps {
        let data = &kernel.insts[clamp];
        replacements.set(data.results[0], data.args[0]);
    }
    for body in kernel.insts[fast].op.regions() {
        let mut walk = Walk::region(body);
        while let Some(step) = walk.next(kernel) {
            if let Step::Inst(inst) = step {
                replacements.apply(kernel, inst);
            }
        }
    }
    fast
}

/// Terminators that lead to one loop lead to another.
fn retarget(kernel: &mut Kernel, body: RegionId, old: InstId, new: InstId) {
    let mut walk = Walk::region(body);
    while let Some(step) = walk.next(kernel) {
        let Step::Inst(inst) = step else { continue };
        if let Op::Break(target) | Op::Continue(target) = &mut kernel.insts[inst].op {
            if *target == old {
                *target = new;
            }
        }
    }
}
