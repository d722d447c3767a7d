//! Control flow under masks, calls, barriers, subgroups, limits and errors.

use super::{f, run, run_group, run_module, PRELUDE};
use crate::interpreter::{parse, Error, Interpreter, Limits};
use std::collections::BTreeMap;

#[test]
fn divergent_loops_and_early_exits() {
    let declarations = "fn g(n: u32) -> u32 {
        var sum = 0u;
        for (var k = 0u; k < 100u; k++) {
            if (k == n) { return sum; }
            if (k % 2u == 1u) { continue; }
            if (n == 7u && k == 4u) { break; }
            sum += k;
        }
        return sum + 1000u;
    }";
    let got = run_group(8, declarations, "o[l] = g(l);", 8, &[0]).unwrap();
    assert_eq!(got, [0, 0, 0, 2, 2, 6, 6, 1002]);
}

#[test]
fn loops_with_continuing_and_break_if() {
    let body = "var a = 0u; var b = 0u;
        loop { a += 1u; if (a % 2u == 0u) { continue; } b += 10u; continuing { b += 1u; break if a >= l + 1u; } }
        o[l] = a * 1000u + b;";
    let got = run_group(4, "", body, 4, &[0]).unwrap();
    assert_eq!(got, [1011, 2012, 3023, 4024]);
}

#[test]
fn switches() {
    let body = "var r = 0u;
        switch l {
            case 0u: { r = 10u; }
            case 1u, 2u: { if (l == 2u) { break; } r = 20u; }
            default: { r = 30u; }
            case 4u: { for (var k = 0u; k < 3u; k++) { switch k { case 1u: { continue; } default: {} } r += k + 1u; } }
        }
        o[l] = r;";
    assert_eq!(
        run_group(6, "", body, 6, &[0]).unwrap(),
        [10, 20, 0, 30, 4, 30]
    );
}

#[test]
fn values_and_pointers_across_calls() {
    let declarations = "
        struct S { a: u32, v: vec2<u32> }
        var<private> p: u32 = 5u;
        fn bump(x: ptr<function, u32>, by: u32) { if (by > 1u) { *x += by; } p += 1u; }
        fn make(n: u32) -> S { var s = S(n, vec2(n, n)); s.v.y = 2u; return s; }
        fn shared_sum() -> u32 { let x = &w; let y = &(*x)[3]; return (*x)[0] + *y; }
        var<workgroup> w: array<u32, 4>;";
    let body = "var x = 100u; bump(&x, l); let s = make(x); w[l] = s.v.x; workgroupBarrier();
        o[l] = s.a * 10u + s.v.y + p * 10000u; if (l == 0u) { o[4] = shared_sum(); }";
    let got = run_group(4, declarations, body, 5, &[0]).unwrap();
    assert_eq!(got, [61002, 61002, 61022, 61032, 203]);
}

#[test]
fn barriers_and_workgroup_memory() {
    let declarations =
        "var<workgroup> a: array<u32, 64>; var<workgroup> t: atomic<u32>; var<workgroup> u: u32;";
    let body = "let first = a[l]; a[l] = l; if (l == 9u) { u = 7u; } workgroupBarrier();
        let n = a[63u - l]; atomicAdd(&t, n); let k = workgroupUniformLoad(&u); workgroupBarrier();
        o[l] = first + n + atomicLoad(&t) * k;";
    let got = run_group(64, declarations, body, 64, &[0]).unwrap();
    for (l, x) in got.into_iter().enumerate() {
        assert_eq!(x, 63 - l as u32 + 2016 * 7);
    }
}

#[test]
fn a_barrier_in_divergent_flow_is_an_error() {
    // Uniform as far as the validator can see: the condition is from a buffer.
    let body = "if (i[l / 8u] == 0u) { workgroupBarrier(); } o[l] = 1u;";
    let source = format!(
        "{PRELUDE} @compute @workgroup_size(16) fn main(@builtin(local_invocation_index) l: u32) {{ {body} }}"
    );
    // naga does not look into it either; if it learns to, this test says so.
    if parse(&source).is_ok() {
        let got = run_module(&source, [1, 1, 1], 16, &[0, 1]);
        assert_eq!(
            got,
            Err(Error::NonUniformBarrier {
                reached: 8,
                invocations: 16,
                workgroup: [0; 3]
            })
        );
        assert_eq!(run_module(&source, [1, 1, 1], 16, &[0, 0]), Ok(vec![1; 16]));
    }
}

#[test]
fn subgroup_operations() {
    let source = format!(
        "{PRELUDE}
        @compute @workgroup_size(40) fn main(@builtin(local_invocation_index) l: u32,
            @builtin(subgroup_invocation_id) s: u32, @builtin(subgroup_size) z: u32,
            @builtin(num_subgroups) n: u32, @builtin(subgroup_id) id: u32) {{
            let b = subgroupBallot(l % 3u == 0u);
            var r = 0u;
            if (s % 2u == 0u) {{ r = subgroupAdd(s) + subgroupBroadcastFirst(l) * 100000u; }}
            else {{ r = subgroupExclusiveAdd(1u) * 10u + subgroupMin(l); }}
            o[l * 6u] = b.x; o[l * 6u + 1u] = r; o[l * 6u + 2u] = subgroupShuffleXor(l, 1u);
            o[l * 6u + 3u] = quadBroadcast(l, 2u) + 1000u * quadSwapDiagonal(l);
            o[l * 6u + 4u] = subgroupShuffleDown(l, 30u);
            o[l * 6u + 5u] = z + 100u * n + 1000u * id + 10000u * u32(subgroupAll(l < 32u)) + 100000u * u32(log2(subgroupMul(2.0)));
        }}"
    );
    let got = run_module(&source, [1, 1, 1], 240, &[0]).unwrap();
    let at = |l: usize, k: usize| got[l * 6 + k];
    assert_eq!(at(0, 0), 0x4924_9249);
    // Invocations 33, 36 and 39 of the second subgroup, which has 8.
    assert_eq!(at(39, 0), 0b1001_0010);
    assert_eq!(at(4, 1), 240);
    assert_eq!(at(34, 1), 12 + 3_200_000);
    assert_eq!(at(5, 1), 20 + 1);
    assert_eq!(at(39, 1), 30 + 33);
    assert_eq!([at(0, 2), at(1, 2), at(38, 2)], [1, 0, 39]);
    assert_eq!([at(5, 3), at(37, 3)], [6 + 6000, 38 + 38000]);
    assert_eq!([at(1, 4), at(2, 4), at(33, 4)], [31, 0, 0]);
    assert_eq!(at(3, 5), 32 + 200 + 10000 + 100000 * 32);
    assert_eq!(at(33, 5), 32 + 200 + 1000 + 100000 * 8);
}

#[test]
fn built_in_values() {
    let source = "
        @group(0) @binding(0) var<storage, read_write> o: array<vec4<u32>>;
        struct In { @builtin(global_invocation_id) g: vec3<u32>, @builtin(local_invocation_id) l: vec3<u32> }
        @compute @workgroup_size(2, 3, 2) fn main(in: In, @builtin(local_invocation_index) x: u32,
            @builtin(workgroup_id) w: vec3<u32>, @builtin(num_workgroups) n: vec3<u32>) {
            let at = dot(in.g, vec3(1u, 4u, 24u));
            o[at] = vec4(x, dot(in.l, vec3(100u, 10u, 1u)), dot(w, vec3(100u, 10u, 1u)), dot(n, vec3(100u, 10u, 1u)));
        }";
    let got = run_module(source, [2, 2, 1], 4 * 48, &[]).unwrap();
    // Global id (3, 4, 1): local (1, 1, 1) of workgroup (1, 1, 0).
    let at = 4 * (3 + 4 * 4 + 24);
    assert_eq!(got[at..at + 4], [9, 111, 110, 221]);
    assert_eq!(got[..4], [0, 0, 0, 221]);
}

#[test]
fn overrides_and_immediates() {
    let source = format!(
        "{PRELUDE} override n: u32 = 3u; @id(7) override scale: f32; override size: u32 = n * 2u;
        struct I {{ a: u32, b: vec2<u32> }}
        var<immediate> im: I;
        var<workgroup> w: array<u32, size>;
        @compute @workgroup_size(n) fn main(@builtin(local_invocation_index) l: u32) {{
            w[l + n] = l; workgroupBarrier();
            o[l] = w[l + n] + im.b.y * 10u + u32(scale * 100.0) + arrayLength(&o) * 1000u;
        }}"
    );
    let (module, info) = parse(&source).unwrap();
    let constants = BTreeMap::from([("n".to_string(), 4.0), ("7".to_string(), 2.0)]);
    let interpreter = Interpreter::new(&module, &info, "main", &constants).unwrap();
    assert_eq!(interpreter.workgroup_size(), [4, 1, 1]);
    let mut bindings = BTreeMap::from([((0, 0), vec![0; 18])]);
    let immediates = super::bytes(&[1, 0, 2, 3]);
    interpreter
        .run([1, 1, 1], &mut bindings, &immediates, Limits::default())
        .unwrap();
    assert_eq!(
        bindings[&(0, 0)][..16],
        super::bytes(&[4230, 4231, 4232, 4233])
    );

    let none = Interpreter::new(&module, &info, "main", &BTreeMap::new());
    assert!(matches!(none, Err(Error::Constants(_))), "{none:?}");
    let wrong = BTreeMap::from([("7".to_string(), 2.0), ("m".to_string(), 4.0)]);
    assert!(matches!(
        Interpreter::new(&module, &info, "main", &wrong),
        Err(Error::Constants(_))
    ));
}

#[test]
fn what_cannot_run_is_a_named_error() {
    let endless = run_group(
        4,
        "",
        "loop { o[0] += 1u; if (i[0] == 5u) { break; } }",
        1,
        &[0],
    );
    assert_eq!(endless, Err(Error::Steps { limit: 1_000_000 }));
    let empty = run_group(4, "", "loop { if (i[0] == 5u) { break; } }", 1, &[0]);
    assert_eq!(empty, Err(Error::Steps { limit: 1_000_000 }));
    let big = run_group(
        64,
        "",
        "var a: array<u32, 65536>; a[l] = l; o[0] = a[l + 1u];",
        1,
        &[0],
    );
    assert_eq!(big, Err(Error::Memory { limit: 1 << 24 }));

    let source = "@group(0) @binding(0) var t: texture_2d<f32>; @group(0) @binding(1) var<storage, read_write> b: u32;
        @compute @workgroup_size(1) fn main() { b = u32(textureLoad(t, vec2(0), 0).x); }
        @compute @workgroup_size(1) fn other() { b = 4u; }";
    let (module, info) = parse(source).unwrap();
    let run = |entry: &str, bindings: &mut BTreeMap<_, _>| {
        Interpreter::new(&module, &info, entry, &BTreeMap::new())?.run(
            [1, 1, 1],
            bindings,
            &[],
            Limits::default(),
        )
    };
    let mut bindings = BTreeMap::from([((0, 1), vec![0u8; 4])]);
    let error = run("main", &mut bindings).unwrap_err();
    assert!(error.to_string().contains("texture"), "{error}");
    assert!(run("other", &mut bindings).is_ok());
    assert_eq!(bindings[&(0, 1)], [4, 0, 0, 0]);
    assert_eq!(
        run("absent", &mut bindings),
        Err(Error::NoEntryPoint("absent".into()))
    );
    assert_eq!(
        run("other", &mut BTreeMap::new()),
        Err(Error::MissingBinding {
            group: 0,
            binding: 1
        })
    );
}

#[test]
fn deep_nesting_ends_in_an_error_not_in_a_crash() {
    let mut source = String::from(PRELUDE);
    let depth = 40;
    source.push_str("fn f0(x: u32) -> u32 { return x + 1u; }");
    for k in 1..60 {
        let (open, close) = ("if (i[0] == 0u) {".repeat(depth), "}".repeat(depth));
        source.push_str(&format!(
            "fn f{k}(x: u32) -> u32 {{ var y = x; {open} y = f{}(y); {close} return y; }}",
            k - 1
        ));
    }
    source.push_str("@compute @workgroup_size(1) fn main() { o[0] = f10(0u); o[0] = f59(0u); }");
    assert_eq!(
        run_module(&source, [1, 1, 1], 1, &[0]),
        Err(Error::Depth { limit: 512 })
    );
}

#[test]
fn short_circuits_and_selection() {
    // The second operand must not be evaluated: it would store.
    let declarations = "fn touch() -> bool { o[1] += 1u; return true; }";
    let body = "if (l < 2u && touch()) { o[0] += 1u; } if (l < 3u || touch()) { o[2] += 1u; }";
    // Racing increments: the last of the invocations that store wins, all having read 0.
    assert_eq!(
        run_group(1, declarations, body, 3, &[0]).unwrap(),
        [1, 1, 1]
    );
    let got = run(
        "let v = select(vec2(1.0, 2.0), vec2(3.0, 4.0), vec2(i[0] == 0u, i[0] == 1u)); o[0] = bitcast<u32>(v.x); o[1] = bitcast<u32>(v.y);",
        2,
        &[0],
    );
    assert_eq!(got, [f(3.0), f(2.0)]);
}
