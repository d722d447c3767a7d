//! `egpu translate`: shaders to objects, assembly, IR, statistics.

use std::io::Write;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use egpu_translate::{Kind, Source};
use lexopt::prelude::*;
use naga::back::PipelineConstants;
use naga_backend::{Checks, Compiled, Options, Target};

use crate::{args, Failure, Outcome};

/// What to write for each kernel.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Emit {
    Object,
    Asm,
    Ir,
    Naga,
    Stats,
    Reflection,
}

#[derive(Clone, Copy)]
enum To {
    Code(Target),
    Spirv,
}

struct Job {
    entry: Option<String>,
    to: To,
    emit: Emit,
    out: Option<PathBuf>,
    constants: PipelineConstants,
    options: Options,
    time: bool,
}

/// The subcommand.
pub fn translate(mut parser: lexopt::Parser) -> Outcome {
    let default = Target::Amd(rdna_isa::Arch::Gfx1100);
    let mut files = Vec::new();
    let mut job = Job {
        entry: None,
        to: To::Code(default),
        emit: Emit::Object,
        out: None,
        constants: PipelineConstants::default(),
        options: Options::new(default),
        time: false,
    };
    while let Some(argument) = parser.next()? {
        match argument {
            Value(file) => files.push(PathBuf::from(file)),
            Long("entry") => job.entry = Some(args::text(&mut parser)?),
            Long("target") => {
                let name = args::text(&mut parser)?;
                job.to = match name.as_str() {
                    "spirv" => To::Spirv,
                    _ => To::Code(args::target(&name)?),
                };
            }
            Long("emit") => {
                let name = args::text(&mut parser)?;
                job.emit = match name.as_str() {
                    "object" => Emit::Object,
                    "asm" => Emit::Asm,
                    "ir" => Emit::Ir,
                    "naga" => Emit::Naga,
                    "stats" => Emit::Stats,
                    "reflection" => Emit::Reflection,
                    _ => {
                        return Err(Failure::Usage(format!(
                            "`{name}` is no kind; use object asm ir naga stats reflection"
                        )))
                    }
                };
            }
            Short('o') | Long("output") => job.out = Some(parser.value()?.into()),
            Long("constant") => {
                let (name, value) = args::constant(&args::text(&mut parser)?)?;
                job.constants.insert(name, value);
            }
            Long("no-checks") => {
                job.options.checks = Checks {
                    bounds: false,
                    division: false,
                };
            }
            Long("time") => job.time = true,
            other => return Err(other.unexpected().into()),
        }
    }
    if let To::Code(target) = job.to {
        job.options.target = target;
    }
    if files.is_empty() {
        return Err(Failure::Usage(
            "name a shader, or a folder of shaders".into(),
        ));
    }
    let many = files.len() > 1 || files[0].is_dir();
    let files = shaders(&files)?;
    if many {
        all(&files, &job)
    } else {
        let (_, outputs) = one(&files[0], &job)?;
        for output in outputs {
            write(output, job.out.as_deref(), many)?;
        }
        Ok(())
    }
}

/// Every shader that is meant: folders stand for what is in them, to any depth.
fn shaders(paths: &[PathBuf]) -> Result<Vec<PathBuf>, Failure> {
    let mut found = Vec::new();
    let mut todo: Vec<PathBuf> = paths.iter().rev().cloned().collect();
    while let Some(path) = todo.pop() {
        let failed = |error| Failure::failed(format!("{}: {error}", path.display()));
        if !path.is_dir() {
            found.push(path);
            continue;
        }
        let mut inside: Vec<PathBuf> = std::fs::read_dir(&path)
            .map_err(failed)?
            .map(|entry| entry.map(|entry| entry.path()))
            .collect::<Result<_, _>>()
            .map_err(failed)?;
        inside.retain(|path| path.is_dir() || Kind::from_path(path).is_some());
        inside.sort_by(|a, b| b.cmp(a));
        todo.extend(inside);
    }
    match found.is_empty() {
        true => Err(Failure::failed(
            "no shader (.wgsl, .spv, .comp) in the folder",
        )),
        false => Ok(found),
    }
}

/// One kernel's result, and the name for it.
struct Output {
    /// File name that is used when there are several.
    name: String,
    bytes: Vec<u8>,
    text: bool,
}

/// Compiles the entry points of one file. Gives the time per kernel.
fn one(path: &Path, job: &Job) -> Result<(Vec<Duration>, Vec<Output>), Failure> {
    let start = Instant::now();
    let source = egpu_translate::load(path)?;
    let parsing = start.elapsed();
    if job.emit == Emit::Naga {
        let text = format!("{:#?}\n", source.module);
        let output = Output {
            name: file_name(path, None, "naga"),
            bytes: text.into(),
            text: true,
        };
        return Ok((vec![parsing], vec![output]));
    }
    // Of several entry points all are compiled, unless one is asked for.
    let entries: Vec<String> = match &job.entry {
        Some(entry) => vec![source.entry_point(Some(entry))?.to_owned()],
        None => source.entry_points().map(str::to_owned).collect(),
    };
    if entries.is_empty() {
        source.entry_point(None)?;
    }
    let mut times = Vec::new();
    let mut outputs = Vec::new();
    for entry in &entries {
        let start = Instant::now();
        let constants = constants(&source, &job.constants);
        let several = (entries.len() > 1).then_some(entry.as_str());
        let output = kernel(path, &source, entry, several, &constants, job)?;
        times.push(parsing / entries.len() as u32 + start.elapsed());
        outputs.push(output);
    }
    if job.time && job.emit == Emit::Object && job.out.is_none() {
        outputs.clear();
        for (entry, time) in entries.iter().zip(&times) {
            println!(
                "{:>9.3} ms  {} {entry}",
                time.as_secs_f64() * 1e3,
                path.display()
            );
        }
    }
    Ok((times, outputs))
}

/// The constants of the command line that a shader has: in a folder not every shader has all.
fn constants(source: &Source, asked: &PipelineConstants) -> PipelineConstants {
    let overrides = source.overrides();
    let known = |name: &String| {
        overrides
            .iter()
            .any(|o| o.key == *name || o.name.as_ref() == Some(name))
    };
    asked
        .iter()
        .filter(|(name, _)| known(name))
        .map(|(n, v)| (n.clone(), *v))
        .collect()
}

fn kernel(
    path: &Path,
    source: &Source,
    entry: &str,
    several: Option<&str>,
    constants: &PipelineConstants,
    job: &Job,
) -> Result<Output, Failure> {
    let output = |extension: &str, bytes: Vec<u8>, text: bool| Output {
        name: file_name(path, several, extension),
        bytes,
        text,
    };
    let target = match job.to {
        To::Spirv => {
            let words = egpu_translate::spirv(source, entry, constants)?;
            return Ok(output(
                "spv",
                words.into_iter().flat_map(u32::to_le_bytes).collect(),
                false,
            ));
        }
        To::Code(target) => target,
    };
    if job.emit == Emit::Ir {
        let mut kernel = egpu_translate::lower(source, entry, constants, &job.options)?;
        naga_backend::passes::optimize(&mut kernel, &job.options).map_err(Failure::failed)?;
        return Ok(output("ir", kernel.to_string().into(), true));
    }
    let compiled = match job.time {
        false => egpu_translate::compile(source, entry, constants, &job.options)?,
        // What is timed is the compiler, not a kernel found on disk.
        true => {
            let kernel = egpu_translate::lower(source, entry, constants, &job.options)?;
            naga_backend::compile_kernel(kernel, &job.options).map_err(Failure::failed)?
        }
    };
    let json = |value: serde_json::Result<String>| value.map_err(Failure::failed);
    Ok(match job.emit {
        Emit::Object => {
            let extension = match target {
                Target::Amd(_) => "elf",
                Target::Nvidia(_) => "ptx",
            };
            output(
                extension,
                compiled.object,
                matches!(target, Target::Nvidia(_)),
            )
        }
        Emit::Asm => output("s", disassemble(&compiled, target)?.into(), true),
        Emit::Stats => {
            let text = json(serde_json::to_string_pretty(&compiled.stats))? + "\n";
            output("stats.json", text.into(), true)
        }
        Emit::Reflection => {
            let text = json(serde_json::to_string_pretty(&compiled.reflection))? + "\n";
            output("reflection.json", text.into(), true)
        }
        Emit::Ir | Emit::Naga => output("", Vec::new(), true),
    })
}

fn file_name(path: &Path, entry: Option<&str>, extension: &str) -> String {
    let stem = path
        .file_stem()
        .map(|stem| stem.to_string_lossy())
        .unwrap_or_default();
    match entry {
        Some(entry) => format!("{stem}.{entry}.{extension}"),
        None => format!("{stem}.{extension}"),
    }
}

fn write(output: Output, out: Option<&Path>, many: bool) -> Outcome {
    use std::io::IsTerminal;
    let failed = |place: &Path, error| Failure::failed(format!("{}: {error}", place.display()));
    match out {
        Some(folder) if many || folder.is_dir() => {
            let path = folder.join(&output.name);
            std::fs::write(&path, output.bytes).map_err(|error| failed(&path, error))
        }
        Some(path) => std::fs::write(path, output.bytes).map_err(|error| failed(path, error)),
        None if output.text || !std::io::stdout().is_terminal() => std::io::stdout()
            .write_all(&output.bytes)
            .map_err(Failure::failed),
        None => {
            let path = Path::new(&output.name);
            std::fs::write(path, output.bytes).map_err(|error| failed(path, error))?;
            println!("{}", output.name);
            Ok(())
        }
    }
}

/// Many files: each is tried, failures are listed, and the whole fails if any did.
fn all(files: &[PathBuf], job: &Job) -> Outcome {
    if let Some(folder) = &job.out {
        std::fs::create_dir_all(folder)
            .map_err(|error| Failure::failed(format!("{}: {error}", folder.display())))?;
    }
    let mut times = Vec::new();
    let mut failures = 0;
    for path in files {
        let outcome = one(path, job).and_then(|(spent, outputs)| {
            times.extend(spent);
            for output in outputs {
                if job.out.is_some() || (output.text && job.emit != Emit::Object) {
                    write(output, job.out.as_deref(), true)?;
                }
            }
            Ok(())
        });
        if let Err(Failure::Failed(problem, _) | Failure::Usage(problem)) = outcome {
            failures += 1;
            eprintln!("{}: {problem}", path.display());
        }
    }
    times.sort();
    let milliseconds = |time: Option<&Duration>| time.map_or(0.0, |t| t.as_secs_f64() * 1e3);
    println!(
        "{} kernels of {} files, {failures} files failed; median {:.2} ms, worst {:.2} ms",
        times.len(),
        files.len(),
        milliseconds(times.get(times.len() / 2)),
        milliseconds(times.last()),
    );
    match failures {
        0 => Ok(()),
        n => Err(Failure::failed(format!(
            "{n} of {} files failed",
            files.len()
        ))),
    }
}

/// The code of an object as text: one instruction a line with its address and words.
fn disassemble(compiled: &Compiled, target: Target) -> Result<String, Failure> {
    use object::read::elf::ElfFile64;
    use object::{Object, ObjectSection};
    use std::fmt::Write;

    let Target::Amd(arch) = target else {
        return String::from_utf8(compiled.object.clone()).map_err(Failure::failed);
    };
    let file =
        ElfFile64::<object::Endianness>::parse(&*compiled.object).map_err(Failure::failed)?;
    let text = file
        .section_by_name(".text")
        .ok_or_else(|| Failure::failed("no code"))?;
    let bytes = text.data().map_err(Failure::failed)?;
    let end = (compiled.stats.code_bytes as usize).min(bytes.len());
    let words: Vec<u32> = bytes[..end]
        .chunks_exact(4)
        .map(|word| u32::from_le_bytes([word[0], word[1], word[2], word[3]]))
        .collect();
    let mut out = format!("{}:\n", compiled.reflection.entry);
    let mut at = 0;
    while let Some(rest) = words.get(at..).filter(|rest| !rest.is_empty()) {
        let (packet, size) = rdna_isa::decode(rest, arch.gen()).map_err(Failure::failed)?;
        let raw: Vec<String> = rest
            .iter()
            .take(size)
            .map(|word| format!("{word:08X}"))
            .collect();
        let text = packet.display(arch.gen()).to_string();
        // Writing to a String cannot fail.
        let _ = writeln!(out, "\t{text:<60} // {:06X}: {}", at * 4, raw.join(" "));
        at += size;
    }
    Ok(out)
}
