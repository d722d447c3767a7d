//! Atomics and barriers: what orders memory between invocations.
//!
//! Atomics address memory as loads and stores do ([`super::memory`]). Relaxed order is all that WGSL
//! asks of them; what a barrier orders it waits for, and drops from the caches that are not coherent.

use rdna_isa::{Mods, Op, Operand};

use super::emit::{int, SrcGroup};
use super::memory::{buffer_operands, Address};
use super::*;
use crate::amdgpu::mir::{Arg, Inst};

impl Select<'_> {
    pub(super) fn atomic(
        &mut self,
        data: &InstData,
        op: AtomicOp,
        access: &Access,
        has_offset: bool,
    ) -> Result<(), Error> {
        let value = data.args[has_offset as usize];
        let ty = self.ty(value);
        let wide = words(ty) == 2;
        let used = data.results.first().is_some_and(|&r| self.uses[r] > 0);
        let n = words(ty);
        let sources: Vec<Src> = (0..n).map(|w| self.word(value, w)).collect();
        let address = self.address(data, access, has_offset);
        match access.space {
            Space::Binding(binding) => {
                use AtomicOp::*;
                let row = match (op, wide) {
                    (Add, false) => Op::BUFFER_ATOMIC_ADD_U32,
                    (Sub, false) => Op::BUFFER_ATOMIC_SUB_U32,
                    (And, false) => Op::BUFFER_ATOMIC_AND_B32,
                    (Or, false) => Op::BUFFER_ATOMIC_OR_B32,
                    (Xor, false) => Op::BUFFER_ATOMIC_XOR_B32,
                    (SMin, false) => Op::BUFFER_ATOMIC_MIN_I32,
                    (SMax, false) => Op::BUFFER_ATOMIC_MAX_I32,
                    (UMin, false) => Op::BUFFER_ATOMIC_MIN_U32,
                    (UMax, false) => Op::BUFFER_ATOMIC_MAX_U32,
                    (Exchange, false) => Op::BUFFER_ATOMIC_SWAP_B32,
                    (FAdd, false) => Op::BUFFER_ATOMIC_ADD_F32,
                    (Add, true) => Op::BUFFER_ATOMIC_ADD_U64,
                    (Sub, true) => Op::BUFFER_ATOMIC_SUB_U64,
                    (And, true) => Op::BUFFER_ATOMIC_AND_B64,
                    (Or, true) => Op::BUFFER_ATOMIC_OR_B64,
                    (Xor, true) => Op::BUFFER_ATOMIC_XOR_B64,
                    (SMin, true) => Op::BUFFER_ATOMIC_MIN_I64,
                    (SMax, true) => Op::BUFFER_ATOMIC_MAX_I64,
                    (UMin, true) => Op::BUFFER_ATOMIC_MIN_U64,
                    (UMax, true) => Op::BUFFER_ATOMIC_MAX_U64,
                    (Exchange, true) => Op::BUFFER_ATOMIC_SWAP_B64,
                    (FAdd, true) => return self.unsupported("an atomic addition of f64"),
                };
                let regs = self.buffer_atomic(row, binding, &address, &sources, used, n)?;
                if used {
                    self.set(data, &regs);
                }
                Ok(())
            }
            Space::Shared(shared) => {
                use AtomicOp::*;
                let (plain, returning) = match (op, wide) {
                    (Add, false) => (Op::DS_ADD_U32, Op::DS_ADD_RTN_U32),
                    (Sub, false) => (Op::DS_SUB_U32, Op::DS_SUB_RTN_U32),
                    (And, false) => (Op::DS_AND_B32, Op::DS_AND_RTN_B32),
                    (Or, false) => (Op::DS_OR_B32, Op::DS_OR_RTN_B32),
                    (Xor, false) => (Op::DS_XOR_B32, Op::DS_XOR_RTN_B32),
                    (SMin, false) => (Op::DS_MIN_I32, Op::DS_MIN_RTN_I32),
                    (SMax, false) => (Op::DS_MAX_I32, Op::DS_MAX_RTN_I32),
                    (UMin, false) => (Op::DS_MIN_U32, Op::DS_MIN_RTN_U32),
                    (UMax, false) => (Op::DS_MAX_U32, Op::DS_MAX_RTN_U32),
                    (Exchange, false) => (Op::DS_STOREXCHG_RTN_B32, Op::DS_STOREXCHG_RTN_B32),
                    (FAdd, false) => (Op::DS_ADD_F32, Op::DS_ADD_RTN_F32),
                    (Add, true) => (Op::DS_ADD_U64, Op::DS_ADD_RTN_U64),
                    (Sub, true) => (Op::DS_SUB_U64, Op::DS_SUB_RTN_U64),
                    (And, true) => (Op::DS_AND_B64, Op::DS_AND_RTN_B64),
                    (Or, true) => (Op::DS_OR_B64, Op::DS_OR_RTN_B64),
                    (Xor, true) => (Op::DS_XOR_B64, Op::DS_XOR_RTN_B64),
                    (SMin, true) => (Op::DS_MIN_I64, Op::DS_MIN_RTN_I64),
                    (SMax, true) => (Op::DS_MAX_I64, Op::DS_MAX_RTN_I64),
                    (UMin, true) => (Op::DS_MIN_U64, Op::DS_MIN_RTN_U64),
                    (UMax, true) => (Op::DS_MAX_U64, Op::DS_MAX_RTN_U64),
                    (Exchange, true) => (Op::DS_STOREXCHG_RTN_B64, Op::DS_STOREXCHG_RTN_B64),
                    (FAdd, true) => return self.unsupported("an atomic addition of f64"),
                };
                let (base, offset) = self.lds_address(&address, shared, 4 * n as u32);
                let group = self.group(&sources);
                let regs = self.new_regs(Bank::V, n);
                // There is no exchange without the old value.
                let (row, defs): (Op, Vec<Arg>) = if used || op == Exchange {
                    (returning, vec![Arg::Regs(regs.clone())])
                } else {
                    (plain, Vec::new())
                };
                let mut inst = Inst::new(row, &defs, &[base.into(), Arg::Regs(group)]);
                inst.mods.offset = offset as i32;
                self.inst(inst);
                if used {
                    self.set(data, &regs);
                }
                Ok(())
            }
            Space::Local(_) | Space::Immediates => self.internal("atomic on private memory"),
        }
    }

    fn lds_address(&mut self, address: &Address, shared: SharedId, bytes: u32) -> (VReg, u32) {
        let address = Address {
            constant: address.constant + self.abi.shared[shared],
            dynamic: address.dynamic,
        };
        let (base, constant) = self.fit(&address, bytes, 0xffff);
        let base = base.unwrap_or(int(0));
        (self.in_v(base), constant)
    }

    /// A buffer atomic; returns the old value's registers.
    fn buffer_atomic(
        &mut self,
        op: Op,
        binding: BindingId,
        address: &Address,
        sources: &[Src],
        returning: bool,
        result_words: usize,
    ) -> Result<Regs, Error> {
        let descriptor = self.descriptor(binding)?;
        let (base, constant) = self.fit(address, 4 * sources.len() as u32, self.buffer_max());
        let base = base.map(|b| self.in_v(b));
        let group = self.group(sources);
        // The old value replaces the data, all of its registers.
        let regs = self.new_regs(Bank::V, sources.len());
        let def: Arg = if returning {
            Arg::Regs(regs.clone())
        } else {
            Operand::Off.into()
        };
        let mut uses = vec![Arg::Regs(group)];
        uses.extend(buffer_operands(self.gen(), base, &descriptor));
        let mut inst = Inst::new(op, &[def], &uses);
        inst.tied = returning.then_some(0);
        inst.mods.offen = base.is_some();
        inst.mods.offset = constant as i32;
        inst.mods.cache = match (returning, self.gen()) {
            (true, Gen::Gfx11) => Mods::GLC,
            (false, Gen::Gfx11) => 0,
            // Temporal hint bit 0 asks for the old value; scope: device.
            (true, Gen::Gfx12) => 1 << 2 | 2,
            (false, Gen::Gfx12) => 2,
        };
        self.inst(inst);
        Ok(regs[..result_words].into())
    }

    pub(super) fn compare_exchange(
        &mut self,
        data: &InstData,
        access: &Access,
        has_offset: bool,
    ) -> Result<(), Error> {
        let expected = data.args[has_offset as usize];
        let new = data.args[has_offset as usize + 1];
        let n = words(self.ty(expected));
        let wide = n == 2;
        let address = self.address(data, access, has_offset);
        let new_words: Vec<Src> = (0..n).map(|w| self.word(new, w)).collect();
        let expected_words: Vec<Src> = (0..n).map(|w| self.word(expected, w)).collect();
        let old = match access.space {
            Space::Binding(binding) => {
                let op = if wide {
                    Op::BUFFER_ATOMIC_CMPSWAP_B64
                } else {
                    Op::BUFFER_ATOMIC_CMPSWAP_B32
                };
                let mut sources = new_words;
                sources.extend(expected_words.iter().copied());
                self.buffer_atomic(op, binding, &address, &sources, true, n)?
            }
            Space::Shared(shared) => {
                let op = if wide {
                    Op::DS_CMPSTORE_RTN_B64
                } else {
                    Op::DS_CMPSTORE_RTN_B32
                };
                let (base, offset) = self.lds_address(&address, shared, 4 * n as u32);
                let new = self.group(&new_words);
                let expected = self.group(&expected_words);
                let regs = self.new_regs(Bank::V, n);
                // gfx11 and later: the new value first, then the one compared with.
                let mut inst = Inst::new(
                    op,
                    &[Arg::Regs(regs.clone())],
                    &[base.into(), Arg::Regs(new), Arg::Regs(expected)],
                );
                inst.mods.offset = offset as i32;
                self.inst(inst);
                regs
            }
            Space::Local(_) | Space::Immediates => {
                return self.internal("atomic on private memory")
            }
        };
        self.set(data, &old);
        if let Some(&exchanged) = data.results.get(1) {
            let mask = if wide {
                let a = SrcGroup::Many(self.group(&[old[0].into(), old[1].into()]));
                let b = self.pair(expected);
                let d = self.new_s();
                self.v_inst(Op::V_CMP_EQ_U64, &[d.into()], &[a, b], Mods::default());
                d
            } else {
                let expected = self.src(expected);
                self.v_cmp(Op::V_CMP_EQ_U32, old[0].into(), expected)
            };
            self.values[exchanged] = [mask].as_slice().into();
        }
        Ok(())
    }

    pub(super) fn barrier(&mut self, barrier: Barrier) {
        let imm = |n: i32| -> Arg { Operand::Imm(n).into() };
        let alone = self.kernel.workgroup_threads() <= 32;
        // LDS is waited for at every meeting of waves, also where only storage memory is to be
        // ordered: it costs nothing beside the meeting, and no race of LDS hides behind it.
        let shared = (barrier.shared || barrier.execution) && !alone;
        match self.gen() {
            Gen::Gfx11 => {
                // What was not asked for is left at its maximum: vmcnt 63, expcnt 7, lgkmcnt 63.
                let vm = if barrier.storage { 0 } else { 63 };
                let lgkm = if shared { 0 } else { 63 };
                if vm == 0 || lgkm == 0 {
                    let bits = vm << 10 | lgkm << 4 | 7;
                    self.inst(Inst::new(Op::S_WAITCNT, &[], &[imm(bits)]));
                }
                if barrier.storage {
                    self.inst(Inst::new(
                        Op::S_WAITCNT_VSCNT,
                        &[],
                        &[Operand::NULL.into(), imm(0)],
                    ));
                }
                if barrier.execution && !alone {
                    self.inst(Inst::new(Op::S_BARRIER, &[], &[]));
                }
                if barrier.storage {
                    self.inst(Inst::new(Op::BUFFER_GL0_INV, &[], &[]));
                }
            }
            Gen::Gfx12 => {
                if shared {
                    self.inst(Inst::new(Op::S_WAIT_DSCNT, &[], &[imm(0)]));
                }
                if barrier.storage {
                    self.inst(Inst::new(Op::S_WAIT_LOADCNT, &[], &[imm(0)]));
                    self.inst(Inst::new(Op::S_WAIT_STORECNT, &[], &[imm(0)]));
                }
                if barrier.execution && !alone {
                    let id: Arg = Operand::int(-1).into();
                    self.inst(Inst::new(Op::S_BARRIER_SIGNAL, &[], &[id]));
                    self.inst(Inst::new(Op::S_BARRIER_WAIT, &[], &[imm(-1)]));
                }
                if barrier.storage {
                    // A workgroup is on one compute unit, whose cache it shares.
                    let mut inst = Inst::new(Op::GLOBAL_INV, &[], &[]);
                    inst.mods.cache = 1;
                    self.inst(inst);
                }
            }
        }
    }
}
