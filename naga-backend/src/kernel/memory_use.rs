//! Which of a kernel's memory its instructions name: what back ends make room for.

use super::*;

/// Memory that is used, by kind.
pub struct MemoryUse {
    /// Bindings that are accessed, or whose size is asked for.
    pub bindings: EntityVec<BindingId, bool>,
    /// The immediates are read.
    pub immediates: bool,
    /// Workgroup variables.
    pub shared: EntityVec<SharedId, bool>,
    /// Variables of an invocation.
    pub locals: EntityVec<LocalId, bool>,
}

impl MemoryUse {
    /// What the steps of a kernel use.
    pub fn of(kernel: &Kernel, steps: &[Step]) -> MemoryUse {
        let mut used = MemoryUse {
            bindings: EntityVec::filled(false, kernel.bindings.len()),
            immediates: false,
            shared: EntityVec::filled(false, kernel.shared.len()),
            locals: EntityVec::filled(false, kernel.locals.len()),
        };
        for step in steps {
            let &Step::Inst(inst) = step else { continue };
            let op = &kernel.insts[inst].op;
            if let Some(access) = op.access() {
                match access.space {
                    Space::Binding(b) => used.bindings[b] = true,
                    Space::Immediates => used.immediates = true,
                    Space::Shared(s) => used.shared[s] = true,
                    Space::Local(l) => used.locals[l] = true,
                }
            }
            if let Op::BindingSize(b) = op {
                used.bindings[*b] = true;
            }
        }
        used
    }
}
