//! Literals, zero values and constant expressions.

use naga::{Arena, Expression, Handle, Literal};

use super::layout::{value_type, Shape};
use super::{internal, unsupported, Lowerer, Operand, SCALARS_MAX};
use crate::kernel::{Type, Value, Values};
use crate::Error;

/// Deepest nesting of constant composites.
const CONSTANT_NESTING_MAX: u32 = 256;

impl<'a> Lowerer<'a> {
    pub(super) fn literal(&mut self, literal: Literal) -> Result<Value, Error> {
        Ok(match literal {
            Literal::F64(v) => self.bits(Type::F64, v.to_bits()),
            Literal::F32(v) => self.bits(Type::F32, v.to_bits() as u64),
            Literal::F16(v) => self.bits(Type::F16, v.to_bits() as u64),
            Literal::U16(v) => self.bits(Type::I16, v as u64),
            Literal::I16(v) => self.bits(Type::I16, v as u16 as u64),
            Literal::U32(v) => self.int(v),
            Literal::I32(v) => self.int(v as u32),
            Literal::U64(v) => self.bits(Type::I64, v),
            Literal::I64(v) => self.bits(Type::I64, v as u64),
            Literal::Bool(v) => self.truth(v),
            Literal::AbstractInt(_) | Literal::AbstractFloat(_) => {
                return Err(internal("an abstract literal outlived validation"))
            }
        })
    }

    /// The zero of a shape.
    pub(super) fn zero_value(&mut self, shape: Shape) -> Operand {
        if self.layouts.scalars(shape) > 16 {
            return Operand::Zero(shape);
        }
        let leaves = self.layouts.leaves(shape);
        let zeros = leaves.iter().map(|leaf| self.zero(value_type(leaf.scalar)));
        Operand::Values(zeros.collect())
    }

    /// All scalars of a value; there must be few.
    pub(super) fn materialise(&mut self, operand: &Operand) -> Result<Values, Error> {
        match *operand {
            Operand::Values(ref values) => Ok(values.clone()),
            Operand::Zero(shape) => {
                self.check_few(shape)?;
                let leaves = self.layouts.leaves(shape);
                Ok(leaves
                    .iter()
                    .map(|leaf| self.zero(value_type(leaf.scalar)))
                    .collect())
            }
            Operand::Memory(ref pointer) => {
                self.check_few(pointer.shape)?;
                Ok(self.load_values(pointer))
            }
            Operand::Pointer(_) | Operand::Resource => {
                Err(internal("an address where a value should be"))
            }
        }
    }

    fn check_few(&self, shape: Shape) -> Result<(), Error> {
        match self.layouts.scalars(shape) <= SCALARS_MAX {
            true => Ok(()),
            false => Err(internal("a large aggregate is held in values")),
        }
    }

    /// An expression of module scope, or the initial value of a variable: literals and what is
    /// composed of them.
    #[expect(
        clippy::wildcard_enum_match_arm,
        reason = "all that is no constant is naga's error"
    )]
    pub(super) fn constant_expression(
        &mut self,
        arena: &'a Arena<Expression>,
        expr: Handle<Expression>,
        depth: u32,
    ) -> Result<Operand, Error> {
        if depth > CONSTANT_NESTING_MAX {
            return Err(Error::Limit {
                what: "nesting of a constant",
                asked: depth as u64,
                max: CONSTANT_NESTING_MAX as u64,
                span: arena.get_span(expr),
            });
        }
        match arena[expr] {
            Expression::Literal(literal) => Ok(Operand::Values(Values::from_elem(
                self.literal(literal)?,
                1,
            ))),
            Expression::Constant(constant) => {
                if let Some(operand) = self.named_constants.get(&constant) {
                    return Ok(operand.clone());
                }
                let init = self.module.constants[constant].init;
                let operand = self.in_prologue(|this| {
                    this.constant_expression(&this.module.global_expressions, init, depth + 1)
                })?;
                self.named_constants.insert(constant, operand.clone());
                Ok(operand)
            }
            Expression::ZeroValue(ty) => {
                let shape = self.layouts.shape(ty)?;
                Ok(self.zero_value(shape))
            }
            Expression::Compose { ty, ref components } => {
                let shape = self.layouts.shape(ty)?;
                let mut parts = Vec::with_capacity(components.len());
                for &component in components {
                    parts.push(self.constant_expression(arena, component, depth + 1)?);
                }
                self.compose(shape, parts)
            }
            Expression::Splat { size, value } => {
                let value = self.constant_expression(arena, value, depth + 1)?;
                let value = self.materialise(&value)?;
                let value = *value.first().ok_or_else(|| internal("an empty splat"))?;
                Ok(Operand::Values(Values::from_elem(value, size as usize)))
            }
            Expression::Override(_) => Err(unsupported(
                "an override that is not resolved",
                arena.get_span(expr),
            )),
            _ => Err(internal(format!(
                "naga did not evaluate a constant: {:?}",
                arena[expr]
            ))),
        }
    }

    /// A vector, matrix, array or struct from its parts.
    pub(super) fn compose(&mut self, shape: Shape, parts: Vec<Operand>) -> Result<Operand, Error> {
        if self.layouts.scalars(shape) <= SCALARS_MAX {
            let mut values = Values::new();
            for part in &parts {
                values.extend(self.materialise(part)?);
            }
            return Ok(Operand::Values(values));
        }
        // A constant array is a table, filled once.
        let is_constant = |part: &Operand| match *part {
            Operand::Values(ref values) => values
                .iter()
                .all(|&value| self.b.kernel.constant(value).is_some()),
            Operand::Zero(shape) => self.layouts.scalars(shape) <= SCALARS_MAX,
            Operand::Memory(_) | Operand::Pointer(_) | Operand::Resource => false,
        };
        if parts.iter().all(is_constant) {
            let mut key = Values::new();
            for part in &parts {
                key.extend(self.materialise(part)?);
            }
            if let Some(&table) = self.tables.get(&(shape, key.clone())) {
                return Ok(Operand::Memory(table));
            }
            let table = self.in_prologue(|this| this.compose_in_memory(shape, &parts))?;
            self.tables.insert((shape, key), table);
            return Ok(Operand::Memory(table));
        }
        Ok(Operand::Memory(self.compose_in_memory(shape, &parts)?))
    }

    fn compose_in_memory(
        &mut self,
        shape: Shape,
        parts: &[Operand],
    ) -> Result<super::Pointer, Error> {
        let pointer = self.local("composed", shape)?;
        for (n, part) in parts.iter().enumerate() {
            let place = self.member(&pointer, n as u32)?;
            self.store(&place, part)?;
        }
        Ok(pointer)
    }
}
