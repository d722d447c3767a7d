//! `egpu doctor`: step by step, why a card can or cannot be used.

use egpu_cards::egpu_driver::amd::Options;
use egpu_cards::egpu_driver::cuda;
use egpu_cards::egpu_driver::doctor::{examine, examine_cuda, examine_link, report_for, Report};
use egpu_cards::egpu_link::Endpoint;
use egpu_cards::virtual_card::VirtualCard;
use egpu_cards::VirtualConfig;
use lexopt::prelude::*;

use crate::{Failure, Outcome};

/// The subcommand.
pub fn doctor(mut parser: lexopt::Parser) -> Outcome {
    let mut file = None;
    while let Some(argument) = parser.next()? {
        match argument {
            Long("report") => file = Some(std::path::PathBuf::from(parser.value()?)),
            other => return Err(other.unexpected().into()),
        }
    }
    let options = Options::default();
    let named = Endpoint::named();
    let places = match named.is_empty() {
        true => Endpoint::usual()
            .into_iter()
            .filter(Endpoint::is_present)
            .collect(),
        false => named,
    };
    let mut reports: Vec<Report> = places
        .iter()
        .map(|place| examine(place, &options, true))
        .collect();
    if reports.is_empty() {
        println!("no TinyGPU server and no TinyGPU.app here");
    }
    match examine_cuda(&cuda::Options::default()) {
        Ok(cards) => reports.extend(cards),
        Err(error) => println!("no NVIDIA card: {error}\n  next: {}", error.next_step()),
    }
    if reports.is_empty() {
        println!("only the virtual card is available");
    }
    reports.push(virtual_card(&options)?);
    for report in &reports {
        // Facts are for the report; on the screen they hide what matters.
        print!(
            "{}",
            Report {
                facts: Vec::new(),
                ..report.clone()
            }
        );
    }
    if let Some(path) = file {
        let text: String = reports.iter().map(Report::to_string).collect();
        let text = format!("egpu {}\n{text}", env!("CARGO_PKG_VERSION"));
        std::fs::write(&path, text)
            .map_err(|error| Failure::failed(format!("{}: {error}", path.display())))?;
        println!("report written to {}", path.display());
    }
    match reports
        .iter()
        .filter(|report| report.problem().is_some())
        .count()
    {
        0 => Ok(()),
        n => Err(Failure::failed(format!(
            "{n} of {} cards cannot be used, see above",
            reports.len()
        ))),
    }
}

fn virtual_card(options: &Options) -> Result<Report, Failure> {
    let card = VirtualCard::new(VirtualConfig::default()).map_err(Failure::failed)?;
    let mut report = report_for("virtual card");
    examine_link(&mut report, card, options);
    Ok(report)
}
