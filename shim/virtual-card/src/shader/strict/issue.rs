//! Memory instructions of a wave: how they are counted, and what executes them.

use rdna_isa::{Bank, Class, Format, Gen, Implicit, Op};

use super::counters::{name, Counter};
use super::info::Info;
use super::{Check, Machine, Unusual};
use crate::shader::access::{Action, Space};
use crate::shader::group::Fault;
use crate::shader::program::{Program, Slot};
use crate::shader::smem;
use crate::shader::wave::{scalar, Flow, Wave};
use crate::shader::ViolationKind;

/// What counts an instruction, and whether it may return out of order.
pub(super) fn counters_of(info: &Info, gen: Gen) -> Vec<(Counter, bool)> {
    let row = info.inst.op.info();
    let returns = row.implicit.contains(Implicit::LOAD)
        || row.implicit.contains(Implicit::ATOMIC)
            && !info.defs.iter().all(|d| d.bank != Bank::Vgpr);
    let memory = if returns {
        Counter::Load
    } else {
        Counter::Store
    };
    let _ = gen;
    match row.format {
        Format::Smem if row.class == Class::Smem => vec![(Counter::Km, true)],
        Format::Ds => vec![(Counter::Ds, false)],
        Format::Flat => vec![(memory, true), (Counter::Ds, true)],
        Format::Mubuf | Format::Global | Format::Scratch if row.class != Class::Control => {
            vec![(memory, false)]
        }
        _ => Vec::new(),
    }
}

/// Counts a memory operation; its number among the wave's stores.
pub(super) fn issue(check: &mut Check, info: &Info, gen: Gen) -> u64 {
    let row = info.inst.op.info();
    let writes =
        row.format == Format::Ds && row.implicit.intersects(Implicit::STORE | Implicit::ATOMIC);
    let scratch = row.format == Format::Scratch && row.implicit.contains(Implicit::STORE);
    for (counter, unordered) in counters_of(info, gen) {
        let defs = info
            .defs
            .iter()
            .filter(|d| d.bank != Bank::Scc)
            .copied()
            .collect();
        check
            .counters
            .issue(counter, unordered, defs, writes, scratch);
    }
    check.counters.last()
}

/// Executes a memory instruction.
pub(super) fn access(
    m: &mut Machine,
    w: &mut Wave,
    program: &Program,
    slot: &Slot,
    info: &Info,
    serial: u64,
) -> Result<Flow, Unusual> {
    let inst = &info.inst;
    let row = inst.op.info();
    let scope = inst.mods.cache & 3;
    match inst.op {
        Op::BUFFER_GL0_INV => m.caches.invalidate_l0(m.unit),
        Op::BUFFER_GL1_INV | Op::S_GL1_INV => m.caches.invalidate_gl1(m.unit),
        Op::S_DCACHE_INV => m.caches.invalidate_scalar(m.unit),
        Op::GLOBAL_INV | Op::GLOBAL_WB | Op::GLOBAL_WBINV => {
            let invalidates = inst.op != Op::GLOBAL_WB;
            if invalidates && scope >= 1 {
                m.caches.invalidate_l0(m.unit);
            }
            if invalidates && scope >= 2 {
                m.caches.invalidate_gl1(m.unit);
            }
            if let Some(l2) = m.env.tlb.l2().filter(|_| scope == 3) {
                if inst.op != Op::GLOBAL_INV {
                    l2.write_back();
                }
                if invalidates {
                    l2.invalidate_clean();
                }
            }
        }
        Op::DS_APPEND | Op::DS_CONSUME => {
            let op = &program.memory[slot.ext as usize];
            let at = u64::from(w.s(scalar::M0) >> 16).wrapping_add(op.offset as u64);
            m.append(w, op, at)?;
            // SAFETY: the slot was predecoded for this wave.
            return Ok(unsafe { (slot.run)(w, slot) });
        }
        Op::DS_SWIZZLE_B32 | Op::DS_PERMUTE_B32 | Op::DS_BPERMUTE_B32 | Op::DS_BPERMUTE_FI_B32 => {
            let results = m.shadow.ds_move(w, inst);
            // SAFETY: as above.
            let flow = unsafe { (slot.run)(w, slot) };
            m.shadow.commit(&results);
            return Ok(flow);
        }
        _ if row.class == Class::Smem => return scalar_load(m, w, slot, info),
        _ if row.class == Class::Control
            || !row
                .implicit
                .intersects(Implicit::LOAD | Implicit::STORE | Implicit::ATOMIC) =>
        {
            // SAFETY: as above.
            return Ok(unsafe { (slot.run)(w, slot) });
        }
        _ => {
            if program.meta.is_empty() {
                return Ok(Flow::Next);
            }
            let Some(op) = program.memory.get(slot.ext as usize) else {
                // Not a memory operation's slot: what stands there cannot be executed.
                // SAFETY: as above.
                return Ok(unsafe { (slot.run)(w, slot) });
            };
            let op = *op;
            debug_assert!(
                op.space != Space::Lds
                    || op.action != Action::Load
                    || op.dst != crate::shader::access::NONE
            );
            m.memory(w, &op, serial)?;
        }
    }
    Ok(Flow::Next)
}

fn scalar_load(m: &mut Machine, w: &mut Wave, slot: &Slot, info: &Info) -> Result<Flow, Unusual> {
    for u in info.uses.iter().filter(|u| u.bank == Bank::Sgpr) {
        if (0..u.count).any(|k| m.shadow.scalar(u16::from(u.first + k)) != 0) {
            return Err(m.violation(
                ViolationKind::Uninitialized,
                format!("the address in {} is undefined", name(u)),
            ));
        }
    }
    let mut bytes = [0; 64];
    if let Some((va, n)) =
        smem::address(w, slot).map_err(|why| Unusual::Fault(Fault::Bad(0, why)))?
    {
        let fault = |f| Unusual::Fault(Fault::Scalar(f));
        // What is accessed must be mapped; the lines around it may be cut short.
        let mut probe = [0; 64];
        m.env
            .tlb
            .read(slot.ext, va, &mut probe[..n])
            .map_err(fault)?;
        let vmid = m.env.dispatch.vmid;
        m.caches
            .load_scalar(&mut m.env.tlb, m.rng, vmid, m.unit, va, &mut bytes[..n])
            .map_err(fault)?;
    }
    for (k, v) in smem::words(slot, &bytes)
        .iter()
        .enumerate()
        .take(usize::from(slot.dst2))
    {
        w.set_s(slot.dst + k as u16, *v);
        m.shadow.set_scalar(slot.dst + k as u16, 0);
    }
    Ok(Flow::Next)
}
