//! The argument block and the registers a wave starts with (docs/abi.md).

use rdna_isa::{Arch, Gen};

use crate::kernel::*;
use crate::reflection::{BindingForm, Field, Reflection};

/// Where a kernel finds its inputs.
#[derive(Clone, Debug)]
pub struct Abi {
    /// Byte offset of each used binding's descriptor in the argument block.
    pub descriptors: EntityVec<BindingId, Option<u32>>,
    /// Byte offset of the number of workgroups.
    pub num_workgroups: Option<u32>,
    /// Byte offset of the immediates.
    pub immediates: Option<u32>,
    /// Bytes of the block.
    pub argument_size: u32,
    /// Byte offset of each workgroup variable in LDS.
    pub shared: EntityVec<SharedId, u32>,
    /// Bytes of LDS.
    pub lds: u32,
    /// Byte offset of each local variable in scratch.
    pub locals: EntityVec<LocalId, u32>,
    /// Bytes of scratch that variables take.
    pub scratch: u32,
    /// Workgroup ids wanted in x, y, z.
    pub workgroup_ids: [bool; 3],
    /// Scalar registers that the command processor fills before the workgroup ids.
    pub user_sgprs: u8,
    /// Axes of the local id that are read: 0 none, 1 x, 2 x and y, 3 all.
    pub local_id_axes: u8,
}

fn align(value: u32, to: u32) -> u32 {
    value.next_multiple_of(to.max(1))
}

/// Lays out a kernel's inputs and memory.
pub fn layout(kernel: &Kernel, arch: Arch, steps: &[Step]) -> Abi {
    let MemoryUse {
        bindings: used,
        immediates,
        shared: shared_used,
        locals: local_used,
    } = MemoryUse::of(kernel, steps);
    let mut num_workgroups = false;
    let mut workgroup_ids = [false; 3];
    let mut local_axes = 0;
    for step in steps {
        let &Step::Inst(inst) = step else { continue };
        let Op::Builtin(builtin) = kernel.insts[inst].op else {
            continue;
        };
        match builtin {
            Builtin::NumWorkgroups(_) => num_workgroups = true,
            Builtin::WorkgroupId(axis) => {
                if let Some(wanted) = workgroup_ids.get_mut(axis as usize) {
                    *wanted = true;
                }
            }
            Builtin::LocalId(axis) => local_axes = local_axes.max(axis + 1),
            Builtin::LocalIndex | Builtin::SubgroupId => {
                let highest = kernel.workgroup_size.iter().rposition(|&n| n > 1);
                local_axes = local_axes.max(highest.map_or(1, |n| n as u8 + 1));
            }
            Builtin::SubgroupLane | Builtin::SubgroupSize | Builtin::NumSubgroups => {}
        }
    }
    let mut offset = 0;
    let mut descriptors = EntityVec::filled(None, kernel.bindings.len());
    for (binding, &used) in used.iter() {
        if used {
            descriptors[binding] = Some(offset);
            offset += 16;
        }
    }
    let mut place = |wanted: bool, bytes: u32| {
        let at = offset;
        wanted.then(|| {
            offset += bytes;
            at
        })
    };
    let num_workgroups = place(num_workgroups, 12);
    let immediates = place(
        immediates && kernel.immediates > 0,
        align(kernel.immediates, 4),
    );

    let mut lds = 0;
    let mut shared = EntityVec::filled(0, kernel.shared.len());
    for (id, variable) in kernel.shared.iter() {
        if shared_used[id] {
            // Sixteen, so that wide accesses stay possible.
            lds = align(lds, variable.align.max(16));
            shared[id] = lds;
            lds += variable.size;
        }
    }
    let mut scratch = 0;
    let mut locals = EntityVec::filled(0, kernel.locals.len());
    for (id, variable) in kernel.locals.iter() {
        if local_used[id] {
            scratch = align(scratch, variable.align.max(4));
            locals[id] = scratch;
            scratch += variable.size;
        }
    }
    let ids = workgroup_ids.iter().filter(|&&w| w).count() as u8;
    // gfx1100 and gfx1102 must start with at least 16 scalar registers initialised (what
    // LLVM calls the user SGPR init16 bug).
    let user_sgprs = match arch {
        Arch::Gfx1100 | Arch::Gfx1102 => 2.max(16 - ids),
        Arch::Gfx1101 | Arch::Gfx1200 | Arch::Gfx1201 => 2,
    };
    Abi {
        descriptors,
        num_workgroups,
        immediates,
        argument_size: offset,
        shared,
        lds: align(lds, 4),
        locals,
        scratch: align(scratch, 4),
        workgroup_ids,
        user_sgprs,
        local_id_axes: local_axes,
    }
}

impl Abi {
    /// Register of a workgroup id on gfx11; gfx12 has them in trap temporaries.
    pub fn workgroup_id_sgpr(&self, arch: Arch, axis: usize) -> Option<u8> {
        let before = self.workgroup_ids.iter().take(axis).filter(|&&w| w).count() as u8;
        match arch.gen() {
            Gen::Gfx11 => Some(self.user_sgprs + before),
            Gen::Gfx12 => None,
        }
    }

    /// What a caller must know to launch the kernel.
    pub fn reflection(&self, kernel: &Kernel, scratch: u32) -> Reflection {
        Reflection {
            entry: kernel.name.clone(),
            workgroup_size: kernel.workgroup_size,
            bindings: BindingForm::Descriptor.reflect(kernel, &self.descriptors, |_| Vec::new()),
            argument_size: self.argument_size,
            immediates: self.immediates.map(|offset| Field {
                offset,
                size: kernel.immediates,
            }),
            num_workgroups: self.num_workgroups,
            workgroup_memory: self.lds,
            scratch,
        }
    }
}
