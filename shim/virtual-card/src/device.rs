//! The card's inside: all blocks, the register bus between them, and what they share.
//!
//! Registers are dispatched by address to the block that gives them behaviour; the rest is stored.
//! Client accesses arrive on the callers' threads; queues run on threads of their own and reach the
//! same blocks, so every block guards its own state and none calls out while it holds its lock.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, Weak};
use std::time::{Duration, Instant};

use amd_hw::die::Generation;
use amd_hw::discovery::{self, Discovery};
use amd_hw::registers::{Register, RegisterMap};
use amd_hw::{ih, DRIVER_SIGNATURE, RCC_CONFIG_MEMSIZE, TIMESTAMP_HZ};

use crate::config::{Config, ConfigError, Fault};
use crate::counters::Counters;
use crate::gmc::{self, Gmc, WaveMemory};
use crate::memory::host::HostRange;
use crate::memory::system::{Allocation, SystemMemory};
use crate::memory::vram::Vram;
use crate::nbio::{self, Nbio};
use crate::pci::{self, Pci};
use crate::registers::RegisterFile;
use crate::report::Report;
use crate::shader::{self, Access, CacheOps, HostSpan};
use crate::trace::Trace;
use crate::{cp, ih as ih_block, psp, rlc, sdma, smu};

/// A card.
pub(crate) struct Device {
    me: Weak<Device>,
    pub config: Config,
    pub map: RegisterMap,
    pub file: RegisterFile,
    pub counters: Counters,
    pub report: Report,
    pub trace: Arc<Trace>,
    pub pci: Mutex<Pci>,
    pub nbio: Nbio,
    pub vram: Vram,
    pub system: SystemMemory,
    pub gmc: Gmc,
    pub psp: Mutex<psp::Psp>,
    pub smu: Mutex<smu::Smu>,
    pub rlc: Mutex<rlc::Rlc>,
    pub ih: Mutex<()>,
    pub cp: cp::Cp,
    pub sdma: sdma::Sdma,
    pub engine: shader::Engine,
    /// In strict mode.
    pub l2: Option<shader::L2>,
    pub stats: Mutex<shader::Stats>,
    power_on: Instant,
    /// Changes of memory by the card itself, and doorbells: what a waiting queue looks at again for.
    events: Mutex<u64>,
    changed: Condvar,
    /// Faults that have not struck yet.
    pending_faults: Mutex<Vec<Fault>>,
    /// The card has left the bus.
    gone: AtomicBool,
    bus_master: AtomicBool,
    memory_decoded: AtomicBool,
    doorbells: AtomicU64,
}

pub(crate) fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(|e| e.into_inner())
}

impl Device {
    pub fn new(config: Config) -> Result<Arc<Device>, ConfigError> {
        config.check()?;
        let size = config.effective_vram();
        let vram = Vram::new(size, config.strict)
            .map_err(|source| ConfigError::Memory { size, source })?;
        let engine = shader::Engine::new(shader::Config {
            threads: config.threads,
            strict: config
                .strict
                .then_some(shader::Strict { seed: config.seed }),
            stats: config.stats,
            ..shader::Config::default()
        });
        let trace = Arc::new(Trace::default());
        let device = Arc::new_cyclic(|me| Device {
            me: me.clone(),
            map: RegisterMap::for_die(config.die),
            file: RegisterFile::default(),
            counters: Counters::default(),
            report: Report::new(trace.clone()),
            trace,
            pci: Mutex::new(Pci::new(config.die, config.bar0, !config.cold)),
            nbio: Nbio::default(),
            vram,
            system: SystemMemory::new(config.segments, config.effective_dma_limit(), config.seed),
            gmc: Gmc::default(),
            psp: Mutex::default(),
            smu: Mutex::default(),
            rlc: Mutex::default(),
            ih: Mutex::default(),
            cp: cp::Cp::default(),
            sdma: sdma::Sdma::default(),
            engine,
            l2: config.strict.then(shader::L2::default),
            stats: Mutex::default(),
            power_on: Instant::now(),
            events: Mutex::new(0),
            changed: Condvar::new(),
            pending_faults: Mutex::new(config.faults.clone()),
            gone: AtomicBool::new(config.has(Fault::NoCard)),
            bus_master: AtomicBool::new(false),
            memory_decoded: AtomicBool::new(false),
            doorbells: AtomicU64::new(0),
            config,
        });
        device.power_on();
        if !device.config.cold {
            device.warm();
        }
        Ok(device)
    }

    /// For threads of the card, which must not keep it alive.
    pub fn weak(&self) -> Weak<Device> {
        self.me.clone()
    }

    pub fn generation(&self) -> Generation {
        self.map.generation()
    }

    /// The 100 MHz counter.
    pub fn clock(&self) -> u64 {
        let elapsed = self.power_on.elapsed().as_nanos();
        // Never 0, which drivers take for a timestamp that was not written.
        1 + (elapsed / u128::from(1_000_000_000 / TIMESTAMP_HZ)) as u64
    }

    /// Puts every block into the state that power-on and mode 1 reset leave.
    fn power_on(&self) {
        self.file.reset();
        self.nbio.reset();
        self.gmc.drop_translations();
        self.engine.reset();
        if let Some(l2) = &self.l2 {
            l2.invalidate();
        }
        *lock(&self.psp) = psp::Psp::default();
        *lock(&self.smu) = smu::Smu::default();
        *lock(&self.rlc) = rlc::Rlc::default();
        self.cp.reset();
        self.file
            .store(RCC_CONFIG_MEMSIZE, (self.vram.size() >> 20) as u32);
        gmc::power_on(self);
        psp::power_on(self);
        sdma::power_on(self);
        let binary = Discovery::of_die(self.config.die).build();
        let at = self.vram.size() - discovery::OFFSET_FROM_END;
        if let Some(range) = self.vram.range(at, discovery::OFFSET_FROM_END) {
            range.fill([0; 4]);
            range.write(&binary);
        }
        self.sync_pci();
    }

    /// Puts every block into the state in which our driver leaves a card (issue: warm attach).
    fn warm(&self) {
        nbio::warm(self);
        gmc::warm(self);
        psp::warm(self);
        smu::warm(self);
        rlc::warm(self);
        cp::warm(self);
        sdma::warm(self);
        ih_block::warm(self);
        self.file.mark_all();
        self.set(Register::SCRATCH_REG7, DRIVER_SIGNATURE);
        self.set(Register::SCRATCH_REG6, 0);
        // The boot memory is as the driver left it: its tables empty, not poisoned.
        if let Some(range) = self.vram.range(0, 32 << 20).filter(|_| self.config.strict) {
            range.fill([0; 4]);
        }
    }

    /// Mode 1 reset: everything but the PCI function loses its state, and VRAM its contents.
    pub fn mode1_reset(&self) {
        self.trace.line(format_args!("mode 1 reset"));
        self.stop_queues();
        self.counters.resets.count();
        self.vram.lose();
        self.power_on();
    }

    /// Reset of the PCI function.
    pub fn function_reset(&self) {
        lock(&self.pci).reset();
        self.mode1_reset();
    }

    /// Stops all queues, whatever they do, and waits for their threads.
    pub fn stop_queues(&self) {
        self.cp.stop_all(self);
        self.sdma.stop_all(self);
    }

    // ---- PCI -------------------------------------------------------------------------------

    /// Takes over what COMMAND says; call it after writes to configuration space.
    pub fn sync_pci(&self) {
        let command = lock(&self.pci).command();
        self.bus_master
            .store(command & pci::COMMAND_MASTER != 0, Ordering::Release);
        self.memory_decoded
            .store(command & pci::COMMAND_MEMORY != 0, Ordering::Release);
    }

    /// Whether BAR accesses are answered.
    pub fn decodes_memory(&self) -> bool {
        self.memory_decoded.load(Ordering::Acquire) && !self.is_gone()
    }

    /// Whether the card has left the bus.
    pub fn is_gone(&self) -> bool {
        self.gone.load(Ordering::Acquire)
    }

    // ---- Faults ----------------------------------------------------------------------------

    /// Whether a fault strikes now: once, if the configuration has it.
    pub fn strikes(&self, fault: Fault) -> bool {
        let mut pending = lock(&self.pending_faults);
        let Some(at) = pending.iter().position(|f| *f == fault) else {
            return false;
        };
        pending.remove(at);
        drop(pending);
        self.trace.line(format_args!("injected fault: {fault}"));
        true
    }

    /// An access by the card to a bus address that nobody granted.
    pub fn dma_fault(&self, va: u64, access: Access) {
        self.counters.dma_faults.count();
        self.report.add(
            "dma",
            format!("{access:?} through virtual address {va:#x} reaches a bus address that was not granted"),
        );
    }

    // ---- Registers -------------------------------------------------------------------------

    /// The stored word of a register; 0 if this card has none.
    pub fn get(&self, register: Register) -> u32 {
        self.map
            .address(register)
            .map_or(0, |at| self.file.load(at))
    }

    /// Stores a register's word, without any of its behaviour.
    pub fn set(&self, register: Register, value: u32) {
        if let Some(at) = self.map.address(register) {
            self.file.store(at, value);
        }
    }

    /// A register read with its behaviour.
    pub fn read_register(&self, address: u32) -> u32 {
        nbio::read(self, address)
            .or_else(|| gmc::read(self, address))
            .or_else(|| rlc::read(self, address))
            .or_else(|| cp::read(self, address))
            .unwrap_or_else(|| self.file.load(address))
    }

    /// A register write with its behaviour.
    pub fn write_register(&self, address: u32, value: u32) {
        self.file.mark(address);
        let taken = nbio::write(self, address, value)
            || gmc::write(self, address, value)
            || psp::write(self, address, value)
            || smu::write(self, address, value)
            || rlc::write(self, address, value)
            || cp::write(self, address, value)
            || sdma::write(self, address, value)
            || ih_block::write(self, address, value);
        if !taken {
            self.file.store(address, value);
        }
    }

    /// Reports those of a block's registers that no driver has written since the reset, though their
    /// reset values cannot be relied on.
    pub fn require(&self, block: &'static str, registers: &[Register]) {
        for register in registers {
            let missing = |at| !self.file.is_written(at);
            if self.map.address(*register).is_some_and(missing) {
                let name = register.name(self.generation());
                self.report.add(block, format!("{name} was never written"));
            }
        }
    }

    // ---- Interrupts and events -------------------------------------------------------------

    /// Writes an interrupt entry, if a ring takes it.
    pub fn interrupt(&self, entry: ih::Entry) {
        ih_block::raise(
            self,
            ih::Entry {
                timestamp: self.clock(),
                ..entry
            },
        );
    }

    /// Tells waiting queues that memory or a doorbell changed.
    pub fn notify(&self) {
        *lock(&self.events) += 1;
        self.changed.notify_all();
    }

    /// Number of events so far: take it before looking at what is waited for.
    pub fn event(&self) -> u64 {
        *lock(&self.events)
    }

    /// Waits for an event after `seen`, or so long. Memory that the host writes makes no event, so
    /// whoever waits for memory must look again after a while.
    pub fn wait_event(&self, seen: u64, limit: Duration) {
        let events = lock(&self.events);
        if *events == seen {
            let _ = self.changed.wait_timeout(events, limit);
        }
    }

    /// A doorbell was rung.
    pub fn doorbell(&self, dword: u32, value: u64) {
        self.counters.doorbells.count();
        if self.doorbells.fetch_add(1, Ordering::AcqRel) == 0 && self.strikes(Fault::AllOnes) {
            self.gone.store(true, Ordering::Release);
            self.stop_queues();
            return;
        }
        self.trace
            .line(format_args!("doorbell {:#x} <- {value:#x}", dword * 4));
        if !(self.cp.ring(self, dword, value) || self.sdma.ring(self, dword, value)) {
            self.counters.lost_doorbells.count();
            self.report.add(
                "nbio",
                format!("doorbell {:#x} reaches no queue", dword * 4),
            );
        }
        self.notify();
    }

    /// How many doorbells were rung.
    pub fn doorbell_count(&self) -> u64 {
        self.doorbells.load(Ordering::Acquire)
    }

    // ---- Memory ----------------------------------------------------------------------------

    /// System memory from a bus address, if it was granted and the card may master the bus.
    pub fn system_range(&self, address: u64) -> Option<HostRange> {
        if !self.bus_master.load(Ordering::Acquire) {
            self.report
                .add("pci", "DMA with bus mastering off (COMMAND bit 2)");
            return None;
        }
        self.system.find(address)
    }

    /// Performs cache operations of a packet.
    pub fn cache_control(&self, ops: CacheOps) {
        if ops.contains(CacheOps::GL2_WB) {
            self.counters.l2_write_backs.count();
        }
        if ops.contains(CacheOps::GL2_INV) {
            self.counters.l2_invalidations.count();
        }
        let lost = self.engine.cache_control(ops, &WaveMemory(self));
        if lost != 0 {
            self.counters.l2_lines_lost.add(lost as u64);
            self.report.add(
                "l2",
                "invalidated with stores that were not written back: GL2_INV without GL2_WB loses them",
            );
        }
    }

    /// Takes host memory from the card: bus addresses first, then translations and lines of L2, then,
    /// when no queue can touch it, the memory.
    pub fn release(&self, allocation: &Arc<Allocation>) {
        self.system.release(allocation);
        self.gmc.drop_translations();
        if let Some(l2) = &self.l2 {
            l2.forget(span(allocation));
        }
    }

    /// Host memory was granted.
    pub fn granted(&self, allocation: &Allocation) {
        if let Some(l2) = &self.l2 {
            l2.admit(span(allocation));
        }
    }

    /// VRAM at a memory-controller address, for the processors that use no hub.
    pub fn mc_range(&self, address: u64, len: u64) -> Option<HostRange> {
        self.vram.range(address.checked_sub(gmc::FB_BASE)?, len)
    }
}

fn span(allocation: &Allocation) -> HostSpan {
    HostSpan {
        ptr: allocation.range().pointer(),
        len: allocation.size(),
        writable: true,
        uncached: false,
    }
}

impl Drop for Device {
    fn drop(&mut self) {
        self.trace.flush();
    }
}
