//! Cards behind sockets and addresses, as sources that can be opened.

use std::sync::Arc;

use egpu_link::{Endpoint, Limits, Link, LinkError};

use crate::amd::{self, AmdCard};
use crate::{Card, CardError, CardInfo, Source};

type Connect = dyn Fn() -> Result<Arc<dyn Link>, LinkError> + Send + Sync;

/// A Radeon card that can be reached: opened when it is used, and anew after a loss.
pub struct AmdSource {
    info: CardInfo,
    options: amd::Options,
    connect: Box<Connect>,
}

impl std::fmt::Debug for AmdSource {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("AmdSource")
            .field("info", &self.info)
            .finish()
    }
}

impl AmdSource {
    /// Looks at the card that `connect` reaches, then lets the connection go.
    pub fn new(
        connect: impl Fn() -> Result<Arc<dyn Link>, LinkError> + Send + Sync + 'static,
        options: amd::Options,
    ) -> Result<AmdSource, CardError> {
        let link = connect().map_err(unreachable)?;
        let info = amd::inspect(link)?;
        Ok(AmdSource {
            info,
            options,
            connect: Box::new(connect),
        })
    }

    /// The card behind a socket or an address.
    pub fn at(endpoint: Endpoint, options: amd::Options) -> Result<AmdSource, CardError> {
        AmdSource::new(move || endpoint.connect(Limits::default()), options)
    }
}

impl Source for AmdSource {
    fn info(&self) -> &CardInfo {
        &self.info
    }

    fn open(&self) -> Result<Arc<dyn Card>, CardError> {
        let link = (self.connect)().map_err(unreachable)?;
        Ok(Arc::new(AmdCard::open(link, &self.options)?))
    }

    fn as_any(&self) -> &dyn std::any::Any {
        self
    }
}

/// Why a card cannot be connected to, and what to do.
pub(crate) fn unreachable(error: LinkError) -> CardError {
    let advice = match &error {
        LinkError::Unreachable { .. } if cfg!(target_os = "macos") => {
            "start TinyGPU.app and check that its extension is approved; `egpu doctor` tells more"
        }
        LinkError::Unreachable { .. } => {
            "check the path or address, and that a server runs there (`egpu serve` offers a virtual card)"
        }
        LinkError::Busy { .. } => "end that program, or use another card",
        LinkError::Refused { .. } => {
            "check that the enclosure is connected and powered, and that TinyGPU's extension is approved"
        }
        _ => "restart the server and try again",
    };
    CardError::Unavailable {
        problem: error.to_string(),
        advice: advice.into(),
    }
}
