//! Atomic read-modify-write operations.

use naga::{AtomicFunction, Expression, Handle};

use super::expressions::one;
use super::functions::Frame;
use super::layout::{value_type, Shape};
use super::{internal, is_float, is_signed, Lowerer, Operand};
use crate::kernel::{AtomicOp, Op, Type, Values};
use crate::Error;

impl<'a> Lowerer<'a> {
    pub(super) fn atomic(
        &mut self,
        frame: &mut Frame<'a>,
        pointer: Handle<Expression>,
        fun: &AtomicFunction,
        value: Handle<Expression>,
        result: Option<Handle<Expression>>,
    ) -> Result<(), Error> {
        let pointer = self.pointer(frame, pointer)?;
        let Shape::Atomic(scalar) = pointer.shape else {
            return Err(internal("an atomic operation on what is not atomic"));
        };
        let mut value = self.scalar(frame, value)?;
        let ty = value_type(scalar);
        let access = self.access_at(&pointer, 0, true);
        let has_offset = pointer.dynamic.is_some();
        let mut args: Values = pointer.dynamic.into_iter().collect();
        let signed = is_signed(scalar);
        let op = match *fun {
            AtomicFunction::Add if is_float(scalar) => AtomicOp::FAdd,
            AtomicFunction::Subtract if is_float(scalar) => {
                value = self.fneg(value);
                AtomicOp::FAdd
            }
            AtomicFunction::Add => AtomicOp::Add,
            AtomicFunction::Subtract => AtomicOp::Sub,
            AtomicFunction::And => AtomicOp::And,
            AtomicFunction::ExclusiveOr => AtomicOp::Xor,
            AtomicFunction::InclusiveOr => AtomicOp::Or,
            AtomicFunction::Min if signed => AtomicOp::SMin,
            AtomicFunction::Min => AtomicOp::UMin,
            AtomicFunction::Max if signed => AtomicOp::SMax,
            AtomicFunction::Max => AtomicOp::UMax,
            AtomicFunction::Exchange { compare: None } => AtomicOp::Exchange,
            AtomicFunction::Exchange {
                compare: Some(expected),
            } => {
                let expected = self.scalar(frame, expected)?;
                args.extend([expected, value]);
                let op = Op::CompareExchange(access, has_offset);
                let inst = self.b.inst(op, &args, &[ty, Type::Bool]);
                let results = self.b.kernel.insts[inst].results.clone();
                return match result {
                    Some(result) => self.define(frame, result, Operand::Values(results)),
                    None => Ok(()),
                };
            }
        };
        args.push(value);
        let op = Op::Atomic(op, access, has_offset);
        match result {
            Some(result) => {
                let old = self.b.value(op, &args, ty);
                self.define(frame, result, one(old))
            }
            None => {
                self.b.inst(op, &args, &[]);
                Ok(())
            }
        }
    }
}
