//! Making resources.

use std::sync::Arc;
use std::time::Duration;

use egpu_driver::{Card, CardError, Loss, MemoryKind};
use naga_backend::Target;
use wgpu_hal::{DeviceError, FenceValue, MemoryRange, PipelineError, ShaderError};
use wgpu_types as wgt;

use crate::binding::self_test;
use crate::buffer::memory_kind;
use crate::{
    device_error, pipeline, Api, BindGroup, BindGroupLayout, Buffer, CommandEncoder,
    ComputePipeline, Fence, PipelineLayout, QuerySet, Queue, Refused, ShaderModule,
};

/// An open card, as wgpu's device.
#[derive(Debug)]
pub struct Device {
    card: Arc<dyn Card>,
    target: Target,
    cache: Arc<egpu_translate::Cache>,
}

impl Device {
    pub(crate) fn new(
        card: Arc<dyn Card>,
        target: Target,
        cache: Arc<egpu_translate::Cache>,
    ) -> Device {
        Device {
            card,
            target,
            cache,
        }
    }

    /// Why the card was lost, once it was: wgpu-hal's errors carry no text.
    pub fn loss(&self) -> Option<Loss> {
        self.card.loss()
    }
}

/// Render and ray pipelines that slip past wgpu-core's validation (no targets, no formats).
fn refuse(stages: wgt::ShaderStages, what: &str) -> PipelineError {
    PipelineError::Linkage(
        stages,
        format!("{what} are not supported on external compute cards"),
    )
}

impl wgpu_hal::Device for Device {
    type A = Api;

    unsafe fn create_buffer(
        &self,
        desc: &wgpu_hal::BufferDescriptor<'_>,
    ) -> Result<Buffer, DeviceError> {
        let memory = self
            .card
            .allocate(memory_kind(desc.usage), desc.size.max(4))
            .map_err(|error| device_error("cannot create a buffer", error))?;
        let buffer = Buffer {
            memory,
            size: desc.size,
        };
        debug_assert!(self_test(&buffer), "layout of wgpu_hal::BufferBinding");
        Ok(buffer)
    }

    unsafe fn destroy_buffer(&self, _buffer: Buffer) {}

    unsafe fn add_raw_buffer(&self, _buffer: &Buffer) {}

    unsafe fn map_buffer(
        &self,
        buffer: &Buffer,
        range: MemoryRange,
    ) -> Result<wgpu_hal::BufferMapping, DeviceError> {
        if let Some(loss) = self.card.loss() {
            return Err(device_error("cannot map a buffer", loss.into()));
        }
        let Some(ptr) = buffer.host(&range) else {
            log::error!("buffer range {range:?} cannot be mapped");
            return Err(DeviceError::Lost);
        };
        Ok(wgpu_hal::BufferMapping {
            ptr,
            is_coherent: false,
        })
    }

    unsafe fn unmap_buffer(&self, _buffer: &Buffer) {}

    unsafe fn flush_mapped_ranges<I>(&self, buffer: &Buffer, ranges: I)
    where
        I: Iterator<Item = MemoryRange>,
    {
        for range in ranges {
            let size = range.end.saturating_sub(range.start);
            if let Err(error) = buffer.memory.flush(range.start, size) {
                log::error!("writing a mapped range to the card: {error}");
            }
        }
    }

    unsafe fn invalidate_mapped_ranges<I>(&self, buffer: &Buffer, ranges: I)
    where
        I: Iterator<Item = MemoryRange>,
    {
        for range in ranges {
            let size = range.end.saturating_sub(range.start);
            if let Err(error) = buffer.memory.invalidate(range.start, size) {
                log::error!("reading a mapped range from the card: {error}");
            }
        }
    }

    unsafe fn create_texture(
        &self,
        _desc: &wgpu_hal::TextureDescriptor<'_>,
    ) -> Result<Refused, DeviceError> {
        log::error!("textures are not supported on external compute cards");
        Err(DeviceError::OutOfMemory)
    }

    unsafe fn destroy_texture(&self, _texture: Refused) {}

    unsafe fn add_raw_texture(&self, _texture: &Refused) {}

    unsafe fn create_texture_view(
        &self,
        _texture: &Refused,
        _desc: &wgpu_hal::TextureViewDescriptor<'_>,
    ) -> Result<Refused, DeviceError> {
        Ok(Refused)
    }

    unsafe fn destroy_texture_view(&self, _view: Refused) {}

    unsafe fn create_sampler(
        &self,
        _desc: &wgpu_hal::SamplerDescriptor<'_>,
    ) -> Result<Refused, DeviceError> {
        Ok(Refused)
    }

    unsafe fn destroy_sampler(&self, _sampler: Refused) {}

    unsafe fn create_command_encoder(
        &self,
        _desc: &wgpu_hal::CommandEncoderDescriptor<'_, Queue>,
    ) -> Result<CommandEncoder, DeviceError> {
        Ok(CommandEncoder::new())
    }

    unsafe fn create_bind_group_layout(
        &self,
        desc: &wgpu_hal::BindGroupLayoutDescriptor<'_>,
    ) -> Result<BindGroupLayout, DeviceError> {
        Ok(BindGroupLayout::new(desc.entries))
    }

    unsafe fn destroy_bind_group_layout(&self, _layout: BindGroupLayout) {}

    unsafe fn create_pipeline_layout(
        &self,
        _desc: &wgpu_hal::PipelineLayoutDescriptor<'_, BindGroupLayout>,
    ) -> Result<PipelineLayout, DeviceError> {
        Ok(PipelineLayout)
    }

    unsafe fn destroy_pipeline_layout(&self, _layout: PipelineLayout) {}

    unsafe fn create_bind_group(
        &self,
        desc: &wgpu_hal::BindGroupDescriptor<
            '_,
            BindGroupLayout,
            Buffer,
            Refused,
            Refused,
            Refused,
        >,
    ) -> Result<BindGroup, DeviceError> {
        Ok(BindGroup::new(desc.layout, desc.buffers, desc.entries))
    }

    unsafe fn destroy_bind_group(&self, _group: BindGroup) {}

    unsafe fn create_shader_module(
        &self,
        desc: &wgpu_hal::ShaderModuleDescriptor<'_>,
        shader: wgpu_hal::ShaderInput<'_>,
    ) -> Result<ShaderModule, ShaderError> {
        ShaderModule::new(desc, shader)
    }

    unsafe fn destroy_shader_module(&self, _module: ShaderModule) {}

    unsafe fn create_render_pipeline(
        &self,
        _desc: &wgpu_hal::RenderPipelineDescriptor<'_, PipelineLayout, ShaderModule, Refused>,
    ) -> Result<Refused, PipelineError> {
        Err(refuse(
            wgt::ShaderStages::VERTEX_FRAGMENT,
            "render pipelines",
        ))
    }

    unsafe fn destroy_render_pipeline(&self, _pipeline: Refused) {}

    unsafe fn create_compute_pipeline(
        &self,
        desc: &wgpu_hal::ComputePipelineDescriptor<'_, PipelineLayout, ShaderModule, Refused>,
    ) -> Result<ComputePipeline, PipelineError> {
        let compiled = pipeline::compile(&desc.stage, self.target, &self.cache)?;
        let kernel = self
            .card
            .load(&compiled.object, &compiled.reflection.entry)
            .map_err(|error| match error {
                // Neither costs the device: an internal error says what is wrong.
                CardError::BadKernel(_) | CardError::OutOfMemory { .. } => {
                    PipelineError::Linkage(wgt::ShaderStages::COMPUTE, error.to_string())
                }
                _ => PipelineError::Device(device_error("cannot load a kernel", error)),
            })?;
        Ok(ComputePipeline {
            kernel,
            reflection: Arc::new(compiled.reflection),
        })
    }

    unsafe fn destroy_compute_pipeline(&self, _pipeline: ComputePipeline) {}

    unsafe fn create_ray_tracing_pipeline(
        &self,
        _desc: &wgpu_hal::RayTracingPipelineDescriptor<'_, PipelineLayout, ShaderModule, Refused>,
    ) -> Result<Refused, PipelineError> {
        Err(refuse(wgt::ShaderStages::NONE, "ray tracing pipelines"))
    }

    unsafe fn destroy_ray_tracing_pipeline(&self, _pipeline: Refused) {}

    unsafe fn get_raytracing_pipeline_group_data(
        &self,
        _pipeline: &Refused,
        _groups: std::ops::Range<u32>,
    ) -> Result<Vec<u8>, DeviceError> {
        Ok(Vec::new())
    }

    unsafe fn create_pipeline_cache(
        &self,
        _desc: &wgpu_hal::PipelineCacheDescriptor<'_>,
    ) -> Result<Refused, wgpu_hal::PipelineCacheError> {
        Ok(Refused)
    }

    unsafe fn destroy_pipeline_cache(&self, _cache: Refused) {}

    unsafe fn create_query_set(
        &self,
        desc: &wgt::QuerySetDescriptor<wgpu_hal::Label<'_>>,
    ) -> Result<QuerySet, DeviceError> {
        let memory = self
            .card
            .allocate(MemoryKind::Device, desc.count as u64 * 8)
            .map_err(|error| device_error("cannot create a query set", error))?;
        Ok(QuerySet { memory })
    }

    unsafe fn destroy_query_set(&self, _set: QuerySet) {}

    unsafe fn create_fence(&self) -> Result<Fence, DeviceError> {
        Ok(Fence::default())
    }

    unsafe fn destroy_fence(&self, _fence: Fence) {}

    unsafe fn get_fence_value(&self, fence: &Fence) -> Result<FenceValue, DeviceError> {
        Ok(fence.value(&*self.card))
    }

    unsafe fn wait(
        &self,
        fence: &Fence,
        value: FenceValue,
        timeout: Option<Duration>,
    ) -> Result<bool, DeviceError> {
        Ok(fence.wait(&*self.card, value, timeout))
    }

    unsafe fn start_graphics_debugger_capture(&self) -> bool {
        false
    }

    unsafe fn stop_graphics_debugger_capture(&self) {}

    unsafe fn create_acceleration_structure(
        &self,
        _desc: &wgpu_hal::AccelerationStructureDescriptor<'_>,
    ) -> Result<Refused, DeviceError> {
        log::error!("acceleration structures are not supported on external compute cards");
        Err(DeviceError::OutOfMemory)
    }

    unsafe fn get_acceleration_structure_build_sizes(
        &self,
        _desc: &wgpu_hal::GetAccelerationStructureBuildSizesDescriptor<'_, Buffer>,
    ) -> wgpu_hal::AccelerationStructureBuildSizes {
        wgpu_hal::AccelerationStructureBuildSizes::default()
    }

    unsafe fn get_acceleration_structure_device_address(
        &self,
        _acceleration_structure: &Refused,
    ) -> wgt::BufferAddress {
        0
    }

    unsafe fn destroy_acceleration_structure(&self, _acceleration_structure: Refused) {}

    fn tlas_instance_to_bytes(&self, _instance: wgpu_hal::TlasInstance) -> Vec<u8> {
        Vec::new()
    }

    fn get_internal_counters(&self) -> wgt::HalCounters {
        wgt::HalCounters::default()
    }

    /// Called at the end of every submission and poll: the place where a loss becomes wgpu's
    /// device-lost callback.
    fn check_if_oom(&self) -> Result<(), DeviceError> {
        match self.card.loss() {
            None => Ok(()),
            Some(loss) => Err(device_error("the card was lost", loss.into())),
        }
    }
}
