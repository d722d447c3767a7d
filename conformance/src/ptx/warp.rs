//! One warp: registers of 32 lanes, where each lane is, and what an instruction does to them.

use super::exec::Context;
use super::inst::{
    Address, Combine, Entry, Inst, Op, Pred, Reg, Shuffle, Source, Space, Special, Truth, Vote,
};
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
        let line = inst.line;
        let text = context
            .entry
            .source
            .lines()
            .nth((line as usize).saturating_sub(1))
            .unwrap_or_default()
            .trim();
        Fault {
            kind,
            line,
            text: text.to_owned(),
            lane: mask.trailing_zeros(),
            warp: self.index,
            group: context.group,
        }
    }

    fn fault_at(&self, context: &Context<'_>, pc: u32, mask: u32, kind: FaultKind) -> Fault {
        match context.entry.code.get(pc as usize) {
            Some(inst) => self.fault(context, inst, mask, kind),
            None => Fault {
                kind,
                line: 0,
                text: String::new(),
                lane: mask.trailing_zeros(),
                warp: self.index,
                group: context.group,
            },
        }
    }

    /// The first lanes of a warp that are not gone.
    pub(super) fn any_fault(&self, context: &Context<'_>, kind: FaultKind) -> Fault {
        let group = self.groups.first();
        let (pc, mask) = group.map_or((0, 1), |group| (group.pc, group.mask));
        self.fault_at(context, pc, mask, kind)
    }

    // Reading and writing.

    fn read(
        &self,
        source: Source,
        active: u32,
        inst: &Inst,
        context: &Context<'_>,
    ) -> Result<Row, Fault> {
        match source {
            Source::Bits(bits) => Ok([bits; LANES]),
            Source::Reg(reg) => {
                let missing = active & !self.defined[reg as usize];
                if missing != 0 {
                    let name = context.entry.registers[reg as usize].clone();
                    let kind = FaultKind::Uninitialised(name);
                    return Err(self.fault(context, inst, missing, kind));
                }
                Ok(self.registers[reg as usize])
            }
            Source::Special(special) => Ok(self.special(special, context)),
        }
    }

    fn special(&self, special: Special, context: &Context<'_>) -> Row {
        let all = |value: u32| [u64::from(value); LANES];
        let by_lane = |f: fn(u32) -> u32| std::array::from_fn(|lane| f(lane as u32).into());
        match special {
            Special::Tid(axis) => self.tid[usize::from(axis)],
            Special::Ntid(axis) => all(context.entry.workgroup_size[usize::from(axis)]),
            Special::Ctaid(axis) => all(context.group[usize::from(axis)]),
            Special::Nctaid(axis) => all(context.grid[usize::from(axis)]),
            Special::LaneId => by_lane(|lane| lane),
            Special::WarpId => all(self.index),
            Special::LaneMaskEq => by_lane(|lane| 1 << lane),
            Special::LaneMaskLe => by_lane(|lane| !0 >> (31 - lane)),
            Special::LaneMaskLt => by_lane(|lane| (1 << lane) - 1),
            Special::LaneMaskGe => by_lane(|lane| !0 << lane),
            Special::LaneMaskGt => by_lane(|lane| !(!0 >> (31 - lane))),
            Special::Clock => all(self.done as u32),
            Special::GlobalTimer => [context.now(); LANES],
        }
    }

    fn truth(
        &self,
        truth: Truth,
        active: u32,
        inst: &Inst,
        context: &Context<'_>,
    ) -> Result<u32, Fault> {
        match truth {
            Truth::Const(held) => Ok(if held { !0 } else { 0 }),
            Truth::Pred(pred, negated) => {
                let missing = active & !self.predicates_defined[pred as usize];
                if missing != 0 {
                    let name = context.entry.predicates[pred as usize].clone();
                    let kind = FaultKind::Uninitialised(name);
                    return Err(self.fault(context, inst, missing, kind));
                }
                let held = self.predicates[pred as usize];
                Ok(if negated { !held } else { held })
            }
        }
    }

    fn write(&mut self, reg: Reg, active: u32, value: impl Fn(usize) -> u64) {
        let row = &mut self.registers[reg as usize];
        if active == !0 {
            for (lane, slot) in row.iter_mut().enumerate() {
                *slot = value(lane);
            }
        } else {
            for lane in lanes(active) {
                row[lane] = value(lane);
            }
        }
        self.defined[reg as usize] |= active;
    }

    fn write_pred(&mut self, pred: Pred, active: u32, held: u32) {
        let slot = &mut self.predicates[pred as usize];
        *slot = *slot & !active | held & active;
        self.predicates_defined[pred as usize] |= active;
    }

    // Instructions that touch nobody's control flow.

    fn execute(
        &mut self,
        inst: &Inst,
        active: u32,
        context: &mut Context<'_>,
    ) -> Result<(), Fault> {
        match &inst.op {
            Op::Map1(f, d, a) => {
                let a = self.read(*a, active, inst, context)?;
                self.write(*d, active, |lane| f(a[lane]));
            }
            Op::Map2(f, d, [a, b]) => {
                let a = self.read(*a, active, inst, context)?;
                let b = self.read(*b, active, inst, context)?;
                self.write(*d, active, |lane| f(a[lane], b[lane]));
            }
            Op::Map3(f, d, [a, b, c]) => {
                let a = self.read(*a, active, inst, context)?;
                let b = self.read(*b, active, inst, context)?;
                let c = self.read(*c, active, inst, context)?;
                self.write(*d, active, |lane| f(a[lane], b[lane], c[lane]));
            }
            Op::Map4(f, d, [a, b, c, e]) => {
                let a = self.read(*a, active, inst, context)?;
                let b = self.read(*b, active, inst, context)?;
                let c = self.read(*c, active, inst, context)?;
                let e = self.read(*e, active, inst, context)?;
                self.write(*d, active, |lane| f(a[lane], b[lane], c[lane], e[lane]));
            }
            Op::Convert(f, d, a, keep) => {
                let a = self.read(*a, active, inst, context)?;
                self.write(*d, active, |lane| f(a[lane]) & keep);
            }
            Op::Approx(f, d, [a, b]) => {
                let a = self.read(*a, active, inst, context)?;
                let b = self.read(*b, active, inst, context)?;
                let seed = context.seed;
                self.write(*d, active, |lane| f.apply(a[lane], b[lane], seed));
            }
            Op::Pack(d, parts, each) => {
                let mut row = [0; LANES];
                for (part, n) in parts.iter().zip(0..) {
                    let part = self.read(*part, active, inst, context)?;
                    for lane in 0..LANES {
                        row[lane] |= part[lane] << (n * each);
                    }
                }
                self.write(*d, active, |lane| row[lane]);
            }
            Op::Unpack(parts, a, each) => {
                let a = self.read(*a, active, inst, context)?;
                let keep = (1 << each) - 1;
                for (part, n) in parts.iter().zip(0..) {
                    if let Some(d) = part {
                        self.write(*d, active, |lane| a[lane] >> (n * each) & keep);
                    }
                }
            }
            Op::Compare {
                f,
                d,
                complement,
                args: [a, b],
                combine,
            } => {
                let a = self.read(*a, active, inst, context)?;
                let b = self.read(*b, active, inst, context)?;
                let held = lanes(active).fold(0, |mask, lane| {
                    mask | u32::from(f(a[lane], b[lane])) << lane
                });
                let joined = |held: u32| match *combine {
                    None => Ok(held),
                    Some((how, third)) => {
                        let third = self.truth(third, active, inst, context)?;
                        Ok(match how {
                            Combine::And => held & third,
                            Combine::Or => held | third,
                            Combine::Xor => held ^ third,
                        })
                    }
                };
                let (p, q) = (joined(held)?, joined(!held)?);
                if let Some(d) = d {
                    self.write_pred(*d, active, p);
                }
                if let Some(complement) = complement {
                    self.write_pred(*complement, active, q);
                }
            }
            Op::Select(d, [a, b], p) => {
                let a = self.read(*a, active, inst, context)?;
                let b = self.read(*b, active, inst, context)?;
                let p = self.truth(*p, active, inst, context)?;
                self.write(*d, active, |lane| match p >> lane & 1 {
                    1 => a[lane],
                    _ => b[lane],
                });
            }
            Op::PredMap(f, d, [a, b]) => {
                let a = self.truth(*a, active, inst, context)?;
                let b = self.truth(*b, active, inst, context)?;
                self.write_pred(*d, active, f(a, b));
            }
            Op::Load {
                space,
                bytes,
                signed,
                d,
                address,
            } => self.load(
                inst,
                active,
                context,
                (*space, *bytes, *signed),
                d,
                *address,
            )?,
            Op::Store {
                space,
                bytes,
                values,
                address,
            } => self.store(inst, active, context, (*space, *bytes), values, *address)?,
            Op::Atomic {
                space,
                bytes,
                f,
                d,
                address,
                args: [b, c],
            } => {
                let at = self.addresses(*address, active, inst, context)?;
                let b = self.read(*b, active, inst, context)?;
                let c = self.read(*c, active, inst, context)?;
                let mut old = [0; LANES];
                for lane in lanes(active) {
                    let mut word = [0; 8];
                    let word = &mut word[..*bytes as usize];
                    self.get(inst, context, *space, lane, at[lane], word)?;
                    old[lane] = number(word);
                    let new = f(old[lane], b[lane], c[lane]).to_le_bytes();
                    self.put(inst, context, *space, lane, at[lane], &new[..word.len()])?;
                }
                if let Some(d) = d {
                    self.write(*d, active, |lane| old[lane]);
                }
            }
            Op::ActiveMask(d) => self.write(*d, active, |_| active.into()),
            Op::Vote(kind, d, p, _) => {
                let held = self.truth(*p, active, inst, context)? & active;
                let result = match kind {
                    Vote::All => held == active,
                    Vote::Any => held != 0,
                    Vote::Uni => held == active || held == 0,
                };
                self.write_pred(*d, active, if result { !0 } else { 0 });
            }
            Op::Ballot(d, p, _) => {
                let held = self.truth(*p, active, inst, context)? & active;
                self.write(*d, active, |_| held.into());
            }
            Op::Shuffle {
                kind,
                d,
                valid,
                args: [a, b, c],
                mask: _,
            } => {
                let a = self.read(*a, active, inst, context)?;
                let b = self.read(*b, active, inst, context)?;
                let c = self.read(*c, active, inst, context)?;
                let mut row = [0; LANES];
                let mut inside = 0;
                for lane in lanes(active) {
                    let (from, is_inside) = shuffle(*kind, lane as u32, b[lane], c[lane]);
                    if active >> from & 1 == 0 {
                        let kind = FaultKind::Undefined(
                            "shfl.sync reads a lane that is not there or not in the mask",
                        );
                        return Err(self.fault(context, inst, 1 << lane, kind));
                    }
                    row[lane] = a[from as usize];
                    inside |= u32::from(is_inside) << lane;
                }
                self.write(*d, active, |lane| row[lane]);
                if let Some(valid) = valid {
                    self.write_pred(*valid, active, inside);
                }
            }
            Op::MatchAny(d, a, _) => {
                let a = self.read(*a, active, inst, context)?;
                self.write(*d, active, |lane| {
                    u64::from(mask_of(|other| {
                        active >> other & 1 == 1 && a[other] == a[lane]
                    }))
                });
            }
            Op::Redux(f, d, a, _) => {
                let a = self.read(*a, active, inst, context)?;
                let result = lanes(active).map(|lane| a[lane]).reduce(f);
                self.write(*d, active, |_| result.unwrap_or_default());
            }
            Op::WarpBarrier(_) | Op::Fence => {}
            Op::Trap => return Err(self.fault(context, inst, active, FaultKind::Trap)),
            // These are `run`'s.
            Op::Barrier(_) | Op::Branch(_) | Op::Return => {}
        }
        Ok(())
    }

    fn addresses(
        &self,
        address: Address,
        active: u32,
        inst: &Inst,
        context: &Context<'_>,
    ) -> Result<Row, Fault> {
        let base = self.read(address.base, active, inst, context)?;
        Ok(base.map(|base| base.wrapping_add(address.offset as u64)))
    }

    fn load(
        &mut self,
        inst: &Inst,
        active: u32,
        context: &mut Context<'_>,
        (space, bytes, signed): (Space, u32, bool),
        d: &[Option<(Reg, u64)>],
        address: Address,
    ) -> Result<(), Fault> {
        let at = self.addresses(address, active, inst, context)?;
        let each = bytes as usize;
        let mut rows = [[0; LANES]; 8];
        for lane in lanes(active) {
            let mut buffer = [0; 64];
            let buffer = &mut buffer[..each * d.len()];
            self.get(inst, context, space, lane, at[lane], buffer)?;
            for (row, part) in rows.iter_mut().zip(buffer.chunks_exact(each)) {
                let value = number(part);
                row[lane] = match signed {
                    true => {
                        let unused = 64 - 8 * bytes;
                        (((value << unused) as i64) >> unused) as u64
                    }
                    false => value,
                };
            }
        }
        for (d, row) in d.iter().zip(&rows) {
            if let Some((d, keep)) = d {
                self.write(*d, active, |lane| row[lane] & keep);
            }
        }
        Ok(())
    }

    fn store(
        &mut self,
        inst: &Inst,
        active: u32,
        context: &mut Context<'_>,
        (space, bytes): (Space, u32),
        values: &[Source],
        address: Address,
    ) -> Result<(), Fault> {
        let at = self.addresses(address, active, inst, context)?;
        let each = bytes as usize;
        let mut rows = [[0; LANES]; 8];
        for (row, value) in rows.iter_mut().zip(values) {
            *row = self.read(*value, active, inst, context)?;
        }
        for lane in lanes(active) {
            let mut buffer = [0; 64];
            let buffer = &mut buffer[..each * values.len()];
            for (part, row) in buffer.chunks_exact_mut(each).zip(&rows) {
                part.copy_from_slice(&row[lane].to_le_bytes()[..each]);
            }
            self.put(inst, context, space, lane, at[lane], buffer)?;
        }
        Ok(())
    }

    fn aligned(
        &self,
        inst: &Inst,
        context: &Context<'_>,
        space: Space,
        lane: usize,
        address: u64,
        bytes: usize,
    ) -> Result<(), Fault> {
        match address.is_multiple_of(bytes as u64) {
            true => Ok(()),
            false => {
                let kind = FaultKind::Misaligned {
                    space: space.name(),
                    address,
                    bytes: bytes as u32,
                };
                Err(self.fault(context, inst, 1 << lane, kind))
            }
        }
    }

    fn outside(
        &self,
        inst: &Inst,
        context: &Context<'_>,
        space: Space,
        lane: usize,
        address: u64,
        bytes: usize,
    ) -> Fault {
        let near = match space {
            Space::Global => context.memory.near(address),
            Space::Shared => format!("the workgroup has {}", context.shared.len()),
            Space::Local => format!("the lane has {}", context.entry.local_bytes),
            Space::Param => format!("the block has {}", context.parameters.len()),
        };
        let kind = FaultKind::OutOfBounds {
            space: space.name(),
            address,
            bytes: bytes as u32,
            near,
        };
        self.fault(context, inst, 1 << lane, kind)
    }

    fn get(
        &self,
        inst: &Inst,
        context: &mut Context<'_>,
        space: Space,
        lane: usize,
        address: u64,
        out: &mut [u8],
    ) -> Result<(), Fault> {
        self.aligned(inst, context, space, lane, address, out.len())?;
        let local = context.entry.local_bytes as usize;
        let from = match space {
            Space::Global => {
                return match context.memory.load(address, out) {
                    true => Ok(()),
                    false => Err(self.outside(inst, context, space, lane, address, out.len())),
                }
            }
            Space::Shared => range(&context.shared, address, out.len()),
            Space::Local => range(&self.local[lane * local..][..local], address, out.len()),
            Space::Param => range(context.parameters, address, out.len()),
        };
        match from {
            Some(from) => {
                out.copy_from_slice(from);
                Ok(())
            }
            None => Err(self.outside(inst, context, space, lane, address, out.len())),
        }
    }

    fn put(
        &mut self,
        inst: &Inst,
        context: &mut Context<'_>,
        space: Space,
        lane: usize,
        address: u64,
        bytes: &[u8],
    ) -> Result<(), Fault> {
        self.aligned(inst, context, space, lane, address, bytes.len())?;
        let local = context.entry.local_bytes as usize;
        let to = match space {
            Space::Global => {
                return match context.memory.store(address, bytes) {
                    true => Ok(()),
                    false => Err(self.outside(inst, context, space, lane, address, bytes.len())),
                }
            }
            Space::Shared => range_mut(&mut context.shared, address, bytes.len()),
            Space::Local => range_mut(
                &mut self.local[lane * local..][..local],
                address,
                bytes.len(),
            ),
            Space::Param => None,
        };
        match to {
            Some(to) => {
                to.copy_from_slice(bytes);
                Ok(())
            }
            None => Err(self.outside(inst, context, space, lane, address, bytes.len())),
        }
    }
}

/// Little-endian bytes as a number.
fn number(bytes: &[u8]) -> u64 {
    let mut word = [0; 8];
    word[..bytes.len()].copy_from_slice(bytes);
    u64::from_le_bytes(word)
}

fn range(memory: &[u8], address: u64, bytes: usize) -> Option<&[u8]> {
    let at = usize::try_from(address).ok()?;
    memory.get(at..at.checked_add(bytes)?)
}

fn range_mut(memory: &mut [u8], address: u64, bytes: usize) -> Option<&mut [u8]> {
    let at = usize::try_from(address).ok()?;
    memory.get_mut(at..at.checked_add(bytes)?)
}

/// The lane that `shfl.sync` reads for `lane`, and whether it is in its segment (PTX ISA, section
/// 9.7.9.6): `c` holds a clamp value and, above it, a mask that splits the warp into segments.
fn shuffle(kind: Shuffle, lane: u32, b: u64, c: u64) -> (u32, bool) {
    let b = b as u32 & 0x1f;
    let (clamp, segment) = (c as u32 & 0x1f, c as u32 >> 8 & 0x1f);
    let most = (lane & segment) | (clamp & !segment);
    let least = lane & segment;
    let (from, inside) = match kind {
        Shuffle::Up => {
            let from = lane as i32 - b as i32;
            (from, from >= most as i32)
        }
        Shuffle::Down => {
            let from = (lane + b) as i32;
            (from, from <= most as i32)
        }
        Shuffle::Bfly => {
            let from = (lane ^ b) as i32;
            (from, from <= most as i32)
        }
        Shuffle::Idx => {
            let from = (least | (b & !segment)) as i32;
            (from, from <= most as i32)
        }
    };
    match inside {
        true => (from as u32, true),
        false => (lane, false),
    }
}
