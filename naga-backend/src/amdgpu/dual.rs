//! Dual issue: accumulation in place, and pairs of vector instructions in one slot (VOPD).
//!
//! Two instructions of a block can go together if nothing between them hinders one from moving to
//! the other, and if the encoder accepts the pair: it knows the rules of parities, banks, scalar
//! operands and literals. Sources are exchanged where that helps.

use rdna_isa::{encode, Bank, Form, Gen, Inst, Op, Operand, Packet, RegRanges};

use super::asm::Code;
use super::rewrite::{choose_form, swap_sources};

/// How far apart two instructions may stand.
const WINDOW: usize = 24;

/// Registers as bits.
#[derive(Clone, Copy, Default)]
struct Set {
    vector: [u64; 4],
    scalar: u128,
}

impl Set {
    fn of(ranges: RegRanges) -> Set {
        let mut out = Set::default();
        for r in &ranges {
            let end = (r.first as usize + r.count as usize).min(256);
            match r.bank {
                Bank::Vgpr => {
                    (r.first as usize..end).for_each(|n| out.vector[n / 64] |= 1 << (n % 64));
                }
                Bank::Sgpr => {
                    (r.first as usize..end.min(127)).for_each(|n| out.scalar |= 1 << n);
                }
                Bank::Scc => out.scalar |= 1 << 127,
            }
        }
        out
    }

    fn meets(&self, other: &Set) -> bool {
        self.scalar & other.scalar != 0
            || self
                .vector
                .iter()
                .zip(&other.vector)
                .any(|(a, b)| a & b != 0)
    }
}

struct Effects {
    defs: Set,
    uses: Set,
    /// Memory, waits, branches: nothing that orders with these moves.
    fixed: bool,
}

fn effects(inst: &Inst) -> Effects {
    use rdna_isa::Class;
    Effects {
        defs: Set::of(inst.defs()),
        uses: Set::of(inst.uses()),
        fixed: matches!(
            inst.op.info().class,
            Class::Wait | Class::Barrier | Class::Control | Class::Branch
        ),
    }
}

impl Effects {
    /// May not change places with an instruction.
    fn orders(&self, other: &Effects) -> bool {
        self.fixed
            || other.fixed
            || self.defs.meets(&other.uses)
            || self.uses.meets(&other.defs)
            || self.defs.meets(&other.defs)
    }
}

/// `v_fma d, a, b, d` as `v_fmac d, a, b`.
pub fn accumulate(code: &mut Code) {
    let gen = code.arch.gen();
    for block in &mut code.blocks {
        for packet in &mut block.packets {
            let Packet::One(inst) = packet else { continue };
            let op = if inst.op == Op::V_FMA_F32 {
                Op::V_FMAC_F32
            } else if inst.op == Op::V_FMA_F16 {
                Op::V_FMAC_F16
            } else {
                continue;
            };
            let &[d, a, b, c] = inst.operands.as_slice() else {
                continue;
            };
            if c != d || inst.mods != rdna_isa::Mods::default() {
                continue;
            }
            let mut short = Inst::new(op, &[d, a, b]);
            choose_form(&mut short, gen);
            if short.form == Form::Base {
                *inst = short;
            }
        }
    }
}

/// The half that does the same, if there is one, with its operands.
#[expect(
    clippy::wildcard_enum_match_arm,
    reason = "a few rows of the instruction table"
)]
fn half(inst: &Inst) -> Option<Inst> {
    use Op::*;
    if inst.form != Form::Base || inst.mods != rdna_isa::Mods::default() {
        return None;
    }
    let op = match inst.op {
        V_FMAC_F32 => V_DUAL_FMAC_F32,
        V_FMAAK_F32 => V_DUAL_FMAAK_F32,
        V_FMAMK_F32 => V_DUAL_FMAMK_F32,
        V_MUL_F32 => V_DUAL_MUL_F32,
        V_ADD_F32 => V_DUAL_ADD_F32,
        V_SUB_F32 => V_DUAL_SUB_F32,
        V_SUBREV_F32 => V_DUAL_SUBREV_F32,
        V_MOV_B32 => V_DUAL_MOV_B32,
        V_CNDMASK_B32 => V_DUAL_CNDMASK_B32,
        V_MAX_F32 => V_DUAL_MAX_F32,
        V_MIN_F32 => V_DUAL_MIN_F32,
        V_ADD_NC_U32 => V_DUAL_ADD_NC_U32,
        V_LSHLREV_B32 => V_DUAL_LSHLREV_B32,
        V_AND_B32 => V_DUAL_AND_B32,
        _ => return None,
    };
    let mut out = inst.clone();
    out.op = op;
    out.form = Form::Vopd;
    if inst.op == V_CNDMASK_B32 {
        if inst.operands.get(3) != Some(&Operand::VCC) {
            return None;
        }
        out.operands.truncate(3);
    }
    Some(out)
}

fn only_second(op: Op) -> bool {
    matches!(
        op,
        Op::V_DUAL_ADD_NC_U32 | Op::V_DUAL_LSHLREV_B32 | Op::V_DUAL_AND_B32
    )
}

/// The variants of an instruction with its sources either way round.
fn variants(inst: &Inst) -> impl Iterator<Item = Inst> {
    let first = half(inst);
    let mut other = inst.clone();
    // The second source must be a vector register.
    let vector = matches!(inst.operands.get(1), Some(Operand::Vgpr(_)));
    let second = (vector && swap_sources(&mut other))
        .then(|| half(&other))
        .flatten();
    first.into_iter().chain(second)
}

/// A dual packet of two instructions that do not depend on each other, `a` the earlier one.
fn pair(a: &Inst, b: &Inst, gen: Gen) -> Option<Packet> {
    let destination = |i: &Inst| match i.operands.first() {
        Some(Operand::Vgpr(n)) => Some(*n),
        _ => None,
    };
    let (da, db) = (destination(a)?, destination(b)?);
    if da % 2 == db % 2 {
        return None;
    }
    // gfx12: what the first half writes must not be what the second reads.
    let b_overwrites = Set::of(b.defs()).meets(&Set::of(a.uses()));
    let mut words = Vec::new();
    for x in variants(a) {
        for y in variants(b) {
            for (x, y, swapped) in [(&x, &y, false), (&y, &x, true)] {
                if only_second(x.op) || (gen == Gen::Gfx12 && b_overwrites && swapped) {
                    continue;
                }
                let packet = Packet::Dual {
                    x: x.clone(),
                    y: y.clone(),
                };
                words.clear();
                if encode(&packet, gen, &mut words).is_ok() {
                    return Some(packet);
                }
            }
        }
    }
    None
}

/// Pairs instructions of each block.
pub fn run(code: &mut Code) {
    let gen = code.arch.gen();
    for block in &mut code.blocks {
        let packets = std::mem::take(&mut block.packets);
        let mut slots: Vec<Option<Packet>> = packets.into_iter().map(Some).collect();
        let all: Vec<Option<Effects>> = slots
            .iter()
            .map(|p| match p {
                Some(Packet::One(i)) => Some(effects(i)),
                _ => None,
            })
            .collect();
        let candidate: Vec<bool> = slots
            .iter()
            .map(|p| match p {
                Some(Packet::One(i)) => half(i).is_some(),
                _ => false,
            })
            .collect();
        // What a slot holds now: the instructions that were put there, by their old places.
        let mut held: Vec<Vec<usize>> = (0..slots.len()).map(|n| vec![n]).collect();
        for i in 0..slots.len() {
            if !candidate[i] || held[i].len() != 1 {
                continue;
            }
            for j in i + 1..(i + WINDOW).min(slots.len()) {
                if !candidate[j] || held[j].len() != 1 {
                    continue;
                }
                let (Some(a), Some(b)) = (&all[i], &all[j]) else {
                    continue;
                };
                // A later write of what the earlier reads is free within a pair.
                if a.defs.meets(&b.uses) || a.defs.meets(&b.defs) {
                    continue;
                }
                let between = || held[i + 1..j].iter().flatten();
                let free = |e: &Effects| {
                    between().all(|&k| all[k].as_ref().is_some_and(|other| !e.orders(other)))
                };
                let (up, down) = (free(b), free(a));
                if !up && !down {
                    continue;
                }
                let (Some(Packet::One(x)), Some(Packet::One(y))) = (&slots[i], &slots[j]) else {
                    continue;
                };
                let Some(packet) = pair(x, y, gen) else {
                    continue;
                };
                let (to, from) = if up { (i, j) } else { (j, i) };
                slots[to] = Some(packet);
                slots[from] = None;
                held[to] = vec![i, j];
                held[from] = Vec::new();
                break;
            }
        }
        block.packets = slots.into_iter().flatten().collect();
    }
}
