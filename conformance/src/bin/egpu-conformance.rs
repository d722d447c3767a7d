//! `egpu-conformance`: runs the conformance cases on devices, prints a table for
//! each and exits with 1 if a case failed.

use egpu_conformance::args;
use egpu_conformance::cases::{jobs, GROUPS};
use egpu_conformance::device::{Device, InterpreterDevice, Judge, FEATURES};
use egpu_conformance::runner::{self, Options, Report};
use lexopt::{prelude::*, Parser};
use std::process::ExitCode;

const USAGE: &str = "\
usage: egpu-conformance [OPTION]… [FILTER]…
    runs every case whose group/name contains a FILTER (all without one)
    --adapter A,B…    devices: interpreter (default), virtual-gfx1100, vulkan, … (docs/cli.md)
    --strict          virtual cards in strict mode
    --seed N          of virtual cards in strict mode; of the PTX interpreter's approximations
                      and of the order in which its streams run
    --ieee, --spec    judge by IEEE arithmetic where a case knows its result,
                      or only by the WGSL specification (default: what the device asks for)
    --every N         run one job of every N
    --threads N       run on so many devices of the kind at once (default 1)
    --without F,G…    leave out cases that need these features (F16, I64, …)
    --verbose         name each job on standard error before it runs
    --show N          failures to show (default 20)
    --json FILE       write the reports as JSON (- for standard output)
    --list            list the groups and their jobs
    --dump            print the shader of each wanted job instead of running it";

struct Arguments {
    adapters: Vec<String>,
    options: Options,
    show: usize,
    json: Option<String>,
    threads: usize,
    list: bool,
    dump: bool,
    verbose: bool,
    strict: bool,
    seed: u64,
}

fn arguments(parser: &mut Parser) -> Result<Option<Arguments>, lexopt::Error> {
    let mut a = Arguments {
        adapters: vec!["interpreter".into()],
        options: Options {
            every: 1,
            ..Default::default()
        },
        show: 20,
        json: None,
        threads: 1,
        list: false,
        dump: false,
        verbose: false,
        strict: false,
        seed: 0,
    };
    while let Some(arg) = parser.next()? {
        match arg {
            Long("adapter") => a.adapters = args::list(parser)?,
            Long("ieee") => a.options.judge = Some(Judge::Ieee),
            Long("spec") => a.options.judge = Some(Judge::Specification),
            Long("every") => a.options.every = parser.value()?.parse()?,
            Long("threads") => a.threads = parser.value()?.parse::<usize>()?.max(1),
            Long("without") => {
                for name in args::list(parser)? {
                    let known = FEATURES.iter().find(|f| format!("{f:?}") == name);
                    let Some(feature) = known else {
                        return Err(format!("no feature `{name}`, only {FEATURES:?}").into());
                    };
                    a.options.without.push(*feature);
                }
            }
            Long("verbose") => a.verbose = true,
            Long("strict") => a.strict = true,
            Long("seed") => a.seed = parser.value()?.parse()?,
            Long("show") => a.show = parser.value()?.parse()?,
            Long("json") => a.json = Some(parser.value()?.string()?),
            Long("list") => a.list = true,
            Long("dump") => a.dump = true,
            Short('h') | Long("help") => return Ok(None),
            Value(v) => a.options.filters.push(v.string()?),
            other => return Err(other.unexpected()),
        }
    }
    Ok(Some(a))
}

#[cfg(feature = "devices")]
fn device(name: &str, a: &Arguments) -> Result<Box<dyn Device>, String> {
    use egpu_conformance::{adapters, wgpu_device::WgpuDevice};
    if name == "interpreter" {
        return Ok(Box::new(InterpreterDevice::default()));
    }
    adapters::log_errors();
    let adapter = adapters::open(name, a.strict, a.seed)?;
    let judge = adapters::judge(name);
    let device = WgpuDevice::open(&adapter, name, judge).map_err(|e| format!("{name}: {e}"))?;
    Ok(Box::new(device))
}

#[cfg(not(feature = "devices"))]
fn device(name: &str, _: &Arguments) -> Result<Box<dyn Device>, String> {
    match name {
        "interpreter" => Ok(Box::new(InterpreterDevice::default())),
        other => Err(format!("{other}: built without the feature `devices`")),
    }
}

fn list(a: &Arguments) {
    let wanted = |group: &str, name: &str| {
        a.options.filters.is_empty()
            || a.options
                .filters
                .iter()
                .any(|f| format!("{group}/{name}").contains(f.as_str()))
    };
    if a.list {
        GROUPS
            .iter()
            .for_each(|(name, about, _)| println!("{name:12} {about}"));
    }
    jobs(&wanted, &mut |job| {
        println!("{}/{} ({} cases)", job.group, job.name, job.cases);
        if a.dump {
            println!("{}\n", job.invocation.wgsl);
        }
    });
}

/// One device's report, on threads with a device and every so-manieth job each.
fn report(name: &str, a: &Arguments) -> Result<Report, String> {
    let part = |first: usize| {
        let mut device = device(name, a)?;
        let options = Options {
            every: a.options.every.max(1) * a.threads,
            first: first * a.options.every.max(1),
            ..a.options.clone()
        };
        Ok(runner::run(device.as_mut(), &options, &mut |job| {
            if a.verbose {
                eprintln!("{}/{}", job.group, job.name);
            }
        }))
    };
    std::thread::scope(|scope| {
        let parts: Vec<_> = (0..a.threads)
            .map(|first| scope.spawn(move || part(first)))
            .collect();
        let mut whole: Option<Report> = None;
        for part in parts {
            let part: Result<Report, String> = part
                .join()
                .map_err(|_| format!("{name}: a thread panicked"))?;
            match &mut whole {
                None => whole = Some(part?),
                Some(whole) => whole.add(part?),
            }
        }
        whole.ok_or_else(|| format!("{name}: nothing ran"))
    })
}

fn main() -> ExitCode {
    args::command("egpu-conformance", USAGE, arguments, run)
}

fn run(a: &Arguments) -> Result<bool, String> {
    if a.list || a.dump {
        list(a);
        return Ok(true);
    }
    let mut reports = Vec::new();
    for name in &a.adapters {
        let report = report(name, a)?;
        if a.json.as_deref() != Some("-") {
            println!("{}", report.table(a.show));
        }
        reports.push(report);
    }
    if let Some(path) = &a.json {
        let text = serde_json::to_string_pretty(&reports).map_err(|e| format!("JSON: {e}"))?;
        if path == "-" {
            println!("{text}");
        } else {
            std::fs::write(path, text).map_err(|e| format!("{path}: {e}"))?;
        }
    }
    Ok(reports.iter().all(|r| r.passed()))
}
