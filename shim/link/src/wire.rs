//! TinyGPU's messages as bytes.
//!
//! A request is 33 packed little-endian bytes (`cmd u8, device u32, bar u32, arg0..2 u64`), followed
//! by a payload for a few commands; an answer is 17 bytes (`status u8, value0 u64, value1 u64`),
//! followed by data or by an error text. Requests are answered in order, one at a time, without tags;
//! MMIO_WRITE and SYSMEM_WRITE are never answered, not even when they fail.
//!
//! Clients ([`crate::UnixLink`], [`crate::TcpLink`]) and servers use this one module, so that the two
//! sides cannot disagree. It parses without allocating and trusts nothing: an unknown command or a
//! status that the protocol does not know is an error.

use crate::Segment;

/// Bytes of a request header.
pub const REQUEST_BYTES: usize = 33;
/// Bytes of an answer header.
pub const RESPONSE_BYTES: usize = 17;
/// Longest payload of an MMIO or SYSMEM transfer.
pub const BULK_LIMIT: u64 = 64 << 20;
/// BARs that a function has.
pub const BARS: u32 = 6;
/// Host memory allocations that one connection to TinyGPU's unix server may hold.
pub const ALLOCATION_LIMIT: usize = 128;
/// Segments that one allocation may consist of.
pub const SEGMENT_LIMIT: usize = 32;
/// Smallest host memory allocation: one page of Apple silicon.
pub const ALLOCATION_MIN: u64 = 0x4000;
/// Bytes at the start of a fresh allocation that the server overwrites with the segment list.
pub const SEGMENT_LIST_BYTES: usize = 8192;
/// Longest error text or PROBE answer that a client accepts.
pub const TEXT_LIMIT: u64 = 64 << 10;
/// Longest PROBE payload that a server accepts.
pub const PROBE_LIMIT: u64 = 64 << 10;
/// Port of the TCP flavour.
pub const DEFAULT_PORT: u16 = 6667;
/// Bus addresses fit into this many bits in a page-table entry.
pub const ADDRESS_BITS: u32 = 48;

/// What a request asks for. The numbers are the protocol's.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[repr(u8)]
pub enum Command {
    /// Lists cards: `arg0` base class or 0, `arg2` vendor, payload of (mask, id) u32 pairs. TCP only.
    Probe = 0,
    /// Maps `bar`; answers address and size.
    MapBar = 1,
    /// Allocates `arg0` bytes; answers size and index, and passes a file descriptor. Unix only.
    MapSysmemFd = 2,
    /// Reads configuration space: `arg0` offset, `arg1` size.
    ConfigRead = 3,
    /// Writes configuration space: `arg0` offset, `arg1` size, `arg2` value.
    ConfigWrite = 4,
    /// Resets the function.
    Reset = 5,
    /// Reads `arg1` bytes at `arg0` of `bar`.
    MmioRead = 6,
    /// Writes `arg1` payload bytes at `arg0` of `bar`. No answer.
    MmioWrite = 7,
    /// Allocates `arg0` bytes; answers with a handle and one address per 4 KiB. TCP only.
    MapSysmem = 8,
    /// Reads `arg1` bytes at `arg0` of the allocation whose handle is in `bar`. TCP only.
    SysmemRead = 9,
    /// Writes `arg1` payload bytes at `arg0` of an allocation. No answer. TCP only.
    SysmemWrite = 10,
    /// Asks for the largest size of `bar`.
    ResizeBar = 11,
    /// Does nothing. TCP only.
    Ping = 12,
}

impl Command {
    /// All commands, by number.
    pub const ALL: [Command; 13] = [
        Command::Probe,
        Command::MapBar,
        Command::MapSysmemFd,
        Command::ConfigRead,
        Command::ConfigWrite,
        Command::Reset,
        Command::MmioRead,
        Command::MmioWrite,
        Command::MapSysmem,
        Command::SysmemRead,
        Command::SysmemWrite,
        Command::ResizeBar,
        Command::Ping,
    ];

    /// The protocol's name.
    pub fn name(self) -> &'static str {
        match self {
            Command::Probe => "PROBE",
            Command::MapBar => "MAP_BAR",
            Command::MapSysmemFd => "MAP_SYSMEM_FD",
            Command::ConfigRead => "CFG_READ",
            Command::ConfigWrite => "CFG_WRITE",
            Command::Reset => "RESET",
            Command::MmioRead => "MMIO_READ",
            Command::MmioWrite => "MMIO_WRITE",
            Command::MapSysmem => "MAP_SYSMEM",
            Command::SysmemRead => "SYSMEM_READ",
            Command::SysmemWrite => "SYSMEM_WRITE",
            Command::ResizeBar => "RESIZE_BAR",
            Command::Ping => "PING",
        }
    }

    /// Whether a server answers it at all.
    pub fn is_answered(self) -> bool {
        !matches!(self, Command::MmioWrite | Command::SysmemWrite)
    }

    /// Whether `arg1` payload bytes follow the request.
    pub fn has_payload(self) -> bool {
        matches!(
            self,
            Command::Probe | Command::MmioWrite | Command::SysmemWrite
        )
    }
}

/// A command number that the protocol does not have. What follows it in the stream is unknown.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("unknown command {0}")]
pub struct UnknownCommand(pub u8);

/// A request header.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Request {
    /// What to do.
    pub command: Command,
    /// 0 on the unix flavour; the index from PROBE on TCP.
    pub device: u32,
    /// BAR number, or handle of an allocation for SYSMEM commands.
    pub bar: u32,
    /// Arguments; their meaning depends on the command.
    pub args: [u64; 3],
}

impl Request {
    /// A request to device 0.
    pub fn new(command: Command, bar: u32, args: [u64; 3]) -> Request {
        Request {
            command,
            device: 0,
            bar,
            args,
        }
    }

    /// Reads a header.
    pub fn parse(bytes: &[u8; REQUEST_BYTES]) -> Result<Request, UnknownCommand> {
        let command = *Command::ALL
            .get(usize::from(bytes[0]))
            .ok_or(UnknownCommand(bytes[0]))?;
        Ok(Request {
            command,
            device: u32_at(bytes, 1),
            bar: u32_at(bytes, 5),
            args: [u64_at(bytes, 9), u64_at(bytes, 17), u64_at(bytes, 25)],
        })
    }

    /// The header as bytes.
    pub fn emit(&self) -> [u8; REQUEST_BYTES] {
        let mut bytes = [0; REQUEST_BYTES];
        bytes[0] = self.command as u8;
        bytes[1..5].copy_from_slice(&self.device.to_le_bytes());
        bytes[5..9].copy_from_slice(&self.bar.to_le_bytes());
        for (i, arg) in self.args.iter().enumerate() {
            bytes[9 + 8 * i..17 + 8 * i].copy_from_slice(&arg.to_le_bytes());
        }
        bytes
    }

    /// Payload bytes that follow this header in the stream, as the sender claims.
    pub fn payload(&self) -> u64 {
        if self.command.has_payload() {
            self.args[1]
        } else {
            0
        }
    }
}

/// An answer header.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Response {
    /// Status 0. On failure `values[0]` is the length of the text that follows.
    pub ok: bool,
    /// The two values.
    pub values: [u64; 2],
}

impl Response {
    /// Success with its values.
    pub fn success(values: [u64; 2]) -> Response {
        Response { ok: true, values }
    }

    /// Failure, with a text of so many bytes to follow.
    pub fn failure(text_bytes: usize) -> Response {
        Response {
            ok: false,
            values: [text_bytes as u64, 0],
        }
    }

    /// Reads a header; the error is a status that is neither 0 nor 1.
    pub fn parse(bytes: &[u8; RESPONSE_BYTES]) -> Result<Response, u8> {
        let ok = match bytes[0] {
            0 => true,
            1 => false,
            other => return Err(other),
        };
        Ok(Response {
            ok,
            values: [u64_at(bytes, 1), u64_at(bytes, 9)],
        })
    }

    /// The header as bytes.
    pub fn emit(&self) -> [u8; RESPONSE_BYTES] {
        let mut bytes = [0; RESPONSE_BYTES];
        bytes[0] = u8::from(!self.ok);
        bytes[1..9].copy_from_slice(&self.values[0].to_le_bytes());
        bytes[9..17].copy_from_slice(&self.values[1].to_le_bytes());
        bytes
    }
}

/// Which cards a PROBE asks for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Probe {
    /// PCI base class, 0 for any.
    pub class: u32,
    /// PCI vendor.
    pub vendor: u32,
    /// (mask, id) pairs: a device matches when `device & mask == id` for one of them.
    pub devices: Vec<(u32, u32)>,
}

impl Probe {
    /// The request and its payload.
    pub fn emit(&self) -> (Request, Vec<u8>) {
        let payload: Vec<u8> = self
            .devices
            .iter()
            .flat_map(|&(mask, id)| [mask, id])
            .flat_map(u32::to_le_bytes)
            .collect();
        let args = [
            u64::from(self.class),
            payload.len() as u64,
            u64::from(self.vendor),
        ];
        (Request::new(Command::Probe, 0, args), payload)
    }

    /// Reads a request and its payload; odd trailing bytes are an error, named.
    pub fn parse(request: &Request, payload: &[u8]) -> Result<Probe, &'static str> {
        if !payload.len().is_multiple_of(8) {
            return Err("the payload of PROBE is not a list of (mask, id) pairs");
        }
        let class = u32::try_from(request.args[0]).map_err(|_| "PCI class out of range")?;
        let vendor = u32::try_from(request.args[2]).map_err(|_| "PCI vendor out of range")?;
        let devices = payload
            .chunks_exact(8)
            .map(|pair| (u32_at(pair, 0), u32_at(pair, 4)))
            .collect();
        Ok(Probe {
            class,
            vendor,
            devices,
        })
    }

    /// Whether a function with these identifiers is asked for.
    pub fn matches(&self, class: u32, vendor: u32, device: u32) -> bool {
        (self.class == 0 || self.class == class)
            && self.vendor == vendor
            && self.devices.iter().any(|&(mask, id)| device & mask == id)
    }
}

/// Writes a segment list as TinyGPU leaves it at the start of an allocation: (address, length)
/// pairs ended by a pair of zeros.
pub fn emit_segments(segments: &[Segment]) -> Vec<u8> {
    segments
        .iter()
        .flat_map(|s| [s.address, s.length])
        .chain([0, 0])
        .flat_map(u64::to_le_bytes)
        .collect()
}

/// Reads a segment list that must cover `size` bytes; what reaches beyond is cut off.
///
/// The error says what is wrong with it: misaligned, out of the card's reach, too short, endless.
pub fn parse_segments(list: &[u8], size: u64) -> Result<Vec<Segment>, String> {
    let mut segments = Vec::new();
    let mut covered = 0u64;
    for pair in list.chunks_exact(16) {
        let (address, length) = (u64_at(pair, 0), u64_at(pair, 8));
        if length == 0 {
            break;
        }
        if !address.is_multiple_of(4096) || !length.is_multiple_of(4096) {
            return Err(format!(
                "segment {address:#x}+{length:#x} is not a multiple of 4 KiB"
            ));
        }
        match address.checked_add(length) {
            Some(end) if end <= 1 << ADDRESS_BITS => {}
            _ => return Err(format!("segment {address:#x}+{length:#x} is out of reach")),
        }
        let length = length.min(size - covered);
        if length == 0 {
            break;
        }
        segments.push(Segment { address, length });
        covered += length;
    }
    if covered < size {
        return Err(format!("segments cover {covered:#x} of {size:#x} bytes"));
    }
    Ok(segments)
}

/// Reads a list of one address per 4 KiB, as MAP_SYSMEM answers it, and joins neighbours.
pub fn parse_pages(list: &[u8], size: u64) -> Result<Vec<Segment>, String> {
    let mut segments: Vec<Segment> = Vec::new();
    let mut covered = 0u64;
    for entry in list.chunks_exact(8) {
        let address = u64_at(entry, 0);
        if !address.is_multiple_of(4096) || address >= 1 << ADDRESS_BITS {
            return Err(format!("page {address:#x} is misaligned or out of reach"));
        }
        let length = (size - covered).min(4096);
        if length == 0 {
            break;
        }
        covered += length;
        match segments.last_mut() {
            Some(last) if last.address + last.length == address => last.length += length,
            _ => segments.push(Segment { address, length }),
        }
    }
    if covered < size {
        return Err(format!("pages cover {covered:#x} of {size:#x} bytes"));
    }
    Ok(segments)
}

fn u32_at(bytes: &[u8], at: usize) -> u32 {
    u32::from_le_bytes(std::array::from_fn(|i| bytes[at + i]))
}

fn u64_at(bytes: &[u8], at: usize) -> u64 {
    u64::from_le_bytes(std::array::from_fn(|i| bytes[at + i]))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn request_layout_is_the_documented_one() {
        let request = Request {
            command: Command::MmioWrite,
            device: 0x0403_0201,
            bar: 5,
            args: [0x1122_3344_5566_7788, 4, 7],
        };
        let bytes = request.emit();
        assert_eq!(&bytes[..9], &[7, 1, 2, 3, 4, 5, 0, 0, 0]);
        assert_eq!(
            &bytes[9..17],
            &[0x88, 0x77, 0x66, 0x55, 0x44, 0x33, 0x22, 0x11]
        );
        assert_eq!(request.payload(), 4);
        assert_eq!(Request::parse(&bytes), Ok(request));
    }

    #[test]
    fn commands_have_their_numbers() {
        for (number, command) in Command::ALL.into_iter().enumerate() {
            assert_eq!(command as usize, number);
        }
        let mut bytes = [0; REQUEST_BYTES];
        bytes[0] = 13;
        assert_eq!(Request::parse(&bytes), Err(UnknownCommand(13)));
    }

    #[test]
    fn response_round_trips_and_refuses_other_status() {
        let response = Response::success([1, u64::MAX]);
        assert_eq!(Response::parse(&response.emit()), Ok(response));
        let failure = Response::failure(9);
        assert_eq!(failure.emit()[0], 1);
        assert_eq!(Response::parse(&failure.emit()), Ok(failure));
        let mut bytes = response.emit();
        bytes[0] = 2;
        assert_eq!(Response::parse(&bytes), Err(2));
    }

    #[test]
    fn probe_round_trips() {
        let probe = Probe {
            class: 0,
            vendor: 0x1002,
            devices: vec![(0xffff, 0x744c), (0xffff, 0x7550)],
        };
        let (request, payload) = probe.emit();
        assert_eq!(request.payload(), 16);
        assert_eq!(Probe::parse(&request, &payload), Ok(probe.clone()));
        assert!(probe.matches(3, 0x1002, 0x7550));
        assert!(!probe.matches(3, 0x10de, 0x7550));
        assert!(!probe.matches(3, 0x1002, 0x7551));
        assert!(Probe::parse(&request, &payload[..15]).is_err());
    }

    #[test]
    fn segment_lists() {
        let segments = [
            Segment {
                address: 0x10_0000,
                length: 0x8000,
            },
            Segment {
                address: 0x40_0000,
                length: 0x8000,
            },
        ];
        let mut list = emit_segments(&segments);
        assert_eq!(parse_segments(&list, 0x10000).as_deref(), Ok(&segments[..]));
        let cut = parse_segments(&list, 0x9000).unwrap();
        assert_eq!(cut[1].length, 0x1000);
        assert!(parse_segments(&list, 0x10001)
            .unwrap_err()
            .contains("cover"));
        list[0] = 1;
        assert!(parse_segments(&list, 0x10000)
            .unwrap_err()
            .contains("4 KiB"));
        let wrap = emit_segments(&[Segment {
            address: !0xfff,
            length: 0x2000,
        }]);
        assert!(parse_segments(&wrap, 0x1000).unwrap_err().contains("reach"));
    }

    #[test]
    fn page_lists_join_neighbours() {
        let list: Vec<u8> = [0x1000u64, 0x2000, 0x8000]
            .into_iter()
            .flat_map(u64::to_le_bytes)
            .collect();
        let segments = parse_pages(&list, 0x3000).unwrap();
        assert_eq!(segments.len(), 2);
        assert_eq!(segments[0].length, 0x2000);
        assert!(parse_pages(&list, 0x3001).is_err());
    }
}
