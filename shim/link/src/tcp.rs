//! TinyGPU's TCP flavour: several cards behind one server, host memory behind messages.
//!
//! The server numbers its cards in the answer to PROBE; the number is part of every later request.
//! Its connection is neither authenticated nor encrypted, and it takes one client at a time.

use std::net::{TcpStream, ToSocketAddrs};
use std::sync::{Arc, Mutex};

use crate::channel::{Channel, Socket};
use crate::lock::CardLock;
use crate::remote::{lock_channel, refused_memory, Flavour, Limits, RemoteLink};
use crate::shared::check_range;
use crate::wire::{self, Command, Probe, Request, BULK_LIMIT, DEFAULT_PORT, TEXT_LIMIT};
use crate::{DmaMemory, LinkError, Segment};

/// AMD's vendor number and the device numbers that a server is asked for: RDNA3 and RDNA4 cards, and
/// what else TinyGPU's own client asks for, so that a card is named instead of not being seen. What
/// a card really is, discovery on the card itself says.
fn wanted() -> Probe {
    const DEVICES: [u32; 17] = [
        0x744c, 0x7448, 0x7449, 0x744a, 0x745e, 0x747e, 0x7470, 0x7480, 0x7483, 0x7489, 0x7550,
        0x7551, 0x7590, 0x7591, 0x74a1, 0x75a0, 0x75a8,
    ];
    Probe {
        class: 0,
        vendor: 0x1002,
        devices: DEVICES.iter().map(|&id| (0xffff, id)).collect(),
    }
}

/// Connects to `host[:port]` and takes the first card that the server offers.
pub fn connect_tcp(address: &str, limits: Limits) -> Result<RemoteLink, LinkError> {
    let unreachable = |cause: String| LinkError::Unreachable {
        target: address.to_owned(),
        cause,
    };
    let with_port = if address.rsplit_once(':').is_some_and(|(host, port)| {
        port.parse::<u16>().is_ok() && (!host.contains(':') || host.ends_with(']'))
    }) {
        address.to_owned()
    } else {
        format!("{address}:{DEFAULT_PORT}")
    };
    let lock = CardLock::take(&with_port)?;
    let mut cause = "the name has no address".to_owned();
    let mut stream = None;
    for candidate in with_port
        .to_socket_addrs()
        .map_err(|e| unreachable(e.to_string()))?
    {
        match TcpStream::connect_timeout(&candidate, limits.connect) {
            Ok(connected) => {
                stream = Some(connected);
                break;
            }
            Err(error) => cause = error.to_string(),
        }
    }
    let stream = stream.ok_or_else(|| unreachable(cause))?;
    stream
        .set_nodelay(true)
        .map_err(|e| unreachable(e.to_string()))?;
    let mut channel = Channel::new(Socket::Tcp(stream), 0, limits.answer)
        .map_err(|e| unreachable(e.to_string()))?;

    let (request, payload) = wanted().emit();
    let (text, _) =
        channel.call_bytes(request, &payload, TEXT_LIMIT, "listing the server's cards")?;
    let text = String::from_utf8_lossy(&text).into_owned();
    let line = text
        .lines()
        .next()
        .filter(|line| !line.is_empty())
        .ok_or_else(|| LinkError::Refused {
            operation: "listing the server's cards",
            message: "it has no RDNA3 or RDNA4 card".into(),
        })?;
    let device = line
        .rsplit_once(':')
        .and_then(|(_, index)| index.trim().parse().ok())
        .ok_or_else(|| LinkError::Malformed {
            operation: "listing the server's cards",
            what: format!("{line:?} does not end in a card's number"),
        })?;
    channel.select(device);
    Ok(RemoteLink::new(
        format!("tcp:{with_port}"),
        Flavour::Tcp,
        Arc::new(Mutex::new(channel)),
        lock,
    ))
}

/// Host memory at the server.
struct DistantMemory {
    channel: Arc<Mutex<Channel>>,
    handle: u32,
    size: u64,
    segments: Vec<Segment>,
}

impl DmaMemory for DistantMemory {
    fn size(&self) -> u64 {
        self.size
    }

    fn segments(&self) -> &[Segment] {
        &self.segments
    }

    fn mapping(&self) -> Option<*mut u8> {
        None
    }

    fn read(&self, offset: u64, data: &mut [u8]) -> Result<(), LinkError> {
        check_range("host memory", offset, data.len() as u64, self.size)?;
        let mut channel = lock_channel(&self.channel);
        let mut at = offset;
        for piece in data.chunks_mut(BULK_LIMIT as usize) {
            let args = [at, piece.len() as u64, 0];
            let request = Request::new(Command::SysmemRead, self.handle, args);
            channel.call_into(request, piece, "reading host memory")?;
            at += piece.len() as u64;
        }
        Ok(())
    }

    fn write(&self, offset: u64, data: &[u8]) -> Result<(), LinkError> {
        check_range("host memory", offset, data.len() as u64, self.size)?;
        let mut channel = lock_channel(&self.channel);
        let mut at = offset;
        for piece in data.chunks(BULK_LIMIT as usize) {
            let args = [at, piece.len() as u64, 0];
            let request = Request::new(Command::SysmemWrite, self.handle, args);
            channel.post(request, piece, "writing host memory")?;
            at += piece.len() as u64;
        }
        Ok(())
    }
}

pub(crate) fn allocate(
    channel: &Arc<Mutex<Channel>>,
    size: u64,
) -> Result<Arc<dyn DmaMemory>, LinkError> {
    const DURING: &str = "allocating host memory";
    let size = size.max(1).next_multiple_of(4096);
    let request = Request::new(Command::MapSysmem, 0, [size, 0, 0]);
    let (list, handle) = lock_channel(channel)
        .call_bytes(request, &[], size / 4096 * 8 + 4096, DURING)
        .map_err(|error| refused_memory(error, size))?;
    let malformed = |what| LinkError::Malformed {
        operation: DURING,
        what,
    };
    let segments = wire::parse_pages(&list, size).map_err(malformed)?;
    let handle = u32::try_from(handle).map_err(|_| malformed(format!("handle {handle:#x}")))?;
    Ok(Arc::new(DistantMemory {
        channel: channel.clone(),
        handle,
        size,
        segments,
    }))
}
