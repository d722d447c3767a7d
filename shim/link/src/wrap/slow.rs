//! What a cable costs: a delay per message and per byte.

use std::sync::Arc;
use std::time::{Duration, Instant};

use crate::{Bar, DmaMemory, Link, LinkError, Segment};

/// A cable's figures.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Cable {
    /// Time from a request to its answer.
    pub round_trip: Duration,
    /// Time that the processor spends on a posted message.
    pub post: Duration,
    /// Payload bytes per second.
    pub bytes_per_second: f64,
}

impl Cable {
    /// A USB4 enclosure as reports describe it: 40 Gb/s of which PCIe gets about 2.8 GB/s, some
    /// microseconds to the card and back, and the socket to TinyGPU's server before that.
    pub const USB4: Cable = Cable {
        round_trip: Duration::from_micros(30),
        post: Duration::from_micros(4),
        bytes_per_second: 2.8e9,
    };

    /// Waits for as long as `bytes` of payload take, and for `fixed`.
    pub fn wait(&self, fixed: Duration, bytes: usize) {
        let payload = Duration::from_secs_f64(bytes as f64 / self.bytes_per_second);
        let end = Instant::now() + fixed + payload;
        // The system's sleep is too coarse for microseconds.
        loop {
            let left = end.saturating_duration_since(Instant::now());
            if left.is_zero() {
                return;
            }
            if left > Duration::from_millis(1) {
                std::thread::sleep(left - Duration::from_micros(500));
            } else {
                std::hint::spin_loop();
            }
        }
    }
}

/// Delays another link's operations as a cable would. What the card itself reads and writes in host
/// memory is not delayed: it does not pass through a link.
pub struct SlowLink {
    inner: Arc<dyn Link>,
    cable: Cable,
}

impl SlowLink {
    /// Puts a cable in front of a link.
    pub fn new(inner: Arc<dyn Link>, cable: Cable) -> SlowLink {
        SlowLink { inner, cable }
    }

    fn answered<T>(
        &self,
        bytes: usize,
        operation: impl FnOnce() -> Result<T, LinkError>,
    ) -> Result<T, LinkError> {
        let result = operation();
        self.cable.wait(self.cable.round_trip, bytes);
        result
    }
}

impl Link for SlowLink {
    fn describe(&self) -> String {
        format!("{} (slowed)", self.inner.describe())
    }

    fn config_read(&self, offset: u32, size: u32) -> Result<u32, LinkError> {
        self.answered(0, || self.inner.config_read(offset, size))
    }

    fn config_write(&self, offset: u32, size: u32, value: u32) -> Result<(), LinkError> {
        self.answered(0, || self.inner.config_write(offset, size, value))
    }

    fn map_bar(&self, bar: u32) -> Result<Bar, LinkError> {
        self.answered(0, || self.inner.map_bar(bar))
    }

    fn resize_bar(&self, bar: u32) -> Result<(), LinkError> {
        self.answered(0, || self.inner.resize_bar(bar))
    }

    fn reset(&self) -> Result<(), LinkError> {
        self.answered(0, || self.inner.reset())
    }

    fn read(&self, bar: u32, offset: u64, data: &mut [u8]) -> Result<(), LinkError> {
        let bytes = data.len();
        self.answered(bytes, || self.inner.read(bar, offset, data))
    }

    fn write(&self, bar: u32, offset: u64, data: &[u8]) -> Result<(), LinkError> {
        self.cable.wait(self.cable.post, data.len());
        self.inner.write(bar, offset, data)
    }

    fn alloc_dma(&self, size: u64) -> Result<Arc<dyn DmaMemory>, LinkError> {
        let memory = self.answered(0, || self.inner.alloc_dma(size))?;
        if memory.mapping().is_some() {
            return Ok(memory);
        }
        Ok(Arc::new(SlowMemory {
            inner: memory,
            cable: self.cable,
        }))
    }

    fn check_open(&self) -> Result<(), LinkError> {
        self.inner.check_open()
    }

    fn diagnosis(&self) -> Option<String> {
        self.inner.diagnosis()
    }
}

struct SlowMemory {
    inner: Arc<dyn DmaMemory>,
    cable: Cable,
}

impl DmaMemory for SlowMemory {
    fn size(&self) -> u64 {
        self.inner.size()
    }

    fn segments(&self) -> &[Segment] {
        self.inner.segments()
    }

    fn mapping(&self) -> Option<*mut u8> {
        None
    }

    fn read(&self, offset: u64, data: &mut [u8]) -> Result<(), LinkError> {
        self.inner.read(offset, data)?;
        self.cable.wait(self.cable.round_trip, data.len());
        Ok(())
    }

    fn write(&self, offset: u64, data: &[u8]) -> Result<(), LinkError> {
        self.cable.wait(self.cable.post, data.len());
        self.inner.write(offset, data)
    }
}
