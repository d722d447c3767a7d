// Two buffers, each incremented by the workgroups of its own row of the grid.

pub fn run() -> Option<()> {
    let instance = wgpu::Instance::default();
    let adapter = pollster::block_on(instance.request_adapter(&Default::default())).ok()?;
    let (device, queue) =
        pollster::block_on(adapter.request_device(&Default::default())).expect("a device");
    let module = device.create_shader_module(wgpu::ShaderModuleDescriptor {
        label: None,
        source: wgpu::ShaderSource::Wgsl(std::borrow::Cow::Borrowed(
            "@group(0) @binding(0) var<storage, read_write> a: array<i32>;
             @group(0) @binding(1) var<storage, read_write> b: array<i32>;
             @compute @workgroup_size(2, 1, 1)
             fn main(@builtin(local_invocation_id) lid: vec3<u32>, @builtin(workgroup_id) wid: vec3<u32>) {
                 if (lid.x == 0u) { a[wid.x] += 1; } else { b[wid.x] += 2; }
             }",
        )),
    });
    let usage = wgpu::BufferUsages::STORAGE | wgpu::BufferUsages::COPY_SRC;
    let buffers = [0, 1].map(|n| {
        use wgpu::util::DeviceExt;
        let numbers: Vec<u8> = (0..100i32).flat_map(|i| (i * n).to_le_bytes()).collect();
        device.create_buffer_init(&wgpu::util::BufferInitDescriptor {
            label: None,
            contents: &numbers,
            usage,
        })
    });
    let pipeline = device.create_compute_pipeline(&wgpu::ComputePipelineDescriptor {
        label: None,
        layout: None,
        module: &module,
        entry_point: Some("main"),
        compilation_options: Default::default(),
        cache: None,
    });
    let group = device.create_bind_group(&wgpu::BindGroupDescriptor {
        label: None,
        layout: &pipeline.get_bind_group_layout(0),
        entries: &[
            wgpu::BindGroupEntry { binding: 0, resource: buffers[0].as_entire_binding() },
            wgpu::BindGroupEntry { binding: 1, resource: buffers[1].as_entire_binding() },
        ],
    });
    let mut encoder = device.create_command_encoder(&Default::default());
    {
        let mut pass = encoder.begin_compute_pass(&Default::default());
        pass.set_pipeline(&pipeline);
        pass.set_bind_group(0, &group, &[]);
        pass.dispatch_workgroups(100, 1, 1);
    }
    queue.submit([encoder.finish()]);
    for (n, buffer) in (0..).zip(&buffers) {
        let (sender, receiver) = std::sync::mpsc::channel();
        wgpu::util::DownloadBuffer::read_buffer(&device, &queue, &buffer.slice(..), move |result| {
            sender.send(result).expect("somebody waits");
        });
        device.poll(wgpu::PollType::wait_indefinitely()).expect("an idle device");
        let data = receiver.recv().expect("an answer").expect("a download");
        let expected: Vec<u8> = (0..100i32).flat_map(|i| (i * n + 1 + n).to_le_bytes()).collect();
        assert_eq!(&data[..], &expected[..], "buffer {n}");
    }
    Some(())
}
