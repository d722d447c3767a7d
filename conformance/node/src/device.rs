//! Devices: opening, asking what has finished, ending.

use std::sync::Arc;
use std::time::Duration;

use napi_derive::napi;

use crate::adapter::names;
use crate::errors::Sink;
use crate::state::{fenced, on_device, or_throw, Device, Event, Finished};
use crate::table::Handle;

/// A device as JavaScript sees it.
#[derive(Debug)]
#[napi(object)]
pub struct DeviceDescription {
    pub handle: Handle,
    pub features: Vec<String>,
    /// wgpu's `Limits` as JSON.
    pub limits: String,
}

/// Opens a device. `limits` is JSON of wgpu's `Limits`; what is left out is the default.
///
/// Errors: an unknown feature, or what wgpu says.
#[napi]
pub fn request_device(
    adapter: Handle,
    label: String,
    features: Vec<String>,
    limits: String,
) -> napi::Result<DeviceDescription> {
    or_throw(|state| {
        let mut required_features = wgpu::Features::empty();
        for name in &features {
            required_features |= name
                .parse()
                .map_err(|_| format!("there is no feature `{name}`"))?;
        }
        let required_limits =
            serde_json::from_str(&limits).map_err(|error| format!("limits: {error}"))?;
        let (device, queue) = pollster::block_on(state.adapters.get(adapter)?.request_device(
            &wgpu::DeviceDescriptor {
                label: Some(&label),
                required_features,
                required_limits,
                ..Default::default()
            },
        ))
        .map_err(|error| error.to_string())?;
        let errors = Arc::new(Sink::default());
        let finished = Arc::new(Finished::default());
        let sink = errors.clone();
        device.on_uncaptured_error(Arc::new(move |error: wgpu::Error| sink.push(error.into())));
        let events = finished.clone();
        device.set_device_lost_callback(move |_, message| events.push(0, false, message));
        let features = names(device.features());
        let limits = serde_json::to_string(&device.limits()).map_err(|error| error.to_string())?;
        let handle = state.devices.add(Device {
            device,
            queue,
            errors,
            finished,
        });
        Ok(DeviceDescription {
            handle,
            features,
            limits,
        })
    })
}

/// What has finished since the last call, after waiting up to `milliseconds` for submitted work.
#[napi]
pub fn poll(device: Handle, milliseconds: f64) -> Vec<Event> {
    on_device(device, |state| {
        let Device {
            device, finished, ..
        } = state.devices.get(device)?;
        let timeout = Duration::try_from_secs_f64(milliseconds / 1e3).unwrap_or_default();
        // A time-out is not an error: the caller comes again.
        let _ = device.poll(wgpu::PollType::Wait {
            submission_index: None,
            timeout: Some(timeout),
        });
        Ok(finished.take())
    })
}

/// Ends a device. What is in flight is given up.
#[napi]
pub fn destroy_device(device: Handle) {
    // A device that is gone is destroyed already.
    let _ = fenced(|state| {
        state.devices.get(device)?.device.destroy();
        Ok(())
    });
}
