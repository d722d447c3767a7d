//! `egpu-programs`: whole wgpu programs on any adapter, each with a checked result. Exits with 1 if
//! one failed.

use std::process::ExitCode;
use std::time::Instant;

use egpu_conformance::{adapters, args, programs};
use lexopt::{prelude::*, Parser};

const USAGE: &str = "usage: egpu-programs [--adapter NAME] [--strict] [--seed N] [FILTER]…";

struct Arguments {
    adapter: String,
    strict: bool,
    seed: u64,
    filters: Vec<String>,
}

fn arguments(parser: &mut Parser) -> Result<Option<Arguments>, lexopt::Error> {
    let mut arguments = Arguments {
        adapter: "virtual".into(),
        strict: false,
        seed: 0,
        filters: Vec::new(),
    };
    while let Some(argument) = parser.next()? {
        match argument {
            Long("adapter") => arguments.adapter = parser.value()?.string()?,
            Long("strict") => arguments.strict = true,
            Long("seed") => arguments.seed = parser.value()?.parse()?,
            Value(filter) => arguments.filters.push(filter.string()?),
            Short('h') | Long("help") => return Ok(None),
            other => return Err(other.unexpected()),
        }
    }
    Ok(Some(arguments))
}

fn main() -> ExitCode {
    args::command("egpu-programs", USAGE, arguments, run)
}

fn run(arguments: &Arguments) -> Result<bool, String> {
    adapters::log_errors();
    let wanted = |name: &str| {
        let filters = &arguments.filters;
        filters.is_empty() || filters.iter().any(|filter| name.contains(filter.as_str()))
    };
    let (mut count, mut failed) = (0, 0);
    for program in programs::ALL.iter().filter(|program| wanted(program.name)) {
        let start = Instant::now();
        // An adapter each: what one program breaks, the next one does not see.
        let outcome = adapters::open(&arguments.adapter, arguments.strict, arguments.seed)
            .and_then(|adapter| (program.run)(&adapter));
        let seconds = start.elapsed().as_secs_f64();
        count += 1;
        match outcome {
            Ok(()) => println!("ok      {} ({seconds:.2} s)", program.name),
            Err(error) => {
                failed += 1;
                println!("FAILED  {}: {error}", program.name);
            }
        }
    }
    println!("{count} programs, {failed} failed");
    Ok(failed == 0)
}
