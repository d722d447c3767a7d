//! Memory as a warp sees it: global, workgroup, local and parameter bytes, a lane at a time.
//!
//! An access that is not aligned to its size, or not wholly inside one of the blocks there are, is a
//! fault, and that lane reads and writes nothing.

use std::ops::Range;

use super::super::exec::Context;
use super::super::inst::{Address, Inst, Reg, Source, Space};
use super::super::memory::Use;
use super::super::{Fault, FaultKind, LANES};
use super::{lanes, Row, Warp};

/// Where one lane's access goes.
#[derive(Clone, Copy)]
pub(super) struct Place<'a> {
    pub(super) inst: &'a Inst,
    pub(super) space: Space,
    pub(super) lane: usize,
    pub(super) address: u64,
}

impl Warp {
    pub(super) fn addresses(
        &self,
        address: Address,
        active: u32,
        inst: &Inst,
        context: &Context<'_>,
    ) -> Result<Row, Fault> {
        let base = self.read(address.base, active, inst, context)?;
        Ok(base.map(|base| base.wrapping_add(address.offset as u64)))
    }

    pub(super) fn load(
        &mut self,
        inst: &Inst,
        active: u32,
        context: &mut Context<'_>,
        (space, bytes, signed, constant): (Space, u32, bool, bool),
        d: &[Option<(Reg, u64)>],
        address: Address,
    ) -> Result<(), Fault> {
        let at = self.addresses(address, active, inst, context)?;
        let each = bytes as usize;
        let mut rows = [[0; LANES]; 8];
        for lane in lanes(active) {
            let mut buffer = [0; 64];
            let buffer = &mut buffer[..each * d.len()];
            let place = Place {
                inst,
                space,
                lane,
                address: at[lane],
            };
            self.get(place, context, buffer)?;
            if constant {
                self.stays(place, context, buffer.len(), Use::Constant)?;
            }
            for (row, part) in rows.iter_mut().zip(buffer.chunks_exact(each)) {
                let value = number(part);
                row[lane] = match signed {
                    true => {
                        let unused = 64 - 8 * bytes;
                        (((value << unused) as i64) >> unused) as u64
                    }
                    false => value,
                };
            }
        }
        for (d, row) in d.iter().zip(&rows) {
            if let Some((d, keep)) = d {
                self.write(*d, active, |lane| row[lane] & keep);
            }
        }
        Ok(())
    }

    pub(super) fn store(
        &mut self,
        inst: &Inst,
        active: u32,
        context: &mut Context<'_>,
        (space, bytes): (Space, u32),
        values: &[Source],
        address: Address,
    ) -> Result<(), Fault> {
        let at = self.addresses(address, active, inst, context)?;
        let each = bytes as usize;
        let mut rows = [[0; LANES]; 8];
        for (row, value) in rows.iter_mut().zip(values) {
            *row = self.read(*value, active, inst, context)?;
        }
        for lane in lanes(active) {
            let mut buffer = [0; 64];
            let buffer = &mut buffer[..each * values.len()];
            for (part, row) in buffer.chunks_exact_mut(each).zip(&rows) {
                part.copy_from_slice(&row[lane].to_le_bytes()[..each]);
            }
            let place = Place {
                inst,
                space,
                lane,
                address: at[lane],
            };
            self.put(place, context, buffer)?;
        }
        Ok(())
    }

    fn aligned(&self, place: Place<'_>, context: &Context<'_>, bytes: usize) -> Result<(), Fault> {
        let (space, address) = (place.space.name(), place.address);
        if address.is_multiple_of(bytes as u64) {
            return Ok(());
        }
        let kind = FaultKind::Misaligned {
            space,
            address,
            bytes: bytes as u32,
        };
        Err(self.fault(context, place.inst, 1 << place.lane, kind))
    }

    fn outside(&self, place: Place<'_>, context: &Context<'_>, bytes: usize) -> Fault {
        let near = match place.space {
            Space::Global => context.memory.near(place.address),
            Space::Shared => format!("the workgroup has {}", context.shared.len()),
            Space::Local => format!("the lane has {}", context.entry.local_bytes),
            Space::Param => format!("the block has {}", context.parameters.len()),
        };
        let kind = FaultKind::OutOfBounds {
            space: place.space.name(),
            address: place.address,
            bytes: bytes as u32,
            near,
        };
        self.fault(context, place.inst, 1 << place.lane, kind)
    }

    /// Reads what fills `out`.
    pub(super) fn get(
        &self,
        place: Place<'_>,
        context: &mut Context<'_>,
        out: &mut [u8],
    ) -> Result<(), Fault> {
        self.aligned(place, context, out.len())?;
        let address = place.address;
        let found = match place.space {
            Space::Global => context.memory.load(address, out),
            Space::Shared => copy_out(&context.shared, address, out),
            Space::Local => {
                let local = context.entry.local_bytes as usize;
                copy_out(&self.local[place.lane * local..][..local], address, out)
            }
            Space::Param => copy_out(context.parameters, address, out),
        };
        match found {
            true => Ok(()),
            false => Err(self.outside(place, context, out.len())),
        }
    }

    /// Writes all of `bytes`.
    pub(super) fn put(
        &mut self,
        place: Place<'_>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Result<(), Fault> {
        self.aligned(place, context, bytes.len())?;
        let address = place.address;
        let found = match place.space {
            Space::Global => context.memory.store(address, bytes),
            Space::Shared => copy_in(&mut context.shared, address, bytes),
            Space::Local => {
                let local = context.entry.local_bytes as usize;
                copy_in(
                    &mut self.local[place.lane * local..][..local],
                    address,
                    bytes,
                )
            }
            Space::Param => false,
        };
        match (found, place.space) {
            (true, Space::Global) => self.stays(place, context, bytes.len(), Use::Written),
            (true, _) => Ok(()),
            (false, _) => Err(self.outside(place, context, bytes.len())),
        }
    }

    /// What `.nc` reads must be read-only for the whole launch, before and after.
    fn stays(
        &self,
        place: Place<'_>,
        context: &mut Context<'_>,
        bytes: usize,
        how: Use,
    ) -> Result<(), Fault> {
        let Some(uses) = &mut context.uses else {
            return Ok(());
        };
        match uses.add(place.address, bytes, how) {
            true => Ok(()),
            false => {
                let kind = FaultKind::Undefined("memory that `.nc` reads is written by the launch");
                Err(self.fault(context, place.inst, 1 << place.lane, kind))
            }
        }
    }
}

/// Little-endian bytes as a number.
pub(super) fn number(bytes: &[u8]) -> u64 {
    let mut word = [0; 8];
    word[..bytes.len()].copy_from_slice(bytes);
    u64::from_le_bytes(word)
}

/// The bytes of an access in a block, if they all are there.
fn span(block: &[u8], address: u64, bytes: usize) -> Option<Range<usize>> {
    let at = usize::try_from(address).ok()?;
    let end = at.checked_add(bytes)?;
    (end <= block.len()).then_some(at..end)
}

fn copy_out(block: &[u8], address: u64, out: &mut [u8]) -> bool {
    let Some(span) = span(block, address, out.len()) else {
        return false;
    };
    out.copy_from_slice(&block[span]);
    true
}

fn copy_in(block: &mut [u8], address: u64, bytes: &[u8]) -> bool {
    let Some(span) = span(block, address, bytes.len()) else {
        return false;
    };
    block[span].copy_from_slice(bytes);
    true
}
