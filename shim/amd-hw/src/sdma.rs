//! SDMA packets, versions 6.0 and 7.0.
//!
//! A packet starts with `opcode | sub-opcode << 8 | bits of the opcode`; its length follows from
//! the opcode, so one that is not known cannot be skipped. Layouts are those of Linux'
//! `sdma_v6_0_0_pkt_open.h`; counts are stored less one.

use crate::pm4::Function;

/// Opcodes.
#[allow(missing_docs)]
pub mod op {
    pub const NOP: u8 = 0;
    pub const COPY: u8 = 1;
    pub const WRITE: u8 = 2;
    pub const INDIRECT: u8 = 4;
    pub const FENCE: u8 = 5;
    pub const TRAP: u8 = 6;
    pub const POLL_REGMEM: u8 = 8;
    pub const CONST_FILL: u8 = 11;
    pub const TIMESTAMP: u8 = 13;
    pub const GCR_REQ: u8 = 17;
}

/// Most bytes that one COPY moves (30-bit count since 6.0, kept a multiple of 4 KiB).
pub const MAX_COPY_BYTES: u64 = 0x4000_0000;
/// Most bytes that one CONST_FILL writes.
pub const MAX_FILL_BYTES: u64 = 0x4000_0000;

/// What POLL_REGMEM polls.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PollTarget {
    /// A dword of memory.
    Memory(u64),
    /// A register, by byte offset; with `hdp_flush` the HDP request and done registers.
    Register {
        /// The two address dwords.
        address: u64,
        /// Requests an HDP flush first.
        hdp_flush: bool,
    },
}

/// A packet; borrowed parts point into the words it was parsed from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Packet<'a> {
    /// Skipped with `body` (a count in bits 29:16).
    Nop(&'a [u32]),
    /// Copies bytes between linear ranges.
    CopyLinear {
        /// From.
        source: u64,
        /// To.
        destination: u64,
        /// Bytes, 1 to [`MAX_COPY_BYTES`].
        bytes: u32,
    },
    /// Writes dwords.
    Write {
        /// To.
        address: u64,
        /// At least one dword.
        data: &'a [u32],
    },
    /// Runs packets elsewhere in memory. The packet must end on a multiple of 8 dwords of the ring.
    Indirect {
        /// Address, multiple of 32.
        address: u64,
        /// Dwords.
        dwords: u32,
        /// VMID.
        vmid: u8,
        /// Context save area.
        csa: u64,
    },
    /// Writes a dword once earlier packets are done.
    Fence {
        /// To.
        address: u64,
        /// Data.
        data: u32,
        /// Caching of the write, 3 is uncached.
        mtype: u8,
    },
    /// Raises an interrupt.
    Trap {
        /// Context id of the interrupt entry.
        context: u32,
    },
    /// Blocks until a dword satisfies a comparison.
    PollRegMem {
        /// What is polled.
        target: PollTarget,
        /// Comparison.
        function: Function,
        /// Right-hand side.
        reference: u32,
        /// Applied to the polled value.
        mask: u32,
        /// Clocks between polls.
        interval: u16,
        /// Polls before giving up; 0xfff never gives up.
        retries: u16,
    },
    /// Fills memory with a value of 1, 2 or 4 bytes.
    ConstFill {
        /// To.
        address: u64,
        /// Value.
        data: u32,
        /// Bytes.
        bytes: u32,
        /// Log2 of the value's width in bytes: 0, 1, 2.
        width: u8,
    },
    /// Writes the 100 MHz counter, a qword.
    Timestamp {
        /// To, multiple of 8.
        address: u64,
    },
    /// Cache control.
    Gcr {
        /// The four dwords after the header.
        body: [u32; 4],
    },
}

/// Why words are no packet.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// The packet goes on past the last word.
    #[error("a packet of {need} dwords begins where {have} are left")]
    Truncated {
        /// Dwords that the packet takes.
        need: usize,
        /// Dwords that are there.
        have: usize,
    },
    /// Not an opcode that is known, so its length is not known either.
    #[error("unknown SDMA packet {header:#010x}")]
    Unknown {
        /// The header.
        header: u32,
    },
}

const fn wide(low: u32, high: u32) -> u64 {
    low as u64 | (high as u64) << 32
}

const CPV: u32 = 1 << 19;

impl<'a> Packet<'a> {
    /// The first packet of some words, and how many words it takes.
    pub fn parse(words: &'a [u32]) -> Result<(Packet<'a>, usize), Error> {
        let Some(&head) = words.first() else {
            return Err(Error::Truncated { need: 1, have: 0 });
        };
        let body = |dwords: usize| {
            words.get(1..=dwords).ok_or(Error::Truncated {
                need: dwords + 1,
                have: words.len(),
            })
        };
        let (packet, used) = match (head as u8, (head >> 8) as u8) {
            (op::NOP, 0) => {
                let skip = (head >> 16 & 0x3fff) as usize;
                (Packet::Nop(body(skip)?), skip)
            }
            (op::COPY, 0) => {
                // SDMA 7.0 appends a dword of compression parameters when CPV is set.
                let dwords = 6 + usize::from(head & CPV != 0);
                let b = body(dwords)?;
                let bytes = (b[0] & 0x3fff_ffff) + 1;
                (
                    Packet::CopyLinear {
                        source: wide(b[2], b[3]),
                        destination: wide(b[4], b[5]),
                        bytes,
                    },
                    dwords,
                )
            }
            (op::WRITE, 0) => {
                let count = (body(3)?[2] & 0xf_ffff) as usize + 1;
                let b = body(3 + count)?;
                (
                    Packet::Write {
                        address: wide(b[0], b[1]),
                        data: &b[3..],
                    },
                    3 + count,
                )
            }
            (op::INDIRECT, 0) => {
                let b = body(5)?;
                let packet = Packet::Indirect {
                    address: wide(b[0], b[1]) & !0x1f,
                    dwords: b[2] & 0xf_ffff,
                    vmid: (head >> 16 & 0xf) as u8,
                    csa: wide(b[3], b[4]),
                };
                (packet, 5)
            }
            (op::FENCE, 0) => {
                let b = body(3)?;
                let mtype = (head >> 16 & 7) as u8;
                (
                    Packet::Fence {
                        address: wide(b[0], b[1]) & !3,
                        data: b[2],
                        mtype,
                    },
                    3,
                )
            }
            (op::TRAP, 0) => (
                Packet::Trap {
                    context: body(1)?[0] & 0xfff_ffff,
                },
                1,
            ),
            (op::POLL_REGMEM, 0) => {
                let b = body(5)?;
                let address = wide(b[0], b[1]) & !3;
                let target = match head >> 31 {
                    0 => PollTarget::Register {
                        address,
                        hdp_flush: head >> 26 & 1 != 0,
                    },
                    _ => PollTarget::Memory(address),
                };
                let packet = Packet::PollRegMem {
                    target,
                    function: Function::from_bits(head >> 28),
                    reference: b[2],
                    mask: b[3],
                    interval: b[4] as u16,
                    retries: (b[4] >> 16 & 0xfff) as u16,
                };
                (packet, 5)
            }
            (op::CONST_FILL, 0) => {
                let b = body(4)?;
                let packet = Packet::ConstFill {
                    address: wide(b[0], b[1]),
                    data: b[2],
                    bytes: (b[3] & 0x3fff_ffff) + 1,
                    width: (head >> 30) as u8,
                };
                (packet, 4)
            }
            (op::TIMESTAMP, 2) => {
                let b = body(2)?;
                (
                    Packet::Timestamp {
                        address: wide(b[0], b[1]) & !7,
                    },
                    2,
                )
            }
            (op::GCR_REQ, _) => {
                let b = body(4)?;
                (
                    Packet::Gcr {
                        body: [b[0], b[1], b[2], b[3]],
                    },
                    4,
                )
            }
            _ => return Err(Error::Unknown { header: head }),
        };
        Ok((packet, used + 1))
    }

    /// Appends the packet's words.
    pub fn emit(&self, out: &mut Vec<u32>) {
        let lo = |value: u64| value as u32;
        let hi = |value: u64| (value >> 32) as u32;
        match *self {
            Packet::Nop(body) => {
                out.push(u32::from(op::NOP) | (body.len() as u32 & 0x3fff) << 16);
                out.extend_from_slice(body);
            }
            Packet::CopyLinear {
                source,
                destination,
                bytes,
            } => out.extend([
                op::COPY.into(),
                bytes.wrapping_sub(1) & 0x3fff_ffff,
                0,
                lo(source),
                hi(source),
                lo(destination),
                hi(destination),
            ]),
            Packet::Write { address, data } => {
                let count = (data.len() as u32).wrapping_sub(1) & 0xf_ffff;
                out.extend([op::WRITE.into(), lo(address), hi(address), count]);
                out.extend_from_slice(data);
            }
            Packet::Indirect {
                address,
                dwords,
                vmid,
                csa,
            } => out.extend([
                u32::from(op::INDIRECT) | u32::from(vmid & 0xf) << 16,
                lo(address),
                hi(address),
                dwords & 0xf_ffff,
                lo(csa),
                hi(csa),
            ]),
            Packet::Fence {
                address,
                data,
                mtype,
            } => out.extend([
                u32::from(op::FENCE) | u32::from(mtype & 7) << 16,
                lo(address),
                hi(address),
                data,
            ]),
            Packet::Trap { context } => out.extend([op::TRAP.into(), context & 0xfff_ffff]),
            Packet::PollRegMem {
                target,
                function,
                reference,
                mask,
                interval,
                retries,
            } => {
                let (flags, address) = match target {
                    PollTarget::Memory(address) => (1 << 31, address),
                    PollTarget::Register { address, hdp_flush } => {
                        (u32::from(hdp_flush) << 26, address)
                    }
                };
                out.extend([
                    u32::from(op::POLL_REGMEM) | (function as u32) << 28 | flags,
                    lo(address),
                    hi(address),
                    reference,
                    mask,
                    u32::from(interval) | u32::from(retries & 0xfff) << 16,
                ]);
            }
            Packet::ConstFill {
                address,
                data,
                bytes,
                width,
            } => out.extend([
                u32::from(op::CONST_FILL) | u32::from(width & 3) << 30,
                lo(address),
                hi(address),
                data,
                bytes.wrapping_sub(1) & 0x3fff_ffff,
            ]),
            Packet::Timestamp { address } => {
                out.extend([u32::from(op::TIMESTAMP) | 2 << 8, lo(address), hi(address)]);
            }
            Packet::Gcr { body } => {
                out.push(op::GCR_REQ.into());
                out.extend(body);
            }
        }
    }

    /// The packet's name.
    pub fn name(&self) -> &'static str {
        match self {
            Packet::Nop(_) => "NOP",
            Packet::CopyLinear { .. } => "COPY_LINEAR",
            Packet::Write { .. } => "WRITE",
            Packet::Indirect { .. } => "INDIRECT",
            Packet::Fence { .. } => "FENCE",
            Packet::Trap { .. } => "TRAP",
            Packet::PollRegMem { .. } => "POLL_REGMEM",
            Packet::ConstFill { .. } => "CONST_FILL",
            Packet::Timestamp { .. } => "TIMESTAMP",
            Packet::Gcr { .. } => "GCR",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn recorded_packets() {
        let poll = [0xd000_0008, 0x1000, 0x2000, 3, u32::MAX, 0x0fff_0004];
        let want = Packet::PollRegMem {
            target: PollTarget::Memory(0x2000_0000_1000),
            function: Function::GreaterEqual,
            reference: 3,
            mask: u32::MAX,
            interval: 4,
            retries: 0xfff,
        };
        assert_eq!(Packet::parse(&poll), Ok((want, 6)));
        let fence = [0x3_0005, 0x1000, 0x2000, 9];
        assert_eq!(
            Packet::parse(&fence),
            Ok((
                Packet::Fence {
                    address: 0x2000_0000_1000,
                    data: 9,
                    mtype: 3
                },
                4
            ))
        );
    }

    #[test]
    fn what_is_emitted_parses_back() {
        for packet in [
            Packet::Nop(&[]),
            Packet::Nop(&[5, 6]),
            Packet::CopyLinear {
                source: 1 << 40,
                destination: 7,
                bytes: 0x4000_0000,
            },
            Packet::Write {
                address: 0x100,
                data: &[1, 2, 3],
            },
            Packet::Indirect {
                address: 0x2000_0000_0020,
                dwords: 8,
                vmid: 0,
                csa: 0,
            },
            Packet::Fence {
                address: 0x10,
                data: 4,
                mtype: 3,
            },
            Packet::Trap { context: 5 },
            Packet::ConstFill {
                address: 0x10,
                data: 0xab,
                bytes: 64,
                width: 2,
            },
            Packet::Timestamp { address: 0x18 },
            Packet::Gcr { body: [1, 2, 3, 4] },
        ] {
            let mut words = Vec::new();
            packet.emit(&mut words);
            assert_eq!(Packet::parse(&words), Ok((packet, words.len())));
            for cut in 0..words.len() {
                assert!(
                    matches!(Packet::parse(&words[..cut]), Err(Error::Truncated { .. })),
                    "{packet:?}"
                );
            }
        }
        assert_eq!(Packet::parse(&[0xff]), Err(Error::Unknown { header: 0xff }));
    }
}
