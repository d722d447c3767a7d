//! One connection to a server: framing, time limits, loss.
//!
//! A request without tags can only be answered in order, so once an answer is late, short or
//! malformed nothing that follows can be trusted: the first such error is kept and every later
//! operation answers with it. No operation blocks longer than twice the limit.

use std::io::{ErrorKind, Read, Write};
use std::net::TcpStream;
use std::time::{Duration, Instant};

use crate::wire::{Request, Response, RESPONSE_BYTES, TEXT_LIMIT};
use crate::LinkError;

/// Either kind of stream socket.
pub(crate) enum Socket {
    #[cfg(unix)]
    Unix(std::os::unix::net::UnixStream),
    Tcp(TcpStream),
}

impl Socket {
    fn set_limits(&self, limit: Duration) -> std::io::Result<()> {
        match self {
            #[cfg(unix)]
            Socket::Unix(s) => {
                s.set_read_timeout(Some(limit))?;
                s.set_write_timeout(Some(limit))
            }
            Socket::Tcp(s) => {
                s.set_read_timeout(Some(limit))?;
                s.set_write_timeout(Some(limit))
            }
        }
    }

    fn read(&mut self, data: &mut [u8]) -> std::io::Result<usize> {
        match self {
            #[cfg(unix)]
            Socket::Unix(s) => s.read(data),
            Socket::Tcp(s) => s.read(data),
        }
    }

    fn write(&mut self, data: &[u8]) -> std::io::Result<usize> {
        match self {
            #[cfg(unix)]
            Socket::Unix(s) => s.write(data),
            Socket::Tcp(s) => s.write(data),
        }
    }

    /// Bytes waiting, without taking them: `Ok(None)` nothing, `Ok(Some(0))` end of stream.
    #[cfg(unix)]
    fn peek(&self) -> std::io::Result<Option<usize>> {
        use rustix::net::{recv, RecvFlags};
        use std::os::fd::AsFd;
        let fd = match self {
            Socket::Unix(s) => s.as_fd(),
            Socket::Tcp(s) => s.as_fd(),
        };
        let mut byte = [0u8; 1];
        match recv(fd, &mut byte, RecvFlags::PEEK | RecvFlags::DONTWAIT) {
            Ok((n, _)) => Ok(Some(n)),
            Err(rustix::io::Errno::WOULDBLOCK) => Ok(None),
            Err(error) => Err(error.into()),
        }
    }

    #[cfg(not(unix))]
    fn peek(&self) -> std::io::Result<Option<usize>> {
        let Socket::Tcp(s) = self;
        s.set_nonblocking(true)?;
        let peeked = s.peek(&mut [0u8; 1]);
        s.set_nonblocking(false)?;
        match peeked {
            Ok(n) => Ok(Some(n)),
            Err(error) if error.kind() == ErrorKind::WouldBlock => Ok(None),
            Err(error) => Err(error),
        }
    }
}

/// A connection and the error that ended it, if one did.
pub(crate) struct Channel {
    socket: Socket,
    device: u32,
    limit: Duration,
    failed: Option<LinkError>,
    /// Header and payload leave in one write, so that a small request is one packet.
    outgoing: Vec<u8>,
}

/// Payloads above this size are written after their header instead of being copied beside it.
const COPY_LIMIT: usize = 64 << 10;

impl Channel {
    pub(crate) fn new(socket: Socket, device: u32, limit: Duration) -> std::io::Result<Channel> {
        socket.set_limits(limit)?;
        Ok(Channel {
            socket,
            device,
            limit,
            failed: None,
            outgoing: Vec::new(),
        })
    }

    /// Chooses the card that later requests mean.
    pub(crate) fn select(&mut self, device: u32) {
        self.device = device;
    }

    /// Sends a request that is never answered.
    pub(crate) fn post(
        &mut self,
        request: Request,
        payload: &[u8],
        during: &'static str,
    ) -> Result<(), LinkError> {
        self.guard()?;
        let result = self.send(request, payload, during);
        self.settle(result)
    }

    /// Sends a request and takes the answer's two values.
    pub(crate) fn call(
        &mut self,
        request: Request,
        payload: &[u8],
        during: &'static str,
    ) -> Result<[u64; 2], LinkError> {
        self.guard()?;
        let result = self
            .ask(request, payload, during)
            .and_then(|()| self.answer(during));
        self.settle(result)
    }

    /// Sends a request whose answer is exactly `data.len()` bytes.
    pub(crate) fn call_into(
        &mut self,
        request: Request,
        data: &mut [u8],
        during: &'static str,
    ) -> Result<(), LinkError> {
        self.guard()?;
        let result = self
            .ask(request, &[], during)
            .and_then(|()| self.answer(during))
            .and_then(|[length, _]| {
                if length != data.len() as u64 {
                    return Err(LinkError::Malformed {
                        operation: during,
                        what: format!("{length} bytes instead of {}", data.len()),
                    });
                }
                self.receive(data, during)
            });
        self.settle(result)
    }

    /// Sends a request whose answer's first value is the length of what follows.
    pub(crate) fn call_bytes(
        &mut self,
        request: Request,
        payload: &[u8],
        limit: u64,
        during: &'static str,
    ) -> Result<(Vec<u8>, u64), LinkError> {
        self.guard()?;
        let result = self
            .ask(request, payload, during)
            .and_then(|()| self.answer(during))
            .and_then(|[length, second]| {
                if length > limit {
                    return Err(LinkError::Malformed {
                        operation: during,
                        what: format!("an answer of {length} bytes, at most {limit} expected"),
                    });
                }
                let mut data = vec![0; length as usize];
                self.receive(&mut data, during)?;
                Ok((data, second))
            });
        self.settle(result)
    }

    /// Sends a request whose answer passes a file descriptor.
    #[cfg(unix)]
    pub(crate) fn call_for_fd(
        &mut self,
        request: Request,
        during: &'static str,
    ) -> Result<([u64; 2], std::os::fd::OwnedFd), LinkError> {
        self.guard()?;
        let result = self.ask(request, &[], during).and_then(|()| {
            let (header, fd) = self.receive_with_fd(during)?;
            // The status comes first: a refusal passes no descriptor.
            let values = self.check(&header, during)?;
            let fd = fd.ok_or(LinkError::Malformed {
                operation: during,
                what: "no file descriptor came with the answer".into(),
            })?;
            Ok((values, fd))
        });
        self.settle(result)
    }

    /// Finds out, without a message, whether the far side has closed the connection.
    pub(crate) fn check_open(&mut self, during: &'static str) -> Result<(), LinkError> {
        self.guard()?;
        let result = match self.socket.peek() {
            Ok(None) => Ok(()),
            Ok(Some(0)) | Err(_) => Err(LinkError::Lost { during }),
            Ok(Some(_)) => Err(LinkError::Malformed {
                operation: during,
                what: "bytes that nobody asked for".into(),
            }),
        };
        self.settle(result)
    }

    fn guard(&self) -> Result<(), LinkError> {
        match &self.failed {
            Some(error) => Err(error.clone()),
            None => Ok(()),
        }
    }

    fn settle<T>(&mut self, result: Result<T, LinkError>) -> Result<T, LinkError> {
        if let Err(
            error @ (LinkError::Lost { .. }
            | LinkError::Stalled { .. }
            | LinkError::Malformed { .. }),
        ) = &result
        {
            self.failed = Some(error.clone());
        }
        result
    }

    /// Sends a request that is answered. A server that turns a client away may have answered and
    /// closed before the request: its words are worth more than "connection lost".
    fn ask(
        &mut self,
        request: Request,
        payload: &[u8],
        during: &'static str,
    ) -> Result<(), LinkError> {
        self.send(request, payload, during)
            .map_err(|error| match (&error, self.answer(during)) {
                (LinkError::Lost { .. }, Err(refusal @ LinkError::Refused { .. })) => refusal,
                _ => error,
            })
    }

    fn send(
        &mut self,
        mut request: Request,
        payload: &[u8],
        during: &'static str,
    ) -> Result<(), LinkError> {
        request.device = self.device;
        let header = request.emit();
        if payload.len() <= COPY_LIMIT {
            let mut outgoing = std::mem::take(&mut self.outgoing);
            outgoing.clear();
            outgoing.extend_from_slice(&header);
            outgoing.extend_from_slice(payload);
            let result = self.write_all(&outgoing, during);
            self.outgoing = outgoing;
            result
        } else {
            self.write_all(&header, during)?;
            self.write_all(payload, during)
        }
    }

    fn write_all(&mut self, mut data: &[u8], during: &'static str) -> Result<(), LinkError> {
        let start = Instant::now();
        while !data.is_empty() {
            match self.socket.write(data) {
                Ok(0) => return Err(LinkError::Lost { during }),
                Ok(n) => data = &data[n..],
                Err(error) => self.tolerate(error, during)?,
            }
            if !data.is_empty() {
                self.check_time(start, during)?;
            }
        }
        Ok(())
    }

    fn receive(&mut self, mut data: &mut [u8], during: &'static str) -> Result<(), LinkError> {
        let start = Instant::now();
        while !data.is_empty() {
            match self.socket.read(data) {
                Ok(0) => return Err(LinkError::Lost { during }),
                Ok(n) => data = &mut data[n..],
                Err(error) => self.tolerate(error, during)?,
            }
            if !data.is_empty() {
                self.check_time(start, during)?;
            }
        }
        Ok(())
    }

    /// Reads an answer header with room for descriptors on every read: they come with the read that
    /// takes the first byte of the message they were sent with.
    #[cfg(unix)]
    fn receive_with_fd(
        &mut self,
        during: &'static str,
    ) -> Result<([u8; RESPONSE_BYTES], Option<std::os::fd::OwnedFd>), LinkError> {
        use rustix::io::IoSliceMut;
        use rustix::net::{
            recvmsg, RecvAncillaryBuffer, RecvAncillaryMessage, RecvFlags, ReturnFlags,
        };
        use std::mem::MaybeUninit;
        use std::os::fd::AsFd;

        let Socket::Unix(socket) = &self.socket else {
            return Err(LinkError::Malformed {
                operation: during,
                what: "this connection cannot pass file descriptors".into(),
            });
        };
        let start = Instant::now();
        let mut header = [0; RESPONSE_BYTES];
        let mut filled = 0;
        let mut found = None;
        while filled < RESPONSE_BYTES {
            // More than one could arrive from a confused server; all but the last are closed.
            let mut space = [MaybeUninit::uninit(); rustix::cmsg_space!(ScmRights(8))];
            let mut control = RecvAncillaryBuffer::new(&mut space);
            let got = recvmsg(
                socket.as_fd(),
                &mut [IoSliceMut::new(&mut header[filled..])],
                &mut control,
                RecvFlags::empty(),
            );
            match got {
                Ok(message) => {
                    for part in control.drain() {
                        if let RecvAncillaryMessage::ScmRights(fds) = part {
                            found = fds.last().or(found);
                        }
                    }
                    if message.bytes == 0 {
                        return Err(LinkError::Lost { during });
                    }
                    if message.flags.contains(ReturnFlags::CTRUNC) {
                        return Err(LinkError::Malformed {
                            operation: during,
                            what: "too many file descriptors came with the answer".into(),
                        });
                    }
                    filled += message.bytes;
                }
                Err(error) => self.tolerate(error.into(), during)?,
            }
            if filled < RESPONSE_BYTES {
                self.check_time(start, during)?;
            }
        }
        if let Some(fd) = &found {
            // macOS cannot set this while receiving.
            let _ = rustix::io::fcntl_setfd(fd, rustix::io::FdFlags::CLOEXEC);
        }
        Ok((header, found))
    }

    fn answer(&mut self, during: &'static str) -> Result<[u64; 2], LinkError> {
        let mut header = [0; RESPONSE_BYTES];
        self.receive(&mut header, during)?;
        self.check(&header, during)
    }

    fn check(
        &mut self,
        header: &[u8; RESPONSE_BYTES],
        during: &'static str,
    ) -> Result<[u64; 2], LinkError> {
        let response = Response::parse(header).map_err(|status| LinkError::Malformed {
            operation: during,
            what: format!("status {status}"),
        })?;
        if response.ok {
            return Ok(response.values);
        }
        let length = response.values[0];
        if length > TEXT_LIMIT {
            return Err(LinkError::Malformed {
                operation: during,
                what: format!("an error text of {length} bytes"),
            });
        }
        let mut text = vec![0; length as usize];
        self.receive(&mut text, during)?;
        let message = match String::from_utf8_lossy(&text).trim() {
            "" => "no reason given (is the card powered and connected?)".to_owned(),
            words => words.to_owned(),
        };
        Err(LinkError::Refused {
            operation: during,
            message,
        })
    }

    fn tolerate(&self, error: std::io::Error, during: &'static str) -> Result<(), LinkError> {
        match error.kind() {
            ErrorKind::Interrupted => Ok(()),
            ErrorKind::WouldBlock | ErrorKind::TimedOut => Err(self.stalled(during)),
            _ => Err(LinkError::Lost { during }),
        }
    }

    fn check_time(&self, start: Instant, during: &'static str) -> Result<(), LinkError> {
        if start.elapsed() > self.limit {
            Err(self.stalled(during))
        } else {
            Ok(())
        }
    }

    fn stalled(&self, during: &'static str) -> LinkError {
        LinkError::Stalled {
            during,
            seconds: self.limit.as_secs().max(1),
        }
    }
}
