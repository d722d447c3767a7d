//! Branches further than an instruction reaches.
//!
//! `s_branch` and its conditional forms count signed 16 bits of dwords, 128 KiB either way. In
//! longer code every 8,000 dwords there is room for *islands*, jumps that stand between blocks where
//! nothing falls into them; a far branch goes from island to island. That takes neither registers
//! nor SCC, as `s_setpc_b64` would, and short code is left as it is.

use std::collections::BTreeMap;

use super::asm::{Code, CodeBlock, Exit};

/// By place (the n-th is after the n-th segment) and target: the place of the next island on the
/// way, or none where the target itself is in reach.
type Islands = BTreeMap<(usize, usize), Option<usize>>;

/// Dwords that a branch reaches with certainty, either way.
const REACH: usize = i16::MAX as usize;
/// Dwords of a segment, after which there is room for islands.
const SEGMENT: usize = 8_000;
/// Dwords of a block; longer ones are cut, so that segments stay short. A branch crosses at most
/// two segments and the islands of two places, which have what is left of [`REACH`].
const BLOCK: usize = 4_000;

/// Brings every branch's target into reach.
pub fn run(code: &mut Code) {
    // Two dwords are the most that ends a block.
    let gen = code.arch.gen();
    let size = |b: &CodeBlock| b.packets.iter().map(|p| p.dwords(gen)).sum::<usize>() + 2;
    if code.blocks.iter().map(size).sum::<usize>() <= REACH {
        return;
    }
    cut(code);
    let mut segment = Vec::with_capacity(code.blocks.len());
    let (mut current, mut filled) = (0, 0);
    for block in &code.blocks {
        if filled >= SEGMENT {
            (current, filled) = (current + 1, 0);
        }
        segment.push(current);
        filled += size(block);
    }
    let mut islands = Islands::new();
    let hops: Vec<(Option<usize>, Option<usize>)> = code
        .blocks
        .iter()
        .zip(&segment)
        .map(|(block, &from)| {
            let mut hop = |target: usize| way(from, from, target, &segment, &mut islands);
            match block.exit {
                Exit::Jump(t) => (hop(t), None),
                Exit::Branch { taken, other, .. } => (hop(taken), hop(other)),
                Exit::End => (None, None),
            }
        })
        .collect();
    place(code, &segment, &hops, islands);
}

/// Cuts long blocks.
fn cut(code: &mut Code) {
    let gen = code.arch.gen();
    let mut first = Vec::with_capacity(code.blocks.len());
    let mut pieces: Vec<CodeBlock> = Vec::with_capacity(code.blocks.len());
    let mut last = Vec::with_capacity(code.blocks.len());
    for mut block in std::mem::take(&mut code.blocks) {
        first.push(pieces.len());
        let mut filled = 0;
        let mut packets = Vec::new();
        for packet in std::mem::take(&mut block.packets) {
            if filled >= BLOCK {
                let next = pieces.len() + 1;
                pieces.push(CodeBlock {
                    packets: std::mem::take(&mut packets),
                    exit: Exit::Jump(next),
                    ..block.clone()
                });
                filled = 0;
            }
            filled += packet.dwords(gen);
            packets.push(packet);
        }
        last.push(pieces.len());
        pieces.push(CodeBlock { packets, ..block });
    }
    for n in last {
        pieces[n].exit.retarget(|t| first[t]);
    }
    code.blocks = pieces;
}

/// The place of the first island on the way to a block, or none if the block is in reach: in the
/// segments from `low` to `high` or in the next one beyond either. From a block those are its own
/// segment twice, from an island the segments on both its sides.
fn way(
    low: usize,
    high: usize,
    target: usize,
    segment: &[usize],
    islands: &mut Islands,
) -> Option<usize> {
    let to = segment[target];
    let place = if to > high + 1 {
        high + 1
    } else if to + 1 < low {
        low - 2
    } else {
        return None;
    };
    if !islands.contains_key(&(place, target)) {
        let next = way(place, place + 1, target, segment, islands);
        islands.insert((place, target), next);
    }
    Some(place)
}

/// Puts the islands between the blocks, and leads the branches over them.
fn place(
    code: &mut Code,
    segment: &[usize],
    hops: &[(Option<usize>, Option<usize>)],
    islands: Islands,
) {
    let mut number = vec![0; code.blocks.len()];
    let mut island_number = BTreeMap::new();
    let mut next = 0..;
    let mut waiting = islands.keys().copied().peekable();
    for n in 0..=code.blocks.len() {
        let before = segment.get(n).copied().unwrap_or(usize::MAX);
        while let Some(island) = waiting.next_if(|&(place, _)| place < before) {
            island_number.extend(next.next().map(|number| (island, number)));
        }
        if let (Some(slot), Some(number)) = (number.get_mut(n), next.next()) {
            *slot = number;
        }
    }
    let resolve = |hop: Option<usize>, target: usize| match hop {
        Some(place) => island_number[&(place, target)],
        None => number[target],
    };
    let mut out = BTreeMap::new();
    let blocks = std::mem::take(&mut code.blocks);
    for (n, (mut block, &(first, second))) in blocks.into_iter().zip(hops).enumerate() {
        match &mut block.exit {
            Exit::Jump(t) => *t = resolve(first, *t),
            Exit::Branch { taken, other, .. } => {
                *taken = resolve(first, *taken);
                *other = resolve(second, *other);
            }
            Exit::End => {}
        }
        out.insert(number[n], block);
    }
    for ((place, target), hop) in islands {
        let island = CodeBlock {
            packets: Vec::new(),
            exit: Exit::Jump(resolve(hop, target)),
            depth: 0,
            live_vgprs: [0; 4],
        };
        out.insert(island_number[&(place, target)], island);
    }
    code.blocks = out.into_values().collect();
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::amdgpu::finish::assemble;
    use rdna_isa::{Arch, Inst, Op, Operand, Packet};

    /// A block of that many dwords, marked by its number.
    fn block(mark: usize, dwords: usize, exit: Exit) -> CodeBlock {
        let mov = |n: usize| Inst::new(Op::S_MOVK_I32, &[Operand::s(0), Operand::Imm(n as i32)]);
        let nops = (1..dwords).map(|_| Inst::new(Op::S_NOP, &[Operand::Imm(0)]));
        CodeBlock {
            packets: std::iter::once(mov(mark))
                .chain(nops)
                .map(Packet::One)
                .collect(),
            exit,
            depth: 0,
            live_vgprs: [0; 4],
        }
    }

    /// Every branch still leads to the block it led to, and the words can be encoded.
    fn check(sizes: &[usize]) {
        let count = sizes.len();
        let exit = |n: usize| match n {
            n if n + 1 == count => Exit::End,
            // Far both ways, and to the next one.
            n if n % 3 == 0 => Exit::Branch {
                op: Op::S_CBRANCH_SCC1,
                taken: (n * 7 + 3) % count,
                other: n + 1,
            },
            n if n % 3 == 1 => Exit::Branch {
                op: Op::S_CBRANCH_EXECZ,
                taken: count - 1 - n / 2,
                other: n / 2,
            },
            n => Exit::Jump((n * 5 + 1) % count),
        };
        let blocks: Vec<CodeBlock> = sizes
            .iter()
            .enumerate()
            .map(|(n, &s)| block(n, s, exit(n)))
            .collect();
        let mut code = Code {
            arch: Arch::Gfx1100,
            blocks,
            vgprs: 1,
            sgprs: 2,
        };
        let wanted: Vec<Exit> = code.blocks.iter().map(|b| b.exit).collect();
        run(&mut code);
        let words: usize = sizes.iter().sum();
        assert!(assemble(&code).unwrap().words.len() >= words);
        // The mark of the block that a jump arrives at, over islands and pieces.
        let mark = |mut n: usize| loop {
            match (code.blocks[n].packets.first(), code.blocks[n].exit) {
                (Some(Packet::One(inst)), _) if inst.op == Op::S_MOVK_I32 => {
                    match inst.operands[1] {
                        Operand::Imm(mark) => return mark as usize,
                        other => panic!("{other:?}"),
                    }
                }
                (None, Exit::Jump(t)) => n = t,
                other => panic!("{other:?}"),
            }
        };
        let mut seen = 0;
        for start in 0..code.blocks.len() {
            if code.blocks[start].packets.is_empty()
                || code.blocks[start].packets[0] == block(0, 2, Exit::End).packets[1]
            {
                continue;
            }
            let mut last = start;
            while let Exit::Jump(t) = code.blocks[last].exit {
                let piece = code.blocks[t].packets.first();
                if !matches!(piece, Some(Packet::One(i)) if i.op == Op::S_NOP) {
                    break;
                }
                last = t;
            }
            let found = match code.blocks[last].exit {
                Exit::Jump(t) => Exit::Jump(mark(t)),
                Exit::Branch { op, taken, other } => Exit::Branch {
                    op,
                    taken: mark(taken),
                    other: mark(other),
                },
                Exit::End => Exit::End,
            };
            assert_eq!(found, wanted[mark(start)]);
            seen += 1;
        }
        assert_eq!(seen, count);
    }

    #[test]
    fn short_code_stays() {
        let mut code = Code {
            arch: Arch::Gfx1100,
            blocks: vec![block(0, 30_000, Exit::Jump(1)), block(1, 2_000, Exit::End)],
            vgprs: 1,
            sgprs: 2,
        };
        run(&mut code);
        assert_eq!(code.blocks.len(), 2);
    }

    #[test]
    fn branches_arrive() {
        check(&[100; 900]);
        check(&[40_000, 3, 90_000, 5, 2_000]);
        check(&(0..600).map(|n| 2 + n * 37 % 900).collect::<Vec<_>>());
    }
}
