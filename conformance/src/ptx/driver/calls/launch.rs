//! Launches: how many workgroups fit, and the check of one before it is work.

use std::ffi::{c_int, c_uint, c_void};

use egpu_driver::cuda::functions::{value, value::status, Function, Status, Stream};

use super::super::state::{id, state};
use super::super::work::Work;
use super::{answer, current, enqueue, give};

/// Workgroups that fit one.
const OCCUPANCY: c_int = 2;

pub(super) unsafe extern "system" fn cuOccupancyMaxActiveBlocksPerMultiprocessor(
    to: *mut c_int,
    _function: Function,
    _threads: c_int,
    _shared: usize,
) -> Status {
    answer(
        current("cuOccupancyMaxActiveBlocksPerMultiprocessor")
            // SAFETY: see `give`.
            .and_then(|_| unsafe { give(to, OCCUPANCY) }),
    )
}

/// The packed block of a launch's `extra`.
///
/// # Safety
///
/// `extra` is null, or a list as the driver's documentation says.
unsafe fn packed(extra: *mut *mut c_void) -> Result<Vec<u8>, Status> {
    if extra.is_null() {
        return Ok(Vec::new());
    }
    let (mut block, mut size, mut at) = (std::ptr::null::<u8>(), 0, 0);
    loop {
        // SAFETY: the list ends by `PARAM_END`.
        let (key, value) = unsafe {
            let key = extra.add(at).read().addr();
            match key {
                value::launch::PARAM_END => break,
                key => (key, extra.add(at + 1).read()),
            }
        };
        at += 2;
        match key {
            value::launch::PARAM_BUFFER_POINTER => block = value.cast(),
            // SAFETY: the size is given by a pointer to it.
            value::launch::PARAM_BUFFER_SIZE => size = unsafe { value.cast::<usize>().read() },
            _ => return Err(status::INVALID_VALUE),
        }
    }
    // SAFETY: the block is as long as the caller says.
    Ok(unsafe { std::slice::from_raw_parts(block, size) }.to_vec())
}

pub(super) unsafe extern "system" fn cuLaunchKernel(
    function: Function,
    x: c_uint,
    y: c_uint,
    z: c_uint,
    width: c_uint,
    height: c_uint,
    depth: c_uint,
    dynamic_shared: c_uint,
    stream: Stream,
    parameters: *mut *mut c_void,
    extra: *mut *mut c_void,
) -> Status {
    answer(current("cuLaunchKernel").and_then(|(context, _)| {
        let (entry, most) = {
            let state = state();
            let function = state
                .functions
                .get(&id(function.0))
                .filter(|function| function.context == context)
                .ok_or(status::INVALID_HANDLE)?;
            let unasked = (48u32 << 10).saturating_sub(function.entry.static_shared);
            let most = function.max_dynamic_shared.max(unasked);
            (function.entry.clone(), most)
        };
        // SAFETY: see `packed`.
        let block = unsafe { packed(extra) }?;
        if [x, y, z].contains(&0)
            || y > 65535
            || z > 65535
            || x > i32::MAX as u32
            || [width, height, depth] != entry.workgroup_size
            || dynamic_shared > most
            || !parameters.is_null()
            || block.len() != entry.parameter_bytes as usize
        {
            return Err(status::INVALID_VALUE);
        }
        enqueue(
            context,
            Some(stream),
            Work::Launch {
                entry,
                grid: [x, y, z],
                parameters: block,
                dynamic_shared,
            },
        )
    }))
}
