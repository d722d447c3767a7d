//! The memory that the card reaches: its own VRAM, and what the host granted it.
//!
//! Both are host memory that other threads and processes touch at the same time. [`host`] is the
//! only module that reads or writes such bytes; everything else passes [`host::HostRange`]s around.

pub mod host;
pub mod system;
pub mod vram;
