//! WGSL, SPIR-V and GLSL to validated naga modules, and from these to kernels.

use naga::back::pipeline_constants::process_overrides;
use naga::back::PipelineConstants;
use naga_backend::{Compiled, Options};

/// Why a shader does not become a kernel.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// Override constants are missing, unknown or out of range.
    #[error("pipeline constants: {0}")]
    Overrides(String),
    /// The compiler refused; the text names the construct and, with source, its line.
    #[error("{0}")]
    Compile(String),
}

/// Compiles one entry point of a validated module. `source` is the WGSL text the module came from,
/// for messages that show the line.
pub fn compile_module(
    module: &naga::Module,
    info: &naga::valid::ModuleInfo,
    source: Option<&str>,
    entry: &str,
    constants: &PipelineConstants,
    options: &Options,
) -> Result<Compiled, Error> {
    let stage = Some((naga::ShaderStage::Compute, entry));
    let (module, info) = process_overrides(module, info, stage, constants)
        .map_err(|error| Error::Overrides(error.to_string()))?;
    naga_backend::compile(&module, &info, entry, options).map_err(|error| {
        let text = match (error.span(), source) {
            (Some(span), Some(source)) => {
                let at = span.location(source);
                format!(
                    "{error} (line {}, column {})",
                    at.line_number, at.line_position
                )
            }
            _ => error.to_string(),
        };
        Error::Compile(text)
    })
}
