//! NVIDIA's cards, through their own driver.
//!
//! [`Driver`] is the driver's library, loaded when it is first asked for; [`CudaSource`] one of its
//! devices; [`CudaCard`] a context on it. A card has one stream: submissions are launches and copies
//! in its order, so a barrier costs nothing, and an event after each submission is the timeline.
//! PTX is compiled by the driver's linker and kept on disk (`cache`). Memory of the card comes from
//! a pool in stream order where the driver has pools; what the host writes and reads is page-locked
//! memory that is given out again (`host`).
//!
//! What is relied on: the calling convention and the codes of the CUDA Driver API (`functions`,
//! `status`). What is promised: the context is current only within a call, so that programs which
//! use CUDA themselves are not disturbed; no call waits without bound; an error that NVIDIA calls
//! sticky is the card's loss, after which the driver is not called for this context again, but to
//! destroy it.
//!
//! Locks are taken in the order `order`, `flights`, `blocks`, `garbage`.

mod cache;
mod card;
pub mod functions;
mod host;
mod indirect;
mod kernel;
mod object;
mod source;
mod status;
mod submit;
mod timeline;

pub use card::CudaCard;
pub use functions::Functions;
pub use source::{CudaSource, Driver, Unusable};

use crate::patience::Watchdog;

/// How a card is to be driven.
#[derive(Clone, Debug, Default)]
pub struct Options {
    /// Limit for work without progress.
    pub watchdog: Watchdog,
    /// Where compiled kernels are kept; nowhere if `None`.
    pub cache: Option<std::path::PathBuf>,
    /// The driver is a model in software.
    pub is_virtual: bool,
}
