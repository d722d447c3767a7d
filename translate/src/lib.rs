//! WGSL, SPIR-V and GLSL to validated naga modules, and from these to kernels.
//!
//! [`parse`] takes untrusted bytes: it bounds what naga's front ends would follow on the stack,
//! inspects SPIR-V before naga sees it, and gives errors with source lines. [`compile`] resolves
//! overrides and calls the compiler, unless the [`cache`] has the kernel already.

#![cfg_attr(not(test), warn(clippy::wildcard_enum_match_arm))]

pub mod cache;
mod error;
mod limits;
mod macros;
mod source;
mod spirv_check;
pub mod wgsl;

use naga::back::PipelineConstants;
use naga_backend::kernel::Kernel;
use naga_backend::{Compiled, Options};

pub use cache::Cache;
pub use error::{Diagnostic, Error};
pub use limits::with_stack;
pub use source::{load, parse, Kind, Override, Source, Workgroup};

/// Compiles one entry point of a shader.
///
/// # Errors
/// If constants are missing or out of range, or the compiler refuses a construct.
pub fn compile(
    source: &Source,
    entry: &str,
    constants: &PipelineConstants,
    options: &Options,
) -> Result<Compiled, Error> {
    Phases::of(source).compile(entry, constants, options, &Cache::global())
}

/// Compiles one entry point of a validated module, unless `cache` has it. `source` is the WGSL text
/// the module came from, for messages that show the line.
///
/// # Errors
/// As [`compile`].
pub fn compile_module(
    module: &naga::Module,
    info: &naga::valid::ModuleInfo,
    source: Option<&str>,
    entry: &str,
    constants: &PipelineConstants,
    options: &Options,
    cache: &Cache,
) -> Result<Compiled, Error> {
    let phases = Phases {
        module,
        info,
        text: source.map(|text| ("shader", text)),
    };
    phases.compile(entry, constants, options, cache)
}

/// The kernel IR of one entry point, before any pass.
///
/// # Errors
/// As [`compile`].
pub fn lower(
    source: &Source,
    entry: &str,
    constants: &PipelineConstants,
    options: &Options,
) -> Result<Kernel, Error> {
    limits::with_stack("lowering", || {
        Phases::of(source).lower(entry, constants, options)
    })
}

/// A SPIR-V module with one entry point.
///
/// # Errors
/// If constants are missing or out of range, or naga cannot say the module in SPIR-V.
pub fn spirv(
    source: &Source,
    entry: &str,
    constants: &PipelineConstants,
) -> Result<Vec<u32>, Error> {
    limits::with_stack("writing SPIR-V", || {
        let (module, info) = source::specialise(&source.module, &source.info, entry, constants)?;
        let options = naga::back::spv::Options {
            lang_version: (1, 3),
            flags: naga::back::spv::WriterFlags::LABEL_VARYINGS,
            use_storage_input_output_16: false,
            ..naga::back::spv::Options::default()
        };
        let pipeline = naga::back::spv::PipelineOptions {
            shader_stage: naga::ShaderStage::Compute,
            entry_point: entry.to_owned(),
        };
        naga::back::spv::write_vec(&module, &info, &options, Some(&pipeline))
            .map_err(|error| Error::Spirv(error.to_string()))
    })
}

/// A validated module on its way to a kernel.
struct Phases<'m> {
    module: &'m naga::Module,
    info: &'m naga::valid::ModuleInfo,
    /// Name and text of the source.
    text: Option<(&'m str, &'m str)>,
}

impl<'m> Phases<'m> {
    fn of(source: &'m Source) -> Phases<'m> {
        Phases {
            module: &source.module,
            info: &source.info,
            text: source.named_text(),
        }
    }

    fn lower(
        &self,
        entry: &str,
        constants: &PipelineConstants,
        options: &Options,
    ) -> Result<Kernel, Error> {
        let (module, info) = source::specialise(self.module, self.info, entry, constants)?;
        naga_backend::lower(&module, &info, entry, options)
            .map_err(|error| Error::from_compiler(error, self.text))
    }

    fn compile(
        &self,
        entry: &str,
        constants: &PipelineConstants,
        options: &Options,
        cache: &Cache,
    ) -> Result<Compiled, Error> {
        limits::with_stack("compiling", || {
            let kernel = self.lower(entry, constants, options)?;
            let key = cache::key(&kernel, options);
            if let Some(compiled) = cache.get(&key) {
                return Ok(compiled);
            }
            let compiled = naga_backend::compile_kernel(kernel, options)
                .map_err(|error| Error::from_compiler(error, self.text))?;
            cache.put(&key, &compiled);
            Ok(compiled)
        })
    }
}
