//! What a driver and a card must agree on.
//!
//! Registers with their fields, PM4 and SDMA packets, page-table entries, the IP discovery binary,
//! firmware headers, the security and management processors' messages, interrupt entries, queue
//! descriptors. Everything is plain data with `parse` and `emit`, in the manner of smoltcp's wire
//! formats: parsing never loses a value and never panics, whatever the bytes. The driver in
//! `egpu-driver` and the card in `virtual-card` share nothing but this.

pub mod die;
pub mod discovery;
pub mod firmware;
pub mod ih;
pub mod mqd;
pub mod pm4;
pub mod psp;
pub mod pte;
pub mod registers;
pub mod sdma;
pub mod smu;

/// What our driver leaves in `SCRATCH_REG7` of a card that it initialised, with the version of the
/// boot-memory map in the low half. Another driver's value means another map: cold boot.
pub const DRIVER_SIGNATURE: u32 = 0xe69a_0001;

/// Subsystem ids in configuration space of a card that is a model in software: vendor AMD, device
/// "CV". What a user is told of a card must say so, also through a socket.
pub const VIRTUAL_SUBSYSTEM: u32 = 0x4356_1002;

/// Dword index of the register that holds the size of VRAM in MiB, before any discovery.
pub const RCC_CONFIG_MEMSIZE: u32 = 0xde3;

/// Clock of the GPU's 64-bit timestamp counter.
pub const TIMESTAMP_HZ: u64 = 100_000_000;
