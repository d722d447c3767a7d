//! Buffers: an allocation on the card or in host memory, by usage.

use std::ops::Range;
use std::sync::Arc;

use egpu_driver::{Memory, MemoryKind};
use wgpu_types::BufferUses;

/// A buffer.
#[derive(Clone, Debug)]
pub struct Buffer {
    pub(crate) memory: Arc<dyn Memory>,
    pub(crate) size: u64,
}

impl Buffer {
    /// Card address of a byte.
    pub(crate) fn address(&self, offset: u64) -> u64 {
        self.memory.address() + offset
    }

    /// Host view of a range of a mappable buffer.
    pub(crate) fn host(&self, range: &Range<u64>) -> Option<std::ptr::NonNull<u8>> {
        if range.start > range.end || range.end > self.memory.size() {
            return None;
        }
        let base = std::ptr::NonNull::new(self.memory.mapping()?)?;
        // SAFETY: the offset was checked against the size of the allocation that `base` begins.
        Some(unsafe { base.add(range.start as usize) })
    }
}

/// Mappable usages never go together with others (`MAPPABLE_PRIMARY_BUFFERS` is not offered): what
/// the host reads or writes directly is staging memory on the host's side of the cable.
pub(crate) fn memory_kind(usage: BufferUses) -> MemoryKind {
    if usage.contains(BufferUses::MAP_READ) {
        MemoryKind::Readback
    } else if usage.contains(BufferUses::MAP_WRITE) {
        MemoryKind::Upload
    } else {
        MemoryKind::Device
    }
}
