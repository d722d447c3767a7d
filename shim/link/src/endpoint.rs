//! Where a card may be: a socket or an address, named by the user or in its usual place.

use std::path::PathBuf;
use std::sync::Arc;

use crate::{Limits, Link, LinkError};

/// A place where a server may offer a card.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Endpoint {
    /// A unix socket.
    Unix(PathBuf),
    /// `host[:port]`.
    Tcp(String),
}

impl Endpoint {
    /// What the environment names: `EGPU_SOCKET` and `EGPU_REMOTE` (comma-separated). Empty when it
    /// names nothing, and then [`Endpoint::usual`] is the place to look.
    pub fn named() -> Vec<Endpoint> {
        let mut endpoints = Vec::new();
        if let Some(path) = std::env::var_os("EGPU_SOCKET").filter(|p| !p.is_empty()) {
            endpoints.push(Endpoint::Unix(path.into()));
        }
        if let Ok(list) = std::env::var("EGPU_REMOTE") {
            let addresses = list.split(',').map(str::trim).filter(|a| !a.is_empty());
            endpoints.extend(addresses.map(|a| Endpoint::Tcp(a.to_owned())));
        }
        endpoints
    }

    /// The socket of TinyGPU's application where nothing is named; none on systems without one.
    pub fn usual() -> Option<Endpoint> {
        #[cfg(unix)]
        return Some(Endpoint::Unix(crate::default_socket()));
        #[cfg(not(unix))]
        None
    }

    /// Whether there is any sign of a server, without connecting: a socket file, or the application
    /// that would make one. Always true for addresses.
    pub fn is_present(&self) -> bool {
        match self {
            #[cfg(unix)]
            Endpoint::Unix(path) => {
                path.exists()
                    || (cfg!(target_os = "macos")
                        && std::path::Path::new(crate::TINYGPU_APPLICATION).exists())
            }
            #[cfg(not(unix))]
            Endpoint::Unix(_) => false,
            Endpoint::Tcp(_) => true,
        }
    }

    /// Connects.
    pub fn connect(&self, limits: Limits) -> Result<Arc<dyn Link>, LinkError> {
        match self {
            #[cfg(unix)]
            Endpoint::Unix(path) => Ok(Arc::new(crate::connect_unix(path, limits)?)),
            #[cfg(not(unix))]
            Endpoint::Unix(path) => Err(LinkError::Unreachable {
                target: path.display().to_string(),
                cause: "this system has no unix sockets that pass memory".into(),
            }),
            Endpoint::Tcp(address) => Ok(Arc::new(crate::connect_tcp(address, limits)?)),
        }
    }
}

impl std::fmt::Display for Endpoint {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Endpoint::Unix(path) => write!(f, "unix:{}", path.display()),
            Endpoint::Tcp(address) => write!(f, "tcp:{address}"),
        }
    }
}
