//! What this backend does not have: surfaces, textures, rendering, rays.
//!
//! wgpu-core refuses these by validation, because the adapter declares no texture format and no
//! such feature; the types here only fill the associated types of [`crate::Api`]. Samplers are the
//! exception: they need no format, so wgpu-core lets them through and one value stands for all.

use std::borrow::Borrow;
use std::time::Duration;

use wgpu_hal::{AcquiredSurfaceTexture, SurfaceConfiguration, SurfaceError};

use crate::{Api, Device, Fence};

/// Stands for every resource that cannot be made.
#[derive(Debug)]
pub struct Refused;

impl wgpu_hal::DynAccelerationStructure for Refused {}
impl wgpu_hal::DynPipelineCache for Refused {}
impl wgpu_hal::DynRayTracingPipeline for Refused {}
impl wgpu_hal::DynRenderPipeline for Refused {}
impl wgpu_hal::DynSampler for Refused {}
impl wgpu_hal::DynSurfaceTexture for Refused {}
impl wgpu_hal::DynTexture for Refused {}
impl wgpu_hal::DynTextureView for Refused {}

impl Borrow<dyn wgpu_hal::DynTexture> for Refused {
    fn borrow(&self) -> &(dyn wgpu_hal::DynTexture + 'static) {
        self
    }
}

/// A surface, which no window ever gets.
#[derive(Debug)]
pub struct Surface;

impl wgpu_hal::Surface for Surface {
    type A = Api;

    unsafe fn configure(
        &self,
        _device: &Device,
        _config: &SurfaceConfiguration,
    ) -> Result<(), SurfaceError> {
        Err(SurfaceError::Lost)
    }

    unsafe fn unconfigure(&self, _device: &Device) {}

    unsafe fn acquire_texture(
        &self,
        _timeout: Option<Duration>,
        _fence: &Fence,
    ) -> Result<AcquiredSurfaceTexture<Api>, SurfaceError> {
        Err(SurfaceError::Lost)
    }

    unsafe fn discard_texture(&self, _texture: Refused) {}
}
