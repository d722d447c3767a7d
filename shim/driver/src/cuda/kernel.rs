//! Kernels: PTX through the driver's linker into a module.

use std::ffi::{c_int, c_void, CString};
use std::sync::{Arc, OnceLock};

use super::cache::Place;
use super::card::{Entered, Garbage, Shared};
use super::functions::{value, value::status, Function, Linker, Module};
use super::object::{Frame, STATIC_SHARED};
use super::{indirect, status as codes};
use crate::{CardError, Kernel};

/// The kernel that stores the time: nanoseconds, from the card's global timer.
const TIMESTAMP: &str = "\
.version 6.3
.target sm_75
.address_size 64
.visible .entry egpu_timestamp(.param .align 16 .b8 args[8])
.reqntid 1, 1, 1
{
    .reg .b64 %rd<2>;
    ld.param.u64 %rd0, [args];
    mov.u64 %rd1, %globaltimer;
    st.global.u64 [%rd0], %rd1;
    ret;
}
";

/// Bytes for what the compiler has to say.
const LOG_BYTES: usize = 16 << 10;

/// An entry point on the card.
#[derive(Debug)]
pub(crate) struct Loaded {
    pub(crate) module: Module,
    pub(crate) function: Function,
    /// Workgroup memory in bytes that the launch gives.
    pub(crate) dynamic_shared: u32,
    pub(crate) workgroup_size: [u32; 3],
}

/// A kernel of a [`super::CudaCard`].
#[derive(Debug)]
pub(crate) struct CudaKernel {
    shared: Arc<Shared>,
    pub(crate) name: Arc<str>,
    text: String,
    frame: Frame,
    pub(crate) loaded: Loaded,
    /// The entry point that reads its grid, with the place of the grid's address in its arguments,
    /// made when it is first asked for.
    indirect: OnceLock<Result<Indirect, CardError>>,
}

/// The second entry point of a kernel.
#[derive(Debug)]
pub(crate) struct Indirect {
    pub(crate) loaded: Loaded,
    pub(crate) address_at: u32,
    /// Workgroups that fill the card.
    pub(crate) workgroups: u32,
}

/// Loads a kernel from PTX text.
pub(crate) fn load(
    shared: &Arc<Shared>,
    object: &[u8],
    entry: &str,
) -> Result<CudaKernel, CardError> {
    let text = std::str::from_utf8(object)
        .map_err(|error| CardError::BadKernel(format!("the PTX text is not UTF-8: {error}")))?;
    let frame = Frame::parse(text, entry).map_err(CardError::BadKernel)?;
    let entered = shared.enter()?;
    let loaded = Loaded::new(&entered, shared, text, entry, &frame)?;
    Ok(CudaKernel {
        shared: shared.clone(),
        name: entry.into(),
        text: text.to_owned(),
        frame,
        loaded,
        indirect: OnceLock::new(),
    })
}

impl Loaded {
    pub(crate) fn timestamp(entered: &Entered<'_>, shared: &Shared) -> Result<Loaded, CardError> {
        let frame = Frame::parse(TIMESTAMP, "egpu_timestamp").map_err(CardError::BadKernel)?;
        Loaded::new(entered, shared, TIMESTAMP, "egpu_timestamp", &frame)
    }

    fn new(
        entered: &Entered<'_>,
        shared: &Shared,
        text: &str,
        entry: &str,
        frame: &Frame,
    ) -> Result<Loaded, CardError> {
        let limits = &shared.info.kernel_limits;
        let threads = frame
            .workgroup_size
            .iter()
            .try_fold(1u32, |n, &size| n.checked_mul(size));
        if !threads.is_some_and(|threads| threads <= limits.workgroup_threads)
            || frame
                .workgroup_size
                .iter()
                .zip(limits.workgroup_size)
                .any(|(&size, most)| size > most)
        {
            return Err(CardError::BadKernel(format!(
                "`{entry}` has workgroups of {:?}, at most {} invocations in {:?} are possible",
                frame.workgroup_size, limits.workgroup_threads, limits.workgroup_size
            )));
        }
        if frame.dynamic_shared > limits.workgroup_memory {
            return Err(CardError::BadKernel(format!(
                "`{entry}` wants {} bytes of workgroup memory, at most {} are possible",
                frame.dynamic_shared, limits.workgroup_memory
            )));
        }
        let cubin = cubin(entered, shared, text, entry)?;
        let functions = entered.functions;
        let name = CString::new(entry)
            .map_err(|_| CardError::BadKernel("an entry point's name has a zero byte".into()))?;
        let mut module = Module::NULL;
        // SAFETY: the image is live during the call; the out pointer is to a live variable.
        let code = unsafe { (functions.cuModuleLoadData)(&mut module, cubin.as_ptr().cast()) };
        entered.check("loading a module", code)?;
        let mut function = Function::NULL;
        // SAFETY: module and name are live; the out pointer is to a live variable.
        let code = unsafe { (functions.cuModuleGetFunction)(&mut function, module, name.as_ptr()) };
        let loaded = Loaded {
            module,
            function,
            dynamic_shared: frame.dynamic_shared,
            workgroup_size: frame.workgroup_size,
        };
        let prepared = entered
            .check("finding the entry point", code)
            .and_then(|()| loaded.prepare(entered, entry, threads.unwrap_or(u32::MAX)));
        match prepared {
            Ok(()) => Ok(loaded),
            Err(error) => {
                shared.discard(Garbage::Module(module));
                Err(error)
            }
        }
    }

    fn prepare(&self, entered: &Entered<'_>, entry: &str, threads: u32) -> Result<(), CardError> {
        let functions = entered.functions;
        let attribute = |which| {
            let mut number: c_int = 0;
            // SAFETY: the function is live; the out pointer is to a live variable.
            let code = unsafe { (functions.cuFuncGetAttribute)(&mut number, which, self.function) };
            entered
                .check("asking about a kernel", code)
                .map(|()| number)
        };
        let most = attribute(value::function::MAX_THREADS_PER_BLOCK)?;
        log::debug!(
            "{entry}: {} registers, {} bytes of local memory",
            attribute(value::function::REGISTERS)?,
            attribute(value::function::LOCAL_SIZE)?
        );
        if i64::from(most) < i64::from(threads) {
            return Err(CardError::BadKernel(format!(
                "`{entry}` needs so many registers that a workgroup can have {most} invocations, \
                 not {threads}"
            )));
        }
        if self.dynamic_shared > STATIC_SHARED {
            // SAFETY: the function is live.
            let code = unsafe {
                (functions.cuFuncSetAttribute)(
                    self.function,
                    value::function::MAX_DYNAMIC_SHARED,
                    self.dynamic_shared as c_int,
                )
            };
            entered.check("asking for workgroup memory", code)?;
        }
        Ok(())
    }
}

/// Machine code for a text, from the cache or the driver's compiler.
fn cubin(
    entered: &Entered<'_>,
    shared: &Shared,
    text: &str,
    entry: &str,
) -> Result<Vec<u8>, CardError> {
    let place = shared
        .cache
        .as_ref()
        .map(|folder| Place::new(folder, text, shared.driver.version, &shared.info.target));
    if let Some(cubin) = place.as_ref().and_then(Place::get) {
        return Ok(cubin);
    }
    let cubin = link(entered, text, entry)?;
    if let Some(place) = &place {
        place.put(&cubin);
    }
    Ok(cubin)
}

fn link(entered: &Entered<'_>, text: &str, entry: &str) -> Result<Vec<u8>, CardError> {
    let functions = entered.functions;
    let mut info = vec![0u8; LOG_BYTES];
    let mut errors = vec![0u8; LOG_BYTES];
    let mut options = [
        value::jit::INFO_LOG_BUFFER,
        value::jit::INFO_LOG_BYTES,
        value::jit::ERROR_LOG_BUFFER,
        value::jit::ERROR_LOG_BYTES,
    ];
    let mut values: [*mut c_void; 4] = [
        info.as_mut_ptr().cast(),
        std::ptr::without_provenance_mut(LOG_BYTES),
        errors.as_mut_ptr().cast(),
        std::ptr::without_provenance_mut(LOG_BYTES),
    ];
    let mut linker = Linker::NULL;
    // SAFETY: options and values are four each, the buffers as large as said; all of them outlive
    // the linker, which is destroyed below.
    let code = unsafe {
        (functions.cuLinkCreate_v2)(4, options.as_mut_ptr(), values.as_mut_ptr(), &mut linker)
    };
    entered.check("starting the driver's compiler", code)?;
    // The driver wants PTX to end in a zero byte.
    let mut source = Vec::with_capacity(text.len() + 1);
    source.extend(text.as_bytes());
    source.push(0);
    // SAFETY: the linker is live, the text is as long as said and may be changed.
    let mut code = unsafe {
        (functions.cuLinkAddData_v2)(
            linker,
            value::JIT_INPUT_PTX,
            source.as_mut_ptr().cast(),
            source.len(),
            std::ptr::null(),
            0,
            std::ptr::null_mut(),
            std::ptr::null_mut(),
        )
    };
    let mut cubin = Vec::new();
    if code == status::SUCCESS {
        let (mut image, mut size) = (std::ptr::null_mut(), 0);
        // SAFETY: the linker is live; the out pointers are to live variables.
        code = unsafe { (functions.cuLinkComplete)(linker, &mut image, &mut size) };
        if code == status::SUCCESS && !image.is_null() {
            // SAFETY: the driver's image lives until the linker is destroyed.
            cubin = unsafe { std::slice::from_raw_parts(image.cast::<u8>(), size) }.to_vec();
        }
    }
    // SAFETY: the linker is live and not used again.
    unsafe { (functions.cuLinkDestroy)(linker) };
    let said = said(&info);
    if !said.is_empty() {
        log::debug!("{entry}: {said}");
    }
    if code == status::SUCCESS {
        return Ok(cubin);
    }
    let log = self::said(&errors);
    match entered.check("compiling PTX", code) {
        Err(CardError::BadKernel(what)) => Err(CardError::BadKernel(match code {
            status::UNSUPPORTED_PTX_VERSION => {
                format!("{what}; update NVIDIA's driver. {log}")
            }
            _ => format!("`{entry}`, {what}. {log}"),
        })),
        Err(other) => Err(other),
        Ok(()) => Err(CardError::BadKernel(codes::words(functions, code))),
    }
}

/// What the compiler wrote into a buffer.
fn said(buffer: &[u8]) -> String {
    let end = buffer.iter().position(|&byte| byte == 0);
    let text = &buffer[..end.unwrap_or(buffer.len())];
    String::from_utf8_lossy(text).trim().to_owned()
}

impl CudaKernel {
    /// Whether this kernel is on a card.
    pub(crate) fn is_of(&self, shared: &Shared) -> bool {
        std::ptr::eq(Arc::as_ptr(&self.shared), shared)
    }

    pub(crate) fn argument_bytes(&self) -> u32 {
        self.frame.argument_bytes()
    }

    /// The entry point that reads its grid.
    pub(crate) fn indirect(&self, entered: &Entered<'_>) -> Result<&Indirect, CardError> {
        self.indirect
            .get_or_init(|| self.make_indirect(entered))
            .as_ref()
            .map_err(CardError::clone)
    }

    fn make_indirect(&self, entered: &Entered<'_>) -> Result<Indirect, CardError> {
        let (text, address_at) = indirect::rewrite(&self.text, &self.frame);
        let frame = Frame::parse(&text, indirect::ENTRY).map_err(CardError::BadKernel)?;
        let loaded = Loaded::new(entered, &self.shared, &text, indirect::ENTRY, &frame)?;
        let mut each: c_int = 0;
        // SAFETY: the function is live; the out pointer is to a live variable.
        let code = unsafe {
            (entered
                .functions
                .cuOccupancyMaxActiveBlocksPerMultiprocessor)(
                &mut each,
                loaded.function,
                loaded.workgroup_size.iter().product::<u32>() as c_int,
                loaded.dynamic_shared as usize,
            )
        };
        if let Err(error) = entered.check("asking how many workgroups fit", code) {
            self.shared.discard(Garbage::Module(loaded.module));
            return Err(error);
        }
        Ok(Indirect {
            loaded,
            address_at,
            workgroups: self.shared.info.compute_units.max(1) * each.max(1) as u32,
        })
    }
}

impl Kernel for CudaKernel {
    fn argument_size(&self) -> u32 {
        self.argument_bytes()
    }

    fn as_any(&self) -> &dyn std::any::Any {
        self
    }
}

impl Drop for CudaKernel {
    fn drop(&mut self) {
        self.shared.discard(Garbage::Module(self.loaded.module));
        if let Some(Ok(indirect)) = self.indirect.get() {
            self.shared.discard(Garbage::Module(indirect.loaded.module));
        }
    }
}
