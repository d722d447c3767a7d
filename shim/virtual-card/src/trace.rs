//! A record of everything that a client did to the card, and of what the card did, decoded.
//!
//! One line an event: seconds since power-on, letter or word for the kind, names as the vendor
//! writes them. Without a sink nothing is formatted.

use std::fmt;
use std::io::Write;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::Mutex;
use std::time::Instant;

/// Where lines go.
pub struct Trace {
    on: AtomicBool,
    sink: Mutex<Option<Box<dyn Write + Send>>>,
    start: Instant,
}

impl Default for Trace {
    fn default() -> Trace {
        Trace {
            on: AtomicBool::new(false),
            sink: Mutex::new(None),
            start: Instant::now(),
        }
    }
}

impl Trace {
    /// Sends lines to a sink from now on.
    pub fn set_sink(&self, sink: Box<dyn Write + Send>) {
        *self.sink.lock().unwrap_or_else(|e| e.into_inner()) = Some(sink);
        self.on.store(true, Ordering::Release);
    }

    /// Whether anyone listens.
    pub fn is_on(&self) -> bool {
        self.on.load(Ordering::Acquire)
    }

    /// Writes a line, if anyone listens. A sink that fails is dropped: tracing never stops a card.
    pub fn line(&self, text: fmt::Arguments<'_>) {
        if !self.is_on() {
            return;
        }
        let mut sink = self.sink.lock().unwrap_or_else(|e| e.into_inner());
        if let Some(to) = sink.as_mut() {
            let seconds = self.start.elapsed().as_secs_f64();
            if writeln!(to, "{seconds:9.4} {text}").is_err() {
                *sink = None;
                self.on.store(false, Ordering::Release);
            }
        }
    }

    /// Writes out what is buffered.
    pub fn flush(&self) {
        if let Some(to) = self.sink.lock().unwrap_or_else(|e| e.into_inner()).as_mut() {
            let _ = to.flush();
        }
    }
}
