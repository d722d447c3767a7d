//! Final instructions in blocks: what the passes after register allocation work on.

use rdna_isa::{Arch, Bank, Inst, Op, Packet, RegRange};

/// End of a block.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Exit {
    /// On to a block.
    Jump(usize),
    /// A conditional branch (`s_cbranch_*`) to one block, otherwise to another.
    Branch {
        /// The instruction.
        op: Op,
        /// Where it goes if it is taken.
        taken: usize,
        /// Where it goes if not.
        other: usize,
    },
    /// The wave ends.
    End,
}

impl Exit {
    /// Blocks that may follow.
    pub fn targets(&self) -> impl Iterator<Item = usize> {
        let (a, b) = match *self {
            Exit::Jump(t) => (Some(t), None),
            Exit::Branch { taken, other, .. } => (Some(taken), Some(other)),
            Exit::End => (None, None),
        };
        a.into_iter().chain(b)
    }

    /// Replaces targets.
    pub fn retarget(&mut self, mut f: impl FnMut(usize) -> usize) {
        match self {
            Exit::Jump(t) => *t = f(*t),
            Exit::Branch { taken, other, .. } => {
                *taken = f(*taken);
                *other = f(*other);
            }
            Exit::End => {}
        }
    }
}

/// A block of final instructions.
#[derive(Clone, Debug)]
pub struct CodeBlock {
    /// Instructions.
    pub packets: Vec<Packet>,
    /// End.
    pub exit: Exit,
    /// Loops around it.
    pub depth: u32,
    /// Vector registers that hold values wanted here or later, at the beginning.
    pub live_vgprs: [u64; 4],
}

/// A kernel of final instructions; blocks stand in program order.
#[derive(Clone, Debug)]
pub struct Code {
    /// What to encode for.
    pub arch: Arch,
    /// Blocks.
    pub blocks: Vec<CodeBlock>,
    /// Vector registers in use.
    pub vgprs: u32,
    /// Scalar registers in use.
    pub sgprs: u32,
}

/// Writes code as assembler text, blocks named by their numbers.
pub fn print(code: &Code) -> String {
    use std::fmt::Write;
    let gen = code.arch.gen();
    let name = |op: Op| op.info().name(gen).unwrap_or("?");
    let mut out = String::new();
    let mut line = |text: String| {
        let _ = writeln!(out, "{text}");
    };
    for (n, block) in code.blocks.iter().enumerate() {
        line(format!("bb{n}:"));
        for packet in &block.packets {
            line(format!("    {}", packet.display(gen)));
        }
        match tail(block.exit, n + 1) {
            Tail::Nothing => {}
            Tail::Branch(op, t) => line(format!("    {} bb{t}", name(op))),
            Tail::Both(op, t, e) => {
                line(format!("    {} bb{t}", name(op)));
                line(format!("    {} bb{e}", name(Op::S_BRANCH)));
            }
            Tail::End => line(format!("    {}", name(Op::S_ENDPGM))),
        }
    }
    out
}

/// What ends a block, given which block stands next.
pub enum Tail {
    /// It falls into the next one.
    Nothing,
    /// One branch, conditional or not.
    Branch(Op, usize),
    /// A conditional branch and one to where that does not go.
    Both(Op, usize, usize),
    /// The wave's end.
    End,
}

/// How a block ends that stands before block `next`.
pub fn tail(exit: Exit, next: usize) -> Tail {
    match exit {
        Exit::End => Tail::End,
        Exit::Jump(t) if t == next => Tail::Nothing,
        Exit::Jump(t) => Tail::Branch(Op::S_BRANCH, t),
        Exit::Branch { op, taken, other } if other == next => Tail::Branch(op, taken),
        Exit::Branch { op, taken, other } if taken == next => Tail::Branch(opposite(op), other),
        Exit::Branch { op, taken, other } => Tail::Both(op, taken, other),
    }
}

/// Rewrites every block knowing what may have happened before it.
///
/// `start` is the state of the entry; `meet` takes another path's state into the first and says
/// whether that changed it; `block` carries a state through a block and, where it is given a list,
/// writes the block's new instructions there. States are swept forwards to a fixpoint first, so
/// `meet` must only ever grow.
pub fn rewrite_forward<S: Clone>(
    code: &mut Code,
    start: S,
    meet: impl Fn(&mut S, &S) -> bool,
    block: impl Fn(&Code, usize, &mut S, Option<&mut Vec<Packet>>),
) {
    let count = code.blocks.len();
    let mut entry: Vec<Option<S>> = vec![None; count];
    if let Some(first) = entry.first_mut() {
        *first = Some(start.clone());
    }
    let mut changed = true;
    while changed {
        changed = false;
        for n in 0..count {
            let Some(mut state) = entry[n].clone() else {
                continue;
            };
            block(code, n, &mut state, None);
            for t in code.blocks[n].exit.targets() {
                match &mut entry[t] {
                    Some(known) => changed |= meet(known, &state),
                    slot => {
                        *slot = Some(state.clone());
                        changed = true;
                    }
                }
            }
        }
    }
    for (n, state) in entry.into_iter().enumerate() {
        let mut state = state.unwrap_or_else(|| start.clone());
        let mut out = Vec::with_capacity(code.blocks[n].packets.len() + 4);
        block(code, n, &mut state, Some(&mut out));
        code.blocks[n].packets = out;
    }
}

/// The branch taken in the opposite case.
#[expect(
    clippy::wildcard_enum_match_arm,
    reason = "a few rows of the instruction table"
)]
pub fn opposite(op: Op) -> Op {
    match op {
        Op::S_CBRANCH_SCC0 => Op::S_CBRANCH_SCC1,
        Op::S_CBRANCH_SCC1 => Op::S_CBRANCH_SCC0,
        Op::S_CBRANCH_VCCZ => Op::S_CBRANCH_VCCNZ,
        Op::S_CBRANCH_VCCNZ => Op::S_CBRANCH_VCCZ,
        Op::S_CBRANCH_EXECZ => Op::S_CBRANCH_EXECNZ,
        Op::S_CBRANCH_EXECNZ => Op::S_CBRANCH_EXECZ,
        other => other,
    }
}

/// The instruction, if it stands alone.
pub fn one(packet: &Packet) -> Option<&Inst> {
    match packet {
        Packet::One(inst) => Some(inst),
        Packet::Dual { .. } => None,
    }
}

/// The instructions of a packet.
pub fn parts(packet: &Packet) -> smallvec::SmallVec<[&Inst; 2]> {
    match packet {
        Packet::One(i) => smallvec::smallvec![i],
        Packet::Dual { x, y } => smallvec::smallvec![x, y],
    }
}

/// Vector registers, then scalar ones, then SCC: how passes number what they keep a state of.
pub const REGISTERS: usize = SCC + 1;
const SCC: usize = 256 + 128;

/// Numbers of a range's registers.
pub fn numbers(range: &RegRange) -> std::ops::Range<usize> {
    let first = match range.bank {
        Bank::Vgpr => range.first as usize,
        Bank::Sgpr => 256 + range.first as usize,
        Bank::Scc => return SCC..REGISTERS,
    };
    first..(first + range.count as usize).min(SCC)
}
