// The same pipeline and buffers used again and again, input written through the queue.

struct Context {
    device: wgpu::Device,
    queue: wgpu::Queue,
    pipeline: wgpu::ComputePipeline,
    group: wgpu::BindGroup,
    storage: wgpu::Buffer,
    readback: wgpu::Buffer,
}

async fn open() -> Option<Context> {
    let instance = wgpu::Instance::default();
    let adapter = wgpu::util::initialize_adapter_from_env_or_default(&instance, None).await.ok()?;
    let (device, queue) = adapter.request_device(&Default::default()).await.expect("a device");
    let module = device.create_shader_module(wgpu::include_wgsl!("double.wgsl"));
    let storage = device.create_buffer(&wgpu::BufferDescriptor {
        label: None,
        size: 400,
        usage: wgpu::BufferUsages::STORAGE
            | wgpu::BufferUsages::COPY_DST
            | wgpu::BufferUsages::COPY_SRC,
        mapped_at_creation: false,
    });
    let readback = device.create_buffer(&wgpu::BufferDescriptor {
        label: None,
        size: 400,
        usage: wgpu::BufferUsages::MAP_READ | wgpu::BufferUsages::COPY_DST,
        mapped_at_creation: false,
    });
    let layout = device.create_bind_group_layout(&wgpu::BindGroupLayoutDescriptor {
        label: None,
        entries: &[wgpu::BindGroupLayoutEntry {
            binding: 0,
            visibility: wgpu::ShaderStages::COMPUTE,
            ty: wgpu::BindingType::Buffer {
                ty: wgpu::BufferBindingType::Storage { read_only: false },
                has_dynamic_offset: false,
                min_binding_size: None,
            },
            count: None,
        }],
    });
    let group = device.create_bind_group(&wgpu::BindGroupDescriptor {
        label: None,
        layout: &layout,
        entries: &[wgpu::BindGroupEntry { binding: 0, resource: storage.as_entire_binding() }],
    });
    let pipeline_layout = device.create_pipeline_layout(&wgpu::PipelineLayoutDescriptor {
        label: None,
        bind_group_layouts: &[Some(&layout)],
        immediate_size: 0,
    });
    let pipeline = device.create_compute_pipeline(&wgpu::ComputePipelineDescriptor {
        label: None,
        layout: Some(&pipeline_layout),
        module: &module,
        entry_point: None,
        compilation_options: Default::default(),
        cache: None,
    });
    Some(Context { device, queue, pipeline, group, storage, readback })
}

pub fn run() -> Option<()> {
    let context = pollster::block_on(open())?;
    for round in 1..=10u32 {
        let numbers: Vec<u32> = (0..100).map(|n| n * round).collect();
        let input: Vec<u8> = numbers.iter().flat_map(|n| n.to_le_bytes()).collect();
        context.queue.write_buffer(&context.storage, 0, &input);
        let mut encoder = context.device.create_command_encoder(&Default::default());
        {
            let mut pass = encoder.begin_compute_pass(&Default::default());
            pass.set_pipeline(&context.pipeline);
            pass.set_bind_group(0, &context.group, &[]);
            pass.dispatch_workgroups(2, 1, 1);
        }
        encoder.copy_buffer_to_buffer(&context.storage, 0, &context.readback, 0, 400);
        context.queue.submit([encoder.finish()]);
        context.readback.map_async(wgpu::MapMode::Read, .., |result| result.expect("mapped"));
        context.device.poll(wgpu::PollType::wait_indefinitely()).expect("an idle device");
        let expected: Vec<u8> = numbers.iter().flat_map(|n| (2 * n).to_le_bytes()).collect();
        assert_eq!(&context.readback.get_mapped_range(..).expect("a view")[..], &expected[..]);
        context.readback.unmap();
    }
    Some(())
}
