//! Whole wgpu programs: what people do with wgpu's API, each with a checked result.
//!
//! They run unchanged on any adapter, so that a difference between ours and another backend is a
//! finding. Each is a function of an adapter; it opens what devices it needs and says in words what
//! was wrong.

mod commands;
mod compute;
mod errors;
mod lifetime;
mod memory;
mod robust;

use std::sync::mpsc;

/// What a program reports.
pub type Outcome = Result<(), String>;

/// One program.
pub struct Program {
    /// Name in tables and filters.
    pub name: &'static str,
    /// The program.
    pub run: fn(&wgpu::Adapter) -> Outcome,
}

macro_rules! programs {
    ($($module:ident: $($name:ident)*;)*) => {
        /// All of them.
        pub const ALL: &[Program] = &[
            $($(Program {
                name: concat!(stringify!($module), "/", stringify!($name)),
                run: $module::$name,
            },)*)*
        ];
    };
}

programs! {
    compute: vector_sum reduction tiled_product several_entry_points builtin_values divergence
        workgroup_memory_is_zero user_functions control_flow numerics;
    commands: indirect_chain indirect_grid_size dynamic_offsets immediates overrides timestamps
        clear_and_copy dependent_dispatches empty_dispatches submission_order two_groups
        largest_grid;
    memory: map_read map_write mapped_at_creation large_buffers write_buffer many_buffers
        uninitialised_is_zero partial_copies map_given_up write_views ping_pong largest_buffer;
    errors: shader_error bad_bind_group rendering_is_refused textures_are_refused too_large
        out_of_memory missing_override wrong_usage too_much_per_workgroup nested_scopes;
    robust: storage_canaries vector_canaries load_outside uniform_index atomics_outside
        workgroup_index private_index negative_index huge_index sub_range array_length
        runtime_checks;
    lifetime: two_devices threads drop_in_flight many_submissions pipelines_come_and_go;
}

/// An open device.
pub struct Gpu {
    /// Makes resources.
    pub device: wgpu::Device,
    /// Takes work.
    pub queue: wgpu::Queue,
}

pub(crate) fn text(error: impl std::fmt::Display) -> String {
    error.to_string()
}

/// Compares element by element and names the first difference.
pub(crate) fn expect<T: PartialEq + std::fmt::Debug>(what: &str, got: &[T], want: &[T]) -> Outcome {
    if got.len() != want.len() {
        return Err(format!(
            "{what}: {} elements instead of {}",
            got.len(),
            want.len()
        ));
    }
    match got.iter().zip(want).position(|(got, want)| got != want) {
        None => Ok(()),
        Some(i) => Err(format!(
            "{what}: element {i} is {:?} instead of {:?}",
            got[i], want[i]
        )),
    }
}

/// One dispatch of a program: pipeline, bind groups, grid.
pub struct Step<'a> {
    /// Compiled kernel.
    pub pipeline: &'a wgpu::ComputePipeline,
    /// Bind group 0.
    pub group: &'a wgpu::BindGroup,
    /// Workgroups.
    pub grid: [u32; 3],
}

impl Gpu {
    pub(crate) fn open(adapter: &wgpu::Adapter) -> Result<Gpu, String> {
        Gpu::with(adapter, wgpu::Features::empty())
    }

    pub(crate) fn with(adapter: &wgpu::Adapter, features: wgpu::Features) -> Result<Gpu, String> {
        Gpu::with_limits(adapter, features, wgpu::Limits::default())
    }

    /// A device with these features and limits.
    pub fn with_limits(
        adapter: &wgpu::Adapter,
        required_features: wgpu::Features,
        required_limits: wgpu::Limits,
    ) -> Result<Gpu, String> {
        let desc = wgpu::DeviceDescriptor {
            required_features,
            required_limits,
            ..Default::default()
        };
        let (device, queue) = pollster::block_on(adapter.request_device(&desc)).map_err(text)?;
        Ok(Gpu { device, queue })
    }

    /// An uninitialised buffer.
    pub fn buffer(&self, size: u64, usage: wgpu::BufferUsages) -> wgpu::Buffer {
        self.device.create_buffer(&wgpu::BufferDescriptor {
            label: None,
            size,
            usage,
            mapped_at_creation: false,
        })
    }

    pub(crate) fn storage(&self, words: &[u32]) -> wgpu::Buffer {
        let usage = wgpu::BufferUsages::STORAGE
            | wgpu::BufferUsages::COPY_SRC
            | wgpu::BufferUsages::COPY_DST;
        self.filled(words, usage)
    }

    pub(crate) fn filled(&self, words: &[u32], usage: wgpu::BufferUsages) -> wgpu::Buffer {
        let buffer = self.buffer(words.len() as u64 * 4, usage | wgpu::BufferUsages::COPY_DST);
        self.queue.write_buffer(&buffer, 0, &bytes(words));
        buffer
    }

    /// A shader module from WGSL.
    pub fn module(&self, wgsl: &str) -> wgpu::ShaderModule {
        self.device
            .create_shader_module(wgpu::ShaderModuleDescriptor {
                label: None,
                source: wgpu::ShaderSource::Wgsl(wgsl.into()),
            })
    }

    pub(crate) fn pipeline(&self, wgsl: &str) -> wgpu::ComputePipeline {
        self.entry(&self.module(wgsl), "main", &[])
    }

    /// A pipeline for an entry point, its layout taken from the shader.
    pub fn entry(
        &self,
        module: &wgpu::ShaderModule,
        entry: &str,
        constants: &[(&str, f64)],
    ) -> wgpu::ComputePipeline {
        self.device
            .create_compute_pipeline(&wgpu::ComputePipelineDescriptor {
                label: None,
                layout: None,
                module,
                entry_point: Some(entry),
                compilation_options: wgpu::PipelineCompilationOptions {
                    constants,
                    ..Default::default()
                },
                cache: None,
            })
    }

    pub(crate) fn bind(
        &self,
        pipeline: &wgpu::ComputePipeline,
        resources: &[wgpu::BindingResource<'_>],
    ) -> wgpu::BindGroup {
        let entries: Vec<_> = (0..)
            .zip(resources)
            .map(|(binding, resource)| wgpu::BindGroupEntry {
                binding,
                resource: resource.clone(),
            })
            .collect();
        self.device.create_bind_group(&wgpu::BindGroupDescriptor {
            label: None,
            layout: &pipeline.get_bind_group_layout(0),
            entries: &entries,
        })
    }

    /// Submits one pass of dispatches.
    pub fn submit(&self, steps: &[Step<'_>]) {
        let mut encoder = self.device.create_command_encoder(&Default::default());
        {
            let mut pass = encoder.begin_compute_pass(&Default::default());
            for step in steps {
                pass.set_pipeline(step.pipeline);
                pass.set_bind_group(0, step.group, &[]);
                let [x, y, z] = step.grid;
                pass.dispatch_workgroups(x, y, z);
            }
        }
        self.queue.submit([encoder.finish()]);
    }

    /// Compiles, binds whole buffers in order, runs once.
    pub(crate) fn run(&self, wgsl: &str, buffers: &[&wgpu::Buffer], grid: [u32; 3]) {
        let pipeline = self.pipeline(wgsl);
        let resources: Vec<_> = buffers
            .iter()
            .map(|buffer| buffer.as_entire_binding())
            .collect();
        let group = self.bind(&pipeline, &resources);
        self.submit(&[Step {
            pipeline: &pipeline,
            group: &group,
            grid,
        }]);
    }

    /// Waits for the device to be idle.
    pub fn wait(&self) -> Outcome {
        self.device
            .poll(wgpu::PollType::wait_indefinitely())
            .map_err(text)?;
        Ok(())
    }

    pub(crate) fn map(&self, buffer: &wgpu::Buffer, mode: wgpu::MapMode) -> Outcome {
        let (sender, receiver) = mpsc::channel();
        buffer.map_async(mode, .., move |result| {
            // Nobody listens only if the wait below failed.
            let _ = sender.send(result);
        });
        self.wait()?;
        receiver.recv().map_err(text)?.map_err(text)
    }

    /// Contents of a buffer that may be copied from.
    pub fn read_bytes(&self, buffer: &wgpu::Buffer) -> Result<Vec<u8>, String> {
        let usage = wgpu::BufferUsages::MAP_READ | wgpu::BufferUsages::COPY_DST;
        let staging = self.buffer(buffer.size(), usage);
        let mut encoder = self.device.create_command_encoder(&Default::default());
        encoder.copy_buffer_to_buffer(buffer, 0, &staging, 0, buffer.size());
        self.queue.submit([encoder.finish()]);
        self.map(&staging, wgpu::MapMode::Read)?;
        let view = staging.get_mapped_range(..).map_err(text)?;
        Ok(view.to_vec())
    }

    pub(crate) fn read(&self, buffer: &wgpu::Buffer) -> Result<Vec<u32>, String> {
        Ok(words(&self.read_bytes(buffer)?))
    }

    /// The validation, internal or out-of-memory error that `action` causes, if any.
    pub(crate) fn error(
        &self,
        filter: wgpu::ErrorFilter,
        action: impl FnOnce(&Gpu),
    ) -> Option<String> {
        let scope = self.device.push_error_scope(filter);
        action(self);
        pollster::block_on(scope.pop()).map(text)
    }
}

pub(crate) fn bytes(words: &[u32]) -> Vec<u8> {
    words.iter().flat_map(|word| word.to_le_bytes()).collect()
}

pub(crate) fn words(bytes: &[u8]) -> Vec<u32> {
    bytes
        .chunks_exact(4)
        .map(|word| u32::from_le_bytes([word[0], word[1], word[2], word[3]]))
        .collect()
}

pub(crate) fn floats(words: &[u32]) -> Vec<f32> {
    words.iter().map(|&word| f32::from_bits(word)).collect()
}
