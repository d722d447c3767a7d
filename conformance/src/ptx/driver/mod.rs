//! A CUDA driver made of software: NVIDIA's functions over the interpreter.
//!
//! [`functions`] fills the table that the `cuda` card loads from libcuda, so that everything above
//! the table runs without a GPU: contexts are current by thread, work is asynchronous (one thread
//! for each context) and streams are ordered by their events alone (`schedule`), errors of kernels
//! are sticky, PTX that the interpreter does not know is refused with a log. Where a real driver
//! would crash or corrupt for a wrong call, this one answers an error: for memory that is used after
//! it was freed, for a source that is overwritten while its copy is pending (`staging`), for code
//! that is unloaded before it ran. Copies of host memory that is not page-locked, which NVIDIA's
//! driver makes the caller wait for, are refused. [`Gpu`] is one device; tests add theirs, count what
//! was asked of them, and break them.

mod calls;
mod schedule;
mod staging;
mod state;
mod work;

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};

use egpu_driver::cuda::functions::Status;
use egpu_driver::cuda::{CudaSource, Driver, Options, Unusable};

pub use calls::functions;

/// What a device is.
#[derive(Clone, Debug)]
pub struct Config {
    /// Compute capability, e.g. (8, 0).
    pub capability: (i32, i32),
    /// Bytes of memory.
    pub memory: u64,
    /// For approximations: 0 rounds the exact result.
    pub seed: u64,
    /// For the order of work in different streams: 0 is that of the calls, others are whatever
    /// streams and events allow.
    pub orders: u64,
    /// As `cuDriverGetVersion` counts; the driver has one for all devices, this is the newest PTX
    /// that the device's compiler takes (major, minor).
    pub ptx_version: (u32, u32),
    /// Whether there are memory pools.
    pub pools: bool,
}

impl Default for Config {
    fn default() -> Config {
        Config {
            capability: (8, 0),
            memory: 4 << 30,
            seed: 0,
            orders: 0,
            ptx_version: (8, 7),
            pools: true,
        }
    }
}

/// What was asked of a device.
#[derive(Debug, Default)]
pub struct Counts {
    /// Kernels that ran.
    pub launches: AtomicU64,
    /// Texts that were compiled.
    pub compilations: AtomicU64,
    /// Ranges of host memory that were registered.
    pub registrations: AtomicU64,
    /// Contexts that were made.
    pub contexts: AtomicU64,
    /// Bytes of memory in use.
    pub used: AtomicU64,
    /// Copies that began while a kernel that was launched before had not.
    pub overtakes: AtomicU64,
    /// Instructions, each counted once for a warp.
    pub instructions: AtomicU64,
}

/// A device.
#[derive(Debug)]
pub struct Gpu {
    /// What it is.
    pub config: Config,
    /// What was asked of it.
    pub counts: Counts,
    ordinal: i32,
    next_address: AtomicU64,
    failures: Mutex<Vec<(&'static str, Status)>>,
    calls: Mutex<BTreeMap<&'static str, u64>>,
    ignored: Mutex<Option<(&'static str, u64)>>,
}

/// First address: above everything of a process, so that the two are never taken for each other.
const FIRST_ADDRESS: u64 = 1 << 48;

/// Addresses between allocations that belong to none.
const GAP: u64 = 64 << 10;

impl Gpu {
    /// Adds a device to the machine.
    pub fn add(config: Config) -> Arc<Gpu> {
        state::add(|ordinal| Gpu {
            config,
            counts: Counts::default(),
            ordinal,
            next_address: AtomicU64::new(FIRST_ADDRESS),
            failures: Mutex::default(),
            calls: Mutex::default(),
            ignored: Mutex::default(),
        })
    }

    /// The device as a card that can be opened.
    pub fn source(&self, options: &Options) -> Result<CudaSource, Unusable> {
        let driver = Driver::new(functions())?;
        CudaSource::at(&driver, self.ordinal, options)
    }

    /// Its number among the driver's devices.
    pub fn ordinal(&self) -> i32 {
        self.ordinal
    }

    /// The next call of a function by a context of this device fails, before it does anything.
    pub fn fail(&self, function: &'static str, status: Status) {
        self.failures
            .lock()
            .unwrap_or_else(|p| p.into_inner())
            .push((function, status));
    }

    /// How often contexts of this device have called a function.
    pub fn calls(&self, function: &str) -> u64 {
        let list = self.calls.lock().unwrap_or_else(|p| p.into_inner());
        list.get(function).copied().unwrap_or_default()
    }

    /// One call of `cuStreamWaitEvent` or `cuEventRecord`, counted from 0 over the life of the
    /// device, answers success and does nothing: a program that needed it shall be seen to go wrong.
    pub fn ignore(&self, function: &'static str, number: u64) {
        *self.ignored.lock().unwrap_or_else(|p| p.into_inner()) = Some((function, number));
    }

    /// Whether that is the call under way.
    fn ignores(&self, function: &'static str) -> bool {
        let ignored = *self.ignored.lock().unwrap_or_else(|p| p.into_inner());
        ignored.is_some_and(|(name, number)| {
            name == function && self.calls(function).checked_sub(1) == Some(number)
        })
    }

    /// All contexts of this device answer an error from now on.
    pub fn break_down(&self, status: Status, why: &str) {
        state::break_contexts(self.ordinal, status, why);
    }

    /// Counts a call. The error that it shall answer, if it shall.
    fn call(&self, function: &'static str) -> Option<Status> {
        let mut calls = self.calls.lock().unwrap_or_else(|p| p.into_inner());
        *calls.entry(function).or_default() += 1;
        let mut list = self.failures.lock().unwrap_or_else(|p| p.into_inner());
        let at = list.iter().position(|(name, _)| *name == function)?;
        Some(list.remove(at).1)
    }

    /// Memory of its own, never given out before.
    fn take(&self, bytes: u64) -> Option<u64> {
        let used = self.counts.used.fetch_add(bytes, Ordering::Relaxed);
        if used.saturating_add(bytes) > self.config.memory {
            self.counts.used.fetch_sub(bytes, Ordering::Relaxed);
            return None;
        }
        let step = bytes.next_multiple_of(512) + GAP;
        Some(self.next_address.fetch_add(step, Ordering::Relaxed))
    }

    /// The newest `.target` that the device runs, as `sm_` counts.
    fn target(&self) -> u32 {
        let (major, minor) = self.config.capability;
        (major * 10 + minor) as u32
    }

    /// Bytes of workgroup memory that a kernel may ask for (CUDA programming guide, technical
    /// specifications).
    fn shared_optin(&self) -> u32 {
        1024 * match self.config.capability {
            (7, _) => 64,
            (8, 0 | 7) => 163,
            (9 | 10, _) => 227,
            _ => 99,
        }
    }
}
