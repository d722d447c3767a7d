//! Bind groups, their layouts, and pipeline layouts.
//!
//! A bind group keeps card addresses: what a dispatch needs is one lookup by binding number and an
//! addition of the dynamic offset.

use std::mem::{align_of, offset_of, size_of};
use std::sync::Arc;

use wgpu_hal::{BufferBinding, DynBuffer};
use wgpu_types as wgt;

use crate::Buffer;

/// Layout of a bind group.
#[derive(Clone, Debug)]
pub struct BindGroupLayout {
    /// Sorted by binding number, as dynamic offsets are given.
    pub(crate) entries: Arc<[wgt::BindGroupLayoutEntry]>,
}

impl BindGroupLayout {
    pub(crate) fn new(entries: &[wgt::BindGroupLayoutEntry]) -> BindGroupLayout {
        let mut entries = entries.to_vec();
        entries.sort_by_key(|entry| entry.binding);
        BindGroupLayout {
            entries: entries.into(),
        }
    }
}

/// Layout of a pipeline; everything needed at dispatch is in the kernel's reflection.
#[derive(Debug)]
pub struct PipelineLayout;

/// A buffer range bound to a number.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Bound {
    pub(crate) binding: u32,
    pub(crate) address: u64,
    /// Bytes that a shader may touch.
    pub(crate) size: u64,
    /// Position among the dynamic offsets of its group.
    pub(crate) dynamic: Option<u32>,
}

/// Buffers bound together.
#[derive(Clone, Debug)]
pub struct BindGroup {
    /// Sorted by binding number.
    pub(crate) bound: Arc<[Bound]>,
}

impl BindGroup {
    pub(crate) fn new(
        layout: &BindGroupLayout,
        buffers: &[BufferBinding<'_, Buffer>],
        entries: &[wgpu_hal::BindGroupEntry],
    ) -> BindGroup {
        let mut bound = Vec::with_capacity(entries.len());
        let mut dynamics = 0;
        for slot in layout.entries.iter() {
            let wgt::BindingType::Buffer {
                has_dynamic_offset, ..
            } = slot.ty
            else {
                continue;
            };
            let dynamic = has_dynamic_offset.then_some(dynamics);
            dynamics += has_dynamic_offset as u32;
            let Some(entry) = entries.iter().find(|entry| entry.binding == slot.binding) else {
                continue;
            };
            let Some(range) = buffers.get(entry.resource_index as usize) else {
                continue;
            };
            let buffer = bound_buffer(range);
            let size = match range.size {
                Some(size) => size.get(),
                None => buffer.size.saturating_sub(range.offset),
            };
            bound.push(Bound {
                binding: slot.binding,
                address: buffer.address(range.offset),
                size,
                dynamic,
            });
        }
        BindGroup {
            bound: bound.into(),
        }
    }

    pub(crate) fn get(&self, binding: u32) -> Option<&Bound> {
        let index = self
            .bound
            .binary_search_by_key(&binding, |bound| bound.binding)
            .ok()?;
        self.bound.get(index)
    }
}

/// The buffer of a binding.
///
/// wgpu-hal 30.0 keeps the field private and has no accessor (gfx-rs/wgpu#9820 adds one). Of the
/// three words of the struct the other two are public, so the place of the third is known at
/// compile time; any other layout fails to build.
fn bound_buffer<'a, B: DynBuffer>(binding: &BufferBinding<'a, B>) -> &'a B {
    const WORD: usize = size_of::<usize>();
    type Probe = BufferBinding<'static, Buffer>;
    const OFFSET: usize = offset_of!(Probe, offset);
    const SIZE: usize = offset_of!(Probe, size);
    const BUFFER: usize = {
        assert!(size_of::<Probe>() == 24 && WORD == 8 && align_of::<Probe>() == 8);
        assert!(OFFSET.is_multiple_of(8) && SIZE.is_multiple_of(8) && OFFSET != SIZE);
        24 - OFFSET - SIZE
    };
    // SAFETY: the struct is 24 bytes of three 8-byte fields, asserted above; those at OFFSET and
    // SIZE are the public ones, so the remaining word is `buffer: &'a B`. BUFFER is the remaining
    // one of {0, 8, 16}, whose sum is 24.
    unsafe { *std::ptr::from_ref(binding).byte_add(BUFFER).cast::<&'a B>() }
}

/// Reads back a binding of our own making: layout is checked at compile time, meaning here.
pub(crate) fn self_test(buffer: &Buffer) -> bool {
    let binding = BufferBinding::new_unchecked(buffer, 0, wgt::BufferSize::MIN);
    std::ptr::eq(bound_buffer(&binding), buffer)
}
