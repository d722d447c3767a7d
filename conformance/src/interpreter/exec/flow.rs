//! Branches, switches, loops and results, where invocations may part.

use naga::SwitchValue;

use super::*;
use crate::interpreter::scalar::Lane;

impl<'p> Machine<'p> {
    pub(super) fn branch(
        &mut self,
        frame: &mut Frame<'p>,
        condition: Handle<Ex>,
        accept: &'p Block,
        reject: &'p Block,
        active: &mut Mask,
    ) -> Result<(), Error> {
        let condition = frame.value(condition)?;
        if condition.lanes == 1 {
            let taken = if condition.at(0, 0) != 0 {
                accept
            } else {
                reject
            };
            return self.block(frame, taken, active);
        }
        let row = condition.row(0);
        let (mut yes, mut no) = active.split(|lane| row[lane] != 0);
        if yes.any() {
            self.block(frame, accept, &mut yes)?;
        }
        if no.any() {
            self.block(frame, reject, &mut no)?;
        }
        yes.add(&no);
        *active = yes;
        Ok(())
    }

    pub(super) fn switch(
        &mut self,
        frame: &mut Frame<'p>,
        selector: Handle<Ex>,
        cases: &'p [naga::SwitchCase],
        active: &mut Mask,
    ) -> Result<(), Error> {
        let bits = |value: SwitchValue| match value {
            SwitchValue::I32(v) => Some(v.to_lane()),
            SwitchValue::U32(v) => Some(v.to_lane()),
            SwitchValue::Default => None,
        };
        let selector = frame.value(selector)?.clone();
        let none = Mask::empty(self.n);
        frame.scopes.push(Scope {
            is_loop: false,
            broke: none.clone(),
            continued: none.clone(),
        });
        let mut falling = none;
        for case in cases {
            let chosen = |lane: usize| {
                let v = selector.at(0, lane);
                match bits(case.value) {
                    Some(value) => v == value,
                    None => cases.iter().all(|c| bits(c.value) != Some(v)),
                }
            };
            let (mut inside, rest) = active.split(chosen);
            *active = rest;
            inside.add(&falling);
            falling.clear();
            if inside.any() {
                self.block(frame, &case.body, &mut inside)?;
            }
            if case.fall_through {
                falling = inside;
            } else if let Some(scope) = frame.scopes.last_mut() {
                inside.drain_into(&mut scope.broke);
            }
        }
        active.add(&falling);
        if let Some(scope) = frame.scopes.pop() {
            active.add(&scope.broke);
        }
        Ok(())
    }

    pub(super) fn repeat(
        &mut self,
        frame: &mut Frame<'p>,
        body: &'p Block,
        continuing: &'p Block,
        break_if: Option<Handle<Ex>>,
        active: &mut Mask,
    ) -> Result<(), Error> {
        let none = Mask::empty(self.n);
        frame.scopes.push(Scope {
            is_loop: true,
            broke: none.clone(),
            continued: none,
        });
        while active.any() {
            self.step(1)?;
            self.block(frame, body, active)?;
            let scope = frame
                .scopes
                .last_mut()
                .ok_or(Error::Invalid("a loop lost its scope"))?;
            if scope.continued.any() {
                scope.continued.drain_into(active);
            }
            if !active.any() {
                break;
            }
            self.block(frame, continuing, active)?;
            if let Some(condition) = break_if {
                let condition = frame.ops().value(condition)?;
                let (mut leaving, staying) = active.split(|lane| condition.at(0, lane) != 0);
                *active = staying;
                if let Some(scope) = frame.scopes.last_mut() {
                    leaving.drain_into(&mut scope.broke);
                }
            }
        }
        if let Some(scope) = frame.scopes.pop() {
            active.add(&scope.broke);
        }
        Ok(())
    }

    pub(super) fn result(
        &mut self,
        frame: &mut Frame<'p>,
        value: Handle<Ex>,
        active: &Mask,
    ) -> Result<(), Error> {
        let v = frame.ops().value(value)?;
        if active.all() {
            frame.result = Some(v.clone());
            return Ok(());
        }
        self.memory.check(v.comps() as u64, self.n)?;
        let mut merged = match &frame.result {
            Some(r) => r.clone(),
            None => Value::uniform(vec![0; v.comps()]),
        };
        merged.spread(self.n);
        let n = self.n;
        for c in 0..v.comps() {
            for lane in active.iter() {
                merged.data[c * n + lane] = v.at(c, lane);
            }
        }
        frame.result = Some(merged);
        Ok(())
    }
}
