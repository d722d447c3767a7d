//! An AMD RDNA3 or RDNA4 card in software.
//!
//! [`VirtualCard`] models what a driver meets on PCI: configuration space, BARs, the discovery
//! table, firmware loading, page tables behind a real TLB, compute and SDMA queues that run on
//! their own, interrupts, faults. It knows the instruction set, PCI and TinyGPU's protocol, and
//! nothing of our compiler or driver: any client may drive it, in this process through
//! [`egpu_link::Link`] or from another through [`serve`]. Whatever a client sends ends in an error,
//! a fault or a finding ([`VirtualCard::findings`]), never in a panic or an endless wait.

mod card;
mod config;
mod counters;
mod cp;
mod device;
mod gmc;
mod ih;
mod memory;
mod nbio;
mod pci;
mod psp;
mod queue;
mod registers;
mod report;
mod rlc;
mod sdma;
pub mod serve;
pub mod shader;
mod smu;
mod trace;
mod virtual_memory;

pub use card::VirtualCard;
pub use config::{Config, ConfigError, Fault, UnknownFault};
pub use counters::{Counters, Counts};
pub use report::Finding;
