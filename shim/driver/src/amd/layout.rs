//! Where things are: physical VRAM and the card's address space.
//!
//! The first 32 MiB of VRAM are the same on every boot, because a warm attach relies on what the
//! boot before left there (security processor, interrupt rings). A change here needs another
//! [`amd_hw::DRIVER_SIGNATURE`], so that a card with the old map boots cold.

use super::memory::tables::LARGE_PAGE;

/// Root page directory.
pub(crate) const ROOT_TABLE: u64 = 0;
/// Page that out-of-aperture accesses of the memory controller reach.
pub(crate) const SCRATCH_PAGE: u64 = 0x1000;
/// Page that faulting accesses reach.
pub(crate) const FAULT_PAGE: u64 = 0x2000;
/// Interrupt ring 0 and its size.
pub(crate) const IH_RING: u64 = 0x3000;
/// Bytes of an interrupt ring.
pub(crate) const IH_RING_BYTES: u64 = 256 << 10;
/// Where interrupt ring 0 reports its write pointer.
pub(crate) const IH_WPTR: u64 = 0x4_3000;
/// Interrupt ring 1.
pub(crate) const IH_RING1: u64 = 0x4_4000;
/// Command buffer of the security processor.
pub(crate) const PSP_COMMAND: u64 = 0x8_5000;
/// Fence of the security processor.
pub(crate) const PSP_FENCE: u64 = 0x8_6000;
/// Ring of the security processor.
pub(crate) const PSP_RING: u64 = 0x8_7000;
/// Bytes of the security processor's ring.
pub(crate) const PSP_RING_BYTES: u64 = 0x1_0000;
/// Table that the SMU fills.
pub(crate) const SMU_TABLE: u64 = 0x9_7000;
/// Descriptor of the compute queue.
pub(crate) const MQD: u64 = 0x9_b000;
/// Firmware on its way to the security processor; its boot loader takes addresses in MiB.
pub(crate) const PSP_MESSAGE: u64 = 0x10_0000;
/// Bytes of that buffer.
pub(crate) const PSP_MESSAGE_BYTES: u64 = 0x10_0000;
/// Trusted memory region, where the driver provides it (gfx11).
pub(crate) const TMR: u64 = 0x20_0000;
/// Room for the trusted memory region.
pub(crate) const TMR_MAX: u64 = 0x130_0000;
/// End of the fixed part.
pub(crate) const BOOT_END: u64 = 32 << 20;
/// Kept free at the end of VRAM: discovery binary, security processor.
pub(crate) const RESERVED_TOP: u64 = 64 << 20;

/// Start of the card's address space (VMID 0, both hubs).
pub(crate) const VA_BASE: u64 = 0x2000_0000_0000;
/// Last address of it: what 48 bits from the base would be, cut to user space.
pub(crate) const VA_END: u64 = 0x7fff_ffff_ffff;
/// VRAM is mapped linearly from the base on; everything else from here.
pub(crate) const VA_DYNAMIC: u64 = VA_BASE + (1 << 40);
/// Size of the part for everything else.
pub(crate) const VA_DYNAMIC_SIZE: u64 = 1 << 43;

/// Doorbell of the compute queue, counted in dwords of BAR 2.
pub(crate) const COMPUTE_DOORBELL: u32 = 6;
/// Doorbell of the SDMA queue, counted in dwords of BAR 2.
pub(crate) const SDMA_DOORBELL: u32 = 0x200;

/// Pool of page tables: it lies low, where a BAR of 256 MiB reaches it. All of VRAM in 4 KiB pages
/// would take a 512th of it; host memory's tables come on top.
pub(crate) fn table_pool(vram: u64) -> std::ops::Range<u64> {
    let bytes = (vram / 512).next_multiple_of(1 << 20) + (4 << 20);
    // A card with little memory still keeps most of it.
    BOOT_END..BOOT_END + bytes.min(vram / 16).max(1 << 20)
}

/// VRAM that is allocated from: programs' and the driver's own.
pub(crate) fn heap(vram: u64) -> std::ops::Range<u64> {
    let start = table_pool(vram).end.next_multiple_of(LARGE_PAGE);
    let end = vram.saturating_sub(RESERVED_TOP) / LARGE_PAGE * LARGE_PAGE;
    start..end.max(start)
}

/// Bytes of it that are not promised to one allocation: queues and arguments, which the driver takes
/// when it opens a card, and what a program needs besides its data (kernels, a page of zeros).
pub(crate) const DRIVERS_OWN: u64 = 2 * LARGE_PAGE;
