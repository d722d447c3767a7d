//! The driver's objects, by handle. A handle is a number that was never used before, so that one
//! that is no longer valid names nothing.

use std::cell::RefCell;
use std::collections::{BTreeMap, HashMap};
use std::ffi::c_void;
use std::sync::atomic::{AtomicBool, AtomicU32, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError, RwLock};

use egpu_driver::cuda::functions::Status;

use super::schedule::{Mark, Streams};
use super::Gpu;
use crate::ptx::{Entry, Module};

/// A handle's number.
pub(super) type Id = u64;

/// What a context and its worker both see.
#[derive(Debug, Default)]
pub(super) struct Health {
    /// The sticky error, or 0.
    pub status: AtomicU32,
    pub why: Mutex<String>,
    /// The context is going away.
    pub cancelled: AtomicBool,
    /// How much work was begun.
    pub begun: AtomicU64,
}

impl Health {
    /// The first error stays.
    pub(super) fn spoil(&self, status: Status, why: &str) {
        let mut text = self.why.lock().unwrap_or_else(PoisonError::into_inner);
        let first = self
            .status
            .compare_exchange(0, status, Ordering::AcqRel, Ordering::Acquire);
        if first.is_ok() {
            *text = why.to_owned();
        }
    }
}

pub(super) struct Context {
    pub gpu: Arc<Gpu>,
    pub health: Arc<Health>,
    pub streams: Streams,
    pub worker: std::thread::JoinHandle<()>,
}

/// A kernel with what was set for it.
pub(super) struct Function {
    pub module: Id,
    pub context: Id,
    pub entry: Arc<Entry>,
    pub max_dynamic_shared: u32,
}

pub(super) struct Linker {
    pub context: Id,
    pub text: Option<String>,
    /// The finished image, which lives as long as this does.
    pub image: Vec<u8>,
    /// Where messages go: buffer and bytes.
    pub errors: Option<(usize, usize)>,
}

#[derive(Default)]
pub(super) struct State {
    pub contexts: HashMap<Id, Context>,
    /// Events, pools and modules with the context (or, of a pool, the device) they are of.
    pub events: HashMap<Id, (Id, Arc<Mark>)>,
    pub pools: HashMap<Id, i32>,
    pub modules: HashMap<Id, (Id, Arc<Module>)>,
    pub functions: HashMap<Id, Function>,
    pub linkers: HashMap<Id, Linker>,
    /// Bytes of allocations by context and address: contexts have address spaces of their own.
    pub allocations: HashMap<(Id, u64), u64>,
}

fn gpus() -> &'static RwLock<Vec<Arc<Gpu>>> {
    static GPUS: RwLock<Vec<Arc<Gpu>>> = RwLock::new(Vec::new());
    &GPUS
}

pub(super) fn add(make: impl FnOnce(i32) -> Gpu) -> Arc<Gpu> {
    let mut list = gpus().write().unwrap_or_else(PoisonError::into_inner);
    let gpu = Arc::new(make(list.len() as i32));
    list.push(gpu.clone());
    gpu
}

pub(super) fn gpu(ordinal: i32) -> Option<Arc<Gpu>> {
    let list = gpus().read().unwrap_or_else(PoisonError::into_inner);
    list.get(usize::try_from(ordinal).ok()?).cloned()
}

pub(super) fn count() -> usize {
    gpus().read().unwrap_or_else(PoisonError::into_inner).len()
}

pub(super) fn state() -> MutexGuard<'static, State> {
    static STATE: OnceLock<Mutex<State>> = OnceLock::new();
    STATE
        .get_or_init(Mutex::default)
        .lock()
        .unwrap_or_else(PoisonError::into_inner)
}

/// Host memory that contexts registered: start to bytes and context.
pub(super) fn registered() -> &'static RwLock<BTreeMap<usize, (usize, Id)>> {
    static REGISTERED: RwLock<BTreeMap<usize, (usize, Id)>> = RwLock::new(BTreeMap::new());
    &REGISTERED
}

/// A number for a new handle.
pub(super) fn fresh() -> Id {
    static NEXT: AtomicU64 = AtomicU64::new(0x1000);
    NEXT.fetch_add(16, Ordering::Relaxed)
}

pub(super) fn handle(id: Id) -> *mut c_void {
    std::ptr::without_provenance_mut(id as usize)
}

pub(super) fn id(handle: *mut c_void) -> Id {
    handle.addr() as Id
}

pub(super) fn break_contexts(ordinal: i32, status: Status, why: &str) {
    for context in state().contexts.values() {
        if context.gpu.ordinal == ordinal {
            context.health.spoil(status, why);
        }
    }
}

thread_local! {
    /// Contexts pushed by this thread.
    pub(super) static CURRENT: RefCell<Vec<Id>> = const { RefCell::new(Vec::new()) };
}
