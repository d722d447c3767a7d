//! Hazards: instruction sequences that the hardware gets wrong and software must break up.
//!
//! One row a hazard, as LLVM's GCNHazardRecognizer and Mesa's aco_insert_NOPs know them; gfx10's
//! own do not exist on gfx11 and gfx12, and partial forwarding and mask writes are hazards in wave64
//! only (both sources test for that). Each state is carried along edges and meets in the more
//! pessimistic one, so that a loop is as safe as a line.

use rdna_isa::{Bank, Class, Gen, Implicit, Inst, Op, Operand, Packet, RegRange, RegRanges};

use super::asm::{parts, rewrite_forward, Code, Exit};

/// `s_waitcnt_depctr`/`s_wait_alu` fields at zero: results of the vector ALU (va_vdst), scalar ones
/// of the scalar ALU (sa_sdst), of the vector ALU (va_sdst), and VCC of the vector ALU (va_vcc).
const VA_VDST: i32 = 0x0fff;
const SA_SDST: i32 = 0xfffe_u16 as i16 as i32;
const VA_SDST: i32 = 0xf1ff_u16 as i16 as i32;
const VA_VCC: i32 = 0xfffd_u16 as i16 as i32;

/// Nothing to wait for any more.
const OLD: u8 = u8::MAX;

/// Vector and transcendental instructions since a transcendental one wrote a register.
type SinceTrans = (u8, u8);

const CLEAN: SinceTrans = (OLD, OLD);

#[derive(Clone, PartialEq)]
struct State {
    /// gfx11, by vector register.
    trans: Vec<SinceTrans>,
    /// gfx12: pairs of scalar registers that a vector instruction has read.
    read_by_valu: u64,
    /// gfx12: of these, written since by the scalar unit, and by the vector unit.
    by_salu: u64,
    by_valu: u64,
    /// `v_cmpx` wrote EXEC and no vector instruction followed.
    cmpx: bool,
}

impl State {
    fn new(vgprs: usize) -> State {
        State {
            trans: vec![CLEAN; vgprs],
            read_by_valu: 0,
            by_salu: 0,
            by_valu: 0,
            cmpx: false,
        }
    }

    fn meet(&mut self, other: &State) -> bool {
        let before = self.clone();
        for (mine, theirs) in self.trans.iter_mut().zip(&other.trans) {
            *mine = (mine.0.min(theirs.0), mine.1.min(theirs.1));
        }
        self.read_by_valu |= other.read_by_valu;
        self.by_salu |= other.by_salu;
        self.by_valu |= other.by_valu;
        self.cmpx |= other.cmpx;
        *self != before
    }
}

fn pairs(range: &RegRange) -> u64 {
    if range.bank != Bank::Sgpr {
        return 0;
    }
    let (first, last) = (range.first, range.first + range.count - 1);
    (first..=last)
        // EXEC and M0 are not in this file.
        .filter(|&r| r < 124)
        .fold(0, |bits, r| bits | 1 << (r / 2))
}

const VCC_PAIR: u64 = 1 << 53;

fn is_valu(inst: &Inst) -> bool {
    matches!(
        inst.op.info().class,
        Class::Valu | Class::Trans | Class::Vopd | Class::Wmma
    )
}

/// Memory instructions are issued when all vector results are there (va_vdst = 0).
pub fn waits_for_valu(inst: &Inst) -> bool {
    matches!(
        inst.op.info().class,
        Class::VmemLoad
            | Class::VmemStore
            | Class::VmemAtomic
            | Class::ScratchLoad
            | Class::ScratchStore
            | Class::Lds
    )
}

fn is_salu(inst: &Inst) -> bool {
    inst.op.info().class == Class::Salu
}

/// Vector registers among the ranges.
fn vgprs(ranges: RegRanges) -> impl Iterator<Item = usize> {
    ranges
        .into_iter()
        .filter(|r| r.bank == Bank::Vgpr)
        .flat_map(|r| r.first as usize..r.first as usize + r.count as usize)
        .filter(|&r| r < 256)
}

impl State {
    /// What must stand before a packet.
    fn cures(&self, packet: &Packet, gen: Gen) -> Vec<Inst> {
        let mut out = Vec::new();
        let wait = |imm: i32| Inst::new(Op::S_WAITCNT_DEPCTR, &[Operand::Imm(imm)]);
        let insts = parts(packet);
        match gen {
            Gen::Gfx11 => {
                let valu = insts.iter().any(|i| is_valu(i));
                if valu && self.trans_use(&insts) {
                    out.push(wait(VA_VDST));
                }
            }
            Gen::Gfx12 => {
                let (mut salu, mut valu) = (0, 0);
                for inst in &insts {
                    let read = inst.uses().iter().fold(0, |bits, r| bits | pairs(r));
                    if is_valu(inst) {
                        salu |= read & self.by_salu;
                        valu |= read & self.by_valu;
                    } else if is_salu(inst) || inst.op.info().class == Class::Branch {
                        salu |= read & self.by_salu;
                    }
                }
                if salu != 0 {
                    out.push(wait(SA_SDST));
                }
                if valu & VCC_PAIR != 0 {
                    out.push(wait(VA_VCC));
                }
                if valu & !VCC_PAIR != 0 {
                    out.push(wait(VA_SDST));
                }
            }
        }
        let permlane = insts.iter().any(|i| {
            matches!(
                i.op,
                Op::V_PERMLANE16_B32
                    | Op::V_PERMLANEX16_B32
                    | Op::V_PERMLANE16_VAR_B32
                    | Op::V_PERMLANEX16_VAR_B32
            )
        });
        if self.cmpx && permlane {
            out.push(Inst::new(Op::V_NOP, &[]));
        }
        out
    }

    /// A vector instruction reads a transcendental's result with fewer than six vector and fewer
    /// than two transcendental instructions between.
    fn trans_use(&self, insts: &[&Inst]) -> bool {
        insts.iter().any(|i| {
            vgprs(i.uses())
                .filter_map(|r| self.trans.get(r))
                .any(|since| since.0 < 6 && since.1 < 2)
        })
    }

    fn advance(&mut self, packet: &Packet, gen: Gen) {
        let insts = parts(packet);
        for inst in &insts {
            if inst.op == Op::S_WAITCNT_DEPCTR {
                self.depctr(inst, gen);
            }
        }
        let valu = insts.iter().any(|i| is_valu(i));
        if gen == Gen::Gfx11 {
            if valu {
                let trans = insts
                    .iter()
                    .any(|i| i.op.info().implicit.contains(Implicit::TRANS));
                for since in self.trans.iter_mut().filter(|s| **s != CLEAN) {
                    since.0 += 1;
                    since.1 += u8::from(trans);
                    if since.0 >= 6 || since.1 >= 2 {
                        *since = CLEAN;
                    }
                }
                for inst in &insts {
                    let trans = inst.op.info().implicit.contains(Implicit::TRANS);
                    for r in vgprs(inst.defs()) {
                        if let Some(since) = self.trans.get_mut(r) {
                            *since = if trans { (0, 0) } else { CLEAN };
                        }
                    }
                }
            } else if insts.iter().any(|i| waits_for_valu(i)) {
                self.trans.fill(CLEAN);
            }
        } else {
            for inst in &insts {
                let written = inst.defs().iter().fold(0, |bits, r| bits | pairs(r));
                if is_salu(inst) {
                    self.by_salu |= written & self.read_by_valu;
                } else if is_valu(inst) {
                    // Its own sources are read before its results are written.
                    self.read_by_valu |= inst.uses().iter().fold(0, |bits, r| bits | pairs(r));
                    self.by_valu |= written & self.read_by_valu;
                }
            }
        }
        let cmpx = insts
            .iter()
            .any(|i| is_valu(i) && i.op.info().implicit.contains(Implicit::WRITE_EXEC));
        if valu {
            self.cmpx = cmpx;
        }
    }

    fn depctr(&mut self, inst: &Inst, gen: Gen) {
        let Some(&Operand::Imm(imm)) = inst.operands.first() else {
            return;
        };
        match (gen, imm) {
            (Gen::Gfx11, VA_VDST) => self.trans.fill(CLEAN),
            (Gen::Gfx12, SA_SDST) => self.by_salu = 0,
            (Gen::Gfx12, VA_VCC) => self.by_valu &= !VCC_PAIR,
            (Gen::Gfx12, VA_SDST) => self.by_valu &= VCC_PAIR,
            _ => {}
        }
    }
}

/// Runs a block; with `out`, writes it with its cures.
fn block(code: &Code, n: usize, state: &mut State, mut out: Option<&mut Vec<Packet>>) {
    let gen = code.arch.gen();
    let exit = match code.blocks[n].exit {
        Exit::Branch { op, .. } => Some(Packet::One(Inst::new(op, &[Operand::Imm(0)]))),
        Exit::Jump(_) | Exit::End => None,
    };
    let packets = &code.blocks[n].packets;
    for (k, packet) in packets.iter().chain(&exit).enumerate() {
        for cure in state.cures(packet, gen) {
            let cure = Packet::One(cure);
            state.advance(&cure, gen);
            if let Some(out) = out.as_deref_mut() {
                out.push(cure);
            }
        }
        state.advance(packet, gen);
        if let (Some(out), true) = (out.as_deref_mut(), k < packets.len()) {
            out.push(packet.clone());
        }
    }
}

/// Inserts what breaks hazards up.
pub fn run(code: &mut Code) {
    let vgprs = code.vgprs as usize;
    rewrite_forward(code, State::new(vgprs), State::meet, block);
}
