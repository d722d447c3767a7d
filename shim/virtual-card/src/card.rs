//! The card as a client sees it: BARs, configuration space, DMA memory.

use std::io::Write;
use std::sync::Arc;

use egpu_link::{Bar, DmaMemory, Link, LinkError, Segment};

use crate::config::{Config, ConfigError, Fault};
use crate::counters::Counts;
use crate::device::{lock, Device};
use crate::memory::system::Allocation;
use crate::nbio;
use crate::report::Finding;
use crate::shader::Stats;

/// A virtual card. It works as long as it lives, on threads of its own; dropping it ends them.
///
/// It is a [`Link`] for programs in the same process, and what [`crate::serve`] offers to others.
pub struct VirtualCard {
    device: Arc<Device>,
}

impl VirtualCard {
    /// Powers a card on.
    pub fn new(config: Config) -> Result<Arc<VirtualCard>, ConfigError> {
        Ok(Arc::new(VirtualCard {
            device: Device::new(config)?,
        }))
    }

    /// What it was made of.
    pub fn config(&self) -> &Config {
        &self.device.config
    }

    /// What happened so far, in numbers.
    pub fn counts(&self) -> Counts {
        self.device.counters.snapshot()
    }

    /// What a real card would not have taken, and what strict mode found.
    pub fn findings(&self) -> Vec<Finding> {
        self.device.report.findings()
    }

    /// What waves did, summed over all dispatches.
    pub fn shader_stats(&self) -> Stats {
        lock(&self.device.stats).clone()
    }

    /// Writes a decoded record of everything from now on.
    pub fn set_trace(&self, sink: Box<dyn Write + Send>) {
        self.device.trace.set_sink(sink);
    }

    /// Writes out what the trace has buffered.
    pub fn flush_trace(&self) {
        self.device.trace.flush();
    }

    /// Doorbells rung so far.
    pub(crate) fn doorbells(&self) -> u64 {
        self.device.doorbell_count()
    }

    /// Whether a fault strikes now.
    pub(crate) fn strikes(&self, fault: Fault) -> bool {
        self.device.strikes(fault)
    }

    /// Grants a file's memory.
    #[cfg(unix)]
    pub(crate) fn grant_file(
        &self,
        file: &std::fs::File,
        size: u64,
    ) -> Result<Arc<Allocation>, LinkError> {
        self.granted(size, self.device.system.allocate_file(file, size))
    }

    /// Grants memory of this process.
    pub(crate) fn grant(&self, size: u64) -> Result<Arc<Allocation>, LinkError> {
        self.granted(size, self.device.system.allocate(size))
    }

    /// Bytes that a grant of `size` really has.
    #[cfg(unix)]
    pub(crate) fn grant_size(&self, size: u64) -> Result<u64, LinkError> {
        let error = |e: crate::memory::system::Error| LinkError::OutOfMemory {
            asked: size,
            why: e.to_string(),
        };
        self.device.system.rounded(size).map_err(error)
    }

    /// Takes memory back.
    pub(crate) fn revoke(&self, allocation: &Arc<Allocation>) {
        self.device.release(allocation);
    }

    fn granted(
        &self,
        size: u64,
        result: Result<Arc<Allocation>, crate::memory::system::Error>,
    ) -> Result<Arc<Allocation>, LinkError> {
        let allocation = result.map_err(|e| LinkError::OutOfMemory {
            asked: size,
            why: e.to_string(),
        })?;
        self.device.granted(&allocation);
        self.device.counters.dma_allocations.count();
        self.device.trace.line(format_args!(
            "sysmem {:#x} bytes at {:x?}",
            allocation.size(),
            allocation.segments()
        ));
        Ok(allocation)
    }

    /// Checks a BAR access.
    fn check(&self, bar: u32, offset: u64, length: u64) -> Result<(), LinkError> {
        let size = lock(&self.device.pci).size(bar);
        let bad = |what| {
            self.device.counters.bad_accesses.count();
            Err(LinkError::OutOfRange {
                what,
                offset,
                length,
                size,
            })
        };
        match offset.checked_add(length) {
            _ if size == 0 => bad("no such BAR"),
            Some(end) if end <= size => Ok(()),
            _ => bad("access outside a BAR"),
        }?;
        match bar {
            2 if !offset.is_multiple_of(4) || !matches!(length, 4 | 8) => {
                bad("doorbells are 4 or 8 aligned bytes")
            }
            2 if length == 8 && !offset.is_multiple_of(8) => {
                bad("doorbells are 4 or 8 aligned bytes")
            }
            5 if !offset.is_multiple_of(4) || length != 4 => {
                bad("registers are aligned words of 4 bytes")
            }
            _ => Ok(()),
        }
    }
}

impl Drop for VirtualCard {
    fn drop(&mut self) {
        self.device.stop_queues();
        self.device.trace.flush();
    }
}

fn config_error(e: crate::pci::BadAccess) -> LinkError {
    LinkError::OutOfRange {
        what: "configuration space is read and written in 1, 2 or 4 aligned bytes",
        offset: e.offset,
        length: e.size,
        size: crate::pci::CONFIG_SIZE.into(),
    }
}

impl Link for VirtualCard {
    fn describe(&self) -> String {
        "in process".into()
    }

    fn config_read(&self, offset: u32, size: u32) -> Result<u32, LinkError> {
        let device = &self.device;
        device.counters.config_accesses.count();
        let value = lock(&device.pci)
            .read(offset.into(), size.into())
            .map_err(config_error)?;
        let value = match device.is_gone() {
            true => u32::MAX >> (32 - 8 * size),
            false => value,
        };
        device
            .trace
            .line(format_args!("config {offset:#x} size {size} -> {value:#x}"));
        Ok(value)
    }

    fn config_write(&self, offset: u32, size: u32, value: u32) -> Result<(), LinkError> {
        let device = &self.device;
        device.counters.config_accesses.count();
        device
            .trace
            .line(format_args!("config {offset:#x} size {size} <- {value:#x}"));
        if !device.is_gone() {
            lock(&device.pci)
                .write(offset.into(), size.into(), value)
                .map_err(config_error)?;
            device.sync_pci();
        }
        Ok(())
    }

    fn map_bar(&self, bar: u32) -> Result<Bar, LinkError> {
        let refused = |message: &str| LinkError::Refused {
            operation: "MAP_BAR",
            message: message.into(),
        };
        if self.device.config.has(Fault::NoCard) {
            return Err(refused("no card is connected"));
        }
        if self.device.config.has(Fault::NotApproved) {
            return Err(refused(
                "driver not available: the driver extension is not approved",
            ));
        }
        let pci = lock(&self.device.pci);
        match pci.size(bar) {
            0 => Err(LinkError::Refused {
                operation: "MAP_BAR",
                message: format!("no BAR {bar}"),
            }),
            size => Ok(Bar {
                address: pci.address(bar),
                size,
            }),
        }
    }

    fn resize_bar(&self, bar: u32) -> Result<(), LinkError> {
        // As on a Mac: it succeeds and changes nothing.
        let _ = bar;
        Ok(())
    }

    fn reset(&self) -> Result<(), LinkError> {
        if !self.device.is_gone() {
            self.device.function_reset();
        }
        Ok(())
    }

    fn read(&self, bar: u32, offset: u64, data: &mut [u8]) -> Result<(), LinkError> {
        self.check(bar, offset, data.len() as u64)?;
        let device = &self.device;
        if !device.decodes_memory() {
            data.fill(0xff);
            return Ok(());
        }
        match bar {
            0 => {
                device.counters.aperture_bytes_read.add(data.len() as u64);
                nbio::read_vram(device, offset, data);
                device
                    .trace
                    .line(format_args!("vram {offset:#x} {} bytes read", data.len()));
            }
            2 => nbio::read_doorbell(data),
            _ => {
                device.counters.register_reads.count();
                let address = (offset / 4) as u32;
                let value = device.read_register(address);
                data.copy_from_slice(&value.to_le_bytes());
                if device.trace.is_on() {
                    let text = device.map.describe(address, value);
                    device.trace.line(format_args!("R {address:#x} {text}"));
                }
            }
        }
        Ok(())
    }

    fn write(&self, bar: u32, offset: u64, data: &[u8]) -> Result<(), LinkError> {
        self.check(bar, offset, data.len() as u64)?;
        let device = &self.device;
        if !device.decodes_memory() {
            return Ok(());
        }
        match (bar, data) {
            (0, _) => {
                device
                    .counters
                    .aperture_bytes_written
                    .add(data.len() as u64);
                if device.trace.is_on() {
                    let shown = &data[..data.len().min(16)];
                    device.trace.line(format_args!(
                        "vram {offset:#x} {} bytes <- {shown:02x?}",
                        data.len()
                    ));
                }
                nbio::write_vram(device, offset, data);
                Ok(())
            }
            (5, &[a, b, c, d]) => {
                device.counters.register_writes.count();
                let (address, value) = ((offset / 4) as u32, u32::from_le_bytes([a, b, c, d]));
                if device.trace.is_on() {
                    let text = device.map.describe(address, value);
                    device.trace.line(format_args!("W {address:#x} {text}"));
                }
                device.write_register(address, value);
                Ok(())
            }
            _ => {
                nbio::write_doorbell(device, offset, data);
                Ok(())
            }
        }
    }

    fn diagnosis(&self) -> Option<String> {
        let findings = self.device.report.findings();
        let shader = findings.into_iter().rfind(|f| f.block == "shader");
        shader.map(|finding| finding.what)
    }

    fn alloc_dma(&self, size: u64) -> Result<Arc<dyn DmaMemory>, LinkError> {
        let allocation = self.grant(size)?;
        Ok(Arc::new(Granted {
            device: self.device.clone(),
            allocation,
        }))
    }
}

/// DMA memory of a client in this process. Dropping it takes it from the card.
struct Granted {
    device: Arc<Device>,
    allocation: Arc<Allocation>,
}

impl Granted {
    fn part(&self, offset: u64, length: u64) -> Result<crate::memory::host::HostRange, LinkError> {
        self.allocation
            .range()
            .part(offset, length)
            .ok_or(LinkError::OutOfRange {
                what: "DMA memory",
                offset,
                length,
                size: self.allocation.size(),
            })
    }
}

impl DmaMemory for Granted {
    fn size(&self) -> u64 {
        self.allocation.size()
    }

    fn segments(&self) -> &[Segment] {
        self.allocation.segments()
    }

    fn mapping(&self) -> Option<*mut u8> {
        Some(self.allocation.range().pointer())
    }

    fn read(&self, offset: u64, data: &mut [u8]) -> Result<(), LinkError> {
        self.part(offset, data.len() as u64)?.read(data);
        Ok(())
    }

    fn write(&self, offset: u64, data: &[u8]) -> Result<(), LinkError> {
        self.part(offset, data.len() as u64)?.write(data);
        Ok(())
    }
}

impl Drop for Granted {
    fn drop(&mut self) {
        self.device.release(&self.allocation);
    }
}
