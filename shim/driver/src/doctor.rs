//! Why a card can or cannot be used, step by step.
//!
//! Each check either says what it found or fails with one sentence and one next step, and what could
//! not be tried after a failure is left out. Nothing is changed on the card but by the last two,
//! which open it, move data and compute; the kernel is the caller's ([`Work`]), since this crate has
//! no compiler. [`Report`] and [`host_facts`] add what a maintainer would ask for.

use std::fmt;
use std::process::Command as Process;
use std::sync::Arc;

use egpu_link::{Endpoint, Limits, Link, LinkError};

use crate::amd::{self, AmdCard, FirmwareState, Survey};
use crate::cuda::{self, CudaSource, Driver, Unusable};
use crate::{Card, CardError, CardInfo, Command, Loss, MemoryKind, Source};

/// What is looked at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Check {
    /// TinyGPU's application (macOS).
    Application,
    /// TinyGPU's driver extension (macOS).
    Extension,
    /// The socket or address takes a connection.
    Connection,
    /// The function answers in configuration space and is an AMD card.
    Identity,
    /// BARs are mapped and registers answer.
    Registers,
    /// The discovery table is whole and the die is known.
    Discovery,
    /// What state the card is in, and whether firmware for it is there.
    Firmware,
    /// NVIDIA's driver starts and lists its cards.
    Driver,
    /// The card opens and moves data.
    Data,
    /// It runs a kernel, and is well afterwards.
    Work,
}

/// Computes something on an open card and checks it: what was found, in words.
pub type Work<'a> = dyn Fn(&dyn Card) -> Result<String, CardError> + 'a;

impl fmt::Display for Check {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Check::Application => "TinyGPU application",
            Check::Extension => "driver extension",
            Check::Connection => "connection",
            Check::Identity => "card on the bus",
            Check::Registers => "registers",
            Check::Discovery => "discovery table",
            Check::Firmware => "firmware",
            Check::Driver => "NVIDIA driver",
            Check::Data => "moving data",
            Check::Work => "computing",
        })
    }
}

/// What is wrong. Shown, it is one sentence; [`Problem::next_step`] says what to do.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Problem {
    /// TinyGPU.app is not installed.
    NoApplication,
    /// The extension is not installed or not enabled.
    ExtensionOff,
    /// The extension waits for the user's approval.
    NotApproved,
    /// Nobody listens.
    NoServer(String),
    /// Another program drives the card.
    InUse(String),
    /// The server takes connections but does not answer.
    Stalled(String),
    /// The server answers what the protocol does not allow, or goes away.
    BadServer(String),
    /// The server has no card.
    NoCard(String),
    /// Another vendor's card, or one that is not known.
    UnknownCard(String),
    /// Registers or configuration space read as ones.
    OffTheBus(String),
    /// The discovery table is not whole.
    BadDiscovery(String),
    /// Firmware files are missing.
    FirmwareMissing(Vec<String>),
    /// A firmware file cannot be used.
    FirmwareBad(String),
    /// The card does not come up.
    Bringup(String),
    /// NVIDIA's driver or card cannot be used.
    Cuda(Unusable),
    /// The card opens but does not compute.
    Work(String),
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Problem::NoApplication => f.write_str("TinyGPU.app is not in /Applications"),
            Problem::ExtensionOff => f.write_str("TinyGPU's driver extension is not enabled"),
            Problem::NotApproved => f.write_str("the driver extension waits for your approval"),
            Problem::NoServer(what) => write!(f, "nobody serves a card: {what}"),
            Problem::InUse(what)
            | Problem::Stalled(what)
            | Problem::BadServer(what)
            | Problem::NoCard(what)
            | Problem::UnknownCard(what)
            | Problem::OffTheBus(what)
            | Problem::BadDiscovery(what)
            | Problem::FirmwareBad(what)
            | Problem::Bringup(what) => f.write_str(what),
            Problem::FirmwareMissing(names) => {
                write!(f, "the card must be booted, but firmware is missing: ")?;
                f.write_str(&names.join(", "))
            }
            Problem::Cuda(what) => what.fmt(f),
            Problem::Work(what) => write!(f, "the card opens but does not work: {what}"),
        }
    }
}

impl Problem {
    /// What the user can do.
    pub fn next_step(&self) -> &'static str {
        match self {
            Problem::NoApplication => "install TinyGPU.app from tinygrad's site into /Applications",
            Problem::ExtensionOff => "run TinyGPU.app once and install its extension",
            Problem::NotApproved => {
                "approve it in System Settings, General, Login Items & Extensions, Driver Extensions"
            }
            Problem::NoServer(_) if cfg!(target_os = "macos") => {
                "start TinyGPU.app, and connect the enclosure before it"
            }
            Problem::NoServer(_) => {
                "start a server there (`egpu serve --unix PATH` offers a virtual card), or correct EGPU_SOCKET or EGPU_REMOTE"
            }
            Problem::InUse(_) => "end that program, then try again",
            Problem::Stalled(_) => {
                "end other programs that use the card, or restart the server"
            }
            Problem::BadServer(_) => "restart the server; update TinyGPU if it persists",
            Problem::NoCard(_) => {
                "check the card's seat, its power cables, and the enclosure's cable"
            }
            Problem::UnknownCard(_) => "use an RDNA3 or RDNA4 card, or report this one",
            Problem::OffTheBus(_) => {
                "switch the enclosure off and on; restarting the computer with it attached also helps"
            }
            Problem::BadDiscovery(_) => "switch the enclosure off and on, and report it if it stays",
            Problem::FirmwareMissing(_) => "run `egpu firmware get`",
            Problem::FirmwareBad(_) => "run `egpu firmware get` to fetch it again",
            Problem::Bringup(_) => {
                "switch the enclosure off and on, and send `egpu doctor --report FILE` if it stays"
            }
            Problem::Cuda(what) => what.next_step(),
            Problem::Work(_) => {
                "switch the enclosure off and on and try again; if it stays, send `egpu doctor --report FILE` to the maintainers"
            }
        }
    }
}

/// One check and its outcome.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// What was looked at.
    pub check: Check,
    /// What was found, or what is wrong.
    pub outcome: Result<String, Problem>,
}

/// Everything found at one place.
#[derive(Clone, Debug)]
pub struct Report {
    /// Socket or address.
    pub target: String,
    /// What the card is, once that was found out.
    pub info: Option<CardInfo>,
    /// Checks in order, up to the first failure.
    pub findings: Vec<Finding>,
    /// Facts for maintainers: name and value.
    pub facts: Vec<(String, String)>,
}

impl Report {
    /// A report without checks.
    pub fn new(target: impl Into<String>) -> Report {
        Report {
            target: target.into(),
            info: None,
            findings: Vec::new(),
            facts: Vec::new(),
        }
    }

    /// The failure, if there is one.
    pub fn problem(&self) -> Option<&Problem> {
        self.findings.iter().find_map(|f| f.outcome.as_ref().err())
    }

    fn pass(&mut self, check: Check, found: impl Into<String>) {
        self.findings.push(Finding {
            check,
            outcome: Ok(found.into()),
        });
    }

    fn fail(&mut self, check: Check, problem: Problem) {
        self.findings.push(Finding {
            check,
            outcome: Err(problem),
        });
    }

    fn fact(&mut self, name: &str, value: impl Into<String>) {
        self.facts.push((name.to_owned(), value.into()));
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{}", self.target)?;
        for finding in &self.findings {
            match &finding.outcome {
                Ok(found) => writeln!(f, "  ok    {}: {found}", finding.check)?,
                Err(problem) => {
                    writeln!(f, "  FAIL  {}: {problem}", finding.check)?;
                    writeln!(f, "        next: {}", problem.next_step())?;
                }
            }
        }
        for (name, value) in &self.facts {
            writeln!(f, "  {name}: {value}")?;
        }
        Ok(())
    }
}

/// Looks at the card behind a socket or an address; with `work` also opens it and computes.
pub fn examine(endpoint: &Endpoint, options: &amd::Options, work: Option<&Work<'_>>) -> Report {
    let mut report = Report::new(endpoint.to_string());
    if matches!(endpoint, Endpoint::Unix(_)) && !examine_application(&mut report) {
        return report;
    }
    let connect = || endpoint.connect(Limits::default());
    let link = match connect() {
        Ok(link) => link,
        Err(error) => {
            report.fail(Check::Connection, connection_problem(&error));
            return report;
        }
    };
    report.pass(Check::Connection, "a server answers");
    if let (true, Some(work)) = (examine_link(&mut report, link, options), work) {
        match connect() {
            Ok(link) => examine_work(&mut report, link, options, work),
            Err(error) => report.fail(Check::Data, connection_problem(&error)),
        }
    }
    report
}

/// Looks at the card behind a link; the checks that need no other. `true` if all passed.
pub fn examine_link(report: &mut Report, link: Arc<dyn Link>, options: &amd::Options) -> bool {
    let mut survey = Survey::default();
    let outcome = amd::survey(link, &mut survey);
    for (name, value) in &survey.facts {
        report.fact(name, value.clone());
    }
    report.info = survey.info;
    if let Some(identity) = &survey.identity {
        report.pass(Check::Identity, identity.clone());
    }
    if let Some(registers) = &survey.registers {
        report.pass(Check::Registers, registers.clone());
    }
    if let Some(die) = survey.die {
        report.pass(
            Check::Discovery,
            format!("{} ({})", die.code_name(), die.arch()),
        );
    }
    if let Err(error) = outcome {
        let check = match (&survey.identity, &survey.registers, survey.die) {
            (None, _, _) => Check::Identity,
            (_, None, _) => Check::Registers,
            (_, _, None) => Check::Discovery,
            _ => Check::Firmware,
        };
        report.fail(check, card_problem(check, &error));
        return false;
    }
    let Some(die) = survey.die else {
        return false;
    };
    if survey.warm {
        report.pass(Check::Firmware, "runs already, from an earlier use");
        return true;
    }
    let files = options.firmware.survey(die);
    for file in &files {
        let state = match &file.state {
            FirmwareState::Good { path, version } => {
                format!("{} (version {version:#x})", path.display())
            }
            FirmwareState::Missing => "missing".to_owned(),
            FirmwareState::Bad(why) => why.clone(),
        };
        report.fact(&format!("firmware {}", file.name), state);
    }
    if let Some(why) = files.iter().find_map(|f| match &f.state {
        FirmwareState::Bad(why) => Some(why.clone()),
        FirmwareState::Good { .. } | FirmwareState::Missing => None,
    }) {
        report.fail(Check::Firmware, Problem::FirmwareBad(why));
        return false;
    }
    let missing: Vec<String> = files
        .iter()
        .filter(|f| f.state == FirmwareState::Missing)
        .map(|f| f.name.clone())
        .collect();
    if !missing.is_empty() {
        report.fail(Check::Firmware, Problem::FirmwareMissing(missing));
        return false;
    }
    report.pass(
        Check::Firmware,
        format!("{} files are there and whole", files.len()),
    );
    true
}

/// Opens the card behind a link, moves data and computes.
pub fn examine_work(
    report: &mut Report,
    link: Arc<dyn Link>,
    options: &amd::Options,
    work: &Work<'_>,
) {
    let card = match AmdCard::open(link, options) {
        Ok(card) => card,
        Err(error) => return report.fail(Check::Data, card_problem(Check::Data, &error)),
    };
    let steps: [(Check, &Work<'_>); 2] = [(Check::Data, &move_data), (Check::Work, work)];
    for (check, step) in steps {
        // What strikes without anybody waiting for it shows when the card is asked.
        match step(&card).and_then(|found| card.check().map(|()| found)) {
            Ok(found) => report.pass(check, found),
            Err(error) => return report.fail(check, card_problem(check, &error)),
        }
    }
}

/// Looks at NVIDIA's driver and its cards, a report each; moves data and computes on each of them.
///
/// Errors: there is no driver, which on most machines only says that there is no such card.
pub fn examine_cuda(options: &cuda::Options, work: &Work<'_>) -> Result<Vec<Report>, Unusable> {
    let driver = match Driver::load() {
        Ok(driver) => driver,
        Err(error @ Unusable::NoDriver(_)) => return Err(error),
        Err(error) => return Ok(vec![unusable("NVIDIA cards", error)]),
    };
    Ok(examine_driver(&driver, options, work))
}

/// The same for a driver that is loaded.
pub fn examine_driver(
    driver: &Arc<Driver>,
    options: &cuda::Options,
    work: &Work<'_>,
) -> Vec<Report> {
    let devices = match driver.devices(options.is_virtual) {
        Ok(devices) => devices,
        Err(error) => return vec![unusable("NVIDIA cards", error)],
    };
    devices
        .into_iter()
        .zip(0..)
        .map(|(device, ordinal)| {
            let target = format!("NVIDIA card {ordinal}");
            match device.and_then(|_| CudaSource::at(driver, ordinal, options)) {
                Ok(source) => examine_source(&target, driver, &source, work),
                Err(error) => unusable(&target, error),
            }
        })
        .collect()
}

fn unusable(target: &str, error: Unusable) -> Report {
    let mut report = Report::new(target);
    report.fail(Check::Driver, Problem::Cuda(error));
    report
}

fn examine_source(target: &str, driver: &Driver, source: &CudaSource, work: &Work<'_>) -> Report {
    let mut report = Report::new(target);
    let info = source.info();
    report.info = Some(info.clone());
    report.pass(Check::Driver, driver.describe());
    report.pass(
        Check::Identity,
        format!(
            "{} ({}), {} MiB, {}",
            info.name,
            info.target,
            info.memory >> 20,
            info.link
        ),
    );
    let card = match source.open_card() {
        Ok(card) => card,
        Err(error) => {
            report.fail(Check::Data, Problem::Work(error.to_string()));
            return report;
        }
    };
    let steps: [(Check, &Work<'_>); 2] = [(Check::Data, &move_data), (Check::Work, work)];
    for (check, step) in steps {
        match step(&card) {
            Ok(found) => report.pass(check, found),
            Err(error) => {
                report.fail(check, Problem::Work(error.to_string()));
                break;
            }
        }
    }
    report
}

/// Fills memory on the card and reads it back.
fn move_data(card: &dyn Card) -> Result<String, CardError> {
    const SIZE: u64 = 1 << 20;
    const VALUE: u32 = 0x600d_ca4d;
    let on_card = card.allocate(MemoryKind::Device, SIZE)?;
    let back = card.allocate(MemoryKind::Readback, SIZE)?;
    let start = std::time::Instant::now();
    let point = card.submit(&[
        Command::Fill {
            destination: on_card.address(),
            size: SIZE,
            value: VALUE,
        },
        Command::Barrier,
        Command::Copy {
            source: on_card.address(),
            destination: back.address(),
            size: SIZE,
        },
    ])?;
    if !card.wait(point, Some(std::time::Duration::from_secs(20)))? {
        return Err(CardError::Invalid(
            "a copy of 1 MiB took more than 20 seconds".into(),
        ));
    }
    let took = start.elapsed();
    back.invalidate(0, SIZE)?;
    let pointer = back
        .mapping()
        .ok_or_else(|| CardError::Invalid("host memory has no mapping".into()))?;
    for offset in (0..SIZE as usize).step_by(4) {
        // SAFETY: inside the mapping, aligned, and the card has finished writing.
        let word = unsafe { pointer.add(offset).cast::<u32>().read_volatile() };
        if word != VALUE {
            return Err(CardError::Invalid(format!(
                "{word:#x} came back instead of {VALUE:#x} at byte {offset:#x}"
            )));
        }
    }
    Ok(format!("1 MiB written and read back in {took:.1?}"))
}

fn connection_problem(error: &LinkError) -> Problem {
    match error {
        LinkError::Unreachable { .. } => Problem::NoServer(error.to_string()),
        LinkError::Busy { .. } => Problem::InUse(error.to_string()),
        LinkError::Stalled { .. } => Problem::Stalled(error.to_string()),
        LinkError::Refused { message, .. } => refusal(message, error.to_string()),
        _ => Problem::BadServer(error.to_string()),
    }
}

/// TinyGPU's server says "driver not available" when it cannot open the extension, ours says why.
fn is_approval(words: &str) -> bool {
    words.contains("approv") || words.contains("driver not available")
}

/// What a server's refusal means, by its words.
fn refusal(message: &str, whole: String) -> Problem {
    if is_approval(message) {
        Problem::NotApproved
    } else if message.contains("in use") || message.contains("another client") {
        Problem::InUse(whole)
    } else {
        Problem::NoCard(whole)
    }
}

fn card_problem(check: Check, error: &CardError) -> Problem {
    let words = match error {
        CardError::Unavailable { problem, .. } => problem.clone(),
        other => other.to_string(),
    };
    match (check, error) {
        (_, CardError::Bringup { step, .. }) if *step == amd::LOADING => {
            Problem::FirmwareBad(words)
        }
        (_, CardError::Bringup { .. }) => Problem::Bringup(words),
        (_, _) if is_approval(&words) => Problem::NotApproved,
        (_, _) if words.contains("no answer from the card's server") => Problem::Stalled(words),
        (_, _)
            if words.contains("malformed answer")
                || words.contains("connection to the card was lost") =>
        {
            Problem::BadServer(words)
        }
        (_, _) if words.contains("in use") || words.contains("another client") => {
            Problem::InUse(words)
        }
        (Check::Identity, _) if words.contains("no card") => Problem::NoCard(words),
        (Check::Identity, _) if words.contains("not an AMD") => Problem::UnknownCard(words),
        (Check::Identity | Check::Registers, _) if words.contains("refused") => {
            Problem::NoCard(words)
        }
        (Check::Identity | Check::Registers, _) => Problem::OffTheBus(words),
        (Check::Discovery, _) if words.contains("not known") => Problem::UnknownCard(words),
        (Check::Discovery, _) => Problem::BadDiscovery(words),
        (Check::Firmware, CardError::Lost(_)) => Problem::OffTheBus(words),
        (Check::Firmware, _) => Problem::FirmwareBad(words),
        (Check::Data | Check::Work, CardError::Lost(Loss::Unplugged(_))) => {
            Problem::OffTheBus(words)
        }
        (
            Check::Application
            | Check::Extension
            | Check::Connection
            | Check::Driver
            | Check::Data
            | Check::Work,
            _,
        ) => Problem::Work(words),
    }
}

/// On a Mac: the application and its extension. `true` elsewhere.
fn examine_application(report: &mut Report) -> bool {
    if !cfg!(target_os = "macos") || std::env::var_os("EGPU_SOCKET").is_some() {
        return true;
    }
    #[cfg(unix)]
    if !std::path::Path::new(egpu_link::TINYGPU_APPLICATION).exists() {
        report.fail(Check::Application, Problem::NoApplication);
        return false;
    }
    report.pass(Check::Application, "installed");
    let Some(list) = run("systemextensionsctl", &["list"]) else {
        return true;
    };
    let lines: Vec<&str> = list
        .lines()
        .filter(|line| line.contains("org.tinygrad.tinygpu"))
        .collect();
    for line in &lines {
        report.fact("driver extension", line.trim());
    }
    if lines.iter().any(|l| l.contains("[activated enabled]")) {
        report.pass(Check::Extension, "enabled");
        true
    } else if lines.iter().any(|l| l.contains("waiting for user")) {
        report.fail(Check::Extension, Problem::NotApproved);
        false
    } else {
        report.fail(Check::Extension, Problem::ExtensionOff);
        false
    }
}

fn run(program: &str, arguments: &[&str]) -> Option<String> {
    let output = Process::new(program).args(arguments).output().ok()?;
    output
        .status
        .success()
        .then(|| String::from_utf8_lossy(&output.stdout).into_owned())
}

/// Name and value of what a maintainer would ask for first; on a Mac this takes seconds.
pub fn host_facts() -> Vec<(String, String)> {
    let mut facts = vec![
        ("egpu".to_owned(), env!("CARGO_PKG_VERSION").to_owned()),
        (
            "system".to_owned(),
            format!("{} {}", std::env::consts::OS, std::env::consts::ARCH),
        ),
    ];
    let mut add = |name: &str, value: Option<String>| {
        if let Some(value) = value {
            facts.push((name.to_owned(), value.trim().replace('\n', "; ")));
        }
    };
    if cfg!(target_os = "macos") {
        add("macOS", run("sw_vers", &[]));
        add("model", run("sysctl", &["-n", "hw.model"]));
        add(
            "TinyGPU application",
            run(
                "defaults",
                &[
                    "read",
                    "/Applications/TinyGPU.app/Contents/Info",
                    "CFBundleVersion",
                ],
            ),
        );
        add(
            "PCI devices",
            run(
                "system_profiler",
                &["SPPCIDataType", "-detailLevel", "mini"],
            ),
        );
        add(
            "enclosure",
            run(
                "system_profiler",
                &["SPThunderboltDataType", "-detailLevel", "mini"],
            ),
        );
    } else if cfg!(target_os = "linux") {
        add("kernel", run("uname", &["-r"]));
    }
    for name in [
        "EGPU_SOCKET",
        "EGPU_REMOTE",
        "EGPU_ADAPTER",
        "EGPU_FIRMWARE_DIR",
        "EGPU_TIMEOUT",
    ] {
        add(name, std::env::var(name).ok());
    }
    facts
}
