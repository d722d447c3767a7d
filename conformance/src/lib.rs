//! What WGSL and WebGPU promise, tested on every device. The library holds
//! what other crates' tests use too: an interpreter of naga IR that is
//! independent of our compiler, and the table of example kernels with their
//! CPU references. It depends on no device.

#[cfg(feature = "devices")]
pub mod adapters;
pub mod corpus;
pub mod interpreter;
pub mod kernels;
#[cfg(feature = "programs")]
pub mod programs;
pub mod rng;
