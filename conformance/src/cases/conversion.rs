//! Conversions by value between all pairs of types, and reinterpretation.

use super::arithmetic::{exact, near};
use super::sweep::componentwise;
use super::values::{from_f64, from_int, one, rows, to_f64, to_int};
use super::{Expect, Sink};
use crate::accuracy::{Accuracy, Interval};
use crate::scalar::Sc;

const ALL: [Sc; 10] = [
    Sc::Bool,
    Sc::I32,
    Sc::U32,
    Sc::F32,
    Sc::F16,
    Sc::I64,
    Sc::U64,
    Sc::F64,
    Sc::I16,
    Sc::U16,
];

pub(super) fn generate(sink: &mut Sink) {
    for from in ALL {
        let values = rows(&[from], 1000, 300, 31);
        for to in ALL {
            let name = format!("{}({})", to.wgsl(), from.wgsl());
            componentwise(sink, &name, &[from], to, "$T(a)", &values, vec![], &|v| {
                convert(from, to, v[0])
            });
        }
        for to in ALL {
            if from != to && from.width() == to.width() && from != Sc::Bool && to != Sc::Bool {
                let name = format!("bitcast<{}>({})", to.wgsl(), from.wgsl());
                componentwise(
                    sink,
                    &name,
                    &[from],
                    to,
                    "bitcast<$T>(a)",
                    &values,
                    vec![],
                    &|v| {
                        // A NaN's payload and a subnormal need not survive as floats.
                        let as_float = |sc: Sc| {
                            to_f64(sc, v[0]).is_some_and(|x| {
                                x.is_nan() || Accuracy::of(sc).is_some_and(|a| a.is_subnormal(x))
                            })
                        };
                        if as_float(to) || as_float(from) {
                            let expect = Expect::any();
                            if to_f64(from, v[0]).is_some_and(f64::is_nan) {
                                expect
                            } else {
                                expect.ieee(v[0])
                            }
                        } else {
                            Expect::bits(v[0])
                        }
                    },
                );
            }
        }
    }
}

fn convert(from: Sc, to: Sc, bits: u64) -> Expect {
    match (from, to) {
        _ if from == to && from.is_float() => exact(from, bits, bits),
        _ if from == to => Expect::bits(bits),
        (Sc::Bool, _) => Expect::bits(if bits != 0 { one(to) } else { 0 }),
        (_, Sc::Bool) => match to_f64(from, bits) {
            None => Expect::bits(u64::from(bits != 0)),
            Some(x) if !x.is_finite() => Expect::any().ieee(1),
            Some(x) => {
                let ieee = u64::from(x != 0.0);
                if Accuracy::of(from).is_some_and(|a| a.is_subnormal(x)) {
                    Expect::one_of([0, 1]).ieee(ieee)
                } else {
                    Expect::bits(ieee)
                }
            }
        },
        _ => match (to_f64(from, bits), to.is_float()) {
            (None, false) => Expect::bits(from_int(to, to_int(from, bits))),
            (None, true) => int_to_float(to, to_int(from, bits)),
            (Some(x), true) => float_to_float(from, to, x),
            (Some(x), false) => float_to_int(from, to, x),
        },
    }
}

fn int_to_float(to: Sc, x: i128) -> Expect {
    let real = x as f64;
    match Accuracy::of(to) {
        None => near(real, 0.0).ieee(real.to_bits()),
        Some(acc) => {
            let rounded = match to {
                Sc::F32 => f64::from(x as f32),
                _ => acc.nearest(real),
            };
            let interval = acc.rounded(real);
            let interval = if rounded.is_finite() {
                interval.join(Interval::point(rounded))
            } else {
                interval
            };
            Expect::within(interval).ieee(from_f64(to, rounded))
        }
    }
}

fn float_to_float(from: Sc, to: Sc, x: f64) -> Expect {
    let operand = Accuracy::of(from).map_or(Interval::point(x), |a| a.operand(x));
    let interval = match Accuracy::of(to) {
        _ if !x.is_finite() => Interval::ANY,
        Some(acc) => acc.rounded(operand.lo).join(acc.rounded(operand.hi)),
        None => operand,
    };
    Expect::within(interval).ieee(from_f64(to, x))
}

/// Truncates and saturates to the nearest integer that both types hold.
fn float_to_int(from: Sc, to: Sc, x: f64) -> Expect {
    if !x.is_finite() {
        return Expect::any();
    }
    let (digits, largest) = match from {
        Sc::F16 => (11, 65504),
        Sc::F32 => (24, i128::MAX),
        _ => (53, i128::MAX),
    };
    let bits = 8 * to.width() as u32 - u32::from(to.is_signed());
    let mut high = (1i128 << bits) - 1;
    if bits > digits {
        high -= (1 << (bits - digits)) - 1;
    }
    let low = if to.is_signed() { -(1i128 << bits) } else { 0 };
    let (low, high) = (low.max(-largest), high.min(largest));
    Expect::bits(from_int(to, (x.trunc() as i128).clamp(low, high)))
}
