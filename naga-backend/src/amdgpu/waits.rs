//! Wait counters: no register is touched while a memory instruction may still write it.
//!
//! For each counter the state knows how many events can be outstanding, and for each register how
//! many were issued after the one that will write it. As events of a counter complete in order,
//! waiting until no more than that many are left is enough; scalar loads complete in any order, so
//! these wait for zero. States of several predecessors meet in the more pessimistic one.

use rdna_isa::{Class, Gen, Inst, Op, Operand, Packet};

use super::asm::{numbers, parts, rewrite_forward, Code, Exit, REGISTERS};

/// Counters, whose meaning differs between generations only in how many instructions wait for them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Counter {
    /// vmcnt, loadcnt.
    Load,
    /// vscnt, storecnt.
    Store,
    /// lgkmcnt for LDS, dscnt.
    Lds,
    /// lgkmcnt for scalar loads, kmcnt.
    Scalar,
}

const COUNTERS: [Counter; 4] = [Counter::Load, Counter::Store, Counter::Lds, Counter::Scalar];

/// Nothing to wait for.
const NONE: u8 = u8::MAX;

#[derive(Clone, PartialEq)]
struct State {
    /// Events that may be outstanding, by counter.
    outstanding: [u8; 4],
    /// By counter and register: events issued after the one that writes it, or [`NONE`].
    age: [Vec<u8>; 4],
}

/// How many events of each counter may be left.
type Wait = [u8; 4];

const NO_WAIT: Wait = [NONE; 4];

impl State {
    fn new() -> State {
        State {
            outstanding: [0; 4],
            age: std::array::from_fn(|_| vec![NONE; REGISTERS]),
        }
    }

    fn meet(&mut self, other: &State) -> bool {
        let before = self.clone();
        for c in 0..4 {
            self.outstanding[c] = self.outstanding[c].max(other.outstanding[c]);
            for (mine, theirs) in self.age[c].iter_mut().zip(&other.age[c]) {
                *mine = (*mine).min(*theirs);
            }
        }
        *self != before
    }

    /// What must be waited for before these registers are touched.
    fn needed(&self, inst: &Inst, gen: Gen) -> Wait {
        let mut wait = NO_WAIT;
        for range in inst.uses().iter().chain(inst.defs().iter()) {
            for r in numbers(range) {
                for (wait, age) in wait.iter_mut().zip(&self.age) {
                    *wait = (*wait).min(age[r]);
                }
            }
        }
        if wait[Counter::Scalar as usize] != NONE {
            wait[Counter::Scalar as usize] = 0;
        }
        // One counter for both on gfx11: with a scalar load outstanding, only zero says anything.
        if gen == Gen::Gfx11 {
            let (lds, scalar) = (Counter::Lds as usize, Counter::Scalar as usize);
            let both = self.outstanding[lds] > 0 && self.outstanding[scalar] > 0;
            if both && (wait[lds] != NONE || wait[scalar] != NONE) {
                wait[lds] = 0;
                wait[scalar] = 0;
            }
        }
        wait
    }

    fn waited(&mut self, wait: &Wait) {
        let counters = self.outstanding.iter_mut().zip(&mut self.age);
        for ((outstanding, ages), &left) in counters.zip(wait) {
            if left == NONE {
                continue;
            }
            *outstanding = (*outstanding).min(left);
            for age in ages {
                if *age != NONE && *age >= left {
                    *age = NONE;
                }
            }
        }
    }

    fn issue(&mut self, counter: Counter, inst: &Inst) {
        let c = counter as usize;
        self.outstanding[c] = self.outstanding[c].saturating_add(1).min(62);
        for age in &mut self.age[c] {
            if *age != NONE {
                *age = age.saturating_add(1).min(62);
            }
        }
        for range in &inst.defs() {
            for r in numbers(range) {
                self.age[c][r] = 0;
            }
        }
    }
}

/// The counter that an instruction's completion decrements.
fn counter(inst: &Inst) -> Option<Counter> {
    let info = inst.op.info();
    match info.class {
        Class::Smem => Some(Counter::Scalar),
        Class::Lds if inst.op == Op::DS_NOP => None,
        Class::Lds => Some(Counter::Lds),
        Class::VmemLoad | Class::ScratchLoad => Some(Counter::Load),
        Class::VmemStore | Class::ScratchStore => Some(Counter::Store),
        Class::VmemAtomic => match inst.operands.first() {
            Some(Operand::Off) => Some(Counter::Store),
            _ => Some(Counter::Load),
        },
        Class::Salu
        | Class::Valu
        | Class::Trans
        | Class::Vopd
        | Class::Branch
        | Class::Barrier
        | Class::Wait
        | Class::Control
        | Class::Wmma => None,
    }
}

/// The waits that an instruction itself performs.
#[expect(
    clippy::wildcard_enum_match_arm,
    reason = "a few rows of the instruction table"
)]
fn explicit(inst: &Inst) -> Wait {
    let mut wait = NO_WAIT;
    let imm = |n: usize| match inst.operands.get(n) {
        Some(Operand::Imm(i)) => *i as u32,
        _ => u32::MAX,
    };
    let set = |wait: &mut Wait, c: Counter, n: u32| {
        wait[c as usize] = if n < 62 { n as u8 } else { NONE };
    };
    match inst.op {
        Op::S_WAITCNT => {
            set(&mut wait, Counter::Load, imm(0) >> 10 & 63);
            // Two counters in one: a count that is not zero says nothing of either.
            if imm(0) >> 4 & 63 == 0 {
                set(&mut wait, Counter::Lds, 0);
                set(&mut wait, Counter::Scalar, 0);
            }
        }
        Op::S_WAITCNT_VSCNT => set(&mut wait, Counter::Store, imm(1)),
        Op::S_WAIT_LOADCNT => set(&mut wait, Counter::Load, imm(0)),
        Op::S_WAIT_STORECNT => set(&mut wait, Counter::Store, imm(0)),
        Op::S_WAIT_DSCNT => set(&mut wait, Counter::Lds, imm(0)),
        Op::S_WAIT_KMCNT if imm(0) == 0 => set(&mut wait, Counter::Scalar, 0),
        _ => {}
    }
    wait
}

fn emit(wait: &Wait, gen: Gen, out: &mut Vec<Packet>) {
    let get = |c: Counter| wait[c as usize];
    let mut push = |op: Op, operands: &[Operand]| out.push(Packet::One(Inst::new(op, operands)));
    match gen {
        Gen::Gfx11 => {
            let (load, lds) = (
                get(Counter::Load),
                get(Counter::Lds).min(get(Counter::Scalar)),
            );
            if load != NONE || lds != NONE {
                let vm = u32::from(load).min(63);
                let lgkm = u32::from(lds).min(63);
                let bits = (vm << 10 | lgkm << 4 | 7) as i32;
                push(Op::S_WAITCNT, &[Operand::Imm(bits)]);
            }
            if get(Counter::Store) != NONE {
                let n = get(Counter::Store) as i32;
                push(Op::S_WAITCNT_VSCNT, &[Operand::NULL, Operand::Imm(n)]);
            }
        }
        Gen::Gfx12 => {
            for (c, op) in COUNTERS.into_iter().zip([
                Op::S_WAIT_LOADCNT,
                Op::S_WAIT_STORECNT,
                Op::S_WAIT_DSCNT,
                Op::S_WAIT_KMCNT,
            ]) {
                if get(c) != NONE {
                    push(op, &[Operand::Imm(get(c).into())]);
                }
            }
        }
    }
}

/// Runs a block; with `out`, writes it with its waits.
fn block(code: &Code, n: usize, state: &mut State, mut out: Option<&mut Vec<Packet>>) {
    let gen = code.arch.gen();
    let exit = match code.blocks[n].exit {
        Exit::Branch { op, .. } => Some(Packet::One(Inst::new(op, &[Operand::Imm(0)]))),
        Exit::Jump(_) | Exit::End => None,
    };
    let packets = &code.blocks[n].packets;
    for (k, packet) in packets.iter().chain(&exit).enumerate() {
        let mut wait = NO_WAIT;
        let mut own = NO_WAIT;
        for inst in parts(packet) {
            let needed = state.needed(inst, gen);
            let states = explicit(inst);
            for c in 0..4 {
                wait[c] = wait[c].min(needed[c]);
                own[c] = own[c].min(states[c]);
            }
        }
        for (wait, &outstanding) in wait.iter_mut().zip(&state.outstanding) {
            if outstanding == 0 {
                *wait = NONE;
            }
        }
        // A wait that stands in the code already and is not needed goes.
        let is_wait = own != NO_WAIT;
        let idle = is_wait && (0..4).all(|c| own[c] == NONE || state.outstanding[c] <= own[c]);
        if let Some(out) = out.as_deref_mut() {
            emit(&wait, gen, out);
            if !idle && k < packets.len() {
                out.push(packet.clone());
            }
        }
        state.waited(&wait);
        state.waited(&own);
        for inst in parts(packet) {
            if let Some(c) = counter(inst) {
                state.issue(c, inst);
            }
        }
    }
}

/// Inserts waits.
pub fn run(code: &mut Code) {
    rewrite_forward(code, State::new(), State::meet, block);
}
