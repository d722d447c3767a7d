//! TinyGPU's unix flavour: one card, host memory shared by passing file descriptors.
//!
//! On a Mac the server is part of TinyGPU.app and is started by the first client that finds no
//! socket; elsewhere whoever serves the socket (our own virtual card) must run already. The socket
//! is `EGPU_SOCKET`, else `tinygpu.sock` in the temporary folder, as TinyGPU's own client has it.

use std::os::fd::OwnedFd;
use std::os::unix::net::UnixStream;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};

use memmap2::{MmapOptions, MmapRaw};
use rustix::net::sockopt;

use crate::channel::{Channel, Socket};
use crate::lock::CardLock;
use crate::remote::{lock_channel, refused_memory, Flavour, Limits, RemoteLink};
use crate::shared::SharedRange;
use crate::wire::{
    self, Command, Request, ALLOCATION_MIN, BULK_LIMIT, SEGMENT_LIMIT, SEGMENT_LIST_BYTES,
};
use crate::{DmaMemory, LinkError, Segment};

/// TinyGPU's program on a Mac; `TinyGPU server PATH` serves a socket.
pub const TINYGPU_APPLICATION: &str = "/Applications/TinyGPU.app/Contents/MacOS/TinyGPU";

/// Where TinyGPU's socket is unless `EGPU_SOCKET` says otherwise.
pub fn default_socket() -> PathBuf {
    std::env::temp_dir().join("tinygpu.sock")
}

/// Connects to a server at a socket; on a Mac starts TinyGPU's if nobody listens.
///
/// Errors: [`LinkError::Unreachable`] when there is no server, [`LinkError::Busy`] when another of
/// our programs uses it.
pub fn connect_unix(path: &Path, limits: Limits) -> Result<RemoteLink, LinkError> {
    let target = path.display().to_string();
    // Two spellings of one path must meet in one lock.
    let canonical = match (path.parent(), path.file_name()) {
        (Some(folder), Some(name)) => std::fs::canonicalize(if folder.as_os_str().is_empty() {
            Path::new(".")
        } else {
            folder
        })
        .map(|folder| folder.join(name).display().to_string())
        .unwrap_or_else(|_| target.clone()),
        _ => target.clone(),
    };
    let lock = CardLock::take(&canonical)?;
    let unreachable = |error: std::io::Error| LinkError::Unreachable {
        target: target.clone(),
        cause: error.to_string(),
    };
    let stream = match UnixStream::connect(path) {
        Ok(stream) => stream,
        Err(error) if can_start_server(&error) => start_server(path).map_err(unreachable)?,
        Err(error) => return Err(unreachable(error)),
    };
    // Bulk transfers are up to 64 MiB; a small buffer only makes them slower.
    let _ = sockopt::set_socket_send_buffer_size(&stream, BULK_LIMIT as usize);
    let _ = sockopt::set_socket_recv_buffer_size(&stream, BULK_LIMIT as usize);
    let channel = Channel::new(Socket::Unix(stream), 0, limits.answer).map_err(unreachable)?;
    Ok(RemoteLink::new(
        format!("unix:{target}"),
        Flavour::Unix,
        Arc::new(Mutex::new(channel)),
        lock,
    ))
}

fn can_start_server(error: &std::io::Error) -> bool {
    use std::io::ErrorKind::{ConnectionRefused, NotFound};
    cfg!(target_os = "macos")
        && matches!(error.kind(), NotFound | ConnectionRefused)
        && Path::new(TINYGPU_APPLICATION).exists()
}

/// Starts `TinyGPU server PATH` and connects as soon as it listens, for five seconds.
fn start_server(path: &Path) -> std::io::Result<UnixStream> {
    use std::process::{Command, Stdio};
    log::info!("starting {TINYGPU_APPLICATION} server {}", path.display());
    Command::new(TINYGPU_APPLICATION)
        .arg("server")
        .arg(path)
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()?;
    let mut tries = 100;
    loop {
        match UnixStream::connect(path) {
            Ok(stream) => return Ok(stream),
            Err(error) if tries == 0 => return Err(error),
            Err(_) => tries -= 1,
        }
        std::thread::sleep(std::time::Duration::from_millis(50));
    }
}

/// Host memory that the server made and passed as a file.
struct MappedMemory {
    range: SharedRange,
    segments: Vec<Segment>,
    _map: MmapRaw,
}

impl DmaMemory for MappedMemory {
    fn size(&self) -> u64 {
        self.range.size()
    }

    fn segments(&self) -> &[Segment] {
        &self.segments
    }

    fn mapping(&self) -> Option<*mut u8> {
        Some(self.range.pointer())
    }

    fn read(&self, offset: u64, data: &mut [u8]) -> Result<(), LinkError> {
        self.range.read(offset, data)
    }

    fn write(&self, offset: u64, data: &[u8]) -> Result<(), LinkError> {
        self.range.write(offset, data)
    }
}

pub(crate) fn allocate(
    channel: &Mutex<Channel>,
    size: u64,
) -> Result<Arc<dyn DmaMemory>, LinkError> {
    const DURING: &str = "allocating host memory";
    let asked = size.max(ALLOCATION_MIN).next_multiple_of(4096);
    let request = Request::new(Command::MapSysmemFd, 0, [asked, 0, 0]);
    let ([mapped, _], fd) = lock_channel(channel)
        .call_for_fd(request, DURING)
        .map_err(|error| refused_memory(error, asked))?;
    if mapped < size {
        return Err(malformed(format!(
            "{mapped:#x} bytes instead of {asked:#x}"
        )));
    }
    let map = map_file(&fd, mapped)?;
    // SAFETY: the mapping is page-aligned, `mapped` bytes long, and lives as long as the range, both
    // being fields of one value.
    let range = unsafe { SharedRange::new(map.as_mut_ptr(), mapped) };
    // The list must go: rings, pointers and signals that are placed here begin as zeros.
    let mut list = vec![0; SEGMENT_LIST_BYTES.min(mapped as usize)];
    range.read(0, &mut list)?;
    let segments = wire::parse_segments(&list, mapped).map_err(malformed)?;
    if segments.len() > SEGMENT_LIMIT {
        log::warn!(
            "host memory of {} segments, more than TinyGPU has",
            segments.len()
        );
    }
    range.clear(0, list.len() as u64)?;
    Ok(Arc::new(MappedMemory {
        range,
        segments,
        _map: map,
    }))
}

fn malformed(what: String) -> LinkError {
    LinkError::Malformed {
        operation: "allocating host memory",
        what,
    }
}

fn map_file(fd: &OwnedFd, size: u64) -> Result<MmapRaw, LinkError> {
    // A file shorter than its mapping would kill the process at the first touch.
    let stat = rustix::fs::fstat(fd).map_err(|e| malformed(format!("fstat: {e}")))?;
    if (stat.st_size as u64) < size {
        return Err(malformed(format!(
            "a file of {:#x} bytes for {size:#x} bytes of memory",
            stat.st_size
        )));
    }
    let length = usize::try_from(size).map_err(|_| malformed(format!("{size:#x} bytes")))?;
    MmapOptions::new()
        .len(length)
        .map_raw(fd)
        .map_err(|error| LinkError::OutOfMemory {
            asked: size,
            why: format!("mapping failed: {error}"),
        })
}
