//! What `--bind` fills a buffer with, and how `--print` shows one.

use std::fmt::Write;
use std::str::FromStr;

use half::f16;

/// Element type of a buffer on the command line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ElementType {
    U32,
    I32,
    F32,
    F16,
    U64,
    I64,
    F64,
}

impl ElementType {
    fn bytes(self) -> usize {
        match self {
            ElementType::F16 => 2,
            ElementType::U32 | ElementType::I32 | ElementType::F32 => 4,
            ElementType::U64 | ElementType::I64 | ElementType::F64 => 8,
        }
    }

    /// One value from text; integers in decimal or `0x` hexadecimal.
    fn parse(self, text: &str, out: &mut Vec<u8>) -> Result<(), String> {
        let bad = || format!("`{text}` is not a value of type {self:?}").to_lowercase();
        match self {
            ElementType::U32 => {
                let value = u32::try_from(integer(text).ok_or_else(bad)?).map_err(|_| bad())?;
                out.extend(value.to_le_bytes());
            }
            ElementType::I32 => {
                let value = i32::try_from(integer(text).ok_or_else(bad)?).map_err(|_| bad())?;
                out.extend(value.to_le_bytes());
            }
            ElementType::U64 => {
                let value = u64::try_from(integer(text).ok_or_else(bad)?).map_err(|_| bad())?;
                out.extend(value.to_le_bytes());
            }
            ElementType::I64 => {
                let value = i64::try_from(integer(text).ok_or_else(bad)?).map_err(|_| bad())?;
                out.extend(value.to_le_bytes());
            }
            ElementType::F32 => {
                out.extend(text.parse::<f32>().map_err(|_| bad())?.to_le_bytes());
            }
            ElementType::F64 => {
                out.extend(text.parse::<f64>().map_err(|_| bad())?.to_le_bytes());
            }
            ElementType::F16 => {
                let value = text.parse::<f64>().map_err(|_| bad())?;
                out.extend(f16::from_f64(value).to_le_bytes());
            }
        }
        Ok(())
    }

    /// The value with index `n` of `iota`, wrapping as the type does.
    fn iota(self, n: u64, out: &mut Vec<u8>) {
        match self {
            ElementType::U32 | ElementType::I32 => out.extend((n as u32).to_le_bytes()),
            ElementType::U64 | ElementType::I64 => out.extend(n.to_le_bytes()),
            ElementType::F32 => out.extend((n as f32).to_le_bytes()),
            ElementType::F64 => out.extend((n as f64).to_le_bytes()),
            ElementType::F16 => out.extend(f16::from_f64(n as f64).to_le_bytes()),
        }
    }

    /// Integers take all bits of `random`; floats are uniform in [0, 1).
    fn random(self, random: u64, out: &mut Vec<u8>) {
        let unit = (random >> 11) as f64 / (1u64 << 53) as f64;
        match self {
            ElementType::U32 | ElementType::I32 => {
                out.extend(((random >> 32) as u32).to_le_bytes());
            }
            ElementType::U64 | ElementType::I64 => out.extend(random.to_le_bytes()),
            // Cut, not rounded, so that 1 is never reached.
            ElementType::F32 => {
                out.extend(((random >> 40) as f32 / (1u32 << 24) as f32).to_le_bytes());
            }
            ElementType::F64 => out.extend(unit.to_le_bytes()),
            ElementType::F16 => {
                out.extend(f16::from_f32((random >> 53) as f32 / 2048.0).to_le_bytes());
            }
        }
    }

    fn show(self, bytes: &[u8], out: &mut String) {
        let Some(bytes) = bytes.get(..self.bytes()) else {
            return;
        };
        let mut word = [0; 8];
        word[..bytes.len()].copy_from_slice(bytes);
        let word = u64::from_le_bytes(word);
        // Writing to a String cannot fail.
        let _ = match self {
            ElementType::U32 => write!(out, "{}", word as u32),
            ElementType::I32 => write!(out, "{}", word as i32),
            ElementType::U64 => write!(out, "{word}"),
            ElementType::I64 => write!(out, "{}", word as i64),
            ElementType::F32 => write!(out, "{}", f32::from_bits(word as u32)),
            ElementType::F64 => write!(out, "{}", f64::from_bits(word)),
            ElementType::F16 => write!(out, "{}", f16::from_bits(word as u16)),
        };
    }
}

impl FromStr for ElementType {
    type Err = String;

    fn from_str(text: &str) -> Result<ElementType, String> {
        Ok(match text {
            "u32" => ElementType::U32,
            "i32" => ElementType::I32,
            "f32" => ElementType::F32,
            "f16" => ElementType::F16,
            "u64" => ElementType::U64,
            "i64" => ElementType::I64,
            "f64" => ElementType::F64,
            _ => {
                return Err(format!(
                    "`{text}` is no type; use u32 i32 f32 f16 u64 i64 f64"
                ))
            }
        })
    }
}

/// A binding's place: `G.B`.
pub type Place = (u32, u32);

/// Parses `G.B`.
pub fn place(text: &str) -> Result<Place, String> {
    let parsed = text
        .split_once('.')
        .and_then(|(g, b)| Some((g.parse().ok()?, b.parse().ok()?)));
    parsed.ok_or_else(|| format!("`{text}` is no binding; write GROUP.BINDING, e.g. 0.1"))
}

/// Most bytes that `--bind` makes or reads.
const MAX_BYTES: u64 = 4 << 30;

/// The contents that a SPEC asks for.
pub fn contents(spec: &str) -> Result<Vec<u8>, String> {
    let (head, rest) = spec.split_once(':').ok_or_else(|| {
        format!(
            "`{spec}`: write zeros:BYTES, iota:TYPE:N, random:TYPE:N[:SEED], TYPE:v,v or file:PATH"
        )
    })?;
    match head {
        "zeros" => {
            let bytes = count(rest, 1)?;
            Ok(vec![0; bytes])
        }
        "file" => std::fs::read(rest).map_err(|error| format!("{rest}: {error}")),
        "iota" => {
            let (ty, n) = rest.split_once(':').ok_or("write iota:TYPE:N")?;
            let ty: ElementType = ty.parse()?;
            let n = count(n, ty.bytes())?;
            let mut out = Vec::with_capacity(n * ty.bytes());
            (0..n as u64).for_each(|i| ty.iota(i, &mut out));
            Ok(out)
        }
        "random" => {
            let (ty, rest) = rest.split_once(':').ok_or("write random:TYPE:N[:SEED]")?;
            let ty: ElementType = ty.parse()?;
            let (n, seed) = rest.split_once(':').unwrap_or((rest, "0"));
            let n = count(n, ty.bytes())?;
            let mut state: u64 = seed.parse().map_err(|_| format!("`{seed}` is no seed"))?;
            let mut out = Vec::with_capacity(n * ty.bytes());
            (0..n).for_each(|_| ty.random(splitmix(&mut state), &mut out));
            Ok(out)
        }
        _ => {
            let ty: ElementType = head.parse()?;
            let mut out = Vec::new();
            for value in rest.split(',').filter(|value| !value.is_empty()) {
                ty.parse(value.trim(), &mut out)?;
            }
            Ok(out)
        }
    }
}

/// What `--print` shows: a binding, how to read it, and how many elements.
#[derive(Debug)]
pub struct Print {
    pub place: Place,
    ty: ElementType,
    count: Option<usize>,
}

impl FromStr for Print {
    type Err = String;

    fn from_str(text: &str) -> Result<Print, String> {
        let mut parts = text.splitn(3, ':');
        let place = place(parts.next().unwrap_or_default())?;
        let ty = parts.next().ok_or("write --print G.B:TYPE[:N]")?.parse()?;
        let count = match parts.next() {
            Some(n) => Some(
                n.parse()
                    .map_err(|_| format!("`{n}` is no number of elements"))?,
            ),
            None => None,
        };
        Ok(Print { place, ty, count })
    }
}

impl Print {
    /// One line: the elements with spaces between.
    pub fn show(&self, bytes: &[u8]) -> String {
        let mut out = String::new();
        let elements = bytes.chunks_exact(self.ty.bytes());
        for (n, element) in elements.take(self.count.unwrap_or(usize::MAX)).enumerate() {
            if n > 0 {
                out.push(' ');
            }
            self.ty.show(element, &mut out);
        }
        out
    }
}

/// Parses hexadecimal bytes, spaces allowed.
pub fn hex(text: &str) -> Result<Vec<u8>, String> {
    let digits: Vec<u8> = text.bytes().filter(|b| !b.is_ascii_whitespace()).collect();
    let bad = || format!("`{text}` is not an even number of hexadecimal digits");
    if !digits.len().is_multiple_of(2) {
        return Err(bad());
    }
    let nibble = |digit: u8| (digit as char).to_digit(16).ok_or_else(bad);
    digits
        .chunks_exact(2)
        .map(|pair| Ok((nibble(pair[0])? << 4 | nibble(pair[1])?) as u8))
        .collect()
}

fn integer(text: &str) -> Option<i128> {
    let (negative, digits) = match text.strip_prefix('-') {
        Some(digits) => (true, digits),
        None => (false, text),
    };
    let value = match digits.strip_prefix("0x") {
        Some(hex) => i128::from_str_radix(hex, 16).ok()?,
        None => digits.parse().ok()?,
    };
    Some(if negative { -value } else { value })
}

fn count(text: &str, bytes: usize) -> Result<usize, String> {
    let n: u64 = text.parse().map_err(|_| format!("`{text}` is no size"))?;
    match n.checked_mul(bytes as u64) {
        Some(total) if total <= MAX_BYTES => Ok(n as usize),
        _ => Err(format!("{text} elements are more than {MAX_BYTES} bytes")),
    }
}

/// SplitMix64: small, and the same everywhere.
fn splitmix(state: &mut u64) -> u64 {
    *state = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
    let mut z = *state;
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn specs() {
        assert_eq!(contents("u32:27,0x10").unwrap(), [27, 0, 0, 0, 16, 0, 0, 0]);
        assert_eq!(contents("i32:-1").unwrap(), [255; 4]);
        assert_eq!(contents("zeros:3").unwrap(), [0; 3]);
        assert_eq!(contents("iota:f16:2").unwrap(), [0, 0, 0, 0x3c]);
        assert_eq!(
            contents("random:u64:4:7").unwrap(),
            contents("random:u64:4:7").unwrap()
        );
        assert_ne!(
            contents("random:u64:4:7").unwrap(),
            contents("random:u64:4:8").unwrap()
        );
        for bad in [
            "",
            "u32",
            "u32:x",
            "u32:-1",
            "i32:2147483648",
            "iota:u8:4",
            "zeros:99999999999",
        ] {
            assert!(contents(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn prints() {
        let bytes = contents("f32:1.5,-0,nan").unwrap();
        assert_eq!(
            "0.0:f32".parse::<Print>().unwrap().show(&bytes),
            "1.5 -0 NaN"
        );
        assert_eq!(
            "0.0:u32:1".parse::<Print>().unwrap().show(&bytes),
            "1069547520"
        );
        assert!("0:f32".parse::<Print>().is_err());
    }

    #[test]
    fn hexadecimal() {
        assert_eq!(hex("00ff 1A").unwrap(), [0, 255, 26]);
        assert!(hex("0").is_err() && hex("0g").is_err());
    }
}
