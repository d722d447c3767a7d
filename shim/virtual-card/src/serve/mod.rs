//! A card behind TinyGPU's protocol, for any client: over a unix socket with memory passed as file
//! descriptors, or over TCP with memory behind messages.
//!
//! The server trusts no byte: lengths and ranges are checked before a payload is read, a payload
//! that nobody wants is drained, a message that stops half-way ends its connection in bounded time.
//! One client drives the card at a time; a second one is refused with a message instead of being
//! left waiting. The card outlives its clients, as hardware does.

mod session;
mod stream;

use std::net::{TcpListener, ToSocketAddrs};
use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Condvar, Mutex};
use std::thread::JoinHandle;
use std::time::Duration;

use egpu_link::wire::DEFAULT_PORT;
use egpu_link::Endpoint;

use crate::config::{Config, ConfigError};
use crate::device::lock;
use crate::{Finding, VirtualCard};
use session::{End, Session};
use stream::{Listener, Stream};

/// How long a connection that comes while another client drives the card waits for that one to
/// leave: clients that follow each other closely are no second client.
const HANDOVER: Duration = Duration::from_secs(1);

/// What to serve, and where.
#[derive(Clone, Debug)]
pub struct Options {
    /// A unix socket, or `address:port` (loopback if only a port is given, port 0 for any).
    pub endpoint: Endpoint,
    /// The card.
    pub card: Config,
    /// End after the first client.
    pub once: bool,
    /// File that a decoded record of everything is written to.
    pub trace: Option<PathBuf>,
}

/// Why a server cannot start, or ended.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The card cannot be made.
    #[error(transparent)]
    Card(#[from] ConfigError),
    /// The socket or address cannot be listened on.
    #[error("cannot listen on {endpoint}: {cause}")]
    Listen {
        /// Where.
        endpoint: String,
        /// The system's words.
        cause: String,
    },
    /// The trace file cannot be written.
    #[error("cannot write the trace to {path}: {source}")]
    Trace {
        /// File.
        path: String,
        /// The system's words.
        source: std::io::Error,
    },
    /// The injected fault `server-dies` struck.
    #[error("the server died (injected fault)")]
    Died,
}

/// What the accepting thread and a connection share.
struct Shared {
    stop: AtomicBool,
    busy: Mutex<bool>,
    freed: Condvar,
    died: AtomicBool,
    served: AtomicBool,
}

impl Shared {
    fn is_over(&self) -> bool {
        self.stop.load(Ordering::Acquire) || self.died.load(Ordering::Acquire)
    }
}

/// A server that listens.
pub struct Server {
    card: Arc<VirtualCard>,
    listener: Listener,
    shared: Arc<Shared>,
    once: bool,
}

impl Server {
    /// Powers the card on and listens; nobody is served yet.
    pub fn bind(options: Options) -> Result<Server, Error> {
        let card = VirtualCard::new(options.card)?;
        if let Some(path) = &options.trace {
            let file = std::fs::File::create(path).map_err(|source| Error::Trace {
                path: path.display().to_string(),
                source,
            })?;
            card.set_trace(Box::new(std::io::BufWriter::new(file)));
        }
        let listen = |cause: String| Error::Listen {
            endpoint: options.endpoint.to_string(),
            cause,
        };
        let listener = match &options.endpoint {
            #[cfg(unix)]
            Endpoint::Unix(path) => {
                Listener::unix(path).map_err(|error| listen(error.to_string()))?
            }
            #[cfg(not(unix))]
            Endpoint::Unix(_) => {
                return Err(listen(
                    "this system has no unix sockets that pass memory".into(),
                ));
            }
            Endpoint::Tcp(address) => {
                let address = match address.rsplit_once(':') {
                    _ if address.parse::<u16>().is_ok() => format!("127.0.0.1:{address}"),
                    Some((host, port)) if port.parse::<u16>().is_ok() && !host.is_empty() => {
                        address.clone()
                    }
                    _ => format!("{address}:{DEFAULT_PORT}"),
                };
                let addresses: Vec<_> = address
                    .to_socket_addrs()
                    .map_err(|error| listen(error.to_string()))?
                    .collect();
                let listener =
                    TcpListener::bind(&addresses[..]).map_err(|error| listen(error.to_string()))?;
                Listener::tcp(listener).map_err(|error| listen(error.to_string()))?
            }
        };
        let shared = Arc::new(Shared {
            stop: AtomicBool::new(false),
            busy: Mutex::new(false),
            freed: Condvar::new(),
            died: AtomicBool::new(false),
            served: AtomicBool::new(false),
        });
        Ok(Server {
            card,
            listener,
            shared,
            once: options.once,
        })
    }

    /// Where it listens: `unix:PATH` or `tcp:ADDRESS:PORT` with the real port.
    pub fn endpoint(&self) -> Endpoint {
        self.listener.endpoint()
    }

    /// The card that is served.
    pub fn card(&self) -> &Arc<VirtualCard> {
        &self.card
    }

    /// Serves until it is told to end, its only client has left, or a fault ends it.
    pub fn run(self) -> Result<(), Error> {
        let mut sessions: Vec<JoinHandle<()>> = Vec::new();
        while !self.shared.is_over() {
            if self.once && self.shared.served.load(Ordering::Acquire) && !*lock(&self.shared.busy)
            {
                break;
            }
            let Some(stream) = self.listener.accept() else {
                continue;
            };
            sessions.retain(|session| !session.is_finished());
            // Whoever is refused waits a moment for that; a flood of them must not pile up.
            if sessions.len() > 16 {
                continue;
            }
            let (card, shared) = (self.card.clone(), self.shared.clone());
            let session = std::thread::Builder::new()
                .name("virtual-card session".into())
                .spawn(move || serve(&card, &shared, stream));
            match session {
                Ok(session) => sessions.push(session),
                Err(error) => log::warn!("no thread for a client: {error}"),
            }
        }
        self.shared.stop.store(true, Ordering::Release);
        for session in sessions {
            let _ = session.join();
        }
        self.card.flush_trace();
        if self.shared.died.load(Ordering::Acquire) {
            return Err(Error::Died);
        }
        Ok(())
    }

    /// Serves on a thread of its own until the result is dropped or stopped.
    pub fn start(self) -> Running {
        let (card, shared, endpoint) = (self.card.clone(), self.shared.clone(), self.endpoint());
        Running {
            card,
            shared,
            endpoint,
            thread: Some(std::thread::spawn(move || self.run())),
        }
    }
}

/// A server on a thread of its own.
pub struct Running {
    card: Arc<VirtualCard>,
    shared: Arc<Shared>,
    endpoint: Endpoint,
    thread: Option<JoinHandle<Result<(), Error>>>,
}

impl Running {
    /// Where it listens.
    pub fn endpoint(&self) -> &Endpoint {
        &self.endpoint
    }

    /// The card that is served.
    pub fn card(&self) -> &Arc<VirtualCard> {
        &self.card
    }

    /// Ends it, whatever its clients do, and returns how it went.
    pub fn stop(mut self) -> Result<(), Error> {
        self.end()
    }

    fn end(&mut self) -> Result<(), Error> {
        self.shared.stop.store(true, Ordering::Release);
        match self.thread.take().map(JoinHandle::join) {
            Some(Ok(result)) => result,
            Some(Err(_)) | None => Ok(()),
        }
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.end();
    }
}

/// Serves a card until told otherwise: what `egpu serve` does.
///
/// `ready` is called once with the place where the server listens. Returns what a real card would
/// not have taken.
pub fn run(options: Options, ready: impl FnOnce(&Endpoint)) -> Result<Vec<Finding>, Error> {
    let server = Server::bind(options)?;
    let card = server.card().clone();
    ready(&server.endpoint());
    server.run()?;
    Ok(card.findings())
}

/// One connection, from its first byte to its end.
fn serve(card: &VirtualCard, shared: &Shared, mut stream: Stream) {
    let granted = {
        let busy = lock(&shared.busy);
        let (mut busy, _) = shared
            .freed
            .wait_timeout_while(busy, HANDOVER, |busy| *busy && !shared.is_over())
            .unwrap_or_else(|e| e.into_inner());
        !std::mem::replace(&mut *busy, true)
    };
    if !granted {
        session::refuse(
            &mut stream,
            "another client is using this card",
            &shared.stop,
        );
        return;
    }
    let end = Session::new(card, &mut stream, &shared.stop).run();
    log::info!("client left: {end}");
    card.flush_trace();
    if matches!(end, End::Died) {
        shared.died.store(true, Ordering::Release);
    }
    shared.served.store(true, Ordering::Release);
    *lock(&shared.busy) = false;
    shared.freed.notify_all();
}
