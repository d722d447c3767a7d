//! A card behind a server that speaks TinyGPU's protocol; both flavours.
//!
//! The flavours differ in how they are reached and in where host memory lies: on a unix socket it is
//! a mapped file that the server passes (so fences and rings cost no message), on TCP it lies behind
//! messages. Everything else is here. Accesses are checked against the sizes that MAP_BAR reported
//! before anything is sent, since the far side cannot be trusted to do so.

use std::sync::{Arc, Mutex, MutexGuard};
use std::time::Duration;

use crate::channel::Channel;
use crate::lock::CardLock;
use crate::shared::check_range;
use crate::wire::{self, Command, Request, BULK_LIMIT};
use crate::{Bar, DmaMemory, Link, LinkError};

/// How long things may take.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// For one answered operation, and for the server to take a posted one.
    pub answer: Duration,
    /// For a connection to be accepted.
    pub connect: Duration,
}

impl Default for Limits {
    fn default() -> Self {
        Limits {
            answer: Duration::from_secs(10),
            connect: Duration::from_secs(3),
        }
    }
}

/// Where the host memory of a flavour comes from.
pub(crate) enum Flavour {
    #[cfg(unix)]
    Unix,
    Tcp,
}

/// A connection to a server. Made by [`crate::connect_unix`] and [`crate::connect_tcp`].
pub struct RemoteLink {
    name: String,
    flavour: Flavour,
    channel: Arc<Mutex<Channel>>,
    bars: Mutex<[Option<Bar>; wire::BARS as usize]>,
    #[cfg_attr(not(unix), allow(dead_code))]
    allocations: Mutex<usize>,
    _lock: CardLock,
}

pub(crate) fn lock_channel(channel: &Mutex<Channel>) -> MutexGuard<'_, Channel> {
    // A panic inside leaves at worst a half-sent request, which the next answer shows as malformed.
    channel
        .lock()
        .unwrap_or_else(|poisoned| poisoned.into_inner())
}

impl RemoteLink {
    pub(crate) fn new(
        name: String,
        flavour: Flavour,
        channel: Arc<Mutex<Channel>>,
        lock: CardLock,
    ) -> RemoteLink {
        RemoteLink {
            name,
            flavour,
            channel,
            bars: Mutex::default(),
            allocations: Mutex::new(0),
            _lock: lock,
        }
    }

    fn call(&self, request: Request, during: &'static str) -> Result<[u64; 2], LinkError> {
        lock_channel(&self.channel).call(request, &[], during)
    }

    fn check_access(&self, bar: u32, offset: u64, length: u64) -> Result<(), LinkError> {
        let bars = self.bars.lock().unwrap_or_else(|p| p.into_inner());
        let size = match bars.get(bar as usize) {
            Some(Some(mapped)) => mapped.size,
            _ => {
                return Err(LinkError::OutOfRange {
                    what: "access to a BAR that is not mapped",
                    offset,
                    length,
                    size: 0,
                })
            }
        };
        check_range("access to a BAR", offset, length, size)?;
        // Registers are words: wider or narrower accesses hit the wrong ones on some servers.
        if bar == 5 && (length != 4 || !offset.is_multiple_of(4)) {
            return Err(LinkError::OutOfRange {
                what: "register access that is not an aligned word",
                offset,
                length,
                size,
            });
        }
        Ok(())
    }
}

impl Link for RemoteLink {
    fn describe(&self) -> String {
        self.name.clone()
    }

    fn config_read(&self, offset: u32, size: u32) -> Result<u32, LinkError> {
        let request = Request::new(
            Command::ConfigRead,
            0,
            [u64::from(offset), u64::from(size), 0],
        );
        let [value, _] = self.call(request, "reading configuration space")?;
        u32::try_from(value).map_err(|_| LinkError::Malformed {
            operation: "reading configuration space",
            what: format!("value {value:#x} for {size} bytes"),
        })
    }

    fn config_write(&self, offset: u32, size: u32, value: u32) -> Result<(), LinkError> {
        let args = [u64::from(offset), u64::from(size), u64::from(value)];
        let request = Request::new(Command::ConfigWrite, 0, args);
        self.call(request, "writing configuration space").map(drop)
    }

    fn map_bar(&self, bar: u32) -> Result<Bar, LinkError> {
        if bar >= wire::BARS {
            return Err(LinkError::OutOfRange {
                what: "BAR number",
                offset: u64::from(bar),
                length: 1,
                size: u64::from(wire::BARS),
            });
        }
        let request = Request::new(Command::MapBar, bar, [0; 3]);
        let [address, size] = self.call(request, "mapping a BAR")?;
        if size == 0 {
            return Err(LinkError::Refused {
                operation: "mapping a BAR",
                message: format!("BAR{bar} has no size (rebooting with the enclosure attached helps where the system gave it no space)"),
            });
        }
        let mapped = Bar { address, size };
        let mut bars = self.bars.lock().unwrap_or_else(|p| p.into_inner());
        bars[bar as usize] = Some(mapped);
        Ok(mapped)
    }

    fn resize_bar(&self, bar: u32) -> Result<(), LinkError> {
        let request = Request::new(Command::ResizeBar, bar, [0; 3]);
        self.call(request, "resizing a BAR").map(drop)
    }

    fn reset(&self) -> Result<(), LinkError> {
        let request = Request::new(Command::Reset, 0, [0; 3]);
        self.call(request, "resetting the card").map(drop)
    }

    fn read(&self, bar: u32, offset: u64, data: &mut [u8]) -> Result<(), LinkError> {
        self.check_access(bar, offset, data.len() as u64)?;
        let mut channel = lock_channel(&self.channel);
        let mut at = offset;
        for piece in data.chunks_mut(BULK_LIMIT as usize) {
            let request = Request::new(Command::MmioRead, bar, [at, piece.len() as u64, 0]);
            channel.call_into(request, piece, "reading from the card")?;
            at += piece.len() as u64;
        }
        Ok(())
    }

    fn write(&self, bar: u32, offset: u64, data: &[u8]) -> Result<(), LinkError> {
        self.check_access(bar, offset, data.len() as u64)?;
        let mut channel = lock_channel(&self.channel);
        let mut at = offset;
        for piece in data.chunks(BULK_LIMIT as usize) {
            let request = Request::new(Command::MmioWrite, bar, [at, piece.len() as u64, 0]);
            channel.post(request, piece, "writing to the card")?;
            at += piece.len() as u64;
        }
        Ok(())
    }

    fn alloc_dma(&self, size: u64) -> Result<Arc<dyn DmaMemory>, LinkError> {
        match self.flavour {
            #[cfg(unix)]
            Flavour::Unix => {
                let mut allocations = self.allocations.lock().unwrap_or_else(|p| p.into_inner());
                if *allocations >= wire::ALLOCATION_LIMIT {
                    return Err(LinkError::OutOfMemory {
                        asked: size,
                        why: format!(
                            "a connection holds at most {} allocations",
                            wire::ALLOCATION_LIMIT
                        ),
                    });
                }
                let memory = crate::unix::allocate(&self.channel, size)?;
                *allocations += 1;
                Ok(memory)
            }
            Flavour::Tcp => crate::tcp::allocate(&self.channel, size),
        }
    }

    fn check_open(&self) -> Result<(), LinkError> {
        // A thread inside an operation will find a loss by itself; waiting for it here could take
        // as long as that operation's limit.
        match self.channel.try_lock() {
            Ok(mut channel) => channel.check_open("waiting for the card"),
            Err(_) => Ok(()),
        }
    }
}

/// Turns a refusal to allocate into the error that callers recover from.
pub(crate) fn refused_memory(error: LinkError, asked: u64) -> LinkError {
    match error {
        LinkError::Refused { message, .. } => LinkError::OutOfMemory {
            asked,
            why: format!("the server refused: {message}"),
        },
        other => other,
    }
}
