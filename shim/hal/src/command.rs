//! Recording commands.
//!
//! An encoder turns wgpu-hal calls into [`Command`]s at once; a command buffer is their list. The
//! argument block of a dispatch is built when it is recorded, from the reflection of the pipeline
//! and the addresses kept in bind groups, and shared by consecutive dispatches that change neither.

use std::convert::Infallible;
use std::ops::Range;
use std::sync::Arc;

use egpu_driver::{Access, Command, Memory};
use naga_backend::reflection::BindingReflection;
use naga_backend::Reflection;
use wgpu_hal::{BufferBarrier, BufferCopy, ComputePassDescriptor, DeviceError};
use wgpu_types as wgt;

use crate::adapter::MAX_IMMEDIATES;
use crate::binding::PipelineLayout;
use crate::{Api, BindGroup, Buffer, ComputePipeline, Refused};

/// Bytes of a timestamp.
const TIMESTAMP: u64 = 8;

/// Timestamps on the card.
#[derive(Debug)]
pub struct QuerySet {
    pub(crate) memory: Arc<dyn Memory>,
}

impl QuerySet {
    fn address(&self, index: u32) -> u64 {
        self.memory.address() + index as u64 * TIMESTAMP
    }
}

/// A finished recording.
#[derive(Debug)]
pub struct CommandBuffer {
    pub(crate) commands: Vec<Command>,
}

/// What a dispatch is given.
#[derive(Clone, Debug)]
struct Arguments {
    block: Arc<[u8]>,
    /// The bound ranges: accesses never leave them.
    touches: Arc<[Access]>,
}

/// A recording.
#[derive(Debug)]
pub struct CommandEncoder {
    commands: Vec<Command>,
    pipeline: Option<ComputePipeline>,
    groups: [Option<(BindGroup, Vec<u32>)>; wgpu_hal::MAX_BIND_GROUPS],
    immediates: [u8; MAX_IMMEDIATES as usize],
    /// Arguments of the previous dispatch with its grid, while nothing has changed since.
    arguments: Option<([u32; 3], Arguments)>,
    /// Timestamp to write when the current pass ends.
    pass_end: Option<u64>,
}

impl CommandEncoder {
    pub(crate) fn new() -> CommandEncoder {
        CommandEncoder {
            commands: Vec::new(),
            pipeline: None,
            groups: std::array::from_fn(|_| None),
            immediates: [0; MAX_IMMEDIATES as usize],
            arguments: None,
            pass_end: None,
        }
    }

    fn reset_state(&mut self) {
        self.pipeline = None;
        self.groups = std::array::from_fn(|_| None);
        self.arguments = None;
        self.pass_end = None;
    }

    /// Orders what follows after what precedes, unless nothing precedes.
    fn barrier(&mut self) {
        match self.commands.last() {
            None | Some(Command::Barrier) => {}
            Some(_) => self.commands.push(Command::Barrier),
        }
    }

    /// The arguments for the current state, or `None` without a pipeline.
    fn arguments(&mut self, grid: [u32; 3]) -> Option<Arguments> {
        let pipeline = self.pipeline.as_ref()?;
        let reads_grid = pipeline.reflection.num_workgroups.is_some();
        if let Some((built_for, arguments)) = &self.arguments {
            if !reads_grid || *built_for == grid {
                return Some(arguments.clone());
            }
        }
        let arguments = Arguments::new(&pipeline.reflection, &self.groups, &self.immediates, grid);
        self.arguments = Some((grid, arguments.clone()));
        Some(arguments)
    }
}

impl Arguments {
    /// Writes an argument block as docs/abi.md lays it out.
    fn new(
        reflection: &Reflection,
        groups: &[Option<(BindGroup, Vec<u32>)>],
        immediates: &[u8],
        grid: [u32; 3],
    ) -> Arguments {
        let mut touches = Vec::with_capacity(reflection.bindings.len());
        let bound = |entry: &BindingReflection| {
            let group = groups.get(entry.group as usize).and_then(Option::as_ref);
            let bound = group.and_then(|(group, offsets)| {
                let bound = group.get(entry.binding)?;
                let dynamic = bound.dynamic.and_then(|index| offsets.get(index as usize));
                let address = bound.address + dynamic.copied().unwrap_or(0) as u64;
                Some((address, bound.size))
            });
            // wgpu-core validates that everything used is bound; nothing is bound with size 0.
            let (address, size) = bound.unwrap_or((0, 0));
            touches.push(Access {
                address,
                size,
                writes: !entry.kind.is_read_only(),
            });
            Ok::<_, Infallible>((address, size))
        };
        let Ok(block) = reflection.arguments(bound, grid, immediates);
        Arguments {
            block: block.into(),
            touches: touches.into(),
        }
    }
}

impl wgpu_hal::CommandEncoder for CommandEncoder {
    type A = Api;

    unsafe fn begin_encoding(&mut self, _label: wgpu_hal::Label<'_>) -> Result<(), DeviceError> {
        self.reset_state();
        Ok(())
    }

    unsafe fn discard_encoding(&mut self) {
        self.commands.clear();
        self.reset_state();
    }

    unsafe fn end_encoding(&mut self) -> Result<CommandBuffer, DeviceError> {
        self.reset_state();
        Ok(CommandBuffer {
            commands: std::mem::take(&mut self.commands),
        })
    }

    unsafe fn reset_all<I>(&mut self, command_buffers: I)
    where
        I: Iterator<Item = CommandBuffer>,
    {
        // Keep the largest list for the next recording.
        for mut buffer in command_buffers {
            if buffer.commands.capacity() > self.commands.capacity() {
                buffer.commands.clear();
                self.commands = buffer.commands;
            }
        }
    }

    unsafe fn transition_buffers<'a, T>(&mut self, mut barriers: T)
    where
        T: Iterator<Item = BufferBarrier<'a, Buffer>>,
    {
        if barriers.next().is_some() {
            self.barrier();
        }
    }

    unsafe fn transition_textures<'a, T>(&mut self, _barriers: T)
    where
        T: Iterator<Item = wgpu_hal::TextureBarrier<'a, Refused>>,
    {
    }

    unsafe fn clear_buffer(&mut self, buffer: &Buffer, range: wgpu_hal::MemoryRange) {
        if range.end > range.start {
            self.commands.push(Command::Fill {
                destination: buffer.address(range.start),
                size: range.end - range.start,
                value: 0,
            });
        }
    }

    unsafe fn copy_buffer_to_buffer<T>(&mut self, src: &Buffer, dst: &Buffer, regions: T)
    where
        T: Iterator<Item = BufferCopy>,
    {
        for region in regions {
            self.commands.push(Command::Copy {
                source: src.address(region.src_offset),
                destination: dst.address(region.dst_offset),
                size: region.size.get(),
            });
        }
    }

    unsafe fn copy_texture_to_texture<T>(
        &mut self,
        _src: &Refused,
        _src_usage: wgt::TextureUses,
        _dst: &Refused,
        _regions: T,
    ) {
    }

    unsafe fn copy_buffer_to_texture<T>(&mut self, _src: &Buffer, _dst: &Refused, _regions: T) {}

    unsafe fn copy_texture_to_buffer<T>(
        &mut self,
        _src: &Refused,
        _src_usage: wgt::TextureUses,
        _dst: &Buffer,
        _regions: T,
    ) {
    }

    unsafe fn begin_query(&mut self, _set: &QuerySet, _index: u32) {}

    unsafe fn end_query(&mut self, _set: &QuerySet, _index: u32) {}

    unsafe fn write_timestamp(&mut self, set: &QuerySet, index: u32) {
        self.commands.push(Command::Timestamp {
            destination: set.address(index),
        });
    }

    unsafe fn read_acceleration_structure_compact_size(
        &mut self,
        _acceleration_structure: &Refused,
        _buffer: &Buffer,
    ) {
    }

    unsafe fn reset_queries(&mut self, set: &QuerySet, range: Range<u32>) {
        self.commands.push(Command::Fill {
            destination: set.address(range.start),
            size: range.len() as u64 * TIMESTAMP,
            value: 0,
        });
        // Query sets are not tracked by wgpu-core: order the timestamps that follow here.
        self.commands.push(Command::Barrier);
    }

    unsafe fn copy_query_results(
        &mut self,
        set: &QuerySet,
        range: Range<u32>,
        buffer: &Buffer,
        offset: wgt::BufferAddress,
        stride: wgt::BufferSize,
    ) {
        self.barrier();
        if stride.get() == TIMESTAMP {
            self.commands.push(Command::Copy {
                source: set.address(range.start),
                destination: buffer.address(offset),
                size: range.len() as u64 * TIMESTAMP,
            });
            return;
        }
        for (place, index) in (0..).zip(range) {
            self.commands.push(Command::Copy {
                source: set.address(index),
                destination: buffer.address(offset + place * stride.get()),
                size: TIMESTAMP,
            });
        }
    }

    unsafe fn begin_compute_pass(&mut self, desc: &ComputePassDescriptor<'_, QuerySet>) {
        self.reset_state();
        if let Some(writes) = &desc.timestamp_writes {
            if let Some(index) = writes.beginning_of_pass_write_index {
                let destination = writes.query_set.address(index);
                self.commands.push(Command::Timestamp { destination });
            }
            self.pass_end = writes
                .end_of_pass_write_index
                .map(|i| writes.query_set.address(i));
        }
    }

    unsafe fn end_compute_pass(&mut self) {
        if let Some(destination) = self.pass_end {
            self.commands.push(Command::Timestamp { destination });
        }
        self.reset_state();
    }

    unsafe fn set_bind_group(
        &mut self,
        _layout: &PipelineLayout,
        index: u32,
        group: &BindGroup,
        dynamic_offsets: &[wgt::DynamicOffset],
    ) {
        if let Some(slot) = self.groups.get_mut(index as usize) {
            *slot = Some((group.clone(), dynamic_offsets.to_vec()));
            self.arguments = None;
        }
    }

    unsafe fn set_immediates(&mut self, _layout: &PipelineLayout, offset_bytes: u32, data: &[u32]) {
        let words = self
            .immediates
            .chunks_exact_mut(4)
            .skip(offset_bytes as usize / 4);
        for (place, word) in words.zip(data) {
            place.copy_from_slice(&word.to_le_bytes());
        }
        self.arguments = None;
    }

    unsafe fn insert_debug_marker(&mut self, _label: &str) {}

    unsafe fn begin_debug_marker(&mut self, _group_label: &str) {}

    unsafe fn end_debug_marker(&mut self) {}

    unsafe fn set_compute_pipeline(&mut self, pipeline: &ComputePipeline) {
        self.pipeline = Some(pipeline.clone());
        self.arguments = None;
    }

    unsafe fn dispatch_workgroups(&mut self, count: [u32; 3]) {
        if count.contains(&0) {
            return;
        }
        let Some(arguments) = self.arguments(count) else {
            return;
        };
        let Some(pipeline) = &self.pipeline else {
            return;
        };
        let kernel = pipeline.kernel.clone();
        self.commands.push(Command::Dispatch {
            kernel,
            arguments: arguments.block,
            touches: Some(arguments.touches),
            groups: count,
        });
    }

    unsafe fn dispatch_workgroups_indirect(&mut self, buffer: &Buffer, offset: wgt::BufferAddress) {
        let Some(arguments) = self.arguments([0; 3]) else {
            return;
        };
        let Some(pipeline) = &self.pipeline else {
            return;
        };
        self.commands.push(Command::DispatchIndirect {
            kernel: pipeline.kernel.clone(),
            arguments: arguments.block,
            touches: Some(arguments.touches),
            groups_at: pipeline.reflection.num_workgroups,
            groups: buffer.address(offset),
        });
    }

    // Rendering, meshes and rays never arrive: no such pipeline or pass can be made.

    unsafe fn begin_render_pass(
        &mut self,
        _desc: &wgpu_hal::RenderPassDescriptor<'_, QuerySet, Refused>,
    ) -> Result<(), DeviceError> {
        log::error!("render passes are not supported on external compute cards");
        Err(DeviceError::Lost)
    }

    unsafe fn end_render_pass(&mut self) {}

    unsafe fn set_render_pipeline(&mut self, _pipeline: &Refused) {}

    unsafe fn set_index_buffer<'a>(
        &mut self,
        _binding: wgpu_hal::BufferBinding<'a, Buffer>,
        _format: wgt::IndexFormat,
    ) {
    }

    unsafe fn set_vertex_buffer<'a>(
        &mut self,
        _index: u32,
        _binding: wgpu_hal::BufferBinding<'a, Buffer>,
    ) {
    }

    unsafe fn set_viewport(&mut self, _rect: &wgpu_hal::Rect<f32>, _depth_range: Range<f32>) {}

    unsafe fn set_scissor_rect(&mut self, _rect: &wgpu_hal::Rect<u32>) {}

    unsafe fn set_stencil_reference(&mut self, _value: u32) {}

    unsafe fn set_blend_constants(&mut self, _color: &[f32; 4]) {}

    unsafe fn draw(
        &mut self,
        _first_vertex: u32,
        _vertex_count: u32,
        _first_instance: u32,
        _instance_count: u32,
    ) {
    }

    unsafe fn draw_indexed(
        &mut self,
        _first_index: u32,
        _index_count: u32,
        _base_vertex: i32,
        _first_instance: u32,
        _instance_count: u32,
    ) {
    }

    unsafe fn draw_mesh_tasks(&mut self, _x: u32, _y: u32, _z: u32) {}

    unsafe fn draw_indirect(&mut self, _buffer: &Buffer, _offset: u64, _draw_count: u32) {}

    unsafe fn draw_indexed_indirect(&mut self, _buffer: &Buffer, _offset: u64, _draw_count: u32) {}

    unsafe fn draw_mesh_tasks_indirect(&mut self, _buffer: &Buffer, _offset: u64, _count: u32) {}

    unsafe fn draw_indirect_count(
        &mut self,
        _buffer: &Buffer,
        _offset: u64,
        _count_buffer: &Buffer,
        _count_offset: u64,
        _max_count: u32,
    ) {
    }

    unsafe fn draw_indexed_indirect_count(
        &mut self,
        _buffer: &Buffer,
        _offset: u64,
        _count_buffer: &Buffer,
        _count_offset: u64,
        _max_count: u32,
    ) {
    }

    unsafe fn draw_mesh_tasks_indirect_count(
        &mut self,
        _buffer: &Buffer,
        _offset: u64,
        _count_buffer: &Buffer,
        _count_offset: u64,
        _max_count: u32,
    ) {
    }

    unsafe fn build_acceleration_structures<'a, T>(
        &mut self,
        _descriptor_count: u32,
        _descriptors: T,
    ) where
        Api: 'a,
        T: IntoIterator<Item = wgpu_hal::BuildAccelerationStructureDescriptor<'a, Buffer, Refused>>,
    {
    }

    unsafe fn place_acceleration_structure_barrier(
        &mut self,
        _barrier: wgpu_hal::AccelerationStructureBarrier,
    ) {
    }

    unsafe fn copy_acceleration_structure_to_acceleration_structure(
        &mut self,
        _src: &Refused,
        _dst: &Refused,
        _copy: wgt::AccelerationStructureCopy,
    ) {
    }

    unsafe fn set_acceleration_structure_dependencies(
        _command_buffers: &[&CommandBuffer],
        _dependencies: &[&Refused],
    ) {
    }

    unsafe fn begin_ray_tracing_pass(&mut self, _desc: &wgpu_hal::RayTracingPassDescriptor<'_>) {}

    unsafe fn end_ray_tracing_pass(&mut self) {}

    unsafe fn set_ray_tracing_pipeline(&mut self, _pipeline: &Refused) {}

    unsafe fn trace_rays(
        &mut self,
        _count: [u32; 3],
        _ray_generation_group_data: wgpu_hal::PipelineGroupData<'_, Buffer>,
        _miss_group_data: wgpu_hal::PipelineGroupData<'_, Buffer>,
        _intersection_group_data: wgpu_hal::PipelineGroupData<'_, Buffer>,
    ) {
    }
}

#[cfg(test)]
mod tests {
    use naga_backend::kernel::BindingKind;
    use naga_backend::reflection::BindingForm;

    use super::*;
    use crate::binding::Bound;

    fn reflection() -> Reflection {
        let binding = |binding, kind, offset| BindingReflection {
            group: 0,
            binding,
            name: "data".into(),
            kind,
            min_size: 4,
            offset,
            form: BindingForm::Descriptor,
            limits: Vec::new(),
        };
        Reflection {
            entry: "main".into(),
            workgroup_size: [64, 1, 1],
            bindings: vec![
                binding(1, BindingKind::ReadOnlyStorage, 0),
                binding(4, BindingKind::Storage, 16),
                binding(7, BindingKind::Uniform, 32),
            ],
            argument_size: 48,
            immediates: None,
            num_workgroups: None,
            workgroup_memory: 0,
            scratch: 0,
        }
    }

    #[test]
    fn a_dispatch_touches_what_its_kernel_uses_of_what_is_bound() {
        let bound = |binding, dynamic| Bound {
            binding,
            address: 0x1_0000 * u64::from(binding),
            size: 256,
            dynamic,
        };
        let group = BindGroup {
            bound: [
                bound(1, None),
                // Bound, but not used by the kernel.
                bound(3, None),
                bound(4, Some(0)),
                bound(7, Some(1)),
            ]
            .into(),
        };
        let groups = [Some((group, vec![0x100, 0x40]))];
        let arguments = Arguments::new(&reflection(), &groups, &[], [1; 3]);
        let access = |address, writes| Access {
            address,
            size: 256,
            writes,
        };
        assert_eq!(
            arguments.touches[..],
            [
                access(0x1_0000, false),
                access(0x4_0100, true),
                access(0x7_0040, false)
            ]
        );
        // The same ranges that the descriptors hold: addresses first, sizes in the third dword.
        for (i, touched) in arguments.touches.iter().enumerate() {
            let word = |at: usize| {
                let bytes = &arguments.block[16 * i + 4 * at..][..4];
                u32::from_le_bytes([bytes[0], bytes[1], bytes[2], bytes[3]])
            };
            assert_eq!(u64::from(word(0)), touched.address);
            assert_eq!(u64::from(word(2)), touched.size);
        }
    }
}
