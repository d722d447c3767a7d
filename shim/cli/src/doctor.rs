//! `egpu doctor`: step by step, why a card can or cannot be used.

use egpu_cards::egpu_driver::doctor::{host_facts, Report};
use lexopt::prelude::*;

use crate::{examine, Failure, Outcome};

/// The subcommand.
pub fn doctor(mut parser: lexopt::Parser) -> Outcome {
    let mut file = None;
    while let Some(argument) = parser.next()? {
        match argument {
            Long("report") => file = Some(std::path::PathBuf::from(parser.value()?)),
            other => return Err(other.unexpected().into()),
        }
    }
    let examined = examine::every_card()?;
    for note in &examined.absent {
        println!("{note}");
    }
    if examined.reports.len() == 1 {
        println!("only the virtual card is available");
    }
    for report in &examined.reports {
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
        let facts = host_facts().into_iter();
        let text: String = facts
            .map(|(name, value)| format!("{name}: {value}\n"))
            .chain(examined.reports.iter().map(Report::to_string))
            .collect();
        std::fs::write(&path, text)
            .map_err(|error| Failure::failed(format!("{}: {error}", path.display())))?;
        println!("report written to {}", path.display());
    }
    let unusable = |report: &&Report| report.problem().is_some();
    match examined.reports.iter().filter(unusable).count() {
        0 => Ok(()),
        n => Err(Failure::failed(format!(
            "{n} of {} cards cannot be used, see above",
            examined.reports.len()
        ))),
    }
}
