//! Shader modules and compute pipelines.

use napi_derive::napi;

use egpu_translate::{Kind, Source};

use crate::state::on_device;
use crate::table::Handle;

/// A shader module.
#[derive(Debug)]
pub struct Module {
    module: wgpu::ShaderModule,
    source: Option<Source>,
}

/// A pipeline layout.
#[derive(Debug)]
pub struct PipelineLayout {
    layout: wgpu::PipelineLayout,
    immediate_size: u32,
}

/// A compute pipeline.
#[derive(Debug)]
pub struct Pipeline {
    /// wgpu's.
    pub pipeline: wgpu::ComputePipeline,
    /// Bytes of immediates that its layout has.
    pub immediate_size: u32,
}

/// The shader as naga sees it, where wgpu keeps something to itself that is asked for later: the size
/// of immediates, what a workgroup takes. Nothing if it is no shader, as wgpu will say.
///
/// Errors: more immediates than naga counts.
fn source(code: &str) -> Result<Option<Source>, egpu_translate::Error> {
    if !["immediate", "workgroup>", "override"]
        .iter()
        .any(|word| code.contains(word))
    {
        return Ok(None);
    }
    match egpu_translate::parse("shader", Kind::Wgsl, code.as_bytes()) {
        Ok(source) => Ok(Some(source)),
        Err(error @ egpu_translate::Error::Limit { .. }) => Err(error),
        Err(_) => Ok(None),
    }
}

/// Holds a workgroup against the limits, which wgpu does only for sizes that are no overrides.
fn check_workgroup(
    source: &Source,
    entry: Option<&str>,
    constants: &[Constant],
    limits: &wgpu::Limits,
) -> Result<(), String> {
    let constants = constants
        .iter()
        .map(|constant| (constant.name.clone(), constant.value))
        .collect();
    let found = source.entry_point(entry);
    let Ok(workgroup) = found.and_then(|entry| source.workgroup(entry, &constants)) else {
        // wgpu says it better.
        return Ok(());
    };
    let [x, y, z] = workgroup.size.map(u64::from);
    for (what, asked, most) in [
        ("invocations in x", x, limits.max_compute_workgroup_size_x),
        ("invocations in y", y, limits.max_compute_workgroup_size_y),
        ("invocations in z", z, limits.max_compute_workgroup_size_z),
        (
            "invocations",
            x.saturating_mul(y).saturating_mul(z),
            limits.max_compute_invocations_per_workgroup,
        ),
        (
            "bytes of workgroup memory",
            workgroup.memory,
            limits.max_compute_workgroup_storage_size,
        ),
    ] {
        if asked > most.into() {
            return Err(format!(
                "a workgroup of {asked} {what}, where the limit is {most}"
            ));
        }
    }
    Ok(())
}

/// A message of the compiler; places count bytes of UTF-8.
#[derive(Debug)]
#[napi(object)]
pub struct CompilationMessage {
    pub message: String,
    /// A GPUCompilationMessageType.
    pub kind: String,
    pub line: u32,
    pub position: u32,
    pub offset: u32,
    pub length: u32,
}

#[napi]
pub fn create_shader_module(device: Handle, label: String, code: String) -> Handle {
    on_device(device, |state| {
        // wgpu's front end recurses; this bounds how deep, and gives it the room.
        let source = source(&code).map_err(|error| error.to_string())?;
        let code = egpu_translate::wgsl::prepare(&code).map_err(|error| error.to_string())?;
        let device = &state.devices.get(device)?.device;
        let module = egpu_translate::with_stack("parsing", || {
            Ok(device.create_shader_module(wgpu::ShaderModuleDescriptor {
                label: Some(&label),
                source: wgpu::ShaderSource::Wgsl(code),
            }))
        })
        .map_err(|error| error.to_string())?;
        Ok(state.modules.add(Module { module, source }))
    })
}

#[napi]
pub fn compilation_messages(device: Handle, module: Handle) -> Vec<CompilationMessage> {
    on_device(device, |state| {
        let info = pollster::block_on(state.modules.get(module)?.module.get_compilation_info());
        Ok(info
            .messages
            .into_iter()
            .map(|message| {
                let place = message.location.unwrap_or(wgpu::SourceLocation {
                    line_number: 0,
                    line_position: 0,
                    offset: 0,
                    length: 0,
                });
                CompilationMessage {
                    message: message.message,
                    kind: match message.message_type {
                        wgpu::CompilationMessageType::Error => "error".into(),
                        wgpu::CompilationMessageType::Warning => "warning".into(),
                        wgpu::CompilationMessageType::Info => "info".into(),
                    },
                    line: place.line_number,
                    position: place.line_position,
                    offset: place.offset,
                    length: place.length,
                }
            })
            .collect())
    })
}

/// Layouts by handle; 0 leaves a group empty.
#[napi]
pub fn create_pipeline_layout(
    device: Handle,
    label: String,
    layouts: Vec<Handle>,
    immediate_size: u32,
) -> Handle {
    on_device(device, |state| {
        let layouts = layouts
            .into_iter()
            .map(|layout| match layout {
                0 => Ok(None),
                layout => state.bind_group_layouts.get(layout).map(Some),
            })
            .collect::<Result<Vec<_>, String>>()?;
        let layout = state.devices.get(device)?.device.create_pipeline_layout(
            &wgpu::PipelineLayoutDescriptor {
                label: Some(&label),
                bind_group_layouts: &layouts,
                immediate_size,
            },
        );
        Ok(state.pipeline_layouts.add(PipelineLayout {
            layout,
            immediate_size,
        }))
    })
}

/// The value of one overridable constant.
#[derive(Debug)]
#[napi(object)]
pub struct Constant {
    pub name: String,
    pub value: f64,
}

/// Layout 0 is `"auto"`.
#[napi]
pub fn create_compute_pipeline(
    device: Handle,
    label: String,
    layout: Handle,
    module: Handle,
    entry_point: Option<String>,
    constants: Vec<Constant>,
) -> Handle {
    on_device(device, |state| {
        let module = state.modules.get(module)?;
        let layout = match layout {
            0 => None,
            layout => Some(state.pipeline_layouts.get(layout)?),
        };
        let immediate_size = match (layout, &module.source) {
            (Some(layout), _) => layout.immediate_size,
            (None, Some(source)) => source.immediate_size(),
            (None, None) => 0,
        };
        let device = &state.devices.get(device)?.device;
        if let Some(source) = &module.source {
            check_workgroup(source, entry_point.as_deref(), &constants, &device.limits())?;
        }
        let constants: Vec<(&str, f64)> = constants
            .iter()
            .map(|constant| (constant.name.as_str(), constant.value))
            .collect();
        let pipeline = device.create_compute_pipeline(&wgpu::ComputePipelineDescriptor {
            label: Some(&label),
            layout: layout.map(|layout| &layout.layout),
            module: &module.module,
            entry_point: entry_point.as_deref(),
            compilation_options: wgpu::PipelineCompilationOptions {
                constants: &constants,
                ..Default::default()
            },
            cache: None,
        });
        Ok(state.pipelines.add(Pipeline {
            pipeline,
            immediate_size,
        }))
    })
}

#[napi]
pub fn pipeline_bind_group_layout(device: Handle, pipeline: Handle, index: u32) -> Handle {
    on_device(device, |state| {
        let layout = state
            .pipelines
            .get(pipeline)?
            .pipeline
            .get_bind_group_layout(index);
        Ok(state.bind_group_layouts.add(layout))
    })
}
