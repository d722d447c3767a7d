//! Entry state: built-in inputs and descriptors.

use rdna_isa::{Op, Operand, Sreg};

use super::emit::int;
use super::*;
use crate::amdgpu::mir::{Arg, Inst, Opcode};

/// Built-ins computed in the entry block.
#[derive(Debug, Default)]
pub(super) struct Builtins {
    local_ids: [Option<VReg>; 3],
    local_index: Option<VReg>,
    subgroup_id: Option<VReg>,
    lane: Option<VReg>,
    num_workgroups: [Option<VReg>; 3],
}

impl Select<'_> {
    pub(super) fn prologue(&mut self) {
        let kernarg = self.new_regs(Bank::S, 2);
        (self.kernarg, self.kernarg_hi) = (kernarg[0], kernarg[1]);
        let mut defs = vec![Arg::Pinned(kernarg[0], 0), Arg::Pinned(kernarg[1], 1)];
        for axis in 0..3 {
            if !self.abi.workgroup_ids[axis] {
                continue;
            }
            if let Some(register) = self.abi.workgroup_id_sgpr(self.f.arch, axis) {
                let id = self.new_s();
                defs.push(Arg::Pinned(id, register));
                self.workgroup_ids[axis] = Some(id);
            }
        }
        if self.abi.local_id_axes > 0 {
            let id = self.new_v();
            defs.push(Arg::Pinned(id, 0));
            self.local_id = Some(id);
        }
        self.inst(Inst::pseudo(Opcode::Entry, &defs, &[]));
        if self.gen() == Gen::Gfx12 {
            let ttmp = |r: Sreg| Src::Fixed(Operand::Sgpr(r));
            let wanted = self.abi.workgroup_ids;
            if wanted[0] {
                self.workgroup_ids[0] = Some(self.copy(Bank::S, ttmp(Sreg::TTMP9)));
            }
            if wanted[1] {
                let y = self.s_op(Op::S_AND_B32, &[ttmp(Sreg::TTMP7), int(0xffff)]);
                self.workgroup_ids[1] = Some(y);
            }
            if wanted[2] {
                let z = self.s_op(Op::S_LSHR_B32, &[ttmp(Sreg::TTMP7), int(16)]);
                self.workgroup_ids[2] = Some(z);
            }
        }
        self.load_descriptors();
        for n in 0..self.flow.steps.len() {
            if let Step::Inst(inst) = self.flow.steps[n] {
                if let Ir::Builtin(builtin) = self.kernel.insts[inst].op {
                    self.compute_builtin(builtin);
                }
            }
        }
    }

    /// Loads every used descriptor, several at a time where they are neighbours.
    fn load_descriptors(&mut self) {
        let used: Vec<(BindingId, u32)> = self
            .abi
            .descriptors
            .iter()
            .filter_map(|(b, offset)| Some((b, (*offset)?)))
            .collect();
        // Many descriptors would fill the scalar registers: those are loaded where they are used.
        if used.len() > 12 {
            return;
        }
        let mut rest = used.as_slice();
        while let Some(&(_, offset)) = rest.first() {
            let (n, op) = match rest.len() {
                4.. => (4, Op::S_LOAD_B512),
                2.. => (2, Op::S_LOAD_B256),
                _ => (1, Op::S_LOAD_B128),
            };
            let regs = self.kernarg_load(op, 4 * n, offset);
            for (k, &(binding, _)) in rest[..n].iter().enumerate() {
                let r = &regs[4 * k..];
                self.descriptors[binding] = Some([r[0], r[1], r[2], r[3]]);
            }
            rest = &rest[n..];
        }
    }

    /// Loads from the argument block at a constant offset.
    pub(super) fn kernarg_load(&mut self, op: Op, dwords: usize, offset: u32) -> Regs {
        let regs = self.new_regs(Bank::S, dwords);
        let base: Regs = smallvec::smallvec![self.kernarg, self.kernarg_hi];
        let mut inst = Inst::new(
            op,
            &[Arg::Regs(regs.clone())],
            &[Arg::Regs(base), Operand::Off.into()],
        );
        inst.mods.offset = offset as i32;
        self.inst(inst);
        regs
    }

    /// The descriptor of a binding.
    pub(super) fn descriptor(&mut self, binding: BindingId) -> Result<[VReg; 4], Error> {
        if let Some(regs) = self.descriptors[binding] {
            return Ok(regs);
        }
        let Some(offset) = self.abi.descriptors[binding] else {
            return self.internal("binding without a descriptor");
        };
        let r = self.kernarg_load(Op::S_LOAD_B128, 4, offset);
        Ok([r[0], r[1], r[2], r[3]])
    }

    fn compute_builtin(&mut self, builtin: Builtin) {
        match builtin {
            Builtin::LocalId(axis) => {
                self.local_id_axis(axis as usize);
            }
            Builtin::LocalIndex => {
                self.local_index();
            }
            Builtin::SubgroupId => {
                if self.builtins.subgroup_id.is_none() {
                    let index = self.local_index();
                    let first = self.scalar(index);
                    let id = self.s_op(Op::S_LSHR_B32, &[first, int(5)]);
                    self.builtins.subgroup_id = Some(id);
                }
            }
            Builtin::SubgroupLane => {
                self.lane();
            }
            Builtin::NumWorkgroups(_) => {
                if let (None, Some(offset)) =
                    (self.builtins.num_workgroups[0], self.abi.num_workgroups)
                {
                    let xy = self.kernarg_load(Op::S_LOAD_B64, 2, offset);
                    let z = self.kernarg_load(Op::S_LOAD_B32, 1, offset + 8);
                    self.builtins.num_workgroups = [Some(xy[0]), Some(xy[1]), Some(z[0])];
                }
            }
            Builtin::WorkgroupId(_) | Builtin::SubgroupSize | Builtin::NumSubgroups => {}
        }
    }

    /// Lane number within the wave.
    pub(super) fn lane(&mut self) -> VReg {
        if let Some(lane) = self.builtins.lane {
            return lane;
        }
        let lane = self.v_op(Op::V_MBCNT_LO_U32_B32, &[int(-1), int(0)]);
        if self.cur == self.f.order[0] {
            self.builtins.lane = Some(lane);
        }
        lane
    }

    /// v0 holds x in bits 9:0, y in 19:10, z in 29:20.
    fn local_id_axis(&mut self, axis: usize) -> Src {
        let size = self.kernel.workgroup_size;
        let (Some(packed), true) = (self.local_id, size[axis] > 1) else {
            return int(0);
        };
        if let Some(id) = self.builtins.local_ids[axis] {
            return id.into();
        }
        let above = size[axis + 1..].iter().any(|&n| n > 1);
        let shift = 10 * axis as i32;
        let id = match (axis, above) {
            (0, false) => packed,
            (0, true) => self.v_op(Op::V_AND_B32, &[int(0x3ff), packed.into()]),
            (_, false) => self.v_op(Op::V_LSHRREV_B32, &[int(shift), packed.into()]),
            (_, true) => self.v_op(Op::V_BFE_U32, &[packed.into(), int(shift), int(10)]),
        };
        self.builtins.local_ids[axis] = Some(id);
        id.into()
    }

    fn local_index(&mut self) -> Src {
        if let Some(index) = self.builtins.local_index {
            return index.into();
        }
        let size = self.kernel.workgroup_size;
        if self.kernel.workgroup_threads() == 1 {
            return int(0);
        }
        let mut index = self.local_id_axis(0);
        for (axis, stride) in [(1, size[0]), (2, size[0] * size[1])] {
            if size[axis] == 1 {
                continue;
            }
            let id = self.local_id_axis(axis);
            index = if stride == 1 && index == int(0) {
                id
            } else if stride.is_power_of_two() {
                let shift = int(stride.trailing_zeros() as i32);
                self.v_op(Op::V_LSHL_ADD_U32, &[id, shift, index]).into()
            } else {
                let stride = int(stride as i32);
                self.v_op(Op::V_MAD_U32_U24, &[id, stride, index]).into()
            };
        }
        let reg = self.in_v(index);
        self.builtins.local_index = Some(reg);
        reg.into()
    }

    pub(super) fn builtin(&mut self, data: &InstData, builtin: Builtin) -> Result<(), Error> {
        let threads = self.kernel.workgroup_threads();
        let source = match builtin {
            Builtin::LocalId(axis) => self.local_id_axis(axis as usize),
            Builtin::LocalIndex => self.local_index(),
            Builtin::WorkgroupId(axis) => match self.workgroup_ids[axis as usize] {
                Some(id) => id.into(),
                None => int(0),
            },
            Builtin::NumWorkgroups(axis) => match self.builtins.num_workgroups[axis as usize] {
                Some(n) => n.into(),
                None => int(0),
            },
            Builtin::SubgroupLane => self.lane().into(),
            Builtin::SubgroupSize => int(32),
            Builtin::SubgroupId => match self.builtins.subgroup_id {
                Some(id) => id.into(),
                None => int(0),
            },
            Builtin::NumSubgroups => int(threads.div_ceil(32) as i32),
        };
        let reg = match source {
            Src::Reg(r) => r,
            other @ (Src::Bits(_) | Src::Fixed(_)) => self.copy(Bank::S, other),
        };
        self.set(data, &[reg]);
        Ok(())
    }
}
