//! Waiting for the card, and becoming suspicious of one that does not move.

use std::time::{Duration, Instant};

use super::fault;
use super::Shared;
use crate::patience::Pause;
use crate::{CardError, Loss, Point};

/// Without progress for so long, the card's registers are looked at for a reason.
const SUSPICION: Duration = Duration::from_millis(200);
/// And then again at this distance.
const CHECK: Duration = Duration::from_millis(500);

/// When the card was last looked at closely.
#[derive(Default)]
pub(crate) struct Suspicion {
    checked: Option<Instant>,
}

impl Shared {
    /// Looks at the timeline, and closely at the card if it has not moved for long. A failure that is
    /// found becomes the card's loss.
    pub(crate) fn look(&self) -> Result<Point, CardError> {
        self.check_lost()?;
        let seen = self
            .timeline
            .look()
            .map_err(|error| self.lose_link(error))?;
        if seen.fault != 0 {
            let found = fault::diagnose(&self.hw, "an earlier submission");
            self.conclude(found, Some("a fault was reported"))?;
        }
        if let Some(since) = seen.waiting_since {
            self.suspect(since)?;
        }
        self.collect(seen.passed);
        Ok(seen.passed)
    }

    fn suspect(&self, since: Instant) -> Result<(), CardError> {
        let waited = since.elapsed();
        if waited < SUSPICION {
            return Ok(());
        }
        {
            // Someone else looks already: one is enough.
            let Ok(mut suspicion) = self.suspicion.try_lock() else {
                return Ok(());
            };
            if suspicion
                .checked
                .is_some_and(|at| at.elapsed() < CHECK && at >= since)
            {
                return Ok(());
            }
            suspicion.checked = Some(Instant::now());
        }
        let running = self.timeline.running();
        self.conclude(fault::diagnose(&self.hw, &running), None)?;
        if let Some(limit) = self.watchdog {
            if waited > limit {
                return Err(self.lose(Loss::Hang {
                    seconds: limit.as_secs().max(1),
                    kernel: running,
                }));
            }
        }
        Ok(())
    }

    pub(super) fn conclude(
        &self,
        found: Result<Option<Loss>, CardError>,
        otherwise: Option<&str>,
    ) -> Result<(), CardError> {
        match (found, otherwise) {
            (Ok(Some(loss)), _) => Err(self.lose(loss)),
            (Ok(None), Some(words)) => Err(self.lose(Loss::Card(words.to_owned()))),
            (Ok(None), None) => Ok(()),
            (Err(error), _) => Err(self.lose_error(error)),
        }
    }

    /// Waits for a point.
    pub(crate) fn wait(&self, point: Point, timeout: Option<Duration>) -> Result<bool, CardError> {
        if point > self.timeline.reserved() {
            return Err(CardError::Invalid(format!(
                "point {point} was never submitted"
            )));
        }
        let deadline = timeout.and_then(|timeout| Instant::now().checked_add(timeout));
        let mut pause = Pause::new(self.timeline.is_shared());
        loop {
            if self.look()? >= point {
                return Ok(true);
            }
            if deadline.is_some_and(|deadline| Instant::now() >= deadline) {
                return Ok(false);
            }
            pause.pause();
        }
    }
}
