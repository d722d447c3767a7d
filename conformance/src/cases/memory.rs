//! Indices that are known at run time only, in every address space; accesses
//! out of bounds, which may hit anything in the same variable and nothing else;
//! zero initialisation.

use super::program::{kernel, Program, IO};
use super::{Expect, Sink};
use crate::kernels::Usage;

pub(super) fn generate(sink: &mut Sink) {
    dynamic(sink);
    robust_reads(sink);
    robust_writes(sink);
    lengths(sink);
    zeros(sink);
}

/// A permutation is written through dynamic indices and read back.
fn dynamic(sink: &mut Sink) {
    // Name, declarations, setup, the place of element `K`, number of elements.
    let spaces = [
        ("function array", "", "var a: array<u32, 16>;", "a[K]"),
        (
            "function array of vec3",
            "",
            "var a: array<vec3<u32>, 6>;",
            "a[(K) / 3u][(K) % 3u]",
        ),
        (
            "function matrix",
            "",
            "var a: mat4x4<f32>;",
            "a[(K) / 4u][(K) % 4u]",
        ),
        (
            "function nested arrays",
            "",
            "var a: array<array<array<u32, 2>, 4>, 2>;",
            "a[(K) / 8u][(K) / 2u % 4u][(K) % 2u]",
        ),
        (
            "private array",
            "var<private> a: array<u32, 16>;",
            "",
            "a[K]",
        ),
        (
            "private struct",
            "struct S { x: u32, v: array<vec4<u32>, 4>, y: u32 } var<private> a: S;",
            "",
            "a.v[(K) / 4u][(K) % 4u]",
        ),
        (
            "workgroup array",
            "var<workgroup> a: array<array<u32, 16>, 32>;",
            "",
            "a[l][K]",
        ),
        (
            "workgroup vec4",
            "var<workgroup> a: array<array<vec4<f32>, 4>, 32>;",
            "",
            "a[l][(K) / 4u][(K) % 4u]",
        ),
        (
            "workgroup struct",
            "struct S { x: u32, v: array<vec2<u32>, 8> } var<workgroup> a: array<S, 32>;",
            "",
            "a[l].v[(K) / 2u][(K) % 2u]",
        ),
        (
            "storage array",
            "@group(0) @binding(2) var<storage, read_write> a: array<u32>;",
            "",
            "a[l * 16u + (K)]",
        ),
        (
            "storage vec4",
            "@group(0) @binding(2) var<storage, read_write> a: array<vec4<u32>>;",
            "",
            "a[l * 4u + (K) / 4u][(K) % 4u]",
        ),
        (
            "storage matrices",
            "@group(0) @binding(2) var<storage, read_write> a: array<mat4x4<f32>>;",
            "",
            "a[l][(K) / 4u][(K) % 4u]",
        ),
        (
            "function vec4",
            "",
            "var a: array<vec4<u32>, 4>;",
            "a[(K) / 4u][(K) % 4u]",
        ),
        (
            "long private array",
            "var<private> a: array<u32, 200>;",
            "",
            "a[(K) * 12u + l % 8u]",
        ),
    ];
    let inputs: Vec<u32> = (0..32 * 16).map(|k| (k * 7 + k / 16 * 5) % 16).collect();
    for (name, declarations, setup, place) in spaces {
        let floats = place_is_float(declarations) || place_is_float(setup);
        let (into, out) = if floats {
            ("f32(k * 3u + l)", "u32(V)")
        } else {
            ("k * 3u + l", "V")
        };
        let at = |k: &str| place.replace('K', k);
        // Element p(k) gets a value of k; reading in order inverts the permutation.
        let body = format!(
            "{setup} for (var k = 0u; k < 16u; k++) {{ {} = {into}; }}
             for (var k = 0u; k < 16u; k++) {{ o[g * 16u + k] = {}; }}",
            at("i[l * 16u + k]"),
            out.replace('V', &at("k"))
        );
        let mut outputs = vec![0; 32 * 16];
        for l in 0..32u32 {
            for k in 0..16u32 {
                outputs[(l * 16 + inputs[(l * 16 + k) as usize]) as usize] = k * 3 + l;
            }
        }
        let mut program = Program::new(
            format!("dynamic index: {name}"),
            kernel(declarations, 32, &body),
        )
        .output(&outputs)
        .input(&inputs);
        if declarations.contains("binding(2)") {
            program = program.buffer(2, Usage::ReadWrite, &[0; 512]);
        }
        program.emit(sink);
    }
    let uniform = kernel(
        "struct U { a: array<vec4<u32>, 8> } @group(0) @binding(2) var<uniform> u: U;",
        32,
        "o[g] = u.a[i[g] / 4u][i[g] % 4u] + u.a[l / 4u].z;",
    );
    let words: Vec<u32> = (0..32).map(|x| x * x).collect();
    let inputs: Vec<u32> = (0..32).map(|x| x * 5 % 32).collect();
    let outputs: Vec<u32> = (0..32usize)
        .map(|l| words[inputs[l] as usize] + words[l / 4 * 4 + 2])
        .collect();
    Program::new("dynamic index: uniform", uniform)
        .output(&outputs)
        .input(&inputs)
        .buffer(2, Usage::Uniform, &words)
        .emit(sink);
}

fn place_is_float(s: &str) -> bool {
    s.contains("f32>") && (s.contains("mat4x4<f32>") || s.contains("vec4<f32>"))
}

/// Inside, at the end, just beyond, far beyond, negative as i32.
const INDICES: [u32; 16] = [
    0,
    3,
    7,
    8,
    9,
    11,
    15,
    16,
    63,
    64,
    1000,
    0x4000_0000,
    0x7fff_ffff,
    0x8000_0000,
    0xffff_fff8,
    0xffff_ffff,
];

fn contents(n: usize) -> Vec<u32> {
    (0..n as u32).map(|k| 0xa000_0000 + k).collect()
}

fn robust_reads(sink: &mut Sink) {
    let words = contents(8);
    // Name, declaration of `a` with 8 words, how it is filled if not a buffer.
    let spaces: [(&str, &str, Option<Usage>); 9] = [
        (
            "storage",
            "@group(0) @binding(2) var<storage, read_write> a: array<u32>;",
            Some(Usage::ReadWrite),
        ),
        (
            "read-only storage",
            "@group(0) @binding(2) var<storage, read> a: array<u32>;",
            Some(Usage::ReadOnly),
        ),
        (
            "sized storage",
            "@group(0) @binding(2) var<storage, read> a: array<u32, 8>;",
            Some(Usage::ReadOnly),
        ),
        (
            "storage vec4",
            "@group(0) @binding(2) var<storage, read> v: array<vec4<u32>>;",
            Some(Usage::ReadOnly),
        ),
        (
            "storage struct",
            "struct S { x: u32, y: u32 } @group(0) @binding(2) var<storage, read> s: array<S>;",
            Some(Usage::ReadOnly),
        ),
        (
            "uniform",
            "@group(0) @binding(2) var<uniform> v: array<vec4<u32>, 2>;",
            Some(Usage::Uniform),
        ),
        ("private", "var<private> a: array<u32, 8>;", None),
        ("workgroup", "var<workgroup> a: array<u32, 8>;", None),
        ("function", "", None),
    ];
    for (name, declaration, usage) in spaces {
        for (kind, cast) in [("u32", "i[k]"), ("i32", "bitcast<i32>(i[k])")] {
            for uniform in [false, true] {
                let read = match name {
                    "storage vec4" | "uniform" => format!("v[{cast}].y"),
                    "storage struct" => format!("s[{cast}].y"),
                    _ => format!("a[{cast}]"),
                };
                let fill = match usage {
                    Some(_) => String::new(),
                    None => {
                        let local = if name == "function" {
                            "var a: array<u32, 8>;"
                        } else {
                            ""
                        };
                        format!("{local} for (var k = 0u; k < 8u; k++) {{ a[k] = 0xa0000000u + k; }} workgroupBarrier();")
                    }
                };
                // Where the index varies each invocation has one; else all are tried in turn.
                let body = if uniform {
                    format!("{fill} for (var k = 0u; k < 16u; k++) {{ o[k] = {read}; }}")
                } else {
                    format!("{fill} let k = l; o[k] = {read};")
                };
                let expected = INDICES.iter().map(|&index| {
                    let (stride, len) = match name {
                        "storage vec4" | "uniform" => (4, 2),
                        "storage struct" => (2, 4),
                        _ => (1, 8),
                    };
                    if index < len {
                        let member = if stride == 1 { 0 } else { 1 };
                        Expect::bits(words[(index * stride + member) as usize].into())
                    } else {
                        Expect::one_of(words.iter().map(|&w| u64::from(w)).chain([0, 1]))
                    }
                });
                let shape = if uniform {
                    "uniform index"
                } else {
                    "divergent index"
                };
                let wgsl = kernel(declaration, if uniform { 1 } else { 16 }, &body);
                let mut program =
                    Program::new(format!("robust read: {name}, {kind}, {shape}"), wgsl)
                        .buffer(0, Usage::ReadWrite, &[0x77; 16])
                        .expect(0, expected.collect())
                        .input(&INDICES);
                if let Some(usage) = usage {
                    program = program.buffer(2, usage, &words);
                }
                program.emit(sink);
            }
        }
    }
}

fn robust_writes(sink: &mut Sink) {
    let words = contents(8);
    let outside: Vec<u32> = INDICES.into_iter().filter(|&i| i >= 8).collect();
    let n = outside.len() as u32;
    // Name, declarations, fill, the place, and how to copy the variable out.
    let spaces = [
        ("storage", "@group(0) @binding(2) var<storage, read_write> a: array<u32>;", "", "a[K] = X;", ""),
        ("storage vec4", "@group(0) @binding(2) var<storage, read_write> v: array<vec4<u32>>;", "", "v[K] = vec4(X);", ""),
        ("storage vec4 component", "@group(0) @binding(2) var<storage, read_write> v: array<vec4<u32>>;", "", "v[K].z = X;", ""),
        ("storage component index", "@group(0) @binding(2) var<storage, read_write> v: array<vec4<u32>>;", "", "v[1][K] = X;", ""),
        ("storage struct", "struct S { x: u32, y: u32 } @group(0) @binding(2) var<storage, read_write> s: array<S>;", "", "s[K] = S(X, X);", ""),
        ("storage atomic", "@group(0) @binding(2) var<storage, read_write> t: array<atomic<u32>>;", "", "atomicStore(&t[K], X);", ""),
        ("private", "var<private> a: array<u32, 8>;", "a[k] = 0xa0000000u + k;", "a[K] = X;", "a"),
        ("workgroup", "var<workgroup> b: u32; var<workgroup> a: array<u32, 8>; var<workgroup> c: u32;", "a[k] = 0xa0000000u + k;", "a[K] = X;", "a"),
        ("function", "", "a[k] = 0xa0000000u + k;", "a[K] = X;", "a"),
        ("function matrix", "", "m[k / 4u][k % 4u] = f32(k);", "m[K][K] = f32(X);", "m"),
    ];
    for (name, declarations, fill, store, copy) in spaces {
        for uniform in [false, true] {
            let local = match name {
                "function" => "var before = 5u; var a: array<u32, 8>; var after = 6u;",
                "function matrix" => "var before = 5u; var m: mat2x4<f32>; var after = 6u;",
                _ => "",
            };
            let store = store.replace('K', "i[k]").replace('X', "(0xb000u + k)");
            let fill = if fill.is_empty() {
                String::new()
            } else {
                format!("for (var k = 0u; k < 8u; k++) {{ {fill} }}")
            };
            let stores = if uniform {
                format!("for (var k = 0u; k < {n}u; k++) {{ {store} }}")
            } else {
                format!("let k = l; if (k < {n}u) {{ {store} }}")
            };
            let show = match copy {
                "a" => "for (var k = 0u; k < 8u; k++) { o[l * 8u + k] = a[k]; }",
                "m" => "for (var k = 0u; k < 8u; k++) { o[l * 8u + k] = u32(m[k / 4u][k % 4u]); }",
                _ => "",
            };
            let neighbours = if local.is_empty() {
                ""
            } else {
                "if (before != 5u || after != 6u) { o[l * 8u] = 0xdeadu; }"
            };
            let lanes = if uniform { 1 } else { 16u32 };
            let body = format!("{local} {fill} workgroupBarrier(); {stores} workgroupBarrier(); {show} {neighbours}");
            let strays = (0..n).map(|k| u64::from(0xb000 + k));
            let shape = if uniform {
                "uniform index"
            } else {
                "divergent index"
            };
            let mut program = Program::new(
                format!("robust write: {name}, {shape}"),
                kernel(declarations, lanes, &body),
            )
            .input(&outside);
            if copy.is_empty() {
                // Each word is as before or one of the values written astray.
                let expected = words
                    .iter()
                    .map(|&w| Expect::one_of(strays.clone().chain([w.into()])));
                program = program
                    .buffer(2, Usage::ReadWrite, &words)
                    .expect(2, expected.collect())
                    .output(&[0]);
            } else {
                let kept = |k: u32| if copy == "m" { k } else { 0xa000_0000 + k };
                let expected = (0..lanes * 8)
                    .map(|at| Expect::one_of(strays.clone().chain([kept(at % 8).into()])));
                program = program
                    .buffer(0, Usage::ReadWrite, &vec![0; (lanes * 8) as usize])
                    .expect(0, expected.collect());
            }
            program.emit(sink);
        }
    }
}

fn lengths(sink: &mut Sink) {
    let declarations = "
        struct S { head: vec3<u32>, tail: array<vec2<u32>> }
        @group(0) @binding(2) var<storage, read_write> s: S;
        @group(0) @binding(3) var<storage, read> v: array<vec3<f32>>;
        @group(0) @binding(4) var<storage, read> w: array<array<u32, 5>>;
        fn tail() -> u32 { let p = &s.tail; return arrayLength(p); }";
    let body = "o[0] = tail(); o[1] = arrayLength(&v); o[2] = arrayLength(&w); o[3] = arrayLength(&i); s.tail[arrayLength(&s.tail) - 1u] = vec2(7u, 8u);";
    for extra in [0, 4, 8, 12, 20] {
        // 12 bytes of head padded to 16; two elements of 8; and a rest.
        let s = vec![0u8; 16 + 16 + extra];
        let last = (16 + extra) / 8;
        Program::new(
            format!("arrayLength, {extra} bytes more"),
            kernel(declarations, 1, body),
        )
        .output(&[
            last as u32,
            (48 + extra as u32) / 16,
            (40 + extra as u32) / 20,
            3,
        ])
        .input(&[1, 2, 3])
        .expect_at(
            2,
            16 + 8 * (last - 1),
            crate::scalar::Sc::U32,
            Expect::bits(7),
        )
        .raw(2, Usage::ReadWrite, s)
        .raw(3, Usage::ReadOnly, vec![0; 48 + extra])
        .raw(4, Usage::ReadOnly, vec![0; 40 + extra])
        .emit(sink);
    }
}

fn zeros(sink: &mut Sink) {
    // A first dispatch's memory is what a second one would find; so each
    // workgroup dirties its memory after it has looked at it.
    let declarations = "
        struct S { a: u32, v: vec3<f32>, t: array<vec2<i32>, 3>, b: bool, at: atomic<u32> }
        var<workgroup> w: array<u32, 1000>; var<workgroup> s: S; var<workgroup> m: mat3x3<f32>; var<workgroup> q: array<S, 3>;
        var<private> p: S2; struct S2 { a: u32, m: mat2x3<f32>, t: array<u32, 7> }";
    let body = "
        var sum = 0u; var f: array<u32, 9>; var z: S2;
        for (var k = l; k < 1000u; k += 64u) { sum |= w[k]; }
        sum |= s.a | bitcast<u32>(s.v.z) | bitcast<u32>(s.t[l % 3u].y) | u32(s.b) | atomicLoad(&s.at) | bitcast<u32>(m[l % 3u].y);
        sum |= q[l % 3u].a | atomicLoad(&q[2].at) | p.a | bitcast<u32>(p.m[1].z) | p.t[l % 7u] | f[l % 9u] | z.t[l % 7u] | bitcast<u32>(z.m[0][l % 3u]);
        o[g] = sum + 1u;
        workgroupBarrier();
        for (var k = l; k < 1000u; k += 64u) { w[k] = 0xffffffffu; }
        p.a = 1u; p.t[l % 7u] = 2u; f[l % 9u] = 3u; o[g] += (p.a + f[l % 9u]) * 0u;
        if (l == 0u) { s.a = 1u; s.v = vec3(1.0); s.t[1] = vec2(5); s.b = true; atomicStore(&s.at, 9u); m[1] = vec3(2.0); q[1].a = 3u; atomicStore(&q[2].at, 4u); }";
    Program::new(
        "workgroup, private and function variables start at zero",
        kernel(declarations, 64, body),
    )
    .groups([24, 1, 1])
    .output(&[1; 24 * 64])
    .input(&[0])
    .emit(sink);
    let wgsl = format!(
        "{IO} var<private> a: u32 = 5u; var<private> v = vec3(1.5, 2.5, 3.5); const K = array(3u, 4u); var<private> t: array<u32, 2> = K;
        @compute @workgroup_size(32) fn main(@builtin(global_invocation_id) id: vec3<u32>) {{
            a += id.x; v[id.x % 3u] *= 2.0; t[id.x % 2u] += 1u; var k = a; var c = K; c[id.x % 2u] = a;
            o[id.x] = k + u32(v.x + v.y + v.z) * 1000u + (t[0] * t[1] + c[0]) * 100000u;
        }}"
    );
    let outputs: Vec<u32> = (0..64u32)
        .map(|x| {
            let mut v = [1.5, 2.5, 3.5];
            v[x as usize % 3] *= 2.0;
            let mut t = [3, 4];
            t[x as usize % 2] += 1;
            let c = if x % 2 == 0 { 5 + x } else { 3 };
            5 + x + v.iter().sum::<f64>() as u32 * 1000 + (t[0] * t[1] + c) * 100_000
        })
        .collect();
    Program::new("initial values", wgsl)
        .groups([2, 1, 1])
        .output(&outputs)
        .input(&[0])
        .emit(sink);
}
