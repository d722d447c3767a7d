//! Counting messages, so that tests can hold submissions to their cost.

use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::sync::Arc;

use crate::{Bar, DmaMemory, Link, LinkError, Segment};

/// Messages so far.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    /// Operations that wait for an answer.
    pub round_trips: u64,
    /// Posted writes.
    pub posted: u64,
    /// Bytes of payload to the card.
    pub bytes_out: u64,
    /// Bytes of payload from the card.
    pub bytes_in: u64,
}

impl Counts {
    /// All messages.
    pub fn messages(&self) -> u64 {
        self.round_trips + self.posted
    }

    /// What was added since `earlier`.
    pub fn since(&self, earlier: &Counts) -> Counts {
        Counts {
            round_trips: self.round_trips - earlier.round_trips,
            posted: self.posted - earlier.posted,
            bytes_out: self.bytes_out - earlier.bytes_out,
            bytes_in: self.bytes_in - earlier.bytes_in,
        }
    }
}

#[derive(Default)]
struct Tally {
    round_trips: AtomicU64,
    posted: AtomicU64,
    bytes_out: AtomicU64,
    bytes_in: AtomicU64,
}

impl Tally {
    fn answered(&self, bytes: usize) {
        self.round_trips.fetch_add(1, Relaxed);
        self.bytes_in.fetch_add(bytes as u64, Relaxed);
    }

    fn posted(&self, bytes: usize) {
        self.posted.fetch_add(1, Relaxed);
        self.bytes_out.fetch_add(bytes as u64, Relaxed);
    }
}

/// Counts the messages that another link's operations cost.
pub struct Counters {
    inner: Arc<dyn Link>,
    tally: Arc<Tally>,
}

impl Counters {
    /// Counts from zero.
    pub fn new(inner: Arc<dyn Link>) -> Counters {
        Counters {
            inner,
            tally: Arc::default(),
        }
    }

    /// Messages so far.
    pub fn counts(&self) -> Counts {
        Counts {
            round_trips: self.tally.round_trips.load(Relaxed),
            posted: self.tally.posted.load(Relaxed),
            bytes_out: self.tally.bytes_out.load(Relaxed),
            bytes_in: self.tally.bytes_in.load(Relaxed),
        }
    }
}

impl Link for Counters {
    fn describe(&self) -> String {
        self.inner.describe()
    }

    fn config_read(&self, offset: u32, size: u32) -> Result<u32, LinkError> {
        self.tally.answered(0);
        self.inner.config_read(offset, size)
    }

    fn config_write(&self, offset: u32, size: u32, value: u32) -> Result<(), LinkError> {
        self.tally.answered(0);
        self.inner.config_write(offset, size, value)
    }

    fn map_bar(&self, bar: u32) -> Result<Bar, LinkError> {
        self.tally.answered(0);
        self.inner.map_bar(bar)
    }

    fn resize_bar(&self, bar: u32) -> Result<(), LinkError> {
        self.tally.answered(0);
        self.inner.resize_bar(bar)
    }

    fn reset(&self) -> Result<(), LinkError> {
        self.tally.answered(0);
        self.inner.reset()
    }

    fn read(&self, bar: u32, offset: u64, data: &mut [u8]) -> Result<(), LinkError> {
        self.tally.answered(data.len());
        self.inner.read(bar, offset, data)
    }

    fn write(&self, bar: u32, offset: u64, data: &[u8]) -> Result<(), LinkError> {
        self.tally.posted(data.len());
        self.inner.write(bar, offset, data)
    }

    fn alloc_dma(&self, size: u64) -> Result<Arc<dyn DmaMemory>, LinkError> {
        self.tally.answered(0);
        Ok(Arc::new(CountedMemory {
            inner: self.inner.alloc_dma(size)?,
            tally: self.tally.clone(),
        }))
    }

    fn check_open(&self) -> Result<(), LinkError> {
        self.inner.check_open()
    }

    fn diagnosis(&self) -> Option<String> {
        self.inner.diagnosis()
    }
}

struct CountedMemory {
    inner: Arc<dyn DmaMemory>,
    tally: Arc<Tally>,
}

impl DmaMemory for CountedMemory {
    fn size(&self) -> u64 {
        self.inner.size()
    }

    fn segments(&self) -> &[Segment] {
        self.inner.segments()
    }

    fn mapping(&self) -> Option<*mut u8> {
        self.inner.mapping()
    }

    fn read(&self, offset: u64, data: &mut [u8]) -> Result<(), LinkError> {
        if self.mapping().is_none() {
            self.tally.answered(data.len());
        }
        self.inner.read(offset, data)
    }

    fn write(&self, offset: u64, data: &[u8]) -> Result<(), LinkError> {
        if self.mapping().is_none() {
            self.tally.posted(data.len());
        }
        self.inner.write(offset, data)
    }
}
