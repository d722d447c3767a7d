//! A look at what goes through a BAR, and a hand in it.

use std::sync::Arc;

use crate::{Bar, DmaMemory, Link, LinkError};

/// What a [`Tapped`] link does with accesses to BARs. By itself it does nothing.
pub trait Tap: Send + Sync {
    /// Sees, and may change, what was read.
    fn read(&self, _bar: u32, _offset: u64, _data: &mut [u8]) {}

    /// Sees what is to be written, and says whether it goes on to the card.
    fn write(&self, _bar: u32, _offset: u64, _data: &[u8]) -> bool {
        true
    }
}

/// A link whose accesses to BARs pass by a [`Tap`]. Everything else, and the memory that it hands
/// out, is the inner link's.
pub struct Tapped<T> {
    inner: Arc<dyn Link>,
    /// Where they pass by.
    pub tap: T,
}

impl<T> Tapped<T> {
    /// Puts a tap in front of a link.
    pub fn new(inner: Arc<dyn Link>, tap: T) -> Tapped<T> {
        Tapped { inner, tap }
    }
}

impl<T: Tap> Link for Tapped<T> {
    fn describe(&self) -> String {
        self.inner.describe()
    }

    fn config_read(&self, offset: u32, size: u32) -> Result<u32, LinkError> {
        self.inner.config_read(offset, size)
    }

    fn config_write(&self, offset: u32, size: u32, value: u32) -> Result<(), LinkError> {
        self.inner.config_write(offset, size, value)
    }

    fn map_bar(&self, bar: u32) -> Result<Bar, LinkError> {
        self.inner.map_bar(bar)
    }

    fn resize_bar(&self, bar: u32) -> Result<(), LinkError> {
        self.inner.resize_bar(bar)
    }

    fn reset(&self) -> Result<(), LinkError> {
        self.inner.reset()
    }

    fn read(&self, bar: u32, offset: u64, data: &mut [u8]) -> Result<(), LinkError> {
        self.inner.read(bar, offset, data)?;
        self.tap.read(bar, offset, data);
        Ok(())
    }

    fn write(&self, bar: u32, offset: u64, data: &[u8]) -> Result<(), LinkError> {
        if !self.tap.write(bar, offset, data) {
            return Ok(());
        }
        self.inner.write(bar, offset, data)
    }

    fn alloc_dma(&self, size: u64) -> Result<Arc<dyn DmaMemory>, LinkError> {
        self.inner.alloc_dma(size)
    }

    fn check_open(&self) -> Result<(), LinkError> {
        self.inner.check_open()
    }

    fn diagnosis(&self) -> Option<String> {
        self.inner.diagnosis()
    }
}
