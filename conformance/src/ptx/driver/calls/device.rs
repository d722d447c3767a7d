//! Devices, the driver's version, and the texts of errors.

use std::ffi::{c_char, c_int, c_uint, CStr, CString};
use std::sync::atomic::Ordering;
use std::sync::PoisonError;

use egpu_driver::cuda::functions::{value, value::status, DeviceId, Status};

use super::super::state::{self, state, CURRENT};
use super::{answer, device, give, give_text};

/// CUDA 12.8.
const VERSION: c_int = 12_080;

/// Multiprocessors of a device.
const MULTIPROCESSORS: c_int = 4;

pub(super) unsafe extern "system" fn cuInit(flags: c_uint) -> Status {
    match flags {
        0 => status::SUCCESS,
        _ => status::INVALID_VALUE,
    }
}

pub(super) unsafe extern "system" fn cuDriverGetVersion(version: *mut c_int) -> Status {
    // SAFETY: see `give`.
    answer(unsafe { give(version, VERSION) })
}

pub(super) unsafe extern "system" fn cuDeviceGetCount(count: *mut c_int) -> Status {
    // SAFETY: see `give`.
    answer(unsafe { give(count, state::count() as c_int) })
}

pub(super) unsafe extern "system" fn cuDeviceGet(to: *mut DeviceId, ordinal: c_int) -> Status {
    // SAFETY: see `give`.
    answer(device(ordinal).and_then(|_| unsafe { give(to, ordinal) }))
}

pub(super) unsafe extern "system" fn cuDeviceGetName(
    to: *mut c_char,
    size: c_int,
    id: DeviceId,
) -> Status {
    answer(device(id).and_then(|gpu| {
        let (major, minor) = gpu.config.capability;
        let name = format!("PTX interpreter sm_{major}{minor}");
        // SAFETY: see `give_text`.
        unsafe { give_text(to, size, &name) }
    }))
}

pub(super) unsafe extern "system" fn cuDeviceGetPCIBusId(
    to: *mut c_char,
    size: c_int,
    id: DeviceId,
) -> Status {
    answer(device(id).and_then(|_| {
        // SAFETY: see `give_text`.
        unsafe { give_text(to, size, &format!("none:{id:02}")) }
    }))
}

pub(super) unsafe extern "system" fn cuDeviceTotalMem_v2(to: *mut usize, id: DeviceId) -> Status {
    answer(device(id).and_then(|gpu| {
        // SAFETY: see `give`.
        unsafe { give(to, gpu.config.memory as usize) }
    }))
}

pub(super) unsafe extern "system" fn cuDeviceGetAttribute(
    to: *mut c_int,
    attribute: c_int,
    id: DeviceId,
) -> Status {
    answer(device(id).and_then(|gpu| {
        let value = match attribute {
            value::device::MAX_THREADS_PER_BLOCK => 1024,
            2 | 3 => 1024,
            4 => 64,
            value::device::MULTIPROCESSORS => MULTIPROCESSORS,
            value::device::CAPABILITY_MAJOR => gpu.config.capability.0,
            value::device::CAPABILITY_MINOR => gpu.config.capability.1,
            value::device::MAX_SHARED_OPTIN => gpu.shared_optin() as c_int,
            value::device::MEMORY_POOLS => gpu.config.pools.into(),
            _ => return Err(status::INVALID_VALUE),
        };
        // SAFETY: see `give`.
        unsafe { give(to, value) }
    }))
}

fn error_text(code: Status) -> (&'static CStr, &'static CStr) {
    match code {
        status::SUCCESS => (c"CUDA_SUCCESS", c"no error"),
        status::INVALID_VALUE => (c"CUDA_ERROR_INVALID_VALUE", c"invalid argument"),
        status::OUT_OF_MEMORY => (c"CUDA_ERROR_OUT_OF_MEMORY", c"out of memory"),
        status::NO_DEVICE => (c"CUDA_ERROR_NO_DEVICE", c"no CUDA-capable device"),
        status::INVALID_IMAGE => (c"CUDA_ERROR_INVALID_IMAGE", c"the kernel image is invalid"),
        status::INVALID_CONTEXT => (c"CUDA_ERROR_INVALID_CONTEXT", c"invalid device context"),
        status::INVALID_PTX => (c"CUDA_ERROR_INVALID_PTX", c"the PTX was refused"),
        status::UNSUPPORTED_PTX_VERSION => (
            c"CUDA_ERROR_UNSUPPORTED_PTX_VERSION",
            c"the PTX is newer than the driver",
        ),
        status::INVALID_HANDLE => (c"CUDA_ERROR_INVALID_HANDLE", c"invalid resource handle"),
        status::NOT_FOUND => (c"CUDA_ERROR_NOT_FOUND", c"named symbol not found"),
        status::NOT_READY => (c"CUDA_ERROR_NOT_READY", c"not ready"),
        status::ILLEGAL_ADDRESS => (c"CUDA_ERROR_ILLEGAL_ADDRESS", c"illegal memory access"),
        status::MISALIGNED_ADDRESS => (c"CUDA_ERROR_MISALIGNED_ADDRESS", c"misaligned address"),
        status::LAUNCH_FAILED => (c"CUDA_ERROR_LAUNCH_FAILED", c"unspecified launch failure"),
        _ => (c"CUDA_ERROR_UNKNOWN", c"unknown error"),
    }
}

pub(super) unsafe extern "system" fn cuGetErrorName(
    code: Status,
    to: *mut *const c_char,
) -> Status {
    // SAFETY: see `give`.
    answer(unsafe { give(to, error_text(code).0.as_ptr()) })
}

/// NVIDIA's text, and for the current context's sticky error what the interpreter found.
pub(super) unsafe extern "system" fn cuGetErrorString(
    code: Status,
    to: *mut *const c_char,
) -> Status {
    let found = CURRENT
        .with_borrow(|stack| stack.last().copied())
        .and_then(|id| {
            let state = state();
            let health = &state.contexts.get(&id)?.health;
            if health.status.load(Ordering::Acquire) != code {
                return None;
            }
            let why = health.why.lock().unwrap_or_else(PoisonError::into_inner);
            CString::new(why.as_str()).ok()
        });
    let text = match found {
        // Texts live as long as the driver.
        Some(text) => Box::leak(text.into_boxed_c_str()),
        None => error_text(code).1,
    };
    // SAFETY: see `give`.
    answer(unsafe { give(to, text.as_ptr()) })
}
