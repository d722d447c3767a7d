//! Members, elements and components: of pointers with WGSL's bounds, and of values.
//!
//! A dynamic index into something of fixed size is clamped, so that an access never leaves the
//! array, vector or matrix it names. Where that is the whole of a binding, or a runtime array, the
//! access is marked `checked` instead, which costs nothing on hardware that checks bindings.

use super::layout::{far_sum, Shape};
use super::{align_at, internal, Lowerer, Operand, Pointer};
use crate::kernel::{BinaryOp, ConvertOp, IntCc, Space, Type, Value, Values};
use crate::Error;

/// Longest value that a dynamic index selects from by a chain of `Select`.
const SELECT_MAX: usize = 4;

impl Lowerer<'_> {
    /// Pointer to a struct's member, or to an element or component with a constant index that
    /// validation has found in range.
    pub(super) fn member(&self, pointer: &Pointer, index: u32) -> Result<Pointer, Error> {
        let Some((shape, offset, _)) = self.layouts.component(pointer.shape, index) else {
            return Err(internal("a member of something without members"));
        };
        // A runtime array is known to have one element.
        let runtime = self.layouts.count(pointer.shape).is_none();
        Ok(Pointer {
            offset: far_sum(pointer.offset, offset),
            align: align_at(pointer.align, offset),
            shape,
            inside: pointer.inside && (!runtime || index == 0),
            ..*pointer
        })
    }

    /// Pointer to an element or component by an index of any integer type and value.
    pub(super) fn element(
        &mut self,
        pointer: &Pointer,
        index: Value,
        signed: bool,
    ) -> Result<Pointer, Error> {
        let index = self.index_to_i32(index, signed);
        let count = self.layouts.count(pointer.shape);
        let checks = self.options.checks.bounds;
        if let Some(constant) = self.b.kernel.constant(index) {
            let constant = constant as u32;
            return match count {
                Some(count) if checks => self.member(pointer, constant.min(count - 1)),
                Some(count) if constant < count => self.member(pointer, constant),
                Some(_) => self.element_at(pointer, index),
                None => self.member(pointer, constant),
            };
        }
        if !checks {
            return self.element_at(pointer, index);
        }
        let whole_binding = match pointer.space {
            Space::Binding(id) => {
                let size = self.layouts.size(pointer.shape);
                pointer.dynamic.is_none()
                    && pointer.offset == 0
                    && size == self.b.kernel.bindings[id].min_size
            }
            Space::Shared(_) | Space::Local(_) | Space::Immediates => false,
        };
        let limit = match count {
            Some(_) if whole_binding => None,
            Some(count) => Some(count - 1),
            // What stands before the array in its binding must not be reached by wrapping.
            None if pointer.offset > 0 => {
                let stride = self.layouts.element(pointer.shape).map_or(1, |(_, s)| s);
                Some(((u32::MAX - pointer.offset) / stride.max(1)).saturating_sub(1))
            }
            None => None,
        };
        let index = match limit {
            Some(limit) => {
                let limit = self.int(limit);
                self.bin(BinaryOp::UMin, index, limit)
            }
            None => index,
        };
        let mut element = self.element_at(pointer, index)?;
        element.inside &= count.is_some() && !whole_binding;
        Ok(element)
    }

    /// Pointer to an element whose index needs no check.
    pub(super) fn element_at(&mut self, pointer: &Pointer, index: Value) -> Result<Pointer, Error> {
        let Some((shape, stride)) = self.layouts.element(pointer.shape) else {
            return Err(internal("an element of something without elements"));
        };
        let scaled = self.scale(index, stride);
        let dynamic = match pointer.dynamic {
            Some(offset) => self.bin(BinaryOp::IAdd, offset, scaled),
            None => scaled,
        };
        Ok(Pointer {
            dynamic: Some(dynamic),
            align: align_at(pointer.align, stride),
            shape,
            ..*pointer
        })
    }

    /// `index * stride`.
    fn scale(&mut self, index: Value, stride: u32) -> Value {
        match stride {
            1 => index,
            _ if stride.is_power_of_two() => {
                let shift = self.int(stride.trailing_zeros());
                self.bin(BinaryOp::Shl, index, shift)
            }
            _ => {
                let stride = self.int(stride);
                self.bin(BinaryOp::IMul, index, stride)
            }
        }
    }

    /// An index as i32, such that what was out of range as unsigned stays so.
    fn index_to_i32(&mut self, index: Value, signed: bool) -> Value {
        match self.ty(index) {
            Type::I16 if signed => self.b.convert(ConvertOp::SignExtend, index, Type::I32),
            Type::I16 => self.b.convert(ConvertOp::ZeroExtend, index, Type::I32),
            Type::I64 => {
                let max = self.bits(Type::I64, u32::MAX as u64);
                let index = self.bin(BinaryOp::UMin, index, max);
                self.b.convert(ConvertOp::Truncate, index, Type::I32)
            }
            Type::I32 | Type::Bool | Type::F16 | Type::F32 | Type::F64 => index,
        }
    }

    /// A member, element or component of a value.
    pub(super) fn extract(
        &mut self,
        value: &Operand,
        shape: Shape,
        index: u32,
    ) -> Result<Operand, Error> {
        let Some((part, _, first)) = self.layouts.component(shape, index) else {
            return Err(internal("a member of a value without members"));
        };
        match *value {
            Operand::Values(ref values) => {
                let (first, count) = (first as usize, self.layouts.scalars(part) as usize);
                let values = values.get(first..first + count);
                let values = values.ok_or_else(|| internal("a member outside its value"))?;
                Ok(Operand::Values(values.into()))
            }
            Operand::Zero(_) => Ok(self.zero_value(part)),
            Operand::Memory(ref pointer) => {
                let pointer = self.member(pointer, index)?;
                self.part_of_memory(&pointer)
            }
            Operand::Pointer(_) | Operand::Resource => {
                Err(internal("an address where a value should be"))
            }
        }
    }

    /// An element or component of a value by a dynamic index.
    pub(super) fn extract_dynamic(
        &mut self,
        value: &Operand,
        shape: Shape,
        index: Value,
        signed: bool,
    ) -> Result<Operand, Error> {
        let count = self.layouts.count(shape).unwrap_or(1);
        let index = self.index_to_i32(index, signed);
        if let Some(constant) = self.b.kernel.constant(index) {
            return self.extract(value, shape, (constant as u32).min(count - 1));
        }
        let Some((part, _)) = self.layouts.element(shape) else {
            return Err(internal("an element of a value without elements"));
        };
        match *value {
            Operand::Values(ref values) if values.len() <= SELECT_MAX => {
                let step = self.layouts.scalars(part) as usize;
                let mut chosen: Values = values[values.len() - step..].into();
                for (n, candidate) in values.chunks_exact(step).enumerate().rev().skip(1) {
                    let n = self.int(n as u32);
                    let hit = self.icmp(IntCc::Eq, index, n);
                    for (chosen, &candidate) in chosen.iter_mut().zip(candidate) {
                        *chosen = self.select(hit, candidate, *chosen);
                    }
                }
                Ok(Operand::Values(chosen))
            }
            Operand::Values(ref values) => {
                let pointer = self.spill(values, shape)?;
                let pointer = self.element(&pointer, index, false)?;
                self.part_of_memory(&pointer)
            }
            Operand::Zero(_) => Ok(self.zero_value(part)),
            Operand::Memory(ref pointer) => {
                let pointer = self.element(pointer, index, false)?;
                self.part_of_memory(&pointer)
            }
            Operand::Pointer(_) | Operand::Resource => {
                Err(internal("an address where a value should be"))
            }
        }
    }

    /// A part of a value in memory: small ones as values.
    fn part_of_memory(&mut self, pointer: &Pointer) -> Result<Operand, Error> {
        match self.layouts.scalars(pointer.shape) {
            0..=4 => Ok(Operand::Values(self.load_values(pointer))),
            _ => Ok(Operand::Memory(*pointer)),
        }
    }

    /// Puts a value into memory, so that it can be indexed.
    pub(super) fn spill(&mut self, values: &Values, shape: Shape) -> Result<Pointer, Error> {
        let is_constant = |&value: &Value| self.b.kernel.constant(value).is_some();
        if !values.iter().all(is_constant) {
            let pointer = self.local("indexed", shape)?;
            self.store_values(&pointer, values)?;
            return Ok(pointer);
        }
        if let Some(table) = self.tables.get(&(shape, values.clone())) {
            return Ok(*table);
        }
        let table = self.in_prologue(|this| {
            let pointer = this.local("table", shape)?;
            this.store_values(&pointer, values)?;
            Ok::<_, Error>(pointer)
        })?;
        self.tables.insert((shape, values.clone()), table);
        Ok(table)
    }
}
