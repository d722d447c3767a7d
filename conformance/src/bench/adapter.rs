//! A wgpu adapter as a contestant.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use super::{Bindings, Contestant, Job, Ready};
use crate::kernels::Usage;
use crate::programs::{Gpu, Step};

/// An adapter by its name on the command line.
#[derive(Debug)]
pub struct Adapter {
    name: String,
    adapter: wgpu::Adapter,
}

impl Adapter {
    /// A contestant of this name.
    pub fn new(name: &str, adapter: wgpu::Adapter) -> Adapter {
        Adapter {
            name: name.to_owned(),
            adapter,
        }
    }

    fn open(&self) -> Result<Gpu, String> {
        let limits = self.adapter.limits();
        Gpu::with_limits(&self.adapter, wgpu::Features::empty(), limits)
    }
}

/// A pipeline with its bind group.
struct Pipeline {
    gpu: Gpu,
    pipeline: wgpu::ComputePipeline,
    group: wgpu::BindGroup,
    buffers: BTreeMap<(u32, u32), wgpu::Buffer>,
    grid: [u32; 3],
}

impl Contestant for Adapter {
    fn name(&self) -> &str {
        &self.name
    }

    fn prepare<'a>(&'a mut self, job: &Job) -> Result<Option<Box<dyn Ready + 'a>>, String> {
        let gpu = self.open()?;
        let module = gpu.module(&job.source);
        let pipeline = gpu.entry(&module, job.kernel.entry, &[]);
        let mut buffers = BTreeMap::new();
        for buffer in &job.dispatch.buffers {
            let usage = match buffer.usage {
                Usage::Uniform => wgpu::BufferUsages::UNIFORM,
                Usage::ReadOnly => wgpu::BufferUsages::STORAGE,
                Usage::ReadWrite => wgpu::BufferUsages::STORAGE | wgpu::BufferUsages::COPY_SRC,
            } | wgpu::BufferUsages::COPY_DST;
            let made = gpu.buffer(buffer.data.len() as u64, usage);
            gpu.queue.write_buffer(&made, 0, &buffer.data);
            buffers.insert((buffer.group, buffer.binding), made);
        }
        let entries: Vec<_> = buffers
            .iter()
            .map(|((_, binding), buffer)| wgpu::BindGroupEntry {
                binding: *binding,
                resource: buffer.as_entire_binding(),
            })
            .collect();
        let group = gpu.device.create_bind_group(&wgpu::BindGroupDescriptor {
            label: None,
            layout: &pipeline.get_bind_group_layout(0),
            entries: &entries,
        });
        Ok(Some(Box::new(Pipeline {
            grid: job.dispatch.groups,
            gpu,
            pipeline,
            group,
            buffers,
        })))
    }

    fn copy(&mut self, bytes: u64, repeat: usize) -> Result<f64, String> {
        let gpu = self.open()?;
        let usage = wgpu::BufferUsages::COPY_SRC | wgpu::BufferUsages::COPY_DST;
        let (from, to) = (gpu.buffer(bytes, usage), gpu.buffer(bytes, usage));
        let copy = |times: usize| {
            let mut encoder = gpu.device.create_command_encoder(&Default::default());
            for _ in 0..times {
                encoder.copy_buffer_to_buffer(&from, 0, &to, 0, bytes);
            }
            gpu.queue.submit([encoder.finish()]);
            gpu.wait()
        };
        // New memory is zeroed before its first use.
        copy(1)?;
        let start = Instant::now();
        copy(repeat)?;
        Ok(start.elapsed().as_secs_f64() / repeat as f64)
    }
}

impl Ready for Pipeline {
    fn outputs(&mut self, job: &Job) -> Result<Bindings, String> {
        self.time(1)?;
        job.outputs()
            .map(|buffer| {
                let place = (buffer.group, buffer.binding);
                Ok((place, self.gpu.read_bytes(&self.buffers[&place])?))
            })
            .collect()
    }

    fn reset(&mut self, job: &Job) -> Result<(), String> {
        for buffer in job.outputs() {
            let made = &self.buffers[&(buffer.group, buffer.binding)];
            self.gpu.queue.write_buffer(made, 0, &buffer.data);
        }
        self.gpu.submit(&[]);
        self.gpu.wait()
    }

    fn time(&mut self, repeat: usize) -> Result<Duration, String> {
        let step = || Step {
            pipeline: &self.pipeline,
            group: &self.group,
            grid: self.grid,
        };
        let steps: Vec<_> = (0..repeat).map(|_| step()).collect();
        let start = Instant::now();
        self.gpu.submit(&steps);
        self.gpu.wait()?;
        Ok(start.elapsed() / repeat as u32)
    }
}
