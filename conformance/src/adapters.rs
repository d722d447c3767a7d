//! wgpu adapters by the names of the command line.

/// Opens the adapter that a name means: `vulkan` is wgpu's own Vulkan backend, everything else one
/// of ours (docs/cli.md). `strict` and `seed` are for virtual cards.
pub fn open(name: &str, strict: bool, seed: u64) -> Result<wgpu::Adapter, String> {
    let instance = match name {
        "vulkan" => vulkan()?,
        _ => ours(name, strict, seed)?,
    };
    pollster::block_on(instance.request_adapter(&Default::default()))
        .map_err(|error| format!("{name}: {error}"))
}

fn ours(name: &str, strict: bool, seed: u64) -> Result<wgpu::Instance, String> {
    let mut options = wgpu_egpu::Options::default();
    options.cards.adapter = Some(name.into());
    options.cards.virtual_card.strict = strict;
    options.cards.virtual_card.seed = seed;
    wgpu_egpu::instance_with(options).map_err(|error| error.to_string())
}

#[cfg(feature = "vulkan")]
fn vulkan() -> Result<wgpu::Instance, String> {
    let mut desc = wgpu::InstanceDescriptor::new_without_display_handle();
    desc.backends = wgpu::Backends::VULKAN;
    Ok(wgpu::Instance::new(desc))
}

#[cfg(not(feature = "vulkan"))]
fn vulkan() -> Result<wgpu::Instance, String> {
    Err("built without the feature `vulkan`".into())
}
