//! Memory operations in strict mode: through the caches, with definedness and LDS races checked.

use rdna_isa::{Gen, Mods};

use super::cache::Scope;
use super::{Machine, Unusual};
use crate::shader::access::{addresses, scratch_va, Action, Addresses, MemOp, Part, Space, NONE};
use crate::shader::atomic::Atomic;
use crate::shader::group::Fault;
use crate::shader::lanes::{Lanes, LANES};
use crate::shader::memory::Access;
use crate::shader::vmem::{atomic_lane, lane_data};
use crate::shader::wave::{scalar, Wave, TEMP_LINES};
use crate::shader::ViolationKind;

/// What strict mode knows of a word of LDS.
#[derive(Clone, Copy, Debug, Default)]
struct Word {
    /// Undefined bits.
    shadow: u32,
    /// Wave that wrote it last, plus one, the bytes, and how often it had signalled barriers then.
    writer: u8,
    bytes: u8,
    written: u32,
    /// Waves that read it when they had signalled `read` times.
    readers: u32,
    read: u32,
    /// Accessed by atomic operations.
    atomic: bool,
}

/// A workgroup's LDS as strict mode sees it.
#[derive(Clone, Debug, Default)]
pub struct Lds {
    words: Vec<Word>,
}

impl Lds {
    /// Nothing written.
    pub fn new(words: usize) -> Lds {
        Lds {
            words: vec![
                Word {
                    shadow: !0,
                    ..Word::default()
                };
                words
            ],
        }
    }
}

/// A wave's place in the order that barriers make.
#[derive(Clone, Copy, Debug, Default)]
pub struct Order {
    /// Barriers that it has signalled.
    pub signals: u32,
    /// Barriers that it has passed.
    pub waits: u32,
}

/// Who accesses LDS.
#[derive(Clone, Copy)]
pub struct Accessor {
    /// Wave in the workgroup.
    pub wave: u32,
    /// Its place in the order.
    pub order: Order,
    /// Report races.
    pub races: bool,
}

impl Lds {
    /// Notes a read of bytes and returns their undefined bits, in the dwords that they make.
    fn read(&mut self, who: Accessor, at: u64, len: usize) -> Result<[u32; 4], String> {
        let mut out = [0; 4];
        for i in 0..len as u64 {
            let Some(w) = self.words.get_mut(((at + i) / 4) as usize) else {
                continue;
            };
            let byte = (at + i) & 3;
            let foreign =
                w.writer != 0 && u32::from(w.writer) - 1 != who.wave && w.bytes >> byte & 1 != 0;
            if who.races && foreign && !w.atomic && who.order.waits <= w.written {
                return Err(format!(
                    "LDS byte {:#x} was written by wave {} with no barrier since",
                    at + i,
                    w.writer - 1
                ));
            }
            if w.read != who.order.signals || w.readers == 0 {
                (w.read, w.readers) = (who.order.signals, 0);
            }
            w.readers |= 1 << (who.wave & 31);
            let bits = w.shadow >> (8 * byte) & 0xff;
            out[(i / 4) as usize] |= bits << (8 * (i & 3));
        }
        Ok(out)
    }

    /// Notes a write of bytes with these undefined bits. `changes` tells whether values differ.
    fn write(
        &mut self,
        who: Accessor,
        at: u64,
        shadow: &[u32; 4],
        len: usize,
        changes: bool,
    ) -> Result<(), String> {
        for i in 0..len as u64 {
            let Some(w) = self.words.get_mut(((at + i) / 4) as usize) else {
                continue;
            };
            let byte = (at + i) & 3;
            let foreign =
                w.writer != 0 && u32::from(w.writer) - 1 != who.wave && w.bytes >> byte & 1 != 0;
            if who.races && changes && foreign && !w.atomic && who.order.waits <= w.written {
                return Err(format!(
                    "LDS byte {:#x} was written by wave {} too, with no barrier since",
                    at + i,
                    w.writer - 1
                ));
            }
            let others = w.readers & !(1 << (who.wave & 31));
            if who.races && changes && others != 0 && !w.atomic && who.order.waits <= w.read {
                return Err(format!(
                    "LDS byte {:#x} was read by wave {} with no barrier since",
                    at + i,
                    others.trailing_zeros()
                ));
            }
            if u32::from(w.writer) != who.wave + 1 || w.written != who.order.signals {
                w.bytes = 0;
            }
            w.writer = who.wave as u8 + 1;
            w.written = who.order.signals;
            w.bytes |= 1 << byte;
            let bits = shadow[(i / 4) as usize] >> (8 * (i & 3)) & 0xff;
            w.shadow = w.shadow & !(0xff << (8 * byte)) | bits << (8 * byte);
        }
        Ok(())
    }

    /// Notes an atomic access; such words are left out of the race check from then on.
    fn atomic(&mut self, at: u64, len: usize) -> u32 {
        let mut undefined = 0;
        for i in (0..len as u64).step_by(4) {
            if let Some(w) = self.words.get_mut(((at + i) / 4) as usize) {
                w.atomic = true;
                undefined |= w.shadow;
                w.shadow = 0;
            }
        }
        undefined
    }
}

/// How far an access looks, by its cache bits: GLC on gfx11 passes L0 and GL1, scopes on gfx12.
pub fn scope(gen: Gen, cache: u8) -> Scope {
    match gen {
        Gen::Gfx11 if cache & Mods::GLC != 0 => Scope::Device,
        Gen::Gfx11 => Scope::Unit,
        Gen::Gfx12 => match cache & 3 {
            0 => Scope::Unit,
            1 => Scope::Engine,
            2 => Scope::Device,
            _ => Scope::System,
        },
    }
}

fn register(line: u16) -> usize {
    usize::from(line) - TEMP_LINES
}

impl Machine<'_> {
    /// Executes a vector memory operation of the running wave.
    pub fn memory(&mut self, w: &mut Wave, m: &MemOp, serial: u64) -> Result<(), Unusual> {
        let gen = self.env.dispatch.gen();
        let offsets = [m.offset, m.offset2];
        let mut out = [Lanes::ZERO; 4];
        let mut shadow = [Lanes::ZERO; 4];
        let addresses_of_half = if m.pair != 0 { 2 } else { 1 };
        self.check_address(w, m)?;
        for half in 0..addresses_of_half {
            let a =
                addresses(w, m, offsets[half]).map_err(|why| Unusual::Fault(Fault::Bad(0, why)))?;
            let data = if half == 1 { m.data2 } else { m.data };
            let first = half * m.words();
            match m.action {
                Action::Load => {
                    for i in 0..LANES {
                        if a.live >> i & 1 == 0 {
                            continue;
                        }
                        let (bytes, undefined) =
                            self.load_lane(w, m, &a, i, scope(gen, m.cache))?;
                        for k in 0..m.words() {
                            let c = &bytes[4 * k..4 * k + 4];
                            out[first + k][i] = u32::from_le_bytes([c[0], c[1], c[2], c[3]]);
                            shadow[first + k][i] = undefined[k];
                        }
                    }
                }
                Action::Store => {
                    for i in 0..LANES {
                        if a.live >> i & 1 != 0 {
                            self.store_lane(w, m, &a, i, data, serial, scope(gen, m.cache))?;
                        }
                    }
                }
                Action::Atomic(kind) => {
                    for i in 0..LANES {
                        if a.live >> i & 1 == 0 {
                            continue;
                        }
                        self.check_data(m, data, i)?;
                        let at = a.at[i];
                        if a.lds >> i & 1 != 0 {
                            let undefined = self.lds.atomic(at, usize::from(m.bytes));
                            if kind == Atomic::Swap {
                                // It makes nothing of what was there but hand it on.
                                (0..m.words()).for_each(|k| shadow[first + k][i] = undefined);
                            } else if undefined != 0 {
                                return Err(self.violation(
                                    ViolationKind::Uninitialized,
                                    format!("LDS at {at:#x} was never written"),
                                ));
                            }
                        } else if a.scratch >> i & 1 == 0 {
                            self.caches
                                .before_atomic(
                                    &mut self.env.tlb,
                                    self.env.dispatch.vmid,
                                    self.unit,
                                    at,
                                    u64::from(m.bytes),
                                )
                                .map_err(|f| Unusual::Fault(Fault::Memory(i as u32, f)))?;
                        }
                        let m2 = MemOp { data, ..*m };
                        let old = self.atomic(w, &m2, &a, kind, i, scope(gen, m.cache))?;
                        out[first][i] = old as u32;
                        if m.bytes == 8 {
                            out[first + 1][i] = (old >> 32) as u32;
                        }
                    }
                }
            }
        }
        if m.dst != NONE {
            self.deliver(w, m, &mut out, &mut shadow);
        }
        Ok(())
    }

    /// Runs one lane's atomic, in L2 where that has its line, and returns the old value.
    fn atomic(
        &mut self,
        w: &Wave,
        m: &MemOp,
        a: &Addresses,
        kind: Atomic,
        i: usize,
        scope: Scope,
    ) -> Result<u64, Unusual> {
        let (at, n) = (a.at[i], usize::from(m.bytes));
        let local = (a.lds | a.scratch) >> i & 1 != 0;
        let place = match local || !at.is_multiple_of(n as u64) {
            true => None,
            false => self.env.tlb.atomic(m.site, at, n),
        };
        let Some((span, l2)) = place else {
            return atomic_lane(w, self.env, m, a, kind, i).map_err(Unusual::Fault);
        };
        let mut run = || atomic_lane(w, self.env, m, a, kind, i).map_err(Unusual::Fault);
        if scope < Scope::System {
            return l2.update(span, n, run);
        }
        l2.publish(span);
        run()
    }

    /// Addresses may not depend on undefined bits.
    fn check_address(&self, w: &Wave, m: &MemOp) -> Result<(), Unusual> {
        let exec = w.exec();
        if exec == 0 {
            return Ok(());
        }
        if m.vaddr != NONE {
            for k in 0..=u16::from(m.wide) {
                let n = register(m.vaddr + k);
                if let Some(lane) = self.shadow.undefined_lane(n, exec, !0) {
                    return Err(self.violation(
                        ViolationKind::Uninitialized,
                        format!("the address in v{n} is undefined in lane {lane}"),
                    ));
                }
            }
        }
        let scalars = [
            (m.saddr, if m.space == Space::Global { 2 } else { 1 }),
            (m.rsrc, 4),
        ];
        for (index, dwords) in scalars {
            if index == NONE {
                continue;
            }
            for k in 0..dwords {
                if self.shadow.scalar(index + k) != 0 {
                    return Err(self.violation(
                        ViolationKind::Uninitialized,
                        format!("the address in s{} is undefined", index + k),
                    ));
                }
            }
        }
        if m.space == Space::Lds && m.vaddr == NONE && self.shadow.scalar(scalar::M0) != 0 {
            return Err(self.violation(
                ViolationKind::Uninitialized,
                "the address in m0 is undefined".into(),
            ));
        }
        Ok(())
    }

    fn load_lane(
        &mut self,
        w: &Wave,
        m: &MemOp,
        a: &Addresses,
        i: usize,
        scope: Scope,
    ) -> Result<([u8; 16], [u32; 4]), Unusual> {
        let mut bytes = [0; 16];
        let n = usize::from(m.bytes);
        let at = a.at[i];
        let memory = |f| Unusual::Fault(Fault::Memory(i as u32, f));
        if a.lds >> i & 1 != 0 {
            crate::shader::lds::read(self.env.lds(), at, &mut bytes[..n]);
            let who = self.accessor(w);
            let undefined = self
                .lds
                .read(who, at, n)
                .map_err(|e| self.violation(ViolationKind::LdsRace, e))?;
            return Ok((bytes, undefined));
        }
        if a.scratch >> i & 1 != 0 {
            crate::shader::vmem::read_lane(w, self.env, m, a, i, &mut bytes[..n])
                .map_err(Unusual::Fault)?;
            let mut undefined = [0; 4];
            for k in 0..n {
                let va = scratch_va(w.scratch, i, at + k as u64);
                if !self.scratch.contains(&va) {
                    undefined[k / 4] |= 0xff << (8 * (k & 3));
                }
            }
            return Ok((bytes, undefined));
        }
        // The translation of what is accessed must be there; lines around it may be cut short.
        let mut probe = [0; 16];
        self.env
            .tlb
            .read(m.site, at, &mut probe[..n])
            .map_err(memory)?;
        self.caches
            .load(
                &mut self.env.tlb,
                self.rng,
                self.env.dispatch.vmid,
                self.unit,
                scope,
                at,
                &mut bytes[..n],
            )
            .map_err(memory)?;
        Ok((bytes, [0; 4]))
    }

    /// What is stored may not be undefined where someone else will see it.
    fn check_data(&self, m: &MemOp, line: u16, lane: usize) -> Result<(), Unusual> {
        for k in 0..m.words() {
            let n = register(line + k as u16);
            let bits = match (m.bytes, m.part) {
                (1, Part::High) => 0xff_0000,
                (2, Part::High) => 0xffff_0000,
                (1, _) => 0xff,
                (2, _) => 0xffff,
                _ => !0,
            };
            if self.shadow.undefined_lane(n, 1 << lane, bits).is_some() {
                return Err(self.violation(
                    ViolationKind::Uninitialized,
                    format!("the stored value in v{n} is undefined in lane {lane}"),
                ));
            }
        }
        Ok(())
    }

    fn store_lane(
        &mut self,
        w: &Wave,
        m: &MemOp,
        a: &Addresses,
        i: usize,
        line: u16,
        serial: u64,
        scope: Scope,
    ) -> Result<(), Unusual> {
        let bytes = lane_data(w, m, line, i);
        let n = usize::from(m.bytes);
        let at = a.at[i];
        let memory = |f| Unusual::Fault(Fault::Memory(i as u32, f));
        let undefined: [u32; 4] = std::array::from_fn(|k| {
            if k < m.words() {
                let u = self.shadow.vgpr(register(line + k as u16))[i];
                if m.part == Part::High {
                    u >> 16
                } else {
                    u
                }
            } else {
                0
            }
        });
        if a.lds >> i & 1 != 0 {
            let mut old = [0; 16];
            crate::shader::lds::read(self.env.lds(), at, &mut old[..n]);
            let who = self.accessor(w);
            self.lds
                .write(who, at, &undefined, n, old[..n] != bytes[..n])
                .map_err(|e| self.violation(ViolationKind::LdsRace, e))?;
            crate::shader::lds::write(self.env.lds(), at, &bytes[..n]);
            return Ok(());
        }
        if a.scratch >> i & 1 != 0 {
            for k in 0..n {
                let va = scratch_va(w.scratch, i, at + k as u64);
                if undefined[k / 4] >> (8 * (k & 3)) & 0xff == 0 {
                    self.scratch.insert(va);
                } else {
                    self.scratch.remove(&va);
                }
            }
            return crate::shader::vmem::write_lane(w, self.env, m, a, i, &bytes[..n])
                .map_err(Unusual::Fault);
        }
        self.check_data(m, line, i)?;
        for k in [0, n - 1] {
            self.env
                .tlb
                .host(m.site, at.wrapping_add(k as u64), 1, Access::Write)
                .map_err(memory)?;
        }
        self.caches
            .store(
                &mut self.env.tlb,
                self.env.dispatch.vmid,
                self.unit,
                (self.wave_id, serial),
                scope,
                at,
                &bytes[..n],
            )
            .map_err(memory)
    }

    /// Writes results and shadows to the registers.
    fn deliver(&mut self, w: &mut Wave, m: &MemOp, out: &mut [Lanes; 4], shadow: &mut [Lanes; 4]) {
        let exec = w.exec();
        if m.bytes < 4 {
            // The register's other bits are extended or kept, so defined or as they were.
            let old = self.shadow.vgpr(register(m.dst));
            for i in 0..LANES {
                let u = if shadow[0][i] != 0 { 0xffff } else { 0 };
                shadow[0][i] = match m.part {
                    Part::Whole => {
                        if u != 0 {
                            !0
                        } else {
                            0
                        }
                    }
                    Part::Low => old[i] & 0xffff_0000 | u,
                    Part::High => old[i] & 0xffff | u << 16,
                };
            }
        }
        crate::shader::vmem::deliver::<crate::shader::lanes::Baseline>(w, m, out, exec);
        for k in 0..m.result_words() {
            self.shadow.set_vgpr(register(m.dst) + k, &shadow[k], exec);
        }
    }

    fn accessor(&self, w: &Wave) -> Accessor {
        Accessor {
            wave: w.index,
            order: self.order,
            races: self.races,
        }
    }

    /// `ds_append` and `ds_consume` are atomics on one word.
    pub fn append(&mut self, w: &mut Wave, m: &MemOp, at: u64) -> Result<(), Unusual> {
        let undefined = self.lds.atomic(at, 4);
        if undefined != 0 {
            return Err(self.violation(
                ViolationKind::Uninitialized,
                format!("LDS at {at:#x} was never written"),
            ));
        }
        self.shadow
            .set_vgpr(register(m.dst), &Lanes::ZERO, w.exec());
        Ok(())
    }
}
