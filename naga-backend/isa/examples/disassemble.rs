//! Disassembles dwords: `disassemble gfx1100 < code.bin`, or hexadecimal dwords as arguments.
//!
//! One line an instruction: byte offset, dwords, text; what does not decode is a comment and one
//! dword long.

use std::io::Read;

use rdna_isa::{decode, Arch};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut arguments = std::env::args().skip(1);
    let name = arguments
        .next()
        .ok_or("usage: disassemble ARCH [DWORD...] < CODE")?;
    let gen = Arch::from_name(&name)
        .ok_or_else(|| format!("unknown architecture {name}"))?
        .gen();
    let mut words = Vec::new();
    for argument in arguments {
        words.push(u32::from_str_radix(argument.trim_start_matches("0x"), 16)?);
    }
    if words.is_empty() {
        let mut bytes = Vec::new();
        std::io::stdin().read_to_end(&mut bytes)?;
        let dwords = bytes.chunks_exact(4);
        words.extend(dwords.map(|b| u32::from_le_bytes([b[0], b[1], b[2], b[3]])));
    }
    let mut at = 0;
    while at < words.len() {
        match decode(&words[at..], gen) {
            Ok((packet, used)) => {
                println!(
                    "{:6x}: {:08x?} {}",
                    at * 4,
                    &words[at..at + used],
                    packet.display(gen)
                );
                at += used;
            }
            Err(error) => {
                println!("{:6x}: {:08x} ; {error}", at * 4, words[at]);
                at += 1;
            }
        }
    }
    Ok(())
}
