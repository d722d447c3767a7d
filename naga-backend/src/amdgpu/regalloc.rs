//! Register allocation: a place for every register at every point.
//!
//! Blocks are visited in program order with a picture of both register files. A register gets a
//! hardware register where it is defined and may be moved before any instruction, when operands
//! must stand side by side or in a fixed place. The first predecessor to be finished fixes where
//! values stand at a block's beginning; the others move theirs there at their end. Blocks with
//! several successors never need such moves, because selection gave every other edge into a join a
//! block of its own. [`super::spill`] has made sure that registers suffice.
//!
//! The result is an [`Allocation`] beside the unchanged machine IR; [`super::check`] proves it
//! right symbolically, and [`super::rewrite`] applies it.

use smallvec::SmallVec;

use crate::kernel::EntityVec;
use crate::Error;

use super::live::{Deaths, Liveness};
use super::mir::*;

/// A register copied to another of its bank.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Move {
    /// What is moved.
    pub vreg: VReg,
    /// Bank of both.
    pub bank: Bank,
    /// From.
    pub from: u8,
    /// To.
    pub to: u8,
}

/// Places of one instruction's operands.
#[derive(Clone, Debug, Default)]
pub struct Places {
    /// Moves at once before it.
    pub before: Vec<Move>,
    /// Hardware register of each register used, in order.
    pub uses: SmallVec<[u8; 6]>,
    /// Hardware register of each register defined, in order.
    pub defs: SmallVec<[u8; 4]>,
}

/// Places in a block.
#[derive(Clone, Debug, Default)]
pub struct BlockPlaces {
    /// By instruction.
    pub insts: Vec<Places>,
    /// Moves at once before the terminator.
    pub end: Vec<Move>,
    /// Where live registers stand at the beginning.
    pub entry: Vec<(VReg, u8)>,
}

/// Where everything stands.
#[derive(Clone, Debug)]
pub struct Allocation {
    /// By block.
    pub blocks: EntityVec<Block, BlockPlaces>,
}

/// Scalar registers that may hold values: s0–s105 and vcc_lo. vcc_hi is kept for swaps.
pub const SGPRS: usize = 107;
/// `vcc_lo` as a register number.
pub const VCC: u8 = 106;

/// Registers and where they stand.
type Standing = Vec<(VReg, u8)>;

const NOWHERE: u16 = u16::MAX;

struct File {
    owner: [Option<VReg>; 256],
    limit: usize,
    /// Registers from here up to VCC are not used.
    gap: usize,
}

struct Hints {
    /// Register that a copy gives this one's content to.
    to: EntityVec<VReg, Option<VReg>>,
    /// Register whose content a copy gives to this one.
    from: EntityVec<VReg, Option<VReg>>,
    /// Group operand that it is part of, and where in it.
    group: EntityVec<VReg, Option<(u32, u8)>>,
    /// Size and alignment of each group, and where its first register was put or is wished.
    groups: Vec<(u8, u8, Option<u8>)>,
    /// Register that it is added to, best replaced by the sum.
    accumulate: EntityVec<VReg, Option<VReg>>,
}

struct Allocator<'f> {
    f: &'f Function,
    live: &'f Liveness,
    hints: Hints,
    files: [File; 2],
    /// Current place of each register.
    place: EntityVec<VReg, u16>,
    /// Last place of each register, as a hint.
    last: EntityVec<VReg, u16>,
    entry: EntityVec<Block, [Option<Standing>; 2]>,
    visited: EntityVec<Block, bool>,
    /// Registers of values that die at the current instruction: free for its results, not for
    /// moves.
    dying: [[bool; 256]; 2],
    /// Registers that the current instruction's groups and results have taken.
    pinned: [[bool; 256]; 2],
    /// Moves of the current instruction: register and where it stood.
    moved: Vec<(VReg, u8)>,
    /// Vector registers that copies of this block should not write: a break's copies can then run
    /// before the lanes part.
    avoid: [bool; 256],
}

fn alignment(bank: Bank, n: usize) -> usize {
    match (bank, n) {
        (Bank::V, _) | (_, 1) => 1,
        (Bank::S, 2) => 2,
        (Bank::S, _) => 4,
    }
}

/// Allocates registers.
pub fn run(f: &Function, live: &Liveness) -> Result<Allocation, Error> {
    let hints = collect_hints(f);
    let mut a = Allocator {
        f,
        live,
        hints,
        files: [
            File {
                owner: [None; 256],
                limit: SGPRS,
                gap: f.registers.scalar,
            },
            File {
                owner: [None; 256],
                limit: f.registers.vector - f.reserved_vgprs as usize,
                gap: 256,
            },
        ],
        place: EntityVec::filled(NOWHERE, f.vregs.len()),
        last: EntityVec::filled(NOWHERE, f.vregs.len()),
        entry: EntityVec::filled([None, None], f.blocks.len()),
        visited: EntityVec::filled(false, f.blocks.len()),
        dying: [[false; 256]; 2],
        pinned: [[false; 256]; 2],
        moved: Vec::new(),
        avoid: [false; 256],
    };
    let mut preds: EntityVec<Block, SmallVec<[Block; 2]>> =
        EntityVec::filled(SmallVec::new(), f.blocks.len());
    for &b in &f.order {
        for &s in &f.blocks[b].logical {
            preds[s].push(b);
        }
    }
    let mut out = EntityVec::filled(BlockPlaces::default(), f.blocks.len());
    for &b in &f.order {
        a.avoid = [false; 256];
        if let &[p] = preds[b].as_slice() {
            a.avoid_others(p, b);
        }
        out[b] = a.block(b)?;
    }
    Ok(Allocation { blocks: out })
}

fn collect_hints(f: &Function) -> Hints {
    let n = f.vregs.len();
    let mut hints = Hints {
        to: EntityVec::filled(None, n),
        from: EntityVec::filled(None, n),
        group: EntityVec::filled(None, n),
        groups: Vec::new(),
        accumulate: EntityVec::filled(None, n),
    };
    let mut depth = EntityVec::filled(0u32, n);
    for &b in &f.order {
        let data = &f.blocks[b];
        for inst in &data.insts {
            if inst.op == Opcode::Copy {
                for (d, u) in inst.defs.iter().zip(&inst.uses) {
                    if let (&[d], &[u]) = (d.vregs(), u.vregs()) {
                        if f.vregs[d] == f.vregs[u] {
                            if hints.to[u].is_none() || depth[u] < data.depth {
                                hints.to[u] = Some(d);
                                depth[u] = data.depth;
                            }
                            hints.from[d] = Some(u);
                        }
                    }
                }
            }
            for arg in inst.uses.iter().chain(&inst.defs) {
                let regs = arg.vregs();
                if regs.len() < 2 {
                    continue;
                }
                let align = alignment(f.vregs[regs[0]], regs.len());
                let id = hints.groups.len() as u32;
                let mut any = false;
                for (k, &r) in regs.iter().enumerate() {
                    if hints.group[r].is_none() {
                        hints.group[r] = Some((id, k as u8));
                        any = true;
                    }
                }
                if any {
                    hints.groups.push((regs.len() as u8, align as u8, None));
                }
            }
            use rdna_isa::Op;
            if matches!(inst.op, Opcode::Isa(Op::V_FMA_F32 | Op::V_FMA_F16)) {
                if let (Some(&[d]), Some(&[c])) = (
                    inst.defs.first().map(|a| a.vregs()),
                    inst.uses.get(2).map(|a| a.vregs()),
                ) {
                    hints.accumulate[d] = Some(c);
                }
            }
        }
    }
    hints
}

fn bank_index(bank: Bank) -> usize {
    match bank {
        Bank::S => 0,
        Bank::V => 1,
    }
}

impl Allocator<'_> {
    fn error<T>(&self, what: String) -> Result<T, Error> {
        Err(Error::Internal {
            pass: "amdgpu register allocation",
            what,
        })
    }

    fn bank(&self, v: VReg) -> Bank {
        self.f.vregs[v]
    }

    fn place_of(&self, v: VReg) -> Option<u8> {
        let p = self.place[v];
        (p != NOWHERE).then_some(p as u8)
    }

    fn put(&mut self, v: VReg, r: u8) {
        let bank = bank_index(self.bank(v));
        self.files[bank].owner[r as usize] = Some(v);
        self.place[v] = r.into();
        self.last[v] = r.into();
    }

    fn remove(&mut self, v: VReg) {
        let bank = bank_index(self.bank(v));
        if let Some(p) = self.place_of(v) {
            if self.files[bank].owner[p as usize] == Some(v) {
                self.files[bank].owner[p as usize] = None;
            }
        }
        self.place[v] = NOWHERE;
    }

    /// May be allocated at all.
    fn exists(&self, bank: usize, r: usize) -> bool {
        let file = &self.files[bank];
        r < file.limit && (r < file.gap || r == VCC as usize)
    }

    /// Free to receive a value that must be there when the instruction begins.
    fn free_before(&self, bank: usize, r: usize) -> bool {
        self.exists(bank, r)
            && self.files[bank].owner[r].is_none()
            && !self.dying[bank][r]
            && !self.pinned[bank][r]
    }

    /// If a block only copies, on its way somewhere else: what lives where the other lanes go on.
    fn avoid_others(&mut self, from: Block, b: Block) {
        let copies = self.f.blocks[b].insts.iter().all(|i| {
            i.op == Opcode::Copy || i.used().chain(i.defined()).all(|v| self.bank(v) == Bank::S)
        });
        if !copies {
            return;
        }
        for &other in &self.f.blocks[from].logical {
            if other != b && !self.f.blocks[b].logical.contains(&other) {
                for &(_, r) in self.entry[other][1].as_deref().unwrap_or_default() {
                    self.avoid[r as usize] = true;
                }
            }
        }
    }

    fn block(&mut self, b: Block) -> Result<BlockPlaces, Error> {
        self.visited[b] = true;
        for bank in 0..2 {
            for r in 0..256 {
                if let Some(v) = self.files[bank].owner[r].take() {
                    self.place[v] = NOWHERE;
                }
            }
        }
        let mut out = BlockPlaces::default();
        for bank in 0..2 {
            let entry = self.entry[b][bank].clone().unwrap_or_default();
            for &(v, r) in &entry {
                self.put(v, r);
            }
            out.entry.extend(entry);
        }
        let deaths = self.live.deaths(self.f, b);
        for (n, deaths) in deaths.iter().enumerate() {
            let places = self.instruction(b, n, deaths)?;
            out.insts.push(places);
        }
        out.end = self.finish(b)?;
        Ok(out)
    }

    /// Fixes or meets the places at the beginnings of a block's successors.
    fn finish(&mut self, b: Block) -> Result<Vec<Move>, Error> {
        let mut moves = Vec::new();
        for (n, bank) in [(0, Bank::S), (1, Bank::V)] {
            let succs = self.f.succs(b, bank);
            let single = succs.len() == 1;
            let fixed: Vec<Block> = succs
                .iter()
                .copied()
                .filter(|&s| self.entry[s][n].is_some())
                .collect();
            for s in succs {
                if self.entry[s][n].is_none() {
                    let entry: Vec<(VReg, u8)> = self
                        .live
                        .live_in(s)
                        .filter(|&v| self.bank(v) == bank)
                        .filter_map(|v| Some((v, self.place_of(v)?)))
                        .collect();
                    self.entry[s][n] = Some(entry);
                    continue;
                }
                if !fixed.contains(&s) {
                    continue;
                }
                // Values that the first predecessor did not have find a place now.
                let missing: Vec<VReg> = {
                    let entry = self.entry[s][n].as_deref().unwrap_or_default();
                    self.live
                        .live_in(s)
                        .filter(|&v| self.bank(v) == bank && self.place_of(v).is_some())
                        .filter(|v| !entry.iter().any(|(e, _)| e == v))
                        .collect()
                };
                for v in missing {
                    if self.visited[s] {
                        return self.error(format!("{v} has no place at the head of {s}"));
                    }
                    let here = self.place_of(v);
                    let limit = self.files[n].limit;
                    let entry = self.entry[s][n].clone().unwrap_or_default();
                    let taken = |r: u8| entry.iter().any(|&(_, e)| e == r);
                    let place = here.filter(|&r| !taken(r)).or_else(|| {
                        (0..limit)
                            .filter(|&r| self.exists(n, r))
                            .map(|r| r as u8)
                            .find(|&r| !taken(r))
                    });
                    let Some(place) = place else {
                        return self.error(format!("no place for {v} at the head of {s}"));
                    };
                    self.entry[s][n].get_or_insert_default().push((v, place));
                }
                let entry = self.entry[s][n].clone().unwrap_or_default();
                for (v, to) in entry {
                    match self.place_of(v) {
                        Some(from) if from != to => {
                            if !single {
                                return self.error(format!(
                                    "{v} would have to move on a critical edge {b}-{s}"
                                ));
                            }
                            moves.push(Move {
                                vreg: v,
                                bank,
                                from,
                                to,
                            });
                        }
                        _ => {}
                    }
                }
            }
        }
        Ok(moves)
    }

    fn instruction(&mut self, b: Block, n: usize, deaths: &Deaths) -> Result<Places, Error> {
        let inst = &self.f.blocks[b].insts[n];
        self.moved.clear();
        for bank in 0..2 {
            self.dying[bank] = [false; 256];
            self.pinned[bank] = [false; 256];
        }
        // Operands that are already well placed are pinned first, so that others' needs do not
        // push them away.
        let mut unhappy: SmallVec<[&Arg; 4]> = SmallVec::new();
        for arg in &inst.uses {
            let regs = arg.vregs();
            for &v in regs {
                if self.place_of(v).is_none() {
                    return self.error(format!("{v} is used in {b} where it has no place"));
                }
            }
            match arg {
                Arg::Regs(r) if r.len() >= 2 => {
                    if self.in_place(r) {
                        self.pin_all(r);
                    } else {
                        unhappy.push(arg);
                    }
                }
                Arg::Pinned(v, r) => {
                    if self.place_of(*v) == Some(*r) {
                        self.pin_all(&[*v]);
                    } else {
                        unhappy.push(arg);
                    }
                }
                Arg::Regs(_) | Arg::Fixed(_) => {}
            }
        }
        for arg in unhappy {
            match arg {
                Arg::Pinned(v, r) => self.gather(&[*v], Some(*r))?,
                Arg::Regs(_) | Arg::Fixed(_) => self.gather(arg.vregs(), None)?,
            }
        }
        // What dies makes room for results.
        let mut k = 0;
        let mut dead: SmallVec<[VReg; 8]> = SmallVec::new();
        for arg in &inst.uses {
            for &v in arg.vregs() {
                if deaths.uses[k] && !dead.contains(&v) {
                    dead.push(v);
                }
                k += 1;
            }
        }
        let mut killed_places: SmallVec<[(VReg, u8); 8]> = SmallVec::new();
        for &v in &dead {
            if let Some(p) = self.place_of(v) {
                killed_places.push((v, p));
                self.dying[bank_index(self.bank(v))][p as usize] = true;
                self.remove(v);
            }
        }
        // Groups that live on must stay whole.
        for bank in 0..2 {
            self.pinned[bank] = [false; 256];
        }
        for arg in &inst.uses {
            let fixed = match arg {
                Arg::Regs(r) => r.len() >= 2,
                Arg::Pinned(..) => true,
                Arg::Fixed(_) => false,
            };
            if fixed {
                self.pin_all(arg.vregs());
            }
        }
        let mut defs: SmallVec<[(VReg, u8); 4]> = SmallVec::new();
        let tied: Option<SmallVec<[u8; 4]>> = inst.tied.and_then(|t| {
            let arg = inst.uses.get(t as usize)?;
            arg.vregs()
                .iter()
                .map(|v| killed_places.iter().find(|(k, _)| k == v).map(|&(_, p)| p))
                .collect()
        });
        for (d, arg) in inst.defs.iter().enumerate() {
            let regs = arg.vregs();
            if regs.is_empty() {
                continue;
            }
            let bank = self.bank(regs[0]);
            let base = match (arg, d, &tied) {
                (Arg::Pinned(_, r), ..) => *r,
                (_, 0, Some(tied)) if !tied.is_empty() => tied[0],
                (_, 0, None)
                    if inst
                        .tied
                        .is_some_and(|t| !inst.uses[t as usize].vregs().is_empty()) =>
                {
                    return self.error(format!("tied operand lives on in {b}"));
                }
                // A redefinition keeps its place while it still has one.
                _ => match self.place_of(regs[0]) {
                    Some(p) if regs.len() == 1 => p,
                    _ => self.choose(inst, d, regs, &killed_places)?,
                },
            };
            for k in 0..regs.len() {
                let r = base as usize + k;
                let file = bank_index(bank);
                if let Some(owner) = self.files[file].owner[r] {
                    if owner != regs[k] {
                        self.evict(owner, base as usize, regs.len())?;
                    }
                }
            }
            for (k, &v) in regs.iter().enumerate() {
                let r = base + k as u8;
                if self.place_of(v).is_some_and(|p| p != r) {
                    self.remove(v);
                }
                self.put(v, r);
                self.pinned[bank_index(bank)][r as usize] = true;
                defs.push((v, r));
            }
            self.note_group(regs, base);
        }
        let mut places = Places::default();
        for arg in &inst.uses {
            for &v in arg.vregs() {
                let place = match killed_places.iter().find(|(k, _)| *k == v) {
                    Some(&(_, p)) => p,
                    // A register that is also redefined here is read where it stood.
                    None => match self.place_of(v) {
                        Some(p) => p,
                        None => return self.error(format!("{v} lost its place in {b}")),
                    },
                };
                places.uses.push(place);
            }
        }
        for &(_, r) in &defs {
            places.defs.push(r);
        }
        for &(v, from) in &self.moved {
            let to = killed_places
                .iter()
                .find(|(k, _)| *k == v)
                .map(|&(_, p)| p)
                .or_else(|| self.place_of(v));
            if let Some(to) = to.filter(|&to| to != from) {
                places.before.push(Move {
                    vreg: v,
                    bank: self.bank(v),
                    from,
                    to,
                });
            }
        }
        for (k, &(v, r)) in defs.iter().enumerate() {
            if deaths.defs[k] && self.place_of(v) == Some(r) {
                self.remove(v);
            }
        }
        Ok(places)
    }

    /// Are these registers consecutive and aligned already?
    fn in_place(&self, regs: &[VReg]) -> bool {
        let Some(base) = self.place_of(regs[0]) else {
            return false;
        };
        (base as usize).is_multiple_of(alignment(self.bank(regs[0]), regs.len()))
            && regs
                .iter()
                .enumerate()
                .all(|(k, &v)| self.place[v] == u16::from(base) + k as u16)
    }

    fn pin_all(&mut self, regs: &[VReg]) {
        for &v in regs {
            if let Some(p) = self.place_of(v) {
                self.pinned[bank_index(self.bank(v))][p as usize] = true;
            }
        }
    }

    fn record(&mut self, v: VReg, from: u8) {
        if !self.moved.iter().any(|(m, _)| *m == v) {
            self.moved.push((v, from));
        }
    }

    /// Moves registers side by side, to `fixed` or where it costs least.
    fn gather(&mut self, regs: &[VReg], fixed: Option<u8>) -> Result<(), Error> {
        let bank = self.bank(regs[0]);
        let file = bank_index(bank);
        let n = regs.len();
        let step = alignment(bank, n);
        let limit = self.files[file].limit;
        let mut best: Option<(usize, usize)> = None;
        let candidates: SmallVec<[usize; 64]> = match fixed {
            Some(r) => smallvec::smallvec![r as usize],
            None => (0..limit.saturating_sub(n - 1)).step_by(step).collect(),
        };
        for base in candidates {
            let mut cost = 0;
            let mut possible = true;
            for (k, &v) in regs.iter().enumerate() {
                let r = base + k;
                match self.files[file].owner[r] {
                    Some(o) if o == v => {}
                    _ if self.pinned[file][r] => possible = false,
                    // A member that stands in another member's place moves anyway.
                    Some(o) => cost += if regs.contains(&o) { 1 } else { 3 },
                    None => cost += 1,
                }
                let alone = n == 1 || !(bank == Bank::S && r == VCC as usize);
                possible &= alone && self.exists(file, r);
            }
            if possible && best.is_none_or(|(c, _)| cost < c) {
                best = Some((cost, base));
            }
        }
        let Some((_, base)) = best else {
            return self.error("no room for a group of registers".into());
        };
        for k in 0..n {
            self.pinned[file][base + k] = true;
        }
        // Lift the members out, push others away, put the members down.
        let mut from: SmallVec<[(VReg, u8); 8]> = SmallVec::new();
        for &v in regs {
            if let Some(p) = self.place_of(v) {
                from.push((v, p));
            }
        }
        for &(v, _) in &from {
            self.remove(v);
        }
        for k in 0..n {
            if let Some(owner) = self.files[file].owner[base + k] {
                self.evict(owner, base, n)?;
            }
        }
        for (k, &v) in regs.iter().enumerate() {
            if let Some(&(_, p)) = from.iter().find(|(f, _)| *f == v) {
                self.record(v, p);
            }
            self.put(v, (base + k) as u8);
        }
        Ok(())
    }

    /// Moves a register away from `n` registers at `base`.
    fn evict(&mut self, v: VReg, base: usize, n: usize) -> Result<(), Error> {
        let bank = self.bank(v);
        let file = bank_index(bank);
        let Some(from) = self.place_of(v) else {
            return Ok(());
        };
        // Below the highest register in use if possible, from the top: groups are looked for from
        // the bottom.
        let limit = self.files[file].limit;
        let used = (0..limit)
            .rev()
            .find(|&r| self.files[file].owner[r].is_some())
            .unwrap_or(0);
        let is_vcc = |r: usize| bank == Bank::S && r == VCC as usize;
        let free = |s: &Self, r: usize| !(base..base + n).contains(&r) && s.free_before(file, r);
        let found = (0..=used)
            .rev()
            .chain(used + 1..limit)
            .filter(|&r| !is_vcc(r))
            .find(|&r| free(self, r))
            .or((bank == Bank::S && free(self, VCC as usize)).then_some(VCC as usize));
        let Some(to) = found else {
            return self.error(format!("no register to move {v} to"));
        };
        self.remove(v);
        self.record(v, from);
        self.put(v, to as u8);
        Ok(())
    }

    /// Remembers where a group was put, for hints.
    fn note_group(&mut self, regs: &[VReg], base: u8) {
        for (k, &v) in regs.iter().enumerate() {
            if let Some((g, at)) = self.hints.group[v] {
                let start = (base + k as u8).checked_sub(at);
                let slot = &mut self.hints.groups[g as usize].2;
                if slot.is_none() {
                    *slot = start;
                }
            }
        }
    }

    /// A register's wished place: from copies to a placed register, or from its group.
    fn wish(&self, v: VReg, depth: u32) -> Option<u8> {
        if let Some((g, at)) = self.hints.group[v] {
            let (_, _, base) = self.hints.groups[g as usize];
            if let Some(base) = base {
                return base.checked_add(at);
            }
        }
        if depth == 0 {
            return None;
        }
        let to = self.hints.to[v]?;
        if let Some(p) = self.place_of(to) {
            return Some(p);
        }
        if self.last[to] != NOWHERE && self.hints.group[to].is_none() {
            return Some(self.last[to] as u8);
        }
        self.wish(to, depth - 1)
    }

    /// The group that a register will end up in through copies.
    fn future_group(&self, v: VReg) -> Option<(u32, u8)> {
        let mut v = v;
        for _ in 0..3 {
            if let Some(g) = self.hints.group[v] {
                return Some(g);
            }
            v = self.hints.to[v]?;
        }
        None
    }

    /// Chooses registers for a definition.
    fn choose(
        &mut self,
        inst: &Inst,
        def: usize,
        regs: &[VReg],
        killed: &[(VReg, u8)],
    ) -> Result<u8, Error> {
        let bank = self.bank(regs[0]);
        let file = bank_index(bank);
        let n = regs.len();
        let limit = self.files[file].limit;
        let early = inst.early_clobber;
        let usable = |s: &Self, r: usize| {
            s.exists(file, r)
                && s.files[file].owner[r].is_none()
                && !s.pinned[file][r]
                && !(early && s.dying[file][r])
        };
        if n == 1 {
            let v = regs[0];
            let mut wishes: SmallVec<[u8; 4]> = SmallVec::new();
            // A variable that is read and written stays where it is.
            wishes.extend(killed.iter().find(|(k, _)| *k == v).map(|&(_, p)| p));
            if inst.op == Opcode::Copy {
                wishes.extend(self.wish(v, 0));
                if let Some(u) = inst.uses.get(def).and_then(|a| a.vregs().first()) {
                    if self.bank(*u) == bank {
                        wishes.extend(killed.iter().find(|(k, _)| k == u).map(|&(_, p)| p));
                    }
                }
                if self.last[v] != NOWHERE {
                    wishes.insert(0, self.last[v] as u8);
                }
            } else if let Some(c) = self.hints.accumulate[v] {
                wishes.extend(killed.iter().find(|(k, _)| *k == c).map(|&(_, p)| p));
            }
            wishes.extend(self.wish(v, 3));
            let is_mask = bank == Bank::S
                && inst.isa().is_some_and(|op| {
                    matches!(
                        op.info().format,
                        rdna_isa::Format::Vopc | rdna_isa::Format::Vop3Sd
                    ) || op.info().operands.get(1).is_some_and(|o| {
                        o.kind == rdna_isa::Kind::Mask && o.role == rdna_isa::Role::Def
                    })
                });
            if is_mask && !self.live.is_global(v) {
                wishes.push(VCC);
            }
            let avoided = |s: &Self, r: usize| bank == Bank::V && s.avoid[r];
            for &w in &wishes {
                if usable(self, w as usize) && !avoided(self, w as usize) {
                    return Ok(w);
                }
            }
            // Part of a group that stands nowhere yet: try where the whole group would fit.
            if let Some((g, at)) = self.future_group(v) {
                let (size, align, base) = self.hints.groups[g as usize];
                if base.is_none() {
                    let fits = (0..limit.saturating_sub(size as usize - 1))
                        .step_by(align as usize)
                        .find(|&b| {
                            (0..size as usize).all(|k| {
                                usable(self, b + k) && !(bank == Bank::S && b + k >= VCC as usize)
                            })
                        });
                    if let Some(b) = fits {
                        self.hints.groups[g as usize].2 = Some(b as u8);
                        return Ok(b as u8 + at);
                    }
                }
            }
            let others = || (0..limit).filter(|&r| !(bank == Bank::S && r == VCC as usize));
            let found = others()
                .find(|&r| usable(self, r) && !avoided(self, r))
                .or_else(|| others().find(|&r| usable(self, r)));
            let found =
                found.or((bank == Bank::S && usable(self, VCC as usize)).then_some(VCC as usize));
            return match found {
                Some(r) => Ok(r as u8),
                None => self.error(format!("no register for {}", regs[0])),
            };
        }
        let step = alignment(bank, n);
        let top = if bank == Bank::S { VCC as usize } else { limit };
        // Where copies want the members, then the first free run, then the cheapest eviction.
        for (k, &v) in regs.iter().enumerate() {
            if let Some(w) = self.wish(v, 3) {
                let base = (w as usize).wrapping_sub(k);
                if base < top
                    && base + n <= top
                    && base % step == 0
                    && (base..base + n).all(|r| usable(self, r))
                {
                    return Ok(base as u8);
                }
            }
        }
        let bases = || (0..=top.saturating_sub(n)).step_by(step);
        if let Some(base) = bases().find(|&b| (b..b + n).all(|r| usable(self, r))) {
            return Ok(base as u8);
        }
        let mut best: Option<(usize, usize)> = None;
        for base in bases() {
            let mut cost = 0;
            let mut possible = true;
            for r in base..base + n {
                possible &= self.exists(file, r)
                    && !self.pinned[file][r]
                    && !(early && self.dying[file][r]);
                cost += self.files[file].owner[r].is_some() as usize;
            }
            if possible && best.is_none_or(|(c, _)| cost < c) {
                best = Some((cost, base));
            }
        }
        match best {
            Some((_, base)) => Ok(base as u8),
            None => self.error(format!("no room for {n} consecutive registers")),
        }
    }
}
