//! The engine: configuration, program cache and the entry point of a dispatch.

use std::sync::atomic::AtomicBool;

use bitflags::bitflags;

use super::{Dispatch, Memory, WaveError};

/// Strict mode: the stand-in for silicon that forgives nothing.
///
/// Results of loads land late and out of order, registers and LDS start undefined, caches stay
/// stale until invalidated, hazards are detected, approximate instructions err by up to their
/// documented bound, and waves run in shuffled order. Everything random comes from `seed`; a
/// strict run uses one thread and is deterministic.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Strict {
    /// Seed of all that is random.
    pub seed: u64,
}

/// Prints what one wave does: for people who debug a kernel.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Trace {
    /// Workgroup id.
    pub group: [u32; 3],
    /// Wave within the workgroup.
    pub wave: u32,
}

/// How an engine runs.
#[derive(Clone, Debug, Default)]
pub struct Config {
    /// Threads to use; `None` is one for each core. Strict mode uses one.
    pub threads: Option<usize>,
    /// Strict mode.
    pub strict: Option<Strict>,
    /// Instructions that one wave may issue before it is stopped; `None` is no limit.
    pub step_limit: Option<u64>,
    /// Count instructions by class.
    pub stats: bool,
    /// Print pc, instruction and changed registers of one wave on stderr.
    pub trace: Option<Trace>,
}

bitflags! {
    /// Cache operations of ACQUIRE_MEM, RELEASE_MEM and the SDMA's GCR packet.
    #[derive(Clone, Copy, Debug, PartialEq, Eq)]
    pub struct CacheOps: u32 {
        /// Invalidate the instruction caches (GLI).
        const GLI_INV = 1;
        /// Invalidate the scalar data caches (GLK).
        const GLK_INV = 1 << 1;
        /// Invalidate the vector L0 caches (GLV).
        const GLV_INV = 1 << 2;
        /// Invalidate GL1.
        const GL1_INV = 1 << 3;
        /// Invalidate L2.
        const GL2_INV = 1 << 4;
        /// Write dirty L2 lines back to memory.
        const GL2_WB = 1 << 5;
    }
}

/// What a dispatch did.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Stats {
    /// Workgroups run.
    pub groups: u64,
    /// Waves run.
    pub waves: u64,
}

/// Executes dispatches.
pub struct Engine {
    config: Config,
}

impl Engine {
    /// An engine with its threads.
    pub fn new(config: Config) -> Engine {
        Engine { config }
    }

    /// How it was configured.
    pub fn config(&self) -> &Config {
        &self.config
    }

    /// Runs all workgroups of `d` to their end.
    ///
    /// Blocks the caller. `kill` is looked at often enough that any program ends within
    /// milliseconds of its being raised.
    pub fn run(
        &self,
        d: &Dispatch,
        mem: &dyn Memory,
        kill: &AtomicBool,
    ) -> Result<Stats, WaveError> {
        let _ = (mem, kill);
        Err(WaveError::BadDispatch(format!(
            "{} programs cannot be decoded",
            d.arch.name()
        )))
    }

    /// Performs cache operations that the command processor was asked for. In fast mode there are
    /// no caches and nothing happens.
    pub fn cache_control(&self, ops: CacheOps, mem: &dyn Memory) {
        let _ = (ops, mem);
    }
}
