//! Breaking a link on purpose.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use crate::{Bar, DmaMemory, Link, LinkError, Segment};

/// How a link breaks.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Fault {
    /// Every operation fails as after a pulled cable or a dead server.
    Lost,
    /// Every answered operation waits so long, then fails as unanswered; writes vanish.
    Stall(Duration),
    /// Every answer is too short.
    ShortAnswer,
    /// BARs and configuration space read as ones, and writes vanish: the card fell off the bus.
    AllOnes,
    /// Host memory is refused.
    NoHostMemory,
}

#[derive(Default)]
struct Plan {
    fault: Option<Fault>,
    /// Operations to let through before the fault begins.
    remaining: u64,
}

/// Breaks another link when told to. Clones share their plan.
#[derive(Clone)]
pub struct FaultInjector {
    inner: Arc<dyn Link>,
    plan: Arc<Mutex<Plan>>,
}

impl FaultInjector {
    /// Starts healthy.
    pub fn new(inner: Arc<dyn Link>) -> FaultInjector {
        FaultInjector {
            inner,
            plan: Arc::default(),
        }
    }

    /// Breaks the link after so many further operations.
    pub fn inject(&self, fault: Fault, after: u64) {
        *self.plan.lock().unwrap_or_else(|p| p.into_inner()) = Plan {
            fault: Some(fault),
            remaining: after,
        };
    }

    /// Repairs the link.
    pub fn clear(&self) {
        *self.plan.lock().unwrap_or_else(|p| p.into_inner()) = Plan::default();
    }

    fn due(&self) -> Option<Fault> {
        let mut plan = self.plan.lock().unwrap_or_else(|p| p.into_inner());
        plan.fault.as_ref()?;
        if plan.remaining > 0 {
            plan.remaining -= 1;
            return None;
        }
        plan.fault.clone()
    }

    /// Applies a due fault to an answered operation; `ones` makes the answer of a dead bus.
    fn answered<T>(
        &self,
        during: &'static str,
        ones: impl FnOnce() -> Option<T>,
        operation: impl FnOnce() -> Result<T, LinkError>,
    ) -> Result<T, LinkError> {
        match self.due() {
            None | Some(Fault::NoHostMemory) => operation(),
            Some(Fault::Lost) => Err(LinkError::Lost { during }),
            Some(Fault::Stall(time)) => {
                std::thread::sleep(time);
                Err(LinkError::Stalled {
                    during,
                    seconds: time.as_secs(),
                })
            }
            Some(Fault::ShortAnswer) => Err(LinkError::Malformed {
                operation: during,
                what: "0 bytes".into(),
            }),
            Some(Fault::AllOnes) => ones().map_or_else(operation, Ok),
        }
    }

    fn posted(
        &self,
        during: &'static str,
        operation: impl FnOnce() -> Result<(), LinkError>,
    ) -> Result<(), LinkError> {
        match self.due() {
            None | Some(Fault::NoHostMemory) => operation(),
            Some(Fault::Lost) => Err(LinkError::Lost { during }),
            Some(Fault::Stall(_) | Fault::ShortAnswer | Fault::AllOnes) => Ok(()),
        }
    }
}

impl Link for FaultInjector {
    fn describe(&self) -> String {
        self.inner.describe()
    }

    fn config_read(&self, offset: u32, size: u32) -> Result<u32, LinkError> {
        let ones = || Some(u32::MAX >> (32 - 8 * size.clamp(1, 4)));
        self.answered("reading configuration space", ones, || {
            self.inner.config_read(offset, size)
        })
    }

    fn config_write(&self, offset: u32, size: u32, value: u32) -> Result<(), LinkError> {
        self.answered(
            "writing configuration space",
            || Some(()),
            || self.inner.config_write(offset, size, value),
        )
    }

    fn map_bar(&self, bar: u32) -> Result<Bar, LinkError> {
        self.answered("mapping a BAR", || None, || self.inner.map_bar(bar))
    }

    fn resize_bar(&self, bar: u32) -> Result<(), LinkError> {
        self.answered("resizing a BAR", || None, || self.inner.resize_bar(bar))
    }

    fn reset(&self) -> Result<(), LinkError> {
        self.answered("resetting the card", || Some(()), || self.inner.reset())
    }

    fn read(&self, bar: u32, offset: u64, data: &mut [u8]) -> Result<(), LinkError> {
        let mut dead = false;
        let ones = || {
            dead = true;
            Some(())
        };
        let result = self.answered("reading from the card", ones, || {
            self.inner.read(bar, offset, data)
        });
        if dead {
            data.fill(0xff);
        }
        result
    }

    fn write(&self, bar: u32, offset: u64, data: &[u8]) -> Result<(), LinkError> {
        self.posted("writing to the card", || {
            self.inner.write(bar, offset, data)
        })
    }

    fn alloc_dma(&self, size: u64) -> Result<Arc<dyn DmaMemory>, LinkError> {
        if self.due() == Some(Fault::NoHostMemory) {
            return Err(LinkError::OutOfMemory {
                asked: size,
                why: "injected".into(),
            });
        }
        let memory = self.answered(
            "allocating host memory",
            || None,
            || self.inner.alloc_dma(size),
        )?;
        Ok(Arc::new(FaultyMemory {
            inner: memory,
            link: self.clone(),
        }))
    }

    fn check_open(&self) -> Result<(), LinkError> {
        let plan = self.plan.lock().unwrap_or_else(|p| p.into_inner());
        match (&plan.fault, plan.remaining) {
            (Some(Fault::Lost), 0) => Err(LinkError::Lost {
                during: "waiting for the card",
            }),
            _ => self.inner.check_open(),
        }
    }

    fn diagnosis(&self) -> Option<String> {
        self.inner.diagnosis()
    }
}

struct FaultyMemory {
    inner: Arc<dyn DmaMemory>,
    link: FaultInjector,
}

impl DmaMemory for FaultyMemory {
    fn size(&self) -> u64 {
        self.inner.size()
    }

    fn segments(&self) -> &[Segment] {
        self.inner.segments()
    }

    fn mapping(&self) -> Option<*mut u8> {
        self.inner.mapping()
    }

    fn read(&self, offset: u64, data: &mut [u8]) -> Result<(), LinkError> {
        if self.inner.mapping().is_some() {
            return self.inner.read(offset, data);
        }
        self.link.answered(
            "reading host memory",
            || None,
            || self.inner.read(offset, data),
        )
    }

    fn write(&self, offset: u64, data: &[u8]) -> Result<(), LinkError> {
        if self.inner.mapping().is_some() {
            return self.inner.write(offset, data);
        }
        self.link
            .posted("writing host memory", || self.inner.write(offset, data))
    }
}
