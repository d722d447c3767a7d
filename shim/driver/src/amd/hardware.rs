//! Registers and video memory of one card, over a link.
//!
//! Everything above speaks of registers by name; addresses, the indirect path to registers beyond
//! BAR 5, the window to VRAM beyond BAR 0 and bounded waits are here. A wait that fails names the
//! step, the register, what was wanted and what was read last.

use std::sync::{Arc, Mutex, OnceLock, RwLock};
use std::time::{Duration, Instant};

use amd_hw::die::{Die, Generation};
use amd_hw::registers::{Field, Register, RegisterMap};
use egpu_link::{DmaMemory, Link, LinkError};

use crate::{CardError, Loss};

/// How long a register may take to reach a value, unless a step says otherwise.
pub(crate) const REGISTER_LIMIT: Duration = Duration::from_secs(10);

/// A link's error as a card's.
pub(crate) fn link_error(error: LinkError) -> CardError {
    match error {
        LinkError::OutOfMemory { asked, .. } => CardError::OutOfMemory {
            what: "host memory",
            asked,
            free: 0,
        },
        LinkError::OutOfRange { .. } => CardError::Invalid(error.to_string()),
        LinkError::Unreachable { .. }
        | LinkError::Busy { .. }
        | LinkError::Lost { .. }
        | LinkError::Stalled { .. }
        | LinkError::Refused { .. }
        | LinkError::Malformed { .. } => CardError::Lost(Loss::Unplugged(error.to_string())),
        _ => CardError::Lost(Loss::Unplugged(error.to_string())),
    }
}

/// Pauses between reads of something that changes: what takes longer than a few reads takes long, and
/// each read is a message.
#[derive(Default)]
pub(crate) struct Poll(u32);

impl Poll {
    /// One pause.
    pub(crate) fn pause(&mut self) {
        if self.0 >= 8 {
            std::thread::sleep(Duration::from_micros(50 << (self.0 - 8).min(4)));
        }
        self.0 += 1;
    }
}

/// The window through which VRAM beyond BAR 0 is read, a dword at a time.
#[derive(Default)]
struct Window {
    high: Option<u32>,
}

/// What a card is made of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Nature {
    /// Silicon: needs its pauses.
    Silicon,
    /// Our virtual card.
    Virtual,
    /// A model that does not even have a configuration space, as tinygrad's mock card: it knows fewer
    /// packets and has no RLC to wait for.
    Mock,
}

/// One card's registers and memory.
pub(crate) struct Hardware {
    /// Given up when the card is lost, so that a server can take another client.
    link: RwLock<Option<Arc<dyn Link>>>,
    map: RegisterMap,
    die: Die,
    vram: u64,
    aperture: u64,
    register_dwords: u64,
    nature: Nature,
    hdp_flush: OnceLock<u64>,
    window: Mutex<Window>,
}

impl Hardware {
    pub(crate) fn new(
        link: Arc<dyn Link>,
        die: Die,
        map: RegisterMap,
        vram: u64,
        aperture: u64,
        register_bytes: u64,
        nature: Nature,
    ) -> Hardware {
        Hardware {
            link: RwLock::new(Some(link)),
            map,
            die,
            vram,
            aperture,
            register_dwords: register_bytes / 4,
            nature,
            hdp_flush: OnceLock::new(),
            window: Mutex::default(),
        }
    }

    pub(crate) fn die(&self) -> Die {
        self.die
    }

    pub(crate) fn generation(&self) -> Generation {
        self.map.generation()
    }

    /// Bytes of VRAM.
    pub(crate) fn vram(&self) -> u64 {
        self.vram
    }

    /// Bytes of VRAM that BAR 0 reaches.
    pub(crate) fn aperture(&self) -> u64 {
        self.aperture
    }

    /// What it is made of.
    pub(crate) fn nature(&self) -> Nature {
        self.nature
    }

    /// A model in software.
    pub(crate) fn is_virtual(&self) -> bool {
        self.nature != Nature::Silicon
    }

    fn link(&self) -> Result<Arc<dyn Link>, CardError> {
        let link = self.link.read().unwrap_or_else(|p| p.into_inner());
        link.clone()
            .ok_or_else(|| CardError::Lost(Loss::Unplugged("the connection was given up".into())))
    }

    /// Gives the connection up: every later operation fails.
    pub(crate) fn release(&self) {
        self.link.write().unwrap_or_else(|p| p.into_inner()).take();
    }

    /// Pauses where silicon needs it.
    pub(crate) fn settle(&self, time: Duration) {
        if !self.is_virtual() {
            std::thread::sleep(time);
        }
    }

    /// Finds out without a message whether the connection stands.
    pub(crate) fn check_open(&self) -> Result<(), CardError> {
        self.link()?.check_open().map_err(link_error)
    }

    /// What the far side can say in words about a failure.
    pub(crate) fn diagnosis(&self) -> Option<String> {
        self.link().ok()?.diagnosis()
    }

    pub(crate) fn alloc_dma(&self, size: u64) -> Result<Arc<dyn DmaMemory>, CardError> {
        self.link()?.alloc_dma(size).map_err(link_error)
    }

    pub(crate) fn config_read(&self, offset: u32, size: u32) -> Result<u32, CardError> {
        self.link()?.config_read(offset, size).map_err(link_error)
    }

    pub(crate) fn config_write(&self, offset: u32, size: u32, value: u32) -> Result<(), CardError> {
        self.link()?
            .config_write(offset, size, value)
            .map_err(link_error)
    }

    /// Writes a doorbell: the one message of a submission.
    pub(crate) fn doorbell(&self, dword: u32, value: u64) -> Result<(), CardError> {
        self.link()?
            .write(2, u64::from(dword) * 4, &value.to_le_bytes())
            .map_err(link_error)
    }

    /// Dword index of a register on this card.
    pub(crate) fn address(&self, register: Register) -> Result<u32, CardError> {
        self.map
            .address(register)
            .ok_or_else(|| CardError::Unavailable {
                problem: format!(
                    "{} has no register {}",
                    self.die.code_name(),
                    self.name(register)
                ),
                advice: "this card needs a newer version of this driver".into(),
            })
    }

    pub(crate) fn name(&self, register: Register) -> &'static str {
        register.name(self.generation())
    }

    pub(crate) fn read(&self, register: Register) -> Result<u32, CardError> {
        self.read_at(self.address(register)?)
    }

    pub(crate) fn write(&self, register: Register, value: u32) -> Result<(), CardError> {
        self.write_at(self.address(register)?, value)
    }

    /// Writes a 64-bit value to a pair of registers, low half first.
    pub(crate) fn write_pair(
        &self,
        low: Register,
        high: Register,
        value: u64,
    ) -> Result<(), CardError> {
        self.write(low, value as u32)?;
        self.write(high, (value >> 32) as u32)
    }

    /// A word made of fields.
    pub(crate) fn fields(&self, start: u32, fields: &[(Field, u32)]) -> u32 {
        fields.iter().fold(start, |word, (field, value)| {
            field.set(self.generation(), word, *value)
        })
    }

    /// Reads, replaces fields, writes.
    pub(crate) fn update(
        &self,
        register: Register,
        fields: &[(Field, u32)],
    ) -> Result<(), CardError> {
        let word = self.read(register)?;
        self.write(register, self.fields(word, fields))
    }

    /// Reads by dword index; registers beyond BAR 5 through the index and data pair.
    pub(crate) fn read_at(&self, index: u32) -> Result<u32, CardError> {
        let link = self.link()?;
        if u64::from(index) < self.register_dwords {
            return link.read32(5, u64::from(index) * 4).map_err(link_error);
        }
        let _window = self.window.lock().unwrap_or_else(|p| p.into_inner());
        self.write(Register::BIF_BX_PF0_RSMU_INDEX, index.wrapping_mul(4))?;
        self.read(Register::BIF_BX_PF0_RSMU_DATA)
    }

    /// Writes by dword index.
    pub(crate) fn write_at(&self, index: u32, value: u32) -> Result<(), CardError> {
        let link = self.link()?;
        if u64::from(index) < self.register_dwords {
            return link
                .write32(5, u64::from(index) * 4, value)
                .map_err(link_error);
        }
        let _window = self.window.lock().unwrap_or_else(|p| p.into_inner());
        self.write(Register::BIF_BX_PF0_RSMU_INDEX, index.wrapping_mul(4))?;
        self.write(Register::BIF_BX_PF0_RSMU_DATA, value)
    }

    /// Waits until a register's value is right.
    pub(crate) fn wait(
        &self,
        step: &'static str,
        register: Register,
        want: &str,
        limit: Duration,
        right: impl Fn(u32) -> bool,
    ) -> Result<u32, CardError> {
        let start = Instant::now();
        let mut poll = Poll::default();
        loop {
            let got = self.read(register)?;
            if right(got) {
                return Ok(got);
            }
            if start.elapsed() > limit {
                return Err(CardError::Bringup {
                    step,
                    register: self.name(register).to_owned(),
                    want: want.to_owned(),
                    got: u64::from(got),
                });
            }
            poll.pause();
        }
    }

    /// Compares fields of a register with what this driver left there.
    pub(crate) fn expect(
        &self,
        register: Register,
        fields: &[(Field, u32)],
    ) -> Result<(), CardError> {
        let got = self.read(register)?;
        self.compare(register, got, self.fields(got, fields))
    }

    /// Compares a register with what this driver left there.
    pub(crate) fn expect_word(&self, register: Register, want: u32) -> Result<(), CardError> {
        let got = self.read(register)?;
        self.compare(register, got, want)
    }

    fn compare(&self, register: Register, got: u32, want: u32) -> Result<(), CardError> {
        if got == want {
            return Ok(());
        }
        Err(CardError::Bringup {
            step: "checking what the last use left",
            register: self.name(register).to_owned(),
            want: format!("{want:#x}"),
            got: got.into(),
        })
    }

    /// Writes VRAM by physical address, through BAR 0 where it reaches and the window elsewhere.
    pub(crate) fn vram_write(&self, address: u64, data: &[u8]) -> Result<(), CardError> {
        self.check_vram(address, data.len() as u64)?;
        if address + data.len() as u64 <= self.aperture {
            return self.link()?.write(0, address, data).map_err(link_error);
        }
        for (i, chunk) in data.chunks(4).enumerate() {
            let mut word = [0; 4];
            word[..chunk.len()].copy_from_slice(chunk);
            let mut window = self.window.lock().unwrap_or_else(|p| p.into_inner());
            self.select(&mut window, address + 4 * i as u64)?;
            self.write(Register::MM_DATA, u32::from_le_bytes(word))?;
        }
        Ok(())
    }

    /// Reads VRAM by physical address. Slow: for discovery, fences and diagnosis only.
    pub(crate) fn vram_read(&self, address: u64, data: &mut [u8]) -> Result<(), CardError> {
        self.check_vram(address, data.len() as u64)?;
        if address + data.len() as u64 <= self.aperture {
            return self.link()?.read(0, address, data).map_err(link_error);
        }
        for (i, chunk) in data.chunks_mut(4).enumerate() {
            let mut window = self.window.lock().unwrap_or_else(|p| p.into_inner());
            self.select(&mut window, address + 4 * i as u64)?;
            let word = self.read(Register::MM_DATA)?.to_le_bytes();
            chunk.copy_from_slice(&word[..chunk.len()]);
        }
        Ok(())
    }

    fn check_vram(&self, address: u64, length: u64) -> Result<(), CardError> {
        match address.checked_add(length) {
            Some(end) if end <= self.vram && address.is_multiple_of(4) => Ok(()),
            _ => Err(CardError::Invalid(format!(
                "VRAM access at {address:#x}, {length:#x} bytes"
            ))),
        }
    }

    fn select(&self, window: &mut Window, address: u64) -> Result<(), CardError> {
        let high = (address >> 31) as u32;
        if window.high != Some(high) {
            self.write(Register::MM_INDEX_HI, high)?;
            window.high = Some(high);
        }
        self.write(
            Register::MM_INDEX,
            (address as u32 & 0x7fff_ffff) | 0x8000_0000,
        )
    }

    /// Makes earlier writes through BAR 0 visible to the card. Posted: the next answered operation
    /// orders it.
    pub(crate) fn flush_hdp(&self) -> Result<(), CardError> {
        let offset = match self.hdp_flush.get() {
            Some(offset) => *offset,
            None => {
                let register = Register::BIF_BX0_REMAP_HDP_MEM_FLUSH_CNTL;
                let offset = u64::from(self.read(register)?) & !3;
                if offset / 4 >= self.register_dwords {
                    return Err(CardError::Bringup {
                        step: "flushing the host data path",
                        register: self.name(register).to_owned(),
                        want: "an offset in BAR 5".to_owned(),
                        got: offset,
                    });
                }
                *self.hdp_flush.get_or_init(|| offset)
            }
        };
        self.write_at((offset / 4) as u32, 0)
    }
}
