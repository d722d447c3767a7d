//! Memory instructions: offsets, cache policies and absent addresses.

use super::*;

impl Maker {
    pub(super) fn cache_policies(&self, row: &OpInfo) -> Vec<u8> {
        let atomic = row.implicit.contains(Implicit::ATOMIC);
        let control = row.class == Class::Control;
        match (self.gen, row.format) {
            (_, Format::Smem) if control => vec![],
            (Gen::Gfx11, Format::Smem) => vec![1, 4, 5],
            (Gen::Gfx12, Format::Smem) => vec![3, 4, 8, 12, 15, 0x7],
            (Gen::Gfx11, _) if control => vec![],
            (Gen::Gfx11, _) if atomic => vec![2, 4, 6],
            (Gen::Gfx11, _) => vec![1, 2, 4, 7],
            (Gen::Gfx12, _) if control => vec![1, 2, 3],
            (Gen::Gfx12, _) if atomic => vec![1, 2, 3, 8, 0x0b],
            (Gen::Gfx12, _) => vec![1, 2, 3, 4, 8, 12, 15, 16, 20, 24, 27],
        }
    }

    pub(super) fn memory_modifiers(&mut self, row: &'static OpInfo, base: &Inst, offsets: &[i32]) {
        for &offset in offsets {
            let mut inst = base.clone();
            inst.mods.offset = offset;
            self.push(inst, false);
        }
        for cache in self.cache_policies(row) {
            let mut inst = base.clone();
            inst.mods.cache |= cache;
            self.push(inst, false);
        }
        if row.implicit.contains(Implicit::ATOMIC) && has_result_column(row) {
            for cache in [0, 2] {
                let mut inst = base.clone();
                inst.mods.cache = cache;
                self.returning(row, &mut inst, true);
                self.push(inst, cache == 0);
            }
        }
    }

    pub(super) fn smem(&mut self, row: &'static OpInfo, base: &Inst) {
        let Some(i) = row
            .operands
            .iter()
            .position(|info| info.kind == Kind::SgprOrOff)
        else {
            return;
        };
        let bounded = row
            .operands
            .iter()
            .any(|info| info.kind == Kind::Sgpr && info.dwords == 4 && info.role == Role::Use);
        let (min, max) = match (self.gen, bounded) {
            (Gen::Gfx11, true) => (1, 0xf_ffff),
            (Gen::Gfx11, false) => (-0x10_0000, 0xf_ffff),
            (Gen::Gfx12, true) => (1, 0x7f_ffff),
            (Gen::Gfx12, false) => (-0x80_0000, 0x7f_ffff),
        };
        self.memory_modifiers(row, base, &[4, min, max]);
        for register in [self.sgpr(1), Operand::Sgpr(Sreg::M0), Operand::VCC] {
            let mut inst = base.clone();
            inst.operands[i] = register;
            self.push(inst.clone(), false);
            inst.mods.offset = 0x44;
            self.push(inst, false);
        }
    }

    pub(super) fn ds(&mut self, row: &'static OpInfo, base: &Inst) {
        if row.operands.is_empty() {
            return;
        }
        // LLVM writes some swizzles in ways of its own; these it writes as we do.
        let offsets: &[i32] = match row.op {
            Op::DS_SWIZZLE_B32 => &[0x80e4, 0x801b, 0x041f, 0x401f, 0x7c1f, 0x1c1f, 0x0c1f],
            _ if row.is_two_address() => &[1, 0x100, 0xffff, 0x0804],
            _ => &[1, 4, 0xffff],
        };
        for &offset in offsets {
            let mut inst = base.clone();
            inst.mods.offset = offset;
            self.push(inst, false);
        }
        if self.gen == Gen::Gfx11 && !format!("{:?}", row.op).contains("BVH") {
            let mut inst = base.clone();
            inst.mods.gds = true;
            let data_share_only = matches!(
                row.op,
                Op::DS_SWIZZLE_B32 | Op::DS_PERMUTE_B32 | Op::DS_BPERMUTE_B32
            );
            if !data_share_only {
                self.push(inst, false);
            }
        }
    }

    pub(super) fn buffer(&mut self, row: &'static OpInfo, base: &Inst) {
        if row.operands.is_empty() {
            return;
        }
        let address = row.operands.len() - 3;
        let max = match self.gen {
            Gen::Gfx11 => 0xfff,
            Gen::Gfx12 => 0x7f_ffff,
        };
        self.memory_modifiers(row, base, &[1, max]);
        for (offen, idxen) in [(true, false), (false, true), (true, true)] {
            let mut inst = base.clone();
            (inst.mods.offen, inst.mods.idxen) = (offen, idxen);
            let registers = u8::from(offen) + u8::from(idxen);
            inst.operands[address] = Operand::Vgpr(self.vgpr(registers));
            self.push(inst.clone(), offen && !idxen);
            inst.mods.offset = 12;
            self.push(inst, false);
        }
        let mut offsets = vec![Operand::NULL, Operand::Sgpr(Sreg::M0), Operand::VCC];
        if self.gen == Gen::Gfx11 {
            offsets.extend([
                Operand::Inline(128),
                Operand::Inline(193),
                Operand::Inline(244),
            ]);
        }
        for offset in offsets {
            let mut inst = base.clone();
            inst.operands[address + 2] = offset;
            self.push(inst, false);
        }
        for resource in [Operand::Sgpr(Sreg(112)), Operand::s(100)] {
            let mut inst = base.clone();
            inst.operands[address + 1] = resource;
            self.push(inst, false);
        }
        if row.class == Class::VmemLoad {
            let mut inst = base.clone();
            inst.mods.tfe = true;
            inst.operands[0] = Operand::Vgpr(self.vgpr(row.operands[0].dwords + 1));
            self.push(inst, false);
        }
    }

    pub(super) fn flat(&mut self, row: &'static OpInfo, base: &Inst) {
        let offsets: &[i32] = match (self.gen, row.format) {
            _ if row.operands.is_empty() => &[],
            (Gen::Gfx11, Format::Flat) => &[1, 0xfff],
            (Gen::Gfx11, _) => &[1, 0xfff, -0x1000],
            (Gen::Gfx12, _) => &[1, 0x7f_ffff, -0x80_0000],
        };
        self.memory_modifiers(row, base, offsets);
        let Some(saddr) = row
            .operands
            .iter()
            .position(|info| info.kind == Kind::SgprOrOff)
        else {
            return;
        };
        for register in self.scalars(row.operands[saddr].dwords) {
            if [Operand::NULL, Operand::EXEC].contains(&register) {
                continue;
            }
            let mut inst = base.clone();
            inst.operands[saddr] = register;
            inst.mods.offset = 16;
            self.push(
                inst.clone(),
                matches!(register, Operand::Sgpr(Sreg(0..=105))),
            );
            if row.format == Format::Scratch {
                let address = row
                    .operands
                    .iter()
                    .position(|info| info.kind == Kind::VgprOrOff);
                inst.operands[address.expect("scratch has an address")] = Operand::Off;
                self.push(inst, false);
            }
        }
        if row.format == Format::Scratch {
            let mut inst = base.clone();
            let address = row
                .operands
                .iter()
                .position(|info| info.kind == Kind::VgprOrOff);
            inst.operands[address.expect("scratch has an address")] = Operand::Off;
            self.push(inst, false);
        }
    }
}
