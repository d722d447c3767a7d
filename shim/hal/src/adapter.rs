//! Instance and adapters: which cards there are and what they can do.

use std::sync::{Arc, Mutex, PoisonError, Weak};

use egpu_driver::{Card, CardError, CardInfo, Source};
use egpu_translate::Cache;
use naga_backend::Target;
use wgpu_types as wgt;

use crate::{device_error, Api, Device, Queue, Surface};

/// The cards that an application can choose from, in order of preference.
#[derive(Debug)]
pub struct Instance {
    adapters: Vec<Adapter>,
}

impl Instance {
    /// An instance over these cards that keeps compiled kernels in `cache`.
    pub fn new(sources: Vec<Arc<dyn Source>>, cache: &Arc<Cache>) -> Instance {
        let adapters = sources
            .into_iter()
            .map(|source| Adapter::new(source, cache.clone()))
            .collect();
        Instance { adapters }
    }
}

impl wgpu_hal::Instance for Instance {
    type A = Api;

    unsafe fn init(
        _desc: &wgpu_hal::InstanceDescriptor<'_>,
    ) -> Result<Instance, wgpu_hal::InstanceError> {
        Ok(Instance {
            adapters: Vec::new(),
        })
    }

    unsafe fn create_surface(
        &self,
        _display_handle: raw_window_handle::RawDisplayHandle,
        _window_handle: raw_window_handle::RawWindowHandle,
    ) -> Result<Surface, wgpu_hal::InstanceError> {
        // InstanceError has no public constructor. The noop backend refuses to start unless it is
        // enabled, and hands out one.
        let disabled = wgpu_hal::InstanceDescriptor {
            name: "surfaces are not supported on external compute cards",
            flags: wgt::InstanceFlags::empty(),
            memory_budget_thresholds: wgt::MemoryBudgetThresholds::default(),
            backend_options: wgt::BackendOptions::default(),
            telemetry: None,
            display: None,
        };
        // SAFETY: `init` of the noop backend has no preconditions.
        match unsafe { wgpu_hal::noop::Context::init(&disabled) } {
            Err(error) => Err(error),
            // Only an enabled noop backend starts; the descriptor above leaves it off.
            Ok(_) => Ok(Surface),
        }
    }

    unsafe fn enumerate_adapters(
        &self,
        _surface_hint: Option<&Surface>,
    ) -> Vec<wgpu_hal::ExposedAdapter<Api>> {
        self.adapters.iter().map(Adapter::expose).collect()
    }
}

/// One card. Devices opened from it share the open card.
#[derive(Clone, Debug)]
pub struct Adapter {
    source: Arc<dyn Source>,
    open: Arc<Mutex<Weak<dyn Card>>>,
    cache: Arc<Cache>,
}

/// Stands where no card is open: `Weak::new` needs a sized type.
#[derive(Debug)]
enum NoCard {}

impl Card for NoCard {
    fn info(&self) -> &CardInfo {
        match *self {}
    }
    fn allocate(
        &self,
        _: egpu_driver::MemoryKind,
        _: u64,
    ) -> Result<Arc<dyn egpu_driver::Memory>, CardError> {
        match *self {}
    }
    fn load(&self, _: &[u8], _: &str) -> Result<Arc<dyn egpu_driver::Kernel>, CardError> {
        match *self {}
    }
    fn submit(&self, _: &[egpu_driver::Command]) -> Result<egpu_driver::Point, CardError> {
        match *self {}
    }
    fn completed(&self) -> egpu_driver::Point {
        match *self {}
    }
    fn wait(
        &self,
        _: egpu_driver::Point,
        _: Option<std::time::Duration>,
    ) -> Result<bool, CardError> {
        match *self {}
    }
    fn timestamp(&self) -> Result<u64, CardError> {
        match *self {}
    }
    fn loss(&self) -> Option<egpu_driver::Loss> {
        match *self {}
    }
    fn memory_use(&self) -> (u64, u64) {
        match *self {}
    }
}

impl Adapter {
    fn new(source: Arc<dyn Source>, cache: Arc<Cache>) -> Adapter {
        let none: Weak<dyn Card> = Weak::<NoCard>::new();
        Adapter {
            source,
            open: Arc::new(Mutex::new(none)),
            cache,
        }
    }

    /// The open card: the one that other devices use, unless it is lost.
    fn card(&self) -> Result<Arc<dyn Card>, CardError> {
        let mut open = self.open.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(card) = open.upgrade().filter(|card| card.loss().is_none()) {
            return Ok(card);
        }
        let card = self.source.open()?;
        *open = Arc::downgrade(&card);
        Ok(card)
    }

    fn expose(&self) -> wgpu_hal::ExposedAdapter<Api> {
        let info = self.source.info();
        wgpu_hal::ExposedAdapter {
            adapter: self.clone(),
            info: adapter_info(info),
            features: features(info),
            capabilities: capabilities(info),
        }
    }
}

fn adapter_info(card: &CardInfo) -> wgt::AdapterInfo {
    let device_type = match card.is_virtual {
        true => wgt::DeviceType::VirtualGpu,
        false => wgt::DeviceType::DiscreteGpu,
    };
    wgt::AdapterInfo {
        name: card.name.clone(),
        vendor: card.vendor,
        device: card.device,
        driver: card.driver.clone(),
        driver_info: format!("{} over {}", card.target, card.link),
        subgroup_min_size: 32,
        subgroup_max_size: 32,
        ..wgt::AdapterInfo::new(device_type, wgt::Backend::Noop)
    }
}

/// Only what works: clients such as CubeCL ask for everything that is reported.
fn features(_card: &CardInfo) -> wgt::Features {
    wgt::Features::TIMESTAMP_QUERY
        | wgt::Features::TIMESTAMP_QUERY_INSIDE_ENCODERS
        | wgt::Features::TIMESTAMP_QUERY_INSIDE_PASSES
        | wgt::Features::IMMEDIATES
        | wgt::Features::SUBGROUP
        | wgt::Features::SUBGROUP_BARRIER
        | wgt::Features::SHADER_F16
        | wgt::Features::SHADER_F64
        | wgt::Features::SHADER_I16
        | wgt::Features::SHADER_INT64
        | wgt::Features::SHADER_INT64_ATOMIC_ALL_OPS
        | wgt::Features::SHADER_INT64_ATOMIC_MIN_MAX
        | wgt::Features::SHADER_FLOAT32_ATOMIC
}

/// Bytes of immediates in the argument block.
pub(crate) const MAX_IMMEDIATES: u32 = 256;

fn capabilities(card: &CardInfo) -> wgpu_hal::Capabilities {
    let kernel = card.kernel_limits;
    // Kernels count a binding's bytes in 32 bits, and ranges are multiples of four.
    let binding = card.max_allocation.min(0xffff_fffc);
    // A card with little memory runs out of it; programs that ask for the usual limits still start.
    let least = wgt::Limits::default();
    let limits = wgt::Limits {
        max_bind_groups: wgpu_hal::MAX_BIND_GROUPS as u32,
        max_dynamic_uniform_buffers_per_pipeline_layout: 16,
        max_dynamic_storage_buffers_per_pipeline_layout: 16,
        max_storage_buffers_per_shader_stage: 64,
        max_uniform_buffers_per_shader_stage: 64,
        max_uniform_buffer_binding_size: binding.min(1 << 27),
        max_storage_buffer_binding_size: binding.max(least.max_storage_buffer_binding_size),
        max_buffer_size: card.max_allocation.max(least.max_buffer_size),
        min_uniform_buffer_offset_alignment: 32,
        min_storage_buffer_offset_alignment: 32,
        max_compute_workgroup_storage_size: kernel.workgroup_memory,
        max_compute_invocations_per_workgroup: kernel.workgroup_threads,
        max_compute_workgroup_size_x: kernel.workgroup_size[0],
        max_compute_workgroup_size_y: kernel.workgroup_size[1],
        max_compute_workgroup_size_z: kernel.workgroup_size[2],
        // RDNA4 passes y and z of the workgroup id in 16 bits each; CUDA's grids have the same
        // limit in y and z.
        max_compute_workgroups_per_dimension: 65535,
        max_immediate_size: MAX_IMMEDIATES,
        ..least
    };
    let four = wgt::BufferSize::new(4).unwrap_or(wgt::BufferSize::MIN);
    wgpu_hal::Capabilities {
        limits,
        alignments: wgpu_hal::Alignments {
            buffer_copy_offset: four,
            buffer_copy_pitch: four,
            uniform_bounds_check_alignment: four,
            raw_tlas_instance_size: 0,
            ray_tracing_scratch_buffer_alignment: 1,
            ray_tracing_pipeline_group_data_size: 1,
            ray_tracing_pipeline_group_data_alignment: 1,
            ray_tracing_pipeline_data_offset_alignment: 1,
        },
        downlevel: wgt::DownlevelCapabilities {
            // Without format support wgpu-core refuses textures and render targets by name.
            flags: wgt::DownlevelFlags::compliant()
                - wgt::DownlevelFlags::WEBGPU_TEXTURE_FORMAT_SUPPORT,
            limits: wgt::DownlevelLimits {},
            shader_model: wgt::ShaderModel::Sm5,
        },
        cooperative_matrix_properties: Vec::new(),
    }
}

impl wgpu_hal::Adapter for Adapter {
    type A = Api;

    unsafe fn open(
        &self,
        _features: wgt::Features,
        _limits: &wgt::Limits,
        _memory_hints: &wgt::MemoryHints,
    ) -> Result<wgpu_hal::OpenDevice<Api>, wgpu_hal::DeviceError> {
        let card = self
            .card()
            .map_err(|error| device_error("cannot open the card", error))?;
        let Some(target) = Target::from_name(&card.info().target) else {
            log::error!("no code generator for {}", card.info().target);
            return Err(wgpu_hal::DeviceError::Lost);
        };
        Ok(wgpu_hal::OpenDevice {
            device: Device::new(card.clone(), target, self.cache.clone()),
            queue: Queue::new(card),
        })
    }

    unsafe fn texture_format_capabilities(
        &self,
        _format: wgt::TextureFormat,
    ) -> wgpu_hal::TextureFormatCapabilities {
        wgpu_hal::TextureFormatCapabilities::empty()
    }

    unsafe fn surface_capabilities(
        &self,
        _surface: &Surface,
    ) -> Option<wgpu_hal::SurfaceCapabilities> {
        None
    }

    unsafe fn get_presentation_timestamp(&self) -> wgt::PresentationTimestamp {
        wgt::PresentationTimestamp::INVALID_TIMESTAMP
    }

    fn get_ordered_buffer_usages(&self) -> wgt::BufferUses {
        wgt::BufferUses::INCLUSIVE | wgt::BufferUses::MAP_WRITE
    }

    fn get_ordered_texture_usages(&self) -> wgt::TextureUses {
        wgt::TextureUses::INCLUSIVE
            | wgt::TextureUses::COLOR_TARGET
            | wgt::TextureUses::DEPTH_STENCIL_WRITE
    }
}
