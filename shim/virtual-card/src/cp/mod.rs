//! The command processor's compute engine (MEC): queue descriptors, activation, doorbells.
//!
//! `GRBM_GFX_CNTL` selects which queue the `CP_HQD_*` registers and which address space the
//! `SH_MEM_*` registers mean. Writing 1 to `CP_HQD_ACTIVE` starts the selected queue's thread, if the
//! engine runs; `CP_HQD_DEQUEUE_REQUEST` ends it. Everything else is [`queue`], [`packets`] and
//! [`review`].

mod packets;
mod queue;
mod review;

use std::collections::HashMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::Mutex;

use amd_hw::mqd;
use amd_hw::registers::{fields, Register};

use crate::device::{lock, Device};
use crate::nbio;
use crate::queue::{Control, Running};
use crate::rlc;

/// Which queue: micro engine, pipe, queue.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct HqdId {
    me: u32,
    pipe: u32,
    queue: u32,
}

/// State.
#[derive(Default)]
pub struct Cp {
    hqds: Mutex<HashMap<HqdId, [u32; mqd::HQD_REGISTERS]>>,
    /// SH_MEM_CONFIG and SH_MEM_BASES of each VMID.
    apertures: Mutex<[[u32; 2]; 16]>,
    running: Mutex<HashMap<HqdId, Running>>,
}

/// Registers as our driver leaves them: the engine runs, no queue is active.
pub(crate) fn warm(device: &Device) {
    let generation = device.generation();
    let active = fields::cp_mec_rs64_cntl::MEC_PIPE0_ACTIVE.set(generation, 0, 1);
    device.set(Register::CP_MEC_RS64_CNTL, active);
    device.set(Register::CP_MEC_RS64_PRGRM_CNTR_START, 0xc00);
    device.set(Register::CP_MEC_RS64_PRGRM_CNTR_START_HI, 0x1c000);
    device.set(Register::CP_MEC_DOORBELL_RANGE_UPPER, 0xf8);
    device.set(Register::GRBM_CNTL, 0xff);
    *lock(&device.cp.apertures) = [[0xc00c, 0x1_0002]; 16];
}

impl Cp {
    /// As after a reset. Queues must have been stopped.
    pub fn reset(&self) {
        lock(&self.hqds).clear();
        *lock(&self.apertures) = Default::default();
    }

    /// Ends every queue.
    pub fn stop_all(&self, device: &Device) {
        let running: Vec<(HqdId, Running)> = lock(&self.running).drain().collect();
        for (id, queue) in running {
            queue.finish(device);
            self.set(id, Register::CP_HQD_ACTIVE, 0, device);
        }
    }

    /// A doorbell; whether a queue took it.
    pub fn ring(&self, device: &Device, doorbell: u32, value: u64) -> bool {
        let running = lock(&self.running);
        let Some((id, queue)) = running.iter().find(|(_, q)| q.doorbell == Some(doorbell)) else {
            return false;
        };
        let low = device.get(Register::CP_MEC_DOORBELL_RANGE_LOWER);
        let high = device.get(Register::CP_MEC_DOORBELL_RANGE_UPPER);
        // The range is in bytes.
        if !(low..=high).contains(&(doorbell * 4)) {
            device.report.add(
                "cp",
                format!(
                    "doorbell {:#x} is outside CP_MEC_DOORBELL_RANGE {low:#x}–{high:#x}",
                    doorbell * 4
                ),
            );
            return false;
        }
        if !nbio::routes(device, Register::S2A_DOORBELL_ENTRY_0_CTRL, doorbell) {
            device.report.add(
                "nbio",
                "S2A entry 0 does not route the compute engine's doorbells",
            );
            return false;
        }
        if !queue.rung.swap(true, Ordering::AcqRel) {
            review::first_doorbell(device, *id);
        }
        self.set(*id, Register::CP_HQD_PQ_WPTR_LO, value as u32, device);
        self.set(
            *id,
            Register::CP_HQD_PQ_WPTR_HI,
            (value >> 32) as u32,
            device,
        );
        queue.control.ring(value);
        true
    }

    fn get(&self, id: HqdId, register: Register, device: &Device) -> u32 {
        let Some(index) = hqd_index(device, device.map.address(register)) else {
            return 0;
        };
        lock(&self.hqds).get(&id).map_or(0, |bank| bank[index])
    }

    fn set(&self, id: HqdId, register: Register, value: u32, device: &Device) {
        if let Some(index) = hqd_index(device, device.map.address(register)) {
            lock(&self.hqds)
                .entry(id)
                .or_insert([0; mqd::HQD_REGISTERS])[index] = value;
        }
    }

    /// SH_MEM_BASES of an address space.
    fn sh_mem_bases(&self, vmid: u32) -> u32 {
        lock(&self.apertures)[(vmid & 15) as usize][1]
    }

    fn sh_mem_config(&self, vmid: u32) -> u32 {
        lock(&self.apertures)[(vmid & 15) as usize][0]
    }
}

/// Position of an address in the bank of HQD registers.
fn hqd_index(device: &Device, address: Option<u32>) -> Option<usize> {
    let first = device.map.address(Register::CP_MQD_BASE_ADDR)?;
    let index = address?.checked_sub(first)? as usize;
    (index < mqd::HQD_REGISTERS).then_some(index)
}

fn selected(device: &Device) -> (HqdId, u32) {
    use fields::grbm_gfx_cntl::{MEID, PIPEID, QUEUEID, VMID};
    let word = device.get(Register::GRBM_GFX_CNTL);
    let get = |field: amd_hw::registers::Field| field.get(device.generation(), word);
    (
        HqdId {
            me: get(MEID),
            pipe: get(PIPEID),
            queue: get(QUEUEID),
        },
        get(VMID),
    )
}

/// A register read that does more than fetch a stored word.
pub(crate) fn read(device: &Device, address: u32) -> Option<u32> {
    if let Some(index) = hqd_index(device, Some(address)) {
        let (id, _) = selected(device);
        return Some(lock(&device.cp.hqds).get(&id).map_or(0, |bank| bank[index]));
    }
    match device.map.at(address)? {
        Register::SH_MEM_CONFIG => Some(device.cp.sh_mem_config(selected(device).1)),
        Register::SH_MEM_BASES => Some(device.cp.sh_mem_bases(selected(device).1)),
        _ => None,
    }
}

/// A register write that does more than store a word; `true` if nothing remains to be done.
pub(crate) fn write(device: &Device, address: u32, value: u32) -> bool {
    let (id, vmid) = selected(device);
    if let Some(index) = hqd_index(device, Some(address)) {
        match device.map.at(address) {
            Some(Register::CP_HQD_ACTIVE) => {
                if value & 1 == 1 {
                    activate(device, id);
                } else {
                    deactivate(device, id);
                }
            }
            Some(Register::CP_HQD_DEQUEUE_REQUEST) => {
                lock(&device.cp.hqds)
                    .entry(id)
                    .or_insert([0; mqd::HQD_REGISTERS])[index] = 0;
                // 1 drains, 2 resets waves, 3 saves them; a queue here ends at once for each.
                if value & 0xf != 0 {
                    deactivate(device, id);
                }
            }
            _ => {
                lock(&device.cp.hqds)
                    .entry(id)
                    .or_insert([0; mqd::HQD_REGISTERS])[index] = value
            }
        }
        return true;
    }
    match device.map.at(address) {
        Some(Register::SH_MEM_CONFIG) => {
            lock(&device.cp.apertures)[(vmid & 15) as usize][0] = value
        }
        Some(Register::SH_MEM_BASES) => lock(&device.cp.apertures)[(vmid & 15) as usize][1] = value,
        Some(Register::CP_MEC_RS64_CNTL) => {
            use fields::cp_mec_rs64_cntl::{MEC_HALT, MEC_PIPE0_RESET};
            let generation = device.generation();
            if MEC_HALT.get(generation, value) == 1 || MEC_PIPE0_RESET.get(generation, value) == 1 {
                device.cp.stop_all(device);
            }
            return false;
        }
        Some(Register::GRBM_SOFT_RESET) => {
            use fields::grbm_soft_reset::{SOFT_RESET_CP, SOFT_RESET_SDMA0};
            let generation = device.generation();
            if SOFT_RESET_CP.get(generation, value) == 1 {
                device.cp.stop_all(device);
            }
            if SOFT_RESET_SDMA0.get(generation, value) == 1 {
                device.sdma.stop_all(device);
            }
            return false;
        }
        _ => return false,
    }
    true
}

fn deactivate(device: &Device, id: HqdId) {
    let queue = lock(&device.cp.running).remove(&id);
    if let Some(queue) = queue {
        device.trace.line(format_args!("cp {id:?} dequeued"));
        queue.finish(device);
    }
    device.cp.set(id, Register::CP_HQD_ACTIVE, 0, device);
}

/// What keeps a queue from running, as on hardware.
fn obstacle(device: &Device, id: HqdId) -> Option<String> {
    use fields::cp_mec_rs64_cntl::{MEC_HALT, MEC_PIPE0_ACTIVE, MEC_PIPE0_RESET};
    let generation = device.generation();
    let engine = device.get(Register::CP_MEC_RS64_CNTL);
    if !rlc::is_loaded(device) {
        return Some("the micro engine has no firmware: RLC autoload is not complete".into());
    }
    if device.get(Register::CP_MEC_RS64_PRGRM_CNTR_START) == 0 {
        return Some("the micro engine has no start address".into());
    }
    if MEC_HALT.get(generation, engine) == 1
        || MEC_PIPE0_RESET.get(generation, engine) == 1
        || MEC_PIPE0_ACTIVE.get(generation, engine) == 0
    {
        return Some(format!(
            "the micro engine is halted, in reset or inactive (RS64_CNTL {engine:#x})"
        ));
    }
    if id.me != 1 {
        return Some(format!("micro engine {} has no queues: MEC is 1", id.me));
    }
    None
}

fn activate(device: &Device, id: HqdId) {
    if lock(&device.cp.running).contains_key(&id) {
        return;
    }
    if let Some(obstacle) = obstacle(device, id) {
        return device
            .report
            .add("cp", format!("queue {id:?} not started: {obstacle}"));
    }
    review::activation(device, id);
    let get = |register| device.cp.get(id, register, device);
    let wide = |low, high| u64::from(get(low)) | u64::from(get(high)) << 32;
    use fields::cp_hqd_pq_doorbell_control::{DOORBELL_EN, DOORBELL_OFFSET};
    let generation = device.generation();
    let control = get(Register::CP_HQD_PQ_DOORBELL_CONTROL);
    let doorbell = (DOORBELL_EN.get(generation, control) == 1)
        .then(|| DOORBELL_OFFSET.get(generation, control));
    let size = fields::cp_hqd_pq_control::QUEUE_SIZE
        .get(generation, get(Register::CP_HQD_PQ_CONTROL))
        .min(28);
    let ring = queue::Ring {
        base: wide(Register::CP_HQD_PQ_BASE, Register::CP_HQD_PQ_BASE_HI) << 8,
        dwords: 2u64 << size,
        rptr: get(Register::CP_HQD_PQ_RPTR).into(),
        report: wide(
            Register::CP_HQD_PQ_RPTR_REPORT_ADDR,
            Register::CP_HQD_PQ_RPTR_REPORT_ADDR_HI,
        ),
        vmid: get(Register::CP_HQD_VMID) & 0xf,
    };
    device.trace.line(format_args!(
        "cp {id:?} active: {ring:x?}, doorbell {doorbell:?}"
    ));
    let wptr = wide(Register::CP_HQD_PQ_WPTR_LO, Register::CP_HQD_PQ_WPTR_HI);
    let control = Control::new(wptr);
    device.cp.set(id, Register::CP_HQD_ACTIVE, 1, device);
    let thread = queue::start(device, ring, control.clone());
    let thread = match thread {
        Ok(thread) => thread,
        Err(error) => {
            return device
                .report
                .add("cp", format!("no thread for the queue: {error}"))
        }
    };
    let queue = Running {
        control,
        doorbell,
        rung: AtomicBool::new(false),
        thread: Some(thread),
    };
    lock(&device.cp.running).insert(id, queue);
}
