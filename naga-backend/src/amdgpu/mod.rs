//! Kernel IR to RDNA machine code.

pub mod object;
