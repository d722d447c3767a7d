//! Text of the fields that pack several things: waits, hints, messages, hardware registers, DPP
//! controls, swizzles, cache policies, and constants.

use std::fmt::{self, Formatter};

use crate::{Class, Dpp, Gen, Implicit, Op, Ty};

/// Names of `s_sendmsg` and `s_sendmsg_rtn`.
fn message(gen: Gen, id: i32) -> Option<&'static str> {
    Some(match (id, gen) {
        (1, _) => "MSG_INTERRUPT",
        (2, _) => "MSG_HS_TESSFACTOR",
        (3, _) => "MSG_DEALLOC_VGPRS",
        (5, Gen::Gfx11) => "MSG_STALL_WAVE_GEN",
        (6, Gen::Gfx11) => "MSG_HALT_WAVES",
        (9, _) => "MSG_GS_ALLOC_REQ",
        (128, _) => "MSG_RTN_GET_DOORBELL",
        (129, _) => "MSG_RTN_GET_DDID",
        (130, _) => "MSG_RTN_GET_TMA",
        (131, _) => "MSG_RTN_GET_REALTIME",
        (132, _) => "MSG_RTN_SAVE_WAVE",
        (133, _) => "MSG_RTN_GET_TBA",
        (134, _) => "MSG_RTN_GET_TBA_TO_PC",
        (135, Gen::Gfx12) => "MSG_RTN_GET_SE_AID_ID",
        _ => return None,
    })
}

fn hardware_register(gen: Gen, id: i32) -> Option<&'static str> {
    Some(match (id, gen) {
        (1, Gen::Gfx11) => "HW_REG_MODE",
        (2, Gen::Gfx11) => "HW_REG_STATUS",
        (3, Gen::Gfx11) => "HW_REG_TRAPSTS",
        (5, Gen::Gfx11) => "HW_REG_GPR_ALLOC",
        (6, Gen::Gfx11) => "HW_REG_LDS_ALLOC",
        (7, _) => "HW_REG_IB_STS",
        (15, Gen::Gfx11) => "HW_REG_SH_MEM_BASES",
        (18, Gen::Gfx11) => "HW_REG_PERF_SNAPSHOT_PC_LO",
        (19, Gen::Gfx11) => "HW_REG_PERF_SNAPSHOT_PC_HI",
        (20, Gen::Gfx11) => "HW_REG_FLAT_SCR_LO",
        (21, Gen::Gfx11) => "HW_REG_FLAT_SCR_HI",
        (23, Gen::Gfx11) => "HW_REG_HW_ID1",
        (24, Gen::Gfx11) => "HW_REG_HW_ID2",
        (27, Gen::Gfx11) => "HW_REG_PERF_SNAPSHOT_DATA",
        (29, Gen::Gfx11) => "HW_REG_SHADER_CYCLES",
        (1, Gen::Gfx12) => "HW_REG_WAVE_MODE",
        (2, Gen::Gfx12) => "HW_REG_WAVE_STATUS",
        (4, Gen::Gfx12) => "HW_REG_WAVE_STATE_PRIV",
        (5, Gen::Gfx12) => "HW_REG_WAVE_GPR_ALLOC",
        (6, Gen::Gfx12) => "HW_REG_WAVE_LDS_ALLOC",
        (10, Gen::Gfx12) => "HW_REG_PERF_SNAPSHOT_DATA",
        (11, Gen::Gfx12) => "HW_REG_PERF_SNAPSHOT_PC_LO",
        (12, Gen::Gfx12) => "HW_REG_PERF_SNAPSHOT_PC_HI",
        (15, Gen::Gfx12) => "HW_REG_PERF_SNAPSHOT_DATA1",
        (16, Gen::Gfx12) => "HW_REG_PERF_SNAPSHOT_DATA2",
        (17, Gen::Gfx12) => "HW_REG_WAVE_EXCP_FLAG_PRIV",
        (18, Gen::Gfx12) => "HW_REG_WAVE_EXCP_FLAG_USER",
        (19, Gen::Gfx12) => "HW_REG_WAVE_TRAP_CTRL",
        (20, Gen::Gfx12) => "HW_REG_WAVE_SCRATCH_BASE_LO",
        (21, Gen::Gfx12) => "HW_REG_WAVE_SCRATCH_BASE_HI",
        (23, Gen::Gfx12) => "HW_REG_WAVE_HW_ID1",
        (24, Gen::Gfx12) => "HW_REG_WAVE_HW_ID2",
        (26, Gen::Gfx12) => "HW_REG_WAVE_SCHED_MODE",
        (29, Gen::Gfx12) => "HW_REG_SHADER_CYCLES_LO",
        (30, Gen::Gfx12) => "HW_REG_SHADER_CYCLES_HI",
        (31, Gen::Gfx12) => "HW_REG_WAVE_DVGPR_ALLOC_LO",
        (32, Gen::Gfx12) => "HW_REG_WAVE_DVGPR_ALLOC_HI",
        _ => return None,
    })
}

/// An immediate of a scalar instruction.
pub(super) fn immediate(
    op: Op,
    gen: Gen,
    value: i32,
    target: Option<&str>,
    f: &mut Formatter<'_>,
) -> fmt::Result {
    let field = value & 0xffff;
    match op {
        Op::S_WAITCNT => waitcnt(field, f),
        Op::S_WAITCNT_DEPCTR => depctr(field, f),
        Op::S_DELAY_ALU => delay_alu(field, f),
        Op::S_SENDMSG | Op::S_SENDMSGHALT | Op::S_SENDMSG_RTN_B32 | Op::S_SENDMSG_RTN_B64 => {
            match message(gen, field) {
                Some(name) => write!(f, "sendmsg({name})"),
                None if field <= 0xff => write!(f, "sendmsg({field}, 0, 0)"),
                None => write!(f, "{field}"),
            }
        }
        Op::S_GETREG_B32 | Op::S_SETREG_B32 | Op::S_SETREG_IMM32_B32 => hwreg(gen, field, f),
        Op::S_BARRIER_WAIT => write!(f, "{}", field as i16),
        Op::S_NOP | Op::S_SETPRIO => write!(f, "{field}"),
        _ => match (op.info().class, target) {
            (Class::Branch, Some(label)) => f.write_str(label),
            (Class::Branch, None) => write!(f, "{field}"),
            _ => write!(f, "{field:#x}"),
        },
    }
}

fn hwreg(gen: Gen, field: i32, f: &mut Formatter<'_>) -> fmt::Result {
    let (id, offset, size) = (field & 63, field >> 6 & 31, (field >> 11) + 1);
    f.write_str("hwreg(")?;
    match hardware_register(gen, id) {
        Some(name) => f.write_str(name)?,
        None => write!(f, "{id}")?,
    }
    if (offset, size) != (0, 32) {
        write!(f, ", {offset}, {size}")?;
    }
    f.write_str(")")
}

/// Counts that are at their maximum wait for nothing and are left out, unless all are.
fn counts(counts: &[(&str, i32, i32)], f: &mut Formatter<'_>) -> fmt::Result {
    let all = counts.iter().all(|&(_, value, max)| value == max);
    let mut separator = "";
    for &(name, value, max) in counts {
        if all || value != max {
            write!(f, "{separator}{name}({value})")?;
            separator = " ";
        }
    }
    Ok(())
}

fn waitcnt(field: i32, f: &mut Formatter<'_>) -> fmt::Result {
    if field & 8 != 0 {
        return write!(f, "{field:#x}");
    }
    let (vm, exp, lgkm) = (field >> 10 & 63, field & 7, field >> 4 & 63);
    counts(
        &[("vmcnt", vm, 63), ("expcnt", exp, 7), ("lgkmcnt", lgkm, 63)],
        f,
    )
}

fn depctr(field: i32, f: &mut Formatter<'_>) -> fmt::Result {
    // Bits 6:5 have no name.
    if field & 0x60 != 0 {
        return write!(f, "{field:#x}");
    }
    counts(
        &[
            ("depctr_hold_cnt", field >> 7 & 1, 1),
            ("depctr_sa_sdst", field & 1, 1),
            ("depctr_va_vdst", field >> 12 & 15, 15),
            ("depctr_va_sdst", field >> 9 & 7, 7),
            ("depctr_va_ssrc", field >> 8 & 1, 1),
            ("depctr_va_vcc", field >> 1 & 1, 1),
            ("depctr_vm_vsrc", field >> 2 & 7, 7),
        ],
        f,
    )
}

fn delay_alu(field: i32, f: &mut Formatter<'_>) -> fmt::Result {
    const IDS: [&str; 12] = [
        "NO_DEP",
        "VALU_DEP_1",
        "VALU_DEP_2",
        "VALU_DEP_3",
        "VALU_DEP_4",
        "TRANS32_DEP_1",
        "TRANS32_DEP_2",
        "TRANS32_DEP_3",
        "FMA_ACCUM_CYCLE_1",
        "SALU_CYCLE_1",
        "SALU_CYCLE_2",
        "SALU_CYCLE_3",
    ];
    const SKIPS: [&str; 6] = ["SAME", "NEXT", "SKIP_1", "SKIP_2", "SKIP_3", "SKIP_4"];
    let (first, skip, second) = (field & 15, field >> 4 & 7, field >> 7 & 15);
    let names = (
        IDS.get(first as usize),
        SKIPS.get(skip as usize),
        IDS.get(second as usize),
    );
    let (Some(first_name), Some(skip_name), Some(second_name), 0) =
        (names.0, names.1, names.2, field >> 11)
    else {
        return write!(f, "{field:#x}");
    };
    if field == 0 {
        return f.write_str("0");
    }
    let mut separator = "";
    for (value, kind, name) in [
        (first, "instid0", first_name),
        (skip, "instskip", skip_name),
        (second, "instid1", second_name),
    ] {
        if value != 0 {
            write!(f, "{separator}{kind}({name})")?;
            separator = " | ";
        }
    }
    Ok(())
}

pub(super) fn dpp(dpp: Dpp, eight: bool, f: &mut Formatter<'_>) -> fmt::Result {
    let field = |low: u32, mask: u32| dpp.ctrl >> low & mask;
    if eight {
        f.write_str(" dpp8:[")?;
        for lane in 0..8 {
            let comma = if lane == 0 { "" } else { "," };
            write!(f, "{comma}{}", field(3 * lane, 7))?;
        }
        f.write_str("]")?;
    } else {
        let count = dpp.ctrl & 15;
        match dpp.ctrl {
            0..=0xff => write!(
                f,
                " quad_perm:[{},{},{},{}]",
                field(0, 3),
                field(2, 3),
                field(4, 3),
                field(6, 3)
            )?,
            0x101..=0x10f => write!(f, " row_shl:{count}")?,
            0x111..=0x11f => write!(f, " row_shr:{count}")?,
            0x121..=0x12f => write!(f, " row_ror:{count}")?,
            0x140 => f.write_str(" row_mirror")?,
            0x141 => f.write_str(" row_half_mirror")?,
            0x150..=0x15f => write!(f, " row_share:{count}")?,
            0x160..=0x16f => write!(f, " row_xmask:{count}")?,
            ctrl => write!(f, " dpp_ctrl:{ctrl:#x}")?,
        }
        write!(
            f,
            " row_mask:{:#x} bank_mask:{:#x}",
            dpp.row_mask, dpp.bank_mask
        )?;
    }
    if dpp.bound_ctrl {
        f.write_str(" bound_ctrl:1")?;
    }
    if dpp.fi {
        f.write_str(" fi:1")?;
    }
    Ok(())
}

/// `ds_swizzle_b32`'s offset: a permutation of four lanes, or and/or/xor masks on the lane number.
pub(super) fn swizzle(offset: i32, f: &mut Formatter<'_>) -> fmt::Result {
    let (and, or, xor) = (offset & 31, offset >> 5 & 31, offset >> 10 & 31);
    match offset {
        0 => Ok(()),
        _ if offset & 0xff00 == 0x8000 => {
            let lane = |i: i32| offset >> (2 * i) & 3;
            write!(
                f,
                " offset:swizzle(QUAD_PERM,{},{},{},{})",
                lane(0),
                lane(1),
                lane(2),
                lane(3)
            )
        }
        _ if offset & 0x8000 == 0 && (and, or) == (31, 0) && (xor as u32).is_power_of_two() => {
            write!(f, " offset:swizzle(SWAP,{xor})")
        }
        _ if offset & 0x8000 == 0
            && (and, or) == (31, 0)
            && xor > 0
            && (xor as u32 + 1).is_power_of_two() =>
        {
            write!(f, " offset:swizzle(REVERSE,{})", xor + 1)
        }
        _ => write!(f, " offset:{offset}"),
    }
}

/// gfx12: temporal hint, then scope.
pub(super) fn cache_policy(implicit: Implicit, bits: u8, f: &mut Formatter<'_>) -> fmt::Result {
    let (scope, hint) = (bits & 3, bits >> 2);
    let system = scope == 3;
    let name = if implicit.contains(Implicit::ATOMIC) {
        match hint {
            1 => "TH_ATOMIC_RETURN",
            2 => "TH_ATOMIC_NT",
            3 => "TH_ATOMIC_NT_RETURN",
            4 if scope >= 2 => "TH_ATOMIC_CASCADE_RT",
            6 if scope >= 2 => "TH_ATOMIC_CASCADE_NT",
            _ => "",
        }
    } else if implicit.contains(Implicit::STORE) {
        match hint {
            1 => "TH_STORE_NT",
            2 => "TH_STORE_HT",
            3 if system => "TH_STORE_BYPASS",
            3 => "TH_STORE_WB",
            4 => "TH_STORE_NT_RT",
            5 => "TH_STORE_RT_NT",
            6 => "TH_STORE_NT_HT",
            7 => "TH_STORE_NT_WB",
            _ => "",
        }
    } else {
        match hint {
            1 => "TH_LOAD_NT",
            2 => "TH_LOAD_HT",
            3 if system => "TH_LOAD_BYPASS",
            3 => "TH_LOAD_LU",
            4 => "TH_LOAD_NT_RT",
            5 => "TH_LOAD_RT_NT",
            6 => "TH_LOAD_NT_HT",
            _ => "",
        }
    };
    match (name, hint) {
        ("", 0) => {}
        ("", hint) => write!(f, " th:{hint:#x}")?,
        (name, _) => write!(f, " th:{name}")?,
    }
    f.write_str(match scope {
        0 => "",
        1 => " scope:SCOPE_SE",
        2 => " scope:SCOPE_DEV",
        _ => " scope:SCOPE_SYS",
    })
}

/// Bits of the constants 240–248 as 16- and 32-bit floats.
const FLOATS: [(&str, u32, u32, u32); 9] = [
    ("0.5", 0x3800, 0x3f00, 0x3f00_0000),
    ("-0.5", 0xb800, 0xbf00, 0xbf00_0000),
    ("1.0", 0x3c00, 0x3f80, 0x3f80_0000),
    ("-1.0", 0xbc00, 0xbf80, 0xbf80_0000),
    ("2.0", 0x4000, 0x4000, 0x4000_0000),
    ("-2.0", 0xc000, 0xc000, 0xc000_0000),
    ("4.0", 0x4400, 0x4080, 0x4080_0000),
    ("-4.0", 0xc400, 0xc080, 0xc080_0000),
    ("0.15915494", 0x3118, 0x3e22, 0x3e22_f983),
];

/// An inline constant.
pub(super) fn inline(code: u8, ty: Ty, f: &mut Formatter<'_>) -> fmt::Result {
    match code {
        128..=192 => write!(f, "{}", code - 128),
        193..=208 => write!(f, "-{}", code - 192),
        248 if ty.dwords() > 1 => f.write_str("0.15915494309189532"),
        240..=248 => f.write_str(FLOATS[usize::from(code - 240)].0),
        _ => write!(f, "const{code}"),
    }
}

/// Whether `value` as a plain number would be read as an inline constant.
pub(super) fn inlinable(value: u32, ty: Ty) -> bool {
    let small = |value: i32| (-16..=64).contains(&value);
    let float = |pick: fn(&(&str, u32, u32, u32)) -> u32, value: u32| {
        FLOATS.iter().any(|row| pick(row) == value)
    };
    match ty {
        Ty::F64 => false,
        Ty::I64 | Ty::U64 | Ty::B64 => value <= 64,
        Ty::F16 => small(i32::from(value as u16 as i16)) || float(|row| row.1, value),
        Ty::Bf16 => small(i32::from(value as u16 as i16)) || float(|row| row.2, value),
        Ty::PkF16 => small(value as i32) || float(|row| row.1, value),
        Ty::PkBf16 => small(value as i32) || float(|row| row.2, value),
        Ty::I16 | Ty::U16 | Ty::B16 => small(i32::from(value as u16 as i16)),
        _ => small(value as i32) || float(|row| row.3, value),
    }
}
