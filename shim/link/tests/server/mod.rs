//! A scripted server: answers each request with what a closure decides.

use std::io::{IoSlice, Read, Write};
use std::mem::MaybeUninit;
use std::os::fd::{AsFd, OwnedFd};
use std::os::unix::net::{UnixListener, UnixStream};
use std::path::PathBuf;
use std::sync::atomic::{AtomicU32, Ordering};

use egpu_link::wire::{Request, Response, REQUEST_BYTES};
use rustix::net::{sendmsg, SendAncillaryBuffer, SendAncillaryMessage, SendFlags};

/// What to do with one request.
pub enum Reply {
    Values(u64, u64),
    Bytes(Vec<u8>),
    /// Claimed length and what really follows.
    Claim(u64, Vec<u8>),
    Refuse(&'static str),
    Raw(Vec<u8>),
    Fd(u64, Option<OwnedFd>),
    Nothing,
    Hang,
    Close,
}

/// A path for a socket that no other test uses.
pub fn socket_path() -> PathBuf {
    static NEXT: AtomicU32 = AtomicU32::new(0);
    let n = NEXT.fetch_add(1, Ordering::Relaxed);
    std::env::temp_dir().join(format!("egpu-link-test-{}-{n}.sock", std::process::id()))
}

/// Serves one client on a fresh unix socket.
pub fn serve(mut script: impl FnMut(Request, Vec<u8>) -> Reply + Send + 'static) -> PathBuf {
    let path = socket_path();
    let listener = UnixListener::bind(&path).unwrap();
    let unlink = path.clone();
    std::thread::spawn(move || {
        let (stream, _) = listener.accept().unwrap();
        let _ = std::fs::remove_file(unlink);
        run(stream, &mut script);
    });
    path
}

fn run(mut stream: UnixStream, script: &mut dyn FnMut(Request, Vec<u8>) -> Reply) {
    let mut header = [0; REQUEST_BYTES];
    while stream.read_exact(&mut header).is_ok() {
        let request = Request::parse(&header).unwrap();
        let mut payload = vec![0; request.payload() as usize];
        stream.read_exact(&mut payload).unwrap();
        let sent = match script(request, payload) {
            Reply::Values(a, b) => stream.write_all(&Response::success([a, b]).emit()),
            Reply::Bytes(data) => stream
                .write_all(&Response::success([data.len() as u64, 0]).emit())
                .and_then(|()| stream.write_all(&data)),
            Reply::Claim(length, data) => stream
                .write_all(&Response::success([length, 0]).emit())
                .and_then(|()| stream.write_all(&data)),
            Reply::Refuse(text) => stream
                .write_all(&Response::failure(text.len()).emit())
                .and_then(|()| stream.write_all(text.as_bytes())),
            Reply::Raw(data) => stream.write_all(&data),
            Reply::Fd(size, fd) => send_fd(&stream, size, fd),
            Reply::Nothing => Ok(()),
            Reply::Hang => loop {
                std::thread::park();
            },
            Reply::Close => return,
        };
        if sent.is_err() {
            return;
        }
    }
}

fn send_fd(stream: &UnixStream, size: u64, fd: Option<OwnedFd>) -> std::io::Result<()> {
    let header = Response::success([size, 0]).emit();
    let Some(fd) = fd else {
        return (&mut &*stream).write_all(&header);
    };
    let fds = [fd.as_fd()];
    let mut space = [MaybeUninit::uninit(); rustix::cmsg_space!(ScmRights(1))];
    let mut control = SendAncillaryBuffer::new(&mut space);
    assert!(control.push(SendAncillaryMessage::ScmRights(&fds)));
    sendmsg(
        stream,
        &[IoSlice::new(&header)],
        &mut control,
        SendFlags::empty(),
    )?;
    Ok(())
}
