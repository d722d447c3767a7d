//! Video memory, backed lazily by anonymous host memory.
//!
//! In strict mode it starts poisoned instead of zero, as memory does after power-on; the poison is
//! laid a chunk at a time when the chunk is first looked at, so that gigabytes cost nothing.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::Mutex;

use memmap2::{MmapOptions, MmapRaw};

use super::host::HostRange;

/// What poisoned VRAM holds: a value that is no plausible address, packet or float.
pub const POISON: u32 = 0xdead_f00d;
/// Bytes poisoned at a time.
const CHUNK: u64 = 64 << 10;

/// The memory.
pub struct Vram {
    map: MmapRaw,
    size: u64,
    poisoned: Option<Poison>,
}

struct Poison {
    /// A bit for each chunk that is ready to be looked at.
    ready: Vec<AtomicU64>,
    laying: Mutex<()>,
}

impl Vram {
    /// Memory of `size` bytes, a multiple of 1 MiB.
    pub fn new(size: u64, poisoned: bool) -> std::io::Result<Vram> {
        let length = usize::try_from(size).map_err(|_| {
            std::io::Error::other("VRAM does not fit into this machine's addresses")
        })?;
        let map = MmapOptions::new()
            .len(length)
            .no_reserve_swap()
            .map_anon()?;
        let poisoned = poisoned.then(|| Poison {
            ready: (0..size.div_ceil(CHUNK * 64))
                .map(|_| AtomicU64::new(0))
                .collect(),
            laying: Mutex::new(()),
        });
        Ok(Vram {
            map: map.into(),
            size,
            poisoned,
        })
    }

    /// Bytes.
    pub fn size(&self) -> u64 {
        self.size
    }

    /// A range of it, or `None` where it reaches past the end.
    pub fn range(&self, offset: u64, len: u64) -> Option<HostRange> {
        if offset.checked_add(len)? > self.size {
            return None;
        }
        if let Some(poison) = &self.poisoned {
            for chunk in offset / CHUNK..=(offset + len.max(1) - 1) / CHUNK {
                self.ready(poison, chunk);
            }
        }
        self.whole().part(offset, len)
    }

    /// The power fails: contents are lost.
    pub fn lose(&self) {
        // Without poison it is left as it is: zeroing gigabytes would touch them all.
        for word in self.poisoned.iter().flat_map(|poison| &poison.ready) {
            word.store(0, Ordering::Release);
        }
    }

    fn whole(&self) -> HostRange {
        // SAFETY: the mapping lives as long as `self`, which every holder of a range keeps alive
        // through the card; no reference to its bytes is ever made.
        unsafe { HostRange::new(self.map.as_mut_ptr(), self.size) }
    }

    fn ready(&self, poison: &Poison, chunk: u64) {
        let (word, bit) = (&poison.ready[(chunk / 64) as usize], 1 << (chunk % 64));
        if word.load(Ordering::Acquire) & bit != 0 {
            return;
        }
        let _laying = poison.laying.lock().unwrap_or_else(|e| e.into_inner());
        if word.load(Ordering::Acquire) & bit == 0 {
            let start = chunk * CHUNK;
            if let Some(range) = self.whole().part(start, CHUNK.min(self.size - start)) {
                range.fill(POISON.to_le_bytes());
            }
            word.fetch_or(bit, Ordering::Release);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn poison_is_laid_once() {
        let vram = Vram::new(1 << 20, true).unwrap();
        let word = vram.range(0x2_0000, 4).unwrap();
        assert_eq!(word.load32(), POISON);
        word.store32(7);
        assert_eq!(vram.range(0x1_fffc, 8).unwrap().load64() >> 32, 7);
        assert!(vram.range(1 << 20, 1).is_none() && vram.range(u64::MAX, 2).is_none());
        vram.lose();
        assert_eq!(vram.range(0x2_0000, 4).unwrap().load32(), POISON);
    }
}
