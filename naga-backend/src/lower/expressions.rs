//! Expressions.

use naga::{Expression, Handle, ImageQuery, RelationalFunction, ScalarKind, Span};

use super::functions::Frame;
use super::layout::Shape;
use super::{internal, unsupported, Lowerer, Operand};
use crate::kernel::{BinaryOp, FloatCc, Op, Space, Type, Value, Values};
use crate::Error;

impl<'a> Lowerer<'a> {
    /// Evaluates an expression where a statement emits it.
    pub(super) fn emit(
        &mut self,
        frame: &mut Frame<'a>,
        expr: Handle<Expression>,
    ) -> Result<(), Error> {
        self.b.span = frame.function.expressions.get_span(expr);
        let operand = self.evaluate(frame, expr)?;
        self.define(frame, expr, operand)
    }

    /// Sees to it that an expression is evaluated. What no statement emits is constant, so it is
    /// known wherever it is first asked for.
    pub(super) fn ready(
        &mut self,
        frame: &mut Frame<'a>,
        expr: Handle<Expression>,
    ) -> Result<(), Error> {
        if frame.is_known(expr) {
            return Ok(());
        }
        let expressions = &frame.function.expressions;
        let operand =
            if let Expression::Compose { .. } | Expression::Splat { .. } = expressions[expr] {
                self.constant_expression(expressions, expr, 0)?
            } else {
                self.evaluate(frame, expr)?
            };
        self.define(frame, expr, operand)
    }

    /// An expression's operand.
    pub(super) fn operand(
        &mut self,
        frame: &mut Frame<'a>,
        expr: Handle<Expression>,
    ) -> Result<Operand, Error> {
        self.ready(frame, expr)?;
        frame.get(expr).cloned()
    }

    /// An expression's scalars.
    pub(super) fn values(
        &mut self,
        frame: &mut Frame<'a>,
        expr: Handle<Expression>,
    ) -> Result<Values, Error> {
        self.ready(frame, expr)?;
        self.materialise(frame.get(expr)?)
    }

    fn evaluate(
        &mut self,
        frame: &mut Frame<'a>,
        expr: Handle<Expression>,
    ) -> Result<Operand, Error> {
        let span = || frame.function.expressions.get_span(expr);
        match frame.function.expressions[expr] {
            Expression::Literal(literal) => Ok(one(self.literal(literal)?)),
            Expression::Constant(_) | Expression::ZeroValue(_) | Expression::Override(_) => {
                self.constant_expression(&frame.function.expressions, expr, 0)
            }
            Expression::Compose { ty, ref components } => {
                let shape = self.layouts.shape(ty)?;
                let parts = components
                    .iter()
                    .map(|&component| self.operand(frame, component))
                    .collect::<Result<Vec<_>, _>>()?;
                self.compose(shape, parts)
            }
            Expression::Access { base, index } => {
                self.ready(frame, base)?;
                if let Operand::Resource = frame.get(base)? {
                    return Ok(Operand::Resource);
                }
                self.access(frame, base, index)
            }
            Expression::AccessIndex { base, index } => {
                self.ready(frame, base)?;
                let operand = frame.get(base)?;
                if let Operand::Pointer(pointer) = operand {
                    Ok(Operand::Pointer(self.member(pointer, index)?))
                } else if let Operand::Resource = operand {
                    Ok(Operand::Resource)
                } else {
                    let shape = self.shape(frame, base)?;
                    self.extract(frame.get(base)?, shape, index)
                }
            }
            Expression::Splat { size, value } => {
                let value = self.scalar(frame, value)?;
                Ok(Operand::Values(Values::from_elem(value, size as usize)))
            }
            Expression::Swizzle {
                size,
                vector,
                pattern,
            } => {
                let vector = self.values(frame, vector)?;
                let chosen = pattern[..size as usize].iter();
                let chosen = chosen.map(|&component| vector.get(component as usize).copied());
                let chosen: Option<Values> = chosen.collect();
                chosen
                    .map(Operand::Values)
                    .ok_or_else(|| internal("a swizzle outside its vector"))
            }
            // Defined when the body begins.
            Expression::FunctionArgument(_) => Err(internal("a function argument is unknown")),
            // Front ends may name what nothing reads or writes, and parts of it.
            Expression::GlobalVariable(global) => Ok(self.globals[global.index()]
                .clone()
                .unwrap_or(Operand::Resource)),
            Expression::LocalVariable(local) => frame.locals[local.index()]
                .map(Operand::Pointer)
                .ok_or_else(|| internal("a local variable before its declaration")),
            Expression::Load { pointer } => {
                let pointer = self.pointer(frame, pointer)?;
                self.load(&pointer)
            }
            Expression::ImageSample { .. } => Err(unsupported("textureSample", span())),
            Expression::ImageLoad { .. } => Err(unsupported("textureLoad", span())),
            Expression::ImageQuery { query, .. } => {
                let what = match query {
                    ImageQuery::Size { .. } => "textureDimensions",
                    ImageQuery::NumLevels => "textureNumLevels",
                    ImageQuery::NumLayers => "textureNumLayers",
                    ImageQuery::NumSamples => "textureNumSamples",
                };
                Err(unsupported(what, span()))
            }
            Expression::Unary { op, expr: operand } => {
                let scalar = self.scalar_of(frame, operand)?;
                let operand = self.values(frame, operand)?;
                Ok(each(operand, |value| self.unary(op, scalar, value)))
            }
            Expression::Binary { op, left, right } => self.binary(frame, op, left, right, span()),
            Expression::Select {
                condition,
                accept,
                reject,
            } => {
                let condition = self.values(frame, condition)?;
                let accept = self.values(frame, accept)?;
                let reject = self.values(frame, reject)?;
                let mut chosen = Values::new();
                for (n, (&a, &r)) in accept.iter().zip(&reject).enumerate() {
                    let condition = condition.get(n).or(condition.first());
                    let condition = *condition.ok_or_else(|| internal("an empty condition"))?;
                    chosen.push(self.select(condition, a, r));
                }
                Ok(Operand::Values(chosen))
            }
            Expression::Derivative { .. } => Err(unsupported("a derivative", span())),
            Expression::Relational { fun, argument } => {
                let argument = self.values(frame, argument)?;
                Ok(self.relational(fun, argument))
            }
            Expression::Math {
                fun,
                arg,
                arg1,
                arg2,
                arg3,
            } => self.math(frame, fun, expr, [Some(arg), arg1, arg2, arg3]),
            Expression::As {
                expr: operand,
                kind,
                convert,
            } => {
                let scalar = self.scalar_of(frame, operand)?;
                let operand = self.values(frame, operand)?;
                Ok(each(operand, |value| match convert {
                    Some(width) => self.convert(value, scalar, naga::Scalar { kind, width }),
                    None => self.bitcast(value, kind),
                }))
            }
            Expression::CallResult(_)
            | Expression::AtomicResult { .. }
            | Expression::WorkGroupUniformLoadResult { .. }
            | Expression::SubgroupBallotResult
            | Expression::SubgroupOperationResult { .. } => {
                Err(internal("a statement's result before the statement"))
            }
            Expression::ArrayLength(pointer) => {
                let pointer = self.pointer(frame, pointer)?;
                self.array_length(&pointer)
            }
            Expression::RayQueryVertexPositions { .. }
            | Expression::RayQueryProceedResult
            | Expression::RayQueryGetIntersection { .. } => Err(unsupported("a ray query", span())),
            Expression::CooperativeLoad { .. } | Expression::CooperativeMultiplyAdd { .. } => {
                Err(unsupported("a cooperative matrix", span()))
            }
        }
    }

    fn access(
        &mut self,
        frame: &mut Frame<'a>,
        base: Handle<Expression>,
        index: Handle<Expression>,
    ) -> Result<Operand, Error> {
        let signed = self.scalar_of(frame, index)?.kind == ScalarKind::Sint;
        let index = self.scalar(frame, index)?;
        self.ready(frame, base)?;
        if let Operand::Pointer(pointer) = *frame.get(base)? {
            return Ok(Operand::Pointer(self.element(&pointer, index, signed)?));
        }
        let shape = self.shape(frame, base)?;
        self.extract_dynamic(frame.get(base)?, shape, index, signed)
    }

    /// Elements of the runtime array at the end of a binding.
    fn array_length(&mut self, pointer: &super::Pointer) -> Result<Operand, Error> {
        let (Space::Binding(binding), Some((_, stride))) =
            (pointer.space, self.layouts.element(pointer.shape))
        else {
            return Err(internal("arrayLength of what is no runtime array"));
        };
        let mut bytes = self.b.value(Op::BindingSize(binding), &[], Type::I32);
        if pointer.offset > 0 {
            // A binding holds at least one element, so this does not wrap.
            let offset = self.int(pointer.offset);
            bytes = self.bin(BinaryOp::ISub, bytes, offset);
        }
        let stride = self.int(stride.max(1));
        Ok(one(self.bin(BinaryOp::UDiv, bytes, stride)))
    }

    fn relational(&mut self, fun: RelationalFunction, argument: Values) -> Operand {
        let mut fold = |op: BinaryOp, argument: Values| {
            let mut values = argument.into_iter();
            let first = values.next();
            let folded = first.map(|first| values.fold(first, |a, b| self.bin(op, a, b)));
            Operand::Values(folded.into_iter().collect())
        };
        match fun {
            RelationalFunction::All => fold(BinaryOp::And, argument),
            RelationalFunction::Any => fold(BinaryOp::Or, argument),
            RelationalFunction::IsNan => {
                each(argument, |value| self.fcmp(FloatCc::Ne, value, value))
            }
            RelationalFunction::IsInf => each(argument, |value| {
                let infinity = self.float(self.ty(value), f64::INFINITY);
                let magnitude = self.fabs(value);
                self.fcmp(FloatCc::Eq, magnitude, infinity)
            }),
        }
    }

    /// Scalar of an expression of scalar, vector or matrix type.
    pub(super) fn scalar_of(
        &self,
        frame: &Frame<'a>,
        expr: Handle<Expression>,
    ) -> Result<naga::Scalar, Error> {
        match self.shape(frame, expr)? {
            Shape::Scalar(scalar)
            | Shape::Vector(scalar, _)
            | Shape::Matrix { scalar, .. }
            | Shape::Atomic(scalar) => Ok(scalar),
            Shape::Aggregate(_) => Err(internal("an aggregate where a number should be")),
        }
    }
}

/// A scalar operand.
pub(super) fn one(value: Value) -> Operand {
    Operand::Values(Values::from_elem(value, 1))
}

/// Applies a function to each scalar.
pub(super) fn each(values: Values, f: impl FnMut(Value) -> Value) -> Operand {
    Operand::Values(values.into_iter().map(f).collect())
}

/// Where an expression stands, for errors.
pub(super) fn span_of(frame: &Frame<'_>, expr: Handle<Expression>) -> Span {
    frame.function.expressions.get_span(expr)
}
