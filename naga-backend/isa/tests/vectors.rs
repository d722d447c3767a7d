//! Committed bytes and texts that LLVM agreed to, one file a generation: `BLESS=1 cargo test -p
//! rdna-isa --test llvm` rewrites them.

use rdna_isa::{decode, encode, Gen, Op};

fn check(gen: Gen, name: &str) {
    let path = format!("{}/tests/vectors/{name}.txt", env!("CARGO_MANIFEST_DIR"));
    let file = std::fs::read_to_string(&path).expect("the vectors are part of the repository");
    let mut seen = std::collections::HashSet::new();
    for line in file.lines() {
        let (hex, text) = line.split_once(" ; ").expect("bytes ; text");
        let bytes: Vec<u8> = (0..hex.len())
            .step_by(2)
            .map(|i| u8::from_str_radix(&hex[i..i + 2], 16).expect("hexadecimal"))
            .collect();
        let words: Vec<u32> = bytes
            .chunks_exact(4)
            .map(|word| u32::from_le_bytes([word[0], word[1], word[2], word[3]]))
            .collect();
        let (packet, used) = decode(&words, gen).unwrap_or_else(|e| panic!("{line}: {e}"));
        assert_eq!(used, words.len(), "{line}");
        assert_eq!(packet.display(gen).to_string(), text, "{line}");
        let mut again = Vec::new();
        encode(&packet, gen, &mut again).unwrap_or_else(|e| panic!("{line}: {e}"));
        assert_eq!(again, words, "{line}");
        match packet {
            rdna_isa::Packet::One(inst) => seen.extend([inst.op]),
            rdna_isa::Packet::Dual { x, y } => seen.extend([x.op, y.op]),
        }
    }
    for op in Op::all().filter(|op| op.info().opcode(gen).is_some()) {
        assert!(
            seen.contains(&op),
            "{op:?} is not in {name}.txt: bless the vectors again"
        );
    }
}

#[test]
fn gfx1100() {
    check(Gen::Gfx11, "gfx1100");
}

#[test]
fn gfx1201() {
    check(Gen::Gfx12, "gfx1201");
}
