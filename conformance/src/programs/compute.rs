//! Ordinary kernels.

use super::{expect, floats, Gpu, Outcome, Step};

pub fn vector_sum(adapter: &wgpu::Adapter) -> Outcome {
    let gpu = Gpu::open(adapter)?;
    let n = 100_003u32;
    let a: Vec<u32> = (0..n).map(|i| (i as f32 * 0.5).to_bits()).collect();
    let b: Vec<u32> = (0..n).map(|i| (i as f32 * 0.25 + 1.0).to_bits()).collect();
    let sum = gpu.storage(&vec![0; n as usize]);
    gpu.run(
        "@group(0) @binding(0) var<storage, read> a: array<f32>;
         @group(0) @binding(1) var<storage, read> b: array<f32>;
         @group(0) @binding(2) var<storage, read_write> sum: array<f32>;
         @compute @workgroup_size(64)
         fn main(@builtin(global_invocation_id) id: vec3<u32>) {
             if (id.x < arrayLength(&sum)) { sum[id.x] = a[id.x] + b[id.x]; }
         }",
        &[&gpu.storage(&a), &gpu.storage(&b), &sum],
        [n.div_ceil(64), 1, 1],
    );
    let want: Vec<f32> = (0..n)
        .map(|i| i as f32 * 0.5 + (i as f32 * 0.25 + 1.0))
        .collect();
    expect("sum", &floats(&gpu.read(&sum)?), &want)
}

pub fn reduction(adapter: &wgpu::Adapter) -> Outcome {
    let gpu = Gpu::open(adapter)?;
    let n = 1u32 << 16;
    let numbers: Vec<u32> = (0..n).map(|i| i.wrapping_mul(0x9e37_79b9)).collect();
    let partial = gpu.storage(&[0; 256]);
    let total = gpu.storage(&[0; 1]);
    let wgsl = "
        @group(0) @binding(0) var<storage, read> input: array<u32>;
        @group(0) @binding(1) var<storage, read_write> output: array<u32>;
        var<workgroup> part: array<u32, 256>;
        @compute @workgroup_size(256)
        fn main(@builtin(global_invocation_id) id: vec3<u32>,
                @builtin(local_invocation_index) l: u32,
                @builtin(workgroup_id) wg: vec3<u32>) {
            part[l] = input[id.x];
            for (var half = 128u; half > 0u; half /= 2u) {
                workgroupBarrier();
                if (l < half) { part[l] += part[l + half]; }
            }
            if (l == 0u) { output[wg.x] = part[0]; }
        }";
    let input = gpu.storage(&numbers);
    let pipeline = gpu.pipeline(wgsl);
    let bind = |from: &wgpu::Buffer, to: &wgpu::Buffer| {
        gpu.bind(
            &pipeline,
            &[from.as_entire_binding(), to.as_entire_binding()],
        )
    };
    gpu.submit(&[
        Step {
            pipeline: &pipeline,
            group: &bind(&input, &partial),
            grid: [n / 256, 1, 1],
        },
        Step {
            pipeline: &pipeline,
            group: &bind(&partial, &total),
            grid: [1, 1, 1],
        },
    ]);
    let want = numbers.iter().fold(0u32, |sum, n| sum.wrapping_add(*n));
    expect("total", &gpu.read(&total)?, &[want])
}

pub fn tiled_product(adapter: &wgpu::Adapter) -> Outcome {
    let gpu = Gpu::open(adapter)?;
    let n = 96usize;
    let a: Vec<f32> = (0..n * n).map(|i| (i * 7 % 17) as f32 - 8.0).collect();
    let b: Vec<f32> = (0..n * n).map(|i| (i * 3 % 11) as f32 - 5.0).collect();
    let bits = |m: &[f32]| m.iter().map(|x| x.to_bits()).collect::<Vec<u32>>();
    let c = gpu.storage(&vec![0; n * n]);
    gpu.run(
        "@group(0) @binding(0) var<storage, read> a: array<f32>;
         @group(0) @binding(1) var<storage, read> b: array<f32>;
         @group(0) @binding(2) var<storage, read_write> c: array<f32>;
         const N = 96u;
         var<workgroup> ta: array<array<f32, 8>, 8>;
         var<workgroup> tb: array<array<f32, 8>, 8>;
         @compute @workgroup_size(8, 8)
         fn main(@builtin(global_invocation_id) id: vec3<u32>,
                 @builtin(local_invocation_id) l: vec3<u32>) {
             var sum = 0.0;
             for (var t = 0u; t < N; t += 8u) {
                 ta[l.y][l.x] = a[id.y * N + t + l.x];
                 tb[l.y][l.x] = b[(t + l.y) * N + id.x];
                 workgroupBarrier();
                 for (var k = 0u; k < 8u; k++) { sum = fma(ta[l.y][k], tb[k][l.x], sum); }
                 workgroupBarrier();
             }
             c[id.y * N + id.x] = sum;
         }",
        &[&gpu.storage(&bits(&a)), &gpu.storage(&bits(&b)), &c],
        [12, 12, 1],
    );
    let want: Vec<f32> = (0..n * n)
        .map(|i| (0..n).map(|k| a[i / n * n + k] * b[k * n + i % n]).sum())
        .collect();
    expect("product", &floats(&gpu.read(&c)?), &want)
}

pub fn several_entry_points(adapter: &wgpu::Adapter) -> Outcome {
    let gpu = Gpu::open(adapter)?;
    let module = gpu.module(
        "@group(0) @binding(0) var<storage, read_write> v: array<u32>;
         fn twice(x: u32) -> u32 { return x * 2u; }
         @compute @workgroup_size(4) fn double(@builtin(local_invocation_index) i: u32) {
             v[i] = twice(v[i]);
         }
         @compute @workgroup_size(2, 2) fn add_one(@builtin(local_invocation_index) i: u32) {
             v[i] += 1u;
         }",
    );
    let v = gpu.storage(&[1, 2, 3, 4]);
    let double = gpu.entry(&module, "double", &[]);
    let add_one = gpu.entry(&module, "add_one", &[]);
    let double_group = gpu.bind(&double, &[v.as_entire_binding()]);
    let add_group = gpu.bind(&add_one, &[v.as_entire_binding()]);
    let grid = [1, 1, 1];
    gpu.submit(&[
        Step {
            pipeline: &double,
            group: &double_group,
            grid,
        },
        Step {
            pipeline: &add_one,
            group: &add_group,
            grid,
        },
        Step {
            pipeline: &double,
            group: &double_group,
            grid,
        },
    ]);
    expect("v", &gpu.read(&v)?, &[6, 10, 14, 18])
}

pub fn builtin_values(adapter: &wgpu::Adapter) -> Outcome {
    let gpu = Gpu::open(adapter)?;
    let (size, grid) = ([5u32, 3, 2], [3u32, 2, 4]);
    let threads = (size.iter().product::<u32>() * grid.iter().product::<u32>()) as usize;
    let out = gpu.storage(&vec![0; threads * 4]);
    gpu.run(
        "@group(0) @binding(0) var<storage, read_write> out: array<vec4<u32>>;
         @compute @workgroup_size(5, 3, 2)
         fn main(@builtin(global_invocation_id) g: vec3<u32>, @builtin(local_invocation_id) l: vec3<u32>,
                 @builtin(workgroup_id) w: vec3<u32>, @builtin(num_workgroups) n: vec3<u32>,
                 @builtin(local_invocation_index) i: u32) {
             let group = w.x + n.x * (w.y + n.y * w.z);
             out[group * 30u + i] = vec4<u32>(g.x | (g.y << 8u) | (g.z << 16u),
                 l.x | (l.y << 8u) | (l.z << 16u), w.x | (w.y << 8u) | (w.z << 16u),
                 n.x | (n.y << 8u) | (n.z << 16u));
         }",
        &[&out],
        grid,
    );
    let pack = |[x, y, z]: [u32; 3]| x | y << 8 | z << 16;
    let mut want = Vec::new();
    for group in 0..grid.iter().product() {
        let w = [group % 3, group / 3 % 2, group / 6];
        for i in 0..30 {
            let l = [i % 5, i / 5 % 3, i / 15];
            let g = std::array::from_fn(|a| w[a] * size[a] + l[a]);
            want.extend([pack(g), pack(l), pack(w), pack(grid)]);
        }
    }
    expect("built-in values", &gpu.read(&out)?, &want)
}

pub fn divergence(adapter: &wgpu::Adapter) -> Outcome {
    let gpu = Gpu::open(adapter)?;
    let out = gpu.storage(&[0; 256]);
    gpu.run(
        "@group(0) @binding(0) var<storage, read_write> out: array<u32>;
         fn walk(start: u32) -> u32 {
             var x = start; var n = 0u;
             loop {
                 if (x == 1u || n > 200u) { break; }
                 switch (x % 4u) {
                     case 0u: { x /= 4u; if (x == 0u) { return 7777u; } }
                     case 2u: { x /= 2u; n += 10u; continue; }
                     default: {
                         x = 3u * x + 1u;
                         if (x > 5000u) { return n + 100000u; }
                     }
                 }
                 continuing { n += 1u; }
             }
             return n;
         }
         @compute @workgroup_size(64) fn main(@builtin(global_invocation_id) id: vec3<u32>) {
             out[id.x] = walk(id.x);
         }",
        &[&out],
        [4, 1, 1],
    );
    fn walk(mut x: u32) -> u32 {
        let mut n = 0;
        while x != 1 && n <= 200 {
            match x % 4 {
                0 => {
                    x /= 4;
                    if x == 0 {
                        return 7777;
                    }
                }
                2 => {
                    x /= 2;
                    n += 10;
                }
                _ => {
                    x = 3 * x + 1;
                    if x > 5000 {
                        return n + 100_000;
                    }
                }
            }
            n += 1;
        }
        n
    }
    expect(
        "out",
        &gpu.read(&out)?,
        &(0..256).map(walk).collect::<Vec<_>>(),
    )
}

pub fn workgroup_memory_is_zero(adapter: &wgpu::Adapter) -> Outcome {
    let gpu = Gpu::open(adapter)?;
    let out = gpu.storage(&[1; 512]);
    // The first kernel leaves rubbish in workgroup memory for the second.
    let dirty = "
        @group(0) @binding(0) var<storage, read_write> out: array<u32>;
        var<workgroup> w: array<u32, 512>;
        @compute @workgroup_size(64) fn main(@builtin(local_invocation_index) i: u32) {
            for (var k = i; k < 512u; k += 64u) { w[k] = 0xdeadbeefu; }
            workgroupBarrier();
            out[i] = w[511u - i];
        }";
    let look = "
        @group(0) @binding(0) var<storage, read_write> out: array<u32>;
        struct S { a: array<u32, 500>, b: atomic<u32>, c: vec3<f32>, d: mat2x2<f32> }
        var<workgroup> w: S;
        @compute @workgroup_size(64) fn main(@builtin(local_invocation_index) i: u32) {
            for (var k = i; k < 500u; k += 64u) { out[k] = w.a[k]; }
            if (i == 0u) {
                out[500] = atomicLoad(&w.b);
                out[501] = u32(w.c.z) + u32(w.d[1].y);
            }
        }";
    gpu.run(dirty, &[&out], [64, 1, 1]);
    gpu.run(look, &[&out], [1, 1, 1]);
    expect("workgroup memory", &gpu.read(&out)?[..502], &[0; 502])
}

pub fn user_functions(adapter: &wgpu::Adapter) -> Outcome {
    let gpu = Gpu::open(adapter)?;
    let out = gpu.storage(&[0; 32]);
    gpu.run(
        "@group(0) @binding(0) var<storage, read_write> out: array<u32, 32>;
         struct Pair { low: u32, high: u32 }
         fn swap(p: ptr<function, Pair>) { let t = (*p).low; (*p).low = (*p).high; (*p).high = t; }
         fn make(a: u32) -> Pair { var p = Pair(a, a * a); swap(&p); return p; }
         fn sum(values: array<u32, 4>) -> u32 {
             var v = values; var s = 0u;
             for (var i = 0; i < 4; i++) { s += v[i]; v[i] = 0u; }
             return s;
         }
         @compute @workgroup_size(32) fn main(@builtin(local_invocation_index) i: u32) {
             let p = make(i);
             out[i] = p.low * 100u + p.high + sum(array<u32, 4>(i, 1u, 2u, 3u));
         }",
        &[&out],
        [1, 1, 1],
    );
    let want: Vec<u32> = (0..32).map(|i| i * i * 100 + i + i + 6).collect();
    expect("out", &gpu.read(&out)?, &want)
}

/// Loops with `continuing`, switches with several cases, early returns out of both, in functions.
pub fn control_flow(adapter: &wgpu::Adapter) -> Outcome {
    let gpu = Gpu::open(adapter)?;
    let out = gpu.storage(&[0; 4096]);
    gpu.run(
        "@group(0) @binding(0) var<storage, read_write> out: array<u32>;
         fn gcd(x: u32, y: u32) -> u32 {
             var a = x; var b = y;
             loop {
                 if (b == 0u) { break; }
                 let t = a % b; a = b; b = t;
             }
             return a;
         }
         fn choose(x: u32) -> u32 {
             var r = 0u;
             switch (x % 7u) {
                 case 0u, 3u: { r = 1u; }
                 case 1u: {
                     for (var i = 0u; i < x % 11u; i++) {
                         if (i == 5u) { continue; }
                         r += i;
                         if (r > 20u) { break; }
                     }
                 }
                 case 2u: { r = 9u; if (x % 2u == 0u) { return 77u; } }
                 default: {
                     var k = x;
                     while (k > 3u) {
                         k /= 3u; r++;
                         if ((k & 1u) == 1u) { switch (k) { case 5u: { return r + 100u; } default: {} } }
                     }
                 }
             }
             return r;
         }
         @compute @workgroup_size(128) fn main(@builtin(global_invocation_id) id: vec3<u32>) {
             var sum = gcd(id.x * 12u + 5u, 360u + id.x);
             var j = id.x;
             loop {
                 sum = sum * 31u + choose(j);
                 if (j % 13u == 0u) { sum ^= 5u; }
                 continuing { j = j / 2u; break if j == 0u; }
             }
             out[id.x] = sum;
         }",
        &[&out],
        [32, 1, 1],
    );
    fn gcd(a: u32, b: u32) -> u32 {
        if b == 0 {
            a
        } else {
            gcd(b, a % b)
        }
    }
    fn choose(x: u32) -> u32 {
        match x % 7 {
            0 | 3 => 1,
            1 => {
                let mut r = 0;
                for i in (0..x % 11).filter(|i| *i != 5) {
                    r += i;
                    if r > 20 {
                        break;
                    }
                }
                r
            }
            2 if x.is_multiple_of(2) => 77,
            2 => 9,
            _ => {
                let (mut k, mut r) = (x, 0);
                while k > 3 {
                    k /= 3;
                    r += 1;
                    if k == 5 {
                        return r + 100;
                    }
                }
                r
            }
        }
    }
    let want: Vec<u32> = (0..4096u32)
        .map(|i| {
            let (mut sum, mut j) = (gcd(i * 12 + 5, 360 + i), i);
            loop {
                sum = sum.wrapping_mul(31).wrapping_add(choose(j));
                if j % 13 == 0 {
                    sum ^= 5;
                }
                j /= 2;
                if j == 0 {
                    return sum;
                }
            }
        })
        .collect();
    expect("out", &gpu.read(&out)?, &want)
}

/// Built-in functions of `f32`, within what WGSL allows (section 15.7.4), over many magnitudes.
pub fn numerics(adapter: &wgpu::Adapter) -> Outcome {
    let gpu = Gpu::open(adapter)?;
    let inputs: Vec<f32> = (0..4096u32)
        .map(|i| f32::from_bits(i.wrapping_mul(2_654_435_761)))
        .map(|x| if x.is_normal() { x } else { 0.0 })
        .collect();
    let input = gpu.storage(&inputs.iter().map(|x| x.to_bits()).collect::<Vec<_>>());
    let out = gpu.storage(&vec![0; inputs.len() * 6]);
    gpu.run(
        "@group(0) @binding(0) var<storage, read> input: array<f32>;
         @group(0) @binding(1) var<storage, read_write> out: array<array<f32, 6>>;
         @compute @workgroup_size(64) fn main(@builtin(global_invocation_id) id: vec3<u32>) {
             let x = input[id.x];
             let y = clamp(x, -20.0, 20.0);
             out[id.x] = array<f32, 6>(sqrt(abs(x)), exp2(y), sin(clamp(x, -3.0, 3.0)),
                 f32(i32(y)), x / 3.0, floor(y));
         }",
        &[&input, &out],
        [64, 1, 1],
    );
    let out = floats(&gpu.read(&out)?);
    const ULP: f64 = 1.0 / 8_388_608.0;
    // Results below the normal range may be flushed.
    const TINY: f64 = 1.2e-38;
    for (x, got) in inputs.iter().zip(out.chunks(6)) {
        let (wide, y) = (f64::from(*x), f64::from(x.clamp(-20.0, 20.0)));
        let root = wide.abs().sqrt();
        let bounds = [
            ("sqrt", root, 3.5 * ULP * root + 1e-19),
            ("exp2", y.exp2(), (3.0 + 2.0 * y.abs()) * ULP * y.exp2()),
            ("sin", wide.clamp(-3.0, 3.0).sin(), 2f64.powi(-11)),
            ("trunc", y.trunc(), 0.0),
            (
                "division",
                wide / 3.0,
                2.5 * ULP * (wide / 3.0).abs() + TINY,
            ),
            ("floor", y.floor(), 0.0),
        ];
        for (got, (what, want, allowed)) in got.iter().zip(bounds) {
            if (f64::from(*got) - want).abs() > allowed {
                return Err(format!("{what} of {x:e} is {got:e} instead of {want:e}"));
            }
        }
    }
    Ok(())
}
