//! What the conformance cases ask of a device: run one dispatch and give the
//! buffers back. The interpreter is the first device; adapters for cards are
//! beside it. A device says which optional features it has and how strictly it
//! is to be judged.

use crate::interpreter::{parse, Interpreter, Limits};
use crate::kernels::Buffer;
use std::collections::BTreeMap;

/// Buffers' contents by (group, binding).
pub type Bindings = BTreeMap<(u32, u32), Vec<u8>>;

/// What not every device can do.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Feature {
    /// Type f16.
    F16,
    /// Type f64.
    F64,
    /// Types i64 and u64.
    I64,
    /// Types i16 and u16.
    I16,
    /// Subgroup operations, with subgroups of 32.
    Subgroups,
    /// All atomics on i64 and u64.
    Atomic64,
    /// Atomic addition and exchange on f32.
    AtomicF32,
    /// `var<immediate>`.
    Immediates,
}

impl Feature {
    /// Its name in the corpus.
    pub fn name(self) -> &'static str {
        match self {
            Feature::F16 => "f16",
            Feature::F64 => "f64",
            Feature::I64 => "int64",
            Feature::I16 => "int16",
            Feature::Subgroups => "subgroups",
            Feature::Atomic64 => "int64-atomics",
            Feature::AtomicF32 => "float-atomics",
            Feature::Immediates => "immediates",
        }
    }
}

/// All of them.
pub const FEATURES: [Feature; 8] = [
    Feature::F16,
    Feature::F64,
    Feature::I64,
    Feature::I16,
    Feature::Subgroups,
    Feature::Atomic64,
    Feature::AtomicF32,
    Feature::Immediates,
];

/// Against what results are held.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Judge {
    /// Whatever the WGSL specification allows.
    Specification,
    /// Where a case knows it, the result of IEEE arithmetic that rounds to
    /// nearest even and keeps subnormals, infinities and NaN; the
    /// specification elsewhere.
    Ieee,
}

/// One dispatch.
#[derive(Clone, Debug)]
pub struct Invocation {
    /// WGSL source.
    pub wgsl: String,
    /// Entry point.
    pub entry: String,
    /// Workgroups in x, y and z.
    pub groups: [u32; 3],
    /// Buffers to bind.
    pub buffers: Vec<Buffer>,
    /// Values for overrides, by name or decimal `@id`.
    pub constants: BTreeMap<String, f64>,
    /// Immediate data.
    pub immediates: Vec<u8>,
}

/// Why a dispatch gave no buffers.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum DeviceError {
    /// The shader was refused.
    #[error("the shader was refused: {0}")]
    Shader(String),
    /// It was compiled but did not run to its end.
    #[error("the dispatch failed: {0}")]
    Run(String),
    /// A word outside of every binding changed.
    #[error("memory outside @group({group}) @binding({binding}) was written, {distance} bytes from its {side}")]
    Canary {
        /// Bind group.
        group: u32,
        /// Binding.
        binding: u32,
        /// "start" or "end".
        side: &'static str,
        /// Bytes between.
        distance: usize,
    },
}

/// Something that runs compute shaders.
pub trait Device {
    /// For reports.
    fn name(&self) -> String;
    /// What it can do.
    fn features(&self) -> Vec<Feature>;
    /// How it is to be judged.
    fn judge(&self) -> Judge;
    /// Runs a dispatch and gives every bound buffer back.
    fn run(&mut self, invocation: &Invocation) -> Result<Bindings, DeviceError>;

    /// Whether it has all of them.
    fn has(&self, needs: &[Feature]) -> bool {
        let features = self.features();
        needs.iter().all(|need| features.contains(need))
    }
}

/// The interpreter of naga IR.
#[derive(Clone, Copy, Debug, Default)]
pub struct InterpreterDevice {
    /// Bounds on each run.
    pub limits: Limits,
}

impl Device for InterpreterDevice {
    fn name(&self) -> String {
        "interpreter".into()
    }

    fn features(&self) -> Vec<Feature> {
        FEATURES.to_vec()
    }

    fn judge(&self) -> Judge {
        Judge::Ieee
    }

    fn run(&mut self, invocation: &Invocation) -> Result<Bindings, DeviceError> {
        let (module, info) = parse(&invocation.wgsl).map_err(DeviceError::Shader)?;
        let interpreter =
            Interpreter::new(&module, &info, &invocation.entry, &invocation.constants)
                .map_err(|e| DeviceError::Shader(e.to_string()))?;
        let mut bindings: Bindings = invocation
            .buffers
            .iter()
            .map(|b| ((b.group, b.binding), b.data.clone()))
            .collect();
        interpreter
            .run(
                invocation.groups,
                &mut bindings,
                &invocation.immediates,
                self.limits,
            )
            .map_err(|e| DeviceError::Run(e.to_string()))?;
        Ok(bindings)
    }
}
