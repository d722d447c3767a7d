//! `egpu-fuzz`: damaged input for all that takes input from outside. Shaders in three languages go
//! through parsing, validation and the compiler for both generations; code objects, whole or with
//! damaged code, go through the driver's loader and run on the virtual card. Nothing may panic,
//! hang or take much memory; what does is written to a file.

mod damage;
mod seeds;
mod trial;

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use egpu_conformance::args;
use egpu_conformance::rng::Rng;
use egpu_translate::Kind;
use lexopt::{prelude::*, Parser};

use trial::{Cards, Verdict};

const USAGE: &str = "\
usage: egpu-fuzz TARGET [OPTION]…
    TARGET            wgsl, spirv, glsl (parse and compile), elf (whole code objects),
                      code (code objects with damaged instructions)
    --seconds N       how long (default 60)
    --seed N          first seed (default 0)
    --seeds DIR       further files to start from (.wgsl, .spv, .comp)
    --keep DIR        where to write what fails (default .)
    --stop N          stop after so many kinds of failures (default 20)
    --file FILE       only this input, as it is (code on the strict card if the seed is odd)";

/// A case that takes longer hangs.
const HANG: Duration = Duration::from_secs(60);
/// Bytes of memory that the process may hold.
const MEMORY: u64 = 3 << 30;

#[derive(Clone, Copy, PartialEq)]
enum Subject {
    Shader(Kind),
    Elf,
    Code,
}

struct Arguments {
    subject: Subject,
    name: String,
    seconds: u64,
    seed: u64,
    seeds: Option<PathBuf>,
    keep: PathBuf,
    stop: usize,
    file: Option<PathBuf>,
}

fn arguments(parser: &mut Parser) -> Result<Option<Arguments>, lexopt::Error> {
    let mut a = Arguments {
        subject: Subject::Elf,
        name: String::new(),
        seconds: 60,
        seed: 0,
        seeds: None,
        keep: ".".into(),
        stop: 20,
        file: None,
    };
    while let Some(arg) = parser.next()? {
        match arg {
            Value(v) if a.name.is_empty() => {
                a.name = v.string()?;
                a.subject = match a.name.as_str() {
                    "wgsl" => Subject::Shader(Kind::Wgsl),
                    "spirv" => Subject::Shader(Kind::Spirv),
                    "glsl" => Subject::Shader(Kind::Glsl),
                    "elf" => Subject::Elf,
                    "code" => Subject::Code,
                    other => return Err(format!("no target `{other}`").into()),
                };
            }
            Long("seconds") => a.seconds = parser.value()?.parse()?,
            Long("seed") => a.seed = parser.value()?.parse()?,
            Long("seeds") => a.seeds = Some(parser.value()?.into()),
            Long("keep") => a.keep = parser.value()?.into(),
            Long("stop") => a.stop = parser.value()?.parse()?,
            Long("file") => a.file = Some(parser.value()?.into()),
            Short('h') | Long("help") => return Ok(None),
            other => return Err(other.unexpected()),
        }
    }
    match a.name.is_empty() {
        true => Ok(None),
        false => Ok(Some(a)),
    }
}

/// The case that is running, for whoever finds that it does not end.
type Running = Arc<Mutex<Option<(Instant, Vec<u8>)>>>;

fn resident() -> u64 {
    let text = std::fs::read_to_string("/proc/self/statm").unwrap_or_default();
    let pages = text.split(' ').nth(1).and_then(|n| n.parse::<u64>().ok());
    pages.unwrap_or(0) * 4096
}

fn main() -> ExitCode {
    args::command("egpu-fuzz", USAGE, arguments, run)
}

fn run(a: &Arguments) -> Result<bool, String> {
    // Where the last panic was; the message itself goes to the report.
    let last: Arc<Mutex<String>> = Arc::default();
    let seen = last.clone();
    let one = a.file.is_some();
    std::panic::set_hook(Box::new(move |info| {
        *seen.lock().unwrap_or_else(PoisonError::into_inner) = info.to_string();
        if one {
            eprintln!("{info}\n{}", std::backtrace::Backtrace::force_capture());
        }
    }));
    let running: Running = Arc::default();
    watch(running.clone(), a.keep.clone());

    let seeds = match &a.file {
        Some(path) => vec![std::fs::read(path).map_err(|e| format!("{}: {e}", path.display()))?],
        None => seeds::seeds(a)?,
    };
    let mut cards = match a.subject {
        Subject::Elf | Subject::Code => Some(Cards::new()?),
        Subject::Shader(_) => None,
    };
    let start = Instant::now();
    let mut counts: BTreeMap<&'static str, u64> = BTreeMap::new();
    let mut failures: BTreeMap<String, u64> = BTreeMap::new();
    let (mut cases, mut slowest, mut most) = (0u64, Duration::ZERO, 0u64);
    while start.elapsed().as_secs() < a.seconds && failures.len() < a.stop {
        let mut rng = Rng::new(a.seed.wrapping_add(cases));
        let mut bytes = seeds[rng.below(seeds.len() as u32) as usize].clone();
        if a.file.is_none() {
            let other = &seeds[rng.below(seeds.len() as u32) as usize];
            damage::damage(a.subject, &mut bytes, other, &mut rng);
        }
        let begin = Instant::now();
        *running.lock().unwrap_or_else(PoisonError::into_inner) = Some((begin, bytes.clone()));
        last.lock().unwrap_or_else(PoisonError::into_inner).clear();
        let strict = if one { a.seed % 2 == 1 } else { cases % 4 == 3 };
        let verdict = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| match a.subject {
            Subject::Shader(kind) => trial::shader(kind, &bytes),
            Subject::Elf | Subject::Code => match &mut cards {
                Some(cards) => cards.run(&bytes, strict),
                None => Verdict::Fine("no card"),
            },
        }));
        *running.lock().unwrap_or_else(PoisonError::into_inner) = None;
        cases += 1;
        slowest = slowest.max(begin.elapsed());
        most = most.max(resident());
        let panicked = last.lock().unwrap_or_else(PoisonError::into_inner).clone();
        // A thread of the card may panic beside the case.
        let panicked = (!panicked.is_empty()).then_some(panicked);
        let mut failed = match verdict {
            Ok(Verdict::Fine(how)) => {
                *counts.entry(how).or_default() += 1;
                panicked
            }
            Ok(Verdict::Broken(what)) => Some(panicked.unwrap_or(what)),
            Err(_) => Some(panicked.unwrap_or_default()),
        };
        if resident() > MEMORY {
            failed.get_or_insert("too much memory".into());
        }
        if let Some(what) = failed {
            let kind = what.lines().next().unwrap_or_default().to_string();
            let count = failures.entry(kind.clone()).or_default();
            *count += 1;
            if *count == 1 {
                let path = a
                    .keep
                    .join(format!("fuzz_{}_{}", a.name, a.seed + cases - 1));
                std::fs::write(&path, &bytes).map_err(|e| format!("{}: {e}", path.display()))?;
                println!("{}: {what}", path.display());
            }
            if resident() > MEMORY {
                break;
            }
        }
        if a.file.is_some() {
            break;
        }
    }
    println!(
        "{}: {cases} cases from seed {} in {:.0} s: {counts:?}; slowest {:.2} s, {} MiB; {} kinds of failures",
        a.name,
        a.seed,
        start.elapsed().as_secs_f64(),
        slowest.as_secs_f64(),
        most >> 20,
        failures.len(),
    );
    for (kind, count) in &failures {
        println!("    {count} times: {kind}");
    }
    Ok(failures.is_empty())
}

/// Ends the process if a case takes too long or too much memory.
fn watch(running: Running, keep: PathBuf) {
    std::thread::spawn(move || loop {
        std::thread::sleep(Duration::from_millis(200));
        let now = running.lock().unwrap_or_else(PoisonError::into_inner);
        let Some((since, bytes)) = &*now else {
            continue;
        };
        let memory = resident() > MEMORY + (MEMORY / 2);
        if since.elapsed() > HANG || memory {
            let path = keep.join("fuzz_hang");
            let written = std::fs::write(&path, bytes).is_ok();
            let what = if memory { "too much memory" } else { "no end" };
            println!("{what}: {} (written: {written})", path.display());
            std::process::exit(1);
        }
    });
}
