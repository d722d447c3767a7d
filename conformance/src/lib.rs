//! What WGSL and WebGPU promise, tested on every device. The library holds
//! what other crates' tests use too: an interpreter of naga IR that is
//! independent of our compiler, the table of example kernels with their CPU
//! references, and the conformance cases with the trait that a device
//! implements to be tested by them. Without optional features it depends on no
//! device.

pub mod accuracy;
#[cfg(feature = "devices")]
pub mod adapters;
pub mod args;
#[cfg(feature = "devices")]
pub mod bench;
#[cfg(feature = "devices")]
pub mod card_device;
pub mod cases;
pub mod corpus;
pub mod device;
pub mod interpreter;
pub mod kernels;
#[cfg(feature = "programs")]
pub mod programs;
pub mod ptx;
pub mod random;
pub mod rng;
pub mod runner;
pub mod scalar;
#[cfg(feature = "programs")]
pub mod wgpu_device;
