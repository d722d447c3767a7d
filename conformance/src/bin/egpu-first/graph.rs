//! What a launch costs the host, and the same launches as a CUDA graph: whether graphs are worth
//! having in the card.

use std::ffi::{c_int, c_uint, c_ulonglong, c_void};
use std::time::{Duration, Instant};

use egpu_driver::cuda::functions::{Function, Status, Stream};

use crate::raw::{check, Raw};
use crate::{Outcome, HEAD};

/// Launches that are measured together.
const LAUNCHES: usize = 1000;

/// Measurements, of which the fastest counts: what disturbs only adds.
const ROUNDS: usize = 7;

/// Bytes of an argument block: four bindings and a grid.
const BLOCK: usize = 80;

/// `CU_STREAM_CAPTURE_MODE_THREAD_LOCAL`.
const CAPTURE_THREAD_LOCAL: c_uint = 1;

type Handle = *mut c_void;

/// The functions of graphs, by the names that drivers of CUDA 12.0 and later export.
struct Graphs {
    begin: unsafe extern "system" fn(Stream, c_uint) -> Status,
    end: unsafe extern "system" fn(Stream, *mut Handle) -> Status,
    instantiate: unsafe extern "system" fn(*mut Handle, Handle, c_ulonglong) -> Status,
    launch: unsafe extern "system" fn(Handle, Stream) -> Status,
    update: unsafe extern "system" fn(Handle, Handle, *mut UpdateResult) -> Status,
    destroy: unsafe extern "system" fn(Handle) -> Status,
    destroy_instance: unsafe extern "system" fn(Handle) -> Status,
}

/// `CUgraphExecUpdateResultInfo`.
#[repr(C)]
struct UpdateResult {
    result: c_int,
    node: Handle,
    from: Handle,
}

impl Graphs {
    fn load() -> Outcome<Graphs> {
        let name = if cfg!(windows) {
            "nvcuda.dll"
        } else {
            "libcuda.so.1"
        };
        // SAFETY: the driver's library, which is loaded already and never unloaded.
        let library = unsafe { libloading::Library::new(name) }.map_err(crate::text)?;
        let library = Box::leak(Box::new(library));
        macro_rules! symbol {
            ($name:literal) => {
                // SAFETY: the type is the function's by the driver's header.
                *unsafe { library.get(concat!($name, "\0").as_bytes()) }.map_err(crate::text)?
            };
        }
        Ok(Graphs {
            begin: symbol!("cuStreamBeginCapture_v2"),
            end: symbol!("cuStreamEndCapture"),
            instantiate: symbol!("cuGraphInstantiateWithFlags"),
            launch: symbol!("cuGraphLaunch"),
            update: symbol!("cuGraphExecUpdate_v2"),
            destroy: symbol!("cuGraphDestroy"),
            destroy_instance: symbol!("cuGraphExecDestroy"),
        })
    }
}

fn nothing_text() -> String {
    format!(
        "{HEAD}.visible .entry nothing(.param .align 16 .b8 args[{BLOCK}])\n.reqntid 32, 1, 1\n\
         {{\nret;\n}}\n"
    )
}

/// Nanoseconds of one launch in the fastest round.
fn fastest(mut round: impl FnMut() -> Outcome<Duration>) -> Outcome<f64> {
    let mut best = Duration::MAX;
    for _ in 0..ROUNDS {
        best = best.min(round()?);
    }
    Ok(best.as_nanos() as f64 / LAUNCHES as f64)
}

/// Nanoseconds of one launch, all of which a call makes: until it returns, and until the card is done.
fn costs(raw: &Raw, launches: impl Fn() -> Outcome<()>) -> Outcome<(f64, f64)> {
    launches()?;
    raw.wait()?;
    let host = fastest(|| {
        let start = Instant::now();
        launches()?;
        let took = start.elapsed();
        raw.wait()?;
        Ok(took)
    })?;
    let all = fastest(|| {
        let start = Instant::now();
        launches()?;
        raw.wait()?;
        Ok(start.elapsed())
    })?;
    Ok((host, all))
}

fn launches(raw: &Raw, function: Function) -> Outcome<()> {
    let mut block = [0u8; BLOCK];
    for n in 0..LAUNCHES {
        // As with bindings, every block is another.
        block[..8].copy_from_slice(&n.to_le_bytes());
        raw.launch(function, 32, &block)?;
    }
    Ok(())
}

/// The cost in a plain stream, in words.
pub fn plain(raw: &Raw) -> Outcome<String> {
    let function = raw.load(&raw.compile(&nothing_text())?, "nothing")?;
    let (host, all) = costs(raw, || launches(raw, function))?;
    Ok(format!(
        "{host:.0} ns a launch on the host, {all:.0} ns until done"
    ))
}

/// The same launches as a graph.
pub fn graph(raw: &Raw) -> Outcome<String> {
    let graphs = Graphs::load()?;
    let function = raw.load(&raw.compile(&nothing_text())?, "nothing")?;
    let done = |what: &str, code| check(&raw.functions, what, code);
    let capture = || -> Outcome<Handle> {
        let mut graph = std::ptr::null_mut();
        // SAFETY: the stream is this context's; the out pointer is to a live variable.
        done("beginning a capture", unsafe {
            (graphs.begin)(raw.stream, CAPTURE_THREAD_LOCAL)
        })?;
        let launched = launches(raw, function);
        // SAFETY: as above. Also after an error: the stream must not stay in capture.
        let ended = done("ending a capture", unsafe {
            (graphs.end)(raw.stream, &mut graph)
        });
        launched.and(ended).map(|()| graph)
    };
    let instance = |graph| -> Outcome<Handle> {
        let mut instance = std::ptr::null_mut();
        // SAFETY: the graph is live; the out pointer is to a live variable.
        let code = unsafe { (graphs.instantiate)(&mut instance, graph, 0) };
        done("instantiating a graph", code).map(|()| instance)
    };
    // Graphs of this function are few and small, and end with the context.
    let captured = fastest(|| {
        let start = Instant::now();
        let graph = capture()?;
        let took = start.elapsed();
        // SAFETY: the graph is live and not used again.
        done("destroying a graph", unsafe { (graphs.destroy)(graph) })?;
        Ok(took)
    })?;
    let first = capture()?;
    let instantiated = fastest(|| {
        let start = Instant::now();
        let made = instance(first)?;
        let took = start.elapsed();
        // SAFETY: the instance is live and not used again.
        done("destroying an instance", unsafe {
            (graphs.destroy_instance)(made)
        })?;
        Ok(took)
    })?;
    let ready = instance(first)?;
    let (host, all) = costs(raw, || {
        // SAFETY: the instance is live, the stream this context's.
        let code = unsafe { (graphs.launch)(ready, raw.stream) };
        done("launching a graph", code)
    })?;
    let second = capture()?;
    let updated = fastest(|| {
        let mut result = UpdateResult {
            result: 0,
            node: std::ptr::null_mut(),
            from: std::ptr::null_mut(),
        };
        let start = Instant::now();
        // SAFETY: instance and graph are live; the out pointer is to a live variable.
        let code = unsafe { (graphs.update)(ready, second, &mut result) };
        done("updating an instance", code)?;
        Ok(start.elapsed())
    })?;
    Ok(format!(
        "{host:.1} ns a launch on the host, {all:.0} ns until done; to capture {captured:.0} ns, \
         to instantiate {instantiated:.0} ns, to update {updated:.0} ns a launch"
    ))
}
