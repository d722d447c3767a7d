//! Where the scalars of a type stand in memory, and in a flat list of values.
//!
//! Host-shareable types keep naga's offsets and strides. Types with `bool` in them live only in
//! function, private and workgroup variables; there a `bool` is stored as a 32-bit integer, and
//! their offsets are our own.

use naga::proc::IndexableLength;
use naga::{ArraySize, Handle, Module, Scalar, ScalarKind, Type as NagaType, TypeInner};

use super::unsupported;
use crate::kernel::Type;
use crate::Error;

/// A sized or unsized value type, cheap to copy.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum Shape {
    Scalar(Scalar),
    /// Element and count.
    Vector(Scalar, u32),
    Matrix {
        scalar: Scalar,
        columns: u32,
        rows: u32,
    },
    Atomic(Scalar),
    /// An array or a struct.
    Aggregate(Handle<NagaType>),
}

/// One scalar of a flattened type.
#[derive(Clone, Copy, Debug)]
pub(super) struct Leaf {
    /// Byte offset from the start.
    pub offset: u32,
    pub scalar: Scalar,
}

/// What is known of an array or struct type.
#[derive(Clone, Debug, Default)]
struct Layout {
    size: u32,
    align: u32,
    /// Number of scalars; saturates.
    scalars: u32,
    has_bool: bool,
    /// Bytes of the largest scalar in it.
    scalar: u32,
    /// Some scalar in it does not stand at a multiple of its size. WGSL has no such types; SPIR-V
    /// can say them, and naga looks for them in storage and uniform buffers only.
    misplaced: bool,
    /// Byte distance of array elements.
    stride: u32,
    /// Byte offsets of struct members.
    offsets: Box<[u32]>,
    /// Index of each struct member's first scalar.
    firsts: Box<[u32]>,
}

/// Layouts of all types of a module.
pub(super) struct Layouts<'a> {
    module: &'a Module,
    table: Vec<Layout>,
}

/// IR type of a scalar in registers.
pub(super) fn value_type(scalar: Scalar) -> Type {
    match (scalar.kind, scalar.width) {
        (ScalarKind::Bool, _) => Type::Bool,
        (ScalarKind::Float, 2) => Type::F16,
        (ScalarKind::Float, 8) => Type::F64,
        (ScalarKind::Float, _) => Type::F32,
        (ScalarKind::Sint | ScalarKind::Uint, 2) => Type::I16,
        (ScalarKind::Sint | ScalarKind::Uint, 8) => Type::I64,
        (ScalarKind::Sint | ScalarKind::Uint, _) => Type::I32,
        // Validation lets no abstract value through.
        (ScalarKind::AbstractInt, _) => Type::I64,
        (ScalarKind::AbstractFloat, _) => Type::F64,
    }
}

/// IR type of a scalar in memory.
pub(super) fn memory_type(scalar: Scalar) -> Type {
    match value_type(scalar) {
        Type::Bool => Type::I32,
        ty @ (Type::I16 | Type::I32 | Type::I64 | Type::F16 | Type::F32 | Type::F64) => ty,
    }
}

/// An offset that no buffer reaches, for what cannot be said in 32 bits: it has every alignment.
pub(super) const FAR: u32 = !15;

fn far_product(stride: u32, index: u32) -> u32 {
    stride.checked_mul(index).unwrap_or(FAR)
}

/// The sum of offsets, or one that no buffer reaches.
pub(super) fn far_sum(a: u32, b: u32) -> u32 {
    a.checked_add(b).unwrap_or(FAR)
}

fn scalar_bytes(scalar: Scalar) -> u32 {
    memory_type(scalar).bytes()
}

/// Vectors of three are aligned as vectors of four.
fn vector_align(scalar: Scalar, count: u32) -> u32 {
    scalar_bytes(scalar) * if count == 3 { 4 } else { count }
}

impl Shape {
    /// Shape of a value type; `None` for pointers, resources and the like.
    pub fn new(inner: &TypeInner, handle: Option<Handle<NagaType>>) -> Option<Shape> {
        match *inner {
            TypeInner::Scalar(scalar) => Some(Shape::Scalar(scalar)),
            TypeInner::Vector { size, scalar } => Some(Shape::Vector(scalar, size as u32)),
            TypeInner::Matrix {
                columns,
                rows,
                scalar,
            } => Some(Shape::Matrix {
                scalar,
                columns: columns as u32,
                rows: rows as u32,
            }),
            TypeInner::Atomic(scalar) => Some(Shape::Atomic(scalar)),
            TypeInner::Array { .. } | TypeInner::Struct { .. } => handle.map(Shape::Aggregate),
            TypeInner::CooperativeMatrix { .. }
            | TypeInner::Pointer { .. }
            | TypeInner::ValuePointer { .. }
            | TypeInner::Image { .. }
            | TypeInner::Sampler { .. }
            | TypeInner::AccelerationStructure { .. }
            | TypeInner::RayQuery { .. }
            | TypeInner::BindingArray { .. } => None,
        }
    }
}

impl<'a> Layouts<'a> {
    /// Computes every layout. Types refer only to earlier types, so one sweep does.
    pub fn new(module: &'a Module) -> Layouts<'a> {
        let mut layouts = Layouts {
            module,
            table: Vec::with_capacity(module.types.len()),
        };
        for (_, ty) in module.types.iter() {
            let layout = match ty.inner {
                TypeInner::Array { base, size, stride } => layouts.array(base, size, stride),
                TypeInner::Struct { ref members, span } => layouts.structure(members, span),
                TypeInner::Scalar(_)
                | TypeInner::Vector { .. }
                | TypeInner::Matrix { .. }
                | TypeInner::CooperativeMatrix { .. }
                | TypeInner::Atomic(_)
                | TypeInner::Pointer { .. }
                | TypeInner::ValuePointer { .. }
                | TypeInner::Image { .. }
                | TypeInner::Sampler { .. }
                | TypeInner::AccelerationStructure { .. }
                | TypeInner::RayQuery { .. }
                | TypeInner::BindingArray { .. } => Layout::default(),
            };
            layouts.table.push(layout);
        }
        layouts
    }

    /// Elements of an array; `None` for a runtime array. Overrides have their values by now, also
    /// those that size an array.
    fn array_length(&self, size: ArraySize) -> Option<u32> {
        match size.resolve(self.module.to_ctx()) {
            Ok(IndexableLength::Known(count)) => Some(count),
            Ok(IndexableLength::Dynamic) | Err(_) => None,
        }
    }

    fn array(&self, base: Handle<NagaType>, size: ArraySize, stride: u32) -> Layout {
        let Some(element) = self.shape_of(base) else {
            return Layout::default();
        };
        // As the least binding size does, a runtime array counts one element.
        let count = self.array_length(size).unwrap_or(1);
        let has_bool = self.has_bool(element);
        let align = self.align(element);
        let stride = match has_bool {
            true => self.size(element).next_multiple_of(align.max(1)),
            false => stride,
        };
        Layout {
            size: stride.saturating_mul(count),
            align,
            scalars: self.scalars(element).saturating_mul(count),
            has_bool,
            scalar: self.largest_scalar(element),
            misplaced: self.misplaced(element)
                || !stride.is_multiple_of(self.largest_scalar(element)),
            stride,
            ..Layout::default()
        }
    }

    fn structure(&self, members: &[naga::StructMember], span: u32) -> Layout {
        let shapes: Vec<_> = members.iter().map(|m| self.shape_of(m.ty)).collect();
        let known = || shapes.iter().flatten().copied();
        let has_bool = known().any(|shape| self.has_bool(shape));
        let mut layout = Layout {
            size: span,
            align: known().map(|shape| self.align(shape)).max().unwrap_or(1),
            has_bool,
            ..Layout::default()
        };
        let (mut offsets, mut firsts) = (Vec::new(), Vec::new());
        let mut end = 0u32;
        for (member, shape) in members.iter().zip(&shapes) {
            firsts.push(layout.scalars);
            let Some(shape) = *shape else {
                offsets.push(member.offset);
                continue;
            };
            layout.scalars = layout.scalars.saturating_add(self.scalars(shape));
            let scalar = self.largest_scalar(shape);
            layout.scalar = layout.scalar.max(scalar);
            // With a `bool` inside, the offsets are our own.
            let placed = has_bool || member.offset.is_multiple_of(scalar);
            layout.misplaced |= self.misplaced(shape) || !placed;
            end = end.next_multiple_of(self.align(shape).max(1));
            offsets.push(if has_bool { end } else { member.offset });
            end = end.saturating_add(self.size(shape));
        }
        if has_bool {
            layout.size = end.next_multiple_of(layout.align);
        }
        layout.offsets = offsets.into();
        layout.firsts = firsts.into();
        layout
    }

    /// Shape of a module type.
    pub fn shape_of(&self, ty: Handle<NagaType>) -> Option<Shape> {
        Shape::new(&self.module.types[ty].inner, Some(ty))
    }

    /// Shape of a module type that must be a value type.
    pub fn shape(&self, ty: Handle<NagaType>) -> Result<Shape, Error> {
        self.shape_of(ty).ok_or_else(|| {
            let what = match self.module.types[ty].inner {
                TypeInner::CooperativeMatrix { .. } => "a cooperative matrix",
                TypeInner::Image { .. } => "a texture",
                TypeInner::Sampler { .. } => "a sampler",
                TypeInner::AccelerationStructure { .. } => "an acceleration structure",
                TypeInner::RayQuery { .. } => "a ray query",
                TypeInner::BindingArray { .. } => "a binding array",
                TypeInner::Pointer { .. } | TypeInner::ValuePointer { .. } => {
                    "a pointer in a variable"
                }
                TypeInner::Scalar(_)
                | TypeInner::Vector { .. }
                | TypeInner::Matrix { .. }
                | TypeInner::Atomic(_)
                | TypeInner::Array { .. }
                | TypeInner::Struct { .. } => "this type",
            };
            unsupported(what, self.module.types.get_span(ty))
        })
    }

    fn has_bool(&self, shape: Shape) -> bool {
        match shape {
            Shape::Scalar(s) | Shape::Vector(s, _) => s.kind == ScalarKind::Bool,
            Shape::Matrix { .. } | Shape::Atomic(_) => false,
            Shape::Aggregate(ty) => self.table[ty.index()].has_bool,
        }
    }

    fn largest_scalar(&self, shape: Shape) -> u32 {
        match shape {
            Shape::Scalar(s) | Shape::Vector(s, _) | Shape::Atomic(s) => scalar_bytes(s),
            Shape::Matrix { scalar, .. } => scalar_bytes(scalar),
            Shape::Aggregate(ty) => self.table[ty.index()].scalar.max(1),
        }
    }

    /// Whether some scalar does not stand at a multiple of its size.
    pub fn misplaced(&self, shape: Shape) -> bool {
        match shape {
            Shape::Scalar(_) | Shape::Vector(..) | Shape::Matrix { .. } | Shape::Atomic(_) => false,
            Shape::Aggregate(ty) => self.table[ty.index()].misplaced,
        }
    }

    /// Bytes, without padding at the end beyond what the type itself has.
    pub fn size(&self, shape: Shape) -> u32 {
        match shape {
            Shape::Scalar(s) | Shape::Atomic(s) => scalar_bytes(s),
            Shape::Vector(s, n) => scalar_bytes(s) * n,
            Shape::Matrix {
                scalar,
                columns,
                rows,
            } => vector_align(scalar, rows) * columns,
            Shape::Aggregate(ty) => self.table[ty.index()].size,
        }
    }

    /// Alignment in bytes, a power of two.
    pub fn align(&self, shape: Shape) -> u32 {
        match shape {
            Shape::Scalar(s) | Shape::Atomic(s) => scalar_bytes(s),
            Shape::Vector(s, n) => vector_align(s, n),
            Shape::Matrix { scalar, rows, .. } => vector_align(scalar, rows),
            Shape::Aggregate(ty) => self.table[ty.index()].align,
        }
    }

    /// Number of scalars; saturates. Runtime arrays count one element.
    pub fn scalars(&self, shape: Shape) -> u32 {
        match shape {
            Shape::Scalar(_) | Shape::Atomic(_) => 1,
            Shape::Vector(_, n) => n,
            Shape::Matrix { columns, rows, .. } => columns * rows,
            Shape::Aggregate(ty) => self.table[ty.index()].scalars,
        }
    }

    /// Number of things that an index can choose from; `None` for runtime arrays and scalars.
    pub fn count(&self, shape: Shape) -> Option<u32> {
        match shape {
            Shape::Scalar(_) | Shape::Atomic(_) => None,
            Shape::Vector(_, n) => Some(n),
            Shape::Matrix { columns, .. } => Some(columns),
            Shape::Aggregate(ty) => match self.module.types[ty].inner {
                TypeInner::Array { size, .. } => self.array_length(size),
                TypeInner::Struct { ref members, .. } => Some(members.len() as u32),
                TypeInner::Scalar(_)
                | TypeInner::Vector { .. }
                | TypeInner::Matrix { .. }
                | TypeInner::CooperativeMatrix { .. }
                | TypeInner::Atomic(_)
                | TypeInner::Pointer { .. }
                | TypeInner::ValuePointer { .. }
                | TypeInner::Image { .. }
                | TypeInner::Sampler { .. }
                | TypeInner::AccelerationStructure { .. }
                | TypeInner::RayQuery { .. }
                | TypeInner::BindingArray { .. } => None,
            },
        }
    }

    /// The shape, byte offset and first scalar of a component, element, column or member.
    ///
    /// Offsets saturate: an index far outside a runtime array stays outside.
    pub fn component(&self, shape: Shape, index: u32) -> Option<(Shape, u32, u32)> {
        match shape {
            Shape::Scalar(_) | Shape::Atomic(_) => None,
            Shape::Vector(..) | Shape::Matrix { .. } => self.indexed(shape, index),
            Shape::Aggregate(ty) => {
                let TypeInner::Struct { ref members, .. } = self.module.types[ty].inner else {
                    return self.indexed(shape, index);
                };
                let member = members.get(index as usize)?;
                let layout = &self.table[ty.index()];
                Some((
                    self.shape_of(member.ty)?,
                    layout.offsets[index as usize],
                    layout.firsts[index as usize],
                ))
            }
        }
    }

    /// The same of what has elements of one kind.
    fn indexed(&self, shape: Shape, index: u32) -> Option<(Shape, u32, u32)> {
        let (element, stride) = self.element(shape)?;
        let first = self.scalars(element).saturating_mul(index);
        Some((element, far_product(stride, index), first))
    }

    /// Shape and byte stride of what a dynamic index yields.
    pub fn element(&self, shape: Shape) -> Option<(Shape, u32)> {
        match shape {
            Shape::Scalar(_) | Shape::Atomic(_) => None,
            Shape::Vector(s, _) => Some((Shape::Scalar(s), scalar_bytes(s))),
            Shape::Matrix { scalar, rows, .. } => {
                Some((Shape::Vector(scalar, rows), vector_align(scalar, rows)))
            }
            Shape::Aggregate(ty) => {
                let TypeInner::Array { base, .. } = self.module.types[ty].inner else {
                    return None;
                };
                Some((self.shape_of(base)?, self.table[ty.index()].stride))
            }
        }
    }

    /// All scalars in order. Only for shapes with few of them.
    pub fn leaves(&self, shape: Shape) -> Vec<Leaf> {
        let mut leaves = Vec::with_capacity(self.scalars(shape) as usize);
        // An explicit stack: types may nest deeper than the host's stack.
        let mut stack = vec![(shape, 0u32)];
        while let Some((shape, offset)) = stack.pop() {
            match shape {
                Shape::Scalar(scalar) | Shape::Atomic(scalar) => {
                    leaves.push(Leaf { offset, scalar })
                }
                Shape::Vector(scalar, n) => leaves.extend((0..n).map(|i| Leaf {
                    offset: offset + i * scalar_bytes(scalar),
                    scalar,
                })),
                Shape::Matrix {
                    scalar,
                    columns,
                    rows,
                } => {
                    for c in 0..columns {
                        let column = offset + c * vector_align(scalar, rows);
                        leaves.extend((0..rows).map(|r| Leaf {
                            offset: column + r * scalar_bytes(scalar),
                            scalar,
                        }));
                    }
                }
                Shape::Aggregate(_) => {
                    let count = self.count(shape).unwrap_or(1);
                    for i in (0..count).rev() {
                        if let Some((inner, at, _)) = self.component(shape, i) {
                            stack.push((inner, offset + at));
                        }
                    }
                }
            }
        }
        leaves
    }
}
