//! `egpu devices`: every card and the virtual card, each tried.

use egpu_cards::egpu_driver::doctor::Report;
use lexopt::prelude::*;
use serde_json::json;

use crate::{examine, Outcome};

/// The subcommand.
pub fn devices(mut parser: lexopt::Parser) -> Outcome {
    let mut as_json = false;
    while let Some(argument) = parser.next()? {
        match argument {
            Long("json") => as_json = true,
            other => return Err(other.unexpected().into()),
        }
    }
    let devices = examine::every_card()?.reports;
    if as_json {
        let list: Vec<_> = devices.iter().map(to_json).collect();
        println!("{}", serde_json::Value::from(list));
    } else {
        devices.iter().for_each(show);
    }
    Ok(())
}

/// How a card is reached.
fn link(device: &Report) -> &str {
    device
        .info
        .as_ref()
        .map_or(&device.target, |info| &info.link)
}

fn show(device: &Report) {
    match &device.info {
        Some(info) => println!(
            "{}\n  arch {}, {} MiB, {} compute units, PCI {:04x}:{:04x}\n  over {}, driver {}",
            info.name,
            info.target,
            info.memory >> 20,
            info.compute_units,
            info.vendor,
            info.device,
            link(device),
            info.driver,
        ),
        None => println!("card over {}", link(device)),
    }
    match device.problem() {
        None => println!("  ready"),
        Some(problem) => println!(
            "  cannot be used: {problem}\n  next: {}",
            problem.next_step()
        ),
    }
}

fn to_json(device: &Report) -> serde_json::Value {
    let problem = device.problem();
    let mut value = json!({
        "link": link(device),
        "state": if problem.is_none() { "ready" } else { "unusable" },
        "missing": problem.map(|problem| problem.to_string()),
        "advice": problem.map(|problem| problem.next_step()),
    });
    if let Some(info) = &device.info {
        value["name"] = info.name.clone().into();
        value["arch"] = info.target.clone().into();
        value["memory"] = info.memory.into();
        value["driver"] = info.driver.clone().into();
        value["virtual"] = info.is_virtual.into();
        value["vendor"] = info.vendor.into();
        value["device"] = info.device.into();
        value["compute_units"] = info.compute_units.into();
    }
    value
}
