//! Packets for people: what `EGPU_DEBUG=packets` prints.

use std::fmt::Write as _;

use amd_hw::pm4;
use amd_hw::sdma;

use super::streams::Chunk;

/// One line a packet, with its fields; what does not parse is shown as the dword it is.
pub(crate) fn packets(chunk: &Chunk) -> String {
    let mut text = String::new();
    let mut words = chunk.compute.as_slice();
    while let Some(first) = words.first() {
        let used = match pm4::Packet::parse(words) {
            Ok((packet, used)) => {
                let _ = writeln!(text, "  compute {packet:x?}");
                used
            }
            Err(_) => {
                let _ = writeln!(text, "  compute {first:#010x}?");
                1
            }
        };
        words = words.get(used.max(1)..).unwrap_or_default();
    }
    let mut words = chunk.sdma.as_slice();
    while let Some(first) = words.first() {
        let used = match sdma::Packet::parse(words) {
            Ok((packet, used)) => {
                let _ = writeln!(text, "  sdma {packet:x?}");
                used
            }
            Err(_) => {
                let _ = writeln!(text, "  sdma {first:#010x}?");
                1
            }
        };
        words = words.get(used.max(1)..).unwrap_or_default();
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn packets_have_names_and_rubbish_is_shown() {
        let mut chunk = Chunk::default();
        pm4::Packet::DispatchDirect {
            groups: [1, 2, 3],
            initiator: 5,
        }
        .emit(&mut chunk.compute);
        chunk.compute.push(0xffff_ffff);
        sdma::Packet::CopyLinear {
            source: 0x1000,
            destination: 0x2000,
            bytes: 64,
        }
        .emit(&mut chunk.sdma);
        let text = packets(&chunk);
        let lines: Vec<&str> = text.lines().map(str::trim_start).collect();
        assert_eq!(lines.len(), 3, "{text}");
        assert!(lines[0].starts_with("compute DispatchDirect { groups: [1, 2, 3]"));
        assert_eq!(lines[1], "compute 0xffffffff?");
        assert!(lines[2].contains("CopyLinear") && lines[2].contains("source: 1000"));
    }
}
