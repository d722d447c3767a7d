//! Booleans and comparisons: lane masks, SCC, selection.
//!
//! A uniform comparison of scalars sets SCC; where a mask is wanted it becomes all ones or all
//! zeros. Every branch repeats its comparison, so that SCC lives from one instruction to the next
//! only, and what is then unused disappears.

use rdna_isa::{Op, Operand};

use super::emit::int;
use super::*;
use crate::amdgpu::mir::{Arg, Inst};

impl Select<'_> {
    /// Both operands of a uniform comparison can be compared by the scalar unit.
    fn scalar_compare(&self, v: Value) -> Option<(IntCc, Value, Value)> {
        let (&Ir::ICmp(cc), &[a, b]) = self.def(v)? else {
            return None;
        };
        let fits = |x: Value| self.kernel.constant(x).is_some() || self.bank(x) == Bank::S;
        let comparable = match self.ty(a) {
            Type::I32 => true,
            Type::I64 => matches!(cc, IntCc::Eq | IntCc::Ne),
            Type::Bool | Type::I16 | Type::F16 | Type::F32 | Type::F64 => false,
        };
        (self.flow.uniform[v] && comparable && fits(a) && fits(b)).then_some((cc, a, b))
    }

    fn emit_scalar_compare(&mut self, cc: IntCc, a: Value, b: Value) {
        if self.ty(a) == Type::I64 {
            let op = if cc == IntCc::Eq {
                Op::S_CMP_EQ_U64
            } else {
                Op::S_CMP_LG_U64
            };
            let a = self.scalar_pair(a);
            let b = self.scalar_pair(b);
            self.inst(Inst::new(op, &[], &[a, b]));
            return;
        }
        let op = match cc {
            IntCc::Eq => Op::S_CMP_EQ_U32,
            IntCc::Ne => Op::S_CMP_LG_U32,
            IntCc::ULt => Op::S_CMP_LT_U32,
            IntCc::ULe => Op::S_CMP_LE_U32,
            IntCc::UGt => Op::S_CMP_GT_U32,
            IntCc::UGe => Op::S_CMP_GE_U32,
            IntCc::SLt => Op::S_CMP_LT_I32,
            IntCc::SLe => Op::S_CMP_LE_I32,
            IntCc::SGt => Op::S_CMP_GT_I32,
            IntCc::SGe => Op::S_CMP_GE_I32,
        };
        let (a, b) = (self.src(a), self.src(b));
        self.s_cmp(op, a, b);
    }

    /// Sets SCC so that a uniform condition holds where it equals the returned value. Nothing may
    /// be emitted between this and SCC's reader.
    pub(super) fn emit_scc(&mut self, condition: Value) -> bool {
        let mut condition = condition;
        let mut holds = true;
        while let Some(inner) = self.unary_def(condition, UnaryOp::Not) {
            condition = inner;
            holds = !holds;
        }
        if let Some((cc, a, b)) = self.scalar_compare(condition) {
            self.emit_scalar_compare(cc, a, b);
            return holds;
        }
        let mask = self.src(condition);
        // Bits of inactive lanes mean nothing.
        self.s_op(Op::S_AND_B32, &[mask, Src::Fixed(Operand::EXEC)]);
        holds
    }

    pub(super) fn icmp(&mut self, data: &InstData, cc: IntCc) -> Result<(), Error> {
        let (a, b) = (data.args[0], data.args[1]);
        let Some(&result) = data.results.first() else {
            return Ok(());
        };
        let ty = self.ty(a);
        if ty == Type::Bool {
            let op = match cc {
                IntCc::Eq => Op::S_XNOR_B32,
                IntCc::Ne => Op::S_XOR_B32,
                IntCc::ULt
                | IntCc::ULe
                | IntCc::UGt
                | IntCc::UGe
                | IntCc::SLt
                | IntCc::SLe
                | IntCc::SGt
                | IntCc::SGe => return self.internal("ordering of booleans"),
            };
            let (a, b) = (self.src(a), self.src(b));
            let mask = self.s_op(op, &[a, b]);
            self.set(data, &[mask]);
            return Ok(());
        }
        if let Some((cc, a, b)) = self.scalar_compare(result) {
            self.emit_scalar_compare(cc, a, b);
            let mask = self.mask_from_scc();
            self.set(data, &[mask]);
            return Ok(());
        }
        let op = int_compare(ty, cc);
        let mask = if ty == Type::I64 {
            let (a, b) = (self.pair(a), self.pair(b));
            let d = self.new_s();
            self.v_inst(op, &[d.into()], &[a, b], Default::default());
            d
        } else {
            let (a, b) = (self.src(a), self.src(b));
            self.v_cmp(op, a, b)
        };
        self.set(data, &[mask]);
        Ok(())
    }

    pub(super) fn bool_binary(&mut self, data: &InstData, op: BinaryOp) -> Result<(), Error> {
        let (a, b) = (data.args[0], data.args[1]);
        let (mut a, mut b, mut negated) = (a, b, false);
        if let Some(inner) = self.unary_def(b, UnaryOp::Not) {
            (b, negated) = (inner, true);
        } else if let Some(inner) = self.unary_def(a, UnaryOp::Not) {
            (a, b, negated) = (b, inner, true);
        }
        let op = match (op, negated) {
            (BinaryOp::And, false) => Op::S_AND_B32,
            (BinaryOp::And, true) => Op::S_AND_NOT1_B32,
            (BinaryOp::Or, false) => Op::S_OR_B32,
            (BinaryOp::Or, true) => Op::S_OR_NOT1_B32,
            (BinaryOp::Xor, false) => Op::S_XOR_B32,
            (BinaryOp::Xor, true) => Op::S_XNOR_B32,
            _ => return self.internal("arithmetic on booleans"),
        };
        let (a, b) = (self.src(a), self.src(b));
        let mask = self.s_op(op, &[a, b]);
        self.set(data, &[mask]);
        Ok(())
    }

    pub(super) fn select_value(&mut self, data: &InstData) -> Result<(), Error> {
        let (condition, accept, reject) = (data.args[0], data.args[1], data.args[2]);
        let Some(&result) = data.results.first() else {
            return Ok(());
        };
        let ty = self.ty(result);
        if ty == Type::Bool {
            return self.select_mask(data, condition, accept, reject);
        }
        let n = words(ty);
        if self.bank(result) == Bank::S {
            let (mut accept, mut reject) = (accept, reject);
            // The sources must not need instructions between the comparison and the selection.
            let sources: Vec<(Src, Src)> = {
                let holds_now = !self.negations(condition);
                if !holds_now {
                    std::mem::swap(&mut accept, &mut reject);
                }
                (0..n)
                    .map(|w| {
                        let (a, b) = (self.word(accept, w), self.word(reject, w));
                        self.one_literal(a, b)
                    })
                    .collect()
            };
            self.emit_scc(condition);
            let regs: Vec<VReg> = sources
                .iter()
                .map(|&(a, b)| self.s_op(Op::S_CSELECT_B32, &[a, b]))
                .collect();
            self.set(data, &regs);
            return Ok(());
        }
        let (mut accept, mut reject) = (accept, reject);
        let mut condition = condition;
        while let Some(inner) = self.unary_def(condition, UnaryOp::Not) {
            condition = inner;
            std::mem::swap(&mut accept, &mut reject);
        }
        let mask = self.src(condition);
        let regs: Vec<VReg> = (0..n)
            .map(|w| {
                let (a, b) = (self.word(accept, w), self.word(reject, w));
                self.v_op(Op::V_CNDMASK_B32, &[b, a, mask])
            })
            .collect();
        self.set(data, &regs);
        Ok(())
    }

    /// Whether [`Select::emit_scc`] will answer with the opposite.
    fn negations(&self, condition: Value) -> bool {
        let (mut condition, mut negated) = (condition, false);
        while let Some(inner) = self.unary_def(condition, UnaryOp::Not) {
            condition = inner;
            negated = !negated;
        }
        negated
    }

    /// Scalar sources of which at most one is a literal.
    fn one_literal(&mut self, a: Src, b: Src) -> (Src, Src) {
        let literal = |s: &Self, x: Src| matches!(s.arg(x), Arg::Fixed(Operand::Literal(_)));
        let a = self.scalar(a);
        let b = self.scalar(b);
        if literal(self, a) && literal(self, b) && a != b {
            return (self.copy(Bank::S, a).into(), b);
        }
        (a, b)
    }

    fn select_mask(
        &mut self,
        data: &InstData,
        condition: Value,
        accept: Value,
        reject: Value,
    ) -> Result<(), Error> {
        let (c, a, b) = (self.src(condition), self.src(accept), self.src(reject));
        let mask = match (a, b) {
            (Src::Bits(0), _) => self.s_op(Op::S_AND_NOT1_B32, &[b, c]),
            (Src::Bits(_), _) => self.s_op(Op::S_OR_B32, &[b, c]),
            (_, Src::Bits(0)) => self.s_op(Op::S_AND_B32, &[a, c]),
            (_, Src::Bits(_)) => self.s_op(Op::S_OR_NOT1_B32, &[a, c]),
            _ => {
                let taken = self.s_op(Op::S_AND_B32, &[a, c]);
                let rest = self.s_op(Op::S_AND_NOT1_B32, &[b, c]);
                self.s_op(Op::S_OR_B32, &[taken.into(), rest.into()])
            }
        };
        self.set(data, &[mask]);
        Ok(())
    }

    /// A mask as an integer: one where it holds.
    pub(super) fn mask_to_int(&mut self, mask: Src) -> VReg {
        self.v_op(Op::V_CNDMASK_B32, &[int(0), int(1), mask])
    }
}

fn int_compare(ty: Type, cc: IntCc) -> Op {
    use IntCc::*;
    match ty {
        Type::I16 => match cc {
            Eq => Op::V_CMP_EQ_U16,
            Ne => Op::V_CMP_NE_U16,
            ULt => Op::V_CMP_LT_U16,
            ULe => Op::V_CMP_LE_U16,
            UGt => Op::V_CMP_GT_U16,
            UGe => Op::V_CMP_GE_U16,
            SLt => Op::V_CMP_LT_I16,
            SLe => Op::V_CMP_LE_I16,
            SGt => Op::V_CMP_GT_I16,
            SGe => Op::V_CMP_GE_I16,
        },
        Type::I64 => match cc {
            Eq => Op::V_CMP_EQ_U64,
            Ne => Op::V_CMP_NE_U64,
            ULt => Op::V_CMP_LT_U64,
            ULe => Op::V_CMP_LE_U64,
            UGt => Op::V_CMP_GT_U64,
            UGe => Op::V_CMP_GE_U64,
            SLt => Op::V_CMP_LT_I64,
            SLe => Op::V_CMP_LE_I64,
            SGt => Op::V_CMP_GT_I64,
            SGe => Op::V_CMP_GE_I64,
        },
        Type::Bool | Type::I32 | Type::F16 | Type::F32 | Type::F64 => match cc {
            Eq => Op::V_CMP_EQ_U32,
            Ne => Op::V_CMP_NE_U32,
            ULt => Op::V_CMP_LT_U32,
            ULe => Op::V_CMP_LE_U32,
            UGt => Op::V_CMP_GT_U32,
            UGe => Op::V_CMP_GE_U32,
            SLt => Op::V_CMP_LT_I32,
            SLe => Op::V_CMP_LE_I32,
            SGt => Op::V_CMP_GT_I32,
            SGe => Op::V_CMP_GE_I32,
        },
    }
}
