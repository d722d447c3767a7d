//! Every card, tried: what `egpu devices` and `egpu doctor` tell of.
//!
//! A card is opened (which boots one that nobody has booted), moves data and runs a kernel, so what
//! is called usable has been used. Each step is bounded: by the link's limits, by those of bringing a
//! card up, and by a watchdog of ten seconds unless `EGPU_TIMEOUT` says otherwise.

use std::time::Duration;

use egpu_cards::egpu_driver::amd::Options;
use egpu_cards::egpu_driver::cuda;
use egpu_cards::egpu_driver::doctor::{examine, examine_cuda, examine_link, examine_work, Report};
use egpu_cards::egpu_driver::{Card, CardError, Command, MemoryKind, Watchdog};
use egpu_cards::egpu_link::Endpoint;
use egpu_cards::virtual_card::VirtualCard;
use egpu_cards::VirtualConfig;
use naga_backend::Target;

use crate::Failure;

/// What was found.
pub struct Examined {
    /// A report for each card: those behind TinyGPU, NVIDIA's, the virtual card.
    pub reports: Vec<Report>,
    /// What is not there, and need not be: a sentence each.
    pub absent: Vec<String>,
}

/// Tries the cards at the places that are named or the usual one, NVIDIA's, and the virtual card.
pub fn every_card() -> Result<Examined, Failure> {
    let mut options = egpu_cards::Options::from_env().driver();
    if options.watchdog == Watchdog::Usual {
        // What runs here takes milliseconds, also on a virtual card.
        options.watchdog = Watchdog::After(Duration::from_secs(10));
    }
    let named = Endpoint::named();
    let places = match named.is_empty() {
        true => Endpoint::usual()
            .into_iter()
            .filter(Endpoint::is_present)
            .collect(),
        false => named,
    };
    let mut absent = Vec::new();
    let mut reports: Vec<Report> = places
        .iter()
        .map(|place| examine(place, &options, Some(&compute)))
        .collect();
    if reports.is_empty() {
        absent.push("no TinyGPU server and no TinyGPU.app here".into());
    }
    let cuda = cuda::Options {
        watchdog: options.watchdog,
        ..cuda::Options::default()
    };
    match examine_cuda(&cuda, &compute) {
        Ok(cards) => reports.extend(cards),
        Err(error) => absent.push(format!("no NVIDIA card: {error}; {}", error.next_step())),
    }
    reports.push(virtual_card(&options)?);
    Ok(Examined { reports, absent })
}

fn virtual_card(options: &Options) -> Result<Report, Failure> {
    let card = VirtualCard::new(VirtualConfig::default()).map_err(Failure::failed)?;
    let mut report = Report::new("virtual card");
    if examine_link(&mut report, card.clone(), options) {
        examine_work(&mut report, card, options, &compute);
    }
    Ok(report)
}

/// Compiles a kernel for the card, runs it and checks what it wrote.
fn compute(card: &dyn Card) -> Result<String, CardError> {
    const WORDS: u32 = 1 << 14;
    const SHADER: &str = "
        @group(0) @binding(0) var<storage, read_write> numbers: array<u32>;
        @compute @workgroup_size(64) fn main(@builtin(global_invocation_id) id: vec3<u32>) {
            numbers[id.x] = id.x * id.x;
        }";
    let bad = |what: String| CardError::Invalid(what);
    let start = std::time::Instant::now();
    let name = &card.info().target;
    let target =
        Target::from_name(name).ok_or_else(|| bad(format!("no code generator for {name}")))?;
    let compiled = egpu_translate::parse("doctor", egpu_translate::Kind::Wgsl, SHADER.as_bytes())
        .and_then(|source| {
            let options = naga_backend::Options::new(target);
            egpu_translate::compile(&source, "main", &Default::default(), &options)
        })
        .map_err(|error| bad(error.to_string()))?;
    let size = u64::from(WORDS) * 4;
    let memory = card.allocate(MemoryKind::Readback, size)?;
    let groups = [WORDS / 64, 1, 1];
    let bound = |_: &_| Ok::<_, CardError>((memory.address(), size));
    let arguments = compiled.reflection.arguments(bound, groups, &[])?;
    let kernel = card.load(&compiled.object, &compiled.reflection.entry)?;
    let point = card.submit(&[Command::Dispatch {
        kernel,
        arguments: arguments.into(),
        touches: None,
        groups,
    }])?;
    card.wait(point, None)?;
    memory.invalidate(0, size)?;
    let pointer = memory
        .mapping()
        .ok_or_else(|| bad("host memory without a mapping".into()))?;
    for i in 0..WORDS {
        // SAFETY: inside the mapping, aligned, and the kernel that wrote it is done.
        let word = unsafe { pointer.cast::<u32>().add(i as usize).read_volatile() };
        if word != i.wrapping_mul(i) {
            return Err(bad(format!("{i} squared is {word} on this card")));
        }
    }
    let took = start.elapsed();
    Ok(format!(
        "{WORDS} numbers by a kernel, compiled and run in {took:.1?}"
    ))
}
