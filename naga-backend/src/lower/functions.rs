//! Function bodies in place of calls, and what is known of one of them while it is lowered.

use hashbrown::HashMap;
use naga::valid::FunctionInfo;
use naga::{Expression, Function, Handle, TypeInner};

use super::layout::{value_type, Shape};
use super::{internal, unsupported, Lowerer, Operand, Pointer, SCALARS_MAX};
use crate::kernel::{InstId, Op, RegionId, Type, Value, Values};
use crate::Error;

/// One inlined instance of a function.
pub(super) struct Frame<'a> {
    pub function: &'a Function,
    pub info: &'a FunctionInfo,
    /// By expression; what has been evaluated.
    expressions: Vec<Option<Operand>>,
    /// By expression; values that something indexes dynamically, kept in memory.
    spilled: Vec<bool>,
    /// By local variable.
    pub locals: Vec<Option<Pointer>>,
    arguments: Vec<Operand>,
    /// Values of a loop's body that its `continuing` part uses, and where they are kept.
    escapes: HashMap<Handle<Expression>, Option<Escape>>,
    /// Where `return` goes; `None` in the entry point.
    pub exit: Option<Exit>,
    /// Where `break` goes.
    pub break_to: Option<Target>,
    /// Where `continue` goes.
    pub continue_to: Option<Target>,
}

/// A construct that statements leave.
#[derive(Clone, Copy, Debug)]
pub(super) struct Target {
    pub inst: InstId,
    /// The region whose end leaves the construct by `Yield`; `None` for loops.
    pub region: Option<RegionId>,
}

/// What `return` does.
#[derive(Clone, Debug)]
pub(super) struct Exit {
    target: Target,
    result: Returned,
}

/// How a function's result reaches its caller.
#[derive(Clone, Debug)]
enum Returned {
    /// As results of the block, of these types.
    Values(Vec<Type>),
    /// In memory, for large aggregates.
    Memory(Pointer),
}

/// A value that crosses from a loop's body to its `continuing` part.
struct Escape {
    operand: Operand,
    /// Holds each of the operand's values in turn.
    kept: Vec<Pointer>,
}

impl<'a> Frame<'a> {
    pub fn new(
        function: &'a Function,
        info: &'a FunctionInfo,
        arguments: Vec<Operand>,
        exit: Option<Exit>,
    ) -> Frame<'a> {
        Frame {
            function,
            info,
            expressions: vec![None; function.expressions.len()],
            spilled: vec![false; function.expressions.len()],
            locals: vec![None; function.local_variables.len()],
            arguments,
            escapes: HashMap::new(),
            exit,
            break_to: None,
            continue_to: None,
        }
    }

    /// Type of an expression.
    pub fn ty(&self, expr: Handle<Expression>, module: &'a naga::Module) -> &'a TypeInner {
        self.info[expr].ty.inner_with(&module.types)
    }

    /// What an expression was evaluated to.
    pub fn get(&self, expr: Handle<Expression>) -> Result<&Operand, Error> {
        self.expressions[expr.index()].as_ref().ok_or_else(|| {
            internal(format!(
                "expression {expr:?} is used before it is evaluated"
            ))
        })
    }

    pub fn is_known(&self, expr: Handle<Expression>) -> bool {
        self.expressions[expr.index()].is_some()
    }
}

impl<'a> Lowerer<'a> {
    /// Shape of an expression's value.
    pub(super) fn shape(
        &self,
        frame: &Frame<'a>,
        expr: Handle<Expression>,
    ) -> Result<Shape, Error> {
        let ty = &frame.info[expr].ty;
        let shape = Shape::new(ty.inner_with(&self.module.types), ty.handle());
        shape.ok_or_else(|| {
            unsupported(
                "a value of this type",
                frame.function.expressions.get_span(expr),
            )
        })
    }

    /// Records what an expression evaluates to.
    pub(super) fn define(
        &mut self,
        frame: &mut Frame<'a>,
        expr: Handle<Expression>,
        mut operand: Operand,
    ) -> Result<(), Error> {
        if frame.spilled[expr.index()] {
            if let Operand::Values(ref values) = operand {
                let shape = self.shape(frame, expr)?;
                operand = Operand::Memory(self.spill(values, shape)?);
            }
        }
        if frame.escapes.contains_key(&expr) {
            let escape = self.keep(&operand)?;
            frame.escapes.insert(expr, Some(escape));
        }
        frame.expressions[expr.index()] = Some(operand);
        Ok(())
    }

    /// Stores an operand's values, to be read beyond the region they belong to.
    fn keep(&mut self, operand: &Operand) -> Result<Escape, Error> {
        let values: Values = match *operand {
            Operand::Values(ref values) => values.clone(),
            Operand::Zero(_) | Operand::Resource => Values::new(),
            Operand::Memory(pointer) | Operand::Pointer(pointer) => {
                pointer.dynamic.into_iter().collect()
            }
        };
        let mut kept = Vec::with_capacity(values.len());
        for value in values {
            let scalar = scalar_of(self.ty(value));
            let pointer = self.local("kept", Shape::Scalar(scalar))?;
            self.store_values(&pointer, &[value])?;
            kept.push(pointer);
        }
        Ok(Escape {
            operand: operand.clone(),
            kept,
        })
    }

    /// Declares that `exprs`, where the coming body defines them, are used after it.
    pub(super) fn expect_escapes(
        &mut self,
        frame: &mut Frame<'a>,
        exprs: impl Iterator<Item = Handle<Expression>>,
    ) {
        for expr in exprs {
            // Constants, variables and arguments are known everywhere.
            if !frame.is_known(expr) && !frame.function.expressions[expr].needs_pre_emit() {
                frame.escapes.insert(expr, None);
            }
        }
    }

    /// Reads back what was kept.
    pub(super) fn restore_escapes(
        &mut self,
        frame: &mut Frame<'a>,
        exprs: impl Iterator<Item = Handle<Expression>>,
    ) {
        for expr in exprs {
            let Some(Some(escape)) = frame.escapes.remove(&expr) else {
                continue;
            };
            let mut values = Values::new();
            for pointer in &escape.kept {
                values.extend(self.load_values(pointer));
            }
            let mut operand = escape.operand;
            match operand {
                Operand::Values(ref mut old) => *old = values,
                Operand::Zero(_) | Operand::Resource => {}
                Operand::Memory(ref mut pointer) | Operand::Pointer(ref mut pointer) => {
                    pointer.dynamic = values.first().copied();
                }
            }
            frame.expressions[expr.index()] = Some(operand);
        }
    }

    /// Lowers a function's body at the cursor.
    pub(super) fn function_body(&mut self, frame: &mut Frame<'a>) -> Result<(), Error> {
        let function = frame.function;
        for (_, expression) in function.expressions.iter() {
            if let Expression::Access { base, index } = *expression {
                let pointer = frame.ty(base, self.module).pointer_space().is_some();
                if !pointer && function.expressions[index].is_dynamic_index() {
                    let scalars = self.shape(frame, base).map(|s| self.layouts.scalars(s))?;
                    frame.spilled[base.index()] = scalars > 4;
                }
            }
        }
        for (expr, expression) in function.expressions.iter() {
            if let Expression::FunctionArgument(n) = *expression {
                let argument = frame.arguments.get(n as usize).cloned();
                let argument = argument.ok_or_else(|| internal("a call with too few arguments"))?;
                self.define(frame, expr, argument)?;
            }
        }
        for (handle, variable) in function.local_variables.iter() {
            let span = function.local_variables.get_span(handle);
            self.b.span = span;
            if let TypeInner::RayQuery { .. } = self.module.types[variable.ty].inner {
                return Err(unsupported("a ray query", span));
            }
            let shape = self.layouts.shape(variable.ty)?;
            let pointer = self.local(variable.name.as_deref().unwrap_or("local"), shape)?;
            frame.locals[handle.index()] = Some(pointer);
            let value = match variable.init {
                Some(init) => self.operand(frame, init)?,
                None => Operand::Zero(shape),
            };
            self.store(&pointer, &value)?;
        }
        self.block(frame, &function.body)
    }

    /// Lowers a call; returns its result, if it has one.
    pub(super) fn call(
        &mut self,
        caller: &mut Frame<'a>,
        callee: Handle<Function>,
        arguments: &[Handle<Expression>],
    ) -> Result<Option<Operand>, Error> {
        self.check_budget()?;
        let arguments = arguments
            .iter()
            .map(|&argument| self.operand(caller, argument))
            .collect::<Result<Vec<_>, _>>()?;
        let function = &self.module.functions[callee];
        let result = match function.result {
            None => Returned::Values(Vec::new()),
            Some(ref result) => {
                let shape = self.layouts.shape(result.ty)?;
                if self.layouts.scalars(shape) > SCALARS_MAX {
                    Returned::Memory(self.local("result", shape)?)
                } else {
                    let leaves = self.layouts.leaves(shape);
                    Returned::Values(leaves.iter().map(|leaf| value_type(leaf.scalar)).collect())
                }
            }
        };
        let types = match result {
            Returned::Values(ref types) => types.clone(),
            Returned::Memory(_) => Vec::new(),
        };
        let span = self.b.span;
        let (target, outer) = self.open_block(&types);
        let exit = Exit {
            target,
            result: result.clone(),
        };
        let mut frame = Frame::new(function, &self.info[callee], arguments, Some(exit));
        self.function_body(&mut frame)?;
        self.b.span = span;
        let values = self.close_block(target, outer, &types);
        Ok(match (function.result.is_some(), result) {
            (false, _) => None,
            (true, Returned::Values(_)) => Some(Operand::Values(values)),
            (true, Returned::Memory(pointer)) => Some(Operand::Memory(pointer)),
        })
    }

    /// Begins a block that can be left early; returns it and the region around it.
    pub(super) fn open_block(&mut self, types: &[Type]) -> (Target, RegionId) {
        let body = self.b.kernel.new_region(&[]);
        let inst = self.b.inst(Op::Block { body }, &[], types);
        let outer = self.b.switch_to(body);
        let target = Target {
            inst,
            region: Some(body),
        };
        (target, outer)
    }

    /// Ends a block and goes back to the region around it; returns the block's results. A block
    /// that nothing leaves early dissolves.
    pub(super) fn close_block(
        &mut self,
        target: Target,
        outer: RegionId,
        types: &[Type],
    ) -> Values {
        if !self.b.is_terminated() {
            // The end of a function with a result: never reached.
            let zeros: Values = types.iter().map(|&ty| self.zero(ty)).collect();
            self.b.inst(Op::Yield, &zeros, &[]);
        }
        let body = self.b.switch_to(outer);
        if self.leavers.remove(&target.inst) {
            return self.b.kernel.insts[target.inst].results.clone();
        }
        let kernel = &mut *self.b.kernel;
        let mut insts = std::mem::take(&mut kernel.regions[body].insts);
        let block = kernel.regions[outer].insts.pop();
        debug_assert_eq!(block, Some(target.inst));
        let mut values = Values::new();
        if let Some(&last) = insts.last() {
            if kernel.insts[last].op == Op::Yield {
                values = kernel.insts[last].args.clone();
                insts.pop();
            } else {
                values = types.iter().map(|&ty| self.zero(ty)).collect();
            }
        }
        self.b.kernel.regions[outer].insts.append(&mut insts);
        values
    }

    /// Leaves a construct from the cursor.
    pub(super) fn leave(&mut self, target: Target, values: &[Value]) {
        if target.region == Some(self.b.region) {
            self.b.inst(Op::Yield, values, &[]);
        } else {
            self.leavers.insert(target.inst);
            self.b.inst(Op::Break(target.inst), values, &[]);
        }
    }

    /// Lowers `return`.
    pub(super) fn return_from(
        &mut self,
        frame: &mut Frame<'a>,
        value: Option<Handle<Expression>>,
    ) -> Result<(), Error> {
        let value = value.map(|value| self.operand(frame, value)).transpose()?;
        let Some(exit) = frame.exit.clone() else {
            self.b.inst(Op::Return, &[], &[]);
            return Ok(());
        };
        let values = match (exit.result, value) {
            (Returned::Memory(pointer), Some(value)) => {
                self.store(&pointer, &value)?;
                Values::new()
            }
            (Returned::Values(_), Some(value)) => self.materialise(&value)?,
            // Without a value in a function that has one: front ends put it where the function's
            // end cannot be reached.
            (Returned::Values(types), None) => types.iter().map(|&ty| self.zero(ty)).collect(),
            (Returned::Memory(_), None) => Values::new(),
        };
        self.leave(exit.target, &values);
        Ok(())
    }
}

/// A naga scalar that is stored as `ty` is.
fn scalar_of(ty: Type) -> naga::Scalar {
    use naga::{Scalar, ScalarKind};
    match ty {
        Type::Bool => Scalar::BOOL,
        Type::I16 => Scalar {
            kind: ScalarKind::Uint,
            width: 2,
        },
        Type::I32 => Scalar::U32,
        Type::I64 => Scalar::U64,
        Type::F16 => Scalar::F16,
        Type::F32 => Scalar::F32,
        Type::F64 => Scalar::F64,
    }
}
