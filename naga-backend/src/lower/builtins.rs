//! Arguments of the entry point: built-in input values.

use naga::{Binding, BuiltIn, Function, Span, TypeInner};

use super::{unsupported, Lowerer, Operand};
use crate::kernel::{BinaryOp, Builtin, Value, Values};
use crate::Error;

impl<'a> Lowerer<'a> {
    /// One operand for each argument.
    pub(super) fn entry_arguments(
        &mut self,
        function: &'a Function,
    ) -> Result<Vec<Operand>, Error> {
        let mut arguments = Vec::new();
        for argument in &function.arguments {
            let span = self.module.types.get_span(argument.ty);
            let mut values = Values::new();
            match (&argument.binding, &self.module.types[argument.ty].inner) {
                (Some(binding), _) => values = self.input(binding, span)?,
                (None, TypeInner::Struct { members, .. }) => {
                    for member in members {
                        let Some(ref binding) = member.binding else {
                            return Err(unsupported("an entry point member without binding", span));
                        };
                        values.extend(self.input(binding, span)?);
                    }
                }
                (None, _) => {
                    return Err(unsupported("an entry point argument without binding", span))
                }
            }
            arguments.push(Operand::Values(values));
        }
        Ok(arguments)
    }

    fn input(&mut self, binding: &Binding, span: Span) -> Result<Values, Error> {
        let builtin = match *binding {
            Binding::BuiltIn(builtin) => builtin,
            Binding::Location { .. } => {
                return Err(unsupported("a location in a compute entry point", span))
            }
        };
        let axes = |f: &mut dyn FnMut(u8) -> Value| -> Values { (0..3).map(f).collect() };
        let one = |value| Values::from_elem(value, 1);
        Ok(match builtin {
            BuiltIn::GlobalInvocationId => axes(&mut |axis| self.global_id(axis)),
            BuiltIn::LocalInvocationId => axes(&mut |axis| self.local_id(axis)),
            BuiltIn::WorkGroupId => axes(&mut |axis| self.builtin(Builtin::WorkgroupId(axis))),
            BuiltIn::NumWorkGroups => axes(&mut |axis| self.builtin(Builtin::NumWorkgroups(axis))),
            BuiltIn::WorkGroupSize => {
                let size = self.b.kernel.workgroup_size;
                axes(&mut |axis| self.int(size[axis as usize]))
            }
            BuiltIn::LocalInvocationIndex => one(self.builtin(Builtin::LocalIndex)),
            BuiltIn::NumSubgroups => one(self.builtin(Builtin::NumSubgroups)),
            BuiltIn::SubgroupId => one(self.builtin(Builtin::SubgroupId)),
            BuiltIn::SubgroupSize => one(self.builtin(Builtin::SubgroupSize)),
            BuiltIn::SubgroupInvocationId => one(self.builtin(Builtin::SubgroupLane)),
            BuiltIn::PrimitiveIndex
            | BuiltIn::Position { .. }
            | BuiltIn::ViewIndex
            | BuiltIn::BaseInstance
            | BuiltIn::BaseVertex
            | BuiltIn::ClipDistances
            | BuiltIn::CullDistance
            | BuiltIn::InstanceIndex
            | BuiltIn::PointSize
            | BuiltIn::VertexIndex
            | BuiltIn::DrawIndex
            | BuiltIn::FragDepth
            | BuiltIn::PointCoord
            | BuiltIn::FrontFacing
            | BuiltIn::Barycentric { .. }
            | BuiltIn::SampleIndex
            | BuiltIn::SampleMask
            | BuiltIn::MeshTaskSize
            | BuiltIn::CullPrimitive
            | BuiltIn::PointIndex
            | BuiltIn::LineIndices
            | BuiltIn::TriangleIndices
            | BuiltIn::VertexCount
            | BuiltIn::Vertices
            | BuiltIn::PrimitiveCount
            | BuiltIn::Primitives
            | BuiltIn::RayInvocationId
            | BuiltIn::NumRayInvocations
            | BuiltIn::InstanceCustomData
            | BuiltIn::GeometryIndex
            | BuiltIn::WorldRayOrigin
            | BuiltIn::WorldRayDirection
            | BuiltIn::ObjectRayOrigin
            | BuiltIn::ObjectRayDirection
            | BuiltIn::RayTmin
            | BuiltIn::RayTCurrentMax
            | BuiltIn::ObjectToWorld
            | BuiltIn::WorldToObject
            | BuiltIn::HitKind => {
                let what = format!("the built-in value {builtin:?} in a compute entry point");
                return Err(unsupported(what, span));
            }
        })
    }

    fn local_id(&mut self, axis: u8) -> Value {
        let size = self.b.kernel.workgroup_size;
        match size[axis as usize] {
            1 => self.int(0),
            // Only one axis counts.
            threads if threads == self.b.kernel.workgroup_threads() => {
                self.builtin(Builtin::LocalIndex)
            }
            _ => self.builtin(Builtin::LocalId(axis)),
        }
    }

    fn global_id(&mut self, axis: u8) -> Value {
        let size = self.b.kernel.workgroup_size[axis as usize];
        let group = self.builtin(Builtin::WorkgroupId(axis));
        if size == 1 {
            return group;
        }
        let local = self.local_id(axis);
        let size = self.int(size);
        self.in_prologue(|this| {
            let first = this.bin(BinaryOp::IMul, group, size);
            this.bin(BinaryOp::IAdd, first, local)
        })
    }
}
