//! The fast executor: runs a wave's slots until it stops, and a workgroup's waves in turn.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::Arc;

use rdna_isa::Class;

use super::group::{Env, Fault, Group};
use super::program::Program;
use super::trace::Before;
use super::wave::{Flow, Status, Wave};
use super::{Trace, WaveError};

/// Taken branches after which a wave lets another run.
const SLICE: u32 = 1 << 14;

/// Why a wave stopped running.
#[derive(Debug)]
pub enum Stop {
    /// It ended.
    Ended,
    /// It waits at a barrier.
    Barrier,
    /// Its slice is used up, or it sleeps.
    Preempted,
    /// It jumps to an address that may not be decoded.
    Indirect(u64),
    /// It cannot go on.
    Fault(Fault),
    /// The kill flag is up.
    Killed,
    /// It issued too many instructions.
    Steps,
    /// One slot was asked for and has run.
    Single,
}

/// How often each slot ran, as differences: a straight run of slots adds one at its start and takes
/// one off behind its end.
pub struct Counts {
    program: Arc<Program>,
    diff: Vec<i64>,
    issued: BTreeMap<Class, u64>,
}

impl Counts {
    /// No counts for `program`.
    pub fn new(program: &Arc<Program>) -> Counts {
        Counts {
            program: program.clone(),
            diff: vec![0; program.slots.len() + 1],
            issued: BTreeMap::new(),
        }
    }

    /// Counts for another program from now on.
    pub fn switch(&mut self, program: &Arc<Program>) {
        if !Arc::ptr_eq(&self.program, program) {
            self.settle();
            self.program = program.clone();
            self.diff = vec![0; program.slots.len() + 1];
        }
    }

    fn settle(&mut self) {
        let mut n = 0;
        for (d, meta) in self.diff.iter().zip(&self.program.meta) {
            n += d;
            if let Some(class) = meta.class {
                if n > 0 {
                    *self.issued.entry(class).or_default() += n as u64;
                }
            }
        }
        self.diff.fill(0);
    }

    /// Adds one for a slot.
    pub fn add(&mut self, slot: usize) {
        self.diff[slot] += 1;
        self.diff[slot + 1] -= 1;
    }

    /// The totals by class.
    pub fn finish(mut self) -> BTreeMap<Class, u64> {
        self.settle();
        self.issued
    }
}

/// Runs a wave until it stops.
fn run_wave<const SINGLE: bool>(
    w: &mut Wave,
    program: &Program,
    env: &mut Env,
    kill: &AtomicBool,
    limit: u64,
    mut counts: Option<&mut Counts>,
) -> Stop {
    w.env = std::ptr::from_mut(env).cast();
    let plain = super::wave::plain_for(env.dispatch);
    let pick = |w: &Wave| {
        if w.mode.bits == plain {
            &program.slots
        } else {
            &program.modal
        }
    };
    let mut slots = pick(w);
    let mut pc = w.pc as usize;
    let mut from = pc;
    let mut budget = SLICE;
    macro_rules! segment {
        () => {
            w.steps += (pc - from + 1) as u64;
            if let Some(c) = &mut counts {
                c.diff[from] += 1;
                c.diff[pc + 1] -= 1;
            }
        };
    }
    loop {
        // SAFETY: a program's last slot does not fall through and its branches lead to slots, so
        // `pc` is below the number of slots, which both tables share.
        let slot = unsafe { slots.get_unchecked(pc) };
        // SAFETY: the slot was predecoded for this wave's register files and this host.
        match unsafe { (slot.run)(w, slot) } {
            Flow::Next if SINGLE => {
                segment!();
                w.pc = pc as u32 + 1;
                return Stop::Single;
            }
            Flow::Next => pc += 1,
            Flow::Jump => {
                segment!();
                pc = w.pc as usize;
                from = pc;
                if SINGLE {
                    return Stop::Single;
                }
                budget -= 1;
                if kill.load(Ordering::Relaxed) {
                    return Stop::Killed;
                }
                if w.steps > limit {
                    return Stop::Steps;
                }
                if budget == 0 {
                    return Stop::Preempted;
                }
            }
            Flow::Mode => {
                slots = pick(w);
                if SINGLE {
                    segment!();
                    w.pc = pc as u32 + 1;
                    return Stop::Single;
                }
                pc += 1;
            }
            Flow::Indirect => {
                segment!();
                match program.slot_at(w.target) {
                    Some(to) => {
                        pc = to as usize;
                        from = pc;
                        w.pc = to;
                        budget = budget.saturating_sub(1);
                        if kill.load(Ordering::Relaxed) {
                            return Stop::Killed;
                        }
                        if w.steps > limit {
                            return Stop::Steps;
                        }
                        if budget == 0 {
                            return Stop::Preempted;
                        }
                    }
                    None => {
                        w.pc = pc as u32;
                        return Stop::Indirect(w.target);
                    }
                }
            }
            Flow::Barrier => {
                segment!();
                w.pc = pc as u32 + 1;
                return Stop::Barrier;
            }
            Flow::Yield => {
                segment!();
                w.pc = pc as u32 + 1;
                return if kill.load(Ordering::Relaxed) {
                    Stop::Killed
                } else {
                    Stop::Preempted
                };
            }
            Flow::End => {
                segment!();
                w.pc = pc as u32;
                return Stop::Ended;
            }
            Flow::Fault => {
                w.pc = pc as u32;
                return Stop::Fault(env.fault.take().unwrap_or(Fault::Illegal));
            }
        }
    }
}

/// What became of a workgroup's slice.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// All waves ended.
    Done,
    /// Some wave used up its slice.
    Running,
}

/// Finds the program that has code decoded at an address.
pub trait Resolve {
    /// A program with `target` decoded, besides what `program` has.
    fn resolve(&self, program: &Arc<Program>, target: u64) -> Arc<Program>;
}

/// Runs each wave of a workgroup for up to a slice.
pub fn run_group(
    g: &mut Group,
    env: &mut Env,
    resolve: &dyn Resolve,
    kill: &AtomicBool,
    limit: u64,
    trace: Option<&Trace>,
    counts: &mut Option<Counts>,
) -> Result<Outcome, WaveError> {
    env.tlb.check_epoch();
    env.enter(g);
    let result = run_waves(g, env, resolve, kill, limit, trace, counts);
    env.leave(g);
    result
}

fn run_waves(
    g: &mut Group,
    env: &mut Env,
    resolve: &dyn Resolve,
    kill: &AtomicBool,
    limit: u64,
    trace: Option<&Trace>,
    counts: &mut Option<Counts>,
) -> Result<Outcome, WaveError> {
    let mut preempted = vec![false; g.count];
    loop {
        let mut ran = false;
        for i in 0..g.count {
            if preempted[i] || g.waves[i].status != Status::Ready {
                continue;
            }
            ran = true;
            if let Some(c) = counts {
                c.switch(&g.program);
            }
            let program = g.program.clone();
            let stop = match trace.filter(|t| t.follows(g, i)) {
                None => {
                    run_wave::<false>(&mut g.waves[i], &program, env, kill, limit, counts.as_mut())
                }
                Some(_) => {
                    let before = Before::new(g, i, env);
                    let wave = &mut g.waves[i];
                    let stop = run_wave::<true>(wave, &program, env, kill, limit, counts.as_mut());
                    if let Some(b) = before {
                        eprint!("{}", b.report(g, i));
                    }
                    stop
                }
            };
            match stop {
                Stop::Single if kill.load(Ordering::Relaxed) => return Err(WaveError::Killed),
                Stop::Single if g.waves[i].steps <= limit => {}
                Stop::Ended => {
                    g.waves[i].status = Status::Done;
                    env.barrier.leave();
                    g.release(&env.barrier);
                }
                Stop::Barrier => {
                    g.waves[i].status = Status::Waiting;
                    g.release(&env.barrier);
                }
                Stop::Preempted => {
                    preempted[i] = true;
                    // A signal without a wait may have completed a barrier.
                    g.release(&env.barrier);
                }
                Stop::Indirect(target) => {
                    let program = resolve.resolve(&g.program, target);
                    g.upgrade(&program);
                    env.program = Arc::as_ptr(&g.program);
                    match g.program.slot_at(target) {
                        Some(slot) => g.waves[i].pc = slot,
                        None => return Err(g.error(i, Fault::Illegal)),
                    }
                }
                Stop::Fault(fault) => return Err(g.error(i, fault)),
                Stop::Killed => return Err(WaveError::Killed),
                Stop::Steps | Stop::Single => {
                    return Err(WaveError::StepLimit {
                        place: g.place(i),
                        limit,
                    })
                }
            }
        }
        if !ran {
            break;
        }
    }
    g.release(&env.barrier);
    let waves = &g.waves[..g.count];
    if waves.iter().all(|w| w.status == Status::Done) {
        return Ok(Outcome::Done);
    }
    if waves.iter().all(|w| w.status != Status::Ready) {
        let waiting = waves.iter().filter(|w| w.status == Status::Waiting).count();
        let i = waves
            .iter()
            .position(|w| w.status == Status::Waiting)
            .unwrap_or(0);
        return Err(WaveError::BarrierDeadlock {
            place: g.place(i),
            waiting: waiting as u32,
            waves: g.count as u32,
        });
    }
    Ok(Outcome::Running)
}
