//! The driver made of software by itself: what it does with streams and events, and what it answers
//! where NVIDIA's would corrupt memory or crash.

use std::ffi::c_void;

use egpu_conformance::ptx::driver::{functions, Config, Gpu};
use egpu_driver::cuda::functions::{value::status, Context, Event, Functions, Status, Stream};

const BYTES: usize = 4096;

/// A context with two streams, device memory, and page-locked memory of ones and twos.
struct Bare {
    table: Functions,
    context: Context,
    streams: [Stream; 2],
    device: u64,
    host: Vec<Vec<u32>>,
}

fn sound(code: Status) {
    assert_eq!(code, status::SUCCESS);
}

impl Bare {
    fn new(orders: u64) -> Bare {
        let gpu = Gpu::add(Config {
            orders,
            ..Config::default()
        });
        let table = functions();
        let mut bare = Bare {
            table,
            context: Context::NULL,
            streams: [Stream::NULL; 2],
            device: 0,
            host: (0..3).map(|n| vec![n; BYTES / 4]).collect(),
        };
        // SAFETY: pointers are to live variables; registered memory outlives the context.
        unsafe {
            sound((table.cuCtxCreate_v2)(&mut bare.context, 0, gpu.ordinal()));
            for stream in &mut bare.streams {
                sound((table.cuStreamCreate)(stream, 1));
            }
            sound((table.cuMemAlloc_v2)(&mut bare.device, BYTES));
            for memory in &mut bare.host {
                let memory = memory.as_mut_ptr().cast();
                sound((table.cuMemHostRegister_v2)(memory, BYTES, 3));
            }
        }
        bare
    }

    fn host(&mut self, n: usize) -> u64 {
        self.host[n].as_mut_ptr().expose_provenance() as u64
    }

    fn copy(&self, to: u64, from: u64, stream: usize) -> Status {
        // SAFETY: the driver judges its arguments.
        unsafe { (self.table.cuMemcpyAsync)(to, from, BYTES, self.streams[stream]) }
    }

    fn record(&self, stream: usize) -> Event {
        let mut event = Event::NULL;
        // SAFETY: the pointer is to a live variable.
        unsafe {
            sound((self.table.cuEventCreate)(&mut event, 2));
            sound((self.table.cuEventRecord)(event, self.streams[stream]));
        }
        event
    }

    fn wait(&self, stream: usize, event: Event) {
        // SAFETY: stream and event are the context's.
        sound(unsafe { (self.table.cuStreamWaitEvent)(self.streams[stream], event, 0) });
    }

    /// Asks until it is answered.
    fn finish(&self, event: Event) -> Status {
        loop {
            // SAFETY: the event is the context's.
            match unsafe { (self.table.cuEventQuery)(event) } {
                status::NOT_READY => std::thread::yield_now(),
                code => return code,
            }
        }
    }
}

impl Drop for Bare {
    fn drop(&mut self) {
        // SAFETY: the context was made by this and is not used again.
        sound(unsafe { (self.table.cuCtxDestroy_v2)(self.context) });
    }
}

/// Ones through one stream to the card, and from there back through the other.
fn through_both(bare: &mut Bare, waits: bool, back_first: bool) -> Vec<u32> {
    let (ones, back, device) = (bare.host(1), bare.host(0), bare.device);
    sound(bare.copy(device, ones, 0));
    let written = bare.record(0);
    if waits {
        bare.wait(1, written);
    }
    sound(bare.copy(back, device, 1));
    let end = bare.record(1);
    let ends = match back_first {
        true => [end, written],
        false => [written, end],
    };
    ends.into_iter().for_each(|end| sound(bare.finish(end)));
    bare.host[0].clone()
}

#[test]
fn streams_are_ordered_by_events_and_by_nothing_else() {
    let ones = vec![1; BYTES / 4];
    assert_eq!(through_both(&mut Bare::new(0), false, true), ones);
    for manner in 1..=4 {
        let runs = || (0..8).flat_map(|n| [true, false].map(|asked| (manner + 4 * n, asked)));
        for (seed, asked) in runs() {
            let got = through_both(&mut Bare::new(seed), true, asked);
            assert_eq!(got, ones, "{seed}");
        }
        let mut wrong = runs()
            .filter(|&(seed, asked)| through_both(&mut Bare::new(seed), false, asked) != ones);
        assert!(wrong.next().is_some(), "{manner}: every order is right");
    }
}

#[test]
fn a_stream_is_in_order_in_itself() {
    for seed in 0..32 {
        let mut bare = Bare::new(seed);
        let [back, ones, twos] = [0, 1, 2].map(|n| bare.host(n));
        let device = bare.device;
        sound(bare.copy(device, ones, 0));
        sound(bare.copy(device, twos, 0));
        sound(bare.copy(back, device, 0));
        let end = bare.record(0);
        sound(bare.finish(end));
        assert_eq!(bare.host[0], vec![2; BYTES / 4], "{seed}");
    }
}

#[test]
fn an_event_stands_for_its_record_when_the_wait_was_called() {
    // Recorded again, it would stand for what comes after the wait, which is a circle.
    for seed in 0..32 {
        let mut bare = Bare::new(seed);
        let (ones, back, device) = (bare.host(1), bare.host(0), bare.device);
        sound(bare.copy(device, ones, 0));
        let event = bare.record(0);
        bare.wait(1, event);
        sound(bare.copy(back, device, 1));
        let end = bare.record(1);
        bare.wait(0, end);
        // SAFETY: event and stream are the context's.
        sound(unsafe { (bare.table.cuEventRecord)(event, bare.streams[0]) });
        sound(bare.finish(event));
        assert_eq!(bare.host[0], vec![1; BYTES / 4], "{seed}");
    }
}

#[test]
fn a_source_that_is_overwritten_before_its_copy_is_told() {
    // By the host:
    let mut bare = Bare::new(1);
    let (ones, device) = (bare.host(1), bare.device);
    sound(bare.copy(device, ones, 0));
    bare.host[1][BYTES / 8] = 7;
    let end = bare.record(0);
    assert_eq!(bare.finish(end), status::LAUNCH_FAILED);
    // By the card, in order:
    let mut bare = Bare::new(1);
    let [back, ones, twos] = [0, 1, 2].map(|n| bare.host(n));
    let device = bare.device;
    sound(bare.copy(device, twos, 0));
    sound(bare.copy(ones, device, 0));
    sound(bare.copy(device, ones, 0));
    sound(bare.copy(back, device, 0));
    let end = bare.record(0);
    sound(bare.finish(end));
    assert_eq!(bare.host[0], vec![2; BYTES / 4]);
}

#[test]
fn memory_must_stay_until_its_copy_is_done() {
    // SAFETY: in these, the memory is registered; the driver judges the rest.
    let frees: [fn(&mut Bare); 2] = [
        |bare| sound(unsafe { (bare.table.cuMemFree_v2)(bare.device) }),
        |bare| {
            let memory = bare.host[1].as_mut_ptr().cast::<c_void>();
            // SAFETY: as above.
            sound(unsafe { (bare.table.cuMemHostUnregister)(memory) });
        },
    ];
    for free in frees {
        let mut bare = Bare::new(1);
        let (ones, device) = (bare.host(1), bare.device);
        sound(bare.copy(device, ones, 0));
        let end = bare.record(0);
        free(&mut bare);
        assert_eq!(bare.finish(end), status::ILLEGAL_ADDRESS);
    }
}

#[test]
fn copies_that_would_wait_for_the_card_are_refused() {
    let bare = Bare::new(0);
    let pageable = vec![0u8; BYTES];
    let address = pageable.as_ptr().expose_provenance() as u64;
    assert_eq!(bare.copy(bare.device, address, 0), status::INVALID_VALUE);
    assert_eq!(bare.copy(address, bare.device, 0), status::INVALID_VALUE);
}

#[test]
fn events_end_with_their_context() {
    let gone = Bare::new(0).record(0);
    let bare = Bare::new(0);
    // SAFETY: handles are numbers here, and the driver judges them.
    unsafe {
        assert_eq!((bare.table.cuEventQuery)(gone), status::INVALID_HANDLE);
        for code in [
            (bare.table.cuStreamWaitEvent)(bare.streams[0], gone, 0),
            (bare.table.cuEventRecord)(gone, bare.streams[0]),
        ] {
            assert_eq!(code, status::INVALID_HANDLE);
        }
    }
}
