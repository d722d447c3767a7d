//! An interpreter of naga IR on the CPU: the reference that compiled kernels
//! are compared with. It takes a validated module, shares nothing with the
//! compiler, and follows the WGSL specification, choosing where that leaves
//! room:
//!
//! - An access out of bounds reads zero or is dropped; an index that leaves its
//!   array, vector or matrix is out of bounds even where the memory behind it
//!   is not. (WGSL would also allow any other place in the same variable.)
//! - Floating-point operations and built-in functions are rounded once, to
//!   nearest even; subnormals, infinities and NaN are kept.
//! - The invocations of a workgroup run in lock step over the statement tree
//!   under a mask, and workgroups one after the other in ascending order. So a
//!   barrier is right whenever control flow is uniform; a barrier that not all
//!   invocations reach is an error. Subgroups are 32 consecutive invocations,
//!   quads four.
//! - Where invocations race, the one with the highest index writes last.
//!
//! What is not compute on memory (textures, rays, …) is an error that names it.
//! A validated module never makes it panic; limits bound time and memory.

mod exec;
mod expr;
mod math;
mod memory;
mod plan;
mod scalar;
mod subgroup;
#[cfg(test)]
mod tests;
mod types;
mod value;

use naga::valid::ModuleInfo;
use naga::{Module, ShaderStage};
use std::borrow::Cow;
use std::collections::BTreeMap;

/// Invocations in a subgroup.
pub const SUBGROUP_SIZE: u32 = 32;

/// Why a kernel could not be run, or not to its end.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum Error {
    /// The module has no such entry point.
    #[error("no compute entry point named `{0}`")]
    NoEntryPoint(String),
    /// Pipeline constants do not fit the module's overrides.
    #[error("pipeline constants: {0}")]
    Constants(String),
    /// Something that the interpreter does not do.
    #[error("the interpreter does not support {0}")]
    Unsupported(String),
    /// A buffer that the kernel uses was not given.
    #[error("the kernel uses @group({group}) @binding({binding}), which was not given")]
    MissingBinding {
        /// Bind group.
        group: u32,
        /// Binding in the group.
        binding: u32,
    },
    /// A barrier was reached by some invocations of a workgroup only.
    #[error("a barrier in non-uniform control flow: {reached} of {invocations} invocations of workgroup {workgroup:?} reached it")]
    NonUniformBarrier {
        /// Invocations that reached the barrier.
        reached: usize,
        /// Invocations in the workgroup.
        invocations: usize,
        /// Workgroup id.
        workgroup: [u32; 3],
    },
    /// The kernel did not end within the limit.
    #[error("the kernel did not end within {limit} statements (raise the limit if it is meant to run so long)")]
    Steps {
        /// Statements that were allowed, over all workgroups.
        limit: u64,
    },
    /// A value or variable is too big to interpret.
    #[error("a value or variable needs more than {limit} bytes over all invocations")]
    Memory {
        /// Bytes that were allowed.
        limit: u64,
    },
    /// Statements or calls nest too deeply.
    #[error("statements and calls nest deeper than {limit}")]
    Depth {
        /// Levels that are allowed.
        limit: usize,
    },
    /// The module is not what validation promises.
    #[error("the module is not valid: {0}")]
    Invalid(&'static str),
}

/// Bounds on a run.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// Statements and expressions executed, each counted once for all
    /// invocations of a workgroup.
    pub steps: u64,
    /// Bytes of one value or variable, over all invocations of a workgroup.
    pub memory: u64,
}

impl Default for Limits {
    fn default() -> Self {
        Limits {
            steps: 200_000_000,
            memory: 1 << 30,
        }
    }
}

/// What a run took.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct RunStats {
    /// Workgroups that ran.
    pub workgroups: u64,
    /// Statements and expressions executed, each counted once for a workgroup.
    pub steps: u64,
}

/// A compute entry point, ready to run.
#[derive(Debug)]
pub struct Interpreter<'m> {
    module: Cow<'m, Module>,
    entry: usize,
    types: types::TypeTable,
    plans: plan::Plans,
}

impl<'m> Interpreter<'m> {
    /// Prepares `entry` of a module that passed validation, with values for
    /// its overrides by name or by `@id` in decimal.
    pub fn new(
        module: &'m Module,
        info: &'m ModuleInfo,
        entry: &str,
        constants: &BTreeMap<String, f64>,
    ) -> Result<Self, Error> {
        let exists = |m: &Module| {
            m.entry_points
                .iter()
                .position(|e| e.stage == ShaderStage::Compute && e.name == entry)
        };
        if exists(module).is_none() {
            return Err(Error::NoEntryPoint(entry.into()));
        }
        let (module, info) = if module.overrides.is_empty() && constants.is_empty() {
            (Cow::Borrowed(module), Cow::Borrowed(info))
        } else {
            let values = constants.iter().map(|(k, v)| (k.clone(), *v)).collect();
            naga::back::pipeline_constants::process_overrides(
                module,
                info,
                Some((ShaderStage::Compute, entry)),
                &values,
            )
            .map_err(|e| Error::Constants(e.to_string()))?
        };
        let entry = exists(&module).ok_or_else(|| Error::NoEntryPoint(entry.into()))?;
        let types = types::TypeTable::new(&module);
        let plans = plan::Plans::new(&module, &info, &types, entry)?;
        Ok(Interpreter {
            module,
            entry,
            types,
            plans,
        })
    }

    /// Invocations of a workgroup in x, y and z.
    pub fn workgroup_size(&self) -> [u32; 3] {
        self.module.entry_points[self.entry].workgroup_size
    }

    /// Runs `groups` workgroups over buffers by (group, binding), which are
    /// changed in place, also if the run ends in an error. Buffers that the
    /// kernel does not use may be there or not.
    pub fn run(
        &self,
        groups: [u32; 3],
        bindings: &mut BTreeMap<(u32, u32), Vec<u8>>,
        immediates: &[u8],
        limits: Limits,
    ) -> Result<RunStats, Error> {
        exec::run(self, groups, bindings, immediates, limits)
    }
}

/// Parses WGSL and validates it with every capability.
pub fn parse(source: &str) -> Result<(Module, ModuleInfo), String> {
    use naga::valid::{Capabilities, ValidationFlags, Validator};
    let module = naga::front::wgsl::parse_str(source).map_err(|e| e.emit_to_string(source))?;
    let info = Validator::new(ValidationFlags::all(), Capabilities::all())
        .subgroup_stages(naga::valid::ShaderStages::all())
        .subgroup_operations(naga::valid::SubgroupOperationSet::all())
        .validate(&module)
        .map_err(|e| e.emit_to_string(source))?;
    Ok((module, info))
}
