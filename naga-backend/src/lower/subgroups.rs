//! Subgroup and quad operations.
//!
//! In the IR, lanes exchange 32-bit values: narrower ones travel widened, wider ones in halves.
//! Combinations exist for 32 and 64 bits.

use naga::{CollectiveOperation, Direction, Expression, GatherMode, Handle, SubgroupOperation};

use super::functions::Frame;
use super::{is_float, is_signed, Lowerer, Operand};
use crate::kernel::{ConvertOp, Op, ReduceOp, Scan, SubgroupOp, Type, Value, Values};
use crate::Error;

impl<'a> Lowerer<'a> {
    pub(super) fn subgroup_ballot(
        &mut self,
        frame: &mut Frame<'a>,
        result: Handle<Expression>,
        predicate: Option<Handle<Expression>>,
    ) -> Result<(), Error> {
        let predicate = match predicate {
            Some(predicate) => self.scalar(frame, predicate)?,
            None => self.truth(true),
        };
        let mask = self
            .b
            .value(Op::Subgroup(SubgroupOp::Ballot), &[predicate], Type::I32);
        let zero = self.int(0);
        let masks = Values::from_slice(&[mask, zero, zero, zero]);
        self.define(frame, result, Operand::Values(masks))
    }

    pub(super) fn subgroup_gather(
        &mut self,
        frame: &mut Frame<'a>,
        mode: GatherMode,
        argument: Handle<Expression>,
        result: Handle<Expression>,
    ) -> Result<(), Error> {
        let values = self.values(frame, argument)?;
        let (op, lane) = match mode {
            GatherMode::BroadcastFirst => (SubgroupOp::BroadcastFirst, None),
            GatherMode::Broadcast(lane) => (SubgroupOp::Broadcast, Some(lane)),
            GatherMode::Shuffle(lane) => (SubgroupOp::Shuffle, Some(lane)),
            GatherMode::ShuffleDown(delta) => (SubgroupOp::ShuffleDown, Some(delta)),
            GatherMode::ShuffleUp(delta) => (SubgroupOp::ShuffleUp, Some(delta)),
            GatherMode::ShuffleXor(mask) => (SubgroupOp::ShuffleXor, Some(mask)),
            GatherMode::QuadBroadcast(lane) => (SubgroupOp::QuadBroadcast, Some(lane)),
            GatherMode::QuadSwap(Direction::X) => (SubgroupOp::QuadSwap(1), None),
            GatherMode::QuadSwap(Direction::Y) => (SubgroupOp::QuadSwap(2), None),
            GatherMode::QuadSwap(Direction::Diagonal) => (SubgroupOp::QuadSwap(3), None),
        };
        let lane = match lane {
            Some(lane) => Some(self.scalar(frame, lane)?),
            None => None,
        };
        let gathered = values
            .into_iter()
            .map(|value| self.gather(op, value, lane))
            .collect();
        self.define(frame, result, Operand::Values(gathered))
    }

    /// Another lane's value, of any type.
    pub(super) fn gather(&mut self, op: SubgroupOp, value: Value, lane: Option<Value>) -> Value {
        let word = |this: &mut Self, value: Value| {
            let mut args = Values::from_elem(value, 1);
            args.extend(lane);
            let ty = this.ty(value);
            this.b.value(Op::Subgroup(op), &args, ty)
        };
        let ty = self.ty(value);
        match ty {
            Type::I32 | Type::F32 => word(self, value),
            Type::Bool => {
                let value = self.int_from_bool(value);
                let value = word(self, value);
                self.bool_from_int(value)
            }
            Type::F16 => {
                let value = self.b.convert(ConvertOp::Bitcast, value, Type::I16);
                let value = self.gather(op, value, lane);
                self.b.convert(ConvertOp::Bitcast, value, ty)
            }
            Type::I16 => {
                let value = self.b.convert(ConvertOp::ZeroExtend, value, Type::I32);
                let value = word(self, value);
                self.b.convert(ConvertOp::Truncate, value, ty)
            }
            Type::I64 => {
                let low = self.b.convert(ConvertOp::UnpackLow, value, Type::I32);
                let high = self.b.convert(ConvertOp::UnpackHigh, value, Type::I32);
                let halves = [word(self, low), word(self, high)];
                self.b.value(Op::Convert(ConvertOp::Pack), &halves, ty)
            }
            Type::F64 => {
                let value = self.b.convert(ConvertOp::Bitcast, value, Type::I64);
                let value = self.gather(op, value, lane);
                self.b.convert(ConvertOp::Bitcast, value, ty)
            }
        }
    }

    pub(super) fn subgroup_collective(
        &mut self,
        frame: &mut Frame<'a>,
        op: SubgroupOperation,
        collective: CollectiveOperation,
        argument: Handle<Expression>,
        result: Handle<Expression>,
    ) -> Result<(), Error> {
        let scalar = self.scalar_of(frame, argument)?;
        let values = self.values(frame, argument)?;
        let scan = match collective {
            CollectiveOperation::Reduce => Scan::Reduce,
            CollectiveOperation::InclusiveScan => Scan::Inclusive,
            CollectiveOperation::ExclusiveScan => Scan::Exclusive,
        };
        let (float, signed) = (is_float(scalar), is_signed(scalar));
        let pick = |on_float, on_signed, on_unsigned| match (float, signed) {
            (true, _) => on_float,
            (false, true) => on_signed,
            (false, false) => on_unsigned,
        };
        use ReduceOp::*;
        let op = match op {
            SubgroupOperation::All => SubgroupOp::All,
            SubgroupOperation::Any => SubgroupOp::Any,
            SubgroupOperation::Add => SubgroupOp::Combine(pick(FAdd, IAdd, IAdd), scan),
            SubgroupOperation::Mul => SubgroupOp::Combine(pick(FMul, IMul, IMul), scan),
            SubgroupOperation::Min => SubgroupOp::Combine(pick(FMin, SMin, UMin), scan),
            SubgroupOperation::Max => SubgroupOp::Combine(pick(FMax, SMax, UMax), scan),
            SubgroupOperation::And => SubgroupOp::Combine(And, scan),
            SubgroupOperation::Or => SubgroupOp::Combine(Or, scan),
            SubgroupOperation::Xor => SubgroupOp::Combine(Xor, scan),
        };
        let combined = values
            .into_iter()
            .map(|value| self.combine(op, value, signed))
            .collect();
        self.define(frame, result, Operand::Values(combined))
    }

    fn combine(&mut self, op: SubgroupOp, value: Value, signed: bool) -> Value {
        let ty = self.ty(value);
        let wide = match ty {
            Type::I16 => self.resize_int(value, signed, Type::I32),
            Type::F16 => self.resize_float(value, Type::F32),
            Type::Bool | Type::I32 | Type::I64 | Type::F32 | Type::F64 => value,
        };
        let wide_ty = self.ty(wide);
        let result = self.b.value(Op::Subgroup(op), &[wide], wide_ty);
        match ty {
            Type::I16 => self.resize_int(result, signed, ty),
            Type::F16 => self.resize_float(result, ty),
            Type::Bool | Type::I32 | Type::I64 | Type::F32 | Type::F64 => result,
        }
    }
}
