//! Ordinary wgpu on an external card.
//!
//! Two ways to use it, both with the real wgpu 30:
//!
//! * one line: `let instance = wgpu_egpu::instance();` where the program had
//!   `wgpu::Instance::default()`. The type is [`wgpu::Instance`](::wgpu::Instance) itself;
//! * no line: `wgpu = { package = "wgpu-egpu", version = "0.1" }` in Cargo.toml. Everything of wgpu
//!   is re-exported; only [`Instance`] is ours, and finds external cards.
//!
//! Real cards come first, a virtual card is always there. [`Options`] (whose parts are in [`cards`])
//! or the environment (`EGPU_ADAPTER`, `EGPU_SOCKET`, `EGPU_REMOTE`, `EGPU_TIMEOUT`) choose. A card or socket that is
//! named and not there is an error, never a silent fall back to software.
//!
//! Why a device was lost is [`loss`].
//!
//! What is different from wgpu's own backends: compute only (rendering and textures are refused by
//! validation errors), [`Backend::Noop`] as the adapter's backend (wgpu has no other name for a
//! backend of somebody else's), whichever backend was asked for, and endless loops are defined: they
//! end by the watchdog. A library that insists on the backend it asked for (cubecl, when a `WgpuSetup`
//! is handed back to it) wants `setup.backend = setup.adapter.get_info().backend` first.

mod instance;
mod loss;
mod swap;

pub use egpu_cards as cards;
pub use instance::{instance, instance_over, instance_with, CardError, KernelCache, Options};
pub use loss::{loss, Loss};
pub use swap::Instance;
// What is named above hides wgpu's of the same name: that is meant for `Instance` alone.
pub use wgpu::*;

/// wgpu's helpers; the one that makes an instance makes ours.
pub mod util {
    pub use wgpu::util::*;

    /// As wgpu's, with external cards.
    pub async fn new_instance_with_webgpu_detection(
        desc: wgpu::InstanceDescriptor,
    ) -> crate::Instance {
        crate::Instance::new(desc)
    }
}
