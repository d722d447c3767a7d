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
        let mut required_limits: wgpu::Limits =
            serde_json::from_str(&limits).map_err(|error| format!("limits: {error}"))?;
        let adapter = state.adapters.get(adapter)?;
        // WebGPU limits kinds of binding, wgpu also their sums.
        let most = adapter.limits();
        required_limits.max_buffers_and_acceleration_structures_per_shader_stage =
            most.max_buffers_and_acceleration_structures_per_shader_stage;
        required_limits.max_non_sampler_bindings = most.max_non_sampler_bindings;
        // WebGPU has 64 bytes of immediates without asking.
        required_features |= wgpu::Features::IMMEDIATES;
        required_limits.max_immediate_size = required_limits.max_immediate_size.max(64);
        let (device, queue) = pollster::block_on(adapter.request_device(&wgpu::DeviceDescriptor {
            label: Some(&label),
            required_features,
            required_limits,
            ..Default::default()
        }))
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
            largest: most.max_buffer_size,
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
        let mut events = finished.take();
        if let Some(loss) = wgpu_egpu::loss(device) {
            // wgpu does not know why.
            for event in events.iter_mut().filter(|event| event.token == 0) {
                event.message = loss.to_string();
            }
        }
        Ok(events)
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
