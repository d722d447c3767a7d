//! From blocks to words: order of blocks, branches, encoding.

use rdna_isa::{encode, Inst, Op, Operand, Packet};

use crate::Error;

use super::asm::*;
use super::rewrite::choose_form;

/// Chooses short forms.
pub fn forms(code: &mut Code) {
    let gen = code.arch.gen();
    for block in &mut code.blocks {
        for packet in &mut block.packets {
            if let Packet::One(inst) = packet {
                choose_form(inst, gen);
            }
        }
    }
}

/// Drops blocks that hold nothing but a jump, and blocks that nothing leads to.
pub fn thread_jumps(code: &mut Code) {
    let count = code.blocks.len();
    let mut target: Vec<usize> = (0..count).collect();
    for n in (0..count).rev() {
        // Only forwards, so that an empty loop does not chase its tail.
        if let (Exit::Jump(t), true) = (code.blocks[n].exit, code.blocks[n].packets.is_empty()) {
            if t > n {
                target[n] = target[t];
            }
        }
    }
    for block in &mut code.blocks {
        block.exit.retarget(|t| target[t]);
        if let Exit::Branch { taken, other, .. } = block.exit {
            if taken == other {
                block.exit = Exit::Jump(taken);
            }
        }
    }
    let mut reached = vec![false; count];
    let mut work = vec![0];
    while let Some(n) = work.pop() {
        if !std::mem::replace(&mut reached[n], true) {
            work.extend(code.blocks[n].exit.targets());
        }
    }
    let mut number = vec![0; count];
    let mut next = 0;
    for n in 0..count {
        number[n] = next;
        next += reached[n] as usize;
    }
    let mut keep = reached.iter();
    code.blocks.retain(|_| keep.next() == Some(&true));
    for block in &mut code.blocks {
        block.exit.retarget(|t| number[t]);
    }
}

fn tail_words(tail: &Tail) -> usize {
    match tail {
        Tail::Nothing => 0,
        Tail::Branch(..) | Tail::End => 1,
        Tail::Both(..) => 2,
    }
}

/// A kernel's words and its text, an instruction a line.
pub struct Assembled {
    /// Machine code.
    pub words: Vec<u32>,
    /// Instructions in order, branches included.
    pub packets: Vec<Packet>,
}

/// Encodes the blocks one after the other.
pub fn assemble(code: &Code) -> Result<Assembled, Error> {
    let gen = code.arch.gen();
    let failed = |what: String| Error::Internal {
        pass: "amdgpu encoding",
        what,
    };
    let mut starts = Vec::with_capacity(code.blocks.len() + 1);
    let mut at = 0;
    for (n, block) in code.blocks.iter().enumerate() {
        starts.push(at);
        at += block.packets.iter().map(|p| p.dwords(gen)).sum::<usize>();
        at += tail_words(&tail(block.exit, n + 1));
    }
    let mut out = Assembled {
        words: Vec::with_capacity(at),
        packets: Vec::new(),
    };
    let push = |out: &mut Assembled, packet: Packet| -> Result<(), Error> {
        if let Err(error) = encode(&packet, gen, &mut out.words) {
            return Err(failed(format!("{packet:?}: {error}")));
        }
        out.packets.push(packet);
        Ok(())
    };
    for (n, block) in code.blocks.iter().enumerate() {
        if out.words.len() != starts[n] {
            return Err(failed(format!(
                "block {n} is not where it was reckoned to be"
            )));
        }
        for packet in &block.packets {
            push(&mut out, packet.clone())?;
        }
        let branch = |out: &mut Assembled, op: Op, target: usize| -> Result<(), Error> {
            let distance = starts[target] as i64 - (out.words.len() as i64 + 1);
            let Ok(distance) = i16::try_from(distance) else {
                return Err(Error::Limit {
                    what: "dwords that a branch crosses",
                    asked: distance.unsigned_abs(),
                    max: i16::MAX as u64,
                    span: naga::Span::UNDEFINED,
                });
            };
            let inst = Inst::new(op, &[Operand::Imm(distance.into())]);
            push(out, Packet::One(inst))
        };
        match tail(block.exit, n + 1) {
            Tail::Nothing => {}
            Tail::Branch(op, t) => branch(&mut out, op, t)?,
            Tail::Both(op, t, e) => {
                branch(&mut out, op, t)?;
                branch(&mut out, Op::S_BRANCH, e)?;
            }
            Tail::End => push(&mut out, Packet::One(Inst::new(Op::S_ENDPGM, &[])))?,
        }
    }
    Ok(out)
}
