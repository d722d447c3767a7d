//! Memory: layouts, access chains, robust access, atomics.

use super::{bytes, run_group, run_module, PRELUDE};
use std::collections::BTreeMap;

#[test]
fn layout_of_host_shareable_types() {
    let source = "
        struct In { a: f32, v: vec3<f32>, m: mat3x3<f32>, t: array<vec3<f32>, 2>, n: array<u32> }
        @group(0) @binding(0) var<storage, read_write> o: array<u32>;
        @group(0) @binding(1) var<storage, read_write> s: In;
        @compute @workgroup_size(1) fn main() {
            o[0] = bitcast<u32>(s.a); o[1] = bitcast<u32>(s.v.z); o[2] = bitcast<u32>(s.m[2].y);
            o[3] = bitcast<u32>(s.t[1].x); o[4] = s.n[3]; o[5] = arrayLength(&s.n);
            let t = s.t; o[6] = bitcast<u32>(t[1].z); let m = s.m; o[7] = bitcast<u32>(m[1].x);
            s.m[0] = vec3(0.0); s.v.y = 0.0; s.n[1] = 0u;
        }";
    // a at 0, v at 16, m at 32 with columns of 16, t at 80 with elements of
    // 16, n at 112; the word at byte b holds b.
    let words: Vec<u32> = (0..34).map(|w| 4 * w).collect();
    let got = run_module(source, [1, 1, 1], 8, &words).unwrap();
    assert_eq!(got, [0, 24, 68, 96, 124, 6, 104, 48]);
}

#[test]
fn dynamic_indices_in_every_space() {
    let declarations = "
        struct U { a: array<vec4<u32>, 4> }
        @group(0) @binding(2) var<uniform> u: U;
        var<private> p: array<vec3<u32>, 4>;
        var<workgroup> w: array<mat2x2<f32>, 4>;";
    let source = format!(
        "{PRELUDE} {declarations} @compute @workgroup_size(4) fn main(@builtin(local_invocation_index) l: u32) {{
            var a: array<array<u32, 3>, 4>; let k = 3u - l;
            a[k][l % 3u] = l + 1u; p[l][k % 3u] = l + 5u; w[l][k & 1u][l & 1u] = f32(l);
            workgroupBarrier();
            var v = vec4(1u, 2u, 3u, 4u); v[k] = 9u; let c = v; var m = mat2x2<f32>(); m[l & 1u].y = 4.0;
            o[l * 6u] = a[k][l % 3u] + a[k][(l + 1u) % 3u]; o[l * 6u + 1u] = p[l][k % 3u] + p[l][l % 3u] * 100u;
            o[l * 6u + 2u] = u32(w[k][l & 1u][k & 1u]); o[l * 6u + 3u] = c[l] + v[k] * 10u; o[l * 6u + 4u] = u.a[k][l];
            o[l * 6u + 5u] = u32(m[l & 1u][1] + m[1u - (l & 1u)][1]);
        }}"
    );
    let (module, info) = crate::interpreter::parse(&source).unwrap();
    let interpreter =
        crate::interpreter::Interpreter::new(&module, &info, "main", &BTreeMap::new()).unwrap();
    let uniform: Vec<u32> = (0..16).collect();
    let mut bindings = BTreeMap::from([
        ((0, 0), vec![0; 96]),
        ((0, 1), vec![0; 4]),
        ((0, 2), bytes(&uniform)),
    ]);
    interpreter
        .run([1, 1, 1], &mut bindings, &[], Default::default())
        .unwrap();
    let got: Vec<u32> = bindings[&(0, 0)]
        .chunks(4)
        .map(|c| u32::from_le_bytes(c.try_into().unwrap()))
        .collect();
    for l in 0..4u32 {
        let k = 3 - l;
        // k % 3 and l % 3 are the same element for l = 0 and l = 3 only.
        let p = if k % 3 == l % 3 { 101 * (l + 5) } else { l + 5 };
        let c = if k == l { 9 } else { l + 1 };
        // w[k] was written by invocation k, at [l & 1][k & 1], where k's own k is l.
        let want = [l + 1, p, k, c + 90, 4 * k + l, 4];
        assert_eq!(got[l as usize * 6..][..6], want, "invocation {l}");
    }
}

#[test]
fn out_of_bounds_reads_zero_and_writes_nothing() {
    let declarations = "var<private> p: array<u32, 4>; var<workgroup> w: array<u32, 4>; struct S { a: array<u32, 2>, b: u32 }
        @group(0) @binding(1) var<storage, read_write> s: array<S>;";
    let source = format!(
        "@group(0) @binding(0) var<storage, read_write> o: array<u32>; {declarations}
        @compute @workgroup_size(1) fn main(@builtin(num_workgroups) n: vec3<u32>) {{
            let far = n.x + 6u; let neg = -i32(n.x); var a = array<u32, 4>(1u, 2u, 3u, 4u); var v = vec4(5u);
            a[far] = 99u; p[far] = 99u; w[far] = 99u; v[far] = 99u; a[neg] = 98u; s[0].a[far - 5u] = 97u; s[far].b = 96u; s[neg].b = 95u;
            o[far + 100u] = 94u;
            o[0] = a[far] + p[far] + w[far] + v[far] + a[neg] + s[far].b + o[far + 1000u] + s[0].a[far - 5u];
            o[1] = a[0] + a[1] + a[2] + a[3]; o[2] = p[0] + w[0] + p[3] + w[3]; o[3] = v.x + v.y + v.z + v.w;
            o[4] = s[0].b; o[5] = s[1].b; o[6] = arrayLength(&s); let whole = s[1].a; o[7] = whole[far];
            o[8] = atomicSafe(far);
        }}
        var<workgroup> t: array<atomic<u32>, 2>;
        fn atomicSafe(k: u32) -> u32 {{ let old = atomicAdd(&t[k], 5u); return old + atomicLoad(&t[0]) + atomicLoad(&t[1]); }}"
    );
    let got = run_module(&source, [1, 1, 1], 9, &[10, 11, 12, 13, 14, 15, 16]).unwrap();
    assert_eq!(got, [0, 10, 0, 20, 12, 15, 2, 0, 0]);
}

#[test]
fn atomics() {
    let declarations = "var<workgroup> a: array<atomic<i32>, 8>; var<workgroup> e: array<u32, 4>;";
    let body = "let x = i32(l) - 1;
        if (l == 0u) { atomicStore(&a[2], 100); atomicStore(&a[3], -1); atomicStore(&a[6], 5); } workgroupBarrier();
        atomicAdd(&a[0], x); atomicSub(&a[1], x); atomicMin(&a[2], x); atomicAnd(&a[3], ~(1 << l)); atomicOr(&a[4], 1 << l);
        atomicXor(&a[5], 3); let r = atomicCompareExchangeWeak(&a[6], 5, x); e[l] = u32(r.exchanged); let old = atomicExchange(&a[7], x);
        workgroupBarrier();
        o[l] = bitcast<u32>(old); o[4u + l] = e[l]; o[8u + l] = bitcast<u32>(atomicLoad(&a[l])); o[12u + l] = bitcast<u32>(atomicLoad(&a[4u + l]));";
    let got = run_group(4, declarations, body, 16, &[0]).unwrap();
    let n = |x: i32| x as u32;
    assert_eq!(
        got,
        [
            0,
            n(-1),
            0,
            1,
            1,
            0,
            0,
            0,
            2,
            n(-2),
            n(-1),
            n(-16),
            15,
            0,
            n(-1),
            2
        ]
    );
}

#[test]
fn wide_and_float_atomics() {
    let source = "
        @group(0) @binding(0) var<storage, read_write> o: array<atomic<u64>>;
        @group(0) @binding(1) var<storage, read_write> x: array<atomic<f32>>;
        @compute @workgroup_size(4) fn main(@builtin(local_invocation_index) l: u32) {
            atomicAdd(&o[0], 0xfffffff0lu + u64(l)); atomicMax(&o[1], u64(l) << 40u); let old = atomicAdd(&x[0], 0.5);
            atomicMax(&o[2], u64(bitcast<u32>(old)));
        }";
    let got = run_module(source, [1, 1, 1], 6, &[1f32.to_bits()]).unwrap();
    let sum = 4 * 0xffff_fff0u64 + 6;
    assert_eq!(
        got,
        [
            sum as u32,
            (sum >> 32) as u32,
            0,
            3 << 8,
            2.5f32.to_bits(),
            0
        ]
    );
}

#[test]
fn initial_values() {
    let declarations = "var<private> p: vec3<u32> = vec3(1u, 2u, 3u); var<workgroup> w: array<vec2<bool>, 3>; const K = array(4u, 5u);";
    let body = "var a = K; var z: array<u32, 2>; var s = 0u;
        for (var k = 0u; k < 2u; k++) { var fresh: u32; fresh += 1u; s += fresh; }
        a[l & 1u] += p.y; p.x = 7u; if (l == 1u) { w[2].y = true; } workgroupBarrier();
        o[l] = a[0] * 100u + a[1] * 10u + z[l & 1u] + s; o[2u + l] = u32(w[2].y) + p.x * 10u + u32(any(w[1])) ;";
    assert_eq!(
        run_group(2, declarations, body, 4, &[0]).unwrap(),
        [652, 472, 71, 71]
    );
}
