//! What the card has finished.
//!
//! Each submission ends in an event of every stream that worked for it. Asking for the oldest one
//! also tells of errors of everything before it, since the driver answers later calls with what went
//! wrong earlier.

use std::collections::VecDeque;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Instant;

use super::functions::{value::status, Event, Status};
use super::lanes::{End, Lane, PerLane};
use crate::Point;

/// A submission under way.
#[derive(Debug)]
pub(crate) struct Flight {
    pub point: Point,
    /// What has not passed yet of its ends.
    pub ends: PerLane<Option<End>>,
    /// The first kernel's name, and how many dispatches there are.
    pub kernel: Option<Arc<str>>,
    pub dispatches: u32,
}

/// Submissions under way, oldest first.
#[derive(Debug)]
pub(crate) struct Flights {
    pub list: VecDeque<Flight>,
    /// Signals that were seen to have passed.
    pub seen: PerLane<u64>,
    /// When something finished last, or something began after nothing.
    pub progress: Instant,
    /// The kernel that is being put into the stream.
    pub starting: Option<Arc<str>>,
}

/// What was found of the oldest submission.
pub(crate) enum Advance {
    /// It has passed, and is gone from the list.
    Passed(Point),
    /// An event was answered so.
    Stopped(Status),
    /// There is none.
    Nothing,
}

impl Flights {
    /// Asks for the ends of the oldest submission, as far as they have passed.
    pub(crate) fn advance(&mut self, query: impl Fn(Event) -> Status) -> Advance {
        let Some(flight) = self.list.front_mut() else {
            return Advance::Nothing;
        };
        for (end, seen) in flight.ends.iter_mut().zip(&mut self.seen) {
            let Some(End { signal, event }) = *end else {
                continue;
            };
            match query(event) {
                status::SUCCESS => {}
                code => return Advance::Stopped(code),
            }
            *end = None;
            *seen = signal;
            self.progress = Instant::now();
        }
        let point = flight.point;
        self.list.pop_front();
        Advance::Passed(point)
    }

    /// What runs now, for people.
    pub(crate) fn running(&self) -> String {
        match self.list.front() {
            None => self.starting.as_deref().unwrap_or("nothing").to_owned(),
            Some(flight) if flight.ends[Lane::Compute as usize].is_none() => "copies".to_owned(),
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
                seen: PerLane::default(),
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
