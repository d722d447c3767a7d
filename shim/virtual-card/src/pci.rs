//! The PCI function: configuration space with its capabilities, and the BARs' registers.
//!
//! Offsets are those of the PCI Express specification. BAR 0 (VRAM) and BAR 2 (doorbells) are
//! 64-bit prefetchable, BAR 5 (registers) is 32-bit. Writing all ones to a BAR and reading it back
//! gives its size, as software expects of any function.

use amd_hw::die::{Die, PCI_VENDOR_AMD};
use amd_hw::VIRTUAL_SUBSYSTEM;

use crate::registers::BAR5_SIZE;

/// Bytes of BAR 2.
pub const BAR2_SIZE: u64 = 2 << 20;
/// Bytes of configuration space.
pub const CONFIG_SIZE: u32 = 4096;
/// Class code: VGA-compatible display controller.
pub const CLASS: u32 = 0x03_0000;

/// COMMAND: memory accesses are answered.
pub const COMMAND_MEMORY: u16 = 1 << 1;
/// COMMAND: the function may access memory itself.
pub const COMMAND_MASTER: u16 = 1 << 2;

const COMMAND: usize = 0x04;
const BAR: usize = 0x10;
const CAPABILITIES: usize = 0x34;
const POWER: usize = 0x50;
const EXPRESS: usize = 0x64;
const MSI: usize = 0xa0;
/// Command bits that a function of this kind implements.
const COMMAND_MASK: u16 = 0x0547;

/// The function's configuration.
pub struct Pci {
    space: Vec<u8>,
    bar0: u64,
    /// Written to each of the six BAR registers, kept to answer the sizing protocol.
    bars: [u32; 6],
    die: Die,
}

/// What can be wrong with an access.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("configuration access of {size} bytes at {offset:#x}: 1, 2 or 4 aligned bytes below {CONFIG_SIZE:#x}")]
pub struct BadAccess {
    /// Offset.
    pub offset: u64,
    /// Size.
    pub size: u64,
}

fn check(offset: u64, size: u64) -> Result<(usize, usize), BadAccess> {
    let bad = BadAccess { offset, size };
    if !matches!(size, 1 | 2 | 4) || !offset.is_multiple_of(size) || offset >= CONFIG_SIZE.into() {
        return Err(bad);
    }
    Ok((offset as usize, size as usize))
}

impl Pci {
    /// The function of a card, as firmware leaves it: BARs placed, decoding memory.
    pub fn new(die: Die, bar0: u64, warm: bool) -> Pci {
        let mut pci = Pci {
            space: vec![0; CONFIG_SIZE as usize],
            bar0,
            bars: [0; 6],
            die,
        };
        pci.reset();
        if warm {
            pci.put16(COMMAND, COMMAND_MEMORY | COMMAND_MASTER);
        }
        pci
    }

    /// Function-level reset, after which the host restores the BARs.
    pub fn reset(&mut self) {
        self.space.fill(0);
        self.put16(0x00, PCI_VENDOR_AMD);
        self.put16(0x02, self.die.pci_ids()[0]);
        self.put16(COMMAND, COMMAND_MEMORY);
        // Status: capability list.
        self.put16(0x06, 0x10);
        self.space[0x08] = 0xc8;
        self.space[0x09..0x0c].copy_from_slice(&CLASS.to_le_bytes()[..3]);
        self.put32(0x2c, VIRTUAL_SUBSYSTEM);
        self.space[CAPABILITIES] = POWER as u8;
        self.space[POWER..POWER + 2].copy_from_slice(&[0x01, EXPRESS as u8]);
        self.put16(POWER + 2, 0x0003);
        self.space[EXPRESS..EXPRESS + 2].copy_from_slice(&[0x10, MSI as u8]);
        // Endpoint, version 2; function-level reset; a link of 16 GT/s and 4 lanes, as in a cable.
        self.put16(EXPRESS + 2, 0x0012);
        self.put32(EXPRESS + 4, 1 << 28 | 0x8fa1);
        self.put32(EXPRESS + 0x0c, 0x0040_0044);
        self.put16(EXPRESS + 0x12, 0x1044);
        self.space[MSI..MSI + 2].copy_from_slice(&[0x05, 0]);
        self.put16(MSI + 2, 0x0080);
        self.bars = [0; 6];
        let place = [self.address(0), self.address(2), self.address(5)];
        self.bars[0] = place[0] as u32;
        self.bars[1] = (place[0] >> 32) as u32;
        self.bars[2] = place[1] as u32;
        self.bars[3] = (place[1] >> 32) as u32;
        self.bars[5] = place[2] as u32;
    }

    /// Where the host placed a BAR.
    pub fn address(&self, bar: u32) -> u64 {
        match bar {
            0 => 0x60_0000_0000,
            2 => 0x70_0000_0000,
            5 => 0xf000_0000,
            _ => 0,
        }
    }

    /// Bytes of a BAR; 0 for those that the function lacks.
    pub fn size(&self, bar: u32) -> u64 {
        match bar {
            0 => self.bar0,
            2 => BAR2_SIZE,
            5 => BAR5_SIZE,
            _ => 0,
        }
    }

    /// The COMMAND register.
    pub fn command(&self) -> u16 {
        u16::from_le_bytes([self.space[COMMAND], self.space[COMMAND + 1]])
    }

    /// Reads 1, 2 or 4 aligned bytes.
    pub fn read(&self, offset: u64, size: u64) -> Result<u32, BadAccess> {
        let (offset, size) = check(offset, size)?;
        let mut word = [0; 4];
        for (i, byte) in word.iter_mut().enumerate().take(size) {
            let at = offset + i;
            *byte = match at {
                0x10..0x28 => self.bar_register((at - BAR) / 4).to_le_bytes()[at % 4],
                _ => self.space[at],
            };
        }
        Ok(u32::from_le_bytes(word))
    }

    /// Writes 1, 2 or 4 aligned bytes. Read-only bits stay.
    pub fn write(&mut self, offset: u64, size: u64, value: u32) -> Result<(), BadAccess> {
        let (offset, size) = check(offset, size)?;
        for (i, byte) in value.to_le_bytes().into_iter().enumerate().take(size) {
            let at = offset + i;
            let mask = match at {
                0x04 => COMMAND_MASK.to_le_bytes()[0],
                0x05 => COMMAND_MASK.to_le_bytes()[1],
                0x0c | 0x3c => 0xff,
                0x10..0x28 => {
                    let mut word = self.bars[(at - BAR) / 4].to_le_bytes();
                    word[at % 4] = byte;
                    self.bars[(at - BAR) / 4] = u32::from_le_bytes(word);
                    continue;
                }
                // Power state; device and link control; MSI control, address and data.
                0x54 => 0x03,
                0x6c | 0x6d | 0x74 | 0x75 | 0x8c | 0x8d | 0x94 | 0x95 => 0xff,
                0xa2 => 0x71,
                0xa4..0xb0 => 0xff,
                _ => 0,
            };
            self.space[at] = (self.space[at] & !mask) | (byte & mask);
        }
        Ok(())
    }

    fn bar_register(&self, index: usize) -> u32 {
        let size = match index {
            0 | 1 => self.bar0,
            2 | 3 => BAR2_SIZE,
            5 => BAR5_SIZE,
            _ => return 0,
        };
        match index {
            // 64-bit, prefetchable.
            0 | 2 => (self.bars[index] & !(size - 1) as u32 & !0xf) | 0xc,
            1 | 3 => self.bars[index] & (!(size - 1) >> 32) as u32,
            _ => self.bars[index] & !(size - 1) as u32,
        }
    }

    fn put16(&mut self, at: usize, value: u16) {
        self.space[at..at + 2].copy_from_slice(&value.to_le_bytes());
    }

    fn put32(&mut self, at: usize, value: u32) {
        self.space[at..at + 4].copy_from_slice(&value.to_le_bytes());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bars_answer_the_sizing_protocol() {
        let mut pci = Pci::new(Die::Navi31, 256 << 20, false);
        let placed = pci.read(0x10, 4).unwrap();
        assert_eq!(placed & 0xf, 0xc);
        for offset in [0x10, 0x14] {
            pci.write(offset, 4, u32::MAX).unwrap();
        }
        let low = pci.read(0x10, 4).unwrap() & !0xf;
        let high = pci.read(0x14, 4).unwrap();
        let size = !(u64::from(low) | u64::from(high) << 32) + 1;
        assert_eq!(size, 256 << 20);
        assert_eq!(pci.read(0x20, 4), Ok(0));
    }

    #[test]
    fn capabilities_form_a_list() {
        let pci = Pci::new(Die::Navi48, 1 << 30, true);
        let (mut at, mut ids) = (pci.read(0x34, 1).unwrap(), Vec::new());
        while at != 0 {
            ids.push(pci.read(at.into(), 1).unwrap());
            at = pci.read(u64::from(at) + 1, 1).unwrap();
        }
        assert_eq!(ids, [1, 0x10, 5]);
        assert_eq!(pci.read(0, 4), Ok(0x7550_1002));
        assert_eq!(pci.read(8, 4).unwrap() >> 8, CLASS);
    }

    #[test]
    fn read_only_bits_and_bad_accesses() {
        let mut pci = Pci::new(Die::Navi31, 256 << 20, false);
        pci.write(0, 4, 0).unwrap();
        pci.write(4, 2, 0xffff).unwrap();
        assert_eq!(pci.read(0, 2), Ok(0x1002));
        assert_eq!(pci.command(), COMMAND_MASK);
        for (offset, size) in [(0, 3), (1, 2), (4096, 1), (u64::MAX, 4), (0, 0), (2, 4)] {
            assert_eq!(pci.read(offset, size), Err(BadAccess { offset, size }));
            assert!(pci.write(offset, size, 0).is_err());
        }
    }
}
