//! The interface of a card.

use std::sync::Arc;
use std::time::Duration;

/// What a card is, for adapters and for people.
#[derive(Clone, Debug)]
pub struct CardInfo {
    /// Product name, e.g. `AMD Radeon RX 7900 XTX`.
    pub name: String,
    /// PCI vendor.
    pub vendor: u32,
    /// PCI device.
    pub device: u32,
    /// Compiler target: `gfx1100`, `sm_80`.
    pub target: String,
    /// A model in software rather than silicon.
    pub is_virtual: bool,
    /// How it is reached, e.g. `in process`, `unix:/tmp/tinygpu.sock`.
    pub link: String,
    /// Which driver runs it and its version.
    pub driver: String,
    /// Memory of the card in bytes that programs may use.
    pub memory: u64,
    /// Largest single allocation in bytes.
    pub max_allocation: u64,
    /// Compute units (AMD) or multiprocessors (NVIDIA).
    pub compute_units: u32,
    /// Timestamp ticks per second.
    pub timestamp_frequency: u64,
    /// What a kernel may ask for.
    pub kernel_limits: KernelLimits,
}

/// What a kernel may ask for on a card.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct KernelLimits {
    /// Bytes of workgroup memory.
    pub workgroup_memory: u32,
    /// Invocations of a workgroup in x, y, z.
    pub workgroup_size: [u32; 3],
    /// Invocations of a workgroup.
    pub workgroup_threads: u32,
}

/// Where memory lies.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum MemoryKind {
    /// On the card; the host reaches it only by copies.
    Device,
    /// In the host, written by the host and read by the card.
    Upload,
    /// In the host, written by the card and read by the host.
    Readback,
}

/// An allocation. Dropping it releases it once the card has passed all work submitted until then.
pub trait Memory: Send + Sync + std::fmt::Debug {
    /// Address in the card's address space, at least 256-byte aligned.
    fn address(&self) -> u64;

    /// Usable size in bytes.
    fn size(&self) -> u64;

    /// Host view of `Upload` and `Readback` memory; `None` for `Device`.
    ///
    /// The card may read or write it while submitted work is unfinished: the caller orders its own
    /// accesses with [`Card::wait`]. 16-byte aligned.
    fn mapping(&self) -> Option<*mut u8>;

    /// Makes host writes to the range visible to work submitted later. Free where memory is shared.
    fn flush(&self, offset: u64, size: u64) -> Result<(), CardError>;

    /// Makes writes of finished work to the range visible to the host. Free where memory is shared.
    fn invalidate(&self, offset: u64, size: u64) -> Result<(), CardError>;
}

/// A kernel resident on the card.
pub trait Kernel: Send + Sync + std::fmt::Debug {
    /// Bytes of the argument block that it reads.
    fn argument_size(&self) -> u32;

    /// For downcasts by the card that made it.
    fn as_any(&self) -> &dyn std::any::Any;
}

/// Memory that a command touches.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Access {
    /// Card address.
    pub address: u64,
    /// Bytes.
    pub size: u64,
    /// Whether it may be written, or only read.
    pub writes: bool,
}

/// Work for a submission. Addresses are the card's; ranges must lie in live allocations.
///
/// Commands start in order but may overlap; [`Command::Barrier`] separates those that depend on
/// each other.
#[derive(Clone, Debug)]
pub enum Command {
    /// Runs a kernel over a grid of workgroups.
    Dispatch {
        /// The kernel.
        kernel: Arc<dyn Kernel>,
        /// Argument block, laid out as its reflection says. Copied at submission.
        arguments: Arc<[u8]>,
        /// All memory that it may touch besides the argument block; `None` if that is not known.
        touches: Option<Arc<[Access]>>,
        /// Workgroups in x, y, z. A zero makes the command a no-op.
        groups: [u32; 3],
    },
    /// The same with the grid read from memory (three u32) when the command executes.
    DispatchIndirect {
        /// The kernel.
        kernel: Arc<dyn Kernel>,
        /// Argument block.
        arguments: Arc<[u8]>,
        /// All memory that it may touch besides argument block and grid; `None` if not known.
        touches: Option<Arc<[Access]>>,
        /// Byte offset in the argument block where the card must store the three grid dimensions
        /// before the kernel starts, if the kernel reads them.
        groups_at: Option<u32>,
        /// Card address of the three u32, 4-byte aligned.
        groups: u64,
    },
    /// Everything before finishes, and its writes are visible, before anything after starts that
    /// touches the same memory or whose memory is not known. What touches other memory may overlap.
    Barrier,
    /// Copies `size` bytes; ranges must not overlap. Any alignment of 4.
    Copy {
        /// Source address.
        source: u64,
        /// Destination address.
        destination: u64,
        /// Bytes, a multiple of 4.
        size: u64,
    },
    /// Stores a 32-bit pattern.
    Fill {
        /// Destination address.
        destination: u64,
        /// Bytes, a multiple of 4.
        size: u64,
        /// Pattern.
        value: u32,
    },
    /// Stores a 64-bit timestamp, in ticks, once everything before has finished.
    Timestamp {
        /// Destination address, 8-byte aligned.
        destination: u64,
    },
}

/// A place in a card's order of submissions; later submissions have greater points.
pub type Point = u64;

/// One card, opened. Methods may be called from any thread.
pub trait Card: Send + Sync + std::fmt::Debug {
    /// What it is.
    fn info(&self) -> &CardInfo;

    /// Obtains memory. Contents are undefined.
    ///
    /// Errors: [`CardError::OutOfMemory`] leaves the card usable.
    fn allocate(&self, kind: MemoryKind, size: u64) -> Result<Arc<dyn Memory>, CardError>;

    /// Loads a kernel from a code object (AMD HSA ELF, or PTX text) by its entry point's name.
    fn load(&self, object: &[u8], entry: &str) -> Result<Arc<dyn Kernel>, CardError>;

    /// Queues work and returns its point. Does not wait for execution.
    ///
    /// A submission begins with an implied [`Command::Barrier`]: it follows everything submitted
    /// before that it could depend on. Submissions pass in order all the same.
    fn submit(&self, commands: &[Command]) -> Result<Point, CardError>;

    /// The greatest point that has finished. Never goes back; after a loss, the last submitted one.
    fn completed(&self) -> Point;

    /// Waits until a point is passed. `Ok(false)` when the time is over first. `None` waits as long
    /// as the card makes progress by its watchdog's measure.
    fn wait(&self, point: Point, timeout: Option<Duration>) -> Result<bool, CardError>;

    /// The card's clock in ticks, after everything submitted before.
    fn timestamp(&self) -> Result<u64, CardError> {
        let memory = self.allocate(MemoryKind::Readback, 8)?;
        let point = self.submit(&[Command::Timestamp {
            destination: memory.address(),
        }])?;
        self.wait(point, None)?;
        memory.invalidate(0, 8)?;
        let pointer = memory
            .mapping()
            .ok_or_else(|| CardError::Invalid("host memory without a mapping".into()))?;
        // SAFETY: 8 bytes of a live mapping, 16-byte aligned, which the card has finished writing.
        Ok(unsafe { pointer.cast::<u64>().read_volatile() })
    }

    /// Why the card was lost, once it was.
    fn loss(&self) -> Option<Loss>;

    /// Bytes of card memory in use and free.
    fn memory_use(&self) -> (u64, u64);
}

/// A card that can be opened.
pub trait Source: Send + Sync + std::fmt::Debug {
    /// What the card is. Asked often: must not touch the card.
    fn info(&self) -> &CardInfo;

    /// Opens the card, or opens it anew after a loss.
    fn open(&self) -> Result<Arc<dyn Card>, CardError>;

    /// For those who know a kind of source and want more of it.
    fn as_any(&self) -> &dyn std::any::Any;
}

/// Why a card can no longer be used. The process goes on; opening the card again may succeed.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Loss {
    /// Cable pulled, server gone, connection closed.
    #[error("the card is gone: {0}")]
    Unplugged(String),
    /// No progress within the watchdog's limit.
    #[error("no progress on the card for {seconds} s while running {kernel}")]
    Hang {
        /// Watchdog limit.
        seconds: u64,
        /// Kernel that ran, or the operation.
        kernel: String,
    },
    /// A kernel or engine touched an unmapped or forbidden address.
    #[error("page fault at {address:#x} ({access}): {detail}")]
    PageFault {
        /// Faulting address.
        address: u64,
        /// `read`, `write` or `atomic`.
        access: &'static str,
        /// Hub, client, kernel, as far as known.
        detail: String,
    },
    /// A wave raised an error: illegal instruction, memory violation, strict violation.
    #[error("kernel error: {0}")]
    Wave(String),
    /// The card reported an internal failure.
    #[error("card failure: {0}")]
    Card(String),
}

/// Why an operation on a card failed.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum CardError {
    /// The card is lost; every later operation answers the same.
    #[error(transparent)]
    Lost(#[from] Loss),
    /// Not enough card or host memory for this request.
    #[error("out of {what}: {asked} bytes asked for, {free} free")]
    OutOfMemory {
        /// `card memory` or `host memory`.
        what: &'static str,
        /// Bytes asked for.
        asked: u64,
        /// Bytes free, perhaps not contiguous.
        free: u64,
    },
    /// The code object cannot be used on this card.
    #[error("kernel cannot be loaded: {0}")]
    BadKernel(String),
    /// An argument of the call is wrong; a bug of the caller.
    #[error("invalid request: {0}")]
    Invalid(String),
    /// A step of bringing the card up failed.
    #[error("{step}: {register} should be {want}, is {got:#x}")]
    Bringup {
        /// What was being done.
        step: &'static str,
        /// Register name.
        register: String,
        /// Expected value or condition.
        want: String,
        /// Value read last.
        got: u64,
    },
    /// The card cannot be opened, with what to do about it.
    #[error("{problem}; {advice}")]
    Unavailable {
        /// What is wrong.
        problem: String,
        /// Next step for the user.
        advice: String,
    },
}
