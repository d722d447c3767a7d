//! Memory as waves see it: the translation interface, and the only accesses to host memory.
//!
//! Card threads and the driver's process share these bytes (DMA memory, VRAM behind a BAR), so
//! they are touched through raw pointers with volatile or atomic operations only and never through
//! a reference. This module owns that rule for the shader engine: everything else in
//! [`crate::shader`] goes through [`HostSpan`]'s methods.

use std::sync::atomic::{AtomicU32, AtomicU64, Ordering};

use thiserror::Error;

use super::l2::L2;
use super::lanes::Lanes;

/// What an access wants to do.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Access {
    /// A load.
    Read,
    /// A store.
    Write,
    /// A read-modify-write.
    Atomic,
    /// Instruction fetch.
    Execute,
}

/// Why a translation failed; the card turns it into the hub's fault status register.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum FaultKind {
    /// No valid entry for the page.
    Unmapped,
    /// The entry lacks the permission that the access needs.
    Permission,
    /// A directory entry points outside memory, or the address is outside the context's range.
    BadTable,
}

/// A failed translation.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[error("{kind:?} page at virtual address {va:#x} ({access:?})")]
pub struct MemoryFault {
    /// Virtual address of the first byte that could not be translated.
    pub va: u64,
    /// What was wanted.
    pub access: Access,
    /// Why it was refused.
    pub kind: FaultKind,
}

/// A run of host memory behind a virtual address.
#[derive(Clone, Copy, Debug)]
pub struct HostSpan {
    /// Where the byte at the virtual address that was asked for lies.
    pub ptr: *mut u8,
    /// Bytes from there to the end of the contiguous run (at least to the end of the page).
    pub len: u64,
    /// Whether stores are allowed too, so that a cached read translation may serve them.
    pub writable: bool,
    /// Memory type UC: L2 keeps no line of it.
    pub uncached: bool,
}

// SAFETY: a span is an address; the accesses to it are atomic or volatile, and the memory behind it
// is shared with other processes and threads by its nature.
unsafe impl Send for HostSpan {}
// SAFETY: as above.
unsafe impl Sync for HostSpan {}

/// Virtual address to host memory for one VMID. Implemented by the GMC's page walk.
///
/// A span that was handed out stays readable and writable host memory until [`Engine::run`]
/// returns, even when its page is unmapped meanwhile: the card ends a dispatch before it gives
/// memory back.
///
/// [`Engine::run`]: crate::shader::Engine::run
pub trait Memory: Sync {
    /// Translates `va` for `access`. The engine caches the answer within a run for as long as
    /// [`Memory::epoch`] stays the same.
    fn translate(&self, va: u64, access: Access) -> Result<HostSpan, MemoryFault>;

    /// Grows with each TLB invalidation; cached translations of an older epoch are dropped.
    fn epoch(&self) -> u64 {
        0
    }

    /// The cache in front of pages that are not `uncached`, where it is modelled (strict mode).
    fn l2(&self) -> Option<&L2> {
        None
    }
}

impl HostSpan {
    /// Reads an aligned dword at `offset`.
    #[inline]
    pub fn read_u32(&self, offset: u64) -> u32 {
        let mut b = [0; 4];
        self.read(offset, &mut b);
        u32::from_le_bytes(b)
    }

    /// Reads bytes; what lies beyond the span reads as zero.
    pub fn read(&self, offset: u64, out: &mut [u8]) {
        let n = self.len.saturating_sub(offset).min(out.len() as u64) as usize;
        // SAFETY: `n` bytes from `offset` lie in the span, which is valid host memory.
        unsafe { read_bytes(self.ptr.add(offset as usize), &mut out[..n]) };
        out[n..].fill(0);
    }

    /// Writes bytes; what lies beyond the span is dropped.
    pub fn write(&self, offset: u64, bytes: &[u8]) {
        let n = self.len.saturating_sub(offset).min(bytes.len() as u64) as usize;
        // SAFETY: as above.
        unsafe { write_bytes(self.ptr.add(offset as usize), &bytes[..n]) };
    }
}

/// Reads bytes from shared memory, naturally aligned pieces in one access each.
///
/// # Safety
/// `out.len()` bytes at `ptr` are valid host memory.
pub unsafe fn read_bytes(ptr: *const u8, out: &mut [u8]) {
    // SAFETY: the caller's; alignment is checked for each width.
    unsafe {
        match out.len() {
            4 if ptr.addr().is_multiple_of(4) => {
                out.copy_from_slice(&ptr.cast::<u32>().read_volatile().to_le_bytes());
            }
            2 if ptr.addr().is_multiple_of(2) => {
                out.copy_from_slice(&ptr.cast::<u16>().read_volatile().to_le_bytes());
            }
            n if n % 4 == 0 && ptr.addr().is_multiple_of(4) => {
                for (i, c) in out.chunks_exact_mut(4).enumerate() {
                    c.copy_from_slice(&ptr.cast::<u32>().add(i).read_volatile().to_le_bytes());
                }
            }
            _ => {
                for (i, b) in out.iter_mut().enumerate() {
                    *b = ptr.add(i).read_volatile();
                }
            }
        }
    }
}

/// Writes bytes to shared memory, naturally aligned pieces in one access each.
///
/// # Safety
/// `bytes.len()` bytes at `ptr` are valid, writable host memory.
pub unsafe fn write_bytes(ptr: *mut u8, bytes: &[u8]) {
    // SAFETY: the caller's; alignment is checked for each width.
    unsafe {
        match bytes {
            &[a, b] if ptr.addr().is_multiple_of(2) => {
                ptr.cast::<u16>().write_volatile(u16::from_le_bytes([a, b]));
            }
            _ if bytes.len().is_multiple_of(4) && ptr.addr().is_multiple_of(4) => {
                for (i, c) in bytes.chunks_exact(4).enumerate() {
                    let v = u32::from_le_bytes([c[0], c[1], c[2], c[3]]);
                    ptr.cast::<u32>().add(i).write_volatile(v);
                }
            }
            _ => {
                for (i, b) in bytes.iter().enumerate() {
                    ptr.add(i).write_volatile(*b);
                }
            }
        }
    }
}

/// Gathers `words` dwords for each lane from aligned addresses.
///
/// # Safety
/// For each lane, `words` dwords at `base + offsets[lane]` are valid and aligned.
#[inline(always)]
pub unsafe fn gather<const WORDS: usize>(
    base: *const u8,
    offsets: &[u64; 32],
    out: &mut [Lanes; 4],
) {
    for i in 0..32 {
        for (k, line) in out.iter_mut().enumerate().take(WORDS) {
            // SAFETY: the caller's.
            unsafe {
                line[i] = base
                    .add(offsets[i] as usize)
                    .cast::<u32>()
                    .add(k)
                    .read_volatile();
            }
        }
    }
}

/// As [`gather`] with 32-bit offsets.
///
/// # Safety
/// For each lane, `WORDS` dwords at `base + offsets[lane]` are valid and aligned.
#[inline(always)]
pub unsafe fn gather_words<const WORDS: usize>(
    base: *const u8,
    offsets: &Lanes,
    out: &mut [Lanes; WORDS],
) {
    for i in 0..32 {
        for (k, line) in out.iter_mut().enumerate() {
            // SAFETY: the caller's.
            line[i] = unsafe {
                base.add(offsets[i] as usize)
                    .cast::<u32>()
                    .add(k)
                    .read_volatile()
            };
        }
    }
}

/// Copies 32 consecutive aligned dwords.
///
/// # Safety
/// 128 bytes at `base` are valid and dword aligned.
#[inline(always)]
pub unsafe fn load_line(base: *const u8) -> Lanes {
    let mut out = Lanes::ZERO;
    // Volatile in 16-byte pieces: one host access each, none invented or dropped.
    let from = base.cast::<[u32; 4]>();
    for k in 0..8 {
        // SAFETY: the caller's; `[u32; 4]` needs dword alignment.
        let v = unsafe { from.add(k).read_volatile() };
        out.0[4 * k..4 * k + 4].copy_from_slice(&v);
    }
    out
}

/// Stores 32 consecutive aligned dwords.
///
/// # Safety
/// 128 bytes at `base` are valid, writable and dword aligned.
#[inline(always)]
pub unsafe fn store_line(base: *mut u8, line: &Lanes) {
    let to = base.cast::<[u32; 4]>();
    for k in 0..8 {
        let v = [
            line[4 * k],
            line[4 * k + 1],
            line[4 * k + 2],
            line[4 * k + 3],
        ];
        // SAFETY: the caller's.
        unsafe { to.add(k).write_volatile(v) };
    }
}

/// As [`load_line`], in four accesses that the compiler cannot see into.
///
/// # Safety
/// As there, and the CPU has AVX2.
#[cfg(target_arch = "x86_64")]
#[inline]
#[target_feature(enable = "avx2")]
pub unsafe fn load_line_avx2(base: *const u8) -> Lanes {
    use std::arch::{asm, x86_64::__m256i};
    let v: [__m256i; 4];
    // SAFETY: reads the 128 bytes that the caller vouches for.
    unsafe {
        let (a, b, c, d);
        asm!(
            "vmovdqu {a}, [{p}]",
            "vmovdqu {b}, [{p} + 32]",
            "vmovdqu {c}, [{p} + 64]",
            "vmovdqu {d}, [{p} + 96]",
            p = in(reg) base,
            a = out(ymm_reg) a,
            b = out(ymm_reg) b,
            c = out(ymm_reg) c,
            d = out(ymm_reg) d,
            options(nostack, preserves_flags, readonly)
        );
        v = [a, b, c, d];
        Lanes(std::mem::transmute::<[__m256i; 4], [u32; 32]>(v))
    }
}

/// As [`store_line`], in four accesses that the compiler cannot see into.
///
/// # Safety
/// As there, and the CPU has AVX2.
#[cfg(target_arch = "x86_64")]
#[inline]
#[target_feature(enable = "avx2")]
pub unsafe fn store_line_avx2(base: *mut u8, line: &Lanes) {
    use std::arch::{asm, x86_64::__m256i};
    // SAFETY: writes the 128 bytes that the caller vouches for; a line is four vectors.
    unsafe {
        let v = line.0.as_ptr().cast::<__m256i>();
        asm!(
            "vmovdqu [{p}], {a}",
            "vmovdqu [{p} + 32], {b}",
            "vmovdqu [{p} + 64], {c}",
            "vmovdqu [{p} + 96], {d}",
            p = in(reg) base,
            a = in(ymm_reg) v.read(),
            b = in(ymm_reg) v.add(1).read(),
            c = in(ymm_reg) v.add(2).read(),
            d = in(ymm_reg) v.add(3).read(),
            options(nostack, preserves_flags)
        );
    }
}

/// Runs a read-modify-write on an aligned word of shared memory and returns the old value.
///
/// # Safety
/// Four bytes at `ptr` are valid, writable and aligned.
#[inline]
pub unsafe fn update_u32(ptr: *mut u8, f: impl Fn(u32) -> u32) -> u32 {
    // SAFETY: the caller's; all accesses to shared memory are atomic or volatile.
    let a = unsafe { AtomicU32::from_ptr(ptr.cast()) };
    let mut old = a.load(Ordering::Relaxed);
    loop {
        match a.compare_exchange_weak(old, f(old), Ordering::SeqCst, Ordering::Relaxed) {
            Ok(v) => return v,
            Err(v) => old = v,
        }
    }
}

/// As [`update_u32`], for eight bytes.
///
/// # Safety
/// Eight bytes at `ptr` are valid, writable and aligned.
#[inline]
pub unsafe fn update_u64(ptr: *mut u8, f: impl Fn(u64) -> u64) -> u64 {
    // SAFETY: the caller's.
    let a = unsafe { AtomicU64::from_ptr(ptr.cast()) };
    let mut old = a.load(Ordering::Relaxed);
    loop {
        match a.compare_exchange_weak(old, f(old), Ordering::SeqCst, Ordering::Relaxed) {
            Ok(v) => return v,
            Err(v) => old = v,
        }
    }
}

/// A cached translation.
#[derive(Clone, Copy)]
struct Entry {
    start: u64,
    end: u64,
    ptr: *mut u8,
    writable: bool,
    uncached: bool,
}

impl Entry {
    const NONE: Entry = Entry {
        start: 1,
        end: 0,
        ptr: std::ptr::null_mut(),
        writable: false,
        uncached: true,
    };

    #[inline(always)]
    fn serves(&self, va: u64, len: u64, write: bool) -> bool {
        va >= self.start && va < self.end && len <= self.end - va && (self.writable || !write)
    }
}

const SITES: usize = 64;
const PAGES: usize = 256;

/// Translations that one thread has at hand: the last one of each instruction, and one for each of
/// the pages seen lately.
pub struct Tlb<'a> {
    mem: &'a dyn Memory,
    epoch: u64,
    sites: [Entry; SITES],
    pages: Vec<Entry>,
}

impl<'a> Tlb<'a> {
    /// An empty one.
    pub fn new(mem: &'a dyn Memory) -> Tlb<'a> {
        Tlb {
            mem,
            epoch: mem.epoch(),
            sites: [Entry::NONE; SITES],
            pages: vec![Entry::NONE; PAGES],
        }
    }

    /// Forgets everything if translations were invalidated since.
    pub fn check_epoch(&mut self) {
        let epoch = self.mem.epoch();
        if epoch != self.epoch {
            self.epoch = epoch;
            self.sites = [Entry::NONE; SITES];
            self.pages.fill(Entry::NONE);
        }
    }

    /// Host address of `len` bytes at `va`, if they lie in one run. `site` tells instructions
    /// apart.
    ///
    /// # Errors
    /// A failed translation. `Ok(None)` means that the bytes lie in several runs.
    #[inline(always)]
    pub fn host(
        &mut self,
        site: u32,
        va: u64,
        len: u64,
        access: Access,
    ) -> Result<Option<*mut u8>, MemoryFault> {
        let write = !matches!(access, Access::Read | Access::Execute);
        let e = self.sites[site as usize % SITES];
        if e.serves(va, len, write) {
            // SAFETY: the offset lies in the span.
            return Ok(Some(unsafe { e.ptr.add((va - e.start) as usize) }));
        }
        self.host_slow(site, va, len, access, write)
    }

    #[cold]
    fn host_slow(
        &mut self,
        site: u32,
        va: u64,
        len: u64,
        access: Access,
        write: bool,
    ) -> Result<Option<*mut u8>, MemoryFault> {
        let page = va & !0xfff;
        let at = (va >> 12) as usize % PAGES;
        let mut e = self.pages[at];
        if !(e.start == page && e.serves(va, 1, write)) {
            let span = self.mem.translate(page, access).map_err(|f| MemoryFault {
                va: f.va.max(va),
                ..f
            })?;
            e = Entry {
                start: page,
                end: page.saturating_add(span.len),
                ptr: span.ptr,
                writable: span.writable,
                uncached: span.uncached,
            };
            if !e.serves(va, 1, write) {
                let kind = if e.serves(va, 1, false) {
                    FaultKind::Permission
                } else {
                    FaultKind::Unmapped
                };
                return Err(MemoryFault { va, access, kind });
            }
            self.pages[at] = e;
        }
        self.sites[site as usize % SITES] = e;
        if !e.serves(va, len, write) {
            return Ok(None);
        }
        // SAFETY: the offset lies in the span.
        Ok(Some(unsafe { e.ptr.add((va - e.start) as usize) }))
    }

    /// Reads bytes that may lie anywhere.
    pub fn read(&mut self, site: u32, va: u64, out: &mut [u8]) -> Result<(), MemoryFault> {
        match self.host(site, va, out.len() as u64, Access::Read)? {
            // SAFETY: `host` vouches for the bytes.
            Some(p) => unsafe { read_bytes(p, out) },
            None => {
                for (i, b) in out.iter_mut().enumerate() {
                    let va = va.wrapping_add(i as u64);
                    if let Some(p) = self.host(site, va, 1, Access::Read)? {
                        // SAFETY: `host` vouches for the byte.
                        unsafe { read_bytes(p, std::slice::from_mut(b)) };
                    }
                }
            }
        }
        Ok(())
    }

    /// Writes bytes that may lie anywhere.
    pub fn write(&mut self, site: u32, va: u64, bytes: &[u8]) -> Result<(), MemoryFault> {
        match self.host(site, va, bytes.len() as u64, Access::Write)? {
            // SAFETY: `host` vouches for the bytes.
            Some(p) => unsafe { write_bytes(p, bytes) },
            None => {
                for (i, b) in bytes.iter().enumerate() {
                    let va = va.wrapping_add(i as u64);
                    if let Some(p) = self.host(site, va, 1, Access::Write)? {
                        // SAFETY: `host` vouches for the byte.
                        unsafe { write_bytes(p, std::slice::from_ref(b)) };
                    }
                }
            }
        }
        Ok(())
    }

    /// The span of `len` bytes at `va`, if they lie in one run.
    fn span(
        &mut self,
        site: u32,
        va: u64,
        len: usize,
        access: Access,
    ) -> Result<Option<HostSpan>, MemoryFault> {
        let Some(ptr) = self.host(site, va, len as u64, access)? else {
            return Ok(None);
        };
        // What `host` has just used.
        let entry = self.sites[site as usize % SITES];
        Ok(Some(HostSpan {
            ptr,
            len: entry.end - va,
            writable: entry.writable,
            uncached: entry.uncached,
        }))
    }

    /// As [`Tlb::read`], through L2 where there is one.
    pub fn load(&mut self, site: u32, va: u64, out: &mut [u8]) -> Result<(), MemoryFault> {
        let Some(l2) = self.mem.l2() else {
            return self.read(site, va, out);
        };
        match self.span(site, va, out.len(), Access::Read)? {
            Some(span) if span.uncached => span.read(0, out),
            Some(span) => l2.read(span, out),
            None => {
                for (i, byte) in out.iter_mut().enumerate() {
                    let at = va.wrapping_add(i as u64);
                    self.load(site, at, std::slice::from_mut(byte))?;
                }
            }
        }
        Ok(())
    }

    /// As [`Tlb::write`], through L2 where there is one.
    pub fn store(&mut self, site: u32, va: u64, bytes: &[u8]) -> Result<(), MemoryFault> {
        let Some(l2) = self.mem.l2() else {
            return self.write(site, va, bytes);
        };
        match self.span(site, va, bytes.len(), Access::Write)? {
            Some(span) if span.uncached => span.write(0, bytes),
            Some(span) => l2.write(span, bytes),
            None => {
                for (i, byte) in bytes.iter().enumerate() {
                    let at = va.wrapping_add(i as u64);
                    self.store(site, at, std::slice::from_ref(byte))?;
                }
            }
        }
        Ok(())
    }

    /// Makes memory and L2 agree on some bytes: an access of system scope is about to read them, or
    /// has written them.
    pub fn publish(&mut self, site: u32, va: u64, len: usize) -> Result<(), MemoryFault> {
        if let Some(l2) = self.mem.l2() {
            for i in 0..len {
                let at = va.wrapping_add(i as u64);
                if let Some(span) = self.span(site, at, 1, Access::Read)? {
                    l2.publish(span);
                }
            }
        }
        Ok(())
    }

    /// The bytes of an atomic operation, and the L2 where it takes place; none if that is memory, or
    /// if the operation will find no memory.
    pub fn atomic(&mut self, site: u32, va: u64, len: usize) -> Option<(HostSpan, &'a L2)> {
        let l2 = self.mem.l2()?;
        let span = self.span(site, va, len, Access::Atomic).ok()??;
        (!span.uncached).then_some((span, l2))
    }

    /// L2, where it is modelled.
    pub fn l2(&self) -> Option<&'a L2> {
        self.mem.l2()
    }
}
