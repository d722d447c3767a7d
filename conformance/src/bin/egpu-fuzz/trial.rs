//! What is done with a damaged input, and what of it counts as a failure.

use std::sync::Arc;
use std::time::Duration;

use egpu_cards::egpu_driver::amd::Watchdog;
use egpu_cards::egpu_driver::{Card, Command, MemoryKind, Source};
use egpu_translate::{Error, Kind};
use naga_backend::{Options, Target};

/// What a case did.
pub enum Verdict {
    /// It got as far as it could.
    Fine(&'static str),
    /// A panic that was caught on the way, or a broken invariant.
    Broken(String),
}

/// Through the front end, the lowering and the compiler for both generations.
pub fn shader(kind: Kind, bytes: &[u8]) -> Verdict {
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
pub struct Cards {
    sources: Vec<Arc<dyn Source>>,
    open: Vec<Option<Arc<dyn Card>>>,
}

impl Cards {
    /// None is opened yet.
    pub fn new() -> Result<Cards, String> {
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

    /// Loads a code object and runs it, on a new card where the last was lost.
    pub fn run(&mut self, object: &[u8], strict: bool) -> Verdict {
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
