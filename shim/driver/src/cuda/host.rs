//! Host memory that the card reads and writes: page-locked blocks, kept and given out again.
//!
//! wgpu makes a staging buffer for every `write_buffer`, and locking pages takes milliseconds, so
//! small blocks are cut from slabs and large ones kept when they are given back. The memory is this
//! process's own, only registered with the driver: it stays valid for whoever holds a mapping when
//! the context is lost. It is ordinary cached memory; write combining would make reading a mapped
//! buffer slow, and a copy reaches the speed of the bus without it.

use std::alloc::{alloc_zeroed, dealloc, Layout};
use std::collections::HashMap;
use std::ptr::NonNull;
use std::sync::Arc;

use super::functions::{value, value::status, Functions, Status};

/// Bytes of a slab.
const SLAB: u64 = 2 << 20;
/// Smallest block: what [`crate::Memory::address`] promises.
const SMALLEST: u64 = 256;
/// Blocks above this are slabs of their own.
const LARGEST_PART: u64 = 1 << 20;
/// Bytes of large blocks that are kept for later.
const KEPT: u64 = 256 << 20;
/// Alignment of slabs: a page on every system that NVIDIA supports.
const PAGE: usize = 64 << 10;

/// Registered memory; registration ends with the context, the memory with the last block.
#[derive(Debug)]
pub(crate) struct Slab {
    memory: NonNull<u8>,
    layout: Layout,
    /// What the card calls it.
    address: u64,
}

// SAFETY: the memory is owned; accesses through it are raw copies that callers order.
unsafe impl Send for Slab {}
// SAFETY: as above.
unsafe impl Sync for Slab {}

impl Drop for Slab {
    fn drop(&mut self) {
        // SAFETY: made by `alloc_zeroed` with this layout in `Slab::new`, and freed only here.
        unsafe { dealloc(self.memory.as_ptr(), self.layout) }
    }
}

/// Why there is no block.
pub(crate) enum Failure {
    /// The system has no memory.
    Host,
    /// The driver does not register it.
    Driver(Status),
}

impl Slab {
    /// The context must be current.
    fn new(functions: &Functions, bytes: u64) -> Result<Slab, Failure> {
        let size = usize::try_from(bytes).map_err(|_| Failure::Host)?;
        let layout = Layout::from_size_align(size, PAGE).map_err(|_| Failure::Host)?;
        // SAFETY: the size is not zero, since blocks have at least `SMALLEST` bytes.
        let memory = NonNull::new(unsafe { alloc_zeroed(layout) }).ok_or(Failure::Host)?;
        let mut slab = Slab {
            memory,
            layout,
            address: 0,
        };
        let flags = value::HOST_REGISTER_PORTABLE | value::HOST_REGISTER_DEVICEMAP;
        let pointer = memory.as_ptr().cast();
        // SAFETY: the memory is live, page-aligned and as large as said.
        let code = unsafe { (functions.cuMemHostRegister_v2)(pointer, size, flags) };
        if code != status::SUCCESS {
            return Err(Failure::Driver(code));
        }
        // SAFETY: the memory was just registered as mapped; the out pointer is to a live variable.
        let code =
            unsafe { (functions.cuMemHostGetDevicePointer_v2)(&mut slab.address, pointer, 0) };
        if code != status::SUCCESS {
            slab.unregister(functions);
            return Err(Failure::Driver(code));
        }
        Ok(slab)
    }

    /// The context must be current, or lost.
    fn unregister(&self, functions: &Functions) {
        // SAFETY: the memory is live; an answer that it is not registered is as good.
        unsafe { (functions.cuMemHostUnregister)(self.memory.as_ptr().cast()) };
    }
}

/// A part of a slab.
#[derive(Clone, Debug)]
pub(crate) struct Block {
    slab: Arc<Slab>,
    offset: u64,
    size: u64,
}

impl Block {
    /// What the card calls it.
    pub(crate) fn address(&self) -> u64 {
        self.slab.address + self.offset
    }

    /// Bytes.
    pub(crate) fn size(&self) -> u64 {
        self.size
    }

    /// Where it is in this process.
    pub(crate) fn pointer(&self) -> *mut u8 {
        // SAFETY: the offset is inside the slab, by `Blocks::take`.
        unsafe { self.slab.memory.as_ptr().add(self.offset as usize) }
    }
}

/// Blocks to give out, by size.
#[derive(Debug, Default)]
pub(crate) struct Blocks {
    free: HashMap<u64, Vec<Block>>,
    /// All that is registered: it must outlive the context, whoever drops the blocks.
    slabs: Vec<Arc<Slab>>,
    /// Bytes of large blocks among them.
    kept: u64,
}

/// The size that is given out for a size that is asked for: a power of two where blocks share
/// slabs, at most an eighth more beyond.
fn class(size: u64) -> u64 {
    let power = size.max(SMALLEST).checked_next_power_of_two();
    match power {
        Some(power) if power <= LARGEST_PART => power,
        Some(power) => size.next_multiple_of(power / 16),
        None => u64::MAX,
    }
}

impl Blocks {
    /// A block of at least `size` bytes. The context must be current.
    pub(crate) fn take(&mut self, functions: &Functions, size: u64) -> Result<Block, Failure> {
        let class = class(size);
        if let Some(block) = self.free.get_mut(&class).and_then(Vec::pop) {
            if class > LARGEST_PART {
                self.kept -= class;
            }
            return Ok(block);
        }
        let bytes = if class > LARGEST_PART { class } else { SLAB };
        let slab = Arc::new(Slab::new(functions, bytes)?);
        self.slabs.push(slab.clone());
        let part = |n: u64| Block {
            slab: slab.clone(),
            offset: n * class,
            size: class,
        };
        let rest = (1..bytes / class).rev().map(part);
        self.free.entry(class).or_default().extend(rest);
        Ok(part(0))
    }

    /// Whether an address is in memory that is registered.
    pub(crate) fn hold(&self, address: u64) -> bool {
        self.slabs.iter().any(|slab| {
            let offset = address.checked_sub(slab.address);
            offset.is_some_and(|offset| offset < slab.layout.size() as u64)
        })
    }

    /// Takes a block back that nobody uses any more. The context must be current.
    pub(crate) fn give_back(&mut self, functions: &Functions, block: Block) {
        if block.size > LARGEST_PART {
            if self.kept + block.size > KEPT {
                block.slab.unregister(functions);
                self.slabs.retain(|slab| !Arc::ptr_eq(slab, &block.slab));
                return;
            }
            self.kept += block.size;
        }
        self.free.entry(block.size).or_default().push(block);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn classes_waste_little() {
        assert_eq!([class(0), class(1), class(257)], [256, 256, 512]);
        assert_eq!(class(1 << 20), 1 << 20);
        for size in [(1 << 20) + 1, 3 << 20, (5 << 20) + 4, 1 << 40] {
            let class = class(size);
            assert!(
                class >= size && class <= size + size / 8 + SMALLEST,
                "{size}"
            );
            assert!(class.is_multiple_of(SMALLEST));
        }
        assert_eq!(class(u64::MAX), u64::MAX);
    }
}
