//! Comparisons, logic and selection.

use super::arithmetic::{FLOATS, INTS};
use super::sweep::{componentwise, Row, Sweep, Ty};
use super::values::{rows, to_f64, to_int};
use super::{Expect, Sink};
use crate::accuracy::Accuracy;
use crate::scalar::Sc;
use std::cmp::Ordering;

const OPERATORS: [&str; 6] = ["==", "!=", "<", "<=", ">", ">="];

fn holds(op: &str, order: Option<Ordering>) -> bool {
    match op {
        "==" => order == Some(Ordering::Equal),
        "!=" => order != Some(Ordering::Equal),
        "<" => order == Some(Ordering::Less),
        "<=" => matches!(order, Some(Ordering::Less | Ordering::Equal)),
        ">" => order == Some(Ordering::Greater),
        _ => matches!(order, Some(Ordering::Greater | Ordering::Equal)),
    }
}

/// Comparison of floats, any of which may be flushed.
fn floats(sc: Sc, op: &str, a: u64, b: u64) -> Expect {
    let (Some(x), Some(y)) = (to_f64(sc, a), to_f64(sc, b)) else {
        return Expect::any();
    };
    let ieee = u64::from(holds(op, x.partial_cmp(&y)));
    if !x.is_finite() || !y.is_finite() {
        return Expect::any().ieee(ieee);
    }
    let forms = |x: f64| match Accuracy::of(sc) {
        Some(acc) if acc.is_subnormal(x) => vec![x, 0.0],
        _ => vec![x],
    };
    let mut results = Vec::new();
    for x in forms(x) {
        results.extend(
            forms(y)
                .into_iter()
                .map(|y| u64::from(holds(op, x.partial_cmp(&y)))),
        );
    }
    Expect::one_of(results).ieee(ieee)
}

pub(super) fn generate(sink: &mut Sink) {
    for sc in INTS.into_iter().chain(FLOATS) {
        // Equal operands are rare among all pairs.
        let mut pairs = rows(&[sc, sc], 800, 100, 11);
        let equal: Vec<Vec<u64>> = pairs.iter().step_by(7).map(|r| vec![r[0], r[0]]).collect();
        pairs.extend(equal);
        for op in OPERATORS {
            componentwise(
                sink,
                &format!("{} a {op} b", sc.wgsl()),
                &[sc, sc],
                Sc::Bool,
                &format!("a {op} b"),
                &pairs,
                vec![],
                &|v| {
                    if sc.is_float() {
                        floats(sc, op, v[0], v[1])
                    } else {
                        Expect::bits(u64::from(holds(
                            op,
                            Some(to_int(sc, v[0]).cmp(&to_int(sc, v[1]))),
                        )))
                    }
                },
            );
        }
        let triples: Vec<Vec<u64>> = pairs
            .iter()
            .enumerate()
            .map(|(i, r)| vec![r[0], r[1], (i * 7 / 3) as u64 & 1])
            .collect();
        let types = [sc, sc, Sc::Bool];
        componentwise(
            sink,
            &format!("{} select(a, b, c)", sc.wgsl()),
            &types,
            sc,
            "select(a, b, c)",
            &triples,
            vec![],
            &|v| {
                let chosen = if v[2] != 0 { v[1] } else { v[0] };
                super::arithmetic::exact(sc, chosen, chosen)
            },
        );
        scalar_condition(sink, sc, &triples);
    }

    let pairs = rows(&[Sc::Bool, Sc::Bool], 16, 60, 12);
    for (expr, f) in LOGIC {
        let types = [Sc::Bool, Sc::Bool];
        componentwise(
            sink,
            &format!("bool {expr}"),
            &types,
            Sc::Bool,
            expr,
            &pairs,
            vec![],
            &|v| Expect::bits(u64::from(f(v[0] != 0, v[1] != 0))),
        );
    }
    for (expr, f) in SCALAR_LOGIC {
        let types = [Ty::vec(1, Sc::Bool), Ty::vec(1, Sc::Bool)];
        let packed = pairs
            .iter()
            .map(|r| r.iter().map(|&b| vec![b]).collect())
            .collect();
        let expect = |r: &Row| vec![Expect::bits(u64::from(f(r[0][0] != 0, r[1][0] != 0)))];
        Sweep::new(
            format!("bool {expr}"),
            &types,
            Ty::vec(1, Sc::Bool),
            expr,
            packed,
            &expect,
        )
        .emit(sink);
    }
    for n in 2..=4 {
        let packed: Vec<Row> = (0..1u64 << n)
            .map(|bits| vec![(0..n).map(|c| bits >> c & 1).collect()])
            .collect();
        let (vec, one) = (Ty::vec(n, Sc::Bool), Ty::vec(1, Sc::Bool));
        let all = |r: &Row| vec![Expect::bits(u64::from(r[0].iter().all(|&b| b != 0)))];
        let any = |r: &Row| vec![Expect::bits(u64::from(r[0].iter().any(|&b| b != 0)))];
        Sweep::new(
            format!("all(vec{n}<bool>)"),
            &[vec],
            one,
            "all(a)",
            packed.clone(),
            &all,
        )
        .emit(sink);
        Sweep::new(
            format!("any(vec{n}<bool>)"),
            &[vec],
            one,
            "any(a)",
            packed,
            &any,
        )
        .emit(sink);
    }
}

type Logic = (&'static str, fn(bool, bool) -> bool);

const LOGIC: [Logic; 6] = [
    ("a & b", |a, b| a && b),
    ("a | b", |a, b| a || b),
    ("a == b", |a, b| a == b),
    ("a != b", |a, b| a != b),
    ("!a", |a, _| !a),
    ("(!a | b) == (a & !b)", |_, _| false),
];

const SCALAR_LOGIC: [Logic; 4] = [
    ("a && b", |a, b| a && b),
    ("a || b", |a, b| a || b),
    ("!(a && !b) || b", |a, b| !a || b),
    ("all(a) != any(b)", |a, b| a != b),
];

/// One condition for a whole vector.
fn scalar_condition(sink: &mut Sink, sc: Sc, triples: &[Vec<u64>]) {
    let packed: Vec<Row> = triples
        .chunks_exact(3)
        .map(|c| {
            vec![
                c.iter().map(|r| r[0]).collect(),
                c.iter().map(|r| r[1]).collect(),
                vec![c[0][2]],
            ]
        })
        .collect();
    let expect = |r: &Row| -> Vec<Expect> {
        let chosen = if r[2][0] != 0 { &r[1] } else { &r[0] };
        chosen
            .iter()
            .map(|&b| super::arithmetic::exact(sc, b, b))
            .collect()
    };
    let types = [Ty::vec(3, sc), Ty::vec(3, sc), Ty::vec(1, Sc::Bool)];
    let name = format!("vec3<{}> select(a, b, bool)", sc.wgsl());
    Sweep::new(
        name,
        &types,
        Ty::vec(3, sc),
        "select(a, b, c)",
        packed,
        &expect,
    )
    .emit(sink);
}
