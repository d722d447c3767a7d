//! Local data share: a workgroup's memory, touched by one thread at a time.
//!
//! Reads beyond the allocation give zero and writes there are dropped (ISA documents, "LDS
//! out-of-range"). The cross-lane operations of the DS format that touch no memory are in
//! [`super::cross`].

use super::access::{addresses, Action, MemOp, NONE};
use super::atomic::Atomic;
use super::group::Fault;
use super::lanes::{stamp, write as write_line, Cpu, Host, Kernel, Lanes, Run, LANES};
use super::linear::{load_row, shape, store_row, Shape};
use super::program::Slot;
use super::vmem::{atomic_data, deliver, env, lane_data, op};
use super::wave::{scalar, Flow, Wave};

/// Reads bytes; beyond the end zeros.
pub fn read(lds: &[u32], at: u64, out: &mut [u8]) {
    for (i, b) in out.iter_mut().enumerate() {
        let at = at.wrapping_add(i as u64);
        *b = lds
            .get((at / 4) as usize)
            .map_or(0, |w| (w >> (8 * (at & 3))) as u8);
    }
}

/// Writes bytes; beyond the end nothing.
pub fn write(lds: &mut [u32], at: u64, bytes: &[u8]) {
    for (i, b) in bytes.iter().enumerate() {
        let at = at.wrapping_add(i as u64);
        if let Some(w) = lds.get_mut((at / 4) as usize) {
            let shift = 8 * (at & 3);
            *w = *w & !(0xff << shift) | u32::from(*b) << shift;
        }
    }
}

/// Runs an atomic and returns the old value; beyond the end nothing happens and it is zero.
pub fn atomic(lds: &mut [u32], at: u64, bytes: u8, atomic: Atomic, data: u64, second: u64) -> u64 {
    let i = (at / 4) as usize;
    if bytes == 8 {
        let Some([lo, hi]) = lds.get_mut(i..i.saturating_add(2)) else {
            return 0;
        };
        let old = u64::from(*lo) | u64::from(*hi) << 32;
        let new = atomic.apply64(old, data, second);
        (*lo, *hi) = (new as u32, (new >> 32) as u32);
        old
    } else {
        let Some(w) = lds.get_mut(i) else { return 0 };
        let old = *w;
        *w = atomic.apply32(old, data as u32, second as u32);
        u64::from(old)
    }
}

/// Dwords at one of the addresses; `None` where one is misaligned.
#[inline(always)]
fn load_half<H: Host, const WORDS: usize>(
    lds: &[u32],
    v: &Lanes,
    offset: u32,
    exec: u32,
    shape: Option<Shape>,
) -> Option<[Lanes; WORDS]> {
    let first = u64::from(v[0]) + u64::from(offset);
    if first & 3 == 0 {
        let at = first as usize / 4;
        match shape {
            Some(Shape::Row) => {
                if let Some(run) = lds.get(at..at + LANES * WORDS) {
                    // SAFETY: that many dwords.
                    return Some(unsafe { load_row::<H, WORDS>(run.as_ptr().cast()) });
                }
            }
            Some(Shape::One) => {
                if let Some(run) = lds.get(at..at + WORDS) {
                    let mut out = [Lanes::ZERO; WORDS];
                    for (line, v) in out.iter_mut().zip(run) {
                        *line = Lanes([*v; LANES]);
                    }
                    return Some(out);
                }
            }
            None => {}
        }
    }
    let mut out = [Lanes::ZERO; WORDS];
    let (mut low_bits, mut top) = (0, 0);
    for i in 0..LANES {
        let active = 0u32.wrapping_sub(exec >> i & 1);
        low_bits |= v[i].wrapping_add(offset) & active;
        top = top.max(v[i]);
    }
    if low_bits & 3 != 0 {
        return None;
    }
    if (u64::from(top) + u64::from(offset)) as usize / 4 + WORDS <= lds.len() {
        for i in 0..LANES {
            let word = (v[i] as usize + offset as usize) / 4;
            for (k, line) in out.iter_mut().enumerate() {
                // SAFETY: no lane's dwords lie behind those of `top`, which are inside.
                line[i] = unsafe { *lds.get_unchecked(word + k) };
            }
        }
    } else {
        for i in 0..LANES {
            let word = (v[i] as usize + offset as usize) / 4;
            for (k, line) in out.iter_mut().enumerate() {
                line[i] = lds.get(word + k).copied().unwrap_or(0);
            }
        }
    }
    Some(out)
}

/// A load of whole dwords, from one or two addresses.
struct Load<const WORDS: usize, const PAIR: bool>;

impl<const WORDS: usize, const PAIR: bool> Kernel for Load<WORDS, PAIR> {
    #[inline(always)]
    unsafe fn go<H: Host>(w: &mut Wave, s: &Slot) -> Flow {
        // SAFETY: the wave runs, the slot is a memory operation.
        let (env, m) = unsafe {
            let env = env(w);
            let m = op(env, s);
            (env, m)
        };
        let exec = w.exec();
        // SAFETY: predecoding checked the line.
        let v = unsafe { &*super::lanes::opaque(w.line(m.vaddr)) };
        let lds = env.lds();
        let mut out = [Lanes::ZERO; 4];
        let shape = if exec == !0 {
            shape::<H>(v, 4 * WORDS as u32)
        } else {
            None
        };
        for (half, offset) in [m.offset, m.offset2].into_iter().enumerate() {
            if half == 1 && !PAIR {
                break;
            }
            let Some(lines) = load_half::<H, WORDS>(lds, v, offset as u32, exec, shape) else {
                return slow_load::<H>(w, m);
            };
            out[half * WORDS..(half + 1) * WORDS].copy_from_slice(&lines);
        }
        for (k, line) in out
            .iter()
            .enumerate()
            .take(if PAIR { 2 * WORDS } else { WORDS })
        {
            // SAFETY: `Run`'s contract.
            unsafe { write_line::<H>(w, m.dst + k as u16, line, exec) };
        }
        Flow::Next
    }
}

struct LoadAny;

impl Kernel for LoadAny {
    #[inline(always)]
    unsafe fn go<H: Host>(w: &mut Wave, s: &Slot) -> Flow {
        // SAFETY: the wave runs, the slot is a memory operation.
        let m = unsafe { op(env(w), s) };
        slow_load::<H>(w, m)
    }
}

#[inline(never)]
fn slow_load<H: Host>(w: &mut Wave, m: &MemOp) -> Flow {
    // SAFETY: the wave runs.
    let env = unsafe { env(w) };
    let mut out = [Lanes::ZERO; 4];
    for (half, offset) in [m.offset, m.offset2].into_iter().enumerate() {
        if half == 1 && m.pair == 0 {
            break;
        }
        let a = match addresses(w, m, offset) {
            Ok(a) => a,
            Err(why) => return env.fail(Fault::Bad(0, why)),
        };
        for i in 0..LANES {
            let mut bytes = [0; 16];
            read(env.lds(), a.at[i], &mut bytes[..usize::from(m.bytes)]);
            for k in 0..m.words() {
                let c = &bytes[4 * k..4 * k + 4];
                out[half * m.words() + k][i] = u32::from_le_bytes([c[0], c[1], c[2], c[3]]);
            }
        }
    }
    deliver::<H>(w, m, &mut out, w.exec());
    Flow::Next
}

/// A store of whole dwords, to one or two addresses.
struct Store<const WORDS: usize, const PAIR: bool>;

impl<const WORDS: usize, const PAIR: bool> Kernel for Store<WORDS, PAIR> {
    #[inline(always)]
    unsafe fn go<H: Host>(w: &mut Wave, s: &Slot) -> Flow {
        // SAFETY: the wave runs, the slot is a memory operation.
        let (env, m) = unsafe {
            let env = env(w);
            let m = op(env, s);
            (env, m)
        };
        let exec = w.exec();
        let v = w.value(m.vaddr);
        let mut low_bits = 0;
        for i in 0..LANES {
            low_bits |= v[i].wrapping_add(m.offset as u32) & 0u32.wrapping_sub(exec >> i & 1);
        }
        if low_bits & 3 != 0 || m.offset2 & 3 != 0 {
            return slow_store(w, m);
        }
        let lds = env.lds();
        let in_a_row = exec == !0 && shape::<H>(&v, 4 * WORDS as u32) == Some(Shape::Row);
        for (half, (offset, data)) in [(m.offset, m.data), (m.offset2, m.data2)]
            .into_iter()
            .enumerate()
        {
            if half == 1 && !PAIR {
                break;
            }
            let mut lines = [Lanes::ZERO; WORDS];
            for (k, line) in lines.iter_mut().enumerate() {
                *line = w.value(data + k as u16);
            }
            let data = lines;
            if in_a_row {
                let at = (u64::from(v[0]) + u64::from(offset as u32)) as usize / 4;
                if let Some(run) = lds.get_mut(at..at + LANES * WORDS) {
                    // SAFETY: that many dwords.
                    unsafe { store_row::<H, WORDS>(run.as_mut_ptr().cast(), &data) };
                    continue;
                }
            }
            for i in 0..LANES {
                if exec >> i & 1 == 0 {
                    continue;
                }
                let word = (u64::from(v[i]) + u64::from(offset as u32)) as usize / 4;
                for (k, line) in data.iter().enumerate() {
                    if let Some(to) = lds.get_mut(word + k) {
                        *to = line[i];
                    }
                }
            }
        }
        Flow::Next
    }
}

struct StoreAny;

impl Kernel for StoreAny {
    #[inline(always)]
    unsafe fn go<H: Host>(w: &mut Wave, s: &Slot) -> Flow {
        // SAFETY: the wave runs, the slot is a memory operation.
        let m = unsafe { op(env(w), s) };
        slow_store(w, m)
    }
}

#[inline(never)]
fn slow_store(w: &mut Wave, m: &MemOp) -> Flow {
    // SAFETY: the wave runs.
    let env = unsafe { env(w) };
    for (half, (offset, data)) in [(m.offset, m.data), (m.offset2, m.data2)]
        .into_iter()
        .enumerate()
    {
        if half == 1 && m.pair == 0 {
            break;
        }
        let a = match addresses(w, m, offset) {
            Ok(a) => a,
            Err(why) => return env.fail(Fault::Bad(0, why)),
        };
        for i in 0..LANES {
            if a.live >> i & 1 != 0 {
                let bytes = lane_data(w, m, data, i);
                write(env.lds(), a.at[i], &bytes[..usize::from(m.bytes)]);
            }
        }
    }
    Flow::Next
}

/// An atomic of one dword.
struct UpdateWord;

impl Kernel for UpdateWord {
    #[inline(always)]
    unsafe fn go<H: Host>(w: &mut Wave, s: &Slot) -> Flow {
        // SAFETY: the wave runs, the slot is a memory operation.
        let (env, m) = unsafe {
            let env = env(w);
            let m = op(env, s);
            (env, m)
        };
        let Action::Atomic(kind) = m.action else {
            return Flow::Next;
        };
        let exec = w.exec();
        let (v, data) = (w.value(m.vaddr), w.value(m.data));
        let second = if kind.has_second() {
            w.value(m.data2)
        } else {
            data
        };
        let lds = env.lds();
        let mut old = Lanes::ZERO;
        let mut left = exec;
        while left != 0 {
            let i = left.trailing_zeros() as usize & 31;
            left &= left - 1;
            let word = (v[i] as usize + m.offset as u32 as usize) / 4;
            if let Some(p) = lds.get_mut(word) {
                old[i] = *p;
                *p = match kind {
                    Atomic::Add => p.wrapping_add(data[i]),
                    kind => kind.apply32(*p, data[i], second[i]),
                };
            }
        }
        if m.dst != NONE {
            // SAFETY: `Run`'s contract.
            unsafe { write_line::<H>(w, m.dst, &old, exec) };
        }
        Flow::Next
    }
}

/// Any other atomic.
struct Update;

impl Kernel for Update {
    #[inline(always)]
    unsafe fn go<H: Host>(w: &mut Wave, s: &Slot) -> Flow {
        // SAFETY: the wave runs, the slot is a memory operation.
        let (env, m) = unsafe {
            let env = env(w);
            let m = op(env, s);
            (env, m)
        };
        let Action::Atomic(kind) = m.action else {
            return Flow::Next;
        };
        let mut out = [Lanes::ZERO; 4];
        for (half, offset) in [m.offset, m.offset2].into_iter().enumerate() {
            if half == 1 && m.pair == 0 {
                break;
            }
            let a = match addresses(w, m, offset) {
                Ok(a) => a,
                Err(why) => return env.fail(Fault::Bad(0, why)),
            };
            for i in 0..LANES {
                if a.live >> i & 1 == 0 {
                    continue;
                }
                let (data, second) = atomic_data(w, m, kind, i);
                let data = if half == 1 {
                    atomic_data(
                        w,
                        &MemOp {
                            data: m.data2,
                            ..*m
                        },
                        kind,
                        i,
                    )
                    .0
                } else {
                    data
                };
                let old = atomic(env.lds(), a.at[i], m.bytes, kind, data, second);
                out[half * m.words()][i] = old as u32;
                if m.bytes == 8 {
                    out[half * m.words() + 1][i] = (old >> 32) as u32;
                }
            }
        }
        if m.dst != NONE {
            deliver::<H>(w, m, &mut out, w.exec());
        }
        Flow::Next
    }
}

/// `ds_append` and `ds_consume`: one counter, moved by the number of active lanes.
struct Append<const CONSUME: bool>;

impl<const CONSUME: bool> Kernel for Append<CONSUME> {
    #[inline(always)]
    unsafe fn go<H: Host>(w: &mut Wave, s: &Slot) -> Flow {
        // SAFETY: the wave runs, the slot is a memory operation.
        let (env, m) = unsafe {
            let env = env(w);
            let m = op(env, s);
            (env, m)
        };
        let exec = w.exec();
        let at = u64::from(w.s(scalar::M0) >> 16).wrapping_add(m.offset as u64);
        let n = u64::from(exec.count_ones());
        let kind = if CONSUME { Atomic::Sub } else { Atomic::Add };
        let old = atomic(env.lds(), at, 4, kind, n, 0);
        // SAFETY: `Run`'s contract.
        unsafe { write_line::<H>(w, m.dst, &Lanes([old as u32; LANES]), exec) };
        Flow::Next
    }
}

/// `ds_append`, or `ds_consume`.
pub fn append(cpu: Cpu, consume: bool) -> Run {
    if consume {
        stamp::<Append<true>>(cpu)
    } else {
        stamp::<Append<false>>(cpu)
    }
}

/// The kernel for an operation.
pub fn pick(cpu: Cpu, m: &MemOp) -> Run {
    let pair = m.pair != 0;
    if m.vaddr == NONE {
        return match m.action {
            Action::Store => stamp::<StoreAny>(cpu),
            _ => stamp::<LoadAny>(cpu),
        };
    }
    match (m.action, m.bytes, pair) {
        (Action::Atomic(_), 4, false) => stamp::<UpdateWord>(cpu),
        (Action::Atomic(_), _, _) => stamp::<Update>(cpu),
        (Action::Load, 4, false) => stamp::<Load<1, false>>(cpu),
        (Action::Load, 4, true) => stamp::<Load<1, true>>(cpu),
        (Action::Load, 8, false) => stamp::<Load<2, false>>(cpu),
        (Action::Load, 8, true) => stamp::<Load<2, true>>(cpu),
        (Action::Load, 12, false) => stamp::<Load<3, false>>(cpu),
        (Action::Load, 16, false) => stamp::<Load<4, false>>(cpu),
        (Action::Load, _, _) => stamp::<LoadAny>(cpu),
        (Action::Store, 4, false) => stamp::<Store<1, false>>(cpu),
        (Action::Store, 4, true) => stamp::<Store<1, true>>(cpu),
        (Action::Store, 8, false) => stamp::<Store<2, false>>(cpu),
        (Action::Store, 8, true) => stamp::<Store<2, true>>(cpu),
        (Action::Store, 12, false) => stamp::<Store<3, false>>(cpu),
        (Action::Store, 16, false) => stamp::<Store<4, false>>(cpu),
        (Action::Store, _, _) => stamp::<StoreAny>(cpu),
    }
}
