//! Kernels compiled by clang, results checked against the CPU: in every configuration.

use virtual_card::shader::{Config, Strict, Trace};

use crate::harness::*;

/// The objects and configurations that each kernel runs under.
fn each(run_one: impl Fn(&[u8], &Config, &str)) {
    for cpu in ["gfx1100", "gfx1201"] {
        let Some(elf) = object("basic", cpu) else {
            continue;
        };
        for (name, config) in configs() {
            run_one(&elf, &config, &format!("{cpu} {name}"));
        }
    }
}

fn configs() -> Vec<(&'static str, Config)> {
    let one = Config {
        threads: Some(1),
        ..Config::default()
    };
    let strict = |seed| Config {
        strict: Some(Strict { seed }),
        ..one.clone()
    };
    vec![
        ("strict, seed 1", strict(1)),
        ("strict, seed 2", strict(2)),
        ("strict, seed 3", strict(3)),
        ("one thread", one.clone()),
        (
            "traced",
            Config {
                trace: Some(Trace {
                    group: [0; 3],
                    wave: 1,
                }),
                ..one.clone()
            },
        ),
        (
            "two threads, counting",
            Config {
                threads: Some(2),
                stats: true,
                ..one
            },
        ),
    ]
}

fn go(
    elf: &[u8],
    config: &Config,
    name: &str,
    mem: &mut Flat,
    args: Args,
    groups: [u32; 3],
    label: &str,
) {
    let k = load(mem, elf, name);
    let d = dispatch(mem, &k, args, groups, [64, 1, 1]);
    if let Err(e) = run(config, mem, &d) {
        panic!("{label}: {name}: {e}");
    }
}

#[test]
fn saxpy() {
    each(|elf, config, label| {
        let n = 1000;
        let mut rng = Rng(7);
        let (x, y): (Vec<f32>, Vec<f32>) = (0..n).map(|_| (rng.unit(), rng.unit())).unzip();
        let mut mem = Flat::new();
        let (bx, by) = (mem.alloc_with(&bytesf(&x)), mem.alloc_with(&bytesf(&y)));
        let args = Args::new().ptr(by).ptr(bx).f32(2.5).u32(n);
        go(elf, config, "saxpy", &mut mem, args, [16, 1, 1], label);
        let want: Vec<f32> = x
            .iter()
            .zip(&y)
            .map(|(x, y)| 2.5f32.mul_add(*x, *y))
            .collect();
        assert_eq!(mem.f32s(by), want, "{label}");
    });
}

#[test]
fn saxpy4() {
    each(|elf, config, label| {
        let n = 500;
        let mut rng = Rng(9);
        let (x, y): (Vec<f32>, Vec<f32>) = (0..4 * n).map(|_| (rng.unit(), rng.unit())).unzip();
        let mut mem = Flat::new();
        let (bx, by) = (mem.alloc_with(&bytesf(&x)), mem.alloc_with(&bytesf(&y)));
        let args = Args::new().ptr(by).ptr(bx).f32(-0.75).u32(n);
        go(elf, config, "saxpy4", &mut mem, args, [8, 1, 1], label);
        let want: Vec<f32> = x
            .iter()
            .zip(&y)
            .map(|(x, y)| (-0.75f32).mul_add(*x, *y))
            .collect();
        assert_eq!(mem.f32s(by), want, "{label}");
    });
}

#[test]
fn collatz() {
    let steps = |mut x: u32| {
        let mut n = 0;
        while x > 1 {
            if x & 1 == 1 {
                if x > 0x5555_5554 {
                    return !0;
                }
                x = 3 * x + 1;
            } else {
                x /= 2;
            }
            n += 1;
        }
        n
    };
    each(|elf, config, label| {
        let v: Vec<u32> = (0..300)
            .map(|i| if i == 299 { 0xffff_ffff } else { i * 37 + 1 })
            .collect();
        let mut mem = Flat::new();
        let b = mem.alloc_with(&bytes32(&v));
        go(
            elf,
            config,
            "collatz",
            &mut mem,
            Args::new().ptr(b).u32(300),
            [5, 1, 1],
            label,
        );
        let want: Vec<u32> = v.iter().map(|&x| steps(x)).collect();
        assert_eq!(mem.u32s(b), want, "{label}");
    });
}

#[test]
fn reduce() {
    each(|elf, config, label| {
        let mut rng = Rng(3);
        let v: Vec<u32> = (0..5000).map(|_| rng.u32()).collect();
        let mut mem = Flat::new();
        let (out, input) = (mem.alloc(8), mem.alloc_with(&bytes32(&v)));
        let args = Args::new().ptr(out).ptr(input).u32(5000);
        go(elf, config, "reduce", &mut mem, args, [16, 1, 1], label);
        let want = v.iter().fold(0u32, |a, b| a.wrapping_add(*b));
        assert_eq!(mem.u32s(out)[0], want, "{label}");
    });
}

#[test]
fn histogram() {
    each(|elf, config, label| {
        let mut rng = Rng(5);
        let v: Vec<u32> = (0..4000).map(|_| rng.u32()).collect();
        let mut mem = Flat::new();
        let (out, input) = (mem.alloc(1024), mem.alloc_with(&bytes32(&v)));
        let args = Args::new().ptr(out).ptr(input).u32(4000);
        go(elf, config, "histogram", &mut mem, args, [8, 1, 1], label);
        let mut want = vec![0; 256];
        for x in &v {
            want[(x & 255) as usize] += 1;
        }
        assert_eq!(mem.u32s(out), want, "{label}");
    });
}

#[test]
fn matmul() {
    each(|elf, config, label| {
        let n = 32usize;
        let mut rng = Rng(11);
        let (a, b): (Vec<f32>, Vec<f32>) = (0..n * n).map(|_| (rng.unit(), rng.unit())).unzip();
        let mut mem = Flat::new();
        let (ba, bb, bc) = (
            mem.alloc_with(&bytesf(&a)),
            mem.alloc_with(&bytesf(&b)),
            mem.alloc(4 * n * n),
        );
        let args = Args::new().ptr(bc).ptr(ba).ptr(bb).u32(n as u32);
        go(elf, config, "matmul", &mut mem, args, [4, 4, 1], label);
        let c = mem.f32s(bc);
        for y in 0..n {
            for x in 0..n {
                let want = (0..n).fold(0.0f32, |s, k| a[y * n + k].mul_add(b[k * n + x], s));
                assert_eq!(c[y * n + x], want, "{label} {x} {y}");
            }
        }
    });
}

#[test]
fn integer_division() {
    each(|elf, config, label| {
        let mut rng = Rng(13);
        let mut a: Vec<u32> = (0..200).map(|_| rng.u32()).collect();
        let mut b: Vec<u32> = (0..200).map(|i| rng.u32() >> (i % 32) | 1).collect();
        for (i, (x, y)) in [
            (0, 1),
            (!0, 1),
            (!0, !0),
            (0x8000_0000, !0),
            (0x8000_0000, 1),
            (7, 0x8000_0000),
        ]
        .into_iter()
        .enumerate()
        {
            (a[i], b[i]) = (x, y);
        }
        let mut mem = Flat::new();
        let (ba, bb, q) = (
            mem.alloc_with(&bytes32(&a)),
            mem.alloc_with(&bytes32(&b)),
            mem.alloc(200 * 24),
        );
        let args = Args::new().ptr(q).ptr(ba).ptr(bb).u32(200);
        go(elf, config, "intdiv", &mut mem, args, [4, 1, 1], label);
        let got = mem.u32s(q);
        for i in 0..200 {
            let (x, y) = (a[i], b[i]);
            let (sx, sy) = (x as i32, (y | 1) as i32);
            let wide = (u64::from(x) << 32 | u64::from(y)) / (u64::from(y) * 3 + 1);
            let mut want = [
                x / y,
                x % y,
                sx.wrapping_div(sy) as u32,
                sx.wrapping_rem(sy) as u32,
                wide as u32,
                (wide >> 32) as u32,
            ];
            if sx == i32::MIN && sy == -1 {
                // Undefined in C.
                (want[2], want[3]) = (got[6 * i + 2], got[6 * i + 3]);
            }
            assert_eq!(got[6 * i..6 * i + 6], want, "{label} {x:#x} {y:#x}");
        }
    });
}

#[test]
fn doubles() {
    each(|elf, config, label| {
        let mut rng = Rng(17);
        let mut pick = |_| {
            let v = f64::from(rng.unit()) + f64::from(rng.unit()) * 1e-8;
            v * f64::from(rng.u32() % 2000)
        };
        let mut a: Vec<f64> = (0..200).map(&mut pick).collect();
        let mut b: Vec<f64> = (0..200).map(&mut pick).collect();
        for (i, (x, y)) in [
            (1.0, 3.0),
            (0.0, 1.0),
            (1e300, 1e-5),
            (1e-300, 1e5),
            (4.0, 2.0),
            (-1.0, f64::INFINITY),
            (1e-310, 3.0),
            (2.0, 1e-310),
        ]
        .into_iter()
        .enumerate()
        {
            (a[i], b[i]) = (x, y);
        }
        let bytes = |v: &[f64]| v.iter().flat_map(|x| x.to_le_bytes()).collect::<Vec<u8>>();
        let mut mem = Flat::new();
        let (ba, bb, r) = (
            mem.alloc_with(&bytes(&a)),
            mem.alloc_with(&bytes(&b)),
            mem.alloc(200 * 48),
        );
        let args = Args::new().ptr(r).ptr(ba).ptr(bb).u32(200);
        go(elf, config, "doubles", &mut mem, args, [4, 1, 1], label);
        let got = mem.f64s(r);
        for i in 0..200 {
            let (x, y) = (a[i], b[i]);
            let want = [
                x / y,
                x.abs().sqrt(),
                x.mul_add(y, x),
                x.floor() + y.round_ties_even(),
                f64::from(x as i32) + f64::from(y.abs() as u32),
                if x < y { x } else { y },
            ];
            for (k, w) in want.iter().enumerate() {
                // Converting what does not fit is undefined in C.
                if k == 4 && !(x.abs() < 2e9 && y.abs() < 4e9) {
                    continue;
                }
                let g = got[6 * i + k];
                assert!(
                    g.to_bits() == w.to_bits() || g.is_nan() && w.is_nan(),
                    "{label} {k}: {x:e} {y:e}: {g:e}, expected {w:e}"
                );
            }
        }
    });
}

#[test]
fn maths() {
    each(|elf, config, label| {
        let mut rng = Rng(19);
        let mut a: Vec<f32> = (0..300).map(|_| rng.unit() * 50.0).collect();
        let mut b: Vec<f32> = (0..300).map(|_| rng.unit() * 20.0).collect();
        for (i, (x, y)) in [
            (1.0, 3.0),
            (0.0, 1.0),
            (1e30, 1e-8),
            (1e-30, 1e8),
            (1e-40, 2.0),
            (2.5, -0.5),
            (3.0, 1e-39),
        ]
        .into_iter()
        .enumerate()
        {
            (a[i], b[i]) = (x, y);
        }
        let mut mem = Flat::new();
        let (ba, bb, r) = (
            mem.alloc_with(&bytesf(&a)),
            mem.alloc_with(&bytesf(&b)),
            mem.alloc(300 * 32),
        );
        let args = Args::new().ptr(r).ptr(ba).ptr(bb).u32(300);
        go(elf, config, "maths", &mut mem, args, [5, 1, 1], label);
        let got = mem.f32s(r);
        for i in 0..300 {
            let (x, y) = (a[i], b[i]);
            let wide = f64::from;
            // Value, and the error in units in the last place that the operation may have: OpenCL's
            // bounds for division and square root, clang's for the fast functions.
            let want = [
                (wide(x) / wide(y), 2.5),
                (wide(x).abs().sqrt(), 3.0),
                (wide(y).exp2(), 2.0),
                ((wide(x.abs() + 1.0)).ln(), 4.0),
                (wide(y).exp(), 4.0),
                (wide(x.floor() + y.trunc() + x.round_ties_even()), 0.5),
                (wide(x as i32 as f32 + y.abs() as u32 as f32), 0.5),
                (wide(x.min(y) + x.max(0.5)), 0.5),
            ];
            for (k, (w, ulps)) in want.iter().enumerate() {
                let g = got[8 * i + k];
                let unit = (wide(f32::EPSILON) * w.abs()).max(wide(f32::from_bits(1)));
                let close = (wide(g) - w).abs() <= ulps * unit;
                assert!(
                    close || g == *w as f32,
                    "{label} {k}: {x:e} {y:e}: {g:e}, expected {w:e}"
                );
            }
        }
    });
}

#[test]
fn cross_lane() {
    each(|elf, config, label| {
        let v: Vec<u32> = (0..128).map(|i| 1000 + i).collect();
        let mut mem = Flat::new();
        let (a, r) = (mem.alloc_with(&bytes32(&v)), mem.alloc(128 * 20));
        go(
            elf,
            config,
            "shuffle",
            &mut mem,
            Args::new().ptr(r).ptr(a),
            [2, 1, 1],
            label,
        );
        let got = mem.u32s(r);
        for i in 0..128usize {
            let (wave, lane) = (i & !31, i & 31);
            let at = |l: usize| v[wave + l];
            let local = i & 63;
            let want = [
                at((local * 7 + 3) & 31),
                if lane & 15 == 0 { 0 } else { at(lane - 1) },
                at(lane ^ 16),
                at(0),
                at(lane ^ 1),
            ];
            assert_eq!(got[5 * i..5 * i + 5], want, "{label} lane {i}");
        }
    });
}

#[test]
fn calls_and_scratch() {
    let mix = |a: u32, b: u32| (a ^ b.rotate_left(7)).wrapping_mul(2654435761);
    each(|elf, config, label| {
        let mut mem = Flat::new();
        let r = mem.alloc(4 * 256);
        go(
            elf,
            config,
            "calls",
            &mut mem,
            Args::new().ptr(r).u32(20),
            [4, 1, 1],
            label,
        );
        for (i, got) in mem.u32s(r).into_iter().enumerate() {
            let mut local: Vec<u32> = (0..16).map(|k| mix(i as u32, k)).collect();
            for k in 0..20 + (i & 7) {
                let at = (local[k & 15] & 15) as usize;
                local[at] = mix(local[at], local[(k * 5) & 15]);
            }
            let want = local.iter().fold(0u32, |a, b| a.wrapping_add(*b));
            assert_eq!(got, want, "{label} {i}");
        }
    });
}

#[test]
fn halves() {
    use half::f16;
    each(|elf, config, label| {
        let n = 200u32;
        let mut rng = Rng(23);
        let mut v = || -> Vec<f16> {
            (0..2 * n)
                .map(|_| f16::from_f32(rng.unit() * 8.0))
                .collect()
        };
        let (a, b) = (v(), v());
        let bytes = |v: &[f16]| {
            v.iter()
                .flat_map(|h| h.to_bits().to_le_bytes())
                .collect::<Vec<u8>>()
        };
        let mut mem = Flat::new();
        let (ba, bb, r) = (
            mem.alloc_with(&bytes(&a)),
            mem.alloc_with(&bytes(&b)),
            mem.alloc(12 * n as usize),
        );
        let args = Args::new().ptr(r).ptr(ba).ptr(bb).u32(n);
        go(elf, config, "halves", &mut mem, args, [4, 1, 1], label);
        let got = mem.u32s(r);
        let h = |v: f64| f16::from_f64(v);
        for i in 0..n as usize {
            let (x, y) = ([a[2 * i], a[2 * i + 1]], [b[2 * i], b[2 * i + 1]]);
            let pack = |v: [f16; 2]| u32::from(v[0].to_bits()) | u32::from(v[1].to_bits()) << 16;
            let d = |v: f16| v.to_f64();
            let fma: [f16; 2] = std::array::from_fn(|k| h(d(x[k]) * d(y[k]) + d(x[k])));
            let sub: [f16; 2] = std::array::from_fn(|k| h(d(x[k]) - d(y[k])));
            let third = [if x[0] > y[0] { x[0] } else { y[1] }, h(d(x[1]) * 0.5)];
            assert_eq!(
                got[3 * i..3 * i + 3],
                [pack(fma), pack(sub), pack(third)],
                "{label} {i}"
            );
        }
    });
}

#[test]
fn buffers() {
    each(|elf, config, label| {
        let v: Vec<u32> = (0..100).map(|i| i * 3 + 5).collect();
        let mut mem = Flat::new();
        let (src, dst) = (
            mem.alloc_with(&bytes32(&v)),
            mem.alloc_with(&bytes32(&[9; 128])),
        );
        let args = Args::new().ptr(dst).ptr(src).u32(100);
        // 128 lanes, bounds of 100: the others read zero and store nothing.
        go(elf, config, "buffers", &mut mem, args, [2, 1, 1], label);
        let want: Vec<u32> = (0..128)
            .map(|i| if i < 100 { v[i] * 3 + 1 } else { 9 })
            .collect();
        assert_eq!(mem.u32s(dst), want, "{label}");
    });
}

#[test]
fn narrow() {
    each(|elf, config, label| {
        let n = 150;
        let mut rng = Rng(29);
        let a: Vec<i8> = (0..n).map(|_| rng.u32() as i8).collect();
        let b: Vec<i16> = (0..n).map(|_| rng.u32() as i16).collect();
        let mut mem = Flat::new();
        let ba = mem.alloc_with(&a.iter().map(|&x| x as u8).collect::<Vec<_>>());
        let bb = mem.alloc_with(&b.iter().flat_map(|x| x.to_le_bytes()).collect::<Vec<_>>());
        let (r8, r16) = (mem.alloc(n), mem.alloc(2 * n));
        let args = Args::new().ptr(r8).ptr(r16).ptr(ba).ptr(bb).u32(n as u32);
        go(elf, config, "narrow", &mut mem, args, [3, 1, 1], label);
        let want8: Vec<u8> = a
            .iter()
            .zip(&b)
            .map(|(&a, &b)| (i32::from(a) * 3 + i32::from(b)) as u8)
            .collect();
        let want16: Vec<u8> = a
            .iter()
            .zip(&b)
            .flat_map(|(&a, &b)| ((i32::from(b) - i32::from(a)) as u16).to_le_bytes())
            .collect();
        assert_eq!(mem.read(r8)[..n], want8, "{label}");
        assert_eq!(mem.read(r16)[..2 * n], want16, "{label}");
    });
}

#[test]
fn atomics() {
    each(|elf, config, label| {
        let n = 256u32;
        let mut mem = Flat::new();
        let (m, old, wide, f) = (
            mem.alloc(32),
            mem.alloc(4 * n as usize),
            mem.alloc(8),
            mem.alloc(8),
        );
        let args = Args::new().ptr(m).ptr(old).ptr(wide).ptr(f);
        go(elf, config, "atomics", &mut mem, args, [4, 1, 1], label);
        let mut seen = mem.u32s(old);
        seen.sort_unstable();
        assert_eq!(seen, (0..n).collect::<Vec<_>>(), "{label}");
        let hash = |i: u32| i.wrapping_mul(2654435761);
        let got = mem.u32s(m);
        let want = [
            n,
            (0..n).map(hash).max().unwrap(),
            (0..n).fold(0, |a, i| a ^ hash(i)),
            !0,
            n * (n - 1) / 2,
        ];
        assert_eq!(got[..5], want, "{label}");
        let sum = u64::from(n * (n - 1) / 2) << 20;
        assert_eq!(mem.u32s(wide), [sum as u32, (sum >> 32) as u32], "{label}");
        assert_eq!(mem.f32s(f)[0], n as f32, "{label}");
    });
}
