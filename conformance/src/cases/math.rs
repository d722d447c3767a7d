//! Mathematical built-in functions: floating-point ones within the bounds of the
//! specification, integer ones exactly.

use super::arithmetic::{exact, near, FLOATS, INTS};
use super::sweep::componentwise;
use super::values::{from_f64, from_int, random, rows, to_f64, to_int};
use super::{Expect, Sink};
use crate::accuracy::{Accuracy, Interval};
use crate::rng::Rng;
use crate::scalar::Sc;

type Unary = (&'static str, fn(Accuracy, Interval) -> Interval);
type Binary = (&'static str, fn(Accuracy, Interval, Interval) -> Interval);
type Ternary = (
    &'static str,
    fn(Accuracy, Interval, Interval, Interval) -> Interval,
);
/// Exactly one result; the second is for f64, where WGSL says nothing.
type Choice = (&'static str, fn(f64) -> f64);

const UNARY: &[Unary] = &[
    ("sqrt", |r, a| r.sqrt(a)),
    ("inverseSqrt", |r, a| r.inverse_sqrt(a)),
    ("exp", |r, a| r.exp(a)),
    ("exp2", |r, a| r.exp2(a)),
    ("log", |r, a| r.log(a)),
    ("log2", |r, a| r.log2(a)),
    ("sin", |r, a| r.sin(a)),
    ("cos", |r, a| r.cos(a)),
    ("tan", |r, a| r.tan(a)),
    ("asin", |r, a| {
        if domain(a, -1.0, 1.0) {
            r.asin(a)
        } else {
            Interval::ANY
        }
    }),
    ("acos", |r, a| {
        if domain(a, -1.0, 1.0) {
            r.acos(a)
        } else {
            Interval::ANY
        }
    }),
    ("atan", |r, a| r.atan(a)),
    ("sinh", |r, a| r.sinh(a)),
    ("cosh", |r, a| r.cosh(a)),
    ("tanh", |r, a| r.tanh(a)),
    ("asinh", |r, a| r.asinh(a)),
    ("acosh", |r, a| {
        if domain(a, 1.0, f64::MAX) {
            r.acosh(a)
        } else {
            Interval::ANY
        }
    }),
    ("atanh", |r, a| {
        if domain(a, -1.0, 1.0) {
            r.atanh(a)
        } else {
            Interval::ANY
        }
    }),
    ("fract", |r, a| r.fract(a)),
    ("degrees", |r, a| {
        r.mul(a, constant(r, 180.0 / std::f64::consts::PI))
    }),
    ("radians", |r, a| {
        r.mul(a, constant(r, std::f64::consts::PI / 180.0))
    }),
];

const CHOICES: &[Choice] = &[
    ("abs", f64::abs),
    ("floor", f64::floor),
    ("ceil", f64::ceil),
    ("trunc", f64::trunc),
    ("round", f64::round_ties_even),
    ("sign", |x| {
        if x > 0.0 {
            1.0
        } else if x < 0.0 {
            -1.0
        } else {
            0.0
        }
    }),
    ("saturate", |x| x.clamp(0.0, 1.0)),
];

const BINARY: &[Binary] = &[
    ("pow", |r, a, b| {
        if a.lo < 0.0 {
            Interval::ANY
        } else {
            r.pow(a, b)
        }
    }),
    ("atan2", |r, a, b| r.atan2(a, b)),
    ("step", |_, a, b| {
        let certain = |x: f64| Interval::point(x);
        match (a.hi <= b.lo, a.lo > b.hi) {
            _ if a.is_any() || b.is_any() => Interval::ANY,
            (true, _) => certain(1.0),
            (_, true) => certain(0.0),
            _ => Interval::new(0.0, 1.0),
        }
    }),
];

const TERNARY: &[Ternary] = &[
    ("fma", |r, a, b, c| r.fma(a, b, c)),
    ("mix", |r, a, b, c| r.mix(a, b, c)),
    ("smoothstep", |r, a, b, c| r.smoothstep(a, b, c)),
];

fn domain(a: Interval, low: f64, high: f64) -> bool {
    !a.is_any() && a.lo >= low && a.hi <= high
}

/// A constant that an implementation holds in the type, rounded.
fn constant(r: Accuracy, x: f64) -> Interval {
    r.rounded(x)
}

fn operand(sc: Sc, r: Accuracy, bits: u64) -> Interval {
    to_f64(sc, bits).map_or(Interval::ANY, |x| r.operand(x))
}

pub(super) fn generate(sink: &mut Sink) {
    for sc in INTS {
        integers(sink, sc);
    }
    for sc in FLOATS {
        choices(sink, sc);
        parts(sink, sc);
        let Some(r) = Accuracy::of(sc) else {
            binary64(sink);
            continue;
        };
        let mut values = rows(&[sc], 1000, 400, 41);
        let mut rng = Rng::new(42);
        // Where the circular functions and their inverses have bounds.
        values.extend((0..300).map(|i| {
            let span = if i % 2 == 0 {
                1.0
            } else {
                std::f32::consts::PI
            };
            vec![from_f64(sc, rng.float(-span, span).into())]
        }));
        for (name, f) in UNARY {
            let expr = format!("{name}(a)");
            componentwise(
                sink,
                &format!("{} {expr}", sc.wgsl()),
                &[sc],
                sc,
                &expr,
                &values,
                vec![],
                &|v| Expect::within(f(r, operand(sc, r, v[0]))),
            );
        }
        let pairs = rows(&[sc, sc], 1200, 500, 43);
        for (name, f) in BINARY {
            let expr = format!("{name}(a, b)");
            componentwise(
                sink,
                &format!("{} {expr}", sc.wgsl()),
                &[sc, sc],
                sc,
                &expr,
                &pairs,
                vec![],
                &|v| Expect::within(f(r, operand(sc, r, v[0]), operand(sc, r, v[1]))),
            );
        }
        let mut triples = rows(&[sc; 3], 800, 0, 44);
        triples
            .extend((0..600).map(|_| (0..3).map(|_| random(sc, &mut rng)).collect::<Vec<u64>>()));
        triples.extend((0..200).map(|_| {
            let (a, b) = (rng.float(-4.0, 0.0), rng.float(0.5, 4.0));
            [a, b, rng.float(-1.0, 5.0)]
                .iter()
                .map(|&x| from_f64(sc, x.into()))
                .collect::<Vec<u64>>()
        }));
        for (name, f) in TERNARY {
            let expr = format!("{name}(a, b, c)");
            componentwise(
                sink,
                &format!("{} {expr}", sc.wgsl()),
                &[sc; 3],
                sc,
                &expr,
                &triples,
                vec![],
                &|v| {
                    let [a, b, c] = [v[0], v[1], v[2]].map(|x| operand(sc, r, x));
                    Expect::within(f(r, a, b, c))
                },
            );
        }
        if sc == Sc::F32 {
            let half = Accuracy::of(Sc::F16);
            componentwise(
                sink,
                "f32 quantizeToF16(a)",
                &[sc],
                sc,
                "quantizeToF16(a)",
                &values,
                vec![],
                &|v| match (half, to_f64(sc, v[0])) {
                    (Some(h), Some(x)) if x.is_finite() && x.abs() < 65520.0 => {
                        Expect::within(h.rounded(x)).ieee(from_f64(sc, h.nearest(x)))
                    }
                    _ => Expect::any(),
                },
            );
        }
    }
}

/// min, max, clamp, abs, sign and dot of integers.
fn integers(sink: &mut Sink, sc: Sc) {
    let name = sc.wgsl();
    let pairs = rows(&[sc, sc], 500, 100, 45);
    type Function = (&'static str, fn(i128, i128) -> i128);
    let functions: [Function; 2] = [("min", |a, b| a.min(b)), ("max", |a, b| a.max(b))];
    for (function, f) in functions {
        let expr = format!("{function}(a, b)");
        componentwise(
            sink,
            &format!("{name} {expr}"),
            &[sc, sc],
            sc,
            &expr,
            &pairs,
            vec![],
            &|v| Expect::bits(from_int(sc, f(to_int(sc, v[0]), to_int(sc, v[1])))),
        );
    }
    let triples = rows(&[sc; 3], 800, 100, 46);
    componentwise(
        sink,
        &format!("{name} clamp(a, b, c)"),
        &[sc; 3],
        sc,
        "clamp(a, b, c)",
        &triples,
        vec![],
        &|v| {
            let [x, low, high] = [0, 1, 2].map(|i| to_int(sc, v[i]));
            Expect::bits(from_int(sc, x.max(low).min(high)))
        },
    );
    let values = rows(&[sc], 500, 100, 47);
    componentwise(
        sink,
        &format!("{name} abs(a)"),
        &[sc],
        sc,
        "abs(a)",
        &values,
        vec![],
        &|v| Expect::bits(from_int(sc, to_int(sc, v[0]).abs())),
    );
    if sc.is_signed() {
        componentwise(
            sink,
            &format!("{name} sign(a)"),
            &[sc],
            sc,
            "sign(a)",
            &values,
            vec![],
            &|v| Expect::bits(from_int(sc, to_int(sc, v[0]).signum())),
        );
    }
}

/// Functions whose result is one of a few floats, exactly.
fn choices(sink: &mut Sink, sc: Sc) {
    let name = sc.wgsl();
    let values = rows(&[sc], 1000, 300, 48);
    for (function, f) in CHOICES {
        let expr = format!("{function}(a)");
        componentwise(
            sink,
            &format!("{name} {expr}"),
            &[sc],
            sc,
            &expr,
            &values,
            vec![],
            &|v| {
                let Some(x) = to_f64(sc, v[0]) else {
                    return Expect::any();
                };
                if !x.is_finite() {
                    return Expect::any();
                }
                let at =
                    |x: f64| Accuracy::of(sc).map_or(Interval::point(f(x)), |r| r.operand(f(x)));
                let flushed = Accuracy::of(sc).is_some_and(|r| r.is_subnormal(x));
                let interval = if flushed { at(x).join(at(0.0)) } else { at(x) };
                Expect::within(interval)
            },
        );
    }
    let pairs = rows(&[sc, sc], 1200, 200, 49);
    type Function = (&'static str, fn(f64, f64) -> f64);
    let functions: [Function; 2] = [("min", f64::min), ("max", f64::max)];
    for (function, f) in functions {
        let expr = format!("{function}(a, b)");
        componentwise(
            sink,
            &format!("{name} {expr}"),
            &[sc, sc],
            sc,
            &expr,
            &pairs,
            vec![],
            &|v| {
                let (Some(x), Some(y)) = (to_f64(sc, v[0]), to_f64(sc, v[1])) else {
                    return Expect::any();
                };
                if !x.is_finite() || !y.is_finite() {
                    return Expect::any();
                }
                match Accuracy::of(sc) {
                    // Two subnormals may be returned in either order, or flushed.
                    Some(r) if r.is_subnormal(x) && r.is_subnormal(y) => {
                        Expect::within(r.operand(x).join(r.operand(y)))
                    }
                    Some(r) => Expect::within(r.operand(f(x, y))),
                    None => near(f(x, y), 0.0),
                }
            },
        );
    }
    let triples = rows(&[sc; 3], 1000, 200, 50);
    componentwise(
        sink,
        &format!("{name} clamp(a, b, c)"),
        &[sc; 3],
        sc,
        "clamp(a, b, c)",
        &triples,
        vec![],
        &|v| {
            let [x, low, high] = [0, 1, 2].map(|i| to_f64(sc, v[i]).unwrap_or(f64::NAN));
            let mut median = [x, low, high];
            if !median.iter().all(|x| x.is_finite()) || low > high {
                return Expect::any();
            }
            median.sort_by(f64::total_cmp);
            match Accuracy::of(sc) {
                Some(r) if median.iter().filter(|&&x| r.is_subnormal(x)).count() > 1 => {
                    Expect::within(
                        median
                            .iter()
                            .filter(|&&x| r.is_subnormal(x))
                            .fold(Interval::point(0.0), |i, &x| i.join(Interval::point(x))),
                    )
                }
                Some(r) => Expect::within(r.operand(median[1])),
                None => near(median[1], 0.0),
            }
        },
    );
}

/// frexp, modf and ldexp.
fn parts(sink: &mut Sink, sc: Sc) {
    let name = sc.wgsl();
    let values = rows(&[sc], 1000, 200, 51);
    let finite = |bits: u64| to_f64(sc, bits).filter(|x| x.is_finite());
    let subnormal = |x: f64| Accuracy::of(sc).is_some_and(|r| r.is_subnormal(x));
    let split = |x: f64| if x == 0.0 { (0.0, 0) } else { libm::frexp(x) };
    componentwise(
        sink,
        &format!("{name} frexp(a).fract"),
        &[sc],
        sc,
        "frexp(a).fract",
        &values,
        vec![],
        &|v| match finite(v[0]) {
            None => Expect::any(),
            Some(x) if subnormal(x) => {
                Expect::within(Interval::point(split(x).0).join(Interval::point(0.0)))
            }
            Some(x) => Expect::within(Interval::point(split(x).0)),
        },
    );
    let exponent = |v: &[u64]| match finite(v[0]) {
        None => Expect::any(),
        Some(x) if subnormal(x) => Expect::one_of([0, from_int(Sc::I32, split(x).1.into())])
            .ieee(from_int(Sc::I32, split(x).1.into())),
        Some(x) => Expect::bits(from_int(Sc::I32, split(x).1.into())),
    };
    componentwise(
        sink,
        &format!("{name} frexp(a).exp"),
        &[sc],
        Sc::I32,
        "$T(frexp(a).exp)",
        &values,
        vec![],
        &exponent,
    );
    for (member, f) in [
        ("fract", (|x: f64| x - x.trunc()) as fn(f64) -> f64),
        ("whole", f64::trunc),
    ] {
        let expr = format!("modf(a).{member}");
        componentwise(
            sink,
            &format!("{name} {expr}"),
            &[sc],
            sc,
            &expr,
            &values,
            vec![],
            &|v| match finite(v[0]) {
                None => Expect::any(),
                Some(x) => Expect::within(
                    Accuracy::of(sc).map_or(Interval::point(f(x)), |r| r.operand(f(x))),
                ),
            },
        );
    }
    let (bias, least): (i64, i64) = match sc {
        Sc::F16 => (15, 24),
        Sc::F32 => (127, 149),
        _ => (1023, 1074),
    };
    let mut scaled = Vec::new();
    for row in values.iter().step_by(2) {
        for e in [
            0,
            1,
            -1,
            3,
            -7,
            bias / 2,
            -bias / 2,
            bias,
            -bias,
            bias + 1,
            -least,
            -2 * bias,
            2 * bias,
        ] {
            scaled.push(vec![row[0], from_int(Sc::I32, e.into())]);
        }
    }
    scaled.truncate(1500);
    componentwise(
        sink,
        &format!("{name} ldexp(a, b)"),
        &[sc, Sc::I32],
        sc,
        "ldexp(a, b)",
        &scaled,
        vec![],
        &|v| {
            let e = to_int(Sc::I32, v[1]) as i32;
            match (finite(v[0]), Accuracy::of(sc)) {
                (None, _) => Expect::any(),
                (Some(x), Some(r)) => {
                    let result = libm::scalbn(x, e);
                    if i64::from(e) > bias + 1 {
                        return Expect::any().ieee(from_f64(sc, result));
                    }
                    let mut interval = r.rounded(result);
                    if i64::from(e) + bias <= 0 || subnormal(x) {
                        interval = interval.join(Interval::point(0.0));
                    }
                    Expect::within(interval).ieee(from_f64(sc, result))
                }
                (Some(x), None) => near(libm::scalbn(x, e), 1.0),
            }
        },
    );
    componentwise(
        sink,
        &format!("{name} ldexp(frexp(a))"),
        &[sc],
        sc,
        "ldexp(frexp(a).fract, $I(frexp(a).exp))",
        &values,
        vec![],
        &|v| match finite(v[0]) {
            None => Expect::any(),
            // The greatest exponent is beyond what ldexp must take in one step.
            Some(x) if !subnormal(x) => exact(sc, v[0], v[0]),
            Some(x) => Expect::within(Interval::point(x).join(Interval::point(0.0))),
        },
    );
}

/// The functions of f64 that naga offers and cards have: within 2 ULP.
fn binary64(sink: &mut Sink) {
    let sc = Sc::F64;
    let value = |bits: u64| f64::from_bits(bits);
    let values = rows(&[sc], 500, 300, 52);
    let functions: [Choice; 3] = [
        ("sqrt", f64::sqrt),
        ("inverseSqrt", |x| 1.0 / x.sqrt()),
        ("fract", |x| x - x.floor()),
    ];
    for (function, f) in functions {
        let expr = format!("{function}(a)");
        componentwise(
            sink,
            &format!("f64 {expr}"),
            &[sc],
            sc,
            &expr,
            &values,
            vec![],
            &|v| {
                let x = value(v[0]);
                // Subnormals and the results of their like are not promised.
                if x != 0.0 && x.abs() < 1e-300 {
                    Expect::any()
                } else {
                    near(f(x), 2.0)
                }
            },
        );
    }
    let triples = rows(&[sc; 3], 300, 500, 53);
    componentwise(
        sink,
        "f64 fma(a, b, c)",
        &[sc; 3],
        sc,
        "fma(a, b, c)",
        &triples,
        vec![],
        &|v| {
            let [a, b, c] = [0, 1, 2].map(|i| value(v[i]));
            let fused = libm::fma(a, b, c);
            let slack = (a * b).abs() * f64::EPSILON;
            if fused.is_finite() && slack.is_finite() {
                Expect::within(Interval::new(fused - slack, fused + slack))
            } else {
                Expect::any()
            }
        },
    );
}
