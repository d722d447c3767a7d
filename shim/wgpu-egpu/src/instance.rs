//! Making a real `wgpu::Instance` over external cards.

use std::sync::Arc;

use egpu_driver::Source;
pub use egpu_hal::Cache as KernelCache;
use wgpu_core::global::Global;

pub use egpu_driver::CardError;

/// Which cards to offer and how.
#[derive(Clone, Debug)]
pub struct Options {
    /// Which cards, where they are looked for, the virtual card's model, the watchdog.
    pub cards: egpu_cards::Options,
    /// wgpu's own flags: validation, debugging, indirect validation.
    pub flags: wgpu::InstanceFlags,
    /// Where compiled kernels are kept: by default in memory and in `EGPU_CACHE_DIR` or the
    /// platform's cache folder; `KernelCache::new(None)` keeps them in memory only.
    pub cache: Arc<KernelCache>,
}

impl Default for Options {
    fn default() -> Options {
        Options {
            cards: egpu_cards::Options::from_env(),
            flags: wgpu::InstanceFlags::default(),
            cache: KernelCache::global(),
        }
    }
}

/// An instance over the cards that the environment names, or over all.
///
/// If a card that the environment names is not there, the instance has no adapter, and the reason
/// is on stderr and in the log: use [`instance_with`] to have it as a value.
pub fn instance() -> wgpu::Instance {
    instance_or_empty(Options::default())
}

/// An instance over the cards that `options` choose.
///
/// Errors: a named card, socket or host that is not there, with what to do about it.
pub fn instance_with(options: Options) -> Result<wgpu::Instance, CardError> {
    let sources = egpu_cards::find(&options.cards)?;
    Ok(instance_over(sources, &options.cache, options.flags))
}

/// An instance over cards that the caller has found or made.
pub fn instance_over(
    sources: Vec<Arc<dyn Source>>,
    cache: &Arc<KernelCache>,
    flags: wgpu::InstanceFlags,
) -> wgpu::Instance {
    over(egpu_hal::Instance::new(sources, cache), flags)
}

pub(crate) fn instance_or_empty(options: Options) -> wgpu::Instance {
    let (flags, cache) = (options.flags, options.cache.clone());
    instance_with(options).unwrap_or_else(|error| {
        log::error!("{error}");
        eprintln!("wgpu-egpu: {error}");
        over(egpu_hal::Instance::new(Vec::new(), &cache), flags)
    })
}

/// `wgpu::Instance::from_hal` fixes the flags; going through wgpu-core keeps the caller's.
fn over(instance: egpu_hal::Instance, flags: wgpu::InstanceFlags) -> wgpu::Instance {
    // SAFETY: the hal instance was just made and is owned by nobody else.
    let mut global = unsafe { Global::from_hal_instance::<egpu_hal::Api>("egpu", instance) };
    global.instance.flags = flags;
    // SAFETY: the instance is taken whole out of a global that is dropped empty.
    unsafe { wgpu::Instance::from_core(std::mem::take(&mut global.instance)) }
}
