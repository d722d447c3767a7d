//! A compute queue's thread: fetches packets from the ring and from indirect buffers.

use std::sync::{Arc, Weak};
use std::thread::JoinHandle;

use amd_hw::ih;
use amd_hw::pm4::{self, Packet};

use super::packets::{Outcome, Processor};
use crate::device::Device;
use crate::gmc::Client;
use crate::queue::Control;
use crate::shader::MemoryFault;

/// Indirect buffers may call others this deep.
const MAX_DEPTH: usize = 2;
/// Packets that a chain of indirect buffers may hold, so that one which chains to itself ends.
const MAX_CHAIN: usize = 1 << 20;

/// Where a queue's packets are.
#[derive(Clone, Copy, Debug)]
pub(super) struct Ring {
    /// Virtual address.
    pub base: u64,
    /// Length, a power of two.
    pub dwords: u64,
    /// First dword to execute; counts on without wrapping.
    pub rptr: u64,
    /// Where the read pointer is reported.
    pub report: u64,
    /// Address space.
    pub vmid: u32,
}

/// Why a queue stops.
#[derive(Debug, thiserror::Error)]
pub(super) enum Stop {
    /// It was told to.
    #[error("stopped")]
    Asked,
    /// Memory that is not there.
    #[error("{0}")]
    Fault(#[from] MemoryFault),
    /// Words that are no packet.
    #[error("at {at:#x}: {error}")]
    Malformed {
        /// Where.
        at: u64,
        /// What.
        error: pm4::Error,
    },
    /// A packet that the engine does not take.
    #[error("{0}")]
    Refused(String),
    /// A dispatch ended in an error; everything is recorded.
    #[error("a dispatch failed")]
    Dispatch,
}

/// Starts the thread.
pub(super) fn start(
    device: &Device,
    ring: Ring,
    control: Arc<Control>,
) -> std::io::Result<JoinHandle<()>> {
    let device = device.weak();
    std::thread::Builder::new()
        .name("virtual-card compute".into())
        .spawn(move || run(&device, ring, &control))
}

fn run(device: &Weak<Device>, mut ring: Ring, control: &Control) {
    let mut state = super::packets::State::new(ring.vmid);
    // The device is held only while there is work, so that dropping an idle card ends it.
    while control.wait_for_work(ring.rptr) {
        let Some(device) = device.upgrade() else {
            return;
        };
        let _user = device.system.enter();
        match work(&device, &mut ring, control, &mut state) {
            Ok(()) => {}
            Err(Stop::Asked) => return,
            Err(stop) => {
                device.trace.line(format_args!("cp stops: {stop}"));
                match stop {
                    Stop::Malformed { .. } | Stop::Refused(_) => {
                        device.report.add("cp", format!("the queue hangs: {stop}"));
                        device.interrupt(ih::Entry {
                            client: ih::client::GRBM_CP,
                            source: ih::source::CP_BAD_OPCODE,
                            ..ih::Entry::default()
                        });
                    }
                    Stop::Asked | Stop::Fault(_) | Stop::Dispatch => {}
                }
                drop(_user);
                drop(device);
                return control.hang();
            }
        }
    }
}

/// Executes what is in the ring.
fn work(
    device: &Device,
    ring: &mut Ring,
    control: &Control,
    state: &mut super::packets::State,
) -> Result<(), Stop> {
    let mut words = Vec::new();
    while ring.rptr < control.wptr() {
        if control.is_stopped() {
            return Err(Stop::Asked);
        }
        let available = (control.wptr() - ring.rptr).min(ring.dwords);
        let fetch = |from: u64, out: &mut [u32]| -> Result<(), MemoryFault> {
            let at = from & (ring.dwords - 1);
            let first = (ring.dwords - at).min(out.len() as u64) as usize;
            let (head, tail) = out.split_at_mut(first);
            device.read_words(Client::Cp, ring.base + 4 * at, head)?;
            device.read_words(Client::Cp, ring.base, tail)
        };
        let mut header = [0];
        fetch(ring.rptr, &mut header)?;
        let at = ring.base + 4 * (ring.rptr & (ring.dwords - 1));
        let malformed = |error| Stop::Malformed { at, error };
        let need = pm4::packet_dwords(header[0]).map_err(malformed)?;
        if need as u64 > available {
            return Err(malformed(pm4::Error::Truncated {
                need,
                have: available as usize,
            }));
        }
        words.clear();
        words.resize(need, 0);
        fetch(ring.rptr, &mut words)?;
        execute(device, control, state, at, &words, 0)?;
        ring.rptr += need as u64;
        let report = (ring.rptr & (ring.dwords - 1)) as u32;
        device.write(Client::Cp, ring.report, &report.to_le_bytes())?;
    }
    Ok(())
}

fn execute(
    device: &Device,
    control: &Control,
    state: &mut super::packets::State,
    at: u64,
    words: &[u32],
    depth: usize,
) -> Result<(), Stop> {
    let (packet, _) = Packet::parse(words).map_err(|error| Stop::Malformed { at, error })?;
    device.counters.pm4_packets.count();
    if device.trace.is_on() {
        device.trace.line(format_args!("pm4 {at:#x} {packet:x?}"));
    }
    match (Processor {
        device,
        control,
        state,
    })
    .execute(&packet)?
    {
        Outcome::Next => Ok(()),
        Outcome::Indirect { address, dwords } => {
            indirect(device, control, state, address, dwords, depth + 1)
        }
    }
}

fn indirect(
    device: &Device,
    control: &Control,
    state: &mut super::packets::State,
    mut address: u64,
    mut dwords: u32,
    depth: usize,
) -> Result<(), Stop> {
    if depth > MAX_DEPTH {
        return Err(Stop::Refused(format!(
            "indirect buffers nest deeper than {MAX_DEPTH}"
        )));
    }
    let mut packets = 0;
    'chain: loop {
        // One at a time: 20 bits of length is 4 MiB at most.
        let mut words = vec![0; dwords as usize];
        device.read_words(Client::Cp, address, &mut words)?;
        let mut done = 0;
        while done < words.len() {
            if control.is_stopped() {
                return Err(Stop::Asked);
            }
            packets += 1;
            if packets > MAX_CHAIN {
                return Err(Stop::Refused("an endless chain of indirect buffers".into()));
            }
            let at = address + 4 * done as u64;
            let rest = &words[done..];
            let (packet, used) =
                Packet::parse(rest).map_err(|error| Stop::Malformed { at, error })?;
            if let Packet::IndirectBuffer {
                address: to,
                dwords: count,
                chain: true,
                ..
            } = packet
            {
                (address, dwords) = (to, count);
                continue 'chain;
            }
            execute(device, control, state, at, &rest[..used], depth)?;
            done += used;
        }
        return Ok(());
    }
}
