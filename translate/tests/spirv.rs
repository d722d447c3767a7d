//! Shaders through SPIR-V: naga's own output comes back as the same kernel would, and damaged
//! modules are refused without a panic.

use std::path::{Path, PathBuf};

use egpu_translate::{load, lower, parse, spirv, Error, Kind, Source};
use naga::back::PipelineConstants;
use naga_backend::{Options, Target};

fn corpus() -> Vec<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../naga-backend/tests/wgsl");
    let entries = std::fs::read_dir(folder).expect("the corpus is there");
    let mut files: Vec<_> = entries
        .map(|entry| entry.expect("readable").path())
        .collect();
    files.sort();
    files
}

fn constants(source: &Source) -> PipelineConstants {
    let required = source.overrides().into_iter().filter(|item| item.required);
    required.map(|item| (item.key, 2.0)).collect()
}

fn options() -> Options {
    Options::new(Target::from_name("gfx1100").expect("a known target"))
}

/// Is it naga that cannot read what it has written?
fn stops_at_naga(error: &Error) -> bool {
    match error {
        Error::Spirv(text) => text.contains("unsupported") || text.contains("invalid"),
        Error::Validation(_) => true,
        _ => false,
    }
}

#[test]
fn corpus_comes_back_from_spirv() {
    let mut through = 0;
    let mut failures = Vec::new();
    for path in corpus() {
        let source = load(&path).expect("a valid shader");
        let constants = constants(&source);
        let entry = source
            .entry_points()
            .last()
            .expect("an entry point")
            .to_owned();
        let words = match spirv(&source, &entry, &constants) {
            Ok(words) => words,
            Err(error) => {
                println!("{}: not written: {error}", path.display());
                continue;
            }
        };
        let bytes: Vec<u8> = words.iter().flat_map(|word| word.to_le_bytes()).collect();
        let result = parse("module", Kind::Spirv, &bytes)
            .and_then(|module| lower(&module, &entry, &PipelineConstants::default(), &options()));
        match result {
            Ok(kernel) => match kernel.verify() {
                Ok(()) => through += 1,
                Err(errors) => failures.push(format!("{}: {errors}", path.display())),
            },
            Err(error) if stops_at_naga(&error) => println!("{}: {error}", path.display()),
            Err(error) => failures.push(format!("{}: {error}", path.display())),
        }
    }
    assert!(failures.is_empty(), "{}", failures.join("\n"));
    assert!(through > 90, "{through}");
}

/// Any word of a module may be wrong.
#[test]
fn damaged_modules_are_refused() {
    let mut random = 0x1234_5678_9abc_def0u64;
    let mut next = move || {
        random ^= random << 13;
        random ^= random >> 7;
        random ^= random << 17;
        random as u32
    };
    let rounds: u32 = match std::env::var("EGPU_FUZZ_ROUNDS") {
        Ok(rounds) => rounds.parse().expect("a number"),
        Err(_) => 4,
    };
    for path in corpus() {
        let source = load(&path).expect("a valid shader");
        let entry = source
            .entry_points()
            .last()
            .expect("an entry point")
            .to_owned();
        let Ok(words) = spirv(&source, &entry, &constants(&source)) else {
            continue;
        };
        for _ in 0..rounds {
            let mut words = words.clone();
            for _ in 0..1 + next() % 3 {
                let at = next() as usize % words.len();
                let other = words[next() as usize % words.len()];
                words[at] = match next() % 4 {
                    // Another identifier or instruction is more often plausible than noise.
                    0 => other,
                    1 => words[at] ^ (1 << (next() % 32)),
                    2 => words[at].wrapping_add(next() % 5).wrapping_sub(2),
                    _ => next() % 100,
                };
            }
            let bytes: Vec<u8> = words.iter().flat_map(|word| word.to_le_bytes()).collect();
            let result = parse("module", Kind::Spirv, &bytes).and_then(|module| {
                let entry = module.entry_point(None)?.to_owned();
                lower(&module, &entry, &PipelineConstants::default(), &options())
            });
            if let Err(Error::Internal { phase, what }) = result {
                let kept = std::env::temp_dir().join("egpu-damaged.spv");
                std::fs::write(&kept, &bytes).expect("writable");
                panic!(
                    "{}: panic while {phase}: {what}; see {}",
                    path.display(),
                    kept.display()
                );
            }
        }
    }
}
