//! Storage behind the registers.
//!
//! Every dword of BAR 5 is a plain stored word until a block says otherwise; what lies beyond BAR 5
//! is reached through index and data registers and is stored sparsely. Which words of BAR 5 were
//! written since the last reset is remembered: a register without a dependable reset value must be.

use std::collections::HashMap;
use std::sync::atomic::{AtomicU32, AtomicU64, Ordering};
use std::sync::Mutex;

/// Bytes of BAR 5.
pub const BAR5_SIZE: u64 = 1 << 20;

/// The words.
pub struct RegisterFile {
    direct: Vec<AtomicU32>,
    /// A bit for each direct word.
    written: Vec<AtomicU64>,
    indirect: Mutex<HashMap<u32, u32>>,
}

impl Default for RegisterFile {
    fn default() -> RegisterFile {
        RegisterFile {
            direct: (0..BAR5_SIZE / 4).map(|_| AtomicU32::new(0)).collect(),
            written: (0..BAR5_SIZE / 4 / 64).map(|_| AtomicU64::new(0)).collect(),
            indirect: Mutex::default(),
        }
    }
}

impl RegisterFile {
    /// The word at a dword index.
    pub fn load(&self, address: u32) -> u32 {
        match self.direct.get(address as usize) {
            Some(word) => word.load(Ordering::Acquire),
            None => self.indirect().get(&address).copied().unwrap_or(0),
        }
    }

    /// Stores a word. Indirect space is bounded: it is a million registers, not four billion.
    pub fn store(&self, address: u32, value: u32) {
        self.swap(address, value);
    }

    /// Stores a word and returns the one before.
    pub fn swap(&self, address: u32, value: u32) -> u32 {
        match self.direct.get(address as usize) {
            Some(word) => word.swap(value, Ordering::AcqRel),
            None => {
                let mut indirect = self.indirect();
                if indirect.len() < 1 << 20 || indirect.contains_key(&address) {
                    indirect.insert(address, value).unwrap_or(0)
                } else {
                    0
                }
            }
        }
    }

    /// Notes that a driver wrote a register.
    pub fn mark(&self, address: u32) {
        if let Some(word) = self.written.get(address as usize / 64) {
            word.fetch_or(1 << (address % 64), Ordering::Relaxed);
        }
    }

    /// As if a driver had written every register.
    pub fn mark_all(&self) {
        for word in &self.written {
            word.store(u64::MAX, Ordering::Relaxed);
        }
    }

    /// Whether a driver wrote a register since the reset; always, where that is not remembered.
    pub fn is_written(&self, address: u32) -> bool {
        self.written
            .get(address as usize / 64)
            .is_none_or(|word| word.load(Ordering::Relaxed) >> (address % 64) & 1 != 0)
    }

    /// Clears everything.
    pub fn reset(&self) {
        self.direct
            .iter()
            .for_each(|word| word.store(0, Ordering::Release));
        for word in &self.written {
            word.store(0, Ordering::Relaxed);
        }
        self.indirect().clear();
    }

    fn indirect(&self) -> std::sync::MutexGuard<'_, HashMap<u32, u32>> {
        self.indirect.lock().unwrap_or_else(|e| e.into_inner())
    }
}
