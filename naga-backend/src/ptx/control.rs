//! Structured control flow to labels and branches.
//!
//! Registers of construct results and loop parameters are written by whatever leads to them. Which
//! lanes branch together is ptxas's care: it finds where they meet again.

use std::fmt;

use super::emit::{emit, Emitter};
use super::text::{Arg, Reg};
use crate::kernel::*;
use crate::Error;

/// Where a branch leads.
#[derive(Clone, Copy, PartialEq, Eq)]
struct Label {
    kind: &'static str,
    number: u32,
    place: &'static str,
}

impl fmt::Display for Label {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "${}{}{}", self.kind, self.number, self.place)
    }
}

/// A construct that is open.
pub(super) struct Frame {
    pub construct: InstId,
    /// What is known of the lanes within, to be put back or merged.
    pub lanes: super::mask::Saved,
    /// How much was known where the region began.
    known: usize,
    number: u32,
    shape: Shape,
    /// A branch to the end was written.
    end_used: bool,
}

enum Shape {
    /// The first region is all in the branch that skips it.
    If {
        folded: bool,
        has_else: bool,
    },
    Loop,
    Block,
}

impl Frame {
    fn kind(&self) -> &'static str {
        match self.shape {
            Shape::If { .. } => "if",
            Shape::Loop => "loop",
            Shape::Block => "block",
        }
    }

    fn label(&self, place: &'static str) -> Label {
        Label {
            kind: self.kind(),
            number: self.number,
            place,
        }
    }
}

impl Emitter<'_> {
    /// Opens a construct.
    pub fn begin(&mut self, inst: InstId) -> Result<(), Error> {
        let data = &self.kernel.insts[inst];
        for &result in &data.results {
            self.define(result);
        }
        let number = self.constructs;
        self.constructs += 1;
        let lanes = self.masks.save();
        let mut frame = Frame {
            construct: inst,
            lanes,
            known: 0,
            number,
            shape: Shape::Block,
            end_used: false,
        };
        if let Op::If { then, otherwise } = data.op {
            frame.shape = Shape::If {
                folded: false,
                has_else: false,
            };
            self.frames.push(frame);
            let condition = self.reg(data.args[0]);
            self.split_lanes(inst, condition);
            self.branch(condition, then, otherwise);
        } else if let Op::Loop { body } = data.op {
            frame.shape = Shape::Loop;
            let label = frame.label("");
            self.frames.push(frame);
            let params: Vec<Reg> = self.kernel.regions[body]
                .params
                .iter()
                .map(|&param| self.define(param))
                .collect();
            self.copy(&params, &data.args);
            self.enter_loop();
            self.text.label(&label);
        } else {
            self.frames.push(frame);
        }
        Ok(())
    }

    /// The branch at the head of an `If`.
    fn branch(&mut self, condition: Reg, then: RegionId, otherwise: RegionId) {
        let (skip_then, skip_else) = (self.plain_leave(then), self.plain_leave(otherwise));
        let Some(frame) = self.frames.last() else {
            return;
        };
        let (otherwise, end) = (frame.label("_else"), frame.label("_end"));
        let (folded, has_else, used) = match (skip_then, skip_else) {
            (Some(Plain::End), Some(Plain::End)) => (true, false, None),
            (Some(Plain::Label(label)), _) => {
                emit!(self, "@{condition} bra {label}");
                (true, true, Some(label))
            }
            (_, Some(Plain::Label(label))) => {
                emit!(self, "@!{condition} bra {label}");
                (false, false, Some(label))
            }
            (Some(Plain::End), None) => {
                emit!(self, "@{condition} bra {end}");
                (true, true, Some(end))
            }
            (None, Some(Plain::End)) => {
                emit!(self, "@!{condition} bra {end}");
                (false, false, Some(end))
            }
            (None, None) => {
                emit!(self, "@!{condition} bra {otherwise}");
                (false, true, None)
            }
        };
        used.into_iter().for_each(|label| self.mark_end(label));
        if let Some(frame) = self.frames.last_mut() {
            frame.shape = Shape::If { folded, has_else };
        }
    }

    /// Is a region nothing but a jump that carries nothing?
    fn plain_leave(&self, region: RegionId) -> Option<Plain> {
        let &[only] = self.kernel.regions[region].insts.as_slice() else {
            return None;
        };
        let data = &self.kernel.insts[only];
        if !data.args.is_empty() {
            return None;
        }
        match data.op.control()? {
            Control::Yield => Some(Plain::End),
            Control::Break(target) => Some(Plain::Label(self.frame(target)?.label("_end"))),
            Control::Continue(target) if self.carries_lanes(target) => None,
            Control::Continue(target) => Some(Plain::Label(self.frame(target)?.label(""))),
            Control::If { .. } | Control::Loop { .. } | Control::Block { .. } | Control::Return => {
                None
            }
        }
    }

    fn frame(&self, construct: InstId) -> Option<&Frame> {
        self.frames.iter().rev().find(|f| f.construct == construct)
    }

    fn mark_end(&mut self, label: Label) {
        for frame in &mut self.frames {
            if frame.label("_end") == label {
                frame.end_used = true;
            }
        }
    }

    /// Begins a region of the construct opened last.
    pub fn enter(&mut self, construct: InstId, region: RegionId) -> Result<(), Error> {
        let known = self.known();
        if let Some(frame) = self.frames.last_mut() {
            frame.known = known;
        }
        let Op::If { otherwise, .. } = self.kernel.insts[construct].op else {
            return Ok(());
        };
        let is_else = region == otherwise;
        self.enter_branch(is_else);
        if let Some(frame) = self.frames.last() {
            if let Shape::If {
                folded: false,
                has_else: true,
            } = frame.shape
            {
                if is_else {
                    let label = frame.label("_else");
                    self.text.label(&label);
                }
            }
        }
        Ok(())
    }

    /// Ends a region.
    pub fn leave(&mut self) {
        if let Some(frame) = self.frames.last() {
            self.forget(frame.known);
        }
    }

    /// Ends the construct opened last.
    pub fn end(&mut self, construct: InstId) -> Result<(), Error> {
        let Some(frame) = self.frames.pop() else {
            return self.internal("the end of no construct");
        };
        if frame.end_used {
            self.text.label(&frame.label("_end"));
        }
        self.merge_lanes(construct, frame.lanes);
        Ok(())
    }

    /// The last instruction of a region.
    pub fn terminator(&mut self, inst: InstId) -> Result<(), Error> {
        let data = &self.kernel.insts[inst];
        let in_then = self.in_then(inst);
        match data.op.control() {
            Some(Control::Yield) => {
                let Some(frame) = self.frames.last() else {
                    return self.internal("a `yield` outside of constructs");
                };
                let shape = match frame.shape {
                    Shape::If { folded, has_else } => Some((folded, has_else)),
                    Shape::Loop | Shape::Block => None,
                };
                let (construct, end) = (frame.construct, frame.label("_end"));
                self.arrive();
                self.copy_results(construct, &data.args);
                // The second region stands between the first and the end.
                if let (Some((false, true)), true) = (shape, in_then) {
                    emit!(self, "bra {end}");
                    self.mark_end(end);
                }
            }
            Some(Control::Break(target)) => {
                let Some(frame) = self.frame(target) else {
                    return self.internal("a `break` out of what is not around it");
                };
                let end = frame.label("_end");
                if !self.jumps_at_head(inst) {
                    self.copy_results(target, &data.args);
                    emit!(self, "bra {end}");
                    self.mark_end(end);
                }
            }
            Some(Control::Continue(target)) => {
                let Some(frame) = self.frame(target) else {
                    return self.internal("a `continue` of what is not around it");
                };
                let head = frame.label("");
                if !self.jumps_at_head(inst) {
                    self.continue_lanes(target);
                    if let Op::Loop { body } = self.kernel.insts[target].op {
                        let params = self.kernel.regions[body].params.clone();
                        let params: Vec<Reg> = params.iter().map(|&p| self.reg(p)).collect();
                        self.copy(&params, &data.args);
                    }
                    emit!(self, "bra {head}");
                }
            }
            Some(Control::Return) => emit!(self, "ret"),
            Some(Control::If { .. } | Control::Loop { .. } | Control::Block { .. }) | None => {
                return self.internal("not a terminator")
            }
        }
        Ok(())
    }

    fn in_then(&self, terminator: InstId) -> bool {
        let Some(frame) = self.frames.last() else {
            return false;
        };
        let Op::If { then, .. } = self.kernel.insts[frame.construct].op else {
            return false;
        };
        self.kernel.regions[then].insts.last() == Some(&terminator)
    }

    /// The jump is in the branch at the head of its `If`.
    fn jumps_at_head(&self, terminator: InstId) -> bool {
        let Some(frame) = self.frames.last() else {
            return false;
        };
        let Op::If { then, otherwise } = self.kernel.insts[frame.construct].op else {
            return false;
        };
        let region = match frame.shape {
            Shape::If { folded: true, .. } => then,
            Shape::If {
                has_else: false, ..
            } => otherwise,
            Shape::If { .. } | Shape::Loop | Shape::Block => return false,
        };
        self.kernel.regions[region].insts.as_slice() == [terminator]
    }

    fn copy_results(&mut self, construct: InstId, args: &[Value]) {
        let results = self.kernel.insts[construct].results.clone();
        let results: Vec<Reg> = results.iter().map(|&r| self.reg(r)).collect();
        self.copy(&results, args);
    }

    /// Moves values to registers as if all at once.
    fn copy(&mut self, to: &[Reg], from: &[Value]) {
        let mut moves = Vec::new();
        for (&to, &value) in to.iter().zip(from) {
            let source = match (self.kernel.constant(value), self.ty(value)) {
                (Some(bits), Type::Bool) => Arg::Int(i64::from(bits != 0)),
                _ => self.bits(value),
            };
            if source != Arg::Reg(to) {
                moves.push((to, source));
            }
        }
        while !moves.is_empty() {
            let free = |&(to, _): &(Reg, Arg)| moves.iter().all(|(_, from)| *from != Arg::Reg(to));
            let (to, from) = match moves.iter().position(free) {
                Some(at) => moves.remove(at),
                // A cycle: one register steps aside.
                None => {
                    let (to, _) = moves[0];
                    let aside = self.temp(to.bank);
                    for (_, from) in &mut moves {
                        if *from == Arg::Reg(to) {
                            *from = aside.into();
                        }
                    }
                    (aside, to.into())
                }
            };
            self.mov(to, from);
        }
    }

    /// One register's content.
    pub fn mov(&mut self, to: Reg, from: Arg) {
        emit!(self, "mov.{} {to}, {from}", to.bank.name());
    }
}

/// A region that only leads on.
#[derive(Clone, Copy)]
enum Plain {
    /// To the end of the construct.
    End,
    /// Elsewhere.
    Label(Label),
}
