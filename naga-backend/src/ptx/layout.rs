//! The argument block, and where variables stand in memory (docs/abi.md).

use super::emit::Emitter;
use crate::kernel::*;
use crate::reflection::{BindingForm, Field, Reflection};

/// Bytes of workgroup memory that a module may declare; what is beyond is sized at launch.
pub const MAX_STATIC_SHARED: u32 = 48 * 1024;

/// Alignment of every workgroup variable, so that wide accesses stay possible.
const SHARED_ALIGN: u32 = 16;

/// Where a kernel finds its inputs.
pub struct Layout {
    /// Byte offset of each used binding's entry in the argument block.
    pub bindings: EntityVec<BindingId, Option<u32>>,
    /// Byte offset of the immediates.
    pub immediates: Option<u32>,
    /// Bytes of the block; what accesses are clamped to follows.
    pub argument_size: u32,
    /// Byte offset of each used workgroup variable among all.
    pub shared: EntityVec<SharedId, Option<u32>>,
    /// Bytes of workgroup memory.
    pub shared_size: u32,
    /// Whether each local variable is used.
    pub locals: EntityVec<LocalId, bool>,
    /// Bytes of local memory that variables take.
    pub local_size: u32,
}

/// Lays out a kernel's inputs and memory.
pub fn layout(kernel: &Kernel, steps: &[Step]) -> Layout {
    let MemoryUse {
        bindings: used,
        immediates,
        shared: shared_used,
        locals,
    } = MemoryUse::of(kernel, steps);
    let mut argument_size = 0;
    let mut bindings = EntityVec::filled(None, kernel.bindings.len());
    for (id, _) in used.iter().filter(|(_, &used)| used) {
        bindings[id] = Some(argument_size);
        argument_size += 16;
    }
    let immediates = (immediates && kernel.immediates > 0).then_some(argument_size);
    if immediates.is_some() {
        argument_size += kernel.immediates.next_multiple_of(4);
    }
    let mut shared_size = 0u32;
    let mut shared = EntityVec::filled(None, kernel.shared.len());
    for (id, _) in shared_used.iter().filter(|(_, &used)| used) {
        let at = shared_size.next_multiple_of(SHARED_ALIGN);
        shared[id] = Some(at);
        shared_size = at.saturating_add(kernel.shared[id].size);
    }
    let used_locals = locals.iter().filter(|(_, &used)| used);
    let sizes = used_locals.map(|(id, _)| kernel.locals[id].size);
    let local_size = sizes.fold(0, u32::saturating_add);
    Layout {
        bindings,
        immediates,
        argument_size,
        shared,
        shared_size,
        locals,
        local_size,
    }
}

impl Layout {
    /// Workgroup memory is sized at launch.
    pub fn dynamic_shared(&self) -> bool {
        self.shared_size > MAX_STATIC_SHARED
    }

    /// What a caller must know to launch the kernel that an emitter has written.
    pub fn reflection(&self, emitter: &Emitter, symbol: &str) -> Reflection {
        let kernel = emitter.kernel;
        let limits = |id| emitter.limits[id].clone();
        let bindings = BindingForm::AddressAndSize.reflect(kernel, &self.bindings, limits);
        Reflection {
            entry: symbol.to_owned(),
            workgroup_size: kernel.workgroup_size,
            bindings,
            argument_size: emitter.argument_size,
            immediates: self.immediates.map(|offset| Field {
                offset,
                size: kernel.immediates,
            }),
            num_workgroups: None,
            workgroup_memory: self.shared_size,
            scratch: self.local_size,
        }
    }
}
