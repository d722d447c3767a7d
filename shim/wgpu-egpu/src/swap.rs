//! The `Instance` that stands in wgpu's place.

use std::future::Future;
use std::ops::Deref;

use wgpu::{Adapter, Backends, InstanceDescriptor};

use crate::instance::{instance_or_empty, Options};

/// [`wgpu::Instance`](::wgpu::Instance) over external cards; it dereferences to the real one.
///
/// Where a library built on wgpu takes an `Instance` by value, convert with `.into()`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Instance(wgpu::Instance);

impl Instance {
    /// An instance over the cards that the environment names, or over all. Of the descriptor the
    /// flags count; `backends` names wgpu's own backends, which are not used.
    pub fn new(desc: InstanceDescriptor) -> Instance {
        Instance(instance_or_empty(Options {
            flags: desc.flags,
            ..Options::default()
        }))
    }

    /// The backends that adapters of this instance may have.
    pub const fn enabled_backend_features() -> Backends {
        Backends::NOOP.union(wgpu::Instance::enabled_backend_features())
    }

    /// All adapters. External cards are found whatever backends are asked for.
    pub fn enumerate_adapters(&self, backends: Backends) -> impl Future<Output = Vec<Adapter>> {
        self.0.enumerate_adapters(backends | Backends::NOOP)
    }

    /// As [`wgpu::Instance::from_hal`](::wgpu::Instance::from_hal).
    ///
    /// # Safety
    ///
    /// As for wgpu's.
    pub unsafe fn from_hal<A: wgpu::hal::Api>(hal_instance: A::Instance) -> Instance {
        // SAFETY: the caller's promise is passed on.
        Instance(unsafe { wgpu::Instance::from_hal::<A>(hal_instance) })
    }

    /// As [`wgpu::Instance::from_core`](::wgpu::Instance::from_core).
    ///
    /// # Safety
    ///
    /// As for wgpu's.
    pub unsafe fn from_core(core_instance: wgpu_core::instance::Instance) -> Instance {
        // SAFETY: the caller's promise is passed on.
        Instance(unsafe { wgpu::Instance::from_core(core_instance) })
    }

    /// As [`wgpu::Instance::from_custom`](::wgpu::Instance::from_custom).
    #[cfg(feature = "custom")]
    pub fn from_custom<T: wgpu::custom::InstanceInterface>(instance: T) -> Instance {
        Instance(wgpu::Instance::from_custom(instance))
    }
}

impl Default for Instance {
    fn default() -> Instance {
        Instance::new(InstanceDescriptor::new_without_display_handle())
    }
}

impl Deref for Instance {
    type Target = wgpu::Instance;

    fn deref(&self) -> &wgpu::Instance {
        &self.0
    }
}

impl AsRef<wgpu::Instance> for Instance {
    fn as_ref(&self) -> &wgpu::Instance {
        &self.0
    }
}

impl From<Instance> for wgpu::Instance {
    fn from(instance: Instance) -> wgpu::Instance {
        instance.0
    }
}

impl From<wgpu::Instance> for Instance {
    fn from(instance: wgpu::Instance) -> Instance {
        Instance(instance)
    }
}
