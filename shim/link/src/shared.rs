//! The rule for memory that a card shares with this process.
//!
//! The card reads and writes such memory at any time, so no Rust reference to it may exist. Words
//! that signal (fences, read and write pointers) are atomics: a reader that sees the new value sees
//! everything written before it. Bulk data is copied through raw pointers, and only while the
//! timeline says that the other side does not touch it.

use std::sync::atomic::{AtomicU32, AtomicU64, Ordering};

use crate::LinkError;

/// A range of shared memory, for as long as its allocation lives.
#[derive(Clone, Copy, Debug)]
pub struct SharedRange {
    base: *mut u8,
    size: u64,
}

// SAFETY: the range is only a pointer; every access goes through atomics or raw copies, which the
// constructor's contract makes valid on any thread.
unsafe impl Send for SharedRange {}
// SAFETY: as above.
unsafe impl Sync for SharedRange {}

impl SharedRange {
    /// A range over mapped memory.
    ///
    /// # Safety
    /// `base` must be aligned to 16 bytes, and `size` bytes from it must stay mapped, readable and
    /// writable while the range or a copy of it is used.
    pub unsafe fn new(base: *mut u8, size: u64) -> SharedRange {
        debug_assert!((base as usize).is_multiple_of(16));
        SharedRange { base, size }
    }

    /// Size in bytes.
    pub fn size(&self) -> u64 {
        self.size
    }

    /// First byte.
    pub fn pointer(&self) -> *mut u8 {
        self.base
    }

    fn at(&self, offset: u64, length: u64) -> Result<*mut u8, LinkError> {
        check_range("shared memory", offset, length, self.size)?;
        // SAFETY: inside the range, which the constructor's caller vouched for.
        Ok(unsafe { self.base.add(offset as usize) })
    }

    fn word(&self, offset: u64, length: u64) -> Result<*mut u8, LinkError> {
        if !offset.is_multiple_of(length) {
            return Err(LinkError::OutOfRange {
                what: "misaligned word of shared memory",
                offset,
                length,
                size: self.size,
            });
        }
        self.at(offset, length)
    }

    /// Loads a 32-bit word; what was written before it is visible after.
    pub fn load32(&self, offset: u64) -> Result<u32, LinkError> {
        let pointer = self.word(offset, 4)?.cast();
        // SAFETY: aligned, in range, and only accessed atomically by this process.
        Ok(unsafe { AtomicU32::from_ptr(pointer) }.load(Ordering::Acquire))
    }

    /// Loads a 64-bit word; what was written before it is visible after.
    pub fn load64(&self, offset: u64) -> Result<u64, LinkError> {
        let pointer = self.word(offset, 8)?.cast();
        // SAFETY: as for `load32`.
        Ok(unsafe { AtomicU64::from_ptr(pointer) }.load(Ordering::Acquire))
    }

    /// Stores a 32-bit word after everything written before.
    pub fn store32(&self, offset: u64, value: u32) -> Result<(), LinkError> {
        let pointer = self.word(offset, 4)?.cast();
        // SAFETY: as for `load32`.
        unsafe { AtomicU32::from_ptr(pointer) }.store(value, Ordering::Release);
        Ok(())
    }

    /// Stores a 64-bit word after everything written before.
    pub fn store64(&self, offset: u64, value: u64) -> Result<(), LinkError> {
        let pointer = self.word(offset, 8)?.cast();
        // SAFETY: as for `load32`.
        unsafe { AtomicU64::from_ptr(pointer) }.store(value, Ordering::Release);
        Ok(())
    }

    /// Copies bytes out.
    pub fn read(&self, offset: u64, data: &mut [u8]) -> Result<(), LinkError> {
        let source = self.at(offset, data.len() as u64)?;
        // SAFETY: the source is in range; `data` is ordinary memory elsewhere.
        unsafe { std::ptr::copy_nonoverlapping(source, data.as_mut_ptr(), data.len()) };
        Ok(())
    }

    /// Copies bytes in.
    pub fn write(&self, offset: u64, data: &[u8]) -> Result<(), LinkError> {
        let destination = self.at(offset, data.len() as u64)?;
        // SAFETY: the destination is in range; `data` is ordinary memory elsewhere.
        unsafe { std::ptr::copy_nonoverlapping(data.as_ptr(), destination, data.len()) };
        Ok(())
    }

    /// Clears bytes.
    pub fn clear(&self, offset: u64, length: u64) -> Result<(), LinkError> {
        let destination = self.at(offset, length)?;
        // SAFETY: in range.
        unsafe { std::ptr::write_bytes(destination, 0, length as usize) };
        Ok(())
    }
}

/// Checks that `offset..offset + length` lies in `size` bytes.
pub(crate) fn check_range(
    what: &'static str,
    offset: u64,
    length: u64,
    size: u64,
) -> Result<(), LinkError> {
    match offset.checked_add(length) {
        Some(end) if end <= size => Ok(()),
        _ => Err(LinkError::OutOfRange {
            what,
            offset,
            length,
            size,
        }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn access_is_checked() {
        let mut memory = vec![0u128; 4];
        // SAFETY: the vector outlives the range, is 16-byte aligned and 64 bytes long.
        let range = unsafe { SharedRange::new(memory.as_mut_ptr().cast(), 64) };
        range.store64(56, 0x0102_0304_0506_0708).unwrap();
        assert_eq!(range.load32(56), Ok(0x0506_0708));
        assert!(range.load64(60).is_err());
        assert!(range.load32(64).is_err());
        assert!(range.write(63, &[1, 2]).is_err());
        assert!(range.read(u64::MAX, &mut [0; 2]).is_err());
        range.clear(56, 8).unwrap();
        assert_eq!(range.load64(56), Ok(0));
    }
}
