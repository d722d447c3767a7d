//! Loads of uniform buffers at fixed places move to the beginning of the kernel, side by side.
//!
//! There they become few wide loads, and one wait for all of them: what a kernel needs first, often
//! to decide whether an invocation has anything to do, no longer stands in front of a second load
//! behind that decision. Only loads that lie within the least size of their binding move, which may
//! run anywhere; and only the first few, since each result lives from then on.

use super::edit::Editor;
use super::licm::is_harmless;
use crate::kernel::*;

/// Most scalars that move.
const MAX_SCALARS: usize = 8;

/// Moves loads; says whether there were any.
pub(super) fn run(kernel: &mut Kernel) -> bool {
    let mut moved: Vec<(BindingId, u32, InstId)> = Vec::new();
    let mut scalars = 0;
    let mut editor = Editor::new(kernel);
    while let Some(step) = editor.next(kernel) {
        let Step::Inst(inst) = step else { continue };
        let count = kernel.insts[inst].results.len();
        match place(kernel, inst) {
            Some((binding, offset)) if scalars + count <= MAX_SCALARS => {
                scalars += count;
                moved.push((binding, offset, inst));
            }
            _ => editor.keep(kernel, inst),
        }
    }
    moved.sort_unstable();
    let changed = !moved.is_empty();
    let body = kernel.body;
    let insts = moved.into_iter().map(|(_, _, inst)| inst);
    kernel.regions[body].insts.splice(0..0, insts);
    changed
}

/// Binding and byte offset of a load that may run anywhere.
fn place(kernel: &Kernel, inst: InstId) -> Option<(BindingId, u32)> {
    let Op::Load(access) = kernel.insts[inst].op else {
        return None;
    };
    match access.space {
        Space::Binding(id) if kernel.bindings[id].kind == BindingKind::Uniform => {
            let free = !access.checked && !access.atomic && is_harmless(kernel, inst, &access);
            free.then_some((id, access.offset))
        }
        Space::Binding(_) | Space::Shared(_) | Space::Local(_) | Space::Immediates => None,
    }
}
