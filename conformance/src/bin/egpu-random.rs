//! `egpu-random`: runs random kernels on the interpreter and on devices, and writes a minimal
//! kernel for what differs or is refused. It fails if any is; what naga itself refuses is counted
//! and passed over.

use egpu_conformance::card_device::CardDevice;
use egpu_conformance::corpus::Case;
use egpu_conformance::device::Device;
use egpu_conformance::random::{check, features, kernel, reduce, Kernel, Outcome};
use egpu_conformance::{adapters, args, wgpu_device::WgpuDevice};
use lexopt::{prelude::*, Parser};
use naga_backend::amdgpu::Registers;
use std::collections::BTreeMap;
use std::path::PathBuf;
use std::process::ExitCode;
use std::time::{Duration, Instant};

const USAGE: &str = "\
usage: egpu-random [OPTION]… [FILE]…
    runs random kernels, or those of files that it wrote, and holds every device against the
    interpreter; exit status 1 if one differs or refuses what naga takes
    --seed N          first seed (default 0); every further kernel takes the next
    --count N         kernels (default 1000)
    --seconds N       stop after so long
    --adapter A,B…    adapters through wgpu (vulkan, virtual-gfx1100, …); `cards` (the default) is
                      our virtual cards with all and with few registers, fast and strict, and the
                      PTX interpreter, rounding and approximating, without wgpu between;
                      a kernel runs on those that have what it needs
    --without F,…     leave out kernels that need one of these features (f16 f64 int16 int64
                      int64-atomics float-atomics subgroups)
    --keep DIR        where to write what differs or is refused (default .)
    --stop N          stop after so many of those (default 10)
    --print           print the kernel of the first seed and how it ends
    --no-reduce       write kernels as they were made";

struct Arguments {
    seed: u64,
    count: u64,
    time: Option<Duration>,
    adapters: Vec<String>,
    without: Vec<String>,
    keep: PathBuf,
    stop: usize,
    print: bool,
    reduce: bool,
    files: Vec<PathBuf>,
}

fn arguments(parser: &mut Parser) -> Result<Option<Arguments>, lexopt::Error> {
    let mut a = Arguments {
        seed: 0,
        count: 1000,
        time: None,
        adapters: vec!["cards".into()],
        without: Vec::new(),
        keep: ".".into(),
        stop: 10,
        print: false,
        reduce: true,
        files: Vec::new(),
    };
    while let Some(arg) = parser.next()? {
        match arg {
            Long("seed") => a.seed = parser.value()?.parse()?,
            Long("count") => a.count = parser.value()?.parse()?,
            Long("seconds") => a.time = Some(Duration::from_secs(parser.value()?.parse()?)),
            Long("adapter") => a.adapters = args::list(parser)?,
            Long("without") => a.without = args::list(parser)?,
            Long("keep") => a.keep = parser.value()?.into(),
            Long("stop") => a.stop = parser.value()?.parse()?,
            Long("print") => a.print = true,
            Long("no-reduce") => a.reduce = false,
            Value(file) => a.files.push(file.into()),
            Short('h') | Long("help") => return Ok(None),
            other => return Err(other.unexpected()),
        }
    }
    Ok(Some(a))
}

/// What kernels run on.
fn devices(a: &Arguments) -> Result<Vec<Box<dyn Device>>, String> {
    let mut all: Vec<Box<dyn Device>> = Vec::new();
    for name in &a.adapters {
        if name != "cards" {
            let adapter = adapters::open(name, true, a.seed)?;
            let device = WgpuDevice::open(&adapter, name, adapters::judge(name))
                .map_err(|error| format!("{name}: {error}"))?;
            all.push(Box::new(device));
            continue;
        }
        let few = |scalar, vector| Some(Registers { scalar, vector });
        for (adapter, strict, registers) in [
            ("virtual-gfx1100", false, None),
            ("virtual-gfx1100", true, None),
            ("virtual-gfx1201", true, None),
            ("virtual-gfx1201", false, None),
            ("virtual-gfx1100", true, few(40, 48)),
            ("virtual-gfx1201", true, few(48, 40)),
            ("ptx", false, None),
            ("ptx-sm_75", true, None),
        ] {
            all.push(Box::new(CardDevice::new(
                adapter, strict, a.seed, registers,
            )?));
        }
    }
    Ok(all)
}

fn case(kernel: &Kernel, name: &str) -> Result<Case, String> {
    Case::parse(name, &kernel.wgsl())
}

/// Whether two reasons are of one kind, so that cutting down keeps to what was found.
fn alike(a: &str, b: &str) -> bool {
    let kind = |text: &str| -> String {
        let first = text.split(['[', '`', '(']).next().unwrap_or_default();
        let words = first.chars().filter(|c| !c.is_ascii_digit());
        words.take(24).collect()
    };
    kind(a) == kind(b)
}

fn main() -> ExitCode {
    args::command("egpu-random", USAGE, arguments, run)
}

fn run(a: &Arguments) -> Result<bool, String> {
    let mut devices = devices(a)?;
    if !a.files.is_empty() {
        return files(&a.files, &mut devices);
    }
    let start = Instant::now();
    let (mut ran, mut invalid, mut found) = (0u64, 0u64, 0usize);
    let mut reasons: BTreeMap<String, (u64, u64)> = BTreeMap::new();
    for seed in a.seed..a.seed.saturating_add(a.count) {
        if a.time.is_some_and(|limit| start.elapsed() > limit) || found >= a.stop {
            break;
        }
        let features = features(seed);
        if features
            .iter()
            .any(|f| a.without.iter().any(|name| name == f.name()))
        {
            continue;
        }
        let made = kernel(seed, &features);
        let name = format!("seed {seed}");
        let outcome = check(&case(&made, &name)?, &mut devices);
        if a.print {
            println!("{}\n// {outcome:?}", made.wgsl());
            return Ok(true);
        }
        ran += 1;
        if let Outcome::Invalid(why) = &outcome {
            invalid += 1;
            let why = why.lines().next().unwrap_or_default().to_string();
            reasons.entry(why).or_insert((0, seed)).0 += 1;
        }
        if let Some((device, how)) = outcome.fault() {
            found += 1;
            println!("seed {seed}: {device}: {how}");
            let least = if a.reduce {
                least(&made, device, &how, &mut devices)
            } else {
                made
            };
            let path = a.keep.join(format!("random_{seed}.wgsl"));
            std::fs::write(&path, least.wgsl()).map_err(|e| format!("{}: {e}", path.display()))?;
            println!("seed {seed}: written to {}", path.display());
        }
    }
    let seconds = start.elapsed().as_secs_f64();
    println!(
        "{ran} kernels from seed {}, each on the interpreter and {} devices, in {seconds:.0} s \
         ({:.0} a minute): {found} differ or are refused, {invalid} that naga refuses",
        a.seed,
        devices.len(),
        ran as f64 * 60.0 / seconds,
    );
    let mut reasons: Vec<_> = reasons.into_iter().collect();
    reasons.sort_by_key(|r| std::cmp::Reverse(r.1 .0));
    for (why, (count, seed)) in reasons.iter().take(20) {
        println!("naga refuses {count}, first seed {seed}: {why}");
    }
    Ok(found == 0)
}

/// Runs kernels of files.
fn files(files: &[PathBuf], devices: &mut [Box<dyn Device>]) -> Result<bool, String> {
    let mut right = true;
    for path in files {
        let name = path.display().to_string();
        let source = std::fs::read_to_string(path).map_err(|e| format!("{name}: {e}"))?;
        let outcome = check(&Case::parse(&name, &source)?, devices);
        right &= outcome == Outcome::Agreed;
        println!("{name}: {outcome:?}");
    }
    Ok(right)
}

/// The smallest kernel that is found that this device gets wrong, or refuses, in this way.
fn least(made: &Kernel, device: &str, how: &str, devices: &mut Vec<Box<dyn Device>>) -> Kernel {
    let Some(at) = devices.iter().position(|d| d.name() == device) else {
        return made.clone();
    };
    // Only this one runs.
    let mut one = vec![devices.remove(at)];
    let until = Instant::now() + Duration::from_secs(120);
    let least = reduce(made, &mut |candidate| {
        let outcome = case(candidate, "reduced").map(|case| check(&case, &mut one));
        Instant::now() < until
            && outcome.is_ok_and(|outcome| {
                let now = outcome.fault();
                now.is_some_and(|(_, now)| alike(how, &now.replace("reduced", "seed ")))
            })
    });
    if let Some(device) = one.pop() {
        devices.insert(at, device);
    }
    least
}
