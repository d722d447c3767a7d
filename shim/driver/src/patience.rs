//! How long to wait, and how.
//!
//! A submission of microseconds is met by a short spin; whatever takes longer is looked at ever less
//! often, up to once a millisecond. A virtual card computes on the same cores, so spinning is short.

use std::time::Duration;

/// When a card that makes no progress counts as hung.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Watchdog {
    /// After 60 seconds on silicon, never on a virtual card.
    #[default]
    Usual,
    /// Never.
    Off,
    /// After this time.
    After(Duration),
}

impl Watchdog {
    /// The limit for a card.
    pub(crate) fn limit(self, is_virtual: bool) -> Option<Duration> {
        match self {
            Watchdog::Usual if is_virtual => None,
            Watchdog::Usual => Some(Duration::from_secs(60)),
            Watchdog::Off => None,
            Watchdog::After(limit) => Some(limit),
        }
    }
}

/// Pauses that grow.
pub(crate) struct Pause {
    rounds: u32,
    shared: bool,
}

impl Pause {
    /// `shared`: looking costs no message.
    pub(crate) fn new(shared: bool) -> Pause {
        Pause { rounds: 0, shared }
    }

    /// One pause.
    pub(crate) fn pause(&mut self) {
        self.rounds += 1;
        match self.rounds {
            0..=30 if self.shared => std::hint::spin_loop(),
            31..=60 if self.shared => std::thread::yield_now(),
            n => {
                let micros = 20u64 << ((n / 16).min(6));
                std::thread::sleep(Duration::from_micros(micros.min(1000)));
            }
        }
    }
}
