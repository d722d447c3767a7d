//! What a driver must have done to a hub before it flushes translations through it.
//!
//! Linux' gfxhub and mmhub code and the recorded boots write all of this on every boot. Whatever the
//! hub would do without, a flush is the first moment at which a driver counts on it.

use std::sync::atomic::Ordering;

use amd_hw::registers::{fields, Register};

use super::{context, registers, Hub, FB_BASE};
use crate::device::Device;

/// Registers without which a hub translates or faults by whatever they held, and pairs that are
/// checked below.
struct Setup {
    required: &'static [Register],
    agp: [Register; 2],
    identity_low: [Register; 2],
    identity_high: [Register; 2],
    l2_cntl: Register,
}

const GC: Setup = Setup {
    required: &[
        Register::GCMC_VM_AGP_BASE,
        Register::GCMC_VM_SYSTEM_APERTURE_DEFAULT_ADDR_LSB,
        Register::GCMC_VM_SYSTEM_APERTURE_DEFAULT_ADDR_MSB,
        Register::GCVM_L2_PROTECTION_FAULT_DEFAULT_ADDR_LO32,
        Register::GCVM_L2_PROTECTION_FAULT_DEFAULT_ADDR_HI32,
        Register::GCVM_L2_CNTL2,
        Register::GCVM_CONTEXT0_PAGE_TABLE_BASE_ADDR_LO32,
        Register::GCVM_CONTEXT0_PAGE_TABLE_BASE_ADDR_HI32,
        Register::GCVM_CONTEXT0_PAGE_TABLE_START_ADDR_LO32,
        Register::GCVM_CONTEXT0_PAGE_TABLE_START_ADDR_HI32,
        Register::GCVM_CONTEXT0_PAGE_TABLE_END_ADDR_LO32,
        Register::GCVM_CONTEXT0_PAGE_TABLE_END_ADDR_HI32,
        Register::GCVM_L2_CONTEXT_IDENTITY_PHYSICAL_OFFSET_LO32,
        Register::GCVM_L2_CONTEXT_IDENTITY_PHYSICAL_OFFSET_HI32,
        Register::GCVM_L2_CONTEXT1_IDENTITY_APERTURE_LOW_ADDR_LO32,
        Register::GCVM_L2_CONTEXT1_IDENTITY_APERTURE_LOW_ADDR_HI32,
        Register::GCVM_L2_CONTEXT1_IDENTITY_APERTURE_HIGH_ADDR_LO32,
        Register::GCVM_L2_CONTEXT1_IDENTITY_APERTURE_HIGH_ADDR_HI32,
        Register::GCMC_VM_AGP_BOT,
        Register::GCMC_VM_AGP_TOP,
    ],
    agp: [Register::GCMC_VM_AGP_BOT, Register::GCMC_VM_AGP_TOP],
    identity_low: [
        Register::GCVM_L2_CONTEXT1_IDENTITY_APERTURE_LOW_ADDR_LO32,
        Register::GCVM_L2_CONTEXT1_IDENTITY_APERTURE_LOW_ADDR_HI32,
    ],
    identity_high: [
        Register::GCVM_L2_CONTEXT1_IDENTITY_APERTURE_HIGH_ADDR_LO32,
        Register::GCVM_L2_CONTEXT1_IDENTITY_APERTURE_HIGH_ADDR_HI32,
    ],
    l2_cntl: Register::GCVM_L2_CNTL,
};

const MM: Setup = Setup {
    required: &[
        Register::MMMC_VM_AGP_BASE,
        Register::MMMC_VM_SYSTEM_APERTURE_DEFAULT_ADDR_LSB,
        Register::MMMC_VM_SYSTEM_APERTURE_DEFAULT_ADDR_MSB,
        Register::MMVM_L2_PROTECTION_FAULT_DEFAULT_ADDR_LO32,
        Register::MMVM_L2_PROTECTION_FAULT_DEFAULT_ADDR_HI32,
        Register::MMVM_L2_CNTL2,
        Register::MMVM_CONTEXT0_PAGE_TABLE_BASE_ADDR_LO32,
        Register::MMVM_CONTEXT0_PAGE_TABLE_BASE_ADDR_HI32,
        Register::MMVM_CONTEXT0_PAGE_TABLE_START_ADDR_LO32,
        Register::MMVM_CONTEXT0_PAGE_TABLE_START_ADDR_HI32,
        Register::MMVM_CONTEXT0_PAGE_TABLE_END_ADDR_LO32,
        Register::MMVM_CONTEXT0_PAGE_TABLE_END_ADDR_HI32,
        Register::MMVM_L2_CONTEXT_IDENTITY_PHYSICAL_OFFSET_LO32,
        Register::MMVM_L2_CONTEXT_IDENTITY_PHYSICAL_OFFSET_HI32,
        Register::MMVM_L2_CONTEXT1_IDENTITY_APERTURE_LOW_ADDR_LO32,
        Register::MMVM_L2_CONTEXT1_IDENTITY_APERTURE_LOW_ADDR_HI32,
        Register::MMVM_L2_CONTEXT1_IDENTITY_APERTURE_HIGH_ADDR_LO32,
        Register::MMVM_L2_CONTEXT1_IDENTITY_APERTURE_HIGH_ADDR_HI32,
        Register::MMMC_VM_AGP_BOT,
        Register::MMMC_VM_AGP_TOP,
    ],
    agp: [Register::MMMC_VM_AGP_BOT, Register::MMMC_VM_AGP_TOP],
    identity_low: [
        Register::MMVM_L2_CONTEXT1_IDENTITY_APERTURE_LOW_ADDR_LO32,
        Register::MMVM_L2_CONTEXT1_IDENTITY_APERTURE_LOW_ADDR_HI32,
    ],
    identity_high: [
        Register::MMVM_L2_CONTEXT1_IDENTITY_APERTURE_HIGH_ADDR_LO32,
        Register::MMVM_L2_CONTEXT1_IDENTITY_APERTURE_HIGH_ADDR_HI32,
    ],
    l2_cntl: Register::MMVM_L2_CNTL,
};

fn setup(hub: Hub) -> &'static Setup {
    match hub {
        Hub::Gc => &GC,
        Hub::Mm => &MM,
    }
}

/// What the checks want to see on a card that our driver has left.
pub(super) fn warm(device: &Device) {
    use fields::gcvm_l2_cntl::ENABLE_L2_CACHE;
    for setup in [&GC, &MM] {
        device.set(setup.agp[0], 0xff_ffff);
        device.set(setup.agp[1], 0);
        device.set(setup.identity_low[0], u32::MAX);
        device.set(setup.identity_low[1], 0xf);
        device.set(
            setup.l2_cntl,
            ENABLE_L2_CACHE.set(device.generation(), 0, 1),
        );
    }
}

fn pair(device: &Device, [low, high]: [Register; 2]) -> u64 {
    u64::from(device.get(low)) | u64::from(device.get(high)) << 32
}

/// Whether an engine's range holds the whole context: what lies outside is not invalidated.
pub(super) fn covers(device: &Device, hub: Hub, engine: u32) -> bool {
    let Some(first) = device.map.address(registers(hub).ranges) else {
        return true;
    };
    let at = first + 2 * engine;
    let range = u64::from(device.file.load(at)) | u64::from(device.file.load(at + 1)) << 32;
    let whole = range >= context(device, hub).end >> 12;
    if !whole {
        device.report.add(
            "gmc",
            format!("{hub:?} invalidation engine {engine} covers pages up to {range:#x} only (ADDR_RANGE)"),
        );
    }
    whole
}

/// A driver flushes translations through a hub's engine.
pub(super) fn flush(device: &Device, hub: Hub, engine: u32) {
    use fields::gcmc_vm_mx_l1_tlb_cntl as l1;
    let (generation, r, setup) = (device.generation(), registers(hub), setup(hub));
    let complain = |what: &str| device.report.add("gmc", format!("{hub:?} hub: {what}"));
    device.require("gmc", setup.required);
    let tlb = device.get(r.l1_tlb_cntl);
    if l1::ENABLE_L1_TLB.get(generation, tlb) == 0
        || l1::SYSTEM_ACCESS_MODE.get(generation, tlb) != 3
        || l1::ENABLE_ADVANCED_DRIVER_MODEL.get(generation, tlb) == 0
    {
        complain("MX_L1_TLB_CNTL does not turn the L1 TLB, the advanced driver model and system access mode 3 on");
    }
    if device.get(setup.agp[0]) <= device.get(setup.agp[1]) {
        complain("the AGP aperture is open (BOT is not above TOP)");
    }
    let (low, high) = (device.get(r.aperture_low), device.get(r.aperture_high));
    if u64::from(low) << 18 != FB_BASE || high <= low {
        complain("the system aperture is not that of VRAM");
    }
    if pair(device, setup.identity_low) <= pair(device, setup.identity_high) {
        complain("the identity aperture of context 1 is open");
    }
    if fields::gcvm_l2_cntl::ENABLE_L2_CACHE.get(generation, device.get(setup.l2_cntl)) == 0 {
        complain("the L2 TLB is off (L2_CNTL.enable_l2_cache)");
    }
    let context = context(device, hub);
    if !context.enabled || context.start >= context.end {
        complain("flushed while context 0 is off or empty");
    }
    if hub == Hub::Mm {
        // The semaphore of an engine that nobody holds may be taken by the card's own firmware.
        let last = device.map.address(r.sem).unwrap_or(0);
        if device.file.load(last + engine + 1 - super::ENGINES) & 1 == 0 {
            complain("flushed without holding the engine's semaphore");
        }
        device.gmc.private_stale.store(true, Ordering::Release);
    }
}
