//! Messages of the system management unit, PMFW 13.0 and 14.0 (equal where used here).
//!
//! A message: response register to 0, parameter, message number, then wait until the response is
//! not 0. Registers are `MP1_SMN_C2PMSG_90` (response), `_82` (parameter and result), `_66`
//! (message); the debug mailbox for mode 1 reset is `_54`, `_53`, `_75`.

/// Message numbers.
#[allow(missing_docs)]
pub mod message {
    pub const TEST: u32 = 1;
    pub const GET_SMU_VERSION: u32 = 2;
    pub const ENABLE_ALL_SMU_FEATURES: u32 = 6;
    pub const SET_DRIVER_DRAM_ADDR_HIGH: u32 = 14;
    pub const SET_DRIVER_DRAM_ADDR_LOW: u32 = 15;
    pub const TRANSFER_TABLE_SMU_TO_DRAM: u32 = 18;
    pub const SET_SOFT_MIN_BY_FREQ: u32 = 25;
    pub const SET_SOFT_MAX_BY_FREQ: u32 = 26;
    pub const GET_DPM_FREQ_BY_INDEX: u32 = 31;
    pub const SET_PPT_LIMIT: u32 = 50;
}

/// Message of the debug mailbox that resets the whole card.
pub const DEBUG_MODE1_RESET: u32 = 2;

/// Responses.
#[allow(missing_docs)]
pub mod response {
    pub const NONE: u32 = 0;
    pub const OK: u32 = 1;
    pub const FAILED: u32 = 0xff;
    pub const UNKNOWN_COMMAND: u32 = 0xfe;
    pub const REJECTED_PREREQUISITE: u32 = 0xfd;
    pub const REJECTED_BUSY: u32 = 0xfc;
}

/// Clock domains, in bits 31:16 of a frequency message's parameter.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[allow(missing_docs)]
pub enum Clock {
    Gfx = 0,
    Soc = 1,
    Memory = 2,
    Fabric = 3,
}

/// Index that asks for the number of levels.
pub const LEVEL_COUNT: u32 = 0xff;
