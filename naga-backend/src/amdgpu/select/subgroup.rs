//! Operations across the lanes of a wave.
//!
//! Combinations run with every lane enabled, on two registers that the whole kernel sets aside:
//! inactive lanes hold the identity there, so that divergent control flow needs no thought, and no
//! value of a lane that is masked off is overwritten.

use std::slice::from_ref;

use rdna_isa::{Dpp, Form, Mods, Op, Operand};

use super::emit::int;
use super::*;
use crate::amdgpu::mir::{Arg, Inst};

/// DPP16 control: lane `n ^ mask` of the row of 16.
fn row_xmask(mask: u32) -> u32 {
    0x160 + mask
}

/// DPP16 control: lane `n - by` of the row.
fn row_shr(by: u32) -> u32 {
    0x110 + by
}

impl Select<'_> {
    /// A DPP move; `bound` makes lanes without a source zero, otherwise they keep their content.
    fn dpp_move(&mut self, d: Arg, s: Arg, ctrl: u32, bound: bool) {
        let mut inst = Inst::new(Op::V_MOV_B32, &[d], &[s]);
        inst.form = Form::Dpp16;
        inst.mods = Mods {
            dpp: Some(Dpp {
                ctrl,
                row_mask: 15,
                bank_mask: 15,
                bound_ctrl: bound,
                fi: false,
            }),
            ..Mods::default()
        };
        self.inst(inst);
    }

    fn whole_wave(&mut self) -> [Operand; 2] {
        if let Some(regs) = self.whole_wave {
            return regs;
        }
        let regs = [self.f.reserve_vgpr(), self.f.reserve_vgpr()];
        self.whole_wave = Some(regs);
        regs
    }

    pub(super) fn subgroup(&mut self, data: &InstData, op: SubgroupOp) -> Result<(), Error> {
        let exec = Src::Fixed(Operand::EXEC);
        match op {
            SubgroupOp::Ballot => {
                let mask = self.src(data.args[0]);
                let d = self.s_op(Op::S_AND_B32, &[mask, exec]);
                self.set(data, &[d]);
            }
            SubgroupOp::All => {
                let mask = self.src(data.args[0]);
                let missing = self.s_op(Op::S_AND_NOT1_B32, &[exec, mask]);
                self.s_cmp(Op::S_CMP_EQ_U32, missing.into(), int(0));
                let d = self.mask_from_scc();
                self.set(data, &[d]);
            }
            SubgroupOp::Any => {
                let mask = self.src(data.args[0]);
                let some = self.s_op(Op::S_AND_B32, &[mask, exec]);
                self.s_cmp(Op::S_CMP_LG_U32, some.into(), int(0));
                let d = self.mask_from_scc();
                self.set(data, &[d]);
            }
            SubgroupOp::Elect => {
                let first = self.s_op(Op::S_CTZ_I32_B32, &[exec]);
                let d = self.s_op(Op::S_LSHL_B32, &[int(1), first.into()]);
                self.set(data, &[d]);
            }
            SubgroupOp::Combine(reduce, scan) => self.combine(data, reduce, scan)?,
            SubgroupOp::BroadcastFirst => self.per_word(data, |s, x| s.in_s(x))?,
            SubgroupOp::Broadcast => {
                let lane = self.src(data.args[1]);
                let lane = self.scalar(lane);
                self.per_word(data, |s, x| match x {
                    Src::Reg(r) if s.f.vregs[r] == Bank::V => {
                        let d = s.new_s();
                        let lane = s.arg(lane);
                        s.inst(Inst::new(
                            Op::V_READLANE_B32,
                            &[d.into()],
                            &[r.into(), lane],
                        ));
                        d
                    }
                    _ => s.in_s(x),
                })?;
            }
            SubgroupOp::Shuffle => {
                let lane = self.src(data.args[1]);
                let address = self.v_op(Op::V_LSHLREV_B32, &[int(2), lane]);
                self.permute(data, address)?;
            }
            SubgroupOp::ShuffleXor | SubgroupOp::ShuffleUp | SubgroupOp::ShuffleDown => {
                let by = self.src(data.args[1]);
                if let (SubgroupOp::ShuffleXor, Src::Bits(mask @ 0..=15)) = (op, by) {
                    return self.per_word(data, |s, x| {
                        let (d, x) = (s.new_v(), s.in_v(x));
                        s.dpp_move(d.into(), x.into(), row_xmask(mask), true);
                        d
                    });
                }
                let lane = self.lane();
                let row = match op {
                    SubgroupOp::ShuffleXor => Op::V_XOR_B32,
                    SubgroupOp::ShuffleUp => Op::V_SUB_NC_U32,
                    _ => Op::V_ADD_NC_U32,
                };
                let from = self.v_op(row, &[lane.into(), by]);
                let address = self.v_op(Op::V_LSHLREV_B32, &[int(2), from.into()]);
                self.permute(data, address)?;
            }
            SubgroupOp::QuadBroadcast => {
                let index = self.src(data.args[1]);
                if let Src::Bits(n) = index {
                    let n = n & 3;
                    return self.quad(data, n | n << 2 | n << 4 | n << 6);
                }
                let lane = self.lane();
                let base = self.v_op(Op::V_AND_B32, &[int(-4), lane.into()]);
                let index = self.v_op(Op::V_AND_B32, &[int(3), index]);
                let from = self.v_op(Op::V_OR_B32, &[base.into(), index.into()]);
                let address = self.v_op(Op::V_LSHLREV_B32, &[int(2), from.into()]);
                self.permute(data, address)?;
            }
            SubgroupOp::QuadSwap(mask) => {
                let m = u32::from(mask & 3);
                let ctrl = (0..4).map(|lane| (lane ^ m) << (2 * lane)).sum();
                self.quad(data, ctrl)?;
            }
        }
        Ok(())
    }

    fn quad(&mut self, data: &InstData, ctrl: u32) -> Result<(), Error> {
        self.per_word(data, |s, x| {
            let (d, x) = (s.new_v(), s.in_v(x));
            s.dpp_move(d.into(), x.into(), ctrl, true);
            d
        })
    }

    fn permute(&mut self, data: &InstData, address: VReg) -> Result<(), Error> {
        self.per_word(data, |s, x| {
            let (d, x) = (s.new_v(), s.in_v(x));
            s.inst(Inst::new(
                Op::DS_BPERMUTE_B32,
                &[d.into()],
                &[address.into(), x.into()],
            ));
            d
        })
    }

    /// Applies a move to each dword of the first operand; booleans travel as integers.
    fn per_word(
        &mut self,
        data: &InstData,
        mut f: impl FnMut(&mut Self, Src) -> VReg,
    ) -> Result<(), Error> {
        let (v, Some(&result)) = (data.args[0], data.results.first()) else {
            return Ok(());
        };
        if self.ty(v) == Type::Bool {
            let mask = self.src(v);
            let x = self.mask_to_int(mask);
            let moved = f(self, x.into());
            let d = self.v_cmp(Op::V_CMP_NE_U32, int(0), moved.into());
            self.set(data, &[d]);
            return Ok(());
        }
        let bank = self.bank(result);
        let regs: Vec<VReg> = (0..words(self.ty(v)))
            .map(|n| {
                let x = self.word(v, n);
                let d = f(self, x);
                match bank {
                    Bank::V => self.in_v(d.into()),
                    Bank::S => self.in_s(d.into()),
                }
            })
            .collect();
        self.set(data, &regs);
        Ok(())
    }

    fn combine(&mut self, data: &InstData, op: ReduceOp, scan: Scan) -> Result<(), Error> {
        let (v, Some(&result)) = (data.args[0], data.results.first()) else {
            return Ok(());
        };
        let ty = self.ty(v);
        let Some((row, identity)) = combination(op, ty) else {
            return self.unsupported("this subgroup operation on a 64-bit type");
        };
        let x = self.src(v);
        let x = match ty {
            Type::F16 => self.v_op(Op::V_CVT_F32_F16, &[x]),
            Type::I16 if matches!(op, ReduceOp::SMin | ReduceOp::SMax) => {
                self.v_op(Op::V_BFE_I32, &[x, int(0), int(16)])
            }
            Type::I16 => self.v_op(Op::V_AND_B32, &[int(0xffff), x]),
            _ => self.in_v(x),
        };
        let [acc, other] = self.whole_wave();
        let (acc, other): (Arg, Arg) = (acc.into(), other.into());
        let exec: Arg = Operand::EXEC.into();
        let all: Arg = Operand::int(-1).into();
        let identity_arg: Arg = Operand::bits32(identity).into();
        let mov = |s: &mut Self, d: &Arg, from: &Arg| {
            s.inst(Inst::new(Op::V_MOV_B32, from_ref(d), from_ref(from)));
        };
        let fold = |s: &mut Self| {
            s.inst(Inst::new(
                row,
                from_ref(&acc),
                &[acc.clone(), other.clone()],
            ));
        };
        let set_exec = |s: &mut Self, to: Arg| {
            s.inst(Inst::new(Op::S_MOV_B32, from_ref(&exec), &[to]));
        };
        let saved = self.new_s();
        self.inst(Inst::new(
            Op::S_OR_SAVEEXEC_B32,
            &[saved.into()],
            from_ref(&all),
        ));
        mov(self, &acc, &identity_arg);
        set_exec(self, saved.into());
        mov(self, &acc, &x.into());
        set_exec(self, all.clone());
        // v_permlanex16 takes lane n of the other row of 16: which n is four bits for each lane.
        let other_row = |s: &mut Self, select: [u32; 2]| {
            let old = other.clone();
            let lanes = s.scalar_group(&[Src::Bits(select[0]), Src::Bits(select[1])]);
            let mut inst = Inst::new(
                Op::V_PERMLANEX16_B32,
                from_ref(&other),
                &[old, acc.clone(), lanes[0].into(), lanes[1].into()],
            );
            inst.tied = Some(0);
            s.inst(inst);
        };
        if scan == Scan::Reduce {
            for mask in [1, 2, 4, 8] {
                self.dpp_move(other.clone(), acc.clone(), row_xmask(mask), true);
                fold(self);
            }
            mov(self, &other, &identity_arg);
            other_row(self, [0x7654_3210, 0xfedc_ba98]);
            fold(self);
        } else {
            if scan == Scan::Exclusive {
                // Everything moves up one lane; lane 16 gets what was in lane 15.
                mov(self, &other, &identity_arg);
                self.dpp_move(other.clone(), acc.clone(), row_shr(1), false);
                let carried = self.new_s();
                self.inst(Inst::new(
                    Op::V_READLANE_B32,
                    &[carried.into()],
                    &[acc.clone(), Operand::int(15).into()],
                ));
                let mut write = Inst::new(
                    Op::V_WRITELANE_B32,
                    from_ref(&other),
                    &[other.clone(), carried.into(), Operand::int(16).into()],
                );
                write.tied = Some(0);
                self.inst(write);
                mov(self, &acc, &other);
            }
            for by in [1, 2, 4, 8] {
                mov(self, &other, &identity_arg);
                self.dpp_move(other.clone(), acc.clone(), row_shr(by), false);
                fold(self);
            }
            mov(self, &other, &identity_arg);
            other_row(self, [!0, !0]);
            // The upper row adds the lower row's total.
            set_exec(self, Operand::Literal(0xffff_0000).into());
            fold(self);
        }
        let d = if scan == Scan::Reduce {
            let total = self.new_s();
            self.inst(Inst::new(
                Op::V_READLANE_B32,
                &[total.into()],
                &[acc.clone(), Operand::int(0).into()],
            ));
            set_exec(self, saved.into());
            total
        } else {
            set_exec(self, saved.into());
            let d = self.new_v();
            mov(self, &d.into(), &acc);
            d
        };
        let d = match ty {
            Type::F16 => self.v_op(Op::V_CVT_F16_F32, &[d.into()]),
            _ => d,
        };
        let d = match self.bank(result) {
            Bank::V => self.in_v(d.into()),
            Bank::S => self.in_s(d.into()),
        };
        self.set(data, &[d]);
        Ok(())
    }
}

/// The instruction that combines two values, and what changes nothing.
fn combination(op: ReduceOp, ty: Type) -> Option<(Op, u32)> {
    if !matches!(ty, Type::I16 | Type::I32 | Type::F16 | Type::F32) {
        return None;
    }
    Some(match op {
        ReduceOp::IAdd => (Op::V_ADD_NC_U32, 0),
        ReduceOp::IMul => (Op::V_MUL_LO_U32, 1),
        ReduceOp::SMin => (Op::V_MIN_I32, 0x7fff_ffff),
        ReduceOp::SMax => (Op::V_MAX_I32, 0x8000_0000),
        ReduceOp::UMin => (Op::V_MIN_U32, !0),
        ReduceOp::UMax => (Op::V_MAX_U32, 0),
        ReduceOp::And => (Op::V_AND_B32, !0),
        ReduceOp::Or => (Op::V_OR_B32, 0),
        ReduceOp::Xor => (Op::V_XOR_B32, 0),
        ReduceOp::FAdd => (Op::V_ADD_F32, 0x8000_0000),
        ReduceOp::FMul => (Op::V_MUL_F32, 0x3f80_0000),
        ReduceOp::FMin => (Op::V_MIN_F32, 0x7f80_0000),
        ReduceOp::FMax => (Op::V_MAX_F32, 0xff80_0000),
    })
}
