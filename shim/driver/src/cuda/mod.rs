//! NVIDIA's cards, through their own driver.
//!
//! [`Driver`] is the driver's library, loaded when it is first asked for; [`CudaSource`] one of its
//! devices; [`CudaCard`] a context on it. Kernels run in one stream; large copies between host and
//! card in two more, one for each way, beside kernels that have nothing to do with their memory
//! (`lanes`). Within a stream a barrier costs nothing; between streams, and as the timeline, there
//! are events. PTX is compiled by the driver's linker and kept on disk (`cache`). Memory of the card
//! comes from a pool in the order of a stream of its own where the driver has pools; what the host
//! writes and reads is page-locked memory that is given out again (`host`). Launches are plain
//! calls: whether captured graphs cost the host less is for `egpu-first` to measure on a card, and
//! without such a figure there are none here.
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
mod lanes;
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
#[derive(Clone, Debug)]
pub struct Options {
    /// Limit for work without progress.
    pub watchdog: Watchdog,
    /// Where compiled kernels are kept; nowhere if `None`.
    pub cache: Option<std::path::PathBuf>,
    /// The driver is a model in software.
    pub is_virtual: bool,
    /// Copies between host and card of fewer bytes stay in the compute stream: they are over before
    /// one stream has waited for the other.
    pub small_copies: u64,
}

impl Default for Options {
    fn default() -> Options {
        Options {
            watchdog: Watchdog::default(),
            cache: None,
            is_virtual: false,
            // Five microseconds of a PCIe 4 link, about what a wait between streams takes.
            small_copies: 128 << 10,
        }
    }
}
