//! wgpu adapters by the names of the command line.

use std::sync::Arc;

use egpu_driver::{cuda, Source};
use wgpu_egpu::cards::egpu_link::Cable;

use crate::device::Judge;
use crate::ptx::driver::{Config, Gpu};

/// Opens the adapter that a name means (see [`instance`]).
pub fn open(name: &str, strict: bool, seed: u64) -> Result<wgpu::Adapter, String> {
    first(name, instance(Some(name), strict, seed)?)
}

fn first(name: &str, instance: wgpu::Instance) -> Result<wgpu::Adapter, String> {
    pollster::block_on(instance.request_adapter(&Default::default()))
        .map_err(|error| format!("{name}: {error}"))
}

/// How an adapter is to be judged. Others' drivers may do what the specification allows; so may
/// kernels for NVIDIA's cards, which flush subnormals since keeping them costs several instructions
/// for each function. Ours for AMD keep to IEEE arithmetic.
pub fn judge(name: &str) -> Judge {
    match name {
        "vulkan" | "cuda" => Judge::Specification,
        name if ptx_target(name).is_some() => Judge::Specification,
        _ => Judge::Ieee,
    }
}

/// Writes what our drivers log as errors to standard error: wgpu's own errors do not say why a
/// device was lost.
pub fn log_errors() {
    struct Errors;
    impl log::Log for Errors {
        fn enabled(&self, metadata: &log::Metadata<'_>) -> bool {
            metadata.level() <= log::Level::Error && metadata.target().starts_with("egpu")
        }
        fn log(&self, record: &log::Record<'_>) {
            if self.enabled(record.metadata()) {
                eprintln!("{}", record.args());
            }
        }
        fn flush(&self) {}
    }
    // Somebody else's logger is as good.
    if log::set_logger(&Errors).is_ok() {
        log::set_max_level(log::LevelFilter::Error);
    }
}

/// The target of an adapter that interprets PTX: `ptx`, or `ptx-sm_75` and the like.
fn ptx_target(name: &str) -> Option<&str> {
    match name {
        "ptx" => Some("sm_80"),
        name => name.strip_prefix("ptx-"),
    }
}

/// A card over the PTX interpreter by its adapter's name, if it is the name of one; a seed other
/// than 0 is for its approximations and for the order in which streams run. Then every copy between
/// host and card is in a stream of its own, however small.
pub fn ptx_card(name: &str, seed: u64) -> Option<Result<Arc<dyn Source>, String>> {
    Some(ptx(ptx_target(name)?, seed))
}

fn ptx(target: &str, seed: u64) -> Result<Arc<dyn Source>, String> {
    let number = target
        .strip_prefix("sm_")
        .and_then(|n| n.parse::<i32>().ok());
    let number = number.ok_or_else(|| format!("`{target}` is not a target such as sm_80"))?;
    let gpu = Gpu::add(Config {
        capability: (number / 10, number % 10),
        seed,
        orders: seed,
        ..Config::default()
    });
    let usual = cuda::Options::default();
    let options = cuda::Options {
        is_virtual: true,
        small_copies: if seed == 0 { usual.small_copies } else { 0 },
        ..usual
    };
    let source = gpu.source(&options).map_err(|error| error.to_string())?;
    Ok(Arc::new(source))
}

/// The instance whose first adapter a name means: `vulkan` is wgpu's own Vulkan backend, `ptx` (or
/// `ptx-sm_75`, …) the `cuda` card over the PTX interpreter, everything else one of ours
/// (docs/cli.md); without a name, what the environment says. `strict` and `seed` are for virtual
/// cards; for a seed of the interpreter's see [`ptx_card`].
pub fn instance(name: Option<&str>, strict: bool, seed: u64) -> Result<wgpu::Instance, String> {
    if let Some(card) = name.and_then(|name| ptx_card(name, seed)) {
        let usual = wgpu_egpu::Options::default();
        let cards = vec![card?];
        return Ok(wgpu_egpu::instance_over(cards, &usual.cache, usual.flags));
    }
    match name {
        Some("vulkan") => vulkan(),
        _ => ours(name, strict, seed, None),
    }
}

/// Opens the virtual card that a name means, at the far end of a cable.
pub fn open_behind(name: &str, cable: Cable) -> Result<wgpu::Adapter, String> {
    first(name, ours(Some(name), false, 0, Some(cable))?)
}

fn ours(
    name: Option<&str>,
    strict: bool,
    seed: u64,
    cable: Option<Cable>,
) -> Result<wgpu::Instance, String> {
    let mut options = wgpu_egpu::Options::default();
    if let Some(name) = name {
        options.cards.adapter = Some(name.into());
    }
    // What EGPU_STRICT turned on stays on.
    options.cards.virtual_card.strict |= strict;
    options.cards.virtual_card.seed = seed;
    options.cards.virtual_card.cable = cable;
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
