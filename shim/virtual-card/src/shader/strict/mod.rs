//! Strict mode: the same operations between checks that stand in for silicon.
//!
//! One thread interleaves the waves of several workgroups in an order that the seed decides. Around
//! each instruction it checks what the hardware takes for granted: that loads were
//! [waited for](counters), that [hazards](hazard) are separated, that outcomes depend on
//! [defined](shadow) bits only, that waves share [LDS](memory) across barriers; memory goes through
//! [caches] that nobody keeps coherent, and approximate operations [err](approx). What violates a
//! rule ends the dispatch with its name, place and instruction.

mod approx;
mod cache;
mod counters;
mod hazard;
mod info;
mod issue;
mod memory;
mod rng;
mod shadow;

use std::collections::HashSet;
use std::rc::Rc;
use std::sync::atomic::Ordering;
use std::sync::Arc;

use rdna_isa::{Bank, Gen, Inst, Op, Operand};

pub use cache::Caches;
use cache::UNITS;
use counters::{name, Counter, Counters, Wait};
use hazard::Hazards;
use info::{Info, Prepared, Unit};
use issue::{access, counters_of, issue};
use memory::{Lds, Order};
use rng::Rng;
use shadow::Shadow;

use super::engine::Shared;
use super::exec::{Counts, Resolve};
use super::group::{Env, Fault, Group};
use super::memory::Tlb;
use super::trace::Before;
use super::wave::{plain_for, scalar, Flow, Status, Wave};
use super::{Place, Violation, ViolationKind, WaveError};

/// A wave's bookkeeping.
struct Check {
    shadow: Shadow,
    counters: Counters,
    hazards: Hazards,
    order: Order,
    scratch: HashSet<u64>,
    id: u64,
}

/// A workgroup that is being run.
struct Resident {
    group: Group,
    slot: Option<u32>,
    checks: Vec<Check>,
    lds: Lds,
    /// Compute unit of each wave.
    units: Vec<usize>,
}

/// Why an instruction did not complete.
enum Unusual {
    Fault(Fault),
    Violation(Box<Violation>),
}

/// What memory operations of one wave work on.
struct Machine<'a> {
    env: &'a mut Env<'static>,
    caches: &'a mut Caches,
    rng: &'a mut Rng,
    shadow: &'a mut Shadow,
    lds: &'a mut Lds,
    scratch: &'a mut HashSet<u64>,
    unit: usize,
    wave_id: u64,
    order: Order,
    races: bool,
    place: Place,
    inst: &'a Inst,
}

impl Machine<'_> {
    fn violation(&self, kind: ViolationKind, detail: String) -> Unusual {
        violation(kind, self.place, self.inst, self.env.dispatch.gen(), detail)
    }
}

fn violation(kind: ViolationKind, place: Place, inst: &Inst, gen: Gen, detail: String) -> Unusual {
    Unusual::Violation(Box::new(Violation {
        kind,
        place,
        instruction: inst.display(gen).to_string(),
        detail,
    }))
}

/// What one step of a wave came to.
enum Step {
    Go,
    Stop(Status),
    Yield,
    Indirect(u64),
}

struct Run<'a> {
    shared: &'a Shared<'a>,
    caches: &'a mut Caches,
    rng: Rng,
    races: bool,
    counts: Option<Counts>,
    prepared: Rc<Prepared>,
}

/// Runs a dispatch.
pub(super) fn run(shared: &Shared, caches: &mut Caches, seed: u64, races: bool) {
    let program = shared.current();
    let mut r = Run {
        shared,
        caches,
        rng: Rng::new(seed, 1),
        races,
        counts: shared.counts(),
        prepared: Rc::new(Prepared::new(&program)),
    };
    let mut env = Env::new(shared.d, Tlb::new(shared.mem), 0);
    let result = r.all(&mut env);
    let vmid = shared.d.vmid;
    let drained = r.caches.drain_all(&mut env.tlb, vmid);
    let counts = r.counts.take();
    match (result, drained) {
        (Ok((groups, waves)), Ok(())) => shared.finish(groups, waves, counts),
        (Err(e), _) => shared.fail(e),
        (Ok(_), Err(fault)) => {
            shared.fail(WaveError::MemoryFault {
                place: Place::default(),
                lane: None,
                fault,
            });
        }
    }
}

impl Run<'_> {
    fn all(&mut self, env: &mut Env) -> Result<(u64, u64), WaveError> {
        let mut resident: Vec<Resident> = Vec::new();
        let mut spare = Vec::new();
        let (mut groups, mut waves) = (0, 0);
        let mut more = true;
        let most = 1 + self.rng.below(6);
        loop {
            // Waves that spin on a workgroup that has not started need it started.
            let stuck = resident.iter().all(|r| {
                r.group.waves[..r.group.count]
                    .iter()
                    .all(|w| w.status != Status::Ready || w.steps > 100_000)
            });
            while more && (resident.len() < most || (stuck && resident.len() < 64)) {
                match self.shared.take(&mut spare) {
                    Some((group, slot)) => {
                        let r = self.start(group, slot);
                        resident.push(r);
                    }
                    None => more = false,
                }
                if resident.len() >= most {
                    break;
                }
            }
            if resident.is_empty() {
                return Ok((groups, waves));
            }
            if self.shared.kill.load(Ordering::Relaxed) {
                return Err(WaveError::Killed);
            }
            let at = self.rng.below(resident.len());
            self.burst(env, &mut resident[at])?;
            if resident[at].group.done() {
                groups += 1;
                waves += resident[at].group.count as u64;
                let r = resident.swap_remove(at);
                self.shared.give_back(r.slot);
                spare.push(r.group);
                more = true;
            }
        }
    }

    fn start(&mut self, mut group: Group, slot: Option<u32>) -> Resident {
        let d = self.shared.d;
        if !Arc::ptr_eq(&self.prepared.program, &group.program) {
            self.prepared = Rc::new(Prepared::new(&group.program));
        }
        let lds = Lds::new(group.lds.len());
        for word in &mut group.lds {
            *word = self.rng.next() as u32;
        }
        let first = self.rng.below(UNITS);
        let mut filled: Vec<u8> = (0..d.user_sgprs().min(16) as u8).collect();
        if d.gen() == Gen::Gfx11 {
            let ids = d.tgid_enabled().iter().filter(|on| **on).count()
                + usize::from(d.tg_size_enabled());
            let user = d.user_sgprs() as u8;
            filled.extend(user..user + ids as u8);
        } else {
            filled.extend(108..124);
        }
        let count = group.count;
        let checks = (0..count)
            .map(|i| {
                let w = &mut group.waves[i];
                let vgprs = self.prepared.program.vgprs;
                for n in 1..vgprs {
                    if let Some(line) = w.vgpr_mut(n) {
                        for v in &mut line.0 {
                            *v = self.rng.next() as u32;
                        }
                    }
                }
                for r in (0..108u8).chain([125]).filter(|r| !filled.contains(r)) {
                    let v = self.rng.next() as u32;
                    w.set_s(u16::from(r), v);
                }
                Check {
                    shadow: Shadow::new(d.vgprs(), filled.iter().copied()),
                    counters: Counters::default(),
                    hazards: Hazards::new(d.gen()),
                    order: Order::default(),
                    scratch: HashSet::new(),
                    id: self.rng.next(),
                }
            })
            .collect();
        // In WGP mode a workgroup's waves are on two compute units, in CU mode on one.
        let units = (0..count)
            .map(|_| {
                if d.wgp_mode() && self.rng.one_in(2) {
                    first ^ 1
                } else {
                    first
                }
            })
            .collect();
        Resident {
            group,
            slot,
            checks,
            lds,
            units,
        }
    }

    /// Runs a random ready wave for a random number of instructions.
    fn burst(&mut self, env: &mut Env, r: &mut Resident) -> Result<(), WaveError> {
        let ready: Vec<usize> = (0..r.group.count)
            .filter(|&i| r.group.waves[i].status == Status::Ready)
            .collect();
        let Some(&i) = ready.get(self.rng.below(ready.len())) else {
            let waiting = r.group.waves[..r.group.count]
                .iter()
                .position(|w| w.status == Status::Waiting);
            return Err(WaveError::BarrierDeadlock {
                place: r.group.place(waiting.unwrap_or(0)),
                waiting: r.group.waves[..r.group.count]
                    .iter()
                    .filter(|w| w.status == Status::Waiting)
                    .count() as u32,
                waves: r.group.count as u32,
            });
        };
        let long = self.rng.one_in(8);
        let n = 1 + self.rng.below(if long { 400 } else { 24 });
        env.tlb.check_epoch();
        env.enter(&mut r.group);
        let result = self.steps(env, r, i, n);
        env.leave(&mut r.group);
        result
    }

    fn steps(
        &mut self,
        env: &mut Env,
        r: &mut Resident,
        i: usize,
        n: usize,
    ) -> Result<(), WaveError> {
        let limit = self.shared.limit();
        for _ in 0..n {
            if !Arc::ptr_eq(&self.prepared.program, &r.group.program) {
                self.prepared = Rc::new(Prepared::new(&r.group.program));
            }
            r.group.waves[i].steps += 1;
            if r.group.waves[i].steps > limit {
                return Err(WaveError::StepLimit {
                    place: r.group.place(i),
                    limit,
                });
            }
            let before = self
                .shared
                .trace()
                .filter(|t| t.follows(&r.group, i))
                .and_then(|_| Before::new(&r.group, i, env));
            let step = self.step(env, r, i);
            if let Some(b) = before {
                eprint!("{}", b.report(&r.group, i));
            }
            match step {
                Ok(Step::Go) => {}
                Ok(Step::Yield) => break,
                Ok(Step::Stop(status)) => {
                    r.group.waves[i].status = status;
                    if status == Status::Done {
                        env.barrier.leave();
                    }
                    r.group.release(&env.barrier);
                    break;
                }
                Ok(Step::Indirect(target)) => {
                    let to = match r.group.program.slot_at(target) {
                        Some(to) => to,
                        None => {
                            let program = self.shared.resolve(&r.group.program, target);
                            r.group.upgrade(&program);
                            env.program = Arc::as_ptr(&r.group.program);
                            match program.slot_at(target) {
                                Some(to) => to,
                                None => return Err(r.group.error(i, Fault::Illegal)),
                            }
                        }
                    };
                    r.group.waves[i].pc = to;
                }
                Err(Unusual::Fault(f)) => return Err(r.group.error(i, f)),
                Err(Unusual::Violation(v)) => return Err(WaveError::Violation(v)),
            }
            let vmid = self.shared.d.vmid;
            self.caches
                .tick(&mut env.tlb, &mut self.rng, vmid)
                .map_err(|f| r.group.error(i, Fault::Scalar(f)))?;
        }
        // A signal without a wait may have completed a barrier.
        r.group.release(&env.barrier);
        Ok(())
    }

    /// One instruction.
    fn step(&mut self, env: &mut Env, r: &mut Resident, i: usize) -> Result<Step, Unusual> {
        let prepared = self.prepared.clone();
        let pc = r.group.waves[i].pc as usize;
        let place = r.group.place(i);
        let gen = self.shared.d.gen();
        let infos = &prepared.infos[pc];
        let check = &mut r.checks[i];
        if let (Some(c), Some(_)) = (&mut self.counts, prepared.program.meta[pc].class) {
            c.switch(&prepared.program);
            c.add(pc);
        }
        for info in infos {
            before(check, info, place, gen)?;
        }
        let w = &mut r.group.waves[i];
        w.env = std::ptr::from_mut(env).cast();
        let flow = match infos.as_slice() {
            [info] if info.unit == Unit::Memory || info.unit == Unit::Smem => {
                let serial = issue(check, info, gen);
                let slot = prepared.program.slots[pc];
                // SAFETY: `env` outlives this step, and nothing else uses it while the machine does.
                let machine_env = unsafe { &mut *w.env };
                let mut m = Machine {
                    env: machine_env,
                    caches: self.caches,
                    rng: &mut self.rng,
                    shadow: &mut check.shadow,
                    lds: &mut r.lds,
                    scratch: &mut check.scratch,
                    unit: r.units[i],
                    wave_id: check.id,
                    order: check.order,
                    races: self.races,
                    place,
                    inst: &info.inst,
                };
                access(&mut m, w, &prepared.program, &slot, info, serial)?
            }
            _ => {
                let mut results = Vec::new();
                for info in infos {
                    let res = match info.unit {
                        Unit::Valu => check.shadow.vector(w, &info.inst),
                        Unit::Salu => check.shadow.scalar_op(w, &info.inst),
                        _ => continue,
                    };
                    if Shadow::exec_bits(&res) & w.lanes != 0 {
                        return Err(violation(
                            ViolationKind::Uninitialized,
                            place,
                            &info.inst,
                            gen,
                            "EXEC depends on undefined bits".into(),
                        ));
                    }
                    results.push(res);
                }
                for info in infos {
                    self.control(env, check, r.units[i], info, w, place)?;
                }
                let slots = if w.mode.bits == plain_for(self.shared.d) {
                    &prepared.program.slots
                } else {
                    &prepared.program.modal
                };
                let slot = slots[pc];
                let from = infos
                    .first()
                    .and_then(|info| approx::sources(w, &info.inst));
                // SAFETY: the slot was predecoded for this wave's register files and this host.
                let flow = unsafe { (slot.run)(w, &slot) };
                if let (Some(from), Some(info)) = (&from, infos.first()) {
                    approx::perturb(w, &info.inst, from, &mut self.rng);
                }
                for res in &results {
                    check.shadow.commit(res);
                }
                for info in infos {
                    if info.unit == Unit::Other {
                        for d in info.defs.iter().filter(|d| d.bank == Bank::Sgpr) {
                            for k in 0..d.count {
                                check.shadow.set_scalar(u16::from(d.first + k), 0);
                            }
                        }
                    }
                }
                flow
            }
        };
        match flow {
            Flow::Next | Flow::Mode => w.pc += 1,
            Flow::Jump => {}
            Flow::Indirect => return Ok(Step::Indirect(w.target)),
            Flow::Barrier => {
                w.pc += 1;
                return Ok(Step::Stop(Status::Waiting));
            }
            Flow::Yield => {
                w.pc += 1;
                return Ok(Step::Yield);
            }
            Flow::End => return Ok(Step::Stop(Status::Done)),
            Flow::Fault => return Err(Unusual::Fault(env.fault.take().unwrap_or(Fault::Illegal))),
        }
        Ok(Step::Go)
    }

    /// Waits, barriers, cache control and branches, before they run.
    fn control(
        &mut self,
        env: &mut Env,
        check: &mut Check,
        unit: usize,
        info: &Info,
        w: &Wave,
        place: Place,
    ) -> Result<(), Unusual> {
        let inst = &info.inst;
        let gen = self.shared.d.gen();
        let vmid = self.shared.d.vmid;
        let bad = |kind, detail: &str| Err(violation(kind, place, inst, gen, detail.into()));
        if let Some(wait) = Wait::of(inst) {
            let stores = check.counters.wait(wait, gen);
            return self
                .caches
                .complete(&mut env.tlb, vmid, unit, check.id, &stores)
                .map_err(|f| Unusual::Fault(Fault::Scalar(f)));
        }
        match inst.op {
            Op::S_BARRIER | Op::S_BARRIER_SIGNAL | Op::S_BARRIER_SIGNAL_ISFIRST => {
                if check.counters.any(|o| o.writes) {
                    return bad(
                        ViolationKind::BarrierBeforeWait,
                        "LDS writes of this wave are outstanding; a wait for them is missing",
                    );
                }
                check.order.signals += 1;
                if inst.op == Op::S_BARRIER {
                    check.order.waits += 1;
                }
            }
            Op::S_BARRIER_WAIT => check.order.waits += 1,
            Op::S_CLAUSE => {
                let n = match inst.operands.first() {
                    Some(Operand::Imm(v)) => (*v & 0x3f) + 1,
                    _ => 1,
                };
                if n > 32 {
                    return bad(
                        ViolationKind::Clause,
                        "a clause of more than 32 instructions",
                    );
                }
            }
            Op::S_SENDMSG if hazard::frees(inst) && check.counters.any(|o| o.scratch) => {
                return bad(
                    ViolationKind::EndBeforeWait,
                    "scratch stores are outstanding when the registers are freed",
                );
            }
            Op::S_CBRANCH_SCC0 | Op::S_CBRANCH_SCC1 if check.shadow.scc() => {
                return bad(ViolationKind::Uninitialized, "SCC is undefined");
            }
            Op::S_CBRANCH_VCCZ | Op::S_CBRANCH_VCCNZ => {
                let u = check.shadow.scalar(scalar::VCC);
                if u != 0 && w.s(scalar::VCC) & !u == 0 {
                    return bad(ViolationKind::Uninitialized, "VCC is undefined");
                }
            }
            Op::S_SETPC_B64 | Op::S_SWAPPC_B64 | Op::S_SETREG_B32 => {
                for u in info.uses.iter().filter(|u| u.bank == Bank::Sgpr) {
                    if (0..u.count).any(|k| check.shadow.scalar(u16::from(u.first + k)) != 0) {
                        return bad(
                            ViolationKind::Uninitialized,
                            &format!("{} is undefined", name(u)),
                        );
                    }
                }
            }
            Op::S_SENDMSG_RTN_B32 | Op::S_SENDMSG_RTN_B64 => {
                check
                    .counters
                    .issue(Counter::Km, true, info.defs.clone(), false, false);
            }
            _ => {}
        }
        Ok(())
    }
}

/// What holds for every instruction: registers have arrived, hazards are separated.
fn before(check: &mut Check, info: &Info, place: Place, gen: Gen) -> Result<(), Unusual> {
    let inst = &info.inst;
    for u in &info.uses {
        if check.counters.pending(u).is_some() {
            let detail = format!("{} is read while a load into it is outstanding", name(u));
            return Err(violation(
                ViolationKind::ReadBeforeWait,
                place,
                inst,
                gen,
                detail,
            ));
        }
    }
    let kinds = counters_of(info, gen);
    for d in &info.defs {
        let Some(o) = check.counters.pending(d) else {
            continue;
        };
        // Loads of one kind return in order, so a later one may follow into the same register.
        let in_order = !o.unordered
            && kinds
                .iter()
                .any(|(c, unordered)| *c == o.counter && !unordered);
        if !in_order {
            let detail = format!("{} is written while a load into it is outstanding", name(d));
            return Err(violation(
                ViolationKind::WriteBeforeWait,
                place,
                inst,
                gen,
                detail,
            ));
        }
    }
    check
        .hazards
        .step(inst, info.unit, &info.uses, &info.defs)
        .map_err(|detail| violation(ViolationKind::Hazard, place, inst, gen, detail))
}
