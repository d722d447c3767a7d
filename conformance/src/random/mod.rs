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
use crate::device::{Bindings, Device, DeviceError, Feature, InterpreterDevice, Judge};
use crate::interpreter::{Interpreter, Limits};
use std::panic::{catch_unwind, AssertUnwindSafe};

/// Features that kernels may use.
const USED: [Feature; 7] = [
    Feature::F16,
    Feature::I64,
    Feature::F64,
    Feature::Subgroups,
    Feature::I16,
    Feature::Atomic64,
    Feature::AtomicF32,
];

/// What the kernel of a seed uses that a device may lack: each feature in one kernel of four.
pub fn features(seed: u64) -> Vec<Feature> {
    let bits = crate::rng::Rng::new(!seed).bits();
    let chosen = (0..).zip(USED).filter(|(n, _)| bits >> (2 * n) & 3 == 0);
    let mut features: Vec<Feature> = chosen.map(|(_, feature)| feature).collect();
    // An atomic of 64 bits holds a u64.
    if !features.contains(&Feature::I64) {
        features.retain(|&feature| feature != Feature::Atomic64);
    }
    features
}

/// What became of a kernel.
#[derive(Clone, Debug, PartialEq)]
pub enum Outcome {
    /// All devices that have what it needs agree with the interpreter.
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
    let meant = |device: &dyn Device| {
        device.has(&case.needs) && (!case.unspecified || device.judge() == Judge::Ieee)
    };
    for device in devices.iter_mut().filter(|device| meant(device.as_ref())) {
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
