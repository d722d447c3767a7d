//! Hints: clauses of memory instructions, and what the next instructions will stall on.
//!
//! `s_clause` keeps a wave's like memory instructions together, so that they find the caches as it
//! left them. `s_delay_alu` says how far back the result is that an instruction waits for: these
//! front ends do not give the slot to another wave on a stall of the ALU by themselves. Both change
//! time only. Field layouts are those of the RDNA3 ISA document, "S_DELAY_ALU" and "S_CLAUSE"; what
//! counts as one producer back follows LLVM's AMDGPUInsertDelayAlu.

use rdna_isa::{Bank, Class, Implicit, Inst, Op, Operand, Packet, RegRange};

use super::asm::{numbers, parts, Code};

/// Instructions of a clause at most, as Mesa has them.
const MAX_CLAUSE: usize = 32;

/// Inserts hints.
pub fn run(code: &mut Code) {
    for block in &mut code.blocks {
        clauses(&mut block.packets);
        delays(&mut block.packets);
    }
}

fn hint(op: Op, field: usize) -> Packet {
    Packet::One(Inst::new(op, &[Operand::Imm(field as i32)]))
}

/// Instructions that a clause may have side by side: of one class, with one descriptor or base.
fn clause_of(packet: &Packet) -> Option<(Class, smallvec::SmallVec<[RegRange; 4]>)> {
    let Packet::One(inst) = packet else {
        return None;
    };
    let class = inst.op.info().class;
    match class {
        Class::VmemLoad
        | Class::VmemStore
        | Class::VmemAtomic
        | Class::ScratchLoad
        | Class::ScratchStore
        | Class::Smem => {
            let uses = inst.uses();
            let scalars = uses.iter().filter(|r| r.bank == Bank::Sgpr).cloned();
            Some((class, scalars.collect()))
        }
        Class::Salu
        | Class::Valu
        | Class::Trans
        | Class::Vopd
        | Class::Lds
        | Class::Branch
        | Class::Barrier
        | Class::Wait
        | Class::Control
        | Class::Wmma => None,
    }
}

/// Puts `s_clause` before runs of like memory instructions.
fn clauses(packets: &mut Vec<Packet>) {
    let mut out = Vec::with_capacity(packets.len());
    let mut n = 0;
    while n < packets.len() {
        let kind = clause_of(&packets[n]);
        let mut end = n + 1;
        while kind.is_some() && end < packets.len().min(n + MAX_CLAUSE) {
            if clause_of(&packets[end]) != kind {
                break;
            }
            end += 1;
        }
        if end - n > 1 {
            out.push(hint(Op::S_CLAUSE, end - n - 1));
        }
        out.extend_from_slice(&packets[n..end]);
        n = end;
    }
    *packets = out;
}

/// Cycles until a result can be read, by kind of ALU, as Mesa's statistics have them.
const VALU_CYCLES: u8 = 5;
const TRANS_CYCLES: u8 = 10;
const SALU_CYCLES: u8 = 2;

/// What an instruction may have to wait for.
#[derive(Clone, Copy, Default)]
struct Pending {
    /// Vector instructions since its producer was issued, that one included, and the cycles left;
    /// no cycles: nothing to wait for.
    valu: (u8, u8),
    /// The same in transcendental instructions, and vector ones since.
    trans: (u8, u8),
    trans_valu: u8,
    /// Cycles left of a scalar instruction.
    salu: u8,
}

/// The farthest producers that the field can name.
const VALU_MAX: u8 = 4;
const TRANS_MAX: u8 = 3;
const SALU_MAX: u8 = 3;

#[derive(Clone, Copy, PartialEq, Eq)]
enum Unit {
    Valu,
    Trans,
    Salu,
}

fn unit(packet: &Packet) -> Option<Unit> {
    let inst = match packet {
        Packet::One(inst) => inst,
        Packet::Dual { .. } => return Some(Unit::Valu),
    };
    match inst.op.info().class {
        _ if inst.op.info().implicit.contains(Implicit::TRANS) => Some(Unit::Trans),
        Class::Valu | Class::Vopd | Class::Wmma => Some(Unit::Valu),
        Class::Trans => Some(Unit::Trans),
        Class::Salu => Some(Unit::Salu),
        Class::Smem
        | Class::VmemLoad
        | Class::VmemStore
        | Class::VmemAtomic
        | Class::ScratchLoad
        | Class::ScratchStore
        | Class::Lds
        | Class::Branch
        | Class::Barrier
        | Class::Wait
        | Class::Control => None,
    }
}

impl Pending {
    fn of(unit: Unit) -> Pending {
        let mut out = Pending::default();
        match unit {
            Unit::Valu => out.valu.1 = VALU_CYCLES,
            Unit::Trans => out.trans.1 = TRANS_CYCLES,
            Unit::Salu => out.salu = SALU_CYCLES,
        }
        out
    }

    /// An instruction was issued.
    fn advance(&mut self, unit: Option<Unit>) {
        self.valu.0 += u8::from(unit == Some(Unit::Valu));
        self.valu.1 = self.valu.1.saturating_sub(1);
        if self.valu.0 > VALU_MAX {
            self.valu.1 = 0;
        }
        self.trans.0 += u8::from(unit == Some(Unit::Trans));
        self.trans_valu += u8::from(unit == Some(Unit::Valu));
        self.trans.1 = self.trans.1.saturating_sub(1);
        if self.trans.0 > TRANS_MAX {
            self.trans.1 = 0;
        }
        self.salu = self.salu.saturating_sub(1);
    }

    fn is_over(&self) -> bool {
        self.valu.1 == 0 && self.trans.1 == 0 && self.salu == 0
    }

    /// The later of two producers of each kind.
    fn merge(&mut self, other: &Pending) {
        if other.valu.1 != 0 && (self.valu.1 == 0 || other.valu.0 <= self.valu.0) {
            self.valu = other.valu;
        }
        if other.trans.1 != 0 && (self.trans.1 == 0 || other.trans.0 <= self.trans.0) {
            (self.trans, self.trans_valu) = (other.trans, other.trans_valu);
        }
        self.salu = self.salu.max(other.salu);
    }

    /// The producers to name: at most two, those that take longest first.
    fn ids(&self) -> smallvec::SmallVec<[usize; 2]> {
        let mut out = smallvec::SmallVec::new();
        if self.trans.1 != 0 {
            out.push(4 + usize::from(self.trans.0));
        }
        // Vector instructions complete in order: one issued before the transcendental is over then.
        if self.valu.1 != 0 && (self.trans.1 == 0 || self.valu.0 <= self.trans_valu) {
            out.push(usize::from(self.valu.0));
        }
        if self.salu != 0 && out.len() < 2 {
            out.push(8 + usize::from(self.salu.min(SALU_MAX)));
        }
        out
    }
}

/// Puts `s_delay_alu` before instructions that read a result of the ALU too early.
fn delays(packets: &mut Vec<Packet>) {
    let mut out: Vec<Packet> = Vec::with_capacity(packets.len() * 5 / 4);
    let mut pending: Vec<(usize, Pending)> = Vec::new();
    // Where the last hint stands that has room for another instruction's.
    let mut open: Option<usize> = None;
    for packet in packets.drain(..) {
        let insts = parts(&packet);
        let unit = unit(&packet);
        if let Some(unit) = unit {
            let mut needed = Pending::default();
            for r in insts
                .iter()
                .flat_map(|i| i.uses())
                .flat_map(|r| numbers(&r))
            {
                for (_, p) in pending.iter().filter(|(register, _)| *register == r) {
                    needed.merge(p);
                }
            }
            let ids = needed.ids();
            open = match (ids.as_slice(), open) {
                ([], open) => open,
                (&[id], Some(at)) if out.len() - at <= 6 => {
                    // Instructions from the hinted one to this one.
                    let skip = out.len() - at - 1;
                    if let Packet::One(Inst { operands, .. }) = &mut out[at] {
                        if let Some(Operand::Imm(field)) = operands.first_mut() {
                            *field |= (skip << 4 | id << 7) as i32;
                        }
                    }
                    None
                }
                (&[first, second, ..], _) => {
                    out.push(hint(Op::S_DELAY_ALU, first | second << 7));
                    None
                }
                (&[id], _) => {
                    out.push(hint(Op::S_DELAY_ALU, id));
                    Some(out.len() - 1)
                }
            };
            for r in insts
                .iter()
                .flat_map(|i| i.defs())
                .flat_map(|r| numbers(&r))
            {
                pending.retain(|(register, _)| *register != r);
                pending.push((r, Pending::of(unit)));
            }
        } else if insts.iter().any(|i| super::hazards::waits_for_valu(i)) {
            pending.clear();
        }
        for (_, p) in &mut pending {
            p.advance(unit);
        }
        pending.retain(|(_, p)| !p.is_over());
        drop(insts);
        out.push(packet);
    }
    *packets = out;
}

#[cfg(test)]
mod tests {
    use super::*;

    fn v(n: u8) -> Operand {
        Operand::v(n)
    }

    fn add(to: u8, from: u8) -> Packet {
        Packet::One(Inst::new(Op::V_ADD_F32, &[v(to), v(from), v(from)]))
    }

    fn exp(to: u8, from: u8) -> Packet {
        Packet::One(Inst::new(Op::V_EXP_F32, &[v(to), v(from)]))
    }

    /// The hints and the instructions between them, by number.
    fn hints(mut packets: Vec<Packet>) -> Vec<(usize, String)> {
        delays(&mut packets);
        let mut n = 0;
        let mut out = Vec::new();
        for packet in &packets {
            let text = packet.display(rdna_isa::Gen::Gfx11).to_string();
            if text.starts_with("s_delay_alu") {
                out.push((n, text));
            } else {
                n += 1;
            }
        }
        out
    }

    #[test]
    fn the_last_producer_is_named_and_two_hints_share_one_instruction() {
        let found = hints(vec![add(1, 0), add(2, 0), add(3, 1), add(4, 3)]);
        let expected = "s_delay_alu instid0(VALU_DEP_2) | instskip(NEXT) | instid1(VALU_DEP_1)";
        assert_eq!(found, [(2, expected.to_string())]);
    }

    #[test]
    fn a_transcendental_result_is_counted_in_transcendental_instructions() {
        let found = hints(vec![exp(1, 0), exp(2, 0), add(9, 0), add(3, 1)]);
        assert_eq!(
            found,
            [(3, "s_delay_alu instid0(TRANS32_DEP_2)".to_string())]
        );
    }

    #[test]
    fn what_is_long_over_needs_no_hint() {
        let far = (10..16).map(|n| add(n, 0));
        let packets = [add(1, 0)].into_iter().chain(far).chain([add(2, 1)]);
        assert_eq!(hints(packets.collect()), []);
    }

    #[test]
    fn like_loads_of_one_descriptor_are_a_clause() {
        let load = |to: u8, rsrc: u8| {
            let operands = [v(to), v(0), Operand::s(rsrc), Operand::int(0)];
            let mut inst = Inst::new(Op::BUFFER_LOAD_B32, &operands);
            inst.mods.offen = true;
            Packet::One(inst)
        };
        let mut packets = vec![load(1, 4), load(2, 4), load(3, 4), load(4, 8), add(5, 0)];
        let before = packets.clone();
        clauses(&mut packets);
        assert_eq!(packets[0], hint(Op::S_CLAUSE, 2));
        assert_eq!(packets[1..], before[..]);
    }
}
