//! Applies a register allocation: machine IR to final instructions.

use rdna_isa::{Form, Format, Gen, Implicit, Inst as Final, Kind, Op, Operand, Packet, Role, Sreg};

use crate::kernel::EntityVec;
use crate::Error;

use super::asm::{Code, CodeBlock, Exit};
use super::copies::{self, Pair};
use super::mir::*;
use super::regalloc::{Allocation, Move, Places};

/// Makes final instructions; the long or short forms are chosen later.
pub fn run(f: &Function, a: &Allocation) -> Result<Code, Error> {
    let (vgprs, sgprs) = highest(f, a);
    let mut position = EntityVec::filled(usize::MAX, f.blocks.len());
    for (n, &b) in f.order.iter().enumerate() {
        position[b] = n;
    }
    let mut blocks = Vec::with_capacity(f.order.len());
    for &b in &f.order {
        let data = &f.blocks[b];
        let places = &a.blocks[b];
        let mut out: Vec<Final> = Vec::new();
        for (inst, place) in data.insts.iter().zip(&places.insts) {
            copies::sequence(&pairs(&place.before), &mut out);
            match inst.op {
                Opcode::Isa(op) => out.push(emit(f, op, inst, place, vgprs)?),
                Opcode::Copy => copies::sequence(&copy_pairs(f, inst, place), &mut out),
                Opcode::Entry => {}
            }
        }
        copies::sequence(&pairs(&places.end), &mut out);
        let exit = match data.term {
            Term::Jump(t) => Exit::Jump(position[t]),
            Term::Branch { cond, taken, other } => {
                let op = match cond {
                    Cond::Scc(true) => Op::S_CBRANCH_SCC1,
                    Cond::Scc(false) => Op::S_CBRANCH_SCC0,
                    Cond::ExecZero => Op::S_CBRANCH_EXECZ,
                };
                Exit::Branch {
                    op,
                    taken: position[taken],
                    other: position[other],
                }
            }
            Term::End => Exit::End,
        };
        let mut live_vgprs = [0u64; 4];
        for &(v, r) in &places.entry {
            if f.vregs[v] == Bank::V {
                live_vgprs[r as usize / 64] |= 1 << (r % 64);
            }
        }
        blocks.push(CodeBlock {
            packets: out.into_iter().map(Packet::One).collect(),
            exit,
            depth: data.depth,
            live_vgprs,
        });
    }
    Ok(Code {
        arch: f.arch,
        blocks,
        vgprs: vgprs + u32::from(f.reserved_vgprs),
        sgprs,
    })
}

/// Number of registers in use in each bank.
fn highest(f: &Function, a: &Allocation) -> (u32, u32) {
    let (mut v, mut s) = (0u32, 2u32);
    let mut see = |bank: Bank, r: u8| match bank {
        Bank::V => v = v.max(u32::from(r) + 1),
        Bank::S if r < Sreg::GENERAL => s = s.max(u32::from(r) + 1),
        Bank::S => {}
    };
    for &b in &f.order {
        let places = &a.blocks[b];
        for (inst, place) in f.blocks[b].insts.iter().zip(&places.insts) {
            for (v, &r) in inst.defined().zip(&place.defs) {
                see(f.vregs[v], r);
            }
            for m in &place.before {
                see(m.bank, m.to);
            }
        }
        for m in &places.end {
            see(m.bank, m.to);
        }
    }
    (v, s)
}

fn pairs(moves: &[Move]) -> Vec<Pair> {
    moves
        .iter()
        .map(|m| Pair {
            bank: m.bank,
            to: m.to,
            from: match m.bank {
                Bank::S => Operand::Sgpr(Sreg(m.from)),
                Bank::V => Operand::Vgpr(m.from),
            },
        })
        .collect()
}

fn copy_pairs(f: &Function, inst: &Inst, place: &Places) -> Vec<Pair> {
    let mut uses = place.uses.iter();
    let mut out = Vec::with_capacity(inst.defs.len());
    for ((v, &to), arg) in inst.defined().zip(&place.defs).zip(&inst.uses) {
        let from = match arg {
            Arg::Fixed(o) => *o,
            Arg::Regs(_) | Arg::Pinned(..) => {
                let n = uses.next().copied().unwrap_or_default();
                match arg.vregs().first().map(|&v| f.vregs[v]) {
                    Some(Bank::V) => Operand::Vgpr(n),
                    _ => Operand::Sgpr(Sreg(n)),
                }
            }
        };
        out.push(Pair {
            bank: f.vregs[v],
            to,
            from,
        });
    }
    out
}

/// A machine instruction with its operands in the table's order.
fn emit(f: &Function, op: Op, inst: &Inst, place: &Places, vgprs: u32) -> Result<Final, Error> {
    let info = op.info();
    let places = |args: &[Arg], mut at: &[u8]| -> Vec<Operand> {
        args.iter()
            .map(|arg| match arg {
                // Reserved vector registers move down next to the others.
                Arg::Fixed(Operand::Vgpr(n)) => Operand::Vgpr((vgprs + 255 - u32::from(*n)) as u8),
                Arg::Fixed(o) => *o,
                Arg::Regs(_) | Arg::Pinned(..) => {
                    let n = arg.vregs().len();
                    let first = at.first().copied().unwrap_or_default();
                    at = at.get(n..).unwrap_or_default();
                    match arg.vregs().first().map(|&v| f.vregs[v]) {
                        Some(Bank::V) => Operand::Vgpr(first),
                        _ => Operand::Sgpr(Sreg(first)),
                    }
                }
            })
            .collect()
    };
    let defs = places(&inst.defs, &place.defs);
    let uses = places(&inst.uses, &place.uses);
    let accumulates = info.operands.iter().any(|o| o.role == Role::DefUse);
    let mut defs = defs.into_iter();
    let mut uses = uses
        .into_iter()
        .enumerate()
        .filter(|(n, _)| !(accumulates && inst.tied == Some(*n as u8)))
        .map(|(_, o)| o);
    let mut out = Final::new(op, &[]);
    out.mods = inst.mods;
    out.form = inst.form;
    for row in info.operands {
        let operand = match row.role {
            Role::Def | Role::DefUse => defs.next(),
            Role::Use => uses.next(),
        };
        let Some(mut operand) = operand else {
            return Err(Error::Internal {
                pass: "amdgpu rewriting",
                what: format!("{op:?} lacks an operand"),
            });
        };
        if let (Operand::Vgpr(reg), true, Kind::Vgpr | Kind::Src) =
            (operand, row.ty.is_half(), row.kind)
        {
            operand = Operand::Vgpr16 { reg, hi: false };
        }
        out.operands.push(operand);
    }
    Ok(out)
}

/// Picks the short form of a vector instruction where it can be written so.
pub fn choose_form(inst: &mut Final, gen: Gen) {
    let info = inst.op.info();
    if inst.form != Form::Base || !matches!(info.format, Format::Vop1 | Format::Vop2 | Format::Vopc)
    {
        return;
    }
    if short_fits(inst, gen) {
        return;
    }
    if swap_sources(inst) {
        if short_fits(inst, gen) {
            return;
        }
        swap_sources(inst);
    }
    if info.has_form(Form::E64, gen) {
        inst.form = Form::E64;
    }
}

fn short_fits(inst: &Final, gen: Gen) -> bool {
    let info = inst.op.info();
    if !info.has_form(Form::Base, gen) {
        return false;
    }
    let m = &inst.mods;
    if m.neg != 0 || m.abs != 0 || m.clamp || m.omod != 0 || m.op_sel != 0 {
        return false;
    }
    let mut source = 0;
    for (operand, row) in inst.operands.iter().zip(info.operands) {
        if row.kind == Kind::Mask && *operand != Operand::VCC {
            return false;
        }
        source += u32::from(row.kind == Kind::Src);
        let vector = matches!(operand, Operand::Vgpr(_) | Operand::Vgpr16 { .. });
        if row.kind == Kind::Src && source == 2 && !vector {
            return false;
        }
        if matches!(operand, Operand::Vgpr16 { reg: 128.., .. }) {
            return false;
        }
    }
    true
}

/// Exchanges the two sources of an instruction that has a name for that.
pub fn swap_sources(inst: &mut Final) -> bool {
    let info = inst.op.info();
    let Some(first) = info.operands.iter().position(|o| o.role == Role::Use) else {
        return false;
    };
    if inst.operands.len() < first + 2 || inst.form == Form::Dpp16 || inst.form == Form::Dpp8 {
        return false;
    }
    let Some(op) = swapped(inst.op) else {
        return false;
    };
    inst.op = op;
    inst.operands.swap(first, first + 1);
    let flip = |bits: u8| (bits & !3) | (bits & 1) << 1 | (bits >> 1 & 1);
    inst.mods.neg = flip(inst.mods.neg);
    inst.mods.abs = flip(inst.mods.abs);
    inst.mods.op_sel = flip(inst.mods.op_sel);
    true
}

/// The instruction that does the same with its sources exchanged.
#[expect(
    clippy::wildcard_enum_match_arm,
    reason = "a few rows of the instruction table"
)]
fn swapped(op: Op) -> Option<Op> {
    use Op::*;
    Some(match op {
        V_ADD_F32 | V_MUL_F32 | V_MIN_F32 | V_MAX_F32 | V_MIN_I32 | V_MAX_I32 | V_MIN_U32
        | V_MAX_U32 | V_AND_B32 | V_OR_B32 | V_XOR_B32 | V_XNOR_B32 | V_ADD_NC_U32
        | V_MUL_I32_I24 | V_MUL_U32_U24 | V_MUL_HI_I32_I24 | V_MUL_HI_U32_U24 | V_ADD_CO_CI_U32
        | V_FMAC_F32 | V_ADD_F16 | V_MUL_F16 | V_MIN_F16 | V_MAX_F16 | V_FMAC_F16 => op,
        V_SUB_F32 => V_SUBREV_F32,
        V_SUBREV_F32 => V_SUB_F32,
        V_SUB_F16 => V_SUBREV_F16,
        V_SUBREV_F16 => V_SUB_F16,
        V_SUB_NC_U32 => V_SUBREV_NC_U32,
        V_SUBREV_NC_U32 => V_SUB_NC_U32,
        V_SUB_CO_CI_U32 => V_SUBREV_CO_CI_U32,
        V_SUBREV_CO_CI_U32 => V_SUB_CO_CI_U32,
        V_CMP_EQ_U32 | V_CMP_NE_U32 | V_CMP_EQ_I32 | V_CMP_NE_I32 | V_CMP_EQ_F32
        | V_CMP_NEQ_F32 | V_CMP_LG_F32 | V_CMP_NLG_F32 | V_CMP_O_F32 | V_CMP_U_F32 => op,
        V_CMP_LT_U32 => V_CMP_GT_U32,
        V_CMP_GT_U32 => V_CMP_LT_U32,
        V_CMP_LE_U32 => V_CMP_GE_U32,
        V_CMP_GE_U32 => V_CMP_LE_U32,
        V_CMP_LT_I32 => V_CMP_GT_I32,
        V_CMP_GT_I32 => V_CMP_LT_I32,
        V_CMP_LE_I32 => V_CMP_GE_I32,
        V_CMP_GE_I32 => V_CMP_LE_I32,
        V_CMP_LT_F32 => V_CMP_GT_F32,
        V_CMP_GT_F32 => V_CMP_LT_F32,
        V_CMP_LE_F32 => V_CMP_GE_F32,
        V_CMP_GE_F32 => V_CMP_LE_F32,
        V_CMP_NLT_F32 => V_CMP_NGT_F32,
        V_CMP_NGT_F32 => V_CMP_NLT_F32,
        V_CMP_NLE_F32 => V_CMP_NGE_F32,
        V_CMP_NGE_F32 => V_CMP_NLE_F32,
        V_CMPX_EQ_U32 | V_CMPX_NE_U32 | V_CMPX_EQ_F32 | V_CMPX_NEQ_F32 | V_CMPX_LG_F32
        | V_CMPX_NLG_F32 => op,
        V_CMPX_LT_U32 => V_CMPX_GT_U32,
        V_CMPX_GT_U32 => V_CMPX_LT_U32,
        V_CMPX_LE_U32 => V_CMPX_GE_U32,
        V_CMPX_GE_U32 => V_CMPX_LE_U32,
        V_CMPX_LT_I32 => V_CMPX_GT_I32,
        V_CMPX_GT_I32 => V_CMPX_LT_I32,
        V_CMPX_LE_I32 => V_CMPX_GE_I32,
        V_CMPX_GE_I32 => V_CMPX_LE_I32,
        V_CMPX_LT_F32 => V_CMPX_GT_F32,
        V_CMPX_GT_F32 => V_CMPX_LT_F32,
        V_CMPX_LE_F32 => V_CMPX_GE_F32,
        V_CMPX_GE_F32 => V_CMPX_LE_F32,
        V_CMPX_NLT_F32 => V_CMPX_NGT_F32,
        V_CMPX_NGT_F32 => V_CMPX_NLT_F32,
        V_CMPX_NLE_F32 => V_CMPX_NGE_F32,
        V_CMPX_NGE_F32 => V_CMPX_NLE_F32,
        _ => return None,
    })
}

/// Whether an instruction writes EXEC, named or not.
pub fn writes_exec(inst: &Final) -> bool {
    let named = inst
        .op
        .info()
        .operands
        .iter()
        .zip(&inst.operands)
        .any(|(row, o)| row.role != Role::Use && *o == Operand::EXEC);
    named || inst.op.info().implicit.contains(Implicit::WRITE_EXEC)
}
