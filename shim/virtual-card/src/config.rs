//! What a virtual card is made of, and what is wrong with it.

use std::fmt;
use std::str::FromStr;

use amd_hw::die::Die;
use amd_hw::firmware::Use;
use egpu_link::Cable;

/// A card to be made.
#[derive(Clone, Debug)]
pub struct Config {
    /// Die, which decides instruction set, registers and shape.
    pub die: Die,
    /// Bytes of VRAM, a multiple of 1 MiB from 128 MiB. Backed lazily.
    pub vram: u64,
    /// Bytes of BAR 0: a power of two from 1 MiB. 256 MiB is what a Mac gives.
    pub bar0: u64,
    /// Segments that a DMA allocation is cut into, where it is large enough.
    pub segments: usize,
    /// Bytes of DMA memory that the card grants in all.
    pub dma_limit: u64,
    /// Power on without firmware, demanding the whole boot. Otherwise the card is as our driver
    /// leaves one.
    pub cold: bool,
    /// Strict mode of the shader engine, an L2 between waves and memory, poisoned VRAM, host writes
    /// to VRAM that wait for an HDP flush.
    pub strict: bool,
    /// Seed of all that is random.
    pub seed: u64,
    /// Threads of the shader engine; `None` is one a core.
    pub threads: Option<usize>,
    /// Count executed instructions by class.
    pub stats: bool,
    /// The cable between host and card: what the copy engine moves across it takes its time. What
    /// kernels read of host memory does not, and messages are [`egpu_link::SlowLink`]'s to delay.
    pub cable: Option<Cable>,
    /// What is wrong with the card.
    pub faults: Vec<Fault>,
    /// The firmware images that the security processor accepts, as if it checked signatures. Empty:
    /// any plausible image.
    pub firmware: Vec<(Use, Vec<u8>)>,
}

impl Default for Config {
    fn default() -> Config {
        Config {
            die: Die::Navi31,
            vram: 4 << 30,
            bar0: 256 << 20,
            segments: 1,
            dma_limit: u64::MAX,
            cold: false,
            strict: false,
            seed: 0,
            threads: None,
            stats: false,
            cable: None,
            faults: Vec::new(),
            firmware: Vec::new(),
        }
    }
}

/// A way in which a card, its server or its cable can fail. Each strikes once, at the first
/// opportunity, so that the card can be opened again; those of the bus stay.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Fault {
    /// The first dispatch never ends.
    Hang,
    /// The first dispatch touches an unmapped page.
    PageFault,
    /// The first dispatch executes an illegal instruction.
    IllegalInstruction,
    /// The server ends at the first doorbell.
    ServerDies,
    /// The server stops answering at the first doorbell.
    Stall,
    /// The first answer after the first doorbell is cut off.
    ShortAnswer,
    /// The card leaves the bus at the first doorbell: everything reads as ones.
    AllOnes,
    /// There is no card.
    NoCard,
    /// The driver extension was not approved.
    NotApproved,
    /// Hardly any VRAM.
    VramFull,
    /// Hardly any DMA memory.
    SysmemFull,
    /// The security processor refuses an image.
    BadFirmware,
    /// A cable with the latency of USB4.
    SlowLink,
}

impl Fault {
    /// Every fault.
    pub const ALL: [Fault; 13] = [
        Fault::Hang,
        Fault::PageFault,
        Fault::IllegalInstruction,
        Fault::ServerDies,
        Fault::Stall,
        Fault::ShortAnswer,
        Fault::AllOnes,
        Fault::NoCard,
        Fault::NotApproved,
        Fault::VramFull,
        Fault::SysmemFull,
        Fault::BadFirmware,
        Fault::SlowLink,
    ];

    /// The name that commands take.
    pub fn name(self) -> &'static str {
        match self {
            Fault::Hang => "hang",
            Fault::PageFault => "page-fault",
            Fault::IllegalInstruction => "illegal-instruction",
            Fault::ServerDies => "server-dies",
            Fault::Stall => "stall",
            Fault::ShortAnswer => "short-answer",
            Fault::AllOnes => "all-ones",
            Fault::NoCard => "no-card",
            Fault::NotApproved => "not-approved",
            Fault::VramFull => "vram-full",
            Fault::SysmemFull => "sysmem-full",
            Fault::BadFirmware => "bad-firmware",
            Fault::SlowLink => "slow-link",
        }
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// Not the name of a fault.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("unknown fault {0:?}; there are {all}", all = Fault::ALL.map(Fault::name).join(", "))]
pub struct UnknownFault(pub String);

impl FromStr for Fault {
    type Err = UnknownFault;

    fn from_str(name: &str) -> Result<Fault, UnknownFault> {
        Fault::ALL
            .into_iter()
            .find(|fault| fault.name() == name)
            .ok_or_else(|| UnknownFault(name.to_string()))
    }
}

/// Why a card cannot be made.
#[derive(Debug, thiserror::Error)]
pub enum ConfigError {
    /// VRAM size.
    #[error("{0} bytes of VRAM: it must be a multiple of 1 MiB, from 128 MiB to 256 GiB")]
    Vram(u64),
    /// BAR 0 size.
    #[error("BAR 0 of {0} bytes: it must be a power of two, from 1 MiB to 256 GiB")]
    Bar0(u64),
    /// Segments.
    #[error("{0} segments an allocation: TinyGPU allows 1 to 32")]
    Segments(usize),
    /// The host cannot back the VRAM.
    #[error("the host cannot back {size} bytes of VRAM: {source}")]
    Memory {
        /// Size.
        size: u64,
        /// The system's words.
        source: std::io::Error,
    },
}

impl Config {
    /// VRAM that remains under the faults.
    pub(crate) fn effective_vram(&self) -> u64 {
        if self.has(Fault::VramFull) {
            // Enough to open the card (boot memory, page tables, reserve at the end), no more.
            self.vram.min(160 << 20)
        } else {
            self.vram
        }
    }

    /// DMA memory that remains under the faults.
    pub(crate) fn effective_dma_limit(&self) -> u64 {
        if self.has(Fault::SysmemFull) {
            self.dma_limit.min(96 << 20)
        } else {
            self.dma_limit
        }
    }

    pub(crate) fn has(&self, fault: Fault) -> bool {
        self.faults.contains(&fault)
    }

    pub(crate) fn check(&self) -> Result<(), ConfigError> {
        const MIB: u64 = 1 << 20;
        if !self.vram.is_multiple_of(MIB) || !(128 * MIB..=256 << 30).contains(&self.vram) {
            return Err(ConfigError::Vram(self.vram));
        }
        if !self.bar0.is_power_of_two() || !(MIB..=256 << 30).contains(&self.bar0) {
            return Err(ConfigError::Bar0(self.bar0));
        }
        if !(1..=32).contains(&self.segments) {
            return Err(ConfigError::Segments(self.segments));
        }
        Ok(())
    }
}
