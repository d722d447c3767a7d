//! Links around links: counting, recording, replaying, delaying, breaking, tapping.
//!
//! Each wrapper is a [`Link`](crate::Link) around another and wraps the memory it hands out too, so
//! they compose in any order.

mod count;
mod fault;
mod record;
mod slow;
mod tap;

pub use count::{Counters, Counts};
pub use fault::{Fault, FaultInjector};
pub use record::{Recorder, Replayer, TrafficError};
pub use slow::{Cable, SlowLink};
pub use tap::{Tap, Tapped};
