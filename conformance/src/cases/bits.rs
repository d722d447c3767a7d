//! Bitwise operators, shifts and bit functions, from their definitions bit by bit.

use super::arithmetic::INTS;
use super::sweep::{componentwise, Row, Sweep, Ty};
use super::values::{edges, from_int, rows, to_int};
use super::{Expect, Sink};
use crate::rng::Rng;
use crate::scalar::Sc;

fn bit(x: u64, i: usize) -> bool {
    x >> i & 1 != 0
}

/// `None` stands for all ones, WGSL's "there is no such bit".
fn place(sc: Sc, i: Option<usize>) -> u64 {
    from_int(sc, i.map_or(-1, |i| i as i128))
}

pub(super) fn generate(sink: &mut Sink) {
    for sc in INTS {
        let (name, width) = (sc.wgsl(), 8 * sc.width());
        let pairs = rows(&[sc, sc], 600, 100, 21);
        type Operator = (&'static str, fn(bool, bool) -> bool);
        let operators: [Operator; 5] = [
            ("a & b", |a, b| a && b),
            ("a | b", |a, b| a || b),
            ("a ^ b", |a, b| a != b),
            ("~a", |a, _| !a),
            ("(a & ~b) | (b & ~a)", |a, b| a != b),
        ];
        for (expr, f) in operators {
            componentwise(
                sink,
                &format!("{name} {expr}"),
                &[sc, sc],
                sc,
                expr,
                &pairs,
                vec![],
                &|v| {
                    let mut bits = 0;
                    (0..width)
                        .filter(|&i| f(bit(v[0], i), bit(v[1], i)))
                        .for_each(|i| bits |= 1u64 << i);
                    Expect::bits(bits)
                },
            );
        }
        shifts(sink, sc);

        let values = rows(&[sc], 600, 200, 22);
        type Function = (&'static str, fn(Sc, usize, u64) -> u64);
        let functions: [Function; 6] = [
            ("countOneBits", |_, w, x| {
                (0..w).filter(|&i| bit(x, i)).count() as u64
            }),
            ("countLeadingZeros", |_, w, x| {
                (0..w).rev().take_while(|&i| !bit(x, i)).count() as u64
            }),
            ("countTrailingZeros", |_, w, x| {
                (0..w).take_while(|&i| !bit(x, i)).count() as u64
            }),
            ("reverseBits", |_, w, x| {
                (0..w)
                    .filter(|&i| bit(x, i))
                    .fold(0, |r, i| r | 1u64 << (w - 1 - i))
            }),
            ("firstTrailingBit", |sc, w, x| {
                place(sc, (0..w).find(|&i| bit(x, i)))
            }),
            ("firstLeadingBit", |sc, w, x| {
                // Of a signed number, the highest bit that is not its sign.
                let sign = sc.is_signed() && bit(x, w - 1);
                place(sc, (0..w).rev().find(|&i| bit(x, i) != sign))
            }),
        ];
        for (function, f) in functions {
            let expr = format!("{function}(a)");
            componentwise(
                sink,
                &format!("{name} {expr}"),
                &[sc],
                sc,
                &expr,
                &values,
                vec![],
                &|v| Expect::bits(f(sc, width, v[0])),
            );
        }
        fields(sink, sc);
    }
}

fn shifts(sink: &mut Sink, sc: Sc) {
    let width = 8 * sc.width();
    let amounts = [
        0,
        1,
        2,
        4,
        7,
        8,
        15,
        16,
        17,
        31,
        32,
        33,
        63,
        64,
        100,
        0x8000_0000,
        0xffff_ffff,
    ];
    let mut pairs = Vec::new();
    for x in edges(sc) {
        pairs.extend(amounts.map(|n| vec![x, n]));
    }
    let literals = |_: &str| -> Vec<(String, u64)> {
        [0, 1, 5, 15]
            .into_iter()
            .chain((width > 16).then_some(31))
            .chain((width > 32).then_some(40))
            .map(|n: u64| (format!("{n}u"), n))
            .collect()
    };
    for op in ["<<", ">>"] {
        let expr = format!("a {op} b");
        componentwise(
            sink,
            &format!("{} {expr}", sc.wgsl()),
            &[sc, Sc::U32],
            sc,
            &expr,
            &pairs,
            literals(op),
            &|v| {
                let n = v[1] as usize % width;
                let x = to_int(sc, v[0]);
                Expect::bits(from_int(sc, if op == "<<" { x << n } else { x >> n }))
            },
        );
    }
}

fn fields(sink: &mut Sink, sc: Sc) {
    let width = 8 * sc.width();
    let mut rng = Rng::new(23);
    let spots = [0u64, 1, 3, 8, 15, 16, 31, 32, 33, 64, 0xffff_ffff];
    let extract = |x: u64, offset: u64, count: u64| {
        let o = (offset as usize).min(width);
        let c = (count as usize).min(width - o);
        let field = (0..c)
            .filter(|&i| bit(x, o + i))
            .fold(0, |r, i| r | 1u64 << i);
        let sign = sc.is_signed() && c > 0 && bit(x, o + c - 1);
        from_int(sc, i128::from(field) - if sign { 1i128 << c } else { 0 })
    };
    let insert = |x: u64, new: u64, offset: u64, count: u64| {
        let o = (offset as usize).min(width);
        let c = (count as usize).min(width - o);
        (0..width).fold(0, |r, i| {
            let b = if i >= o && i < o + c {
                bit(new, i - o)
            } else {
                bit(x, i)
            };
            r | u64::from(b) << i
        })
    };
    let values = edges(sc);
    let mut extracts: Vec<Row> = Vec::new();
    let mut inserts: Vec<Row> = Vec::new();
    for o in spots {
        for c in spots {
            for _ in 0..4 {
                let mut pick = || values[rng.below(values.len() as u32) as usize];
                let (x, y) = (pick(), pick());
                extracts.push(vec![vec![x], vec![o], vec![c]]);
                inserts.push(vec![vec![x], vec![y], vec![o], vec![c]]);
            }
        }
    }
    let (one, word) = (Ty::vec(1, sc), Ty::vec(1, Sc::U32));
    let name = sc.wgsl();
    let expect = |r: &Row| vec![Expect::bits(extract(r[0][0], r[1][0], r[2][0]))];
    Sweep::new(
        format!("{name} extractBits"),
        &[one, word, word],
        one,
        "extractBits(a, b, c)",
        extracts.clone(),
        &expect,
    )
    .emit(sink);
    let expect = |r: &Row| vec![Expect::bits(insert(r[0][0], r[1][0], r[2][0], r[3][0]))];
    Sweep::new(
        format!("{name} insertBits"),
        &[one, one, word, word],
        one,
        "insertBits(a, b, c, d)",
        inserts,
        &expect,
    )
    .emit(sink);
    // The field's place is a constant in most programs, and shared by a vector's components.
    let vector: Vec<Row> = values.chunks_exact(3).map(|c| vec![c.to_vec()]).collect();
    let v3 = Ty::vec(3, sc);
    let expect = |r: &Row| {
        r[0].iter()
            .map(|&x| Expect::bits(extract(x, 3, 9)))
            .collect()
    };
    Sweep::new(
        format!("{name} extractBits(vec3, 3, 9)"),
        &[v3],
        v3,
        "extractBits(a, 3u, 9u)",
        vector.clone(),
        &expect,
    )
    .emit(sink);
    let expect = |r: &Row| {
        r[0].iter()
            .map(|&x| Expect::bits(insert(x, !x, 5, 7)))
            .collect()
    };
    Sweep::new(
        format!("{name} insertBits(vec3, 5, 7)"),
        &[v3],
        v3,
        "insertBits(a, ~a, 5u, 7u)",
        vector,
        &expect,
    )
    .emit(sink);
}
