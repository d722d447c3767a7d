//! All objects of one JavaScript thread, and the fence around every call.

use std::cell::RefCell;
use std::panic::{catch_unwind, AssertUnwindSafe};
use std::sync::{Arc, Mutex, PoisonError};

use napi_derive::napi;

use crate::errors::{DeviceError, Sink};
use crate::pass::Pass;
use crate::pipelines::{Module, Pipeline, PipelineLayout};
use crate::table::{Handle, Table};

/// A device with its queue, and what it has to report.
#[derive(Debug)]
pub struct Device {
    /// wgpu's device.
    pub device: wgpu::Device,
    /// Its queue.
    pub queue: wgpu::Queue,
    /// Bytes of the largest allocation that its adapter makes.
    pub largest: u64,
    /// Errors nobody has taken yet.
    pub errors: Arc<Sink>,
    /// Tokens of what has finished.
    pub finished: Arc<Finished>,
}

/// Something asynchronous that has ended.
#[derive(Clone, Debug)]
#[napi(object)]
pub struct Event {
    /// What was waited for; 0 is the loss of the device.
    pub token: u32,
    /// Whether it succeeded.
    pub ok: bool,
    /// Why the device was lost.
    pub message: String,
}

/// What has finished, filled by wgpu's callbacks.
#[derive(Debug, Default)]
pub struct Finished(Mutex<Vec<Event>>);

impl Finished {
    /// Appends one.
    pub fn push(&self, token: u32, ok: bool, message: String) {
        self.0
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .push(Event { token, ok, message });
    }

    /// All since the last call.
    pub fn take(&self) -> Vec<Event> {
        std::mem::take(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

/// The objects of one JavaScript thread.
#[derive(Debug)]
pub struct State {
    pub adapters: Table<wgpu::Adapter>,
    pub devices: Table<Device>,
    pub buffers: Table<wgpu::Buffer>,
    pub textures: Table<wgpu::Texture>,
    pub views: Table<wgpu::TextureView>,
    pub samplers: Table<wgpu::Sampler>,
    pub query_sets: Table<wgpu::QuerySet>,
    pub bind_group_layouts: Table<wgpu::BindGroupLayout>,
    pub bind_groups: Table<wgpu::BindGroup>,
    pub pipeline_layouts: Table<PipelineLayout>,
    pub modules: Table<Module>,
    pub pipelines: Table<Pipeline>,
    pub encoders: Table<wgpu::CommandEncoder>,
    pub passes: Table<Pass>,
    pub commands: Table<wgpu::CommandBuffer>,
}

impl State {
    fn new() -> State {
        State {
            adapters: Table::new("adapter"),
            devices: Table::new("device"),
            buffers: Table::new("buffer"),
            textures: Table::new("texture"),
            views: Table::new("texture view"),
            samplers: Table::new("sampler"),
            query_sets: Table::new("query set"),
            bind_group_layouts: Table::new("bind group layout"),
            bind_groups: Table::new("bind group"),
            pipeline_layouts: Table::new("pipeline layout"),
            modules: Table::new("shader module"),
            pipelines: Table::new("compute pipeline"),
            encoders: Table::new("command encoder"),
            passes: Table::new("compute pass"),
            commands: Table::new("command buffer"),
        }
    }
}

thread_local! {
    // Never dropped: when the process exits nothing may wait for a card.
    static STATE: &'static RefCell<State> = Box::leak(Box::new(RefCell::new(State::new())));
}

fn panicked(panic: Box<dyn std::any::Any + Send>) -> DeviceError {
    let text = panic
        .downcast_ref::<String>()
        .map(String::as_str)
        .or_else(|| panic.downcast_ref::<&str>().copied())
        .unwrap_or("no message");
    DeviceError::internal(format!("wgpu panicked: {text}"))
}

/// Runs `work`; what it refuses is a validation error, a panic an internal one.
///
/// wgpu's locks do not poison, and its tables stay consistent between calls, so going on is sound;
/// what the panic left half done may be wrong, and the error says that it happened.
pub fn fenced<R>(work: impl FnOnce(&mut State) -> Result<R, String>) -> Result<R, DeviceError> {
    STATE.with(|state| {
        let mut state = state
            .try_borrow_mut()
            .map_err(|_| DeviceError::internal("called from inside a call".into()))?;
        match catch_unwind(AssertUnwindSafe(|| work(&mut state))) {
            Ok(result) => result.map_err(DeviceError::validation),
            Err(panic) => Err(panicked(panic)),
        }
    })
}

/// As [`fenced`], for functions that throw.
pub fn or_throw<R>(work: impl FnOnce(&mut State) -> Result<R, String>) -> napi::Result<R> {
    fenced(work).map_err(|error| napi::Error::from_reason(error.message))
}

/// Runs `work` for a device; what fails is an error of that device and gives the default value.
pub fn on_device<R: Default>(
    device: Handle,
    work: impl FnOnce(&mut State) -> Result<R, String>,
) -> R {
    fenced(work).unwrap_or_else(|error| {
        if let Some(sink) = sink(device) {
            sink.push(error);
        }
        R::default()
    })
}

/// Where the errors of a device go.
pub fn sink(device: Handle) -> Option<Arc<Sink>> {
    fenced(|state| Ok(state.devices.get(device)?.errors.clone())).ok()
}

macro_rules! releases {
    ($($name:ident $table:ident)*) => {$(
        #[doc = concat!("Forgets an object of `", stringify!($table), "`.")]
        #[napi]
        pub fn $name(handle: Handle) {
            // What is gone already needs no forgetting.
            let _ = fenced(|state| state.$table.take(handle).map(drop));
        }
    )*};
}

releases! {
    release_adapter adapters
    release_device devices
    release_buffer buffers
    release_texture textures
    release_view views
    release_sampler samplers
    release_query_set query_sets
    release_bind_group_layout bind_group_layouts
    release_bind_group bind_groups
    release_pipeline_layout pipeline_layouts
    release_module modules
    release_pipeline pipelines
    release_encoder encoders
    release_pass passes
    release_commands commands
}
