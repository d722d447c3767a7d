//! WebGPU for Node: the native half.
//!
//! A thin layer over the `wgpu` crate. JavaScript (`../js`) holds the classes, conversions, error
//! scopes, promises and mapping of the specification; here are functions over integer handles.
//! Whatever needs many fields crosses as JSON in wgpu's own serde form.
//!
//! Promises: no function unwinds into Node, and no handle, however wrong, is more than an error
//! ([`state::on_device`]); errors that wgpu reports are kept per device until [`errors::take_errors`];
//! nothing here calls back into JavaScript: what is finished is asked for ([`device::poll`]).

mod adapter;
mod commands;
mod device;
mod errors;
mod pass;
mod pipelines;
mod resources;
mod state;
mod table;
