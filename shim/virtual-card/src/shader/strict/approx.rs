//! The error of approximate operations.
//!
//! Documented bounds: one unit in the last place for the single and half forms, 2^-21 absolute for
//! sine and cosine, 2^29 units for the double forms. Zeros, infinities and NaN are exact.

use rdna_isa::{Class, Inst, Op, Operand, Ty};

use super::rng::Rng;
use crate::shader::half::Half;
use crate::shader::lanes::{Lanes, LANES};
use crate::shader::operands::constant_value;
use crate::shader::wave::{Wave, TEMP_LINES};

/// The sources of an approximate operation, kept while it runs: its result may replace them.
pub struct Sources {
    lo: Lanes,
    hi: Lanes,
}

/// Takes the sources of `inst`, if it is approximate.
pub fn sources(w: &Wave, inst: &Inst) -> Option<Sources> {
    if inst.op.info().class != Class::Trans
        || inst.mods.clamp
        || inst.mods.omod != 0
        || inst.mods.dpp.is_some()
    {
        return None;
    }
    let info = inst.op.info().operands.get(1)?;
    let line = |k: u16| match inst.operands.get(1)? {
        Operand::Vgpr(n) => Some(w.vgpr_or_zero(usize::from(*n) + usize::from(k))),
        Operand::Vgpr16 { reg, hi } => {
            let mut v = w.vgpr_or_zero(usize::from(*reg));
            v.0.iter_mut()
                .for_each(|x| *x = if *hi { *x >> 16 } else { *x & 0xffff });
            Some(v)
        }
        Operand::Sgpr(r) => Some(Lanes([w.s(u16::from(r.0) + k); LANES])),
        op => {
            let v = constant_value(*op, info.ty).ok()?;
            Some(Lanes([(v >> (32 * k)) as u32; LANES]))
        }
    };
    let mut lo = line(0)?;
    let hi = if info.dwords == 2 {
        line(1)?
    } else {
        Lanes::ZERO
    };
    if info.ty == Ty::F16
        && inst.mods.op_sel & 1 != 0
        && matches!(inst.operands.get(1), Some(Operand::Vgpr(_)))
    {
        lo.0.iter_mut().for_each(|x| *x >>= 16);
    }
    Some(Sources { lo, hi })
}

/// Moves the results of `inst` by up to their documented error.
pub fn perturb(w: &mut Wave, inst: &Inst, from: &Sources, rng: &mut Rng) {
    let exec = w.exec();
    let signed = |v: f64| {
        let v = if inst.mods.abs & 1 != 0 { v.abs() } else { v };
        if inst.mods.neg & 1 != 0 {
            -v
        } else {
            v
        }
    };
    let exact = |lane: usize, ty: Ty| {
        let x = match ty {
            Ty::F16 => f64::from(Half(from.lo[lane] as u16).f32()),
            Ty::F64 => f64::from_bits(u64::from(from.lo[lane]) | u64::from(from.hi[lane]) << 32),
            _ => f64::from(f32::from_bits(from.lo[lane])),
        };
        value(inst.op, signed(x))
    };
    let (n, hi) = match inst.operands.first() {
        Some(Operand::Vgpr(n)) => (usize::from(*n), inst.mods.op_sel & 8 != 0),
        Some(Operand::Vgpr16 { reg, hi }) => (usize::from(*reg), *hi),
        Some(Operand::Sgpr(r)) if r.0 < 124 => {
            let v = w.s(u16::from(r.0));
            let v = if inst.op.info().operands[0].ty == Ty::F16 {
                u32::from(half(v as u16, exact(0, Ty::F16), rng))
            } else {
                single(v, inst.op, exact(0, Ty::F32), rng)
            };
            w.set_s(u16::from(r.0), v);
            return;
        }
        _ => return,
    };
    let index = (TEMP_LINES + n) as u16;
    let mut line = w.value(index);
    let mut high = None;
    for lane in (0..LANES).filter(|l| exec >> l & 1 != 0) {
        match inst.op.info().operands[0].ty {
            Ty::F64 => {
                let h = high.get_or_insert_with(|| w.value(index + 1));
                let v = u64::from(line[lane]) | u64::from(h[lane]) << 32;
                if f64::from_bits(v).is_normal() {
                    let error = rng.next() % (1 << 29);
                    let moved = if rng.one_in(2) {
                        v.wrapping_add(error)
                    } else {
                        v.wrapping_sub(error)
                    };
                    if f64::from_bits(moved).is_normal() {
                        line[lane] = moved as u32;
                        h[lane] = (moved >> 32) as u32;
                    }
                }
            }
            Ty::F16 => {
                let shift = if hi { 16 } else { 0 };
                let v = half((line[lane] >> shift) as u16, exact(lane, Ty::F16), rng);
                line[lane] = line[lane] & !(0xffff << shift) | u32::from(v) << shift;
            }
            _ => line[lane] = single(line[lane], inst.op, exact(lane, Ty::F32), rng),
        }
    }
    // SAFETY: the registers were checked when the program was decoded.
    unsafe {
        *w.line_mut(index) = line;
        if let Some(h) = high {
            *w.line_mut(index + 1) = h;
        }
    }
}

/// What the operation approximates.
fn value(op: Op, x: f64) -> f64 {
    use Op::*;
    match op {
        V_EXP_F32 | V_EXP_F16 | V_S_EXP_F32 | V_S_EXP_F16 => x.exp2(),
        V_LOG_F32 | V_LOG_F16 | V_S_LOG_F32 | V_S_LOG_F16 => x.log2(),
        V_RSQ_F32 | V_RSQ_F16 | V_S_RSQ_F32 | V_S_RSQ_F16 => 1.0 / x.sqrt(),
        V_SQRT_F32 | V_SQRT_F16 | V_S_SQRT_F32 | V_S_SQRT_F16 => x.sqrt(),
        V_SIN_F16 => (x * std::f64::consts::TAU).sin(),
        V_COS_F16 => (x * std::f64::consts::TAU).cos(),
        _ => 1.0 / x,
    }
}

/// One of the two values next to the exact one: both are within one unit in the last place. What
/// is representable stays.
fn single(v: u32, op: Op, exact: f64, rng: &mut Rng) -> u32 {
    let f = f32::from_bits(v);
    if matches!(op, Op::V_SIN_F32 | Op::V_COS_F32) {
        if !f.is_finite() || f == 0.0 {
            return v;
        }
        let error = (rng.below(2049) as f32 - 1024.0) / 1024.0 * 4.76e-7;
        return (f + error).clamp(-1.0, 1.0).to_bits();
    }
    if !f.is_normal() || !exact.is_finite() || f64::from(f) == exact || rng.one_in(2) {
        return v;
    }
    let away = f64::from(f).abs() < exact.abs();
    let moved = if away { v + 1 } else { v - 1 };
    if f32::from_bits(moved).is_normal() {
        moved
    } else {
        v
    }
}

/// As [`single`].
fn half(v: u16, exact: f64, rng: &mut Rng) -> u16 {
    let normal = |h: Half| h.f32().is_finite() && h.0 & 0x7c00 != 0;
    let f = f64::from(Half(v).f32());
    if !normal(Half(v)) || !exact.is_finite() || f == exact || rng.one_in(2) {
        return v;
    }
    let moved = if f.abs() < exact.abs() { v + 1 } else { v - 1 };
    if normal(Half(moved)) {
        moved
    } else {
        v
    }
}
