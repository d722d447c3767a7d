//! Built-in inputs from special registers. Lanes are numbered as invocations are: a warp is 32
//! consecutive ones.

use super::emit::Emitter;
use super::text::{Arg, Bank, Reg};
use crate::kernel::*;
use crate::Error;

/// Lanes of a warp.
const LANES: u32 = 32;

impl Emitter<'_> {
    pub(super) fn builtin(&mut self, data: &InstData, builtin: Builtin) -> Result<(), Error> {
        let axis = |axis: u8| match axis {
            0 => 'x',
            1 => 'y',
            _ => 'z',
        };
        let d = match builtin {
            Builtin::LocalId(n) => self.special(&format!("%tid.{}", axis(n))),
            Builtin::WorkgroupId(n) => self.special(&format!("%ctaid.{}", axis(n))),
            Builtin::NumWorkgroups(n) => self.special(&format!("%nctaid.{}", axis(n))),
            Builtin::LocalIndex => self.local_index(),
            Builtin::SubgroupLane => self.special("%laneid"),
            Builtin::SubgroupSize => self.number(LANES),
            Builtin::SubgroupId => {
                let index = self.local_index();
                self.pure(Bank::B32, "shr.u32", format_args!("{index}, 5"))
            }
            Builtin::NumSubgroups => self.number(self.kernel.workgroup_threads().div_ceil(LANES)),
        };
        self.alias(data, d)
    }

    fn number(&mut self, number: u32) -> Reg {
        let d = self.temp(Bank::B32);
        self.mov(d, Arg::Int(number.into()));
        d
    }

    /// The content of a special register.
    pub(super) fn special(&mut self, name: &str) -> Reg {
        self.pure(Bank::B32, "mov.u32", format_args!("{name}"))
    }

    /// `x + X·(y + Y·z)`; axes of size 1 have no part in it.
    fn local_index(&mut self) -> Reg {
        let sizes = self.kernel.workgroup_size;
        let mut index: Option<Reg> = None;
        for (n, axis) in [(2, "%tid.z"), (1, "%tid.y"), (0, "%tid.x")] {
            if sizes[n] == 1 && !(n == 0 && index.is_none()) {
                continue;
            }
            let id = self.special(axis);
            index = Some(match index {
                None => id,
                Some(outer) => {
                    let operands = format_args!("{outer}, {}, {id}", sizes[n]);
                    self.pure(Bank::B32, "mad.lo.u32", operands)
                }
            });
        }
        match index {
            Some(index) => index,
            None => self.special("%tid.x"),
        }
    }
}
