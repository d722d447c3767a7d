//! Host memory that a copy has yet to read.
//!
//! A copy from page-locked memory reads it when it runs, not when it is asked for: a program that
//! writes there meanwhile sends one thing or the other. What is copied would often look right all
//! the same, so this is told: what the memory held at the call is compared with what it holds when
//! the copy runs, line by line. Lines that the card itself has written since say nothing.

use std::collections::HashMap;
use std::ops::Range;
use std::sync::Arc;

use super::work::on_host;

/// Bytes compared at once; blocks of the card begin at multiples.
const LINE: u64 = 256;

/// When the card last wrote lines of host memory, by the number of its work.
#[derive(Default)]
pub(super) struct Written(HashMap<u64, u64>);

impl Written {
    pub(super) fn add(&mut self, address: u64, bytes: usize, now: u64) {
        for line in lines(&(address..address + bytes as u64)) {
            self.0.insert(line, now);
        }
    }
}

fn lines(range: &Range<u64>) -> Range<u64> {
    range.start / LINE..range.end.div_ceil(LINE)
}

/// What host memory held when a copy was asked for.
#[derive(Clone)]
pub(super) struct Held {
    range: Range<u64>,
    /// The work that had begun by then.
    began: u64,
    /// A digest of each line.
    digests: Arc<[u64]>,
}

impl Held {
    /// `None` if it is not host memory.
    pub(super) fn new(from: u64, bytes: u64, began: u64) -> Option<Held> {
        let range = from..from.checked_add(bytes)?;
        let digests = lines(&range).map(|line| digest(&range, line));
        Some(Held {
            digests: digests.collect::<Option<_>>()?,
            range,
            began,
        })
    }

    /// Where a part of it has changed by the host's hand.
    pub(super) fn changed(&self, part: Range<u64>, written: &Written) -> Option<u64> {
        let first = lines(&self.range).start;
        lines(&part).find_map(|line| {
            let by_card = written.0.get(&line).is_some_and(|&when| when >= self.began);
            let before = self.digests.get((line - first) as usize).copied();
            // What is gone is found by the copy.
            let now = digest(&self.range, line)?;
            (!by_card && Some(now) != before).then_some(line * LINE)
        })
    }
}

/// A digest of what of a line is in a range; `None` if that is not registered host memory.
fn digest(range: &Range<u64>, line: u64) -> Option<u64> {
    let start = range.start.max(line * LINE);
    let end = range.end.min((line + 1) * LINE);
    let bytes = end.saturating_sub(start) as usize;
    let mut digest = 0u64;
    let is_host = on_host(start, bytes, |from| {
        for at in 0..bytes {
            // SAFETY: the range is registered by its owner, who keeps it until it is no longer.
            let byte = unsafe { from.add(at).read_volatile() };
            // FNV-1a's step.
            digest = (digest ^ u64::from(byte)).wrapping_mul(0x100_0000_01b3);
        }
    });
    is_host.then_some(digest)
}
