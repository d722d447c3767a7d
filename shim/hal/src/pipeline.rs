//! Shader modules and compute pipelines.
//!
//! Compilation waits for the pipeline, because override constants and the entry point are known
//! only then.

use std::sync::Arc;

use egpu_driver::Kernel;
use naga_backend::{Checks, Options, Reflection, Target};
use wgpu_hal::{NagaShader, PipelineError, ProgrammableStage, ShaderError, ShaderInput};
use wgpu_types as wgt;

/// A validated module and how its accesses are to be checked.
#[derive(Debug)]
pub struct ShaderModule {
    shader: NagaShader,
    checks: Checks,
}

impl ShaderModule {
    pub(crate) fn new(
        desc: &wgpu_hal::ShaderModuleDescriptor<'_>,
        shader: ShaderInput<'_>,
    ) -> Result<ShaderModule, ShaderError> {
        match shader {
            ShaderInput::Naga(shader) => Ok(ShaderModule {
                shader,
                checks: Checks {
                    bounds: desc.runtime_checks.bounds_checks,
                    division: desc.runtime_checks.int_div_checks,
                },
            }),
            ShaderInput::MetalLib { .. }
            | ShaderInput::Msl { .. }
            | ShaderInput::SpirV(_)
            | ShaderInput::Dxil { .. }
            | ShaderInput::Hlsl { .. }
            | ShaderInput::Glsl { .. } => Err(ShaderError::Compilation(
                "passthrough shaders are not supported; pass WGSL".into(),
            )),
        }
    }
}

/// A kernel on the card and how to launch it.
#[derive(Clone, Debug)]
pub struct ComputePipeline {
    pub(crate) kernel: Arc<dyn Kernel>,
    pub(crate) reflection: Arc<Reflection>,
}

/// Compiles a stage for a target, unless the cache has it.
pub(crate) fn compile(
    stage: &ProgrammableStage<'_, ShaderModule>,
    target: Target,
    cache: &egpu_translate::Cache,
) -> Result<naga_backend::Compiled, PipelineError> {
    let NagaShader {
        module,
        info,
        debug_source,
    } = &stage.module.shader;
    let options = Options {
        checks: stage.module.checks,
        zero_workgroup_memory: stage.zero_initialize_workgroup_memory,
        ..Options::new(target)
    };
    let source = debug_source
        .as_ref()
        .map(|source| source.source_code.as_ref());
    egpu_translate::compile_module(
        module,
        info,
        source,
        stage.entry_point,
        stage.constants,
        &options,
        cache,
    )
    .map_err(|error| match error {
        egpu_translate::Error::Overrides(_) => {
            PipelineError::PipelineConstants(wgt::ShaderStages::COMPUTE, error.to_string())
        }
        _ => PipelineError::Linkage(wgt::ShaderStages::COMPUTE, error.to_string()),
    })
}
