//! `egpu-conformance`: runs the conformance cases on devices, prints a table for
//! each and exits with 1 if a case failed.

use egpu_conformance::cases::{jobs, GROUPS};
use egpu_conformance::device::{Device, InterpreterDevice, Judge, FEATURES};
use egpu_conformance::runner::{run, Options};
use lexopt::prelude::*;
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
    list: bool,
    dump: bool,
    verbose: bool,
    strict: bool,
    seed: u64,
}

fn arguments() -> Result<Option<Arguments>, lexopt::Error> {
    let mut a = Arguments {
        adapters: vec!["interpreter".into()],
        options: Options {
            every: 1,
            ..Default::default()
        },
        show: 20,
        json: None,
        list: false,
        dump: false,
        verbose: false,
        strict: false,
        seed: 0,
    };
    let mut parser = lexopt::Parser::from_env();
    while let Some(arg) = parser.next()? {
        match arg {
            Long("adapter") => {
                a.adapters = parser
                    .value()?
                    .string()?
                    .split(',')
                    .map(Into::into)
                    .collect()
            }
            Long("ieee") => a.options.judge = Some(Judge::Ieee),
            Long("spec") => a.options.judge = Some(Judge::Specification),
            Long("every") => a.options.every = parser.value()?.parse()?,
            Long("without") => {
                for name in parser.value()?.string()?.split(',') {
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

fn main() -> ExitCode {
    let a = match arguments() {
        Ok(Some(a)) => a,
        Ok(None) => {
            println!("{USAGE}");
            return ExitCode::SUCCESS;
        }
        Err(e) => {
            eprintln!("egpu-conformance: {e}\n{USAGE}");
            return ExitCode::from(2);
        }
    };
    if a.list || a.dump {
        list(&a);
        return ExitCode::SUCCESS;
    }
    let mut reports = Vec::new();
    for name in &a.adapters {
        let mut device = match device(name, &a) {
            Ok(d) => d,
            Err(e) => {
                eprintln!("egpu-conformance: {e}");
                return ExitCode::from(1);
            }
        };
        let report = run(device.as_mut(), &a.options, &mut |job| {
            if a.verbose {
                eprintln!("{}/{}", job.group, job.name);
            }
        });
        if a.json.as_deref() != Some("-") {
            println!("{}", report.table(a.show));
        }
        reports.push(report);
    }
    if let Some(path) = &a.json {
        let text = match serde_json::to_string_pretty(&reports) {
            Ok(text) => text,
            Err(e) => {
                eprintln!("egpu-conformance: JSON: {e}");
                return ExitCode::from(1);
            }
        };
        if path == "-" {
            println!("{text}");
        } else if let Err(e) = std::fs::write(path, text) {
            eprintln!("egpu-conformance: {path}: {e}");
            return ExitCode::from(1);
        }
    }
    ExitCode::from(u8::from(!reports.iter().all(|r| r.passed())))
}
