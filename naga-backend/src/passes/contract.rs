//! Products and sums become fused multiply-adds.
//!
//! WGSL allows it ("an implementation may fuse operations if the transformed expression is at
//! least as accurate"), and it halves the instructions. Only where the product has no other use:
//! else nothing is saved. Subtraction negates an operand, which back ends take for free.

use super::edit::Editor;
use crate::kernel::*;

/// Joins; says whether there was anything.
pub(super) fn run(kernel: &mut Kernel) -> bool {
    let uses = uses(kernel);
    let mut changed = false;
    let mut editor = Editor::new(kernel);
    while let Some(step) = editor.next(kernel) {
        let Step::Inst(inst) = step else { continue };
        let data = &kernel.insts[inst];
        if let Op::Binary(op @ (BinaryOp::FAdd | BinaryOp::FSub)) = data.op {
            let (a, b) = (data.args[0], data.args[1]);
            let product = |value: Value| {
                let def = &kernel.insts[kernel.def(value)?];
                let joins = def.op == Op::Binary(BinaryOp::FMul) && uses[value] == 1;
                joins.then(|| (def.args[0], def.args[1]))
            };
            // (factor, factor, addend, which of factor and addend is negative)
            let found = match (product(b), product(a)) {
                (Some((x, y)), _) => Some((x, y, a, op == BinaryOp::FSub, false)),
                (_, Some((x, y))) => Some((x, y, b, false, op == BinaryOp::FSub)),
                _ => None,
            };
            if let Some((mut x, y, mut c, minus_x, minus_c)) = found {
                changed = true;
                if minus_x {
                    x = negated(kernel, &mut editor, x, inst);
                }
                if minus_c {
                    c = negated(kernel, &mut editor, c, inst);
                }
                let data = &mut kernel.insts[inst];
                data.op = Op::Ternary(TernaryOp::Fma);
                data.args = Values::from_slice(&[x, y, c]);
            }
        }
        editor.keep(kernel, inst);
    }
    changed
}

fn negated(kernel: &mut Kernel, editor: &mut Editor, value: Value, like: InstId) -> Value {
    let ty = kernel.ty(value);
    let (op, args): (Op, &[Value]) = match kernel.constant(value) {
        Some(bits) => (Op::Const(bits ^ (1 << (ty.bits() - 1))), &[]),
        None => (Op::Unary(UnaryOp::FNeg), &[value]),
    };
    let inst = kernel.new_inst(op, args, &[ty], kernel.insts[like].span);
    editor.insert(inst);
    kernel.insts[inst].results[0]
}

/// How often each value is an operand.
pub(super) fn uses(kernel: &Kernel) -> EntityVec<Value, u32> {
    let mut uses = EntityVec::filled(0, kernel.values.len());
    let mut walk = Walk::new(kernel);
    while let Some(step) = walk.next(kernel) {
        if let Step::Inst(inst) = step {
            for &arg in &kernel.insts[inst].args {
                uses[arg] += 1;
            }
        }
    }
    uses
}
