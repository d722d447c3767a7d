//! Cards: memory, kernels, submissions and timelines, whatever silicon is behind them.
//!
//! [`Card`] is the seam between wgpu's world and a vendor's. Above it nobody knows of rings, page
//! tables or contexts; below it nobody knows of WGSL or wgpu: a kernel arrives as a code object in
//! its platform's standard container, its arguments as bytes. [`amd`] drives a Radeon card over a
//! [`egpu_link::Link`]; [`cuda`] drives NVIDIA's through their own driver.
//!
//! What every card promises: addresses are valid until the [`Memory`] is dropped *and* the card has
//! passed every submission that could touch it (the card defers the release itself); submissions
//! run in the order they were made; a failure of the card is an error with a cause in bounded time,
//! never a hang or a crash of the process.

pub mod amd;
mod card;
pub mod cuda;
mod discover;
pub mod doctor;
mod hazard;
mod patience;

pub use card::*;
pub use discover::AmdSource;
pub use patience::Watchdog;
