//! A set of free address ranges: allocation with alignment, coalescing on release.
//!
//! Best fit by size, lowest address among equals. VRAM, address space and host memory are all
//! handed out by this one allocator. It never touches what it manages.

use std::collections::{BTreeMap, BTreeSet};

/// Free ranges of some space.
#[derive(Clone, Debug, Default)]
pub(crate) struct Ranges {
    by_start: BTreeMap<u64, u64>,
    by_size: BTreeSet<(u64, u64)>,
    free: u64,
}

impl Ranges {
    /// One free range.
    pub(crate) fn new(start: u64, size: u64) -> Ranges {
        let mut ranges = Ranges::default();
        ranges.release(start, size);
        ranges
    }

    /// Bytes free, perhaps not contiguous.
    pub(crate) fn free(&self) -> u64 {
        self.free
    }

    /// Bytes of the largest free range.
    #[cfg(test)]
    pub(crate) fn largest(&self) -> u64 {
        self.by_size.last().map_or(0, |(size, _)| *size)
    }

    /// Takes `size` bytes aligned to a power of two.
    pub(crate) fn allocate(&mut self, size: u64, align: u64) -> Option<u64> {
        debug_assert!(align.is_power_of_two());
        if size == 0 {
            return None;
        }
        let (range, start, at) = self
            .by_size
            .range((size, 0)..)
            .find_map(|&(range, start)| {
                let at = start.checked_next_multiple_of(align)?;
                let end = at.checked_add(size)?;
                (end <= start + range).then_some((range, start, at))
            })?;
        self.remove(start, range);
        if at > start {
            self.insert(start, at - start);
        }
        if at + size < start + range {
            self.insert(at + size, start + range - at - size);
        }
        Some(at)
    }

    /// Takes `size` bytes in pieces of whole `granule`s, largest first, or nothing.
    pub(crate) fn allocate_scattered(
        &mut self,
        size: u64,
        granule: u64,
    ) -> Option<Vec<(u64, u64)>> {
        let size = size.checked_next_multiple_of(granule)?;
        let mut pieces = Vec::new();
        let mut missing = size;
        for &(range, start) in self.by_size.iter().rev() {
            if missing == 0 {
                break;
            }
            let at = start.next_multiple_of(granule);
            let usable = (start + range).saturating_sub(at) / granule * granule;
            let taken = usable.min(missing);
            if taken > 0 {
                pieces.push((at, taken));
                missing -= taken;
            }
        }
        if missing > 0 {
            return None;
        }
        for &(at, length) in &pieces {
            self.take(at, length);
        }
        Some(pieces)
    }

    /// Gives a range back, joined with its free neighbours. Ignores an empty range.
    pub(crate) fn release(&mut self, start: u64, size: u64) {
        if size == 0 {
            return;
        }
        let (mut start, mut size) = (start, size);
        if let Some((&before, &length)) = self.by_start.range(..=start).next_back() {
            debug_assert!(before + length <= start, "double release at {start:#x}");
            if before + length == start {
                self.remove(before, length);
                start = before;
                size += length;
            }
        }
        if let Some((&after, &length)) = self.by_start.range(start + 1..).next() {
            debug_assert!(start + size <= after, "double release at {start:#x}");
            if start + size == after {
                self.remove(after, length);
                size += length;
            }
        }
        self.insert(start, size);
    }

    /// Takes a given range, which must be free.
    fn take(&mut self, at: u64, size: u64) {
        let Some((&start, &range)) = self.by_start.range(..=at).next_back() else {
            return;
        };
        self.remove(start, range);
        if at > start {
            self.insert(start, at - start);
        }
        if at + size < start + range {
            self.insert(at + size, start + range - at - size);
        }
    }

    fn insert(&mut self, start: u64, size: u64) {
        self.by_start.insert(start, size);
        self.by_size.insert((size, start));
        self.free += size;
    }

    fn remove(&mut self, start: u64, size: u64) {
        self.by_start.remove(&start);
        self.by_size.remove(&(size, start));
        self.free -= size;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A small generator, so that failures repeat.
    struct Lcg(u64);

    impl Lcg {
        fn below(&mut self, limit: u64) -> u64 {
            self.0 = self
                .0
                .wrapping_mul(6364136223846793005)
                .wrapping_add(1442695040888963407);
            (self.0 >> 33) % limit
        }
    }

    #[test]
    fn allocations_are_aligned_disjoint_and_all_come_back() {
        let mut ranges = Ranges::new(0x1000, 1 << 20);
        let mut held: Vec<(u64, u64)> = Vec::new();
        let mut random = Lcg(7);
        for _ in 0..20_000 {
            if random.below(2) == 0 && !held.is_empty() {
                let (start, size) = held.swap_remove(random.below(held.len() as u64) as usize);
                ranges.release(start, size);
            } else {
                let size = 1 + random.below(20_000);
                let align = 1 << random.below(13);
                if let Some(start) = ranges.allocate(size, align) {
                    assert!(start.is_multiple_of(align));
                    assert!(start >= 0x1000 && start + size <= 0x1000 + (1 << 20));
                    assert!(held
                        .iter()
                        .all(|&(s, n)| start + size <= s || s + n <= start));
                    held.push((start, size));
                }
            }
            let used: u64 = held.iter().map(|(_, n)| n).sum();
            assert_eq!(ranges.free() + used, 1 << 20);
        }
        for (start, size) in held {
            ranges.release(start, size);
        }
        assert_eq!(ranges.largest(), 1 << 20);
        assert_eq!(ranges.allocate(1 << 20, 1), Some(0x1000));
        assert_eq!(ranges.allocate(1, 1), None);
    }

    #[test]
    fn scattered_allocation_uses_what_contiguous_cannot() {
        let mut ranges = Ranges::new(0, 0x10000);
        let all: Vec<u64> = (0..16)
            .map(|_| ranges.allocate(0x1000, 0x1000).unwrap())
            .collect();
        for start in all.iter().step_by(2) {
            ranges.release(*start, 0x1000);
        }
        assert_eq!(ranges.allocate(0x2000, 0x1000), None);
        assert_eq!(ranges.allocate_scattered(0x9000, 0x1000), None);
        let pieces = ranges.allocate_scattered(0x7800, 0x1000).unwrap();
        assert_eq!(pieces.iter().map(|(_, n)| n).sum::<u64>(), 0x8000);
        assert_eq!(ranges.free(), 0);
    }

    #[test]
    fn huge_requests_fail_without_overflow() {
        let mut ranges = Ranges::new(u64::MAX - 0x10000, 0x8000);
        assert_eq!(ranges.allocate(u64::MAX, 0x1000), None);
        assert_eq!(ranges.allocate_scattered(u64::MAX, 0x1000), None);
        assert_eq!(ranges.allocate(0, 1), None);
    }
}
