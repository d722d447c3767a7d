//! Control flow over final instructions: what allocation left empty goes, masks become cheap.
//!
//! Selection emits every divergent construct in its general form, since only allocation knows
//! which blocks hold copies. Here a break that has nothing to do becomes one change of EXEC, or
//! the comparison itself (`v_cmpx`); branches around a few vector instructions go, as these do
//! nothing without lanes; blocks that follow each other become one.

use rdna_isa::{Bank, Class, Implicit, Inst, Op, Operand, Packet, RegRanges, Sreg};

use super::asm::*;
use super::rewrite::writes_exec;

/// Vector instructions that are cheaper to run without lanes than to branch around.
const SHORT: usize = 4;

/// Scalar registers by code, as bits; SCC is bit 127, where EXEC's upper half would be.
type Scalars = u128;

const SCC: Scalars = 1 << 127;

fn scalars(ranges: RegRanges) -> Scalars {
    ranges.iter().fold(0, |bits, r| match r.bank {
        Bank::Sgpr => (r.first..r.first.saturating_add(r.count))
            .filter(|&n| n < 127)
            .fold(bits, |bits, n| bits | 1 << n),
        Bank::Scc => bits | SCC,
        Bank::Vgpr => bits,
    })
}

fn bit(r: Sreg) -> Scalars {
    1 << r.0
}

/// Scalar registers alive at the end of each block.
fn live_out(code: &Code) -> Vec<Scalars> {
    let count = code.blocks.len();
    let mut gen = vec![0; count];
    let mut kill = vec![0; count];
    for (n, block) in code.blocks.iter().enumerate() {
        let (mut used, mut defined): (Scalars, Scalars) = (0, 0);
        let exit = exit_inst(&block.exit);
        for inst in block.packets.iter().filter_map(one).chain(&exit) {
            used |= scalars(inst.uses()) & !defined;
            defined |= scalars(inst.defs());
        }
        gen[n] = used;
        kill[n] = defined;
    }
    let mut into = gen.clone();
    let mut out = vec![0; count];
    loop {
        let mut changed = false;
        for n in (0..count).rev() {
            out[n] = code.blocks[n]
                .exit
                .targets()
                .fold(0, |bits, t| bits | into[t]);
            let next = gen[n] | (out[n] & !kill[n]);
            changed |= next != into[n];
            into[n] = next;
        }
        if !changed {
            return out;
        }
    }
}

fn exit_inst(exit: &Exit) -> Option<Inst> {
    match exit {
        Exit::Branch { op, .. } => Some(Inst::new(*op, &[Operand::Imm(0)])),
        Exit::Jump(_) | Exit::End => None,
    }
}

fn predecessors(code: &Code) -> Vec<u32> {
    let mut count = vec![0; code.blocks.len()];
    if let Some(first) = count.first_mut() {
        *first = 1;
    }
    for block in &code.blocks {
        for t in block.exit.targets() {
            count[t] += 1;
        }
    }
    count
}

fn is(packet: &Packet, op: Op, operands: &[Operand]) -> bool {
    matches!(packet, Packet::One(i) if i.op == op && i.operands.as_slice() == operands)
}

fn is_valu(inst: &Inst) -> bool {
    matches!(inst.op.info().class, Class::Valu | Class::Trans)
}

/// Packets that are looked at in all rounds together. One construct within another can take a round
/// each, so that without this bound the time would grow with the square of the code; kernels of
/// ordinary size never get there.
const FUEL: usize = 1 << 21;

/// Simplifies until nothing changes, or there has been enough of it.
pub fn run(code: &mut Code) {
    super::finish::thread_jumps(code);
    let mut fuel = FUEL;
    let mut round = |code: &Code| {
        let packets = code.blocks.iter().map(|b| b.packets.len() + 1).sum();
        let left = fuel >= packets;
        fuel = fuel.saturating_sub(packets);
        left
    };
    while round(code) {
        // Breaks first: their pattern has the branch that the next step takes away.
        while simplify_breaks(code) && round(code) {
            super::finish::thread_jumps(code);
        }
        super::finish::thread_jumps(code);
        let changed = drop_short_skips(code)
            | merge_blocks(code)
            | fold_into_exec(code)
            | drop_dead_masks(code)
            | hoist_into_latch(code);
        super::finish::thread_jumps(code);
        if !changed {
            break;
        }
    }
    compare_into_exec(code);
    branch_on_vcc(code);
}

/// `if (c) { break; }`: narrow EXEC, jump over an arm that only clears masks, set EXEC from its
/// mask. With nothing else in the arm, that is one instruction.
fn simplify_breaks(code: &mut Code) -> bool {
    let preds = predecessors(code);
    let out = live_out(code);
    let mut changed = false;
    for n in 0..code.blocks.len() {
        let Exit::Branch {
            op: Op::S_CBRANCH_EXECZ,
            taken: merge,
            other: arm,
        } = code.blocks[n].exit
        else {
            continue;
        };
        if preds[arm] != 1 || preds[merge] != 2 || code.blocks[arm].exit != Exit::Jump(merge) {
            continue;
        }
        let Some(Packet::One(narrow)) = code.blocks[n].packets.last() else {
            continue;
        };
        let keep = if narrow.op == Op::S_AND_SAVEEXEC_B32 {
            Op::S_AND_NOT1_B32
        } else if narrow.op == Op::S_AND_NOT0_SAVEEXEC_B32 {
            Op::S_AND_B32
        } else {
            continue;
        };
        let (saved, mask) = (narrow.operands[0], narrow.operands[1]);
        let Operand::Sgpr(saved_reg) = saved else {
            continue;
        };
        let restores = code.blocks[merge]
            .packets
            .first()
            .is_some_and(|p| is(p, Op::S_MOV_B32, &[Operand::EXEC, saved]));
        if !restores
            || out[merge] & bit(saved_reg) != 0
            || reads_after(&code.blocks[merge], saved_reg)
        {
            continue;
        }
        // The arm: copies into registers that are dead where the others go on, and the removal of
        // its lanes from the mask that EXEC is restored from.
        let merge_live = code.blocks[merge].live_vgprs;
        let dead = |r: u8| merge_live[usize::from(r) / 64] >> (r % 64) & 1 == 0;
        let mut copies = Vec::new();
        let mut removed = false;
        let mut simple = true;
        for packet in &code.blocks[arm].packets {
            if is(packet, Op::S_AND_NOT1_B32, &[saved, saved, Operand::EXEC]) {
                removed = true;
                continue;
            }
            let to = match one(packet) {
                Some(i) if i.op == Op::V_MOV_B32 && i.mods.dpp.is_none() => i.operands.first(),
                _ => None,
            };
            simple &= matches!(to, Some(&Operand::Vgpr(r)) if dead(r));
            copies.push(packet.clone());
        }
        // A copy must not read what another one of them writes, nor may there be many.
        if !simple || !removed || copies.len() > 2 {
            continue;
        }
        let block = &mut code.blocks[n];
        block.packets.pop();
        block.packets.extend(copies);
        block.packets.push(Packet::One(Inst::new(
            keep,
            &[Operand::EXEC, Operand::EXEC, mask],
        )));
        block.exit = Exit::Jump(merge);
        code.blocks[merge].packets.remove(0);
        // What is known of the other blocks stays true: nobody but these three knew of the arm, and
        // fewer registers are alive than before.
        changed = true;
    }
    changed
}

/// Does a block read a register before it writes it, its first instruction aside?
fn reads_after(block: &CodeBlock, r: Sreg) -> bool {
    let exit = exit_inst(&block.exit);
    for inst in block.packets.iter().filter_map(one).chain(&exit).skip(1) {
        if scalars(inst.uses()) & bit(r) != 0 {
            return true;
        }
        if scalars(inst.defs()) & bit(r) != 0 {
            return false;
        }
    }
    false
}

/// Branches around a few instructions that do nothing when no lane is active.
fn drop_short_skips(code: &mut Code) -> bool {
    let preds = predecessors(code);
    let mut changed = false;
    for n in 0..code.blocks.len() {
        let Exit::Branch {
            op: Op::S_CBRANCH_EXECZ,
            taken,
            other,
        } = code.blocks[n].exit
        else {
            continue;
        };
        if preds[other] != 1 || code.blocks[other].exit != Exit::Jump(taken) {
            continue;
        }
        let arm = &code.blocks[other].packets;
        let harmless = arm.iter().all(|p| match p {
            Packet::One(i) => {
                let info = i.op.info();
                is_valu(i) && info.class != Class::Trans && !writes_scalar_from_lanes(i)
                    || info.class == Class::Salu
            }
            Packet::Dual { .. } => false,
        });
        if harmless && arm.len() <= SHORT {
            code.blocks[n].exit = Exit::Jump(other);
            changed = true;
        }
    }
    changed
}

/// Reads a lane that need not be active: the answer would be left to chance.
fn writes_scalar_from_lanes(inst: &Inst) -> bool {
    matches!(inst.op, Op::V_READFIRSTLANE_B32)
}

/// Appends a block to its only predecessor if nothing else follows that.
fn merge_blocks(code: &mut Code) -> bool {
    let preds = predecessors(code);
    let mut changed = false;
    for n in 0..code.blocks.len() {
        while let Exit::Jump(t) = code.blocks[n].exit {
            if t <= n || preds[t] != 1 {
                break;
            }
            let packets = std::mem::take(&mut code.blocks[t].packets);
            let exit = std::mem::replace(&mut code.blocks[t].exit, Exit::Jump(t));
            let depth = code.blocks[t].depth;
            let block = &mut code.blocks[n];
            block.packets.extend(packets);
            block.exit = exit;
            block.depth = block.depth.max(depth);
            changed = true;
        }
    }
    changed
}

/// Writes of EXEC and of masks that are overwritten before anything reads them.
fn drop_dead_masks(code: &mut Code) -> bool {
    let out = live_out(code);
    let mut changed = false;
    for (block, &out) in code.blocks.iter_mut().zip(&out) {
        let mut live = live_at_exit(block, out);
        if block.exit == Exit::End {
            // The wave ends without looking at EXEC.
            live = 0;
        }
        let mut kept = Vec::with_capacity(block.packets.len());
        for packet in std::mem::take(&mut block.packets).into_iter().rev() {
            let Packet::One(inst) = &packet else {
                kept.push(packet);
                continue;
            };
            let defs = scalars(inst.defs());
            let salu = inst.op.info().class == Class::Salu
                && !inst.op.info().implicit.contains(Implicit::WRITE_MODE);
            let empty = is(
                &packet,
                Op::S_MOV_B32,
                &[inst_operand(inst, 0), inst_operand(inst, 0)],
            );
            if salu && (defs & live == 0 || empty) {
                changed = true;
                continue;
            }
            live = (live & !defs) | scalars(inst.uses());
            kept.push(packet);
        }
        kept.reverse();
        block.packets = kept;
    }
    changed
}

/// `mask = a op b; EXEC = mask` where nobody else wants the mask.
fn fold_into_exec(code: &mut Code) -> bool {
    let out = live_out(code);
    let mut changed = false;
    for (block, &out) in code.blocks.iter_mut().zip(&out) {
        let mut live = live_at_exit(block, out);
        for k in (1..block.packets.len()).rev() {
            let (Some(make), Some(set)) = (one(&block.packets[k - 1]), one(&block.packets[k]))
            else {
                live = live_before(&block.packets[k], live);
                continue;
            };
            let logic = matches!(
                make.op,
                Op::S_AND_B32 | Op::S_AND_NOT1_B32 | Op::S_OR_B32 | Op::S_XOR_B32
            );
            if let ([Operand::EXEC, Operand::Sgpr(mask)], Op::S_MOV_B32, true) =
                (set.operands.as_slice(), set.op, logic)
            {
                if make.operands.first() == Some(&Operand::Sgpr(*mask))
                    && *mask != Sreg::EXEC_LO
                    && live & bit(*mask) == 0
                {
                    let mut inst = make.clone();
                    inst.operands[0] = Operand::EXEC;
                    block.packets[k - 1] = Packet::One(inst);
                    block.packets[k] =
                        Packet::One(Inst::new(Op::S_MOV_B32, &[Operand::EXEC, Operand::EXEC]));
                    changed = true;
                }
            }
            live = live_before(&block.packets[k], live);
        }
    }
    changed
}

/// Scalar registers alive before a block's exit, given those alive behind it.
fn live_at_exit(block: &CodeBlock, out: Scalars) -> Scalars {
    exit_inst(&block.exit).map_or(out, |inst| out | scalars(inst.uses()))
}

/// Scalar registers alive before a packet.
fn live_before(packet: &Packet, live: Scalars) -> Scalars {
    let parts: smallvec::SmallVec<[&Inst; 2]> = match packet {
        Packet::One(inst) => smallvec::smallvec![inst],
        Packet::Dual { x, y } => smallvec::smallvec![x, y],
    };
    let defs = parts.iter().fold(0, |bits, i| bits | scalars(i.defs()));
    let uses = parts.iter().fold(0, |bits, i| bits | scalars(i.uses()));
    (live & !defs) | uses
}

fn inst_operand(inst: &Inst, n: usize) -> Operand {
    inst.operands.get(n).copied().unwrap_or(Operand::Off)
}

/// `branch out; counter += 1; branch back` becomes `counter += 1; branch back`: the scalar work of
/// a block that only leads back to the loop's head goes before the branch, if nobody outside reads
/// its results.
fn hoist_into_latch(code: &mut Code) -> bool {
    let preds = predecessors(code);
    let out = live_out(code);
    let into: Vec<Scalars> = (0..code.blocks.len())
        .map(|n| block_live_in(&code.blocks[n], out[n]))
        .collect();
    let mut changed = false;
    for n in 0..code.blocks.len() {
        let Exit::Branch { op, taken, other } = code.blocks[n].exit else {
            continue;
        };
        if !matches!(op, Op::S_CBRANCH_EXECZ | Op::S_CBRANCH_EXECNZ) {
            continue;
        }
        for (back, exit) in [(other, taken), (taken, other)] {
            let Exit::Jump(head) = code.blocks[back].exit else {
                continue;
            };
            let packets = &code.blocks[back].packets;
            let movable = packets.iter().all(|p| match p {
                Packet::One(i) => {
                    i.op.info().class == Class::Salu
                        && !writes_exec(i)
                        && scalars(i.defs()) & into[exit] & !SCC == 0
                }
                Packet::Dual { .. } => false,
            });
            if head > n || preds[back] != 1 || back <= n || packets.len() > 3 || !movable {
                continue;
            }
            let packets = std::mem::take(&mut code.blocks[back].packets);
            code.blocks[n].packets.extend(packets);
            code.blocks[n]
                .exit
                .retarget(|t| if t == back { head } else { t });
            changed = true;
            break;
        }
    }
    changed
}

fn block_live_in(block: &CodeBlock, out: Scalars) -> Scalars {
    let live = live_at_exit(block, out);
    block
        .packets
        .iter()
        .rev()
        .fold(live, |live, p| live_before(p, live))
}

/// `v_cmp m; exec &= m` becomes `v_cmpx`, and the inverse comparison where lanes of the mask leave.
fn compare_into_exec(code: &mut Code) {
    let out = live_out(code);
    for (block, &out) in code.blocks.iter_mut().zip(&out) {
        let mut live = live_at_exit(block, out);
        // From the end, as that is how liveness is known.
        let mut kept = Vec::with_capacity(block.packets.len());
        while let Some(apply) = block.packets.pop() {
            match block
                .packets
                .last()
                .and_then(|c| exec_compare(c, &apply, live))
            {
                Some(inst) => {
                    block.packets.pop();
                    kept.push(Packet::One(inst));
                }
                None => kept.push(apply),
            }
            if let Some(packet) = kept.last() {
                live = live_before(packet, live);
            }
        }
        kept.reverse();
        block.packets = kept;
    }
}

fn exec_compare(compare: &Packet, apply: &Packet, live: Scalars) -> Option<Inst> {
    let (compare, apply) = (one(compare)?, one(apply)?);
    if compare.op.info().format != rdna_isa::Format::Vopc || compare.mods.dpp.is_some() {
        return None;
    }
    let mask = *compare.operands.first()?;
    let Operand::Sgpr(mask_reg) = mask else {
        return None;
    };
    if apply.operands.as_slice() != [Operand::EXEC, Operand::EXEC, mask] {
        return None;
    }
    let op = if apply.op == Op::S_AND_B32 {
        into_exec(compare.op)?
    } else if apply.op == Op::S_AND_NOT1_B32 {
        into_exec(inverse(compare.op)?)?
    } else {
        return None;
    };
    // Neither the mask nor SCC may be wanted afterwards.
    if live & (bit(mask_reg) | SCC) != 0 {
        return None;
    }
    let mut inst = compare.clone();
    inst.op = op;
    inst.operands.remove(0);
    Some(inst)
}

/// `s_and mask, exec; branch on SCC` becomes a branch on VCC, where a comparison has just written
/// VCC, whose inactive lanes are then zero.
fn branch_on_vcc(code: &mut Code) {
    let out = live_out(code);
    for (block, &out) in code.blocks.iter_mut().zip(&out) {
        let Exit::Branch { op, taken, other } = block.exit else {
            continue;
        };
        let op = if op == Op::S_CBRANCH_SCC0 {
            Op::S_CBRANCH_VCCZ
        } else if op == Op::S_CBRANCH_SCC1 {
            Op::S_CBRANCH_VCCNZ
        } else {
            continue;
        };
        let Some(test) = block.packets.last().and_then(one) else {
            continue;
        };
        let fits = test.op == Op::S_AND_B32
            && test.operands[1..] == [Operand::VCC, Operand::EXEC]
            && scalars(test.defs()) & out == 0;
        let clean = block.packets[..block.packets.len() - 1]
            .iter()
            .rev()
            .filter_map(one)
            .find(|i| scalars(i.defs()) & (bit(Sreg::VCC_LO) | bit(Sreg::EXEC_LO)) != 0)
            .is_some_and(|i| i.op.info().format == rdna_isa::Format::Vopc && !writes_exec(i));
        if fits && clean {
            block.packets.pop();
            block.exit = Exit::Branch { op, taken, other };
        }
    }
}

macro_rules! compares {
    ($( $cmp:ident $cmpx:ident $inverse:ident; )*) => {
        /// The comparison that writes EXEC.
        fn into_exec(op: Op) -> Option<Op> {
            match op {
                $( Op::$cmp => Some(Op::$cmpx), )*
                _ => None,
            }
        }

        /// The comparison that holds where this one does not.
        fn inverse(op: Op) -> Option<Op> {
            match op {
                $( Op::$cmp => Some(Op::$inverse), )*
                _ => None,
            }
        }
    };
}

compares! {
    V_CMP_EQ_U32 V_CMPX_EQ_U32 V_CMP_NE_U32;
    V_CMP_NE_U32 V_CMPX_NE_U32 V_CMP_EQ_U32;
    V_CMP_LT_U32 V_CMPX_LT_U32 V_CMP_GE_U32;
    V_CMP_GE_U32 V_CMPX_GE_U32 V_CMP_LT_U32;
    V_CMP_GT_U32 V_CMPX_GT_U32 V_CMP_LE_U32;
    V_CMP_LE_U32 V_CMPX_LE_U32 V_CMP_GT_U32;
    V_CMP_LT_I32 V_CMPX_LT_I32 V_CMP_GE_I32;
    V_CMP_GE_I32 V_CMPX_GE_I32 V_CMP_LT_I32;
    V_CMP_GT_I32 V_CMPX_GT_I32 V_CMP_LE_I32;
    V_CMP_LE_I32 V_CMPX_LE_I32 V_CMP_GT_I32;
    V_CMP_EQ_U64 V_CMPX_EQ_U64 V_CMP_NE_U64;
    V_CMP_NE_U64 V_CMPX_NE_U64 V_CMP_EQ_U64;
    V_CMP_LT_U64 V_CMPX_LT_U64 V_CMP_GE_U64;
    V_CMP_GE_U64 V_CMPX_GE_U64 V_CMP_LT_U64;
    V_CMP_GT_U64 V_CMPX_GT_U64 V_CMP_LE_U64;
    V_CMP_LE_U64 V_CMPX_LE_U64 V_CMP_GT_U64;
    V_CMP_EQ_F32 V_CMPX_EQ_F32 V_CMP_NEQ_F32;
    V_CMP_NEQ_F32 V_CMPX_NEQ_F32 V_CMP_EQ_F32;
    V_CMP_LT_F32 V_CMPX_LT_F32 V_CMP_NLT_F32;
    V_CMP_NLT_F32 V_CMPX_NLT_F32 V_CMP_LT_F32;
    V_CMP_LE_F32 V_CMPX_LE_F32 V_CMP_NLE_F32;
    V_CMP_NLE_F32 V_CMPX_NLE_F32 V_CMP_LE_F32;
    V_CMP_GT_F32 V_CMPX_GT_F32 V_CMP_NGT_F32;
    V_CMP_NGT_F32 V_CMPX_NGT_F32 V_CMP_GT_F32;
    V_CMP_GE_F32 V_CMPX_GE_F32 V_CMP_NGE_F32;
    V_CMP_NGE_F32 V_CMPX_NGE_F32 V_CMP_GE_F32;
}
