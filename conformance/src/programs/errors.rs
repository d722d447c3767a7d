//! Mistakes and missing features: an error in the right scope, and the device lives.

use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::Arc;

use super::{expect, Gpu, Outcome, Step};

/// The device still computes.
fn alive(gpu: &Gpu) -> Outcome {
    let v = gpu.storage(&[1, 2]);
    gpu.run(
        "@group(0) @binding(0) var<storage, read_write> v: array<u32, 2>;
         @compute @workgroup_size(2) fn main(@builtin(local_invocation_index) i: u32) { v[i] *= 3u; }",
        &[&v],
        [1, 1, 1],
    );
    expect("after the error", &gpu.read(&v)?, &[3, 6])
}

/// A validation error that mentions `word`.
fn refused(gpu: &Gpu, word: &str, action: impl FnOnce(&Gpu)) -> Outcome {
    match gpu.error(wgpu::ErrorFilter::Validation, action) {
        Some(message) if message.to_lowercase().contains(word) => Ok(()),
        Some(message) => Err(format!("the error does not mention {word}: {message}")),
        None => Err("no validation error".into()),
    }
}

pub fn shader_error(adapter: &wgpu::Adapter) -> Outcome {
    let gpu = Gpu::open(adapter)?;
    refused(&gpu, "unknown", |gpu| {
        gpu.module("@compute @workgroup_size(1) fn main() { let x = unknown_thing; }");
    })?;
    alive(&gpu)
}

pub fn bad_bind_group(adapter: &wgpu::Adapter) -> Outcome {
    let gpu = Gpu::open(adapter)?;
    let pipeline = gpu.pipeline(
        "struct Big { a: array<u32, 100> }
         @group(0) @binding(0) var<storage, read_write> v: Big;
         @compute @workgroup_size(1) fn main() { v.a[3] = 1u; }",
    );
    let small = gpu.storage(&[0; 8]);
    let other = gpu.filled(&[0; 128], wgpu::BufferUsages::UNIFORM);
    refused(&gpu, "size", |gpu| {
        let group = gpu.bind(&pipeline, &[small.as_entire_binding()]);
        gpu.submit(&[Step {
            pipeline: &pipeline,
            group: &group,
            grid: [1, 1, 1],
        }]);
    })?;
    refused(&gpu, "usage", |gpu| {
        gpu.bind(&pipeline, &[other.as_entire_binding()]);
    })?;
    alive(&gpu)
}

pub fn rendering_is_refused(adapter: &wgpu::Adapter) -> Outcome {
    if adapter.get_info().backend != wgpu::Backend::Noop {
        return Ok(());
    }
    let gpu = Gpu::open(adapter)?;
    let scope = gpu.device.push_error_scope(wgpu::ErrorFilter::Internal);
    let validation = gpu.error(wgpu::ErrorFilter::Validation, |gpu| {
        let module = gpu.module(
            "@vertex fn v() -> @builtin(position) vec4<f32> { return vec4<f32>(); }
             @fragment fn f() -> @location(0) vec4<f32> { return vec4<f32>(); }",
        );
        let _ = gpu
            .device
            .create_render_pipeline(&wgpu::RenderPipelineDescriptor {
                label: None,
                layout: None,
                vertex: wgpu::VertexState {
                    module: &module,
                    entry_point: None,
                    compilation_options: Default::default(),
                    buffers: &[],
                },
                primitive: Default::default(),
                depth_stencil: None,
                multisample: Default::default(),
                fragment: Some(wgpu::FragmentState {
                    module: &module,
                    entry_point: None,
                    compilation_options: Default::default(),
                    targets: &[Some(wgpu::TextureFormat::Rgba8Unorm.into())],
                }),
                multiview_mask: None,
                cache: None,
            });
    });
    let internal = pollster::block_on(scope.pop());
    if validation.is_none() && internal.is_none() {
        return Err("a render pipeline is accepted".into());
    }
    alive(&gpu)
}

pub fn textures_are_refused(adapter: &wgpu::Adapter) -> Outcome {
    if adapter.get_info().backend != wgpu::Backend::Noop {
        return Ok(());
    }
    let gpu = Gpu::open(adapter)?;
    refused(&gpu, "usage", |gpu| {
        let _ = gpu.device.create_texture(&wgpu::TextureDescriptor {
            label: None,
            size: wgpu::Extent3d {
                width: 4,
                height: 4,
                depth_or_array_layers: 1,
            },
            mip_level_count: 1,
            sample_count: 1,
            dimension: wgpu::TextureDimension::D2,
            format: wgpu::TextureFormat::Rgba8Unorm,
            usage: wgpu::TextureUsages::STORAGE_BINDING,
            view_formats: &[],
        });
    })?;
    alive(&gpu)
}

pub fn too_large(adapter: &wgpu::Adapter) -> Outcome {
    let gpu = Gpu::open(adapter)?;
    let size = gpu.device.limits().max_buffer_size + 4;
    refused(&gpu, "size", |gpu| {
        gpu.buffer(size, wgpu::BufferUsages::STORAGE);
    })?;
    alive(&gpu)
}

/// Takes memory until there is no more: an out-of-memory error, and after freeing all is well.
pub fn out_of_memory(adapter: &wgpu::Adapter) -> Outcome {
    // A software rasteriser's memory is the machine's: taking all of it proves nothing.
    if adapter.get_info().backend != wgpu::Backend::Noop {
        return Ok(());
    }
    let limits = wgpu::Limits {
        max_buffer_size: adapter.limits().max_buffer_size,
        ..Default::default()
    };
    let gpu = Gpu::with_limits(adapter, wgpu::Features::empty(), limits)?;
    let size = gpu.device.limits().max_buffer_size.min(1 << 30);
    let mut buffers = Vec::new();
    let error = gpu.error(wgpu::ErrorFilter::OutOfMemory, |gpu| {
        for _ in 0..64 {
            buffers.push(gpu.buffer(size, wgpu::BufferUsages::COPY_DST));
        }
    });
    if error.is_none() {
        return Err(format!("64 buffers of {size} bytes fit"));
    }
    alive(&gpu)?;
    drop(buffers);
    gpu.wait()?;
    let error = gpu.error(wgpu::ErrorFilter::OutOfMemory, |gpu| {
        gpu.buffer(size, wgpu::BufferUsages::COPY_DST);
    });
    error.map_or(Ok(()), |error| Err(format!("after freeing: {error}")))
}

pub fn missing_override(adapter: &wgpu::Adapter) -> Outcome {
    let gpu = Gpu::open(adapter)?;
    let module = gpu.module(
        "override n: u32;
         @group(0) @binding(0) var<storage, read_write> v: array<u32>;
         @compute @workgroup_size(1) fn main() { v[0] = n; }",
    );
    let error = gpu.error(wgpu::ErrorFilter::Validation, |gpu| {
        gpu.entry(&module, "main", &[]);
    });
    error.ok_or("an override without a value is accepted")?;
    let error = gpu.error(wgpu::ErrorFilter::Validation, |gpu| {
        gpu.entry(&module, "main", &[("n", 1.0), ("nobody", 2.0)]);
    });
    error.ok_or("an unknown override is accepted")?;
    alive(&gpu)
}

pub fn wrong_usage(adapter: &wgpu::Adapter) -> Outcome {
    let gpu = Gpu::open(adapter)?;
    let buffer = gpu.buffer(64, wgpu::BufferUsages::STORAGE);
    refused(&gpu, "usage", |gpu| {
        let mut encoder = gpu.device.create_command_encoder(&Default::default());
        encoder.clear_buffer(&buffer, 0, None);
        gpu.queue.submit([encoder.finish()]);
    })?;
    alive(&gpu)
}

pub fn too_much_per_workgroup(adapter: &wgpu::Adapter) -> Outcome {
    let gpu = Gpu::open(adapter)?;
    refused(&gpu, "invocations", |gpu| {
        gpu.pipeline("@compute @workgroup_size(1024, 1024) fn main() {}");
    })?;
    // wgpu-core leaves the size of workgroup memory to the backend, and not every one looks.
    if adapter.get_info().backend == wgpu::Backend::Noop {
        let error = gpu.error(wgpu::ErrorFilter::Internal, |gpu| {
            gpu.pipeline(
                "var<workgroup> w: array<vec4<u32>, 65536>;
                 @compute @workgroup_size(64) fn main(@builtin(local_invocation_index) i: u32) {
                     w[i] = vec4<u32>(i);
                 }",
            );
        });
        error.ok_or("a mebibyte of workgroup memory is accepted")?;
    }
    alive(&gpu)
}

/// Error scopes nest, each catches its kind, and what none catches reaches the handler.
pub fn nested_scopes(adapter: &wgpu::Adapter) -> Outcome {
    let gpu = Gpu::open(adapter)?;
    let uncaught = Arc::new(AtomicU32::new(0));
    let count = uncaught.clone();
    gpu.device.on_uncaptured_error(Arc::new(move |_| {
        count.fetch_add(1, Ordering::Relaxed);
    }));
    let both = wgpu::BufferUsages::MAP_READ | wgpu::BufferUsages::STORAGE;
    let outer = gpu.device.push_error_scope(wgpu::ErrorFilter::Validation);
    let middle = gpu.device.push_error_scope(wgpu::ErrorFilter::OutOfMemory);
    let inner = gpu.device.push_error_scope(wgpu::ErrorFilter::Internal);
    gpu.buffer(64, both);
    let caught = [inner, middle, outer].map(|scope| pollster::block_on(scope.pop()));
    match &caught {
        [None, None, Some(wgpu::Error::Validation { .. })] => {}
        other => return Err(format!("scopes caught {other:?}")),
    }
    gpu.buffer(64, both);
    match uncaught.load(Ordering::Relaxed) {
        1 => alive(&gpu),
        n => Err(format!("the handler saw {n} errors")),
    }
}
