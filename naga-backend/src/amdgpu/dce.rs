//! Removes machine instructions whose results nobody reads.
//!
//! Selection folds patterns without asking what else an operand is good for, and repeats
//! comparisons before their readers; what that leaves unused goes here.

use rdna_isa::{Class, Implicit};

use crate::kernel::EntityVec;

use super::mir::*;

/// Whether an instruction does more than define its results and SCC.
fn has_effect(inst: &Inst) -> bool {
    let Some(op) = inst.isa() else {
        return inst.op == Opcode::Entry;
    };
    let info = op.info();
    let effects = Implicit::WRITE_EXEC
        | Implicit::WRITE_MODE
        | Implicit::WRITE_PC
        | Implicit::STORE
        | Implicit::ATOMIC;
    let quiet = matches!(
        info.class,
        Class::Salu
            | Class::Valu
            | Class::Trans
            | Class::Vopd
            | Class::Smem
            | Class::VmemLoad
            | Class::ScratchLoad
            | Class::Lds
    );
    !quiet
        || info.implicit.intersects(effects)
        || inst.defs.iter().any(|d| matches!(d, Arg::Fixed(_)))
}

fn implicit(inst: &Inst) -> Implicit {
    inst.isa()
        .map_or(Implicit::empty(), |op| op.info().implicit)
}

/// Drops dead instructions and dead parts of copies.
pub fn run(f: &mut Function) {
    let mut uses: EntityVec<VReg, u32> = EntityVec::filled(0, f.vregs.len());
    for &b in &f.order {
        for inst in &f.blocks[b].insts {
            for v in inst.used() {
                uses[v] += 1;
            }
        }
    }
    loop {
        let mut changed = false;
        for n in (0..f.order.len()).rev() {
            let block = f.order[n];
            let scc_branch = matches!(
                f.blocks[block].term,
                Term::Branch {
                    cond: Cond::Scc(_),
                    ..
                }
            );
            let mut scc = scc_branch;
            let insts = std::mem::take(&mut f.blocks[block].insts);
            let mut kept = Vec::with_capacity(insts.len());
            for mut inst in insts.into_iter().rev() {
                if inst.op == Opcode::Copy {
                    let dead: Vec<bool> = inst
                        .defs
                        .iter()
                        .map(|d| d.vregs().iter().all(|&v| uses[v] == 0))
                        .collect();
                    if dead.contains(&true) {
                        changed = true;
                        for v in inst
                            .uses
                            .iter()
                            .zip(&dead)
                            .filter(|(_, &d)| d)
                            .flat_map(|(u, _)| u.vregs())
                        {
                            uses[*v] -= 1;
                        }
                        let mut keep = dead.iter();
                        inst.defs.retain(|_| keep.next() == Some(&false));
                        let mut keep = dead.iter();
                        inst.uses.retain(|_| keep.next() == Some(&false));
                    }
                    if !inst.defs.is_empty() {
                        kept.push(inst);
                    }
                    continue;
                }
                let state = implicit(&inst);
                let unused = inst.defined().all(|v| uses[v] == 0);
                let scc_needed = scc && state.contains(Implicit::WRITE_SCC);
                if unused && !scc_needed && !has_effect(&inst) {
                    for v in inst.used() {
                        uses[v] -= 1;
                    }
                    changed = true;
                    continue;
                }
                if state.contains(Implicit::WRITE_SCC) {
                    scc = false;
                }
                scc |= state.contains(Implicit::READ_SCC);
                kept.push(inst);
            }
            kept.reverse();
            f.blocks[block].insts = kept;
        }
        if !changed {
            return;
        }
    }
}
