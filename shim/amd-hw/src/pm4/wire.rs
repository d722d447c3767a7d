//! Packets as words: parsing and emitting.

use super::{
    header, op, CacheControl, CopySource, Destination, DmaSource, Error, Function, Packet,
    ReleaseData, WaitTarget, NOP_DWORD,
};

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
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::pm4::event;

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
