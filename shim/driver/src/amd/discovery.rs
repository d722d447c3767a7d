//! What is behind a link: PCI identity, BARs, VRAM, the discovery table.
//!
//! Nothing is known of the card at first but three registers at fixed places. Everything read here
//! may be the noise of a card that fell off the bus or was never powered, so each step says what is
//! wrong in words a user can act on.

use std::sync::Arc;

use amd_hw::die::{Shape, PCI_VENDOR_AMD};
use amd_hw::discovery::{hw_id, Discovery, OFFSET_FROM_END, SIZE};
use amd_hw::registers::Register;
use amd_hw::registers::{Block, RegisterMap};
use amd_hw::{die::Die, RCC_CONFIG_MEMSIZE};
use egpu_link::{debug, Link, LinkError, Recorder};

use super::boot::firmware::Versions;
use super::hardware::{link_error, Hardware, Nature};
use super::queue::ShRegisters;
use super::{layout, DRIVER};
use crate::{CardError, CardInfo};

/// A card as found.
pub(crate) struct Found {
    pub hardware: Hardware,
    pub shape: Shape,
    pub sh: ShRegisters,
    pub firmware: Versions,
    pub vendor: u32,
    pub device: u32,
}

fn unavailable(problem: impl Into<String>, advice: &str) -> CardError {
    CardError::Unavailable {
        problem: problem.into(),
        advice: advice.into(),
    }
}

const REPLUG: &str = "switch the enclosure off and on, and replug its cable";

/// While a card is opened, what the link reports is about reaching it, not about losing it.
fn opening(error: LinkError) -> CardError {
    match &error {
        LinkError::Refused { .. } => unavailable(
            error.to_string(),
            "check that the enclosure is connected and powered, and that TinyGPU's extension is approved",
        ),
        LinkError::Stalled { .. } => unavailable(
            error.to_string(),
            "another program may be using the card; end it, or restart the server",
        ),
        LinkError::Lost { .. } | LinkError::Malformed { .. } => {
            unavailable(error.to_string(), "restart the server and try again")
        }
        _ => link_error(error),
    }
}

/// PCI identity: vendor, device, whether it is a model.
fn identify(link: &dyn Link) -> Result<(u32, u32, Nature), CardError> {
    let id = link.config_read(0, 4).map_err(opening)?;
    let (vendor, device) = (id & 0xffff, id >> 16);
    if id == 0 {
        // A bus without a card reads as ones. Zeros are a model that leaves configuration out; what
        // the card is, its discovery table says.
        return Ok((PCI_VENDOR_AMD.into(), 0, Nature::Mock));
    }
    if id == u32::MAX {
        return Err(unavailable(
            "no card answers on the bus",
            "check that the card sits firmly in the enclosure and has its power cables",
        ));
    }
    if vendor != u32::from(PCI_VENDOR_AMD) {
        return Err(unavailable(
            format!("the card is {vendor:04x}:{device:04x}, not an AMD card"),
            "this driver runs RDNA3 and RDNA4 cards",
        ));
    }
    let subsystem = link.config_read(0x2c, 4).map_err(opening)?;
    let nature = if subsystem == amd_hw::VIRTUAL_SUBSYSTEM {
        Nature::Virtual
    } else {
        Nature::Silicon
    };
    Ok((vendor, device, nature))
}

/// What was found on the way, also when the way ends early.
#[derive(Clone, Debug, Default)]
pub struct Survey {
    /// Set once the function answered: vendor and device.
    pub identity: Option<String>,
    /// Set once registers answered: sizes of BARs and memory.
    pub registers: Option<String>,
    /// Set once the discovery table was read.
    pub die: Option<Die>,
    /// What the card is, set with the die.
    pub info: Option<CardInfo>,
    /// This driver left the card running.
    pub warm: bool,
    /// Name and value of what a maintainer would ask for.
    pub facts: Vec<(&'static str, String)>,
}

/// Bytes that programs may use of a card with so much VRAM, in one allocation if they like.
pub fn usable_memory(vram: u64) -> u64 {
    let heap = layout::heap(vram);
    (heap.end - heap.start).saturating_sub(layout::DRIVERS_OWN)
}

/// What a card is, without opening it; the connection is let go.
pub(crate) fn inspect(link: Arc<dyn Link>) -> Result<CardInfo, CardError> {
    let name = link.describe();
    let found = discover(link, &mut Survey::default())?;
    Ok(found.info(name))
}

/// Goes the way of [`discover`] and on to the card's state, noting what is found.
pub(crate) fn survey(link: Arc<dyn Link>, survey: &mut Survey) -> Result<(), CardError> {
    // First what can fail: a server that refuses says why once and closes.
    identify(&*link)?;
    if let Some(express) = express_link(&*link) {
        survey.facts.push(("PCI Express", express));
    }
    for (name, offset) in [("class", 8), ("subsystem", 0x2c), ("command", 4)] {
        if let Ok(word) = link.config_read(offset, 4) {
            survey.facts.push((name, format!("{word:#010x}")));
        }
    }
    let name = link.describe();
    let found = discover(link, survey)?;
    survey.info = Some(found.info(name));
    let hw = &found.hardware;
    survey.warm = super::boot::is_warm(hw)?;
    for (name, register) in [
        ("SCRATCH_REG6", Register::SCRATCH_REG6),
        ("SCRATCH_REG7", Register::SCRATCH_REG7),
        ("GRBM_STATUS", Register::GRBM_STATUS),
        ("C2PMSG_81", Register::MP0_SMN_C2PMSG_81),
        (
            "PROTECTION_FAULT_STATUS",
            Register::GCVM_L2_PROTECTION_FAULT_STATUS,
        ),
    ] {
        survey
            .facts
            .push((name, format!("{:#x}", hw.read(register)?)));
    }
    Ok(())
}

/// Width and speed of the PCI Express link, from its capability.
fn express_link(link: &dyn Link) -> Option<String> {
    const EXPRESS: u32 = 0x10;
    let mut at = link.config_read(0x34, 1).ok()?;
    for _ in 0..48 {
        if !(0x40..0x100).contains(&at) {
            return None;
        }
        let header = link.config_read(at & !3, 2).ok()?;
        if header & 0xff == EXPRESS {
            let status = link.config_read((at & !3) + 0x10, 4).ok()? >> 16;
            let rate = ["?", "2.5", "5", "8", "16", "32", "64"];
            let speed = rate.get((status & 0xf) as usize).unwrap_or(&"?");
            return Some(format!("{speed} GT/s, {} lanes", status >> 4 & 0x3f));
        }
        at = header >> 8;
    }
    None
}

impl Found {
    /// What the card is, for adapters and people.
    pub(crate) fn info(&self, link: String) -> CardInfo {
        let die = self.hardware.die();
        let memory = usable_memory(self.hardware.vram());
        CardInfo {
            name: if self.hardware.is_virtual() {
                format!("{} (virtual)", die.marketing_name())
            } else {
                die.marketing_name().to_owned()
            },
            vendor: self.vendor,
            device: self.device,
            target: die.arch().to_owned(),
            is_virtual: self.hardware.is_virtual(),
            link,
            driver: DRIVER.into(),
            memory,
            max_allocation: memory,
            compute_units: self.shape.compute_units(),
            timestamp_frequency: amd_hw::TIMESTAMP_HZ,
            kernel_limits: super::KERNEL_LIMITS,
        }
    }
}

/// Finds out what the card is, noting in `survey` how far it got.
pub(crate) fn discover(link: Arc<dyn Link>, survey: &mut Survey) -> Result<Found, CardError> {
    let link = match debug::on(debug::Topic::Link) {
        true => Arc::new(Recorder::messages_only(link, std::io::stderr())),
        false => link,
    };
    let (vendor, device, nature) = identify(&*link)?;
    survey.identity = Some(format!("{vendor:04x}:{device:04x}"));
    // A Mac leaves it at 256 MiB, others may refuse; both are fine.
    if let Err(error) = link.resize_bar(0) {
        match error {
            LinkError::Refused { .. } => log::debug!("BAR 0 keeps its size: {error}"),
            error => return Err(opening(error)),
        }
    }
    let mut sizes = [0; 6];
    for bar in [0, 2, 5] {
        sizes[bar] = link.map_bar(bar as u32).map_err(opening)?.size;
    }
    let megabytes = link
        .read32(5, u64::from(RCC_CONFIG_MEMSIZE) * 4)
        .map_err(opening)?;
    if megabytes == u32::MAX {
        return Err(unavailable("the card's registers read as ones", REPLUG));
    }
    if megabytes == 0 {
        return Err(unavailable(
            "the card reports no memory: its own firmware did not start",
            REPLUG,
        ));
    }
    let vram = u64::from(megabytes) << 20;
    survey.registers = Some(format!(
        "{megabytes} MiB of memory, BARs of {} MiB, {} KiB, {} KiB",
        sizes[0] >> 20,
        sizes[2] >> 10,
        sizes[5] >> 10
    ));

    // The discovery table lies at the end of VRAM; until it is read no register has a name, but the
    // window to VRAM is at fixed places on every die.
    let early = Hardware::new(
        link.clone(),
        Die::Navi31,
        RegisterMap::for_die(Die::Navi31),
        vram,
        sizes[0],
        sizes[5],
        nature,
    );
    let table = read_table(&early, vram)?;
    let discovery = Discovery::parse(&table).map_err(|error| {
        unavailable(
            format!("the card's discovery table is bad: {error}"),
            REPLUG,
        )
    })?;
    let die = discovery.die().ok_or_else(|| {
        let version = discovery
            .gc_version()
            .map_or_else(|| "unknown".to_owned(), |v| v.to_string());
        unavailable(
            format!("graphics core {version} ({vendor:04x}:{device:04x}) is not known"),
            "this driver runs Navi31, 32, 33, 44 and 48",
        )
    })?;
    survey.die = Some(die);
    let map = discovery
        .register_map()
        .map_err(|error| unavailable(error.to_string(), "please report this card"))?;
    let sh = ShRegisters::new(&map).ok_or_else(|| {
        unavailable(
            "a dispatch register has no place",
            "please report this card",
        )
    })?;
    let version = |id| discovery.ip(id).map(|ip| ip.version);
    let firmware = Versions {
        mp0: version(hw_id::MP0).unwrap_or(die.version(Block::Mp0)),
        mp1: version(hw_id::MP1).unwrap_or(die.version(Block::Mp1)),
        sdma: version(hw_id::SDMA0).unwrap_or(die.sdma_version()),
        gc: version(hw_id::GC).unwrap_or(die.version(Block::Gc)),
    };
    let shape = discovery.shape.unwrap_or_else(|| die.shape());
    log::debug!(
        "{} with {megabytes} MiB, BAR 0 {} MiB, {} compute units",
        die.code_name(),
        sizes[0] >> 20,
        shape.compute_units()
    );
    Ok(Found {
        hardware: Hardware::new(link, die, map, vram, sizes[0], sizes[5], nature),
        shape,
        sh,
        firmware,
        vendor,
        device,
    })
}

/// Reads as much of the table as it says it has: a dword at a time takes long on a small BAR.
fn read_table(hw: &Hardware, vram: u64) -> Result<Vec<u8>, CardError> {
    let start = vram - OFFSET_FROM_END;
    let mut table = vec![0; 12];
    hw.vram_read(start, &mut table)?;
    let stated = usize::from(u16::from_le_bytes([table[10], table[11]]));
    let size = if hw.aperture() >= vram {
        SIZE
    } else {
        stated.clamp(12, SIZE).next_multiple_of(4)
    };
    table.resize(size, 0);
    hw.vram_read(start + 12, &mut table[12..])?;
    Ok(table)
}
