//! Which cards there are, real and virtual, by the names people use.
//!
//! The one place that knows both drivers and the virtual card: everything above takes any
//! [`Source`]. Real cards come first, NVIDIA's before those behind TinyGPU; a virtual card is always
//! there. A card or socket that the
//! user names and that is not there is an error, never a silent fall back to software.

mod virtual_source;

use std::sync::{Arc, OnceLock};
use std::time::Duration;

use egpu_driver::amd::{self, FirmwareSource};
use egpu_driver::cuda::{self, CudaSource, Driver};
use egpu_driver::{AmdSource, CardError, Source, Watchdog};
use egpu_link::Endpoint;

pub use amd_hw::die::Die;
pub use egpu_driver;
pub use egpu_link;
pub use virtual_card::{self, Config as VirtualConfig};
pub use virtual_source::VirtualSource;

/// What to look for and how to open it.
#[derive(Clone, Debug, Default)]
pub struct Options {
    /// Which adapters to offer: a name of the table in docs/cli.md (`virtual`, `virtual-gfx1201`,
    /// `tinygpu`, …) or part of a card's name. `None` offers all.
    pub adapter: Option<String>,
    /// Where to look for real cards. Empty: TinyGPU's usual socket, if it is there; what is listed
    /// must be there.
    pub endpoints: Vec<Endpoint>,
    /// The virtual card.
    pub virtual_card: VirtualConfig,
    /// When a card that makes no progress counts as hung.
    pub watchdog: Watchdog,
    /// Where firmware comes from when a card must be booted.
    pub firmware: FirmwareSource,
}

impl Options {
    /// From `EGPU_ADAPTER`, `EGPU_SOCKET`, `EGPU_REMOTE`, `EGPU_TIMEOUT` (seconds, 0 is never) and
    /// `EGPU_STRICT` (virtual cards in strict mode; 0 is off).
    pub fn from_env() -> Options {
        let text = |name| {
            std::env::var(name)
                .ok()
                .filter(|value: &String| !value.is_empty())
        };
        let seconds = text("EGPU_TIMEOUT").and_then(|text| text.parse::<f64>().ok());
        Options {
            adapter: text("EGPU_ADAPTER"),
            endpoints: Endpoint::named(),
            virtual_card: VirtualConfig {
                strict: text("EGPU_STRICT").is_some_and(|value| value != "0"),
                ..VirtualConfig::default()
            },
            watchdog: match seconds.and_then(|s| Duration::try_from_secs_f64(s).ok()) {
                None => Watchdog::Usual,
                Some(Duration::ZERO) => Watchdog::Off,
                Some(limit) => Watchdog::After(limit),
            },
            firmware: FirmwareSource::default(),
        }
    }

    /// The same for the driver of a card.
    pub fn driver(&self) -> amd::Options {
        amd::Options {
            watchdog: self.watchdog,
            firmware: self.firmware.clone(),
            ..amd::Options::default()
        }
    }

    fn cuda(&self) -> cuda::Options {
        cuda::Options {
            watchdog: self.watchdog,
            cache: egpu_translate::cache::folder(),
            ..cuda::Options::default()
        }
    }
}

/// The driver of NVIDIA's cards, started when it is first asked for.
fn cuda_driver() -> Result<Arc<Driver>, cuda::Unusable> {
    static DRIVER: OnceLock<Result<Arc<Driver>, cuda::Unusable>> = OnceLock::new();
    DRIVER.get_or_init(Driver::load).clone()
}

/// The kinds of name that `adapter` may be.
enum Wanted<'a> {
    All,
    Virtual(Option<Die>),
    TinyGpu,
    Cuda,
    Part(&'a str),
}

impl Wanted<'_> {
    fn parse(options: &Options) -> Result<Wanted<'_>, CardError> {
        let Some(name) = options.adapter.as_deref() else {
            return Ok(Wanted::All);
        };
        Ok(match name {
            "virtual" => Wanted::Virtual(None),
            "tinygpu" => Wanted::TinyGpu,
            "cuda" => Wanted::Cuda,
            _ => match name.strip_prefix("virtual-") {
                Some(arch) => match Die::ALL.into_iter().find(|die| die.arch() == arch) {
                    Some(die) => Wanted::Virtual(Some(die)),
                    None => return Err(unknown(name)),
                },
                None => Wanted::Part(name),
            },
        })
    }
}

fn unknown(name: &str) -> CardError {
    CardError::Unavailable {
        problem: format!("there is no adapter `{name}`"),
        advice: "`egpu devices` lists those there are; a virtual card is `virtual` or \
                 `virtual-gfx1100`, `-gfx1101`, `-gfx1102`, `-gfx1200`, `-gfx1201`"
            .into(),
    }
}

/// All cards that `options` ask for, real ones first.
///
/// Errors: something that is named is not there, or cannot be used.
pub fn find(options: &Options) -> Result<Vec<Arc<dyn Source>>, CardError> {
    let wanted = Wanted::parse(options)?;
    let mut found: Vec<Arc<dyn Source>> = Vec::new();
    match wanted {
        Wanted::Virtual(_) | Wanted::TinyGpu => {}
        Wanted::All | Wanted::Cuda | Wanted::Part(_) => {
            let cards = cuda_driver().and_then(|driver| CudaSource::all(&driver, &options.cuda()));
            match cards {
                Ok(cards) => {
                    found.extend(
                        cards
                            .into_iter()
                            .map(|card| Arc::new(card) as Arc<dyn Source>),
                    );
                }
                Err(error) if matches!(wanted, Wanted::Cuda) => return Err(error.into()),
                // `egpu doctor` says it to those who ask.
                Err(error) => log::debug!("no NVIDIA card: {error}"),
            }
        }
    }
    match wanted {
        Wanted::Virtual(_) | Wanted::Cuda => {}
        Wanted::All | Wanted::TinyGpu | Wanted::Part(_) => {
            // What the user named must work; the usual socket may be missing or busy.
            let must = !options.endpoints.is_empty() || matches!(wanted, Wanted::TinyGpu);
            let usual = || Endpoint::usual().filter(|e| must || e.is_present());
            let places = match options.endpoints.as_slice() {
                [] => usual().into_iter().collect(),
                named => named.to_vec(),
            };
            for endpoint in places {
                match AmdSource::at(endpoint.clone(), options.driver()) {
                    Ok(source) => found.push(Arc::new(source)),
                    Err(error) if must => return Err(error),
                    Err(error) => log::warn!("the card at {endpoint} cannot be used: {error}"),
                }
            }
        }
    }
    let mut config = options.virtual_card.clone();
    if let Wanted::Virtual(Some(die)) = wanted {
        config.die = die;
    }
    match wanted {
        Wanted::All | Wanted::Virtual(_) | Wanted::Part(_) => {
            found.push(Arc::new(VirtualSource::new(config, options.driver())));
        }
        Wanted::TinyGpu | Wanted::Cuda => {}
    }
    if let Wanted::Part(part) = wanted {
        let part_lower = part.to_lowercase();
        found.retain(|source| source.info().name.to_lowercase().contains(&part_lower));
        if found.is_empty() {
            return Err(unknown(part));
        }
    }
    Ok(found)
}
