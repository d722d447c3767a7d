//! The memory controller: two hubs that translate addresses, each with a TLB.
//!
//! The GC hub serves command processor, waves and SDMA; the MM hub serves the rest (here: interrupt
//! rings). Both walk the tables that their CONTEXT0 registers name. An address inside the system
//! aperture is a memory-controller address and is not translated: VRAM lies there from FB_BASE. The
//! first failed translation is kept in the hub's fault status until the driver clears it, and is
//! reported to the interrupt ring.

mod review;
mod tlb;
mod walk;

use std::sync::atomic::{AtomicBool, Ordering};

use amd_hw::ih;
use amd_hw::pte::Mtype;
use amd_hw::registers::fields;
use amd_hw::registers::Register;

use crate::device::Device;
use crate::memory::host::HostRange;
use crate::shader::{Access, FaultKind, HostSpan, Memory, MemoryFault, L2};
use tlb::{Entry, Tlb};
use walk::{Context, Tables};

/// Memory-controller address of the first byte of VRAM, as on cards of these generations.
pub const FB_BASE: u64 = 0x80_0000_0000;

/// Invalidation engines of a hub.
const ENGINES: u32 = 18;

/// Which hub.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(missing_docs)]
pub enum Hub {
    Gc,
    Mm,
}

/// Who asked for a translation: the client id of the fault status.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(missing_docs)]
pub enum Client {
    Shader,
    Cp,
    Sdma,
    Ih,
}

impl Client {
    /// Number in the fault status (Linux' `gfxhub_client_ids`: TCP 8, CPC 4, SDMA0 5).
    fn id(self) -> u32 {
        match self {
            Client::Shader => 8,
            Client::Cp => 4,
            Client::Sdma => 5,
            Client::Ih => 0,
        }
    }
}

/// The registers of one hub; the other has the same under another prefix.
struct Registers {
    context_cntl: Register,
    base: [Register; 2],
    start: [Register; 2],
    end: [Register; 2],
    aperture_low: Register,
    aperture_high: Register,
    l1_tlb_cntl: Register,
    fault_cntl: Register,
    fault_status: Register,
    fault_address: [Register; 2],
    sem: Register,
    req: Register,
    ack: Register,
    ranges: Register,
    fb_base: Register,
    fb_top: Register,
}

const GC: Registers = Registers {
    context_cntl: Register::GCVM_CONTEXT0_CNTL,
    base: [
        Register::GCVM_CONTEXT0_PAGE_TABLE_BASE_ADDR_LO32,
        Register::GCVM_CONTEXT0_PAGE_TABLE_BASE_ADDR_HI32,
    ],
    start: [
        Register::GCVM_CONTEXT0_PAGE_TABLE_START_ADDR_LO32,
        Register::GCVM_CONTEXT0_PAGE_TABLE_START_ADDR_HI32,
    ],
    end: [
        Register::GCVM_CONTEXT0_PAGE_TABLE_END_ADDR_LO32,
        Register::GCVM_CONTEXT0_PAGE_TABLE_END_ADDR_HI32,
    ],
    aperture_low: Register::GCMC_VM_SYSTEM_APERTURE_LOW_ADDR,
    aperture_high: Register::GCMC_VM_SYSTEM_APERTURE_HIGH_ADDR,
    l1_tlb_cntl: Register::GCMC_VM_MX_L1_TLB_CNTL,
    fault_cntl: Register::GCVM_L2_PROTECTION_FAULT_CNTL,
    fault_status: Register::GCVM_L2_PROTECTION_FAULT_STATUS,
    fault_address: [
        Register::GCVM_L2_PROTECTION_FAULT_ADDR_LO32,
        Register::GCVM_L2_PROTECTION_FAULT_ADDR_HI32,
    ],
    sem: Register::GCVM_INVALIDATE_ENG17_SEM,
    req: Register::GCVM_INVALIDATE_ENG17_REQ,
    ack: Register::GCVM_INVALIDATE_ENG17_ACK,
    ranges: Register::GCVM_INVALIDATE_ENG0_ADDR_RANGE_LO32,
    fb_base: Register::GCMC_VM_FB_LOCATION_BASE,
    fb_top: Register::GCMC_VM_FB_LOCATION_TOP,
};

const MM: Registers = Registers {
    context_cntl: Register::MMVM_CONTEXT0_CNTL,
    base: [
        Register::MMVM_CONTEXT0_PAGE_TABLE_BASE_ADDR_LO32,
        Register::MMVM_CONTEXT0_PAGE_TABLE_BASE_ADDR_HI32,
    ],
    start: [
        Register::MMVM_CONTEXT0_PAGE_TABLE_START_ADDR_LO32,
        Register::MMVM_CONTEXT0_PAGE_TABLE_START_ADDR_HI32,
    ],
    end: [
        Register::MMVM_CONTEXT0_PAGE_TABLE_END_ADDR_LO32,
        Register::MMVM_CONTEXT0_PAGE_TABLE_END_ADDR_HI32,
    ],
    aperture_low: Register::MMMC_VM_SYSTEM_APERTURE_LOW_ADDR,
    aperture_high: Register::MMMC_VM_SYSTEM_APERTURE_HIGH_ADDR,
    l1_tlb_cntl: Register::MMMC_VM_MX_L1_TLB_CNTL,
    fault_cntl: Register::MMVM_L2_PROTECTION_FAULT_CNTL,
    fault_status: Register::MMVM_L2_PROTECTION_FAULT_STATUS,
    fault_address: [
        Register::MMVM_L2_PROTECTION_FAULT_ADDR_LO32,
        Register::MMVM_L2_PROTECTION_FAULT_ADDR_HI32,
    ],
    sem: Register::MMVM_INVALIDATE_ENG17_SEM,
    req: Register::MMVM_INVALIDATE_ENG17_REQ,
    ack: Register::MMVM_INVALIDATE_ENG17_ACK,
    ranges: Register::MMVM_INVALIDATE_ENG0_ADDR_RANGE_LO32,
    fb_base: Register::MMMC_VM_FB_LOCATION_BASE,
    fb_top: Register::MMMC_VM_FB_LOCATION_TOP,
};

/// State beyond the registers.
#[derive(Default)]
pub struct Gmc {
    gc: Tlb,
    mm: Tlb,
    /// The MM hub was flushed, but not the private caches of its clients.
    private_stale: AtomicBool,
}

impl Gmc {
    fn tlb(&self, hub: Hub) -> &Tlb {
        match hub {
            Hub::Gc => &self.gc,
            Hub::Mm => &self.mm,
        }
    }

    /// Drops every translation: reset, or host memory that was taken away.
    pub fn drop_translations(&self) {
        self.gc.invalidate();
        self.mm.invalidate();
    }
}

fn registers(hub: Hub) -> &'static Registers {
    match hub {
        Hub::Gc => &GC,
        Hub::Mm => &MM,
    }
}

/// Values of both hubs' registers when power comes on.
pub(crate) fn power_on(device: &Device) {
    for hub in [Hub::Gc, Hub::Mm] {
        let r = registers(hub);
        device.set(r.fb_base, (FB_BASE >> 24) as u32);
        device.set(r.fb_top, ((FB_BASE + device.vram.size() - 1) >> 24) as u32);
    }
}

/// Values that our driver leaves: tables whose root is the first page of VRAM.
pub(crate) fn warm(device: &Device) {
    let generation = device.generation();
    for hub in [Hub::Gc, Hub::Mm] {
        let r = registers(hub);
        device.set(r.aperture_low, (FB_BASE >> 18) as u32);
        device.set(
            r.aperture_high,
            ((FB_BASE + device.vram.size() - 1) >> 18) as u32,
        );
        device.set(r.l1_tlb_cntl, 0x1859);
        let cntl = fields::gcvm_context0_cntl::ENABLE_CONTEXT.set(generation, 0, 1);
        let cntl = fields::gcvm_context0_cntl::PAGE_TABLE_DEPTH.set(generation, cntl, 3);
        device.set(r.context_cntl, cntl);
        device.set(r.base[0], 1);
        device.set(r.start[1], 2);
        device.set(r.end[0], 0xffff_ffff);
        device.set(r.end[1], 7);
        if let Some(first) = device.map.address(r.ranges) {
            for engine in 0..ENGINES {
                device.file.store(first + 2 * engine, u32::MAX);
                device.file.store(first + 2 * engine + 1, 0x1f);
            }
        }
    }
    review::warm(device);
}

/// Which of a hub's invalidation registers an address is, if any: 0 SEM, 1 REQ, 2 ACK; and of which
/// engine.
fn invalidation(device: &Device, address: u32) -> Option<(Hub, u32, u32)> {
    for hub in [Hub::Gc, Hub::Mm] {
        let r = registers(hub);
        for (kind, last) in [r.sem, r.req, r.ack].into_iter().enumerate() {
            let last = device.map.address(last)?;
            if (last + 1 - ENGINES..=last).contains(&address) {
                let engine = address + ENGINES - 1 - last;
                return Some((hub, kind as u32, engine));
            }
        }
    }
    None
}

/// A register read that does more than fetch a stored word.
pub(crate) fn read(device: &Device, address: u32) -> Option<u32> {
    match invalidation(device, address)? {
        (_, 0, _) => {
            // Reading takes the semaphore: 1 to whoever gets it, 0 while it is held.
            let held = device.file.swap(address, 1);
            Some(1 - held.min(1))
        }
        _ => None,
    }
}

/// A register write that does more than store a word; `true` if nothing remains to be done.
pub(crate) fn write(device: &Device, address: u32, value: u32) -> bool {
    use fields::gcvm_invalidate_eng17_req as req;
    match invalidation(device, address) {
        Some((_, 0, _)) => {
            device.file.store(address, value & 1);
            return true;
        }
        Some((hub, 1, engine)) => {
            let generation = device.generation();
            device.file.store(address, value);
            review::flush(device, hub, engine);
            let vmids = req::PER_VMID_INVALIDATE_REQ.get(generation, value);
            let whole = [req::INVALIDATE_L2_PTES, req::INVALIDATE_L1_PTES]
                .iter()
                .all(|field| field.get(generation, value) == 1);
            if vmids & 1 != 0 && whole && review::covers(device, hub, engine) {
                device.gmc.tlb(hub).invalidate();
                device.counters.tlb_flushes.count();
                device.trace.line(format_args!("tlb {hub:?} flushed"));
            } else if vmids & 1 != 0 && !whole {
                device.report.add(
                    "gmc",
                    format!("{hub:?} invalidation {value:#x} leaves PTEs in L1 or L2: both bits are needed"),
                );
            }
            if req::CLEAR_PROTECTION_FAULT_STATUS_ADDR.get(generation, value) == 1 {
                clear_fault(device, hub);
            }
            device.file.store(address + ENGINES, vmids);
            return true;
        }
        Some(_) => return true,
        None => {}
    }
    match device.map.at(address) {
        Some(Register::MMVM_L2_BANK_SELECT_RESERVED_CID2) => {
            use fields::mmvm_l2_bank_select_reserved_cid2::RESERVED_CACHE_PRIVATE_INVALIDATION;
            if RESERVED_CACHE_PRIVATE_INVALIDATION.get(device.generation(), value) == 1 {
                device.gmc.private_stale.store(false, Ordering::Release);
            }
            false
        }
        Some(register) if register == GC.fault_cntl || register == MM.fault_cntl => {
            use fields::gcvm_l2_protection_fault_cntl::CLEAR_PROTECTION_FAULT_STATUS_ADDR as CLEAR;
            let hub = if register == GC.fault_cntl {
                Hub::Gc
            } else {
                Hub::Mm
            };
            let generation = device.generation();
            if CLEAR.get(generation, value) == 1 {
                clear_fault(device, hub);
            }
            device.file.store(address, CLEAR.set(generation, value, 0));
            true
        }
        // Read-only.
        Some(register) => [&GC, &MM].iter().any(|r| {
            register == r.fault_status
                || r.fault_address.contains(&register)
                || register == r.fb_top
        }),
        None => false,
    }
}

fn clear_fault(device: &Device, hub: Hub) {
    let r = registers(hub);
    device.set(r.fault_status, 0);
    device.set(r.fault_address[0], 0);
    device.set(r.fault_address[1], 0);
}

/// Whether a hub holds an uncleared fault.
pub(crate) fn has_fault(device: &Device, hub: Hub) -> bool {
    device.get(registers(hub).fault_status) != 0
}

/// Reports what is left to do of a flush of the MM hub.
pub(crate) fn review_private_caches(device: &Device) {
    if device.gmc.private_stale.load(Ordering::Acquire) {
        device.report.add(
            "gmc",
            "the MM hub was flushed without RESERVED_CACHE_PRIVATE_INVALIDATION: clients keep translations of their own",
        );
    }
}

/// Whether an address can be translated, without the consequences of an access.
pub(crate) fn is_mapped(device: &Device, va: u64) -> bool {
    lookup(device, Hub::Gc, va).is_ok()
}

/// Records a failed access: status, address, interrupt.
pub(crate) fn record_fault(device: &Device, hub: Hub, client: Client, fault: &MemoryFault) {
    use fields::gcvm_l2_protection_fault_status as status;
    let generation = device.generation();
    device.counters.page_faults.count();
    device
        .trace
        .line(format_args!("fault {hub:?} {client:?}: {fault}"));
    log::debug!("virtual card: {client:?} through {hub:?} hub: {fault}");
    let r = registers(hub);
    let write = matches!(fault.access, Access::Write | Access::Atomic);
    if has_fault(device, hub) {
        let word = device.get(r.fault_status);
        device.set(r.fault_status, status::MORE_FAULTS.set(generation, word, 1));
        return;
    }
    // PERMISSION_FAULTS: bit 0 the entry is not valid, 1 read, 2 write, 3 execute. Cards report 3
    // and 5 for reads and writes of unmapped pages.
    let permission = match fault.access {
        Access::Read => 2,
        Access::Write | Access::Atomic => 4,
        Access::Execute => 8,
    } | u32::from(fault.kind == FaultKind::Unmapped);
    let word = [
        (
            status::WALKER_ERROR,
            u32::from(fault.kind == FaultKind::BadTable),
        ),
        (status::PERMISSION_FAULTS, permission),
        (
            status::MAPPING_ERROR,
            u32::from(fault.kind == FaultKind::BadTable),
        ),
        (status::CID, client.id()),
        (status::RW, write.into()),
        (status::ATOMIC, u32::from(fault.access == Access::Atomic)),
    ]
    .into_iter()
    .fold(0, |word, (field, value)| field.set(generation, word, value));
    device.set(r.fault_address[0], (fault.va >> 12) as u32);
    device.set(r.fault_address[1], (fault.va >> 44) as u32);
    device.set(r.fault_status, word);
    let cntl = device.get(r.context_cntl);
    // The interrupt handler's own fault cannot be told through the ring that faulted.
    if client == Client::Ih {
        return;
    }
    if fields::gcvm_context0_cntl::VALID_PROTECTION_FAULT_ENABLE_INTERRUPT.get(generation, cntl)
        == 1
    {
        let page = fault.va >> 12;
        device.interrupt(ih::Entry {
            client: if hub == Hub::Gc {
                ih::client::GFX
            } else {
                ih::client::VMC
            },
            source: ih::source::UTCL2_FAULT,
            context: [page as u32, (page >> 32) as u32 & 0xf, 0, 0],
            ..ih::Entry::default()
        });
    }
}

struct Walker<'a>(&'a Device);

impl Tables for Walker<'_> {
    fn entry(&self, address: u64, system: bool) -> Option<u64> {
        let range = match system {
            true => self.0.system_range(address)?,
            false => self.0.vram.range(address, 8)?,
        };
        (range.len() >= 8).then(|| range.load64())
    }

    fn broken_fragment(&self, va: u64) {
        self.0.report.add(
            "gmc",
            format!("the FRAGMENT of the page at {va:#x} promises a run that its neighbours do not make"),
        );
    }
}

fn context(device: &Device, hub: Hub) -> Context {
    use fields::gcvm_context0_cntl::{ENABLE_CONTEXT, PAGE_TABLE_DEPTH};
    let generation = device.generation();
    let r = registers(hub);
    let pair =
        |[low, high]: [Register; 2]| u64::from(device.get(low)) | u64::from(device.get(high)) << 32;
    let cntl = device.get(r.context_cntl);
    let base = pair(r.base);
    Context {
        enabled: ENABLE_CONTEXT.get(generation, cntl) == 1 && base & 1 != 0,
        depth: PAGE_TABLE_DEPTH.get(generation, cntl),
        start: pair(r.start) << 12,
        end: pair(r.end) << 12 | 0xfff,
        root: base & 0x0000_ffff_ffff_f000,
        root_in_system: base & 2 != 0,
    }
}

/// The untranslated window of a hub: first and last address, if it is on.
fn system_aperture(device: &Device, hub: Hub) -> Option<(u64, u64)> {
    use fields::gcmc_vm_mx_l1_tlb_cntl::SYSTEM_ACCESS_MODE;
    let r = registers(hub);
    let mode = SYSTEM_ACCESS_MODE.get(device.generation(), device.get(r.l1_tlb_cntl));
    let low = u64::from(device.get(r.aperture_low)) << 18;
    let high = u64::from(device.get(r.aperture_high)) << 18 | 0x3_ffff;
    (mode == 3 && low <= high).then_some((low, high))
}

fn lookup(device: &Device, hub: Hub, va: u64) -> Result<Entry, FaultKind> {
    let tlb = device.gmc.tlb(hub);
    if let Some(entry) = tlb.get(va) {
        return Ok(entry);
    }
    let epoch = tlb.epoch();
    if let Some((low, high)) = system_aperture(device, hub) {
        if (low..=high).contains(&va) {
            let offset = va.checked_sub(FB_BASE).ok_or(FaultKind::BadTable)?;
            let block = 2 << 20;
            let start = offset & !(block - 1);
            // The last block of an odd size is short.
            let len = block.min(device.vram.size().saturating_sub(start));
            if offset - start >= len {
                return Err(FaultKind::Unmapped);
            }
            let entry = Entry {
                start: FB_BASE + start,
                memory: device.vram.range(start, len),
                len,
                readable: true,
                writeable: true,
                executable: true,
                system: false,
                uncached: true,
            };
            tlb.fill(va, entry, epoch);
            return Ok(entry);
        }
    }
    let page = walk::walk(
        &Walker(device),
        device.generation(),
        &context(device, hub),
        va,
        device.config.strict,
    )?;
    device.counters.tlb_fills.count();
    // Only the part around the address is needed, at most 2 MiB of it.
    let block = page.len.min(2 << 20);
    let start = va & !(block - 1);
    let address = page.leaf.address + (start - page.start);
    let whole = |start, len, memory| Entry {
        start,
        memory,
        len,
        readable: page.leaf.readable,
        writeable: page.leaf.writeable,
        executable: page.leaf.executable,
        system: page.leaf.system,
        uncached: page.leaf.mtype == Mtype::Uc,
    };
    let entry = if page.leaf.system {
        match device
            .system_range(address)
            .filter(|memory| memory.len() >= block)
        {
            Some(memory) => whole(start, block, memory.part(0, block)),
            // The run is not contiguous in bus space, or is not there: this page alone.
            None => {
                let into = va & !0xfff;
                let memory = device.system_range(address + (into - start));
                whole(
                    into,
                    0x1000,
                    memory.and_then(|memory| memory.part(0, 0x1000)),
                )
            }
        }
    } else {
        whole(
            start,
            block,
            Some(
                device
                    .vram
                    .range(address, block)
                    .ok_or(FaultKind::BadTable)?,
            ),
        )
    };
    tlb.fill(va, entry, epoch);
    Ok(entry)
}

/// Translates an address for an access: host memory from there to the end of the run.
///
/// A failure is recorded in the hub's fault status. Reads of bus addresses that nobody granted do
/// not fail here (the range is `None`): they return ones, writes vanish, as behind an IOMMU.
pub(crate) fn translate(
    device: &Device,
    hub: Hub,
    client: Client,
    va: u64,
    access: Access,
) -> Result<Translated, MemoryFault> {
    let result = lookup(device, hub, va).and_then(|entry| {
        let allowed = match access {
            Access::Read => entry.readable,
            Access::Write => entry.writeable,
            Access::Atomic => entry.readable && entry.writeable,
            Access::Execute => entry.executable,
        };
        if allowed {
            Ok(entry)
        } else {
            Err(FaultKind::Permission)
        }
    });
    match result {
        Ok(entry) => {
            let into = va - entry.start;
            let len = entry.len - into;
            if entry.memory.is_none() {
                device.dma_fault(va, access);
            }
            Ok(Translated {
                memory: entry.memory.and_then(|memory| memory.part(into, len)),
                len,
                writeable: entry.writeable,
                system: entry.system,
                uncached: entry.uncached,
            })
        }
        Err(kind) => {
            let fault = MemoryFault { va, access, kind };
            record_fault(device, hub, client, &fault);
            Err(fault)
        }
    }
}

/// A translated address.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Translated {
    /// Host memory, or none where the bus has none.
    pub memory: Option<HostRange>,
    /// Bytes to the end of the run.
    pub len: u64,
    writeable: bool,
    /// Lies in host memory.
    pub system: bool,
    /// Memory type UC.
    pub uncached: bool,
}

/// The GC hub as waves see it.
pub(crate) struct WaveMemory<'a>(pub &'a Device);

impl Memory for WaveMemory<'_> {
    fn translate(&self, va: u64, access: Access) -> Result<HostSpan, MemoryFault> {
        let to = translate(self.0, Hub::Gc, Client::Shader, va, access)?;
        match to.memory {
            Some(memory) => Ok(HostSpan {
                ptr: memory.pointer(),
                len: to.len,
                writable: to.writeable,
                uncached: to.uncached,
            }),
            // A wave has no memory that reads as ones: the access ends it.
            None => Err(MemoryFault {
                va,
                access,
                kind: FaultKind::Unmapped,
            }),
        }
    }

    fn epoch(&self) -> u64 {
        self.0.gmc.gc.epoch()
    }

    fn l2(&self) -> Option<&L2> {
        self.0.l2.as_ref()
    }
}
