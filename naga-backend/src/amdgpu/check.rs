//! Proves a register allocation right, symbolically.
//!
//! For every program point the checker knows which virtual registers each hardware register is
//! sure to hold: what all paths agree on, along linear edges for scalar and along logical edges for
//! vector registers. An instruction may read a register only where it stands, groups must be
//! consecutive and aligned, and results must not overlap. It shares nothing with the allocator but
//! the result, in the manner of regalloc2's checker.

use smallvec::SmallVec;

use crate::kernel::EntityVec;
use crate::Error;

use super::mir::*;
use super::regalloc::{Allocation, Move, Places};

/// What one hardware register holds.
type Content = SmallVec<[VReg; 2]>;

#[derive(Clone, PartialEq)]
struct State {
    files: [Vec<Content>; 2],
}

fn index(bank: Bank) -> usize {
    match bank {
        Bank::S => 0,
        Bank::V => 1,
    }
}

impl State {
    fn empty() -> State {
        State {
            files: [vec![Content::new(); 256], vec![Content::new(); 256]],
        }
    }

    fn meet(&mut self, other: &State, bank: Bank) -> bool {
        let n = index(bank);
        let mut changed = false;
        for (mine, theirs) in self.files[n].iter_mut().zip(&other.files[n]) {
            let before = mine.len();
            mine.retain(|v| theirs.contains(v));
            changed |= mine.len() != before;
        }
        changed
    }

    fn moves(&mut self, moves: &[Move]) {
        let contents: Vec<Content> = moves
            .iter()
            .map(|m| self.files[index(m.bank)][m.from as usize].clone())
            .collect();
        for (m, content) in moves.iter().zip(contents) {
            self.files[index(m.bank)][m.to as usize] = content;
        }
    }

    fn forget(&mut self, v: VReg, bank: Bank) {
        for content in &mut self.files[index(bank)] {
            content.retain(|c| *c != v);
        }
    }
}

/// Checks an allocation; an error is a bug of the allocator.
pub fn check(f: &Function, a: &Allocation) -> Result<(), Error> {
    // State at the beginning of each block and bank, as far as known.
    let mut entry: EntityVec<Block, [Option<State>; 2]> =
        EntityVec::filled([None, None], f.blocks.len());
    let Some(&first) = f.order.first() else {
        return Ok(());
    };
    entry[first] = [Some(State::empty()), Some(State::empty())];
    loop {
        let mut changed = false;
        for &b in &f.order {
            for bank in [Bank::S, Bank::V] {
                let n = index(bank);
                let Some(state) = entry[b][n].clone() else {
                    continue;
                };
                let out = block(f, a, b, bank, state, false)?;
                for s in f.succs(b, bank) {
                    match &mut entry[s][n] {
                        Some(known) => changed |= known.meet(&out, bank),
                        slot => {
                            *slot = Some(out.clone());
                            changed = true;
                        }
                    }
                }
            }
        }
        if !changed {
            break;
        }
    }
    for &b in &f.order {
        for bank in [Bank::S, Bank::V] {
            let state = entry[b][index(bank)].clone().unwrap_or_else(State::empty);
            block(f, a, b, bank, state, true)?;
        }
    }
    Ok(())
}

fn fail<T>(f: &Function, b: Block, inst: &Inst, what: String) -> Result<T, Error> {
    let name = match inst.isa() {
        Some(op) => op.info().name(f.arch.gen()).unwrap_or("?"),
        None => "copy",
    };
    Err(Error::Internal {
        pass: "amdgpu allocation checker",
        what: format!("{b}, {name}: {what}"),
    })
}

/// Runs the state through a block; only registers of `bank` are looked at.
fn block(
    f: &Function,
    a: &Allocation,
    b: Block,
    bank: Bank,
    mut state: State,
    report: bool,
) -> Result<State, Error> {
    let places = &a.blocks[b];
    let n = index(bank);
    let own = |moves: &[Move]| -> Vec<Move> {
        moves.iter().copied().filter(|m| m.bank == bank).collect()
    };
    for (inst, place) in f.blocks[b].insts.iter().zip(&places.insts) {
        state.moves(&own(&place.before));
        if report {
            shape(f, b, inst, place, bank)?;
            for (v, &p) in inst.used().zip(&place.uses) {
                if f.vregs[v] == bank && !state.files[n][p as usize].contains(&v) {
                    return fail(
                        f,
                        b,
                        inst,
                        format!("{v} is read from {p}, which holds something else"),
                    );
                }
            }
        }
        let copied: Vec<Content> = if inst.op == Opcode::Copy {
            let mut uses = place.uses.iter();
            inst.uses
                .iter()
                .map(|u| match u.vregs().first() {
                    Some(&v) => match uses.next() {
                        Some(&p) if f.vregs[v] == bank => state.files[n][p as usize].clone(),
                        _ => Content::new(),
                    },
                    None => Content::new(),
                })
                .collect()
        } else {
            Vec::new()
        };
        let defined: SmallVec<[VReg; 4]> = inst.defined().collect();
        for &v in &defined {
            if f.vregs[v] == bank {
                state.forget(v, bank);
            }
        }
        for (k, (&v, &p)) in defined.iter().zip(&place.defs).enumerate() {
            if f.vregs[v] != bank {
                continue;
            }
            let mut content = copied.get(k).cloned().unwrap_or_default();
            content.retain(|c| !defined.contains(c));
            content.push(v);
            state.files[n][p as usize] = content;
        }
    }
    state.moves(&own(&places.end));
    Ok(state)
}

/// Checks what an operand asks of its registers beyond their content.
fn shape(f: &Function, b: Block, inst: &Inst, place: &Places, bank: Bank) -> Result<(), Error> {
    let mut groups: Vec<(bool, usize, &[u8])> = Vec::new();
    for (is_def, args, mut places) in [
        (false, inst.uses.as_slice(), place.uses.as_slice()),
        (true, inst.defs.as_slice(), place.defs.as_slice()),
    ] {
        for (n, arg) in args.iter().enumerate() {
            let regs = arg.vregs();
            if regs.len() > places.len() {
                return fail(f, b, inst, "operand without a place".into());
            }
            let (mine, rest) = places.split_at(regs.len());
            places = rest;
            if regs.is_empty() || f.vregs[regs[0]] != bank {
                continue;
            }
            groups.push((is_def, n, mine));
            let align = match (bank, regs.len()) {
                (Bank::V, _) | (_, 1) => 1,
                (Bank::S, 2) => 2,
                (Bank::S, _) => 4,
            };
            let consecutive = mine.windows(2).all(|w| w[0] + 1 == w[1]);
            if !consecutive || mine[0] % align != 0 {
                return fail(f, b, inst, format!("operand is spread over {mine:?}"));
            }
            if let Arg::Pinned(v, r) = arg {
                if mine[0] != *r {
                    return fail(
                        f,
                        b,
                        inst,
                        format!("{v} stands in {} and not in {r}", mine[0]),
                    );
                }
            }
        }
    }
    let overlap = |x: &[u8], y: &[u8]| x.iter().any(|r| y.contains(r));
    for (k, (is_def, n, places)) in groups.iter().enumerate() {
        for (other_def, m, others) in &groups[k + 1..] {
            let tied = inst.tied == Some(*n as u8) && *other_def && *m == 0;
            if tied && places != others {
                return fail(f, b, inst, "tied operand moves".into());
            }
            let clash = match (is_def, other_def) {
                (true, true) => true,
                (false, true) => inst.early_clobber && !tied,
                _ => false,
            };
            if clash && overlap(places, others) {
                return fail(f, b, inst, format!("results overlap in {places:?}"));
            }
        }
    }
    Ok(())
}
