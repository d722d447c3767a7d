//! Built-in values over grids of one to three dimensions, overrides and
//! immediate data.

use super::program::{Program, IO};
use super::{Expect, Sink};
use crate::device::Feature;
use crate::kernels::Usage;

pub(super) fn generate(sink: &mut Sink) {
    for (size, groups) in [
        ([64, 1, 1], [3, 1, 1]),
        ([8, 8, 1], [2, 3, 1]),
        ([4, 4, 4], [2, 2, 2]),
        ([1, 1, 1], [5, 3, 2]),
        ([7, 3, 2], [2, 1, 3]),
        ([1, 32, 2], [1, 2, 2]),
        ([33, 1, 1], [2, 1, 2]),
        ([256, 1, 1], [1, 4, 1]),
        ([1, 1, 64], [2, 2, 1]),
    ] {
        ids(sink, size, groups);
    }
    overrides(sink);
    immediates(sink);
    entry_points(sink);
}

fn ids(sink: &mut Sink, size: [u32; 3], groups: [u32; 3]) {
    let [x, y, z] = size;
    let wgsl = format!(
        "@group(0) @binding(0) var<storage, read_write> o: array<array<vec4<u32>, 4>>;
        struct In {{ @builtin(local_invocation_id) l: vec3<u32>, @builtin(num_workgroups) n: vec3<u32> }}
        @compute @workgroup_size({x}, {y}, {z})
        fn main(in: In, @builtin(global_invocation_id) g: vec3<u32>, @builtin(workgroup_id) w: vec3<u32>,
                @builtin(local_invocation_index) k: u32) {{
            let at = g.x + (g.y + g.z * {}u) * {}u;
            o[at] = array(vec4(g, k), vec4(in.l, 1u), vec4(w, 2u), vec4(in.n, 3u));
        }}",
        y * groups[1],
        x * groups[0]
    );
    let mut words = Vec::new();
    for gz in 0..z * groups[2] {
        for gy in 0..y * groups[1] {
            for gx in 0..x * groups[0] {
                let l = [gx % x, gy % y, gz % z];
                words.extend([gx, gy, gz, l[0] + x * (l[1] + y * l[2])]);
                words.extend([l[0], l[1], l[2], 1, gx / x, gy / y, gz / z, 2]);
                words.extend([groups[0], groups[1], groups[2], 3]);
            }
        }
    }
    Program::new(format!("ids of {groups:?} workgroups of {size:?}"), wgsl)
        .groups(groups)
        .output(&words)
        .emit(sink);
}

fn overrides(sink: &mut Sink) {
    let wgsl = format!(
        "{IO}
        override n: u32 = 4u; @id(17) override f: f32 = 0.5; override b: bool = true; override s: i32;
        override double: u32 = n * 2u; override size = n + 4u;
        var<workgroup> w: array<u32, double>;
        @compute @workgroup_size(size, 1, 1)
        fn main(@builtin(local_invocation_index) l: u32) {{
            for (var k = l; k < double; k += size) {{ w[k] = k * 3u; }}
            workgroupBarrier();
            var r = w[(l + 1u) % double];
            if (b) {{ r += 1000u; }}
            o[l] = r + u32(f * 100.0) * 10000u + bitcast<u32>(s * 1000000);
        }}"
    );
    let value = |l: u32, n: u32, f: u32, b: bool, s: i32| {
        ((l + 1) % (2 * n) * 3 + if b { 1000 } else { 0 } + f * 10000)
            .wrapping_add((s * 1_000_000) as u32)
    };
    let words: Vec<u32> = (0..8).map(|l| value(l, 4, 50, true, -3)).collect();
    Program::new("overrides, defaults", wgsl.clone())
        .constant("s", -3.0)
        .output(&words)
        .input(&[0])
        .emit(sink);
    let words: Vec<u32> = (0..16).map(|l| value(l, 12, 225, false, 2)).collect();
    Program::new("overrides, all set", wgsl)
        .constant("s", 2.0)
        .constant("n", 12.0)
        .constant("17", 2.25)
        .constant("b", 0.0)
        .output(&words)
        .input(&[0])
        .emit(sink);
}

fn immediates(sink: &mut Sink) {
    let wgsl = format!(
        "{IO}
        struct I {{ a: u32, f: f32, v: vec3<u32>, s: i32, m: mat2x2<f32> }}
        var<immediate> im: I;
        @compute @workgroup_size(32) fn main(@builtin(global_invocation_id) id: vec3<u32>) {{
            o[id.x] = im.a + u32(im.f * 2.0) * 10u + im.v[id.x % 3u] * 100u + bitcast<u32>(im.s) * 1000u + u32(im.m[id.x % 2u].y) * 100000u;
        }}"
    );
    let f = f32::to_bits;
    let data = [7, f(1.5), 0, 0, 1, 2, 3, 4, f(0.0), f(5.0), f(0.0), f(6.0)];
    let words: Vec<u32> = (0..64)
        .map(|g| 7 + 30 + (g % 3 + 1) * 100 + 4000 + (5 + g % 2) * 100_000)
        .collect();
    Program::new("immediates", wgsl)
        .needs(&[Feature::Immediates])
        .groups([2, 1, 1])
        .immediates(&data)
        .output(&words)
        .input(&[0])
        .emit(sink);
}

fn entry_points(sink: &mut Sink) {
    let wgsl = format!(
        "{IO}
        var<workgroup> a: array<u32, 8>; var<workgroup> b: array<u32, 16>; var<private> p: u32 = 3u;
        fn shared_code(x: u32) -> u32 {{ p += x; return p * 2u; }}
        @compute @workgroup_size(8) fn first(@builtin(local_invocation_index) l: u32) {{ a[l] = l; workgroupBarrier(); o[l] = shared_code(a[7u - l]); }}
        @compute @workgroup_size(16) fn second(@builtin(local_invocation_index) l: u32) {{ b[l] = l + 100u; workgroupBarrier(); o[l] = shared_code(b[15u - l]) + 1u; }}"
    );
    let first: Vec<u32> = (0..8).map(|l| (3 + 7 - l) * 2).collect();
    let second: Vec<u32> = (0..16).map(|l| (3 + 115 - l) * 2 + 1).collect();
    // The buffer is longer than the first one's output, which leaves the rest alone.
    let mut padded = vec![Expect::bits(0); 16];
    first
        .iter()
        .zip(&mut padded)
        .for_each(|(&w, e)| *e = Expect::bits(w.into()));
    Program::new("several entry points: first", wgsl.clone())
        .entry("first")
        .buffer(0, Usage::ReadWrite, &[0; 16])
        .expect(0, padded)
        .input(&[0])
        .emit(sink);
    Program::new("several entry points: second", wgsl)
        .entry("second")
        .output(&second)
        .input(&[0])
        .emit(sink);
}
