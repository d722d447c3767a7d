//! Memory as waves see it: the translation interface, and the only accesses to host memory.
//!
//! Card threads and the driver's process share these bytes (DMA memory, VRAM behind a BAR), so
//! they are touched through raw pointers with volatile or atomic operations only and never through
//! a reference. This module owns that rule for the shader engine: everything else in
//! [`crate::shader`] goes through [`HostSpan`]'s methods.

use thiserror::Error;

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
    /// Memory type UC or system memory: L2 keeps no line of it.
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
}
