//! Operations across the lanes of a warp, over the lanes that [`super::mask`] knows to be here.
//!
//! Combinations are `redux.sync` where there is one. Else, if the lanes are a full power of two, a
//! butterfly or a ladder of shuffles. Else lanes follow pointers: each knows the nearest lane below
//! that is here, takes in that one's sum so far, and points where it points; five rounds reach
//! everyone whatever the mask.

use super::emit::{emit, Emitter};
use super::text::{Arg, Bank, Reg};
use crate::kernel::*;
use crate::Error;

/// Third operand of `shfl`: the whole warp; none below lane 0; quads.
const WARP: u32 = 0x1f;
const FROM_ZERO: u32 = 0;
const QUAD: u32 = 0x1c1f;

impl Emitter<'_> {
    pub(super) fn subgroup(&mut self, data: &InstData, op: SubgroupOp) -> Result<(), Error> {
        let mask = self.lanes();
        match op {
            SubgroupOp::Ballot => {
                let (p, d) = (self.reg(data.args[0]), self.result(data)?);
                emit!(self, "vote.sync.ballot.b32 {d}, {p}, {mask}");
            }
            SubgroupOp::All | SubgroupOp::Any => {
                let (p, d) = (self.reg(data.args[0]), self.result(data)?);
                let mode = if op == SubgroupOp::All { "all" } else { "any" };
                emit!(self, "vote.sync.{mode}.pred {d}, {p}, {mask}");
            }
            SubgroupOp::Elect => {
                let below = self.special("%lanemask_lt");
                let (before, d) = (self.temp(Bank::B32), self.result(data)?);
                emit!(self, "and.b32 {before}, {below}, {mask}");
                emit!(self, "setp.eq.s32 {d}, {before}, 0");
            }
            SubgroupOp::Combine(reduce, scan) => return self.combine(data, reduce, scan, mask),
            SubgroupOp::BroadcastFirst => {
                let lane = self.first_lane(mask);
                return self.exchange(data, "idx", lane, WARP, mask);
            }
            SubgroupOp::Broadcast | SubgroupOp::Shuffle => {
                let lane = self.bits(data.args[1]);
                return self.exchange(data, "idx", lane, WARP, mask);
            }
            SubgroupOp::ShuffleXor => {
                let by = self.bits(data.args[1]);
                return self.exchange(data, "bfly", by, WARP, mask);
            }
            SubgroupOp::ShuffleUp => {
                let by = self.bits(data.args[1]);
                return self.exchange(data, "up", by, FROM_ZERO, mask);
            }
            SubgroupOp::ShuffleDown => {
                let by = self.bits(data.args[1]);
                return self.exchange(data, "down", by, WARP, mask);
            }
            SubgroupOp::QuadBroadcast => {
                let index = self.bits(data.args[1]);
                return self.exchange(data, "idx", index, QUAD, mask);
            }
            SubgroupOp::QuadSwap(by) => {
                let by = Arg::Int(i64::from(by & 3));
                return self.exchange(data, "bfly", by, WARP, mask);
            }
        }
        Ok(())
    }

    /// The lowest lane of a mask.
    fn first_lane(&mut self, mask: Arg) -> Arg {
        let Arg::Reg(mask) = mask else {
            return Arg::Int(0);
        };
        let (reversed, lane) = (self.temp(Bank::B32), self.temp(Bank::B32));
        emit!(self, "brev.b32 {reversed}, {mask}");
        emit!(self, "clz.b32 {lane}, {reversed}");
        lane.into()
    }

    /// The first operand of another lane.
    fn exchange(
        &mut self,
        data: &InstData,
        mode: &str,
        by: Arg,
        bound: u32,
        mask: Arg,
    ) -> Result<(), Error> {
        let x = self.reg(data.args[0]);
        let moved = self.shuffle(x, mode, by, bound, mask);
        self.alias(data, moved)
    }

    /// Registers of 32 or 64 bits.
    fn shuffle(&mut self, x: Reg, mode: &str, by: Arg, bound: u32, mask: Arg) -> Reg {
        let d = self.temp(x.bank);
        if x.bank != Bank::B64 {
            emit!(self, "shfl.sync.{mode}.b32 {d}, {x}, {by}, {bound}, {mask}");
            return d;
        }
        let [low, high, moved_low, moved_high] = [0; 4].map(|_| self.temp(Bank::B32));
        emit!(self, "mov.b64 {{{low}, {high}}}, {x}");
        for (d, x) in [(moved_low, low), (moved_high, high)] {
            emit!(self, "shfl.sync.{mode}.b32 {d}, {x}, {by}, {bound}, {mask}");
        }
        emit!(self, "mov.b64 {d}, {{{moved_low}, {moved_high}}}");
        d
    }

    fn combine(
        &mut self,
        data: &InstData,
        op: ReduceOp,
        scan: Scan,
        mask: Arg,
    ) -> Result<(), Error> {
        let ty = self.ty(data.args[0]);
        let Some(combination) = Combination::new(op, ty) else {
            return self.unsupported("this subgroup operation on this type");
        };
        let x = self.reg(data.args[0]);
        let redux = combination.redux.filter(|_| self.sm >= 80);
        if let (Scan::Reduce, Some(name)) = (scan, redux) {
            let d = self.result(data)?;
            emit!(self, "redux.sync.{name} {d}, {x}, {mask}");
            return Ok(());
        }
        let lanes = self.constant_lanes().map(|mask| mask.count_ones());
        let lanes = lanes.filter(|lanes| lanes.is_power_of_two());
        let d = match (scan, lanes) {
            (Scan::Reduce, Some(lanes)) => self.butterfly(&combination, x, lanes, mask),
            (_, Some(lanes)) => {
                let sums = self.ladder(&combination, x, lanes, mask);
                match scan {
                    Scan::Exclusive => {
                        let below = self.special("%laneid");
                        let first = self.temp(Bank::Pred);
                        let moved = self.shuffle(sums, "up", Arg::Int(1), FROM_ZERO, mask);
                        emit!(self, "setp.eq.s32 {first}, {below}, 0");
                        self.or_identity(&combination, moved, first)
                    }
                    Scan::Reduce | Scan::Inclusive => sums,
                }
            }
            (_, None) => self.pointers(&combination, x, scan, mask),
        };
        self.alias(data, d)
    }

    fn fold(&mut self, combination: &Combination, a: Reg, b: Reg) -> Reg {
        let d = self.temp(a.bank);
        emit!(self, "{} {d}, {a}, {b}", combination.opcode);
        d
    }

    fn choose(&mut self, accept: Reg, reject: Reg, condition: Reg) -> Reg {
        let d = self.temp(accept.bank);
        let name = accept.bank.name();
        emit!(self, "selp.{name} {d}, {accept}, {reject}, {condition}");
        d
    }

    fn or_identity(&mut self, combination: &Combination, x: Reg, none: Reg) -> Reg {
        let d = self.temp(x.bank);
        let (name, identity) = (x.bank.name(), combination.identity);
        emit!(self, "selp.{name} {d}, {identity}, {x}, {none}");
        d
    }

    fn butterfly(&mut self, combination: &Combination, x: Reg, lanes: u32, mask: Arg) -> Reg {
        let mut sum = x;
        let mut distance = lanes / 2;
        while distance > 0 {
            let by = Arg::Int(distance.into());
            let other = self.shuffle(sum, "bfly", by, WARP, mask);
            sum = self.fold(combination, sum, other);
            distance /= 2;
        }
        sum
    }

    fn ladder(&mut self, combination: &Combination, x: Reg, lanes: u32, mask: Arg) -> Reg {
        let mut sum = x;
        let mut distance = 1;
        if lanes == 1 {
            return sum;
        }
        let lane = self.special("%laneid");
        while distance < lanes {
            let by = Arg::Int(distance.into());
            let other = self.shuffle(sum, "up", by, FROM_ZERO, mask);
            let joined = self.fold(combination, other, sum);
            let inside = self.temp(Bank::Pred);
            emit!(self, "setp.ge.u32 {inside}, {lane}, {distance}");
            sum = self.choose(joined, sum, inside);
            distance *= 2;
        }
        sum
    }

    /// Any lanes: see above.
    fn pointers(&mut self, combination: &Combination, x: Reg, scan: Scan, mask: Arg) -> Reg {
        let lane = self.special("%laneid");
        let lower = self.special("%lanemask_lt");
        let [before, nearest] = [0; 2].map(|_| self.temp(Bank::B32));
        emit!(self, "and.b32 {before}, {lower}, {mask}");
        // -1 where there is none.
        emit!(self, "bfind.u32 {nearest}, {before}");
        let first = self.temp(Bank::Pred);
        emit!(self, "setp.lt.s32 {first}, {nearest}, 0");
        let start = nearest;
        let mut sum = x;
        let mut below = nearest;
        for _ in 0..5 {
            let ended = self.temp(Bank::Pred);
            emit!(self, "setp.lt.s32 {ended}, {below}, 0");
            let from = self.choose(lane, below, ended);
            let other = self.shuffle(sum, "idx", from.into(), WARP, mask);
            let beyond = self.shuffle(below, "idx", from.into(), WARP, mask);
            let joined = self.fold(combination, other, sum);
            sum = self.choose(sum, joined, ended);
            below = self.choose(below, beyond, ended);
        }
        match scan {
            Scan::Inclusive => sum,
            Scan::Exclusive => {
                let from = self.choose(lane, start, first);
                let moved = self.shuffle(sum, "idx", from.into(), WARP, mask);
                self.or_identity(combination, moved, first)
            }
            Scan::Reduce => {
                // The highest lane has everyone's.
                let last = self.temp(Bank::B32);
                emit!(self, "bfind.u32 {last}, {mask}");
                self.shuffle(sum, "idx", last.into(), WARP, mask)
            }
        }
    }
}

/// How two values combine.
struct Combination {
    opcode: &'static str,
    /// What changes nothing.
    identity: Arg,
    /// The operation of `redux.sync`.
    redux: Option<&'static str>,
}

impl Combination {
    fn new(op: ReduceOp, ty: Type) -> Option<Combination> {
        let int = |opcode32, opcode64, identity32: i32, identity64: i64, redux| match ty {
            Type::I32 => Some((opcode32, Arg::Int(identity32.into()), redux)),
            Type::I64 => Some((opcode64, Arg::Int(identity64), None)),
            Type::Bool | Type::I16 | Type::F16 | Type::F32 | Type::F64 => None,
        };
        let float = |opcode32, opcode64, identity32: f32, identity64: f64| match ty {
            Type::F32 => Some((
                opcode32,
                Arg::Int((identity32.to_bits() as i32).into()),
                None,
            )),
            Type::F64 => Some((opcode64, Arg::Int(identity64.to_bits() as i64), None)),
            Type::Bool | Type::I16 | Type::I32 | Type::I64 | Type::F16 => None,
        };
        let (least, most) = (f32::NEG_INFINITY, f32::INFINITY);
        let (opcode, identity, redux) = match op {
            ReduceOp::IAdd => int("add.s32", "add.s64", 0, 0, Some("add.s32")),
            ReduceOp::IMul => int("mul.lo.s32", "mul.lo.s64", 1, 1, None),
            ReduceOp::SMin => int("min.s32", "min.s64", i32::MAX, i64::MAX, Some("min.s32")),
            ReduceOp::SMax => int("max.s32", "max.s64", i32::MIN, i64::MIN, Some("max.s32")),
            ReduceOp::UMin => int("min.u32", "min.u64", -1, -1, Some("min.u32")),
            ReduceOp::UMax => int("max.u32", "max.u64", 0, 0, Some("max.u32")),
            ReduceOp::And => int("and.b32", "and.b64", -1, -1, Some("and.b32")),
            ReduceOp::Or => int("or.b32", "or.b64", 0, 0, Some("or.b32")),
            ReduceOp::Xor => int("xor.b32", "xor.b64", 0, 0, Some("xor.b32")),
            ReduceOp::FAdd => float("add.ftz.f32", "add.f64", -0.0, -0.0),
            ReduceOp::FMul => float("mul.ftz.f32", "mul.f64", 1.0, 1.0),
            ReduceOp::FMin => float("min.ftz.f32", "min.f64", most, most.into()),
            ReduceOp::FMax => float("max.ftz.f32", "max.f64", least, least.into()),
        }?;
        Some(Combination {
            opcode,
            identity,
            redux,
        })
    }
}
