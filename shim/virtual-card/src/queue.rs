//! What a hardware queue of the command processor or of SDMA has in common: a thread that works
//! while the write pointer is ahead of the read pointer, and can be stopped whatever it does.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Condvar, Mutex};
use std::thread::JoinHandle;
use std::time::Duration;

use crate::device::{lock, Device};

/// How long a queue that waits for memory sleeps at most before it looks again. The host writes
/// memory without telling the card, so waiting is polling; it starts short for latency.
const POLL: [Duration; 3] = [
    Duration::from_micros(5),
    Duration::from_micros(50),
    Duration::from_micros(500),
];

/// The two sides of a running queue.
pub(crate) struct Control {
    wptr: AtomicU64,
    /// Raised to end the queue at once; running waves look at it.
    pub kill: AtomicBool,
    sleep: Mutex<()>,
    wake: Condvar,
}

impl Control {
    /// A queue whose write pointer is here.
    pub fn new(wptr: u64) -> Arc<Control> {
        Arc::new(Control {
            wptr: AtomicU64::new(wptr),
            kill: AtomicBool::new(false),
            sleep: Mutex::new(()),
            wake: Condvar::new(),
        })
    }

    /// The doorbell.
    pub fn ring(&self, wptr: u64) {
        self.wptr.store(wptr, Ordering::Release);
        let _asleep = lock(&self.sleep);
        self.wake.notify_all();
    }

    /// The write pointer.
    pub fn wptr(&self) -> u64 {
        self.wptr.load(Ordering::Acquire)
    }

    /// Ends the queue.
    pub fn stop(&self) {
        self.kill.store(true, Ordering::Release);
        let _asleep = lock(&self.sleep);
        self.wake.notify_all();
    }

    /// Whether the queue is to end.
    pub fn is_stopped(&self) -> bool {
        self.kill.load(Ordering::Acquire)
    }

    /// Waits for a write pointer ahead of `rptr`. `false` ends the queue.
    pub fn wait_for_work(&self, rptr: u64) -> bool {
        let mut asleep = lock(&self.sleep);
        loop {
            if self.is_stopped() {
                return false;
            }
            if self.wptr() > rptr {
                return true;
            }
            asleep = self.wake.wait(asleep).unwrap_or_else(|e| e.into_inner());
        }
    }

    /// Polls until `done` says so. `false` if the queue is to end first.
    pub fn poll<E>(
        &self,
        device: &Device,
        mut done: impl FnMut() -> Result<bool, E>,
    ) -> Result<bool, E> {
        let mut polls = 0usize;
        loop {
            let seen = device.event();
            if done()? {
                return Ok(true);
            }
            if self.is_stopped() {
                return Ok(false);
            }
            device.wait_event(seen, POLL[(polls / 64).min(POLL.len() - 1)]);
            polls += 1;
        }
    }

    /// Stays where it is until it is stopped: a queue that hangs.
    pub fn hang(&self) {
        let mut asleep = lock(&self.sleep);
        while !self.is_stopped() {
            asleep = self.wake.wait(asleep).unwrap_or_else(|e| e.into_inner());
        }
    }
}

/// A queue's thread, as its block keeps it.
pub(crate) struct Running {
    pub control: Arc<Control>,
    pub doorbell: Option<u32>,
    /// Whether it was rung since the queue started.
    pub rung: AtomicBool,
    pub thread: Option<JoinHandle<()>>,
}

impl Running {
    /// Ends the queue and waits for its thread, unless that is the one asking.
    pub fn finish(mut self, device: &Device) {
        self.control.stop();
        device.notify();
        if let Some(thread) = self.thread.take() {
            if thread.thread().id() != std::thread::current().id() {
                let _ = thread.join();
            }
        }
    }
}
