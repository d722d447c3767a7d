//! Statements and structured control flow.

use naga::{Block, Expression, Handle, Span, Statement};

use super::functions::{Frame, Target};
use super::{internal, operands, unsupported, Lowerer, Operand, Pointer};
use crate::kernel::{Barrier, Op, SubgroupOp, Value};
use crate::Error;

impl<'a> Lowerer<'a> {
    /// Lowers a block's statements up to the first that does not fall through.
    pub(super) fn block(&mut self, frame: &mut Frame<'a>, block: &'a Block) -> Result<(), Error> {
        self.descend()?;
        for (statement, &span) in block.span_iter() {
            if self.b.is_terminated() {
                break;
            }
            self.b.span = span;
            self.statement(frame, statement, span)?;
        }
        self.depth -= 1;
        Ok(())
    }

    fn statement(
        &mut self,
        frame: &mut Frame<'a>,
        statement: &'a Statement,
        span: Span,
    ) -> Result<(), Error> {
        match *statement {
            Statement::Emit(ref range) => {
                for expr in range.clone() {
                    self.emit(frame, expr)?;
                }
                self.check_budget()
            }
            Statement::Block(ref block) => self.block(frame, block),
            Statement::If {
                condition,
                ref accept,
                ref reject,
            } => self.if_statement(frame, condition, accept, reject),
            Statement::Switch {
                selector,
                ref cases,
            } => self.switch(frame, selector, cases),
            Statement::Loop {
                ref body,
                ref continuing,
                break_if,
            } => self.loop_statement(frame, body, continuing, break_if),
            Statement::Break => {
                let target = frame.break_to;
                let target = target.ok_or_else(|| internal("break outside loop and switch"))?;
                self.leave(target, &[]);
                Ok(())
            }
            Statement::Continue => {
                let target = frame.continue_to;
                let target = target.ok_or_else(|| internal("continue outside loop"))?;
                match target.region {
                    Some(_) => self.leave(target, &[]),
                    None => {
                        self.b.inst(Op::Continue(target.inst), &[], &[]);
                    }
                }
                Ok(())
            }
            Statement::Return { value } => self.return_from(frame, value),
            Statement::Kill => Err(unsupported("discard", span)),
            Statement::ControlBarrier(flags) => {
                self.barrier(flags, true);
                Ok(())
            }
            Statement::MemoryBarrier(flags) => {
                self.barrier(flags, false);
                Ok(())
            }
            Statement::Store { pointer, value } => {
                let value = self.operand(frame, value)?;
                let pointer = self.pointer(frame, pointer)?;
                self.store(&pointer, &value)
            }
            Statement::ImageStore { .. } => Err(unsupported("textureStore", span)),
            Statement::Atomic {
                pointer,
                ref fun,
                value,
                result,
            } => self.atomic(frame, pointer, fun, value, result),
            Statement::ImageAtomic { .. } => Err(unsupported("a texture atomic", span)),
            Statement::WorkGroupUniformLoad { pointer, result } => {
                let pointer = self.pointer(frame, pointer)?;
                let operand = self.workgroup_uniform_load(&pointer)?;
                self.define(frame, result, operand)
            }
            Statement::Call {
                function,
                ref arguments,
                result,
            } => {
                let operand = self.call(frame, function, arguments)?;
                match (result, operand) {
                    (Some(result), Some(operand)) => self.define(frame, result, operand),
                    (Some(_), None) => Err(internal("a result of a function that has none")),
                    (None, _) => Ok(()),
                }
            }
            Statement::RayQuery { .. } => Err(unsupported("a ray query", span)),
            Statement::RayPipelineFunction(_) => Err(unsupported("traceRay", span)),
            Statement::SubgroupBallot { result, predicate } => {
                self.subgroup_ballot(frame, result, predicate)
            }
            Statement::SubgroupGather {
                mode,
                argument,
                result,
            } => self.subgroup_gather(frame, mode, argument, result),
            Statement::SubgroupCollectiveOperation {
                op,
                collective_op,
                argument,
                result,
            } => self.subgroup_collective(frame, op, collective_op, argument, result),
            Statement::CooperativeStore { .. } => Err(unsupported("a cooperative matrix", span)),
        }
    }

    fn if_statement(
        &mut self,
        frame: &mut Frame<'a>,
        condition: Handle<Expression>,
        accept: &'a Block,
        reject: &'a Block,
    ) -> Result<(), Error> {
        let condition = self.scalar(frame, condition)?;
        let then = self.b.kernel.new_region(&[]);
        let otherwise = self.b.kernel.new_region(&[]);
        self.b.inst(Op::If { then, otherwise }, &[condition], &[]);
        let outer = self.b.switch_to(then);
        for (region, block) in [(then, accept), (otherwise, reject)] {
            self.b.switch_to(region);
            self.block(frame, block)?;
            if !self.b.is_terminated() {
                self.b.inst(Op::Yield, &[], &[]);
            }
        }
        self.b.switch_to(outer);
        Ok(())
    }

    fn loop_statement(
        &mut self,
        frame: &mut Frame<'a>,
        body: &'a Block,
        continuing: &'a Block,
        break_if: Option<Handle<Expression>>,
    ) -> Result<(), Error> {
        let region = self.b.kernel.new_region(&[]);
        let inst = self.b.inst(Op::Loop { body: region }, &[], &[]);
        let outer = self.b.switch_to(region);
        let this = Target { inst, region: None };
        let around = (frame.break_to, frame.continue_to);
        frame.break_to = Some(this);
        if operands::continues(body) && (!continuing.is_empty() || break_if.is_some()) {
            // `continue` leaves a block around the body. What `continuing` uses of the body's
            // values crosses the block's end through memory.
            let mut used = Vec::new();
            operands::of_block(continuing, &frame.function.expressions, &mut |expr| {
                used.push(expr)
            });
            used.extend(break_if);
            self.expect_escapes(frame, used.iter().copied());
            let (target, around_body) = self.open_block(&[]);
            frame.continue_to = Some(target);
            self.block(frame, body)?;
            self.close_block(target, around_body, &[]);
            self.restore_escapes(frame, used.into_iter());
        } else {
            frame.continue_to = Some(this);
            self.block(frame, body)?;
        }
        if !self.b.is_terminated() {
            self.block(frame, continuing)?;
        }
        if !self.b.is_terminated() {
            if let Some(condition) = break_if {
                let condition = self.scalar(frame, condition)?;
                self.when(condition, |lowerer| lowerer.leave(this, &[]));
            }
            self.b.inst(Op::Continue(inst), &[], &[]);
        }
        (frame.break_to, frame.continue_to) = around;
        self.b.switch_to(outer);
        Ok(())
    }

    fn barrier(&mut self, flags: naga::Barrier, execution: bool) {
        let subgroup = flags == naga::Barrier::SUB_GROUP;
        let barrier = Barrier {
            // The lanes of a subgroup run in step: there the memory order is all there is to do.
            execution: execution && !subgroup,
            shared: subgroup || flags.contains(naga::Barrier::WORK_GROUP),
            storage: subgroup || flags.intersects(naga::Barrier::STORAGE | naga::Barrier::TEXTURE),
        };
        self.b.inst(Op::Barrier(barrier), &[], &[]);
    }

    /// `workgroupUniformLoad`: the result is made uniform for the subgroup, so that control flow
    /// on it is.
    fn workgroup_uniform_load(&mut self, pointer: &Pointer) -> Result<Operand, Error> {
        self.barrier_shared();
        let operand = self.load(pointer)?;
        self.barrier_shared();
        Ok(match operand {
            Operand::Values(values) => Operand::Values(
                values
                    .into_iter()
                    .map(|value| self.gather(SubgroupOp::BroadcastFirst, value, None))
                    .collect(),
            ),
            other @ (Operand::Zero(_)
            | Operand::Memory(_)
            | Operand::Pointer(_)
            | Operand::Resource) => other,
        })
    }

    /// A pointer expression.
    pub(super) fn pointer(
        &mut self,
        frame: &mut Frame<'a>,
        expr: Handle<Expression>,
    ) -> Result<Pointer, Error> {
        match self.operand(frame, expr)? {
            Operand::Pointer(pointer) => Ok(pointer),
            Operand::Values(_) | Operand::Zero(_) | Operand::Memory(_) | Operand::Resource => {
                Err(internal("a value where a pointer should be"))
            }
        }
    }

    /// A scalar expression.
    pub(super) fn scalar(
        &mut self,
        frame: &mut Frame<'a>,
        expr: Handle<Expression>,
    ) -> Result<Value, Error> {
        self.ready(frame, expr)?;
        match *frame.get(expr)? {
            Operand::Values(ref values) if values.len() == 1 => Ok(values[0]),
            Operand::Values(_)
            | Operand::Zero(_)
            | Operand::Memory(_)
            | Operand::Pointer(_)
            | Operand::Resource => Err(internal("an aggregate where a scalar should be")),
        }
    }
}
