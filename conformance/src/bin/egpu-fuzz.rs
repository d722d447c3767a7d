//! `egpu-fuzz`: damaged input for all that takes input from outside. Shaders in three languages go
//! through parsing, validation and the compiler for both generations; code objects, whole or with
//! damaged code, go through the driver's loader and run on the virtual card. Nothing may panic,
//! hang or take much memory; what does is written to a file.

use egpu_cards::egpu_driver::amd::Watchdog;
use egpu_cards::egpu_driver::{Card, Command, MemoryKind, Source};
use egpu_conformance::corpus;
use egpu_conformance::rng::Rng;
use egpu_translate::{Error, Kind};
use lexopt::prelude::*;
use naga_backend::{Options, Target};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

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

fn arguments() -> Result<Option<Arguments>, lexopt::Error> {
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
    let mut parser = lexopt::Parser::from_env();
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

/// Shaders to start from.
fn seeds(a: &Arguments) -> Result<Vec<Vec<u8>>, String> {
    let mut all: Vec<Vec<u8>> = Vec::new();
    let cases = corpus::cases()?;
    match a.subject {
        Subject::Shader(Kind::Wgsl) => {
            all.extend(cases.iter().map(|c| c.source.clone().into_bytes()));
        }
        Subject::Shader(Kind::Spirv) => {
            let spirv = |c: &corpus::Case| {
                let source = egpu_translate::parse("seed", Kind::Wgsl, c.source.as_bytes()).ok()?;
                let constants = c.constants.iter().map(|(k, v)| (k.clone(), *v)).collect();
                let words = egpu_translate::spirv(&source, &c.entry, &constants).ok()?;
                Some(words.iter().flat_map(|w| w.to_le_bytes()).collect())
            };
            all.extend(cases.iter().filter_map(spirv));
        }
        Subject::Shader(Kind::Glsl) => all.extend(GLSL.map(|text| text.as_bytes().to_vec())),
        Subject::Elf | Subject::Code => {
            for (n, c) in cases.iter().enumerate() {
                let target = ["gfx1100", "gfx1201"][n % 2];
                let Some(target) = Target::from_name(target) else {
                    continue;
                };
                let source = egpu_translate::parse("seed", Kind::Wgsl, c.source.as_bytes());
                let constants = c.constants.iter().map(|(k, v)| (k.clone(), *v)).collect();
                let options = Options::new(target);
                let compiled = source
                    .and_then(|s| egpu_translate::compile(&s, &c.entry, &constants, &options));
                if let Ok(compiled) = compiled {
                    all.push(compiled.object);
                }
            }
        }
    }
    if let Some(folder) = &a.seeds {
        further(folder, a.subject, &mut all);
    }
    match all.is_empty() {
        true => Err("nothing to start from".into()),
        false => Ok(all),
    }
}

fn further(folder: &Path, subject: Subject, all: &mut Vec<Vec<u8>>) {
    let Ok(entries) = std::fs::read_dir(folder) else {
        return;
    };
    let mut paths: Vec<PathBuf> = entries.filter_map(|e| Some(e.ok()?.path())).collect();
    paths.sort();
    for path in paths {
        if path.is_dir() {
            further(&path, subject, all);
        } else if Kind::from_path(&path).map(Subject::Shader) == Some(subject) {
            all.extend(std::fs::read(&path).ok().filter(|b| b.len() < 1 << 15));
        }
    }
}

/// What a case did.
enum Verdict {
    /// It got as far as it could.
    Fine(&'static str),
    /// A panic that was caught on the way, or a broken invariant.
    Broken(String),
}

fn shader(kind: Kind, bytes: &[u8]) -> Verdict {
    let internal = |error: &Error| match error {
        Error::Internal { phase, what } => Some(format!("in {phase}: {what}")),
        _ => None,
    };
    // The front end for GLSL panics by itself on some nonsense; to users that is an error.
    let known = |what: &str| kind == Kind::Glsl && what.contains("/naga-");
    let source = match egpu_translate::parse("fuzz", kind, bytes) {
        Ok(source) => source,
        Err(error) => {
            return match internal(&error) {
                Some(what) if known(&what) => Verdict::Fine("refused by a panic of naga's"),
                Some(what) => Verdict::Broken(what),
                None => Verdict::Fine("refused"),
            };
        }
    };
    let entries: Vec<String> = source.entry_points().map(str::to_owned).collect();
    let mut far = "parsed";
    for entry in entries.iter().take(3) {
        for name in ["gfx1100", "gfx1201"] {
            let Some(target) = Target::from_name(name) else {
                continue;
            };
            let options = Options {
                code_budget: 1 << 15,
                ..Options::new(target)
            };
            let lowered = egpu_translate::lower(&source, entry, &Default::default(), &options);
            let compiled = match lowered {
                Ok(kernel) => naga_backend::compile_kernel(kernel, &options),
                Err(error) => match internal(&error) {
                    Some(what) => return Verdict::Broken(what),
                    None => continue,
                },
            };
            match compiled {
                Ok(_) => far = "compiled",
                Err(error @ naga_backend::Error::Internal { .. }) => {
                    return Verdict::Broken(error.to_string())
                }
                Err(_) => {}
            }
        }
    }
    Verdict::Fine(far)
}

/// The virtual cards that code objects run on.
struct Cards {
    sources: Vec<Arc<dyn Source>>,
    open: Vec<Option<Arc<dyn Card>>>,
}

impl Cards {
    fn new() -> Result<Cards, String> {
        let mut sources = Vec::new();
        for adapter in ["virtual-gfx1100", "virtual-gfx1201"] {
            for strict in [false, true] {
                let mut options = egpu_cards::Options {
                    adapter: Some(adapter.into()),
                    watchdog: Watchdog::After(Duration::from_millis(200)),
                    ..egpu_cards::Options::default()
                };
                options.virtual_card.strict = strict;
                options.virtual_card.vram = 256 << 20;
                options.virtual_card.threads = Some(1);
                let found = egpu_cards::find(&options).map_err(|error| error.to_string())?;
                sources.extend(found.into_iter().next());
            }
        }
        Ok(Cards {
            open: vec![None; sources.len()],
            sources,
        })
    }

    fn run(&mut self, object: &[u8], strict: bool) -> Verdict {
        // The die that the file is for, as far as it says.
        let new = object
            .get(48)
            .is_some_and(|flags| *flags >= 0x48 && *flags != 0xff);
        let at = usize::from(strict) + if new { 2 } else { 0 };
        if self.open[at]
            .as_ref()
            .is_some_and(|card| card.loss().is_some())
        {
            self.open[at] = None;
        }
        if self.open[at].is_none() {
            self.open[at] = self.sources[at].open().ok();
        }
        let Some(card) = &self.open[at] else {
            return Verdict::Fine("no card");
        };
        let Ok(kernel) = card.load(object, "main") else {
            return Verdict::Fine("not loaded");
        };
        let Ok(memory) = card.allocate(MemoryKind::Device, 1 << 16) else {
            return Verdict::Fine("no memory");
        };
        let size = kernel.argument_size().min(1 << 12) as usize;
        let mut block = Vec::new();
        while block.len() < size {
            block.extend(memory.address().to_le_bytes());
            block.extend(0x3001_6fac_0000_1000u64.to_le_bytes());
        }
        block.truncate(size);
        let submitted = card.submit(&[Command::Dispatch {
            kernel,
            arguments: block.into(),
            touches: None,
            groups: [2, 1, 1],
        }]);
        match submitted.and_then(|point| card.wait(point, Some(Duration::from_secs(5)))) {
            Ok(true) => Verdict::Fine("ran"),
            Ok(false) => Verdict::Fine("did not end"),
            Err(_) => Verdict::Fine("lost the card"),
        }
    }
}

/// Places of executable segments in an ELF file.
fn code_of(object: &[u8]) -> std::ops::Range<usize> {
    let word = |at: usize, n: usize| {
        let bytes = object.get(at..at + n).unwrap_or_default();
        bytes
            .iter()
            .rev()
            .fold(0usize, |all, b| all << 8 | usize::from(*b))
    };
    let (table, size, count) = (word(32, 8), word(54, 2), word(56, 2));
    for n in 0..count.min(16) {
        let header = table.saturating_add(n * size);
        if word(header, 4) == 1 && word(header.saturating_add(4), 4) & 1 == 1 {
            let from = word(header + 8, 8);
            let end = from.saturating_add(word(header + 32, 8)).min(object.len());
            return from.min(end)..end;
        }
    }
    0..0
}

fn damage(subject: Subject, bytes: &mut Vec<u8>, other: &[u8], rng: &mut Rng) {
    for _ in 0..1 + rng.below(4) {
        match subject {
            Subject::Shader(Kind::Spirv) => damage_words(bytes, other, rng),
            Subject::Shader(Kind::Wgsl | Kind::Glsl) => damage_text(bytes, other, rng),
            Subject::Elf => damage_bytes(bytes, other, rng),
            Subject::Code => {
                let (code, donor) = (code_of(bytes), code_of(other));
                let (n, m) = (code.len() / 4, donor.len() / 4);
                if n == 0 || m == 0 {
                    return;
                }
                let at = code.start + 4 * rng.below(n as u32) as usize;
                let from = donor.start + 4 * rng.below(m as u32) as usize;
                match rng.below(4) {
                    0 => bytes[at + rng.below(4) as usize] ^= 1 << rng.below(8),
                    1 => bytes[at..at + 4].copy_from_slice(&other[from..from + 4]),
                    2 => bytes[at..at + 4].copy_from_slice(&rng.u32().to_le_bytes()),
                    _ => {
                        let n = 4 * (1 + rng.below(8) as usize);
                        let n = n.min(code.end - at).min(donor.end - from);
                        bytes[at..at + n].copy_from_slice(&other[from..from + n]);
                    }
                }
            }
        }
    }
}

fn damage_bytes(bytes: &mut Vec<u8>, other: &[u8], rng: &mut Rng) {
    if bytes.is_empty() {
        return;
    }
    // Headers and notes more often than code.
    let reach = if rng.below(2) == 0 {
        bytes.len().min(1024)
    } else {
        bytes.len()
    };
    let at = rng.below(reach as u32) as usize;
    match rng.below(6) {
        0 => bytes[at] ^= 1 << rng.below(8),
        1 => bytes[at] = [0, 1, 0x7f, 0x80, 0xff][rng.below(5) as usize],
        2 => {
            let n = 8.min(bytes.len() - at);
            let value = [0u64, 1, u64::MAX, 1 << 63, 0xffff_ffff, 1 << 40];
            let value = value[rng.below(6) as usize].to_le_bytes();
            bytes[at..at + n].copy_from_slice(&value[..n]);
        }
        3 => bytes.truncate(at),
        4 => {
            let n = (rng.below(64) as usize).min(bytes.len() - at);
            bytes.drain(at..at + n);
        }
        _ => {
            let from = rng.below(other.len().max(1) as u32) as usize;
            let n = (rng.below(64) as usize).min(other.len().saturating_sub(from));
            let n = n.min(bytes.len() - at);
            bytes[at..at + n].copy_from_slice(&other[from..from + n]);
        }
    }
}

/// Words, numbers and signs of a text.
fn tokens(text: &[u8]) -> Vec<std::ops::Range<usize>> {
    let mut out = Vec::new();
    let mut at = 0;
    while at < text.len() {
        let start = at;
        let name = |b: u8| b.is_ascii_alphanumeric() || b == b'_';
        if name(text[at]) {
            while at < text.len() && name(text[at]) {
                at += 1;
            }
            out.push(start..at);
        } else {
            at += 1;
            if !text[start].is_ascii_whitespace() {
                out.push(start..at);
            }
        }
    }
    out
}

fn damage_text(bytes: &mut Vec<u8>, other: &[u8], rng: &mut Rng) {
    let own = tokens(bytes);
    let donor = tokens(other);
    if own.is_empty() || donor.is_empty() {
        return;
    }
    let pick = |of: &[std::ops::Range<usize>], rng: &mut Rng| {
        of[rng.below(of.len() as u32) as usize].clone()
    };
    let at = pick(&own, rng);
    let lines = |text: &[u8], rng: &mut Rng| {
        let all: Vec<Vec<u8>> = text.split(|&b| b == b'\n').map(<[u8]>::to_vec).collect();
        all[rng.below(all.len() as u32) as usize].clone()
    };
    match rng.below(12) {
        0 | 1 => {
            let from = pick(&own, rng);
            let token = bytes[from].to_vec();
            bytes.splice(at, token);
        }
        2 | 3 => {
            let from = pick(&donor, rng);
            bytes.splice(at, other[from].iter().copied());
        }
        4 => {
            bytes.drain(at);
        }
        5 => {
            let to = pick(&own, rng);
            let (from, to) = (at.start.min(to.start), at.end.max(to.end));
            if to - from < 400 {
                let run = bytes[from..to].to_vec();
                let times = [1, 2, 20][rng.below(3) as usize];
                for _ in 0..times {
                    bytes.splice(to..to, run.iter().copied());
                }
            }
        }
        6 => {
            let numbers = [
                "0",
                "1",
                "-1",
                "4294967295u",
                "2147483648",
                "1e39",
                "0x1p-149",
                "1.0h",
                "9999999999999",
                "0u",
                "1e400",
                "-2147483648",
                "3.4028235e38f",
                "65536u",
                "0xffffffffu",
                "1lf",
                "1li",
            ];
            let number = numbers[rng.below(numbers.len() as u32) as usize];
            bytes.splice(at, number.bytes());
        }
        7 => {
            let signs = [
                "(", ")", "[", "]", "{", "}", ";", ",", "<", ">", "*", "&", "@", "-", "/*", "//",
                "_",
            ];
            let sign = signs[rng.below(signs.len() as u32) as usize];
            bytes.splice(at.start..at.start, sign.bytes());
        }
        8 => {
            let line = lines(other, rng);
            bytes.splice(at.start..at.start, line);
        }
        9 => {
            let line = lines(&bytes.clone(), rng);
            bytes.splice(at.start..at.start, line);
        }
        10 => {
            let i = at.start;
            bytes[i] = bytes[i].wrapping_add(1 << rng.below(7)) & 0x7f;
        }
        _ => {
            let to = pick(&own, rng);
            let (from, to) = (at.start.min(to.start), at.end.max(to.end));
            if to - from < 200 {
                bytes.drain(from..to);
            }
        }
    }
}

/// Instructions of a SPIR-V module, in words.
fn instructions(words: &[u32]) -> Vec<std::ops::Range<usize>> {
    let mut out = Vec::new();
    let mut at = 5;
    while at < words.len() {
        let n = (words[at] >> 16) as usize;
        if n == 0 || at + n > words.len() {
            break;
        }
        out.push(at..at + n);
        at += n;
    }
    out
}

fn damage_words(bytes: &mut Vec<u8>, other: &[u8], rng: &mut Rng) {
    let to_words = |bytes: &[u8]| -> Vec<u32> {
        let word = |c: &[u8]| u32::from_le_bytes([c[0], c[1], c[2], c[3]]);
        bytes.chunks_exact(4).map(word).collect()
    };
    let mut words = to_words(bytes);
    let donor = to_words(other);
    let (own, theirs) = (instructions(&words), instructions(&donor));
    if own.is_empty() || theirs.is_empty() {
        return damage_bytes(bytes, other, rng);
    }
    let at = own[rng.below(own.len() as u32) as usize].clone();
    let operand = at.start + rng.below(at.len() as u32) as usize;
    let bound = words.get(3).copied().unwrap_or(1).max(1);
    match rng.below(9) {
        0 | 1 => words[operand] = rng.below(bound),
        2 => words[operand] = [0, 1, u32::MAX, 1 << 31, bound, 64][rng.below(6) as usize],
        3 => words[operand] ^= 1 << rng.below(32),
        4 => {
            words.drain(at);
        }
        5 => {
            let copy = words[at.clone()].to_vec();
            let to = own[rng.below(own.len() as u32) as usize].start;
            words.splice(to..to, copy);
        }
        6 => {
            let from = theirs[rng.below(theirs.len() as u32) as usize].clone();
            words.splice(at.start..at.start, donor[from].iter().copied());
        }
        7 => {
            // Another operation with as many operands.
            let code = words[at.start] & 0xffff;
            words[at.start] ^= code ^ rng.below(400);
        }
        _ => {
            let to = own[rng.below(own.len() as u32) as usize].clone();
            let (a, b) = (words[at.clone()].to_vec(), words[to.clone()].to_vec());
            if a.len() == b.len() {
                words.splice(at, b);
                words.splice(to, a);
            }
        }
    }
    *bytes = words.iter().flat_map(|w| w.to_le_bytes()).collect();
}

/// The case that is running, for whoever finds that it does not end.
type Running = Arc<Mutex<Option<(Instant, Vec<u8>)>>>;

fn resident() -> u64 {
    let text = std::fs::read_to_string("/proc/self/statm").unwrap_or_default();
    let pages = text.split(' ').nth(1).and_then(|n| n.parse::<u64>().ok());
    pages.unwrap_or(0) * 4096
}

fn main() -> ExitCode {
    let a = match arguments() {
        Ok(Some(a)) => a,
        Ok(None) => {
            println!("{USAGE}");
            return ExitCode::SUCCESS;
        }
        Err(e) => {
            eprintln!("egpu-fuzz: {e}\n{USAGE}");
            return ExitCode::from(2);
        }
    };
    match run(&a) {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::from(1),
        Err(e) => {
            eprintln!("egpu-fuzz: {e}");
            ExitCode::from(1)
        }
    }
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
        None => seeds(a)?,
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
            damage(a.subject, &mut bytes, other, &mut rng);
        }
        let begin = Instant::now();
        *running.lock().unwrap_or_else(PoisonError::into_inner) = Some((begin, bytes.clone()));
        last.lock().unwrap_or_else(PoisonError::into_inner).clear();
        let strict = if one { a.seed % 2 == 1 } else { cases % 4 == 3 };
        let verdict = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| match a.subject {
            Subject::Shader(kind) => shader(kind, &bytes),
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

/// Small shaders in GLSL.
const GLSL: [&str; 4] = [
    "#version 450
layout(local_size_x = 64) in;
layout(set = 0, binding = 0) readonly buffer A { float a[]; };
layout(set = 0, binding = 1) buffer B { float b[]; };
layout(set = 0, binding = 2) uniform P { uint n; float scale; vec4 v; mat4 m; };
#define SQUARE(x) ((x) * (x))
#define TWICE(x) (SQUARE(x) + SQUARE(x))
shared float part[64];
float f(float x, inout float y) { y += x; return x * 2.0 + TWICE(y); }
void main() {
    uint i = gl_GlobalInvocationID.x;
    if (i >= n) { return; }
    float y = a[i];
    part[gl_LocalInvocationID.x] = f(scale, y);
    barrier();
    for (int k = 0; k < 4; ++k) { y += part[(gl_LocalInvocationID.x + k) % 64]; }
    b[i] = dot(m * v, vec4(y)) + (i > 3u ? 1.0 : mix(2.0, 3.0, y));
}
",
    "#version 450
layout(local_size_x = 8, local_size_y = 8) in;
struct S { vec3 p; int k; };
layout(std430, binding = 0) buffer A { S s[]; };
const int N = 3;
const float W[N] = float[N](0.25, 0.5, 0.25);
void main() {
    int i = int(gl_GlobalInvocationID.y * 8u + gl_GlobalInvocationID.x);
    vec3 t = vec3(0.0);
    int j = 0;
    while (true) {
        if (j >= N) break;
        t += s[i + j].p.zyx * W[j];
        j++;
    }
    switch (s[i].k & 3) { case 0: t.x = 1.0; break; case 1: t.y = abs(t.x); default: t.z = 2.0; }
    s[i].p = normalize(t); s[i].k = floatBitsToInt(t.x) ^ bitCount(i);
}
",
    "#version 450
layout(local_size_x = 32) in;
layout(binding = 0) buffer A { uint count; uint data[]; };
#ifdef X
#define Y 1
#else
#define Y 2
#endif
#if Y == 2
uint g(uint x) { return x << Y; }
#endif
void main() {
    uint i = gl_LocalInvocationIndex;
    uint old = atomicAdd(count, g(i));
    data[i] = old + uint(sin(float(i))) + data.length();
    do { old >>= 1; } while (old > 3u);
    data[i + 1u] = old;
}
",
    "#version 450
layout(local_size_x = 1) in;
layout(binding = 0) buffer A { ivec4 v; mat3 m; bvec2 b; } x;
void main() {
    mat3 t = transpose(x.m) * 2.0;
    ivec4 v = x.v; v.xy = v.yx; v[2] += v.w;
    if (all(lessThan(v, ivec4(4))) || x.v.x == 2) { t[1] = cross(t[0], t[2]); }
    x.m = inverse(t); x.v = v;
}
",
];
