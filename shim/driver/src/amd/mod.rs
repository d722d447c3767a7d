//! Radeon cards of RDNA3 and RDNA4, driven from user space over a link.
//!
//! [`AmdCard::open`] finds out what the card is (`discovery`), attaches to a card that this driver
//! left running or boots it (`boot`), programs the hubs (`gmc`), builds page tables and allocators
//! (`memory`), makes the two queues (`queue`, `engines`), and from then on turns submissions into packets
//! (`submit`), watches the timeline (`timeline`, `wait`) and explains failures (`fault`).
//!
//! A submission costs one posted message, the doorbell (two if it also moves much data by SDMA), and
//! no round trip where host memory is shared. Rings, signals and staging lie in host memory; code,
//! arguments and buffers in VRAM.
//!
//! Locks are taken in the order submitter, uploads, memory, garbage, timeline. Nothing waits for the
//! card while it holds the memory lock.

mod boot;
mod discovery;
mod engines;
mod fault;
mod gmc;
mod hardware;
mod kernel;
mod layout;
mod memory;
mod queue;
mod submit;
mod timeline;
mod wait;

use std::collections::VecDeque;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, OnceLock};
use std::time::Duration;

use amd_hw::die::{Generation, Shape};
use egpu_link::{Link, LinkError};

pub use self::boot::firmware::{FirmwareFile, FirmwareSource, FirmwareState};
pub(crate) use self::boot::LOADING;
pub(crate) use self::discovery::{inspect, survey};
pub use self::discovery::{usable_memory, Survey};
use self::engines::Engines;
use self::hardware::{link_error, Hardware, Nature};
use self::kernel::{CodeObject, Program, Resident};
use self::memory::host::HostPart;
use self::memory::{MemoryManager, Vram};
pub use self::queue::streams::PacketSet;
use self::submit::{Submitter, Upload};
use self::timeline::Timeline;
use self::wait::Suspicion;
use crate::patience::Pause;
pub use crate::patience::Watchdog;
use crate::{
    Card, CardError, CardInfo, Command, Kernel, KernelLimits, Loss, Memory, MemoryKind, Point,
};

/// How a card is to be driven.
#[derive(Clone, Debug)]
pub struct Options {
    /// Limit for work without progress.
    pub watchdog: Watchdog,
    /// Copies and fills up to so many bytes run on the compute queue, larger ones on SDMA.
    pub small_copies: u64,
    /// Packets that the card understands.
    pub packets: PacketSet,
    /// Where firmware comes from when the card must be booted.
    pub firmware: FirmwareSource,
}

impl Default for Options {
    fn default() -> Self {
        Options {
            watchdog: Watchdog::default(),
            small_copies: 64 << 10,
            packets: PacketSet::default(),
            firmware: FirmwareSource::default(),
        }
    }
}

/// The driver's name and version, as adapters show it.
pub const DRIVER: &str = concat!("wgpu-egpu ", env!("CARGO_PKG_VERSION"));

/// What a kernel may ask for on every RDNA3 and RDNA4 card: the local memory of a compute unit, and
/// 32 waves.
pub const KERNEL_LIMITS: KernelLimits = KernelLimits {
    workgroup_memory: 64 << 10,
    workgroup_size: [1024; 3],
    workgroup_threads: 1024,
};

/// What was given up and must wait for the card.
pub(crate) enum Garbage {
    /// VRAM.
    Vram(Vram),
    /// Host memory.
    Host(HostPart),
}

/// A card and everything that its memory and kernels refer to.
struct Shared {
    hw: Arc<Hardware>,
    shape: Shape,
    watchdog: Option<Duration>,
    memory: Mutex<MemoryManager>,
    submitter: Mutex<Submitter>,
    uploads: Mutex<Vec<Upload>>,
    timeline: Timeline,
    garbage: Mutex<VecDeque<(Point, Garbage)>>,
    loss: OnceLock<Loss>,
    suspicion: Mutex<Suspicion>,
    kernels: AtomicU64,
}

impl Shared {
    fn check_lost(&self) -> Result<(), CardError> {
        match self.loss.get() {
            Some(loss) => Err(CardError::Lost(loss.clone())),
            None => Ok(()),
        }
    }

    /// Records why the card is lost (the first reason stays), stops it as well as it goes, and lets
    /// the connection go so that the card can be opened again.
    fn lose(&self, loss: Loss) -> CardError {
        let mut first = false;
        let loss = self.loss.get_or_init(|| {
            first = true;
            loss
        });
        if first {
            log::error!("card lost: {loss}");
            self.timeline.abandon();
            if let Err(error) = boot::shutdown(&self.hw) {
                log::debug!("the lost card could not be stopped: {error}");
            }
            self.hw.release();
        }
        CardError::Lost(loss.clone())
    }

    /// An error of the link while the card is in use: the card is gone.
    fn lose_link(&self, error: LinkError) -> CardError {
        self.lose_error(link_error(error))
    }

    /// An error that may mean that the card is gone.
    fn lose_error(&self, error: CardError) -> CardError {
        match error {
            CardError::Lost(loss) => self.lose(loss),
            CardError::Bringup { .. } => self.lose(Loss::Card(error.to_string())),
            other => other,
        }
    }

    /// Keeps memory until a point is passed.
    fn discard(&self, point: Point, garbage: Garbage) {
        let mut list = self.garbage.lock().unwrap_or_else(|p| p.into_inner());
        list.push_back((point, garbage));
    }

    /// Gives back what a passed point allows to.
    fn collect(&self, passed: Point) {
        let due: Vec<Garbage> = {
            let mut list = self.garbage.lock().unwrap_or_else(|p| p.into_inner());
            // Points are nearly in order: an early one behind a late one waits a little longer.
            let count = list
                .iter()
                .take_while(|(point, _)| *point <= passed)
                .count();
            list.drain(..count).map(|(_, garbage)| garbage).collect()
        };
        if due.is_empty() {
            return;
        }
        let mut memory = self.memory.lock().unwrap_or_else(|p| p.into_inner());
        for garbage in due {
            match garbage {
                Garbage::Vram(vram) => {
                    if let Err(error) = memory.release_vram(&vram) {
                        log::debug!("memory of a lost card is not given back: {error}");
                    }
                }
                Garbage::Host(part) => memory.release_host(&part),
            }
        }
    }

    /// Runs an allocation; if memory is short, waits for what is given up and tries again. `within` a
    /// submission, what that submission itself holds on to cannot be waited for.
    fn with_memory<T>(
        &self,
        within: bool,
        mut allocate: impl FnMut(&mut MemoryManager) -> Result<T, CardError>,
    ) -> Result<T, CardError> {
        loop {
            // Before the attempt: what is given up meanwhile is worth another one.
            let awaited = {
                let list = self.garbage.lock().unwrap_or_else(|p| p.into_inner());
                list.front().map(|(point, _)| *point)
            };
            let result = {
                let mut memory = self.memory.lock().unwrap_or_else(|p| p.into_inner());
                allocate(&mut memory)
            };
            let error = match result {
                Ok(allocated) => return Ok(allocated),
                Err(error) => self.lose_error(error),
            };
            match (&error, awaited) {
                (CardError::OutOfMemory { .. }, Some(point))
                    if self.wait_for_garbage(point, within)? => {}
                _ => return Err(error),
            }
        }
    }

    /// Waits for a point whose memory is wanted; `false` if it will not be passed by waiting.
    fn wait_for_garbage(&self, point: Point, within: bool) -> Result<bool, CardError> {
        if !within && self.timeline.passed() < point {
            // Another thread may be submitting that point just now.
            drop(self.submitter.lock().unwrap_or_else(|p| p.into_inner()));
        }
        let mut pause = Pause::new(self.timeline.is_shared());
        loop {
            if self.look()? >= point {
                return Ok(true);
            }
            if self.timeline.is_idle() {
                return Ok(false);
            }
            pause.pause();
        }
    }

    fn allocate_vram(&self, size: u64, within: bool) -> Result<Vram, CardError> {
        self.with_memory(within, |memory| {
            memory
                .allocate_vram(size)?
                .ok_or_else(|| CardError::OutOfMemory {
                    what: "card memory",
                    asked: size,
                    free: memory.vram_use().1,
                })
        })
    }

    fn allocate_host(&self, size: u64) -> Result<HostPart, CardError> {
        self.with_memory(false, |memory| memory.allocate_host(size, memory::ALIGN))
    }
}

impl Drop for Shared {
    fn drop(&mut self) {
        if self.loss.get().is_some() {
            return;
        }
        // Work that was submitted is owed to whoever waits in another process's memory for it; work
        // that hangs is not waited for.
        let _ = self.wait(self.timeline.reserved(), Some(Duration::from_secs(2)));
        if self.loss.get().is_none() {
            if let Err(error) = boot::shutdown(&self.hw) {
                log::warn!("the card was not shut down cleanly: {error}");
            }
        }
    }
}

/// A Radeon card.
pub struct AmdCard {
    shared: Arc<Shared>,
    info: CardInfo,
}

impl std::fmt::Debug for AmdCard {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("AmdCard").field("info", &self.info).finish()
    }
}

impl AmdCard {
    /// Opens the card behind a link: attaches to it if this driver left it running, else boots it.
    ///
    /// Errors: [`CardError::Unavailable`] with what to do when the card is not usable,
    /// [`CardError::Bringup`] naming step and register when it does not come up.
    pub fn open(link: Arc<dyn Link>, options: &Options) -> Result<AmdCard, CardError> {
        let name = link.describe();
        let found = discovery::discover(link, &mut Survey::default())?;
        let info = found.info(name);
        let hw = Arc::new(found.hardware);
        if found.shape.compute_units() == 0 || found.shape.shader_engines == 0 {
            return Err(CardError::Unavailable {
                problem: "the card says that it has no compute units".into(),
                advice: "please report this card".into(),
            });
        }
        let engines = match Engines::attach(&hw)? {
            Some(engines) => engines,
            None => {
                let fb = boot::boot(&hw, &found.firmware, &options.firmware)?;
                Engines::start(&hw, fb)?
            }
        };
        let Engines {
            memory,
            arguments,
            compute,
            sdma,
            timeline,
            ..
        } = engines;
        let streams = queue::streams::Streams::new(queue::streams::Config {
            sh: found.sh,
            compute_signal: timeline.compute_signal(),
            sdma_signal: timeline.sdma_signal(),
            fault_status: timeline.fault_status(),
            fault_register: hw
                .address(amd_hw::registers::Register::GCVM_L2_PROTECTION_FAULT_STATUS)?,
            small: options.small_copies,
            packets: match hw.nature() {
                Nature::Silicon | Nature::Virtual => options.packets,
                Nature::Mock => PacketSet::BASIC,
            },
            cp_behind_l2: hw.generation() == Generation::Gfx12,
        });
        let watchdog = options.watchdog.limit(hw.is_virtual());
        let shared = Shared {
            hw,
            shape: found.shape,
            watchdog,
            memory: Mutex::new(memory),
            submitter: Mutex::new(Submitter::new(streams, compute, sdma, arguments)),
            uploads: Mutex::default(),
            timeline,
            garbage: Mutex::default(),
            loss: OnceLock::new(),
            suspicion: Mutex::default(),
            kernels: AtomicU64::new(1),
        };
        Ok(AmdCard {
            shared: Arc::new(shared),
            info,
        })
    }

    /// Asks the card itself how it is, which takes a few messages: what went wrong unseen so far
    /// becomes its loss.
    pub fn check(&self) -> Result<(), CardError> {
        self.shared.check_lost()?;
        let running = self.shared.timeline.running();
        let found = fault::diagnose(&self.shared.hw, &running);
        self.shared.conclude(found, None)
    }

    /// Declares the card lost, as its owner sees fit: it is stopped and its connection closed.
    pub fn close(&self, reason: &str) {
        self.shared.lose(Loss::Card(reason.to_owned()));
    }
}

impl Card for AmdCard {
    fn info(&self) -> &CardInfo {
        &self.info
    }

    fn allocate(&self, kind: MemoryKind, size: u64) -> Result<Arc<dyn Memory>, CardError> {
        let shared = &self.shared;
        shared.check_lost()?;
        shared.collect(shared.timeline.passed());
        let place = match kind {
            MemoryKind::Device => Place::Vram(shared.allocate_vram(size, false)?),
            MemoryKind::Upload | MemoryKind::Readback => {
                let part = shared.allocate_host(size)?;
                let shadow = (!part.is_shared()).then(|| Shadow::new(part.size()));
                Place::Host { part, shadow }
            }
        };
        Ok(Arc::new(AmdMemory {
            shared: shared.clone(),
            place,
        }))
    }

    fn load(&self, object: &[u8], entry: &str) -> Result<Arc<dyn Kernel>, CardError> {
        let shared = &self.shared;
        shared.check_lost()?;
        let die = shared.hw.die();
        let object = CodeObject::parse(object, entry, die).map_err(CardError::BadKernel)?;
        let bytes = object.image_size().next_multiple_of(4096);
        // A page more, so that the image can begin at one.
        let vram = shared.allocate_vram(bytes + 4096, false)?;
        let base = vram.address().next_multiple_of(4096);
        let program = Program::new(&object, entry, base, die);
        let image = object.image(base);
        let source = shared.allocate_host(image.len() as u64);
        let (program, source) = match (program, source) {
            (Ok(program), Ok(source)) => (program, source),
            (Err(what), source) => {
                let now = shared.timeline.passed();
                shared.discard(now, Garbage::Vram(vram));
                if let Ok(source) = source {
                    shared.discard(now, Garbage::Host(source));
                }
                return Err(CardError::BadKernel(what));
            }
            (Ok(_), Err(error)) => {
                shared.discard(shared.timeline.passed(), Garbage::Vram(vram));
                return Err(error);
            }
        };
        source
            .write(0, &image)
            .map_err(|error| shared.lose_link(error))?;
        let id = shared.kernels.fetch_add(1, Ordering::Relaxed);
        // The code travels with the next submission: loading costs no message.
        let mut uploads = shared.uploads.lock().unwrap_or_else(|p| p.into_inner());
        uploads.push(Upload {
            kernel: id,
            source,
            destination: base,
            bytes: image.len() as u64,
        });
        drop(uploads);
        Ok(Arc::new(AmdKernel {
            shared: shared.clone(),
            resident: Arc::new(Resident { id, program, vram }),
        }))
    }

    fn submit(&self, commands: &[Command]) -> Result<Point, CardError> {
        self.shared
            .submit(commands)
            .map_err(|error| self.shared.lose_error(error))
    }

    fn completed(&self) -> Point {
        match self.shared.look() {
            Ok(passed) => passed,
            Err(_) => self.shared.timeline.reserved(),
        }
    }

    fn wait(&self, point: Point, timeout: Option<Duration>) -> Result<bool, CardError> {
        self.shared.wait(point, timeout)
    }

    fn loss(&self) -> Option<Loss> {
        self.shared.loss.get().cloned()
    }

    fn memory_use(&self) -> (u64, u64) {
        let memory = self.shared.memory.lock().unwrap_or_else(|p| p.into_inner());
        memory.vram_use()
    }
}

/// A copy in this process of host memory that lies behind messages.
struct Shadow {
    words: *mut [u128],
}

impl Shadow {
    fn new(size: u64) -> Shadow {
        let words = vec![0u128; size.div_ceil(16) as usize].into_boxed_slice();
        Shadow {
            words: Box::into_raw(words),
        }
    }

    fn pointer(&self) -> *mut u8 {
        self.words.cast()
    }

    /// Bytes of a range that the caller checked.
    fn get(&self, offset: u64, size: u64) -> Vec<u8> {
        let mut bytes = vec![0; size as usize];
        // SAFETY: the range is inside the allocation; the owner of the memory orders its own
        // accesses through the mapping with this call, as `Memory::flush` demands.
        unsafe {
            let from = self.pointer().add(offset as usize);
            std::ptr::copy_nonoverlapping(from, bytes.as_mut_ptr(), bytes.len());
        }
        bytes
    }

    fn put(&self, offset: u64, bytes: &[u8]) {
        // SAFETY: as in `get`, for `Memory::invalidate`.
        unsafe {
            let to = self.pointer().add(offset as usize);
            std::ptr::copy_nonoverlapping(bytes.as_ptr(), to, bytes.len());
        }
    }
}

impl Drop for Shadow {
    fn drop(&mut self) {
        // SAFETY: made by `Box::into_raw` in `new` and freed only here.
        drop(unsafe { Box::from_raw(self.words) });
    }
}

// SAFETY: the pointer is owned; accesses through it are raw copies that callers order.
unsafe impl Send for Shadow {}
// SAFETY: as above.
unsafe impl Sync for Shadow {}

enum Place {
    Vram(Vram),
    Host {
        part: HostPart,
        shadow: Option<Shadow>,
    },
}

/// An allocation on an [`AmdCard`] or in host memory that it reaches.
struct AmdMemory {
    shared: Arc<Shared>,
    place: Place,
}

impl std::fmt::Debug for AmdMemory {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("AmdMemory")
            .field("address", &self.address())
            .field("size", &self.size())
            .finish()
    }
}

impl AmdMemory {
    fn check(&self, offset: u64, size: u64) -> Result<(), CardError> {
        match offset.checked_add(size) {
            Some(end) if end <= self.size() => Ok(()),
            _ => Err(CardError::Invalid(format!(
                "range {offset:#x}+{size:#x} of an allocation of {:#x} bytes",
                self.size()
            ))),
        }
    }
}

impl Memory for AmdMemory {
    fn address(&self) -> u64 {
        match &self.place {
            Place::Vram(vram) => vram.address(),
            Place::Host { part, .. } => part.address(),
        }
    }

    fn size(&self) -> u64 {
        match &self.place {
            Place::Vram(vram) => vram.size(),
            Place::Host { part, .. } => part.size(),
        }
    }

    fn mapping(&self) -> Option<*mut u8> {
        match &self.place {
            Place::Vram(_) => None,
            Place::Host { part, shadow } => match shadow {
                Some(shadow) => Some(shadow.pointer()),
                None => part.pointer(),
            },
        }
    }

    fn flush(&self, offset: u64, size: u64) -> Result<(), CardError> {
        self.check(offset, size)?;
        match &self.place {
            Place::Host {
                part,
                shadow: Some(shadow),
            } => part
                .write(offset, &shadow.get(offset, size))
                .map_err(|error| self.shared.lose_link(error)),
            Place::Host { shadow: None, .. } | Place::Vram(_) => Ok(()),
        }
    }

    fn invalidate(&self, offset: u64, size: u64) -> Result<(), CardError> {
        self.check(offset, size)?;
        match &self.place {
            Place::Host {
                part,
                shadow: Some(shadow),
            } => {
                let mut bytes = vec![0; size as usize];
                part.read(offset, &mut bytes)
                    .map_err(|error| self.shared.lose_link(error))?;
                shadow.put(offset, &bytes);
                Ok(())
            }
            Place::Host { shadow: None, .. } | Place::Vram(_) => Ok(()),
        }
    }
}

impl Drop for AmdMemory {
    fn drop(&mut self) {
        let garbage = match &self.place {
            Place::Vram(vram) => Garbage::Vram(vram.clone()),
            Place::Host { part, .. } => Garbage::Host(part.clone()),
        };
        self.shared
            .discard(self.shared.timeline.reserved(), garbage);
        self.shared.collect(self.shared.timeline.passed());
    }
}

/// A kernel on an [`AmdCard`].
struct AmdKernel {
    shared: Arc<Shared>,
    resident: Arc<Resident>,
}

impl AmdKernel {
    fn is_of(&self, shared: &Shared) -> bool {
        std::ptr::eq(Arc::as_ptr(&self.shared), shared)
    }

    fn resident(&self) -> &Arc<Resident> {
        &self.resident
    }
}

impl std::fmt::Debug for AmdKernel {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("AmdKernel")
            .field("program", &self.resident.program)
            .finish()
    }
}

impl Kernel for AmdKernel {
    fn argument_size(&self) -> u32 {
        self.resident.program.argument_bytes
    }

    fn as_any(&self) -> &dyn std::any::Any {
        self
    }
}

impl Drop for AmdKernel {
    fn drop(&mut self) {
        // Code that never travelled must not arrive in memory that somebody else has by then.
        let waiting = {
            let mut uploads = self
                .shared
                .uploads
                .lock()
                .unwrap_or_else(|p| p.into_inner());
            let mine = uploads.iter().position(|u| u.kernel == self.resident.id);
            mine.map(|index| uploads.swap_remove(index))
        };
        let now = self.shared.timeline.reserved();
        if let Some(upload) = waiting {
            self.shared.discard(now, Garbage::Host(upload.source));
        }
        self.shared
            .discard(now, Garbage::Vram(self.resident.vram.clone()));
        self.shared.collect(self.shared.timeline.passed());
    }
}
