//! An interpreter of PTX on the CPU: what an NVIDIA card makes of our kernels, without one.
//!
//! It reads the text that the compiler writes, and shares nothing with it: what instructions mean
//! is from NVIDIA's "PTX ISA" (sections are named where they matter). It knows what we emit and
//! refuses every other form by name. Where the document leaves behaviour undefined, this is an error
//! here rather than some value:
//!
//! - A register that was never written is poison: reading it ends the launch.
//! - An access outside of every allocation, or not aligned to its size, ends it too.
//! - The lanes of a warp have program counters of their own. Those at the lowest one run, so that
//!   lanes meet again as soon as the text allows; every so often others have their turn, since each
//!   lane makes progress in the end. `.sync` instructions wait for the lanes that their mask names;
//!   lanes that wait for each other in vain are a deadlock, and said so.
//! - `.approx` instructions round the exact result once; with a seed they are off by as much as the
//!   document allows.
//! - Workgroup and local memory begin with a pattern, not with zeros.
//!
//! [`Module::parse`] decodes once; [`Entry::launch`] runs a grid, 32 lanes at a time, on a
//! [`Memory`]. [`driver`] puts a CUDA driver around it, so that the whole card can be tested.

mod approx;
mod convert;
mod decode;
#[cfg(feature = "devices")]
pub mod driver;
mod exec;
mod float;
mod inst;
mod integer;
mod memory;
mod parse;
#[cfg(test)]
mod tests;
mod warp;

pub use approx::{Approx, Function};
pub use exec::{Launch, Stats};
pub use inst::{Entry, Module};
pub use memory::{Memory, Regions};

/// Lanes of a warp.
pub const LANES: usize = 32;

/// Why a text is refused.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("line {line}: {what}")]
pub struct ParseError {
    /// Line of the text, from 1.
    pub line: u32,
    /// What is wrong, or not known.
    pub what: String,
}

/// What ended a launch.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{kind} (line {line}: `{text}`, lane {lane} of warp {warp} of workgroup {group:?})")]
pub struct Fault {
    /// What happened.
    pub kind: FaultKind,
    /// Line of the text.
    pub line: u32,
    /// The instruction.
    pub text: String,
    /// The first lane that it happened to.
    pub lane: u32,
    /// Warp in the workgroup.
    pub warp: u32,
    /// Workgroup.
    pub group: [u32; 3],
}

/// What may happen to a launch.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum FaultKind {
    /// A register is read that was never written.
    #[error("{0} is read before it is written")]
    Uninitialised(String),
    /// An address outside of all memory.
    #[error("{bytes} bytes at {address:#x} in {space} are out of bounds: {near}")]
    OutOfBounds {
        /// `global`, `shared`, `local` or `param`.
        space: &'static str,
        /// Address.
        address: u64,
        /// Size of the access.
        bytes: u32,
        /// What is near it.
        near: String,
    },
    /// An address that is not a multiple of the access's size.
    #[error("{bytes} bytes at {address:#x} in {space} are misaligned")]
    Misaligned {
        /// As in `OutOfBounds`.
        space: &'static str,
        /// Address.
        address: u64,
        /// Size of the access.
        bytes: u32,
    },
    /// Lanes that wait for lanes that do not come.
    #[error("lanes {waiting:#010x} wait for ever: {why}")]
    Deadlock {
        /// Lanes that wait.
        waiting: u32,
        /// For what.
        why: String,
    },
    /// An instruction used as the document forbids.
    #[error("undefined by the PTX ISA: {0}")]
    Undefined(&'static str),
    /// `trap`.
    #[error("the kernel stops itself")]
    Trap,
    /// The caller does not want to wait longer.
    #[error("the launch was given up")]
    Cancelled,
    /// The launch does not fit the kernel.
    #[error("the launch does not fit the kernel: {0}")]
    Launch(String),
}
