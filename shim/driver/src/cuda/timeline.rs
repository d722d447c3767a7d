//! What the card has finished.
//!
//! Each submission ends in an event. Asking for the oldest one also tells of errors of everything
//! before it, since the driver answers later calls with what went wrong earlier.

use std::collections::VecDeque;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Instant;

use super::functions::Event;
use crate::Point;

/// A submission under way.
#[derive(Debug)]
pub(crate) struct Flight {
    pub point: Point,
    pub event: Event,
    /// The first kernel's name, and how many dispatches there are.
    pub kernel: Option<Arc<str>>,
    pub dispatches: u32,
}

/// Submissions under way, oldest first.
#[derive(Debug)]
pub(crate) struct Flights {
    pub list: VecDeque<Flight>,
    /// Events to use again.
    pub spare: Vec<Event>,
    /// When something finished last, or something began after nothing.
    pub progress: Instant,
    /// The kernel that is being put into the stream.
    pub starting: Option<Arc<str>>,
}

impl Flights {
    /// What runs now, for people.
    pub(crate) fn running(&self) -> String {
        match self.list.front() {
            None => self.starting.as_deref().unwrap_or("nothing").to_owned(),
            Some(flight) => match (&flight.kernel, flight.dispatches) {
                (None, _) => "copies".to_owned(),
                (Some(kernel), 1) => kernel.to_string(),
                (Some(kernel), n) => format!("{kernel} and {} more", n - 1),
            },
        }
    }
}

/// The card's order of submissions.
#[derive(Debug)]
pub(crate) struct Timeline {
    flights: Mutex<Flights>,
    reserved: AtomicU64,
    passed: AtomicU64,
}

impl Timeline {
    pub(crate) fn new() -> Timeline {
        Timeline {
            flights: Mutex::new(Flights {
                list: VecDeque::new(),
                spare: Vec::new(),
                progress: Instant::now(),
                starting: None,
            }),
            reserved: AtomicU64::new(0),
            passed: AtomicU64::new(0),
        }
    }

    pub(crate) fn flights(&self) -> MutexGuard<'_, Flights> {
        self.flights.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Gives out the next point.
    pub(crate) fn reserve(&self) -> Point {
        self.reserved.fetch_add(1, Ordering::AcqRel) + 1
    }

    /// Last point given out.
    pub(crate) fn reserved(&self) -> Point {
        self.reserved.load(Ordering::Acquire)
    }

    /// Last point known to be passed.
    pub(crate) fn passed(&self) -> Point {
        self.passed.load(Ordering::Acquire)
    }

    /// A submission was made.
    pub(crate) fn fly(&self, flight: Flight) {
        let mut flights = self.flights();
        if flights.list.is_empty() {
            flights.progress = Instant::now();
        }
        flights.starting = None;
        flights.list.push_back(flight);
    }

    /// A point was passed, and with it all before.
    pub(crate) fn pass(&self, point: Point) {
        self.passed.fetch_max(point, Ordering::AcqRel);
    }

    /// Everything counts as passed: the card is lost.
    pub(crate) fn abandon(&self) {
        self.flights().list.clear();
        self.pass(self.reserved());
    }
}
