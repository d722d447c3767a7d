//! Contexts, which are current by thread, and their streams and events.
//!
//! A context has a thread that does its work as it was planned. Destroying it ends the work that waits, and
//! takes everything along that was made in it.

use std::ffi::c_uint;
use std::sync::atomic::Ordering;
use std::sync::mpsc::channel;
use std::sync::{Arc, PoisonError};

use egpu_driver::cuda::functions::{value::status, Context, DeviceId, Event, Status, Stream};

use super::super::schedule::{Mark, Streams};
use super::super::state::{self, fresh, handle, id, registered, state, Health, Id, State, CURRENT};
use super::super::work::{self, Work};
use super::{answer, current, device, enqueue, give};

pub(super) unsafe extern "system" fn cuCtxCreate_v2(
    to: *mut Context,
    _flags: c_uint,
    ordinal: DeviceId,
) -> Status {
    answer(device(ordinal).and_then(|gpu| {
        if let Some(code) = gpu.call("cuCtxCreate_v2") {
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
            streams: Streams::new(gpu.config.orders, sender),
            gpu,
            health,
            worker,
        };
        state().contexts.insert(id, context);
        CURRENT.with_borrow_mut(|stack| stack.push(id));
        // SAFETY: see `give`.
        unsafe { give(to, Context(handle(id))) }
    }))
}

pub(super) unsafe extern "system" fn cuCtxDestroy_v2(context: Context) -> Status {
    let id = id(context.0);
    let ended = {
        let mut state = state();
        let Some(ended) = state.contexts.remove(&id) else {
            return status::INVALID_CONTEXT;
        };
        state.events.retain(|_, (of, _)| *of != id);
        state.modules.retain(|_, (of, _)| *of != id);
        state.functions.retain(|_, function| function.context != id);
        state.linkers.retain(|_, linker| linker.context != id);
        state.allocations.retain(|(of, _), bytes| {
            if *of == id {
                ended.gpu.counts.used.fetch_sub(*bytes, Ordering::Relaxed);
            }
            *of != id
        });
        ended
    };
    ended.health.cancelled.store(true, Ordering::Release);
    drop(ended.streams);
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

pub(super) unsafe extern "system" fn cuCtxPushCurrent_v2(context: Context) -> Status {
    let id = id(context.0);
    if !state().contexts.contains_key(&id) {
        return status::INVALID_CONTEXT;
    }
    CURRENT.with_borrow_mut(|stack| stack.push(id));
    status::SUCCESS
}

pub(super) unsafe extern "system" fn cuCtxPopCurrent_v2(to: *mut Context) -> Status {
    match CURRENT.with_borrow_mut(Vec::pop) {
        // SAFETY: see `give`.
        Some(id) => answer(unsafe { give(to, Context(handle(id))) }),
        None => status::INVALID_CONTEXT,
    }
}

pub(super) unsafe extern "system" fn cuStreamCreate(to: *mut Stream, _flags: c_uint) -> Status {
    answer(current("cuStreamCreate").and_then(|(context, _)| {
        let id = fresh();
        match state().contexts.get_mut(&context) {
            Some(context) => context.streams.add(id),
            None => return Err(status::INVALID_CONTEXT),
        }
        // SAFETY: see `give`.
        unsafe { give(to, Stream(handle(id))) }
    }))
}

pub(super) unsafe extern "system" fn cuEventCreate(to: *mut Event, _flags: c_uint) -> Status {
    answer(current("cuEventCreate").and_then(|(context, _)| {
        let id = fresh();
        // An event that was never recorded counts as reached.
        state().events.insert(id, (context, Mark::new(true)));
        // SAFETY: see `give`.
        unsafe { give(to, Event(handle(id))) }
    }))
}

pub(super) unsafe extern "system" fn cuEventRecord(event: Event, stream: Stream) -> Status {
    answer(current("cuEventRecord").and_then(|(context, gpu)| {
        if gpu.ignores("cuEventRecord") {
            return Ok(());
        }
        let mark = Mark::new(false);
        match state().events.get_mut(&id(event.0)) {
            // Who waits for what it stood for before goes on to do so.
            Some((of, old)) if *of == context => *old = mark.clone(),
            _ => return Err(status::INVALID_HANDLE),
        }
        enqueue(context, Some(stream), Work::Event(mark))
    }))
}

pub(super) unsafe extern "system" fn cuEventQuery(event: Event) -> Status {
    answer(current("cuEventQuery").and_then(|(context, gpu)| {
        let mut state = state();
        let mark = mark(&state, context, event)?;
        if let Some(context) = state.contexts.get_mut(&context) {
            context.streams.ask(&mark, &gpu.counts);
        }
        match mark.is_reached() {
            true => Ok(()),
            false => Err(status::NOT_READY),
        }
    }))
}

pub(super) unsafe extern "system" fn cuStreamWaitEvent(
    stream: Stream,
    event: Event,
    flags: c_uint,
) -> Status {
    answer(current("cuStreamWaitEvent").and_then(|(context, gpu)| {
        if flags != 0 {
            return Err(status::INVALID_VALUE);
        }
        let mut state = state();
        let mark = mark(&state, context, event)?;
        if gpu.ignores("cuStreamWaitEvent") {
            return Ok(());
        }
        let context = state.contexts.get_mut(&context);
        let context = context.ok_or(status::INVALID_CONTEXT)?;
        context.streams.wait(id(stream.0), mark, &gpu.counts)
    }))
}

/// What an event of a context stands for.
fn mark(state: &State, context: Id, event: Event) -> Result<Arc<Mark>, Status> {
    match state.events.get(&id(event.0)) {
        Some((of, mark)) if *of == context => Ok(mark.clone()),
        _ => Err(status::INVALID_HANDLE),
    }
}
