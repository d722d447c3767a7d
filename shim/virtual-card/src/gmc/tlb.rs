//! The translation look-aside buffer of a hub.
//!
//! Entries stay until an invalidation engine drops them, however stale: a driver that forgets to
//! flush sees old pages, as on hardware.

use std::collections::HashMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::RwLock;

use crate::memory::host::HostRange;

/// Shifts of the two kinds of entries. Pages larger than 2 MiB fill entries of 2 MiB.
const SMALL: u32 = 12;
const LARGE: u32 = 21;

/// A translated run of addresses.
#[derive(Clone, Copy, Debug)]
pub struct Entry {
    /// First virtual address of the run.
    pub start: u64,
    /// Host memory of the run; none for pages that are there but not reachable (a DMA fault).
    pub memory: Option<HostRange>,
    /// Bytes of the run.
    pub len: u64,
    /// May be read.
    pub readable: bool,
    /// May be written.
    pub writeable: bool,
    /// May be fetched from.
    pub executable: bool,
    /// Lies in host memory.
    pub system: bool,
    /// Memory type UC: not kept by L2.
    pub uncached: bool,
}

#[derive(Default)]
struct Maps {
    small: HashMap<u64, Entry>,
    large: HashMap<u64, Entry>,
}

/// The buffer.
#[derive(Default)]
pub struct Tlb {
    maps: RwLock<Maps>,
    epoch: AtomicU64,
}

impl Tlb {
    /// The entry for an address.
    pub fn get(&self, va: u64) -> Option<Entry> {
        let maps = self.maps.read().unwrap_or_else(|e| e.into_inner());
        maps.large
            .get(&(va >> LARGE))
            .or_else(|| maps.small.get(&(va >> SMALL)))
            .copied()
    }

    /// Keeps an entry for the page of `va`. A run that covers its 2 MiB block serves the block.
    ///
    /// `epoch` is that of before the walk: a translation that an invalidation overtook is not kept.
    pub fn fill(&self, va: u64, entry: Entry, epoch: u64) {
        let block = va >> LARGE << LARGE;
        let large = entry.start <= block && block + (1 << LARGE) <= entry.start + entry.len;
        let mut maps = self.maps.write().unwrap_or_else(|e| e.into_inner());
        if self.epoch() != epoch {
            return;
        }
        if large {
            maps.large.insert(va >> LARGE, entry);
        } else {
            maps.small.insert(va >> SMALL, entry);
        }
    }

    /// Drops everything.
    pub fn invalidate(&self) {
        let mut maps = self.maps.write().unwrap_or_else(|e| e.into_inner());
        *maps = Maps::default();
        self.epoch.fetch_add(1, Ordering::AcqRel);
    }

    /// Grows with each invalidation.
    pub fn epoch(&self) -> u64 {
        self.epoch.load(Ordering::Acquire)
    }
}
