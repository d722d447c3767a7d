//! Program control: branches, calls, barriers, waits, messages, hardware registers.

use rdna_isa::{Gen, Inst, Op, Operand, Sreg};

use super::group::Fault;
use super::operands::Builder;
use super::program::Slot;
use super::select::Built;
use super::vmem::env;
use super::wave::{scalar, Flow, Wave};

/// Where control can go from an instruction, as far as decoding can tell.
pub struct Successors {
    /// To the next instruction.
    pub falls: bool,
    /// To a constant address.
    pub target: Option<u64>,
}

fn imm(inst: &Inst) -> i32 {
    inst.operands
        .iter()
        .find_map(|op| match op {
            Operand::Imm(v) => Some(*v),
            Operand::Literal(v) => Some(*v as i32),
            _ => None,
        })
        .unwrap_or(0)
}

/// A branch distance counts dwords from the next instruction.
fn branch_target(inst: &Inst, next: u64) -> u64 {
    let distance = i64::from(imm(inst) as i16);
    next.wrapping_add((4 * distance) as u64)
}

/// See [`Successors`].
pub fn successors(inst: &Inst, _va: u64, next: u64) -> Successors {
    use Op::*;
    match inst.op {
        S_BRANCH => Successors {
            falls: false,
            target: Some(branch_target(inst, next)),
        },
        S_CBRANCH_SCC0 | S_CBRANCH_SCC1 | S_CBRANCH_VCCZ | S_CBRANCH_VCCNZ | S_CBRANCH_EXECZ
        | S_CBRANCH_EXECNZ => Successors {
            falls: true,
            target: Some(branch_target(inst, next)),
        },
        // The return address is where the callee comes back to.
        S_CALL_B64 => Successors {
            falls: true,
            target: Some(branch_target(inst, next)),
        },
        S_SWAPPC_B64 => Successors {
            falls: true,
            target: None,
        },
        S_SETPC_B64
        | S_RFE_B64
        | S_ENDPGM
        | S_ENDPGM_SAVED
        | S_ENDPGM_ORDERED_PS_DONE
        | S_CODE_END
        | S_TRAP => Successors {
            falls: false,
            target: None,
        },
        _ => Successors {
            falls: true,
            target: None,
        },
    }
}

/// Does nothing.
pub fn nop(_: &mut Wave, _: &Slot) -> Flow {
    Flow::Next
}

/// What stands there cannot be executed; the program's metadata says why.
pub fn illegal(w: &mut Wave, _: &Slot) -> Flow {
    // SAFETY: the wave runs.
    unsafe { env(w) }.fail(Fault::Illegal)
}

/// Unconditional branch.
pub fn branch(w: &mut Wave, s: &Slot) -> Flow {
    w.pc = s.imm;
    Flow::Jump
}

macro_rules! conditional {
    ($name:ident, $w:ident, $cond:expr) => {
        fn $name($w: &mut Wave, s: &Slot) -> Flow {
            if $cond {
                $w.pc = s.imm;
                Flow::Jump
            } else {
                Flow::Next
            }
        }
    };
}

conditional!(scc0, w, !w.scc());
conditional!(scc1, w, w.scc());
conditional!(vccz, w, w.s(scalar::VCC) == 0);
conditional!(vccnz, w, w.s(scalar::VCC) != 0);
conditional!(execz, w, w.exec() == 0);
conditional!(execnz, w, w.exec() != 0);

fn end(_: &mut Wave, _: &Slot) -> Flow {
    Flow::End
}

fn trap(w: &mut Wave, s: &Slot) -> Flow {
    // SAFETY: the wave runs.
    unsafe { env(w) }.fail(Fault::Trap(s.imm))
}

fn getpc(w: &mut Wave, s: &Slot) -> Flow {
    let next = w.s64(s.a);
    w.set_s64(s.dst, next);
    Flow::Next
}

fn setpc(w: &mut Wave, s: &Slot) -> Flow {
    w.target = w.s64(s.a);
    Flow::Indirect
}

fn swappc(w: &mut Wave, s: &Slot) -> Flow {
    w.target = w.s64(s.a);
    let next = w.s64(s.b);
    w.set_s64(s.dst, next);
    Flow::Indirect
}

fn call(w: &mut Wave, s: &Slot) -> Flow {
    let next = w.s64(s.b);
    w.set_s64(s.dst, next);
    w.pc = s.imm;
    Flow::Jump
}

/// gfx11's barrier: signal and wait in one.
pub fn barrier(w: &mut Wave, _: &Slot) -> Flow {
    // SAFETY: the wave runs.
    let env = unsafe { env(w) };
    env.barrier.signal(w);
    if env.barrier.complete_for(w) {
        Flow::Next
    } else {
        Flow::Barrier
    }
}

/// gfx12: `s` = 1 for the form that sets SCC for the first wave to arrive.
fn barrier_signal(w: &mut Wave, s: &Slot) -> Flow {
    // SAFETY: the wave runs.
    let env = unsafe { env(w) };
    let first = env.barrier.signal(w);
    if s.imm == 1 {
        w.set_scc(first);
    }
    Flow::Next
}

fn barrier_wait(w: &mut Wave, _: &Slot) -> Flow {
    // SAFETY: the wave runs.
    let env = unsafe { env(w) };
    if env.barrier.complete_for(w) {
        Flow::Next
    } else {
        Flow::Barrier
    }
}

/// Orders this thread's accesses: what the card promises once a store count has reached zero or a
/// cache was invalidated or written back.
fn fence(_: &mut Wave, _: &Slot) -> Flow {
    std::sync::atomic::fence(std::sync::atomic::Ordering::SeqCst);
    Flow::Next
}

fn sleep(w: &mut Wave, _: &Slot) -> Flow {
    // SAFETY: the wave runs.
    unsafe { env(w) }.idle += 1;
    Flow::Yield
}

fn getreg(w: &mut Wave, s: &Slot) -> Flow {
    let (id, offset, size) = reg_field(s.imm);
    // SAFETY: the wave runs.
    let gen = unsafe { env(w) }.dispatch.gen();
    let mask = (1u64 << size) - 1;
    let v = (u64::from(w.hwreg(gen, id)) >> offset & mask) as u32;
    w.set_s(s.dst, v);
    Flow::Next
}

fn setreg(w: &mut Wave, s: &Slot) -> Flow {
    let (id, offset, size) = reg_field(s.imm);
    let mask = (((1u64 << size) - 1) << offset) as u32;
    let value = (u64::from(w.s(s.a)) << offset) as u32;
    w.set_hwreg(id, mask, value);
    Flow::Mode
}

/// Register number, first bit and bits of an `s_getreg`/`s_setreg` selector.
fn reg_field(simm: u32) -> (u32, u32, u32) {
    (simm & 0x3f, simm >> 6 & 0x1f, (simm >> 11 & 0x1f) + 1)
}

fn round_mode(w: &mut Wave, s: &Slot) -> Flow {
    w.set_hwreg(1, 0xf, s.imm);
    Flow::Mode
}

fn denorm_mode(w: &mut Wave, s: &Slot) -> Flow {
    w.set_hwreg(1, 0xf0, s.imm << 4);
    Flow::Mode
}

/// Messages that return a value: only the clock says something here (MSG_RTN_GET_REALTIME).
fn message_return(w: &mut Wave, s: &Slot) -> Flow {
    // SAFETY: the wave runs.
    let env = unsafe { env(w) };
    let v = if s.imm & 0xff == 131 {
        env.realtime()
    } else {
        0
    };
    if s.dst2 == 2 {
        w.set_s64(s.dst, v);
    } else {
        w.set_s(s.dst, v as u32);
    }
    Flow::Next
}

fn barrier_state(w: &mut Wave, s: &Slot) -> Flow {
    // SAFETY: the wave runs.
    let env = unsafe { env(w) };
    let v = env.barrier.arrived << 16 | env.barrier.members << 4 | 1;
    w.set_s(s.dst, v);
    Flow::Next
}

/// The slot of an instruction of this kind; `None` if it is of another.
pub fn select(b: &mut Builder, inst: &Inst, next: u64) -> Result<Option<Built>, String> {
    use Op::*;
    let gen = b.options.arch.gen();
    let mut s = Slot::empty();
    let mut built = Built::default();
    let sgpr = |b: &mut Builder, i: usize, dwords: u8, write: bool| match inst.operands.get(i) {
        Some(Operand::Sgpr(r)) if write => b.sgpr_dst(*r, dwords),
        Some(Operand::Sgpr(r)) => b.sgpr(*r, dwords),
        Some(Operand::Inline(_) | Operand::Literal(_)) if !write => Ok(scalar::SINK),
        other => Err(format!("{other:?} where a scalar register is needed")),
    };
    match inst.op {
        S_BRANCH => {
            s.run = branch;
            built.falls = false;
            built.target = Some(branch_target(inst, next));
        }
        S_CBRANCH_SCC0 | S_CBRANCH_SCC1 | S_CBRANCH_VCCZ | S_CBRANCH_VCCNZ | S_CBRANCH_EXECZ
        | S_CBRANCH_EXECNZ => {
            s.run = match inst.op {
                S_CBRANCH_SCC0 => scc0,
                S_CBRANCH_SCC1 => scc1,
                S_CBRANCH_VCCZ => vccz,
                S_CBRANCH_VCCNZ => vccnz,
                S_CBRANCH_EXECZ => execz,
                _ => execnz,
            };
            built.target = Some(branch_target(inst, next));
        }
        S_ENDPGM | S_ENDPGM_SAVED | S_ENDPGM_ORDERED_PS_DONE => {
            s.run = end;
            built.falls = false;
        }
        S_CODE_END => return Err("s_code_end: the program ran past its end".into()),
        S_TRAP => {
            s.run = trap;
            s.imm = imm(inst) as u32 & 0xff;
            built.falls = false;
        }
        S_GETPC_B64 => {
            s.run = getpc;
            s.dst = sgpr(b, 0, 2, true)?;
            s.a = b.constant64(next)?;
        }
        S_SETPC_B64 => {
            s.run = setpc;
            s.a = sgpr(b, 0, 2, false)?;
            built.falls = false;
        }
        S_SWAPPC_B64 => {
            s.run = swappc;
            s.dst = sgpr(b, 0, 2, true)?;
            s.a = sgpr(b, 1, 2, false)?;
            s.b = b.constant64(next)?;
        }
        S_CALL_B64 => {
            s.run = call;
            s.dst = sgpr(b, 0, 2, true)?;
            s.b = b.constant64(next)?;
            built.target = Some(branch_target(inst, next));
        }
        S_BARRIER => s.run = barrier,
        S_BARRIER_SIGNAL | S_BARRIER_SIGNAL_ISFIRST => {
            // Only the workgroup's own barrier, -1, exists for compute; -2 is the trap handler's.
            if !matches!(inst.operands.first(), Some(Operand::Inline(193))) {
                return Err("only barrier -1 is modelled".into());
            }
            s.run = barrier_signal;
            s.imm = u32::from(inst.op == S_BARRIER_SIGNAL_ISFIRST);
        }
        S_BARRIER_WAIT => {
            if imm(inst) as i16 != -1 {
                return Err("only barrier -1 is modelled".into());
            }
            s.run = barrier_wait;
        }
        S_GET_BARRIER_STATE => {
            s.run = barrier_state;
            s.dst = sgpr(b, 0, 1, true)?;
        }
        S_SLEEP | S_SLEEP_VAR | S_WAIT_EVENT => s.run = sleep,
        S_GETREG_B32 => {
            s.run = getreg;
            s.dst = sgpr(b, 0, 1, true)?;
            s.imm = imm(inst) as u32 & 0xffff;
        }
        S_SETREG_B32 | S_SETREG_IMM32_B32 => {
            s.run = setreg;
            // Selector first, then the value: a register or the literal.
            match (inst.operands.first(), inst.operands.get(1)) {
                (Some(Operand::Imm(sel)), Some(Operand::Sgpr(r))) => {
                    s.imm = *sel as u32 & 0xffff;
                    s.a = b.sgpr(*r, 1)?;
                }
                (Some(Operand::Imm(sel)), Some(Operand::Literal(v))) => {
                    s.imm = *sel as u32 & 0xffff;
                    s.a = b.constant(*v)?;
                }
                other => return Err(format!("s_setreg with {other:?}")),
            }
        }
        S_ROUND_MODE => {
            s.run = round_mode;
            s.imm = imm(inst) as u32 & 0xf;
        }
        S_DENORM_MODE => {
            s.run = denorm_mode;
            s.imm = imm(inst) as u32 & 0xf;
        }
        S_SENDMSG_RTN_B32 | S_SENDMSG_RTN_B64 => {
            s.run = message_return;
            s.dst2 = if inst.op == S_SENDMSG_RTN_B64 { 2 } else { 1 };
            s.dst = sgpr(b, 0, s.dst2 as u8, true)?;
            s.imm = imm(inst) as u32;
        }
        // Waiting for stores, and cache control: in fast mode an order for the host's memory.
        S_WAITCNT_VSCNT => {
            let zero = imm(inst) & 0x3f == 0
                && matches!(inst.operands.first(), Some(Operand::Sgpr(Sreg::NULL)));
            s.run = if zero { fence } else { nop };
            built.idle = !zero;
        }
        S_WAIT_STORECNT | S_WAIT_STORECNT_DSCNT => {
            let zero =
                imm(inst) & 0x3f00 == 0 && (inst.op == S_WAIT_STORECNT_DSCNT || imm(inst) == 0);
            s.run = if zero { fence } else { nop };
            built.idle = !zero;
        }
        BUFFER_GL0_INV | BUFFER_GL1_INV | GLOBAL_INV | GLOBAL_WB | GLOBAL_WBINV | S_GL1_INV
        | S_DCACHE_INV => s.run = fence,
        S_NOP
        | S_SET_INST_PREFETCH_DISTANCE
        | S_CLAUSE
        | S_DELAY_ALU
        | S_WAITCNT_DEPCTR
        | S_WAITCNT
        | S_WAIT_IDLE
        | S_WAITCNT_VMCNT
        | S_WAITCNT_EXPCNT
        | S_WAITCNT_LGKMCNT
        | S_WAIT_LOADCNT
        | S_WAIT_SAMPLECNT
        | S_WAIT_BVHCNT
        | S_WAIT_EXPCNT
        | S_WAIT_DSCNT
        | S_WAIT_KMCNT
        | S_WAIT_LOADCNT_DSCNT
        | V_NOP
        | V_PIPEFLUSH
        | DS_NOP
        | S_SETPRIO
        | S_WAKEUP
        | S_INCPERFLEVEL
        | S_DECPERFLEVEL
        | S_TTRACEDATA
        | S_TTRACEDATA_IMM
        | S_ICACHE_INV
        | S_VERSION
        | S_PREFETCH_INST
        | S_PREFETCH_INST_PC_REL
        | S_PREFETCH_DATA
        | S_BUFFER_PREFETCH_DATA
        | S_PREFETCH_DATA_PC_REL => {
            s.run = nop;
            built.idle = true;
        }
        S_SENDMSG => {
            // 3 is DEALLOC_VGPRS: the registers are gone, which only checks care about.
            s.run = nop;
            built.idle = true;
            if imm(inst) & 0xff != 3 && !(imm(inst) & 0xff == 1 && gen == Gen::Gfx11) {
                return Err(format!("message {:#x} is not modelled", imm(inst)));
            }
        }
        _ => return Ok(None),
    }
    built.plain = s;
    built.modal = s;
    Ok(Some(built))
}
