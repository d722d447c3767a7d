//! The shader engine: runs RDNA3 and RDNA4 compute waves.
//!
//! The command processor hands over a [`Dispatch`] (what the `COMPUTE_*` registers say) and a
//! [`Memory`] (virtual address to host memory, the GMC's page walk), and [`Engine::run`] returns
//! when every wave has ended, or with a [`WaveError`] that says where one could not go on.
//! Semantics are AMD's text and nothing else: the engine knows no compiler. Any byte stream may
//! stand where code is expected; it ends in an error, never in a panic, and never runs on past the
//! kill flag.
//!
//! Programs are decoded once into compact operations over 32 lanes. The *strict* mode
//! runs the same operations between checks that stand in for silicon: see [`Strict`].

// Lanes are indices, and formulas read as the documents write them.
#![allow(
    clippy::double_comparisons,
    clippy::needless_range_loop,
    clippy::neg_cmp_op_on_partial_ord,
    clippy::precedence
)]

mod access;
mod alu;
mod approx;
mod atomic;
mod control;
mod dispatch;
mod engine;
mod error;
mod exec;
mod group;
mod half;
mod l2;
mod lanes;
mod lds;
mod linear;
mod memory;
mod operands;
mod program;
mod select;
mod smem;
mod soft;
mod strict;
mod trace;
mod vmem;
mod wave;

pub use dispatch::Dispatch;
pub use engine::{CacheOps, Config, Engine, Stats, Strict, Trace};
pub use error::{Place, Violation, ViolationKind, WaveError};
pub use l2::L2;
pub use memory::{Access, FaultKind, HostSpan, Memory, MemoryFault};
