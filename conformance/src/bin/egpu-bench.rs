//! `egpu-bench`: kernels on several adapters, and other programs, in one run (`bench` in the library
//! says how), with medians, ratios and what that is of what the card can do.
//!
//! `virtual@usb4` is a virtual card behind the model of a cable: beside `virtual` it shows what an
//! enclosure would cost, in the kernels and in the transfers that follow them.

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use egpu_conformance::adapters;
use egpu_conformance::args;
use egpu_conformance::bench::adapter::Adapter;
use egpu_conformance::bench::report::Report;
use egpu_conformance::bench::{self, host, twin, Contestant, Job};
use egpu_conformance::kernels::{self, Kernel};
use lexopt::{prelude::*, Parser};
use wgpu_egpu::cards::egpu_link::Cable;

/// Behind an adapter's name: a virtual card at the far end of a USB4 cable.
const CABLE: &str = "@usb4";

/// Bytes of the copy within the card's memory, and for the largest cards.
const COPY: u64 = 16 << 20;
const LARGE_COPY: u64 = 512 << 20;

const USAGE: &str = "\
usage: egpu-bench [--adapter A,B@usb4…] [--twins PROGRAM] [--kernels DIR] [--filter TEXT]
                  [--rounds N] [--size-percent P | --large] [--peak TFLOPS] [--json FILE]
    figures are of the first adapter; `x NAME` is how many times as fast as NAME it is
    --twins PROGRAM   one that runs the same work (conformance/gpu/twins)
    --kernels DIR     other sources for the kernels, by their names
    --large           sizes for the largest cards
    --peak TFLOPS     what the card can do at most in f32
    --json FILE       everything, written anew after each kernel";

#[derive(Default)]
struct Arguments {
    adapters: Vec<String>,
    twins: Option<PathBuf>,
    kernels: Option<PathBuf>,
    filter: String,
    rounds: usize,
    size_percent: u64,
    large: bool,
    peak: Option<f64>,
    json: Option<PathBuf>,
}

fn arguments(parser: &mut Parser) -> Result<Option<Arguments>, lexopt::Error> {
    let mut arguments = Arguments {
        adapters: vec!["virtual".into()],
        rounds: 7,
        size_percent: 100,
        ..Arguments::default()
    };
    while let Some(argument) = parser.next()? {
        match argument {
            Long("adapter") => arguments.adapters = args::list(parser)?,
            Long("twins") => arguments.twins = Some(parser.value()?.into()),
            Long("kernels") => arguments.kernels = Some(parser.value()?.into()),
            Long("filter") => arguments.filter = parser.value()?.string()?,
            Long("rounds") => arguments.rounds = parser.value()?.parse::<usize>()?.max(1),
            Long("size-percent") => arguments.size_percent = parser.value()?.parse()?,
            Long("large") => arguments.large = true,
            Long("peak") => arguments.peak = Some(1e12 * parser.value()?.parse::<f64>()?),
            Long("json") => arguments.json = Some(parser.value()?.into()),
            Short('h') | Long("help") => return Ok(None),
            other => return Err(other.unexpected()),
        }
    }
    Ok(Some(arguments))
}

impl Arguments {
    /// The work, made on all processors: inputs and expectations of large sizes take seconds each.
    fn jobs(&self) -> Result<Vec<Job>, String> {
        let wanted = kernels::KERNELS
            .iter()
            .filter(|kernel| kernel.name.contains(&self.filter))
            .map(|kernel| Ok((kernel, self.source(kernel)?)))
            .collect::<Result<Vec<_>, String>>()?;
        let jobs = std::thread::scope(|scope| {
            let parts: Vec<_> = wanted
                .into_iter()
                .map(|(kernel, source)| {
                    scope.spawn(move || Job::new(kernel, self.size(kernel), source))
                })
                .collect();
            parts
                .into_iter()
                .map(|part| part.join())
                .collect::<Vec<_>>()
        });
        jobs.into_iter()
            .map(|job| job.map_err(|_| "a kernel's inputs could not be made".into()))
            .collect()
    }

    fn size(&self, kernel: &Kernel) -> u32 {
        match self.large {
            true => kernel.large_size,
            false => (u64::from(kernel.bench_size) * self.size_percent / 100).max(1) as u32,
        }
    }

    fn source(&self, kernel: &Kernel) -> Result<Option<String>, String> {
        let Some(folder) = &self.kernels else {
            return Ok(None);
        };
        let path = folder.join(kernel.name).with_extension("wgsl");
        let text = std::fs::read_to_string(&path);
        text.map(Some)
            .map_err(|e| format!("{}: {e}", path.display()))
    }
}

fn save(report: &Report, path: Option<&Path>) -> Result<(), String> {
    let Some(path) = path else {
        return Ok(());
    };
    std::fs::write(path, report.json().to_string()).map_err(|e| format!("{}: {e}", path.display()))
}

fn run(arguments: &Arguments) -> Result<bool, String> {
    adapters::log_errors();
    let mut opened = Vec::new();
    let mut contestants: Vec<Box<dyn Contestant>> = Vec::new();
    for name in &arguments.adapters {
        let adapter = match name.strip_suffix(CABLE) {
            Some(name) => adapters::open_behind(name, Cable::USB4)?,
            None => adapters::open(name, false, 0)?,
        };
        let info = adapter.get_info();
        println!("{name}: {} ({})", info.name, info.driver_info);
        contestants.push(Box::new(Adapter::new(name, adapter.clone())));
        opened.push(adapter);
    }
    let mut right = true;
    if let Some(path) = &arguments.twins {
        match twin::start(path) {
            Ok(twins) => {
                for twin in twins {
                    println!("{}: {}", twin.name(), path.display());
                    contestants.push(Box::new(twin));
                }
            }
            Err(error) => {
                println!("FAILED twins: {error}");
                right = false;
            }
        }
    }
    let size = if arguments.large { LARGE_COPY } else { COPY };
    let (copies, faults) = bench::copies(&mut contestants, size, arguments.rounds.min(3));
    for fault in &faults {
        println!("{fault}");
    }
    let mut report = Report {
        names: contestants.iter().map(|c| c.name().to_owned()).collect(),
        copies,
        peak: arguments.peak,
        aims: arguments.adapters[0] == "cuda",
        rows: Vec::new(),
        costs: Vec::new(),
    };
    println!("{}\n\n{}", report.capabilities(), report.heading());
    for job in arguments.jobs()? {
        let row = bench::race(&mut contestants, &job, arguments.rounds);
        println!("{}", report.row(&row));
        report.rows.push(row);
        save(&report, arguments.json.as_deref())?;
    }
    println!("\n{}", report.means());
    report.costs = host::costs(&opened, arguments.rounds, |name| {
        name.contains(&arguments.filter)
    })?;
    if !report.costs.is_empty() {
        println!("{}", report.costs());
    }
    save(&report, arguments.json.as_deref())?;
    Ok(right && faults.is_empty() && report.is_right())
}

fn main() -> ExitCode {
    args::command("egpu-bench", USAGE, arguments, run)
}
