//! Compiler from naga modules to machine code for external cards.
//!
//! `lower` turns a validated [`naga::Module`] and an entry point into a [`kernel::Kernel`],
//! `passes` improve it, and a back end makes code of it: `amdgpu` an HSA code object for RDNA3 or
//! RDNA4, `ptx` PTX text. No external tool takes part. Reflection says what the kernel binds and
//! how its argument block is laid out (docs/abi.md).

#![cfg_attr(not(test), warn(clippy::wildcard_enum_match_arm))]

pub mod amdgpu;
pub mod compile;
pub mod debug;
pub mod kernel;
pub mod lower;
pub mod options;
pub mod passes;
pub mod ptx;
pub mod reflection;

pub use compile::{compile, compile_kernel, Compiled, Stats, FINGERPRINT};
pub use lower::lower;
pub use options::{Checks, Error, Options, Target};
pub use reflection::Reflection;
