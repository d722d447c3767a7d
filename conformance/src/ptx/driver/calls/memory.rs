//! Memory: of the device, of pools, and the host's that is registered; copies and fills.
//!
//! Addresses of the device are never given out twice, so that one used after its end is noticed.

use std::ffi::{c_int, c_uint, c_void};
use std::sync::atomic::Ordering;
use std::sync::{Arc, PoisonError};

use egpu_driver::cuda::functions::{value, value::status, Pool, PoolProperties, Status, Stream};

use super::super::staging::Held;
use super::super::state::{fresh, handle, id, registered, state, Id};
use super::super::work::{on_host, Copy, Work};
use super::super::{Gpu, FIRST_ADDRESS};
use super::{answer, current, device, enqueue, give, Answer};

pub(super) unsafe extern "system" fn cuMemGetInfo_v2(
    free: *mut usize,
    total: *mut usize,
) -> Status {
    answer(current("cuMemGetInfo_v2").and_then(|(_, gpu)| {
        let used = gpu.counts.used.load(Ordering::Relaxed);
        // SAFETY: see `give`.
        unsafe {
            give(free, gpu.config.memory.saturating_sub(used) as usize)?;
            give(total, gpu.config.memory as usize)
        }
    }))
}

fn allocate(
    (context, gpu): (Id, Arc<Gpu>),
    stream: Option<Stream>,
    bytes: usize,
) -> Result<u64, Status> {
    if bytes == 0 {
        return Err(status::INVALID_VALUE);
    }
    let bytes = bytes as u64;
    let address = gpu.take(bytes).ok_or(status::OUT_OF_MEMORY)?;
    state().allocations.insert((context, address), bytes);
    enqueue(context, stream, Work::Allocate { address, bytes })?;
    Ok(address)
}

fn free((context, gpu): (Id, Arc<Gpu>), stream: Option<Stream>, address: u64) -> Answer {
    let bytes = state().allocations.remove(&(context, address));
    let bytes = bytes.ok_or(status::INVALID_VALUE)?;
    gpu.counts.used.fetch_sub(bytes, Ordering::Relaxed);
    enqueue(context, stream, Work::Free { address })
}

pub(super) unsafe extern "system" fn cuMemAlloc_v2(to: *mut u64, bytes: usize) -> Status {
    answer(current("cuMemAlloc_v2").and_then(|context| {
        let address = allocate(context, None, bytes)?;
        // SAFETY: see `give`.
        unsafe { give(to, address) }
    }))
}

pub(super) unsafe extern "system" fn cuMemFree_v2(address: u64) -> Status {
    answer(current("cuMemFree_v2").and_then(|context| free(context, None, address)))
}

pub(super) unsafe extern "system" fn cuMemHostRegister_v2(
    memory: *mut c_void,
    bytes: usize,
    _flags: c_uint,
) -> Status {
    answer(current("cuMemHostRegister_v2").and_then(|(context, gpu)| {
        gpu.counts.registrations.fetch_add(1, Ordering::Relaxed);
        let mut list = registered().write().unwrap_or_else(PoisonError::into_inner);
        let at = memory.expose_provenance();
        let before = list.range(..at.saturating_add(bytes)).next_back();
        if before.is_some_and(|(start, (size, _))| start + size > at) {
            // CUDA_ERROR_HOST_MEMORY_ALREADY_REGISTERED
            return Err(712);
        }
        list.insert(at, (bytes, context));
        Ok(())
    }))
}

pub(super) unsafe extern "system" fn cuMemHostUnregister(memory: *mut c_void) -> Status {
    answer(current("cuMemHostUnregister").and_then(|_| {
        let mut list = registered().write().unwrap_or_else(PoisonError::into_inner);
        match list.remove(&memory.addr()) {
            Some(_) => Ok(()),
            // CUDA_ERROR_HOST_MEMORY_NOT_REGISTERED
            None => Err(713),
        }
    }))
}

pub(super) unsafe extern "system" fn cuMemHostGetDevicePointer_v2(
    to: *mut u64,
    memory: *mut c_void,
    _flags: c_uint,
) -> Status {
    answer(current("cuMemHostGetDevicePointer_v2").and_then(|_| {
        let list = registered().read().unwrap_or_else(PoisonError::into_inner);
        match list.contains_key(&memory.addr()) {
            // SAFETY: see `give`.
            true => unsafe { give(to, memory.addr() as u64) },
            false => Err(status::INVALID_VALUE),
        }
    }))
}

pub(super) unsafe extern "system" fn cuMemcpyAsync(
    to: u64,
    from: u64,
    bytes: usize,
    stream: Stream,
) -> Status {
    answer(current("cuMemcpyAsync").and_then(|(context, _)| {
        if !(is_asynchronous(to, bytes) && is_asynchronous(from, bytes)) {
            return Err(status::INVALID_VALUE);
        }
        let bytes = bytes as u64;
        let begun = {
            let state = state();
            let context = state.contexts.get(&context);
            let context = context.ok_or(status::INVALID_CONTEXT)?;
            let begun = context.health.begun.load(Ordering::Acquire);
            context.streams.is_adverse().then_some(begun)
        };
        let held = begun.and_then(|begun| Held::new(from, bytes, begun));
        let copy = Copy {
            to,
            from,
            bytes,
            held,
        };
        enqueue(context, Some(stream), Work::Copy(copy))
    }))
}

/// Whether a copy of this memory may return before it is done: it is the card's, or page-locked.
fn is_asynchronous(address: u64, bytes: usize) -> bool {
    address >= FIRST_ADDRESS || on_host(address, bytes, |_| {})
}

pub(super) unsafe extern "system" fn cuMemsetD32Async(
    to: u64,
    value: c_uint,
    count: usize,
    stream: Stream,
) -> Status {
    answer(current("cuMemsetD32Async").and_then(|(context, _)| {
        if !to.is_multiple_of(4) {
            return Err(status::INVALID_VALUE);
        }
        let count = count as u64;
        enqueue(context, Some(stream), Work::Fill { to, value, count })
    }))
}

pub(super) unsafe extern "system" fn cuMemPoolCreate(
    to: *mut Pool,
    properties: *const PoolProperties,
) -> Status {
    // SAFETY: the properties are the caller's.
    let properties = unsafe { properties.read() };
    answer(device(properties.location_id).and_then(|_| {
        if (properties.allocation_type, properties.location_type) != (1, 1)
            || properties.reserved != [0; 64]
        {
            return Err(status::INVALID_VALUE);
        }
        let id = fresh();
        state().pools.insert(id, properties.location_id);
        // SAFETY: see `give`.
        unsafe { give(to, Pool(handle(id))) }
    }))
}

pub(super) unsafe extern "system" fn cuMemPoolDestroy(pool: Pool) -> Status {
    match state().pools.remove(&id(pool.0)) {
        Some(_) => status::SUCCESS,
        None => status::INVALID_VALUE,
    }
}

pub(super) unsafe extern "system" fn cuMemPoolSetAttribute(
    pool: Pool,
    attribute: c_int,
    _value: *mut c_void,
) -> Status {
    match state().pools.contains_key(&id(pool.0)) {
        true if attribute == value::POOL_ATTRIBUTE_RELEASE_THRESHOLD => status::SUCCESS,
        _ => status::INVALID_VALUE,
    }
}

pub(super) unsafe extern "system" fn cuMemAllocFromPoolAsync(
    to: *mut u64,
    bytes: usize,
    pool: Pool,
    stream: Stream,
) -> Status {
    answer(current("cuMemAllocFromPoolAsync").and_then(|context| {
        if !state().pools.contains_key(&id(pool.0)) {
            return Err(status::INVALID_VALUE);
        }
        let address = allocate(context, Some(stream), bytes)?;
        // SAFETY: see `give`.
        unsafe { give(to, address) }
    }))
}

pub(super) unsafe extern "system" fn cuMemFreeAsync(address: u64, stream: Stream) -> Status {
    answer(current("cuMemFreeAsync").and_then(|context| free(context, Some(stream), address)))
}
