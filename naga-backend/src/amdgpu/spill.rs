//! Spilling: makes registers suffice before they are allocated.
//!
//! Wherever more registers are alive than there are, the cheapest of those that are only passing
//! through go to memory for all of their lives: a store after each definition, a load before each
//! use. Vector registers go to scratch, under the EXEC of the place, which is that of the lanes
//! concerned. Scalar registers go to lanes of vector registers set aside, which `v_writelane` and
//! `v_readlane` reach whatever EXEC is. Kernels that fit are only looked at.

use hashbrown::{HashMap, HashSet};
use rdna_isa::{Gen, Op, Operand, Sreg};
use smallvec::SmallVec;

use crate::kernel::EntityVec;
use crate::Error;

use super::live::Liveness;
use super::mir::*;

/// Scalar registers left free: what aligned groups may waste, and spill code.
const SCALAR_SLACK: usize = 14;
/// Vector registers left free for spill code.
const VECTOR_SLACK: usize = 8;
/// Rounds after which something must be wrong.
const ROUNDS: usize = 64;

/// Where a spilled register lives.
#[derive(Clone, Copy, Debug)]
enum Slot {
    /// Byte offset in scratch.
    Scratch(u32),
    /// Lane of a reserved vector register.
    Lane(Operand, i32),
}

struct Spiller<'f> {
    f: &'f mut Function,
    slots: HashMap<VReg, Slot>,
    /// Registers that spill code made: they live for one instruction and cannot go anywhere.
    temporary: HashSet<VReg>,
    /// Where a register's next value waits while a parallel copy still reads the old one.
    shadows: HashMap<VReg, Slot>,
    lanes: u32,
    lane_register: Option<Operand>,
}

/// Spills until everything fits; takes the function's liveness and returns that of the result.
pub fn run(f: &mut Function, mut live: Liveness) -> Result<Liveness, Error> {
    let mut s = Spiller {
        f,
        slots: HashMap::new(),
        temporary: HashSet::new(),
        shadows: HashMap::new(),
        lanes: 0,
        lane_register: None,
    };
    for _ in 0..ROUNDS {
        let chosen = s.choose(&live)?;
        if chosen.is_empty() {
            return Ok(live);
        }
        for v in chosen {
            s.assign(v);
        }
        s.rewrite();
        live = Liveness::new(s.f);
    }
    Err(Error::Internal {
        pass: "amdgpu spilling",
        what: "registers do not suffice however much is spilled".into(),
    })
}

impl Spiller<'_> {
    fn limit(&self, bank: Bank) -> usize {
        let (all, kept) = match bank {
            Bank::S => (self.f.registers.scalar, SCALAR_SLACK),
            Bank::V => {
                let kept = usize::from(self.f.reserved_vgprs) + VECTOR_SLACK;
                (self.f.registers.vector, kept)
            }
        };
        all.saturating_sub(kept)
    }

    /// Registers to spill, none if all fit.
    fn choose(&self, live: &Liveness) -> Result<Vec<VReg>, Error> {
        let mut chosen: HashSet<VReg> = HashSet::new();
        let mut costs: Option<EntityVec<VReg, f32>> = None;
        for &b in &self.f.order {
            let mut alive: HashSet<VReg> = live.live_out(b).collect();
            // Of those alive, the ones that stay in registers.
            let mut count = [0usize; 2];
            for &v in alive.iter().filter(|v| !chosen.contains(*v)) {
                count[self.f.vregs[v] as usize] += 1;
            }
            for inst in self.f.blocks[b].insts.iter().rev() {
                let mut at = count;
                for v in inst.defined().filter(|v| !chosen.contains(v)) {
                    let n = self.f.vregs[v] as usize;
                    match alive.remove(&v) {
                        true => count[n] -= 1,
                        false => at[n] += 1,
                    }
                }
                for v in inst.defined() {
                    alive.remove(&v);
                }
                for v in inst.used() {
                    if alive.insert(v) && !chosen.contains(&v) {
                        count[self.f.vregs[v] as usize] += 1;
                    }
                }
                for bank in [Bank::S, Bank::V] {
                    let n = bank as usize;
                    let pressure = at[n].max(count[n]);
                    let limit = self.limit(bank);
                    if pressure <= limit {
                        continue;
                    }
                    let costs = costs.get_or_insert_with(|| self.costs());
                    let more = self.pick(inst, &alive, bank, pressure - limit, costs, &chosen)?;
                    count[n] -= more.iter().filter(|v| alive.contains(*v)).count();
                    chosen.extend(more);
                }
            }
        }
        Ok(chosen.into_iter().collect())
    }

    /// The cheapest registers that are alive and not needed by the instruction.
    fn pick(
        &self,
        inst: &Inst,
        alive: &HashSet<VReg>,
        bank: Bank,
        excess: usize,
        costs: &EntityVec<VReg, f32>,
        chosen: &HashSet<VReg>,
    ) -> Result<Vec<VReg>, Error> {
        // A copy's registers need not all be there at once.
        let needed: SmallVec<[VReg; 8]> = match inst.op {
            Opcode::Copy => SmallVec::new(),
            Opcode::Isa(_) | Opcode::Entry => inst.used().chain(inst.defined()).collect(),
        };
        let copied: SmallVec<[VReg; 8]> = match inst.op {
            Opcode::Copy => inst.defined().collect(),
            Opcode::Isa(_) | Opcode::Entry => SmallVec::new(),
        };
        let mut candidates: Vec<VReg> = alive
            .iter()
            .copied()
            .chain(copied)
            .filter(|v| self.f.vregs[*v] == bank)
            .filter(|v| !needed.contains(v) && !chosen.contains(v))
            .filter(|v| !self.slots.contains_key(v) && !self.temporary.contains(v))
            .collect();
        candidates.sort_by(|a, b| costs[*a].total_cmp(&costs[*b]).then(a.cmp(b)));
        candidates.dedup();
        if candidates.is_empty() {
            return Err(Error::Internal {
                pass: "amdgpu spilling",
                what: format!(
                    "{:?} needs more registers of bank {bank:?} than there are",
                    inst.op
                ),
            });
        }
        candidates.truncate(excess);
        Ok(candidates)
    }

    /// What each register's loads and stores would cost: more in loops.
    fn costs(&self) -> EntityVec<VReg, f32> {
        let mut costs = EntityVec::filled(0.0f32, self.f.vregs.len());
        for &b in &self.f.order {
            let weight = 10f32.powi(self.f.blocks[b].depth.min(6) as i32);
            for inst in &self.f.blocks[b].insts {
                for v in inst.used().chain(inst.defined()) {
                    costs[v] += weight;
                }
            }
        }
        costs
    }

    fn assign(&mut self, v: VReg) {
        let slot = self.slot(v);
        self.f.spills += 1;
        self.slots.insert(v, slot);
    }

    /// A new place in memory for a register of this bank.
    fn slot(&mut self, v: VReg) -> Slot {
        match self.f.vregs[v] {
            Bank::V => {
                let offset = self.f.scratch;
                self.f.scratch += 4;
                Slot::Scratch(offset)
            }
            Bank::S => {
                let lane = (self.lanes % 32) as i32;
                self.lanes += 1;
                let register = match self.lane_register {
                    Some(r) if lane != 0 => r,
                    _ => self.f.reserve_vgpr(),
                };
                self.lane_register = Some(register);
                Slot::Lane(register, lane)
            }
        }
    }

    /// Scratch's immediate offset and scalar base.
    fn scratch_address(&self, offset: u32, out: &mut Vec<Inst>) -> (Arg, i32) {
        let max = match self.f.arch.gen() {
            Gen::Gfx11 => 4095,
            Gen::Gfx12 => 0x7f_ffff,
        };
        if offset <= max {
            return (Operand::Off.into(), offset as i32);
        }
        let low = offset & max;
        let base = Operand::Sgpr(Sreg::VCC_HI);
        let value = Operand::int((offset - low) as i32);
        out.push(Inst::new(Op::S_MOV_B32, &[base.into()], &[value.into()]));
        (base.into(), low as i32)
    }

    fn load(&self, slot: Slot, to: VReg, out: &mut Vec<Inst>) {
        match slot {
            Slot::Scratch(offset) => {
                let (base, imm) = self.scratch_address(offset, out);
                let mut inst = Inst::new(
                    Op::SCRATCH_LOAD_B32,
                    &[to.into()],
                    &[Operand::Off.into(), base],
                );
                inst.mods.offset = imm;
                out.push(inst);
            }
            Slot::Lane(register, lane) => out.push(Inst::new(
                Op::V_READLANE_B32,
                &[to.into()],
                &[register.into(), Operand::int(lane).into()],
            )),
        }
    }

    fn store(&self, slot: Slot, from: Arg, out: &mut Vec<Inst>) {
        match slot {
            Slot::Scratch(offset) => {
                let (base, imm) = self.scratch_address(offset, out);
                let mut inst = Inst::new(
                    Op::SCRATCH_STORE_B32,
                    &[],
                    &[Operand::Off.into(), from, base],
                );
                inst.mods.offset = imm;
                out.push(inst);
            }
            Slot::Lane(register, lane) => {
                let mut inst = Inst::new(
                    Op::V_WRITELANE_B32,
                    &[register.into()],
                    &[register.into(), from, Operand::int(lane).into()],
                );
                inst.tied = Some(0);
                out.push(inst);
            }
        }
    }

    fn fresh(&mut self, like: VReg) -> VReg {
        let bank = self.f.vregs[like];
        let v = self.f.vreg(bank);
        self.temporary.insert(v);
        v
    }

    fn rewrite(&mut self) {
        for n in 0..self.f.order.len() {
            let b = self.f.order[n];
            let insts = std::mem::take(&mut self.f.blocks[b].insts);
            let mut out = Vec::with_capacity(insts.len());
            for mut inst in insts {
                let mut after = Vec::new();
                if inst.op == Opcode::Copy {
                    self.split_copy(&mut inst, &mut out, &mut after);
                }
                if inst.op != Opcode::Copy || !inst.defs.is_empty() {
                    self.around(inst, &mut out);
                }
                out.extend(after);
            }
            self.f.blocks[b].insts = out;
        }
    }

    /// Loads before an instruction and stores after it.
    fn around(&mut self, mut inst: Inst, out: &mut Vec<Inst>) {
        let mut stand_in: SmallVec<[(VReg, VReg); 4]> = SmallVec::new();
        let used: SmallVec<[VReg; 8]> = inst.used().collect();
        let touched: SmallVec<[VReg; 8]> = inst.used().chain(inst.defined()).collect();
        for v in touched {
            if self.slots.contains_key(&v) && !stand_in.iter().any(|(s, _)| *s == v) {
                let t = self.fresh(v);
                stand_in.push((v, t));
                if used.contains(&v) {
                    self.load(self.slots[&v], t, out);
                }
            }
        }
        if stand_in.is_empty() {
            out.push(inst);
            return;
        }
        let defined: SmallVec<[VReg; 4]> = inst.defined().collect();
        for arg in inst.defs.iter_mut().chain(&mut inst.uses) {
            for v in arg.vregs_mut() {
                if let Some((_, t)) = stand_in.iter().find(|(s, _)| s == v) {
                    *v = *t;
                }
            }
        }
        out.push(inst);
        for (v, t) in stand_in {
            if defined.contains(&v) {
                self.store(self.slots[&v], t.into(), out);
            }
        }
    }

    /// Takes out of a parallel copy what goes from or to memory and concerns no other part of it,
    /// so that few registers are needed at once.
    fn split_copy(&mut self, inst: &mut Inst, out: &mut Vec<Inst>, after: &mut Vec<Inst>) {
        let sources: SmallVec<[VReg; 8]> = inst.used().collect();
        let defined: SmallVec<[VReg; 8]> = inst.defined().collect();
        let mut keep: SmallVec<[bool; 8]> = smallvec::smallvec![true; defined.len()];
        let spilled = |s: &Self, v: VReg| s.slots.get(&v).copied();
        // From memory: at once into registers that no part reads, otherwise by way of their shadows,
        // so that what is on its way to them needs no registers of its own.
        for (k, &d) in defined.iter().enumerate() {
            let Some(&u) = inst.uses[k].vregs().first() else {
                continue;
            };
            let (None, Some(_)) = (spilled(self, d), spilled(self, u)) else {
                continue;
            };
            if sources.contains(&d) {
                let shadow = self.shadow(d);
                self.copy_to_memory(inst, k, d, shadow, out);
                self.load(shadow, d, after);
            } else {
                let part = Inst::pseudo(Opcode::Copy, &[d.into()], &[inst.uses[k].clone()]);
                self.around(part, out);
            }
            keep[k] = false;
        }
        // Into memory: at once if no part reads it, otherwise into its shadow.
        for shadowed in [true, false] {
            for (k, &d) in defined.iter().enumerate() {
                if let (Some(slot), true) = (spilled(self, d), sources.contains(&d) == shadowed) {
                    let slot = if shadowed {
                        self.through_shadow(d, slot, after)
                    } else {
                        slot
                    };
                    self.copy_to_memory(inst, k, d, slot, out);
                    keep[k] = false;
                }
            }
        }
        let mut kept = keep.iter();
        inst.defs.retain(|_| kept.next() == Some(&true));
        let mut kept = keep.iter();
        inst.uses.retain(|_| kept.next() == Some(&true));
    }

    /// Where a register's next value waits.
    fn shadow(&mut self, d: VReg) -> Slot {
        if let Some(&slot) = self.shadows.get(&d) {
            return slot;
        }
        let slot = self.slot(d);
        self.shadows.insert(d, slot);
        slot
    }

    /// The shadow of a spilled register, whose content `after` moves to the register's slot.
    fn through_shadow(&mut self, d: VReg, slot: Slot, after: &mut Vec<Inst>) -> Slot {
        let shadow = self.shadow(d);
        let t = self.fresh(d);
        self.load(shadow, t, after);
        self.store(slot, t.into(), after);
        shadow
    }

    /// The k-th part of a copy, whose destination is in memory.
    fn copy_to_memory(&mut self, inst: &Inst, k: usize, d: VReg, slot: Slot, out: &mut Vec<Inst>) {
        let source = inst.uses[k].clone();
        let register = match source.vregs().first() {
            Some(&u) if self.f.vregs[d] == self.f.vregs[u] => match self.slots.get(&u).copied() {
                Some(from) => {
                    let t = self.fresh(d);
                    self.load(from, t, out);
                    Arg::from(t)
                }
                None => source,
            },
            _ => {
                // A constant, or a scalar register for a vector one.
                let t = self.fresh(d);
                let copy = Inst::pseudo(Opcode::Copy, &[t.into()], &[source]);
                self.around(copy, out);
                Arg::from(t)
            }
        };
        self.store(slot, register, out);
    }
}
