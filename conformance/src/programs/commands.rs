//! Commands and the order between them.

use super::{bytes, expect, text, Gpu, Outcome, Step};

const ADD_ONE: &str = "
    @group(0) @binding(0) var<storage, read_write> v: array<u32>;
    @compute @workgroup_size(64) fn main(@builtin(global_invocation_id) id: vec3<u32>) {
        if (id.x < arrayLength(&v)) { v[id.x] += 1u; }
    }";

pub fn indirect_chain(adapter: &wgpu::Adapter) -> Outcome {
    let gpu = Gpu::open(adapter)?;
    // Each kernel writes the grid of the next.
    let usage =
        wgpu::BufferUsages::STORAGE | wgpu::BufferUsages::INDIRECT | wgpu::BufferUsages::COPY_SRC;
    let grid = gpu.filled(&[1, 1, 1], usage);
    let next = gpu.filled(&[0, 0, 0], usage);
    let count = gpu.storage(&[0]);
    let pipeline = gpu.pipeline(
        "@group(0) @binding(0) var<storage, read_write> count: atomic<u32>;
         @group(0) @binding(1) var<storage, read_write> next: array<u32, 3>;
         @compute @workgroup_size(1)
         fn main(@builtin(num_workgroups) n: vec3<u32>, @builtin(workgroup_id) w: vec3<u32>) {
             atomicAdd(&count, 1u);
             if (all(w == vec3<u32>())) { next[0] = n.x * 2u; next[1] = 1u; next[2] = 1u; }
         }",
    );
    let groups = [&next, &grid].map(|to| {
        gpu.bind(
            &pipeline,
            &[count.as_entire_binding(), to.as_entire_binding()],
        )
    });
    let mut encoder = gpu.device.create_command_encoder(&Default::default());
    for trip in 0..6 {
        let mut pass = encoder.begin_compute_pass(&Default::default());
        pass.set_pipeline(&pipeline);
        pass.set_bind_group(0, &groups[trip % 2], &[]);
        pass.dispatch_workgroups_indirect([&grid, &next][trip % 2], 0);
    }
    gpu.queue.submit([encoder.finish()]);
    expect("workgroups", &gpu.read(&count)?, &[1 + 2 + 4 + 8 + 16 + 32])
}

pub fn indirect_grid_size(adapter: &wgpu::Adapter) -> Outcome {
    let gpu = Gpu::open(adapter)?;
    let usage = wgpu::BufferUsages::INDIRECT;
    let grids = gpu.filled(&[9, 9, 9, 3, 4, 5, 0, 1, 1, 70000, 1, 1], usage);
    let out = gpu.storage(&[0; 4]);
    let pipeline = gpu.pipeline(
        "@group(0) @binding(0) var<storage, read_write> out: array<atomic<u32>, 4>;
         @compute @workgroup_size(1) fn main(@builtin(num_workgroups) n: vec3<u32>) {
             atomicMax(&out[0], n.x); atomicMax(&out[1], n.y); atomicMax(&out[2], n.z);
             atomicAdd(&out[3], 1u);
         }",
    );
    let group = gpu.bind(&pipeline, &[out.as_entire_binding()]);
    let mut encoder = gpu.device.create_command_encoder(&Default::default());
    {
        let mut pass = encoder.begin_compute_pass(&Default::default());
        pass.set_pipeline(&pipeline);
        pass.set_bind_group(0, &group, &[]);
        pass.dispatch_workgroups_indirect(&grids, 12);
        // Zero in a dimension and a dimension over the limit both run nothing.
        pass.dispatch_workgroups_indirect(&grids, 24);
        pass.dispatch_workgroups_indirect(&grids, 36);
    }
    gpu.queue.submit([encoder.finish()]);
    expect("grid and workgroups", &gpu.read(&out)?, &[3, 4, 5, 60])
}

pub fn dynamic_offsets(adapter: &wgpu::Adapter) -> Outcome {
    let gpu = Gpu::open(adapter)?;
    let align = gpu.device.limits().min_storage_buffer_offset_alignment;
    let stride = align.max(gpu.device.limits().min_uniform_buffer_offset_alignment);
    let words = (stride / 4) as usize;
    let mut numbers = vec![0; words * 4];
    let mut factors = vec![0; words * 4];
    for i in 0..4 {
        numbers[i * words] = i as u32 + 1;
        factors[i * words] = 10u32.pow(i as u32);
    }
    let data = gpu.storage(&numbers);
    let factors = gpu.filled(&factors, wgpu::BufferUsages::UNIFORM);
    let entry = |binding, ty| wgpu::BindGroupLayoutEntry {
        binding,
        visibility: wgpu::ShaderStages::COMPUTE,
        ty: wgpu::BindingType::Buffer {
            ty,
            has_dynamic_offset: true,
            min_binding_size: wgpu::BufferSize::new(4),
        },
        count: None,
    };
    // Numbers out of order: dynamic offsets go by binding number.
    let layout = gpu
        .device
        .create_bind_group_layout(&wgpu::BindGroupLayoutDescriptor {
            label: None,
            entries: &[
                entry(5, wgpu::BufferBindingType::Uniform),
                entry(2, wgpu::BufferBindingType::Storage { read_only: false }),
            ],
        });
    let pipeline_layout = gpu
        .device
        .create_pipeline_layout(&wgpu::PipelineLayoutDescriptor {
            label: None,
            bind_group_layouts: &[Some(&layout)],
            immediate_size: 0,
        });
    let module = gpu.module(
        "@group(0) @binding(5) var<uniform> factor: u32;
         @group(0) @binding(2) var<storage, read_write> number: u32;
         @compute @workgroup_size(1) fn main() { number *= factor; }",
    );
    let pipeline = gpu
        .device
        .create_compute_pipeline(&wgpu::ComputePipelineDescriptor {
            label: None,
            layout: Some(&pipeline_layout),
            module: &module,
            entry_point: None,
            compilation_options: Default::default(),
            cache: None,
        });
    let piece = |buffer| {
        wgpu::BindingResource::Buffer(wgpu::BufferBinding {
            buffer,
            offset: 0,
            size: wgpu::BufferSize::new(4),
        })
    };
    let group = gpu.device.create_bind_group(&wgpu::BindGroupDescriptor {
        label: None,
        layout: &layout,
        entries: &[
            wgpu::BindGroupEntry {
                binding: 2,
                resource: piece(&data),
            },
            wgpu::BindGroupEntry {
                binding: 5,
                resource: piece(&factors),
            },
        ],
    });
    let mut encoder = gpu.device.create_command_encoder(&Default::default());
    {
        let mut pass = encoder.begin_compute_pass(&Default::default());
        pass.set_pipeline(&pipeline);
        for i in 0..4 {
            pass.set_bind_group(0, &group, &[i * stride, (3 - i) * stride]);
            pass.dispatch_workgroups(1, 1, 1);
        }
    }
    gpu.queue.submit([encoder.finish()]);
    let got: Vec<u32> = gpu.read(&data)?.into_iter().step_by(words).collect();
    expect("numbers", &got, &[1000, 200, 30, 4])
}

pub fn immediates(adapter: &wgpu::Adapter) -> Outcome {
    if !adapter.features().contains(wgpu::Features::IMMEDIATES) {
        return Ok(());
    }
    let limits = wgpu::Limits {
        max_immediate_size: 64,
        ..Default::default()
    };
    let gpu = Gpu::with_limits(adapter, wgpu::Features::IMMEDIATES, limits)?;
    let out = gpu.storage(&[0; 8]);
    let module = gpu.module(
        "struct I { a: u32, b: f32, c: vec2<u32>, d: vec4<f32> }
         var<immediate> i: I;
         @group(0) @binding(0) var<storage, read_write> out: array<u32, 8>;
         @compute @workgroup_size(1) fn main() {
             out[i.a] = u32(i.b) + i.c.x * i.c.y + u32(dot(i.d, vec4<f32>(1.0)));
         }",
    );
    let pipeline = gpu.entry(&module, "main", &[]);
    let group = gpu.bind(&pipeline, &[out.as_entire_binding()]);
    let f = f32::to_bits;
    let mut encoder = gpu.device.create_command_encoder(&Default::default());
    {
        let mut pass = encoder.begin_compute_pass(&Default::default());
        pass.set_pipeline(&pipeline);
        pass.set_bind_group(0, &group, &[]);
        pass.set_immediates(
            0,
            &bytes(&[0, f(5.0), 6, 7, f(1.0), f(2.0), f(3.0), f(4.0)]),
        );
        pass.dispatch_workgroups(1, 1, 1);
        // The rest stays as it was.
        pass.set_immediates(0, &bytes(&[3]));
        pass.set_immediates(16, &bytes(&[f(100.0)]));
        pass.dispatch_workgroups(1, 1, 1);
    }
    gpu.queue.submit([encoder.finish()]);
    expect("out", &gpu.read(&out)?, &[57, 0, 0, 156, 0, 0, 0, 0])
}

pub fn overrides(adapter: &wgpu::Adapter) -> Outcome {
    let gpu = Gpu::open(adapter)?;
    let module = gpu.module(
        "override size: u32 = 4;
         override scale: f32 = 2.0;
         @id(7) override negative: bool = false;
         override both = scale * 3.0;
         override limit: i32;
         @group(0) @binding(0) var<storage, read_write> out: array<i32>;
         var<workgroup> w: array<i32, size>;
         @compute @workgroup_size(size) fn main(@builtin(local_invocation_index) i: u32) {
             w[i] = min(i32(both) * i32(i), limit);
             workgroupBarrier();
             out[i] = select(w[size - 1u - i], -w[size - 1u - i], negative);
         }",
    );
    let out = gpu.storage(&[99; 8]);
    for (constants, want) in [
        (&[("limit", 1000.0)][..], [18, 12, 6, 0, 99, 99, 99, 99]),
        (
            &[("size", 8.0), ("scale", 1.0), ("7", 1.0), ("limit", 10.0)][..],
            [-10, -10, -10, -10, -9, -6, -3, 0],
        ),
    ] {
        let pipeline = gpu.entry(&module, "main", constants);
        let group = gpu.bind(&pipeline, &[out.as_entire_binding()]);
        gpu.submit(&[Step {
            pipeline: &pipeline,
            group: &group,
            grid: [1, 1, 1],
        }]);
        let got: Vec<i32> = gpu
            .read(&out)?
            .into_iter()
            .map(|word| word as i32)
            .collect();
        expect("out", &got, &want)?;
    }
    Ok(())
}

pub fn timestamps(adapter: &wgpu::Adapter) -> Outcome {
    let features = wgpu::Features::TIMESTAMP_QUERY
        | wgpu::Features::TIMESTAMP_QUERY_INSIDE_ENCODERS
        | wgpu::Features::TIMESTAMP_QUERY_INSIDE_PASSES;
    if !adapter.features().contains(features) {
        return Ok(());
    }
    let gpu = Gpu::with(adapter, features)?;
    let queries = gpu.device.create_query_set(&wgpu::QuerySetDescriptor {
        label: None,
        ty: wgpu::QueryType::Timestamp,
        count: 5,
    });
    let v = gpu.storage(&vec![0; 1 << 16]);
    let pipeline = gpu.pipeline(ADD_ONE);
    let group = gpu.bind(&pipeline, &[v.as_entire_binding()]);
    let usage = wgpu::BufferUsages::QUERY_RESOLVE | wgpu::BufferUsages::COPY_SRC;
    let result = gpu.buffer(5 * 8, usage);
    let mut encoder = gpu.device.create_command_encoder(&Default::default());
    encoder.write_timestamp(&queries, 0);
    {
        let mut pass = encoder.begin_compute_pass(&wgpu::ComputePassDescriptor {
            label: None,
            timestamp_writes: Some(wgpu::ComputePassTimestampWrites {
                query_set: &queries,
                beginning_of_pass_write_index: Some(1),
                end_of_pass_write_index: Some(3),
            }),
        });
        pass.set_pipeline(&pipeline);
        pass.set_bind_group(0, &group, &[]);
        pass.dispatch_workgroups(1024, 1, 1);
        pass.write_timestamp(&queries, 2);
        pass.dispatch_workgroups(1024, 1, 1);
    }
    encoder.write_timestamp(&queries, 4);
    encoder.resolve_query_set(&queries, 0..5, &result, 0);
    gpu.queue.submit([encoder.finish()]);
    let data = gpu.read_bytes(&result)?;
    let times: Vec<u64> = data
        .chunks_exact(8)
        .map(|word| u64::from_le_bytes(std::array::from_fn(|i| word[i])))
        .collect();
    if times[0] == 0 || times.windows(2).any(|pair| pair[0] > pair[1]) || times[1] == times[3] {
        return Err(format!("timestamps do not ascend: {times:?}"));
    }
    let period = gpu.queue.get_timestamp_period() as f64;
    let seconds = (times[4] - times[0]) as f64 * period * 1e-9;
    if !(1e-9..60.0).contains(&seconds) {
        return Err(format!(
            "two small dispatches took {seconds} s by timestamps"
        ));
    }
    Ok(())
}

pub fn clear_and_copy(adapter: &wgpu::Adapter) -> Outcome {
    let gpu = Gpu::open(adapter)?;
    let a = gpu.storage(&(0..64).collect::<Vec<_>>());
    let b = gpu.storage(&[7; 64]);
    let mut encoder = gpu.device.create_command_encoder(&Default::default());
    encoder.copy_buffer_to_buffer(&a, 4 * 10, &b, 4 * 3, 4 * 20);
    encoder.clear_buffer(&b, 4 * 5, Some(4 * 2));
    encoder.copy_buffer_to_buffer(&b, 4 * 4, &a, 0, 4 * 4);
    encoder.clear_buffer(&a, 4 * 60, None);
    gpu.queue.submit([encoder.finish()]);
    let mut want_a: Vec<u32> = (0..64).collect();
    let mut want_b = vec![7; 64];
    want_b[3..23].copy_from_slice(&want_a[10..30]);
    want_b[5..7].fill(0);
    want_a[..4].copy_from_slice(&want_b[4..8]);
    want_a[60..].fill(0);
    expect("a", &gpu.read(&a)?, &want_a)?;
    expect("b", &gpu.read(&b)?, &want_b)
}

pub fn dependent_dispatches(adapter: &wgpu::Adapter) -> Outcome {
    let gpu = Gpu::open(adapter)?;
    let v = gpu.storage(&[0; 256]);
    let pipeline = gpu.pipeline(
        "@group(0) @binding(0) var<storage, read_write> v: array<u32, 256>;
         @compute @workgroup_size(64) fn main(@builtin(global_invocation_id) id: vec3<u32>) {
             // Every invocation depends on another workgroup's result of the dispatch before.
             let other = v[(id.x + 64u) % 256u];
             if (other == v[id.x]) { v[id.x] = other; }
             v[id.x] += 1u;
         }",
    );
    let group = gpu.bind(&pipeline, &[v.as_entire_binding()]);
    let step = || Step {
        pipeline: &pipeline,
        group: &group,
        grid: [4, 1, 1],
    };
    gpu.submit(&(0..1000).map(|_| step()).collect::<Vec<_>>());
    expect("v", &gpu.read(&v)?, &[1000; 256])
}

pub fn empty_dispatches(adapter: &wgpu::Adapter) -> Outcome {
    let gpu = Gpu::open(adapter)?;
    let v = gpu.storage(&[5; 64]);
    let pipeline = gpu.pipeline(ADD_ONE);
    let group = gpu.bind(&pipeline, &[v.as_entire_binding()]);
    let grids = [[0, 1, 1], [1, 0, 1], [1, 1, 0], [0, 0, 0]];
    gpu.submit(&grids.map(|grid| Step {
        pipeline: &pipeline,
        group: &group,
        grid,
    }));
    gpu.queue.submit([]);
    gpu.submit(&[]);
    expect("v", &gpu.read(&v)?, &[5; 64])
}

pub fn submission_order(adapter: &wgpu::Adapter) -> Outcome {
    let gpu = Gpu::open(adapter)?;
    let v = gpu.storage(&[0; 64]);
    let pipeline = gpu.pipeline(ADD_ONE);
    let group = gpu.bind(&pipeline, &[v.as_entire_binding()]);
    for round in 0..50u32 {
        gpu.queue.write_buffer(&v, 0, &bytes(&[round * 10; 64]));
        let step = || Step {
            pipeline: &pipeline,
            group: &group,
            grid: [1, 1, 1],
        };
        gpu.submit(&[step()]);
        gpu.submit(&[step(), step()]);
    }
    expect("v", &gpu.read(&v)?, &[493; 64])
}

pub fn two_groups(adapter: &wgpu::Adapter) -> Outcome {
    let gpu = Gpu::open(adapter)?;
    let module = gpu.module(
        "@group(0) @binding(1) var<storage, read> a: array<u32>;
         @group(2) @binding(0) var<uniform> k: vec4<u32>;
         @group(3) @binding(9) var<storage, read_write> out: array<u32>;
         @compute @workgroup_size(8) fn main(@builtin(local_invocation_index) i: u32) {
             out[i] = a[i] * k.y + k.w;
         }",
    );
    let pipeline = gpu.entry(&module, "main", &[]);
    let a = gpu.storage(&[1, 2, 3, 4, 5, 6, 7, 8]);
    let k = gpu.filled(&[0, 3, 0, 1], wgpu::BufferUsages::UNIFORM);
    let out = gpu.storage(&[0; 8]);
    let mut encoder = gpu.device.create_command_encoder(&Default::default());
    {
        let mut pass = encoder.begin_compute_pass(&Default::default());
        pass.set_pipeline(&pipeline);
        for (index, binding, buffer) in [(3, 9, &out), (0, 1, &a), (2, 0, &k)] {
            let group = gpu.device.create_bind_group(&wgpu::BindGroupDescriptor {
                label: None,
                layout: &pipeline.get_bind_group_layout(index),
                entries: &[wgpu::BindGroupEntry {
                    binding,
                    resource: buffer.as_entire_binding(),
                }],
            });
            pass.set_bind_group(index, &group, &[]);
        }
        pass.dispatch_workgroups(1, 1, 1);
    }
    gpu.queue.submit([encoder.finish()]);
    expect("out", &gpu.read(&out)?, &[4, 7, 10, 13, 16, 19, 22, 25])
}

pub fn largest_grid(adapter: &wgpu::Adapter) -> Outcome {
    let gpu = Gpu::open(adapter)?;
    let most = gpu.device.limits().max_compute_workgroups_per_dimension;
    let out = gpu.storage(&[0; 3]);
    let pipeline = gpu.pipeline(
        "@group(0) @binding(0) var<storage, read_write> out: array<atomic<u32>, 3>;
         @compute @workgroup_size(1) fn main(@builtin(workgroup_id) id: vec3<u32>) {
             atomicMax(&out[0], id.x); atomicMax(&out[1], id.y); atomicMax(&out[2], id.z);
         }",
    );
    let group = gpu.bind(&pipeline, &[out.as_entire_binding()]);
    let grids = [[most, 1, 1], [1, most, 1], [1, 1, most]];
    gpu.submit(&grids.map(|grid| Step {
        pipeline: &pipeline,
        group: &group,
        grid,
    }));
    expect("last workgroup", &gpu.read(&out)?, &[most - 1; 3])?;
    let error = gpu.error(wgpu::ErrorFilter::Validation, |gpu| {
        gpu.submit(&[Step {
            pipeline: &pipeline,
            group: &group,
            grid: [most + 1, 1, 1],
        }]);
    });
    error
        .map(|_| ())
        .ok_or_else(|| text("a grid over the limit is accepted"))
}
