//! One client's session: its requests, its memory, its BARs.

use std::fmt;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::Arc;
use std::time::Duration;

#[cfg(unix)]
use egpu_link::wire::{emit_segments, ALLOCATION_LIMIT, SEGMENT_LIST_BYTES};
use egpu_link::wire::{
    Command, Probe, Request, Response, BARS, BULK_LIMIT, PROBE_LIMIT, REQUEST_BYTES,
};
use egpu_link::{Link, LinkError};

use super::stream::{Stream, TransferError};
use crate::config::Fault;
use crate::memory::system::Allocation;
use crate::VirtualCard;

/// Bytes moved at a time; larger payloads pass in pieces.
const PIECE: usize = 1 << 20;
/// Largest allocation over TCP, which keeps the answer's list of pages short.
const TCP_ALLOCATION_MAX: u64 = 16 << 30;
/// Most allocations over TCP.
const TCP_ALLOCATIONS: usize = 4096;
/// Round trip that the injected slow link adds to each answer.
const CABLE_LATENCY: Duration = Duration::from_micros(20);

/// How a session ended.
#[derive(Debug)]
pub enum End {
    /// The client left.
    Left,
    /// The connection failed, or had to be closed.
    Broken(String),
    /// The injected fault `server-dies` struck.
    Died,
}

impl fmt::Display for End {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            End::Left => f.write_str("done"),
            End::Broken(why) => f.write_str(why),
            End::Died => f.write_str("injected fault server-dies"),
        }
    }
}

impl From<TransferError> for End {
    fn from(error: TransferError) -> End {
        match error {
            TransferError::Closed => End::Left,
            other => End::Broken(other.to_string()),
        }
    }
}

/// Answers a client's first request with a refusal.
pub fn refuse(stream: &mut Stream, why: &str, stop: &AtomicBool) {
    let mut header = [0; REQUEST_BYTES];
    // A client that sends nothing is let go when it closes, or when a message's time is over.
    if stream.receive(&mut header, false, stop).is_ok() {
        let _ = fail(stream, why, stop);
    }
}

fn fail(stream: &mut Stream, why: &str, stop: &AtomicBool) -> Result<(), TransferError> {
    let mut answer = Response::failure(why.len()).emit().to_vec();
    answer.extend_from_slice(why.as_bytes());
    stream.send(&answer, stop)
}

/// What a request comes to.
enum Answer {
    /// Values, and data after them.
    Ok([u64; 2], Vec<u8>),
    /// A memory file goes with the values.
    #[cfg(unix)]
    Memory([u64; 2], std::fs::File),
    /// An error text.
    Failed(String),
    /// Nothing is sent.
    None,
}

impl Answer {
    fn done() -> Answer {
        Answer::Ok([0, 0], Vec::new())
    }
}

impl From<LinkError> for Answer {
    fn from(error: LinkError) -> Answer {
        Answer::Failed(match error {
            LinkError::Refused { message, .. } => message,
            other => other.to_string(),
        })
    }
}

/// A session.
pub struct Session<'a> {
    card: &'a VirtualCard,
    stream: &'a mut Stream,
    stop: &'a AtomicBool,
    memory: Vec<Arc<Allocation>>,
    mapped: [bool; BARS as usize],
    buffer: Vec<u8>,
}

impl<'a> Session<'a> {
    /// A session that has just begun.
    pub fn new(card: &'a VirtualCard, stream: &'a mut Stream, stop: &'a AtomicBool) -> Session<'a> {
        Session {
            card,
            stream,
            stop,
            memory: Vec::new(),
            mapped: [false; BARS as usize],
            buffer: Vec::new(),
        }
    }

    /// Answers requests until the client leaves.
    pub fn run(mut self) -> End {
        loop {
            if let Err(end) = self.request() {
                return end;
            }
        }
    }

    fn request(&mut self) -> Result<(), End> {
        let mut header = [0; REQUEST_BYTES];
        self.stream.receive(&mut header, true, self.stop)?;
        if self.card.doorbells() > 0 {
            if self.card.strikes(Fault::ServerDies) {
                return Err(End::Died);
            }
            if self.card.strikes(Fault::Stall) {
                return self.stall();
            }
        }
        let request = match Request::parse(&header) {
            Ok(request) => request,
            Err(unknown) => {
                // What follows in the stream is anybody's guess.
                fail(self.stream, &unknown.to_string(), self.stop)?;
                return Err(End::Broken(unknown.to_string()));
            }
        };
        if self.card.config().has(Fault::NotApproved) {
            let why = "driver not available: the driver extension waits for approval";
            fail(self.stream, why, self.stop)?;
            return Err(End::Broken(why.into()));
        }
        let answer = self.answer(&request)?;
        if self.card.config().has(Fault::SlowLink) {
            std::thread::sleep(CABLE_LATENCY);
        }
        if self.card.doorbells() > 0
            && !matches!(answer, Answer::None)
            && self.card.strikes(Fault::ShortAnswer)
        {
            self.stream
                .send(&Response::success([0, 0]).emit()[..9], self.stop)?;
            return Err(End::Broken("injected fault short-answer".into()));
        }
        match answer {
            Answer::None => {}
            Answer::Ok(values, data) => {
                let mut bytes = Response::success(values).emit().to_vec();
                bytes.extend_from_slice(&data);
                self.stream.send(&bytes, self.stop)?;
                // Kept for the next answer.
                self.buffer = data;
            }
            #[cfg(unix)]
            Answer::Memory(values, file) => {
                use std::os::fd::AsFd;
                self.stream
                    .send_with_fd(&Response::success(values).emit(), file.as_fd())?;
            }
            Answer::Failed(why) => {
                log::debug!("{} refused: {why}", request.command.name());
                fail(self.stream, &why, self.stop)?;
            }
        }
        Ok(())
    }

    /// Takes everything and answers nothing.
    fn stall(&mut self) -> Result<(), End> {
        let mut bytes = [0; 4096];
        loop {
            self.stream.receive(&mut bytes[..1], true, self.stop)?;
        }
    }

    /// A buffer of a length that was checked before.
    fn buffer(&mut self, length: u64) -> Vec<u8> {
        let mut buffer = std::mem::take(&mut self.buffer);
        buffer.clear();
        buffer.resize(length as usize, 0);
        buffer
    }

    /// Reads a payload in pieces and hands each on with its offset. All of it is read, whatever
    /// becomes of it.
    fn payload(
        &mut self,
        length: u64,
        mut take: impl FnMut(&mut Self, u64, &[u8]),
    ) -> Result<(), End> {
        if length > BULK_LIMIT {
            // Nobody sends this in good faith, and reading it could take days.
            return Err(End::Broken(format!("a payload of {length:#x} bytes")));
        }
        let mut piece = std::mem::take(&mut self.buffer);
        let mut done = 0;
        while done < length {
            piece.resize((length - done).min(PIECE as u64) as usize, 0);
            self.stream.receive(&mut piece, false, self.stop)?;
            take(self, done, &piece);
            done += piece.len() as u64;
        }
        self.buffer = piece;
        Ok(())
    }

    fn answer(&mut self, request: &Request) -> Result<Answer, End> {
        let shared_memory = self.stream.passes_memory();
        let [arg0, arg1, arg2] = request.args;
        let only = |flavour: &str| {
            Answer::Failed(format!("{} is for {flavour} only", request.command.name()))
        };
        if request.device != 0 && request.command != Command::Probe {
            self.payload(request.payload(), |_, _, _| {})?;
            return Ok(match request.command.is_answered() {
                true => Answer::Failed(format!("no device {}", request.device)),
                false => Answer::None,
            });
        }
        Ok(match request.command {
            Command::Probe => {
                if arg1 > PROBE_LIMIT {
                    return Err(End::Broken(format!("a PROBE of {arg1:#x} bytes")));
                }
                let mut payload = Vec::new();
                self.payload(arg1, |_, _, piece| payload.extend_from_slice(piece))?;
                match shared_memory {
                    true => only("TCP"),
                    false => self.probe(request, &payload),
                }
            }
            Command::MapBar => match self.card.map_bar(request.bar) {
                Ok(bar) => {
                    if let Some(mapped) = self.mapped.get_mut(request.bar as usize) {
                        *mapped = true;
                    }
                    Answer::Ok([bar.address, bar.size], Vec::new())
                }
                Err(error) => error.into(),
            },
            Command::MapSysmemFd if shared_memory => self.map_file(arg0),
            Command::MapSysmemFd => only("unix sockets"),
            Command::ConfigRead => match self.config(arg0, arg1) {
                Ok((offset, size)) => match self.card.config_read(offset, size) {
                    Ok(value) => Answer::Ok([value.into(), 0], Vec::new()),
                    Err(error) => error.into(),
                },
                Err(why) => Answer::Failed(why),
            },
            Command::ConfigWrite => match self.config(arg0, arg1) {
                Ok((offset, size)) => match self.card.config_write(offset, size, arg2 as u32) {
                    Ok(()) => Answer::done(),
                    Err(error) => error.into(),
                },
                Err(why) => Answer::Failed(why),
            },
            Command::Reset => match self.card.reset() {
                Ok(()) => Answer::done(),
                Err(error) => error.into(),
            },
            Command::MmioRead => {
                if let Err(why) = self.bar(request.bar, arg1) {
                    return Ok(Answer::Failed(why));
                }
                let mut data = self.buffer(arg1);
                match self.card.read(request.bar, arg0, &mut data) {
                    Ok(()) => Answer::Ok([arg1, 0], data),
                    Err(error) => error.into(),
                }
            }
            Command::MmioWrite => {
                let allowed = self.bar(request.bar, arg1);
                self.payload(arg1, |session, done, piece| {
                    let Some(at) = arg0.checked_add(done) else {
                        return;
                    };
                    if allowed.is_ok() {
                        session.write_bar(request.bar, at, piece);
                    }
                })?;
                if let Err(why) = allowed {
                    log::debug!("MMIO_WRITE dropped: {why}");
                }
                Answer::None
            }
            Command::MapSysmem if shared_memory => only("TCP"),
            Command::MapSysmem => self.map_pages(arg0),
            Command::SysmemRead if shared_memory => only("TCP"),
            Command::SysmemRead => match self.sysmem(request.bar, arg0, arg1) {
                Ok(range) => {
                    let mut data = self.buffer(arg1);
                    range.read(&mut data);
                    Answer::Ok([arg1, 0], data)
                }
                Err(why) => Answer::Failed(why),
            },
            Command::SysmemWrite => {
                let range = self.sysmem(request.bar, arg0, arg1);
                self.payload(arg1, |_, done, piece| {
                    if let Ok(range) = &range {
                        if let Some(part) = range.part(done, piece.len() as u64) {
                            part.write(piece);
                        }
                    }
                })?;
                match (range, shared_memory) {
                    (_, true) => only("TCP"),
                    (Err(why), false) => {
                        log::debug!("SYSMEM_WRITE dropped: {why}");
                        Answer::None
                    }
                    (Ok(_), false) => Answer::None,
                }
            }
            Command::ResizeBar => match request.bar < BARS {
                true => match self.card.resize_bar(request.bar) {
                    Ok(()) => Answer::done(),
                    Err(error) => error.into(),
                },
                false => Answer::Failed(format!("no BAR {}", request.bar)),
            },
            Command::Ping if shared_memory => only("TCP"),
            Command::Ping => Answer::done(),
        })
    }

    fn probe(&self, request: &Request, payload: &[u8]) -> Answer {
        let probe = match Probe::parse(request, payload) {
            Ok(probe) => probe,
            Err(why) => return Answer::Failed(why.into()),
        };
        let die = self.card.config().die;
        let class = u32::from((crate::pci::CLASS >> 16) as u8);
        let vendor = amd_hw::die::PCI_VENDOR_AMD.into();
        let matches = probe.matches(class, vendor, die.pci_ids()[0].into());
        if self.card.config().has(Fault::NoCard) || !matches {
            return Answer::Failed("no card that was asked for is connected".into());
        }
        let line = format!("virtual-{}:0", die.code_name());
        Answer::Ok([line.len() as u64, 1], line.into_bytes())
    }

    fn config(&self, offset: u64, size: u64) -> Result<(u32, u32), String> {
        match (u32::try_from(offset), u32::try_from(size)) {
            (Ok(offset), Ok(size @ (1 | 2 | 4))) => Ok((offset, size)),
            _ => Err(format!(
                "configuration access of {size} bytes at {offset:#x}"
            )),
        }
    }

    /// Whether a BAR may be accessed by so many bytes at all. Ranges are the card's to check.
    fn bar(&self, bar: u32, length: u64) -> Result<(), String> {
        match self.mapped.get(bar as usize) {
            None => Err(format!("no BAR {bar}")),
            Some(false) => Err(format!("BAR {bar} was not mapped")),
            Some(true) if length > BULK_LIMIT => {
                Err(format!("{length:#x} bytes exceed {BULK_LIMIT:#x}"))
            }
            Some(true) => Ok(()),
        }
    }

    fn write_bar(&self, bar: u32, at: u64, data: &[u8]) {
        // TinyGPU's server writes words: a 64-bit doorbell arrives as two, the lower first.
        let result = match (bar, data.len()) {
            (2, 8) => self
                .card
                .write(2, at, &data[..4])
                .and_then(|()| self.card.write(2, at.saturating_add(4), &data[4..])),
            _ => self.card.write(bar, at, data),
        };
        if let Err(error) = result {
            log::debug!("MMIO_WRITE dropped: {error}");
        }
    }

    fn sysmem(
        &self,
        handle: u32,
        offset: u64,
        length: u64,
    ) -> Result<crate::memory::host::HostRange, String> {
        let allocation = self
            .memory
            .get(handle as usize)
            .ok_or_else(|| format!("no memory with handle {handle}"))?;
        if length > BULK_LIMIT {
            return Err(format!("{length:#x} bytes exceed {BULK_LIMIT:#x}"));
        }
        allocation.range().part(offset, length).ok_or_else(|| {
            format!(
                "{length:#x} bytes at {offset:#x} are outside {:#x} bytes of memory",
                allocation.size()
            )
        })
    }

    fn map_pages(&mut self, size: u64) -> Answer {
        if size > TCP_ALLOCATION_MAX || self.memory.len() >= TCP_ALLOCATIONS {
            return Answer::Failed(format!(
                "out of memory: {size:#x} bytes, {} allocations are held",
                self.memory.len()
            ));
        }
        match self.card.grant(size) {
            Ok(allocation) => {
                let pages = size.max(1).div_ceil(4096);
                let list: Vec<u8> = allocation
                    .segments()
                    .iter()
                    .flat_map(|s| (0..s.length / 4096).map(move |page| s.address + 4096 * page))
                    .take(pages as usize)
                    .flat_map(u64::to_le_bytes)
                    .collect();
                self.memory.push(allocation);
                Answer::Ok([list.len() as u64, self.memory.len() as u64 - 1], list)
            }
            Err(error) => error.into(),
        }
    }

    #[cfg(unix)]
    fn map_file(&mut self, size: u64) -> Answer {
        if self.memory.len() >= ALLOCATION_LIMIT {
            return Answer::Failed(format!("{ALLOCATION_LIMIT} allocations are held"));
        }
        let made = self.card.grant_size(size).and_then(|size| {
            let file = memory_file(size).map_err(|error| LinkError::OutOfMemory {
                asked: size,
                why: error.to_string(),
            })?;
            Ok((self.card.grant_file(&file, size)?, file))
        });
        match made {
            Ok((allocation, file)) => {
                // The list lands in the memory itself, and with it the rest of the server's buffer.
                let mut list = emit_segments(allocation.segments());
                list.resize(SEGMENT_LIST_BYTES, 0);
                allocation.range().write(&list);
                let values = [allocation.size(), self.memory.len() as u64];
                self.memory.push(allocation);
                Answer::Memory(values, file)
            }
            Err(error) => error.into(),
        }
    }

    #[cfg(not(unix))]
    fn map_file(&mut self, _size: u64) -> Answer {
        Answer::Failed("this system cannot pass memory".into())
    }
}

impl Drop for Session<'_> {
    fn drop(&mut self) {
        // As when TinyGPU's user client closes: the mappings vanish, whatever the card does.
        for allocation in self.memory.drain(..) {
            self.card.revoke(&allocation);
        }
        if self.stop.load(Ordering::Acquire) {
            log::debug!("session ended by the server");
        }
    }
}

/// An unnamed file in memory that can be passed to another process.
#[cfg(target_os = "linux")]
fn memory_file(size: u64) -> std::io::Result<std::fs::File> {
    use rustix::fs::{memfd_create, MemfdFlags};
    let file = std::fs::File::from(memfd_create("virtual-card", MemfdFlags::CLOEXEC)?);
    file.set_len(size)?;
    Ok(file)
}

/// An unnamed file in memory that can be passed to another process.
#[cfg(all(unix, not(target_os = "linux")))]
fn memory_file(size: u64) -> std::io::Result<std::fs::File> {
    use rustix::fs::Mode;
    use rustix::shm;
    use std::sync::atomic::AtomicU64;
    static NUMBER: AtomicU64 = AtomicU64::new(0);
    // The name lives for a moment only; short, since some systems allow 31 bytes.
    let name = format!(
        "/vc{}.{}",
        std::process::id(),
        NUMBER.fetch_add(1, Ordering::Relaxed)
    );
    let flags = shm::OFlags::CREATE | shm::OFlags::EXCL | shm::OFlags::RDWR;
    let file = std::fs::File::from(shm::open(&name, flags, Mode::RUSR | Mode::WUSR)?);
    shm::unlink(&name)?;
    file.set_len(size)?;
    Ok(file)
}
