//! Buffers: mapping, writing, sizes, contents.

use super::{bytes, expect, text, words, Gpu, Outcome, Step};

pub fn map_read(adapter: &wgpu::Adapter) -> Outcome {
    let gpu = Gpu::open(adapter)?;
    let numbers: Vec<u32> = (0..1024).collect();
    let staging = gpu.filled(&numbers, wgpu::BufferUsages::MAP_READ);
    for range in [0..4096u64, 8..16, 1024..1032] {
        let (sender, receiver) = std::sync::mpsc::channel();
        staging.map_async(wgpu::MapMode::Read, range.clone(), move |result| {
            // The receiver outlives the wait.
            let _ = sender.send(result);
        });
        gpu.wait()?;
        receiver.recv().map_err(text)?.map_err(text)?;
        let got = words(&staging.get_mapped_range(range.clone()).map_err(text)?);
        staging.unmap();
        let (first, last) = (range.start as usize / 4, range.end as usize / 4);
        expect("mapped words", &got, &numbers[first..last])?;
    }
    Ok(())
}

pub fn map_write(adapter: &wgpu::Adapter) -> Outcome {
    let gpu = Gpu::open(adapter)?;
    let usage = wgpu::BufferUsages::MAP_WRITE | wgpu::BufferUsages::COPY_SRC;
    let upload = gpu.buffer(256, usage);
    let target = gpu.storage(&[0; 64]);
    for round in 0..3u32 {
        gpu.map(&upload, wgpu::MapMode::Write)?;
        upload
            .get_mapped_range_mut(..)
            .map_err(text)?
            .copy_from_slice(&bytes(&[round + 1; 64]));
        upload.unmap();
        let mut encoder = gpu.device.create_command_encoder(&Default::default());
        encoder.copy_buffer_to_buffer(&upload, 0, &target, 0, 4 * 16 * (round as u64 + 1));
        gpu.queue.submit([encoder.finish()]);
    }
    expect(
        "target",
        &gpu.read(&target)?,
        &[[3; 48].as_slice(), &[0; 16]].concat(),
    )
}

pub fn mapped_at_creation(adapter: &wgpu::Adapter) -> Outcome {
    let gpu = Gpu::open(adapter)?;
    for usage in [
        wgpu::BufferUsages::STORAGE | wgpu::BufferUsages::COPY_SRC,
        wgpu::BufferUsages::MAP_WRITE | wgpu::BufferUsages::COPY_SRC,
    ] {
        let buffer = gpu.device.create_buffer(&wgpu::BufferDescriptor {
            label: None,
            size: 1024,
            usage,
            mapped_at_creation: true,
        });
        buffer
            .get_mapped_range_mut(512..)
            .map_err(text)?
            .copy_from_slice(&bytes(&[9; 128]));
        buffer.unmap();
        let want = [[0; 128], [9; 128]].concat();
        expect("contents", &gpu.read(&buffer)?, &want)?;
    }
    Ok(())
}

pub fn large_buffers(adapter: &wgpu::Adapter) -> Outcome {
    let gpu = Gpu::open(adapter)?;
    let size = 64u64 << 20;
    let usage =
        wgpu::BufferUsages::STORAGE | wgpu::BufferUsages::COPY_SRC | wgpu::BufferUsages::COPY_DST;
    let a = gpu.buffer(size, usage);
    let b = gpu.buffer(size, usage);
    let data: Vec<u8> = (0..size as u32 / 4)
        .flat_map(|i| (i ^ 0x5a5a).to_le_bytes())
        .collect();
    gpu.queue.write_buffer(&a, 0, &data);
    let mut encoder = gpu.device.create_command_encoder(&Default::default());
    encoder.copy_buffer_to_buffer(&a, 0, &b, 0, size);
    gpu.queue.submit([encoder.finish()]);
    gpu.run(
        "@group(0) @binding(0) var<storage, read_write> v: array<vec4<u32>>;
         @compute @workgroup_size(256) fn main(@builtin(global_invocation_id) id: vec3<u32>) {
             for (var i = id.x; i < arrayLength(&v); i += 16384u) { v[i] ^= vec4<u32>(0x5a5au); }
         }",
        &[&b],
        [64, 1, 1],
    );
    let got = gpu.read_bytes(&b)?;
    for (i, word) in words(&got).into_iter().enumerate() {
        if word != i as u32 {
            return Err(format!("word {i} of 64 MiB is {word:#x}"));
        }
    }
    Ok(())
}

pub fn write_buffer(adapter: &wgpu::Adapter) -> Outcome {
    let gpu = Gpu::open(adapter)?;
    let buffer = gpu.storage(&[1; 16]);
    gpu.queue.write_buffer(&buffer, 8, &bytes(&[2, 3]));
    gpu.queue.write_buffer(&buffer, 12, &bytes(&[4, 5, 6]));
    gpu.queue.write_buffer(&buffer, 60, &bytes(&[7]));
    gpu.queue.write_buffer(&buffer, 0, &[]);
    let want = [1, 1, 2, 4, 5, 6, 1, 1, 1, 1, 1, 1, 1, 1, 1, 7];
    expect("buffer", &gpu.read(&buffer)?, &want)
}

pub fn many_buffers(adapter: &wgpu::Adapter) -> Outcome {
    let gpu = Gpu::open(adapter)?;
    let pipeline = gpu.pipeline(
        "@group(0) @binding(0) var<storage, read> a: array<u32>;
         @group(0) @binding(1) var<storage, read_write> b: array<u32>;
         @compute @workgroup_size(1) fn main() { b[0] = a[0] + b[0]; }",
    );
    let buffers: Vec<_> = (0..3000u32).map(|i| gpu.storage(&[i])).collect();
    let mut encoder = gpu.device.create_command_encoder(&Default::default());
    {
        let mut pass = encoder.begin_compute_pass(&Default::default());
        pass.set_pipeline(&pipeline);
        for pair in buffers.windows(2) {
            let resources = [pair[0].as_entire_binding(), pair[1].as_entire_binding()];
            pass.set_bind_group(0, &gpu.bind(&pipeline, &resources), &[]);
            pass.dispatch_workgroups(1, 1, 1);
        }
    }
    gpu.queue.submit([encoder.finish()]);
    expect("last", &gpu.read(&buffers[2999])?, &[(0..3000).sum()])?;
    expect("middle", &gpu.read(&buffers[1500])?, &[(0..=1500).sum()])
}

pub fn uninitialised_is_zero(adapter: &wgpu::Adapter) -> Outcome {
    let gpu = Gpu::open(adapter)?;
    let usage =
        wgpu::BufferUsages::STORAGE | wgpu::BufferUsages::COPY_SRC | wgpu::BufferUsages::COPY_DST;
    // Dirty some memory, free it, and hope to get it again.
    for _ in 0..4 {
        let buffer = gpu.buffer(1 << 20, usage);
        gpu.queue.write_buffer(&buffer, 0, &[0xff; 1 << 20]);
        gpu.queue.submit([]);
        gpu.wait()?;
    }
    let fresh = gpu.buffer(1 << 20, usage);
    gpu.queue.write_buffer(&fresh, 4096, &[1; 4]);
    let got = gpu.read(&fresh)?;
    match got
        .iter()
        .enumerate()
        .find(|(i, word)| **word != if *i == 1024 { 0x0101_0101 } else { 0 })
    {
        None => Ok(()),
        Some((i, word)) => Err(format!("word {i} of a new buffer is {word:#x}")),
    }
}

pub fn partial_copies(adapter: &wgpu::Adapter) -> Outcome {
    let gpu = Gpu::open(adapter)?;
    // Odd multiples of four at odd places, across pages.
    let n = 5000usize;
    let source: Vec<u32> = (0..n as u32)
        .map(|i| i.wrapping_mul(2_654_435_761))
        .collect();
    let a = gpu.storage(&source);
    let b = gpu.storage(&vec![0; n]);
    let mut want = vec![0; n];
    let mut encoder = gpu.device.create_command_encoder(&Default::default());
    let mut state = 1usize;
    for _ in 0..40 {
        state = state
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        let (from, to) = ((state >> 33) % n, (state >> 13) % n);
        let count = ((state >> 40) % 1500).min(n - from).min(n - to);
        want[to..to + count].copy_from_slice(&source[from..from + count]);
        encoder.copy_buffer_to_buffer(&a, from as u64 * 4, &b, to as u64 * 4, count as u64 * 4);
    }
    gpu.queue.submit([encoder.finish()]);
    expect("copies", &gpu.read(&b)?, &want)
}

/// A mapping that is given up before it is there, one of a buffer in use, and one after the other.
pub fn map_given_up(adapter: &wgpu::Adapter) -> Outcome {
    let gpu = Gpu::open(adapter)?;
    let usage = wgpu::BufferUsages::MAP_READ;
    let buffer = gpu.filled(&[3; 1024], usage);
    let (sender, receiver) = std::sync::mpsc::channel();
    buffer.map_async(wgpu::MapMode::Read, .., move |result| {
        // The receiver outlives the wait.
        let _ = sender.send(result);
    });
    buffer.unmap();
    gpu.wait()?;
    if receiver.recv().map_err(text)?.is_ok() {
        return Err("a mapping that was given up succeeded".into());
    }
    // The write is under way when the mapping is asked for, and comes first.
    gpu.queue.write_buffer(&buffer, 0, &bytes(&[4; 1024]));
    gpu.queue.submit([]);
    gpu.map(&buffer, wgpu::MapMode::Read)?;
    let got = words(&buffer.get_mapped_range(..).map_err(text)?);
    expect("mapped", &got, &[4; 1024])?;
    let error = gpu.error(wgpu::ErrorFilter::Validation, |gpu| {
        gpu.queue.write_buffer(&buffer, 0, &bytes(&[5; 1]));
        gpu.queue.submit([]);
    });
    error.ok_or("a mapped buffer was used by a submission")?;
    buffer.unmap();
    buffer.destroy();
    let error = gpu.error(wgpu::ErrorFilter::Validation, |gpu| {
        gpu.queue.write_buffer(&buffer, 0, &bytes(&[5; 1]));
        gpu.queue.submit([]);
    });
    error
        .map(|_| ())
        .ok_or("a destroyed buffer was used".into())
}

/// Writing through views: several of one mapping, contents that stay, and the queue's own.
pub fn write_views(adapter: &wgpu::Adapter) -> Outcome {
    let gpu = Gpu::open(adapter)?;
    let usage = wgpu::BufferUsages::MAP_WRITE | wgpu::BufferUsages::COPY_SRC;
    let upload = gpu.buffer(1024, usage);
    gpu.map(&upload, wgpu::MapMode::Write)?;
    {
        let mut first = upload.get_mapped_range_mut(..64).map_err(text)?;
        let mut last = upload.get_mapped_range_mut(960..).map_err(text)?;
        first.copy_from_slice(&bytes(&[1; 16]));
        last.copy_from_slice(&bytes(&[2; 16]));
    }
    upload.unmap();
    gpu.map(&upload, wgpu::MapMode::Write)?;
    upload
        .get_mapped_range_mut(64..128)
        .map_err(text)?
        .copy_from_slice(&bytes(&[3; 16]));
    upload.unmap();
    let want = [[1; 16].as_slice(), &[3; 16], &[0; 208], &[2; 16]].concat();
    expect("upload", &gpu.read(&upload)?, &want)?;

    let target = gpu.storage(&[7; 32]);
    {
        let size = wgpu::BufferSize::new(64).ok_or("no size")?;
        let view = gpu.queue.write_buffer_with(&target, 32, size);
        view.ok_or("no view")?.copy_from_slice(&bytes(&[8; 16]));
    }
    let want = [[7; 8].as_slice(), &[8; 16], &[7; 8]].concat();
    expect("target", &gpu.read(&target)?, &want)
}

/// Two sets of buffers in turn, so that uploads, kernels and read-backs overlap.
pub fn ping_pong(adapter: &wgpu::Adapter) -> Outcome {
    const WORDS: u32 = 1 << 16;
    let gpu = Gpu::open(adapter)?;
    let pipeline = gpu.pipeline(
        "@group(0) @binding(0) var<storage, read> a: array<u32>;
         @group(0) @binding(1) var<storage, read_write> b: array<u32>;
         @compute @workgroup_size(256) fn main(@builtin(global_invocation_id) id: vec3<u32>) {
             b[id.x] = reverseBits(a[id.x]) + id.x;
         }",
    );
    let size = u64::from(WORDS) * 4;
    let copies = wgpu::BufferUsages::COPY_SRC | wgpu::BufferUsages::COPY_DST;
    let sets: [_; 2] = std::array::from_fn(|_| {
        let a = gpu.buffer(size, wgpu::BufferUsages::STORAGE | copies);
        let b = gpu.buffer(size, wgpu::BufferUsages::STORAGE | copies);
        let back = gpu.buffer(
            size,
            wgpu::BufferUsages::MAP_READ | wgpu::BufferUsages::COPY_DST,
        );
        let group = gpu.bind(&pipeline, &[a.as_entire_binding(), b.as_entire_binding()]);
        (a, b, back, group)
    });
    let input = |frame: u32| (0..WORDS).map(move |i| i.wrapping_mul(frame * 2 + 3) ^ frame);
    let mut pending = [None, None];
    for frame in 0..12u32 {
        let slot = frame as usize % 2;
        let (a, b, back, group) = &sets[slot];
        if let Some((earlier, receiver)) = pending[slot].take() {
            finish(&gpu, back, receiver, input(earlier))?;
        }
        gpu.queue
            .write_buffer(a, 0, &bytes(&input(frame).collect::<Vec<_>>()));
        let mut encoder = gpu.device.create_command_encoder(&Default::default());
        {
            let mut pass = encoder.begin_compute_pass(&Default::default());
            pass.set_pipeline(&pipeline);
            pass.set_bind_group(0, group, &[]);
            pass.dispatch_workgroups(WORDS / 256, 1, 1);
        }
        encoder.copy_buffer_to_buffer(b, 0, back, 0, size);
        gpu.queue.submit([encoder.finish()]);
        let (sender, receiver) = std::sync::mpsc::channel();
        back.map_async(wgpu::MapMode::Read, .., move |result| {
            // The receiver is kept until the frame is finished.
            let _ = sender.send(result);
        });
        pending[slot] = Some((frame, receiver));
    }
    for (slot, pending) in pending.into_iter().enumerate() {
        if let Some((earlier, receiver)) = pending {
            finish(&gpu, &sets[slot].2, receiver, input(earlier))?;
        }
    }
    Ok(())
}

/// Waits for a frame of [`ping_pong`], not for later ones, and checks it.
fn finish(
    gpu: &Gpu,
    back: &wgpu::Buffer,
    receiver: std::sync::mpsc::Receiver<Result<(), wgpu::BufferAsyncError>>,
    input: impl Iterator<Item = u32>,
) -> Outcome {
    loop {
        gpu.device.poll(wgpu::PollType::Poll).map_err(text)?;
        match receiver.try_recv() {
            Ok(result) => break result.map_err(text)?,
            Err(std::sync::mpsc::TryRecvError::Empty) => std::thread::yield_now(),
            Err(error) => return Err(text(error)),
        }
    }
    let got = words(&back.get_mapped_range(..).map_err(text)?);
    back.unmap();
    let want: Vec<u32> = (0..)
        .zip(input)
        .map(|(i, x)| x.reverse_bits().wrapping_add(i))
        .collect();
    expect("frame", &got, &want)
}

/// The largest binding that the adapter promises, touched at its ends and beyond.
pub fn largest_buffer(adapter: &wgpu::Adapter) -> Outcome {
    // A software rasteriser's memory is the machine's: taking all of it proves nothing.
    if adapter.get_info().backend != wgpu::Backend::Noop {
        return Ok(());
    }
    let limits = adapter.limits();
    let gpu = Gpu::with_limits(adapter, wgpu::Features::empty(), limits.clone())?;
    let most = gpu.device.limits().max_storage_buffer_binding_size;
    let size = most.min(gpu.device.limits().max_buffer_size) & !3;
    let pipeline = gpu.pipeline(
        "@group(0) @binding(0) var<storage, read_write> v: array<u32>;
         @group(0) @binding(1) var<storage, read_write> out: array<u32, 4>;
         @compute @workgroup_size(1) fn main() {
             let n = arrayLength(&v);
             v[0] = 1u; v[n / 2u] = 2u; v[n - 1u] = 3u; v[n] = 4u; v[n + 64u] = 5u;
             out[0] = n; out[1] = v[n - 1u]; out[2] = v[n / 2u]; out[3] = v[0];
         }",
    );
    let out = gpu.storage(&[0; 4]);
    let buffer = {
        let mut buffer = None;
        let error = gpu.error(wgpu::ErrorFilter::OutOfMemory, |gpu| {
            let usage = wgpu::BufferUsages::STORAGE | wgpu::BufferUsages::COPY_SRC;
            buffer = Some(gpu.buffer(size, usage));
        });
        if let Some(error) = error {
            return Err(format!("{size} bytes: {error}"));
        }
        buffer.ok_or("no buffer")?
    };
    let group = gpu.bind(
        &pipeline,
        &[
            wgpu::BindingResource::Buffer(wgpu::BufferBinding {
                buffer: &buffer,
                offset: 0,
                size: wgpu::BufferSize::new(size),
            }),
            out.as_entire_binding(),
        ],
    );
    gpu.submit(&[Step {
        pipeline: &pipeline,
        group: &group,
        grid: [1, 1, 1],
    }]);
    let n = (size / 4) as u32;
    let got = gpu.read(&out)?;
    // A write beyond the end may be dropped or land on any element of the binding.
    expect("length", &got[..1], &[n])?;
    if got[1..]
        .iter()
        .zip([3, 2, 1])
        .any(|(got, want)| *got != want && ![4, 5].contains(got))
    {
        return Err(format!("ends and middle are {:?}", &got[1..]));
    }
    Ok(())
}
