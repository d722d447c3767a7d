//! PM4 packets, as the compute micro engine takes them.
//!
//! A packet of type 3 is a header (`3 << 30 | (n - 1) << 16 | opcode << 8`) and `n` dwords. Names
//! and bits are those of Linux' `nvd.h` and of the RDNA2 PM4 documents. A packet that is not known, or
//! whose body has another length than the known form, comes back as [`Packet::Unknown`] with its
//! body, and emits to the words it came from. Of known packets, bits that change no result (cache
//! policy, engine, shader type) are dropped.

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

impl Destination {
    fn parse(control: u32, address: u64) -> Destination {
        match (control >> 8 & 0xf) as u8 {
            0 => Destination::Register(address as u32),
            1 | 2 | 5 => Destination::Memory(address),
            select => Destination::Other {
                select,
                value: address,
            },
        }
    }

    fn emit(self) -> (u32, u64) {
        match self {
            Destination::Register(register) => (0, register.into()),
            Destination::Memory(address) => (2 << 8, address),
            Destination::Other { select, value } => (u32::from(select & 0xf) << 8, value),
        }
    }
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

const fn wide(low: u32, high: u32) -> u64 {
    low as u64 | (high as u64) << 32
}

/// Dwords of the packet that starts with a header, itself included.
pub fn packet_dwords(header: u32) -> Result<usize, Error> {
    match header >> 30 {
        2 => Ok(1),
        3 if header & 0xffff_ff00 == NOP_DWORD & 0xffff_ff00 => Ok(1),
        3 => Ok((header >> 16 & 0x3fff) as usize + 2),
        _ => Err(Error::Type { header }),
    }
}

impl<'a> Packet<'a> {
    /// The first packet of some words, and how many words it takes.
    pub fn parse(words: &'a [u32]) -> Result<(Packet<'a>, usize), Error> {
        let Some(&head) = words.first() else {
            return Err(Error::Truncated { need: 1, have: 0 });
        };
        let need = packet_dwords(head)?;
        let Some(body) = words.get(1..need) else {
            return Err(Error::Truncated {
                need,
                have: words.len(),
            });
        };
        if head >> 30 == 2 {
            return Ok((Packet::Nop(body), need));
        }
        let (op, low) = ((head >> 8) as u8, head as u8);
        Ok((
            Self::parse_body(op, body).unwrap_or(Packet::Unknown { op, low, body }),
            need,
        ))
    }

    fn parse_body(op: u8, body: &'a [u32]) -> Option<Packet<'a>> {
        Some(match (op, body) {
            (op::NOP, body) => Packet::Nop(body),
            (op::SET_SH_REG | op::SET_SH_REG_INDEX, [offset, values @ ..]) => Packet::SetShReg {
                offset: offset & 0xffff,
                values,
            },
            (op::SET_UCONFIG_REG, [offset, values @ ..]) => Packet::SetUconfigReg {
                offset: offset & 0xffff,
                values,
            },
            (op::DISPATCH_DIRECT, &[x, y, z, initiator]) => Packet::DispatchDirect {
                groups: [x, y, z],
                initiator,
            },
            (op::DISPATCH_INDIRECT, &[low, high, initiator]) => Packet::DispatchIndirect {
                address: wide(low, high),
                initiator,
            },
            (op::WAIT_REG_MEM, &[info, low, high, reference, mask, interval]) => {
                let target = match (info >> 4 & 3, info >> 6 & 3) {
                    (1, _) => WaitTarget::Memory(wide(low, high) & !3),
                    (_, 1) => WaitTarget::WriteThenWait {
                        request: low,
                        done: high,
                    },
                    _ => WaitTarget::Register(low),
                };
                Packet::WaitRegMem {
                    target,
                    function: Function::from_bits(info),
                    reference,
                    mask,
                    interval,
                }
            }
            (op::INDIRECT_BUFFER, &[low, high, control]) => Packet::IndirectBuffer {
                address: wide(low, high) & !3,
                dwords: control & 0xf_ffff,
                chain: control >> 20 & 1 != 0,
                flags: control & 0xffe0_0000,
            },
            (op::COPY_DATA, &[control, s0, s1, d0, d1]) => Packet::CopyData {
                source: match (control & 0xf) as u8 {
                    0 => CopySource::Register(s0),
                    1 | 2 => CopySource::Memory(wide(s0, s1)),
                    5 => CopySource::Immediate(wide(s0, s1)),
                    9 => CopySource::GpuClock,
                    select => CopySource::Other {
                        select,
                        value: wide(s0, s1),
                    },
                },
                destination: Destination::parse(control, wide(d0, d1)),
                wide: control >> 16 & 1 != 0,
                confirm: control >> 20 & 1 != 0,
            },
            (op::WRITE_DATA, &[control, low, high, ref data @ ..]) => Packet::WriteData {
                destination: Destination::parse(control, wide(low, high)),
                same_address: control >> 16 & 1 != 0,
                confirm: control >> 20 & 1 != 0,
                data,
            },
            (op::DMA_DATA, &[control, s0, s1, d0, d1, command]) => Packet::DmaData {
                source: match (control >> 29 & 3) as u8 {
                    0 | 3 => DmaSource::Memory(wide(s0, s1)),
                    2 => DmaSource::Fill(s0),
                    select => DmaSource::Other {
                        select,
                        value: wide(s0, s1),
                    },
                },
                destination: wide(d0, d1),
                bytes: command & 0x3ff_ffff,
                sync: control >> 31 != 0,
                flags: wide(control & 0x1fff_ffff, command & 0xfc00_0000),
            },
            (op::EVENT_WRITE, &[event]) => Packet::EventWrite {
                event: (event & 0x3f) as u8,
                index: (event >> 8 & 0xf) as u8,
                address: None,
            },
            (op::EVENT_WRITE, &[event, low, high]) => Packet::EventWrite {
                event: (event & 0x3f) as u8,
                index: (event >> 8 & 0xf) as u8,
                address: Some(wide(low, high)),
            },
            (op::RELEASE_MEM, &[word, select, low, high, d0, d1, context]) => {
                let caches = CacheControl::from_release(word);
                Packet::ReleaseMem {
                    event: (word & 0x3f) as u8,
                    index: (word >> 8 & 0xf) as u8,
                    caches,
                    data: match select >> 29 {
                        0 => ReleaseData::None,
                        1 => ReleaseData::U32(d0),
                        2 => ReleaseData::U64(wide(d0, d1)),
                        3 => ReleaseData::GpuClock,
                        select => ReleaseData::Other {
                            select: select as u8,
                            value: wide(d0, d1),
                        },
                    },
                    address: wide(low, high),
                    interrupt: (select >> 24 & 7) as u8,
                    other: [
                        word & !(caches.to_release() | 0xf3f),
                        select & 0x18ff_ffff,
                        context,
                    ],
                }
            }
            (op::ACQUIRE_MEM, &[_, size, size_hi, low, high, interval, gcr]) => {
                let caches = CacheControl::from_acquire(gcr);
                Packet::AcquireMem {
                    base: wide(low, high),
                    size: wide(size, size_hi),
                    caches,
                    interval,
                    other: gcr & !caches.to_acquire(),
                }
            }
            _ => return None,
        })
    }

    /// Appends the packet's words.
    pub fn emit(&self, out: &mut Vec<u32>) {
        let lo = |value: u64| value as u32;
        let hi = |value: u64| (value >> 32) as u32;
        let mut put = |op, body: &[u32]| {
            out.push(header(op, body.len()));
            out.extend_from_slice(body);
        };
        match *self {
            Packet::Nop([]) => out.push(NOP_DWORD),
            Packet::Nop(body) => put(op::NOP, body),
            Packet::SetShReg { offset, values } => {
                out.extend([header(op::SET_SH_REG, values.len() + 1), offset]);
                out.extend_from_slice(values);
            }
            Packet::SetUconfigReg { offset, values } => {
                out.extend([header(op::SET_UCONFIG_REG, values.len() + 1), offset]);
                out.extend_from_slice(values);
            }
            Packet::DispatchDirect {
                groups: [x, y, z],
                initiator,
            } => {
                put(op::DISPATCH_DIRECT, &[x, y, z, initiator]);
            }
            Packet::DispatchIndirect { address, initiator } => {
                put(
                    op::DISPATCH_INDIRECT,
                    &[lo(address), hi(address), initiator],
                );
            }
            Packet::WaitRegMem {
                target,
                function,
                reference,
                mask,
                interval,
            } => {
                let (mode, low, high) = match target {
                    WaitTarget::Memory(address) => (1 << 4, lo(address), hi(address)),
                    WaitTarget::Register(register) => (0, register, 0),
                    WaitTarget::WriteThenWait { request, done } => (1 << 6, request, done),
                };
                put(
                    op::WAIT_REG_MEM,
                    &[function as u32 | mode, low, high, reference, mask, interval],
                );
            }
            Packet::IndirectBuffer {
                address,
                dwords,
                chain,
                flags,
            } => {
                let control = (dwords & 0xf_ffff) | u32::from(chain) << 20 | (flags & 0xffe0_0000);
                put(op::INDIRECT_BUFFER, &[lo(address), hi(address), control]);
            }
            Packet::CopyData {
                source,
                destination,
                wide,
                confirm,
            } => {
                let (select, from) = match source {
                    CopySource::Register(register) => (0, register.into()),
                    CopySource::Memory(address) => (2, address),
                    CopySource::Immediate(value) => (5, value),
                    CopySource::GpuClock => (9, 0),
                    CopySource::Other { select, value } => (u32::from(select & 0xf), value),
                };
                let (to_select, to) = destination.emit();
                let control = select | to_select | u32::from(wide) << 16 | u32::from(confirm) << 20;
                put(
                    op::COPY_DATA,
                    &[control, lo(from), hi(from), lo(to), hi(to)],
                );
            }
            Packet::WriteData {
                destination,
                same_address,
                confirm,
                data,
            } => {
                let (select, to) = destination.emit();
                let control = select | u32::from(same_address) << 16 | u32::from(confirm) << 20;
                out.extend([
                    header(op::WRITE_DATA, data.len() + 3),
                    control,
                    lo(to),
                    hi(to),
                ]);
                out.extend_from_slice(data);
            }
            Packet::DmaData {
                source,
                destination,
                bytes,
                sync,
                flags,
            } => {
                let (select, from) = match source {
                    // Through L2 like everything else the card writes.
                    DmaSource::Memory(address) => (3, address),
                    DmaSource::Fill(value) => (2, value.into()),
                    DmaSource::Other { select, value } => (u32::from(select & 3), value),
                };
                let control = (lo(flags) & 0x1fff_ffff) | select << 29 | u32::from(sync) << 31;
                let command = (bytes & 0x3ff_ffff) | (hi(flags) & 0xfc00_0000);
                put(
                    op::DMA_DATA,
                    &[
                        control,
                        lo(from),
                        hi(from),
                        lo(destination),
                        hi(destination),
                        command,
                    ],
                );
            }
            Packet::EventWrite {
                event,
                index,
                address,
            } => {
                let word = u32::from(event & 0x3f) | u32::from(index & 0xf) << 8;
                match address {
                    Some(address) => put(op::EVENT_WRITE, &[word, lo(address), hi(address)]),
                    None => put(op::EVENT_WRITE, &[word]),
                }
            }
            Packet::ReleaseMem {
                event,
                index,
                caches,
                data,
                address,
                interrupt,
                other,
            } => {
                let (select, value) = match data {
                    ReleaseData::None => (0, 0),
                    ReleaseData::U32(value) => (1, value.into()),
                    ReleaseData::U64(value) => (2, value),
                    ReleaseData::GpuClock => (3, 0),
                    ReleaseData::Other { select, value } => (u32::from(select & 7), value),
                };
                let word = u32::from(event & 0x3f)
                    | u32::from(index & 0xf) << 8
                    | caches.to_release()
                    | other[0];
                let selects =
                    select << 29 | u32::from(interrupt & 7) << 24 | (other[1] & 0x18ff_ffff);
                put(
                    op::RELEASE_MEM,
                    &[
                        word,
                        selects,
                        lo(address),
                        hi(address),
                        lo(value),
                        hi(value),
                        other[2],
                    ],
                );
            }
            Packet::AcquireMem {
                base,
                size,
                caches,
                interval,
                other,
            } => {
                let gcr = caches.to_acquire() | other;
                put(
                    op::ACQUIRE_MEM,
                    &[0, lo(size), hi(size), lo(base), hi(base), interval, gcr],
                );
            }
            Packet::Unknown { op, low, body } => {
                out.push(header(op, body.len()) | u32::from(low));
                out.extend_from_slice(body);
            }
        }
    }

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

#[cfg(test)]
mod tests {
    use super::*;

    fn one(words: &[u32]) -> Packet<'_> {
        let (packet, used) = Packet::parse(words).unwrap();
        assert_eq!(used, words.len());
        packet
    }

    /// Words of a recorded kernel submission.
    #[test]
    fn recorded_packets() {
        let dispatch = [0xc003_1500, 8, 1, 1, 0x8005];
        assert_eq!(
            one(&dispatch),
            Packet::DispatchDirect {
                groups: [8, 1, 1],
                initiator: 0x8005
            }
        );
        let release = [0xc006_4900, 0x70_f514, 0x2200_0000, 0x1000, 0x2000, 7, 0, 0];
        match one(&release) {
            Packet::ReleaseMem {
                event,
                index,
                caches,
                data,
                address,
                interrupt,
                ..
            } => {
                assert_eq!(
                    (event, index, interrupt),
                    (event::CACHE_FLUSH_AND_INV_TS, 5, 2)
                );
                assert!(caches.gl2_wb && caches.gl2_inv && caches.glv_inv && !caches.gli_inv);
                assert_eq!((data, address), (ReleaseData::U32(7), 0x2000_0000_1000));
            }
            other => panic!("{other:?}"),
        }
        let flush = [0xc005_3c00, 0x43, 0xe26, 0xe27, u32::MAX, u32::MAX, 4];
        match one(&flush) {
            Packet::WaitRegMem {
                target, function, ..
            } => {
                assert_eq!(
                    target,
                    WaitTarget::WriteThenWait {
                        request: 0xe26,
                        done: 0xe27
                    }
                );
                assert_eq!(function, Function::Equal);
            }
            other => panic!("{other:?}"),
        }
        let acquire = [0xc006_5800, 0, u32::MAX, u32::MAX, 0, 0, 0, 0xc3f1];
        match one(&acquire) {
            Packet::AcquireMem { caches, .. } => assert_eq!(caches, CacheControl::ALL),
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn what_is_emitted_parses_back() {
        let packets = [
            Packet::Nop(&[1, 2, 3]),
            Packet::Nop(&[]),
            Packet::SetShReg {
                offset: 0x20c,
                values: &[1, 2],
            },
            Packet::SetUconfigReg {
                offset: 0x46,
                values: &[9],
            },
            Packet::DispatchIndirect {
                address: 0x2000_0000_0010,
                initiator: 0x8005,
            },
            Packet::WaitRegMem {
                target: WaitTarget::Memory(0x2000_0000_0000),
                function: Function::GreaterEqual,
                reference: 5,
                mask: u32::MAX,
                interval: 4,
            },
            Packet::IndirectBuffer {
                address: 0x1_0000_0000,
                dwords: 77,
                chain: true,
                flags: 1 << 23,
            },
            Packet::CopyData {
                source: CopySource::GpuClock,
                destination: Destination::Memory(0x40),
                wide: true,
                confirm: true,
            },
            Packet::WriteData {
                destination: Destination::Register(0xc046),
                same_address: false,
                confirm: true,
                data: &[1, 2, 3],
            },
            Packet::DmaData {
                source: DmaSource::Fill(0xffff_ffff),
                destination: 0x2000_0001_0000,
                bytes: 0x1000,
                sync: true,
                flags: 0,
            },
            Packet::EventWrite {
                event: event::CS_PARTIAL_FLUSH,
                index: 4,
                address: None,
            },
            Packet::AcquireMem {
                base: 0,
                size: u64::MAX,
                caches: CacheControl::ALL,
                interval: 10,
                other: 0,
            },
            Packet::Unknown {
                op: 0x93,
                low: 2,
                body: &[1, 2, 3],
            },
        ];
        for packet in packets {
            let mut words = Vec::new();
            packet.emit(&mut words);
            assert_eq!(one(&words), packet);
        }
    }

    #[test]
    fn rubbish_is_an_error() {
        assert_eq!(
            Packet::parse(&[]),
            Err(Error::Truncated { need: 1, have: 0 })
        );
        assert_eq!(
            Packet::parse(&[0xc003_1500, 1]),
            Err(Error::Truncated { need: 5, have: 2 })
        );
        assert_eq!(Packet::parse(&[0]), Err(Error::Type { header: 0 }));
        // A known opcode with a body of the wrong length is kept whole.
        assert_eq!(
            one(&[0xc000_1500, 1]),
            Packet::Unknown {
                op: op::DISPATCH_DIRECT,
                low: 0,
                body: &[1]
            }
        );
    }
}
