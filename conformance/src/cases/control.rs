//! Control flow, uniform and divergent; functions; pointers.

use super::program::{kernel, Program};
use super::Sink;
use crate::rng::Rng;

/// Workgroup size and number of invocations of every program here.
const GROUP: u32 = 64;
const COUNT: u32 = 128;

/// Name, declarations, an expression or statements that set `r: u32` from
/// `x: u32`, and the same in Rust.
type Case = (&'static str, &'static str, &'static str, fn(u32) -> u32);

const CASES: &[Case] = &[
    ("if", "", "if (x > 100u) { r = 1u; }", |x| u32::from(x > 100)),
    ("if else", "", "if ((x & 1u) == 0u) { r = x / 2u; } else { r = 3u * x; }", |x| if x & 1 == 0 { x / 2 } else { x.wrapping_mul(3) }),
    (
        "else if chain",
        "",
        "if (x < 10u) { r = 1u; } else if (x < 50u) { r = 2u; } else if (x < 150u) { r = 3u; } else { r = 4u; }",
        |x| match x {
            0..=9 => 1,
            10..=49 => 2,
            50..=149 => 3,
            _ => 4,
        },
    ),
    (
        "nested ifs",
        "",
        "if (x % 2u == 0u) { if (x % 3u == 0u) { r = 6u; if (x % 5u == 0u) { r = 30u; } else { r += 1u; } } else { r = 2u; } } else if (x % 3u == 0u) { r = 3u; }",
        |x| match (x % 2 == 0, x % 3 == 0, x % 5 == 0) {
            (true, true, true) => 30,
            (true, true, false) => 7,
            (true, false, _) => 2,
            (false, true, _) => 3,
            _ => 0,
        },
    ),
    ("for", "", "for (var k = 0u; k < x % 17u; k++) { r += k * x; }", |x| (0..x % 17).fold(0, |r: u32, k| r.wrapping_add(k.wrapping_mul(x)))),
    ("while", "", "var y = x; while (y != 0u) { r += y & 1u; y >>= 1u; }", u32::count_ones),
    (
        "break and continue",
        "",
        "for (var k = 0u; k < 40u; k++) { if (k % 3u == x % 3u) { continue; } if (k > x % 29u) { break; } r = r * 7u + k; }",
        |x| {
            let mut r = 0u32;
            for k in 0..40 {
                if k % 3 == x % 3 {
                    continue;
                }
                if k > x % 29 {
                    break;
                }
                r = r.wrapping_mul(7).wrapping_add(k);
            }
            r
        },
    ),
    (
        "loop with continuing and break if",
        "",
        "var k = 0u; loop { if (k % 2u == 1u) { continue; } r += k; continuing { k += 1u; r += 100u; break if k >= x % 11u; } }",
        |x| {
            let (mut r, mut k) = (0, 0);
            loop {
                if k % 2 == 0 {
                    r += k;
                }
                k += 1;
                r += 100;
                if k >= x % 11 {
                    return r;
                }
            }
        },
    ),
    (
        "value defined in the body and used in continuing",
        "",
        "var k = 0u; loop { let d = (x >> (k % 8u)) & 3u; if (d == 3u) { r += 50u; } continuing { r += d; k += 1u; break if k > d + 5u; } }",
        |x| {
            let (mut r, mut k) = (0, 0);
            loop {
                let d = (x >> (k % 8)) & 3;
                if d == 3 {
                    r += 50;
                }
                r += d;
                k += 1;
                if k > d + 5 {
                    return r;
                }
            }
        },
    ),
    (
        "nested loops",
        "",
        "for (var a = 0u; a < x % 5u + 1u; a++) { var b = 0u; loop { b += 1u; if (b > a + x % 4u) { break; } if ((a + b) % 3u == 0u) { continue; } r += a * 16u + b; } if (r > 200u) { break; } }",
        |x| {
            let mut r = 0;
            for a in 0..x % 5 + 1 {
                let mut b = 0;
                loop {
                    b += 1;
                    if b > a + x % 4 {
                        break;
                    }
                    if (a + b) % 3 == 0 {
                        continue;
                    }
                    r += a * 16 + b;
                }
                if r > 200 {
                    break;
                }
            }
            r
        },
    ),
    (
        "switch",
        "",
        "switch x % 9u { case 0u: { r = 10u; } case 1u, 2u, 5u: { r = 20u + x; } case 7u: {} default: { r = 30u; } }",
        |x| match x % 9 {
            0 => 10,
            1 | 2 | 5 => 20 + x,
            7 => 0,
            _ => 30,
        },
    ),
    (
        "switch on i32 with default first",
        "",
        "switch i32(x % 7u) - 3 { default: { r = 1u; } case -3: { r = 2u; } case -1, 0: { r = 3u; if (x > 90u) { break; } r = 4u; } case 3: { r = 5u; } }",
        |x| match x % 7 {
            0 => 2,
            2 | 3 => {
                if x > 90 {
                    3
                } else {
                    4
                }
            }
            6 => 5,
            _ => 1,
        },
    ),
    (
        "switch in a loop",
        "",
        "for (var k = 0u; k < 12u; k++) { switch (x >> k) & 3u { case 0u: { continue; } case 1u: { r += 1u; break; } case 2u: { r += 10u; } default: { if (k > 6u) { r += 1000u; } else { r += 100u; } } } r += 10000u; }",
        |x| {
            let mut r = 0;
            for k in 0..12 {
                r += match (x >> k) & 3 {
                    0 => continue,
                    1 => 1,
                    2 => 10,
                    _ if k > 6 => 1000,
                    _ => 100,
                };
                r += 10000;
            }
            r
        },
    ),
    (
        "switch with only a default",
        "",
        "switch x { default: { r = x + 1u; } }",
        |x| x.wrapping_add(1),
    ),
    (
        "early returns",
        "fn f(x: u32) -> u32 { if (x < 20u) { return 1u; } for (var k = 2u; k < x; k++) { if (x % k == 0u) { return k; } if (k > 30u) { return 999u; } } return x; }",
        "r = f(x);",
        |x| {
            if x < 20 {
                return 1;
            }
            for k in 2..x {
                if x % k == 0 {
                    return k;
                }
                if k > 30 {
                    return 999;
                }
            }
            x
        },
    ),
    (
        "return from nested loops and a switch",
        "fn f(x: u32) -> u32 { var s = 0u; for (var a = 0u; a < 9u; a++) { for (var b = 0u; b < 9u; b++) { switch (a * b + x) % 13u { case 5u: { return s; } case 6u: { s += 1u; break; } default: { s += 2u; } } if (s > 60u) { return s * 100u; } } } return s + 7u; }",
        "r = f(x);",
        |x| {
            let mut s = 0;
            for a in 0..9 {
                for b in 0..9 {
                    match (a * b + x) % 13 {
                        5 => return s,
                        6 => s += 1,
                        _ => s += 2,
                    }
                    if s > 60 {
                        return s * 100;
                    }
                }
            }
            s + 7
        },
    ),
    (
        "functions call functions",
        "fn a(x: u32) -> u32 { return x * 2u + 1u; } fn b(x: u32, y: u32) -> u32 { if (x > y) { return a(x) - y; } return a(y) + x; } fn c(x: u32) -> u32 { var s = 0u; for (var k = 0u; k < 3u; k++) { s += b(x % 50u, k * 20u); } return s; }",
        "r = c(x) + c(x + 1u);",
        |x| {
            let a = |x: u32| x * 2 + 1;
            let b = |x: u32, y: u32| if x > y { a(x) - y } else { a(y) + x };
            let c = |x: u32| (0..3).map(|k| b(x % 50, k * 20)).sum::<u32>();
            c(x) + c(x + 1)
        },
    ),
    (
        "pointers to locals",
        "fn add(p: ptr<function, u32>, by: u32) { *p += by; } fn swap(a: ptr<function, u32>, b: ptr<function, u32>) { let t = *a; *a = *b; *b = t; } fn both(p: ptr<function, u32>) { add(p, 5u); add(p, *p); }",
        "var a = x; var b = x * 3u; if (x % 2u == 0u) { swap(&a, &b); } both(&a); let q = &b; *q -= 1u; r = a * 7u + b;",
        |x| {
            let (mut a, mut b) = (x, x * 3);
            if x % 2 == 0 {
                std::mem::swap(&mut a, &mut b);
            }
            a = (a + 5) * 2;
            (a * 7).wrapping_add(b.wrapping_sub(1))
        },
    ),
    (
        "pointers to arrays and structs",
        "struct S { a: u32, v: vec3<u32>, t: array<u32, 4> } fn fill(p: ptr<function, array<u32, 4>>, x: u32) { for (var k = 0u; k < 4u; k++) { (*p)[k] = x + k; } } fn sum(p: ptr<function, S>) -> u32 { var s = (*p).a; s += (*p).v.y; for (var k = 0u; k < 4u; k++) { s += (*p).t[k] * (k + 1u); } return s; }",
        "var s: S; s.v.y = x; s.a = 1u; var t: array<u32, 4>; fill(&t, x); s.t = t; s.t[x % 4u] += 100u; r = sum(&s);",
        |x| 1 + x + (0..4).map(|k| (x + k + if k == x % 4 { 100 } else { 0 }) * (k + 1)).sum::<u32>(),
    ),
    (
        "structs by value",
        "struct P { x: u32, y: vec2<u32> } fn make(x: u32) -> P { return P(x, vec2(x + 1u, x + 2u)); } fn flip(p: P) -> P { var q = p; q.y = p.y.yx; q.x = p.y.x * 2u; return q; }",
        "let p = flip(flip(make(x))); let a = array(make(1u), p); r = p.x * 100u + p.y.x * 10u + p.y.y + a[x % 2u].x;",
        |x| {
            let flip = |(_, y): (u32, [u32; 2])| (y[0] * 2, [y[1], y[0]]);
            let p = flip(flip((x, [x + 1, x + 2])));
            p.0 * 100 + p.1[0] * 10 + p.1[1] + if x % 2 == 0 { 1 } else { p.0 }
        },
    ),
    (
        "short circuits",
        "var<private> calls: u32; fn t(b: bool) -> bool { calls += 1u; return b; }",
        "calls = 0u; if (t(x % 2u == 0u) && t(x % 3u == 0u)) { r = 1u; } if (t(x % 5u == 0u) || t(x % 7u == 0u)) { r += 2u; } r += calls * 10u;",
        |x| {
            let mut calls = 0;
            let mut t = |b: bool| {
                calls += 1;
                b
            };
            let mut r = 0;
            if t(x % 2 == 0) && t(x % 3 == 0) {
                r = 1;
            }
            if t(x % 5 == 0) || t(x % 7 == 0) {
                r += 2;
            }
            r + calls * 10
        },
    ),
    (
        "order of evaluation",
        "var<private> n: u32; fn next() -> u32 { n = n * 3u + 1u; return n; }",
        "n = x; let a = next() * 10u + next(); var v = array(next(), next()); v[next() % 2u] = next(); r = a + v[0] * 3u + v[1] * 5u + n;",
        |x| {
            let mut n = x;
            let mut next = || {
                n = n.wrapping_mul(3).wrapping_add(1);
                n
            };
            let a = next().wrapping_mul(10).wrapping_add(next());
            let mut v = [next(), next()];
            let k = next() as usize % 2;
            v[k] = next();
            let last = v[k];
            a.wrapping_add(v[0].wrapping_mul(3)).wrapping_add(v[1].wrapping_mul(5)).wrapping_add(last)
        },
    ),
    (
        "shadowing and phony assignment",
        "fn f(x: u32) -> u32 { return x + 1u; }",
        "let y = x; { let y = y * 2u; r += y; { var y = 5u; y += r; r += y; } } _ = f(r); r += y;",
        |x| {
            let r = x * 2;
            let r = r + 5 + r;
            r + x
        },
    ),
    (
        "compound assignment to components",
        "",
        "var v = vec4(x, 1u, 2u, 3u); v.y += x; v[x % 4u] *= 3u; v.z <<= 2u; v.w ^= x; v[3] |= 8u; let p = &v; (*p).x %= 100u; v.x++; v.y--; r = v.x + v.y * 3u + v.z * 5u + v.w * 7u;",
        |x| {
            let mut v = [x, 1, 2, 3];
            v[1] += x;
            v[(x % 4) as usize] *= 3;
            v[2] <<= 2;
            v[3] ^= x;
            v[3] |= 8;
            v[0] %= 100;
            v[0] += 1;
            v[1] -= 1;
            v[0] + v[1] * 3 + v[2] * 5 + v[3] * 7
        },
    ),
    (
        "variables without an initial value start at zero each time",
        "",
        "for (var k = 0u; k < 4u; k++) { var fresh: u32; var pair: array<u32, 2>; fresh += x; pair[k % 2u] += fresh + k; r += pair[0] * 3u + pair[1]; }",
        |x| (0..4).map(|k| (x + k) * if k % 2 == 0 { 3 } else { 1 }).sum(),
    ),
    (
        "collatz",
        "",
        "var n = x + 1u; loop { if (n <= 1u) { break; } if (n % 2u == 0u) { n /= 2u; } else { n = 3u * n + 1u; } r++; }",
        |x| {
            let (mut n, mut r) = (x + 1, 0);
            while n > 1 {
                n = if n % 2 == 0 { n / 2 } else { 3 * n + 1 };
                r += 1;
            }
            r
        },
    ),
];

pub(super) fn generate(sink: &mut Sink) {
    let mut rng = Rng::new(91);
    let mixed: Vec<u32> = (0..COUNT)
        .map(|l| if l < 64 { l } else { rng.below(300) })
        .collect();
    let uniform = vec![135; COUNT as usize];
    for (name, declarations, body, f) in CASES {
        for (kind, inputs) in [("divergent", &mixed), ("one value", &uniform)] {
            let wgsl = kernel(
                declarations,
                GROUP,
                &format!("let x = i[g]; var r = 0u; {body} o[g] = r;"),
            );
            let outputs: Vec<u32> = inputs.iter().map(|&x| f(x)).collect();
            Program::new(format!("{name} ({kind})"), wgsl)
                .groups([COUNT / GROUP, 1, 1])
                .output(&outputs)
                .input(inputs)
                .emit(sink);
        }
        // The condition is uniform: from the workgroup's id and a loop counter.
        let wgsl = kernel(
            declarations,
            1,
            &format!(
                "for (var u = 0u; u < {}u; u++) {{ let x = i[u]; var r = 0u; {body} o[u] = r; }}",
                COUNT
            ),
        );
        let outputs: Vec<u32> = mixed.iter().map(|&x| f(x)).collect();
        Program::new(format!("{name} (uniform)"), wgsl)
            .output(&outputs)
            .input(&mixed)
            .emit(sink);
    }
    deep(sink, &mixed);
    long(sink, &mixed);
    barrier_loops(sink);
}

/// A loop of more machine code than a branch reaches on any card, left from many places.
fn long(sink: &mut Sink, inputs: &[u32]) {
    const STEPS: u32 = 6000;
    // Every so often an invocation may go back to the loop's head, or leave.
    let jumps = |k: u32| k % 750 == 749;
    let mut body =
        String::from("var x = i[g]; var r = 0u; for (var t = 0u; t < 2u + x % 2u; t++) {");
    for k in 0..STEPS {
        body.push_str(&format!("x = x * {}u + i[x >> 27u];", 2 * k + 1));
        if jumps(k) {
            body.push_str(&format!(
                "if (x % 8u == {}u) {{ r += {k}u; continue; }} if (x % 16u == {}u) {{ r ^= {k}u; break; }}",
                k % 8,
                k % 13
            ));
        }
    }
    body.push_str("r += x; } o[g] = r;");
    let run = |start: u32| {
        let (mut x, mut r) = (start, 0u32);
        let mut t = 0;
        'trips: while t < 2 + x % 2 {
            t += 1;
            for k in 0..STEPS {
                x = x
                    .wrapping_mul(2 * k + 1)
                    .wrapping_add(inputs[(x >> 27) as usize]);
                if jumps(k) && x % 8 == k % 8 {
                    r = r.wrapping_add(k);
                    continue 'trips;
                }
                if jumps(k) && x % 16 == k % 13 {
                    r ^= k;
                    break 'trips;
                }
            }
            r = r.wrapping_add(x);
        }
        r
    };
    let outputs: Vec<u32> = inputs.iter().map(|&x| run(x)).collect();
    Program::new("a long loop", kernel("", GROUP, &body))
        .groups([COUNT / GROUP, 1, 1])
        .output(&outputs)
        .input(inputs)
        .emit(sink);
}

/// Sixty-four levels of conditions, of which each invocation enters as many as its input says.
fn deep(sink: &mut Sink, inputs: &[u32]) {
    const DEPTH: u32 = 64;
    let mut body = String::from("let x = i[g]; var r = 0u;");
    (0..DEPTH).for_each(|k| body.push_str(&format!("if (x > {}u) {{ r += {k}u;", 3 * k)));
    (0..DEPTH).for_each(|k| body.push_str(&format!("}} else {{ r ^= {}u; }}", k + 1)));
    body.push_str("o[g] = r;");
    let value = |x: u32| {
        let inside = (0..DEPTH).take_while(|k| x > 3 * k).count() as u32;
        let sum: u32 = (0..inside).sum();
        // The level that was not entered takes its else branch; those are
        // written from the innermost out.
        if inside < DEPTH {
            sum ^ (DEPTH - inside)
        } else {
            sum
        }
    };
    let outputs: Vec<u32> = inputs.iter().map(|&x| value(x)).collect();
    Program::new("conditions nested 64 deep", kernel("", GROUP, &body))
        .groups([COUNT / GROUP, 1, 1])
        .output(&outputs)
        .input(inputs)
        .emit(sink);
}

/// Barriers in loops and in conditions that are uniform.
fn barrier_loops(sink: &mut Sink) {
    let body = "
        for (var k = 1u; k < 64u; k <<= 1u) {
            let y = w[l ^ k]; workgroupBarrier(); w[l] += y; workgroupBarrier();
        }
        if (wg.x == 1u) { workgroupBarrier(); w[l] += 1u; workgroupBarrier(); }
        o[g] = w[63u - l];";
    let body = format!("w[l] = i[g]; workgroupBarrier(); {body}");
    let inputs: Vec<u32> = (0..128).map(|x| x * x).collect();
    let sums: Vec<u32> = inputs.chunks(64).map(|c| c.iter().sum()).collect();
    let outputs: Vec<u32> = (0..128).map(|l| sums[l / 64] + (l / 64) as u32).collect();
    Program::new(
        "barriers in loops",
        kernel("var<workgroup> w: array<u32, 64>;", 64, &body),
    )
    .groups([2, 1, 1])
    .output(&outputs)
    .input(&inputs)
    .emit(sink);
}
