//! The memory queue descriptor of a compute queue, versions 11 and 12.
//!
//! 2048 bytes in VRAM. From dword 128 it mirrors the consecutive registers `CP_MQD_BASE_ADDR` to
//! `CP_HQD_PQ_WPTR_HI`, so a driver that sets a queue up by registers copies that part over. Field
//! positions are those of Linux' `v11_structs.h`, the same in `v12_structs.h`.

/// Bytes of a descriptor.
pub const SIZE: usize = 2048;
/// First dword.
pub const HEADER: u32 = 0xc031_0800;
/// Dword at which the image of the HQD registers starts.
pub const HQD_DWORD: usize = 128;
/// Registers in that image, `CP_MQD_BASE_ADDR` first.
pub const HQD_REGISTERS: usize = 56;

/// Dword positions. The HQD part is named as its registers are.
#[allow(missing_docs)]
pub mod dword {
    pub const HEADER: usize = 0;
    pub const COMPUTE_STATIC_THREAD_MGMT_SE: [usize; 8] = [23, 24, 26, 27, 44, 45, 46, 47];
    pub const CP_MQD_BASE_ADDR: usize = 128;
    pub const CP_MQD_BASE_ADDR_HI: usize = 129;
    pub const CP_HQD_ACTIVE: usize = 130;
    pub const CP_HQD_VMID: usize = 131;
    pub const CP_HQD_PERSISTENT_STATE: usize = 132;
    pub const CP_HQD_PIPE_PRIORITY: usize = 133;
    pub const CP_HQD_QUEUE_PRIORITY: usize = 134;
    pub const CP_HQD_QUANTUM: usize = 135;
    pub const CP_HQD_PQ_BASE: usize = 136;
    pub const CP_HQD_PQ_BASE_HI: usize = 137;
    pub const CP_HQD_PQ_RPTR: usize = 138;
    pub const CP_HQD_PQ_RPTR_REPORT_ADDR: usize = 139;
    pub const CP_HQD_PQ_RPTR_REPORT_ADDR_HI: usize = 140;
    pub const CP_HQD_PQ_WPTR_POLL_ADDR: usize = 141;
    pub const CP_HQD_PQ_WPTR_POLL_ADDR_HI: usize = 142;
    pub const CP_HQD_PQ_DOORBELL_CONTROL: usize = 143;
    pub const CP_HQD_PQ_CONTROL: usize = 145;
    pub const CP_HQD_IB_CONTROL: usize = 149;
    pub const CP_HQD_HQ_STATUS0: usize = 160;
    pub const CP_MQD_CONTROL: usize = 162;
    pub const CP_HQD_EOP_BASE_ADDR: usize = 165;
    pub const CP_HQD_EOP_BASE_ADDR_HI: usize = 166;
    pub const CP_HQD_EOP_CONTROL: usize = 167;
    pub const CP_HQD_AQL_CONTROL: usize = 181;
    pub const CP_HQD_PQ_WPTR_LO: usize = 182;
    pub const CP_HQD_PQ_WPTR_HI: usize = 183;
}

/// What a driver decides about a compute queue.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ComputeQueue {
    /// Memory-controller or virtual address of the descriptor itself.
    pub mqd_address: u64,
    /// Virtual address of the ring, multiple of 256.
    pub ring_address: u64,
    /// Bytes of the ring, a power of two from 4 KiB.
    pub ring_bytes: u64,
    /// Where the card reports its read pointer (dwords, u32).
    pub rptr_address: u64,
    /// Where the card may poll the write pointer (dwords, u64).
    pub wptr_address: u64,
    /// Virtual address of the end-of-pipe buffer, multiple of 256. The card needs one.
    pub eop_address: u64,
    /// Bytes of it, a power of two from 2 KiB.
    pub eop_bytes: u64,
    /// Doorbell, counted in 32-bit words of BAR 2 (twice the 64-bit index).
    pub doorbell: u32,
}

impl ComputeQueue {
    /// The descriptor, ready to be written to VRAM; inactive until `CP_HQD_ACTIVE` is written.
    pub fn emit(&self) -> [u32; SIZE / 4] {
        let lo = |value: u64| value as u32;
        let hi = |value: u64| (value >> 32) as u32;
        // Sizes are stored as log2(dwords) - 1.
        let log = |bytes: u64| (bytes.max(8) / 4).ilog2() - 1;
        let mut mqd = [0; SIZE / 4];
        mqd[dword::HEADER] = HEADER;
        for se in dword::COMPUTE_STATIC_THREAD_MGMT_SE {
            mqd[se] = u32::MAX;
        }
        mqd[dword::CP_MQD_BASE_ADDR] = lo(self.mqd_address);
        mqd[dword::CP_MQD_BASE_ADDR_HI] = hi(self.mqd_address);
        mqd[dword::CP_HQD_PERSISTENT_STATE] = 0x5501;
        mqd[dword::CP_HQD_PIPE_PRIORITY] = 2;
        mqd[dword::CP_HQD_QUEUE_PRIORITY] = 0xf;
        mqd[dword::CP_HQD_QUANTUM] = 0x111;
        mqd[dword::CP_HQD_PQ_BASE] = lo(self.ring_address >> 8);
        mqd[dword::CP_HQD_PQ_BASE_HI] = hi(self.ring_address >> 8);
        mqd[dword::CP_HQD_PQ_RPTR_REPORT_ADDR] = lo(self.rptr_address);
        mqd[dword::CP_HQD_PQ_RPTR_REPORT_ADDR_HI] = hi(self.rptr_address);
        mqd[dword::CP_HQD_PQ_WPTR_POLL_ADDR] = lo(self.wptr_address);
        mqd[dword::CP_HQD_PQ_WPTR_POLL_ADDR_HI] = hi(self.wptr_address);
        mqd[dword::CP_HQD_PQ_DOORBELL_CONTROL] = self.doorbell << 2 | 1 << 30;
        mqd[dword::CP_HQD_PQ_CONTROL] = 5 << 8 | log(self.ring_bytes);
        mqd[dword::CP_HQD_IB_CONTROL] = 3 << 20;
        mqd[dword::CP_HQD_HQ_STATUS0] = 0x2000_4000;
        mqd[dword::CP_MQD_CONTROL] = 0x100;
        mqd[dword::CP_HQD_EOP_BASE_ADDR] = lo(self.eop_address >> 8);
        mqd[dword::CP_HQD_EOP_BASE_ADDR_HI] = hi(self.eop_address >> 8);
        mqd[dword::CP_HQD_EOP_CONTROL] = log(self.eop_bytes);
        mqd
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_of_a_recorded_boot() {
        let queue = ComputeQueue {
            mqd_address: 0x9_b000,
            ring_address: 0x2000_0000_0000,
            ring_bytes: 16 << 20,
            rptr_address: 0x2000_0100_0080,
            wptr_address: 0x2000_0100_0038,
            eop_address: 0x2000_0200_0000,
            eop_bytes: 4096,
            doorbell: 6,
        };
        let mqd = queue.emit();
        assert_eq!(mqd[dword::CP_HQD_PQ_CONTROL], 0x515);
        assert_eq!(mqd[dword::CP_HQD_EOP_CONTROL], 9);
        assert_eq!(mqd[dword::CP_HQD_PQ_DOORBELL_CONTROL], 0x4000_0018);
        assert_eq!(mqd[dword::CP_HQD_IB_CONTROL], 0x30_0000);
    }
}
