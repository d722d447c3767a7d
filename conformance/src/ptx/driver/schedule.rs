//! In which order a context's streams run.
//!
//! NVIDIA promises little: the work of a stream runs in the order of its calls, and after a wait for
//! an event only when that event's record was reached. Everything else may overlap or come in any
//! order, and a program that is right must be right in all of them. So work is kept by stream until
//! it is *planned*: sent to the context's thread, which does one thing after another. When, is a
//! matter of a seed; the work itself stays asynchronous. With the same calls and seed the plan is
//! the same.

use std::collections::VecDeque;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::Sender;
use std::sync::Arc;

use egpu_driver::cuda::functions::{value::status, Status};

use super::state::Id;
use super::work::Work;
use super::Counts;
use crate::ptx::Entry;
use crate::rng::Rng;

/// What a record of an event stands for from then on.
#[derive(Debug)]
pub(super) struct Mark {
    planned: AtomicBool,
    reached: AtomicBool,
}

impl Mark {
    pub(super) fn new(reached: bool) -> Arc<Mark> {
        Arc::new(Mark {
            planned: AtomicBool::new(reached),
            reached: AtomicBool::new(reached),
        })
    }

    pub(super) fn is_reached(&self) -> bool {
        self.reached.load(Ordering::Acquire)
    }

    pub(super) fn reach(&self) {
        self.reached.store(true, Ordering::Release);
    }

    fn is_planned(&self) -> bool {
        self.planned.load(Ordering::Acquire)
    }
}

/// What a stream holds.
enum Item {
    Work(Work),
    Wait(Arc<Mark>),
}

struct Queued {
    /// Counts the calls of a context.
    number: u64,
    item: Item,
}

/// When work is planned.
#[derive(Clone, Copy, Debug)]
enum Style {
    /// At once, in the order of the calls.
    Submitted,
    /// When somebody asks for it: nothing but what the event needs.
    Late,
    /// When somebody asks, everything else first that may be.
    AskedLast,
    /// In some streams as soon as it may be, in others late. A bit for each stream.
    Eager(u64),
    /// Pieces of any stream at any call.
    Mixed,
}

/// The streams of a context.
pub(super) struct Streams {
    /// In the order of their creation.
    queues: Vec<(Id, VecDeque<Queued>)>,
    style: Style,
    rng: Rng,
    next: u64,
    plan: Sender<Work>,
}

impl Streams {
    /// Seed 0 runs everything in the order of the calls.
    pub(super) fn new(seed: u64, plan: Sender<Work>) -> Streams {
        let style = match seed {
            0 => Style::Submitted,
            _ => match seed % 4 {
                1 => Style::Late,
                2 => Style::AskedLast,
                3 => Style::Eager(seed / 4),
                _ => Style::Mixed,
            },
        };
        Streams {
            queues: Vec::new(),
            style,
            rng: Rng::new(seed),
            next: 0,
            plan,
        }
    }

    /// Whether work may run later than it was asked for.
    pub(super) fn is_adverse(&self) -> bool {
        !matches!(self.style, Style::Submitted)
    }

    pub(super) fn add(&mut self, stream: Id) {
        self.queues.push((stream, VecDeque::new()));
    }

    /// Work that belongs to no stream and is done by the end of the call.
    pub(super) fn now(&self, work: Work) -> Result<(), Status> {
        self.plan.send(work).map_err(|_| status::INVALID_CONTEXT)
    }

    pub(super) fn work(&mut self, stream: Id, work: Work, counts: &Counts) -> Result<(), Status> {
        self.push(stream, Item::Work(work), counts)
    }

    pub(super) fn wait(
        &mut self,
        stream: Id,
        mark: Arc<Mark>,
        counts: &Counts,
    ) -> Result<(), Status> {
        self.push(stream, Item::Wait(mark), counts)
    }

    fn push(&mut self, stream: Id, item: Item, counts: &Counts) -> Result<(), Status> {
        let queue = self.queues.iter_mut().find(|(id, _)| *id == stream);
        let (_, queue) = queue.ok_or(status::INVALID_HANDLE)?;
        self.next += 1;
        let number = self.next;
        queue.push_back(Queued { number, item });
        match self.style {
            Style::Submitted => self.all_of(u64::MAX, counts),
            Style::Eager(streams) => self.all_of(streams, counts),
            Style::Late | Style::AskedLast => {}
            Style::Mixed => {
                for _ in 0..self.rng.below(3) {
                    self.any(counts);
                }
            }
        }
        Ok(())
    }

    /// Somebody asks whether an event was reached.
    pub(super) fn ask(&mut self, mark: &Mark, counts: &Counts) {
        if mark.is_planned() {
            return;
        }
        match self.style {
            Style::Submitted | Style::Late | Style::Eager(_) => self.until(mark, counts),
            Style::AskedLast => {
                if let Some(asked) = self.stream_of(mark) {
                    self.all_of(!(1 << asked), counts);
                }
                self.until(mark, counts);
            }
            Style::Mixed => {
                for _ in 0..=self.rng.below(4) {
                    self.any(counts);
                }
            }
        }
    }

    /// Whether a launch of one of these is still to be planned.
    pub(super) fn holds(&self, entries: &[Arc<Entry>]) -> bool {
        self.queues
            .iter()
            .flat_map(|(_, queue)| queue)
            .any(|queued| match &queued.item {
                Item::Work(Work::Launch { entry, .. }) => {
                    entries.iter().any(|other| Arc::ptr_eq(entry, other))
                }
                Item::Work(_) | Item::Wait(_) => false,
            })
    }

    fn is_ready(&self, at: usize) -> bool {
        match self.queues[at].1.front().map(|queued| &queued.item) {
            None => false,
            Some(Item::Work(_)) => true,
            Some(Item::Wait(mark)) => mark.is_planned(),
        }
    }

    /// Plans the first that a stream holds, which is ready.
    fn one(&mut self, at: usize, counts: &Counts) {
        let (_, queue) = &mut self.queues[at];
        let Some(Queued { number, item }) = queue.pop_front() else {
            return;
        };
        let mut work = match item {
            Item::Wait(_) => return,
            Item::Work(work) => work,
        };
        match &mut work {
            Work::Event(mark) => mark.planned.store(true, Ordering::Release),
            Work::Copy(copy) => {
                let rest = match self.style {
                    Style::Mixed if self.rng.below(2) == 0 => copy.split(self.rng.bits()),
                    _ => None,
                };
                if let Some(rest) = rest {
                    let item = Item::Work(Work::Copy(rest));
                    self.queues[at].1.push_front(Queued { number, item });
                }
                let is_passed = |queued: &Queued| {
                    queued.number < number && matches!(queued.item, Item::Work(Work::Launch { .. }))
                };
                let mut held = self.queues.iter().flat_map(|(_, queue)| queue);
                counts
                    .overtakes
                    .fetch_add(u64::from(held.any(is_passed)), Ordering::Relaxed);
            }
            Work::Allocate { .. } | Work::Free { .. } | Work::Fill { .. } | Work::Launch { .. } => {
            }
        }
        // Without a receiver the context is going away.
        let _ = self.plan.send(work);
    }

    /// Plans what may be of these streams, and what that allows.
    fn all_of(&mut self, streams: u64, counts: &Counts) {
        let mut went_on = true;
        while std::mem::take(&mut went_on) {
            for at in 0..self.queues.len() {
                while streams >> at & 1 != 0 && self.is_ready(at) {
                    self.one(at, counts);
                    went_on = true;
                }
            }
        }
    }

    /// Plans one thing.
    fn any(&mut self, counts: &Counts) {
        let ready: Vec<usize> = (0..self.queues.len())
            .filter(|&at| self.is_ready(at))
            .collect();
        if let Some(&at) = ready.get(self.rng.below(ready.len() as u32) as usize) {
            self.one(at, counts);
        }
    }

    fn stream_of(&self, mark: &Mark) -> Option<usize> {
        let records = |queued: &Queued| match &queued.item {
            Item::Work(Work::Event(other)) => std::ptr::eq(Arc::as_ptr(other), mark),
            Item::Work(_) | Item::Wait(_) => false,
        };
        self.queues
            .iter()
            .position(|(_, queue)| queue.iter().any(records))
    }

    /// Plans what an event needs. Waits point backwards, so this ends.
    fn until(&mut self, mark: &Mark, counts: &Counts) {
        let Some(at) = self.stream_of(mark) else {
            return;
        };
        while !mark.is_planned() {
            if let Some(Queued {
                item: Item::Wait(other),
                ..
            }) = self.queues[at].1.front()
            {
                let other = other.clone();
                self.until(&other, counts);
            }
            self.one(at, counts);
        }
    }
}
