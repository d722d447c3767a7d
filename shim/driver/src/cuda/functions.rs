//! The functions of NVIDIA's driver that the card uses, as one table of pointers.
//!
//! [`Functions::load`] fills it from the driver's library at run time, so that nothing is needed to
//! build or start a program; tests fill it from a driver made of software. Names carry the version
//! suffix of the signature that is declared here, as the library exports them (CUDA Driver API,
//! `cuda.h` of 12.0). Nothing here calls the driver but by the caller's will.

use std::ffi::{c_char, c_int, c_uint, c_void};

/// `CUresult`.
pub type Status = c_uint;
/// `CUdevice`.
pub type DeviceId = c_int;

/// `CU_MEMPOOL_PROPS`: 88 bytes in every version; what later versions name of the reserved part is
/// zero here.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct PoolProperties {
    /// `CU_MEM_ALLOCATION_TYPE_PINNED` is 1.
    pub allocation_type: c_uint,
    /// None is 0.
    pub handle_types: c_uint,
    /// `CU_MEM_LOCATION_TYPE_DEVICE` is 1.
    pub location_type: c_uint,
    /// Device number.
    pub location_id: c_int,
    /// Windows only.
    pub security: *mut c_void,
    /// Must be zero.
    pub reserved: [u8; 64],
}

macro_rules! handles {
    ($($(#[$doc:meta])* $name:ident;)*) => {
        $(
            $(#[$doc])*
            #[repr(transparent)]
            #[derive(Clone, Copy, Debug, PartialEq, Eq)]
            pub struct $name(pub *mut c_void);

            impl $name {
                /// No object.
                pub const NULL: $name = $name(std::ptr::null_mut());
            }

            // SAFETY: handles name objects of the driver, whose functions may be called from any
            // thread; nothing here follows the pointer.
            unsafe impl Send for $name {}
            // SAFETY: as above.
            unsafe impl Sync for $name {}
        )*
    };
}

handles! {
    /// `CUcontext`.
    Context;
    /// `CUstream`.
    Stream;
    /// `CUevent`.
    Event;
    /// `CUmodule`.
    Module;
    /// `CUfunction`.
    Function;
    /// `CUmemoryPool`.
    Pool;
    /// `CUlinkState`.
    Linker;
}

macro_rules! functions {
    (
        required { $($name:ident($($argument:ty),*);)* }
        optional { $($maybe:ident($($maybe_argument:ty),*);)* }
    ) => {
        /// The driver's functions; all answer a [`Status`].
        #[allow(non_snake_case, missing_docs)]
        #[derive(Clone, Copy, Debug)]
        pub struct Functions {
            $(pub $name: unsafe extern "system" fn($($argument),*) -> Status,)*
            $(pub $maybe: Option<unsafe extern "system" fn($($maybe_argument),*) -> Status>,)*
        }

        impl Functions {
            fn from(library: &libloading::Library) -> Result<Functions, libloading::Error> {
                Ok(Functions {
                    // SAFETY: the type is the function's by the driver's header, and the library is
                    // never unloaded.
                    $($name: unsafe { *library.get(concat!(stringify!($name), "\0").as_bytes())? },)*
                    // SAFETY: as above.
                    $($maybe: unsafe {
                        library
                            .get(concat!(stringify!($maybe), "\0").as_bytes())
                            .ok()
                            .map(|symbol| *symbol)
                    },)*
                })
            }
        }
    };
}

functions! {
    required {
        cuInit(c_uint);
        cuDriverGetVersion(*mut c_int);
        cuDeviceGetCount(*mut c_int);
        cuDeviceGet(*mut DeviceId, c_int);
        cuDeviceGetName(*mut c_char, c_int, DeviceId);
        cuDeviceGetPCIBusId(*mut c_char, c_int, DeviceId);
        cuDeviceTotalMem_v2(*mut usize, DeviceId);
        cuDeviceGetAttribute(*mut c_int, c_int, DeviceId);
        cuGetErrorName(Status, *mut *const c_char);
        cuGetErrorString(Status, *mut *const c_char);
        cuCtxCreate_v2(*mut Context, c_uint, DeviceId);
        cuCtxDestroy_v2(Context);
        cuCtxPushCurrent_v2(Context);
        cuCtxPopCurrent_v2(*mut Context);
        cuStreamCreate(*mut Stream, c_uint);
        cuEventCreate(*mut Event, c_uint);
        cuEventRecord(Event, Stream);
        cuStreamWaitEvent(Stream, Event, c_uint);
        cuEventQuery(Event);
        cuMemGetInfo_v2(*mut usize, *mut usize);
        cuMemAlloc_v2(*mut u64, usize);
        cuMemFree_v2(u64);
        cuMemHostRegister_v2(*mut c_void, usize, c_uint);
        cuMemHostUnregister(*mut c_void);
        cuMemHostGetDevicePointer_v2(*mut u64, *mut c_void, c_uint);
        cuMemcpyAsync(u64, u64, usize, Stream);
        cuMemsetD32Async(u64, c_uint, usize, Stream);
        cuLinkCreate_v2(c_uint, *mut c_int, *mut *mut c_void, *mut Linker);
        cuLinkAddData_v2(
            Linker, c_int, *mut c_void, usize, *const c_char, c_uint, *mut c_int, *mut *mut c_void
        );
        cuLinkComplete(Linker, *mut *mut c_void, *mut usize);
        cuLinkDestroy(Linker);
        cuModuleLoadData(*mut Module, *const c_void);
        cuModuleUnload(Module);
        cuModuleGetFunction(*mut Function, Module, *const c_char);
        cuFuncGetAttribute(*mut c_int, c_int, Function);
        cuFuncSetAttribute(Function, c_int, c_int);
        cuOccupancyMaxActiveBlocksPerMultiprocessor(*mut c_int, Function, c_int, usize);
        cuLaunchKernel(
            Function, c_uint, c_uint, c_uint, c_uint, c_uint, c_uint, c_uint, Stream,
            *mut *mut c_void, *mut *mut c_void
        );
    }
    optional {
        cuMemPoolCreate(*mut Pool, *const PoolProperties);
        cuMemPoolDestroy(Pool);
        cuMemPoolSetAttribute(Pool, c_int, *mut c_void);
        cuMemAllocFromPoolAsync(*mut u64, usize, Pool, Stream);
        cuMemFreeAsync(u64, Stream);
    }
}

/// Names of the library, the usual one first.
const LIBRARIES: &[&str] = if cfg!(windows) {
    &["nvcuda.dll"]
} else {
    &[
        "libcuda.so.1",
        "libcuda.so",
        "/usr/lib/wsl/lib/libcuda.so.1",
    ]
};

/// Why there is no table.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum LoadError {
    /// No library of any of the names.
    #[error("NVIDIA's driver is not installed: {0}")]
    Absent(String),
    /// A library without a function that is needed.
    #[error("NVIDIA's driver is too old: {0}")]
    TooOld(String),
}

impl Functions {
    /// The driver's library on this machine.
    ///
    /// Errors: [`LoadError`]; the text is the system's.
    pub fn load() -> Result<Functions, LoadError> {
        let mut first = None;
        for name in LIBRARIES {
            // SAFETY: initialisers of NVIDIA's own library; it is trusted as the system's driver.
            match unsafe { libloading::Library::new(name) } {
                Ok(library) => {
                    // Never unloaded: the driver keeps threads and handlers of its own.
                    let library = Box::leak(Box::new(library));
                    return Functions::from(library)
                        .map_err(|error| LoadError::TooOld(error.to_string()));
                }
                Err(error) => first = first.or_else(|| Some(error.to_string())),
            }
        }
        Err(LoadError::Absent(first.unwrap_or_default()))
    }
}

/// Values of `cuda.h` that the card uses.
pub mod value {
    #![allow(missing_docs)]
    use std::ffi::{c_int, c_uint};

    pub const CTX_SCHED_BLOCKING_SYNC: c_uint = 0x04;
    pub const CTX_MAP_HOST: c_uint = 0x08;
    pub const STREAM_NON_BLOCKING: c_uint = 1;
    pub const EVENT_DISABLE_TIMING: c_uint = 2;
    pub const HOST_REGISTER_PORTABLE: c_uint = 1;
    pub const HOST_REGISTER_DEVICEMAP: c_uint = 2;
    pub const POOL_ATTRIBUTE_RELEASE_THRESHOLD: c_int = 4;
    pub const JIT_INPUT_PTX: c_int = 1;

    pub mod device {
        use std::ffi::c_int;
        pub const MAX_THREADS_PER_BLOCK: c_int = 1;
        pub const MAX_BLOCK_DIM: [c_int; 3] = [2, 3, 4];
        pub const MULTIPROCESSORS: c_int = 16;
        pub const CAPABILITY_MAJOR: c_int = 75;
        pub const CAPABILITY_MINOR: c_int = 76;
        pub const MAX_SHARED_OPTIN: c_int = 97;
        pub const MEMORY_POOLS: c_int = 115;
    }

    pub mod function {
        use std::ffi::c_int;
        pub const MAX_THREADS_PER_BLOCK: c_int = 0;
        pub const LOCAL_SIZE: c_int = 3;
        pub const REGISTERS: c_int = 4;
        pub const MAX_DYNAMIC_SHARED: c_int = 8;
    }

    pub mod jit {
        use std::ffi::c_int;
        pub const INFO_LOG_BUFFER: c_int = 3;
        pub const INFO_LOG_BYTES: c_int = 4;
        pub const ERROR_LOG_BUFFER: c_int = 5;
        pub const ERROR_LOG_BYTES: c_int = 6;
    }

    pub mod launch {
        pub const PARAM_END: usize = 0;
        pub const PARAM_BUFFER_POINTER: usize = 1;
        pub const PARAM_BUFFER_SIZE: usize = 2;
    }

    pub mod status {
        use super::super::Status;
        pub const SUCCESS: Status = 0;
        pub const INVALID_VALUE: Status = 1;
        pub const OUT_OF_MEMORY: Status = 2;
        pub const NO_DEVICE: Status = 100;
        pub const INVALID_IMAGE: Status = 200;
        pub const INVALID_CONTEXT: Status = 201;
        pub const INVALID_PTX: Status = 218;
        pub const UNSUPPORTED_PTX_VERSION: Status = 222;
        pub const INVALID_HANDLE: Status = 400;
        pub const NOT_FOUND: Status = 500;
        pub const NOT_READY: Status = 600;
        pub const ILLEGAL_ADDRESS: Status = 700;
        pub const LAUNCH_TIMEOUT: Status = 702;
        pub const MISALIGNED_ADDRESS: Status = 716;
        pub const LAUNCH_FAILED: Status = 719;
    }
}
