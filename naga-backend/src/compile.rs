//! From module to object: the order of the phases.

use serde::{Deserialize, Serialize};

use crate::Reflection;

/// A kernel ready to load.
#[derive(Clone, Debug)]
pub struct Compiled {
    /// HSA ELF code object, or PTX text.
    pub object: Vec<u8>,
    /// How to launch it.
    pub reflection: Reflection,
    /// What it costs.
    pub stats: Stats,
}

/// Static measures of a kernel.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Stats {
    /// Machine instructions by class name, waits and hints included.
    pub instructions: std::collections::BTreeMap<String, u32>,
    /// Bytes of code.
    pub code_bytes: u32,
    /// Vector registers allocated.
    pub vgprs: u32,
    /// Scalar registers allocated.
    pub sgprs: u32,
    /// Registers spilled, vector and scalar together.
    pub spills: u32,
    /// Bytes of workgroup memory.
    pub workgroup_memory: u32,
    /// Bytes of scratch an invocation.
    pub scratch: u32,
    /// Waves a SIMD can hold by registers and workgroup memory.
    pub occupancy: u32,
    /// Kernel IR instructions after optimisation.
    pub ir_instructions: u32,
}

/// Changes whenever the compiler's source does: part of the name of what a cache holds.
pub const FINGERPRINT: &str = env!("NAGA_BACKEND_FINGERPRINT");

/// Compiles one compute entry point of a validated module without overrides.
pub fn compile(
    module: &naga::Module,
    info: &naga::valid::ModuleInfo,
    entry: &str,
    options: &crate::Options,
) -> Result<Compiled, crate::Error> {
    compile_kernel(crate::lower(module, info, entry, options)?, options)
}

/// Compiles what [`crate::lower`] has made.
pub fn compile_kernel(
    mut kernel: crate::kernel::Kernel,
    options: &crate::Options,
) -> Result<Compiled, crate::Error> {
    crate::passes::optimize(&mut kernel, options)?;
    match options.target {
        crate::Target::Amd(arch) => crate::amdgpu::compile(&kernel, arch, options),
        crate::Target::Nvidia(sm) => crate::ptx::compile(&kernel, sm, options),
    }
}
