//! `egpu-first`: what the design takes for granted of NVIDIA's cards and only a card can tell, on
//! the `cuda` card (or, to test this program, on the interpreter behind it).
//!
//! - Two pointers to the same memory, both read by `ld.global.nc`.
//! - An access outside of all memory is a loss that says so, and a new context in the same process
//!   works.
//! - Every approximate function on all 2^32 operands stays within the bounds of the PTX ISA, which
//!   are what lowering counts on and what the interpreter's seeds make use of.
//!
//! Exits with 1 if one of these does not hold.

use std::process::ExitCode;
use std::sync::Arc;
use std::time::{Duration, Instant};

use egpu_conformance::ptx::driver::{Config, Gpu};
use egpu_conformance::ptx::{Approx, Function};
use egpu_driver::{cuda, Card, Command, Kernel, Memory, MemoryKind, Source};
use lexopt::prelude::*;

const USAGE: &str = "usage: egpu-first [--adapter cuda|ptx] [--one-in N] [FUNCTION]…";

/// Operands of a dispatch.
const BATCH: u64 = 1 << 22;

/// Threads of a workgroup.
const GROUP: u64 = 256;

const FUNCTIONS: [(&str, Function); 8] = [
    ("rcp", Function::Rcp),
    ("sqrt", Function::Sqrt),
    ("rsqrt", Function::Rsqrt),
    ("sin", Function::Sin),
    ("cos", Function::Cos),
    ("lg2", Function::Lg2),
    ("ex2", Function::Ex2),
    ("tanh", Function::Tanh),
];

/// `tanh.approx` has no `.ftz`; the others are emitted with it.
fn opcode(name: &str) -> (String, bool) {
    match name {
        "tanh" => ("tanh.approx.f32".into(), false),
        name => (format!("{name}.approx.ftz.f32"), true),
    }
}

const HEAD: &str = ".version 7.0\n.target sm_75\n.address_size 64\n";

/// `out[i] = f(first + i * step)`, both as bits.
fn sweep_text(opcode: &str) -> String {
    format!(
        "{HEAD}.visible .entry sweep(.param .align 16 .b8 args[16])\n.reqntid {GROUP}, 1, 1\n{{\n\
         .reg .b32 %r<8>;\n.reg .b64 %rd<3>;\n\
         ld.param.u64 %rd0, [args];\n\
         ld.param.b32 %r0, [args+8];\n\
         ld.param.b32 %r1, [args+12];\n\
         mov.u32 %r2, %ctaid.x;\n\
         mov.u32 %r3, %tid.x;\n\
         mad.lo.u32 %r4, %r2, {GROUP}, %r3;\n\
         mad.lo.u32 %r5, %r4, %r1, %r0;\n\
         {opcode} %r6, %r5;\n\
         mul.wide.u32 %rd1, %r4, 4;\n\
         add.s64 %rd2, %rd0, %rd1;\n\
         st.global.b32 [%rd2], %r6;\n\
         ret;\n}}\n"
    )
}

/// `out = a[0] + b[1]`, both by `.nc`; and a store outside of everything.
fn pointers_text() -> String {
    format!(
        "{HEAD}.visible .entry pair(.param .align 16 .b8 args[32])\n.reqntid 1, 1, 1\n{{\n\
         .reg .b32 %r<3>;\n.reg .b64 %rd<3>;\n\
         ld.param.u64 %rd0, [args];\n\
         ld.param.u64 %rd1, [args+8];\n\
         ld.param.u64 %rd2, [args+16];\n\
         ld.global.nc.b32 %r0, [%rd1];\n\
         ld.global.nc.b32 %r1, [%rd2+4];\n\
         add.u32 %r2, %r0, %r1;\n\
         st.global.b32 [%rd0], %r2;\n\
         ret;\n}}\n\
         .visible .entry outside(.param .align 16 .b8 args[16])\n.reqntid 1, 1, 1\n{{\n\
         .reg .b64 %rd<2>;\n\
         ld.param.u64 %rd0, [args];\n\
         mov.b64 %rd1, 70368744177664;\n\
         add.s64 %rd0, %rd0, %rd1;\n\
         st.global.b32 [%rd0], 1;\n\
         ret;\n}}\n"
    )
}

type Outcome<T> = Result<T, String>;

fn text(error: impl ToString) -> String {
    error.to_string()
}

struct Arguments {
    adapter: String,
    one_in: u32,
    functions: Vec<String>,
}

fn arguments() -> Result<Arguments, lexopt::Error> {
    let mut arguments = Arguments {
        adapter: "cuda".into(),
        one_in: 1,
        functions: Vec::new(),
    };
    let mut parser = lexopt::Parser::from_env();
    while let Some(argument) = parser.next()? {
        match argument {
            Long("adapter") => arguments.adapter = parser.value()?.string()?,
            Long("one-in") => arguments.one_in = parser.value()?.parse::<u32>()?.max(1),
            Value(name) => arguments.functions.push(name.string()?),
            other => return Err(other.unexpected()),
        }
    }
    Ok(arguments)
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

/// A dispatch and what it waits for, done.
fn run(
    card: &dyn Card,
    before: &[Command],
    kernel: &Arc<dyn Kernel>,
    arguments: &[u8],
    groups: u32,
    after: &[Command],
) -> Outcome<()> {
    let mut commands = before.to_vec();
    commands.push(Command::Barrier);
    commands.push(Command::Dispatch {
        kernel: kernel.clone(),
        arguments: arguments.into(),
        touches: None,
        groups: [groups, 1, 1],
    });
    commands.push(Command::Barrier);
    commands.extend_from_slice(after);
    let point = card.submit(&commands).map_err(text)?;
    match card.wait(point, Some(Duration::from_secs(60))) {
        Ok(true) => Ok(()),
        Ok(false) => Err("nothing after 60 seconds".into()),
        Err(error) => Err(error.to_string()),
    }
}

fn copy(from: &dyn Memory, to: &dyn Memory, size: u64) -> Command {
    Command::Copy {
        source: from.address(),
        destination: to.address(),
        size,
    }
}

fn words(memory: &dyn Memory, count: usize) -> Outcome<Vec<u32>> {
    let pointer = memory.mapping().ok_or("no host memory")?.cast::<u32>();
    // SAFETY: inside the mapping, aligned, and the card has finished with it.
    let read = |n| unsafe { pointer.add(n).read_volatile() };
    Ok((0..count).map(read).collect())
}

/// Two pointers to one buffer of sevens.
fn pair(card: &dyn Card) -> Outcome<()> {
    let kernel = card
        .load(pointers_text().as_bytes(), "pair")
        .map_err(text)?;
    let allocate = |kind| card.allocate(kind, 256).map_err(text);
    let (out, both) = (allocate(MemoryKind::Device)?, allocate(MemoryKind::Device)?);
    let back = allocate(MemoryKind::Readback)?;
    let fill = Command::Fill {
        destination: both.address(),
        size: 256,
        value: 7,
    };
    let addresses = [out.address(), both.address(), both.address(), 0];
    let block: Vec<u8> = addresses.iter().flat_map(|a| a.to_le_bytes()).collect();
    run(
        card,
        &[fill],
        &kernel,
        &block,
        1,
        &[copy(&*out, &*back, 256)],
    )?;
    match words(&*back, 1)?[0] {
        14 => Ok(()),
        other => Err(format!("{other} instead of 14")),
    }
}

/// A loss, and after it a context that works.
fn outside(source: &dyn Source) -> Outcome<()> {
    let card = source.open().map_err(text)?;
    let kernel = card
        .load(pointers_text().as_bytes(), "outside")
        .map_err(text)?;
    let out = card.allocate(MemoryKind::Device, 256).map_err(text)?;
    let mut block = out.address().to_le_bytes().to_vec();
    block.extend([0; 8]);
    let Err(said) = run(&*card, &[], &kernel, &block, 1, &[]) else {
        return Err("a store outside of everything went unnoticed".into());
    };
    println!("  {said}");
    if !said.contains("700") {
        return Err("the loss does not name error 700".into());
    }
    drop((kernel, out, card));
    let again = source
        .open()
        .map_err(|error| format!("no new context: {error}"))?;
    pair(&*again)
}

/// What a function was found to do.
#[derive(Clone, Copy, Default)]
struct Found {
    judged: u64,
    /// Largest error, in parts of what is allowed, and at which operand.
    worst: (f64, u32),
    wrong: u64,
}

impl Found {
    fn add(&mut self, other: Found) {
        self.judged += other.judged;
        self.wrong += other.wrong;
        if other.worst.0 > self.worst.0 {
            self.worst = other.worst;
        }
    }

    fn judge(approx: Approx, first: u32, step: u32, results: &[u32]) -> Found {
        let mut found = Found::default();
        let mut bits = first;
        for &result in results {
            if let Some(part) = approx.judge(f32::from_bits(bits), f32::from_bits(result)) {
                found.judged += 1;
                found.wrong += u64::from(part > 1.0);
                if part > found.worst.0 {
                    found.worst = (part, bits);
                }
            }
            bits = bits.wrapping_add(step);
        }
        found
    }
}

/// All operands that are `one_in` apart.
fn sweep(card: &dyn Card, opcode: &str, approx: Approx, one_in: u32) -> Outcome<Found> {
    let kernel = card
        .load(sweep_text(opcode).as_bytes(), "sweep")
        .map_err(text)?;
    let total = (1u64 << 32).div_ceil(one_in.into());
    let batch = BATCH.min(total.next_multiple_of(GROUP));
    let allocate = |kind| card.allocate(kind, batch * 4).map_err(text);
    let (out, back) = (
        allocate(MemoryKind::Device)?,
        allocate(MemoryKind::Readback)?,
    );
    let threads = std::thread::available_parallelism().map_or(1, |n| n.get());
    let mut found = Found::default();
    let mut done = 0;
    while done < total {
        // Past the last operand they begin again.
        let first = (done * u64::from(one_in)) as u32;
        let mut block = out.address().to_le_bytes().to_vec();
        block.extend(first.to_le_bytes());
        block.extend(one_in.to_le_bytes());
        let after = copy(&*out, &*back, batch * 4);
        run(card, &[], &kernel, &block, (batch / GROUP) as u32, &[after])?;
        let results = words(&*back, batch.min(total - done) as usize)?;
        let each = results.len().div_ceil(threads);
        std::thread::scope(|scope| {
            let parts = results.chunks(each).enumerate().map(|(n, part)| {
                let skip = (n * each) as u32;
                let first = first.wrapping_add(skip.wrapping_mul(one_in));
                scope.spawn(move || Found::judge(approx, first, one_in, part))
            });
            for part in parts.collect::<Vec<_>>() {
                found.add(part.join().unwrap_or_default());
            }
        });
        done += batch;
    }
    Ok(found)
}

fn main() -> ExitCode {
    let arguments = match arguments() {
        Ok(arguments) => arguments,
        Err(error) => {
            eprintln!("egpu-first: {error}\n{USAGE}");
            return ExitCode::from(2);
        }
    };
    let mut failed = false;
    let mut say = |name: &str, outcome: Outcome<String>| match outcome {
        Ok(what) => println!("ok   {name} {what}"),
        Err(why) => {
            println!("FAIL {name}: {why}");
            failed = true;
        }
    };
    let source = match source(&arguments.adapter) {
        Ok(source) => source,
        Err(why) => {
            eprintln!("egpu-first: {}: {why}", arguments.adapter);
            return ExitCode::FAILURE;
        }
    };
    println!("{}", source.info().name);
    let open = || source.open().map_err(text);
    let all = arguments.functions.is_empty();
    if all {
        let outcome = open().and_then(|card| pair(&*card));
        say(
            "two read bindings of one buffer",
            outcome.map(|()| String::new()),
        );
        let outcome = outside(&*source);
        say(
            "error 700, then a new context in the same process",
            outcome.map(|()| String::new()),
        );
    }
    for (name, function) in FUNCTIONS {
        if !all && !arguments.functions.iter().any(|wanted| wanted == name) {
            continue;
        }
        let began = Instant::now();
        let (opcode, ftz) = opcode(name);
        let approx = Approx { function, ftz };
        let found = open().and_then(|card| sweep(&*card, &opcode, approx, arguments.one_in));
        let outcome = found.and_then(|found| {
            let text = format!(
                "{} operands, largest error {:.3} of what is allowed at {:#010x} ({:.1} s)",
                found.judged,
                found.worst.0,
                found.worst.1,
                began.elapsed().as_secs_f64()
            );
            match found.wrong {
                0 => Ok(text),
                wrong => Err(format!("{wrong} beyond the bound: {text}")),
            }
        });
        say(&opcode, outcome);
    }
    ExitCode::from(u8::from(failed))
}
