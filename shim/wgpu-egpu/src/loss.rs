//! Why a device was lost.

pub use egpu_driver::Loss;

/// Why the card behind a device was lost, once it was; nothing for devices of other backends.
///
/// wgpu's device-lost callback says only that it was.
pub fn loss(device: &wgpu::Device) -> Option<Loss> {
    // SAFETY: the guard is dropped here, and the device is only asked.
    let device = unsafe { device.as_hal::<egpu_hal::Api>() }?;
    device.loss()
}
