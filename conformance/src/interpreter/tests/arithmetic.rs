//! Arithmetic, conversions, built-in functions.

use super::{f, run};

#[test]
fn integers_wrap_and_division_is_total() {
    let inputs = [7, 0, 0x8000_0000, u32::MAX, 33];
    let got = run(
        "let a = i[0]; let z = i[1]; let m = bitcast<i32>(i[2]); let n = bitcast<i32>(i[3]);
         o[0] = i[3] + a; o[1] = a - i[3]; o[2] = i[3] * i[3];
         o[3] = a / z; o[4] = a % z;
         o[5] = bitcast<u32>(m / n); o[6] = bitcast<u32>(m % n); o[7] = bitcast<u32>(m / bitcast<i32>(z));
         o[8] = bitcast<u32>(-i32(a) / 2); o[9] = bitcast<u32>(-i32(a) % 2);
         o[10] = a << i[4]; o[11] = bitcast<u32>(m >> i[4]); o[12] = i[2] >> i[4];
         o[13] = bitcast<u32>(-m); o[14] = bitcast<u32>(abs(m));",
        15,
        &inputs,
    );
    let min = 0x8000_0000;
    let minus = |x: i32| x as u32;
    assert_eq!(
        got,
        [
            6,
            8,
            1,
            7,
            0,
            min,
            0,
            min,
            minus(-3),
            minus(-1),
            14,
            0xc000_0000,
            0x4000_0000,
            min,
            min
        ]
    );
}

#[test]
fn wide_and_narrow_integers() {
    let got = run(
        "let a = (u64(i[0]) << 32u) | u64(i[1]);
         let p = a * 3lu; o[0] = u32(p); o[1] = u32(p >> 32u);
         let s = i64(bitcast<i32>(i[2])); let q = s / 2li; o[2] = bitcast<u32>(i32(q)); o[3] = u32(u64(q) >> 32u);
         o[4] = u32(countOneBits(a)); o[5] = u32(countLeadingZeros(a)); o[6] = u32(firstTrailingBit(a));
         o[7] = select(0u, 1u, s < 0li);",
        8,
        &[1, 0x8000_0000, 0xffff_fff9],
    );
    assert_eq!(
        got,
        [0x8000_0000, 4, 0xffff_fffd, 0xffff_ffff, 2, 31, 31, 1]
    );
}

#[test]
fn binary16() {
    // 1 + 2^-11 is a tie that goes to 1; 3 * 2^-11 above 1 goes up to 2^-9.
    let got = run(
        "let one = f16(bitcast<f32>(i[0])); let h = f16(bitcast<f32>(i[1])); let big = f16(bitcast<f32>(i[2]));
         o[0] = bitcast<u32>(f32(one + h)); o[1] = bitcast<u32>(f32(one + 3.0h * h));
         o[2] = bitcast<u32>(f32(big + big)); o[3] = pack2x16float(vec2<f32>(vec2<f16>(one, -big)));
         o[4] = bitcast<u32>(f32(fma(one, one, h))); o[5] = bitcast<u32>(i32(-big)); o[6] = u32(big);
         o[7] = bitcast<u32>(quantizeToF16(bitcast<f32>(i[3])));",
        8,
        &[f(1.0), f(2f32.powi(-11)), f(65504.0), f(0.1)],
    );
    let want = [
        f(1.0),
        f(1.0 + 2f32.powi(-9)),
        f(f32::INFINITY),
        0xfbff_3c00,
        f(1.0),
        -65504i32 as u32,
        65504,
        f(0.099975586),
    ];
    assert_eq!(got, want);
}

#[test]
fn binary64() {
    let got = run(
        "let third = f64(bitcast<f32>(i[0])) / 3.0lf;
         o[0] = bitcast<u32>(f32(third)); let back = third * 3.0lf; o[1] = select(0u, 1u, back == 1.0lf);
         o[2] = bitcast<u32>(f32(third - f64(f32(third)))); o[3] = bitcast<u32>(f32(sqrt(f64(2.0lf) * third * 3.0lf)));",
        4,
        &[f(1.0)],
    );
    let third = 1f64 / 3.0;
    let rest = (third - f64::from(third as f32)) as f32;
    assert_eq!(
        got,
        [f(third as f32), 1, f(rest), f(std::f32::consts::SQRT_2)]
    );
}

#[test]
fn floats_follow_ieee() {
    let got = run(
        "let a = bitcast<f32>(i[0]); let z = bitcast<f32>(i[1]); let n = bitcast<f32>(i[2]); let t = bitcast<f32>(i[3]);
         o[0] = bitcast<u32>(a / z); o[1] = select(0u, 1u, n == n); o[2] = select(0u, 1u, n != n);
         o[3] = bitcast<u32>(t * 0.5); o[4] = bitcast<u32>(-z); o[5] = bitcast<u32>(a % 3.0);
         o[6] = bitcast<u32>(-a % 3.0); o[7] = bitcast<u32>(min(n, a)); o[8] = bitcast<u32>(max(a, n));
         o[9] = select(0u, 1u, z == -z); o[10] = select(0u, 1u, n < a);",
        11,
        &[f(7.5), 0, 0x7fc0_0000, 0x0080_0000],
    );
    let want = [
        0x7f80_0000,
        0,
        1,
        0x0040_0000,
        0x8000_0000,
        f(1.5),
        f(-1.5),
        f(7.5),
        f(7.5),
        1,
        0,
    ];
    assert_eq!(got, want);
}

#[test]
fn conversions() {
    let got = run(
        "let a = bitcast<vec4<f32>>(vec4(i[0], i[1], i[2], i[3]));
         let s = vec4<i32>(a); let u = vec4<u32>(a);
         for (var k = 0u; k < 4u; k++) { o[k] = bitcast<u32>(s[k]); o[4u + k] = u[k]; }
         o[8] = bitcast<u32>(f32(i[4])); o[9] = bitcast<u32>(f32(bitcast<i32>(i[4])));
         o[10] = u32(bool(i[4])); o[11] = bitcast<u32>(f32(bool(i[5]))); o[12] = u32(bool(a.w)); o[13] = u32(bool(a.z - a.z));",
        14,
        &[f(3e9), f(-1.5), f(0.99), 0x7fc0_0000, 0xffff_ff7f, 0],
    );
    let want = [
        2147483520,
        -1i32 as u32,
        0,
        0,
        3_000_000_000,
        0,
        0,
        0,
        // Nearest even: 0xffffff7f lies below the tie 0xffffff80.
        f(4294967040.0),
        f(-129.0),
        1,
        0,
        1,
        0,
    ];
    assert_eq!(got, want);
}

#[test]
fn bit_functions() {
    let got = run(
        "let a = i[0]; let s = bitcast<i32>(i[1]);
         o[0] = countOneBits(a); o[1] = countLeadingZeros(a); o[2] = countTrailingZeros(a); o[3] = reverseBits(a);
         o[4] = firstLeadingBit(a); o[5] = bitcast<u32>(firstLeadingBit(s)); o[6] = firstTrailingBit(a);
         o[7] = extractBits(a, 4u, 8u); o[8] = bitcast<u32>(extractBits(s, 0u, 4u)); o[9] = insertBits(a, 0xffu, 28u, i[2]);
         o[10] = extractBits(a, i[2], i[2]); o[11] = countTrailingZeros(i[3]); o[12] = firstLeadingBit(i[3]);
         o[13] = extractBits(a, 0u, 32u); o[14] = countLeadingZeros(i[3]);",
        15,
        &[0x00f0_1230, 0xffff_fff8, 40, 0],
    );
    let want = [
        8,
        8,
        4,
        0x0c48_0f00,
        23,
        2,
        4,
        0x23,
        0xffff_fff8,
        0xf0f0_1230,
        0,
        32,
        u32::MAX,
        0x00f0_1230,
        32,
    ];
    assert_eq!(got, want);
}

#[test]
fn packing() {
    let got = run(
        "let v = bitcast<vec4<f32>>(vec4(i[0], i[1], i[2], i[3]));
         o[0] = pack4x8snorm(v); o[1] = pack4x8unorm(v); o[2] = pack2x16snorm(v.xy); o[3] = pack2x16unorm(v.zw);
         o[4] = pack2x16float(v.zw); o[5] = pack4xU8(vec4(i[4])); o[6] = pack4xI8Clamp(vec4<i32>(-1000, 1000, i32(i[5]), -1));
         o[7] = pack4xU8Clamp(vec4(i[4])); o[8] = dot4U8Packed(0x01020304u, i[6]); o[9] = bitcast<u32>(dot4I8Packed(0xff020304u, i[6]));
         let u = unpack4x8snorm(i[7]); o[10] = bitcast<u32>(u.x); o[11] = bitcast<u32>(u.y); o[12] = bitcast<u32>(u.w);
         let h = unpack2x16float(i[8]); o[13] = bitcast<u32>(h.x); o[14] = bitcast<u32>(h.y);
         o[15] = bitcast<u32>(unpack4xI8(i[7]).y); o[16] = unpack4xU8(i[7]).y;",
        17,
        &[f(-1.0), f(0.5), f(1.0), f(2.0), 0x1ff, 5, 0x0101_0101, 0x7f00_8081, 0x3c00_c000],
    );
    let want = [
        0x7f7f_4081,
        0xffff_8000,
        0x4000_8001,
        0xffff_ffff,
        0x4000_3c00,
        0xffff_ffff,
        0xff05_7f80,
        0xffff_ffff,
        10,
        8,
        f(-1.0),
        f(-1.0),
        f(1.0),
        f(-2.0),
        f(1.0),
        -128i32 as u32,
        128,
    ];
    assert_eq!(got, want);
}

#[test]
fn float_functions() {
    let got = run(
        "let a = bitcast<f32>(i[0]); let b = bitcast<f32>(i[1]);
         o[0] = bitcast<u32>(floor(a)); o[1] = bitcast<u32>(ceil(a)); o[2] = bitcast<u32>(round(a)); o[3] = bitcast<u32>(trunc(a));
         o[4] = bitcast<u32>(fract(a)); o[5] = bitcast<u32>(sign(a)); o[6] = bitcast<u32>(clamp(a, -1.0, 1.0)); o[7] = bitcast<u32>(saturate(b));
         let m = modf(a); o[8] = bitcast<u32>(m.fract); o[9] = bitcast<u32>(m.whole);
         let e = frexp(b); o[10] = bitcast<u32>(e.fract); o[11] = bitcast<u32>(e.exp); o[12] = bitcast<u32>(ldexp(e.fract, e.exp));
         o[13] = bitcast<u32>(sqrt(b)); o[14] = bitcast<u32>(inverseSqrt(b)); o[15] = bitcast<u32>(exp2(a)); o[16] = bitcast<u32>(log2(b));
         o[17] = bitcast<u32>(pow(b, 0.5)); o[18] = bitcast<u32>(mix(a, b, 0.25)); o[19] = bitcast<u32>(step(a, b));
         o[20] = bitcast<u32>(smoothstep(0.0, 32.0, b / 2.0)); o[21] = bitcast<u32>(fma(a, b, 1.0)); o[22] = bitcast<u32>(degrees(radians(b)));
         o[23] = bitcast<u32>(cos(a - a)); o[24] = bitcast<u32>(atan2(0.0 * b, -b));",
        25,
        &[f(-2.5), f(16.0)],
    );
    let want = [
        -3.0,
        -2.0,
        -2.0,
        -2.0,
        0.5,
        -1.0,
        -1.0,
        1.0,
        -0.5,
        -2.0,
        0.5,
        f32::from_bits(5),
        16.0,
        4.0,
        0.25,
        0.176_776_69,
        4.0,
        4.0,
        2.125,
        1.0,
        0.15625,
        -39.0,
        16.0,
        1.0,
        std::f32::consts::PI,
    ];
    assert_eq!(got, want.map(f));
}

#[test]
fn vectors_and_matrices() {
    let got = run(
        "let one = bitcast<f32>(i[0]); let v = vec3(one, 2.0, 3.0); let w = vec3(4.0, 5.0 * one, 6.0);
         o[0] = bitcast<u32>(dot(v, w)); let c = cross(v, w);
         o[1] = bitcast<u32>(c.x); o[2] = bitcast<u32>(c.y); o[3] = bitcast<u32>(c.z);
         let m = mat2x3(v, w); let p = m * vec2(one, 10.0);
         o[4] = bitcast<u32>(p.x); o[5] = bitcast<u32>(p.y); o[6] = bitcast<u32>(p.z);
         let q = vec3(one, 0.0, 1.0) * m; o[7] = bitcast<u32>(q.x); o[8] = bitcast<u32>(q.y);
         let t = transpose(m); o[9] = bitcast<u32>(t[2].y); let s = m * t; o[10] = bitcast<u32>(s[0].z);
         o[11] = bitcast<u32>(determinant(mat3x3(v, w, vec3(7.0, 8.0, 10.0))));
         o[12] = bitcast<u32>(length(vec2(3.0, 4.0) * one)); o[13] = bitcast<u32>(distance(v, w));
         let sw = v.zxy.yx; o[14] = bitcast<u32>(sw.x); o[15] = bitcast<u32>(sw.y);
         o[16] = u32(all(v < w)); o[17] = u32(any(v > w)); let d = m * 2.0; o[18] = bitcast<u32>(d[1].z);
         let iv = vec4<i32>(-1, 2, -3, 4) * i32(one); o[19] = bitcast<u32>(dot(iv, iv)); o[20] = bitcast<u32>((iv % vec4(2))[2]);
         let r = reflect(vec2(one, -1.0), vec2(0.0, 1.0)); o[21] = bitcast<u32>(r.y);",
        22,
        &[f(1.0)],
    );
    let want = [
        32.0,
        -3.0,
        6.0,
        -3.0,
        41.0,
        52.0,
        63.0,
        4.0,
        10.0,
        6.0,
        27.0,
        -3.0,
        5.0,
        27f32.sqrt(),
        1.0,
        3.0,
        f32::from_bits(1),
        0.0,
        12.0,
        f32::from_bits(30),
        f32::from_bits(-1i32 as u32),
        1.0,
    ];
    assert_eq!(got, want.map(f));
}
