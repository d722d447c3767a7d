//! Links to a card.
//!
//! A [`Link`] is everything that a driver may do to a PCI function it does not own: read and write
//! configuration space, reach into BARs, obtain memory that the card can address, reset. TinyGPU
//! offers exactly this over a unix socket (memory shared by passing file descriptors) and over TCP
//! (memory behind messages); the virtual card offers the same in process. Wrappers that record,
//! replay, delay or break traffic implement the trait around another link, so they compose.
//!
//! The trait promises order: operations take effect on the card in the order of the calls of one
//! thread. Writes are posted: an error on the far side surfaces at a later answered call.

mod channel;
pub mod debug;
mod endpoint;
mod lock;
mod remote;
mod shared;
mod tcp;
#[cfg(unix)]
mod unix;
pub mod wire;
mod wrap;

use std::sync::Arc;

pub use endpoint::Endpoint;
pub use remote::{Limits, RemoteLink};
pub use shared::SharedRange;
pub use tcp::connect_tcp;
#[cfg(unix)]
pub use unix::{connect_unix, default_socket, TINYGPU_APPLICATION};
pub use wrap::{
    Cable, Counters, Counts, Fault, FaultInjector, Recorder, Replayer, SlowLink, Tap, Tapped,
    TrafficError,
};

/// A contiguous piece of card-visible (bus) address space.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Segment {
    /// Bus address as the card must use it in a SYSTEM page-table entry.
    pub address: u64,
    /// Length in bytes.
    pub length: u64,
}

/// Memory of the host that the card can read and write.
///
/// Never freed before the link closes on TinyGPU's unix flavour (128 allocations a connection, 32
/// segments an allocation): take few and large ones.
pub trait DmaMemory: Send + Sync {
    /// Size in bytes; at least what was asked for.
    fn size(&self) -> u64;

    /// Bus addresses, in order, covering `size` bytes.
    fn segments(&self) -> &[Segment];

    /// The memory mapped into this process, or `None` where it lies behind messages (TCP).
    ///
    /// The card reads and writes it at any time: touch it only through raw volatile or atomic
    /// accesses, never through references to plain data.
    fn mapping(&self) -> Option<*mut u8>;

    /// Copies bytes out. Errors if the range is outside the allocation or the link is gone.
    fn read(&self, offset: u64, data: &mut [u8]) -> Result<(), LinkError>;

    /// Copies bytes in. Posted where the memory is behind messages.
    fn write(&self, offset: u64, data: &[u8]) -> Result<(), LinkError>;
}

/// Address and size of a BAR as the far side reports them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Bar {
    /// Bus (or far-side virtual) address; informative.
    pub address: u64,
    /// Size in bytes.
    pub size: u64,
}

/// One card, reached somehow.
pub trait Link: Send + Sync {
    /// How the card is reached, for people: `in process`, `unix:/tmp/tinygpu.sock`, `tcp:host:6667`.
    fn describe(&self) -> String;

    /// Reads 1, 2 or 4 bytes of PCI configuration space.
    fn config_read(&self, offset: u32, size: u32) -> Result<u32, LinkError>;

    /// Writes 1, 2 or 4 bytes of PCI configuration space.
    fn config_write(&self, offset: u32, size: u32, value: u32) -> Result<(), LinkError>;

    /// Makes a BAR (0–5) accessible; must precede accesses to it.
    fn map_bar(&self, bar: u32) -> Result<Bar, LinkError>;

    /// Asks for the largest size of a BAR. May fail, and does nothing on a Mac.
    fn resize_bar(&self, bar: u32) -> Result<(), LinkError>;

    /// Function-level reset, or a hot reset where the function has none.
    fn reset(&self) -> Result<(), LinkError>;

    /// Reads from a BAR. Registers (BAR 5) must be read as aligned 4-byte words, one a call.
    fn read(&self, bar: u32, offset: u64, data: &mut [u8]) -> Result<(), LinkError>;

    /// Writes to a BAR: posted, no answer.
    fn write(&self, bar: u32, offset: u64, data: &[u8]) -> Result<(), LinkError>;

    /// Obtains card-visible host memory of at least `size` bytes, zeroed.
    fn alloc_dma(&self, size: u64) -> Result<Arc<dyn DmaMemory>, LinkError>;

    /// Finds out, without a message, whether the connection still stands. Links that cannot break
    /// answer `Ok`.
    fn check_open(&self) -> Result<(), LinkError> {
        Ok(())
    }

    /// What the far side can say in words about a failure of the card: which rule a strict virtual
    /// card saw broken, and where. Silicon says nothing.
    fn diagnosis(&self) -> Option<String> {
        None
    }

    /// Reads an aligned 32-bit word.
    fn read32(&self, bar: u32, offset: u64) -> Result<u32, LinkError> {
        let mut word = [0; 4];
        self.read(bar, offset, &mut word)?;
        Ok(u32::from_le_bytes(word))
    }

    /// Writes an aligned 32-bit word.
    fn write32(&self, bar: u32, offset: u64, value: u32) -> Result<(), LinkError> {
        self.write(bar, offset, &value.to_le_bytes())
    }
}

/// Why a link operation failed.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum LinkError {
    /// The socket is not there, or nobody listens.
    #[error("cannot reach {target}: {cause}")]
    Unreachable {
        /// Path or address.
        target: String,
        /// The system's words.
        cause: String,
    },
    /// Another of our programs drives this card.
    #[error("{target} is in use by {holder}")]
    Busy {
        /// Path or address.
        target: String,
        /// Who holds it, as far as known.
        holder: String,
    },
    /// The far side closed the connection, or the card is gone.
    #[error("the connection to the card was lost while {during}")]
    Lost {
        /// Operation in flight.
        during: &'static str,
    },
    /// No answer in time.
    #[error("no answer from the card's server within {seconds} s while {during}")]
    Stalled {
        /// Operation in flight.
        during: &'static str,
        /// Limit that passed.
        seconds: u64,
    },
    /// The far side refused, with its words if it gave any.
    #[error("the card's server refused {operation}: {message}")]
    Refused {
        /// Operation.
        operation: &'static str,
        /// The server's message, or a guess at what it means.
        message: String,
    },
    /// An answer that the protocol does not allow.
    #[error("malformed answer to {operation}: {what}")]
    Malformed {
        /// Operation.
        operation: &'static str,
        /// What was wrong.
        what: String,
    },
    /// The caller asked for something outside a BAR or an allocation, or misaligned.
    #[error("{what}: offset {offset:#x}, length {length:#x}, size {size:#x}")]
    OutOfRange {
        /// What was addressed.
        what: &'static str,
        /// Offset asked for.
        offset: u64,
        /// Length asked for.
        length: u64,
        /// Size there is.
        size: u64,
    },
    /// No more host memory that the card can address.
    #[error("out of card-visible host memory: {asked} bytes asked for, {why}")]
    OutOfMemory {
        /// Bytes asked for.
        asked: u64,
        /// Which limit was met.
        why: String,
    },
}
