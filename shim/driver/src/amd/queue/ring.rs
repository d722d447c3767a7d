//! A ring of packets in host memory.

use std::sync::Arc;

use egpu_link::LinkError;

use crate::amd::hardware::Hardware;
use crate::amd::memory::host::HostPart;
use crate::CardError;

/// Offset of the read pointer in a ring's pointer page; the card writes it.
pub(crate) const RPTR: u64 = 0x80;
/// Offset of the write pointer in a ring's pointer page; the card may poll it.
pub(crate) const WPTR: u64 = 0x38;
/// Bytes of a pointer page.
pub(crate) const POINTERS: u64 = 0x100;

/// What the doorbell and the write pointer count.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Unit {
    /// Compute: packets may wrap around the end.
    Dwords,
    /// SDMA: packets must not wrap; the tail is filled with NOPs, which are zeros there.
    Bytes,
}

/// A ring and where its writing stands.
pub(crate) struct Ring {
    hw: Arc<Hardware>,
    memory: HostPart,
    pointers: HostPart,
    doorbell: u32,
    unit: Unit,
    /// Dwords ever written.
    head: u64,
}

impl Ring {
    pub(crate) fn new(
        hw: Arc<Hardware>,
        memory: HostPart,
        pointers: HostPart,
        doorbell: u32,
        unit: Unit,
    ) -> Ring {
        Ring {
            hw,
            memory,
            pointers,
            doorbell,
            unit,
            head: 0,
        }
    }

    /// Address for the card.
    pub(crate) fn address(&self) -> u64 {
        self.memory.address()
    }

    /// Bytes.
    pub(crate) fn bytes(&self) -> u64 {
        self.memory.size()
    }

    /// Address of the pointer page for the card.
    pub(crate) fn pointers(&self) -> u64 {
        self.pointers.address()
    }

    /// Doorbell in dwords of BAR 2.
    pub(crate) fn doorbell(&self) -> u32 {
        self.doorbell
    }

    /// Dwords of the ring.
    pub(crate) fn dwords(&self) -> u64 {
        self.memory.size() / 4
    }

    /// Dwords ever written.
    pub(crate) fn head(&self) -> u64 {
        self.head
    }

    /// Dwords that writing `words` takes from here, filling included.
    pub(crate) fn needed(&self, words: usize) -> u64 {
        self.padding(words) + words as u64
    }

    fn padding(&self, words: usize) -> u64 {
        let at = self.head % self.dwords();
        match self.unit {
            Unit::Bytes if at + words as u64 > self.dwords() => self.dwords() - at,
            Unit::Bytes | Unit::Dwords => 0,
        }
    }

    /// Writes packets; the caller knows that there is room.
    pub(crate) fn push(&mut self, words: &[u32]) -> Result<(), LinkError> {
        const NOPS: [u8; 4096] = [0; 4096];
        let mut padding = self.padding(words.len()) as usize * 4;
        while padding > 0 {
            let some = padding.min(NOPS.len());
            self.put(&NOPS[..some])?;
            padding -= some;
        }
        // Cards read little-endian words, as every supported host has them.
        self.put(bytemuck::cast_slice(words))
    }

    fn put(&mut self, bytes: &[u8]) -> Result<(), LinkError> {
        let at = self.head % self.dwords() * 4;
        let first = bytes.len().min((self.memory.size() - at) as usize);
        self.memory.write(at, &bytes[..first])?;
        if first < bytes.len() {
            self.memory.write(0, &bytes[first..])?;
        }
        self.head += bytes.len() as u64 / 4;
        Ok(())
    }

    /// Tells the card: the write pointer in memory, then the doorbell.
    pub(crate) fn ring(&self) -> Result<(), CardError> {
        let value = match self.unit {
            Unit::Dwords => self.head,
            Unit::Bytes => self.head * 4,
        };
        self.pointers
            .store64(WPTR, value)
            .map_err(crate::amd::hardware::link_error)?;
        self.hw.doorbell(self.doorbell, value)
    }
}
