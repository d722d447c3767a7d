//! Subgroup and quad operations, with subgroups of 32 consecutive invocations:
//! all types, under masks, in loops that invocations leave one by one, and in a
//! workgroup whose last subgroup is not full.

use super::program::{Program, IO};
use super::values::{enables, from_int, needs, to_int};
use super::Sink;
use crate::device::Feature;
use crate::scalar::Sc;

const SIZE: usize = 32;
const COUNT: usize = 80;

type Masked = (&'static str, &'static str, fn(usize) -> bool);

/// Which invocations take part: a condition on `l`, and the same in Rust.
const MASKS: [Masked; 5] = [
    ("all", "true", |_| true),
    ("odd", "(l & 1u) == 1u", |l| l & 1 == 1),
    ("thirds", "l % 3u == 1u", |l| l % 3 == 1),
    ("upper", "l % 32u >= 19u", |l| l % 32 >= 19),
    ("one", "l % 32u == 7u", |l| l % 32 == 7),
];

pub(super) fn generate(sink: &mut Sink) {
    for sc in [
        Sc::U32,
        Sc::I32,
        Sc::F32,
        Sc::F16,
        Sc::I16,
        Sc::U16,
        Sc::I64,
        Sc::U64,
        Sc::F64,
    ] {
        collectives(sink, sc);
    }
    gathers(sink);
    votes(sink);
    loops(sink);
    ids(sink);
}

fn wgsl(enable: &str, declarations: &str, body: &str) -> String {
    format!(
        "{enable}{IO}{declarations}
        @compute @workgroup_size({COUNT}) fn main(@builtin(local_invocation_index) l: u32,
            @builtin(subgroup_invocation_id) s: u32, @builtin(subgroup_id) id: u32,
            @builtin(subgroup_size) size: u32, @builtin(num_subgroups) n: u32) {{
            {body}
        }}"
    )
}

/// The invocations of `l`'s subgroup that take part.
fn members(l: usize, mask: fn(usize) -> bool) -> Vec<usize> {
    (l / SIZE * SIZE..COUNT.min(l / SIZE * SIZE + SIZE))
        .filter(|&m| mask(m))
        .collect()
}

/// The value of an invocation: small, so that sums of floats are exact.
fn operand(l: usize) -> i128 {
    (l as i128 * 7 + 3) % 11 - 4
}

type Fold = fn(i128, i128) -> i128;

fn collectives(sink: &mut Sink, sc: Sc) {
    // Name, scans as well, integers only, start, fold.
    let ops: [(&str, bool, bool, i128, Fold); 7] = [
        ("Add", true, false, 0, |a, b| a.wrapping_add(b)),
        ("Mul", true, false, 1, |a, b| a.wrapping_mul(b)),
        ("Min", false, false, i128::MAX, i128::min),
        ("Max", false, false, i128::MIN, i128::max),
        ("And", false, true, -1, |a, b| a & b),
        ("Or", false, true, 0, |a, b| a | b),
        ("Xor", false, true, 0, |a, b| a ^ b),
    ];
    let t = sc.wgsl();
    let wide = sc.width() == 8;
    // As two words each; floats are small integers.
    let show = match sc {
        Sc::F32 | Sc::F16 => "vec2(u32(i32(V)), 0u)",
        Sc::F64 => "vec2(u32(i32(V)), 0u)",
        Sc::I16 | Sc::U16 => "vec2(u32(i32(V)) & 0xffffu, 0u)",
        _ if wide => "vec2(u32(V), u32(V >> 32u))",
        _ => "vec2(u32(V), 0u)",
    };
    let normal = |v: i128| -> i128 {
        if sc.is_float() {
            v
        } else {
            to_int(sc, from_int(sc, v))
        }
    };
    let words = |v: i128| -> [u32; 2] {
        let bits = if sc.is_float() {
            from_int(Sc::I32, v)
        } else {
            from_int(sc, v)
        };
        [
            bits as u32,
            if sc.is_float() {
                0
            } else {
                (bits >> 32) as u32
            },
        ]
    };
    for (op, scans, integers, start, fold) in ops {
        // naga 30 takes the bitwise ones of 32 and 64 bits only.
        if integers && (sc.is_float() || sc.width() == 2) {
            continue;
        }
        // Products of floats must stay exact: signs only.
        let (value, operand): (String, fn(usize) -> i128) = if op == "Mul" && sc.is_float() {
            (format!("{t}(1 - 2 * i32(l % 5u / 4u))"), |l| {
                1 - 2 * (l as i128 % 5 / 4)
            })
        } else {
            (format!("{t}(i32(l * 7u + 3u) % 11 - 4)"), operand)
        };
        for (label, condition, mask) in MASKS {
            let mut forms = vec![("", format!("subgroup{op}(x)"))];
            if scans {
                forms.push(("Inclusive", format!("subgroupInclusive{op}(x)")));
                forms.push(("Exclusive", format!("subgroupExclusive{op}(x)")));
            }
            for (form, call) in forms {
                let body = format!(
                    "let x = {value}; var r = vec2(0u); if ({condition}) {{ let v = {call}; r = {}; }} o[2u * l] = r.x; o[2u * l + 1u] = r.y;",
                    show.replace('V', "v")
                );
                let mut outputs = Vec::new();
                for l in 0..COUNT {
                    if !mask(l) {
                        outputs.extend([0, 0]);
                        continue;
                    }
                    let all = members(l, mask);
                    let upto: Vec<usize> = match form {
                        "" => all,
                        "Inclusive" => all.into_iter().filter(|&m| m <= l).collect(),
                        _ => all.into_iter().filter(|&m| m < l).collect(),
                    };
                    outputs.extend(words(
                        upto.into_iter()
                            .fold(start, |a, m| normal(fold(a, normal(operand(m))))),
                    ));
                }
                let enable = &enables(&[sc]);
                let mut need = needs(&[sc]);
                need.push(Feature::Subgroups);
                Program::new(
                    format!("subgroup{form}{op}({t}), {label}"),
                    wgsl(enable, "", &body),
                )
                .needs(&need)
                .output(&outputs)
                .input(&[0])
                .emit(sink);
            }
        }
    }
    // Components of a vector are independent.
    if sc.is_float() {
        let body = format!("let v = subgroupAdd(vec3<{t}>({t}(l % 3u), {t}(1.0), {t}(2.0) * {t}(l % 2u))); o[l] = u32(v.x) + u32(v.y) * 100u + u32(v.z) * 10000u;");
        let outputs: Vec<u32> = (0..COUNT)
            .map(|l| {
                let all = members(l, |_| true);
                let sum = |f: fn(usize) -> usize| all.iter().map(|&m| f(m)).sum::<usize>() as u32;
                sum(|m| m % 3) + sum(|_| 1) * 100 + sum(|m| 2 * (m % 2)) * 10000
            })
            .collect();
        let mut need = needs(&[sc]);
        need.push(Feature::Subgroups);
        let enable = &enables(&[sc]);
        Program::new(format!("subgroupAdd(vec3<{t}>)"), wgsl(enable, "", &body))
            .needs(&need)
            .output(&outputs)
            .input(&[0])
            .emit(sink);
    }
}

fn gathers(sink: &mut Sink) {
    // Call, and from which invocation of the subgroup it takes the value.
    type Source = fn(usize, &[usize]) -> Option<usize>;
    let forms: [(&str, Source); 14] = [
        ("subgroupBroadcastFirst(x)", |_, m| {
            m.first().map(|l| l % SIZE)
        }),
        ("subgroupBroadcast(x, 7u)", |_, _| Some(7)),
        ("subgroupBroadcast(x, 0u)", |_, _| Some(0)),
        ("subgroupShuffle(x, i[s])", |s, _| Some(s * 5 % 32)),
        ("subgroupShuffle(x, s ^ 21u)", |s, _| Some(s ^ 21)),
        ("subgroupShuffleXor(x, 1u)", |s, _| Some(s ^ 1)),
        ("subgroupShuffleXor(x, 16u)", |s, _| Some(s ^ 16)),
        ("subgroupShuffleXor(x, 13u)", |s, _| Some(s ^ 13)),
        ("subgroupShuffleUp(x, 1u)", |s, _| s.checked_sub(1)),
        ("subgroupShuffleUp(x, 17u)", |s, _| s.checked_sub(17)),
        ("subgroupShuffleDown(x, 1u)", |s, _| Some(s + 1)),
        ("subgroupShuffleDown(x, 9u)", |s, _| Some(s + 9)),
        ("quadBroadcast(x, 2u)", |s, _| Some(s / 4 * 4 + 2)),
        ("quadSwapX(x)", |s, _| Some(s ^ 1)),
    ];
    let more: [(&str, Source); 3] = [
        ("quadSwapY(x)", |s, _| Some(s ^ 2)),
        ("quadSwapDiagonal(x)", |s, _| Some(s ^ 3)),
        ("quadBroadcast(x, 0u)", |s, _| Some(s / 4 * 4)),
    ];
    // The type of the value, made of `l`, and a word of it.
    let types = [
        ("u32", "l * 3u + 1u", "v", &[][..]),
        ("f32", "f32(l * 3u + 1u)", "u32(v)", &[]),
        (
            "vec3<i32>",
            "vec3<i32>(i32(l), -1, i32(l * 3u + 1u))",
            "u32(v.z)",
            &[],
        ),
        ("f16", "f16(l * 3u + 1u)", "u32(v)", &[Feature::F16]),
        (
            "u64",
            "(u64(l * 3u + 1u) << 32u) | 5lu",
            "(u32(v >> 32u) + u32(v) - 5u)",
            &[Feature::I64],
        ),
        (
            "vec2<i64>",
            "vec2(1li, -(i64(l * 3u + 1u) << 31u))",
            "u32(-v.y >> 31u)",
            &[Feature::I64],
        ),
        (
            "f64",
            "f64(l * 3u + 1u) + 0.125lf",
            "u32(v)",
            &[Feature::F64],
        ),
    ];
    let inputs: Vec<u32> = (0..32).map(|s| s * 5 % 32).collect();
    for (call, source) in forms.into_iter().chain(more) {
        for (ty, value, word, extra) in types {
            for (label, condition, mask) in MASKS {
                let body = format!("let x: {ty} = {value}; var r = 0u; if ({condition}) {{ let v = {call}; r = {word}; }} o[l] = r;");
                let expected = (0..COUNT)
                    .map(|l| {
                        if !mask(l) {
                            return super::Expect::bits(0);
                        }
                        let from = source(l % SIZE, &members(l, mask))
                            .filter(|&s| s < SIZE)
                            .map(|s| l / SIZE * SIZE + s);
                        match from.filter(|&m| m < COUNT && mask(m)) {
                            Some(m) => super::Expect::bits(m as u64 * 3 + 1),
                            // The value of an invocation that is not there is indeterminate.
                            None => super::Expect::any(),
                        }
                    })
                    .collect();
                let mut need = vec![Feature::Subgroups];
                need.extend(extra);
                let enable = if ty == "f16" { "enable f16;" } else { "" };
                Program::new(format!("{call} of {ty}, {label}"), wgsl(enable, "", &body))
                    .needs(&need)
                    .buffer(0, crate::kernels::Usage::ReadWrite, &[0; COUNT])
                    .expect(0, expected)
                    .input(&inputs)
                    .emit(sink);
            }
        }
    }
}

fn votes(sink: &mut Sink) {
    type Predicate = (&'static str, fn(usize) -> bool);
    let predicates: [Predicate; 4] = [
        ("l % 5u == 2u", |l| l % 5 == 2),
        ("l < 64u", |l| l < 64),
        ("l < 200u", |l| l < 200),
        ("l > 200u", |l| l > 200),
    ];
    for (label, condition, mask) in MASKS {
        for (predicate, p) in predicates {
            let body = format!(
                "var r = vec4(0u); if ({condition}) {{ let b = subgroupBallot({predicate}); let e = subgroupElect_(s);
                r = vec4(b.x, b.y | b.z | b.w, u32(subgroupAll({predicate})) + 2u * u32(subgroupAny({predicate})), e); }}
                o[4u * l] = r.x; o[4u * l + 1u] = r.y; o[4u * l + 2u] = r.z; o[4u * l + 3u] = r.w;"
            );
            let declarations =
                "fn subgroupElect_(s: u32) -> u32 { return u32(subgroupBroadcastFirst(s) == s); }";
            let outputs: Vec<u32> = (0..COUNT)
                .flat_map(|l| {
                    if !mask(l) {
                        return [0; 4];
                    }
                    let m = members(l, mask);
                    let ballot = m
                        .iter()
                        .filter(|&&m| p(m))
                        .fold(0u32, |b, m| b | 1 << (m % SIZE));
                    let (all, any) = (m.iter().all(|&m| p(m)), m.iter().any(|&m| p(m)));
                    [
                        ballot,
                        0,
                        u32::from(all) + 2 * u32::from(any),
                        u32::from(m[0] == l),
                    ]
                })
                .collect();
            Program::new(
                format!("votes on {predicate}, {label}"),
                wgsl("", declarations, &body),
            )
            .needs(&[Feature::Subgroups])
            .output(&outputs)
            .input(&[0])
            .emit(sink);
        }
    }
}

/// Those who left a loop do not count in it.
fn loops(sink: &mut Sink) {
    let body = "var r = 0u; for (var k = 0u; k < 40u; k++) { if (k > s % 7u) { break; } if ((s + k) % 4u == 0u) { continue; } r += subgroupAdd(1u) + (k << 8u); } o[l] = r + (subgroupAdd(1u) << 16u);";
    let outputs: Vec<u32> = (0..COUNT)
        .map(|l| {
            let s = l % SIZE;
            let mut r = 0;
            for k in 0..=s % 7 {
                if !(s + k).is_multiple_of(4) {
                    let there = members(l, |_| true)
                        .into_iter()
                        .filter(|m| k <= m % SIZE % 7 && !(m % SIZE + k).is_multiple_of(4));
                    r += there.count() as u32 + ((k as u32) << 8);
                }
            }
            r + ((members(l, |_| true).len() as u32) << 16)
        })
        .collect();
    Program::new("in a divergent loop", wgsl("", "", body))
        .needs(&[Feature::Subgroups])
        .output(&outputs)
        .input(&[0])
        .emit(sink);

    let declarations = "fn f(s: u32) -> u32 { if (s % 4u == 0u) { return subgroupAdd(1u); } if (s % 4u == 1u) { return subgroupMax(s) + 100u; } return subgroupAdd(1u) + 1000u; }";
    let outputs: Vec<u32> = (0..COUNT)
        .map(|l| {
            let m = members(l, |_| true);
            let of = |f: &dyn Fn(usize) -> bool| {
                m.iter()
                    .map(|m| m % SIZE)
                    .filter(|&s| f(s))
                    .collect::<Vec<usize>>()
            };
            match l % 4 {
                0 => of(&|s| s % 4 == 0).len() as u32,
                1 => of(&|s| s % 4 == 1).into_iter().max().unwrap_or(0) as u32 + 100,
                _ => of(&|s| s % 4 > 1).len() as u32 + 1000,
            }
        })
        .collect();
    Program::new(
        "after early returns",
        wgsl("", declarations, "o[l] = f(s);"),
    )
    .needs(&[Feature::Subgroups])
    .output(&outputs)
    .input(&[0])
    .emit(sink);
}

fn ids(sink: &mut Sink) {
    let body = "subgroupBarrier(); o[l] = s + id * 100u + size * 1000u + n * 100000u;";
    let outputs: Vec<u32> = (0..COUNT)
        .map(|l| ((l % SIZE) + l / SIZE * 100 + 32000 + 300_000) as u32)
        .collect();
    Program::new("subgroup ids", wgsl("", "", body))
        .needs(&[Feature::Subgroups])
        .output(&outputs)
        .input(&[0])
        .emit(sink);
}
