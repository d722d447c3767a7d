//! What a stream has touched that another must not run into.
//!
//! Both drivers keep several streams (a compute queue and SDMA, or streams of CUDA) and order them
//! by the memory that their commands touch. One list for each pair of who worked and who may have to
//! wait. An entry is a range of memory and
//! the signal that shows when it is free; only entries before the last barrier count. The list is
//! short: entries that were waited for go, repeated ones are not kept, and beyond a limit everything
//! becomes one entry for all memory, which costs overlap and never order.

use crate::Access;

/// Entries kept before they become one.
const ENTRIES_MAX: usize = 128;
/// How many of the last entries a new one is compared with: kernels bind the same few buffers.
const RECENT: usize = 8;
/// Ranges are widened to lines, so that engines which write whole ones need no second thought.
const LINE: u64 = 256;
/// The signal is not in the stream yet.
const UNSIGNALLED: u64 = u64::MAX;

/// All memory, in every way.
pub(crate) const ANYTHING: [Access; 1] = [write(0, u64::MAX)];

pub(crate) const fn read(address: u64, size: u64) -> Access {
    Access {
        address,
        size,
        writes: false,
    }
}

pub(crate) const fn write(address: u64, size: u64) -> Access {
    Access {
        address,
        size,
        writes: true,
    }
}

#[derive(Clone, Copy, Debug)]
struct Touched {
    start: u64,
    end: u64,
    writes: bool,
    signal: u64,
}

impl Touched {
    fn new(access: &Access) -> Touched {
        let end = access.address.saturating_add(access.size);
        Touched {
            start: access.address - access.address % LINE,
            end: end.checked_next_multiple_of(LINE).unwrap_or(u64::MAX),
            writes: access.writes,
            signal: UNSIGNALLED,
        }
    }

    fn covers(&self, other: &Touched) -> bool {
        self.signal == UNSIGNALLED
            && self.start <= other.start
            && self.end >= other.end
            && (self.writes || !other.writes)
    }

    fn conflicts(&self, other: &Touched) -> bool {
        self.start < other.end && other.start < self.end && (self.writes || other.writes)
    }
}

/// Work of one stream that one stream, the other or itself, has not waited for.
#[derive(Debug, Default)]
pub(crate) struct Unseen {
    /// In the order of the work, and so of its signals.
    touched: Vec<Touched>,
    /// How many entries precede the last barrier.
    owed: usize,
}

impl Unseen {
    /// The stream did something with this memory; its next signal will cover it.
    pub(crate) fn add<'a>(&mut self, accesses: impl IntoIterator<Item = &'a Access>) {
        for access in accesses.into_iter().filter(|access| access.size > 0) {
            let new = Touched::new(access);
            if self
                .touched
                .iter()
                .rev()
                .take(RECENT)
                .any(|t| t.covers(&new))
            {
                continue;
            }
            if self.touched.len() == ENTRIES_MAX {
                self.touched.clear();
                self.touched.push(Touched {
                    start: 0,
                    end: u64::MAX,
                    writes: true,
                    signal: UNSIGNALLED,
                });
                self.owed = self.owed.min(1);
                continue;
            }
            self.touched.push(new);
        }
    }

    /// Whatever follows must respect what is there by now.
    pub(crate) fn barrier(&mut self) {
        self.owed = self.touched.len();
    }

    /// The signal that work on this memory must wait for; greater than any in the stream if that
    /// signal is yet to come.
    pub(crate) fn needed<'a>(&self, accesses: impl IntoIterator<Item = &'a Access>) -> Option<u64> {
        let owed = &self.touched[..self.owed];
        if owed.is_empty() {
            return None;
        }
        accesses
            .into_iter()
            .filter(|access| access.size > 0)
            .filter_map(|access| {
                let new = Touched::new(access);
                // The last that conflicts has the greatest signal.
                let last = owed.iter().rev().find(|t| t.conflicts(&new))?;
                Some(last.signal)
            })
            .max()
    }

    /// A signal was put into the stream: it covers all work so far.
    pub(crate) fn signalled(&mut self, signal: u64) {
        for touched in self.touched.iter_mut().rev() {
            if touched.signal != UNSIGNALLED {
                break;
            }
            touched.signal = signal;
        }
    }

    /// A signal was waited for.
    pub(crate) fn waited(&mut self, signal: u64) {
        let done = self.touched.partition_point(|t| t.signal <= signal);
        self.touched.drain(..done);
        self.owed = self.owed.saturating_sub(done);
    }

    /// Signals count from a new value that has been reached.
    pub(crate) fn renumber(&mut self, signal: u64) {
        for touched in &mut self.touched {
            touched.signal = signal;
        }
    }
}
