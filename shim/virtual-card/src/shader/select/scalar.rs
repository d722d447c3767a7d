//! Scalar ALU.

use std::marker::PhantomData;

use rdna_isa::{Inst, Op, OpInfo, Operand, Role};

use super::float::{max_num, maximum, min_num, minimum, whole, Float};
use crate::shader::alu::{Runs, Val};
use crate::shader::approx;
use crate::shader::half::Half;
use crate::shader::lanes::{baseline, instance, Host, Kernel};
use crate::shader::operands::Builder;
use crate::shader::program::Slot;
use crate::shader::soft;
use crate::shader::wave::{scalar as file, Flow, Mode, Wave};

/// Fills a slot with the operands of a scalar instruction: sources in order, and behind them the
/// old value of a destination that is also read.
pub fn slot(b: &mut Builder, inst: &Inst, row: &OpInfo) -> Result<Slot, String> {
    let mut s = Slot::empty();
    let mut sources = Vec::with_capacity(3);
    let mut accumulator = None;
    s.dst = file::SINK;
    // Relative moves name a register whose number M0 changes.
    if matches!(
        inst.op,
        Op::S_MOVRELS_B32
            | Op::S_MOVRELS_B64
            | Op::S_MOVRELD_B32
            | Op::S_MOVRELD_B64
            | Op::S_MOVRELSD_2_B32
    ) {
        return Err("relative scalar moves are not modelled".into());
    }
    for (op, info) in inst.operands.iter().zip(row.operands) {
        match info.role {
            Role::Def | Role::DefUse => {
                s.dst = b.scalar_dst(*op, info)?;
                if info.role == Role::DefUse {
                    accumulator = Some(match op {
                        Operand::Sgpr(r) => b.sgpr(*r, info.dwords)?,
                        _ => s.dst,
                    });
                }
            }
            Role::Use => sources.push(b.scalar_source(*op, info)?),
        }
    }
    sources.extend(accumulator);
    let zero = b.constant64(0)?;
    let mut it = sources.into_iter();
    s.a = it.next().unwrap_or(zero);
    s.b = it.next().unwrap_or(zero);
    s.c = it.next().unwrap_or(zero);
    Ok(s)
}

#[inline(always)]
fn get<T: Val>(w: &Wave, index: u16) -> T {
    let hi = if T::WORDS == 2 { w.s(index + 1) } else { 0 };
    T::get(w.s(index), hi)
}

#[inline(always)]
fn put<T: Val>(w: &mut Wave, index: u16, v: T) {
    let (lo, hi) = v.put();
    w.set_s(index, lo);
    if T::WORDS == 2 {
        w.set_s(index + 1, hi);
    }
}

/// Value and SCC from up to two sources and SCC; `None` leaves SCC alone.
struct Plain<D, A, B, F>(PhantomData<(D, A, B, F)>);

impl<D: Val, A: Val, B: Val, F: Fn(A, B, bool) -> (D, Option<bool>) + Copy> Kernel
    for Plain<D, A, B, F>
{
    #[inline(always)]
    unsafe fn go<H: Host>(w: &mut Wave, s: &Slot) -> Flow {
        let (v, scc) = instance::<F>()(get(w, s.a), get(w, s.b), w.scc());
        put(w, s.dst, v);
        if let Some(scc) = scc {
            w.set_scc(scc);
        }
        Flow::Next
    }
}

/// A float operation under MODE with up to three sources.
struct Float3<D, A, B, C, F>(PhantomData<(D, A, B, C, F)>);

impl<D: Val, A: Val, B: Val, C: Val, F: Fn(Mode, A, B, C) -> D + Copy> Kernel
    for Float3<D, A, B, C, F>
{
    #[inline(always)]
    unsafe fn go<H: Host>(w: &mut Wave, s: &Slot) -> Flow {
        let m = w.mode;
        let a = get::<A>(w, s.a).flush_in(m);
        let b = get::<B>(w, s.b).flush_in(m);
        let c = get::<C>(w, s.c).flush_in(m);
        put(w, s.dst, instance::<F>()(m, a, b, c).flush_out(m));
        Flow::Next
    }
}

/// A comparison: only SCC.
struct Test<A, B, F>(PhantomData<(A, B, F)>);

impl<A: Val, B: Val, F: Fn(A, B) -> bool + Copy> Kernel for Test<A, B, F> {
    #[inline(always)]
    unsafe fn go<H: Host>(w: &mut Wave, s: &Slot) -> Flow {
        let m = w.mode;
        let on = instance::<F>()(get::<A>(w, s.a).flush_in(m), get::<B>(w, s.b).flush_in(m));
        w.set_scc(on);
        Flow::Next
    }
}

/// `s_*_saveexec`: the old EXEC goes to the destination, or, for the `wrexec` forms, the new one.
struct SaveExec<T, F, const NEW: bool>(PhantomData<(T, F)>);

impl<T: Val, F: Fn(T, T) -> T + Copy, const NEW: bool> Kernel for SaveExec<T, F, NEW> {
    #[inline(always)]
    unsafe fn go<H: Host>(w: &mut Wave, s: &Slot) -> Flow {
        let exec = get::<T>(w, file::EXEC);
        let new = instance::<F>()(get(w, s.a), exec);
        put(w, file::EXEC, new);
        put(w, s.dst, if NEW { new } else { exec });
        let (lo, hi) = new.put();
        w.set_scc(lo | hi != 0);
        Flow::Next
    }
}

fn plain<D: Val, A: Val, B: Val, F: Fn(A, B, bool) -> (D, Option<bool>) + Copy>(
    _: F,
) -> Option<Runs> {
    Some(Runs::same(baseline::<Plain<D, A, B, F>>))
}

fn float<D: Val, A: Val, B: Val, C: Val, F: Fn(Mode, A, B, C) -> D + Copy>(_: F) -> Option<Runs> {
    Some(Runs::same(baseline::<Float3<D, A, B, C, F>>))
}

fn test<A: Val, B: Val, F: Fn(A, B) -> bool + Copy>(_: F) -> Option<Runs> {
    Some(Runs::same(baseline::<Test<A, B, F>>))
}

fn save<T: Val, F: Fn(T, T) -> T + Copy>(_: F) -> Option<Runs> {
    Some(Runs::same(baseline::<SaveExec<T, F, false>>))
}

fn write_exec<T: Val, F: Fn(T, T) -> T + Copy>(_: F) -> Option<Runs> {
    Some(Runs::same(baseline::<SaveExec<T, F, true>>))
}

fn bit(v: bool) -> Option<bool> {
    Some(v)
}

fn bfe_u64(v: u64, spec: u32, bits: u32) -> u64 {
    let (offset, width) = (spec & (bits - 1), spec >> 16 & 0x7f);
    let v = v >> offset;
    if width >= 64 {
        v
    } else {
        v & ((1 << width) - 1)
    }
}

/// The field's top bit is its sign; a field that ends beyond the source has the source's.
fn bfe_i64(v: i64, spec: u32, bits: u32) -> i64 {
    let (offset, width) = (spec & (bits - 1), spec >> 16 & 0x7f);
    let v = v >> offset;
    if width == 0 {
        0
    } else if width >= 64 {
        v
    } else {
        v << (64 - width) >> (64 - width)
    }
}

fn wqm(v: u64) -> u64 {
    let any = (v | v >> 1 | v >> 2 | v >> 3) & 0x1111_1111_1111_1111;
    any * 15
}

fn quadmask(v: u64) -> u64 {
    (0..16)
        .filter(|i| v >> (4 * i) & 15 != 0)
        .fold(0, |m, i| m | 1 << i)
}

fn replicate(v: u32) -> u64 {
    (0..32)
        .filter(|i| v >> i & 1 != 0)
        .fold(0, |m, i| m | 3 << (2 * i))
}

macro_rules! logic {
    ($t:ty, $f:expr) => {{
        plain(|a: $t, b: $t, _| {
            let f: fn($t, $t) -> $t = $f;
            let v = f(a, b);
            (v, bit(v != 0))
        })
    }};
}

/// Picks the kernel of a scalar operation.
pub fn select(op: Op, _b: &Builder) -> Option<Runs> {
    use Op::*;
    match op {
        S_MOV_B32 | S_MOVK_I32 => plain(|a: u32, _: u32, _| (a, None)),
        S_MOV_B64 => plain(|a: u64, _: u32, _| (a, None)),
        S_CMOV_B32 | S_CMOVK_I32 => {
            plain(|a: u32, old: u32, scc| (if scc { a } else { old }, None))
        }
        S_CMOV_B64 => plain(|a: u64, old: u64, scc| (if scc { a } else { old }, None)),
        S_BREV_B32 => plain(|a: u32, _: u32, _| (a.reverse_bits(), None)),
        S_BREV_B64 => plain(|a: u64, _: u32, _| (a.reverse_bits(), None)),
        S_CTZ_I32_B32 => {
            plain(|a: u32, _: u32, _| (if a == 0 { !0 } else { a.trailing_zeros() }, None))
        }
        S_CTZ_I32_B64 => {
            plain(|a: u64, _: u32, _| (if a == 0 { !0 } else { a.trailing_zeros() }, None))
        }
        S_CLZ_I32_U32 => {
            plain(|a: u32, _: u32, _| (if a == 0 { !0 } else { a.leading_zeros() }, None))
        }
        S_CLZ_I32_U64 => {
            plain(|a: u64, _: u32, _| (if a == 0 { !0 } else { a.leading_zeros() }, None))
        }
        S_CLS_I32 => plain(|a: i32, _: u32, _| {
            let a = if a < 0 { !a } else { a };
            (if a == 0 { !0 } else { a.leading_zeros() }, None)
        }),
        S_CLS_I32_I64 => plain(|a: i64, _: u32, _| {
            let a = if a < 0 { !a } else { a };
            (if a == 0 { !0 } else { a.leading_zeros() }, None)
        }),
        S_SEXT_I32_I8 => plain(|a: u32, _: u32, _| (i32::from(a as i8), None)),
        S_SEXT_I32_I16 => plain(|a: u32, _: u32, _| (i32::from(a as i16), None)),
        S_BITSET0_B32 => plain(|a: u32, old: u32, _| (old & !(1 << (a & 31)), None)),
        S_BITSET0_B64 => plain(|a: u32, old: u64, _| (old & !(1 << (a & 63)), None)),
        S_BITSET1_B32 => plain(|a: u32, old: u32, _| (old | 1 << (a & 31), None)),
        S_BITSET1_B64 => plain(|a: u32, old: u64, _| (old | 1 << (a & 63), None)),
        S_BITREPLICATE_B64_B32 => plain(|a: u32, _: u32, _| (replicate(a), None)),
        S_ABS_I32 => plain(|a: i32, _: u32, _| (a.wrapping_abs(), bit(a != 0))),
        S_BCNT0_I32_B32 => plain(|a: u32, _: u32, _| (a.count_zeros(), bit(a != !0))),
        S_BCNT0_I32_B64 => plain(|a: u64, _: u32, _| (a.count_zeros(), bit(a != !0))),
        S_BCNT1_I32_B32 => plain(|a: u32, _: u32, _| (a.count_ones(), bit(a != 0))),
        S_BCNT1_I32_B64 => plain(|a: u64, _: u32, _| (a.count_ones(), bit(a != 0))),
        S_QUADMASK_B32 => plain(|a: u32, _: u32, _| (quadmask(u64::from(a)) as u32, bit(a != 0))),
        S_QUADMASK_B64 => plain(|a: u64, _: u32, _| (quadmask(a), bit(a != 0))),
        S_WQM_B32 => plain(|a: u32, _: u32, _| (wqm(u64::from(a)) as u32, bit(a != 0))),
        S_WQM_B64 => plain(|a: u64, _: u32, _| (wqm(a), bit(a != 0))),
        S_NOT_B32 => plain(|a: u32, _: u32, _| (!a, bit(a != !0))),
        S_NOT_B64 => plain(|a: u64, _: u32, _| (!a, bit(a != !0))),

        S_AND_SAVEEXEC_B32 => save(|a: u32, e: u32| a & e),
        S_AND_SAVEEXEC_B64 => save(|a: u64, e: u64| a & e),
        S_OR_SAVEEXEC_B32 => save(|a: u32, e: u32| a | e),
        S_OR_SAVEEXEC_B64 => save(|a: u64, e: u64| a | e),
        S_XOR_SAVEEXEC_B32 => save(|a: u32, e: u32| a ^ e),
        S_XOR_SAVEEXEC_B64 => save(|a: u64, e: u64| a ^ e),
        S_NAND_SAVEEXEC_B32 => save(|a: u32, e: u32| !(a & e)),
        S_NAND_SAVEEXEC_B64 => save(|a: u64, e: u64| !(a & e)),
        S_NOR_SAVEEXEC_B32 => save(|a: u32, e: u32| !(a | e)),
        S_NOR_SAVEEXEC_B64 => save(|a: u64, e: u64| !(a | e)),
        S_XNOR_SAVEEXEC_B32 => save(|a: u32, e: u32| !(a ^ e)),
        S_XNOR_SAVEEXEC_B64 => save(|a: u64, e: u64| !(a ^ e)),
        // NOT0 negates the source, NOT1 EXEC.
        S_AND_NOT0_SAVEEXEC_B32 => save(|a: u32, e: u32| !a & e),
        S_AND_NOT0_SAVEEXEC_B64 => save(|a: u64, e: u64| !a & e),
        S_OR_NOT0_SAVEEXEC_B32 => save(|a: u32, e: u32| !a | e),
        S_OR_NOT0_SAVEEXEC_B64 => save(|a: u64, e: u64| !a | e),
        S_AND_NOT1_SAVEEXEC_B32 => save(|a: u32, e: u32| a & !e),
        S_AND_NOT1_SAVEEXEC_B64 => save(|a: u64, e: u64| a & !e),
        S_OR_NOT1_SAVEEXEC_B32 => save(|a: u32, e: u32| a | !e),
        S_OR_NOT1_SAVEEXEC_B64 => save(|a: u64, e: u64| a | !e),
        S_AND_NOT0_WREXEC_B32 => write_exec(|a: u32, e: u32| !a & e),
        S_AND_NOT0_WREXEC_B64 => write_exec(|a: u64, e: u64| !a & e),
        S_AND_NOT1_WREXEC_B32 => write_exec(|a: u32, e: u32| a & !e),
        S_AND_NOT1_WREXEC_B64 => write_exec(|a: u64, e: u64| a & !e),

        S_ADD_U32 => plain(|a: u32, b: u32, _| {
            let (v, c) = a.overflowing_add(b);
            (v, bit(c))
        }),
        S_SUB_U32 => plain(|a: u32, b: u32, _| (a.wrapping_sub(b), bit(b > a))),
        S_ADD_I32 => plain(|a: i32, b: i32, _| {
            let (v, c) = a.overflowing_add(b);
            (v, bit(c))
        }),
        S_SUB_I32 => plain(|a: i32, b: i32, _| {
            let (v, c) = a.overflowing_sub(b);
            (v, bit(c))
        }),
        S_ADDK_I32 => plain(|k: i32, old: i32, _| {
            let (v, c) = old.overflowing_add(k);
            (v, bit(c))
        }),
        S_MULK_I32 => plain(|k: i32, old: i32, _| (old.wrapping_mul(k), None)),
        S_ADDC_U32 => plain(|a: u32, b: u32, scc| {
            let v = u64::from(a) + u64::from(b) + u64::from(scc);
            (v as u32, bit(v >> 32 != 0))
        }),
        S_SUBB_U32 => plain(|a: u32, b: u32, scc| {
            let v = u64::from(a)
                .wrapping_sub(u64::from(b))
                .wrapping_sub(u64::from(scc));
            (v as u32, bit(v >> 63 != 0))
        }),
        S_ABSDIFF_I32 => plain(|a: i32, b: i32, _| {
            let v = a.wrapping_sub(b).wrapping_abs();
            (v, bit(v != 0))
        }),
        S_LSHL_B32 => plain(|a: u32, b: u32, _| {
            let v = a << (b & 31);
            (v, bit(v != 0))
        }),
        S_LSHL_B64 => plain(|a: u64, b: u32, _| {
            let v = a << (b & 63);
            (v, bit(v != 0))
        }),
        S_LSHR_B32 => plain(|a: u32, b: u32, _| {
            let v = a >> (b & 31);
            (v, bit(v != 0))
        }),
        S_LSHR_B64 => plain(|a: u64, b: u32, _| {
            let v = a >> (b & 63);
            (v, bit(v != 0))
        }),
        S_ASHR_I32 => plain(|a: i32, b: u32, _| {
            let v = a >> (b & 31);
            (v, bit(v != 0))
        }),
        S_ASHR_I64 => plain(|a: i64, b: u32, _| {
            let v = a >> (b & 63);
            (v, bit(v != 0))
        }),
        S_LSHL1_ADD_U32 => plain(|a: u32, b: u32, _| shifted_sum(a, b, 1)),
        S_LSHL2_ADD_U32 => plain(|a: u32, b: u32, _| shifted_sum(a, b, 2)),
        S_LSHL3_ADD_U32 => plain(|a: u32, b: u32, _| shifted_sum(a, b, 3)),
        S_LSHL4_ADD_U32 => plain(|a: u32, b: u32, _| shifted_sum(a, b, 4)),
        S_MIN_I32 => plain(|a: i32, b: i32, _| (a.min(b), bit(a < b))),
        S_MIN_U32 => plain(|a: u32, b: u32, _| (a.min(b), bit(a < b))),
        S_MAX_I32 => plain(|a: i32, b: i32, _| (a.max(b), bit(a >= b))),
        S_MAX_U32 => plain(|a: u32, b: u32, _| (a.max(b), bit(a >= b))),
        S_AND_B32 => logic!(u32, |a, b| a & b),
        S_AND_B64 => logic!(u64, |a, b| a & b),
        S_OR_B32 => logic!(u32, |a, b| a | b),
        S_OR_B64 => logic!(u64, |a, b| a | b),
        S_XOR_B32 => logic!(u32, |a, b| a ^ b),
        S_XOR_B64 => logic!(u64, |a, b| a ^ b),
        S_NAND_B32 => logic!(u32, |a, b| !(a & b)),
        S_NAND_B64 => logic!(u64, |a, b| !(a & b)),
        S_NOR_B32 => logic!(u32, |a, b| !(a | b)),
        S_NOR_B64 => logic!(u64, |a, b| !(a | b)),
        S_XNOR_B32 => logic!(u32, |a, b| !(a ^ b)),
        S_XNOR_B64 => logic!(u64, |a, b| !(a ^ b)),
        S_AND_NOT1_B32 => logic!(u32, |a, b| a & !b),
        S_AND_NOT1_B64 => logic!(u64, |a, b| a & !b),
        S_OR_NOT1_B32 => logic!(u32, |a, b| a | !b),
        S_OR_NOT1_B64 => logic!(u64, |a, b| a | !b),
        S_BFE_U32 => plain(|a: u32, b: u32, _| {
            let v = bfe_u64(u64::from(a), b, 32) as u32;
            (v, bit(v != 0))
        }),
        S_BFE_I32 => plain(|a: i32, b: u32, _| {
            let v = bfe_i64(i64::from(a), b, 32) as i32;
            (v, bit(v != 0))
        }),
        S_BFE_U64 => plain(|a: u64, b: u32, _| {
            let v = bfe_u64(a, b, 64);
            (v, bit(v != 0))
        }),
        S_BFE_I64 => plain(|a: i64, b: u32, _| {
            let v = bfe_i64(a, b, 64);
            (v, bit(v != 0))
        }),
        S_BFM_B32 => plain(|a: u32, b: u32, _| (((1u32 << (a & 31)) - 1) << (b & 31), None)),
        S_BFM_B64 => plain(|a: u32, b: u32, _| (((1u64 << (a & 63)) - 1) << (b & 63), None)),
        S_MUL_I32 => plain(|a: i32, b: i32, _| (a.wrapping_mul(b), None)),
        S_MUL_HI_U32 => {
            plain(|a: u32, b: u32, _| ((u64::from(a) * u64::from(b) >> 32) as u32, None))
        }
        S_MUL_HI_I32 => {
            plain(|a: i32, b: i32, _| ((i64::from(a) * i64::from(b) >> 32) as i32, None))
        }
        S_CSELECT_B32 => plain(|a: u32, b: u32, scc| (if scc { a } else { b }, None)),
        S_CSELECT_B64 => plain(|a: u64, b: u64, scc| (if scc { a } else { b }, None)),
        S_PACK_LL_B32_B16 => plain(|a: u32, b: u32, _| (a & 0xffff | b << 16, None)),
        S_PACK_LH_B32_B16 => plain(|a: u32, b: u32, _| (a & 0xffff | b & 0xffff_0000, None)),
        S_PACK_HH_B32_B16 => plain(|a: u32, b: u32, _| (a >> 16 | b & 0xffff_0000, None)),
        S_PACK_HL_B32_B16 => plain(|a: u32, b: u32, _| (a >> 16 | b << 16, None)),
        S_ADD_NC_U64 => plain(|a: u64, b: u64, _| (a.wrapping_add(b), None)),
        S_SUB_NC_U64 => plain(|a: u64, b: u64, _| (a.wrapping_sub(b), None)),
        S_MUL_U64 => plain(|a: u64, b: u64, _| (a.wrapping_mul(b), None)),

        S_CMP_EQ_I32 | S_CMP_EQ_U32 | S_CMPK_EQ_I32 => test(|a: u32, b: u32| a == b),
        S_CMP_LG_I32 | S_CMP_LG_U32 | S_CMPK_LG_I32 => test(|a: u32, b: u32| a != b),
        S_CMP_GT_I32 | S_CMPK_GT_I32 => test(|a: i32, b: i32| a > b),
        S_CMP_GE_I32 | S_CMPK_GE_I32 => test(|a: i32, b: i32| a >= b),
        S_CMP_LT_I32 | S_CMPK_LT_I32 => test(|a: i32, b: i32| a < b),
        S_CMP_LE_I32 | S_CMPK_LE_I32 => test(|a: i32, b: i32| a <= b),
        S_CMP_GT_U32 => test(|a: u32, b: u32| a > b),
        S_CMP_GE_U32 => test(|a: u32, b: u32| a >= b),
        S_CMP_LT_U32 => test(|a: u32, b: u32| a < b),
        S_CMP_LE_U32 => test(|a: u32, b: u32| a <= b),
        // Unsigned forms extend their constant with zeros.
        S_CMPK_EQ_U32 => test(|a: u32, b: u32| a == b & 0xffff),
        S_CMPK_LG_U32 => test(|a: u32, b: u32| a != b & 0xffff),
        S_CMPK_GT_U32 => test(|a: u32, b: u32| a > b & 0xffff),
        S_CMPK_GE_U32 => test(|a: u32, b: u32| a >= b & 0xffff),
        S_CMPK_LT_U32 => test(|a: u32, b: u32| a < b & 0xffff),
        S_CMPK_LE_U32 => test(|a: u32, b: u32| a <= b & 0xffff),
        S_BITCMP0_B32 => test(|a: u32, b: u32| a >> (b & 31) & 1 == 0),
        S_BITCMP1_B32 => test(|a: u32, b: u32| a >> (b & 31) & 1 == 1),
        S_BITCMP0_B64 => test(|a: u64, b: u32| a >> (b & 63) & 1 == 0),
        S_BITCMP1_B64 => test(|a: u64, b: u32| a >> (b & 63) & 1 == 1),
        S_CMP_EQ_U64 => test(|a: u64, b: u64| a == b),
        S_CMP_LG_U64 => test(|a: u64, b: u64| a != b),
        S_CMP_LT_F32 => test(|a: f32, b: f32| a < b),
        S_CMP_EQ_F32 => test(|a: f32, b: f32| a == b),
        S_CMP_LE_F32 => test(|a: f32, b: f32| a <= b),
        S_CMP_GT_F32 => test(|a: f32, b: f32| a > b),
        S_CMP_LG_F32 => test(|a: f32, b: f32| a < b || a > b),
        S_CMP_GE_F32 => test(|a: f32, b: f32| a >= b),
        S_CMP_O_F32 => test(|a: f32, b: f32| !(a.nan() || b.nan())),
        S_CMP_U_F32 => test(|a: f32, b: f32| a.nan() || b.nan()),
        S_CMP_NGE_F32 => test(|a: f32, b: f32| !(a >= b)),
        S_CMP_NLG_F32 => test(|a: f32, b: f32| !(a < b || a > b)),
        S_CMP_NGT_F32 => test(|a: f32, b: f32| !(a > b)),
        S_CMP_NLE_F32 => test(|a: f32, b: f32| !(a <= b)),
        S_CMP_NEQ_F32 => test(|a: f32, b: f32| a != b),
        S_CMP_NLT_F32 => test(|a: f32, b: f32| !(a < b)),
        S_CMP_LT_F16 => test(|a: Half, b: Half| a < b),
        S_CMP_EQ_F16 => test(|a: Half, b: Half| a.f32() == b.f32()),
        S_CMP_LE_F16 => test(|a: Half, b: Half| a <= b),
        S_CMP_GT_F16 => test(|a: Half, b: Half| a > b),
        S_CMP_LG_F16 => test(|a: Half, b: Half| a < b || a > b),
        S_CMP_GE_F16 => test(|a: Half, b: Half| a >= b),
        S_CMP_O_F16 => test(|a: Half, b: Half| !(a.nan() || b.nan())),
        S_CMP_U_F16 => test(|a: Half, b: Half| a.nan() || b.nan()),
        S_CMP_NGE_F16 => test(|a: Half, b: Half| !(a >= b)),
        S_CMP_NLG_F16 => test(|a: Half, b: Half| !(a < b || a > b)),
        S_CMP_NGT_F16 => test(|a: Half, b: Half| !(a > b)),
        S_CMP_NLE_F16 => test(|a: Half, b: Half| !(a <= b)),
        S_CMP_NEQ_F16 => test(|a: Half, b: Half| a.f32() != b.f32()),
        S_CMP_NLT_F16 => test(|a: Half, b: Half| !(a < b)),

        S_CEIL_F32 => float(|_, a: f32, _: u32, _: u32| whole(a, f32::ceil)),
        S_FLOOR_F32 => float(|_, a: f32, _: u32, _: u32| whole(a, f32::floor)),
        S_TRUNC_F32 => float(|_, a: f32, _: u32, _: u32| whole(a, f32::trunc)),
        S_RNDNE_F32 => float(|_, a: f32, _: u32, _: u32| whole(a, f32::round_ties_even)),
        S_CEIL_F16 => float(|_, a: Half, _: u32, _: u32| Half::of(whole(a.f32(), f32::ceil))),
        S_FLOOR_F16 => float(|_, a: Half, _: u32, _: u32| Half::of(whole(a.f32(), f32::floor))),
        S_TRUNC_F16 => float(|_, a: Half, _: u32, _: u32| Half::of(whole(a.f32(), f32::trunc))),
        S_RNDNE_F16 => {
            float(|_, a: Half, _: u32, _: u32| Half::of(whole(a.f32(), f32::round_ties_even)))
        }
        S_CVT_F32_I32 => float(|m, a: i32, _: u32, _: u32| soft::int32(m, i64::from(a))),
        S_CVT_F32_U32 => float(|m, a: u32, _: u32, _: u32| soft::int32(m, i64::from(a))),
        S_CVT_I32_F32 => float(|_, a: f32, _: u32, _: u32| a as i32),
        S_CVT_U32_F32 => float(|_, a: f32, _: u32, _: u32| a as u32),
        S_CVT_F16_F32 => float(|m, a: f32, _: u32, _: u32| soft::half(m, f64::from(a))),
        S_CVT_F32_F16 => float(|_, a: Half, _: u32, _: u32| a.f32()),
        S_CVT_HI_F32_F16 => {
            float(|m, a: u32, _: u32, _: u32| Half((a >> 16) as u16).flush_in(m).f32())
        }
        S_ADD_F32 => float(|m, a: f32, b: f32, _: u32| soft::add32(m, a, b)),
        S_SUB_F32 => float(|m, a: f32, b: f32, _: u32| soft::add32(m, a, -b)),
        S_MUL_F32 => float(|m, a: f32, b: f32, _: u32| soft::mul32(m, a, b)),
        S_FMAC_F32 | S_FMAAK_F32 | S_FMAMK_F32 => float(soft::fma32),
        S_MIN_NUM_F32 => float(|_, a: f32, b: f32, _: u32| min_num(a, b)),
        S_MAX_NUM_F32 => float(|_, a: f32, b: f32, _: u32| max_num(a, b)),
        S_MINIMUM_F32 => float(|_, a: f32, b: f32, _: u32| minimum(a, b)),
        S_MAXIMUM_F32 => float(|_, a: f32, b: f32, _: u32| maximum(a, b)),
        S_CVT_PK_RTZ_F16_F32 => float(|_, a: f32, b: f32, _: u32| {
            u32::from(soft::half_toward_zero(a).0) | u32::from(soft::half_toward_zero(b).0) << 16
        }),
        S_ADD_F16 => float(|m, a: Half, b: Half, _: u32| soft::add16(m, a, b)),
        S_SUB_F16 => float(|m, a: Half, b: Half, _: u32| soft::add16(m, a, Half(b.0 ^ 0x8000))),
        S_MUL_F16 => float(|m, a: Half, b: Half, _: u32| soft::mul16(m, a, b)),
        S_FMAC_F16 => float(soft::fma16),
        S_MIN_NUM_F16 => float(|_, a: Half, b: Half, _: u32| min_num(a, b)),
        S_MAX_NUM_F16 => float(|_, a: Half, b: Half, _: u32| max_num(a, b)),
        S_MINIMUM_F16 => float(|_, a: Half, b: Half, _: u32| minimum(a, b)),
        S_MAXIMUM_F16 => float(|_, a: Half, b: Half, _: u32| maximum(a, b)),
        V_S_EXP_F32 => float(|_, a: f32, _: u32, _: u32| approx::exp2(a)),
        V_S_LOG_F32 => float(|_, a: f32, _: u32, _: u32| approx::log2(a)),
        V_S_RCP_F32 => float(|_, a: f32, _: u32, _: u32| approx::rcp(a)),
        V_S_RSQ_F32 => float(|_, a: f32, _: u32, _: u32| approx::rsq(a)),
        V_S_SQRT_F32 => float(|_, a: f32, _: u32, _: u32| approx::sqrt(a)),
        V_S_EXP_F16 => float(|_, a: Half, _: u32, _: u32| approx::half::exp2(a)),
        V_S_LOG_F16 => float(|_, a: Half, _: u32, _: u32| approx::half::log2(a)),
        V_S_RCP_F16 => float(|_, a: Half, _: u32, _: u32| approx::half::rcp(a)),
        V_S_RSQ_F16 => float(|_, a: Half, _: u32, _: u32| approx::half::rsq(a)),
        V_S_SQRT_F16 => float(|_, a: Half, _: u32, _: u32| approx::half::sqrt(a)),
        _ => None,
    }
}

fn shifted_sum(a: u32, b: u32, shift: u32) -> (u32, Option<bool>) {
    let v = (u64::from(a) << shift) + u64::from(b);
    (v as u32, bit(v >> 32 != 0))
}
