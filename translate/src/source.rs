//! Shaders as files and bytes, to validated naga modules.

use std::borrow::Cow;
use std::path::Path;

use naga::back::pipeline_constants::process_overrides;
use naga::back::PipelineConstants;
use naga::valid::{
    Capabilities, ModuleInfo, ShaderStages, SubgroupOperationSet, ValidationFlags, Validator,
};
use naga::{Module, ShaderStage};

use crate::error::Diagnostic;
use crate::{limits, macros, spirv_check, wgsl, Error};

/// Most bytes of immediates.
const IMMEDIATES_MAX: u64 = 256;

/// The language of a shader.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Kind {
    /// WGSL text.
    Wgsl,
    /// A SPIR-V module.
    Spirv,
    /// A GLSL compute shader.
    Glsl,
}

impl Kind {
    /// By a file name's extension.
    pub fn from_path(path: &Path) -> Option<Kind> {
        match path.extension()?.to_str()? {
            "wgsl" => Some(Kind::Wgsl),
            "spv" => Some(Kind::Spirv),
            "comp" | "glsl" => Some(Kind::Glsl),
            _ => None,
        }
    }
}

/// A parsed and validated shader.
#[derive(Debug)]
pub struct Source {
    /// File name or what stands for it in messages.
    pub name: String,
    /// Its language.
    pub kind: Kind,
    /// The text, unless it is SPIR-V.
    pub text: Option<String>,
    /// The module.
    pub module: Module,
    /// What validation found out.
    pub info: ModuleInfo,
}

/// A pipeline-overridable constant.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize)]
pub struct Override {
    /// What a pipeline calls it: its `@id` if it has one, else its name.
    pub key: String,
    /// Name in the source.
    pub name: Option<String>,
    /// WGSL type.
    pub ty: String,
    /// Must be given a value.
    pub required: bool,
}

/// What a workgroup takes, as WebGPU counts it against its limits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Workgroup {
    /// Invocations in x, y, z.
    pub size: [u32; 3],
    /// Bytes of the workgroup variables that the entry point names, each rounded up to 16.
    pub memory: u64,
}

/// Reads and parses a file.
///
/// # Errors
/// As [`parse`], and if the file cannot be read or its name does not say its language.
pub fn load(path: &Path) -> Result<Source, Error> {
    let name = path.display().to_string();
    let kind = Kind::from_path(path).ok_or_else(|| Error::Kind { name: name.clone() })?;
    let bytes = std::fs::read(path).map_err(|error| Error::Read {
        path: path.to_owned(),
        error,
    })?;
    parse(&name, kind, &bytes)
}

/// Parses and validates a shader. `name` is for messages.
///
/// # Errors
/// If the bytes are not a shader in the language, use what no card of ours supports, or nest
/// deeper than the limits that [`Error::Limit`] names.
pub fn parse(name: &str, kind: Kind, bytes: &[u8]) -> Result<Source, Error> {
    limits::check_size(bytes)?;
    let text = match kind {
        Kind::Spirv => {
            // rspirv panics at some operands that stand where they do not belong.
            limits::with_stack("inspecting SPIR-V", || spirv_check::check(bytes))?;
            None
        }
        Kind::Wgsl | Kind::Glsl => {
            let text = std::str::from_utf8(bytes);
            let text = text.map_err(|error| Error::Encoding(error.valid_up_to()))?;
            limits::check_text(text)?;
            if kind == Kind::Glsl {
                limits::with_stack("expanding macros", || macros::check(text))?;
            }
            Some(text)
        }
    };
    limits::with_stack("parsing", || {
        let module = match (kind, text) {
            (Kind::Wgsl, Some(text)) => parse_wgsl(name, text)?,
            (Kind::Glsl, Some(text)) => parse_glsl(name, text)?,
            _ => parse_spirv(bytes)?,
        };
        check_immediates(&module)?;
        let info = validator().validate(&module).map_err(|error| {
            let place = text.and_then(|text| error.location(text));
            Error::Validation(Diagnostic {
                message: root_cause(error.as_inner()),
                place: place.map(|at| (at.line_number, at.line_position)),
                drawing: match text {
                    Some(text) => error.emit_to_string_with_path(text, name),
                    None => String::new(),
                },
            })
        })?;
        Ok(Source {
            name: name.to_owned(),
            kind,
            text: text.map(str::to_owned),
            module,
            info,
        })
    })
}

/// naga's validator notes which words of the immediates are used in 64 bits, and trusts them to
/// be enough.
fn check_immediates(module: &Module) -> Result<(), Error> {
    for (_, variable) in module.global_variables.iter() {
        if variable.space != naga::AddressSpace::Immediate {
            continue;
        }
        let size = module.types[variable.ty].inner.try_size(module.to_ctx());
        let asked = size.map_or(u64::MAX, u64::from);
        if asked > IMMEDIATES_MAX {
            return Err(Error::Limit {
                what: "bytes of immediates",
                asked,
                max: IMMEDIATES_MAX,
            });
        }
    }
    Ok(())
}

/// An error and its causes in one line.
fn root_cause(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        text.push_str(": ");
        text.push_str(&error.to_string());
        cause = error.source();
    }
    text
}

fn parse_wgsl(name: &str, text: &str) -> Result<Module, Error> {
    let text = wgsl::for_naga(text);
    naga::front::wgsl::parse_str(&text).map_err(|error| {
        let place = error.location(&text);
        Error::Parse(Diagnostic {
            message: error.message().to_owned(),
            place: place.map(|at| (at.line_number, at.line_position)),
            drawing: error.emit_to_string_with_path(&text, name),
        })
    })
}

fn parse_glsl(name: &str, text: &str) -> Result<Module, Error> {
    let options = naga::front::glsl::Options::from(ShaderStage::Compute);
    let parsed = naga::front::glsl::Frontend::default().parse(&options, text);
    parsed.map_err(|errors| {
        let first = errors.errors.first();
        let place = first.and_then(|error| error.location(text));
        Error::Parse(Diagnostic {
            message: first.map_or_else(|| errors.to_string(), |error| error.to_string()),
            place: place.map(|at| (at.line_number, at.line_position)),
            drawing: errors.emit_to_string_with_path(text, name),
        })
    })
}

fn parse_spirv(bytes: &[u8]) -> Result<Module, Error> {
    let options = naga::front::spv::Options {
        adjust_coordinate_space: false,
        strict_capabilities: true,
        block_ctx_dump_prefix: None,
    };
    naga::front::spv::parse_u8_slice(bytes, &options)
        .map_err(|error| Error::Spirv(root_cause(&error)))
}

/// A validator that lets through all that naga knows: what a card lacks is refused where an entry
/// point uses it, not where another one in the same file does.
fn validator() -> Validator {
    validator_with(Capabilities::all())
}

/// As [`validator`], of modules that may use only some of it.
pub(crate) fn validator_with(capabilities: Capabilities) -> Validator {
    let mut validator = Validator::new(ValidationFlags::all(), capabilities);
    validator
        .subgroup_stages(ShaderStages::all())
        .subgroup_operations(SubgroupOperationSet::all());
    validator
}

impl Source {
    /// Bytes of its immediates, padding between members included.
    pub fn immediate_size(&self) -> u32 {
        naga::valid::ImmediateSlots::size_for_module(&self.module)
    }

    /// Names of the compute entry points.
    pub fn entry_points(&self) -> impl Iterator<Item = &str> {
        let points = self.module.entry_points.iter();
        points
            .filter(|point| point.stage == ShaderStage::Compute)
            .map(|point| point.name.as_str())
    }

    /// The compute entry point that is asked for, or the only one, or the one named `main`.
    ///
    /// # Errors
    /// [`Error::EntryPoint`] with the names there are.
    pub fn entry_point(&self, asked: Option<&str>) -> Result<&str, Error> {
        let names: Vec<&str> = self.entry_points().collect();
        let found = match asked {
            Some(asked) => names.iter().find(|&&name| name == asked),
            None if names.len() == 1 => names.first(),
            None => names.iter().find(|&&name| name == "main"),
        };
        found.copied().ok_or_else(|| {
            let list = match names.is_empty() {
                true => "no compute entry point".to_owned(),
                false => format!("the compute entry points {}", names.join(", ")),
            };
            Error::EntryPoint(match asked {
                Some(asked) => format!("no entry point `{asked}`: {} has {list}", self.name),
                None => format!("{} has {list}; name one", self.name),
            })
        })
    }

    /// What a workgroup of a compute entry point takes with these constants.
    ///
    /// # Errors
    /// If there is no such entry point, or constants are missing or out of range.
    pub fn workgroup(
        &self,
        entry: &str,
        constants: &PipelineConstants,
    ) -> Result<Workgroup, Error> {
        limits::with_stack("resolving overrides", || {
            let (module, info) = specialise(&self.module, &self.info, entry, constants)?;
            let mut points = module.entry_points.iter().enumerate();
            let point = points.find(|(_, point)| point.name == entry);
            let (index, point) =
                point.ok_or_else(|| Error::EntryPoint(format!("no entry point `{entry}`")))?;
            let uses = info.get_entry_point(index);
            let variables = module.global_variables.iter().filter(|(handle, variable)| {
                variable.space == naga::AddressSpace::WorkGroup && !uses[*handle].is_empty()
            });
            let memory = variables
                .map(|(_, variable)| {
                    let size = module.types[variable.ty].inner.try_size(module.to_ctx());
                    size.map_or(u64::MAX, |size| u64::from(size).next_multiple_of(16))
                })
                .fold(0, u64::saturating_add);
            Ok(Workgroup {
                size: point.workgroup_size,
                memory,
            })
        })
    }

    /// The pipeline-overridable constants.
    pub fn overrides(&self) -> Vec<Override> {
        let overrides = self.module.overrides.iter();
        overrides
            .map(|(_, item)| Override {
                key: match (item.id, &item.name) {
                    (Some(id), _) => id.to_string(),
                    (None, Some(name)) => name.clone(),
                    (None, None) => String::new(),
                },
                name: item.name.clone(),
                ty: scalar_name(&self.module.types[item.ty].inner),
                required: item.init.is_none(),
            })
            .collect()
    }

    /// The text and its name, if it is text.
    pub(crate) fn named_text(&self) -> Option<(&str, &str)> {
        self.text.as_deref().map(|text| (self.name.as_str(), text))
    }
}

fn scalar_name(ty: &naga::TypeInner) -> String {
    match ty.scalar() {
        Some(scalar) => match scalar.kind {
            naga::ScalarKind::Bool => "bool".to_owned(),
            naga::ScalarKind::Sint | naga::ScalarKind::AbstractInt => {
                format!("i{}", scalar.width as u32 * 8)
            }
            naga::ScalarKind::Uint => format!("u{}", scalar.width as u32 * 8),
            naga::ScalarKind::Float | naga::ScalarKind::AbstractFloat => {
                format!("f{}", scalar.width as u32 * 8)
            }
        },
        None => "?".to_owned(),
    }
}

/// A module with the overrides of one entry point resolved.
pub(crate) fn specialise<'m>(
    module: &'m Module,
    info: &'m ModuleInfo,
    entry: &str,
    constants: &PipelineConstants,
) -> Result<(Cow<'m, Module>, Cow<'m, ModuleInfo>), Error> {
    let known =
        |point: &naga::EntryPoint| point.stage == ShaderStage::Compute && point.name == entry;
    if !module.entry_points.iter().any(known) {
        return Err(Error::EntryPoint(format!(
            "no compute entry point `{entry}`"
        )));
    }
    process_overrides(module, info, Some((ShaderStage::Compute, entry)), constants)
        .map_err(|error| Error::Overrides(root_cause(&error)))
}
