//! Scalars of the cases: bits to numbers and back, edge values, random values.

use crate::accuracy::Accuracy;
use crate::device::Feature;
use crate::rng::Rng;
use crate::scalar::Sc;
use half::f16;

/// An integer's value.
pub fn to_int(sc: Sc, bits: u64) -> i128 {
    match sc {
        Sc::Bool | Sc::U16 | Sc::U32 | Sc::U64 => bits.into(),
        Sc::I16 => (bits as i16).into(),
        Sc::I32 => (bits as i32).into(),
        Sc::I64 => (bits as i64).into(),
        Sc::F16 | Sc::F32 | Sc::F64 => 0,
    }
}

/// An integer's bits, wrapped to its width.
pub fn from_int(sc: Sc, x: i128) -> u64 {
    x as u64 & (u64::MAX >> (64 - 8 * sc.width() as u32))
}

/// A float's value; `None` for other types.
pub fn to_f64(sc: Sc, bits: u64) -> Option<f64> {
    match sc {
        Sc::F16 => Some(f16::from_bits(bits as u16).to_f64()),
        Sc::F32 => Some(f32::from_bits(bits as u32).into()),
        Sc::F64 => Some(f64::from_bits(bits)),
        _ => None,
    }
}

/// The nearest float's bits.
pub fn from_f64(sc: Sc, x: f64) -> u64 {
    match sc {
        Sc::F16 => match Accuracy::of(sc) {
            // Rounded here; the library only encodes what is exact.
            Some(a) => f16::from_f64(a.nearest(x)).to_bits().into(),
            None => 0,
        },
        Sc::F64 => x.to_bits(),
        _ => (x as f32).to_bits().into(),
    }
}

/// One of a type: 1, 1.0, true.
pub fn one(sc: Sc) -> u64 {
    if sc.is_float() {
        from_f64(sc, 1.0)
    } else {
        1
    }
}

/// For reports: the value and its bits.
pub fn show(sc: Sc, bits: u64) -> String {
    let digits = 2 * sc.width();
    match to_f64(sc, bits) {
        Some(x) => format!("{x:e} (0x{bits:0digits$x})"),
        None if sc == Sc::Bool => (bits != 0).to_string(),
        None => format!("{} (0x{bits:0digits$x})", to_int(sc, bits)),
    }
}

/// What a type needs of the device.
pub fn needs(types: &[Sc]) -> Vec<Feature> {
    let mut needs: Vec<Feature> = types
        .iter()
        .filter_map(|sc| match sc {
            Sc::F16 => Some(Feature::F16),
            Sc::F64 => Some(Feature::F64),
            Sc::I64 | Sc::U64 => Some(Feature::I64),
            Sc::I16 | Sc::U16 => Some(Feature::I16),
            Sc::Bool | Sc::I32 | Sc::U32 | Sc::F32 => None,
        })
        .collect();
    needs.sort();
    needs.dedup();
    needs
}

/// The directives that a shader with these types opens with.
pub fn enables(types: &[Sc]) -> String {
    let mut out = String::new();
    if types.contains(&Sc::F16) {
        out.push_str("enable f16;\n");
    }
    if types.contains(&Sc::I16) || types.contains(&Sc::U16) {
        out.push_str("enable wgpu_int16;\n");
    }
    out
}

/// Values where implementations go wrong.
pub fn edges(sc: Sc) -> Vec<u64> {
    let bits = 8 * sc.width() as u32;
    match sc {
        Sc::Bool => vec![0, 1],
        Sc::F16 | Sc::F32 | Sc::F64 => {
            let mut all: Vec<u64> = [
                0.0,
                1.0,
                0.5,
                1.5,
                2.0,
                2.5,
                3.0,
                10.0,
                0.1,
                0.7,
                std::f64::consts::PI,
                127.0,
                255.0,
                1000.0,
                1023.5,
                1e4,
                1e-2,
                1e-4,
                65504.0,
            ]
            .iter()
            .map(|&x| from_f64(sc, x))
            .collect();
            // Infinity, NaN, the largest, the least normal, the greatest and
            // least subnormal, and the neighbours of one.
            let (inf, digits) = match sc {
                Sc::F16 => (0x7c00, 10),
                Sc::F32 => (0x7f80_0000, 23),
                _ => (0x7ff0_0000_0000_0000, 52),
            };
            let one = from_f64(sc, 1.0);
            all.extend([
                inf,
                inf + (1 << (digits - 1)),
                inf - 1,
                1 << digits,
                (1 << digits) - 1,
                1,
                one - 1,
                one + 1,
            ]);
            if sc != Sc::F16 {
                let more = [
                    8388607.5,
                    8388608.0,
                    16777217.0,
                    2147483647.0,
                    2147483648.0,
                    4294967295.0,
                    1e10,
                    1e20,
                    1e-10,
                    1e-20,
                ];
                all.extend(more.iter().map(|&x| from_f64(sc, x)));
            }
            let sign = 1 << (bits - 1);
            all.iter().flat_map(|&x| [x, x | sign]).collect()
        }
        _ => {
            let mut all: Vec<i128> = vec![
                0, 1, 2, 3, 5, 7, 10, 31, 33, 63, 64, 100, 127, 128, 255, 256, 1000, 0x7fff,
                0x8000, 0xffff,
            ];
            let top = 1i128 << (bits - 1);
            all.extend([
                top - 1,
                top,
                top + 1,
                2 * top - 1,
                2 * top - 2,
                2 * top - 3,
                2 * top - 7,
            ]);
            all.extend([
                0x5555_5555_5555_5555,
                0x1234_5678_9abc_def0,
                0x0f0f_0f0f_0f0f_0f0f,
            ]);
            if bits > 16 {
                all.extend([0x1_0000, 65521, 1_000_003]);
            }
            if bits > 32 {
                all.extend([
                    0xffff_ffff,
                    0x1_0000_0000,
                    0x8000_0000,
                    0x7fff_ffff,
                    10_000_000_000,
                ]);
            }
            let mut bits: Vec<u64> = all.into_iter().map(|x| from_int(sc, x)).collect();
            bits.sort_unstable();
            bits.dedup();
            bits
        }
    }
}

/// A random value: of floats, mostly one of ordinary size.
pub fn random(sc: Sc, rng: &mut Rng) -> u64 {
    let bits = rng.bits();
    match sc {
        Sc::Bool => bits & 1,
        Sc::F16 | Sc::F32 | Sc::F64 if bits & 3 != 0 => {
            let x = f64::from(rng.float(-1.0, 1.0))
                + f64::from(rng.float(-1.0, 1.0)) / (1 << 20) as f64;
            from_f64(sc, x * 2f64.powi(rng.below(16) as i32 - 6))
        }
        _ => (bits >> 2).wrapping_mul(5) & (u64::MAX >> (64 - 8 * sc.width() as u32)),
    }
}

/// Rows of operands: all combinations of edge values (thinned where there are
/// more than `limit`), and random ones.
pub fn rows(types: &[Sc], limit: usize, extra: usize, seed: u64) -> Vec<Vec<u64>> {
    let mut rng = Rng::new(seed);
    let edges: Vec<Vec<u64>> = types.iter().map(|&t| edges(t)).collect();
    let total: usize = edges.iter().map(Vec::len).product();
    let mut all = Vec::new();
    let row = |mut k: usize| -> Vec<u64> {
        edges
            .iter()
            .map(|e| {
                let v = e[k % e.len()];
                k /= e.len();
                v
            })
            .collect()
    };
    if total <= limit {
        all.extend((0..total).map(row));
    } else {
        all.extend(
            (0..limit).map(|_| row(rng.below(total.min(u32::MAX as usize) as u32) as usize)),
        );
    }
    all.extend((0..extra).map(|_| {
        types
            .iter()
            .map(|&t| random(t, &mut rng))
            .collect::<Vec<u64>>()
    }));
    all
}
