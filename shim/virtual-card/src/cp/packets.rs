//! What each PM4 packet does.

use amd_hw::ih;
use amd_hw::pm4::{
    initiator, CacheControl, CopySource, Destination, DmaSource, Packet, ReleaseData, WaitTarget,
    SH_REG_BASE, SH_REG_END, UCONFIG_REG_BASE, UCONFIG_REG_END,
};
use amd_hw::registers::Register;
use rdna_isa::Arch;

use super::queue::Stop;
use crate::config::Fault;
use crate::device::{lock, Device};
use crate::gmc::{self, Client, Hub, WaveMemory};
use crate::queue::Control;
use crate::shader::{Access, CacheOps, Dispatch, FaultKind, MemoryFault, WaveError};

/// An address that no driver maps, for the injected page fault.
const NOWHERE: u64 = 0x7eee_dead_b000;

/// What a queue remembers between packets: the registers that SET_SH_REG writes.
pub(super) struct State {
    sh: Vec<u32>,
    vmid: u32,
}

impl State {
    /// A fresh queue's.
    pub fn new(vmid: u32) -> State {
        State {
            sh: vec![0; (SH_REG_END - SH_REG_BASE) as usize],
            vmid,
        }
    }
}

/// What comes after a packet.
pub(super) enum Outcome {
    /// The next one.
    Next,
    /// Those of an indirect buffer.
    Indirect {
        /// Address.
        address: u64,
        /// Length.
        dwords: u32,
    },
}

/// A queue that executes a packet.
pub(super) struct Processor<'a> {
    /// The card.
    pub device: &'a Device,
    /// The queue's controls.
    pub control: &'a Control,
    /// Its registers.
    pub state: &'a mut State,
}

impl Processor<'_> {
    /// Executes a packet to its end; blocks where the packet does.
    pub fn execute(&mut self, packet: &Packet<'_>) -> Result<Outcome, Stop> {
        let device = self.device;
        match *packet {
            Packet::Nop(_) => {}
            Packet::SetShReg { offset, values } => {
                let start = offset as usize;
                let Some(registers) = self.state.sh.get_mut(start..start + values.len()) else {
                    return Err(Stop::Refused(format!(
                        "SET_SH_REG of {offset:#x} and following"
                    )));
                };
                registers.copy_from_slice(values);
            }
            Packet::SetUconfigReg { offset, values } => {
                let first = UCONFIG_REG_BASE + offset;
                if first + values.len() as u32 > UCONFIG_REG_END {
                    return Err(Stop::Refused(format!(
                        "SET_UCONFIG_REG of {first:#x} and following"
                    )));
                }
                for (register, value) in (first..).zip(values) {
                    device.write_register(register, *value);
                }
            }
            Packet::DispatchDirect { groups, initiator } => self.dispatch(groups, initiator)?,
            Packet::DispatchIndirect { address, initiator } => {
                if !address.is_multiple_of(4) {
                    return Err(Stop::Refused(format!("DISPATCH_INDIRECT at {address:#x}")));
                }
                let mut groups = [0; 3];
                device.read_words(Client::Cp, address, &mut groups)?;
                self.dispatch(groups, initiator)?;
            }
            Packet::WaitRegMem {
                target,
                function,
                reference,
                mask,
                ..
            } => {
                if let WaitTarget::WriteThenWait { request, .. } = target {
                    device.write_register(request, reference);
                }
                let done = self.control.poll(device, || {
                    let value = match target {
                        WaitTarget::Memory(address) => device.read32(Client::Cp, address)?,
                        WaitTarget::Register(register)
                        | WaitTarget::WriteThenWait { done: register, .. } => {
                            device.read_register(register)
                        }
                    };
                    Ok::<_, MemoryFault>(function.holds(value & mask, reference))
                })?;
                if !done {
                    return Err(Stop::Asked);
                }
            }
            Packet::IndirectBuffer {
                address, dwords, ..
            } => {
                return Ok(Outcome::Indirect { address, dwords });
            }
            Packet::CopyData {
                source,
                destination,
                wide,
                ..
            } => {
                let value = self.copy_source(source, wide)?;
                let bytes = value.to_le_bytes();
                match destination {
                    Destination::Register(register) => {
                        device.write_register(register, value as u32);
                        if wide {
                            device.write_register(register + 1, (value >> 32) as u32);
                        }
                    }
                    Destination::Memory(address) => {
                        device.write(Client::Cp, address, &bytes[..if wide { 8 } else { 4 }])?;
                    }
                    Destination::Other { select, .. } => {
                        return Err(Stop::Refused(format!("COPY_DATA to destination {select}")));
                    }
                }
            }
            Packet::WriteData {
                destination,
                same_address,
                data,
                ..
            } => match destination {
                Destination::Register(register) => {
                    for (i, value) in data.iter().enumerate() {
                        let step = if same_address { 0 } else { i as u32 };
                        device.write_register(register.wrapping_add(step), *value);
                    }
                }
                Destination::Memory(address) => {
                    for (i, value) in data.iter().enumerate() {
                        let step = if same_address { 0 } else { 4 * i as u64 };
                        device.write(Client::Cp, address + step, &value.to_le_bytes())?;
                    }
                }
                Destination::Other { select, .. } => {
                    return Err(Stop::Refused(format!("WRITE_DATA to destination {select}")));
                }
            },
            Packet::DmaData {
                source,
                destination,
                bytes,
                ..
            } => match source {
                DmaSource::Memory(from) => {
                    device.copy(Client::Cp, from, destination, bytes.into())?
                }
                DmaSource::Fill(value) => {
                    device.fill(Client::Cp, destination, value.to_le_bytes(), bytes.into())?;
                }
                DmaSource::Other { select, .. } => {
                    return Err(Stop::Refused(format!("DMA_DATA from source {select}")));
                }
            },
            // Dispatches have ended when the next packet is looked at, so there is nothing to flush.
            Packet::EventWrite { .. } => {}
            Packet::ReleaseMem {
                caches,
                data,
                address,
                interrupt,
                ..
            } => {
                self.cache_control(caches);
                match data {
                    ReleaseData::None => {}
                    ReleaseData::U32(value) => {
                        device.write(Client::Cp, address, &value.to_le_bytes())?
                    }
                    ReleaseData::U64(value) => {
                        device.write(Client::Cp, address, &value.to_le_bytes())?
                    }
                    ReleaseData::GpuClock => {
                        device.write(Client::Cp, address, &device.clock().to_le_bytes())?;
                    }
                    ReleaseData::Other { select, .. } => {
                        return Err(Stop::Refused(format!("RELEASE_MEM of data {select}")));
                    }
                }
                if interrupt != 0 {
                    device.interrupt(ih::Entry {
                        client: ih::client::GRBM_CP,
                        source: ih::source::CP_EOP,
                        vmid: self.state.vmid as u8,
                        ..ih::Entry::default()
                    });
                }
            }
            Packet::AcquireMem { caches, .. } => self.cache_control(caches),
            Packet::Unknown { op, body, .. } => {
                return Err(Stop::Refused(format!(
                    "packet {} ({op:#x}) with {} dwords",
                    packet.name(),
                    body.len()
                )));
            }
        }
        Ok(Outcome::Next)
    }

    fn copy_source(&self, source: CopySource, wide: bool) -> Result<u64, Stop> {
        let device = self.device;
        Ok(match source {
            CopySource::Register(register) => {
                let high = if wide {
                    device.read_register(register.wrapping_add(1))
                } else {
                    0
                };
                u64::from(device.read_register(register)) | u64::from(high) << 32
            }
            CopySource::Memory(address) => {
                let mut bytes = [0; 8];
                let count = if wide { 8 } else { 4 };
                device.read(Client::Cp, address, &mut bytes[..count])?;
                u64::from_le_bytes(bytes)
            }
            CopySource::Immediate(value) => value,
            CopySource::GpuClock => device.clock(),
            CopySource::Other { select, .. } => {
                return Err(Stop::Refused(format!("COPY_DATA from source {select}")));
            }
        })
    }

    fn cache_control(&self, caches: CacheControl) {
        let mut ops = CacheOps::empty();
        ops.set(CacheOps::GLI_INV, caches.gli_inv);
        ops.set(CacheOps::GLK_INV, caches.glk_inv);
        ops.set(CacheOps::GLV_INV, caches.glv_inv);
        ops.set(CacheOps::GL1_INV, caches.gl1_inv);
        ops.set(CacheOps::GL2_INV, caches.gl2_inv);
        ops.set(CacheOps::GL2_WB, caches.gl2_wb);
        self.device.cache_control(ops);
    }

    /// A register that SET_SH_REG wrote.
    fn sh(&self, register: Register) -> u32 {
        let address = self.device.map.address(register).unwrap_or(0);
        let index = address.wrapping_sub(SH_REG_BASE) as usize;
        self.state.sh.get(index).copied().unwrap_or(0)
    }

    fn dispatch(&self, dimensions: [u32; 3], flags: u32) -> Result<(), Stop> {
        let device = self.device;
        if flags & initiator::COMPUTE_SHADER_EN == 0 {
            device
                .report
                .add("cp", "dispatch without COMPUTE_SHADER_EN does nothing");
            return Ok(());
        }
        if device.strikes(Fault::Hang) {
            self.control.hang();
            return Err(Stop::Asked);
        }
        if device.strikes(Fault::PageFault) {
            let fault = MemoryFault {
                va: NOWHERE,
                access: Access::Read,
                kind: FaultKind::Unmapped,
            };
            gmc::record_fault(device, Hub::Gc, Client::Shader, &fault);
            return Err(self.failed(ih::sq_error::MEMVIOL));
        }
        if device.strikes(Fault::IllegalInstruction) {
            return Err(self.failed(ih::sq_error::ILLEGAL_INST));
        }
        let dispatch = self.describe(dimensions, flags)?;
        device.trace.line(format_args!("dispatch {dispatch:x?}"));
        let result = device
            .engine
            .run(&dispatch, &WaveMemory(device), &self.control.kill);
        // Waves wrote memory that others may wait for.
        device.notify();
        match result {
            Ok(stats) => {
                device.counters.dispatches.count();
                device.add_stats(stats);
                Ok(())
            }
            Err(WaveError::Killed) => Err(Stop::Asked),
            Err(error) => {
                device.trace.line(format_args!("dispatch failed: {error}"));
                device.report.add("shader", error.to_string());
                Err(self.failed(match error {
                    WaveError::MemoryFault { .. } | WaveError::BadAddress { .. } => {
                        ih::sq_error::MEMVIOL
                    }
                    _ => ih::sq_error::ILLEGAL_INST,
                }))
            }
        }
    }

    fn failed(&self, error: u32) -> Stop {
        self.device.counters.failed_dispatches.count();
        self.device.interrupt(ih::Entry {
            vmid: self.state.vmid as u8,
            ..ih::Entry::sq_error(error)
        });
        Stop::Dispatch
    }

    fn describe(&self, dimensions: [u32; 3], flags: u32) -> Result<Dispatch, Stop> {
        let device = self.device;
        let wide = |low, high| u64::from(self.sh(low)) | u64::from(self.sh(high)) << 32;
        let counts = [
            Register::COMPUTE_NUM_THREAD_X,
            Register::COMPUTE_NUM_THREAD_Y,
            Register::COMPUTE_NUM_THREAD_Z,
        ]
        .map(|register| self.sh(register));
        let threads = counts.map(|count| count & 0xffff);
        let mut partial = threads;
        if flags & initiator::PARTIAL_TG_EN != 0 {
            partial = counts.map(|count| count >> 16);
        }
        let mut groups = dimensions;
        if flags & initiator::USE_THREAD_DIMENSIONS != 0 {
            for axis in 0..3 {
                let size = threads[axis].max(1);
                groups[axis] = dimensions[axis].div_ceil(size);
                partial[axis] = match dimensions[axis] % size {
                    0 => threads[axis],
                    rest => rest,
                };
            }
        }
        let start = match flags & initiator::FORCE_START_AT_000 {
            0 => [
                Register::COMPUTE_START_X,
                Register::COMPUTE_START_Y,
                Register::COMPUTE_START_Z,
            ]
            .map(|register| self.sh(register)),
            _ => [0; 3],
        };
        let first = device
            .map
            .address(Register::COMPUTE_USER_DATA_0)
            .unwrap_or(0);
        let first = first.wrapping_sub(SH_REG_BASE) as usize;
        let shape = device.config.die.shape();
        let name = device.config.die.arch();
        let arch = Arch::ALL
            .into_iter()
            .find(|arch| arch.name() == name)
            .ok_or_else(|| Stop::Refused(format!("no instruction set {name}")))?;
        Ok(Dispatch {
            arch,
            code: wide(Register::COMPUTE_PGM_LO, Register::COMPUTE_PGM_HI) << 8,
            rsrc1: self.sh(Register::COMPUTE_PGM_RSRC1),
            rsrc2: self.sh(Register::COMPUTE_PGM_RSRC2),
            rsrc3: self.sh(Register::COMPUTE_PGM_RSRC3),
            user_data: std::array::from_fn(|i| self.state.sh.get(first + i).copied().unwrap_or(0)),
            groups,
            start,
            threads,
            partial,
            wave32: flags & initiator::CS_W32_EN != 0,
            scratch_base: wide(
                Register::COMPUTE_DISPATCH_SCRATCH_BASE_LO,
                Register::COMPUTE_DISPATCH_SCRATCH_BASE_HI,
            ) << 8,
            tmpring_size: self.sh(Register::COMPUTE_TMPRING_SIZE),
            sh_mem_bases: device.cp.sh_mem_bases(self.state.vmid),
            shader_engines: shape.shader_engines,
            compute_units: shape.compute_units(),
            vmid: self.state.vmid as u8,
        })
    }
}

impl Device {
    /// Adds what a dispatch counted.
    pub(crate) fn add_stats(&self, stats: crate::shader::Stats) {
        let mut total = lock(&self.stats);
        total.groups += stats.groups;
        total.waves += stats.waves;
        for (class, count) in stats.issued {
            *total.issued.entry(class).or_default() += count;
        }
    }
}
