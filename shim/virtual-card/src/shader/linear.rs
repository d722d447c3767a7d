//! Where a wave's accesses lie, in the forms that compilers write: a base for the wave and 32-bit
//! offsets of the lanes.
//!
//! Raw buffers and global memory with a scalar base take one bounds comparison and one translation
//! for the whole wave; a full wave whose lanes lie in a row, or all at one place, needs not even its
//! offsets looked at. [`super::access::addresses`] knows every other form, and both must agree.

use super::access::{Descriptor, MemOp, Space, NONE};
use super::lanes::{Host, Lanes, LANES};
use super::wave::Wave;

/// How a full wave's lanes lie.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Shape {
    /// Each behind the one before, without gaps.
    Row,
    /// All at the same place.
    One,
}

/// Whether the lanes lie `step` bytes apart, or all at one place.
#[inline(always)]
pub fn shape<H: Host>(v: &Lanes, step: u32) -> Option<Shape> {
    let (shape, step) = match v[1].wrapping_sub(v[0]) {
        0 => (Shape::One, 0),
        s if s == step => (Shape::Row, step),
        _ => return None,
    };
    // SAFETY: `H` is the stamping that runs.
    unsafe { H::ascending(v, step) }.then_some(shape)
}

/// What the lanes of an operation have in common.
pub struct Base {
    /// What their offsets are added to.
    at: u64,
    /// The largest offset that is inside the buffer; none is where it is smaller than an access.
    limit: Option<u64>,
}

/// The base of an operation of `bytes` a lane, if it has such a form.
#[inline(always)]
pub fn base(w: &Wave, m: &MemOp, bytes: u32) -> Option<Base> {
    let immediate = m.offset as i64 as u64;
    match m.space {
        Space::Buffer if m.offen && !m.idxen && m.offset >= 0 => {
            let d = Descriptor::new(w, m.rsrc);
            if d.oob != 3 || d.unusual {
                return None;
            }
            let soffset = if m.saddr == NONE { 0 } else { w.s(m.saddr) };
            Some(Base {
                at: d.base.wrapping_add(soffset.into()).wrapping_add(immediate),
                limit: u64::from(d.records).checked_sub(immediate + u64::from(bytes)),
            })
        }
        Space::Global if m.saddr != NONE && m.vaddr != NONE && !m.addtid => Some(Base {
            at: w.s64(m.saddr).wrapping_add(immediate),
            limit: Some(u32::MAX.into()),
        }),
        Space::Buffer | Space::Global | Space::Flat | Space::Scratch | Space::Lds => None,
    }
}

impl Base {
    /// Where a full wave's accesses of `bytes` begin and how they lie, if in one of the shapes and
    /// all inside.
    #[inline(always)]
    pub fn shape<H: Host>(&self, v: &Lanes, bytes: u32) -> Option<(Shape, u64)> {
        let shape = shape::<H>(v, bytes)?;
        let first = u64::from(v[0]);
        let last = match shape {
            Shape::Row => first + u64::from(bytes) * (LANES as u64 - 1),
            Shape::One => first,
        };
        let va = self.at.wrapping_add(first);
        (last <= self.limit? && va & 3 == 0).then_some((shape, va))
    }

    /// The lanes of `exec` that access memory, each with its offset from the lowest: see [`Spread`].
    #[inline(always)]
    pub fn spread<H: Host>(&self, v: &Lanes, exec: u32, bytes: u32) -> Option<Spread> {
        let limit = self.limit?.min(u32::MAX.into()) as u32;
        let mut inside = Lanes::ZERO;
        for i in 0..LANES {
            inside[i] = 0u32.wrapping_sub(u32::from(v[i] <= limit));
        }
        // SAFETY: `H` is the stamping that runs.
        let live = exec & unsafe { H::signs(&inside) };
        if live == 0 {
            return None;
        }
        let mut at = Lanes([v[live.trailing_zeros() as usize & 31]; LANES]);
        // SAFETY: a local line; `H` is the stamping that runs.
        unsafe { H::blend(&mut at, v, live) };
        let (mut lo, mut hi, mut low_bits) = (!0, 0, 0);
        for i in 0..LANES {
            lo = lo.min(at[i]);
            hi = hi.max(at[i]);
            low_bits |= at[i].wrapping_add(self.at as u32);
        }
        for i in 0..LANES {
            at[i] -= lo;
        }
        Some(Spread {
            va: self.at.wrapping_add(lo.into()),
            span: u64::from(hi - lo) + u64::from(bytes),
            at,
            live,
            aligned: low_bits & 3 == 0,
        })
    }
}

/// Accesses at any offsets.
pub struct Spread {
    /// The lowest address.
    pub va: u64,
    /// Bytes from there to the end of the last access.
    pub span: u64,
    /// Each lane's offset from there; some live lane's for those that are not.
    pub at: Lanes,
    /// Lanes that access memory: active, and within their buffer.
    pub live: u32,
    /// All addresses are dword aligned.
    pub aligned: bool,
}

/// Loads `WORDS` dwords a lane that lie in a row: lane `i` gets dwords `i * WORDS` and following.
///
/// # Safety
/// `128 * WORDS` bytes at `p` are valid and dword aligned, and the CPU has `H`'s features.
#[inline(always)]
pub unsafe fn load_row<H: Host, const WORDS: usize>(p: *const u8) -> [Lanes; WORDS] {
    // Loops, not closures: those would be compiled without `H`'s features.
    let mut flat = [Lanes::ZERO; WORDS];
    for (k, line) in flat.iter_mut().enumerate() {
        // SAFETY: the caller's.
        *line = unsafe { H::load(p.add(128 * k)) };
    }
    if WORDS == 1 {
        return flat;
    }
    let mut out = [Lanes::ZERO; WORDS];
    if let Some(flat) = flat.first_chunk::<4>().filter(|_| WORDS == 4) {
        // SAFETY: the caller's.
        let lines = unsafe { H::rows_to_lines(flat) };
        out.copy_from_slice(&lines[..WORDS]);
        return out;
    }
    let flat = flat.as_ptr().cast::<u32>();
    for i in 0..LANES {
        for (k, line) in out.iter_mut().enumerate() {
            // SAFETY: below `LANES * WORDS`, which `flat` has.
            line[i] = unsafe { *flat.add(i * WORDS + k) };
        }
    }
    out
}

/// The reverse of [`load_row`].
///
/// # Safety
/// As there, and writable.
#[inline(always)]
pub unsafe fn store_row<H: Host, const WORDS: usize>(p: *mut u8, data: &[Lanes; WORDS]) {
    let mut flat = *data;
    if let Some(lines) = data.first_chunk::<4>().filter(|_| WORDS == 4) {
        // SAFETY: the caller's.
        let rows = unsafe { H::lines_to_rows(lines) };
        flat.copy_from_slice(&rows[..WORDS]);
    } else if WORDS != 1 {
        let words = flat.as_mut_ptr().cast::<u32>();
        for i in 0..LANES {
            for (k, line) in data.iter().enumerate() {
                // SAFETY: below `LANES * WORDS`, which `flat` has.
                unsafe { *words.add(i * WORDS + k) = line[i] };
            }
        }
    }
    for (k, line) in flat.iter().enumerate() {
        // SAFETY: the caller's.
        unsafe { H::store(p.add(128 * k), line) };
    }
}
