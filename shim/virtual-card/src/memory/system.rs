//! Host memory that the card may reach by DMA.
//!
//! As behind an IOMMU, the card sees *bus addresses*: an allocation is one run of host memory but
//! one or several segments of bus space, scattered so that a driver cannot take contiguity for
//! granted. What lies in no segment is not there: the access is a DMA fault.
//!
//! An allocation that is released leaves bus space at once; its host memory is unmapped only when
//! no card thread is between two packets' ends ([`SystemMemory::enter`]), since such a thread may
//! hold a translated pointer. Translations must be dropped after a release and before the next use.

#[cfg(unix)]
use std::fs::File;
use std::sync::{Arc, Mutex, RwLock};

use egpu_link::Segment;
#[cfg(unix)]
use memmap2::MmapOptions;
use memmap2::{MmapMut, MmapRaw};

use super::host::HostRange;

/// Bus addresses have 40 bits, as behind TinyGPU (`maxAddressBits`).
pub const ADDRESS_BITS: u32 = 40;
/// Segments are multiples of this: the page size of Apple silicon.
pub const GRANULE: u64 = 16 << 10;

const FIRST_ADDRESS: u64 = 1 << 32;

/// Why memory could not be granted.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// The host has no more memory, or the configured limit is met.
    #[error("{0}")]
    OutOfMemory(String),
}

/// Host memory of one allocation.
pub struct Allocation {
    map: MmapRaw,
    size: u64,
    segments: Vec<Segment>,
}

impl Allocation {
    /// Bytes, a multiple of [`GRANULE`].
    pub fn size(&self) -> u64 {
        self.size
    }

    /// Bus addresses, in the order of the memory.
    pub fn segments(&self) -> &[Segment] {
        &self.segments
    }

    /// The memory. Valid while the allocation lives.
    pub fn range(&self) -> HostRange {
        // SAFETY: the mapping lives as long as `self`; ranges that outlive it are those that card
        // threads hold, which `SystemMemory::release` waits for.
        unsafe { HostRange::new(self.map.as_mut_ptr(), self.size) }
    }
}

struct Placed {
    segment: Segment,
    /// Offset of the segment in its allocation.
    offset: u64,
    allocation: Arc<Allocation>,
}

#[derive(Default)]
struct Users {
    count: usize,
    retired: Vec<Arc<Allocation>>,
}

struct Space {
    next: u64,
    granted: u64,
    state: u64,
}

/// All allocations.
pub struct SystemMemory {
    pieces: usize,
    limit: u64,
    space: Mutex<Space>,
    /// Sorted by address.
    placed: RwLock<Vec<Placed>>,
    users: Mutex<Users>,
}

/// A card thread that may hold pointers into system memory.
pub struct User<'a>(&'a SystemMemory);

impl Drop for User<'_> {
    fn drop(&mut self) {
        let mut users = lock(&self.0.users);
        users.count -= 1;
        if users.count == 0 {
            users.retired.clear();
        }
    }
}

fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(|e| e.into_inner())
}

impl SystemMemory {
    /// Memory whose allocations are cut into `pieces` segments where they are large enough, and
    /// that grants `limit` bytes in all.
    pub fn new(pieces: usize, limit: u64, seed: u64) -> SystemMemory {
        SystemMemory {
            pieces: pieces.max(1),
            limit,
            space: Mutex::new(Space {
                next: FIRST_ADDRESS,
                granted: 0,
                state: seed | 1,
            }),
            placed: RwLock::default(),
            users: Mutex::default(),
        }
    }

    /// Grants zeroed memory of this process, at least `size` bytes.
    pub fn allocate(&self, size: u64) -> Result<Arc<Allocation>, Error> {
        let size = self.rounded(size)?;
        let map =
            MmapMut::map_anon(size as usize).map_err(|e| Error::OutOfMemory(e.to_string()))?;
        self.place(map.into(), size)
    }

    /// Grants memory that a file holds, which another process can map too. The file must be at
    /// least [`SystemMemory::rounded`]`(size)` bytes long.
    #[cfg(unix)]
    pub fn allocate_file(&self, file: &File, size: u64) -> Result<Arc<Allocation>, Error> {
        let size = self.rounded(size)?;
        let map = MmapOptions::new()
            .len(size as usize)
            .map_raw(file)
            .map_err(|e| Error::OutOfMemory(e.to_string()))?;
        self.place(map, size)
    }

    /// The size that an allocation of `size` bytes really has.
    pub fn rounded(&self, size: u64) -> Result<u64, Error> {
        size.max(1)
            .checked_next_multiple_of(GRANULE)
            .filter(|size| *size <= 1 << ADDRESS_BITS && usize::try_from(*size).is_ok())
            .ok_or_else(|| {
                Error::OutOfMemory(format!("{size:#x} bytes exceed the card's address space"))
            })
    }

    fn place(&self, map: MmapRaw, size: u64) -> Result<Arc<Allocation>, Error> {
        let mut space = lock(&self.space);
        if space.granted + size > self.limit {
            return Err(Error::OutOfMemory(format!(
                "the limit of {} MiB is met",
                self.limit >> 20
            )));
        }
        let granules = size / GRANULE;
        let pieces = (self.pieces as u64).min(granules);
        // The pieces lie in bus space in reverse, with gaps between: nothing is contiguous.
        let mut address = space.next;
        let mut segments: Vec<Segment> = Vec::new();
        for piece in 0..pieces {
            let length = (granules * (piece + 1) / pieces - granules * piece / pieces) * GRANULE;
            space.state = space
                .state
                .wrapping_mul(6364136223846793005)
                .wrapping_add(1442695040888963407);
            let gap = (1 + (space.state >> 61)) * GRANULE;
            segments.push(Segment { address, length });
            address += length + gap;
        }
        if address > 1 << ADDRESS_BITS {
            return Err(Error::OutOfMemory("bus addresses are used up".into()));
        }
        space.next = address;
        space.granted += size;
        drop(space);
        segments.reverse();
        let allocation = Arc::new(Allocation {
            map,
            size,
            segments,
        });
        let mut placed = self.placed.write().unwrap_or_else(|e| e.into_inner());
        let mut offset = 0;
        for segment in &allocation.segments {
            placed.push(Placed {
                segment: *segment,
                offset,
                allocation: allocation.clone(),
            });
            offset += segment.length;
        }
        placed.sort_by_key(|p| p.segment.address);
        Ok(allocation)
    }

    /// Takes an allocation out of bus space. Its host memory goes when no card thread can touch it.
    pub fn release(&self, allocation: &Arc<Allocation>) {
        let mut placed = self.placed.write().unwrap_or_else(|e| e.into_inner());
        let before = placed.len();
        placed.retain(|p| !Arc::ptr_eq(&p.allocation, allocation));
        if placed.len() == before {
            return;
        }
        drop(placed);
        lock(&self.space).granted -= allocation.size;
        let mut users = lock(&self.users);
        if users.count > 0 {
            users.retired.push(allocation.clone());
        }
    }

    /// Registers a thread that is about to use pointers into this memory.
    pub fn enter(&self) -> User<'_> {
        lock(&self.users).count += 1;
        User(self)
    }

    /// The memory from a bus address to the end of its segment.
    pub fn find(&self, address: u64) -> Option<HostRange> {
        let placed = self.placed.read().unwrap_or_else(|e| e.into_inner());
        let after = placed.partition_point(|p| p.segment.address <= address);
        let p = placed.get(after.checked_sub(1)?)?;
        let into = address - p.segment.address;
        let left = p
            .segment
            .length
            .checked_sub(into)
            .filter(|left| *left > 0)?;
        p.allocation.range().part(p.offset + into, left)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pieces_are_scattered_and_cover() {
        let memory = SystemMemory::new(4, u64::MAX, 1);
        let a = memory.allocate(0x4_0000 - 5).unwrap();
        assert_eq!(a.size(), 0x4_0000);
        assert_eq!(a.segments().len(), 4);
        let mut offset = 0;
        for segment in a.segments() {
            assert!(segment.length.is_multiple_of(GRANULE) && segment.address < 1 << ADDRESS_BITS);
            let range = memory.find(segment.address + 4).unwrap();
            assert_eq!(range.len(), segment.length - 4);
            assert_eq!(
                range.pointer(),
                a.range().part(offset + 4, 4).unwrap().pointer()
            );
            assert!(memory.find(segment.address + segment.length).is_none());
            offset += segment.length;
        }
        assert_eq!(offset, a.size());
        assert_eq!(memory.allocate(1).unwrap().segments().len(), 1);
    }

    #[test]
    fn released_memory_outlives_its_users() {
        let memory = SystemMemory::new(1, 0x8000, 1);
        let a = memory.allocate(0x4000).unwrap();
        let address = a.segments()[0].address;
        let range = a.range();
        let user = memory.enter();
        memory.release(&a);
        drop(a);
        assert!(memory.find(address).is_none());
        range.store32(5);
        assert_eq!(range.load32(), 5);
        drop(user);
        memory.allocate(0x8000).unwrap();
        assert!(memory.allocate(1).is_err());
        assert!(memory.allocate(u64::MAX).is_err());
    }
}
