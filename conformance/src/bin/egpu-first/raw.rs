//! A context by the driver's functions alone, for what the card's interface does not show.

use std::ffi::{c_int, c_void, CString};
use std::time::{Duration, Instant};

use egpu_conformance::ptx::driver;
use egpu_driver::cuda::functions::{
    value, Context, Event, Function, Functions, Linker, Module, Status, Stream,
};

use crate::{text, Outcome};

/// Longest wait for anything here.
const PATIENCE: Duration = Duration::from_secs(20);

/// Attributes of `CUdevice_attribute` that only this program asks for.
const CLOCK_KHZ: c_int = 13;
const MEMORY_CLOCK_KHZ: c_int = 36;
const MEMORY_BUS_BITS: c_int = 37;
const L2_BYTES: c_int = 38;

/// A context on the first device, current on the thread that made it until it is dropped.
pub struct Raw {
    pub functions: Functions,
    context: Context,
    pub stream: Stream,
    event: Event,
}

/// A code as an error.
pub fn check(functions: &Functions, what: &str, code: Status) -> Outcome<()> {
    if code == value::status::SUCCESS {
        return Ok(());
    }
    let mut name = std::ptr::null();
    // SAFETY: the out pointer is to a live variable; the driver's texts live as long as it does.
    let name = unsafe {
        (functions.cuGetErrorName)(code, &mut name);
        match name.is_null() {
            true => "CUDA error".into(),
            false => std::ffi::CStr::from_ptr(name).to_string_lossy(),
        }
    };
    Err(format!("{what}: {name} ({code})"))
}

impl Raw {
    /// The driver of an adapter, started.
    pub fn functions(adapter: &str) -> Outcome<Functions> {
        let functions = match adapter {
            "ptx" => driver::functions(),
            _ => Functions::load().map_err(text)?,
        };
        // SAFETY: may be called any number of times.
        check(&functions, "starting the driver", unsafe {
            (functions.cuInit)(0)
        })?;
        Ok(functions)
    }

    /// A context on the first device.
    pub fn new(functions: Functions) -> Outcome<Raw> {
        let mut raw = Raw {
            functions,
            context: Context::NULL,
            stream: Stream::NULL,
            event: Event::NULL,
        };
        // SAFETY: the driver is started; all out pointers are to live variables.
        unsafe {
            let mut device = 0;
            check(
                &functions,
                "the first device",
                (functions.cuDeviceGet)(&mut device, 0),
            )?;
            let made = (functions.cuCtxCreate_v2)(&mut raw.context, 0, device);
            check(&functions, "making a context", made)?;
            let made = (functions.cuStreamCreate)(&mut raw.stream, value::STREAM_NON_BLOCKING);
            check(&functions, "making a stream", made)?;
            let made = (functions.cuEventCreate)(&mut raw.event, value::EVENT_DISABLE_TIMING);
            check(&functions, "making an event", made)?;
        }
        Ok(raw)
    }

    /// Machine code for a text, from the driver's compiler.
    pub fn compile(&self, ptx: &str) -> Outcome<Vec<u8>> {
        let functions = &self.functions;
        let source = CString::new(ptx).map_err(text)?.into_bytes_with_nul();
        let mut errors = vec![0u8; 8 << 10];
        let mut options = [value::jit::ERROR_LOG_BUFFER, value::jit::ERROR_LOG_BYTES];
        let mut values: [*mut c_void; 2] = [
            errors.as_mut_ptr().cast(),
            std::ptr::without_provenance_mut(errors.len()),
        ];
        let mut linker = Linker::NULL;
        let mut cubin = Vec::new();
        // SAFETY: options and values are two each, the buffer is as large as said, and all outlive
        // the linker; the image is copied before the linker goes.
        let code = unsafe {
            let code = (functions.cuLinkCreate_v2)(
                2,
                options.as_mut_ptr(),
                values.as_mut_ptr(),
                &mut linker,
            );
            check(functions, "starting the driver's compiler", code)?;
            let mut code = (functions.cuLinkAddData_v2)(
                linker,
                value::JIT_INPUT_PTX,
                source.as_ptr().cast_mut().cast(),
                source.len(),
                std::ptr::null(),
                0,
                std::ptr::null_mut(),
                std::ptr::null_mut(),
            );
            if code == value::status::SUCCESS {
                let (mut image, mut size) = (std::ptr::null_mut(), 0);
                code = (functions.cuLinkComplete)(linker, &mut image, &mut size);
                if code == value::status::SUCCESS && !image.is_null() {
                    cubin = std::slice::from_raw_parts(image.cast::<u8>(), size).to_vec();
                }
            }
            (functions.cuLinkDestroy)(linker);
            code
        };
        let end = errors.iter().position(|&byte| byte == 0);
        let log = String::from_utf8_lossy(&errors[..end.unwrap_or(errors.len())]).into_owned();
        check(functions, "compiling", code).map_err(|error| format!("{error} {}", log.trim()))?;
        Ok(cubin)
    }

    /// An entry point of machine code. It lives as long as the context.
    pub fn load(&self, cubin: &[u8], entry: &str) -> Outcome<Function> {
        let (mut module, mut function) = (Module::NULL, Function::NULL);
        let name = CString::new(entry).map_err(text)?;
        // SAFETY: the image and the name are live; the out pointers are to live variables.
        unsafe {
            let code = (self.functions.cuModuleLoadData)(&mut module, cubin.as_ptr().cast());
            check(&self.functions, "loading a module", code)?;
            let code = (self.functions.cuModuleGetFunction)(&mut function, module, name.as_ptr());
            check(&self.functions, entry, code)?;
        }
        Ok(function)
    }

    /// An attribute of a kernel.
    pub fn attribute(&self, function: Function, which: c_int) -> Outcome<c_int> {
        let mut number = 0;
        // SAFETY: the function is live; the out pointer is to a live variable.
        let code = unsafe { (self.functions.cuFuncGetAttribute)(&mut number, which, function) };
        check(&self.functions, "asking about a kernel", code).map(|()| number)
    }

    /// Memory that is freed with the context.
    pub fn allocate(&self, bytes: usize) -> Outcome<u64> {
        let mut address = 0;
        // SAFETY: the out pointer is to a live variable.
        let code = unsafe { (self.functions.cuMemAlloc_v2)(&mut address, bytes) };
        check(&self.functions, "allocating", code).map(|()| address)
    }

    /// A launch of one workgroup with a packed argument block.
    pub fn launch(&self, function: Function, threads: u32, block: &[u8]) -> Outcome<()> {
        let mut size = block.len();
        let mut extra: [*mut c_void; 5] = [
            std::ptr::without_provenance_mut(value::launch::PARAM_BUFFER_POINTER),
            block.as_ptr().cast_mut().cast(),
            std::ptr::without_provenance_mut(value::launch::PARAM_BUFFER_SIZE),
            std::ptr::from_mut(&mut size).cast(),
            std::ptr::without_provenance_mut(value::launch::PARAM_END),
        ];
        // SAFETY: function and stream are this context's, the block is as long as said.
        let code = unsafe {
            (self.functions.cuLaunchKernel)(
                function,
                1,
                1,
                1,
                threads,
                1,
                1,
                0,
                self.stream,
                std::ptr::null_mut(),
                extra.as_mut_ptr(),
            )
        };
        check(&self.functions, "starting a kernel", code)
    }

    /// Waits for all that is in the stream.
    pub fn wait(&self) -> Outcome<()> {
        let start = Instant::now();
        // SAFETY: event and stream are this context's.
        let code = unsafe { (self.functions.cuEventRecord)(self.event, self.stream) };
        check(&self.functions, "marking", code)?;
        loop {
            // SAFETY: as above.
            match unsafe { (self.functions.cuEventQuery)(self.event) } {
                value::status::NOT_READY if start.elapsed() < PATIENCE => std::hint::spin_loop(),
                code => return check(&self.functions, "waiting", code),
            }
        }
    }
}

impl Drop for Raw {
    fn drop(&mut self) {
        // SAFETY: nothing of the context is used any more; after a fault the answer is that fault.
        unsafe { (self.functions.cuCtxDestroy_v2)(self.context) };
    }
}

/// What the driver says of the first device, `name=value` in lines, and what follows from it.
pub fn facts(functions: &Functions) -> Outcome<String> {
    let mut device = 0;
    let mut name = [0; 256];
    // SAFETY: the driver is started; the out pointers are to live variables of the size said.
    unsafe {
        check(
            functions,
            "the first device",
            (functions.cuDeviceGet)(&mut device, 0),
        )?;
        let code = (functions.cuDeviceGetName)(name.as_mut_ptr(), 255, device);
        check(functions, "the device's name", code)?;
    }
    let attribute = |which| {
        let mut number = 0;
        // SAFETY: as above.
        let code = unsafe { (functions.cuDeviceGetAttribute)(&mut number, which, device) };
        (code == value::status::SUCCESS && number > 0).then_some(f64::from(number))
    };
    let capability = (
        attribute(value::device::CAPABILITY_MAJOR).unwrap_or(0.0),
        attribute(value::device::CAPABILITY_MINOR).unwrap_or(0.0),
    );
    // CUDA programming guide, throughput of native arithmetic instructions: f32 additions a clock.
    let lanes = match capability {
        (7.0, _) | (8.0, 0.0) => 64.0,
        _ => 128.0,
    };
    let multiprocessors = attribute(value::device::MULTIPROCESSORS);
    let clock = attribute(CLOCK_KHZ).map(|khz| khz * 1e3);
    let peak = multiprocessors
        .zip(clock)
        .map(|(n, hz)| n * lanes * 2.0 * hz / 1e12);
    // Two transfers a clock.
    let memory = attribute(MEMORY_CLOCK_KHZ)
        .zip(attribute(MEMORY_BUS_BITS))
        .map(|(khz, bits)| khz * 1e3 * 2.0 * bits / 8.0 / 1e9);
    // SAFETY: the driver ends the name by zero, and the last byte is.
    let name = unsafe { std::ffi::CStr::from_ptr(name.as_ptr()) }.to_string_lossy();
    let mut text = format!(
        "name={name}\ncapability={}.{}\n",
        capability.0, capability.1
    );
    for (name, value) in [
        ("multiprocessors", multiprocessors),
        ("clock_mhz", clock.map(|hz| hz / 1e6)),
        (
            "l2_mib",
            attribute(L2_BYTES).map(|bytes| bytes / f64::from(1 << 20)),
        ),
        ("memory_gb_s", memory),
        ("peak_tflops", peak),
    ] {
        if let Some(value) = value {
            text += &format!("{name}={value:.2}\n");
        }
    }
    Ok(text)
}
