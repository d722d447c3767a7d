//! What the examples share: opening a device and the two or three steps around every dispatch.
//!
//! All of it is ordinary wgpu. The one line that is ours is `wgpu_egpu::instance()`; put
//! `wgpu::Instance::default()` there and the same program runs on wgpu's own backends.

use bytemuck::Pod;
use wgpu::util::DeviceExt;

/// An open device.
pub struct Gpu {
    /// Makes resources.
    pub device: wgpu::Device,
    /// Takes work.
    pub queue: wgpu::Queue,
}

/// Opens the first adapter and prints its name.
pub fn open() -> Result<Gpu, Box<dyn std::error::Error>> {
    open_with(|_| wgpu::Limits::default())
}

/// The same with limits of one's own choice.
pub fn open_with(
    limits: impl FnOnce(&wgpu::Adapter) -> wgpu::Limits,
) -> Result<Gpu, Box<dyn std::error::Error>> {
    let instance = wgpu_egpu::instance();
    let adapter = pollster::block_on(instance.request_adapter(&Default::default()))?;
    println!("{}", adapter.get_info().name);
    let descriptor = wgpu::DeviceDescriptor {
        required_limits: limits(&adapter),
        ..Default::default()
    };
    let (device, queue) = pollster::block_on(adapter.request_device(&descriptor))?;
    Ok(Gpu { device, queue })
}

impl Gpu {
    /// A storage buffer with contents.
    pub fn storage<T: Pod>(&self, contents: &[T]) -> wgpu::Buffer {
        self.device
            .create_buffer_init(&wgpu::util::BufferInitDescriptor {
                label: None,
                contents: bytemuck::cast_slice(contents),
                usage: wgpu::BufferUsages::STORAGE
                    | wgpu::BufferUsages::COPY_SRC
                    | wgpu::BufferUsages::COPY_DST,
            })
    }

    /// A zeroed storage buffer.
    pub fn zeroed(&self, size: u64) -> wgpu::Buffer {
        self.device.create_buffer(&wgpu::BufferDescriptor {
            label: None,
            size,
            usage: wgpu::BufferUsages::STORAGE
                | wgpu::BufferUsages::COPY_SRC
                | wgpu::BufferUsages::COPY_DST,
            mapped_at_creation: false,
        })
    }

    /// A uniform buffer.
    pub fn uniform<T: Pod>(&self, contents: &T) -> wgpu::Buffer {
        self.device
            .create_buffer_init(&wgpu::util::BufferInitDescriptor {
                label: None,
                contents: bytemuck::bytes_of(contents),
                usage: wgpu::BufferUsages::UNIFORM | wgpu::BufferUsages::COPY_DST,
            })
    }

    /// A compute pipeline from WGSL text, its layout taken from the shader.
    pub fn pipeline(&self, wgsl: &str, entry: &str) -> wgpu::ComputePipeline {
        let module = self
            .device
            .create_shader_module(wgpu::ShaderModuleDescriptor {
                label: None,
                source: wgpu::ShaderSource::Wgsl(wgsl.into()),
            });
        self.device
            .create_compute_pipeline(&wgpu::ComputePipelineDescriptor {
                label: Some(entry),
                layout: None,
                module: &module,
                entry_point: Some(entry),
                compilation_options: Default::default(),
                cache: None,
            })
    }

    /// Group 0 of a pipeline, bindings 0, 1, 2, … in order.
    pub fn bind(
        &self,
        pipeline: &wgpu::ComputePipeline,
        buffers: &[&wgpu::Buffer],
    ) -> wgpu::BindGroup {
        let entries: Vec<_> = (0..)
            .zip(buffers)
            .map(|(binding, buffer)| wgpu::BindGroupEntry {
                binding,
                resource: buffer.as_entire_binding(),
            })
            .collect();
        self.device.create_bind_group(&wgpu::BindGroupDescriptor {
            label: None,
            layout: &pipeline.get_bind_group_layout(0),
            entries: &entries,
        })
    }

    /// Runs one dispatch.
    pub fn dispatch(
        &self,
        pipeline: &wgpu::ComputePipeline,
        group: &wgpu::BindGroup,
        [x, y, z]: [u32; 3],
    ) {
        let mut encoder = self.device.create_command_encoder(&Default::default());
        {
            let mut pass = encoder.begin_compute_pass(&Default::default());
            pass.set_pipeline(pipeline);
            pass.set_bind_group(0, group, &[]);
            pass.dispatch_workgroups(x, y, z);
        }
        self.queue.submit([encoder.finish()]);
    }

    /// Reads a buffer back.
    pub fn read<T: Pod>(
        &self,
        buffer: &wgpu::Buffer,
    ) -> Result<Vec<T>, Box<dyn std::error::Error>> {
        let staging = self.device.create_buffer(&wgpu::BufferDescriptor {
            label: None,
            size: buffer.size(),
            usage: wgpu::BufferUsages::MAP_READ | wgpu::BufferUsages::COPY_DST,
            mapped_at_creation: false,
        });
        let mut encoder = self.device.create_command_encoder(&Default::default());
        encoder.copy_buffer_to_buffer(buffer, 0, &staging, 0, buffer.size());
        self.queue.submit([encoder.finish()]);
        let (sender, receiver) = std::sync::mpsc::channel();
        staging.map_async(wgpu::MapMode::Read, .., move |result| {
            // The receiver lives until the poll below returns.
            let _ = sender.send(result);
        });
        self.device.poll(wgpu::PollType::wait_indefinitely())?;
        receiver.recv()??;
        let data = staging.get_mapped_range(..)?;
        Ok(bytemuck::pod_collect_to_vec(&data))
    }
}

/// Writes a PNG of 8-bit RGB pixels.
pub fn write_png(
    path: &str,
    width: u32,
    height: u32,
    rgb: &[u8],
) -> Result<(), Box<dyn std::error::Error>> {
    let file = std::io::BufWriter::new(std::fs::File::create(path)?);
    let mut encoder = png::Encoder::new(file, width, height);
    encoder.set_color(png::ColorType::Rgb);
    encoder.set_depth(png::BitDepth::Eight);
    encoder.write_header()?.write_image_data(rgb)?;
    println!("wrote {path}");
    Ok(())
}
