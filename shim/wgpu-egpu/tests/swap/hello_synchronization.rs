// The sum of a workgroup's numbers through workgroup memory, with and without waiting for others.

pub fn run() -> Option<()> {
    let instance = wgpu::Instance::default();
    let adapter = pollster::block_on(instance.request_adapter(&Default::default())).ok()?;
    let (device, queue) =
        pollster::block_on(adapter.request_device(&Default::default())).expect("a device");
    let module = device.create_shader_module(wgpu::ShaderModuleDescriptor {
        label: None,
        source: wgpu::ShaderSource::Wgsl(
            "@group(0) @binding(0) var<storage, read_write> result: array<u32>;
             var<workgroup> count: atomic<u32>;
             var<workgroup> total: u32;
             @compute @workgroup_size(128)
             fn patient(@builtin(local_invocation_index) i: u32, @builtin(workgroup_id) w: vec3<u32>) {
                 atomicAdd(&count, i);
                 workgroupBarrier();
                 if (i == 0u) { total = atomicLoad(&count); }
                 let all = workgroupUniformLoad(&total);
                 if (i == 127u) { result[w.x] = all; }
             }
             @compute @workgroup_size(128)
             fn hasty(@builtin(workgroup_id) w: vec3<u32>) {
                 atomicAdd(&result_count, 1u);
                 storageBarrier();
             }
             @group(0) @binding(1) var<storage, read_write> result_count: atomic<u32>;"
                .into(),
        ),
    });
    let usage = wgpu::BufferUsages::STORAGE | wgpu::BufferUsages::COPY_SRC;
    let buffer = |size| {
        let desc = wgpu::BufferDescriptor { label: None, size, usage, mapped_at_creation: false };
        device.create_buffer(&desc)
    };
    let (result, counter) = (buffer(64), buffer(4));
    let mut encoder = device.create_command_encoder(&Default::default());
    for (entry, resource, binding) in [("patient", &result, 0), ("hasty", &counter, 1)] {
        let pipeline = device.create_compute_pipeline(&wgpu::ComputePipelineDescriptor {
            label: Some(entry),
            layout: None,
            module: &module,
            entry_point: Some(entry),
            compilation_options: Default::default(),
            cache: None,
        });
        let group = device.create_bind_group(&wgpu::BindGroupDescriptor {
            label: None,
            layout: &pipeline.get_bind_group_layout(0),
            entries: &[wgpu::BindGroupEntry { binding, resource: resource.as_entire_binding() }],
        });
        let mut pass = encoder.begin_compute_pass(&Default::default());
        pass.set_pipeline(&pipeline);
        pass.set_bind_group(0, &group, &[]);
        pass.dispatch_workgroups(16, 1, 1);
    }
    queue.submit([encoder.finish()]);
    for (buffer, expected) in [(&result, vec![8128u32; 16]), (&counter, vec![2048])] {
        let (sender, receiver) = std::sync::mpsc::channel();
        wgpu::util::DownloadBuffer::read_buffer(&device, &queue, &buffer.slice(..), move |result| {
            sender.send(result).expect("somebody waits");
        });
        device.poll(wgpu::PollType::wait_indefinitely()).expect("an idle device");
        let data = receiver.recv().expect("an answer").expect("a download");
        let expected: Vec<u8> = expected.iter().flat_map(|n| n.to_le_bytes()).collect();
        assert_eq!(&data[..], &expected[..]);
    }
    Some(())
}
