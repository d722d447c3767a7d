//! The page walk: context registers and tables in, page out.

use amd_hw::die::Generation;
use amd_hw::pte::{entry_size, index, Entry, Leaf, ENTRIES, PAGE_SIZE, ROOT_LEVEL};

use crate::shader::FaultKind;

/// Context 0 of a hub, as its registers say.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Context {
    /// ENABLE_CONTEXT.
    pub enabled: bool,
    /// PAGE_TABLE_DEPTH: levels above the last.
    pub depth: u32,
    /// First address.
    pub start: u64,
    /// Last address.
    pub end: u64,
    /// Root directory, physical.
    pub root: u64,
    /// The root directory lies in system memory.
    pub root_in_system: bool,
}

/// A found page.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Page {
    /// Virtual address of its first byte.
    pub start: u64,
    /// Bytes.
    pub len: u64,
    /// What the entry says; the address is that of the first byte.
    pub leaf: Leaf,
}

/// Reads table entries.
pub trait Tables {
    /// The entry at an address, or `None` if there is no memory.
    fn entry(&self, address: u64, system: bool) -> Option<u64>;

    /// A run that an entry's FRAGMENT field promises is not what the entries say.
    fn broken_fragment(&self, va: u64);
}

/// Finds the page of an address. With `check_fragments`, what FRAGMENT promises is checked.
pub fn walk(
    tables: &dyn Tables,
    generation: Generation,
    context: &Context,
    va: u64,
    check_fragments: bool,
) -> Result<Page, FaultKind> {
    if !context.enabled || va < context.start || va > context.end || context.depth != ROOT_LEVEL {
        return Err(FaultKind::BadTable);
    }
    let offset = va - context.start;
    let (mut table, mut system) = (context.root, context.root_in_system);
    for level in (0..=context.depth).rev() {
        let slot = index(level, offset);
        let bits = tables
            .entry(table + 8 * slot, system)
            .ok_or(FaultKind::BadTable)?;
        match Entry::decode(bits, generation, level) {
            Entry::Invalid => return Err(FaultKind::Unmapped),
            Entry::Table {
                address,
                system: in_system,
            } => (table, system) = (address, in_system),
            Entry::Leaf(leaf) if leaf.prt => return Err(FaultKind::Unmapped),
            Entry::Leaf(leaf) => {
                let size = entry_size(level);
                // Large pages need only be aligned to 2 MiB physically: the offset is added.
                let page = Page {
                    start: va & !(size - 1),
                    len: size,
                    leaf,
                };
                return Ok(match level {
                    0 => fragment(
                        tables,
                        generation,
                        table,
                        system,
                        slot,
                        page,
                        check_fragments,
                    ),
                    _ => page,
                });
            }
        }
    }
    Err(FaultKind::BadTable)
}

/// Extends a 4 KiB page to the aligned run that its FRAGMENT field promises.
fn fragment(
    tables: &dyn Tables,
    generation: Generation,
    table: u64,
    system: bool,
    slot: u64,
    page: Page,
    check: bool,
) -> Page {
    let pages = (1u64 << page.leaf.fragment.min(9)).min(ENTRIES);
    let first = slot & !(pages - 1);
    let before = (slot - first) * PAGE_SIZE;
    let Some(address) = page.leaf.address.checked_sub(before) else {
        return page;
    };
    if check && pages > 1 {
        for slot in first..first + pages {
            let want = address + (slot - first) * PAGE_SIZE;
            let entry = tables.entry(table + 8 * slot, system);
            match entry.map(|bits| Entry::decode(bits, generation, 0)) {
                Some(Entry::Leaf(leaf))
                    if leaf
                        == (Leaf {
                            address: want,
                            ..page.leaf
                        }) => {}
                _ => {
                    tables.broken_fragment(page.start);
                    return page;
                }
            }
        }
    }
    Page {
        start: page.start - before,
        len: pages * PAGE_SIZE,
        leaf: Leaf {
            address,
            ..page.leaf
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::cell::Cell;
    use std::collections::HashMap;

    #[derive(Default)]
    struct Map {
        words: HashMap<u64, u64>,
        broken: Cell<bool>,
    }

    impl Tables for Map {
        fn entry(&self, address: u64, system: bool) -> Option<u64> {
            assert!(!system);
            (address < 0x10_0000).then(|| self.words.get(&address).copied().unwrap_or(0))
        }

        fn broken_fragment(&self, _va: u64) {
            self.broken.set(true);
        }
    }

    const BASE: u64 = 0x2000_0000_0000;

    fn context() -> Context {
        Context {
            enabled: true,
            depth: 3,
            start: BASE,
            end: 0x7fff_ffff_ffff,
            root: 0,
            root_in_system: false,
        }
    }

    fn table(address: u64) -> u64 {
        Entry::Table {
            address,
            system: false,
        }
        .encode(Generation::Gfx11, 1)
    }

    fn leaf(address: u64, fragment: u8, level: u32) -> u64 {
        Entry::Leaf(Leaf {
            fragment,
            ..Leaf::vram(address)
        })
        .encode(Generation::Gfx11, level)
    }

    #[test]
    fn pages_of_every_size() {
        let mut map = Map::default();
        map.words.extend([
            (0, table(0x1000)),
            (8, leaf(0x20_0000, 0, 3)),
            (0x1000, table(0x2000)),
            (0x1008, leaf(0x40_0000, 0, 2)),
            (0x2000, table(0x3000)),
            (0x2008, leaf(0x60_0000, 0, 1)),
            (0x3008, leaf(0x5000, 0, 0)),
        ]);
        let walk = |va| walk(&map, Generation::Gfx11, &context(), va, true);
        let page = walk(BASE + 0x1234).unwrap();
        assert_eq!(
            (page.start, page.len, page.leaf.address),
            (BASE + 0x1000, 0x1000, 0x5000)
        );
        let page = walk(BASE + 0x20_1234).unwrap();
        assert_eq!(
            (page.start, page.len, page.leaf.address),
            (BASE + 0x20_0000, 2 << 20, 0x60_0000)
        );
        let page = walk(BASE + (1 << 30) + 5).unwrap();
        assert_eq!(
            (page.start, page.len, page.leaf.address),
            (BASE + (1 << 30), 1 << 30, 0x40_0000)
        );
        assert_eq!(walk(BASE + (1 << 39)).unwrap().len, 1 << 39);
        assert_eq!(walk(BASE), Err(FaultKind::Unmapped));
        assert_eq!(walk(BASE - 1), Err(FaultKind::BadTable));
        assert_eq!(walk(u64::MAX), Err(FaultKind::BadTable));
    }

    #[test]
    fn tables_outside_memory_are_faults() {
        let mut map = Map::default();
        map.words.insert(0, table(0x20_0000));
        let got = walk(&map, Generation::Gfx11, &context(), BASE, false);
        assert_eq!(got, Err(FaultKind::BadTable));
    }

    #[test]
    fn fragments_are_runs() {
        let mut map = Map::default();
        map.words.extend([
            (0, table(0x1000)),
            (0x1000, table(0x2000)),
            (0x2000, table(0x3000)),
        ]);
        for page in 0..4 {
            map.words
                .insert(0x3020 + 8 * page, leaf(0x8000 + 0x1000 * page, 2, 0));
        }
        let page = walk(&map, Generation::Gfx11, &context(), BASE + 0x6000, true).unwrap();
        assert_eq!(
            (page.start, page.len, page.leaf.address),
            (BASE + 0x4000, 0x4000, 0x8000)
        );
        map.words.insert(0x3028, leaf(0x1_0000, 2, 0));
        let page = walk(&map, Generation::Gfx11, &context(), BASE + 0x6000, true).unwrap();
        assert_eq!((page.start, page.len), (BASE + 0x6000, 0x1000));
        assert!(map.broken.get());
    }
}
