//! Finding places: for results, and for operands that must stand side by side, whoever has to make
//! way for them.

use super::*;

pub(super) fn alignment(bank: Bank, n: usize) -> usize {
    match (bank, n) {
        (Bank::V, _) | (_, 1) => 1,
        (Bank::S, 2) => 2,
        (Bank::S, _) => 4,
    }
}

impl Allocator<'_> {
    /// Are these registers consecutive and aligned already?
    pub(super) fn in_place(&self, regs: &[VReg]) -> bool {
        let Some(base) = self.place_of(regs[0]) else {
            return false;
        };
        (base as usize).is_multiple_of(alignment(self.bank(regs[0]), regs.len()))
            && regs
                .iter()
                .enumerate()
                .all(|(k, &v)| self.place[v] == u16::from(base) + k as u16)
    }

    pub(super) fn pin_all(&mut self, regs: &[VReg]) {
        for &v in regs {
            if let Some(p) = self.place_of(v) {
                self.pinned[bank_index(self.bank(v))][p as usize] = true;
            }
        }
    }

    pub(super) fn record(&mut self, v: VReg, from: u8) {
        if !self.moved.iter().any(|(m, _)| *m == v) {
            self.moved.push((v, from));
        }
    }

    /// Moves registers side by side, to `fixed` or where it costs least.
    pub(super) fn gather(&mut self, regs: &[VReg], fixed: Option<u8>) -> Result<(), Error> {
        let bank = self.bank(regs[0]);
        let file = bank_index(bank);
        let n = regs.len();
        let step = alignment(bank, n);
        let limit = self.files[file].limit;
        let mut best: Option<(usize, usize)> = None;
        let candidates: SmallVec<[usize; 64]> = match fixed {
            Some(r) => smallvec::smallvec![r as usize],
            None => (0..limit.saturating_sub(n - 1)).step_by(step).collect(),
        };
        for base in candidates {
            let mut cost = 0;
            let mut possible = true;
            for (k, &v) in regs.iter().enumerate() {
                let r = base + k;
                match self.files[file].owner[r] {
                    Some(o) if o == v => {}
                    _ if self.pinned[file][r] => possible = false,
                    // A member that stands in another member's place moves anyway.
                    Some(o) => cost += if regs.contains(&o) { 1 } else { 3 },
                    None => cost += 1,
                }
                let alone = n == 1 || !(bank == Bank::S && r == VCC as usize);
                possible &= alone && self.exists(file, r);
            }
            if possible && best.is_none_or(|(c, _)| cost < c) {
                best = Some((cost, base));
            }
        }
        let Some((_, base)) = best else {
            return self.error("no room for a group of registers".into());
        };
        for k in 0..n {
            self.pinned[file][base + k] = true;
        }
        // Lift the members out, push others away, put the members down.
        let mut from: SmallVec<[(VReg, u8); 8]> = SmallVec::new();
        for &v in regs {
            if let Some(p) = self.place_of(v) {
                from.push((v, p));
            }
        }
        for &(v, _) in &from {
            self.remove(v);
        }
        for k in 0..n {
            if let Some(owner) = self.files[file].owner[base + k] {
                self.evict(owner, base, n)?;
            }
        }
        for (k, &v) in regs.iter().enumerate() {
            if let Some(&(_, p)) = from.iter().find(|(f, _)| *f == v) {
                self.record(v, p);
            }
            self.put(v, (base + k) as u8);
        }
        Ok(())
    }

    /// Moves a register away from `n` registers at `base`.
    pub(super) fn evict(&mut self, v: VReg, base: usize, n: usize) -> Result<(), Error> {
        let bank = self.bank(v);
        let file = bank_index(bank);
        let Some(from) = self.place_of(v) else {
            return Ok(());
        };
        // Below the highest register in use if possible, from the top: groups are looked for from
        // the bottom.
        let limit = self.files[file].limit;
        let used = (0..limit)
            .rev()
            .find(|&r| self.files[file].owner[r].is_some())
            .unwrap_or(0);
        let is_vcc = |r: usize| bank == Bank::S && r == VCC as usize;
        let free = |s: &Self, r: usize| !(base..base + n).contains(&r) && s.free_before(file, r);
        let found = (0..=used)
            .rev()
            .chain(used + 1..limit)
            .filter(|&r| !is_vcc(r))
            .find(|&r| free(self, r))
            .or((bank == Bank::S && free(self, VCC as usize)).then_some(VCC as usize));
        let Some(to) = found else {
            return self.error(format!("no register to move {v} to"));
        };
        self.remove(v);
        self.record(v, from);
        self.put(v, to as u8);
        Ok(())
    }

    /// Chooses registers for a definition.
    pub(super) fn choose(
        &mut self,
        inst: &Inst,
        def: usize,
        regs: &[VReg],
        killed: &[(VReg, u8)],
    ) -> Result<u8, Error> {
        let bank = self.bank(regs[0]);
        let file = bank_index(bank);
        let n = regs.len();
        let limit = self.files[file].limit;
        let early = inst.early_clobber;
        let usable = |s: &Self, r: usize| {
            s.exists(file, r)
                && s.files[file].owner[r].is_none()
                && !s.pinned[file][r]
                && !(early && s.dying[file][r])
        };
        if n == 1 {
            let v = regs[0];
            let mut wishes: SmallVec<[u8; 4]> = SmallVec::new();
            // A variable that is read and written stays where it is.
            wishes.extend(killed.iter().find(|(k, _)| *k == v).map(|&(_, p)| p));
            if inst.op == Opcode::Copy {
                wishes.extend(self.wish(v, 0));
                if let Some(u) = inst.uses.get(def).and_then(|a| a.vregs().first()) {
                    if self.bank(*u) == bank {
                        wishes.extend(killed.iter().find(|(k, _)| k == u).map(|&(_, p)| p));
                    }
                }
                if self.last[v] != NOWHERE {
                    wishes.insert(0, self.last[v] as u8);
                }
            } else if let Some(c) = self.hints.accumulate[v] {
                wishes.extend(killed.iter().find(|(k, _)| *k == c).map(|&(_, p)| p));
            }
            wishes.extend(self.wish(v, 3));
            let is_mask = bank == Bank::S
                && inst.isa().is_some_and(|op| {
                    matches!(
                        op.info().format,
                        rdna_isa::Format::Vopc | rdna_isa::Format::Vop3Sd
                    ) || op.info().operands.get(1).is_some_and(|o| {
                        o.kind == rdna_isa::Kind::Mask && o.role == rdna_isa::Role::Def
                    })
                });
            if is_mask && !self.live.is_global(v) {
                wishes.push(VCC);
            }
            let avoided = |s: &Self, r: usize| bank == Bank::V && s.avoid[r];
            for &w in &wishes {
                if usable(self, w as usize) && !avoided(self, w as usize) {
                    return Ok(w);
                }
            }
            // Part of a group that stands nowhere yet: try where the whole group would fit.
            if let Some((g, at)) = self.future_group(v) {
                let (size, align, base) = self.hints.groups[g as usize];
                if base.is_none() {
                    let fits = (0..limit.saturating_sub(size as usize - 1))
                        .step_by(align as usize)
                        .find(|&b| {
                            (0..size as usize).all(|k| {
                                usable(self, b + k) && !(bank == Bank::S && b + k >= VCC as usize)
                            })
                        });
                    if let Some(b) = fits {
                        self.hints.groups[g as usize].2 = Some(b as u8);
                        return Ok(b as u8 + at);
                    }
                }
            }
            let others = || (0..limit).filter(|&r| !(bank == Bank::S && r == VCC as usize));
            let found = others()
                .find(|&r| usable(self, r) && !avoided(self, r))
                .or_else(|| others().find(|&r| usable(self, r)));
            let found =
                found.or((bank == Bank::S && usable(self, VCC as usize)).then_some(VCC as usize));
            return match found {
                Some(r) => Ok(r as u8),
                None => self.error(format!("no register for {}", regs[0])),
            };
        }
        let step = alignment(bank, n);
        let top = if bank == Bank::S { VCC as usize } else { limit };
        // Where copies want the members, then the first free run, then the cheapest eviction.
        for (k, &v) in regs.iter().enumerate() {
            if let Some(w) = self.wish(v, 3) {
                let base = (w as usize).wrapping_sub(k);
                if base < top
                    && base + n <= top
                    && base % step == 0
                    && (base..base + n).all(|r| usable(self, r))
                {
                    return Ok(base as u8);
                }
            }
        }
        let bases = || (0..=top.saturating_sub(n)).step_by(step);
        if let Some(base) = bases().find(|&b| (b..b + n).all(|r| usable(self, r))) {
            return Ok(base as u8);
        }
        let mut best: Option<(usize, usize)> = None;
        for base in bases() {
            let mut cost = 0;
            let mut possible = true;
            for r in base..base + n {
                possible &= self.exists(file, r)
                    && !self.pinned[file][r]
                    && !(early && self.dying[file][r]);
                cost += self.files[file].owner[r].is_some() as usize;
            }
            if possible && best.is_none_or(|(c, _)| cost < c) {
                best = Some((cost, base));
            }
        }
        match best {
            Some((_, base)) => Ok(base as u8),
            None => self.error(format!("no room for {n} consecutive registers")),
        }
    }
}
