//! Memory of a card: VRAM, host memory, and the address space that holds both.
//!
//! VRAM is mapped once, linearly, when the card is opened, in 2 MiB pages with the largest
//! fragments: an allocation there is a range of it and costs no message. Only where no contiguous
//! range is left an allocation is assembled from pieces and mapped on its own. Host memory comes in
//! regions that are mapped when they are made. Whatever is unmapped is flushed from the translation
//! caches before its address or memory is used again.
//!
//! Releasing is the caller's to time: this module frees at once, so it must only be called when the
//! timeline has passed all work that could touch the memory.

pub(crate) mod host;
pub(crate) mod ranges;
pub(crate) mod tables;

use std::ops::Range;
use std::sync::Arc;

use amd_hw::pte::{Leaf, PAGE_SIZE};

use self::host::{HostHeap, HostPart, Region};
use self::ranges::Ranges;
use self::tables::{PageTables, LARGE_PAGE};
use super::gmc::{self, Hub};
use super::hardware::Hardware;
use super::layout;
use crate::CardError;

/// Alignment of every allocation: what descriptors, code and copies may rely on.
pub(crate) const ALIGN: u64 = 256;

/// A piece of VRAM for the card's programs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Vram {
    /// A range of the linear mapping.
    Linear {
        /// Physical address.
        start: u64,
        /// Bytes.
        size: u64,
    },
    /// Pieces, mapped one after another.
    Scattered {
        /// Address for the card.
        address: u64,
        /// Bytes.
        size: u64,
        /// Physical address and length of each.
        pieces: Vec<(u64, u64)>,
    },
}

impl Vram {
    /// Address for the card.
    pub(crate) fn address(&self) -> u64 {
        match self {
            Vram::Linear { start, .. } => layout::VA_BASE + start,
            Vram::Scattered { address, .. } => *address,
        }
    }

    /// Bytes.
    pub(crate) fn size(&self) -> u64 {
        match self {
            Vram::Linear { size, .. } | Vram::Scattered { size, .. } => *size,
        }
    }
}

/// All memory of a card.
pub(crate) struct MemoryManager {
    hw: Arc<Hardware>,
    vram: Ranges,
    vram_total: u64,
    addresses: Ranges,
    tables: PageTables,
    host: HostHeap,
}

impl MemoryManager {
    /// Empty page tables. Call after the hubs are told where the root is, or before they are used.
    pub(crate) fn new(hw: Arc<Hardware>) -> MemoryManager {
        let pool = layout::table_pool(hw.vram());
        let heap = layout::heap(hw.vram());
        let vram = Ranges::new(heap.start, heap.end - heap.start);
        let tables = PageTables::new(hw.generation(), layout::ROOT_TABLE, pool);
        MemoryManager {
            vram_total: vram.free(),
            vram,
            addresses: Ranges::new(layout::VA_DYNAMIC, layout::VA_DYNAMIC_SIZE),
            tables,
            host: HostHeap::default(),
            hw,
        }
    }

    /// Maps VRAM linearly and writes all tables.
    pub(crate) fn map_vram(&mut self) -> Result<(), CardError> {
        let Range { start, end } = layout::heap(self.hw.vram());
        self.map(layout::VA_BASE + start, &[(start, end - start)], false)
    }

    /// Bytes of VRAM in use and free.
    pub(crate) fn vram_use(&self) -> (u64, u64) {
        let free = self.vram.free();
        (self.vram_total - free, free)
    }

    /// Takes VRAM. `None`: there is not enough of it.
    pub(crate) fn allocate_vram(&mut self, size: u64) -> Result<Option<Vram>, CardError> {
        let Some(size) = size.max(1).checked_next_multiple_of(ALIGN) else {
            return Ok(None);
        };
        // Large allocations begin at large pages: fewer translations for what touches them most.
        let align = if size >= LARGE_PAGE {
            LARGE_PAGE
        } else {
            ALIGN
        };
        if let Some(start) = self
            .vram
            .allocate(size, align)
            .or_else(|| self.vram.allocate(size, ALIGN))
        {
            return Ok(Some(Vram::Linear { start, size }));
        }
        let Some(size) = size.checked_next_multiple_of(PAGE_SIZE) else {
            return Ok(None);
        };
        let Some(pieces) = self.vram.allocate_scattered(size, PAGE_SIZE) else {
            return Ok(None);
        };
        let Some(address) = self.addresses.allocate(size, LARGE_PAGE) else {
            self.release_pieces(&pieces);
            return Ok(None);
        };
        match self.map(address, &pieces, false) {
            Ok(()) => Ok(Some(Vram::Scattered {
                address,
                size,
                pieces,
            })),
            Err(CardError::OutOfMemory { .. }) => {
                self.unmap(address, size)?;
                self.addresses.release(address, size);
                self.release_pieces(&pieces);
                Ok(None)
            }
            Err(error) => Err(error),
        }
    }

    /// Gives VRAM back.
    pub(crate) fn release_vram(&mut self, vram: &Vram) -> Result<(), CardError> {
        match vram {
            Vram::Linear { start, size } => self.vram.release(*start, *size),
            Vram::Scattered {
                address,
                size,
                pieces,
            } => {
                self.unmap(*address, *size)?;
                self.addresses.release(*address, *size);
                self.release_pieces(pieces);
            }
        }
        Ok(())
    }

    fn release_pieces(&mut self, pieces: &[(u64, u64)]) {
        for &(start, length) in pieces {
            self.vram.release(start, length);
        }
    }

    /// Takes host memory, adding a region where none has room.
    pub(crate) fn allocate_host(&mut self, size: u64, align: u64) -> Result<HostPart, CardError> {
        if let Some(part) = self.host.allocate(size, align) {
            return Ok(part);
        }
        let mut refused = None;
        for region_size in self.host.region_sizes(size) {
            match self.add_region(region_size) {
                Ok(()) => break,
                // A smaller one may still be had: fewer segments, or less left.
                Err(error @ CardError::OutOfMemory { .. }) => refused = Some(error),
                Err(error) => return Err(error),
            }
        }
        self.host
            .allocate(size, align)
            .ok_or_else(|| refused.unwrap_or(out_of_host_memory(size)))
    }

    fn add_region(&mut self, size: u64) -> Result<(), CardError> {
        let memory = self.hw.alloc_dma(size)?;
        let size = memory.size() / PAGE_SIZE * PAGE_SIZE;
        let address = self
            .addresses
            .allocate(size, LARGE_PAGE)
            .ok_or_else(|| out_of_host_memory(size))?;
        let pieces: Vec<(u64, u64)> = memory
            .segments()
            .iter()
            .map(|s| (s.address, s.length.next_multiple_of(PAGE_SIZE)))
            .collect();
        self.map(address, &pieces, true)?;
        self.host.add(Region::new(memory, address));
        Ok(())
    }

    /// Gives host memory back.
    pub(crate) fn release_host(&mut self, part: &HostPart) {
        self.host.release(part);
    }

    /// Maps pieces one after another from `address` and makes the card see it.
    fn map(&mut self, address: u64, pieces: &[(u64, u64)], system: bool) -> Result<(), CardError> {
        let mut offset = address - layout::VA_BASE;
        for &(start, length) in pieces {
            let leaf = if system {
                Leaf::system(start)
            } else {
                Leaf::vram(start)
            };
            self.tables
                .map(offset, leaf, length)
                .map_err(|tables::OutOfTables| CardError::OutOfMemory {
                    what: "page-table memory",
                    asked: length,
                    free: 0,
                })?;
            offset += length;
        }
        self.publish()
    }

    fn unmap(&mut self, address: u64, length: u64) -> Result<(), CardError> {
        self.tables.unmap(address - layout::VA_BASE, length);
        self.publish()
    }

    /// Writes changed tables and flushes both hubs.
    fn publish(&mut self) -> Result<(), CardError> {
        let hw = self.hw.clone();
        self.tables
            .flush(|address, bytes| hw.vram_write(address, bytes))?;
        gmc::flush_tlb(&hw, Hub::Graphics)?;
        gmc::flush_tlb(&hw, Hub::Memory)
    }
}

fn out_of_host_memory(asked: u64) -> CardError {
    CardError::OutOfMemory {
        what: "host memory",
        asked,
        free: 0,
    }
}
