//! Operations between lanes, and those that wrap another: DPP, dual instructions.

use rdna_isa::{Dpp, Op};

use crate::shader::alu::{Pick, Runs, Source, Val};
use crate::shader::lanes::{baseline, stamp, write, Cpu, Host, Kernel, Lanes, Run, LANES};
use crate::shader::program::Slot;
use crate::shader::vmem::env;
use crate::shader::wave::{scalar as file, Flow, Wave};

/// Scratch lines for a permuted first source.
const DPP_LINE: u16 = 6;

/// The lane that DPP16's `ctrl` makes `lane` read; `None` where it leads out of the row or wave.
pub fn dpp16_source(ctrl: u32, lane: u32) -> Option<u32> {
    let (row, i) = (lane & !15, lane & 15);
    match ctrl {
        // quad_perm
        0x000..=0x0ff => Some(lane & !3 | ctrl >> (2 * (lane & 3)) & 3),
        // row_shl reads from higher lanes, row_shr from lower.
        0x101..=0x10f => (i + (ctrl & 15) < 16).then(|| lane + (ctrl & 15)),
        0x111..=0x11f => (i >= ctrl & 15).then(|| lane - (ctrl & 15)),
        0x121..=0x12f => Some(row | (i + 16 - (ctrl & 15)) & 15),
        // row_mirror, row_half_mirror
        0x140 => Some(row | (15 - i)),
        0x141 => Some(lane & !7 | 7 - (lane & 7)),
        // row_share, row_xmask
        0x150..=0x15f => Some(row | ctrl & 15),
        0x160..=0x16f => Some(row | i ^ (ctrl & 15)),
        _ => Some(lane),
    }
}

/// Source lane of each lane, and which lanes are written.
pub fn dpp_lanes(dpp: &Dpp, eight: bool, exec: u32) -> ([Option<u32>; LANES], u32) {
    let mut from = [None; LANES];
    let mut written = 0;
    for lane in 0..LANES as u32 {
        if eight {
            let source = lane & !7 | dpp.ctrl >> (3 * (lane & 7)) & 7;
            // Inactive sources read as zero unless fetched.
            let valid = dpp.fi || exec >> source & 1 != 0;
            from[lane as usize] = valid.then_some(source);
            written |= 1 << lane;
            continue;
        }
        let row = dpp.row_mask >> (lane / 16) & 1;
        let bank = dpp.bank_mask >> (lane / 4 % 4) & 1;
        let source = dpp16_source(dpp.ctrl, lane).filter(|s| dpp.fi || exec >> s & 1 != 0);
        from[lane as usize] = source;
        if row & bank == 1 && (source.is_some() || dpp.bound_ctrl) {
            written |= 1 << lane;
        }
    }
    (from, written)
}

/// Permutes the first source and runs the operation on the result.
pub fn dpp(w: &mut Wave, s: &Slot) -> Flow {
    // SAFETY: the wave runs; the program outlives the run.
    let op = unsafe { &(&*env(w).program).dpp[s.ext as usize] };
    let mut inner = op.inner;
    let exec = w.exec();
    let (from, written) = dpp_lanes(&op.dpp, op.eight, exec);
    for k in 0..u16::from(op.dwords.clamp(1, 2)) {
        let source = if inner.a & file::FLAG == 0 {
            w.value(inner.a + k)
        } else {
            Lanes([w.s((inner.a & !file::FLAG) + k); LANES])
        };
        let mut out = Lanes::ZERO;
        for i in 0..LANES {
            out[i] = from[i].map_or(0, |f| source[f as usize]);
        }
        // SAFETY: scratch lines exist in every file.
        unsafe { *w.line_mut(DPP_LINE + k) = out };
    }
    inner.a = DPP_LINE;
    w.set_s(file::EXEC, exec & written);
    // SAFETY: predecoded for this wave; the scratch lines exist.
    let flow = unsafe { (inner.run)(w, &inner) };
    if !op.writes_exec {
        w.set_s(file::EXEC, exec);
    }
    flow
}

/// Runs both halves of a dual instruction.
pub fn dual(w: &mut Wave, s: &Slot) -> Flow {
    // SAFETY: the wave runs; the program outlives the run.
    let op = unsafe { &(&*env(w).program).dual[s.ext as usize] };
    let (x, y) = (&op.x, &op.y);
    // SAFETY: both halves were predecoded for this wave.
    unsafe {
        if op.overlap {
            // Both read before either writes: X's result waits in a scratch line.
            let old = w.value(x.dst);
            (x.run)(w, x);
            let new = w.value(x.dst);
            *w.line_mut(x.dst) = old;
            (y.run)(w, y);
            *w.line_mut(x.dst) = new;
        } else {
            (x.run)(w, x);
            (y.run)(w, y);
        }
    }
    Flow::Next
}

/// Refreshes VCCZ and EXECZ and runs an operation that reads them.
pub fn refresh(w: &mut Wave, s: &Slot) -> Flow {
    // SAFETY: the wave runs; the program outlives the run.
    let inner = unsafe { (&*env(w).program).prepared[s.ext as usize].inner };
    let (vccz, execz) = (w.s(file::VCC) == 0, w.exec() == 0);
    w.set_s(file::VCCZ, u32::from(vccz));
    w.set_s(file::EXECZ, u32::from(execz));
    // SAFETY: predecoded for this wave.
    unsafe { (inner.run)(w, &inner) }
}

fn read_first(w: &mut Wave, s: &Slot) -> Flow {
    let exec = w.exec();
    let lane = if exec == 0 { 0 } else { exec.trailing_zeros() };
    let v = w.value(s.a)[lane as usize];
    w.set_s(s.dst, v);
    Flow::Next
}

fn read_lane(w: &mut Wave, s: &Slot) -> Flow {
    let lane = w.s(s.b & !file::FLAG) & 31;
    let v = w.value(s.a)[lane as usize];
    w.set_s(s.dst, v);
    Flow::Next
}

fn write_lane(w: &mut Wave, s: &Slot) -> Flow {
    let v = w.s(s.a & !file::FLAG);
    let lane = w.s(s.b & !file::FLAG) & 31;
    let mut line = w.value(s.dst);
    line[lane as usize] = v;
    // SAFETY: predecoding checked the line.
    unsafe { *w.line_mut(s.dst) = line };
    Flow::Next
}

/// `v_permlane16` and `v_permlanex16`: four bits of selector for each lane of a row. `VAR` takes
/// the selector from each lane's own register. op_sel bit 0 is FI (fetch inactive), bit 1
/// BOUND_CTRL; a disabled source otherwise keeps the lane's old value.
struct Permute<const ACROSS: bool, const VAR: bool>;

impl<const ACROSS: bool, const VAR: bool> Kernel for Permute<ACROSS, VAR> {
    #[inline(always)]
    unsafe fn go<H: Host>(w: &mut Wave, s: &Slot) -> Flow {
        let exec = w.exec();
        let v = w.value(s.a);
        let (fi, bound) = (s.sel(0), s.sel(1));
        // SAFETY: the caller's.
        unsafe {
            let b = Source::new::<u32>(w, s, s.b, 1);
            let c = Source::new::<u32>(w, s, s.c, 2);
            let mut r = w.value(s.dst);
            for i in 0..LANES {
                let sel: u32 = if VAR {
                    b.at::<u32>(i) & 15
                } else {
                    let word: u32 = if i & 8 == 0 { b.at(0) } else { c.at(0) };
                    word >> (4 * (i & 7)) & 15
                };
                let row = if ACROSS { i & 16 ^ 16 } else { i & 16 };
                let from = row | sel as usize;
                if fi || exec >> from & 1 != 0 {
                    r[i] = v[from];
                } else if bound {
                    r[i] = 0;
                }
            }
            write::<H>(w, s.dst, &r, exec);
        }
        Flow::Next
    }
}

/// Exchanges two registers in the active lanes.
struct Swap<T>(std::marker::PhantomData<T>);

impl<T: Val> Kernel for Swap<T> {
    #[inline(always)]
    unsafe fn go<H: Host>(w: &mut Wave, s: &Slot) -> Flow {
        let exec = w.exec();
        // Both operands are results: first and second destination.
        let (a, b) = (w.value(s.dst), w.value(s.dst2));
        let (mut x, mut y) = (a, b);
        for i in 0..LANES {
            (x[i], y[i]) = if T::HALF {
                // The destination's half select is bit 3, the source's bit 0.
                let (sa, sb) = (16 * u32::from(s.sel(3)), 16 * u32::from(s.sel(0)));
                let (ha, hb) = (a[i] >> sa & 0xffff, b[i] >> sb & 0xffff);
                if s.dst == s.dst2 {
                    let v = hb << sa | ha << sb;
                    (v, v)
                } else {
                    (
                        a[i] & !(0xffff << sa) | hb << sa,
                        b[i] & !(0xffff << sb) | ha << sb,
                    )
                }
            } else {
                (b[i], a[i])
            };
        }
        // SAFETY: the caller's.
        unsafe {
            write::<H>(w, s.dst, &x, exec);
            write::<H>(w, s.dst2, &y, exec);
        }
        Flow::Next
    }
}

/// Set bits of the first source below the lane's own, plus the second.
struct Mbcnt<const HIGH: bool>;

impl<const HIGH: bool> Kernel for Mbcnt<HIGH> {
    #[inline(always)]
    unsafe fn go<H: Host>(w: &mut Wave, s: &Slot) -> Flow {
        // SAFETY: the caller's.
        unsafe {
            let a = Source::new::<u32>(w, s, s.a, 0);
            let b = Source::new::<u32>(w, s, s.b, 1);
            let mut r = Lanes::ZERO;
            for i in 0..LANES {
                // Lanes of a wave32 all lie in the low half.
                let below = if HIGH { 0 } else { (1u32 << i) - 1 };
                r[i] = (a.at::<u32>(i) & below).count_ones().wrapping_add(b.at(i));
            }
            write::<H>(w, s.dst, &r, w.exec());
        }
        Flow::Next
    }
}

/// `v_mqsad_u32_u8`: four sums of absolute differences into four registers.
fn mqsad(w: &mut Wave, s: &Slot) -> Flow {
    let exec = w.exec();
    let quad = |w: &Wave, index: u16, k: u16| {
        if index & file::FLAG == 0 {
            w.value(index + k)
        } else {
            Lanes([w.s((index & !file::FLAG) + k); LANES])
        }
    };
    let (a0, a1, b) = (quad(w, s.a, 0), quad(w, s.a, 1), quad(w, s.b, 0));
    let mut out = [Lanes::ZERO; 4];
    for (k, line) in out.iter_mut().enumerate() {
        let c = quad(w, s.c, k as u16);
        for i in 0..LANES {
            let v = u64::from(a0[i]) | u64::from(a1[i]) << 32;
            let v = (v >> (8 * k)) as u32;
            let sum: u32 = (0..4)
                .map(|j| (v >> (8 * j) & 0xff, b[i] >> (8 * j) & 0xff))
                .map(|(x, y)| if y == 0 { 0 } else { x.abs_diff(y) })
                .sum();
            line[i] = sum.wrapping_add(c[i]);
        }
    }
    for (k, line) in out.iter().enumerate() {
        // SAFETY: predecoding checked the registers.
        unsafe { write::<crate::shader::lanes::Baseline>(w, s.dst + k as u16, line, exec) };
    }
    Flow::Next
}

/// Relative moves: M0 is added to a register number. What leads out of the file reads or writes
/// nothing.
fn movrels(w: &mut Wave, s: &Slot) -> Flow {
    relative(w, s, true, false, false)
}

fn movreld(w: &mut Wave, s: &Slot) -> Flow {
    relative(w, s, false, true, false)
}

fn movrelsd(w: &mut Wave, s: &Slot) -> Flow {
    relative(w, s, true, true, false)
}

fn movrelsd2(w: &mut Wave, s: &Slot) -> Flow {
    relative(w, s, true, true, true)
}

fn relative(w: &mut Wave, s: &Slot, source: bool, dest: bool, split: bool) -> Flow {
    let m0 = w.s(file::M0);
    let (src_off, dst_off) = if split {
        (m0 & 0x3ff, m0 >> 16 & 0x3ff)
    } else {
        (m0, m0)
    };
    let first = crate::shader::wave::TEMP_LINES as u16;
    let exec = w.exec();
    let v = if s.a & file::FLAG != 0 {
        Lanes([w.s(s.a & !file::FLAG); LANES])
    } else {
        let n = u32::from(s.a - first).wrapping_add(if source { src_off } else { 0 });
        w.vgpr(n as usize).copied().unwrap_or(Lanes::ZERO)
    };
    let n = u32::from(s.dst - first).wrapping_add(if dest { dst_off } else { 0 });
    if let Some(line) = w.vgpr_mut(n as usize) {
        for i in 0..LANES {
            if exec >> i & 1 != 0 {
                line[i] = v[i];
            }
        }
    }
    Flow::Next
}

/// Picks the kernels of a cross-lane operation.
pub fn select(op: Op, p: Pick) -> Option<Runs> {
    use Op::*;
    Some(Runs::same(match op {
        V_READFIRSTLANE_B32 => read_first,
        V_READLANE_B32 => read_lane,
        V_WRITELANE_B32 => write_lane,
        V_PERMLANE16_B32 => stamp::<Permute<false, false>>(p.cpu),
        V_PERMLANEX16_B32 => stamp::<Permute<true, false>>(p.cpu),
        V_PERMLANE16_VAR_B32 => stamp::<Permute<false, true>>(p.cpu),
        V_PERMLANEX16_VAR_B32 => stamp::<Permute<true, true>>(p.cpu),
        // Does nothing in wave32.
        V_PERMLANE64_B32 => crate::shader::control::nop,
        V_SWAP_B32 => baseline::<Swap<u32>>,
        V_SWAP_B16 => baseline::<Swap<u16>>,
        V_MBCNT_LO_U32_B32 => stamp::<Mbcnt<false>>(p.cpu),
        V_MBCNT_HI_U32_B32 => stamp::<Mbcnt<true>>(p.cpu),
        V_MQSAD_U32_U8 => mqsad,
        V_MOVRELS_B32 => movrels,
        V_MOVRELD_B32 => movreld,
        V_MOVRELSD_B32 => movrelsd,
        V_MOVRELSD_2_B32 => movrelsd2,
        _ => return None,
    }))
}

/// The lane that `ds_swizzle_b32` reads for `lane`.
pub fn swizzle_source(offset: u32, lane: u32) -> u32 {
    if offset >= 0xe000 {
        // FFT: the bits below the mask's are reversed.
        let mask = offset & 0x1f;
        let j = (lane & 0x1f).reverse_bits() >> 27;
        (j >> mask.count_ones() | lane & mask) & 0x1f
    } else if offset >= 0xc000 {
        // Rotate within the lanes that the mask does not fix.
        let (mask, n) = (offset & 0x1f, offset >> 5 & 0x1f);
        let right = offset >> 10 & 1 != 0;
        let moved = if right {
            lane.wrapping_sub(n)
        } else {
            lane.wrapping_add(n)
        };
        (lane & mask | moved & !mask) & 0x1f
    } else if offset & 0x8000 != 0 {
        lane & !3 | offset >> (2 * (lane & 3)) & 3
    } else {
        let (and, or, xor) = (offset & 0x1f, offset >> 5 & 0x1f, offset >> 10 & 0x1f);
        ((lane & and) | or) ^ xor
    }
}

struct Swizzle;

impl Kernel for Swizzle {
    #[inline(always)]
    unsafe fn go<H: Host>(w: &mut Wave, s: &Slot) -> Flow {
        let exec = w.exec();
        let v = w.value(s.a);
        let mut r = Lanes::ZERO;
        for i in 0..LANES {
            let from = swizzle_source(s.imm, i as u32) as usize & 31;
            r[i] = if exec >> from & 1 != 0 { v[from] } else { 0 };
        }
        // SAFETY: the caller's.
        unsafe { write::<H>(w, s.dst, &r, exec) };
        Flow::Next
    }
}

/// Each lane sends its data to a lane.
struct Push;

impl Kernel for Push {
    #[inline(always)]
    unsafe fn go<H: Host>(w: &mut Wave, s: &Slot) -> Flow {
        let exec = w.exec();
        let (to, v) = (w.value(s.a), w.value(s.b));
        let mut r = Lanes::ZERO;
        for i in 0..LANES {
            if exec >> i & 1 != 0 {
                r[(to[i].wrapping_add(s.imm) / 4) as usize & 31] = v[i];
            }
        }
        // SAFETY: the caller's.
        unsafe { write::<H>(w, s.dst, &r, exec) };
        Flow::Next
    }
}

/// Each lane fetches another's data; `FI` also from inactive ones.
struct Pull<const FI: bool>;

impl<const FI: bool> Kernel for Pull<FI> {
    #[inline(always)]
    unsafe fn go<H: Host>(w: &mut Wave, s: &Slot) -> Flow {
        let exec = w.exec();
        let (from, v) = (w.value(s.a), w.value(s.b));
        let mut r = Lanes::ZERO;
        for i in 0..LANES {
            let lane = (from[i].wrapping_add(s.imm) / 4) as usize & 31;
            r[i] = if FI || exec >> lane & 1 != 0 {
                v[lane]
            } else {
                0
            };
        }
        // SAFETY: the caller's.
        unsafe { write::<H>(w, s.dst, &r, exec) };
        Flow::Next
    }
}

/// The DS operations that move data between lanes without touching memory.
pub fn ds(op: Op, cpu: Cpu) -> Option<Run> {
    Some(match op {
        Op::DS_SWIZZLE_B32 => stamp::<Swizzle>(cpu),
        Op::DS_PERMUTE_B32 => stamp::<Push>(cpu),
        Op::DS_BPERMUTE_B32 => stamp::<Pull<false>>(cpu),
        Op::DS_BPERMUTE_FI_B32 => stamp::<Pull<true>>(cpu),
        _ => return None,
    })
}
