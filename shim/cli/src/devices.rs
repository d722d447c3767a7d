//! `egpu devices`: every card and the virtual card.

use egpu_cards::egpu_driver::CardInfo;
use egpu_cards::egpu_link::Endpoint;
use lexopt::prelude::*;
use serde_json::json;

use crate::{Failure, Outcome};

/// A line of the list.
struct Device {
    /// What is known of the card, if it could be attached.
    info: Option<CardInfo>,
    /// How it is reached.
    link: String,
    /// What keeps it from being used, with the next step.
    missing: Option<(String, Option<String>)>,
}

/// The subcommand.
pub fn devices(mut parser: lexopt::Parser) -> Outcome {
    let mut as_json = false;
    while let Some(argument) = parser.next()? {
        match argument {
            Long("json") => as_json = true,
            other => return Err(other.unexpected().into()),
        }
    }
    let devices = all();
    if as_json {
        let list: Vec<_> = devices.iter().map(to_json).collect();
        println!("{}", serde_json::Value::from(list));
    } else {
        devices.iter().for_each(show);
    }
    Ok(())
}

/// NVIDIA's cards, real cards at the places that are named or the usual one, then the virtual card.
fn all() -> Vec<Device> {
    let named = Endpoint::named();
    let places = match named.is_empty() {
        true => Endpoint::usual()
            .into_iter()
            .filter(Endpoint::is_present)
            .collect(),
        false => named,
    };
    let find = |adapter: &str, endpoints| {
        let options = egpu_cards::Options {
            adapter: Some(adapter.into()),
            endpoints,
            ..egpu_cards::Options::default()
        };
        egpu_cards::find(&options)
    };
    let ready = |source: &std::sync::Arc<dyn egpu_cards::egpu_driver::Source>| Device {
        info: Some(source.info().clone()),
        link: source.info().link.clone(),
        missing: None,
    };
    // Where there is no driver there is mostly no card either: that is for the doctor to explain.
    let mut devices: Vec<Device> = find("cuda", Vec::new())
        .unwrap_or_default()
        .iter()
        .map(ready)
        .collect();
    for place in places {
        let link = place.to_string();
        devices.push(match find("tinygpu", vec![place]) {
            Ok(found) => Device {
                info: found.first().map(|source| source.info().clone()),
                link,
                missing: None,
            },
            Err(error) => Device {
                info: None,
                link,
                missing: Some(reason(error)),
            },
        });
    }
    devices.extend(
        find("virtual", Vec::new())
            .unwrap_or_default()
            .iter()
            .map(ready),
    );
    devices
}

fn reason(error: egpu_cards::egpu_driver::CardError) -> (String, Option<String>) {
    match Failure::from(error) {
        Failure::Usage(problem) => (problem, None),
        Failure::Failed(problem, advice) => (problem, advice),
    }
}

fn show(device: &Device) {
    match &device.info {
        Some(info) => println!(
            "{}\n  arch {}, {} MiB, {} compute units, PCI {:04x}:{:04x}\n  over {}, driver {}\n  ready",
            info.name,
            info.target,
            info.memory >> 20,
            info.compute_units,
            info.vendor,
            info.device,
            device.link,
            info.driver,
        ),
        None => println!("card over {}\n  cannot be used", device.link),
    }
    if let Some((problem, advice)) = &device.missing {
        println!("  {problem}");
        if let Some(advice) = advice {
            println!("  {advice}");
        }
    }
}

fn to_json(device: &Device) -> serde_json::Value {
    let mut value = json!({
        "link": device.link,
        "state": if device.missing.is_none() { "ready" } else { "unusable" },
        "missing": device.missing.as_ref().map(|(problem, _)| problem),
        "advice": device.missing.as_ref().and_then(|(_, advice)| advice.clone()),
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
