//! Listening and connected sockets of both flavours, with waits that end.

use std::io::{ErrorKind, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

#[cfg(unix)]
use std::os::fd::{AsFd, BorrowedFd};
#[cfg(unix)]
use std::os::unix::net::{UnixListener, UnixStream};

#[cfg(unix)]
use egpu_link::wire::BULK_LIMIT;
use egpu_link::Endpoint;

/// How often a waiting thread looks whether it should end.
const TICK: Duration = Duration::from_millis(100);
/// How long a message may take from its first to its last byte, in either direction.
const MESSAGE_TIME: Duration = Duration::from_secs(30);

/// A listening socket.
pub enum Listener {
    /// TCP.
    Tcp(TcpListener),
    /// Unix, with the path that is removed at the end.
    #[cfg(unix)]
    Unix(UnixListener, std::path::PathBuf),
}

impl Listener {
    /// Takes over a bound TCP socket.
    pub fn tcp(listener: TcpListener) -> std::io::Result<Listener> {
        listener.set_nonblocking(true)?;
        Ok(Listener::Tcp(listener))
    }

    /// Binds a unix socket that only this user may use. A socket file that nobody listens on is
    /// replaced; any other file is left alone.
    #[cfg(unix)]
    pub fn unix(path: &std::path::Path) -> std::io::Result<Listener> {
        use std::os::unix::fs::{FileTypeExt, PermissionsExt};
        if let Ok(metadata) = std::fs::symlink_metadata(path) {
            if !metadata.file_type().is_socket() {
                return Err(std::io::Error::new(
                    ErrorKind::AlreadyExists,
                    "the file exists and is no socket",
                ));
            }
            if UnixStream::connect(path).is_ok() {
                return Err(std::io::Error::new(
                    ErrorKind::AddrInUse,
                    "another server listens there",
                ));
            }
            std::fs::remove_file(path)?;
        }
        let listener = UnixListener::bind(path)?;
        std::fs::set_permissions(path, std::fs::Permissions::from_mode(0o600))?;
        listener.set_nonblocking(true)?;
        Ok(Listener::Unix(listener, path.to_path_buf()))
    }

    /// Where it listens.
    pub fn endpoint(&self) -> Endpoint {
        match self {
            Listener::Tcp(listener) => Endpoint::Tcp(
                listener
                    .local_addr()
                    .map_or_else(|e| e.to_string(), |address| address.to_string()),
            ),
            #[cfg(unix)]
            Listener::Unix(_, path) => Endpoint::Unix(path.clone()),
        }
    }

    /// The next connection, or `None` after a while without one.
    pub fn accept(&self) -> Option<Stream> {
        let accepted = match self {
            Listener::Tcp(listener) => listener.accept().and_then(|(stream, _)| {
                stream.set_nonblocking(false)?;
                stream.set_nodelay(true)?;
                stream.set_read_timeout(Some(TICK))?;
                stream.set_write_timeout(Some(TICK))?;
                Ok(Stream::Tcp(stream))
            }),
            #[cfg(unix)]
            Listener::Unix(listener, _) => listener.accept().and_then(|(stream, _)| {
                use rustix::net::sockopt;
                stream.set_nonblocking(false)?;
                // Best effort: small buffers only make bulk transfers slower.
                let _ = sockopt::set_socket_send_buffer_size(&stream, BULK_LIMIT as usize);
                let _ = sockopt::set_socket_recv_buffer_size(&stream, BULK_LIMIT as usize);
                stream.set_read_timeout(Some(TICK))?;
                stream.set_write_timeout(Some(TICK))?;
                Ok(Stream::Unix(stream))
            }),
        };
        match accepted {
            Ok(stream) => Some(stream),
            Err(error) => {
                if error.kind() != ErrorKind::WouldBlock {
                    log::warn!("accept: {error}");
                }
                std::thread::sleep(Duration::from_millis(5));
                None
            }
        }
    }
}

impl Drop for Listener {
    fn drop(&mut self) {
        #[cfg(unix)]
        if let Listener::Unix(_, path) = self {
            let _ = std::fs::remove_file(path);
        }
    }
}

/// A connected socket.
pub enum Stream {
    /// TCP.
    Tcp(TcpStream),
    /// Unix.
    #[cfg(unix)]
    Unix(UnixStream),
}

/// Why a transfer ended.
#[derive(Debug, thiserror::Error)]
pub enum TransferError {
    /// The other side closed between messages.
    #[error("disconnected")]
    Closed,
    /// The other side closed within a message.
    #[error("disconnected within a message")]
    Truncated,
    /// The message took too long.
    #[error("a message took longer than {} s", MESSAGE_TIME.as_secs())]
    Slow,
    /// This side is to end.
    #[error("the server ends")]
    Stopped,
    /// Anything else.
    #[error("{0}")]
    Io(std::io::Error),
}

fn retry(error: &std::io::Error) -> bool {
    matches!(
        error.kind(),
        ErrorKind::WouldBlock | ErrorKind::TimedOut | ErrorKind::Interrupted
    )
}

impl Stream {
    fn read_some(&mut self, data: &mut [u8]) -> std::io::Result<usize> {
        match self {
            Stream::Tcp(stream) => stream.read(data),
            #[cfg(unix)]
            Stream::Unix(stream) => stream.read(data),
        }
    }

    fn write_some(&mut self, data: &[u8]) -> std::io::Result<usize> {
        match self {
            Stream::Tcp(stream) => stream.write(data),
            #[cfg(unix)]
            Stream::Unix(stream) => stream.write(data),
        }
    }

    /// Fills a buffer. With `patient`, the first byte may take for ever.
    pub fn receive(
        &mut self,
        data: &mut [u8],
        patient: bool,
        stop: &AtomicBool,
    ) -> Result<(), TransferError> {
        let mut done = 0;
        let mut deadline = (!patient).then(|| Instant::now() + MESSAGE_TIME);
        while done < data.len() {
            match self.read_some(&mut data[done..]) {
                Ok(0) if done == 0 && patient => return Err(TransferError::Closed),
                Ok(0) => return Err(TransferError::Truncated),
                Ok(count) => {
                    done += count;
                    deadline.get_or_insert_with(|| Instant::now() + MESSAGE_TIME);
                }
                Err(error) if retry(&error) => {}
                Err(error) => return Err(TransferError::Io(error)),
            }
            if stop.load(Ordering::Acquire) {
                return Err(TransferError::Stopped);
            }
            if done < data.len() && deadline.is_some_and(|deadline| Instant::now() > deadline) {
                return Err(TransferError::Slow);
            }
        }
        Ok(())
    }

    /// Sends a buffer.
    pub fn send(&mut self, data: &[u8], stop: &AtomicBool) -> Result<(), TransferError> {
        let deadline = Instant::now() + MESSAGE_TIME;
        let mut done = 0;
        while done < data.len() {
            match self.write_some(&data[done..]) {
                Ok(0) => return Err(TransferError::Truncated),
                Ok(count) => done += count,
                Err(error) if retry(&error) => {}
                Err(error) => return Err(TransferError::Io(error)),
            }
            if done < data.len() && stop.load(Ordering::Acquire) {
                return Err(TransferError::Stopped);
            }
            if done < data.len() && Instant::now() > deadline {
                return Err(TransferError::Slow);
            }
        }
        Ok(())
    }

    /// Sends a short buffer together with a file descriptor.
    #[cfg(unix)]
    pub fn send_with_fd(&mut self, data: &[u8], fd: BorrowedFd<'_>) -> Result<(), TransferError> {
        use rustix::net::{sendmsg, SendAncillaryBuffer, SendAncillaryMessage, SendFlags};
        use std::mem::MaybeUninit;
        let Stream::Unix(stream) = self else {
            return Err(TransferError::Io(std::io::Error::from(
                ErrorKind::Unsupported,
            )));
        };
        let mut space = [MaybeUninit::uninit(); rustix::cmsg_space!(ScmRights(1))];
        let mut ancillary = SendAncillaryBuffer::new(&mut space);
        let fds = [fd];
        ancillary.push(SendAncillaryMessage::ScmRights(&fds));
        let sent = sendmsg(
            stream.as_fd(),
            &[std::io::IoSlice::new(data)],
            &mut ancillary,
            SendFlags::empty(),
        )
        .map_err(|error| TransferError::Io(error.into()))?;
        // Seventeen bytes fit into any socket buffer that was just read from.
        if sent < data.len() {
            return Err(TransferError::Truncated);
        }
        Ok(())
    }

    /// Whether memory can be passed as a file descriptor.
    pub fn passes_memory(&self) -> bool {
        match self {
            Stream::Tcp(_) => false,
            #[cfg(unix)]
            Stream::Unix(_) => true,
        }
    }
}
