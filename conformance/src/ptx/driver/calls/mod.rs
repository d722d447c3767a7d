//! The functions themselves, in NVIDIA's signatures and by NVIDIA's names.
//!
//! Here are the table and what every function needs: how it answers, writes through its caller's
//! pointers, finds the current context and gives it work. The functions are in the modules below, as
//! NVIDIA's documentation groups them.

#![allow(non_snake_case)]

mod context;
mod device;
mod launch;
mod memory;
mod module;

use std::ffi::{c_char, c_int};
use std::sync::atomic::Ordering;
use std::sync::Arc;

use egpu_driver::cuda::functions::{value::status, DeviceId, Functions, Status, Stream};

use super::state::{self, id, state, Id, CURRENT};
use super::work::Work;
use super::Gpu;

/// The table of a driver that runs kernels by the interpreter.
pub fn functions() -> Functions {
    Functions {
        cuInit: device::cuInit,
        cuDriverGetVersion: device::cuDriverGetVersion,
        cuDeviceGetCount: device::cuDeviceGetCount,
        cuDeviceGet: device::cuDeviceGet,
        cuDeviceGetName: device::cuDeviceGetName,
        cuDeviceGetPCIBusId: device::cuDeviceGetPCIBusId,
        cuDeviceTotalMem_v2: device::cuDeviceTotalMem_v2,
        cuDeviceGetAttribute: device::cuDeviceGetAttribute,
        cuGetErrorName: device::cuGetErrorName,
        cuGetErrorString: device::cuGetErrorString,
        cuCtxCreate_v2: context::cuCtxCreate_v2,
        cuCtxDestroy_v2: context::cuCtxDestroy_v2,
        cuCtxPushCurrent_v2: context::cuCtxPushCurrent_v2,
        cuCtxPopCurrent_v2: context::cuCtxPopCurrent_v2,
        cuStreamCreate: context::cuStreamCreate,
        cuEventCreate: context::cuEventCreate,
        cuEventRecord: context::cuEventRecord,
        cuEventQuery: context::cuEventQuery,
        cuStreamWaitEvent: context::cuStreamWaitEvent,
        cuMemGetInfo_v2: memory::cuMemGetInfo_v2,
        cuMemAlloc_v2: memory::cuMemAlloc_v2,
        cuMemFree_v2: memory::cuMemFree_v2,
        cuMemHostRegister_v2: memory::cuMemHostRegister_v2,
        cuMemHostUnregister: memory::cuMemHostUnregister,
        cuMemHostGetDevicePointer_v2: memory::cuMemHostGetDevicePointer_v2,
        cuMemcpyAsync: memory::cuMemcpyAsync,
        cuMemsetD32Async: memory::cuMemsetD32Async,
        cuLinkCreate_v2: module::cuLinkCreate_v2,
        cuLinkAddData_v2: module::cuLinkAddData_v2,
        cuLinkComplete: module::cuLinkComplete,
        cuLinkDestroy: module::cuLinkDestroy,
        cuModuleLoadData: module::cuModuleLoadData,
        cuModuleUnload: module::cuModuleUnload,
        cuModuleGetFunction: module::cuModuleGetFunction,
        cuFuncGetAttribute: module::cuFuncGetAttribute,
        cuFuncSetAttribute: module::cuFuncSetAttribute,
        cuOccupancyMaxActiveBlocksPerMultiprocessor:
            launch::cuOccupancyMaxActiveBlocksPerMultiprocessor,
        cuLaunchKernel: launch::cuLaunchKernel,
        cuMemPoolCreate: Some(memory::cuMemPoolCreate),
        cuMemPoolDestroy: Some(memory::cuMemPoolDestroy),
        cuMemPoolSetAttribute: Some(memory::cuMemPoolSetAttribute),
        cuMemAllocFromPoolAsync: Some(memory::cuMemAllocFromPoolAsync),
        cuMemFreeAsync: Some(memory::cuMemFreeAsync),
    }
}

/// What a call answers.
type Answer = Result<(), Status>;

fn answer(result: Answer) -> Status {
    match result {
        Ok(()) => status::SUCCESS,
        Err(code) => code,
    }
}

/// Writes a result through a caller's pointer.
///
/// # Safety
///
/// The pointer is null or to a variable of the caller.
unsafe fn give<T>(to: *mut T, value: T) -> Answer {
    if to.is_null() {
        return Err(status::INVALID_VALUE);
    }
    // SAFETY: the caller of the driver vouches for its pointers, as with NVIDIA's.
    unsafe { to.write(value) };
    Ok(())
}

/// Writes a text with its zero into a caller's buffer.
///
/// # Safety
///
/// The buffer has `size` bytes.
unsafe fn give_text(to: *mut c_char, size: c_int, text: &str) -> Answer {
    let bytes = text.as_bytes();
    if to.is_null() || size <= 0 {
        return Err(status::INVALID_VALUE);
    }
    let count = bytes.len().min(size as usize - 1);
    // SAFETY: the buffer is as large as its owner says.
    unsafe {
        std::ptr::copy_nonoverlapping(bytes.as_ptr(), to.cast(), count);
        to.add(count).write(0);
    }
    Ok(())
}

/// The current context, if it is sound.
fn current(function: &'static str) -> Result<(Id, Arc<Gpu>), Status> {
    let id = CURRENT
        .with_borrow(|stack| stack.last().copied())
        .ok_or(status::INVALID_CONTEXT)?;
    let state = state();
    let context = state.contexts.get(&id).ok_or(status::INVALID_CONTEXT)?;
    match context.health.status.load(Ordering::Acquire) {
        0 => {}
        code => return Err(code),
    }
    match context.gpu.call(function) {
        None => Ok((id, context.gpu.clone())),
        Some(code) => Err(code),
    }
}

/// Puts work into a stream of the current context. Without a stream it is done by the end of the call:
/// so are allocations and frees that belong to none.
fn enqueue(context: Id, stream: Option<Stream>, work: Work) -> Answer {
    let mut state = state();
    let context = state
        .contexts
        .get_mut(&context)
        .ok_or(status::INVALID_CONTEXT)?;
    match stream {
        Some(stream) => context
            .streams
            .work(id(stream.0), work, &context.gpu.counts),
        None => context.streams.now(work),
    }
}

fn device(device: DeviceId) -> Result<Arc<Gpu>, Status> {
    // CUDA_ERROR_INVALID_DEVICE
    state::gpu(device).ok_or(101)
}
