//! Global memory as a launch sees it, and what it did with it.

use std::collections::HashMap;

/// Memory by the card's addresses. Each access lies in one allocation or nowhere.
pub trait Memory {
    /// Reads; `false` if any byte is outside of every allocation.
    fn load(&mut self, address: u64, bytes: &mut [u8]) -> bool;

    /// Writes, likewise.
    fn store(&mut self, address: u64, bytes: &[u8]) -> bool;

    /// What lies near an address that is outside, for people.
    fn near(&self, address: u64) -> String;
}

/// Allocations in this process, sorted by address.
#[derive(Clone, Debug, Default)]
pub struct Regions {
    list: Vec<(u64, Vec<u8>)>,
    /// Where the last access was.
    last: usize,
}

impl Regions {
    /// Puts an allocation somewhere; it must not overlap another.
    pub fn insert(&mut self, address: u64, bytes: Vec<u8>) {
        let at = self.list.partition_point(|(base, _)| *base < address);
        self.list.insert(at, (address, bytes));
    }

    /// Takes an allocation back.
    pub fn remove(&mut self, address: u64) -> Option<Vec<u8>> {
        let at = self
            .list
            .binary_search_by_key(&address, |(base, _)| *base)
            .ok()?;
        Some(self.list.remove(at).1)
    }

    /// Bytes of a range in one allocation.
    pub fn range(&mut self, address: u64, bytes: usize) -> Option<&mut [u8]> {
        let within = |list: &[(u64, Vec<u8>)], at: usize| {
            let (base, data) = list.get(at)?;
            let offset = usize::try_from(address.checked_sub(*base)?).ok()?;
            (offset.checked_add(bytes)? <= data.len()).then_some(offset)
        };
        let mut at = self.last;
        let offset = match within(&self.list, at) {
            Some(offset) => offset,
            None => {
                at = self
                    .list
                    .partition_point(|(base, _)| *base <= address)
                    .checked_sub(1)?;
                within(&self.list, at)?
            }
        };
        self.last = at;
        self.list.get_mut(at)?.1.get_mut(offset..offset + bytes)
    }
}

impl Memory for Regions {
    fn load(&mut self, address: u64, bytes: &mut [u8]) -> bool {
        match self.range(address, bytes.len()) {
            Some(range) => {
                bytes.copy_from_slice(range);
                true
            }
            None => false,
        }
    }

    fn store(&mut self, address: u64, bytes: &[u8]) -> bool {
        match self.range(address, bytes.len()) {
            Some(range) => {
                range.copy_from_slice(bytes);
                true
            }
            None => false,
        }
    }

    fn near(&self, address: u64) -> String {
        let at = self.list.partition_point(|(base, _)| *base <= address);
        let below = at.checked_sub(1).and_then(|at| self.list.get(at));
        let next = self.list.get(at);
        match (below, next) {
            (Some((base, data)), next)
                if next.is_none_or(|(next, _)| {
                    address.saturating_sub(base + data.len() as u64) <= next - address
                }) =>
            {
                let beyond = address.saturating_sub(base + data.len() as u64);
                format!("{beyond} bytes beyond the {} at {base:#x}", data.len())
            }
            (_, Some((base, data))) => {
                format!(
                    "{} bytes before the {} at {base:#x}",
                    base - address,
                    data.len()
                )
            }
            (_, None) => "nothing is allocated".into(),
        }
    }
}

/// What a launch does with a word of global memory that rules the other out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Use {
    /// `ld.global.nc`: "the memory must be read-only for the duration of the kernel" (PTX ISA,
    /// `ld.global.nc`).
    Constant,
    Written,
}

/// Words of a page.
const PAGE_WORDS: u64 = 1024;

/// A bit for each word of a page.
type Bits = [u64; PAGE_WORDS as usize / 64];

/// Words that a launch has read by `.nc`, and those it has written. Bindings are whole words.
#[derive(Default)]
pub(super) struct Uses {
    pages: HashMap<u64, [Bits; 2]>,
}

impl Uses {
    /// Adds an access; `false` if a word of it was used in the other way.
    pub fn add(&mut self, address: u64, bytes: usize, how: Use) -> bool {
        let last = address.saturating_add(bytes.max(1) as u64 - 1);
        (address / 4..=last / 4).all(|word| {
            let [constant, written] = self.pages.entry(word / PAGE_WORDS).or_default();
            let (own, other) = match how {
                Use::Constant => (constant, written),
                Use::Written => (written, constant),
            };
            let at = (word % PAGE_WORDS / 64) as usize;
            let bit = 1 << (word % 64);
            own[at] |= bit;
            other[at] & bit == 0
        })
    }
}
