//! Atomic functions, one invocation after another.

use naga::AtomicFunction;

use super::*;
use crate::interpreter::scalar::{with_float, with_int, Float, Int, Sc};

impl<'p> Machine<'p> {
    pub(super) fn atomic(
        &mut self,
        frame: &mut Frame<'p>,
        pointer: Handle<Ex>,
        fun: AtomicFunction,
        value: Handle<Ex>,
        result: Option<Handle<Ex>>,
        active: &Mask,
    ) -> Result<(), Error> {
        let ops = frame.ops();
        let (p, v) = (ops.get(pointer)?.pointer()?, ops.value(value)?);
        let sc = ops.ty(pointer)?.ty.scalar()?;
        let expected = match fun {
            AtomicFunction::Exchange { compare: Some(c) } => Some(ops.value(c)?),
            _ => None,
        };
        let mut exchanged = vec![0; if expected.is_some() { self.n } else { 0 }];
        let combine = combiner(fun, sc)?;
        let mut data = self
            .memory
            .atomic(p, sc, active, |lane, old| match expected {
                Some(e) if e.at(0, lane) != old => None,
                Some(_) => {
                    exchanged[lane] = 1;
                    Some(v.at(0, lane))
                }
                None => Some(combine(old, v.at(0, lane))),
            })?;
        data.extend(exchanged);
        if let Some(result) = result {
            frame.set(
                result,
                Value {
                    lanes: self.n,
                    data,
                },
            );
        }
        Ok(())
    }
}

/// The new value of an atomic from the old one and the operand.
fn combiner(fun: AtomicFunction, sc: Sc) -> Result<Box<dyn Fn(u64, u64) -> u64>, Error> {
    fn int<T: Int>(fun: AtomicFunction) -> Box<dyn Fn(u64, u64) -> u64> {
        let t = T::from_lane;
        match fun {
            AtomicFunction::Add => Box::new(move |a, b| t(a).add(t(b)).to_lane()),
            AtomicFunction::Subtract => Box::new(move |a, b| t(a).sub(t(b)).to_lane()),
            AtomicFunction::And => Box::new(|a, b| a & b),
            AtomicFunction::ExclusiveOr => Box::new(|a, b| a ^ b),
            AtomicFunction::InclusiveOr => Box::new(|a, b| a | b),
            AtomicFunction::Min => Box::new(move |a, b| t(a).min(t(b)).to_lane()),
            AtomicFunction::Max => Box::new(move |a, b| t(a).max(t(b)).to_lane()),
            AtomicFunction::Exchange { .. } => Box::new(|_, b| b),
        }
    }
    fn float<T: Float>(fun: AtomicFunction) -> Result<Box<dyn Fn(u64, u64) -> u64>, Error> {
        let t = T::from_lane;
        Ok(match fun {
            AtomicFunction::Add => Box::new(move |a, b| t(a).add(t(b)).to_lane()),
            AtomicFunction::Subtract => Box::new(move |a, b| t(a).sub(t(b)).to_lane()),
            AtomicFunction::Exchange { .. } => Box::new(|_, b| b),
            AtomicFunction::And
            | AtomicFunction::ExclusiveOr
            | AtomicFunction::InclusiveOr
            | AtomicFunction::Min
            | AtomicFunction::Max => {
                return Err(Error::Unsupported(format!("atomic {fun:?} on floats")))
            }
        })
    }
    match sc {
        Sc::Bool => Err(Error::Invalid("an atomic bool")),
        Sc::F16 | Sc::F32 | Sc::F64 => {
            with_float!(sc, T => float::<T>(fun), else Err(Error::Invalid("not a float")))
        }
        _ => with_int!(sc, T => Ok(int::<T>(fun)), else Err(Error::Invalid("not an integer"))),
    }
}
