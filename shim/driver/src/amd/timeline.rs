//! What the card has finished.
//!
//! Submissions get points. Each becomes one or more flights: packets in the rings with the signal
//! values that show their end. Signals are 32 bits in host memory, counted on here to 64. Where
//! memory is shared, looking costs no message; elsewhere one look is one message.

use std::collections::VecDeque;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::Instant;

use egpu_link::LinkError;

use super::kernel::Resident;
use super::memory::host::HostPart;
use crate::Point;

/// Distance of the words that the card writes: a cache line each.
const STRIDE: u64 = 64;
/// Compute signal, SDMA signal, fault status.
const WORDS: usize = 3;
/// Bytes of the block.
pub(crate) const BYTES: u64 = STRIDE * WORDS as u64;

/// How far rings and argument memory were written when a flight was published.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Heads {
    /// Dwords of the compute ring.
    pub compute: u64,
    /// Dwords of the SDMA ring.
    pub sdma: u64,
    /// Bytes of the argument memory.
    pub arguments: u64,
}

/// Packets under way.
#[derive(Clone, Debug)]
pub(crate) struct Flight {
    /// Submission that they belong to.
    pub point: Point,
    /// Last of the submission: its end is the point's end.
    pub last: bool,
    /// Value of the compute signal at the end.
    pub compute: u64,
    /// Value of the SDMA signal at the end.
    pub sdma: u64,
    /// Where writing stood afterwards.
    pub heads: Heads,
    /// What runs, for people: the first kernel, and how many there are.
    pub kernel: Option<Arc<Resident>>,
    /// Dispatches.
    pub dispatches: u32,
}

#[derive(Debug)]
struct State {
    flights: VecDeque<Flight>,
    compute: u64,
    sdma: u64,
    retired: Heads,
    progress: Instant,
}

/// The card's order of submissions.
pub(crate) struct Timeline {
    words: HostPart,
    state: Mutex<State>,
    /// Last point given out.
    reserved: AtomicU64,
    /// Last point known to be passed.
    passed: AtomicU64,
}

/// What a look at the card's memory showed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Seen {
    /// Last point passed.
    pub passed: Point,
    /// The fault status as of the last finished flight.
    pub fault: u32,
    /// Since when nothing has finished, if something is under way.
    pub waiting_since: Option<Instant>,
}

impl Timeline {
    /// Begins with zeroed words.
    pub(crate) fn new(words: HostPart) -> Timeline {
        Timeline {
            words,
            state: Mutex::new(State {
                flights: VecDeque::new(),
                compute: 0,
                sdma: 0,
                retired: Heads::default(),
                progress: Instant::now(),
            }),
            reserved: AtomicU64::new(0),
            passed: AtomicU64::new(0),
        }
    }

    /// Address of the compute signal.
    pub(crate) fn compute_signal(&self) -> u64 {
        self.words.address()
    }

    /// Address of the SDMA signal.
    pub(crate) fn sdma_signal(&self) -> u64 {
        self.words.address() + STRIDE
    }

    /// Address that the fault status is copied to.
    pub(crate) fn fault_status(&self) -> u64 {
        self.words.address() + 2 * STRIDE
    }

    /// Whether looking costs no message.
    pub(crate) fn is_shared(&self) -> bool {
        self.words.is_shared()
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(|p| p.into_inner())
    }

    /// Gives out the next point. Memory that is released from now on waits for it.
    pub(crate) fn reserve(&self) -> Point {
        self.reserved.fetch_add(1, Ordering::AcqRel) + 1
    }

    /// Last point given out.
    pub(crate) fn reserved(&self) -> Point {
        self.reserved.load(Ordering::Acquire)
    }

    /// Last point known to be passed, without looking.
    pub(crate) fn passed(&self) -> Point {
        self.passed.load(Ordering::Acquire)
    }

    /// Packets were published.
    pub(crate) fn fly(&self, flight: Flight) {
        let mut state = self.lock();
        if state.flights.is_empty() {
            state.progress = Instant::now();
        }
        state.flights.push_back(flight);
    }

    /// Up to where rings and argument memory are free again.
    pub(crate) fn retired(&self) -> Heads {
        self.lock().retired
    }

    /// The signals as of the last look, compute's and SDMA's.
    pub(crate) fn signals(&self) -> (u64, u64) {
        let state = self.lock();
        (state.compute, state.sdma)
    }

    /// Whether nothing is under way, as of the last look.
    pub(crate) fn is_idle(&self) -> bool {
        self.lock().flights.is_empty()
    }

    /// What runs now, for people.
    pub(crate) fn running(&self) -> String {
        self.lock().flights.front().map_or_else(
            || "nothing".to_owned(),
            |flight| match (&flight.kernel, flight.dispatches) {
                (None, _) => "copies".to_owned(),
                (Some(kernel), 1) => kernel.program.name.clone(),
                (Some(kernel), n) => format!("{} and {} more", kernel.program.name, n - 1),
            },
        )
    }

    /// Looks at what the card has written.
    pub(crate) fn look(&self) -> Result<Seen, LinkError> {
        let mut state = self.lock();
        if state.flights.is_empty() {
            return Ok(Seen {
                passed: self.passed(),
                fault: 0,
                waiting_since: None,
            });
        }
        let [compute, sdma, fault] = self.words.load64::<WORDS>(0, STRIDE)?;
        let forward = |known: u64, word: u64| {
            // Signals only grow; a step of half the range or more is none.
            let step = (word as u32).wrapping_sub(known as u32);
            if step < 1 << 31 {
                known + u64::from(step)
            } else {
                known
            }
        };
        state.compute = forward(state.compute, compute);
        state.sdma = forward(state.sdma, sdma);
        let (compute, sdma) = (state.compute, state.sdma);
        let mut seen_fault = 0;
        while state
            .flights
            .front()
            .is_some_and(|f| f.compute <= compute && f.sdma <= sdma)
        {
            let Some(flight) = state.flights.pop_front() else {
                break;
            };
            state.retired = flight.heads;
            state.progress = Instant::now();
            seen_fault = fault as u32;
            if flight.last {
                self.passed.fetch_max(flight.point, Ordering::AcqRel);
            }
        }
        Ok(Seen {
            passed: self.passed(),
            fault: seen_fault,
            waiting_since: (!state.flights.is_empty()).then_some(state.progress),
        })
    }

    /// A point that needed nothing of the card: it is passed when all before it are.
    pub(crate) fn pass_empty(&self, point: Point) {
        let mut state = self.lock();
        match state.flights.back_mut() {
            Some(flight) => {
                flight.point = flight.point.max(point);
                flight.last = true;
            }
            None => {
                self.passed.fetch_max(point, Ordering::AcqRel);
            }
        }
    }

    /// Counts signals from a new value. Only when nothing is under way.
    pub(crate) fn restart(&self, value: u64) -> Result<(), LinkError> {
        let mut state = self.lock();
        self.words.store64(0, value & u64::from(u32::MAX))?;
        self.words.store64(STRIDE, value & u64::from(u32::MAX))?;
        state.compute = value;
        state.sdma = value;
        Ok(())
    }

    /// Everything counts as passed: the card is lost.
    pub(crate) fn abandon(&self) {
        let mut state = self.lock();
        state.flights.clear();
        self.passed.fetch_max(self.reserved(), Ordering::AcqRel);
    }
}
