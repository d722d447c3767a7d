//! `egpu run`: one kernel, on buffers from the command line.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};

use egpu_cards::egpu_driver::{Card, Command, Memory, MemoryKind, Source};
use egpu_cards::VirtualSource;
use lexopt::prelude::*;
use naga::back::PipelineConstants;
use naga_backend::reflection::BindingReflection;
use naga_backend::{Options, Reflection, Target};

use crate::spec::{self, Place, Print};
use crate::{args, Failure, Outcome};

#[derive(Default)]
struct Job {
    groups: Option<[u32; 3]>,
    entry: Option<String>,
    /// Contents by place, in order of the places.
    bindings: BTreeMap<Place, Vec<u8>>,
    prints: Vec<Print>,
    dumps: Vec<(Place, PathBuf)>,
    constants: PipelineConstants,
    arguments: Vec<u8>,
    repeat: u32,
    stats: bool,
}

/// The subcommand.
pub fn run(mut parser: lexopt::Parser) -> Outcome {
    let mut file = None;
    let mut job = Job {
        repeat: 1,
        ..Job::default()
    };
    let mut cards = egpu_cards::Options::from_env();
    while let Some(argument) = parser.next()? {
        match argument {
            Value(path) if file.is_none() => file = Some(PathBuf::from(path)),
            Long("groups") => job.groups = Some(args::groups(&args::text(&mut parser)?)?),
            Long("entry") => job.entry = Some(args::text(&mut parser)?),
            Long("bind") => {
                let text = args::text(&mut parser)?;
                let (place, contents) = args::pair(&text, "--bind G.B=SPEC")?;
                let place = spec::place(place).map_err(Failure::Usage)?;
                job.bindings
                    .insert(place, spec::contents(contents).map_err(Failure::Usage)?);
            }
            Long("print") => {
                let text = args::text(&mut parser)?;
                job.prints.push(text.parse().map_err(Failure::Usage)?);
            }
            Long("dump") => {
                let text = args::text(&mut parser)?;
                let (place, path) = args::pair(&text, "--dump G.B=PATH")?;
                job.dumps
                    .push((spec::place(place).map_err(Failure::Usage)?, path.into()));
            }
            Long("adapter") => cards.adapter = Some(args::text(&mut parser)?),
            Long("constant") => {
                let (name, value) = args::constant(&args::text(&mut parser)?)?;
                job.constants.insert(name, value);
            }
            Long("args") => {
                job.arguments = spec::hex(&args::text(&mut parser)?).map_err(Failure::Usage)?;
            }
            Long("strict") => cards.virtual_card.strict = true,
            Long("seed") => cards.virtual_card.seed = args::value(&mut parser, "seed")?,
            Long("repeat") => {
                job.repeat = args::value::<u32>(&mut parser, "number of runs")?.max(1)
            }
            Long("stats") => {
                job.stats = true;
                cards.virtual_card.stats = true;
            }
            other => return Err(other.unexpected().into()),
        }
    }
    let file = file.ok_or_else(|| Failure::Usage("name a shader or code object".into()))?;
    let groups = job
        .groups
        .ok_or_else(|| Failure::Usage("say --groups X[,Y[,Z]]".into()))?;
    let shown = job
        .prints
        .iter()
        .map(|print| print.place)
        .chain(job.dumps.iter().map(|d| d.0));
    for (group, binding) in shown {
        if !job.bindings.contains_key(&(group, binding)) {
            return Err(Failure::Usage(format!(
                "nothing is bound at {group}.{binding}"
            )));
        }
    }

    // The virtual card's own counters are wanted too, so it is kept by its own type.
    let found = egpu_cards::find(&cards)?;
    let source = found.first().ok_or_else(|| Failure::failed("no card"))?;
    let card = source.open()?;
    let runner = Runner {
        card: &*card,
        job: &job,
        groups,
    };
    let times = match object_bytes(&file)? {
        Some(object) => runner.object(&file, &object)?,
        None => runner.shader(&file)?,
    };
    if job.stats {
        stats(&**source, &times);
    }
    Ok(())
}

/// The bytes of a code object, or `None` for a shader.
fn object_bytes(path: &Path) -> Result<Option<Vec<u8>>, Failure> {
    let failed = |error| Failure::failed(format!("{}: {error}", path.display()));
    match path.extension().and_then(|e| e.to_str()) {
        Some("elf" | "o" | "co" | "hsaco") => std::fs::read(path).map(Some).map_err(failed),
        _ => Ok(None),
    }
}

struct Runner<'a> {
    card: &'a dyn Card,
    job: &'a Job,
    groups: [u32; 3],
}

type Buffers = BTreeMap<Place, Arc<dyn Memory>>;

impl Runner<'_> {
    fn shader(&self, path: &Path) -> Result<Vec<Duration>, Failure> {
        let source = egpu_translate::load(path)?;
        let entry = source.entry_point(self.job.entry.as_deref())?.to_owned();
        let name = &self.card.info().target;
        let target = Target::from_name(name)
            .ok_or_else(|| Failure::failed(format!("no code generator for {name}")))?;
        let constants = &self.job.constants;
        let compiled = egpu_translate::compile(&source, &entry, constants, &Options::new(target))?;
        let buffers = self.upload()?;
        let arguments = self.block(&compiled.reflection, &buffers)?;
        self.launch(
            &compiled.object,
            &compiled.reflection.entry,
            arguments,
            &buffers,
        )
    }

    fn object(&self, path: &Path, object: &[u8]) -> Result<Vec<Duration>, Failure> {
        let entry = match &self.job.entry {
            Some(entry) => entry.clone(),
            None => only_kernel(path, object)?,
        };
        let buffers = self.upload()?;
        let mut arguments = Vec::new();
        for memory in buffers.values() {
            arguments.extend(memory.address().to_le_bytes());
        }
        arguments.extend(&self.job.arguments);
        self.launch(object, &entry, arguments, &buffers)
    }

    /// The argument block of our own kernels.
    fn block(&self, reflection: &Reflection, buffers: &Buffers) -> Result<Vec<u8>, Failure> {
        let bound = |entry: &BindingReflection| {
            let (group, binding) = (entry.group, entry.binding);
            let Some(memory) = buffers.get(&(group, binding)) else {
                return Err(Failure::Usage(format!(
                    "the kernel uses `{}` at {group}.{binding}: say --bind {group}.{binding}=SPEC",
                    entry.name
                )));
            };
            let size = self.job.bindings[&(group, binding)].len() as u64;
            if size < entry.min_size.into() {
                return Err(Failure::Usage(format!(
                    "`{}` at {group}.{binding} needs at least {} bytes, {size} are bound",
                    entry.name, entry.min_size
                )));
            }
            Ok((memory.address(), size))
        };
        reflection.arguments(bound, self.groups, &self.job.arguments)
    }

    fn upload(&self) -> Result<Buffers, Failure> {
        let mut buffers = Buffers::new();
        let mut commands = Vec::new();
        // Staging lives until the copies are done.
        let mut staging = Vec::new();
        for (place, contents) in &self.job.bindings {
            let size = (contents.len() as u64).next_multiple_of(4).max(4);
            let memory = self.card.allocate(MemoryKind::Device, size)?;
            let upload = self.card.allocate(MemoryKind::Upload, size)?;
            let target = upload
                .mapping()
                .ok_or_else(|| Failure::failed("no staging memory"))?;
            // SAFETY: the mapping is at least `size` bytes, which is no less than the contents, and
            // no submitted work touches it yet.
            unsafe { std::ptr::copy_nonoverlapping(contents.as_ptr(), target, contents.len()) };
            upload.flush(0, size)?;
            commands.push(Command::Copy {
                source: upload.address(),
                destination: memory.address(),
                size,
            });
            staging.push(upload);
            buffers.insert(*place, memory);
        }
        let point = self.card.submit(&commands)?;
        self.card.wait(point, None)?;
        Ok(buffers)
    }

    fn launch(
        &self,
        object: &[u8],
        entry: &str,
        arguments: Vec<u8>,
        buffers: &Buffers,
    ) -> Result<Vec<Duration>, Failure> {
        let kernel = self.card.load(object, entry)?;
        let wanted = kernel.argument_size() as usize;
        if arguments.len() > wanted.next_multiple_of(16) {
            return Err(Failure::Usage(format!(
                "{} bytes of arguments, the kernel takes {wanted}",
                arguments.len()
            )));
        }
        let arguments: Arc<[u8]> = arguments.into();
        let mut times = Vec::new();
        for _ in 0..self.job.repeat {
            let start = Instant::now();
            let point = self.card.submit(&[Command::Dispatch {
                kernel: kernel.clone(),
                arguments: arguments.clone(),
                touches: None,
                groups: self.groups,
            }])?;
            self.card.wait(point, None)?;
            times.push(start.elapsed());
        }
        for print in &self.job.prints {
            println!("{}", print.show(&self.download(buffers, print.place)?));
        }
        for (place, path) in &self.job.dumps {
            std::fs::write(path, self.download(buffers, *place)?)
                .map_err(|error| Failure::failed(format!("{}: {error}", path.display())))?;
        }
        Ok(times)
    }

    fn download(&self, buffers: &Buffers, place: Place) -> Result<Vec<u8>, Failure> {
        let (Some(memory), Some(contents)) = (buffers.get(&place), self.job.bindings.get(&place))
        else {
            return Err(Failure::failed("nothing is bound there"));
        };
        let size = (contents.len() as u64).next_multiple_of(4).max(4);
        let readback = self.card.allocate(MemoryKind::Readback, size)?;
        let point = self.card.submit(&[Command::Copy {
            source: memory.address(),
            destination: readback.address(),
            size,
        }])?;
        self.card.wait(point, None)?;
        readback.invalidate(0, size)?;
        let from = readback
            .mapping()
            .ok_or_else(|| Failure::failed("no staging memory"))?;
        let mut bytes = vec![0; contents.len()];
        // SAFETY: the mapping is at least `size` bytes, no less than the contents, and the copy
        // into it is done.
        unsafe { std::ptr::copy_nonoverlapping(from, bytes.as_mut_ptr(), bytes.len()) };
        Ok(bytes)
    }
}

/// The name of the only kernel of a code object.
fn only_kernel(path: &Path, object: &[u8]) -> Result<String, Failure> {
    use object::read::elf::ElfFile64;
    use object::{Object, ObjectSymbol};

    let failed = |error: String| Failure::failed(format!("{}: {error}", path.display()));
    let file = ElfFile64::<object::Endianness>::parse(object)
        .map_err(|error| failed(error.to_string()))?;
    let mut names: Vec<String> = file
        .dynamic_symbols()
        .chain(file.symbols())
        .filter_map(|symbol| Some(symbol.name().ok()?.strip_suffix(".kd")?.to_owned()))
        .collect();
    names.sort();
    names.dedup();
    match names.as_slice() {
        [name] => Ok(name.clone()),
        [] => Err(failed(
            "no kernel (symbol ending in .kd) in this file".into(),
        )),
        many => Err(Failure::Usage(format!(
            "say --entry NAME: {}",
            many.join(", ")
        ))),
    }
}

fn stats(source: &dyn Source, times: &[Duration]) {
    let mut sorted = times.to_vec();
    sorted.sort();
    if let Some(median) = sorted.get(sorted.len() / 2) {
        println!(
            "time {:.3} ms (median of {})",
            median.as_secs_f64() * 1e3,
            sorted.len()
        );
    }
    let Some(model) = source
        .as_any()
        .downcast_ref::<VirtualSource>()
        .and_then(VirtualSource::model)
    else {
        return;
    };
    let stats = model.shader_stats();
    println!("workgroups {}, waves {}", stats.groups, stats.waves);
    let classes: Vec<String> = stats
        .issued
        .iter()
        .map(|(class, count)| format!("{} {count}", format!("{class:?}").to_lowercase()))
        .collect();
    println!(
        "instructions {}: {}",
        stats.issued.values().sum::<u64>(),
        classes.join(", ")
    );
}
