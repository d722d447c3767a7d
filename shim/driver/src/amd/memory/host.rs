//! Host memory that the card can reach: few large allocations, handed out in parts.
//!
//! A connection to TinyGPU holds 128 allocations and never gives one back, and each costs messages
//! for its page-table entries; so regions are large, stay, and are used again. A region may consist
//! of scattered segments on the bus, but is contiguous in this process and for the card.

use std::sync::Arc;

use egpu_link::{DmaMemory, LinkError, SharedRange};

use super::ranges::Ranges;

/// Granule of parts: keeps parts that host and card touch apart from each other.
pub(crate) const GRANULE: u64 = 256;

/// Usual size of a region.
const REGION: u64 = 32 << 20;
/// Regions beyond this many are kept for large requests.
const MANY_REGIONS: usize = 96;

/// One allocation of the link, mapped into the card's address space.
pub(crate) struct Region {
    memory: Arc<dyn DmaMemory>,
    /// Its view in this process; `None` behind messages.
    shared: Option<SharedRange>,
    /// Address for the card.
    address: u64,
}

impl Region {
    pub(crate) fn new(memory: Arc<dyn DmaMemory>, address: u64) -> Region {
        let shared = memory.mapping().map(|base| {
            // SAFETY: the link keeps `memory.size()` bytes from `base` mapped, page-aligned, until
            // `memory` is dropped, and `memory` lives in the same value.
            unsafe { SharedRange::new(base, memory.size()) }
        });
        Region {
            memory,
            shared,
            address,
        }
    }
}

/// A part of a region. Plain data: whoever made it gives it back to the heap.
#[derive(Clone)]
pub(crate) struct HostPart {
    region: Arc<Region>,
    index: usize,
    offset: u64,
    size: u64,
}

impl HostPart {
    /// Address for the card.
    pub(crate) fn address(&self) -> u64 {
        self.region.address + self.offset
    }

    pub(crate) fn size(&self) -> u64 {
        self.size
    }

    /// First byte in this process, if memory is shared.
    pub(crate) fn pointer(&self) -> Option<*mut u8> {
        let base = self.region.shared?.pointer();
        Some(base.wrapping_add(self.offset as usize))
    }

    /// A part of this part.
    pub(crate) fn slice(&self, offset: u64, size: u64) -> HostPart {
        debug_assert!(offset + size <= self.size);
        HostPart {
            region: self.region.clone(),
            index: self.index,
            offset: self.offset + offset,
            size,
        }
    }

    fn check(&self, offset: u64, length: u64) -> Result<(), LinkError> {
        match offset.checked_add(length) {
            Some(end) if end <= self.size => Ok(()),
            _ => Err(LinkError::OutOfRange {
                what: "host memory",
                offset,
                length,
                size: self.size,
            }),
        }
    }

    /// Copies in. A message where memory is not shared.
    pub(crate) fn write(&self, offset: u64, data: &[u8]) -> Result<(), LinkError> {
        self.check(offset, data.len() as u64)?;
        match &self.region.shared {
            Some(shared) => shared.write(self.offset + offset, data),
            None => self.region.memory.write(self.offset + offset, data),
        }
    }

    /// Copies out. A round trip where memory is not shared.
    pub(crate) fn read(&self, offset: u64, data: &mut [u8]) -> Result<(), LinkError> {
        self.check(offset, data.len() as u64)?;
        match &self.region.shared {
            Some(shared) => shared.read(self.offset + offset, data),
            None => self.region.memory.read(self.offset + offset, data),
        }
    }

    /// Stores a word that the card reads, after everything written before.
    pub(crate) fn store64(&self, offset: u64, value: u64) -> Result<(), LinkError> {
        self.check(offset, 8)?;
        match &self.region.shared {
            Some(shared) => shared.store64(self.offset + offset, value),
            None => self
                .region
                .memory
                .write(self.offset + offset, &value.to_le_bytes()),
        }
    }

    /// Loads words that the card writes: one round trip for all of them where memory is not shared.
    pub(crate) fn load64<const N: usize>(
        &self,
        offset: u64,
        stride: u64,
    ) -> Result<[u64; N], LinkError> {
        let mut words = [0; N];
        self.check(offset, stride * N as u64)?;
        match &self.region.shared {
            Some(shared) => {
                for (i, word) in words.iter_mut().enumerate() {
                    *word = shared.load64(self.offset + offset + i as u64 * stride)?;
                }
            }
            None => {
                let mut bytes = vec![0; stride as usize * N];
                self.region.memory.read(self.offset + offset, &mut bytes)?;
                for (i, word) in words.iter_mut().enumerate() {
                    let at = i * stride as usize;
                    *word = u64::from_le_bytes(std::array::from_fn(|b| bytes[at + b]));
                }
            }
        }
        Ok(words)
    }

    /// Whether reading and writing costs no message.
    pub(crate) fn is_shared(&self) -> bool {
        self.region.shared.is_some()
    }
}

/// All host memory of a card.
#[derive(Default)]
pub(crate) struct HostHeap {
    regions: Vec<(Arc<Region>, Ranges)>,
}

impl HostHeap {
    /// Takes a part out of the regions that there are.
    pub(crate) fn allocate(&mut self, size: u64, align: u64) -> Option<HostPart> {
        let size = size.max(1).checked_next_multiple_of(GRANULE)?;
        self.regions
            .iter_mut()
            .enumerate()
            .find_map(|(index, (region, free))| {
                let offset = free.allocate(size, align.max(GRANULE))?;
                Some(HostPart {
                    region: region.clone(),
                    index,
                    offset,
                    size,
                })
            })
    }

    /// Sizes to ask the link for, best first, when no region has room for `size`.
    pub(crate) fn region_sizes(&self, size: u64) -> Vec<u64> {
        let exact = size.next_multiple_of(64 << 10);
        let usual = if self.regions.len() < MANY_REGIONS {
            REGION
        } else {
            // Slots become scarce: fewer, larger regions.
            4 * REGION
        };
        if exact >= usual {
            vec![exact]
        } else {
            vec![usual, (usual / 8).max(exact), exact]
        }
    }

    /// Adds a region.
    pub(crate) fn add(&mut self, region: Region) {
        let size = region.memory.size();
        self.regions.push((Arc::new(region), Ranges::new(0, size)));
    }

    /// Gives a part back.
    pub(crate) fn release(&mut self, part: &HostPart) {
        if let Some((_, free)) = self.regions.get_mut(part.index) {
            free.release(part.offset, part.size);
        }
    }
}
