//! Registers, predicates and special registers of a warp.
//!
//! What was never written is poison: reading it in a lane that takes part is a fault. Lanes that do
//! not take part read anything.

use super::super::exec::Context;
use super::super::inst::{Inst, Pred, Reg, Source, Special, Truth};
use super::super::{Fault, FaultKind, LANES};
use super::{lanes, Row, Warp};

impl Warp {
    pub(super) fn read(
        &self,
        source: Source,
        active: u32,
        inst: &Inst,
        context: &Context<'_>,
    ) -> Result<Row, Fault> {
        match source {
            Source::Bits(bits) => Ok([bits; LANES]),
            Source::Reg(reg) => {
                let missing = active & !self.defined[reg as usize];
                if missing != 0 {
                    let name = context.entry.registers[reg as usize].clone();
                    let kind = FaultKind::Uninitialised(name);
                    return Err(self.fault(context, inst, missing, kind));
                }
                Ok(self.registers[reg as usize])
            }
            Source::Special(special) => Ok(self.special(special, context)),
        }
    }

    fn special(&self, special: Special, context: &Context<'_>) -> Row {
        let all = |value: u32| [u64::from(value); LANES];
        let by_lane = |f: fn(u32) -> u32| std::array::from_fn(|lane| f(lane as u32).into());
        match special {
            Special::Tid(axis) => self.tid[usize::from(axis)],
            Special::Ntid(axis) => all(context.entry.workgroup_size[usize::from(axis)]),
            Special::Ctaid(axis) => all(context.group[usize::from(axis)]),
            Special::Nctaid(axis) => all(context.grid[usize::from(axis)]),
            Special::LaneId => by_lane(|lane| lane),
            Special::WarpId => all(self.index),
            Special::LaneMaskEq => by_lane(|lane| 1 << lane),
            Special::LaneMaskLe => by_lane(|lane| !0 >> (31 - lane)),
            Special::LaneMaskLt => by_lane(|lane| (1 << lane) - 1),
            Special::LaneMaskGe => by_lane(|lane| !0 << lane),
            Special::LaneMaskGt => by_lane(|lane| !(!0 >> (31 - lane))),
            Special::Clock => all(self.done as u32),
            Special::GlobalTimer => [context.now(); LANES],
        }
    }

    pub(super) fn truth(
        &self,
        truth: Truth,
        active: u32,
        inst: &Inst,
        context: &Context<'_>,
    ) -> Result<u32, Fault> {
        match truth {
            Truth::Const(held) => Ok(if held { !0 } else { 0 }),
            Truth::Pred(pred, negated) => {
                let missing = active & !self.predicates_defined[pred as usize];
                if missing != 0 {
                    let name = context.entry.predicates[pred as usize].clone();
                    let kind = FaultKind::Uninitialised(name);
                    return Err(self.fault(context, inst, missing, kind));
                }
                let held = self.predicates[pred as usize];
                Ok(if negated { !held } else { held })
            }
        }
    }

    pub(super) fn write(&mut self, reg: Reg, active: u32, value: impl Fn(usize) -> u64) {
        let row = &mut self.registers[reg as usize];
        if active == !0 {
            for (lane, slot) in row.iter_mut().enumerate() {
                *slot = value(lane);
            }
        } else {
            for lane in lanes(active) {
                row[lane] = value(lane);
            }
        }
        self.defined[reg as usize] |= active;
    }

    pub(super) fn write_pred(&mut self, pred: Pred, active: u32, held: u32) {
        let slot = &mut self.predicates[pred as usize];
        *slot = *slot & !active | held & active;
        self.predicates_defined[pred as usize] |= active;
    }
}
