//! What each SDMA packet does.

use std::time::Duration;

use amd_hw::ih;
use amd_hw::registers::{fields, Register};
use amd_hw::sdma::{Error, Packet, PollTarget};

use crate::device::Device;
use crate::gmc::{translate, Client, Hub};
use crate::queue::Control;
use crate::shader::{Access, CacheOps, MemoryFault};

/// Bytes that are copied between two looks at the kill flag.
const CHUNK: u64 = 1 << 20;

/// Why a ring stops.
#[derive(Debug, thiserror::Error)]
pub(super) enum Stop {
    /// It was told to.
    #[error("stopped")]
    Asked,
    /// Memory that is not there.
    #[error("{0}")]
    Fault(MemoryFault),
    /// Words that are no packet.
    #[error("at {at:#x}: {error}")]
    Malformed {
        /// Where.
        at: u64,
        /// What.
        error: Error,
    },
    /// A packet that the engine does not take.
    #[error("{0}")]
    Refused(String),
}

/// Whether an address lies on the host's side of the cable.
fn is_host(device: &Device, va: u64) -> bool {
    translate(device, Hub::Gc, Client::Sdma, va, Access::Read).is_ok_and(|to| to.system)
}

/// Executes a packet to its end; blocks where the packet does. INDIRECT is the caller's.
pub(super) fn execute(device: &Device, control: &Control, packet: &Packet<'_>) -> Result<(), Stop> {
    let in_chunks = |bytes: u32, run: &dyn Fn(u64, u64) -> Result<(), MemoryFault>| {
        let bytes = u64::from(bytes);
        let mut done = 0;
        while done < bytes {
            if control.is_stopped() {
                return Err(Stop::Asked);
            }
            let count = CHUNK.min(bytes - done);
            run(done, count)?;
            done += count;
        }
        device.counters.sdma_bytes.add(bytes);
        Ok(())
    };
    match *packet {
        Packet::Nop(_) => {}
        Packet::CopyLinear {
            source,
            destination,
            bytes,
        } => {
            in_chunks(bytes, &|done, count| {
                let (source, destination) = (source + done, destination + done);
                device.copy(Client::Sdma, source, destination, count)?;
                if let Some(cable) = device.config.cable {
                    if is_host(device, source) || is_host(device, destination) {
                        cable.wait(Duration::ZERO, count as usize);
                    }
                }
                Ok(())
            })?;
        }
        Packet::Write { address, data } => {
            let bytes: Vec<u8> = data.iter().flat_map(|word| word.to_le_bytes()).collect();
            device.write(Client::Sdma, address, &bytes)?;
        }
        Packet::Indirect { .. } => {
            return Err(Stop::Refused("an indirect buffer out of place".into()));
        }
        Packet::Fence { address, data, .. } => {
            device.write(Client::Sdma, address, &data.to_le_bytes())?;
        }
        Packet::Trap { context } => {
            let control = device.get(Register::SDMA0_CNTL);
            if fields::sdma0_cntl::TRAP_ENABLE.get(device.generation(), control) == 1 {
                device.interrupt(ih::Entry {
                    client: ih::client::GFX,
                    source: ih::source::SDMA_TRAP,
                    context: [context, 0, 0, 0],
                    ..ih::Entry::default()
                });
            }
        }
        Packet::PollRegMem {
            target,
            function,
            reference,
            mask,
            retries,
            ..
        } => {
            if let PollTarget::Register {
                hdp_flush: true, ..
            } = target
            {
                crate::nbio::drain_hdp(device);
            }
            let mut polls = 0u32;
            let done = control.poll(device, || {
                let value = match target {
                    PollTarget::Memory(address) => device.read32(Client::Sdma, address)?,
                    // HDP flushes are done at once.
                    PollTarget::Register {
                        hdp_flush: true, ..
                    } => reference,
                    PollTarget::Register { address, .. } => {
                        device.read_register((address / 4) as u32)
                    }
                };
                polls += 1;
                let tired = retries != 0xfff && polls > retries.into();
                Ok::<_, MemoryFault>(tired || function.holds(value & mask, reference))
            })?;
            if !done {
                return Err(Stop::Asked);
            }
        }
        Packet::ConstFill {
            address,
            data,
            bytes,
            width,
        } => {
            let [a, b, c, d] = data.to_le_bytes();
            let (pattern, unit) = match width {
                0 => ([a; 4], 1),
                1 => ([a, b, a, b], 2),
                2 => ([a, b, c, d], 4),
                other => return Err(Stop::Refused(format!("CONST_FILL of width {other}"))),
            };
            // The count covers whole units.
            let bytes = bytes.next_multiple_of(unit);
            in_chunks(bytes, &|done, count| {
                device.fill(Client::Sdma, address + done, pattern, count)
            })?;
            device.notify();
        }
        Packet::Timestamp { address } => {
            device.write(Client::Sdma, address, &device.clock().to_le_bytes())?;
        }
        Packet::Gcr { body } => {
            // Bits as in the packet's second and third dword after the address.
            let bit = |n: u32| body[1] >> n & 1 != 0;
            let mut ops = CacheOps::empty();
            ops.set(CacheOps::GLI_INV, body[1] >> 16 & 3 != 0);
            ops.set(CacheOps::GLK_INV, bit(23));
            ops.set(CacheOps::GLV_INV, bit(24));
            ops.set(CacheOps::GL1_INV, bit(25));
            ops.set(CacheOps::GL2_INV, bit(30));
            ops.set(CacheOps::GL2_WB, bit(31));
            device.cache_control(ops);
        }
    }
    Ok(())
}
