//! Damage: a few changes to an input that keep most of its form, so that what reads it gets far.

use egpu_conformance::rng::Rng;
use egpu_translate::Kind;

use crate::Subject;

/// Places of executable segments in an ELF file.
fn code_of(object: &[u8]) -> std::ops::Range<usize> {
    let word = |at: usize, n: usize| {
        let bytes = object.get(at..at + n).unwrap_or_default();
        bytes
            .iter()
            .rev()
            .fold(0usize, |all, b| all << 8 | usize::from(*b))
    };
    let (table, size, count) = (word(32, 8), word(54, 2), word(56, 2));
    for n in 0..count.min(16) {
        let header = table.saturating_add(n * size);
        if word(header, 4) == 1 && word(header.saturating_add(4), 4) & 1 == 1 {
            let from = word(header + 8, 8);
            let end = from.saturating_add(word(header + 32, 8)).min(object.len());
            return from.min(end)..end;
        }
    }
    0..0
}

/// Changes an input in one to four places, with pieces of another one.
pub fn damage(subject: Subject, bytes: &mut Vec<u8>, other: &[u8], rng: &mut Rng) {
    for _ in 0..1 + rng.below(4) {
        match subject {
            Subject::Shader(Kind::Spirv) => damage_words(bytes, other, rng),
            Subject::Shader(Kind::Wgsl | Kind::Glsl) => damage_text(bytes, other, rng),
            Subject::Elf => damage_bytes(bytes, other, rng),
            Subject::Code => {
                let (code, donor) = (code_of(bytes), code_of(other));
                let (n, m) = (code.len() / 4, donor.len() / 4);
                if n == 0 || m == 0 {
                    return;
                }
                let at = code.start + 4 * rng.below(n as u32) as usize;
                let from = donor.start + 4 * rng.below(m as u32) as usize;
                match rng.below(4) {
                    0 => bytes[at + rng.below(4) as usize] ^= 1 << rng.below(8),
                    1 => bytes[at..at + 4].copy_from_slice(&other[from..from + 4]),
                    2 => bytes[at..at + 4].copy_from_slice(&rng.u32().to_le_bytes()),
                    _ => {
                        let n = 4 * (1 + rng.below(8) as usize);
                        let n = n.min(code.end - at).min(donor.end - from);
                        bytes[at..at + n].copy_from_slice(&other[from..from + n]);
                    }
                }
            }
        }
    }
}

fn damage_bytes(bytes: &mut Vec<u8>, other: &[u8], rng: &mut Rng) {
    if bytes.is_empty() {
        return;
    }
    // Headers and notes more often than code.
    let reach = if rng.below(2) == 0 {
        bytes.len().min(1024)
    } else {
        bytes.len()
    };
    let at = rng.below(reach as u32) as usize;
    match rng.below(6) {
        0 => bytes[at] ^= 1 << rng.below(8),
        1 => bytes[at] = [0, 1, 0x7f, 0x80, 0xff][rng.below(5) as usize],
        2 => {
            let n = 8.min(bytes.len() - at);
            let value = [0u64, 1, u64::MAX, 1 << 63, 0xffff_ffff, 1 << 40];
            let value = value[rng.below(6) as usize].to_le_bytes();
            bytes[at..at + n].copy_from_slice(&value[..n]);
        }
        3 => bytes.truncate(at),
        4 => {
            let n = (rng.below(64) as usize).min(bytes.len() - at);
            bytes.drain(at..at + n);
        }
        _ => {
            let from = rng.below(other.len().max(1) as u32) as usize;
            let n = (rng.below(64) as usize).min(other.len().saturating_sub(from));
            let n = n.min(bytes.len() - at);
            bytes[at..at + n].copy_from_slice(&other[from..from + n]);
        }
    }
}

/// Words, numbers and signs of a text.
fn tokens(text: &[u8]) -> Vec<std::ops::Range<usize>> {
    let mut out = Vec::new();
    let mut at = 0;
    while at < text.len() {
        let start = at;
        let name = |b: u8| b.is_ascii_alphanumeric() || b == b'_';
        if name(text[at]) {
            while at < text.len() && name(text[at]) {
                at += 1;
            }
            out.push(start..at);
        } else {
            at += 1;
            if !text[start].is_ascii_whitespace() {
                out.push(start..at);
            }
        }
    }
    out
}

fn damage_text(bytes: &mut Vec<u8>, other: &[u8], rng: &mut Rng) {
    let own = tokens(bytes);
    let donor = tokens(other);
    if own.is_empty() || donor.is_empty() {
        return;
    }
    let pick = |of: &[std::ops::Range<usize>], rng: &mut Rng| {
        of[rng.below(of.len() as u32) as usize].clone()
    };
    let at = pick(&own, rng);
    let lines = |text: &[u8], rng: &mut Rng| {
        let all: Vec<Vec<u8>> = text.split(|&b| b == b'\n').map(<[u8]>::to_vec).collect();
        all[rng.below(all.len() as u32) as usize].clone()
    };
    match rng.below(12) {
        0 | 1 => {
            let from = pick(&own, rng);
            let token = bytes[from].to_vec();
            bytes.splice(at, token);
        }
        2 | 3 => {
            let from = pick(&donor, rng);
            bytes.splice(at, other[from].iter().copied());
        }
        4 => {
            bytes.drain(at);
        }
        5 => {
            let to = pick(&own, rng);
            let (from, to) = (at.start.min(to.start), at.end.max(to.end));
            if to - from < 400 {
                let run = bytes[from..to].to_vec();
                let times = [1, 2, 20][rng.below(3) as usize];
                for _ in 0..times {
                    bytes.splice(to..to, run.iter().copied());
                }
            }
        }
        6 => {
            let numbers = [
                "0",
                "1",
                "-1",
                "4294967295u",
                "2147483648",
                "1e39",
                "0x1p-149",
                "1.0h",
                "9999999999999",
                "0u",
                "1e400",
                "-2147483648",
                "3.4028235e38f",
                "65536u",
                "0xffffffffu",
                "1lf",
                "1li",
            ];
            let number = numbers[rng.below(numbers.len() as u32) as usize];
            bytes.splice(at, number.bytes());
        }
        7 => {
            let signs = [
                "(", ")", "[", "]", "{", "}", ";", ",", "<", ">", "*", "&", "@", "-", "/*", "//",
                "_",
            ];
            let sign = signs[rng.below(signs.len() as u32) as usize];
            bytes.splice(at.start..at.start, sign.bytes());
        }
        8 => {
            let line = lines(other, rng);
            bytes.splice(at.start..at.start, line);
        }
        9 => {
            let line = lines(&bytes.clone(), rng);
            bytes.splice(at.start..at.start, line);
        }
        10 => {
            let i = at.start;
            bytes[i] = bytes[i].wrapping_add(1 << rng.below(7)) & 0x7f;
        }
        _ => {
            let to = pick(&own, rng);
            let (from, to) = (at.start.min(to.start), at.end.max(to.end));
            if to - from < 200 {
                bytes.drain(from..to);
            }
        }
    }
}

/// Instructions of a SPIR-V module, in words.
fn instructions(words: &[u32]) -> Vec<std::ops::Range<usize>> {
    let mut out = Vec::new();
    let mut at = 5;
    while at < words.len() {
        let n = (words[at] >> 16) as usize;
        if n == 0 || at + n > words.len() {
            break;
        }
        out.push(at..at + n);
        at += n;
    }
    out
}

fn damage_words(bytes: &mut Vec<u8>, other: &[u8], rng: &mut Rng) {
    let to_words = |bytes: &[u8]| -> Vec<u32> {
        let word = |c: &[u8]| u32::from_le_bytes([c[0], c[1], c[2], c[3]]);
        bytes.chunks_exact(4).map(word).collect()
    };
    let mut words = to_words(bytes);
    let donor = to_words(other);
    let (own, theirs) = (instructions(&words), instructions(&donor));
    if own.is_empty() || theirs.is_empty() {
        return damage_bytes(bytes, other, rng);
    }
    let at = own[rng.below(own.len() as u32) as usize].clone();
    let operand = at.start + rng.below(at.len() as u32) as usize;
    let bound = words.get(3).copied().unwrap_or(1).max(1);
    match rng.below(9) {
        0 | 1 => words[operand] = rng.below(bound),
        2 => words[operand] = [0, 1, u32::MAX, 1 << 31, bound, 64][rng.below(6) as usize],
        3 => words[operand] ^= 1 << rng.below(32),
        4 => {
            words.drain(at);
        }
        5 => {
            let copy = words[at.clone()].to_vec();
            let to = own[rng.below(own.len() as u32) as usize].start;
            words.splice(to..to, copy);
        }
        6 => {
            let from = theirs[rng.below(theirs.len() as u32) as usize].clone();
            words.splice(at.start..at.start, donor[from].iter().copied());
        }
        7 => {
            // Another operation with as many operands.
            let code = words[at.start] & 0xffff;
            words[at.start] ^= code ^ rng.below(400);
        }
        _ => {
            let to = own[rng.below(own.len() as u32) as usize].clone();
            let (a, b) = (words[at.clone()].to_vec(), words[to.clone()].to_vec());
            if a.len() == b.len() {
                words.splice(at, b);
                words.splice(to, a);
            }
        }
    }
    *bytes = words.iter().flat_map(|w| w.to_le_bytes()).collect();
}
