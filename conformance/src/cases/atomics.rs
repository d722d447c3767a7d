//! Atomics of every type and address space, the values they return, ordering
//! through barriers, and coherence of single locations among many workgroups.

use super::program::{kernel, Program};
use super::{Expect, Sink};
use crate::device::Feature;
use crate::kernels::Usage;
use crate::scalar::Sc;

pub(super) fn generate(sink: &mut Sink) {
    for (space, var) in [
        ("storage", "@group(0) @binding(2) var<storage, read_write>"),
        ("workgroup", "var<workgroup>"),
    ] {
        for sc in [Sc::U32, Sc::I32, Sc::U64, Sc::I64] {
            folds(sink, space, var, sc);
        }
    }
    returned_values(sink);
    floats(sink);
    returned_floats(sink);
    barriers(sink);
    coherence(sink);
}

/// Every operation on its own location by 128 invocations in two workgroups.
fn folds(sink: &mut Sink, space: &str, var: &str, sc: Sc) {
    let t = sc.wgsl();
    let wide = sc.width() == 8;
    let lanes = if space == "storage" { 128u32 } else { 64 };
    let declarations = format!("{var} a: array<atomic<{t}>, 8>;");
    let lit = |x: &str| format!("{t}({x})");
    // x differs by invocation, and in all halves of a wide one.
    let x = if wide {
        format!("({t}(g) << 33u) + {t}(g * 7u) - {}", lit("100"))
    } else {
        format!("{t}(g * 0x01010101u) - {}", lit("100"))
    };
    let init = "if (l == 0u) { ZERO } workgroupBarrier();";
    let start: [i128; 8] = [
        5,
        7,
        i128::from(i32::MAX),
        i128::from(i32::MIN),
        -1,
        0,
        9,
        3,
    ];
    let zero: String = if space == "workgroup" {
        start
            .iter()
            .enumerate()
            .map(|(k, v)| format!("atomicStore(&a[{k}], {});", cast(sc, *v)))
            .collect()
    } else {
        String::new()
    };
    let init = init.replace("ZERO", &zero);
    let bit = if wide {
        format!("({} << (g % 63u))", lit("1"))
    } else {
        format!("({} << (g % 31u))", lit("1"))
    };
    let body = format!(
        "{init} let x = {x};
        atomicAdd(&a[0], x); atomicSub(&a[1], x); atomicMin(&a[2], x); atomicMax(&a[3], x);
        atomicAnd(&a[4], ~{bit}); atomicOr(&a[5], {bit}); atomicXor(&a[6], x);
        for (var k = 0u; k < 3u; k++) {{
            loop {{ let old = atomicLoad(&a[7]); let r = atomicCompareExchangeWeak(&a[7], old, old * {two} + {one});
                if (r.exchanged) {{ break; }} }}
        }}
        workgroupBarrier();
        {show}",
        two = lit("1"),
        one = lit("1"),
        show = if space == "workgroup" {
            if wide {
                "if (l < 8u) { let v = atomicLoad(&a[l]); o[2u * l] = u32(v); o[2u * l + 1u] = u32(v >> 32u); }"
            } else {
                "if (l < 8u) { o[l] = u32(atomicLoad(&a[l])); }"
            }
        } else {
            "if (g == 0u) { o[0] = 1u; }"
        }
    );
    let wrap = |v: i128| super::values::from_int(sc, v);
    let signed = |v: i128| super::values::to_int(sc, wrap(v));
    let mut a = start.map(signed);
    for g in 0..i128::from(lanes) {
        let x = signed(if wide {
            (g << 33) + g * 7 - 100
        } else {
            g * 0x0101_0101 - 100
        });
        let bit = 1i128 << (g % if wide { 63 } else { 31 });
        a[0] = signed(a[0] + x);
        a[1] = signed(a[1] - x);
        a[2] = a[2].min(x);
        a[3] = a[3].max(x);
        a[4] = signed(a[4] & !bit);
        a[5] = signed(a[5] | bit);
        a[6] = signed(a[6] ^ x);
        a[7] = signed(a[7] + 3);
    }
    let needs: &[Feature] = if wide {
        &[Feature::I64, Feature::Atomic64]
    } else {
        &[]
    };
    let mut program = Program::new(
        format!("{space} atomic<{t}>"),
        kernel(&declarations, 64, &body),
    )
    .needs(needs)
    .input(&[0]);
    if space == "storage" {
        let data = start
            .iter()
            .flat_map(|&v| wrap(v).to_le_bytes()[..sc.width()].to_vec())
            .collect();
        program = program
            .groups([2, 1, 1])
            .raw(2, Usage::ReadWrite, data)
            .output(&[1]);
        for (k, &v) in a.iter().enumerate() {
            program = program.expect_at(2, k * sc.width(), sc, Expect::bits(wrap(v)));
        }
    } else {
        let words: Vec<u32> = a
            .iter()
            .flat_map(|&v| {
                if wide {
                    vec![wrap(v) as u32, (wrap(v) >> 32) as u32]
                } else {
                    vec![wrap(v) as u32]
                }
            })
            .collect();
        program = program.output(&words);
    }
    program.emit(sink);
}

fn cast(sc: Sc, v: i128) -> String {
    match sc {
        Sc::U32 => format!("{}u", v as u32),
        Sc::I32 => format!("i32({})", v as i32),
        Sc::U64 => format!("{}lu", v as u64),
        _ => format!("i64({})", v as i64),
    }
}

/// What an atomic returns is what was there before, each value once.
fn returned_values(sink: &mut Sink) {
    let declarations = "@group(0) @binding(2) var<storage, read_write> c: array<atomic<u32>, 4>; var<workgroup> w: atomic<u32>;";
    let body = "o[atomicAdd(&c[0], 1u)] += 1u;
        let mine = atomicAdd(&w, 1u); o[256u + wg.x * 64u + mine] += 1u;
        let before = atomicExchange(&c[1], g + 1u); o[512u + before] += 1u;
        let last = atomicOr(&c[2], 0u); if (last != 77u) { o[0] = 9u; }
        let s = atomicSub(&c[3], 1u); o[1024u + s - 1u] += 1u;";
    // Exchanged values: the initial zero and all but one of 1 to 256 are seen once.
    let mut expected: Vec<Expect> = vec![Expect::bits(1); 513];
    expected.extend((1..=256).map(|_| Expect::one_of([0, 1])));
    expected.extend(vec![Expect::bits(0); 1024 - 769]);
    expected.extend(vec![Expect::bits(1); 256]);
    Program::new("returned values", kernel(declarations, 64, body))
        .groups([4, 1, 1])
        .buffer(0, Usage::ReadWrite, &[0; 1280])
        .expect(0, expected)
        .input(&[0])
        .buffer(2, Usage::ReadWrite, &[0, 0, 77, 256])
        .expect_at(2, 0, Sc::U32, Expect::bits(256))
        .expect_at(2, 4, Sc::U32, Expect::one_of(1..=256))
        .expect_at(2, 12, Sc::U32, Expect::bits(0))
        .emit(sink);

    // The same in 64 bits, both halves at once.
    let declarations = "@group(0) @binding(2) var<storage, read_write> c: array<atomic<u64>, 3>; var<workgroup> w: atomic<u64>;";
    let body = "let unit = 0x100000001lu;
        let a = atomicAdd(&c[0], unit); if (u32(a) == u32(a >> 32u)) { o[u32(a)] += 1u; }
        let mine = u32(atomicAdd(&w, unit) >> 32u); o[256u + wg.x * 64u + mine] += 1u;
        let b = atomicExchange(&c[1], u64(g + 1u) * unit); if (u32(b) == u32(b >> 32u)) { o[512u + u32(b)] += 1u; }
        let s = atomicSub(&c[2], unit); o[1023u + u32(s >> 32u)] += 1u;";
    let mut expected: Vec<Expect> = vec![Expect::bits(1); 513];
    expected.extend((1..=256).map(|_| Expect::one_of([0, 1])));
    expected.extend(vec![Expect::bits(0); 1024 - 769]);
    expected.extend(vec![Expect::bits(1); 256]);
    Program::new("returned values of u64", kernel(declarations, 64, body))
        .needs(&[Feature::I64, Feature::Atomic64])
        .groups([4, 1, 1])
        .buffer(0, Usage::ReadWrite, &[0; 1280])
        .expect(0, expected)
        .input(&[0])
        .buffer(2, Usage::ReadWrite, &[0, 0, 0, 0, 256, 256])
        .expect_at(2, 0, Sc::U64, Expect::bits(256 << 32 | 256))
        .expect_at(2, 16, Sc::U64, Expect::bits(0))
        .emit(sink);

    // Only one invocation of each pair wins, and the loser sees the winner.
    let body = "let r = atomicCompareExchangeWeak(&c[l / 2u % 4u], 100u + wg.x, 200u + l);
        if (r.exchanged) { if (r.old_value != 100u + wg.x) { o[1] = 1u; } atomicAdd(&wins, 1u); }
        workgroupBarrier(); if (l == 0u) { o[0] = atomicLoad(&wins); }";
    let declarations = "var<workgroup> c: array<atomic<u32>, 4>; var<workgroup> wins: atomic<u32>;";
    let body = format!("if (l < 4u) {{ atomicStore(&c[l], 100u); }} workgroupBarrier(); {body}");
    // Weak: it may fail for no reason, so there may be fewer than four winners.
    Program::new("compare and exchange", kernel(declarations, 64, &body))
        .buffer(0, Usage::ReadWrite, &[0; 2])
        .expect(0, vec![Expect::one_of(0..=4).ieee(4), Expect::bits(0)])
        .input(&[0])
        .emit(sink);
}

fn floats(sink: &mut Sink) {
    let declarations = "@group(0) @binding(2) var<storage, read_write> f: array<atomic<f32>, 3>;";
    let body = "atomicAdd(&f[0], f32(g) * 0.5); atomicSub(&f[1], 1.0); let old = atomicExchange(&f[2], f32(g)); o[g] = 1u + u32(old) * 0u;";
    Program::new("storage atomic<f32>", kernel(declarations, 64, body))
        .needs(&[Feature::AtomicF32])
        .groups([2, 1, 1])
        .output(&[1; 128])
        .input(&[0])
        .buffer(2, Usage::ReadWrite, &[0, 0, 0])
        .expect_at(
            2,
            0,
            Sc::F32,
            Expect::bits((127.0f32 * 128.0 / 4.0).to_bits().into()),
        )
        .expect_at(2, 4, Sc::F32, Expect::bits((-128f32).to_bits().into()))
        .expect_at(
            2,
            8,
            Sc::F32,
            Expect::one_of((0..128).map(|g| u64::from((g as f32).to_bits()))),
        )
        .emit(sink);
}

/// Sums of whole floats are exact, and so each returned sum is seen once.
fn returned_floats(sink: &mut Sink) {
    let declarations = "@group(0) @binding(2) var<storage, read_write> f: array<atomic<f32>, 3>;";
    let body = "o[u32(atomicAdd(&f[0], 1.0))] += 1u; o[255u + u32(atomicSub(&f[1], 1.0))] += 1u;
        o[512u + u32(atomicExchange(&f[2], f32(g + 1u)))] += 1u;";
    let mut expected: Vec<Expect> = vec![Expect::bits(1); 513];
    expected.extend((1..=256).map(|_| Expect::one_of([0, 1])));
    Program::new("returned values of f32", kernel(declarations, 64, body))
        .needs(&[Feature::AtomicF32])
        .groups([4, 1, 1])
        .buffer(0, Usage::ReadWrite, &[0; 769])
        .expect(0, expected)
        .input(&[0])
        .buffer(2, Usage::ReadWrite, &[0, 256f32.to_bits(), 0])
        .expect_at(2, 0, Sc::F32, Expect::bits(256f32.to_bits().into()))
        .expect_at(2, 4, Sc::F32, Expect::bits(0))
        .emit(sink);
}

/// What one invocation wrote before a barrier, another reads after it.
fn barriers(sink: &mut Sink) {
    let cases = [
        (
            "workgroup memory",
            "var<workgroup> m: array<u32, 256>;",
            "m[(l + 1u) % 256u]",
            "m[l]",
            "workgroupBarrier();",
        ),
        (
            "storage memory",
            "@group(0) @binding(2) var<storage, read_write> m: array<u32>;",
            "m[wg.x * 256u + (l + 1u) % 256u]",
            "m[wg.x * 256u + l]",
            "storageBarrier();",
        ),
        (
            "workgroup atomics",
            "var<workgroup> m: array<atomic<u32>, 256>;",
            "atomicLoad(&m[(l * 5u + 3u) % 256u])",
            "m[l]",
            "workgroupBarrier();",
        ),
    ];
    for (name, declarations, read, write, barrier) in cases {
        let set = if name.contains("atomics") {
            "atomicStore(&m[l], l * 3u + k + wg.x);".into()
        } else {
            format!("{write} = l * 3u + k + wg.x;")
        };
        let body = format!(
            "var sum = 0u; for (var k = 0u; k < 20u; k++) {{ {set} {barrier} sum = sum * 3u + {read}; {barrier} }} o[g] = sum;"
        );
        let outputs: Vec<u32> = (0..2048u32)
            .map(|g| {
                let (wg, l) = (g / 256, g % 256);
                let from = if name.contains("atomics") {
                    (l * 5 + 3) % 256
                } else {
                    (l + 1) % 256
                };
                (0..20).fold(0u32, |s, k| {
                    s.wrapping_mul(3).wrapping_add(from * 3 + k + wg)
                })
            })
            .collect();
        let mut program =
            Program::new(format!("barrier: {name}"), kernel(declarations, 256, &body))
                .groups([8, 1, 1])
                .output(&outputs)
                .input(&[0]);
        if name == "storage memory" {
            program = program.buffer(2, Usage::ReadWrite, &[0; 2048]);
        }
        program.emit(sink);
    }
    let body = "if (l == 77u) { u = i[wg.x]; t = vec3(1u, 2u, i[1]); } let a = workgroupUniformLoad(&u); let b = workgroupUniformLoad(&t);
        for (var k = 0u; k < a; k++) { workgroupBarrier(); } o[g] = a * 100u + b.z;";
    let outputs: Vec<u32> = (0..512).map(|g| [5, 3][g / 256] * 100 + 3).collect();
    Program::new(
        "workgroupUniformLoad",
        kernel(
            "var<workgroup> u: u32; var<workgroup> t: vec3<u32>;",
            256,
            body,
        ),
    )
    .groups([2, 1, 1])
    .output(&outputs)
    .input(&[5, 3])
    .emit(sink);
}

/// A location that only grows never seems to shrink, to anyone, and what was
/// written by an atomic is there for the next one.
fn coherence(sink: &mut Sink) {
    let declarations = "@group(0) @binding(2) var<storage, read_write> c: array<atomic<u32>, 64>;";
    let body = "var worst = 0u; var last = 0u; let spot = (g * 7u) % 4u;
        for (var k = 0u; k < 50u; k++) {
            let seen = atomicLoad(&c[spot]); if (seen < last) { worst = 1u; } last = seen;
            let before = atomicAdd(&c[spot], 1u); if (before < last) { worst = 2u; } last = before + 1u;
            let own = atomicMax(&c[8u + g % 8u], k); if (own < k && k > 0u && own + 1u < k) { worst = 3u; }
        }
        o[g] = worst + 1u;";
    let mut program = Program::new("coherence among workgroups", kernel(declarations, 64, body))
        .groups([32, 1, 1])
        .output(&[1; 2048])
        .input(&[0])
        .buffer(2, Usage::ReadWrite, &[0; 64]);
    for k in 0..4 {
        program = program.expect_at(2, 4 * k, Sc::U32, Expect::bits(2048 / 4 * 50));
    }
    program.emit(sink);

    // An invocation sees its own plain writes between other invocations' writes nearby.
    let declarations = "@group(0) @binding(2) var<storage, read_write> m: array<u32>;";
    let body = "var bad = 0u; for (var k = 0u; k < 30u; k++) { m[g] = g * 31u + k; if (m[g] != g * 31u + k) { bad += 1u; } } o[g] = bad + m[g];";
    let outputs: Vec<u32> = (0..1024).map(|g| g * 31 + 29).collect();
    Program::new("own writes are seen", kernel(declarations, 64, body))
        .groups([16, 1, 1])
        .output(&outputs)
        .input(&[0])
        .buffer(2, Usage::ReadWrite, &[0; 1024])
        .emit(sink);
}
