//! Accesses outside bindings and variables: they may miss, they may not escape.
//!
//! Each program binds the middle of a buffer whose other parts are canaries.

use super::{expect, Gpu, Outcome, Step};

const CANARY: u32 = 0xc0de_cafe;

/// Runs `wgsl` with 64 words (zero) of a buffer at binding 0 and its indices at binding 1; gives
/// back the 64 words if nothing around them changed.
fn guarded(adapter: &wgpu::Adapter, wgsl: &str, indices: &[u32]) -> Result<Vec<u32>, String> {
    let gpu = Gpu::open(adapter)?;
    let mut contents = vec![CANARY; 192];
    contents[64..128].fill(0);
    let buffer = gpu.storage(&contents);
    let indices = gpu.storage(indices);
    let pipeline = gpu.pipeline(wgsl);
    let middle = wgpu::BindingResource::Buffer(wgpu::BufferBinding {
        buffer: &buffer,
        offset: 256,
        size: wgpu::BufferSize::new(256),
    });
    let group = gpu.bind(&pipeline, &[middle, indices.as_entire_binding()]);
    gpu.submit(&[Step {
        pipeline: &pipeline,
        group: &group,
        grid: [1, 1, 1],
    }]);
    let got = gpu.read(&buffer)?;
    expect("canary below", &got[..64], &[CANARY; 64])?;
    expect("canary above", &got[128..], &[CANARY; 64])?;
    Ok(got[64..128].to_vec())
}

/// Indices around every edge that address arithmetic has.
const INDICES: [u32; 16] = [
    0,
    63,
    64,
    65,
    127,
    128,
    1000,
    0x3fff_ffff,
    0x4000_0000,
    0x4000_0040,
    0x7fff_ffff,
    0x8000_0000,
    0xbfff_ffff,
    0xc000_0000,
    0xffff_ffc0,
    0xffff_ffff,
];

pub fn storage_canaries(adapter: &wgpu::Adapter) -> Outcome {
    let got = guarded(
        adapter,
        "@group(0) @binding(0) var<storage, read_write> v: array<u32>;
         @group(0) @binding(1) var<storage, read> at: array<u32>;
         @compute @workgroup_size(16) fn main(@builtin(local_invocation_index) i: u32) {
             v[at[i]] = 7u;
             v[at[i] + 3u] = 7u;
         }",
        &INDICES,
    )?;
    match got[0] == 7 && got[3] == 7 && got.iter().all(|word| [0, 7].contains(word)) {
        true => Ok(()),
        false => Err(format!("in-bounds stores are lost: {got:?}")),
    }
}

pub fn vector_canaries(adapter: &wgpu::Adapter) -> Outcome {
    guarded(
        adapter,
        "struct S { a: vec3<u32>, b: mat3x3<f32>, c: array<vec2<u32>, 3> }
         @group(0) @binding(0) var<storage, read_write> v: array<S>;
         @group(0) @binding(1) var<storage, read> at: array<u32>;
         @compute @workgroup_size(16) fn main(@builtin(local_invocation_index) i: u32) {
             let k = at[i];
             v[k].a = vec3<u32>(1u, 2u, 3u);
             v[k].b[k][k] = 4.0;
             v[k].b[k] = vec3<f32>(5.0);
             v[k].c[k] = vec2<u32>(6u);
             v[k] = S();
         }",
        &INDICES,
    )?;
    Ok(())
}

pub fn load_outside(adapter: &wgpu::Adapter) -> Outcome {
    let got = guarded(
        adapter,
        "@group(0) @binding(0) var<storage, read_write> v: array<u32>;
         @group(0) @binding(1) var<storage, read> at: array<u32>;
         @compute @workgroup_size(16) fn main(@builtin(local_invocation_index) i: u32) {
             v[i] = v[at[i]] | v[at[i] + 61u] | at[at[i]];
         }",
        &INDICES.map(|index| if index < 64 { 64 } else { index }),
    )?;
    match got.iter().find(|word| **word == CANARY) {
        None => Ok(()),
        Some(_) => Err("a load saw what is outside the binding".into()),
    }
}

pub fn uniform_index(adapter: &wgpu::Adapter) -> Outcome {
    let gpu = Gpu::open(adapter)?;
    // 16 vectors are bound; the rest of the buffer is canaries.
    let mut contents = vec![CANARY; 256];
    contents[64..128].fill(1);
    let uniform = gpu.filled(&contents, wgpu::BufferUsages::UNIFORM);
    let indices = gpu.storage(&INDICES);
    let out = gpu.storage(&[0; 16]);
    let pipeline = gpu.pipeline(
        "@group(0) @binding(0) var<uniform> u: array<vec4<u32>, 16>;
         @group(0) @binding(1) var<storage, read> at: array<u32>;
         @group(0) @binding(2) var<storage, read_write> out: array<u32>;
         @compute @workgroup_size(16) fn main(@builtin(local_invocation_index) i: u32) {
             let k = at[i];
             out[i] = u[k].x | u[k][k] | u[at[3]].y;
         }",
    );
    let middle = wgpu::BindingResource::Buffer(wgpu::BufferBinding {
        buffer: &uniform,
        offset: 256,
        size: wgpu::BufferSize::new(256),
    });
    let resources = [middle, indices.as_entire_binding(), out.as_entire_binding()];
    let group = gpu.bind(&pipeline, &resources);
    gpu.submit(&[Step {
        pipeline: &pipeline,
        group: &group,
        grid: [1, 1, 1],
    }]);
    match gpu.read(&out)?.iter().find(|word| ![0, 1].contains(*word)) {
        None => Ok(()),
        Some(word) => Err(format!("a uniform load gave {word:#x}")),
    }
}

pub fn atomics_outside(adapter: &wgpu::Adapter) -> Outcome {
    guarded(
        adapter,
        "@group(0) @binding(0) var<storage, read_write> v: array<atomic<u32>>;
         @group(0) @binding(1) var<storage, read> at: array<u32>;
         @compute @workgroup_size(16) fn main(@builtin(local_invocation_index) i: u32) {
             let k = at[i];
             atomicAdd(&v[k], 1u);
             atomicStore(&v[k + 1u], 2u);
             let old = atomicExchange(&v[k + 2u], 3u);
             let r = atomicCompareExchangeWeak(&v[k + 4u], old, 4u);
             atomicMax(&v[k + 5u], r.old_value);
         }",
        &INDICES,
    )?;
    Ok(())
}

/// Runs a kernel whose own variables must stay as they were; `out` gets their check.
fn contained(adapter: &wgpu::Adapter, wgsl: &str) -> Outcome {
    let gpu = Gpu::open(adapter)?;
    let out = gpu.storage(&[1; 16]);
    gpu.run(wgsl, &[&out, &gpu.storage(&INDICES)], [1, 1, 1]);
    expect("neighbours changed", &gpu.read(&out)?, &[0; 16])
}

pub fn workgroup_index(adapter: &wgpu::Adapter) -> Outcome {
    contained(
        adapter,
        "@group(0) @binding(0) var<storage, read_write> out: array<u32, 16>;
         @group(0) @binding(1) var<storage, read> at: array<u32>;
         var<workgroup> below: array<u32, 32>;
         var<workgroup> hit: array<u32, 5>;
         var<workgroup> above: array<u32, 32>;
         @compute @workgroup_size(16) fn main(@builtin(local_invocation_index) i: u32) {
             hit[at[i]] = 9u;
             hit[at[i] + 7u] = hit[at[i] + 2u];
             workgroupBarrier();
             out[i] = below[i] | below[i + 16u] | above[i] | above[i + 16u];
         }",
    )
}

pub fn private_index(adapter: &wgpu::Adapter) -> Outcome {
    contained(
        adapter,
        "@group(0) @binding(0) var<storage, read_write> out: array<u32, 16>;
         @group(0) @binding(1) var<storage, read> at: array<u32>;
         var<private> below: array<u32, 8>;
         var<private> hit: array<u32, 40>;
         @compute @workgroup_size(16) fn main(@builtin(local_invocation_index) i: u32) {
             var above: array<u32, 8>;
             var inner: array<vec4<u32>, 9>;
             hit[at[i]] = 9u;
             inner[at[i]][at[i]] = hit[at[i] + 1u];
             var sum = 0u;
             for (var k = 0u; k < 8u; k++) { sum += below[k] + above[k]; }
             out[i] = sum;
             below[at[i]] = inner[0].x;
             above[at[i]] = inner[1].y;
         }",
    )
}

pub fn negative_index(adapter: &wgpu::Adapter) -> Outcome {
    guarded(
        adapter,
        "@group(0) @binding(0) var<storage, read_write> v: array<u32>;
         @group(0) @binding(1) var<storage, read> at: array<i32>;
         @compute @workgroup_size(16) fn main(@builtin(local_invocation_index) i: u32) {
             v[at[i]] = 1u;
             v[at[i] - 64] = 1u;
             v[-at[i]] = 1u;
         }",
        &INDICES,
    )?;
    Ok(())
}

pub fn huge_index(adapter: &wgpu::Adapter) -> Outcome {
    // Strides whose products wrap around 32 bits.
    guarded(
        adapter,
        "struct S { a: array<vec4<u32>, 4> }
         @group(0) @binding(0) var<storage, read_write> v: array<S>;
         @group(0) @binding(1) var<storage, read> at: array<u32>;
         @compute @workgroup_size(16) fn main(@builtin(local_invocation_index) i: u32) {
             v[at[i]].a[at[i] & 3u] = vec4<u32>(1u);
             v[at[i] * 0x01000001u].a[at[i] + 1u].y = 2u;
         }",
        &INDICES,
    )?;
    Ok(())
}

pub fn sub_range(adapter: &wgpu::Adapter) -> Outcome {
    // A constant index that the type allows and the bound range does not.
    let gpu = Gpu::open(adapter)?;
    let mut contents = vec![CANARY; 192];
    contents[64..65].fill(0);
    let buffer = gpu.storage(&contents);
    let pipeline = gpu.pipeline(
        "@group(0) @binding(0) var<storage, read_write> v: array<u32>;
         @compute @workgroup_size(1) fn main() { v[0] = v[1] + 1u; v[1] = 1u; v[77] = v[5]; }",
    );
    let one = wgpu::BindingResource::Buffer(wgpu::BufferBinding {
        buffer: &buffer,
        offset: 256,
        size: wgpu::BufferSize::new(4),
    });
    let group = gpu.bind(&pipeline, &[one]);
    gpu.submit(&[Step {
        pipeline: &pipeline,
        group: &group,
        grid: [1, 1, 1],
    }]);
    let got = gpu.read(&buffer)?;
    expect("below", &got[..64], &[CANARY; 64])?;
    expect("above", &got[65..], &[CANARY; 127])?;
    match got[64] == CANARY.wrapping_add(1) {
        true => Err("a load saw what is outside the binding".into()),
        false => Ok(()),
    }
}

pub fn array_length(adapter: &wgpu::Adapter) -> Outcome {
    let gpu = Gpu::open(adapter)?;
    let buffer = gpu.storage(&[0; 256]);
    let out = gpu.storage(&[0; 2]);
    let pipeline = gpu.pipeline(
        "struct S { head: vec3<u32>, tail: array<vec3<u32>> }
         @group(0) @binding(0) var<storage, read_write> s: S;
         @group(0) @binding(1) var<storage, read_write> out: array<u32>;
         @compute @workgroup_size(1) fn main() {
             s.head.x = 1u;
             out[0] = arrayLength(&s.tail);
             out[1] = arrayLength(&out);
         }",
    );
    for (size, want) in [(32, 1), (44, 1), (48, 2), (256, 15), (1024 - 256, 47)] {
        let part = wgpu::BindingResource::Buffer(wgpu::BufferBinding {
            buffer: &buffer,
            offset: 256,
            size: wgpu::BufferSize::new(size),
        });
        let group = gpu.bind(&pipeline, &[part, out.as_entire_binding()]);
        gpu.submit(&[Step {
            pipeline: &pipeline,
            group: &group,
            grid: [1, 1, 1],
        }]);
        expect(
            &format!("lengths for {size} bytes"),
            &gpu.read(&out)?,
            &[want, 2],
        )?;
    }
    Ok(())
}

/// Each of the runtime checks that a trusted module may leave out, alone: what the others promise
/// still holds, and programs that need none of them give the same results.
pub fn runtime_checks(adapter: &wgpu::Adapter) -> Outcome {
    let gpu = Gpu::open(adapter)?;
    let checked = wgpu::ShaderRuntimeChecks::checked();
    let variants = [
        checked,
        wgpu::ShaderRuntimeChecks {
            bounds_checks: false,
            ..checked
        },
        wgpu::ShaderRuntimeChecks {
            int_div_checks: false,
            ..checked
        },
        wgpu::ShaderRuntimeChecks {
            force_loop_bounding: false,
            ..checked
        },
        wgpu::ShaderRuntimeChecks::unchecked(),
    ];
    for checks in variants {
        runtime_check(&gpu, checks).map_err(|error| format!("{checks:?}: {error}"))?;
    }
    Ok(())
}

fn runtime_check(gpu: &Gpu, checks: wgpu::ShaderRuntimeChecks) -> Outcome {
    const MIN: u32 = 1 << 31;
    let module = |wgsl: &str| {
        let desc = wgpu::ShaderModuleDescriptor {
            label: None,
            source: wgpu::ShaderSource::Wgsl(wgsl.into()),
        };
        // SAFETY: what a check that is left out would catch is not done below.
        unsafe { gpu.device.create_shader_module_trusted(desc, checks) }
    };
    let run = |wgsl: &str, buffers: &[&wgpu::Buffer]| {
        let pipeline = gpu.entry(&module(wgsl), "main", &[]);
        let resources: Vec<_> = buffers.iter().map(|b| b.as_entire_binding()).collect();
        let group = gpu.bind(&pipeline, &resources);
        gpu.submit(&[Step {
            pipeline: &pipeline,
            group: &group,
            grid: [1, 1, 1],
        }]);
    };
    // In bounds, no division by zero, a loop that ends: the same with and without.
    let v = gpu.storage(&(0..64).collect::<Vec<_>>());
    run(
        "@group(0) @binding(0) var<storage, read_write> v: array<u32>;
         @compute @workgroup_size(64) fn main(@builtin(local_invocation_index) i: u32) {
             var steps = 0u;
             for (var x = v[i] + 1u; x != 1u; steps++) {
                 x = select(x / 2u, 3u * x + 1u, x % 2u == 1u);
             }
             v[i] = steps;
         }",
        &[&v],
    );
    let collatz = |mut x: u32| {
        let mut steps = 0;
        while x != 1 {
            x = if x % 2 == 1 { 3 * x + 1 } else { x / 2 };
            steps += 1;
        }
        steps
    };
    let want: Vec<u32> = (0..64).map(|i| collatz(i + 1)).collect();
    expect("in bounds", &gpu.read(&v)?, &want)?;

    if checks.int_div_checks {
        // WGSL section 8.7: x / 0 is x, x % 0 is 0, and so for the quotient that does not fit.
        let v = gpu.storage(&[7, 0, MIN, u32::MAX]);
        run(
            "@group(0) @binding(0) var<storage, read_write> v: array<i32, 4>;
             @compute @workgroup_size(1) fn main() {
                 let a = v[0] / v[1]; let b = v[0] % v[1];
                 let c = v[2] / v[3]; let d = v[2] % v[3];
                 v[0] = a; v[1] = b; v[2] = c; v[3] = d;
             }",
            &[&v],
        );
        expect("divisions", &gpu.read(&v)?, &[7, 0, MIN, 0])?;
    }
    if checks.bounds_checks {
        let all = gpu.storage(&[CANARY; 192]);
        let index = gpu.storage(&[64, 1000, u32::MAX, 65]);
        let pipeline = gpu.entry(
            &module(
                "@group(0) @binding(0) var<storage, read_write> v: array<u32>;
                 @group(0) @binding(1) var<storage, read> index: array<u32, 4>;
                 @compute @workgroup_size(4) fn main(@builtin(local_invocation_index) i: u32) {
                     v[index[i]] = 1u;
                 }",
            ),
            "main",
            &[],
        );
        let middle = wgpu::BindingResource::Buffer(wgpu::BufferBinding {
            buffer: &all,
            offset: 256,
            size: wgpu::BufferSize::new(256),
        });
        let group = gpu.bind(&pipeline, &[middle, index.as_entire_binding()]);
        gpu.submit(&[Step {
            pipeline: &pipeline,
            group: &group,
            grid: [1, 1, 1],
        }]);
        let got = gpu.read(&all)?;
        expect("before", &got[..64], &[CANARY; 64])?;
        expect("behind", &got[128..], &[CANARY; 64])?;
    }
    Ok(())
}
