//! Machine IR: RDNA instructions over virtual registers, in blocks.
//!
//! Every virtual register is one dword. Where an instruction wants consecutive registers (a
//! descriptor, the data of a wide load) its operand lists several, and the allocator puts them side
//! by side. The form is not SSA: what merges at a join is a register with a definition on each
//! path, written by [`Opcode::Copy`]; everything else has one definition.
//!
//! Blocks have two kinds of edges. The *linear* edges, which the terminator states, are those the
//! program counter takes; scalar registers live along them. The *logical* edges are those a single
//! lane takes; vector registers live along them, since a lane that is masked off keeps its values
//! whatever is written meanwhile. A block without logical predecessors handles masks only.

use rdna_isa::{self as isa, Form, Mods, Op};
use smallvec::SmallVec;

use crate::kernel::{entity, Entity, EntityVec};

entity! {
    /// A virtual register of 32 bits.
    VReg, "%"
}
entity! {
    /// A basic block.
    Block, "bb"
}

/// Register file.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Bank {
    /// Scalar: one value a wave.
    S,
    /// Vector: one value a lane.
    V,
}

/// Registers of an operand, lowest first.
pub type Regs = SmallVec<[VReg; 4]>;

/// An operand.
#[derive(Clone, Debug, PartialEq)]
pub enum Arg {
    /// Virtual registers that must be consecutive (and aligned, if scalar).
    Regs(Regs),
    /// A virtual register that must stand in this hardware register of its bank.
    Pinned(VReg, u8),
    /// Anything that is not allocated: constants, immediates, `exec`, `null`, reserved registers.
    Fixed(isa::Operand),
}

impl From<VReg> for Arg {
    fn from(v: VReg) -> Arg {
        Arg::Regs(smallvec::smallvec![v])
    }
}

impl From<isa::Operand> for Arg {
    fn from(o: isa::Operand) -> Arg {
        Arg::Fixed(o)
    }
}

impl From<&[VReg]> for Arg {
    fn from(v: &[VReg]) -> Arg {
        Arg::Regs(v.into())
    }
}

impl Arg {
    /// Virtual registers of the operand.
    pub fn vregs(&self) -> &[VReg] {
        match self {
            Arg::Regs(r) => r,
            Arg::Pinned(v, _) => std::slice::from_ref(v),
            Arg::Fixed(_) => &[],
        }
    }

    /// Virtual registers of the operand, to be replaced.
    pub fn vregs_mut(&mut self) -> &mut [VReg] {
        match self {
            Arg::Regs(r) => r,
            Arg::Pinned(v, _) => std::slice::from_mut(v),
            Arg::Fixed(_) => &mut [],
        }
    }
}

/// What an instruction does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Opcode {
    /// A machine instruction.
    Isa(Op),
    /// Parallel copy: the n-th use to the n-th definition, one register each. Scalar to vector is
    /// allowed, vector to scalar is not.
    Copy,
    /// Registers that hold something when the wave starts: pinned definitions.
    Entry,
}

/// An instruction.
#[derive(Clone, Debug, PartialEq)]
pub struct Inst {
    /// Operation.
    pub op: Opcode,
    /// Encoding wanted, [`Form::Base`] unless DPP; short or long is decided after allocation.
    pub form: Form,
    /// Modifiers.
    pub mods: Mods,
    /// Results, in the table's order.
    pub defs: SmallVec<[Arg; 1]>,
    /// Sources, in the table's order.
    pub uses: SmallVec<[Arg; 4]>,
    /// The use that shares its registers with the first definition, and dies here. It is not
    /// written in the instruction.
    pub tied: Option<u8>,
    /// Definitions may not share registers with uses.
    pub early_clobber: bool,
    /// A load of memory that nothing writes during the dispatch.
    pub constant: bool,
}

impl Inst {
    /// A machine instruction.
    pub fn new(op: Op, defs: &[Arg], uses: &[Arg]) -> Inst {
        Inst {
            op: Opcode::Isa(op),
            form: Form::Base,
            mods: default_mods(op),
            defs: defs.iter().cloned().collect(),
            uses: uses.iter().cloned().collect(),
            tied: None,
            early_clobber: false,
            constant: false,
        }
    }

    /// A pseudo-instruction.
    pub fn pseudo(op: Opcode, defs: &[Arg], uses: &[Arg]) -> Inst {
        Inst {
            op,
            form: Form::Base,
            mods: Mods::default(),
            defs: defs.iter().cloned().collect(),
            uses: uses.iter().cloned().collect(),
            tied: None,
            early_clobber: false,
            constant: false,
        }
    }

    /// Virtual registers read.
    pub fn used(&self) -> impl Iterator<Item = VReg> + '_ {
        self.uses.iter().flat_map(|a| a.vregs().iter().copied())
    }

    /// Virtual registers written.
    pub fn defined(&self) -> impl Iterator<Item = VReg> + '_ {
        self.defs.iter().flat_map(|a| a.vregs().iter().copied())
    }

    /// The machine opcode.
    pub fn isa(&self) -> Option<Op> {
        match self.op {
            Opcode::Isa(op) => Some(op),
            Opcode::Copy | Opcode::Entry => None,
        }
    }
}

/// No modifiers, as the row's format writes that.
pub fn default_mods(op: Op) -> Mods {
    if op.info().format == isa::Format::Vop3p {
        Mods::packed()
    } else {
        Mods::default()
    }
}

/// When a branch is taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Cond {
    /// SCC, written by the instruction before, has this value.
    Scc(bool),
    /// No lane is active.
    ExecZero,
}

/// End of a block: its linear successors.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Term {
    /// On to a block.
    Jump(Block),
    /// One of two blocks.
    Branch {
        /// When the branch is taken.
        cond: Cond,
        /// Where it goes then.
        taken: Block,
        /// Where it goes otherwise.
        other: Block,
    },
    /// The wave ends.
    End,
}

impl Term {
    /// Linear successors.
    pub fn succs(&self) -> SmallVec<[Block; 2]> {
        match *self {
            Term::Jump(b) => smallvec::smallvec![b],
            Term::Branch { taken, other, .. } => smallvec::smallvec![taken, other],
            Term::End => SmallVec::new(),
        }
    }
}

/// A basic block.
#[derive(Clone, Debug)]
pub struct BlockData {
    /// Instructions.
    pub insts: Vec<Inst>,
    /// End.
    pub term: Term,
    /// Where lanes go from here.
    pub logical: SmallVec<[Block; 2]>,
    /// Loops around it.
    pub depth: u32,
}

/// A function of machine code.
#[derive(Clone, Debug)]
pub struct Function {
    /// What to encode for.
    pub arch: isa::Arch,
    /// Blocks; those not in `order` are unused.
    pub blocks: EntityVec<Block, BlockData>,
    /// Blocks in program order; the first is the entry. Every predecessor but loops' back edges
    /// stands before its successor.
    pub order: Vec<Block>,
    /// Bank of each register.
    pub vregs: EntityVec<VReg, Bank>,
    /// Vector registers that are used outside lanes' own flow, named from v255 downwards until
    /// allocation is over.
    pub reserved_vgprs: u8,
    /// Bytes of scratch of one lane.
    pub scratch: u32,
    /// Registers that were spilled.
    pub spills: u32,
    /// Bytes of LDS.
    pub lds: u32,
    /// Registers that may be used.
    pub registers: Registers,
}

/// How many registers of each file allocation may use.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Registers {
    /// Scalar ones, `vcc_lo` aside.
    pub scalar: usize,
    /// Vector ones.
    pub vector: usize,
}

impl Default for Registers {
    fn default() -> Registers {
        Registers {
            scalar: isa::Sreg::GENERAL as usize,
            vector: 256,
        }
    }
}

impl Function {
    /// An empty function.
    pub fn new(arch: isa::Arch) -> Function {
        Function {
            arch,
            blocks: EntityVec::new(),
            order: Vec::new(),
            vregs: EntityVec::new(),
            reserved_vgprs: 0,
            scratch: 0,
            spills: 0,
            lds: 0,
            registers: Registers::default(),
        }
    }

    /// A new register.
    pub fn vreg(&mut self, bank: Bank) -> VReg {
        self.vregs.push(bank)
    }

    /// A new block, not yet in order.
    pub fn block(&mut self, depth: u32) -> Block {
        self.blocks.push(BlockData {
            insts: Vec::new(),
            term: Term::End,
            logical: SmallVec::new(),
            depth,
        })
    }

    /// Successors along which registers of a bank live.
    pub fn succs(&self, block: Block, bank: Bank) -> SmallVec<[Block; 2]> {
        match bank {
            Bank::S => self.blocks[block].term.succs(),
            Bank::V => self.blocks[block].logical.clone(),
        }
    }

    /// Names a new reserved vector register.
    pub fn reserve_vgpr(&mut self) -> isa::Operand {
        self.reserved_vgprs += 1;
        isa::Operand::Vgpr((256 - self.reserved_vgprs as u32) as u8)
    }
}

/// Writes the function as text.
pub fn print(f: &Function) -> String {
    use std::fmt::Write;
    let mut out = String::new();
    let gen = f.arch.gen();
    let arg = |a: &Arg| -> String {
        let reg = |v: &VReg| {
            let bank = match f.vregs[*v] {
                Bank::S => 's',
                Bank::V => 'v',
            };
            format!("%{bank}{}", v.index())
        };
        match a {
            Arg::Regs(r) if r.len() == 1 => reg(&r[0]),
            Arg::Regs(r) => {
                let list: Vec<String> = r.iter().map(reg).collect();
                format!("[{}]", list.join(" "))
            }
            Arg::Pinned(v, p) => format!("{}@{p}", reg(v)),
            Arg::Fixed(o) => format!("{o:?}"),
        }
    };
    for &b in &f.order {
        let data = &f.blocks[b];
        let logical: Vec<String> = data.logical.iter().map(|s| s.to_string()).collect();
        let _ = writeln!(
            out,
            "{b}: ; depth {} logical [{}]",
            data.depth,
            logical.join(" ")
        );
        for i in &data.insts {
            let defs: Vec<String> = i.defs.iter().map(&arg).collect();
            let uses: Vec<String> = i.uses.iter().map(&arg).collect();
            let name = match i.op {
                Opcode::Isa(op) => op.info().name(gen).unwrap_or("?").to_string(),
                Opcode::Copy => "copy".into(),
                Opcode::Entry => "entry".into(),
            };
            let mut line = String::from("    ");
            if !defs.is_empty() {
                let _ = write!(line, "{} = ", defs.join(", "));
            }
            let _ = write!(line, "{name} {}", uses.join(", "));
            if i.isa().is_some_and(|op| i.mods != default_mods(op)) {
                let m = &i.mods;
                if m.offset != 0 {
                    let _ = write!(line, " offset:{}", m.offset);
                }
                for (what, bits) in [("neg", m.neg), ("abs", m.abs), ("cache", m.cache)] {
                    if bits != 0 {
                        let _ = write!(line, " {what}:{bits:#x}");
                    }
                }
                if m.clamp {
                    line.push_str(" clamp");
                }
                if let Some(d) = m.dpp {
                    let _ = write!(line, " dpp:{:#x}", d.ctrl);
                }
            }
            if let Some(t) = i.tied {
                let _ = write!(line, " tied:{t}");
            }
            let _ = writeln!(out, "{}", line.trim_end());
        }
        let _ = match data.term {
            Term::Jump(t) => writeln!(out, "    jump {t}"),
            Term::Branch { cond, taken, other } => {
                writeln!(out, "    branch {cond:?} {taken} else {other}")
            }
            Term::End => writeln!(out, "    end"),
        };
    }
    out
}
