//! Serves a virtual card: `cargo run -p virtual-card --example serve -- unix:PATH|tcp:PORT [navi31] [MIB of BAR 0] [cold] [strict] [trace=FILE]`.
//!
//! `egpu serve` is the real command; this needs nothing but this crate.

use amd_hw::die::Die;
use egpu_link::Endpoint;
use virtual_card::{serve, Config};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut options = serve::Options {
        endpoint: Endpoint::Tcp("127.0.0.1:0".into()),
        card: Config::default(),
        once: false,
        trace: None,
    };
    for argument in std::env::args().skip(1) {
        if let Some(path) = argument.strip_prefix("unix:") {
            options.endpoint = Endpoint::Unix(path.into());
        } else if let Some(address) = argument.strip_prefix("tcp:") {
            options.endpoint = Endpoint::Tcp(address.into());
        } else if let Some(path) = argument.strip_prefix("trace=") {
            options.trace = Some(path.into());
        } else if let Some(count) = argument.strip_prefix("segments=") {
            options.card.segments = count.parse()?;
        } else if let Some(die) = Die::from_name(&argument) {
            options.card.die = die;
        } else if let Ok(mib) = argument.parse::<u64>() {
            options.card.bar0 = mib << 20;
        } else {
            match argument.as_str() {
                "cold" => options.card.cold = true,
                "strict" => options.card.strict = true,
                "once" => options.once = true,
                fault => options.card.faults.push(fault.parse()?),
            }
        }
    }
    let server = serve::Server::bind(options)?;
    println!("{}", server.endpoint());
    let card = server.card().clone();
    let result = server.run();
    for finding in card.findings() {
        eprintln!("{finding}");
    }
    for (name, count) in card.counts().entries() {
        eprintln!("{name} {count}");
    }
    Ok(result?)
}
