//! What the driver's error codes mean for a card.
//!
//! Codes that NVIDIA's documentation calls sticky leave the context unusable: they become the
//! card's loss. Everything else concerns one call. The driver's own words follow ours, since that
//! is what people search for.

use std::ffi::CStr;

use super::functions::{value::status, Functions, Status};
use crate::{CardError, Loss};

/// What follows from a code.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Class {
    /// Not done yet.
    NotReady,
    /// Memory is short; the context lives.
    OutOfMemory,
    /// The code object cannot be used.
    BadKernel,
    /// The context is lost because a kernel went wrong.
    KernelFault,
    /// The context is lost because a kernel ran too long for the system's own watchdog.
    Timeout,
    /// The card itself failed, or is gone.
    CardFault,
    /// The call was wrong.
    Wrong,
}

/// Class of a code other than success (`CUresult` in the CUDA Driver API).
pub(crate) fn classify(code: Status) -> Class {
    match code {
        status::NOT_READY => Class::NotReady,
        status::OUT_OF_MEMORY => Class::OutOfMemory,
        // Invalid image, no binary for this device, invalid PTX, JIT compiler not found, PTX newer
        // than the driver, JIT disabled, invalid source, not found, too many resources.
        200 | 209 | 218 | 221 | 222 | 223 | 300 | 500 | 701 => Class::BadKernel,
        // Illegal address, assert, hardware stack, illegal instruction, misaligned address, invalid
        // address space, invalid program counter, launch failed.
        700 | 710 | 714..=719 => Class::KernelFault,
        status::LAUNCH_TIMEOUT => Class::Timeout,
        // ECC and NVLink errors, no or unavailable or invalid device, context destroyed, unknown,
        // system not ready or driver mismatch.
        46 | 100 | 101 | 214 | 220 | 709 | 802 | 803 | 999 => Class::CardFault,
        _ => Class::Wrong,
    }
}

/// A code in the driver's words: `CUDA_ERROR_ILLEGAL_ADDRESS (700): an illegal memory access was
/// encountered`.
pub(crate) fn words(functions: &Functions, code: Status) -> String {
    type Ask = unsafe extern "system" fn(Status, *mut *const std::ffi::c_char) -> Status;
    let text = |ask: Ask| {
        let mut text = std::ptr::null();
        // SAFETY: the out pointer is to a live variable.
        let answer = unsafe { ask(code, &mut text) };
        (answer == status::SUCCESS && !text.is_null()).then(|| {
            // SAFETY: the driver answers a string that ends in zero and lives as long as it does.
            unsafe { CStr::from_ptr(text) }
                .to_string_lossy()
                .into_owned()
        })
    };
    let name = text(functions.cuGetErrorName).unwrap_or_else(|| "CUDA error".into());
    match text(functions.cuGetErrorString) {
        Some(words) => format!("{name} ({code}): {words}"),
        None => format!("{name} ({code})"),
    }
}

/// The loss that a code means, if it means one.
pub(crate) fn loss(functions: &Functions, code: Status, running: &str) -> Option<Loss> {
    let words = || words(functions, code);
    match classify(code) {
        Class::KernelFault => Some(Loss::Wave(format!("{} while running {running}", words()))),
        Class::Timeout => Some(Loss::Card(format!(
            "the system's watchdog ended {running}: {}",
            words()
        ))),
        Class::CardFault => Some(Loss::Card(format!("{} while running {running}", words()))),
        Class::NotReady | Class::OutOfMemory | Class::BadKernel | Class::Wrong => None,
    }
}

/// An error of one call that leaves the context usable. `asked` and `free` are bytes, for memory.
pub(crate) fn error(
    functions: &Functions,
    code: Status,
    what: &str,
    (asked, free): (u64, u64),
) -> CardError {
    match classify(code) {
        Class::OutOfMemory => CardError::OutOfMemory {
            what: "card memory",
            asked,
            free,
        },
        Class::BadKernel => CardError::BadKernel(format!("{what}: {}", words(functions, code))),
        Class::NotReady | Class::KernelFault | Class::Timeout | Class::CardFault | Class::Wrong => {
            CardError::Invalid(format!("{what}: {}", words(functions, code)))
        }
    }
}
