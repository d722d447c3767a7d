//! What host and card have to do with each other besides running kernels: transfers, and the host's
//! own part in a dispatch.

use std::time::{Duration, Instant};

use super::median;
use crate::programs::{Gpu, Step};

/// Bytes of the transfers.
const TRANSFER: usize = 16 << 20;

/// Dispatches that are recorded together.
const DISPATCHES: usize = 512;

const NOTHING: &str = "
@group(0) @binding(0) var<storage, read_write> word: array<u32, 1>;
@compute @workgroup_size(1) fn main() { word[0] = 1u; }
";

/// What the measurements work on.
struct Bench {
    gpu: Gpu,
    buffer: wgpu::Buffer,
    data: Vec<u8>,
    pipeline: wgpu::ComputePipeline,
    group: wgpu::BindGroup,
}

/// A measurement: the time that counts, which need not be all that passes.
type Measure = fn(&Bench) -> Result<Duration, String>;

/// The measurements: name, and what is done.
const MEASURES: [(&str, &str, Measure); 5] = [
    ("submit", "nothing", |b| {
        timed(|| {
            b.gpu.queue.write_buffer(&b.buffer, 0, &b.data[..4]);
            b.gpu.submit(&[]);
            b.gpu.wait()
        })
    }),
    ("launch", "a dispatch", |b| {
        timed(|| {
            b.gpu.submit(&[b.step()]);
            b.gpu.wait()
        })
    }),
    ("record", "512 dispatches", |b| {
        // What the host does until `submit` returns; the card finishes outside of the time.
        let took = timed(|| {
            b.gpu
                .submit(&(0..DISPATCHES).map(|_| b.step()).collect::<Vec<_>>());
            Ok(())
        });
        b.gpu.wait()?;
        took
    }),
    ("upload", "16 MiB", |b| {
        timed(|| {
            b.gpu.queue.write_buffer(&b.buffer, 0, &b.data);
            b.gpu.submit(&[]);
            b.gpu.wait()
        })
    }),
    ("read back", "16 MiB", |b| {
        timed(|| {
            let got = b.gpu.read_bytes(&b.buffer)?;
            match got[4..] == b.data[4..] {
                true => Ok(()),
                false => Err("the bytes read are not those written".into()),
            }
        })
    }),
];

fn timed(action: impl FnOnce() -> Result<(), String>) -> Result<Duration, String> {
    let start = Instant::now();
    action()?;
    Ok(start.elapsed())
}

impl Bench {
    fn new(adapter: &wgpu::Adapter) -> Result<Bench, String> {
        let gpu = Gpu::with_limits(adapter, wgpu::Features::empty(), adapter.limits())?;
        let usage = wgpu::BufferUsages::COPY_SRC
            | wgpu::BufferUsages::COPY_DST
            | wgpu::BufferUsages::STORAGE;
        let buffer = gpu.buffer(TRANSFER as u64, usage);
        let data: Vec<u8> = (0..TRANSFER).map(|i| (i ^ i >> 8) as u8).collect();
        gpu.queue.write_buffer(&buffer, 0, &data);
        let module = gpu.module(NOTHING);
        let pipeline = gpu.entry(&module, "main", &[]);
        let group = gpu.device.create_bind_group(&wgpu::BindGroupDescriptor {
            label: None,
            layout: &pipeline.get_bind_group_layout(0),
            entries: &[wgpu::BindGroupEntry {
                binding: 0,
                resource: wgpu::BindingResource::Buffer(wgpu::BufferBinding {
                    buffer: &buffer,
                    offset: 0,
                    size: std::num::NonZero::new(4),
                }),
            }],
        });
        Ok(Bench {
            gpu,
            buffer,
            data,
            pipeline,
            group,
        })
    }

    fn step(&self) -> Step<'_> {
        Step {
            pipeline: &self.pipeline,
            group: &self.group,
            grid: [1, 1, 1],
        }
    }
}

/// A measurement's result.
#[derive(Debug)]
pub struct Cost {
    /// Its name.
    pub name: &'static str,
    /// What was done.
    pub what: &'static str,
    /// Dispatches or other things that were done in the time.
    pub count: usize,
    /// Median seconds for all of them, by adapter.
    pub seconds: Vec<f64>,
}

/// Measures adapters in turns, what `wanted` chooses by name.
pub fn costs(
    adapters: &[wgpu::Adapter],
    rounds: usize,
    wanted: impl Fn(&str) -> bool,
) -> Result<Vec<Cost>, String> {
    let benches = adapters
        .iter()
        .map(Bench::new)
        .collect::<Result<Vec<_>, _>>()?;
    let mut costs = Vec::new();
    for (name, what, measure) in MEASURES.iter().filter(|(name, ..)| wanted(name)) {
        let mut times = vec![Vec::new(); benches.len()];
        for round in 0..=rounds {
            for (bench, times) in benches.iter().zip(&mut times) {
                let time = measure(bench).map_err(|error| format!("{name}: {error}"))?;
                // The first warms up.
                if round > 0 {
                    times.push(time);
                }
            }
        }
        let seconds = times
            .iter_mut()
            .map(|times| median(times).unwrap_or_default().as_secs_f64());
        costs.push(Cost {
            name,
            what,
            count: if *name == "record" { DISPATCHES } else { 1 },
            seconds: seconds.collect(),
        });
    }
    Ok(costs)
}
