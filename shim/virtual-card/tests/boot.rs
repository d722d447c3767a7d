//! The cold boot: firmware only in order and whole, state machines that refuse wrong orders.

mod client;

use std::sync::Arc;
use std::time::{Duration, Instant};

use amd_hw::die::{Die, Generation};
use amd_hw::firmware::{load_order, parts, synthetic, File, Use};
use amd_hw::psp::{
    BootComponent, Command, FirmwareType, Frame, Response, COMMAND_SIZE, CREATE_KM_RING,
    DESTROY_RINGS, READY,
};
use amd_hw::registers::{Register, RegisterMap};
use amd_hw::smu;
use client::{config, FB_BASE};
use egpu_link::Link;
use virtual_card::{Config, Fault, VirtualCard};

const COMMAND: u64 = 0x8_5000;
const FENCE: u64 = 0x8_6000;
const RING: u64 = 0x8_7000;
const MESSAGE: u64 = 0x10_0000;
const TMR: u64 = 0x20_0000;

struct Boot {
    card: Arc<VirtualCard>,
    map: RegisterMap,
    images: Vec<(Use, Vec<u8>)>,
    wptr: u32,
    fence: u32,
}

fn images(generation: Generation) -> Vec<(Use, Vec<u8>)> {
    let mut images = Vec::new();
    for file in File::needed(generation) {
        let bytes = synthetic(*file, generation, 0x300);
        for part in parts(*file, &bytes).unwrap().parts {
            images.push((part.purpose, bytes[part.range].to_vec()));
        }
    }
    images
}

impl Boot {
    fn new(die: Die, faults: Vec<Fault>) -> Boot {
        let images = images(die.generation());
        let card = VirtualCard::new(Config {
            cold: true,
            strict: true,
            firmware: images.clone(),
            faults,
            ..config(die)
        })
        .unwrap();
        Boot {
            card,
            map: RegisterMap::for_die(die),
            images,
            wptr: 0,
            fence: 0,
        }
    }

    fn at(&self, register: Register) -> u64 {
        4 * u64::from(self.map.address(register).unwrap())
    }

    fn read(&self, register: Register) -> u32 {
        self.card.read32(5, self.at(register)).unwrap()
    }

    fn write(&self, register: Register, value: u32) {
        self.card.write32(5, self.at(register), value).unwrap();
    }

    fn image(&self, purpose: Use) -> Vec<u8> {
        self.images
            .iter()
            .find(|(p, _)| *p == purpose)
            .map(|(_, bytes)| bytes.clone())
            .unwrap()
    }

    fn put(&self, at: u64, bytes: &[u8]) {
        self.card.write(0, at, bytes).unwrap();
    }

    /// Sends a boot component; whether it was taken.
    fn component(&self, component: BootComponent, image: &[u8]) -> bool {
        let before = self.card.counts().psp_refusals;
        self.put(MESSAGE, image);
        self.write(
            Register::MP0_SMN_C2PMSG_36,
            ((FB_BASE + MESSAGE) >> 20) as u32,
        );
        self.write(Register::MP0_SMN_C2PMSG_35, component.command());
        assert_ne!(self.read(Register::MP0_SMN_C2PMSG_35) & READY, 0);
        self.card.counts().psp_refusals == before
    }

    fn boot_sos(&self) {
        for component in BootComponent::ALL {
            assert!(
                self.component(component, &self.image(Use::Boot(component))),
                "{:?}",
                self.card.findings()
            );
        }
        assert_ne!(self.read(Register::MP0_SMN_C2PMSG_81), 0);
    }

    fn create_ring(&mut self) -> bool {
        self.write(Register::MP0_SMN_C2PMSG_69, (FB_BASE + RING) as u32);
        self.write(Register::MP0_SMN_C2PMSG_70, ((FB_BASE + RING) >> 32) as u32);
        self.write(Register::MP0_SMN_C2PMSG_71, 0x1_0000);
        self.write(Register::MP0_SMN_C2PMSG_64, CREATE_KM_RING);
        self.wptr = 0;
        self.read(Register::MP0_SMN_C2PMSG_64) & 0x8000_ffff == READY
    }

    fn submit(&mut self, command: Command) -> Response {
        self.fence += 1;
        self.put(COMMAND, &command.emit());
        let frame = Frame {
            command: FB_BASE + COMMAND,
            command_size: 0,
            fence: FB_BASE + FENCE,
            fence_value: self.fence,
        };
        self.put(RING + 4 * u64::from(self.wptr), &frame.emit());
        self.wptr = (self.wptr + 16) % 0x4000;
        self.write(Register::MP0_SMN_C2PMSG_67, self.wptr);
        let mut fence = [0; 4];
        self.card.read(0, FENCE, &mut fence).unwrap();
        assert_eq!(u32::from_le_bytes(fence), self.fence);
        let mut buffer = vec![0; COMMAND_SIZE];
        self.card.read(0, COMMAND, &mut buffer).unwrap();
        Response::parse(&buffer)
    }

    fn load(&mut self, ty: FirmwareType) -> u32 {
        let image = self.image(Use::Load(ty));
        self.put(MESSAGE, &image);
        let size = image.len() as u32;
        self.submit(Command::LoadIpFw {
            address: FB_BASE + MESSAGE,
            size,
            firmware_type: ty as u32,
        })
        .status
    }

    fn toc_and_tmr(&mut self) {
        self.put(MESSAGE, &self.image(Use::Toc));
        let toc = self.submit(Command::LoadToc {
            address: FB_BASE + MESSAGE,
            size: 0x300,
        });
        assert_eq!(toc.status, 0);
        assert_ne!(toc.tmr_size, 0);
        assert_eq!(self.load(FirmwareType::SMU), 0);
        let tmr = Command::SetupTmr {
            address: FB_BASE + TMR,
            size: toc.tmr_size,
            flags: 2,
            physical: TMR,
        };
        let refused = self.submit(tmr).status != 0;
        assert_eq!(refused, self.map.generation() == Generation::Gfx12);
    }
}

#[test]
fn a_whole_boot() {
    for die in Die::ALL {
        let mut boot = Boot::new(die, Vec::new());
        boot.boot_sos();
        assert!(boot.create_ring());
        boot.toc_and_tmr();
        for ty in &load_order(die.generation())[1..] {
            assert_eq!(boot.load(*ty), 0, "{ty:?}: {:?}", boot.card.findings());
        }
        assert_eq!(boot.read(Register::RLC_RLCS_BOOTLOAD_STATUS) >> 31, 0);
        assert_eq!(boot.submit(Command::AutoloadRlc).status, 0);
        // Autoload takes its time, and says so in both registers.
        assert_ne!(boot.read(Register::CP_STAT), 0);
        let start = Instant::now();
        while boot.read(Register::RLC_RLCS_BOOTLOAD_STATUS) >> 31 == 0 {
            assert!(start.elapsed() < Duration::from_secs(5));
        }
        assert_eq!(boot.read(Register::CP_STAT), 0);
        boot.write(Register::MP1_SMN_C2PMSG_90, 0);
        boot.write(Register::MP1_SMN_C2PMSG_66, smu::message::GET_SMU_VERSION);
        assert_eq!(boot.read(Register::MP1_SMN_C2PMSG_90), smu::response::OK);
    }
}

#[test]
fn components_in_wrong_order_or_damaged_are_refused() {
    let boot = Boot::new(Die::Navi31, Vec::new());
    let image = |component| boot.image(Use::Boot(component));
    assert!(
        !boot.component(BootComponent::SysDrv, &image(BootComponent::SysDrv)),
        "before the key database"
    );
    assert!(!boot.component(BootComponent::Sos, &image(BootComponent::Sos)));
    let mut damaged = image(BootComponent::KeyDatabase);
    damaged[0x2ff] ^= 1;
    assert!(
        !boot.component(BootComponent::KeyDatabase, &damaged),
        "damaged"
    );
    assert!(
        !boot.component(BootComponent::KeyDatabase, &image(BootComponent::SysDrv)),
        "another image"
    );
    assert!(boot.component(
        BootComponent::KeyDatabase,
        &image(BootComponent::KeyDatabase)
    ));
    // gfx11 sends the key database again in the place of the SPL table.
    assert!(boot.component(BootComponent::SplTable, &image(BootComponent::KeyDatabase)));
    assert!(
        !boot.component(
            BootComponent::KeyDatabase,
            &image(BootComponent::KeyDatabase)
        ),
        "again"
    );
    assert_eq!(boot.read(Register::MP0_SMN_C2PMSG_81), 0);
    boot.write(Register::MP0_SMN_C2PMSG_35, 0x77);
    assert_eq!(boot.card.counts().psp_refusals, 6);
    // Two of them for the same reason, which is reported once.
    assert_eq!(boot.card.findings().len(), 5, "{:#?}", boot.card.findings());
}

#[test]
fn rings_and_commands_are_checked() {
    let mut boot = Boot::new(Die::Navi31, Vec::new());
    assert!(!boot.create_ring(), "before sOS");
    boot.boot_sos();
    boot.write(Register::MP0_SMN_C2PMSG_67, 16);
    boot.write(Register::MP0_SMN_C2PMSG_71, 0x1_0001);
    boot.write(Register::MP0_SMN_C2PMSG_64, CREATE_KM_RING);
    assert_ne!(
        boot.read(Register::MP0_SMN_C2PMSG_64) & 0xffff,
        0,
        "a ring of odd size"
    );
    assert!(boot.create_ring());
    assert!(!boot.create_ring(), "a second ring");
    boot.write(Register::MP0_SMN_C2PMSG_64, DESTROY_RINGS);
    assert!(boot.create_ring());
    boot.write(Register::MP0_SMN_C2PMSG_67, 3);
    boot.write(Register::MP0_SMN_C2PMSG_67, u32::MAX);
    assert_ne!(boot.submit(Command::Other { id: 77 }).status, 0);
    assert_ne!(
        boot.submit(Command::AutoloadRlc).status,
        0,
        "nothing was loaded"
    );
    let bad = Command::LoadIpFw {
        address: u64::MAX - 5,
        size: u32::MAX,
        firmware_type: 18,
    };
    assert_ne!(boot.submit(bad).status, 0);
    assert_ne!(boot.load(FirmwareType::RS64_MEC), 0, "before the SMU");
    assert_eq!(boot.load(FirmwareType::SMU), 0);
    assert_ne!(
        boot.load(FirmwareType::SDMA_UCODE_TH1),
        0,
        "before trusted memory"
    );
    let tmr = Command::SetupTmr {
        address: FB_BASE + TMR,
        size: 0x100_0000,
        flags: 2,
        physical: TMR,
    };
    assert_ne!(boot.submit(tmr).status, 0, "before the table of contents");
}

#[test]
fn truncated_images_are_refused() {
    let mut boot = Boot::new(Die::Navi48, Vec::new());
    boot.boot_sos();
    boot.create_ring();
    let image = boot.image(Use::Load(FirmwareType::SMU));
    boot.put(MESSAGE, &image);
    let size = image.len() as u32 - 4;
    let short = Command::LoadIpFw {
        address: FB_BASE + MESSAGE,
        size,
        firmware_type: FirmwareType::SMU as u32,
    };
    assert_ne!(boot.submit(short).status, 0);
    assert_eq!(boot.load(FirmwareType::SMU), 0);
}

#[test]
fn bad_firmware_can_be_injected() {
    let mut boot = Boot::new(Die::Navi48, vec![Fault::BadFirmware]);
    boot.boot_sos();
    boot.create_ring();
    assert_ne!(boot.load(FirmwareType::SMU), 0);
    assert_eq!(boot.load(FirmwareType::SMU), 0, "it strikes once");
}

/// A ring of the smallest size wraps after one frame.
#[test]
fn psp_rings_wrap() {
    let mut boot = Boot::new(Die::Navi48, Vec::new());
    boot.boot_sos();
    assert!(boot.create_ring());
    let before = boot.card.counts().psp_commands;
    for _ in 0..1100 {
        boot.submit(Command::Other { id: 1 });
    }
    assert_eq!(boot.card.counts().psp_commands, before + 1100);
}
