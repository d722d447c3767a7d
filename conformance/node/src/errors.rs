//! Errors on their way to JavaScript's error scopes.

use std::sync::{Mutex, PoisonError};

use napi_derive::napi;

use crate::state;
use crate::table::Handle;

/// An error as a scope takes it.
#[derive(Clone, Debug)]
#[napi(object)]
pub struct DeviceError {
    /// A GPUErrorFilter: `validation`, `internal` or `out-of-memory`.
    pub filter: String,
    /// What is wrong.
    pub message: String,
}

impl DeviceError {
    /// A fault of this program or of what lies below it.
    pub fn internal(message: String) -> DeviceError {
        DeviceError {
            filter: "internal".into(),
            message,
        }
    }

    /// More memory asked for than there is.
    pub fn out_of_memory(message: String) -> DeviceError {
        DeviceError {
            filter: "out-of-memory".into(),
            message,
        }
    }

    /// Misuse.
    pub fn validation(message: String) -> DeviceError {
        DeviceError {
            filter: "validation".into(),
            message,
        }
    }
}

impl From<wgpu::Error> for DeviceError {
    fn from(error: wgpu::Error) -> DeviceError {
        match error {
            wgpu::Error::OutOfMemory { .. } => DeviceError::out_of_memory("out of memory".into()),
            wgpu::Error::Validation { description, .. } => DeviceError::validation(description),
            wgpu::Error::Internal { description, .. } => DeviceError::internal(description),
        }
    }
}

/// Errors of one device, in the order in which they happened.
#[derive(Debug, Default)]
pub struct Sink(Mutex<Vec<DeviceError>>);

impl Sink {
    /// Appends one.
    pub fn push(&self, error: DeviceError) {
        self.0
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .push(error);
    }

    fn take(&self) -> Vec<DeviceError> {
        std::mem::take(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

/// What went wrong on the device since the last call; nothing if nothing did.
#[napi]
pub fn take_errors(device: Handle) -> Option<Vec<DeviceError>> {
    let errors = state::sink(device)?.take();
    (!errors.is_empty()).then_some(errors)
}
