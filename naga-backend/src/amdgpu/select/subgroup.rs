//! Operations across the lanes of a wave.
//!
//! Combinations run with every lane enabled, on registers that the whole kernel sets aside:
//! inactive lanes hold the identity there, so that divergent control flow needs no thought, and no
//! value of a lane that is masked off is overwritten.

use std::slice::from_ref;

use rdna_isa::{Dpp, Form, Mods, Op, Operand};
use smallvec::SmallVec;

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

/// Registers that combinations work on with every lane enabled.
#[derive(Clone, Debug)]
pub(super) struct WholeWave {
    /// The result so far, by dword.
    acc: SmallVec<[Operand; 2]>,
    /// What is combined with it.
    other: SmallVec<[Operand; 2]>,
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

    /// Reserved registers for values of one or two dwords. Reserved one after the other, the two
    /// of a pair stand side by side in the end.
    fn whole_wave(&mut self, words: usize) -> WholeWave {
        let reserve = |f: &mut Function| (0..words).map(|_| f.reserve_vgpr()).collect();
        self.whole_wave[words - 1]
            .get_or_insert_with(|| WholeWave {
                acc: reserve(&mut self.f),
                other: reserve(&mut self.f),
            })
            .clone()
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
            SubgroupOp::BroadcastFirst => self.exchange(data, |s, x| s.in_s(x)),
            SubgroupOp::Broadcast => {
                let lane = self.src(data.args[1]);
                let lane = self.scalar(lane);
                self.exchange(data, |s, x| match x {
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
                    Src::Reg(_) | Src::Bits(_) | Src::Fixed(_) => s.in_s(x),
                });
            }
            SubgroupOp::Shuffle => {
                let lane = self.src(data.args[1]);
                let address = self.v_op(Op::V_LSHLREV_B32, &[int(2), lane]);
                self.permute(data, address);
            }
            SubgroupOp::ShuffleXor => {
                let by = self.src(data.args[1]);
                if let Src::Bits(mask @ 0..=15) = by {
                    self.row(data, row_xmask(mask));
                } else {
                    self.shuffle_by(data, Op::V_XOR_B32, by);
                }
            }
            SubgroupOp::ShuffleUp => {
                let by = self.src(data.args[1]);
                self.shuffle_by(data, Op::V_SUB_NC_U32, by);
            }
            SubgroupOp::ShuffleDown => {
                let by = self.src(data.args[1]);
                self.shuffle_by(data, Op::V_ADD_NC_U32, by);
            }
            SubgroupOp::QuadBroadcast => {
                let index = self.src(data.args[1]);
                if let Src::Bits(n) = index {
                    let n = n & 3;
                    self.row(data, n | n << 2 | n << 4 | n << 6);
                    return Ok(());
                }
                let lane = self.lane();
                let base = self.v_op(Op::V_AND_B32, &[int(-4), lane.into()]);
                let index = self.v_op(Op::V_AND_B32, &[int(3), index]);
                let from = self.v_op(Op::V_OR_B32, &[base.into(), index.into()]);
                let address = self.v_op(Op::V_LSHLREV_B32, &[int(2), from.into()]);
                self.permute(data, address);
            }
            SubgroupOp::QuadSwap(mask) => {
                let m = u32::from(mask & 3);
                let ctrl = (0..4).map(|lane| (lane ^ m) << (2 * lane)).sum();
                self.row(data, ctrl);
            }
        }
        Ok(())
    }

    /// Moves within a row of 16 lanes.
    fn row(&mut self, data: &InstData, ctrl: u32) {
        self.exchange(data, |s, x| {
            let (d, x) = (s.new_v(), s.in_v(x));
            s.dpp_move(d.into(), x.into(), ctrl, true);
            d
        });
    }

    /// From the lane that `op` makes of this one and `by`.
    fn shuffle_by(&mut self, data: &InstData, op: Op, by: Src) {
        let lane = self.lane();
        let from = self.v_op(op, &[lane.into(), by]);
        let address = self.v_op(Op::V_LSHLREV_B32, &[int(2), from.into()]);
        self.permute(data, address);
    }

    fn permute(&mut self, data: &InstData, address: VReg) {
        self.exchange(data, |s, x| {
            let (d, x) = (s.new_v(), s.in_v(x));
            s.inst(Inst::new(
                Op::DS_BPERMUTE_B32,
                &[d.into()],
                &[address.into(), x.into()],
            ));
            d
        });
    }

    /// Gives the result what `f` makes of the first operand, in the bank that it wants.
    fn exchange(&mut self, data: &InstData, f: impl FnOnce(&mut Self, Src) -> VReg) {
        if let Some(&result) = data.results.first() {
            let x = self.src(data.args[0]);
            let d = f(self, x);
            let d = self.in_bank(self.bank(result), d);
            self.set(data, &[d]);
        }
    }

    fn in_bank(&mut self, bank: Bank, v: VReg) -> VReg {
        match bank {
            Bank::V => self.in_v(v.into()),
            Bank::S => self.in_s(v.into()),
        }
    }

    fn combine(&mut self, data: &InstData, op: ReduceOp, scan: Scan) -> Result<(), Error> {
        let (v, Some(&result)) = (data.args[0], data.results.first()) else {
            return Ok(());
        };
        let ty = self.ty(v);
        let n = words(ty);
        let identity = identity(op, ty);
        let identity: Vec<Arg> = (0..n)
            .map(|w| Operand::bits32((identity >> (32 * w)) as u32).into())
            .collect();
        let x: Vec<Arg> = (0..n)
            .map(|w| {
                let x = self.word(v, w);
                self.in_v(x).into()
            })
            .collect();
        let whole = self.whole_wave(n);
        let acc: Vec<Arg> = whole.acc.iter().map(|&o| o.into()).collect();
        let other: Vec<Arg> = whole.other.iter().map(|&o| o.into()).collect();
        let exec: Arg = Operand::EXEC.into();
        let all: Arg = Operand::int(-1).into();
        let mov = |s: &mut Self, d: &[Arg], from: &[Arg]| {
            for (d, from) in d.iter().zip(from) {
                s.inst(Inst::new(Op::V_MOV_B32, from_ref(d), from_ref(from)));
            }
        };
        let dpp = |s: &mut Self, ctrl: u32, bound: bool| {
            for (d, from) in other.iter().zip(&acc) {
                s.dpp_move(d.clone(), from.clone(), ctrl, bound);
            }
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
        mov(self, &acc, &identity);
        set_exec(self, saved.into());
        mov(self, &acc, &x);
        set_exec(self, all.clone());
        // v_permlanex16 takes lane n of the other row of 16: which n is four bits for each lane.
        let other_row = |s: &mut Self, select: [u32; 2]| {
            let lanes = s.scalar_group(&[Src::Bits(select[0]), Src::Bits(select[1])]);
            for (d, from) in other.iter().zip(&acc) {
                let mut inst = Inst::new(
                    Op::V_PERMLANEX16_B32,
                    from_ref(d),
                    &[d.clone(), from.clone(), lanes[0].into(), lanes[1].into()],
                );
                inst.tied = Some(0);
                s.inst(inst);
            }
        };
        if scan == Scan::Reduce {
            for mask in [1, 2, 4, 8] {
                dpp(self, row_xmask(mask), true);
                self.fold(op, ty, &acc, &other);
            }
            mov(self, &other, &identity);
            other_row(self, [0x7654_3210, 0xfedc_ba98]);
            self.fold(op, ty, &acc, &other);
        } else {
            if scan == Scan::Exclusive {
                // Everything moves up one lane; lane 16 gets what was in lane 15.
                mov(self, &other, &identity);
                dpp(self, row_shr(1), false);
                for (d, from) in other.iter().zip(&acc) {
                    let carried = self.new_s();
                    self.inst(Inst::new(
                        Op::V_READLANE_B32,
                        &[carried.into()],
                        &[from.clone(), Operand::int(15).into()],
                    ));
                    let mut write = Inst::new(
                        Op::V_WRITELANE_B32,
                        from_ref(d),
                        &[d.clone(), carried.into(), Operand::int(16).into()],
                    );
                    write.tied = Some(0);
                    self.inst(write);
                }
                mov(self, &acc, &other);
            }
            for by in [1, 2, 4, 8] {
                mov(self, &other, &identity);
                dpp(self, row_shr(by), false);
                self.fold(op, ty, &acc, &other);
            }
            mov(self, &other, &identity);
            other_row(self, [!0, !0]);
            // The upper row adds the lower row's total.
            set_exec(self, Operand::Literal(0xffff_0000).into());
            self.fold(op, ty, &acc, &other);
        }
        let moved: Vec<VReg> = if scan == Scan::Reduce {
            let totals = acc.iter().map(|from| {
                let total = self.new_s();
                self.inst(Inst::new(
                    Op::V_READLANE_B32,
                    &[total.into()],
                    &[from.clone(), Operand::int(0).into()],
                ));
                total
            });
            let totals = totals.collect();
            set_exec(self, saved.into());
            totals
        } else {
            set_exec(self, saved.into());
            let regs = self.new_regs(Bank::V, n);
            for (&d, from) in regs.iter().zip(&acc) {
                mov(self, &[d.into()], from_ref(from));
            }
            regs.to_vec()
        };
        let bank = self.bank(result);
        let regs: Vec<VReg> = moved.into_iter().map(|d| self.in_bank(bank, d)).collect();
        self.set(data, &regs);
        Ok(())
    }

    /// `acc = acc op other`, lane by lane; `other` may hold anything afterwards.
    fn fold(&mut self, op: ReduceOp, ty: Type, acc: &[Arg], other: &[Arg]) {
        let row = |s: &mut Self, op: Op, d: &Arg, a: &Arg, b: &Arg| {
            s.inst(Inst::new(op, from_ref(d), &[a.clone(), b.clone()]));
        };
        let ([acc, acc_hi], [other, other_hi]) = (acc, other) else {
            row(self, single(op), &acc[0], &acc[0], &other[0]);
            return;
        };
        // A pair of registers is named by its first.
        match op {
            ReduceOp::IAdd => {
                let (carry, dropped) = (self.new_s(), self.new_s());
                self.inst(Inst::new(
                    Op::V_ADD_CO_U32,
                    &[acc.clone(), carry.into()],
                    &[acc.clone(), other.clone()],
                ));
                self.inst(Inst::new(
                    Op::V_ADD_CO_CI_U32,
                    &[acc_hi.clone(), dropped.into()],
                    &[acc_hi.clone(), other_hi.clone(), carry.into()],
                ));
            }
            ReduceOp::IMul => {
                row(self, Op::V_MUL_LO_U32, other_hi, acc, other_hi);
                row(self, Op::V_MUL_LO_U32, acc_hi, acc_hi, other);
                row(self, Op::V_ADD_NC_U32, acc_hi, acc_hi, other_hi);
                row(self, Op::V_MUL_HI_U32, other_hi, acc, other);
                row(self, Op::V_ADD_NC_U32, acc_hi, acc_hi, other_hi);
                row(self, Op::V_MUL_LO_U32, acc, acc, other);
            }
            ReduceOp::And | ReduceOp::Or | ReduceOp::Xor => {
                row(self, single(op), acc, acc, other);
                row(self, single(op), acc_hi, acc_hi, other_hi);
            }
            ReduceOp::SMin | ReduceOp::SMax | ReduceOp::UMin | ReduceOp::UMax => {
                let less = matches!(op, ReduceOp::SMin | ReduceOp::UMin);
                let signed = matches!(op, ReduceOp::SMin | ReduceOp::SMax);
                let compare = match (less, signed) {
                    (true, true) => Op::V_CMP_LT_I64,
                    (true, false) => Op::V_CMP_LT_U64,
                    (false, true) => Op::V_CMP_GT_I64,
                    (false, false) => Op::V_CMP_GT_U64,
                };
                let keep = self.new_s();
                row(self, compare, &keep.into(), acc, other);
                for (acc, other) in [(acc, other), (acc_hi, other_hi)] {
                    self.inst(Inst::new(
                        Op::V_CNDMASK_B32,
                        from_ref(acc),
                        &[other.clone(), acc.clone(), keep.into()],
                    ));
                }
            }
            ReduceOp::FAdd => row(self, Op::V_ADD_F64, acc, acc, other),
            ReduceOp::FMul => row(self, Op::V_MUL_F64, acc, acc, other),
            ReduceOp::FMin => row(self, Op::V_MIN_F64, acc, acc, other),
            ReduceOp::FMax => row(self, Op::V_MAX_F64, acc, acc, other),
        }
        debug_assert_eq!(words(ty), 2);
    }
}

/// The instruction that combines two dwords.
fn single(op: ReduceOp) -> Op {
    match op {
        ReduceOp::IAdd => Op::V_ADD_NC_U32,
        ReduceOp::IMul => Op::V_MUL_LO_U32,
        ReduceOp::SMin => Op::V_MIN_I32,
        ReduceOp::SMax => Op::V_MAX_I32,
        ReduceOp::UMin => Op::V_MIN_U32,
        ReduceOp::UMax => Op::V_MAX_U32,
        ReduceOp::And => Op::V_AND_B32,
        ReduceOp::Or => Op::V_OR_B32,
        ReduceOp::Xor => Op::V_XOR_B32,
        ReduceOp::FAdd => Op::V_ADD_F32,
        ReduceOp::FMul => Op::V_MUL_F32,
        ReduceOp::FMin => Op::V_MIN_F32,
        ReduceOp::FMax => Op::V_MAX_F32,
    }
}

/// What changes nothing: bits of a value of the type.
fn identity(op: ReduceOp, ty: Type) -> u64 {
    let bits = ty.bits();
    let ones = u64::MAX >> (64 - bits);
    let sign = 1u64 << (bits - 1);
    let float = |single: f32| match ty {
        Type::F64 => f64::from(single).to_bits(),
        Type::Bool | Type::I16 | Type::I32 | Type::I64 | Type::F16 | Type::F32 => {
            single.to_bits().into()
        }
    };
    match op {
        ReduceOp::IAdd | ReduceOp::UMax | ReduceOp::Or | ReduceOp::Xor => 0,
        ReduceOp::IMul => 1,
        ReduceOp::SMin => ones & !sign,
        ReduceOp::SMax => sign,
        ReduceOp::UMin | ReduceOp::And => ones,
        ReduceOp::FAdd => float(-0.0),
        ReduceOp::FMul => float(1.0),
        ReduceOp::FMin => float(f32::INFINITY),
        ReduceOp::FMax => float(f32::NEG_INFINITY),
    }
}
