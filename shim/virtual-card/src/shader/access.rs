//! Memory operations as data: what they access and where each lane's address lies.
//!
//! Shared by the fast and the strict executor. Addressing follows the ISA documents: buffers with
//! the range check of their descriptor, scratch swizzled by dword over the lanes, flat addresses
//! told apart by aperture.

use rdna_isa::{Format, Implicit, Inst, OpInfo, Operand, Role, Ty};

use super::atomic::Atomic;
use super::lanes::{Lanes, LANES};
use super::operands::Builder;
use super::wave::{scalar, Wave};

/// Index that stands for an absent operand.
pub const NONE: u16 = u16::MAX;

/// Address space of an operation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(missing_docs)]
pub enum Space {
    Global,
    Flat,
    Scratch,
    Buffer,
    Lds,
}

/// What is done there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(missing_docs)]
pub enum Action {
    Load,
    Store,
    Atomic(Atomic),
}

/// Which part of a register a narrow access concerns.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Part {
    /// The whole of it.
    Whole,
    /// Bits 15:0; the others keep their value.
    Low,
    /// Bits 31:16; the others keep their value.
    High,
}

/// A memory operation's fixed part.
#[derive(Clone, Copy, Debug)]
pub struct MemOp {
    /// Address space.
    pub space: Space,
    /// Load, store or atomic.
    pub action: Action,
    /// Bytes that one lane accesses (at each address, for two-address forms).
    pub bytes: u8,
    /// Narrow loads extend the sign.
    pub signed: bool,
    /// Part of the register for narrow accesses.
    pub part: Part,
    /// Two-address DS forms: bytes that an offset counts in; 0 for one address.
    pub pair: u16,
    /// The lane number times four is added (`_addtid_`).
    pub addtid: bool,
    /// Immediate byte offset; for two-address forms the first.
    pub offset: i32,
    /// Second offset in bytes.
    pub offset2: i32,
    /// Vector address: line, or [`NONE`].
    pub vaddr: u16,
    /// It has two dwords: a 64-bit address, or index and offset.
    pub wide: bool,
    /// Scalar address or offset: scalar index, or [`NONE`].
    pub saddr: u16,
    /// Buffer descriptor's first scalar index.
    pub rsrc: u16,
    /// The vector address holds a byte offset.
    pub offen: bool,
    /// The vector address holds an index.
    pub idxen: bool,
    /// Data stored: first line.
    pub data: u16,
    /// Second data of DS forms, first line.
    pub data2: u16,
    /// Result: first line, or [`NONE`].
    pub dst: u16,
    /// Cache bits, as [`rdna_isa::Mods::cache`].
    pub cache: u8,
    /// Number of this operation among the program's, for caches of translations.
    pub site: u32,
}

impl MemOp {
    /// Dwords of each address's data.
    pub fn words(&self) -> usize {
        usize::from(self.bytes).div_ceil(4)
    }

    /// Dwords of the result.
    pub fn result_words(&self) -> usize {
        if self.pair != 0 {
            2 * self.words()
        } else {
            self.words()
        }
    }

    /// From an instruction of a vector memory format.
    pub fn new(b: &mut Builder, inst: &Inst, row: &OpInfo) -> Result<MemOp, String> {
        let name = format!("{:?}", inst.op).to_lowercase();
        let (space, name) = match row.format {
            Format::Global => (Space::Global, name.strip_prefix("global_")),
            Format::Flat => (Space::Flat, name.strip_prefix("flat_")),
            Format::Scratch => (Space::Scratch, name.strip_prefix("scratch_")),
            Format::Mubuf => (Space::Buffer, name.strip_prefix("buffer_")),
            Format::Ds => (Space::Lds, name.strip_prefix("ds_")),
            _ => return Err("not a vector memory operation".into()),
        };
        let name = name.ok_or("a memory operation with another format's name")?;
        if name.contains("format")
            || name.contains("_tr_")
            || name.contains("bvh")
            || name.contains("condxchg")
            || name.contains("ordered")
        {
            return Err("this kind of memory access is not modelled".into());
        }
        let mut m = MemOp {
            space,
            action: Action::Load,
            bytes: 4,
            signed: false,
            part: Part::Whole,
            pair: 0,
            addtid: name.contains("addtid"),
            offset: inst.mods.offset,
            offset2: 0,
            vaddr: NONE,
            wide: false,
            saddr: NONE,
            rsrc: NONE,
            offen: inst.mods.offen,
            idxen: inst.mods.idxen,
            data: NONE,
            data2: NONE,
            dst: NONE,
            cache: inst.mods.cache,
            site: b.memory.len() as u32,
        };
        if inst.mods.gds || inst.mods.tfe {
            return Err("GDS and texel fail are not modelled".into());
        }
        let mut name = name.replace("rtn_", "");
        for (tag, scale) in [("2addr_stride64_", 64), ("2addr_", 1)] {
            if name.contains(tag) {
                name = name.replace(tag, "");
                m.pair = scale;
            }
        }
        let ty = name.rsplit('_').find(|t| {
            matches!(
                *t,
                "b8" | "u8" | "i8" | "b16" | "u16" | "i16" | "b96" | "b128"
            ) || t.ends_with("32")
                || t.ends_with("64")
                || t.ends_with("f16")
        });
        m.bytes = match ty {
            Some("b8" | "u8" | "i8") => 1,
            Some("b16" | "u16" | "i16") => 2,
            Some("b96") => 12,
            Some("b128") => 16,
            Some(t) if t.ends_with("64") => 8,
            _ => 4,
        };
        m.signed = matches!(ty, Some("i8" | "i16"));
        m.action = if row.implicit.contains(Implicit::ATOMIC) {
            let op = name.strip_prefix("atomic_").unwrap_or(&name);
            Action::Atomic(
                Atomic::from_name(op, b.options.arch.gen()).ok_or("an unknown atomic operation")?,
            )
        } else if row.implicit.contains(Implicit::STORE) {
            Action::Store
        } else {
            Action::Load
        };
        if m.pair != 0 {
            m.pair *= u16::from(m.bytes);
            m.offset = (inst.mods.offset & 0xff) * i32::from(m.pair);
            m.offset2 = (inst.mods.offset >> 8 & 0xff) * i32::from(m.pair);
        }

        // Vector operands in the row's order: which is the address depends on the format.
        let mut vectors: Vec<(u16, Ty)> = Vec::new();
        for (op, info) in inst.operands.iter().zip(row.operands) {
            match (*op, info.role) {
                (Operand::Off, Role::Def) => {}
                (op, Role::Def | Role::DefUse) => {
                    let p = b.vector_dst(op, info)?;
                    m.dst = p.index;
                    m.part = match info.ty {
                        Ty::Lo16 => Part::Low,
                        Ty::Hi16 => Part::High,
                        _ => Part::Whole,
                    };
                }
                (Operand::Vgpr(n), Role::Use) => {
                    let address = vectors.is_empty() && space != Space::Buffer
                        || space == Space::Buffer && info.kind == rdna_isa::Kind::VgprOrOff;
                    let dwords = if !address || space == Space::Lds {
                        info.dwords
                    } else {
                        // How many registers an address takes depends on the addressing mode.
                        match space {
                            Space::Flat => 2,
                            Space::Global if matches!(inst.operands.last(), Some(Operand::Off)) => {
                                2
                            }
                            Space::Buffer if m.offen && m.idxen => 2,
                            Space::Buffer if !m.offen && !m.idxen => 0,
                            _ => 1,
                        }
                    };
                    if address {
                        m.wide = dwords == 2;
                    }
                    if address && dwords == 0 {
                        continue;
                    }
                    let index = b.vgpr(n, dwords)?;
                    if space == Space::Buffer {
                        if address {
                            m.vaddr = index;
                        } else {
                            m.data = index;
                            if info.ty == Ty::Hi16 {
                                m.part = Part::High;
                            }
                        }
                    } else {
                        if !address && info.ty == Ty::Hi16 {
                            m.part = Part::High;
                        }
                        vectors.push((index, info.ty));
                    }
                }
                (Operand::Off, Role::Use) => {
                    if info.kind == rdna_isa::Kind::VgprOrOff && space != Space::Buffer {
                        vectors.push((NONE, info.ty));
                    }
                }
                (op, Role::Use) => {
                    if info.dwords == 4 {
                        m.rsrc = b.scalar_source(op, info)?;
                    } else {
                        m.saddr = b.scalar_source(op, info)?;
                    }
                }
            }
        }
        if space != Space::Buffer {
            let mut it = vectors.into_iter();
            if !m.addtid && !name.starts_with("append") && !name.starts_with("consume") {
                m.vaddr = it.next().map_or(NONE, |v| v.0);
            }
            m.data = it.next().map_or(NONE, |v| v.0);
            m.data2 = it.next().map_or(NONE, |v| v.0);
        }
        if space == Space::Buffer && m.rsrc == NONE {
            return Err("a buffer operation without a descriptor".into());
        }
        if matches!(m.action, Action::Store | Action::Atomic(_)) && m.data == NONE {
            return Err("a store without data".into());
        }
        // In memory formats the compare value follows the new one in the same tuple.
        if let Action::Atomic(a) = m.action {
            if a.has_second() && space != Space::Lds {
                m.data2 = m.data + u16::from(m.bytes / 4);
            }
        }
        Ok(m)
    }
}

/// Where the lanes of an operation access memory.
pub struct Addresses {
    /// Virtual address; for lanes of `lds` an LDS byte address, for those of `scratch` a byte
    /// offset in the lane's own scratch.
    pub at: [u64; LANES],
    /// Lanes that access memory: active, and within their buffer.
    pub live: u32,
    /// Lanes that go to LDS.
    pub lds: u32,
    /// Lanes that go to scratch.
    pub scratch: u32,
}

/// A buffer descriptor (V#).
#[derive(Clone, Copy, Debug)]
pub struct Descriptor {
    /// Base address.
    pub base: u64,
    /// Bytes from one record to the next.
    pub stride: u32,
    /// NUM_RECORDS.
    pub records: u32,
    /// OOB_SELECT.
    pub oob: u32,
    /// ADD_TID_ENABLE, or swizzling.
    pub unusual: bool,
}

impl Descriptor {
    /// From its four dwords.
    pub fn new(w: &Wave, at: u16) -> Descriptor {
        let [w0, w1, w2, w3] = std::array::from_fn(|i| w.s(at + i as u16));
        let base = u64::from(w0) | u64::from(w1 & 0xffff) << 32;
        Descriptor {
            // 48-bit addresses are sign extended.
            base: ((base << 16) as i64 >> 16) as u64,
            stride: w1 >> 16 & 0x3fff,
            records: w2,
            oob: w3 >> 28 & 3,
            unusual: w1 >> 30 != 0 || w3 >> 23 & 1 != 0,
        }
    }

    /// Whether an access of `bytes` at `offset` of record `index` is out of range (ISA documents,
    /// "Buffer range checking"). A partly out-of-range access is out of range as a whole.
    #[inline(always)]
    pub fn outside(&self, index: u64, offset: u64, bytes: u64) -> bool {
        let records = u64::from(self.records);
        match self.oob {
            0 => index >= records || (self.stride != 0 && offset + bytes > u64::from(self.stride)),
            1 => index >= records,
            2 => records == 0,
            _ => {
                let stride = u64::from(self.stride);
                if stride != 0 && index != 0 {
                    index * stride + offset + bytes > records
                } else {
                    offset + bytes > records
                }
            }
        }
    }
}

/// Computes the lanes' addresses.
///
/// # Errors
/// What is wrong with a descriptor.
#[inline(always)]
pub fn addresses(w: &Wave, m: &MemOp, offset: i32) -> Result<Addresses, String> {
    let exec = w.exec();
    let mut a = Addresses {
        at: [0; LANES],
        live: exec,
        lds: 0,
        scratch: 0,
    };
    let offset = offset as i64 as u64;
    match m.space {
        Space::Global => {
            let tid = if m.addtid { 4 } else { 0 };
            if m.saddr == NONE {
                let (lo, hi) = (w.value(m.vaddr), w.value(m.vaddr + 1));
                for i in 0..LANES {
                    let v = u64::from(lo[i]) | u64::from(hi[i]) << 32;
                    a.at[i] = v.wrapping_add(offset);
                }
            } else {
                let base = w.s64(m.saddr).wrapping_add(offset);
                if m.vaddr == NONE {
                    for i in 0..LANES {
                        a.at[i] = base.wrapping_add(tid * i as u64);
                    }
                } else {
                    let v = w.value(m.vaddr);
                    for i in 0..LANES {
                        a.at[i] = base.wrapping_add(u64::from(v[i]));
                    }
                }
            }
        }
        Space::Flat => {
            let (lo, hi) = (w.value(m.vaddr), w.value(m.vaddr + 1));
            // SAFETY: the environment is set while the wave runs.
            let bases = unsafe { &*w.env }.dispatch.sh_mem_bases;
            let (private, shared) = (bases << 16, bases & 0xffff_0000);
            for i in 0..LANES {
                let v = (u64::from(lo[i]) | u64::from(hi[i]) << 32).wrapping_add(offset);
                let top = (v >> 32) as u32;
                if bases != 0 && top == shared {
                    a.lds |= 1 << i;
                    a.at[i] = v & 0xffff_ffff;
                } else if bases != 0 && top == private {
                    a.scratch |= 1 << i;
                    a.at[i] = v & 0xffff_ffff;
                } else {
                    a.at[i] = v;
                }
            }
            a.lds &= exec;
            a.scratch &= exec;
        }
        Space::Scratch => {
            let base = if m.saddr == NONE { 0 } else { w.s(m.saddr) };
            let base = base.wrapping_add(offset as u32);
            if m.vaddr == NONE {
                a.at = [u64::from(base); LANES];
            } else {
                let v = w.value(m.vaddr);
                for i in 0..LANES {
                    a.at[i] = u64::from(v[i].wrapping_add(base));
                }
            }
            a.scratch = exec;
        }
        Space::Lds => {
            if m.vaddr == NONE {
                let base = u64::from(w.s(scalar::M0) & 0xffff).wrapping_add(offset);
                for i in 0..LANES {
                    a.at[i] = base.wrapping_add(4 * i as u64);
                }
            } else {
                let v = w.value(m.vaddr);
                for i in 0..LANES {
                    a.at[i] = u64::from(v[i]).wrapping_add(offset);
                }
            }
            a.lds = exec;
        }
        Space::Buffer => {
            let d = Descriptor::new(w, m.rsrc);
            if d.unusual {
                return Err("swizzled buffers and ADD_TID_ENABLE are not modelled".into());
            }
            let soffset = if m.saddr == NONE {
                0
            } else {
                u64::from(w.s(m.saddr))
            };
            let base = d.base.wrapping_add(soffset);
            let bytes = u64::from(m.bytes);
            let mut inside = Lanes::ZERO;
            let simple = d.oob == 3 && !m.idxen;
            let voffset = match (m.idxen, m.offen) {
                (true, true) => w.value(m.vaddr + 1),
                (false, true) => w.value(m.vaddr),
                (_, false) => Lanes::ZERO,
            };
            if simple {
                let records = u64::from(d.records);
                for i in 0..LANES {
                    let off = u64::from(voffset[i]).wrapping_add(offset);
                    a.at[i] = base.wrapping_add(off);
                    inside[i] = u32::from(off.wrapping_add(bytes) <= records);
                }
            } else {
                let index = if m.idxen {
                    w.value(m.vaddr)
                } else {
                    Lanes::ZERO
                };
                for i in 0..LANES {
                    let off = u64::from(voffset[i]).wrapping_add(offset);
                    let index = u64::from(index[i]);
                    a.at[i] = base
                        .wrapping_add(off)
                        .wrapping_add(index * u64::from(d.stride));
                    inside[i] = u32::from(!d.outside(index, off, bytes));
                }
            }
            let mut mask = 0;
            for i in 0..LANES {
                mask |= inside[i] << i;
            }
            a.live &= mask;
        }
    }
    Ok(a)
}

/// Virtual address of a byte of a lane's scratch: dwords are interleaved over the lanes.
pub fn scratch_va(base: u64, lane: usize, offset: u64) -> u64 {
    base.wrapping_add((offset & !3) * LANES as u64 + 4 * lane as u64 + (offset & 3))
}
