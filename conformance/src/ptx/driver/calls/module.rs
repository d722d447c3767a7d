//! The linker, which checks PTX and makes an image of it, and modules and their functions.
//!
//! An image is the text again, behind a head of ours; no other is taken.

use std::ffi::{c_char, c_int, c_uint, c_void, CStr};
use std::sync::atomic::Ordering;
use std::sync::Arc;

use egpu_driver::cuda::functions::{value, value::status, Function, Linker, Module, Status};

use super::super::state::{self, fresh, handle, id, state};
use super::super::Gpu;
use super::{answer, current, give, give_text};
use crate::ptx;

/// First bytes of what the linker makes; the length and the text follow.
const IMAGE: [u8; 8] = *b"egpufake";

pub(super) unsafe extern "system" fn cuLinkCreate_v2(
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

pub(super) unsafe extern "system" fn cuLinkAddData_v2(
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
    if module.target > gpu.target() {
        return Err(refuse(format!(
            "a target of sm_{} is newer than the device",
            module.target
        )));
    }
    Ok(text.to_owned())
}

pub(super) unsafe extern "system" fn cuLinkComplete(
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

pub(super) unsafe extern "system" fn cuLinkDestroy(linker: Linker) -> Status {
    match state().linkers.remove(&id(linker.0)) {
        Some(_) => status::SUCCESS,
        None => status::INVALID_HANDLE,
    }
}

pub(super) unsafe extern "system" fn cuModuleLoadData(
    to: *mut Module,
    image: *const c_void,
) -> Status {
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
        if module.target > gpu.target() {
            return Err(status::INVALID_IMAGE);
        }
        let id = fresh();
        state().modules.insert(id, (context, Arc::new(module)));
        // SAFETY: see `give`.
        unsafe { give(to, Module(handle(id))) }
    }))
}

pub(super) unsafe extern "system" fn cuModuleUnload(module: Module) -> Status {
    answer(current("cuModuleUnload").and_then(|(context, _)| {
        let id = id(module.0);
        let mut state = state();
        let held = match (state.contexts.get(&context), state.modules.get(&id)) {
            (Some(context), Some((_, module))) => context.streams.holds(&module.entries),
            _ => false,
        };
        if held {
            let why = "code is unloaded that was launched and has not begun";
            if let Some(context) = state.contexts.get(&context) {
                context.health.spoil(status::LAUNCH_FAILED, why);
            }
            return Err(status::LAUNCH_FAILED);
        }
        state.functions.retain(|_, function| function.module != id);
        match state.modules.remove(&id) {
            Some(_) => Ok(()),
            None => Err(status::INVALID_HANDLE),
        }
    }))
}

pub(super) unsafe extern "system" fn cuModuleGetFunction(
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

pub(super) unsafe extern "system" fn cuFuncGetAttribute(
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

pub(super) unsafe extern "system" fn cuFuncSetAttribute(
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
