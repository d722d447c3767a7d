//! The functions themselves, in NVIDIA's signatures and by NVIDIA's names.

#![allow(non_snake_case)]

use std::ffi::{c_char, c_int, c_uint, c_void, CStr, CString};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::channel;
use std::sync::{Arc, PoisonError};

use egpu_driver::cuda::functions::{
    value, value::status, Context, DeviceId, Event, Function, Functions, Linker, Module, Pool,
    PoolProperties, Status, Stream,
};

use super::state::{self, fresh, handle, id, registered, state, Health, Id, CURRENT};
use super::work::{self, Work};
use super::Gpu;
use crate::ptx;

/// First bytes of what the linker makes; the length and the text follow.
const IMAGE: [u8; 8] = *b"egpufake";

/// CUDA 12.8.
const VERSION: c_int = 12_080;

/// Multiprocessors of a device.
const MULTIPROCESSORS: c_int = 4;
/// Workgroups that fit one.
const OCCUPANCY: c_int = 2;

/// The table of a driver that runs kernels by the interpreter.
pub fn functions() -> Functions {
    Functions {
        cuInit,
        cuDriverGetVersion,
        cuDeviceGetCount,
        cuDeviceGet,
        cuDeviceGetName,
        cuDeviceGetPCIBusId,
        cuDeviceTotalMem_v2,
        cuDeviceGetAttribute,
        cuGetErrorName,
        cuGetErrorString,
        cuCtxCreate_v2,
        cuCtxDestroy_v2,
        cuCtxPushCurrent_v2,
        cuCtxPopCurrent_v2,
        cuStreamCreate,
        cuEventCreate,
        cuEventRecord,
        cuEventQuery,
        cuMemGetInfo_v2,
        cuMemAlloc_v2,
        cuMemFree_v2,
        cuMemHostRegister_v2,
        cuMemHostUnregister,
        cuMemHostGetDevicePointer_v2,
        cuMemcpyAsync,
        cuMemsetD32Async,
        cuLinkCreate_v2,
        cuLinkAddData_v2,
        cuLinkComplete,
        cuLinkDestroy,
        cuModuleLoadData,
        cuModuleUnload,
        cuModuleGetFunction,
        cuFuncGetAttribute,
        cuFuncSetAttribute,
        cuOccupancyMaxActiveBlocksPerMultiprocessor,
        cuLaunchKernel,
        cuMemPoolCreate: Some(cuMemPoolCreate),
        cuMemPoolDestroy: Some(cuMemPoolDestroy),
        cuMemPoolSetAttribute: Some(cuMemPoolSetAttribute),
        cuMemAllocFromPoolAsync: Some(cuMemAllocFromPoolAsync),
        cuMemFreeAsync: Some(cuMemFreeAsync),
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
    match context.gpu.failure(function) {
        None => Ok((id, context.gpu.clone())),
        Some(code) => Err(code),
    }
}

/// Puts work into a stream of the current context.
fn enqueue(context: Id, stream: Option<Stream>, work: Work) -> Answer {
    let state = state();
    if let Some(stream) = stream {
        if state.streams.get(&id(stream.0)) != Some(&context) {
            return Err(status::INVALID_HANDLE);
        }
    }
    let context = state
        .contexts
        .get(&context)
        .ok_or(status::INVALID_CONTEXT)?;
    context.work.send(work).map_err(|_| status::INVALID_CONTEXT)
}

fn device(device: DeviceId) -> Result<Arc<Gpu>, Status> {
    // CUDA_ERROR_INVALID_DEVICE
    state::gpu(device).ok_or(101)
}

unsafe extern "system" fn cuInit(flags: c_uint) -> Status {
    match flags {
        0 => status::SUCCESS,
        _ => status::INVALID_VALUE,
    }
}

unsafe extern "system" fn cuDriverGetVersion(version: *mut c_int) -> Status {
    // SAFETY: see `give`.
    answer(unsafe { give(version, VERSION) })
}

unsafe extern "system" fn cuDeviceGetCount(count: *mut c_int) -> Status {
    // SAFETY: see `give`.
    answer(unsafe { give(count, state::count() as c_int) })
}

unsafe extern "system" fn cuDeviceGet(to: *mut DeviceId, ordinal: c_int) -> Status {
    // SAFETY: see `give`.
    answer(device(ordinal).and_then(|_| unsafe { give(to, ordinal) }))
}

unsafe extern "system" fn cuDeviceGetName(to: *mut c_char, size: c_int, id: DeviceId) -> Status {
    answer(device(id).and_then(|gpu| {
        let (major, minor) = gpu.config.capability;
        let name = format!("PTX interpreter sm_{major}{minor}");
        // SAFETY: see `give_text`.
        unsafe { give_text(to, size, &name) }
    }))
}

unsafe extern "system" fn cuDeviceGetPCIBusId(
    to: *mut c_char,
    size: c_int,
    id: DeviceId,
) -> Status {
    answer(device(id).and_then(|_| {
        // SAFETY: see `give_text`.
        unsafe { give_text(to, size, &format!("none:{id:02}")) }
    }))
}

unsafe extern "system" fn cuDeviceTotalMem_v2(to: *mut usize, id: DeviceId) -> Status {
    answer(device(id).and_then(|gpu| {
        // SAFETY: see `give`.
        unsafe { give(to, gpu.config.memory as usize) }
    }))
}

unsafe extern "system" fn cuDeviceGetAttribute(
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

unsafe extern "system" fn cuGetErrorName(code: Status, to: *mut *const c_char) -> Status {
    // SAFETY: see `give`.
    answer(unsafe { give(to, error_text(code).0.as_ptr()) })
}

/// NVIDIA's text, and for the current context's sticky error what the interpreter found.
unsafe extern "system" fn cuGetErrorString(code: Status, to: *mut *const c_char) -> Status {
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

unsafe extern "system" fn cuCtxCreate_v2(
    to: *mut Context,
    _flags: c_uint,
    ordinal: DeviceId,
) -> Status {
    answer(device(ordinal).and_then(|gpu| {
        if let Some(code) = gpu.failure("cuCtxCreate_v2") {
            return Err(code);
        }
        gpu.counts.contexts.fetch_add(1, Ordering::Relaxed);
        let health = Arc::new(Health::default());
        let (sender, receiver) = channel();
        let (its_gpu, its_health) = (gpu.clone(), health.clone());
        let worker = std::thread::Builder::new()
            .name("ptx-interpreter".into())
            .spawn(move || work::work(&its_gpu, &its_health, &receiver))
            .map_err(|_| status::OUT_OF_MEMORY)?;
        let id = fresh();
        let context = state::Context {
            gpu,
            health,
            work: sender,
            worker,
        };
        state().contexts.insert(id, context);
        CURRENT.with_borrow_mut(|stack| stack.push(id));
        // SAFETY: see `give`.
        unsafe { give(to, Context(handle(id))) }
    }))
}

unsafe extern "system" fn cuCtxDestroy_v2(context: Context) -> Status {
    let id = id(context.0);
    let ended = {
        let mut state = state();
        let Some(ended) = state.contexts.remove(&id) else {
            return status::INVALID_CONTEXT;
        };
        state.streams.retain(|_, of| *of != id);
        state.events.retain(|_, (of, _)| *of != id);
        state.modules.retain(|_, (of, _)| *of != id);
        state.functions.retain(|_, function| function.context != id);
        state.linkers.retain(|_, linker| linker.context != id);
        state.allocations.retain(|_, (bytes, of)| {
            if *of == id {
                ended.gpu.counts.used.fetch_sub(*bytes, Ordering::Relaxed);
            }
            *of != id
        });
        ended
    };
    ended.health.cancelled.store(true, Ordering::Release);
    drop(ended.work);
    let joined = ended.worker.join();
    registered()
        .write()
        .unwrap_or_else(PoisonError::into_inner)
        .retain(|_, (_, of)| *of != id);
    CURRENT.with_borrow_mut(|stack| stack.retain(|other| *other != id));
    match joined {
        Ok(()) => status::SUCCESS,
        Err(_) => 999,
    }
}

unsafe extern "system" fn cuCtxPushCurrent_v2(context: Context) -> Status {
    let id = id(context.0);
    if !state().contexts.contains_key(&id) {
        return status::INVALID_CONTEXT;
    }
    CURRENT.with_borrow_mut(|stack| stack.push(id));
    status::SUCCESS
}

unsafe extern "system" fn cuCtxPopCurrent_v2(to: *mut Context) -> Status {
    match CURRENT.with_borrow_mut(Vec::pop) {
        // SAFETY: see `give`.
        Some(id) => answer(unsafe { give(to, Context(handle(id))) }),
        None => status::INVALID_CONTEXT,
    }
}

unsafe extern "system" fn cuStreamCreate(to: *mut Stream, _flags: c_uint) -> Status {
    answer(current("cuStreamCreate").and_then(|(context, _)| {
        let id = fresh();
        state().streams.insert(id, context);
        // SAFETY: see `give`.
        unsafe { give(to, Stream(handle(id))) }
    }))
}

unsafe extern "system" fn cuEventCreate(to: *mut Event, _flags: c_uint) -> Status {
    answer(current("cuEventCreate").and_then(|(context, _)| {
        let id = fresh();
        // An event that was never recorded counts as reached.
        let reached = Arc::new(AtomicBool::new(true));
        state().events.insert(id, (context, reached));
        // SAFETY: see `give`.
        unsafe { give(to, Event(handle(id))) }
    }))
}

unsafe extern "system" fn cuEventRecord(event: Event, stream: Stream) -> Status {
    answer(current("cuEventRecord").and_then(|(context, _)| {
        let reached = Arc::new(AtomicBool::new(false));
        match state().events.get_mut(&id(event.0)) {
            Some((of, old)) if *of == context => *old = reached.clone(),
            _ => return Err(status::INVALID_HANDLE),
        }
        enqueue(context, Some(stream), Work::Event(reached))
    }))
}

unsafe extern "system" fn cuEventQuery(event: Event) -> Status {
    answer(current("cuEventQuery").and_then(
        |(context, _)| match state().events.get(&id(event.0)) {
            Some((of, reached)) if *of == context => match reached.load(Ordering::Acquire) {
                true => Ok(()),
                false => Err(status::NOT_READY),
            },
            _ => Err(status::INVALID_HANDLE),
        },
    ))
}

unsafe extern "system" fn cuMemGetInfo_v2(free: *mut usize, total: *mut usize) -> Status {
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
    state().allocations.insert(address, (bytes, context));
    enqueue(context, stream, Work::Allocate { address, bytes })?;
    Ok(address)
}

fn free((context, gpu): (Id, Arc<Gpu>), stream: Option<Stream>, address: u64) -> Answer {
    let bytes = {
        let mut state = state();
        match state.allocations.get(&address) {
            Some((bytes, of)) if *of == context => {
                let bytes = *bytes;
                state.allocations.remove(&address);
                bytes
            }
            _ => return Err(status::INVALID_VALUE),
        }
    };
    gpu.counts.used.fetch_sub(bytes, Ordering::Relaxed);
    enqueue(context, stream, Work::Free { address })
}

unsafe extern "system" fn cuMemAlloc_v2(to: *mut u64, bytes: usize) -> Status {
    answer(current("cuMemAlloc_v2").and_then(|context| {
        let address = allocate(context, None, bytes)?;
        // SAFETY: see `give`.
        unsafe { give(to, address) }
    }))
}

unsafe extern "system" fn cuMemFree_v2(address: u64) -> Status {
    answer(current("cuMemFree_v2").and_then(|context| free(context, None, address)))
}

unsafe extern "system" fn cuMemHostRegister_v2(
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

unsafe extern "system" fn cuMemHostUnregister(memory: *mut c_void) -> Status {
    answer(current("cuMemHostUnregister").and_then(|_| {
        let mut list = registered().write().unwrap_or_else(PoisonError::into_inner);
        match list.remove(&memory.addr()) {
            Some(_) => Ok(()),
            // CUDA_ERROR_HOST_MEMORY_NOT_REGISTERED
            None => Err(713),
        }
    }))
}

unsafe extern "system" fn cuMemHostGetDevicePointer_v2(
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

unsafe extern "system" fn cuMemcpyAsync(
    to: u64,
    from: u64,
    bytes: usize,
    stream: Stream,
) -> Status {
    answer(current("cuMemcpyAsync").and_then(|(context, _)| {
        let bytes = bytes as u64;
        enqueue(context, Some(stream), Work::Copy { to, from, bytes })
    }))
}

unsafe extern "system" fn cuMemsetD32Async(
    to: u64,
    value: c_uint,
    count: usize,
    stream: Stream,
) -> Status {
    answer(current("cuMemsetD32Async").and_then(|(context, _)| {
        if to % 4 != 0 {
            return Err(status::INVALID_VALUE);
        }
        let count = count as u64;
        enqueue(context, Some(stream), Work::Fill { to, value, count })
    }))
}

unsafe extern "system" fn cuLinkCreate_v2(
    count: c_uint,
    options: *mut c_int,
    values: *mut *mut c_void,
    to: *mut Linker,
) -> Status {
    answer(current("cuLinkCreate_v2").and_then(|(context, _)| {
        let (mut buffer, mut bytes) = (None, None);
        for n in 0..count as usize {
            // SAFETY: options and values are as many as the caller says.
            let (option, value) = unsafe { (options.add(n).read(), values.add(n).read()) };
            match option {
                value::jit::ERROR_LOG_BUFFER => buffer = Some(value.expose_provenance()),
                value::jit::ERROR_LOG_BYTES => bytes = Some(value.addr()),
                _ => {}
            }
        }
        let id = fresh();
        let linker = state::Linker {
            context,
            text: None,
            image: Vec::new(),
            errors: buffer.zip(bytes),
        };
        state().linkers.insert(id, linker);
        // SAFETY: see `give`.
        unsafe { give(to, Linker(handle(id))) }
    }))
}

unsafe extern "system" fn cuLinkAddData_v2(
    linker: Linker,
    kind: c_int,
    data: *mut c_void,
    size: usize,
    _name: *const c_char,
    _count: c_uint,
    _options: *mut c_int,
    _values: *mut *mut c_void,
) -> Status {
    answer(current("cuLinkAddData_v2").and_then(|(_, gpu)| {
        if kind != value::JIT_INPUT_PTX {
            return Err(status::INVALID_VALUE);
        }
        gpu.counts.compilations.fetch_add(1, Ordering::Relaxed);
        // SAFETY: the data is as long as the caller says.
        let bytes = unsafe { std::slice::from_raw_parts(data.cast::<u8>(), size) };
        let checked = compile(&gpu, bytes);
        let mut state = state();
        let linker = state
            .linkers
            .get_mut(&id(linker.0))
            .ok_or(status::INVALID_HANDLE)?;
        match checked {
            Ok(text) => {
                linker.text = Some(text);
                Ok(())
            }
            Err((code, why)) => {
                if let Some((buffer, bytes)) = linker.errors {
                    let buffer = std::ptr::with_exposed_provenance_mut(buffer);
                    // SAFETY: the buffer is as large as the caller said, and outlives the linker.
                    unsafe { give_text(buffer, bytes as c_int, &why) }?;
                }
                Err(code)
            }
        }
    }))
}

/// Checks a text as the driver's compiler does.
fn compile(gpu: &Gpu, bytes: &[u8]) -> Result<String, (Status, String)> {
    let refuse = |why: String| (status::INVALID_PTX, why);
    let text = match bytes.split_last() {
        Some((0, text)) => text,
        _ => return Err(refuse("the text does not end in a zero byte".into())),
    };
    let text = std::str::from_utf8(text).map_err(|error| refuse(error.to_string()))?;
    let module = ptx::Module::parse(text).map_err(|error| refuse(error.to_string()))?;
    if module.version > gpu.config.ptx_version {
        let (major, minor) = module.version;
        return Err((
            status::UNSUPPORTED_PTX_VERSION,
            format!("PTX {major}.{minor} is newer than this compiler"),
        ));
    }
    let (major, minor) = gpu.config.capability;
    if module.target > (major * 10 + minor) as u32 {
        return Err(refuse(format!(
            "a target of sm_{} is newer than the device",
            module.target
        )));
    }
    Ok(text.to_owned())
}

unsafe extern "system" fn cuLinkComplete(
    linker: Linker,
    image: *mut *mut c_void,
    size: *mut usize,
) -> Status {
    answer(current("cuLinkComplete").and_then(|_| {
        let mut state = state();
        let linker = state
            .linkers
            .get_mut(&id(linker.0))
            .ok_or(status::INVALID_HANDLE)?;
        let text = linker.text.as_ref().ok_or(status::INVALID_VALUE)?;
        linker.image = IMAGE.to_vec();
        linker.image.extend((text.len() as u64).to_le_bytes());
        linker.image.extend(text.as_bytes());
        // SAFETY: see `give`.
        unsafe {
            give(image, linker.image.as_mut_ptr().cast())?;
            give(size, linker.image.len())
        }
    }))
}

unsafe extern "system" fn cuLinkDestroy(linker: Linker) -> Status {
    match state().linkers.remove(&id(linker.0)) {
        Some(_) => status::SUCCESS,
        None => status::INVALID_HANDLE,
    }
}

unsafe extern "system" fn cuModuleLoadData(to: *mut Module, image: *const c_void) -> Status {
    answer(current("cuModuleLoadData").and_then(|(context, gpu)| {
        let image = image.cast::<u8>();
        // SAFETY: an image is at least as long as its head, as the caller vouches.
        let head = unsafe { image.cast::<[u8; 16]>().read_unaligned() };
        let (magic, length) = head.split_at(8);
        if magic != IMAGE {
            return Err(status::INVALID_IMAGE);
        }
        let length = length
            .iter()
            .rev()
            .fold(0, |n, &byte| n << 8 | u64::from(byte));
        // SAFETY: the head says how much follows.
        let text = unsafe { std::slice::from_raw_parts(image.add(16), length as usize) };
        let text = std::str::from_utf8(text).map_err(|_| status::INVALID_IMAGE)?;
        let module = ptx::Module::parse(text).map_err(|_| status::INVALID_IMAGE)?;
        if module.target > (gpu.config.capability.0 * 10 + gpu.config.capability.1) as u32 {
            return Err(status::INVALID_IMAGE);
        }
        let id = fresh();
        state().modules.insert(id, (context, Arc::new(module)));
        // SAFETY: see `give`.
        unsafe { give(to, Module(handle(id))) }
    }))
}

unsafe extern "system" fn cuModuleUnload(module: Module) -> Status {
    answer(current("cuModuleUnload").and_then(|_| {
        let id = id(module.0);
        let mut state = state();
        state.functions.retain(|_, function| function.module != id);
        match state.modules.remove(&id) {
            Some(_) => Ok(()),
            None => Err(status::INVALID_HANDLE),
        }
    }))
}

unsafe extern "system" fn cuModuleGetFunction(
    to: *mut Function,
    module: Module,
    name: *const c_char,
) -> Status {
    answer(current("cuModuleGetFunction").and_then(|(context, _)| {
        // SAFETY: a name ends in zero, as the caller vouches.
        let name = unsafe { CStr::from_ptr(name) }.to_string_lossy();
        let mut state = state();
        let module = id(module.0);
        let (_, loaded) = state.modules.get(&module).ok_or(status::INVALID_HANDLE)?;
        let entry = loaded
            .entries
            .iter()
            .find(|entry| entry.name == name)
            .ok_or(status::NOT_FOUND)?
            .clone();
        let id = fresh();
        let function = state::Function {
            module,
            context,
            entry,
            max_dynamic_shared: 0,
        };
        state.functions.insert(id, function);
        // SAFETY: see `give`.
        unsafe { give(to, Function(handle(id))) }
    }))
}

unsafe extern "system" fn cuFuncGetAttribute(
    to: *mut c_int,
    attribute: c_int,
    function: Function,
) -> Status {
    answer(current("cuFuncGetAttribute").and_then(|_| {
        let state = state();
        let function = state
            .functions
            .get(&id(function.0))
            .ok_or(status::INVALID_HANDLE)?;
        let value = match attribute {
            value::function::MAX_THREADS_PER_BLOCK => 1024,
            value::function::LOCAL_SIZE => function.entry.local_bytes as c_int,
            value::function::REGISTERS => 32,
            value::function::MAX_DYNAMIC_SHARED => function.max_dynamic_shared as c_int,
            _ => return Err(status::INVALID_VALUE),
        };
        // SAFETY: see `give`.
        unsafe { give(to, value) }
    }))
}

unsafe extern "system" fn cuFuncSetAttribute(
    function: Function,
    attribute: c_int,
    number: c_int,
) -> Status {
    answer(current("cuFuncSetAttribute").and_then(|(_, gpu)| {
        let mut state = state();
        let function = state
            .functions
            .get_mut(&id(function.0))
            .ok_or(status::INVALID_HANDLE)?;
        let most = i64::from(gpu.shared_optin()) - i64::from(function.entry.static_shared);
        if attribute != value::function::MAX_DYNAMIC_SHARED
            || !(0..=most).contains(&i64::from(number))
        {
            return Err(status::INVALID_VALUE);
        }
        function.max_dynamic_shared = number as u32;
        Ok(())
    }))
}

unsafe extern "system" fn cuOccupancyMaxActiveBlocksPerMultiprocessor(
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

unsafe extern "system" fn cuLaunchKernel(
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

unsafe extern "system" fn cuMemPoolCreate(
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

unsafe extern "system" fn cuMemPoolDestroy(pool: Pool) -> Status {
    match state().pools.remove(&id(pool.0)) {
        Some(_) => status::SUCCESS,
        None => status::INVALID_VALUE,
    }
}

unsafe extern "system" fn cuMemPoolSetAttribute(
    pool: Pool,
    attribute: c_int,
    _value: *mut c_void,
) -> Status {
    match state().pools.contains_key(&id(pool.0)) {
        true if attribute == value::POOL_ATTRIBUTE_RELEASE_THRESHOLD => status::SUCCESS,
        _ => status::INVALID_VALUE,
    }
}

unsafe extern "system" fn cuMemAllocFromPoolAsync(
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

unsafe extern "system" fn cuMemFreeAsync(address: u64, stream: Stream) -> Status {
    answer(current("cuMemFreeAsync").and_then(|context| free(context, Some(stream), address)))
}
