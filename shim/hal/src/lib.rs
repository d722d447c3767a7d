//! wgpu-hal backend for external cards.
//!
//! [`Api`] makes any [`egpu_driver::Card`] an ordinary wgpu adapter: hand an [`Instance`] to
//! `wgpu::Instance::from_hal`, and wgpu-core does WebGPU's validation, tracking, mapping and error
//! scopes above it. This crate depends on wgpu-hal, never on wgpu.
//!
//! What it relies on: wgpu-core calls as documented by wgpu-hal 30 (one thread at a time per
//! encoder, resources outlive their submissions, barriers wherever the order matters). What it
//! promises: compute is complete; rendering, textures and rays are refused by wgpu's own validation
//! or a pipeline error, never by a panic. The loss of a card is reported where wgpu turns it into a
//! device-lost callback (`submit`, `map_buffer`, `check_if_oom`), never from `wait` or
//! `get_fence_value`, where wgpu would panic.
//!
//! The backend calls itself [`wgpu_types::Backend::Noop`]: the enumeration is closed, and every
//! other variant makes code downcast to a backend that this is not. Identity is in `AdapterInfo`.

mod adapter;
mod binding;
mod buffer;
mod command;
mod device;
mod pipeline;
mod queue;
mod refused;

pub use adapter::{Adapter, Instance};
pub use binding::{BindGroup, BindGroupLayout, PipelineLayout};
pub use buffer::Buffer;
pub use command::{CommandBuffer, CommandEncoder, QuerySet};
pub use device::Device;
pub use egpu_translate::Cache;
pub use pipeline::{ComputePipeline, ShaderModule};
pub use queue::{Fence, Queue};
pub use refused::{Refused, Surface};

/// The backend.
#[derive(Clone, Debug)]
pub struct Api;

impl wgpu_hal::Api for Api {
    const VARIANT: wgpu_types::Backend = wgpu_types::Backend::Noop;

    type Instance = Instance;
    type Surface = Surface;
    type Adapter = Adapter;
    type Device = Device;
    type Queue = Queue;
    type CommandEncoder = CommandEncoder;
    type CommandBuffer = CommandBuffer;
    type Buffer = Buffer;
    type Texture = Refused;
    type SurfaceTexture = Refused;
    type TextureView = Refused;
    type Sampler = Refused;
    type QuerySet = QuerySet;
    type Fence = Fence;
    type AccelerationStructure = Refused;
    type PipelineCache = Refused;
    type BindGroupLayout = BindGroupLayout;
    type BindGroup = BindGroup;
    type PipelineLayout = PipelineLayout;
    type ShaderModule = ShaderModule;
    type RenderPipeline = Refused;
    type RayTracingPipeline = Refused;
    type ComputePipeline = ComputePipeline;
}

/// wgpu-hal's own macro for these two methods is private.
macro_rules! dyn_resource {
    ($($type:ty),* $(,)?) => {
        $(
            impl wgpu_hal::DynResource for $type {
                fn as_any(&self) -> &dyn std::any::Any {
                    self
                }
                fn as_any_mut(&mut self) -> &mut dyn std::any::Any {
                    self
                }
            }
        )*
    };
}

dyn_resource!(
    Adapter,
    BindGroup,
    BindGroupLayout,
    Buffer,
    CommandBuffer,
    CommandEncoder,
    ComputePipeline,
    Device,
    Fence,
    Instance,
    PipelineLayout,
    QuerySet,
    Queue,
    Refused,
    ShaderModule,
    Surface,
);

impl wgpu_hal::DynBindGroup for BindGroup {}
impl wgpu_hal::DynBindGroupLayout for BindGroupLayout {}
impl wgpu_hal::DynBuffer for Buffer {}
impl wgpu_hal::DynCommandBuffer for CommandBuffer {}
impl wgpu_hal::DynComputePipeline for ComputePipeline {}
impl wgpu_hal::DynFence for Fence {}
impl wgpu_hal::DynPipelineLayout for PipelineLayout {}
impl wgpu_hal::DynQuerySet for QuerySet {}
impl wgpu_hal::DynShaderModule for ShaderModule {}

/// How a card's error reaches wgpu: out of memory where that is harmless to say, loss otherwise.
///
/// The message goes to the log, since wgpu-hal's error carries none.
fn device_error(what: &str, error: egpu_driver::CardError) -> wgpu_hal::DeviceError {
    match error {
        egpu_driver::CardError::OutOfMemory { .. } => {
            log::warn!("{what}: {error}");
            wgpu_hal::DeviceError::OutOfMemory
        }
        _ => {
            log::error!("{what}: {error}");
            wgpu_hal::DeviceError::Lost
        }
    }
}
