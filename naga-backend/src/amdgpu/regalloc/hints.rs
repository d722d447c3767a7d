//! Where registers had best go: what copies, groups of operands and accumulation make of them.
//!
//! Hints are wishes. What they say of groups is filled in as the first member finds a place.

use super::*;

pub(super) struct Hints {
    /// Register that a copy gives this one's content to.
    pub to: EntityVec<VReg, Option<VReg>>,
    /// Register whose content a copy gives to this one.
    pub from: EntityVec<VReg, Option<VReg>>,
    /// Group operand that it is part of, and where in it.
    pub group: EntityVec<VReg, Option<(u32, u8)>>,
    /// Size and alignment of each group, and where its first register was put or is wished.
    pub groups: Vec<(u8, u8, Option<u8>)>,
    /// Register that it is added to, best replaced by the sum.
    pub accumulate: EntityVec<VReg, Option<VReg>>,
}

impl Hints {
    /// Reads them off a function.
    pub fn of(f: &Function) -> Hints {
        let n = f.vregs.len();
        let mut hints = Hints {
            to: EntityVec::filled(None, n),
            from: EntityVec::filled(None, n),
            group: EntityVec::filled(None, n),
            groups: Vec::new(),
            accumulate: EntityVec::filled(None, n),
        };
        let mut depth = EntityVec::filled(0u32, n);
        for &b in &f.order {
            let data = &f.blocks[b];
            for inst in &data.insts {
                if inst.op == Opcode::Copy {
                    for (d, u) in inst.defs.iter().zip(&inst.uses) {
                        if let (&[d], &[u]) = (d.vregs(), u.vregs()) {
                            if f.vregs[d] == f.vregs[u] {
                                if hints.to[u].is_none() || depth[u] < data.depth {
                                    hints.to[u] = Some(d);
                                    depth[u] = data.depth;
                                }
                                hints.from[d] = Some(u);
                            }
                        }
                    }
                }
                for arg in inst.uses.iter().chain(&inst.defs) {
                    let regs = arg.vregs();
                    if regs.len() < 2 {
                        continue;
                    }
                    let align = alignment(f.vregs[regs[0]], regs.len());
                    let id = hints.groups.len() as u32;
                    let mut any = false;
                    for (k, &r) in regs.iter().enumerate() {
                        if hints.group[r].is_none() {
                            hints.group[r] = Some((id, k as u8));
                            any = true;
                        }
                    }
                    if any {
                        hints.groups.push((regs.len() as u8, align as u8, None));
                    }
                }
                use rdna_isa::Op;
                if matches!(inst.op, Opcode::Isa(Op::V_FMA_F32 | Op::V_FMA_F16)) {
                    if let (Some(&[d]), Some(&[c])) = (
                        inst.defs.first().map(|a| a.vregs()),
                        inst.uses.get(2).map(|a| a.vregs()),
                    ) {
                        hints.accumulate[d] = Some(c);
                    }
                }
            }
        }
        hints
    }
}

impl Allocator<'_> {
    /// Remembers where a group was put, for hints.
    pub(super) fn note_group(&mut self, regs: &[VReg], base: u8) {
        for (k, &v) in regs.iter().enumerate() {
            if let Some((g, at)) = self.hints.group[v] {
                let start = (base + k as u8).checked_sub(at);
                let slot = &mut self.hints.groups[g as usize].2;
                if slot.is_none() {
                    *slot = start;
                }
            }
        }
    }

    /// A register's wished place: from copies to a placed register, or from its group.
    pub(super) fn wish(&self, v: VReg, depth: u32) -> Option<u8> {
        if let Some((g, at)) = self.hints.group[v] {
            let (_, _, base) = self.hints.groups[g as usize];
            if let Some(base) = base {
                return base.checked_add(at);
            }
        }
        if depth == 0 {
            return None;
        }
        let to = self.hints.to[v]?;
        if let Some(p) = self.place_of(to) {
            return Some(p);
        }
        if self.last[to] != NOWHERE && self.hints.group[to].is_none() {
            return Some(self.last[to] as u8);
        }
        self.wish(to, depth - 1)
    }

    /// The group that a register will end up in through copies.
    pub(super) fn future_group(&self, v: VReg) -> Option<(u32, u8)> {
        let mut v = v;
        for _ in 0..3 {
            if let Some(g) = self.hints.group[v] {
                return Some(g);
            }
            v = self.hints.to[v]?;
        }
        None
    }
}
