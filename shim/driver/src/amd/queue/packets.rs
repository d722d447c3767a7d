//! Packets as this driver forms them: limits, cache policies, and what both queues use again and
//! again. No state and no hardware.

use amd_hw::pm4::{
    event, CacheControl, DmaSource, Function, Packet, ReleaseData, WaitTarget, SH_REG_BASE,
};
use amd_hw::registers::{Register, RegisterMap};
use amd_hw::sdma;

/// Bytes that one DMA_DATA moves: below its 26-bit limit, a multiple of a page.
pub(super) const CP_DMA_MAX: u64 = 0x3ff_f000;
/// Dwords of data in one WRITE_DATA: below the 14-bit packet length.
pub(super) const WRITE_MAX: usize = 0x3000;
/// DMA_DATA's destination select "memory through L2", where [`Packet::DmaData`] keeps it.
const DMA_TO_L2: u64 = 3 << 20;
/// Clocks between polls of WAIT_REG_MEM and POLL_REGMEM.
const POLL_INTERVAL: u32 = 4;
/// Event index of CS_PARTIAL_FLUSH and of end-of-pipe events.
pub(super) const INDEX_PARTIAL_FLUSH: u8 = 4;
const INDEX_END_OF_PIPE: u8 = 5;
/// The whole address range, for ACQUIRE_MEM.
const EVERYTHING: u64 = u64::MAX;

/// Caches that a barrier between dispatches must invalidate.
pub(super) const STALE_CACHES: CacheControl = CacheControl {
    gli_inv: false,
    glm_wb: true,
    glm_inv: true,
    glk_wb: true,
    glk_inv: true,
    glv_inv: true,
    gl1_inv: true,
    gl2_inv: false,
    gl2_wb: false,
    seq: 0,
};

/// What a signal writes back, so that SDMA and the host see it.
const WRITE_BACK: CacheControl = CacheControl {
    gli_inv: false,
    glm_wb: true,
    glm_inv: false,
    glk_wb: false,
    glk_inv: false,
    glv_inv: false,
    gl1_inv: false,
    gl2_inv: false,
    gl2_wb: true,
    seq: 1,
};

/// Offsets of registers for SET_SH_REG.
#[derive(Clone, Copy, Debug)]
pub(crate) struct ShRegisters {
    pub(super) start_x: u32,
    pub(super) num_thread_x: u32,
    pub(super) pipelinestat: u32,
    pub(super) perfcount: u32,
    pub(super) pgm_lo: u32,
    pub(super) scratch_base: u32,
    pub(super) rsrc1: u32,
    pub(super) resource_limits: u32,
    pub(super) tmpring_size: u32,
    pub(super) restart_x: u32,
    pub(super) rsrc3: u32,
    pub(super) user_data: u32,
}

impl ShRegisters {
    /// From a card's map; `None` if a register is missing or out of the packet's reach.
    pub(crate) fn new(map: &RegisterMap) -> Option<ShRegisters> {
        let at = |register| map.address(register)?.checked_sub(SH_REG_BASE);
        Some(ShRegisters {
            start_x: at(Register::COMPUTE_START_X)?,
            num_thread_x: at(Register::COMPUTE_NUM_THREAD_X)?,
            pipelinestat: at(Register::COMPUTE_PIPELINESTAT_ENABLE)?,
            perfcount: at(Register::COMPUTE_PERFCOUNT_ENABLE)?,
            pgm_lo: at(Register::COMPUTE_PGM_LO)?,
            scratch_base: at(Register::COMPUTE_DISPATCH_SCRATCH_BASE_LO)?,
            rsrc1: at(Register::COMPUTE_PGM_RSRC1)?,
            resource_limits: at(Register::COMPUTE_RESOURCE_LIMITS)?,
            tmpring_size: at(Register::COMPUTE_TMPRING_SIZE)?,
            restart_x: at(Register::COMPUTE_RESTART_X)?,
            rsrc3: at(Register::COMPUTE_PGM_RSRC3)?,
            user_data: at(Register::COMPUTE_USER_DATA_0)?,
        })
    }
}

/// Stores a number once everything before it on the compute queue is done, and seen.
pub(super) fn signal_packet(address: u64, value: u32) -> Packet<'static> {
    Packet::ReleaseMem {
        event: event::CACHE_FLUSH_AND_INV_TS,
        index: INDEX_END_OF_PIPE,
        caches: WRITE_BACK,
        data: ReleaseData::U32(value),
        address,
        interrupt: 0,
        other: [0; 3],
    }
}

/// Calls with offset and size of each piece.
pub(super) fn for_pieces(size: u64, max: u64, mut piece: impl FnMut(u64, u64)) {
    let mut done = 0;
    while done < size {
        let bytes = (size - done).min(max);
        piece(done, bytes);
        done += bytes;
    }
}

pub(super) fn dma_packets(
    out: &mut Vec<u32>,
    size: u64,
    destination: u64,
    source: impl Fn(u64) -> DmaSource,
) {
    for_pieces(size, CP_DMA_MAX, |done, bytes| {
        Packet::DmaData {
            source: source(done),
            destination: destination + done,
            bytes: bytes as u32,
            // Later packets wait for it: nothing else would.
            sync: true,
            flags: DMA_TO_L2,
        }
        .emit(out);
    });
}

pub(super) fn acquire_packet(out: &mut Vec<u32>, caches: CacheControl) {
    Packet::AcquireMem {
        base: 0,
        size: EVERYTHING,
        caches,
        interval: 0,
        other: 0,
    }
    .emit(out);
}

pub(super) fn wait_packet(out: &mut Vec<u32>, address: u64, value: u64) {
    Packet::WaitRegMem {
        target: WaitTarget::Memory(address),
        function: Function::GreaterEqual,
        reference: value as u32,
        mask: u32::MAX,
        interval: POLL_INTERVAL,
    }
    .emit(out);
}

pub(super) fn fence_packet(out: &mut Vec<u32>, address: u64, value: u64) {
    sdma::Packet::Fence {
        address,
        data: value as u32,
        mtype: 3,
    }
    .emit(out);
}

pub(super) fn poll_packet(out: &mut Vec<u32>, address: u64, value: u64) {
    sdma::Packet::PollRegMem {
        target: sdma::PollTarget::Memory(address),
        function: Function::GreaterEqual,
        reference: value as u32,
        mask: u32::MAX,
        interval: POLL_INTERVAL as u16,
        retries: 0xfff,
    }
    .emit(out);
}
