//! `egpu-first`: what the design takes for granted of NVIDIA's cards and only a card can tell, on
//! the `cuda` card (or, to test this program, on the interpreter behind it).
//!
//! - Two pointers to the same memory, both read by `ld.global.nc` (`card`).
//! - An access outside of all memory is a loss that says so, and a new context in the same process
//!   works (`card`).
//! - What a launch costs the host, plain and as a CUDA graph (`graph`); what `wmma.load` does with
//!   addresses that are not aligned (`fragments`). These two are told, not judged.
//! - Every approximate function stays within the bounds of the PTX ISA, which are what lowering
//!   counts on and what the interpreter's seeds make use of (`sweep`).
//!
//! Exits with 1 if one of these does not hold.

mod card;
mod compile;
mod fragments;
mod graph;
mod raw;
mod sweep;

use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Arc;
use std::time::Instant;

use egpu_conformance::args;
use egpu_conformance::ptx::driver::{Config, Gpu};
use egpu_conformance::ptx::Approx;
use egpu_driver::{cuda, Source};
use lexopt::{prelude::*, Parser};

use raw::Raw;

const USAGE: &str = "\
usage: egpu-first [--adapter cuda|ptx] [--only NAME]… [--one-in N]
       egpu-first [--adapter cuda|ptx] (--facts | --compile DIR)
    --only NAME    pair, outside, launches, graph, fragments, or an approximate function: rcp, sqrt,
                   rsqrt, sin, cos, lg2, ex2, tanh (default: all)
    --one-in N     of the approximate functions' operands, one in so many
    --facts        what the driver says of the device, NAME=VALUE in lines
    --compile DIR  each NAME.ptx to NAME.cubin by the driver's compiler, and what kernels need";

const HEAD: &str = ".version 7.0\n.target sm_75\n.address_size 64\n";

type Outcome<T> = Result<T, String>;

fn text(error: impl ToString) -> String {
    error.to_string()
}

#[derive(Default)]
struct Arguments {
    adapter: String,
    one_in: u32,
    only: Vec<String>,
    facts: bool,
    compile: Option<PathBuf>,
}

fn arguments(parser: &mut Parser) -> Result<Option<Arguments>, lexopt::Error> {
    let mut arguments = Arguments {
        adapter: "cuda".into(),
        one_in: 1,
        ..Arguments::default()
    };
    while let Some(argument) = parser.next()? {
        match argument {
            Long("adapter") => arguments.adapter = parser.value()?.string()?,
            Long("one-in") => arguments.one_in = parser.value()?.parse::<u32>()?.max(1),
            Long("only") => arguments.only.push(parser.value()?.string()?),
            Long("facts") => arguments.facts = true,
            Long("compile") => arguments.compile = Some(parser.value()?.into()),
            Short('h') | Long("help") => return Ok(None),
            other => return Err(other.unexpected()),
        }
    }
    Ok(Some(arguments))
}

fn source(adapter: &str) -> Outcome<Arc<dyn Source>> {
    if adapter == "ptx" {
        let options = cuda::Options {
            is_virtual: true,
            ..cuda::Options::default()
        };
        let source = Gpu::add(Config::default()).source(&options).map_err(text)?;
        return Ok(Arc::new(source));
    }
    let options = egpu_cards::Options {
        adapter: Some(adapter.into()),
        ..egpu_cards::Options::default()
    };
    let found = egpu_cards::find(&options).map_err(text)?;
    found.into_iter().next().ok_or_else(|| "no card".into())
}

/// What was found out, in words.
enum Finding {
    Holds(String),
    Fails(String),
    /// Told, not judged.
    Told(String),
}

impl Finding {
    fn judged(outcome: Outcome<String>) -> Finding {
        match outcome {
            Ok(what) => Finding::Holds(what),
            Err(why) => Finding::Fails(why),
        }
    }

    fn told(outcome: Outcome<String>) -> Finding {
        Finding::Told(outcome.unwrap_or_else(|why| format!("not to be had: {why}")))
    }
}

/// Finds out what is asked for; whether all of it holds.
fn find_out(arguments: &Arguments) -> Outcome<bool> {
    let source = source(&arguments.adapter)?;
    println!("{}", source.info().name);
    let open = || source.open().map_err(text);
    let raw = || Raw::functions(&arguments.adapter).and_then(Raw::new);
    let wanted = |name: &str| arguments.only.is_empty() || arguments.only.iter().any(|o| o == name);
    let mut holds = true;
    let mut say = |name: &str, finding: Finding| {
        let (verdict, what) = match finding {
            Finding::Holds(what) => ("ok  ", what),
            Finding::Told(what) => ("    ", what),
            Finding::Fails(why) => {
                holds = false;
                ("FAIL", why)
            }
        };
        println!("{verdict} {name}: {what}");
    };
    if wanted("pair") {
        let outcome = open().and_then(|card| card::pair(&*card));
        let outcome = outcome.map(|()| "both read through .nc".into());
        say("two read bindings of one buffer", Finding::judged(outcome));
    }
    if wanted("outside") {
        let outcome = card::outside(&*source);
        say(
            "error 700, then a new context in the same process",
            Finding::judged(outcome),
        );
    }
    if wanted("launches") {
        say(
            "launches in a stream",
            Finding::told(raw().and_then(|raw| graph::plain(&raw))),
        );
    }
    if wanted("graph") {
        let outcome = match arguments.adapter.as_str() {
            "ptx" => Err("the interpreter has no graphs".into()),
            _ => raw().and_then(|raw| graph::graph(&raw)),
        };
        say("launches in a graph", Finding::told(outcome));
    }
    if wanted("fragments") {
        let outcome = Raw::functions(&arguments.adapter).and_then(fragments::alignments);
        say(
            "wmma.load off its alignment of 32 bytes",
            Finding::told(outcome),
        );
    }
    for (name, function) in sweep::FUNCTIONS
        .into_iter()
        .filter(|(name, _)| wanted(name))
    {
        let began = Instant::now();
        let (opcode, ftz) = sweep::opcode(name);
        let approx = Approx { function, ftz };
        let outcome = open()
            .and_then(|card| sweep::sweep(&*card, &opcode, approx, arguments.one_in))
            .and_then(|found| found.verdict(began.elapsed().as_secs_f64()));
        say(&opcode, Finding::judged(outcome));
    }
    Ok(holds)
}

fn run(arguments: &Arguments) -> Outcome<bool> {
    if !arguments.facts && arguments.compile.is_none() {
        return find_out(arguments);
    }
    if arguments.adapter == "ptx" {
        // The interpreter's devices are made by whoever wants one.
        Gpu::add(Config::default());
    }
    let functions = Raw::functions(&arguments.adapter)?;
    if arguments.facts {
        print!("{}", raw::facts(&functions)?);
    }
    if let Some(folder) = &arguments.compile {
        print!("{}", compile::folder(&Raw::new(functions)?, folder)?);
    }
    Ok(true)
}

fn main() -> ExitCode {
    args::command("egpu-first", USAGE, arguments, |arguments| {
        run(arguments).map_err(|why| format!("{}: {why}", arguments.adapter))
    })
}
