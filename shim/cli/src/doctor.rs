//! `egpu doctor`: step by step, why a card can or cannot be used.
//!
//! Each step is one sentence; the first that fails says what to do next, and the later ones of that
//! card are not tried.

use std::fmt::Write as _;
use std::sync::Arc;

use egpu_cards::egpu_driver::amd::{AmdCard, FirmwareSource, FirmwareState, Options};
use egpu_cards::egpu_driver::{Card, CardError, Command, MemoryKind};
use egpu_cards::egpu_link::{Endpoint, Limits, Link};
use egpu_cards::{Die, VirtualConfig, VirtualSource};
use lexopt::prelude::*;

use crate::{Failure, Outcome};

/// What was found, on the screen and for the report.
#[derive(Default)]
struct Findings {
    text: String,
    failures: u32,
}

impl Findings {
    fn say(&mut self, line: impl std::fmt::Display) {
        println!("{line}");
        let _ = writeln!(self.text, "{line}");
    }

    fn good(&mut self, line: impl std::fmt::Display) {
        self.say(format_args!("  ok    {line}"));
    }

    fn bad(&mut self, problem: impl std::fmt::Display, next: impl std::fmt::Display) {
        self.failures += 1;
        self.say(format_args!("  FAIL  {problem}"));
        self.say(format_args!("        next: {next}"));
    }

    /// A driver error: its own advice, where it has one.
    fn error(&mut self, error: CardError, next: &str) {
        match error {
            CardError::Unavailable { problem, advice } => self.bad(problem, advice),
            other => self.bad(other, next),
        }
    }
}

/// The subcommand.
pub fn doctor(mut parser: lexopt::Parser) -> Outcome {
    let mut report = None;
    while let Some(argument) = parser.next()? {
        match argument {
            Long("report") => report = Some(std::path::PathBuf::from(parser.value()?)),
            other => return Err(other.unexpected().into()),
        }
    }
    let mut findings = Findings::default();
    system(&mut findings);
    let named = Endpoint::named();
    let places = match named.is_empty() {
        true => Endpoint::usual().into_iter().collect(),
        false => named.clone(),
    };
    for place in places {
        findings.say(format_args!("card at {place}"));
        if !named.is_empty() || place.is_present() {
            endpoint(&place, &mut findings);
        } else {
            findings.say("  none  no TinyGPU server here; only the virtual card is available");
        }
    }
    findings.say("virtual card");
    let source = VirtualSource::new(VirtualConfig::default(), Options::default());
    match egpu_cards::egpu_driver::Source::open(&source) {
        Ok(card) => compute(&*card, &mut findings),
        Err(error) => findings.error(error, "report this: the virtual card needs nothing"),
    }
    if let Some(path) = report {
        std::fs::write(&path, &findings.text)
            .map_err(|error| Failure::failed(format!("{}: {error}", path.display())))?;
        println!("report written to {}", path.display());
    }
    match findings.failures {
        0 => Ok(()),
        1 => Err(Failure::failed("one thing is wrong, see above")),
        n => Err(Failure::failed(format!("{n} things are wrong, see above"))),
    }
}

fn system(findings: &mut Findings) {
    findings.say(format_args!(
        "egpu {} on {} {}",
        env!("CARGO_PKG_VERSION"),
        std::env::consts::OS,
        std::env::consts::ARCH
    ));
    if cfg!(target_os = "macos") {
        for (what, program, arguments) in [
            ("macOS", "sw_vers", &["-productVersion"][..]),
            ("Mac", "sysctl", &["-n", "hw.model"]),
            (
                "graphics cards on PCI",
                "system_profiler",
                &["SPPCIDataType"],
            ),
            ("driver extensions", "systemextensionsctl", &["list"]),
        ] {
            match std::process::Command::new(program).args(arguments).output() {
                Ok(output) => {
                    findings.say(format_args!(
                        "{what}: {}",
                        String::from_utf8_lossy(&output.stdout).trim()
                    ));
                }
                Err(error) => {
                    findings.say(format_args!("{what}: {program} cannot be run: {error}"))
                }
            }
        }
    }
}

fn endpoint(place: &Endpoint, findings: &mut Findings) {
    let link = match place.connect(Limits::default()) {
        Ok(link) => link,
        Err(error) => {
            return findings.bad(
                error,
                "start TinyGPU and approve its driver extension, or end the program that holds the card",
            )
        }
    };
    findings.good(format_args!("connected to {}", link.describe()));
    let ids = match link.config_read(0, 4) {
        Ok(ids) => ids,
        Err(error) => return findings.bad(error, "unplug the enclosure, plug it in again"),
    };
    let class = link.config_read(8, 4).unwrap_or(0) >> 8;
    match (ids & 0xffff, ids >> 16) {
        (0xffff, _) => {
            return findings.bad(
                "the card does not answer on PCI: configuration space reads as ones",
                "check cable and power of the enclosure, then plug it in again",
            )
        }
        (0x1002, device) => findings.good(format_args!(
            "AMD card, device {device:#06x}, class {class:#08x}"
        )),
        (vendor, device) => {
            return findings.bad(
                format_args!("PCI vendor {vendor:#06x}, device {device:#06x}: not a card of AMD"),
                "use an RDNA3 or RDNA4 card",
            )
        }
    }
    for bar in [0, 2, 5] {
        match link.map_bar(bar) {
            Ok(found) => findings.good(format_args!("BAR {bar} of {} KiB", found.size >> 10)),
            Err(error) => return findings.bad(error, "unplug the enclosure, plug it in again"),
        }
    }
    for (register, what) in [(0xde3u64, "RCC_CONFIG_MEMSIZE"), (0, "MM_INDEX")] {
        match link.read32(5, register * 4) {
            Ok(value) => findings.good(format_args!("{what} reads {value:#x}")),
            Err(error) => return findings.bad(error, "unplug the enclosure, plug it in again"),
        }
    }
    firmware(ids >> 16, findings);
    open(link, findings);
}

/// Firmware counts only for a card that must be booted, so what is missing is no failure yet.
fn firmware(device: u32, findings: &mut Findings) {
    let die = Die::ALL
        .into_iter()
        .find(|die| die.pci_ids().iter().any(|&id| u32::from(id) == device));
    let Some(die) = die else { return };
    let files = FirmwareSource::default().survey(die);
    let whole = |state: &FirmwareState| matches!(state, FirmwareState::Good { .. });
    let missing: Vec<&str> = files
        .iter()
        .filter(|file| !whole(&file.state))
        .map(|file| file.name.as_str())
        .collect();
    match missing.is_empty() {
        true => findings.good(format_args!("firmware of {} is whole", die.code_name())),
        false => findings.say(format_args!(
            "  note  firmware that a cold {} needs is missing: {}; `egpu firmware get` fetches it",
            die.code_name(),
            missing.join(" ")
        )),
    }
}

fn open(link: Arc<dyn Link>, findings: &mut Findings) {
    match AmdCard::open(link, &Options::default()) {
        Ok(card) => {
            let info = card.info();
            findings.good(format_args!("{} ({}) is up", info.name, info.target));
            compute(&card, findings);
        }
        Err(error) => findings.error(error, "send a report: egpu doctor --report FILE"),
    }
}

/// Memory through the engines and back.
fn compute(card: &dyn Card, findings: &mut Findings) {
    match round_trip(card) {
        Ok(true) => findings.good("fills, copies and reads back memory"),
        Ok(false) => findings.bad(
            "memory reads back wrong",
            "another cable or enclosure; then send a report: egpu doctor --report FILE",
        ),
        Err(error) => findings.error(error, "send a report: egpu doctor --report FILE"),
    }
}

fn round_trip(card: &dyn Card) -> Result<bool, CardError> {
    const SIZE: u64 = 1 << 20;
    const PATTERN: u32 = 0x5a5a_c33c;
    let memory = card.allocate(MemoryKind::Device, SIZE)?;
    let back = card.allocate(MemoryKind::Readback, SIZE)?;
    let point = card.submit(&[
        Command::Fill {
            destination: memory.address(),
            size: SIZE,
            value: PATTERN,
        },
        Command::Barrier,
        Command::Copy {
            source: memory.address(),
            destination: back.address(),
            size: SIZE,
        },
    ])?;
    card.wait(point, Some(std::time::Duration::from_secs(30)))?;
    back.invalidate(0, SIZE)?;
    let Some(mapping) = back.mapping() else {
        return Ok(false);
    };
    Ok((0..SIZE as usize / 4).all(|i| {
        // SAFETY: the mapping is SIZE bytes, aligned, and the copy into it is done.
        unsafe { mapping.cast::<u32>().add(i).read_volatile() == PATTERN }
    }))
}
