// What programs do with an `Instance` besides asking it for an adapter.

fn takes_reference(instance: &wgpu::Instance) -> usize {
    pollster::block_on(instance.enumerate_adapters(wgpu::Backends::all())).len()
}

struct Holds {
    instance: std::sync::Arc<wgpu::Instance>,
}

pub fn run() -> Option<()> {
    let instance = wgpu::Instance::new(wgpu::InstanceDescriptor::new_without_display_handle());
    let copy = instance.clone();
    assert_eq!(instance, copy);
    assert_ne!(format!("{instance:?}"), "");
    let holds = Holds { instance: std::sync::Arc::new(copy) };
    let adapters = takes_reference(&holds.instance);
    if adapters == 0 {
        return None;
    }
    let _ = wgpu::vertex_attr_array![0 => Float32x2];
    let _ = wgpu::PowerPreference::from_env();
    let _ = holds.instance.poll_all(false);
    let adapter = pollster::block_on(instance.request_adapter(&Default::default())).ok()?;
    assert!(!adapter.get_info().name.is_empty());
    let limits = adapter.limits();
    let least = wgpu::Limits::default();
    assert!(limits.max_storage_buffer_binding_size >= least.max_storage_buffer_binding_size);
    let (device, _) = pollster::block_on(adapter.request_device(&Default::default())).ok()?;
    let scope = device.push_error_scope(wgpu::ErrorFilter::Validation);
    device.create_shader_module(wgpu::ShaderModuleDescriptor {
        label: None,
        source: wgpu::ShaderSource::Wgsl("no shader".into()),
    });
    // By its full name: nothing of ours may hide it.
    let error: Option<wgpu::Error> = pollster::block_on(scope.pop());
    assert!(matches!(error, Some(wgpu::Error::Validation { .. })));
    Some(())
}
