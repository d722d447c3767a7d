//! What a context's thread does: work of its streams, in the order in which it was planned.
//!
//! The thread owns the device's memory as far as it is the context's: allocating and freeing are
//! work too, so that memory lives exactly as long as stream order says.

use std::sync::atomic::Ordering;
use std::sync::mpsc::Receiver;
use std::sync::{Arc, PoisonError};

use egpu_driver::cuda::functions::value::status;
use egpu_driver::cuda::functions::Status;

use super::schedule::Mark;
use super::staging::{Held, Written};
use super::state::{registered, Health};
use super::Gpu;
use crate::ptx::{Entry, Fault, FaultKind, Launch, Memory, Regions};

/// Something to do.
pub(super) enum Work {
    Allocate {
        address: u64,
        bytes: u64,
    },
    Free {
        address: u64,
    },
    Copy(Copy),
    Fill {
        to: u64,
        value: u32,
        count: u64,
    },
    Launch {
        entry: Arc<Entry>,
        grid: [u32; 3],
        parameters: Vec<u8>,
        dynamic_shared: u32,
    },
    Event(Arc<Mark>),
}

/// A copy.
pub(super) struct Copy {
    pub to: u64,
    pub from: u64,
    pub bytes: u64,
    /// What its source held, where that is watched.
    pub held: Option<Held>,
}

impl Copy {
    /// Cuts the copy off somewhere; the rest, if it has more than a word.
    pub(super) fn split(&mut self, random: u64) -> Option<Copy> {
        let words = self.bytes / 4;
        if words < 2 {
            return None;
        }
        let kept = 4 * (1 + random % (words - 1));
        let rest = Copy {
            to: self.to + kept,
            from: self.from + kept,
            bytes: self.bytes - kept,
            held: self.held.clone(),
        };
        self.bytes = kept;
        Some(rest)
    }
}

/// Memory of the context, and host memory that is registered.
struct Reach {
    device: Regions,
    written: Written,
    /// The work that runs.
    now: u64,
}

/// Allocations up to so many bytes begin with a pattern; larger ones with zeros that cost nothing.
const PATTERNED: u64 = 16 << 20;
const PATTERN: u8 = 0xcd;

/// Bytes moved at once.
const CHUNK: u64 = 1 << 20;

/// Runs an action on registered host memory, which stays registered meanwhile.
pub(super) fn on_host(address: u64, bytes: usize, action: impl FnOnce(*mut u8)) -> bool {
    let list = registered().read().unwrap_or_else(PoisonError::into_inner);
    let Ok(at) = usize::try_from(address) else {
        return false;
    };
    let Some((start, (size, _))) = list.range(..=at).next_back() else {
        return false;
    };
    let offset = at - start;
    if offset.checked_add(bytes).is_none_or(|end| end > *size) {
        return false;
    }
    action(std::ptr::with_exposed_provenance_mut::<u8>(at));
    true
}

impl Memory for Reach {
    fn load(&mut self, address: u64, bytes: &mut [u8]) -> bool {
        self.device.load(address, bytes)
            || on_host(address, bytes.len(), |from| {
                // SAFETY: the range is registered by its owner, who keeps it until it is no longer,
                // and orders its own accesses by the driver's rules.
                unsafe { std::ptr::copy_nonoverlapping(from, bytes.as_mut_ptr(), bytes.len()) }
            })
    }

    fn store(&mut self, address: u64, bytes: &[u8]) -> bool {
        if self.device.store(address, bytes) {
            return true;
        }
        self.written.add(address, bytes.len(), self.now);
        on_host(address, bytes.len(), |to| {
            // SAFETY: as in `load`.
            unsafe { std::ptr::copy_nonoverlapping(bytes.as_ptr(), to, bytes.len()) }
        })
    }

    fn near(&self, address: u64) -> String {
        self.device.near(address)
    }
}

/// The thread's whole life.
pub(super) fn work(gpu: &Gpu, health: &Health, receiver: &Receiver<Work>) {
    let mut memory = Reach {
        device: Regions::default(),
        written: Written::default(),
        now: 0,
    };
    while let Ok(work) = receiver.recv() {
        if health.cancelled.load(Ordering::Acquire) {
            return;
        }
        memory.now += 1;
        health.begun.store(memory.now, Ordering::Release);
        // After an error nothing runs any more, and no event is reached.
        if health.status.load(Ordering::Acquire) != 0 {
            continue;
        }
        if let Err((status, why)) = one(gpu, health, &mut memory, work) {
            health.spoil(status, &why);
        }
    }
}

fn one(gpu: &Gpu, health: &Health, memory: &mut Reach, work: Work) -> Result<(), (Status, String)> {
    let outside = |what: &str, address: u64, memory: &Reach| {
        let near = memory.near(address);
        let why = format!("{what} at {address:#x} is out of bounds: {near}");
        Err((status::ILLEGAL_ADDRESS, why))
    };
    match work {
        Work::Allocate { address, bytes } => {
            let pattern = if bytes <= PATTERNED { PATTERN } else { 0 };
            memory.device.insert(address, vec![pattern; bytes as usize]);
        }
        Work::Free { address } => {
            memory.device.remove(address);
        }
        Work::Copy(Copy {
            to,
            from,
            bytes,
            held,
        }) => {
            let changed = held.and_then(|held| held.changed(from..from + bytes, &memory.written));
            if let Some(address) = changed {
                let why = format!(
                    "host memory at {address:#x} was written while a copy of it was pending"
                );
                return Err((status::LAUNCH_FAILED, why));
            }
            let mut buffer = vec![0; bytes.min(CHUNK) as usize];
            let mut done = 0;
            while done < bytes {
                let part = &mut buffer[..(bytes - done).min(CHUNK) as usize];
                if !memory.load(from + done, part) {
                    return outside("the source of a copy", from + done, memory);
                }
                if !memory.store(to + done, part) {
                    return outside("the destination of a copy", to + done, memory);
                }
                done += part.len() as u64;
            }
        }
        Work::Fill { to, value, count } => {
            let mut done = 0;
            let buffer = value.to_le_bytes().repeat((CHUNK / 4) as usize);
            while done < count * 4 {
                let part = (count * 4 - done).min(CHUNK);
                if !memory.store(to + done, &buffer[..part as usize]) {
                    return outside("the destination of a fill", to + done, memory);
                }
                done += part;
            }
        }
        Work::Launch {
            entry,
            grid,
            parameters,
            dynamic_shared,
        } => {
            gpu.counts.launches.fetch_add(1, Ordering::Relaxed);
            let launch = Launch {
                parameters: &parameters,
                dynamic_shared,
                seed: gpu.config.seed,
                cancelled: Some(&health.cancelled),
                ..Launch::new(grid)
            };
            let stats = entry
                .launch(memory, &launch)
                .map_err(|fault| (code(&fault), format!("{}: {fault}", entry.name)))?;
            gpu.counts
                .instructions
                .fetch_add(stats.instructions, Ordering::Relaxed);
        }
        Work::Event(mark) => mark.reach(),
    }
    Ok(())
}

/// The driver's code for a fault.
fn code(fault: &Fault) -> Status {
    match fault.kind {
        FaultKind::OutOfBounds { .. } => status::ILLEGAL_ADDRESS,
        FaultKind::Misaligned { .. } => status::MISALIGNED_ADDRESS,
        FaultKind::Uninitialised(_)
        | FaultKind::Deadlock { .. }
        | FaultKind::Undefined(_)
        | FaultKind::Trap
        | FaultKind::Cancelled
        | FaultKind::Launch(_) => status::LAUNCH_FAILED,
    }
}
