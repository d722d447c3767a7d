//! The driver's library and its devices.

use std::ffi::{c_char, c_int, CStr};
use std::sync::Arc;

use super::functions::{value, value::status, DeviceId, Functions, LoadError, Status};
use super::{status as codes, CudaCard, Options};
use crate::{Card, CardError, CardInfo, KernelLimits, Source};

/// What a context and the driver keep of a card's memory. How much is known only with a context; on
/// today's cards it is less than this.
const RESERVED: u64 = 512 << 20;

/// NVIDIA's PCI vendor id.
const PCI_VENDOR_NVIDIA: u32 = 0x10de;

/// Oldest driver, as `cuDriverGetVersion` counts: CUDA 11.0, the first with PTX 7.0 for sm_80.
const OLDEST_DRIVER: i32 = 11_000;

/// Targets that code is made for, newest first. PTX for one runs on all that come after it.
const TARGETS: [u32; 7] = [120, 100, 90, 89, 86, 80, 75];

/// Why NVIDIA's cards, or one of them, cannot be used. Shown, it is one sentence;
/// [`Unusable::next_step`] says what to do.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Unusable {
    /// There is no driver.
    #[error("NVIDIA's driver is not installed ({0})")]
    NoDriver(String),
    /// There is a driver, but not of an age that will do.
    #[error("NVIDIA's driver is too old: {0}")]
    OldDriver(String),
    /// The driver does not start.
    #[error("NVIDIA's driver does not start: {0}")]
    BadDriver(String),
    /// The driver has no device.
    #[error("NVIDIA's driver finds no card")]
    NoCard,
    /// The card is older than the oldest target.
    #[error(
        "{name} has compute capability {major}.{minor}; 7.5 (Turing) is the oldest that works"
    )]
    OldCard {
        /// Product name.
        name: String,
        /// Compute capability.
        major: i32,
        /// Compute capability.
        minor: i32,
    },
}

impl Unusable {
    /// What the user can do.
    pub fn next_step(&self) -> &'static str {
        match self {
            Unusable::NoDriver(_) => {
                "if there is an NVIDIA card in this machine, install NVIDIA's driver for it; CUDA itself is not needed"
            }
            Unusable::OldDriver(_) => "update NVIDIA's driver to one of CUDA 11.0 (R450) or later",
            Unusable::BadDriver(_) => {
                "restart the machine, which completes an update of the driver; `nvidia-smi` must work before this can"
            }
            Unusable::NoCard => {
                "check that `nvidia-smi` lists the card (if it fails, the driver's kernel module is not loaded), and that CUDA_VISIBLE_DEVICES does not hide the card"
            }
            Unusable::OldCard { .. } => "use a Turing (RTX 20, GTX 16) or later card",
        }
    }
}

impl From<Unusable> for CardError {
    fn from(what: Unusable) -> CardError {
        CardError::Unavailable {
            problem: what.to_string(),
            advice: what.next_step().into(),
        }
    }
}

/// The driver's library, started.
#[derive(Debug)]
pub struct Driver {
    pub(crate) functions: Functions,
    /// As `cuDriverGetVersion` counts: 12040 is CUDA 12.4.
    pub(crate) version: i32,
}

impl Driver {
    /// The driver of this machine.
    pub fn load() -> Result<Arc<Driver>, Unusable> {
        let functions = Functions::load().map_err(|error| match error {
            LoadError::Absent(what) => Unusable::NoDriver(what),
            LoadError::TooOld(what) => Unusable::OldDriver(what),
        })?;
        Driver::new(functions)
    }

    /// A driver by its functions.
    pub fn new(functions: Functions) -> Result<Arc<Driver>, Unusable> {
        let mut version = 0;
        // SAFETY: the one call that the driver takes before it is started; the out pointer is to a
        // live variable.
        let code = unsafe { (functions.cuDriverGetVersion)(&mut version) };
        if code != status::SUCCESS {
            return Err(Unusable::BadDriver(codes::words(&functions, code)));
        }
        if version < OLDEST_DRIVER {
            return Err(Unusable::OldDriver(format!(
                "it is one of {}",
                version_text(version)
            )));
        }
        // SAFETY: starts the driver, before any other call that needs it started.
        let code = unsafe { (functions.cuInit)(0) };
        match code {
            status::SUCCESS => {}
            status::NO_DEVICE => return Err(Unusable::NoCard),
            code => return Err(Unusable::BadDriver(codes::words(&functions, code))),
        }
        Ok(Arc::new(Driver { functions, version }))
    }

    /// For people: `CUDA 12.4`.
    pub fn describe(&self) -> String {
        version_text(self.version)
    }

    /// What the driver's devices are, each usable or not.
    pub fn devices(&self, is_virtual: bool) -> Result<Vec<Result<Device, Unusable>>, Unusable> {
        let bad = |code| Unusable::BadDriver(codes::words(&self.functions, code));
        let mut count = 0;
        // SAFETY: the driver is started; the out pointer is to a live variable.
        let code = unsafe { (self.functions.cuDeviceGetCount)(&mut count) };
        if code != status::SUCCESS {
            return Err(bad(code));
        }
        if count <= 0 {
            return Err(Unusable::NoCard);
        }
        (0..count)
            .map(|ordinal| self.device(ordinal, is_virtual).map_err(bad))
            .collect()
    }

    fn device(&self, ordinal: c_int, is_virtual: bool) -> Result<Result<Device, Unusable>, Status> {
        let functions = &self.functions;
        let checked = |code| match code {
            status::SUCCESS => Ok(()),
            code => Err(code),
        };
        let mut id = 0;
        // SAFETY: the out pointer is to a live variable.
        checked(unsafe { (functions.cuDeviceGet)(&mut id, ordinal) })?;
        let attribute = |which| {
            let mut number = 0;
            // SAFETY: the device is one of the driver's; the out pointer is to a live variable.
            checked(unsafe { (functions.cuDeviceGetAttribute)(&mut number, which, id) })
                .map(|()| number)
        };
        let text = |ask: unsafe extern "system" fn(*mut c_char, c_int, DeviceId) -> Status| {
            let mut bytes: [c_char; 256] = [0; 256];
            // SAFETY: the buffer is as large as said; the driver ends the text by zero within it.
            checked(unsafe { ask(bytes.as_mut_ptr(), 256, id) })?;
            // SAFETY: the buffer is live, and its last byte is zero even if the driver filled it.
            let text = unsafe {
                bytes[255] = 0;
                CStr::from_ptr(bytes.as_ptr())
            };
            Ok::<_, Status>(text.to_string_lossy().into_owned())
        };
        let name = text(functions.cuDeviceGetName)?;
        let bus = text(functions.cuDeviceGetPCIBusId)?;
        let mut memory = 0usize;
        // SAFETY: as for `attribute`.
        checked(unsafe { (functions.cuDeviceTotalMem_v2)(&mut memory, id) })?;
        let major = attribute(value::device::CAPABILITY_MAJOR)?;
        let minor = attribute(value::device::CAPABILITY_MINOR)?;
        let capability = (major * 10 + minor) as u32;
        let Some(target) = TARGETS.into_iter().find(|&target| target <= capability) else {
            return Ok(Err(Unusable::OldCard { name, major, minor }));
        };
        let size = |n: usize| attribute(value::device::MAX_BLOCK_DIM[n]).map(|n| n as u32);
        let multiprocessors = attribute(value::device::MULTIPROCESSORS)? as u32;
        let info = CardInfo {
            name: if is_virtual {
                format!("{name} (virtual)")
            } else {
                name
            },
            vendor: PCI_VENDOR_NVIDIA,
            device: pci_device(&bus),
            target: format!("sm_{target}"),
            is_virtual,
            link: format!("PCI {bus}"),
            driver: self.describe(),
            memory: memory as u64,
            max_allocation: (memory as u64)
                .saturating_sub(RESERVED)
                .max(memory as u64 / 2),
            compute_units: multiprocessors,
            // `%globaltimer` counts nanoseconds.
            timestamp_frequency: 1_000_000_000,
            kernel_limits: KernelLimits {
                workgroup_memory: attribute(value::device::MAX_SHARED_OPTIN)? as u32,
                workgroup_size: [size(0)?, size(1)?, size(2)?],
                workgroup_threads: attribute(value::device::MAX_THREADS_PER_BLOCK)? as u32,
            },
        };
        let pools = self.version >= 11_020 && attribute(value::device::MEMORY_POOLS) == Ok(1);
        Ok(Ok(Device { id, info, pools }))
    }
}

/// The PCI device id, which the driver does not tell: from the kernel's tree on Linux, 0 elsewhere.
fn pci_device(bus: &str) -> u32 {
    let path = format!("/sys/bus/pci/devices/{}/device", bus.to_lowercase());
    let text = std::fs::read_to_string(path).unwrap_or_default();
    let digits = text.trim().trim_start_matches("0x");
    u32::from_str_radix(digits, 16).unwrap_or_default()
}

fn version_text(version: i32) -> String {
    format!("CUDA {}.{}", version / 1000, version % 1000 / 10)
}

/// A device that can be used.
#[derive(Clone, Debug)]
pub struct Device {
    pub(crate) id: DeviceId,
    pub(crate) info: CardInfo,
    /// Has memory pools.
    pub(crate) pools: bool,
}

/// An NVIDIA card that can be opened.
#[derive(Debug)]
pub struct CudaSource {
    driver: Arc<Driver>,
    device: Device,
    options: Options,
}

impl CudaSource {
    /// All usable devices of a driver, in its order.
    ///
    /// Errors: there is none, with the first reason.
    pub fn all(driver: &Arc<Driver>, options: &Options) -> Result<Vec<CudaSource>, Unusable> {
        let mut why = Unusable::NoCard;
        let mut found = Vec::new();
        for device in driver.devices(options.is_virtual)?.into_iter().rev() {
            match device {
                Ok(device) => found.push(CudaSource {
                    driver: driver.clone(),
                    device,
                    options: options.clone(),
                }),
                Err(what) => why = what,
            }
        }
        found.reverse();
        match found.is_empty() {
            true => Err(why),
            false => Ok(found),
        }
    }

    /// One device by its number.
    pub fn at(
        driver: &Arc<Driver>,
        ordinal: i32,
        options: &Options,
    ) -> Result<CudaSource, Unusable> {
        let bad = |code| Unusable::BadDriver(codes::words(&driver.functions, code));
        let device = driver.device(ordinal, options.is_virtual).map_err(bad)??;
        Ok(CudaSource {
            driver: driver.clone(),
            device,
            options: options.clone(),
        })
    }

    /// Opens the card.
    pub fn open_card(&self) -> Result<CudaCard, CardError> {
        CudaCard::open(self.driver.clone(), &self.device, &self.options)
    }
}

impl Source for CudaSource {
    fn info(&self) -> &CardInfo {
        &self.device.info
    }

    fn open(&self) -> Result<Arc<dyn Card>, CardError> {
        Ok(Arc::new(self.open_card()?))
    }

    fn as_any(&self) -> &dyn std::any::Any {
        self
    }
}
