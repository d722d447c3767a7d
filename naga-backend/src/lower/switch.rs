//! `switch`: a chain of conditions for few cases, a tree of comparisons for many.

use naga::{Block, Expression, Handle, SwitchCase, SwitchValue};

use super::functions::{Frame, Target};
use super::Lowerer;
use crate::kernel::{BinaryOp, IntCc, Op, UnaryOp, Value};
use crate::Error;

/// Most bodies that are chosen by one condition after the other.
const CHAIN_MAX: usize = 8;

/// A body and the selectors that lead to it.
struct Arm<'a> {
    values: Vec<u32>,
    default: bool,
    body: &'a Block,
    /// Goes on with the next arm.
    falls: bool,
}

/// An arm's selectors as a range.
struct Span {
    low: u32,
    high: u32,
    arm: usize,
}

impl<'a> Lowerer<'a> {
    pub(super) fn switch(
        &mut self,
        frame: &mut Frame<'a>,
        selector: Handle<Expression>,
        cases: &'a [SwitchCase],
    ) -> Result<(), Error> {
        let selector = self.scalar(frame, selector)?;
        let arms = arms(cases);
        let (target, outer) = self.open_block(&[]);
        let around = frame.break_to.replace(target);
        if arms.iter().any(|arm| arm.falls) {
            self.falling(frame, selector, &arms, target)?;
        } else if arms.len() <= CHAIN_MAX {
            self.chain(frame, selector, &arms)?;
        } else {
            self.search(frame, selector, &arms, target)?;
        }
        frame.break_to = around;
        self.close_block(target, outer, &[]);
        Ok(())
    }

    /// Is the selector one of these?
    fn is_any(&mut self, selector: Value, values: &[u32]) -> Value {
        let mut any = None;
        for &value in values {
            let value = self.int(value);
            let hit = self.icmp(IntCc::Eq, selector, value);
            any = Some(match any {
                Some(any) => self.bin(BinaryOp::Or, any, hit),
                None => hit,
            });
        }
        any.unwrap_or_else(|| self.truth(false))
    }

    /// `if … else if … else …`, the default last.
    fn chain(
        &mut self,
        frame: &mut Frame<'a>,
        selector: Value,
        arms: &[Arm<'a>],
    ) -> Result<(), Error> {
        let mut opened = Vec::new();
        for arm in arms.iter().filter(|arm| !arm.default) {
            let hit = self.is_any(selector, &arm.values);
            let then = self.b.kernel.new_region(&[]);
            let otherwise = self.b.kernel.new_region(&[]);
            self.b.inst(Op::If { then, otherwise }, &[hit], &[]);
            opened.push(self.b.switch_to(then));
            self.block(frame, arm.body)?;
            self.end_region();
            self.b.switch_to(otherwise);
        }
        if let Some(default) = arms.iter().find(|arm| arm.default) {
            self.block(frame, default.body)?;
        }
        for outer in opened.into_iter().rev() {
            self.end_region();
            self.b.switch_to(outer);
        }
        Ok(())
    }

    fn end_region(&mut self) {
        if !self.b.is_terminated() {
            self.b.inst(Op::Yield, &[], &[]);
        }
    }

    /// Arms in their order; each runs if it is chosen, or if the one before fell through.
    fn falling(
        &mut self,
        frame: &mut Frame<'a>,
        selector: Value,
        arms: &[Arm<'a>],
        target: Target,
    ) -> Result<(), Error> {
        let mut entered = None;
        for arm in arms {
            let mut hit = self.is_any(selector, &arm.values);
            if arm.default {
                let others = arms.iter().filter(|arm| !arm.default);
                let others: Vec<u32> = others.flat_map(|arm| arm.values.iter().copied()).collect();
                let other = self.is_any(selector, &others);
                hit = self.un(UnaryOp::Not, other);
            }
            if let Some(before) = entered {
                hit = self.bin(BinaryOp::Or, before, hit);
            }
            self.when_block(frame, hit, arm, (!arm.falls).then_some(target))?;
            entered = arm.falls.then_some(hit);
        }
        Ok(())
    }

    /// Runs an arm under a condition, then leaves `target` if there is one.
    fn when_block(
        &mut self,
        frame: &mut Frame<'a>,
        hit: Value,
        arm: &Arm<'a>,
        target: Option<Target>,
    ) -> Result<(), Error> {
        let then = self.b.kernel.new_region(&[]);
        let otherwise = self.b.kernel.new_region(&[]);
        self.b.inst(Op::If { then, otherwise }, &[hit], &[]);
        let outer = self.b.switch_to(then);
        self.block(frame, arm.body)?;
        if let (Some(target), false) = (target, self.b.is_terminated()) {
            self.leave(target, &[]);
        }
        self.end_region();
        self.b.switch_to(otherwise);
        self.end_region();
        self.b.switch_to(outer);
        Ok(())
    }

    /// A binary search over ranges of selectors; what finds nothing comes to the default.
    fn search(
        &mut self,
        frame: &mut Frame<'a>,
        selector: Value,
        arms: &[Arm<'a>],
        target: Target,
    ) -> Result<(), Error> {
        let mut spans = Vec::new();
        for (n, arm) in arms.iter().enumerate().filter(|(_, arm)| !arm.default) {
            match range(&arm.values) {
                Some((low, high)) => spans.push(Span { low, high, arm: n }),
                None => {
                    let hit = self.is_any(selector, &arm.values);
                    self.when_block(frame, hit, arm, Some(target))?;
                }
            }
        }
        spans.sort_by_key(|span| span.low);
        self.search_spans(frame, selector, arms, &spans, target)?;
        if let Some(default) = arms.iter().find(|arm| arm.default) {
            self.block(frame, default.body)?;
        }
        Ok(())
    }

    fn search_spans(
        &mut self,
        frame: &mut Frame<'a>,
        selector: Value,
        arms: &[Arm<'a>],
        spans: &[Span],
        target: Target,
    ) -> Result<(), Error> {
        match spans {
            [] => Ok(()),
            [span] => {
                let low = self.int(span.low);
                let hit = if span.low == span.high {
                    self.icmp(IntCc::Eq, selector, low)
                } else {
                    let from = self.bin(BinaryOp::ISub, selector, low);
                    let length = self.int(span.high - span.low);
                    self.icmp(IntCc::ULe, from, length)
                };
                self.when_block(frame, hit, &arms[span.arm], Some(target))
            }
            _ => {
                let (left, right) = spans.split_at(spans.len() / 2);
                let middle = self.int(right[0].low);
                let below = self.icmp(IntCc::ULt, selector, middle);
                let then = self.b.kernel.new_region(&[]);
                let otherwise = self.b.kernel.new_region(&[]);
                self.b.inst(Op::If { then, otherwise }, &[below], &[]);
                let outer = self.b.switch_to(then);
                self.search_spans(frame, selector, arms, left, target)?;
                self.end_region();
                self.b.switch_to(otherwise);
                self.search_spans(frame, selector, arms, right, target)?;
                self.end_region();
                self.b.switch_to(outer);
                Ok(())
            }
        }
    }
}

/// Joins the selectors of empty cases that fall through with the case that has the body.
fn arms(cases: &[SwitchCase]) -> Vec<Arm<'_>> {
    let mut arms = Vec::new();
    let mut values = Vec::new();
    let mut default = false;
    for (n, case) in cases.iter().enumerate() {
        match case.value {
            SwitchValue::I32(value) => values.push(value as u32),
            SwitchValue::U32(value) => values.push(value),
            SwitchValue::Default => default = true,
        }
        let last = n + 1 == cases.len();
        if case.fall_through && case.body.is_empty() && !last {
            continue;
        }
        arms.push(Arm {
            values: std::mem::take(&mut values),
            default: std::mem::take(&mut default),
            body: &case.body,
            falls: case.fall_through && !last,
        });
    }
    arms
}

/// Least and greatest of values without a gap.
fn range(values: &[u32]) -> Option<(u32, u32)> {
    let (low, high) = (*values.iter().min()?, *values.iter().max()?);
    ((high - low) as usize == values.len() - 1).then_some((low, high))
}
