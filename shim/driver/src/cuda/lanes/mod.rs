//! Which of the card's streams does what, and what one must wait for of another.
//!
//! Pure decisions over addresses and numbers: the calls that follow from them are made through
//! [`Calls`], so that tests see them as calls. A *lane* is a stream of the driver's, in order in
//! itself; work of another lane that touches the same memory (`hazard`), on either side of a
//! barrier, is waited for by an event. Waits only ever point to what precedes in the order of the
//! calls, so lanes cannot deadlock.
//!
//! An event is a *signal* of its lane: it shows that everything before it is done, and whatever the
//! lane had waited for by then. So a lane that waits for it knows all that too and waits for none of
//! it again. Events are recorded when somebody must wait, and at the end of a submission; they are
//! used again once they were seen to have passed.

use std::collections::VecDeque;

use super::functions::Event;
use crate::hazard::Unseen;
use crate::{Access, CardError};

/// A stream of the card.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Lane {
    /// Kernels, fills, timestamps, copies within the card, and small copies.
    Compute,
    /// Large copies from host memory.
    Upload,
    /// Large copies to host memory: a lane of its own, since a read-back waits for its kernel, and
    /// the upload for the next kernel must not wait with it. Cards have an engine for each way.
    Readback,
    /// Allocations and frees of a memory pool, which wait for nothing but the last use of what is
    /// freed: memory can be filled before the kernels are done that were queued before it was
    /// allocated.
    Memory,
}

impl Lane {
    pub(crate) const ALL: [Lane; 4] = [Lane::Compute, Lane::Upload, Lane::Readback, Lane::Memory];
}

/// Something for each lane, in the order of [`Lane::ALL`].
pub(crate) type PerLane<T> = [T; Lane::ALL.len()];

/// Signals at a submission's end: every lane but that of memory may have work to mark.
const ENDS_MAX: usize = Lane::ALL.len() - 1;

/// The calls that order lanes.
pub(crate) trait Calls {
    fn create(&mut self) -> Result<Event, CardError>;
    fn record(&mut self, lane: Lane, event: Event) -> Result<(), CardError>;
    fn wait(&mut self, lane: Lane, event: Event) -> Result<(), CardError>;
}

/// The last signal of a lane in a submission, and its event.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct End {
    pub signal: u64,
    pub event: Event,
}

/// A signal that was not seen yet.
#[derive(Debug)]
struct Mark {
    end: End,
    /// Signals of all lanes that have passed when this one has.
    knows: PerLane<u64>,
}

#[derive(Debug, Default)]
struct Progress {
    /// Last signal in the lane.
    signal: u64,
    /// Work after that signal.
    unsignalled: bool,
    /// Signals of other lanes that the lane has waited for.
    knows: PerLane<u64>,
    marks: VecDeque<Mark>,
    /// The last signal when the submission began.
    begun: u64,
}

/// What the lanes have done and know of each other.
#[derive(Debug, Default)]
pub(crate) struct Order {
    progress: PerLane<Progress>,
    /// Work of the first lane that the second has not waited for.
    unseen: PerLane<PerLane<Unseen>>,
    /// Events to use again.
    spare: Vec<Event>,
}

impl Order {
    /// These signals were seen to have passed: nobody need wait for them.
    pub(crate) fn seen(&mut self, signals: &PerLane<u64>) {
        for (lane, &signal) in signals.iter().enumerate() {
            let marks = &mut self.progress[lane].marks;
            let passed = marks.partition_point(|mark| mark.end.signal <= signal);
            self.spare
                .extend(marks.drain(..passed).map(|mark| mark.end.event));
            for unseen in &mut self.unseen[lane] {
                unseen.waited(signal);
            }
        }
    }

    /// A submission begins. Its end will need no event that is not there.
    pub(crate) fn begin(&mut self, calls: &mut impl Calls) -> Result<(), CardError> {
        self.reserve(0, calls)?;
        for progress in &mut self.progress {
            progress.begun = progress.signal;
        }
        self.barrier();
        Ok(())
    }

    /// What follows respects what precedes.
    pub(crate) fn barrier(&mut self) {
        self.unseen.iter_mut().flatten().for_each(Unseen::barrier);
    }

    /// Has a lane wait for what work on this memory must come after.
    pub(crate) fn enter<'a>(
        &mut self,
        lane: Lane,
        touches: impl Iterator<Item = &'a Access> + Clone,
        calls: &mut impl Calls,
    ) -> Result<(), CardError> {
        let mut needed = PerLane::<Option<u64>>::default();
        for on in Lane::ALL {
            let unseen = &self.unseen[on as usize][lane as usize];
            let Some(signal) = unseen.needed(touches.clone()) else {
                continue;
            };
            if signal > self.progress[on as usize].signal {
                self.reserve(1, calls)?;
                self.signal(on, calls)?;
            }
            needed[on as usize] = Some(signal.min(self.progress[on as usize].signal));
        }
        for on in Lane::ALL {
            let Some(signal) = needed[on as usize] else {
                continue;
            };
            let is_known = |by: Lane| {
                needed[by as usize]
                    .and_then(|other| self.mark(by, other))
                    .is_some_and(|mark| mark.knows[on as usize] >= signal)
            };
            if Lane::ALL.into_iter().any(|by| by != on && is_known(by)) {
                continue;
            }
            let Some(mark) = self.mark(on, signal) else {
                continue;
            };
            let (event, mut knows) = (mark.end.event, mark.knows);
            knows[on as usize] = signal;
            calls.wait(lane, event)?;
            let progress = &mut self.progress[lane as usize];
            progress.unsignalled = true;
            for other in Lane::ALL.into_iter().filter(|&other| other != lane) {
                let known = &mut progress.knows[other as usize];
                *known = knows[other as usize].max(*known);
                self.unseen[other as usize][lane as usize].waited(*known);
            }
        }
        Ok(())
    }

    /// A lane was given work on this memory.
    pub(crate) fn worked<'a>(
        &mut self,
        lane: Lane,
        touches: impl Iterator<Item = &'a Access> + Clone,
    ) {
        self.progress[lane as usize].unsignalled = true;
        for other in Lane::ALL.into_iter().filter(|&other| other != lane) {
            self.unseen[lane as usize][other as usize].add(touches.clone());
        }
    }

    /// A submission ends: signals after all its work. It has passed when these have, and all
    /// submissions before it.
    pub(crate) fn finish(
        &mut self,
        calls: &mut impl Calls,
    ) -> Result<PerLane<Option<End>>, CardError> {
        for lane in [Lane::Compute, Lane::Upload, Lane::Readback] {
            if self.progress[lane as usize].unsignalled {
                self.signal(lane, calls)?;
            }
        }
        if self.progress.iter().all(|lane| lane.signal == lane.begun) {
            // An empty submission is asked for too: that tells what became of the card.
            self.signal(Lane::Compute, calls)?;
        }
        Ok(Lane::ALL.map(|lane| {
            let progress = &self.progress[lane as usize];
            let last = progress.marks.back()?;
            (last.end.signal > progress.begun).then_some(last.end)
        }))
    }

    /// The signal, unless it was seen.
    fn mark(&self, lane: Lane, signal: u64) -> Option<&Mark> {
        let marks = &self.progress[lane as usize].marks;
        let at = marks.binary_search_by_key(&signal, |mark| mark.end.signal);
        marks.get(at.ok()?)
    }

    /// Has events for a submission's end, and so many more.
    fn reserve(&mut self, more: usize, calls: &mut impl Calls) -> Result<(), CardError> {
        while self.spare.len() < ENDS_MAX + more {
            self.spare.push(calls.create()?);
        }
        Ok(())
    }

    /// Takes an event of those that were reserved.
    fn signal(&mut self, lane: Lane, calls: &mut impl Calls) -> Result<(), CardError> {
        let Some(event) = self.spare.pop() else {
            return Err(CardError::Invalid("no event was reserved".into()));
        };
        if let Err(error) = calls.record(lane, event) {
            self.spare.push(event);
            return Err(error);
        }
        let progress = &mut self.progress[lane as usize];
        progress.signal += 1;
        progress.unsignalled = false;
        let end = End {
            signal: progress.signal,
            event,
        };
        let mark = Mark {
            end,
            knows: progress.knows,
        };
        progress.marks.push_back(mark);
        for unseen in &mut self.unseen[lane as usize] {
            unseen.signalled(end.signal);
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests;
