//! Hazards: instruction sequences that the hardware gets wrong and software must break up.
//!
//! One row a hazard, as LLVM's GCNHazardRecognizer and Mesa's aco_insert_NOPs know them; gfx10's
//! own do not exist on gfx11 and gfx12, and the mask-write hazard only in wave64. Each state is
//! carried along edges and meets in the more pessimistic one, so that a loop is as safe as a line.

use rdna_isa::{Bank, Class, Gen, Implicit, Inst, Op, Operand, Packet, RegRange, RegRanges};

use super::asm::{rewrite_forward, Code, Exit};
use super::rewrite::writes_exec;

/// `s_waitcnt_depctr`/`s_wait_alu` fields at zero: results of the vector ALU (va_vdst), scalar ones
/// of the scalar ALU (sa_sdst), of the vector ALU (va_sdst), and VCC of the vector ALU (va_vcc).
const VA_VDST: i32 = 0x0fff;
const SA_SDST: i32 = 0xfffe_u16 as i16 as i32;
const VA_SDST: i32 = 0xf1ff_u16 as i16 as i32;
const VA_VCC: i32 = 0xfffd_u16 as i16 as i32;

/// Vector instructions after which nothing is remembered.
const VALU_WINDOW: u8 = 8;
const OLD: u8 = u8::MAX;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct VgprState {
    /// Vector and transcendental instructions since a transcendental one wrote this register.
    trans: (u8, u8),
    /// Vector instructions since one wrote it.
    written: u8,
    /// On some path a scalar instruction has written EXEC since; on some path none has.
    before: bool,
    after: bool,
}

const CLEAN: VgprState = VgprState {
    trans: (OLD, OLD),
    written: OLD,
    before: false,
    after: false,
};

#[derive(Clone, PartialEq)]
struct State {
    /// gfx11.
    vgprs: Vec<VgprState>,
    /// gfx12: pairs of scalar registers that a vector instruction has read.
    read_by_valu: u64,
    /// gfx12: of these, written since by the scalar unit, and by the vector unit.
    by_salu: u64,
    by_valu: u64,
    /// `v_cmpx` wrote EXEC and no vector instruction followed.
    cmpx: bool,
}

impl State {
    fn new() -> State {
        State {
            vgprs: vec![CLEAN; 256],
            read_by_valu: 0,
            by_salu: 0,
            by_valu: 0,
            cmpx: false,
        }
    }

    fn meet(&mut self, other: &State) -> bool {
        let before = self.clone();
        for (mine, theirs) in self.vgprs.iter_mut().zip(&other.vgprs) {
            mine.trans.0 = mine.trans.0.min(theirs.trans.0);
            mine.trans.1 = mine.trans.1.min(theirs.trans.1);
            mine.before |= theirs.before;
            mine.after |= theirs.after;
            mine.written = mine.written.min(theirs.written);
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

fn parts(packet: &Packet) -> smallvec::SmallVec<[&Inst; 2]> {
    match packet {
        Packet::One(i) => smallvec::smallvec![i],
        Packet::Dual { x, y } => smallvec::smallvec![x, y],
    }
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
                if valu && (self.trans_use(&insts) || self.partial_forwarding(&insts)) {
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
            vgprs(i.uses()).any(|r| {
                let (valu, trans) = self.vgprs[r].trans;
                valu < 6 && trans < 2
            })
        })
    }

    /// A vector instruction reads two registers of which one was written before and one after a
    /// scalar write of EXEC, fewer than three vector instructions apart and the later one fewer
    /// than five ago.
    fn partial_forwarding(&self, insts: &[&Inst]) -> bool {
        let read: Vec<VgprState> = insts
            .iter()
            .flat_map(|i| vgprs(i.uses()))
            .map(|r| self.vgprs[r])
            .filter(|s| s.written != OLD)
            .collect();
        read.iter()
            .filter(|s| s.after && s.written < 5)
            .any(|late| {
                read.iter().filter(|s| s.before).any(|early| {
                    early.written > late.written && early.written - late.written - 1 < 3
                })
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
                for state in &mut self.vgprs {
                    if state.trans.0 != OLD {
                        state.trans.0 += 1;
                        state.trans.1 += trans as u8;
                        if state.trans.0 >= 6 || state.trans.1 >= 2 {
                            state.trans = (OLD, OLD);
                        }
                    }
                    if state.written != OLD {
                        state.written += 1;
                        if state.written > VALU_WINDOW {
                            (state.written, state.before, state.after) = (OLD, false, false);
                        }
                    }
                }
                for inst in &insts {
                    let trans = inst.op.info().implicit.contains(Implicit::TRANS);
                    for r in vgprs(inst.defs()) {
                        self.vgprs[r] = VgprState {
                            trans: if trans { (0, 0) } else { (OLD, OLD) },
                            written: 0,
                            before: false,
                            after: true,
                        };
                    }
                }
            } else if insts.iter().any(|i| writes_exec(i)) {
                for state in &mut self.vgprs {
                    state.before = state.written != OLD;
                    state.after = false;
                }
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
            (Gen::Gfx11, VA_VDST) => self.vgprs.fill(CLEAN),
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
    rewrite_forward(code, State::new(), State::meet, block);
}
