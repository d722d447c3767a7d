//! Random kernels: valid WGSL by construction, with results that the specification pins, run on
//! the interpreter of naga IR and on any device, and cut down to a minimum where they differ.
//!
//! A seed gives the same kernel on every platform. A kernel is a [`Case`] of the compiler's
//! corpus, so that what was found can be kept as a file.

mod expr;
mod generate;
mod reduce;
mod tree;

pub use generate::kernel;
pub use reduce::reduce;
pub use tree::Kernel;

use crate::corpus::Case;
use crate::device::{Bindings, Device, DeviceError, Feature, InterpreterDevice};
use crate::interpreter::{Interpreter, Limits};
use std::panic::{catch_unwind, AssertUnwindSafe};

/// Parts of the language that a device may lack.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Flags {
    /// Type f16.
    pub f16: bool,
    /// Types i64 and u64.
    pub i64: bool,
    /// Type f64.
    pub f64: bool,
    /// Subgroup operations.
    pub subgroups: bool,
}

impl Flags {
    /// A choice by the seed among what all devices have: each in one kernel of four.
    pub fn of_seed(seed: u64, features: &[Feature]) -> Flags {
        let bits = crate::rng::Rng::new(!seed).bits();
        let has = |bit: u32, feature| bits >> bit & 3 == 0 && features.contains(&feature);
        Flags {
            f16: has(0, Feature::F16),
            i64: has(2, Feature::I64),
            f64: has(4, Feature::F64),
            subgroups: has(6, Feature::Subgroups),
        }
    }
}

/// What became of a kernel.
#[derive(Clone, Debug, PartialEq)]
pub enum Outcome {
    /// All devices agree with the interpreter.
    Agreed,
    /// Naga refuses it, or it does not bind what it compares: the generator's fault, not a
    /// device's. What naga computes ahead may overflow.
    Invalid(String),
    /// Naga takes it, but the compiler of a device, or the interpreter, does not.
    Refused {
        /// Which.
        device: String,
        /// Why.
        why: String,
    },
    /// A device differs, or fails.
    Differs {
        /// Which.
        device: String,
        /// How.
        how: String,
    },
}

impl Outcome {
    /// The device that does not do what it should, and how: a refusal of what naga takes is as much
    /// a fault as a wrong result.
    pub fn fault(&self) -> Option<(&str, String)> {
        match self {
            Outcome::Agreed | Outcome::Invalid(_) => None,
            Outcome::Refused { device, why } => Some((device, format!("refused: {why}"))),
            Outcome::Differs { device, how } => Some((device, how.clone())),
        }
    }
}

/// The interpreter's results.
///
/// # Errors
/// If the shader is not valid or does not run to its end.
pub fn expected(case: &Case) -> Result<Bindings, String> {
    let (module, info) = crate::interpreter::parse(&case.source)?;
    let interpreter = Interpreter::new(&module, &info, &case.entry, &case.constants)
        .map_err(|error| error.to_string())?;
    let mut buffers = case.buffers.clone();
    let limits = Limits {
        steps: 4_000_000,
        ..Limits::default()
    };
    interpreter
        .run(case.groups, &mut buffers, &case.immediates, limits)
        .map_err(|error| error.to_string())?;
    Ok(buffers)
}

/// Runs a kernel on the interpreter and on devices.
pub fn check(case: &Case, devices: &mut [Box<dyn Device>]) -> Outcome {
    let invocation = match case.invocation() {
        Ok(invocation) => invocation,
        Err(error) => return Outcome::Invalid(error),
    };
    let bound = |slot| {
        invocation
            .buffers
            .iter()
            .any(|b| (b.group, b.binding) == slot)
    };
    if let Some(output) = case.outputs.iter().find(|output| !bound(output.slot)) {
        return Outcome::Invalid(format!("nothing at {:?}", output.slot));
    }
    // Naga took it just now, so whatever fails from here on is not its doing.
    let expected = match expected(case) {
        Ok(expected) => expected,
        Err(why) => {
            return Outcome::Refused {
                device: InterpreterDevice::default().name(),
                why,
            }
        }
    };
    for device in devices {
        // A panic is a finding too.
        let result = catch_unwind(AssertUnwindSafe(|| device.run(&invocation)));
        let result = result.unwrap_or_else(|_| Err(DeviceError::Run("a panic".into())));
        let how = match result {
            Ok(got) => match case.compare(&expected, &got) {
                Ok(()) => continue,
                Err(how) => how,
            },
            Err(DeviceError::Shader(why)) => {
                return Outcome::Refused {
                    device: device.name(),
                    why,
                }
            }
            Err(error) => error.to_string(),
        };
        return Outcome::Differs {
            device: device.name(),
            how,
        };
    }
    Outcome::Agreed
}
