//! `egpu-bench`: kernels on several adapters in one run, checked against the CPU, with medians and
//! ratios.
//!
//! What is timed is what a user waits for: from `submit` until `poll` returns, several dispatches a
//! submission so that the fixed cost of a submission does not hide a small kernel. Adapters take
//! turns within each round, so that a noisy machine disturbs all of them alike; figures are medians,
//! and only ratios of one run mean anything. `virtual@usb4` is a virtual card behind the model of a
//! cable: beside `virtual` it shows what an enclosure would cost, in the kernels and in the
//! transfers that follow them.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::{Duration, Instant};

use egpu_conformance::kernels::{self, Dispatch, Kernel, Usage};
use egpu_conformance::{adapters, programs};
use serde_json::json;
use wgpu_egpu::cards::egpu_link::Cable;

/// Behind an adapter's name: a virtual card at the far end of a USB4 cable.
const CABLE: &str = "@usb4";

/// Bytes of the transfers.
const TRANSFER: usize = 16 << 20;

const USAGE: &str = "usage: egpu-bench [--adapter A,B@usb4…] [--kernels DIR] [--filter TEXT] \
                     [--rounds N] [--size-percent P] [--json FILE]
       egpu-bench (--export DIR | --verify DIR) [--filter TEXT] [--size-percent P]
            writes each kernel's work to files, or checks what another program left there";

struct Arguments {
    adapters: Vec<String>,
    kernels: Option<PathBuf>,
    filter: String,
    rounds: usize,
    size_percent: u64,
    json: Option<PathBuf>,
    export: Option<PathBuf>,
    verify: Option<PathBuf>,
}

fn arguments() -> Result<Arguments, lexopt::Error> {
    use lexopt::prelude::*;
    let mut arguments = Arguments {
        adapters: vec!["virtual".into()],
        kernels: None,
        filter: String::new(),
        rounds: 7,
        size_percent: 100,
        json: None,
        export: None,
        verify: None,
    };
    let mut parser = lexopt::Parser::from_env();
    while let Some(argument) = parser.next()? {
        match argument {
            Long("adapter") => {
                arguments.adapters = parser
                    .value()?
                    .string()?
                    .split(',')
                    .map(str::to_owned)
                    .collect();
            }
            Long("kernels") => arguments.kernels = Some(parser.value()?.into()),
            Long("filter") => arguments.filter = parser.value()?.string()?,
            Long("rounds") => arguments.rounds = parser.value()?.parse::<usize>()?.max(1),
            Long("size-percent") => arguments.size_percent = parser.value()?.parse()?,
            Long("json") => arguments.json = Some(parser.value()?.into()),
            Long("export") => arguments.export = Some(parser.value()?.into()),
            Long("verify") => arguments.verify = Some(parser.value()?.into()),
            other => return Err(other.unexpected()),
        }
    }
    Ok(arguments)
}

/// A kernel made ready on one adapter.
struct Ready {
    gpu: programs::Gpu,
    pipeline: wgpu::ComputePipeline,
    group: wgpu::BindGroup,
    buffers: BTreeMap<(u32, u32), wgpu::Buffer>,
    groups: [u32; 3],
    /// Dispatches a submission.
    repeat: usize,
}

fn prepare(
    adapter: &wgpu::Adapter,
    source: &str,
    entry: &str,
    work: &Dispatch,
) -> Result<Ready, String> {
    let limits = adapter.limits();
    let gpu = programs::Gpu::with_limits(adapter, wgpu::Features::empty(), limits)?;
    let module = gpu.module(source);
    let pipeline = gpu.entry(&module, entry, &[]);
    let mut buffers = BTreeMap::new();
    for buffer in &work.buffers {
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
    Ok(Ready {
        gpu,
        pipeline,
        group,
        buffers,
        groups: work.groups,
        repeat: 1,
    })
}

impl Ready {
    fn run(&self, repeat: usize) -> Result<Duration, String> {
        let step = || programs::Step {
            pipeline: &self.pipeline,
            group: &self.group,
            grid: self.groups,
        };
        let steps: Vec<_> = (0..repeat).map(|_| step()).collect();
        let start = Instant::now();
        self.gpu.submit(&steps);
        self.gpu.wait()?;
        Ok(start.elapsed() / repeat as u32)
    }

    /// One dispatch from fresh inputs against the CPU's expectation.
    fn check(&self, kernel: &Kernel, work: &Dispatch) -> Result<(), String> {
        self.run(1)?;
        let mut results = BTreeMap::new();
        for buffer in work
            .buffers
            .iter()
            .filter(|buffer| buffer.usage == Usage::ReadWrite)
        {
            let place = (buffer.group, buffer.binding);
            results.insert(place, self.gpu.read_bytes(&self.buffers[&place])?);
        }
        kernels::check(&kernel.expected(work), &results).map_err(|error| error.to_string())
    }
}

impl Arguments {
    fn kernels(&self) -> impl Iterator<Item = (&'static Kernel, u32)> + use<'_> {
        kernels::KERNELS
            .iter()
            .filter(|kernel| kernel.name.contains(&self.filter))
            .map(|kernel| {
                let size = kernel.bench_size as u64 * self.size_percent / 100;
                (kernel, size.max(1) as u32)
            })
    }
}

/// Writes a kernel's work for a program that is not ours: `dispatch` has the workgroups in x, y, z,
/// then binding and usage of each buffer, whose contents are in `BINDING.in`.
fn export(folder: &Path, kernel: &Kernel, work: &Dispatch) -> std::io::Result<()> {
    let folder = folder.join(kernel.name);
    std::fs::create_dir_all(&folder)?;
    let [x, y, z] = work.groups;
    let mut text = format!("{x} {y} {z}\n");
    for buffer in &work.buffers {
        let usage = match buffer.usage {
            Usage::Uniform => "uniform",
            Usage::ReadOnly => "read",
            Usage::ReadWrite => "read_write",
        };
        text += &format!("{} {usage}\n", buffer.binding);
        std::fs::write(folder.join(format!("{}.in", buffer.binding)), &buffer.data)?;
    }
    std::fs::write(folder.join("dispatch"), text)
}

/// Checks what that program left in `BINDING.out`.
fn verify(folder: &Path, kernel: &Kernel, work: &Dispatch) -> Result<(), String> {
    let mut results = BTreeMap::new();
    for buffer in &work.buffers {
        if buffer.usage == Usage::ReadWrite {
            let path = folder
                .join(kernel.name)
                .join(format!("{}.out", buffer.binding));
            let bytes = std::fs::read(&path).map_err(|e| format!("{}: {e}", path.display()))?;
            results.insert((buffer.group, buffer.binding), bytes);
        }
    }
    kernels::check(&kernel.expected(work), &results).map_err(|error| error.to_string())
}

/// Work in files, if that is what is asked for: whether all of it is right.
fn files(arguments: &Arguments) -> Result<Option<bool>, String> {
    let (Some(folder), only_writes) = (match (&arguments.export, &arguments.verify) {
        (Some(folder), _) => (Some(folder), true),
        (None, folder) => (folder.as_ref(), false),
    }) else {
        return Ok(None);
    };
    let mut right = true;
    for (kernel, size) in arguments.kernels() {
        let work = kernel.dispatch(size, 1);
        if only_writes {
            export(folder, kernel, &work).map_err(|e| format!("{}: {e}", folder.display()))?;
            continue;
        }
        match verify(folder, kernel, &work) {
            Ok(()) => println!("{} is right", kernel.name),
            Err(error) => {
                println!("{} is WRONG: {error}", kernel.name);
                right = false;
            }
        }
    }
    Ok(Some(right))
}

fn median(times: &mut [Duration]) -> Duration {
    times.sort();
    times[times.len() / 2]
}

/// What passes between host and card besides kernels.
struct Transfers {
    gpu: programs::Gpu,
    buffer: wgpu::Buffer,
    data: Vec<u8>,
}

/// One kind of transfer.
type Transfer = fn(&Transfers) -> Result<(), String>;

/// The kinds, by name.
const TRANSFERS: [(&str, &str, Transfer); 3] = [
    ("submit", "nothing", |t| {
        t.gpu.queue.write_buffer(&t.buffer, 0, &t.data[..4]);
        t.gpu.submit(&[]);
        t.gpu.wait()
    }),
    ("upload", "16 MiB", |t| {
        t.gpu.queue.write_buffer(&t.buffer, 0, &t.data);
        t.gpu.submit(&[]);
        t.gpu.wait()
    }),
    ("read back", "16 MiB", |t| {
        let got = t.gpu.read_bytes(&t.buffer)?;
        (got == t.data)
            .then_some(())
            .ok_or_else(|| "the bytes read are not those written".into())
    }),
];

impl Transfers {
    fn new(adapter: &wgpu::Adapter) -> Result<Transfers, String> {
        let gpu = programs::Gpu::with_limits(adapter, wgpu::Features::empty(), adapter.limits())?;
        let usage = wgpu::BufferUsages::COPY_SRC | wgpu::BufferUsages::COPY_DST;
        let buffer = gpu.buffer(TRANSFER as u64, usage);
        let data = (0..TRANSFER).map(|i| (i ^ i >> 8) as u8).collect();
        Ok(Transfers { gpu, buffer, data })
    }
}

/// Medians of each adapter for one kind of transfer, in milliseconds.
fn transfer(ready: &[Transfers], run: Transfer, rounds: usize) -> Result<Vec<f64>, String> {
    let mut times = vec![Vec::new(); ready.len()];
    for round in 0..=rounds {
        for (one, times) in ready.iter().zip(&mut times) {
            let start = Instant::now();
            run(one)?;
            // The first warms up.
            if round > 0 {
                times.push(start.elapsed());
            }
        }
    }
    Ok(times
        .iter_mut()
        .map(|times| median(times).as_secs_f64() * 1e3)
        .collect())
}

fn bench() -> Result<bool, String> {
    let arguments = arguments().map_err(|error| format!("{error}\n{USAGE}"))?;
    if let Some(right) = files(&arguments)? {
        return Ok(right);
    }
    adapters::log_errors();
    let mut opened = Vec::new();
    for name in &arguments.adapters {
        let adapter = match name.strip_suffix(CABLE) {
            Some(name) => adapters::open_behind(name, Cable::USB4)?,
            None => adapters::open(name, false, 0)?,
        };
        let info = adapter.get_info();
        println!("{name}: {} ({})", info.name, info.driver_info);
        opened.push(adapter);
    }
    print!("\n{:<12}{:>14}", "kernel", "size");
    for name in &arguments.adapters {
        print!("{name:>16} ms");
    }
    if opened.len() > 1 {
        print!("{:>10}", "ratio");
    }
    println!();

    let mut rows = Vec::new();
    let mut all_right = true;
    let mut logs = 0.0;
    for (kernel, size) in arguments.kernels() {
        let source = match &arguments.kernels {
            None => kernel.source.to_owned(),
            Some(folder) => {
                let path = folder.join(kernel.name).with_extension("wgsl");
                std::fs::read_to_string(&path).map_err(|e| format!("{}: {e}", path.display()))?
            }
        };
        let work = kernel.dispatch(size, 1);
        let mut ready = Vec::new();
        let mut faults = Vec::new();
        for (name, adapter) in arguments.adapters.iter().zip(&opened) {
            let made = prepare(adapter, &source, kernel.entry, &work)?;
            if let Err(error) = made.check(kernel, &work) {
                all_right = false;
                faults.push(format!("{name}: {error}"));
            }
            ready.push(made);
        }
        // Warm up, and find how many dispatches make ten milliseconds.
        for one in &mut ready {
            let time = one.run(1)?.max(Duration::from_nanos(1));
            one.repeat = (10_000_000 / time.as_nanos()).clamp(1, 64) as usize;
        }
        let mut times = vec![Vec::new(); ready.len()];
        for _ in 0..arguments.rounds {
            for (one, times) in ready.iter().zip(&mut times) {
                times.push(one.run(one.repeat)?);
            }
        }
        let medians: Vec<f64> = times
            .iter_mut()
            .map(|times| median(times).as_secs_f64() * 1e3)
            .collect();
        print!(
            "{:<12}{:>7} {:<6}",
            kernel.name,
            size,
            kernel.unit.chars().take(6).collect::<String>()
        );
        for median in &medians {
            print!("{median:>19.3}");
        }
        if let [first, .., last] = medians.as_slice() {
            print!("{:>10.2}", first / last);
            logs += (first / last).ln();
        }
        println!();
        for fault in &faults {
            println!("    WRONG {fault}");
        }
        rows.push(json!({
            "kernel": kernel.name,
            "size": size,
            "unit": kernel.unit,
            "milliseconds": arguments.adapters.iter().zip(&medians).collect::<BTreeMap<_, _>>(),
            "wrong": faults,
        }));
    }
    if opened.len() > 1 && !rows.is_empty() {
        let names = (
            &arguments.adapters[0],
            &arguments.adapters[opened.len() - 1],
        );
        println!(
            "\ngeomean {}/{}: {:.2}",
            names.0,
            names.1,
            (logs / rows.len() as f64).exp()
        );
    }
    let wanted: Vec<_> = TRANSFERS
        .iter()
        .filter(|(name, ..)| name.contains(&arguments.filter))
        .collect();
    if !wanted.is_empty() {
        println!();
        let ready = opened
            .iter()
            .map(Transfers::new)
            .collect::<Result<Vec<_>, _>>()?;
        for (name, what, run) in wanted {
            let medians = transfer(&ready, *run, arguments.rounds)?;
            print!("{name:<12}{what:>14}");
            for median in &medians {
                print!("{median:>19.3}");
            }
            if let [first, .., last] = medians.as_slice() {
                print!("{:>10.2}", first / last);
            }
            println!();
            rows.push(json!({
                "transfer": name,
                "milliseconds": arguments.adapters.iter().zip(&medians).collect::<BTreeMap<_, _>>(),
            }));
        }
    }
    if let Some(path) = &arguments.json {
        std::fs::write(path, json!({ "kernels": rows }).to_string())
            .map_err(|error| format!("{}: {error}", path.display()))?;
    }
    Ok(all_right)
}

fn main() -> ExitCode {
    match bench() {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(error) => {
            eprintln!("egpu-bench: {error}");
            ExitCode::from(2)
        }
    }
}
