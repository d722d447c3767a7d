//! Packing and unpacking, and dot products of packed integers.

use super::sweep::{Row, Sweep, Ty};
use super::values::{edges, from_f64, from_int, random, to_f64, to_int};
use super::{Expect, Sink};
use crate::accuracy::{Accuracy, Interval};
use crate::rng::Rng;
use crate::scalar::Sc;

pub(super) fn generate(sink: &mut Sink) {
    packs(sink);
    unpacks(sink);
    dots(sink);
}

fn vectors(n: usize, sc: Sc, seed: u64) -> Vec<Row> {
    let mut rng = Rng::new(seed);
    let mut all = edges(sc);
    if sc == Sc::F32 {
        // Between -1 and 1 is where it matters; and ties of the rounding.
        all.extend((0..400).map(|_| from_f64(sc, rng.float(-1.2, 1.2).into())));
        all.extend((0..100).map(|i| from_f64(sc, (f64::from(i) - 50.0 + 0.5) / 127.0)));
    }
    all.extend((0..200).map(|_| random(sc, &mut rng)));
    all.truncate(all.len() / n * n);
    all.chunks_exact(n).map(|c| vec![c.to_vec()]).collect()
}

fn packs(sink: &mut Sink) {
    // name, components, scale, lower bound
    let scaled = [
        ("pack4x8snorm", 4, 127.0, -1.0),
        ("pack4x8unorm", 4, 255.0, 0.0),
        ("pack2x16snorm", 2, 32767.0, -1.0),
        ("pack2x16unorm", 2, 65535.0, 0.0),
    ];
    for (name, n, scale, low) in scaled {
        let bits = 32 / n;
        let expect = |r: &Row| {
            // floor(0.5 + scale * clamped) in f32: where rounding decides, both neighbours.
            let choices: Vec<Vec<u64>> = r[0]
                .iter()
                .map(|&x| {
                    let x = to_f64(Sc::F32, x).unwrap_or(f64::NAN);
                    if x.is_nan() {
                        return Vec::new();
                    }
                    let y = 0.5 + scale * x.clamp(low, 1.0);
                    let slack = 2.0 * scale * f64::from(f32::EPSILON);
                    let mut both = vec![
                        (y - slack).floor() as i64 as u64,
                        (y + slack).floor() as i64 as u64,
                    ];
                    both.dedup();
                    both
                })
                .collect();
            if choices.iter().any(Vec::is_empty) {
                return vec![Expect::any()];
            }
            let mut words = vec![0u64];
            for (i, choice) in choices.iter().enumerate() {
                let field = |c: u64| (c & ((1 << bits) - 1)) << (i * bits);
                words = words
                    .iter()
                    .flat_map(|w| choice.iter().map(move |&c| w | field(c)))
                    .collect();
            }
            vec![Expect::one_of(words)]
        };
        let ty = Ty::vec(n, Sc::F32);
        Sweep::new(
            name,
            &[ty],
            Ty::vec(1, Sc::U32),
            format!("{name}(a)"),
            vectors(n, Sc::F32, 61),
            &expect,
        )
        .emit(sink);
    }
    let expect = |r: &Row| {
        let Some(half) = Accuracy::of(Sc::F16) else {
            return vec![Expect::any()];
        };
        let parts: Vec<f64> = r[0]
            .iter()
            .map(|&x| to_f64(Sc::F32, x).unwrap_or(f64::NAN))
            .collect();
        if parts.iter().any(|x| !x.is_finite() || x.abs() >= 65520.0) {
            return vec![Expect::any()];
        }
        let mut words = vec![0u64];
        for (i, &x) in parts.iter().enumerate() {
            let interval = half.rounded(x);
            // Either neighbour, zero for a subnormal, either zero.
            let mut halves = vec![
                from_f64(Sc::F16, interval.lo),
                from_f64(Sc::F16, interval.hi),
                from_f64(Sc::F16, half.nearest(x)),
            ];
            if interval.accepts(0.0) {
                halves.extend([0, 0x8000]);
            }
            words = words
                .iter()
                .flat_map(|w| halves.iter().map(move |h| w | h << (16 * i)))
                .collect();
        }
        let nearest = |i: usize| from_f64(Sc::F16, half.nearest(parts[i]));
        vec![Expect::one_of(words).ieee(nearest(0) | nearest(1) << 16)]
    };
    let mut rows = vectors(2, Sc::F32, 62);
    rows.extend(vectors(2, Sc::F16, 63).into_iter().map(|r| {
        vec![r[0]
            .iter()
            .map(|&h| from_f64(Sc::F32, to_f64(Sc::F16, h).unwrap_or(0.0) * 1.0001))
            .collect()]
    }));
    Sweep::new(
        "pack2x16float",
        &[Ty::vec(2, Sc::F32)],
        Ty::vec(1, Sc::U32),
        "pack2x16float(a)",
        rows,
        &expect,
    )
    .emit(sink);

    let integers: [(&str, Sc, i128, i128); 4] = [
        ("pack4xI8", Sc::I32, i128::MIN, i128::MAX),
        ("pack4xU8", Sc::U32, i128::MIN, i128::MAX),
        ("pack4xI8Clamp", Sc::I32, -128, 127),
        ("pack4xU8Clamp", Sc::U32, 0, 255),
    ];
    for (name, sc, low, high) in integers {
        let expect = |r: &Row| {
            let word = (0..4).fold(0, |w, i| {
                w | (to_int(sc, r[0][i]).clamp(low, high) as u64 & 0xff) << (8 * i)
            });
            vec![Expect::bits(word)]
        };
        let ty = Ty::vec(4, sc);
        let mut rows = vectors(4, sc, 64);
        rows.extend((0..64i128).map(|k| {
            vec![(0..4)
                .map(|c| from_int(sc, (k * 37 + c * 91) % 300 - 140))
                .collect()]
        }));
        Sweep::new(
            name,
            &[ty],
            Ty::vec(1, Sc::U32),
            format!("{name}(a)"),
            rows,
            &expect,
        )
        .emit(sink);
    }
}

fn words() -> Vec<Row> {
    vectors(1, Sc::U32, 65)
}

fn unpacks(sink: &mut Sink) {
    let Some(acc) = Accuracy::of(Sc::F32) else {
        return;
    };
    type Field = fn(u64) -> f64;
    let scaled: [(&str, usize, Field); 4] = [
        ("unpack4x8snorm", 4, |x| {
            (f64::from(x as i8) / 127.0).max(-1.0)
        }),
        ("unpack4x8unorm", 4, |x| (x & 0xff) as f64 / 255.0),
        ("unpack2x16snorm", 2, |x| {
            (f64::from(x as i16) / 32767.0).max(-1.0)
        }),
        ("unpack2x16unorm", 2, |x| (x & 0xffff) as f64 / 65535.0),
    ];
    let one = Ty::vec(1, Sc::U32);
    for (name, n, f) in scaled {
        let bits = 32 / n;
        // WGSL: 3 ULP.
        let expect = |r: &Row| {
            (0..n)
                .map(|i| Expect::within(acc.ulps(f(r[0][0] >> (i * bits)), 3.0)))
                .collect()
        };
        Sweep::new(
            name,
            &[one],
            Ty::vec(n, Sc::F32),
            format!("{name}(a)"),
            words(),
            &expect,
        )
        .emit(sink);
    }
    let expect = |r: &Row| -> Vec<Expect> {
        (0..2)
            .map(|i| {
                let x = to_f64(Sc::F16, r[0][0] >> (16 * i) & 0xffff).unwrap_or(f64::NAN);
                if !x.is_finite() {
                    return Expect::any();
                }
                let subnormal = Accuracy::of(Sc::F16).is_some_and(|h| h.is_subnormal(x));
                let interval = Interval::point(x);
                let interval = if subnormal {
                    interval.join(Interval::point(0.0))
                } else {
                    interval
                };
                Expect::within(interval).ieee(from_f64(Sc::F32, x))
            })
            .collect()
    };
    Sweep::new(
        "unpack2x16float",
        &[one],
        Ty::vec(2, Sc::F32),
        "unpack2x16float(a)",
        words(),
        &expect,
    )
    .emit(sink);
    let expect = |r: &Row| {
        (0..4)
            .map(|i| Expect::bits(from_int(Sc::I32, ((r[0][0] >> (8 * i)) as i8).into())))
            .collect()
    };
    Sweep::new(
        "unpack4xI8",
        &[one],
        Ty::vec(4, Sc::I32),
        "unpack4xI8(a)",
        words(),
        &expect,
    )
    .emit(sink);
    let expect = |r: &Row| {
        (0..4)
            .map(|i| Expect::bits(r[0][0] >> (8 * i) & 0xff))
            .collect()
    };
    Sweep::new(
        "unpack4xU8",
        &[one],
        Ty::vec(4, Sc::U32),
        "unpack4xU8(a)",
        words(),
        &expect,
    )
    .emit(sink);
}

fn dots(sink: &mut Sink) {
    let mut rng = Rng::new(66);
    let mut rows: Vec<Row> = (0..400)
        .map(|_| vec![vec![rng.u32().into()], vec![rng.u32().into()]])
        .collect();
    rows.extend(
        [0u64, 0x7f7f_7f7f, 0x8080_8080, 0xffff_ffff]
            .iter()
            .flat_map(|&a| [0x8080_8080u64, 0xffff_ffff, 1].map(|b| vec![vec![a], vec![b]])),
    );
    let one = Ty::vec(1, Sc::U32);
    let expect = |r: &Row| {
        let sum = (0..4)
            .map(|i| {
                i128::from((r[0][0] >> (8 * i)) as i8) * i128::from((r[1][0] >> (8 * i)) as i8)
            })
            .sum();
        vec![Expect::bits(from_int(Sc::I32, sum))]
    };
    Sweep::new(
        "dot4I8Packed",
        &[one, one],
        Ty::vec(1, Sc::I32),
        "dot4I8Packed(a, b)",
        rows.clone(),
        &expect,
    )
    .emit(sink);
    let expect = |r: &Row| {
        let sum = (0..4)
            .map(|i| (r[0][0] >> (8 * i) & 0xff) * (r[1][0] >> (8 * i) & 0xff))
            .sum();
        vec![Expect::bits(sum)]
    };
    Sweep::new(
        "dot4U8Packed",
        &[one, one],
        one,
        "dot4U8Packed(a, b)",
        rows,
        &expect,
    )
    .emit(sink);
}
