//! `egpu serve`: a virtual card for other programs.

use egpu_cards::egpu_link::Endpoint;
use egpu_cards::virtual_card::serve::{self, Options};
use egpu_cards::virtual_card::Fault;
use egpu_cards::{Die, VirtualConfig};
use lexopt::prelude::*;

use crate::{args, Failure, Outcome};

/// The subcommand.
pub fn serve(mut parser: lexopt::Parser) -> Outcome {
    let mut endpoint = None;
    let mut card = VirtualConfig::default();
    let mut once = false;
    let mut trace = None;
    const MIB: u64 = 1 << 20;
    while let Some(argument) = parser.next()? {
        match argument {
            Long("unix") => endpoint = Some(Endpoint::Unix(parser.value()?.into())),
            Long("tcp") => endpoint = Some(Endpoint::Tcp(args::text(&mut parser)?)),
            Long("card") => card.die = die(&args::text(&mut parser)?)?,
            Long("vram") => card.vram = mebibytes(&mut parser)? * MIB,
            Long("bar0") => card.bar0 = mebibytes(&mut parser)? * MIB,
            Long("segments") => card.segments = args::value(&mut parser, "number of segments")?,
            Long("seed") => card.seed = args::value(&mut parser, "seed")?,
            Long("cold") => card.cold = true,
            Long("strict") => card.strict = true,
            Long("once") => once = true,
            Long("trace") => trace = Some(parser.value()?.into()),
            Long("fault") => {
                let name = args::text(&mut parser)?;
                let faults: Result<Vec<Fault>, _> = name.split(',').map(str::parse).collect();
                card.faults
                    .extend(faults.map_err(|e| Failure::Usage(e.to_string()))?);
            }
            other => return Err(other.unexpected().into()),
        }
    }
    let endpoint =
        endpoint.ok_or_else(|| Failure::Usage("say --unix PATH or --tcp ADDR:PORT".into()))?;
    let options = Options {
        endpoint,
        card,
        once,
        trace,
    };
    let findings =
        serve::run(options, |place| println!("listening on {place}")).map_err(Failure::failed)?;
    for finding in findings {
        eprintln!("a real card would not have taken this: {finding}");
    }
    Ok(())
}

/// A value in MiB, of which a 64-bit number of bytes can be made.
fn mebibytes(parser: &mut lexopt::Parser) -> Result<u64, Failure> {
    let value: u32 = args::value(parser, "size in MiB")?;
    Ok(value.into())
}

/// A die by the name of a card.
pub fn die(name: &str) -> Result<Die, Failure> {
    Die::from_name(name).ok_or_else(|| {
        let names = Die::ALL.map(Die::card_name).join(", ");
        Failure::Usage(format!("`{name}` is no card; there are {names}"))
    })
}
