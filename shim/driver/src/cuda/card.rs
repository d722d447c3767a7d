//! A context of the CUDA driver as a card.

use std::collections::VecDeque;
use std::path::PathBuf;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError, RwLock, RwLockReadGuard};
use std::time::{Duration, Instant};

use super::functions::{
    value, value::status, Context, Functions, Module, Pool, PoolProperties, Status, Stream,
};
use super::host::{Block, Blocks, Failure};
use super::kernel::{CudaKernel, Loaded};
use super::lanes::{Lane, Order, PerLane};
use super::source::{Device, Driver};
use super::timeline::{Advance, Timeline};
use super::{kernel, status as codes, Options};
use crate::hazard::write;
use crate::patience::Pause;
use crate::{Card, CardError, CardInfo, Command, Kernel, Loss, Memory, MemoryKind, Point};

/// What was given up and must wait for the card.
#[derive(Debug)]
pub(crate) enum Garbage {
    /// Memory of the card that is not freed in stream order.
    Device(u64),
    /// Host memory.
    Host(Block),
    /// Code.
    Module(Module),
}

/// A context and everything that its memory and kernels refer to.
#[derive(Debug)]
pub(crate) struct Shared {
    pub(crate) driver: Arc<Driver>,
    pub(crate) info: CardInfo,
    pub(crate) cache: Option<PathBuf>,
    context: Context,
    pub(crate) streams: PerLane<Stream>,
    pool: Option<Pool>,
    watchdog: Option<Duration>,
    /// Readable while the context may be used; taken for writing to destroy it.
    gate: Arc<RwLock<()>>,
    /// Held while work is put into the streams.
    pub(crate) order: Mutex<Order>,
    /// Smaller copies stay in the compute stream.
    pub(crate) small_copies: u64,
    pub(crate) timeline: Timeline,
    pub(crate) blocks: Arc<Mutex<Blocks>>,
    garbage: Mutex<VecDeque<(Point, Garbage)>>,
    loss: OnceLock<Loss>,
    /// Bytes of card memory in use.
    used: AtomicU64,
    /// The kernel that stores a timestamp.
    pub(crate) timestamp: OnceLock<Loaded>,
}

pub(crate) fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// The context, current in this thread as long as this lives. Not to be nested.
pub(crate) struct Entered<'a> {
    pub(crate) functions: &'a Functions,
    shared: &'a Shared,
    _gate: RwLockReadGuard<'a, ()>,
}

impl Drop for Entered<'_> {
    fn drop(&mut self) {
        let mut popped = Context::NULL;
        // SAFETY: `enter` pushed the context in this thread; the guard is not `Send`.
        unsafe { (self.functions.cuCtxPopCurrent_v2)(&mut popped) };
    }
}

impl Entered<'_> {
    /// Judges the answer of a call that asked for nothing of size.
    pub(crate) fn check(&self, what: &str, code: Status) -> Result<(), CardError> {
        self.check_sized(what, code, 0)
    }

    /// Judges the answer of a call that asked for `asked` bytes of the card.
    fn check_sized(&self, what: &str, code: Status, asked: u64) -> Result<(), CardError> {
        if code == status::SUCCESS {
            return Ok(());
        }
        let running = self.shared.timeline.flights().running();
        if let Some(loss) = codes::loss(self.functions, code, &running) {
            return Err(self.shared.lose(loss));
        }
        let (mut free, mut total) = (0, 0);
        // SAFETY: the context is current; the out pointers are to live variables.
        unsafe { (self.functions.cuMemGetInfo_v2)(&mut free, &mut total) };
        Err(codes::error(
            self.functions,
            code,
            what,
            (asked, free as u64),
        ))
    }
}

impl Shared {
    fn check_lost(&self) -> Result<(), CardError> {
        match self.loss.get() {
            Some(loss) => Err(CardError::Lost(loss.clone())),
            None => Ok(()),
        }
    }

    /// Makes the context current for some calls.
    pub(crate) fn enter(&self) -> Result<Entered<'_>, CardError> {
        self.check_lost()?;
        let Ok(gate) = self.gate.try_read() else {
            // Only a loss closes the gate.
            self.check_lost()?;
            return Err(CardError::Invalid("the context is being destroyed".into()));
        };
        let functions = &self.driver.functions;
        // SAFETY: the gate is open, so the context lives.
        let code = unsafe { (functions.cuCtxPushCurrent_v2)(self.context) };
        if code != status::SUCCESS {
            return Err(self.lose(Loss::Card(codes::words(functions, code))));
        }
        Ok(Entered {
            functions,
            shared: self,
            _gate: gate,
        })
    }

    /// Records why the card is lost (the first reason stays) and has the context destroyed.
    pub(crate) fn lose(&self, loss: Loss) -> CardError {
        let mut first = false;
        let loss = self.loss.get_or_init(|| {
            first = true;
            loss
        });
        if first {
            log::error!("card lost: {loss}");
            self.timeline.abandon();
            self.destroy_later();
        }
        CardError::Lost(loss.clone())
    }

    /// Destroys the context in a thread of its own, since that may wait for a kernel that never
    /// ends. Host memory stays until it is done: the card may still write to it.
    fn destroy_later(&self) {
        let (driver, context) = (self.driver.clone(), self.context);
        let (gate, blocks, pool) = (self.gate.clone(), self.blocks.clone(), self.pool);
        let kept = (driver.clone(), blocks.clone());
        let destroy = move || {
            let _closed = gate.write().unwrap_or_else(PoisonError::into_inner);
            destroy(&driver.functions, context, pool);
            drop(blocks);
        };
        let thread = std::thread::Builder::new().name("egpu-cuda-end".into());
        if let Err(error) = thread.spawn(destroy) {
            log::warn!("a lost context is not destroyed: {error}");
            std::mem::forget(kept);
        }
    }

    /// Looks at the timeline. A failure that is found becomes the card's loss.
    pub(crate) fn look(&self) -> Result<Point, CardError> {
        self.check_lost()?;
        if self.timeline.passed() == self.timeline.reserved() {
            return Ok(self.timeline.passed());
        }
        let entered = self.enter()?;
        let mut flights = self.timeline.flights();
        loop {
            let advance = flights.advance(|event| {
                // SAFETY: the event is one of this context's.
                unsafe { (entered.functions.cuEventQuery)(event) }
            });
            match advance {
                Advance::Passed(point) => self.timeline.pass(point),
                Advance::Nothing | Advance::Stopped(status::NOT_READY) => break,
                Advance::Stopped(code) => {
                    let running = flights.running();
                    drop(flights);
                    let loss = codes::loss(entered.functions, code, &running);
                    // An event that can never be asked for is as bad as a sticky error.
                    return Err(self.lose(
                        loss.unwrap_or_else(|| Loss::Card(codes::words(entered.functions, code))),
                    ));
                }
            }
        }
        if let (Some(limit), false) = (self.watchdog, flights.list.is_empty()) {
            if flights.progress.elapsed() > limit {
                let kernel = flights.running();
                drop(flights);
                return Err(self.lose(Loss::Hang {
                    seconds: limit.as_secs().max(1),
                    kernel,
                }));
            }
        }
        drop(flights);
        let passed = self.timeline.passed();
        self.collect(&entered, passed);
        Ok(passed)
    }

    /// Waits for a point.
    fn wait(&self, point: Point, timeout: Option<Duration>) -> Result<bool, CardError> {
        if point > self.timeline.reserved() {
            return Err(CardError::Invalid(format!(
                "point {point} was never submitted"
            )));
        }
        let deadline = timeout.and_then(|timeout| Instant::now().checked_add(timeout));
        let mut pause = Pause::new(true);
        loop {
            if self.look()? >= point {
                return Ok(true);
            }
            if deadline.is_some_and(|deadline| Instant::now() >= deadline) {
                return Ok(false);
            }
            pause.pause();
        }
    }

    /// Keeps something until everything submitted so far has passed.
    pub(crate) fn discard(&self, garbage: Garbage) {
        lock(&self.garbage).push_back((self.timeline.reserved(), garbage));
    }

    /// Gives back what a passed point allows to.
    fn collect(&self, entered: &Entered<'_>, passed: Point) {
        let due: Vec<Garbage> = {
            let mut list = lock(&self.garbage);
            // Points are nearly in order: an early one behind a late one waits a little longer.
            let count = list
                .iter()
                .take_while(|(point, _)| *point <= passed)
                .count();
            list.drain(..count).map(|(_, garbage)| garbage).collect()
        };
        for garbage in due {
            match garbage {
                Garbage::Device(address) => {
                    // SAFETY: allocated, from a pool or not, and nothing that uses it is under way.
                    unsafe { (entered.functions.cuMemFree_v2)(address) };
                }
                Garbage::Host(block) => lock(&self.blocks).give_back(entered.functions, block),
                Garbage::Module(module) => {
                    // SAFETY: nothing that runs its code is under way, and its kernel is dropped.
                    unsafe { (entered.functions.cuModuleUnload)(module) };
                }
            }
        }
    }

    /// Memory of the card; once more when all that is under way is done, if it is short.
    fn allocate_device(&self, size: u64) -> Result<u64, CardError> {
        match self.try_allocate_device(size) {
            Err(CardError::OutOfMemory { .. }) => {
                self.wait(self.timeline.reserved(), Some(Duration::from_secs(10)))?;
                self.try_allocate_device(size)
            }
            other => other,
        }
    }

    fn try_allocate_device(&self, size: u64) -> Result<u64, CardError> {
        let entered = self.enter()?;
        self.collect(&entered, self.timeline.passed());
        let mut address = 0;
        let code = match (self.pool, entered.functions.cuMemAllocFromPoolAsync) {
            (Some(pool), Some(allocate)) => {
                let mut order = lock(&self.order);
                let stream = self.streams[Lane::Memory as usize];
                // SAFETY: pool and stream are this context's; the out pointer is to a live variable.
                let code = unsafe { allocate(&mut address, size as usize, pool, stream) };
                if code == status::SUCCESS {
                    order.worked(Lane::Memory, [write(address, size)].iter());
                }
                code
            }
            // SAFETY: the context is current; the out pointer is to a live variable.
            _ => unsafe { (entered.functions.cuMemAlloc_v2)(&mut address, size as usize) },
        };
        entered.check_sized("allocating memory", code, size)?;
        self.used.fetch_add(size, Ordering::Relaxed);
        Ok(address)
    }

    fn free_device(&self, address: u64, size: u64) {
        self.used.fetch_sub(size, Ordering::Relaxed);
        let Ok(entered) = self.enter() else {
            return;
        };
        match (self.pool, entered.functions.cuMemFreeAsync) {
            (Some(_), Some(free)) if self.last_used(&entered, address, size) => {
                let stream = self.streams[Lane::Memory as usize];
                // SAFETY: allocated from the pool; the stream has waited for all that used it.
                unsafe { free(address, stream) };
            }
            _ => {
                self.discard(Garbage::Device(address));
                self.collect(&entered, self.timeline.passed());
            }
        }
    }

    /// Has the stream of memory wait for whatever used some. `false` if it cannot.
    fn last_used(&self, entered: &Entered<'_>, address: u64, size: u64) -> bool {
        let mut order = lock(&self.order);
        order.seen(&self.timeline.flights().seen);
        order.barrier();
        order
            .enter(
                Lane::Memory,
                [write(address, size)].iter(),
                &mut self.calls(entered),
            )
            .is_ok()
    }

    fn allocate_host(&self, size: u64) -> Result<Block, CardError> {
        let entered = self.enter()?;
        self.collect(&entered, self.timeline.passed());
        let taken = lock(&self.blocks).take(entered.functions, size);
        match taken {
            Ok(block) => Ok(block),
            Err(Failure::Host | Failure::Driver(status::OUT_OF_MEMORY)) => {
                Err(CardError::OutOfMemory {
                    what: "host memory",
                    asked: size,
                    free: 0,
                })
            }
            Err(Failure::Driver(code)) => {
                entered.check("registering host memory", code)?;
                Err(CardError::Invalid("host memory is not registered".into()))
            }
        }
    }
}

/// Ends a context that nobody uses.
fn destroy(functions: &Functions, context: Context, pool: Option<Pool>) {
    // SAFETY: no other thread uses the context, by the gate or because its owner is being dropped.
    // Answers do not matter: after a sticky error they repeat it.
    unsafe {
        (functions.cuCtxDestroy_v2)(context);
        if let (Some(pool), Some(destroy)) = (pool, functions.cuMemPoolDestroy) {
            destroy(pool);
        }
    }
}

impl Drop for Shared {
    fn drop(&mut self) {
        if self.loss.get().is_some() {
            return;
        }
        // Work that was submitted is owed to whoever waits in another process's memory for it; work
        // that hangs is not waited for.
        match self.wait(self.timeline.reserved(), Some(Duration::from_secs(2))) {
            Ok(true) => destroy(&self.driver.functions, self.context, self.pool),
            Ok(false) => self.destroy_later(),
            // The loss just found has seen to it.
            Err(_) => {}
        }
    }
}

/// An NVIDIA card.
#[derive(Debug)]
pub struct CudaCard {
    shared: Arc<Shared>,
}

impl CudaCard {
    /// Makes a context on a device and tries it with one launch.
    ///
    /// Errors: [`CardError::Unavailable`] with what to do.
    pub(crate) fn open(
        driver: Arc<Driver>,
        device: &Device,
        options: &Options,
    ) -> Result<CudaCard, CardError> {
        let functions = driver.functions;
        let unavailable = |code| CardError::Unavailable {
            problem: format!(
                "{} cannot be opened: {}",
                device.info.name,
                codes::words(&functions, code)
            ),
            advice: "end other programs that use the card; after an earlier loss, restart this \
                     process"
                .into(),
        };
        let mut context = Context::NULL;
        let flags = value::CTX_SCHED_BLOCKING_SYNC | value::CTX_MAP_HOST;
        // SAFETY: the driver is started and the device its own; the out pointer is to a live
        // variable.
        let code = unsafe { (functions.cuCtxCreate_v2)(&mut context, flags, device.id) };
        if code != status::SUCCESS {
            return Err(unavailable(code));
        }
        let mut streams = [Stream::NULL; Lane::ALL.len()];
        for stream in &mut streams {
            // SAFETY: creating a context made it current; the out pointer is to a live variable.
            let code = unsafe { (functions.cuStreamCreate)(stream, value::STREAM_NON_BLOCKING) };
            if code != status::SUCCESS {
                destroy(&functions, context, None);
                return Err(unavailable(code));
            }
        }
        let pool = device.pools.then(|| pool(&functions, device)).flatten();
        let mut popped = Context::NULL;
        // SAFETY: takes back what creating the context pushed.
        unsafe { (functions.cuCtxPopCurrent_v2)(&mut popped) };
        let shared = Arc::new(Shared {
            driver,
            info: device.info.clone(),
            cache: options.cache.clone(),
            context,
            streams,
            pool,
            watchdog: options.watchdog.limit(options.is_virtual),
            gate: Arc::default(),
            order: Mutex::default(),
            small_copies: options.small_copies,
            timeline: Timeline::new(),
            blocks: Arc::default(),
            garbage: Mutex::default(),
            loss: OnceLock::new(),
            used: AtomicU64::new(0),
            timestamp: OnceLock::new(),
        });
        let timestamp = Loaded::timestamp(&shared.enter()?, &shared)?;
        let _ = shared.timestamp.set(timestamp);
        let card = CudaCard { shared };
        card.timestamp().map_err(|error| CardError::Unavailable {
            problem: format!("{} does not run a first kernel: {error}", card.info().name),
            advice: "restart this process, and the machine if that does not help".into(),
        })?;
        Ok(card)
    }
}

/// A pool of its own, so that the device's default pool stays as others set it.
fn pool(functions: &Functions, device: &Device) -> Option<Pool> {
    let create = functions.cuMemPoolCreate?;
    let set = functions.cuMemPoolSetAttribute?;
    functions
        .cuMemAllocFromPoolAsync
        .and(functions.cuMemFreeAsync)?;
    let properties = PoolProperties {
        allocation_type: 1,
        handle_types: 0,
        location_type: 1,
        location_id: device.id,
        security: std::ptr::null_mut(),
        reserved: [0; 64],
    };
    let mut pool = Pool::NULL;
    // SAFETY: the properties are of the layout that the driver documents; both pointers are to live
    // variables.
    let code = unsafe { create(&mut pool, &properties) };
    if code != status::SUCCESS {
        log::debug!("no memory pool: {}", codes::words(functions, code));
        return None;
    }
    // What is given back stays for the next one, up to an eighth of the card.
    let mut threshold = device.info.memory / 8;
    // SAFETY: this attribute is a u64, read during the call.
    unsafe {
        set(
            pool,
            value::POOL_ATTRIBUTE_RELEASE_THRESHOLD,
            std::ptr::from_mut(&mut threshold).cast(),
        )
    };
    Some(pool)
}

impl Card for CudaCard {
    fn info(&self) -> &CardInfo {
        &self.shared.info
    }

    fn allocate(&self, kind: MemoryKind, size: u64) -> Result<Arc<dyn Memory>, CardError> {
        let size = size.max(4);
        let place = match kind {
            MemoryKind::Device => Place::Device {
                address: self.shared.allocate_device(size)?,
                size,
            },
            MemoryKind::Upload | MemoryKind::Readback => {
                Place::Host(self.shared.allocate_host(size)?)
            }
        };
        Ok(Arc::new(CudaMemory {
            shared: self.shared.clone(),
            place,
        }))
    }

    fn load(&self, object: &[u8], entry: &str) -> Result<Arc<dyn Kernel>, CardError> {
        let kernel: CudaKernel = kernel::load(&self.shared, object, entry)?;
        Ok(Arc::new(kernel))
    }

    fn submit(&self, commands: &[Command]) -> Result<Point, CardError> {
        self.shared.submit(commands)
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
        let used = self.shared.used.load(Ordering::Relaxed);
        (used, self.shared.info.memory.saturating_sub(used))
    }
}

#[derive(Debug)]
enum Place {
    Device { address: u64, size: u64 },
    Host(Block),
}

/// An allocation of a [`CudaCard`].
#[derive(Debug)]
struct CudaMemory {
    shared: Arc<Shared>,
    place: Place,
}

impl CudaMemory {
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

impl Memory for CudaMemory {
    fn address(&self) -> u64 {
        match &self.place {
            Place::Device { address, .. } => *address,
            Place::Host(block) => block.address(),
        }
    }

    fn size(&self) -> u64 {
        match &self.place {
            Place::Device { size, .. } => *size,
            Place::Host(block) => block.size(),
        }
    }

    fn mapping(&self) -> Option<*mut u8> {
        match &self.place {
            Place::Device { .. } => None,
            Place::Host(block) => Some(block.pointer()),
        }
    }

    // Page-locked memory is coherent with the card.

    fn flush(&self, offset: u64, size: u64) -> Result<(), CardError> {
        self.check(offset, size)
    }

    fn invalidate(&self, offset: u64, size: u64) -> Result<(), CardError> {
        self.check(offset, size)
    }
}

impl Drop for CudaMemory {
    fn drop(&mut self) {
        match &self.place {
            Place::Device { address, size } => self.shared.free_device(*address, *size),
            Place::Host(block) => self.shared.discard(Garbage::Host(block.clone())),
        }
    }
}
