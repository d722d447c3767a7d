//! One warp: where each of its 32 lanes is, who goes next, and who waits for whom.
//!
//! Lanes at one place are a group. The group at the lowest place runs, so that lanes meet again as
//! soon as the text allows; after a while those ahead have their turn, and no lane starves. Values
//! are in `registers`, what an instruction does to them in `execute`, and what it does to memory in
//! `memory`.

mod execute;
mod memory;
mod registers;

use super::exec::Context;
use super::inst::{Entry, Inst, Op, Source, Truth};
use super::{Fault, FaultKind, LANES};

/// A value in every lane.
type Row = [u64; LANES];

/// Why a group of lanes does not go on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    Ready,
    /// At `bar.sync n`.
    Barrier(u32),
    /// At a `.sync` instruction, for other lanes.
    Sync,
}

/// Lanes at one place.
#[derive(Clone, Copy, Debug)]
struct Group {
    pc: u32,
    mask: u32,
    state: State,
}

/// Why a warp stopped.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Stop {
    /// All lanes returned.
    Exited,
    /// All lanes that are left wait at this barrier.
    Barrier(u32),
    /// Others have their turn.
    Slice,
}

/// Instructions that a warp runs before others have their turn.
const SLICE: u32 = 1 << 16;
/// Instructions that lanes at the lowest place run before those ahead have their turn.
const PATIENCE: u32 = 1 << 15;

/// What stands in local memory at first.
const JUNK: u8 = 0xa5;

/// A warp.
pub(super) struct Warp {
    index: u32,
    live: u32,
    groups: Vec<Group>,
    registers: Vec<Row>,
    defined: Vec<u32>,
    predicates: Vec<u32>,
    predicates_defined: Vec<u32>,
    /// `%tid`.
    tid: [Row; 3],
    local: Vec<u8>,
    /// Instructions since lanes ahead had their turn.
    impatience: u32,
    /// Instructions done, to see whether anything moves.
    done: u64,
    /// `done` when lanes that wait were last tried.
    tried: Option<u64>,
}

/// The lanes of a mask.
fn lanes(mask: u32) -> impl Iterator<Item = usize> {
    let mut rest = mask;
    std::iter::from_fn(move || {
        let lane = rest.trailing_zeros() as usize;
        rest &= rest.wrapping_sub(1);
        (lane < LANES).then_some(lane)
    })
}

/// Mask of the lanes where something holds.
fn mask_of(f: impl Fn(usize) -> bool) -> u32 {
    (0..LANES).fold(0, |mask, lane| mask | u32::from(f(lane)) << lane)
}

impl Warp {
    pub(super) fn new(entry: &Entry, index: u32) -> Warp {
        let [x, y, _] = entry.workgroup_size.map(u64::from);
        let linear = |lane: usize| u64::from(index) * LANES as u64 + lane as u64;
        Warp {
            index,
            live: 0,
            groups: Vec::new(),
            registers: vec![[0; LANES]; entry.registers.len()],
            defined: vec![0; entry.registers.len()],
            predicates: vec![0; entry.predicates.len()],
            predicates_defined: vec![0; entry.predicates.len()],
            tid: [
                std::array::from_fn(|lane| linear(lane) % x),
                std::array::from_fn(|lane| linear(lane) / x % y),
                std::array::from_fn(|lane| linear(lane) / x / y),
            ],
            local: vec![JUNK; entry.local_bytes as usize * LANES],
            impatience: 0,
            done: 0,
            tried: None,
        }
    }

    /// Begins a workgroup.
    pub(super) fn reset(&mut self, threads: u32) {
        let mine = threads.saturating_sub(self.index * LANES as u32);
        self.live = mask_of(|lane| (lane as u32) < mine);
        self.groups.clear();
        if self.live != 0 {
            self.groups.push(Group {
                pc: 0,
                mask: self.live,
                state: State::Ready,
            });
        }
        self.defined.fill(0);
        self.predicates_defined.fill(0);
        self.local.fill(JUNK);
        self.impatience = 0;
        self.done = 0;
        self.tried = None;
    }

    /// Lets the lanes at a barrier go on.
    pub(super) fn release(&mut self) {
        for group in &mut self.groups {
            if let State::Barrier(_) = group.state {
                group.state = State::Ready;
                group.pc += 1;
            }
        }
    }

    pub(super) fn instructions(&self) -> u64 {
        self.done
    }

    /// Runs until all lanes wait or are gone, or for a while.
    pub(super) fn run(&mut self, context: &mut Context<'_>) -> Result<Stop, Fault> {
        let entry = context.entry;
        let mut slice = SLICE;
        loop {
            let Some((group, mut until)) = self.choose() else {
                match self.blocked(context)? {
                    Some(stop) => return Ok(stop),
                    None => continue,
                }
            };
            let Group { mut pc, mask, .. } = group;
            loop {
                if pc >= until || slice == 0 {
                    self.park(pc, mask, State::Ready);
                    if slice == 0 {
                        return Ok(Stop::Slice);
                    }
                    break;
                }
                slice -= 1;
                self.impatience += 1;
                if self.impatience > PATIENCE {
                    until = 0;
                }
                let Some(inst) = entry.code.get(pc as usize) else {
                    self.exit(mask);
                    break;
                };
                let active = match inst.guard {
                    None => mask,
                    Some((pred, negated)) => {
                        let held = self.truth(Truth::Pred(pred, negated), mask, inst, context)?;
                        held & mask
                    }
                };
                match &inst.op {
                    Op::Branch(target) => {
                        self.done += 1;
                        if active == mask {
                            pc = *target;
                            continue;
                        }
                        if active != 0 {
                            self.park(*target, active, State::Ready);
                            self.park(pc + 1, mask & !active, State::Ready);
                            break;
                        }
                    }
                    Op::Return => {
                        self.done += 1;
                        self.exit(active);
                        if active == mask {
                            break;
                        }
                        self.park(pc + 1, mask & !active, State::Ready);
                        break;
                    }
                    Op::Barrier(n) => {
                        self.park(pc, active, State::Barrier(*n));
                        self.park(pc + 1, mask & !active, State::Ready);
                        break;
                    }
                    Op::WarpBarrier(members)
                    | Op::Vote(.., members)
                    | Op::Ballot(.., members)
                    | Op::Shuffle { mask: members, .. }
                    | Op::MatchAny(.., members)
                    | Op::Redux(.., members) => {
                        let ready = self.meet(pc, active, *members, inst, context)?;
                        self.park(pc + 1, ready | mask & !active, State::Ready);
                        break;
                    }
                    _ if active == 0 => {}
                    _ => {
                        self.done += 1;
                        self.execute(inst, active, context)?;
                    }
                }
                pc += 1;
            }
        }
    }

    fn park(&mut self, pc: u32, mask: u32, state: State) {
        if mask == 0 {
            return;
        }
        let same = self
            .groups
            .iter_mut()
            .find(|group| group.pc == pc && group.state == state);
        match same {
            Some(group) => group.mask |= mask,
            None => self.groups.push(Group { pc, mask, state }),
        }
    }

    fn exit(&mut self, mask: u32) {
        self.live &= !mask;
    }

    /// The group to run, and the place of the next one ahead of it.
    fn choose(&mut self) -> Option<(Group, u32)> {
        let ready = |group: &&Group| group.state == State::Ready;
        let lowest = self.groups.iter().filter(ready).map(|g| g.pc).min()?;
        let highest = self.groups.iter().filter(ready).map(|g| g.pc).max()?;
        let mut pc = lowest;
        if self.impatience > PATIENCE {
            self.impatience = 0;
            pc = highest;
        }
        let at = self
            .groups
            .iter()
            .position(|g| g.state == State::Ready && g.pc == pc)?;
        let group = self.groups.swap_remove(at);
        let ahead = self.groups.iter().filter(ready).map(|g| g.pc);
        let until = ahead.filter(|&other| other > pc).min();
        Some((group, until.unwrap_or(u32::MAX)))
    }

    /// No lane is ready.
    fn blocked(&mut self, context: &Context<'_>) -> Result<Option<Stop>, Fault> {
        let Some(first) = self.groups.first().copied() else {
            return Ok(Some(Stop::Exited));
        };
        let waiting = self.groups.iter().fold(0, |mask, group| mask | group.mask);
        if self.groups.iter().any(|group| group.state == State::Sync) {
            // Lanes that returned are waited for no longer: once more, then never.
            if self.tried != Some(self.done) {
                self.tried = Some(self.done);
                for group in &mut self.groups {
                    if group.state == State::Sync {
                        group.state = State::Ready;
                    }
                }
                return Ok(None);
            }
            let sync = self.groups.iter().find(|group| group.state == State::Sync);
            let group = sync.copied().unwrap_or(first);
            return Err(self.fault_at(
                context,
                group.pc,
                group.mask,
                FaultKind::Deadlock {
                    waiting,
                    why: "other lanes of the mask are elsewhere".into(),
                },
            ));
        }
        if self.groups.len() > 1 {
            return Err(self.fault_at(
                context,
                first.pc,
                first.mask,
                FaultKind::Undefined("lanes of one warp are at different barriers"),
            ));
        }
        match first.state {
            State::Barrier(n) => Ok(Some(Stop::Barrier(n))),
            State::Ready | State::Sync => Ok(None),
        }
    }

    /// At a `.sync` instruction: those whose mask is complete do it; the others wait. Answers those
    /// that went on.
    fn meet(
        &mut self,
        pc: u32,
        active: u32,
        members: Source,
        inst: &Inst,
        context: &mut Context<'_>,
    ) -> Result<u32, Fault> {
        let mut here = active;
        self.groups.retain(|group| {
            let same = group.pc == pc && group.state == State::Sync;
            if same {
                here |= group.mask;
            }
            !same
        });
        if here == 0 {
            return Ok(0);
        }
        let masks = self.read(members, here, inst, context)?;
        let mut ready = 0;
        let mut rest = here;
        while rest != 0 {
            let mask = masks[rest.trailing_zeros() as usize] as u32;
            let alike = mask_of(|lane| rest >> lane & 1 == 1 && masks[lane] as u32 == mask);
            rest &= !alike;
            if alike & !mask != 0 {
                let kind = FaultKind::Undefined("a lane is not in its own member mask");
                return Err(self.fault(context, inst, alike & !mask, kind));
            }
            if mask & self.live & !alike != 0 {
                self.park(pc, alike, State::Sync);
                continue;
            }
            self.done += 1;
            self.execute(inst, alike, context)?;
            ready |= alike;
        }
        Ok(ready)
    }

    fn fault(&self, context: &Context<'_>, inst: &Inst, mask: u32, kind: FaultKind) -> Fault {
        self.fault_on(context, inst.line, mask, kind)
    }

    fn fault_at(&self, context: &Context<'_>, pc: u32, mask: u32, kind: FaultKind) -> Fault {
        let inst = context.entry.code.get(pc as usize);
        self.fault_on(context, inst.map_or(0, |inst| inst.line), mask, kind)
    }

    /// A fault on a line of the text; the end of the code has none, and is line 0.
    fn fault_on(&self, context: &Context<'_>, line: u32, mask: u32, kind: FaultKind) -> Fault {
        let text = (line as usize)
            .checked_sub(1)
            .and_then(|before| context.entry.source.lines().nth(before));
        Fault {
            kind,
            line,
            text: text.unwrap_or_default().trim().to_owned(),
            lane: mask.trailing_zeros(),
            warp: self.index,
            group: context.group,
        }
    }

    /// The first lanes of a warp that are not gone.
    pub(super) fn any_fault(&self, context: &Context<'_>, kind: FaultKind) -> Fault {
        let group = self.groups.first();
        let (pc, mask) = group.map_or((0, 1), |group| (group.pc, group.mask));
        self.fault_at(context, pc, mask, kind)
    }
}
