//! wgpu adapters by the names of the command line.

/// Opens the adapter that a name means (see [`instance`]).
pub fn open(name: &str, strict: bool, seed: u64) -> Result<wgpu::Adapter, String> {
    let instance = instance(Some(name), strict, seed)?;
    pollster::block_on(instance.request_adapter(&Default::default()))
        .map_err(|error| format!("{name}: {error}"))
}

/// The instance whose first adapter a name means: `vulkan` is wgpu's own Vulkan backend,
/// everything else one of ours (docs/cli.md); without a name, what the environment says. `strict`
/// and `seed` are for virtual cards.
pub fn instance(name: Option<&str>, strict: bool, seed: u64) -> Result<wgpu::Instance, String> {
    match name {
        Some("vulkan") => vulkan(),
        _ => ours(name, strict, seed),
    }
}

fn ours(name: Option<&str>, strict: bool, seed: u64) -> Result<wgpu::Instance, String> {
    let mut options = wgpu_egpu::Options::default();
    if let Some(name) = name {
        options.cards.adapter = Some(name.into());
    }
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
