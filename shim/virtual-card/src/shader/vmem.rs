//! Vector memory in fast mode: global, flat, buffer and scratch accesses complete at once.
//!
//! Accesses with offsets from one base ([`super::linear`]) and others whose addresses lie in one
//! contiguous run of host memory go through one translation; consecutive dwords are copied as
//! lines. Everything else goes lane by lane.

use super::access::{addresses, scratch_va, Action, Addresses, MemOp, Part, Space};
use super::atomic::Atomic;
use super::group::{Env, Fault};
use super::lanes::{opaque, write, Host, Kernel, Lanes, LANES};
use super::lds;
use super::linear::{base, load_row, store_row, Shape};
use super::memory::{gather, gather_words, update_u32, update_u64, Access, MemoryFault};
use super::program::Slot;
use super::wave::{Flow, Wave};

/// Data of up to four dwords a lane.
pub type Payload = [Lanes; 4];

/// The wave's environment.
///
/// # Safety
/// Only while the wave runs.
#[inline(always)]
pub unsafe fn env<'a>(w: &Wave) -> &'a mut Env<'static> {
    // SAFETY: the scheduler sets it before running the wave, and each wave runs on one thread.
    unsafe { &mut *w.env }
}

/// The slot's memory operation.
///
/// # Safety
/// The slot is a memory operation of the program that runs.
#[inline(always)]
pub unsafe fn op<'a>(env: &Env, s: &Slot) -> &'a MemOp {
    // SAFETY: predecoding made the index; the program outlives the run.
    #[allow(clippy::needless_borrow)]
    unsafe {
        (&(*env.program).memory).get_unchecked(s.ext as usize)
    }
}

/// Lowest and highest live address.
#[inline(always)]
fn range(a: &Addresses, live: u32) -> (u64, u64) {
    let first = a.at[live.trailing_zeros() as usize & 31];
    let (mut lo, mut hi) = (first, first);
    for i in 0..LANES {
        let v = if live >> i & 1 != 0 { a.at[i] } else { first };
        lo = lo.min(v);
        hi = hi.max(v);
    }
    (lo, hi)
}

/// A load of whole dwords.
pub struct LoadWords<const WORDS: usize>;

impl<const WORDS: usize> Kernel for LoadWords<WORDS> {
    #[inline(always)]
    unsafe fn go<H: Host>(w: &mut Wave, s: &Slot) -> Flow {
        // SAFETY: the wave runs, the slot is a memory operation.
        let (env, m) = unsafe {
            let env = env(w);
            let m = op(env, s);
            (env, m)
        };
        let exec = w.exec();
        if exec == 0 {
            return Flow::Next;
        }
        // SAFETY: `Run`'s contract.
        unsafe {
            if load_offsets::<H, WORDS>(w, env, m, exec) {
                Flow::Next
            } else {
                load_general::<H, WORDS>(w, env, m, exec)
            }
        }
    }
}

/// Loads at any addresses, through one translation where they lie in one run of host memory.
///
/// # Safety
/// `Run`'s contract.
#[inline(never)]
unsafe fn load_general<H: Host, const WORDS: usize>(
    w: &mut Wave,
    env: &mut Env<'static>,
    m: &MemOp,
    exec: u32,
) -> Flow {
    let a = match addresses(w, m, m.offset) {
        Ok(a) => a,
        Err(why) => return env.fail(Fault::Bad(0, why)),
    };
    if a.lds | a.scratch == 0 {
        if a.live == 0 {
            for k in 0..WORDS {
                // SAFETY: `Run`'s contract.
                unsafe { write::<H>(w, m.dst + k as u16, &Lanes::ZERO, exec) };
            }
            return Flow::Next;
        }
        let (lo, hi) = range(&a, a.live);
        let span = hi - lo + 4 * WORDS as u64;
        if span < 1 << 40 && lo & 3 == 0 {
            if let Ok(Some(p)) = env.tlb.host(m.site, lo, span, Access::Read) {
                // SAFETY: `host` vouches for `span` bytes from `lo`.
                if unsafe { load_words::<H, WORDS>(w, m, &a, lo, p.cast_const(), exec) } {
                    return Flow::Next;
                }
            }
        }
    }
    // SAFETY: `Run`'s contract.
    unsafe { load_slow::<H>(w, env, m, &a) }
}

/// Loads at 32-bit offsets through one translation; false if that is not how the addresses lie.
///
/// # Safety
/// `Run`'s contract.
#[inline(always)]
unsafe fn load_offsets<H: Host, const WORDS: usize>(
    w: &mut Wave,
    env: &mut Env<'static>,
    m: &MemOp,
    exec: u32,
) -> bool {
    let bytes = 4 * WORDS as u32;
    let Some(base) = base(w, m, bytes) else {
        return false;
    };
    // SAFETY: predecoding checked the line.
    let v = unsafe { &*opaque(w.line(m.vaddr)) };
    if exec == !0 {
        if let Some((shape, va)) = base.shape::<H>(v, bytes) {
            let span = match shape {
                Shape::Row => u64::from(bytes) * LANES as u64,
                Shape::One => u64::from(bytes),
            };
            if let Ok(Some(p)) = env.tlb.host(m.site, va, span, Access::Read) {
                // SAFETY: `host` vouches for `span` bytes from `va`, which is aligned.
                let lines: [Lanes; WORDS] = unsafe {
                    match shape {
                        Shape::Row => load_row::<H, WORDS>(p),
                        Shape::One => {
                            let mut lines = [Lanes::ZERO; WORDS];
                            for (k, line) in lines.iter_mut().enumerate() {
                                *line = Lanes([p.cast::<u32>().add(k).read_volatile(); LANES]);
                            }
                            lines
                        }
                    }
                };
                for (k, line) in lines.iter().enumerate() {
                    // SAFETY: `Run`'s contract.
                    unsafe { write::<H>(w, m.dst + k as u16, line, exec) };
                }
                return true;
            }
        }
    }
    let mut out = [Lanes::ZERO; WORDS];
    if let Some(o) = base.spread::<H>(v, exec, bytes) {
        if !o.aligned {
            return false;
        }
        let Ok(Some(p)) = env.tlb.host(m.site, o.va, o.span, Access::Read) else {
            return false;
        };
        // SAFETY: `host` vouches for `span` bytes from `va`, which hold all lanes' dwords.
        unsafe { gather_words(p, &o.at, &mut out) };
        if o.live != exec {
            for line in &mut out {
                let mut kept = Lanes::ZERO;
                // SAFETY: a local line.
                unsafe { H::blend(&mut kept, line, o.live) };
                *line = kept;
            }
        }
    }
    for (k, line) in out.iter().enumerate() {
        // SAFETY: `Run`'s contract.
        unsafe { write::<H>(w, m.dst + k as u16, line, exec) };
    }
    true
}

/// Stores at 32-bit offsets through one translation; false if that is not how the addresses lie.
///
/// # Safety
/// `Run`'s contract.
#[inline(always)]
unsafe fn store_offsets<H: Host, const WORDS: usize>(
    w: &Wave,
    env: &mut Env<'static>,
    m: &MemOp,
) -> bool {
    let bytes = 4 * WORDS as u32;
    let Some(base) = base(w, m, bytes) else {
        return false;
    };
    let exec = w.exec();
    // SAFETY: predecoding checked the line.
    let v = unsafe { &*opaque(w.line(m.vaddr)) };
    if exec == !0 {
        if let Some((Shape::Row, va)) = base.shape::<H>(v, bytes) {
            let span = u64::from(bytes) * LANES as u64;
            if let Ok(Some(p)) = env.tlb.host(m.site, va, span, Access::Write) {
                let mut data = [Lanes::ZERO; WORDS];
                for (k, line) in data.iter_mut().enumerate() {
                    *line = w.value(m.data + k as u16);
                }
                // SAFETY: `host` vouches for `span` bytes from `va`, which is aligned.
                unsafe { store_row::<H, WORDS>(p, &data) };
                return true;
            }
        }
    }
    let Some(o) = base.spread::<H>(v, exec, bytes) else {
        return true;
    };
    if !o.aligned {
        return false;
    }
    let Ok(Some(p)) = env.tlb.host(m.site, o.va, o.span, Access::Write) else {
        return false;
    };
    let mut data = [v; WORDS];
    for (k, line) in data.iter_mut().enumerate() {
        // SAFETY: predecoding checked the lines.
        *line = unsafe { &*opaque(w.line(m.data + k as u16)) };
    }
    let mut left = o.live;
    while left != 0 {
        let i = left.trailing_zeros() as usize & 31;
        left &= left - 1;
        for (k, line) in data.iter().enumerate() {
            // SAFETY: `host` vouches for `span` bytes from `va`, which hold all lanes' dwords.
            unsafe {
                let to = p.add(o.at[i] as usize).cast::<u32>();
                to.add(k).write_volatile(line[i]);
            }
        }
    }
    true
}

/// Loads through one translation; false if a lane's address is not dword aligned.
///
/// # Safety
/// All live addresses lie in host memory at `p`, which stands for `lo`.
#[inline(always)]
unsafe fn load_words<H: Host, const WORDS: usize>(
    w: &mut Wave,
    m: &MemOp,
    a: &Addresses,
    lo: u64,
    p: *const u8,
    exec: u32,
) -> bool {
    let mut off = [0u64; LANES];
    let mut consecutive = a.live == !0;
    let mut low_bits = 0;
    for i in 0..LANES {
        let live = 0u64.wrapping_sub(u64::from(a.live >> i & 1));
        off[i] = a.at[i].wrapping_sub(lo) & live;
        low_bits |= off[i];
    }
    for i in 0..LANES {
        consecutive &= off[i] == (4 * WORDS * i) as u64;
    }
    if low_bits & 3 != 0 {
        return false;
    }
    let mut out = [Lanes::ZERO; 4];
    // SAFETY: the caller's; offsets of dead lanes are zero, which is inside.
    unsafe {
        if consecutive && WORDS == 1 {
            out[0] = H::load(p);
        } else {
            gather::<WORDS>(p, &off, &mut out);
        }
        if a.live != exec {
            for line in out.iter_mut().take(WORDS) {
                for i in 0..LANES {
                    line[i] &= 0u32.wrapping_sub(a.live >> i & 1);
                }
            }
        }
        for (k, line) in out.iter().enumerate().take(WORDS) {
            write::<H>(w, m.dst + k as u16, line, exec);
        }
    }
    true
}

/// A load of any kind, lane by lane.
pub struct LoadAny;

impl Kernel for LoadAny {
    #[inline(always)]
    unsafe fn go<H: Host>(w: &mut Wave, s: &Slot) -> Flow {
        // SAFETY: the wave runs, the slot is a memory operation.
        let (env, m) = unsafe {
            let env = env(w);
            let m = op(env, s);
            (env, m)
        };
        match addresses(w, m, m.offset) {
            // SAFETY: `Run`'s contract.
            Ok(a) => unsafe { load_slow::<H>(w, env, m, &a) },
            Err(why) => env.fail(Fault::Bad(0, why)),
        }
    }
}

/// Loads lane by lane.
///
/// # Safety
/// `Run`'s contract.
#[inline(never)]
unsafe fn load_slow<H: Host>(
    w: &mut Wave,
    env: &mut Env<'static>,
    m: &MemOp,
    a: &Addresses,
) -> Flow {
    let mut out = [Lanes::ZERO; 4];
    for i in 0..LANES {
        if a.live >> i & 1 == 0 {
            continue;
        }
        let mut bytes = [0; 16];
        let n = usize::from(m.bytes);
        if let Err(f) = read_lane(w, env, m, a, i, &mut bytes[..n]) {
            return env.fail(f);
        }
        for (k, c) in bytes.chunks_exact(4).enumerate() {
            out[k][i] = u32::from_le_bytes([c[0], c[1], c[2], c[3]]);
        }
    }
    deliver::<H>(w, m, &mut out, w.exec());
    Flow::Next
}

/// Reads one lane's bytes from whichever memory its address means.
pub fn read_lane(
    w: &Wave,
    env: &mut Env,
    m: &MemOp,
    a: &Addresses,
    lane: usize,
    out: &mut [u8],
) -> Result<(), Fault> {
    let at = a.at[lane];
    if a.lds >> lane & 1 != 0 {
        lds::read(env.lds(), at, out);
        Ok(())
    } else if a.scratch >> lane & 1 != 0 {
        check_scratch(env, at, out.len(), lane)?;
        for (i, piece) in pieces(at, out.len()) {
            let va = scratch_va(w.scratch, lane, at + i as u64);
            env.tlb
                .read(m.site, va, &mut out[i..i + piece])
                .map_err(|f| Fault::Memory(lane as u32, f))?;
        }
        Ok(())
    } else {
        env.tlb
            .read(m.site, at, out)
            .map_err(|f| Fault::Memory(lane as u32, f))
    }
}

/// Splits a scratch access at its dwords, which are interleaved over the lanes.
fn pieces(at: u64, len: usize) -> impl Iterator<Item = (usize, usize)> {
    let mut done = 0;
    std::iter::from_fn(move || {
        (done < len).then(|| {
            let n = (4 - ((at as usize + done) & 3)).min(len - done);
            done += n;
            (done - n, n)
        })
    })
}

fn check_scratch(env: &Env, at: u64, len: usize, lane: usize) -> Result<(), Fault> {
    let limit = env.dispatch.scratch_wave_bytes() / LANES as u64;
    if at + len as u64 > limit {
        return Err(Fault::Bad(
            lane as u32,
            format!("scratch offset {at:#x} with {len} bytes; the lane has {limit:#x}"),
        ));
    }
    Ok(())
}

/// Extends narrow results and writes them to the registers of `lanes`.
#[inline(always)]
pub fn deliver<H: Host>(w: &mut Wave, m: &MemOp, out: &mut Payload, lanes: u32) {
    if m.bytes < 4 {
        let shift = 32 - 8 * u32::from(m.bytes);
        for v in &mut out[0].0 {
            *v = if m.signed {
                ((*v << shift) as i32 >> shift) as u32
            } else {
                *v
            };
        }
        let old = w.value(m.dst);
        for i in 0..LANES {
            match m.part {
                Part::Whole => {}
                Part::Low => out[0][i] = old[i] & 0xffff_0000 | out[0][i] & 0xffff,
                Part::High => out[0][i] = old[i] & 0xffff | out[0][i] << 16,
            }
        }
    }
    for (k, line) in out.iter().enumerate().take(m.result_words()) {
        // SAFETY: predecoding checked the registers; the blend of any CPU is always allowed, and
        // `H` is the stamping that runs.
        unsafe { write::<H>(w, m.dst + k as u16, line, lanes) };
    }
}

/// A store of whole dwords.
pub struct StoreWords<const WORDS: usize>;

impl<const WORDS: usize> Kernel for StoreWords<WORDS> {
    #[inline(always)]
    unsafe fn go<H: Host>(w: &mut Wave, s: &Slot) -> Flow {
        // SAFETY: the wave runs, the slot is a memory operation.
        let (env, m) = unsafe {
            let env = env(w);
            let m = op(env, s);
            (env, m)
        };
        if w.exec() == 0 {
            return Flow::Next;
        }
        // SAFETY: `Run`'s contract.
        unsafe {
            if store_offsets::<H, WORDS>(w, env, m) {
                Flow::Next
            } else {
                store_general::<H, WORDS>(w, env, m)
            }
        }
    }
}

/// Stores at any addresses, through one translation where they lie in one run of host memory.
///
/// # Safety
/// `Run`'s contract.
#[inline(never)]
unsafe fn store_general<H: Host, const WORDS: usize>(
    w: &mut Wave,
    env: &mut Env<'static>,
    m: &MemOp,
) -> Flow {
    let a = match addresses(w, m, m.offset) {
        Ok(a) => a,
        Err(why) => return env.fail(Fault::Bad(0, why)),
    };
    if a.live == 0 {
        return Flow::Next;
    }
    if a.lds | a.scratch == 0 {
        let (lo, hi) = range(&a, a.live);
        let span = hi - lo + 4 * WORDS as u64;
        if span < 1 << 40 && lo & 3 == 0 {
            if let Ok(Some(p)) = env.tlb.host(m.site, lo, span, Access::Write) {
                let mut low_bits = 0;
                let mut consecutive = a.live == !0;
                for i in 0..LANES {
                    let live = 0u64.wrapping_sub(u64::from(a.live >> i & 1));
                    low_bits |= a.at[i] & live;
                    consecutive &= a.at[i].wrapping_sub(lo) == (4 * WORDS * i) as u64;
                }
                if low_bits & 3 == 0 {
                    // SAFETY: `host` vouches for `span` bytes from `lo`, all aligned.
                    unsafe {
                        if WORDS == 1 && consecutive {
                            H::store(p, &w.value(m.data));
                        } else {
                            let data: [Lanes; WORDS] =
                                std::array::from_fn(|k| w.value(m.data + k as u16));
                            for i in 0..LANES {
                                if a.live >> i & 1 == 0 {
                                    continue;
                                }
                                let to = p.add((a.at[i] - lo) as usize).cast::<u32>();
                                for (k, line) in data.iter().enumerate() {
                                    to.add(k).write_volatile(line[i]);
                                }
                            }
                        }
                    }
                    return Flow::Next;
                }
            }
        }
    }
    store_slow(w, env, m, &a)
}

/// A store of any kind, lane by lane.
pub struct StoreAny;

impl Kernel for StoreAny {
    #[inline(always)]
    unsafe fn go<H: Host>(w: &mut Wave, s: &Slot) -> Flow {
        // SAFETY: the wave runs, the slot is a memory operation.
        let (env, m) = unsafe {
            let env = env(w);
            let m = op(env, s);
            (env, m)
        };
        match addresses(w, m, m.offset) {
            Ok(a) => store_slow(w, env, m, &a),
            Err(why) => env.fail(Fault::Bad(0, why)),
        }
    }
}

/// The bytes that a lane stores.
pub fn lane_data(w: &Wave, m: &MemOp, line: u16, lane: usize) -> [u8; 16] {
    let mut bytes = [0; 16];
    for k in 0..m.words() {
        let v = w.value(line + k as u16)[lane];
        let v = if m.part == Part::High { v >> 16 } else { v };
        bytes[4 * k..4 * k + 4].copy_from_slice(&v.to_le_bytes());
    }
    bytes
}

#[inline(never)]
fn store_slow(w: &mut Wave, env: &mut Env<'static>, m: &MemOp, a: &Addresses) -> Flow {
    for i in 0..LANES {
        if a.live >> i & 1 == 0 {
            continue;
        }
        let bytes = lane_data(w, m, m.data, i);
        if let Err(f) = write_lane(w, env, m, a, i, &bytes[..usize::from(m.bytes)]) {
            return env.fail(f);
        }
    }
    Flow::Next
}

/// Writes one lane's bytes to whichever memory its address means.
pub fn write_lane(
    w: &Wave,
    env: &mut Env,
    m: &MemOp,
    a: &Addresses,
    lane: usize,
    bytes: &[u8],
) -> Result<(), Fault> {
    let at = a.at[lane];
    if a.lds >> lane & 1 != 0 {
        lds::write(env.lds(), at, bytes);
        Ok(())
    } else if a.scratch >> lane & 1 != 0 {
        check_scratch(env, at, bytes.len(), lane)?;
        for (i, piece) in pieces(at, bytes.len()) {
            let va = scratch_va(w.scratch, lane, at + i as u64);
            env.tlb
                .write(m.site, va, &bytes[i..i + piece])
                .map_err(|f| Fault::Memory(lane as u32, f))?;
        }
        Ok(())
    } else {
        env.tlb
            .write(m.site, at, bytes)
            .map_err(|f| Fault::Memory(lane as u32, f))
    }
}

/// An atomic, lane by lane in lane order.
pub struct AtomicAny;

impl Kernel for AtomicAny {
    #[inline(always)]
    unsafe fn go<H: Host>(w: &mut Wave, s: &Slot) -> Flow {
        // SAFETY: the wave runs, the slot is a memory operation.
        let (env, m) = unsafe {
            let env = env(w);
            let m = op(env, s);
            (env, m)
        };
        let Action::Atomic(atomic) = m.action else {
            return Flow::Next;
        };
        let a = match addresses(w, m, m.offset) {
            Ok(a) => a,
            Err(why) => return env.fail(Fault::Bad(0, why)),
        };
        let mut out = [Lanes::ZERO; 4];
        for i in 0..LANES {
            if a.live >> i & 1 == 0 {
                continue;
            }
            match atomic_lane(w, env, m, &a, atomic, i) {
                Ok(old) => {
                    out[0][i] = old as u32;
                    out[1][i] = (old >> 32) as u32;
                }
                Err(f) => return env.fail(f),
            }
        }
        if m.dst != super::access::NONE {
            deliver::<H>(w, m, &mut out, w.exec());
        }
        Flow::Next
    }
}

/// A lane's first and second atomic operand.
pub fn atomic_data(w: &Wave, m: &MemOp, atomic: Atomic, lane: usize) -> (u64, u64) {
    let get = |line: u16| {
        let lo = u64::from(w.value(line)[lane]);
        if m.bytes == 8 {
            lo | u64::from(w.value(line + 1)[lane]) << 32
        } else {
            lo
        }
    };
    (
        get(m.data),
        if atomic.has_second() { get(m.data2) } else { 0 },
    )
}

/// Runs one lane's atomic and returns the old value.
pub fn atomic_lane(
    w: &Wave,
    env: &mut Env,
    m: &MemOp,
    a: &Addresses,
    atomic: Atomic,
    lane: usize,
) -> Result<u64, Fault> {
    let (data, second) = atomic_data(w, m, atomic, lane);
    let mut at = a.at[lane];
    if a.lds >> lane & 1 != 0 {
        return Ok(lds::atomic(env.lds(), at, m.bytes, atomic, data, second));
    }
    if a.scratch >> lane & 1 != 0 {
        check_scratch(env, at, usize::from(m.bytes), lane)?;
        if m.bytes != 4 {
            return Err(Fault::Bad(lane as u32, "a 64-bit atomic on scratch".into()));
        }
        at = scratch_va(w.scratch, lane, at);
    }
    let bytes = u64::from(m.bytes);
    if !at.is_multiple_of(bytes) {
        return Err(Fault::Bad(
            lane as u32,
            format!("atomic on misaligned address {at:#x}"),
        ));
    }
    let p = env
        .tlb
        .host(m.site, at, bytes, Access::Atomic)
        .map_err(|f| Fault::Memory(lane as u32, f))?
        .ok_or(Fault::Memory(
            lane as u32,
            MemoryFault {
                va: at,
                access: Access::Atomic,
                kind: super::memory::FaultKind::Unmapped,
            },
        ))?;
    // SAFETY: `host` vouches for the aligned bytes.
    Ok(unsafe {
        if m.bytes == 8 {
            update_u64(p, |old| atomic.apply64(old, data, second))
        } else {
            u64::from(update_u32(p, |old| {
                atomic.apply32(old, data as u32, second as u32)
            }))
        }
    })
}

/// The kernel for an operation, by what it does.
pub fn pick(cpu: super::lanes::Cpu, m: &MemOp) -> super::lanes::Run {
    use super::lanes::stamp;
    match (m.space, m.action) {
        (Space::Lds, _) => lds::pick(cpu, m),
        (_, Action::Atomic(_)) => stamp::<AtomicAny>(cpu),
        (_, Action::Load) => match m.bytes {
            4 => stamp::<LoadWords<1>>(cpu),
            8 => stamp::<LoadWords<2>>(cpu),
            12 => stamp::<LoadWords<3>>(cpu),
            16 => stamp::<LoadWords<4>>(cpu),
            _ => stamp::<LoadAny>(cpu),
        },
        (_, Action::Store) => match m.bytes {
            4 => stamp::<StoreWords<1>>(cpu),
            8 => stamp::<StoreWords<2>>(cpu),
            12 => stamp::<StoreWords<3>>(cpu),
            16 => stamp::<StoreWords<4>>(cpu),
            _ => stamp::<StoreAny>(cpu),
        },
    }
}
