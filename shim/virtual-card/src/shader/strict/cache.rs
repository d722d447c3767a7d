//! Caches that stay stale until someone invalidates them.
//!
//! Each compute unit has a vector L0 and a scalar cache, each shader engine a GL1; behind them is
//! what all waves share, memory or [`L2`](crate::shader::L2). A line that was fetched keeps its bytes until it is invalidated, or
//! evicted at random. Stores go through to memory late: until then they are seen by their own
//! compute unit only.

use std::collections::{BTreeMap, VecDeque};

use super::rng::Rng;
use crate::shader::memory::{Access, MemoryFault, Tlb};
use crate::shader::{CacheOps, Memory};

/// Bytes of a line.
const LINE: u64 = 128;
/// Lines that a cache holds.
const LINES: usize = 256;
/// Compute units that are told apart, and shader engines.
pub const UNITS: usize = 4;
const ENGINES: usize = 2;
/// Stores that a compute unit keeps to itself at most.
const STORES: usize = 256;

#[derive(Clone)]
struct Line {
    data: [u8; LINE as usize],
    valid: u128,
}

/// Tag: address space and line number.
type Tag = (u8, u64);

#[derive(Clone, Default)]
struct Cache {
    lines: BTreeMap<Tag, Line>,
}

impl Cache {
    fn invalidate(&mut self) {
        self.lines.clear();
    }

    fn insert(&mut self, tag: Tag, line: Line, rng: &mut Rng) {
        if self.lines.len() >= LINES {
            let victim = rng.below(self.lines.len());
            if let Some(&tag) = self.lines.keys().nth(victim) {
                self.lines.remove(&tag);
            }
        }
        self.lines.insert(tag, line);
    }

    fn evict_sometimes(&mut self, tag: Tag, rng: &mut Rng) {
        if rng.one_in(24) {
            self.lines.remove(&tag);
        }
    }
}

/// A store on its way to memory.
#[derive(Clone)]
struct Store {
    wave: u64,
    serial: u64,
    va: u64,
    bytes: [u8; 16],
    len: u8,
    /// Goes on to memory.
    through: bool,
}

/// How far a load looks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Scope {
    /// L0 serves.
    Unit,
    /// L0 is passed by.
    Engine,
    /// GL1 is passed by too.
    Device,
    /// L2 keeps no line of it (gfx12).
    System,
}

/// All caches of the card. They outlive dispatches.
#[derive(Default)]
pub struct Caches {
    l0: [Cache; UNITS],
    scalar: [Cache; UNITS],
    gl1: [Cache; ENGINES],
    stores: [VecDeque<Store>; UNITS],
}

/// The bits of `len` bytes from `at` in a line's mask.
fn bits(at: u64, len: u64) -> u128 {
    let all = if len >= 128 { !0 } else { (1u128 << len) - 1 };
    all << at
}

/// Pieces of an access, each within one line: line, offset, range of the access's bytes.
fn pieces(va: u64, len: usize) -> impl Iterator<Item = (u64, u64, std::ops::Range<usize>)> {
    let mut done = 0;
    std::iter::from_fn(move || {
        (done < len).then(|| {
            let at = va.wrapping_add(done as u64);
            let n = ((LINE - at % LINE) as usize).min(len - done);
            done += n;
            (at / LINE, at % LINE, done - n..done)
        })
    })
}

/// Reads a whole line as far as it is mapped.
fn fetch(tlb: &mut Tlb, site: u32, line: u64) -> Line {
    let mut out = Line {
        data: [0; LINE as usize],
        valid: 0,
    };
    let whole = tlb.host(site, line * LINE, LINE, Access::Read);
    if matches!(whole, Ok(Some(_))) && tlb.load(site, line * LINE, &mut out.data).is_ok() {
        out.valid = !0;
        return out;
    }
    for i in (0..LINE).step_by(4) {
        let at = line * LINE + i;
        if let Ok(Some(_)) = tlb.host(site, at, 4, Access::Read) {
            let piece = &mut out.data[i as usize..i as usize + 4];
            if tlb.load(site, at, piece).is_ok() {
                out.valid |= bits(i, 4);
            }
        }
    }
    out
}

impl Caches {
    /// A vector load by `unit`. The bytes must have been found mapped.
    pub fn load(
        &mut self,
        tlb: &mut Tlb,
        rng: &mut Rng,
        vmid: u8,
        unit: usize,
        scope: Scope,
        va: u64,
        out: &mut [u8],
    ) -> Result<(), MemoryFault> {
        for (line, at, range) in pieces(va, out.len()) {
            let tag = (vmid, line);
            let want = bits(at, range.len() as u64);
            let slice = &mut out[range.clone()];
            let copy = |l: &Line, slice: &mut [u8]| {
                slice.copy_from_slice(&l.data[at as usize..at as usize + slice.len()]);
            };
            if scope == Scope::Unit {
                self.l0[unit].evict_sometimes(tag, rng);
                if let Some(l) = self.l0[unit].lines.get(&tag) {
                    if l.valid & want == want {
                        copy(l, slice);
                        continue;
                    }
                }
            }
            // What this unit stored lies before what it loads from beyond L0.
            self.drain(tlb, vmid, unit, |s| {
                s.va / LINE == line || (s.va + 15) / LINE == line
            })?;
            let engine = unit % ENGINES;
            let mut hit = None;
            if scope < Scope::Device {
                self.gl1[engine].evict_sometimes(tag, rng);
                hit = self.gl1[engine]
                    .lines
                    .get(&tag)
                    .filter(|l| l.valid & want == want)
                    .cloned();
            }
            let fetched = match hit {
                Some(l) => l,
                None => {
                    if scope == Scope::System {
                        tlb.publish((va >> 7) as u32, va + range.start as u64, range.len())?;
                    }
                    let l = fetch(tlb, (va >> 7) as u32, line);
                    if l.valid & want != want {
                        // Odd edges of a mapping: the bytes themselves.
                        tlb.load((va >> 7) as u32, va + range.start as u64, slice)?;
                        continue;
                    }
                    if scope < Scope::Device {
                        self.gl1[engine].insert(tag, l.clone(), rng);
                    }
                    l
                }
            };
            copy(&fetched, slice);
            if scope == Scope::Unit {
                self.l0[unit].insert(tag, fetched, rng);
            }
        }
        Ok(())
    }

    /// A scalar load by `unit`.
    pub fn load_scalar(
        &mut self,
        tlb: &mut Tlb,
        rng: &mut Rng,
        vmid: u8,
        unit: usize,
        va: u64,
        out: &mut [u8],
    ) -> Result<(), MemoryFault> {
        for (line, at, range) in pieces(va, out.len()) {
            let tag = (vmid, line);
            let want = bits(at, range.len() as u64);
            let slice = &mut out[range.clone()];
            let cache = &mut self.scalar[unit];
            cache.evict_sometimes(tag, rng);
            if cache.lines.get(&tag).is_none_or(|l| l.valid & want != want) {
                let l = fetch(tlb, (va >> 7) as u32, line);
                if l.valid & want != want {
                    tlb.load((va >> 7) as u32, va + range.start as u64, slice)?;
                    continue;
                }
                cache.insert(tag, l, rng);
            }
            if let Some(l) = cache.lines.get(&tag) {
                slice.copy_from_slice(&l.data[at as usize..at as usize + slice.len()]);
            }
        }
        Ok(())
    }

    /// A vector store by `unit`, of at most 16 bytes that have been found mapped.
    pub fn store(
        &mut self,
        tlb: &mut Tlb,
        vmid: u8,
        unit: usize,
        (wave, serial): (u64, u64),
        scope: Scope,
        va: u64,
        bytes: &[u8],
    ) -> Result<(), MemoryFault> {
        for (line, at, range) in pieces(va, bytes.len()) {
            let l = self.l0[unit].lines.entry((vmid, line)).or_insert(Line {
                data: [0; LINE as usize],
                valid: 0,
            });
            let piece = &bytes[range];
            l.data[at as usize..at as usize + piece.len()].copy_from_slice(piece);
            l.valid |= bits(at, piece.len() as u64);
        }
        let mut s = Store {
            wave,
            serial,
            va,
            bytes: [0; 16],
            len: bytes.len() as u8,
            through: scope == Scope::System,
        };
        s.bytes[..bytes.len()].copy_from_slice(bytes);
        // Stores to the same bytes stay in order.
        let overlaps = |o: &Store| o.va < va + bytes.len() as u64 && va < o.va + u64::from(o.len);
        if self.stores[unit].iter().any(overlaps) {
            self.drain(tlb, vmid, unit, overlaps)?;
        }
        self.stores[unit].push_back(s);
        if self.stores[unit].len() > STORES {
            self.land(tlb, vmid, unit, 0)?;
        }
        Ok(())
    }

    /// Makes way for an atomic at L2 on these bytes: own stores first, own copies gone.
    pub fn before_atomic(
        &mut self,
        tlb: &mut Tlb,
        vmid: u8,
        unit: usize,
        va: u64,
        len: u64,
    ) -> Result<(), MemoryFault> {
        self.drain(tlb, vmid, unit, |s| {
            s.va < va + len && va < s.va + u64::from(s.len)
        })?;
        for line in va / LINE..=(va + len - 1) / LINE {
            self.l0[unit].lines.remove(&(vmid, line));
            self.gl1[unit % ENGINES].lines.remove(&(vmid, line));
        }
        Ok(())
    }

    /// Lands a store now and then, and evicts a line of L2.
    pub fn tick(&mut self, tlb: &mut Tlb, rng: &mut Rng, vmid: u8) -> Result<(), MemoryFault> {
        if let Some(l2) = tlb.l2().filter(|_| rng.one_in(64)) {
            l2.evict(rng.next() as usize);
        }
        let unit = rng.below(UNITS);
        let n = self.stores[unit].len();
        if n != 0 && rng.one_in(2) {
            let at = rng.below(n);
            self.land(tlb, vmid, unit, at)?;
        }
        Ok(())
    }

    /// Lands the stores of a wave up to a number: what it waited for.
    pub fn complete(
        &mut self,
        tlb: &mut Tlb,
        vmid: u8,
        unit: usize,
        wave: u64,
        serials: &[u64],
    ) -> Result<(), MemoryFault> {
        self.drain(tlb, vmid, unit, |s| {
            s.wave == wave && serials.contains(&s.serial)
        })
    }

    /// Lands everything.
    pub fn drain_all(&mut self, tlb: &mut Tlb, vmid: u8) -> Result<(), MemoryFault> {
        (0..UNITS).try_for_each(|unit| self.drain(tlb, vmid, unit, |_| true))
    }

    fn drain(
        &mut self,
        tlb: &mut Tlb,
        vmid: u8,
        unit: usize,
        which: impl Fn(&Store) -> bool,
    ) -> Result<(), MemoryFault> {
        let mut i = 0;
        while i < self.stores[unit].len() {
            if which(&self.stores[unit][i]) {
                self.land(tlb, vmid, unit, i)?;
            } else {
                i += 1;
            }
        }
        Ok(())
    }

    /// Writes one store to L2; it takes the line out of its engine's GL1.
    fn land(&mut self, tlb: &mut Tlb, vmid: u8, unit: usize, at: usize) -> Result<(), MemoryFault> {
        let Some(s) = self.stores[unit].remove(at) else {
            return Ok(());
        };
        let len = u64::from(s.len);
        for line in s.va / LINE..=(s.va + len - 1) / LINE {
            self.gl1[unit % ENGINES].lines.remove(&(vmid, line));
        }
        let site = (s.va >> 12) as u32;
        tlb.store(site, s.va, &s.bytes[..usize::from(s.len)])?;
        if s.through {
            tlb.publish(site, s.va, usize::from(s.len))?;
        }
        Ok(())
    }

    /// `buffer_gl0_inv`, and what stands for it on gfx12.
    pub fn invalidate_l0(&mut self, unit: usize) {
        self.l0[unit].invalidate();
    }

    /// `buffer_gl1_inv`.
    pub fn invalidate_gl1(&mut self, unit: usize) {
        self.gl1[unit % ENGINES].invalidate();
    }

    /// `s_dcache_inv`.
    pub fn invalidate_scalar(&mut self, unit: usize) {
        self.scalar[unit].invalidate();
    }

    /// Forgets everything: the power failed.
    pub fn reset(&mut self) {
        *self = Caches::default();
    }

    /// What the command processor asks for. No dispatch runs then, so no store is under way.
    /// Returns the lines of L2 whose stores are lost.
    pub fn control(&mut self, ops: CacheOps, mem: &dyn Memory) -> usize {
        if ops.contains(CacheOps::GLK_INV) {
            self.scalar.iter_mut().for_each(Cache::invalidate);
        }
        if ops.contains(CacheOps::GLV_INV) {
            self.l0.iter_mut().for_each(Cache::invalidate);
        }
        if ops.contains(CacheOps::GL1_INV) {
            self.gl1.iter_mut().for_each(Cache::invalidate);
        }
        let Some(l2) = mem.l2() else {
            return 0;
        };
        if ops.contains(CacheOps::GL2_WB) {
            l2.write_back();
        }
        match ops.contains(CacheOps::GL2_INV) {
            true => l2.invalidate(),
            false => 0,
        }
    }
}
