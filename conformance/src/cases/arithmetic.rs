//! Operators on numbers.

use super::sweep::componentwise;
use super::values::{from_f64, from_int, rows, to_f64, to_int};
use super::{Expect, Sink};
use crate::accuracy::{Accuracy, Interval};
use crate::scalar::Sc;

pub(super) const INTS: [Sc; 6] = [Sc::I32, Sc::U32, Sc::I64, Sc::U64, Sc::I16, Sc::U16];
pub(super) const FLOATS: [Sc; 3] = [Sc::F32, Sc::F16, Sc::F64];

pub(super) fn generate(sink: &mut Sink) {
    for sc in INTS {
        let pairs = rows(&[sc, sc], 1000, 200, 1);
        for op in ["+", "-", "*", "/", "%"] {
            let literals = literals(sc, matches!(op, "/" | "%" | "*"));
            componentwise(
                sink,
                &format!("{} a {op} b", sc.wgsl()),
                &[sc, sc],
                sc,
                &format!("a {op} b"),
                &pairs,
                literals,
                &|v| Expect::bits(integer(sc, op, v[0], v[1])),
            );
        }
        if sc.is_signed() {
            let values = rows(&[sc], 1000, 100, 2);
            componentwise(
                sink,
                &format!("{} -a", sc.wgsl()),
                &[sc],
                sc,
                "-a",
                &values,
                vec![],
                &|v| Expect::bits(from_int(sc, -to_int(sc, v[0]))),
            );
        }
    }
    for sc in FLOATS {
        let pairs = rows(&[sc, sc], 2000, 400, 3);
        for op in ["+", "-", "*", "/", "%"] {
            componentwise(
                sink,
                &format!("{} a {op} b", sc.wgsl()),
                &[sc, sc],
                sc,
                &format!("a {op} b"),
                &pairs,
                vec![],
                &|v| float(sc, op, v[0], v[1]),
            );
        }
        let values = rows(&[sc], 1000, 100, 4);
        let sign = 1 << (8 * sc.width() - 1);
        componentwise(
            sink,
            &format!("{} -a", sc.wgsl()),
            &[sc],
            sc,
            "-a",
            &values,
            vec![],
            &|v| exact(sc, v[0], v[0] ^ sign),
        );
        // Twice the same operand, and an operator on a result: what compilers fold.
        for (expr, f) in FOLDABLE {
            componentwise(
                sink,
                &format!("{} {expr}", sc.wgsl()),
                &[sc, sc],
                sc,
                expr,
                &pairs,
                vec![],
                &|v| {
                    let (a, b) = (to_f64(sc, v[0]), to_f64(sc, v[1]));
                    match (Accuracy::of(sc), a, b) {
                        (Some(acc), Some(a), Some(b)) => {
                            Expect::within(f(acc, acc.operand(a), acc.operand(b)))
                        }
                        _ => Expect::any(),
                    }
                },
            );
        }
    }
}

type Fold = fn(Accuracy, Interval, Interval) -> Interval;

const FOLDABLE: [(&str, Fold); 4] = [
    ("a * b + a", |r, a, b| {
        r.add(r.mul(a, b), a).join(r.fma(a, b, a))
    }),
    ("a * b - b", |r, a, b| {
        r.sub(r.mul(a, b), b).join(r.fma(a, b, r.neg(b)))
    }),
    ("b - a * b", |r, a, b| {
        r.sub(b, r.mul(a, b)).join(r.fma(r.neg(a), b, b))
    }),
    ("(a + b) * 0.5", |r, a, b| {
        r.mul(r.add(a, b), Interval::point(0.5))
    }),
];

/// Literals to operate with: divisors that compilers turn into multiplications.
fn literals(sc: Sc, wanted: bool) -> Vec<(String, u64)> {
    let (suffix, bits) = match sc {
        Sc::I32 => ("i", 32),
        Sc::U32 => ("u", 32),
        Sc::I64 => ("li", 64),
        Sc::U64 => ("lu", 64),
        _ => return Vec::new(),
    };
    if !wanted {
        return Vec::new();
    }
    let top = if sc.is_signed() {
        (1i128 << (bits - 1)) - 1
    } else {
        (1i128 << bits) - 1
    };
    let mut values = vec![
        1,
        2,
        3,
        5,
        6,
        7,
        10,
        16,
        100,
        127,
        255,
        641,
        1000,
        65535,
        65536,
        1_000_003,
        0x4000_0000,
        top,
        top - 1,
        top / 3,
    ];
    if sc.is_signed() {
        values.extend([-1, -2, -3, -7, -10, -16, -1000, -top]);
    } else {
        values.extend([1 << (bits - 1), (1 << (bits - 1)) + 1]);
    }
    values
        .into_iter()
        .map(|v| (format!("{v}{suffix}"), from_int(sc, v)))
        .collect()
}

/// What an operator on integers gives.
fn integer(sc: Sc, op: &str, a: u64, b: u64) -> u64 {
    let (x, y) = (to_int(sc, a), to_int(sc, b));
    let result = match op {
        "+" => x + y,
        "-" => x - y,
        // The product of two 64-bit numbers may need more than 127 bits.
        "*" => x.wrapping_mul(y),
        // The dividend of a division by zero; the minimum over -1 wraps by itself.
        "/" => x.checked_div(y).unwrap_or(x),
        _ => x.checked_rem(y).unwrap_or(0),
    };
    from_int(sc, result)
}

/// A result that is not computed but chosen: it may only be flushed.
pub(super) fn exact(sc: Sc, operand: u64, result: u64) -> Expect {
    let Some(x) = to_f64(sc, result) else {
        return Expect::bits(result);
    };
    let expect = match Accuracy::of(sc) {
        Some(acc) if to_f64(sc, operand).is_some_and(f64::is_finite) => {
            Expect::within(acc.operand(x))
        }
        Some(_) => Expect::any(),
        None => near(x, 0.0),
    };
    expect.ieee(result)
}

/// An f64 that may be off by some ULP. WGSL has no f64; this is what we ask.
pub(super) fn near(x: f64, ulps: f64) -> Expect {
    if !x.is_finite() {
        return Expect::any();
    }
    let slack = ulps * x.abs() * f64::EPSILON;
    Expect::within(Interval::new(x - slack, x + slack))
}

/// What an operator on floats gives.
fn float(sc: Sc, op: &str, a: u64, b: u64) -> Expect {
    let (Some(x), Some(y)) = (to_f64(sc, a), to_f64(sc, b)) else {
        return Expect::any();
    };
    // One rounding: binary64 has more than twice the digits of binary32.
    let rounded = match op {
        "+" => Some(x + y),
        "-" => Some(x - y),
        "*" => Some(x * y),
        _ => None,
    };
    let Some(acc) = Accuracy::of(sc) else {
        return match (op, rounded) {
            (_, Some(r)) => near(r, 0.0).ieee(r.to_bits()),
            ("/", _) => near(x / y, 1.0),
            _ if y.is_finite() && (x / y).abs() < 1e6 && x.abs() > 1e-290 => {
                // A quotient that is just below an integer may round up to it.
                let (r, y) = (x % y, y.abs());
                let slack = x.abs() * 4.0 * f64::EPSILON;
                let at_edge = r.abs() < slack || (y - r.abs()) < slack;
                if at_edge {
                    Expect::any()
                } else {
                    Expect::within(Interval::new(r - slack, r + slack))
                }
            }
            _ => Expect::any(),
        };
    };
    let (i, j) = (acc.operand(x), acc.operand(y));
    match (op, rounded) {
        ("+", Some(r)) => Expect::within(acc.add(i, j)).ieee(from_f64(sc, r)),
        ("-", Some(r)) => Expect::within(acc.sub(i, j)).ieee(from_f64(sc, r)),
        ("*", Some(r)) => Expect::within(acc.mul(i, j)).ieee(from_f64(sc, r)),
        ("/", _) => Expect::within(acc.div(i, j)),
        _ => Expect::within(acc.rem(i, j)),
    }
}
