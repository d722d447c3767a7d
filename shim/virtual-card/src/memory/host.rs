//! Raw access to host memory that is shared with the driver.
//!
//! VRAM behind a BAR and DMA memory are read and written by the driver's threads, by another
//! process, and by the card's own threads, without locks, as on hardware. So no reference to such
//! bytes ever exists: words go through atomics (a reader that sees a new fence value sees what was
//! written before it), bulk data through raw copies. A bulk copy that races with the driver yields
//! unspecified bytes, as it would on hardware, and nothing worse.

use std::sync::atomic::{AtomicU32, AtomicU64, Ordering};

/// A run of host memory that stays mapped while anyone holds a range of it: see
/// [`super::system::SystemMemory`] and [`super::vram::Vram`], which hand ranges out.
#[derive(Clone, Copy, Debug)]
pub struct HostRange {
    base: *mut u8,
    len: u64,
}

// SAFETY: a range is an address; all accesses are atomic or raw copies of memory that is shared by
// its nature.
unsafe impl Send for HostRange {}
// SAFETY: as above.
unsafe impl Sync for HostRange {}

impl HostRange {
    /// A range of mapped memory.
    ///
    /// # Safety
    /// `len` bytes from `base` must stay mapped, readable and writable while the range, a part or a
    /// copy of it is used, and nobody may hold a reference to them.
    pub unsafe fn new(base: *mut u8, len: u64) -> HostRange {
        HostRange { base, len }
    }

    /// Bytes.
    pub fn len(&self) -> u64 {
        self.len
    }

    /// Address of the first byte.
    pub fn pointer(&self) -> *mut u8 {
        self.base
    }

    /// A part of the range, if it lies inside.
    pub fn part(&self, offset: u64, len: u64) -> Option<HostRange> {
        let end = offset.checked_add(len)?;
        if end > self.len {
            return None;
        }
        // SAFETY: `offset` is inside the range.
        let base = unsafe { self.base.add(offset as usize) };
        Some(HostRange { base, len })
    }

    /// Copies bytes out; as many as both sides have.
    ///
    /// One aligned word is one access: a driver that reads a 32-bit or 64-bit word of VRAM never
    /// sees half of a value.
    pub fn read(&self, data: &mut [u8]) {
        let count = data.len().min(self.len as usize);
        let aligned = |to: usize| (self.base as usize).is_multiple_of(to);
        match count {
            4 if aligned(4) => data[..4].copy_from_slice(&self.load32().to_le_bytes()),
            8 if aligned(8) => data[..8].copy_from_slice(&self.load64().to_le_bytes()),
            // SAFETY: `count` bytes are inside both; `data` is ordinary memory elsewhere.
            _ => unsafe { std::ptr::copy_nonoverlapping(self.base, data.as_mut_ptr(), count) },
        }
    }

    /// Copies bytes in; as many as both sides have. One aligned word is one access.
    pub fn write(&self, data: &[u8]) {
        let count = data.len().min(self.len as usize);
        let aligned = |to: usize| (self.base as usize).is_multiple_of(to);
        match *data {
            [a, b, c, d] if count == 4 && aligned(4) => {
                self.store32(u32::from_le_bytes([a, b, c, d]))
            }
            [a, b, c, d, e, f, g, h] if count == 8 && aligned(8) => {
                self.store64(u64::from_le_bytes([a, b, c, d, e, f, g, h]));
            }
            // SAFETY: `count` bytes are inside both; `data` is ordinary memory elsewhere.
            _ => unsafe { std::ptr::copy_nonoverlapping(data.as_ptr(), self.base, count) },
        }
    }

    /// The word at the start; 0 from a range of less than 4 bytes. Misaligned words are read bytewise.
    pub fn load32(&self) -> u32 {
        if self.len < 4 {
            return 0;
        }
        if (self.base as usize).is_multiple_of(4) {
            // SAFETY: aligned, inside the range, only accessed atomically or by raw copies.
            return u32::from_le(
                unsafe { AtomicU32::from_ptr(self.base.cast()) }.load(Ordering::Acquire),
            );
        }
        // SAFETY: inside the range.
        u32::from_le(unsafe { self.base.cast::<u32>().read_unaligned() })
    }

    /// The double word at the start; 0 from a range of less than 8 bytes.
    pub fn load64(&self) -> u64 {
        if self.len < 8 {
            return 0;
        }
        if (self.base as usize).is_multiple_of(8) {
            // SAFETY: as for `load32`.
            return u64::from_le(
                unsafe { AtomicU64::from_ptr(self.base.cast()) }.load(Ordering::Acquire),
            );
        }
        // SAFETY: inside the range.
        u64::from_le(unsafe { self.base.cast::<u64>().read_unaligned() })
    }

    /// Stores a word after everything written before; nothing if the range is too short.
    pub fn store32(&self, value: u32) {
        if self.len < 4 {
            return;
        }
        if (self.base as usize).is_multiple_of(4) {
            // SAFETY: as for `load32`.
            unsafe { AtomicU32::from_ptr(self.base.cast()) }
                .store(value.to_le(), Ordering::Release);
        } else {
            // SAFETY: inside the range.
            unsafe { self.base.cast::<u32>().write_unaligned(value.to_le()) }
        }
    }

    /// Stores a double word after everything written before; nothing if the range is too short.
    pub fn store64(&self, value: u64) {
        if self.len < 8 {
            return;
        }
        if (self.base as usize).is_multiple_of(8) {
            // SAFETY: as for `load32`.
            unsafe { AtomicU64::from_ptr(self.base.cast()) }
                .store(value.to_le(), Ordering::Release);
        } else {
            // SAFETY: inside the range.
            unsafe { self.base.cast::<u64>().write_unaligned(value.to_le()) }
        }
    }

    /// Copies from another range, which may overlap; as many bytes as both have.
    pub fn copy_from(&self, source: HostRange) {
        let count = self.len.min(source.len) as usize;
        // SAFETY: `count` bytes are inside both ranges; `copy` allows overlap.
        unsafe { std::ptr::copy(source.base, self.base, count) };
    }

    /// Repeats a pattern, starting with its first byte.
    pub fn fill(&self, pattern: [u8; 4]) {
        if pattern == [pattern[0]; 4] {
            // SAFETY: inside the range.
            unsafe { std::ptr::write_bytes(self.base, pattern[0], self.len as usize) };
            return;
        }
        let (mut done, word) = (0, u32::from_ne_bytes(pattern));
        while done + 4 <= self.len {
            // SAFETY: four bytes from `done` are inside the range.
            unsafe {
                self.base
                    .add(done as usize)
                    .cast::<u32>()
                    .write_unaligned(word)
            };
            done += 4;
        }
        for (i, byte) in pattern.iter().enumerate().take((self.len - done) as usize) {
            // SAFETY: fewer than four bytes remain from `done`.
            unsafe { self.base.add(done as usize + i).write(*byte) };
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn accesses_stay_inside() {
        let mut memory = vec![0u64; 4];
        // SAFETY: the vector outlives the range and is not touched otherwise meanwhile.
        let range = unsafe { HostRange::new(memory.as_mut_ptr().cast(), 32) };
        assert!(range.part(30, 3).is_none() && range.part(u64::MAX, 2).is_none());
        let tail = range.part(29, 3).unwrap();
        tail.write(&[1, 2, 3, 4, 5]);
        let mut bytes = [0; 8];
        range.part(24, 8).unwrap().read(&mut bytes);
        assert_eq!(bytes, [0, 0, 0, 0, 0, 1, 2, 3]);
        tail.store32(9);
        assert_eq!(tail.load32(), 0);
        range.part(1, 7).unwrap().fill([1, 2, 3, 4]);
        assert_eq!(range.load64(), 0x0302_0104_0302_0100);
    }
}
