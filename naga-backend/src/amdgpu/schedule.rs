//! Scheduling before allocation: loads are issued early and what waits for them comes late.
//!
//! Within a block the instructions between two that change EXEC, wait or meet other waves are put
//! in a new order, from the top: of those whose operands are there in time, the one with the
//! longest way to the end of the block goes first. Loads therefore rise as far as registers allow,
//! which is as far as costs no wave, and not at all where more are alive than that anyway. A
//! stretch without a load stays as it is: other waves hide the latency of arithmetic.
//!
//! What must keep its order: definitions and uses of a register, SCC, stores and atomics of one
//! kind of memory with each other and with loads. A load of what nothing writes during the dispatch
//! ([`Inst::constant`]) may cross stores.

use hashbrown::{HashMap, HashSet};
use rdna_isa::{Class, Implicit, Operand, Sreg};
use smallvec::SmallVec;

use crate::kernel::{Entity, EntityVec};

use super::live::Liveness;
use super::mir::*;

/// How far an instruction may be taken forward, in instructions.
const WINDOW: usize = 256;
/// Scalar registers that loads may fill by rising.
const SCALARS: usize = 64;
/// Vector registers kept for what allocation adds.
const VECTOR_SLACK: usize = 8;

/// Cycles until a result can be used, roughly: caches hit, and the SIMD is not shared. They decide
/// between orders only, so that their ratios matter.
fn latency(inst: &Inst) -> u32 {
    let Some(op) = inst.isa() else { return 1 };
    match op.info().class {
        Class::VmemLoad | Class::VmemAtomic | Class::ScratchLoad => 320,
        Class::Smem => 200,
        Class::Lds => 64,
        Class::Trans => 10,
        Class::Valu | Class::Vopd | Class::Wmma => 5,
        Class::Salu => 2,
        Class::VmemStore
        | Class::ScratchStore
        | Class::Branch
        | Class::Barrier
        | Class::Wait
        | Class::Control => 1,
    }
}

fn is_load(inst: &Inst) -> bool {
    latency(inst) >= 64
}

/// Nothing may cross it.
fn is_fence(inst: &Inst) -> bool {
    let op = match inst.op {
        Opcode::Entry => return true,
        Opcode::Copy => return false,
        Opcode::Isa(op) => op,
    };
    let state = Implicit::WRITE_EXEC | Implicit::WRITE_MODE | Implicit::WRITE_PC;
    let register = |a: &Arg| match a {
        Arg::Fixed(Operand::Sgpr(s)) => *s != Sreg::NULL,
        Arg::Fixed(Operand::Vgpr(_) | Operand::Vgpr16 { .. }) => true,
        Arg::Fixed(_) | Arg::Regs(_) | Arg::Pinned(..) => false,
    };
    matches!(
        op.info().class,
        Class::Branch | Class::Barrier | Class::Wait | Class::Control
    ) || op.info().implicit.intersects(state)
        || inst.defs.iter().any(register)
}

/// Kinds of memory, which do not overlap.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
enum Memory {
    Buffers,
    Lds,
    Scratch,
}

/// What an instruction does to memory that others may do something to as well.
fn memory(inst: &Inst) -> Option<(Memory, bool)> {
    let info = inst.isa()?.info();
    let memory = match info.class {
        Class::VmemLoad | Class::VmemStore | Class::VmemAtomic => Memory::Buffers,
        Class::Lds => Memory::Lds,
        Class::ScratchLoad | Class::ScratchStore => Memory::Scratch,
        // Read-only for the kernel's duration.
        Class::Smem => return None,
        Class::Salu
        | Class::Valu
        | Class::Trans
        | Class::Vopd
        | Class::Wmma
        | Class::Branch
        | Class::Barrier
        | Class::Wait
        | Class::Control => return None,
    };
    let writes = info.implicit.intersects(Implicit::STORE | Implicit::ATOMIC)
        // Atomic loads keep their order.
        || inst.mods.cache != 0;
    // Lanes exchanged through the LDS unit touch no memory.
    let touches = writes || info.implicit.contains(Implicit::LOAD);
    (touches && !inst.constant).then_some((memory, writes))
}

#[derive(Default)]
struct Node {
    /// Instructions that must come later, and how long after.
    succs: SmallVec<[(u32, u32); 4]>,
    /// Of those that must come earlier, how many have not come.
    waiting: u32,
    /// Cycles from here to the end of the stretch.
    height: u32,
    /// Cycle in which the operands are there.
    ready: u32,
}

/// Which instructions must keep their order, for a stretch.
fn dependences(insts: &[Inst], several: &EntityVec<VReg, bool>) -> Vec<Node> {
    /// Who wrote something last, and who has read it since.
    #[derive(Default)]
    struct Last {
        write: Option<u32>,
        reads: Vec<u32>,
    }
    let mut nodes: Vec<Node> = Vec::new();
    nodes.resize_with(insts.len(), Node::default);
    let mut registers: HashMap<VReg, Last> = HashMap::new();
    let mut scc = Last::default();
    let mut memories: HashMap<Memory, Last> = HashMap::new();
    // A register that is tied to a result, or has several definitions, ends for its readers.
    let ends: HashSet<VReg> = insts.iter().filter_map(tied).collect();
    for (n, inst) in insts.iter().enumerate() {
        let n = n as u32;
        let mut edge = |from: u32, latency: u32| {
            if from == n {
                return;
            }
            match nodes[from as usize].succs.last_mut() {
                Some((to, known)) if *to == n => *known = latency.max(*known),
                _ => {
                    nodes[from as usize].succs.push((n, latency));
                    nodes[n as usize].waiting += 1;
                }
            }
        };
        let mut read = |last: &mut Last, keep: bool| {
            if let Some(w) = last.write {
                edge(w, latency(&insts[w as usize]));
            }
            if keep {
                last.reads.push(n);
            }
        };
        let implicit = inst
            .isa()
            .map_or(Implicit::empty(), |op| op.info().implicit);
        let reads_scc =
            implicit.contains(Implicit::READ_SCC) || inst.uses.contains(&Arg::Fixed(Operand::SCC));
        if reads_scc {
            read(&mut scc, true);
        }
        for v in inst.used() {
            let last = registers.entry(v).or_default();
            read(last, several[v] || ends.contains(&v));
        }
        let touched = memory(inst);
        if let Some((memory, false)) = touched {
            let last = memories.entry(memory).or_default();
            if let Some(w) = last.write {
                edge(w, 1);
            }
            last.reads.push(n);
        }
        let mut write = |last: &mut Last| {
            if let Some(w) = last.write {
                edge(w, 1);
            }
            for r in last.reads.drain(..) {
                edge(r, 0);
            }
            last.write = Some(n);
        };
        if implicit.contains(Implicit::WRITE_SCC) {
            write(&mut scc);
        }
        if let Some((memory, true)) = touched {
            write(memories.entry(memory).or_default());
        }
        for v in inst.defined().chain(tied(inst)) {
            write(registers.entry(v).or_default());
        }
    }
    for n in (0..nodes.len()).rev() {
        nodes[n].height = nodes[n]
            .succs
            .iter()
            .map(|&(to, latency)| nodes[to as usize].height + latency)
            .max()
            .unwrap_or(0);
    }
    nodes
}

/// The register that an instruction overwrites with its result.
fn tied(inst: &Inst) -> Option<VReg> {
    let n = inst.tied?;
    inst.uses.get(usize::from(n))?.vregs().first().copied()
}

/// Registers alive while a stretch runs, by bank.
#[derive(Clone)]
struct Pressure<'f> {
    bank: &'f EntityVec<VReg, Bank>,
    /// Instructions of the stretch that have still to read or write a register; one more if it is
    /// alive after them.
    left: HashMap<VReg, u32>,
    alive: HashSet<VReg>,
    now: [usize; 2],
    peak: [usize; 2],
}

impl<'f> Pressure<'f> {
    fn new(
        bank: &'f EntityVec<VReg, Bank>,
        insts: &[Inst],
        before: &HashSet<VReg>,
        after: &HashSet<VReg>,
    ) -> Pressure<'f> {
        let mut left: HashMap<VReg, u32> = HashMap::new();
        for inst in insts {
            for v in touched(inst) {
                *left.entry(v).or_default() += 1;
            }
        }
        for &v in after {
            *left.entry(v).or_default() += 1;
        }
        let mut now = [0; 2];
        for &v in before {
            now[bank[v] as usize] += 1;
        }
        Pressure {
            bank,
            left,
            alive: before.clone(),
            now,
            peak: now,
        }
    }

    /// Registers of each bank that are needed for an instruction, and how many it leaves.
    fn with(&self, inst: &Inst) -> ([usize; 2], [usize; 2]) {
        let (mut need, mut leave) = (self.now, self.now);
        let mut freed = [0; 2];
        for v in touched(inst) {
            let bank = self.bank[v] as usize;
            let (new, last) = (!self.alive.contains(&v), self.left.get(&v) == Some(&1));
            need[bank] += usize::from(new);
            leave[bank] += usize::from(new);
            leave[bank] -= usize::from(last);
            // Results take the places of operands that die.
            freed[bank] += usize::from(last && !new && !inst.early_clobber);
        }
        let need = std::array::from_fn(|b| (need[b] - freed[b]).max(self.now[b]));
        (need, leave)
    }

    fn issue(&mut self, inst: &Inst) {
        let (need, leave) = self.with(inst);
        for v in touched(inst) {
            self.alive.insert(v);
            if let Some(left) = self.left.get_mut(&v) {
                *left -= 1;
                if *left == 0 {
                    self.alive.remove(&v);
                }
            }
        }
        self.peak = std::array::from_fn(|b| self.peak[b].max(need[b]));
        self.now = leave;
    }
}

/// Registers that an instruction reads or writes, each once.
fn touched(inst: &Inst) -> SmallVec<[VReg; 8]> {
    let mut out: SmallVec<[VReg; 8]> = SmallVec::new();
    for v in inst.used().chain(inst.defined()) {
        if !out.contains(&v) {
            out.push(v);
        }
    }
    out
}

/// The new order of a stretch.
fn order(insts: &[Inst], mut nodes: Vec<Node>, mut pressure: Pressure, limit: [usize; 2]) -> Order {
    let mut ready: std::collections::BTreeSet<u32> = (0..nodes.len() as u32)
        .filter(|&n| nodes[n as usize].waiting == 0)
        .collect();
    let mut out = Vec::with_capacity(insts.len());
    let mut issued = vec![false; insts.len()];
    let mut oldest = 0;
    let mut now = 0;
    while !ready.is_empty() {
        while issued.get(oldest) == Some(&true) {
            oldest += 1;
        }
        let best = ready
            .range(..(oldest + WINDOW) as u32)
            .copied()
            .min_by_key(|&n| {
                let node = &nodes[n as usize];
                let (need, leave) = pressure.with(&insts[n as usize]);
                let excess = (0..2).any(|b| need[b] > limit[b]);
                let grows = match excess {
                    true => {
                        (leave[0] + leave[1]) as i64 - (pressure.now[0] + pressure.now[1]) as i64
                    }
                    false => 0,
                };
                let late = node.ready.saturating_sub(now);
                (excess, grows, late, std::cmp::Reverse(node.height), n)
            });
        // All that is ready may stand beyond the window, if what is oldest waits for nothing else.
        let Some(n) = best.or_else(|| ready.first().copied()) else {
            break;
        };
        ready.remove(&n);
        issued[n as usize] = true;
        out.push(n);
        pressure.issue(&insts[n as usize]);
        now = now.max(nodes[n as usize].ready) + 1;
        for (to, latency) in std::mem::take(&mut nodes[n as usize].succs) {
            let succ = &mut nodes[to as usize];
            succ.ready = succ.ready.max(now - 1 + latency);
            succ.waiting -= 1;
            if succ.waiting == 0 {
                ready.insert(to);
            }
        }
    }
    Order {
        places: out,
        peak: pressure.peak,
    }
}

struct Order {
    /// Instructions by their old places.
    places: Vec<u32>,
    /// Most registers alive.
    peak: [usize; 2],
}

/// Puts the instructions of every block in order. Liveness across blocks stays what it is.
pub fn run(f: &mut Function, live: &Liveness) {
    let mut definitions: EntityVec<VReg, u32> = EntityVec::filled(0, f.vregs.len());
    for &b in &f.order {
        for v in f.blocks[b].insts.iter().flat_map(Inst::defined) {
            definitions[v] += 1;
        }
    }
    let mut several = EntityVec::filled(false, f.vregs.len());
    for n in 0..f.vregs.len() {
        let v = VReg::new(n);
        several[v] = definitions[v] > 1;
    }
    let target = target(f);
    for n in 0..f.order.len() {
        let block = f.order[n];
        if f.blocks[block].insts.iter().any(is_load) {
            let mut insts = std::mem::take(&mut f.blocks[block].insts);
            let alive = live.live_out(block).collect();
            stretches(&mut insts, alive, &f.vregs, &several, target);
            f.blocks[block].insts = insts;
        }
    }
}

/// Registers of each bank that loads may fill: as many as leave room for all waves.
fn target(f: &Function) -> [usize; 2] {
    let vector = super::vgprs_of_full_occupancy(f.arch) as usize;
    let mut out = [0; 2];
    out[Bank::S as usize] = SCALARS.min(f.registers.scalar / 2);
    out[Bank::V as usize] = (vector - VECTOR_SLACK).min(f.registers.vector / 2);
    out
}

/// Orders each stretch between fences, the last one first, since liveness comes from the end.
fn stretches(
    insts: &mut [Inst],
    mut alive: HashSet<VReg>,
    bank: &EntityVec<VReg, Bank>,
    several: &EntityVec<VReg, bool>,
    target: [usize; 2],
) {
    let mut end = insts.len();
    while end > 0 {
        if is_fence(&insts[end - 1]) {
            back(&mut alive, &insts[end - 1]);
            end -= 1;
            continue;
        }
        let start = insts[..end].iter().rposition(is_fence).map_or(0, |n| n + 1);
        let stretch = &mut insts[start..end];
        let after = alive.clone();
        for inst in stretch.iter().rev() {
            back(&mut alive, inst);
        }
        end = start;
        if stretch.len() < 3 || !stretch.iter().any(is_load) {
            continue;
        }
        let pressure = Pressure::new(bank, stretch, &alive, &after);
        let mut old = pressure.clone();
        stretch.iter().for_each(|inst| old.issue(inst));
        let limit = std::array::from_fn(|b| target[b].max(old.peak[b]));
        let new = order(stretch, dependences(stretch, several), pressure, limit);
        if (0..2).any(|b| new.peak[b] > limit[b]) || new.places.len() != stretch.len() {
            continue;
        }
        let mut taken: Vec<Option<Inst>> = stretch.iter().cloned().map(Some).collect();
        for (slot, &from) in stretch.iter_mut().zip(&new.places) {
            if let Some(inst) = taken[from as usize].take() {
                *slot = inst;
            }
        }
    }
}

/// Registers alive before an instruction, from those alive after it.
fn back(alive: &mut HashSet<VReg>, inst: &Inst) {
    for v in inst.defined() {
        alive.remove(&v);
    }
    alive.extend(inst.used());
}
