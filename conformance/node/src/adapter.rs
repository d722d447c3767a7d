//! Adapters by name: what they are and can do.

use std::collections::HashMap;
use std::sync::{Mutex, OnceLock, PoisonError};

use napi_derive::napi;

use crate::pass::MAX_IMMEDIATES;
use crate::state::or_throw;
use crate::table::Handle;

/// Which adapter.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
#[napi(object)]
pub struct AdapterName {
    /// A name of docs/cli.md; without it what the environment names, or the first card there is.
    pub name: Option<String>,
    /// The virtual card's strict mode.
    pub strict: bool,
    /// Its seed.
    pub seed: u32,
}

/// An adapter as JavaScript sees it.
#[derive(Debug)]
#[napi(object)]
pub struct AdapterDescription {
    pub handle: Handle,
    /// PCI vendor.
    pub vendor: u32,
    /// The card's name.
    pub description: String,
    /// Software that stands in for a card.
    pub is_fallback: bool,
    pub subgroup_min_size: u32,
    pub subgroup_max_size: u32,
    /// GPUFeatureNames and wgpu's own, without a prefix.
    pub features: Vec<String>,
    /// wgpu's `Limits` as JSON.
    pub limits: String,
}

/// One instance per name and process, so that objects of two adapters that `requestAdapter` gave
/// meet in one wgpu-core, which tells them apart.
fn instance(name: &AdapterName) -> Result<wgpu::Instance, String> {
    static INSTANCES: OnceLock<Mutex<HashMap<AdapterName, wgpu::Instance>>> = OnceLock::new();
    let mut instances = INSTANCES
        .get_or_init(Mutex::default)
        .lock()
        .unwrap_or_else(PoisonError::into_inner);
    if let Some(instance) = instances.get(name) {
        return Ok(instance.clone());
    }
    let made =
        egpu_conformance::adapters::instance(name.name.as_deref(), name.strict, name.seed.into())?;
    instances.insert(name.clone(), made.clone());
    Ok(made)
}

/// Opens an adapter. Errors: it is not there, with what to do.
#[napi]
pub fn request_adapter(name: AdapterName) -> napi::Result<AdapterDescription> {
    or_throw(|state| {
        let adapter = pollster::block_on(instance(&name)?.request_adapter(&Default::default()))
            .map_err(|error| error.to_string())?;
        let info = adapter.get_info();
        let features = adapter.features();
        let mut limits = adapter.limits();
        limits.max_immediate_size = limits.max_immediate_size.min(MAX_IMMEDIATES);
        let limits = serde_json::to_string(&limits).map_err(|error| error.to_string())?;
        Ok(AdapterDescription {
            handle: state.adapters.add(adapter),
            vendor: info.vendor,
            description: info.name,
            is_fallback: info.device_type == wgpu::DeviceType::Cpu,
            subgroup_min_size: info.subgroup_min_size,
            subgroup_max_size: info.subgroup_max_size,
            features: names(features),
            limits,
        })
    })
}

/// The names by which JavaScript knows features.
pub fn names(features: wgpu::Features) -> Vec<String> {
    features
        .iter()
        .filter_map(|feature| feature.as_str())
        .map(String::from)
        .collect()
}

/// WGSL language extensions that naga's front end knows, and that of immediates, which it has under
/// another name than WGSL's and every adapter that can be named has too.
#[napi]
pub fn wgsl_language_features(name: AdapterName) -> napi::Result<Vec<String>> {
    use wgpu::WgslLanguageFeatures as Known;
    const NAMES: [(Known, &str); 4] = [
        (
            Known::ReadOnlyAndReadWriteStorageTextures,
            "readonly_and_readwrite_storage_textures",
        ),
        (
            Known::Packed4x8IntegerDotProduct,
            "packed_4x8_integer_dot_product",
        ),
        (
            Known::UnrestrictedPointerParameters,
            "unrestricted_pointer_parameters",
        ),
        (Known::PointerCompositeAccess, "pointer_composite_access"),
    ];
    or_throw(|_| {
        let known = instance(&name)?.wgsl_language_features();
        Ok(NAMES
            .into_iter()
            .filter(|(flag, _)| known.bits() & flag.bits() != 0)
            .map(|(_, name)| name)
            .chain(["immediate_address_space"])
            .map(String::from)
            .collect())
    })
}
