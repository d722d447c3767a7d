//! Scalar memory in fast mode.
//!
//! `s_load` reads whole dwords at an address whose low two bits are ignored; `s_buffer_load` checks
//! its descriptor first and gives zeros out of range.

use rdna_isa::{Inst, OpInfo, Operand};

use super::access::Descriptor;
use super::group::Fault;
use super::memory::MemoryFault;
use super::operands::Builder;
use super::program::Slot;
use super::vmem::env;
use super::wave::{Flow, Wave};

/// Bytes of one element: 4, or less for the narrow loads of gfx12; extended where signed.
const BYTES: u16 = 0x7;
const SIGNED: u16 = 0x8;
const BUFFER: u16 = 0x10;

/// Makes the slot of a scalar load: `a` base, `b` offset register, `imm` offset, `dst2` dwords.
pub fn slot(b: &mut Builder, inst: &Inst, row: &OpInfo, va: u64) -> Result<Slot, String> {
    let name = format!("{:?}", inst.op).to_lowercase();
    let mut s = Slot {
        run: load,
        ..Slot::empty()
    };
    let mut mods = 4;
    if name.starts_with("s_buffer") {
        mods |= BUFFER;
    }
    if name.ends_with("8") && !name.ends_with("128") {
        mods = mods & !BYTES | 1;
    }
    if name.ends_with("_i16") || name.ends_with("_u16") {
        mods = mods & !BYTES | 2;
    }
    if name.ends_with("_i8") || name.ends_with("_i16") {
        mods |= SIGNED;
    }
    s.mods = mods;
    let zero = b.constant(0)?;
    s.b = zero;
    for (place, (op, info)) in inst.operands.iter().zip(row.operands).enumerate() {
        match place {
            0 => {
                s.dst = b.scalar_dst(*op, info)?;
                s.dst2 = u16::from(info.dwords);
            }
            1 => s.a = b.scalar_source(*op, info)?,
            _ => {
                if *op != Operand::Off {
                    s.b = b.scalar_source(*op, info)?;
                }
            }
        }
    }
    s.imm = inst.mods.offset as u32;
    s.ext = (va >> 2) as u32;
    Ok(s)
}

/// Where a scalar load reads: address and bytes, or nothing when out of range.
pub fn address(w: &Wave, s: &Slot) -> Result<Option<(u64, usize)>, String> {
    let bytes = usize::from(s.mods & BYTES)
        * if s.mods & BYTES == 4 {
            usize::from(s.dst2)
        } else {
            1
        };
    let offset = i64::from(s.imm as i32).wrapping_add(i64::from(w.s(s.b)));
    let mask = if s.mods & BYTES == 4 {
        !3
    } else {
        !(u64::from(s.mods & BYTES) - 1)
    };
    if s.mods & BUFFER == 0 {
        return Ok(Some((w.s64(s.a).wrapping_add(offset as u64) & mask, bytes)));
    }
    let d = Descriptor::new(w, s.a);
    let limit = if d.stride == 0 {
        u64::from(d.records)
    } else {
        u64::from(d.records) * u64::from(d.stride)
    };
    let offset = offset as u64 & mask;
    Ok((offset.saturating_add(bytes as u64) <= limit)
        .then_some((d.base.wrapping_add(offset), bytes)))
}

/// The dwords that a load delivers from the bytes that it read.
pub fn words(s: &Slot, bytes: &[u8; 64]) -> [u32; 16] {
    let mut out: [u32; 16] = std::array::from_fn(|i| {
        u32::from_le_bytes([
            bytes[4 * i],
            bytes[4 * i + 1],
            bytes[4 * i + 2],
            bytes[4 * i + 3],
        ])
    });
    if s.mods & BYTES != 4 {
        let shift = 32 - 8 * u32::from(s.mods & BYTES);
        let v = out[0] << shift;
        out[0] = if s.mods & SIGNED != 0 {
            (v as i32 >> shift) as u32
        } else {
            v >> shift
        };
    }
    out
}

/// `s_load` and `s_buffer_load`.
pub fn load(w: &mut Wave, s: &Slot) -> Flow {
    // SAFETY: the wave runs.
    let env = unsafe { env(w) };
    let mut bytes = [0; 64];
    match address(w, s) {
        Ok(Some((va, n))) => {
            if let Err(f) = read(env, s, va, &mut bytes[..n]) {
                return env.fail(Fault::Scalar(f));
            }
        }
        Ok(None) => {}
        Err(why) => return env.fail(Fault::Bad(0, why)),
    }
    let words = words(s, &bytes);
    for (i, v) in words.iter().enumerate().take(usize::from(s.dst2)) {
        w.set_s(s.dst + i as u16, *v);
    }
    Flow::Next
}

fn read(env: &mut super::group::Env, s: &Slot, va: u64, out: &mut [u8]) -> Result<(), MemoryFault> {
    env.tlb.read(s.ext, va, out)
}
