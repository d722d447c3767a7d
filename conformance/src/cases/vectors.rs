//! Vectors and matrices: construction, selection of components, products, geometry.

use super::arithmetic::near;
use super::sweep::{Row, Sweep, Ty};
use super::values::{from_f64, from_int, random, to_f64, to_int};
use super::{Expect, Sink};
use crate::accuracy::{Accuracy, Interval};
use crate::rng::Rng;
use crate::scalar::Sc;

const TYPES: [Sc; 6] = [Sc::F32, Sc::I32, Sc::U32, Sc::F16, Sc::F64, Sc::I64];

pub(super) fn generate(sink: &mut Sink) {
    for sc in TYPES {
        moves(sink, sc);
        if sc.is_float() {
            geometry(sink, sc);
            matrices(sink, sc);
        } else {
            integer_dot(sink, sc);
        }
    }
}

/// Ordinary numbers: sums of a few are far from overflow.
fn ordinary(sc: Sc, rng: &mut Rng) -> u64 {
    if sc.is_float() {
        from_f64(sc, rng.float(-8.0, 8.0).into())
    } else {
        random(sc, rng)
    }
}

fn rows(params: &[Ty], count: usize, seed: u64) -> Vec<Row> {
    let mut rng = Rng::new(seed);
    (0..count)
        .map(|_| {
            params
                .iter()
                .map(|p| (0..p.comps()).map(|_| ordinary(p.sc, &mut rng)).collect())
                .collect()
        })
        .collect()
}

/// Expressions that only move components: where each comes from.
fn moves(sink: &mut Sink, sc: Sc) {
    // Of a (vec4), b (vec2), c (scalar): a0..a3 are 0 to 3, b0 and b1 4 and 5, c 6.
    let cases: [(&str, &[usize]); 16] = [
        ("a.wzyx", &[3, 2, 1, 0]),
        ("a.xxyy", &[0, 0, 1, 1]),
        ("a.zyx", &[2, 1, 0]),
        ("a.yw", &[1, 3]),
        ("a.y", &[1]),
        ("b.yxyx", &[5, 4, 5, 4]),
        ("a.rgba.bgr", &[2, 1, 0]),
        ("vec4(c, b, c)", &[6, 4, 5, 6]),
        ("vec4(b, b.yx)", &[4, 5, 5, 4]),
        ("vec4(c)", &[6, 6, 6, 6]),
        ("vec3(b, a.w)", &[4, 5, 3]),
        ("vec4(a.xyz, c).wxyz", &[6, 0, 1, 2]),
        ("array(a, b.xyxy, vec4(c))[1]", &[4, 5, 4, 5]),
        ("mat(a, b)", &[]),
        ("swap(a)", &[2, 3, 0, 1]),
        ("insert(a, c)", &[0, 6, 2, 3]),
    ];
    let params = [Ty::vec(4, sc), Ty::vec(2, sc), Ty::vec(1, sc)];
    let t = sc.wgsl();
    let decls = format!(
        "fn swap(v: vec4<{t}>) -> vec4<{t}> {{ return vec4(v.zw, v.xy); }}
         fn insert(v: vec4<{t}>, x: {t}) -> vec4<{t}> {{ var r = v; r.y = x; return r; }}"
    );
    for (expr, from) in cases.iter().filter(|c| !c.1.is_empty()) {
        let expect = |r: &Row| -> Vec<Expect> {
            let all: Vec<u64> = r.iter().flatten().copied().collect();
            from.iter()
                .map(|&i| super::arithmetic::exact(sc, all[i], all[i]))
                .collect()
        };
        let rows = rows(&params, 40, 71);
        let mut sweep = Sweep::new(
            format!("{t} {expr}"),
            &params,
            Ty::vec(from.len(), sc),
            *expr,
            rows,
            &expect,
        );
        sweep.decls = decls.clone();
        sweep.emit(sink);
    }
    // A component chosen at run time.
    for n in 2..=4 {
        let params = [Ty::vec(n, sc), Ty::vec(1, Sc::U32)];
        let mut rows = rows(&params, 40, 72);
        rows.iter_mut()
            .enumerate()
            .for_each(|(i, r)| r[1][0] = (i % n) as u64);
        let expect = |r: &Row| {
            let x = r[0][r[1][0] as usize];
            vec![super::arithmetic::exact(sc, x, x)]
        };
        Sweep::new(
            format!("vec{n}<{t}> a[b]"),
            &params,
            Ty::vec(1, sc),
            "a[b]",
            rows,
            &expect,
        )
        .emit(sink);
    }
}

fn integer_dot(sink: &mut Sink, sc: Sc) {
    for n in 2..=4 {
        let ty = Ty::vec(n, sc);
        let expect = |r: &Row| {
            let sum = r[0].iter().zip(&r[1]).fold(0i128, |s, (&a, &b)| {
                s.wrapping_add(to_int(sc, a).wrapping_mul(to_int(sc, b)))
            });
            vec![Expect::bits(from_int(sc, sum))]
        };
        let name = format!("dot(vec{n}<{}>)", sc.wgsl());
        Sweep::new(
            name,
            &[ty, ty],
            Ty::vec(1, sc),
            "dot(a, b)",
            rows(&[ty, ty], 100, 73),
            &expect,
        )
        .emit(sink);
    }
}

/// Operands as intervals.
fn intervals(sc: Sc, acc: Accuracy, bits: &[u64]) -> Vec<Interval> {
    bits.iter()
        .map(|&b| to_f64(sc, b).map_or(Interval::ANY, |x| acc.operand(x)))
        .collect()
}

fn numbers(sc: Sc, bits: &[u64]) -> Vec<f64> {
    bits.iter()
        .map(|&b| to_f64(sc, b).unwrap_or(f64::NAN))
        .collect()
}

fn dot(a: &[f64], b: &[f64]) -> f64 {
    a.iter().zip(b).map(|(x, y)| x * y).sum()
}

/// A sum of products in f64, where WGSL has no rule: within what any order gives.
fn wide_dot(a: &[f64], b: &[f64]) -> Expect {
    let magnitude: f64 = a.iter().zip(b).map(|(x, y)| (x * y).abs()).sum();
    let x = dot(a, b);
    let slack = magnitude * 4.0 * f64::EPSILON;
    Expect::within(Interval::new(x - slack, x + slack))
}

fn geometry(sink: &mut Sink, sc: Sc) {
    let t = sc.wgsl();
    for n in 2..=4 {
        let ty = Ty::vec(n, sc);
        let scalar = Ty::vec(1, sc);
        let pairs = rows(&[ty, ty], 100, 74);
        let acc = Accuracy::of(sc);
        let expect = |r: &Row| {
            vec![match acc {
                Some(acc) => {
                    Expect::within(acc.dot(&intervals(sc, acc, &r[0]), &intervals(sc, acc, &r[1])))
                }
                None => wide_dot(&numbers(sc, &r[0]), &numbers(sc, &r[1])),
            }]
        };
        Sweep::new(
            format!("dot(vec{n}<{t}>)"),
            &[ty, ty],
            scalar,
            "dot(a, b)",
            pairs.clone(),
            &expect,
        )
        .emit(sink);
        let Some(acc) = acc else { continue };
        let expect = |r: &Row| vec![Expect::within(acc.length(&intervals(sc, acc, &r[0])))];
        Sweep::new(
            format!("length(vec{n}<{t}>)"),
            &[ty],
            scalar,
            "length(a)",
            rows(&[ty], 100, 75),
            &expect,
        )
        .emit(sink);
        let minus = |r: &Row| -> Vec<Interval> {
            intervals(sc, acc, &r[0])
                .into_iter()
                .zip(intervals(sc, acc, &r[1]))
                .map(|(a, b)| acc.sub(a, b))
                .collect()
        };
        let expect = |r: &Row| vec![Expect::within(acc.length(&minus(r)))];
        Sweep::new(
            format!("distance(vec{n}<{t}>)"),
            &[ty, ty],
            scalar,
            "distance(a, b)",
            pairs.clone(),
            &expect,
        )
        .emit(sink);
        let expect = |r: &Row| {
            let v = intervals(sc, acc, &r[0]);
            let length = acc.length(&v);
            let d = acc.dot(&v, &v);
            // Either a division, or a product with an inverse square root.
            v.into_iter()
                .map(|x| Expect::within(acc.div(x, length).join(acc.mul(x, acc.inverse_sqrt(d)))))
                .collect()
        };
        Sweep::new(
            format!("normalize(vec{n}<{t}>)"),
            &[ty],
            ty,
            "normalize(a)",
            rows(&[ty], 100, 76),
            &expect,
        )
        .emit(sink);
        // a - 2 * dot(b, a) * b
        let expect = |r: &Row| {
            let (a, b) = (intervals(sc, acc, &r[0]), intervals(sc, acc, &r[1]));
            let d = acc.mul(Interval::point(2.0), acc.dot(&b, &a));
            let one = |(&a, &b): (&Interval, &Interval)| {
                Expect::within(acc.sub(a, acc.mul(d, b)).join(acc.fma(acc.neg(d), b, a)))
            };
            a.iter().zip(&b).map(one).collect()
        };
        Sweep::new(
            format!("reflect(vec{n}<{t}>)"),
            &[ty, ty],
            ty,
            "reflect(a, b)",
            pairs.clone(),
            &expect,
        )
        .emit(sink);
        let triples = rows(&[ty, ty, ty], 100, 77);
        let expect = |r: &Row| {
            let sign = acc.dot(&intervals(sc, acc, &r[1]), &intervals(sc, acc, &r[2]));
            r[0].iter()
                .map(|&x| {
                    let flip = x ^ 1 << (8 * sc.width() - 1);
                    match (sign.hi < 0.0, sign.lo >= 0.0) {
                        (true, _) => Expect::bits(x),
                        (_, true) => Expect::bits(flip),
                        _ => Expect::one_of([x, flip]),
                    }
                })
                .collect()
        };
        Sweep::new(
            format!("faceForward(vec{n}<{t}>)"),
            &[ty, ty, ty],
            ty,
            "faceForward(a, b, c)",
            triples,
            &expect,
        )
        .emit(sink);
        refract(sink, sc, acc, n);
    }
    let Some(acc) = Accuracy::of(sc) else { return };
    let ty = Ty::vec(3, sc);
    let expect = |r: &Row| {
        let (a, b) = (intervals(sc, acc, &r[0]), intervals(sc, acc, &r[1]));
        (0..3)
            .map(|i| {
                let (j, k) = ((i + 1) % 3, (i + 2) % 3);
                Expect::within(acc.dot(&[a[j], acc.neg(a[k])], &[b[k], b[j]]))
            })
            .collect()
    };
    Sweep::new(
        format!("cross(vec3<{t}>)"),
        &[ty, ty],
        ty,
        "cross(a, b)",
        rows(&[ty, ty], 100, 78),
        &expect,
    )
    .emit(sink);
}

/// The specification bounds it by its expression; unit vectors make that useful.
fn refract(sink: &mut Sink, sc: Sc, acc: Accuracy, n: usize) {
    let mut rng = Rng::new(79);
    let mut unit = || {
        let v: Vec<f64> = (0..n).map(|_| rng.float(-1.0, 1.0).into()).collect();
        let length = dot(&v, &v).sqrt();
        v.into_iter()
            .map(|x| from_f64(sc, x / length))
            .collect::<Vec<u64>>()
    };
    let rows: Vec<Row> = (0..100)
        .map(|i| {
            vec![
                unit(),
                unit(),
                vec![from_f64(sc, 0.5 + f64::from(i) / 80.0)],
            ]
        })
        .collect();
    let expect = |r: &Row| {
        let (a, b) = (intervals(sc, acc, &r[0]), intervals(sc, acc, &r[1]));
        let eta = intervals(sc, acc, &r[2])[0];
        let d = acc.dot(&b, &a);
        let one = Interval::point(1.0);
        let k = acc.sub(one, acc.mul(acc.mul(eta, eta), acc.sub(one, acc.mul(d, d))));
        a.iter()
            .zip(&b)
            .map(|(&a, &b)| {
                if k.hi < 0.0 {
                    return Expect::within(Interval::point(0.0));
                }
                let scale = acc.add(
                    acc.mul(eta, d),
                    acc.sqrt(Interval::new(k.lo.max(0.0), k.hi)),
                );
                let bent = acc.sub(acc.mul(eta, a), acc.mul(scale, b));
                // Orders and fusions of the terms differ by a few roundings.
                let slack = 4.0 * acc.ulp(2.0);
                let bent = Interval::new(bent.lo - slack, bent.hi + slack);
                Expect::within(if k.lo < 0.0 {
                    bent.join(Interval::point(0.0))
                } else {
                    bent
                })
            })
            .collect()
    };
    let ty = Ty::vec(n, sc);
    let name = format!("refract(vec{n}<{}>)", sc.wgsl());
    Sweep::new(
        name,
        &[ty, ty, Ty::vec(1, sc)],
        ty,
        "refract(a, b, c)",
        rows,
        &expect,
    )
    .emit(sink);
}

fn matrices(sink: &mut Sink, sc: Sc) {
    let acc = Accuracy::of(sc);
    let product = |a: &[u64], b: &[u64]| match acc {
        Some(acc) => Expect::within(acc.dot(&intervals(sc, acc, a), &intervals(sc, acc, b))),
        None => wide_dot(&numbers(sc, a), &numbers(sc, b)),
    };
    let sum = |a: u64, b: u64, sign: f64| {
        let (x, y) = (
            to_f64(sc, a).unwrap_or(0.0),
            sign * to_f64(sc, b).unwrap_or(0.0),
        );
        match acc {
            Some(acc) => Expect::within(acc.add(acc.operand(x), acc.operand(y))),
            None => near(x + y, 0.0),
        }
    };
    for c in 2..=4 {
        for r in 2..=4 {
            let m = Ty::mat(c, r, sc);
            let name = m.wgsl();
            let (column, row) = (Ty::vec(r, sc), Ty::vec(c, sc));
            let line = |m: &[u64], i: usize| -> Vec<u64> { (0..c).map(|k| m[k * r + i]).collect() };
            let expect = |v: &Row| (0..r).map(|i| product(&line(&v[0], i), &v[1])).collect();
            Sweep::new(
                format!("{name} * vec{c}"),
                &[m, row],
                column,
                "a * b",
                rows(&[m, row], 30, 80),
                &expect,
            )
            .emit(sink);
            let expect = |v: &Row| {
                (0..c)
                    .map(|k| product(&v[0], &v[1][k * r..(k + 1) * r]))
                    .collect()
            };
            Sweep::new(
                format!("vec{r} * {name}"),
                &[column, m],
                row,
                "a * b",
                rows(&[column, m], 30, 81),
                &expect,
            )
            .emit(sink);
            for k in 2..=4 {
                let right = Ty::mat(k, c, sc);
                let expect = |v: &Row| -> Vec<Expect> {
                    let columns = v[1].chunks_exact(c);
                    columns
                        .flat_map(|col| {
                            (0..r)
                                .map(|i| product(&line(&v[0], i), col))
                                .collect::<Vec<_>>()
                        })
                        .collect()
                };
                let mut sweep = Sweep::new(
                    format!("{name} * {}", right.wgsl()),
                    &[m, right],
                    Ty::mat(k, r, sc),
                    "a * b",
                    rows(&[m, right], 20, 82),
                    &expect,
                );
                sweep.uniform = k == 3;
                sweep.emit(sink);
            }
            let pairs = rows(&[m, m], 20, 83);
            let expect = |v: &Row| {
                v[0].iter()
                    .zip(&v[1])
                    .map(|(&a, &b)| sum(a, b, 1.0))
                    .collect()
            };
            Sweep::new(
                format!("{name} + {name}"),
                &[m, m],
                m,
                "a + b",
                pairs.clone(),
                &expect,
            )
            .emit(sink);
            let expect = |v: &Row| {
                v[0].iter()
                    .zip(&v[1])
                    .map(|(&a, &b)| sum(a, b, -1.0))
                    .collect()
            };
            Sweep::new(
                format!("{name} - {name}"),
                &[m, m],
                m,
                "a - b",
                pairs,
                &expect,
            )
            .emit(sink);
            let scaled = [m, Ty::vec(1, sc)];
            let expect = |v: &Row| v[0].iter().map(|&a| product(&[a], &v[1])).collect();
            Sweep::new(
                format!("{name} * scalar"),
                &scaled,
                m,
                "a * b",
                rows(&scaled, 20, 84),
                &expect,
            )
            .emit(sink);
            Sweep::new(
                format!("scalar * {name}"),
                &scaled,
                m,
                "b * a",
                rows(&scaled, 20, 85),
                &expect,
            )
            .emit(sink);
            let expect = |v: &Row| {
                (0..c * r)
                    .map(|i| Expect::bits(v[0][i % c * r + i / c]))
                    .collect()
            };
            Sweep::new(
                format!("transpose({name})"),
                &[m],
                Ty::mat(r, c, sc),
                "transpose(a)",
                rows(&[m], 20, 86),
                &expect,
            )
            .emit(sink);
            let expect = |v: &Row| {
                let picked = [v[0][(c - 1) * r + 1], v[0][r], v[0][r - 1]];
                picked
                    .iter()
                    .map(|&x| super::arithmetic::exact(sc, x, x))
                    .collect()
            };
            let expr = format!("vec3(a[{}].y, a[1][0], a[0][{}])", c - 1, r - 1);
            Sweep::new(
                format!("{name} components"),
                &[m],
                Ty::vec(3, sc),
                expr,
                rows(&[m], 20, 87),
                &expect,
            )
            .emit(sink);
            if c == r {
                determinant(sink, sc, c);
            }
        }
    }
}

/// Of small integers: every term is exact, and so must the sum be for IEEE
/// arithmetic. The specification asks for nothing.
fn determinant(sink: &mut Sink, sc: Sc, n: usize) {
    let mut rng = Rng::new(88);
    let rows: Vec<Row> = (0..40)
        .map(|_| {
            vec![(0..n * n)
                .map(|_| from_f64(sc, f64::from(rng.below(5)) - 2.0))
                .collect()]
        })
        .collect();
    fn value(m: &[f64], n: usize) -> f64 {
        if n == 1 {
            return m[0];
        }
        (0..n)
            .map(|r| {
                let rest: Vec<f64> = (n..n * n).filter(|i| i % n != r).map(|i| m[i]).collect();
                if r % 2 == 0 {
                    m[r] * value(&rest, n - 1)
                } else {
                    -m[r] * value(&rest, n - 1)
                }
            })
            .sum()
    }
    let expect = |v: &Row| {
        let d = value(&numbers(sc, &v[0]), n);
        // Either zero.
        vec![if d == 0.0 {
            Expect::any()
        } else {
            Expect::any().ieee(from_f64(sc, d))
        }]
    };
    let m = Ty::mat(n, n, sc);
    Sweep::new(
        format!("determinant({})", m.wgsl()),
        &[m],
        Ty::vec(1, sc),
        "determinant(a)",
        rows,
        &expect,
    )
    .emit(sink);
}
