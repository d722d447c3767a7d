//! Devices, threads, and objects that come and go.

use super::{bytes, expect, text, Gpu, Outcome, Step};

const ADD: &str = "
    @group(0) @binding(0) var<storage, read_write> v: array<u32>;
    @compute @workgroup_size(64) fn main(@builtin(global_invocation_id) id: vec3<u32>) {
        v[id.x] += id.x;
    }";

pub fn two_devices(adapter: &wgpu::Adapter) -> Outcome {
    let first = Gpu::open(adapter)?;
    let second = Gpu::open(adapter)?;
    let a = first.storage(&[1; 128]);
    let b = second.storage(&[2; 128]);
    for _ in 0..3 {
        first.run(ADD, &[&a], [2, 1, 1]);
        second.run(ADD, &[&b], [2, 1, 1]);
    }
    expect(
        "first",
        &first.read(&a)?,
        &(0..128).map(|i| 1 + 3 * i).collect::<Vec<_>>(),
    )?;
    drop((first, a));
    expect(
        "second",
        &second.read(&b)?,
        &(0..128).map(|i| 2 + 3 * i).collect::<Vec<_>>(),
    )
}

pub fn threads(adapter: &wgpu::Adapter) -> Outcome {
    let gpu = Gpu::open(adapter)?;
    let worker = |seed: u32| -> Outcome {
        let pipeline = gpu.pipeline(ADD);
        let v = gpu.storage(&[seed; 256]);
        let group = gpu.bind(&pipeline, &[v.as_entire_binding()]);
        for round in 1..=20 {
            gpu.submit(&[Step {
                pipeline: &pipeline,
                group: &group,
                grid: [4, 1, 1],
            }]);
            if round % 5 == 0 {
                let want: Vec<u32> = (0..256).map(|i| seed + round * i).collect();
                expect(&format!("thread {seed}"), &gpu.read(&v)?, &want)?;
            }
        }
        Ok(())
    };
    std::thread::scope(|scope| {
        let threads: Vec<_> = (0..4)
            .map(|seed| scope.spawn(move || worker(seed * 1000)))
            .collect();
        threads.into_iter().try_for_each(|thread| {
            thread
                .join()
                .unwrap_or_else(|_| Err("a thread panicked".into()))
        })
    })
}

pub fn drop_in_flight(adapter: &wgpu::Adapter) -> Outcome {
    let gpu = Gpu::open(adapter)?;
    let keep = gpu.storage(&[0; 64]);
    for round in 0..100u32 {
        let scratch = gpu.storage(&[round; 4096]);
        gpu.run(ADD, &[&scratch], [64, 1, 1]);
        let mut encoder = gpu.device.create_command_encoder(&Default::default());
        encoder.copy_buffer_to_buffer(&scratch, 0, &keep, 0, 256);
        gpu.queue.submit([encoder.finish()]);
        // The buffer is dropped while the card may still work on it.
    }
    expect(
        "copy",
        &gpu.read(&keep)?,
        &(0..64).map(|i| 99 + i).collect::<Vec<_>>(),
    )
}

pub fn many_submissions(adapter: &wgpu::Adapter) -> Outcome {
    let gpu = Gpu::open(adapter)?;
    let v = gpu.storage(&[0; 64]);
    let pipeline = gpu.pipeline(
        "@group(0) @binding(0) var<storage, read_write> v: array<u32>;
         @compute @workgroup_size(64) fn main(@builtin(local_invocation_index) i: u32) { v[i] += 1u; }",
    );
    let group = gpu.bind(&pipeline, &[v.as_entire_binding()]);
    for round in 0..3000 {
        gpu.submit(&[Step {
            pipeline: &pipeline,
            group: &group,
            grid: [1, 1, 1],
        }]);
        if round % 100 == 99 {
            gpu.device.poll(wgpu::PollType::Poll).map_err(text)?;
        }
    }
    expect("v", &gpu.read(&v)?, &[3000; 64])
}

pub fn pipelines_come_and_go(adapter: &wgpu::Adapter) -> Outcome {
    let gpu = Gpu::open(adapter)?;
    let v = gpu.storage(&[0; 64]);
    for round in 1..=60u32 {
        // A new kernel each time: code memory is reused while older kernels may still run.
        let wgsl = format!(
            "@group(0) @binding(0) var<storage, read_write> v: array<u32>;
             @compute @workgroup_size(64) fn main(@builtin(local_invocation_index) i: u32) {{
                 v[i] = v[i] * 3u + {round}u + i;
             }}"
        );
        gpu.run(&wgsl, &[&v], [1, 1, 1]);
    }
    let step = |x: u32, round: u32, i: u32| x.wrapping_mul(3).wrapping_add(round).wrapping_add(i);
    let want: Vec<u32> = (0..64)
        .map(|i| (1..=60).fold(0, |x, round| step(x, round, i)))
        .collect();
    expect("v", &gpu.read(&v)?, &want)?;
    gpu.queue.write_buffer(&v, 0, &bytes(&[1]));
    expect("after", &gpu.read(&v)?[..1], &[1])
}
