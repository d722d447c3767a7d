//! From an instruction to the slot that executes it.
//!
//! One file for each family of operations; each maps opcodes to closures that say what AMD's text
//! says, and leaves the rest to its neighbours. What none of them knows is reported, when executed,
//! as an instruction that this card does not model.

mod compare;
mod convert;
mod cross;
mod float;
mod half;
mod int;
mod packed;
mod scalar;
mod wmma;

use rdna_isa::{Class, Form, Format, Implicit, Inst, Kind, Op, Packet, Role};

use super::access::MemOp;
use super::alu::{Pick, Runs};
use super::control;
use super::lds;
use super::operands::Builder;
use super::program::{DualOp, Prepared, Slot};
use super::wave::scalar as file;
use super::{smem, vmem};

pub use cross::{dpp, dpp_lanes, dual, refresh, swizzle_source};

/// What an instruction became.
#[derive(Clone, Copy, Debug)]
pub struct Built {
    /// For the plain float mode.
    pub plain: Slot,
    /// For any.
    pub modal: Slot,
    /// A second slot that follows, plain and modal: the other half of a dual instruction.
    pub second: Option<(Slot, Slot)>,
    /// Branch target, to be put into the slots' `imm`.
    pub target: Option<u64>,
    /// Control may go on behind it.
    pub falls: bool,
    /// It does nothing in fast mode.
    pub idle: bool,
}

impl Default for Built {
    fn default() -> Built {
        Built {
            plain: Slot::empty(),
            modal: Slot::empty(),
            second: None,
            target: None,
            falls: true,
            idle: false,
        }
    }
}

impl Built {
    fn same(s: Slot) -> Built {
        Built {
            plain: s,
            modal: s,
            ..Built::default()
        }
    }
}

/// Makes the slot of a packet at `va`, which `next` follows.
///
/// # Errors
/// Why it cannot be executed.
pub fn packet(b: &mut Builder, packet: &Packet, va: u64, next: u64) -> Result<Built, String> {
    match packet {
        Packet::One(inst) => one(b, inst, va, next),
        Packet::Dual { x, y } => {
            let (xb, yb) = (one(b, x, va, next)?, one(b, y, va, next)?);
            let overlap = reads(&yb.plain, xb.plain.dst);
            // Both halves read before either writes. Unless each reads what the other writes, one
            // after the other is as good.
            let apart = if !overlap {
                Some((&xb, &yb))
            } else if !reads(&xb.plain, yb.plain.dst) {
                Some((&yb, &xb))
            } else {
                None
            };
            if let Some((first, second)) = apart.filter(|_| !b.options.keep_idle) {
                return Ok(Built {
                    plain: first.plain,
                    modal: first.modal,
                    second: Some((second.plain, second.modal)),
                    ..Built::default()
                });
            }
            let mut out = Built::default();
            for (half, slot) in [(xb.plain, yb.plain), (xb.modal, yb.modal)]
                .into_iter()
                .zip([&mut out.plain, &mut out.modal])
            {
                b.dual.push(DualOp {
                    x: half.0,
                    y: half.1,
                    overlap,
                });
                *slot = Slot {
                    run: dual,
                    ext: b.dual.len() as u32 - 1,
                    ..Slot::empty()
                };
            }
            Ok(out)
        }
    }
}

fn reads(s: &Slot, line: u16) -> bool {
    [s.a, s.b, s.c].contains(&line)
}

fn one(b: &mut Builder, inst: &Inst, va: u64, next: u64) -> Result<Built, String> {
    if let Some(built) = control::select(b, inst, next)? {
        return Ok(built);
    }
    let row = inst.op.info();
    let unknown = || {
        let name = row.name(b.options.arch.gen()).unwrap_or("?");
        format!("{name} is not modelled")
    };
    match row.format {
        Format::Smem => {
            if row.class != Class::Smem {
                return Err(unknown());
            }
            Ok(Built::same(smem::slot(b, inst, row, va)?))
        }
        Format::Ds if matches!(inst.op, Op::DS_APPEND | Op::DS_CONSUME) => {
            let m = MemOp::new(b, inst, row).or_else(|_| append_op(b, inst))?;
            let run = lds::append(b.cpu, inst.op == Op::DS_CONSUME);
            Ok(Built::same(Slot {
                run,
                ext: b.memory(m),
                ..Slot::empty()
            }))
        }
        Format::Ds
            if !row
                .implicit
                .intersects(Implicit::LOAD | Implicit::STORE | Implicit::ATOMIC) =>
        {
            let mut s = b.vector_slot(inst, row)?;
            s.imm = inst.mods.offset as u32;
            s.run = cross::ds(inst.op, b.cpu).ok_or_else(unknown)?;
            Ok(Built::same(s))
        }
        Format::Ds | Format::Mubuf | Format::Flat | Format::Scratch | Format::Global => {
            if row.class == Class::Control {
                return Err(unknown());
            }
            let m = MemOp::new(b, inst, row)?;
            let run = vmem::pick(b.cpu, &m);
            Ok(Built::same(Slot {
                run,
                ext: b.memory(m),
                ..Slot::empty()
            }))
        }
        Format::Sop1 | Format::Sop2 | Format::Sopk | Format::Sopc | Format::Sopp => {
            let s = scalar::slot(b, inst, row)?;
            let runs = scalar::select(inst.op, b).ok_or_else(unknown)?;
            prepared(b, runs, s, 0)
        }
        // Transcendental operations on scalars (gfx12) only borrow the vector encoding.
        Format::Vop3 if row.class == Class::Trans && row.operands[0].kind == Kind::Sgpr => {
            let s = scalar::slot(b, inst, row)?;
            let runs = scalar::select(inst.op, b).ok_or_else(unknown)?;
            prepared(b, runs, s, 0)
        }
        Format::Vop1
        | Format::Vop2
        | Format::Vopc
        | Format::Vop3
        | Format::Vop3Sd
        | Format::Vop3p
        | Format::Vopd => vector(b, inst, unknown()),
        Format::Vinterp | Format::LdsDir => Err(unknown()),
    }
}

fn append_op(b: &mut Builder, inst: &Inst) -> Result<MemOp, String> {
    let row = Op::DS_LOAD_ADDTID_B32.info();
    let load = Inst {
        op: Op::DS_LOAD_ADDTID_B32,
        ..inst.clone()
    };
    MemOp::new(b, &load, row)
}

/// Slots for an operation whose scalar sources carry `flag`; it is wrapped if one of them must be
/// refreshed first.
fn prepared(b: &mut Builder, runs: Runs, s: Slot, flag: u16) -> Result<Built, String> {
    let mut out = Built::default();
    let odd = [s.a, s.b, s.c]
        .iter()
        .any(|&i| i == file::VCCZ | flag || i == file::EXECZ | flag);
    for (run, slot) in [runs.plain, runs.modal]
        .into_iter()
        .zip([&mut out.plain, &mut out.modal])
    {
        *slot = Slot { run, ..s };
        if odd {
            b.prepared.push(Prepared { inner: *slot });
            *slot = Slot {
                run: refresh,
                ext: b.prepared.len() as u32 - 1,
                ..Slot::empty()
            };
        }
    }
    Ok(out)
}

/// The VOPD half's ordinary twin.
pub fn undual(op: Op) -> Option<Op> {
    Some(match op {
        Op::V_DUAL_FMAC_F32 => Op::V_FMAC_F32,
        Op::V_DUAL_FMAAK_F32 => Op::V_FMAAK_F32,
        Op::V_DUAL_FMAMK_F32 => Op::V_FMAMK_F32,
        Op::V_DUAL_MUL_F32 => Op::V_MUL_F32,
        Op::V_DUAL_ADD_F32 => Op::V_ADD_F32,
        Op::V_DUAL_SUB_F32 => Op::V_SUB_F32,
        Op::V_DUAL_SUBREV_F32 => Op::V_SUBREV_F32,
        Op::V_DUAL_MUL_DX9_ZERO_F32 => Op::V_MUL_DX9_ZERO_F32,
        Op::V_DUAL_MOV_B32 => Op::V_MOV_B32,
        Op::V_DUAL_CNDMASK_B32 => Op::V_CNDMASK_B32,
        Op::V_DUAL_MAX_F32 => Op::V_MAX_F32,
        Op::V_DUAL_MIN_F32 => Op::V_MIN_F32,
        Op::V_DUAL_DOT2ACC_F32_F16 => Op::V_DOT2ACC_F32_F16,
        Op::V_DUAL_DOT2ACC_F32_BF16 => Op::V_DOT2_F32_BF16,
        Op::V_DUAL_ADD_NC_U32 => Op::V_ADD_NC_U32,
        Op::V_DUAL_LSHLREV_B32 => Op::V_LSHLREV_B32,
        Op::V_DUAL_AND_B32 => Op::V_AND_B32,
        _ => return None,
    })
}

fn vector(b: &mut Builder, inst: &Inst, unknown: String) -> Result<Built, String> {
    let row = inst.op.info();
    let op = undual(inst.op).unwrap_or(inst.op);
    let mut s = b.vector_slot(inst, row)?;
    fix_operands(b, inst, op, &mut s)?;
    let m = &inst.mods;
    let pick = Pick {
        cpu: b.cpu,
        mods: m.neg | m.abs | m.omod != 0 || m.clamp,
        clamp: m.clamp,
        ieee: b.options.ieee,
    };
    let gen = b.options.arch.gen();
    let runs = int::select(op, pick)
        .or_else(|| float::select(op, pick, gen))
        .or_else(|| compare::select(op, pick))
        .or_else(|| convert::select(op, pick))
        .or_else(|| half::select(op, pick, gen))
        .or_else(|| packed::select(op, pick, gen))
        .or_else(|| cross::select(op, pick))
        .or_else(|| wmma::select(op, pick))
        .ok_or(unknown)?;
    if op == Op::V_READFIRSTLANE_B32 || op == Op::V_READLANE_B32 {
        s.a &= !file::FLAG;
    }
    match inst.form {
        Form::Base | Form::E64 | Form::Vopd => prepared(b, runs, s, file::FLAG),
        Form::Dpp16 | Form::Dpp8 | Form::E64Dpp16 | Form::E64Dpp8 => {
            // The permuted source is a vector register of as many dwords as its row says.
            let dwords = row
                .operands
                .iter()
                .find(|o| o.role == Role::Use)
                .map_or(1, |o| o.dwords);
            let mut out = Built::default();
            for (run, slot) in [runs.plain, runs.modal]
                .into_iter()
                .zip([&mut out.plain, &mut out.modal])
            {
                let inner = Slot { run, ..s };
                let writes_exec = row.implicit.contains(Implicit::WRITE_EXEC);
                let ext = b.dpp(inst.form, m.dpp, inner, dwords, writes_exec)?;
                *slot = Slot {
                    run: dpp,
                    ext,
                    ..Slot::empty()
                };
            }
            Ok(out)
        }
    }
}

/// Where a row's operands do not stand in the order that kernels expect.
fn fix_operands(b: &mut Builder, inst: &Inst, op: Op, s: &mut Slot) -> Result<(), String> {
    use Op::*;
    if inst.op.info().format == Format::Vopc
        && inst.op.info().implicit.contains(Implicit::WRITE_EXEC)
    {
        s.dst = file::EXEC;
    }
    match op {
        // Implicit VCC: the mask of a dual select, and of div_fmas.
        V_CNDMASK_B32 if inst.op == V_DUAL_CNDMASK_B32 => s.c = file::VCC | file::FLAG,
        V_DIV_FMAS_F32 | V_DIV_FMAS_F64 => s.dst2 = file::VCC,
        // Carry-out forms without carry in.
        V_ADD_CO_U32 | V_SUB_CO_U32 | V_SUBREV_CO_U32 => {
            s.c = b.constant(0)? | file::FLAG;
        }
        // Its 32-bit form has no selects: both halves of everything.
        V_PK_FMAC_F16 => s.mods = s.mods & !0x1dc0 | 0x1c00,
        _ => {}
    }
    Ok(())
}
