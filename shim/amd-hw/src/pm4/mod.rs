//! PM4 packets, as the compute micro engine takes them.
//!
//! A packet of type 3 is a header (`3 << 30 | (n - 1) << 16 | opcode << 8`) and `n` dwords. Names
//! and bits are those of Linux' `nvd.h` and of the RDNA2 PM4 documents. A packet that is not known, or
//! whose body has another length than the known form, comes back as [`Packet::Unknown`] with its
//! body, and emits to the words it came from. Of known packets, bits that change no result (cache
//! policy, engine, shader type) are dropped.

mod wire;

pub use wire::packet_dwords;

/// Opcodes of type-3 packets.
#[allow(missing_docs)]
pub mod op {
    pub const NOP: u8 = 0x10;
    pub const DISPATCH_DIRECT: u8 = 0x15;
    pub const DISPATCH_INDIRECT: u8 = 0x16;
    pub const ATOMIC_MEM: u8 = 0x1e;
    pub const WRITE_DATA: u8 = 0x37;
    pub const WAIT_REG_MEM: u8 = 0x3c;
    pub const INDIRECT_BUFFER: u8 = 0x3f;
    pub const COPY_DATA: u8 = 0x40;
    pub const EVENT_WRITE: u8 = 0x46;
    pub const RELEASE_MEM: u8 = 0x49;
    pub const DMA_DATA: u8 = 0x50;
    pub const ACQUIRE_MEM: u8 = 0x58;
    pub const SET_SH_REG: u8 = 0x76;
    pub const SET_UCONFIG_REG: u8 = 0x79;
    pub const SET_SH_REG_INDEX: u8 = 0x9b;

    /// The packet's name, if it is known.
    pub fn name(op: u8) -> Option<&'static str> {
        Some(match op {
            NOP => "NOP",
            DISPATCH_DIRECT => "DISPATCH_DIRECT",
            DISPATCH_INDIRECT => "DISPATCH_INDIRECT",
            ATOMIC_MEM => "ATOMIC_MEM",
            WRITE_DATA => "WRITE_DATA",
            WAIT_REG_MEM => "WAIT_REG_MEM",
            INDIRECT_BUFFER => "INDIRECT_BUFFER",
            COPY_DATA => "COPY_DATA",
            EVENT_WRITE => "EVENT_WRITE",
            RELEASE_MEM => "RELEASE_MEM",
            DMA_DATA => "DMA_DATA",
            ACQUIRE_MEM => "ACQUIRE_MEM",
            SET_SH_REG => "SET_SH_REG",
            SET_UCONFIG_REG => "SET_UCONFIG_REG",
            SET_SH_REG_INDEX => "SET_SH_REG_INDEX",
            _ => return None,
        })
    }
}

/// Dword index of the first register that SET_SH_REG reaches; it reaches up to 0x2fff.
pub const SH_REG_BASE: u32 = 0x2c00;
/// One past the last register that SET_SH_REG reaches.
pub const SH_REG_END: u32 = 0x3000;
/// Dword index of the first register that SET_UCONFIG_REG reaches.
pub const UCONFIG_REG_BASE: u32 = 0xc000;
/// One past the last register that SET_UCONFIG_REG reaches.
pub const UCONFIG_REG_END: u32 = 0x1_0000;

/// The one-dword filler: a type-3 NOP whose count field is all ones has no body.
pub const NOP_DWORD: u32 = 0xffff_1000;

/// Header of a type-3 packet with `dwords` of body (at least 1).
pub const fn header(op: u8, dwords: usize) -> u32 {
    3 << 30 | ((dwords as u32).wrapping_sub(1) & 0x3fff) << 16 | (op as u32) << 8
}

/// Bits of DISPATCH_DIRECT's and DISPATCH_INDIRECT's initiator (COMPUTE_DISPATCH_INITIATOR).
#[allow(missing_docs)]
pub mod initiator {
    pub const COMPUTE_SHADER_EN: u32 = 1;
    pub const PARTIAL_TG_EN: u32 = 1 << 1;
    pub const FORCE_START_AT_000: u32 = 1 << 2;
    pub const USE_THREAD_DIMENSIONS: u32 = 1 << 5;
    pub const CS_W32_EN: u32 = 1 << 15;
}

/// Event types of EVENT_WRITE and RELEASE_MEM.
#[allow(missing_docs)]
pub mod event {
    pub const CS_PARTIAL_FLUSH: u8 = 7;
    pub const CACHE_FLUSH_AND_INV_TS: u8 = 0x14;
    pub const BOTTOM_OF_PIPE_TS: u8 = 0x28;
}

/// Which caches ACQUIRE_MEM and RELEASE_MEM write back and invalidate, one set of bits for both
/// (the packets place them differently).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
#[allow(missing_docs)]
pub struct CacheControl {
    /// Instruction cache; ACQUIRE_MEM only.
    pub gli_inv: bool,
    pub glm_wb: bool,
    pub glm_inv: bool,
    /// Scalar cache; ACQUIRE_MEM only.
    pub glk_wb: bool,
    /// Scalar cache; ACQUIRE_MEM only.
    pub glk_inv: bool,
    /// Vector L0.
    pub glv_inv: bool,
    pub gl1_inv: bool,
    pub gl2_inv: bool,
    pub gl2_wb: bool,
    /// Order of the steps.
    pub seq: u8,
}

impl CacheControl {
    /// Invalidates everything and writes L2 back.
    pub const ALL: CacheControl = CacheControl {
        gli_inv: true,
        glm_wb: true,
        glm_inv: true,
        glk_wb: true,
        glk_inv: true,
        glv_inv: true,
        gl1_inv: true,
        gl2_inv: true,
        gl2_wb: true,
        seq: 0,
    };

    /// From ACQUIRE_MEM's GCR_CNTL.
    pub fn from_acquire(gcr: u32) -> CacheControl {
        let bit = |n: u32| gcr >> n & 1 != 0;
        CacheControl {
            gli_inv: gcr & 3 != 0,
            glm_wb: bit(4),
            glm_inv: bit(5),
            glk_wb: bit(6),
            glk_inv: bit(7),
            glv_inv: bit(8),
            gl1_inv: bit(9),
            gl2_inv: bit(14),
            gl2_wb: bit(15),
            seq: (gcr >> 16 & 3) as u8,
        }
    }

    /// As ACQUIRE_MEM's GCR_CNTL.
    pub fn to_acquire(self) -> u32 {
        let bit = |on: bool, n: u32| u32::from(on) << n;
        bit(self.gli_inv, 0)
            | bit(self.glm_wb, 4)
            | bit(self.glm_inv, 5)
            | bit(self.glk_wb, 6)
            | bit(self.glk_inv, 7)
            | bit(self.glv_inv, 8)
            | bit(self.gl1_inv, 9)
            | bit(self.gl2_inv, 14)
            | bit(self.gl2_wb, 15)
            | u32::from(self.seq & 3) << 16
    }

    /// From RELEASE_MEM's first dword.
    pub fn from_release(word: u32) -> CacheControl {
        let bit = |n: u32| word >> n & 1 != 0;
        CacheControl {
            gli_inv: false,
            glm_wb: bit(12),
            glm_inv: bit(13),
            glk_wb: false,
            glk_inv: false,
            glv_inv: bit(14),
            gl1_inv: bit(15),
            gl2_inv: bit(20),
            gl2_wb: bit(21),
            seq: (word >> 22 & 3) as u8,
        }
    }

    /// As bits of RELEASE_MEM's first dword.
    pub fn to_release(self) -> u32 {
        let bit = |on: bool, n: u32| u32::from(on) << n;
        bit(self.glm_wb, 12)
            | bit(self.glm_inv, 13)
            | bit(self.glv_inv, 14)
            | bit(self.gl1_inv, 15)
            | bit(self.gl2_inv, 20)
            | bit(self.gl2_wb, 21)
            | u32::from(self.seq & 3) << 22
    }
}

/// Comparison of WAIT_REG_MEM and of SDMA's POLL_REGMEM: `(value & mask) OP reference`, unsigned.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(missing_docs)]
pub enum Function {
    Always,
    Less,
    LessEqual,
    Equal,
    NotEqual,
    GreaterEqual,
    Greater,
    Reserved,
}

impl Function {
    /// From the packet's three bits.
    pub fn from_bits(bits: u32) -> Function {
        [
            Function::Always,
            Function::Less,
            Function::LessEqual,
            Function::Equal,
            Function::NotEqual,
            Function::GreaterEqual,
            Function::Greater,
            Function::Reserved,
        ][(bits & 7) as usize]
    }

    /// Whether a masked value satisfies it. The reserved code never does.
    pub fn holds(self, value: u32, reference: u32) -> bool {
        match self {
            Function::Always => true,
            Function::Less => value < reference,
            Function::LessEqual => value <= reference,
            Function::Equal => value == reference,
            Function::NotEqual => value != reference,
            Function::GreaterEqual => value >= reference,
            Function::Greater => value > reference,
            Function::Reserved => false,
        }
    }
}

/// What WAIT_REG_MEM does besides comparing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum WaitTarget {
    /// Polls a dword of memory.
    Memory(u64),
    /// Polls a register.
    Register(u32),
    /// Writes the reference to the first register, then polls the second (HDP flush).
    WriteThenWait {
        /// Register written once.
        request: u32,
        /// Register polled.
        done: u32,
    },
}

/// Where COPY_DATA takes its dword or qword from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CopySource {
    /// 0: register.
    Register(u32),
    /// 1 and 2: memory.
    Memory(u64),
    /// 5: the packet.
    Immediate(u64),
    /// 9: the 100 MHz counter.
    GpuClock,
    /// Anything else, undecoded.
    Other {
        /// SRC_SEL.
        select: u8,
        /// The two source dwords.
        value: u64,
    },
}

/// Where COPY_DATA and WRITE_DATA put their data.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Destination {
    /// 0: register.
    Register(u32),
    /// 2 and 5: memory, through L2.
    Memory(u64),
    /// Anything else, undecoded.
    Other {
        /// DST_SEL.
        select: u8,
        /// The two address dwords.
        value: u64,
    },
}

/// What RELEASE_MEM writes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ReleaseData {
    /// 0: nothing.
    None,
    /// 1: a dword.
    U32(u32),
    /// 2: a qword.
    U64(u64),
    /// 3: the 100 MHz counter, a qword.
    GpuClock,
    /// Anything else, undecoded.
    Other {
        /// DATA_SEL.
        select: u8,
        /// The two data dwords.
        value: u64,
    },
}

/// A packet; borrowed parts point into the words it was parsed from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Packet<'a> {
    /// Type 2, or NOP: skipped with its body.
    Nop(&'a [u32]),
    /// Writes consecutive registers from `0x2c00 + offset`.
    SetShReg {
        /// Offset from [`SH_REG_BASE`].
        offset: u32,
        /// Values.
        values: &'a [u32],
    },
    /// Writes consecutive registers from `0xc000 + offset`.
    SetUconfigReg {
        /// Offset from [`UCONFIG_REG_BASE`].
        offset: u32,
        /// Values.
        values: &'a [u32],
    },
    /// Starts workgroups.
    DispatchDirect {
        /// Workgroups in x, y, z.
        groups: [u32; 3],
        /// Bits of [`initiator`].
        initiator: u32,
    },
    /// Starts as many workgroups as three dwords in memory say (the compute engine's form, with a
    /// 64-bit address).
    DispatchIndirect {
        /// Address of x, y, z; multiple of 4.
        address: u64,
        /// Bits of [`initiator`].
        initiator: u32,
    },
    /// Blocks until a dword satisfies a comparison.
    WaitRegMem {
        /// What is polled.
        target: WaitTarget,
        /// Comparison.
        function: Function,
        /// Right-hand side.
        reference: u32,
        /// Applied to the polled value.
        mask: u32,
        /// Clocks between polls, in units of 16.
        interval: u32,
    },
    /// Runs packets elsewhere in memory.
    IndirectBuffer {
        /// Address, multiple of 4.
        address: u64,
        /// Length in dwords, 20 bits.
        dwords: u32,
        /// Continues there and does not return.
        chain: bool,
        /// Upper bits of the control dword: VALID (23) and the VMID (27:24).
        flags: u32,
    },
    /// Copies a dword or qword.
    CopyData {
        /// From.
        source: CopySource,
        /// To.
        destination: Destination,
        /// 64 bits instead of 32.
        wide: bool,
        /// Waits until the write has landed.
        confirm: bool,
    },
    /// Writes dwords.
    WriteData {
        /// To.
        destination: Destination,
        /// All to the same address.
        same_address: bool,
        /// Waits until the write has landed.
        confirm: bool,
        /// Data.
        data: &'a [u32],
    },
    /// Copies or fills memory through the CP's own DMA engine.
    DmaData {
        /// Source: memory, or a dword that is repeated.
        source: DmaSource,
        /// Destination address.
        destination: u64,
        /// Bytes, 26 bits.
        bytes: u32,
        /// Later packets wait for it.
        sync: bool,
        /// The control dword's other bits, and above them the command dword's flags.
        flags: u64,
    },
    /// Signals an event.
    EventWrite {
        /// Event type.
        event: u8,
        /// Event index.
        index: u8,
        /// Address of events that write.
        address: Option<u64>,
    },
    /// When earlier work is done: cache control, then data, then an interrupt.
    ReleaseMem {
        /// Event type.
        event: u8,
        /// Event index.
        index: u8,
        /// Caches.
        caches: CacheControl,
        /// What is written.
        data: ReleaseData,
        /// Where.
        address: u64,
        /// INT_SEL: 0 none, 1 always, 2 after the write is confirmed.
        interrupt: u8,
        /// Remaining bits of the first two dwords and the context id, in that order.
        other: [u32; 3],
    },
    /// Invalidates caches before later work.
    AcquireMem {
        /// First byte of the range.
        base: u64,
        /// Bytes of the range; all ones is everything.
        size: u64,
        /// Caches.
        caches: CacheControl,
        /// Poll interval.
        interval: u32,
        /// Bits of GCR_CNTL outside `caches`.
        other: u32,
    },
    /// Any other packet.
    Unknown {
        /// Opcode.
        op: u8,
        /// Header's low byte: predicate (bit 0), shader type (bit 1).
        low: u8,
        /// Body.
        body: &'a [u32],
    },
}

/// Source of DMA_DATA.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DmaSource {
    /// Memory.
    Memory(u64),
    /// The same dword again and again.
    Fill(u32),
    /// GDS and other selectors, undecoded.
    Other {
        /// SRC_SEL.
        select: u8,
        /// The two source dwords.
        value: u64,
    },
}

/// Why words are no packet.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// The packet goes on past the last word.
    #[error("a packet of {need} dwords begins where {have} are left")]
    Truncated {
        /// Dwords that the header announces, itself included.
        need: usize,
        /// Dwords that are there.
        have: usize,
    },
    /// Type 0 and type 1 are not taken by the compute engine.
    #[error("header {header:#010x} is a packet of type {}", header >> 30)]
    Type {
        /// The header.
        header: u32,
    },
}

impl Packet<'_> {
    /// The packet's name.
    pub fn name(&self) -> &'static str {
        match self {
            Packet::Nop(_) => "NOP",
            Packet::SetShReg { .. } => "SET_SH_REG",
            Packet::SetUconfigReg { .. } => "SET_UCONFIG_REG",
            Packet::DispatchDirect { .. } => "DISPATCH_DIRECT",
            Packet::DispatchIndirect { .. } => "DISPATCH_INDIRECT",
            Packet::WaitRegMem { .. } => "WAIT_REG_MEM",
            Packet::IndirectBuffer { .. } => "INDIRECT_BUFFER",
            Packet::CopyData { .. } => "COPY_DATA",
            Packet::WriteData { .. } => "WRITE_DATA",
            Packet::DmaData { .. } => "DMA_DATA",
            Packet::EventWrite { .. } => "EVENT_WRITE",
            Packet::ReleaseMem { .. } => "RELEASE_MEM",
            Packet::AcquireMem { .. } => "ACQUIRE_MEM",
            Packet::Unknown { op, .. } => op::name(*op).unwrap_or("unknown packet"),
        }
    }
}
