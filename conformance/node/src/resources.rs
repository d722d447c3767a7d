//! Buffers and what is bound.

use napi::bindgen_prelude::Uint8Array;
use napi_derive::napi;
use serde::de::DeserializeOwned;

use crate::errors::DeviceError;
use crate::state::{on_device, Device};
use crate::table::Handle;

/// A JavaScript number that its side has checked, as bytes.
fn bytes(number: f64) -> u64 {
    number as u64
}

/// A descriptor in wgpu's serde form.
fn parse<T: DeserializeOwned>(what: &str, json: &str) -> Result<T, String> {
    serde_json::from_str(json).map_err(|error| format!("{what}: {error}"))
}

#[napi]
pub fn create_buffer(
    device: Handle,
    label: String,
    size: f64,
    usage: u32,
    mapped_at_creation: bool,
) -> Handle {
    on_device(device, |state| {
        let buffer = state
            .devices
            .get(device)?
            .device
            .create_buffer(&wgpu::BufferDescriptor {
                label: Some(&label),
                size: bytes(size),
                // Bits that do not exist are kept, for wgpu-core to refuse.
                usage: wgpu::BufferUsages::from_bits_retain(usage),
                mapped_at_creation,
            });
        Ok(state.buffers.add(buffer))
    })
}

/// Begins mapping; [`crate::device::poll`] reports `token`.
#[napi]
pub fn map_buffer(device: Handle, buffer: Handle, token: u32, write: bool, offset: f64, size: f64) {
    on_device(device, |state| {
        let finished = state.devices.get(device)?.finished.clone();
        let mode = match write {
            true => wgpu::MapMode::Write,
            false => wgpu::MapMode::Read,
        };
        let range = bytes(offset)..bytes(offset) + bytes(size);
        state
            .buffers
            .get(buffer)?
            .map_async(mode, range, move |result| {
                finished.push(token, result.is_ok(), String::new());
            });
        Ok(())
    })
}

/// Copies mapped memory into `into`.
#[napi]
pub fn read_mapped(device: Handle, buffer: Handle, offset: f64, mut into: Uint8Array) -> bool {
    on_device(device, |state| {
        // SAFETY: JavaScript's one thread is in this call, and keeps no other view of the memory in
        // native code.
        let into = unsafe { into.as_mut() };
        let range = bytes(offset)..bytes(offset) + into.len() as u64;
        let view = state
            .buffers
            .get(buffer)?
            .get_mapped_range(range)
            .map_err(|error| error.to_string())?;
        into.copy_from_slice(&view);
        Ok(true)
    })
}

/// Copies `from` into memory that is mapped for writing.
#[napi]
pub fn write_mapped(device: Handle, buffer: Handle, offset: f64, from: &[u8]) {
    on_device(device, |state| {
        let range = bytes(offset)..bytes(offset) + from.len() as u64;
        let mut view = state
            .buffers
            .get(buffer)?
            .get_mapped_range_mut(range)
            .map_err(|error| error.to_string())?;
        view.copy_from_slice(from);
        Ok(())
    })
}

#[napi]
pub fn unmap_buffer(device: Handle, buffer: Handle) {
    on_device(device, |state| {
        state.buffers.get(buffer)?.unmap();
        Ok(())
    })
}

#[napi]
pub fn destroy_buffer(device: Handle, buffer: Handle) {
    on_device(device, |state| {
        state.buffers.get(buffer)?.destroy();
        Ok(())
    })
}

/// `descriptor` is JSON of wgpu's `TextureDescriptor`.
#[napi]
pub fn create_texture(device: Handle, descriptor: String) -> Handle {
    on_device(device, |state| {
        let desc: wgpu::wgt::TextureDescriptor<String, Vec<wgpu::TextureFormat>> =
            parse("GPUTextureDescriptor", &descriptor)?;
        let Device {
            device,
            errors,
            largest,
            ..
        } = state.devices.get(device)?;
        let scope = device.push_error_scope(wgpu::ErrorFilter::Validation);
        let texture = device.create_texture(&wgpu::TextureDescriptor {
            label: Some(&desc.label),
            size: desc.size,
            mip_level_count: desc.mip_level_count,
            sample_count: desc.sample_count,
            dimension: desc.dimension,
            format: desc.format,
            usage: desc.usage,
            view_formats: &desc.view_formats,
        });
        if let Some(error) = pollster::block_on(scope.pop()) {
            let bytes = desc.format.theoretical_memory_footprint(desc.size);
            errors.push(match is_without_textures(&error) {
                false => error.into(),
                true if bytes > *largest => DeviceError::out_of_memory(format!(
                    "out of memory: a texture of {bytes} bytes, where no allocation has more than {largest}"
                )),
                true => DeviceError::validation(format!(
                    "this adapter has no textures of the format {:?} and the usage {:?}",
                    desc.format, desc.usage
                )),
            });
        }
        Ok(state.textures.add(texture))
    })
}

/// Whether a texture was refused that WebGPU has everywhere, as compute cards do. Everything of its
/// descriptor that can be wrong was checked before.
fn is_without_textures(error: &wgpu::Error) -> bool {
    use wgpu_core::resource::CreateTextureError;
    let mut cause = std::error::Error::source(error);
    while let Some(error) = cause {
        if let Some(CreateTextureError::InvalidFormatUsages(_, _, is_guaranteed)) =
            error.downcast_ref()
        {
            return *is_guaranteed;
        }
        cause = error.source();
    }
    false
}

#[napi]
pub fn destroy_texture(device: Handle, texture: Handle) {
    on_device(device, |state| {
        state.textures.get(texture)?.destroy();
        Ok(())
    })
}

/// `descriptor` is JSON of wgpu's `TextureViewDescriptor`.
#[napi]
pub fn create_view(device: Handle, texture: Handle, descriptor: String) -> Handle {
    on_device(device, |state| {
        let desc: wgpu::wgt::TextureViewDescriptor<String> =
            parse("GPUTextureViewDescriptor", &descriptor)?;
        let view = state
            .textures
            .get(texture)?
            .create_view(&desc.map_label(|label| Some(label.as_str())));
        Ok(state.views.add(view))
    })
}

/// `descriptor` is JSON of wgpu's `SamplerDescriptor`.
#[napi]
pub fn create_sampler(device: Handle, descriptor: String) -> Handle {
    on_device(device, |state| {
        let desc: wgpu::wgt::SamplerDescriptor<String> =
            parse("GPUSamplerDescriptor", &descriptor)?;
        let sampler = state
            .devices
            .get(device)?
            .device
            .create_sampler(&wgpu::SamplerDescriptor {
                label: Some(&desc.label),
                address_mode_u: desc.address_mode_u,
                address_mode_v: desc.address_mode_v,
                address_mode_w: desc.address_mode_w,
                mag_filter: desc.mag_filter,
                min_filter: desc.min_filter,
                mipmap_filter: desc.mipmap_filter,
                lod_min_clamp: desc.lod_min_clamp,
                lod_max_clamp: desc.lod_max_clamp,
                compare: desc.compare,
                anisotropy_clamp: desc.anisotropy_clamp,
                border_color: desc.border_color,
            });
        Ok(state.samplers.add(sampler))
    })
}

#[napi]
pub fn create_query_set(device: Handle, label: String, timestamps: bool, count: u32) -> Handle {
    on_device(device, |state| {
        let ty = match timestamps {
            true => wgpu::QueryType::Timestamp,
            false => wgpu::QueryType::Occlusion,
        };
        let label = Some(label.as_str());
        let set = state
            .devices
            .get(device)?
            .device
            .create_query_set(&wgpu::QuerySetDescriptor { label, ty, count });
        Ok(state.query_sets.add(set))
    })
}

/// `entries` is JSON of wgpu's `BindGroupLayoutEntry`s.
#[napi]
pub fn create_bind_group_layout(device: Handle, label: String, entries: String) -> Handle {
    on_device(device, |state| {
        let entries: Vec<wgpu::BindGroupLayoutEntry> =
            parse("GPUBindGroupLayoutDescriptor", &entries)?;
        let layout = state.devices.get(device)?.device.create_bind_group_layout(
            &wgpu::BindGroupLayoutDescriptor {
                label: Some(&label),
                entries: &entries,
            },
        );
        Ok(state.bind_group_layouts.add(layout))
    })
}

/// What is bound: exactly one of the three handles is not 0.
#[derive(Debug)]
#[napi(object)]
pub struct Binding {
    pub binding: u32,
    pub buffer: Handle,
    pub view: Handle,
    pub sampler: Handle,
    /// Of a buffer, in bytes.
    pub offset: f64,
    /// Of a buffer, in bytes; to its end if there is none.
    pub size: Option<f64>,
}

#[napi]
pub fn create_bind_group(
    device: Handle,
    label: String,
    layout: Handle,
    bindings: Vec<Binding>,
) -> Handle {
    on_device(device, |state| {
        let entries = bindings
            .iter()
            .map(|binding| {
                let resource = if binding.view != 0 {
                    wgpu::BindingResource::TextureView(state.views.get(binding.view)?)
                } else if binding.sampler != 0 {
                    wgpu::BindingResource::Sampler(state.samplers.get(binding.sampler)?)
                } else {
                    let size = match binding.size.map(bytes) {
                        None => None,
                        Some(size) => Some(
                            wgpu::BufferSize::new(size).ok_or("a buffer binding has the size 0")?,
                        ),
                    };
                    wgpu::BindingResource::Buffer(wgpu::BufferBinding {
                        buffer: state.buffers.get(binding.buffer)?,
                        offset: bytes(binding.offset),
                        size,
                    })
                };
                Ok(wgpu::BindGroupEntry {
                    binding: binding.binding,
                    resource,
                })
            })
            .collect::<Result<Vec<_>, String>>()?;
        let group =
            state
                .devices
                .get(device)?
                .device
                .create_bind_group(&wgpu::BindGroupDescriptor {
                    label: Some(&label),
                    layout: state.bind_group_layouts.get(layout)?,
                    entries: &entries,
                });
        Ok(state.bind_groups.add(group))
    })
}
