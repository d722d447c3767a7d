//! Page tables: four levels, 2 MiB and 4 KiB leaves, fragments, written in bulk.
//!
//! The tables lie in a pool of VRAM that BAR 0 reaches; a copy of each is kept here, so VRAM is
//! never read. Changes collect as dirty ranges and leave in one write per table, lower levels first:
//! a directory entry must not point to a table that does not hold its content yet. Addresses are
//! counted from the context's start, as the card does. Tables are never given back: the address
//! space that they cover is used again.

use std::collections::BTreeMap;
use std::ops::Range;

use amd_hw::die::Generation;
use amd_hw::pte::{self, Entry, Leaf, ENTRIES, PAGE_SIZE, ROOT_LEVEL};

use super::ranges::Ranges;

/// Bytes of a large page.
pub(crate) const LARGE_PAGE: u64 = pte::entry_size(1);

/// Largest fragment worth stating: 1 GiB, what one directory covers.
const FRAGMENT_MAX: u32 = 18;

struct Table {
    level: u32,
    entries: Box<[u64; ENTRIES as usize]>,
    dirty: Range<usize>,
}

impl Table {
    fn set(&mut self, index: usize, entry: u64) {
        if self.entries[index] == entry {
            return;
        }
        self.entries[index] = entry;
        if self.dirty.is_empty() {
            self.dirty = index..index + 1;
        } else {
            self.dirty.start = self.dirty.start.min(index);
            self.dirty.end = self.dirty.end.max(index + 1);
        }
    }
}

/// The tables of one address space.
pub(crate) struct PageTables {
    generation: Generation,
    root: u64,
    tables: BTreeMap<u64, Table>,
    pool: Ranges,
}

/// The pool is used up.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct OutOfTables;

impl PageTables {
    /// Empty tables with the root at a physical address outside the pool.
    pub(crate) fn new(generation: Generation, root: u64, pool: Range<u64>) -> PageTables {
        let mut tables = PageTables {
            generation,
            root,
            tables: BTreeMap::new(),
            pool: Ranges::new(pool.start, pool.end - pool.start),
        };
        tables.insert(root, ROOT_LEVEL);
        tables
    }

    fn insert(&mut self, address: u64, level: u32) {
        let table = Table {
            level,
            entries: Box::new([0; ENTRIES as usize]),
            // What VRAM holds there is unknown: the whole table must be written.
            dirty: 0..ENTRIES as usize,
        };
        self.tables.insert(address, table);
    }

    /// Maps `offset..` to contiguous memory that begins at `leaf.address`; all three are multiples
    /// of 4 KiB. What was mapped there before must be unmapped.
    pub(crate) fn map(&mut self, offset: u64, leaf: Leaf, length: u64) -> Result<(), OutOfTables> {
        debug_assert!((offset | leaf.address | length).is_multiple_of(PAGE_SIZE));
        let mut done = 0;
        while done < length {
            let (at, address) = (offset + done, leaf.address + done);
            // The largest naturally aligned block here: its size is the fragment.
            let block = (at | address).trailing_zeros().min((length - done).ilog2());
            let fragment = (block - 12).min(FRAGMENT_MAX);
            let block = 1u64 << (fragment + 12);
            let level = u32::from(block >= LARGE_PAGE);
            let step = pte::entry_size(level);
            let table = self.table_for(at, level)?;
            let first = pte::index(level, at);
            let count = (block / step).min(ENTRIES - first);
            let generation = self.generation;
            if let Some(table) = self.tables.get_mut(&table) {
                for i in 0..count {
                    let page = Leaf {
                        address: address + i * step,
                        fragment: fragment as u8,
                        ..leaf
                    };
                    let entry = Entry::Leaf(page).encode(generation, level);
                    table.set((first + i) as usize, entry);
                }
            }
            done += count * step;
        }
        Ok(())
    }

    /// Unmaps `offset..offset + length`, which must be whole mappings.
    pub(crate) fn unmap(&mut self, offset: u64, length: u64) {
        let end = offset + length;
        let mut at = offset;
        while at < end {
            let mut address = self.root;
            let mut level = ROOT_LEVEL;
            loop {
                let generation = self.generation;
                let Some(table) = self.tables.get_mut(&address) else {
                    return;
                };
                let index = pte::index(level, at) as usize;
                match Entry::decode(table.entries[index], generation, level) {
                    Entry::Table { address: next, .. } if level > 0 => {
                        address = next;
                        level -= 1;
                    }
                    Entry::Table { .. } | Entry::Invalid | Entry::Leaf(_) => {
                        table.set(index, 0);
                        let size = pte::entry_size(level);
                        at = (at / size + 1) * size;
                        break;
                    }
                }
            }
        }
    }

    /// The table of a level that covers an address, made if need be.
    fn table_for(&mut self, offset: u64, level: u32) -> Result<u64, OutOfTables> {
        let mut address = self.root;
        for at in (level + 1..=ROOT_LEVEL).rev() {
            let index = pte::index(at, offset) as usize;
            let entry = self.tables.get(&address).map_or(0, |t| t.entries[index]);
            address = match Entry::decode(entry, self.generation, at) {
                Entry::Table { address, .. } => address,
                Entry::Invalid | Entry::Leaf(_) => {
                    let next = self
                        .pool
                        .allocate(PAGE_SIZE, PAGE_SIZE)
                        .ok_or(OutOfTables)?;
                    self.insert(next, at - 1);
                    let pointer = Entry::Table {
                        address: next,
                        system: false,
                    };
                    let bits = pointer.encode(self.generation, at);
                    if let Some(table) = self.tables.get_mut(&address) {
                        table.set(index, bits);
                    }
                    next
                }
            };
        }
        Ok(address)
    }

    /// Hands every changed range to `write` as physical address and bytes.
    pub(crate) fn flush<E>(
        &mut self,
        mut write: impl FnMut(u64, &[u8]) -> Result<(), E>,
    ) -> Result<(), E> {
        let mut bytes = Vec::new();
        for level in 0..=ROOT_LEVEL {
            for (address, table) in &mut self.tables {
                if table.level != level || table.dirty.is_empty() {
                    continue;
                }
                bytes.clear();
                for entry in &table.entries[table.dirty.clone()] {
                    bytes.extend_from_slice(&entry.to_le_bytes());
                }
                write(address + 8 * table.dirty.start as u64, &bytes)?;
                table.dirty = 0..0;
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::HashMap;

    /// VRAM as the card would see it after a flush.
    #[derive(Default)]
    struct Vram(HashMap<u64, u64>, usize);

    impl Vram {
        fn take(&mut self, tables: &mut PageTables) {
            tables
                .flush(|address, bytes| {
                    self.1 += 1;
                    for (i, word) in bytes.chunks_exact(8).enumerate() {
                        let word = u64::from_le_bytes(word.try_into().unwrap());
                        self.0.insert(address + 8 * i as u64, word);
                    }
                    Ok::<_, ()>(())
                })
                .unwrap();
        }

        /// Walks as the card does.
        fn walk(&self, generation: Generation, offset: u64) -> Option<(u64, Leaf)> {
            let mut table = 0;
            for level in (0..=ROOT_LEVEL).rev() {
                let entry = self.0[&(table + 8 * pte::index(level, offset))];
                match Entry::decode(entry, generation, level) {
                    Entry::Invalid => return None,
                    Entry::Table { address, .. } => table = address,
                    Entry::Leaf(leaf) => {
                        let within = offset & (pte::entry_size(level) - 1);
                        return Some((leaf.address + within, leaf));
                    }
                }
            }
            None
        }
    }

    const POOL: Range<u64> = 0x10_0000..0x40_0000;

    #[test]
    fn both_formats_walk_to_what_was_mapped() {
        for generation in [Generation::Gfx11, Generation::Gfx12] {
            let mut tables = PageTables::new(generation, 0, POOL);
            let mut vram = Vram::default();
            // Odd start, two large pages, odd end.
            let start = LARGE_PAGE - 0x3000;
            let length = 2 * LARGE_PAGE + 0x8000;
            let leaf = Leaf::vram(0x4000_0000 + start);
            tables.map(start, leaf, length).unwrap();
            vram.take(&mut tables);
            for page in (0..length).step_by(4096) {
                let (address, leaf) = vram.walk(generation, start + page).unwrap();
                assert_eq!(address, 0x4000_0000 + start + page);
                // A fragment is a naturally aligned block inside the mapping.
                let block = 4096u64 << leaf.fragment;
                let first = (start + page) & !(block - 1);
                assert!(first >= start && first + block <= start + length);
                assert!(leaf.executable && leaf.writeable && !leaf.system);
            }
            assert_eq!(vram.walk(generation, start - 1), None);
            assert_eq!(vram.walk(generation, start + length), None);
            assert_eq!(vram.walk(generation, LARGE_PAGE).unwrap().1.fragment, 9);
        }
    }

    #[test]
    fn misaligned_memory_gets_small_pages() {
        let mut tables = PageTables::new(Generation::Gfx12, 0, POOL);
        let mut vram = Vram::default();
        let leaf = Leaf::system(0x1_2340_1000);
        tables.map(1 << 40, leaf, LARGE_PAGE).unwrap();
        vram.take(&mut tables);
        let (address, leaf) = vram.walk(Generation::Gfx12, (1 << 40) + 0x1f_f004).unwrap();
        assert_eq!(address, 0x1_2340_1000 + 0x1f_f004);
        assert!(leaf.system && leaf.snooped && leaf.fragment == 0);
    }

    #[test]
    fn writes_are_whole_tables_and_only_changes() {
        let mut tables = PageTables::new(Generation::Gfx11, 0, POOL);
        let mut vram = Vram::default();
        tables.map(0, Leaf::vram(0x1000), 512 * 4096 * 3).unwrap();
        vram.take(&mut tables);
        // Four bottom tables would be 1,536 entries; root, two directories and three tables are six.
        assert_eq!(vram.1, 6);
        vram.take(&mut tables);
        assert_eq!(vram.1, 6);
        tables.unmap(0x3000, 0x1000);
        vram.take(&mut tables);
        assert_eq!(vram.1, 7);
        assert_eq!(vram.walk(Generation::Gfx11, 0x3000), None);
        assert!(vram.walk(Generation::Gfx11, 0x4000).is_some());
    }

    #[test]
    fn tables_run_out_without_panic() {
        let mut tables = PageTables::new(Generation::Gfx11, 0, 0x1000..0x3000);
        assert_eq!(tables.map(0, Leaf::vram(0x1000), 0x1000), Err(OutOfTables));
    }
}
