//! A device behind wgpu's API: any adapter. Each binding
//! is a part of a larger buffer whose rest holds a pattern that must survive the
//! dispatch, so every case tests robust access as well.

use crate::device::{Bindings, Device, DeviceError, Feature, Invocation, Judge};
use crate::kernels::Usage;
use std::borrow::Cow;

/// Bytes of pattern before and after a binding: a multiple of every alignment
/// that WebGPU allows for offsets of bindings.
const CANARY: usize = 256;
const PATTERN: u8 = 0xc5;

/// An opened adapter.
#[derive(Debug)]
pub struct WgpuDevice {
    name: String,
    device: wgpu::Device,
    queue: wgpu::Queue,
    judge: Judge,
}

/// What a feature of ours is in wgpu.
const FEATURES: [(Feature, wgpu::Features); 8] = [
    (Feature::F16, wgpu::Features::SHADER_F16),
    (Feature::F64, wgpu::Features::SHADER_F64),
    (Feature::I64, wgpu::Features::SHADER_INT64),
    (Feature::I16, wgpu::Features::SHADER_I16),
    (
        Feature::Subgroups,
        wgpu::Features::SUBGROUP.union(wgpu::Features::SUBGROUP_BARRIER),
    ),
    (
        Feature::Atomic64,
        wgpu::Features::SHADER_INT64_ATOMIC_ALL_OPS,
    ),
    (Feature::AtomicF32, wgpu::Features::SHADER_FLOAT32_ATOMIC),
    (Feature::Immediates, wgpu::Features::IMMEDIATES),
];

impl WgpuDevice {
    /// Opens an adapter, by a name for reports.
    pub fn open(
        adapter: &wgpu::Adapter,
        name: &str,
        judge: Judge,
    ) -> Result<WgpuDevice, wgpu::RequestDeviceError> {
        let info = adapter.get_info();
        let mut wanted = FEATURES
            .iter()
            .fold(wgpu::Features::empty(), |all, (_, f)| all | *f);
        // Cases on subgroups are written for 32 invocations.
        if (info.subgroup_min_size, info.subgroup_max_size) != (32, 32) {
            wanted.remove(wgpu::Features::SUBGROUP | wgpu::Features::SUBGROUP_BARRIER);
        }
        let (device, queue) =
            pollster::block_on(adapter.request_device(&wgpu::DeviceDescriptor {
                required_features: wanted & adapter.features(),
                required_limits: adapter.limits(),
                ..Default::default()
            }))?;
        Ok(WgpuDevice {
            name: format!("{name}: {}", info.name),
            device,
            queue,
            judge,
        })
    }

    fn pipeline(
        &self,
        invocation: &Invocation,
        layout: &wgpu::BindGroupLayout,
    ) -> Result<wgpu::ComputePipeline, DeviceError> {
        // A compiler's refusal is an internal error to wgpu.
        let internal = self.device.push_error_scope(wgpu::ErrorFilter::Internal);
        let scope = self.device.push_error_scope(wgpu::ErrorFilter::Validation);
        let module = self
            .device
            .create_shader_module(wgpu::ShaderModuleDescriptor {
                label: None,
                source: wgpu::ShaderSource::Wgsl(Cow::Borrowed(&invocation.wgsl)),
            });
        let layout = self
            .device
            .create_pipeline_layout(&wgpu::PipelineLayoutDescriptor {
                label: None,
                bind_group_layouts: &[Some(layout)],
                immediate_size: invocation.immediates.len().next_multiple_of(4) as u32,
            });
        let constants: Vec<(&str, f64)> = invocation
            .constants
            .iter()
            .map(|(k, v)| (k.as_str(), *v))
            .collect();
        let create = || {
            self.device
                .create_compute_pipeline(&wgpu::ComputePipelineDescriptor {
                    label: None,
                    layout: Some(&layout),
                    module: &module,
                    entry_point: Some(&invocation.entry),
                    compilation_options: wgpu::PipelineCompilationOptions {
                        constants: &constants,
                        ..Default::default()
                    },
                    cache: None,
                })
        };
        // naga's SPIR-V back end panics on some operations of 16 and 64 bits
        // that its validator lets through (gfx-rs/wgpu#5276).
        let pipeline = std::panic::catch_unwind(std::panic::AssertUnwindSafe(create))
            .map_err(|_| DeviceError::Shader("the back end panicked".into()))?;
        let invalid = pollster::block_on(scope.pop());
        match invalid.or(pollster::block_on(internal.pop())) {
            None => Ok(pipeline),
            Some(wgpu::Error::Internal { description, .. }) => {
                Err(DeviceError::Shader(description))
            }
            Some(e) => Err(DeviceError::Shader(e.to_string())),
        }
    }
}

impl Device for WgpuDevice {
    fn name(&self) -> String {
        self.name.clone()
    }

    fn features(&self) -> Vec<Feature> {
        let has = self.device.features();
        FEATURES
            .iter()
            .filter(|(_, f)| has.contains(*f))
            .map(|(f, _)| *f)
            .collect()
    }

    fn judge(&self) -> Judge {
        self.judge
    }

    fn run(&mut self, invocation: &Invocation) -> Result<Bindings, DeviceError> {
        let entries: Vec<wgpu::BindGroupLayoutEntry> = invocation
            .buffers
            .iter()
            .map(|b| wgpu::BindGroupLayoutEntry {
                binding: b.binding,
                visibility: wgpu::ShaderStages::COMPUTE,
                ty: wgpu::BindingType::Buffer {
                    ty: match b.usage {
                        Usage::Uniform => wgpu::BufferBindingType::Uniform,
                        Usage::ReadOnly => wgpu::BufferBindingType::Storage { read_only: true },
                        Usage::ReadWrite => wgpu::BufferBindingType::Storage { read_only: false },
                    },
                    has_dynamic_offset: false,
                    min_binding_size: None,
                },
                count: None,
            })
            .collect();
        let layout = self
            .device
            .create_bind_group_layout(&wgpu::BindGroupLayoutDescriptor {
                label: None,
                entries: &entries,
            });
        let pipeline = self.pipeline(invocation, &layout)?;

        let scope = self.device.push_error_scope(wgpu::ErrorFilter::Validation);
        let mut encoder = self.device.create_command_encoder(&Default::default());
        let mut buffers = Vec::new();
        for b in &invocation.buffers {
            // Storage bindings are whole words.
            let len = b.data.len().next_multiple_of(4);
            let mut contents = vec![PATTERN; len + 2 * CANARY];
            contents[CANARY..CANARY + b.data.len()].copy_from_slice(&b.data);
            let usage = match b.usage {
                Usage::Uniform => wgpu::BufferUsages::UNIFORM,
                Usage::ReadOnly | Usage::ReadWrite => wgpu::BufferUsages::STORAGE,
            };
            let make = |usage| {
                self.device.create_buffer(&wgpu::BufferDescriptor {
                    label: None,
                    size: contents.len() as u64,
                    usage,
                    mapped_at_creation: false,
                })
            };
            let buffer = make(usage | wgpu::BufferUsages::COPY_DST | wgpu::BufferUsages::COPY_SRC);
            let read = make(wgpu::BufferUsages::COPY_DST | wgpu::BufferUsages::MAP_READ);
            self.queue.write_buffer(&buffer, 0, &contents);
            buffers.push((buffer, read, len as u64));
        }
        let bound: Vec<wgpu::BindGroupEntry> = invocation
            .buffers
            .iter()
            .zip(&buffers)
            .map(|(b, (buffer, _, len))| wgpu::BindGroupEntry {
                binding: b.binding,
                resource: wgpu::BindingResource::Buffer(wgpu::BufferBinding {
                    buffer,
                    offset: CANARY as u64,
                    size: std::num::NonZeroU64::new(*len),
                }),
            })
            .collect();
        let group = self.device.create_bind_group(&wgpu::BindGroupDescriptor {
            label: None,
            layout: &layout,
            entries: &bound,
        });
        {
            let mut pass = encoder.begin_compute_pass(&Default::default());
            pass.set_pipeline(&pipeline);
            pass.set_bind_group(0, &group, &[]);
            if !invocation.immediates.is_empty() {
                pass.set_immediates(0, &invocation.immediates);
            }
            let [x, y, z] = invocation.groups;
            pass.dispatch_workgroups(x, y, z);
        }
        for (buffer, read, _) in &buffers {
            encoder.copy_buffer_to_buffer(buffer, 0, read, 0, buffer.size());
        }
        self.queue.submit([encoder.finish()]);
        for (_, read, _) in &buffers {
            read.map_async(wgpu::MapMode::Read, .., |_| {});
        }
        let waited = self.device.poll(wgpu::PollType::wait_indefinitely());
        if let Some(e) = pollster::block_on(scope.pop()) {
            return Err(DeviceError::Run(e.to_string()));
        }
        waited.map_err(|e| DeviceError::Run(e.to_string()))?;

        let mut results = Bindings::new();
        for (b, (_, read, len)) in invocation.buffers.iter().zip(&buffers) {
            let view = read
                .get_mapped_range(..)
                .map_err(|e| DeviceError::Run(e.to_string()))?;
            let (group, binding) = (b.group, b.binding);
            let canary = |side, distance| DeviceError::Canary {
                group,
                binding,
                side,
                distance,
            };
            let end = CANARY + *len as usize;
            if let Some(at) = view[..CANARY].iter().rposition(|&x| x != PATTERN) {
                return Err(canary("start", CANARY - at));
            }
            if let Some(at) = view[end..].iter().position(|&x| x != PATTERN) {
                return Err(canary("end", at));
            }
            results.insert(
                (group, binding),
                view[CANARY..CANARY + b.data.len()].to_vec(),
            );
        }
        Ok(results)
    }
}
