//! The SDMA engine: one ring, its packets.
//!
//! The engine comes up halted. `QUEUE0_RB_CNTL.rb_enable` starts the queue's thread. Pointers are bytes that count on without
//! wrapping. A packet does not wrap around the end of the ring: what is left there must be NOPs.

mod packets;

use std::sync::atomic::AtomicBool;
use std::sync::{Arc, Mutex, Weak};
use std::thread::JoinHandle;

use amd_hw::registers::{fields, Field, Register};
use amd_hw::sdma::Packet;

use crate::device::{lock, Device};
use crate::gmc::{self, Client};
use crate::nbio;
use crate::queue::{Control, Running};
use crate::rlc;
use crate::shader::MemoryFault;
use packets::{execute, Stop};

/// State.
#[derive(Default)]
pub struct Sdma {
    running: Mutex<Option<Running>>,
}

#[derive(Clone, Copy, Debug)]
struct Ring {
    base: u64,
    bytes: u64,
    rptr: u64,
    report: Option<u64>,
}

/// Without which the engine goes on from where some other queue was, or caches by what it held.
const REQUIRED: [Register; 11] = [
    Register::SDMA0_UTCL1_CNTL,
    Register::SDMA0_UTCL1_PAGE,
    Register::SDMA0_QUEUE0_RB_BASE,
    Register::SDMA0_QUEUE0_RB_BASE_HI,
    Register::SDMA0_QUEUE0_RB_RPTR,
    Register::SDMA0_QUEUE0_RB_RPTR_HI,
    Register::SDMA0_QUEUE0_RB_WPTR,
    Register::SDMA0_QUEUE0_RB_WPTR_HI,
    Register::SDMA0_QUEUE0_RB_RPTR_ADDR_LO,
    Register::SDMA0_QUEUE0_RB_WPTR_POLL_ADDR_LO,
    Register::SDMA0_QUEUE0_RB_WPTR_POLL_ADDR_HI,
];

/// Bits that hold the engine; each generation has some of them.
const HELD: [Field; 3] = {
    use fields::sdma0_f32_cntl::{HALT, RESET, TH1_RESET};
    [HALT, RESET, TH1_RESET]
};

/// The engine is held until a driver lets it go.
pub(crate) fn power_on(device: &Device) {
    let generation = device.generation();
    let held = HELD
        .iter()
        .fold(0, |word, field| field.set(generation, word, 1));
    device.set(Register::SDMA0_F32_CNTL, held);
}

/// Registers as our driver leaves them: the engine runs, no ring is enabled.
pub(crate) fn warm(device: &Device) {
    device.set(Register::SDMA0_F32_CNTL, 0);
    device.set(
        Register::SDMA0_CNTL,
        fields::sdma0_cntl::TRAP_ENABLE.set(device.generation(), 0, 1),
    );
}

impl Sdma {
    /// Ends the queue.
    pub fn stop_all(&self, device: &Device) {
        let running = lock(&self.running).take();
        if let Some(queue) = running {
            queue.finish(device);
        }
    }

    /// A doorbell; whether the queue took it.
    pub fn ring(&self, device: &Device, doorbell: u32, value: u64) -> bool {
        let running = lock(&self.running);
        let Some(queue) = running.as_ref().filter(|q| q.doorbell == Some(doorbell)) else {
            return false;
        };
        if !nbio::routes(device, Register::S2A_DOORBELL_ENTRY_2_CTRL, doorbell) {
            device.report.add(
                "nbio",
                "S2A entry 2 does not route the SDMA engine's doorbells",
            );
            return false;
        }
        device.set(Register::SDMA0_QUEUE0_RB_WPTR, value as u32);
        device.set(Register::SDMA0_QUEUE0_RB_WPTR_HI, (value >> 32) as u32);
        queue.control.ring(value);
        true
    }
}

/// A register write that does more than store a word; `true` if nothing remains to be done.
pub(crate) fn write(device: &Device, address: u32, value: u32) -> bool {
    match device.map.at(address) {
        Some(Register::SDMA0_QUEUE0_RB_CNTL) => {
            let enable =
                fields::sdma0_queue0_rb_cntl::RB_ENABLE.get(device.generation(), value) == 1;
            device.file.store(address, value);
            if enable {
                activate(device, value);
            } else {
                device.sdma.stop_all(device);
            }
            true
        }
        Some(Register::SDMA0_QUEUE0_RB_WPTR) => {
            let minor = device.get(Register::SDMA0_QUEUE0_MINOR_PTR_UPDATE);
            if value < device.get(Register::SDMA0_QUEUE0_RB_WPTR) && minor & 1 == 0 {
                device.report.add(
                    "sdma",
                    "the write pointer goes back without MINOR_PTR_UPDATE: the engine takes it for a wrap",
                );
            }
            false
        }
        Some(Register::SDMA0_F32_CNTL) => {
            if is_halted(device, value) {
                device.sdma.stop_all(device);
            }
            false
        }
        _ => false,
    }
}

fn is_halted(device: &Device, control: u32) -> bool {
    HELD.iter()
        .any(|field| field.get(device.generation(), control) == 1)
}

fn activate(device: &Device, control: u32) {
    use fields::sdma0_queue0_rb_cntl::{RB_SIZE, RPTR_WRITEBACK_ENABLE};
    if lock(&device.sdma.running).is_some() {
        return;
    }
    if !rlc::is_loaded(device) {
        return device
            .report
            .add("sdma", "ring not started: the engine has no firmware");
    }
    if is_halted(device, device.get(Register::SDMA0_F32_CNTL)) {
        return device
            .report
            .add("sdma", "ring not started: the engine is halted");
    }
    let generation = device.generation();
    let pair = |low, high| u64::from(device.get(low)) | u64::from(device.get(high)) << 32;
    review(device, control);
    let ring = Ring {
        base: pair(
            Register::SDMA0_QUEUE0_RB_BASE,
            Register::SDMA0_QUEUE0_RB_BASE_HI,
        ) << 8,
        bytes: 4u64 << RB_SIZE.get(generation, control).min(28),
        rptr: pair(
            Register::SDMA0_QUEUE0_RB_RPTR,
            Register::SDMA0_QUEUE0_RB_RPTR_HI,
        ),
        report: (RPTR_WRITEBACK_ENABLE.get(generation, control) == 1).then(|| {
            pair(
                Register::SDMA0_QUEUE0_RB_RPTR_ADDR_LO,
                Register::SDMA0_QUEUE0_RB_RPTR_ADDR_HI,
            ) & !3
        }),
    };
    let enabled = fields::sdma0_queue0_doorbell::ENABLE
        .get(generation, device.get(Register::SDMA0_QUEUE0_DOORBELL));
    let offset = fields::sdma0_queue0_doorbell_offset::OFFSET.get(
        generation,
        device.get(Register::SDMA0_QUEUE0_DOORBELL_OFFSET),
    );
    let doorbell = (enabled == 1).then_some(offset);
    device.trace.line(format_args!(
        "sdma ring active: {ring:x?}, doorbell {doorbell:?}"
    ));
    let wptr = pair(
        Register::SDMA0_QUEUE0_RB_WPTR,
        Register::SDMA0_QUEUE0_RB_WPTR_HI,
    );
    let control = Control::new(wptr);
    match start(device.weak(), ring, control.clone()) {
        Ok(thread) => {
            let queue = Running {
                control,
                doorbell,
                rung: AtomicBool::new(false),
                thread: Some(thread),
            };
            *lock(&device.sdma.running) = Some(queue);
        }
        Err(error) => device
            .report
            .add("sdma", format!("no thread for the ring: {error}")),
    }
}

/// What a driver must have set before it enables the ring.
fn review(device: &Device, control: u32) {
    use fields::sdma0_queue0_rb_cntl::F32_WPTR_POLL_ENABLE;
    device.require("sdma", &REQUIRED);
    if F32_WPTR_POLL_ENABLE.get(device.generation(), control) == 1 {
        let pair = |low, high| u64::from(device.get(low)) | u64::from(device.get(high)) << 32;
        let poll = pair(
            Register::SDMA0_QUEUE0_RB_WPTR_POLL_ADDR_LO,
            Register::SDMA0_QUEUE0_RB_WPTR_POLL_ADDR_HI,
        );
        if !poll.is_multiple_of(4) || !gmc::is_mapped(device, poll) {
            device.report.add(
                "sdma",
                format!(
                    "the write pointer's address {poll:#x}, which is to be polled, is not mapped"
                ),
            );
        }
    }
    if device.get(Register::SDMA0_QUEUE0_MINOR_PTR_UPDATE) & 1 == 1 {
        device
            .report
            .add("sdma", "the ring is enabled while MINOR_PTR_UPDATE is on");
    }
}

fn start(
    device: Weak<Device>,
    ring: Ring,
    control: Arc<Control>,
) -> std::io::Result<JoinHandle<()>> {
    std::thread::Builder::new()
        .name("virtual-card sdma".into())
        .spawn(move || run(&device, ring, &control))
}

fn run(device: &Weak<Device>, mut ring: Ring, control: &Control) {
    while control.wait_for_work(ring.rptr) {
        let Some(device) = device.upgrade() else {
            return;
        };
        let _user = device.system.enter();
        match work(&device, &mut ring, control) {
            Ok(()) => {}
            Err(Stop::Asked) => return,
            Err(stop) => {
                device.trace.line(format_args!("sdma stops: {stop}"));
                if !matches!(stop, Stop::Fault(_)) {
                    device.report.add("sdma", format!("the ring hangs: {stop}"));
                }
                drop(_user);
                drop(device);
                return control.hang();
            }
        }
    }
}

fn work(device: &Device, ring: &mut Ring, control: &Control) -> Result<(), Stop> {
    while ring.rptr < control.wptr() {
        let offset = ring.rptr & (ring.bytes - 1);
        // What is in the ring up to its end, at most what the longest packet needs.
        let left = (ring.bytes - offset).min(control.wptr() - ring.rptr) / 4;
        if left == 0 {
            return Err(Stop::Refused(format!(
                "write pointer {:#x} is no multiple of 4",
                control.wptr()
            )));
        }
        let used = step(device, control, ring.base + offset, left, Some(offset))?;
        ring.rptr += 4 * used;
        device.set(Register::SDMA0_QUEUE0_RB_RPTR, ring.rptr as u32);
        device.set(Register::SDMA0_QUEUE0_RB_RPTR_HI, (ring.rptr >> 32) as u32);
        if let Some(report) = ring.report {
            device.write(Client::Sdma, report, &ring.rptr.to_le_bytes())?;
        }
    }
    Ok(())
}

/// Executes the packet at an address, of which at most `left` dwords are there. Returns its dwords.
fn step(
    device: &Device,
    control: &Control,
    at: u64,
    left: u64,
    ring_offset: Option<u64>,
) -> Result<u64, Stop> {
    if control.is_stopped() {
        return Err(Stop::Asked);
    }
    // Most packets are short; only WRITE and NOP are longer, and say so in their first dwords.
    let mut words = vec![0; left.min(16) as usize];
    device.read_words(Client::Sdma, at, &mut words)?;
    let mut parsed = Packet::parse(&words);
    if let Err(amd_hw::sdma::Error::Truncated { need, .. }) = parsed {
        if need as u64 <= left {
            words.resize(need, 0);
            device.read_words(Client::Sdma, at, &mut words)?;
            parsed = Packet::parse(&words);
        }
    }
    let (packet, used) = parsed.map_err(|error| Stop::Malformed { at, error })?;
    device.counters.sdma_packets.count();
    if device.trace.is_on() {
        device.trace.line(format_args!("sdma {at:#x} {packet:x?}"));
    }
    if let Packet::Indirect {
        address, dwords, ..
    } = packet
    {
        let ib = device.get(Register::SDMA0_QUEUE0_IB_CNTL);
        if fields::sdma0_queue0_ib_cntl::IB_ENABLE.get(device.generation(), ib) == 0 {
            return Err(Stop::Refused(
                "INDIRECT while QUEUE0_IB_CNTL.ib_enable is off".into(),
            ));
        }
        if ring_offset.is_none() {
            return Err(Stop::Refused(
                "an indirect buffer within an indirect buffer".into(),
            ));
        }
        if ring_offset.is_some_and(|offset| !(offset / 4 + used as u64).is_multiple_of(8)) {
            device.report.add(
                "sdma",
                "INDIRECT does not end on an 8-dword boundary of the ring",
            );
        }
        indirect(device, control, address, dwords.into())?;
    } else {
        execute(device, control, &packet)?;
    }
    Ok(used as u64)
}

fn indirect(device: &Device, control: &Control, address: u64, dwords: u64) -> Result<(), Stop> {
    let mut done = 0;
    while done < dwords {
        done += step(device, control, address + 4 * done, dwords - done, None)?;
    }
    Ok(())
}

impl From<MemoryFault> for Stop {
    fn from(fault: MemoryFault) -> Stop {
        Stop::Fault(fault)
    }
}
