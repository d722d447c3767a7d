//! Which cards there are, real and virtual, by the names people use.
//!
//! The one place that knows both the driver and the virtual card: everything above takes any
//! [`Source`]. Real cards come first; a virtual card is always there. A card or socket that the
//! user names and that is not there is an error, never a silent fall back to software.

use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use amd_hw::{Die, PCI_VENDOR_AMD};
use egpu_driver::amd::{self, AmdCard};
use egpu_driver::{Card, CardError, CardInfo, Source};
use egpu_link::Link;
use virtual_card::VirtualCard;

pub use egpu_driver;
pub use virtual_card::Config as VirtualConfig;

/// What to look for and how to open it.
#[derive(Clone, Debug)]
pub struct Options {
    /// Which adapters to offer: a name of the table in docs/cli.md (`virtual`, `virtual-gfx1201`,
    /// `tinygpu`, …) or part of a card's name. `None` offers all.
    pub adapter: Option<String>,
    /// TinyGPU's unix socket, if not the application's default.
    pub socket: Option<PathBuf>,
    /// A TinyGPU server on TCP, `host:port`.
    pub remote: Option<String>,
    /// The virtual card.
    pub virtual_card: VirtualConfig,
    /// No progress for this long on the card means it hangs. `None`: 60 s on a real card, never on
    /// a virtual one. Zero: never.
    pub watchdog: Option<Duration>,
}

impl Default for Options {
    fn default() -> Options {
        Options {
            adapter: None,
            socket: None,
            remote: None,
            virtual_card: VirtualConfig::default(),
            watchdog: None,
        }
    }
}

impl Options {
    /// From `EGPU_ADAPTER`, `EGPU_SOCKET`, `EGPU_REMOTE` and `EGPU_TIMEOUT`.
    pub fn from_env() -> Options {
        let text = |name| std::env::var(name).ok().filter(|value: &String| !value.is_empty());
        Options {
            adapter: text("EGPU_ADAPTER"),
            socket: text("EGPU_SOCKET").map(PathBuf::from),
            remote: text("EGPU_REMOTE"),
            watchdog: text("EGPU_TIMEOUT").and_then(|t| t.parse().ok()).map(Duration::from_secs),
            ..Options::default()
        }
    }
}
