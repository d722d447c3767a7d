//! Recording commands and the queue.

use napi_derive::napi;

use crate::pass::Pass;
use crate::state::on_device;
use crate::table::Handle;

/// A JavaScript number that its side has checked, as bytes.
fn bytes(number: f64) -> u64 {
    number as u64
}

#[napi]
pub fn create_command_encoder(device: Handle, label: String) -> Handle {
    on_device(device, |state| {
        let label = Some(label.as_str());
        let encoder = state
            .devices
            .get(device)?
            .device
            .create_command_encoder(&wgpu::CommandEncoderDescriptor { label });
        Ok(state.encoders.add(encoder))
    })
}

#[napi]
pub fn copy_buffer_to_buffer(
    device: Handle,
    encoder: Handle,
    source: Handle,
    source_offset: f64,
    destination: Handle,
    destination_offset: f64,
    size: Option<f64>,
) {
    on_device(device, |state| {
        state.encoders.get_mut(encoder)?.copy_buffer_to_buffer(
            state.buffers.get(source)?,
            bytes(source_offset),
            state.buffers.get(destination)?,
            bytes(destination_offset),
            size.map(bytes),
        );
        Ok(())
    })
}

#[napi]
pub fn clear_buffer(
    device: Handle,
    encoder: Handle,
    buffer: Handle,
    offset: f64,
    size: Option<f64>,
) {
    on_device(device, |state| {
        state.encoders.get_mut(encoder)?.clear_buffer(
            state.buffers.get(buffer)?,
            bytes(offset),
            size.map(bytes),
        );
        Ok(())
    })
}

#[napi]
pub fn resolve_query_set(
    device: Handle,
    encoder: Handle,
    set: Handle,
    first: u32,
    count: u32,
    destination: Handle,
    offset: f64,
) {
    on_device(device, |state| {
        let end = first
            .checked_add(count)
            .ok_or("more queries than there can be")?;
        state.encoders.get_mut(encoder)?.resolve_query_set(
            state.query_sets.get(set)?,
            first..end,
            state.buffers.get(destination)?,
            bytes(offset),
        );
        Ok(())
    })
}

#[napi]
pub fn encoder_insert_debug_marker(device: Handle, encoder: Handle, label: String) {
    on_device(device, |state| {
        state.encoders.get_mut(encoder)?.insert_debug_marker(&label);
        Ok(())
    })
}

#[napi]
pub fn encoder_push_debug_group(device: Handle, encoder: Handle, label: String) {
    on_device(device, |state| {
        state.encoders.get_mut(encoder)?.push_debug_group(&label);
        Ok(())
    })
}

#[napi]
pub fn encoder_pop_debug_group(device: Handle, encoder: Handle) {
    on_device(device, |state| {
        state.encoders.get_mut(encoder)?.pop_debug_group();
        Ok(())
    })
}

/// Ends the encoder.
#[napi]
pub fn finish_encoder(device: Handle, encoder: Handle) -> Handle {
    on_device(device, |state| {
        let commands = state.encoders.take(encoder)?.finish();
        Ok(state.commands.add(commands))
    })
}

/// Where a pass writes times.
#[derive(Debug)]
#[napi(object)]
pub struct TimestampWrites {
    pub query_set: Handle,
    pub beginning: Option<u32>,
    pub end: Option<u32>,
}

#[napi]
pub fn begin_compute_pass(
    device: Handle,
    encoder: Handle,
    label: String,
    timestamps: Option<TimestampWrites>,
) -> Handle {
    on_device(device, |state| {
        let timestamp_writes = match timestamps {
            None => None,
            Some(writes) => Some(wgpu::ComputePassTimestampWrites {
                query_set: state.query_sets.get(writes.query_set)?,
                beginning_of_pass_write_index: writes.beginning,
                end_of_pass_write_index: writes.end,
            }),
        };
        let pass = state
            .encoders
            .get_mut(encoder)?
            .begin_compute_pass(&wgpu::ComputePassDescriptor {
                label: Some(&label),
                timestamp_writes,
            })
            .forget_lifetime();
        Ok(state.passes.add(Pass::new(pass)))
    })
}

#[napi]
pub fn set_pipeline(device: Handle, pass: Handle, pipeline: Handle) {
    on_device(device, |state| {
        let pipeline = state.pipelines.get(pipeline)?;
        state
            .passes
            .get_mut(pass)?
            .set_pipeline(&pipeline.pipeline, pipeline.immediate_size);
        Ok(())
    })
}

#[napi]
pub fn set_immediates(device: Handle, pass: Handle, offset: u32, data: &[u8]) {
    on_device(device, |state| {
        state.passes.get_mut(pass)?.set_immediates(offset, data)
    })
}

/// Group 0 takes the binding away.
#[napi]
pub fn set_bind_group(device: Handle, pass: Handle, index: u32, group: Handle, offsets: Vec<u32>) {
    on_device(device, |state| {
        let group = match group {
            0 => None,
            group => Some(state.bind_groups.get(group)?),
        };
        state
            .passes
            .get_mut(pass)?
            .plain()
            .set_bind_group(index, group, &offsets);
        Ok(())
    })
}

#[napi]
pub fn dispatch_workgroups(device: Handle, pass: Handle, x: u32, y: u32, z: u32) {
    on_device(device, |state| {
        state
            .passes
            .get_mut(pass)?
            .dispatch()
            .dispatch_workgroups(x, y, z);
        Ok(())
    })
}

#[napi]
pub fn dispatch_workgroups_indirect(device: Handle, pass: Handle, buffer: Handle, offset: f64) {
    on_device(device, |state| {
        state
            .passes
            .get_mut(pass)?
            .dispatch()
            .dispatch_workgroups_indirect(state.buffers.get(buffer)?, bytes(offset));
        Ok(())
    })
}

#[napi]
pub fn pass_insert_debug_marker(device: Handle, pass: Handle, label: String) {
    on_device(device, |state| {
        state
            .passes
            .get_mut(pass)?
            .plain()
            .insert_debug_marker(&label);
        Ok(())
    })
}

#[napi]
pub fn pass_push_debug_group(device: Handle, pass: Handle, label: String) {
    on_device(device, |state| {
        state.passes.get_mut(pass)?.plain().push_debug_group(&label);
        Ok(())
    })
}

#[napi]
pub fn pass_pop_debug_group(device: Handle, pass: Handle) {
    on_device(device, |state| {
        state.passes.get_mut(pass)?.plain().pop_debug_group();
        Ok(())
    })
}

/// Ends the pass; its encoder may go on.
#[napi]
pub fn end_pass(device: Handle, pass: Handle) {
    on_device(device, |state| state.passes.take(pass).map(drop))
}

#[napi]
pub fn write_buffer(device: Handle, buffer: Handle, offset: f64, data: &[u8]) {
    on_device(device, |state| {
        state.devices.get(device)?.queue.write_buffer(
            state.buffers.get(buffer)?,
            bytes(offset),
            data,
        );
        Ok(())
    })
}

#[napi]
pub fn submit(device: Handle, commands: Vec<Handle>) {
    on_device(device, |state| {
        let commands = commands
            .into_iter()
            .map(|handle| state.commands.take(handle))
            .collect::<Result<Vec<_>, String>>()?;
        state.devices.get(device)?.queue.submit(commands);
        Ok(())
    })
}

/// [`crate::device::poll`] reports `token` when all that was submitted has finished.
#[napi]
pub fn on_submitted_work_done(device: Handle, token: u32) {
    on_device(device, |state| {
        let device = state.devices.get(device)?;
        let finished = device.finished.clone();
        device
            .queue
            .on_submitted_work_done(move || finished.push(token, true, String::new()));
        Ok(())
    })
}
