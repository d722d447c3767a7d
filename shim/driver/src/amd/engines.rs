//! From a card whose hubs run to one that takes work: page tables, rings, both queues.

use std::sync::Arc;

use super::gmc::FrameBuffer;
use super::hardware::Hardware;
use super::memory::host::HostPart;
use super::memory::{MemoryManager, Vram};
use super::queue::ring::{Ring, Unit, POINTERS};
use super::timeline::Timeline;
use super::{boot, layout, queue, submit, timeline};
use crate::CardError;

/// Bytes of the compute ring.
const COMPUTE_RING: u64 = 4 << 20;
/// Bytes of the SDMA ring.
const SDMA_RING: u64 = 256 << 10;
/// Bytes of the end-of-pipe buffer, which a compute queue must have.
const EOP: u64 = 4 << 10;

/// What takes work, and the memory that it needs.
pub(super) struct Engines {
    pub memory: MemoryManager,
    /// Argument blocks.
    pub arguments: Vram,
    pub compute: Ring,
    pub sdma: Ring,
    pub timeline: Timeline,
    /// Where the queues store what proves that they work.
    proof: HostPart,
}

impl Engines {
    /// Attaches to a card that this driver left running and tries both queues; `None` if it was not,
    /// or does not work: then it must be booted.
    pub(super) fn attach(hw: &Arc<Hardware>) -> Result<Option<Engines>, CardError> {
        let Some(fb) = boot::attach(hw)? else {
            return Ok(None);
        };
        let tried = Engines::start(hw, fb).and_then(|mut engines| {
            queue::proof::prove(&mut engines.compute, &mut engines.sdma, &engines.proof)?;
            Ok(engines)
        });
        match tried {
            Ok(engines) => Ok(Some(engines)),
            Err(error @ CardError::Bringup { .. }) => {
                log::warn!("the card was left running but does not work ({error}); booting it");
                // Before their memory goes.
                let halted = queue::halt_sdma(hw).and_then(|()| queue::halt_compute(hw));
                if let Err(error) = halted {
                    log::debug!("its queues do not stop: {error}");
                }
                Ok(None)
            }
            Err(error) => Err(error),
        }
    }

    /// Builds page tables and both queues on a card that was attached to or booted.
    pub(super) fn start(hw: &Arc<Hardware>, fb: FrameBuffer) -> Result<Engines, CardError> {
        let mut memory = MemoryManager::new(hw.clone());
        memory.map_vram()?;
        let vram = |memory: &mut MemoryManager, size| {
            memory
                .allocate_vram(size)?
                .ok_or_else(|| CardError::Unavailable {
                    problem: format!("{} MiB of video memory are too few", hw.vram() >> 20),
                    advice: "a card with at least 256 MiB is needed".into(),
                })
        };
        let eop = vram(&mut memory, EOP)?;
        let arguments = vram(&mut memory, submit::ARGUMENT_BYTES)?;
        // One allocation: rings must be contiguous for cards that take them so.
        let block = memory.allocate_host(
            COMPUTE_RING + SDMA_RING + 2 * POINTERS + timeline::BYTES + queue::proof::BYTES,
            4096,
        )?;
        let mut at = 0;
        let mut part = |size| {
            let part = block.slice(at, size);
            at += size;
            part
        };
        let (compute_memory, sdma_memory) = (part(COMPUTE_RING), part(SDMA_RING));
        let compute = Ring::new(
            hw.clone(),
            compute_memory,
            part(POINTERS),
            layout::COMPUTE_DOORBELL,
            Unit::Dwords,
        );
        let sdma = Ring::new(
            hw.clone(),
            sdma_memory,
            part(POINTERS),
            layout::SDMA_DOORBELL,
            Unit::Bytes,
        );
        let timeline = Timeline::new(part(timeline::BYTES));
        queue::setup_compute(hw, fb, &compute, &eop)?;
        queue::setup_sdma(hw, &sdma)?;
        Ok(Engines {
            memory,
            arguments,
            compute,
            sdma,
            timeline,
            proof: part(queue::proof::BYTES),
        })
    }
}
