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

mod hints;
mod place;

use smallvec::SmallVec;

use crate::kernel::EntityVec;
use crate::Error;

use super::live::{Deaths, Liveness};
use super::mir::*;
use hints::Hints;
use place::alignment;

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

/// Allocates registers.
pub fn run(f: &Function, live: &Liveness) -> Result<Allocation, Error> {
    let hints = Hints::of(f);
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
}
