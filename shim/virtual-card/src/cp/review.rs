//! What a driver must have set before it starts a compute queue, and before it rings its doorbell.
//!
//! The queue runs all the same; what hardware would have done instead is in each finding.

use amd_hw::mqd;
use amd_hw::registers::{fields, Register};

use super::HqdId;
use crate::device::Device;
use crate::{gmc, ih, nbio, rlc};

/// When `CP_HQD_ACTIVE` is written: the queue's registers, and what the engine stands on.
pub(super) fn activation(device: &Device, id: HqdId) {
    let generation = device.generation();
    let get = |register| device.cp.get(id, register, device);
    let wide = |low, high| u64::from(get(low)) | u64::from(get(high)) << 32;
    let complain = |what: &str| device.report.add("cp", what);
    // The state of whatever queue had the slot before stays in what is not written.
    let first = device.map.address(Register::CP_MQD_BASE_ADDR).unwrap_or(0);
    for at in first..first + mqd::HQD_REGISTERS as u32 {
        let register = device.map.at(at);
        let command = matches!(
            register,
            Some(Register::CP_HQD_ACTIVE | Register::CP_HQD_DEQUEUE_REQUEST)
        );
        if !command && !device.file.is_written(at) {
            let name = register.map_or(format!("{at:#x}"), |r| r.name(generation).into());
            complain(&format!("the queue's register {name} was never written"));
        }
    }
    let eop = wide(
        Register::CP_HQD_EOP_BASE_ADDR,
        Register::CP_HQD_EOP_BASE_ADDR_HI,
    ) << 8;
    let log = fields::cp_hqd_eop_control::EOP_SIZE
        .get(generation, get(Register::CP_HQD_EOP_CONTROL))
        .min(28);
    let eop_bytes = 8u64 << log;
    if eop == 0 {
        complain("the queue has no end-of-pipe buffer");
    } else if eop_bytes < 2048
        || !gmc::is_mapped(device, eop)
        || !gmc::is_mapped(device, eop + eop_bytes - 1)
    {
        complain(&format!(
            "the end-of-pipe buffer of {eop_bytes:#x} bytes at {eop:#x} is not mapped, or below 2 KiB"
        ));
    }
    let rptr = fields::cp_hqd_eop_rptr::RPTR.get(generation, get(Register::CP_HQD_EOP_RPTR));
    let wptr = fields::cp_hqd_eop_wptr::WPTR.get(generation, get(Register::CP_HQD_EOP_WPTR));
    if rptr != wptr {
        complain("the end-of-pipe buffer does not start empty");
    }
    let poll = wide(
        Register::CP_HQD_PQ_WPTR_POLL_ADDR,
        Register::CP_HQD_PQ_WPTR_POLL_ADDR_HI,
    );
    if !poll.is_multiple_of(8) || !gmc::is_mapped(device, poll) {
        complain(&format!(
            "the write pointer's address {poll:#x} is not mapped"
        ));
    }
    if fields::cp_hqd_persistent_state::PRELOAD_REQ
        .get(generation, get(Register::CP_HQD_PERSISTENT_STATE))
        == 0
    {
        complain("CP_HQD_PERSISTENT_STATE.preload_req is off");
    }
    if fields::cp_mqd_control::PRIV_STATE.get(generation, get(Register::CP_MQD_CONTROL)) == 0 {
        complain("CP_MQD_CONTROL.priv_state is off");
    }
    {
        use fields::cp_hqd_aql_control::{CONTROL0_EN, CONTROL1_EN};
        let word = get(Register::CP_HQD_AQL_CONTROL);
        if CONTROL0_EN.get(generation, word) | CONTROL1_EN.get(generation, word) != 0 {
            complain("the queue is set up for AQL packets (CP_HQD_AQL_CONTROL)");
        }
    }
    let vmid = get(Register::CP_HQD_VMID) & 0xf;
    if vmid != 0 {
        complain(&format!(
            "the queue is of VMID {vmid}, for which no context is enabled"
        ));
    }
    if device.cp.sh_mem_config(vmid) == 0 {
        complain("SH_MEM_CONFIG of the queue's VMID was never set");
    }
    {
        use fields::sh_mem_bases::{PRIVATE_BASE, SHARED_BASE};
        let word = device.cp.sh_mem_bases(vmid);
        let (private, shared) = (
            PRIVATE_BASE.get(generation, word),
            SHARED_BASE.get(generation, word),
        );
        if private == 0 || shared == 0 || private == shared {
            complain("SH_MEM_BASES of the queue's VMID names no two apertures: flat addresses of LDS and scratch would mean memory");
        }
    }
    device.require("cp", &[Register::CP_MEC_RS64_PRGRM_CNTR_START_HI]);
    device.require("cp", &[Register::CP_MEC_DOORBELL_RANGE_LOWER]);
    if fields::s2a_doorbell_entry_3_ctrl::S2A_DOORBELL_PORT3_ENABLE
        .get(generation, device.get(Register::S2A_DOORBELL_ENTRY_3_CTRL))
        == 0
    {
        device.report.add(
            "nbio",
            "S2A entry 3 is off: the graphics core has two, 0 and 3",
        );
    }
    rlc::review(device);
    ih::review(device);
    gmc::review_private_caches(device);
}

/// When the first doorbell rings: the descriptor in VRAM, which the engine reads from now on.
pub(super) fn first_doorbell(device: &Device, id: HqdId) {
    let get = |register| device.cp.get(id, register, device);
    let complain = |what: &str| device.report.add("cp", what);
    let address = u64::from(get(Register::CP_MQD_BASE_ADDR))
        | u64::from(get(Register::CP_MQD_BASE_ADDR_HI)) << 32;
    let Some(range) = device.mc_range(address, mqd::SIZE as u64) else {
        return complain("the queue's descriptor is not in VRAM");
    };
    if nbio::holds_back(device, address - gmc::FB_BASE, mqd::SIZE as u64) {
        complain("the queue's descriptor waits for an HDP flush");
    }
    let word = |index: usize| range.part(4 * index as u64, 4).map_or(0, |w| w.load32());
    if word(mqd::dword::HEADER) != mqd::HEADER {
        complain("the queue's descriptor has no header");
    }
    if mqd::dword::COMPUTE_STATIC_THREAD_MGMT_SE
        .iter()
        .all(|se| word(*se) == 0)
    {
        complain("the queue's descriptor allows no compute unit (COMPUTE_STATIC_THREAD_MGMT)");
    }
}
